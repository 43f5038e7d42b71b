"""`jetconform compare`: what changed between two builds of an engine, by what `check --json` wrote of each."""

import argparse
from collections import Counter
from pathlib import Path
from typing import Any

from ..comparing import Way, compare, read
from ..screen import make_console


def add_parser(subparsers: Any) -> None:
    """Add the command to the main parser."""
    parser = subparsers.add_parser("compare", help="what changed between two runs", description=__doc__)
    parser.add_argument("old", type=Path, metavar="A.json", help="what check --json wrote of the one build")
    parser.add_argument("new", type=Path, metavar="B.json", help="and of the other")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run the command: 0 where nothing is worse, 1 where something is. Raises CheckError for wrong input."""
    old, new = read(args.old), read(args.new)
    changes = compare(old, new)
    console = make_console()

    def say(text: str) -> None:
        console.print(text, markup=False, highlight=False, soft_wrap=True)

    for way in Way:
        for change in changes:
            if change.way is way:
                say(f"{way.value:<7} {change.text}")
    counts = Counter(change.way for change in changes)
    told = ", ".join(f"{counts[way]} {way.value}" for way in Way)
    verdict = "the same" if not changes else "worse" if counts[Way.WORSE] else "no worse"
    say(f"{verdict}  {args.old}: {old.verdict}; {args.new}: {new.verdict}{f' ({told})' if changes else ''}")
    return 1 if counts[Way.WORSE] else 0
