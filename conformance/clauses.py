"""By which checks the effect clauses of a profile are judged, overlaid with deviations or not."""

from collections import Counter
from collections.abc import Mapping

from ..model.deviations import OF_ENGINE, Overlaid, clauses_of
from ..model.rows import Profile
from .effects import EffectsJudge, Judged
from .effects_documented import CHECKS
from .effects_ese import ESE_CHECKS
from .effects_external import EXTERNAL_CHECKS
from .effects_told import TOLD_CHECKS

DOCUMENTED_CHECKS: Mapping[str, tuple[Judged, ...]] = {**CHECKS, **EXTERNAL_CHECKS, **TOLD_CHECKS}
"""How the clauses of the pages are judged: the ones that level 2 exercises."""

_ESE: Mapping[str, tuple[Judged, ...]] = {**ESE_CHECKS, **TOLD_CHECKS}
_BORROWED: Mapping[str, tuple[Judged, ...]] = {OF_ENGINE + clause: checks for clause, checks in ESE_CHECKS.items()}
_OVERLAID: Mapping[str, tuple[Judged, ...]] = {**DOCUMENTED_CHECKS, **_BORROWED}
NOTHING_NEW = "BI.nothing-new"


def effects_judge(profile: Profile, capabilities: frozenset[str], exercised: Counter[str]) -> EffectsJudge:
    """The judge of what calls leave behind, by the clauses of that profile."""
    if profile.ordered:
        return EffectsJudge(capabilities, exercised, clauses_of(profile), frozenset(), _ESE)
    checks = _OVERLAID if isinstance(profile, Overlaid) else DOCUMENTED_CHECKS
    return EffectsJudge(capabilities, exercised, clauses_of(profile), checks=checks)


def leaves_nothing(profile: Profile) -> bool:
    """Whether a failed backup leaves nothing new in its destination."""
    return any(clause.id == NOTHING_NEW for clause in clauses_of(profile))
