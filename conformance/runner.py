"""The runner: makes calls on an adapter, holds them where asked, and tells a sink what happened in the order it happened.

A call without a hold, while no other is open, is made on the thread of the caller. Every other call is made on its client's
own thread; while that call is held in a status callback, further calls of the client are made inside the callback.
"""

import threading
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from time import monotonic
from typing import Any

from .adapter import HOLD_POINTS, Adapter
from .calls import Invocation, NoCode, invocation, return_event
from .engines import one_line
from .faults import ENGINE_FAULTS, change_files
from .trace import CallbackEvent, CallEvent, Event, FaultEvent, HoldEvent, ReleaseEvent, ResumeEvent

CALLBACK = "callback"
_STOP = object()


class Misbehaviour(Exception):  # noqa: N818 - a finding about an engine, not an error of this program
    """The engine raised, or returned something that is no JET_ERR."""

    def __init__(self, id: int, call: str, text: str) -> None:  # noqa: A002 - the traces' word
        super().__init__(f"call {id}, {call}: {text}")
        self.id, self.call, self.text = id, call, text


class Hang(Exception):  # noqa: N818 - a finding about an engine, not an error of this program
    """A call did not come back although no call was held any more."""

    def __init__(self, id: int, call: str, seconds: float) -> None:  # noqa: A002
        super().__init__(f"call {id}, {call}: not back after {seconds:g} seconds, and no call is held")
        self.id, self.call = id, call


class _Call:
    """A call that was entered: where it shall be held, where it is held, whether it is back."""

    __slots__ = ("back", "callbacks", "client", "hold", "id", "invocation", "parked")

    def __init__(self, number: int, client: str, made: Invocation, hold: str | int | None) -> None:
        self.id = number
        self.client = client
        self.invocation = made
        self.hold = hold  # a hold point, or which of the callbacks
        self.parked: str | None = None
        self.callbacks = 0
        self.back = False


class _Client:
    """A client's thread. Its inbox takes calls, and the value with which the call that is held goes on."""

    def __init__(self, name: str, serve: Callable[["_Client"], object]) -> None:
        self.inbox: SimpleQueue[Any] = SimpleQueue()
        self.calls: list[_Call] = []  # open ones; each but the first was made inside a callback of the one before it
        self.thread = threading.Thread(target=serve, args=(self,), name=f"client {name}", daemon=True)
        self.thread.start()


class Runner:
    """Drives one engine process. All methods are for one thread; the sink is called with the events one at a time."""

    def __init__(
        self,
        adapter: Adapter,
        root: Path,
        *,
        sink: Callable[[Event], None],
        call_timeout: float,
        patience: float = 2.0,
    ) -> None:
        self._adapter = adapter
        self._root = root
        self._sink = sink
        self._call_timeout = call_timeout
        self._patience = patience
        self._changed = threading.Condition()  # its lock also puts the events into one order
        self._last_id = 0
        self._open: dict[int, _Call] = {}
        self._codes: dict[int, int] = {}
        self._clients: dict[str, _Client] = {}
        self._local = threading.local()
        self._failure: BaseException | None = None  # of a client's thread, for the next wait
        self._watching = False
        self._closed = False

    # -- what the harness asks --------------------------------------------------------------------------------------

    def call(
        self,
        call: str,
        args: Mapping[str, Any],
        *,
        client: str = "A",
        hold: str | None = None,
        wait: float | None = None,
    ) -> int:
        """Make a call and return its id. It is back, held at `hold`, or, after `wait` seconds, still under way.

        `hold` is a hold point of the adapter or `callback:K`, the K-th status callback; a call that does not come there just
        returns. Misbehaviour if the engine answers with anything but a JET_ERR. ValueError for a call that cannot be made.
        """
        made = invocation(self._adapter, call, args)
        where = _parse_hold(hold)
        if self._failure is not None:
            self._raise_failure()
        if where is None and not self._open:
            return self._call_here(client, made, args)
        if isinstance(where, str) and not self._watching:
            self._adapter.on_point(self._at_point)
            self._watching = True
        worker = self._clients.get(client)
        if worker is None:
            worker = self._clients[client] = _Client(client, self._serve)
        with self._changed:
            if worker.calls and worker.calls[-1].parked != CALLBACK:
                raise ValueError(
                    f"client {client} is inside call {worker.calls[-1].id}: it may make another only inside a callback"
                )
            others = bool(self._open)
            record = self._enter(client, made, args, where)
            self._open[record.id] = record
            worker.calls.append(record)
        worker.inbox.put(record)
        self._await(record, wait if wait is not None else self._patience if others else self._call_timeout)
        return record.id

    def release(self, id: int, err: int = 0, *, hold: str | None = None) -> None:  # noqa: A002 - the traces' word
        """Let a held call go on, out of a callback with the value `err`, and wait until it is back or held again (at `hold`).

        Hang if no call is held any more and it does not come back.
        """
        where = _parse_hold(hold)
        with self._changed:
            record = self._open.get(id)
            if record is None or record.parked is None:
                raise ValueError(f"call {id} is not held")
            worker = self._clients[record.client]
            if worker.calls[-1] is not record:
                raise ValueError(f"call {worker.calls[-1].id} was made inside the callback of call {id}: it comes first")
            if record.parked == CALLBACK:
                self._sink(ResumeEvent(id=id, err=err))
            elif err:
                raise ValueError(f"call {id} is held at a point inside the engine: only a callback returns a value")
            else:
                self._sink(ReleaseEvent(id=id, point=record.parked))
            record.parked = None
            record.hold = where
        worker.inbox.put(err)
        alone = not self.held()
        if not self._await(record, self._call_timeout if alone else self._patience) and alone:
            raise Hang(id, record.invocation.call, self._call_timeout)

    def returned(self, id: int) -> int | None:  # noqa: A002 - the traces' word
        """The code of a call that is back, else None."""
        return self._codes.get(id)

    def open_calls(self) -> tuple[int, ...]:
        """The calls that are not back."""
        with self._changed:
            return tuple(self._open)

    def held(self) -> tuple[int, ...]:
        """The calls that are held: in a status callback or at a point inside the engine."""
        with self._changed:
            return tuple(record.id for record in self._open.values() if record.parked is not None)

    def fault(self, kind: str, target: str = "") -> bool:
        """Do something to the environment (docs/trace-format.md); False, and no event, if it cannot be done.

        Only what may change is changed under the eyes of a call that runs: make faults while every open call is held.
        """
        self._raise_failure()
        if kind not in ENGINE_FAULTS:
            with self._changed:  # no event can come between the change and its record
                event = change_files(self._root, kind, target)
                if event is not None:
                    self._sink(event)
            return event is not None
        if kind.startswith("fail-log"):
            return self._fail_log(kind, target)
        capability = ENGINE_FAULTS[kind]
        if capability not in self._adapter.capabilities:
            return False
        try:
            # Only the engine knows whether it can, so the event comes after the deed.
            done = self._adapter.damage_page(target) if kind == "damage-page" else self._adapter.damage_log(target)
        except Exception as error:
            raise Misbehaviour(0, capability, f"raised {one_line(error)}") from error
        if done is None or done is False:
            return False
        with self._changed:
            self._sink(FaultEvent(kind=kind, target=target))
        return True

    def _fail_log(self, kind: str, target: str) -> bool:
        if "fail_log_writes" not in self._adapter.capabilities:
            return False
        with self._changed:
            self._sink(FaultEvent(kind=kind, target=target))
        try:
            self._adapter.fail_log_writes(target, kind.removeprefix("fail-log-"))
        except Exception as error:
            raise Misbehaviour(0, "fail_log_writes", f"raised {one_line(error)}") from error
        return True

    def finish(self) -> None:
        """Let every held call go on and wait until all are back. Hang if one is not, `call_timeout` after the last change."""
        while self._open:
            with self._changed:
                tops = [worker.calls[-1] for worker in self._clients.values() if worker.calls]
                held = sorted(record.id for record in tops if record.parked is not None)
            if held:
                self.release(held[0])
                continue
            with self._changed:
                before = self._progress()
                moved = self._changed.wait_for(
                    lambda before=before: self._failure or self._progress() != before,  # type: ignore[misc]
                    self._call_timeout,
                )
            self._raise_failure()
            if not moved:
                raise Hang(tops[0].id, tops[0].invocation.call, self._call_timeout)
        self._raise_failure()

    def _progress(self) -> tuple[int, int]:
        return len(self._open), sum(record.parked is not None for record in self._open.values())

    def close(self) -> None:
        """Drop the engine as it is, calls in flight too, and stop the clients' threads. Whatever the engine does, it ends."""
        with self._changed:
            if self._closed:
                return
            self._closed = True  # from now on nothing is held and nothing told
            busy = bool(self._open)
        # Held calls stay where they are until the engine is dropped: a process that dies does not finish its backup first.
        dropping = threading.Thread(target=self._drop, name="close", daemon=True)
        dropping.start()
        dropping.join(self._patience if busy else self._call_timeout)
        for worker in self._clients.values():
            worker.inbox.put(_STOP)
        deadline = monotonic() + self._patience
        for thread in (dropping, *(worker.thread for worker in self._clients.values())):
            thread.join(max(0.0, deadline - monotonic()))

    def _drop(self) -> None:
        try:
            self._adapter.close()
        except BaseException:  # noqa: S110 - its calls were judged; how it dies is no part of the contract
            pass

    # -- making a call ------------------------------------------------------------------------------------------------

    def _enter(self, client: str, made: Invocation, args: Mapping[str, Any], hold: str | int | None) -> _Call:
        """Number a call and tell the sink that it begins. The lock is held."""
        self._last_id = number = self._last_id + 1
        record = _Call(number, client, made, hold)
        self._sink(CallEvent(id=number, client=client, call=made.call, args=dict(args)))
        return record

    def _call_here(self, client: str, made: Invocation, args: Mapping[str, Any]) -> int:
        with self._changed:
            record = self._enter(client, made, args, None)
        try:
            outcome = made.make(partial(self._status, record))
            event = return_event(record.id, made, outcome)
        except NoCode as problem:
            raise Misbehaviour(record.id, made.call, str(problem)) from None
        except KeyboardInterrupt:  # on this thread it is the user's
            raise
        except BaseException as error:
            raise Misbehaviour(record.id, made.call, f"raised {one_line(error)}") from error
        with self._changed:
            record.back = True
            if self._failure is None:
                self._sink(event)
                self._codes[record.id] = event.err
                return record.id
        self._raise_failure()
        return record.id

    def _call_there(self, record: _Call) -> None:
        """Make a call on a client's thread. What comes of it is noted for the thread that waits."""
        made = record.invocation
        event, failure = None, None
        outer = getattr(self._local, "call", None)
        self._local.call = record
        try:
            event = return_event(record.id, made, made.make(partial(self._status, record)))
        except NoCode as problem:
            failure = Misbehaviour(record.id, made.call, str(problem))
        except BaseException as error:
            failure = Misbehaviour(record.id, made.call, f"raised {one_line(error)}")
        self._local.call = outer
        with self._changed:
            record.back = True
            record.parked = None
            del self._open[record.id]
            self._clients[record.client].calls.remove(record)
            if failure is not None:
                self._fail(failure)
            elif event is not None and self._tell(event):
                self._codes[record.id] = event.err
            self._changed.notify_all()

    def _serve(self, worker: _Client) -> int:
        """Make the calls of the inbox; return with the value by which a held call goes on."""
        while True:
            item = worker.inbox.get()
            if isinstance(item, _Call):
                self._call_there(item)
            elif item is _STOP:
                worker.inbox.put(_STOP)  # for the calls around this one, and for the thread itself
                return 0
            else:
                return int(item)
