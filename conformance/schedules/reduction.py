"""Making a failing scenario small: fewest calls, fewest preemptions, fewest switches; at the end it is replayed once more."""

from collections.abc import Callable, Iterator
from itertools import pairwise

from .explore import Explorer, Failure
from .notation import Leaning
from .scenario import Scenario
from .verdict import Verdicts, signature
from .world import World

PREEMPTIONS = 2
TRIED = 600
"""Schedules of a smaller scenario that are tried at the most, for every number of preemptions."""

Open = Callable[[Scenario], tuple[World, Verdicts]]
"""The world in which a scenario begins."""


class Reduction:
    """Reduces one failure; every step keeps its signature."""

    def __init__(self, opened: Open, failure: Failure, go_on: Callable[[], bool]) -> None:
        self._opened = opened
        self._wanted = signature(failure.problem)
        self._go_on = go_on
        self.best = failure
        self.minimal = False

    def run(self) -> Failure:
        """The smallest failure found; `minimal` says whether nothing can be left out of it."""
        self._fewest_preemptions()
        ended = False
        while not ended and self._go_on():
            ended = not any(self._fails(smaller) for smaller in self.best.scenario.without())
        self._fewest_switches()
        self.minimal = ended and self._go_on() and self._again(self.best) is not None
        return self.best

    def _fewest_preemptions(self) -> None:
        self._fails(self.best.scenario, below=self.best.execution.preemptions)

    def _fails(self, scenario: Scenario, below: int = PREEMPTIONS + 1) -> bool:
        """Whether some schedule of this scenario fails in the same way; then it is the best."""
        try:
            world, verdicts = self._opened(scenario)
        except Exception:  # its set-up cannot be made without the call that was left out
            return False
        explorer = Explorer(world, verdicts, scenario)
        most = max(self.best.execution.preemptions, 0)
        for preemptions in range(min(below, most + 1)):
            _, failure = explorer.systematic(preemptions, limit=TRIED, go_on=self._go_on)
            if failure is not None and signature(failure.problem) == self._wanted:
                self.best = failure
                return True
        return False

    def _fewest_switches(self) -> None:
        """Drop single decisions, and join runs of one client that only independent steps of another part."""
        improved = True
        while improved and self._go_on():
            improved = any(
                self._better(choices) for choices in _simpler([choice[0] for choice in self.best.execution.choices])
            )

    def _better(self, choices: list[int]) -> bool:
        found = self._executed(choices)
        if found is None or _weight(found) >= _weight(self.best):
            return False
        self.best = found
        return True

    def _again(self, failure: Failure) -> Failure | None:
        """The failure once more, from its schedule; None if it is not the same to the byte."""
        found = self._executed([choice[0] for choice in failure.execution.choices])
        return found if found is not None and found.execution.outcome == failure.execution.outcome else None

    def _executed(self, choices: list[int]) -> Failure | None:
        world, verdicts = self._opened(self.best.scenario)
        scheduler = Leaning(choices)
        scheduler.begin()
        execution = world.execute(self.best.scenario, scheduler)
        problem, _ = verdicts.of(execution)
        if problem is None or signature(problem) != self._wanted:
            return None
        return Failure(self.best.scenario, execution, problem)


def _simpler(choices: list[int]) -> Iterator[list[int]]:
    """Schedules with a run less, or with a switch one step later."""
    starts = [0, *(at for at in range(1, len(choices)) if choices[at] != choices[at - 1]), len(choices)]
    for begin, end in pairwise(starts[1:]):
        yield [*choices[:begin], *choices[end:]]
    for begin in starts[1:-1]:
        yield [*choices[:begin], choices[begin - 1], *choices[begin:]]


def _weight(failure: Failure) -> tuple[int, int, int]:
    execution = failure.execution
    tasks = [step[0] for step in execution.steps]
    switches = sum(one != other for one, other in pairwise(tasks))
    return execution.preemptions, switches, len(execution.schedule)
