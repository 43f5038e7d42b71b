"""A learned machine beside the model's: which of their states belong together, and the shortest calls that show it."""

from collections.abc import Iterator
from typing import NamedTuple

from ...model.mealy import Machine, Reaction
from .answers import Word
from .learned import Arrow, Learned


class Pair(NamedTuple):
    """A state of the engine and one of the model that the same calls and codes lead to."""

    engine: int
    model: int


class Cell(NamedTuple):
    """A call that is made in a pair: what the engine does, what the model allows, and the calls to there."""

    pair: Pair
    call: int
    arrow: Arrow
    reaction: Reaction
    word: Word  # the calls to the pair, and this one


def pairs(machine: Machine, learned: Learned) -> dict[Pair, Word]:
    """The pairs that belong together, each with the shortest calls to it."""
    found: dict[Pair, Word] = {Pair(0, 0): ()}
    todo = [Pair(0, 0)]
    for pair in todo:
        for cell in _cells_of(machine, learned, pair, found[pair]):
            reached = _reached(cell)
            if reached is not None and reached not in found:
                found[reached] = cell.word
                todo.append(reached)
    return found


def cells(machine: Machine, learned: Learned) -> Iterator[Cell]:
    """Every call that the model lets make, in every pair."""
    for pair, word in pairs(machine, learned).items():
        yield from _cells_of(machine, learned, pair, word)


def _reached(cell: Cell) -> Pair | None:
    """None where the call is not made, and after an answer that ends."""
    if cell.arrow.code is None or cell.arrow.next is None:
        return None
    after = cell.reaction.after.get(cell.arrow.code)
    return None if after is None else Pair(cell.arrow.next, after)


def _cells_of(machine: Machine, learned: Learned, pair: Pair, word: Word) -> Iterator[Cell]:
    for call, reaction in machine.defined(pair.model):
        yield Cell(pair, call, learned.arrows[pair.engine][call], reaction, (*word, call))
