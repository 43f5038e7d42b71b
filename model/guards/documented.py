"""The `documented` profile: what the public pages allow. Page keys are those of `spec/documentation.md` section 0.

The pages give no precedence (documentation 5.1), so every code of a row that holds is allowed. Where the pages are silent
or contradict one another, the reading is that of DESIGN.md section 3, "the hard readings", and the silence is cited.
"""

from ..calls import Stage
from ..rows import (
    ANSWERED,
    COPYING,
    DATABASES,
    ENTER,
    LEAVE,
    LOGS,
    MAY,
    MUST,
    SUCCESS,
    TRUNCATING,
    WAITING,
    WORK,
    WORKING,
    Profile,
    Row,
    merge,
)  # fmt: skip
from ..vocabulary import JetErr as E
from .documented_external import DOCUMENTED_EXTERNAL
from .documented_programs import ABANDON, PROGRAMS

BI = ("JetBackupInstance",)
RI = ("JetRestoreInstance",)
UNDER_WAY = (*WORK, *LEAVE)
STOPPABLE = (Stage.ENTERING, Stage.DATABASES)  # later a stop may come after the last file was read
INIT = ("JetInit",)
TERM = ("JetTerm", "JetTerm2")
SI = ("JetStopServiceInstance",)
S2 = ("JetStopServiceInstance2",)
SB = ("JetStopBackupInstance",)
STOPS = (*SI, *S2, *SB)
CI = ("JetCreateInstance",)
SP = ("JetSetSystemParameter",)
BS = ("JetBeginSession",)
ES = ("JetEndSession",)
CD, OD, KD, AD, DD = (("JetCreateDatabase",), ("JetOpenDatabase",), ("JetCloseDatabase",), ("JetAttachDatabase",), ("JetDetachDatabase",))  # fmt: skip
INSERT, COUNT = ("Insert",), ("CountRows",)
IN_SESSION = (*CD, *OD, *AD, *DD, *INSERT, *COUNT, *KD, *ES)
BLOCKED = (*CD, *OD, *AD, *INSERT, *COUNT)
LOGGED = (*CD, *AD, *DD, *INSERT)

# fmt: off
_BACKUP = (
    Row("BI.handle", BI, ENTER, "handle_bad", E.InvalidParameter, MUST, "BI Return value: InvalidParameter; 5.1 P1"),
    Row("BI.handle-gone", BI, ENTER, "handle_gone", E.NotInitialized, MAY, "5.1 P1: NotInitialized for a terminated handle"),
    Row("BI.created", BI, ENTER, "created", E.NotInitialized, MUST, "BI Return value: NotInitialized; L2"),
    Row("BI.initializing", BI, ENTER, "initializing", E.BackupNotAllowedYet, MUST, "BI Return value: BackupNotAllowedYet; L6"),
    Row("BI.initializing-std", BI, ENTER, "initializing", E.NotInitialized, MAY, "BI Return value: NotInitialized; 5.1 P5"),
    Row("BI.initializing-sp", BI, ENTER, "initializing", E.InitInProgress, MAY, "5.1 P5; SP Return value: InitInProgress"),
    Row("BI.restoring", BI, ENTER, "restoring", E.RestoreInProgress, MUST, "BI Return value: RestoreInProgress; L8"),
    Row("BI.restoring-std", BI, ENTER, "restoring", E.NotInitialized, MAY, "5.1 P6: the instance was never initialised"),
    Row("BI.restoring-be", BI, ENTER, "restoring", E.BackupNotAllowedYet, MAY, "C1: BE counts recovery as not allowed yet"),
    Row("BI.terminating", BI, ENTER, "terminating", E.TermInProgress, MUST, "BI Return value: TermInProgress"),
    Row("BI.terminating-be", BI, ENTER, "terminating", E.BackupNotAllowedYet, MAY, "C1: BE counts termination as not allowed yet"),
    Row("BI.term-waiting", BI, ENTER, "term_waiting", E.TermInProgress, MAY, "BI Return value: TermInProgress; T2 StopBackup"),
    Row("BI.stopped", BI, ENTER, "stopped", E.ClientRequestToStopJetService, MUST, "BI Return value: ClientRequestToStopJetService; SI"),
    Row("BI.fatal", BI, ENTER, "fatal", E.InstanceUnavailable, MUST, "BI Return value: InstanceUnavailable; L14"),
    Row("BI.fatal-log", BI, ENTER, "fatal", E.LogWriteFail, MAY, "5.1 P17: one root cause, both codes; DESIGN hard readings"),
    Row("BI.log-refused", BI, ENTER, "log_refused", E.LogWriteFail, MUST, "BI Return value: LogWriteFail; L15"),
    Row("BI.log-refused-fatal", BI, ENTER, "log_refused", E.InstanceUnavailable, MAY, "5.1 P17; DESIGN hard readings"),
    Row("BI.recovery-off", BI, ENTER, "recovery_off", E.LoggingDisabled, MUST, "BI Return value: LoggingDisabled"),
    Row("BI.circular", BI, ENTER, "incremental & circular & not place_null", E.InvalidBackup, MUST, "BI Return value: InvalidBackup; BI Remarks"),
    Row("BI.circular-null", BI, ENTER, "incremental & circular & place_null", E.InvalidBackup, MAY, "C18, S13: null path with incremental"),
    Row("BI.no-full", BI, ENTER, "incremental & some_never_backed_up & not place_null", E.MissingFullBackup, MUST, "BI Remarks: incremental only after a full; C21: the code is BE's"),
    Row("BI.no-full-null", BI, ENTER, "incremental & some_never_backed_up & place_null", E.MissingFullBackup, MAY, "C18, S13: null path with incremental"),
    Row("BI.no-full-perhaps", BI, ENTER, "incremental & some_perhaps_backed_up", E.MissingFullBackup, MAY, "BI Remarks; C47: a database made during the full may be outside it"),
    Row("BI.no-full-none", BI, ENTER, "incremental & none_attached", E.MissingFullBackup, MAY, "S9: no database attached"),
    Row("BI.grbit", BI, ENTER, "backup_grbit_bad", E.InvalidGrbit, MUST, "BI Return value: InvalidGrbit; BI Parameters: Snapshot is reserved"),
    Row("BI.grbit-both", BI, ENTER, "incremental & atomic", E.InvalidGrbit, MAY, "5.1 P11: unspecified; DESIGN hard readings"),
    Row("BI.path-missing", BI, ENTER, "place_missing", E.InvalidPath, MUST, "BI Return value: InvalidPath; BI Remarks: must exist unless CreatePathIfNotExist"),
    Row("BI.path-file", BI, ENTER, "place_file", E.InvalidPath, MUST, "BI Return value: InvalidPath: no such directory"),
    Row("BI.path-blank", BI, ENTER, "place_blank", E.InvalidPath, MAY, "BI Return value: InvalidPath; the pages say nothing of the empty string"),
    Row("BI.path-blank-par", BI, ENTER, "place_blank", E.InvalidParameter, MAY, "BI Return value: InvalidParameter; the pages say nothing of the empty string"),
    Row("BI.not-empty", BI, ENTER, "not incremental & place_foreign", E.BackupDirectoryNotEmpty, MAY, "C17: recommended only, yet EC has -504; DESIGN hard readings"),
    Row("BI.not-empty-set", BI, ENTER, "not incremental & not atomic & place_full_set", E.BackupDirectoryNotEmpty, MAY, "C17; BI Remarks: files of an earlier backup; DESIGN hard readings"),
    Row("BI.not-empty-atomic", BI, ENTER, "not atomic & place_atomic_set", E.BackupDirectoryNotEmpty, MAY, "C17; S21; DESIGN hard readings"),
    Row("BI.not-empty-mixed", BI, ENTER, "atomic & place_full_set", E.BackupDirectoryNotEmpty, MAY, "C17, S21: atomic beside a plain set"),
    Row("BI.not-empty-incremental", BI, ENTER, "incremental & place_full_set", E.BackupDirectoryNotEmpty, MAY, "S20: an incremental into a folder other than that of its full backup"),
    Row("BI.not-empty-continued", BI, ENTER, "incremental & atomic & place_atomic_set", E.BackupDirectoryNotEmpty, MAY, "S20: an incremental into a folder other than that of its full backup"),
    Row("BI.not-empty-added", BI, ENTER, "incremental & place_foreign", E.BackupDirectoryNotEmpty, MAY, "C17: recommended only, yet EC has -504"),
    Row("BI.second", BI, ENTER, "backup_active", E.BackupInProgress, MUST, "BI Return value: BackupInProgress; L22"),
    Row("BI.second-session", BI, ENTER, "backup_active & call_backs_up", E.SessionSharingViolation, MAY, "BI Return value: SessionSharingViolation; C36; DESIGN hard readings"),
    Row("BI.second-session-streaming", BI, ENTER, "streaming_busy", E.SessionSharingViolation, MAY, "BI Return value: SessionSharingViolation; DESIGN hard readings: a call of a streaming backup has the one internal session"),
    Row("BI.stop-backup-before", BI, ENTER, "stop_backup", E.BackupAbortByServer, MAY, "SB: any new streaming-backup call; C41: for how long is not said"),
    Row("BI.log-failing-enter", BI, ENTER, "log_failing", E.LogWriteFail, MAY, "BI Return value: LogWriteFail", "log.broken"),
    Row("BI.log-torn-enter", BI, ENTER, "log_torn", E.InstanceUnavailable, MAY, "BI Return value: InstanceUnavailable; 5.1 P17", "fatal"),
    Row("BI.stop-backup", BI, WORK, "stop_backup", E.BackupAbortByServer, MAY, "SB; section 1.15: the cancel route"),
    Row("BI.stop-backup-during", BI, STOPPABLE, "stop_during", E.BackupAbortByServer, MUST, "SB: prevents a running backup from continuing; section 1.15: the cancel route"),
    Row("BI.stop-backup-leave", BI, LEAVE, "stop_backup", E.BackupAbortByServer, MAY, "SB; section 1.15: the cancel route"),
    Row("BI.term-abort", BI, WORK, "term_waiting", E.BackupAbortByServer, MUST, "T2 StopBackup; 5.1 P18; DESIGN hard readings"),
    Row("BI.term-abort-std", BI, WORK, "term_waiting", E.TermInProgress, MAY, "T2 StopBackup; 5.1 P18; DESIGN hard readings"),
    Row("BI.term-abort-leave", BI, LEAVE, "term_waiting", E.BackupAbortByServer, MAY, "T2 StopBackup; 5.1 P18"),
    Row("BI.term-leave-std", BI, LEAVE, "term_waiting", E.TermInProgress, MAY, "T2 StopBackup; 5.1 P18"),
    Row("BI.stopped-work", BI, WORK, "stopped", E.ClientRequestToStopJetService, MAY, "S15: whether a running backup is aborted is not said"),
    Row("BI.fatal-work", BI, WORK, "fatal", E.InstanceUnavailable, MAY, "S6: an in-flight backup when the instance goes unavailable"),
    Row("BI.callback", BI, UNDER_WAY, "callback_failed", ANSWERED, MAY, "PF: after a failure of the callback the operation may go on or may fail; C38"),
    Row("BI.page", BI, DATABASES, "page_damaged & not incremental & not place_null", E.ReadVerifyFailure, MUST, "BI Return value: ReadVerifyFailure; BI Remarks: all used pages"),
    Row("BI.page-null", BI, DATABASES, "page_perhaps_damaged & place_null", E.ReadVerifyFailure, MAY, "C18: what a null path verifies is not said"),
    Row("BI.page-perhaps", BI, DATABASES, "page_perhaps_damaged & not incremental & not place_null", E.ReadVerifyFailure, MAY, "BI Remarks: used pages; whether this one is used is not known"),
    Row("BI.log", BI, LOGS, "running & log_damaged & not place_null", E.LogReadVerifyFailure, MUST, "BI Return value: LogReadVerifyFailure; BI Remarks: also the log files"),
    Row("BI.log-perhaps", BI, LOGS, "running & log_perhaps_damaged", E.LogReadVerifyFailure, MAY, "BI Remarks: also the log files; whether this one is needed is not known"),
    Row("BI.log-broken", BI, LOGS, "log_failing & not place_null", E.LogWriteFail, MUST, "BI Remarks: the current log is closed; BI Return value: LogWriteFail", "log.broken"),
    Row("BI.log-broken-fatal", BI, COPYING, "log_torn", E.InstanceUnavailable, MAY, "BI Return value: InstanceUnavailable; 5.1 P17", "fatal"),
    Row("BI.log-broken-null", BI, TRUNCATING, "log_failing & place_null", E.LogWriteFail, MAY, "BI Return value: LogWriteFail; C18", "log.broken"),
    Row("BI.log-broken-late", BI, LOGS, "log_refused", E.LogWriteFail, MUST, "BI Remarks: the current log is closed; BI Return value: LogWriteFail"),
    Row("BI.log-broken-late-fatal", BI, LOGS, "fatal", E.InstanceUnavailable, MUST, "BI Remarks: the current log is closed; BI Return value: InstanceUnavailable"),
    Row("BI.ok-full", BI, LEAVE, "not incremental & not place_null", E.Success, SUCCESS, "BI Return value: on success", "backup.full"),
    Row("BI.ok-incremental", BI, LEAVE, "incremental & not place_null", E.Success, SUCCESS, "BI Return value: on success; Incremental", "backup.incremental"),
    Row("BI.ok-null", BI, LEAVE, "place_null", E.Success, SUCCESS, "BI Parameters: a null path truncates the logs; C18", "backup.truncated"),
)

_RESTORE = (
    Row("RI.handle", RI, ENTER, "handle_bad", E.InvalidParameter, MUST, "RI Return value: InvalidParameter"),
    Row("RI.initialized", RI, ENTER, "running", E.AlreadyInitialized, MUST, "RI Return value: AlreadyInitialized; L7"),
    Row("RI.initializing", RI, ENTER, "initializing", E.AlreadyInitialized, MUST, "RI Return value: AlreadyInitialized; S5"),
    Row("RI.initializing-sp", RI, ENTER, "initializing", E.InitInProgress, MAY, "S5; SP Return value: InitInProgress"),
    Row("RI.restoring", RI, ENTER, "restoring", E.RestoreInProgress, MUST, "L8; S5: a restore during a restore"),
    Row("RI.restoring-std", RI, ENTER, "restoring", E.AlreadyInitialized, MAY, "S5: a restore during a restore"),
    Row("RI.terminating", RI, ENTER, "terminating", E.TermInProgress, MUST, "Std-5: TermInProgress; S5"),
    Row("RI.terminating-std", RI, ENTER, "terminating", E.AlreadyInitialized, MAY, "RI Return value: AlreadyInitialized; S5"),
    Row("RI.stopped", RI, ENTER, "stopped", E.ClientRequestToStopJetService, MAY, "SI: most later calls are blocked"),
    Row("RI.fatal", RI, ENTER, "fatal", E.InstanceUnavailable, MAY, "Std-5: InstanceUnavailable; L14"),
    Row("RI.path-null", RI, ENTER, "place_null", E.InvalidParameter, MUST, "RI Return value: InvalidParameter"),
    Row("RI.path-null-path", RI, ENTER, "place_null", E.InvalidPath, MAY, "RI Return value: InvalidPath"),
    Row("RI.path-blank", RI, ENTER, "place_blank", E.InvalidPath, MUST, "RI Return value: InvalidPath"),
    Row("RI.path-blank-par", RI, ENTER, "place_blank", E.InvalidParameter, MAY, "RI Return value: InvalidParameter"),
    Row("RI.path-missing", RI, ENTER, "place_absent", E.InvalidPath, MUST, "RI Return value: InvalidPath"),
    Row("RI.path-missing-file", RI, ENTER, "place_absent", E.FileNotFound, MAY, "XR Return value: FileNotFound; C51"),
    Row("RI.path-file", RI, ENTER, "place_file", E.InvalidPath, MUST, "RI Return value: InvalidPath"),
    Row("RI.path-file-file", RI, ENTER, "place_file", E.FileNotFound, MAY, "XR Return value: FileNotFound"),
    Row("RI.no-set", RI, WORK, "place_without_set", E.FileNotFound, MUST, "RI Parameters: a folder made by the backup functions; XR Return value: FileNotFound"),
    Row("RI.no-set-log", RI, WORK, "place_without_set", E.MissingLogFile, MAY, "RI Remarks: MissingLogFile"),
    Row("RI.no-set-path", RI, WORK, "place_without_set", E.InvalidPath, MAY, "RI Return value: InvalidPath: the backup path is invalid"),
    Row("RI.destination", RI, ENTER, "destination_missing", E.InvalidPath, MUST, "RI Return value: InvalidPath: backup or destination"),
    Row("RI.log-damaged", RI, WORK, "log_perhaps_damaged & not log_folder_empty", E.LogFileCorrupt, MAY, "RI Remarks: LogFileCorrupt"),
    Row("RI.log-sequence", RI, WORK, "log_perhaps_damaged & not log_folder_empty", E.InvalidLogSequence, MAY, "RI Return value: InvalidLogSequence"),
    Row("RI.set-sequence", RI, WORK, "not handle_bad & place_full_set & not log_folder_empty", E.InvalidLogSequence, MAY, "RI Return value: InvalidLogSequence: the set's logs and those in the log path do not match"),
    Row("RI.set-sequence-atomic", RI, WORK, "not handle_bad & place_atomic_set & not log_folder_empty", E.InvalidLogSequence, MAY, "RI Return value: InvalidLogSequence: the set's logs and those in the log path do not match"),
    Row("RI.callback", RI, UNDER_WAY, "callback_failed", ANSWERED, MAY, "PF: after a failure of the callback the operation may go on or may fail; C38"),
    Row("RI.ok", RI, WORK, "", E.Success, SUCCESS, "RI: on success; L9: databases are clean", "restore.done"),
)

_INIT = (
    Row("IN.handle", INIT, ENTER, "handle_bad", E.InvalidParameter, MUST, "IN Parameters; SI and TM: InvalidParameter for a bad instance"),
    Row("IN.handle-gone", INIT, ENTER, "handle_gone", E.NotInitialized, MAY, "IN has no table; 5.1 P1"),
    Row("IN.running", INIT, ENTER, "running", E.AlreadyInitialized, MUST, "L5; RI and SP: AlreadyInitialized"),
    Row("IN.initializing", INIT, ENTER, "initializing", E.InitInProgress, MUST, "S5; SP Return value: InitInProgress"),
    Row("IN.initializing-std", INIT, ENTER, "initializing", E.AlreadyInitialized, MAY, "S5; L5"),
    Row("IN.restoring", INIT, ENTER, "restoring", E.RestoreInProgress, MUST, "S5; L8"),
    Row("IN.restoring-std", INIT, ENTER, "restoring", E.AlreadyInitialized, MAY, "S5; L5"),
    Row("IN.terminating", INIT, ENTER, "terminating", E.TermInProgress, MUST, "S5; Std-5: TermInProgress"),
    Row("IN.terminating-std", INIT, ENTER, "terminating", E.AlreadyInitialized, MAY, "S5; L5"),
    Row("IN.stopped", INIT, ENTER, "stopped", E.ClientRequestToStopJetService, MAY, "SI: most later calls are blocked"),
    Row("IN.fatal", INIT, ENTER, "fatal", E.InstanceUnavailable, MAY, "Std-5: InstanceUnavailable; L14"),
    Row("IN.log-damaged", INIT, WORK, "log_perhaps_damaged", E.LogFileCorrupt, MAY, "IN Remarks: LogFileCorrupt", "init.failed"),
    Row("IN.log-damaged-freed", INIT, WORK, "log_perhaps_damaged", E.LogFileCorrupt, MAY, "IN Remarks: LogFileCorrupt; L4: the handle may be freed", "init.freed"),
    Row("IN.page-damaged", INIT, WORK, "some_damage", E.ReadVerifyFailure, MAY, "IN Remarks: ReadVerifyFailure", "init.failed"),
    Row("IN.page-damaged-freed", INIT, WORK, "some_damage", E.ReadVerifyFailure, MAY, "IN Remarks: ReadVerifyFailure; L4: the handle may be freed", "init.freed"),
    Row("IN.ok", INIT, WORK, "", E.Success, SUCCESS, "IN; L3: usable, no database attached", "init.done"),
)

_TERM = (
    Row("TM.handle", TERM, ENTER, "handle_bad", E.InvalidParameter, MUST, "TM, T2 Return value: InvalidParameter"),
    Row("TM.handle-gone", TERM, ENTER, "handle_gone", E.NotInitialized, MAY, "C8: NotInitialized for a dead handle"),
    Row("TM.created", TERM, ENTER, "created", E.Success, MUST, "L16: also destroys an uninitialised instance; C8", "term.created"),
    Row("TM.initializing", TERM, ENTER, "initializing", E.NotInitialized, MUST, "TM, T2 Return value: NotInitialized"),
    Row("TM.initializing-sp", TERM, ENTER, "initializing", E.InitInProgress, MAY, "S5; SP Return value: InitInProgress"),
    Row("TM.restoring", TERM, ENTER, "restoring", E.RestoreInProgress, MUST, "TM, T2 Return value: RestoreInProgress; L20"),
    Row("TM.terminating", TERM, ENTER, "terminating", E.TermInProgress, MUST, "TM, T2 Return value: TermInProgress; L20"),
    Row("TM.term-waiting", TERM, ENTER, "term_waiting", E.TermInProgress, MAY, "TM, T2 Return value: TermInProgress; L20"),
    Row("TM.backup", TERM, (*ENTER, *WAITING), "backup_active & not term_stop_backup", E.BackupInProgress, MUST, "TM, T2 Return value: BackupInProgress; L19"),
    Row("TM.lost-race", TERM, WAITING, "terminating", E.TermInProgress, MUST, "TM, T2 Return value: TermInProgress; L20"),
    Row("TM.lost-race-gone", TERM, WAITING, "not running & not terminating", E.InvalidParameter, MUST, "TM, T2 Return value: InvalidParameter"),
    Row("TM.lost-race-std", TERM, WAITING, "not running & not terminating", E.NotInitialized, MAY, "C8: NotInitialized for a lost race"),
    Row("TM.stopped", TERM, ENTER, "stopped", E.ClientRequestToStopJetService, MAY, "C5: JetTerm is not in the list of calls still allowed"),
    Row("TM.fatal", TERM, WORKING, "fatal", E.InstanceUnavailable, MAY, "S17; L17: shut down anyway", "term.done"),
    Row("TM.log", TERM, WORKING, "log_refused", E.LogWriteFail, MAY, "L17: another failure, shut down anyway", "term.done"),
    Row("TM.log-failing", TERM, WORKING, "log_failing", E.LogWriteFail, MAY, "L17: another failure, shut down anyway", "term.done"),
    Row("TM.log-torn", TERM, WORKING, "log_torn", E.InstanceUnavailable, MAY, "S17; L17: shut down anyway", "term.done"),
    Row("TM.dirty", ("JetTerm2",), WORKING, "term_dirty", E.DirtyShutdown, MAY, "T2 Parameters: Dirty leaves the databases dirty", "term.done"),
    Row("TM.ok", TERM, WORKING, "", E.Success, SUCCESS, "L16: shut down, handle closed", "term.done"),
)

_SERVICE = (
    Row("SV.handle", STOPS, ENTER, "handle_bad", E.InvalidParameter, MUST, "SI, SB Return value: InvalidParameter; C14"),
    Row("SV.not-running", STOPS, ENTER, "not_running", E.InvalidParameter, MUST, "SI, SB Return value: not an instance currently running; C40"),
    Row("S2.grbit", S2, ENTER, "stop_grbit_bad", E.InvalidGrbit, MUST, "C14: bad bits"),
    Row("S2.resume", S2, ENTER, "stopped_all & stop_grbit_resume", E.ClientRequestToStopJetService, MUST, "S2 Parameters: resume fails after StopServiceAll; C14"),
    Row("SI.ok", SI, ENTER, "", E.Success, SUCCESS, "SI: on success; L11", "stop"),
    Row("S2.ok-all", S2, ENTER, "stop_grbit_all", E.Success, SUCCESS, "S2 Parameters: StopServiceAll; L12", "stop.all"),
    Row("S2.ok", S2, ENTER, "not stop_grbit_all", E.Success, SUCCESS, "S2 Parameters; section 1.6: blocks no call"),
    Row("SB.ok", SB, ENTER, "", E.Success, SUCCESS, "SB: on success; L13", "backup.stop"),
)

_CREATE = (
    Row("CI.name", CI, ENTER, "alive", E.InstanceNameInUse, MUST, "CI Return value: InstanceNameInUse"),
    Row("CI.ok", CI, ENTER, "", E.Success, SUCCESS, "CI: on success; L1", "create"),
)

_PARAMETER = (
    Row("SP.handle", SP, ENTER, "handle_bad", E.InvalidParameter, MUST, "SP Return value: InvalidParameter"),
    Row("SP.handle-instance", SP, ENTER, "handle_bad", E.InvalidInstance, MAY, "SP Return value: InvalidInstance; 5.1 P1"),
    Row("SP.init-only", SP, ENTER, "running & init_only", E.AlreadyInitialized, MUST, "SP Return value: AlreadyInitialized; C43"),
    Row("SP.create-path", SP, ENTER, "running & not init_only", E.AlreadyInitialized, MAY, "C44: IO says not after JetInit"),
    Row("SP.initializing", SP, ENTER, "initializing", E.InitInProgress, MUST, "SP Return value: InitInProgress; L6"),
    Row("SP.restoring", SP, ENTER, "restoring", E.RestoreInProgress, MUST, "SP Return value: RestoreInProgress; L8"),
    Row("SP.terminating", SP, ENTER, "terminating", E.TermInProgress, MUST, "SP Return value: TermInProgress"),
    Row("SP.term-waiting", SP, ENTER, "term_waiting", E.TermInProgress, MAY, "SP Return value: TermInProgress"),
    Row("SP.stopped", SP, ENTER, "stopped", E.ClientRequestToStopJetService, MUST, "SP Return value: ClientRequestToStopJetService"),
    Row("SP.fatal", SP, ENTER, "fatal", E.InstanceUnavailable, MUST, "SP Return value: InstanceUnavailable"),
    Row("SP.ok", SP, ENTER, "", E.Success, SUCCESS, "SP: on success", "configure"),
)

_SESSIONS = (
    Row("BS.handle", BS, ENTER, "handle_bad", E.InvalidParameter, MUST, "BS Return value: InvalidParameter"),
    Row("BS.handle-gone", BS, ENTER, "handle_gone", E.NotInitialized, MAY, "BS Return value: NotInitialized; 5.1 P1"),
    Row("BS.created", BS, ENTER, "created", E.NotInitialized, MUST, "BS Return value: NotInitialized; L2"),
    Row("BS.initializing", BS, ENTER, "initializing", E.NotInitialized, MUST, "BS Return value: NotInitialized; L6"),
    Row("BS.initializing-sp", BS, ENTER, "initializing", E.InitInProgress, MAY, "L6: SP's code while JetInit runs"),
    Row("BS.restoring", BS, ENTER, "restoring", E.RestoreInProgress, MUST, "BS Return value: RestoreInProgress; L8"),
    Row("BS.restoring-std", BS, ENTER, "restoring", E.NotInitialized, MAY, "BS Return value: NotInitialized; 5.1 P6"),
    Row("BS.terminating", BS, ENTER, "terminating", E.TermInProgress, MUST, "BS Return value: TermInProgress"),
    Row("BS.term-waiting", BS, ENTER, "term_waiting", E.TermInProgress, MAY, "BS Return value: TermInProgress"),
    Row("BS.stopped", BS, ENTER, "stopped", E.ClientRequestToStopJetService, MUST, "BS Return value: ClientRequestToStopJetService"),
    Row("BS.fatal", BS, ENTER, "fatal", E.InstanceUnavailable, MUST, "BS Return value: InstanceUnavailable"),
    Row("BS.ok", BS, ENTER, "", E.Success, SUCCESS, "BS: on success", "session.begin"),
    Row("SE.session", IN_SESSION, ENTER, "session_bad", E.InvalidSesid, MUST, "ES Return value: InvalidSesid"),
    Row("SE.session-gone", IN_SESSION, ENTER, "session_bad & not running", E.NotInitialized, MAY, "ES Return value: NotInitialized"),
    Row("SE.session-gone-par", IN_SESSION, ENTER, "session_bad & not alive", E.InvalidParameter, MAY, "ES Return value: InvalidParameter"),
    Row("SE.terminating", IN_SESSION, ENTER, "terminating", E.TermInProgress, MUST, "ES Return value: TermInProgress; Std-5"),
    Row("SE.term-waiting", IN_SESSION, ENTER, "term_waiting", E.TermInProgress, MAY, "ES Return value: TermInProgress; Std-5"),
    Row("SE.stopped", BLOCKED, ENTER, "stopped", E.ClientRequestToStopJetService, MUST, "SI: most later calls; Std-5"),
    Row("ES.stopped", ES, ENTER, "stopped", E.ClientRequestToStopJetService, MAY, "C3: ES lists the code, SI allows the call"),
    Row("SE.fatal", (*BLOCKED, *DD), ENTER, "fatal", E.InstanceUnavailable, MUST, "Std-5: InstanceUnavailable; L14: access to all data is revoked"),
    Row("SE.fatal-close", (*ES, *KD), ENTER, "fatal", E.InstanceUnavailable, MAY, "ES Return value: InstanceUnavailable; L14"),
    Row("ES.ok", ES, ENTER, "", E.Success, SUCCESS, "ES: on success", "session.end"),
)

_DATABASES = (
    Row("DB.log-refused", LOGGED, ENTER, "log_refused", E.LogWriteFail, MUST, "BI Return value: LogWriteFail: logging is disabled; L15"),
    Row("DB.log-refused-fatal", LOGGED, ENTER, "log_refused", E.InstanceUnavailable, MAY, "5.1 P17"),
    Row("DB.log-full", LOGGED, ENTER, "log_full", E.LogWriteFail, MUST, "BE: the log drive is full; C53", "log.broken"),
    Row("DB.log-full-disk", LOGGED, ENTER, "log_full", E.LogDiskFull, MAY, "EC: LogDiskFull", "log.broken"),
    Row("DB.log-torn", LOGGED, ENTER, "log_torn", E.LogWriteFail, MUST, "C53: I/O errors", "log.broken"),
    Row("DB.log-torn-then", LOGGED, ENTER, "log_torn", E.LogWriteFail, MUST, "C53; L14: the instance may have become unavailable", "fatal"),
    Row("DB.log-torn-io", LOGGED, ENTER, "log_torn", E.DiskIO, MAY, "EC: DiskIO", "fatal"),
    Row("DB.log-torn-fatal", LOGGED, ENTER, "log_torn", E.InstanceUnavailable, MAY, "L14: access is revoked to protect the data", "fatal"),
    Row("CD.exists", CD, ENTER, "file_there", E.DatabaseDuplicate, MUST, "CD Return value: DatabaseDuplicate"),
    Row("CD.attached", CD, ENTER, "this_attached", E.DatabaseAttached, MAY, "CD Return value: JET_wrnDatabaseAttached"),
    Row("CD.backup", CD, ENTER, "backup_active", E.BackupInProgress, MAY, "C47: CD attaches, but does not list the code"),
    Row("CD.ok", CD, ENTER, "", E.Success, SUCCESS, "CD: on success, creates and attaches", "database.create"),
    Row("OD.not-attached", OD, ENTER, "not this_attached", E.DatabaseNotFound, MUST, "DD, CD Return value: DatabaseNotFound"),
    Row("OD.page", OD, ENTER, "page_perhaps_damaged", E.ReadVerifyFailure, MAY, "EC: ReadVerifyFailure: a page failed its checksum"),
    Row("OD.ok", OD, ENTER, "", E.Success, SUCCESS, "AD Remarks: opened after it is attached", "database.open"),
    Row("KD.database", KD, ENTER, "database_bad", E.InvalidDatabaseId, MUST, "EC: InvalidDatabaseId"),
    Row("KD.database-par", KD, ENTER, "database_bad", E.InvalidParameter, MAY, "EC: InvalidParameter"),
    Row("KD.ok", KD, ENTER, "", E.Success, SUCCESS, "SI: JetCloseDatabase closes a database", "database.close"),
    Row("AD.absent", AD, ENTER, "file_absent", E.FileNotFound, MUST, "AD Return value: FileNotFound"),
    Row("AD.attached", AD, ENTER, "this_attached", E.DatabaseAttached, MUST, "AD Return value: JET_wrnDatabaseAttached; C46"),
    Row("AD.attached-other", AD, ENTER, "this_attached", E.DatabaseSharingViolation, MAY, "AD Return value: DatabaseSharingViolation; C46"),
    Row("AD.backup-entering", AD, ENTER, "backup_entering", E.BackupInProgress, MAY, "AD Return value: BackupInProgress; nothing is copied yet"),
    Row("AD.backup", AD, ENTER, "backup_copying", E.BackupInProgress, MUST, "AD Return value: BackupInProgress; L25"),
    Row("AD.page", AD, ENTER, "some_damage", E.ReadVerifyFailure, MAY, "EC: ReadVerifyFailure: a page failed its checksum"),
    Row("AD.ok", AD, ENTER, "", E.Success, SUCCESS, "AD: on success", "database.attach"),
    Row("DD.backup-entering", DD, ENTER, "backup_entering", E.BackupInProgress, MAY, "DD Return value: the database is being backed up; nothing is copied yet"),
    Row("DD.backup", DD, ENTER, "backup_copying", E.BackupInProgress, MUST, "DD Return value: BackupInProgress; L25"),
    Row("DD.not-attached", DD, ENTER, "not this_attached", E.DatabaseNotFound, MUST, "DD Return value: DatabaseNotFound"),
    Row("DD.open", DD, ENTER, "this_open", E.DatabaseInUse, MUST, "DD Return value: DatabaseInUse"),
    Row("DD.page", DD, ENTER, "page_perhaps_damaged", E.ReadVerifyFailure, MAY, "EC: ReadVerifyFailure: a page failed its checksum"),
    Row("DD.ok", DD, ENTER, "", E.Success, SUCCESS, "DD: on success", "database.detach"),
    Row("IR.database", (*INSERT, *COUNT), ENTER, "database_bad", E.InvalidDatabaseId, MUST, "EC: InvalidDatabaseId"),
    Row("IR.database-par", (*INSERT, *COUNT), ENTER, "database_bad", E.InvalidParameter, MAY, "EC: InvalidParameter"),
    Row("IR.page", (*INSERT, *COUNT), ENTER, "page_perhaps_damaged", E.ReadVerifyFailure, MAY, "EC: ReadVerifyFailure: a page failed its checksum"),
    Row("IR.ok", (*INSERT, *COUNT), ENTER, "", E.Success, SUCCESS, "trace-format.md: Insert commits, CountRows counts", "rows.touched"),
)
# fmt: on

DOCUMENTED = Profile(
    name="documented",
    ordered=False,
    rows=merge(
        _BACKUP, _RESTORE, _INIT, _TERM, _SERVICE, _CREATE, _PARAMETER, _SESSIONS, _DATABASES, DOCUMENTED_EXTERNAL
    ),
    programs=PROGRAMS,
    abandon=ABANDON,
)
