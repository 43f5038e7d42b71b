"""The `ese` profile: what Microsoft's engine does, the open-source ESE at commit 7030fe7. Rows are tried in order.

Citations: `observed` is `spec/observed/README.md` with its table, else `spec/source.md` with its section; where both speak, the
observation wins. A first reading: the issue on fidelity holds it against the recorded traces.
"""

from ..calls import Stage
from ..invariants import BACKUP_IS_A_CALL, RETURNS
from ..rows import (
    ANSWERED,
    COPYING,
    DATABASES,
    DIES,
    ENTER,
    LEAVE,
    LOGS,
    MAY,
    MUST,
    SUCCESS,
    TRUNCATING,
    WORKING,
    Profile,
    ProgramStep,
    Row,
    merge,
)  # fmt: skip
from ..vocabulary import JetErr as E
from .documented import (
    AD,
    BI,
    BLOCKED,
    BS,
    CD,
    CI,
    COUNT,
    DD,
    ES,
    IN_SESSION,
    INIT,
    INSERT,
    KD,
    LOGGED,
    OD,
    RI,
    S2,
    SB,
    SI,
    SP,
    TERM,
)  # fmt: skip
from .ese_external import ESE_EXTERNAL

PREPARE = (Stage.ENTERING,)
OPENING = (Stage.OPENING,)

# fmt: off
_BACKUP = (
    Row("BI.G2", BI, ENTER, "handle_bad", E.InvalidParameter, MUST, "observed: handle 0, nil, garbage, after JetTerm; source 2.1 G2"),
    Row("BI.G3", BI, ENTER, "stopped", E.ClientRequestToStopJetService, MUST, "observed: after JetStopServiceInstance; source 2.1 G3"),
    Row("BI.G4", BI, ENTER, "fatal", E.InstanceUnavailable, MUST, "observed: log volume full; source 2.1 G4"),
    Row("BI.G5-term", BI, ENTER, "terminating", E.TermInProgress, MUST, "observed: JetTerm2 waiting; source 2.1 G5"),
    Row("BI.G5-restore", BI, ENTER, "restoring", E.RestoreInProgress, MUST, "observed: JetRestoreInstance running; source 2.1 G5"),
    Row("BI.G5-init", BI, ENTER, "initializing", E.NotInitialized, MUST, "observed: recovery held; source 2.1 G5"),
    Row("BI.G6", BI, ENTER, "created", E.NotInitialized, MUST, "observed: created, not initialised; source 2.1 G6"),
    Row("BI.G7", BI, ENTER, "backup_refused", E.BackupNotAllowedYet, MUST, "observed: after JetTerm2 failed with -505; source 2.1 G7"),
    Row("BI.G9", BI, ENTER, "recovery_off", E.LoggingDisabled, MUST, "observed: recovery off; source 2.1 G9"),
    Row("BI.G10", BI, ENTER, "log_refused", E.LogWriteFail, MUST, "observed: after StopAndEmitLog; source 2.1 G10"),
    Row("BI.G11", BI, ENTER, "incremental & circular", E.InvalidBackup, MUST, "observed: incremental with circular logging; source 2.1 G11"),
    Row("BI.G19", BI, ENTER, "surrogate_open", E.SurrogateBackupInProgress, MUST, "observed: JetBeginExternalBackupInstance opened with 0x20; source 2.1 G19"),
    Row("BI.G18", BI, ENTER, "backup_taken", E.BackupInProgress, MUST, "observed: another backup running; source 2.1 G18"),
    Row("BI.G21", BI, PREPARE, "incremental & some_never_backed_up", E.MissingFullBackup, MUST, "observed: without an earlier full; source 2.1 G21"),
    Row("BI.temp", BI, PREPARE, "found_temp_nested", E.DeleteBackupFileFail, MUST, "observed: path table, temp holds a folder; source 2.1 G26"),
    Row("BI.both", BI, PREPARE, "incremental & atomic", E.InvalidPath, MUST, "observed: grbit 5 always -1023; source 2.4"),
    Row("BI.G27-foreign", BI, PREPARE, "not incremental & not atomic & place_foreign", E.BackupDirectoryNotEmpty, MUST, "observed: path table; source 2.1 G27"),
    Row("BI.G27-set", BI, PREPARE, "not incremental & not atomic & place_full_set", E.BackupDirectoryNotEmpty, MUST, "observed: full onto full; source 2.1 G27"),
    Row("BI.G28", BI, PREPARE, "not atomic & place_atomic_set", E.BackupDirectoryNotEmpty, MUST, "observed: path table, holds new or old; source 2.1 G28"),
    Row("BI.G27-here", BI, PREPARE, "not incremental & not atomic & found_current_folder_used", E.BackupDirectoryNotEmpty, MUST, "observed: null or empty path is the current folder, seq-0232; source 2.1 G27, 2.6"),
    Row("BI.G28-here", BI, PREPARE, "not atomic & found_current_folder_atomic", E.BackupDirectoryNotEmpty, MUST, "observed: null or empty path is the current folder; source 2.1 G28, 2.6"),
    Row("BI.G30-temp", BI, PREPARE, "atomic & found_temp_file", E.MakeBackupDirectoryFail, MUST, "observed: path table, temp is a file; source 2.1 G30"),
    Row("BI.G25-file", BI, PREPARE, "atomic & place_file & create_path", E.InvalidPath, MUST, "observed: path table, a file; source 2.1 G25"),
    Row("BI.G30-file", BI, PREPARE, "atomic & place_file", E.MakeBackupDirectoryFail, MUST, "observed: path table, a file; source 2.1 G30"),
    Row("BI.G30", BI, PREPARE, "atomic & place_missing", E.MakeBackupDirectoryFail, MUST, "observed: path table, missing; source 2.1 G30"),
    Row("BI.listed", BI, DATABASES, "context_listed & not incremental", E.InvalidBackupSequence, MAY, "observed: par-0041, JetGetLogInfoInstance by another thread; source 5.1 OpenFile", inside=True),
    Row("BI.ended-open", BI, (*PREPARE, *OPENING), "context_lost", E.NoBackup, MUST, "observed: par-0283, held at begin, JetEndExternalBackupInstance by another thread; source 5.1 OpenFile: before the stop", inside=True),
    Row("BI.stop-open", BI, OPENING, "stop_backup", E.BackupAbortByServer, MUST, "observed: held at begin, stopped and terminated in either order, par-0031, par-0122; source 2.3 step 4: opening tests the stop, then reading the termination"),
    Row("BI.term-open", BI, OPENING, "terminating", E.TermInProgress, MUST, "observed: held at begin, JetTerm2; source 2.3 step 4"),
    Row("BI.term-copy", BI, COPYING, "terminating", E.TermInProgress, MUST, "observed: while a backup is held, JetTerm2; source 2.3 step 4"),
    Row("BI.ended", BI, (*COPYING, *TRUNCATING, *LEAVE), "context_lost", E.NoBackup, MUST, "observed: par-0040, held at a read, JetEndExternalBackupInstance by another thread; par-0210: after the termination; source 3", inside=True),
    Row("BI.stop-copy", BI, COPYING, "stop_backup", E.BackupAbortByServer, MUST, "observed: while a backup is held, JetStopBackupInstance; source 3"),
    Row("BI.page", BI, DATABASES, "page_damaged & not incremental", E.ReadVerifyFailure, MUST, "observed: damage table; source 2.3 step 4"),
    Row("BI.page-perhaps", BI, DATABASES, "page_perhaps_damaged & not incremental", E.ReadVerifyFailure, MAY, "observed: damage table; whether a changed byte is in a used page is not known"),
    Row("BI.path", BI, DATABASES, "place_missing & not incremental", E.InvalidPath, MUST, "observed: path table, after the first callback; source 2.1"),
    Row("BI.path-file", BI, DATABASES, "place_file & not incremental", E.InvalidPath, MUST, "observed: path table, a file"),
    Row("BI.same-name", BI, DATABASES, "same_file_names & not incremental", E.FileAlreadyExists, MUST, "observed: scenario A11_two_dbs; source 2.3 step 4: the second copy meets the first"),
    Row("BI.roll", BI, LOGS, "log_failing", E.LogWriteFail, MUST, "source 2.3 step 5: the log goes down at the roll", "log.broken"),
    Row("BI.logs-gone", BI, LOGS, "incremental & some_perhaps_backed_up", E.MissingFileToBackup, MAY, "source 2.4: the lowest generation is above the last backup: logs were truncated by a backup that came to nothing"),
    Row("BI.path-incremental", BI, LOGS, "place_missing & incremental", E.InvalidPath, MUST, "observed: path table; source 8.1 InvalidPath"),
    Row("BI.path-incremental-file", BI, LOGS, "place_file & incremental", E.InvalidPath, MUST, "observed: path table, a file"),
    Row("BI.missing", BI, LOGS, "found_log_missing", E.MissingFileToBackup, MUST, "observed: a generation missing, seq-0208, seq-0504; source 2.3 step 6"),
    Row("BI.missing-perhaps", BI, LOGS, "found_log_perhaps_missing", E.MissingFileToBackup, MAY, "source 2.3: only from the checkpoint on, which nothing held back"),
    Row("BI.log-found", BI, LOGS, "found_log_damaged", E.LogReadVerifyFailure, MUST, "observed: damage table, seq-0084; source 2.3 step 6"),
    Row("BI.log-perhaps", BI, LOGS, "found_log_perhaps_damaged", E.LogReadVerifyFailure, MAY, "source 2.3: only from the checkpoint on, which nothing held back"),
    Row("BI.log-folder", BI, LOGS, "incremental & found_log_folder", E.FileAccessDenied, MUST, "observed: seq-0013, seq-0114: a log cannot be copied onto itself; source 2.3 step 6"),
    Row("BI.log", BI, LOGS, "log_damaged", E.LogReadVerifyFailure, MUST, "observed: damage table; source 2.3 step 6"),
    Row("BI.nested", BI, TRUNCATING, "atomic & found_nested", E.DeleteBackupFileFail, MUST, "observed: seq-0247; source 2.3 step 7: old cannot be emptied"),
    Row("BI.stop-truncate", BI, TRUNCATING, "stop_backup", E.BackupAbortByServer, MUST, "source 2.5: fStopBackup before truncation"),
    Row("BI.ok-unmarked", BI, LEAVE, "stop_backup", E.Success, SUCCESS, "observed: stopped at complete, the header mark stays empty; source 2.7", "backup.left"),
    Row("BI.ok-full", BI, LEAVE, "not incremental", E.Success, SUCCESS, "observed: on success; source 2.9", "backup.full-listed"),
    Row("BI.ok-incremental", BI, LEAVE, "incremental", E.Success, SUCCESS, "observed: on success; source 2.9", "backup.incremental"),
)

_RESTORE = (
    Row("RI.one", RI, ENTER, "handle_nil & one_instance", E.TooManyInstances, MUST, "observed: seq-0380, seq-0479; source 4.1 item 3: no slot for an instance of its own"),
    Row("RI.handle", RI, ENTER, "handle_bad & not handle_nil", E.InvalidParameter, MUST, "observed: garbage; source 4.1 item 3"),
    Row("RI.running", RI, ENTER, "not created & not handle_nil", E.AlreadyInitialized, MUST, "observed: already initialised, restore held; source 4.1 item 4"),
    Row("RI.null", RI, ENTER, "place_null", DIES, MUST, "observed: JetRestoreInstance with a null path, the process dies"),
    Row("RI.blank", RI, WORKING, "place_blank & not found_logs", E.InvalidPath, MUST, "observed: the empty path, seq-0008; with logs in the current folder it is read: seq-0057, seq-0553"),
    Row("RI.absent", RI, WORKING, "place_absent", E.FileNotFound, MUST, "observed: missing; source 4.1 e"),
    Row("RI.file", RI, WORKING, "place_file", E.FileNotFound, MUST, "observed: a file; source 4.1 e"),
    Row("RI.no-set", RI, WORKING, "place_without_set & not found_logs", E.FileNotFound, MUST, "observed: empty, foreign only; source 4.1 e"),
    Row("RI.no-logs", RI, WORKING, "found_no_logs", E.FileNotFound, MUST, "observed: all logs gone; source 4.1 e"),
    Row("RI.log-missing", RI, WORKING, "found_log_missing", E.FileNotFound, MUST, "observed: middle log missing, rst-0023; source 4.1 f"),
    Row("RI.log-empty-size", RI, WORKING, "found_log_empty", E.LogFileSizeMismatch, MAY, "source 4.1 f: which test a file without header fails is not known"),
    Row("RI.log-empty", RI, WORKING, "found_log_empty", E.LogFileCorrupt, MUST, "source 4.1 f: a header that cannot be read"),
    Row("RI.log-short", RI, WORKING, "found_log_short", E.LogFileSizeMismatch, MUST, "observed: a log shortened, rst-0036; source 4.1 f"),
    Row("RI.log-header", RI, WORKING, "found_log_header_damaged", E.LogFileCorrupt, MUST, "observed: log header flipped; source 4.1 f"),
    Row("RI.log-signature", RI, WORKING, "found_log_signature", E.GivenLogFileHasBadSignature, MUST, "source 4.1 f: the same signature as the previous one"),
    Row("RI.current-short", RI, WORKING, "found_current_log_short", E.LogFileSizeMismatch, MUST, "observed: rst-0017, rst-0022; source 4.1 h"),
    Row("RI.current-header", RI, WORKING, "found_current_log_header_damaged", E.LogFileCorrupt, MUST, "source 4.1 h, f: the headers are read alike"),
    Row("RI.current-missing", RI, WORKING, "found_current_log_missing", E.MissingCurrentLogFiles, MUST, "observed: rst-0164; source 4.1 h: a gap above the set"),
    Row("RI.current-signature", RI, WORKING, "found_current_log_signature", E.ExistingLogFileHasBadSignature, MUST, "observed: unrelated logs in the log folder, seq-0092; source 4.1 h"),
    Row("RI.current-apart", RI, WORKING, "found_current_log_apart", E.ExistingLogFileIsNotContiguous, MUST, "observed: rst-0018, rst-0106, seq-0281; source 4.1 h"),
    Row("RI.patch", RI, WORKING, "found_no_patch_file", E.PatchFileMissing, MUST, "observed: .pat missing, an incremental's folder alone; source 4.1 k"),
    Row("RI.destination", RI, WORKING, "destination_missing & not found_no_copy", E.InvalidPath, MUST, "observed: destination missing; source 4.1 l: met when the first copy is put in place"),
    Row("RI.copy-header", RI, WORKING, "found_copy_header_damaged", E.DatabaseCorrupted, MUST, "observed: both headers bad, database empty; source 4.1 l", "restore.own-copied"),
    Row("RI.copy-cut", RI, WORKING, "found_copy_cut", E.BadPatchPage, MUST, "observed: trailer page cut, rst-0236; source 4.1 l", "restore.own-copied"),
    Row("RI.first-log", RI, WORKING, "found_first_log_missing", E.RequiredLogFilesMissing, MUST, "observed: first log missing, rst-0053; source 7.6: at the attach", "restore.own-copied"),
    Row("RI.log-body", RI, WORKING, "found_log_damaged", E.LogCorruptDuringHardRestore, MUST, "observed: log body flipped, rst-0056; source 4.1 n", "restore.own-copied"),
    Row("RI.current-body", RI, WORKING, "found_current_log_damaged", E.LogCorruptDuringHardRecovery, MUST, "source 4.1 n: a damaged log in the log folder", "restore.own-copied"),
    Row("RI.database", RI, WORKING, "found_database_missing", E.AttachedDatabaseMismatch, MUST, "observed: database missing, rst-0019; source 4.1 m", "restore.own-copied"),
    Row("RI.last-log", RI, WORKING, "found_last_log_missing", E.RequiredLogFilesMissing, MUST, "observed: last log missing, rst-0028; source 4.1 n", "restore.own-copied"),
    Row("RI.callback", RI, WORKING, "callback_failed & not callback_failed_first", ANSWERED, MUST, "observed: callback returns an error at its second call: returned as is, at its first: ignored; against source 4.1", "restore.own-copied"),
    Row("RI.ok", RI, WORKING, "", E.Success, SUCCESS, "observed: full; source 4.2: not initialised afterwards", "restore.own-done"),
)

_INIT = (
    Row("IN.one", INIT, ENTER, "nobody", E.Success, MUST, "observed: JetInit with a null handle, which JetTerm leaves, switches to the one-instance mode, seq-0380", "init.one"),
    Row("IN.handle", INIT, ENTER, "handle_bad", E.InvalidParameter, MUST, "source 1.2 step 1"),
    Row("IN.running", INIT, ENTER, "not created", E.AlreadyInitialized, MUST, "observed: while a backup or a restore is held; source 1.2 FEnterForInit"),
    Row("IN.current-gone", INIT, WORKING, "logging & found_current_log_missing", E.MissingLogFile, MAY, "source 7.5: archives without a current log; whether JetInit goes on is not known", "init.freed"),
    Row("IN.current-gone-required", INIT, WORKING, "logging & found_current_log_missing", E.RequiredLogFilesMissing, MAY, "source 7.6: a database may require the current log", "init.freed"),
    Row("IN.first-previous", INIT, WORKING, "logging & found_first_log_missing", E.MissingPreviousLogFile, MAY, "source 6, 7.6: which code the missing log at the checkpoint gives is not known", "init.freed"),
    Row("IN.first-log", INIT, WORKING, "logging & found_first_log_missing", E.MissingLogFile, MAY, "source 7.6: which code the missing log at the checkpoint gives is not known", "init.freed"),
    Row("IN.first", INIT, WORKING, "logging & found_first_log_missing", E.RequiredLogFilesMissing, MUST, "source 7.6: the range that a database requires", "init.freed"),
    Row("IN.short", INIT, WORKING, "logging & found_log_short", E.LogFileSizeMismatch, MUST, "observed: rst-0022, rst-0046, rst-0112; a failed JetInit frees the handle: source 1.4", "init.freed"),
    Row("IN.log", INIT, WORKING, "logging & log_perhaps_damaged & not found_log_perhaps_damaged", E.LogFileCorrupt, MUST, "observed: rst-0213; source 4.1 f", "init.freed"),
    Row("IN.log-perhaps", INIT, WORKING, "logging & found_log_perhaps_damaged", E.LogFileCorrupt, MAY, "source 4.1 f; the checkpoint may be past it", "init.freed"),
    Row("IN.gap-perhaps", INIT, WORKING, "logging & found_log_perhaps_missing", E.InvalidLogSequence, MAY, "source 4.1 n; the checkpoint may be past it", "init.freed"),
    Row("IN.database", INIT, WORKING, "logging & found_database_missing", E.AttachedDatabaseMismatch, MUST, "source 4.1 m: at the end of the logs a database that they name is missed", "init.freed"),
    Row("IN.gap", INIT, WORKING, "logging & found_log_missing", E.InvalidLogSequence, MUST, "observed: rst-0018; source 4.1 n: a wrong number", "init.freed"),
    Row("IN.copy", INIT, WORKING, "logging & found_backup_copy", E.SoftRecoveryOnBackupDatabase, MUST, "observed: rst-0073; source 7.6", "init.freed"),
    Row("IN.page", INIT, WORKING, "logging & found_database_damaged", E.ReadVerifyFailure, MAY, "source 2.3, 7.2: a page that fails its checksum; whether recovery reads the changed one is not known", "init.freed"),
    Row("IN.logs-gone", INIT, WORKING, "logging & found_logs_missing", E.RequiredLogFilesMissing, MUST, "observed: rst-0019, rst-0113; source 7.6", "init.freed"),
    Row("IN.ok", INIT, WORKING, "", E.Success, SUCCESS, "source 1.4: JetInit", "init.done"),
)

_TERM = (
    Row("TM.handle", TERM, ENTER, "handle_bad", E.InvalidParameter, MUST, "source 1.4 a"),
    Row("TM.created", TERM, ENTER, "created", E.Success, MUST, "source 1.4 c: freed", "term.created"),
    Row("TM.terminating", TERM, ENTER, "terminating", E.TermInProgress, MUST, "source 1.4 d"),
    Row("TM.restoring", TERM, ENTER, "restoring", E.RestoreInProgress, MUST, "observed: while a restore is held; source 1.4 d"),
    Row("TM.initializing", TERM, ENTER, "initializing", E.NotInitialized, MUST, "source 1.4 d"),
    Row("TM.surrogate", TERM, WORKING, "surrogate_open & not term_cleans & not term_dirty", E.SurrogateBackupInProgress, MUST, "observed: -617; source 1.4 i", "term.failed"),
    Row("TM.streaming", TERM, WORKING, "streaming_open & not term_cleans & not term_dirty", E.BackupInProgress, MUST, "observed: an external backup open, 0, 1, 0x10; source 1.4 i", "term.failed"),
    Row("TM.dirty", ("JetTerm2",), WORKING, "term_dirty", E.DirtyShutdown, MUST, "observed: JetTerm2 with 8: -1116; source 1.4 i", "term.done"),
    Row("TM.log", TERM, WORKING, "log_refused", E.LogWriteFail, MUST, "observed: scenario A4_after_stopservice2_8, JetTerm after StopAndEmitLog; source 1.4 i: freed all the same", "term.done"),
    Row("TM.ok", TERM, WORKING, "", E.Success, SUCCESS, "source 1.4 i", "term.done"),
)

_SERVICE = (
    Row("SV.handle", (*SI, *S2, *SB), ENTER, "handle_bad", E.InvalidParameter, MUST, "source 1.2: only that the instance exists"),
    Row("SV.created", (*SI, *S2), ENTER, "created & not opened", DIES, MUST, "observed: on a created, uninitialised instance the process dies; source 1.4; not after a restore was tried: seq-0835, seq-0552"),
    Row("S2.emit", S2, ENTER, "stop_grbit_emit", E.CallbackNotRegistered, MUST, "observed: JetStopServiceInstance2(8) returned 2100, then backups -510; source 1.1", "log.broken"),
    Row("S2.grbit", S2, ENTER, "stop_grbit_bad", E.InvalidGrbit, MUST, "source 1.4: unknown bits"),
    Row("S2.resume", S2, ENTER, "stopped_all & stop_grbit_resume & not stop_grbit_named", E.ClientRequestToStopJetService, MUST, "source 1.4: resume after All"),
    Row("SI.ok", SI, ENTER, "", E.Success, SUCCESS, "observed: 0", "stop"),
    Row("S2.ok-all", S2, ENTER, "stop_grbit_all", E.Success, SUCCESS, "observed: 0", "stop.all"),
    Row("S2.ok", S2, ENTER, "not stop_grbit_all", E.Success, SUCCESS, "observed: 2, 4, 6 block nothing"),
    Row("SB.ok", SB, ENTER, "", E.Success, SUCCESS, "observed: 0; source 3: no lasting effect", "backup.stop-running"),
)

_CREATE = (
    Row("CI.one", CI, ENTER, "one_instance", E.RunningInOneInstanceMode, MUST, "observed: JetCreateInstance in the one-instance mode; source 1.4"),
    Row("CI.name", CI, ENTER, "alive", E.InstanceNameInUse, MUST, "source 1.4: same name"),
    Row("CI.ok", CI, ENTER, "", E.Success, SUCCESS, "source 1.4", "create"),
    Row("SP.handle", SP, ENTER, "handle_bad", E.InvalidParameter, MUST, "source 1.2 step 1"),
    Row("SP.terminating", SP, ENTER, "terminating", E.TermInProgress, MUST, "source 1.2 FEnterWithoutInit"),
    Row("SP.restoring", SP, ENTER, "restoring", E.RestoreInProgress, MUST, "source 1.2 FEnterWithoutInit"),
    Row("SP.initializing", SP, ENTER, "initializing", E.InitInProgress, MUST, "source 1.2 FEnterWithoutInit"),
    Row("SP.init-only", SP, ENTER, "running & init_only & not circular_kept", E.AlreadyInitialized, MUST, "observed: setting circular log, recovery; circular log to the value that it has is 0: seq-0336; source 6"),
    Row("SP.ok", SP, ENTER, "", E.Success, SUCCESS, "source 6: CreatePathIfNotExist changeable at any time", "configure"),
)

_SESSIONS = (
    Row("BS.handle", BS, ENTER, "handle_bad", E.InvalidParameter, MUST, "source 1.2 step 1"),
    Row("BS.stopped", BS, ENTER, "stopped", E.ClientRequestToStopJetService, MUST, "source 1.2 step 2"),
    Row("BS.fatal", BS, ENTER, "fatal", E.InstanceUnavailable, MUST, "source 1.2 step 3"),
    Row("BS.terminating", BS, ENTER, "terminating", E.TermInProgress, MUST, "source 1.2 step 4"),
    Row("BS.restoring", BS, ENTER, "restoring", E.RestoreInProgress, MUST, "observed: while a restore is held; source 1.2 step 4"),
    Row("BS.initializing", BS, ENTER, "initializing", E.NotInitialized, MUST, "source 1.2 step 4"),
    Row("BS.created", BS, ENTER, "created", E.NotInitialized, MUST, "source 1.2 step 5"),
    Row("BS.ok", BS, ENTER, "", E.Success, SUCCESS, "source 1.2", "session.begin"),
    Row("SE.gone", IN_SESSION, ENTER, "not alive", E.NotInitialized, MUST, "source 1.3 item 1"),
    Row("SE.terminating", IN_SESSION, ENTER, "terminating", E.TermInProgress, MUST, "observed: par-0382, stopped and terminating; source 1.3 items 1 and 4: all instances of the process"),
    Row("SE.stopped", BLOCKED, ENTER, "stopped", E.ClientRequestToStopJetService, MUST, "source 1.3 item 2"),
    Row("SE.fatal", IN_SESSION, ENTER, "fatal", E.InstanceUnavailable, MUST, "source 1.3 item 3"),
    Row("SE.session", IN_SESSION, ENTER, "session_bad", E.InvalidSesid, MUST, "source 1.3 item 5"),
    Row("ES.ok", ES, ENTER, "", E.Success, SUCCESS, "source 1.3", "session.end"),
)

_DATABASES = (
    Row("DB.log-refused", LOGGED, ENTER, "log_refused", E.LogWriteFail, MUST, "source 1.1: fNoMoreLogWrite"),
    Row("CD.exists", CD, ENTER, "file_there", E.DatabaseDuplicate, MUST, "observed: traces, JetCreateDatabase -1201"),
    Row("AD.absent", AD, ENTER, "file_absent", E.FileNotFound, MUST, "observed: traces, JetAttachDatabase -1811"),
    Row("AD.surrogate", AD, ENTER, "surrogate_open", E.SurrogateBackupInProgress, MUST, "observed: JetDetachDatabase -617; source 3"),
    Row("AD.backup", AD, ENTER, "backup_taken", E.BackupInProgress, MUST, "observed: while a backup is held; source 3"),
    Row("AD.attached", AD, ENTER, "this_attached", E.DatabaseAttached, MUST, "observed: traces, JetAttachDatabase 1007"),
    Row("AD.copy", AD, ENTER, "found_backup_copy", E.SoftRecoveryOnBackupDatabase, MUST, "observed: attaching a backup copy, rst-0056; source 7.6"),
    Row("AD.dirty", AD, ENTER, "found_dirty", E.DatabaseDirtyShutdown, MUST, "observed: rst-0035, rst-0163: left dirty, and a restore elsewhere took the logs further"),
    Row("DD.absent", DD, ENTER, "file_absent", E.DatabaseNotFound, MUST, "observed: seq-0829: a file that the process never had attached is not found before a backup is looked for"),
    Row("DD.surrogate", DD, ENTER, "surrogate_open", E.SurrogateBackupInProgress, MUST, "observed: JetDetachDatabase -617; source 3"),
    Row("DD.backup", DD, ENTER, "backup_taken", E.BackupInProgress, MUST, "observed: while a backup is held; source 3"),
    Row("DD.not-attached", DD, ENTER, "not this_attached", E.DatabaseNotFound, MUST, "observed: seq-0158: of one that it had attached a backup is looked for first"),
    Row("DD.open", DD, ENTER, "this_open", E.DatabaseInUse, MUST, "observed: traces, JetDetachDatabase -1202"),
    Row("OD.not-attached", OD, ENTER, "not this_attached", E.DatabaseNotFound, MUST, "source 2.3 step 4: ErrDBOpenDatabase, not attached"),
    Row("DB.handle", (*KD, *INSERT, *COUNT), ENTER, "database_bad", E.InvalidDatabaseId, MUST, "source 6: a bad database handle"),
    Row("DB.page", (*INSERT, *COUNT), ENTER, "page_damaged", E.ReadVerifyFailure, MUST, "observed: traces, CountRows -1018"),
    Row("DB.page-perhaps", (*INSERT, *COUNT), ENTER, "page_perhaps_damaged", E.ReadVerifyFailure, MAY, "observed: seq-0644; whether a changed byte is in a used page is not known"),
    Row("DB.log-failing", LOGGED, ENTER, "log_failing", E.LogWriteFail, MUST, "observed: log volume full, an insert got -510", "fatal"),
    Row("CD.ok", CD, ENTER, "", E.Success, SUCCESS, "observed: also while a backup is held", "database.create-listed"),
    Row("OD.ok", OD, ENTER, "", E.Success, SUCCESS, "observed: traces", "database.open"),
    Row("KD.ok", KD, ENTER, "", E.Success, SUCCESS, "observed: traces", "database.close"),
    Row("AD.ok", AD, ENTER, "", E.Success, SUCCESS, "observed: traces", "database.attach"),
    Row("DD.ok", DD, ENTER, "", E.Success, SUCCESS, "observed: traces", "database.detach"),
    Row("IR.ok", (*INSERT, *COUNT), ENTER, "", E.Success, SUCCESS, "observed: also while a backup is held", "rows.touched"),
)
# fmt: on

_CALM = "not call_backs_up & not in_snapshot"
"""JetTerm waits for JetBackupInstance, and for good for a session that nobody ends (source 1.4 e; observed)."""

PROGRAMS = {
    "JetBackupInstance": (
        ProgramStep(Stage.ENTERING, "backup.entering-shared"),
        ProgramStep(Stage.OPENING),
        ProgramStep(Stage.DATABASES, "backup.databases"),
        ProgramStep(Stage.LOGS, "backup.logs"),
        ProgramStep(Stage.TRUNCATING, "backup.truncating"),
        ProgramStep(Stage.LEAVING, "backup.leaving"),
    ),
    "JetRestoreInstance": (ProgramStep(Stage.WORKING, "restore.own-enter"),),
    "JetInit": (ProgramStep(Stage.WORKING, "init.enter"),),
    "JetTerm": (ProgramStep(Stage.WAITING, "term.enter", until=_CALM), ProgramStep(Stage.WORKING)),
    "JetTerm2": (ProgramStep(Stage.WAITING, "term.enter", until=_CALM), ProgramStep(Stage.WORKING)),
}

ABANDON = {
    "JetBackupInstance": "backup.left",
    "JetRestoreInstance": "restore.own-left",
    "JetInit": "",
    "JetTerm": "",
    "JetTerm2": "",
}

ESE = Profile(
    name="ese",
    ordered=True,
    rows=merge(_BACKUP, _RESTORE, _INIT, _TERM, _SERVICE, _CREATE, _SESSIONS, _DATABASES, ESE_EXTERNAL),
    programs=PROGRAMS,
    abandon=ABANDON,
    breaks={
        BACKUP_IS_A_CALL: "JetEndExternalBackupInstance by another thread ends what JetBackupInstance has begun, and the next "
        "backup begins beside it (observed par-0040; source 3)",
        RETURNS: "JetTerm waits for good while a snapshot session that nobody ends includes the instance (observed)",
    },
)

UNREACHABLE = {
    E.InvalidGrbit: "only grbits 1 and 4 are looked at, other bits are ignored (observed; source 8.1)",
    E.SessionSharingViolation: "no user session is involved; the trace in the transaction layer is theoretical (source 8.1)",
}
"""Documented codes that this engine never returns from JetBackupInstance, and why."""
