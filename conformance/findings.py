"""Findings: saved before they are shown, replayed first ever after.

A finding is one trace file: its events are the shortest history found, its header says by which profile, for which engine and
why it was rejected. Replaying takes the steps from it and judges anew; nothing in the file is believed, or run.
"""

from hashlib import sha256
from pathlib import Path

import msgspec

from .explain import Explanation
from .script import Step, from_events
from .trace import Event, Header, Trace, TraceError, encode, read, write

DEFAULT_FOLDER = Path(".jetconform") / "findings"


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


def save(finding: Finding, folder: Path) -> Path:
    """Write the finding into `folder`, which is made when it is missing. The name tells findings apart."""
    folder.mkdir(parents=True, exist_ok=True)
    body = b"".join(encode(event) for event in finding.events)
    name = f"{finding.explanation.kind}-{sha256(body).hexdigest()[:10]}.jsonl"
    header = Header(
        trace=1,
        engine=finding.engine,
        scenario=f"found at level {finding.level}: {finding.explanation.call} {finding.explanation.observed}".strip(),
        seed=finding.seed,
        profile=finding.profile,
        explanation=msgspec.to_builtins(finding.explanation),
    )
    write(folder / name, header, finding.events)
    return folder / name


def load(path: Path) -> tuple[Trace, tuple[Step, ...]]:
    """A saved history and its steps. Raises TraceError for a file that is not one."""
    trace = read(path)
    steps = from_events(trace.events)
    if not steps:
        raise TraceError(f"{path}: holds no call, so there is nothing to replay")
    return trace, steps


def regressions(folder: Path) -> list[Path]:
    """The saved histories of a folder, by name; none when there is no such folder."""
    return sorted(folder.glob("*.jsonl")) if folder.is_dir() else []
