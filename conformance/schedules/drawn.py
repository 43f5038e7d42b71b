"""Scenarios and schedules that Hypothesis draws as one sequence of choices, so that calls and schedule shrink together."""

from collections.abc import Callable

import hypothesis
from hypothesis import strategies as st

from ..generation import GENERATE_AND_SHRINK, generating
from .explore import Explorer, Failure
from .scenario import PlannedCall, Scenario, Setup
from .scenarios import (
    ABORT_BACKUP,
    ATOMIC,
    ATTACH,
    BACKED_UP,
    BEGIN,
    BEGIN_SESSION,
    COUNT,
    DETACH,
    END_BACKUP,
    FREEZE,
    FULL,
    INCREMENTAL,
    INIT,
    INSERT,
    LOG_INFO,
    PREPARE,
    PREPARED,
    RUNNING,
    SECOND_FULL,
    STARTABLE,
    STOP_BACKUP,
    STOP_SERVICE,
    STREAMING,
    TERM,
    TERM_STOPPING,
    THAW,
    TRUNCATION,
    USABLE,
)  # fmt: skip
from .scheduler import Plan, Planned
from .verdict import Verdicts
from .world import World

SETUPS: tuple[Setup, ...] = (RUNNING, BACKED_UP, STREAMING, PREPARED)
CALLS: tuple[PlannedCall, ...] = (
    STOP_BACKUP, TRUNCATION, FULL, INSERT, TERM_STOPPING, INCREMENTAL, ATOMIC, SECOND_FULL, COUNT, ATTACH, DETACH, TERM,
    STOP_SERVICE, BEGIN_SESSION, INIT, BEGIN, LOG_INFO, END_BACKUP, ABORT_BACKUP, PREPARE, FREEZE, THAW,
)  # fmt: skip

_CLIENT = st.lists(st.sampled_from(CALLS), min_size=1, max_size=3).map(tuple)
_SCENARIO = st.builds(
    Scenario,
    setup=st.sampled_from(SETUPS),
    clients=st.lists(_CLIENT, min_size=2, max_size=3).map(tuple),
    then=st.sampled_from((USABLE, STARTABLE)),
    name=st.just("drawn"),
)
_PLAN = st.builds(
    Plan,
    preemptions=st.lists(st.tuples(st.integers(0, 120), st.integers(0, 1)), max_size=5).map(tuple),
    successors=st.lists(st.integers(0, 2), max_size=4).map(tuple),
)


class _Found(Exception):  # noqa: N818 - how a failure leaves Hypothesis
    """An execution does not conform."""


def draw(
    opened: Callable[[Scenario], tuple[World, Verdicts]], *, seed: int, examples: int, go_on: Callable[[], bool]
) -> tuple[int, Failure | None]:
    """Execute drawn scenarios by drawn schedules: how many were executed, and the smallest failure that was found."""
    executed = 0
    failures: list[Failure] = []

    @hypothesis.seed(seed)
    @generating(examples, phases=GENERATE_AND_SHRINK)
    @hypothesis.given(_SCENARIO, _PLAN)
    def conforms(scenario: Scenario, plan: Plan) -> None:
        nonlocal executed
        if not go_on():
            return
        world, verdicts = opened(scenario)
        executed += 1
        failure = Explorer(world, verdicts, scenario).sampled(Planned(plan), 1)
        if failure is not None:
            failures.append(failure)
            raise _Found

    try:
        conforms()
    except _Found:
        return executed, failures[-1]
    return executed, None
