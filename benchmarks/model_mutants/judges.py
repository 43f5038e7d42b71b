"""The judges: the literal cases of the tests, the traces of Microsoft's engine, and what is proven by exploring the tables."""

import inspect
import io
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from jetconform.conformance.archive import traces
from jetconform.conformance.trace import Trace
from jetconform.conformance.tracecheck import Checker, check
from jetconform.model.calls import Stage
from jetconform.model.cells import explore
from jetconform.model.census import Counts
from jetconform.model.compile import RememberingStepper
from jetconform.model.file_domains import domains_of
from jetconform.model.guards.ese import ESE
from jetconform.model.verify import PROFILES, verify_profile
from jetconform.model.vocabulary import DOCUMENTED_CODES, JetErr

from .mutant import Mutant
from .questions import Asked, Changed, Questions

ROOT = Path(__file__).parents[2]
MOST_QUESTIONS = 2_000
"""A test that asks more explores: that is the part of another judge."""


EXPLORED = 3
"""Domains that are explored anew for one mutant."""


class Caught(Enum):
    """Who noticed a mutant, the cheapest first; of counts alone it is said apart, for they tell a change, not a wrong."""

    CASES = "tests"
    TRACES = "traces"
    VERIFY = "verify"
    COUNTS = "counts only"
    NOBODY = "nobody"


FILES = (
    "test_documented_cases.py", "test_row_cases.py", "test_entry_cases.py", "test_external_cases.py", "test_observed_cases.py",
    "test_observed_files.py", "test_entry_observed.py", "test_observed_order.py", "test_moves.py", "test_moves_external.py",
    "test_flavours.py", "test_lifecycle.py", "test_lifecycle_table.py", "test_faults.py", "test_environment_moves.py",
    "test_effects.py", "test_clause_cases.py", "test_streaming_under_way.py",
    "test_streaming_observed.py",
)  # fmt: skip
"""The tests of tests/model that pin literal expectations."""

ALWAYS: Mapping[str, tuple[str, ...]] = {
    "flavours": ("test_flavours.py", "test_entry_observed.py"),
    "lifecycle": ("test_lifecycle_table.py", "test_lifecycle.py"),
    "faults": ("test_faults.py", "test_level6.py"),
    "atlas": ("test_faults.py", "test_level6.py"),
    "environment moves": ("test_environment_moves.py",),
    "clauses documented": (
        "test_clause_cases.py",
        "test_effects.py",
        "test_effect_clauses.py",
        "test_external_clauses.py",
    ),
    "clauses ese": ("test_clause_cases.py", "test_effects.py"),
}
"""The tests that read a table without the step function: they are run for each of its mutants."""


class Cases:
    """The tests with literal expectations, as functions without fixtures."""

    def __init__(self) -> None:
        self.questions = Questions()
        self._tests: dict[str, Callable[[], Any]] = {}
        self._of_file: dict[str, list[str]] = {}
        for name, file, test in _collected():
            with self.questions.heard(name) as asked:
                test()
                if len(asked) > MOST_QUESTIONS:
                    asked.clear()
                    continue
            self._tests[name] = test
            self._of_file.setdefault(file, []).append(name)
        self.questions.answered()

    def __len__(self) -> int:
        return len(self._tests)

    def catches(self, mutant: Mutant) -> bool:
        """Whether one of the tests fails on it."""
        contexts = self.questions.changed(mutant).contexts
        always = [name for file in ALWAYS.get(mutant.table, ()) for name in self._of_file.get(file, ())]
        for name in dict.fromkeys((*sorted(contexts, key=lambda one: -contexts[one]), *always)):
            try:
                self._tests[name]()
            except (Exception, pytest.fail.Exception):
                return True
        return False


class _Collector:
    def __init__(self) -> None:
        self.items: list[pytest.Item] = []

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.items = list(session.items)


def _collected() -> Iterator[tuple[str, str, Callable[[], Any]]]:
    """Every test that needs no fixture, with the name of its file."""
    model, conformance = ROOT / "tests" / "model", ROOT / "tests" / "conformance"
    others = [name for files in ALWAYS.values() for name in files if name not in FILES]
    paths = [model / name for name in FILES] + [conformance / name for name in dict.fromkeys(others)]
    paths = [p for p in paths if p.exists()]  # TEMP
    collector = _Collector()
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        status = pytest.main(
            ["--collect-only", "-q", "-p", "no:cacheprovider", *(str(path) for path in paths)], plugins=[collector]
        )
    if status:
        raise SystemExit(f"the tests of the model cannot be collected: {', '.join(path.name for path in paths)}")
    for item in collector.items:
        assert isinstance(item, pytest.Function)
        given = dict(item.callspec.params) if hasattr(item, "callspec") else {}
        if set(inspect.signature(item.obj).parameters) <= set(given):
            yield f"{item.path.name}::{item.name}", item.path.name, lambda item=item, given=given: item.obj(**given)


class Traces:
    """The recorded traces of Microsoft's engine, under `ese`: none of their calls may be rejected."""

    def __init__(self) -> None:
        found = tuple(traces([ROOT / "tests" / "data" / "observed" / "traces.tar.gz"]))
        self._traces = {one.name: one for one in found if isinstance(one, Trace)}
        self.questions = Questions()
        for name, trace in self._traces.items():
            with self.questions.heard(name):
                check([trace], [ESE])
        self.questions.answered()

    def __len__(self) -> int:
        return len(self._traces)

    def catches(self, mutant: Mutant) -> bool:
        """Whether a call of a trace, or what it left behind, is rejected, or cannot be judged any more."""
        everything = mutant.table == "clauses ese"
        if not everything and mutant.table not in ("guards ese", "programs ese", "lifecycle"):
            return False
        changed = self.questions.changed(mutant)
        if not everything and (not changed.answers or changed.only_allows_more):
            return False
        checker = Checker([ESE])
        (tally,) = checker.tallies
        names = self._traces if everything else sorted(changed.contexts, key=lambda one: (-changed.contexts[one], one))
        for name in names:
            try:
                checker.check(self._traces[name])
            except (AssertionError, ValueError):  # a move that is impossible there
                return True
            if tally.rejected or tally.unjudged.total():
                return True
        return False


class Verify:
    """What `model verify` proves: no hole, no dead row, invariants, codes in and out of reach; and its counts.

    Where a mutant changes only rows and codes, what is proven follows from the answers. Where it changes where calls lead,
    the smallest domains that it reaches are explored anew. Explorations with several callers are not repeated.
    """

    def __init__(self, committed: Counts) -> None:
        self._committed = committed
        self.questions = Questions()
        self._domains = {
            (profile.name, domain.name): domain for profile, _ in PROFILES for domain in domains_of(profile)
        }
        for profile, _ in PROFILES:
            for domain in domains_of(profile):
                with self.questions.heard(f"{profile.name}: {domain.name}"):
                    explore(RememberingStepper(profile), domain)
        self.questions.answered()
        self._deciding = Counter(_deciding(self.questions.answers))
        self._asked = Counter(domain for domains in self.questions.contexts.values() for domain in domains)

    def judge(self, mutant: Mutant) -> Caught:
        """VERIFY, COUNTS or NOBODY."""
        changed = self.questions.changed(mutant)
        if not changed.answers:
            return Caught.NOBODY
        if self._locally(changed):
            return Caught.VERIFY
        return Caught.NOBODY if changed.reaches_the_same else self._explored(changed)

    def _locally(self, changed: Changed) -> bool:
        """A row that decides nothing any more, a code out of reach or in reach that should not be."""
        deciding = self._deciding.copy()
        deciding.subtract(_deciding({key: old for key, (old, _) in changed.answers.items()}))
        deciding.update(_deciding({key: new for key, (_, new) in changed.answers.items()}))
        for profile, unreachable in PROFILES:
            if any(
                deciding[key] <= 0 < self._deciding[key] for key in ((profile.name, row.id) for row in profile.rows)
            ):
                return True
            for code in DOCUMENTED_CODES:
                reached = deciding[profile.name, int(code)] > 0
                if reached is (code in unreachable):
                    return True
        return False

    def _explored(self, changed: Changed) -> Caught:
        counted = False
        for context in sorted(changed.contexts, key=lambda one: (self._asked[one], one))[:EXPLORED]:
            name, _, domain_name = context.partition(": ")
            domain = self._domains[name, domain_name]
            profile, unreachable = next(one for one in PROFILES if one[0].name == name)
            try:
                report = verify_profile(profile, unreachable, domains=(domain,), callers=())
            except (AssertionError, ValueError, StopIteration):  # an impossible move; a set-up that does not succeed
                return Caught.VERIFY
            for one in report.checks[:-2]:  # without codes and dead rows, which are a matter of all domains
                if one.problems and not one.broken_by:
                    return Caught.VERIFY
            count = self._committed[name][domain_name]
            counted = counted or any(
                (one.nodes, one.cells) != (count["nodes"], count["cells"]) for one in report.domains
            )
        return Caught.COUNTS if counted else Caught.NOBODY


def _deciding(answers: Mapping[Asked, frozenset[Any]]) -> Iterator[tuple[str, object]]:
    """By profile, the rows that decide a call, and the codes that a backup returns."""
    for (profile, _, pending), answer in answers.items():
        for step in answer:
            if step.stage is Stage.DONE:
                yield profile, step.row
                if pending.call.name == "JetBackupInstance" and isinstance(step.code, JetErr):
                    yield profile, int(step.code)
