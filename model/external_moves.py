"""Moves of streaming backups and snapshot sessions; `moves.py` has the others."""

from collections.abc import Callable

from .calls import Call
from .external import Amount, Kind, OpenFile, Snapshot, SnapshotPhase, Streaming, Target
from .lifecycle import lifecycle_move
from .state import Activity, Backed, Control, Damage, Database, Handle, Log, Phase, StopRequest
from .vocabulary import BackupGrbit, EndBackupGrbit, SnapshotGrbit

MoveFunction = Callable[[Control, Call], Control]


# -- streaming ---------------------------------------------------------------------------------------------------------


def _kind(call: Call) -> Kind:
    if call.grbit & BackupGrbit.INCREMENTAL:
        return Kind.INCREMENTAL
    return Kind.SURROGATE if call.name != "JetBackupInstance" and call.grbit & 0x20 else Kind.FULL


def _expected(control: Control, kind: Kind) -> tuple[str, ...]:
    if kind is Kind.INCREMENTAL:
        return ()
    return tuple(database.path for database in control.databases if database.attached and database.logged)


def _begin(control: Control, call: Call) -> Control:
    kind = _kind(call)
    streaming = Streaming(kind, _expected(control, kind))
    return control._replace(activity=Activity.STREAMING, stop_backup=StopRequest.NONE, streaming=streaming)


def _claim(control: Control, call: Call) -> Control:
    """The backup is taken from the moment on at which its first call entered."""
    return _enter(_begin(control, call), call)


def _share(control: Control, call: Call) -> Control:
    """JetBackupInstance takes the context that the calls of a streaming backup use, too [source 0]."""
    kind = _kind(call)
    return control._replace(streaming=Streaming(kind, _expected(control, kind), internal=True))


def _in(control: Control) -> Streaming:
    assert control.streaming is not None, "the row asked for a streaming backup"
    return control.streaming


def _enter(control: Control, _: Call) -> Control:
    if control.streaming is None or control.streaming.internal:
        return control
    return control._replace(streaming=control.streaming._replace(busy=True))


def _leave(control: Control, call: Call) -> Control:
    """One of its calls is over; a termination that waited for it ends the backup [T2, StopBackup]."""
    if control.streaming is None or control.streaming.internal:
        return control
    if control.term_waiting:
        return _over(control, call)
    return control._replace(streaming=control.streaming._replace(busy=False))


def _over(control: Control, _: Call) -> Control:
    """The backup, if there is one, is over, whatever it is worth; a log that it rolled away from may not be needed."""
    if control.streaming is None:
        return control
    if control.streaming is not None and control.streaming.internal:
        return control._replace(streaming=control.streaming._replace(cut_off=True, file=None))
    damage = Damage.NONE if control.log_damage is Damage.NONE else Damage.UNKNOWN
    databases = tuple(_after(database, truncated=control.streaming.truncated) for database in control.databases)
    return control._replace(
        activity=Activity.IDLE,
        stop_backup=StopRequest.NONE,
        streaming=None,
        databases=databases,
        log_damage=damage,
    )


def _over_log(control: Control, call: Call) -> Control:
    return _over(control._replace(log=Log.REFUSED), call)


def _over_fatal(control: Control, call: Call) -> Control:
    return _over(lifecycle_move("fatal", control), call)


def _after(database: Database, *, truncated: bool) -> Database:
    """A backup that truncated logs and then came to nothing may have taken those that the next incremental needs."""
    if truncated and database.backed_up is not Backed.NO:
        return database._replace(new=False, backed_up=Backed.UNKNOWN)
    return database._replace(new=False)


def _open(control: Control, call: Call) -> Control:
    assert call.target is not None
    path = call.path if call.target is Target.DATABASE else ""
    streaming = _in(control)._replace(file=OpenFile(call.file, call.target, path))
    return _leave(control._replace(streaming=streaming), call)


def _read(control: Control, call: Call) -> Control:
    streaming = _in(control)
    if streaming.file is not None:
        file = streaming.file._replace(started=True, read=streaming.file.read or call.amount is Amount.REST)
        control = control._replace(streaming=streaming._replace(file=file))
    return _leave(control, call)


def _drop(control: Control, _: Call) -> Control:
    """The open file is closed after an error: it does not count [RF: only that file is cancelled]."""
    return control._replace(streaming=_in(control)._replace(file=None))


def _close(control: Control, call: Call) -> Control:
    streaming = _in(control)
    file = streaming.file
    assert file is not None, "the row asked for an open file"
    streaming = streaming._replace(file=None)
    if file.read and file.target is Target.DATABASE:
        streaming = streaming._replace(copied=tuple(sorted({*streaming.copied, file.path})))
    if file.read and file.target is Target.LAST_LOG:
        streaming = streaming._replace(logs_read=True)
    return _leave(control._replace(streaming=streaming), call)


def _list(control: Control, call: Call) -> Control:
    return _leave(control._replace(streaming=_in(control)._replace(listed=True)), call)


def _truncate(control: Control, call: Call) -> Control:
    """Logs are gone: what a detached database, or one that was not copied, would need may be among them."""
    damage = Damage.NONE if control.log_damage is Damage.NONE else Damage.UNKNOWN
    return _leave(control._replace(streaming=_in(control)._replace(truncated=True), log_damage=damage), call)


def marks(control: Control, call: Call) -> bool:
    """Whether ending the streaming backup so marks what it copied: a normal end after truncation, or after TruncateDone.

    Not of one that was stopped or read no log [E2, Remarks; C48; source 5.1]. Where it is JetBackupInstance's own that
    another thread ends, its logs are truncated once it is about to return (observed: endext at complete).
    """
    streaming = control.streaming
    if streaming is None or control.stop_backup is not StopRequest.NONE or call.grbit & EndBackupGrbit.ABORT:
        return False
    if streaming.internal:
        return control.activity is Activity.LEAVING
    return streaming.in_logs and (streaming.truncated or bool(call.grbit & EndBackupGrbit.TRUNCATE_DONE))


def _end(control: Control, call: Call) -> Control:
    streaming = _in(control)
    if marks(control, call):
        control = _marked(control._replace(streaming=streaming._replace(truncated=False)), streaming)
    return _over(control, call)


def _marked(control: Control, streaming: Streaming) -> Control:
    def after(path: str, attached: bool, backed_up: Backed) -> Backed:
        copied = streaming.expected if streaming.internal else streaming.copied
        if streaming.kind is not Kind.INCREMENTAL and path in copied:
            return Backed.YES
        return backed_up if attached or backed_up is Backed.NO else Backed.UNKNOWN

    databases = tuple(
        database._replace(backed_up=after(database.path, database.attached, database.backed_up))
        for database in control.databases
    )
    return control._replace(databases=databases)


# -- snapshots ---------------------------------------------------------------------------------------------------------


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
        control = _over(control, call)
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


EXTERNAL_MOVES: dict[str, MoveFunction] = {
    "streaming.begin": _begin,
    "streaming.claim": _claim,
    "streaming.share": _share,
    "streaming.enter": _enter,
    "streaming.left": _leave,
    "streaming.over": _over,
    "streaming.over-log": _over_log,
    "streaming.over-fatal": _over_fatal,
    "streaming.open": _open,
    "streaming.read": _read,
    "streaming.drop": _drop,
    "streaming.close": _close,
    "streaming.list": _list,
    "streaming.truncate": _truncate,
    "streaming.end": _end,
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
