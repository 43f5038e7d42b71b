"""The fault kinds: at which operations each can be played, what becomes of the operation, and whether it is told.

A table, a kind a row. Which of the silent ones may be played on which file the atlas says (model/faults.py).
"""

import errno
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from ...model.faults import Cause, Role
from .operations import Meddling, Operation

SECTOR = 512

READS = ("read",)
WRITES = ("write",)
SYNCS = ("sync", "sync folder")
LOOKS = ("look", "list")
OPENS = ("open", "claim")
MAKES = ("create", "make folder")
GROWS = ("create", "make folder", "write", "allocate")
REMOVES = ("remove", "remove folder")


@dataclass(frozen=True)
class Kind:
    """A fault kind: `at` which operations, and the errno that it fails with. Without one it is silent: nobody is told.

    `stays`: every later operation of these kinds fails, too, until the disk is mended.
    """

    name: str
    cause: Cause
    at: tuple[str, ...]
    error: int = 0
    half: bool = False
    stays: bool = False

    @property
    def silent(self) -> bool:
        """Whether the operation succeeds, as far as the engine is told."""
        return not self.error

    def meddling(self, operation: Operation) -> Meddling:
        """What becomes of that operation."""
        if self.error:
            return Meddling(error=self.error, kept=len(operation.data) // 2 if self.half else 0)
        return _SILENT[self.name](operation)


# fmt: off
KINDS: tuple[Kind, ...] = (
    Kind("read error", Cause.IO, READS, errno.EIO),
    Kind("look error", Cause.IO, LOOKS, errno.EIO),
    Kind("write error", Cause.IO, WRITES, errno.EIO),
    Kind("short write", Cause.IO, WRITES, errno.EIO, half=True),
    Kind("dead disk", Cause.IO, (*WRITES, *SYNCS, *MAKES, *REMOVES, "rename", "allocate"), errno.EIO, stays=True),
    Kind("disk full", Cause.FULL, GROWS, errno.ENOSPC),
    Kind("disk full in a write", Cause.FULL, WRITES, errno.ENOSPC, half=True),
    Kind("disk full from then on", Cause.FULL, GROWS, errno.ENOSPC, stays=True),
    Kind("permission denied", Cause.DENIED, (*OPENS, *MAKES, *REMOVES, "rename"), errno.EACCES),
    Kind("vanished file", Cause.GONE, ("open", "rename", "remove"), errno.ENOENT),
    Kind("out of memory", Cause.MEMORY, (*OPENS, "create", "list"), errno.ENOMEM),
    Kind("rename failure", Cause.IO, ("rename",), errno.EIO),
    Kind("unlink failure", Cause.IO, REMOVES, errno.EIO),
    Kind("sync failure", Cause.IO, SYNCS, errno.EIO),
    Kind("bit flip on read", Cause.DAMAGE, READS),
    Kind("bit flip at rest", Cause.DAMAGE, READS),
    Kind("zeroed sector", Cause.DAMAGE, READS),
    Kind("bit flip in a write", Cause.DAMAGE, WRITES),
    Kind("lost write", Cause.DAMAGE, WRITES),
    Kind("misdirected write", Cause.DAMAGE, WRITES),
)
# fmt: on


def kind_named(name: str) -> Kind:
    """The kind of that name; KeyError where there is none."""
    return _BY_NAME[name]


_BY_NAME = {kind.name: kind for kind in KINDS}

DESTINATIONS = ("bk", "bk2", "bk3")
"""Where scenarios back up to."""

RESTORED = "rst"


def role_of(path: str) -> Role:
    """What a file is for, by its name: the file layout of the pages [FI], and where the scenarios put things."""
    place = path.rpartition(" > ")[2]
    top = place.partition("/")[0]
    name = place.rpartition("/")[2]
    if top in DESTINATIONS:
        return Role.SET
    if name.endswith(".chk"):
        return Role.CHECKPOINT
    if name.endswith((".log", ".jrs")):
        return Role.LOG
    return Role.DATABASE if ".edb" in name or top == RESTORED else Role.FOLDER


def _flipped(data: bytes, at: int) -> bytes:
    """One bit of the used bytes is another."""
    used = len(data.rstrip(b"\0")) or len(data)
    place = at % used
    return data[:place] + bytes((data[place] ^ 1 << at % 8,)) + data[place + 1 :]


def _zeroed(data: bytes, at: int) -> bytes:
    """A sector that held something holds nothing."""
    used = len(data.rstrip(b"\0")) or len(data)
    start = at % used // SECTOR * SECTOR
    return data[:start] + bytes(len(data[start : start + SECTOR])) + data[start + SECTOR :]


_SILENT: dict[str, Callable[[Operation], Meddling]] = {
    "bit flip on read": lambda op: Meddling(change=partial(_flipped, at=op.number * 37)),
    "bit flip at rest": lambda op: Meddling(change=partial(_flipped, at=op.number * 41), at_rest=True),
    "zeroed sector": lambda op: Meddling(change=partial(_zeroed, at=op.number * 43), at_rest=True),
    "bit flip in a write": lambda op: Meddling(change=partial(_flipped, at=op.number * 47)),
    "lost write": lambda _: Meddling(skip=True),
    "misdirected write": lambda op: Meddling(moved=max(SECTOR, len(op.data))),
}
