"""The look that the pictures and the HTML report share: one palette, in light and in dark."""

from typing import NamedTuple


class Colour(NamedTuple):
    """A colour by what it is for. Each ink is read on each ground with a contrast of at least 4.5 to 1."""

    name: str
    light: str
    dark: str


PALETTE = (
    Colour("paper", "#ffffff", "#13181d"),
    Colour("panel", "#f3f6f9", "#1c242c"),
    Colour("line", "#c4ced8", "#3a4754"),
    Colour("ink", "#1c2936", "#e6ecf2"),
    Colour("muted", "#4f5d6b", "#a9b8c6"),
    Colour("accent", "#1b5fa8", "#7fb8f0"),
    Colour("good", "#17603a", "#86dba9"),
    Colour("good-ground", "#d8efe0", "#193a29"),
    Colour("warn", "#6b4b00", "#f0cc66"),
    Colour("warn-ground", "#fbecc6", "#41340f"),
    Colour("bad", "#a5221a", "#ff9c93"),
    Colour("bad-ground", "#fbe3e0", "#4b1d1a"),
    Colour("idle-ground", "#e6ebf0", "#2a343e"),
    Colour("stop-ground", "#e6ddf3", "#392f50"),
    Colour("busy-ground", "#d7e7f8", "#1c3955"),
)

SANS = "system-ui, 'Segoe UI', Helvetica, Arial, sans-serif"
MONO = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"

CHARACTER, LETTER, BOLD = 7.25, 6.5, 7.7
"""Width of a character at 12 pixels: of the font with fixed pitch, and on average of the other one, plain and bold."""

STEP = 17
"""Pixels from a line of text to the next."""

GROUND_OF_STATE = {
    "uninitialized": "idle-ground",
    "initializing": "warn-ground",
    "running": "good-ground",
    "restoring": "warn-ground",
    "terminating": "warn-ground",
    "stopped": "stop-ground",
    "unavailable": "bad-ground",
}
"""Of the seven states: the ground on which the name of each is written."""


def picture_style() -> str:
    """Style sheet of a picture: a class a colour for fills, one for strokes. No variables: few viewers know them."""
    light = "".join(f".f-{one.name}{{fill:{one.light}}}.s-{one.name}{{stroke:{one.light}}}" for one in PALETTE)
    dark = "".join(f".f-{one.name}{{fill:{one.dark}}}.s-{one.name}{{stroke:{one.dark}}}" for one in PALETTE)
    fonts = f".t{{font:12px {SANS}}}.b{{font:600 12px {SANS}}}.m{{font:12px {MONO}}}.mb{{font:700 12px {MONO}}}"
    return f"{fonts}{light}@media (prefers-color-scheme:dark){{{dark}}}"


def page_variables() -> str:
    """The palette as the variables of a page."""
    light = "".join(f"--{one.name}:{one.light};" for one in PALETTE)
    dark = "".join(f"--{one.name}:{one.dark};" for one in PALETTE)
    return f":root{{color-scheme:light dark;{light}}}@media (prefers-color-scheme:dark){{:root{{{dark}}}}}"
