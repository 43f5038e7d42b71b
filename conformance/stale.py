"""Regressions that went stale: the profile no longer rejects what they recorded, for its rules were changed or renamed since.

A saved finding is believed in nothing: it is made again and judged anew, so no change of the rules orphans it. But one that the
model would not reject any more guards nothing, and the scorecard says so.
"""

from ..model.deviations import clauses_of
from ..model.overlay import stepper_of
from ..model.rows import Profile
from .belief import Beliefs
from .ends import Ends
from .recorded import Follower
from .tally import Tally
from .trace import Trace
from .tracecheck import LIMIT

REJECTED, EFFECT = "rejected", "effect"


class Record:
    """Judges what saved findings recorded, without an engine, by one profile."""

    def __init__(self, profile: Profile, name: str) -> None:
        self._profile, self._name = profile, name
        self._beliefs = Beliefs(stepper_of(profile), LIMIT)

    def is_stale(self, trace: Trace) -> bool:
        """Whether this profile rejected it once and does so no more. Hangs, deaths and what is no code never go stale."""
        if trace.header.profile != self._name:
            return False
        explanation = trace.header.explanation or {}
        kind = explanation.get("kind", REJECTED)
        if kind == EFFECT:
            reason = str(explanation.get("reason", ""))
            return not any(reason.startswith(f"clause {clause.id},") for clause in clauses_of(self._profile))
        return kind == REJECTED and self._explains(trace)

    def _explains(self, trace: Trace) -> bool:
        tally = Tally(self._profile)
        follower = Follower(trace, self._beliefs, tally, Ends())
        for line, event in enumerate(trace.events, start=2):
            follower.feed(line, event)
        follower.finish()
        return tally.verdict == "conforms"
