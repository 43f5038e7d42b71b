"""Which steps need no choice before them: operations on files and locks that no other client has anything to do with.

Such a step gives the same, and leaves the same, whether others go before it or after it. What each client touches is learned
from executions, and a step that was never seen is not supposed to commute. What a task does to variables between two steps
is not seen: so every lock, callback, hold point and file that is shared stays a choice, and the sampled schedules choose
everywhere.
"""

from collections.abc import Iterable

from .tasks import Step

READING = frozenset({"read", "look at", "list", "open", "close", "sync"})
WRITING = frozenset(
    {
        "write",
        "allocate",
        "truncate",
        "create",
        "claim",
        "give up",
        "make folder",
        "remove folder",
        "rename",
        "remove",
        "lock",
    }
)


class Commuting:
    """What the clients of one scenario touch, and which of their steps commute with all that the others do."""

    def __init__(self) -> None:
        self._seen: set[Step] = set()
        self._read: dict[str, set[int]] = {}
        self._written: dict[str, set[int]] = {}

    def learn(self, steps: Iterable[Step]) -> None:
        """The steps of one execution."""
        for step in set(steps) - self._seen:
            self._seen.add(step)
            task, operation, subject = step
            if operation in READING:
                self._read.setdefault(subject, set()).add(task)
            elif operation in WRITING:
                for path in _paths(operation, subject):
                    self._written.setdefault(path, set()).add(task)

    def alone(self) -> frozenset[Step]:
        """The steps that commute, as far as is known."""
        return frozenset(step for step in self._seen if self._commutes(step))

    def _commutes(self, step: Step) -> bool:
        task, operation, subject = step
        if operation in READING:
            return self._without(self._written, subject, task)
        if operation in WRITING:
            paths = _paths(operation, subject)
            return all(self._without(touched, path, task) for touched in (self._written, self._read) for path in paths)
        return False

    def _without(self, touched: dict[str, set[int]], path: str, task: int) -> bool:
        """Whether nobody else touched that, something in it, or a folder that it lies in."""
        return not any(tasks - {task} for other, tasks in touched.items() if _overlap(path, other))


def _paths(operation: str, subject: str) -> tuple[str, ...]:
    if operation == "lock":
        return (f"lock:{subject}",)
    return tuple(subject.split(" > ")) if operation == "rename" else (subject,)


def _overlap(one: str, other: str) -> bool:
    return one == other or one.startswith(f"{other}/") or other.startswith(f"{one}/")
