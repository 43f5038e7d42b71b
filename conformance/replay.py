"""Replaying a saved history on an engine: its calls are made again and judged anew."""

import shutil
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec

from .belief import BoundExceeded
from .faults import level6, sampling
from .faults.blow import Befell
from .faults.strike import Strike
from .findings import Finding
from .folders import Workspace
from .history import Limits, Nonconformity
from .inflight import NotMade
from .journal import Journal
from .laboratory import Laboratory
from .schedules import level5
from .schedules.scenario import Scenario
from .script import CallStep, FaultStep, ReleaseStep, Step, play
from .trace import Event, FaultEvent
from .volumes import BAD, MADE_WHERE
from .worker import Job


class Options(msgspec.Struct, kw_only=True):
    """What the command line asks of a replay."""

    steps: list[dict[str, Any]]
    profile: str = "documented"
    call_timeout: float = 20.0
    keep: str = ""  # a folder for the engine's files before the last step and after it


class Report(msgspec.Struct, kw_only=True):
    """What came of it."""

    verdict: str
    calls: int
    finding: Finding | None = None
    events: list[Event] = []  # that it made
    unmade: str = ""  # what of the history could not be made here, so that nothing follows


class Scheduled(msgspec.Struct, kw_only=True):
    """What the command line asks of a scheduled replay."""

    scenario: Scenario
    schedule: str
    profile: str = "documented"


def follow(job: Job, journal: Journal, workspace: Workspace) -> dict[str, Any]:
    """The task of the worker process for a history that was scheduled."""
    options = msgspec.convert(job.options, Scheduled)
    laboratory = Laboratory(job.engine, options.profile, 0, journal, workspace)
    return _told(laboratory, *level5.replay(laboratory, options.scenario, options.schedule))


def _told(laboratory: Laboratory, events: list[Event], finding: Finding | None) -> dict[str, Any]:
    """The report on a history that its level made again."""
    verdict = "conforms" if finding is None else "does-not-conform"
    report = Report(verdict=verdict, calls=laboratory.calls, finding=finding, events=events)
    result: dict[str, Any] = msgspec.to_builtins(report)
    return result


class Struck(msgspec.Struct, kw_only=True):
    """What the command line asks of a replay in which the disk fails, or the power."""

    strike: Strike
    profile: str = "documented"


def strike(job: Job, journal: Journal, workspace: Workspace) -> dict[str, Any]:
    """The task of the worker process for a history in which the disk failed."""
    options = msgspec.convert(job.options, Struck)
    laboratory = Laboratory(job.engine, options.profile, 0, journal, workspace)
    return _told(laboratory, *level6.replay(laboratory, options.strike))


class Befallen(msgspec.Struct, kw_only=True):
    """What the command line asks of a scheduled replay in which the disk fails, or the power."""

    befell: Befell
    profile: str = "documented"


def befall(job: Job, journal: Journal, workspace: Workspace) -> dict[str, Any]:
    """The task of the worker process for a history that was scheduled, and in which the disk failed."""
    options = msgspec.convert(job.options, Befallen)
    laboratory = Laboratory(job.engine, options.profile, 0, journal, workspace)
    return _told(laboratory, *sampling.replay(laboratory, options.befell))


def run(job: Job, journal: Journal, workspace: Workspace) -> dict[str, Any]:
    """The task of the worker process."""
    options = msgspec.convert(job.options, Options)
    laboratory = Laboratory(
        spec=job.engine,
        profile=options.profile,
        seed=0,
        journal=journal,
        workspace=workspace,
        limits=Limits(call_timeout=options.call_timeout),
    )
    laboratory.effects = laboratory.effects_judge()  # whatever level found it
    laboratory.kill_at_crashes()
    report = Report(verdict="conforms", calls=0)
    script = decode(options.steps)
    with closing(laboratory), laboratory.history("replay") as history:
        try:
            ids = play(script[:-1], history, finish=False)
            _keep(options.keep, "before", history.root)
            play(script[-1:], history, ids)
        except Nonconformity as problem:
            report.verdict = "does-not-conform"
            report.finding = laboratory.finding(history, problem, minimal=False, calls=history.calls, level=1)
        except (BoundExceeded, NotMade):
            report.verdict = "unknown"
        report.calls, report.events = history.calls, history.events
        if report.verdict == "conforms" and not _bad_disks(script) <= _bad_disks(history.events):
            report.verdict, report.unmade = "unknown", MADE_WHERE
        _keep(options.keep, "after", history.root)
    result: dict[str, Any] = msgspec.to_builtins(report)
    return result


def _bad_disks(faults: Iterable[Step | Event]) -> frozenset[str]:
    """The faults among these that make a disk full, or have it take no writes."""
    return BAD & {one.kind for one in faults if isinstance(one, FaultStep | FaultEvent)}


def _keep(folder: str, name: str, root: Path) -> None:
    """Copy the engine's files, links as links, to where the user asked for them."""
    if folder:
        shutil.copytree(root, Path(folder) / name, symlinks=True, dirs_exist_ok=True)


def encode(script: tuple[Step, ...]) -> list[dict[str, Any]]:
    """Steps as plain data, for a job file."""
    kinds = {CallStep: "call", ReleaseStep: "release", FaultStep: "fault"}
    return [{"step": kinds[type(step)], **vars(step)} for step in script]


def decode(steps: list[dict[str, Any]]) -> tuple[Step, ...]:
    """The steps of a job file."""
    kinds: dict[str, type[CallStep | ReleaseStep | FaultStep]] = {
        "call": CallStep,
        "release": ReleaseStep,
        "fault": FaultStep,
    }
    return tuple(kinds[step["step"]](**{key: value for key, value in step.items() if key != "step"}) for step in steps)
