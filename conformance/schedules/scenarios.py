"""The scenarios of level 5: the pairs and triples of calls that stop, end or exclude one another [BI, SB, T2, SI, BE to OE]."""

from typing import Any

from ...model.vocabulary import JetErr, SnapshotGrbit
from .scenario import PlannedCall, Scenario, Setup

INSTANCE = "i1"


def _call(call: str, **args: Any) -> PlannedCall:
    return PlannedCall(call, {"instance": INSTANCE, **args})


def _in_session(call: str, session: str = "s1", **args: Any) -> PlannedCall:
    return PlannedCall(call, {"session": session, **args})


def _snapshot(call: str, grbit: int = 0, **args: Any) -> PlannedCall:
    return PlannedCall(call, {**args, "grbit": grbit})


def _backup(path: str | None, grbit: int = 0) -> PlannedCall:
    return _call("JetBackupInstance", path=path, grbit=grbit)


CREATE = _call("JetCreateInstance")
INIT = _call("JetInit")
INSERT = _in_session("Insert", database="d1", rows=10)
COUNT = _in_session("CountRows", database="d1")
FULL = _backup("bk")
FAILING = PlannedCall(FULL.call, FULL.args, answers_at=1, answer=int(JetErr.OutOfMemory))
FAILING_LATE = PlannedCall(FULL.call, FULL.args, answers_at=2, answer=int(JetErr.OutOfMemory))
SECOND_FULL = _backup("bk2")
ATOMIC = _backup("bk", 4)
TRUNCATION = _backup(None)
INCREMENTAL = _backup("bk", 1)
STOP_BACKUP = _call("JetStopBackupInstance")
STOP_SERVICE = _call("JetStopServiceInstance")
TERM = _call("JetTerm2", grbit=0)
TERM_STOPPING = _call("JetTerm2", grbit=4)
RESTORE = _call("JetRestoreInstance", path="bk", destination=None)
ATTACH = _in_session("JetAttachDatabase", path="db/a.edb")
DETACH = _in_session("JetDetachDatabase", path="db/a.edb")
CLOSE_DATABASE = _in_session("JetCloseDatabase", database="d1")
BEGIN_SESSION = _call("JetBeginSession", session="s2")
END_SESSION = _in_session("JetEndSession")

BEGIN = _call("JetBeginExternalBackupInstance", grbit=0)
ATTACH_INFO = _call("JetGetAttachInfoInstance")
OPEN_FILE = _call("JetOpenFileInstance", file="f1", path="db/a.edb")
READ_FILE = _call("JetReadFileInstance", file="f1", bytes=1 << 20)
CLOSE_FILE = _call("JetCloseFileInstance", file="f1")
LOG_INFO = _call("JetGetLogInfoInstance")
END_BACKUP = _call("JetEndExternalBackupInstance")
ABORT_BACKUP = _call("JetEndExternalBackupInstance2", grbit=2)

PREPARE = _snapshot("JetOSSnapshotPrepare")
PREPARE_CONTINUING = _snapshot("JetOSSnapshotPrepare", int(SnapshotGrbit.CONTINUE_AFTER_THAW))
FREEZE = _snapshot("JetOSSnapshotFreeze", snapshot="last")
THAW = _snapshot("JetOSSnapshotThaw", snapshot="last")
ABORT_SNAPSHOT = _snapshot("JetOSSnapshotAbort", snapshot="last")

FOLDERS = ("bk", "bk2")
OPENED = (
    _call("JetBeginSession", session="s1"),
    _in_session("JetCreateDatabase", database="d1", path="db/a.edb"),
    INSERT,
)
CREATED = Setup((CREATE,), FOLDERS)
RUNNING = Setup((CREATE, INIT, *OPENED), FOLDERS)
BACKED_UP = Setup((*RUNNING.calls, FULL), FOLDERS)
STOPPED = Setup((*BACKED_UP.calls, TERM, CREATE), FOLDERS)
STREAMING = Setup((*RUNNING.calls, BEGIN, ATTACH_INFO), FOLDERS)
READING = Setup((*STREAMING.calls, OPEN_FILE), FOLDERS)
PREPARED = Setup((*RUNNING.calls, PREPARE), FOLDERS)
CONTINUING = Setup((*RUNNING.calls, PREPARE_CONTINUING), FOLDERS)
CLOSED = Setup((*RUNNING.calls, CLOSE_DATABASE), FOLDERS)
FROZEN = Setup((*PREPARED.calls, FREEZE), FOLDERS)

USABLE = (ATTACH, COUNT)
"""Shows whether a backup is left in progress, and whether rows are lost."""

STARTABLE = (TERM, CREATE, INIT)
"""Shows whether an instance that ended can be begun again."""

# fmt: off
SCENARIOS: tuple[Scenario, ...] = (
    # a backup, and what stops or excludes it
    Scenario(RUNNING, ((FULL,), (STOP_BACKUP,)), USABLE, "backup, stop"),
    Scenario(RUNNING, ((FULL,), (TERM_STOPPING,)), STARTABLE, "backup, term with StopBackup"),
    Scenario(RUNNING, ((FULL,), (TERM,)), STARTABLE, "backup, term"),
    Scenario(RUNNING, ((TRUNCATION,), (TERM_STOPPING,), (INSERT,)), STARTABLE, "truncation, term with StopBackup, insert"),
    Scenario(RUNNING, ((TRUNCATION,), (TRUNCATION,)), USABLE, "backup, backup"),
    Scenario(RUNNING, ((FULL,), (TRUNCATION, TRUNCATION)), USABLE, "backup, two truncations"),
    Scenario(RUNNING, ((FULL,), (INSERT,), (STOP_BACKUP,)), USABLE, "backup, insert, stop"),
    Scenario(RUNNING, ((TRUNCATION,), (STOP_BACKUP,), (TERM_STOPPING,)), STARTABLE, "truncation, stop, term"),
    Scenario(RUNNING, ((TRUNCATION,), (STOP_SERVICE,), (TRUNCATION,)), (), "truncation, stop service, truncation"),
    Scenario(RUNNING, ((TRUNCATION, TRUNCATION), (STOP_BACKUP,)), USABLE, "backup twice, stop"),
    Scenario(RUNNING, ((ATOMIC,), (STOP_BACKUP,)), USABLE, "atomic backup, stop"),
    Scenario(BACKED_UP, ((INCREMENTAL,), (INSERT,), (STOP_BACKUP,)), USABLE, "incremental backup, insert, stop"),
    Scenario(BACKED_UP, ((TRUNCATION,), (INCREMENTAL,)), USABLE, "truncation, incremental backup"),
    Scenario(RUNNING, ((INCREMENTAL,), (TRUNCATION,)), USABLE, "refused backup, truncation"),
    Scenario(RUNNING, ((TRUNCATION,), (DETACH,), (ATTACH,)), (), "truncation, detach, attach"),
    Scenario(CLOSED, ((FULL,), (DETACH,)), (ATTACH,), "backup, detach of a closed database"),
    Scenario(CLOSED, ((TRUNCATION,), (DETACH, ATTACH)), (ATTACH,), "truncation, detach and attach of a closed database"),
    Scenario(RUNNING, ((FULL,), (INSERT,), (COUNT,)), (COUNT,), "backup, insert, count"),
    # a backup whose status callback answers with a failure
    Scenario(RUNNING, ((FAILING,), (TRUNCATION,)), USABLE, "backup whose callback fails, truncation"),
    Scenario(RUNNING, ((FAILING_LATE,), (STOP_BACKUP,)), USABLE, "backup whose callback fails late, stop"),
    Scenario(RUNNING, ((FAILING_LATE,), (TERM_STOPPING,)), STARTABLE, "backup whose callback fails late, term"),
    # the beginning and the end of an instance
    Scenario(CREATED, ((INIT,), (TRUNCATION,)), (TRUNCATION,), "init, backup"),
    Scenario(CREATED, ((INIT,), (INIT,), (TERM,)), (TERM,), "init, init, term"),
    Scenario(RUNNING, ((TERM,), (TERM,), (INSERT,)), (CREATE, INIT), "term, term, insert"),
    Scenario(RUNNING, ((TERM_STOPPING,), (TERM_STOPPING,), (TRUNCATION,)), (CREATE, INIT), "double term, truncation"),
    Scenario(RUNNING, ((TERM,), (INSERT, INSERT)), (CREATE, INIT), "term, inserts"),
    Scenario(RUNNING, ((BEGIN_SESSION,), (END_SESSION,), (TERM,)), (CREATE, INIT), "begin session, end session, term"),
    Scenario(STOPPED, ((RESTORE,), (INIT,), (TERM,)), (INIT,), "restore, init, term"),
    Scenario(STOPPED, ((RESTORE,), (TRUNCATION,), (STOP_BACKUP,)), (INIT,), "restore, backup, stop"),
    # a streaming backup, of which a call may be under way
    Scenario(STREAMING, ((ATTACH_INFO,), (STOP_BACKUP,), (LOG_INFO,)), (ABORT_BACKUP, *USABLE), "streaming calls, stop"),
    Scenario(STREAMING, ((LOG_INFO,), (TERM_STOPPING,)), STARTABLE, "streaming call, term"),
    Scenario(STREAMING, ((ABORT_BACKUP,), (TERM_STOPPING,), (TRUNCATION,)), STARTABLE, "end of streaming, term, backup"),
    Scenario(READING, ((READ_FILE, CLOSE_FILE), (STOP_BACKUP,), (TERM_STOPPING,)), STARTABLE, "reading, stop, term"),
    Scenario(RUNNING, ((BEGIN,), (TRUNCATION,), (STOP_BACKUP,)), (ABORT_BACKUP, *USABLE), "begin streaming, backup, stop"),
    Scenario(RUNNING, ((BEGIN, END_BACKUP), (TERM_STOPPING,)), STARTABLE, "begin and end streaming, term"),
    # a snapshot, which lets nobody write
    Scenario(PREPARED, ((FREEZE, THAW), (INSERT,)), USABLE, "freeze, thaw, insert"),
    Scenario(PREPARED, ((FREEZE,), (INSERT,), (ABORT_SNAPSHOT,)), USABLE, "freeze, insert, abort"),
    Scenario(PREPARED, ((FREEZE, THAW), (TRUNCATION,)), USABLE, "freeze, thaw, backup"),
    Scenario(PREPARED, ((FREEZE,), (TRUNCATION, THAW)), USABLE, "freeze, backup then thaw"),
    Scenario(CONTINUING, ((FREEZE, THAW), (TRUNCATION,)), USABLE, "freeze and thaw of a snapshot that goes on, backup"),
    Scenario(PREPARED, ((FREEZE, THAW), (INSERT,), (INSERT,)), USABLE, "freeze and thaw, insert, insert"),
    Scenario(FROZEN, ((THAW,), (INSERT,), (TERM_STOPPING,)), STARTABLE, "thaw, insert, term"),
)
# fmt: on
