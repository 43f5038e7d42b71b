"""Faults of the disk that level 6 found to lose data, each played at every operation at which it can be."""

import errno
from collections.abc import Callable

import pytest
from jetconform.engine.alone import LoneRuntime
from jetconform.engine.engine import Engine
from jetconform.engine.files import OpenFile
from jetconform.engine.memory import MemoryFiles
from jetconform.model.vocabulary import Parameter


class FailingFiles(MemoryFiles):
    """Files in memory whose n-th sync fails, or whose n-th read has a flipped bit."""

    def __init__(self) -> None:
        super().__init__()
        self.fail_sync = self.flip_read = 0

    def next_process(self) -> "FailingFiles":
        """The same files for another engine."""
        self.die()
        files = FailingFiles()
        files._top = self._top
        return files

    def sync(self, file: OpenFile) -> None:
        self.fail_sync -= 1
        if self.fail_sync == 0:
            raise OSError(errno.EIO, "the disk failed")
        super().sync(file)

    def read(self, file: OpenFile, offset: int, count: int) -> bytes:
        data = super().read(file, offset, count)
        self.flip_read -= 1
        if self.flip_read or not data.rstrip(b"\0"):
            return data
        middle = len(data.rstrip(b"\0")) // 2
        return data[:middle] + bytes((data[middle] ^ 1,)) + data[middle + 1 :]


def started(files: FailingFiles, life: int) -> tuple[Engine, int, int]:
    """An engine, its instance, and what JetInit says."""
    engine = Engine(files._root, runtime=LoneRuntime(life), files=files)  # type: ignore[arg-type]
    if not files._top.names:
        files.make_folder("db")
        files.make_folder("bk")
    _, instance = engine.create_instance("i1")
    engine.set_system_parameter(instance, Parameter.log_file_size, 64)
    return engine, instance, engine.init(instance)


def rows_after(files: FailingFiles) -> int:
    """The rows that the next process recovers."""
    engine, instance, err = started(files.next_process(), 2)
    assert err == 0
    _, session = engine.begin_session(instance)
    if engine.attach_database(session, "db/a.edb") < 0:
        return 0
    _, database = engine.open_database(session, "db/a.edb")
    err, count = engine.count_rows(session, database)
    assert err == 0
    return count


def with_rows(files: FailingFiles) -> tuple[Engine, int, int, int]:
    engine, instance, err = started(files, 1)
    assert err == 0
    _, session = engine.begin_session(instance)
    _, database = engine.create_database(session, "db/a.edb")
    return engine, instance, session, database


def backs_up(files: FailingFiles) -> Callable[[], int]:
    engine, instance, session, database = with_rows(files)
    assert engine.insert(session, database, 120) == 0
    return lambda: int(engine.backup_instance(instance, "bk", 0))


def creates(files: FailingFiles) -> Callable[[], int]:
    engine, instance, err = started(files, 1)
    assert err == 0
    _, session = engine.begin_session(instance)
    return lambda: int(engine.create_database(session, "db/a.edb")[0])


@pytest.mark.parametrize(("prepared", "rows", "failing"), [(backs_up, 120, 10), (creates, 0, 2)])
def test_a_failed_sync_leaves_what_recovery_needs(
    prepared: Callable[[FailingFiles], Callable[[], int]], rows: int, failing: int
) -> None:
    """[L14, IN] A record that could not be forced to the disk may be there: nothing that it needs is removed."""
    failed = 0
    for sync in range(1, 40):
        files = FailingFiles()
        call = prepared(files)
        files.fail_sync = sync
        err = call()
        if files.fail_sync > 0:
            break
        failed += err < 0
        assert rows_after(files) == rows, sync
    assert failed >= failing - 2
    assert sync > failing


def test_a_log_that_reads_differently_the_second_time_is_refused() -> None:
    """[IN Remarks: LogFileCorrupt] Recovery never takes a misread log for a shorter one."""
    codes = set()
    for read in range(1, 40):
        files = FailingFiles()
        engine, _, session, database = with_rows(files)
        for _ in range(8):
            assert engine.insert(session, database, 50) == 0
        files = files.next_process()
        files.flip_read = read
        _, _, err = started(files, 2)
        if files.flip_read > 0:
            break
        files.flip_read = 0
        codes.add(int(err))
        assert rows_after(files) == 400, read
    assert {0, -501} <= codes
    assert read > 8
