"""One return code in a trace replaced by another that was seen for the same call: how much of that is noticed."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import msgspec
from jetconform.conformance.belief import Beliefs
from jetconform.conformance.ends import Ends
from jetconform.conformance.recorded import Follower
from jetconform.conformance.tally import Rejected, Tally
from jetconform.conformance.trace import CallEvent, Event, ReturnEvent, Trace
from jetconform.conformance.unjudged import is_left_out
from jetconform.model.rows import Profile
from jetconform.model.step import Stepper


@dataclass
class Figure:
    """How many replaced codes there were, and how many of them made the trace rejected."""

    judged: int = 0  # at a return that is explained as it was recorded
    unjudged: int = 0  # at one that is not judged, or rejected as it was recorded
    rejected: int = 0
    survived: Counter[tuple[str, int, int]] = field(
        default_factory=Counter
    )  # call, code that was seen, code put in its place

    @property
    def of_judged(self) -> float:
        """The share that was noticed where the recorded code is judged."""
        return self.rejected / self.judged

    @property
    def of_all(self) -> float:
        """The share that was noticed over all positions."""
        return self.rejected / (self.judged + self.unjudged)


def measure(traces: Sequence[Trace], profile: Profile) -> Figure:
    """Every return of every trace, with every other code that any trace has for that call."""
    seen = codes_by_call(traces)
    judge = _Judge(profile)
    figure = Figure()
    for trace in traces:
        recorded = judge.rejected(trace, trace.events)
        for place, call, allowed in judge.returns(trace, recorded):
            event = trace.events[place]
            assert isinstance(event, ReturnEvent)
            for code in sorted(seen[call] - {event.err}):
                if allowed is None:
                    figure.unjudged += 1
                    continue
                figure.judged += 1
                if judge.refuses(call, code, allowed) or judge.notices(trace, place, code, recorded):
                    figure.rejected += 1
                else:
                    figure.survived[call, event.err, code] += 1
    return figure


def codes_by_call(traces: Sequence[Trace]) -> dict[str, set[int]]:
    """The codes that were seen for each call."""
    seen: dict[str, set[int]] = defaultdict(set)
    for trace in traces:
        names = {event.id: event.call for event in trace.events if isinstance(event, CallEvent)}
        for event in trace.events:
            if isinstance(event, ReturnEvent):
                seen[names[event.id]].add(event.err)
    return seen


class _Judge:
    def __init__(self, profile: Profile) -> None:
        self._profile, self._beliefs, self._ends = profile, Beliefs(Stepper(profile)), Ends()

    def follower(self, trace: Trace) -> Follower:
        return Follower(trace, self._beliefs, Tally(self._profile), self._ends)

    def rejected(self, trace: Trace, events: list[Event]) -> set[int]:
        """The calls that are rejected."""
        follower = self.follower(trace)
        for line, event in enumerate(events, start=2):
            follower.feed(line, event)
        calls = (event.id for event in events if isinstance(event, CallEvent))
        return {call_id for call_id in calls if isinstance(follower.verdict(call_id), Rejected)}

    def returns(self, trace: Trace, rejected: set[int]) -> Iterator[tuple[int, str, set[int | None] | None]]:
        """Every return: its place, its call, and the codes that are allowed there; None where it is not judged."""
        follower = self.follower(trace)
        names: dict[int, str] = {}
        for place, event in enumerate(trace.events):
            if isinstance(event, CallEvent):
                names[event.id] = event.call
            elif isinstance(event, ReturnEvent):
                ends = follower.ends(event.id)
                judged = ends is not None and event.id not in rejected
                yield place, names[event.id], set(ends) if judged and ends is not None else None
            follower.feed(place + 2, event)

    def refuses(self, call: str, code: int, allowed: set[int | None]) -> bool:
        """Whether the return itself is rejected; what is allowed there may still show later."""
        return code not in allowed and not is_left_out(self._profile, call, code)

    def notices(self, trace: Trace, place: int, code: int, recorded: set[int]) -> bool:
        """Whether the trace with that code is rejected where the recorded one is not."""
        event = trace.events[place]
        assert isinstance(event, ReturnEvent)
        events = [*trace.events[:place], msgspec.structs.replace(event, err=code), *trace.events[place + 1 :]]
        return bool(self.rejected(trace, events) - recorded)
