"""The `documented` profile, streaming backups and snapshots: what their public pages allow [BEI to E2, OP to OTI].

The pages of a family name the same causes in the same words, so their rows stand together. Where they are silent the
reading is the nearest that they give for a sister call, and the silence is cited.
"""

from ..calls import SNAPSHOT_INSTANCE_CALLS, STREAMING_CALLS
from ..rows import ENTER, MAY, MUST, SUCCESS, WORKING, Row
from ..vocabulary import JetErr as E
from .external_calls import BE, CF, E2, ENDS, GA, GL, GT, OA, OE, OF, OP, OPI, OT, OTI, OTL, OZ, RF, TR

AFTER_BEGIN = (*GA, *OF, *RF, *CF, *GL, *GT, *TR, *ENDS)
STOPPABLE = (*GA, *OF, *RF, *GL, *GT, *TR)
LISTING = (*GL, *GT)
BOTH = (*ENTER, *WORKING)

# fmt: off
_ENTRY = (
    Row("XB.handle", STREAMING_CALLS, ENTER, "handle_bad", E.InvalidParameter, MUST, "GA to TR Return value: InvalidParameter; BE, E2 do not say: 5.1 P1"),
    Row("XB.handle-gone", STREAMING_CALLS, ENTER, "handle_gone", E.NotInitialized, MAY, "5.1 P1: NotInitialized for a terminated handle"),
    Row("XB.created", STREAMING_CALLS, ENTER, "created", E.NotInitialized, MUST, "Std-5: NotInitialized; L2"),
    Row("BE.initializing", BE, ENTER, "initializing", E.BackupNotAllowedYet, MUST, "BE Return value: BackupNotAllowedYet: in recovery"),
    Row("BE.initializing-std", BE, ENTER, "initializing", E.NotInitialized, MAY, "Std-5: NotInitialized; 5.1 P5"),
    Row("XB.initializing", AFTER_BEGIN, ENTER, "initializing", E.NotInitialized, MUST, "Std-5: NotInitialized; 5.1 P5"),
    Row("XB.initializing-sp", STREAMING_CALLS, ENTER, "initializing", E.InitInProgress, MAY, "5.1 P5; SP Return value: InitInProgress"),
    Row("XB.restoring", STREAMING_CALLS, ENTER, "restoring", E.RestoreInProgress, MUST, "Std-5: RestoreInProgress; L8"),
    Row("XB.restoring-std", STREAMING_CALLS, ENTER, "restoring", E.NotInitialized, MAY, "5.1 P6: the instance was never initialised"),
    Row("BE.restoring", BE, ENTER, "restoring", E.BackupNotAllowedYet, MAY, "BE Return value: BackupNotAllowedYet: in recovery; C1"),
    Row("XB.terminating", STREAMING_CALLS, ENTER, "terminating", E.TermInProgress, MUST, "Std-5: TermInProgress"),
    Row("BE.terminating", BE, ENTER, "terminating", E.BackupNotAllowedYet, MAY, "BE Return value: BackupNotAllowedYet: in shutdown; C1"),
    Row("XB.term-waiting", STREAMING_CALLS, BOTH, "term_waiting", E.TermInProgress, MAY, "Std-5: TermInProgress; T2 StopBackup"),
    Row("XB.term-abort", (*STOPPABLE, *ENDS), BOTH, "term_waiting & streaming_open", E.BackupAbortByServer, MUST, "T2 StopBackup; C6"),
    Row("XB.stopped", STREAMING_CALLS, ENTER, "stopped", E.ClientRequestToStopJetService, MUST, "Std-5: ClientRequestToStopJetService; C5: End and CloseFile are not in the list of calls still allowed"),
    Row("XB.fatal", STREAMING_CALLS, ENTER, "fatal", E.InstanceUnavailable, MUST, "Std-5: InstanceUnavailable; L14"),
    Row("XB.shared", STREAMING_CALLS, ENTER, "streaming_busy", E.SessionSharingViolation, MAY, "C36; DESIGN hard readings: the one internal session is inside another call"),
    Row("XB.shared-call", STREAMING_CALLS, ENTER, "call_backs_up", E.SessionSharingViolation, MAY, "C36; DESIGN hard readings: JetBackupInstance has the one internal session"),
    Row("XB.none", AFTER_BEGIN, ENTER, "running & not streaming_open", E.NoBackup, MUST, "GA to E2 Return value: NoBackup"),
    Row("XB.none-later", AFTER_BEGIN, WORKING, "not streaming_open", E.NoBackup, MUST, "GA to E2 Return value: NoBackup; another call ended it meanwhile"),
    Row("XB.stop", STOPPABLE, BOTH, "streaming_open & stop_during", E.BackupAbortByServer, MUST, "GA, OF, RF, GL, GT, TR Return value: BackupAbortByServer; SB; C6"),
)

_BEGIN = (
    Row("BE.grbit", BE, ENTER, "begin_grbit_bad", E.InvalidGrbit, MUST, "BE Return value: InvalidGrbit; BEI Parameters: Atomic is deprecated, Snapshot reserved"),
    Row("BE.recovery-off", BE, ENTER, "recovery_off", E.LoggingDisabled, MUST, "BE Return value: LoggingDisabled"),
    Row("BE.log-refused", BE, ENTER, "log_refused", E.LogWriteFail, MUST, "BE Return value: LogWriteFail"),
    Row("BE.log-refused-fatal", BE, ENTER, "log_refused", E.InstanceUnavailable, MAY, "5.1 P17; DESIGN hard readings"),
    Row("BE.fatal-log", BE, ENTER, "fatal", E.LogWriteFail, MAY, "5.1 P17: one root cause, both codes"),
    Row("BE.log-failing", BE, BOTH, "log_failing", E.LogWriteFail, MAY, "BE Return value: LogWriteFail: the log drive is full or an I/O error", "log.broken"),
    Row("BE.log-torn", BE, BOTH, "log_torn", E.InstanceUnavailable, MAY, "Std-5: InstanceUnavailable; 5.1 P17", "fatal"),
    Row("BE.circular", BE, ENTER, "incremental & circular", E.InvalidBackup, MUST, "BE Return value: InvalidBackup"),
    Row("BE.no-full", BE, ENTER, "incremental & some_never_backed_up", E.MissingFullBackup, MUST, "BE Return value: MissingFullBackup"),
    Row("BE.no-full-perhaps", BE, ENTER, "incremental & some_perhaps_backed_up", E.MissingFullBackup, MAY, "BE Return value: MissingFullBackup; C47"),
    Row("BE.logs-gone", BE, WORKING, "incremental & some_perhaps_backed_up", E.MissingFullBackup, MAY, "BE Return value: MissingFullBackup; TR: logs that it would need may have been truncated"),
    Row("BE.no-full-none", BE, ENTER, "incremental & none_attached", E.MissingFullBackup, MAY, "S9: no database attached"),
    Row("BE.second", BE, ENTER, "backup_active", E.BackupInProgress, MUST, "BE Return value: BackupInProgress: external or snapshot; L22"),
    Row("BE.page", BE, WORKING, "page_perhaps_damaged", E.ReadVerifyFailure, MAY, "EC: ReadVerifyFailure: a page failed its checksum"),
    Row("BE.ok", BE, WORKING, "", E.Success, SUCCESS, "BE: on success the backup state engine starts", "streaming.left"),
)

_FILES = (
    Row("GA.incremental", GA, WORKING, "streaming_incremental", E.InvalidBackupSequence, MUST, "GA Return value: InvalidBackupSequence: not a full backup; On failure: the backup is cancelled", "streaming.over"),
    Row("GA.ok", GA, WORKING, "", E.Success, SUCCESS, "GA: on success", "streaming.left"),
    Row("OF.nameless", OF, WORKING, "target_nameless", E.InvalidParameter, MUST, "OF Return value: InvalidParameter: NULL or empty; On failure: the backup is cancelled", "streaming.over"),
    Row("OF.nameless-path", OF, WORKING, "target_nameless", E.InvalidPath, MAY, "OF Return value: InvalidPath", "streaming.over"),
    Row("OF.taken", OF, WORKING, "file_open", E.OutOfMemory, MUST, "OF Return value: OutOfMemory: the first file is not closed; On failure: the backup is cancelled", "streaming.over"),
    Row("OF.database-late", OF, WORKING, "target_attached & streaming_in_logs", E.InvalidBackupSequence, MUST, "OF Return value: InvalidBackupSequence; GL: database files can no longer be backed up", "streaming.over"),
    Row("OF.log-early", OF, WORKING, "target_log & not streaming_listed", E.InvalidBackupSequence, MUST, "OF Return value: InvalidBackupSequence; BE Remarks: logs come after JetGetLogInfo", "streaming.over"),
    Row("OF.log-early-file", OF, WORKING, "target_log & not streaming_listed", E.MissingFileToBackup, MAY, "OF Return value: MissingFileToBackup", "streaming.over"),
    Row("OF.not-attached", OF, WORKING, "target_database & not target_attached", E.MissingFileToBackup, MUST, "OF Return value: MissingFileToBackup; On failure: not for a database that is not attached"),
    Row("OF.not-attached-file", OF, WORKING, "target_database & not target_attached", E.FileNotFound, MAY, "OF Return value: FileNotFound"),
    Row("OF.not-attached-path", OF, WORKING, "target_database & not target_attached", E.InvalidPath, MAY, "OF Return value: InvalidPath"),
    Row("OF.other", OF, WORKING, "target_other", E.MissingFileToBackup, MAY, "OF Return value: MissingFileToBackup; Remarks: no check that the file is of the backup", "streaming.over"),
    Row("OF.other-denied", OF, WORKING, "target_other", E.FileAccessDenied, MAY, "OF Return value: FileAccessDenied; Remarks: no check that the file is of the backup", "streaming.over"),
    Row("OF.other-not-attached", OF, WORKING, "target_foreign", E.MissingFileToBackup, MAY, "OF On failure: not for a database that is not attached; what a file is, its name does not say"),
    Row("OF.ok", OF, WORKING, "", E.Success, SUCCESS, "OF: on success", "streaming.open"),
    Row("RF.handle", RF, WORKING, "not file_this", E.InvalidParameter, MUST, "RF, CF Return value: InvalidParameter: bad handle; RF does not say so of the file's"),
    Row("RF.odd", RF, WORKING, "amount_odd", E.InvalidParameter, MUST, "RF Return value: InvalidParameter: not a multiple of the page size"),
    Row("RF.one", RF, WORKING, "amount_one", E.InvalidParameter, MUST, "RF Return value: InvalidParameter: under three pages on the first read"),
    Row("RF.two", RF, WORKING, "amount_two", E.InvalidParameter, MUST, "RF Return value: InvalidParameter: under three pages on the first read"),
    Row("RF.page", RF, WORKING, "file_database & file_damaged & amount_rest & not file_begun", E.ReadVerifyFailure, MUST, "RF Return value: ReadVerifyFailure; Remarks: only that file is cancelled", "streaming.drop"),
    Row("RF.page-perhaps", RF, WORKING, "file_database & file_perhaps_damaged", E.ReadVerifyFailure, MAY, "RF Return value: ReadVerifyFailure; whether the damage is in what is read is not known", "streaming.drop"),
    Row("RF.log", RF, WORKING, "not file_database & file_perhaps_damaged", E.LogReadVerifyFailure, MAY, "RF Return value: LogReadVerifyFailure; L23: the whole backup is cancelled", "streaming.over"),
    Row("RF.ok", RF, WORKING, "", E.Success, SUCCESS, "RF: on success; at the end of the data 0 bytes", "streaming.read"),
    Row("CF.handle", CF, WORKING, "not file_this", E.InvalidParameter, MUST, "CF Return value: InvalidParameter: bad handle"),
    Row("CF.ok", CF, WORKING, "", E.Success, SUCCESS, "CF: on success; SB: allowed after a stop", "streaming.close"),
)

_LOGS = (
    Row("GL.open", LISTING, WORKING, "file_open", E.InvalidBackupSequence, MUST, "GL, GT Return value: InvalidBackupSequence: a file is open; On failure: the backup is cancelled", "streaming.over"),
    Row("GL.log", LISTING, WORKING, "log_failing", E.LogWriteFail, MAY, "EC: LogWriteFail; BI Remarks: the current log is closed", "streaming.over-log"),
    Row("GL.log-torn", LISTING, WORKING, "log_torn", E.InstanceUnavailable, MAY, "Std-5: InstanceUnavailable; 5.1 P17", "streaming.over-fatal"),
    Row("GL.log-refused", LISTING, WORKING, "log_refused", E.LogWriteFail, MAY, "EC: LogWriteFail; L15", "streaming.over"),
    Row("GL.ok", LISTING, WORKING, "", E.Success, SUCCESS, "GL, GT: on success", "streaming.list"),
    Row("TR.open", TR, WORKING, "file_open", E.InvalidBackupSequence, MUST, "TR Return value: InvalidBackupSequence: a file is open"),
    Row("TR.early", TR, WORKING, "streaming_open & not streaming_complete", E.InvalidBackupSequence, MUST, "BE Remarks: the order of the calls; EC: backup calls came out of order"),
    Row("TR.ok", TR, WORKING, "", E.Success, SUCCESS, "TR: on success", "streaming.truncate"),
    Row("E2.both", E2, WORKING, "end_grbit_both", E.InvalidGrbit, MUST, "E2 Parameters: one of Normal and Abort; EC: InvalidGrbit"),
    Row("E2.both-par", E2, WORKING, "end_grbit_both", E.InvalidParameter, MAY, "E2 Parameters; its page has no code for it"),
    Row("E2.unknown", E2, WORKING, "end_grbit_unknown", E.InvalidGrbit, MUST, "E2 Parameters; EC: InvalidGrbit"),
    Row("E2.unknown-par", E2, WORKING, "end_grbit_unknown", E.InvalidParameter, MAY, "E2 Parameters; its page has no code for it"),
    Row("E2.none", E2, WORKING, "end_grbit_none", E.InvalidGrbit, MAY, "E2 Parameters: whether one must be given is not said"),
    Row("E2.none-par", E2, WORKING, "end_grbit_none", E.InvalidParameter, MAY, "E2 Parameters: whether one must be given is not said"),
    Row("E2.stop", ENDS, WORKING, "stop_during & not end_abort", E.BackupAbortByServer, MUST, "EE, E2 Return value: BackupAbortByServer; C4", "streaming.over"),
    Row("E2.stop-abort", ENDS, WORKING, "stop_during & end_abort", E.BackupAbortByServer, MAY, "EE, E2 Return value: BackupAbortByServer; C4", "streaming.over"),
    Row("E2.early", ENDS, WORKING, "streaming_open & not streaming_complete & not end_abort", E.BackupAbortByCaller, MUST, "EE, E2 Return value: BackupAbortByCaller: ended in the middle of the sequence", "streaming.over"),
    Row("E2.abort", E2, WORKING, "end_abort", E.BackupAbortByCaller, MAY, "E2 Return value: BackupAbortByCaller: on XP also for an intentional end", "streaming.over"),
    Row("E2.ok", ENDS, WORKING, "not end_abort", E.Success, SUCCESS, "EE, E2: on success, which is the backup's", "streaming.end"),
    Row("E2.ok-abort", E2, WORKING, "end_abort", E.Success, SUCCESS, "E2 Parameters: Abort", "streaming.over"),
)

_SNAPSHOT = (
    Row("OP.grbit", OP, ENTER, "prepare_grbit_bad", E.InvalidParameter, MUST, "OP Return value: InvalidParameter: bad grbit; C22"),
    Row("OP.second", OP, ENTER, "not snapshot_none & not snapshot_refused", E.OSSnapshotInvalidSequence, MUST, "OP Return value: InvalidSequence: one is in progress"),
    Row("OP.second-refused", OP, ENTER, "snapshot_refused", E.OSSnapshotInvalidSequence, MAY, "OP Return value: InvalidSequence; OZ: whether a failed freeze ends the session is not said"),
    Row("OP.ok", OP, ENTER, "", E.Success, SUCCESS, "OP: on success", "snapshot.prepare"),
    Row("OS.grbit", (*OPI, *OZ, *OT, *OA), ENTER, "grbit_given", E.InvalidParameter, MUST, "OPI, OZ, OT, OA Parameters: reserved, zero; Return value: InvalidParameter; C22"),
    Row("OTL.grbit", (*OTL, *OTI), ENTER, "truncate_grbit_bad", E.InvalidGrbit, MUST, "OTL, OTI Return value: InvalidGrbit"),
    Row("OE.grbit", OE, ENTER, "end_snapshot_grbit_bad", E.InvalidGrbit, MUST, "OE Return value: InvalidGrbit"),
    Row("OS.id", (*OPI, *OZ, *OT, *OA, *OE), ENTER, "snapshot_id_bad", E.OSSnapshotInvalidSnapId, MUST, "OPI, OZ, OT, OA, OE Return value: InvalidSnapId"),
    Row("OS.id-none", (*OPI, *OZ), ENTER, "snapshot_none", E.OSSnapshotInvalidSequence, MAY, "OPI, OZ Return value: InvalidSequence; 5.1: no order"),
    Row("OE.id-none", OE, ENTER, "snapshot_none", E.OSSnapshotInvalidSequence, MAY, "OE Return value: InvalidSequence; 5.1: no order"),
    Row("OTL.id", (*OTL, *OTI), ENTER, "snapshot_id_bad", E.OSSnapshotInvalidSequence, MUST, "OTL, OTI Return value: InvalidSequence; C28: no InvalidSnapId"),
    Row("OTL.id-std", (*OTL, *OTI), ENTER, "snapshot_id_bad", E.OSSnapshotInvalidSnapId, MAY, "C28: the sister pages have InvalidSnapId"),
    Row("OTI.handle", OTI, ENTER, "handle_bad", E.InvalidParameter, MUST, "5.1 P1: a bad instance handle"),
    Row("OTI.handle-gone", OTI, ENTER, "handle_gone", E.NotInitialized, MAY, "5.1 P1"),
    Row("OPI.handle", OPI, ENTER, "handle_bad", E.InvalidParameter, MUST, "OPI Return value: InvalidParameter"),
    Row("OPI.not-running", OPI, ENTER, "not_running", E.InvalidParameter, MUST, "OPI Return value: InvalidParameter; OP: running instances are part"),
    Row("OI.created", SNAPSHOT_INSTANCE_CALLS, ENTER, "not_running", E.NotInitialized, MAY, "Std-5: NotInitialized"),
    Row("OI.stopped", SNAPSHOT_INSTANCE_CALLS, ENTER, "stopped", E.ClientRequestToStopJetService, MAY, "SI: most later calls are blocked; Std-5"),
    Row("OI.fatal", SNAPSHOT_INSTANCE_CALLS, ENTER, "fatal", E.InstanceUnavailable, MAY, "Std-5: InstanceUnavailable"),
    Row("OPI.sequence", OPI, ENTER, "not snapshot_prepared & not snapshot_none", E.OSSnapshotInvalidSequence, MUST, "OPI Return value: InvalidSequence"),
    Row("OPI.busy", OPI, ENTER, "not instance_calm", E.OSSnapshotNotAllowed, MAY, "OZ Return value: NotAllowed; OPI has no code for it"),
    Row("OPI.ok", OPI, ENTER, "", E.Success, SUCCESS, "OPI: on success", "snapshot.choose"),
    Row("OZ.sequence", OZ, ENTER, "not snapshot_prepared & not snapshot_none", E.OSSnapshotInvalidSequence, MUST, "OZ Return value: InvalidSequence: an earlier freeze failed, or it is frozen"),
    Row("OZ.busy", OZ, ENTER, "not snapshot_id_bad & snapshot_prepared & not instance_calm", E.OSSnapshotNotAllowed, MUST, "OZ Return value: NotAllowed: a streaming backup is in progress; C29", "snapshot.refuse"),
    Row("OZ.busy-again", OZ, ENTER, "not snapshot_id_bad & not snapshot_prepared & not instance_calm", E.OSSnapshotNotAllowed, MAY, "OZ Return value: NotAllowed: a streaming backup is in progress; 5.1: no order"),
    Row("OZ.initializing", OZ, ENTER, "not snapshot_id_bad & snapshot_prepared & initializing", E.OSSnapshotNotAllowed, MUST, "OZ Return value: NotAllowed: an instance is recovering", "snapshot.refuse"),
    Row("OZ.restoring", OZ, ENTER, "not snapshot_id_bad & snapshot_prepared & restoring", E.OSSnapshotNotAllowed, MUST, "OZ Return value: NotAllowed: an instance is recovering", "snapshot.refuse"),
    Row("OZ.terminating", OZ, ENTER, "not snapshot_id_bad & snapshot_prepared & terminating", E.OSSnapshotNotAllowed, MUST, "OZ Return value: NotAllowed: an instance is terminating", "snapshot.refuse"),
    Row("OZ.log", OZ, ENTER, "not snapshot_id_bad & snapshot_prepared & log_refused", E.OSSnapshotNotAllowed, MAY, "OZ Return value: NotAllowed; L15", "snapshot.refuse"),
    Row("OZ.fatal", OZ, ENTER, "not snapshot_id_bad & snapshot_prepared & fatal", E.OSSnapshotNotAllowed, MAY, "OZ Return value: NotAllowed; L14", "snapshot.refuse"),
    Row("OZ.ok", OZ, ENTER, "", E.Success, SUCCESS, "OZ: on success; OP: all running instances", "snapshot.freeze-all"),
    Row("OZ.ok-without", OZ, ENTER, "running & not snapshot_member & not snapshot_explicit", E.Success, SUCCESS, "OP: all that ran when it was prepared; OPI: or all that run now", "snapshot.freeze-without"),
    Row("OT.early", OT, ENTER, "not snapshot_frozen & not snapshot_timed_out", E.InvalidParameter, MUST, "OT Return value: InvalidParameter; C26: no InvalidSequence for a thaw without freeze"),
    Row("OT.early-sequence", OT, ENTER, "not snapshot_frozen & not snapshot_timed_out", E.OSSnapshotInvalidSequence, MAY, "C26: the sister pages have InvalidSequence"),
    Row("OT.late", OT, ENTER, "not snapshot_id_bad & snapshot_timed_out", E.OSSnapshotTimeOut, MUST, "OT Return value: OSSnapshotTimeOut; failure ends the session", "snapshot.finish"),
    Row("OT.late-perhaps", OT, ENTER, "not snapshot_id_bad & snapshot_frozen", E.OSSnapshotTimeOut, MAY, "OT Return value: OSSnapshotTimeOut: time passes of itself", "snapshot.finish"),
    Row("OT.ok-continues", OT, ENTER, "snapshot_continues", E.Success, SUCCESS, "OP Parameters: ContinueAfterThaw", "snapshot.thaw"),
    Row("OT.ok", OT, ENTER, "not snapshot_continues", E.Success, SUCCESS, "OT: on success the session ends", "snapshot.finish"),
    Row("OTL.sequence", (*OTL, *OTI), ENTER, "not snapshot_thawed", E.OSSnapshotInvalidSequence, MUST, "OTL, OTI Return value: InvalidSequence"),
    Row("OTL.copy", (*OTL, *OTI), ENTER, "snapshot_copy", E.OSSnapshotInvalidSequence, MUST, "OTL, OTI Return value: InvalidSequence: a copy snapshot"),
    Row("OTI.outside", OTI, ENTER, "not snapshot_member", E.OSSnapshotInvalidSequence, MUST, "OTI: an instance of the session; C28: no other code"),
    Row("OTL.ok", (*OTL, *OTI), ENTER, "", E.Success, SUCCESS, "OTL, OTI: on success"),
    Row("OE.late", OE, ENTER, "not snapshot_id_bad & snapshot_timed_out", E.OSSnapshotTimeOut, MUST, "OE Return value: TimeOut", "snapshot.finish"),
    Row("OE.late-perhaps", OE, ENTER, "not snapshot_id_bad & snapshot_frozen", E.OSSnapshotTimeOut, MAY, "OE Return value: TimeOut: time passes of itself", "snapshot.finish"),
    Row("OE.sequence", OE, ENTER, "not end_snapshot_abort & not snapshot_thawed & not snapshot_timed_out", E.OSSnapshotInvalidSequence, MUST, "OE Return value: InvalidSequence; C25"),
    Row("OE.ok", OE, ENTER, "", E.Success, SUCCESS, "OE: on success", "snapshot.finish"),
    Row("OA.ok", OA, ENTER, "", E.Success, SUCCESS, "OA: on success; OP: at any time after Prepare", "snapshot.finish"),
)
# fmt: on

DOCUMENTED_EXTERNAL = (*_ENTRY, *_BEGIN, *_FILES, *_LOGS, *_SNAPSHOT)
