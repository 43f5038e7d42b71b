"""The runner: makes calls on an adapter, holds them where asked, and tells a sink what happened in its true order.

A call without a hold, while no other is open, is made on the thread of the caller: that costs microseconds, and if it
hangs the supervisor finds it. Every other call is made on its client's own thread.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any, cast

from .adapter import CLIENT, HOLD_POINTS, Adapter, ExpiringAdapter, NoSuchCall, Observer
from .environment import ENGINE_FAULTS, SAVE_SET, below, change_files
from .harm import HARM, role_of
from .inflight import CALLBACK, Client, Flight, Hang, Inflight, Misbehaviour, NotMade, misbehaviour
from .invocation import Invocation, NoCode, invocation
from .trace import CallEvent, Event, FaultEvent, NotImplementedEvent, ReleaseEvent, ResumeEvent

__all__ = ["Hang", "Misbehaviour", "Runner"]


class Runner:
    """Drives one engine process. Its methods are for one thread; the sink is called with one event at a time."""

    def __init__(
        self,
        adapter: Adapter,
        root: Path,
        *,
        sink: Callable[[Event], None],
        call_timeout: float,
        patience: float = 2.0,
        first_id: int = 1,
    ) -> None:
        self._adapter = adapter
        self._root = root
        self._call_timeout = call_timeout
        self._patience = patience
        self._inflight = Inflight(sink)
        self._lock = self._inflight.lock
        self._changed = self._inflight.changed
        self._last_id = first_id - 1
        self._watching = False

    # -- calls --------------------------------------------------------------------------------------------------------

    def call(
        self,
        call: str,
        args: Mapping[str, Any],
        *,
        client: str = "A",
        hold: str | None = None,
        wait: float | None = None,
    ) -> int:
        """Make a call and return its id. It is back, or held at `hold`, or, after `wait` seconds, still under way.

        `hold` is a hold point of the adapter or `callback:K`, the K-th status callback; a call that does not get there
        just returns. Without `wait` it is the runner's patience while another call is open, else the call timeout; with it
        the call is made on its client's thread in any case.
        Misbehaviour if the engine answers with anything but a JET_ERR, NotMade if it has no such call; ValueError, and no
        event, for a call that cannot be made.
        """
        made = invocation(self._adapter, call, args)
        where = None if hold is None else _parse_hold(hold)
        inflight = self._inflight
        inflight.raise_failure()
        if where is None and wait is None and not inflight.open:
            return self._call_here(client, made, args)
        if isinstance(where, str):
            self._watch()
        worker = inflight.client(client)
        with self._lock:
            if worker.flights and worker.flights[-1].parked != CALLBACK:
                open_call = worker.flights[-1].id
                raise ValueError(
                    f"client {client} is inside call {open_call}: only inside a callback it may make another"
                )
            others = bool(inflight.open)
            flight = self._issue(worker, client, made, args, where)
        worker.inbox.put(flight)
        self._await(flight, wait if wait is not None else self._patience if others else self._call_timeout)
        if flight.back and flight.id not in inflight.codes:
            raise NotMade(f"{made.call}: the engine does not have it")
        return flight.id

    def race(self, calls: Sequence[tuple[str, str, Mapping[str, Any]]]) -> None:
        """Make calls of as many clients at one barrier, and wait until all are back; Hang if nothing moves any more."""
        made = [(client, invocation(self._adapter, call, args), args) for client, call, args in calls]
        inflight = self._inflight
        inflight.raise_failure()
        barrier = threading.Barrier(len(made)) if made else None
        entered = []
        with self._lock:
            for client, one, args in made:
                worker = inflight.client(client)
                flight = self._issue(worker, client, one, args, None)
                flight.barrier = barrier
                entered.append((worker, flight))
        for worker, flight in entered:
            worker.inbox.put(flight)
        self.finish()

    def _issue(
        self, worker: Client, client: str, made: Invocation, args: Mapping[str, Any], hold: str | int | None
    ) -> Flight:
        """Enter a call that its client's thread is to make. The lock is held."""
        flight = self._enter(client, made, args, hold)
        self._inflight.open[flight.id] = flight
        worker.flights.append(flight)
        return flight

    def _enter(self, client: str, made: Invocation, args: Mapping[str, Any], hold: str | int | None) -> Flight:
        """Number a call and tell the sink that it begins. The lock is held."""
        self._last_id = number = self._last_id + 1
        self._inflight.sink(CallEvent(id=number, client=client, call=made.call, args=dict(args)))
        return Flight(number, client, made, hold)

    def _call_here(self, client: str, made: Invocation, args: Mapping[str, Any]) -> int:
        CLIENT.set(client)
        with self._lock:
            flight = self._enter(client, made, args, None)
        try:
            outcome = made.make(partial(self._inflight.status, flight))
        except KeyboardInterrupt:  # on this thread it is the user's
            raise
        except NoSuchCall:
            self._tell(NotImplementedEvent(id=flight.id))
            raise NotMade(f"{made.call}: the engine does not have it") from None
        except BaseException as error:
            raise misbehaviour(flight.id, made.call, error) from error
        try:
            return self._inflight.finish_call(flight, outcome)
        except NoCode as problem:
            raise Misbehaviour(flight.id, made.call, str(problem)) from None

    def _watch(self) -> None:
        """Have the hold points reported; not before the first hold, because every one of them costs time."""
        if self._watching:
            return
        try:
            self._adapter.on_point(self._inflight.at_point)
        except Exception as error:
            raise misbehaviour(0, "on_point", error) from error
        self._watching = True

    def release(self, id: int, err: int = 0, *, hold: str | None = None) -> None:  # noqa: A002 - the traces' word
        """Let a held call go on, out of a callback with the value `err`, until it is back or held again, at `hold`.

        Hang if no other call is held and it does not come back in time. ValueError if the call is not held.
        """
        where = None if hold is None else _parse_hold(hold)
        with self._lock:
            flight = self._inflight.open.get(id)
            if flight is None or flight.parked is None:
                raise ValueError(f"call {id} is not held")
            worker = self._inflight.clients[flight.client]
            if worker.flights[-1] is not flight:
                inner = worker.flights[-1].id
                raise ValueError(f"call {inner} was made inside the callback of call {id}: it must come back first")
            if flight.parked == CALLBACK:
                self._inflight.sink(ResumeEvent(id=id, err=err))
            elif err:
                raise ValueError(f"call {id} is held at a point inside the engine: only a callback returns a value")
            else:
                self._inflight.sink(ReleaseEvent(id=id, point=flight.parked))
            flight.parked = None
            flight.hold = where
            alone = all(other.parked is None for other in self._inflight.open.values())
        if isinstance(where, str):
            self._watch()
        worker.inbox.put(err)
        if not self._await(flight, self._call_timeout if alone else self._patience) and alone:
            raise Hang(id, flight.made.call, self._call_timeout)

    def _await(self, flight: Flight, seconds: float) -> bool:
        """Wait until the call is back or held; what went wrong on the engine's side is raised here."""
        inflight = self._inflight
        with self._lock:
            done = self._changed.wait_for(
                lambda: flight.back or flight.parked is not None or inflight.failure is not None, seconds
            )
        inflight.raise_failure()
        return done

    def returned(self, id: int) -> int | None:  # noqa: A002 - the traces' word
        """The code of a call that is back, else None."""
        return self._inflight.codes.get(id)

    def open_calls(self) -> tuple[int, ...]:
        """The calls that are not back."""
        with self._lock:
            return tuple(self._inflight.open)

    def held(self) -> tuple[int, ...]:
        """The calls that are held: in a status callback or at a point inside the engine."""
        with self._lock:
            return tuple(flight.id for flight in self._inflight.open.values() if flight.parked is not None)

    def busy(self) -> frozenset[str]:
        """The clients that are inside a call, held or not."""
        with self._lock:
            return frozenset(flight.client for flight in self._inflight.open.values())

    # -- faults -------------------------------------------------------------------------------------------------------

    def fault(self, kind: str, target: str = "", at: int = 0) -> bool:
        """Do something to the environment (docs/trace-format.md); False, and no event, where it cannot be done.

        `at`: where in a file, or how many bytes are left.
        Make faults while every open call is held: of a call that runs nobody knows whether it saw the change.
        """
        self._inflight.raise_failure()
        if kind == SAVE_SET:
            with self._lock:
                written = self._inflight.saved.write(below(self._root, target))
                if written:
                    self._inflight.sink(FaultEvent(kind=kind, target=target))
            return written
        if kind not in ENGINE_FAULTS:
            role = self.role(target) if kind in HARM else ""
            with self._lock:  # no event comes between the change and its record
                event = change_files(self._root, kind, target, at=at, role=role)
                if event is not None:
                    self._inflight.sink(event)
            return event is not None
        capability = ENGINE_FAULTS[kind]
        if capability not in self._adapter.capabilities:
            return False
        event = FaultEvent(kind=kind, target=target)
        try:
            if capability == "fail_log_writes":  # cannot refuse, so it is told before
                self._tell(event)
                self._adapter.fail_log_writes(target, kind.removeprefix("fail-log-"))
                return True
            if capability == "expire_snapshot":
                self._tell(event)
                cast(ExpiringAdapter, self._adapter).expire_snapshot()
                return True
            done = self._adapter.damage_page(target) if kind == "damage-page" else self._adapter.damage_log(target)
        except Exception as error:
            raise misbehaviour(0, capability, error) from error
        if done is None or done is False:
            return False
        self._tell(event)
        return True

    def role(self, path: str) -> str:
        """What a file is for, a word of `harm.ROLES`: as the engine says, where it can classify. Empty for what is no file."""
        if not below(self._root, path).is_file():
            return ""
        if "classify" not in self._adapter.capabilities:
            return role_of(path)
        try:
            return role_of(path, cast(Observer, self._adapter).classify(path)[0])
        except Exception as error:
            raise misbehaviour(0, "classify", error) from error

    def _tell(self, event: Event) -> None:
        with self._lock:
            self._inflight.sink(event)

    # -- the end ------------------------------------------------------------------------------------------------------

    def finish(self) -> None:
        """Let every held call go on and wait until all are back.

        Hang if for the time of the call timeout none of those left came back.
        """
        while True:
            self._inflight.raise_failure()
            with self._lock:
                running = [worker.flights[-1] for worker in self._inflight.clients.values() if worker.flights]
                held = [flight.id for flight in running if flight.parked is not None]
                if running and not held:
                    before = self._progress()
                    if not self._changed.wait_for(lambda: self._progress() != before, self._call_timeout):  # noqa: B023
                        flight = min(running, key=lambda flight: flight.id)
                        raise Hang(flight.id, flight.made.call, self._call_timeout)
                    continue
            if not running:
                return
            self.release(min(held))

    def _progress(self) -> object:
        """Something that changes whenever a call is held or back, or something goes wrong. The lock is held."""
        inflight = self._inflight
        return [(flight.id, flight.parked) for flight in inflight.open.values()], inflight.failure

    def close(self) -> None:
        """Drop the engine as it is, calls in flight too, and stop the clients' threads. It ends in any case."""
        with self._lock:
            if self._inflight.closed:
                return
            self._inflight.closed = True
            busy = bool(self._inflight.open)
        # Held calls stay where they are until the engine is dropped: a dying process does not finish its backup first.
        dropping = threading.Thread(target=self._drop, name="close", daemon=True)
        dropping.start()
        dropping.join(self._patience if busy else self._call_timeout)
        workers = self._inflight.clients.values()
        for worker in workers:
            worker.stop()
        deadline = monotonic() + self._patience
        for thread in (dropping, *(worker.thread for worker in workers)):
            thread.join(max(0.0, deadline - monotonic()))

    def _drop(self) -> None:
        with suppress(BaseException):  # its calls were judged; how it ends is no part of the contract
            self._adapter.close()


def _parse_hold(hold: str) -> str | int:
    """A hold point, or the number of a callback."""
    if hold in HOLD_POINTS:
        return hold
    kind, _, number = hold.partition(":")
    if kind == CALLBACK and number.isascii() and number.isdecimal() and int(number) > 0:
        return int(number)
    raise ValueError(f"hold {hold!r} is not known: expected {', '.join(HOLD_POINTS)} or {CALLBACK}:K with K from 1")
