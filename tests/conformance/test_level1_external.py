"""The systematic walk over streaming backups and snapshots, on engines that have them and on one that has not."""

from dataclasses import replace
from pathlib import Path

import pytest
from bench import HERE, laboratory
from jetconform.conformance.coverage import Coverage
from jetconform.conformance.walk import Walk
from jetconform.model.alphabet import (
    ABORT,
    BEGIN,
    CLOSE_FILE,
    END_ABORT,
    FREEZE,
    FULL,
    LOG_INFO,
    OPEN_FILE,
    OPEN_LOG,
    PREPARE,
    READ_REST,
    RUNNING,
    THAW,
    TRUNCATE,
)
from jetconform.model.cells import explore
from jetconform.model.domain import Domain

ORDER = (BEGIN, OPEN_FILE, READ_REST, CLOSE_FILE, LOG_INFO, OPEN_LOG, TRUNCATE, END_ABORT)
STREAM = Domain("stream", "a streaming backup", ORDER, RUNNING, (FULL,))
SESSION = Domain(
    "session", "a snapshot", (PREPARE, FREEZE, THAW, ABORT), RUNNING, (FULL,), faults=("snapshot-timeout",)
)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", f"{HERE}")


def walked(tmp_path: Path, domain: Domain, engine: str = "reference") -> Coverage:
    coverage = Coverage()
    with laboratory(tmp_path / "lab", engine) as lab:
        assert Walk(explore(lab.stepper, domain), lab, coverage).run()
    return coverage


@pytest.mark.parametrize("domain", [STREAM, SESSION], ids=lambda domain: str(domain.name))
def test_every_cell_that_the_reference_engine_can_be_brought_to_is_covered(domain: Domain, tmp_path: Path) -> None:
    coverage = walked(tmp_path, domain)
    assert len(coverage.known) > 15
    assert set(coverage.known) == coverage.covered
    assert not coverage.skipped
    assert not coverage.lacking


@pytest.mark.parametrize(
    ("domain", "capability", "offered"),
    [(STREAM, "streaming", 7), (SESSION, "snapshot", 4)],  # before a log is listed, none is the last of the set
)
def test_calls_that_an_engine_does_not_have_are_skipped_and_named_never_covered(
    domain: Domain, capability: str, offered: int, tmp_path: Path
) -> None:
    coverage = walked(tmp_path, domain, "python:faulty:bare")
    assert coverage.lacking >= {capability}
    assert coverage.lacking <= {capability, "expire_snapshot"}
    family = {cell for cell, label in coverage.known.items() if not label.startswith("JetBackupInstance")}
    assert len(family) == offered  # in the one state that such an engine can be in
    assert family == set(coverage.skipped)
    assert not family & coverage.covered
    assert set(coverage.skipped.values()) == {f"the engine has no {capability}"}
    assert coverage.covered  # JetBackupInstance itself was made


def test_a_domain_whose_set_up_needs_a_missing_call_is_not_walked(tmp_path: Path) -> None:
    coverage = walked(tmp_path, replace(STREAM, setup=(*RUNNING, BEGIN)), "python:faulty:bare")
    assert coverage.lacking == {"streaming"}
    assert not coverage.known
    assert not coverage.covered
