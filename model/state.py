"""Control state: the finite, hashable half of the model's state, and the seven states that people read.

Guards read phase and flags, never the view (DESIGN.md section 3): an instance can be stopped and terminating at once.
What is unbounded, which paths exist and what was committed when, is the ledger's (`ledger.py`).
"""

from enum import Enum
from typing import NamedTuple

from .external import Snapshot, Streaming, describe_snapshot, describe_streaming


class Handle(Enum):
    """What the caller's instance handle is worth."""

    __hash__ = object.__hash__  # the names need not be hashed anew each time

    NIL = "nil"  # JetCreateInstance has not been called
    VALID = "valid"
    FREED = "freed"


class Phase(Enum):
    """Where the instance is in its life."""

    __hash__ = object.__hash__  # the names need not be hashed anew each time

    CREATED = "created"
    INITIALIZING = "initializing"
    RUNNING = "running"
    RESTORING = "restoring"
    TERMINATING = "terminating"


class Stop(Enum):
    """Whether service was asked to stop, and by which call: only one of them can be resumed from [S2]."""

    __hash__ = object.__hash__  # the names need not be hashed anew each time

    NONE = "no"
    PLAIN = "stopped"  # JetStopServiceInstance
    ALL = "stopped-all"  # JetStopServiceInstance2 with JET_bitStopServiceAll


class Log(Enum):
    """The state of log writing."""

    __hash__ = object.__hash__  # the names need not be hashed anew each time

    WRITING = "writing"
    FULL = "no-space"  # the next write will fail before anything of the record is on disk
    TORN = "tearing"  # the next write will fail after part of the record is on disk
    REFUSED = "refused"  # a write failed; nothing was lost


class StopRequest(Enum):
    """Whether JetStopBackupInstance was called, and whether there was a backup for it to stop (C41)."""

    __hash__ = object.__hash__

    NONE = "no"
    BEFORE = "stop requested before a backup"
    DURING = "stop requested"


class Activity(Enum):
    """How far the instance's backup is: a stage of JetBackupInstance, or that it is one of the two other kinds."""

    __hash__ = object.__hash__  # the names need not be hashed anew each time

    IDLE = "idle"
    ENTERING = "entering"
    DATABASES = "copying databases"
    LOGS = "copying logs"
    TRUNCATING = "truncating"
    LEAVING = "leaving"
    STREAMING = "streaming"
    SNAPSHOT = "snapshot"


class Damage(Enum):
    """What is known of damage to a file that a backup reads."""

    __hash__ = object.__hash__  # the names need not be hashed anew each time

    NONE = "none"
    NEEDED = "in what the next backup reads"
    UNKNOWN = "unknown"


class Backed(Enum):
    """Whether a full backup of a database ever succeeded [BI, Remarks: incremental only after a full]."""

    __hash__ = object.__hash__  # the names need not be hashed anew each time

    NO = "never"
    YES = "fully backed up"
    UNKNOWN = "perhaps backed up"
    SNAPSHOT = "saved by a snapshot"  # which marks the header of Microsoft's engine in its own way: source 5.2


class View(Enum):
    """The customer's seven states: how people read the control state."""

    __hash__ = object.__hash__  # the names need not be hashed anew each time

    UNINITIALIZED = "uninitialized"
    INITIALIZING = "initializing"
    RUNNING = "running"
    RESTORING = "restoring"
    TERMINATING = "terminating"
    STOPPED = "stopped"
    UNAVAILABLE = "unavailable"


class Configuration(NamedTuple):
    """The system parameters that the contract depends on, at their defaults [TL, IO]."""

    recovery: bool = True
    circular: bool = False
    create_path: bool = False


class Database(NamedTuple):
    """A database file that exists."""

    path: str
    attached: bool = False
    backed_up: Backed = Backed.NO
    new: bool = False  # made while a backup was running, so perhaps not in it
    logged: bool = True
    damage: Damage = Damage.NONE
    open_by: tuple[tuple[str, str], ...] = ()  # (database handle, session) pairs


class Control(NamedTuple):
    """The control state of one instance; the phases of the calls in flight stand beside it (`step.py`)."""

    handle: Handle = Handle.NIL
    phase: Phase = Phase.CREATED
    stop: Stop = Stop.NONE
    fatal: bool = False
    backup_refused: bool = False
    one_instance: bool = False  # the mode that JetInit with a null handle switches to
    opened: bool = False  # a restore set up what JetCreateInstance leaves out: stopping it no longer kills (source 1.4)
    term_waiting: bool = False
    log: Log = Log.WRITING
    log_damage: Damage = Damage.NONE
    activity: Activity = Activity.IDLE
    stop_backup: StopRequest = StopRequest.NONE
    configuration: Configuration = Configuration()
    sessions: tuple[str, ...] = ()
    databases: tuple[Database, ...] = ()
    streaming: Streaming | None = None
    snapshot: Snapshot | None = None

    def database(self, path: str) -> Database | None:
        """The database at `path`, or None when no file is there."""
        return next((database for database in self.databases if database.path == path), None)

    def with_database(self, changed: Database) -> "Control":
        """This state with the database of that path put in or replaced."""
        others = [database for database in self.databases if database.path != changed.path]
        return self._replace(databases=tuple(sorted([*others, changed], key=lambda database: database.path)))


INITIAL = Control()


def view(control: Control) -> View:
    """The state that people read: the first match in the order that DESIGN.md section 3 gives."""
    if control.handle is Handle.VALID:
        if control.phase in _VIEW_OF_PHASE:
            return _VIEW_OF_PHASE[control.phase]
        if control.fatal:
            return View.UNAVAILABLE
        if control.stop is not Stop.NONE:
            return View.STOPPED
        if control.phase is Phase.RUNNING:
            return View.RUNNING
    return View.UNINITIALIZED


_VIEW_OF_PHASE = {
    Phase.RESTORING: View.RESTORING,
    Phase.INITIALIZING: View.INITIALIZING,
    Phase.TERMINATING: View.TERMINATING,
}


def describe(control: Control) -> str:
    """One line that tells this state from every other: what differs from the defaults, in a fixed order."""
    parts = [view(control).value]
    if control.handle is not Handle.VALID:
        parts.append(f"handle {control.handle.value}")
    if control.stop is not Stop.NONE and (control.stop is Stop.ALL or view(control) is not View.STOPPED):
        parts.append(control.stop.value)
    parts += [
        name for name in ("fatal", "backup_refused", "one_instance", "opened", "term_waiting") if getattr(control, name)
    ]
    if control.stop_backup is not StopRequest.NONE:
        parts.append(control.stop_backup.value)
    if control.log is not Log.WRITING:
        parts.append(f"log {control.log.value}")
    if control.log_damage is not Damage.NONE:
        parts.append(f"log damage {control.log_damage.value}")
    if control.activity is not Activity.IDLE:
        parts.append(f"backup {control.activity.value}")
    if control.streaming is not None:
        parts.append(describe_streaming(control.streaming))
    if control.snapshot is not None:
        parts.append(describe_snapshot(control.snapshot))
    default = Configuration()
    parts += [
        f"{field} {'on' if value else 'off'}"
        for field, value in control.configuration._asdict().items()
        if value != getattr(default, field)
    ]
    if control.sessions:
        parts.append(f"sessions {' '.join(control.sessions)}")
    parts += [_describe_database(database) for database in control.databases]
    return ", ".join(parts)


def _describe_database(database: Database) -> str:
    words = [database.path, "attached" if database.attached else "detached"]
    if database.open_by:
        words.append("open as " + " ".join(f"{handle} by {session}" for handle, session in database.open_by))
    if database.backed_up is not Backed.NO:
        words.append(database.backed_up.value)
    if database.new:
        words.append("made during the backup")
    if not database.logged:
        words.append("not logged")
    if database.damage is not Damage.NONE:
        words.append(f"damage {database.damage.value}")
    return " ".join(words)
