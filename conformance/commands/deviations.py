"""`jetconform deviations init`: a file of deviations, drafted from a run.

The engine is driven until it conforms with what is drafted, or until something is found that no row and no clause of
Microsoft's engine allows; or the finding of one report is taken. Exit status: 0 with the file the run conforms, or there was
nothing to draft; 1 a finding is left; 2 wrong input; 3 the run came to no verdict.
"""

import argparse
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.markup import escape

from ...model.guards.documented import DOCUMENTED
from .. import deviating
from ..check import Request, check
from ..comparing import read
from ..deviation_drafts import Draft, draft, without_clause
from ..deviation_files import as_toml
from ..deviation_names import clause_in
from ..errors import CheckError
from ..findings import DEFAULT_FOLDER, Finding
from ..laboratory import DEVIATING
from ..reports.wording import headline
from ..scorecard import EXIT, Scorecard
from ..screen import make_console, progress
from .check import CALL_TIMEOUT, LEVELS, add_call_timeout, add_engine, check_output, check_seconds, write_output

ROUNDS = 200
"""Runs at the most: each adds something to the file, and no engine breaks as many rules."""

NOTHING_ALLOWS = "no row and no clause of the profile ese allows it, so that no deviation can"


def add_parser(subparsers: Any) -> None:
    """Add the command to the main parser."""
    parser = subparsers.add_parser("deviations", help="draft a file of deviations from a run", description=__doc__)
    commands = parser.add_subparsers(dest="deviations_command", required=True, metavar="COMMAND")
    one = commands.add_parser("init", help="write what a run rejected as a file to be filled in", description=__doc__)
    where = one.add_mutually_exclusive_group()
    add_engine(where)
    where.add_argument("--from", dest="report", type=Path, metavar="REPORT.json", help="what check --json wrote")
    one.add_argument("--level", type=int, default=max(LEVELS), choices=LEVELS, metavar="N", help="levels 1 to N")
    one.add_argument("--seed", type=int, default=None, metavar="N", help="of everything random")
    add_call_timeout(one)
    one.add_argument(
        "-o", dest="out", type=Path, required=True, metavar="FILE", help="the file, which must not be there yet"
    )
    one.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run the command. Raises CheckError for wrong input."""
    check_seconds("--call-timeout", args.call_timeout)
    check_output(args.out)
    if args.out.exists():
        raise CheckError(f"{args.out}: is already there, and what was written into it would be lost")
    console = make_console()
    return _from_report(console, args) if args.report is not None else _Rounds(console, args).run()


def _from_report(console: Console, args: argparse.Namespace) -> int:
    card = read(args.report)
    if card.profile != DOCUMENTED.name:
        raise CheckError(f"{args.report}: judged by {card.profile}, expected by {DOCUMENTED.name} alone")
    if card.finding is None:
        _say(console, f"nothing to draft: {card.engine}: {card.verdict}")
        return EXIT[card.verdict]
    found = draft(card.finding, (), deviating.read(deviating.SHIPPED))
    if found is None:
        _left(console, card.finding)
        return 1
    write_output(args.out, as_toml(card.engine, [found]).encode())
    _say(console, f"{args.out}: {found.deviation.id}; what else the engine breaks, that run did not come to")
    return 0


class _Rounds:
    """Run after run of one engine, each with what was drafted from those before it."""

    def __init__(self, console: Console, args: argparse.Namespace) -> None:
        self._console, self._engine, self._out = console, args.engine, args.out
        seed = args.seed if args.seed is not None else random.SystemRandom().randrange(1 << 32)
        self._request = Request(
            engine=args.engine,
            profile=DOCUMENTED.name,
            seed=seed,
            call_timeout=args.call_timeout or CALL_TIMEOUT,
            levels=tuple(level for level in LEVELS if level <= args.level),
        )
        self._shipped = deviating.read(deviating.SHIPPED)
        self._drafts: list[Draft] = []

    def run(self) -> int:
        """Until nothing more is found, or nothing more can be drafted."""
        for number in range(1, ROUNDS + 1):
            card = self._check(number)
            if card.finding is None:
                return self._ended(card)
            if not self._take(card.finding):
                self._write([f"{headline(card.finding)}: {NOTHING_ALLOWS}"])
                _left(self._console, card.finding, card.saved)
                return 1
            self._write()
        raise CheckError(f"{self._out}: {ROUNDS} runs, and each broke another rule")

    def _check(self, number: int) -> Scorecard:
        profile = f"{DOCUMENTED.name}{DEVIATING}{self._out.absolute()}" if self._drafts else DOCUMENTED.name
        request = msgspec.structs.replace(self._request, profile=profile)
        with progress() as tell:
            return check(request, folder=DEFAULT_FOLDER, on_progress=lambda one: tell(f"run {number}  {one.name}"))

    def _take(self, finding: Finding) -> bool:
        """Draft a deviation of the finding; False where that cannot be done, or changes nothing."""
        before = [one.deviation for one in self._drafts]
        dropped = without_clause(self._drafts, clause_in(finding.explanation.reason))
        if [one.deviation for one in dropped] != before:
            self._drafts = dropped
            return True
        found = draft(finding, before, self._shipped)
        if found is None or found.deviation in before:
            return False
        self._drafts.append(_named_apart(found, {one.id for one in before}))
        _say(self._console, f"{found.deviation.id}: {found.seen}")
        return True

    def _write(self, left: list[str] | None = None) -> None:
        if self._drafts:
            write_output(self._out, as_toml(self._engine, self._drafts, left or ()).encode())

    def _ended(self, card: Scorecard) -> int:
        if not self._drafts:
            _say(self._console, f"nothing to draft: {card.engine}: {card.verdict}, seed {card.seed}")
            return EXIT[card.verdict]
        s = "" if len(self._drafts) == 1 else "s"
        _say(
            self._console, f"{self._out}: {len(self._drafts)} deviation{s}; with them: {card.verdict}, seed {card.seed}"
        )
        return EXIT[card.verdict]


def _named_apart(one: Draft, taken: set[str]) -> Draft:
    """The draft with an id that no other has."""
    name, number = one.deviation.id, 2
    while name in taken:
        name, number = f"{one.deviation.id}-{number}", number + 1
    return replace(one, deviation=replace(one.deviation, id=name))


def _left(console: Console, finding: Finding, saved: str = "") -> None:
    _say(console, f"does not conform  {headline(finding)}")
    _say(console, f"not drafted: {NOTHING_ALLOWS}{saved and f'; saved as {saved}'}")


def _say(console: Console, text: str) -> None:
    console.print(escape(text), soft_wrap=True, highlight=False)
