"""Every code of the pages of the streaming calls that can be reached, table 3.2 row by row. Codes are numbers.

RunningInMultiInstanceMode (-1081) cannot: only the calls without an instance return it, and this engine has none.
Nor can FileNotFound (-1811) of OpenFile, which is Windows 2000's; [OF] has MissingFileToBackup (-569) since.
"""

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from engine_world import Running, World
from jetconform.engine import NIL_HANDLE, Engine, Files
from jetconform.engine.files import OpenFile
from streaming_world import (
    ABORT,
    FULL,
    INCREMENTAL,
    NORMAL,
    PAGE,
    begun,
    databases_read,
    logs_read,
    opened,
    read_all,
    stream,
)

Call = Callable[[Engine, int], Any]

BEGIN: Call = lambda engine, instance: engine.begin_external_backup_instance(instance, FULL)  # noqa: E731
WITHIN: dict[str, Call] = {
    "GA": lambda engine, instance: engine.get_attach_info_instance(instance),
    "OF": lambda engine, instance: engine.open_file_instance(instance, "db/a.edb"),
    "RF": lambda engine, instance: engine.read_file_instance(instance, 0, 3 * PAGE),
    "CF": lambda engine, instance: engine.close_file_instance(instance, 0),
    "GL": lambda engine, instance: engine.get_log_info_instance(instance),
    "GT": lambda engine, instance: engine.get_truncate_log_info_instance(instance),
    "TR": lambda engine, instance: engine.truncate_log_instance(instance),
    "EE": lambda engine, instance: engine.end_external_backup_instance(instance),
    "E2": lambda engine, instance: engine.end_external_backup_instance2(instance, ABORT),
}
ALL = {"BE": BEGIN, **WITHIN}


def code_of(answer: Any) -> int:
    """The code of a call, whatever else it answers; after a failure the outputs are empty."""
    if isinstance(answer, tuple):
        code, *outputs = answer
        assert code == 0 or not any(outputs)
        return code
    return answer


def still_open(world: World, running: Running) -> bool:
    """Whether the backup goes on; ends it."""
    return world.engine.end_external_backup_instance2(running.instance, ABORT) != -520


every_call = pytest.mark.parametrize("page", ALL)
every_call_within = pytest.mark.parametrize("page", WITHIN)


# -- what all of them share -------------------------------------------------------------------------


def test_success_0(world: World, running: Running) -> None:
    """[BE, GA, OF, RF, CF, GL, GT, TR, EE] JET_errSuccess, in the order of the page [BE, Remarks]."""
    engine, instance = world.engine, running.instance
    assert engine.begin_external_backup_instance(instance, FULL) == 0
    assert engine.get_attach_info_instance(instance) == (0, ["db/a.edb"])
    read_all(world, running, "db/a.edb")
    code, logs = engine.get_log_info_instance(instance)
    assert code == 0
    for log in logs:
        read_all(world, running, log)
    assert engine.get_truncate_log_info_instance(instance) == (0, logs)
    assert engine.truncate_log_instance(instance) == 0
    assert engine.end_external_backup_instance(instance) == 0


def test_success_0_of_end_2(world: World, running: Running) -> None:
    """[E2] JET_errSuccess: EndNormal of a complete backup; EndAbort does what it is asked for."""
    databases_read(world, running)
    logs_read(world, running)
    assert world.engine.end_external_backup_instance2(running.instance, NORMAL) == 0
    begun(world, running)
    assert world.engine.end_external_backup_instance2(running.instance, ABORT) == 0


@every_call
def test_restore_in_progress_506(world: World, running: Running, page: str) -> None:
    """[Std-5] JET_errRestoreInProgress."""
    world.folder("bk")
    world.backup(running)
    assert world.engine.term(running.instance) == 0
    instance = world.create("i2")
    with world.held("JetRestoreInstance", "enter", lambda: world.engine.restore_instance(instance, "bk", None)):
        assert code_of(ALL[page](world.engine, instance)) == -506


@every_call
def test_term_in_progress_1000(world: World, running: Running, page: str) -> None:
    """[Std-5] JET_errTermInProgress; for BE so rather than BackupNotAllowedYet [C1]."""
    with world.held("JetTerm", "enter", lambda: world.engine.term(running.instance)):
        assert code_of(ALL[page](world.engine, running.instance)) == -1000


@every_call
def test_not_initialized_1029(world: World, page: str) -> None:
    """[Std-5] JET_errNotInitialized."""
    assert code_of(ALL[page](world.engine, world.create())) == -1029


@every_call
@pytest.mark.parametrize("stop", [lambda e, i: e.stop_service_instance(i), lambda e, i: e.stop_service_instance2(i, 0)])
def test_client_request_to_stop_1329(world: World, running: Running, page: str, stop) -> None:
    """[Std-5] JET_errClientRequestToStopJetService: Close and End are not on the list of what is still allowed [C5]."""
    if page != "BE":
        begun(world, running)
    assert stop(world.engine, running.instance) == 0
    assert code_of(ALL[page](world.engine, running.instance)) == -1329


def test_after_stop_service_only_term_ends_the_backup(world: World, running: Running) -> None:
    """[SI, C5] JetTerm is not on the list either, but is what the call is for; [T2] with StopBackup."""
    begun(world, running)
    assert world.engine.stop_service_instance(running.instance) == 0
    assert world.engine.end_external_backup_instance2(running.instance, ABORT) == -1329
    assert world.engine.term2(running.instance, 1) == -505
    assert world.engine.term2(running.instance, 4) == 0


@every_call
def test_instance_unavailable_1090(world: World, running: Running, page: str) -> None:
    """[Std-5] JET_errInstanceUnavailable: a fatal error, access to all data revoked."""
    if page != "BE":
        begun(world, running)
    world.engine.fail_log_writes(running.instance, "torn")
    assert world.engine.insert(running.session, running.database, 1) == -1090
    assert code_of(ALL[page](world.engine, running.instance)) == -1090


@every_call
@pytest.mark.parametrize("handle", [NIL_HANDLE, 0, -1, 77777, None])
def test_invalid_parameter_1003_for_a_bad_handle(world: World, running: Running, page: str, handle: Any) -> None:
    """[GA, OF, RF, CF, GL, GT, TR] JET_errInvalidParameter: the instance handle is invalid; no page has another code."""
    begun(world, running)
    assert code_of(ALL[page](world.engine, handle)) == -1003
    assert still_open(world, running)


@every_call_within
def test_no_backup_520(world: World, running: Running, page: str) -> None:
    """[GA to E2] JET_errNoBackup: no external backup is in progress."""
    assert code_of(WITHIN[page](world.engine, running.instance)) == -520
    begun(world, running)
    assert world.engine.end_external_backup_instance2(running.instance, ABORT) == 0
    assert code_of(WITHIN[page](world.engine, running.instance)) == -520


@every_call_within
def test_no_backup_520_while_jet_backup_instance_runs(world: World, running: Running, page: str) -> None:
    """[GA to E2] JET_errNoBackup: that backup is not an external one, and no other call can disturb it."""
    with world.held("JetBackupInstance", "copy", lambda: world.engine.backup_instance(running.instance, "bk", 0)) as b:
        assert code_of(WITHIN[page](world.engine, running.instance)) == -520
    assert b.result == 0


# -- JetBeginExternalBackupInstance -----------------------------------------------------------------


@pytest.mark.parametrize("grbit", [FULL, INCREMENTAL])
def test_begin_backup_in_progress_505(world: World, running: Running, grbit: int) -> None:
    """[BE] JET_errBackupInProgress; [On failure] another session is not cancelled."""
    stream(world, running)
    begun(world, running)
    assert world.engine.begin_external_backup_instance(running.instance, grbit) == -505
    assert still_open(world, running)


def test_begin_backup_in_progress_505_while_jet_backup_instance_runs(world: World, running: Running) -> None:
    """[BE] ESE allows only one online backup at a time."""
    engine = world.engine
    with world.held("JetBackupInstance", "copy", lambda: engine.backup_instance(running.instance, "bk", 0)) as held:
        assert engine.begin_external_backup_instance(running.instance, FULL) == -505
    assert held.result == 0


def test_backup_in_progress_505_for_jet_backup_instance(world: World, running: Running) -> None:
    """[BI] JET_errBackupInProgress, the other way round; null path too."""
    begun(world, running)
    for path in ("bk", None):
        assert world.engine.backup_instance(running.instance, path, 0) == -505
    assert still_open(world, running)
    world.backup(running)


def test_begin_does_not_concern_other_instances(world: World, running: Running) -> None:
    """[C48] One backup at a time per instance [BI]."""
    other = world.create("i2")
    assert world.engine.set_paths(other, "db2") == 0
    assert world.engine.init(other) == 0
    begun(world, running)
    assert world.engine.begin_external_backup_instance(other, FULL) == 0


def test_begin_log_write_fail_510(world: World, running: Running) -> None:
    """[BE] JET_errLogWriteFail: the engine stopped writing to the log drive."""
    world.engine.fail_log_writes(running.instance, "no-space")
    assert world.engine.insert(running.session, running.database, 1) == -510
    assert world.engine.begin_external_backup_instance(running.instance, FULL) == -510


def test_begin_logging_disabled_516(world: World) -> None:
    """[BE] JET_errLoggingDisabled: recovery or logging is off."""
    running = world.start(recovery="off")
    assert world.engine.begin_external_backup_instance(running.instance, FULL) == -516


def test_begin_backup_not_allowed_yet_523(world: World) -> None:
    """[BE] JET_errBackupNotAllowedYet: the instance is in recovery."""
    instance = world.create()
    with world.held("JetInit", "enter", lambda: world.engine.init(instance)):
        assert world.engine.begin_external_backup_instance(instance, FULL) == -523


def test_begin_invalid_backup_526(world: World) -> None:
    """[BE] JET_errInvalidBackup: circular logging and an incremental backup."""
    running = world.start(circular_log=1)
    assert world.engine.begin_external_backup_instance(running.instance, INCREMENTAL) == -526
    assert world.engine.begin_external_backup_instance(running.instance, FULL) == 0


def test_begin_checkpoint_corrupt_533(world: World, running: Running) -> None:
    """[BE] JET_errCheckpointCorrupt: on a full backup the checkpoint could not be verified; incremental ones may."""
    stream(world, running)
    (world.root / "db/edb.chk").write_bytes(bytes(8192))
    assert world.engine.begin_external_backup_instance(running.instance, FULL) == -533
    assert world.engine.begin_external_backup_instance(running.instance, INCREMENTAL) == 0


def test_begin_checkpoint_file_not_found_542(world: World, running: Running) -> None:
    """[BE] JET_errCheckpointFileNotFound, on a full backup."""
    stream(world, running)
    (world.root / "db/edb.chk").unlink()
    assert world.engine.begin_external_backup_instance(running.instance, FULL) == -542
    assert world.engine.begin_external_backup_instance(running.instance, INCREMENTAL) == 0


def test_begin_missing_full_backup_560(world: World, running: Running) -> None:
    """[BE] JET_errMissingFullBackup: one of the attached databases never had a full backup."""
    engine = world.engine
    assert engine.begin_external_backup_instance(running.instance, INCREMENTAL) == -560
    stream(world, running)
    assert engine.create_database(running.session, "db/b.edb")[0] == 0
    assert engine.begin_external_backup_instance(running.instance, INCREMENTAL) == -560
    assert engine.get_log_info_instance(running.instance) == (-520, [])


@pytest.mark.parametrize("grbit", [0x4, 0x5, 0x10, 0x11, 0x2, 0x20, 0x40, -1, 1 << 40])
def test_begin_invalid_grbit_900(world: World, running: Running, grbit: int) -> None:
    """[BE] JET_errInvalidgrbit: Atomic is deprecated, Snapshot reserved, others unknown."""
    assert world.engine.begin_external_backup_instance(running.instance, grbit) == -900


def test_begin_out_of_memory_1011(tmp_path: Path) -> None:
    """[BE] JET_errOutOfMemory: not enough memory could be allocated."""

    class Short(Files):
        short = False

        def write(self, file: OpenFile, offset: int, data: bytes) -> None:
            if self.short:
                raise OSError(errno.ENOMEM, "no memory")
            super().write(file, offset, data)

    world, files = World(tmp_path), Short(tmp_path, sync=False)
    world.engine = Engine(tmp_path, sync=False, files=files)
    running = world.start()
    files.short = True
    assert world.engine.begin_external_backup_instance(running.instance, FULL) == -1011
    files.short = False
    begun(world, running)
    world.engine.close()


# -- BackupAbortByServer ----------------------------------------------------------------------------


@pytest.mark.parametrize("page", [page for page in WITHIN if page != "CF"])
def test_backup_abort_by_server_801(world: World, running: Running, page: str) -> None:
    """[GA, OF, RF, GL, GT, TR, EE, E2] JET_errBackupAbortByServer after JetStopBackupInstance."""
    begun(world, running)
    assert world.engine.stop_backup_instance(running.instance) == 0
    assert code_of(WITHIN[page](world.engine, running.instance)) == -801


def test_end_is_allowed_after_a_stop_and_reports_it_801(world: World, running: Running) -> None:
    """[SB] Terminating the backup stays allowed; [EE, C4] it reports -801 while ending. Nothing is marked."""
    databases_read(world, running)
    logs_read(world, running)
    assert world.engine.truncate_log_instance(running.instance) == 0
    assert world.engine.stop_backup_instance(running.instance) == 0
    for _ in range(2):
        assert world.engine.get_log_info_instance(running.instance) == (-801, [])
    assert world.engine.end_external_backup_instance2(running.instance, NORMAL) == -801
    assert world.engine.end_external_backup_instance2(running.instance, NORMAL) == -520
    code, header = world.engine.header("db/a.edb")
    assert code == 0
    assert header is not None
    assert header.full_prev.gen_high == 0


def test_close_works_after_a_stop(world: World, running: Running) -> None:
    """[CF] The page has no BackupAbortByServer."""
    begun(world, running)
    file = opened(world, running)
    assert world.engine.stop_backup_instance(running.instance) == 0
    assert world.engine.close_file_instance(running.instance, file) == 0


def test_a_stop_lasts_until_the_backup_ends(world: World, running: Running) -> None:
    """[C41] A stop before the beginning has no effect; the next backup works again."""
    assert world.engine.stop_backup_instance(running.instance) == 0
    begun(world, running)
    assert world.engine.stop_backup_instance(running.instance) == 0
    assert world.engine.end_external_backup_instance(running.instance) == -801
    stream(world, running)
    assert world.restored_rows("bk") == world.rows(running)


# -- InvalidBackupSequence --------------------------------------------------------------------------


def test_attach_info_invalid_backup_sequence_521(world: World, running: Running) -> None:
    """[GA] JET_errInvalidBackupSequence: the backup is not full; [On failure] the whole backup is cancelled."""
    stream(world, running)
    begun(world, running, INCREMENTAL)
    assert world.engine.get_attach_info_instance(running.instance) == (-521, [])
    assert not still_open(world, running)


def test_open_file_invalid_backup_sequence_521(world: World, running: Running) -> None:
    """[OF] JET_errInvalidBackupSequence: a database in the log phase, or of an incremental backup [GL, L21]."""
    begun(world, running)
    assert world.engine.get_log_info_instance(running.instance)[0] == 0
    assert world.engine.open_file_instance(running.instance, "db/a.edb") == (-521, 0, 0)
    assert not still_open(world, running)
    stream(world, running)
    begun(world, running, INCREMENTAL)
    assert world.engine.open_file_instance(running.instance, "db/a.edb") == (-521, 0, 0)
    assert not still_open(world, running)


@pytest.mark.parametrize("grbit", [FULL, INCREMENTAL])
def test_open_log_before_the_list_invalid_backup_sequence_521(world: World, running: Running, grbit: int) -> None:
    """[OF] JET_errInvalidBackupSequence: GetLogInfo comes first [BE, Remarks]."""
    world.insert(running, 3000)
    world.backup(running)
    world.insert(running, 3000)
    begun(world, running, grbit)
    log = next(name for name in world.files("db") if name.startswith("edb0"))
    assert world.engine.open_file_instance(running.instance, f"db/{log}") == (-521, 0, 0)
    assert not still_open(world, running)


@pytest.mark.parametrize("page", ["GL", "GT"])
def test_log_lists_invalid_backup_sequence_521(world: World, running: Running, page: str) -> None:
    """[GL, GT; C30] JET_errInvalidBackupSequence: a file is open; [On failure] the whole backup is cancelled."""
    begun(world, running)
    opened(world, running)
    assert code_of(WITHIN[page](world.engine, running.instance)) == -521
    assert not still_open(world, running)


def test_truncate_log_invalid_backup_sequence_521(world: World, running: Running) -> None:
    """[TR] JET_errInvalidBackupSequence: a file is open, or the call is out of sequence; the backup goes on [L23]."""
    engine, instance = world.engine, running.instance
    world.insert(running, 3000)
    before = world.files("db")
    begun(world, running)
    assert engine.truncate_log_instance(instance) == -521  # nothing was read
    read_all(world, running, "db/a.edb")
    assert engine.truncate_log_instance(instance) == -521  # the logs were not listed
    code, logs = engine.get_log_info_instance(instance)
    assert code == 0
    assert engine.truncate_log_instance(instance) == -521  # nor read
    file = opened(world, running, logs[0])
    assert engine.read_file_instance(instance, file, 512 * PAGE)[0] == 0
    assert engine.truncate_log_instance(instance) == -521  # the last one is still open
    assert set(before) <= set(world.files("db"))
    assert engine.close_file_instance(instance, file) == 0
    for log in logs[1:]:
        read_all(world, running, log)
    assert engine.truncate_log_instance(instance) == 0


# -- JetOpenFileInstance ----------------------------------------------------------------------------


def test_open_file_out_of_memory_1011(world: World, running: Running) -> None:
    """[OF] JET_errOutOfMemory: only one outstanding file handle [C33]; [On failure] the whole backup is cancelled."""
    begun(world, running)
    file = opened(world, running)
    assert world.engine.open_file_instance(running.instance, "db/a.edb") == (-1011, 0, 0)
    assert world.engine.close_file_instance(running.instance, file) == -520


@pytest.mark.parametrize("path", ["", None, 5])
def test_open_file_invalid_parameter_1003(world: World, running: Running, path: Any) -> None:
    """[OF] JET_errInvalidParameter: the file name is null or empty; [On failure] cancels."""
    begun(world, running)
    assert world.engine.open_file_instance(running.instance, path) == (-1003, 0, 0)
    assert not still_open(world, running)


@pytest.mark.parametrize("path", ["nowhere/a.edb", "../a.edb", "/etc/passwd", "db/a.edb/x", "C:\\a.edb", "a\0b"])
def test_open_file_invalid_path_1023(world: World, running: Running, path: str) -> None:
    """[OF] JET_errInvalidPath: the path could not be found; [On failure] cancels."""
    begun(world, running)
    assert world.engine.open_file_instance(running.instance, path) == (-1023, 0, 0)
    assert not still_open(world, running)


@pytest.mark.parametrize("path", ["db/none.edb", "db/foreign.txt", "db/edb.chk", "copy.edb", "db"])
def test_open_file_missing_569_for_a_database_that_is_not_attached(world: World, running: Running, path: str) -> None:
    """[OF] JET_errMissingFileToBackup. [On failure] This alone does not cancel; [Warning] ours gives no other file out."""
    (world.root / "db/foreign.txt").write_text("secret")
    (world.root / "copy.edb").write_bytes((world.root / "db/a.edb").read_bytes())
    databases_read(world, running)
    assert world.engine.open_file_instance(running.instance, path) == (-569, 0, 0)
    logs_read(world, running)
    assert world.engine.open_file_instance(running.instance, path) == (-569, 0, 0)
    assert world.engine.end_external_backup_instance(running.instance) == 0


@pytest.mark.parametrize("name", ["edb.log", "edb00000009.log", "edb00000001.log"])
def test_open_file_missing_569_for_a_log(world: World, running: Running, name: str) -> None:
    """[OF] JET_errMissingFileToBackup: a log that is none of the set, or is gone; [On failure] cancels."""
    begun(world, running)
    assert world.engine.get_log_info_instance(running.instance)[0] == 0
    (world.root / "db/edb00000001.log").unlink()
    assert world.engine.open_file_instance(running.instance, f"db/{name}") == (-569, 0, 0)
    assert not still_open(world, running)


def test_open_file_missing_569_for_an_attached_database(world: World, running: Running) -> None:
    """[OF] JET_errMissingFileToBackup: it could not be found, because someone removed it; [On failure] cancels."""
    begun(world, running)
    (world.root / "db/a.edb").unlink()
    assert world.engine.open_file_instance(running.instance, "db/a.edb") == (-569, 0, 0)
    assert not still_open(world, running)


def test_open_file_access_denied_1032(world: World, running: Running) -> None:
    """[OF] JET_errFileAccessDenied: a sharing violation or missing privileges; [On failure] cancels."""
    begun(world, running)
    assert world.engine.get_log_info_instance(running.instance)[0] == 0
    log = world.root / "db/edb00000001.log"
    log.unlink()
    log.mkdir()
    assert world.engine.open_file_instance(running.instance, "db/edb00000001.log") == (-1032, 0, 0)
    assert not still_open(world, running)


# -- JetReadFileInstance, JetCloseFileInstance ------------------------------------------------------


@pytest.mark.parametrize("size", [PAGE + 1, 3 * PAGE + 1, 3 * PAGE - 512, PAGE, 2 * PAGE, 0, -PAGE, None])
def test_read_file_invalid_parameter_1003_first_size(world: World, running: Running, size: Any) -> None:
    """[RF] JET_errInvalidParameter: no multiple of the page size, or under three pages at first; nothing ends."""
    begun(world, running)
    file = opened(world, running)
    assert world.engine.read_file_instance(running.instance, file, size) == (-1003, b"")
    assert world.engine.read_file_instance(running.instance, file, 3 * PAGE)[0] == 0
    assert world.engine.close_file_instance(running.instance, file) == 0


def test_read_file_one_page_is_enough_later(world: World, running: Running) -> None:
    """[RF] 'the first call for the specified handle'."""
    begun(world, running)
    file = opened(world, running)
    assert world.engine.read_file_instance(running.instance, file, 3 * PAGE)[0] == 0
    code, data = world.engine.read_file_instance(running.instance, file, PAGE)
    assert (code, len(data)) == (0, PAGE)
    for size in (PAGE - 1, -1):
        assert world.engine.read_file_instance(running.instance, file, size) == (-1003, b"")


def test_read_file_of_a_log_has_the_same_rule(world: World, running: Running) -> None:
    """[RF] JET_errInvalidParameter does not tell databases from logs; nothing ends."""
    begun(world, running)
    code, logs = world.engine.get_log_info_instance(running.instance)
    assert code == 0
    file = opened(world, running, logs[0])
    assert world.engine.read_file_instance(running.instance, file, 2 * PAGE) == (-1003, b"")
    assert world.engine.read_file_instance(running.instance, file, 3 * PAGE)[0] == 0


@pytest.mark.parametrize("call", ["read", "close"])
def test_invalid_parameter_1003_for_a_bad_file_handle(world: World, running: Running, call: str) -> None:
    """[CF] JET_errInvalidParameter: the file handle is invalid; [RF] does not say, and should not crash."""
    engine, instance = world.engine, running.instance
    begun(world, running)
    bad = opened(world, running)
    assert engine.close_file_instance(instance, bad) == 0
    good = opened(world, running)
    for file in (bad, 0, -1, good + 4, None, "x"):
        if call == "read":
            assert engine.read_file_instance(instance, file, 3 * PAGE) == (-1003, b"")
        else:
            assert engine.close_file_instance(instance, file) == -1003
    assert engine.close_file_instance(instance, good) == 0


def test_read_file_read_verify_failure_1018(world: World, running: Running) -> None:
    """[RF] JET_errReadVerifyFailure. [On failure] That file is closed, the backup goes on; it cannot become whole."""
    engine, instance = world.engine, running.instance
    assert engine.create_database(running.session, "db/b.edb")[0] == 0
    assert engine.damage_page("db/a.edb")
    begun(world, running)
    file = opened(world, running)
    assert engine.read_file_instance(instance, file, 64 * PAGE) == (-1018, b"")
    assert engine.read_file_instance(instance, file, 64 * PAGE) == (-1003, b"")
    assert engine.close_file_instance(instance, file) == -1003
    read_all(world, running, "db/b.edb")
    logs_read(world, running)
    assert engine.end_external_backup_instance(instance) == -800


def test_read_file_verifies_every_page(world: World, running: Running) -> None:
    """[RF, Remarks] It scans every page of the file: damage in any of them is found, wherever the chunks end."""
    world.insert(running, 3000)
    begun(world, running)
    clean = read_all(world, running, "db/a.edb")
    path = world.root / "db/a.edb"
    data = path.read_bytes()
    for page in range(2, len(clean) // PAGE):
        path.write_bytes(data[: page * PAGE + 50] + bytes([data[page * PAGE + 50] ^ 1]) + data[page * PAGE + 51 :])
        file = opened(world, running)
        codes = [world.engine.read_file_instance(running.instance, file, 5 * PAGE)[0]]
        while codes[-1] == 0 and len(codes) < 100:
            codes.append(world.engine.read_file_instance(running.instance, file, 5 * PAGE)[0])
        assert codes == [0] * (page // 5) + [-1018]
    path.write_bytes(data)
    assert read_all(world, running, "db/a.edb") == clean


def test_read_file_log_read_verify_failure_612(world: World, running: Running) -> None:
    """[RF] JET_errLogReadVerifyFailure. [On failure] An error in a log cancels the whole backup."""
    databases_read(world, running)
    assert world.engine.damage_log(running.instance) == 1
    code, logs = world.engine.get_log_info_instance(running.instance)
    assert code == 0
    file = opened(world, running, logs[0])
    assert world.engine.read_file_instance(running.instance, file, 3 * PAGE) == (-612, b"")
    assert world.engine.close_file_instance(running.instance, file) == -520


@pytest.mark.parametrize("size", [0, 4096, 5000])
def test_read_file_log_read_verify_failure_612_for_a_short_log(world: World, running: Running, size: int) -> None:
    """[RF] JET_errLogReadVerifyFailure: a log that was cut off is damaged, too."""
    begun(world, running)
    assert world.engine.get_log_info_instance(running.instance)[0] == 0
    with (world.root / "db/edb00000001.log").open("r+b") as log:
        log.truncate(size)
    file = opened(world, running, "db/edb00000001.log")
    assert world.engine.read_file_instance(running.instance, file, 3 * PAGE) == (-612, b"")
    assert not still_open(world, running)


# -- JetGetLogInfoInstance, JetTruncateLogInstance --------------------------------------------------


@pytest.mark.parametrize(("mode", "code"), [("no-space", -510), ("torn", -1090)])
def test_log_info_when_the_log_cannot_be_closed(world: World, running: Running, mode: str, code: int) -> None:
    """[BI: LogWriteFail; GL, On failure] What forces the log roll to fail cancels the whole backup."""
    begun(world, running)
    world.engine.fail_log_writes(running.instance, mode)
    assert world.engine.get_log_info_instance(running.instance) == (code, [])
    if code == -510:
        assert not still_open(world, running)


def test_a_failing_truncation_leaves_the_younger_logs(tmp_path: Path) -> None:
    """[TR, On failure] Fewer logs than desired may be deleted, always from oldest to youngest; the backup goes on."""

    class Stuck(Files):
        last = ""

        def remove(self, path: str) -> None:
            if path == self.last:
                raise PermissionError(errno.EACCES, "in use", path)
            super().remove(path)

    world, files = World(tmp_path), Stuck(tmp_path, sync=False)
    world.engine = Engine(tmp_path, sync=False, files=files)
    running = world.start()
    world.insert(running, 5000)
    databases_read(world, running)
    logs_read(world, running)
    code, paths = world.engine.get_truncate_log_info_instance(running.instance)
    assert code == 0
    assert len(paths) > 2
    files.last = paths[1]
    assert world.engine.truncate_log_instance(running.instance) == -1032
    assert [path for path in paths if (world.root / path).exists()] == paths[1:]
    files.last = ""
    assert world.engine.truncate_log_instance(running.instance) == 0
    assert world.engine.end_external_backup_instance(running.instance) == 0
    world.engine.close()


# -- JetEndExternalBackupInstance -------------------------------------------------------------------


@pytest.mark.parametrize("call", ["EE", "E2"])
@pytest.mark.parametrize("steps", ["begin", "database", "open", "listed", "log open"])
def test_end_backup_abort_by_caller_800(world: World, running: Running, call: str, steps: str) -> None:
    """[EE, E2] JET_errBackupAbortByCaller: ended in the middle of the sequence; the backup is over."""
    engine, instance = world.engine, running.instance
    begun(world, running)
    if steps != "begin":
        read_all(world, running, "db/a.edb")
    if steps == "open":
        opened(world, running)
    if steps in ("listed", "log open"):
        assert engine.get_log_info_instance(instance)[0] == 0
    if steps == "log open":
        file = opened(world, running, "db/edb00000001.log")
        assert engine.read_file_instance(instance, file, 512 * PAGE)[0] == 0
    end = engine.end_external_backup_instance
    assert (end(instance) if call == "EE" else engine.end_external_backup_instance2(instance, NORMAL)) == -800
    assert end(instance) == -520


def test_end_800_when_a_file_was_not_read_to_its_end(world: World, running: Running) -> None:
    """[E2, success] All files must have been retrieved from the engine."""
    begun(world, running)
    file = opened(world, running)
    assert world.engine.read_file_instance(running.instance, file, 3 * PAGE)[0] == 0
    assert world.engine.close_file_instance(running.instance, file) == 0
    logs_read(world, running)
    assert world.engine.end_external_backup_instance(running.instance) == -800


@pytest.mark.parametrize("grbit", [0x3, 0x103, 0x4, 0x200, -1])
def test_end_with_invalid_options_changes_nothing(world: World, running: Running, grbit: int) -> None:
    """[E2] The page has no code for contradictory or unknown options: InvalidGrbit, and the backup goes on."""
    begun(world, running)
    assert world.engine.end_external_backup_instance2(running.instance, grbit) == -900
    assert still_open(world, running)


# -- other calls meanwhile --------------------------------------------------------------------------


def test_attach_and_detach_505(world: World, running: Running) -> None:
    """[AD, DD] JET_errBackupInProgress from Begin to End; reads and writes go on [L25]."""
    engine = world.engine
    assert engine.create_database(running.session, "db/b.edb")[0] == 0
    begun(world, running)
    assert engine.attach_database(running.session, "db/a.edb") == -505
    assert engine.detach_database(running.session, "db/b.edb") == -505
    world.insert(running, 10)
    assert len(world.rows(running)) == 20
    assert still_open(world, running)
    assert engine.attach_database(running.session, "db/a.edb") == 1007


@pytest.mark.parametrize("call", [lambda e, i: e.term(i), lambda e, i: e.term2(i, 0), lambda e, i: e.term2(i, 8)])
def test_term_without_stop_backup_505(world: World, running: Running, call) -> None:
    """[T2] JET_errBackupInProgress; a usage error changes nothing [L17]."""
    databases_read(world, running)
    assert call(world.engine, running.instance) == -505
    logs_read(world, running)
    assert world.engine.end_external_backup_instance(running.instance) == 0
    assert call(world.engine, running.instance) == 0


@pytest.mark.parametrize("grbit", [4, 5, 6])
def test_term_with_stop_backup_ends_it(world: World, running: Running, grbit: int) -> None:
    """[T2, JET_bitTermStopBackup] Shuts down even with a backup in progress; the handle is dead then."""
    rows = world.rows(running)
    begun(world, running)
    opened(world, running)
    assert world.engine.term2(running.instance, grbit) == 0
    assert world.engine.end_external_backup_instance(running.instance) == -1003
    assert world.rows(world.open(world.create())) == rows
