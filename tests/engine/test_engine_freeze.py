"""The narrow places of freezing and streaming: what is under way at the very moment [OZ, success; SB; T2]."""

import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from engine_world import TIMEOUT, Running, World
from jetconform.engine import Engine, Files, Mutex, ThreadRuntime
from jetconform.engine.files import OpenFile
from jetconform.model.vocabulary import Parameter
from streaming_world import PAGE, begun, opened
from test_engine_snapshot import Waiting, contents
from test_engine_snapshot_page import ALL_DATABASES, CONTINUE, LONG, prepared, thawed


class Hooked(Files):
    """Calls `hook` before every read, write and removal."""

    hook: Callable[[str, str], None] | None = None

    def _before(self, what: str, path: str) -> None:
        if self.hook is not None:
            self.hook(what, path)

    def read(self, file: OpenFile, offset: int, count: int) -> bytes:
        self._before("read", file.path)
        return super().read(file, offset, count)

    def write(self, file: OpenFile, offset: int, data: bytes) -> None:
        self._before("write", file.path)
        super().write(file, offset, data)

    def remove(self, path: str) -> None:
        self._before("remove", path)
        super().remove(path)


class Watched(ThreadRuntime):
    """Knows how many threads have asked for a mutex since `watch`."""

    def __init__(self) -> None:
        self.asked = 0

    def mutex(self, name: str) -> Mutex:
        runtime, lock = self, threading.Lock()

        class Counting:
            def __enter__(self) -> bool:
                runtime.asked += 1
                return lock.__enter__()

            def __exit__(
                self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
            ) -> None:
                lock.release()

        return Counting()


def hooked(root: Path, runtime: ThreadRuntime | None = None) -> tuple[World, Hooked, Running]:
    world, files = World(root), Hooked(root, sync=False)
    world.engine = Engine(root, sync=False, files=files, runtime=runtime)
    running = world.start(rows=3000)
    return world, files, running


def test_a_freeze_waits_for_a_write_and_comes_before_the_next(tmp_path: Path) -> None:
    """[OZ, success] One write is under way and one waits its turn: the first is finished, the second not begun."""
    runtime = Watched()
    world, files, running = hooked(tmp_path, runtime)
    engine, inside, go_on = world.engine, threading.Event(), threading.Event()

    def hook(what: str, path: str) -> None:
        if what == "write" and not inside.is_set():
            inside.set()
            assert go_on.wait(TIMEOUT)

    files.hook = hook
    first = Waiting(lambda: engine.insert(running.session, running.database, 5))
    assert inside.wait(TIMEOUT)
    asked = runtime.asked
    second = Waiting(lambda: engine.insert(running.session, running.database, 5))
    while runtime.asked == asked:
        pass
    snapshot = prepared(world)
    frozen: list[Any] = []
    held = world.hold("JetOSSnapshotFreeze", "enter", lambda: frozen.append(engine.os_snapshot_freeze(snapshot, 0)))
    files.hook = None
    asked = runtime.asked
    thread = threading.Thread(target=held.release, daemon=True)
    thread.start()
    while runtime.asked == asked:  # until the freeze asks for the lock, too
        assert thread.is_alive(), "it did not wait"
    assert frozen == []
    go_on.set()
    thread.join(TIMEOUT)
    assert frozen[0][0] == 0
    before = contents(tmp_path / "db")
    assert first.result() == 0
    for _ in range(200):
        assert engine.begin_session(running.instance)[0] == 0
    assert second.codes == []
    assert contents(tmp_path / "db") == before
    assert engine.os_snapshot_thaw(snapshot, 0) == 0
    assert second.result() == 0
    engine.close()


def test_who_waits_before_the_freeze_is_complete_learns_of_its_time_out(world: World, running: Running) -> None:
    """[OZ, Remarks] The time-out needs nobody else to look."""
    engine = world.engine
    assert engine.set_system_parameter(running.instance, Parameter.os_snapshot_timeout, 20) == 0
    snapshot = prepared(world)
    held = world.hold("JetOSSnapshotFreeze", "enter", lambda: engine.os_snapshot_freeze(snapshot, 0))
    writer = Waiting(lambda: engine.insert(running.session, running.database, 5))
    for _ in range(500):
        assert engine.begin_session(running.instance)[0] == 0
    assert held.release()[0] == 0
    assert writer.result() == 0
    assert engine.os_snapshot_thaw(snapshot, 0) == -2402


def test_term_waits_for_a_truncation_under_way(tmp_path: Path) -> None:
    """[T2, OTL] Whatever is under way is finished first."""
    world, files, running = hooked(tmp_path)
    engine, inside, go_on = world.engine, threading.Event(), threading.Event()
    snapshot = thawed(world, CONTINUE)

    def hook(what: str, path: str) -> None:
        if what == "remove" and not inside.is_set():
            inside.set()
            assert go_on.wait(TIMEOUT)

    files.hook = hook
    truncation = Waiting(lambda: engine.os_snapshot_truncate_log(snapshot, ALL_DATABASES))
    assert inside.wait(TIMEOUT)
    term = Waiting(lambda: engine.term2(running.instance, 4))
    while engine.begin_session(running.instance)[0] != -1000:
        pass
    assert term.codes == []
    go_on.set()
    assert truncation.result() == 0
    assert term.result() == 0
    assert engine.os_snapshot_end(snapshot, 0) == 0
    engine.close()


def test_term_after_a_truncation(world: World, running: Running) -> None:
    """[OTL] It leaves nothing behind that a termination would wait for."""
    snapshot = thawed(world)
    assert world.engine.os_snapshot_truncate_log(snapshot, ALL_DATABASES) == 0
    world.engine.pass_time(LONG)
    assert world.engine.os_snapshot_end(snapshot, 0) == 0
    assert Waiting(lambda: world.engine.term(running.instance)).result() == 0


def test_a_stop_in_the_middle_of_a_read_801(tmp_path: Path) -> None:
    """[SB, CF] The file stays open to be closed, and the backup to be ended, be it a database or a log."""
    world, files, running = hooked(tmp_path)
    engine, instance = world.engine, running.instance
    for phase in ("database", "log"):
        begun(world, running)
        path = "db/a.edb"
        if phase == "log":
            code, paths = engine.get_log_info_instance(instance)
            assert code == 0
            path = paths[-1]
        file = opened(world, running, path)
        files.hook = lambda what, path: what == "read" and engine.stop_backup_instance(instance)
        assert engine.read_file_instance(instance, file, 1000 * PAGE) == (-801, b"")
        files.hook = None
        assert engine.close_file_instance(instance, file) == 0
        assert engine.end_external_backup_instance(instance) == -801
    engine.close()


def test_circular_logging_goes_on_after_a_backup(world: World) -> None:
    """[TL] The logs that a backup needed are dropped again once it has ended, however it did."""
    running = world.start(circular_log=1)
    begun(world, running)
    world.insert(running, 6000)
    kept = [name for name in world.files("db") if name.startswith("edb0")]
    assert len(kept) > 2
    assert world.engine.end_external_backup_instance2(running.instance, 2) == 0
    world.insert(running, 3000)
    assert not set(kept) & set(world.files("db"))
