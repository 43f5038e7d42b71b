"""Conditions in words: what a row's condition says to a person, for tables, pictures and explanations."""

from .calls import Finding

PHRASES: dict[str, tuple[str, str]] = {
    # the handle and the phase
    "handle_bad": ("the handle is not valid", "the handle is valid"),
    "handle_nil": ("the handle is JET_instanceNil", "the handle is not JET_instanceNil"),
    "handle_gone": ("the instance was ended or never created", "the handle was never one"),
    "nobody": ("no instance exists, and the handle may name none", "an instance exists, or the handle is garbage"),
    "alive": ("the instance exists", "the instance does not exist"),
    "created": ("JetInit has not been called", "JetInit has been called"),
    "initializing": ("JetInit is running", "JetInit is not running"),
    "running": ("the instance is running", "the instance is not running"),
    "restoring": ("a restore is running", "no restore is running"),
    "terminating": ("the instance is terminating", "the instance is not terminating"),
    "not_running": ("the instance is not running", "the instance is running"),
    "term_waiting": ("JetTerm2 waits for the backup", "no JetTerm2 waits"),
    # flags
    "stopped": ("service was stopped", "service was not stopped"),
    "stopped_all": ("service was stopped for good", "service was not stopped for good"),
    "fatal": ("a fatal error happened", "no fatal error happened"),
    "opened": ("a restore was tried on it", "no restore was tried on it"),
    "backup_refused": ("backups are refused for good", "backups are not refused"),
    "log_refused": ("log writing is refused", "log writing is not refused"),
    "log_full": ("no space for the next log write", "there is space for the next log write"),
    "log_torn": ("the next log write fails half-way", "the next log write does not fail half-way"),
    "log_failing": ("the next log write fails", "log writes work"),
    "log_damaged": ("a log that is read is damaged", "no log is known to be damaged"),
    "log_perhaps_damaged": ("a log is damaged, perhaps one that is read", "no log is damaged"),
    # the configuration
    "recovery_off": ("logging is off", "logging is on"),
    "logging": ("recovery is on", "recovery is off"),
    "circular_logging": ("circular logging", "no circular logging"),
    "circular": ("circular logging", "no circular logging"),
    "create_path": ("CreatePathIfNotExist", "not CreatePathIfNotExist"),
    "circular_kept": ("circular logging keeps its value", "it is not circular logging, or gets another value"),
    "init_only": ("the parameter is fixed at JetInit", "the parameter may change at any time"),
    # the backup in progress
    "backup_active": ("a backup is running already", "no backup is running"),
    "backup_copying": ("a backup is copying", "no backup is copying"),
    "backup_entering": ("a backup is about to begin", "no backup is about to begin"),
    "one_instance": ("the process runs in the one-instance mode", "the process is not in the one-instance mode"),
    "stop_during": ("JetStopBackupInstance was called while it runs", "no stop was asked for while it runs"),
    "stop_backup": ("JetStopBackupInstance was called", "JetStopBackupInstance was not called"),
    "call_backs_up": ("JetBackupInstance is running", "JetBackupInstance is not running"),
    # a streaming backup
    "streaming_open": ("a streaming backup is open", "no streaming backup is open"),
    "streaming_busy": (
        "another call of the streaming backup is under way",
        "no call of a streaming backup is under way",
    ),
    "streaming_incremental": ("the streaming backup is incremental", "the streaming backup is not incremental"),
    "streaming_in_logs": ("only logs can be opened now", "databases can be opened now"),
    "streaming_listed": ("the logs were listed", "the logs were not listed"),
    "streaming_complete": ("every file of the set was read", "not every file of the set was read"),
    "surrogate_open": ("a surrogate backup is open", "no surrogate backup is open"),
    "context_free": ("no backup is open", "a backup is open"),
    "context_not_local": ("no backup is open, or a surrogate one", "a backup that is no surrogate is open"),
    "context_internal": ("the backup is JetBackupInstance's", "the backup is a client's"),
    "context_incremental": ("the backup is incremental", "the backup is not incremental"),
    "context_in_logs": ("the backup has come to the logs", "the backup has not come to the logs"),
    "context_listed": ("the logs were listed", "the logs were not listed"),
    "context_logs_read": ("every log was read", "not every log was read"),
    "context_lost": ("the backup was ended by another call", "the backup was not ended by another call"),
    "backup_taken": ("a backup is in progress", "no backup is in progress"),
    "file_open": ("a file is open", "no file is open"),
    "file_bad": ("the file handle was never given out", "the file handle was given out"),
    "file_this": ("the handle is that of the open file", "the handle is not that of the open file"),
    "file_database": ("the open file is a database", "the open file is no database"),
    "file_begun": ("some of the file was read", "nothing of the file was read"),
    "file_damaged": ("the open file is damaged", "the open file is not known to be damaged"),
    "file_perhaps_damaged": ("the open file is perhaps damaged", "the open file is not damaged"),
    "target_nameless": ("the name is null or empty", "a name is given"),
    "target_database": ("the file is a database", "the file is no database"),
    "target_attached": ("the file is an attached database", "the file is no attached database"),
    "target_absent": ("there is no such file", "the file is there"),
    "target_log": ("the file is a log", "the file is no log"),
    "target_other": ("the file is none that is to be read", "the file is one that is to be read"),
    "target_current_log": ("the file is the current log", "the file is not the current log"),
    "target_other_log": ("the file is a log that is not of the set", "the file is no log outside the set"),
    "target_foreign": ("the file is no database and no log", "the file is a database or a log"),
    "amount_rest": ("all the rest is asked for", "less than the rest is asked for"),
    "amount_odd": ("the size is no multiple of a page", "the size is a multiple of a page"),
    "amount_one": ("the first read is of one page", "the first read is not of one page"),
    "amount_two": ("the first read is of two pages", "the first read is not of two pages"),
    # a snapshot
    "snapshot_none": ("no snapshot session is open", "a snapshot session is open"),
    "snapshot_id_bad": ("the id is not that of the session", "the id is that of the session"),
    "snapshot_prepared": ("the session is prepared", "the session is not prepared, or no more"),
    "snapshot_refused": ("its freeze was refused", "no freeze was refused"),
    "snapshot_frozen": ("the session is frozen", "the session is not frozen"),
    "snapshot_timed_out": ("the freeze timed out", "the freeze did not time out"),
    "snapshot_thawed": ("the session is thawed", "the session is not thawed"),
    "snapshot_member": ("the instance is in the session", "the instance is not in the session"),
    "in_snapshot": ("the instance is in a session", "the instance is in no session"),
    "some_without_snapshot": ("a database was never saved by a snapshot", "every database was saved by a snapshot"),
    "snapshot_explicit": ("ExplicitPrepare was asked for", "ExplicitPrepare was not asked for"),
    "snapshot_continues": ("ContinueAfterThaw was asked for", "ContinueAfterThaw was not asked for"),
    "snapshot_copy": ("the session is a copy", "the session is no copy"),
    "snapshot_incremental": ("the session is incremental", "the session is not incremental"),
    "instance_calm": ("no backup of the instance is in progress", "a backup of the instance is in progress"),
    # options
    "incremental": ("incremental", "not incremental"),
    "atomic": ("atomic", "not atomic"),
    "backup_grbit_bad": ("an option bit is unknown or reserved", "every option bit is known"),
    "callback_failed": ("the status callback answered with a failure", "the status callback answered with no failure"),
    "callback_failed_first": ("it did so at its first call", "it did so later than at its first call"),
    "stop_grbit_bad": ("an option bit is unknown", "every option bit is known"),
    "stop_grbit_all": ("StopServiceAll", "not StopServiceAll"),
    "stop_grbit_resume": ("Resume", "not Resume"),
    "stop_grbit_emit": ("StopAndEmitLog", "not StopAndEmitLog"),
    "stop_grbit_named": ("an activity is named", "no activity is named"),
    "term_stop_backup": ("with StopBackup", "without StopBackup"),
    "term_dirty": ("with Dirty", "without Dirty"),
    "surrogate": ("the surrogate bit 0x20", "no surrogate bit"),
    "internal_copy": ("the internal copy bit 0x40", "no internal copy bit"),
    "begin_grbit_bad": ("grbit is neither 0 nor Incremental", "grbit is 0 or Incremental"),
    "begin_grbit_unknown": ("grbit has bits outside 0x61", "grbit has no bits outside 0x61"),
    "end_grbit_both": ("grbit has Normal and Abort", "grbit has not both Normal and Abort"),
    "end_grbit_none": ("grbit has neither Normal nor Abort", "grbit has Normal or Abort"),
    "end_grbit_unknown": ("grbit has unknown bits", "grbit has no unknown bits"),
    "end_abort": ("grbit has Abort", "grbit has no Abort"),
    "term_cleans": ("the termination ends backups", "the termination ends no backup"),
    "grbit_given": ("grbit is not zero", "grbit is zero"),
    "prepare_grbit_bad": ("grbit has bits outside 0xF", "grbit has no bits outside 0xF"),
    "truncate_grbit_bad": ("grbit has more than AllDatabases", "grbit is 0 or AllDatabases"),
    "end_snapshot_grbit_bad": ("grbit has more than Abort", "grbit is 0 or Abort"),
    "end_snapshot_abort": ("grbit has Abort", "grbit has no Abort"),
    # places
    "place_null": ("the path is null", "the path is not null"),
    "place_blank": ("the path is empty text", "the path is not empty text"),
    "place_missing": ("the folder does not exist", "the folder exists or will be made"),
    "place_absent": ("the folder does not exist", "the folder exists"),
    "place_file": ("the path is a file", "the path is not a file"),
    "place_foreign": ("the folder holds foreign files", "the folder holds no foreign files"),
    "place_without_set": ("the folder holds no backup set", "the folder holds a backup set"),
    "place_empty": ("the folder is empty", "the folder is not empty"),
    "place_full_set": ("the folder holds a full set", "the folder holds no full set"),
    "place_atomic_set": ("the folder holds an atomic set", "the folder holds no atomic set"),
    "log_folder_empty": ("no logs are in the log folder", "logs may be in the log folder"),
    "destination_missing": ("the destination does not exist", "the destination exists"),
    # what is in the files
    **{
        f"found_{finding.name.lower()}": (f"it meets {finding.value}", f"it does not meet {finding.value}")
        for finding in Finding
    },
    # sessions and databases
    "session_bad": ("the session is not valid", "the session is valid"),
    "session_taken": ("the session exists already", "the session is new"),
    "database_bad": ("the database handle is not valid", "the database handle is valid"),
    "file_there": ("the file exists", "the file does not exist"),
    "file_absent": ("the file does not exist", "the file exists"),
    "this_attached": ("the database is attached", "the database is not attached"),
    "this_open": ("the database is open", "the database is not open"),
    "some_never_backed_up": ("a database was never fully backed up", "every database was fully backed up"),
    "some_perhaps_backed_up": (
        "a database was perhaps backed up",
        "whether each was backed up is known",
    ),
    "same_file_names": (
        "two attached databases have one file name",
        "all attached databases have different file names",
    ),
    "none_attached": ("no database is attached", "a database is attached"),
    "page_damaged": ("a page that is read is damaged", "no page is known to be damaged"),
    "page_perhaps_damaged": ("a page is damaged, perhaps one that is read", "no page is damaged"),
    "some_damage": ("a page of some database is damaged", "no page of any database is damaged"),
}
"""For each predicate, what it says when true and when false. One that is missing here is shown by its name."""


def literals(condition: str) -> tuple[str, ...]:
    """The predicates of a condition, each perhaps after "not "; none for the condition that always holds."""
    return tuple(word.strip() for word in condition.split("&")) if condition else ()


def in_words(condition: str) -> str:
    """The condition as a person says it, for example `incremental, circular logging, the path is not null`."""
    return ", ".join(_phrase(literal) for literal in literals(condition)) or "always"


def _phrase(literal: str) -> str:
    name = literal.removeprefix("not ")
    plain = name.replace("_", " ")
    yes, no = PHRASES.get(name, (plain, f"not {plain}"))
    return yes if literal == name else no
