"""Level 6 on any engine: a file damaged between two of its processes is noticed, or does no harm."""

import sys
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import pytest
from bench import HERE, laboratory
from jetconform.conformance import cli
from jetconform.conformance.faults import damage
from jetconform.conformance.faults.any_engine import Sample, sample
from jetconform.conformance.faults.client import KEPT, PLAIN, Act
from jetconform.conformance.faults.damage import PAIRS, Round
from jetconform.conformance.findings import load, save
from jetconform.conformance.harm import HARM, harm, role_of
from jetconform.conformance.history import Nonconformity
from jetconform.conformance.level3_scenarios import ATOMIC, INCREMENTAL
from jetconform.conformance.trace import FaultEvent
from jetconform.model.faults import REFUSAL_ROWS, Role, Verdict, atlas, refuses
from planned import planned, played

DAMAGE = "a damaged file"
SERVED = f"process:{sys.executable} {HERE / 'served.py'}"
BACKED_UP = (Act(rows=120), Act(folder=PLAIN), Act(folder=KEPT, grbit=ATOMIC))
REPLACED = (*BACKED_UP, Act(rows=10), Act(folder=PLAIN))
EARLIER = (Act(rows=120), Act(folder=PLAIN), Act(rows=60), Act(folder=PLAIN, grbit=INCREMENTAL))


def damaged(folder: Path, spec: str, *plans: Round) -> tuple[Sample, Nonconformity | None]:
    return played(folder, spec, DAMAGE, *plans)


def struck(kind: str, role: Role, *, acts: Sequence[Act] = BACKED_UP, pick: float = 0.0, at: int = 700) -> Round:
    return Round(tuple(acts), kind, role, pick=pick, at=at)


NO_REFUSAL = "; files that it reads were harmed, and this is no code of REFUSAL_ROWS (model/faults.py)"
NOT_READ = "; files were harmed, but none that it reads"

IN_ROWS = Round(BACKED_UP, "zero-sector", Role.DATABASE, clean=True, at=16384)
"""Rows of the reference engine lie there, and after a shutdown no recovery writes them anew."""


def classes(found: Sample) -> dict[str, int]:
    """How often each class was met: once for the recovery, once for each set."""
    return {one.value: found.count[DAMAGE][one.value] for one in Verdict if found.count[DAMAGE][one.value]}


def test_the_reference_engine_notices_what_is_damaged(tmp_path: Path) -> None:
    """Each kind of damage to each kind of file, sets twice."""
    found, problem = damaged(tmp_path, "reference", *islice(damage.rounds(1), len(PAIRS)))
    assert problem is None
    assert found.played[DAMAGE] == 20
    counted = found.count[DAMAGE]
    assert [counted[f"{role.value} files damaged"] for role in (Role.DATABASE, Role.LOG, Role.CHECKPOINT)] == [4, 4, 4]
    assert counted["backup set files damaged"] == 8
    assert sum(classes(found).values()) == 60
    assert counted["refused"] >= 8
    assert not counted["silently wrong"]


def test_so_does_the_reference_engine_as_a_process(tmp_path: Path) -> None:
    """It declares nothing, so that a file is what its name says."""
    plans = (struck("cut-file", Role.LOG), struck("zero-sector", Role.DATABASE), struck("remove-file", Role.CHECKPOINT))
    found, problem = damaged(tmp_path, f"{SERVED} callbacks", *plans)
    assert problem is None
    assert found.played[DAMAGE] == 3
    assert found.count[DAMAGE]["log files damaged"] == 1
    assert found.count[DAMAGE]["complete"] >= 6  # the sets


@pytest.mark.parametrize(
    ("engine", "plan", "says"),
    [
        ("restores_older", struck("cut-file", Role.SET, acts=REPLACED), "rst-bk1/test.edb has 120 rows, but 130 were committed"),
        ("counts_on", IN_ROWS, "db/test.edb has 20 rows, but 120 were committed"),
        ("blames", struck("remove-file", Role.LOG, pick=0.0), "JetInit: -505 BackupInProgress"),
        ("spoils_others", struck("cut-file", Role.SET), "JetRestoreInstance: -501 LogFileCorrupt"),
    ],
)  # fmt: skip
def test_a_bug_is_found(tmp_path: Path, engine: str, plan: Round, says: str) -> None:
    _, problem = damaged(tmp_path, f"python:careless:{engine}", plan)
    assert problem is not None
    assert problem.kind == "rejected"
    assert says in str(problem)


@pytest.mark.parametrize(
    ("engine", "plan", "why"),
    [
        ("blames", struck("remove-file", Role.LOG), NO_REFUSAL),
        ("spoils_others", struck("cut-file", Role.SET), NOT_READ),
    ],
)  # fmt: skip
def test_a_rejection_says_what_befell_the_files(tmp_path: Path, engine: str, plan: Round, why: str) -> None:
    _, problem = damaged(tmp_path, f"python:careless:{engine}", plan)
    assert problem is not None
    assert problem.rejection is not None
    assert problem.rejection.reason == f"no guard row and no success row gives this code here{why}"


def test_a_process_that_dies_of_a_damaged_set_is_found(tmp_path: Path) -> None:
    _, problem = damaged(tmp_path, f"{SERVED} dies", struck("cut-file", Role.SET))
    assert problem is not None
    assert (problem.kind, "JetRestoreInstance" in str(problem)) == ("died", True)


def test_rows_that_nobody_committed_are_found(tmp_path: Path) -> None:
    """By their content alone: there are as many as before."""
    _, problem = damaged(tmp_path, "python:careless:makes_up", IN_ROWS)
    assert problem is not None
    assert problem.kind == "data"
    assert "zero-sector of db/test.edb: JetInit came to be silently wrong, expected complete or refused" in str(problem)


def test_without_an_added_log_a_set_may_be_the_earlier_one(tmp_path: Path) -> None:
    """Nothing tells of a log that an incremental backup added, and that is gone: the set is that of before."""
    plan = struck("remove-file", Role.SET, acts=EARLIER, pick=0.6)
    found, problem = damaged(tmp_path, "python:careless:restores_older", plan)
    assert problem is None
    assert found.count[DAMAGE]["usable up to an earlier moment"] == 1


def test_a_finding_is_reduced_saved_and_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", f"{HERE}")
    spec = "python:careless:counts_on"
    with laboratory(tmp_path / "work", spec) as lab:
        failed = sample(lab, 1, Sample(), planned(DAMAGE, IN_ROWS))
        assert failed is not None
        finding = lab.reduce(*failed, level=6)
    assert finding.minimal
    faults = [event.kind for event in finding.events if isinstance(event, FaultEvent)]
    assert "zero-sector" in faults
    path = save(finding, tmp_path / "findings")
    assert load(path)[1]
    assert cli.main(["replay", str(path), "--engine", spec]) == 1
    assert cli.main(["replay", str(path), "--engine", "reference"]) == 0


def test_an_engine_without_such_files_is_played_and_nothing_counted(tmp_path: Path) -> None:
    """Rows alone: no set is there whose files could be damaged."""
    found, problem = damaged(tmp_path, "reference", struck("flip-bit", Role.SET, acts=(Act(rows=10),)))
    assert (problem, found.played[DAMAGE], found.count[DAMAGE]) == (None, 1, {})


def test_rounds_are_those_of_the_seed() -> None:
    first = list(islice(damage.rounds(1), 40))
    assert first == list(islice(damage.rounds(1), 40))
    assert first != list(islice(damage.rounds(2), 40))
    assert {(one.kind, one.role) for one in first[:20]} == set(PAIRS)
    assert {one.clean for one in first} == {True, False}


# -- the damage itself -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "at", "after", "place"),
    [
        ("cut-file", 3, b"abc", 3),
        ("cut-file", 603, b"abc", 3),
        ("flip-bit", 2, b"abg" + b"d" * 597 + b"\0" * 400, 2),
        ("zero-sector", 599, b"abc" + b"d" * 509 + b"\0" * 488, 512),
        ("zero-sector", 4, b"\0" * 512 + b"d" * 88 + b"\0" * 400, 0),
    ],
)
def test_a_file_is_damaged_in_its_used_part(tmp_path: Path, kind: str, at: int, after: bytes, place: int) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"abc" + b"d" * 597 + b"\0" * 400)
    event = harm(path, FaultEvent(kind=kind, target="file", offset=at))
    assert event is not None
    assert (path.read_bytes(), event.offset) == (after, place)


def test_what_changes_nothing_is_no_damage(tmp_path: Path) -> None:
    empty, zeros = tmp_path / "empty", tmp_path / "zeros"
    empty.touch()
    zeros.write_bytes(bytes(600))
    (tmp_path / "link").symlink_to(zeros)
    assert [harm(empty, FaultEvent(kind=kind, target="empty", offset=5)) for kind in HARM if kind != "remove-file"] == [
        None
    ] * 3
    assert harm(zeros, FaultEvent(kind="zero-sector", target="zeros", offset=5)) is None
    assert harm(tmp_path / "link", FaultEvent(kind="remove-file", target="link")) is None
    assert harm(tmp_path, FaultEvent(kind="remove-file", target=".")) is None
    assert zeros.read_bytes() == bytes(600)


@pytest.mark.parametrize(
    ("path", "classified", "role"),
    [
        ("db/test.edb", "", "database"),
        ("db/edb.log", "", "log"),
        ("db/edb00000001.jtx", "", "log"),
        ("db/edb.chk", "", "checkpoint"),
        ("db/edbres00001.jrs", "", ""),
        ("db/000001.wal", "log", "log"),
        ("db/000001.wal", "", ""),
        ("db/edb.log", "reserve", ""),
        ("bk1/test.edb", "", "backup-database"),
        ("bk2/new/edb00000002.log", "", "backup-log"),
        ("bk1/000001.wal", "backup-log", "backup-log"),
        ("bk1/set", "other", "backup-other"),
        ("bk1/test.pat", "", "backup-other"),
    ],
)
def test_what_a_file_is_for(path: str, classified: str, role: str) -> None:
    assert role_of(path, classified) == role


# -- what the pages allow --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "code", "allowed"),
    [
        ("JetInit", -501, True),  # LogFileCorrupt
        ("JetInit", -533, True),  # CheckpointCorrupt
        ("JetInit", -1216, True),  # AttachedDatabaseMismatch
        ("JetInit", -1215, True),  # DatabaseSharingViolation
        ("JetAttachDatabase", -1215, False),
        ("JetAttachDatabase", -1206, True),  # DatabaseCorrupted
        ("JetRestoreInstance", -1023, True),  # InvalidPath
        ("JetInit", -1023, False),
        ("CountRows", -1018, True),  # ReadVerifyFailure
        ("JetInit", -4001, True),  # FileIOBeyondEOF, which the vocabulary does not name
        ("JetInit", -505, False),  # BackupInProgress
        ("JetInit", -1808, False),  # DiskFull
        ("JetInit", -1011, False),  # OutOfMemory
        ("JetInit", 0, False),
    ],
)
def test_a_code_refuses_damaged_files_or_speaks_of_something_else(call: str, code: int, allowed: bool) -> None:
    assert refuses(call, code) is allowed


def test_every_damage_is_in_the_atlas() -> None:
    assert all(row.citation for row in REFUSAL_ROWS)
    for kind, role in PAIRS:
        row = atlas(HARM[kind], role)
        assert row.citation
        assert Verdict.WRONG not in row.recovery | row.sets
        assert (Verdict.UP_TO in row.recovery) is (role is Role.LOG)
        assert Verdict.UP_TO not in row.sets
