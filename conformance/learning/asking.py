"""Asking an engine: a word of calls on a fresh engine, each answer judged, none asked twice."""

from contextlib import suppress
from dataclasses import dataclass, field

from ...model.calls import Call
from ...model.mealy import Machine
from ..history import History, Nonconformity
from ..inflight import NotMade
from ..laboratory import Laboratory
from ..trace import ReturnEvent
from .answers import NOT_MADE, Answer, Memory, Word

ENDS_THE_RUN = ("hang", "unopened")
"""Findings after which no more is asked: each repetition would cost the whole call timeout, or there is no engine."""


class BudgetEnded(Exception):  # noqa: N818 - an end of a run, not an error
    """The time is over."""


class NotSetUp(Exception):  # noqa: N818 - an end of a run, not an error
    """The engine does not come to where the projection begins; the message says why."""


@dataclass
class Wrong:
    """An answer that the model forbids: the calls to it, their history, and what the judge said."""

    word: Word
    history: History
    problem: Nonconformity


@dataclass
class Asker:
    """Asks the engine of a laboratory the words of a projection; `machine` says which calls are safe where."""

    laboratory: Laboratory
    machine: Machine
    memory: Memory = field(default_factory=Memory)
    runs: int = 0
    now: str = "learning"  # what the asking is for, as people who wait read it
    absent: dict[str, str] = field(default_factory=dict)  # calls that the engine does not have, and what it lacks
    wrong: Wrong | None = None  # the shortest
    history: History | None = None  # the last

    def ask(self, word: Word) -> list[Answer]:
        """The answers. Unsteady, NotSetUp, BudgetEnded; Nonconformity where nothing more can be asked."""
        recalled = self.memory.recall(word)
        if recalled is not None:
            return recalled
        answers = self.run(word)
        self.memory.note(word, answers)
        return answers

    def run(self, word: Word) -> list[Answer]:
        """The answers of a fresh engine, whatever is remembered."""
        if not self.laboratory.within_budget():
            raise BudgetEnded
        self.runs += 1
        self.history = None
        self.history = history = self.laboratory.open(f"{self.now}, {self.runs:,} words asked")
        try:
            self._set_up(history)
            return self._answers(history, word)
        finally:
            self.laboratory.close_history(history)

    def _answers(self, history: History, word: Word) -> list[Answer]:
        answers: list[Answer] = []
        state: int | None = 0
        for position, number in enumerate(word):
            reaction = None if state is None else self.machine.reactions[state][number]
            call = self.machine.calls[number]
            if reaction is None or not self._has(history, call) or not history.offers(call):
                answers.append(NOT_MADE)
                continue
            try:
                answer = self._make(history, call)
            except Nonconformity as problem:
                if problem.kind in ENDS_THE_RUN:
                    raise
                self._keep(Wrong(word[: position + 1], history, problem))
                answers.append(_forbidden(history, problem))
                state = None
                continue
            if answer.code is not None:
                state = reaction.after.get(answer.code)
                answer = answer._replace(ends=state is None)
            answers.append(answer)
        return answers

    def _has(self, history: History, call: Call) -> bool:
        missing = history.lacks(call.name)
        if missing:
            self.absent[call.name] = missing
        return not missing

    def _make(self, history: History, call: Call) -> Answer:
        try:
            made = history.perform(call)
        except NotMade as reason:
            self.absent[call.name] = str(reason)
            return NOT_MADE
        except LookupError:  # nothing is there that the call could be given
            return NOT_MADE
        if history.open_calls():
            history.finish()
        return Answer(history.returned(made))

    def _keep(self, wrong: Wrong) -> None:
        if self.wrong is None or len(wrong.word) < len(self.wrong.word):
            self.wrong = wrong

    def _set_up(self, history: History) -> None:
        for call in self.machine.projection.setup:
            code = None
            with suppress(NotMade, LookupError):
                code = history.returned(history.perform(call))
            if code != 0:
                said = "the engine does not have it" if code is None else f"it returned {code}"
                raise NotSetUp(f"setup: {call.label()}: {said}")


def _forbidden(history: History, problem: Nonconformity) -> Answer:
    """The code that was rejected, or in words what came instead of one."""
    if problem.kind == "rejected":
        for event in reversed(history.events):
            if isinstance(event, ReturnEvent) and event.id == problem.call_id:
                return Answer(event.err, allowed=False, ends=True)
    observed = problem.rejection.observed if problem.rejection is not None else problem.text
    return Answer(None, allowed=False, said=observed, ends=True)
