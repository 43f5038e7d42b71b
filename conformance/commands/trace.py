"""`jetconform trace check`: recorded traces held against the profiles, call by call.

FILE is a trace (one JSON object a line), a folder of them (*.jsonl), or a packed archive (.tar.gz, .tgz, .tar), which is read
without being unpacked. Exit status: 0 all explained, 1 some rejected, 2 a file is no trace, 3 some calls could not be judged.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import msgspec

from ...model.deviations import Deviation
from ...model.guards.documented import DOCUMENTED
from ...model.rows import Profile
from .. import deviating
from ..archive import traces
from ..check import CheckError
from ..deviation_names import seen
from ..laboratory import PROFILES
from ..reportage import show
from ..scorecard import EXIT
from ..screen import make_console, progress
from ..tally import Tally
from ..tracecheck import LIMIT, Checked, check
from . import record
from .check import add_bound, check_bound

EVERY = 50
"""Traces between two changes of what a terminal shows as progress."""


def add_parser(subparsers: Any) -> None:
    """Add the command to the main parser."""
    parser = subparsers.add_parser("trace", help="hold recorded traces against the model", description=__doc__)
    commands = parser.add_subparsers(dest="trace_command", required=True, metavar="COMMAND")
    one = commands.add_parser(
        "check", help="whether a profile explains recorded traces, call by call", description=__doc__
    )
    one.add_argument("files", type=Path, nargs="+", metavar="FILE", help="a trace, a folder or an archive of traces")
    one.add_argument("--profile", choices=tuple(PROFILES), help="by default all profiles, one after another")
    add_bound(one, LIMIT)
    one.add_argument(
        "--deviations", type=Path, metavar="FILE", help="documented, overlaid with the deviations of this file (TOML)"
    )
    one.add_argument("--json", type=Path, metavar="FILE", help="write the counts and the rejected calls as JSON")
    one.set_defaults(run=run)
    record.add_parser(commands)


def run(args: argparse.Namespace) -> int:
    """Run the command. Raises TraceError or CheckError for wrong input."""
    if args.json is not None and (args.json.is_dir() or not args.json.absolute().parent.is_dir()):
        raise CheckError(f"{args.json}: expected a file in a folder that exists")
    check_bound(args.bound)
    profiles = _profiles(args.profile, args.deviations)
    checked = _check(args.files, profiles, args.bound)
    show(make_console(), checked.tallies, deviating.read(deviating.SHIPPED))
    for one in deviating.expired(deviating.read(args.deviations)) if args.deviations else ():
        sys.stdout.write(f"expired  deviation {one.id}, on {one.expires}: judged as if it were not there\n")
    sys.stdout.flush()
    for problem in checked.invalid:
        sys.stderr.write(f"jetconform: {problem}\n")
    if args.json is not None:
        _write(args.json, checked, single=len(profiles) == 1)
    return 2 if checked.invalid else status(checked.tallies)


def _profiles(name: str | None, deviations: Path | None) -> list[Profile]:
    if deviations is None:
        return [PROFILES[name]] if name else list(PROFILES.values())
    if name not in (None, DOCUMENTED.name):
        raise CheckError(f"--deviations overlays the profile {DOCUMENTED.name}, not {name}")
    return [deviating.overlaid(deviations)]


def status(tallies: list[Tally]) -> int:
    """The exit status: a rejection in any profile is 1, else a call that no verdict could be given of is 3."""
    verdicts = {tally.verdict for tally in tallies}
    worst = next((one for one in ("does-not-conform", "unknown") if one in verdicts), "conforms")
    return EXIT[worst]


def _check(files: list[Path], profiles: list[Profile], bound: int) -> Checked:
    with progress() as tell:
        return check(traces(files), profiles, _now_and_then(tell), bound=bound)


def _now_and_then(tell: Callable[[str], None]) -> Callable[[str], None]:
    """Told of every trace, tells of one in so many."""
    seen = count()

    def told(name: str) -> None:
        number = next(seen)
        if not number % EVERY:
            tell(f"{number:,} traces  {name}")

    return told


def _deviations(tally: Tally, known: Sequence[Deviation]) -> dict[str, object]:
    return {"deviations": dict(seen(tally.rejected, known))} if tally.profile is DOCUMENTED else {}


def _write(path: Path, checked: Checked, *, single: bool) -> None:
    """One profile as an object of its own; several as an object of such objects, by name."""
    known = deviating.read(deviating.SHIPPED)
    counts = {tally.profile.name: {**tally.as_json(), **_deviations(tally, known)} for tally in checked.tallies}
    for one in counts.values():
        one["invalid"] = checked.invalid
    found: object = next(iter(counts.values())) if single else counts
    try:
        path.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n")
    except OSError as error:
        raise CheckError(f"{path}: {error.strerror or error}") from None
