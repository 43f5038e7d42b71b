"""Exploration: transitions a second on compiled tables, against a search that does nothing but search.

The yardstick walks the same graph, whose states are integers and whose edges are ready in a dictionary: no step relation,
no invariants. What the model adds is what lies between the two. Where SPIN is installed, it searches the Promela of the
largest domain, and has to find the same states.
"""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from jetconform.model.cells import setup
from jetconform.model.compile import CONTROL_BITS, CONTROL_MASK, IDLE, RememberingStepper, Table
from jetconform.model.domain import Domain
from jetconform.model.domains import THREE_CALLERS, TWO_CALLERS
from jetconform.model.explore import search
from jetconform.model.exports.building import rules_of
from jetconform.model.exports.promela import promela
from jetconform.model.guards.documented import DOCUMENTED
from jetconform.model.guards.ese import ESE
from jetconform.model.rows import Profile

from . import spin
from .figures import Figure, best

Adjacency = dict[int, tuple[int, ...]]


def figures(repeat: int) -> Iterator[Figure]:
    """The figures of exploration."""
    for profile in (DOCUMENTED, ESE):
        for domain, callers in ((TWO_CALLERS, 2), (THREE_CALLERS, 3)):
            yield from _figures(profile, domain, callers, repeat)


def _figures(profile: Profile, domain: Domain, callers: int, repeat: int) -> Iterator[Figure]:
    table = Table(RememberingStepper(profile), domain.calls)
    cold = best(1, lambda: search(table, domain, callers))
    size = search(table, domain, callers)
    warm = best(repeat, lambda: search(table, domain, callers))
    graph = adjacency(table, domain, callers)
    start = next(iter(graph))
    plain = Figure("  a search alone, edges ready", size.transitions, best(repeat, lambda: walk(graph, start)))
    what = f"{profile.name}, {domain.name}: {size.states:,} states, {size.transitions:,} transitions"
    yield Figure(f"{what}; compile and explore", size.transitions, cold, unit_is_seconds=True)
    explored = Figure("  explore the compiled table: transitions", size.transitions, warm, plain)
    yield explored
    yield plain
    if profile is DOCUMENTED and domain is TWO_CALLERS and not spin.missing():
        yield from _spin(profile, domain, callers, explored)


def _spin(profile: Profile, domain: Domain, callers: int, explored: Figure) -> Iterator[Figure]:
    """SPIN on the export; what it finds must be what was explored, or there is nothing to compare."""
    with TemporaryDirectory() as folder:
        found = spin.run(promela(rules_of(profile, domain, callers)), Path(folder))
    assert (found.transitions, found.errors) == (explored.number, 0), f"SPIN does not agree: {found}"
    yield Figure("  SPIN, the search of the same: transitions", found.transitions, found.searching, explored)
    yield Figure("  SPIN, to translate and compile it", 1, found.compiling, unit_is_seconds=True)


def adjacency(table: Table, domain: Domain, callers: int) -> Adjacency:
    """The edges of every state that the search of this table found, the first state first."""
    crowds = table.crowds(callers)
    start = crowds.number([IDLE] * callers) << CONTROL_BITS | table.control(setup(table.stepper, domain))
    edges: Adjacency = {}
    todo = [start]
    while todo:
        state = todo.pop()
        if state in edges:
            continue
        control, crowd = state & CONTROL_MASK, state >> CONTROL_BITS
        moved = [
            becomes[number] | after
            for caller, becomes in crowds.moving[crowd]
            for after, number in table.steps[caller | control]
        ]
        edges[state] = (*moved, *(base | control for base in crowds.issuing[crowd]))
        todo.extend(edges[state])
    return edges


def walk(graph: Adjacency, start: int) -> int:
    """A breadth-first search and nothing else; how many states it saw."""
    seen = {start}
    frontier = [start]
    while frontier:
        following = []
        for state in frontier:
            for successor in graph[state]:
                if successor not in seen:
                    seen.add(successor)
                    following.append(successor)
        frontier = following
    return len(seen)
