"""Scripts: a history as a list of steps that can be made again, taken from a trace and never executed as code."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from .harm import HARM
from .history import History, Nonconformity
from .inflight import NotMade
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
from .volumes import VOLUMES


@dataclass(frozen=True)
class CallStep:
    """Make a call, and hold it there if it gets there."""

    id: int  # of the script: later steps name the call by it
    client: str
    call: str
    args: dict[str, Any]
    hold: str | None = None


@dataclass(frozen=True)
class ReleaseStep:
    """Let a held call go on."""

    id: int
    err: int = 0
    hold: str | None = None


@dataclass(frozen=True)
class FaultStep:
    """Change the environment."""

    kind: str
    target: str
    at: int = 0  # where in a file it is harmed, or how many bytes are left


Step = CallStep | ReleaseStep | FaultStep


def from_events(events: Sequence[Event]) -> tuple[Step, ...]:
    """The steps that would make this history again: calls, holds and faults; what the engine answered is left out."""
    return tuple(_steps(events))


def _steps(events: Sequence[Event]) -> Iterator[Step]:
    missing = {event.id for event in events if isinstance(event, NotImplementedEvent)}
    for index, event in enumerate(events):
        if isinstance(event, CallEvent):
            if event.id in missing:
                continue
            hold = _next_hold(events, index, event.id)
            yield CallStep(event.id, event.client, event.call, dict(event.args), hold)
        elif isinstance(event, ResumeEvent | ReleaseEvent) and _was_held(events, index):
            err = event.err if isinstance(event, ResumeEvent) else 0
            yield ReleaseStep(event.id, err, _next_hold(events, index, event.id))
        elif isinstance(event, FaultEvent):
            at = event.offset if event.kind in HARM else event.size if event.kind in VOLUMES else None
            yield FaultStep(event.kind, event.target, at or 0)


def _was_held(events: Sequence[Event], index: int) -> bool:
    """Whether that resume or release ended a hold: a callback that is answered at once is none."""
    event = events[index]
    if isinstance(event, ReleaseEvent):
        return True
    before = events[index - 1]
    assert isinstance(event, ResumeEvent)
    return not (isinstance(before, CallbackEvent) and before.id == event.id) or event.err != 0


def _next_hold(events: Sequence[Event], index: int, call_id: int) -> str | None:
    """Where the call is next held after `index`: a hold point, or `callback:K` counted from the start of the call."""
    callbacks = sum(isinstance(e, CallbackEvent) and e.id == call_id for e in events[: index + 1])
    for position in range(index + 1, len(events)):
        event = events[position]
        if isinstance(event, HoldEvent) and event.id == call_id:
            return event.point.split(" ", 1)[0]
        if isinstance(event, CallbackEvent) and event.id == call_id:
            callbacks += 1
            after = events[position + 1] if position + 1 < len(events) else None
            if not (isinstance(after, ResumeEvent) and after.id == call_id and after.err == 0):
                return f"callback:{callbacks}"
        if isinstance(event, ReturnEvent) and event.id == call_id:
            return None
    return None


def play(
    script: Sequence[Step], history: History, ids: dict[int, int] | None = None, *, finish: bool = True
) -> dict[int, int]:
    """Make the history again. Raises Nonconformity where it is rejected; steps that no longer apply are passed over.

    Returns which call of the script became which call of the history, for a script that is played in parts.
    """
    ids = {} if ids is None else ids
    for step in script:
        if isinstance(step, CallStep):
            hold = step.hold if step.hold is None or can_hold(history, step.hold) else None
            # Its client is inside a call whose release is not in the script any more, or the engine has no such call.
            with suppress(ValueError, NotMade):
                ids[step.id] = history.make(step.call, step.args, client=step.client, hold=hold)
        elif isinstance(step, FaultStep):
            with suppress(ValueError):  # by now a link of the engine's lies there
                history.fault(step.kind, step.target, step.at)
        elif ids.get(step.id) in history.held():
            hold = step.hold if step.hold is None or can_hold(history, step.hold) else None
            # A call was made inside its callback, or it is held elsewhere than it was; or the engine may die of it.
            with suppress(ValueError, NotMade):
                history.release(ids[step.id], step.err, hold=hold)
    if finish:
        history.finish()
    return ids


def can_hold(history: History, point: str) -> bool:
    """Whether this engine can be held there."""
    return ("callback" if point.startswith("callback") else f"hold:{point}") in history.capabilities


FIRST = "callback:1"
BLOCKS = 40
"""Steps of a history whose blocks are tried too: their number grows with the square."""

Failing = Callable[[Sequence[Step]], Nonconformity | None]
"""Plays a script on a fresh engine: the nonconformity, or None when it conforms."""


def shrink(
    script: Sequence[Step], failing: Failing, within_budget: Callable[[], bool]
) -> tuple[tuple[Step, ...], bool]:
    """A script that fails in the same way and is 1-minimal: without any one step, hold or failing answer, it passes.

    Returns it, and whether it is proven minimal: the budget may end before.
    """
    best = tuple(script)
    size = max(1, len(best) // 2)
    while size >= 1:
        removed = False
        position = len(best) - size
        while position >= 0 or position + size > 0:
            if not within_budget():
                return best, False
            start = max(0, position)
            candidate = (*best[:start], *best[position + size :])
            if len(candidate) < len(best) and failing(candidate) is not None:
                best, removed = candidate, True
            position -= size
        if size == 1 and not removed:
            break
        size = size // 2 if size > 1 else 1
    for candidate in _simpler(best):
        if not within_budget():
            return best, False
        if failing(candidate) is not None:
            return shrink(candidate, failing, within_budget)
    for candidate in _without_blocks(best):
        if not within_budget():
            break  # it is 1-minimal all the same
        if failing(candidate) is not None:
            return shrink(candidate, failing, within_budget)
    return best, True


def _simpler(script: tuple[Step, ...]) -> Iterator[tuple[Step, ...]]:
    """A script without each of its holds, with each in the first callback, and with each callback answering success."""
    for position, step in enumerate(script):
        if isinstance(step, FaultStep):
            continue
        simpler: list[Step] = []
        if isinstance(step, ReleaseStep) and step.err:
            simpler.append(replace(step, err=0))
        if step.hold is not None:
            simpler.append(replace(step, hold=None))
        if (
            isinstance(step, CallStep)
            and step.hold is not None
            and step.hold.startswith("callback:")
            and step.hold != FIRST
        ):
            simpler.append(replace(step, hold=FIRST))
        for one in simpler:
            yield (*script[:position], one, *script[position + 1 :])


def _without_blocks(script: tuple[Step, ...]) -> Iterator[tuple[Step, ...]]:
    """A script without each block of neighbours: of two that need each other, neither can go alone."""
    if len(script) > BLOCKS:
        return
    for size in range(2, len(script)):
        for start in range(len(script) + 1 - size):
            yield (*script[:start], *script[start + size :])
