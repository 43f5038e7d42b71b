"""What a fault of the disk permits: the codes of a call that it strikes, and what may become of the data.

The resource codes are `may` rows that a fault enables (DESIGN.md section 3). They stand apart from the guards: no state
of an instance brings a fault about, so they add no transition; each holds while the fault that it names has struck, beside
the rows of the profile. Page keys are those of `spec/documentation.md` section 0.
"""

from dataclasses import dataclass
from enum import Enum

from .calls import SNAPSHOT_CALLS, SNAPSHOT_INSTANCE_CALLS, STREAMING_CALLS, Stage
from .rows import Force, Row
from .vocabulary import Category
from .vocabulary import JetErr as E


class Cause(Enum):
    """What a fault of the disk tells the engine; `DAMAGE` tells it nothing."""

    IO = "I/O error"
    FULL = "no space"
    DENIED = "access denied"
    GONE = "file gone"
    MEMORY = "no memory"
    DAMAGE = "damage"


class Role(Enum):
    """What the file is for that a fault strikes."""

    DATABASE = "database"
    LOG = "log"
    CHECKPOINT = "checkpoint"
    SET = "backup set"
    FOLDER = "folder"


@dataclass(frozen=True)
class FaultRow:
    """These calls may fail with `code` where a fault of one of these causes struck a file of one of these roles.

    `later`: also calls that come after the one that was struck, for the reason that the citation gives.
    """

    id: str
    calls: tuple[str, ...]
    causes: tuple[Cause, ...]
    roles: tuple[Role, ...]
    code: E
    citation: str
    later: bool = False


ANY: tuple[str, ...] = ()
"""In the place of calls: whichever call it is."""

EVERYWHERE = tuple(Role)
TOLD = (Cause.IO, Cause.FULL, Cause.DENIED, Cause.GONE, Cause.MEMORY)
BI, RI, IN, CD, AD = (
    ("JetBackupInstance",),
    ("JetRestoreInstance",),
    ("JetInit",),
    ("JetCreateDatabase",),
    ("JetAttachDatabase",),
)
BE = ("JetBeginExternalBackupInstance",)
READS_LOGS = (*BI, *STREAMING_CALLS)
LOGS = (
    *BI, *IN, *CD, *AD, "JetDetachDatabase", "Insert", "CountRows", "JetTerm", "JetTerm2", *STREAMING_CALLS, *SNAPSHOT_CALLS,
    *SNAPSHOT_INSTANCE_CALLS,
)  # fmt: skip
"""Calls that may write the log."""

# fmt: off
FAULT_ROWS: tuple[FaultRow, ...] = (
    FaultRow("F.io", ANY, (Cause.IO,), EVERYWHERE, E.DiskIO, "EC: DiskIO (-1022): a disk operation failed"),
    FaultRow("F.full", ANY, (Cause.FULL,), EVERYWHERE, E.DiskFull, "EC: DiskFull (-1808): no space left on the disk"),
    FaultRow("F.denied", ANY, (Cause.DENIED,), EVERYWHERE, E.FileAccessDenied, "EC: FileAccessDenied (-1032); OF, AD Return value"),
    FaultRow("F.gone", ANY, (Cause.GONE,), EVERYWHERE, E.FileNotFound, "EC: FileNotFound (-1811); AD, OF Return value"),
    FaultRow("F.memory", ANY, (Cause.MEMORY,), EVERYWHERE, E.OutOfMemory, "EC: OutOfMemory (-1011); BE, CI, CD Return value"),
    FaultRow("F.denied-path", (*BI, *RI), (Cause.DENIED,), (Role.SET, Role.FOLDER), E.InvalidPath, "BI, RI Return value: InvalidPath: a folder that cannot be reached"),
    FaultRow("F.make-folder", BI, (Cause.FULL, Cause.DENIED), (Role.SET,), E.MakeBackupDirectoryFail, "EC: MakeBackupDirectoryFail (-525): the folder for the backup could not be made"),
    FaultRow("F.delete-old", BI, (Cause.DENIED,), (Role.SET,), E.DeleteBackupFileFail, "EC: DeleteBackupFileFail (-524): an old backup file could not be deleted"),
    FaultRow("F.gone-backup", READS_LOGS, (Cause.GONE,), (Role.LOG, Role.DATABASE), E.MissingFileToBackup, "OF Return value: MissingFileToBackup; EC (-569)"),
    FaultRow("F.gone-log", (*IN, *RI), (Cause.GONE,), (Role.LOG, Role.SET), E.MissingLogFile, "IN Remarks: MissingLogFile; EC (-528)"),
    FaultRow("F.log", LOGS, TOLD, (Role.LOG, Role.FOLDER), E.LogWriteFail, "BI, BE Return value: LogWriteFail: log writing is disabled; C53: I/O errors", later=True),
    FaultRow("F.log-full", LOGS, (Cause.FULL,), (Role.LOG, Role.FOLDER), E.LogDiskFull, "EC: LogDiskFull (-529): the log drive is full", later=True),
    FaultRow("F.log-lost", LOGS, TOLD, (Role.LOG, Role.FOLDER), E.InstanceUnavailable, "BI Return value: InstanceUnavailable; L14: access is revoked to protect the data; 5.1 P17", later=True),
    FaultRow("F.page", ANY, (Cause.DAMAGE,), (Role.DATABASE, Role.SET), E.ReadVerifyFailure, "BI Remarks: every page is verified; EC: ReadVerifyFailure (-1018)", later=True),
    FaultRow("F.header", (*IN, *RI, *CD, *AD), (Cause.DAMAGE,), (Role.DATABASE, Role.SET), E.DatabaseCorrupted, "EC: DatabaseCorrupted (-1206); RI: the database of a set is damaged", later=True),
    FaultRow("F.header-type", (*IN, *RI, *AD), (Cause.DAMAGE,), (Role.DATABASE, Role.SET), E.FileInvalidType, "EC: FileInvalidType (-1812): what was a header is none", later=True),
    FaultRow("F.header-state", AD, (Cause.DAMAGE,), (Role.DATABASE,), E.DatabaseDirtyShutdown, "EC: DatabaseDirtyShutdown (-550): the header that says clean did not reach the disk", later=True),
    FaultRow("F.log-damaged", (*IN, *RI, *READS_LOGS), (Cause.DAMAGE,), (Role.LOG, Role.SET), E.LogFileCorrupt, "IN Remarks: LogFileCorrupt; EC (-501)", later=True),
    FaultRow("F.log-verify", READS_LOGS, (Cause.DAMAGE,), (Role.LOG,), E.LogReadVerifyFailure, "BI Return value: LogReadVerifyFailure; RF Return value", later=True),
    FaultRow("F.checkpoint", (*IN, *BE), (Cause.DAMAGE,), (Role.CHECKPOINT,), E.CheckpointCorrupt, "IN Remarks, BE Return value: CheckpointCorrupt", later=True),
    FaultRow("F.checkpoint-unread", BE, TOLD, (Role.CHECKPOINT,), E.CheckpointCorrupt, "BE Return value: CheckpointCorrupt: it cannot be read"),
    FaultRow("F.set-unknown", BI, (Cause.DAMAGE,), (Role.SET,), E.BackupDirectoryNotEmpty, "C17; EC (-504): a file of a set that is not recognised is another file", later=True),
)
# fmt: on


def permitted(call: str, cause: Cause, role: Role, *, later: bool = False) -> tuple[FaultRow, ...]:
    """The rows that hold for a call that such a fault struck; with `later`, for one that comes after it."""
    return tuple(
        row
        for row in FAULT_ROWS
        if (not row.calls or call in row.calls)
        and cause in row.causes
        and role in row.roles
        and (row.later or not later)
    )


@dataclass(frozen=True)
class RefusalRow:
    """A code with which these calls may refuse files that were damaged while no engine ran: one of a category, or named."""

    id: str
    calls: tuple[str, ...]
    categories: tuple[Category, ...]
    codes: tuple[E, ...]
    citation: str


# fmt: off
REFUSAL_ROWS: tuple[RefusalRow, ...] = (
    RefusalRow("R.damage", ANY, (Category.CORRUPTION, Category.INCONSISTENT), (), "EC: the codes of damage, and of files that do not fit one another; IN, RI Remarks: corruption and mismanaged files"),
    RefusalRow("R.io", ANY, (Category.IO, Category.FATAL), (), "EC: DiskIO, FileAccessDenied: a file cannot be read; L14: access is revoked to protect the data"),
    RefusalRow("R.gone", ANY, (), (E.FileNotFound,), "EC: FileNotFound (-1811); AD Return value"),
    RefusalRow("R.path", RI, (), (E.InvalidPath,), "RI Return value: InvalidPath: what lies there is no set"),
    RefusalRow("R.sharing", (*IN, *RI), (), (E.DatabaseSharingViolation,), "IN, RI Remarks: DatabaseSharingViolation: files that are not those of before"),
    RefusalRow("R.log-size", (*IN, *RI), (), (E.LogFileSizeMismatch, E.LogFileSizeMismatchDatabasesConsistent), "BP: LogFileSizeMismatchDatabasesConsistent; EC (-541): a log that was cut off has another size"),
    RefusalRow("R.set", (*IN, *RI, *AD), (), (E.PatchFileMissing, E.DatabasePatchFileMismatch, E.RestoreOfNonBackupDatabase, E.SoftRecoveryOnBackupDatabase), "EC (-538, -552, -615, -544): the set is not whole; XR Return value: RestoreOfNonBackupDatabase"),
    RefusalRow("R.internal", ANY, (), (E.InternalError,), "EC (-107): a condition that should not be; IN, RI Remarks: almost any error is possible"),
)
# fmt: on


def refuses(call: str, code: int) -> bool:
    """Whether that code, a failure, refuses damaged files. A code that the vocabulary does not name is not judged."""
    known = {int(one): one for one in E}.get(code)
    if known is None:
        return code < 0
    rows = (row for row in REFUSAL_ROWS if not row.calls or call in row.calls)
    return any(known in row.codes or known.category in row.categories for row in rows)


@dataclass(frozen=True)
class FailureRow:
    """What a call that a fault made fail did to the instance: a move of the step function, from these stages on.

    Two rows for one call: the pages do not say which.
    """

    calls: tuple[str, ...]
    at: tuple[Stage, ...]
    move: str
    citation: str


UNDER_WAY = tuple(stage for stage in Stage if stage not in (Stage.ISSUED, Stage.DONE))

# fmt: off
FAILURE_ROWS: tuple[FailureRow, ...] = (
    FailureRow(("JetInit",), (Stage.WORKING,), "init.failed", "L4; DESIGN hard readings"),
    FailureRow(("JetTerm", "JetTerm2"), (Stage.WORKING,), "term.done", "L17: another failure, shut down anyway"),
    FailureRow(STREAMING_CALLS, UNDER_WAY, "streaming.over", "GA, OF, GL, GT On failure: the whole backup is cancelled; L23"),
    FailureRow(STREAMING_CALLS, UNDER_WAY, "", "TR Return value: no word of the backup's end; RF: of a database it goes on"),
)
# fmt: on
"""Calls that are not here leave the instance as it was; a long one that ends leaves it as one that fails by a row."""


def failures(row: FaultRow, call: str) -> tuple[Row, ...]:
    """The ways in which a call fails by a fault row, as rows of the step function, which hold wherever the fault struck."""
    found = [(one.at, one.move) for one in FAILURE_ROWS if call in one.calls] or [(UNDER_WAY, "")]
    return tuple(Row(row.id, (call,), at, "", row.code, Force.MAY, row.citation, move) for at, move in found)


class Verdict(Enum):
    """What a recovery or a restore came to: the four classes."""

    COMPLETE = "complete"
    UP_TO = "usable up to an earlier moment"
    REFUSED = "refused"
    WRONG = "silently wrong"


C, U, R, W = Verdict.COMPLETE, Verdict.UP_TO, Verdict.REFUSED, Verdict.WRONG


@dataclass(frozen=True)
class AtlasRow:
    """Damage that nobody is told of: how it is done, to which file, and what may come of a recovery and of a restore.

    `own`: of the sets that the damaged file is part of; every other set is complete.
    """

    how: str
    role: Role
    recovery: frozenset[Verdict]
    sets: frozenset[Verdict]
    citation: str


SURVIVED = frozenset({C})
REPORTED = frozenset({C, R})
TAIL = frozenset({C, U, R})
BEYOND = frozenset({C, U, R, W})

READ, REST, FLIPPED, LOST, MOVED = "read", "rest", "written", "lost", "misdirected"
CUT, GONE, ADDED = "cut off", "removed", "added log removed"
_CHECKED = "BI Remarks: pages are verified; EC: ReadVerifyFailure"
_TORN = "IN Remarks: recovery redoes what the log holds; a log that ends early is one that a crash cut off"
_UNDETECTED = "no page promises to notice a write that the disk lost: the old page is a sound page"

# fmt: off
ATLAS: tuple[AtlasRow, ...] = (
    *(AtlasRow(READ, role, SURVIVED, SURVIVED, "what lies on the disk is whole: at most the call that read it is refused") for role in Role),
    AtlasRow(REST, Role.DATABASE, REPORTED, SURVIVED, _CHECKED),
    AtlasRow(REST, Role.LOG, TAIL, SURVIVED, _TORN),
    AtlasRow(REST, Role.CHECKPOINT, REPORTED, SURVIVED, "IN Remarks: CheckpointCorrupt"),
    AtlasRow(REST, Role.SET, SURVIVED, REPORTED, "RI: a damaged set is refused; EC: ReadVerifyFailure, LogFileCorrupt"),
    AtlasRow(FLIPPED, Role.DATABASE, REPORTED, REPORTED, _CHECKED),
    AtlasRow(FLIPPED, Role.LOG, TAIL, REPORTED, _TORN),
    AtlasRow(FLIPPED, Role.CHECKPOINT, REPORTED, SURVIVED, "IN Remarks: CheckpointCorrupt"),
    AtlasRow(FLIPPED, Role.SET, SURVIVED, REPORTED, "RI: a damaged set is refused; EC: ReadVerifyFailure, LogFileCorrupt"),
    AtlasRow(LOST, Role.DATABASE, BEYOND, BEYOND, _UNDETECTED),
    AtlasRow(LOST, Role.LOG, TAIL, REPORTED, _TORN),
    AtlasRow(LOST, Role.CHECKPOINT, REPORTED, SURVIVED, "an older checkpoint is a checkpoint: redo begins earlier"),
    AtlasRow(LOST, Role.SET, SURVIVED, REPORTED, "RI: a set that lacks something is refused; EC: MissingLogFile, LogFileCorrupt"),
    AtlasRow(MOVED, Role.DATABASE, BEYOND, BEYOND, _UNDETECTED),
    AtlasRow(MOVED, Role.LOG, TAIL, REPORTED, _TORN),
    AtlasRow(MOVED, Role.CHECKPOINT, REPORTED, SURVIVED, "IN Remarks: CheckpointCorrupt"),
    AtlasRow(MOVED, Role.SET, SURVIVED, REPORTED, "RI: a damaged set is refused; EC: ReadVerifyFailure, LogFileCorrupt"),
    AtlasRow(CUT, Role.DATABASE, REPORTED, SURVIVED, "EC: DatabaseCorrupted; IN Remarks: recovery redoes what the log holds"),
    AtlasRow(CUT, Role.LOG, TAIL, SURVIVED, _TORN),
    AtlasRow(CUT, Role.CHECKPOINT, REPORTED, SURVIVED, "IN Remarks: CheckpointCorrupt"),
    AtlasRow(CUT, Role.SET, SURVIVED, REPORTED, "RI: a damaged set is refused; EC: ReadVerifyFailure, LogFileCorrupt"),
    AtlasRow(GONE, Role.DATABASE, REPORTED, SURVIVED, "AD Return value: FileNotFound; IN Remarks: AttachedDatabaseMismatch"),
    AtlasRow(GONE, Role.LOG, TAIL, SURVIVED, "IN Remarks: MissingLogFile; of the last one nothing tells that it was there"),
    AtlasRow(GONE, Role.CHECKPOINT, REPORTED, SURVIVED, "EC: CheckpointFileNotFound; without a checkpoint redo begins at the first log"),
    AtlasRow(GONE, Role.SET, SURVIVED, REPORTED, "RI: a set that lacks something is refused; EC: MissingLogFile, FileNotFound"),
    AtlasRow(ADDED, Role.SET, SURVIVED, TAIL, "BI, on success: an incremental backup only adds logs; without them the set is the earlier one"),
)
# fmt: on


def atlas(how: str, role: Role) -> AtlasRow:
    """What the contract says of that damage; KeyError where it says nothing."""
    return _ATLAS[how, role]


_ATLAS = {(row.how, row.role): row for row in ATLAS}
