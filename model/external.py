"""The two other ways to back up: what a streaming backup and a snapshot session are, as far as a guard may ask.

A streaming ("external") backup belongs to an instance; a snapshot session to the process [BE, OP; documentation 2.13,
2.14]. Here the session is seen from one instance: whether it is in it, and how far the session is.
"""

from enum import Enum
from typing import NamedTuple


class Kind(Enum):
    """What a streaming backup was begun as [BEI, Parameters; source 5.1]."""

    __hash__ = object.__hash__  # the names need not be hashed anew each time

    FULL = "full"
    INCREMENTAL = "incremental"
    SURROGATE = "surrogate"  # a full one for another machine; not public: source 5.1


class Target(Enum):
    """What kind of file a client asks to open. A database is told by its path, a log by its part in the set."""

    __hash__ = object.__hash__  # the names need not be hashed anew each time

    NAMELESS = "no name"
    DATABASE = "a database"
    LOG = "a log of the set"
    LAST_LOG = "the last log of the set that is not read"
    READ_LOG = "a log of the set that was read"
    CURRENT_LOG = "the current log"
    OTHER_LOG = "a log that is not of the set"
    FOREIGN = "a file that is no database and no log"


class Amount(Enum):
    """How much of an open file a client asks for. The limits are those of the page of JetReadFileInstance [RF]."""

    __hash__ = object.__hash__  # the names need not be hashed anew each time

    REST = "all the rest"
    PART = "some pages"
    TWO = "two pages at first"
    ONE = "one page at first"
    ODD = "no whole pages"


class OpenFile(NamedTuple):
    """The file that a streaming backup has open; there is one at a time [OF, Remarks]."""

    name: str  # the client's name for the handle
    target: Target
    path: str = ""  # of a database
    started: bool = False  # something of it was read
    read: bool = False  # all of it


class Streaming(NamedTuple):
    """A streaming backup in progress."""

    kind: Kind = Kind.FULL
    expected: tuple[str, ...] = ()  # databases that belong to the set
    copied: tuple[str, ...] = ()  # databases that were read to their end
    listed: bool = False  # the log was rolled: the logs of the set are known, no database can be opened any more
    logs_read: bool = False  # every one of them, to its end
    truncated: bool = False
    file: OpenFile | None = None
    internal: bool = False  # it is JetBackupInstance's own: in Microsoft's engine the two share one context [source 0]
    cut_off: bool = False  # such a one was ended by JetEndExternalBackupInstance while it ran [source 3]
    busy: bool = False  # one of its calls is under way

    @property
    def complete(self) -> bool:
        """Whether every file that is appropriate for this kind of backup was read [E2, success]."""
        databases = self.kind is Kind.INCREMENTAL or set(self.expected) <= set(self.copied)
        return databases and self.logs_read and self.file is None

    @property
    def in_logs(self) -> bool:
        """Whether only logs can be read now [GL, success; source 5.1: status LogsAndPatchs]."""
        return self.listed or self.kind is Kind.INCREMENTAL


class SnapshotPhase(Enum):
    """How far a snapshot session is [source 5.2]."""

    __hash__ = object.__hash__  # the names need not be hashed anew each time

    PREPARED = "prepared"
    REFUSED = "its freeze failed"
    FROZEN = "frozen"
    TIMED_OUT = "timed out"
    THAWED = "thawed"
    ENDED = "ended"  # kept only for an older session that the instance is in


class Snapshot(NamedTuple):
    """The snapshot session of the process that was prepared last."""

    phase: SnapshotPhase
    grbit: int = 0
    member: bool = False  # this instance is in it
    older: bool = False  # this instance is in a session that was prepared before, and whose id nobody has any more


def describe_streaming(streaming: Streaming) -> str:
    """The backup in a few words that tell it from every other."""
    words = [f"{streaming.kind.value} streaming"]
    if streaming.copied:
        words.append(f"with {' '.join(streaming.copied)}")
    if streaming.expected and streaming.expected != streaming.copied:
        words.append(f"of {' '.join(streaming.expected)}")
    if streaming.file is not None:
        state = " read" if streaming.file.read else " begun" if streaming.file.started else ""
        words.append(f"open {streaming.file.name} {streaming.file.path or streaming.file.target.value}{state}")
    words += [
        flag.replace("_", " ")
        for flag in ("listed", "logs_read", "truncated", "internal", "cut_off", "busy")
        if getattr(streaming, flag)
    ]
    return " ".join(words)


def describe_snapshot(snapshot: Snapshot) -> str:
    """The session in a few words that tell it from every other."""
    words = (
        [f"snapshot {snapshot.phase.value}", hex(snapshot.grbit)]
        if snapshot.grbit
        else [f"snapshot {snapshot.phase.value}"]
    )
    words += [word for flag, word in ((snapshot.member, "in it"), (snapshot.older, "in an older one")) if flag]
    return " ".join(words)
