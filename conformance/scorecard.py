"""The scorecard: what a run checked, what it can promise, and, when it failed, the shortest history and why."""

import shlex
from collections.abc import Iterator, Sequence

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from ..model.vocabulary import DOCUMENTED_CODES, code_name
from .exercised import DeviationsSeen, Exercised, places_of
from .explain import Explanation, RowText
from .findings import Finding
from .lines import ENVIRONMENT, Kind, Line, clients_of, lines_of
from .trace import CallEvent, Event

WIDE = 110
"""Columns that the table of a state's rows needs to be read."""

SHOWN = 10
"""Lines of what was not exercised; the rest is counted."""

SAID = 20
"""Lines of what an engine said on its standard error; --json has all that was kept."""

EXIT = {"conforms": 0, "does-not-conform": 1, "unknown": 3}


class Level(msgspec.Struct, kw_only=True):
    """One level of a run."""

    level: int
    name: str
    verdict: str
    calls: int
    guarantee: str
    not_exercised: list[str] = []


class Codes(msgspec.Struct, kw_only=True):
    """The seventeen documented codes of JetBackupInstance, by number."""

    documented: list[int]
    reachable: list[int]
    seen: list[int]
    missing: list[int]
    forced: list[int]


class Cells(msgspec.Struct, kw_only=True):
    """Cells of level 1: `reachable` on this engine, and `covered` of those."""

    reachable: int
    covered: int
    exercised: int = 0
    in_model: int = 0


class Scorecard(msgspec.Struct, kw_only=True):
    """The outcome of `jetconform check`: what `--json` writes."""

    verdict: str
    engine: str
    profile: str
    seed: int
    calls: int
    codes: Codes
    cells: Cells
    levels: list[Level]
    exercised: Exercised = msgspec.field(default_factory=Exercised)  # of level 1
    deviations: DeviationsSeen | None = None  # of a run with --deviations
    not_exercised: list[str] = []
    stale: list[str] = []  # regressions whose record the profile no longer rejects
    command: str = ""  # that makes this run again
    finding: Finding | None = None
    saved: str = ""  # where the finding is
    unsaved: str = ""  # why it could not be saved


def codes_of(seen: dict[int, list[str]], reachable: Sequence[int]) -> Codes:
    """The documented codes among those that were seen and could be."""
    documented = [int(code) for code in DOCUMENTED_CODES]
    within = [code for code in documented if code in reachable]
    return Codes(
        documented=documented,
        reachable=within,
        seen=[code for code in documented if code in seen],
        missing=[code for code in within if code not in seen],
        forced=[code for code in documented if "forced" in seen.get(code, ())],
    )


def show(console: Console, card: Scorecard) -> None:
    """Print the scorecard, the finding first."""
    if card.finding is not None:
        show_finding(console, card.finding)
        if card.saved:
            again = shlex.join(["jetconform", "replay", card.saved, "--engine", card.engine])
            console.print(f"saved as {escape(card.saved)}", soft_wrap=True, highlight=False)
            console.print(f"again:   {escape(again)}", soft_wrap=True, highlight=False)
        if card.unsaved:
            console.print(f"not saved: {escape(card.unsaved)}", soft_wrap=True, highlight=False)
        console.print()
    table = Table(title=None, show_header=True, header_style="bold", box=None, pad_edge=False)
    for column in ("level", "", "verdict", "calls", "guarantee"):
        table.add_column(column, justify="right" if column == "calls" else "left")
    for level in card.levels:
        table.add_row(str(level.level), level.name, level.verdict, f"{level.calls:,}", level.guarantee)
    console.print(table)
    _show_codes(console, card)
    for line in card.stale:
        console.print(f"stale: {escape(line)}", soft_wrap=True, highlight=False)
    for text in deviations_in_words(card):
        console.print(escape(text), soft_wrap=True, highlight=False)
    for line in card.not_exercised[:SHOWN]:
        console.print(f"not exercised: {escape(line)}", soft_wrap=True, highlight=False)
    if len(card.not_exercised) > SHOWN:
        console.print(f"not exercised: {len(card.not_exercised) - SHOWN:,} more, listed by --json", highlight=False)
    style = {"conforms": "green", "does-not-conform": "red", "unknown": "yellow"}[card.verdict]
    console.print(
        f"[bold {style}]{card.verdict}[/]  engine {escape(card.engine)}, {_profile(card.profile)}, seed {card.seed}, "
        f"{card.calls:,} calls",
        soft_wrap=True,
        highlight=False,
    )


def _profile(name: str) -> str:
    """The profile as a verdict names it: of `ese` with the flavour that was judged by."""
    name, _, flavour = name.partition("@")
    return f"profile {name}, flavour {flavour or 'any'}" if name == "ese" else f"profile {name}"


def _show_codes(console: Console, card: Scorecard) -> None:
    codes = card.codes
    if not codes.reachable:
        return
    held = [code for code in codes.seen if code not in codes.forced]
    text = f"codes  {len(codes.seen)} of {len(codes.reachable)} reachable here seen: {len(codes.forced)} forced"
    if held:
        text += f", {len(held)} only at a hold point ({', '.join(code_name(code) for code in held)})"
    console.print(text, soft_wrap=True, highlight=False)
    if codes.missing and card.finding is None:
        names = ", ".join(code_name(code) for code in codes.missing)
        console.print(f"       allowed and never returned: {names}", soft_wrap=True, highlight=False)


def deviations_in_words(card: Scorecard) -> Iterator[str]:
    """What became of the deviations of the run's file, a line each; of what no cell and no effect could tell the number alone."""
    found = card.deviations
    if found is None:
        return
    new = "new: the finding above" if card.finding is not None else "none new"
    counts = f"{len(found.seen)} known and seen, {len(found.healed)} healed, {len(found.not_exercised)} not exercised"
    yield f"deviations of {found.file}: {new}, {counts}"
    yield from (f"  known    {name}: {places_of(found, name)}" for name in sorted(found.seen))
    yield from (
        f"  healed   {name}: wherever it could have been seen, the engine kept the pages" for name in found.healed
    )
    yield from (f"  expired  {name}: on {day}, judged as if it were not there" for name, day in found.expired.items())


def show_finding(console: Console, finding: Finding) -> None:
    """The shortest history, what is wrong with it, and what would have been allowed."""
    why = finding.explanation
    console.print("[bold red]does not conform[/]  " + escape(_headline(finding)), soft_wrap=True, highlight=False)
    console.print()
    if finding.events:
        console.print(lanes(finding.events, why.call_id, why.observed))
    if finding.said:
        console.print("standard error, its end:")
        for line in finding.said.splitlines()[-SAID:]:
            console.print(f"    {escape(line)}", soft_wrap=True, highlight=False)
    if finding.schedule:
        s = "" if finding.preemptions == 1 else "s"
        text = f"schedule {finding.schedule}  ({finding.preemptions} preemption{s}, {finding.steps:,} steps)"
        console.print(text, soft_wrap=True, highlight=False)
    if not finding.minimal:
        console.print("(not proven minimal)", highlight=False)
    console.print()
    if why.allowed:
        console.print(f"allowed  {escape(', '.join(why.allowed))}", soft_wrap=True, highlight=False)
    console.print(f"why      {escape(why.reason)}", soft_wrap=True, highlight=False)
    for other in why.overlapping:
        console.print(f"overlaps {escape(other)}", soft_wrap=True, highlight=False)
    _show_before(console, why)
    for number, state in enumerate(why.states):
        console.print(f"state    {escape(state.state)}", soft_wrap=True, highlight=False)
        for other in state.in_flight:
            console.print(f"         in flight: {escape(other)}", soft_wrap=True, highlight=False)
        if len(why.states) > 1:
            console.print(f"         allows {escape(', '.join(state.allowed))}", soft_wrap=True, highlight=False)
        _show_rows(console, state.rows, header=number == 0)


def _show_before(console: Console, why: Explanation) -> None:
    """Where calls overlapped: the shortest prefix that fails, and each state before its last event with what it allows."""
    if not why.before:
        return
    text = f"prefix   the first {why.prefix} events are the shortest that nothing explains; before the last of them:"
    console.print(text, soft_wrap=True, highlight=False)
    for moment in why.before:
        console.print(f"         {escape(moment.state)}", soft_wrap=True, highlight=False)
        for other in moment.in_flight:
            console.print(f"             in flight: {escape(other)}", soft_wrap=True, highlight=False)
        console.print(f"             allows {escape(', '.join(moment.allowed))}", soft_wrap=True, highlight=False)
    if why.before_more:
        console.print(f"         and {why.before_more:,} more states", soft_wrap=True, highlight=False)


def _show_rows(console: Console, rows: Sequence[RowText], *, header: bool) -> None:
    """The rows as a table, or where that would be too narrow to read, each on lines of its own."""
    if console.width < WIDE:
        for row in rows:
            text = f"{row.id}  {row.at}, {row.force}: {row.outcome} where {row.condition}\n    source: {row.citation}"
            console.print(Padding(escape(text), (0, 0, 0, 8)), highlight=False)
        return
    table = Table(box=None, pad_edge=False, header_style="dim", show_header=header)
    for column in ("        row", "at", "holds", "code", "force", "source"):
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(f"        {row.id}", row.at, escape(row.condition), row.outcome, row.force, escape(row.citation))
    console.print(table)


def _headline(finding: Finding) -> str:
    why = finding.explanation
    calls = sum(isinstance(event, CallEvent) for event in finding.events)
    what = f"call {why.call_id}, {why.call}: {why.observed}" if why.call else why.reason
    if not calls:
        return what
    length = f"history of {calls} call{'' if calls == 1 else 's'}"
    return (
        f"{what}  ({length}, found after {finding.calls_before:,})" if finding.calls_before else f"{what}  ({length})"
    )


def lanes(events: Sequence[Event], blamed: int, observed: str = "") -> Table:
    """The history as a picture: time goes down, each client has its lane, a call in flight is a bar.

    What was observed of the blamed call is said at the end where the call did not come back.
    """
    clients = clients_of(events)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("#", justify="right")
    for client in clients:
        table.add_column(client if client == ENVIRONMENT else f"client {escape(client)}", overflow="fold")
    for line in lines_of(events, blamed, observed):
        number = str(line.call_id) if line.kind in (Kind.DONE, Kind.ENTERED) else ""
        cells = (_words(line) if name == line.client else ("│" if name in line.inside else "") for name in clients)
        table.add_row(number, *cells)
    return table


_BRANCH = {Kind.ENTERED: "┌ ", Kind.RETURNED: "└", Kind.LOST: "└", Kind.DONE: "", Kind.FAULT: ""}


def _words(line: Line) -> str:
    """One line in its lane."""
    text = f"{_BRANCH.get(line.kind, '├ ')}{line.text}"
    if line.code:
        text += f" {line.code}" if line.kind is Kind.LOST else f" → {line.code}"
    return f"[bold red]{escape(text)}  ✗[/]" if line.wrong else escape(text)
