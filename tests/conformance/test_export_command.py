"""`jetconform model export`: what it writes, where, and what it says of wrong input."""

import json
from pathlib import Path

import pytest
from jetconform.conformance import cli


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What is said on standard error; nothing is written, and there is one line."""
    status = cli.main(["model", "export", *arguments])
    said = capsys.readouterr()
    assert (status, said.out, said.err.count("\n")) == (2, "", 1)
    return said.err


def exported(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert cli.main(["model", "export", *arguments]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "start"),
    [
        (["--format", "promela", "--domain", "three callers"], "/* jetconform, profile documented. three callers: "),
        (["--format", "tla", "--domain", "three callers"], "-" * 30 + " MODULE jetconform "),
        (["--format", "mermaid"], '---\ntitle: "The life of an instance, profile documented"\n---\nstateDiagram-v2\n'),
        (["--format", "dot", "--chart", "backup"], 'digraph jetconform {\n  label="How far JetBackupInstance is'),
        (["--format", "json", "--profile", "ese"], '{\n "model": 1,\n "profile": "ese",\n "ordered": true,\n'),
    ],
)
def test_each_format_goes_to_standard_output(
    capsys: pytest.CaptureFixture[str], arguments: list[str], start: str
) -> None:
    assert exported(capsys, *arguments).startswith(start)


def test_a_domain_has_as_many_callers_as_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("--format", "promela", "--domain", "three callers")
    assert "byte at[3] = IDLE;" in exported(capsys, *asked)
    assert "byte at[1] = IDLE;" in exported(capsys, *asked, "--callers", "1")


def test_it_is_written_to_a_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert exported(capsys, "--format", "json", "-o", str(tmp_path / "model.json")) == ""
    assert json.loads((tmp_path / "model.json").read_bytes())["profile"] == "documented"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--format", "promela", "--domain", "lifecycle"], "domain 'lifecycle' is not known: known are two callers; "),
        (["--format", "tla", "--callers", "4"], "--callers 4: expected a number from 1 to 3"),
        (["--format", "tla", "--callers", "0"], "--callers 0: expected a number from 1 to 3"),
        (["--format", "json", "--domain", "two callers"], "--domain is of the formats promela and tla, not of json"),
        (["--format", "dot", "--callers", "2"], "--callers is of the formats promela and tla, not of dot"),
        (["--format", "promela", "--chart", "backup"], "--chart is of the formats mermaid and dot, not of promela"),
        (["--format", "dot", "-o", "nowhere/at/all"], "nowhere/at/all: no such folder"),
    ],
)
def test_wrong_input_is_one_line(capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    assert refused(capsys, *arguments).startswith(f"jetconform: {said}")
