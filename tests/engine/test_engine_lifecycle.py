"""JetCreateInstance, JetInit, JetTerm(2), JetStopService*, JetStopBackupInstance, JetSetSystemParameter."""

import pytest
from engine_world import TIMEOUT, Running, World
from jetconform.engine import NIL_HANDLE
from jetconform.model.vocabulary import Parameter

ABRUPT, STOP_BACKUP, DIRTY, COMPLETE = 2, 4, 8, 1
RESUME = 0x80000000


def freeze(world: World, running: Running, kind: str) -> None:
    """Bring a running instance into the state `kind`."""
    if kind == "stopped":
        assert world.engine.stop_service_instance(running.instance) == 0
    else:
        world.engine.fail_log_writes(running.instance, "torn")
        assert world.engine.insert(running.session, running.database, 1) == -1090


# -- JetCreateInstance -----------------------------------------------------------------------------


def test_instance_names_are_unique_among_the_living(world: World) -> None:
    """[CI] InstanceNameInUse."""
    first = world.create("x")
    assert world.engine.create_instance("x")[0] == -1086
    assert world.engine.term(first) == 0
    code, second = world.engine.create_instance("x")
    assert code == 0
    assert second not in (first, NIL_HANDLE, 0)


# -- JetInit ---------------------------------------------------------------------------------------


def test_init_codes_of_every_phase(world: World, running: Running) -> None:
    """[RI, SP] AlreadyInitialized, InitInProgress, RestoreInProgress, TermInProgress; [CI] handles."""
    engine = world.engine
    world.backup(running)
    assert engine.init(running.instance) == -1030
    for handle in (NIL_HANDLE, 0, 12345):
        assert engine.init(handle) == -1003
    with world.held("JetTerm", "enter", lambda: engine.term(running.instance)):
        assert engine.init(running.instance) == -1000
    instance = world.create("i2")
    with world.held("JetRestoreInstance", "enter", lambda: engine.restore_instance(instance, "bk", None)):
        assert engine.init(instance) == -506
    with world.held("JetInit", "enter", lambda: engine.init(instance)):
        assert engine.init(instance) == -1031
    assert engine.init(instance) == -1030


def test_a_failed_init_leaves_the_instance_uninitialised_and_may_be_tried_again(world: World) -> None:
    """Section 3, the hard readings."""
    running = world.start()
    assert world.engine.term(running.instance) == 0
    log = world.root / "db" / "edb.log"
    data = log.read_bytes()
    log.write_bytes(b"")
    instance = world.create()
    assert world.engine.init(instance) == -501
    assert world.engine.begin_session(instance)[0] == -1029
    assert world.engine.set_system_parameter(instance, Parameter.circular_log, 1) == 0
    log.write_bytes(data)
    assert world.engine.init(instance) == 0
    assert world.engine.term(instance) == 0


def test_two_instances_may_not_use_one_log_folder(world: World, running: Running) -> None:
    """[EC] SystemPathInUse."""
    other = world.create("i2")
    assert world.engine.init(other) == -1083
    assert world.engine.set_paths(other, "db2") == 0
    assert world.engine.init(other) == 0
    assert world.engine.set_paths(other, "db3") == -1030


# -- JetTerm, JetTerm2 -----------------------------------------------------------------------------


@pytest.mark.parametrize("grbit", [0, COMPLETE, ABRUPT, STOP_BACKUP, DIRTY, COMPLETE | STOP_BACKUP, 15])
def test_term2_success_closes_everything(world: World, running: Running, grbit: int) -> None:
    """[T2] Success: handle, sessions and all other objects are closed; the data survives."""
    rows = world.rows(running)
    assert world.engine.term2(running.instance, grbit) == 0
    assert world.engine.term2(running.instance, grbit) == -1003
    assert world.engine.count_rows(running.session, running.database)[0] == -1104
    assert world.engine.end_session(running.session) == -1104
    assert world.rows(world.open(world.create())) == rows


def test_term_destroys_a_created_instance(world: World) -> None:
    """[T2] Also an instance that was never initialised."""
    instance = world.create()
    assert world.engine.term(instance) == 0
    assert world.engine.term(instance) == -1003
    assert world.engine.init(instance) == -1003


@pytest.mark.parametrize("kind", ["stopped", "unavailable"])
def test_term_of_stopped_and_unavailable_instances(world: World, running: Running, kind: str) -> None:
    """[SI] Termination is what stopping prepares for; [L14] and the exit from a fatal error."""
    rows = world.rows(running)
    freeze(world, running, kind)
    assert world.engine.term(running.instance) == 0
    assert world.rows(world.open(world.create())) == rows


def test_term_of_an_instance_that_refuses_log_writes_loses_nothing(world: World, running: Running) -> None:
    """[TM] Committed rows survive."""
    rows = world.rows(running)
    world.engine.fail_log_writes(running.instance, "no-space")
    assert world.engine.insert(running.session, running.database, 1) == -510
    assert world.engine.term(running.instance) == 0
    assert world.rows(world.open(world.create())) == rows


def test_term_codes_of_every_phase(world: World, running: Running) -> None:
    """[T2] NotInitialized, RestoreInProgress, TermInProgress, InvalidParameter."""
    engine = world.engine
    world.backup(running)
    for term in (engine.term, lambda handle: engine.term2(handle, 0)):
        assert term(NIL_HANDLE) == -1003
        assert term(4711) == -1003
    assert engine.term2(running.instance, 0x100) == -1003
    with world.held("JetTerm2", "enter", lambda: engine.term2(running.instance, 0)):
        assert engine.term(running.instance) == -1000
        assert engine.term2(running.instance, STOP_BACKUP) == -1000
    instance = world.create("i2")
    with world.held("JetRestoreInstance", "enter", lambda: engine.restore_instance(instance, "bk", None)):
        assert engine.term(instance) == -506
    with world.held("JetInit", "enter", lambda: engine.init(instance)):
        assert engine.term(instance) == -1029
    assert engine.term(instance) == 0


@pytest.mark.parametrize("point", ["enter", "copy", "truncate", "leave"])
def test_term_during_a_backup_without_stop_backup_changes_nothing(world: World, running: Running, point: str) -> None:
    """[T2] BackupInProgress."""
    held = world.hold("JetBackupInstance", point, lambda: world.engine.backup_instance(running.instance, "bk", 0))
    assert world.engine.term(running.instance) == -505
    for grbit in (0, COMPLETE, ABRUPT, DIRTY):
        assert world.engine.term2(running.instance, grbit) == -505
    assert world.engine.count_rows(running.session, running.database) == (0, 10)
    assert held.release() == 0
    assert world.restored_rows("bk") == world.rows(running)


@pytest.mark.parametrize("point", ["enter", "copy", "truncate"])
def test_term_with_stop_backup_ends_the_backup_and_then_the_instance(
    world: World, running: Running, point: str
) -> None:
    """[T2] StopBackup; the backup ends with BackupAbortByServer and leaves nothing."""
    import threading

    held = world.hold("JetBackupInstance", point, lambda: world.engine.backup_instance(running.instance, "bk", 0))
    codes: list[int] = []
    term = threading.Thread(target=lambda: codes.append(world.engine.term2(running.instance, STOP_BACKUP)), daemon=True)
    term.start()
    while world.engine.term(running.instance) == -505:  # until the other one waits
        pass
    assert world.engine.backup_instance(running.instance, "bk", 0) in (-505, -1910)
    assert held.release() == -801
    term.join(TIMEOUT)
    assert codes == [0]
    assert world.files("bk") == []
    assert world.engine.init(running.instance) == -1003


def test_term_inside_the_callback_of_the_backup_does_not_wait_for_itself(world: World, running: Running) -> None:
    """[PF] A callback may call the API."""
    codes = []

    def callback(*_: object) -> int:
        codes.append(world.engine.term2(running.instance, STOP_BACKUP))
        return 0

    assert world.engine.backup_instance(running.instance, "bk", 0, callback) == 0
    assert set(codes) == {-505}


# -- JetStopServiceInstance, JetStopServiceInstance2, JetStopBackupInstance ------------------------


def test_stop_calls_need_a_running_instance(world: World, running: Running) -> None:
    """[SI, SB] InvalidParameter: not an instance that is currently running."""
    engine = world.engine
    world.backup(running)
    calls = (
        engine.stop_service_instance,
        engine.stop_backup_instance,
        lambda handle: engine.stop_service_instance2(handle, 0),
        lambda handle: engine.stop_service_instance2(handle, RESUME),
    )
    created = world.create("i2")

    def all_refuse(handle: int) -> None:
        assert [call(handle) for call in calls] == [-1003] * len(calls)

    for handle in (NIL_HANDLE, 0, 999, created):
        all_refuse(handle)
    with world.held("JetTerm", "enter", lambda: engine.term(running.instance)):
        all_refuse(running.instance)
    with world.held("JetRestoreInstance", "enter", lambda: engine.restore_instance(created, "bk", None)):
        all_refuse(created)
    with world.held("JetInit", "enter", lambda: engine.init(created)):
        all_refuse(created)
    assert engine.stop_service_instance(created) == 0


def test_after_stop_service_only_a_few_calls_are_allowed(world: World, running: Running) -> None:
    """[SI] Disallowed calls: ClientRequestToStopJetService; EndSession, CloseDatabase, DetachDatabase stay allowed."""
    engine = world.engine
    assert engine.stop_service_instance(running.instance) == 0
    assert engine.begin_session(running.instance)[0] == -1329
    assert engine.insert(running.session, running.database, 1) == -1329
    assert engine.count_rows(running.session, running.database)[0] == -1329
    assert engine.create_database(running.session, "db/b.edb")[0] == -1329
    assert engine.open_database(running.session, "db/a.edb")[0] == -1329
    assert engine.attach_database(running.session, "db/a.edb") == -1329
    assert engine.set_system_parameter(running.instance, Parameter.create_path_if_not_exist, 1) == -1329
    assert engine.stop_service_instance(running.instance) == 0
    assert engine.stop_backup_instance(running.instance) == 0
    assert engine.restore_instance(running.instance, "bk", None) == -1030
    assert engine.close_database(running.session, running.database) == 0
    assert engine.detach_database(running.session, "db/a.edb") == 0
    assert engine.end_session(running.session) == 0
    assert engine.term(running.instance) == 0


def test_a_running_backup_completes_after_stop_service(world: World, running: Running) -> None:
    """Section 3, the hard readings."""
    for point in ("enter", "copy", "truncate", "leave"):
        held = world.hold("JetBackupInstance", point, lambda: world.engine.backup_instance(running.instance, "bk", 0))
        if point == "leave":
            assert world.engine.stop_service_instance(running.instance) == 0
        assert held.release() == 0


def test_stop_service2_suspends_and_resumes(world: World, running: Running) -> None:
    """[S2] Background tasks and caches can be resumed and block nothing; unknown bits are InvalidGrbit."""
    stop = world.engine.stop_service_instance2
    for grbit in (2, 4, 6, RESUME, RESUME | 2, RESUME | 4, RESUME | 6):
        assert stop(running.instance, grbit) == 0
        world.insert(running, 1)
    for grbit in (1, 8, 0x10, 3, RESUME | 1, -1):
        assert stop(running.instance, grbit) == -900
    world.insert(running, 1)


def test_stop_service2_all_cannot_be_resumed(world: World, running: Running) -> None:
    """[S2] After StopServiceAll a resume fails."""
    stop = world.engine.stop_service_instance2
    assert stop(running.instance, 0) == 0
    for grbit in (RESUME, RESUME | 2, RESUME | 4):
        assert stop(running.instance, grbit) == -1329
    assert stop(running.instance, 0) == 0
    assert world.engine.count_rows(running.session, running.database)[0] == -1329


def test_stop_backup_without_a_backup_has_no_effect(world: World, running: Running) -> None:
    """[SB, C41]."""
    assert world.engine.stop_backup_instance(running.instance) == 0
    world.backup(running)


def test_stop_backup_ends_a_backup_with_backup_abort_by_server(world: World, running: Running) -> None:
    """[SB] Also from inside the callback; the next backup runs as ever."""
    stop = world.engine.stop_backup_instance
    call = world.engine.backup_instance
    assert call(running.instance, "bk", 0, lambda *_: stop(running.instance)) == -801
    assert world.files("bk") == []
    world.backup(running)
    held = world.hold("JetBackupInstance", "leave", lambda: call(running.instance, "bk", 0))
    assert stop(running.instance) == 0
    assert held.release() == 0


# -- JetSetSystemParameter -------------------------------------------------------------------------


def test_parameters_on_created_and_running_instances(world: World) -> None:
    """[SP] InvalidParameter for bad values and handles; AlreadyInitialized where it is too late."""
    put = world.engine.set_system_parameter
    instance = world.create()
    bad = [
        (Parameter.recovery, "perhaps"),
        (Parameter.recovery, 1),
        (Parameter.circular_log, 2),
        (Parameter.circular_log, "on"),
        (Parameter.log_file_size, 63),
        (Parameter.log_file_size, 32769),
        (Parameter.create_path_if_not_exist, -1),
    ]
    for parameter, value in bad:
        assert put(instance, parameter, value) == -1003
    assert put(NIL_HANDLE, Parameter.circular_log, 1) == -1003
    assert put(instance, "circular_log", 1) == -1003  # type: ignore[arg-type]
    for value in ("on", "off", "On"):
        assert put(instance, Parameter.recovery, value) == 0
    assert world.engine.init(instance) == 0
    assert put(instance, Parameter.recovery, "off") == -1030
    assert put(instance, Parameter.circular_log, 1) == -1030
    assert put(instance, Parameter.log_file_size, 128) == -1030
    assert put(instance, Parameter.create_path_if_not_exist, 1) == 0


def test_parameters_while_the_instance_is_busy(world: World, running: Running) -> None:
    """[SP] InitInProgress, RestoreInProgress, TermInProgress."""
    engine = world.engine
    world.backup(running)

    def put(handle: int) -> int:
        return engine.set_system_parameter(handle, Parameter.create_path_if_not_exist, 1)

    with world.held("JetTerm", "enter", lambda: engine.term(running.instance)):
        assert put(running.instance) == -1000
    instance = world.create("i2")
    with world.held("JetRestoreInstance", "enter", lambda: engine.restore_instance(instance, "bk", None)):
        assert put(instance) == -506
    with world.held("JetInit", "enter", lambda: engine.init(instance)):
        assert put(instance) == -1031


def test_parameters_of_an_unavailable_instance(world: World, running: Running) -> None:
    """[SP] InstanceUnavailable."""
    freeze(world, running, "unavailable")
    assert world.engine.set_system_parameter(running.instance, Parameter.create_path_if_not_exist, 1) == -1090
