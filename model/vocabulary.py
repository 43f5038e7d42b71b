"""The vocabulary of the JET API: error codes, option bits, callback and parameter numbers.

Values are Microsoft's (`published/inc/jethdr.w` at commit 7030fe7); the meaning of a code is the public page's, in our words.
The only module of the model that the reference engine may import: it says what the words are, not when they are right.
"""

from enum import Enum, IntEnum, IntFlag


class Category(Enum):
    """The kind of an error, as Microsoft's own hierarchy (`_errstr/errdata.txt`) has it."""

    NONE = "success"
    WARNING = "warning"
    USAGE = "usage"
    STATE = "state"
    OPERATION = "operation"
    CORRUPTION = "corruption"
    INCONSISTENT = "inconsistent"
    MEMORY = "memory"
    IO = "i/o"
    DISK = "disk"
    QUOTA = "quota"
    FATAL = "fatal"
    FRAGMENTATION = "fragmentation"
    UNKNOWN = "unknown"


class JetErr(IntEnum):
    """A JET_ERR: 0 is success, above 0 a warning, below 0 a failure [JE]. Members know their `meaning` and `category`."""

    meaning: str
    category: Category

    def __new__(cls, value: int, category: Category, meaning: str) -> "JetErr":
        member = int.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        member.category = category
        return member

    @property
    def symbol(self) -> str:
        """The name in Esent.h, for example `JET_errBackupInProgress`."""
        return f"JET_wrn{self.name}" if self > 0 else f"JET_err{self.name}"

    # fmt: off
    Success = 0, Category.NONE, "the operation completed"
    DatabaseAttached = 1007, Category.WARNING, "the database is attached already"
    CallbackNotRegistered = 2100, Category.WARNING, "no callback was registered to take what the call has to give"
    FileOpenReadOnly = 1813, Category.WARNING, "the file was opened read-only"

    OutOfThreads = -103, Category.MEMORY, "no thread could be started"
    InternalError = -107, Category.OPERATION, "the engine met a condition that it should exclude"
    LogFileCorrupt = -501, Category.CORRUPTION, "a log file is damaged"
    NoBackupDirectory = -503, Category.USAGE, "no backup directory was given"
    BackupDirectoryNotEmpty = -504, Category.USAGE, "the backup directory holds other files"
    BackupInProgress = -505, Category.STATE, "a backup of this instance is running already"
    RestoreInProgress = -506, Category.STATE, "a restore is running on this instance"
    MissingPreviousLogFile = -509, Category.INCONSISTENT, "the log before one that is there is missing"
    LogWriteFail = -510, Category.IO, "log writing is disabled, for a time or for good, by an unexpected error"
    LogGenerationMismatch = -513, Category.INCONSISTENT, "a log file's name does not fit its generation"
    InvalidLogSequence = -515, Category.CORRUPTION, "log files do not follow one another, or not those in the log folder"
    LoggingDisabled = -516, Category.USAGE, "the instance runs without logging, so it cannot be backed up"
    LogSequenceEnd = -519, Category.FRAGMENTATION, "the last log generation number is used up"
    NoBackup = -520, Category.STATE, "no backup is in progress"
    InvalidBackupSequence = -521, Category.USAGE, "backup calls came out of order"
    BackupNotAllowedYet = -523, Category.STATE, "the instance is not ready for a backup because it is initialising"
    DeleteBackupFileFail = -524, Category.IO, "an old backup file could not be deleted"
    MakeBackupDirectoryFail = -525, Category.IO, "the folder for the backup could not be made"
    InvalidBackup = -526, Category.USAGE, "an incremental backup is not possible with circular logging"
    MissingLogFile = -528, Category.CORRUPTION, "a log file that is needed is missing"
    LogDiskFull = -529, Category.DISK, "the log volume is full"
    BadLogSignature = -530, Category.INCONSISTENT, "a log file belongs to another log sequence"
    BadCheckpointSignature = -532, Category.INCONSISTENT, "the checkpoint belongs to another log sequence"
    CheckpointCorrupt = -533, Category.CORRUPTION, "the checkpoint file is damaged"
    BadPatchPage = -535, Category.INCONSISTENT, "the trailer of a database copy is damaged"
    PatchFileMissing = -538, Category.UNKNOWN, "the set holds no database: a full backup is missing"
    LogFileSizeMismatch = -541, Category.USAGE, "a log file has another size than configured"
    CheckpointFileNotFound = -542, Category.INCONSISTENT, "the checkpoint file is missing"
    RequiredLogFilesMissing = -543, Category.INCONSISTENT, "log files that a database needs are missing"
    SoftRecoveryOnBackupDatabase = -544, Category.USAGE, "a backup copy must be restored, not attached"
    LogFileSizeMismatchDatabasesConsistent = -545, Category.STATE, "log files have another size; the databases are consistent"
    DatabaseDirtyShutdown = -550, Category.INCONSISTENT, "the database was not shut down cleanly"
    DatabasePatchFileMismatch = -552, Category.UNKNOWN, "the copy and its trailer belong to different backups"
    GivenLogFileHasBadSignature = -555, Category.INCONSISTENT, "a log of the set belongs to another sequence than the one before it"
    GivenLogFileIsNotContiguous = -556, Category.INCONSISTENT, "a log of the set does not follow the one before it"
    MissingFullBackup = -560, Category.STATE, "a database was never fully backed up"
    MissingCurrentLogFiles = -565, Category.INCONSISTENT, "logs after those of the set are missing"
    MissingFileToBackup = -569, Category.INCONSISTENT, "a file that must be backed up is missing"
    LogCorruptDuringHardRestore = -573, Category.CORRUPTION, "a log of the set is damaged"
    LogCorruptDuringHardRecovery = -574, Category.CORRUPTION, "a log in the log folder is damaged, and a restore needs it"
    ExistingLogFileHasBadSignature = -610, Category.INCONSISTENT, "a log in the log folder belongs to another sequence"
    ExistingLogFileIsNotContiguous = -611, Category.INCONSISTENT, "a log in the log folder does not follow the set"
    LogReadVerifyFailure = -612, Category.CORRUPTION, "a log file failed its checksum"
    RestoreOfNonBackupDatabase = -615, Category.USAGE, "a database of the set is not a backup copy"
    LogFileNotCopied = -616, Category.USAGE, "not every log was read before truncation"
    SurrogateBackupInProgress = -617, Category.STATE, "a surrogate backup is running"
    BackupAbortByCaller = -800, Category.OPERATION, "the caller ended the backup before it was complete"
    BackupAbortByServer = -801, Category.OPERATION, "the backup was stopped (JetStopBackupInstance, or JetTerm2 with StopBackup)"
    InvalidGrbit = -900, Category.USAGE, "the options are not valid"
    TermInProgress = -1000, Category.OPERATION, "the instance is being shut down"
    InvalidParameter = -1003, Category.USAGE, "a parameter is not valid"
    DatabaseFileReadOnly = -1008, Category.USAGE, "the database file is read-only"
    InvalidDatabaseId = -1010, Category.USAGE, "the database handle is not valid"
    OutOfMemory = -1011, Category.MEMORY, "memory or another internal resource ran out"
    ReadVerifyFailure = -1018, Category.CORRUPTION, "a database page failed its checksum"
    DiskIO = -1022, Category.IO, "a disk operation failed"
    InvalidPath = -1023, Category.USAGE, "the path does not exist or is not valid"
    NotInitialized = -1029, Category.USAGE, "the instance is not initialised"
    AlreadyInitialized = -1030, Category.USAGE, "the instance is initialised already"
    InitInProgress = -1031, Category.OPERATION, "the instance is being initialised"
    FileAccessDenied = -1032, Category.IO, "a file may not be accessed"
    TooManyActiveUsers = -1059, Category.USAGE, "sessions are still active"
    RunningInOneInstanceMode = -1080, Category.USAGE, "the engine runs in the one-instance mode"
    RunningInMultiInstanceMode = -1081, Category.USAGE, "the engine runs in the multi-instance mode"
    SystemPathInUse = -1083, Category.USAGE, "another instance uses the system folder"
    LogFilePathInUse = -1084, Category.USAGE, "another instance uses the log folder"
    InstanceNameInUse = -1086, Category.USAGE, "an instance of this name exists"
    InstanceUnavailable = -1090, Category.FATAL, "a fatal error revoked access to all data of the instance"
    InstanceUnavailableDueToFatalLogDiskFull = -1092, Category.FATAL, "a full log disk revoked access to all data"
    OutOfSessions = -1101, Category.MEMORY, "no session is left"
    InvalidSesid = -1104, Category.USAGE, "the session handle is not valid"
    InTransaction = -1108, Category.USAGE, "the session is inside a transaction"
    InvalidInstance = -1115, Category.USAGE, "the instance handle is not valid"
    DirtyShutdown = -1116, Category.STATE, "the instance was shut down and left its databases dirty, as asked"
    ReadLostFlushVerifyFailure = -1119, Category.CORRUPTION, "a page is older than the flush map says"
    DatabaseDuplicate = -1201, Category.USAGE, "the database exists already"
    DatabaseInUse = -1202, Category.USAGE, "the database is in use"
    DatabaseNotFound = -1203, Category.USAGE, "no such database is attached"
    DatabaseCorrupted = -1206, Category.CORRUPTION, "the database's header or structure is damaged"
    DatabaseLocked = -1207, Category.USAGE, "another session has the database for itself"
    PageSizeMismatch = -1213, Category.INCONSISTENT, "the page size differs from that of the files"
    TooManyInstances = -1214, Category.QUOTA, "no instance is left"
    DatabaseSharingViolation = -1215, Category.USAGE, "another session or instance holds the database"
    AttachedDatabaseMismatch = -1216, Category.INCONSISTENT, "a database that the logs name was not found"
    DatabaseInvalidPath = -1217, Category.USAGE, "the path of the database is not valid"
    ClientRequestToStopJetService = -1329, Category.OPERATION, "all activity on the instance ceased after JetStopServiceInstance"
    TooManyAttachedDatabases = -1805, Category.USAGE, "no further database can be attached"
    DiskFull = -1808, Category.DISK, "the volume is full"
    FileNotFound = -1811, Category.STATE, "a file was not found"
    FileInvalidType = -1812, Category.INCONSISTENT, "a file is of another type than expected"
    FileAlreadyExists = -1814, Category.STATE, "the file exists already"
    AfterInitialization = -1850, Category.USAGE, "a restore must come before initialisation"
    SessionSharingViolation = -1910, Category.USAGE, "one session was used by more than one thread at a time"
    SessionInUse = -1914, Category.USAGE, "the session is in use"
    OSSnapshotInvalidSequence = -2401, Category.USAGE, "snapshot calls came out of order"
    OSSnapshotTimeOut = -2402, Category.OPERATION, "the snapshot had timed out"
    OSSnapshotNotAllowed = -2403, Category.STATE, "a backup, a recovery or a shutdown forbids the snapshot"
    OSSnapshotInvalidSnapId = -2404, Category.USAGE, "the snapshot id is not valid"
    # fmt: on


def code_name(code: int) -> str:
    """`-505 BackupInProgress` for a known code, the bare number for any other."""
    known = _BY_VALUE.get(code)
    return f"{code} {known.name}" if known is not None else str(code)


_BY_VALUE: dict[int, JetErr] = {int(member): member for member in JetErr}


DOCUMENTED_CODES: tuple[JetErr, ...] = (
    JetErr.Success,
    JetErr.BackupInProgress,
    JetErr.BackupNotAllowedYet,
    JetErr.ClientRequestToStopJetService,
    JetErr.InstanceUnavailable,
    JetErr.InvalidBackup,
    JetErr.InvalidGrbit,
    JetErr.InvalidParameter,
    JetErr.InvalidPath,
    JetErr.LoggingDisabled,
    JetErr.LogReadVerifyFailure,
    JetErr.LogWriteFail,
    JetErr.NotInitialized,
    JetErr.ReadVerifyFailure,
    JetErr.RestoreInProgress,
    JetErr.SessionSharingViolation,
    JetErr.TermInProgress,
)
"""The seventeen return codes of the page of JetBackupInstance, in its order [BI, Return value]."""


class BackupGrbit(IntFlag):
    """Options of JetBackupInstance [BI, Parameters; values: documentation section 7]."""

    NONE = 0x0
    INCREMENTAL = 0x1
    ATOMIC = 0x4
    SNAPSHOT = 0x10  # "reserved for future use"


class TermGrbit(IntFlag):
    """Options of JetTerm2 [T2, Parameters]."""

    NONE = 0x0
    COMPLETE = 0x1
    ABRUPT = 0x2
    STOP_BACKUP = 0x4
    DIRTY = 0x8


class EndBackupGrbit(IntFlag):
    """Options of JetEndExternalBackupInstance2 [E2, Parameters]."""

    NONE = 0x0
    NORMAL = 0x1
    ABORT = 0x2
    TRUNCATE_DONE = 0x100


class SnapshotGrbit(IntFlag):
    """Options of JetOSSnapshotPrepare [OP, Parameters]."""

    NONE = 0x0
    INCREMENTAL = 0x1
    COPY = 0x2
    CONTINUE_AFTER_THAW = 0x4
    EXPLICIT_PREPARE = 0x8


class SnapshotTruncateGrbit(IntFlag):
    """Options of JetOSSnapshotTruncateLog and JetOSSnapshotTruncateLogInstance [OTL, OTI, Parameters]."""

    NONE = 0x0
    ALL_DATABASES = 0x1


class SnapshotEndGrbit(IntFlag):
    """Options of JetOSSnapshotEnd [OE, Parameters]."""

    NONE = 0x0
    ABORT = 0x1


class StopServiceGrbit(IntFlag):
    """Options of JetStopServiceInstance2 [S2, Parameters]."""

    ALL = 0x0
    BACKGROUND_USER_TASKS = 0x2
    QUIESCE_CACHES = 0x4
    STOP_AND_EMIT_LOG = 0x8  # not public: source 1.1
    RESUME = 0x80000000


class Snp(IntEnum):
    """What a status callback reports on [SNP]."""

    RESTORE = 8
    BACKUP = 9


class Snt(IntEnum):
    """How far that operation is [SNT]."""

    PROGRESS = 0
    FAIL = 3
    BEGIN = 5
    COMPLETE = 6


class Parameter(Enum):
    """System parameters that the backup contract depends on, by their trace names; the value is Microsoft's id."""

    recovery = 34
    circular_log = 17
    create_path_if_not_exist = 100
    log_file_size = 11
    os_snapshot_timeout = 82
