"""Suites as files and on engines: what is written, what is refused, what is found, and where a run goes on."""

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jetconform.conformance.cli import main
from jetconform.conformance.suite import Suite, call_of, encode, input_of, read, schema
from jetconform.conformance.suites import generate, projection_of
from jetconform.model.alphabet import PARAMETERS, RUNNING, STREAMING, backup, restore
from jetconform.model.calls import Place
from jetconform.model.covers import Cover

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT))  # for `benchmarks`, which no wheel holds

from benchmarks.suites import PAGE, rows  # noqa: E402


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def states() -> Suite:
    return generate(projection="lifecycle", profile="documented", cover=Cover.STATES)


def written(suite: Suite, name: str = "suite.json") -> Path:
    path = Path(name)
    path.write_bytes(encode(suite))
    return path


def changed(suite: Suite, *path: Any, to: object) -> Path:
    """The file of that suite with one value changed."""
    data: Any = json.loads(encode(suite))
    place = data
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = to
    Path("changed.json").write_text(json.dumps(data))
    return Path("changed.json")


def test_a_suite_is_read_as_it_was_written(states: Suite) -> None:
    assert read(written(states)) == states


def test_a_file_says_what_is_allowed_and_where_that_is_said(states: Suite) -> None:
    data = json.loads(encode(states))
    names = [one["call"] for one in data["calls"]]
    create, init, full = (names.index(name) for name in ("JetCreateInstance", "JetInit", "JetBackupInstance"))
    assert data["calls"][full] == {"call": "JetBackupInstance", "instance": "instance", "place": "empty", "grbit": 0}
    [created] = data["states"][0]["allowed"][create]
    assert created["code"] == 0
    [refused] = data["states"][created["next"]]["allowed"][full]
    assert (refused["code"], refused["rows"]) == (-1029, ["BI.created"])
    assert data["rows"]["BI.created"]["citation"] == "BI Return value: NotInitialized; L2"
    running = data["states"][created["next"]]["allowed"][init][0]
    assert (running["code"], data["states"][running["next"]]["name"]) == (0, "running")
    assert [create, init] in [test[:2] for test in data["tests"]]


def test_calls_keep_their_arguments() -> None:
    for call in (*RUNNING, *PARAMETERS, *STREAMING, backup(Place.NULL, 5), restore(Place.EMPTY, Place.MISSING)):
        assert call_of(input_of(call)) == call


def test_the_schema_in_docs_is_that_of_the_types() -> None:
    assert (ROOT / "docs" / "suite.schema.json").read_bytes() == schema()


def test_the_table_in_docs_is_not_stale() -> None:
    """Two of the ten projections, for the time it takes; `python -m benchmarks.suites --check` has them all."""
    text = PAGE.read_text(encoding="utf-8")
    for profile, name in (("documented", "snapshot"), ("ese", "backup")):
        assert rows(profile, projection_of(name)) in text


@pytest.mark.parametrize(
    ("path", "to", "said"),
    [
        (("suite",), 2, "Expected `int` <= 1"),
        (("tests", 0), [99], "there is no call 99"),
        (("tests",), [], "there is no state, or no test"),
        (("states", 0, "allowed", 0, 0, "next"), 99, "states[0]: there is no state 99"),
        (("states", 0, "allowed"), [], "states[0]: 0 calls, expected 17"),
        (("states", 0, "allowed", 0), [], "states[0]: nothing is allowed"),
        (("calls", 0, "call"), "system", "calls[0]: there is no call 'system'"),
        (("calls", 0), {"call": "JetInit"}, "JetInit: the argument instance is missing"),
        (("calls", 0), {"call": "JetAttachDatabase", "session": "s1", "path": "../x"}, "not below the root folder"),
        (("calls", 0, "grbit"), 1 << 32, "Expected `int`"),
        (
            ("calls", 0),
            {"call": "JetSetSystemParameter", "instance": "instance", "parameter": "circular_log", "value": "x"},
            "value 'x' of circular_log: expected a number",
        ),
        (
            ("calls", 0),
            {"call": "JetSetSystemParameter", "instance": "instance", "parameter": "__init__", "value": "1"},
            "there is no parameter '__init__'",
        ),
    ],
)
def test_what_is_no_suite_is_one_line(
    states: Suite, path: tuple[Any, ...], to: object, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["suite", "run", str(changed(states, *path, to=to))]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", "missing.json"], "missing.json: No such file"),
        (
            ["generate", "--cover", "cells", "--projection", "x"],
            "projection 'x' is not known: known are lifecycle, backup",
        ),
        (["generate", "--cover", "cells", "--profile", "x"], "profile 'x' is not known"),
        (["generate", "--cover", "cells", "-k", "1"], "-k is of the covers wmethod and wpmethod, not of cells"),
        (["generate", "--cover", "wmethod", "-k", "9"], "-k 9: expected a number from 0 to 3"),
        (["generate", "--cover", "wmethod", "-k", "3"], "make more than 200,000 tests: take a smaller -k"),
        (["generate", "--cover", "cells", "-o", "no/where"], "no/where: no such folder"),
    ],
)
def test_wrong_input_is_one_line(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["suite", *words]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_the_reference_engine_passes_and_says_what_that_is_worth(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["suite", "generate", "--cover", "pairs", "-o", "pairs.json"]) == 0
    assert main(["suite", "run", "pairs.json", "--json", "card.json"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "pairs.json: 32 tests, 88 calls" in said
    assert "tests 32 of 32; 38 calls in states made; each guard row" in said
    card = json.loads(Path("card.json").read_bytes())
    assert (card["verdict"], card["calls"], card["not_exercised"]) == ("conforms", 88, [])
    assert not list(Path(".jetconform").rglob("*.json")), "nothing is left to resume"


def test_a_bug_is_found_reduced_and_saved(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["suite", "generate", "--cover", "cells", "-o", "cells.json"]) == 0
    assert main(["suite", "run", "cells.json", "--engine", "mutant:invalid-path-renamed"]) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert "JetBackupInstance(missing, Incremental): -1003 InvalidParameter (history of 3" in said
    assert "allowed -1023 InvalidPath" in said
    assert "none: it ended at the finding" in said
    [saved] = Path(".jetconform/findings").iterdir()
    assert main(["replay", str(saved), "--engine", "mutant:invalid-path-renamed"]) == 1
    assert main(["replay", str(saved)]) == 0


def test_a_budget_that_ended_gives_no_verdict(states: Suite, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(states)
    assert main(["suite", "run", str(path), "--budget", "0.000001"]) == 3
    assert "none: it ended early, after 0 of 7 tests (--resume goes on)" in " ".join(capsys.readouterr().out.split())
    assert not list(Path(".jetconform").rglob("*.json")), "nothing was done, so there is nothing to go on from"


def test_the_place_is_that_of_this_suite_and_engine(capsys: pytest.CaptureFixture[str]) -> None:
    path = written(generate(projection="lifecycle", profile="documented", cover=Cover.PAIRS))
    bug = "mutant:invalid-path-renamed"
    assert main(["suite", "run", str(path), "--engine", bug]) == 1
    [place] = Path(".jetconform/suites").iterdir()
    done = json.loads(place.read_bytes())["done"]
    assert 0 < done < 32
    capsys.readouterr()
    assert main(["suite", "run", str(path), "--engine", bug, "--resume"]) == 1
    again = capsys.readouterr().out
    assert json.loads(place.read_bytes())["done"] == done
    assert "does not conform" in again
    assert main(["suite", "run", str(path), "--resume"]) == 0, "another engine begins at the beginning"
    assert "tests 32 of 32;" in " ".join(capsys.readouterr().out.split())


def test_a_file_of_another_model_gives_no_verdict(states: Suite, capsys: pytest.CaptureFixture[str]) -> None:
    path = changed(states, "states", 0, "allowed", 0, 0, "code", to=-1)
    assert main(["suite", "run", str(path)]) == 3
    said = " ".join(capsys.readouterr().out.split())
    assert "the file is not of this model, which allows JetCreateInstance() → 0" in said


def test_what_an_engine_does_not_have_ends_its_tests(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["suite", "generate", "--cover", "states", "--projection", "streaming", "-o", "s.json"]) == 0
    engine = f"process:{shlex.quote(sys.executable)} {shlex.quote(str(ROOT / 'examples' / 'skeleton_engine.py'))}"
    assert main(["suite", "run", "s.json", "--engine", engine]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "not exercised: the engine has no streaming (tests not to their end: 16)" in said


def test_a_runner_without_jetconform_finds_the_same(states: Suite) -> None:
    suite = generate(projection="lifecycle", profile="documented", cover=Cover.CELLS)
    path = written(suite)
    skeleton = ROOT / "examples" / "skeleton_engine.py"
    broken = Path("broken.py")
    broken.write_text(skeleton.read_text().replace("return NAME_IN_USE", "return SUCCESS"))
    good, bad = (
        subprocess.run(
            [sys.executable, "-S", ROOT / "examples" / "run_suite.py", path, sys.executable, engine],
            capture_output=True, text=True, timeout=60, check=False,
        )
        for engine in (skeleton, broken)
    )  # fmt: skip
    assert (good.returncode, good.stderr) == (0, "")
    assert good.stdout.startswith("56 tests pass. each of 255 cells")
    assert bad.returncode == 1
    assert "allowed: -1086 InstanceNameInUse" in bad.stdout
