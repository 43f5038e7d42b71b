"""The picture of a history as SVG: a lane a client, time downwards, a band for the state and one for the backup.

It is one file without script, font or link, and it is read in light and in dark. What an engine said is escaped and cut.
"""

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import NamedTuple

from ..lines import ENVIRONMENT, Kind, Line
from .look import BOLD, CHARACTER, GROUND_OF_STATE, LETTER, STEP, picture_style
from .marks import legend, mark
from .markup import Markup, cut, element, inner
from .story import Moment, Story

PAD = 9
ALONE, BESIDE = 38, 30
"""Characters of a line of text in a lane: of the only one, and where there are more."""

MARGIN, NUMBER, BAND = 14, 26, 76
LANES_SHOWN = 8
MOST_LINES = 3
MOST_NOTES = 14


class Text(NamedTuple):
    """A line of text in a lane."""

    words: str
    font: str
    colour: str


class Row(NamedTuple):
    """One line of the history with its place."""

    line: Line
    moment: Moment
    texts: tuple[Text, ...]
    top: float
    height: float


def draw(story: Story, *, title: str, notes: Sequence[str] = ()) -> Markup:
    """The picture. `title` is read out to who cannot see it; `notes` are written below."""
    lanes = [lane for lane in story.lanes if lane != ENVIRONMENT][:LANES_SHOWN]
    rows = _rows(story)
    states, phases = [row.moment.states for row in rows], [row.moment.phases for row in rows]
    second = MARGIN + NUMBER + _widest(states) + 4
    first = second + _widest(phases)
    places = _places(lanes, rows, first + 14)
    width = max(places[-1].right if places else 0.0, 420) + MARGIN
    bottom = rows[-1].top + rows[-1].height if rows else HEAD
    used = {Kind.LOST if row.line.wrong else row.line.kind for row in rows}
    signs, low = legend(used, MARGIN + 6, bottom + 22, width)
    more = [f"⋯ {story.after:,} lines more; the saved history has them ⋯"] if story.after else []
    below = list(_notes([*more, *notes], low + 14, width))
    height = low + STEP * len(below) + (8 if below else -6)
    return element(
        "svg",
        element("title", title),
        element("desc", "; ".join(_said(row.line) for row in rows)),
        element("style", Markup(picture_style())),
        element("rect", width=width, height=height, rx=6, class_="f-paper"),
        _headings(story, second, places),
        _band(rows, states, MARGIN + NUMBER, second - MARGIN - NUMBER - 4),
        _band(rows, phases, second, first - second),
        [_lane(place, rows, bottom) for place in places],
        [_row(row, places) for row in rows],
        _gap(story, rows, width),
        signs,
        below,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width:g} {height:g}",
        width=width,
        height=height,
        role="img",
    )


HEAD = 34


def _said(line: Line) -> str:
    """A line, as it is read out."""
    return cut(
        f"{cut(line.client, 20)}: {cut(line.text, ALONE * MOST_LINES)} {line.code}".strip(), ALONE * (MOST_LINES + 1)
    )


class Place(NamedTuple):
    """A lane: whose, where its line is, and where it ends."""

    name: str
    x: float
    right: float


def _rows(story: Story) -> list[Row]:
    rows, top = [], float(HEAD)
    for index, (line, moment) in enumerate(zip(story.lines, story.moments, strict=True)):
        if story.left_out and index == story.gap:
            top += 24
        texts = tuple(_texts(line, story))
        height = PAD + STEP * max(len(texts), 1)
        rows.append(Row(line, moment, texts, top, height))
        top += height
    return rows


def _texts(line: Line, story: Story) -> Iterator[Text]:
    width = ALONE if line.kind is Kind.FAULT or len(set(story.lanes) - {ENVIRONMENT}) < 2 else BESIDE
    for words in _wrapped(line.text, width):
        yield Text(words, "m", "muted" if line.kind in (Kind.HOLD, Kind.CALLBACK, Kind.GOES_ON) else "ink")
    colour = "bad" if line.wrong else "good" if line.code.startswith("0 ") else "muted"
    for words in _wrapped(f"→ {line.code}" if line.code else "", width):
        yield Text(words, "mb" if line.wrong else "m", colour)
    if line.wrong and story.why is not None:
        why = story.why
        verdict = f"allowed: {', '.join(why.allowed)}" if why.allowed else ""
        for words in _wrapped(f"left behind: {why.observed}" if why.kind == "effect" else verdict, width - 2):
            yield Text(words, "b", "bad")


def _wrapped(text: str, width: int) -> list[str]:
    """The text in lines; of a very long one the first lines."""
    lines = wrap(cut(text, width * (MOST_LINES + 1)), width)
    return lines if len(lines) <= MOST_LINES else [*lines[: MOST_LINES - 1], cut(lines[MOST_LINES - 1] + " …", width)]


def _widest(possible: Sequence[tuple[str, ...]]) -> float:
    """The width of a band in which every name has room."""
    return max([BAND, *(14 + LETTER * (len(name) + 3 * (len(names) > 1)) for names in possible for name in names)])


def _places(lanes: Sequence[str], rows: Sequence[Row], left: float) -> list[Place]:
    places = []
    for lane in lanes:
        mine = (text for row in rows if row.line.client == lane for text in row.texts)
        widest = max((len(text.words) * (BOLD if text.font == "b" else CHARACTER) for text in mine), default=0)
        right = left + 34 + max(widest, 80)
        places.append(Place(lane, left + 12, right))
        left = right + 6
    return places


def _headings(story: Story, second: float, places: Sequence[Place]) -> list[Markup]:
    bands = [(MARGIN + NUMBER, f"state of {cut(story.instance, 4)}", "muted"), (second, "backup", "muted")]
    named = [(place.x - 6, f"client {cut(place.name, 20)}", "ink") for place in places]
    return [_text(x, 22, words, "b", colour) for x, words, colour in (*bands, *named)]


def _text(x: float, y: float, words: str, font: str, colour: str) -> Markup:
    return element("text", words, x=x, y=y, class_=f"{font} f-{colour}")


def _band(rows: Sequence[Row], possible: Sequence[tuple[str, ...]], x: float, width: float) -> list[Markup]:
    """Neighbouring lines with the same possibilities are one block."""
    found: list[Markup] = []
    start = 0
    for index, row in enumerate(rows):
        if index + 1 < len(rows) and possible[index + 1] == possible[index]:
            continue
        top = rows[start].top
        height = row.top + row.height - top - 2
        found += _block(possible[index], x, top, width, height)
        start = index + 1
    return found


def _block(names: tuple[str, ...], x: float, top: float, width: float, height: float) -> list[Markup]:
    if not names or names == ("idle",):
        return [_text(x + 7, top + 16, "not judged" if not names else "none", "t", "muted")]
    ground = (GROUND_OF_STATE.get(names[0]) or "busy-ground") if len(names) == 1 else "panel"
    label = names[0] if len(names) == 1 else f"{len(names)} possible"
    several = len(names) > 1
    shape = element(
        "rect",
        element("title", " or ".join(names)),
        x=x,
        y=top,
        width=width,
        height=max(height, 12),
        rx=3,
        class_=f"f-{ground} s-line",
        stroke_dasharray="4 3" if several else None,
    )
    room = int((height - 6) // STEP)
    words = (
        [label]
        if not several or room < len(names)
        else [f"{'or ' if at else ''}{name}" for at, name in enumerate(names)]
    )
    return [shape, *(_text(x + 7, top + 16 + STEP * at, one, "t", "ink") for at, one in enumerate(words))]


def _lane(place: Place, rows: Sequence[Row], bottom: float) -> list[Markup]:
    """The line of a lane, and a bar while its client is inside a call."""
    found = [
        element(
            "line",
            x1=place.x,
            y1=HEAD,
            x2=place.x,
            y2=bottom - 4,
            class_="s-line",
            stroke_dasharray="2 4",
            stroke_width=1,
        )
    ]
    begun: float | None = None
    for row in rows:
        inside = place.name in row.line.inside
        if inside and begun is None:
            begun = row.top + 13
        elif not inside and begun is not None:
            mine = row.line.client == place.name
            found.append(_bar(place.x, begun, row.top + 13 if mine else row.top))
            begun = None
    if begun is not None:
        found.append(_bar(place.x, begun, bottom - 4))
    return found


def _bar(x: float, top: float, bottom: float) -> Markup:
    return element("line", x1=x, y1=top, x2=x, y2=bottom, class_="s-accent", stroke_width=5, stroke_opacity=0.45)


def _row(row: Row, places: Sequence[Place]) -> list[Markup]:
    line = row.line
    if line.kind is Kind.FAULT and places:
        return _fault(row, places)
    place = next((one for one in places if one.name == line.client), None)
    if place is None:
        return []
    found = []
    if line.wrong:
        found.append(
            element(
                "rect",
                x=place.x + 15,
                y=row.top - 1,
                width=place.right - place.x - 15,
                height=row.height - 1,
                rx=4,
                class_="f-bad-ground s-bad",
            )
        )
    if line.kind in (Kind.DONE, Kind.ENTERED):
        found.append(_text(MARGIN, row.top + 16, str(line.call_id), "t", "muted"))
    found.append(mark(line.kind, place.x, row.top + 12, wrong=line.wrong))
    for at, text in enumerate(row.texts):
        found.append(_text(place.x + 20, row.top + 16 + STEP * at, text.words, text.font, text.colour))
    return found


def _fault(row: Row, places: Sequence[Place]) -> list[Markup]:
    """What the environment did, across all lanes."""
    x, right, y = places[0].x, places[-1].right, row.top + 12
    across = element("rect", x=x + 14, y=row.top, width=right - x - 14, height=row.height - 3, rx=4, class_="f-panel")
    words = (
        _text(x + 20, row.top + 16 + STEP * at, text.words, text.font, "muted") for at, text in enumerate(row.texts)
    )
    return [across, mark(Kind.FAULT, x, y), *words]


def _gap(story: Story, rows: Sequence[Row], width: float) -> Markup:
    if not story.left_out or story.gap >= len(rows):
        return Markup()
    top = rows[story.gap].top - 24
    words = f"⋯ {story.left_out:,} lines left out here; the saved history has them ⋯"
    return inner(
        element("rect", x=0, y=top, width=width, height=20, class_="f-panel"),
        _text(MARGIN + NUMBER, top + 14, words, "t", "muted"),
    )


def _notes(notes: Sequence[str], top: float, width: float) -> Iterator[Markup]:
    lines = [line for note in notes for line in wrap(note, int((width - 2 * MARGIN) / LETTER), subsequent_indent="   ")]
    if len(lines) > MOST_NOTES:
        lines = [*lines[: MOST_NOTES - 1], "… and more, in the report of the run"]
    for at, line in enumerate(lines):
        yield _text(MARGIN, top + STEP * at, line, "t", "muted")
