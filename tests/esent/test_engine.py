"""`--engine esent:LIBRARY` and `jetconform esent build`: what they find, and what they say of what is not there."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import compiler
from jetconform.conformance.cli import main
from jetconform.conformance.engines.esent import build

Stub = Callable[..., Path]


HISTORY = (
    {"event": "call", "client": "A", "call": "JetCreateInstance", "args": {"instance": "i1"}},
    {"event": "call", "client": "A", "call": "JetInit", "args": {"instance": "i1"}},
    {"event": "call", "client": "A", "call": "JetBeginSession", "args": {"instance": "i1", "session": "s1"}},
    {
        "event": "call",
        "client": "A",
        "call": "JetCreateDatabase",
        "args": {"session": "s1", "database": "d1", "path": "db/test.edb"},
    },
    {"event": "call", "client": "A", "call": "Insert", "args": {"session": "s1", "database": "d1", "rows": 70}},
    {
        "event": "call",
        "client": "A",
        "call": "JetBackupInstance",
        "args": {"instance": "i1", "path": "bk1", "grbit": 0},
    },
    {"event": "fault", "kind": "make-directory", "target": "bk1"},
    {
        "event": "call",
        "client": "B",
        "call": "JetBackupInstance",
        "args": {"instance": "i1", "path": "bk1", "grbit": 0},
    },
    {"event": "call", "client": "A", "call": "CountRows", "args": {"session": "s1", "database": "d1"}},
)
"""A backup to a folder that is not there, and one to the same folder when it is there."""


def replayed(library: Path, folder: Path) -> int:
    """The exit status of a replay of HISTORY on that library."""
    lines: list[dict[str, Any]] = [{"trace": 1, "engine": "stub", "scenario": "two backups"}]
    for number, event in enumerate(HISTORY, 1):
        lines.append({**event, "id": number} if event["event"] == "call" else event)
        if event["event"] == "call":
            lines.append({"event": "return", "id": number, "err": 0})
    trace = folder / "trace.jsonl"
    trace.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return main(["replay", str(trace), "--engine", f"esent:{library}"])


@pytest.fixture(autouse=True)
def _there(workplace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(workplace)


def test_the_stub_keeps_the_contract(stub: Stub, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert replayed(stub(), tmp_path) == 0
    assert "conforms" in capsys.readouterr().out


def test_a_planted_bug_breaks_it(stub: Stub, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert replayed(stub("BUG_UNCLEAN"), tmp_path) == 1
    assert "-505 BackupInProgress" in capsys.readouterr().out


def test_a_crash_of_the_library_is_found(stub: Stub, workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    card = workplace / "card.json"
    engine = f"esent:{stub('BUG_CRASH')}"
    assert main(["check", "--engine", engine, "--seed", "1", "--only-level", "1", "--json", str(card)]) == 1
    events = json.loads(card.read_bytes())["finding"]["events"]
    assert [event["call"] for event in events if event["event"] == "call"] == [
        "JetCreateInstance",
        "JetInit",
        "JetStopServiceInstance2",
    ]
    assert "killed by SIGSEGV" in capsys.readouterr().out


def test_build_says_what_it_did(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    compiler("cc")
    assert main(["esent", "build", "--out", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out" / "bridge").stat().st_mode & 0o111
    said = capsys.readouterr().out
    assert "bridge  for a shared library of this system" in said
    assert "-std=c11" in said


def test_without_a_compiler_there_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(build.shutil, "which", lambda name: None)
    assert main(["esent", "build", "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert said.startswith("jetconform: no C compiler is there: looked for cc, gcc, clang")
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("engine", "wrong"),
    [
        ("esent:missing.so", "there is no file missing.so"),
        ("esent:card.txt", "cannot be loaded"),
    ],
)
def test_what_cannot_be_loaded_is_named(
    engine: str, wrong: str, workplace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (workplace / "card.txt").write_text("no library")
    assert main(["check", "--engine", engine, "--level", "1"]) == 2
    said = capsys.readouterr().err
    assert wrong in said
    assert said.count("\n") == 1


def test_without_the_bridge_it_says_how_to_build_it(
    stub: Stub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    library = stub()
    monkeypatch.chdir(tmp_path)
    assert main(["check", "--engine", f"esent:{library}", "--level", "1"]) == 2
    assert "run `jetconform esent build`" in capsys.readouterr().err


def test_a_flavour_is_of_the_profile_ese_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--flavour", "esent"]) == 2
    assert main(["check", "--profile", "ese", "--flavour", "vista"]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "jetconform: flavour esent: the profile documented has no rows of a flavour, ese has",
        "jetconform: flavour 'vista' is not known: known are ese, esent, wine",
    ]
