"""Findings: saved before they are shown, replayed first ever after.

A finding is one trace file: its events are the shortest history found, its header says by which profile, for which engine and
why it was rejected. Replaying takes the steps from it and judges anew; nothing in the file is believed, or run.
"""

from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path, PureWindowsPath
from typing import Any

import msgspec

from ..model.vocabulary import Parameter
from .environment import COPY_FILES, ENGINE_FAULTS, FILE_FAULTS, PUT_FILES, SAVE_SET
from .explain import Explanation
from .harm import HARM
from .invocation import CALLS
from .schedules.notation import LETTERS, ScheduleError, decode
from .schedules.scenario import Scenario
from .script import Step, from_events
from .trace import CallEvent, Event, FaultEvent, Header, ResumeEvent, Trace, TraceError, encode, read, write
from .volumes import VOLUMES

DEFAULT_FOLDER = Path(".jetconform") / "findings"


REPLAYED = (*FILE_FAULTS, *HARM, *VOLUMES, *ENGINE_FAULTS, COPY_FILES, PUT_FILES, SAVE_SET, "crash")
"""Faults that a replay makes again."""


OF_RECORDERS = ("truncate-file", "flip-byte", "read-only")
"""Faults of files of another engine: nothing says where in a file of this one the same would be."""


class Finding(msgspec.Struct, kw_only=True):
    """A history that does not conform, and why."""

    events: list[Event]
    explanation: Explanation
    engine: str
    profile: str
    seed: int
    minimal: bool = False
    calls_before: int = 0  # calls that the run had made when it was found
    level: int = 1
    schedule: str = ""  # of level 5: the schedule, and the scenario that it is of
    choices: dict[str, Any] | None = None
    preemptions: int = 0
    said: str = ""  # the tail of what an engine in a process of its own said on its standard error
    steps: int = 0
    fault: dict[str, Any] | None = (
        None  # of level 6: what befell the disk, and where nothing was scheduled the scenario
    )


def save(finding: Finding, folder: Path) -> Path:
    """Write the finding into `folder`, which is made when it is missing. The name tells findings apart."""
    folder.mkdir(parents=True, exist_ok=True)
    body = b"".join(encode(event) for event in finding.events) + finding.explanation.observed.encode()
    name = f"{finding.explanation.kind}-{sha256(body).hexdigest()[:10]}.jsonl"
    header = Header(
        trace=1,
        engine=finding.engine,
        scenario=f"found at level {finding.level}: {finding.explanation.call} {finding.explanation.observed}".strip(),
        seed=finding.seed,
        profile=finding.profile,
        explanation=msgspec.to_builtins(finding.explanation),
        schedule=finding.schedule or None,
        choices=finding.choices,
        fault=finding.fault,
    )
    write(folder / name, header, finding.events)
    return folder / name


def load(path: Path) -> tuple[Trace, tuple[Step, ...]]:
    """A saved history and its steps; no steps where the disk failed in it.

    Raises TraceError for a file that is not one, or that cannot be made again.
    """
    trace = read(path)
    if trace.header.fault is not None:  # made again by what it says of the disk, not step by step
        return trace, ()
    for line, event in enumerate(trace.events, start=2):
        if problem := _problem(event):
            raise TraceError(f"{path}:{line}: {problem}")
    steps = from_events(trace.events)
    if not steps:
        raise TraceError(f"{path}: holds no call, so there is nothing to replay")
    return trace, steps


def load_regression(path: Path) -> tuple[Trace, tuple[Step, ...]]:
    """As `load`, of a file to be replayed. No steps where only its record can be judged, for a recorder changed files in it."""
    trace = read(path)
    if any(isinstance(event, FaultEvent) and event.kind in OF_RECORDERS for event in trace.events):
        return trace, ()
    return load(path)


def scheduled(trace: Trace) -> tuple[Scenario, str] | None:
    """The scenario of a saved history and its schedule; None if it was not scheduled, or the disk failed in it as well.

    TraceError for what is none.
    """
    if trace.header.schedule is None or trace.header.fault is not None:
        return None
    return scheduled_by(trace)


def scheduled_by(trace: Trace) -> tuple[Scenario, str]:
    """The scenario and the schedule that the header of a saved history holds. TraceError where it holds none."""
    header = trace.header
    try:
        scenario = msgspec.convert(header.choices, Scenario)
        schedule = msgspec.convert(header.schedule, str)
        decode(schedule)
    except (msgspec.ValidationError, ScheduleError) as error:
        raise TraceError(f"{trace.name}:1: no schedule that could be followed: {error}") from None
    if not 1 <= len(scenario.clients) <= len(LETTERS):
        raise TraceError(f"{trace.name}:1: choices: {len(scenario.clients)} clients, expected 1 to {len(LETTERS)}")
    calls = (*scenario.setup.calls, *scenario.then, *(call for client in scenario.clients for call in client))
    for planned in calls:
        if problem := problem_of_call(planned.call, planned.args):
            raise TraceError(f"{trace.name}:1: choices: {problem}")
    for folder in scenario.setup.folders:
        if not is_below(folder):
            raise TraceError(f"{trace.name}:1: choices: folder {folder!r} is not below the root folder")
    return scenario, schedule


def regressions(folder: Path | str) -> list[Path]:
    """The saved histories of a folder, by name; none when there is no such folder, or none was named."""
    place = Path(folder)
    return sorted(place.glob("*.jsonl")) if folder != "" and place.is_dir() else []


# -- what can be made again: the file may be anyone's ------------------------------------------------------------------


def _problem(event: Event) -> str:
    """Why this event cannot be made again; empty if it can."""
    if isinstance(event, CallEvent):
        return problem_of_call(event.call, event.args)
    if isinstance(event, FaultEvent):
        if event.kind not in REPLAYED:
            return f"fault {event.kind!r} cannot be made again: known are {', '.join(REPLAYED)}"
        return "" if is_below(event.target) else f"fault target {event.target!r} is not a path below the root folder"
    if isinstance(event, ResumeEvent) and not -(1 << 31) <= event.err < 1 << 31:
        return f"resume: {event.err} is no JET_ERR"
    return ""


def problem_of_call(call: str, args: Mapping[str, Any]) -> str:
    """Why this call cannot be made, whatever the file says; empty if it can."""
    row = CALLS.get(call)
    if row is None:
        return f"the model has no call {call!r}"
    for name in row.arguments:
        if name not in args:
            return f"{call}: the argument {name} is missing"
        expected, holds = _ARGUMENTS[name]
        if not holds(args[name]):
            return f"{call}: {name} is {args[name]!r}, expected {expected}"
    return ""


def is_below(path: str) -> bool:
    """Whether that is a path below the root folder, whatever the machine: nothing else is given to an engine."""
    place = PureWindowsPath(path)
    return not place.anchor and ".." not in place.parts and "\0" not in path


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_text_or_null(value: Any) -> bool:
    return value is None or isinstance(value, str)


def _is_path(value: Any) -> bool:
    return value is None or (isinstance(value, str) and is_below(value))


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 32


_ARGUMENTS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "instance": ("a name or null", _is_text_or_null),
    "session": ("a name", _is_text),
    "database": ("a name", _is_text),
    "path": ("null or a path below the root folder", _is_path),
    "destination": ("null or a path below the root folder", _is_path),
    "grbit": ("a number of 32 bits", _is_number),
    "rows": ("a number of 32 bits", _is_number),
    "parameter": (f"one of {', '.join(Parameter.__members__)}", lambda value: value in list(Parameter.__members__)),
    "file": ("a name", _is_text),
    "bytes": ("a number of 32 bits", _is_number),
    "snapshot": ("`last` or `bad`", lambda value: value in ("last", "bad")),
    "value": ("a number of 32 bits or a text", lambda value: _is_text(value) or _is_number(value)),
}
"""The arguments of all calls: what is expected of each, and whether a value is that."""
