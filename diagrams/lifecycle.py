"""The life of an instance: the customer's seven states and the moves between them, drawn from the lifecycle table."""

from collections.abc import Iterable
from typing import NamedTuple

from graphviz import Digraph

from ..model.lifecycle import LIFECYCLE, Move
from ..model.state import View
from .picture import Picture
from .style import ADDED, INK, MUTED, cell, digraph, mermaid_head, mermaid_text, row, table

TRIGGER_WORDS = {
    "create": "JetCreateInstance",
    "init.enter": "JetInit enters",
    "init.done": "JetInit succeeds",
    "init.failed": "JetInit fails",
    "init.freed": "JetInit fails, handle freed",
    "init.one": "JetInit with a null handle",
    "restore.enter": "JetRestoreInstance enters",
    "restore.left": "JetRestoreInstance returns",
    "stop": "JetStopServiceInstance",
    "stop.all": "JetStopServiceInstance2",
    "fatal": "fatal error",
    "term.created": "JetTerm before JetInit",
    "term.enter": "JetTerm or JetTerm2 enters",
    "term.done": "JetTerm returns",
    "term.failed": "JetTerm fails",
}

_FILL = {
    View.UNINITIALIZED: "#e6ebf0",
    View.INITIALIZING: "#fbecc6",
    View.RUNNING: "#d3ebdc",
    View.RESTORING: "#fbecc6",
    View.TERMINATING: "#fbecc6",
    View.STOPPED: "#e4dcf0",
    View.UNAVAILABLE: "#f6d3ce",
}

_DOWNWARDS = (
    View.UNINITIALIZED,
    View.RESTORING,
    View.INITIALIZING,
    View.RUNNING,
    View.STOPPED,
    View.UNAVAILABLE,
    View.TERMINATING,
)


class Arrow(NamedTuple):
    """All moves from one state to another that a picture shows as one arrow."""

    source: View
    dest: View
    added: bool
    words: tuple[str, ...]


def arrows(moves: Iterable[Move]) -> tuple[Arrow, ...]:
    """The moves, those between the same two states merged, loops included."""
    shown = tuple(moves)
    merged: dict[tuple[View, View, bool], dict[str, None]] = {}
    for move in shown:
        words = merged.setdefault((move.source, move.dest, not move.is_documented), {})
        words[_words(move, shown)] = None
    return tuple(Arrow(source, dest, added, tuple(words)) for (source, dest, added), words in merged.items())


def _words(move: Move, shown: tuple[Move, ...]) -> str:
    words = TRIGGER_WORDS.get(move.trigger, move.trigger)
    forks = {other.dest for other in shown if (other.trigger, other.source) == (move.trigger, move.source)}
    return f"{words}, if {move.condition.replace('&', 'and')}" if move.condition and len(forks) > 1 else words


def lifecycle(profile: str) -> Picture:
    """The life of an instance as the pages have it, or with what Microsoft's engine does besides."""
    ese = profile == "ese"
    drawn = arrows(move for move in LIFECYCLE if ese or move.is_documented)
    title = "The life of an instance, as the pages have it"
    if ese:
        title = "The life of an instance in Microsoft's engine (dashed: not on the pages)"
    return Picture(f"lifecycle-{profile}", _dot(f"lifecycle-{profile}", title, drawn), _mermaid(title, drawn))


def _dot(name: str, title: str, drawn: tuple[Arrow, ...]) -> str:
    graph = digraph(name, title, "TB")
    graph.attr(nodesep="0.25", ranksep="0.5", size="14.5,16")
    graph.node("start", "", shape="circle", style="filled", fillcolor=INK, color=INK, width="0.16", fixedsize="true")
    for state in View:
        loops = [arrow for arrow in drawn if arrow.source is arrow.dest is state]
        graph.node(state.value, _state_label(state, loops), shape="box", style="rounded,filled", fillcolor=_FILL[state])
    graph.edge("start", View.UNINITIALIZED.value)
    for arrow in drawn:
        if arrow.source is not arrow.dest:
            _edge(graph, arrow)
    return str(graph.source)


def _edge(graph: Digraph, arrow: Arrow) -> None:
    """Ends are always given from upper to lower, so that the ways back do not disturb the layers of the layout."""
    style = {"style": "dashed", "color": ADDED, "fontcolor": ADDED} if arrow.added else {}
    upper, lower = sorted((arrow.source, arrow.dest), key=_DOWNWARDS.index)
    back = {} if upper is arrow.source else {"dir": "back"}
    graph.edge(upper.value, lower.value, label=_lines(arrow.words), **style, **back)


def _state_label(state: View, loops: list[Arrow]) -> str:
    rows = [row([cell(state.value, size=14, bold=True, ALIGN="CENTER")])]
    for loop in loops:
        rows.append(
            row([cell(f"stays on {', '.join(loop.words)}", size=9.5, color=ADDED if loop.added else MUTED, width=37)])
        )
    return table(rows, BORDER=0, CELLBORDER=0, CELLSPACING=0, CELLPADDING=2)


def _lines(words: tuple[str, ...]) -> str:
    """A label with air on both sides, a line for each way and for each condition."""
    lines = (line for one in words for line in one.replace(", if", ",\nif").split("\n"))
    return "\\n".join(f" {line} " for line in lines)


def _mermaid(title: str, drawn: tuple[Arrow, ...]) -> str:
    lines = [*mermaid_head(title), "stateDiagram-v2", f"    [*] --> {View.UNINITIALIZED.value}"]
    for arrow in drawn:
        note = "not on the pages#colon; " if arrow.added else ""
        words = "<br/>".join(mermaid_text(one) for one in arrow.words)
        lines.append(f"    {arrow.source.value} --> {arrow.dest.value} : {note}{words}")
    return "\n".join(lines) + "\n"
