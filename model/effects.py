"""Effects: what a call leaves behind besides its code, as cited clauses, and what its move does, in words.

Clauses speak of files, logs, headers, events and data; they are judged at quiescent points (DESIGN.md section 3). Here they
are stated, one row a clause, so that a code can be explained together with its effects.
"""

from collections.abc import Iterable

from .calls import Call
from .clause import ANY, Clause, When
from .effects_external import EXTERNAL
from .predicates import holds
from .state import Control

BI, RI, IN, CI = "JetBackupInstance", "JetRestoreInstance", "JetInit", "JetCreateInstance"
SI, S2, SB, TM, T2 = "JetStopServiceInstance", "JetStopServiceInstance2", "JetStopBackupInstance", "JetTerm", "JetTerm2"
SP, ES, CD, INSERT = "JetSetSystemParameter", "JetEndSession", "JetCreateDatabase", "Insert"

SUCCESS, FAILURE, ALWAYS = When.SUCCESS, When.FAILURE, When.ALWAYS

# fmt: off
_COMMON = (
    Clause("BI.events", BI, ALWAYS, "", "event log entries name the steps: the files, the truncation, the final result", "BI Remarks"),
    Clause("BI.headers", BI, SUCCESS, "not place_null", "the headers of the databases tell when this backup was made", "BI Return value: headers are updated; L24"),
    Clause("BI.truncated", BI, SUCCESS, "", "logs that are no longer needed are deleted", "BI Return value: logs are truncated; L24"),
    Clause("BI.logs-kept", BI, FAILURE, "not circular", "no log is truncated", "BI Return value: on failure; L24; TL: with circular logging logs go by themselves"),
    Clause("BI.no-set", BI, FAILURE, "", "the destination does not restore to this backup", "BI Return value: on failure, no restore is possible"),
    Clause("BI.atomic-keeps", BI, FAILURE, "atomic & place_atomic_set", "the earlier set in the same folder is intact and restores", "BI Parameters: Atomic; C16"),
    Clause("BI.rolled", BI, SUCCESS, "not place_null", "the current log was closed and a new generation began: no copied log is in use", "BI Remarks; L26"),
    Clause("BI.progress", BI, ALWAYS, "", "its status callback is told of a backup, of no more work done than there is, and of no less than before", "PF Remarks; SNP; SNG Members: total is never below done; observed: on success"),
    Clause("BI.completed", BI, SUCCESS, "", "its status callback, if it is called, is told of the beginning first and of the completion last", "SNT: the beginning and the completion of an operation; observed: on success"),
    Clause("RI.uninitialized", RI, FAILURE, "created", "the instance stays uninitialised; its files were probably altered", "RI Return value: on failure; L10"),
    Clause("RI.clean", RI, SUCCESS, "", "the databases are transactionally clean; checkpoint, logs and databases changed; the instance is not initialised", "RI Return value: on success; L9; DESIGN hard readings"),
    Clause("RI.rolled-forward", RI, SUCCESS, "not circular_logging", "the databases hold every change in the logs of the set, and in later ones that the log folder still has", "RI Remarks"),
    Clause("RI.moment", RI, SUCCESS, "circular_logging", "the databases hold the state of the moment of the backup", "RI Remarks: circular logging"),
    Clause("RI.progress", RI, ALWAYS, "", "its status callback is told of a restore, of no more work done than there is, and of no less than before", "PF Remarks; SNP; SNG Members: total is never below done; observed: on success"),
    Clause("RI.completed", RI, SUCCESS, "", "its status callback, if it is called, is told of the beginning first and of the completion last", "SNT: the beginning and the completion of an operation; observed: on success"),
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
    Clause("BI.full", BI, SUCCESS, "not incremental", "the destination (a null or empty path: the current folder; an atomic one: its folder `new`) holds a copy of each attached database that is logged", "observed: on success; path table; source 2.3 steps 3 and 4"),
    Clause("BI.copy", BI, SUCCESS, "not incremental", "each copy of a database has whole pages, at most one more than its source: the trailer", "observed: on success; source 2.3 step 4"),
    Clause("BI.patch", BI, SUCCESS, "not incremental", "an empty .pat lies beside each copy", "observed: on success; source 2.3 step 6"),
    Clause("BI.patch-source", BI, SUCCESS, "not incremental", "an empty .pat stays beside each source database", "observed: on success; source 2.7"),
    Clause("BI.nothing-else", BI, SUCCESS, "not incremental & not place_null & not place_blank", "the set is databases, their .pat files and logs, and nothing else", "source 2.1 G27, G30; 2.3 steps 4 to 6"),
    Clause("BI.logs", BI, SUCCESS, "", "the generations copied follow one another without a gap, up to the one that this backup closed", "observed: on success; source 2.3 step 5"),
    Clause("BI.logs-whole", BI, SUCCESS, "", "each log copied is exactly one log file", "source 2.3 step 6: a log is copied as it is; 2.4"),
    Clause("BI.incremental", BI, SUCCESS, "incremental", "every log generation that is still present was copied, one of the same name is overwritten, and nothing but logs was added", "observed: on success; path table; source 2.4"),
    Clause("BI.atomic", BI, SUCCESS, "atomic & not incremental", "the set is in the folder `new`; neither `temp` nor `old` is left", "observed: path table; full onto full; source 2.3 step 7"),
    Clause("BI.needed", BI, SUCCESS, "not circular", "only the oldest generations were deleted: those in the log folder follow one another up to the one that this backup closed", "observed: generations below the checkpoint are deleted; traces: seq-0119, the checkpoint after the roll is the limit, against source 2.3 step 5; source 2.5: in increasing order"),
    Clause("BI.refused", BI, FAILURE, "", "a backup that was refused before it looked at its path changed nothing there", "source 2.1 G2 to G21"),
    Clause("BI.copy-mark", BI, SUCCESS, "not incremental", "the header of each copy names the lowest generation copied, and is not clean", "source 2.3 step 4: the header is snapshotted"),
    Clause("BI.unmarked", BI, SUCCESS, "stop_backup", "the header mark stays empty: the next incremental backup fails with -560", "observed: stopped at complete; source 2.7"),
    Clause("BI.partial", BI, FAILURE, "not atomic", "what was copied before the failure stays: databases in whole pages, empty .pat files, logs whole or empty; what was there before, but for the folder `temp`, is there still", "observed: damage table; source 2.1 G26; 2.3 steps 4 and 6; 2.7"),
    Clause("BI.partial-atomic", BI, FAILURE, "atomic & not incremental", "no partial copy is left; an earlier set may now be called `old`, and is gone where the backup failed after the new set took its place", "observed: atomic repeated; damage table; source 2.1 G29; 2.3 step 7; 2.7"),
    Clause("SB.running", SB, SUCCESS, "", "the running backup ends with BackupAbortByServer; the next one is not affected", "observed: while a backup is held; source 3"),
    Clause("IN.failed", IN, FAILURE, "created", "the handle is freed", "source 1.4"),
    Clause("RI.databases", RI, SUCCESS, "", "each database of the set is there again, at its path or in the destination, and has whole pages", "observed: full into an emptied directory; source 4.1 l"),
    Clause("RI.set-kept", RI, ALWAYS, "", "the set stays as it was, but for logs that are out of its range", "source 4.1 g, k, l: the set is read; only logs out of range are deleted there"),
    Clause("RI.not-found", RI, FAILURE, "created", "where no set is found no file changes", "observed: -1811; source 4.1 e: before anything is written"),
    Clause("IN.logs", IN, SUCCESS, "created", "with recovery on, the log folder holds the current log, or `edbtmp.log` that is about to become it, each log in it is exactly one log file, and the checkpoint file has whole pages", "source 7.3; 7.4; 7.5; observed: edbtmp.log comes and goes"),
    Clause("any.elsewhere", ANY, ALWAYS, "", "nothing is written but in the log folder, beside a database, and below the paths that calls name", "source 2.3, 2.4, 4.2: what each call writes, and where"),
    Clause("any.sizes", ANY, ALWAYS, "", "in the log folder each log and each reserved one is exactly one log file, databases, flush maps and checkpoints have whole pages, and a .pat is empty", "source 2.3 step 4; 7.1; 7.3; 7.4; 7.5; observed: on success"),
    Clause("CD.pages", CD, SUCCESS, "", "the database file has whole pages, its header at least", "source 7.1"),
)
# fmt: on

CLAUSES: dict[str, tuple[Clause, ...]] = {"documented": (*_COMMON, *_DOCUMENTED, *EXTERNAL), "ese": (*_COMMON, *_ESE)}
"""The clauses of each profile."""


def clauses(profile: str, call: Call, control: Control, *, success: bool) -> tuple[Clause, ...]:
    """The clauses that speak of this call, made in that control state, when it ends so."""
    wanted = (SUCCESS if success else FAILURE, ALWAYS)
    return tuple(
        clause
        for clause in CLAUSES.get(profile, _COMMON)
        if clause.speaks_of(call.name) and clause.when in wanted and holds(clause.condition, control, call)
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
    "backup.entering-shared": "a backup is in progress, in the instance's one context; an earlier stop request is forgotten",
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
    "streaming.begin": "a streaming backup is in progress; an earlier stop request is forgotten",
    "streaming.claim": "a streaming backup is in progress, its first call under way",
    "streaming.share": "the backup has the instance's one context",
    "streaming.enter": "a call of the streaming backup is under way",
    "streaming.left": "the call is over",
    "streaming.over": "the streaming backup is over",
    "streaming.over-log": "the streaming backup is over; log writing is refused from now on",
    "streaming.over-fatal": "the streaming backup is over; the instance is unavailable until it is ended",
    "streaming.open": "the file is open",
    "streaming.read": "so much of the file is read",
    "streaming.drop": "the file is closed and does not count",
    "streaming.close": "the file is closed; it counts if all of it was read",
    "streaming.list": "the log is rolled; no database can be opened any more",
    "streaming.truncate": "logs that are not needed any more are deleted",
    "streaming.end": "the streaming backup is over; what it copied counts as fully backed up if logs were truncated",
    "snapshot.prepare": "a snapshot session is prepared",
    "snapshot.choose": "the instance is in the session",
    "snapshot.freeze": "the instances of the session are frozen",
    "snapshot.freeze-all": "the instances of the session, by default all that run, are frozen",
    "snapshot.freeze-without": "the session is frozen without this instance",
    "snapshot.freeze-shared": "the instances of the session are frozen; the snapshot has their one backup context",
    "snapshot.refuse": "nothing is frozen, and the session can only be ended",
    "snapshot.forsake": "nothing is frozen, and no instance is in the session any more",
    "snapshot.thaw": "writes go on; the session stays open",
    "snapshot.finish": "the snapshot session is over",
    "snapshot.clear": "the snapshot session is over, and whatever backup its instances were in",
    "snapshot.complete": "the snapshot session is over; the databases count as saved by a snapshot",
    "term.begin": "the instance is terminating; a streaming backup is over",
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
