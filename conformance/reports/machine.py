"""A learned machine as a graph, and its difference from the model, or from another machine, drawn on it.

A box is a state, an arrow a call that leads to another; calls that stay in a state are listed in it by their answer, where the
whole machine is drawn. Red: a code that the model forbids, or that the other engine does not give. Violet: a state that the model
does not have. Dashed: what the model allows and the engine never shows.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from graphviz import Digraph, escape

from ...model.mealy import Machine
from ...model.vocabulary import code_name
from ..learning.answers import Answer
from ..learning.difference import Apart, Difference
from ..learning.learned import Learned
from . import markup
from .look import PALETTE

_COLOURS = {colour.name: colour.light for colour in PALETTE}
INK, MUTED, LINE, PAPER, PANEL = (_COLOURS[name] for name in ("ink", "muted", "line", "paper", "panel"))
BAD, BAD_GROUND, EXTRA_GROUND = (_COLOURS[name] for name in ("bad", "bad-ground", "stop-ground"))
FONT = "Helvetica"

MOST = 8
"""Calls that are written at one arrow or in one box of a difference; its table has them all."""

CROWD = 6
"""States from which arrows to one state are drawn; where more lead to it, that is written in each of them."""

TO = "\N{RIGHTWARDS ARROW}"


def machine_dot(machine: Machine, learned: Learned, names: Sequence[str], title: str) -> str:
    """The whole machine."""
    graph = _graph("machine", title)
    labels = [call.label() for call in machine.calls]
    for state, arrows in enumerate(learned.arrows):
        staying = {call: arrow.answer for call, arrow in enumerate(arrows) if arrow.next == state}
        _state(graph, state, names[state], notes=[*_by_answer(labels, staying), *_to_crowded(labels, learned, state)])
        ending = {call: arrow.answer for call, arrow in enumerate(arrows) if arrow.next is None}
        for answer, calls in _grouped(ending).items():
            words = [f"{TO} {answer.text}", *(labels[call] for call in calls)]
            _box(graph, state, words, wrong=not answer.allowed)
    _arrows(graph, labels, learned, len(labels))
    return str(graph.source)


def difference_dot(machine: Machine, learned: Learned, found: Difference, title: str) -> str:
    """The states and what leads from one to another, with the difference from the model."""
    labels = [call.label() for call in machine.calls]
    graph = _graph("difference", title)
    extra = {one.state: f"extra: the model has one state for this and {one.beside}" for one in found.extra}
    for state, name in enumerate(found.names):
        notes = [*([extra[state]] if state in extra else []), *_to_crowded(labels, learned, state)]
        _state(graph, state, name, notes=notes, extra=state in extra)
    boxes: dict[tuple[int, Answer], list[str]] = {}
    for one in found.different:
        allowed = " or ".join(map(code_name, one.codes))
        boxes.setdefault((one.state, one.answer), []).append(f"{labels[one.call]}   (the model: {allowed})")
    for (state, answer), lines in boxes.items():
        _box(graph, state, [f"{TO} {answer.text}", *_some(lines)], wrong=not answer.allowed)
    _missing(graph, machine, labels, found)
    _arrows(graph, labels, learned, MOST, extra)
    return str(graph.source)


def apart_dot(
    machine: Machine, learned: Learned, names: Sequence[str], found: Iterable[Apart], title: str, other: str
) -> str:
    """The states of one engine, with what the other answers otherwise in them."""
    labels = [call.label() for call in machine.calls]
    graph = _graph("difference", title)
    for state, name in enumerate(names):
        _state(graph, state, name, notes=_to_crowded(labels, learned, state))
    boxes: dict[tuple[int, tuple[Answer, Answer]], list[str]] = {}
    for one in found:
        boxes.setdefault((one.state, one.answers), []).append(labels[one.call])
    for (state, (here, there)), calls in boxes.items():
        words = [f"{TO} {here.text}   ({other}: {there.text})", *_some(calls)]
        _box(graph, state, words, wrong=True)
    _arrows(graph, labels, learned, MOST)
    return str(graph.source)


def _missing(graph: Digraph, machine: Machine, labels: Sequence[str], found: Difference) -> None:
    """What the model allows and the engine never shows: by its calls, which are in no state in particular."""
    lines = [f"{name}: the engine has no {lack}" for name, lack in found.absent.items()]
    by_call: dict[int, list[str]] = {}
    for one in found.never:
        by_call.setdefault(one.call, []).append(str(one.code))
    lines += [f"{labels[call]} {TO} {', '.join(codes)}" for call, codes in by_call.items()]
    unmet = len(machine.controls) - len(found.met)
    if unmet:
        lines.append(f"{unmet} of the model's {len(machine.controls)} states")
    if lines:
        text = _lines(["missing: allowed, and never seen", *lines], left=True)
        graph.node("missing", text, shape="box", style="dashed", fontcolor=MUTED, color=MUTED, fontsize="10.5")


def _arrows(graph: Digraph, labels: Sequence[str], learned: Learned, most: int, extra: Collection[int] = ()) -> None:
    """What leads from a state to another; the arrows to where the model has no state of its own are drawn bold."""
    crowded = _crowded(learned)
    for state in range(len(learned.arrows)):
        for after, calls in _leaving(learned, state).items():
            if after in crowded:
                continue
            look = {"penwidth": "2.2", "color": INK, "fontcolor": INK} if after in extra and state not in extra else {}
            text = _lines(_some(_by_answer(labels, calls), most), left=True)
            graph.edge(str(state), str(after), label=text, **look)


def _leaving(learned: Learned, state: int) -> dict[int, dict[int, Answer]]:
    """The calls that lead from a state to each other one, with their answers."""
    found: dict[int, dict[int, Answer]] = {}
    for call, arrow in enumerate(learned.arrows[state]):
        if arrow.next is not None and arrow.next != state:
            found.setdefault(arrow.next, {})[call] = arrow.answer
    return found


def _crowded(learned: Learned) -> frozenset[int]:
    """The states that too many arrows would lead to."""
    into = Counter(after for state in range(len(learned.arrows)) for after in _leaving(learned, state))
    return frozenset(after for after, states in into.items() if states > CROWD)


def _to_crowded(labels: Sequence[str], learned: Learned, state: int) -> list[str]:
    """What leads from a state to those, a line each."""
    crowded = _crowded(learned)
    return [
        f"{line}, to {after}"
        for after, calls in _leaving(learned, state).items()
        if after in crowded
        for line in _by_answer(labels, calls)
    ]


def _by_answer(labels: Sequence[str], answers: Mapping[int, Answer]) -> list[str]:
    """Calls a line each, those with success without it, the others under their code."""
    lines: list[str] = []
    for answer, calls in _grouped(answers).items():
        lines += [f"{labels[call]} {TO} {answer.text}" for call in calls]
    return lines


def _grouped(answers: Mapping[int, Answer]) -> dict[Answer, list[int]]:
    groups: dict[Answer, list[int]] = {}
    for call, answer in answers.items():
        groups.setdefault(answer, []).append(call)
    return groups


def _some(lines: Sequence[str], most: int = MOST) -> list[str]:
    return [*lines] if len(lines) <= most else [*lines[: most - 1], f"and {len(lines) - most + 1} more"]


def _graph(name: str, title: str) -> Digraph:
    graph = Digraph(name)
    graph.attr(bgcolor=PAPER, fontname=FONT, fontsize="15", fontcolor=INK, labelloc="t", pad="0.25")
    graph.attr(label=_lines([title, ""]))
    graph.attr(nodesep="0.4", ranksep="0.7")
    graph.attr("node", fontname=FONT, fontsize="12", fontcolor=INK, color=LINE)
    graph.attr("edge", fontname=FONT, fontsize="10.5", fontcolor=MUTED, color=MUTED, arrowsize="0.7")
    graph.node("start", "", shape="circle", style="filled", fillcolor=INK, color=INK, width="0.14", fixedsize="true")
    graph.edge("start", "0")
    return graph


def _state(graph: Digraph, state: int, name: str, *, notes: Sequence[str] = (), extra: bool = False) -> None:
    head = f'<TR><TD ALIGN="LEFT"><B>{state}  {_html(name)}</B></TD></TR>'
    rows = (f'<TR><TD ALIGN="LEFT"><FONT POINT-SIZE="10">{_html(note)}</FONT></TD></TR>' for note in notes)
    label = f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="1">{head}{"".join(rows)}</TABLE>>'
    fill, line = (EXTRA_GROUND, INK) if extra else (PANEL, LINE)
    graph.node(str(state), label, shape="box", style="rounded,filled", fillcolor=fill, color=line)


def _box(graph: Digraph, state: int, lines: Sequence[str], *, wrong: bool) -> None:
    """What is told of a state in a box beside it."""
    ink, ground = (BAD, BAD_GROUND) if wrong else (INK, EXTRA_GROUND)
    name = f"{state} {len(graph.body)}"
    graph.node(
        name,
        _lines(lines, left=True),
        shape="box",
        style="filled",
        fillcolor=ground,
        color=ink,
        fontcolor=ink,
        fontsize="11",
    )
    graph.edge(str(state), name, color=ink, penwidth="1.8")


def _html(text: str) -> str:
    return str(markup.inner(text))


def _lines(lines: Sequence[str], *, left: bool = False) -> str:
    """A label of these lines. What an engine said is shown as it is: no sequence of it means anything to Graphviz."""
    end = "\\l" if left else "\\n"
    return end.join(f" {escape(markup.clean(line))} " for line in lines) + (end if left else "")
