"""Which deviations of a file show in what calls leave behind: the clauses that they lift, judged beside those that bind."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from ..model.clause import Clause
from ..model.deviations import Deviation, Overlaid
from ..model.effects import CLAUSES
from ..model.rows import Profile
from .clauses import DOCUMENTED_CHECKS
from .effects import Completed, EffectsJudge
from .exercised import DeviationsSeen


@dataclass
class LiftedClauses:
    """The clauses of the pages that do not bind this engine: how often one could be judged, and how often it was broken."""

    clauses: Sequence[Clause]
    exercised: Counter[str] = field(default_factory=Counter)
    broken: Counter[str] = field(default_factory=Counter)

    def look(self, capabilities: frozenset[str], done: Completed, *, under_way: bool) -> None:
        """A call was completed: which of the clauses would have been broken, if they bound?"""
        for clause in self.clauses:
            judge = EffectsJudge(capabilities, self.exercised, (clause,), checks=DOCUMENTED_CHECKS)
            if judge.judge(done, under_way=under_way) is not None:
                self.broken[clause.id] += 1


@dataclass
class LiftingJudge(EffectsJudge):
    """Judges by the clauses that bind, and has the lifted ones looked at."""

    lifted: LiftedClauses = field(default_factory=lambda: LiftedClauses(()))

    def judge(self, done: Completed, *, under_way: bool) -> tuple[Clause, str] | None:
        """As every judge of effects."""
        self.lifted.look(self.capabilities, done, under_way=under_way)
        return super().judge(done, under_way=under_way)


def lifted_clauses(profile: Profile) -> LiftedClauses:
    """Those of a profile, which has none unless it is overlaid with deviations."""
    if not isinstance(profile, Overlaid):
        return LiftedClauses(())
    return LiftedClauses([clause for clause in CLAUSES[profile.contract.name] if clause.id in profile.replaced])


def with_effects(seen: DeviationsSeen, deviations: Sequence[Deviation], lifted: LiftedClauses) -> DeviationsSeen:
    """What became of each deviation, by the cells and by what calls left behind."""
    effects = {one.id: sum(lifted.broken[clause] for clause in one.replaces) for one in deviations}
    kept = {one.id for one in deviations if any(lifted.exercised[clause] for clause in one.replaces)}
    shown = {name for name in (*seen.known, *effects) if seen.known.get(name) or effects.get(name)}
    unseen = [one.id for one in deviations if one.id not in shown and one.id not in seen.expired]
    healed = [name for name in unseen if name in seen.healed or name in kept]
    return msgspec.structs.replace(
        seen,
        effects={name: number for name, number in effects.items() if number},
        healed=healed,
        not_exercised=[name for name in unseen if name not in healed],
    )
