"""The guard rows of JetBackupInstance as figures, stage by stage: cause, code, force, row and citation."""

from itertools import groupby
from typing import NamedTuple

from ..model.calls import Stage
from ..model.rows import Force, Profile, Row
from ..model.wording import in_words
from .backup import CALL, stages
from .picture import Picture
from .style import FORCE_FILL, FORCE_INK, INK, LINE, MUTED, PANEL, cell, digraph, mermaid_head, mermaid_text, row, table

_HEADERS = ("cause", "code", "force", "row", "citation")


class Group(NamedTuple):
    """The rows that are read at one place in the call."""

    place: str
    rows: tuple[Row, ...]


def groups(profile: Profile) -> tuple[Group, ...]:
    """The rows in the order of evaluation where the profile has one, else by the place that they name."""
    rows = profile.rows_of(CALL)
    failing = [one for one in rows if one.force is not Force.SUCCESS]
    succeeding = tuple(one for one in rows if one.force is Force.SUCCESS)
    found = _in_order(profile, failing) if profile.ordered else _by_place(failing)
    return (*(group for group in found if group.rows), Group("success, once every stage is through", succeeding))


def _in_order(profile: Profile, rows: list[Row]) -> list[Group]:
    """A row that is read at two stages stands at both."""
    return [Group(_stage_words(stage), tuple(one for one in rows if stage in one.at)) for stage in stages(profile)]


def _stage_words(stage: Stage) -> str:
    short = {Stage.ISSUED: "enter", Stage.LEAVING: "leave"}.get(stage)
    return _PLACE_WORDS[short] if short else f"work: {stage.value}"


def _by_place(rows: list[Row]) -> list[Group]:
    order = list(Stage)
    places: dict[str, list[Row]] = {}
    for one in sorted(rows, key=lambda one: [order.index(stage) for stage in one.at]):
        places.setdefault(one.at_text, []).append(one)
    return [Group(_PLACE_WORDS.get(place, place), tuple(found)) for place, found in places.items()]


_PLACE_WORDS = {
    "enter": "enter: when the call is made",
    "work": "work: at any stage",
    "leave": "leave: before it returns",
}


def guards(profile: Profile) -> tuple[Picture, Picture]:
    """Two figures of one profile: what is read when the call is made, and what may come later."""
    first, *later = groups(profile)
    order = ", in the order of evaluation" if profile.ordered else ""
    titles = (
        f"Guards when JetBackupInstance is called ({profile.name}){order}",
        f"Guards while JetBackupInstance is under way ({profile.name}){order}",
    )
    return (
        _picture(f"guards-{profile.name}-enter", titles[0], profile, (first,), 0),
        _picture(f"guards-{profile.name}-work", titles[1], profile, tuple(later), len(first.rows)),
    )


def _picture(name: str, title: str, profile: Profile, shown: tuple[Group, ...], before: int) -> Picture:
    graph = digraph(name, title)
    graph.attr(dpi="92")
    graph.node("guards", _figure(profile, shown, before), shape="plain")
    return Picture(name, str(graph.source), _mermaid(title, shown))


def _figure(profile: Profile, shown: tuple[Group, ...], before: int) -> str:
    headers = ("", *_HEADERS) if profile.ordered else _HEADERS
    lines = [row(cell(header, size=10.5, color=MUTED, bold=True) for header in headers)]
    number = before
    for group in shown:
        lines.append(row([cell(group.place, size=12.5, bold=True, COLSPAN=len(headers), BGCOLOR=PANEL)]))
        for condition, same in groupby(group.rows, key=lambda one: one.condition):
            causes = list(same)
            for position, one in enumerate(causes):
                number += 1
                first = [cell(in_words(condition), size=10.5, width=54, ROWSPAN=len(causes))] if position == 0 else []
                numbered = [cell(str(number), size=10.5, color=MUTED, ALIGN="RIGHT")] if profile.ordered else []
                lines.append(row([*numbered, *first, *_cells(one)]))
    return table(lines, BORDER=1, COLOR=LINE, CELLBORDER=1, CELLSPACING=0, CELLPADDING=4)


def _cells(one: Row) -> tuple[str, ...]:
    code, _, name = one.outcome.partition(" ")
    fill, ink = FORCE_FILL[one.force], FORCE_INK[one.force]
    return (
        cell(f"{code}  {name}".strip(), size=10.5, color=ink, BGCOLOR=fill),
        cell(one.force.value, size=10.5, color=ink, BGCOLOR=fill),
        cell(one.id, size=10, color=INK),
        cell(one.citation, size=10, color=MUTED, width=64),
    )


def _mermaid(title: str, shown: tuple[Group, ...]) -> str:
    lines = [*mermaid_head(title), "flowchart LR"]
    for number, group in enumerate(shown):
        codes = dict.fromkeys(f"{one.force.value}: {one.outcome}" for one in group.rows)
        lines.append(f'    place{number}["{mermaid_text(group.place)}"]')
        lines.append(f'    place{number} --> codes{number}["{"<br/>".join(mermaid_text(code) for code in codes)}"]')
        if number:
            lines.append(f"    place{number - 1} ==> place{number}")
    return "\n".join(lines) + "\n"
