"""All schedules with at most so many preemptions, depth first: each once, and none of them kept."""

from dataclasses import dataclass


class Nondeterminism(Exception):  # noqa: N818 - a finding about an engine, not an error of this program
    """The same choices did not lead to the same place: something that is not under control decides, too."""


@dataclass(slots=True)
class _Fork:
    """A choice that was made, and those at the same place that are still to be made."""

    runnable: tuple[int, ...]
    options: list[int]  # the one that is made now comes last


class Systematic:
    """Every schedule with at most `preemptions` preemptions; who follows a task that ended or waits is tried out in full.

    Each execution makes the choices of the one before it again up to the last that has another option, and Nondeterminism
    is raised where it does not find there the tasks that it found before.
    """

    def __init__(self, preemptions: int) -> None:
        self._bound = preemptions
        self._forks: list[_Fork] = []
        self._begun = False
        self._at = 0
        self._left = preemptions

    def begin(self) -> bool:
        if self._begun:
            if self._at < len(self._forks):
                raise Nondeterminism(
                    f"it came to choice {len(self._forks)} before, and now it ended at choice {self._at}"
                )
            while self._forks and len(self._forks[-1].options) == 1:
                self._forks.pop()
            if not self._forks:
                return False
            self._forks[-1].options.pop()
        self._begun = True
        self._at = 0
        self._left = self._bound
        return True

    def choose(self, runnable: tuple[int, ...], current: int | None) -> int:
        if current is not None and not self._left:
            return current
        at = self._at
        self._at += 1
        if at == len(self._forks):
            self._forks.append(_Fork(runnable, _options(runnable, current)))
        fork = self._forks[at]
        if fork.runnable != runnable:
            raise Nondeterminism(f"at choice {at + 1} tasks {fork.runnable} could go on before, and now {runnable}")
        number = fork.options[-1]
        if current is not None and number != current:
            self._left -= 1
        return number


def _options(runnable: tuple[int, ...], current: int | None) -> list[int]:
    """The options, the usual one last: it is tried first."""
    usual = runnable[0] if current is None else current
    return [*(number for number in reversed(runnable) if number != usual), usual]
