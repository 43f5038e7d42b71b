"""The marks of a picture: what a line of the history tells of, as a small sign on its lane."""

from collections.abc import Collection

from ..lines import Kind
from .look import LETTER, STEP
from .markup import Markup, element

MEANING = {
    Kind.DONE: "call came back",
    Kind.ENTERED: "call begins",
    Kind.CALLBACK: "held in its callback",
    Kind.HOLD: "held inside the engine",
    Kind.GOES_ON: "goes on",
    Kind.FAULT: "the environment changes",
    Kind.LOST: "against the contract",
}
"""The legend, in its order."""


def mark(kind: Kind, x: float, y: float, *, wrong: bool = False) -> Markup:
    """The sign at that place; a wrong return is a cross, whatever its colour."""
    colour = "bad" if wrong else "accent" if kind in (Kind.CALLBACK, Kind.HOLD, Kind.GOES_ON) else "ink"
    if wrong or kind is Kind.LOST:
        return _path(f"M{x - 5:g} {y - 5:g}l10 10m0 -10l-10 10", class_="s-bad", stroke_width=3, fill="none")
    if kind is Kind.DONE or kind is Kind.RETURNED:
        return element("circle", cx=x, cy=y, r=4.5, class_="f-ink")
    if kind is Kind.ENTERED:
        return element("circle", cx=x, cy=y, r=4, class_="f-paper s-ink", stroke_width=2)
    shape = {
        Kind.CALLBACK: f"M{x:g} {y - 6:g}l6 6l-6 6l-6 -6z",
        Kind.HOLD: f"M{x - 5:g} {y - 6:g}h3.5v12h-3.5zM{x + 1.5:g} {y - 6:g}h3.5v12h-3.5z",
        Kind.GOES_ON: f"M{x - 4:g} {y - 6:g}l9 6l-9 6z",
        Kind.FAULT: f"M{x + 2:g} {y - 8:g}l-7 9h4l-2 7l7 -9h-4z",
    }[kind]
    return _path(shape, class_=f"f-{colour} s-paper", stroke_width=1)


_SIGN = {Kind.RETURNED: Kind.DONE}
"""Kinds that have the sign of another."""


def legend(used: Collection[Kind], left: float, top: float, width: float) -> tuple[list[Markup], float]:
    """What the marks of these kinds mean, in lines that fit the width, and where the next line would be."""
    shown = {_SIGN.get(kind, kind) for kind in used}
    found: list[Markup] = []
    x, y = left, top
    for kind, meaning in MEANING.items():
        if kind not in shown:
            continue
        room = 26 + len(meaning) * LETTER
        if x + room > width:
            x, y = left, y + STEP
        words = element("text", meaning, x=x + 11, y=y, class_="t f-muted")
        found += [mark(kind, x, y - 4, wrong=kind is Kind.LOST), words]
        x += room
    return found, y + STEP


def _path(shape: str, *, class_: str, stroke_width: float, fill: str | None = None) -> Markup:
    return element("path", d=shape, class_=class_, stroke_width=stroke_width, fill=fill)
