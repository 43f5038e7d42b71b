"""What a campaign amounts to: its verdict, and the tables that are printed of it."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ..exercised import unpack
from ..levels import NAMES
from ..screen import print_whole
from .campaign import FINDINGS
from .logbook import Done, State

SHOWN = 10
"""Lines of what is unknown or was not exercised; the rest is counted."""


def verdict(state: State) -> str:
    """Does not conform where anything was found; unknown while the first round is not done, or where a shard says so.

    Of the reference engine everything is required, as `check` does.
    """
    if state.causes:
        return "does-not-conform"
    done = state.done
    if any(shard not in done for shard in state.of_round(1)) or any(one.verdict == "unknown" for one in done.values()):
        return "unknown"
    return "unknown" if "reference" in state.begun.engines and any(_not_exercised(state)) else "conforms"


def show(console: Console, state: State, folder: Path) -> None:
    """Print how far the campaign is and what it found."""
    print_whole(console, _levels(state))
    for text in (*_cells(state), *_causes(state, folder), *_troubles(state)):
        console.print(escape(text), soft_wrap=True, highlight=False)
    found = verdict(state)
    style = {"conforms": "green", "does-not-conform": "red", "unknown": "yellow"}[found]
    total = sum(len(state.of_round(number)) for number in range(1, state.round + 1))
    calls = sum(one.calls for one in state.done.values())
    engines = ", ".join(state.begun.engines)
    console.print(
        f"[bold {style}]{found}[/]  engine {escape(engines)}, seed {state.begun.seed}, round {state.round}, "
        f"{len(state.done):,} of {total:,} shards, {calls:,} calls",
        soft_wrap=True,
        highlight=False,
    )


def _levels(state: State) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("level", ""):
        table.add_column(column)
    for column in ("shards", "conform", "do not", "unknown", "not exercised", "calls", "seconds"):
        table.add_column(column, justify="right", no_wrap=True)
    planned = [shard for number in range(1, state.round + 1) for shard in state.of_round(number)]
    for level in state.begun.levels:
        done = [one for shard, one in state.done.items() if shard.level == level]
        counts = Counter(one.verdict for one in done)
        total = sum(shard.level == level for shard in planned)
        verdicts = (f"{counts[name] or ''}" for name in ("conforms", "does-not-conform", "unknown", "not-exercised"))
        seconds = sum(one.seconds for one in done)
        calls = sum(one.calls for one in done)
        table.add_row(str(level), NAMES[level], f"{len(done)} of {total}", *verdicts, f"{calls:,}", f"{seconds:,.0f}")
    return table


def _cells(state: State) -> Iterator[str]:
    """Of level 1: the cells of all its domains together."""
    for engine in state.begun.engines:
        covered, known = set[str](), set[str]()
        for shard, done in state.done.items():
            if shard.engine == engine and (done.covered or done.uncovered):
                covered |= unpack(done.covered)
                known |= unpack(done.covered) | unpack(done.uncovered)
        if known:
            of = f" of {engine}" if len(state.begun.engines) > 1 else ""
            yield f"cells{of}: {len(covered):,} covered of {len(known):,} reachable in the domains that are done"


def _causes(state: State, folder: Path) -> Iterator[str]:
    """What was found, what was seen most first."""
    for key, cause in sorted(state.causes.items(), key=lambda pair: (-len(pair[1].shards), pair[0])):
        times = len(cause.shards)
        of = f"{cause.engine}  " if len(state.begun.engines) > 1 else ""
        place = f"  {folder / FINDINGS / cause.file}" if cause.file else ""
        s = "" if cause.calls == 1 else "s"
        seen = f"seen by {times:,} shard{'' if times == 1 else 's'}"
        yield f"cause {key}  {of}{cause.text}  (history of {cause.calls} call{s}, {seen}){place}"


def _troubles(state: State) -> Iterator[str]:
    """What is unknown, and what was not exercised."""
    unknown = [f"unknown: {_told(state, one)}" for one in state.done.values() if one.verdict == "unknown"]
    for lines, what in (
        (unknown, "unknown"),
        ([f"not exercised: {text}" for text in _not_exercised(state)], "not exercised"),
    ):
        yield from lines[:SHOWN]
        if len(lines) > SHOWN:
            yield f"{what}: {len(lines) - SHOWN:,} more"
    for shard in state.under_way:
        yield f"given out and not done: {shard.name}"


def _told(state: State, done: Done) -> str:
    of = f"{done.shard.engine}, " if len(state.begun.engines) > 1 else ""
    return f"{of}{done.shard.name}, seed {done.shard.seed}: {done.reason or 'no verdict'}"


def _not_exercised(state: State) -> list[str]:
    """Each thing once, whichever shards missed it."""
    lines: dict[str, None] = {}
    for done in state.done.values():
        of = f"level {done.shard.level}: "
        if done.verdict == "not-exercised":
            lines[f"{of}{done.shard.part}: {done.reason}"] = None
        lines.update(dict.fromkeys(f"{of}{what}" for what in done.not_exercised))
    return list(lines)
