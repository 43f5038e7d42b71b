"""Engines that kill who runs them: `python:murderous:NAME`. Each death is a line in the file `deaths` of the current folder."""

import os
import signal
import subprocess
from pathlib import Path
from typing import Any

from jetconform.conformance.engines import load
from jetconform.conformance.engines.reference import ReferenceAdapter

DEATHS = Path("deaths")


def _parent(process: int) -> int:
    """The process that started it."""
    told = subprocess.run(["ps", "-o", "ppid=", "-p", str(process)], capture_output=True, text=True, check=True)
    return int(told.stdout)


def _kill(process: int) -> None:
    with DEATHS.open("a") as deaths:
        deaths.write("killed\n")
    os.kill(process, signal.SIGKILL)
    signal.pause()  # who watches for the end of its parent ends this one


def _deaths() -> int:
    return len(DEATHS.read_text().splitlines()) if DEATHS.exists() else 0


def once(root: Path) -> Any:
    """Kills the worker of the cluster, and is the reference engine ever after."""
    if not _deaths():
        _kill(os.getppid())
    return load("reference")(root)


def always(root: Path) -> Any:
    """Kills every worker of the cluster."""
    return _kill(os.getppid())


class _Campaign(ReferenceAdapter):
    """The reference engine, but the first that closes a database kills the campaign itself, which started the worker."""

    def close_database(self, session: str, database: str) -> int:
        if not _deaths():
            _kill(_parent(os.getppid()))
        return super().close_database(session, database)


def campaign(root: Path) -> _Campaign:
    return _Campaign(root)
