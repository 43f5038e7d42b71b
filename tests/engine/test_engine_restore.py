"""JetRestoreInstance [RI]: codes, row-by-row equality, roll-forward, and what damage does."""

import os
import shutil

import pytest
from engine_world import Running, World
from jetconform.engine import NIL_HANDLE, EventId
from jetconform.model.vocabulary import Snp, Snt


@pytest.fixture
def saved(world: World, running: Running) -> Running:
    """A running instance with a full and an incremental backup in bk, over several generations."""
    world.insert(running, 600)
    world.backup(running)
    world.insert(running, 3000)
    world.backup(running, "bk", 1)
    return running


def restore(world: World, path: str | None = "bk", destination: str | None = None) -> int:
    """Restore with a new instance that is then destroyed."""
    instance = world.create("restorer")
    try:
        return world.engine.restore_instance(instance, path, destination)
    finally:
        assert world.engine.term(instance) == 0


def test_codes_of_every_phase(world: World, saved: Running) -> None:
    """[RI] AlreadyInitialized, InvalidParameter; the codes of the other exclusive calls."""
    call = world.engine.restore_instance
    assert call(saved.instance, "bk", None) == -1030
    for handle in (NIL_HANDLE, 0, 31):
        assert call(handle, "bk", None) == -1003
    created = world.create("i2")
    assert call(created, None, None) == -1003
    with world.held("JetTerm", "enter", lambda: world.engine.term(saved.instance)):
        assert call(saved.instance, "bk", None) == -1000
    assert call(saved.instance, "bk", None) == -1003
    with world.held("JetRestoreInstance", "copy", lambda: call(created, "bk", None)):
        assert call(created, "bk", None) == -506
    with world.held("JetInit", "enter", lambda: world.engine.init(created)):
        assert call(created, "bk", None) == -1031
    assert call(created, "bk", None) == -1030


@pytest.mark.parametrize("kind", ["stop", "torn"])
def test_stopped_and_unavailable_instances_are_initialised(world: World, saved: Running, kind: str) -> None:
    """[RI] AlreadyInitialized."""
    if kind == "stop":
        assert world.engine.stop_service_instance(saved.instance) == 0
    else:
        world.engine.fail_log_writes(saved.instance, "torn")
        assert world.engine.insert(saved.session, saved.database, 1) == -1090
    assert world.engine.restore_instance(saved.instance, "bk", None) == -1030


def test_paths(world: World, saved: Running) -> None:
    """[RI] InvalidPath for a bad backup or destination folder; FileNotFound for a folder without a backup."""
    assert world.engine.term(saved.instance) == 0
    world.folder("empty")
    for path in ("nowhere", "bk/a.edb", "..", "", "/"):
        assert restore(world, path) == -1023
    assert restore(world, "empty") == -1811
    assert restore(world, "bk", "nowhere") == -1023
    assert restore(world, "bk", "bk/a.edb") == -1023
    assert restore(world, "bk", "") == -1023
    instance = world.create("i2", create_path_if_not_exist=1)
    assert world.engine.restore_instance(instance, "bk", "made/here") == 0
    assert world.files("made/here") == ["a.edb"]


def test_restore_to_the_original_place_rolls_forward_to_the_last_commit(world: World, saved: Running) -> None:
    """[RI, Remarks] Later logs are still in the log path."""
    world.insert(saved, 2500)
    rows = world.rows(saved)
    world.crash()
    (world.root / "db" / "a.edb").unlink()
    instance = world.create()
    assert world.engine.restore_instance(instance, "bk", None) == 0
    assert world.engine.begin_session(instance)[0] == -1029
    again = world.open(instance)
    assert world.rows(again) == rows
    world.insert(again, 10)
    world.backup(again, "bk", 1)
    assert world.restored_rows("bk") == world.rows(again)


def test_restore_without_logs_gives_the_moment_of_the_backup(world: World, saved: Running) -> None:
    """[RI] To destroy an instance entirely, delete checkpoint, logs and databases; then restore."""
    rows = world.rows(saved)
    world.insert(saved, 10)
    assert world.engine.term(saved.instance) == 0
    shutil.rmtree(world.root / "db")
    world.folder("db")
    instance = world.create()
    assert world.engine.restore_instance(instance, "bk", None) == 0
    again = world.open(instance)
    assert world.rows(again) == rows
    assert world.engine.backup_instance(instance, "bk", 1) == -560
    world.backup(again)


def test_restore_elsewhere_leaves_the_original_alone(world: World, saved: Running) -> None:
    """[RI, szDest] Both can then be attached in one instance."""
    rows = world.rows(saved)
    assert world.engine.term(saved.instance) == 0
    before = (world.root / "db" / "a.edb").read_bytes()
    world.folder("rs")
    assert restore(world, "bk", "rs") == 0
    assert (world.root / "db" / "a.edb").read_bytes() == before
    both = world.open(world.create())
    assert world.engine.attach_database(both.session, "rs/a.edb") == 0
    copy = Running(both.instance, both.session, world.engine.open_database(both.session, "rs/a.edb")[1])
    assert world.rows(both) == world.rows(copy) == rows
    world.insert(copy, 5)
    world.insert(both, 7)
    world.backup(both)
    world.crash()
    both = world.open(world.create())
    assert len(world.rows(both)) == len(rows) + 7
    sizes = sorted(
        len(world.restored_rows("bk", f"to-{name}", name)) for name in world.files("bk") if "log" not in name
    )
    assert sizes == [len(rows) + 5, len(rows) + 7]


def test_earlier_sets_still_restore_after_later_backups(world: World, running: Running) -> None:
    """[BI] Truncation removes nothing that an earlier set needs."""
    expected = {}
    for number in range(5):
        world.insert(running, 800)
        world.folder(f"bk{number}")
        world.backup(running, f"bk{number}", (0, 4)[number % 2])
        expected[f"bk{number}"] = world.rows(running)
    for name, rows in expected.items():
        assert world.restored_rows(name, f"to-{name}") == rows


def test_an_earlier_set_does_not_fit_the_logs_of_a_later_time(world: World, running: Running) -> None:
    """[RI] InvalidLogSequence: logs of the set and of the log path do not match; nothing is changed."""
    world.backup(running)
    world.insert(running, 100)
    world.folder("later")
    world.backup(running, "later")
    rows = world.rows(running)
    assert world.engine.term(running.instance) == 0
    assert restore(world, "bk", None) == -515
    assert world.rows(world.open(world.create())) == rows


def test_restore_of_a_database_in_use(world: World, saved: Running) -> None:
    """[RI] DatabaseSharingViolation, SystemPathInUse."""
    assert restore(world) == -1083
    other = world.create("i2")
    assert world.engine.set_paths(other, "db2") == 0
    assert world.engine.restore_instance(other, "bk", None) == -1215
    assert len(world.rows(saved)) == 3610


def test_progress_and_events(world: World, saved: Running) -> None:
    """[PF, SNP] Begin, rising progress, complete; [RI, Remarks] event-log entries."""
    calls: list[tuple[int, int, int, int]] = []

    def callback(snp: Snp, snt: Snt, done: int, total: int) -> int:
        calls.append((snp, snt, done, total))
        return 0

    world.folder("rs")
    other = world.create("i2")
    assert world.engine.set_paths(other, "db2") == 0
    assert world.engine.restore_instance(other, "bk", "rs", callback) == 0
    assert {call[0] for call in calls} == {Snp.RESTORE}
    assert [calls[0][1], calls[-1][1]] == [Snt.BEGIN, Snt.COMPLETE]
    assert [call[2] for call in calls] == sorted(call[2] for call in calls)
    ids = [event.id for event in world.engine.events(other)]
    assert ids == [EventId.RESTORE_STARTED, EventId.RESTORE_COMPLETED]


def test_a_failing_callback_fails_the_restore_and_changes_no_database(world: World, saved: Running) -> None:
    """[PF]."""
    assert world.engine.term(saved.instance) == 0
    before = (world.root / "db" / "a.edb").read_bytes()
    instance = world.create()
    assert world.engine.restore_instance(instance, "bk", None, lambda *_: -1011) == -1011
    assert (world.root / "db" / "a.edb").read_bytes() == before
    assert not [name for name in world.files("db") if name.endswith(".rst")]
    assert world.engine.restore_instance(instance, "bk", None) == 0


def flip(world: World, name: str, offset: int) -> None:
    path = world.root / "bk" / name
    data = bytearray(path.read_bytes())
    data[offset] ^= 0x10
    path.write_bytes(data)


def test_damage_in_the_set(world: World, saved: Running) -> None:
    """[RI, prose] ReadVerifyFailure, LogFileCorrupt, MissingLogFile, and the codes for what is no set."""
    world.folder("rs")
    whole = {name: (world.root / "bk" / name).read_bytes() for name in world.files("bk")}
    logs = [name for name in whole if name.endswith(".log")]
    other = world.create("i2")
    assert world.engine.set_paths(other, "db2") == 0

    def call() -> int:
        code = world.engine.restore_instance(other, "bk", "rs")
        for name, data in whole.items():
            (world.root / "bk" / name).write_bytes(data)
        assert code == 0 or world.files("rs") == []
        return code

    flip(world, "a.edb", 3 * 4096 + 500)
    assert call() == -1018
    flip(world, "a.edb", 100)
    assert call() == 0  # the shadow header is whole
    shutil.rmtree(world.root / "rs")
    world.folder("rs")
    flip(world, "a.edb", 100)
    flip(world, "a.edb", 4196)
    assert call() == -1206
    for log in logs:
        for offset in (20, 4096 + 50, len(whole[log]) - 1):
            flip(world, log, offset)
            assert call() == -501
        (world.root / "bk" / log).unlink()
        expected = -528 if log != logs[-1] else 0
        assert call() == expected
        shutil.rmtree(world.root / "rs")
        world.folder("rs")
    shutil.copy(world.root / "db" / "edb.log", world.root / "bk" / logs[1])
    assert call() in (-515, -501)


def test_a_copy_that_was_cut_off_behind_a_page(world: World, running: Running) -> None:
    """[RI: ReadVerifyFailure] Each page that is left verifies, and those that are gone are not in the logs either."""
    world.insert(running, 3000)
    world.backup(running)
    copy = world.root / "bk" / "a.edb"
    os.truncate(copy, copy.stat().st_size // 2 // 4096 * 4096)
    world.folder("elsewhere")
    assert world.engine.term(running.instance) == 0
    assert restore(world, "bk", "elsewhere") == -1018
    assert world.files("elsewhere") == []


def test_a_set_that_lost_its_databases(world: World, saved: Running) -> None:
    """[EC] PatchFileMissing: logs alone, which do not go back to the creation of the database, are no full backup."""
    world.folder("inc")
    world.insert(saved, 10)
    world.backup(saved, "inc", 1)
    assert world.engine.term(saved.instance) == 0
    assert restore(world, "inc") == -538
    world.backup(world.open(world.create()))
    world.crash()
    (world.root / "bk" / "a.edb").unlink()
    assert restore(world) == -538


def test_a_live_database_is_no_backup_copy(world: World, saved: Running) -> None:
    """[EC] RestoreOfNonBackupDatabase."""
    assert world.engine.term(saved.instance) == 0
    shutil.copy(world.root / "db" / "a.edb", world.root / "bk" / "a.edb")
    assert restore(world) == -615


def test_incrementals_in_a_folder_of_their_own_restore_once_merged(world: World, running: Running) -> None:
    """[BI] 'The files already there together with the new logs'."""
    world.backup(running)
    world.insert(running, 300)
    world.folder("inc")
    world.backup(running, "inc", 1)
    world.insert(running, 300)
    world.backup(running, "inc", 1)
    for name in world.files("inc"):
        shutil.copy(world.root / "inc" / name, world.root / "bk" / name)
    assert world.restored_rows("bk") == world.rows(running)


def test_an_incremental_that_does_not_continue_the_set_is_refused(world: World, running: Running) -> None:
    """[BI] After success the directory must restore to the moment of the backup; here it could not."""
    world.backup(running)
    rows = world.rows(running)
    world.insert(running, 100)
    world.folder("bk2")
    world.backup(running, "bk2")
    assert world.engine.backup_instance(running.instance, "bk", 1) == -504
    assert world.restored_rows("bk") == rows


def test_a_database_created_during_the_backup_restores_from_the_logs(world: World, running: Running) -> None:
    """[C47] It is not copied, but the logs of the set have it from its first record on."""
    engine = world.engine

    def create(_snp: Snp, snt: Snt, *_: int) -> int:
        if snt is Snt.BEGIN:
            code, database = engine.create_database(running.session, "db/b.edb")
            assert code == 0
            assert engine.insert(running.session, database, 75) == 0
        return 0

    assert engine.backup_instance(running.instance, "bk", 0, create) == 0
    restored = world.restored_rows("bk", "to", "b.edb")
    assert len(restored) in (0, 75)


def test_backup_of_an_instance_without_databases(world: World) -> None:
    """[BI] There is nothing to copy but logs."""
    world.folder("bk")
    instance = world.create()
    assert world.engine.init(instance) == 0
    assert world.engine.backup_instance(instance, "bk", 0) == 0
    assert world.engine.backup_instance(instance, "bk", 1) == 0
    assert world.engine.term(instance) == 0
    assert restore(world) == 0
