"""Level 6 on any engine: a backup to a full or read-only destination fails, and leaves everything as it was."""

import os
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
from bench import HERE, laboratory
from jetconform.conformance import cli, volumes
from jetconform.conformance.environment import change_files
from jetconform.conformance.faults import places
from jetconform.conformance.faults.any_engine import Sample, sample
from jetconform.conformance.faults.client import Act
from jetconform.conformance.faults.places import Round
from jetconform.conformance.findings import save
from jetconform.conformance.folders import Workspace
from jetconform.conformance.history import Nonconformity
from jetconform.conformance.level3_scenarios import ATOMIC, BOTH, FULL, INCREMENTAL
from jetconform.conformance.trace import FaultEvent
from planned import planned, played

PLACE = "a bad place"
SERVED = f"process:{sys.executable} {HERE / 'served.py'}"
ROWS = (Act(rows=120),)


def can_mount() -> bool:
    """Whether a file system can be mounted here, as the harness does it."""
    with Workspace() as workspace:
        return volumes.change("own-disk", workspace.fresh())


needs_mount = pytest.mark.skipif(
    not can_mount(), reason="no file system can be mounted here: that takes root, on Linux"
)


def placed(folder: Path, spec: str, *plans: Round) -> tuple[Sample, Nonconformity | None]:
    return played(folder, spec, PLACE, *plans)


def full(struck: int, *, before: int | None = None, rows: int = 60, left: int = 0) -> Round:
    return Round(ROWS, "fill-disk", struck, before, rows, left)


def mounted(folder: Path) -> list[str]:
    """What is mounted below a folder."""
    places = (line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines())
    return [place for place in places if place.startswith(f"{folder.resolve()}/")]


@needs_mount
def test_the_reference_engine_fails_there_and_nowhere_else(tmp_path: Path) -> None:
    plans = [
        Round(ROWS, kind, struck, before, 60, 0)
        for kind in ("fill-disk", "seal-disk")
        for struck, before in (
            (FULL, None),
            (ATOMIC, None),
            (FULL, FULL),
            (ATOMIC, ATOMIC),
            (INCREMENTAL, FULL),
            (BOTH, ATOMIC),
        )
    ]
    found, problem = placed(tmp_path, "reference", *plans)
    assert problem is None
    assert found.played[PLACE] == 12
    counted = found.count[PLACE]
    assert (counted["full refused"], counted["read-only refused"]) == (6, 6)
    assert counted["sets restored"] + counted["sets refused that may be"] == 20
    assert not found.missed


@needs_mount
def test_so_does_the_reference_engine_as_a_process(tmp_path: Path) -> None:
    plans = (full(ATOMIC, before=ATOMIC), replace(full(FULL), kind="seal-disk"), full(FULL, left=32 << 20))
    found, problem = placed(tmp_path, f"{SERVED} callbacks", *plans)
    assert problem is None
    assert found.count[PLACE] == {
        "full refused": 1, "read-only refused": 1, "full and room enough": 1, "rows compared": 1440, "sets restored": 5,
    }  # fmt: skip


@needs_mount
@pytest.mark.parametrize(
    ("engine", "plan", "kind", "says"),
    [
        ("boasts", full(FULL), "effect", "not the completion"),
        ("boasts", replace(full(ATOMIC), kind="seal-disk"), "rejected", "JetRestoreInstance: -1811 FileNotFound"),
        ("says_busy", full(FULL), "rejected", "JetBackupInstance: -505 BackupInProgress"),
        ("leaves_half", full(FULL), "effect", "vol/bk/half.edb is new in the destination"),
        ("drops_earlier", full(ATOMIC, before=ATOMIC), "effect", "of the earlier set, is gone"),
        ("truncates", full(FULL, rows=3000), "effect", "was deleted, but the backup failed"),
        ("never_again", full(FULL), "rejected", "JetBackupInstance: -1808 DiskFull"),
    ],
)
def test_a_bug_is_found(tmp_path: Path, engine: str, plan: Round, kind: str, says: str) -> None:
    _, problem = placed(tmp_path, f"python:careless:{engine}", plan)
    assert problem is not None
    assert problem.kind == kind
    assert says in str(problem)
    assert mounted(tmp_path) == []


@needs_mount
def test_a_finding_is_reduced_and_made_again_where_a_file_system_can_be_mounted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PYTHONPATH", f"{HERE}")
    spec = "python:careless:leaves_half"
    with laboratory(tmp_path / "work", spec) as lab:
        failed = sample(lab, 1, Sample(), planned(PLACE, full(ATOMIC, before=ATOMIC)))
        assert failed is not None
        finding = lab.reduce(*failed, level=6)
    assert finding.minimal
    assert finding.explanation.reason.startswith("clause BI.nothing-new, on failure: ")
    assert finding.explanation.reason.endswith("a read-only one by any other user, too")
    kinds = [event.kind for event in finding.events if isinstance(event, FaultEvent)]
    assert kinds == ["make-directory", "own-disk", "make-directory", "fill-disk"]
    path = save(finding, tmp_path / "findings")
    assert cli.main(["replay", str(path), "--engine", spec]) == 1
    assert cli.main(["replay", str(path), "--engine", "reference"]) == 0
    capsys.readouterr()
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))  # there is no `mount`
    assert cli.main(["replay", str(path), "--engine", spec]) == 3
    assert "a full disk is made again only by root on Linux, where it can be mounted" in " ".join(
        capsys.readouterr().out.split()
    )
    assert mounted(tmp_path) == []


def test_where_nothing_can_be_mounted_it_is_not_exercised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(volumes, "_run", lambda *_: False)
    monkeypatch.setattr(volumes, "is_root", lambda: True)
    found, problem = placed(tmp_path, "reference", full(FULL), replace(full(FULL), kind="seal-disk"))
    assert (problem, found.played[PLACE]) == (None, 0)
    assert list(found.missed) == [
        "a full destination: no file system can be mounted here, which takes root and Linux",
        "a read-only destination: no file system can be mounted here, and rights do not bind this user",
    ]
    assert found.guarantee == "sampled: "


def test_without_a_mount_a_folder_is_write_protected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(volumes, "is_root", lambda: False)
    (tmp_path / "vol" / "bk").mkdir(parents=True)
    assert change_files(tmp_path, "own-disk", "vol") is None
    assert change_files(tmp_path, "fill-disk", "vol", at=0) is None
    assert change_files(tmp_path, "seal-disk", "vol") == FaultEvent(kind="seal-disk", target="vol")
    assert [oct(path.stat().st_mode)[-3:] for path in (tmp_path / "vol", tmp_path / "vol" / "bk")] == ["555", "555"]
    assert change_files(tmp_path, "mend-disk", "vol") == FaultEvent(kind="mend-disk", target="vol")
    assert [oct(path.stat().st_mode)[-3:] for path in (tmp_path / "vol", tmp_path / "vol" / "bk")] == ["755", "755"]


# -- file systems of their own ---------------------------------------------------------------------------------------------


@pytest.fixture
def root() -> Iterator[Path]:
    with Workspace() as workspace:
        yield workspace.fresh()
    assert not workspace.folder.exists()
    assert mounted(workspace.folder) == []


@needs_mount
def test_a_disk_is_full_read_only_and_whole_again(root: Path) -> None:
    volume = root / "vol"
    volume.mkdir()
    assert change_files(root, "own-disk", "vol") == FaultEvent(kind="own-disk", target="vol")
    (volume / "first").write_bytes(bytes(10_000))
    assert change_files(root, "fill-disk", "vol", at=65_536) == FaultEvent(kind="fill-disk", target="vol", size=65_536)
    (volume / "fits").write_bytes(bytes(65_536))
    with pytest.raises(OSError, match="No space left"):
        (volume / "second").write_bytes(bytes(4096))
    assert change_files(root, "seal-disk", "vol") is not None
    with pytest.raises(OSError, match="Read-only"):
        (volume / "fits").unlink()
    assert change_files(root, "mend-disk", "vol") is not None
    (volume / "second").write_bytes(bytes(1 << 20))


@needs_mount
def test_nothing_is_mounted_twice_over_files_or_outside(root: Path) -> None:
    (root / "used").mkdir()
    (root / "used" / "file").touch()
    (root / "vol").mkdir()
    (root / "link").symlink_to(root / "vol")
    assert change_files(root, "own-disk", "used") is None
    assert change_files(root, "own-disk", "missing") is None
    with pytest.raises(ValueError, match="not below the root"):
        change_files(root, "own-disk", "link")
    with pytest.raises(ValueError, match="not below the root"):
        change_files(root, "own-disk", "../other")
    assert change_files(root, "own-disk", "vol") is not None
    assert change_files(root, "own-disk", "vol") is None
    assert mounted(root) == [str(root / "vol")]


@needs_mount
def test_a_busy_disk_is_unmounted_all_the_same() -> None:
    with Workspace() as workspace:
        place = workspace.fresh()
        (place / "a blank").mkdir()
        assert change_files(place, "own-disk", "a blank") is not None
        with (place / "a blank" / "open").open("wb") as file:
            workspace.discard(place)
            assert not place.exists()
            file.write(b"into the void")
        assert mounted(workspace.folder) == []


@needs_mount
def test_what_a_killed_worker_mounted_is_unmounted_by_who_owns_the_workspace() -> None:
    with Workspace() as workspace:
        place = workspace.fresh()
        (place / "vol").mkdir()
        child = os.fork()
        if not child:
            change_files(place, "own-disk", "vol")
            os._exit(0)
        os.waitpid(child, 0)
        assert mounted(place) == [str(place / "vol")]
    assert mounted(workspace.folder) == []


def test_rounds_are_those_of_the_seed() -> None:
    first = list(islice(places.rounds(1), 60))
    assert first == list(islice(places.rounds(1), 60))
    assert first != list(islice(places.rounds(2), 60))
    assert [one.kind for one in first[:4]] == ["fill-disk", "seal-disk", "fill-disk", "seal-disk"]
    assert {((one.struck, one.before), one.kind) for one in first[:12]} == set(places.PAIRS)
    assert [one.left == 0 for one in first[:4]] == [True, True, False, False]


@needs_mount
def test_a_check_counts_all_three(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", f"{HERE}")
    assert cli.main(["check", "--engine", "python:faulty:bare", "--only-level", "6"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert re.search(
        r"sampled: \d+ histories with a kill: .*; \d+ histories with a damaged file: .*; \d+ histories with a bad place",
        said,
    )
