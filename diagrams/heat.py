"""Which code JetBackupInstance may return in which state, as a heat table over the explored cells."""

from ..model.state import View
from ..model.tables import HeatTable, Share, outcome_text
from .picture import Picture
from .style import INK, LINE, MUTED, PANEL, PAPER, Key, cell, digraph, mermaid_head, mermaid_text, row, table

_SHADES = {
    Share.NEVER: (PAPER, MUTED),
    Share.SEVERAL: ("#dce9f5", INK),
    Share.SOMETIMES: ("#94bfe3", INK),
    Share.ONLY: ("#2b6ca3", "#ffffff"),
}
_KEYS = {
    Share.NEVER: "blank: never",
    Share.SEVERAL: "one of several codes",
    Share.SOMETIMES: "in some cells the only code (in how many)",
    Share.ONLY: "the only code in each of them",
}


def heat(counted: HeatTable) -> Picture:
    """The heat table of one profile; its Mermaid form lists the codes of each state."""
    name, title = (
        f"heat-{counted.profile}",
        f"Codes of JetBackupInstance by state ({counted.profile}): in how many explored cells",
    )
    graph = digraph(name, title, legend=[Key(text, *_SHADES[share]) for share, text in _KEYS.items()])
    graph.node("heat", _figure(counted), shape="plain")
    return Picture(name, str(graph.source), _mermaid(title, counted))


def _figure(counted: HeatTable) -> str:
    heads = [cell(state.value, size=11, bold=True, ALIGN="CENTER", BGCOLOR=PANEL) for state in View]
    sums = [cell(f"{counted.cells.get(state, 0)} cells", size=10, color=MUTED, ALIGN="CENTER") for state in View]
    lines = [row([cell("", BGCOLOR=PANEL), *heads]), row([cell("", BGCOLOR=PAPER), *sums])]
    for code in counted.codes:
        number, _, name = outcome_text(code).partition(" ")
        lines.append(
            row([cell(f"{number}  {name}".strip(), size=11), *(_entry(counted, code, state) for state in View)])
        )
    return table(lines, BORDER=1, COLOR=LINE, CELLBORDER=1, CELLSPACING=0, CELLPADDING=5)


def _entry(counted: HeatTable, code: int | None, state: View) -> str:
    found = counted.at(code, state)
    fill, ink = _SHADES[found.share]
    text = str(found.allowed) if found.share is Share.ONLY else found.text
    return cell(text, size=11, color=ink, BGCOLOR=fill, ALIGN="CENTER")


def _mermaid(title: str, counted: HeatTable) -> str:
    lines = [*mermaid_head(title), "flowchart LR"]
    for state in View:
        lines.append(f'    {state.name}["{state.value}<br/>{counted.cells.get(state, 0)} cells"]')
        for share in (Share.ONLY, Share.SOMETIMES, Share.SEVERAL):
            codes = [code for code in counted.codes if counted.at(code, state).share is share]
            listed = "<br/>".join(
                f"{mermaid_text(outcome_text(code))}: {counted.at(code, state).text}" for code in codes
            )
            if codes:
                lines.append(
                    f'    {state.name} -->|{_KEYS[share].split(" (")[0]}| {state.name}_{share.name}["{listed}"]'
                )
    return "\n".join(lines) + "\n"
