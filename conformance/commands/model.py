"""`jetconform model`: what the tables say, what is proven of them, and what a call may return after a trace."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.table import Table

from ...model import tables
from ...model.cells import explore
from ...model.compile import RememberingStepper
from ...model.domains import DOMAINS
from ...model.guards.documented import DOCUMENTED
from ...model.guards.ese import ESE
from ...model.verify import verify
from .. import ask
from ..belief import LIMIT, BoundExceeded
from ..check import CheckError
from ..laboratory import PROFILES
from ..screen import make_console, progress
from ..trace import read
from . import answering, export, verification
from .check import add_bound, check_bound

COUNTS = "expected.json"
"""The committed counts, a file of the model's package."""


def add_parser(subparsers: Any) -> None:
    """Add the command to the main parser."""
    parser = subparsers.add_parser("model", help="what the model says, and what is proven of it", description=__doc__)
    commands = parser.add_subparsers(dest="model_command", required=True, metavar="COMMAND")
    one = commands.add_parser("verify", help="explore the model to its end and prove what must hold of it")
    one.add_argument("--update", action="store_true", help="write the counts down as those expected (in a checkout)")
    one.set_defaults(run=run, model_run=_verify)
    one = commands.add_parser("table", help="codes by state of JetBackupInstance, and the guard rows of a call")
    _add_profile(one)
    one.add_argument(
        "--call", default=tables.BACKUP, metavar="NAME", help="the guard rows of this call (JetBackupInstance)"
    )
    _add_markdown(one)
    one.set_defaults(run=run, model_run=_table)
    one = commands.add_parser("diff", help="where the public pages and Microsoft's engine differ, and why")
    _add_markdown(one)
    one.set_defaults(run=run, model_run=_diff)
    one = commands.add_parser(
        "ask", help="after the calls of a trace, what each call may return, and with what effects"
    )
    one.add_argument("trace", type=Path, metavar="TRACE", help="a trace, a finding or a regression")
    _add_profile(one)
    one.add_argument("--call", metavar="NAME", help="this call alone")
    add_bound(one, LIMIT)
    one.set_defaults(run=run, model_run=_ask)
    export.add_parser(commands)


def _add_profile(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--profile", default="documented", choices=tuple(PROFILES), help="documented unless given")


def _add_markdown(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--markdown", action="store_true", help="as Markdown")


def run(args: argparse.Namespace) -> int:
    """Run the command. Raises TraceError or CheckError for wrong input."""
    chosen: Callable[[argparse.Namespace], int] = args.model_run
    return chosen(args)


def _verify(args: argparse.Namespace) -> int:
    folder = resources.files("jetconform.model")
    file = folder / COUNTS
    if args.update and not _in_checkout(folder):
        raise CheckError("--update writes the counts of a source checkout; this is an installed copy")
    with progress() as tell:
        committed = json.loads(file.read_text("utf-8")) if file.is_file() else {}
        report = verify(committed, tell)
    changed = args.update and not report.committed.passed
    if changed:
        Path(str(file)).write_text(json.dumps(report.counts, indent=1) + "\n", "utf-8")
        report = replace(report, committed=replace(report.committed, problems=()))
    verification.show(make_console(), report)
    if changed:
        sys.stdout.write(f"{COUNTS} is written: add a line to CHANGELOG.md\n")
    return 0 if report.passed else 1


def _in_checkout(folder: Any) -> bool:
    return isinstance(folder, Path) and (folder.parent / "pyproject.toml").is_file()


def _table(args: argparse.Namespace) -> int:
    profile = PROFILES[args.profile]
    _known(args.call)
    if args.call == tables.BACKUP:
        stepper = RememberingStepper(profile)
        heat = tables.heat(stepper, (explore(stepper, domain) for domain in DOMAINS))
        title = f"{tables.BACKUP}, profile {profile.name}: in how many cells a code is allowed (and the only one)"
        _print_table(title, heat.headers, heat.rows, markdown=args.markdown)
    title = f"{args.call}, profile {profile.name}: its rows"
    _print_table(title, tables.GUARD_HEADERS, tables.guard_table(profile, args.call), markdown=args.markdown)
    return 0


def _diff(args: argparse.Namespace) -> int:
    with progress() as tell:
        tell("comparing the profiles")
        rows = tables.diff(DOCUMENTED, ESE)
    _print_table(f"{len(rows)} differences", tables.DIFF_HEADERS, rows, markdown=args.markdown)
    return 0


def _ask(args: argparse.Namespace) -> int:
    _known(args.call)
    trace = read(args.trace)
    check_bound(args.bound)
    beliefs = ask.beliefs_of(PROFILES[args.profile], args.bound)
    try:
        judge = ask.follow(beliefs, trace)
        return answering.show(make_console(), beliefs, judge, trace, args.call)
    except BoundExceeded as error:
        sys.stdout.write(f"unknown: {error}\n")
        return 3


def _known(call: str | None) -> None:
    try:
        ask.check_call(call)
    except ValueError as error:
        raise CheckError(str(error)) from None


def _print_table(title: str, headers: Sequence[str], rows: Sequence[Sequence[str]], *, markdown: bool) -> None:
    """On a terminal a table that fits it, in a pipe one line a row with tabs between the columns, or Markdown."""
    if markdown:
        sys.stdout.write(f"## {title}\n\n{tables.to_markdown(headers, rows)}\n")
    elif sys.stdout.isatty():
        table = Table(
            title=escape(title), title_justify="left", show_lines=any("\n" in text for row in rows for text in row)
        )
        for header in headers:
            table.add_column(escape(header), overflow="fold")
        for row in rows:
            table.add_row(*map(escape, row))
        make_console().print(table)
    else:
        lines = ["\t".join(text.replace("\n", "; ") for text in row) for row in (headers, *rows)]
        sys.stdout.write(f"{title}\n" + "\n".join(lines) + "\n\n")
