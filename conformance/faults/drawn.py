"""Calls, schedule, fault and crash as one sequence of choices that Hypothesis draws, so that all of it shrinks together."""

from collections.abc import Callable
from typing import NamedTuple

import hypothesis
import msgspec
from hypothesis import strategies as st

from ..generation import GENERATE_AND_SHRINK, generating
from ..schedules.scenario import PlannedCall, Scenario, Setup
from ..schedules.scenarios import (
    ABORT_BACKUP,
    ATOMIC,
    ATTACH,
    BACKED_UP,
    BEGIN,
    COUNT,
    DETACH,
    END_BACKUP,
    FREEZE,
    FULL,
    INCREMENTAL,
    INSERT,
    LOG_INFO,
    PREPARED,
    RUNNING,
    SECOND_FULL,
    STARTABLE,
    STOP_BACKUP,
    STREAMING,
    TERM,
    TERM_STOPPING,
    THAW,
    TRUNCATION,
    USABLE,
)  # fmt: skip
from ..schedules.scheduler import Plan, Planned
from .kinds import KINDS, Kind
from .persistence import Persistence

SETUPS: tuple[Setup, ...] = (RUNNING, BACKED_UP, PREPARED, STREAMING)
CALLS: tuple[PlannedCall, ...] = (
    INSERT, FULL, STOP_BACKUP, TRUNCATION, COUNT, INCREMENTAL, TERM_STOPPING, SECOND_FULL, ATOMIC, TERM, DETACH, ATTACH,
    FREEZE, THAW, BEGIN, LOG_INFO, END_BACKUP, ABORT_BACKUP,
)  # fmt: skip
ON_DISK: tuple[PlannedCall, ...] = (INSERT, FULL, TRUNCATION, COUNT, INCREMENTAL, SECOND_FULL, ATOMIC)
"""With one of these every client but the last begins: who asks nothing of the disk is struck by nothing."""

THEN = (USABLE, STARTABLE, (SECOND_FULL, COUNT))
"""What is asked when the disk is whole again: whether something is left in progress, and whether it works."""


class Power(NamedTuple):
    """A crash as it is drawn: after which change, by which persistence model, which of the states; each counted round."""

    changes: int
    model: Persistence
    state: int


class Fault(NamedTuple):
    """A fault as it is drawn: the kind, which operation, counted round, and after how many choices another goes on."""

    kind: Kind
    operation: int
    turn: int | None


class Drawn(NamedTuple):
    """One history that is to be made."""

    scenario: Scenario
    plan: Plan
    fault: Fault | None
    power: Power | None

    @property
    def key(self) -> bytes:
        """The same for two that are the same."""
        fault = self.fault and (self.fault.kind.name, *self.fault[1:])
        power = self.power and (self.power.changes, self.power.model.value, self.power.state)
        return msgspec.msgpack.encode((self.scenario, self.plan, fault, power))


class Turning(Planned):
    """Follows a plan, and lets another go on so many choices after the fault struck."""

    def __init__(self, plan: Plan, turn: int | None) -> None:
        super().__init__(plan)
        self._turn = turn
        self._waits = -1

    def struck(self) -> None:
        """The fault strikes now."""
        self._waits = -1 if self._turn is None else self._turn

    def choose(self, runnable: tuple[int, ...], current: int | None) -> int:
        chosen = super().choose(runnable, current)
        if current is None or self._waits < 0:
            return chosen
        self._waits -= 1
        return chosen if self._waits >= 0 else next(task for task in runnable if task != current)


def _plans(at_least: int) -> st.SearchStrategy[Plan]:
    """Plans with so many preemptions or some more."""
    return st.builds(
        Plan,
        preemptions=st.lists(st.tuples(st.integers(0, 90), st.integers(0, 1)), min_size=at_least, max_size=4).map(
            tuple
        ),
        successors=st.lists(st.integers(0, 2), max_size=3).map(tuple),
    )


_FIRST = st.builds(
    lambda first, rest: (first, *rest), st.sampled_from(ON_DISK), st.lists(st.sampled_from(CALLS), max_size=2)
)
_LAST = st.lists(st.sampled_from(CALLS), min_size=1, max_size=2).map(tuple)
_SCENARIO = st.builds(
    Scenario,
    setup=st.sampled_from(SETUPS),
    clients=st.builds(lambda first, last: (*first, last), st.lists(_FIRST, min_size=1, max_size=2), _LAST),
    then=st.sampled_from(THEN),
    name=st.just("drawn on a disk"),
)
_FAULT = st.builds(
    Fault, kind=st.sampled_from(KINDS), operation=st.integers(0, 60), turn=st.none() | st.integers(0, 12)
)
_POWER = st.builds(
    Power, changes=st.integers(0, 90), model=st.sampled_from(tuple(Persistence)), state=st.integers(0, 40)
)
_BLOW = st.one_of(
    st.tuples(_FAULT, st.none()),
    st.tuples(_FAULT, _POWER),
    st.tuples(st.none(), _POWER),
)
"""Never nothing, of which Hypothesis would draw the most: a fault that fits no operation is that."""

_PLAN = st.one_of(*(_plans(at_least) for at_least in (0, 1, 2, 1, 2, 1)))


class _Found(Exception):  # noqa: N818 - how a failure leaves Hypothesis
    """A history does not conform."""


def draw(fails: Callable[[Drawn], bool], *, seed: int, examples: int, go_on: Callable[[], bool]) -> Drawn | None:
    """Make drawn histories: the smallest one that `fails`, as far as there was time to look for smaller ones; or None."""
    failing: dict[bytes, Drawn] = {}

    @hypothesis.seed(seed)
    @generating(examples, phases=GENERATE_AND_SHRINK)
    @hypothesis.given(_SCENARIO, _PLAN, _BLOW)
    def conforms(scenario: Scenario, plan: Plan, blow: tuple[Fault | None, Power | None]) -> None:
        drawn = Drawn(scenario, plan, *blow)
        if drawn.key not in failing and not (go_on() and fails(drawn)):
            return
        failing.pop(drawn.key, None)
        failing[drawn.key] = drawn  # the last one of all is the smallest: Hypothesis makes that again at its end
        raise _Found

    try:
        conforms()
    except _Found:
        return next(reversed(failing.values()))
    return None
