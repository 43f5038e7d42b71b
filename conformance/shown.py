"""The shortest trace that shows a deviation: a recorded one without every call that is not needed for it.

A call is dropped as long as the contract without that deviation still rejects the same call, and `ese` still explains all of
the rest: what is left is a history that the engine itself could have made.
"""

from collections.abc import Iterator, Sequence

from ..model.deviations import Deviation, overlay
from ..model.guards.ese import ESE
from .tally import Rejected
from .trace import (
    CallbackEvent,
    CallEvent,
    EndEvent,
    Event,
    FaultEvent,
    FilesEvent,
    HeaderEvent,
    HoldEvent,
    ReleaseEvent,
    ResumeEvent,
    Trace,
)  # fmt: skip
from .tracecheck import Checker

_PAUSES = {CallbackEvent: ResumeEvent, HoldEvent: ReleaseEvent}


class Shower:
    """Reduces traces for one deviation: they are judged by `documented` with all the others."""

    def __init__(self, deviation: Deviation, deviations: Sequence[Deviation]) -> None:
        others = overlay((one for one in deviations if one is not deviation), name=f"all but {deviation.id}")
        self._checker = Checker([others, ESE])

    def rejected(self, trace: Trace) -> list[Rejected]:
        """What is rejected without the deviation; nothing where `ese` does not explain the whole trace."""
        ours, engine = self._checker.tallies
        before = len(ours.rejected), len(engine.rejected), engine.unjudged.total()
        self._checker.check(trace)
        explained = (len(engine.rejected), engine.unjudged.total()) == before[1:]
        return ours.rejected[before[0] :] if explained else []

    def shortest(self, trace: Trace) -> Trace | None:
        """The trace up to the first call that is rejected, and of the calls before it those that are needed."""
        found = self.rejected(trace)
        if not found:
            return None
        wanted = (found[0].call, found[0].observed)
        events = trace.events[: found[0].line - 1]

        def shows(rest: list[Event]) -> bool:
            again = self.rejected(Trace(trace.header, rest, trace.name))
            return any((one.call, one.observed) == wanted for one in again)

        if not shows(events):
            events = trace.events
        again = True
        while again:
            again = False
            for part in reversed(list(_parts(events))):
                rest = [event for at, event in enumerate(events) if at not in part]
                if shows(rest):
                    events, again = rest, True
                    break
        return Trace(trace.header, events, trace.name)


def _parts(events: Sequence[Event]) -> Iterator[frozenset[int]]:
    """What can be left out as a whole: a call with all that it did, a pause in which nothing else was done, and each event
    between calls. That an instance is created stays, and the folders that calls name: without them a call means another thing."""
    calls: dict[int, set[int]] = {}
    named = {event.args.get("path") for event in events if isinstance(event, CallEvent)}
    for at, event in enumerate(events):
        if isinstance(event, FaultEvent) and event.kind == "make-directory" and event.target in named:
            continue
        if isinstance(event, FilesEvent | HeaderEvent | FaultEvent):
            yield frozenset({at})
        elif not isinstance(event, EndEvent):
            calls.setdefault(event.id, set()).add(at)
        follows = _PAUSES.get(type(event))
        if follows is not None and isinstance(events[min(at + 1, len(events) - 1)], follows):
            yield frozenset({at, at + 1})
    for part in calls.values():
        first = events[min(part)]
        if not (isinstance(first, CallEvent) and first.call == "JetCreateInstance"):
            yield frozenset(part)
