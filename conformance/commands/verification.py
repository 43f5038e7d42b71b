"""How the report of `jetconform model verify` is shown: sizes, verdicts, witnesses and the census, in a screen or two."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ...model.tables import outcome_text
from ...model.verify import Check, ProfileReport, Report, exploration_name
from ...model.vocabulary import DOCUMENTED_CODES, code_name


def show(console: Console, report: Report) -> None:
    """Print the report."""
    _sizes(console, report.profiles)
    for one in report.profiles:
        _heading(console, f"{one.profile}: shortest histories from a fresh process, by code of JetBackupInstance")
        _witnesses(console, one)
    _heading(console, "guards that hold together (the pages give no precedence)")
    for one in report.profiles:
        _overlaps(console, one)
    _heading(console, "what must hold")
    for one in report.profiles:
        _checks(console, one.profile, one.checks)
    _checks(console, "counts", (report.committed,))
    verdict = "[bold green]all proven[/]" if report.passed else "[bold red]not proven[/]"
    cells = " and ".join(f"{sum(domain.new for domain in one.domains):,} ({one.profile})" for one in report.profiles)
    console.print(f"{verdict}: {cells} cells", highlight=False)


def _sizes(console: Console, profiles: Sequence[ProfileReport]) -> None:
    table = _plain("domain", *(f"{one.profile}: {column}" for one in profiles for column in ("nodes", "cells", "new")))
    counts = [{domain.name: domain for domain in one.domains} for one in profiles]
    for name in dict.fromkeys(name for found in counts for name in found):
        rows = [found.get(name) for found in counts]
        numbers = [(None,) * 3 if row is None else (row.nodes, row.cells, row.new) for row in rows]
        table.add_row(name, *("" if number is None else f"{number:,}" for three in numbers for number in three))
    console.print(table)
    console.print()
    table = _plain("callers", *(f"{one.profile}: {column}" for one in profiles for column in ("states", "transitions")))
    for found in zip(*(one.explorations for one in profiles), strict=True):
        name = exploration_name(found[0].domain, found[0].callers)
        table.add_row(name, *(f"{number:,}" for one in found for number in (one.states, one.transitions)))
    console.print(table)


def _witnesses(console: Console, report: ProfileReport) -> None:
    documented: list[int | None] = [int(code) for code in DOCUMENTED_CODES]
    others = [code for code in report.witnesses if code not in documented]
    unreachable = {int(code): why for code, why in report.unreachable.items()}
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("code")
    table.add_column("calls", justify="right")
    table.add_column("history", overflow="fold")
    for code in (*documented, *sorted(others, key=lambda code: (code is None, -(code or 0)))):
        witness = report.witnesses.get(code)
        name = outcome_text(code)
        if witness is not None:
            # The last step ends with the code, which the first column tells.
            text = witness.text.removesuffix(f" -> {name}")
            table.add_row(name, str(witness.calls), escape(text))
        elif code is not None:
            why = unreachable.get(code, "no history of these domains ends with it")
            table.add_row(code_name(code), "none", escape(why))
    console.print(table, highlight=False)


def _overlaps(console: Console, report: ProfileReport) -> None:
    found = report.overlaps
    frequent = ", ".join(f"{one} + {other} ({number:,})" for one, other, number in found.frequent)
    text = (
        f"{report.profile}: {found.pairs:,} pairs, {found.of_different_codes:,} of different codes, in "
        f"{found.cells:,} cells; most often {frequent}"
    )
    console.print(text, highlight=False, soft_wrap=not console.is_terminal, markup=False)


def _checks(console: Console, subject: str, checks: Iterable[Check]) -> None:
    shown_on = ""
    for check in checks:
        verdict = "[green]proven[/]" if check.passed else "[bold red]BROKEN[/]"
        if check.broken_by:
            verdict = "[yellow]known [/]" if check.passed else verdict
        where = "" if check.shown_on == shown_on else f"  ({check.shown_on})"
        shown_on = check.shown_on
        console.print(f"{verdict}  {subject}: {escape(check.name + where)}", highlight=False, soft_wrap=True)
        if check.broken_by:
            words = "not kept" if check.passed else "said not to be kept, but nothing was found"
            console.print(f"        {words}: {escape(check.broken_by)}", highlight=False, soft_wrap=True)
        for problem in check.problems:
            console.print(f"        {escape(problem)}", highlight=False, soft_wrap=True)


def _heading(console: Console, text: str) -> None:
    console.print(f"\n[bold]{escape(text)}[/]", highlight=False)


def _plain(first: str, *numbers: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(first)
    for number in numbers:
        table.add_column(number, justify="right")
    return table
