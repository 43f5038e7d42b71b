"""Moves that the environment makes: crashes, files that go or are changed, faults on an adapter's word."""

from .lifecycle import lifecycle_move
from .log_folder import LOG_FOLDER
from .moves import detached, doubtful
from .snapshot_moves import expire
from .state import Backed, Control, Damage, Handle, Log, Phase


def crash(control: Control) -> Control:
    """The control state after the engine's process was killed: files stay, handles are gone."""
    databases = tuple(detached(database) for database in doubtful(control).databases)
    damage = doubtful(control).log_damage
    return Control(databases=databases, log_damage=damage)


def emptied(folder: str, control: Control) -> Control:
    """The control state after everything in a folder was removed; databases that are attached are held open.

    Without the logs since its last backup a database may need a full one again [BI, Remarks].
    """
    kept = tuple(one for one in control.databases if one.attached or not one.path.startswith(f"{folder}/"))
    if folder == LOG_FOLDER:
        kept = tuple(
            one._replace(backed_up=Backed.UNKNOWN) if one.backed_up is Backed.YES and not one.attached else one
            for one in kept
        )
    return control._replace(databases=kept, log_damage=Damage.NONE)


def deleted(path: str, control: Control) -> Control:
    """The control state after a file was deleted; databases that are attached are held open."""
    kept = (one for one in control.databases if one.attached or one.path != path)
    return control._replace(databases=tuple(kept))


def damaged(path: str, control: Control) -> Control:
    """The control state after bytes of a file were changed: whether a database uses them is not known."""
    found = control.database(path)
    if found is None or found.damage is not Damage.NONE:
        return control
    return control.with_database(found._replace(damage=Damage.UNKNOWN))


def apply_fault(kind: str, control: Control) -> Control:
    """The control state after the environment did that: `page`, `log`, `log-full`, `log-torn` (DESIGN.md section 5),
    or `snapshot-timeout`, which only passes time.
    """
    if kind == "page":
        damaged = (d._replace(damage=Damage.NEEDED) if d.attached else d for d in control.databases)
        return control._replace(databases=tuple(damaged))
    if kind == "log":
        return control._replace(log_damage=Damage.NEEDED)
    if kind == "snapshot-timeout":
        return expire(control)
    if control.handle is not Handle.VALID:
        return control
    return control._replace(log={"log-full": Log.FULL, "log-torn": Log.TORN}[kind])


def log_struck(control: Control) -> tuple[Control, ...]:
    """What may be true once a fault of the disk struck the log, for the pages do not say which: it is as it was, will fail,
    is refused, or the instance is unavailable [BI Return value: LogWriteFail, InstanceUnavailable; C53; L14].
    """
    if control.handle is not Handle.VALID:
        return (control,)
    logs = (Log.FULL, Log.TORN, Log.REFUSED)
    lost = (lifecycle_move("fatal", control),) if control.phase in (Phase.RUNNING, Phase.TERMINATING) else ()
    return (control, *(control._replace(log=log) for log in logs), *lost)
