"""Tasks for the tests of the supervisor. `main` is the worker with these tasks in its table, and no others."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from jetconform.conformance import worker
from jetconform.conformance.engines import load, open_engine
from jetconform.conformance.folders import Workspace
from jetconform.conformance.journal import Journal
from jetconform.conformance.runner import Runner
from jetconform.conformance.worker import Job

INIT = {"instance": "i1"}


def echo(job: Job, journal: Journal, workspace: Workspace) -> dict[str, Any]:
    print("not for anyone's eyes")
    return {"options": job.options, "engine": job.engine, "workspace": job.workspace}


def make_calls(job: Job, journal: Journal, workspace: Workspace) -> dict[str, Any]:
    """One history: two calls, on whatever engine."""
    journal.begin("first")
    with workspace.history() as root:
        runner = Runner(open_engine(load(job.engine), root), root, sink=journal, call_timeout=60)
        runner.call("JetCreateInstance", INIT)
        code = runner.returned(runner.call("JetInit", INIT))
        runner.close()
    return {"code": code, "left": sorted(path.name for path in workspace.folder.iterdir())}


def compute(job: Job, journal: Journal, workspace: Workspace) -> dict[str, Any]:
    """Silent for a while between calls, and with a call held."""
    journal.begin("thinking")
    make_calls(job, journal, workspace)
    time.sleep(job.options["seconds"])  # what is tested is that time passes
    with workspace.history() as root:
        runner = Runner(open_engine(load(job.engine), root), root, sink=journal, call_timeout=60)
        runner.call("JetBackupInstance", {"instance": "i1", "path": "bk1", "grbit": 0}, hold="callback:1")
        time.sleep(job.options["seconds"])
        runner.close()
    return {"done": True}


def call_beside_held(job: Job, journal: Journal, workspace: Workspace) -> dict[str, Any]:
    """A backup is held, and another client makes a call."""
    journal.begin("beside")
    with workspace.history() as root:
        runner = Runner(open_engine(load(job.engine), root), root, sink=journal, call_timeout=60, patience=60)
        runner.call("JetCreateInstance", INIT)
        runner.call("JetInit", INIT)
        runner.call("JetBackupInstance", {"instance": "i1", "path": None, "grbit": 0}, hold="callback:1")
        runner.call("JetBeginSession", {"instance": "i1", "session": "s1"}, client="B")
        runner.close()
    return {"done": True}


def fail(job: Job, journal: Journal, workspace: Workspace) -> dict[str, Any]:
    raise ZeroDivisionError("a bug of the harness")


def leave(job: Job, journal: Journal, workspace: Workspace) -> dict[str, Any]:
    sys.exit(5)


def unwritable(job: Job, journal: Journal, workspace: Workspace) -> dict[str, Any]:
    return {"thing": object()}


def wait_with_grandchild(job: Job, journal: Journal, workspace: Workspace) -> dict[str, Any]:
    """Start a process, hold both pipes of the test's open, leave files behind, and never come back."""
    (workspace.fresh() / "file").write_bytes(b"left behind")
    pipe = os.open(job.options["pipe"], os.O_WRONLY)  # waits for the test; it reads the end when all of us are gone
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], pass_fds=[pipe])
    os.write(pipe, f"{os.getpid()} {workspace.folder}\n".encode())
    journal.begin("waiting")
    if job.options.get("die"):
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(600)
    return {}


def read_stdin(job: Job, journal: Journal, workspace: Workspace) -> dict[str, Any]:
    return {"read": sys.stdin.read()}


def main() -> None:
    worker.TASKS.clear()
    for task in (
        echo,
        make_calls,
        call_beside_held,
        compute,
        fail,
        leave,
        unwritable,
        wait_with_grandchild,
        read_stdin,
    ):
        worker.TASKS[task.__name__] = f"{__name__}:{task.__name__}"
    worker.TASKS["gone"] = "no_such_module:run"
    sys.exit(worker.main(sys.argv[1:]))


def supervise() -> None:
    """A supervisor of its own, for the tests that end it: `python -c ... PIPE`."""
    from jetconform.conformance.supervisor import run

    signal.signal(signal.SIGINT, signal.default_int_handler)  # also where the tests themselves run in the background
    command = [
        sys.executable,
        "-c",
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import tasks; tasks.main()",
    ]
    run(Job(task="wait_with_grandchild", options={"pipe": sys.argv[1]}), call_timeout=60, command=command)
