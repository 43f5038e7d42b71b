"""What the client of a streaming backup was told and has read: from it follow the argument classes of its calls.

Whether a log is the last one that was not read, or a read goes to the end of a file, no single call says.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from ..model.external import Amount, Target
from ..model.vocabulary import JetErr as E

PAGE = 4096
"""Bytes of a page: JET_paramDatabasePageSize at its default [BP]."""

BAD = "bad"
"""Stands for a handle that never was one."""

FIRST_PAGES = 3
"""Pages that a first read must ask for [RF, InvalidParameter]."""

_CURRENT_LOG = re.compile(r"^edb\.(log|jtx)$", re.IGNORECASE)
_LOG = re.compile(r"^edb[0-9a-f]{5,8}\.(log|jtx)$", re.IGNORECASE)
_DATABASE_SUFFIX = ".edb"


@dataclass(slots=True)
class Reading:
    """Of one instance: the logs of the set, those that were read to their end, and the file that is open."""

    logs: frozenset[str] = frozenset()
    read: set[str] = field(default_factory=set)
    path: str = ""  # of the open file
    size: int | None = None  # of the open file, in bytes; None: the engine did not say
    position: int = 0
    databases: set[str] = field(default_factory=set)  # that were read to their end
    given: set[str] = field(default_factory=set)  # names that ever stood for a handle

    def handle(self, name: object) -> str:
        """The name of a file handle, or `bad` for one that was never given out."""
        return name if isinstance(name, str) and name in self.given else BAD

    @property
    def logs_read(self) -> bool:
        """Whether every log was read: only then can what was read make a set, or continue one."""
        return bool(self.logs) and self.logs == self.read

    @property
    def whole(self) -> bool:
        """Whether what was read is a set by itself: a database, and every log."""
        return bool(self.databases) and self.logs_read

    def target(self, path: object) -> Target:
        """What kind of file that path names."""
        if not isinstance(path, str) or not path:
            return Target.NAMELESS
        if path in self.logs:
            if path in self.read:
                return Target.READ_LOG
            return Target.LAST_LOG if self.logs - self.read == {path} else Target.LOG
        name = PurePosixPath(path).name
        if _CURRENT_LOG.match(name):
            return Target.CURRENT_LOG
        if _LOG.match(name):
            return Target.OTHER_LOG
        return Target.DATABASE if name.endswith(_DATABASE_SUFFIX) else Target.FOREIGN

    def amounts(self, size: object) -> frozenset[Amount]:
        """What a read of that many bytes asks for: two possibilities where the engine did not say how long the file is."""
        if not isinstance(size, int) or size < 0 or size % PAGE:
            return frozenset({Amount.ODD})
        if not self.position and size < FIRST_PAGES * PAGE:
            return frozenset({Amount.TWO if size == 2 * PAGE else Amount.ONE})
        if self.size is None:
            return frozenset({Amount.REST, Amount.PART})
        return frozenset({Amount.REST if self.position + size >= self.size else Amount.PART})

    def path_of(self, target: Target, database: str) -> str | None:
        """A path that names such a file. LookupError where there is none, or where it is not alone of its kind."""
        if target in (Target.LAST_LOG, Target.READ_LOG):
            logs = self.logs - self.read if target is Target.LAST_LOG else self.read
            if not logs or (target is Target.LAST_LOG and len(logs) > 1):
                raise LookupError(target.value)
            return min(logs)
        return database if target is Target.DATABASE else _NAMES[target]

    def bytes_of(self, amount: Amount) -> int:
        """A number of bytes that asks for so much of the open file. LookupError where it would be another amount."""
        left = MOST if self.size is None else max(self.size - self.position, 0)
        size = {
            Amount.ODD: 1000, Amount.ONE: PAGE, Amount.TWO: 2 * PAGE, Amount.PART: FIRST_PAGES * PAGE,
            Amount.REST: max(-(-left // PAGE), FIRST_PAGES) * PAGE,
        }[amount]  # fmt: skip
        if self.amounts(size) != {amount} and self.size is not None:
            raise LookupError(amount.value)
        return size

    def returned(self, call: str, args: Mapping[str, Any], err: int, result: Mapping[str, Any] | None) -> None:
        """A call of the family came back."""
        outcome = result or {}
        if err < 0:
            if call == "JetReadFileInstance" and err in _UNREADABLE:
                self._close()
            return
        if call == "JetBeginExternalBackupInstance":
            self.logs, self.read, self.databases = frozenset(), set(), set()
            self._close()
        elif call == "JetGetLogInfoInstance":
            files = outcome.get("files")
            self.logs = (
                frozenset(one for one in files if isinstance(one, str)) if isinstance(files, list) else frozenset()
            )
        elif call == "JetOpenFileInstance":
            path, size = args.get("path"), outcome.get("size")
            self.given.add(str(args.get("file")))
            self.path = path if isinstance(path, str) else ""
            self.size = size if isinstance(size, int) else None
            self.position = 0
        elif call == "JetReadFileInstance":
            count = outcome.get("read")
            if isinstance(count, int):
                self.position += count
            else:
                self.size = None
        elif call == "JetCloseFileInstance":
            if self.size is not None and self.position >= self.size:
                (self.read if self.path in self.logs else self.databases).add(self.path)
            self._close()

    def _close(self) -> None:
        self.path, self.size, self.position = "", None, 0


_UNREADABLE = frozenset({E.ReadVerifyFailure, E.ReadLostFlushVerifyFailure, E.LogReadVerifyFailure, E.DiskIO})
"""Codes with which a read closes the file [RF, Remarks]."""

MOST = 1 << 24
"""Bytes to ask for where it is not known how long a file is."""

_NAMES: dict[Target, str | None] = {
    Target.NAMELESS: None,
    Target.CURRENT_LOG: "db/edb.log",
    Target.OTHER_LOG: "db/edb00009999.log",
    Target.FOREIGN: "db/edb.chk",
}
