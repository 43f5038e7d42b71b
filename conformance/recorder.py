"""A recorder around an engine in process: whatever tests do with the adapter becomes a trace for `jetconform trace check`.

    with Recorder(my_engine.factory(root), Path("trace.jsonl"), engine="mine") as engine:
        engine.create_instance("i1")

Each thread is a client. What a test does to files behind the engine's back it tells by `changed`; else it is not known.
"""

import inspect
import threading
from functools import partial
from os import PathLike, fspath
from pathlib import Path
from types import TracebackType
from typing import Any, cast

from .adapter import (
    Adapter,
    ExpiringAdapter,
    NoSuchCall,
    PointHandler,
    SnapshotAdapter,
    StatusCallback,
    StreamingAdapter,
)
from .invocation import CALLS, Kind, invocation, return_event
from .recording import Recording
from .trace import CallbackEvent, FaultEvent, Header, HoldEvent, NotImplementedEvent, ReleaseEvent, ResumeEvent

_CALL_OF = {row.method: call for call, row in CALLS.items()}
_SIGNATURES = {
    name: inspect.signature(method)
    for protocol in (Adapter, StreamingAdapter, SnapshotAdapter)
    for name, method in vars(protocol).items()
    if name in _CALL_OF
}


class Recorder:
    """An adapter that passes everything on to another one, and writes down what was called and what came back.

    It has the methods of `adapter.Adapter`, and of the other protocols there whose capabilities the engine declares.
    """

    def __init__(self, adapter: Adapter, path: Path, *, engine: str = "") -> None:
        """Record to that file, which is begun anew. OSError where it cannot be written."""
        self._adapter = adapter
        self.capabilities = adapter.capabilities
        self._recording = Recording(path, Header(trace=1, engine=engine, capabilities=sorted(adapter.capabilities)))
        self._clients: dict[int, str] = {}  # by thread
        self._here = threading.local()

    def __enter__(self) -> "Recorder":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __getattr__(self, name: str) -> Any:
        """The method of a call, recorded; anything else is the adapter's own."""
        return partial(self._call, name) if name in _CALL_OF else getattr(self._adapter, name)

    def _call(self, method: str, *values: Any, **named: Any) -> Any:
        bound = _SIGNATURES[method].bind(self, *values, **named).args[1:]
        row = CALLS[_CALL_OF[method]]
        args = {name: _plain(value) for name, value in zip(row.arguments, bound, strict=False)}
        made = invocation(self._adapter, _CALL_OF[method], args)
        if self._recording.ended:
            raise ValueError(f"{method}: the recording has ended")
        number = self._recording.call(self._client(), made.call, args)
        status = partial(self._status, number, bound[-1]) if made.kind is Kind.STATUS else _none
        outer, self._here.call = getattr(self._here, "call", 0), number
        try:
            outcome = made.make(status)
        except NoSuchCall:
            self._recording.write(NotImplementedEvent(id=number))
            raise
        finally:
            self._here.call = outer
        self._recording.write(return_event(number, made, outcome))
        return outcome

    def _client(self) -> str:
        """What the trace calls this thread: A, B, ..."""
        number = len(self._clients)
        return self._clients.setdefault(threading.get_ident(), chr(ord("A") + number) if number < 26 else f"T{number}")

    def _status(self, number: int, status: StatusCallback, snp: int, snt: int, done: int, total: int) -> int:
        self._recording.write(CallbackEvent(id=number, snp=int(snp), snt=int(snt), done=int(done), total=int(total)))
        err = int(status(snp, snt, done, total))
        self._recording.write(ResumeEvent(id=number, err=err))
        return err

    # -- what is no call ---------------------------------------------------------------------------------------------------

    def changed(self, kind: str, target: str) -> None:
        """Tell what a test did to files behind the engine's back: a kind of `recording.CHANGES`, and a path below the root.

        ValueError for another kind.
        """
        self._recording.changed(kind, target)

    def damage_page(self, path: str) -> bool:
        """As the adapter protocol says; so are all the others here. What was done is recorded."""
        done = self._adapter.damage_page(path)
        if done:
            self._fault("damage-page", path)
        return done

    def damage_log(self, instance: str) -> int | None:
        generation = self._adapter.damage_log(instance)
        if generation is not None:
            self._fault("damage-log", instance)
        return generation

    def fail_log_writes(self, instance: str, mode: str) -> None:
        self._fault(f"fail-log-{mode}", instance)
        self._adapter.fail_log_writes(instance, mode)

    def expire_snapshot(self) -> None:
        self._fault("snapshot-timeout", "")
        cast(ExpiringAdapter, self._adapter).expire_snapshot()

    def _fault(self, kind: str, target: str) -> None:
        self._recording.write(FaultEvent(kind=kind, target=target))

    def on_point(self, handler: PointHandler | None) -> None:
        self._adapter.on_point(None if handler is None else partial(self._at_point, handler))

    def _at_point(self, handler: PointHandler, point: str, detail: str) -> None:
        where = f"{point} {detail}" if detail else point
        number = getattr(self._here, "call", 0)
        if not number:  # on a thread of the engine's own: nobody knows of which call
            handler(point, detail)
            return
        self._recording.write(HoldEvent(id=number, point=where))
        handler(point, detail)
        self._recording.write(ReleaseEvent(id=number, point=where))

    def close(self) -> None:
        """Drop the engine, and end the trace: it says `done` if every call came back."""
        if not self._recording.ended:
            self._recording.end()
            self._adapter.close()


def _plain(value: Any) -> Any:
    """An argument as a trace has it."""
    if isinstance(value, PathLike):
        return fspath(value)
    return int(value) if isinstance(value, int) else value


def _none(*_: int) -> int:
    raise AssertionError("a call without a status callback has none")
