"""The command line. Exit status: 0 conforms, 1 does not, 2 the command or its input is wrong, 3 unknown (DESIGN.md section 6)."""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NoReturn

from .engines import EngineSpecError
from .errors import CheckError
from .trace import TraceError

COMMANDS = (
    "check", "campaign", "compare", "learn", "model", "replay", "suite", "trace", "deviations", "differences", "mutants", "serve",
    "esent",
)  # fmt: skip
"""Modules of `commands`. Only the one that is wanted is imported: `serve` is started many times in a run of `check`."""

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
        from .screen import drop_output  # not above, for the same reason as the commands

        drop_output()
        return 0


def _run(arguments: list[str]) -> int:
    if arguments and arguments[0] in ENTRY_POINTS:
        return _run_entry_point(arguments[0], arguments[1:])
    args = _parser([name for name in COMMANDS if arguments[:1] == [name]] or COMMANDS).parse_args(arguments)
    status: int = args.run(args)
    return status


class _Parser(argparse.ArgumentParser):
    """A parser whose complaint is one line, as everything that is wrong with the input."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


class _Version(argparse.Action):
    """Prints the version, which is looked up for that alone."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from importlib.metadata import version

        sys.stdout.write(f"{parser.prog} {version('jetconform')}\n")
        parser.exit()


def _parser(commands: Sequence[str]) -> argparse.ArgumentParser:
    parser = _Parser(
        prog="jetconform", description="The contract of JET's backup call, and whether an engine keeps it."
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in commands:
        import_module(f".commands.{name}", __package__).add_parser(subparsers)
    for name, purpose in ENTRY_POINTS.items():
        subparsers.add_parser(name, help=purpose, add_help=False)
    return parser


def _run_entry_point(name: str, arguments: list[str]) -> int:
    from importlib.metadata import entry_points

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
