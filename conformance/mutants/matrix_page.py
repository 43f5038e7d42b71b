"""The kill matrix as one HTML page: a row a mutant, a column a level."""

from collections.abc import Iterator
from statistics import median

from ..levels import NAMES
from ..reports.markup import Markup, element, inner, scroll
from ..reports.page import document
from .catalogue import MUTANTS
from .matrix import LOWER_SECONDS, Matrix, Row, left
from .mutant import Mutant

HEADS = ("mutant", *(f"{level} {name}" for level, name in NAMES.items()), "shortest", "by chance alone", "the bug")


def summary(matrix: Matrix) -> str:
    """How many were found, in a line."""
    owned = [row.own for row in matrix.rows.values() if row.own is not None]
    found = sum(one.caught and not one.late for one in owned)
    rest = len(left(matrix))
    text = f"{found} of {len(MUTANTS)} found at their level"
    return f"{text}; {rest} cells are not measured yet" if rest else text


def page(matrix: Matrix) -> str:
    """The page."""
    measured = f"engine and model {matrix.measured_on}, seed {matrix.seed}"
    body = inner(
        element("header", element("h1", "Kill matrix"), element("p", f"{summary(matrix)}; {measured}")),
        element(
            "main",
            element("section", element("h2", "How to read it"), element("p", _key())),
            element("section", element("h2", "Level by level"), _levels(matrix)),
            element("section", element("h2", "Every mutant"), scroll(_table(matrix), "every mutant")),
        ),
    )
    return document("Kill matrix: seeded bugs and the levels that find them", body)


def _key() -> str:
    return (
        "✓ is the level that must find the bug: calls until it did, and CPU seconds with the reduction of the history. "
        "Of the levels below, run alone: + found it too, after so many calls; 0 came to its end without it; "
        f"… did not find it within {LOWER_SECONDS:g} seconds. Levels above are not run. Shortest: calls of the reduced history, "
        "with its schedule, preemptions and steps at level 5. By chance alone: of the seeds for which the half of levels 4 "
        "and 5 that a seed decides finds it, and the median of its calls; the systematic half is the same for every seed."
    )


def _levels(matrix: Matrix) -> Markup:
    heads = ("level", "mutants", "found", "median calls", "median CPU seconds", "missed by all levels below")
    return _grid(heads, [_level(matrix, level) for level in NAMES])


def _level(matrix: Matrix, level: int) -> Markup:
    rows = [matrix.rows.get(one.name, Row()) for one in MUTANTS if one.level == level]
    found = [row for row in rows if row.own is not None and row.own.caught]
    whole = [row for row in rows if len(row.below) == level - 1]
    calls = f"{median(row.own.calls for row in found if row.own):,.0f}" if found else ""
    cpu = f"{median(row.cpu for row in found):.1f}" if found else ""
    deaf = sum(not any(below.found for below in row.below.values()) for row in whole)
    below = f"{deaf} of {len(whole)}" if level > 1 and whole else ""
    return _line(f"{level} {NAMES[level]}", str(len(rows)), str(len(found)), calls, cpu, below)


def _table(matrix: Matrix) -> Markup:
    order = sorted(MUTANTS, key=lambda one: one.level)
    return _grid(HEADS, [_mutant(one, matrix.rows.get(one.name, Row())) for one in order])


def _mutant(mutant: Mutant, row: Row) -> Markup:
    cells = (_cell(mutant, row, level) for level in NAMES)
    return element(
        "tr",
        element("th", mutant.name, scope="row"),
        cells,
        [element("td", text) for text in (_shortest(row), _chance(row), mutant.bug)],
    )


def _cell(mutant: Mutant, row: Row, level: int) -> Markup:
    if level > mutant.level:
        return element("td")
    if level < mutant.level:
        below = row.below.get(level)
        if below is None:
            return element("td")
        return element("td", f"+ {below.calls:,}" if below.found else "0" if below.ended else "…")
    own = row.own
    if own is None:
        return element("td", "?")
    if not own.caught:
        return element("td", "missed", class_="does-not-conform")
    late = " (late)" if own.late else ""
    return element("td", f"✓ {own.calls:,} calls{late}, {row.cpu:.0f} s", class_="unknown" if late else "conforms")


def _shortest(row: Row) -> str:
    own = row.own
    if own is None or not own.caught:
        return ""
    text = f"{own.length}{'' if own.minimal else ', not reduced'}"
    return f"{text}; {own.schedule}: {own.preemptions}, {own.steps}" if own.schedule else text


def _chance(row: Row) -> str:
    found = [calls for calls in row.sampled if calls]
    if not row.sampled:
        return ""
    text = f"{len(found)} of {len(row.sampled)}"
    return f"{text}; {median(found):,.0f}" if found else text


def _grid(heads: tuple[str, ...], rows: list[Markup]) -> Markup:
    head = element("thead", element("tr", [element("th", text, scope="col") for text in heads]))
    return element("table", head, element("tbody", rows))


def _line(*texts: str) -> Markup:
    return element("tr", _tds(texts))


def _tds(texts: tuple[str, ...]) -> Iterator[Markup]:
    return (element("td", text) for text in texts)
