"""The page of JetBackupInstance, sentence by sentence [BI]. Codes are copied from the page as numbers."""

import itertools

import pytest
from engine_world import Running, World
from jetconform.engine import NIL_HANDLE, EventId
from jetconform.model.vocabulary import Snp, Snt

FULL, INCREMENTAL, ATOMIC = 0, 1, 4


# -- Return value ----------------------------------------------------------------------------------


def test_success_0_the_operation_completed(world: World, running: Running) -> None:
    """[BI] JET_errSuccess."""
    assert world.engine.backup_instance(running.instance, "bk", FULL) == 0


def test_backup_in_progress_505_for_the_same_instance(world: World, running: Running) -> None:
    """[BI] JET_errBackupInProgress: a backup of the same instance is in progress; several at once are not allowed."""
    call = world.engine.backup_instance
    for point in ("copy", "truncate", "leave"):
        with world.held("JetBackupInstance", point, lambda: call(running.instance, "bk", FULL)):
            assert call(running.instance, "bk", FULL) == -505
            assert call(running.instance, None, FULL) == -505
    assert call(running.instance, "bk", FULL) == 0


def test_backup_in_progress_does_not_concern_other_instances(world: World, running: Running) -> None:
    """[BI] JET_errBackupInProgress says 'for the same instance'."""
    other = world.create("i2")
    assert world.engine.set_paths(other, "db2") == 0
    assert world.engine.init(other) == 0
    world.folder("bk2")
    with world.held(
        "JetBackupInstance", "copy", lambda: world.engine.backup_instance(running.instance, "bk", FULL), "a.edb"
    ):
        assert world.engine.backup_instance(other, "bk2", FULL) == 0


def test_backup_not_allowed_yet_523_while_initialising(world: World) -> None:
    """[BI] JET_errBackupNotAllowedYet: the instance is not ready because it is being initialised."""
    instance = world.create()
    with world.held("JetInit", "enter", lambda: world.engine.init(instance)):
        assert world.engine.backup_instance(instance, "bk", FULL) == -523


@pytest.mark.parametrize("stop", [lambda e, i: e.stop_service_instance(i), lambda e, i: e.stop_service_instance2(i, 0)])
def test_client_request_to_stop_1329_after_stop_service(world: World, running: Running, stop) -> None:
    """[BI] JET_errClientRequestToStopJetService: activity ceased because of JetStopServiceInstance."""
    assert stop(world.engine, running.instance) == 0
    assert world.engine.backup_instance(running.instance, "bk", FULL) == -1329
    assert world.files("bk") == []


def test_instance_unavailable_1090_after_a_fatal_error(world: World, running: Running) -> None:
    """[BI] JET_errInstanceUnavailable: a fatal error, access to all data revoked."""
    world.engine.fail_log_writes(running.instance, "torn")
    assert world.engine.insert(running.session, running.database, 1) == -1090
    assert world.engine.backup_instance(running.instance, "bk", FULL) == -1090
    assert world.files("bk") == []


def test_invalid_backup_526_incremental_with_circular_logging(world: World) -> None:
    """[BI] JET_errInvalidBackup: incremental is not allowed while circular logging is enabled."""
    world.folder("bk")
    running = world.start(circular_log=1)
    assert world.engine.backup_instance(running.instance, "bk", FULL) == 0
    assert world.engine.backup_instance(running.instance, "bk", INCREMENTAL) == -526
    assert world.engine.backup_instance(running.instance, "bk", INCREMENTAL | ATOMIC) == -526


@pytest.mark.parametrize("grbit", [0x2, 0x8, 0x10, 0x11, 0x20, 0x40, 0x1000, 0x80000000, -1, 1 << 40])
def test_invalid_grbit_900(world: World, running: Running, grbit: int) -> None:
    """[BI] JET_errInvalidGrbit: options are not valid; Snapshot (0x10) is reserved for future use."""
    assert world.engine.backup_instance(running.instance, "bk", grbit) == -900
    assert world.files("bk") == []


@pytest.mark.parametrize("handle", [NIL_HANDLE, 0, 1, -1, 77777, 1 << 80])
def test_invalid_parameter_1003_for_a_bad_handle(world: World, running: Running, handle: int) -> None:
    """[BI] JET_errInvalidParameter."""
    assert world.engine.backup_instance(handle, "bk", FULL) == -1003


def test_invalid_parameter_1003_for_a_freed_handle(world: World, running: Running) -> None:
    """[BI] JET_errInvalidParameter; [T2]: the handle is closed by a successful JetTerm."""
    assert world.engine.term(running.instance) == 0
    assert world.engine.backup_instance(running.instance, "bk", FULL) == -1003


def test_invalid_path_1023_when_the_destination_does_not_exist(world: World, running: Running) -> None:
    """[BI] JET_errInvalidPath: the destination path does not exist."""
    assert world.engine.backup_instance(running.instance, "nowhere", FULL) == -1023
    assert world.engine.backup_instance(running.instance, "nowhere", ATOMIC) == -1023
    assert not (world.root / "nowhere").exists()


@pytest.mark.parametrize("path", ["", "db/a.edb", "db/a.edb/x", "..", "../x", "/tmp", "a\0b", "x" * 300, "C:\\x"])
def test_invalid_path_1023_for_what_is_no_folder(world: World, running: Running, path: str) -> None:
    """[BI] JET_errInvalidPath; nothing outside the root is touched."""
    assert world.engine.backup_instance(running.instance, path, FULL) == -1023


def test_logging_disabled_516(world: World) -> None:
    """[BI] JET_errLoggingDisabled: the instance runs without logging; no backup is allowed."""
    world.folder("bk")
    running = world.start(recovery="off")
    assert world.engine.backup_instance(running.instance, "bk", FULL) == -516
    assert world.engine.backup_instance(running.instance, None, FULL) == -516
    assert world.files("bk") == []


def test_log_read_verify_failure_612(world: World, running: Running) -> None:
    """[BI] JET_errLogReadVerifyFailure: checksum error in a log file."""
    world.backup(running)
    before = world.files("bk")
    world.insert(running, 500)
    generation = world.engine.damage_log(running.instance)
    assert generation is not None
    assert world.engine.backup_instance(running.instance, "bk", INCREMENTAL) == -612
    assert world.files("bk") == before


def test_log_read_verify_failure_612_in_a_full_backup(world: World, running: Running) -> None:
    """[BI] JET_errLogReadVerifyFailure: a full backup verifies the logs that it copies, too."""
    assert world.engine.damage_log(running.instance) == 1
    assert world.engine.backup_instance(running.instance, "bk", FULL) == -612
    assert world.files("bk") == []


def test_log_write_fail_510_when_there_is_no_space(world: World, running: Running) -> None:
    """[BI] JET_errLogWriteFail: logging is disabled by an unexpected error."""
    world.engine.fail_log_writes(running.instance, "no-space")
    assert world.engine.insert(running.session, running.database, 1) == -510
    assert world.engine.backup_instance(running.instance, "bk", FULL) == -510
    assert world.files("bk") == []


def test_log_write_fail_510_when_the_forced_roll_finds_no_space(world: World, running: Running) -> None:
    """[BI] JET_errLogWriteFail, noticed by the backup itself."""
    world.engine.fail_log_writes(running.instance, "no-space")
    assert world.engine.backup_instance(running.instance, "bk", FULL) == -510
    assert world.files("bk") == []
    assert world.engine.count_rows(running.session, running.database) == (0, 10)


def test_not_initialized_1029(world: World) -> None:
    """[BI] JET_errNotInitialized."""
    instance = world.create()
    assert world.engine.backup_instance(instance, "bk", FULL) == -1029


def test_read_verify_failure_1018(world: World, running: Running) -> None:
    """[BI] JET_errReadVerifyFailure: checksum error in a database page."""
    assert world.engine.damage_page("db/a.edb")
    assert world.engine.backup_instance(running.instance, "bk", FULL) == -1018
    assert world.files("bk") == []


def test_restore_in_progress_506(world: World, running: Running) -> None:
    """[BI] JET_errRestoreInProgress."""
    world.backup(running)
    assert world.engine.term(running.instance) == 0
    instance = world.create("i2")
    with world.held("JetRestoreInstance", "enter", lambda: world.engine.restore_instance(instance, "bk", None)):
        assert world.engine.backup_instance(instance, "bk", FULL) == -506


def test_session_sharing_violation_1910_while_another_thread_has_the_backup_session(
    world: World, running: Running
) -> None:
    """[BI] JET_errSessionSharingViolation: the same session cannot be used by more than one thread at a time."""
    call = world.engine.backup_instance
    held = world.hold("JetBackupInstance", "enter", lambda: call(running.instance, "bk", FULL))
    assert call(running.instance, "bk", FULL) == -1910
    assert held.release() == 0


def test_term_in_progress_1000(world: World, running: Running) -> None:
    """[BI] JET_errTermInProgress."""
    with world.held("JetTerm", "enter", lambda: world.engine.term(running.instance)):
        assert world.engine.backup_instance(running.instance, "bk", FULL) == -1000


def test_missing_full_backup_560_and_directory_not_empty_504(world: World, running: Running) -> None:
    """[BE] MissingFullBackup, [EC] BackupDirectoryNotEmpty: not on the page, but what its remarks amount to."""
    assert world.engine.backup_instance(running.instance, "bk", INCREMENTAL) == -560
    (world.root / "bk" / "mine.txt").write_text("keep")
    assert world.engine.backup_instance(running.instance, "bk", FULL) == -504
    assert world.engine.backup_instance(running.instance, "bk", ATOMIC) == -504
    assert world.files("bk") == ["mine.txt"]


# -- Parameters ------------------------------------------------------------------------------------


def test_null_path_truncates_logs_if_possible(world: World, running: Running) -> None:
    """[BI, szBackupPath] Null truncates logs, if possible: no files appear, backup marks stay as they are."""
    world.insert(running, 3000)
    _, before = world.engine.header("db/a.edb")
    assert "edb00000002.log" in world.files("db")
    everything = world.files(".")
    world.backup(running, None)
    assert [name for name in world.files("db") if name.startswith("edb0")] == []
    assert set(world.files(".")) <= set(everything)
    assert world.engine.header("db/a.edb") == (0, before)


def test_null_path_keeps_what_the_last_backup_needs(world: World, running: Running) -> None:
    """[BI, szBackupPath] Logs since the last backup are needed to roll it forward, so they stay."""
    world.backup(running)
    world.insert(running, 3000)
    logs = {name for name in world.files("db") if name.startswith("edb0")}
    world.backup(running, None)
    assert logs < set(world.files("db"))
    world.backup(running, "bk", INCREMENTAL)
    assert world.restored_rows("bk") == world.rows(running)


@pytest.mark.parametrize("grbit", [FULL, INCREMENTAL, ATOMIC, INCREMENTAL | ATOMIC])
@pytest.mark.parametrize("circular", [0, 1])
def test_null_path_with_any_valid_option(world: World, grbit: int, circular: int) -> None:
    """[BI, szBackupPath] Nothing is backed up, so what forbids an incremental backup does not matter."""
    running = world.start(circular_log=circular)
    assert world.engine.backup_instance(running.instance, None, grbit) == 0


def test_atomic_keeps_the_earlier_backup_if_the_new_one_fails(world: World, running: Running) -> None:
    """[BI, JET_bitBackupAtomic] An existing backup in the same directory survives if the new one fails."""
    world.backup(running, "bk", ATOMIC)
    rows = world.rows(running)
    before = {name: (world.root / "bk" / name).read_bytes() for name in world.files("bk") if "." in name}
    world.insert(running, 100)
    assert world.engine.damage_page("db/a.edb")
    assert world.engine.backup_instance(running.instance, "bk", ATOMIC) == -1018
    assert {name: (world.root / "bk" / name).read_bytes() for name in world.files("bk") if "." in name} == before
    assert world.restored_rows("bk") == rows


def test_atomic_replaces_the_earlier_backup(world: World, running: Running) -> None:
    """[BI, JET_bitBackupAtomic] A full backup."""
    for _ in range(3):
        world.backup(running, "bk", ATOMIC)
        world.insert(running, 100)
    world.backup(running, "bk", ATOMIC)
    assert {name.split("/")[0] for name in world.files("bk")} == {"new"}
    assert world.restored_rows("bk") == world.rows(running)


def test_atomic_and_incremental_adds_logs_to_the_atomic_set(world: World, running: Running) -> None:
    """[BI, grbit] 'Zero or more of the options': both together add logs to the atomic set."""
    world.backup(running, "bk", ATOMIC)
    world.insert(running, 100)
    world.backup(running, "bk", ATOMIC | INCREMENTAL)
    assert world.files("bk") == ["new", "new/a.edb", "new/edb00000001.log", "new/edb00000002.log"]
    assert world.restored_rows("bk") == world.rows(running)


def test_incremental_copies_only_the_logs_since_the_last_full_or_incremental_backup(
    world: World, running: Running
) -> None:
    """[BI, JET_bitBackupIncremental]."""
    world.backup(running)
    assert world.files("bk") == ["a.edb", "edb00000001.log"]
    copy = (world.root / "bk" / "a.edb").read_bytes()
    for generation in (2, 3, 4):
        world.insert(running, 20)
        world.backup(running, "bk", INCREMENTAL)
        assert world.files("bk")[-1] == f"edb0000000{generation}.log"
    assert len(world.files("bk")) == 5
    assert (world.root / "bk" / "a.edb").read_bytes() == copy
    assert world.restored_rows("bk") == world.rows(running)


def test_status_callback_gives_progress_notifications(world: World, running: Running) -> None:
    """[BI, pfnStatus; PF, SNP, SNT, SNG] Begin, rising progress, complete; done never exceeds total."""
    calls: list[tuple[int, int, int, int]] = []
    assert world.engine.backup_instance(running.instance, "bk", FULL, lambda *call: calls.append(call) or 0) == 0  # type: ignore[func-returns-value]
    assert {call[0] for call in calls} == {Snp.BACKUP}
    assert [calls[0][1], calls[-1][1]] == [Snt.BEGIN, Snt.COMPLETE]
    assert {call[1] for call in calls[1:-1]} == {Snt.PROGRESS}
    total = calls[0][3]
    assert calls[0][2] == 0
    assert calls[-1][2] == total
    assert all(left[2] <= right[2] <= total == right[3] for left, right in itertools.pairwise(calls))


@pytest.mark.parametrize("answer", [-1, -1011, -505, -800])
def test_a_failure_of_the_callback_fails_the_backup(world: World, running: Running, answer: int) -> None:
    """[PF] After a failure the operation may fail: here it does, with that code if it is a JET_ERR."""
    expected = answer if answer != -1 else -800
    assert world.engine.backup_instance(running.instance, "bk", FULL, lambda *_: answer) == expected
    assert world.files("bk") == []


def test_a_warning_of_the_callback_lets_the_backup_go_on(world: World, running: Running) -> None:
    """[PF] A warning may influence the operation, but it is no failure."""
    assert world.engine.backup_instance(running.instance, "bk", FULL, lambda *_: 1) == 0


# -- Success and failure ---------------------------------------------------------------------------


@pytest.mark.parametrize("grbit", [FULL, ATOMIC])
def test_after_success_everything_for_a_restore_is_in_the_directory(world: World, running: Running, grbit: int) -> None:
    """[BI] Full: the database files, and the logs needed to make them consistent."""
    world.insert(running, 700)
    world.backup(running, "bk", grbit)
    assert world.restored_rows("bk") == world.rows(running)


def test_incremental_logs_with_the_files_already_there_restore_to_the_moment_of_the_backup(
    world: World, running: Running
) -> None:
    """[BI] Incremental: only logs are added, and all together restore."""
    world.backup(running)
    world.insert(running, 2500)
    world.backup(running, "bk", INCREMENTAL)
    rows = world.rows(running)
    world.insert(running, 10)
    assert world.restored_rows("bk") == rows


def test_a_backup_while_others_write_restores_whole_transactions(world: World, running: Running) -> None:
    """[BI] The copy is fuzzy, the set is not."""

    def write(*_: object) -> int:
        assert world.engine.insert(running.session, running.database, 120) == 0
        return 0

    before = world.rows(running)
    assert world.engine.backup_instance(running.instance, "bk", FULL, write) == 0
    after = world.rows(running)
    restored = world.restored_rows("bk")
    assert restored == after[: len(restored)]
    assert len(before) <= len(restored)
    assert restored[-1].position == restored[-1].of - 1


def test_logs_that_are_no_longer_needed_are_truncated(world: World, running: Running) -> None:
    """[BI] A side effect of a successful backup."""
    world.insert(running, 3000)
    assert [name for name in world.files("db") if name.startswith("edb0")]
    world.backup(running)
    assert [name for name in world.files("db") if name.startswith("edb0")] == []
    world.insert(running, 3000)
    world.backup(running, "bk", INCREMENTAL)
    assert [name for name in world.files("db") if name.startswith("edb0")] == []


def test_database_headers_are_updated(world: World, running: Running) -> None:
    """[BI] Headers say when the last backup took place; [DM]: FullPrev, and IncPrev, which a full backup resets."""
    world.backup(running)
    _, header = world.engine.header("db/a.edb")
    assert header is not None
    assert (header.full_prev.gen_low, header.full_prev.gen_high) == (1, 1)
    assert header.full_prev.time > 0
    world.insert(running, 10)
    world.backup(running, "bk", INCREMENTAL)
    _, header = world.engine.header("db/a.edb")
    assert header is not None
    assert (header.full_prev.gen_high, header.inc_prev.gen_low, header.inc_prev.gen_high) == (1, 2, 2)
    world.backup(running)
    _, header = world.engine.header("db/a.edb")
    assert header is not None
    assert (header.full_prev.gen_high, header.inc_prev.gen_high) == (3, 0)


@pytest.mark.parametrize("grbit", [FULL, ATOMIC, INCREMENTAL])
def test_after_a_failure_nothing_new_is_in_the_directory_and_no_log_is_truncated(
    world: World, running: Running, grbit: int
) -> None:
    """[BI] On failure; the earlier set is whole [C16]."""
    world.backup(running)
    rows = world.rows(running)
    world.insert(running, 2500)
    before = {name: (world.root / "bk" / name).read_bytes() for name in world.files("bk")}
    logs = {name for name in world.files("db") if name.startswith("edb0")}
    _, header = world.engine.header("db/a.edb")
    held = world.hold(
        "JetBackupInstance", "truncate", lambda: world.engine.backup_instance(running.instance, "bk", grbit)
    )
    assert world.engine.stop_backup_instance(running.instance) == 0
    assert held.release() == -801
    assert {name: (world.root / "bk" / name).read_bytes() for name in world.files("bk")} == before
    assert logs <= set(world.files("db"))
    assert world.engine.header("db/a.edb") == (0, header)
    assert world.restored_rows("bk") == rows
    world.backup(running, "bk", grbit)


def test_after_a_failure_a_folder_that_the_call_made_is_gone(world: World) -> None:
    """[BI] On failure nothing is in the destination, also not the destination itself."""
    running = world.start(create_path_if_not_exist=1)
    assert world.engine.damage_page("db/a.edb")
    assert world.engine.backup_instance(running.instance, "x/y/bk", FULL) == -1018
    assert not (world.root / "x").exists()


# -- Remarks ---------------------------------------------------------------------------------------


def test_every_step_has_an_entry_in_the_event_log(world: World, running: Running) -> None:
    """[BI, Remarks] File names, truncation and the final result."""
    world.insert(running, 3000)
    world.backup(running)
    events = world.engine.events(running.instance)
    assert [event.id for event in events][:3] == [
        EventId.FULL_BACKUP_STARTED,
        EventId.FILE_STARTED,
        EventId.FILE_COMPLETED,
    ]
    assert [event.id for event in events][-2:] == [EventId.LOGS_TRUNCATED, EventId.BACKUP_COMPLETED]
    named = {name for event in events for name in event.files}
    assert {"a.edb", *[name for name in world.files("bk") if name.endswith(".log")]} <= named
    assert all(name in event.text for event in events for name in event.files[:1])


def test_a_failed_backup_has_its_result_in_the_event_log(world: World, running: Running) -> None:
    """[BI, Remarks] The final result."""
    assert world.engine.damage_page("db/a.edb")
    assert world.engine.backup_instance(running.instance, "bk", FULL) == -1018
    last = world.engine.events(running.instance)[-1]
    assert last.id is EventId.BACKUP_FAILED
    assert "-1018" in last.text


def test_incremental_is_possible_only_after_a_full_backup(world: World, running: Running) -> None:
    """[BI, Remarks] Of every attached database."""
    world.backup(running)
    assert world.engine.create_database(running.session, "db/b.edb")[0] == 0
    assert world.engine.backup_instance(running.instance, "bk", INCREMENTAL) == -560
    world.backup(running)
    world.backup(running, "bk", INCREMENTAL)


def test_the_directory_may_hold_what_an_earlier_successful_backup_put_there(world: World, running: Running) -> None:
    """[BI, Remarks] A full backup replaces the earlier set of ours."""
    for grbit in (FULL, INCREMENTAL, FULL, ATOMIC, INCREMENTAL, FULL, ATOMIC | INCREMENTAL, ATOMIC, FULL):
        world.insert(running, 30)
        world.backup(running, "bk", grbit)
    assert world.restored_rows("bk") == world.rows(running)


def test_the_directory_must_exist_unless_create_path_is_set(world: World) -> None:
    """[BI, Remarks] JET_paramCreatePathIfNotExist."""
    running = world.start(create_path_if_not_exist=1)
    world.backup(running, "x/y/bk")
    assert world.files("x/y/bk") == ["a.edb", "edb00000001.log"]


def test_all_used_pages_are_verified(world: World, running: Running) -> None:
    """[BI, Remarks] Also pages that normal operations do not read."""
    world.insert(running, 127 * 6)
    world.backup(running)
    path = world.root / "db" / "a.edb"
    size = path.stat().st_size
    for page in range(2, size // 4096):
        data = bytearray(path.read_bytes())
        if not any(data[page * 4096 :]):
            break  # space for pages to come
        data[page * 4096 + 1000] ^= 1
        path.write_bytes(data)
        assert world.engine.backup_instance(running.instance, "bk", FULL) == -1018
        data[page * 4096 + 1000] ^= 1
        path.write_bytes(data)
    world.backup(running)


def test_the_current_log_is_closed_and_a_new_generation_begun(world: World, running: Running) -> None:
    """[BI, Remarks] So that the last log needed can be copied."""
    for generation in (1, 2, 3):
        world.backup(running)
        assert world.files("bk") == ["a.edb", f"edb{generation:08X}.log"]
        assert world.engine.classify("db/edb.log") == ("log", generation + 1)
        assert world.engine.classify(f"bk/edb{generation:08X}.log") == ("backup-log", generation)


def test_all_attached_databases_are_backed_up_and_same_names_kept_apart(world: World, running: Running) -> None:
    """[BI] 'Including all attached databases'."""
    world.folder("other")
    code, second = world.engine.create_database(running.session, "other/a.edb")
    assert code == 0
    assert world.engine.insert(running.session, second, 77) == 0
    world.backup(running)
    databases = [name for name in world.files("bk") if world.engine.classify(f"bk/{name}")[0] == "backup-database"]
    assert len(databases) == 2
    counts = sorted(len(world.restored_rows("bk", f"to-{index}", name)) for index, name in enumerate(databases))
    assert counts == [10, 77]


def test_logs_written_during_the_backup_are_not_truncated(world: World, running: Running) -> None:
    """[BI] They are in no set yet, however many generations they fill."""
    held = world.hold("JetBackupInstance", "truncate", lambda: world.engine.backup_instance(running.instance, "bk", 0))
    world.insert(running, 6000)
    assert held.release() == 0
    world.backup(running, "bk", INCREMENTAL)
    assert world.restored_rows("bk") == world.rows(running)


def test_logs_that_do_not_follow_a_set_of_logs_alone_are_refused(world: World, running: Running) -> None:
    """[BI, Return value] It restores to the moment of the backup, so no generation may be missing; [EC] -504.

    A full backup of no database is logs alone, and no header says which of the later logs it needs.
    """
    assert world.engine.close_database(running.session, running.database) == 0
    assert world.engine.detach_database(running.session, "db/a.edb") == 0
    world.folder("logs")
    world.backup(running, "logs")
    world.backup(running, "logs", INCREMENTAL)
    kept = world.files("logs")
    world.backup(running, None)
    assert world.engine.backup_instance(running.instance, "logs", INCREMENTAL) == -504
    assert world.files("logs") == kept
    assert world.engine.attach_database(running.session, "db/a.edb") == 0
    world.backup(running)
    assert world.engine.backup_instance(running.instance, "logs", INCREMENTAL) == -504


def test_incremental_is_not_possible_when_logs_since_the_last_backup_are_gone(world: World, running: Running) -> None:
    """[BI, Remarks] A backup without the database truncated them: only a full backup helps."""
    world.backup(running)
    world.insert(running, 10)
    assert world.engine.close_database(running.session, running.database) == 0
    assert world.engine.detach_database(running.session, "db/a.edb") == 0
    world.folder("bk2")
    world.backup(running, "bk2")
    assert world.engine.attach_database(running.session, "db/a.edb") == 0
    world.folder("inc")
    assert world.engine.backup_instance(running.instance, "inc", INCREMENTAL) == -560
    world.backup(running)
    world.backup(running, "inc", INCREMENTAL)
