"""Effects: what a call leaves behind besides its code, as cited clauses, and what its move does, in words.

Clauses speak of files, logs, headers, events and data; they are judged at quiescent points (DESIGN.md section 3). Here they
are stated, one row a clause, so that a code can be explained together with its effects.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from .calls import Call
from .predicates import holds
from .state import Control

BI, RI, IN, CI = "JetBackupInstance", "JetRestoreInstance", "JetInit", "JetCreateInstance"
SI, S2, SB, TM, T2 = "JetStopServiceInstance", "JetStopServiceInstance2", "JetStopBackupInstance", "JetTerm", "JetTerm2"
SP, ES, CD, INSERT = "JetSetSystemParameter", "JetEndSession", "JetCreateDatabase", "Insert"


class When(Enum):
    """On which outcomes a clause speaks."""

    SUCCESS = "success"
    FAILURE = "failure"
    ALWAYS = "always"


SUCCESS, FAILURE, ALWAYS = When.SUCCESS, When.FAILURE, When.ALWAYS


@dataclass(frozen=True)
class Clause:
    """One effect: of which call, on which outcome and under which condition (as in a row), in words, with its citation."""

    id: str
    call: str
    when: When
    condition: str
    text: str
    citation: str


# fmt: off
_COMMON = (
    Clause("BI.events", BI, ALWAYS, "", "event log entries name the steps: the files, the truncation, the final result", "BI Remarks"),
    Clause("BI.headers", BI, SUCCESS, "not place_null", "the headers of the databases tell when this backup was made", "BI Return value: headers are updated; L24"),
    Clause("BI.truncated", BI, SUCCESS, "", "logs that are no longer needed are deleted", "BI Return value: logs are truncated; L24"),
    Clause("BI.logs-kept", BI, FAILURE, "not circular", "no log is truncated", "BI Return value: on failure; L24; TL: with circular logging logs go by themselves"),
    Clause("BI.no-set", BI, FAILURE, "", "the destination does not restore to this backup", "BI Return value: on failure, no restore is possible"),
    Clause("BI.atomic-keeps", BI, FAILURE, "atomic & place_atomic_set", "the earlier set in the same folder is intact and restores", "BI Parameters: Atomic; C16"),
    Clause("BI.rolled", BI, SUCCESS, "not place_null", "the current log was closed and a new generation began: no copied log is in use", "BI Remarks; L26"),
    Clause("RI.uninitialized", RI, FAILURE, "created", "the instance stays uninitialised; its files were probably altered", "RI Return value: on failure; L10"),
    Clause("RI.clean", RI, SUCCESS, "", "the databases are transactionally clean; checkpoint, logs and databases changed; the instance is not initialised", "RI Return value: on success; L9; DESIGN hard readings"),
    Clause("RI.rolled-forward", RI, SUCCESS, "not circular", "the databases hold every change in the logs of the set, and in later ones that the log folder still has", "RI Remarks"),
    Clause("RI.moment", RI, SUCCESS, "circular", "the databases hold the state of the moment of the backup", "RI Remarks: circular logging"),
    Clause("RI.events", RI, ALWAYS, "", "event log entries tell of the restore", "RI Remarks"),
    Clause("IN.recovered", IN, SUCCESS, "", "every committed transaction of a crashed run is there again; no database is attached", "IN Remarks; L3"),
    Clause("CI.defaults", CI, SUCCESS, "", "the instance exists, with the default parameters", "CI Return value: on success; L1"),
    Clause("CI.nothing", CI, FAILURE, "", "no instance was allocated", "CI Return value: on failure; L1"),
    Clause("SI.blocks", SI, SUCCESS, "", "most later calls on the instance fail with ClientRequestToStopJetService; JetTerm is still needed", "SI Return value; L11"),
    Clause("SI.nothing", SI, FAILURE, "", "nothing changes", "SI Return value: on failure; L11"),
    Clause("S2.all", S2, SUCCESS, "stop_grbit_all", "all services of the instance stop, and cannot be resumed", "S2 Parameters: StopServiceAll; L12"),
    Clause("S2.some", S2, SUCCESS, "not stop_grbit_all", "background work stops or resumes; no call is blocked", "S2 Parameters; L12"),
    Clause("SB.nothing", SB, FAILURE, "", "nothing changes", "SB Return value: on failure"),
    Clause("SP.nothing", SP, FAILURE, "", "the parameter keeps its value", "SP Return value: on failure"),
    Clause("ES.rolled-back", ES, SUCCESS, "", "open transactions of the session are rolled back, its handles closed", "ES Remarks"),
    Clause("CD.made", CD, SUCCESS, "", "the database file exists, attached and open", "CD Return value: on success"),
    *(Clause(f"{key}.closed", call, SUCCESS, "", "the handle, its sessions and all other objects are closed; files are changed", "TM, T2 Return value: on success; L16") for key, call in (("TM", TM), ("T2", T2))),
    Clause("T2.dirty", T2, ALWAYS, "term_dirty & running", "the databases are left dirty: recovery runs at the next JetInit", "T2 Parameters: Dirty"),
    Clause("Insert.durable", INSERT, SUCCESS, "", "the rows are committed: they survive a crash, and are in every backup called later", "trace-format.md: Insert commits; DESIGN section 3: data"),
)

_DOCUMENTED = (
    Clause("BI.full", BI, SUCCESS, "not incremental & not place_null", "the destination holds every attached database, and the logs that make them consistent: it restores to the moment of the backup", "BI Return value: full backup"),
    Clause("BI.incremental", BI, SUCCESS, "incremental & not place_null", "only log files were added: those since the last full or incremental backup; with the earlier files they restore to the moment of the backup", "BI Return value: incremental backup"),
    Clause("BI.null", BI, SUCCESS, "place_null", "logs are truncated if possible; no file is written anywhere, header marks are unchanged", "BI Parameters: a null path; C18; DESIGN hard readings"),
    Clause("BI.nothing-new", BI, FAILURE, "", "nothing new is in the destination", "BI Return value: on failure; C16"),
    Clause("SB.new-calls", SB, SUCCESS, "", "a running backup may end with BackupAbortByServer, and new ones may be refused so", "SB Return value: on success; L13; C41"),
    *(Clause(f"{key}.usage", call, FAILURE, "not terminating", "the instance is as it was, after a usage error; else it is gone, and recovery runs at the next JetInit", "TM, T2 Return value: on failure; L17") for key, call in (("TM", TM), ("T2", T2))),
    Clause("IN.failed", IN, FAILURE, "created", "the instance is still uninitialised, or its handle was freed", "L4; DESIGN hard readings"),
)

_ESE = (
    Clause("BI.full", BI, SUCCESS, "not incremental", "the destination (a null or empty path: the current folder) holds all logs from the lowest needed generation to a fresh one, each database, and an empty .pat for each", "observed: on success; path table"),
    Clause("BI.incremental", BI, SUCCESS, "incremental", "every log generation that is still present was copied; one of the same name is overwritten", "observed: on success; path table"),
    Clause("BI.atomic", BI, SUCCESS, "atomic & not incremental", "the set is in the folder `new`; what was in `new` before is gone", "observed: path table; full onto full"),
    Clause("BI.unmarked", BI, SUCCESS, "stop_backup", "the header mark stays empty: the next incremental backup fails with -560", "observed: stopped at complete; source 2.7"),
    Clause("BI.partial", BI, FAILURE, "not atomic", "what was copied before the failure stays in the destination", "observed: damage table"),
    Clause("BI.partial-atomic", BI, FAILURE, "atomic", "no partial copy is left; an earlier set may now be called `old`", "observed: atomic repeated; damage table"),
    Clause("SB.running", SB, SUCCESS, "", "the running backup ends with BackupAbortByServer; the next one is not affected", "observed: while a backup is held; source 3"),
    Clause("IN.failed", IN, FAILURE, "created", "the handle is freed", "source 1.4"),
)
# fmt: on

CLAUSES: dict[str, tuple[Clause, ...]] = {"documented": (*_COMMON, *_DOCUMENTED), "ese": (*_COMMON, *_ESE)}
"""The clauses of each profile."""


def clauses(profile: str, call: Call, control: Control, *, success: bool) -> tuple[Clause, ...]:
    """The clauses that speak of this call, made in that control state, when it ends so."""
    wanted = (SUCCESS if success else FAILURE, ALWAYS)
    return tuple(
        clause
        for clause in CLAUSES.get(profile, _COMMON)
        if clause.call == call.name and clause.when in wanted and holds(clause.condition, control, call)
    )


# fmt: off
MOVES_IN_WORDS: dict[str, str] = {
    "create": "the instance exists",
    "configure": "the parameter is set",
    "init.enter": "JetInit is running",
    "init.done": "the instance runs",
    "init.failed": "the instance is still uninitialised",
    "init.freed": "the handle is freed",
    "init.one": "the process runs in the one-instance mode",
    "restore.enter": "a restore is running",
    "restore.left": "the instance is uninitialised",
    "restore.done": "the instance is uninitialised; what was backed up before is no longer known",
    "stop": "the instance is stopped",
    "stop.all": "the instance is stopped, for good",
    "fatal": "the instance is unavailable until it is ended",
    "term.created": "the handle is freed",
    "term.enter": "the instance is terminating",
    "term.wait": "JetTerm2 waits for the backup to end",
    "term.done": "the instance is gone",
    "term.failed": "the instance runs again, and refuses backups for good",
    "session.begin": "the session exists",
    "session.end": "the session is gone, with what it had open",
    "database.create": "the database exists, attached and open",
    "database.open": "the database is open",
    "database.close": "the handle is closed",
    "database.attach": "the database is attached",
    "database.detach": "the database is detached",
    "rows.touched": "damaged pages may have been written anew",
    "backup.entering": "a backup is in progress",
    "backup.entering-afresh": "a backup is in progress; an earlier stop request is forgotten",
    "backup.databases": "databases are copied",
    "backup.logs": "logs are copied",
    "backup.truncating": "logs are truncated",
    "backup.leaving": "the backup is about to return",
    "backup.left": "no backup is in progress",
    "database.create-listed": "the database exists, attached and open",
    "backup.full-listed": "no backup is in progress; the databases that were attached when it made its list count as fully backed up",
    "restore.own-enter": "a restore is running, on an instance of its own where none is named",
    "restore.own-left": "the instance is uninitialised",
    "restore.own-done": "the instance is uninitialised; the restored databases are marked as their copies were",
    "restore.own-copied": "the instance is uninitialised; copies lie where the databases should",
    "backup.full": "no backup is in progress; the attached databases count as fully backed up",
    "backup.incremental": "no backup is in progress",
    "backup.truncated": "no backup is in progress; damaged logs may have been deleted",
    "backup.stop": "a stop of backups is requested",
    "backup.stop-running": "a stop of the running backup is requested",
    "log.broken": "log writing is refused from now on",
}
# fmt: on


def move_in_words(move: str) -> str:
    """What a row's move does to the instance."""
    return MOVES_IN_WORDS[move] if move else "nothing changes"


def check_clauses(tables: Iterable[tuple[Clause, ...]]) -> None:
    """ValueError when two clauses of a table have one id or a clause has no citation, as for rows."""
    for table in tables:
        ids = [clause.id for clause in table]
        twice = sorted({clause_id for clause_id in ids if ids.count(clause_id) > 1})
        uncited = [clause.id for clause in table if not clause.citation]
        if twice or uncited:
            raise ValueError(f"clauses with one id: {twice}; clauses without a citation: {uncited}")


check_clauses(CLAUSES.values())
