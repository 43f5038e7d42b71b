"""The log: group commit, full volumes and reserve logs, and what a segment is worth."""

import errno
import os
import threading
from itertools import pairwise
from pathlib import Path

import pytest
from engine_world import LOG_KB, TIMEOUT, Running, World
from jetconform.engine import DatabaseState, Engine, Files
from jetconform.engine.files import OpenFile
from jetconform.engine.logreader import reading, verify_log

WRITERS = 8


class GateFiles(Files):
    """When armed, the first sync of the log waits until so many segments were written."""

    def __init__(self, root: Path) -> None:
        super().__init__(root, sync=False)
        self.armed = False
        self.writes = 0
        self.syncs = 0
        self._enough = threading.Event()

    def write(self, file: OpenFile, offset: int, data: bytes) -> None:
        super().write(file, offset, data)
        if self.armed and file.path.endswith(".log"):
            self.writes += 1
            if self.writes == WRITERS:
                self._enough.set()

    def sync(self, file: OpenFile) -> None:
        if self.armed and file.path.endswith(".log"):
            self.syncs += 1
            assert self._enough.wait(TIMEOUT), "the other writers are blocked by the sync"
        super().sync(file)


def test_committers_share_syncs(tmp_path: Path) -> None:
    """[TL] While one forces the log to the disk, others write behind it: one more sync serves them all."""
    world = World(tmp_path)
    world.engine = Engine(tmp_path, files=(files := GateFiles(tmp_path)))
    running = world.start()
    handles = []
    for _ in range(WRITERS):
        session = world.engine.begin_session(running.instance)[1]
        handles.append((session, world.engine.open_database(session, "db/a.edb")[1]))
    files.armed = True
    codes: list[int] = []
    threads = [
        threading.Thread(target=lambda pair=pair: codes.append(world.engine.insert(*pair, 5)), daemon=True)
        for pair in handles
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(TIMEOUT)
    assert codes == [0] * WRITERS
    assert files.writes == WRITERS
    assert 1 <= files.syncs <= 2
    assert len(world.rows(running)) == 10 + 5 * WRITERS


class FailingSync(Files):
    """Syncs of the log fail once told to."""

    failing = False

    def sync(self, file: OpenFile) -> None:
        if self.failing and file.path.endswith(".log"):
            raise OSError(errno.EIO, "failed", file.path)
        super().sync(file)


def test_a_failed_sync_revokes_access(tmp_path: Path) -> None:
    """[BI] InstanceUnavailable: no one knows what is on the disk, so nothing is read or written any more."""
    world = World(tmp_path)
    world.engine = Engine(tmp_path, files=(files := FailingSync(tmp_path, sync=False)))
    running = world.start()
    files.failing = True
    assert world.engine.insert(running.session, running.database, 5) == -1090
    assert world.engine.count_rows(running.session, running.database)[0] == -1090
    assert world.engine.backup_instance(running.instance, "bk", 0) == -1090
    assert world.engine.term(running.instance) == 0
    world.crash()
    assert len(world.rows(world.open(world.create()))) in (10, 15)


class FullVolume(Files):
    """When full, no file grows and none that is made gets any space."""

    full = False

    def allocate(self, file: OpenFile, size: int) -> None:
        if self.full and size > self.length(file):
            raise OSError(errno.ENOSPC, "no space", file.path)
        super().allocate(file, size)

    def write(self, file: OpenFile, offset: int, data: bytes) -> None:
        if self.full and offset + len(data) > self.length(file):
            raise OSError(errno.ENOSPC, "no space", file.path)
        super().write(file, offset, data)


@pytest.fixture
def volume(tmp_path: Path) -> tuple[World, FullVolume]:
    world = World(tmp_path)
    world.engine = Engine(tmp_path, files=(files := FullVolume(tmp_path, sync=False)))
    return world, files


def fill_log(world: World, running: Running) -> int:
    """Insert until the log refuses; how often it did not."""
    for count in range(1000):
        code = world.engine.insert(running.session, running.database, 1)
        if code:
            assert code == -510
            return count
    raise AssertionError("the log never needed space")


def reserves(world: World) -> list[str]:
    return [name for name in world.files("db") if name.endswith(".jrs")]


def test_reserve_logs_have_their_space(world: World, running: Running) -> None:
    """[FI] `edbres00001.jrs`, `edbres00002.jrs`: as large as a log, and on the volume."""
    assert reserves(world) == ["edbres00001.jrs", "edbres00002.jrs"]
    for name in reserves(world):
        status = (world.root / "db" / name).stat()
        assert status.st_size == LOG_KB * 1024
        assert status.st_blocks * 512 >= status.st_size
        assert world.engine.classify(f"db/{name}") == ("reserve", None)


def test_a_full_volume_is_shut_down_cleanly(volume: tuple[World, FullVolume]) -> None:
    """[FI] The reserve is for that: whatever is refused with LogWriteFail, the shutdown is logged."""
    world, files = volume
    running = world.start(rows=1000)
    files.full = True
    rows = 1000 + fill_log(world, running)
    assert world.engine.backup_instance(running.instance, "bk", 0) == -510
    assert world.engine.count_rows(running.session, running.database) == (0, rows)
    generation = world.engine.classify("db/edb.log")[1]
    assert world.engine.term(running.instance) == 0
    assert reserves(world) == ["edbres00001.jrs"]
    assert world.engine.classify("db/edb.log") == ("log", (generation or 0) + 1)
    _, header = world.engine.header("db/a.edb")
    assert header is not None
    assert header.state is DatabaseState.CLEAN_SHUTDOWN
    for name in world.files("db"):  # nothing older is needed
        if name.startswith("edb0"):
            (world.root / "db" / name).unlink()
    again = world.open(world.create())  # the volume is still full
    assert len(world.rows(again)) == rows
    assert reserves(world) == ["edbres00001.jrs"]
    assert world.engine.term(again.instance) == 0
    files.full = False
    again = world.open(world.create())
    assert reserves(world) == ["edbres00001.jrs", "edbres00002.jrs"]
    world.insert(again, 500)
    assert len(world.rows(again)) == rows + 500


def test_a_crash_on_a_full_volume_loses_nothing(volume: tuple[World, FullVolume]) -> None:
    """[IN] And the logs that recovery makes find their space when there is some again."""
    world, files = volume
    running = world.start(rows=1000)
    files.full = True
    rows = 1000 + fill_log(world, running)
    world.crash()
    again = world.open(world.create())
    assert len(world.rows(again)) == rows


def test_a_database_that_cannot_grow_fails_the_insert_and_nothing_else(volume: tuple[World, FullVolume]) -> None:
    """[EC] DiskFull; what is logged can always be written, for its page has a place."""
    world, files = volume
    running = world.start(log_file_size=5120)
    files.full = True
    rows = 10
    while (code := world.engine.insert(running.session, running.database, 50)) == 0:
        rows += 50
    assert code == -1808
    assert world.engine.count_rows(running.session, running.database) == (0, rows)
    files.full = False
    world.insert(running, 50)
    assert world.engine.term(running.instance) == 0
    assert len(world.rows(world.open(world.create()))) == rows + 50


def test_logs_roll_at_the_configured_size(world: World) -> None:
    """[TL] JET_paramLogFileSize; every generation has it from the start."""
    for size in (64, 256):
        name = f"i{size}"
        instance = world.create(name, log_file_size=size)
        assert world.engine.set_paths(instance, name) == 0
        assert world.engine.init(instance) == 0
        session = world.engine.begin_session(instance)[1]
        database = world.engine.create_database(session, f"{name}/a.edb")[1]
        assert world.engine.insert(session, database, 20_000) == 0
        logs = sorted((world.root / name).glob("edb*.log"))
        assert len(logs) > 3
        assert {path.stat().st_size for path in logs} == {size * 1024}
        for path in logs[1:]:
            summary = verify_log(world.engine._registry.files, f"{name}/{path.name}", closed=True)
            assert size * 1024 * 0.9 < summary.end <= size * 1024


def segments(world: World) -> list[tuple[int, int]]:
    """Offset and size of the segments of the current log."""
    with reading(world.engine._registry.files, "db/edb.log") as log:
        places = [log.end for _ in log.segments()]
        places.append(log.end)
    return [(place, after - place) for place, after in pairwise(places)]


@pytest.mark.parametrize("shared", [False, True])
def test_a_hole_is_damage_only_where_the_log_was_on_disk(tmp_path: Path, shared: bool) -> None:
    """A power loss may lose one of two segments written before one sync, and keep the later: neither was committed."""
    world = World(tmp_path)
    world.engine = Engine(tmp_path, files=(files := GateFiles(tmp_path)))
    running = world.start()
    others = []
    for _ in range(WRITERS):
        session = world.engine.begin_session(running.instance)[1]
        others.append((session, world.engine.open_database(session, "db/a.edb")[1]))
    known = len(segments(world))
    files.armed = shared
    threads = [threading.Thread(target=world.engine.insert, args=(*pair, 5), daemon=True) for pair in others]
    for thread in threads:
        thread.start()
        if not shared:
            thread.join(TIMEOUT)
    for thread in threads:
        thread.join(TIMEOUT)
    offset, _ = segments(world)[known + WRITERS - 2]
    world.crash()
    with (tmp_path / "db" / "edb.log").open("r+b") as log:
        log.seek(offset + 50)
        log.write(os.urandom(8))
    instance = world.create()
    code = world.engine.init(instance)
    assert code == (0 if shared else -501)


@pytest.mark.parametrize("cut", ["half", "all but a byte"])
def test_a_segment_without_its_end_is_no_segment(world: World, running: Running, cut: str) -> None:
    """Logs are filled with zeros before they are written: bytes that are missing must not look like padding."""
    world.insert(running, 1)
    offset, size = segments(world)[-1]
    world.crash()
    keep = size // 2 if cut == "half" else size - 1
    with (world.root / "db" / "edb.log").open("r+b") as log:
        log.seek(offset + keep)
        log.write(bytes(size - keep))
    assert len(world.rows(world.open(world.create()))) == 10
