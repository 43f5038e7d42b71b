"""Moves of streaming backups; `moves.py` has those of the other calls."""

from collections.abc import Callable

from .calls import Call
from .external import Amount, Kind, OpenFile, Streaming, Target
from .lifecycle import lifecycle_move
from .state import Activity, Backed, Control, Damage, Database, Log, StopRequest
from .vocabulary import BackupGrbit, EndBackupGrbit

MoveFunction = Callable[[Control, Call], Control]


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
        return over(control, call)
    return control._replace(streaming=control.streaming._replace(busy=False))


def over(control: Control, _: Call) -> Control:
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
    return over(control._replace(log=Log.REFUSED), call)


def _over_fatal(control: Control, call: Call) -> Control:
    return over(lifecycle_move("fatal", control), call)


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
    return over(control, call)


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


STREAMING_MOVES: dict[str, MoveFunction] = {
    "streaming.begin": _begin,
    "streaming.claim": _claim,
    "streaming.share": _share,
    "streaming.enter": _enter,
    "streaming.left": _leave,
    "streaming.over": over,
    "streaming.over-log": _over_log,
    "streaming.over-fatal": _over_fatal,
    "streaming.open": _open,
    "streaming.read": _read,
    "streaming.drop": _drop,
    "streaming.close": _close,
    "streaming.list": _list,
    "streaming.truncate": _truncate,
    "streaming.end": _end,
}
