"""`jetconform esent build`: build the bridge to libraries that export the JET C API."""

import argparse
import shlex
from pathlib import Path
from typing import Any

from ..engines.esent.build import DEFAULT_FOLDER, BuildError, build
from ..errors import CheckError
from ..screen import make_console


def add_parser(subparsers: Any) -> None:
    """Add the command to the main parser."""
    parser = subparsers.add_parser("esent", help="the bridge to libraries that export the JET C API")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    action = actions.add_parser("build", help="compile the bridge with the C compiler that is there")
    action.add_argument(
        "--out",
        type=Path,
        default=DEFAULT_FOLDER,
        metavar="DIR",
        help=f"where to ({DEFAULT_FOLDER}: `--engine esent` looks there)",
    )
    action.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run the command. CheckError when there is no compiler, or it fails."""
    try:
        built = build(args.out)
    except BuildError as error:
        raise CheckError(str(error)) from None
    console = make_console()
    for one in built:
        console.print(f"{one.program}  for {one.libraries}", markup=False, highlight=False, soft_wrap=True)
        console.print(f"  {shlex.join(one.command)}", markup=False, highlight=False, soft_wrap=True)
    return 0
