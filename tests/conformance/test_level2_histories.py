"""The fixed histories of level 2: played whole on the reference engine, and what they find of bugs that the walk passes by."""

from pathlib import Path

import pytest
from bench import HERE, laboratory
from jetconform.conformance import level2, levels
from jetconform.conformance.level1 import Options, Report
from jetconform.conformance.level2_histories import FIXED, Fixed, play
from jetconform.conformance.trace import CallEvent, ReturnEvent
from jetconform.model.alphabet import FREEZE, INSERT, PREPARE, RUNNING, THAW


def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: str) -> Report:
    """Level 2 with the fixed histories alone."""
    monkeypatch.setattr(level2, "DOMAINS", ())
    monkeypatch.setattr(levels, "sample", lambda *_: None)
    monkeypatch.setenv("PYTHONPATH", f"{HERE}")
    with laboratory(tmp_path / "lab", engine) as lab:
        return levels.run_levels(lab, Options(seed=1, levels=(2,)))


def test_the_reference_engine_keeps_the_clauses_of_both_families(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = run(tmp_path, monkeypatch, "reference")
    (level,) = report.levels
    assert (report.finding, level.verdict) == (None, "conforms")
    assert [one for one in level.not_exercised if one[len("clause ") :][:2] in ("XB", "XE", "TR", "SN", "OZ")] == []
    assert level.calls >= sum(len(fixed.calls) for fixed in FIXED)


def test_every_call_of_every_history_is_made(tmp_path: Path) -> None:
    with laboratory(tmp_path / "lab") as lab:
        for fixed in FIXED:
            with lab.history(fixed.name) as history:
                play(fixed, history)
                assert history.calls >= len(fixed.calls), fixed.name
                assert history.open_calls() == (), fixed.name


@pytest.mark.parametrize(
    ("engine", "clause", "observed", "last"),
    [
        ("truncates_unasked", "SN.oldest", "log generation 1 was deleted", "JetOSSnapshotTruncateLog"),
        ("abort_truncates", "SN.logs-kept", "log generation 1 was deleted", "JetOSSnapshotAbort"),
        ("inserts_while_frozen", "OZ.frozen", "db/edb.log was written, although it is frozen", "Insert"),
    ],
)
def test_a_bug_of_a_snapshot_is_found_and_reduced(
    engine: str, clause: str, observed: str, last: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finding = run(tmp_path, monkeypatch, f"python:deep:{engine}").finding
    assert finding is not None
    assert (finding.minimal, finding.explanation.observed) == (True, observed)
    assert finding.explanation.reason.startswith(f"clause {clause},")
    made = [event.call for event in finding.events if isinstance(event, CallEvent)]
    assert len(made) <= 10
    assert made[-1] == last


def test_a_write_waits_for_the_thaw_and_the_history_goes_on(tmp_path: Path) -> None:
    with laboratory(tmp_path / "lab") as lab, lab.history() as history:
        play(Fixed("one", (*RUNNING, PREPARE, FREEZE, INSERT, THAW, INSERT)), history)
        order = [
            (type(event).__name__[0], event.id)
            for event in history.events
            if isinstance(event, CallEvent | ReturnEvent)
        ]
    written, thawed = len(RUNNING) + 3, len(RUNNING) + 4
    assert order.index(("C", thawed)) < order.index(("R", written))
    assert history.returned(written) == 0


def test_what_only_a_thaw_lets_go_is_not_waited_for_at_the_end(tmp_path: Path) -> None:
    with laboratory(tmp_path / "lab") as lab, lab.history() as history:
        play(Fixed("no thaw", (*RUNNING, PREPARE, FREEZE, INSERT)), history)
        assert history.open_calls() == (len(RUNNING) + 3,)
