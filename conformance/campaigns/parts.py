"""What the levels are cut into: a table of parts, each with its items, of which every one is a shard."""

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

import msgspec

from ...model.cells import explore
from ...model.domains import DOMAINS
from .. import free_threads, level2
from ..coverage import Coverage
from ..effects import EffectsJudge
from ..engines import load_faulty
from ..exercised import pack
from ..faults import any_engine, level6
from ..faults.scenarios import SCENARIOS as STRUCK
from ..faults.striking import Failure as FaultFailure
from ..findings import Finding
from ..history import History, Nonconformity
from ..laboratory import Laboratory
from ..level3 import play_all
from ..level3_scenarios import SCENARIOS as RESTORED
from ..level3_scenarios import Scenario, random_scenarios
from ..level4 import Interleaving
from ..levels import NAMES, RANDOM_SCENARIOS
from ..machine import BATCHES, Batch, run_batch, weigh
from ..plans import HELD
from ..schedules import level5
from ..schedules.explore import Failure
from ..schedules.scenarios import SCENARIOS as SCHEDULED
from ..scorecard import Level
from ..walk import Walk


class Found(msgspec.Struct, kw_only=True):
    """What came of one shard."""

    verdict: str = "conforms"
    reason: str = ""  # why it is unknown, or was not exercised
    calls: int = 0
    covered: str = ""  # of level 1: the cells, packed
    uncovered: str = ""
    not_exercised: list[str] = []
    finding: Finding | None = None
    unreduced: str = ""  # the file in which it was saved before it was reduced

    def lack(self, reason: str) -> None:
        """Nothing could be exercised of it."""
        self.verdict, self.reason = "not-exercised", reason


Failed = tuple[History | None, Nonconformity]
Run = Callable[[Laboratory, str, int, Found], Failed | Finding | None]
"""Runs one item of a part with a seed. What fails is still to be reduced, or a finding already."""


class Part(NamedTuple):
    """A part of a level. What no seed bears on is done once in a campaign, the rest in every round."""

    level: int
    name: str
    items: tuple[str, ...]
    run: Run
    seeded: bool = False


# -- levels 1 to 4: histories that the laboratory reduces ----------------------------------------------------------------


def _walk(laboratory: Laboratory, item: str, _: int, found: Found) -> Failed | None:
    """Every cell of one domain that this engine can be brought to."""
    coverage = Coverage()
    walk = Walk(explore(laboratory.stepper, _DOMAINS[item]), laboratory, coverage)
    try:
        walk.run()
    except Nonconformity as problem:
        return walk.history, problem
    found.covered = pack(coverage.known.keys() & coverage.covered)
    found.uncovered = pack(coverage.known.keys() - coverage.covered)
    found.not_exercised = [f"the engine has no {capability}" for capability in sorted(coverage.lacking)]
    return None


def _histories(laboratory: Laboratory, item: str, seed: int, _: Found) -> Failed | None:
    """One batch of random histories. No batch before it says what was seen least, so each is weighted as the first is."""
    batch = Batch(laboratory, weigh(Counter()))
    try:
        run_batch(batch, seed=seed * BATCHES + int(item) - 1)
    except Nonconformity as problem:
        return batch.failed or (None, problem)
    return None


def _effects_judge(laboratory: Laboratory) -> EffectsJudge:
    effects = laboratory.effects_judge()
    assert effects is not None, "a campaign judges by the documented profile"
    return effects


def _effects(laboratory: Laboratory, item: str, _: int, found: Found) -> Failed | None:
    """One domain again, with effects judged."""
    effects = _effects_judge(laboratory)
    _, failed = level2.walk(laboratory, effects, (_DOMAINS[item],))
    if failed is None and not effects.exercised:
        found.lack("no backup was made")
    return failed


def _fixed_effects(laboratory: Laboratory, _: str, __: int, ___: Found) -> Failed | None:
    return level2.play_fixed(laboratory, _effects_judge(laboratory))[1]


def _random_effects(laboratory: Laboratory, _: str, seed: int, __: Found) -> Failed | None:
    return level2.sample(laboratory, _effects_judge(laboratory), seed)


def _scenario(laboratory: Laboratory, item: str, _: int, found: Found) -> Failed | None:
    """One scenario of restoring."""
    return _restored(laboratory, (_RESTORABILITY[item],), found)


def _random_scenarios(laboratory: Laboratory, _: str, seed: int, found: Found) -> Failed | None:
    return _restored(laboratory, tuple(random_scenarios(seed, RANDOM_SCENARIOS)), found)


def _restored(laboratory: Laboratory, scenarios: tuple[Scenario, ...], found: Found) -> Failed | None:
    exercised: Counter[str] = Counter()
    missed: dict[str, None] = {}
    failed = play_all(laboratory, exercised, iter(scenarios), missed)
    found.not_exercised = list(missed)
    if failed is None and not exercised["scenarios"]:
        found.lack(", ".join(missed))
    return failed


def _held(laboratory: Laboratory, item: str, _: int, found: Found) -> Failed | None:
    """One call, held in each of its callbacks."""
    return _interleaved(laboratory, Interleaving(laboratory, (_HELD[item],)), found, None)


def _random_plans(laboratory: Laboratory, _: str, seed: int, found: Found) -> Failed | None:
    return _interleaved(laboratory, Interleaving(laboratory), found, seed)


def _interleaved(laboratory: Laboratory, run: Interleaving, found: Found, seed: int | None) -> Failed | None:
    """The systematic plans, or with a seed the random ones."""
    laboratory.effects = laboratory.effects_judge()
    try:
        if not run.calls_back():
            found.lack("the engine has no status callback in which the call could be held")
        elif seed is None:
            run.systematic()
        else:
            run.random(seed=seed)
    except Nonconformity as problem:
        run.drop()
        return run.history, problem
    finally:
        laboratory.effects = None
    found.not_exercised = list(run.missed)
    return None


# -- levels 5 and 6: what they find they reduce themselves ---------------------------------------------------------------


def _schedules(laboratory: Laboratory, item: str, seed: int, found: Found) -> Finding | None:
    """All schedules of one scenario with few preemptions."""
    return _scheduled(laboratory, item, seed, found, level5.Level5.systematic)


def _walks(laboratory: Laboratory, item: str, seed: int, found: Found) -> Finding | None:
    return _scheduled(laboratory, item, seed, found, level5.Level5.walked)


def _drawn(laboratory: Laboratory, item: str, seed: int, found: Found) -> Finding | None:
    return _scheduled(laboratory, item, seed, found, level5.Level5.drawn)


def _scheduled(
    laboratory: Laboratory,
    item: str,
    seed: int,
    found: Found,
    run: Callable[[level5.Level5], Failure | None],
) -> Finding | None:
    factory, missing = level5.scheduled_factory(laboratory.spec)
    if factory is None:
        found.lack(missing)
        return None
    scenarios = [one for one in SCHEDULED if item in ("", one.name)]
    one = level5.Level5(laboratory, factory, seed, scenarios=scenarios)
    failure = run(one)
    found.calls = one.calls
    return None if failure is None else one.reduced(failure)


def _threads(laboratory: Laboratory, _: str, seed: int, found: Found) -> Finding | None:
    level = Level(level=level5.LEVEL, name=level5.NAME, verdict="conforms", calls=0, guarantee="")
    failed = free_threads.sample(laboratory, level, seed)
    found.not_exercised = level.not_exercised
    if failed is None:
        return None
    history, problem = failed
    return laboratory.finding(history, problem, minimal=False, calls=laboratory.calls, level=level.level)


def _crashes(laboratory: Laboratory, item: str, _: int, found: Found) -> Finding | None:
    """Every disk state that a crash in one scenario can leave."""
    return _struck(laboratory, item, found, level6.Level6.crashes)


def _faults(laboratory: Laboratory, item: str, _: int, found: Found) -> Finding | None:
    """Every fault at every operation of one scenario."""
    return _struck(laboratory, item, found, level6.Level6.faults)


def _struck(
    laboratory: Laboratory,
    item: str,
    found: Found,
    run: Callable[[level6.Level6], FaultFailure | None],
) -> Finding | None:
    factory = load_faulty(laboratory.spec)
    if factory is None:
        found.lack(level6.MISSING)
        return None
    one = level6.Level6(
        factory,
        go_on=laboratory.within_budget,
        begin=laboratory.journal.begin,
        scenarios=[one for one in STRUCK if one.name == item],
    )
    failure = run(one)
    found.calls = one.calls
    if one.unplayable:
        found.lack(", ".join(one.unplayable))
    return None if failure is None else level6.reduced(laboratory, one, failure)


def _kills(laboratory: Laboratory, _: str, seed: int, found: Found) -> Failed | None:
    sample = any_engine.Sample()
    failed = any_engine.sample(laboratory, seed, sample)
    if failed is None and not sample.played:
        found.lack(", ".join(sample.missed) or "no history could be played")
    return failed


# -- the table -------------------------------------------------------------------------------------------------------------

_DOMAINS = {domain.name: domain for domain in DOMAINS}
_RESTORABILITY = {scenario.name: scenario for scenario in RESTORED}
_HELD = {f"{number} {held.name}": held for number, held in enumerate(HELD, start=1)}
_SCHEDULED = tuple(scenario.name for scenario in SCHEDULED)
_STRUCK = tuple(scenario.name for scenario in STRUCK)
_ALL = ("",)

PARTS: tuple[Part, ...] = (
    Part(1, "walk", tuple(_DOMAINS), _walk),
    Part(1, "histories", tuple(str(number + 1) for number in range(BATCHES)), _histories, seeded=True),
    Part(2, "walk", tuple(name for name in _DOMAINS if name in level2.WALKED), _effects),
    Part(2, "fixed", _ALL, _fixed_effects),
    Part(2, "histories", _ALL, _random_effects, seeded=True),
    Part(3, "scenario", tuple(_RESTORABILITY), _scenario),
    Part(3, "random scenarios", _ALL, _random_scenarios, seeded=True),
    Part(4, "held", tuple(_HELD), _held),
    Part(4, "random plans", _ALL, _random_plans, seeded=True),
    Part(5, "schedules", _SCHEDULED, _schedules),
    Part(5, "walks", _ALL, _walks, seeded=True),
    Part(5, "drawn", _ALL, _drawn, seeded=True),
    Part(5, "threads", _ALL, _threads, seeded=True),
    Part(6, "crashes", _STRUCK, _crashes),
    Part(6, "faults", _STRUCK, _faults),
    Part(6, "kills", _ALL, _kills, seeded=True),
)
LEVELS = tuple(NAMES)
