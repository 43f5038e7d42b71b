"""The calls that exploration makes, by name: what the domains (`domains.py`) are put together from."""

from .calls import Call, Instance, Place
from .external import Amount, Target
from .vocabulary import BackupGrbit, SnapshotGrbit, StopServiceGrbit, TermGrbit

NAMED, NIL, GARBAGE = Instance.NAMED, Instance.NIL, Instance.GARBAGE
INCREMENTAL, ATOMIC = int(BackupGrbit.INCREMENTAL), int(BackupGrbit.ATOMIC)
RESUME = int(StopServiceGrbit.RESUME)
TASKS = int(StopServiceGrbit.BACKGROUND_USER_TASKS)
STOP_BACKUP, DIRTY = int(TermGrbit.STOP_BACKUP), int(TermGrbit.DIRTY)
DATABASE = "db/test.edb"
SECOND = "db/second.edb"
NAMESAKE = "test.edb"


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
