"""The plugin of pytest, run by a pytest of its own on a file of tests as a user would write it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FINDING = ROOT / "examples" / "two_clients.jsonl"

SUITE = """
from pathlib import Path
from jetconform.conformance.testing import ConformanceSuite

class TestEngine(ConformanceSuite):
    engine = "python:examples.broken:factory"
    levels = (1,)
    regressions = Path(__file__).parent / "saved"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a file of tests and one saved finding."""
    (tmp_path / "test_engine.py").write_text(SUITE, encoding="utf-8")
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved" / "two.jsonl").write_bytes(FINDING.read_bytes())
    return tmp_path


def run(project: Path, *options: str) -> tuple[int, str]:
    """The status and the output of pytest on the project."""
    command = [sys.executable, "-m", "pytest", str(project), "-p", "no:cacheprovider", "--color=no", *options]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=300, check=False, encoding="utf-8")
    return ran.returncode, ran.stdout + ran.stderr


def test_a_level_fails_with_the_history_and_no_traceback(project: Path) -> None:
    status, said = run(project, "-k", "level")
    assert status == 1
    assert "TestEngine.test_level[1-codes]" in said
    assert "JetBackupInstance(path null, full) → -505 BackupInProgress  ✗" in said
    assert "allowed  0 Success" in said
    assert "BI.ok-null" in said
    assert re.search(r"again: +jetconform replay \S+\.jsonl --engine python:examples.broken:factory", said)
    assert "Traceback" not in said
    assert "conformance/testing.py" not in said
    assert re.search(r"^=+ jetconform =+$\ndoes-not-conform level 1 codes, engine python:examples.broken", said, re.M)
    assert len(list((project / "saved").iterdir())) == 2  # what was found is a regression from now on


def test_a_regression_fails_on_the_engine_that_has_it_and_passes_on_another(project: Path) -> None:
    status, said = run(project, "-k", "regression")
    assert status == 1
    assert "TestEngine.test_regression[two.jsonl]" in said
    assert "call 6, JetBackupInstance(null, full): -505 BackupInProgress" in said
    status, said = run(project, "-k", "regression", "--jet-engine", "reference", "-n", "2")
    assert status == 0
    assert "conforms        regression two.jsonl, engine reference, profile documented, seed 1" in said


def test_options_come_before_what_the_class_says(project: Path) -> None:
    status, said = run(project, "--collect-only", "-q", "--jet-level", "3")
    assert status == 0
    assert re.findall(r"test_level\[(\S+)\]", said) == ["1-codes", "2-effects", "3-restorability"]


def test_wrong_input_is_one_line(project: Path) -> None:
    status, said = run(project, "-k", "regression", "--jet-profile", "mine")
    assert status == 1
    assert "jetconform: profile 'mine' is not known: known are documented, ese" in said
    assert "Traceback" not in said


def test_a_run_without_such_tests_says_nothing_of_it(tmp_path: Path) -> None:
    (tmp_path / "test_other.py").write_text("def test_it() -> None:\n    pass\n", encoding="utf-8")
    status, said = run(tmp_path)
    assert status == 0
    assert "jetconform =" not in said
