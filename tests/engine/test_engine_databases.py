"""Sessions, databases and rows [BS, ES, AD, DD, CD]."""

import pytest
from engine_world import Running, World
from jetconform.engine import NIL_HANDLE, DatabaseState


def test_begin_session_codes(world: World, running: Running) -> None:
    """[BS] The five stock codes, and InvalidParameter for a bad handle."""
    engine = world.engine
    world.backup(running)
    for handle in (NIL_HANDLE, 0, 55):
        assert engine.begin_session(handle)[0] == -1003
    with world.held("JetTerm", "enter", lambda: engine.term(running.instance)):
        assert engine.begin_session(running.instance)[0] == -1000
        assert engine.count_rows(running.session, running.database)[0] == -1000
        assert engine.end_session(running.session) == -1000
    assert engine.begin_session(running.instance)[0] == -1003
    instance = world.create("i2")
    assert engine.begin_session(instance)[0] == -1029
    with world.held("JetRestoreInstance", "enter", lambda: engine.restore_instance(instance, "bk", None)):
        assert engine.begin_session(instance)[0] == -506
    with world.held("JetInit", "enter", lambda: engine.init(instance)):
        assert engine.begin_session(instance)[0] == -1029
    assert engine.begin_session(instance)[0] == 0


def test_session_calls_of_an_unavailable_instance(world: World, running: Running) -> None:
    """[Std-5] InstanceUnavailable: access to all data is revoked; closing still works."""
    engine = world.engine
    engine.fail_log_writes(running.instance, "torn")
    assert engine.insert(running.session, running.database, 1) == -1090
    assert engine.begin_session(running.instance)[0] == -1090
    assert engine.insert(running.session, running.database, 1) == -1090
    assert engine.count_rows(running.session, running.database)[0] == -1090
    assert engine.create_database(running.session, "db/b.edb")[0] == -1090
    assert engine.open_database(running.session, "db/a.edb")[0] == -1090
    assert engine.attach_database(running.session, "db/a.edb") == -1090
    assert engine.detach_database(running.session, "db/a.edb") == -1090
    assert engine.close_database(running.session, running.database) == 0
    assert engine.end_session(running.session) == 0


def test_calls_that_must_log_fail_when_the_log_refuses(world: World, running: Running) -> None:
    """[BI] LogWriteFail is no loss: reading goes on, and nothing half done stays behind."""
    engine = world.engine
    assert engine.create_database(running.session, "db/b.edb")[0] == 0
    session = engine.begin_session(running.instance)[1]
    engine.fail_log_writes(running.instance, "no-space")
    for _ in range(2):
        assert engine.insert(running.session, running.database, 1) == -510
        assert engine.create_database(running.session, "db/c.edb")[0] == -510
        assert not (world.root / "db" / "c.edb").exists()
    assert engine.end_session(running.session) == 0
    assert engine.detach_database(session, "db/b.edb") == -510
    code, database = engine.open_database(session, "db/a.edb")
    assert code == 0
    assert engine.count_rows(session, database) == (0, 10)
    assert engine.begin_session(running.instance)[0] == 0


def test_bad_sessions_and_databases(world: World, running: Running) -> None:
    """[ES] InvalidSesid; InvalidDatabaseId."""
    engine = world.engine
    for session in (0, NIL_HANDLE, running.instance, running.database, -5):
        assert engine.insert(session, running.database, 1) == -1104
        assert engine.count_rows(session, running.database)[0] == -1104
        assert engine.create_database(session, "db/x.edb")[0] == -1104
        assert engine.open_database(session, "db/a.edb")[0] == -1104
        assert engine.attach_database(session, "db/a.edb") == -1104
        assert engine.detach_database(session, "db/a.edb") == -1104
        assert engine.close_database(session, running.database) == -1104
        assert engine.end_session(session) == -1104
    for database in (0, NIL_HANDLE, running.session):
        assert engine.insert(running.session, database, 1) == -1010
        assert engine.count_rows(running.session, database)[0] == -1010
        assert engine.close_database(running.session, database) == -1010
    assert engine.close_database(running.session, running.database) == 0
    assert engine.close_database(running.session, running.database) == -1010


def test_create_database_codes(world: World, running: Running) -> None:
    """[CD] DatabaseDuplicate, DatabaseInvalidPath, TooManyAttachedDatabases."""
    create = world.engine.create_database
    assert create(running.session, "db/a.edb")[0] == -1201
    for path in ("nowhere/b.edb", "../b.edb", "/tmp/b.edb", "", "db", "db/a.edb/b.edb", "db/" + "x" * 300):
        assert create(running.session, path)[0] == -1217
    for index in range(6):
        assert create(running.session, f"db/{index}.edb")[0] == 0
    assert create(running.session, "db/eighth.edb")[0] == -1805
    world.backup(running)


def test_create_database_makes_folders_if_it_may(world: World) -> None:
    """[IO] JET_paramCreatePathIfNotExist."""
    running = world.start(path="x/y/a.edb", create_path_if_not_exist=1)
    assert world.engine.header("x/y/a.edb")[0] == 0
    assert world.engine.create_database(running.session, "x/y/a.edb/z/b.edb")[0] == -1217


def test_detach_and_attach(world: World, running: Running) -> None:
    """[AD, DD] DatabaseInUse, DatabaseNotFound, FileNotFound, the warning DatabaseAttached."""
    engine = world.engine
    rows = world.rows(running)
    assert engine.attach_database(running.session, "db/a.edb") == 1007
    assert engine.attach_database(running.session, "db/b.edb") == -1811
    assert engine.detach_database(running.session, "db/a.edb") == -1202
    assert engine.detach_database(running.session, "db/b.edb") == -1203
    other = engine.begin_session(running.instance)[1]
    assert engine.open_database(other, "db/a.edb")[0] == 0
    assert engine.close_database(running.session, running.database) == 0
    assert engine.detach_database(running.session, "db/a.edb") == -1202
    assert engine.end_session(other) == 0
    assert engine.detach_database(running.session, "db/a.edb") == 0
    _, header = engine.header("db/a.edb")
    assert header is not None
    assert header.state is DatabaseState.CLEAN_SHUTDOWN
    assert engine.open_database(running.session, "db/a.edb")[0] == -1203
    assert engine.attach_database(running.session, "db/a.edb") == 0
    running.database = engine.open_database(running.session, "db/a.edb")[1]
    assert world.rows(running) == rows


def test_attach_and_detach_are_refused_during_a_backup_create_is_not(world: World, running: Running) -> None:
    """[AD, DD, C47]."""
    engine = world.engine
    assert engine.close_database(running.session, running.database) == 0
    with world.held("JetBackupInstance", "copy", lambda: engine.backup_instance(running.instance, "bk", 0)):
        assert engine.attach_database(running.session, "db/a.edb") == -505
        assert engine.attach_database(running.session, "db/b.edb") == -505
        assert engine.detach_database(running.session, "db/a.edb") == -505
        code, database = engine.create_database(running.session, "db/b.edb")
        assert code == 0
        assert engine.insert(running.session, database, 60) == 0
    assert world.engine.backup_instance(running.instance, "bk", 1) == -560
    assert len(world.restored_rows("bk")) == 10


def test_a_backup_copy_cannot_be_attached(world: World, running: Running) -> None:
    """[EC] SoftRecoveryOnBackupDatabase."""
    world.backup(running)
    assert world.engine.attach_database(running.session, "bk/a.edb") == -544


def test_a_database_of_another_instance_cannot_be_attached(world: World, running: Running) -> None:
    """[AD] DatabaseSharingViolation."""
    other = world.create("i2")
    assert world.engine.set_paths(other, "db2") == 0
    assert world.engine.init(other) == 0
    session = world.engine.begin_session(other)[1]
    assert world.engine.attach_database(session, "db/a.edb") == -1215


def test_a_database_that_was_not_shut_down_cleanly_cannot_be_attached_elsewhere(world: World, running: Running) -> None:
    """[EC] DatabaseDirtyShutdown."""
    world.crash()
    other = world.create("i2")
    assert world.engine.set_paths(other, "db2") == 0
    assert world.engine.init(other) == 0
    session = world.engine.begin_session(other)[1]
    assert world.engine.attach_database(session, "db/a.edb") == -550


def test_a_database_that_moves_to_other_logs_forgets_its_backups(world: World, running: Running) -> None:
    """[BKI] Generations mean something in one log sequence only, so a full backup is needed first."""
    world.backup(running)
    assert world.engine.term(running.instance) == 0
    other = world.create("i2")
    assert world.engine.set_paths(other, "db2") == 0
    moved = world.open(other)
    world.folder("bk2")
    assert world.engine.backup_instance(other, "bk2", 1) == -560
    world.insert(moved, 400)
    rows = world.rows(moved)
    world.crash()
    other = world.create("i2")
    assert world.engine.set_paths(other, "db2") == 0
    assert world.rows(world.open(other)) == rows


def test_transactions_have_at_most_fifty_rows(world: World, running: Running) -> None:
    """Rows tell their transaction, place and number."""
    world.insert(running, 120)
    rows = world.rows(running)
    assert [row.key for row in rows] == list(range(130))
    assert [row.of for row in rows[::1]] == [10] * 10 + [50] * 100 + [20] * 20
    assert all(row.session == running.session for row in rows)
    assert world.engine.insert(running.session, running.database, 0) == 0
    for count in (-1, 1.5, "3", None):
        assert world.engine.insert(running.session, running.database, count) == -1003  # type: ignore[arg-type]


@pytest.mark.parametrize("recovery", ["on", "off"])
def test_rows_survive_a_clean_term(world: World, recovery: str) -> None:
    """[TM] With and without logging."""
    running = world.start(rows=1000, recovery=recovery)
    rows = world.rows(running)
    assert world.engine.term(running.instance) == 0
    assert ("edb.log" in world.files("db")) == (recovery == "on")
    assert world.rows(world.open(world.create(recovery=recovery))) == rows


def test_damage_is_seen_by_readers_and_not_healed_by_writers(world: World, running: Running) -> None:
    """The affordance does what it says."""
    for rows in (0, 1000):
        world.insert(running, rows)
        assert world.engine.damage_page("db/a.edb")
        world.insert(running, 1)
        assert world.engine.count_rows(running.session, running.database)[0] == -1018
        assert world.engine.damage_page("db/a.edb") or True
    assert not world.engine.damage_page("db/edb.log")
    assert not world.engine.damage_page("db/none.edb")


def test_classify_and_header(world: World, running: Running) -> None:
    """Roles come from what files say of themselves."""
    world.insert(running, 3000)
    world.backup(running)
    engine = world.engine
    assert engine.classify("db/a.edb") == ("database", None)
    assert engine.classify("db/edb.log")[0] == "log"
    assert engine.classify("db/edb.chk") == ("checkpoint", None)
    assert engine.classify("bk/a.edb") == ("backup-database", None)
    assert engine.classify("bk/" + world.files("bk")[1])[0] == "backup-log"
    assert engine.classify("bk") == ("other", None)
    assert engine.classify("../x") == ("other", None)
    assert engine.header("db/edb.log")[0] == -1812
    assert engine.header("none")[0] == -1811
    assert engine.header("../none")[0] == -1023
