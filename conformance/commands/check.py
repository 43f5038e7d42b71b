"""`jetconform check`: drive an engine, judge it, and say what was checked."""

import argparse
import random
import sys
from pathlib import Path
from typing import Any

import msgspec

from ..check import CheckError, Request, check
from ..findings import DEFAULT_FOLDER
from ..journal import Progress
from ..keep import keep
from ..laboratory import PROFILES
from ..scorecard import EXIT, Scorecard, show
from ..screen import make_console

LEVELS = (1,)


def add_parser(subparsers: Any) -> None:
    """Add the command to the main parser."""
    parser = subparsers.add_parser("check", help="drive an engine and judge it by the model", description=__doc__)
    add_engine(parser)
    parser.add_argument(
        "--profile", default="documented", help="documented (the public pages) or ese (Microsoft's engine)"
    )
    levels = parser.add_mutually_exclusive_group()
    levels.add_argument("--level", type=int, default=max(LEVELS), metavar="N", help="levels 1 to N (built: 1)")
    levels.add_argument("--only-level", type=int, metavar="N", help="level N alone")
    levels.add_argument("--cell", default="", metavar="ID", help="the states of one cell of level 1")
    parser.add_argument(
        "--budget", type=float, metavar="SECONDS", help="end after this long; the verdict may be unknown then"
    )
    parser.add_argument("--seed", type=int, help="of everything random; printed when it is not given")
    parser.add_argument(
        "--require", type=int, default=0, metavar="N", help="exit 3 if anything up to level N was not exercised"
    )
    parser.add_argument(
        "--call-timeout", type=float, default=20.0, metavar="SECONDS", help="a call that takes longer hangs"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the scorecard as JSON")
    parser.add_argument(
        "--regressions", type=Path, metavar="DIR", help="replay these findings first, save new ones there"
    )
    parser.add_argument(
        "--keep", type=Path, metavar="DIR", help="of a finding, save the trace and the engine's folders"
    )
    parser.set_defaults(run=run)


def add_engine(parser: argparse.ArgumentParser) -> None:
    """The option that names the engine under test."""
    parser.add_argument("--engine", default="reference", metavar="SPEC", help="reference or python:module:factory")


def run(args: argparse.Namespace) -> int:
    """Run the command. Raises CheckError for wrong input."""
    _validate(args)
    console = make_console()
    seed = args.seed if args.seed is not None else random.SystemRandom().randrange(1 << 32)
    request = Request(
        engine=args.engine,
        profile=args.profile,
        seed=seed,
        budget=args.budget,
        call_timeout=args.call_timeout,
        regressions=str(args.regressions or ""),
        cell=args.cell,
    )
    folder = args.regressions or DEFAULT_FOLDER
    with console.status("starting") as status:

        def on_progress(progress: Progress) -> None:
            status.update(f"history {progress.histories:,}  {progress.name}")

        card = check(request, folder=folder, on_progress=on_progress if sys.stdout.isatty() else None)
    if card.finding is not None and args.keep is not None:
        keep(card, args.keep, call_timeout=args.call_timeout)
    if args.json is not None:
        _write(args.json, card)
    show(console, card)
    return _exit(card, args.require)


def _exit(card: Scorecard, require: int) -> int:
    if card.verdict == "conforms" and (require >= 1 or card.engine == "reference") and card.not_exercised:
        return EXIT["unknown"]
    return EXIT[card.verdict]


def _validate(args: argparse.Namespace) -> None:
    if args.profile not in PROFILES:
        raise CheckError(f"profile {args.profile!r} is not known: known are {', '.join(PROFILES)}")
    level = args.only_level if args.only_level is not None else args.level
    if level not in LEVELS:
        raise CheckError(f"level {level} is not known: known are {', '.join(map(str, LEVELS))}")
    if args.require and args.require not in LEVELS:
        raise CheckError(f"level {args.require} is not known: known are {', '.join(map(str, LEVELS))}")
    if args.call_timeout <= 0 or (args.budget is not None and args.budget <= 0):
        raise CheckError("a time must be above 0 seconds")
    if args.regressions is not None and args.regressions.exists() and not args.regressions.is_dir():
        raise CheckError(f"{args.regressions}: not a folder")
    if args.json is not None and not args.json.absolute().parent.is_dir():
        raise CheckError(f"{args.json}: no such folder")


def _write(path: Path, card: Scorecard) -> None:
    try:
        path.write_bytes(msgspec.json.format(msgspec.json.encode(card), indent=2) + b"\n")
    except OSError as error:
        raise CheckError(f"{path}: {error.strerror or error}") from None
