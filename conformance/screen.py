"""The screen: where the commands print. A pipe gets plain text, wide enough for a table."""

import sys

from rich.console import Console

PIPE_WIDTH = 150


def make_console() -> Console:
    """The console of standard output."""
    return Console(width=None if sys.stdout.isatty() else PIPE_WIDTH)
