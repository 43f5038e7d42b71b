"""Running a suite on an engine, in the worker process: each test is a history, and the judge is the one of every check.

The judge knows more than the file, the ledger of files among it; the file says in which of its states a test is, so that what
was covered can be told.
"""

from collections import Counter
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import msgspec

from .belief import BoundExceeded
from .findings import Finding
from .folders import Workspace
from .history import History, Nonconformity
from .inflight import NotMade
from .journal import Journal
from .laboratory import Bounds, Laboratory, bounded
from .suite import Suite, call_of, read
from .worker import Job

TEST = "test "
"""What the name of a history that is a test begins with, before its number."""


class Options(Bounds, kw_only=True):
    """What the command line asks."""

    suite: str
    first: int = 0  # the test to begin with


class Report(msgspec.Struct, kw_only=True):
    """What came of it."""

    done: int = 0  # tests that are over, those before `first` among them
    calls: int = 0
    cells: int = 0  # calls in states of the file that were made
    departed: int = 0  # tests in which the engine gave another code than the assumed one, and so came elsewhere
    stale: str = ""  # what the profile allows and the file does not
    unknown: str = ""
    not_made: dict[str, int] = {}  # why tests ended before their last call, and how many did
    finding: Finding | None = None
    unreduced: str = ""  # the file in which it was saved before it was reduced


def run(job: Job, journal: Journal, workspace: Workspace) -> dict[str, Any]:
    """The task of the worker process."""
    options = msgspec.convert(job.options, Options)
    suite = read(Path(options.suite))
    laboratory = bounded(job.engine, options, journal, workspace, profile=suite.profile, seed=0)
    with closing(laboratory):
        report: dict[str, Any] = msgspec.to_builtins(_Running(laboratory, suite).run(options.first))
    return report


class _Running:
    """One run of a suite, up to the first finding."""

    def __init__(self, laboratory: Laboratory, suite: Suite) -> None:
        self.laboratory, self.suite = laboratory, suite
        self.setup = [call_of(one) for one in suite.setup]
        self.calls = [call_of(one) for one in suite.calls]
        self.cells: set[tuple[int, int]] = set()
        self.not_made: Counter[str] = Counter()
        self.report = Report()

    def run(self, first: int) -> Report:
        """All tests from that one on."""
        report, total = self.report, len(self.suite.tests)
        report.done = first
        history: History | None = None
        try:
            for number in range(first, total):
                if not self.laboratory.within_budget():
                    break
                history = self.laboratory.open(f"{TEST}{number + 1} of {total}")
                try:
                    self._test(history, self.suite.tests[number])
                finally:
                    self.laboratory.close_history(history)
                report.done = number + 1
        except Nonconformity as problem:
            report.finding = self.laboratory.reduce(history, problem, level=1)
        except BoundExceeded as bound:
            report.unknown = str(bound)
        report.calls, report.cells = self.laboratory.calls, len(self.cells)
        report.not_made = dict(self.not_made)
        report.unreduced = str(self.laboratory.saved or "")
        return report

    def _test(self, history: History, test: list[int]) -> None:
        if not self._set_up(history):
            return
        state = 0
        departed = False
        for number in test:
            allowed = self.suite.states[state].allowed[number]
            call = self.calls[number]
            if allowed is None or not history.offers(call):
                self.not_made[_why_not(history, call.name)] += 1
                break
            code = self._make(history, number)
            if code is None:
                break
            self.cells.add((state, number))
            found = next((one for one in allowed if one.code == code), None)
            if found is None:
                name = self.suite.states[state].name
                self.report.stale = self.report.stale or f"{call.label()} → {code} in {name}"
                break
            departed |= found is not allowed[0] and found.next != allowed[0].next
            state = found.next
        self.report.departed += departed

    def _make(self, history: History, number: int) -> int | None:
        call = self.calls[number]
        try:
            made = history.perform(call)
        except NotMade as reason:
            self.not_made[str(reason)] += 1
            return None
        except LookupError as missing:
            self.not_made[f"there was no {missing} for {call.name}"] += 1
            return None
        if history.open_calls():
            history.finish()
        return history.returned(made)

    def _set_up(self, history: History) -> bool:
        for call in self.setup:
            code = None
            with suppress(NotMade, LookupError):
                code = history.returned(history.perform(call))
            if code != 0:
                said = "the engine does not have it" if code is None else f"it returned {code}"
                self.not_made[f"setup: {call.label()}: {said}"] += 1
                return False
        return True


def _why_not(history: History, name: str) -> str:
    missing = history.lacks(name)
    if missing:
        return f"the engine has no {missing}"
    return f"{name} is not made where another allowed code led"
