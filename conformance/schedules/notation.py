"""A schedule as a short text: who was chosen, and how often in a row, for example `A12BA4`.

Only real choices count, and those behind the last unusual one are left out: then everyone goes on until it ends or waits.
A task is a letter, by its place in the scenario; the empty schedule is `-`.
"""

import re
from collections.abc import Sequence
from itertools import groupby

from .tasks import Choice, Step, Tasks, is_usual

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
NOTHING = "-"
MOST_CHOICES = 1_000_000
_RUN = re.compile(r"([A-Z])(\d*)")


class ScheduleError(ValueError):
    """A text that is no schedule, or a schedule that cannot be followed here."""


def encode(choices: Sequence[Choice]) -> str:
    """The text of the choices that were made."""
    made = list(choices)
    while made and is_usual(made[-1]):
        made.pop()
    runs = ((LETTERS[task], len(list(group))) for task, group in groupby(choice[0] for choice in made))
    return "".join(f"{letter}{count}" if count > 1 else letter for letter, count in runs) or NOTHING


def decode(text: str) -> list[int]:
    """The choices that a text stands for, one by one. ScheduleError if it is none."""
    if text == NOTHING:
        return []
    if not text or _RUN.sub("", text):
        raise ScheduleError(f"schedule {text[:60]!r}: expected letters with counts, as in A12BA4, or {NOTHING}")
    choices: list[int] = []
    for letter, count in _RUN.findall(text):
        if len(count) > 7 or len(choices) + int(count or 1) > MOST_CHOICES or count == "0":
            raise ScheduleError(f"schedule {text[:60]!r}: {letter}{count[:8]} is no number of choices")
        choices += [LETTERS.index(letter)] * int(count or 1)
    return choices


class Replay:
    """Follows a text, once. ScheduleError where it names a task that cannot go on there."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._choices = decode(text)
        self._begun = False

    def begin(self) -> bool:
        begun, self._begun = self._begun, True
        self._at = 0
        return not begun

    def choose(self, runnable: tuple[int, ...], current: int | None) -> int:
        if self._at >= len(self._choices):
            return runnable[0] if current is None else current
        number = self._choices[self._at]
        self._at += 1
        if number not in runnable:
            able = "".join(LETTERS[task] for task in runnable)
            raise ScheduleError(
                f"schedule {self._text}: at choice {self._at} {LETTERS[number]} cannot go on, only {able}"
            )
        return number


class Following:
    """Makes the steps of another execution in their order, whatever was a choice there; once."""

    def __init__(self, tasks: Tasks, steps: Sequence[Step]) -> None:
        self._tasks = tasks
        self._steps = steps
        self._begun = False

    def begin(self) -> bool:
        begun, self._begun = self._begun, True
        return not begun

    def choose(self, runnable: tuple[int, ...], current: int | None) -> int:
        at = len(self._tasks.steps)
        wanted = self._steps[at][0] if at < len(self._steps) else -1
        return wanted if wanted in runnable else (runnable[0] if current is None else current)


class Leaning(Replay):
    """Follows a list of choices as far as it can be followed, and where it cannot does what is usual: for shortening."""

    def __init__(self, choices: Sequence[int]) -> None:
        super().__init__(NOTHING)
        self._choices = list(choices)

    def choose(self, runnable: tuple[int, ...], current: int | None) -> int:
        at, self._at = self._at, self._at + 1
        wanted = self._choices[at] if at < len(self._choices) else -1
        usual = runnable[0] if current is None else current
        return wanted if wanted in runnable else usual
