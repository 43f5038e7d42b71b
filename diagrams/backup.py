"""JetBackupInstance as an interval: its stages from top to bottom, and the codes that may end it at each."""

from collections.abc import Iterable
from itertools import pairwise

from ..model.calls import Stage
from ..model.rows import Force, Profile, Row
from .picture import Picture
from .style import (
    FORCE_FILL,
    FORCE_INK,
    INK,
    LINE,
    MUTED,
    PANEL,
    Key,
    cell,
    digraph,
    mermaid_head,
    mermaid_text,
    row,
    table,
)

CALL = "JetBackupInstance"
STAGE_WORDS = {
    Stage.ISSUED: "the guards are read",
    Stage.ENTERING: "the backup is published, the place prepared",
    Stage.OPENING: "the first status callback is over",
    Stage.DATABASES: "every page is read and verified",
    Stage.LOGS: "the current log is closed, logs are copied",
    Stage.TRUNCATING: "logs that are no longer needed go",
    Stage.LEAVING: "headers are marked, the result is known",
    Stage.DONE: "the call has returned",
}
"""What a stage does, in a few words [BI, Remarks]."""

_COLUMNS = 4


def stages(profile: Profile) -> tuple[Stage, ...]:
    """The stages of the call, from when it is issued until it is done."""
    return (Stage.ISSUED, *(step.stage for step in profile.programs[CALL]), Stage.DONE)


def endings(profile: Profile, stage: Stage) -> dict[str, Force]:
    """The outcomes that may end the call at a stage, each with the strongest force of its rows; the musts first."""
    rows = [one for one in profile.rows_of(CALL) if _ends(one, stage)]
    found: dict[str, Force] = {}
    for force in (Force.MUST, Force.MAY, Force.SUCCESS):
        for one in rows:
            if one.force is force:
                found.setdefault(one.outcome, force)
    return found


def _ends(one: Row, stage: Stage) -> bool:
    """A success row is tried when the last stage is through."""
    return stage is Stage.DONE if one.force is Force.SUCCESS else stage in one.at


def backup(profile: Profile) -> Picture:
    """The backup call of one profile."""
    name, title = f"backup-{profile.name}", f"How far JetBackupInstance gets, and what may end it ({profile.name})"
    return Picture(name, _dot(name, title, profile), _mermaid(title, profile))


def _dot(name: str, title: str, profile: Profile) -> str:
    graph = digraph(name, title, "TB", _legend(profile))
    graph.attr(nodesep="0.35", ranksep="0.3")
    path = stages(profile)
    for stage in path:
        graph.node(stage.name, _stage_label(stage), shape="box", style="rounded,filled", fillcolor=PANEL)
        found = endings(profile, stage)
        if found:
            graph.node(f"{stage.name} ends", _endings_label(found), shape="plain")
            with graph.subgraph() as level:
                level.attr(rank="same")
                level.edge(
                    stage.name, f"{stage.name} ends", color=LINE, arrowhead="none" if stage is Stage.DONE else "normal"
                )
    for upper, lower in pairwise(path):
        graph.edge(upper.name, lower.name, penwidth="1.6", color=INK, weight="10")
    return str(graph.source)


def _stage_label(stage: Stage) -> str:
    rows = [
        row([cell(stage.value, size=14, bold=True)]),
        row([cell(STAGE_WORDS.get(stage, ""), size=10, color=MUTED, width=26)]),
    ]
    return table(rows, BORDER=0, CELLBORDER=0, CELLSPACING=0, CELLPADDING=2, WIDTH=150)


def _endings_label(found: dict[str, Force]) -> str:
    chips = [_chip(outcome, force) for outcome, force in found.items()]
    rows = [row(chips[at : at + _COLUMNS]) for at in range(0, len(chips), _COLUMNS)]
    return table(rows, BORDER=0, CELLBORDER=0, CELLSPACING=5, CELLPADDING=4)


def _chip(outcome: str, force: Force) -> str:
    number, _, name = outcome.partition(" ")
    text = f"{number}  {name}" if name else number
    return cell(text, size=10.5, color=FORCE_INK[force], BGCOLOR=FORCE_FILL[force])


def _legend(profile: Profile) -> tuple[Key, ...]:
    if profile.ordered:
        return (_key(Force.MUST, "may end the call here; which cause comes first is in the figures of the guards"),)
    must, may = "must: its cause forbids success", "may: permitted, while success stays possible"
    return _key(Force.MUST, must), _key(Force.MAY, may)


def _key(force: Force, text: str) -> Key:
    return Key(text, FORCE_FILL[force], FORCE_INK[force])


def _mermaid(title: str, profile: Profile) -> str:
    lines = [*mermaid_head(title), "flowchart TB"]
    path = stages(profile)
    for stage in path:
        lines.append(f'    {stage.name}["{stage.value}"]')
        for force, outcomes in _by_force(endings(profile, stage)):
            name = f"{stage.name}_{force.name}"
            lines.append(f'    {name}["{"<br/>".join(mermaid_text(one) for one in outcomes)}"]:::{force.value}')
            lines.append(f"    {stage.name} -.->|{force.value}| {name}")
    lines += [f"    {upper.name} --> {lower.name}" for upper, lower in pairwise(path)]
    lines += [
        f"    classDef {force.value} fill:{FORCE_FILL[force]},color:{FORCE_INK[force]},stroke:none" for force in Force
    ]
    return "\n".join(lines) + "\n"


def _by_force(found: dict[str, Force]) -> Iterable[tuple[Force, list[str]]]:
    for force in Force:
        outcomes = [outcome for outcome, other in found.items() if other is force]
        if outcomes:
            yield force, outcomes
