"""`jetconform mutants`: seeded bugs of the reference engine, and what found each after how many calls."""

import argparse
from pathlib import Path
from typing import Any


def add_parser(subparsers: Any) -> None:
    """Add the command to the main parser."""
    parser = subparsers.add_parser("mutants", help="measure which seeded bugs the harness finds", description=__doc__)
    parser.add_argument("--only", metavar="NAME", help="one mutant of the catalogue, or generic")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the measure as JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run the command."""
    raise NotImplementedError
