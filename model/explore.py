"""Exploration with several callers: every interleaving of the calls of a domain, breadth first over packed states.

What is proven is proven of every reachable state of the domain, and the domain is printed with the verdict.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from .cells import setup
from .compile import CONTROL_BITS, CONTROL_MASK, IDLE, Crowds, Table
from .domain import Domain
from .invariants import LATER_STAGE, RETURNS
from .state import describe
from .step import Stepper


@dataclass
class Exploration:
    """What was found: the size, and for each broken invariant one state that breaks it."""

    domain: Domain
    callers: int
    states: int = 0
    transitions: int = 0
    broken: dict[str, str] = field(default_factory=dict)
    rows: frozenset[str] = frozenset()
    codes: frozenset[tuple[str, int | None]] = frozenset()


def explore_callers(stepper: Stepper, domain: Domain, callers: int) -> Exploration:
    """Explore `domain` with that many callers. Faults of the domain are not played here: `cells.explore` plays them."""
    table = Table(stepper, domain.calls)
    return search(table, domain, callers)


def search(table: Table, domain: Domain, callers: int) -> Exploration:
    """The same on a table of that domain, which may have been used before: what it holds is not compiled again."""
    crowds = table.crowds(callers)
    found = Exploration(domain, callers)
    start = crowds.number([IDLE] * callers) << CONTROL_BITS | table.control(setup(table.stepper, domain))
    seen = {start}
    frontier = [start]
    while frontier:
        frontier = _level(crowds, frontier, seen, found)
    found.states = len(seen)
    found.rows, found.codes = frozenset(table.rows), frozenset(table.codes)
    if table.backward:
        found.broken.setdefault(LATER_STAGE, table.backward)
    return found


def _level(crowds: Crowds, frontier: list[int], seen: set[int], found: Exploration) -> list[int]:
    """The states one step further that were not seen before. All that is not the search itself is kept out of its loops."""
    table = crowds.table
    steps, backing = table.steps, table.backing
    moving, issuing, inside = crowds.moving, crowds.issuing, crowds.inside
    transitions = 0
    following: list[int] = []
    for state in frontier:
        control = state & CONTROL_MASK
        crowd = state >> CONTROL_BITS
        if backing[control] != inside[crowd]:
            _report(crowds, state, table.broken(control, crowds.members[crowd]), found)
        calls = moving[crowd]
        before = transitions
        for caller, becomes in calls:
            advanced = steps[caller | control]
            transitions += len(advanced)
            for after, number in advanced:
                successor = becomes[number] | after
                if successor not in seen:
                    seen.add(successor)
                    following.append(successor)
        if calls and transitions == before and not any(caller | control in table.deadly for caller, _ in calls):
            _report(crowds, state, RETURNS, found)
        issued = issuing[crowd]
        transitions += len(issued)
        for base in issued:
            successor = base | control
            if successor not in seen:
                seen.add(successor)
                following.append(successor)
    found.transitions += transitions
    return following


def _report(crowds: Crowds, state: int, invariant: str, found: Exploration) -> None:
    control = describe(crowds.table.controls[state & CONTROL_MASK])
    calls = ", ".join(_words(crowds, state >> CONTROL_BITS))
    found.broken.setdefault(invariant, f"{control}; in flight: {calls}")


def _words(crowds: Crowds, crowd: int) -> Iterator[str]:
    for caller in crowds.members[crowd]:
        pending = crowds.table.pendings[caller]
        if pending is not None:
            yield f"{pending.call.label()} {pending.stage.value}"
