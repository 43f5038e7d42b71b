"""The look that all pictures share: palette, fonts, and the small HTML that Graphviz understands."""

from collections.abc import Iterable, Sequence
from html import escape
from json import dumps
from typing import NamedTuple

from graphviz import Digraph

from ..model.rows import Force

FONT = "Helvetica"  # every renderer knows it, and SVG viewers fall back to their own sans-serif
INK, MUTED, LINE, PAPER, PANEL = "#1f2d3d", "#5b6b7c", "#aab7c4", "#ffffff", "#eef2f6"
ADDED = "#a3541c"

FORCE_FILL = {Force.MUST: "#f6d3ce", Force.MAY: "#fbecc6", Force.SUCCESS: "#d3ebdc"}
FORCE_INK = {Force.MUST: "#862a1e", Force.MAY: "#6b4e00", Force.SUCCESS: "#1d5b38"}


class Key(NamedTuple):
    """An entry of a legend."""

    text: str
    fill: str = PAPER
    ink: str = MUTED


def digraph(name: str, title: str, rankdir: str = "LR", legend: Sequence[Key] = ()) -> Digraph:
    """An empty picture on white, with its title and its legend on top."""
    graph = Digraph(name)
    graph.attr(rankdir=rankdir, bgcolor=PAPER, fontname=FONT, label=_heading(title, legend), labelloc="t", pad="0.25")
    graph.attr("node", fontname=FONT, fontsize="12", fontcolor=INK, color=LINE)
    graph.attr("edge", fontname=FONT, fontsize="10.5", fontcolor=MUTED, color=MUTED, arrowsize="0.7")
    return graph


def _heading(title: str, legend: Sequence[Key]) -> str:
    keys = [cell(key.text, size=10.5, color=key.ink, ALIGN="CENTER", BGCOLOR=key.fill, CELLPADDING=4) for key in legend]
    rows = [row([cell(title, size=17, ALIGN="CENTER")])]
    if keys:
        rows.append(row([f"<TD>{table([row(keys)], BORDER=0, CELLBORDER=0, CELLSPACING=6)[1:-1]}</TD>"]))
    return table([*rows, row(['<TD HEIGHT="12"></TD>'])], BORDER=0, CELLBORDER=0, CELLSPACING=0)


def cell(
    text: str, *, size: float = 11, color: str = INK, bold: bool = False, width: int = 0, **attributes: object
) -> str:
    """A table cell; `width` wraps the text at that many characters, further attributes are those of TD."""
    lines = [escape(line) for line in wrap(text, width)]
    body = '<BR ALIGN="LEFT"/>'.join(lines) + ('<BR ALIGN="LEFT"/>' if len(lines) > 1 else "")
    if bold:
        body = f"<B>{body}</B>"
    given = "".join(f' {name}="{value}"' for name, value in {"ALIGN": "LEFT", **attributes}.items())
    return f'<TD{given}><FONT POINT-SIZE="{size:g}" COLOR="{color}">{body}</FONT></TD>' if text else f"<TD{given}></TD>"


def row(cells: Iterable[str]) -> str:
    """A table row."""
    return f"<TR>{''.join(cells)}</TR>"


def table(rows: Iterable[str], **attributes: object) -> str:
    """An HTML-like label that is one table."""
    given = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f"<<TABLE{given}>{''.join(rows)}</TABLE>>"


def wrap(text: str, width: int) -> list[str]:
    """The text in lines of at most `width` characters where words allow it; 0 leaves it as it is."""
    if not width:
        return [text]
    lines = [""]
    for word in text.split(" "):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if len(joined) > width and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = joined
    return lines


def mermaid_head(title: str) -> tuple[str, str, str]:
    """The lines above a Mermaid diagram that give it a title; they are YAML, which takes a JSON string."""
    return "---", f"title: {dumps(title)}", "---"


def mermaid_text(text: str) -> str:
    """Text that a quoted Mermaid label takes as it is."""
    return text.replace("&", "#amp;").replace('"', "#quot;").replace("<", "#lt;").replace("|", "#124;")
