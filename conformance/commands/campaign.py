"""`jetconform campaign`: long runs over many processes and machines, which go on where they were (docs/campaigns.md)."""

import argparse
import os
import random
import shutil
from pathlib import Path
from typing import Any

from ..campaigns.campaign import Campaign, Request
from ..campaigns.lock import locked
from ..campaigns.logbook import State, going, read
from ..campaigns.pool import local, remote
from ..campaigns.summary import show, verdict
from ..check import CheckError
from ..scorecard import EXIT
from ..screen import make_console, progress
from .check import BUILT, LEVELS, check_seconds

ENGINE = "reference"


def add_parser(subparsers: Any) -> None:
    """Add the command to the main parser."""
    parser = subparsers.add_parser(
        "campaign", help="a long run over many processes that goes on where it was", description=__doc__
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    _add_run(actions)
    status = actions.add_parser("status", help="how far a campaign is, and what it found")
    status.add_argument("folder", type=Path, metavar="DIR", help="the folder of the campaign")
    status.set_defaults(run=run_status)


def _add_run(actions: Any) -> None:
    parser = actions.add_parser("run", help="begin a campaign, or go on with it")
    parser.add_argument("folder", type=Path, metavar="DIR", help="its folder, which is made when it is missing")
    parser.add_argument(
        "--engine", action="append", metavar="SPEC", help=f"as of check; may be given several times ({ENGINE})"
    )
    parser.add_argument("--level", type=int, metavar="N", help=f"levels 1 to N (built: {BUILT})")
    parser.add_argument("--seed", type=int, metavar="N", help="of everything random in the first round")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--workers", type=int, metavar="N", help="processes of this machine (one for each processor)")
    where.add_argument("--scheduler", metavar="ADDRESS", help="of a cluster that is running: tcp://HOST:PORT")
    parser.add_argument("--budget", type=float, metavar="SECONDS", help="go on with further seeds until then")
    parser.add_argument(
        "--rounds", type=int, metavar="N", help="seeds at the most (1, or with --budget as many as it lets)"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run the command: the status of its verdict. Raises CheckError for wrong input."""
    _validate(args)
    folder: Path = args.folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CheckError(f"{folder}: {error.strerror or error}") from None
    with locked(folder):
        request = _request(args, going(folder))
        scratch = folder.absolute() / "scratch"
        shutil.rmtree(scratch, ignore_errors=True)  # of a process that was killed
        try:
            state = _run(args, request, scratch)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    return _tell(state, folder)


def run_status(args: argparse.Namespace) -> int:
    """Run the command: the status of the verdict until now. Raises CheckError where there is no campaign."""
    state = read(args.folder)
    if state is None:
        raise CheckError(f"{args.folder}: there is no campaign (jetconform campaign run begins one)")
    return _tell(state, args.folder)


def _tell(state: State, folder: Path) -> int:
    show(make_console(), state, folder)
    return EXIT[verdict(state)]


def _run(args: argparse.Namespace, request: Request, scratch: Path) -> State:
    with progress() as say:
        say("starting")
        if args.scheduler:
            with remote(args.scheduler) as pool:
                return Campaign(request, args.folder, pool, on_progress=say).run()
        scratch.mkdir()
        with local(args.workers or os.cpu_count() or 1, scratch) as pool:
            return Campaign(request, args.folder, pool, scratch=str(scratch), on_progress=say).run()


def _request(args: argparse.Namespace, known: State | None) -> Request:
    """What is asked; of a campaign that is there what is left out is as it was. CheckError where it was something else."""
    engines = tuple(dict.fromkeys(args.engine)) if args.engine else None
    levels = tuple(level for level in LEVELS if level <= args.level) if args.level is not None else None
    if known is None:
        seed = args.seed if args.seed is not None else random.SystemRandom().randrange(1 << 32)
        engines, levels = engines or (ENGINE,), levels or LEVELS
    else:
        begun = known.begun
        asked = (("engine", engines, begun.engines), ("level", levels, begun.levels), ("seed", args.seed, begun.seed))
        for option, wanted, was in asked:
            if wanted is not None and wanted != was:
                raise CheckError(f"{args.folder}: the campaign there has another --{option}: {_words(was)}")
        engines, levels, seed = begun.engines, begun.levels, begun.seed
    return Request(engines=engines, levels=levels, seed=seed, budget=args.budget, rounds=args.rounds)


def _words(value: object) -> str:
    """The value of an option, as it is given."""
    if not isinstance(value, tuple):
        return str(value)
    return str(max(value)) if isinstance(value[0], int) else ", ".join(map(str, value))


def _validate(args: argparse.Namespace) -> None:
    if args.level is not None and args.level not in LEVELS:
        raise CheckError(f"level {args.level} is not known: known are {', '.join(map(str, LEVELS))}")
    for option, number in (("--workers", args.workers), ("--rounds", args.rounds)):
        if number is not None and number < 1:
            raise CheckError(f"{option} {number}: expected at least 1")
    check_seconds("--budget", args.budget)
