"""Recorded traces held against the profiles: each trace once under each, and under `ese` first, for it guides the others."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from ..model.guards.ese import ESE
from ..model.overlay import stepper_of
from ..model.rows import Profile
from .belief import Beliefs
from .ends import Ends
from .recorded import Follower
from .tally import Tally
from .trace import Trace, TraceError

LIMIT = 2_000
"""States that one prefix of a trace may have, unless something else is asked for; with more it is unjudged."""


@dataclass
class Checked:
    """What came of it: a tally for each profile, and the files that are no traces."""

    tallies: list[Tally]
    invalid: list[str] = field(default_factory=list)


class Checker:
    """Judges traces under some profiles; what it worked out for one trace it remembers for the next."""

    def __init__(self, profiles: Sequence[Profile], bound: int = LIMIT) -> None:
        guided = any(profile is not ESE for profile in profiles)
        self._profiles = (ESE, *(one for one in profiles if one is not ESE)) if guided else tuple(profiles)
        self._beliefs = {one.name: Beliefs(stepper_of(one), bound) for one in self._profiles}
        self._ends = {one.name: Ends() for one in self._profiles}
        self._tallies = {one.name: Tally(one) for one in self._profiles}
        self.tallies = [self._tallies[one.name] for one in profiles]

    def check(self, trace: Trace) -> None:
        """Judge one trace under every profile, and add to the tallies."""
        followers: list[Follower] = []
        for profile in self._profiles:
            name = profile.name
            guide = followers[0] if followers else None
            followers.append(Follower(trace, self._beliefs[name], self._tallies[name], self._ends[name], guide))
        for line, event in enumerate(trace.events, start=2):
            for follower in followers:
                follower.feed(line, event)
        for follower in followers:
            follower.finish()


def check(
    found: Iterable[Trace | TraceError],
    profiles: Sequence[Profile],
    progress: Callable[[str], None] = lambda _: None,
    *,
    bound: int = LIMIT,
) -> Checked:
    """Judge all of them; a file that is no trace is noted, and the others are judged all the same."""
    checker = Checker(profiles, bound)
    checked = Checked(checker.tallies)
    for one in found:
        if isinstance(one, TraceError):
            checked.invalid.append(str(one))
        else:
            progress(one.name)
            checker.check(one)
    return checked
