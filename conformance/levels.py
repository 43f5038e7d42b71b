"""The levels of a check, one after another in the worker process: regressions first, then 1 to 3, up to the first finding."""

from collections import Counter
from itertools import chain
from typing import Any

import msgspec
from hypothesis.configuration import set_hypothesis_home_dir

from .folders import Workspace
from .history import History, Limits, Nonconformity
from .journal import Journal
from .laboratory import Laboratory
from .level1 import Level1, Options, Report
from .level2 import not_exercised, sample, walk
from .level3 import SCENARIOS, play_all, random_scenarios
from .scorecard import Level
from .worker import Job

NAMES = {1: "codes", 2: "effects", 3: "restorability"}
"""The levels that are built, and what they judge."""

RANDOM_SCENARIOS = 60


def run(job: Job, journal: Journal, workspace: Workspace) -> dict[str, Any]:
    """The task of the worker process."""
    options = msgspec.convert(job.options, Options)
    set_hypothesis_home_dir(workspace.folder)  # else it leaves a folder where the user stands
    laboratory = Laboratory(
        spec=job.engine,
        profile=options.profile,
        seed=options.seed,
        journal=journal,
        workspace=workspace,
        limits=Limits(call_timeout=options.call_timeout),
        budget=options.budget,
    )
    report: dict[str, Any] = msgspec.to_builtins(run_levels(laboratory, options))
    return report


def run_levels(laboratory: Laboratory, options: Options) -> Report:
    """Run the levels that are asked for; the first finding ends the run."""
    report = Level1(laboratory, options).run()
    for level, judge in ((2, _effects), (3, _restorability)):
        if level not in options.levels or report.finding is not None or options.cell:
            continue
        before = laboratory.calls
        if laboratory.contract.ordered:
            report.levels.append(_unjudged(level))
            continue
        outcome, failed = judge(laboratory, options)
        outcome.calls = laboratory.calls - before
        report.levels.append(outcome)
        if failed is not None:
            outcome.verdict, outcome.guarantee = "does-not-conform", "none: it ended at the finding"
            laboratory.effects = laboratory.effects_judge() if level == 2 else None
            report.finding = laboratory.reduce(*failed, level=level)
    report.calls = laboratory.calls
    return report


def _unjudged(level: int) -> Level:
    return Level(
        level=level,
        name=NAMES[level],
        verdict="not-exercised",
        calls=0,
        guarantee="judged by the documented profile alone",
    )


Outcome = tuple[Level, tuple[History, Nonconformity] | None]


def _effects(laboratory: Laboratory, options: Options) -> Outcome:
    """Level 2: every clause, at every quiescent point of the walk, then of random histories."""
    effects = laboratory.effects_judge()
    assert effects is not None, "only the contract of the pages is judged at this level"
    ended, failed = walk(laboratory, effects)
    if ended and failed is None and laboratory.within_budget():
        failed = sample(laboratory, effects, options.seed)
    counts = ", ".join(f"{clause} {count:,}" for clause, count in sorted(effects.exercised.items()))
    missing = not_exercised(effects)
    level = Level(level=2, name=NAMES[2], verdict="conforms" if ended else "unknown", calls=0, guarantee="")
    level.guarantee = f"clauses judged in all states in which backups are made: {counts or 'none'}"
    level.not_exercised = [f"clause {clause}" for clause in missing]
    return level, failed


def _restorability(laboratory: Laboratory, options: Options) -> Outcome:
    """Level 3: the scenarios, then some put together at random."""
    exercised: Counter[str] = Counter()
    failed = play_all(laboratory, exercised, chain(SCENARIOS, random_scenarios(options.seed, RANDOM_SCENARIOS)))
    played = exercised["scenarios"]
    level = Level(level=3, name=NAMES[3], verdict="conforms", calls=0, guarantee="")
    if played < len(SCENARIOS):
        level.verdict = "unknown"
    fixed = min(played, len(SCENARIOS))
    level.guarantee = (
        f"scenarios {fixed} of {len(SCENARIOS)}, {exercised['sets restored']} sets restored with the original removed, "
        f"{exercised['rows compared']:,} rows compared; sampled: {played - fixed} random scenarios"
    )
    if not exercised["rows compared"]:
        level.not_exercised = ["rows could not be read, only counted"]
    return level, failed
