"""What a freeze is worth: nothing is written, copies recover, and other calls wait or are refused [OZ, Remarks]."""

import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from engine_world import TIMEOUT, Running, World
from jetconform.engine import EventId, FrozenInstance, Row
from jetconform.model.vocabulary import Parameter
from test_engine_snapshot_page import ALL_DATABASES, CONTINUE, EXPLICIT, INCREMENTAL, LONG, frozen, prepared, thawed


class Waiting:
    """A call on its own thread that is expected to wait for the thaw."""

    def __init__(self, body: Callable[[], int]) -> None:
        self.codes: list[int] = []
        self._begun = threading.Event()
        self._body = body
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._begun.wait(TIMEOUT)

    def _run(self) -> None:
        self._begun.set()
        self.codes.append(self._body())

    def result(self) -> int:
        self._thread.join(TIMEOUT)
        assert not self._thread.is_alive(), "still waiting"
        return self.codes[0]


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def recovered(world: World, tmp_path: Path, name: str, path: str = "db/a.edb") -> tuple[Row, ...]:
    """The rows of a copy of `db`, by JetInit alone."""
    other = World(tmp_path / name)
    try:
        return other.rows(other.open(other.create(), path))
    finally:
        other.engine.close()


def copy(world: World, tmp_path: Path, name: str) -> None:
    shutil.copytree(world.root / "db", tmp_path / name / "db")


@pytest.fixture
def world(tmp_path: Path):
    (tmp_path / "live").mkdir()
    world = World(tmp_path / "live")
    yield world
    world.engine.close()


# -- nothing is written, and copies recover ---------------------------------------------------------


def test_what_is_copied_while_frozen_recovers(world: World, running: Running, tmp_path: Path) -> None:
    """[OZ, Remarks] The files are in a state from which a normal recovery is possible."""
    world.insert(running, 3000)
    rows = world.rows(running)
    snapshot = frozen(world)
    copy(world, tmp_path, "copy")
    assert world.engine.os_snapshot_thaw(snapshot, 0) == 0
    world.insert(running, 100)
    assert recovered(world, tmp_path, "copy") == rows


def test_a_freeze_tells_who_is_frozen(world: World, running: Running) -> None:
    """[OZ, paInstanceInfo] Every running instance of the session, with its databases; none that does not run."""
    engine = world.engine
    assert engine.create_database(running.session, "db/b.edb")[0] == 0
    other = world.create("i2")
    assert engine.set_paths(other, "db2") == 0
    assert engine.init(other) == 0
    world.create("i3")
    code, found = engine.os_snapshot_freeze(prepared(world), 0)
    assert code == 0
    assert found == [
        FrozenInstance(running.instance, "i1", ("db/a.edb", "db/b.edb")),
        FrozenInstance(other, "i2", ()),
    ]


def test_no_write_happens_while_frozen(world: World, running: Running) -> None:
    """[OZ, success] No write IOs for the databases and logs; calls that would write wait for the thaw."""
    engine = world.engine
    snapshot = frozen(world)
    before = contents(world.root / "db")
    waiting = [
        Waiting(lambda: engine.insert(running.session, running.database, 500)),
        Waiting(lambda: engine.create_database(running.session, "db/b.edb")[0]),
        Waiting(lambda: engine.count_rows(running.session, running.database)[0]),
    ]
    for _ in range(200):  # whatever they are going to do, they had the time to begin it
        assert engine.begin_session(running.instance)[0] == 0
    assert contents(world.root / "db") == before
    assert [each.codes for each in waiting] == [[], [], []]
    assert engine.os_snapshot_thaw(snapshot, 0) == 0
    assert [each.result() for each in waiting] == [0, 0, 0]
    assert len(world.rows(running)) == 510
    assert contents(world.root / "db") != before


def test_copies_made_while_threads_write(world: World, running: Running, tmp_path: Path) -> None:
    """[OZ] Each copy holds all that had returned before the freeze, nothing begun after it, whole transactions only."""
    engine = world.engine
    done = [0]
    stop = threading.Event()
    copies: list[tuple[str, int, int]] = []

    def write() -> int:
        code = 0
        while not stop.is_set() and code == 0:
            code = engine.insert(running.session, running.database, 7)
            done[0] += 7
        return code

    writer = Waiting(write)
    for number in range(5):
        least = done[0] + 10
        snapshot = frozen(world, CONTINUE * (number % 2))
        copy(world, tmp_path, f"copy{number}")
        copies.append((f"copy{number}", least, done[0] + 17))
        assert engine.os_snapshot_thaw(snapshot, 0) == 0
        if number % 2:
            assert engine.os_snapshot_truncate_log(snapshot, ALL_DATABASES) == 0
            assert engine.os_snapshot_end(snapshot, 0) == 0
        before = done[0]
        while done[0] < before + 70 and writer.codes == []:
            pass
    stop.set()
    assert writer.result() == 0
    rows = world.rows(running)
    for name, least, most in copies:
        found = recovered(world, tmp_path, name)
        assert found == rows[: len(found)]
        assert least <= len(found) <= most
        assert found[-1].position == found[-1].of - 1


def test_freeze_waits_for_the_write_under_way(world: World, running: Running) -> None:
    """[OZ, success] When it returns no write is under way; one that begins meanwhile waits already."""
    engine = world.engine
    snapshot = prepared(world)
    held = world.hold("JetOSSnapshotFreeze", "enter", lambda: engine.os_snapshot_freeze(snapshot, 0))
    writer = Waiting(lambda: engine.insert(running.session, running.database, 5))
    assert engine.os_snapshot_freeze(snapshot, 0) == (-2401, [])
    assert engine.backup_instance(running.instance, "bk", 0) == -505
    assert writer.codes == []
    assert held.release()[0] == 0
    assert writer.codes == []
    assert engine.os_snapshot_thaw(snapshot, 0) == 0
    assert writer.result() == 0


def test_abort_while_the_freeze_begins(world: World, running: Running) -> None:
    """[OP] At any time after the prepare; the freeze is then out of sequence, and writes go on."""
    engine = world.engine
    snapshot = prepared(world)
    held = world.hold("JetOSSnapshotFreeze", "enter", lambda: engine.os_snapshot_freeze(snapshot, 0))
    writer = Waiting(lambda: engine.insert(running.session, running.database, 5))
    assert engine.os_snapshot_abort(snapshot, 0) == 0
    assert writer.result() == 0
    assert held.release() == (-2401, [])
    frozen(world)


def test_an_exception_while_the_freeze_begins_lets_writes_go_on(world: World, running: Running) -> None:
    """[OZ, failure] The engine keeps running normally."""
    snapshot = prepared(world)

    def hook(call: str, point: str, detail: str) -> None:
        if call == "JetOSSnapshotFreeze":
            raise KeyError("mine")

    world.engine.on_point = hook
    with pytest.raises(KeyError):
        world.engine.os_snapshot_freeze(snapshot, 0)
    world.insert(running, 1)
    assert world.engine.os_snapshot_freeze(snapshot, 0) == (-2401, [])


# -- who is part of it ------------------------------------------------------------------------------


def two_instances(world: World, running: Running) -> Running:
    other = world.create("i2")
    assert world.engine.set_paths(other, "db2") == 0
    assert world.engine.init(other) == 0
    session = world.engine.begin_session(other)[1]
    code, database = world.engine.create_database(session, "db2/x.edb")
    assert code == 0
    return Running(other, session, database)


def test_prepare_instance_chooses(world: World, running: Running) -> None:
    """[OPI, OP] A different subset of instances; the others go on writing and may be backed up."""
    other = two_instances(world, running)
    for grbit in (0, EXPLICIT):
        snapshot = prepared(world, grbit)
        assert world.engine.os_snapshot_prepare_instance(snapshot, other.instance, 0) == 0
        code, found = world.engine.os_snapshot_freeze(snapshot, 0)
        assert (code, [each.instance for each in found]) == (0, [other.instance])
        world.insert(running, 10)
        world.backup(running, "bk", 4)
        assert world.engine.backup_instance(other.instance, "bk", 4) == -505
        assert world.engine.os_snapshot_thaw(snapshot, 0) == 0


def test_explicit_prepare_without_instances(world: World, running: Running) -> None:
    """[OP, JET_bitExplicitPrepare] No instance is prepared by default: nothing freezes."""
    assert world.engine.os_snapshot_freeze(prepared(world, EXPLICIT), 0) == (0, [])
    world.insert(running, 10)


def test_an_instance_that_ends_after_prepare_is_not_frozen(world: World, running: Running) -> None:
    """[OZ, paInstanceInfo] Instances that currently run; a session that is only prepared forbids nothing."""
    other = two_instances(world, running)
    snapshot = prepared(world)
    assert world.engine.os_snapshot_prepare_instance(snapshot, running.instance, 0) == 0
    assert world.engine.os_snapshot_prepare_instance(snapshot, other.instance, 0) == 0
    assert world.engine.term(other.instance) == 0
    code, found = world.engine.os_snapshot_freeze(snapshot, 0)
    assert (code, [each.instance for each in found]) == (0, [running.instance])


# -- exclusion --------------------------------------------------------------------------------------


def test_a_prepared_session_forbids_no_backup(world: World, running: Running) -> None:
    """[OP] A session is able to start at any time: nothing is in process yet."""
    snapshot = prepared(world)
    world.backup(running)
    assert world.engine.attach_database(running.session, "db/a.edb") == 1007
    assert world.engine.os_snapshot_freeze(snapshot, 0)[0] == 0


@pytest.mark.parametrize("make", [frozen, thawed])
def test_backups_505_from_freeze_to_end(world: World, running: Running, make) -> None:
    """[BE] JET_errBackupInProgress: a snapshot backup is already in process; [BI] by symmetry [C29]."""
    engine = world.engine
    snapshot = make(world, CONTINUE)
    for path in ("bk", None):
        assert engine.backup_instance(running.instance, path, 0) == -505
    assert engine.begin_external_backup_instance(running.instance, 0) == -505
    assert engine.begin_external_backup_instance(running.instance, 1) == -505
    assert engine.get_attach_info_instance(running.instance) == (-520, [])
    assert engine.os_snapshot_abort(snapshot, 0) == 0
    world.backup(running)


@pytest.mark.parametrize("make", [frozen, thawed])
def test_attach_and_detach_505_from_freeze_to_end(world: World, running: Running, make) -> None:
    """[AD, DD] JET_errBackupInProgress: refused at once, so nobody waits for what cannot be."""
    engine = world.engine
    snapshot = make(world, CONTINUE)
    assert engine.attach_database(running.session, "db/a.edb") == -505
    assert engine.detach_database(running.session, "db/a.edb") == -505
    assert engine.os_snapshot_end(snapshot, 1) == 0
    assert engine.detach_database(running.session, "db/a.edb") == -1202


@pytest.mark.parametrize("make", [frozen, thawed])
def test_term_505_from_freeze_to_end(world: World, running: Running, make) -> None:
    """[T2] JET_errBackupInProgress without StopBackup; a usage error changes nothing [L17]."""
    engine = world.engine
    snapshot = make(world, CONTINUE)
    assert engine.term(running.instance) == -505
    assert engine.term2(running.instance, 1) == -505
    assert engine.os_snapshot_abort(snapshot, 0) == 0
    assert engine.term(running.instance) == 0


def test_term_with_stop_backup_waits_for_the_thaw(world: World, running: Running) -> None:
    """[T2, OZ] It shuts down in spite of the backup, but what is frozen is not written to; then it leaves the session."""
    engine = world.engine
    rows = world.rows(running)
    snapshot = frozen(world, CONTINUE)
    before = contents(world.root / "db")
    waiting = Waiting(lambda: engine.term2(running.instance, 4))
    while engine.begin_session(running.instance)[0] != -1000:
        pass
    assert waiting.codes == []
    assert contents(world.root / "db") == before
    assert engine.os_snapshot_thaw(snapshot, 0) == 0
    assert waiting.result() == 0
    assert engine.os_snapshot_truncate_log(snapshot, ALL_DATABASES) == 0
    assert engine.os_snapshot_end(snapshot, 0) == 0
    assert world.rows(world.open(world.create())) == rows


def test_term_with_stop_backup_of_a_thawed_instance(world: World, running: Running) -> None:
    """[T2] Nothing is frozen any more; the session goes on without it."""
    snapshot = thawed(world)
    assert world.engine.term2(running.instance, 4) == 0
    assert world.engine.os_snapshot_end(snapshot, 0) == 0


def test_init_of_another_instance_while_frozen(world: World, running: Running) -> None:
    """[OPI, Remarks] The instances that ran at the freeze are part of it; a later one is not."""
    snapshot = frozen(world)
    other = two_instances(world, running)
    assert world.engine.insert(other.session, other.database, 10) == 0
    assert world.engine.os_snapshot_thaw(snapshot, 0) == 0


def test_stop_calls_do_not_touch_a_snapshot(world: World, running: Running) -> None:
    """[SB, SI] They concern streaming backups and the service; the snapshot calls have no such codes [3.3]."""
    snapshot = frozen(world, CONTINUE)
    assert world.engine.stop_backup_instance(running.instance) == 0
    assert world.engine.stop_service_instance(running.instance) == 0
    assert world.engine.os_snapshot_thaw(snapshot, 0) == 0
    assert world.engine.os_snapshot_truncate_log(snapshot, ALL_DATABASES) == 0
    assert world.engine.os_snapshot_end(snapshot, 0) == 0


# -- the time-out -----------------------------------------------------------------------------------


def test_a_time_out_lets_the_waiting_go_on(world: World, running: Running) -> None:
    """[OZ, Remarks] An internal time-out stops the freeze even if nobody calls Thaw or Abort."""
    engine = world.engine
    snapshot = frozen(world)
    waiting = Waiting(lambda: engine.insert(running.session, running.database, 5))
    engine.pass_time(LONG - 2)
    assert waiting.codes == []
    engine.pass_time(2)
    assert waiting.result() == 0
    world.backup(running)
    assert engine.os_snapshot_thaw(snapshot, 0) == -2402


def test_a_time_out_is_noticed_by_who_waits(world: World, running: Running) -> None:
    """The same with a clock that runs by itself: the waiting thread is its own alarm."""
    assert world.engine.set_system_parameter(running.instance, Parameter.os_snapshot_timeout, 20) == 0
    snapshot = frozen(world)
    world.insert(running, 5)
    assert world.engine.os_snapshot_thaw(snapshot, 0) == -2402


# -- log truncation ---------------------------------------------------------------------------------


def archived(world: World, folder: str = "db") -> list[str]:
    return [name for name in world.files(folder) if name.startswith("edb0")]


@pytest.mark.parametrize("grbit", [CONTINUE, CONTINUE | INCREMENTAL])
def test_truncation_removes_what_the_snapshot_does_not_need(
    world: World, running: Running, tmp_path, grbit: int
) -> None:
    """[OTL] Logs are truncated, if possible: the snapshot recovers without them, and so does the live instance."""
    world.insert(running, 5000)
    assert archived(world)
    snapshot = frozen(world, grbit)
    copy(world, tmp_path, "copy")
    assert world.engine.os_snapshot_thaw(snapshot, 0) == 0
    before = archived(world)
    world.insert(running, 3000)
    assert world.engine.os_snapshot_truncate_log(snapshot, 0) == 0
    assert set(before) <= set(archived(world))
    assert world.engine.os_snapshot_truncate_log(snapshot, ALL_DATABASES) == 0
    assert not set(before) & set(archived(world))
    assert archived(world)
    assert world.engine.os_snapshot_end(snapshot, 0) == 0
    rows = world.rows(running)
    assert recovered(world, tmp_path, "copy") == rows[:5010]
    world.crash()
    assert world.rows(world.open(world.create())) == rows


def test_a_snapshot_rolls_forward_through_later_logs(world: World, running: Running, tmp_path: Path) -> None:
    """[OZ, Remarks] A normal recovery, and with the logs that came later one up to their end."""
    world.insert(running, 2000)
    snapshot = frozen(world, CONTINUE)
    copy(world, tmp_path, "copy")
    assert world.engine.os_snapshot_thaw(snapshot, 0) == 0
    world.insert(running, 3000)
    assert world.engine.os_snapshot_truncate_log(snapshot, ALL_DATABASES) == 0
    assert world.engine.os_snapshot_end(snapshot, 0) == 0
    rows = world.rows(running)
    for name in (*archived(world), "edb.log"):
        shutil.copy(world.root / "db" / name, tmp_path / "copy" / "db" / name)
    assert recovered(world, tmp_path, "copy") == rows


def test_truncation_of_one_instance(world: World, running: Running) -> None:
    """[OTI] The log of the specified instance, no other."""
    other = two_instances(world, running)
    world.insert(running, 5000)
    assert world.engine.insert(other.session, other.database, 5000) == 0
    snapshot = thawed(world)
    mine, others = archived(world), archived(world, "db2")
    assert world.engine.os_snapshot_truncate_log_instance(snapshot, other.instance, ALL_DATABASES) == 0
    assert archived(world) == mine
    assert others
    assert archived(world, "db2") == []
    assert world.engine.os_snapshot_end(snapshot, 0) == 0


def test_after_a_truncation_an_incremental_backup_needs_a_full_one(world: World, running: Running) -> None:
    """[BE: MissingFullBackup] The logs since the last full backup are gone; nobody is given a set with a gap."""
    world.backup(running)
    rows = world.rows(running)
    world.insert(running, 5000)
    snapshot = thawed(world)
    assert world.engine.os_snapshot_truncate_log(snapshot, ALL_DATABASES) == 0
    assert world.engine.os_snapshot_end(snapshot, 0) == 0
    assert world.engine.backup_instance(running.instance, "bk", 1) == -560
    assert world.restored_rows("bk") == rows


def test_a_snapshot_marks_no_header(world: World, running: Running) -> None:
    """[DM, OE silent] What JetRestoreInstance cannot restore is no backup for an incremental one to build on."""
    world.backup(running)
    before = world.engine.header("db/a.edb")
    snapshot = thawed(world)
    assert world.engine.os_snapshot_end(snapshot, 0) == 0
    assert world.engine.header("db/a.edb") == before


# -- events, death ----------------------------------------------------------------------------------


def test_events(world: World, running: Running) -> None:
    """[OP, OT, OE, Remarks] Event log entries for the different steps of the snapshot."""
    assert world.engine.os_snapshot_end(thawed(world), 0) == 0
    assert world.engine.os_snapshot_abort(frozen(world), 0) == 0
    frozen(world)
    world.engine.pass_time(LONG)
    assert [event.id for event in world.engine.events(running.instance)] == [
        EventId.SNAPSHOT_FROZEN,
        EventId.SNAPSHOT_THAWED,
        EventId.SNAPSHOT_COMPLETED,
        EventId.SNAPSHOT_FROZEN,
        EventId.SNAPSHOT_ABORTED,
        EventId.SNAPSHOT_FROZEN,
        EventId.SNAPSHOT_TIMED_OUT,
    ]


def test_dropping_the_engine_ends_the_freeze(world: World, running: Running) -> None:
    """A dead process freezes nothing, and writes nothing either."""
    rows = world.rows(running)
    engine = world.engine
    frozen(world)
    before = contents(world.root / "db")
    waiting = Waiting(lambda: engine.insert(running.session, running.database, 5))
    engine.close()
    assert waiting.result() < 0
    assert contents(world.root / "db") == before
    world.crash()
    assert world.rows(world.open(world.create())) == rows
