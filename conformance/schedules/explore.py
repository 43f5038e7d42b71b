"""Executing the schedules of one scenario: all with few preemptions, or those that a scheduler draws."""

from collections.abc import Callable
from typing import NamedTuple

from ..history import Nonconformity
from .commuting import Commuting
from .notation import Following, Replay, encode
from .scenario import Scenario
from .scheduler import Scheduler
from .systematic import Nondeterminism, Systematic
from .verdict import Verdicts
from .world import Execution, World

NONDETERMINISM = "nondeterminism"
"""The kind of a finding: the same schedule did not make the same history."""


class Failure(NamedTuple):
    """An execution that does not conform, of which scenario, and why."""

    scenario: Scenario
    execution: Execution
    problem: Nonconformity


class Explorer:
    """One scenario in its world."""

    def __init__(self, world: World, verdicts: Verdicts, scenario: Scenario) -> None:
        self._world = world
        self._verdicts = verdicts
        self._scenario = scenario
        self._commuting = Commuting()
        self.schedules = 0  # of the last systematic exploration
        self.replayed = 0

    def systematic(self, preemptions: int, *, limit: int, go_on: Callable[[], bool]) -> tuple[bool, Failure | None]:
        """All schedules with at most so many preemptions, up to a limit: whether these were all, and the first that fails.

        Where a step turns out not to commute with what another task does it begins anew, with more choices.
        """
        first = Systematic(0)  # shows what each client touches
        _, failure = self._walk(first, limit, go_on)
        if failure is not None:
            return False, self._in_full(failure)
        while True:
            alone = self._world.tasks.alone = self._commuting.alone()
            self.schedules = 0
            try:
                ended, failure = self._walk(Systematic(preemptions), limit, go_on)
            finally:
                self._world.tasks.alone = frozenset()
            if failure is not None:
                return False, self._in_full(failure)
            if not ended or alone <= self._commuting.alone():
                return ended, None

    def _in_full(self, failure: Failure) -> Failure:
        """The same steps with every switch point a choice: only then does the schedule's text say all of it."""
        if failure.problem.kind == NONDETERMINISM:
            return failure
        scheduler = Following(self._world.tasks, failure.execution.steps)
        scheduler.begin()
        execution = self._world.execute(self._scenario, scheduler)
        problem, _ = self._verdicts.of(execution)
        if problem is None or execution.outcome != failure.execution.outcome:
            return self._diverged(execution, "the same steps did not make the same history twice")
        return Failure(self._scenario, execution, problem)

    def _walk(self, scheduler: Systematic, limit: int, go_on: Callable[[], bool]) -> tuple[bool, Failure | None]:
        before: Execution | None = None
        while True:
            if self.schedules >= limit or not go_on():
                return False, None
            try:
                if not scheduler.begin():
                    return True, None
                execution = self._world.execute(self._scenario, scheduler)
            except Nondeterminism as problem:
                return False, self._diverged(before, str(problem))
            self.schedules += 1
            self._commuting.learn(execution.steps)
            parted = _parted(before, execution)
            if parted:
                return False, self._diverged(execution, parted)
            before = execution
            failure = self._judged(execution)
            if failure is not None:
                return False, failure

    def sampled(self, scheduler: Scheduler, count: int) -> Failure | None:
        """So many schedules of a scheduler, every switch point a choice and each replayed; the first that fails."""
        for _ in range(count):
            if not scheduler.begin():
                break
            execution = self._world.execute(self._scenario, scheduler)
            failure = self._judged(execution) or self.replay(execution)
            if failure is not None:
                return failure
        return None

    def _judged(self, execution: Execution) -> Failure | None:
        problem, new = self._verdicts.of(execution)
        if problem is not None:
            return Failure(self._scenario, execution, problem)
        return self.replay(execution) if new else None

    def replay(self, execution: Execution) -> Failure | None:
        """Make an execution again by its text; a failure if it is another one."""
        self.replayed += 1
        scheduler = Replay(execution.schedule)
        scheduler.begin()
        again = self._world.execute(self._scenario, scheduler)
        if again.steps == execution.steps and again.outcome == execution.outcome:
            return None
        return self._diverged(execution, f"schedule {encode(execution.choices)} did not make the same history twice")

    def _diverged(self, execution: Execution | None, text: str) -> Failure:
        empty = Execution([], [], [], None)
        return Failure(self._scenario, execution or empty, Nonconformity(NONDETERMINISM, text))


def _parted(before: Execution | None, now: Execution) -> str:
    """What decided besides the scheduler between two executions; empty if they part at a choice that was made otherwise."""
    if before is None:
        return ""
    steps = next(
        (at for at, (one, other) in enumerate(zip(before.steps, now.steps, strict=False)) if one != other), None
    )
    for (chosen, *place), (other, *again) in zip(before.choices, now.choices, strict=False):
        if place != again:
            return f"after the same choices {place} and {again} could go on"
        if chosen != other:
            same = steps is not None and (before.steps[steps][0], now.steps[steps][0]) == (chosen, other)
            return "" if same else "other steps were made before the first choice that was made otherwise"
    return "" if steps is None else "the same choices were followed by other steps"
