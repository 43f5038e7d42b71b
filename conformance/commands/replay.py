"""`jetconform replay`: make a saved history again on an engine, and judge it anew."""

import argparse
from pathlib import Path
from typing import Any

import msgspec

from ...model.calls import ALL_CALLS
from ..check import CheckError, Request, replay
from ..findings import load
from ..laboratory import PROFILES
from ..scorecard import EXIT, show_finding
from ..screen import make_console
from ..script import CallStep
from ..trace import TraceError
from .check import add_engine


def add_parser(subparsers: Any) -> None:
    """Add the command to the main parser."""
    parser = subparsers.add_parser("replay", help="make a saved history again and judge it", description=__doc__)
    parser.add_argument("file", type=Path, metavar="FILE", help="a finding, a regression, or any trace")
    add_engine(parser)
    parser.add_argument("--profile", help="by default the one in the file, else documented")
    parser.add_argument(
        "--call-timeout", type=float, default=20.0, metavar="SECONDS", help="a call that takes longer hangs"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run the command. Raises TraceError or CheckError for wrong input."""
    trace, script = load(args.file)
    for step in script:
        if isinstance(step, CallStep) and step.call not in ALL_CALLS:
            raise TraceError(f"{args.file}: call {step.id}: the model has no call {step.call!r}")
    profile = args.profile or trace.header.profile or "documented"
    if profile not in PROFILES:
        raise CheckError(f"profile {profile!r} is not known: known are {', '.join(PROFILES)}")
    request = Request(engine=args.engine, profile=profile, seed=0, call_timeout=args.call_timeout)
    report = replay(request, script)
    console = make_console()
    if report.finding is not None:
        show_finding(console, msgspec.structs.replace(report.finding, minimal=True))
    console.print(
        f"{report.verdict}  {args.file}, {report.calls} calls, engine {args.engine}, profile {profile}", highlight=False
    )
    return EXIT[report.verdict]
