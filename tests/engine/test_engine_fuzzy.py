"""The fuzzy copy: a backup while others write, and what it may hold [BI, "On success"]."""

import threading
from pathlib import Path

import pytest
from engine_world import TIMEOUT, Running, World
from jetconform.engine import Engine, Files, Row
from jetconform.engine.files import OpenFile
from jetconform.model.vocabulary import Snp, Snt

FULL, ATOMIC = 0, 4
CHUNK = 256
ROWS = 3 * CHUNK * 127
"""More than three chunks of pages."""


@pytest.fixture
def large(world: World) -> Running:
    world.folder("bk")
    return world.start(rows=ROWS, log_file_size=5120)


def test_writers_commit_between_the_chunks(world: World, large: Running) -> None:
    """[BI] They are not blocked for the copy: every call of the callback finds them able to commit."""
    committed: list[int] = []

    def callback(snp: Snp, snt: Snt, done: int, total: int) -> int:
        code: list[int] = []
        writer = threading.Thread(target=lambda: code.append(insert()), daemon=True)
        writer.start()
        writer.join(TIMEOUT)
        assert code == [0]
        committed.append(done)
        return 0

    def insert() -> int:
        return world.engine.insert(large.session, large.database, 400)

    before = len(world.rows(large))
    assert world.engine.backup_instance(large.instance, "bk", FULL, callback) == 0
    assert len(committed) >= 6
    restored = world.restored_rows("bk")
    rows = world.rows(large)
    assert restored == rows[: len(restored)]
    # The log is rolled after the last chunk: all that was committed in front of that is in the set.
    chunks = sum(1 for done in committed if done < 80)
    assert before + 400 * chunks <= len(restored) < len(rows)
    assert restored[-1].position == restored[-1].of - 1


def test_pages_written_while_they_are_copied(world: World, large: Running) -> None:
    """Checkpoints and spills in the middle of the copy put pages of any age into the set."""

    def callback(snp: Snp, snt: Snt, done: int, total: int) -> int:
        if snt is not Snt.COMPLETE:
            world.insert(large, 6_000)
            (database,) = world.engine._registry.instances[large.instance].attached.values()
            if done % 3 == 0:
                database.write_some(1 + done)
        return 0

    for number in range(2):
        world.folder(f"bk{number}")
        assert world.engine.backup_instance(large.instance, f"bk{number}", ATOMIC, callback) == 0
        rows = world.rows(large)
        restored = world.restored_rows(f"bk{number}", f"to{number}")
        assert restored == rows[: len(restored)]
        assert len(restored) > ROWS


def test_progress_is_real(world: World, large: Running) -> None:
    """[PF, SNT, SNG] Begin first, complete last, never falling, done at most total, and as many steps as chunks."""
    calls: list[tuple[Snp, Snt, int, int]] = []

    def callback(*call: object) -> int:
        calls.append(call)  # type: ignore[arg-type]
        return 0

    assert world.engine.backup_instance(large.instance, "bk", FULL, callback) == 0
    assert calls[0] == (Snp.BACKUP, Snt.BEGIN, 0, 100)
    assert calls[-1] == (Snp.BACKUP, Snt.COMPLETE, 100, 100)
    steps = calls[1:-1]
    assert {(snp, snt) for snp, snt, _, _ in steps} == {(Snp.BACKUP, Snt.PROGRESS)}
    shares = [done / total for _, _, done, total in steps]
    assert shares == sorted(shares)
    assert all(0 < share < 1 for share in shares)
    assert len(set(shares)) >= 4


def test_one_cut_across_databases(world: World) -> None:
    """A row of a later commit is in the set only if all of earlier ones are, whatever database they are in."""
    world.folder("bk")
    first = world.start(path="db/a.edb", rows=0)
    second = Running(first.instance, first.session, world.engine.create_database(first.session, "db/b.edb")[1])
    stop, codes = threading.Event(), set()

    def write() -> None:
        session = world.engine.begin_session(first.instance)[1]
        a = world.engine.open_database(session, "db/a.edb")[1]
        b = world.engine.open_database(session, "db/b.edb")[1]
        while not stop.is_set():
            codes.update((world.engine.insert(session, a, 3), world.engine.insert(session, b, 3)))

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    for number in range(8):
        world.folder(f"bk{number}")
        assert world.engine.backup_instance(first.instance, f"bk{number}", (FULL, ATOMIC)[number % 2]) == 0
    stop.set()
    writer.join(TIMEOUT)
    assert codes == {0}
    for number in range(8):
        a = restored(world, f"bk{number}", f"to{number}", "a.edb", "b.edb")
        assert len(a[0]) - len(a[1]) in (0, 3)
    assert len(world.rows(first)) == len(world.rows(second)) > 0


def restored(world: World, path: str, destination: str, *names: str) -> list[tuple[Row, ...]]:
    world.folder(destination)
    engine, world.engine = world.engine, Engine(world.root, sync=False)
    instance = world.create("restorer")
    assert world.engine.set_paths(instance, f"{destination}-logs") == 0
    assert world.engine.restore_instance(instance, path, destination) == 0
    assert world.engine.init(instance) == 0
    result = []
    session = world.engine.begin_session(instance)[1]
    for name in names:
        assert world.engine.attach_database(session, f"{destination}/{name}") == 0
        database = world.engine.open_database(session, f"{destination}/{name}")[1]
        result.append(world.rows(Running(instance, session, database)))
    assert world.engine.term(instance) == 0
    world.engine = engine
    return result


class WatchingFiles(Files):
    """Remembers the largest piece that was read or written at once."""

    largest = 0

    def read(self, file: OpenFile, offset: int, count: int) -> bytes:
        self.largest = max(self.largest, count)
        return super().read(file, offset, count)

    def write(self, file: OpenFile, offset: int, data: bytes) -> None:
        self.largest = max(self.largest, len(data))
        super().write(file, offset, data)


def test_backup_and_restore_work_in_pieces(tmp_path: Path) -> None:
    """Memory does not grow with the database: no piece is larger than two chunks of pages."""
    world = World(tmp_path)
    world.engine = Engine(tmp_path, files=(files := WatchingFiles(tmp_path, sync=False)))
    world.folder("bk")
    world.folder("rs")
    running = world.start(rows=ROWS, log_file_size=1024)
    world.backup(running)
    assert world.engine.term(running.instance) == 0
    instance = world.create(log_file_size=1024)
    assert world.engine.restore_instance(instance, "bk", "rs") == 0
    running = world.open(instance, "rs/a.edb")
    assert world.engine.count_rows(running.session, running.database) == (0, ROWS)
    assert files.largest <= 2 * CHUNK * 4096


@pytest.mark.parametrize("grbit", [FULL, ATOMIC])
def test_stopping_between_chunks(world: World, large: Running, grbit: int) -> None:
    """[SB, BI] BackupAbortByServer, nothing new in the destination, and the next backup works."""
    calls = [0]

    def callback(*_: object) -> int:
        calls[0] += 1
        if calls[0] == 3:
            assert world.engine.stop_backup_instance(large.instance) == 0
        return 0

    assert world.engine.backup_instance(large.instance, "bk", grbit, callback) == -801
    assert calls[0] == 3
    assert world.files("bk") == []
    world.backup(large, "bk", grbit)
    assert len(world.restored_rows("bk")) == ROWS


def test_stopping_the_service_while_a_backup_runs(world: World, large: Running) -> None:
    """[SI, S2] The backup completes; suspending background work and resuming it blocks nothing."""

    codes: list[int] = []

    def stop_once(snp: Snp, snt: Snt, done: int, total: int) -> int:
        if snt is Snt.PROGRESS and not codes:
            codes.append(world.engine.stop_service_instance2(large.instance, 2))
            codes.append(world.engine.stop_service_instance2(large.instance, 2 | 0x80000000))
            codes.append(world.engine.insert(large.session, large.database, 1))
            codes.append(world.engine.stop_service_instance(large.instance))
            codes.append(world.engine.insert(large.session, large.database, 1))
        return 0

    assert world.engine.backup_instance(large.instance, "bk", FULL, stop_once) == 0
    assert codes == [0, 0, 0, 0, -1329]
    assert len(world.restored_rows("bk")) == ROWS + 1
