"""What decides which task goes on: the protocol, and the schedulers that need no more than a few numbers.

A choice is only asked for where there is one: with one task that can go on, that one does.
"""

from random import Random
from typing import NamedTuple, Protocol


class Scheduler(Protocol):
    """Decides for one execution after another."""

    def begin(self) -> bool:
        """A new execution begins; False if there is none left to be made."""

    def choose(self, runnable: tuple[int, ...], current: int | None) -> int:
        """The number of the task that goes on, out of two or more in rising order; it is the task's place in the scenario.

        `current` is the task at whose switch point this is; None where it ended or must wait, so that another has to go on.
        To choose another one than `current` is a preemption.
        """


class Plan(NamedTuple):
    """A schedule as a value: preemptions, each after so many choices to the task so far behind; then who follows whom."""

    preemptions: tuple[tuple[int, int], ...] = ()
    successors: tuple[int, ...] = ()


class Planned:
    """Follows a plan, once. With an empty one every task runs until it ends or waits, the first one first."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._begun = False

    def begin(self) -> bool:
        begun, self._begun = self._begun, True
        self._preemptions = list(self._plan.preemptions)
        self._successors = list(self._plan.successors)
        self._left = self._preemptions[0][0] if self._preemptions else -1
        return not begun

    def choose(self, runnable: tuple[int, ...], current: int | None) -> int:
        if current is None:
            step = self._successors.pop(0) if self._successors else 0
            return runnable[step % len(runnable)]
        if self._left < 0:
            return current
        if self._left:
            self._left -= 1
            return current
        others = [task for task in runnable if task != current]
        _, step = self._preemptions.pop(0)
        self._left = self._preemptions[0][0] if self._preemptions else -1
        return others[step % len(others)]


class RoundRobin:
    """Each in its turn, `steps` at a time; once."""

    def __init__(self, steps: int = 1) -> None:
        self._steps = steps
        self._begun = False

    def begin(self) -> bool:
        begun, self._begun = self._begun, True
        self._taken = 0
        self._last = -1
        return not begun

    def choose(self, runnable: tuple[int, ...], current: int | None) -> int:
        if current is not None:
            self._taken += 1
            if self._taken < self._steps:
                return current
            self._last = current
        self._taken = 0
        later = [task for task in runnable if task > self._last]
        self._last = later[0] if later else runnable[0]
        return self._last


class RandomWalk:
    """Any of them, at every choice, with equal chance; without end."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def begin(self) -> bool:
        return True

    def choose(self, runnable: tuple[int, ...], current: int | None) -> int:  # noqa: ARG002 - it asks no one's leave
        return self._random.choice(runnable)


class Priorities:
    """PCT (Burckhardt and others, ASPLOS 2010): the task of the highest priority, which it loses at `depth` - 1 moments.

    Priorities and moments are drawn anew for each execution, the moments among as many choices as the longest one had. A bug
    that needs `depth` events in their order is found by one execution with a chance of at least
    1 / (tasks * choices ** (depth - 1)).
    """

    def __init__(self, seed: int, depth: int = 3) -> None:
        self._random = Random(seed)
        self._depth = depth
        self._longest = 1
        self._choices = 0

    def begin(self) -> bool:
        self._longest = max(self._longest, self._choices)
        self._choices = 0
        self._priority: dict[int, float] = {}
        self._moments = {self._random.randrange(self._longest): -float(n) for n in range(1, self._depth)}
        return True

    def choose(self, runnable: tuple[int, ...], current: int | None) -> int:  # noqa: ARG002
        for task in runnable:
            if task not in self._priority:
                self._priority[task] = self._random.random()
        lowered = self._moments.get(self._choices)
        self._choices += 1
        if lowered is not None:
            self._priority[max(runnable, key=self._priority.__getitem__)] = lowered
        return max(runnable, key=self._priority.__getitem__)
