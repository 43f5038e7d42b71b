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


def checked(library: Path, workplace: Path, *options: str) -> tuple[int, dict[str, Any]]:
    """The exit status and the scorecard of a check."""
    out = workplace / "card.json"
    status = main(["check", "--engine", f"esent:{library}", "--seed", "1", "--json", str(out), *options])
    return status, json.loads(out.read_bytes())


@pytest.fixture(autouse=True)
def _there(workplace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(workplace)


def test_the_stub_keeps_the_contract_for_as_long_as_it_is_watched(stub: Stub, workplace: Path) -> None:
    status, card = checked(stub(), workplace, "--only-level", "1", "--budget", "6")
    assert (status, card["verdict"]) == (3, "unknown")  # the budget ends it before the systematic part is done
    assert card["calls"] > 200
    assert card["finding"] is None


def test_a_planted_bug_is_found_with_the_shortest_history(stub: Stub, workplace: Path) -> None:
    status, card = checked(stub("BUG_UNCLEAN"), workplace, "--only-level", "1", "--budget", "40")
    assert (status, card["verdict"]) == (1, "does-not-conform")
    calls = [event["call"] for event in card["finding"]["events"] if event["event"] == "call"]
    assert calls[:3] == ["JetCreateInstance", "JetInit", "JetBackupInstance"]
    assert calls[3] == "JetBackupInstance"


def test_a_crash_of_the_library_is_a_finding(stub: Stub, workplace: Path) -> None:
    status, card = checked(stub("BUG_CRASH"), workplace, "--only-level", "1", "--budget", "40")
    assert (status, card["finding"]["kind"]) == (1, "died")


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
