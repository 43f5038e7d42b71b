"""Level 5: the reference engine under a scheduler, seeded races, and findings that are made again."""

import json
from pathlib import Path

import msgspec
import pytest

pytest.importorskip("greenlet")

from jetconform.conformance import cli
from jetconform.conformance.belief import Beliefs
from jetconform.conformance.engines import EngineSpecError, load_scheduled
from jetconform.conformance.explain import explain
from jetconform.conformance.findings import load, save, scheduled
from jetconform.conformance.folders import Workspace
from jetconform.conformance.journal import Journal
from jetconform.conformance.laboratory import Laboratory
from jetconform.conformance.schedules import level5
from jetconform.conformance.schedules.drawn import draw
from jetconform.conformance.schedules.explore import Explorer, Failure
from jetconform.conformance.schedules.notation import Replay
from jetconform.conformance.schedules.reduction import Reduction
from jetconform.conformance.schedules.scenario import Scenario
from jetconform.conformance.schedules.scenarios import ATTACH, INSERT, RUNNING, SCENARIOS, STOP_BACKUP, TERM, TRUNCATION
from jetconform.conformance.schedules.systematic import Systematic
from jetconform.conformance.schedules.verdict import Verdicts
from jetconform.conformance.schedules.world import Execution, World
from jetconform.conformance.trace import CallEvent, ReturnEvent, TraceError
from jetconform.engine.instance import Instance
from jetconform.model.guards.documented import DOCUMENTED
from jetconform.model.step import Stepper

BELIEFS = Beliefs(Stepper(DOCUMENTED))


def opened(scenario: Scenario) -> tuple[World, Verdicts]:
    factory = load_scheduled("reference")
    assert factory is not None
    world = World(factory, scenario.setup)
    return world, Verdicts(BELIEFS, world, clean=True)


def named(name: str) -> Scenario:
    return next(scenario for scenario in SCENARIOS if scenario.name == name)


def codes(execution: Execution) -> list[int]:
    """The codes of the calls in the order in which they were made."""
    returned = {event.id: event.err for event in execution.events if isinstance(event, ReturnEvent)}
    return [returned[event.id] for event in execution.events if isinstance(event, CallEvent)]


def always() -> bool:
    return True


def test_a_schedule_decides_who_stops_whom() -> None:
    scenario = named("backup, stop")
    world, verdicts = opened(scenario)
    found = {}
    for text in ("-", "B", "A30B"):
        scheduler = Replay(text)
        assert scheduler.begin()
        execution = world.execute(scenario, scheduler)
        assert verdicts.of(execution) == (None, True)
        found[text] = codes(execution)
    assert found == {"-": [0, 0, 1007, 0], "B": [0, 0, 1007, 0], "A30B": [-801, 0, 1007, 0]}


def test_leaving_out_steps_that_commute_loses_no_outcome() -> None:
    """Every outcome of the schedules with one preemption at any switch point is one of the reduced ones', and none more."""
    scenario = named("truncation, incremental backup")
    world, verdicts = opened(scenario)
    everywhere, executions, scheduler = set(), 0, Systematic(1)
    while scheduler.begin():
        everywhere.add(world.execute(scenario, scheduler).outcome)
        executions += 1
    seen: set[bytes] = set()
    judged = verdicts.of

    def watched(execution: Execution) -> tuple[object, bool]:
        seen.add(execution.outcome)
        return judged(execution)

    verdicts.of = watched  # type: ignore[method-assign, assignment]
    explorer = Explorer(world, verdicts, scenario)
    assert explorer.systematic(1, limit=10_000, go_on=always) == (True, None)
    assert seen == everywhere
    assert explorer.schedules < executions


def test_a_bound_ends_an_exploration() -> None:
    scenario = named("backup, insert, stop")
    world, verdicts = opened(scenario)
    explorer = Explorer(world, verdicts, scenario)
    assert explorer.systematic(2, limit=10, go_on=always) == (False, None)
    assert explorer.schedules == 10


@pytest.mark.parametrize(
    "name",
    [
        "streaming calls, stop",  # a stop after the check of a call, and a third call that proves where the first one is
        "freeze, backup then thaw",  # a backup that is told of the snapshot, and a thaw that must know of it, too
        "refused backup, truncation",  # a backup that its files refuse must not keep the session from another
    ],
)
def test_what_schedules_found_is_mended(name: str) -> None:
    scenario = named(name)
    assert Explorer(*opened(scenario), scenario).systematic(1, limit=5_000, go_on=always) == (True, None)


@pytest.mark.parametrize("name", ["init, backup", "freeze, thaw, insert", "term, inserts"])
def test_the_reference_engine_conforms(name: str) -> None:
    scenario = named(name)
    assert Explorer(*opened(scenario), scenario).systematic(1, limit=5_000, go_on=always) == (True, None)


def test_a_freeze_that_nobody_ends_times_out() -> None:
    """Time passes when everyone waits: the trace says so, and the insert goes on."""
    scenario = msgspec.structs.replace(
        named("freeze, insert, abort"), clients=named("freeze, insert, abort").clients[:2]
    )
    world, verdicts = opened(scenario)
    scheduler = Replay("-")
    assert scheduler.begin()
    execution = world.execute(scenario, scheduler)
    assert [getattr(event, "kind", "") for event in execution.events].count("snapshot-timeout") == 1
    assert verdicts.of(execution)[0] is None
    assert codes(execution) == [0, 0, 1007, 0]


# -- failures ------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def two_backups(monkeypatch: pytest.MonkeyPatch) -> None:
    """Check, then act: the guards of a backup do not see the one that runs."""
    from jetconform.engine import backup

    real = backup._require_backup_possible

    def blind(instance: Instance, *rest: object) -> object:
        activity, instance.activity = instance.activity, backup.BackupActivity.IDLE
        try:
            return real(instance, *rest)
        finally:
            instance.activity = activity

    monkeypatch.setattr(backup, "_require_backup_possible", blind)


def failing(scenario: Scenario) -> Failure:
    _, failure = Explorer(*opened(scenario), scenario).systematic(2, limit=5_000, go_on=always)
    assert failure is not None
    return failure


@pytest.mark.usefixtures("two_backups")
def test_a_failure_is_reduced_to_what_shows_it() -> None:
    scenario = Scenario(RUNNING, ((TRUNCATION, STOP_BACKUP), (TRUNCATION,)), (ATTACH,))
    reduction = Reduction(opened, failing(scenario), always)
    best = reduction.run()
    assert reduction.minimal
    assert [[call.call for call in calls] for calls in best.scenario.clients] == [["JetBackupInstance"]] * 2
    assert best.scenario.then == ()
    assert best.execution.preemptions == 1
    explained = explain(best.problem, BELIEFS.stepper)
    assert (explained.call, explained.kind) == ("JetBackupInstance(null, full)", "rejected")


@pytest.mark.usefixtures("two_backups")
def test_hypothesis_draws_calls_and_schedule_together() -> None:
    executed, failure = draw(opened, seed=1, examples=200, go_on=always)
    assert failure is not None
    assert executed > 1
    calls = [call.call for client in failure.scenario.clients for call in client]
    assert "JetBackupInstance" in calls
    assert len(calls) == 2


@pytest.mark.usefixtures("two_backups")
def test_a_finding_is_made_again_from_its_file(tmp_path: Path) -> None:
    with Workspace() as workspace:
        journal = Journal(tmp_path / "journal")
        laboratory = Laboratory("reference", "documented", 1, journal, workspace)
        failure = failing(named("backup, backup"))
        finding = level5.finding(laboratory, opened, failure, minimal=False, calls=7)
        path = save(finding, tmp_path)
        trace, _ = load(path)
        made = scheduled(trace)
        assert made is not None
        events, again = level5.replay(laboratory, *made)
    assert events == trace.events
    assert again is not None
    assert (again.schedule, again.explanation) == (finding.schedule, finding.explanation)
    assert json.loads(path.read_text().splitlines()[0])["schedule"] == finding.schedule


def test_a_deadlock_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lost wake-up: the end of a call is told to nobody."""
    from jetconform.conformance.schedules.locks import TaskMonitor

    monkeypatch.setattr(TaskMonitor, "notify_all", lambda self: None)
    failure = failing(Scenario(RUNNING, ((TERM,), (INSERT,))))
    assert failure.problem.kind == "deadlock"
    assert failure.problem.text == "A waits to be woken by another holder of the lock `registry`"
    assert failure.problem.rejection is not None
    assert failure.problem.rejection.call == "JetTerm2"


# -- files of anyone's, and engines that cannot be scheduled ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ({"schedule": "A2"}, "no schedule that could be followed"),
        ({"schedule": "a", "choices": {"setup": {"calls": []}, "clients": [[]]}}, "expected letters with counts"),
        ({"schedule": "A", "choices": {"setup": {"calls": []}, "clients": []}}, "0 clients"),
        (
            {"schedule": "A", "choices": {"setup": {"calls": [], "folders": ["../x"]}, "clients": [[]]}},
            "not below the root folder",
        ),
        (
            {"schedule": "A", "choices": {"setup": {"calls": []}, "clients": [[{"call": "os.system", "args": {}}]]}},
            "the model has no call 'os.system'",
        ),
    ],
)
def test_a_file_with_a_bad_schedule_is_refused(tmp_path: Path, header: dict[str, object], message: str) -> None:
    path = tmp_path / "bad.jsonl"
    call = {"event": "call", "id": 1, "client": "A", "call": "JetInit", "args": {"instance": "i1"}}
    path.write_text(json.dumps({"trace": 1, **header}) + "\n" + json.dumps(call) + "\n", encoding="utf-8")
    with pytest.raises(TraceError, match=message):
        scheduled(load(path)[0])
    assert cli.main(["replay", str(path)]) == 2


def test_an_engine_without_tasks_is_not_exercised(tmp_path: Path) -> None:
    with Workspace() as workspace:
        laboratory = Laboratory("python:misbehaving:raises", "documented", 1, Journal(tmp_path / "j"), workspace)
        level, finding = level5.run(laboratory, 1)
        assert (level.verdict, finding) == ("not-exercised", None)
        assert level.not_exercised == ["it cannot run on tasks under a scheduler"]
        with pytest.raises(EngineSpecError, match="the file holds a schedule"):
            level5.replay(laboratory, SCENARIOS[0], "-")


def test_without_greenlet_it_is_not_exercised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(level5, "AVAILABLE", False)
    with Workspace() as workspace:
        level, _ = level5.run(Laboratory("reference", "documented", 1, Journal(tmp_path / "j"), workspace), 1)
    assert level.verdict == "not-exercised"
    assert "greenlet is not installed" in level.guarantee
