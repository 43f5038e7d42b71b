"""Level 5 on free-running threads: what is sampled is judged, and said to be sampled."""

from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from bench import HERE, laboratory
from jetconform.conformance import free_threads, levels
from jetconform.conformance.level1 import Options
from jetconform.conformance.scorecard import Level
from jetconform.conformance.trace import CallEvent, ReturnEvent


@pytest.fixture(autouse=True)
def _few(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(free_threads, "HISTORIES", 12)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", f"{HERE}")


def test_calls_of_a_round_overlap_and_are_explained(tmp_path: Path) -> None:
    level = Level(level=5, name="schedules", verdict="conforms", calls=0, guarantee="some")
    with laboratory(tmp_path / "lab") as lab:
        assert free_threads.sample(lab, level, 1) is None
    assert level.guarantee == "some; sampled: 12 histories of 2 to 4 clients on threads"
    assert len(lab.recorded) == 12
    events = [event for history in lab.recorded for event in history]
    pairs = pairwise(events)
    assert any(isinstance(one, CallEvent) and isinstance(two, CallEvent) for one, two in pairs)
    returned = {event.err for event in events if isinstance(event, ReturnEvent)}
    assert 0 in returned
    assert any(err < 0 for err in returned)


def test_a_seed_makes_the_same_plans() -> None:
    def plans(seed: int) -> list[tuple[free_threads.Start, ...]]:
        return [free_threads.plan(Random(f"{seed}/{number}")) for number in range(5)]

    assert plans(3) == plans(3) != plans(4)
    drawn = {start.call for seed in range(20) for starts in plans(seed) for start in starts}
    assert {"JetBackupInstance", "JetStopBackupInstance", "JetTerm", "JetTerm2", "JetInit", "Insert"} <= drawn
    assert "JetCreateInstance" not in drawn


def test_a_bug_that_only_overlap_shows_is_found_and_shortened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(free_threads, "HISTORIES", 400)
    level = Level(level=5, name="schedules", verdict="conforms", calls=0, guarantee="none")
    with laboratory(tmp_path / "lab", "python:deep:inserts_fail") as lab:
        failed = free_threads.sample(lab, level, 1)
    assert failed is not None
    history, problem = failed
    assert history is not None
    assert (problem.kind, problem.rejection and problem.rejection.call) == ("rejected", "Insert")
    calls = [event.call for event in history.events if isinstance(event, CallEvent)]
    assert "JetBackupInstance" in calls


def test_an_engine_that_cannot_be_scheduled_is_sampled(tmp_path: Path) -> None:
    with laboratory(tmp_path / "lab", "python:deep:blind") as lab:
        report = levels.run_levels(lab, Options(seed=1, levels=(5,)))
    (level,) = report.levels
    assert (report.finding, level.verdict) == (None, "conforms")
    assert level.not_exercised == ["it cannot run on tasks under a scheduler"]
    assert level.guarantee.startswith("schedules: none, it cannot run on tasks")
    assert "sampled: 12 histories" in level.guarantee
    assert report.calls == level.calls > 100
