"""Level 6: a disk that fails on request, what crashes leave, seeded bugs, and findings that are made again."""

import errno
import re
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from jetconform.conformance import cli
from jetconform.conformance.engines.reference_disk import faulty
from jetconform.conformance.faults import level6, persistence, sampling
from jetconform.conformance.faults.aftermath import Aftermath, Found
from jetconform.conformance.faults.crashes import Crashes, Unplayable
from jetconform.conformance.faults.disk import Disk
from jetconform.conformance.faults.image import Content, Image
from jetconform.conformance.faults.injection import Injection
from jetconform.conformance.faults.kinds import KINDS, kind_named, role_of
from jetconform.conformance.faults.operations import Meddling, Operation, ShortWrite
from jetconform.conformance.faults.permitted import HOW
from jetconform.conformance.faults.persistence import Persistence, Recording, Tree
from jetconform.conformance.faults.scenario import Scenario, Step
from jetconform.conformance.faults.scenarios import RUNNING, SCENARIOS, backup
from jetconform.conformance.faults.strike import CrashAt, Strike, struck
from jetconform.conformance.faults.striking import Failure, Striking
from jetconform.conformance.faults.verdict import Broken, Expected, clause_text
from jetconform.conformance.findings import load, save
from jetconform.conformance.folders import Workspace
from jetconform.conformance.journal import Journal
from jetconform.conformance.laboratory import Laboratory
from jetconform.conformance.trace import TraceError
from jetconform.engine.log import Log
from jetconform.model.effects import CLAUSES
from jetconform.model.faults import ATLAS, FAULT_ROWS, Cause, Role, Verdict, atlas, permitted


def named(name: str) -> Scenario:
    return next(scenario for scenario in SCENARIOS if scenario.name == name)


# -- the disk ----------------------------------------------------------------------------------------------------------


def test_a_disk_does_what_its_meddler_says() -> None:
    disk = Disk()
    file = disk.open("a", create=True)
    asked: list[Operation] = []
    answers: list[Meddling | None] = [
        None,
        Meddling(error=errno.EIO, kept=2),
        Meddling(error=errno.ENOSPC),
        Meddling(skip=True),
        Meddling(moved=4),
        Meddling(change=bytes.upper),
        Meddling(change=bytes.upper, at_rest=True),
        None,
    ]

    def meddle(operation: Operation) -> Meddling | None:
        asked.append(operation)
        return answers[operation.number - 1]

    disk.meddler = meddle
    disk.write(file, 0, b"one...")
    with pytest.raises(ShortWrite):
        disk.write(file, 0, b"two")
    with pytest.raises(OSError, match="No space") as refused:
        disk.write(file, 0, b"three")
    assert not isinstance(refused.value, ShortWrite)
    disk.write(file, 0, b"four")
    disk.write(file, 0, b"5")
    assert disk.read(file, 0, 9) == b"TWE.5."
    assert disk.read(file, 0, 2) == b"TW"
    assert disk.read(file, 0, 9) == b"TWe.5."
    assert [(one.number, one.kind, one.path) for one in asked] == [
        *((number, "write", "a") for number in (1, 2, 3, 4, 5)),
        *((number, "read", "a") for number in (6, 7, 8)),
    ]


def test_a_disk_made_of_an_image_holds_the_same() -> None:
    disk = Disk(Image({"f": None, "f/a": Content(b"x", 9000), "b": Content(b"yz")}))
    assert disk.list("") == ["b", "f"]
    assert disk.read(disk.open("f/a"), 0, 9001) == b"x" + bytes(8999)
    assert disk.image().key == Image({"b": Content(b"yz\0".rstrip(b"\0")), "f": None, "f/a": Content(b"x\0", 9000)}).key
    assert disk.image().key != Image({"b": Content(b"yz", 3), "f": None, "f/a": Content(b"x", 9000)}).key


# -- what a crash leaves -----------------------------------------------------------------------------------------------


def recorded(act: Callable[[Disk], None]) -> Recording:
    disk = Disk(Image({"f": None, "f/old": Content(b"old")}))
    start, disk.changes = Tree.of(disk), []
    act(disk)
    return Recording(start, disk.changes)


def left(recording: Recording, model: Persistence) -> list[set[tuple[tuple[str, bytes], ...]]]:
    """By crash point, the files that may lie there."""
    points = frozenset(range(len(recording.changes) + 1))
    found: list[set[tuple[tuple[str, bytes], ...]]] = [set() for _ in points]
    for crash, image in recording.crashes(model, points):
        files = ((path, one.data) for path, one in image.paths.items() if one is not None)
        found[crash.changes].add(tuple(sorted(files)))
    return found


def replaces(disk: Disk) -> None:
    """A file is written, forced to the disk, and takes the place of another."""
    file = disk.open("f/new", create=True)
    disk.write(file, 0, b"new" * 400)
    disk.sync(file)
    disk.rename("f/new", "f/old")
    disk.sync_folder("f")


OLD, NEW, NONE = ("f/old", b"old"), b"new" * 400, b""
HALF = (b"new" * 400)[:512]


def test_strict_leaves_one_state_after_each_change() -> None:
    assert left(recorded(replaces), Persistence.STRICT) == [
        {(OLD,)},
        {(("f/new", NONE), OLD)},
        {(("f/new", NEW), OLD)},
        {(("f/new", NEW), OLD)},
        {(("f/old", NEW),)},
        {(("f/old", NEW),)},
    ]


def test_ext4_loses_and_tears_what_was_not_synced() -> None:
    unsynced = {(OLD,), (("f/new", NONE), OLD)}
    assert left(recorded(replaces), Persistence.EXT4) == [
        {(OLD,)},
        unsynced,
        {*unsynced, (("f/new", HALF), OLD), (("f/new", NEW), OLD)},
        {(OLD,), (("f/new", NEW), OLD)},
        {(OLD,), (("f/new", NEW), OLD), (("f/old", NEW),)},
        {(("f/old", NEW),)},
    ]


def test_without_a_journal_a_moved_file_may_be_in_both_folders_or_in_none() -> None:
    def moves(disk: Disk) -> None:
        disk.make_folder("g")
        disk.sync_folder("")
        disk.rename("f/old", "g/old")

    there, moved = ("f/old", b"old"), ("g/old", b"old")
    assert left(recorded(moves), Persistence.FOLDERS)[-1] == {(there,), (moved,), (there, moved), ()}
    assert left(recorded(moves), Persistence.EXT4)[-1] == {(there,), (moved,)}


def test_two_unsynced_writes_may_both_be_lost_and_three_not() -> None:
    def writes(disk: Disk) -> None:
        file = disk.open("f/old", write=True)
        for at in range(3):
            disk.write(file, at, b"n")

    ends = {dict(files)["f/old"] for files in left(recorded(writes), Persistence.EXT4)[-1]}
    assert ends == {b"nnn", b"old"[:1] + b"nn", b"nld"[:1] + b"ln", b"nnd", b"oln", b"ond", b"nld"}


def test_what_was_not_enumerated_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three unsynced writes leave 19 states, two leave 9, and one leaves 3."""
    monkeypatch.setattr(persistence, "MOST_STATES", 9)

    def writes(disk: Disk) -> None:
        file = disk.open("f/old", write=True)
        for at in range(3):
            disk.write(file, at, b"n")

    recording = recorded(writes)
    assert len(list(recording.crashes(Persistence.EXT4, frozenset(range(4))))) == 1 + 3 + 9 + 9
    assert recording.cut == {3}


# -- what the contract says --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "cause", "role", "later", "codes"),
    [
        ("JetBackupInstance", Cause.IO, Role.SET, False, {-1022}),
        ("JetBackupInstance", Cause.FULL, Role.LOG, False, {-1808, -510, -529, -1090}),
        ("JetBackupInstance", Cause.IO, Role.SET, True, set()),
        ("Insert", Cause.IO, Role.LOG, True, {-510, -1090}),
        ("JetBackupInstance", Cause.DAMAGE, Role.LOG, False, {-501, -612}),
        ("JetRestoreInstance", Cause.GONE, Role.SET, False, {-1811, -528}),
        ("JetRestoreInstance", Cause.FULL, Role.LOG, False, {-1808}),
    ],
)
def test_a_fault_permits_the_codes_of_its_rows(
    call: str, cause: Cause, role: Role, later: bool, codes: set[int]
) -> None:
    assert {int(row.code) for row in permitted(call, cause, role, later=later)} == codes


def test_every_row_cites_and_every_damage_is_in_the_atlas() -> None:
    assert all(row.citation for row in (*FAULT_ROWS, *ATLAS))
    assert len({row.id for row in FAULT_ROWS}) == len(FAULT_ROWS)
    assert {kind.name for kind in KINDS if kind.silent} == set(HOW)
    for how in set(HOW.values()):
        for role in set(Role) - {Role.FOLDER}:
            assert Verdict.COMPLETE in atlas(how, role).recovery
    assert clause_text("BI.nothing-new").startswith("clause BI.nothing-new, on failure: nothing new")
    assert "BI.atomic-keeps" in {clause.id for clause in CLAUSES["documented"]}


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("db/a.edb", Role.DATABASE),
        ("db/edb.log", Role.LOG),
        ("db/edbtmp.log > db/edb.log", Role.LOG),
        ("db/edb.chk", Role.CHECKPOINT),
        ("bk/new/a.edb", Role.SET),
        ("rst/a.edb.rst", Role.DATABASE),
        ("db", Role.FOLDER),
    ],
)
def test_a_file_has_a_role(path: str, role: Role) -> None:
    assert role_of(path) is role


def test_what_comes_back_is_of_four_classes() -> None:
    expected = Expected(("a", "b", "c", "d"), frozenset({0, 2, 4}))
    classes = {
        ("a", "b", "c", "d"): Verdict.COMPLETE,
        ("a", "b"): Verdict.UP_TO,
        ("a", "b", "c"): Verdict.WRONG,
        ("a", "c"): Verdict.WRONG,
    }
    for rows, verdict in classes.items():
        assert expected.verdict(Found(rows=rows), 4, 4) is verdict
    assert expected.verdict(Found("JetInit", -501), 4, 4) is Verdict.REFUSED


# -- the reference engine ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["the first life", "the end of a life", "restore of an atomic set", "snapshot"])
def test_no_crash_breaks_a_promise_of_the_reference_engine(name: str) -> None:
    crashes = Crashes.of(faulty, named(name), Aftermath(faulty))
    assert [crashes.told(state) for state in crashes.states() if crashes.broken(state)] == []
    assert crashes.points > 10
    assert crashes.enumerated > crashes.distinct > 5


@pytest.mark.parametrize("name", ["the end of a life", "snapshot", "detach and attach"])
def test_no_fault_breaks_a_clause_on_the_reference_engine(name: str) -> None:
    injection = Injection(faulty, named(name), Aftermath(faulty))
    outcomes = [injection.strike(point) for point in injection.points()]
    assert [outcome.broken for outcome in outcomes if outcome.broken] == []
    assert sum(outcome.call is not None and outcome.call.err < 0 for outcome in outcomes) > 5


def test_the_same_strike_makes_the_same_history() -> None:
    injection = Injection(faulty, named("atomic backup"), Aftermath(faulty))
    point = next(point for point in injection.points() if point.kind.name == "rename failure")
    first, second = injection.strike(point), injection.strike(point)
    assert first.events == second.events
    assert first.call is not None
    assert first.call.err == -1090  # it is the log that is renamed first


def test_a_scenario_that_fails_without_a_fault_is_unplayable() -> None:
    refused = Scenario("refused", RUNNING, (backup("nowhere"),))
    with pytest.raises(Unplayable, match="refused: without a fault it fails with -1023 InvalidPath"):
        Injection(faulty, refused, Aftermath(faulty))
    with pytest.raises(Unplayable, match="without a fault it fails"):
        Crashes.of(faulty, refused, Aftermath(faulty))


# -- bugs --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def unsynced(monkeypatch: pytest.MonkeyPatch) -> None:
    """A commit returns before it is on the disk."""
    monkeypatch.setattr(Log, "sync", lambda self, upto: None)


def laboratory(folder: Path) -> Laboratory:
    folder.mkdir(exist_ok=True)
    journal = Journal(folder / "journal.jsonl")
    return Laboratory(
        spec="reference", profile="documented", seed=1, journal=journal, workspace=Workspace(folder), budget=None
    )


@pytest.mark.usefixtures("unsynced")
def test_a_lost_commit_is_found_reduced_saved_and_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(level6, "SCENARIOS", (named("full backup"),))
    level, found = level6.run(laboratory(tmp_path / "work"), 1)
    assert level.verdict == "does-not-conform"
    assert found is not None
    assert found.minimal
    assert found.explanation.kind == "crash"
    assert "persistence" in getattr(found.events[-1], "target", "")
    saved = save(found, tmp_path / "saved")
    trace, steps = load(saved)
    assert steps == ()
    strike = struck(trace)
    assert strike is not None
    events, again = level6.replay(laboratory(tmp_path / "work"), strike)
    assert events == found.events
    assert again is not None
    assert again.explanation.reason == found.explanation.reason


def test_a_failure_after_two_crashes_is_not_called_minimal() -> None:
    twice = Strike(named("full backup"), crash=CrashAt(1), second=CrashAt(2))
    failure = Failure(twice, [], Broken("LF.committed", "rows are lost"))
    assert Striking(faulty).reduced(failure, float("inf")) == (failure, False)


def test_a_saved_strike_conforms_on_the_engine_that_was_mended(tmp_path: Path) -> None:
    strike = Strike(named("the end of a life"), kind="sync failure", operation=2)
    assert Striking(faulty).make(strike)[1] is None
    with pytest.raises(KeyError):
        Striking(faulty).make(Strike(named("the end of a life"), kind="sync failure", operation=999))


HOSTILE = {
    "neither a fault nor a crash": ({}, "either a kind of fault or a crash"),
    "an unknown kind": ({"kind": "meteor", "operation": 1}, "'meteor' is not known"),
    "an unknown persistence": ({"crash": {"changes": 1, "persistence": "hope"}}, "'hope' is not known"),
    "an unknown loss": ({"crash": {"changes": 1, "losses": [[0, "stolen"]]}}, "lost or torn"),
    "a number that is none": ({"crash": {"changes": "many"}}, "Expected `int`"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_strike_that_is_none_is_refused(case: str, tmp_path: Path) -> None:
    changes, said = HOSTILE[case]
    fault = {"scenario": msgspec.to_builtins(named("the end of a life")), **changes}
    assert refusal(fault, tmp_path).endswith(said) or said in refusal(fault, tmp_path)


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (Step("JetBackupInstance", {"instance": "i1", "path": "../out", "grbit": 0}), "path is '../out'"),
        (Step("stream", {"path": "/etc", "grbit": 0}), "path is '/etc'"),
        (Step("Explode", {}), "no call 'Explode'"),
    ],
)
def test_a_scenario_that_leads_out_of_the_root_is_refused(step: Step, said: str, tmp_path: Path) -> None:
    strike = Strike(Scenario("hostile", (), (step,)), kind="write error", operation=1)
    assert said in refusal(msgspec.to_builtins(strike), tmp_path)


def refusal(fault: object, folder: Path) -> str:
    path = folder / "hostile.jsonl"
    path.write_bytes(msgspec.json.encode({"trace": 1, "fault": fault}) + b"\n")
    with pytest.raises(TraceError) as refused:
        struck(load(path)[0])
    assert "\n" not in str(refused.value)
    return str(refused.value)


# -- the level ---------------------------------------------------------------------------------------------------------


def test_a_run_says_what_it_looked_at_and_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(level6, "SCENARIOS", (named("restore elsewhere"), named("the end of a life")))
    monkeypatch.setattr(level6, "AGAIN_AFTER", {})
    monkeypatch.setattr(sampling, "EXAMPLES", 5)
    level, found = level6.run(laboratory(tmp_path), 1)
    assert found is None
    assert "; sampled, seed 1: 5 drawn histories of calls at once, " in level.guarantee
    assert level.verdict == "conforms"
    assert level.guarantee.startswith("2 scenarios: crash points 23 of 23, ")
    assert "no more than" not in level.guarantee
    assert "; fault points 286 of 286; " in level.guarantee


def test_a_run_says_where_it_did_not_enumerate_all_states(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(level6, "SCENARIOS", (named("the end of a life"),))
    monkeypatch.setattr(level6, "AGAIN_AFTER", {})
    monkeypatch.setattr(persistence, "MOST_STATES", 2)
    monkeypatch.setattr(level6, "MOST_STATES", 2)
    level, found = level6.run(laboratory(tmp_path), 1)
    assert (level.verdict, found) == ("conforms", None)
    assert "crash points no more than 2 states by one model); fault points " in level.guarantee


def test_a_budget_that_ends_early_leaves_the_verdict_unknown(tmp_path: Path) -> None:
    one = laboratory(tmp_path)
    one.budget = 0.0
    level, found = level6.run(one, 1)
    assert (level.verdict, found) == ("unknown", None)
    assert level.guarantee.startswith("it ended early: 0 scenarios: crash points 0 of 0")


def test_an_engine_whose_files_cannot_fail_is_killed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2]))
    command = ["check", "--engine", "python:examples.broken:factory", "--only-level", "6", "--budget", "1"]
    assert cli.main(command) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert re.search(r"conforms .* sampled: \d+ histories with a kill: kills ", said)
    assert "the factory has no attribute `faulty`" in said


def test_kinds_are_found_by_name() -> None:
    assert kind_named("disk full").error == errno.ENOSPC
    with pytest.raises(KeyError):
        kind_named("meteor")
