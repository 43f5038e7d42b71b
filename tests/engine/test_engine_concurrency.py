"""Calls that overlap: free-running threads, and others held at their hold points."""

import threading
from collections.abc import Callable

from engine_world import TIMEOUT, Running, World, together


def test_sessions_write_while_backups_run(world: World, running: Running) -> None:
    """Every set holds whole transactions: all that had returned before the backup, none that came after it."""
    engine = world.engine
    sets: list[tuple[str, int, int]] = []
    done = [0]
    lock = threading.Lock()
    for number in range(4):
        world.folder(f"set{number}")

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
            assert engine.backup_instance(running.instance, f"set{number}", (0, 4)[number % 2]) == 0
            sets.append((f"set{number}", before, done[0] + 2 * 7))

    together(write, write, save)
    rows = world.rows(running)
    assert len(rows) == 10 + 2 * 60 * 7
    for name, least, most in sets:
        restored = world.restored_rows(name, f"to-{name}")
        assert restored == rows[: len(restored)]
        assert least + 10 <= len(restored) <= most + 10
        assert restored[-1].position == restored[-1].of - 1


def test_backups_at_once_are_one_at_a_time(world: World, running: Running) -> None:
    """[BI] All but one get BackupInProgress or SessionSharingViolation."""
    codes: list[int] = []

    def save() -> None:
        for _ in range(15):
            codes.append(world.engine.backup_instance(running.instance, "bk", 4))

    together(save, save, save)
    assert 0 in codes
    assert set(codes) <= {0, -505, -1910}
    assert world.restored_rows("bk") == world.rows(running)


def test_term_waits_for_calls_under_way_and_later_ones_fail(world: World, running: Running) -> None:
    """[T2] Whatever returned success survives."""
    engine = world.engine
    codes: list[int] = []

    def write() -> None:
        while (code := engine.insert(running.session, running.database, 3)) == 0:
            codes.append(code)
        assert code in (-1000, -1104)

    def end() -> None:
        while len(codes) < 20:
            pass
        assert engine.term(running.instance) == 0

    together(write, end)
    assert len(world.rows(world.open(world.create()))) == 10 + 3 * len(codes)


def test_everything_at_once_answers_with_codes(world: World, running: Running) -> None:
    """No call hangs and none raises, whatever the others do."""
    engine = world.engine
    allowed = {0, 1007, -505, -1910, -801, -1000, -1003, -1104, -1010, -1029, -1030, -1031, -1203, -1202, -1329, -1914}

    def check(call: Callable[[], int]) -> Callable[[], None]:
        def run() -> None:
            for _ in range(40):
                assert call() in allowed

        return run

    def end() -> int:
        return engine.term2(running.instance, 4)

    together(
        check(lambda: engine.backup_instance(running.instance, "bk", 4)),
        check(lambda: engine.stop_backup_instance(running.instance)),
        check(lambda: engine.insert(running.session, running.database, 5)),
        check(lambda: engine.count_rows(running.session, running.database)[0]),
        check(lambda: engine.attach_database(running.session, "db/a.edb")),
        check(lambda: engine.begin_session(running.instance)[0]),
        check(lambda: engine.init(running.instance)),
    )
    together(
        check(lambda: engine.backup_instance(running.instance, "bk", 4)),
        check(end),
        check(end),
        check(lambda: engine.insert(running.session, running.database, 5)),
        check(lambda: engine.end_session(running.session)),
    )
    assert engine.term(running.instance) == -1003


def test_api_calls_from_the_status_callback(world: World, running: Running) -> None:
    """[PF] The callback is called without locks."""
    engine = world.engine
    codes: list[int] = []

    def callback(*_: object) -> int:
        codes.extend(
            (
                engine.insert(running.session, running.database, 5),
                engine.count_rows(running.session, running.database)[0],
                engine.begin_session(running.instance)[0],
            )
        )
        assert engine.backup_instance(running.instance, "bk", 0) == -505
        return 0

    assert engine.backup_instance(running.instance, "bk", 0, callback) == 0
    assert set(codes) == {0}


def test_an_exception_in_the_callback_ends_the_backup_and_reaches_the_caller(world: World, running: Running) -> None:
    """It is the caller's own; the instance is as after any failure."""

    def callback(*_: object) -> int:
        raise KeyError("mine")

    try:
        world.engine.backup_instance(running.instance, "bk", 0, callback)
    except KeyError:
        assert world.files("bk") == []
    else:
        raise AssertionError("the exception is lost")
    world.backup(running)


def test_dropping_the_engine_while_calls_are_held(world: World, running: Running) -> None:
    """A dead process changes nothing any more; the next one recovers."""
    rows = world.rows(running)
    engine = world.engine
    held = world.hold("JetBackupInstance", "copy", lambda: engine.backup_instance(running.instance, "bk", 0))
    codes: list[int] = []
    waiting = threading.Thread(target=lambda: codes.append(engine.term2(running.instance, 4)), daemon=True)
    waiting.start()
    while engine.term(running.instance) == -505:
        pass
    engine.close()
    waiting.join(TIMEOUT)
    assert codes
    assert codes[0] < 0
    listing = world.files(".")
    assert held.release() < 0
    assert world.files(".") == listing
    assert engine.create_instance("x")[0] < 0
    world.crash()
    again = world.open(world.create())
    assert world.rows(again) == rows
    world.backup(again)
