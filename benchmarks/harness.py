"""What the harness adds to a bare Hypothesis state machine with the same rules and an engine that does nothing."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

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

from .figures import Figure

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


def no_engine(_: Path) -> NoEngine:
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
    def call(self, call: object) -> None:  # noqa: ARG002
        """One call."""
        self._step()

    @precondition(lambda self: not self.holding)
    @rule(hold=st.sampled_from(HOLDS))
    def hold(self, hold: object) -> None:  # noqa: ARG002
        """One call."""
        self._step()

    @precondition(lambda self: self.holding)
    @rule()
    def release(self) -> None:
        """Never enabled: nothing is held."""

    @precondition(lambda self: not self.holding)
    @rule(fault=st.sampled_from(sorted(FAULTS)))
    def fault(self, fault: str) -> None:  # noqa: ARG002
        """One call."""
        self._step()

    def _step(self) -> None:
        self.engine.term("i1")


def figures(repeat: int) -> Iterator[Figure]:
    """Steps a second: bare, then with runner, journal and judge; alternating, so that both see the same machine."""
    with TemporaryDirectory() as folder, Workspace() as workspace:
        laboratory = Laboratory(
            spec="reference",
            profile="documented",
            seed=SEED,
            journal=Journal(Path(folder) / "journal.jsonl"),
            workspace=workspace,
        )
        laboratory.factory = no_engine  # type: ignore[assignment]
        times = [(_time(Bare), _time(build(Batch(laboratory, CALLS, setups=((),))))) for _ in range(max(1, repeat))]
    steps = EXAMPLES * STEPS
    bare = Figure(
        "steps of a bare Hypothesis state machine, an engine that does nothing", steps, min(t[0] for t in times)
    )
    yield bare
    yield Figure("the same steps in the harness", steps, min(t[1] for t in times), bare)


def _time(machine: type[RuleBasedStateMachine]) -> float:
    seeded = hypothesis.seed(random.Random(SEED).randrange(1 << 30))(machine)
    start = process_time()
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
    return process_time() - start
