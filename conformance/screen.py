"""The screen: where the commands print. A pipe gets plain text, wide enough for a table."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.measure import Measurement
from rich.table import Table

PIPE_WIDTH = 150


class Screen(Console):
    """Standard output. When its reader has had enough, the rest is dropped: the exit status stays that of the verdict."""

    def __init__(self, **options: Any) -> None:
        super().__init__(emoji=False, **options)  # `python:bank:factory` is an engine, not a picture of a bank

    def on_broken_pipe(self) -> None:
        """What is printed from now on goes nowhere."""
        drop_output()


def drop_output() -> None:
    """Let everything that is still to be written to standard output go nowhere."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, sys.stdout.fileno())
    os.close(nothing)


def print_whole(console: Console, table: Table) -> None:
    """Print a table; in a pipe each of its rows in one line, however long that is."""
    if not console.is_terminal and "COLUMNS" not in os.environ:
        unbounded = console.options.update(max_width=sys.maxsize)
        console.width = max(console.width, Measurement.get(console, unbounded, table).maximum)
    console.print(table)


def make_console() -> Console:
    """The console of standard output, as wide as the terminal, or as COLUMNS says where that is set."""
    return Screen(width=None if sys.stdout.isatty() or "COLUMNS" in os.environ else PIPE_WIDTH)


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Tells on a terminal what is worked on, each text in the place of the one before; elsewhere nothing."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _: None
        return
    with console.status("") as status:
        yield lambda text: status.update(escape(text))
