"""Calls until each seeded bug of level 1 is found: ours against three other ways to choose the next call.

    python -m benchmarks.finding [--mutants N] [--seeds N] [--budget CALLS]

All make the same calls with the same arguments on the same engine, judged by the same judge. *Ours* is level 1 as it is run, its
figure from docs/mutants/kill-matrix.json: the systematic half is one for every seed. *Nearest uncovered* is its walk, with the
domains in an order that the seed draws. *Plain Hypothesis* is a rule-based state machine without preconditions, weights and
set-ups (faults are made of a running instance alone, for adapters need no more); *random* draws every step evenly. Each of these
three ends at the budget.
"""

import argparse
import os
import random
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import hypothesis
import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from jetconform.conformance.coverage import Coverage
from jetconform.conformance.generation import generating
from jetconform.conformance.history import History, Nonconformity
from jetconform.conformance.inflight import NotMade
from jetconform.conformance.laboratory import Laboratory
from jetconform.conformance.machine import ALPHABET, HOLDS
from jetconform.conformance.mutants.catalogue import MUTANTS
from jetconform.conformance.mutants.matrix import Matrix
from jetconform.conformance.mutants.measure import CALL_TIMEOUT
from jetconform.conformance.mutants.sampling import opened
from jetconform.conformance.script import can_hold
from jetconform.conformance.walk import FAULTS, Walk
from jetconform.model.calls import Call
from jetconform.model.cells import explore
from jetconform.model.domain import Hold
from jetconform.model.domains import DOMAINS

from .tables import show

MATRIX = Path(__file__).parents[1] / "docs" / "mutants" / "kill-matrix.json"
STEPS = 40
"""Of one history, as at level 1."""
RELEASE = "release"
EVERY: tuple[Call | Hold | str, ...] = (*ALPHABET, *HOLDS, *FAULTS, RELEASE)
"""Everything that a step can be."""


class _Spent(Exception):  # noqa: N818 - how a search ends
    """The budget is spent."""


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.finding", description=__doc__.partition("\n")[0])
    parser.add_argument("--mutants", type=int, default=20, help="so many of level 1, drawn by a fixed seed (20)")
    parser.add_argument("--seeds", type=int, default=10, help="seeds for each of the three (10)")
    parser.add_argument("--budget", type=int, default=20_000, help="calls of each search at the most (20,000)")
    args = parser.parse_args()
    of_level = [one.name for one in MUTANTS if one.level == 1]
    chosen = sorted(random.Random(1).sample(of_level, min(args.mutants, len(of_level))))
    rows = msgspec.json.decode(MATRIX.read_bytes(), type=Matrix).rows if MATRIX.exists() else {}
    ours = {name: row.own.calls for name, row in rows.items() if row.own is not None and row.own.caught}
    jobs = [(name, way, args.seeds, args.budget) for name in chosen for way in WAYS]
    with ProcessPoolExecutor(os.cpu_count() or 1, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        counts = dict(zip(((name, way) for name, way, *_ in jobs), pool.map(_measured, jobs), strict=True))
    show(f"calls until found, of at most {args.budget:,}: median of {args.seeds} seeds, and how many found it", list(
        _table(chosen, ours, counts, args.seeds)))  # fmt: skip
    return 0


def _table(
    chosen: Sequence[str], ours: dict[str, int], counts: dict[tuple[str, str], list[int]], seeds: int
) -> Iterator[tuple[str, ...]]:
    yield ("mutant", "ours", *WAYS)
    for name in chosen:
        yield (name, f"{ours[name]:,}" if name in ours else "?", *(_text(counts[name, way], seeds) for way in WAYS))
    medians = {way: statistics.median([_median(counts[name, way]) for name in chosen]) for way in WAYS}
    middle = statistics.median([ours.get(name, float("inf")) for name in chosen])
    yield ("median", f"{middle:,.0f}", *(f"{found:,.0f}" for found in medians.values()))
    yield ("against ours", "1.0", *(f"{found / middle:.1f}" for found in medians.values()))
    missed = {way: sum(not any(counts[name, way]) for name in chosen) for way in WAYS}
    yield ("missed by every seed", str(sum(name not in ours for name in chosen)), *map(str, missed.values()))


def _median(counts: list[int]) -> float:
    """Of the calls until it was found, 0 being never."""
    return statistics.median([count or float("inf") for count in counts])


def _text(counts: list[int], seeds: int) -> str:
    found = sum(map(bool, counts))
    middle = _median(counts)
    return f"{'-' if middle == float('inf') else f'{middle:,.0f}'} ({found}/{seeds})"


# -- one mutant --------------------------------------------------------------------------------------------------------


def _measured(job: tuple[str, str, int, int]) -> list[int]:
    """For each seed the calls until that mutant was found, 0 where it was not; in a process of its own."""
    name, way, seeds, budget = job
    return [_search(name, WAYS[way], seed, budget) for seed in range(1, seeds + 1)]


def _search(name: str, way: "Way", seed: int, budget: int) -> int:
    with opened(name, seed, call_timeout=CALL_TIMEOUT) as laboratory:
        search = Search(laboratory, budget)
        with suppress(_Spent):
            way(search, seed)
    return search.found


class Search:
    """One engine, and what was spent on it."""

    def __init__(self, laboratory: Laboratory, budget: int) -> None:
        self.laboratory = laboratory
        self.budget = budget
        self.found = 0

    def step(self, history: History, what: Call | Hold | str) -> None:
        """Do that if it can be done now. Raises Nonconformity, and _Spent at the end of the budget."""
        if self.laboratory.calls + history.calls >= self.budget:
            raise _Spent
        with suppress(LookupError):  # NotMade is one: the engine lacks something, or nothing of that kind is there
            if isinstance(what, Call):
                if history.offers(what):
                    history.perform(what, client="B" if history.held() else "A")
            elif isinstance(what, Hold):
                if not history.open_calls() and can_hold(history, what.point):
                    history.perform(what.call, client="A", hold=what.point)
            elif what == RELEASE:
                history.finish()
            elif history.runs() and not history.open_calls() and FAULTS[what][2] in history.capabilities:
                history.fault(*FAULTS[what][:2])
        if len(history.open_calls()) > len(history.held()):
            history.finish()

    def note(self, history: History) -> None:
        """It was found by this history."""
        self.found = self.laboratory.calls + history.calls


Way = Callable[[Search, int], None]


def _random(search: Search, seed: int) -> None:
    draw = random.Random(seed)
    while True:
        with search.laboratory.history("random") as history:
            try:
                for _ in range(STEPS):
                    search.step(history, draw.choice(EVERY))
                history.finish()
            except Nonconformity:
                search.note(history)
                return


def _hypothesis(search: Search, seed: int) -> None:
    class Plain(RuleBasedStateMachine):
        """Rules that do nothing where they cannot."""

        def __init__(self) -> None:
            super().__init__()
            self.history = search.laboratory.open("hypothesis")

        @rule(what=st.sampled_from(EVERY))
        def step(self, what: Call | Hold | str) -> None:
            """One step."""
            self._noting(partial(search.step, self.history, what))

        def _noting(self, action: Callable[[], None]) -> None:
            try:
                action()
            except Nonconformity:
                search.found = search.found or search.laboratory.calls + self.history.calls
                raise

        def teardown(self) -> None:
            try:
                if not search.found:
                    with suppress(NotMade):
                        self._noting(self.history.finish)
            finally:
                search.laboratory.close_history(self.history)

    settings = hypothesis.settings(generating(search.budget, steps=STEPS), verbosity=hypothesis.Verbosity.quiet)
    try:
        run_state_machine_as_test(hypothesis.seed(seed)(Plain), settings=settings)
    except (Nonconformity, hypothesis.errors.HypothesisException):
        return


def _nearest(search: Search, seed: int) -> None:
    domains = list(DOMAINS)
    random.Random(seed).shuffle(domains)
    coverage = Coverage()
    for domain in domains:
        walk = _Counted(explore(search.laboratory.stepper, domain), search.laboratory, coverage)
        walk.budget = search.budget
        try:
            walk.run()
        except Nonconformity:
            search.found = search.laboratory.calls
            return
        if search.laboratory.calls >= search.budget:
            raise _Spent


class _Counted(Walk):
    """A walk that ends with a budget of calls."""

    budget = 0

    def _one_history(self) -> bool:
        return self.laboratory.calls < self.budget and super()._one_history()


WAYS: dict[str, Way] = {"nearest uncovered": _nearest, "plain Hypothesis": _hypothesis, "random": _random}


if __name__ == "__main__":
    sys.exit(main())
