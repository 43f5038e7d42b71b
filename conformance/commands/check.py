"""`jetconform check`: drive an engine, judge it, and say what was checked."""

import argparse
import random
import shlex
import sys
from pathlib import Path
from threading import TIMEOUT_MAX
from typing import Any

from ..belief import LIMIT
from ..check import CheckError, Request, check
from ..findings import DEFAULT_FOLDER
from ..journal import Progress
from ..keep import keep
from ..laboratory import DEVIATING, FLAVOURED, FLAVOURS, PROFILES, contract
from ..levels import NAMES
from ..reports.forms import as_html, as_json, as_junit
from ..scorecard import EXIT, Scorecard, show
from ..screen import make_console

LEVELS = tuple(NAMES)
CALL_TIMEOUT = 20.0
BUILT = ", ".join(f"{level} {name}" for level, name in NAMES.items())


def add_parser(subparsers: Any) -> None:
    """Add the command to the main parser."""
    parser = subparsers.add_parser("check", help="drive an engine and judge it by the model", description=__doc__)
    add_engine(parser)
    parser.add_argument(
        "--profile", default="documented", help="documented (the public pages) or ese (Microsoft's engine)"
    )
    parser.add_argument(
        "--flavour", default="", metavar="NAME", help=f"of the profile ese: {', '.join(FLAVOURS)} (any)"
    )
    levels = parser.add_mutually_exclusive_group()
    levels.add_argument("--level", type=int, default=max(LEVELS), metavar="N", help=f"levels 1 to N (built: {BUILT})")
    levels.add_argument("--only-level", type=int, metavar="N", help="level N alone")
    levels.add_argument("--cell", default="", metavar="ID", help="one cell of level 1, and the calls on the way to it")
    parser.add_argument(
        "--budget", type=float, metavar="SECONDS", help="end after this long; the verdict may be unknown then"
    )
    parser.add_argument("--seed", type=int, metavar="N", help="of everything random; printed when it is not given")
    parser.add_argument(
        "--require", type=int, default=0, metavar="N", help="unknown if anything up to level N was not exercised"
    )
    add_call_timeout(parser)
    add_bound(parser, LIMIT)
    parser.add_argument(
        "--deviations", type=Path, metavar="FILE", help="documented, overlaid with the deviations of this file (TOML)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the scorecard as JSON")
    parser.add_argument(
        "--html", type=Path, metavar="FILE", help="write one page to read, with the picture of a finding"
    )
    parser.add_argument(
        "--junit", type=Path, metavar="FILE", help="write what CI systems read: a case a level and a finding"
    )
    parser.add_argument("-j", "--jobs", type=int, default=1, metavar="N", help="run so many levels at a time (1)")
    parser.add_argument(
        "--regressions", type=Path, metavar="DIR", help="replay these findings first, save new ones there"
    )
    parser.add_argument(
        "--keep", type=Path, metavar="DIR", help="of a finding, save the trace and the engine's folders"
    )
    parser.set_defaults(run=run)


def add_engine(parser: argparse._ActionsContainer) -> None:
    """The option that names the engine under test."""
    forms = "reference, python:module:factory, process:command (docs/protocol.md) or mutant:name"
    parser.add_argument("--engine", default="reference", metavar="SPEC", help=forms)


def add_call_timeout(parser: argparse.ArgumentParser) -> None:
    """The option that says when a call hangs."""
    parser.add_argument(
        "--call-timeout",
        type=float,
        default=CALL_TIMEOUT,
        metavar="SECONDS",
        help="a call that takes longer hangs (20)",
    )


def add_bound(parser: argparse.ArgumentParser, default: int) -> None:
    """The option that bounds the judge's memory."""
    parser.add_argument(
        "--bound",
        type=int,
        default=default,
        metavar="N",
        help=f"states that the judge keeps at the most; where more are possible the verdict is unknown ({default:,})",
    )


def check_bound(bound: int) -> None:
    """CheckError for a bound under which nothing can be judged."""
    if bound < 1:
        raise CheckError(f"--bound {bound}: expected a number of states, at least 1")


def run(args: argparse.Namespace) -> int:
    """Run the command. Raises CheckError for wrong input."""
    _validate(args)
    console = make_console()
    seed = args.seed if args.seed is not None else random.SystemRandom().randrange(1 << 32)
    request = Request(
        engine=args.engine,
        profile=_profile(args),
        seed=seed,
        budget=args.budget,
        call_timeout=args.call_timeout,
        regressions=str(args.regressions or ""),
        cell=args.cell,
        levels=_levels(args),
        bound=args.bound,
    )
    folder = args.regressions or DEFAULT_FOLDER
    with console.status("starting") as status:

        def on_progress(progress: Progress) -> None:
            status.update(f"history {progress.histories:,}  {progress.name}")

        heard = on_progress if sys.stdout.isatty() else None
        card = check(request, folder=folder, on_progress=heard, jobs=args.jobs)
    require(card, 1 if card.engine == "reference" else args.require)
    card.command = _command(args, seed)
    show(console, card)
    for path, form in ((args.json, as_json), (args.html, as_html), (args.junit, as_junit)):
        if path is not None:
            write_output(path, form(card))
    if card.finding is not None and args.keep is not None:
        _keep(args.keep, card, args.call_timeout)
    return EXIT[card.verdict]


def require(card: Scorecard, level: int) -> None:
    """Nothing up to that level may be left out: of what was not exercised nobody knows whether it conforms."""
    if level >= 1 and card.verdict == "conforms" and card.not_exercised:
        card.verdict = "unknown"


def _profile(args: argparse.Namespace) -> str:
    """The profile, with the file of the deviations where one is given. CheckError for a file that is wrong."""
    if args.deviations is None:
        named = f"{args.profile}{FLAVOURED}{args.flavour}" if args.flavour else str(args.profile)
        contract(named)
        return named
    if args.flavour:
        raise CheckError("--flavour is of the profile ese, --deviations of documented")
    if args.profile != "documented":
        raise CheckError(f"--deviations overlays the profile documented, not {args.profile}")
    profile = f"{args.profile}{DEVIATING}{args.deviations.absolute()}"
    contract(profile)
    return profile


def _levels(args: argparse.Namespace) -> tuple[int, ...]:
    if args.cell:
        return (1,)
    return (
        (args.only_level,) if args.only_level is not None else tuple(level for level in LEVELS if level <= args.level)
    )


def _validate(args: argparse.Namespace) -> None:
    if args.profile not in PROFILES:
        raise CheckError(f"profile {args.profile!r} is not known: known are {', '.join(PROFILES)}")
    level = args.only_level if args.only_level is not None else args.level
    if level not in LEVELS:
        raise CheckError(f"level {level} is not known: known are {', '.join(map(str, LEVELS))}")
    if args.require and args.require not in LEVELS:
        raise CheckError(f"level {args.require} is not known: known are {', '.join(map(str, LEVELS))}")
    check_seconds("--call-timeout", args.call_timeout)
    check_seconds("--budget", args.budget)
    if args.jobs < 1:
        raise CheckError(f"-j {args.jobs}: expected a number of levels, at least 1")
    check_bound(args.bound)
    for folder in (args.regressions, args.keep):
        if folder is not None and folder.exists() and not folder.is_dir():
            raise CheckError(f"{folder}: not a folder")
    for path in (args.json, args.html, args.junit):
        if path is not None:
            check_output(path)


def check_output(path: Path) -> None:
    """CheckError for a place where no file can be written."""
    if not path.absolute().parent.is_dir():
        raise CheckError(f"{path}: no such folder")
    if path.is_dir():
        raise CheckError(f"{path}: is a folder, expected a file")


def check_seconds(option: str, seconds: float | None) -> None:
    """CheckError for a time that nobody can wait for: not above 0, endless, or no number."""
    if seconds is not None and not 0 < seconds <= TIMEOUT_MAX:
        raise CheckError(f"{option} {seconds:g}: expected a time above 0 and at most {TIMEOUT_MAX:g} seconds")


def _keep(folder: Path, card: Scorecard, call_timeout: float) -> None:
    try:
        keep(card, folder, call_timeout=call_timeout)
    except OSError as error:
        raise CheckError(f"{folder}: {error.strerror or error}") from None


def write_output(path: Path, data: bytes) -> None:
    """Write a file that was asked for. CheckError where that cannot be done."""
    try:
        path.write_bytes(data)
    except OSError as error:
        raise CheckError(f"{path}: {error.strerror or error}") from None


def _command(args: argparse.Namespace, seed: int) -> str:
    """The command that makes this run again: what bears on the run, with the seed that it had."""
    given: list[tuple[str, object, object]] = [
        # option, its value, the value that it has when it is left out
        ("--engine", args.engine, "reference"),
        ("--profile", args.profile, "documented"),
        ("--flavour", args.flavour, ""),
        ("--deviations", args.deviations, None),
        ("--level", args.level, max(LEVELS)),
        ("--only-level", args.only_level, None),
        ("--cell", args.cell, ""),
        ("--budget", args.budget, None),
        ("--require", args.require, 0),
        ("--bound", args.bound, LIMIT),
        ("--call-timeout", args.call_timeout, CALL_TIMEOUT),
        ("--regressions", args.regressions, None),
        ("--seed", seed, None),
    ]
    options = [word for name, value, usual in given if value != usual for word in (name, _shown(value))]
    return shlex.join(["jetconform", "check", *options])


def _shown(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
