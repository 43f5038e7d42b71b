"""Level 1: the walk over the cells, the random half, and what they say of engines that can do less."""

import json
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import faulty
import msgspec
import pytest
from bench import HERE, Recording, laboratory
from jetconform.conformance import level1, levels
from jetconform.conformance.adapter import CAPABILITIES
from jetconform.conformance.check import CheckError, Request, _scorecard, check
from jetconform.conformance.commands.check import require
from jetconform.conformance.coverage import Coverage
from jetconform.conformance.folders import Workspace
from jetconform.conformance.history import Nonconformity
from jetconform.conformance.journal import Journal
from jetconform.conformance.level1 import Report
from jetconform.conformance.machine import Batch, run_batch, weigh
from jetconform.conformance.trace import CallEvent, Event, FaultEvent, HoldEvent
from jetconform.conformance.walk import FAREWELL, FAREWELL_ELSE, Walk
from jetconform.conformance.worker import Job
from jetconform.model.alphabet import CREATE, FULL, INIT, INSERT, RUNNING, STOP_BACKUP_CALL, TERM
from jetconform.model.calls import Call
from jetconform.model.cells import Cell, explore
from jetconform.model.domain import Domain
from jetconform.model.domains import BACKUP_HOLDS, DOMAINS
from jetconform.model.guards.documented import DOCUMENTED
from jetconform.model.step import Stepper
from jetconform.model.vocabulary import DOCUMENTED_CODES, JetErr

TINY = Domain("tiny", "an instance comes and goes", (CREATE, INIT, TERM, FULL))
HELD = Domain("held", "a backup held at its stages", (STOP_BACKUP_CALL,), RUNNING, (FULL, TERM), BACKUP_HOLDS)
BROKEN = Domain("broken", "damage", (FULL, INSERT), (*RUNNING, FULL), faults=("page", "log", "log-full", "log-torn"))
SMALL = (TINY, HELD, BROKEN)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is written in the repository, and child processes find the engines of these tests."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", f"{HERE}")


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A level of a few hundred calls."""
    monkeypatch.setattr(level1, "DOMAINS", SMALL)
    monkeypatch.setattr(level1, "BATCHES", 1)
    monkeypatch.setattr(levels, "set_hypothesis_home_dir", lambda _: None)  # of this process: it outlives the test


def run(tmp_path: Path, engine: str = "reference", **options: Any) -> Report:
    """The task of the worker, in this process."""
    journal = Journal(tmp_path / "journal.jsonl")
    try:
        job = Job(task="check", engine=engine, options={"seed": 1, "systematic_only": True} | options)
        with Workspace() as workspace:
            report = levels.run(job, journal, workspace)
            assert not list(workspace.folder.iterdir())
        return msgspec.convert(json.loads(json.dumps(report)), Report, strict=False)
    finally:
        journal.close()


def cells(*domains: Domain) -> dict[str, Cell]:
    stepper = Stepper(DOCUMENTED)
    graphs = [explore(stepper, domain) for domain in domains]
    return {cell.id: cell for graph in graphs for found in graph.cells.values() for cell in found}


# -- the walk ----------------------------------------------------------------------------------------------------------


def walked(lab: Recording, *domains: Domain) -> Coverage:
    coverage = Coverage()
    for domain in domains:
        assert Walk(explore(lab.stepper, domain), lab, coverage).run()
    return coverage


def test_every_cell_of_every_state_that_was_reached_is_covered(tmp_path: Path) -> None:
    with laboratory(tmp_path / "lab") as lab:
        coverage = walked(lab, *SMALL)
    known = cells(*SMALL)
    assert set(coverage.known) <= set(known)
    assert len(coverage.known) > 0.8 * len(known)  # a documented engine may choose, and this one has chosen
    assert set(coverage.known) == coverage.covered
    assert not coverage.skipped
    assert not coverage.lacking
    # Counted from outside, too: as many calls as there are cells, and every hold and fault that there is.
    events = [event for history in lab.recorded for event in history]
    assert sum(isinstance(event, CallEvent) for event in events) >= len(coverage.covered)
    points = {hold.point for hold in BACKUP_HOLDS if not hold.point.startswith("callback")}
    assert {event.point.split()[0] for event in events if isinstance(event, HoldEvent)} == points
    faults = {event.kind for event in events if isinstance(event, FaultEvent)}
    assert {"damage-page", "damage-log", "fail-log-no-space", "fail-log-torn"} <= faults


def test_the_walk_is_the_same_every_time(tmp_path: Path) -> None:
    histories: list[list[list[Event]]] = []
    for name in ("first", "second"):
        with laboratory(tmp_path / name) as lab:
            walked(lab, *SMALL)
            histories.append(lab.recorded)
    assert histories[0] == histories[1]
    assert sum(map(len, histories[0])) > 500


def test_the_walk_ends_when_the_budget_does(tmp_path: Path) -> None:
    with laboratory(tmp_path / "lab") as lab:
        lab.budget = 0.0
        assert not Walk(explore(lab.stepper, TINY), lab, Coverage()).run()
        assert lab.calls == 0


@pytest.mark.usefixtures("small")
def test_native_codes_are_judged_as_what_the_table_says(tmp_path: Path) -> None:
    plain, native = run(tmp_path, "python:faulty:bare"), run(tmp_path, "python:faulty:native")
    assert (native.verdict, native.exhausted) == ("conforms", True)
    assert native.codes_seen == plain.codes_seen
    assert min(native.codes_seen) < 0 in native.codes_seen


@pytest.mark.usefixtures("small")
def test_an_engine_that_can_do_less_covers_less_and_says_what_it_lacks(tmp_path: Path) -> None:
    able, bare = run(tmp_path), run(tmp_path, "python:faulty:bare")
    for report in (able, bare):
        assert (report.verdict, report.exhausted) == ("conforms", True)
        assert report.cells_covered == report.cells_reachable
        assert report.cells_in_model == len(cells(*SMALL))
    assert able.lacking == []
    wanted = {hold.point if not hold.point.startswith("callback") else "callback" for hold in BACKUP_HOLDS}
    others = ("classify", "header", "events", "rows", "streaming", "snapshot", "expire_snapshot")
    of_small = [name for name in CAPABILITIES if name not in others]
    assert set(bare.lacking) == {name for name in of_small if not name.startswith("hold:") or name[5:] in wanted}
    assert bare.cells_covered < able.cells_covered
    assert set(bare.codes_seen) < set(able.codes_seen)
    assert all(how == ["forced"] for how in bare.codes_seen.values())
    held = [one for one in cells(HELD).values() if one.node.held is not None]
    assert held
    assert bare.cells_covered <= bare.cells_in_model - len(held)


@pytest.mark.usefixtures("small")
def test_what_an_engine_lacks_is_listed_and_required_it_is_unknown(tmp_path: Path) -> None:
    request = Request(engine="python:faulty:bare", profile="documented", seed=1)
    card = _scorecard(request, run(tmp_path, "python:faulty:bare"))
    assert "the engine has no callback" in card.not_exercised
    assert "the engine has no damage_page" in card.not_exercised
    assert card.verdict == "conforms"
    require(card, 1)
    assert card.verdict == "unknown"


# -- one cell ----------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("held", [False, True], ids=["alone", "beside a held call"])
def test_one_cell_is_covered_alone_and_nothing_is_done_after_it(held: bool, tmp_path: Path) -> None:
    whole = run(tmp_path)
    wanted = next(one.id for one in cells(HELD).values() if (one.node.held is not None) is held)
    report = run(tmp_path, cell=wanted, systematic_only=False)
    assert (report.verdict, report.cells_reachable, report.cells_covered) == ("conforms", 1, 1)
    assert report.random_examples == 0
    assert 0 < report.calls < whole.calls


@pytest.mark.usefixtures("small")
def test_a_cell_that_this_engine_cannot_be_brought_to_is_unknown_never_passed(tmp_path: Path) -> None:
    wanted = next(one.id for one in cells(HELD).values() if one.node.held is not None)
    report = run(tmp_path, "python:faulty:bare", cell=wanted)
    assert (report.verdict, report.cells_covered) == ("unknown", 0)


@pytest.mark.usefixtures("small")
def test_a_cell_that_there_is_not_is_an_error_of_the_caller(tmp_path: Path) -> None:
    report = run(tmp_path, cell="0123456789")
    assert "cell '0123456789' is not known" in report.problem
    assert report.verdict != "conforms"
    assert report.calls == 0


# -- findings ----------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    ("engine", "observed", "kinds"),
    [
        ("two_at_once", "0 Success", {HoldEvent}),
        ("unverified", "0 Success", {FaultEvent}),
    ],
)
def test_a_bug_is_found_reduced_and_explained(engine: str, observed: str, kinds: set[type], tmp_path: Path) -> None:
    report = run(tmp_path, f"python:faulty:{engine}")
    finding = report.finding
    assert report.verdict == "does-not-conform"
    assert finding is not None
    assert finding.minimal
    assert finding.explanation.observed == observed
    assert finding.explanation.allowed
    assert 0 < finding.calls_before <= report.calls
    assert len(finding.events) < 40
    assert engine != "unverified" or kinds <= set(map(type, finding.events))


@pytest.mark.usefixtures("small")
def test_the_calls_before_a_finding_are_counted_once(tmp_path: Path) -> None:
    report = run(tmp_path, "python:misbehaving:raises")
    assert report.finding is not None
    journal = (tmp_path / "journal.jsonl").read_bytes()
    assert journal  # the last history alone is sure to be there
    graph_calls = report.finding.calls_before
    with laboratory(tmp_path / "lab", "python:misbehaving:raises") as lab:
        with pytest.raises(Nonconformity):
            walked(lab, *SMALL)
        assert lab.calls == graph_calls


@pytest.mark.usefixtures("small")
def test_a_factory_that_fails_after_the_first_call_is_a_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faulty, "_opened", 0)
    report = run(tmp_path, "python:faulty:out_of_licences")
    assert report.verdict == "does-not-conform"
    assert report.finding is not None
    assert report.finding.events == []
    assert "out of licences" in report.finding.explanation.reason


# -- the random half ---------------------------------------------------------------------------------------------------


def random_histories(folder: Path, seed: int) -> list[list[Event]]:
    with laboratory(folder) as lab:
        run_batch(Batch(lab, weigh(Counter())), seed=seed, examples=6)
        return lab.recorded


def test_the_same_seed_makes_the_same_histories_and_another_makes_others(tmp_path: Path) -> None:
    first, second, other = (random_histories(tmp_path / name, seed) for name, seed in (("a", 5), ("b", 5), ("c", 6)))
    assert first == second
    assert first != other
    assert sum(isinstance(event, CallEvent) for history in first for event in history) > 50


def test_calls_that_were_seen_often_weigh_less() -> None:
    label = STOP_BACKUP_CALL.label()
    assert weigh(Counter({label: 1000})).count(STOP_BACKUP_CALL) < weigh(Counter()).count(STOP_BACKUP_CALL) + 1
    seen = Counter({label: 1000, FULL.label(): 1})
    assert weigh(seen).count(STOP_BACKUP_CALL) < weigh(seen).count(FULL)


@pytest.mark.usefixtures("small")
def test_every_batch_has_a_seed_of_its_own_that_follows_from_that_of_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(level1, "DOMAINS", (TINY,))
    monkeypatch.setattr(level1, "BATCHES", 3)
    runs: list[list[int]] = []
    monkeypatch.setattr(level1, "run_batch", lambda _, seed: runs[-1].append(seed))
    for seed in (7, 7, 8):
        runs.append([])
        run(tmp_path, seed=seed, systematic_only=False)
    assert runs[0] == runs[1]
    assert len({*runs[0], *runs[2]}) == 6


@pytest.mark.usefixtures("small")
def test_the_random_half_is_counted_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(level1, "run_batch", partial(run_batch, examples=3))
    alone, both = run(tmp_path), run(tmp_path, systematic_only=False)
    assert alone.random_examples == 0
    assert both.random_examples > 0
    assert both.calls == alone.calls + both.random_examples


@pytest.mark.usefixtures("small")
def test_a_bug_that_the_walk_cannot_see_is_found_at_random(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(level1, "DOMAINS", ())
    monkeypatch.setattr(level1, "BATCHES", 4)
    report = run(tmp_path, "python:examples.broken:factory", systematic_only=False)
    assert report.verdict == "does-not-conform"
    assert report.finding is not None
    assert report.finding.explanation.observed == "-505 BackupInProgress"


# -- all of it ---------------------------------------------------------------------------------------------------------


def test_the_whole_systematic_part_on_the_reference_engine(tmp_path: Path) -> None:
    """The slow one: every cell that this engine can be brought to, all codes, and which of them need a hold point."""
    request = Request(engine="reference", profile="documented", seed=1, systematic_only=True)
    card = check(request, folder=tmp_path / "findings")
    assert card.verdict == "conforms", card.finding
    known = cells(*DOMAINS)
    assert card.cells.in_model == len(known)
    assert card.cells.covered == card.cells.reachable > 0.95 * len(known)
    assert card.not_exercised == []
    assert card.levels[0].guarantee.startswith(f"cells {card.cells.covered:,} of {card.cells.covered:,} reachable")
    codes = card.codes
    assert sorted(codes.documented) == sorted(codes.reachable) == sorted(map(int, DOCUMENTED_CODES))
    assert len(codes.seen) == 17
    assert codes.missing == []
    assert set(codes.seen) - set(codes.forced) == {
        JetErr.BackupNotAllowedYet,
        JetErr.SessionSharingViolation,
        JetErr.TermInProgress,
    }


def test_wrong_input_is_told_before_anything_runs(tmp_path: Path) -> None:
    request = Request(engine="python:misbehaving:factory_raises", profile="documented", seed=1)
    with pytest.raises(CheckError, match="no licence for this machine"):
        check(request, folder=tmp_path / "findings")
    assert not (tmp_path / "findings").exists()


# -- the end of every history --------------------------------------------------------------------------------------------


def test_what_an_engine_keeps_wrongly_to_itself_shows_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refused backup that stays in progress for good: no call of the domain would see it, the farewell does."""

    def walk() -> None:
        with laboratory(tmp_path / "lab", "python:examples.broken:factory") as lab:
            walked(lab, TINY, HELD)

    with pytest.raises(Nonconformity) as caught:
        walk()
    assert caught.value.rejection is not None
    assert caught.value.rejection.observed == "-505 BackupInProgress"
    monkeypatch.setattr(Walk, "_farewell", lambda *_: None)
    walk()


@pytest.mark.parametrize(
    ("domain", "farewell"), [(HELD, FAREWELL), (TINY, FAREWELL_ELSE)], ids=["running", "not running"]
)
def test_every_history_of_the_walk_ends_with_the_farewell(
    domain: Domain, farewell: tuple[Call, ...], tmp_path: Path
) -> None:
    with laboratory(tmp_path / "lab") as lab:
        walked(lab, domain)
    *histories, last = [[event.call for event in one if isinstance(event, CallEvent)] for one in lab.recorded]
    assert histories
    names = [[call.name for call in each] for each in (FAREWELL, FAREWELL_ELSE)]
    assert all(any(one[-len(each) :] == each for each in names) for one in histories)
    assert any(one[-len(farewell) :] == [call.name for call in farewell] for one in histories)
    assert len(last) == len(domain.setup)  # the one that found nothing left to do
