"""Calls that tell the states of a machine apart: what the W and Wp methods end their tests with.

Two states are told apart *for certain* by calls after which no code is allowed in both, whatever an engine answers on the way;
and *by their sets* by calls whose allowed sets differ along the assumed codes. An engine shows one code and no set, so the first
is what is wanted; the second is taken where there is no first.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property

from .mealy import Calls, Machine

Pair = tuple[int, int]
Finder = Callable[[Pair, dict[Pair, tuple[int, ...]]], tuple[int, ...] | None]


def differs(machine: Machine, one: int, other: int, calls: Calls) -> bool:
    """Whether the allowed sets of two states differ somewhere along these calls and the assumed codes."""
    for call in calls:
        here, there = machine.reactions[one][call], machine.reactions[other][call]
        if here is None or there is None:
            return False
        if here.codes != there.codes:
            return True
        one, other = here.next, there.next
    return False


def certain(machine: Machine, expected: int, actual: int, calls: Calls) -> bool:
    """Whether no engine in `actual` can answer these calls by codes that are all allowed from `expected` on."""
    pairs = {(expected, actual)}
    for call in calls:
        further: set[Pair] = set()
        for one, other in pairs:
            here, there = machine.reactions[one][call], machine.reactions[other][call]
            if here is None or there is None:
                return False
            further |= {(here.after[code], there.after[code]) for code in here.codes & there.codes}
        if not further:
            return True
        pairs = further
    return False


@dataclass
class Telling:
    """What tells each pair of a machine's states apart."""

    machine: Machine
    for_certain: dict[Pair, Calls] = field(default_factory=dict)
    by_sets: dict[Pair, Calls] = field(default_factory=dict)

    def __post_init__(self) -> None:
        states = range(len(self.machine.controls))
        todo = [(one, other) for one in states for other in states if one < other]
        self._search(todo, self.for_certain, self._certain_by)
        self._search(todo, self.by_sets, self._set_by)

    def best(self, one: int, other: int) -> Calls | None:
        """The calls that tell these two apart, for certain where there are such; None where nothing does."""
        pair = (min(one, other), max(one, other))
        return self.for_certain.get(pair) or self.by_sets.get(pair)

    def tells(self, calls: Calls, one: int, other: int) -> bool:
        """Whether these calls tell two states apart, and as well as any do."""
        pair = (min(one, other), max(one, other))
        test = certain if pair in self.for_certain else differs
        return test(self.machine, one, other, calls)

    @property
    def classes(self) -> int:
        """How many of the states that the assumed codes lead to can be told apart: the states of the minimal machine."""
        kept: list[int] = []
        for state in self.machine.assumed_states():
            if all(self.best(state, other) is not None for other in kept):
                kept.append(state)
        return len(kept)

    @cached_property
    def characterisation(self) -> tuple[Calls, ...]:
        """W: calls that between them tell all states apart that can be told apart, along the assumed codes."""
        return self.identification(self.machine.assumed_states())

    def identification(self, states: Iterable[int], of: int | None = None) -> tuple[Calls, ...]:
        """Of W: what tells these states from one another or, with `of`, that one from each of the others."""
        order = sorted(states)
        chosen: list[Calls] = []
        ones = order if of is None else [of]
        pairs = [(one, other) for one in ones for other in order if one != other and (of is not None or one < other)]
        wanted = [(pair, best) for pair in pairs if (best := self.best(*pair)) is not None]
        for (one, other), best in sorted(wanted, key=lambda item: (-len(item[1]), item)):
            if not any(self.tells(calls, one, other) for calls in chosen):
                chosen.append(best)
        return tuple(chosen)

    def _search(self, todo: list[Pair], found: dict[Pair, Calls], by: Finder) -> None:
        """Shortest first: a pair is told apart by a call alone, or by one that leads to pairs that are."""
        left = todo
        while True:
            new = {pair: calls for pair in left if (calls := by(pair, found)) is not None}
            if not new:
                return
            found.update(new)
            left = [pair for pair in left if pair not in new]

    def _set_by(self, pair: Pair, found: dict[Pair, Calls]) -> Calls | None:
        for call, here in self.machine.defined(pair[0]):
            there = self.machine.reactions[pair[1]][call]
            if there is None:
                continue
            if here.codes != there.codes:
                return (call,)
            after = (min(here.next, there.next), max(here.next, there.next))
            if after in found:
                return (call, *found[after])
        return None

    def _certain_by(self, pair: Pair, found: dict[Pair, Calls]) -> Calls | None:
        for call, here in self.machine.defined(pair[0]):
            there = self.machine.reactions[pair[1]][call]
            if there is None:
                continue
            common = [(here.after[code], there.after[code]) for code in sorted(here.codes & there.codes)]
            if not common:
                return (call,)
            rest = found.get((min(common[0]), max(common[0])))
            if rest is not None and all(certain(self.machine, *after, rest) for after in common):
                return (call, *rest)
        return None
