"""Named predicates: the only way in which a guard reads the state and the arguments of a call."""

from collections.abc import Callable
from functools import cache

from .calls import Call, Finding, Instance, Place
from .external_predicates import EXTERNAL_PREDICATES
from .state import Activity, Backed, Control, Damage, Database, Handle, Log, Phase, Stop, StopRequest
from .subject import Predicate, grbit_beyond, grbit_has, on, on_running
from .vocabulary import BackupGrbit, StopServiceGrbit, TermGrbit


def _in(*phases: Phase) -> Predicate:
    return lambda control, call: on(control, call) and control.phase in phases


def _log(*states: Log) -> Predicate:
    """A log that is being written: of an instance that runs with recovery on, or is shutting down."""
    open_in = _in(Phase.RUNNING, Phase.TERMINATING)
    return lambda control, call: open_in(control, call) and control.configuration.recovery and control.log in states


def _place(*places: Place) -> Predicate:
    return lambda control, call: call.place in places


def _found(*findings: Finding) -> Predicate:
    return lambda control, call: not call.found.isdisjoint(findings)


def _log_perhaps_damaged(control: Control, call: Call) -> bool:
    known = control.log_damage is not Damage.NONE or not call.found.isdisjoint(_LOG_FINDINGS)
    return known and on(control, call)


_LOG_FINDINGS = (
    Finding.LOG_SHORT, Finding.LOG_HEADER_DAMAGED, Finding.LOG_DAMAGED, Finding.LOG_PERHAPS_DAMAGED,
    Finding.CURRENT_LOG_SHORT, Finding.CURRENT_LOG_HEADER_DAMAGED, Finding.CURRENT_LOG_DAMAGED,
)  # fmt: skip


def _missing(place: Place | None, control: Control) -> bool:
    return place is Place.MISSING and not control.configuration.create_path


def _attached(test: Callable[[Database], bool]) -> Predicate:
    return lambda control, call: on(control, call) and any(test(d) for d in control.databases if d.attached)


def _this(test: Callable[[Database | None], bool]) -> Predicate:
    return lambda control, call: test(control.database(call.path))


def _database_bad(control: Control, call: Call) -> bool:
    pair = (call.database, call.session)
    return not any(pair in database.open_by for database in control.databases)


def _same_file_names(control: Control, call: Call) -> bool:
    names = [one.path.rpartition("/")[2] for one in control.databases if one.attached and one.logged]
    return on(control, call) and len(names) != len(set(names))


def _needs_init(call: Call) -> bool:
    return call.parameter in ("recovery", "circular_log", "log_file_size")


def _circular_kept(control: Control, call: Call) -> bool:
    return call.parameter == "circular_log" and (call.value in ("on", "1")) == control.configuration.circular


_STOP_BITS = int(StopServiceGrbit.BACKGROUND_USER_TASKS | StopServiceGrbit.QUIESCE_CACHES | StopServiceGrbit.RESUME)
_NOT_COPYING = (Activity.IDLE, Activity.ENTERING)
_EMPTYISH = (Place.EMPTY, Place.FOREIGN)

PREDICATES: dict[str, Predicate] = {
    # the handle and the phase
    "handle_bad": lambda control, call: not on(control, call),
    "handle_nil": lambda control, call: call.instance is Instance.NIL,
    "handle_gone": lambda control, call: call.instance is Instance.NAMED and control.handle is not Handle.VALID,
    "nobody": lambda control, call: call.instance is not Instance.GARBAGE and control.handle is not Handle.VALID,
    "alive": lambda control, call: control.handle is Handle.VALID,
    "created": _in(Phase.CREATED),
    "initializing": _in(Phase.INITIALIZING),
    "running": on_running,
    "restoring": _in(Phase.RESTORING),
    "terminating": _in(Phase.TERMINATING),
    "not_running": lambda control, call: on(control, call) and control.phase is not Phase.RUNNING,
    "term_waiting": lambda control, call: on(control, call) and control.term_waiting,
    # flags
    "stopped": lambda control, call: on(control, call) and control.stop is not Stop.NONE,
    "stopped_all": lambda control, call: on(control, call) and control.stop is Stop.ALL,
    "fatal": lambda control, call: on(control, call) and control.fatal,
    "one_instance": lambda control, call: control.one_instance,
    "opened": lambda control, call: control.opened,
    "backup_refused": lambda control, call: on(control, call) and control.backup_refused,
    "log_refused": _log(Log.REFUSED),
    "log_full": _log(Log.FULL),
    "log_torn": _log(Log.TORN),
    "log_failing": _log(Log.FULL, Log.TORN),
    "log_damaged": lambda control, call: on(control, call) and control.log_damage is Damage.NEEDED,
    "log_perhaps_damaged": _log_perhaps_damaged,
    # the configuration
    "recovery_off": lambda control, call: on_running(control, call) and not control.configuration.recovery,
    "logging": lambda control, call: control.configuration.recovery,
    "circular_logging": lambda control, call: control.configuration.circular,  # of an instance that need not run
    "circular": lambda control, call: on_running(control, call) and control.configuration.circular,
    "create_path": lambda control, call: control.configuration.create_path,
    "circular_kept": _circular_kept,
    "init_only": lambda control, call: _needs_init(call),
    # the backup in progress
    "backup_active": lambda control, call: on(control, call) and control.activity is not Activity.IDLE,
    "backup_copying": lambda control, call: on(control, call) and control.activity not in _NOT_COPYING,
    "backup_entering": lambda control, call: on(control, call) and control.activity is Activity.ENTERING,
    "stop_backup": lambda control, call: on(control, call) and control.stop_backup is not StopRequest.NONE,
    "stop_during": lambda control, call: on(control, call) and control.stop_backup is StopRequest.DURING,
    **EXTERNAL_PREDICATES,
    # what the status callback answered
    "callback_failed": lambda control, call: call.answer is not None,
    "callback_failed_first": lambda control, call: call.answer is not None and call.answer.first,
    # options
    "incremental": grbit_has(BackupGrbit.INCREMENTAL),
    "atomic": grbit_has(BackupGrbit.ATOMIC),
    "backup_grbit_bad": grbit_beyond(0x5),
    "stop_grbit_bad": grbit_beyond(_STOP_BITS),
    "stop_grbit_all": lambda control, call: call.grbit == StopServiceGrbit.ALL,
    "stop_grbit_resume": grbit_has(StopServiceGrbit.RESUME),
    "stop_grbit_emit": lambda control, call: call.grbit == StopServiceGrbit.STOP_AND_EMIT_LOG,
    "stop_grbit_named": grbit_has(StopServiceGrbit.BACKGROUND_USER_TASKS | StopServiceGrbit.QUIESCE_CACHES),
    "term_stop_backup": grbit_has(TermGrbit.STOP_BACKUP),
    "term_dirty": grbit_has(TermGrbit.DIRTY),
    # places
    "place_null": _place(Place.NULL),
    "place_blank": _place(Place.BLANK),
    "place_missing": lambda control, call: _missing(call.place, control),
    "place_absent": _place(Place.MISSING),
    "place_file": _place(Place.FILE),
    "place_foreign": _place(Place.FOREIGN),
    "place_without_set": _place(*_EMPTYISH),
    "place_empty": _place(Place.EMPTY),
    "place_full_set": _place(Place.FULL_SET),
    "place_atomic_set": _place(Place.ATOMIC_SET),
    "log_folder_empty": lambda control, call: call.log_folder is Place.EMPTY,
    "destination_missing": lambda control, call: _missing(call.destination, control),
    # what is in the files
    **{f"found_{finding.name.lower()}": _found(finding) for finding in Finding},
    # sessions and databases
    "session_bad": lambda control, call: control.handle is not Handle.VALID or call.session not in control.sessions,
    "session_taken": lambda control, call: call.session in control.sessions,
    "database_bad": _database_bad,
    "file_there": _this(lambda database: database is not None),
    "file_absent": _this(lambda database: database is None),
    "this_attached": _this(lambda database: database is not None and database.attached),
    "this_open": _this(lambda database: database is not None and bool(database.open_by)),
    "some_never_backed_up": _attached(lambda database: database.backed_up in (Backed.NO, Backed.SNAPSHOT)),
    "some_perhaps_backed_up": _attached(lambda database: database.backed_up is Backed.UNKNOWN),
    "same_file_names": _same_file_names,
    "none_attached": lambda control, call: on_running(control, call) and not any(d.attached for d in control.databases),
    "page_damaged": _attached(lambda database: database.logged and database.damage is Damage.NEEDED),
    "page_perhaps_damaged": _attached(lambda database: database.damage is not Damage.NONE),
    "some_damage": lambda control, call: any(d.damage is not Damage.NONE for d in control.databases),
}


@cache
def parse(condition: str) -> tuple[tuple[Predicate, bool], ...]:
    """The predicates of a condition, each with the value that it must have; KeyError for an unknown name."""
    words = [word.strip() for word in condition.split("&")] if condition else []
    return tuple((PREDICATES[word.removeprefix("not ")], not word.startswith("not ")) for word in words)


def holds(condition: str, control: Control, call: Call) -> bool:
    """Whether every predicate of `condition` has its value; the empty condition holds."""
    return all(predicate(control, call) == value for predicate, value in parse(condition))
