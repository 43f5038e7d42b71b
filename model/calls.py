"""Calls as the model sees them: a name and its arguments, reduced to what a guard may ask."""

from enum import Enum
from typing import NamedTuple

from .external import Amount, Target
from .vocabulary import BackupGrbit, code_name


class Instance(Enum):
    """The instance handle that a call was given."""

    __hash__ = object.__hash__  # the names need not be hashed anew each time

    NAMED = "instance"  # the one that the control state is of: never created, valid or freed
    NIL = "nil"  # JET_instanceNil
    GARBAGE = "garbage"  # a number that never was a handle


class Place(Enum):
    """What is at a path that a backup writes to or a restore reads from."""

    __hash__ = object.__hash__  # the names need not be hashed anew each time

    NULL = "null"
    BLANK = "blank"  # the empty string
    MISSING = "missing"
    FILE = "a file"
    EMPTY = "empty"
    FOREIGN = "foreign files"
    FULL_SET = "a full set"
    ATOMIC_SET = "an atomic set"


class Finding(Enum):
    """What an engine will meet in the files that a call reads: how guards see the ledger of files (`inspection.py`)."""

    __hash__ = object.__hash__  # the names need not be hashed anew each time

    # the logs that the call reads first: of the set for a restore, of the log folder for a backup and for JetInit
    LOGS = "logs"
    NO_LOGS = "no logs"
    LOG_MISSING = "a log missing"
    LOG_SHORT = "a log shortened"
    LOG_EMPTY = "a log without header"
    LOG_HEADER_DAMAGED = "a log header damaged"
    LOG_SIGNATURE = "logs of two sequences"
    LOG_DAMAGED = "a log damaged"
    LOG_PERHAPS_DAMAGED = "a log perhaps damaged"
    LOG_PERHAPS_MISSING = "a log perhaps missing"
    # of a restore: the logs in the log folder
    CURRENT_LOG_SHORT = "a log of the log folder shortened"
    CURRENT_LOG_HEADER_DAMAGED = "a log header of the log folder damaged"
    CURRENT_LOG_MISSING = "a log of the log folder missing"
    CURRENT_LOG_SIGNATURE = "other logs in the log folder"
    CURRENT_LOG_APART = "the log folder does not follow the set"
    CURRENT_LOG_DAMAGED = "a log of the log folder perhaps damaged"
    # the copies of databases in a set
    NO_PATCH_FILE = "no patch file"
    NO_COPY = "no copy of a database"
    COPY_CUT = "a copy without trailer"
    COPY_HEADER_DAMAGED = "a copy without header"
    FIRST_LOG_MISSING = "the first log of a copy missing"
    LAST_LOG_MISSING = "the last log of a copy missing"
    DATABASE_MISSING = "a database missing"
    # database files outside sets
    BACKUP_COPY = "a backup copy in place of a database"
    DIRTY = "a database left dirty"
    DATABASE_DAMAGED = "a database damaged that recovery reads"
    LOGS_MISSING = "a copy whose logs are gone"
    # folders
    CURRENT_FOLDER_USED = "the current folder not empty"
    CURRENT_FOLDER_ATOMIC = "an atomic set in the current folder"
    LOG_FOLDER = "the log folder itself"
    NESTED = "a folder inside new or old"
    TEMP_NESTED = "a folder inside temp"
    TEMP_FILE = "a file named temp"


class Answer(NamedTuple):
    """A failure that the status callback of a call answered with [PF]."""

    code: int
    first: bool = False  # at the first call of it, which says that nothing is done yet


class Call(NamedTuple):
    """A call with its argument class. Sessions, databases and paths are names, as in traces (trace-format.md)."""

    name: str
    instance: Instance | None = None
    place: Place | None = None
    grbit: int = 0
    parameter: str = ""
    value: str = ""
    session: str = ""
    database: str = ""
    path: str = ""
    destination: Place | None = None
    log_folder: Place | None = None  # of a restore, where it is known that no logs are there to roll forward with
    contents: tuple[str, ...] = ()  # of a restore, where it is known: the databases of the set
    file: str = ""  # the client's name for a file handle of a streaming backup
    target: Target | None = None
    amount: Amount | None = None
    snapshot: str = ""  # `last`, the id of the session that was prepared last, or `bad`
    marked: tuple[str, ...] = ()  # of these, those with the mark of a full backup made before that set
    found: frozenset[Finding] = frozenset()  # what the engine will meet in the files, as far as it is known
    answer: Answer | None = None  # the last failure that its status callback answered with

    def label(self) -> str:
        """The call as people write it, for example `JetBackupInstance(empty, Incremental)`."""
        return f"{self.name}({', '.join(self._words())})"

    def _words(self) -> list[str]:
        words = [self.instance.value] if self.instance in (Instance.NIL, Instance.GARBAGE) else []
        if self.place is not None:
            words.append(self.place.value)
        if self.destination is not None:
            words.append(f"to {self.destination.value}")
        if self.name in CALLS_WITH_GRBIT:
            words.append(grbit_text(self.name, self.grbit))
        words += [one.value for one in (self.target, self.amount) if one is not None]
        names = (self.parameter, self.value, self.session, self.database, self.path, self.file, self.snapshot)
        words += [word for word in names if word]
        words += [finding.value for finding in Finding if finding in self.found]
        if self.answer is not None:
            words.append(f"callback answered {code_name(self.answer.code)}{' at first' if self.answer.first else ''}")
        return words


def grbit_text(call: str, grbit: int) -> str:
    """The option bits by name where the page names them, else the number in hexadecimal."""
    if call == "JetBackupInstance" and not grbit & ~0x15:
        names = [bit.name.capitalize() for bit in BackupGrbit if bit.name and bit & grbit]
        return "|".join(names) or "full"
    return hex(grbit)


STREAMING_CALLS = (
    "JetBeginExternalBackupInstance",
    "JetGetAttachInfoInstance",
    "JetOpenFileInstance",
    "JetReadFileInstance",
    "JetCloseFileInstance",
    "JetGetLogInfoInstance",
    "JetGetTruncateLogInfoInstance",
    "JetTruncateLogInstance",
    "JetEndExternalBackupInstance",
    "JetEndExternalBackupInstance2",
)
"""The calls of a streaming backup [BEI to E2]."""

SNAPSHOT_INSTANCE_CALLS = ("JetOSSnapshotPrepareInstance", "JetOSSnapshotTruncateLogInstance")

SNAPSHOT_CALLS = (
    "JetOSSnapshotPrepare",
    "JetOSSnapshotFreeze",
    "JetOSSnapshotThaw",
    "JetOSSnapshotTruncateLog",
    "JetOSSnapshotEnd",
    "JetOSSnapshotAbort",
)
"""The calls of a snapshot that name no instance [OP to OE]."""

CALLS_WITH_GRBIT = frozenset(
    {
        "JetBackupInstance", "JetTerm2", "JetStopServiceInstance2", "JetBeginExternalBackupInstance",
        "JetEndExternalBackupInstance2", *SNAPSHOT_CALLS, *SNAPSHOT_INSTANCE_CALLS,
    }
)  # fmt: skip

INSTANCE_CALLS = (
    "JetCreateInstance",
    "JetSetSystemParameter",
    "JetInit",
    "JetBeginSession",
    "JetBackupInstance",
    "JetRestoreInstance",
    "JetStopServiceInstance",
    "JetStopServiceInstance2",
    "JetStopBackupInstance",
    "JetTerm",
    "JetTerm2",
    *STREAMING_CALLS,
    *SNAPSHOT_INSTANCE_CALLS,
)

SESSION_CALLS = (
    "JetEndSession",
    "JetCreateDatabase",
    "JetOpenDatabase",
    "JetCloseDatabase",
    "JetAttachDatabase",
    "JetDetachDatabase",
    "Insert",
    "CountRows",
)

ALL_CALLS = INSTANCE_CALLS + SESSION_CALLS + SNAPSHOT_CALLS


class Stage(Enum):
    """How far a call in flight is. A short call is one atomic step; a long one goes through the stages of its program."""

    __hash__ = object.__hash__  # the names need not be hashed anew each time

    ISSUED = "issued"
    WAITING = "waiting"
    ENTERING = "entering"
    OPENING = "about to open the first file"
    DATABASES = "copying databases"
    LOGS = "copying logs"
    TRUNCATING = "truncating"
    WORKING = "working"
    LEAVING = "leaving"
    DOOMED = "going to fail"  # under way although a must row held when it entered: it may still report, never succeed
    DONE = "done"


HOLD_STAGES: dict[str, tuple[Stage, ...]] = {
    "enter": (Stage.ENTERING, Stage.WORKING, Stage.DOOMED),
    "copy": (Stage.DATABASES, Stage.LOGS, Stage.WORKING, Stage.DOOMED),
    "truncate": (Stage.TRUNCATING, Stage.WORKING, Stage.DOOMED),
    "leave": (Stage.LEAVING, Stage.DOOMED),
}
"""Hold points of an adapter (DESIGN.md section 5) and the stages that they prove."""

CALLBACK_CALLS = ("JetBackupInstance", "JetRestoreInstance")

CALLBACK_STAGES: tuple[Stage, ...] = (
    Stage.OPENING, Stage.DATABASES, Stage.LOGS, Stage.TRUNCATING, Stage.LEAVING, Stage.WORKING, Stage.DOOMED,
)  # fmt: skip
"""Stages in which a status callback may be under way [PF]: any after the call entered."""
