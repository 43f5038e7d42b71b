"""Every single fault of a machine, and whether a suite notices it: the proof of what a suite guarantees.

An *output fault*: one call in one state returns a code outside its allowed set. A *transfer fault*: it leads to another state
than the assumed one. Faults that no calls can show, because the wrong state allows the same as the right one, are set apart.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from .mealy import Calls, Machine
from .telling import Telling

Place = tuple[int, int]  # state, call


@dataclass(frozen=True)
class Kills:
    """How many faults of each kind there are, and how many of them a suite notices."""

    outputs: int
    outputs_killed: int
    transfers: int
    transfers_killed: int  # where the allowed sets are what is observed
    transfers_certain: int  # of these, by one code a call, whatever an engine chooses among the allowed ones
    equivalent: int  # transfers that nothing shows


class _Visit(NamedTuple):
    """What a test makes after it came to a place for the first time."""

    rest: Calls


def kills(machine: Machine, tests: Sequence[Calls]) -> Kills:
    """All faults of the states that the assumed codes lead to, against the tests of a suite."""
    states = machine.assumed_states()
    telling = Telling(machine)
    visits = _visits(machine, tests)
    places = [(state, call) for state in states for call, _ in machine.defined(state)]
    transfers = killed = sure = equivalent = 0
    for state, call in places:
        right = machine.step(state, call)
        assert right is not None, "the call is made there"
        rests = [visit.rest for visit in visits.get((state, call), ())]
        for wrong in states:
            if wrong == right:
                continue
            if telling.best(right, wrong) is None:
                equivalent += 1
                continue
            transfers += 1
            killed += any(_noticed(machine, (state, call), right, wrong, rest) for rest in rests)
            sure += any(_certain(machine, (state, call), right, wrong, rest) for rest in rests)
    reached = sum(place in visits for place in places)
    return Kills(len(places), reached, transfers, killed, sure, equivalent)


def _visits(machine: Machine, tests: Sequence[Calls]) -> dict[Place, list[_Visit]]:
    found: dict[Place, dict[_Visit, None]] = {}
    for test in tests:
        seen: set[Place] = set()
        for position, place in enumerate(_path(machine, test)):
            if place not in seen:
                seen.add(place)
                found.setdefault(place, {})[_Visit(test[position + 1 :])] = None
    return {place: list(visits) for place, visits in found.items()}


def _path(machine: Machine, test: Calls) -> Iterator[Place]:
    state = 0
    for call in test:
        yield state, call
        after = machine.step(state, call)
        assert after is not None, "a test makes only calls that are made there"
        state = after


def _noticed(machine: Machine, fault: Place, right: int, wrong: int, rest: Calls) -> bool:
    """Whether the rest of a test shows that the engine went to the wrong state; there the fault may strike again."""
    target = wrong
    for call in rest:
        here, there = machine.reactions[right][call], machine.reactions[wrong][call]
        if here is None or there is None:
            return False
        if here.codes != there.codes:
            return True
        right, wrong = here.next, target if (wrong, call) == fault else there.next
    return False


def _certain(machine: Machine, fault: Place, right: int, wrong: int, rest: Calls) -> bool:
    """Whether it shows so in one code a call, whichever of the allowed ones the engine gives in the states that it is in."""
    pairs = {(right, wrong)}
    for call in rest:
        further: set[tuple[int, int]] = set()
        for expected, actual in pairs:
            here, there = machine.reactions[expected][call], machine.reactions[actual][call]
            if here is None or there is None:
                return False
            strikes = (actual, call) == fault
            common = here.codes & there.codes
            further |= {(here.after[code], wrong if strikes else there.after[code]) for code in common}
        if not further:
            return True
        pairs = further
    return False
