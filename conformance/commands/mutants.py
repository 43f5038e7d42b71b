"""`jetconform mutants`: seeded bugs of the reference engine, and what found each after how many calls."""

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ..check import CheckError
from ..engines import EngineSpecError
from ..mutants import matrix
from ..mutants.catalogue import MUTANTS
from ..mutants.generic import Generic, enumerate_all, sample
from ..mutants.load import find
from ..mutants.matrix_page import page, summary
from ..mutants.measure import SEED, Measured, measure
from ..mutants.mutant import Mutant
from ..mutants.patch import NoSourceError, StaleError, engine_folder
from ..screen import make_console, print_whole
from .check import write_output

CATALOGUE, GENERIC = "catalogue", "generic"
PAGE, HISTORIES = "kill-matrix.html", "kill-histories"
"""What `--matrix` writes beside its JSON: a page, and the shortest history of every mutant."""


class Report(msgspec.Struct, kw_only=True):
    """What `--json` writes."""

    seed: int
    catalogue: list[Measured] = []
    generic: list[Measured] = []
    generic_in_all: int = 0


def add_parser(subparsers: Any) -> None:
    """Add the command to the main parser."""
    parser = subparsers.add_parser("mutants", help="measure which seeded bugs the harness finds", description=__doc__)
    parser.add_argument(
        "--only", metavar="NAME", help="one mutant; `catalogue`, or `generic`: the sample of mechanical ones"
    )
    parser.add_argument("--quick", action="store_true", help="stop at the first find: its history is not reduced")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the measure as JSON")
    parser.add_argument(
        "--matrix", type=Path, metavar="DIR",
        help="the catalogue at every level up to its own, kept in DIR and gone on with; with --page what is there is drawn",
    )  # fmt: skip
    parser.add_argument("--page", action="store_true", help="with --matrix: measure nothing")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run the command: 0 if every mutant of the catalogue was found as it must. Raises CheckError for wrong input."""
    if args.json is not None and not args.json.absolute().parent.is_dir():
        raise CheckError(f"{args.json}: no such folder")
    console = make_console()
    if args.matrix is not None:
        return _matrix(console, args.matrix, measure_it=not args.page)
    try:
        engine_folder()
        chosen, generic = _chosen(args.only)
        stale = _stale(chosen)
    except NoSourceError as error:
        raise CheckError(str(error)) from None
    if stale:
        sys.stderr.writelines(f"jetconform: the catalogue is stale: {line}\n" for line in stale)
        return 1
    report = _measured(console, chosen, generic, quick=args.quick)
    if args.json is not None:
        _write(args.json, report)
    if report.catalogue:
        _show_catalogue(console, report.catalogue)
    if report.generic:
        _show_generic(console, report)
    wrong = [each for each in report.catalogue if not each.caught or each.late]
    if wrong:
        names = ", ".join(each.name for each in wrong)
        console.print(f"[bold red]not found as they must be[/]: {names}", soft_wrap=True, highlight=False)
    return 1 if wrong else 0


def _matrix(console: Console, folder: Path, *, measure_it: bool) -> int:
    """The kill matrix: 0 if every mutant was found as it must."""
    if not folder.is_dir():
        raise CheckError(f"{folder}: no such folder")
    try:
        found = matrix.load(folder)
    except NoSourceError as error:
        raise CheckError(str(error)) from None
    if measure_it:
        total, done = len(matrix.left(found)), 0
        with console.status(f"0 of {total}") as status:

            def on_result(task: matrix.Task) -> None:
                nonlocal done
                done += 1
                matrix.save(found, folder)
                if console.is_terminal:
                    status.update(f"{done} of {total}  {task.mutant}, level {task.level}")

            matrix.fill(found, folder / HISTORIES, on_result)
    write_output(folder / PAGE, page(found).encode())
    console.print(f"{folder / PAGE}: {summary(found)}", highlight=False, soft_wrap=True, markup=False)
    if found.missed:
        console.print(f"[bold red]not found as they must be[/]: {', '.join(found.missed)}", soft_wrap=True)
    return 1 if found.missed or matrix.left(found) else 0


def _chosen(only: str | None) -> tuple[Sequence[Mutant], Sequence[Generic]]:
    if only is None:
        return MUTANTS, sample()
    if only == CATALOGUE:
        return MUTANTS, ()
    if only == GENERIC:
        return (), sample()
    try:
        mutant = find(only)
    except EngineSpecError as error:
        raise CheckError(f"{error}; {GENERIC} takes a sample of those, {CATALOGUE} all of the catalogue") from None
    return ((), (mutant,)) if isinstance(mutant, Generic) else ((mutant,), ())


def _stale(chosen: Sequence[Mutant]) -> list[str]:
    """What does not fit the engine any more, a line each."""
    lines = []
    for mutant in chosen:
        try:
            mutant.source()
        except StaleError as error:
            lines.append(f"{mutant.name}: {error}")
    return lines


def _measured(console: Console, chosen: Sequence[Mutant], generic: Sequence[Generic], *, quick: bool) -> Report:
    total = len(chosen) + len(generic)
    done = 0
    with console.status(f"0 of {total}") as status:

        def on_result(result: Measured) -> None:
            nonlocal done
            done += 1
            status.update(f"{done} of {total}  {result.name}")

        found = measure([*chosen, *generic], quick=quick, on_result=on_result if console.is_terminal else None)
    return Report(
        seed=SEED,
        catalogue=found[: len(chosen)],
        generic=found[len(chosen) :],
        generic_in_all=len(enumerate_all()) if generic else 0,
    )


def _show_catalogue(console: Console, results: Sequence[Measured]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("mutant", no_wrap=True)
    for column in ("level", "found at", "found after", "shortest"):
        table.add_column(column, justify="right", no_wrap=True)
    scheduled = any(each.schedule for each in results)
    if scheduled:
        table.add_column("schedule: preemptions, steps", no_wrap=True)
    table.add_column("the bug", overflow="fold")
    for each in results:
        style = "" if each.caught and not each.late else "red"
        found_at = str(each.caught_at) if each.caught_at else ""
        cells = [each.name, str(each.level), found_at, _calls(each), _length(each)]
        if scheduled:
            cells.append(f"{each.schedule}: {each.preemptions}, {each.steps}" if each.schedule else "")
        table.add_row(*cells, escape(each.bug), style=style)
    print_whole(console, table)
    caught = sum(each.caught for each in results)
    reduced = all(each.minimal for each in results if each.caught)
    note = "" if reduced else "  (* not reduced: a hang, rows that level 3 compares, or a quick measure)"
    console.print(f"catalogue: {caught} of {len(results)} found{note}", highlight=False)


def _calls(result: Measured) -> str:
    """After how many calls; where the engine's process ended, nobody counted them."""
    if not result.caught:
        return "not found"
    found = f"{result.calls:,}" if result.calls else "?"
    return f"{found} (late)" if result.late else found


def _length(result: Measured) -> str:
    return f"{result.length}{'' if result.minimal else '*'}" if result.length else ""


def _show_generic(console: Console, report: Report) -> None:
    caught = sum(each.caught for each in report.generic)
    levels = Counter(each.caught_at for each in report.generic if each.caught)
    by_level = ", ".join(f"level {level}: {count}" for level, count in sorted(levels.items())) or "none"
    console.print(
        f"generic: {caught} of {len(report.generic)} found ({caught / len(report.generic):.0%}; {by_level}), "
        f"a sample of {report.generic_in_all} mechanical changes of the engine",
        highlight=False,
    )
    for each in report.generic:
        if not each.caught:
            text = f"survived: {each.name}  {each.place}  {each.bug}  ({each.headline})"
            console.print(escape(text), soft_wrap=True, highlight=False)


def _write(path: Path, report: Report) -> None:
    try:
        path.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")
    except OSError as error:
        raise CheckError(f"{path}: {error.strerror or error}") from None
