"""What each judge asks of the tables: every question to the step function, recorded once on the tables as they are.

A test, a trace or a domain whose questions all have the same answers on a mutant comes to the same end on it: it need not
be run. What is run is only what a changed answer can reach, and nothing is sampled.
"""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from jetconform.model import moves
from jetconform.model.calls import Stage
from jetconform.model.rows import Profile
from jetconform.model.state import Control
from jetconform.model.step import Pending, Stepper, Successor

from .guard_rows import PROFILES
from .mutant import Mutant

Asked = tuple[str, Control, Pending]
"""A question: the profile, the control state, and the call in flight."""


class Step(NamedTuple):
    """One answer, with the row named and not held: the rows of a mutant are other objects."""

    control: Control
    stage: Stage
    row: str
    code: object
    owed: tuple[str, ...]

    @property
    def leads(self) -> tuple[Control, Stage, bool]:
        """Where it leads, whatever the code is."""
        return self.control, self.stage, self.stage is Stage.DONE and self.code is None


Answer = frozenset[Step]


def told(successors: tuple[Successor, ...]) -> Answer:
    """The answers of the step function by name."""
    return frozenset(
        Step(
            control,
            pending.stage,
            pending.row.id if pending.row is not None else "",
            pending.row.code if pending.row is not None else "",
            tuple(sorted(row.id for row in pending.owed)),
        )
        for control, pending in successors
    )


class Changed(NamedTuple):
    """What a mutant changes of the questions of one judge."""

    answers: dict[Asked, tuple[Answer, Answer]]  # before and after
    contexts: dict[str, int]  # where they are asked, and how many of them

    @property
    def reaches_the_same(self) -> bool:
        """Whether every call gets to the same states as before, by whichever row and code."""
        return all({one.leads for one in old} == {one.leads for one in new} for old, new in self.answers.values())

    @property
    def only_allows_more(self) -> bool:
        """Whether nothing is forbidden that was allowed: then what could be explained can be."""
        return all(old <= new for old, new in self.answers.values())


class Questions:
    """The questions of one judge, by the context that asked: a test, a trace, a domain."""

    def __init__(self) -> None:
        self.contexts: dict[Asked, set[str]] = defaultdict(set)
        self.answers: dict[Asked, Answer] = {}
        self._triggers: dict[Asked, frozenset[str]] = {}
        self._by_call: dict[tuple[str, str], list[Asked]] = defaultdict(list)

    @contextmanager
    def heard(self, context: str) -> Iterator[set[Asked]]:
        """Remember what is asked meanwhile as asked by `context`."""
        original = Stepper.advance
        asked: set[Asked] = set()
        profiles = {id(profile): profile.name for profile in PROFILES}

        def advance(stepper: Stepper, control: Control, pending: Pending) -> tuple[Successor, ...]:
            name = profiles.get(id(stepper.profile))
            if name is not None and pending.stage is not Stage.DONE:
                asked.add((name, control, pending))
            return original(stepper, control, pending)

        setattr(Stepper, "advance", advance)  # noqa: B010 - a method cannot be assigned to
        try:
            yield asked
        finally:
            setattr(Stepper, "advance", original)  # noqa: B010
        for question in asked:
            self.contexts[question].add(context)

    def answered(self) -> "Questions":
        """Work out every answer on the tables as they are, and which lifecycle rows it needs."""
        steppers = {profile.name: Stepper(profile) for profile in PROFILES}
        used: set[str] = set()
        original = moves.lifecycle_move

        def noted(trigger: str, control: Control) -> Control:
            used.add(trigger)
            return original(trigger, control)

        moves.lifecycle_move = noted
        try:
            for question in self.contexts:
                name, control, pending = question
                used.clear()
                self.answers[question] = told(steppers[name].advance(control, pending))
                self._triggers[question] = frozenset(used)
                self._by_call[name, pending.call.name].append(question)
        finally:
            moves.lifecycle_move = original
        return self

    def changed(self, mutant: Mutant, profiles: tuple[Profile, ...] = PROFILES) -> Changed:
        """The questions that the mutant, which is in place, answers otherwise, and who asks them."""
        steppers = {profile.name: Stepper(profile) for profile in profiles}
        found: dict[Asked, tuple[Answer, Answer]] = {}
        contexts: dict[str, int] = defaultdict(int)
        for question in self._touched(mutant):
            name, control, pending = question
            try:
                new = told(steppers[name].advance(control, pending))
            except (AssertionError, ValueError):  # a move that is impossible there
                new = frozenset()
            if new != self.answers[question]:
                found[question] = self.answers[question], new
                for context in self.contexts[question]:
                    contexts[context] += 1
        return Changed(found, contexts)

    def _touched(self, mutant: Mutant) -> Iterator[Asked]:
        if mutant.trigger:
            yield from (one for one, triggers in self._triggers.items() if mutant.trigger in triggers)
        for call in sorted(mutant.calls):
            for question in self._by_call.get((mutant.profile, call), ()):
                if not mutant.rows or any(row.holds(question[1], question[2].call) for row in mutant.rows):
                    yield question
