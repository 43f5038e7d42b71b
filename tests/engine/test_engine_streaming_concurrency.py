"""Streaming calls that overlap others: held at their hold points, and on free-running threads [DESIGN, hard readings]."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from engine_world import TIMEOUT, Running, World, together
from jetconform.engine import Engine
from streaming_world import ABORT, FULL, PAGE, begun, databases_read, logs_read, opened, read_all, save, stream

Call = Callable[[Engine, int], Any]
CALLS: dict[str, Call] = {
    "JetGetAttachInfoInstance": lambda engine, instance: engine.get_attach_info_instance(instance),
    "JetOpenFileInstance": lambda engine, instance: engine.open_file_instance(instance, "db/a.edb"),
    "JetReadFileInstance": lambda engine, instance: engine.read_file_instance(instance, 0, 3 * PAGE),
    "JetCloseFileInstance": lambda engine, instance: engine.close_file_instance(instance, 0),
    "JetGetLogInfoInstance": lambda engine, instance: engine.get_log_info_instance(instance),
    "JetGetTruncateLogInfoInstance": lambda engine, instance: engine.get_truncate_log_info_instance(instance),
    "JetTruncateLogInstance": lambda engine, instance: engine.truncate_log_instance(instance),
    "JetEndExternalBackupInstance": lambda engine, instance: engine.end_external_backup_instance(instance),
    "JetEndExternalBackupInstance2": lambda engine, instance: engine.end_external_backup_instance2(instance, ABORT),
}


def code_of(answer: Any) -> int:
    return answer[0] if isinstance(answer, tuple) else answer


def all_codes(world: World, instance: int) -> set[int]:
    """What every call answers that needs the backup session of the instance."""
    codes = {code_of(call(world.engine, instance)) for call in CALLS.values()}
    codes.add(world.engine.begin_external_backup_instance(instance, FULL))
    codes.add(world.engine.backup_instance(instance, "bk", 0))
    return codes


# -- SessionSharingViolation ------------------------------------------------------------------------


@pytest.mark.parametrize("call", CALLS)
def test_session_sharing_violation_1910_inside_any_call(world: World, running: Running, call: str) -> None:
    """[BI: the same session cannot be used by more than one thread at a time] While a streaming call is under way."""
    begun(world, running)
    held = world.hold(call, "enter", lambda: CALLS[call](world.engine, running.instance))
    assert all_codes(world, running.instance) == {-1910}
    assert world.engine.attach_database(running.session, "db/a.edb") == -505
    assert code_of(held.release()) in (0, -1003, -521, -800)


def test_session_sharing_violation_1910_while_a_file_is_read(world: World, running: Running) -> None:
    """The same at the point `copy`; the read then goes on as if nothing had been."""
    engine, instance = world.engine, running.instance
    begun(world, running)
    file = opened(world, running)
    held = world.hold("JetReadFileInstance", "copy", lambda: engine.read_file_instance(instance, file, 3 * PAGE))
    assert all_codes(world, instance) == {-1910}
    world.insert(running, 100)
    code, data = held.release()
    assert (code, len(data)) == (0, 3 * PAGE)
    assert engine.close_file_instance(instance, file) == 0


def test_session_sharing_violation_1910_while_a_backup_begins(world: World, running: Running) -> None:
    """Between taking the session and being in progress, whichever kind of backup it is."""
    engine, instance = world.engine, running.instance
    held = world.hold(
        "JetBeginExternalBackupInstance", "enter", lambda: engine.begin_external_backup_instance(instance, 0)
    )
    assert all_codes(world, instance) == {-1910}
    assert held.release() == 0
    assert engine.backup_instance(instance, "bk", 0) == -505
    assert engine.end_external_backup_instance2(instance, ABORT) == 0
    held = world.hold("JetBackupInstance", "enter", lambda: engine.backup_instance(instance, "bk", 0))
    assert all_codes(world, instance) == {-1910}
    assert held.release() == 0


def test_session_sharing_violation_1910_while_logs_are_truncated(world: World, running: Running) -> None:
    """At the point `truncate` no log is gone yet, and a stop request keeps them."""
    engine, instance = world.engine, running.instance
    world.insert(running, 3000)
    databases_read(world, running)
    logs_read(world, running)
    logs = world.files("db")
    held = world.hold("JetTruncateLogInstance", "truncate", lambda: engine.truncate_log_instance(instance))
    assert all_codes(world, instance) == {-1910}
    assert engine.stop_backup_instance(instance) == 0
    assert held.release() == -801
    assert world.files("db") == logs


# -- stop, term, stop service -----------------------------------------------------------------------


def test_a_stop_ends_a_read_under_way_801(world: World, running: Running) -> None:
    """[SB] Progress calls such as JetReadFileInstance fail; the file can still be closed."""
    engine, instance = world.engine, running.instance
    begun(world, running)
    file = opened(world, running)
    held = world.hold("JetReadFileInstance", "copy", lambda: engine.read_file_instance(instance, file, 3 * PAGE))
    assert engine.stop_backup_instance(instance) == 0
    assert held.release() == (-801, b"")
    assert engine.read_file_instance(instance, file, 3 * PAGE) == (-801, b"")
    assert engine.close_file_instance(instance, file) == 0
    assert engine.end_external_backup_instance(instance) == -801


def test_a_stop_while_a_backup_begins_is_for_the_calls_that_follow(world: World, running: Running) -> None:
    """[BE] Its page has no BackupAbortByServer; [SB] the others do."""
    engine, instance = world.engine, running.instance
    held = world.hold(
        "JetBeginExternalBackupInstance", "enter", lambda: engine.begin_external_backup_instance(instance, 0)
    )
    assert engine.stop_backup_instance(instance) == 0
    assert held.release() == 0
    assert engine.get_attach_info_instance(instance) == (-801, [])
    assert engine.end_external_backup_instance(instance) == -801


def test_stop_service_lets_a_call_under_way_complete(world: World, running: Running) -> None:
    """[S15, DESIGN] What is under way completes; the next one gets -1329."""
    engine, instance = world.engine, running.instance
    begun(world, running)
    held = world.hold("JetGetLogInfoInstance", "enter", lambda: engine.get_log_info_instance(instance))
    assert engine.stop_service_instance(instance) == 0
    assert held.release() == (0, ["db/edb00000001.log"])
    assert engine.get_log_info_instance(instance) == (-1329, [])


def test_an_instance_lost_while_a_call_is_held(world: World, running: Running) -> None:
    """[Std-5] InstanceUnavailable: access to all data is revoked, also for a call that had begun."""
    engine, instance = world.engine, running.instance
    begun(world, running)
    held = world.hold("JetOpenFileInstance", "enter", lambda: engine.open_file_instance(instance, "db/a.edb"))
    engine.fail_log_writes(instance, "torn")
    assert engine.insert(running.session, running.database, 1) == -1090
    assert held.release() == (-1090, 0, 0)


def in_background(body: Callable[[], int]) -> tuple[threading.Thread, list[int]]:
    codes: list[int] = []
    thread = threading.Thread(target=lambda: codes.append(body()), daemon=True)
    thread.start()
    return thread, codes


def test_term_with_stop_backup_waits_for_the_call_under_way(world: World, running: Running) -> None:
    """[T2] The backup ends with -801, the instance then; meanwhile further calls get TermInProgress."""
    engine, instance = world.engine, running.instance
    rows = world.rows(running)
    begun(world, running)
    file = opened(world, running)
    held = world.hold("JetReadFileInstance", "copy", lambda: engine.read_file_instance(instance, file, 3 * PAGE))
    assert engine.term2(instance, 0) == -505
    thread, codes = in_background(lambda: engine.term2(instance, 4))
    while engine.term(instance) == -505:
        pass
    assert engine.term2(instance, 4) == -1000
    assert codes == []
    assert held.release() == (-801, b"")
    thread.join(TIMEOUT)
    assert codes == [0]
    assert engine.end_external_backup_instance(instance) == -1003
    assert world.rows(world.open(world.create())) == rows


def test_term_with_stop_backup_while_a_backup_begins(world: World, running: Running) -> None:
    """[BE] TermInProgress: the backup never begins."""
    engine, instance = world.engine, running.instance
    held = world.hold(
        "JetBeginExternalBackupInstance", "enter", lambda: engine.begin_external_backup_instance(instance, 0)
    )
    thread, codes = in_background(lambda: engine.term2(instance, 4))
    while engine.term(instance) == -505:
        pass
    assert held.release() == -1000
    thread.join(TIMEOUT)
    assert codes == [0]


def test_term_from_inside_a_streaming_call_505(world: World, running: Running) -> None:
    """A call cannot wait for itself: BackupInProgress [T2]."""
    codes: list[int] = []
    begun(world, running)

    def hook(call: str, point: str, detail: str) -> None:
        if call.startswith("JetGet"):
            codes.append(world.engine.term2(running.instance, 4))

    world.engine.on_point = hook
    assert world.engine.get_attach_info_instance(running.instance)[0] == 0
    assert codes == [-505]


def test_dropping_the_engine_while_a_read_is_held(world: World, running: Running) -> None:
    """A dead process gives nothing out any more; the next one starts afresh."""
    engine, instance = world.engine, running.instance
    begun(world, running)
    file = opened(world, running)
    held = world.hold("JetReadFileInstance", "copy", lambda: engine.read_file_instance(instance, file, 3 * PAGE))
    engine.close()
    code, data = held.release()
    assert code < 0
    assert data == b""
    world.crash()
    stream(world, world.open(world.create()))


# -- a database that grows --------------------------------------------------------------------------


def test_a_database_may_grow_after_the_backup_began(world: World, running: Running) -> None:
    """[BE, BI: online] What is not on disk yet when a copy begins is no damage, whichever call makes the copy."""
    engine = world.engine
    held = world.hold("JetBackupInstance", "copy", lambda: engine.backup_instance(running.instance, "bk", 0), "a.edb")
    world.insert(running, 3000)
    assert held.release() == 0
    assert world.restored_rows("bk") == world.rows(running)
    begun(world, running)
    world.insert(running, 3000)
    file = opened(world, running)
    world.insert(running, 3000)
    assert engine.read_file_instance(running.instance, file, 1000 * PAGE)[0] == 0
    world.insert(running, 3000)
    assert engine.close_file_instance(running.instance, file) == 0
    save(world, running, ["db/a.edb"], "bk2")
    logs_read(world, running, "bk2")
    assert engine.end_external_backup_instance(running.instance) == 0
    assert world.restored_rows("bk2", "to") == world.rows(running)


# -- free-running threads ---------------------------------------------------------------------------


def test_sessions_write_while_sets_are_streamed(world: World, running: Running) -> None:
    """Every set holds whole transactions: all that had returned before Begin, none that came after GetLogInfo."""
    engine = world.engine
    sets: list[tuple[str, int, int]] = []
    done = [0]
    lock = threading.Lock()

    def write() -> None:
        session = engine.begin_session(running.instance)[1]
        database = engine.open_database(session, "db/a.edb")[1]
        for _ in range(60):
            assert engine.insert(session, database, 7) == 0
            with lock:
                done[0] += 7

    def save() -> None:
        for number in range(4):
            before = done[0]
            databases_read(world, running, f"set{number}")
            logs_read(world, running, f"set{number}")
            sets.append((f"set{number}", before, done[0] + 2 * 7))
            if number % 2:
                assert engine.truncate_log_instance(running.instance) == 0
            assert engine.end_external_backup_instance(running.instance) == 0

    together(write, write, save)
    rows = world.rows(running)
    assert len(rows) == 10 + 2 * 60 * 7
    for name, least, most in sets:
        restored = world.restored_rows(name, f"to-{name}")
        assert restored == rows[: len(restored)]
        assert least + 10 <= len(restored) <= most + 10
        assert restored[-1].position == restored[-1].of - 1


def test_everything_at_once_answers_with_codes(world: World, running: Running) -> None:
    """No call hangs and none raises; a backup that got through restores."""
    engine, instance = world.engine, running.instance
    allowed = {0, -505, -520, -521, -569, -800, -801, -1003, -1011, -1910}
    seen: set[int] = set()

    def check(call: Callable[[], Any]) -> Callable[[], None]:
        def run() -> None:
            for _ in range(60):
                code = code_of(call())
                assert code in allowed
                seen.add(code)

        return run

    def walk() -> int:
        code, file, _ = engine.open_file_instance(instance, "db/a.edb")
        if code == 0:
            code = code_of(engine.read_file_instance(instance, file, 3 * PAGE))
            engine.close_file_instance(instance, file)
        return code

    together(
        check(lambda: engine.begin_external_backup_instance(instance, FULL)),
        check(walk),
        check(lambda: engine.get_log_info_instance(instance)),
        check(lambda: engine.end_external_backup_instance(instance)),
        check(lambda: engine.stop_backup_instance(instance)),
        check(lambda: engine.backup_instance(instance, "bk", 4)),
        check(lambda: engine.insert(running.session, running.database, 3)),
    )
    assert 0 in seen
    engine.end_external_backup_instance2(instance, ABORT)
    stream(world, running, "last")
    assert world.restored_rows("last") == world.rows(running)


def test_read_all_is_the_same_from_any_thread(world: World, running: Running) -> None:
    """[BE] The backup belongs to the instance, not to the thread that began it."""
    begun(world, running)
    here = read_all(world, running, "db/a.edb")
    there: list[bytes] = []
    together(lambda: there.append(read_all(world, running, "db/a.edb")))
    assert there == [here]
