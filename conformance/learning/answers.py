"""What an engine answered, remembered as a tree of calls: a word that was asked is never asked again.

A call that is not made leaves the state as it is, so it needs no place in the tree; after an answer that the model forbids
nothing is made any more, for the rules that say which calls are safe no longer hold.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ...model.vocabulary import code_name


class Answer(NamedTuple):
    """What came of one call."""

    code: int | None
    allowed: bool = True  # by the judge, after everything that was answered before
    said: str = ""  # what came instead of a code
    ends: bool = False  # nothing is made after it: it is forbidden, or no state of the projection follows

    @property
    def text(self) -> str:
        """The answer in a few words."""
        return code_name(self.code) if self.code is not None else self.said or "not made"


NOT_MADE = Answer(None)
"""The call might not come back there, or the engine does not have it."""

Word = tuple[int, ...]
"""Calls one after another, as positions in the projection."""


class Unsteady(Exception):  # noqa: N818 - a finding about an engine, not an error of this program
    """The engine answered the same calls, made on fresh engines, in two ways."""

    def __init__(self, word: Word, before: Answer, now: Answer) -> None:
        super().__init__(word)
        self.word, self.before, self.now = word, before, now


@dataclass
class Known:
    """What is known after some calls: of each call that was made next, the answer and what is known after that."""

    after: dict[int, tuple[Answer, "Known"]] = field(default_factory=dict)
    over: bool = False


class Memory:
    """The tree of everything that was answered."""

    def __init__(self) -> None:
        self._first = Known()
        self._over = Known(over=True)
        self.hits = 0  # words that were answered from here alone

    def recall(self, word: Word) -> list[Answer] | None:
        """The answers to a word, None where one of them is not known."""
        known, answers = self._first, []
        for call in word:
            if known.over:
                answers.append(NOT_MADE)
                continue
            found = known.after.get(call)
            if found is None:
                return None
            answers.append(found[0])
            known = found[1]
        self.hits += 1
        return answers

    def note(self, word: Word, answers: Sequence[Answer]) -> None:
        """Remember what a run answered, to the calls that it came to. Unsteady where an earlier one answered otherwise."""
        known = self._first
        for position, (call, answer) in enumerate(zip(word, answers, strict=False)):
            if known.over:
                return
            after = known if answer == NOT_MADE else self._over if answer.ends else Known()
            found = known.after.setdefault(call, (answer, after))
            if found[0] != answer:
                raise Unsteady(word[: position + 1], found[0], answer)
            known = found[1]
