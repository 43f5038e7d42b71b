"""Crash recovery: committed transactions survive a dropped process, at whatever operation it died."""

import errno
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from engine_world import Running, World
from jetconform.engine import Engine, Files, Row
from jetconform.engine.cache import Cache
from jetconform.engine.files import OpenFile, PartialWrite


class DyingFiles(Files):
    """The process dies at the `last`-th change of anything on disk; a write may stop half way."""

    def __init__(self, root: Path, last: int, *, torn: bool = False) -> None:
        super().__init__(root, sync=False)
        self.count = 0
        self.died = False
        self._last = last
        self._torn = torn

    def _step(self) -> bool:
        self.count += 1
        return self.count == self._last

    def _end(self) -> None:
        self.died = True
        self.die()
        raise OSError(errno.EIO, "the process died")

    def write(self, file: OpenFile, offset: int, data: bytes) -> None:
        if self._step():
            if self._torn:
                super().write(file, offset, data[: len(data) // 64])
            self._end()
        super().write(file, offset, data)

    def rename(self, old: str, new: str) -> None:
        if self._step():
            self._end()
        super().rename(old, new)

    def remove(self, path: str) -> None:
        if self._step():
            self._end()
        super().remove(path)

    def make_folder(self, path: str) -> None:
        if self._step():
            self._end()
        super().make_folder(path)


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


class FailingFiles(Files):
    """Writing to names with a suffix fails with an error of choice."""

    suffix = ""
    error = errno.EIO
    partial = False

    def write(self, file: OpenFile, offset: int, data: bytes) -> None:
        if self.suffix and file.path.endswith(self.suffix):
            if self.partial:
                super().write(file, offset, data[:700])
                raise PartialWrite(self.error, "failed", file.path)
            raise OSError(self.error, "failed", file.path)
        super().write(file, offset, data)


def test_committed_transactions_survive_a_crash(world: World, running: Running) -> None:
    """[L18] Recovery runs at the next JetInit."""
    for rows in (1, 49, 50, 51, 3000):
        world.insert(running, rows)
        expected = world.rows(running)
        world.crash()
        running = world.open(world.create())
        assert world.rows(running) == expected


def test_recovery_without_a_checkpoint_starts_at_the_first_log(world: World, running: Running) -> None:
    """[FI] Every log says what was attached when it was begun."""
    world.insert(running, 3000)
    expected = world.rows(running)
    world.crash()
    (world.root / "db" / "edb.chk").unlink()
    assert world.rows(world.open(world.create())) == expected


def test_recovery_of_several_databases(world: World, running: Running) -> None:
    """[IN] All of them, also one that was detached meanwhile."""
    engine = world.engine
    handles = [engine.create_database(running.session, f"db/{name}.edb")[1] for name in "bcd"]
    for index, handle in enumerate(handles):
        assert engine.insert(running.session, handle, 100 * (index + 1)) == 0
    assert engine.close_database(running.session, handles[0]) == 0
    assert engine.detach_database(running.session, "db/b.edb") == 0
    world.crash()
    again = world.open(world.create())
    for index, name in enumerate("bcd"):
        assert world.engine.attach_database(again.session, f"db/{name}.edb") == 0
        again.database = world.engine.open_database(again.session, f"db/{name}.edb")[1]
        assert len(world.rows(again)) == 100 * (index + 1)


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (lambda db: (db / "edb.log").unlink(), -528),
        (lambda db: sorted(db.glob("edb0*.log"))[-1].unlink(), -528),
        (lambda db: (db / "a.edb").unlink(), -1216),
        (lambda db: flip(sorted(db.glob("edb0*.log"))[-1], 9000), -501),
        (lambda db: flip(sorted(db.glob("edb0*.log"))[-1], 40), -501),
        (lambda db: shutil.copy(*sorted(db.glob("edb0*.log"))[-2:]), -515),
        (lambda db: (db / "edb.chk").write_bytes(b"x" * 8192), -533),
        (lambda db: (db / "edb.log").write_bytes(b""), -501),
        (lambda db: (db / "a.edb").write_bytes(b"jetDBase" * 2000), -1812),
    ],
)
def test_what_is_missing_or_damaged(
    world: World, running: Running, damage: Callable[[Path], object], code: int
) -> None:
    """[IN, prose] MissingLogFile, AttachedDatabaseMismatch, CheckpointCorrupt, LogFileCorrupt."""
    world.crash()
    shutil.copytree(world.root / "db", world.root / "kept")
    running = world.open(world.create())
    world.insert(running, 3000)
    world.crash()
    shutil.copy(world.root / "kept" / "edb.chk", world.root / "db" / "edb.chk")  # redo has to read every log
    damage(world.root / "db")
    assert world.engine.init(world.create()) == code


def test_a_whole_segment_behind_a_broken_one_is_damage(world: World, running: Running) -> None:
    """A torn end is forgiven, a hole is not: the transactions behind it were committed."""
    assert world.engine.damage_log(running.instance) == 1
    world.crash()
    assert world.engine.init(world.create()) == -501


def test_a_torn_end_of_the_log_is_forgiven(world: World, running: Running) -> None:
    """What was not whole was not committed."""
    expected = world.rows(running)
    world.engine.fail_log_writes(running.instance, "torn")
    assert world.engine.insert(running.session, running.database, 50) == -1090
    world.crash()
    again = world.open(world.create())
    assert world.rows(again) == expected
    world.insert(again, 5)
    world.crash()
    assert len(world.rows(world.open(world.create()))) == len(expected) + 5


def test_a_page_torn_by_the_crash_is_rebuilt_from_the_log(world: World, running: Running) -> None:
    """The first change of a page after it was written logs what it held."""
    world.insert(running, 300)
    world.backup(running)
    world.insert(running, 20)
    world.insert(running, 20)
    expected = world.rows(running)
    world.crash()
    path = world.root / "db" / "a.edb"
    data = bytearray(path.read_bytes())
    data[-4096 + 2048 :] = bytes(2048)
    path.write_bytes(data)
    assert world.rows(world.open(world.create())) == expected


def test_circular_logging_keeps_few_logs_and_recovers(world: World) -> None:
    """[TL] Only logs newer than the checkpoint."""
    running = world.start(circular_log=1)
    world.insert(running, 6000)
    assert len([name for name in world.files("db") if name.endswith(".log")]) <= 2
    expected = world.rows(running)
    world.crash()
    assert world.rows(world.open(world.create(circular_log=1))) == expected


def life(engine: Engine, committed: list[int]) -> None:
    """A life with everything in it; `committed` counts the rows whose insert returned success."""
    _, instance = engine.create_instance("i1")
    from jetconform.model.vocabulary import Parameter

    engine.set_system_parameter(instance, Parameter.log_file_size, 64)
    engine.init(instance)
    _, session = engine.begin_session(instance)
    code, database = engine.create_database(session, "db/a.edb")
    if code < 0:
        engine.attach_database(session, "db/a.edb")
        code, database = engine.open_database(session, "db/a.edb")
    for number in range(4):
        for _ in range(12):
            committed[0] += 50 if engine.insert(session, database, 50) == 0 else 0
        if engine.backup_instance(instance, "bk", (4, 1, 4, 5)[number]) == 0:
            committed[1] = committed[0]
    engine.term(instance)


def dies_at(root: Path, last: int, *, torn: bool) -> bool:
    """One life that dies at the `last`-th change; then recovery and a restore. Whether it died at all."""
    (root / "bk").mkdir(parents=True)
    files = DyingFiles(root, last, torn=torn)
    engine = Engine(root, files=files)
    committed = [0, 0]
    life(engine, committed)
    engine.close()
    world = World(root)
    instance = world.create()
    assert world.engine.init(instance) == 0
    session = world.engine.begin_session(instance)[1]
    if world.engine.attach_database(session, "db/a.edb") == 0:
        rows = world.rows(Running(instance, session, world.engine.open_database(session, "db/a.edb")[1]))
        check_rows(rows, committed[0])
    else:
        assert committed == [0, 0]
    if committed[1]:
        check_rows(world.restored_rows("bk"), committed[1], most=committed[0])
    world.engine.close()
    return files.died


def check_rows(rows: tuple[Row, ...], least: int, most: int | None = None) -> None:
    assert [row.key for row in rows] == list(range(len(rows)))
    assert len(rows) % 50 == 0
    assert least <= len(rows) <= (least if most is None else most) + 50


@pytest.mark.parametrize(("torn", "cached"), [(False, 2048), (True, 2048), (True, 3)])
def test_a_crash_at_every_change_on_disk_loses_no_committed_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, torn: bool, cached: int
) -> None:
    """[L18, BI] And the last successful atomic backup still restores; also where pages are written at any moment."""
    monkeypatch.setattr(Cache.__init__, "__defaults__", (cached, cached))
    last = 1
    while dies_at(tmp_path / str(last), last, torn=torn):
        shutil.rmtree(tmp_path / str(last))
        last += 1 if last < 40 else 5
    assert last > 100


@pytest.mark.parametrize(
    ("suffix", "error", "partial", "codes"),
    [
        ("a.edb", errno.EIO, False, (0, -1022)),
        ("a.edb", errno.ENOSPC, False, (0, -1808)),
        ("edb.chk", errno.ENOSPC, False, (0, -1808)),
        (".log", errno.ENOSPC, False, (-510, -510)),
        (".log", errno.ENOSPC, True, (-1090, -1090)),
        (".log", errno.EIO, False, (-1090, -1090)),
    ],
)
def test_failing_writes(
    world: World, running: Running, suffix: str, error: int, partial: bool, codes: tuple[int, int]
) -> None:
    """Errors of the file system become codes; what was committed stays committed."""
    expected = world.rows(running)
    world.crash(files := FailingFiles(world.root, sync=False))
    running = world.open(world.create())
    files.suffix, files.error, files.partial = suffix, error, partial
    assert world.engine.insert(running.session, running.database, 10) == codes[0]
    assert world.engine.backup_instance(running.instance, "bk", 0) == codes[1]
    assert world.files("bk") == []
    files.suffix = ""
    world.crash()
    rows = world.rows(world.open(world.create()))
    assert rows[:10] == expected
    assert len(rows) == (20 if codes[0] == 0 else 10)


def test_a_full_destination_fails_the_backup_and_leaves_nothing(world: World, running: Running) -> None:
    """[BI] On failure; DiskFull."""
    world.crash(files := FailingFiles(world.root, sync=False))
    running = world.open(world.create())
    for suffix in ("temp/a.edb", "temp/edb00000001.log"):
        files.suffix, files.error = suffix, errno.ENOSPC
        assert world.engine.backup_instance(running.instance, "bk", 0) == -1808
    files.suffix = ""
    world.backup(running)


@pytest.mark.parametrize("grbit", [0, 1, 4])
def test_a_backup_whose_header_update_fails_is_undone(world: World, running: Running, grbit: int) -> None:
    """[BI] On failure nothing new, although everything had been copied; the earlier set is back in its place."""
    world.crash(files := FailingFiles(world.root, sync=False))
    running = world.open(world.create())
    world.backup(running)
    world.insert(running, 30)
    before = {name: (world.root / "bk" / name).read_bytes() for name in world.files("bk")}
    _, header = world.engine.header("db/a.edb")

    def fail(_call: str, point: str, _detail: str) -> None:
        files.suffix = "a.edb" if point == "truncate" else ""

    world.backup(running, None)  # all pages are on disk: from here on only headers are written
    world.engine.on_point = fail
    assert world.engine.backup_instance(running.instance, "bk", grbit) == -1022
    world.engine.on_point, files.suffix = None, ""
    assert {name: (world.root / "bk" / name).read_bytes() for name in world.files("bk")} == before
    assert world.engine.header("db/a.edb") == (0, header)
    world.backup(running, "bk", grbit)
    assert world.restored_rows("bk") == world.rows(running)


def test_times_go_on_rising_in_another_log_sequence(world: World, running: Running) -> None:
    """Pages that recovery had nothing to do for are no newer than what the next log sequence does to them."""
    world.insert(running, 3000)
    world.backup(running, None)
    world.crash()
    instance = world.create()
    assert world.engine.init(instance) == 0
    assert world.engine.term(instance) == 0
    for folder in ("db2", "db3"):
        instance = world.create(folder)
        assert world.engine.set_paths(instance, folder) == 0
        running = world.open(instance)
        world.insert(running, 60)
        expected = world.rows(running)
        world.crash()
        instance = world.create(folder)
        assert world.engine.set_paths(instance, folder) == 0
        running = world.open(instance)
        assert world.rows(running) == expected
        assert world.engine.term(running.instance) == 0
