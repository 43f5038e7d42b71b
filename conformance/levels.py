"""The levels of a check, one after another in the worker process, regressions first, up to the first finding."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import chain
from typing import Any, TypeVar

import msgspec
from hypothesis.configuration import set_hypothesis_home_dir

from . import free_threads
from .belief import BoundExceeded
from .deviation_effects import with_effects
from .effects import EffectsJudge
from .faults import any_engine, level6
from .faults.blow import befell
from .faults.strike import struck
from .findings import Finding, load_regression, regressions, scheduled
from .folders import Workspace
from .history import History, Nonconformity
from .journal import Journal
from .laboratory import Laboratory, bounded, deviations
from .level1 import Level1, Options, Report
from .level2 import not_exercised, play_fixed, sample, walk
from .level3 import play_all
from .level3_scenarios import SCENARIOS, random_scenarios
from .level4 import Interleaving
from .plans import HELD
from .schedules import level5
from .scorecard import Level
from .trace import Trace
from .worker import Job

NAMES = {
    1: "codes",
    2: "effects",
    3: "restorability",
    4: "interleaving",
    level5.LEVEL: level5.NAME,
    level6.LEVEL: level6.NAME,
}
"""The levels that are built, and what they judge."""

Found = TypeVar("Found")

RANDOM_SCENARIOS = 150

OF_DOCUMENTED = (2, 3)
"""Levels that only the documented profile has clauses for."""


def run(job: Job, journal: Journal, workspace: Workspace) -> dict[str, Any]:
    """The task of the worker process."""
    options = msgspec.convert(job.options, Options)
    set_hypothesis_home_dir(workspace.folder)  # else it leaves a folder where the user stands
    laboratory = bounded(job.engine, options, journal, workspace, profile=options.profile, seed=options.seed)
    with closing(laboratory):
        found = run_levels(laboratory, options)
        found.unreduced = str(laboratory.saved or "")
    report: dict[str, Any] = msgspec.to_builtins(found)
    return report


def run_levels(laboratory: Laboratory, options: Options) -> Report:
    """Run the levels that are asked for; the first finding ends the run."""
    report = Level1(laboratory, options).run()
    for level, judge in _JUDGES:
        if level not in options.levels or report.finding is not None or options.cell:
            continue
        before = laboratory.calls
        if laboratory.contract.ordered and level in OF_DOCUMENTED:
            report.levels.append(_unjudged(level))
            continue
        try:
            outcome, failed = judge(laboratory, options)
        except BoundExceeded as bound:
            outcome, failed = (
                Level(level=level, name=NAMES[level], verdict="unknown", calls=0, guarantee=f"none: {bound}"),
                None,
            )
        outcome.calls = laboratory.calls - before
        report.levels.append(outcome)
        if failed is not None:
            outcome.verdict, outcome.guarantee = "does-not-conform", "none: it ended at the finding"
            laboratory.effects = _effects_of(laboratory, level)
            report.finding = laboratory.reduce(*failed, level=level)
    if report.deviations is not None:
        report.deviations = with_effects(report.deviations, deviations(laboratory.profile)[0], laboratory.lifted)
    report.calls = laboratory.calls
    if level5.LEVEL in options.levels and report.finding is None and not options.cell:
        schedules, report.finding = level5.run(laboratory, options.seed, _saved(options, scheduled))
        report.levels.append(schedules)
        report.calls += schedules.calls
        if report.finding is None:
            before = laboratory.calls
            report.finding = _threads(laboratory, schedules, options)
            schedules.calls += laboratory.calls - before
            report.calls += laboratory.calls - before
    if level6.LEVEL in options.levels and report.finding is None and not options.cell:
        faults, report.finding = level6.run(laboratory, options.seed, _saved(options, struck), _saved(options, befell))
        report.levels.append(faults)
        if faults.verdict == "not-exercised" and not laboratory.contract.ordered:
            before = laboratory.calls
            report.finding = _sampled(laboratory, faults, options)
            faults.calls += laboratory.calls - before
        report.calls += faults.calls
    return report


def _threads(laboratory: Laboratory, level: Level, options: Options) -> Finding | None:
    """The second half of level 5, for any engine: clients on free-running threads."""
    if level.verdict == "not-exercised":
        level.guarantee = f"schedules: none, {level.guarantee}"
    try:
        failed = free_threads.sample(laboratory, level, options.seed)
    except BoundExceeded as bound:
        level.verdict, level.guarantee = "unknown", f"none: {bound}"
        return None
    if failed is None:
        return None
    level.verdict, level.guarantee = "does-not-conform", "none: it ended at the finding"
    history, problem = failed
    return laboratory.finding(history, problem, minimal=False, calls=laboratory.calls, level=level.level)


def _sampled(laboratory: Laboratory, level: Level, options: Options) -> Finding | None:
    """Level 6 of an engine whose files cannot be made to fail: its process is killed, its files and destinations are bad."""
    found = any_engine.Sample()
    try:
        failed = any_engine.sample(laboratory, options.seed, found)
    except BoundExceeded as bound:
        level.verdict, level.guarantee = "unknown", f"none: {bound}"
        return None
    level.not_exercised += found.missed
    if failed is not None:
        level.verdict, level.guarantee = "does-not-conform", "none: it ended at the finding"
        return laboratory.reduce(*failed, level=level.level)
    if found.played:
        level.verdict, level.guarantee = "conforms", found.guarantee
    return None


def _effects_of(laboratory: Laboratory, level: int) -> EffectsJudge | None:
    """The judge of effects at a level that looks at them, where the contract has clauses."""
    return laboratory.effects_judge() if level in (2, 4) else None


def _saved(options: Options, kind: Callable[[Trace], Found | None]) -> Iterator[Found]:
    """The saved histories of a level that makes its own: what that kind of history is made again by."""
    for path in regressions(options.regressions):
        found = kind(load_regression(path)[0])
        if found is not None:
            yield found


def _unjudged(level: int) -> Level:
    return Level(
        level=level,
        name=NAMES[level],
        verdict="not-exercised",
        calls=0,
        guarantee="judged by the documented profile alone",
    )


Outcome = tuple[Level, tuple[History | None, Nonconformity] | None]


def _effects(laboratory: Laboratory, options: Options) -> Outcome:
    """Level 2: every clause, at every quiescent point of fixed histories, of the walk, and of random histories."""
    effects = laboratory.effects_judge()
    assert effects is not None, "only the contract of the pages is judged at this level"
    ended, failed = play_fixed(laboratory, effects)  # they are short: what they find is found at once
    if ended:
        ended, failed = walk(laboratory, effects)
    if ended and failed is None and laboratory.within_budget():
        failed = sample(laboratory, effects, options.seed)
    counts = ", ".join(f"{clause} {count:,}" for clause, count in sorted(effects.exercised.items()))
    missing = not_exercised(effects)
    level = Level(level=2, name=NAMES[2], verdict="conforms" if ended else "unknown", calls=0, guarantee="")
    level.guarantee = f"clauses judged in all states in which backups are made: {counts or 'none'}"
    level.not_exercised = [f"clause {clause}" for clause in missing]
    if ended and not counts:
        level.verdict = "not-exercised"
    return level, failed


def _restorability(laboratory: Laboratory, options: Options) -> Outcome:
    """Level 3: the scenarios, then some put together at random."""
    exercised: Counter[str] = Counter()
    missed: dict[str, None] = {}
    scenarios = chain(SCENARIOS, random_scenarios(options.seed, RANDOM_SCENARIOS))
    failed = play_all(laboratory, exercised, scenarios, missed)
    played = exercised["scenarios"]
    level = Level(level=3, name=NAMES[3], verdict="conforms", calls=0, guarantee="")
    if played + exercised["lacking"] < len(SCENARIOS):
        level.verdict = "unknown"
    elif not played:
        level.verdict = "not-exercised"
    fixed = min(played, len(SCENARIOS))
    level.guarantee = (
        f"scenarios {fixed} of {len(SCENARIOS)}, {exercised['sets restored']} sets restored with the original removed, "
        f"{exercised['rows compared']:,} rows compared; sampled: {played - fixed} random scenarios"
    )
    if not exercised["rows compared"]:
        level.not_exercised.append("rows could not be read, only counted")
    level.not_exercised += missed
    return level, failed


def _interleaving(laboratory: Laboratory, options: Options) -> Outcome:
    """Level 4: every held phase with every other call, sequences, and some plans drawn at random."""
    level = Level(
        level=4, name=NAMES[4], verdict="not-exercised", calls=0, guarantee="none: the engine does not call back"
    )
    laboratory.effects = _effects_of(laboratory, 4)  # codes can be judged without
    run = Interleaving(laboratory)
    try:
        if not run.calls_back():
            level.not_exercised = ["the engine has no status callback in which a call could be held"]
            return level, None
        ended = run.systematic()
        if ended:
            run.random(seed=options.seed)
    except Nonconformity as problem:
        run.drop()
        return level, (run.history, problem)
    finally:
        laboratory.effects = None
    level.verdict = "conforms" if ended else "unknown"
    level.guarantee = (
        f"held phases x calls: {run.done:,} of {run.wanted:,}, in {len(run.phases)} callbacks of {len(HELD)} calls, the ways "
        f"to let go paired with each; {run.further:,} sequences; sampled: {run.sampled:,} random plans"
    )
    level.not_exercised = list(run.missed)
    return level, None


_JUDGES: tuple[tuple[int, Callable[[Laboratory, Options], Outcome]], ...] = (
    (2, _effects), (3, _restorability), (4, _interleaving),
)  # fmt: skip
