"""Streaming backups from Begin to End: the bytes make a set, headers and logs follow [BE, GA, OF, RF, GL, GT, TR, E2]."""

import pytest
from engine_world import Running, World
from jetconform.engine import BackupMark, EventId
from streaming_world import (
    ABORT,
    CHUNK,
    FULL,
    INCREMENTAL,
    NORMAL,
    PAGE,
    TRUNCATE_DONE,
    begun,
    databases_read,
    logs_read,
    opened,
    read_all,
    save,
    stream,
)

NEVER = BackupMark()


def archived(world: World) -> list[str]:
    return [name for name in world.files("db") if name.startswith("edb0")]


# -- the set ----------------------------------------------------------------------------------------


def test_the_bytes_read_make_a_set_that_restores(world: World, running: Running) -> None:
    """[BE, Remarks] The files can be restored from the stream; [E2] success means that all were retrieved."""
    world.insert(running, 2000)
    rows = world.rows(running)
    stream(world, running)
    roles = {world.engine.classify(f"bk/{name}")[0] for name in world.files("bk")}
    assert roles == {"backup-database", "backup-log"}
    assert world.restored_rows("bk") == rows


def test_rows_written_while_the_backup_runs_are_in_it(world: World, running: Running) -> None:
    """[BE] Fuzzy: consistent to one point in time, the end of the logs of the set."""
    engine = world.engine
    world.insert(running, 1000)
    begun(world, running)
    file = opened(world, running)
    code, data = engine.read_file_instance(running.instance, file, 3 * PAGE)
    assert code == 0
    world.insert(running, 3000)
    while True:
        code, piece = engine.read_file_instance(running.instance, file, 3 * PAGE)
        assert code == 0
        if not piece:
            break
        data += piece
        world.insert(running, 60)
    (world.folder("bk") / "a.edb").write_bytes(data)
    assert engine.close_file_instance(running.instance, file) == 0
    world.insert(running, 500)
    rows = world.rows(running)
    logs_read(world, running)
    world.insert(running, 500)
    assert engine.truncate_log_instance(running.instance) == 0
    assert engine.end_external_backup_instance(running.instance) == 0
    assert world.restored_rows("bk") == rows


def test_a_set_restores_in_the_original_place_and_rolls_forward(world: World, running: Running) -> None:
    """[RI] Later logs that are still in the log folder are replayed."""
    stream(world, running)
    world.insert(running, 700)
    rows = world.rows(running)
    assert world.engine.term(running.instance) == 0
    (world.root / "db/a.edb").unlink()
    instance = world.create()
    assert world.engine.restore_instance(instance, "bk", None) == 0
    assert world.rows(world.open(instance)) == rows


def test_a_set_needs_every_log_of_the_list(world: World, running: Running) -> None:
    """[GL] The logs listed are those that should be part of the set: without the first it is refused."""
    databases_read(world, running)
    world.insert(running, 3000)
    logs_read(world, running)
    assert world.engine.end_external_backup_instance(running.instance) == 0
    first = min(path for path in (world.root / "bk").glob("edb0*.log"))
    first.unlink()
    instance = world.create("restorer")
    assert world.engine.set_paths(instance, "elsewhere-logs") == 0
    world.folder("elsewhere")
    assert world.engine.restore_instance(instance, "bk", "elsewhere") == -528


def test_two_databases(world: World, running: Running) -> None:
    """[GA] All attached databases belong to the set."""
    engine = world.engine
    code, second = engine.create_database(running.session, "db/b.edb")
    assert code == 0
    assert engine.insert(running.session, second, 300) == 0
    other = Running(running.instance, running.session, second)
    rows, other_rows = world.rows(running), world.rows(other)
    stream(world, running)
    assert world.restored_rows("bk", "to-a") == rows
    assert world.restored_rows("bk", "to-b", "b.edb") == other_rows


def test_a_database_created_while_the_backup_runs(world: World, running: Running) -> None:
    """[GA] Only databases that are currently attached are considered; [CD] creating is not refused.

    Whether the client reads it or not, the logs of the set know it.
    """
    engine = world.engine
    begun(world, running)
    code, second = engine.create_database(running.session, "db/b.edb")
    assert code == 0
    assert engine.insert(running.session, second, 200) == 0
    rows = world.rows(Running(running.instance, running.session, second))
    assert engine.get_attach_info_instance(running.instance) == (0, ["db/a.edb", "db/b.edb"])
    save(world, running, ["db/a.edb"], "bk")
    save(world, running, ["db/a.edb", "db/b.edb"], "both")
    logs_read(world, running, "bk")
    logs_read(world, running, "both")
    assert engine.end_external_backup_instance(running.instance) == 0
    assert world.restored_rows("bk", "to-1", "b.edb") == rows
    assert world.restored_rows("both", "to-2", "b.edb") == rows


def test_full_then_incremental_by_streaming(world: World, running: Running) -> None:
    """[BE, JET_bitBackupIncremental] Only the logs since the last full or incremental backup."""
    stream(world, running)
    for _ in range(2):
        world.insert(running, 800)
        stream(world, running, grbit=INCREMENTAL)
    assert world.restored_rows("bk") == world.rows(running)


def test_streaming_and_jet_backup_instance_build_on_each_other(world: World, running: Running) -> None:
    """[BE] 'the last full or incremental backup' does not say by which call."""
    stream(world, running)
    world.insert(running, 800)
    world.backup(running, "bk", INCREMENTAL)
    world.insert(running, 800)
    stream(world, running, grbit=INCREMENTAL)
    assert world.restored_rows("bk") == world.rows(running)


def test_an_instance_without_databases(world: World) -> None:
    """[S9] Silent: as with JetBackupInstance, only logs are backed up."""
    instance = world.create()
    assert world.engine.init(instance) == 0
    running = Running(instance, 0, 0)
    begun(world, running)
    assert world.engine.get_attach_info_instance(instance) == (0, [])
    logs_read(world, running)
    assert world.engine.truncate_log_instance(instance) == 0
    assert world.engine.end_external_backup_instance(instance) == 0


def test_with_circular_logging_the_needed_logs_stay(world: World) -> None:
    """[BE] A full backup is possible with circular logging; the logs of the set are kept until it ends."""
    running = world.start(circular_log=1)
    databases_read(world, running)
    world.insert(running, 6000)
    rows = world.rows(running)
    code, logs = world.engine.get_log_info_instance(running.instance)
    assert code == 0
    assert len(logs) > 2
    save(world, running, logs, "bk")
    assert world.engine.truncate_log_instance(running.instance) == 0
    assert world.engine.end_external_backup_instance(running.instance) == 0
    assert world.restored_rows("bk") == rows


# -- the calls on success ---------------------------------------------------------------------------


def test_get_attach_info_lists_the_attached_databases(world: World, running: Running) -> None:
    """[GA, success] Names of database files that should become part of the set; also in the log phase."""
    begun(world, running)
    assert world.engine.get_attach_info_instance(running.instance) == (0, ["db/a.edb"])
    assert world.engine.get_log_info_instance(running.instance)[0] == 0
    assert world.engine.get_attach_info_instance(running.instance) == (0, ["db/a.edb"])


def test_the_size_of_a_file_is_what_is_read_of_it(world: World, running: Running) -> None:
    """[OF, Remarks] The size may not match that on disk; [RF] the chunk size does not matter."""
    world.insert(running, 3000)
    begun(world, running)
    whole = read_all(world, running, "db/a.edb", 512 * PAGE)
    assert read_all(world, running, "db/a.edb", 3 * PAGE) == whole
    assert 20 * PAGE < len(whole) <= (world.root / "db/a.edb").stat().st_size
    code, logs = world.engine.get_log_info_instance(running.instance)
    assert code == 0
    assert {len(read_all(world, running, logs[0], chunk)) for chunk in (3 * PAGE, CHUNK)} == {
        (world.root / logs[0]).stat().st_size
    }


def test_reading_on_at_the_end_succeeds_with_no_bytes(world: World, running: Running) -> None:
    """[RF, Remarks] A handle that returned all its data always succeeds with zero bytes."""
    begun(world, running)
    file = opened(world, running)
    assert world.engine.read_file_instance(running.instance, file, 512 * PAGE)[0] == 0
    for size in (0, PAGE, 512 * PAGE):
        assert world.engine.read_file_instance(running.instance, file, size) == (0, b"")


def test_get_log_info_closes_the_current_log_once(world: World, running: Running) -> None:
    """[GL, success] [BI, Remarks] The current log is closed so that the last one needed can be read."""
    begun(world, running)
    code, logs = world.engine.get_log_info_instance(running.instance)
    assert (code, logs) == (0, ["db/edb00000001.log"])
    world.insert(running, 3000)
    assert world.engine.get_log_info_instance(running.instance) == (0, logs)
    assert world.engine.get_truncate_log_info_instance(running.instance) == (0, logs)


def test_the_truncate_list_is_what_truncate_log_deletes(world: World, running: Running) -> None:
    """[GT, TR] Logs that are not needed once the backup is complete, oldest first."""
    world.insert(running, 5000)
    before = archived(world)
    assert before
    databases_read(world, running)
    logs_read(world, running)
    world.insert(running, 3000)
    code, paths = world.engine.get_truncate_log_info_instance(running.instance)
    assert code == 0
    assert [path.rpartition("/")[2] for path in paths][: len(before)] == before
    assert set(before) <= set(archived(world))
    kept = [name for name in archived(world) if f"db/{name}" not in paths]
    assert kept
    assert world.engine.truncate_log_instance(running.instance) == 0
    assert archived(world) == kept
    assert world.engine.truncate_log_instance(running.instance) == 0
    assert world.engine.end_external_backup_instance(running.instance) == 0


def test_only_truncate_log_deletes_logs(world: World, running: Running) -> None:
    """[TR] [BI: failure] Neither the other calls nor a normal end."""
    world.insert(running, 3000)
    before = set(archived(world))
    stream(world, running, truncate=False)
    assert before < set(archived(world))


def test_get_truncate_log_info_begins_the_log_phase(world: World, running: Running) -> None:
    """[GT, success] The state machine advances: databases can no longer be opened."""
    begun(world, running)
    code, paths = world.engine.get_truncate_log_info_instance(running.instance)
    assert (code, paths) == (0, ["db/edb00000001.log"])
    assert world.engine.open_file_instance(running.instance, "db/a.edb") == (-521, 0, 0)


# -- headers ----------------------------------------------------------------------------------------


def header(world: World, path: str = "db/a.edb"):
    code, found = world.engine.header(path)
    assert code == 0
    return found


def test_a_normal_end_after_truncation_marks_the_databases(world: World, running: Running) -> None:
    """[BI: database headers] The range of logs of the full backup; a full one forgets the incremental ones."""
    stream(world, running)
    first = header(world).full_prev
    assert (first.gen_low, first.gen_high) == (1, 1)
    world.insert(running, 800)
    stream(world, running, grbit=INCREMENTAL)
    assert header(world).full_prev == first
    assert header(world).inc_prev.gen_low == 2
    stream(world, running, "bk2")
    assert header(world).full_prev.lsn > first.lsn
    assert header(world).inc_prev == NEVER


def test_without_truncation_it_is_a_copy_backup(world: World, running: Running) -> None:
    """[E2, Remarks] If truncation was not done the backup is a copy backup: no mark, and no incremental on top."""
    stream(world, running, truncate=False)
    assert header(world).full_prev == NEVER
    assert world.engine.begin_external_backup_instance(running.instance, INCREMENTAL) == -560
    assert world.restored_rows("bk") == world.rows(running)


def test_truncate_done_marks_although_nothing_was_truncated(world: World, running: Running) -> None:
    """[E2, JET_bitBackupTruncateDone] Headers are marked even though the call to truncate was not completed."""
    before = archived(world)
    databases_read(world, running)
    logs_read(world, running)
    assert world.engine.end_external_backup_instance2(running.instance, NORMAL | TRUNCATE_DONE) == 0
    assert header(world).full_prev.gen_high == 1
    assert set(before) <= set(archived(world))


def test_differential_backups(world: World, running: Running) -> None:
    """[BE, Remarks] Without TruncateLog the next backup is differential to the last full one: all logs since."""
    stream(world, running)
    world.insert(running, 800)
    stream(world, running, "d1", grbit=INCREMENTAL, truncate=False)
    world.insert(running, 800)
    stream(world, running, "d2", grbit=INCREMENTAL, truncate=False)
    assert set(world.files("d1")) < set(world.files("d2"))
    for name in world.files("d2"):
        (world.root / "bk" / name).write_bytes((world.root / "d2" / name).read_bytes())
    assert world.restored_rows("bk") == world.rows(running)


@pytest.mark.parametrize("end", [ABORT, NORMAL])
def test_a_backup_that_is_no_success_marks_nothing(world: World, running: Running, end: int) -> None:
    """[BI: failure; S7 silent] Only a successful backup is the last one."""
    databases_read(world, running)
    code = world.engine.end_external_backup_instance2(running.instance, end | TRUNCATE_DONE)
    assert code == {ABORT: 0, NORMAL: -800}[end]
    assert header(world).full_prev == NEVER


# -- events, restart --------------------------------------------------------------------------------


def test_events(world: World, running: Running) -> None:
    """[BE, E2] Events at the beginning, for every file, for the truncation and at the end."""
    stream(world, running)
    ids = [event.id for event in world.engine.events(running.instance)]
    assert ids == [
        EventId.FULL_BACKUP_STARTED,
        EventId.FILE_STARTED,
        EventId.FILE_COMPLETED,
        EventId.LOGS_STARTED,
        EventId.FILE_COMPLETED,
        EventId.LOGS_TRUNCATED,
        EventId.BACKUP_COMPLETED,
    ]


def test_nothing_of_a_backup_survives_the_process(world: World, running: Running) -> None:
    """[TM] A crash in the middle: recovery as after any other, and a new backup."""
    rows = world.rows(running)
    databases_read(world, running)
    world.crash()
    again = world.open(world.create())
    assert world.engine.get_log_info_instance(again.instance) == (-520, [])
    assert world.rows(again) == rows
    stream(world, again, "bk2")
    assert world.restored_rows("bk2") == rows


def test_backups_one_after_the_other(world: World, running: Running) -> None:
    """[EE] Each end, however it comes, makes room for the next beginning."""
    engine = world.engine
    for grbit, code in ((ABORT, 0), (NORMAL, -800), (0, -800), (ABORT | TRUNCATE_DONE, 0)):
        begun(world, running, FULL)
        assert engine.end_external_backup_instance2(running.instance, grbit) == code
        assert engine.end_external_backup_instance2(running.instance, grbit) == -520
    world.backup(running)


def test_the_live_database_is_untouched_by_reading(world: World, running: Running) -> None:
    """[RF] Only the copy says that it is one."""
    assert world.engine.term(running.instance) == 0
    again = world.open(world.create())
    stream(world, again)
    assert not header(world).backup_copy
    code, found = world.engine.header("bk/a.edb")
    assert code == 0
    assert found is not None
    assert found.backup_copy
