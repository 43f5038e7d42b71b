"""Exploration with several callers: every interleaving of the calls of a domain, breadth first over packed states.

What is proven is proven of every reachable state of the domain, and the domain is printed with the verdict.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from .cells import setup
from .compile import CALLER_BITS, CALLER_MASK, CONTROL_BITS, CONTROL_MASK, DONE, IDLE, Table
from .domains import Domain
from .step import Stepper

INVARIANTS = (
    "at most one backup at a time",
    "a backup is in progress exactly while a call makes it",
    "no instance is freed under a backup",
    "a return of every pending call stays reachable",
)


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
    start = table.control(setup(stepper, domain))
    found = Exploration(domain, callers)
    seen = {start}
    frontier = [start]
    while frontier:
        following: list[int] = []
        for state in frontier:
            control, local = state & CONTROL_MASK, _callers(state, callers)
            if problem := table.broken(control, local):
                found.broken.setdefault(problem, _describe(table, control, local))
            busy = False
            moved = False
            for position, caller in enumerate(local):
                if position and local[position - 1] == caller:
                    continue  # callers are alike
                if caller == IDLE:
                    successors = [_pack(control, local, position, issued) for issued in table.issued]
                elif caller == DONE:
                    moved = busy = True
                    successors = [_pack(control, local, position, IDLE)]
                else:
                    busy = True
                    successors = [
                        _pack(step & CONTROL_MASK, local, position, step >> CONTROL_BITS)
                        for step in table.step(control, caller)
                    ]
                    moved = moved or bool(successors) or control | caller << CONTROL_BITS in table.deadly
                found.transitions += len(successors)
                for successor in successors:
                    if successor not in seen:
                        seen.add(successor)
                        following.append(successor)
            if busy and not moved:
                found.broken.setdefault(INVARIANTS[3], _describe(table, control, local))
        frontier = following
    found.states = len(seen)
    found.rows, found.codes = frozenset(table.rows), frozenset(table.codes)
    return found


def _callers(state: int, callers: int) -> tuple[int, ...]:
    state >>= CONTROL_BITS
    return tuple(state >> CALLER_BITS * position & CALLER_MASK for position in range(callers))


def _pack(control: int, callers: tuple[int, ...], position: int, number: int) -> int:
    """The state with one caller changed; callers sorted, so that states that differ in their order are one."""
    local = sorted((*callers[:position], number, *callers[position + 1 :]))
    packed = 0
    for caller in reversed(local):
        packed = packed << CALLER_BITS | caller
    return packed << CONTROL_BITS | control


def _describe(table: Table, control: int, callers: tuple[int, ...]) -> str:
    return f"{table.controls[control]} with {', '.join(_words(table, callers))}"


def _words(table: Table, callers: tuple[int, ...]) -> Iterator[str]:
    for caller in callers:
        pending = table.pendings[caller]
        if pending is not None:
            yield f"{pending.call.label()} {pending.stage.value}"
