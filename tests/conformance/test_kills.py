"""Level 6 on any engine: killed in callbacks, in calls and between them, and nothing that it promised may be lost."""

import sys
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import pytest
from bench import HERE, laboratory
from jetconform.conformance.faults import kills
from jetconform.conformance.faults.any_engine import Sample, sample
from jetconform.conformance.faults.client import KEPT, PLAIN, Act
from jetconform.conformance.faults.kills import Round
from jetconform.conformance.history import Nonconformity
from jetconform.conformance.level3_scenarios import ATOMIC
from jetconform.conformance.trace import FaultEvent
from planned import planned, played

KILL = "a kill"
SERVED = f"process:{sys.executable} {HERE / 'served.py'}"
SAVED = (Act(rows=120), Act(folder=PLAIN), Act(folder=KEPT, grbit=ATOMIC))


def sampled(folder: Path, spec: str, *plans: Round) -> tuple[Sample, Nonconformity | None]:
    """What comes of these rounds on that engine."""
    return played(folder, spec, KILL, *plans)


def struck(act: Act, *, acts: Sequence[Act] = SAVED, callback: int = 0, after: float | None = None) -> Round:
    return Round(tuple(acts), act, callback, after)


def test_the_reference_engine_loses_nothing(tmp_path: Path) -> None:
    found, problem = sampled(tmp_path, "reference", *islice(kills.rounds(5), 8))
    assert problem is None
    assert found.played[KILL] == 8
    assert found.count[KILL]["sets restored"] + found.count[KILL]["sets refused that may be"] == 16
    assert found.count[KILL]["kills between calls"] + found.count[KILL]["kills in a callback"] > 0
    assert found.guarantee.startswith("sampled: 8 histories with a kill: kills ")


@pytest.mark.parametrize(
    ("act", "callback", "where"),
    [
        (Act(folder=KEPT, grbit=ATOMIC), 1, "kills in a callback"),
        (Act(folder=PLAIN), 2, "kills in a callback"),
        (Act(rows=10), 0, "kills between calls"),
    ],
)
def test_a_process_is_killed_there(tmp_path: Path, act: Act, callback: int, where: str) -> None:
    found, problem = sampled(tmp_path, f"{SERVED} callbacks", struck(act, callback=callback))
    assert problem is None
    assert found.count[KILL][where] == 1
    assert found.count[KILL]["sets restored"] + found.count[KILL]["sets refused that may be"] == 2


def test_a_process_is_killed_in_the_middle_of_a_call(tmp_path: Path) -> None:
    """And the next one in the middle of its recovery."""
    plan = Round(SAVED, Act(rows=20_000), after=0.0, again=0.0)
    found, problem = sampled(tmp_path, f"{SERVED} callbacks", plan)
    assert problem is None
    assert (found.played[KILL], found.count[KILL]["kills in the middle"]) == (1, 2)


@pytest.mark.parametrize("spec", ["python:faulty:late_commits", f"{SERVED} late_commits"])
def test_a_commit_that_is_not_durable_is_found(tmp_path: Path, spec: str) -> None:
    _, problem = sampled(tmp_path, spec, struck(Act(rows=10)))
    assert problem is not None
    assert str(problem).endswith("db/test.edb has 120 rows, but 130 were committed")


def test_an_atomic_set_that_is_gone_meanwhile_is_found(tmp_path: Path) -> None:
    plan = struck(Act(folder=KEPT, grbit=ATOMIC), callback=1)
    _, problem = sampled(tmp_path, f"{SERVED} leaves_no_set", plan)
    assert problem is not None
    assert "JetRestoreInstance: -1811 FileNotFound" in str(problem)


def test_a_plain_set_that_is_replaced_may_be_refused_meanwhile(tmp_path: Path) -> None:
    found, problem = sampled(tmp_path, f"{SERVED} leaves_no_set", struck(Act(folder=PLAIN), callback=1))
    assert problem is None
    assert found.count[KILL]["sets refused that may be"] == 1
    assert found.count[KILL]["sets restored"] == 1


def test_an_engine_that_lacks_a_call_is_not_exercised(tmp_path: Path) -> None:
    spec = f"process:{sys.executable} {HERE.parents[1] / 'examples' / 'skeleton_engine.py'}"
    found, problem = sampled(tmp_path, spec, struck(Act(rows=10)))
    assert (found.played[KILL], problem) == (0, None)
    (why,) = found.missed
    assert why == "a kill, of an engine that needs it: JetAttachDatabase: the engine does not have it"


def test_rounds_are_those_of_the_seed() -> None:
    first = list(islice(kills.rounds(1), 40))
    assert first == list(islice(kills.rounds(1), 40))
    assert first != list(islice(kills.rounds(2), 40))
    assert {bool(one.callback) for one in first} == {True, False}
    assert any(one.after is not None for one in first)
    assert any(one.again is not None for one in first)
    assert not [one for one in first if one.callback and one.after is not None]


def test_what_is_found_is_reduced_and_made_again(tmp_path: Path) -> None:
    """The crash of a finding kills the process again, although a reset would do."""
    plans = planned(KILL, struck(Act(rows=10), acts=()))
    with laboratory(tmp_path, f"{SERVED} late_commits") as lab:
        lab.reduce_seconds = 1.0
        failed = sample(lab, 1, Sample(), plans)
        assert failed is not None
        finding = lab.reduce(*failed, level=6)
        lab.close()
    assert any(isinstance(event, FaultEvent) and event.kind == "crash" for event in finding.events)
    assert len(finding.events) <= len(failed[0].events if failed[0] is not None else [])
