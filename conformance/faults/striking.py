"""Making one strike again, and reducing one that fails to the fewest steps that show it."""

from contextlib import suppress
from time import monotonic
from typing import NamedTuple

from ...model.faults import FaultRow
from ..trace import CallEvent, Event
from .aftermath import Aftermath
from .crashes import Crashes, State, Unplayable
from .injection import Injection, Outcome, Point
from .play import Factory
from .scenario import Scenario
from .scenarios import AGAIN_AFTER, CREATE, INIT
from .strike import CrashAt, Strike
from .verdict import Broken


class Failure(NamedTuple):
    """What befell the engine, what happened, and the clause that broke."""

    strike: Strike
    events: list[Event]
    broken: Broken
    rows: tuple[FaultRow, ...] = ()
    call_id: int = 0


class Striking:
    """Strikes on one engine; `calls` counts those that the runs with faults made."""

    def __init__(self, factory: Factory) -> None:
        self.aftermath = Aftermath(factory)
        self.calls = 0
        self._factory = factory

    def make(self, strike: Strike) -> tuple[list[Event], Failure | None]:
        """Let it befall the engine: the events, and the failure. Unplayable or KeyError where it cannot happen here."""
        if strike.crash is None:
            injection = Injection(self._factory, strike.scenario, self.aftermath)
            for point in injection.points():
                if (point.kind.name, point.operation.number) == (strike.kind, strike.operation):
                    outcome = injection.strike(point)
                    return outcome.events, self.outcome(strike.scenario, point, outcome)
            raise KeyError(strike.kind)
        crashes, after = Crashes.of(self._factory, strike.scenario, self.aftermath), None
        state = crashes.state(*strike.crash.crash())
        if strike.second is not None:
            after = state
            steps = AGAIN_AFTER.get(strike.scenario.name, (CREATE, INIT))
            crashes = crashes.second(self._factory, state, steps)
            state = crashes.state(*strike.second.crash())
        broken = crashes.broken(state)
        failure = crash_failure(strike.scenario, crashes, state, broken, after=after) if broken is not None else None
        return crashes.events(state), failure

    def reduced(self, failure: Failure, deadline: float) -> tuple[Failure, bool]:
        """The failure with the fewest steps that breaks the same clause in the same way; whether none less does.

        One after two crashes stays as it is.
        """
        if failure.strike.second is not None:
            return failure, False
        best, smaller = failure, True
        while smaller:
            smaller = False
            for scenario in best.strike.scenario.without():
                if monotonic() > deadline:
                    return best, False
                found = self._fails(scenario, best)
                if found is not None:
                    best, smaller = found, True
                    break
        return best, True

    def _fails(self, scenario: Scenario, like: Failure) -> Failure | None:
        """The first fault of the same kind, or the first crash, of a scenario that breaks the same clause."""
        with suppress(Unplayable):
            if like.strike.crash is None:
                injection = Injection(self._factory, scenario, self.aftermath)
                points = (point for point in injection.points() if point.kind.name == like.strike.kind)
                found = (self.outcome(scenario, point, injection.strike(point)) for point in points)
                return next((one for one in found if one and one.broken.clause == like.broken.clause), None)
            crashes = Crashes.of(self._factory, scenario, self.aftermath)
            for state in crashes.states():
                broken = crashes.broken(state)
                if broken is not None and broken.clause == like.broken.clause:
                    return crash_failure(scenario, crashes, state, broken)
        return None

    def outcome(self, scenario: Scenario, point: Point, outcome: Outcome) -> Failure | None:
        """The failure that a run with a fault is, if it is one."""
        self.calls += outcome.calls
        if outcome.broken is None:
            return None
        strike = Strike(scenario, point.kind.name, point.operation.number)
        call_id = outcome.call.id if outcome.call is not None else 0
        return Failure(strike, outcome.events, outcome.broken, outcome.allowed, call_id)


def crash_failure(
    scenario: Scenario, crashes: Crashes, state: State, broken: Broken, *, after: State | None = None
) -> Failure:
    """The failure that a state after a crash is; `after`: the state of the first of two."""
    here = CrashAt.of(state.crash, state.model)
    strike = Strike(scenario, crash=here)
    if after is not None:
        strike = Strike(scenario, crash=CrashAt.of(after.crash, after.model), second=here)
    events = crashes.events(state)
    calls = [event.id for event in events if isinstance(event, CallEvent)]
    return Failure(strike, events, broken, (), calls[-1] if calls else 0)
