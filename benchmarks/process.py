"""What the process protocol costs: the same judged history on the reference engine, in this process and behind `serve`."""

import sys
from collections.abc import Iterator
from pathlib import Path
from shlex import join
from tempfile import TemporaryDirectory
from time import perf_counter

from jetconform.conformance.folders import Workspace
from jetconform.conformance.journal import Journal
from jetconform.conformance.laboratory import Laboratory
from jetconform.model.alphabet import COUNT, FULL, INSERT, RUNNING, STOP_BACKUP_CALL, backup
from jetconform.model.calls import Call, Place

from .figures import Figure

SERVE = "process:" + join([sys.executable, "-c", "from jetconform.conformance.cli import main; main(['serve'])"])
ROUNDS = 100
ROUND: tuple[Call, ...] = (INSERT, COUNT, backup(Place.NULL), *[STOP_BACKUP_CALL] * 4, INSERT, FULL)
"""Short calls, and backups that call back."""


def figures(repeat: int) -> Iterator[Figure]:
    """Calls a second, in wall time, for two processes take turns."""
    here, there = (min(_time(spec) for _ in range(max(1, repeat))) for spec in ("reference", SERVE))
    calls = ROUNDS * len(ROUND)
    plain = Figure("judged calls on the reference engine, wall time", calls, here)
    yield plain
    yield Figure("the same behind the process protocol", calls, there, plain)


def _time(spec: str) -> float:
    with TemporaryDirectory() as folder, Workspace() as workspace:
        journal = Journal(Path(folder) / "journal.jsonl")
        laboratory = Laboratory(spec, "documented", 1, journal, workspace)
        with laboratory.history() as history:
            for call in RUNNING:
                history.perform(call)
            start = perf_counter()
            for _ in range(ROUNDS):
                for call in ROUND:
                    history.perform(call)
            seconds = perf_counter() - start
        laboratory.close()
        journal.close()
    return seconds
