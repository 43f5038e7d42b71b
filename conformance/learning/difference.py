"""What a learned machine does otherwise than the model, or than another learned machine.

Of the model: a code that it forbids (*different*); states that the engine tells apart and the model does not (*extra*); codes and
states that it allows and the engine never shows, and calls that the engine does not have (*missing*).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from ...model.mealy import Machine
from ...model.state import describe
from .answers import Answer, Word
from .learned import Learned
from .product import Cell, Pair, cells, pairs


class Different(NamedTuple):
    """An answer in one state of the engine that the model does not know there."""

    state: int
    call: int
    answer: Answer
    codes: tuple[int, ...]  # what the model allows, where the shortest calls lead
    rows: tuple[str, ...]  # by these rows
    places: int  # states of the model in which it is so
    word: Word  # the shortest calls to it, this one included


class Extra(NamedTuple):
    """A state of the engine where the model has one that another of the engine's states stands for already."""

    state: int
    beside: int
    apart: Word  # the shortest calls that the two answer in different ways
    answers: tuple[Answer, Answer]  # to the last of them: of this state, and of the other


class NeverGiven(NamedTuple):
    """A code that the model allows and the engine never gives."""

    call: int
    code: int
    rows: tuple[str, ...]
    places: int


@dataclass(frozen=True)
class Difference:
    """A learned machine beside the model."""

    names: tuple[str, ...]  # of the engine's states
    same: int  # states of the model x calls, in which the engine gives one of the allowed codes
    met: frozenset[int]  # states of the model that the engine comes to
    different: tuple[Different, ...] = ()
    extra: tuple[Extra, ...] = ()
    never: tuple[NeverGiven, ...] = ()
    absent: Mapping[str, str] = field(default_factory=dict)  # calls that the engine does not have, and what it lacks


def difference(machine: Machine, learned: Learned, absent: Mapping[str, str]) -> Difference:
    """The difference from the model."""
    together = pairs(machine, learned)
    made = [cell for cell in cells(machine, learned) if cell.arrow.made]
    wrong = [cell for cell in made if cell.arrow.next is None]
    bad = {(cell.pair.model, cell.call) for cell in wrong}
    return Difference(
        names=names(machine, learned, together),
        same=len({(cell.pair.model, cell.call) for cell in made} - bad),
        met=frozenset(pair.model for pair in together),
        different=tuple(_different(wrong)),
        extra=tuple(_extra(learned, together)),
        never=tuple(_never(machine, made)),
        absent=dict(absent),
    )


def _different(wrong: list[Cell]) -> Iterator[Different]:
    first: dict[tuple[int, int], Cell] = {}
    places: dict[tuple[int, int], int] = {}
    for cell in wrong:
        key = (cell.pair.engine, cell.call)
        first.setdefault(key, cell)
        places[key] = places.get(key, 0) + 1
    for key, cell in sorted(first.items()):
        rows = (row for code in cell.reaction.after for row in cell.reaction.rows[code])
        codes = tuple(cell.reaction.after)
        yield Different(*key, cell.arrow.answer, codes, tuple(dict.fromkeys(rows)), places[key], cell.word)


def _extra(learned: Learned, together: Mapping[Pair, Word]) -> Iterator[Extra]:
    """The state that the shortest calls lead to stands for the model's; one that stands for none is extra."""
    stands: dict[int, int] = {}
    for pair in together:
        stands.setdefault(pair.model, pair.engine)
    beside = {
        pair.engine: stands[pair.model] for pair in reversed(list(together)) if pair.engine not in stands.values()
    }
    for state, other in sorted(beside.items()):
        word = learned.told_apart(state, other)
        yield Extra(state, other, word, (_last(learned, state, word), _last(learned, other, word)))


def _last(learned: Learned, state: int, word: Word) -> Answer:
    return learned.answers((*learned.access[state], *word))[-1]


def _never(machine: Machine, made: list[Cell]) -> Iterator[NeverGiven]:
    given: dict[tuple[int, int], set[int | None]] = {}
    for cell in made:
        given.setdefault((cell.pair.model, cell.call), set()).add(cell.arrow.code)
    found: dict[tuple[int, int], tuple[dict[str, None], int]] = {}
    for (state, call), codes in given.items():
        reaction = machine.reactions[state][call]
        assert reaction is not None, "it was made there"
        for code in reaction.codes - codes:
            rows, places = found.get((call, code), ({}, 0))
            found[call, code] = rows | dict.fromkeys(reaction.rows[code]), places + 1
    for (call, code), (rows, places) in sorted(found.items()):
        yield NeverGiven(call, code, tuple(rows), places)


def names(machine: Machine, learned: Learned, together: Mapping[Pair, Word]) -> tuple[str, ...]:
    """Each of the engine's states in words: what is common to the model's states that it stands for, and not to all others."""
    of: dict[int, list[tuple[str, ...]]] = {}
    for pair in together:
        of.setdefault(pair.engine, []).extend(tuple(describe(one).split(", ")) for one in machine.controls[pair.model])
    everywhere = frozenset.intersection(*(frozenset(parts) for found in of.values() for parts in found))
    return tuple(_name(of[state], everywhere) for state in range(len(learned.arrows)))


def _name(found: list[tuple[str, ...]], everywhere: frozenset[str]) -> str:
    common = frozenset.intersection(*map(frozenset, found))
    views = dict.fromkeys(parts[0] for parts in found)
    return ", ".join([" or ".join(views), *(part for part in found[0][1:] if part in common - everywhere)])


class Apart(NamedTuple):
    """A call that two learned machines answer in different ways, after the same answers to the calls before it."""

    state: int  # of the one machine
    call: int
    answers: tuple[Answer, Answer]
    word: Word


def apart(one: Learned, other: Learned) -> tuple[Apart, ...]:
    """Where two machines differ, told once for each state and call of the one."""
    found: dict[tuple[int, int, Answer], Apart] = {}
    words: dict[tuple[int, int], Word] = {(0, 0): ()}
    todo = [(0, 0)]
    for here, there in todo:
        for call, arrows in enumerate(zip(one.arrows[here], other.arrows[there], strict=True)):
            word = (*words[here, there], call)
            if arrows[0].answer != arrows[1].answer:
                answers = (arrows[0].answer, arrows[1].answer)
                found.setdefault((here, call, answers[1]), Apart(here, call, answers, word))
            elif arrows[0].next is not None and arrows[1].next is not None:
                after = (arrows[0].next, arrows[1].next)
                if after not in words:
                    words[after] = word
                    todo.append(after)
    return tuple(found[key] for key in sorted(found, key=lambda key: key[:2]))
