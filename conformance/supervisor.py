"""The supervisor: runs a job in a child process and turns its death or its silence into a finding.

Engines do die of some illegal calls, and some calls never come back; neither may take the harness along. What the
engine was doing is read from the journal that the child wrote before every call.
"""

import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import msgspec

from .folders import Workspace
from .journal import Progress, last_history, progress, running_call
from .processes import Tail, how_it_ended, in_group, kill_group, kill_noted
from .trace import CallEvent, Event
from .worker import GROUPS, Job, Result

WORKER = (sys.executable, "-m", "jetconform.conformance.worker")
GRACE = 2.0
"""Seconds beyond the call timeout: most hangs the child notices by itself, and it knows more about them."""

TICK = 0.1
STDERR_TAIL = 8192


@dataclass(frozen=True)
class Finished:
    """The task came to its end."""

    result: dict[str, Any]


@dataclass(frozen=True)
class Died:
    """The process died during the last history. A negative exit code is the number of a signal."""

    events: list[Event]
    exit_code: int
    stderr: str  # its tail
    calls: int = 0  # made until then, those of this history included

    @property
    def reason(self) -> str:
        """How it died, in words."""
        return how_it_ended(self.exit_code)


@dataclass(frozen=True)
class Silent:
    """A call did not come back, and nothing else happened: the last history, and the call."""

    events: list[Event]
    call: CallEvent
    stderr: str
    calls: int = 0  # made until then, those of this history included


@dataclass(frozen=True)
class Late:
    """The deadline of the whole job passed; no verdict follows from that."""

    events: list[Event]


@dataclass(frozen=True)
class Wrong:
    """The job could not be done: the engine SPEC is wrong, or the harness itself failed; then `crash` is the traceback."""

    message: str
    crash: str = ""


Outcome = Finished | Died | Silent | Late | Wrong


def run(
    job: Job,
    *,
    call_timeout: float,
    deadline: float | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    given_up: Callable[[], bool] = lambda: False,
    command: Sequence[str] = WORKER,
) -> Outcome:
    """Run a job in a child process. Its paths are filled in here; no process and no file is left afterwards.

    The child is silent when its journal has not grown for `call_timeout` while its last line is that a call goes on, and
    none is held, or Python stands still in it; between calls it may compute for as long as it likes, or until `deadline`
    seconds have passed altogether, or it is `given_up`.
    `on_progress` hears now and then where the child is.
    """
    with Workspace() as workspace:
        folder = workspace.folder
        journal, result, order = folder / "journal.jsonl", folder / "result.json", folder / "job.json"
        pulse = folder / "pulse"
        job = msgspec.structs.replace(
            job, journal=str(journal), result=str(result), workspace=str(folder), pulse=str(pulse)
        )
        order.write_bytes(msgspec.json.encode(job))
        child = _Child([*command, str(order)])
        try:
            stopped = _watch(child, journal, pulse, call_timeout, deadline, on_progress, given_up)
        finally:
            child.kill()
            kill_noted(folder / GROUPS)
        if result.exists():  # also where the process did not manage to end after it
            return _outcome(result)
        events = last_history(journal)
        calls = progress(journal).calls + sum(isinstance(event, CallEvent) for event in events)
        if isinstance(stopped, CallEvent):
            return Silent(events, stopped, child.stderr(), calls)
        if stopped:
            return Late(events)
        if progress(journal).histories <= 1 and not events:
            said = child.stderr().strip().rpartition("\n")[2]
            return Wrong(
                f"the process ended before the first call: {how_it_ended(child.exit_code)}{said and f' ({said})'}"
            )
        return Died(events, child.exit_code, child.stderr(), calls)


def _watch(
    child: "_Child",
    journal: Path,
    pulse: Path,
    call_timeout: float,
    deadline: float | None,
    on_progress: Callable[[Progress], None] | None,
    given_up: Callable[[], bool],
) -> CallEvent | bool:
    """Wait until the child ends: False. If it is silent, the call; True if the deadline passed or it is given up.

    While a call is held another may wait for it, and silence says nothing, as long as Python itself runs.
    """
    start = changed = alive = monotonic()
    seen, asked, beaten = _stamp(journal), False, _stamp(pulse)
    while not child.ended(TICK):
        now = monotonic()
        stamp = _stamp(journal)
        if (beat := _stamp(pulse)) != beaten:
            beaten, alive = beat, now
        if stamp != seen:
            seen, asked, changed = stamp, False, now
            if on_progress is not None:
                on_progress(progress(journal))
        elif now - changed > call_timeout + GRACE and (not asked or (now - alive > call_timeout + GRACE)):
            call = running_call(last_history(journal), beside_held=now - alive > call_timeout + GRACE)
            if call is not None and _stamp(journal) == seen:
                return call
            asked = True  # it computes; what is written says nothing else until it grows
        if given_up() or (deadline is not None and now - start > deadline):
            return True
    return False


def _stamp(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_size, found.st_mtime_ns


def _outcome(path: Path) -> Outcome:
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Result)
    except (OSError, msgspec.DecodeError) as error:
        return Wrong(f"the result of the job cannot be read: {error}")
    if found.error:
        return Wrong(found.error)
    if found.result is None:
        said = found.crash.strip().rpartition("\n")[2]
        return Wrong(f"the harness itself failed: {said}", crash=found.crash)
    return Finished(found.result)


class _Child:
    """A child process in a process group of its own: no Ctrl-C reaches it but through the supervisor."""

    def __init__(self, command: Sequence[str]) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            list(command),
            stdin=subprocess.PIPE,  # nothing is ever written: that it is open says that the supervisor lives
            stdout=subprocess.DEVNULL,  # an engine's chatter would spoil what the harness prints
            stderr=subprocess.PIPE,
            **in_group(),
        )
        assert self._process.stderr is not None
        self._tail = Tail(self._process.stderr, STDERR_TAIL)

    def ended(self, seconds: float) -> bool:
        """Wait at most that long for its end; whether it ended."""
        if self._tail.closed.wait(seconds):  # most often because it is ending
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(seconds)
        return self._process.poll() is not None

    @property
    def exit_code(self) -> int:
        """Its exit status after the end; the negative number of a signal."""
        return self._process.wait()

    def stderr(self) -> str:
        """The tail of what it said on its standard error, after the end."""
        return self._tail.text(1.0)  # it ends with the process group; what left the group is not waited for

    def kill(self) -> None:
        """End it with everything that it started, whatever state it is in."""
        kill_group(self._process.pid)
        self._process.kill()
        self._process.wait()
        self._tail.close()
        if self._process.stdin is not None:
            self._process.stdin.close()
