"""The random half of level 1: a Hypothesis state machine over the model's calls, weighted to what was seen least.

It leaves the domains of the systematic walk: two sessions, two databases, longer lives. Weights are frozen for a batch and
follow from what was seen before it; the seed is explicit, so a run can be made again.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import hypothesis
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from ..model.alphabet import SECOND as SECOND_DATABASE
from ..model.alphabet import begin, in_session, parameter
from ..model.calls import Call, Instance, Place
from ..model.domain import Hold
from ..model.domains import BACKUP_HOLDS, DOMAINS
from .belief import BoundExceeded
from .generation import generating
from .history import History, Nonconformity
from .inflight import NotMade
from .laboratory import Laboratory
from .script import can_hold
from .walk import FAULTS

Result = TypeVar("Result")

BATCHES = 4
EXAMPLES = 40
STEPS = 40

EXTRA = (
    begin("s2"),
    in_session("JetCreateDatabase", "s2", SECOND_DATABASE, "d2"),
    in_session("Insert", "s2", database="d2"),
    in_session("JetDetachDatabase", "s1", SECOND_DATABASE),
    in_session("JetAttachDatabase", "s2", SECOND_DATABASE),
    in_session("JetEndSession", "s2"),
    parameter("circular_log", "1"),
    parameter("create_path_if_not_exist", "1"),
    parameter("recovery", "off"),
)
ALPHABET: tuple[Call, ...] = tuple(
    dict.fromkeys((*(call for domain in DOMAINS for call in (*domain.calls, *domain.probes)), *EXTRA))
)
HOLDS: tuple[Hold, ...] = BACKUP_HOLDS
SETUPS: tuple[tuple[Call, ...], ...] = ((), *dict.fromkeys(domain.setup for domain in DOMAINS if domain.setup))
PUSH = ("JetCreateInstance", "JetInit", "JetBeginSession", "JetCreateDatabase", "Insert")
"""Calls without which nothing else is reached: never weighted below this."""
LEAST = 6


@dataclass
class Batch:
    """What the machines of one batch share: frozen weights, what they saw, and the history that failed."""

    laboratory: Laboratory
    weighted: Sequence[Call]
    seen: Counter[str] = field(default_factory=Counter)
    setups: tuple[tuple[Call, ...], ...] = SETUPS
    failed: tuple[History, Nonconformity] | None = None
    bound: BoundExceeded | None = None  # the judge could not go on


def weigh(seen: Counter[str]) -> list[Call]:
    """The alphabet with each call as often as its weight: rarely returned calls weigh more."""
    most = max(seen.values(), default=1)
    calls: list[Call] = []
    for call in ALPHABET:
        weight = min(4, most // (seen[call.label()] + 1)) + 1
        good = call.instance is not Instance.NIL and call.instance is not Instance.GARBAGE and call.session != "s9"
        if good and call.name in PUSH:
            weight = max(weight, LEAST)
        calls += [call] * weight
    return calls


def build(batch: Batch) -> type[RuleBasedStateMachine]:
    """The state machine of a batch."""
    lab = batch.laboratory

    class Level1(RuleBasedStateMachine):
        """One engine process; a call in flight is held while others are made."""

        def __init__(self) -> None:
            super().__init__()
            self.history = lab.open("hypothesis")
            self.holding = 0

        @initialize(setup=st.sampled_from(batch.setups))
        def begin(self, setup: tuple[Call, ...]) -> None:
            """Get somewhere first: most short random histories never leave an instance that is not initialised."""
            for call in setup:
                if not self.history.offers(call):
                    return
                with suppress(NotMade):
                    self._guard(partial(self.history.perform, call))

        @rule(call=st.sampled_from(batch.weighted))
        def call(self, call: Call) -> None:
            """Make a call, beside the one that is held if there is one."""
            if call.place in (Place.FULL_SET, Place.ATOMIC_SET) and self.history.find(call.place) is None:
                return
            if not self.history.offers(call):
                return
            with suppress(LookupError):  # no file of that kind is there to name
                self._guard(partial(self.history.perform, call, client="B" if self.holding else "A"))
            batch.seen[call.label()] += 1
            if len(self.history.open_calls()) > len(self.history.held()):
                self._let_go()  # it waits for the held one

        @precondition(lambda self: not self.history.open_calls())
        @rule(hold=st.sampled_from(HOLDS))
        def hold(self, hold: Hold) -> None:
            """Start a backup and hold it."""
            if can_hold(self.history, hold.point):
                self.holding = 0
                with suppress(NotMade):
                    self.holding = self._guard(partial(self.history.perform, hold.call, client="A", hold=hold.point))
                if self.holding not in self.history.held():
                    self.holding = 0

        @precondition(lambda self: self.holding)
        @rule()
        def release(self) -> None:
            """Let the held call go on."""
            self._let_go()

        @precondition(lambda self: not self.history.open_calls() and self.history.runs())
        @rule(fault=st.sampled_from(sorted(FAULTS)))
        def fault(self, fault: str) -> None:
            """Break something, where the engine can."""
            kind, target, capability = FAULTS[fault]
            if capability in self.history.capabilities:
                with suppress(NotMade):
                    self._guard(partial(self.history.fault, kind, target))

        def _let_go(self) -> None:
            with suppress(NotMade):
                self._guard(self.history.finish)
            self.holding = 0

        def _guard(self, action: Callable[[], Result]) -> Result:
            try:
                return action()
            except Nonconformity as problem:
                batch.failed = (self.history, problem)
                raise
            except BoundExceeded as problem:
                batch.bound = problem
                raise

        def teardown(self) -> None:
            try:
                if batch.bound is None and (batch.failed is None or batch.failed[0] is not self.history):
                    self._let_go()
            finally:
                lab.close_history(self.history)

    return Level1


def run_batch(batch: Batch, *, seed: int, examples: int = EXAMPLES) -> None:
    """Run one batch. Raises Nonconformity, the history that failed being `batch.failed` then, and BoundExceeded."""
    machine = hypothesis.seed(seed)(build(batch))
    try:
        run_state_machine_as_test(machine, settings=generating(examples, steps=STEPS))
    except Nonconformity:
        raise
    except Exception:
        if batch.bound is not None:
            raise batch.bound from None
        if batch.failed is None:
            raise
        raise batch.failed[1] from None
