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
    ReleaseEvent,
    ResumeEvent,
    ReturnEvent,
)  # fmt: skip

ENVIRONMENT = "environment"


class Kind(Enum):
    """What a line tells of."""

    DONE = "a call that came back before anything else happened"
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
    event: int = 0  # the index of the last event that it tells of


def clients_of(events: Sequence[Event]) -> list[str]:
    """The lanes: the clients in the order of their first calls, then the environment if anything was done to it."""
    clients = list(dict.fromkeys(event.client for event in events if isinstance(event, CallEvent)))
    return [*clients, ENVIRONMENT] if any(isinstance(event, FaultEvent) for event in events) else clients


def lines_of(events: Sequence[Event], blamed: int, observed: str = "") -> Iterator[Line]:
    """The lines. Of the blamed call, if it did not come back, the last one says what was observed."""
    owner = {event.id: event.client for event in events if isinstance(event, CallEvent)}
    inside: dict[int, str] = {}
    for position, event in enumerate(events):
        if isinstance(event, CallEvent):
            inside[event.id] = event.client
        elif isinstance(event, FaultEvent) and event.kind == "crash":
            inside.clear()
        elif isinstance(event, ReturnEvent):
            inside.pop(event.id, None)
        line = _line(events, position, owner, blamed)
        if line is not None:
            others = (call_id for call_id in inside if line.kind is not Kind.DONE or call_id != line.call_id)
            yield replace(line, inside=frozenset(inside[call_id] for call_id in others))
    if blamed in inside:
        left = frozenset(client for call_id, client in inside.items() if call_id != blamed)
        yield Line(Kind.LOST, owner[blamed], "", observed, blamed, wrong=True, inside=left, event=len(events) - 1)


def _line(events: Sequence[Event], position: int, owner: dict[int, str], blamed: int) -> Line | None:
    """The line of one event; None for what another line already says."""
    event = events[position]
    following = events[position + 1] if position + 1 < len(events) else None
    if isinstance(event, CallEvent):
        text = f"{event.call}({arguments(event)})"
        if isinstance(following, ReturnEvent) and following.id == event.id:
            code, wrong = code_name(following.err), event.id == blamed
            return Line(Kind.DONE, event.client, text, code, event.id, wrong, event=position + 1)
        return Line(Kind.ENTERED, event.client, text, call_id=event.id, event=position)
    if isinstance(event, FaultEvent):
        return Line(Kind.FAULT, ENVIRONMENT, f"{event.kind} {event.target}".strip(), event=position)
    if isinstance(event, ReturnEvent):
        before = events[position - 1]
        if isinstance(before, CallEvent) and before.id == event.id:
            return None
        code, wrong = code_name(event.err), event.id == blamed
        return Line(Kind.RETURNED, owner[event.id], "", code, event.id, wrong, event=position)
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
