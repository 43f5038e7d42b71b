"""Level 4: calls held in their status callbacks while others are made; what is found is reduced over answers, too."""

from pathlib import Path

import pytest
from bench import HERE, Recording, laboratory
from jetconform.conformance import level4, levels, plans
from jetconform.conformance.laboratory import Laboratory
from jetconform.conformance.level1 import Options, Report
from jetconform.conformance.level4 import chosen
from jetconform.conformance.plans import ANSWERS, End, Held
from jetconform.conformance.trace import CallbackEvent, CallEvent, ResumeEvent
from jetconform.model.alphabet import BACKED_UP, DETACH, FULL, INSERT, STOP_BACKUP_CALL, TERM_STOP

ONE = Held(FULL, BACKED_UP)


@pytest.fixture(autouse=True)
def _small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One held call, four others, two sequences and ten random plans; nothing is written in the repository."""
    monkeypatch.setattr(level4, "HELD", (ONE,))
    monkeypatch.setattr(levels, "HELD", (ONE,))
    for module in (plans, level4):
        monkeypatch.setattr(module, "OTHERS", (INSERT, DETACH, STOP_BACKUP_CALL, TERM_STOP))
    monkeypatch.setattr(
        plans, "SEQUENCES", ((STOP_BACKUP_CALL, STOP_BACKUP_CALL), (TERM_STOP, TERM_STOP, FULL, INSERT))
    )
    monkeypatch.setattr(level4, "EXAMPLES", 10)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", f"{HERE}")


def run(
    tmp_path: Path, engine: str = "reference", profile: str = "documented", bound: int = 20_000
) -> tuple[Report, Recording]:
    with laboratory(tmp_path / "lab", engine, profile) as lab:
        lab.beliefs.limit = bound
        report = levels.run_levels(lab, Options(profile=profile, seed=1, levels=(4,)))
    return report, lab


def test_the_reference_engine_conforms(tmp_path: Path) -> None:
    report, lab = run(tmp_path)
    (level,) = report.levels
    assert report.finding is None
    assert (level.level, level.name, level.verdict, level.not_exercised) == (4, "interleaving", "conforms", [])
    assert level.calls == lab.calls > 100
    # A full backup of this engine calls back four times: begin, after the database, after the log, complete.
    assert "held phases x calls: 16 of 16, in 4 callbacks of 1 calls" in level.guarantee
    assert "sampled: 10 random plans" in level.guarantee


def test_up_to_four_calls_are_in_flight_beside_the_held_one_and_callbacks_answer_with_failures(tmp_path: Path) -> None:
    _, lab = run(tmp_path)
    events = [event for history in lab.recorded for event in history]
    assert {event.client for event in events if isinstance(event, CallEvent)} >= {"A", "B", "C"}
    assert {event.err for event in events if isinstance(event, ResumeEvent)} == {0, *ANSWERS.values()}
    assert sum(isinstance(event, CallbackEvent) for event in events) > 50


def test_an_engine_without_callbacks_is_not_exercised(tmp_path: Path) -> None:
    report, _ = run(tmp_path, "python:deep:mute")
    (level,) = report.levels
    assert (report.finding, level.verdict) == (None, "not-exercised")
    assert level.not_exercised == ["the engine has no status callback in which a call could be held"]


def test_more_states_than_the_judge_keeps_are_unknown(tmp_path: Path) -> None:
    report, _ = run(tmp_path, bound=3)
    (level,) = report.levels
    assert (report.finding, level.verdict) == (None, "unknown")
    assert level.guarantee == "none: more than 3 states explain what was seen: see --bound"


def test_a_finding_is_reduced_over_calls_holds_and_answers(tmp_path: Path) -> None:
    report, _ = run(tmp_path, "python:deep:renames_answer")
    finding = report.finding
    assert finding is not None
    assert (finding.level, finding.minimal, finding.explanation.observed) == (4, True, "-801 BackupAbortByServer")
    calls = [event.call for event in finding.events if isinstance(event, CallEvent)]
    assert calls == ["JetCreateInstance", "JetInit", "JetBackupInstance"]
    assert [event.err for event in finding.events if isinstance(event, ResumeEvent)] == [ANSWERS[End.FAIL]]


def test_what_no_answer_led_to_is_reduced_to_none(tmp_path: Path) -> None:
    report, _ = run(tmp_path, "python:deep:inserts_fail")
    finding = report.finding
    assert finding is not None
    assert finding.minimal
    assert [event.call for event in finding.events if isinstance(event, CallEvent)][-2:] == [
        "JetBackupInstance",
        "Insert",
    ]
    assert {event.err for event in finding.events if isinstance(event, ResumeEvent)} <= {0}


# -- plans -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "expected"),
    [(0, ()), (1, (1,)), (6, (1, 2, 3, 4, 5, 6)), (7, (1, 2, 3, 5, 6, 7)), (100, (1, 2, 3, 52, 99, 100))],
)
def test_of_many_callbacks_the_first_the_middle_and_the_last(count: int, expected: tuple[int, ...]) -> None:
    assert chosen(count) == expected


def test_every_way_to_let_go_meets_every_phase_and_every_call() -> None:
    phases = [(ONE, at) for at in (1, 2, 3, 4)]
    stays = [plan.stays[0] for plan in plans.pairs(phases)]
    assert len(stays) == 16
    assert {(stay.at, stay.end) for stay in stays} == {(at, end) for at in (1, 2, 3, 4) for end in End}
    assert {(stay.others[0].call, stay.end) for stay in stays} == {(call, end) for call in plans.OTHERS for end in End}


def test_a_second_stay_is_in_the_next_callback() -> None:
    for plan in plans.twice([(ONE, 1), (ONE, 2)]):
        assert [stay.at for stay in plan.stays] == [1, 2]


def test_the_laboratory_bounds_its_judge(tmp_path: Path) -> None:
    with laboratory(tmp_path / "lab") as lab:
        assert lab.beliefs.limit == Laboratory.bound == 20_000
