"""Level 5, schedules: every scenario by all schedules with few preemptions, then drawn ones; the first failure ends it."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from time import monotonic

import msgspec

from ..engines import EngineSpecError, load_scheduled
from ..explain import explain
from ..findings import Finding
from ..laboratory import Laboratory
from ..scorecard import Level
from ..trace import Event
from .drawn import draw
from .explore import Explorer, Failure
from .notation import Replay, ScheduleError
from .reduction import Reduction
from .scenario import Scenario, Setup
from .scenarios import SCENARIOS
from .scheduler import Priorities, RandomWalk
from .tasks import AVAILABLE
from .verdict import Verdicts
from .world import ScheduledFactory, World

LEVEL = 5
NAME = "schedules"
FEW, MORE = 1, 2
"""Preemptions: all schedules with few of them, and those with more up to a bound."""

BOUND = 1_500
"""Schedules of a scenario that are made without a budget; with one, as many as it lets."""

ENDLESS = 1 << 60
WALKS = 30
EXAMPLES = 400


class Worlds:
    """The worlds of one engine, each set up once, and the verdicts that were given in it."""

    def __init__(self, laboratory: Laboratory, factory: ScheduledFactory) -> None:
        self._laboratory = laboratory
        self._factory = factory
        self._known: dict[bytes, tuple[World, Verdicts]] = {}

    def opened(self, scenario: Scenario) -> tuple[World, Verdicts]:
        """The world in which a scenario begins."""
        key = msgspec.msgpack.encode(scenario.setup)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._made(scenario.setup)
        return found

    def _made(self, setup: Setup) -> tuple[World, Verdicts]:
        world = World(self._factory, setup)
        clean = self._laboratory.profile == "documented"
        return world, Verdicts(self._laboratory.beliefs, world, clean=clean)

    @property
    def calls(self) -> int:
        """Calls made in all of them."""
        return sum(world.calls for world, _ in self._known.values())


class Level5:
    """One run of the level."""

    def __init__(
        self,
        laboratory: Laboratory,
        factory: ScheduledFactory,
        seed: int,
        regressions: Iterable[tuple[Scenario, str]] = (),
        scenarios: Sequence[Scenario] | None = None,
    ) -> None:
        self._regressions = list(regressions)
        self._scenarios = SCENARIOS if scenarios is None else scenarios
        self._laboratory = laboratory
        self._worlds = Worlds(laboratory, factory)
        self._seed = seed
        # Schedules by scenario: where these were all, and where they were not.
        self._ended: dict[int, dict[str, int]] = {FEW: {}, MORE: {}}
        self._begun: dict[int, dict[str, int]] = {FEW: {}, MORE: {}}
        self._sampled = self._replayed = 0

    @property
    def calls(self) -> int:
        """Calls made until now."""
        return self._worlds.calls

    def run(self) -> tuple[Level, Finding | None]:
        """All scenarios, then what is drawn."""
        failure = self._saved() or self.systematic() or self.walked() or self.drawn() or self._rest()
        level = Level(level=LEVEL, name=NAME, verdict="conforms", calls=self.calls, guarantee=self._guarantee())
        if failure is not None:
            level.verdict, level.guarantee = "does-not-conform", "none: it ended at the finding"
            return level, self.reduced(failure)
        if len(self._ended[FEW]) < len(self._scenarios):
            level.verdict = "unknown"
        return level, None

    def sample(self) -> Failure | None:
        """The half that the seed decides, alone: random schedules of every scenario, then drawn scenarios."""
        return self.walked() or self.drawn()

    def _saved(self) -> Failure | None:
        """The schedules of findings; one that cannot be followed any more has nothing to say."""
        for scenario, schedule in self._regressions:
            with suppress(ScheduleError):
                failure = Explorer(*self._worlds.opened(scenario), scenario).sampled(Replay(schedule), 1)
                if failure is not None:
                    return failure
        return None

    def systematic(self) -> Failure | None:
        """First few preemptions in every scenario, for that finds most; then more, up to a bound."""
        return self._explore(self._scenarios, FEW, ENDLESS) or self._explore(self._scenarios, MORE, BOUND)

    def _rest(self) -> Failure | None:
        """What the budget leaves time for."""
        if self._laboratory.budget is None:
            return None
        rest = [scenario for scenario in self._scenarios if scenario.name not in self._ended[MORE]]
        return self._explore(rest, MORE, ENDLESS)

    def _explore(self, scenarios: Iterable[Scenario], preemptions: int, limit: int) -> Failure | None:
        for scenario in scenarios:
            self._laboratory.journal.begin(scenario.name)
            explorer = Explorer(*self._worlds.opened(scenario), scenario)
            ended, failure = explorer.systematic(preemptions, limit=limit, go_on=self._laboratory.within_budget)
            self._replayed += explorer.replayed
            if failure is not None:
                return failure
            (self._ended if ended else self._begun)[preemptions][scenario.name] = explorer.schedules
        return None

    def walked(self) -> Failure | None:
        """Random schedules, with as many preemptions as come."""
        for scenario in self._scenarios:
            explorer = Explorer(*self._worlds.opened(scenario), scenario)
            for scheduler in (RandomWalk(self._seed), Priorities(self._seed)):
                if self._laboratory.within_budget():
                    self._sampled += WALKS
                    failure = explorer.sampled(scheduler, WALKS)
                    if failure is not None:
                        return failure
            self._replayed += explorer.replayed
        return None

    def drawn(self) -> Failure | None:
        """Scenarios and schedules that Hypothesis draws."""
        executed, failure = draw(
            self._worlds.opened, seed=self._seed, examples=EXAMPLES, go_on=self._laboratory.within_budget
        )
        self._sampled += executed
        self._replayed += executed
        return failure

    def _guarantee(self) -> str:
        """What was exhausted, and what was only sampled."""
        few, more = self._ended[FEW], self._ended[MORE]
        if len(few) < len(self._scenarios):
            return f"none: it ended early, with all schedules of at most {FEW} preemption of {len(few)} scenarios"
        partly = sum(count for name, count in self._begun[MORE].items() if name not in more)
        largest = max(self._scenarios, key=lambda scenario: more.get(scenario.name, 0))
        return (
            f"{len(self._scenarios)} scenarios: all schedules with at most {FEW} preemption: {sum(few.values()):,}; "
            f"of {len(more)} all with at most {MORE}: {sum(more.values()):,} (of the {largest.calls} calls of "
            f"`{largest.name}`: {more.get(largest.name, 0):,}), of the others the first {partly:,}; "
            f"sampled: {self._sampled:,} random and drawn ones; {self._replayed:,} replayed, all the same to the byte"
        )

    def reduced(self, failure: Failure) -> Finding:
        """The finding that a failure is, saved as it is and then reduced."""
        deadline = monotonic() + self._laboratory.reduce_seconds
        calls = self._worlds.calls
        self._laboratory.save(finding(self._laboratory, self._worlds.opened, failure, minimal=False, calls=calls))
        reduction = Reduction(self._worlds.opened, failure, lambda: monotonic() < deadline)
        best = reduction.run()
        return finding(self._laboratory, self._worlds.opened, best, minimal=reduction.minimal, calls=calls)


def finding(
    laboratory: Laboratory,
    opened: Callable[[Scenario], tuple[World, Verdicts]],
    failure: Failure,
    *,
    minimal: bool,
    calls: int,
) -> Finding:
    """A failing execution as a finding, which says how to make it again."""
    world, _ = opened(failure.scenario)
    execution = failure.execution
    return Finding(
        events=[*world.before, *execution.events],
        explanation=explain(failure.problem, laboratory.stepper),
        engine=laboratory.spec,
        profile=laboratory.profile,
        seed=laboratory.seed,
        minimal=minimal,
        calls_before=calls,
        level=LEVEL,
        schedule=execution.schedule,
        choices=msgspec.to_builtins(failure.scenario),
        preemptions=execution.preemptions,
        steps=len(execution.steps),
    )


def run(
    laboratory: Laboratory, seed: int, regressions: Iterable[tuple[Scenario, str]] = ()
) -> tuple[Level, Finding | None]:
    """The level on the engine of a laboratory, saved schedules first; not exercised where nothing can be scheduled."""
    factory, missing = scheduled_factory(laboratory.spec)
    if factory is None:
        level = Level(level=LEVEL, name=NAME, verdict="not-exercised", calls=0, guarantee=missing)
        level.not_exercised = [missing]
        return level, None
    return Level5(laboratory, factory, seed, regressions).run()


def replay(laboratory: Laboratory, scenario: Scenario, schedule: str) -> tuple[list[Event], Finding | None]:
    """Make a scheduled history again: its events, and the finding if it does not conform.

    EngineSpecError where the engine cannot be scheduled, or cannot follow that schedule.
    """
    factory, missing = scheduled_factory(laboratory.spec)
    if factory is None:
        raise EngineSpecError(f"engine {laboratory.spec!r}: {missing}, and the file holds a schedule")
    worlds = Worlds(laboratory, factory)
    world, verdicts = worlds.opened(scenario)
    scheduler = Replay(schedule)
    scheduler.begin()
    try:
        execution = world.execute(scenario, scheduler)
    except ScheduleError as error:
        raise EngineSpecError(f"engine {laboratory.spec!r}: {error}") from None
    problem, _ = verdicts.of(execution)
    laboratory.calls += worlds.calls
    failure = None if problem is None else Failure(scenario, execution, problem)
    found = failure and finding(laboratory, worlds.opened, failure, minimal=False, calls=worlds.calls)
    return [*world.before, *execution.events], found


def scheduled_factory(spec: str) -> tuple[ScheduledFactory | None, str]:
    """What makes the engine on tasks, or why nothing does."""
    if not AVAILABLE:
        return None, "greenlet is not installed (pip install 'jetconform[schedules]')"
    factory = load_scheduled(spec)
    return factory, "" if factory is not None else "it cannot run on tasks under a scheduler"
