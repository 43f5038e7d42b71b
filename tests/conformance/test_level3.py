"""Level 3: every scenario's restore is verified on the reference engine, and engines that bring back the wrong rows are found."""

from collections import Counter
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import pytest
from bench import HERE, laboratory
from jetconform.conformance import level3_scenarios, levels
from jetconform.conformance.history import Nonconformity
from jetconform.conformance.level1 import Options
from jetconform.conformance.level3 import Run, _cuts, play_all
from jetconform.conformance.level3_parts import LostRows
from jetconform.conformance.level3_scenarios import SCENARIOS, TRANSACTION, Backup, Insert, Scenario, random_scenarios
from jetconform.conformance.trace import CallbackEvent, CallEvent, Event, FaultEvent, ReturnEvent

BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", f"{HERE}")


def play(
    tmp_path: Path, scenario: Scenario, engine: str = "reference"
) -> tuple[Counter[str], Nonconformity | None, list[Event]]:
    """One scenario: what was exercised, what was found, and what happened."""
    exercised: Counter[str] = Counter()
    with laboratory(tmp_path / "lab", engine) as lab:
        failed = play_all(lab, exercised, iter((scenario,)), {})
        return exercised, failed and failed[1], lab.recorded[0]


def names(events: Sequence[Event]) -> list[str]:
    return [event.call for event in events if isinstance(event, CallEvent)]


# -- the reference engine ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", BY_NAME)
def test_what_was_backed_up_comes_back(name: str, tmp_path: Path) -> None:
    scenario = BY_NAME[name]
    exercised, problem, events = play(tmp_path, scenario)
    assert problem is None, problem
    assert exercised["scenarios"] == 1
    put_back = [event.target for event in events if isinstance(event, FaultEvent) and event.kind == "put-files"]
    beside = sum(isinstance(part, level3_scenarios.Beside) for part in scenario.parts)
    assert exercised["sets restored"] == names(events).count("JetRestoreInstance") - beside + len(put_back)
    results = [event.result for event in events if isinstance(event, ReturnEvent) and event.result]
    counted = [result["rows"] for result in results if "rows" in result]
    assert len(counted) >= 2 * len(scenario.databases)  # once more when it lived on
    assert exercised["rows compared"] >= sum(counted[: len(scenario.databases)])
    assert exercised["rows compared"] or not isinstance(scenario.parts[0], Insert)
    # What is said to be removed is removed, what is said to be written while a backup is held is written then.
    emptied = [event.target for event in events if isinstance(event, FaultEvent) and event.kind == "empty-directory"]
    assert "db" in emptied or scenario.over or scenario.copied
    assert put_back == ([scenario.restore] if scenario.copied else [])
    backups = [part for part in scenario.parts if isinstance(part, Backup)]
    held = [one for one in backups if one.during or one.stopped]
    inside = 0
    for index, event in enumerate(events[1:], start=1):
        before = events[index - 1]
        if isinstance(before, CallbackEvent) and isinstance(event, CallEvent) and event.client == "A":
            inside += 1
    assert inside == len(held)


def test_every_name_is_there_once_and_every_part_is_played() -> None:
    assert len(BY_NAME) == len(SCENARIOS)
    used = {type(part) for scenario in SCENARIOS for part in scenario.parts}
    assert used == {
        Insert,
        Backup,
        level3_scenarios.Streamed,
        level3_scenarios.Frozen,
        level3_scenarios.NullPath,
        level3_scenarios.Restart,
        level3_scenarios.Attach,
        level3_scenarios.Beside,
        level3_scenarios.Detach,
        level3_scenarios.Reattach,
        level3_scenarios.NewLogs,
        level3_scenarios.Without,
    }
    assert any(scenario.over for scenario in SCENARIOS)
    assert any(scenario.in_place for scenario in SCENARIOS)
    assert any(isinstance(part, Backup) and part.at > 1 for scenario in SCENARIOS for part in scenario.parts)


def test_what_was_restored_is_written_to_killed_and_backed_up_again(tmp_path: Path) -> None:
    _, problem, events = play(tmp_path, BY_NAME["over what is there"])
    assert problem is None
    results = [event.result for event in events if isinstance(event, ReturnEvent) and event.result]
    assert [result["rows"] for result in results if "rows" in result] == [240, 290, 290]
    assert names(events).count("JetRestoreInstance") == 2


def test_every_set_is_restored(tmp_path: Path) -> None:
    _, problem, events = play(tmp_path, BY_NAME["an older full"])
    assert problem is None
    sets = [
        event.args["path"] for event in events if isinstance(event, CallEvent) and event.call == "JetRestoreInstance"
    ]
    assert sets == ["bk1", "bk2", "bk3"]


def test_what_is_committed_after_the_freeze_is_not_in_the_copy(tmp_path: Path) -> None:
    _, problem, events = play(tmp_path, BY_NAME["snapshot while writing"])
    assert problem is None
    waiting = [event.id for event in events if isinstance(event, CallEvent) and event.call == "Insert"][1]
    frozen = next(i for i, one in enumerate(events) if isinstance(one, FaultEvent) and one.kind == "copy-files")
    back = next(i for i, one in enumerate(events) if isinstance(one, ReturnEvent) and one.id == waiting)
    assert frozen < back
    counted, _ = [one.result for one in events if isinstance(one, ReturnEvent) and "rows" in (one.result or {})]
    assert counted == {"rows": 120}


def test_a_freeze_that_keeps_something_back_is_found(tmp_path: Path) -> None:
    _, problem, _ = play(tmp_path, BY_NAME["snapshot"], "python:deep:freezes_old_log")
    assert problem is not None
    assert "JetAttachDatabase: -550 DatabaseDirtyShutdown" in str(problem)


def test_the_cuts_between_transactions() -> None:
    assert _cuts([]) == {0}
    assert _cuts([TRANSACTION]) == {0, 50}
    assert _cuts([120, 7]) == {0, 50, 100, 120, 127}


def test_random_scenarios_follow_from_their_seed() -> None:
    first, again, other = (list(islice(random_scenarios(seed, 5), 5)) for seed in (1, 1, 2))
    assert first == again
    assert [one.parts for one in first] != [one.parts for one in other]


def test_random_scenarios_come_back_on_the_reference_engine(tmp_path: Path) -> None:
    exercised: Counter[str] = Counter()
    with laboratory(tmp_path / "lab") as lab:
        assert play_all(lab, exercised, random_scenarios(3, 12), {}) is None
    assert exercised["scenarios"] == 12


def test_the_level_says_what_it_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(levels, "SCENARIOS", SCENARIOS[:2])
    monkeypatch.setattr(levels, "RANDOM_SCENARIOS", 1)
    with laboratory(tmp_path / "lab") as lab:
        (level,) = levels.run_levels(lab, Options(seed=1, levels=(3,))).levels
    assert (level.verdict, level.not_exercised, level.calls) == ("conforms", [], lab.calls)
    assert level.guarantee.startswith("scenarios 2 of 2, 4 sets restored with the original removed, ")
    assert level.guarantee.endswith("sampled: 1 random scenarios")
    with laboratory(tmp_path / "blind", "python:deep:blind") as lab:
        (level,) = levels.run_levels(lab, Options(seed=1, levels=(3,))).levels
    assert (level.verdict, level.not_exercised) == ("conforms", ["rows could not be read, only counted"])
    with laboratory(tmp_path / "late") as lab:
        lab.budget = 0.0
        (level,) = levels.run_levels(lab, Options(seed=1, levels=(3,))).levels
    assert (level.verdict, level.calls) == ("unknown", 0)


# -- engines that bring back something else ------------------------------------------------------------------------------

WRONG: list[tuple[str, str, str]] = [
    ("loses_last", "full and incremental", "CountRows: rst/test.edb has 220 rows, but 240 were committed"),
    ("drops_half", "full and incremental", "rst/test.edb: 227 rows are not a whole number of transactions"),
    ("swaps_rows", "full", "rst/test.edb: row 1 is not the one that was committed there"),
    ("restores_older", "atomic twice", "rows, but 240 to 310 were committed"),
    ("restores_older", "full and incremental", "rst/test.edb has 120 rows, but 240 were committed"),
    ("forgets_logs", "over what is there", "db/test.edb: 240 rows were committed, 120 rolled forward"),
    ("restores_nothing", "full", "-1811 FileNotFound"),
    ("restores_nothing", "in place", "-1811 FileNotFound"),
]


@pytest.mark.parametrize(("engine", "name", "observed"), WRONG, ids=[f"{one[0]}, {one[1]}" for one in WRONG])
def test_what_does_not_come_back_is_found(engine: str, name: str, observed: str, tmp_path: Path) -> None:
    _, problem, events = play(tmp_path, BY_NAME[name], f"python:deep:{engine}")
    assert problem is not None
    assert problem.kind in ("rejected", "data")
    assert observed.rpartition(": ")[2] in problem.text
    assert names(events)[-1] in ("CountRows", "JetAttachDatabase")


@pytest.mark.parametrize("engine", sorted({one[0] for one in WRONG}))
def test_the_level_finds_each_of_them(engine: str, tmp_path: Path) -> None:
    with laboratory(tmp_path / "lab", f"python:deep:{engine}") as lab:
        report = levels.run_levels(lab, Options(seed=1, levels=(3,)))
    assert report.finding is not None
    assert report.finding.level == 3
    assert [level.verdict for level in report.levels] == ["does-not-conform"]
    # What the judge can see in a history is reduced; what was compared row by row is shown as it was.
    assert report.finding.minimal is (report.finding.explanation.kind == "rejected")


def test_a_set_that_does_not_restore_is_found_by_its_code(tmp_path: Path) -> None:
    """The set is taken away: whatever the judge allows for that, the scenario wanted it back."""

    class Robbed(Run):
        def _restore(self, folder: str) -> None:
            self.history.fault("empty-directory", folder)
            super()._restore(folder)

    lost = pytest.raises(LostRows, match="the set in bk1 does not restore: -1811")
    with laboratory(tmp_path / "lab") as lab, lab.history() as history, lost:
        Robbed(BY_NAME["full"], history, Counter()).play()


def test_a_scenario_on_an_engine_without_callbacks_writes_nothing_meanwhile(tmp_path: Path) -> None:
    exercised, problem, events = play(tmp_path, BY_NAME["full while writing"], "python:faulty:bare")
    assert problem is None
    assert exercised["scenarios"] == 1
    assert names(events).count("Insert") == 3  # two of the scenario, and one into what was restored
    assert not exercised["rows compared"]


def test_rows_that_nobody_committed_are_too_many(tmp_path: Path) -> None:
    class Forgets(Run):
        def _compare(self, number: int, path: str, committed: list[str]) -> None:
            super()._compare(number, path, committed[:100])

    lost = pytest.raises(LostRows, match="row 101 is not the one that was committed there")
    with laboratory(tmp_path / "lab") as lab, lab.history() as history, lost:
        Forgets(BY_NAME["full"], history, Counter()).play()
