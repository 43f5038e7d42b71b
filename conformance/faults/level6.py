"""Level 6, faults and crashes: everything that crashes leave, then every fault at every operation; a failure ends it."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic

import msgspec

from ...model.vocabulary import code_name
from ..engines import EngineSpecError, load_faulty
from ..explain import Explanation
from ..findings import Finding
from ..laboratory import Laboratory
from ..scorecard import Level
from ..trace import CallEvent, Event, ReturnEvent
from .blow import Befell
from .crashes import Crashes, State, Unplayable
from .injection import Injection, Point
from .persistence import MOST_STATES, Persistence
from .play import Factory
from .sampling import LEVEL as LEVEL
from .sampling import MISSING as SAMPLING_MISSING
from .sampling import open_sampling
from .scenario import Scenario, Step
from .scenarios import AGAIN_AFTER, SCENARIOS
from .strike import Strike
from .striking import Failure, Striking, crash_failure
from .verdict import clause_text

NAME = "faults"
PERSISTENCE = ", ".join(one.value for one in Persistence)
MISSING = "its files cannot be made to fail: the factory has no attribute `faulty`"
PROFILE = "judged by the documented profile alone"


@dataclass
class Counts:
    """What a run has looked at."""

    crash_points: int = 0
    crash_points_ended: int = 0
    crash_points_cut: int = 0
    enumerated: int = 0
    distinct: int = 0
    second: int = 0
    fault_points: int = 0
    faults: int = 0
    crash_scenarios: int = 0
    fault_scenarios: int = 0


class Level6:
    """One run of the level on one engine."""

    def __init__(
        self,
        factory: Factory,
        *,
        go_on: Callable[[], bool],
        begin: Callable[[str], None],
        scenarios: Sequence[Scenario] | None = None,
    ) -> None:
        self.counts = Counts()
        self._crash_calls = 0
        self._scenarios = SCENARIOS if scenarios is None else scenarios
        self.unplayable: list[str] = []
        self._factory = factory
        self.striking = Striking(factory)
        self._aftermath = self.striking.aftermath
        self._go_on = go_on
        self._begin = begin

    def run(self, regressions: Iterable[Strike]) -> Failure | None:
        """The saved ones, the crashes, the faults. The first that fails."""
        return self._saved(regressions) or self.crashes() or self.faults()

    @property
    def calls(self) -> int:
        """Calls made until now."""
        return self._crash_calls + self._aftermath.calls + self.striking.calls

    @property
    def ended(self) -> bool:
        """Whether all of it was done."""
        wanted = len(self._scenarios) - len(self.unplayable)
        return self.counts.crash_scenarios >= wanted and self.counts.fault_scenarios >= wanted

    def _saved(self, regressions: Iterable[Strike]) -> Failure | None:
        for strike in regressions:
            with suppress(Unplayable, KeyError):
                failure = self.striking.make(strike)[1]
                if failure is not None:
                    return failure
        return None

    def crashes(self) -> Failure | None:
        """Every state that a crash can leave, of every scenario; the first that fails."""
        for scenario in self._scenarios:
            if not self._go_on():
                return None
            self._begin(f"crashes: {scenario.name}")
            try:
                crashes = Crashes.of(self._factory, scenario, self._aftermath)
            except Unplayable as problem:
                self.unplayable.append(str(problem))
                continue
            failure = self._crashed(scenario, crashes)
            if failure is not None:
                return failure
        return None

    def _crashed(self, scenario: Scenario, crashes: Crashes) -> Failure | None:
        """All states that crashes of one scenario leave, and of some, what a second crash leaves."""
        counts, again = self.counts, AGAIN_AFTER.get(scenario.name)
        counts.crash_points += crashes.points
        self._crash_calls += crashes.calls
        for state in crashes.states():
            broken = crashes.broken(state)
            if broken is not None:
                return crash_failure(scenario, crashes, state, broken)
            if again is not None:
                failure = self._second(scenario, crashes, state, again)
                if failure is not None:
                    return failure
        counts.crash_points_ended += crashes.points
        counts.crash_points_cut += len(crashes.recording.cut)
        counts.crash_scenarios += 1
        counts.enumerated += crashes.enumerated
        counts.distinct += crashes.distinct
        return None

    def _second(self, scenario: Scenario, first: Crashes, state: State, steps: tuple[Step, ...]) -> Failure | None:
        crashes = first.second(self._factory, state, steps)
        for again in crashes.states():
            broken = crashes.broken(again)
            if broken is not None:
                return crash_failure(scenario, crashes, again, broken, after=state)
        self.counts.second += crashes.distinct
        self.counts.crash_points_cut += len(crashes.recording.cut)
        self.counts.enumerated += crashes.enumerated
        return None

    def faults(self) -> Failure | None:
        """Every fault at every operation, of every scenario; the first that fails."""
        for scenario in self._scenarios:
            if not self._go_on():
                return None
            self._begin(f"faults: {scenario.name}")
            with suppress(Unplayable):  # the crashes have said why
                injection = Injection(self._factory, scenario, self._aftermath)
                points = list(injection.points())
                self.counts.fault_points += len(points)
                failure = self._struck(injection, points)
                if failure is not None:
                    return failure
                self.counts.fault_scenarios += self.counts.faults == self.counts.fault_points
        return None

    def _struck(self, injection: Injection, points: Iterable[Point]) -> Failure | None:
        for point in points:
            if not self._go_on():
                return None
            failure = self.striking.outcome(injection.scenario, point, injection.strike(point))
            self.counts.faults += 1
            if failure is not None:
                return failure
        return None

    def guarantee(self) -> str:
        """What was looked at of what there is, and what was left out."""
        counts, after = self.counts, self._aftermath
        text = (
            f"{counts.crash_scenarios} scenarios: crash points {counts.crash_points_ended:,} of {counts.crash_points:,}, "
            f"{counts.enumerated:,} disk states by persistence {PERSISTENCE}, {counts.distinct:,} of them distinct, "
            f"{counts.second:,} after a second crash"
        )
        if counts.crash_points_cut:
            text += f" (of {counts.crash_points_cut:,} crash points no more than {MOST_STATES:,} states by one model)"
        text += f"; fault points {counts.faults:,} of {counts.fault_points:,}"
        return (
            f"{text}; {after.recovered:,} recoveries and {after.restored:,} restores, {after.compared:,} rows compared"
        )


def finding(laboratory: Laboratory, failure: Failure, *, minimal: bool, calls: int) -> Finding:
    """A failure as a finding, which says how to make it again."""
    kind = "crash" if failure.strike.crash is not None else "fault"
    call = next(
        (event for event in failure.events if isinstance(event, CallEvent) and event.id == failure.call_id), None
    )
    returned = {event.id for event in failure.events if isinstance(event, ReturnEvent)}
    why = Explanation(
        kind=kind,
        profile=laboratory.profile,
        call_id=failure.call_id,
        call=call.call if call is not None else "",
        observed=failure.broken.text,
        reason=clause_text(failure.broken.clause),
        allowed=list(dict.fromkeys(f"{code_name(int(row.code))} by {row.id} [{row.citation}]" for row in failure.rows)),
        overlapping=["the power went while it was under way"]
        if kind == "crash" and failure.call_id not in returned
        else [],
    )
    return Finding(
        events=failure.events,
        explanation=why,
        engine=laboratory.spec,
        profile=laboratory.profile,
        seed=laboratory.seed,
        minimal=minimal,
        calls_before=calls,
        level=LEVEL,
        fault=msgspec.to_builtins(failure.strike),
    )


def reduced(laboratory: Laboratory, level: Level6, failure: Failure) -> Finding:
    """The finding that a failure of a run is, with the fewest steps."""
    calls = level.calls
    failure, minimal = level.striking.reduced(failure, monotonic() + laboratory.reduce_seconds)
    return finding(laboratory, failure, minimal=minimal, calls=calls)


def run(
    laboratory: Laboratory, seed: int, regressions: Iterable[Strike] = (), at_once: Iterable[Befell] = ()
) -> tuple[Level, Finding | None]:
    """The level on the engine of a laboratory, saved findings first; not exercised where its files cannot fail."""
    factory = None if laboratory.contract.ordered else load_faulty(laboratory.spec)
    if factory is None:
        missing = PROFILE if laboratory.contract.ordered else MISSING
        level = Level(level=LEVEL, name=NAME, verdict="not-exercised", calls=0, guarantee=missing)
        level.not_exercised = [] if laboratory.contract.ordered else [missing]
        return level, None
    one = Level6(factory, go_on=laboratory.within_budget, begin=laboratory.journal.begin)
    failure = one.run(regressions)
    level = Level(level=LEVEL, name=NAME, verdict="conforms", calls=one.calls, guarantee=one.guarantee())
    level.not_exercised = list(one.unplayable)
    if failure is not None:
        level.verdict, level.guarantee = "does-not-conform", "none: it ended at the finding"
        return level, reduced(laboratory, one, failure)
    if not one.ended:
        level.verdict, level.guarantee = "unknown", f"it ended early: {level.guarantee}"
        return level, None
    return level, _sampled(laboratory, level, seed, at_once)


def _sampled(laboratory: Laboratory, level: Level, seed: int, at_once: Iterable[Befell]) -> Finding | None:
    """The last part, which is sampled: calls at once on a disk that fails."""
    sampling = open_sampling(laboratory)
    if sampling is None:
        level.not_exercised.append(SAMPLING_MISSING)
        return None
    found = sampling.run(seed, at_once)
    level.calls += sampling.calls
    if found is not None:
        found.calls_before += level.calls - sampling.calls
        level.verdict, level.guarantee = "does-not-conform", "none: it ended at the finding"
    else:
        level.guarantee += f"; {sampling.guarantee(seed)}"
    return found


def replay(laboratory: Laboratory, strike: Strike) -> tuple[list[Event], Finding | None]:
    """Let a saved strike befall the engine again. EngineSpecError where its files cannot fail, or it cannot happen there."""
    factory = load_faulty(laboratory.spec)
    if factory is None:
        raise EngineSpecError(f"engine {laboratory.spec!r}: {MISSING}, and the file says how they failed")
    laboratory.journal.begin(strike.scenario.name)
    one = Striking(factory)
    try:
        events, failure = one.make(strike)
    except Unplayable as problem:
        raise EngineSpecError(f"engine {laboratory.spec!r}: {problem}") from None
    except KeyError:
        raise EngineSpecError(f"engine {laboratory.spec!r}: what befell it there cannot happen here") from None
    laboratory.calls += one.calls + one.aftermath.calls
    found = failure and finding(laboratory, failure, minimal=False, calls=0)
    return events, found
