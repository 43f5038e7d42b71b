"""`jetconform model`: what it prints, and its exit status."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jetconform.conformance import cli
from jetconform.model import verify as verification
from jetconform.model.domains import DOMAINS
from jetconform.model.verify import verify_profile

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.delenv("COLUMNS", raising=False)  # it would say how wide a pipe is

    def made(*arguments: str) -> tuple[int, str, str]:
        status = cli.main(["model", *arguments])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return made


@pytest.fixture
def few_domains(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two small domains and no others, so that the command is quick; nothing of them is committed."""

    def small(profile: Any, why: Any, *, progress: Callable[[str], None]) -> Any:
        return verify_profile(
            profile,
            why,
            domains=tuple(one for one in DOMAINS if one.name in ("arguments", "init in flight")),
            callers=(),
            progress=progress,
        )

    monkeypatch.setattr(verification, "verify_profile", small)


def trace(tmp_path: Path, *events: dict[str, Any]) -> str:
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps(event) + "\n" for event in ({"trace": 1}, *events)))
    return str(path)


def call(number: int, name: str, client: str = "A", **args: Any) -> dict[str, Any]:
    return {"event": "call", "id": number, "client": client, "call": name, "args": {"instance": "i1", **args}}


def back(number: int, err: int = 0) -> dict[str, Any]:
    return {"event": "return", "id": number, "err": err}


RUNNING = (call(1, "JetCreateInstance"), back(1), call(2, "JetInit"), back(2))
BACKUP = call(3, "JetBackupInstance", path=None, grbit=0)


# -- ask -----------------------------------------------------------------------------------------------------------------


def test_ask_tells_codes_rows_citations_and_effects(run: Run, tmp_path: Path) -> None:
    status, out, _ = run("ask", trace(tmp_path, *RUNNING), "--call", "JetBackupInstance")
    assert status == 0
    assert "after 2 calls, profile documented" in out
    for part in ("0 Success", "BI.ok-full", "BI Return value: on success", "-1023 InvalidPath", "BI.path-missing"):
        assert part in out
    assert "effect BI.full (success" in out
    assert "nothing new is in the destination [BI Return value: on failure; C16]" in out


def test_ask_asks_every_call_that_makes_sense(run: Run, tmp_path: Path) -> None:
    _, out, _ = run("ask", trace(tmp_path, *RUNNING))
    assert "\nJetTerm()" in out
    assert "JetBeginSession(s1)" in out
    assert "JetEndSession" not in out  # there is no session
    _, out, _ = run("ask", trace(tmp_path, *RUNNING, call(3, "JetBeginSession", session="s1"), back(3)))
    assert "JetEndSession(s1)" in out
    assert "JetCreateDatabase(s1, d1, db/test.edb)" in out
    assert "JetBeginSession(s2)" in out


def test_ask_in_the_middle_of_a_call(run: Run, tmp_path: Path) -> None:
    begun = {"event": "callback", "id": 3, "snp": 9, "snt": 5}
    stop = (call(4, "JetStopBackupInstance", client="B"), back(4))
    status, out, _ = run("ask", trace(tmp_path, *RUNNING, BACKUP, begun, *stop), "--call", "JetTerm2")
    assert status == 0
    assert "in flight: JetBackupInstance(null, full), copying databases, held; it may still end with" in out
    assert "-801 BackupAbortByServer" in out
    assert "JetTerm2(0x4)" in out
    assert "waits for the calls held; then:" in out


def test_ask_under_the_other_profile(run: Run, tmp_path: Path) -> None:
    _, out, _ = run(
        "ask", trace(tmp_path, RUNNING[0], RUNNING[1]), "--profile", "ese", "--call", "JetStopServiceInstance"
    )
    assert "dies" in out
    assert "SV.created" in out


def test_ask_of_a_trace_that_is_not_explained(run: Run, tmp_path: Path) -> None:
    status, out, _ = run("ask", trace(tmp_path, *RUNNING, BACKUP, back(3, -1018)))
    assert status == 1
    assert "the trace is not explained from line 7 on: call 3, JetBackupInstance: -1018 ReadVerifyFailure" in out
    assert "allowed  0 Success" in out


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("garbage\n", "a.jsonl:1: no trace header"),
        ('{"trace":1}\n{"event":"return","id":1,"err":0}\n', "a.jsonl:2: no call 1 is open"),
        ('{"trace":1}\n' + json.dumps(call(1, "JetFly")) + "\n", "a.jsonl:2: the model has no call 'JetFly'"),
    ],
)
def test_ask_of_what_is_no_trace_is_one_line(run: Run, tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(content)
    status, out, err = run("ask", str(path))
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert message in err


def test_ask_of_a_file_that_is_not_there(run: Run, tmp_path: Path) -> None:
    status, out, err = run("ask", str(tmp_path / "none.jsonl"))
    assert (status, out, err.count("\n")) == (2, "", 1)


def test_a_call_that_the_model_does_not_have(run: Run, tmp_path: Path) -> None:
    for arguments in (("ask", trace(tmp_path, *RUNNING)), ("table",)):
        status, _, err = run(*arguments, "--call", "JetFly")
        assert status == 2
        assert "the model has no call 'JetFly': known are JetCreateInstance" in err


# -- table and diff ------------------------------------------------------------------------------------------------------


def test_table_of_a_call_in_a_pipe_is_a_line_a_row(run: Run) -> None:
    status, out, _ = run("table", "--call", "JetInit")
    assert status == 0
    assert "IN.running\tenter\trunning\t-1030 AlreadyInitialized\tmust\tL5; RI and SP: AlreadyInitialized" in out


def test_table_of_the_backup_call_has_the_codes_by_state(run: Run) -> None:
    status, out, _ = run("table", "--markdown")
    assert status == 0
    assert "| -505 BackupInProgress |" in out
    assert "| BI.second |" in out


def test_diff_tells_both_profiles_and_why(run: Run) -> None:
    status, out, _ = run("diff", "--markdown")
    assert status == 0
    assert "| call | situation | documented says | ese does | why |" in out
    assert "BI.second" in out


# -- verify --------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("few_domains")
def test_verify_fails_when_the_counts_changed(run: Run) -> None:
    status, out, err = run("verify")
    assert status == 1
    assert "the counts changed: documented, lifecycle: gone" in out
    assert "run `jetconform model verify --update` and add a line to CHANGELOG.md" in out
    assert err == ""  # no progress in a pipe


@pytest.mark.usefixtures("few_domains")
def test_verify_writes_the_counts_in_a_checkout_alone(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    installed = tmp_path / "installed"
    installed.mkdir()
    monkeypatch.setattr("importlib.resources.files", lambda _: installed)
    status, _, err = run("verify", "--update")
    assert status == 2
    assert "--update writes the counts of a source checkout" in err

    (tmp_path / "pyproject.toml").write_text("")
    _, out, _ = run("verify", "--update")
    assert "add a line to CHANGELOG.md" in out
    written = json.loads((installed / "expected.json").read_text())
    assert written["ese"]["arguments"] == {"nodes": 2, "cells": 108, "new": 108}

    _, out, _ = run("verify")
    assert "proven  counts: the counts are those committed" in out
