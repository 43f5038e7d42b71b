"""Moves of snapshot sessions; `moves.py` has those of the other calls."""

from collections.abc import Callable

from .calls import Call
from .external import Kind, Snapshot, SnapshotPhase, Streaming
from .state import Activity, Backed, Control, Handle, Phase
from .streaming_moves import over
from .vocabulary import SnapshotGrbit

MoveFunction = Callable[[Control, Call], Control]


def _prepare(control: Control, call: Call) -> Control:
    """Every instance that runs and is in no session joins, unless the caller will name them [OP; source 5.2]."""
    before = control.snapshot
    older = before is not None and (before.member or before.older)
    running = control.handle is Handle.VALID and control.phase is Phase.RUNNING
    member = running and not older and not call.grbit & SnapshotGrbit.EXPLICIT_PREPARE
    return control._replace(snapshot=Snapshot(SnapshotPhase.PREPARED, call.grbit & 0xF, member, older))


def _of_session(control: Control) -> Snapshot:
    assert control.snapshot is not None, "the row asked for a snapshot session"
    return control.snapshot


def _choose(control: Control, _: Call) -> Control:
    return control._replace(snapshot=_of_session(control)._replace(member=True))


def _freeze(control: Control, _: Call) -> Control:
    snapshot = _of_session(control)
    control = control._replace(snapshot=snapshot._replace(phase=SnapshotPhase.FROZEN))
    return control._replace(activity=Activity.SNAPSHOT) if snapshot.member else control


def _freeze_shared(control: Control, call: Call) -> Control:
    """The freeze takes the context that the calls of a streaming backup use, too [source 0, 5.2]."""
    snapshot = _of_session(control)
    if snapshot.member:
        kind = Kind.INCREMENTAL if snapshot.grbit & SnapshotGrbit.INCREMENTAL else Kind.FULL
        control = control._replace(streaming=Streaming(kind))
    return _freeze(control, call)


def _freeze_all(control: Control, call: Call) -> Control:
    """Every running instance freezes, unless the caller named those that shall [OPI, Remarks; OP]."""
    snapshot = _of_session(control)
    running = control.handle is Handle.VALID and control.phase is Phase.RUNNING
    explicit = bool(snapshot.grbit & SnapshotGrbit.EXPLICIT_PREPARE)
    member = running and (snapshot.member or not explicit)
    return _freeze(control._replace(snapshot=snapshot._replace(member=member)), call)


def _freeze_without(control: Control, call: Call) -> Control:
    return _freeze(control._replace(snapshot=_of_session(control)._replace(member=False)), call)


def _refuse(control: Control, _: Call) -> Control:
    return control._replace(snapshot=_of_session(control)._replace(phase=SnapshotPhase.REFUSED, member=False))


def _forsake(control: Control, _: Call) -> Control:
    """After a failed freeze the session is prepared as before, but no instance is in it [source 5.2]."""
    return control._replace(snapshot=_of_session(control)._replace(member=False))


def _thaw(control: Control, _: Call) -> Control:
    snapshot = _of_session(control)
    return control._replace(snapshot=snapshot._replace(phase=SnapshotPhase.THAWED))


def _finish(control: Control, _: Call) -> Control:
    """The session is over; one that was prepared before stays as it was."""
    older = control.snapshot is not None and control.snapshot.older
    left = Snapshot(SnapshotPhase.ENDED, older=True) if older else None
    if control.activity is Activity.SNAPSHOT:
        control = control._replace(activity=Activity.IDLE)
    return control._replace(snapshot=left)


def _clear(control: Control, call: Call) -> Control:
    """As `_finish`; and whatever backup the instance was in is forgotten: the flags of both are the same [source 5.2]."""
    if control.snapshot is not None and control.snapshot.member and control.streaming is not None:
        control = over(control, call)
    return _finish(control, call)


def _complete(control: Control, call: Call) -> Control:
    """The normal end of a session: a full one that is no copy marks the headers as a snapshot [source 5.2: End]."""
    snapshot = _of_session(control)
    saved = snapshot.member and control.activity is Activity.SNAPSHOT
    if saved and not snapshot.grbit & (SnapshotGrbit.INCREMENTAL | SnapshotGrbit.COPY):
        databases = tuple(
            database._replace(backed_up=Backed.SNAPSHOT) if database.attached and database.logged else database
            for database in control.databases
        )
        control = control._replace(databases=databases)
    return _clear(control, call)


def expire(control: Control) -> Control:
    """The time of a freeze is over: writes go on [OZ, Remarks]."""
    snapshot = control.snapshot
    if snapshot is None or snapshot.phase is not SnapshotPhase.FROZEN:
        return control
    control = control._replace(snapshot=snapshot._replace(phase=SnapshotPhase.TIMED_OUT))
    return control._replace(activity=Activity.IDLE) if control.activity is Activity.SNAPSHOT else control


def gone(control: Control) -> Control:
    """The instance is over, and with it its streaming backup and its part in a snapshot; the session is the process'."""
    snapshot = control.snapshot._replace(member=False, older=False) if control.snapshot is not None else None
    return control._replace(streaming=None, snapshot=snapshot)


SNAPSHOT_MOVES: dict[str, MoveFunction] = {
    "snapshot.prepare": _prepare,
    "snapshot.choose": _choose,
    "snapshot.freeze": _freeze,
    "snapshot.freeze-all": _freeze_all,
    "snapshot.freeze-shared": _freeze_shared,
    "snapshot.clear": _clear,
    "snapshot.complete": _complete,
    "snapshot.freeze-without": _freeze_without,
    "snapshot.refuse": _refuse,
    "snapshot.forsake": _forsake,
    "snapshot.thaw": _thaw,
    "snapshot.finish": _finish,
}
