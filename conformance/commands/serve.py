"""`jetconform serve`: the reference engine, speaking the process protocol on standard input and output."""

import argparse
import os
import sys
from typing import Any

from ..engines import load
from ..errors import CheckError
from ..protocol import ProtocolError
from ..serve import Server


def add_parser(subparsers: Any) -> None:
    """Add the command to the main parser."""
    parser = subparsers.add_parser("serve", help="the reference engine, spoken to on its standard input and output")
    parser.set_defaults(run=run)


def run(_: argparse.Namespace) -> int:
    """Run the command. Raises CheckError for what is no message of the protocol."""
    factory = load("reference")
    sink = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever else is printed must not be taken for a message
    from ..engines.reference import ReferenceAdapter  # not above: on Windows it cannot be imported

    try:
        Server("reference", factory, ReferenceAdapter.capabilities, sys.stdin.fileno(), sink).run()
    except ProtocolError as problem:
        raise CheckError(f"serve: {problem}") from None
    except BrokenPipeError:  # the harness is gone
        return 0
    return 0
