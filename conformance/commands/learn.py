"""`jetconform learn`: infer the machine that an engine implements, and draw its difference from the model (docs/learn.md)."""

import argparse
import random
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ...model.projections import PROJECTIONS
from ..check import CheckError
from ..findings import DEFAULT_FOLDER
from ..laboratory import PROFILES, contract
from ..learning.difference import Apart, apart
from ..learning.learn import Learning, LearnRequest, learn, require_aalpy
from ..learning.learned import Learned
from ..reports.graph import svg
from ..reports.learning import (
    AGAINST,
    HEADERS,
    MISSING,
    Line,
    asked,
    counts,
    lines_apart,
    lines_of,
    machine_json,
    markdown,
)
from ..reports.machine import apart_dot, difference_dot, machine_dot
from ..scorecard import EXIT, show
from ..screen import make_console, print_whole
from ..suites import projection_of
from .check import add_call_timeout, add_engine, check_seconds, require, write_output

EXTRA_STATES = 1
MOST_EXTRA = 3
SHOWN = 30
"""Lines of a difference on the terminal; `--out` has them all."""


def add_parser(subparsers: Any) -> None:
    """Add the command to the main parser."""
    parser = subparsers.add_parser(
        "learn", help="infer the machine that an engine implements, and its difference", description=__doc__
    )
    add_engine(parser)
    names = ", ".join(projection.name for projection in PROJECTIONS)
    parser.add_argument("--projection", default="lifecycle", metavar="NAME", help=f"one of {names} (lifecycle)")
    parser.add_argument("--profile", default="documented", help=f"{' or '.join(PROFILES)} (documented)")
    parser.add_argument("--against", metavar="SPEC", help="learn this engine too, and compare the two")
    parser.add_argument("--seed", type=int, metavar="N", help="of everything random; printed when it is not given")
    parser.add_argument(
        "--budget", type=float, metavar="SECONDS", help="end after this long, an engine; the verdict is unknown then"
    )
    parser.add_argument(
        "--extra-states",
        type=int,
        default=EXTRA_STATES,
        metavar="K",
        help=f"exclude engines of up to K states more than were learned, 0 to {MOST_EXTRA} ({EXTRA_STATES})",
    )
    add_call_timeout(parser)
    parser.add_argument("--out", type=Path, metavar="DIR", help="write the machine and the difference there")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run the command. Raises CheckError for wrong input."""
    _validate(args)
    console = make_console()
    seed = args.seed if args.seed is not None else random.SystemRandom().randrange(1 << 32)
    one = _learn(console, args, args.engine, seed)
    other = None if args.against is None else _learn(console, args, args.against, seed)
    found = _apart(one, other)
    _print(console, one, other, found)
    if args.out is not None:
        for path in _write(args.out, one, other, found):
            console.print(escape(str(path)), soft_wrap=True, highlight=False)
    statuses = [EXIT[each.card.verdict] for each in (one, other) if each is not None]
    return 1 if found or 1 in statuses else max(statuses)


def _validate(args: argparse.Namespace) -> None:
    require_aalpy()
    projection_of(args.projection)
    contract(args.profile)
    check_seconds("--call-timeout", args.call_timeout)
    check_seconds("--budget", args.budget)
    if not 0 <= args.extra_states <= MOST_EXTRA:
        raise CheckError(f"--extra-states {args.extra_states}: expected a number from 0 to {MOST_EXTRA}")
    if args.out is not None and args.out.exists() and not args.out.is_dir():
        raise CheckError(f"{args.out}: not a folder")


def _learn(console: Console, args: argparse.Namespace, engine: str, seed: int) -> Learning:
    request = LearnRequest(
        engine=engine,
        projection=args.projection,
        profile=args.profile,
        seed=seed,
        extra=args.extra_states,
        call_timeout=args.call_timeout,
        budget=args.budget,
    )
    with console.status("starting") as status:
        on_progress = (lambda text: status.update(escape(text))) if sys.stdout.isatty() else None
        learning = learn(request, folder=DEFAULT_FOLDER, on_progress=on_progress)
    require(learning.card, 1 if engine == "reference" else 0)
    return learning


def _apart(one: Learning, other: Learning | None) -> tuple[Apart, ...] | None:
    """Where the two engines differ; None where they are not compared, or too little is known of one."""
    if other is None or one.found is None or other.found is None:
        return None
    assert one.report.learned is not None, "a difference is of a machine"
    assert other.report.learned is not None, "a difference is of a machine"
    return apart(one.report.learned, other.report.learned)


# -- what is shown --------------------------------------------------------------------------------------------------------


def _print(console: Console, one: Learning, other: Learning | None, found: tuple[Apart, ...] | None) -> None:
    if found is not None:
        assert one.found is not None, "it was compared"
        _print_lines(console, AGAINST, lines_apart(one.machine, one.found.names, found))
        alike = "answer alike" if not found else f"differ in {len(found):,} answer{'' if len(found) == 1 else 's'}"
        console.print(f"the two engines {alike}", highlight=False)
        console.print()
    for learning in (one, other):
        if learning is None:
            continue
        if other is not None:
            console.print(f"[bold]{escape(learning.request.engine)}[/]", soft_wrap=True, highlight=False)
        if learning.found is not None:
            if other is None:
                shown = [
                    line
                    for line in lines_of(learning.machine, learning.found)
                    if line.kind != MISSING or not line.state
                ]
                _print_lines(console, HEADERS, shown)
            console.print(counts(learning.machine, learning.found), soft_wrap=True, highlight=False)
        if learning.wavering:
            console.print(
                f"[bold yellow]not deterministic[/]  {escape(learning.wavering)}", soft_wrap=True, highlight=False
            )
        elif learning.found is None:
            console.print("too little was asked to show a machine", highlight=False)
        if learning.report.runs:
            console.print(asked(learning), soft_wrap=True, highlight=False)
        console.print()
        show(console, learning.card)


def _print_lines(console: Console, headers: Sequence[str], lines: Sequence[Line]) -> None:
    if not lines:
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for header in headers:
        table.add_column(header, overflow="fold")
    for line in lines[:SHOWN]:
        table.add_row(*map(escape, line))
    print_whole(console, table)
    if len(lines) > SHOWN:
        console.print(f"and {len(lines) - SHOWN:,} more lines, written by --out", highlight=False)
    console.print()


# -- what is written ------------------------------------------------------------------------------------------------------


def _write(folder: Path, one: Learning, other: Learning | None, found: tuple[Apart, ...] | None) -> list[Path]:
    """Write what was learned; nothing of an engine of which too little is known. CheckError where that cannot be done."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CheckError(f"{folder}: {error.strerror or error}") from None
    files: dict[str, bytes] = {}
    for name, learning in (("machine", one), ("against", other)):
        if learning is not None and learning.found is not None and learning.report.learned is not None:
            files |= _machine_files(name, learning, learning.report.learned, learning.found.names)
    if one.found is not None and one.report.learned is not None and (other is None or found is not None):
        files |= _difference_files(one, one.report.learned, other, found)
    for name, data in files.items():
        write_output(folder / name, data)
    return [folder / name for name in files]


def _machine_files(name: str, learning: Learning, learned: Learned, names: Sequence[str]) -> dict[str, bytes]:
    request = learning.request
    title = f"{request.engine}: the {request.projection} that was learned"
    dot = machine_dot(learning.machine, learned, names, title)
    return {
        f"{name}.json": machine_json(learning, learned, names),
        f"{name}.dot": dot.encode(),
        f"{name}.svg": svg(dot),
    }


def _difference_files(
    one: Learning, learned: Learned, other: Learning | None, found: tuple[Apart, ...] | None
) -> dict[str, bytes]:
    assert one.found is not None, "nothing is written of a machine that was not compared"
    request = one.request
    if other is None:
        title = f"{request.engine} beside the model ({request.profile}): {request.projection}"
        dot = difference_dot(one.machine, learned, one.found, title)
        text = markdown(one, lines_of(one.machine, one.found))
    else:
        title = f"{request.engine} beside {other.request.engine}: {request.projection}"
        dot = apart_dot(one.machine, learned, one.found.names, found or (), title, other.request.engine)
        text = markdown(one, lines_apart(one.machine, one.found.names, found or ()), other)
    return {"difference.svg": svg(dot), "difference.md": text.encode()}
