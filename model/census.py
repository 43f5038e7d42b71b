"""The census: what the explored domains hold, and which rows of a profile were never needed or overlap.

Counts are committed (`expected.json`), so that a change of the rows or of the domains cannot pass unseen (DESIGN.md section 3).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from .cells import Cell, Graph, released
from .explore import Exploration
from .rows import Profile
from .step import Stepper

Counts = Mapping[str, Mapping[str, Mapping[str, int]]]
"""By profile and domain (with the number of callers where several make calls): what was counted."""


class DomainCount(NamedTuple):
    """The size of a domain: its nodes, its cells, and those of them that no domain before it has."""

    name: str
    nodes: int
    cells: int
    new: int


class Overlaps(NamedTuple):
    """Pairs of guard rows of one call that hold together in a cell: what the pages give no precedence for [5.1]."""

    pairs: int
    of_different_codes: int
    cells: int  # with at least one pair
    frequent: tuple[tuple[str, str, int], ...]  # two rows, and in how many cells


def domain_counts(graphs: Iterable[Graph]) -> tuple[DomainCount, ...]:
    """The sizes in the order of the domains."""
    seen: set[str] = set()
    counts = []
    for graph in graphs:
        ids = {cell.id for cells in graph.cells.values() for cell in cells}
        counts.append(DomainCount(graph.domain.name, len(graph.cells), len(ids), len(ids - seen)))
        seen |= ids
    return tuple(counts)


def all_cells(graphs: Iterable[Graph]) -> tuple[Cell, ...]:
    """Every cell once."""
    return tuple({cell.id: cell for graph in graphs for cells in graph.cells.values() for cell in cells}.values())


def holes(cells: Iterable[Cell]) -> tuple[str, ...]:
    """The cells in which nothing at all may be returned."""
    return tuple(f"cell {cell.id}: {cell.call.label()} in {cell.node.label()}" for cell in cells if not cell.outcomes)


def deciding_rows(stepper: Stepper, graphs: Sequence[Graph], explorations: Iterable[Exploration]) -> frozenset[str]:
    """The rows that decide a call: in a cell, when a held call is let go, or with several callers."""
    found = {row for one in explorations for row in one.rows}
    for graph in graphs:
        for node, cells in graph.cells.items():
            outcomes = [outcome for cell in cells for outcome in cell.outcomes]
            if node.held is not None:
                outcomes += released(stepper, node)
            found.update(row for outcome in outcomes for row in (outcome.row, outcome.held_row))
    return frozenset(found - {""})


def dead_rows(profile: Profile, deciding: frozenset[str]) -> tuple[str, ...]:
    """The rows that decide no call anywhere: wrong, behind another row, or without a domain that offers their cause."""
    return tuple(
        f"{row.id} ({', '.join(row.calls)}: {row.condition or 'always'})"
        for row in profile.rows
        if row.id not in deciding
    )


def overlaps(profile: Profile, cells: Iterable[Cell], shown: int = 5) -> Overlaps:
    """The census of pairs of guards, the most frequent ones by name."""
    code = {row.id: row.code for row in profile.rows}
    pairs: Counter[tuple[str, str]] = Counter()
    with_pairs = 0
    for cell in cells:
        found = list(combinations(cell.guards, 2))
        with_pairs += bool(found)
        pairs.update(found)
    different = sum(code[one] != code[other] for one, other in pairs)
    frequent = sorted(pairs.items(), key=lambda item: (-item[1], item[0]))[:shown]
    return Overlaps(len(pairs), different, with_pairs, tuple((*pair, number) for pair, number in frequent))


def changed_counts(committed: Counts, found: Counts) -> tuple[str, ...]:
    """Each count that is not the committed one."""
    lines = []
    for profile, domain in _names(committed, found):
        old, new = committed.get(profile, {}).get(domain), found.get(profile, {}).get(domain)
        if old is None or new is None:
            lines.append(f"{profile}, {domain}: {'new' if old is None else 'gone'}")
            continue
        changes = [f"{key} {old.get(key)} -> {new.get(key)}" for key in new if old.get(key) != new.get(key)]
        if changes:
            lines.append(f"{profile}, {domain}: {', '.join(changes)}")
    return tuple(lines)


def _names(*counts: Counts) -> list[tuple[str, str]]:
    names = ((profile, domain) for one in counts for profile, domains in one.items() for domain in domains)
    return list(dict.fromkeys(names))
