"""Level 2: effects judged along the walk; what is found is reduced, and the clause is cited."""

from pathlib import Path

import pytest
from bench import HERE, Recording, laboratory
from jetconform.conformance import level2, levels
from jetconform.conformance.check import Request, replay
from jetconform.conformance.clauses import DOCUMENTED_CHECKS
from jetconform.conformance.effects import EffectsJudge
from jetconform.conformance.effects_documented import CHECKS
from jetconform.conformance.findings import load, save
from jetconform.conformance.level1 import Options, Report
from jetconform.conformance.trace import CallEvent
from jetconform.model.alphabet import BACKED_UP, FULL, INCREMENT, INSERT, RUNNING, STOP_BACKUP_CALL, backup
from jetconform.model.calls import Place, Stage
from jetconform.model.domain import Domain, Hold
from jetconform.model.effects import CLAUSES

AT = (
    Hold(FULL, "callback:1", Stage.DATABASES),
    Hold(FULL, "truncate", Stage.TRUNCATING),
    Hold(backup(Place.ATOMIC_SET, 4), "callback:1", Stage.DATABASES),
)
KINDS = Domain(
    "kinds",
    "a backup of each kind",
    (FULL, INCREMENT, INSERT, backup(Place.NULL), backup(Place.MISSING)),
    BACKED_UP,
    depth=2,
)
STOPPED = Domain(
    "stopped",
    "a backup that is stopped",
    (STOP_BACKUP_CALL,),
    (*RUNNING, backup(Place.EMPTY, 4), INSERT),
    holds=AT,
)


@pytest.fixture(autouse=True)
def _small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two small domains, no fixed histories; child processes find the engines of these tests; no file stays."""
    monkeypatch.setattr(level2, "DOMAINS", (KINDS, STOPPED))
    monkeypatch.setattr(level2, "WALKED", frozenset({"kinds", "stopped"}))
    monkeypatch.setattr(level2, "FIXED", ())
    monkeypatch.setattr(levels, "sample", lambda *_: None)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", f"{HERE}")


def run(tmp_path: Path, engine: str = "reference", profile: str = "documented") -> tuple[Report, Recording]:
    with laboratory(tmp_path / "lab", engine, profile) as lab:
        report = levels.run_levels(lab, Options(profile=profile, seed=1, levels=(2,)))
    return report, lab


def test_the_reference_engine_keeps_every_clause(tmp_path: Path) -> None:
    report, lab = run(tmp_path)
    (level,) = report.levels
    assert report.finding is None
    assert (level.level, level.name, level.verdict) == (2, "effects", "conforms")
    families = {f"clause {clause}" for clause in DOCUMENTED_CHECKS if not clause.startswith("BI.")}
    assert set(level.not_exercised) == families  # the two domains have none of their calls
    assert level.calls == lab.calls > 50
    assert all(clause in level.guarantee for clause in CHECKS if clause.startswith("BI."))


def test_clauses_on_what_an_engine_does_not_show_are_not_exercised(tmp_path: Path) -> None:
    report, _ = run(tmp_path, "python:deep:blind")
    (level,) = report.levels
    assert (report.finding, level.verdict) == (None, "conforms")
    hidden = {clause for clause, checks in CHECKS.items() if all(judged.needs for judged in checks)}
    assert hidden == {
        "BI.logs-kept", "BI.full", "BI.incremental", "BI.headers", "BI.rolled", "BI.truncated", "BI.events",
        "RI.events",
    }  # fmt: skip
    assert {f"clause {one}" for one in hidden} <= set(level.not_exercised)
    shown = {f"clause {one}" for one in CHECKS if one.startswith("BI.") and one not in hidden}
    assert not shown & set(level.not_exercised)


@pytest.mark.parametrize(
    ("engine", "clause", "observed", "calls"),
    [
        ("leaves_file", "BI.nothing-new", "partial.edb is new in the destination", 4),
        ("truncates_on_failure", "BI.logs-kept", "was deleted, but the backup failed", None),
        ("forgets_header", "BI.headers", "fullPrev in the header of db/test.edb was not set", 5),
        ("null_writes", "BI.null", "test.pat was written, although no path was given", 3),
    ],
)
def test_a_bug_is_found_reduced_and_its_clause_cited(
    engine: str, clause: str, observed: str, calls: int | None, tmp_path: Path
) -> None:
    report, _ = run(tmp_path, f"python:deep:{engine}")
    finding = report.finding
    assert finding is not None
    assert (finding.level, finding.minimal, finding.explanation.kind) == (2, True, "effect")
    assert report.levels[0].verdict == "does-not-conform"
    assert observed in finding.explanation.observed
    cited = next(one for one in CLAUSES["documented"] if one.id == clause)
    assert f"clause {clause}, on {cited.when.value}: {cited.text} [{cited.citation}]" == finding.explanation.reason
    made = [event.call for event in finding.events if isinstance(event, CallEvent)]
    assert len(made) <= 12
    assert calls is None or len(made) == calls, made
    assert 0 < finding.calls_before < report.calls


def test_a_saved_finding_is_judged_by_its_effects_when_it_is_made_again(tmp_path: Path) -> None:
    """By replay and as a regression: else it would conform, for its codes are right."""
    report, _ = run(tmp_path, "python:deep:null_writes")
    assert report.finding is not None
    folder = tmp_path / "findings"
    _, script = load(save(report.finding, folder))
    request = Request(engine="python:deep:null_writes", profile="documented", seed=1)
    again = replay(request, script)
    assert (again.verdict, again.finding and again.finding.explanation.kind) == ("does-not-conform", "effect")
    assert replay(Request(engine="reference", profile="documented", seed=1), script).verdict == "conforms"
    with laboratory(tmp_path / "again", "python:deep:null_writes") as lab:
        found = levels.run_levels(lab, Options(seed=1, levels=(2,), regressions=str(folder)))
    assert found.finding is not None
    assert found.finding.explanation.reason.startswith("clause BI.null")
    assert found.histories_replayed == 0
    with laboratory(tmp_path / "good") as lab:
        found = levels.run_levels(lab, Options(seed=1, levels=(2,), regressions=str(folder)))
        assert lab.effects is None
    assert (found.finding, found.histories_replayed) == (None, 1)


def test_the_other_profile_has_no_effects_to_judge(tmp_path: Path) -> None:
    report, lab = run(tmp_path, profile="ese")
    assert [(level.verdict, level.calls) for level in report.levels] == [("not-exercised", 0)]
    assert lab.calls == 0


def test_the_budget_ends_the_walk_and_nothing_is_promised(tmp_path: Path) -> None:
    with laboratory(tmp_path / "lab") as lab:
        lab.budget = 0.0
        assert level2.walk(lab, EffectsJudge(frozenset())) == (False, None)
        report = levels.run_levels(lab, Options(seed=1, levels=(2,)))
    assert [level.verdict for level in report.levels] == ["unknown"]


WRITES = """
[writes-without-a-path]
harm = "data"
reason = "A backup without a path leaves a file."
source = "backup.py"
page = "A null path writes no file (BI Parameters)."
hurts = "Whoever looks into the folder."
replaces = ["BI.null"]

[other]
harm = "code"
reason = "Is not exercised here."
source = "snapshot.py"
page = "OP"
hurts = "Nobody."
replaces = ["OZ.unchanged"]
"""


@pytest.mark.parametrize(
    ("engine", "healed"), [("python:deep:null_writes", []), ("reference", ["writes-without-a-path"])]
)
def test_a_deviation_that_is_a_clause_is_seen_or_healed(engine: str, healed: list[str], tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    clause = next(one.id for one in CLAUSES["documented"] if one.id.startswith("OZ."))
    file.write_text(WRITES.replace("OZ.unchanged", clause), encoding="utf-8")
    report, _ = run(tmp_path, engine, f"documented+{file}")
    assert (report.finding, report.levels[0].verdict) == (None, "conforms")
    seen = report.deviations
    assert seen is not None
    assert (set(seen.effects), seen.healed, seen.not_exercised) == (
        {"writes-without-a-path"} - set(healed),
        healed,
        ["other"],
    )
    assert not any(one.startswith("clause ese/") for one in report.levels[0].not_exercised)
