"""A history as lines: what the lanes of the terminal and the picture both show, and who is inside a call meanwhile."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from ..model.calls import grbit_text
from ..model.vocabulary import code_name
from .trace import (
    CallbackEvent,
    CallEvent,
    Event,
    FaultEvent,
    HoldEvent,
    NotImplementedEvent,
    ReleaseEvent,
    ResumeEvent,
    ReturnEvent,
)  # fmt: skip

ENVIRONMENT = "environment"


class Kind(Enum):
    """What a line tells of."""

    DONE = "a call that came back before anything else happened but callbacks in which it was not held"
    ENTERED = "a call, which other lines follow"
    RETURNED = "its return"
    LOST = "that it did not come back"
    CALLBACK = "the status callback, in which the call is held"
    HOLD = "a point inside the engine at which it is held"
    GOES_ON = "that it was let go"
    FAULT = "what was done to the environment"


@dataclass(frozen=True)
class Line:
    """One line. `client` is the lane: of FAULT it is `environment`."""

    kind: Kind
    client: str
    text: str
    code: str = ""  # of DONE and RETURNED: what came back; of LOST: what was observed
    call_id: int = 0
    wrong: bool = False  # it is the line that was rejected
    inside: frozenset[str] = frozenset()  # clients that are inside a call after it
    begun: int = 0  # the index of the first event that it tells of
    event: int = 0  # and of the last


def clients_of(events: Sequence[Event]) -> list[str]:
    """The lanes: the clients in the order of their first calls, then the environment if anything was done to it."""
    clients = list(dict.fromkeys(event.client for event in events if isinstance(event, CallEvent)))
    return [*clients, ENVIRONMENT] if any(isinstance(event, FaultEvent) for event in events) else clients


def lines_of(events: Sequence[Event], blamed: int, observed: str = "") -> Iterator[Line]:
    """The lines. Of the blamed call, if it did not come back, the last one says what was observed."""
    owner = {event.id: event.client for event in events if isinstance(event, CallEvent)}
    at_once = {
        event.id: end for at, event in enumerate(events) if isinstance(event, CallEvent) and (end := _end(events, at))
    }
    inside: dict[int, str] = {}
    for position, event in enumerate(events):
        if isinstance(event, CallEvent):
            inside[event.id] = event.client
        elif isinstance(event, FaultEvent) and event.kind == "crash":
            inside.clear()
        elif isinstance(event, ReturnEvent | NotImplementedEvent):
            inside.pop(event.id, None)
        line = _line(events, position, owner, at_once, blamed)
        if line is not None:
            others = (call_id for call_id in inside if line.kind is not Kind.DONE or call_id != line.call_id)
            yield replace(line, inside=frozenset(inside[call_id] for call_id in others))
    if blamed in inside:
        left = frozenset(client for call_id, client in inside.items() if call_id != blamed)
        yield Line(Kind.LOST, owner[blamed], "", observed, blamed, wrong=True, inside=left, event=len(events) - 1)


def _end(events: Sequence[Event], position: int) -> int:
    """The index of the return of a call that nothing held up and nothing overlapped; 0 if there is none."""
    wanted = events[position]
    assert isinstance(wanted, CallEvent)
    for at in range(position + 1, len(events)):
        event = events[at]
        if isinstance(event, ReturnEvent):
            return at if event.id == wanted.id else 0
        own = isinstance(event, CallbackEvent | ResumeEvent) and event.id == wanted.id
        if not own or (isinstance(event, ResumeEvent) and event.err):
            return 0
    return 0


def _called(events: Sequence[Event], position: int, at_once: dict[int, int], blamed: int) -> Line:
    event = events[position]
    assert isinstance(event, CallEvent)
    text = f"{event.call}({arguments(event)})"
    end = at_once.get(event.id)
    if end is None:
        return Line(Kind.ENTERED, event.client, text, call_id=event.id, begun=position, event=position)
    back = events[end]
    assert isinstance(back, ReturnEvent)
    wrong = event.id == blamed
    return Line(Kind.DONE, event.client, text, code_name(back.err), event.id, wrong, begun=position, event=end)


def _line(
    events: Sequence[Event], position: int, owner: dict[int, str], at_once: dict[int, int], blamed: int
) -> Line | None:
    """The line of one event; None for what another line already says."""
    event = events[position]
    following = events[position + 1] if position + 1 < len(events) else None
    if isinstance(event, CallEvent):
        return _called(events, position, at_once, blamed)
    if isinstance(event, FaultEvent):
        return Line(Kind.FAULT, ENVIRONMENT, f"{event.kind} {event.target}".strip(), event=position)
    if isinstance(event, ReturnEvent):
        if event.id in at_once:
            return None
        code, wrong = code_name(event.err), event.id == blamed
        return Line(Kind.RETURNED, owner[event.id], "", code, event.id, wrong, begun=position, event=position)
    if isinstance(event, NotImplementedEvent):
        return Line(
            Kind.RETURNED, owner[event.id], " not implemented", call_id=event.id, begun=position, event=position
        )
    if isinstance(event, CallbackEvent) and not (isinstance(following, ResumeEvent) and following.err == 0):
        return Line(Kind.CALLBACK, owner[event.id], f"held in callback, snt {event.snt}", "", event.id, event=position)
    if isinstance(event, HoldEvent):
        return Line(Kind.HOLD, owner[event.id], f"held at {event.point}", call_id=event.id, event=position)
    if isinstance(event, ReleaseEvent):
        return Line(Kind.GOES_ON, owner[event.id], "goes on", call_id=event.id, event=position)
    if isinstance(event, ResumeEvent):
        return _resumed(events, position, owner)
    return None


def _resumed(events: Sequence[Event], position: int, owner: dict[int, str]) -> Line | None:
    event, before = events[position], events[position - 1]
    assert isinstance(event, ResumeEvent)
    at_once = isinstance(before, CallbackEvent) and before.id == event.id
    if event.err == 0 and at_once:
        return None
    text = f"answers {code_name(event.err)}" if event.err else "goes on"
    return Line(Kind.GOES_ON, owner[event.id], text, call_id=event.id, event=position)


def arguments(event: CallEvent) -> str:
    """The arguments of a call, short: the instance is left out where it is the usual one, options come last and by name."""
    shown = sorted(event.args.items(), key=lambda item: item[0] == "grbit")
    return ", ".join(_argument(event.call, key, value) for key, value in shown if (key, value) != ("instance", "i1"))


def _argument(call: str, key: str, value: Any) -> str:
    if value is None:
        return f"{key} null"
    if key == "grbit" and isinstance(value, int):
        return grbit_text(call, value)
    return str(value) if key not in ("destination", "rows") else f"{key} {value}"
