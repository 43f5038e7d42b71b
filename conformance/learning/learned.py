"""A learned machine: what an engine answers to each call in each of its states, and the shortest calls to each state."""

from collections.abc import Callable, Iterator
from typing import TypeVar

import msgspec

from ...model.mealy import Machine, Reaction
from ...model.projections import Projection
from .answers import NOT_MADE, Answer, Word

State = TypeVar("State")


class Arrow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a call does in a state. Without `code` and `said` it is not made there; without `next` nothing is asked after it."""

    code: int | None = None
    next: int | None = None
    allowed: bool = True
    said: str = ""

    @property
    def answer(self) -> Answer:
        """The answer, as an engine is asked for it."""
        return Answer(self.code, self.allowed, self.said, self.next is None)

    @property
    def made(self) -> bool:
        """Whether the call is made there."""
        return self.answer != NOT_MADE


class Learned(msgspec.Struct, frozen=True, kw_only=True):
    """The machine: `arrows[state][call]`, and the shortest calls to each state. State 0 is the first."""

    arrows: tuple[tuple[Arrow, ...], ...]
    access: tuple[Word, ...]

    def answers(self, word: Word) -> list[Answer]:
        """What it says that the engine answers."""
        state: int | None = 0
        found = []
        for call in word:
            if state is None:
                found.append(NOT_MADE)
                continue
            arrow = self.arrows[state][call]
            found.append(arrow.answer)
            state = arrow.next
        return found

    def told_apart(self, one: int, other: int) -> Word:
        """The shortest calls that two states answer in different ways; none where they answer all alike."""
        found: dict[tuple[int, int], Word] = {(one, other): ()}
        todo = [(one, other)]
        for pair in todo:
            for call, (here, there) in enumerate(zip(self.arrows[pair[0]], self.arrows[pair[1]], strict=True)):
                word = (*found[pair], call)
                if here.answer != there.answer:
                    return word
                if here.next is not None and there.next is not None and (here.next, there.next) not in found:
                    found[here.next, there.next] = word
                    todo.append((here.next, there.next))
        return ()


def learned(first: State, step: Callable[[State, int], tuple[Answer, State]], calls: int) -> Learned:
    """The machine that `step` describes. States are numbered breadth first: the number does not depend on how it was learned."""
    numbers: dict[int, int] = {id(first): 0}
    states: list[State] = [first]
    access: list[Word] = [()]
    rows: list[tuple[Arrow, ...]] = []
    for number, state in enumerate(states):
        row = []
        for call in range(calls):
            answer, after = step(state, call)
            if not answer.ends and id(after) not in numbers:
                numbers[id(after)] = len(states)
                states.append(after)
                access.append((*access[number], call))
            following = None if answer.ends else numbers[id(after)]
            row.append(Arrow(code=answer.code, next=following, allowed=answer.allowed, said=answer.said))
        rows.append(tuple(row))
    return Learned(arrows=tuple(rows), access=tuple(access))


def as_machine(one: Learned, projection: Projection) -> Machine:
    """The machine in the form that suites are derived from. Every answer is a code of its own, that a call is not made too.

    The last state is that after an answer which ends: there nothing can be made.
    """
    symbols: dict[Answer, int] = {}
    end = len(one.arrows)
    machine = Machine(projection, [()] * (end + 1))
    machine.reactions.extend(tuple(_reactions(arrows, symbols, end)) for arrows in one.arrows)
    machine.reactions.append((None,) * len(projection.calls))
    return machine


def _reactions(arrows: tuple[Arrow, ...], symbols: dict[Answer, int], end: int) -> Iterator[Reaction]:
    for arrow in arrows:
        symbol = symbols.setdefault(arrow.answer, len(symbols))
        yield Reaction({symbol: end if arrow.next is None else arrow.next}, {}, (), symbol)
