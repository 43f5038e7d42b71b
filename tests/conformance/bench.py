"""What the tests of the harness share: a laboratory in a folder of the test's, and short words for histories."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from jetconform.conformance.findings import Finding
from jetconform.conformance.folders import Workspace
from jetconform.conformance.history import History, Limits, Nonconformity
from jetconform.conformance.journal import Journal
from jetconform.conformance.laboratory import Laboratory
from jetconform.conformance.script import CallStep, FaultStep, ReleaseStep, Step, play
from jetconform.conformance.trace import Event

HERE = Path(__file__).parent
LIMITS = Limits(call_timeout=60.0, patience=60.0)

RUNNING: tuple[Step, ...] = (
    CallStep(1, "A", "JetCreateInstance", {"instance": "i1"}),
    CallStep(2, "A", "JetInit", {"instance": "i1"}),
)
"""An instance that runs: where most short histories begin."""


class Recording(Laboratory):
    """A laboratory that keeps the events of every history."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.recorded: list[list[Event]] = []

    def close_history(self, history: History) -> None:
        self.recorded.append(history.events)
        super().close_history(history)


@contextmanager
def laboratory(
    folder: Path, spec: str = "reference", profile: str = "documented", seed: int = 1
) -> Iterator[Recording]:
    """A laboratory over that engine; nothing is left of it."""
    folder.mkdir(parents=True, exist_ok=True)
    journal = Journal(folder / "journal.jsonl")
    try:
        yield Recording(spec, profile, seed, journal, Workspace(folder), LIMITS)
    finally:
        journal.close()


def found(lab: Laboratory, script: Sequence[Step]) -> Finding:
    """The finding to which the script leads, as it is; AssertionError if it conforms."""
    with lab.history() as history:
        try:
            play(script, history)
        except Nonconformity as problem:
            return lab.finding(history, problem, minimal=False, calls=history.calls, level=1)
    raise AssertionError("the history conforms")


def backup(number: int, path: str | None, *, client: str = "A", grbit: int = 0, hold: str | None = None) -> CallStep:
    return CallStep(number, client, "JetBackupInstance", {"instance": "i1", "path": path, "grbit": grbit}, hold)


def folder(name: str) -> FaultStep:
    return FaultStep("make-directory", name)


def let_go(number: int, err: int = 0, hold: str | None = None) -> ReleaseStep:
    return ReleaseStep(number, err, hold)


def on_instance(number: int, call: str, *, client: str = "A", **args: object) -> CallStep:
    return CallStep(number, client, call, {"instance": "i1", **args})
