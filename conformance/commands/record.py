"""`jetconform trace record`: a client program of one's own drives an engine, and what was said becomes a trace.

COMMAND speaks the process protocol (docs/protocol.md) on its standard input and output as if jetconform were the engine. A
reset to another folder begins another trace beside FILE. Exit status: that of COMMAND; 2 where nothing could be recorded.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

from ..engines import command_of
from ..errors import CheckError
from ..proxy import Listener, Proxy
from .check import check_output


def add_parser(subparsers: Any) -> None:
    """Add the command to the parser of `trace`."""
    parser = subparsers.add_parser("record", help="record what a client program does to an engine", description=__doc__)
    parser.add_argument("--engine", required=True, metavar="SPEC", help="process:command or esent[:library]")
    parser.add_argument("-o", dest="out", type=Path, required=True, metavar="FILE", help="the trace, begun anew")
    parser.add_argument("client", nargs="+", metavar="COMMAND", help="after --: the client program and its arguments")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run the command. Raises EngineSpecError or CheckError for wrong input."""
    check_output(args.out)
    listener = Listener(args.out)
    try:
        proxy = Proxy(command_of(args.engine), args.client, listener)
    except OSError as error:
        raise CheckError(f"{error.filename or args.client[0]}: {error.strerror or error}") from None
    status = proxy.run()
    if proxy.problem:
        raise CheckError(proxy.problem)
    if not listener.files:
        raise CheckError(f"{args.client[0]}: ended without a reset, so that there is nothing to record")
    for path in listener.files:
        sys.stderr.write(f"recorded {path}\n")
    return status
