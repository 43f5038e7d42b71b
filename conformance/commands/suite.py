"""`jetconform suite`: tests with a guarantee, derived from the model (docs/suites.md)."""

import argparse
import sys
from pathlib import Path
from typing import Any

from ...model.covers import Cover
from ...model.projections import PROJECTIONS
from ..check import CheckError
from ..findings import DEFAULT_FOLDER
from ..laboratory import PROFILES
from ..reports.forms import as_json
from ..scorecard import EXIT, show
from ..screen import make_console
from ..suite import encode, read
from ..suite_check import SuiteRequest, run_suite
from ..suites import generate
from .check import add_call_timeout, add_engine, check_output, check_seconds, require, write_output

MOST_EXTRA = 3


def add_parser(subparsers: Any) -> None:
    """Add the command to the main parser."""
    parser = subparsers.add_parser("suite", help="tests with a guarantee, derived from the model", description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    _add_generate(actions)
    _add_run(actions)


def _add_generate(actions: Any) -> None:
    parser = actions.add_parser("generate", help="write a suite as portable JSON")
    covers = [cover.value for cover in Cover]
    parser.add_argument("--cover", required=True, choices=covers, help="what the suite covers")
    names = ", ".join(projection.name for projection in PROJECTIONS)
    parser.add_argument("--projection", default="lifecycle", metavar="NAME", help=f"one of {names} (lifecycle)")
    parser.add_argument("--profile", default="documented", help=f"{' or '.join(PROFILES)} (documented)")
    parser.add_argument(
        "-k",
        type=int,
        default=0,
        metavar="N",
        help="of wmethod and wpmethod: states that an engine may have too many (0)",
    )
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="write it there (standard output)")
    parser.set_defaults(run=run_generate)


def _add_run(actions: Any) -> None:
    parser = actions.add_parser("run", help="run a suite on an engine")
    parser.add_argument("file", type=Path, metavar="FILE", help="a suite")
    add_engine(parser)
    parser.add_argument("--resume", action="store_true", help="go on where the last run of this suite and engine ended")
    parser.add_argument(
        "--budget", type=float, metavar="SECONDS", help="end after this long; the verdict is unknown then"
    )
    add_call_timeout(parser)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the scorecard as JSON")
    parser.set_defaults(run=run_run)


def run_generate(args: argparse.Namespace) -> int:
    """Write a suite. CheckError for wrong input."""
    cover = Cover(args.cover)
    if not 0 <= args.k <= MOST_EXTRA:
        raise CheckError(f"-k {args.k}: expected a number from 0 to {MOST_EXTRA}")
    if args.k and cover not in (Cover.WMETHOD, Cover.WPMETHOD):
        raise CheckError(f"-k is of the covers wmethod and wpmethod, not of {cover.value}")
    if args.output is not None:
        check_output(args.output)
    suite = generate(projection=args.projection, profile=args.profile, cover=cover, extra=args.k)
    data = encode(suite)
    if args.output is None:
        sys.stdout.buffer.write(data)
        return 0
    write_output(args.output, data)
    console = make_console()
    calls = sum(map(len, suite.tests))
    console.print(f"{args.output}: {len(suite.tests):,} tests, {calls:,} calls", markup=False, highlight=False)
    console.print(f"guarantee: {suite.guarantee}", markup=False, highlight=False, soft_wrap=True)
    return 0


def run_run(args: argparse.Namespace) -> int:
    """Run a suite. CheckError for wrong input."""
    check_seconds("--call-timeout", args.call_timeout)
    check_seconds("--budget", args.budget)
    if args.json is not None:
        check_output(args.json)
    suite = read(args.file)
    request = SuiteRequest(
        file=args.file, engine=args.engine, resume=args.resume, call_timeout=args.call_timeout, budget=args.budget
    )
    console = make_console()
    with console.status("starting") as status:
        on_progress = status.update if sys.stdout.isatty() else None
        card = run_suite(request, suite, folder=DEFAULT_FOLDER, on_progress=on_progress)
    require(card, 1 if card.engine == "reference" else 0)
    show(console, card)
    if args.json is not None:
        write_output(args.json, as_json(card))
    return EXIT[card.verdict]
