"""Calls in flight: each on its client's own thread, held where it was asked for, and let go by a value in the inbox.

While a call is held in a status callback the thread goes on serving its inbox, so that a further call of the same
client is made inside the callback, as a client of the engine would make it.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from typing import Any

from .adapter import CLIENT, EngineTrouble, NoSuchCall
from .engines import one_line
from .invocation import Invocation, NoCode, return_event
from .saving import Saved
from .trace import CallbackEvent, Event, HoldEvent, NotImplementedEvent, ResumeEvent, ReturnEvent

CALLBACK = "callback"
_STOP = object()


class Misbehaviour(Exception):  # noqa: N818 - a finding about an engine, not an error of this program
    """The engine raised, or returned something that is no JET_ERR. `id` is 0 for what is not a call of a trace."""

    def __init__(
        self,
        id: int,  # noqa: A002 - the traces' word
        call: str,
        text: str,
        kind: str = EngineTrouble.kind,
    ) -> None:
        super().__init__(f"call {id}, {call}: {text}" if id else f"{call}: {text}")
        self.id, self.call, self.text, self.kind = id, call, text, kind


def misbehaviour(id: int, call: str, error: BaseException) -> Misbehaviour:  # noqa: A002
    """What an adapter raised, as a finding."""
    if isinstance(error, EngineTrouble):
        return Misbehaviour(id, call, str(error), error.kind)
    return Misbehaviour(id, call, f"raised {one_line(error)}")


class NotMade(LookupError):  # noqa: N818 - it says what is the case
    """A call cannot be made on this engine: it does not have it, or its process died of it, as the profile lets it."""


class Hang(Exception):  # noqa: N818 - a finding about an engine, not an error of this program
    """A call did not come back although no call was held any more."""

    def __init__(self, id: int, call: str, seconds: float) -> None:  # noqa: A002
        super().__init__(f"call {id}, {call}: not back after {seconds:g} seconds, although no call is held")
        self.id, self.call = id, call


class Flight:
    """A call that was entered: where it shall be held, where it is held, whether it is back."""

    __slots__ = ("back", "barrier", "callbacks", "client", "hold", "id", "made", "parked")

    def __init__(self, number: int, client: str, made: Invocation, hold: str | int | None) -> None:
        self.id = number
        self.client = client
        self.made = made
        self.hold = hold  # a hold point, or which one of the callbacks
        self.parked: str | None = None  # CALLBACK, or the point, with its detail, as traces have it
        self.callbacks = 0
        self.back = False
        self.barrier: threading.Barrier | None = None  # where it begins together with others


class Client:
    """A client's thread. Its inbox takes calls, and the value with which the call that is held goes on."""

    def __init__(self, name: str, serve: Callable[["Client"], object]) -> None:
        self.name = name
        self.inbox: SimpleQueue[Any] = SimpleQueue()
        self.flights: list[Flight] = []  # open ones; each but the first was made inside a callback of the one before it
        self.thread = threading.Thread(target=serve, args=(self,), name=f"client {name}", daemon=True)
        self.thread.start()

    def stop(self) -> None:
        """Let everything go that is held, and end the thread when it is out of the engine."""
        self.inbox.put(_STOP)


class Inflight:
    """The calls of one engine that are not back, and the engine's side of them. Nothing is ever raised into the engine.

    `lock` guards everything here and puts the events into one order. `changed` is notified when a call is held or back.
    """

    def __init__(self, sink: Callable[[Event], None]) -> None:
        self.sink = sink
        self.lock = threading.RLock()  # by itself, because entering a Condition takes five times as long
        self.changed = threading.Condition(self.lock)
        self.open: dict[int, Flight] = {}
        self.codes: dict[int, int] = {}  # of the calls that are back
        self.saved = Saved()
        self.clients: dict[str, Client] = {}
        self.failure: BaseException | None = None  # on a thread of the engine's side: to be raised where someone waits
        self.closed = False  # from then on nothing is held and nothing told
        self._here = threading.local()

    def client(self, name: str) -> Client:
        """The client of that name, with its thread."""
        found = self.clients.get(name)
        if found is None:
            found = self.clients[name] = Client(name, self._begin)
        return found

    def finish_call(self, flight: Flight, outcome: object) -> int:
        """Record the return of a call that was made on the thread of the harness. NoCode if it brought no JET_ERR."""
        event = return_event(flight.id, flight.made, outcome)
        with self.lock:
            flight.back = True
            self.saved.returned(flight.made, event.err)
            if self.failure is None:  # else what it did in its callback comes first
                self._returned(event)
        self.raise_failure()
        return flight.id

    def raise_failure(self) -> None:
        """Raise what went wrong on the engine's side, once."""
        if self.failure is not None:
            with self.lock:
                failure, self.failure = self.failure, None
            raise failure

    # -- on the engine's side -----------------------------------------------------------------------------------------

    def _begin(self, client: Client) -> None:
        """The thread of a client."""
        CLIENT.set(client.name)
        self._serve(client)

    def _serve(self, client: Client) -> int:
        """Make the calls of the inbox; return with the value by which a held call goes on."""
        while True:
            item = client.inbox.get()
            if isinstance(item, Flight):
                self._fly(client, item)
            elif item is _STOP:
                client.inbox.put(_STOP)  # for the calls around this one, and for the thread itself
                return 0
            else:
                return int(item)

    def _fly(self, client: Client, flight: Flight) -> None:
        """Make a call on a client's thread."""
        made, failure = flight.made, None
        event: ReturnEvent | NotImplementedEvent | None = None
        outer = getattr(self._here, "flight", None)
        self._here.flight = flight
        if flight.barrier is not None:
            with suppress(threading.BrokenBarrierError):  # the history was given up: whoever is left begins alone
                flight.barrier.wait()
        try:
            event = return_event(flight.id, made, made.make(partial(self.status, flight)))
        except NoCode as problem:
            failure = Misbehaviour(flight.id, made.call, str(problem))
        except NoSuchCall:
            event = NotImplementedEvent(id=flight.id)
        except BaseException as error:
            failure = misbehaviour(flight.id, made.call, error)
        self._here.flight = outer
        with self.lock:
            flight.back = True
            flight.parked = None
            del self.open[flight.id]
            client.flights.remove(flight)
            if isinstance(event, ReturnEvent):
                self.saved.returned(made, event.err)
            if failure is not None:
                self._fail(failure)
            elif event is not None and not self.closed and self.failure is None:
                try:
                    self._returned(event)
                except BaseException as error:
                    self._fail(error)
            self.changed.notify_all()

    def _returned(self, event: ReturnEvent | NotImplementedEvent) -> None:
        self.sink(event)
        if isinstance(event, ReturnEvent):
            self.codes[event.id] = event.err

    def status(self, flight: Flight, *arguments: Any) -> int:
        """The status callback of a call."""
        with self.lock:
            if self.closed:
                return 0
            problem = _callback_problem(flight, arguments)
            if problem:
                self._fail(Misbehaviour(flight.id, flight.made.call, problem))
                return 0
            snp, snt, done, total = map(int, arguments)
            flight.callbacks += 1
            if not self._tell(CallbackEvent(id=flight.id, snp=snp, snt=snt, done=done, total=total)):
                return 0
            if flight.hold != flight.callbacks:
                self._tell(ResumeEvent(id=flight.id, err=0))
                return 0
            self._park(flight, CALLBACK)
        return self._serve(self.clients[flight.client])

    def at_point(self, point: str, detail: str) -> None:
        """A call reached a hold point; which, the thread tells. Calls on the harness' own thread are never held."""
        flight: Flight | None = getattr(self._here, "flight", None)
        if flight is None or flight.hold != point:
            return
        where = f"{point} {detail}" if detail else point
        with self.lock:
            if self.closed or not self._tell(HoldEvent(id=flight.id, point=where)):
                return
            self._park(flight, where)
        self._serve(self.clients[flight.client])

    def _park(self, flight: Flight, where: str) -> None:
        """Note that the call is held. The lock is held."""
        flight.parked = where
        flight.hold = None
        self.changed.notify_all()

    def _tell(self, event: Event) -> bool:
        """Give an event to the sink from inside the engine. The lock is held."""
        if self.failure is not None:
            return False
        try:
            self.sink(event)
        except BaseException as error:
            self._fail(error)
            return False
        return True

    def _fail(self, failure: BaseException) -> None:
        """Note what is to be raised where someone waits; the first counts. The lock is held."""
        if self.failure is None:
            self.failure = failure
        self.changed.notify_all()


def _callback_problem(flight: Flight, arguments: tuple[Any, ...]) -> str:
    """What is wrong with a call of the status callback; empty if nothing is."""
    if flight.back:
        return "called its status callback after it had returned"
    if len(arguments) != 4 or not all(isinstance(value, int) for value in arguments):
        return "called its status callback with something else than the four numbers snp, snt, done and total"
    return ""
