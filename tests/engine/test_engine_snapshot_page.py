"""Every code of the pages of the snapshot calls that can be reached, table 3.3 row by row. Codes are numbers.

OutOfThreads (-103) and OutOfMemory (-1011) of Freeze cannot: it starts no thread and allocates nothing that can run out.
"""

from typing import Any

import pytest
from engine_world import Running, World
from jetconform.engine import NIL_HANDLE
from jetconform.model.vocabulary import Parameter
from streaming_world import ABORT as END_ABORT
from streaming_world import begun

NORMAL, INCREMENTAL, COPY, CONTINUE, EXPLICIT = 0, 1, 2, 4, 8
ALL_DATABASES = 1
ABORT = 1
LONG = 71.0

BAD_IDS = [0, -1, 77777, NIL_HANDLE, None, "x"]


def prepared(world: World, grbit: int = NORMAL) -> int:
    code, snapshot = world.engine.os_snapshot_prepare(grbit)
    assert code == 0
    assert snapshot
    return snapshot


def frozen(world: World, grbit: int = NORMAL) -> int:
    snapshot = prepared(world, grbit)
    assert world.engine.os_snapshot_freeze(snapshot, 0)[0] == 0
    return snapshot


def thawed(world: World, grbit: int = CONTINUE) -> int:
    snapshot = frozen(world, grbit)
    assert world.engine.os_snapshot_thaw(snapshot, 0) == 0
    return snapshot


def timed_out(world: World, grbit: int = NORMAL) -> int:
    snapshot = frozen(world, grbit)
    world.engine.pass_time(LONG)
    return snapshot


def failed(world: World, running: Running, grbit: int = NORMAL) -> int:
    """A session of which the freeze was refused."""
    snapshot = prepared(world, grbit)
    begun(world, running)
    assert world.engine.os_snapshot_freeze(snapshot, 0) == (-2403, [])
    assert world.engine.end_external_backup_instance2(running.instance, END_ABORT) == 0
    return snapshot


# -- JetOSSnapshotPrepare ---------------------------------------------------------------------------


@pytest.mark.parametrize("grbit", range(16))
def test_prepare_success_0(world: World, running: Running, grbit: int) -> None:
    """[OP] JET_errSuccess with every combination of the four options."""
    snapshot = prepared(world, grbit)
    assert world.engine.os_snapshot_abort(snapshot, 0) == 0


def test_prepare_needs_no_instance(world: World) -> None:
    """[OP] The call has no instance: an engine without one is prepared, too."""
    assert world.engine.os_snapshot_freeze(prepared(world), 0) == (0, [])


@pytest.mark.parametrize("grbit", [0x10, 0x11, -1, 1 << 40, None])
def test_prepare_invalid_parameter_1003(world: World, running: Running, grbit: Any) -> None:
    """[OP] JET_errInvalidParameter: the grbit is invalid [C22]; no change of state."""
    assert world.engine.os_snapshot_prepare(grbit) == (-1003, 0)
    prepared(world)


@pytest.mark.parametrize("make", [prepared, frozen, timed_out, lambda world: thawed(world)])
def test_prepare_invalid_sequence_2401(world: World, running: Running, make) -> None:
    """[OP] JET_errOSSnapshotInvalidSequence: never more than one session at any given time [L22]."""
    snapshot = make(world)
    assert world.engine.os_snapshot_prepare(NORMAL) == (-2401, 0)
    assert world.engine.os_snapshot_abort(snapshot, 0) == 0
    prepared(world)


def test_prepare_invalid_sequence_2401_after_a_refused_freeze(world: World, running: Running) -> None:
    """[OP, OZ] A session whose freeze failed is there until it is aborted."""
    snapshot = failed(world, running)
    assert world.engine.os_snapshot_prepare(NORMAL) == (-2401, 0)
    assert world.engine.os_snapshot_abort(snapshot, 0) == 0
    prepared(world)


# -- JetOSSnapshotPrepareInstance -------------------------------------------------------------------


def test_prepare_instance_success_0(world: World, running: Running) -> None:
    """[OPI] JET_errSuccess; twice the same changes nothing more."""
    snapshot = prepared(world)
    for _ in range(2):
        assert world.engine.os_snapshot_prepare_instance(snapshot, running.instance, 0) == 0
    code, found = world.engine.os_snapshot_freeze(snapshot, 0)
    assert (code, len(found)) == (0, 1)


@pytest.mark.parametrize("grbit", [1, 8, -1, None])
def test_prepare_instance_invalid_parameter_1003(world: World, running: Running, grbit: Any) -> None:
    """[OPI] JET_errInvalidParameter: the only valid grbit is 0."""
    snapshot = prepared(world, EXPLICIT)
    assert world.engine.os_snapshot_prepare_instance(snapshot, running.instance, grbit) == -1003
    assert world.engine.os_snapshot_freeze(snapshot, 0) == (0, [])


@pytest.mark.parametrize("handle", [NIL_HANDLE, 0, 77777, None])
def test_prepare_instance_invalid_parameter_1003_for_a_bad_instance(
    world: World, running: Running, handle: Any
) -> None:
    """[OPI] No better code on the page; neither for an instance that does not run."""
    snapshot = prepared(world)
    assert world.engine.os_snapshot_prepare_instance(snapshot, handle, 0) == -1003
    assert world.engine.os_snapshot_prepare_instance(snapshot, world.create("i2"), 0) == -1003


@pytest.mark.parametrize("make", [frozen, timed_out, thawed])
def test_prepare_instance_invalid_sequence_2401(world: World, running: Running, make) -> None:
    """[OPI] JET_errOSSnapshotInvalidSequence: the session is beyond its preparation."""
    assert world.engine.os_snapshot_prepare_instance(make(world, CONTINUE), running.instance, 0) == -2401


@pytest.mark.parametrize("snapshot", BAD_IDS)
def test_prepare_instance_invalid_snap_id_2404(world: World, running: Running, snapshot: Any) -> None:
    """[OPI] JET_errOSSnapshotInvalidSnapId."""
    assert world.engine.os_snapshot_prepare_instance(snapshot, running.instance, 0) == -2404
    prepared(world)
    assert world.engine.os_snapshot_prepare_instance(snapshot, running.instance, 0) == -2404


# -- JetOSSnapshotFreeze ----------------------------------------------------------------------------


@pytest.mark.parametrize("grbit", [1, 2, -1, None])
def test_freeze_invalid_parameter_1003(world: World, running: Running, grbit: Any) -> None:
    """[OZ] JET_errInvalidParameter: reserved, only 0; it was no attempt, so the freeze is still to come."""
    snapshot = prepared(world)
    assert world.engine.os_snapshot_freeze(snapshot, grbit) == (-1003, [])
    assert world.engine.os_snapshot_freeze(snapshot, 0)[0] == 0


@pytest.mark.parametrize("make", [frozen, timed_out, thawed])
def test_freeze_invalid_sequence_2401(world: World, running: Running, make) -> None:
    """[OZ] JET_errOSSnapshotInvalidSequence: not in the state to start a freeze."""
    assert world.engine.os_snapshot_freeze(make(world, CONTINUE), 0) == (-2401, [])


def test_freeze_invalid_sequence_2401_after_a_refused_freeze(world: World, running: Running) -> None:
    """[OZ] JET_errOSSnapshotInvalidSequence: 'a previous freeze failed on this session before'."""
    assert world.engine.os_snapshot_freeze(failed(world, running), 0) == (-2401, [])


@pytest.mark.parametrize("snapshot", BAD_IDS)
def test_freeze_invalid_snap_id_2404(world: World, running: Running, snapshot: Any) -> None:
    """[OZ] JET_errOSSnapshotInvalidSnapId."""
    assert world.engine.os_snapshot_freeze(snapshot, 0) == (-2404, [])
    prepared(world)
    assert world.engine.os_snapshot_freeze(snapshot, 0) == (-2404, [])


def test_freeze_not_allowed_2403_while_a_streaming_backup_is_in_progress(world: World, running: Running) -> None:
    """[OZ] JET_errOSSnapshotNotAllowed; [failure] the engine keeps running, and no Thaw is needed."""
    failed(world, running)
    world.insert(running, 10)
    world.folder("bk")
    world.backup(running)


@pytest.mark.parametrize("point", ["enter", "copy", "leave"])
def test_freeze_not_allowed_2403_while_jet_backup_instance_runs(world: World, running: Running, point: str) -> None:
    """[OZ] JET_errOSSnapshotNotAllowed: JetBackupInstance is a streaming backup [BI]."""
    engine = world.engine
    with world.held("JetBackupInstance", point, lambda: engine.backup_instance(running.instance, "bk", 0)) as held:
        assert engine.os_snapshot_freeze(prepared(world), 0) == (-2403, [])
    assert held.result == 0


@pytest.mark.parametrize("call", ["init", "restore", "term"])
def test_freeze_not_allowed_2403_during_recovery_or_termination(world: World, running: Running, call: str) -> None:
    """[OZ] JET_errOSSnapshotNotAllowed: one or more instances are going through recovery steps or terminating."""
    engine = world.engine
    world.backup(running)
    other = world.create("i2")
    assert engine.set_paths(other, "db2") == 0
    world.folder("elsewhere")
    body, name = {
        "init": (lambda: engine.init(other), "JetInit"),
        "restore": (lambda: engine.restore_instance(other, "bk", "elsewhere"), "JetRestoreInstance"),
        "term": (lambda: engine.term(running.instance), "JetTerm"),
    }[call]
    snapshot = prepared(world)
    with world.held(name, "enter", body) as held:
        assert engine.os_snapshot_freeze(snapshot, 0) == (-2403, [])
    assert held.result == 0


# -- JetOSSnapshotThaw ------------------------------------------------------------------------------


def test_thaw_success_0(world: World, running: Running) -> None:
    """[OT] JET_errSuccess: the session ends, and a new one can be started."""
    for _ in range(2):
        snapshot = frozen(world)
        assert world.engine.os_snapshot_thaw(snapshot, 0) == 0
        assert world.engine.os_snapshot_thaw(snapshot, 0) == -2404


@pytest.mark.parametrize("grbit", [1, 4, -1, None])
def test_thaw_invalid_parameter_1003(world: World, running: Running, grbit: Any) -> None:
    """[OT] JET_errInvalidParameter: the grbit is invalid; the freeze goes on [C26]."""
    snapshot = frozen(world)
    assert world.engine.os_snapshot_thaw(snapshot, grbit) == -1003
    assert world.engine.os_snapshot_thaw(snapshot, 0) == 0


@pytest.mark.parametrize("make", [prepared, thawed])
def test_thaw_invalid_parameter_1003_without_a_freeze(world: World, running: Running, make) -> None:
    """[OT] JET_errInvalidParameter: 'the snapshot session is invalid'; the page has no InvalidSequence [C26]."""
    snapshot = make(world, CONTINUE)
    assert world.engine.os_snapshot_thaw(snapshot, 0) == -1003
    assert world.engine.os_snapshot_abort(snapshot, 0) == 0


def test_thaw_invalid_parameter_1003_after_a_refused_freeze(world: World, running: Running) -> None:
    """[OZ, failure] There is no need to call Thaw."""
    assert world.engine.os_snapshot_thaw(failed(world, running), 0) == -1003


@pytest.mark.parametrize("grbit", [NORMAL, CONTINUE])
def test_thaw_time_out_2402(world: World, running: Running, grbit: int) -> None:
    """[OT] JET_errOSSnapshotTimeOut: it had timed out before the call; the session ends."""
    snapshot = timed_out(world, grbit)
    assert world.engine.os_snapshot_thaw(snapshot, 0) == -2402
    assert world.engine.os_snapshot_thaw(snapshot, 0) == -2404
    prepared(world)


@pytest.mark.parametrize("snapshot", BAD_IDS)
def test_thaw_invalid_snap_id_2404(world: World, running: Running, snapshot: Any) -> None:
    """[OT] JET_errOSSnapshotInvalidSnapId; it ends nothing [C26]."""
    assert world.engine.os_snapshot_thaw(snapshot, 0) == -2404
    good = frozen(world)
    assert world.engine.os_snapshot_thaw(snapshot, 0) == -2404
    assert world.engine.os_snapshot_thaw(good, 0) == 0


# -- JetOSSnapshotAbort -----------------------------------------------------------------------------


@pytest.mark.parametrize("make", [prepared, frozen, timed_out, thawed])
def test_abort_success_0_at_any_time_after_prepare(world: World, running: Running, make) -> None:
    """[OA, OP] JET_errSuccess: the session ends and normal behaviour resumes."""
    snapshot = make(world, CONTINUE)
    assert world.engine.os_snapshot_abort(snapshot, 0) == 0
    world.insert(running, 1)
    world.backup(running)
    assert world.engine.os_snapshot_abort(snapshot, 0) == -2404


@pytest.mark.parametrize("grbit", [1, -1, None])
def test_abort_invalid_parameter_1003(world: World, running: Running, grbit: Any) -> None:
    """[OA] JET_errInvalidParameter: reserved, only 0; [failure] not aborted."""
    snapshot = frozen(world)
    assert world.engine.os_snapshot_abort(snapshot, grbit) == -1003
    assert world.engine.os_snapshot_thaw(snapshot, 0) == 0


@pytest.mark.parametrize("snapshot", BAD_IDS)
def test_abort_invalid_snap_id_2404(world: World, running: Running, snapshot: Any) -> None:
    """[OA] JET_errOSSnapshotInvalidSnapId."""
    assert world.engine.os_snapshot_abort(snapshot, 0) == -2404
    frozen(world)
    assert world.engine.os_snapshot_abort(snapshot, 0) == -2404


# -- JetOSSnapshotEnd -------------------------------------------------------------------------------


def test_end_success_0(world: World, running: Running) -> None:
    """[OE] JET_errSuccess of a session that went on after its thaw; it ends."""
    snapshot = thawed(world)
    assert world.engine.os_snapshot_end(snapshot, 0) == 0
    assert world.engine.os_snapshot_end(snapshot, 0) == -2404
    prepared(world)


@pytest.mark.parametrize("make", [prepared, frozen, thawed])
def test_end_with_abort_success_0(world: World, running: Running, make) -> None:
    """[OE, JET_bitAbortSnapshot] The session aborted, at any time [OP]."""
    assert world.engine.os_snapshot_end(make(world, CONTINUE), ABORT) == 0
    world.insert(running, 1)
    prepared(world)


@pytest.mark.parametrize("grbit", [2, 3, -1, None])
def test_end_invalid_grbit_900(world: World, running: Running, grbit: Any) -> None:
    """[OE] JET_errInvalidGrbit [C22]; for all errors but the time-out the session does not change."""
    snapshot = thawed(world)
    assert world.engine.os_snapshot_end(snapshot, grbit) == -900
    assert world.engine.os_snapshot_end(snapshot, 0) == 0


@pytest.mark.parametrize("make", [prepared, frozen])
def test_end_invalid_sequence_2401(world: World, running: Running, make) -> None:
    """[OE] JET_errOSSnapshotInvalidSequence: not in a state to end [C25]; the session does not change."""
    snapshot = make(world, CONTINUE)
    assert world.engine.os_snapshot_end(snapshot, 0) == -2401
    assert world.engine.os_snapshot_abort(snapshot, 0) == 0


@pytest.mark.parametrize("grbit", [0, ABORT])
def test_end_time_out_2402(world: World, running: Running, grbit: int) -> None:
    """[OE] JET_errOSSnapshotTimeOut, which ends the session."""
    snapshot = timed_out(world, CONTINUE)
    assert world.engine.os_snapshot_end(snapshot, grbit) == -2402
    assert world.engine.os_snapshot_end(snapshot, grbit) == -2404


@pytest.mark.parametrize("snapshot", BAD_IDS)
def test_end_invalid_snap_id_2404(world: World, running: Running, snapshot: Any) -> None:
    """[OE] JET_errOSSnapshotInvalidSnapId."""
    assert world.engine.os_snapshot_end(snapshot, 0) == -2404
    thawed(world)
    assert world.engine.os_snapshot_end(snapshot, 0) == -2404


# -- JetOSSnapshotTruncateLog, JetOSSnapshotTruncateLogInstance -------------------------------------


def truncate(world: World, running: Running, page: str, snapshot: Any, grbit: Any) -> int:
    if page == "OTL":
        return world.engine.os_snapshot_truncate_log(snapshot, grbit)
    return world.engine.os_snapshot_truncate_log_instance(snapshot, running.instance, grbit)


both = pytest.mark.parametrize("page", ["OTL", "OTI"])


@both
@pytest.mark.parametrize("grbit", [0, ALL_DATABASES])
def test_truncate_success_0(world: World, running: Running, page: str, grbit: int) -> None:
    """[OTL, OTI] JET_errSuccess, more than once, also of an incremental snapshot."""
    snapshot = thawed(world, CONTINUE | INCREMENTAL)
    for _ in range(2):
        assert truncate(world, running, page, snapshot, grbit) == 0
    assert world.engine.os_snapshot_end(snapshot, 0) == 0


@both
@pytest.mark.parametrize("grbit", [2, 3, -1, None])
def test_truncate_invalid_grbit_900(world: World, running: Running, page: str, grbit: Any) -> None:
    """[OTL, OTI] JET_errInvalidGrbit [C22]."""
    assert truncate(world, running, page, thawed(world), grbit) == -900


@both
@pytest.mark.parametrize("make", [prepared, frozen, timed_out])
def test_truncate_invalid_sequence_2401(world: World, running: Running, page: str, make) -> None:
    """[OTL, OTI] JET_errOSSnapshotInvalidSequence: not in the state, for example timed out."""
    snapshot = make(world, CONTINUE)
    assert truncate(world, running, page, snapshot, 0) == -2401
    assert world.engine.os_snapshot_abort(snapshot, 0) == 0


@both
def test_truncate_invalid_sequence_2401_of_a_copy_snapshot(world: World, running: Running, page: str) -> None:
    """[OTL, OTI] JET_errOSSnapshotInvalidSequence: the session was specified as a copy snapshot."""
    assert truncate(world, running, page, thawed(world, CONTINUE | COPY), ALL_DATABASES) == -2401


@both
def test_truncate_invalid_sequence_2401_after_the_end(world: World, running: Running, page: str) -> None:
    """[OTL, Remarks] Without ContinueAfterThaw the session ended with the thaw; the page has no InvalidSnapId [C28]."""
    snapshot = frozen(world)
    assert world.engine.os_snapshot_thaw(snapshot, 0) == 0
    assert truncate(world, running, page, snapshot, 0) == -2401
    thawed(world)
    for bad in BAD_IDS:
        assert truncate(world, running, page, bad, 0) == -2401


def test_truncate_instance_of_an_instance_outside_the_session(world: World, running: Running) -> None:
    """[OTI] Not in the state in which its log can be truncated: InvalidSequence; a bad handle is InvalidParameter."""
    snapshot = thawed(world)
    other = world.create("i2")
    assert world.engine.os_snapshot_truncate_log_instance(snapshot, other, ALL_DATABASES) == -2401
    for bad in (NIL_HANDLE, 0, None):
        assert world.engine.os_snapshot_truncate_log_instance(snapshot, bad, ALL_DATABASES) == -1003


# -- the time-out -----------------------------------------------------------------------------------


def test_the_time_out_is_seventy_seconds(world: World, running: Running) -> None:
    """[BP: JET_paramOSSnapshotTimeout; C27] The clock starts with the freeze."""
    snapshot = prepared(world)
    world.engine.pass_time(1000)
    assert world.engine.os_snapshot_freeze(snapshot, 0)[0] == 0
    world.engine.pass_time(60)
    assert world.engine.os_snapshot_thaw(snapshot, 0) == 0


@pytest.mark.parametrize("nil", [True, False])
def test_the_time_out_is_a_parameter(world: World, running: Running, nil: bool) -> None:
    """[BP] Milliseconds, global, also while instances run [2.12]."""
    handle = NIL_HANDLE if nil else running.instance
    assert world.engine.set_system_parameter(handle, Parameter.os_snapshot_timeout, 5000) == 0
    snapshot = frozen(world)
    world.engine.pass_time(5)
    assert world.engine.os_snapshot_thaw(snapshot, 0) == -2402
    for value in (-1, "5"):
        assert world.engine.set_system_parameter(handle, Parameter.os_snapshot_timeout, value) == -1003
    assert world.engine.set_system_parameter(77777, Parameter.os_snapshot_timeout, 5000) == -1003


def test_a_thawed_session_does_not_time_out(world: World, running: Running) -> None:
    """[BP] The time allowed is that between Freeze and Thaw."""
    snapshot = thawed(world)
    world.engine.pass_time(100_000)
    assert world.engine.os_snapshot_truncate_log(snapshot, ALL_DATABASES) == 0
    assert world.engine.os_snapshot_end(snapshot, 0) == 0
