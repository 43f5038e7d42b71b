"""What the harness adds to a bare Hypothesis state machine with the same rules and an engine that does nothing."""

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import hypothesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from jetconform.conformance.folders import Workspace
from jetconform.conformance.journal import Journal
from jetconform.conformance.laboratory import Laboratory
from jetconform.conformance.machine import HOLDS, Batch, build, weigh
from jetconform.conformance.walk import FAULTS
from jetconform.model.vocabulary import JetErr

EXAMPLES = 100
STEPS = 40
SEED = 20261123


class NoEngine:
    """Answers every call with InvalidParameter: right for an instance that was never created, and as fast as can be."""

    capabilities = frozenset({"callback"})

    def __getattr__(self, name: str) -> Callable[..., object]:
        if name == "count_rows":
            return lambda *_: (int(JetErr.InvalidParameter), 0)
        return lambda *_: int(JetErr.InvalidParameter)


def no_engine(root: Path) -> NoEngine:
    """The factory."""
    return NoEngine()


CALLS = [call for call in weigh(Counter()) if call.name != "JetCreateInstance"]
"""The alphabet of level 1 but for the call that would create the instance."""


class Bare(RuleBasedStateMachine):
    """The rules of level 1's machine, each making one call that does nothing."""

    steps = 0

    def __init__(self) -> None:
        super().__init__()
        self.engine = NoEngine()
        self.holding = 0

    @initialize(setup=st.sampled_from([()]))
    def begin(self, setup: tuple[object, ...]) -> None:
        """Nothing to set up."""

    @rule(call=st.sampled_from(CALLS))
    def call(self, call: object) -> None:
        """One call."""
        self._step()

    @precondition(lambda self: not self.holding)
    @rule(hold=st.sampled_from(HOLDS))
    def hold(self, hold: object) -> None:
        """One call."""
        self._step()

    @precondition(lambda self: self.holding)
    @rule()
    def release(self) -> None:
        """Never enabled: nothing is held."""

    @precondition(lambda self: not self.holding)
    @rule(fault=st.sampled_from(sorted(FAULTS)))
    def fault(self, fault: str) -> None:
        """One call."""
        self._step()

    def _step(self) -> None:
        self.engine.term("i1")


def measure() -> tuple[float, float]:
    """Seconds per example: bare, and with runner, journal and judge; alternating, so that both see the same machine."""
    bare = harness = float("inf")
    with TemporaryDirectory() as folder, Workspace() as workspace:
        laboratory = Laboratory(
            spec="reference",
            profile="documented",
            seed=SEED,
            journal=Journal(Path(folder) / "journal.jsonl"),
            workspace=workspace,
        )
        laboratory.factory = no_engine  # type: ignore[assignment]
        for _ in range(3):
            bare = min(bare, _time(Bare))
            harness = min(harness, _time(build(Batch(laboratory, CALLS, setups=((),)))))
    return bare, harness


def _time(machine: type[RuleBasedStateMachine]) -> float:
    seeded = hypothesis.seed(random.Random(SEED).randrange(1 << 30))(machine)
    start = perf_counter()
    run_state_machine_as_test(
        seeded,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )
    return (perf_counter() - start) / EXAMPLES
