"""Inspecting the folder of an instance: databases, checkpoint and logs, and whether JetInit could recover [IN]."""

from dataclasses import dataclass, field
from itertools import pairwise

from .checkpoint import Checkpoint
from .files import Files, Kind
from .inspect_database import inspect_database
from .inspect_log import CheckpointReport, LogReport, inspect_checkpoint, inspect_log, why_not_next
from .inspect_sets import files_size
from .logfile import CHECKPOINT, CURRENT, TEMPORARY, archive_generation
from .records import generation_of, offset_of
from .report import Report, generation, generations, place, ranges
from .roles import Role, role_of

_LIVE = frozenset({Role.DATABASE, Role.LOG, Role.CHECKPOINT, Role.RESERVE})
_ORDER = tuple(Role)


@dataclass
class Contents:
    """What an instance's folder holds, read through."""

    reports: dict[str, Report] = field(default_factory=dict)
    archives: dict[int, LogReport] = field(default_factory=dict)
    current: LogReport | None = None
    next: LogReport | None = None
    checkpoint: CheckpointReport | None = None


def role_by_name_too(files: Files, path: str) -> Role:
    """The role of a file; one that does not say what it is has that of its name, if that is a log's or a checkpoint's."""
    role = role_of(files, path).role
    if role is not Role.OTHER or files.kind(path) is not Kind.FILE:
        return role
    name = path.rpartition("/")[2]
    if name in (CURRENT, TEMPORARY) or archive_generation(name) is not None:
        return Role.LOG
    return Role.CHECKPOINT if name == CHECKPOINT else role


def is_instance_folder(roles: dict[str, Role]) -> bool:
    """Whether files with these roles are those of an instance: one may have strayed into a backup folder."""
    found = set(roles.values())
    if roles.get(CURRENT) is Role.LOG or not found.isdisjoint((Role.CHECKPOINT, Role.RESERVE)):
        return True
    return not found.isdisjoint(_LIVE) and found.isdisjoint((Role.BACKUP_DATABASE, Role.BACKUP_LOG))


def inspect_file(files: Files, path: str, role: Role) -> Report | None:
    """What a file of that role holds; None if it is no file of the engine."""
    match role:
        case Role.DATABASE | Role.BACKUP_DATABASE:
            return inspect_database(files, path)
        case Role.LOG | Role.BACKUP_LOG:
            return inspect_log(files, path)
        case Role.CHECKPOINT:
            return inspect_checkpoint(files, path)
        case Role.RESERVE:
            return Report(path, f"reserve log, {files_size(files, path):,} bytes", brief="space for the last log")
        case Role.OTHER:
            return None


def inspect_instance(files: Files, path: str, roles: dict[str, Role]) -> Report:
    """The folder that is the root of `files`, which holds files with these roles."""
    report = Report(path, "folder of an instance")
    found = Contents()
    report.table.append(("file", "role", "bytes", "generation", "state"))
    for name in sorted(roles, key=lambda name: (_ORDER.index(roles[name]), name)):
        one = inspect_file(files, name, roles[name])
        if one is None:
            continue
        _sort_in(found, name, one)
    _report_logs(report, found)
    _report_recovery(report, found)
    for name, one in found.reports.items():
        number = str(one.header.generation) if isinstance(one, LogReport) and one.header else ""
        size = f"{files_size(files, name):,}"
        report.table.append((name, roles[name].value, size, number, one.in_brief))
        for text in one.damage:
            report.spoil(f"{name}: {text}")
    others = [name for name, role in roles.items() if role is Role.OTHER]
    if others:
        report.add("other names", f"{', '.join(others[:5])}{', ...' if len(others) > 5 else ''}")
    return report


def _sort_in(found: Contents, name: str, one: Report) -> None:
    found.reports[name] = one
    number = archive_generation(name)
    if isinstance(one, CheckpointReport) and name == CHECKPOINT:
        found.checkpoint = one
    elif isinstance(one, LogReport) and number is not None:
        found.archives[number] = one
    elif isinstance(one, LogReport) and name == CURRENT:
        found.current = one
    elif isinstance(one, LogReport) and name == TEMPORARY:
        found.next = one


def _report_logs(report: Report, found: Contents) -> None:
    """The chain of generations: no gap, and each names the one before it."""
    logs = dict(sorted(found.archives.items()))
    if not logs and found.current is None:
        return
    report.add("closed generations", ranges(logs) or "none")
    if found.current is not None and found.current.header is not None:
        number = found.current.header.generation
        if number in logs:
            found.current.spoil(f"generation {generation(number)} is there as a closed log, too")
        logs[number] = found.current
        report.add("current generation", generation(number))
    numbers = sorted(logs)
    for before, number in pairwise(numbers):
        if before + 1 < number:
            report.spoil(f"{generations(before + 1, number - 1)} missing")
            continue
        one, last = logs[number].header, logs[before].header
        if one is not None and last is not None and (broken := why_not_next(one, last)):
            logs[number].spoil(f"does not follow generation {generation(before)}: {broken}")
    _report_roll(report, found)


def _report_roll(report: Report, found: Contents) -> None:
    """The current log is missing, or closed: a crash interrupted a roll, which JetInit finishes, or a log is lost."""
    current, after = found.current, found.next.header if found.next else None
    if current is None and found.archives:
        if after is not None and after.generation == max(found.archives) + 1:
            report.add("roll", f"a crash interrupted it: {TEMPORARY} is to be {CURRENT}; JetInit finishes it")
        else:
            report.spoil(f"{CURRENT} is missing")
    elif current is not None and current.closed:
        if after is not None:
            report.add("roll", f"a crash interrupted it: {CURRENT} is closed; JetInit finishes it")
        else:
            report.spoil(f"{CURRENT} is closed, and the next log is missing")


def _report_recovery(report: Report, found: Contents) -> None:
    checkpoint = found.checkpoint.checkpoint if found.checkpoint else None
    headers = [log.header for log in (*found.archives.values(), found.current, found.next) if log and log.header]
    if not headers:
        if found.checkpoint is not None:
            report.spoil("there is a checkpoint, and no log")
        return
    last = max(header.generation for header in headers if header)
    if checkpoint is None:
        report.add(
            "recovery", f"without a checkpoint: needs {generations(min(each.generation for each in headers), last)}"
        )
        return
    _judge_checkpoint(report, found, checkpoint)
    first = generation_of(checkpoint.lsn)
    here = {header.generation for header in headers}
    if any(header.signature != checkpoint.signature for header in headers):
        report.spoil("checkpoint and logs are of different log sequences (signature)")
    if first > last:
        report.spoil(f"the checkpoint is in generation {generation(first)}, behind all logs")
        return
    # A made-up checkpoint may ask for any number of logs: compare counts before looking at each.
    whole = last - first < len(here) and all(number in here for number in range(first, last + 1))
    needs = f"redo begins at {place(checkpoint.lsn)}, and needs {generations(first, last)}"
    report.add("recovery", f"{needs}: {'all here' if whole else 'not all here'}")
    if not whole:
        report.spoil(f"recovery needs {generations(first, last)}, and not all are here")


def _judge_checkpoint(report: Report, found: Contents, checkpoint: Checkpoint) -> None:
    current = found.current
    if current is None or current.header is None or generation_of(checkpoint.lsn) != current.header.generation:
        return
    if offset_of(checkpoint.lsn) > current.end:
        report.spoil(f"the checkpoint is at {place(checkpoint.lsn)}, behind the end of the log: what it saw is gone")
