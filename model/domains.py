"""Exploration domains: which part of an unbounded world is explored, one literal a domain.

A domain fixes a configuration and a set-up, offers calls, faults and holds, and is explored to its end. Level 1 covers the
cells of all of them with at most one other call in flight, that call being held (DESIGN.md sections 3 and 5).
"""

from dataclasses import dataclass

from .calls import Call, Instance, Place, Stage
from .external import Amount, Target
from .vocabulary import BackupGrbit, SnapshotGrbit, StopServiceGrbit, TermGrbit

NAMED, NIL, GARBAGE = Instance.NAMED, Instance.NIL, Instance.GARBAGE
INCREMENTAL, ATOMIC = int(BackupGrbit.INCREMENTAL), int(BackupGrbit.ATOMIC)
RESUME = int(StopServiceGrbit.RESUME)
TASKS = int(StopServiceGrbit.BACKGROUND_USER_TASKS)
STOP_BACKUP, DIRTY = int(TermGrbit.STOP_BACKUP), int(TermGrbit.DIRTY)
DATABASE = "db/test.edb"
SECOND = "db/second.edb"


def backup(place: Place, grbit: int = 0, instance: Instance = NAMED) -> Call:
    """JetBackupInstance to that kind of place."""
    return Call("JetBackupInstance", instance, place, grbit)


def restore(place: Place, destination: Place | None = None, instance: Instance = NAMED) -> Call:
    """JetRestoreInstance from that kind of place."""
    return Call("JetRestoreInstance", instance, place, destination=destination)


def on_instance(name: str, instance: Instance = NAMED, grbit: int = 0) -> Call:
    """A call that takes an instance and perhaps options."""
    return Call(name, instance, grbit=grbit)


def parameter(name: str, value: str, instance: Instance = NAMED) -> Call:
    """JetSetSystemParameter."""
    return Call("JetSetSystemParameter", instance, parameter=name, value=value)


def begin(session: str = "s1", instance: Instance = NAMED) -> Call:
    """JetBeginSession."""
    return Call("JetBeginSession", instance, session=session)


def in_session(name: str, session: str = "s1", path: str = "", database: str = "") -> Call:
    """A call that takes a session."""
    return Call(name, session=session, path=path, database=database)


def opening(target: Target, path: str = "", file: str = "f1") -> Call:
    """JetOpenFileInstance of that kind of file."""
    return Call("JetOpenFileInstance", NAMED, target=target, path=path, file=file)


def reading(amount: Amount, file: str = "f1") -> Call:
    """JetReadFileInstance of that much."""
    return Call("JetReadFileInstance", NAMED, amount=amount, file=file)


def closing(file: str = "f1") -> Call:
    """JetCloseFileInstance."""
    return Call("JetCloseFileInstance", NAMED, file=file)


def snapshot(name: str, grbit: int = 0, session: str = "last", instance: Instance | None = None) -> Call:
    """A call of the snapshot family, with the session that was prepared last or a bad id."""
    return Call(f"JetOSSnapshot{name}", instance, grbit=grbit, snapshot=session)


@dataclass(frozen=True)
class Hold:
    """A call that can be kept in flight: at a hold point or in its K-th status callback (`callback:K`); the stage that proves."""

    call: Call
    point: str
    stage: Stage


@dataclass(frozen=True)
class Domain:
    """One bounded world: `calls` move it, `probes` are made in every state of it but lead nowhere further."""

    name: str
    what: str
    calls: tuple[Call, ...]
    setup: tuple[Call, ...] = ()
    probes: tuple[Call, ...] = ()
    holds: tuple[Hold, ...] = ()
    faults: tuple[str, ...] = ()
    depth: int | None = None  # explored to that many steps from its set-up; None: to its end


CREATE, INIT = on_instance("JetCreateInstance"), on_instance("JetInit")
TERM, TERM_STOP = on_instance("JetTerm"), on_instance("JetTerm2", grbit=STOP_BACKUP)
STOP, STOP_BACKUP_CALL = on_instance("JetStopServiceInstance"), on_instance("JetStopBackupInstance")
STOP_ALL = on_instance("JetStopServiceInstance2")
CREATE_DATABASE = in_session("JetCreateDatabase", path=DATABASE, database="d1")
CREATE_SECOND = in_session("JetCreateDatabase", path=SECOND, database="d2")
OPEN_DATABASE = in_session("JetOpenDatabase", path=DATABASE, database="d1")
CLOSE_DATABASE = in_session("JetCloseDatabase", database="d1")
ATTACH, DETACH = in_session("JetAttachDatabase", path=DATABASE), in_session("JetDetachDatabase", path=DATABASE)
INSERT, COUNT = in_session("Insert", database="d1"), in_session("CountRows", database="d1")
END_SESSION = in_session("JetEndSession")
FULL, INCREMENT = backup(Place.EMPTY), backup(Place.EMPTY, INCREMENTAL)

RUNNING = (CREATE, INIT, begin(), CREATE_DATABASE, INSERT)
BACKED_UP = (*RUNNING, FULL, INSERT)
RESTORABLE = (*RUNNING, backup(Place.EMPTY, ATOMIC), INSERT, FULL, INSERT, TERM, CREATE)

PLACES = tuple(Place)
GRBITS = (0, INCREMENTAL, ATOMIC, ATOMIC | INCREMENTAL, 0x10, 0x20, 0x11)
ARGUMENTS = (
    *(backup(place, grbit) for place in PLACES for grbit in GRBITS),
    backup(Place.EMPTY, 0, NIL),
    backup(Place.EMPTY, 0, GARBAGE),
    backup(Place.MISSING, INCREMENTAL, NIL),
    backup(Place.NULL, 0x20, GARBAGE),
    FULL,
    INSERT,
)
BAD_HANDLES = tuple(
    call
    for instance in (NIL, GARBAGE)
    for call in (
        backup(Place.EMPTY, 0, instance),
        restore(Place.EMPTY, None, instance),
        on_instance("JetInit", GARBAGE),
        begin("s1", instance),
        parameter("recovery", "on", GARBAGE),
        *(on_instance(name, instance) for name in ("JetTerm", "JetTerm2", "JetStopServiceInstance")),
        *(on_instance(name, instance) for name in ("JetStopServiceInstance2", "JetStopBackupInstance")),
    )
)
TERMS = (TERM, *(on_instance("JetTerm2", grbit=grbit) for grbit in (0, 1, 2, STOP_BACKUP, 5, DIRTY)))
STOPS = (
    STOP,
    *(on_instance("JetStopServiceInstance2", grbit=grbit) for grbit in (0, TASKS, 4, RESUME, RESUME | TASKS, 0x40)),
    STOP_BACKUP_CALL,
)
PARAMETERS = (
    parameter("recovery", "on"),
    parameter("circular_log", "0"),
    parameter("create_path_if_not_exist", "0"),
    parameter("log_file_size", "128"),
)
IN_SESSION = (CREATE_DATABASE, OPEN_DATABASE, CLOSE_DATABASE, ATTACH, DETACH, INSERT, COUNT, END_SESSION)
STALE = tuple(call._replace(session="s9") for call in IN_SESSION)
SOME_BACKUPS = (FULL, INCREMENT, backup(Place.MISSING), backup(Place.NULL), backup(Place.EMPTY, 0x20))
RESTORES = (
    *(restore(place) for place in PLACES),
    restore(Place.FULL_SET, Place.EMPTY),
    restore(Place.FULL_SET, Place.MISSING),
    restore(Place.MISSING, Place.MISSING),
)
OTHERS = (
    *SOME_BACKUPS,
    *TERMS[:2],
    TERM_STOP,
    STOP,
    STOP_BACKUP_CALL,
    INIT,
    restore(Place.EMPTY),
    begin("s2"),
    *PARAMETERS[2:],
)
BEGIN, BEGIN_INCREMENTAL, BEGIN_SURROGATE = (
    on_instance("JetBeginExternalBackupInstance", grbit=grbit) for grbit in (0, 1, 0x20)
)
ATTACH_INFO, LOG_INFO = on_instance("JetGetAttachInfoInstance"), on_instance("JetGetLogInfoInstance")
TRUNCATE_INFO, TRUNCATE = on_instance("JetGetTruncateLogInfoInstance"), on_instance("JetTruncateLogInstance")
END_EXTERNAL = on_instance("JetEndExternalBackupInstance")
END_NORMAL, END_ABORT = (on_instance("JetEndExternalBackupInstance2", grbit=grbit) for grbit in (1, 2))
OPEN_FILE, OPEN_LOG = opening(Target.DATABASE, DATABASE), opening(Target.LAST_LOG)
READ_REST, CLOSE_FILE = reading(Amount.REST), closing()
STREAMING = (
    BEGIN, BEGIN_INCREMENTAL, ATTACH_INFO, OPEN_FILE, READ_REST, CLOSE_FILE, LOG_INFO, TRUNCATE_INFO, TRUNCATE, END_EXTERNAL,
    END_NORMAL, END_ABORT,
)  # fmt: skip
STREAMING_ODDS = (
    *(on_instance("JetBeginExternalBackupInstance", grbit=grbit) for grbit in (4, 5, 0x10)),
    *(opening(target) for target in (Target.NAMELESS, Target.READ_LOG, Target.CURRENT_LOG, Target.OTHER_LOG, Target.FOREIGN)),
    opening(Target.DATABASE, SECOND), opening(Target.DATABASE, DATABASE, "f2"),
    *(reading(amount) for amount in (Amount.ODD, Amount.ONE, Amount.TWO, Amount.PART)),
    reading(Amount.REST, "bad"), closing("bad"),
    *(on_instance("JetEndExternalBackupInstance2", grbit=grbit) for grbit in (0, 3, 0x40, 0x100, 0x101, 0x102)),
)  # fmt: skip
STREAMING_BAD_HANDLES = tuple(call._replace(instance=instance) for instance in (NIL, GARBAGE) for call in STREAMING)
"""Whose codes depend on nothing else."""
PREPARE, FREEZE, THAW, ABORT = Call("JetOSSnapshotPrepare"), snapshot("Freeze"), snapshot("Thaw"), snapshot("Abort")
PREPARE_INSTANCE = snapshot("PrepareInstance", instance=NAMED)
END_SNAPSHOT = snapshot("End")
CONTINUING = PREPARE._replace(grbit=int(SnapshotGrbit.CONTINUE_AFTER_THAW))
EXPLICIT = PREPARE._replace(grbit=int(SnapshotGrbit.EXPLICIT_PREPARE))
SNAPSHOT = (PREPARE, PREPARE_INSTANCE, FREEZE, THAW, END_SNAPSHOT, ABORT)
SNAPSHOT_TRUNCATES = (snapshot("TruncateLog", 1), snapshot("TruncateLogInstance", 1, instance=NAMED))
SNAPSHOT_ODDS = (
    PREPARE._replace(grbit=0x100), snapshot("PrepareInstance", 1, instance=NAMED),
    *(snapshot(name, 1) for name in ("Freeze", "Thaw", "Abort", "End")), snapshot("End", 2),
    *(snapshot("TruncateLog", grbit) for grbit in (0, 2)),
    *(snapshot("TruncateLogInstance", grbit, instance=NAMED) for grbit in (0, 2)),
    *(call._replace(snapshot="bad") for call in (*SNAPSHOT[1:], *SNAPSHOT_TRUNCATES)),
    *(snapshot(name, 1, instance=instance) for name in ("PrepareInstance", "TruncateLogInstance") for instance in (NIL, GARBAGE)),
)  # fmt: skip
EVERY_OTHER = tuple(dict.fromkeys((
    CREATE, *OTHERS, backup(Place.EMPTY, ATOMIC), *STOPS[1:], restore(Place.MISSING), PARAMETERS[0], *IN_SESSION,
    CREATE_SECOND, *TERMS[2:],
    backup(Place.EMPTY, 0, GARBAGE), on_instance("JetStopBackupInstance", GARBAGE), on_instance("JetTerm", NIL),
    *STREAMING, *SNAPSHOT,
)))  # fmt: skip

BACKUP_HOLDS = (
    Hold(FULL, "enter", Stage.ENTERING),
    Hold(FULL, "callback:1", Stage.DATABASES),
    Hold(INCREMENT, "copy", Stage.LOGS),
    Hold(FULL, "truncate", Stage.TRUNCATING),
    Hold(FULL, "leave", Stage.LEAVING),
)

DOMAINS: tuple[Domain, ...] = (
    Domain(
        "lifecycle",
        "an instance from creation to termination and again, with a session and a database, every call that moves it",
        (CREATE, INIT, *TERMS, *STOPS, *PARAMETERS, begin(), END_SESSION, CREATE_DATABASE, INSERT, *SOME_BACKUPS,
         restore(Place.MISSING), *BAD_HANDLES),
        probes=(*STREAMING, BEGIN._replace(instance=NIL), LOG_INFO._replace(instance=GARBAGE)),
    ),
    Domain(
        "databases",
        "one database through create, open, close, attach, detach, backups; good, stale and unknown sessions",
        (begin(), *IN_SESSION, *STALE, STOP, FULL, INCREMENT),
        setup=(CREATE, INIT),
    ),
    Domain("arguments", "every path and option of JetBackupInstance, before and after a full backup", ARGUMENTS, RUNNING),
    Domain(
        "arguments, circular", "the same with circular logging", ARGUMENTS,
        (CREATE, parameter("circular_log", "1"), *RUNNING[1:]),
    ),
    Domain(
        "arguments, create path", "the same with JET_paramCreatePathIfNotExist", ARGUMENTS,
        (CREATE, parameter("create_path_if_not_exist", "1"), *RUNNING[1:]),
    ),
    Domain(
        "arguments, no recovery", "the same without logging", ARGUMENTS,
        (CREATE, parameter("recovery", "off"), *RUNNING[1:]),
    ),
    Domain(
        "restore",
        "every source and destination of JetRestoreInstance, and what the instance can do afterwards",
        (*RESTORES, CREATE, INIT, TERM, begin(), ATTACH, INCREMENT, FULL, on_instance("JetStopServiceInstance")),
        setup=RESTORABLE,
    ),
    Domain(
        "damage",
        "a page of the database, a needed log generation, or both are damaged on disk",
        (*SOME_BACKUPS, backup(Place.EMPTY, ATOMIC), backup(Place.ATOMIC_SET, ATOMIC), backup(Place.NULL, INCREMENTAL), INSERT,
         COUNT, STOP_BACKUP_CALL),
        setup=(*RUNNING, backup(Place.EMPTY, ATOMIC), INSERT, FULL, INSERT),
        faults=("page", "log"),
    ),
    Domain(
        "first backup fails",
        "a damaged page or log, or a stop, in the way of the first full backup: what an incremental says then",
        (FULL, INSERT),
        setup=RUNNING,
        probes=(INCREMENT, backup(Place.EMPTY, ATOMIC)),
        holds=(Hold(FULL, "callback:1", Stage.DATABASES),),
        faults=("page", "log"),
    ),
    Domain(
        "create path, there and back",
        "JET_paramCreatePathIfNotExist set and reset while the instance runs",
        (parameter("create_path_if_not_exist", "1"), parameter("create_path_if_not_exist", "0")),
        setup=RUNNING,
        probes=(backup(Place.MISSING), backup(Place.MISSING, ATOMIC), backup(Place.MISSING, INCREMENTAL)),
    ),
    Domain(
        "two databases",
        "a second database beside one that was backed up: made, detached, attached, backed up",
        (CREATE_SECOND, FULL, in_session("JetDetachDatabase", path=SECOND), in_session("JetAttachDatabase", path=SECOND),
         in_session("JetCloseDatabase", database="d2")),
        setup=BACKED_UP,
        probes=(INCREMENT, INSERT, in_session("Insert", database="d2"), in_session("CountRows", database="d2"), COUNT),
    ),
    Domain(
        "damage and restart",
        "a damaged page or log, then termination, and what JetInit, JetRestoreInstance and JetAttachDatabase may say of it",
        (TERM, CREATE, INIT, begin(), ATTACH, restore(Place.FULL_SET)),
        setup=BACKED_UP,
        probes=(OPEN_DATABASE, DETACH, INCREMENT, FULL),
        faults=("page", "log"),
    ),
    Domain(
        "log writing",
        "log writes fail, for want of space or in the middle of a record",
        (INSERT, FULL, STOP),
        setup=BACKED_UP,
        probes=(*SOME_BACKUPS[1:], *IN_SESSION, begin("s2"), STOP_ALL, STOP_BACKUP_CALL, *TERMS[:2], TERM_STOP,
                *PARAMETERS[1:3], INIT, restore(Place.EMPTY)),
        faults=("log-full", "log-torn"),
    ),
    Domain(
        "backup in flight", "every call while a backup is held at one of its stages",
        (STOP, STOP_BACKUP_CALL, FULL, LOG_INFO, END_NORMAL), BACKED_UP,
        EVERY_OTHER, BACKUP_HOLDS,
    ),
    Domain(
        "backup in flight, database closed", "calls on an attached database that nobody has open, while a backup is held", (),
        (*BACKED_UP, CLOSE_DATABASE), IN_SESSION, (Hold(FULL, "callback:1", Stage.DATABASES),),
    ),
    Domain(
        "backup in flight, database detached", "calls on a database that is not attached, while a backup is held", (),
        (*BACKED_UP, CLOSE_DATABASE, DETACH), IN_SESSION, (Hold(FULL, "callback:1", Stage.DATABASES),),
    ),
    Domain(
        "init in flight", "every call while JetInit is held", (), (CREATE,), EVERY_OTHER,
        (Hold(INIT, "enter", Stage.WORKING),),
    ),
    Domain(
        "restore in flight", "every call while JetRestoreInstance is held", (), RESTORABLE, EVERY_OTHER,
        (Hold(restore(Place.FULL_SET), "callback:1", Stage.WORKING),),
    ),
    Domain(
        "term in flight", "every call while JetTerm is held", (STOP,), BACKED_UP, EVERY_OTHER,
        (Hold(TERM, "enter", Stage.WORKING),),
    ),
    Domain(
        "streaming", "a streaming backup from its beginning to its end, orderly and out of order",
        (*STREAMING, OPEN_LOG, STOP_BACKUP_CALL),
        setup=RUNNING,
        probes=(*STREAMING_ODDS, *SOME_BACKUPS[:3], ATTACH, DETACH, INSERT),
    ),
    Domain(
        "streaming, circular", "the same with circular logging: what an incremental one says", (BEGIN, BEGIN_INCREMENTAL, END_ABORT),
        setup=(CREATE, parameter("circular_log", "1"), *RUNNING[1:]),
        probes=(BEGIN_SURROGATE,),
    ),
    Domain(
        "streaming, bits that are not public", "a streaming backup begun with bits that only the source knows, and what it excludes",
        (BEGIN_SURROGATE, on_instance("JetBeginExternalBackupInstance", grbit=0x40), END_ABORT), RUNNING,
        (*STREAMING, *(on_instance("JetBeginExternalBackupInstance", grbit=grbit) for grbit in (0x41, 0x60)), FULL, ATTACH, DETACH,
         CLOSE_DATABASE, *TERMS),
    ),
    Domain(
        "streaming, bits that are not public, database closed", "the same, while nobody has the database open",
        (BEGIN_SURROGATE,), (*RUNNING, CLOSE_DATABASE), (DETACH,),
    ),
    Domain(
        "streaming, no recovery", "the same without logging", (BEGIN, BEGIN_INCREMENTAL),
        setup=(CREATE, parameter("recovery", "off"), *RUNNING[1:]),
    ),
    Domain(
        "streaming, then the end", "a streaming backup, and what stops or ends the instance",
        (BEGIN, LOG_INFO, END_ABORT, STOP, STOP_BACKUP_CALL, TERM, TERM_STOP, TERMS[1]),
        setup=BACKED_UP,
        probes=(*STREAMING, PREPARE, PREPARE_INSTANCE, FREEZE, *STREAMING_BAD_HANDLES, STOP_ALL, *TERMS[1:], FULL, restore(Place.MISSING)),
    ),
    Domain(
        "streaming, damage", "a streaming backup of a damaged page or log",
        (BEGIN, OPEN_FILE, READ_REST, LOG_INFO, OPEN_LOG, END_ABORT),
        setup=RUNNING,
        probes=(reading(Amount.PART), BEGIN_INCREMENTAL, TRUNCATE_INFO, END_NORMAL),
        faults=("page", "log"),
    ),
    Domain(
        "streaming, log writing", "a streaming backup while log writes fail", (BEGIN, LOG_INFO, END_ABORT, INSERT), RUNNING,
        (TRUNCATE_INFO, BEGIN_INCREMENTAL, END_NORMAL), faults=("log-full", "log-torn"),
    ),
    Domain(
        "streaming, two databases", "a database that is made while a streaming backup runs, and one that was there",
        (BEGIN, opening(Target.DATABASE, SECOND), READ_REST, CLOSE_FILE, LOG_INFO, END_NORMAL),
        setup=(*RUNNING, BEGIN, CREATE_SECOND),
        probes=(BEGIN_INCREMENTAL, INCREMENT, ATTACH_INFO, OPEN_FILE),
    ),
    Domain(
        "streaming call in flight", "every call while one call of a streaming backup is held", (), (*RUNNING, BEGIN),
        (*EVERY_OTHER, *STREAMING_ODDS[:3]),
        (Hold(ATTACH_INFO, "enter", Stage.WORKING), Hold(OPEN_FILE, "enter", Stage.WORKING), Hold(LOG_INFO, "enter", Stage.WORKING),
         Hold(END_ABORT, "enter", Stage.WORKING)),
    ),
    Domain(
        "streaming begin in flight", "every call while JetBeginExternalBackupInstance is held", (), RUNNING,
        (*EVERY_OTHER, *STREAMING_ODDS[:3]), (Hold(BEGIN, "enter", Stage.WORKING),),
    ),
    Domain(
        "snapshot", "a snapshot session from its beginning to its end, orderly and out of order, and what it excludes",
        (*SNAPSHOT, *(PREPARE._replace(grbit=grbit) for grbit in (1, 6, 4, 8)), BEGIN),
        setup=RUNNING,
        probes=(*SNAPSHOT_TRUNCATES, *SNAPSHOT_ODDS, FULL, INCREMENT, ATTACH, DETACH, *TERMS[:3], STOP_BACKUP_CALL, LOG_INFO,
                *PARAMETERS[1:3], begin("s2")),
        faults=("snapshot-timeout",),
    ),
    Domain(
        "snapshot, the instance's life", "a snapshot session that is prepared before, and lasts after, the life of an instance",
        (CREATE, INIT, TERM, STOP, CONTINUING, EXPLICIT, PREPARE_INSTANCE, FREEZE, THAW, ABORT),
        probes=(END_SNAPSHOT, *SNAPSHOT_TRUNCATES, FULL),
    ),
    Domain(
        "snapshot, circular", "incremental snapshots with circular logging, before and after a full one",
        (PREPARE, PREPARE._replace(grbit=1), FREEZE, THAW, ABORT), (CREATE, parameter("circular_log", "1"), *RUNNING[1:]),
    ),
    Domain(
        "snapshot and refusals", "snapshots of an instance that refuses backups, or cannot write its log",
        (PREPARE, EXPLICIT, FREEZE, THAW, ABORT, INSERT, FULL, BEGIN, TERMS[1], END_ABORT), BACKED_UP,
        (PREPARE_INSTANCE,), faults=("log-full", "log-torn"),
    ),
    *(
        Domain(
            f"snapshot, {name} in flight", f"a snapshot that was prepared, while {hold.call.name} is held", (), (*setup, PREPARE),
            (*SNAPSHOT, FULL), (hold,),
        )
        for name, hold, setup in (
            ("init", Hold(INIT, "enter", Stage.WORKING), (CREATE,)),
            ("restore", Hold(restore(Place.FULL_SET), "callback:1", Stage.WORKING), RESTORABLE),
            ("term", Hold(TERM, "enter", Stage.WORKING), BACKED_UP),
        )
    ),
)  # fmt: skip

TWO_CALLERS = Domain(
    "two callers",
    "two threads on one instance: its whole life, with a session and a database",
    (CREATE, INIT, begin(), CREATE_DATABASE, INSERT, DETACH, FULL, backup(Place.MISSING), backup(Place.NULL), INCREMENT,
     BEGIN, STOP, STOP_BACKUP_CALL, TERM, TERM_STOP, restore(Place.EMPTY), parameter("recovery", "on"),
     backup(Place.EMPTY, 0, GARBAGE)),
)  # fmt: skip

TWO_STREAMING = Domain(
    "two callers, streaming and snapshot",
    "two threads on a running instance: a streaming backup and a snapshot against one another, a stop and a termination",
    (BEGIN, BEGIN_INCREMENTAL, ATTACH_INFO, OPEN_FILE, READ_REST, CLOSE_FILE, LOG_INFO, TRUNCATE, END_NORMAL, END_ABORT, PREPARE,
     CONTINUING, FREEZE, THAW, ABORT, STOP_BACKUP_CALL, TERM, TERM_STOP),
    setup=RUNNING,
)  # fmt: skip

THREE_CALLERS = Domain(
    "three callers",
    "three threads on a running instance: backups, stops and terminations against one another",
    (FULL, INCREMENT, INSERT, begin("s2"), PARAMETERS[2], STOP, STOP_BACKUP_CALL, TERM, TERM_STOP),
    setup=RUNNING,
)

WITNESSES = Domain(
    "witnesses",
    "the barest way to each code: nothing is set up that the code does not need",
    (CREATE, INIT, parameter("recovery", "off"), parameter("circular_log", "1"), begin(), CREATE_DATABASE, INSERT, STOP, TERM,
     FULL, INCREMENT, backup(Place.MISSING), backup(Place.EMPTY, 0x20), backup(Place.EMPTY, 0, GARBAGE), restore(Place.FULL_SET)),
    holds=(*BACKUP_HOLDS[:2], Hold(INIT, "enter", Stage.WORKING), Hold(TERM, "enter", Stage.WORKING),
           Hold(restore(Place.FULL_SET), "callback:1", Stage.WORKING)),
    faults=("page", "log", "log-full", "log-torn"),
    depth=5,
)  # fmt: skip
