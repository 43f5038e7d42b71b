"""The numbers of the vocabulary against a literal copy of Microsoft's header and of the page's table."""

import pytest
from jetconform.model.vocabulary import (
    DOCUMENTED_CODES,
    BackupGrbit,
    Category,
    JetErr,
    Snp,
    Snt,
    StopServiceGrbit,
    TermGrbit,
    code_name,
)

# fmt: off
HEADER: list[tuple[str, int, str]] = [  # symbol, value, category in Microsoft's own hierarchy (documentation section 6)
    ("JET_wrnCallbackNotRegistered", 2100, "-"),
    ("JET_wrnFileOpenReadOnly", 1813, "-"), ("JET_wrnDatabaseAttached", 1007, "-"), ("JET_errSuccess", 0, "-"),
    ("JET_errOutOfThreads", -103, "Memory"), ("JET_errInternalError", -107, "Operation"),
    ("JET_errLogFileCorrupt", -501, "Corruption"), ("JET_errNoBackupDirectory", -503, "Usage"),
    ("JET_errBackupDirectoryNotEmpty", -504, "Usage"), ("JET_errBackupInProgress", -505, "State"),
    ("JET_errRestoreInProgress", -506, "State"), ("JET_errMissingPreviousLogFile", -509, "Inconsistent"),
    ("JET_errLogWriteFail", -510, "IO"),
    ("JET_errInvalidLogSequence", -515, "Corruption"), ("JET_errLoggingDisabled", -516, "Usage"),
    ("JET_errLogSequenceEnd", -519, "Fragmentation"), ("JET_errNoBackup", -520, "State"),
    ("JET_errInvalidBackupSequence", -521, "Usage"), ("JET_errBackupNotAllowedYet", -523, "State"),
    ("JET_errDeleteBackupFileFail", -524, "IO"), ("JET_errMakeBackupDirectoryFail", -525, "IO"),
    ("JET_errInvalidBackup", -526, "Usage"), ("JET_errMissingLogFile", -528, "Corruption"),
    ("JET_errBadLogSignature", -530, "Inconsistent"), ("JET_errBadCheckpointSignature", -532, "Inconsistent"),
    ("JET_errCheckpointCorrupt", -533, "Corruption"), ("JET_errPatchFileMissing", -538, "Unknown"),
    ("JET_errCheckpointFileNotFound", -542, "Inconsistent"), ("JET_errRequiredLogFilesMissing", -543, "Inconsistent"),
    ("JET_errSoftRecoveryOnBackupDatabase", -544, "Usage"),
    ("JET_errLogFileSizeMismatchDatabasesConsistent", -545, "State"),
    ("JET_errDatabaseDirtyShutdown", -550, "Inconsistent"), ("JET_errDatabasePatchFileMismatch", -552, "Unknown"),
    ("JET_errGivenLogFileIsNotContiguous", -556, "Inconsistent"), ("JET_errMissingFullBackup", -560, "State"),
    ("JET_errMissingCurrentLogFiles", -565, "Inconsistent"), ("JET_errMissingFileToBackup", -569, "Inconsistent"),
    ("JET_errGivenLogFileHasBadSignature", -555, "Inconsistent"),
    ("JET_errLogCorruptDuringHardRecovery", -574, "Corruption"),
    ("JET_errLogCorruptDuringHardRestore", -573, "Corruption"), ("JET_errLogReadVerifyFailure", -612, "Corruption"),
    ("JET_errRestoreOfNonBackupDatabase", -615, "Usage"), ("JET_errLogFileNotCopied", -616, "Usage"),
    ("JET_errSurrogateBackupInProgress", -617, "State"), ("JET_errBackupAbortByServer", -801, "Operation"),
    ("JET_errInvalidGrbit", -900, "Usage"), ("JET_errTermInProgress", -1000, "Operation"),
    ("JET_errInvalidParameter", -1003, "Usage"), ("JET_errDatabaseFileReadOnly", -1008, "Usage"),
    ("JET_errInvalidDatabaseId", -1010, "Usage"), ("JET_errOutOfMemory", -1011, "Memory"),
    ("JET_errReadVerifyFailure", -1018, "Corruption"), ("JET_errDiskIO", -1022, "IO"),
    ("JET_errInvalidPath", -1023, "Usage"), ("JET_errNotInitialized", -1029, "Usage"),
    ("JET_errAlreadyInitialized", -1030, "Usage"), ("JET_errInitInProgress", -1031, "Operation"),
    ("JET_errFileAccessDenied", -1032, "IO"), ("JET_errTooManyActiveUsers", -1059, "Usage"),
    ("JET_errRunningInOneInstanceMode", -1080, "Usage"), ("JET_errRunningInMultiInstanceMode", -1081, "Usage"),
    ("JET_errSystemPathInUse", -1083, "Usage"), ("JET_errLogFilePathInUse", -1084, "Usage"),
    ("JET_errInstanceNameInUse", -1086, "Usage"), ("JET_errInstanceUnavailable", -1090, "Fatal"),
    ("JET_errInstanceUnavailableDueToFatalLogDiskFull", -1092, "Fatal"), ("JET_errOutOfSessions", -1101, "Memory"),
    ("JET_errInvalidSesid", -1104, "Usage"), ("JET_errInTransaction", -1108, "Usage"),
    ("JET_errInvalidInstance", -1115, "Usage"), ("JET_errDirtyShutdown", -1116, "State"),
    ("JET_errDatabaseDuplicate", -1201, "Usage"), ("JET_errDatabaseInUse", -1202, "Usage"),
    ("JET_errDatabaseNotFound", -1203, "Usage"), ("JET_errDatabaseCorrupted", -1206, "Corruption"),
    ("JET_errDatabaseLocked", -1207, "Usage"), ("JET_errPageSizeMismatch", -1213, "Inconsistent"),
    ("JET_errTooManyInstances", -1214, "Quota"), ("JET_errDatabaseSharingViolation", -1215, "Usage"),
    ("JET_errAttachedDatabaseMismatch", -1216, "Inconsistent"), ("JET_errDatabaseInvalidPath", -1217, "Usage"),
    ("JET_errClientRequestToStopJetService", -1329, "Operation"), ("JET_errTooManyAttachedDatabases", -1805, "Usage"),
    ("JET_errDiskFull", -1808, "Disk"), ("JET_errFileNotFound", -1811, "State"),
    ("JET_errAfterInitialization", -1850, "Usage"), ("JET_errSessionSharingViolation", -1910, "Usage"),
    ("JET_errSessionInUse", -1914, "Usage"), ("JET_errOSSnapshotInvalidSequence", -2401, "Usage"),
    ("JET_errOSSnapshotTimeOut", -2402, "Operation"), ("JET_errOSSnapshotNotAllowed", -2403, "State"),
    ("JET_errOSSnapshotInvalidSnapId", -2404, "Usage"),
]

PAGE: list[tuple[str, int]] = [  # the page of JetBackupInstance, Return value, in its order; values of the header
    ("JET_errSuccess", 0), ("JET_errBackupInProgress", -505), ("JET_errBackupNotAllowedYet", -523),
    ("JET_errClientRequestToStopJetService", -1329), ("JET_errInstanceUnavailable", -1090),
    ("JET_errInvalidBackup", -526), ("JET_errInvalidGrbit", -900), ("JET_errInvalidParameter", -1003),
    ("JET_errInvalidPath", -1023), ("JET_errLoggingDisabled", -516), ("JET_errLogReadVerifyFailure", -612),
    ("JET_errLogWriteFail", -510), ("JET_errNotInitialized", -1029), ("JET_errReadVerifyFailure", -1018),
    ("JET_errRestoreInProgress", -506), ("JET_errSessionSharingViolation", -1910), ("JET_errTermInProgress", -1000),
]
# fmt: on
NOT_IN_THE_COPY = {-513, -529, -535, -541, -610, -611, -800, -1119, -1812, -1814}
"""Numbers of the vocabulary that the copy of the header above does not list."""


@pytest.mark.parametrize(("symbol", "value", "category"), HEADER)
def test_a_code_has_its_number_and_category(symbol: str, value: int, category: str) -> None:
    code = {int(one): one for one in JetErr}[value]
    assert code.symbol == symbol
    if category != "-":
        assert code.category.value == {"IO": "i/o"}.get(category, category.lower())


def test_no_code_has_an_unchecked_number() -> None:
    listed = {value for _, value, _ in HEADER}
    assert {int(code) for code in JetErr} == listed | NOT_IN_THE_COPY
    assert not listed & NOT_IN_THE_COPY


def test_the_documented_codes_are_those_of_the_page() -> None:
    assert [(code.symbol, int(code)) for code in DOCUMENTED_CODES] == PAGE
    assert len(PAGE) == 17


def test_every_code_says_what_it_means() -> None:
    assert all(code.meaning and isinstance(code.category, Category) for code in JetErr)


def test_option_bits() -> None:
    assert (BackupGrbit.INCREMENTAL, BackupGrbit.ATOMIC, BackupGrbit.SNAPSHOT) == (0x1, 0x4, 0x10)
    assert (TermGrbit.COMPLETE, TermGrbit.ABRUPT, TermGrbit.STOP_BACKUP, TermGrbit.DIRTY) == (1, 2, 4, 8)
    assert (StopServiceGrbit.BACKGROUND_USER_TASKS, StopServiceGrbit.QUIESCE_CACHES) == (0x2, 0x4)
    assert (StopServiceGrbit.ALL, StopServiceGrbit.RESUME) == (0, 0x80000000)


def test_callback_numbers() -> None:
    assert (Snp.RESTORE, Snp.BACKUP) == (8, 9)
    assert (Snt.PROGRESS, Snt.FAIL, Snt.BEGIN, Snt.COMPLETE) == (0, 3, 5, 6)


def test_a_code_is_named_with_its_number() -> None:
    assert code_name(-505) == "-505 BackupInProgress"
    assert code_name(-4001) == "-4001"
