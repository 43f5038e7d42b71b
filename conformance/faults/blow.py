"""What befell a disk while clients were scheduled, as data, so that it can be saved and made again."""

import msgspec

from ..findings import scheduled_by
from ..schedules.scenario import Scenario
from ..trace import Trace, TraceError
from .kinds import kind_named
from .strike import CrashAt, problem_of_crash


class Blow(msgspec.Struct, frozen=True, omit_defaults=True):
    """A fault, a crash, or a fault and then a crash; or nothing.

    `operation`: the fault strikes the so-many-th of those that its kind can be played at, counted from 1. The crash is
    before the clients have ended, after so many changes of the disk.
    """

    kind: str = ""
    operation: int = 0
    crash: CrashAt | None = None


class Befell(msgspec.Struct, frozen=True):
    """Everything that a history is made again by."""

    scenario: Scenario
    schedule: str
    blow: Blow


def befell(trace: Trace) -> Befell | None:
    """What a saved finding says of calls, schedule and disk; None if it has not both. TraceError for what is none."""
    header = trace.header
    if header.fault is None or header.schedule is None:
        return None
    scenario, schedule = scheduled_by(trace)
    try:
        blow = msgspec.convert(header.fault, Blow)
    except msgspec.ValidationError as error:
        raise TraceError(f"{trace.name}:1: fault: {error}") from None
    problem = _problem(blow)
    if problem:
        raise TraceError(f"{trace.name}:1: fault: {problem}")
    return Befell(scenario, schedule, blow)


def _problem(blow: Blow) -> str:
    """Why this cannot be made again: the file may be anyone's. Empty if it can."""
    if blow.kind:
        try:
            kind_named(blow.kind)
        except KeyError:
            return f"the kind {blow.kind!r} is not known"
        if blow.operation < 1:
            return f"operation {blow.operation}: they are counted from 1"
    return problem_of_crash(blow.crash) if blow.crash is not None else ""
