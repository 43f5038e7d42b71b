"""The calls of a snapshot: one session in a process, from Prepare to its end [OP, OPI, OZ, OT, OA, OE, OTL, OTI].

The client copies the files itself while they are frozen; they are as after a crash, and JetInit recovers them. No page
says that a snapshot changes database headers, and what it saves is no set of JetRestoreInstance: it marks nothing.
"""

from contextlib import suppress
from dataclasses import dataclass

from ..model.vocabulary import JetErr, SnapshotEndGrbit, SnapshotGrbit, SnapshotTruncateGrbit
from .events import EventId
from .failure import JetFailure
from .files import base
from .freeze import Snapshot, SnapshotState
from .instance import BackupActivity, Instance, Phase
from .records import generation_of
from .registry import Registry
from .storage import make_checkpoint

_PREPARE_BITS = int(
    SnapshotGrbit.INCREMENTAL | SnapshotGrbit.COPY | SnapshotGrbit.CONTINUE_AFTER_THAW | SnapshotGrbit.EXPLICIT_PREPARE
)
_BUSY = frozenset({Phase.INITIALIZING, Phase.RESTORING, Phase.TERMINATING})


@dataclass(frozen=True)
class FrozenInstance:
    """One instance of a snapshot, with its attached databases [OZ, paInstanceInfo; II]."""

    instance: int
    name: str
    databases: tuple[str, ...]


def prepare(registry: Registry, grbit: object) -> int:
    """JetOSSnapshotPrepare: the id of the new session [OP]. A bad grbit is InvalidParameter here [C22]."""
    with registry.monitor:
        if not isinstance(grbit, int) or grbit & ~_PREPARE_BITS:
            raise JetFailure(JetErr.InvalidParameter)
        if registry.freezer.session is not None:
            raise JetFailure(JetErr.OSSnapshotInvalidSequence)
        session = Snapshot(registry.new_handle(), SnapshotGrbit(grbit))
        registry.freezer.begin(session)
        return session.id


def prepare_instance(registry: Registry, snapshot: object, handle: object, grbit: object) -> JetErr:
    """JetOSSnapshotPrepareInstance: from the first one on, only chosen instances are part of the session [OPI, OP]."""
    with registry.monitor:
        _require_zero(grbit)
        session = _session(registry, snapshot)
        if session.state is not SnapshotState.PREPARED:
            raise JetFailure(JetErr.OSSnapshotInvalidSequence)
        instance = registry.instance(handle)
        if instance.phase is not Phase.RUNNING:
            raise JetFailure(JetErr.InvalidParameter)
        if instance.handle not in session.chosen:
            session.chosen.append(instance.handle)
    return JetErr.Success


def freeze(registry: Registry, snapshot: object, grbit: object) -> list[FrozenInstance]:
    """JetOSSnapshotFreeze: returns when no write is under way any more [OZ]."""
    session = _begin_freeze(registry, snapshot, grbit)
    members = list(session.members.values())
    try:
        registry.reach("JetOSSnapshotFreeze", "enter")
        for instance in members:
            instance.data.drain()
    except BaseException:
        with registry.monitor:
            registry.freezer.fail(session)
        raise
    with registry.monitor:
        if registry.freezer.session is not session:
            raise JetFailure(JetErr.OSSnapshotInvalidSequence)  # another thread aborted it
        registry.freezer.frozen(session)
        for instance in members:
            session.generations[instance.handle] = instance.log.generation if instance.log else 0
            instance.note(EventId.SNAPSHOT_FROZEN, f"snapshot {session.id} froze the instance")
        return [FrozenInstance(each.handle, each.name, tuple(each.attached)) for each in members]


def _begin_freeze(registry: Registry, snapshot: object, grbit: object) -> Snapshot:
    """The guards; after them no write begins. A freeze that was refused is not repeated [OZ: InvalidSequence]."""
    with registry.monitor:
        _require_zero(grbit)
        session = _session(registry, snapshot)
        if session.state is not SnapshotState.PREPARED:
            raise JetFailure(JetErr.OSSnapshotInvalidSequence)
        if not all(_is_calm(instance) for instance in registry.instances.values()):
            registry.freezer.fail(session)
            raise JetFailure(JetErr.OSSnapshotNotAllowed)
        session.members = {instance.handle: instance for instance in _members(registry, session)}
        registry.freezer.freeze(session)
        return session


def _is_calm(instance: Instance) -> bool:
    """Whether this instance lets a snapshot begin; the page speaks of the engine, not of those in it [OZ, NotAllowed]."""
    idle = instance.activity is BackupActivity.IDLE and not instance.termination_waits
    return idle and instance.phase not in _BUSY


def _members(registry: Registry, session: Snapshot) -> list[Instance]:
    """Who freezes: those chosen, else all that run; nobody if that was asked for [OPI, Remarks; JET_bitExplicitPrepare]."""
    running = [instance for instance in registry.instances.values() if instance.phase is Phase.RUNNING]
    if session.chosen or session.grbit & SnapshotGrbit.EXPLICIT_PREPARE:
        return [instance for instance in running if instance.handle in session.chosen]
    return running


def thaw(registry: Registry, snapshot: object, grbit: object) -> JetErr:
    """JetOSSnapshotThaw [OT].

    Without a freeze "the snapshot session is invalid", which is InvalidParameter: the page has no InvalidSequence. Only
    a time-out ends the session with a failure [C26].
    """
    with registry.monitor:
        _require_zero(grbit)
        session = _session(registry, snapshot)
        while session.state is SnapshotState.FREEZING and not registry.dropped:
            registry.freezer.wait()  # others are told already that the snapshot is in process: it comes first
            session = _session(registry, snapshot)
        _require_in_time(registry, session)
        if session.state is not SnapshotState.FROZEN:
            raise JetFailure(JetErr.InvalidParameter)
        registry.freezer.thaw(session)
        _note(session, EventId.SNAPSHOT_THAWED, "thawed the instance")
        if not session.grbit & SnapshotGrbit.CONTINUE_AFTER_THAW:
            _note(session, EventId.SNAPSHOT_COMPLETED, "completed")
            registry.freezer.end()
    return JetErr.Success


def abort(registry: Registry, snapshot: object, grbit: object) -> JetErr:
    """JetOSSnapshotAbort: at any time after Prepare [OA, OP]."""
    with registry.monitor:
        _require_zero(grbit)
        _abort(registry, _session(registry, snapshot))
    return JetErr.Success


def end(registry: Registry, snapshot: object, grbit: object) -> JetErr:
    """JetOSSnapshotEnd: of a session that went on after its thaw, or with Abort of any [OE; C24, C25]."""
    with registry.monitor:
        if not isinstance(grbit, int) or grbit & ~int(SnapshotEndGrbit.ABORT):
            raise JetFailure(JetErr.InvalidGrbit)
        session = _session(registry, snapshot)
        _require_in_time(registry, session)
        if grbit & SnapshotEndGrbit.ABORT:
            _abort(registry, session)
            return JetErr.Success
        if session.state is not SnapshotState.THAWED:
            raise JetFailure(JetErr.OSSnapshotInvalidSequence)
        _note(session, EventId.SNAPSHOT_COMPLETED, "completed")
        registry.freezer.end()
    return JetErr.Success


def truncate(registry: Registry, snapshot: object, grbit: object, handle: object = None) -> JetErr:
    """JetOSSnapshotTruncateLog, and with a handle JetOSSnapshotTruncateLogInstance [OTL, OTI].

    Their pages have one code for every wrong moment. A session that ended is such a moment [OTL, Remarks], so an id
    that is not that of the session, and an instance that is not part of it, get it too [C28].
    """
    with registry.monitor:
        if not isinstance(grbit, int) or grbit & ~int(SnapshotTruncateGrbit.ALL_DATABASES):
            raise JetFailure(JetErr.InvalidGrbit)
        session = registry.freezer.session
        if session is None or not isinstance(snapshot, int) or snapshot != session.id:
            raise JetFailure(JetErr.OSSnapshotInvalidSequence)
        if session.state is not SnapshotState.THAWED or session.grbit & SnapshotGrbit.COPY:
            raise JetFailure(JetErr.OSSnapshotInvalidSequence)
        instances = list(session.members.values())
        if handle is not None:
            chosen = registry.instance(handle)
            if chosen not in instances:
                raise JetFailure(JetErr.OSSnapshotInvalidSequence)
            instances = [chosen]
        if not grbit & SnapshotTruncateGrbit.ALL_DATABASES:
            return JetErr.Success
        instances = [instance for instance in instances if instance.phase is Phase.RUNNING]
        for instance in instances:
            instance.calls += 1  # a termination waits for us
    try:
        for instance in instances:
            with instance.data:
                _truncate(instance, session.generations[instance.handle])
    finally:
        with registry.monitor:
            for instance in instances:
                instance.calls -= 1
            registry.monitor.notify_all()
    return JetErr.Success


def _truncate(instance: Instance, frozen: int) -> None:
    """Remove the logs that neither recovery needs nor a roll-forward from the snapshot, which has the frozen log."""
    if instance.log is None:
        return
    with suppress(OSError):  # the checkpoint stays behind, and more logs with it
        make_checkpoint(instance)
    removed = instance.log.truncate(min(frozen, generation_of(instance.checkpoint_lsn)))
    if removed:
        names = tuple(base(path) for path in removed)
        instance.note(EventId.LOGS_TRUNCATED, f"logs {names[0]} to {names[-1]} truncated", *names)
    else:
        instance.note(EventId.NOTHING_TRUNCATED, "no log to truncate")


# -- guards, all under the monitor -----------------------------------------------------------------------------------


def _require_zero(grbit: object) -> None:
    """InvalidParameter, not InvalidGrbit, on the pages whose grbit is reserved [C22]."""
    if not isinstance(grbit, int) or grbit != 0:
        raise JetFailure(JetErr.InvalidParameter)


def _session(registry: Registry, snapshot: object) -> Snapshot:
    """The session of an id, or OSSnapshotInvalidSnapId."""
    session = registry.freezer.session
    if session is None or not isinstance(snapshot, int) or snapshot != session.id:
        raise JetFailure(JetErr.OSSnapshotInvalidSnapId)
    return session


def _require_in_time(registry: Registry, session: Snapshot) -> None:
    """OSSnapshotTimeOut, which ends the session: the freeze was not respected to its end [OT, OE: failure]."""
    if session.state is SnapshotState.TIMED_OUT:
        registry.freezer.end()
        raise JetFailure(JetErr.OSSnapshotTimeOut)


def _abort(registry: Registry, session: Snapshot) -> None:
    _note(session, EventId.SNAPSHOT_ABORTED, "aborted")
    registry.freezer.end()


def _note(session: Snapshot, event: EventId, what: str) -> None:
    for instance in session.members.values():
        instance.note(event, f"snapshot {session.id} {what}")
