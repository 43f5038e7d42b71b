"""Streaming backups and snapshot sessions: their phases, the calls that move them, and the codes of those that fail.

Both are drawn from the explored model: the control states of one domain are put together by phase, and so are their moves.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from ..model.calls import Call
from ..model.cells import Graph, explore
from ..model.domains_external import EXTERNAL_DOMAINS
from ..model.external import SnapshotPhase, Target
from ..model.rows import Force, Profile
from ..model.state import Control, StopRequest
from ..model.step import Stepper
from ..model.vocabulary import code_name
from .picture import Picture
from .style import FORCE_FILL, FORCE_INK, INK, MUTED, PANEL, Key, cell, digraph, mermaid_head, mermaid_text, row, table

Phase = str
PhaseOf = Callable[[Control], Phase]


class Family(NamedTuple):
    """What is drawn of one family: its domain, its phases from top to bottom, and what a state is of them."""

    name: str
    title: str
    domain: str
    phases: tuple[Phase, ...]
    phase: PhaseOf


class Move(NamedTuple):
    """A way from one phase to another, or one that leaves it as it is: the call, and its code unless it succeeds."""

    source: Phase
    dest: Phase
    call: str
    code: int | None


NONE = "none"


def _streaming_phase(control: Control) -> Phase:
    streaming = control.streaming
    if streaming is None:
        return NONE
    if control.stop_backup is not StopRequest.NONE:
        return "stopped"
    if streaming.file is not None:
        return "database open" if streaming.file.target is Target.DATABASE else "log open"
    if streaming.truncated:
        return "truncated"
    if streaming.complete:
        return "complete"
    return "logs" if streaming.in_logs else "databases"


def _snapshot_phase(control: Control) -> Phase:
    snapshot = control.snapshot
    return NONE if snapshot is None or snapshot.phase is SnapshotPhase.ENDED else snapshot.phase.value


FAMILIES = (
    Family(
        "streaming", "A streaming backup", "streaming",
        (NONE, "databases", "database open", "logs", "log open", "complete", "truncated", "stopped"), _streaming_phase,
    ),
    Family(
        "snapshot", "A snapshot session", "snapshot",
        (NONE, *(phase.value for phase in SnapshotPhase if phase is not SnapshotPhase.ENDED)), _snapshot_phase,
    ),
)  # fmt: skip


def families(profile: Profile) -> Iterator[Picture]:
    """The two pictures of one profile."""
    stepper = Stepper(profile)
    for family in FAMILIES:
        domain = next(one for one in EXTERNAL_DOMAINS if one.name == family.domain)
        yield _picture(family, profile, moves(explore(stepper, domain), family.phase))


def moves(graph: Graph, phase: PhaseOf) -> tuple[Move, ...]:
    """The moves between phases by the calls and faults of the domain; a call that fails and moves nothing is one, too."""
    family = {call for call in graph.domain.calls if call.name.startswith(_PREFIXES)}
    found: dict[Move, None] = {}
    for node, cells in graph.cells.items():
        source = phase(node.control)
        for one in cells:
            if one.call in family and node.held is None:
                for outcome in one.outcomes:
                    found[_move(source, phase(outcome.node.control), one.call, outcome.code)] = None
        for action, results in graph.actions.get(node, ()):
            for after in results if action.kind == "fault" else ():
                found[Move(source, phase(after.control), "its time is over", None)] = None
    return tuple(move for move in found if move.code is not None or move.source != move.dest)


_PREFIXES = (
    "JetBeginExternal", "JetGetAttach", "JetOpenFile", "JetReadFile", "JetCloseFile", "JetGetLog", "JetGetTruncate",
    "JetTruncate", "JetEndExternal", "JetOSSnapshot", "JetStopBackup",
)  # fmt: skip


def _move(source: Phase, dest: Phase, call: Call, code: int | None) -> Move:
    return Move(source, dest, _short(call), None if code == 0 else code)


def _short(call: Call) -> str:
    """The call without what all of the family have in common, with its options where they make another call of it."""
    if call.name.startswith(_SNAPSHOT):
        return call.name.removeprefix(_SNAPSHOT)
    name = call.name.removeprefix("Jet").replace("Instance", "")
    if name == "OpenFile":
        return f"{name} ({'log' if call.target is not Target.DATABASE else 'database'})"
    options = _OPTIONS.get((call.name, call.grbit), "")
    return f"{name} ({options})" if options else name


_SNAPSHOT = "JetOSSnapshot"
_OPTIONS = {
    ("JetBeginExternalBackupInstance", 1): "incremental",
    ("JetEndExternalBackupInstance2", 1): "normal",
    ("JetEndExternalBackupInstance2", 2): "abort",
}


def _picture(family: Family, profile: Profile, found: tuple[Move, ...]) -> Picture:
    name, title = (
        f"{family.name}-{profile.name}",
        f"{family.title}: its phases, and what fails in each ({profile.name})",
    )
    return Picture(name, _dot(name, title, family, found), _mermaid(title, family, found))


def _dot(name: str, title: str, family: Family, found: tuple[Move, ...]) -> str:
    keys = (
        Key("arrow: the call succeeds, or fails with the code given and moves on all the same"),
        Key("in a phase: what a call may fail with", FORCE_FILL[Force.MUST], FORCE_INK[Force.MUST]),
    )
    graph = digraph(name, title, "TB", keys)
    graph.attr(nodesep="0.4", ranksep="0.45")
    for phase in _drawn(family, found):
        graph.node(phase, _label(phase, found), shape="box", style="rounded,filled", fillcolor=PANEL)
    order = family.phases.index
    for source, dest in dict.fromkeys((one.source, one.dest) for one in found if one.source != one.dest):
        lines = _words(found, source, dest)
        upper, lower = sorted((source, dest), key=order)
        back = {} if upper == source else {"dir": "back"}
        graph.edge(
            upper, lower, label="".join(f" {line} \\l" for line in lines), color=INK if not back else MUTED, **back
        )
    return str(graph.source)


def _drawn(family: Family, found: tuple[Move, ...]) -> list[Phase]:
    return [phase for phase in family.phases if any(phase in (one.source, one.dest) for one in found)]


def _label(phase: Phase, found: tuple[Move, ...]) -> str:
    rows = [row([cell(phase, size=14, bold=True)])]
    for code, calls in _failing(phase, found).items():
        text = f"{code_name(code)}: {', '.join(calls)}"
        rows.append(row([cell(text, size=9, color=FORCE_INK[Force.MUST], width=52, BGCOLOR=FORCE_FILL[Force.MUST])]))
    return table(rows, BORDER=0, CELLBORDER=0, CELLSPACING=2, CELLPADDING=2)


def _failing(phase: Phase, found: tuple[Move, ...]) -> dict[int, list[str]]:
    """The codes with which calls fail in a phase and leave it as it is."""
    codes: dict[int, list[str]] = {}
    for one in found:
        if one.source == one.dest == phase and one.code is not None and one.call not in codes.setdefault(one.code, []):
            codes[one.code].append(one.call)
    return dict(sorted(codes.items(), reverse=True))


def _words(found: tuple[Move, ...], source: Phase, dest: Phase) -> list[str]:
    """A line for the calls that succeed, a line a code for those that fail and move on."""
    codes: dict[int | None, dict[str, None]] = {}
    for one in found:
        if (one.source, one.dest) == (source, dest):
            codes.setdefault(one.code, {})[one.call] = None
    lines = list(codes.pop(None, {}))
    for code, calls in codes.items():
        assert code is not None
        lines += [f"{call}: {code}" for call in calls]
    return lines


def _mermaid(title: str, family: Family, found: tuple[Move, ...]) -> str:
    lines = [*mermaid_head(title), "stateDiagram-v2", "    [*] --> p0"]
    drawn = _drawn(family, found)
    names = {phase: f"p{number}" for number, phase in enumerate(drawn)}
    lines += [f'    state "{mermaid_text(phase)}" as {names[phase]}' for phase in drawn]
    for source, dest in dict.fromkeys((one.source, one.dest) for one in found if one.source != one.dest):
        words = "<br/>".join(_mermaid_words(line) for line in _words(found, source, dest))
        lines.append(f"    {names[source]} --> {names[dest]} : {words}")
    for phase in drawn:
        for code, calls in _failing(phase, found).items():
            lines.append(f"    note right of {names[phase]} : {_mermaid_words(f'{code}: ' + ', '.join(calls))}")
    return "\n".join(lines) + "\n"


def _mermaid_words(text: str) -> str:
    return mermaid_text(text).replace(":", "#colon;")
