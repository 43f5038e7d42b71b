"""Moves of the control state other than the lifecycle's: sessions, databases, restores, the backup in progress."""

from collections.abc import Callable, Iterable

from .calls import Call, Instance
from .lifecycle import TRIGGERS, lifecycle_move
from .snapshot_moves import SNAPSHOT_MOVES, gone
from .state import Activity, Backed, Configuration, Control, Damage, Database, Log, StopRequest
from .streaming_moves import STREAMING_MOVES
from .vocabulary import TermGrbit

MoveFunction = Callable[[Control, Call], Control]


def move(name: str, control: Control, call: Call) -> Control:
    """The control state after the move of that name (rows name their moves); the empty name moves nothing."""
    if not name:
        return control
    if name in TRIGGERS:
        control = lifecycle_move(name, control)
    return MOVES[name](control, call) if name in MOVES else control


def _create(control: Control, _: Call) -> Control:
    return control._replace(
        configuration=Configuration(),
        databases=tuple(detached(database) for database in control.databases),
    )


def detached(database: Database) -> Database:
    """The database when nobody has it attached."""
    return database._replace(attached=False, open_by=(), new=False)


def _gone(control: Control, _: Call) -> Control:
    control = doubtful(gone(control))
    databases = tuple(detached(database) for database in control.databases)
    return control._replace(sessions=(), databases=databases, activity=Activity.IDLE, configuration=Configuration())


def _configure(control: Control, call: Call) -> Control:
    field = {"recovery": "recovery", "circular_log": "circular", "create_path_if_not_exist": "create_path"}.get(
        call.parameter
    )
    if field is None:
        return control
    return control._replace(configuration=control.configuration._replace(**{field: call.value in ("on", "1")}))


def _restored(control: Control, call: Call) -> Control:
    """The databases of the set are there again; in another folder, where the call names one, beside the old ones."""
    databases = tuple(database._replace(backed_up=Backed.UNKNOWN) for database in control.databases)
    control = doubtful(control._replace(databases=databases))
    paths = call.contents or tuple(database.path for database in databases if call.path)
    for path in paths:
        name = f"{call.path}/{path.rpartition('/')[2]}" if call.path else path
        if control.database(name) is None:
            control = control.with_database(Database(name, backed_up=Backed.UNKNOWN))
    return control


def _copied_headers(control: Control, call: Call) -> Control:
    """A restored database has the header of its copy: with the mark of a backup made before that one, and of none since."""
    if not call.contents:
        return _restored(control, call)
    control = doubtful(control)
    for path in call.contents:
        backed_up = Backed.YES if path in call.marked else Backed.NO
        name = f"{call.path}/{path.rpartition('/')[2]}" if call.path else path
        found = control.database(name) or Database(name)
        control = control.with_database(found._replace(backed_up=backed_up))
    return control


def _copied(control: Control, call: Call) -> Control:
    """A restore put copies in place before it failed."""
    for path in call.contents:
        name = f"{call.path}/{path.rpartition('/')[2]}" if call.path else path
        if control.database(name) is None:
            control = control.with_database(Database(name, backed_up=Backed.UNKNOWN))
    return control


def _of_named(change: MoveFunction) -> MoveFunction:
    """The move, of the instance that the call names: without one a restore makes an instance of its own (source 4.1)."""
    return lambda control, call: control if call.instance is Instance.NIL else change(control, call)


def _touched(control: Control, call: Call) -> Control:
    """New rows may write a damaged page anew, or let the checkpoint pass a damaged log."""
    if call.name != "Insert":
        return control
    return doubtful(control)


def doubtful(control: Control) -> Control:
    """Damage that was known may have been written over, or passed by the checkpoint."""

    def seen(damage: Damage) -> Damage:
        return Damage.NONE if damage is Damage.NONE else Damage.UNKNOWN

    databases = tuple(database._replace(damage=seen(database.damage)) for database in control.databases)
    return control._replace(log_damage=seen(control.log_damage), databases=databases)


LOST = "?"
"""The name of a handle, or of a session, whose name was given to a newer one: it stays open, and nobody can name it."""


def _session_begin(control: Control, call: Call) -> Control:
    """A name that is taken goes to the new session; what the old one has open stays open until the instance ends."""
    databases = tuple(
        database._replace(
            open_by=_pairs((LOST, LOST) if pair[1] == call.session else pair for pair in database.open_by)
        )
        for database in control.databases
    )
    control = control._replace(databases=databases)
    return control._replace(sessions=tuple(sorted({*control.sessions, call.session})))


def _session_end(control: Control, call: Call) -> Control:
    databases = tuple(
        database._replace(open_by=tuple(pair for pair in database.open_by if pair[1] != call.session))
        for database in control.databases
    )
    sessions = tuple(session for session in control.sessions if session != call.session)
    return control._replace(sessions=sessions, databases=databases)


def _database_create(control: Control, call: Call) -> Control:
    return _lose_handle(control, call).with_database(
        Database(
            call.path,
            attached=True,
            logged=control.configuration.recovery,
            new=control.activity is not Activity.IDLE,
            open_by=((call.database, call.session),),
        )
    )


def _database_create_listed(control: Control, call: Call) -> Control:
    """The list of databases is made after the first status callback: what is created later is not in the backup."""
    late = control.activity not in (Activity.IDLE, Activity.ENTERING)
    control = _database_create(control, call)
    made = control.database(call.path)
    assert made is not None
    return control.with_database(made._replace(new=late))


def _database_open(control: Control, call: Call) -> Control:
    control = _lose_handle(control, call)
    database = control.database(call.path)
    assert database is not None
    return control.with_database(database._replace(open_by=_pairs([*database.open_by, (call.database, call.session)])))


def _lose_handle(control: Control, call: Call) -> Control:
    """The name of a database handle goes to a newer one: the old one stays open until its session ends."""
    databases = tuple(
        database._replace(
            open_by=_pairs((LOST, pair[1]) if pair[0] == call.database else pair for pair in database.open_by)
        )
        for database in control.databases
    )
    return control._replace(databases=databases)


def _pairs(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(set(pairs)))


def _database_close(control: Control, call: Call) -> Control:
    pair = (call.database, call.session)
    databases = tuple(
        database._replace(open_by=tuple(other for other in database.open_by if other != pair))
        for database in control.databases
    )
    return control._replace(databases=databases)


def _database_attach(control: Control, call: Call) -> Control:
    database = control.database(call.path)
    assert database is not None
    logged, new = control.configuration.recovery, control.activity is not Activity.IDLE
    return control.with_database(database._replace(attached=True, logged=logged, new=new))


def _database_detach(control: Control, call: Call) -> Control:
    database = control.database(call.path)
    assert database is not None
    return control.with_database(detached(database))


def _at(activity: Activity) -> MoveFunction:
    return lambda control, call: control._replace(activity=activity)


def _entering(control: Control, _: Call) -> Control:
    return control._replace(activity=Activity.ENTERING)


def _entering_afresh(control: Control, _: Call) -> Control:
    return control._replace(activity=Activity.ENTERING, stop_backup=StopRequest.NONE)


def _entering_shared(control: Control, call: Call) -> Control:
    return STREAMING_MOVES["streaming.share"](_entering_afresh(control, call), call)


def _left(control: Control, _: Call) -> Control:
    """A backup that got under way rolled the log and may have moved the checkpoint past a damaged generation."""
    damage = Damage.NONE if control.log_damage is Damage.NONE else Damage.UNKNOWN
    databases = tuple(database._replace(new=False) for database in control.databases)
    return control._replace(
        activity=Activity.IDLE, stop_backup=StopRequest.NONE, databases=databases, log_damage=damage, streaming=None
    )


def _marked(database: Database) -> Database:
    """A full backup stamps the databases it copied; whether one made meanwhile was copied is not said (C47)."""
    if not database.attached or not database.logged:
        return database
    return database._replace(backed_up=Backed.UNKNOWN if database.new else Backed.YES)


def _passed_over(database: Database) -> Database:
    """The logs that a detached database would need for its next incremental may have been truncated without it."""
    if database.attached or database.backed_up is Backed.NO:
        return database
    return database._replace(backed_up=Backed.UNKNOWN)


def _succeeded(control: Control, call: Call) -> Control:
    return _left(control._replace(databases=tuple(_passed_over(database) for database in control.databases)), call)


def _full(control: Control, call: Call) -> Control:
    return _succeeded(control._replace(databases=tuple(_marked(database) for database in control.databases)), call)


def _full_listed(control: Control, call: Call) -> Control:
    marked = (one if one.new else _marked(one) for one in control.databases)
    return _succeeded(control._replace(databases=tuple(marked)), call)


def _truncated(control: Control, call: Call) -> Control:
    return _succeeded(doubtful(control), call)


def _stop_backup(control: Control, _: Call) -> Control:
    """A snapshot is no streaming backup: a stop does not concern it [SB; source 3]."""
    streaming = control.activity not in (Activity.IDLE, Activity.SNAPSHOT)
    return control._replace(stop_backup=StopRequest.DURING if streaming else StopRequest.BEFORE)


def _stop_backup_running(control: Control, call: Call) -> Control:
    return control if control.activity in (Activity.IDLE, Activity.SNAPSHOT) else _stop_backup(control, call)


def _term_wait(control: Control, call: Call) -> Control:
    waits = bool(call.grbit & TermGrbit.STOP_BACKUP) and control.activity is not Activity.IDLE
    return control._replace(term_waiting=control.term_waiting or waits)


def _term_begin(control: Control, call: Call) -> Control:
    """A streaming backup that is between two calls of its client is ended by the termination itself [T2, StopBackup]."""
    return lifecycle_move("term.enter", STREAMING_MOVES["streaming.over"](control, call))


def _log_broken(control: Control, _: Call) -> Control:
    return control._replace(log=Log.REFUSED)


MOVES: dict[str, MoveFunction] = {
    "create": _create,
    "init.done": lambda control, call: doubtful(control),
    "init.freed": _gone,
    "configure": _configure,
    "restore.done": _of_named(lambda control, call: _restored(lifecycle_move("restore.left", control), call)),
    "restore.own-enter": _of_named(
        lambda control, call: lifecycle_move("restore.enter", control)._replace(opened=True)
    ),
    "restore.own-left": _of_named(lambda control, call: lifecycle_move("restore.left", control)),
    "restore.own-done": _of_named(lambda control, call: _copied_headers(lifecycle_move("restore.left", control), call)),
    "restore.own-copied": _of_named(_copied),
    "rows.touched": _touched,
    "session.begin": _session_begin,
    "session.end": _session_end,
    "database.create": _database_create,
    "database.create-listed": _database_create_listed,
    "database.open": _database_open,
    "database.close": _database_close,
    "database.attach": _database_attach,
    "database.detach": _database_detach,
    "backup.entering": _entering,
    "backup.entering-shared": _entering_shared,
    "backup.databases": _at(Activity.DATABASES),
    "backup.logs": _at(Activity.LOGS),
    "backup.truncating": _at(Activity.TRUNCATING),
    "backup.leaving": _at(Activity.LEAVING),
    "backup.left": _left,
    "backup.full": _full,
    "backup.full-listed": _full_listed,
    "backup.incremental": _succeeded,
    "backup.truncated": _truncated,
    "backup.stop": _stop_backup,
    "backup.stop-running": _stop_backup_running,
    "log.broken": _log_broken,
    "term.wait": _term_wait,
    "term.begin": _term_begin,
    "term.created": _gone,
    "term.done": _gone,
    **STREAMING_MOVES,
    **SNAPSHOT_MOVES,
}
