"""The seven states of an instance, coloured by what a run covered of the cells in each; arrows by whether they were gone."""

from collections.abc import Collection, Iterable
from math import hypot

from ...model.lifecycle import LIFECYCLE
from ...model.state import View
from ..exercised import Exercised
from .look import picture_style
from .markup import Markup, element

PLACES = {
    View.UNINITIALIZED: (290, 50),
    View.RESTORING: (495, 50),
    View.INITIALIZING: (290, 160),
    View.RUNNING: (290, 270),
    View.STOPPED: (495, 270),
    View.TERMINATING: (85, 400),
    View.UNAVAILABLE: (290, 420),
}
WIDE, HIGH = 140, 48
BENT = {(View.UNINITIALIZED, View.RUNNING): 105.0}
"""Arrows that would run through another state, and how far they swing out to the left."""

APART = 7


def draw(exercised: Exercised, *, ordered: bool, failed: str = "") -> Markup:
    """The chart; `ordered` adds the moves that Microsoft's engine alone has, `failed` is the state of a finding."""
    arrows = sorted(_arrows(ordered), key=lambda arrow: (arrow[0].value, arrow[1].value))
    made = _made(exercised.moves, arrows)
    return element(
        "svg",
        element("title", "The seven states of an instance, and how many of the cells in each were covered"),
        element("style", Markup(picture_style())),
        [_arrow(one, other, both=(other, one) in arrows, made=(one, other) in made) for one, other in arrows],
        [_state(state, exercised, failed == state.value) for state in View],
        _legend(),
        xmlns="http://www.w3.org/2000/svg",
        viewBox="0 0 580 490",
        width=580,
        height=490,
        role="img",
    )


def _arrows(ordered: bool) -> frozenset[tuple[View, View]]:
    shown = (move for move in LIFECYCLE if ordered or move.is_documented)
    return frozenset((move.source, move.dest) for move in shown if move.source is not move.dest)


def _made(moves: Iterable[tuple[str, str]], arrows: Collection[tuple[View, View]]) -> frozenset[tuple[View, View]]:
    """The arrows that were gone. A call that is over at once goes two: through the state in which it is under way."""
    found = set()
    for source, dest in ((View(one), View(other)) for one, other in moves):
        if (source, dest) in arrows:
            found.add((source, dest))
        for way in (View.INITIALIZING, View.RESTORING, View.TERMINATING):
            if (source, way) in arrows and (way, dest) in arrows:
                found |= {(source, way), (way, dest)}
    return frozenset(found)


def _state(state: View, exercised: Exercised, failed: bool) -> list[Markup]:
    here = [one for one in exercised.calls if one.state == state.value]
    cells, covered = sum(one.cells for one in here), sum(one.covered for one in here)
    ground, said = "idle-ground", "not reached"
    if cells:
        ground = "good-ground" if covered == cells else "warn-ground"
        said = f"✓ all {cells:,} cells" if covered == cells else f"{covered:,} of {cells:,} cells"
    if failed:
        ground, said = "bad-ground", f"✗ {said}"
    x, y = PLACES[state]
    edge = {"class_": f"f-{ground} s-{'bad' if failed else 'muted'}", "stroke_width": 2 if failed else 1}
    dash = None if cells else "5 4"
    return [
        element("rect", x=x - WIDE / 2, y=y - HIGH / 2, width=WIDE, height=HIGH, rx=8, stroke_dasharray=dash, **edge),
        element("text", state.value, x=x, y=y - 4, text_anchor="middle", class_="b f-ink"),
        element("text", said, x=x, y=y + 14, text_anchor="middle", class_="t f-ink"),
    ]


def _arrow(source: View, dest: View, *, both: bool, made: bool) -> Markup:
    (x1, y1), (x2, y2) = PLACES[source], PLACES[dest]
    length = hypot(x2 - x1, y2 - y1)
    along, across = ((x2 - x1) / length, (y2 - y1) / length), ((y1 - y2) / length, (x2 - x1) / length)
    aside = APART if both else 0
    start = _leaving(x1, y1, *along, across, aside)
    end = _leaving(x2, y2, -along[0], -along[1], across, aside)
    colour = "accent" if made else "line"
    line: dict[str, str | float | None] = {
        "class_": f"s-{colour}",
        "stroke_width": 2 if made else 1.5,
        "fill": "none",
        "stroke_dasharray": None if made else "4 4",
    }
    bend = BENT.get((source, dest))
    if bend is None:
        path = f"M{start[0]:.1f} {start[1]:.1f}L{end[0]:.1f} {end[1]:.1f}"
    else:
        start, end, along = (x1 - WIDE / 2, y1), (x2 - WIDE / 2, y2), (1.0, 0.0)
        path = f"M{start[0]:.1f} {y1}C{x1 - bend - 40:.1f} {y1} {x2 - bend - 40:.1f} {y2} {end[0]:.1f} {y2}"
    head = _head(end, along)
    named = element(
        "title", f"{source.value} to {dest.value}: {'made in this run' if made else 'not made in this run'}"
    )
    return element("g", named, element("path", d=path, **line), element("path", d=head, class_=f"f-{colour}"))


def _leaving(
    x: float, y: float, dx: float, dy: float, across: tuple[float, float], aside: float
) -> tuple[float, float]:
    """Where a line from the middle of a box, moved aside, leaves the box in that direction."""
    x0, y0 = x + across[0] * aside, y + across[1] * aside
    ways = []
    if dx:
        ways.append(((WIDE / 2 if dx > 0 else -WIDE / 2) - (x0 - x)) / dx)
    if dy:
        ways.append(((HIGH / 2 if dy > 0 else -HIGH / 2) - (y0 - y)) / dy)
    step = min(ways) + 2
    return x0 + dx * step, y0 + dy * step


def _head(tip: tuple[float, float], along: tuple[float, float]) -> str:
    (x, y), (dx, dy) = tip, along
    back, side = 10, 4.5
    return (
        f"M{x:.1f} {y:.1f}L{x - dx * back - dy * side:.1f} {y - dy * back + dx * side:.1f}"
        f"L{x - dx * back + dy * side:.1f} {y - dy * back - dx * side:.1f}z"
    )


def _legend() -> list[Markup]:
    found = []
    for x, words, style in (
        (30, "made in this run", {"class_": "s-accent", "stroke_width": 2.0}),
        (190, "not made", _NOT),
    ):
        found.append(element("line", x1=x, y1=472, x2=x + 30, y2=472, **style))
        found.append(element("text", words, x=x + 38, y=476, class_="t f-muted"))
    return found


_NOT: dict[str, str | float | None] = {"class_": "s-line", "stroke_width": 1.5, "stroke_dasharray": "4 4"}
