"""The child process: harness and engine under test together, apart from the supervisor that started it.

    python -m jetconform.conformance.worker JOBFILE

The job names a task of the table below; nothing else that a job file says is ever run.
"""

import faulthandler
import importlib
import os
import shutil
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from .engines import EngineSpecError, one_line
from .folders import Workspace
from .journal import Journal
from .processes import kill_noted, note_groups_in

PULSE = 0.5
"""Seconds between two touches of the file that says that Python runs."""

GROUPS = "groups"
"""The folder of the workspace where the processes are noted that must not outlive this one."""

TASKS: dict[str, str] = {
    "check": "jetconform.conformance.levels:run",
    "replay": "jetconform.conformance.replay:run",
    "suite": "jetconform.conformance.suite_run:run",
    "learn": "jetconform.conformance.learning.learner:run",
    "shard": "jetconform.conformance.campaigns.shard_run:run",
    "follow": "jetconform.conformance.replay:follow",
    "strike": "jetconform.conformance.replay:strike",
    "befall": "jetconform.conformance.replay:befall",
}
"""Tasks by name: `module:function` inside this project, called as function(job, journal, workspace) -> result."""


class Job(msgspec.Struct, kw_only=True):
    """What a child process is to do. The supervisor fills in the paths."""

    task: str
    engine: str = "reference"
    options: dict[str, Any] = {}
    journal: str = ""
    result: str = ""
    workspace: str = ""
    pulse: str = ""  # a file that is touched as long as Python runs


Task = Callable[[Job, Journal, Workspace], dict[str, Any]]


class Result(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What the child leaves behind: the task's result, or why there is none."""

    result: dict[str, Any] | None = None
    error: str = ""  # the engine SPEC or the job is wrong: one line
    crash: str = ""  # an error of the harness itself: a traceback


def main(arguments: list[str]) -> int:
    """Do the job of a job file."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m jetconform.conformance.worker JOBFILE\n")
        return 2
    try:
        job = msgspec.json.decode(Path(arguments[0]).read_bytes(), type=Job)
    except (OSError, msgspec.DecodeError) as error:
        sys.stderr.write(f"{arguments[0]}: no job: {one_line(error)}\n")
        return 2
    faulthandler.enable()  # an engine in C that crashes leaves at least the calls that led there
    end_with_parent(Path(job.workspace))
    note_groups_in(Path(job.workspace) / GROUPS)
    if job.pulse:
        beat(Path(job.pulse))
    write_result(Path(job.result), perform(job))
    sys.stderr.flush()
    os._exit(0)  # an engine's own threads may never end


def perform(job: Job) -> Result:
    """Run the task of the job; whatever it raises becomes part of the result."""
    place = TASKS.get(job.task)
    if place is None:
        return Result(error=f"task {job.task!r} is not known: known are {', '.join(TASKS) or 'none'}")
    journal = Journal(Path(job.journal))
    try:
        module, _, name = place.partition(":")
        task: Task = getattr(importlib.import_module(module), name)
        return Result(result=task(job, journal, Workspace(Path(job.workspace))))
    except EngineSpecError as error:
        return Result(error=str(error))
    except BaseException:
        return Result(crash=traceback.format_exc())
    finally:
        journal.close()


def write_result(path: Path, result: Result) -> None:
    """Write the result; the file is there whole or not at all."""
    try:
        data = msgspec.json.encode(result)
    except (TypeError, ValueError) as error:
        data = msgspec.json.encode(Result(crash=f"the result of the task cannot be written as JSON: {error}"))
    part = path.with_name(path.name + ".part")
    part.write_bytes(data)
    part.replace(path)


def beat(path: Path) -> None:
    """Touch that file twice a second. It stops when native code hangs with Python's global lock: nothing else would."""

    def run() -> None:
        while True:
            with suppress(OSError):  # the folder goes at the end
                path.touch()
            time.sleep(PULSE)

    threading.Thread(target=run, name="pulse", daemon=True).start()


def end_with_parent(workspace: Path) -> None:
    """End, and clean up, when the supervisor is gone without a word: then its end of our standard input is closed."""
    channel = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)  # the engine may read its standard input: not this one
    os.close(nothing)

    def watch() -> None:
        while os.read(channel, 4096):
            pass
        kill_noted(workspace / GROUPS)
        shutil.rmtree(workspace, ignore_errors=True)
        if hasattr(os, "killpg") and os.getpgrp() == os.getpid():  # what the engine started ends, too
            os.killpg(0, signal.SIGKILL)
        os._exit(1)

    threading.Thread(target=watch, name="supervisor gone?", daemon=True).start()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
