"""The command line. Exit status: 0 conforms, 1 does not, 2 the command or its input is wrong, 3 unknown (DESIGN.md section 6)."""

import argparse
import sys
from importlib.metadata import entry_points, version
from typing import NoReturn

from .check import CheckError
from .commands import check, compare, differences, model, mutants, replay, trace
from .engines import EngineSpecError
from .screen import drop_output
from .trace import TraceError

ENTRY_POINTS = {
    "diagrams": "draw the model, or check that the drawings are fresh",
    "inspect": "what a file, a backup folder or an instance's folder of the reference engine holds",
}
"""Commands of packages that the harness does not import: they are found as entry points of this distribution."""


def main(arguments: list[str] | None = None) -> int:
    """Run a command and return its exit status. Wrong input is one line on standard error."""
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        return _run(arguments)
    except (CheckError, EngineSpecError, TraceError) as error:
        sys.stderr.write(f"jetconform: {error}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("jetconform: interrupted\n")
        return 130
    except BrokenPipeError:  # the reader of a pipe had enough
        drop_output()
        return 0


def _run(arguments: list[str]) -> int:
    if arguments and arguments[0] in ENTRY_POINTS:
        return _run_entry_point(arguments[0], arguments[1:])
    args = _parser().parse_args(arguments)
    status: int = args.run(args)
    return status


class _Parser(argparse.ArgumentParser):
    """A parser whose complaint is one line, as everything that is wrong with the input."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="jetconform", description="The contract of JET's backup call, and whether an engine keeps it."
    )
    parser.add_argument("--version", action="version", version=f"jetconform {version('jetconform')}")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in (check, compare, model, replay, trace, differences, mutants):
        command.add_parser(subparsers)
    for name, purpose in ENTRY_POINTS.items():
        subparsers.add_parser(name, help=purpose, add_help=False)
    return parser


def _run_entry_point(name: str, arguments: list[str]) -> int:
    for command in entry_points(group="jetconform.commands", name=name):
        try:
            run = command.load()
        except ImportError as error:  # the reference engine on Windows
            sys.stderr.write(f"jetconform: {name} does not work here: {error}\n")
            return 2
        status: int = run(arguments)
        return status
    sys.stderr.write(f"jetconform: the command {name} is not installed\n")
    return 2
