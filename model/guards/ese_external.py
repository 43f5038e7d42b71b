"""The `ese` profile, streaming backups and snapshots: what Microsoft's engine does [source 5; observed].

Every call that names an instance passes the same entry guards first (source 1.2). The context of a backup has no owner: what
a client calls while JetBackupInstance runs reads and changes that backup (source 0, 3).
"""

from ..calls import SNAPSHOT_INSTANCE_CALLS, STREAMING_CALLS
from ..rows import DIES, ENTER, MAY, MUST, SUCCESS, Row
from ..vocabulary import JetErr as E
from .external_calls import BE, CF, E2, ENDS, GA, GL, GT, OA, OE, OF, OP, OPI, OT, OTI, OTL, OZ, RF, TR

ENTERED = (*STREAMING_CALLS, *SNAPSHOT_INSTANCE_CALLS)

# fmt: off
_ENTRY = (
    Row("XB.G2", ENTERED, ENTER, "handle_bad", E.InvalidParameter, MUST, "source 1.2 step 1"),
    Row("XB.G3", ENTERED, ENTER, "stopped", E.ClientRequestToStopJetService, MUST, "observed: every external call after JetStopServiceInstance; source 3"),
    Row("XB.G4", ENTERED, ENTER, "fatal", E.InstanceUnavailable, MUST, "source 1.2 step 3"),
    Row("XB.G5-term", ENTERED, ENTER, "terminating", E.TermInProgress, MUST, "observed: par-0277, while JetTerm2 waits; source 1.2 step 4"),
    Row("XB.G5-restore", ENTERED, ENTER, "restoring", E.RestoreInProgress, MUST, "observed: while a restore is held; source 1.2 step 4"),
    Row("XB.G5-init", ENTERED, ENTER, "initializing", E.NotInitialized, MUST, "source 1.2 step 4"),
    Row("XB.G6", ENTERED, ENTER, "created", E.NotInitialized, MUST, "observed: created, not initialised; source 1.2 step 5"),
)

_BEGIN = (
    Row("BE.G7", BE, ENTER, "backup_refused", E.BackupNotAllowedYet, MUST, "observed: snp-0005, after JetTerm2 failed with -505; source 5.1"),
    Row("BE.recovery-off", BE, ENTER, "recovery_off", E.LoggingDisabled, MUST, "observed: recovery off; source 5.1"),
    Row("BE.log-refused", BE, ENTER, "log_refused", E.LogWriteFail, MUST, "source 5.1"),
    Row("BE.grbit", BE, ENTER, "begin_grbit_unknown", E.InvalidGrbit, MUST, "observed: 4 and 0x10; source 5.1"),
    Row("BE.circular", BE, ENTER, "incremental & circular", E.InvalidBackup, MUST, "observed: incremental with circular logging; source 5.1"),
    Row("BE.surrogate-circular", BE, ENTER, "surrogate & circular", E.InvalidBackup, MUST, "observed: 0x20 with circular logging; source 5.1"),
    Row("BE.internal-surrogate", BE, ENTER, "internal_copy & surrogate", E.InvalidGrbit, MUST, "source 5.1: InternalCopy with Surrogate"),
    Row("BE.internal-incremental", BE, ENTER, "internal_copy & incremental", E.InvalidGrbit, MUST, "source 5.1: InternalCopy with Incremental"),
    Row("BE.log-full", BE, ENTER, "log_full", E.LogDiskFull, MAY, "source 2.1 G16: the log is not Normal and cannot be grown again"),
    Row("BE.surrogate-open", BE, ENTER, "surrogate_open", E.SurrogateBackupInProgress, MUST, "observed: -617; source 2.1 G19"),
    Row("BE.open", BE, ENTER, "backup_taken", E.BackupInProgress, MUST, "observed: -505; source 2.1 G18"),
    Row("BE.no-full", BE, ENTER, "incremental & some_never_backed_up", E.MissingFullBackup, MUST, "observed: without an earlier full; source 2.1 G21"),
    Row("BE.no-full-perhaps", BE, ENTER, "incremental & some_perhaps_backed_up", E.MissingFullBackup, MAY, "observed: a database made while a backup was held is in it only if made at begin"),
    Row("BE.ok", BE, ENTER, "", E.Success, SUCCESS, "source 5.1: status Databases, or LogsAndPatchs", "streaming.begin"),
)

_CONTEXT = (
    Row("E2.both", ENDS, ENTER, "end_grbit_both", E.InvalidParameter, MUST, "observed: 3 is -1003, before -520; source 5.1"),
    Row("E2.none", E2, ENTER, "end_grbit_none", E.InvalidParameter, MUST, "observed: 0 is -1003, before -520; source 5.1"),
    Row("XB.not-local", (*GA, *OF, *RF, *CF, *GL, *GT, *TR), ENTER, "context_not_local", E.NoBackup, MUST, "observed: ext-0008, begun with 0x20 every call but the end says -520; source 5.1: not local"),
    Row("XB.none", ENDS, ENTER, "context_free", E.NoBackup, MUST, "observed: -520; source 5.1"),
    Row("XB.stop", (*GA, *OF, *RF, *GL, *GT, *TR), ENTER, "stop_during", E.BackupAbortByServer, MUST, "observed: -801 after JetStopBackupInstance; source 3"),
)

_FILES = (
    Row("GA.incremental", GA, ENTER, "context_incremental", E.InvalidBackupSequence, MUST, "observed: -521, also while an incremental JetBackupInstance is held; source 5.1"),
    Row("GA.ok", GA, ENTER, "", E.Success, SUCCESS, "observed: also after JetGetLogInfoInstance, and while a full JetBackupInstance is held"),
    Row("OF.nameless", OF, ENTER, "target_nameless", E.InvalidParameter, MUST, "observed: null and empty names; source 5.1"),
    Row("OF.taken", OF, ENTER, "file_open", E.OutOfMemory, MUST, "observed: a second file; source 5.1: one slot"),
    Row("OF.database-late", OF, ENTER, "target_attached & context_in_logs", E.InvalidBackupSequence, MUST, "observed: ext-0003, a database after JetGetLogInfoInstance ends the backup; source 5.1", "streaming.over"),
    Row("OF.not-attached", OF, ENTER, "not target_attached & not context_in_logs", E.DatabaseNotFound, MUST, "observed: anything but an attached database while databases are read; source 5.1"),
    Row("OF.current", OF, ENTER, "target_current_log", E.InvalidParameter, MUST, "observed: edb.log; source 5.1: bad log name", "streaming.over"),
    Row("OF.absent", OF, ENTER, "target_absent", E.MissingFileToBackup, MUST, "observed: ext traces, -569; source 5.1", "streaming.over"),
    Row("OF.gone", OF, ENTER, "target_other_log", E.MissingFileToBackup, MAY, "source 5.1: a log that was deleted", "streaming.over"),
    Row("OF.ok", OF, ENTER, "", E.Success, SUCCESS, "observed: any file that is there; source 5.1", "streaming.open"),
    Row("RF.odd", RF, ENTER, "amount_odd", E.InvalidParameter, MUST, "observed: 1000 bytes; source 5.1"),
    Row("RF.bad", RF, ENTER, "file_bad", DIES, MUST, "observed: a handle that was never opened, the process dies; source 5.1: it is not validated"),
    Row("RF.closed", RF, ENTER, "not file_open", E.Success, MUST, "observed: ext-0183, the handle of a file that was closed: 0 bytes; source 5.1: it is not validated"),
    Row("RF.one", RF, ENTER, "amount_one", E.InvalidParameter, MUST, "source 5.1: under two pages of a log, three of a database"),
    Row("RF.two", RF, ENTER, "amount_two & file_database", E.InvalidParameter, MUST, "observed: 8192 bytes of a database; source 5.1"),
    Row("RF.page", RF, ENTER, "file_database & file_damaged & amount_rest & not file_begun", E.ReadVerifyFailure, MUST, "source 5.1: the file is closed, the backup goes on", "streaming.drop"),
    Row("RF.page-perhaps", RF, ENTER, "file_database & file_perhaps_damaged", E.ReadVerifyFailure, MAY, "source 5.1; whether the damage is in what is read is not known", "streaming.drop"),
    Row("RF.log", RF, ENTER, "not file_database & file_perhaps_damaged", E.LogReadVerifyFailure, MAY, "source 5.1: the backup is ended", "streaming.over"),
    Row("RF.ok", RF, ENTER, "", E.Success, SUCCESS, "observed: 0 bytes at the end of the file", "streaming.read"),
    Row("CF.bad", CF, ENTER, "file_bad", E.InvalidParameter, MUST, "observed: ext-0030, a handle that was never opened; source 5.1"),
    Row("CF.closed", CF, ENTER, "not file_open", E.InvalidParameter, MUST, "observed: -1003; source 5.1"),
    Row("CF.ok", CF, ENTER, "", E.Success, SUCCESS, "observed: also after JetStopBackupInstance; source 5.1", "streaming.close"),
)

_LOGS = (
    Row("GL.open", (*GL, *GT, *TR), ENTER, "file_open", E.InvalidBackupSequence, MUST, "observed: -521 while a file is open; source 5.1"),
    Row("GL.internal-open", (*GL, *GT, *TR), ENTER, "context_internal", E.InvalidBackupSequence, MAY, "observed: par-0022, par-0046: JetBackupInstance may have a file open"),
    Row("GL.log", (*GL, *GT), ENTER, "log_failing & not context_listed", E.LogWriteFail, MUST, "source 2.3 step 5: the log goes down at the roll", "log.broken"),
    Row("GL.ok", (*GL, *GT), ENTER, "", E.Success, SUCCESS, "observed: also twice; source 5.1", "streaming.list"),
    Row("TR.unlisted", TR, ENTER, "not context_listed & not context_internal", E.InvalidBackupSequence, MUST, "observed: -521 before JetGetLogInfoInstance; source 2.5"),
    Row("TR.unread", TR, ENTER, "not context_logs_read & not context_internal", E.LogFileNotCopied, MUST, "observed: -616 until every log was read; source 2.5"),
    Row("TR.ok", TR, ENTER, "", E.Success, SUCCESS, "observed: also when databases were not read; source 2.5", "streaming.truncate"),
    Row("E2.ok", ENDS, ENTER, "", E.Success, SUCCESS, "observed: also when nothing was read, and by another thread while JetBackupInstance is held", "streaming.end"),
)

_SNAPSHOT = (
    Row("OP.grbit", OP, ENTER, "prepare_grbit_bad", E.InvalidGrbit, MUST, "observed: 0x100; source 5.2"),
    Row("OP.no-engine", OP, ENTER, "not alive", E.NotInitialized, MUST, "source 5.2: the engine's system is not initialised"),
    Row("OP.ok", OP, ENTER, "", E.Success, SUCCESS, "observed: also while another session is open; source 5.2", "snapshot.prepare"),
    Row("OS.grbit", (*OPI, *OZ, *OT, *OA), ENTER, "grbit_given", E.InvalidGrbit, MUST, "observed: -900; source 5.2"),
    Row("OS.truncate-grbit", (*OTL, *OTI), ENTER, "truncate_grbit_bad", E.InvalidGrbit, MUST, "observed: 2; source 5.2"),
    Row("OE.grbit", OE, ENTER, "end_snapshot_grbit_bad", E.InvalidGrbit, MUST, "observed: 2; source 5.2"),
    Row("OS.id", (*OPI, *OZ, *OT, *OA, *OE, *OTL, *OTI), ENTER, "snapshot_id_bad", E.OSSnapshotInvalidSnapId, MUST, "observed: -2404; source 5.2"),
    Row("OS.prepared", (*OPI, *OZ), ENTER, "not snapshot_prepared", E.OSSnapshotInvalidSequence, MUST, "observed: -2401; source 5.2"),
    Row("OPI.member", OPI, ENTER, "in_snapshot", E.OSSnapshotNotAllowed, MUST, "observed: -2403; source 5.2: already in a session"),
    Row("OPI.backup", OPI, ENTER, "backup_taken", E.OSSnapshotNotAllowed, MUST, "observed: -2403; source 5.2"),
    Row("OPI.refused", OPI, ENTER, "backup_refused", E.OSSnapshotNotAllowed, MUST, "source 5.2: not fBackupAllowed"),
    Row("OPI.ok", OPI, ENTER, "", E.Success, SUCCESS, "observed: after Prepare with 8", "snapshot.choose"),
    Row("OZ.backup", OZ, ENTER, "snapshot_member & backup_taken", E.OSSnapshotNotAllowed, MUST, "observed: -2403; source 5.2", "snapshot.forsake"),
    Row("OZ.refused", OZ, ENTER, "snapshot_member & backup_refused", E.OSSnapshotNotAllowed, MUST, "source 5.2: not fBackupAllowed", "snapshot.forsake"),
    Row("OZ.no-full", OZ, ENTER, "snapshot_member & snapshot_incremental & some_without_snapshot", E.MissingFullBackup, MUST, "observed: snp-0034, also after a full backup that was no snapshot; snp-0036: before -526; source 5.2", "snapshot.forsake"),
    Row("OZ.circular", OZ, ENTER, "snapshot_member & snapshot_incremental & circular", E.InvalidBackup, MUST, "source 5.2", "snapshot.forsake"),
    Row("OZ.log", OZ, ENTER, "snapshot_member & log_refused", E.LogWriteFail, MUST, "source 5.2", "snapshot.forsake"),
    Row("OZ.ok", OZ, ENTER, "", E.Success, SUCCESS, "observed: 0; source 5.2", "snapshot.freeze-shared"),
    Row("OT.sequence", OT, ENTER, "not snapshot_frozen & not snapshot_timed_out", E.OSSnapshotInvalidSequence, MUST, "observed: -2401 before a freeze; source 5.2"),
    Row("OT.late", OT, ENTER, "snapshot_timed_out", E.OSSnapshotTimeOut, MUST, "source 5.2", "snapshot.clear"),
    Row("OT.ok-continues", OT, ENTER, "snapshot_continues", E.Success, SUCCESS, "source 5.2: AllowLogTruncate", "snapshot.thaw"),
    Row("OT.ok", OT, ENTER, "", E.Success, SUCCESS, "observed: the id is unknown afterwards; source 5.2: End is done inside", "snapshot.complete"),
    Row("OTL.sequence", (*OTL, *OTI), ENTER, "not snapshot_thawed", E.OSSnapshotInvalidSequence, MUST, "observed: -2401; source 5.2"),
    Row("OTL.copy", (*OTL, *OTI), ENTER, "snapshot_copy", E.OSSnapshotInvalidSequence, MUST, "source 5.2"),
    Row("OTL.ok", (*OTL, *OTI), ENTER, "", E.Success, SUCCESS, "source 5.2: LogTruncated"),
    Row("OE.sequence", OE, ENTER, "not end_snapshot_abort & not snapshot_prepared & not snapshot_thawed", E.OSSnapshotInvalidSequence, MUST, "observed: -2401 while frozen; source 5.2"),
    Row("OE.ok", OE, ENTER, "not end_snapshot_abort", E.Success, SUCCESS, "observed: also when only prepared; snp-0141: it ends a streaming backup of a member, too; source 5.2", "snapshot.complete"),
    Row("OE.ok-abort", OE, ENTER, "end_snapshot_abort", E.Success, SUCCESS, "observed: also when only prepared; source 5.2", "snapshot.clear"),
    Row("OA.ok", OA, ENTER, "", E.Success, SUCCESS, "observed: also when only prepared; snp-0155: it ends a streaming backup of a member, too; source 5.2", "snapshot.clear"),
)
# fmt: on

ESE_EXTERNAL = (*_ENTRY, *_BEGIN, *_CONTEXT, *_FILES, *_LOGS, *_SNAPSHOT)
