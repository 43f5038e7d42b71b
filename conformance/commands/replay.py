"""`jetconform replay`: make a saved history again on an engine, and judge it anew."""

import argparse
from pathlib import Path
from typing import Any

import msgspec

from ..check import Request, replay
from ..findings import load
from ..laboratory import contract
from ..reports.standalone import standalone
from ..scorecard import EXIT, show_finding
from ..screen import make_console
from ..trace import encode
from .check import add_call_timeout, add_engine, check_output, check_seconds, write_output


def add_parser(subparsers: Any) -> None:
    """Add the command to the main parser."""
    parser = subparsers.add_parser("replay", help="make a saved history again and judge it", description=__doc__)
    parser.add_argument("file", type=Path, metavar="FILE", help="a finding, a regression, or any trace")
    add_engine(parser)
    parser.add_argument("--profile", help="by default the one in the file, else documented")
    add_call_timeout(parser)
    parser.add_argument("--svg", type=Path, metavar="PICTURE", help="write the picture of the history, as it was made")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run the command. Raises TraceError or CheckError for wrong input."""
    check_seconds("--call-timeout", args.call_timeout)
    if args.svg is not None:
        check_output(args.svg)
    trace, script = load(args.file)
    profile = args.profile or trace.header.profile or "documented"
    contract(profile)
    request = Request(engine=args.engine, profile=profile, seed=0, call_timeout=args.call_timeout)
    report = replay(request, script, trace=trace)
    console = make_console()
    if report.finding is not None:
        show_finding(console, msgspec.structs.replace(report.finding, minimal=True))
    if args.svg is not None:
        write_output(args.svg, standalone(report, args.engine, profile).encode("utf-8"))
    console.print(
        f"{report.verdict}  {args.file}, {report.calls} calls, engine {args.engine}, profile {profile}",
        markup=False,
        soft_wrap=True,
        highlight=False,
    )
    if report.unmade:
        console.print(report.unmade, markup=False, highlight=False)
    if trace.header.schedule is not None:
        same = [*map(encode, report.events)] == [*map(encode, trace.events)]
        told = "the same to the byte" if same else "not the same as in the file"
        console.print(f"schedule {trace.header.schedule}: the history is {told}", markup=False, highlight=False)
    return EXIT[report.verdict]
