"""A strike: one scenario and what befell it, as data, so that it can be saved and made again."""

from typing import Any

import msgspec

from ...model.calls import SNAPSHOT_CALLS
from ..findings import is_below, problem_of_call
from ..trace import Trace, TraceError
from .kinds import kind_named
from .persistence import Crash, Loss, Persistence
from .scenario import CRASH, SNAPSHOT, STREAM, Scenario, Step


class CrashAt(msgspec.Struct, frozen=True, omit_defaults=True):
    """A crash after so many changes: see `Crash`."""

    changes: int
    names: int | None = None
    losses: tuple[tuple[int, str], ...] = ()
    persistence: str = Persistence.STRICT.value

    @classmethod
    def of(cls, crash: Crash, model: Persistence) -> "CrashAt":
        """The same as data."""
        return cls(crash.changes, crash.names, crash.losses, model.value)

    def crash(self) -> tuple[Crash, Persistence]:
        """The same as what is enumerated."""
        return Crash(self.changes, self.names, self.losses), Persistence(self.persistence)


class Strike(msgspec.Struct, frozen=True, omit_defaults=True):
    """A fault of some kind at an operation, or a crash, and after it perhaps a second one."""

    scenario: Scenario
    kind: str = ""
    operation: int = 0
    crash: CrashAt | None = None
    second: CrashAt | None = None


def struck(trace: Trace) -> Strike | None:
    """What a saved finding says that befell the engine; None if nothing did. TraceError for what is none."""
    if (
        trace.header.fault is None or trace.header.schedule is not None
    ):  # with a schedule it is of calls at once: blow.py
        return None
    try:
        strike = msgspec.convert(trace.header.fault, Strike)
    except msgspec.ValidationError as error:
        raise TraceError(f"{trace.name}:1: fault: {error}") from None
    problem = _problem(strike)
    if problem:
        raise TraceError(f"{trace.name}:1: fault: {problem}")
    return strike


def _problem(strike: Strike) -> str:
    """Why this cannot be made again: the file may be anyone's. Empty if it can."""
    if (strike.crash is None) == (not strike.kind):
        return "expected either a kind of fault or a crash"
    if strike.kind:
        try:
            kind_named(strike.kind)
        except KeyError:
            return f"the kind {strike.kind!r} is not known"
    for crash in (strike.crash, strike.second):
        problem = problem_of_crash(crash) if crash is not None else ""
        if problem:
            return problem
    for folder in strike.scenario.folders:
        if not folder or "/" in folder or not is_below(folder):
            return f"{folder!r} is no folder of the root"
    for step in (*strike.scenario.setup, *strike.scenario.steps):
        problem = _problem_of_step(step)
        if problem:
            return problem
    return ""


def problem_of_crash(crash: CrashAt) -> str:
    """Why this is no crash; empty if it is one."""
    if crash.persistence not in [one.value for one in Persistence]:
        return f"persistence {crash.persistence!r} is not known"
    if any(loss not in [one.value for one in Loss] for _, loss in crash.losses):
        return "a write is lost or torn"
    return ""


def _problem_of_step(step: Step) -> str:
    if step.call == CRASH:
        return ""
    if step.call in (STREAM, SNAPSHOT):
        args: dict[str, Any] = {"instance": "i1", "grbit": 0, **step.args}
        return problem_of_call("JetBackupInstance", args)
    if step.call in SNAPSHOT_CALLS:
        return f"{step.call} is no step of its own"
    return problem_of_call(step.call, step.args)
