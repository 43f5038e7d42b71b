"""The folder regressions/: our engine passes all of it, a bug that comes back is found, and a rule that changed is told of."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
from bench import RUNNING, backup, laboratory
from jetconform.conformance.check import Request, check, replay
from jetconform.conformance.findings import load, load_regression, scheduled
from jetconform.conformance.history import History, Nonconformity
from jetconform.conformance.laboratory import Laboratory
from jetconform.conformance.schedules import level5
from jetconform.conformance.script import Step, play
from jetconform.conformance.stale import Record
from jetconform.conformance.trace import read, write
from jetconform.model.guards.documented import DOCUMENTED

ROOT = Path(__file__).parents[2]
SAVED = sorted((ROOT / "regressions").glob("*.jsonl"))
BUGS = [path for path in SAVED if path.name.startswith("engine-")]
IN_TESTS = (
    "init-twice", "invalid-path-renamed", "death-on-bad-option", "null-path-refused",
    "second-stop-undoes", "race-stop-unheard",
)  # fmt: skip
"""Of the bugs, those that the tests put in again: a process each."""


def request(engine: str, **options: object) -> Request:
    return msgspec.convert(
        {"engine": engine, "profile": "documented", "seed": 1, "call_timeout": 60.0} | options, Request
    )


def test_every_deviation_of_microsofts_engine_has_a_file() -> None:
    shown = {path.stem for path in (ROOT / "docs" / "differences").glob("*.jsonl")}
    assert len(shown) > 40
    assert {path.stem.removeprefix("microsoft-") for path in SAVED if path not in BUGS} == shown


def test_none_is_stale_and_each_says_what_it_is_about() -> None:
    record = Record(DOCUMENTED, "documented")
    for path in SAVED:
        trace = read(path)
        name = path.stem.partition("-")[2]
        assert trace.header.profile == "documented", path.name
        assert (trace.header.scenario or "").startswith(f"{name}: "), path.name
        assert not record.is_stale(trace), path.name


def test_the_reference_engine_passes_all(tmp_path: Path) -> None:
    with laboratory(tmp_path) as lab:
        lab.effects = lab.effects_judge()
        for path in SAVED:
            trace, script = load_regression(path)
            made = scheduled(trace)
            if made is not None:
                _, finding = level5.replay(lab, *made)
                assert finding is None, path.name
            elif script:
                with lab.history() as history:
                    play(script, history)


@pytest.mark.parametrize("name", IN_TESTS)
def test_a_bug_that_comes_back_is_found(name: str) -> None:
    trace, script = load(ROOT / "regressions" / f"engine-{name}.jsonl")
    report = replay(request(f"mutant:{name}"), script, trace=trace)
    assert report.verdict == "does-not-conform"


def test_a_record_that_is_allowed_by_now_is_stale() -> None:
    path = ROOT / "regressions" / "engine-init-twice.jsonl"
    record = Record(DOCUMENTED, "documented")
    trace = read(path)
    wrong = trace.events[-1]
    msgspec.structs.force_setattr(wrong, "err", -1030)  # as if the page allowed what was returned
    assert record.is_stale(trace)
    assert not record.is_stale(read(path)), "what the page forbids"
    hang = {"kind": "hang", "profile": "documented"}
    trace.header.explanation = hang
    assert not record.is_stale(trace), "what hung is judged by making it again"
    trace.header.profile = "ese"
    assert not record.is_stale(trace), "another profile rejected it"


@pytest.mark.parametrize(("clause", "stale"), [("BI.nothing-new", False), ("BI.renamed-since", True)])
def test_a_clause_that_is_gone_is_told_of(clause: str, stale: bool) -> None:
    trace = read(ROOT / "regressions" / "engine-init-twice.jsonl")
    trace.header.explanation = {"kind": "effect", "reason": f"clause {clause}, on failure: text"}
    assert Record(DOCUMENTED, "documented").is_stale(trace) is stale


def test_the_scorecard_counts_what_was_replayed_and_tells_of_what_is_stale(tmp_path: Path) -> None:
    folder = tmp_path / "regressions"
    folder.mkdir()
    shutil.copy(
        ROOT / "regressions" / "microsoft-log-of-another-size.jsonl", folder
    )  # no engine can be made to repeat it
    shutil.copy(ROOT / "regressions" / "engine-init-twice.jsonl", folder)
    trace = read(folder / "engine-init-twice.jsonl")
    msgspec.structs.force_setattr(trace.events[-1], "err", -1030)
    write(folder / "stale.jsonl", trace.header, trace.events)
    card = check(request("reference", budget=0.000001, regressions=str(folder)), folder=folder)
    assert "; 2 regressions replayed; 1 judged by their record alone" in card.levels[0].guarantee
    assert card.stale == ["stale.jsonl: the profile no longer rejects what was recorded"]


def test_a_finding_is_saved_before_it_is_reduced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Interrupted in the middle of the reduction, the folder has the history as it was found."""
    findings = tmp_path / "findings"
    monkeypatch.syspath_prepend(ROOT)
    script = (*RUNNING, backup(3, "missing"), backup(4, None))
    with laboratory(tmp_path / "lab", "python:examples.broken:factory") as lab:
        lab.findings = findings
        monkeypatch.setattr(lab, "failing", _interrupted)
        with lab.history() as history, pytest.raises(KeyboardInterrupt):
            _fail_and_reduce(lab, history, script)
        [saved] = findings.iterdir()
        assert read(saved).events == history.events


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def _fail_and_reduce(lab: Laboratory, history: History, script: Sequence[Step]) -> None:
    try:
        play(script, history)
    except Nonconformity as problem:
        lab.reduce(history, problem, level=1)
