"""What a fault of the disk permits, and what damage that nobody is told of may do: the tables against those of the pages.

By code: the calls that may return it, why, and for which files; `later`: also calls after the one that was struck.
"""

from typing import NamedTuple

import pytest
from jetconform.model.calls import ALL_CALLS
from jetconform.model.faults import Cause, Role, Verdict, atlas, failures, permitted, refuses

STREAMING = (
    "JetBeginExternalBackupInstance", "JetGetAttachInfoInstance", "JetOpenFileInstance", "JetReadFileInstance",
    "JetCloseFileInstance", "JetGetLogInfoInstance", "JetGetTruncateLogInfoInstance", "JetTruncateLogInstance",
    "JetEndExternalBackupInstance", "JetEndExternalBackupInstance2",
)  # fmt: skip
SNAPSHOT = (
    "JetOSSnapshotPrepare", "JetOSSnapshotFreeze", "JetOSSnapshotThaw", "JetOSSnapshotAbort", "JetOSSnapshotEnd",
    "JetOSSnapshotTruncateLog", "JetOSSnapshotPrepareInstance", "JetOSSnapshotTruncateLogInstance",
)  # fmt: skip
BACKUP, RESTORE, INIT, BEGIN = "JetBackupInstance", "JetRestoreInstance", "JetInit", "JetBeginExternalBackupInstance"
CREATE, ATTACH = "JetCreateDatabase", "JetAttachDatabase"
LOGGING = (
    BACKUP, INIT, CREATE, ATTACH, "JetDetachDatabase", "Insert", "CountRows", "JetTerm", "JetTerm2", *STREAMING, *SNAPSHOT,
)  # fmt: skip
EVERY = ALL_CALLS
ANYWHERE = (Role.DATABASE, Role.LOG, Role.CHECKPOINT, Role.SET, Role.FOLDER)
TOLD = (Cause.IO, Cause.FULL, Cause.DENIED, Cause.GONE, Cause.MEMORY)
IN_LOGS, IN_SETS, COPIES = (Role.LOG, Role.FOLDER), (Role.LOG, Role.SET), (Role.DATABASE, Role.SET)


class Permission(NamedTuple):
    """One code: who may return it, and after what."""

    code: int
    calls: tuple[str, ...]
    causes: tuple[Cause, ...]
    roles: tuple[Role, ...]
    later: bool = False


# fmt: off
PERMISSIONS = (
    Permission(-1022, EVERY, (Cause.IO,), ANYWHERE),  # EC: a disk operation failed
    Permission(-1808, EVERY, (Cause.FULL,), ANYWHERE),  # EC: no space left on the disk
    Permission(-1032, EVERY, (Cause.DENIED,), ANYWHERE),  # EC; OF, AD
    Permission(-1811, EVERY, (Cause.GONE,), ANYWHERE),  # EC; AD, OF
    Permission(-1011, EVERY, (Cause.MEMORY,), ANYWHERE),  # EC; BE, CI, CD
    Permission(-1023, (BACKUP, RESTORE), (Cause.DENIED,), (Role.SET, Role.FOLDER)),  # BI, RI: a folder out of reach
    Permission(-525, (BACKUP,), (Cause.FULL, Cause.DENIED), (Role.SET,)),  # EC: the folder for the backup cannot be made
    Permission(-524, (BACKUP,), (Cause.DENIED,), (Role.SET,)),  # EC: an old backup file cannot be deleted
    Permission(-569, (BACKUP, *STREAMING), (Cause.GONE,), (Role.LOG, Role.DATABASE)),  # OF: MissingFileToBackup
    Permission(-528, (INIT, RESTORE), (Cause.GONE,), IN_SETS),  # IN Remarks: MissingLogFile
    Permission(-510, LOGGING, TOLD, IN_LOGS, later=True),  # BI, BE: log writing is disabled; C53
    Permission(-529, LOGGING, (Cause.FULL,), IN_LOGS, later=True),  # EC: the log drive is full
    Permission(-1090, LOGGING, TOLD, IN_LOGS, later=True),  # BI; L14; 5.1 P17
    Permission(-1018, EVERY, (Cause.DAMAGE,), COPIES, later=True),  # BI Remarks: every page is verified
    Permission(-1206, (INIT, RESTORE, CREATE, ATTACH), (Cause.DAMAGE,), COPIES, later=True),  # EC: DatabaseCorrupted
    Permission(-1812, (INIT, RESTORE, ATTACH), (Cause.DAMAGE,), COPIES, later=True),  # EC: FileInvalidType
    Permission(-550, (ATTACH,), (Cause.DAMAGE,), (Role.DATABASE,), later=True),  # EC: DatabaseDirtyShutdown
    Permission(-501, (INIT, RESTORE, BACKUP, *STREAMING), (Cause.DAMAGE,), IN_SETS, later=True),  # IN Remarks: LogFileCorrupt
    Permission(-612, (BACKUP, *STREAMING), (Cause.DAMAGE,), (Role.LOG,), later=True),  # BI, RF: LogReadVerifyFailure
    Permission(-533, (INIT, BEGIN), (Cause.DAMAGE,), (Role.CHECKPOINT,), later=True),  # IN Remarks, BE: CheckpointCorrupt
    Permission(-533, (BEGIN,), TOLD, (Role.CHECKPOINT,)),  # BE: it cannot be read
    Permission(-504, (BACKUP,), (Cause.DAMAGE,), (Role.SET,), later=True),  # C17: another file than those of a set
)
# fmt: on


@pytest.mark.parametrize("cause", Cause)
@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("later", [False, True])
def test_a_fault_permits_these_codes_and_no_other(cause: Cause, role: Role, later: bool) -> None:
    for call in EVERY:
        expected = {
            one.code
            for one in PERMISSIONS
            if call in one.calls and cause in one.causes and role in one.roles and (one.later or not later)
        }
        assert {int(row.code) for row in permitted(call, cause, role, later=later)} == expected, call


C, U, R, W = Verdict.COMPLETE, Verdict.UP_TO, Verdict.REFUSED, Verdict.WRONG

# fmt: off
DAMAGE: list[tuple[str, Role, set[Verdict], set[Verdict]]] = [
    # how, what, what may come of a recovery, and of a restore of the sets that the file is part of
    ("read", Role.DATABASE, {C}, {C}),  # what lies on the disk is whole
    ("read", Role.LOG, {C}, {C}),
    ("read", Role.CHECKPOINT, {C}, {C}),
    ("read", Role.SET, {C}, {C}),
    ("read", Role.FOLDER, {C}, {C}),
    ("rest", Role.DATABASE, {C, R}, {C}),  # BI Remarks: pages are verified
    ("rest", Role.LOG, {C, U, R}, {C}),  # IN Remarks: a log that ends early is one that a crash cut off
    ("rest", Role.CHECKPOINT, {C, R}, {C}),  # IN Remarks: CheckpointCorrupt
    ("rest", Role.SET, {C}, {C, R}),  # RI: a damaged set is refused
    ("written", Role.DATABASE, {C, R}, {C, R}),
    ("written", Role.LOG, {C, U, R}, {C, R}),
    ("written", Role.CHECKPOINT, {C, R}, {C}),
    ("written", Role.SET, {C}, {C, R}),
    ("lost", Role.DATABASE, {C, U, R, W}, {C, U, R, W}),  # no page promises to notice it: the old page is a sound page
    ("lost", Role.LOG, {C, U, R}, {C, R}),
    ("lost", Role.CHECKPOINT, {C, R}, {C}),
    ("lost", Role.SET, {C}, {C, R}),
    ("misdirected", Role.DATABASE, {C, U, R, W}, {C, U, R, W}),
    ("misdirected", Role.LOG, {C, U, R}, {C, R}),
    ("misdirected", Role.CHECKPOINT, {C, R}, {C}),
    ("misdirected", Role.SET, {C}, {C, R}),
    ("cut off", Role.DATABASE, {C, R}, {C}),  # EC: DatabaseCorrupted
    ("cut off", Role.LOG, {C, U, R}, {C}),  # IN Remarks: a log that ends early is one that a crash cut off
    ("cut off", Role.CHECKPOINT, {C, R}, {C}),  # IN Remarks: CheckpointCorrupt
    ("cut off", Role.SET, {C}, {C, R}),  # RI: a damaged set is refused
    ("removed", Role.DATABASE, {C, R}, {C}),  # AD Return value: FileNotFound
    ("removed", Role.LOG, {C, U, R}, {C}),  # IN Remarks: MissingLogFile; nothing tells of the last one
    ("removed", Role.CHECKPOINT, {C, R}, {C}),  # redo begins at the first log
    ("removed", Role.SET, {C}, {C, R}),  # EC: MissingLogFile, FileNotFound
    ("added log removed", Role.SET, {C}, {C, U, R}),  # BI: an incremental backup only adds logs
]
# fmt: on


@pytest.mark.parametrize(
    ("call", "code", "expected"),
    [
        ("JetInit", -501, True),  # LogFileCorrupt
        ("JetInit", -1018, True),  # ReadVerifyFailure
        ("JetInit", -1022, True),  # DiskIO
        ("JetInit", -1090, True),  # InstanceUnavailable
        ("JetAttachDatabase", -1811, True),  # FileNotFound
        ("JetRestoreInstance", -1023, True),  # InvalidPath: what lies there is no set
        ("JetInit", -1023, False),
        ("JetRestoreInstance", -1215, True),  # DatabaseSharingViolation
        ("JetAttachDatabase", -1215, False),
        ("JetInit", -541, True),  # LogFileSizeMismatch
        ("JetAttachDatabase", -541, False),
        ("JetAttachDatabase", -544, True),  # SoftRecoveryOnBackupDatabase
        ("JetBeginSession", -544, False),
        ("Insert", -107, True),  # InternalError
        ("JetInit", -1003, False),  # InvalidParameter says nothing of files
        ("JetInit", -505, False),  # BackupInProgress neither
        ("JetInit", 0, False),
        ("JetInit", -99999, True),  # a failure that no page names is not judged
        ("JetInit", 99999, False),
    ],
)
def test_which_codes_refuse_damaged_files(call: str, code: int, expected: bool) -> None:
    assert refuses(call, code) is expected


@pytest.mark.parametrize(
    ("call", "moves"),
    [
        ("JetInit", {"init.failed"}),  # L4
        ("JetTerm", {"term.done"}),  # L17: another failure, shut down anyway
        ("JetTerm2", {"term.done"}),
        ("JetReadFileInstance", {"streaming.over", ""}),  # the pages do not say which
        ("JetEndExternalBackupInstance2", {"streaming.over", ""}),
        ("JetBackupInstance", {""}),
        ("Insert", {""}),
    ],
)
def test_what_a_call_that_a_fault_made_fail_did_to_the_instance(call: str, moves: set[str]) -> None:
    (row, *_) = permitted(call, Cause.IO, Role.DATABASE)
    made = failures(row, call)
    assert {one.move for one in made} == moves
    assert {one.code for one in made} == {-1022}


@pytest.mark.parametrize(("how", "role", "recovery", "sets"), DAMAGE)
def test_what_may_come_of_damage(how: str, role: Role, recovery: set[Verdict], sets: set[Verdict]) -> None:
    row = atlas(how, role)
    assert row.recovery == recovery
    assert row.sets == sets
