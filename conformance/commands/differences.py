"""`jetconform differences`: the page that shows where Microsoft's engine breaks the public pages, and the traces on it.

Without an option the page is written anew from the deviations and the traces beside it; with --traces these are cut anew from
recordings. Exit status: 0 written or fresh, 1 stale, 2 wrong input.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...model.deviations import Deviation
from .. import deviating
from ..archive import traces
from ..check import CheckError
from ..differences import FOLDER, page
from ..shown import Shower
from ..trace import Header, Trace, TraceError, read, write

PAGE = Path("docs") / "differences.md"


def add_parser(subparsers: Any) -> None:
    """Add the command to the main parser."""
    parser = subparsers.add_parser(
        "differences", help="write the page of differences between engine and pages", description=__doc__
    )
    parser.add_argument("--check", action="store_true", help="write nothing; say whether the page is stale")
    parser.add_argument("--traces", type=Path, metavar="FILE", help="recordings to cut the traces of the page from")
    parser.add_argument("--out", type=Path, default=PAGE, metavar="FILE", help="the page (default: %(default)s)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run the command. Raises TraceError or CheckError for wrong input."""
    deviations = deviating.read(deviating.SHIPPED)
    try:
        if args.traces is not None and not args.check:
            _cut(args.traces, args.out.parent / FOLDER, deviations)
        text = page(deviations, shown_traces(args.out.parent / FOLDER, deviations))
        if args.check:
            fresh = args.out.is_file() and args.out.read_text("utf-8") == text
            if not fresh:
                sys.stdout.write(f"{args.out}: {'out of date' if args.out.exists() else 'missing'}\n")
            return 0 if fresh else 1
        args.out.write_text(text, "utf-8")
    except OSError as error:
        raise CheckError(f"{error.filename}: {error.strerror}") from None
    except ValueError as error:
        if isinstance(error, TraceError):
            raise
        raise CheckError(str(error)) from None
    return 0


def shown_traces(folder: Path, deviations: Sequence[Deviation]) -> dict[str, Trace]:
    """The trace of each deviation that was observed, by its id."""
    return {one.id: read(folder / f"{one.id}.jsonl") for one in deviations if one.observed}


def _cut(recordings: Path, folder: Path, deviations: Sequence[Deviation]) -> None:
    """The shortest trace of each deviation, of those that are named for it, written into the folder."""
    wanted = {name for one in deviations for name in one.observed}
    found = {Path(one.name).stem: one for one in traces([recordings]) if isinstance(one, Trace)}
    missing = sorted(wanted - found.keys())
    if missing:
        raise CheckError(f"{recordings}: it holds no trace {missing[0]}, which a deviation names")
    folder.mkdir(parents=True, exist_ok=True)
    for one in deviations:
        shower = Shower(one, deviations)
        short = [trace for name in one.observed if (trace := shower.shortest(found[name])) is not None]
        if one.observed and not short:
            raise CheckError(f"{one.id}: none of the traces that it names shows it")
        if short:
            best = min(short, key=lambda trace: len(trace.events))
            header = Header(trace=1, engine=best.header.engine, scenario=f"{one.id}, cut from {Path(best.name).stem}")
            write(folder / f"{one.id}.jsonl", header, best.events)
