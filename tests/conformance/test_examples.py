"""The example engines behind the process protocol: what they have conforms, and a bug that is put into them is found."""

import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from jetconform.conformance import level1, levels
from jetconform.conformance.folders import Workspace
from jetconform.conformance.journal import Journal
from jetconform.conformance.level1 import Report
from jetconform.conformance.worker import Job
from jetconform.model.alphabet import CREATE, FULL, INCREMENT, INIT, INSERT, RUNNING, TERM
from jetconform.model.calls import Stage
from jetconform.model.domain import Domain, Hold

EXAMPLES = Path(__file__).parents[2] / "examples"
TINY = Domain("tiny", "an instance comes and goes", (CREATE, INIT, TERM, FULL))
WRITTEN = Domain("written", "backups of what was written", (FULL, INCREMENT, INSERT, TERM), RUNNING)
HELD = Domain(
    "held", "a backup in its callback", (FULL, INSERT), RUNNING, (TERM,), (Hold(FULL, "callback:1", Stage.DATABASES),)
)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(level1, "DOMAINS", (TINY, WRITTEN, HELD))
    monkeypatch.setattr(level1, "BATCHES", 0)
    monkeypatch.setattr(levels, "set_hypothesis_home_dir", lambda _: None)  # of this process: it outlives the test


def checked(tmp_path: Path, *command: object) -> Report:
    journal = Journal(tmp_path / "journal.jsonl")
    engine = "process:" + shlex.join(map(str, command))
    try:
        job = Job(task="check", engine=engine, options={"seed": 1, "call_timeout": 60.0})
        with Workspace() as workspace:
            return msgspec.convert(levels.run(job, journal, workspace), Report, strict=False)
    finally:
        journal.close()


def broken(source: Path, folder: Path, good: str, bad: str) -> Path:
    """A copy of that source with a bug in it."""
    text = source.read_text(encoding="utf-8")
    assert text.count(good) == 1
    copy = folder / source.name
    copy.write_text(text.replace(good, bad), encoding="utf-8")
    return copy


def observed(report: Report) -> tuple[str, str, str]:
    assert report.finding is not None
    assert report.finding.minimal
    return report.verdict, report.finding.explanation.call, report.finding.explanation.observed


# -- in Python -----------------------------------------------------------------------------------------------------------


def test_the_skeleton_conforms_in_what_it_has(tmp_path: Path) -> None:
    report = checked(tmp_path, sys.executable, EXAMPLES / "skeleton_engine.py")
    assert (report.verdict, report.lacking) == ("conforms", ["callback"])
    assert report.cells_covered == report.cells_reachable > 20


def test_a_bug_in_the_skeleton_is_found(tmp_path: Path) -> None:
    source = EXAMPLES / "skeleton_engine.py"
    bug = broken(source, tmp_path, "return MISSING_FULL", "return SUCCESS")
    found = observed(checked(tmp_path, sys.executable, bug))
    assert found == ("does-not-conform", "JetBackupInstance(missing, Incremental)", "0 Success")


def test_the_skeleton_is_short_and_needs_nothing() -> None:
    lines = (EXAMPLES / "skeleton_engine.py").read_text(encoding="utf-8").splitlines()
    assert len(lines) < 150
    imported = {line for line in lines if line.startswith(("import ", "from "))}
    assert imported == {"import json", "import shutil", "import sys", "from pathlib import Path"}


def test_what_an_engine_does_not_have_is_not_exercised(tmp_path: Path) -> None:
    source = EXAMPLES / "skeleton_engine.py"
    less = broken(source, tmp_path, 'call = getattr(engine, message["call"], None)', "call = None")
    report = checked(tmp_path, sys.executable, less)
    assert (report.verdict, report.cells_covered) == ("conforms", 0)
    assert {"JetCreateInstance", "JetInit", "JetTerm", "JetBackupInstance"} <= set(report.lacking)
    assert len(report.not_exercised) == report.cells_reachable > 0


# -- in C++ --------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def stub(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled(EXAMPLES / "cpp" / "stub_engine.cpp", tmp_path_factory.mktemp("stub") / "stub")


def compiled(source: Path, program: Path) -> Path:
    compiler = shutil.which("g++") or shutil.which("clang++")
    if compiler is None:
        pytest.skip("there is no C++ compiler here")
    options = ["-std=c++17", "-Wall", "-Wextra", "-Werror", "-pthread", f"-I{EXAMPLES / 'cpp'}"]
    subprocess.run([compiler, *options, "-o", str(program), str(source)], check=True)
    return program


def test_the_stub_conforms_and_is_held_in_its_callback(stub: Path, tmp_path: Path) -> None:
    report = checked(tmp_path, stub)
    assert (report.verdict, report.lacking) == ("conforms", [])
    assert report.cells_covered == report.cells_reachable > 30
    assert -505 in report.codes_seen  # what a second backup is told


def test_the_stub_says_what_the_page_says(stub: Path, tmp_path: Path) -> None:
    (tmp_path / "bk1").mkdir()
    page = (EXAMPLES.parent / "docs" / "protocol.md").read_text(encoding="utf-8")
    transcript = page.partition("```transcript\n")[2].partition("```")[0].replace("/tmp/one", str(tmp_path))
    with subprocess.Popen([stub], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for line in transcript.splitlines():
            if line.startswith("> "):
                process.stdin.write(line[2:] + "\n")
            else:
                assert json.loads(process.stdout.readline()) == json.loads(line[2:])
    assert process.returncode == 0


def test_a_bug_in_the_stub_is_found(tmp_path: Path) -> None:
    source = EXAMPLES / "cpp" / "stub_engine.cpp"
    bug = broken(source, tmp_path, "if (state == Success && backing_up) return BackupInProgress;", "")
    found = observed(checked(tmp_path, compiled(bug, tmp_path / "stub")))
    assert found == ("does-not-conform", "JetTerm()", "0 Success")
