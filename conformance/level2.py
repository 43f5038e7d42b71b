"""Level 2, effects: the walk of level 1 again through the domains in which backups are made, and fixed histories."""

from collections import Counter
from collections.abc import Sequence

from ..model.cells import explore
from ..model.domain import Domain
from ..model.domains import DOMAINS
from .coverage import Coverage
from .effects import EffectsJudge
from .history import History, Nonconformity
from .laboratory import Laboratory
from .level2_histories import FIXED, play
from .machine import Batch, run_batch, weigh
from .walk import Walk

WALKED = frozenset({
    "databases", "arguments", "arguments, circular", "arguments, create path", "arguments, no recovery", "damage",
    "log writing", "backup in flight", "first backup fails", "two databases",
    "streaming", "streaming, two databases", "snapshot", "snapshot, older logs",
})  # fmt: skip
"""The domains in which backups succeed, fail half-way, or are stopped."""


def walk(
    laboratory: Laboratory, effects: EffectsJudge, domains: Sequence[Domain] | None = None
) -> tuple[bool, tuple[History, Nonconformity] | None]:
    """Walk those domains, else all of WALKED, with effects judged: whether it came to its end, and the history that failed."""
    laboratory.effects = effects
    try:
        for domain in [one for one in DOMAINS if one.name in WALKED] if domains is None else domains:
            walked = Walk(explore(laboratory.stepper, domain), laboratory, Coverage())
            try:
                if not walked.run():
                    return False, None
            except Nonconformity as problem:
                assert walked.history is not None
                return False, (walked.history, problem)
        return True, None
    finally:
        laboratory.effects = None


def play_fixed(laboratory: Laboratory, effects: EffectsJudge) -> tuple[bool, tuple[History, Nonconformity] | None]:
    """Play the fixed histories with effects judged: whether all were played, and the one that failed."""
    laboratory.effects = effects
    try:
        for fixed in FIXED:
            if not laboratory.within_budget():
                return False, None
            with laboratory.history(fixed.name) as history:
                try:
                    play(fixed, history)
                except Nonconformity as problem:
                    return False, (history, problem)
        return True, None
    finally:
        laboratory.effects = None


def sample(laboratory: Laboratory, effects: EffectsJudge, seed: int) -> tuple[History, Nonconformity] | None:
    """One batch of random histories with effects judged; the history that failed."""
    laboratory.effects = effects
    batch = Batch(laboratory, weigh(Counter()))
    try:
        run_batch(batch, seed=seed)
    except Nonconformity:
        return batch.failed
    finally:
        laboratory.effects = None
    return None


def not_exercised(effects: EffectsJudge) -> list[str]:
    """The clauses that no history exercised."""
    bound = {clause.id for clause in effects.clauses}
    return [clause for clause in effects.checks if clause in bound and not effects.exercised[clause]]
