"""Suites: which calls, made one after another on fresh engines, cover a machine, and what that guarantees.

W (Chow 1978; Vasilevskii 1973) and Wp (Fujiwara et al. 1991) are the methods of the field. All are derived along the assumed
codes of the machine (`mealy.py`), and reduced: calls that another test begins with are no test of their own.
"""

from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from itertools import combinations, product, zip_longest

from .mealy import Calls, Machine
from .telling import Telling

MOST_TESTS = 200_000
"""Tests that a suite is derived from at the most: more is a mistake in the number of extra states, and would take hours."""


class Cover(Enum):
    """What a suite covers."""

    STATES = "states"
    TRANSITIONS = "transitions"
    CELLS = "cells"
    PAIRS = "pairs"
    WMETHOD = "wmethod"
    WPMETHOD = "wpmethod"


def suite(machine: Machine, cover: Cover, extra: int = 0) -> tuple[Calls, ...]:
    """The tests of a suite, those first that show the most in the fewest calls. OverflowError where it is too large.

    `extra`: of the W and Wp methods, how many states more than the machine an engine may have.
    """
    if len(machine.calls) ** (extra + 1) * len(machine.assumed_states()) > MOST_TESTS:
        raise OverflowError(f"{extra} extra states over {len(machine.calls)} calls make more than {MOST_TESTS:,} tests")
    return ordered(machine, without_prefixes(_BUILDERS[cover](machine, extra)))


def without_prefixes(tests: Iterable[Calls]) -> list[Calls]:
    """The tests that no other test begins with."""
    order = sorted(set(tests))
    return [test for test, after in zip_longest(order, order[1:], fillvalue=()) if after[: len(test)] != test]


def ordered(machine: Machine, tests: Iterable[Calls]) -> tuple[Calls, ...]:
    """Those first that make the most calls in states where they were not made yet, per call: failures come early."""
    left = {test: _cells(machine, test) for test in sorted(tests, key=lambda test: (len(test), test))}
    done: set[tuple[int, int]] = set()
    first: list[Calls] = []
    while left:
        test = max(left, key=lambda test: len(left[test] - done) / len(test))
        if not left[test] - done:
            break
        done |= left.pop(test)
        first.append(test)
    return (*first, *left)


def _cells(machine: Machine, test: Calls) -> frozenset[tuple[int, int]]:
    found, state = set(), 0
    for call in test:
        found.add((state, call))
        after = machine.step(state, call)
        assert after is not None, "a test makes only calls that are made there"
        state = after
    return frozenset(found)


# -- covers ------------------------------------------------------------------------------------------------------------


def _states(machine: Machine, _extra: int) -> Iterator[Calls]:
    yield from machine.assumed_states().values()


def _transitions(machine: Machine, _extra: int) -> Iterator[Calls]:
    for state, access in machine.assumed_states().items():
        for call, reaction in machine.defined(state):
            if reaction.next != state:
                yield (*access, call)


def _all_cells(machine: Machine, _extra: int) -> Iterator[Calls]:
    """In each state first all calls that stay in it, in one test; those that leave it in one each."""
    yield from _transitions(machine, 0)
    for state, access in machine.assumed_states().items():
        yield (*access, *(call for call, reaction in machine.defined(state) if reaction.next == state))


def _pairs(machine: Machine, _extra: int) -> Iterator[Calls]:
    """Each guard row, and each two that hold at once, in the state that takes the fewest calls to get to."""
    seen: set[tuple[str, ...]] = set()
    for state, access in machine.assumed_states().items():
        for call, reaction in machine.defined(state):
            guards = sorted(reaction.guards)
            found = {*((row,) for row in guards), *combinations(guards, 2)} - seen
            if found:
                seen |= found
                yield (*access, call)


def _w(machine: Machine, extra: int) -> Iterator[Calls]:
    ends = Telling(machine).characterisation or ((),)
    for access, middle in product(machine.assumed_states().values(), _middles(machine, extra + 1)):
        for end in ends:
            yield _legal(machine, (*access, *middle), end)


def _wp(machine: Machine, extra: int) -> Iterator[Calls]:
    """First all of W after every state, then after every transition what identifies the state that it leads to."""
    telling = Telling(machine)
    states = machine.assumed_states()
    for access, middle in product(states.values(), _middles(machine, extra)):
        for end in telling.characterisation or ((),):
            yield _legal(machine, (*access, *middle), end)
    ends = {state: telling.identification(states, state) or ((),) for state in states}
    for access, middle in product(states.values(), _exactly(machine, extra + 1)):
        begun = machine.made(0, (*access, *middle))
        for end in ends[_reached(machine, begun)]:
            yield _legal(machine, begun, end)


def _middles(machine: Machine, longest: int) -> Iterator[Calls]:
    for length in range(longest + 1):
        yield from _exactly(machine, length)


def _exactly(machine: Machine, length: int) -> Iterator[Calls]:
    return product(range(len(machine.calls)), repeat=length)


def _legal(machine: Machine, begun: Calls, end: Calls) -> Calls:
    return machine.made(0, (*begun, *end))


def _reached(machine: Machine, calls: Calls) -> int:
    state = 0
    for call in calls:
        after = machine.step(state, call)
        assert after is not None, "only what can be made was kept"
        state = after
    return state


_BUILDERS: dict[Cover, Callable[[Machine, int], Iterator[Calls]]] = {
    Cover.STATES: _states,
    Cover.TRANSITIONS: _transitions,
    Cover.CELLS: _all_cells,
    Cover.PAIRS: _pairs,
    Cover.WMETHOD: _w,
    Cover.WPMETHOD: _wp,
}
