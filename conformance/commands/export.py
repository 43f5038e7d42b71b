"""`jetconform model export`: the model in the languages of other tools (docs/exports.md)."""

import argparse
import sys
from pathlib import Path
from typing import Any

from ...model.exports.building import rules_of
from ...model.exports.charts import CHARTS
from ...model.exports.document import encode
from ...model.exports.dot import dot
from ...model.exports.mermaid import mermaid
from ...model.exports.promela import promela
from ...model.exports.tla import tla
from ...model.rows import Profile
from ...model.verify import CALLERS
from ..check import CheckError
from ..laboratory import PROFILES
from .check import check_output, write_output

OF_RULES = {"promela": promela, "tla": tla}
"""The formats that write the rules of one domain."""
OF_CHARTS = {"mermaid": mermaid, "dot": dot}
"""The formats that write a chart."""
DOMAINS = {domain.name: domain for domain, _ in CALLERS}
MOST_CALLERS = 3


def add_parser(commands: Any) -> None:
    """Add the command to that of the model."""
    parser = commands.add_parser("export", help="the model for SPIN, TLA+, Mermaid, Graphviz, or as JSON")
    formats = (*OF_RULES, *OF_CHARTS, "json")
    parser.add_argument("--format", required=True, choices=formats, help="tla is written unchecked")
    parser.add_argument("--profile", default="documented", choices=tuple(PROFILES), help="documented unless given")
    names = "; ".join(DOMAINS)
    parser.add_argument("--domain", metavar="NAME", help=f"of promela and tla: one of {names} (two callers)")
    parser.add_argument(
        "--callers", type=int, metavar="N", help=f"of promela and tla: 1 to {MOST_CALLERS} (as many as the domain says)"
    )
    parser.add_argument("--chart", choices=tuple(CHARTS), help="of mermaid and dot (lifecycle)")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="write it there (standard output)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the export. CheckError for wrong input."""
    if args.output is not None:
        check_output(args.output)
    text = _text(args, PROFILES[args.profile])
    if args.output is None:
        sys.stdout.write(text)
    else:
        write_output(args.output, text.encode())
    return 0


def _text(args: argparse.Namespace, profile: Profile) -> str:
    _check_options(args)
    if args.format in OF_CHARTS:
        return OF_CHARTS[args.format](CHARTS[args.chart or "lifecycle"](profile))
    if args.format not in OF_RULES:
        return encode(profile)
    name = args.domain or "two callers"
    if name not in DOMAINS:
        raise CheckError(f"domain {name!r} is not known: known are {'; '.join(DOMAINS)}")
    callers = args.callers or max(number for domain, number in CALLERS if domain.name == name)
    return OF_RULES[args.format](rules_of(profile, DOMAINS[name], callers))


def _check_options(args: argparse.Namespace) -> None:
    for option, formats in (("domain", OF_RULES), ("callers", OF_RULES), ("chart", OF_CHARTS)):
        if getattr(args, option) is not None and args.format not in formats:
            raise CheckError(f"--{option} is of the formats {' and '.join(formats)}, not of {args.format}")
    if args.callers is not None and not 1 <= args.callers <= MOST_CALLERS:
        raise CheckError(f"--callers {args.callers}: expected a number from 1 to {MOST_CALLERS}")
