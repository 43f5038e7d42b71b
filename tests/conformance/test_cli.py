"""The command line: exit status, one line for what is wrong, what is shown, what is written and what is not."""

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from bench import HERE, RUNNING, backup, laboratory, let_go
from jetconform.conformance.cli import main
from jetconform.conformance.findings import load
from jetconform.conformance.script import CallStep, Step, play
from jetconform.conformance.trace import Header, write

BROKEN = "python:examples.broken:factory"
ROOT = HERE.parent.parent
posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and pipes")


class Run(NamedTuple):
    """What came of a command."""

    status: int
    out: str
    err: str


class Shell:
    """Runs commands in a folder of their own."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capture = folder, capture

    def __call__(self, *arguments: object) -> Run:
        self.capture.readouterr()
        try:
            status = main([str(one) for one in arguments])
        except SystemExit as error:  # how argparse ends
            status = int(error.code or 0)
        return Run(status, *self.capture.readouterr())

    def files(self) -> list[str]:
        return sorted(str(path.relative_to(self.folder)) for path in self.folder.rglob("*"))


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(HERE), str(ROOT)]))
    monkeypatch.delenv("COLUMNS", raising=False)
    return Shell(folder, capsys)


def lines(run: Run) -> list[str]:
    return [line.rstrip() for line in run.out.splitlines()]


# -- wrong input -------------------------------------------------------------------------------------------------------

WRONG: dict[str, tuple[str, str]] = {
    "no command": ("", "COMMAND"),
    "an unknown command": ("frob", "frob"),
    "an unknown option": ("check --frob", "--frob"),
    "an unknown engine": ("check --engine nonsense", "nonsense"),
    "an engine of half a name": ("check --engine python:a", "python:PACKAGE.MODULE:FACTORY"),
    "an engine that is no name": ("check --engine python:os;x:y", "expected python:"),
    "a module that is missing": ("check --engine python:no_such_module:factory", "no_such_module"),
    "a factory that is missing": ("check --engine python:misbehaving:nothing", "nothing"),
    "a factory that is none": ("check --engine python:misbehaving:not_callable", "not_callable"),
    "a factory that raises": ("check --engine python:misbehaving:factory_raises", "no licence for this machine"),
    "a factory that exits": ("check --engine python:misbehaving:factory_exits", "usage: ..."),
    "a factory that ends the process": ("check --engine python:misbehaving:dies_at_once", "exit status 8"),
    "a factory of nothing": ("check --engine python:misbehaving:no_adapter", "NoneType"),
    "an adapter with a gap": ("check --engine python:misbehaving:lacks_a_method", "term2"),
    "an unknown capability": ("check --engine python:misbehaving:unknown_capability", "hold:somewhere"),
    "an unknown profile": ("check --profile wine", "documented, ese"),
    "a level that is not built": ("check --level 7", "known are 1, 2, 3, 4, 5, 6"),
    "level 0": ("check --level 0", "level 0"),
    "only a level that is not built": ("check --only-level 9", "level 9"),
    "a level that is no number": ("check --level one", "one"),
    "a level and a cell": ("check --only-level 1 --cell 0123456789", "not allowed with"),
    "a cell that there is not": ("check --cell 0123456789", "'0123456789' is not known"),
    "no time": ("check --budget 0", "--budget"),
    "a negative time": ("check --budget -1", "--budget"),
    "a time that is no number": ("check --budget nan", "--budget"),
    "an endless time": ("check --call-timeout inf", "--call-timeout"),
    "a time for no machine": ("check --call-timeout 1e300", "--call-timeout"),
    "a seed that is no number": ("check --seed x", "--seed"),
    "a level to require that is not built": ("check --require 7", "level 7"),
    "a scorecard in no folder": ("check --json missing/card.json", "missing"),
    "a scorecard that is a folder": ("check --json .", "folder"),
    "regressions that are a file": ("check --regressions file", "file: not a folder"),
    "a folder to keep that is a file": ("check --keep file", "file: not a folder"),
    "regressions that are damaged": ("check --regressions damaged", "a.jsonl:2"),
    "nothing to replay": ("replay", "FILE"),
    "a file that is missing": ("replay missing.jsonl", "missing.jsonl"),
    "a folder to replay": ("replay .", "."),
    "a file that is no trace": ("replay file", "file:1"),
    "a trace that is damaged": ("replay damaged/a.jsonl", "a.jsonl:2"),
    "a replay on an unknown engine": ("replay good.jsonl --engine nonsense", "nonsense"),
    "a replay on a factory that raises": ("replay good.jsonl --engine python:misbehaving:factory_raises", "no licence"),
    "a replay by an unknown profile": ("replay good.jsonl --profile wine", "wine"),
    "a replay that never waits": ("replay good.jsonl --call-timeout 0", "--call-timeout"),
    "nothing to inspect": ("inspect", "PATH"),
    "a path to inspect that is missing": ("inspect missing", "missing"),
    "a file to inspect that is foreign": ("inspect file", "file is no file of the reference engine"),
    "a folder to inspect that is foreign": ("inspect .", "damaged"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_input_is_one_line_and_nothing_is_written(name: str, shell: Shell) -> None:
    (shell.folder / "file").write_text("hello\n")
    (shell.folder / "damaged").mkdir()
    (shell.folder / "damaged" / "a.jsonl").write_text('{"trace":1}\ngarbage\n')
    save(RUNNING, shell.folder / "good.jsonl", shell.folder.parent)
    before = shell.files()
    arguments, word = WRONG[name]
    run = shell(*arguments.split())
    assert run.status == 2, run
    assert run.out == ""
    assert len(run.err.splitlines()) == 1, run.err
    assert run.err.startswith("jetconform")
    assert word in run.err
    assert "Traceback" not in run.err
    assert shell.files() == before


def save(script: Sequence[Step], path: Path, folder: Path, engine: str = "reference") -> Path:
    """A trace of the script on an engine that accepts it."""
    with laboratory(folder / "lab", engine) as lab, lab.history() as history:
        play(script, history)
    write(path, Header(trace=1, engine=engine), lab.recorded[0])
    return path


@pytest.mark.parametrize("command", ["", "check", "replay", "model", "mutants", "diagrams", "inspect"])
def test_help_is_on_standard_output(command: str, shell: Shell) -> None:
    run = shell(*command.split(), "--help")
    assert (run.status, run.err) == (0, "")
    assert "usage: jetconform" in run.out


@posix
def test_an_inspection_says_what_is_there(shell: Shell) -> None:
    """Also to a reader that had enough."""
    from jetconform.engine import Engine  # a POSIX system is needed

    engine = Engine(shell.folder, sync=False)
    assert engine.init(engine.create_instance("i1")[1]) == 0
    engine.close()
    assert lines(shell("inspect", "db"))[-1] == "  verdict             whole"
    (shell.folder / "db" / "edb.log").write_bytes(bytes(8192))
    assert shell("inspect", "db").status == 1
    process = start("inspect", "db")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()  # long before anything is printed
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait() == 1


# -- findings ----------------------------------------------------------------------------------------------------------


def test_the_broken_example_is_found_reduced_saved_kept_and_found_again_at_once(shell: Shell) -> None:
    """What README promises, from one end to the other."""
    arguments = ["check", "--engine", BROKEN, "--seed", "1"]
    run = shell(*arguments, "--keep", "kept folder", "--json", "card.json")
    assert (run.status, run.err) == (1, "")
    said = lines(run)
    assert said[0].startswith("does not conform  call 4, JetBackupInstance(")
    assert "-505 BackupInProgress  (history of 4 calls, found after " in said[0]
    assert any(line.endswith("-505 BackupInProgress  ✗") for line in said)
    assert any(line.startswith("allowed  0 Success") for line in said)
    assert any("BI.ok-null" in line for line in said)
    assert said[-1].startswith(f"does-not-conform  engine {BROKEN}, profile documented, seed 1, ")
    assert "minimal" not in run.out

    # It is saved, and what is shown says where and how to make it again.
    (saved,) = (shell.folder / ".jetconform" / "findings").iterdir()
    assert f"saved as {saved.relative_to(shell.folder)}" in said
    assert f"again:   jetconform replay {saved.relative_to(shell.folder)} --engine {BROKEN}" in said
    trace, script = load(saved)
    assert trace.header.explanation is not None

    # Removing any one step makes it pass.
    with laboratory(shell.folder.parent / "lab", BROKEN) as lab:
        failed = lab.failing(script)
        assert failed is not None
        for position in range(len(script)):
            assert lab.failing((*script[:position], *script[position + 1 :])) is None, script[position]

    # --json says the same.
    card = json.loads((shell.folder / "card.json").read_text())
    assert (card["verdict"], card["seed"], card["profile"]) == ("does-not-conform", 1, "documented")
    assert card["finding"]["explanation"]["observed"] == "-505 BackupInProgress"
    assert card["finding"]["minimal"] is True
    assert [level["verdict"] for level in card["levels"]] == ["does-not-conform"]

    # --keep has the trace, the engine's files on both sides of the last step, and a command that works.
    kept = shell.folder / "kept folder"
    assert sorted(path.name for path in kept.iterdir()) == ["after", "before", "finding.jsonl", "replay.txt"]
    assert load(kept / "finding.jsonl")[1] == script
    for side in ("before", "after"):
        assert (kept / side / "db" / "edb.log").is_file()
    words = shlex.split((kept / "replay.txt").read_text())
    assert words[:2] == ["jetconform", "replay"]
    again = shell(*words[1:])
    assert again.status == 1
    assert again.out.splitlines()[0].startswith("does not conform  call 4, ")

    # As a regression it is found at once, and is still one file.
    folder = saved.parent
    run = shell(*arguments, "--regressions", folder, "--json", "card.json")
    card = json.loads((shell.folder / "card.json").read_text())
    assert run.status == 1
    assert card["finding"]["calls_before"] == 4
    assert card["cells"]["covered"] == 0
    assert list(folder.iterdir()) == [saved]

    # On an engine without the bug it passes.
    run = shell("replay", saved)
    assert (run.status, len(lines(run))) == (0, 1)
    assert lines(run)[0].startswith("conforms  ")


@pytest.mark.parametrize(
    ("engine", "kind", "words"),
    [
        ("returns_text", "misbehaviour", ["returned str '0' instead of a JET_ERR", "32-bit integer"]),
        ("raises", "misbehaviour", ["raised KeyError"]),
        ("exits", "misbehaviour", ["raised SystemExit: 3"]),
        ("unmapped", "misbehaviour", ["UnmappedCode: native code 17"]),
        (
            "not_in_its_table",
            "misbehaviour",
            ["returned native code 17, for which the adapter's table `errors` has no"],
        ),
        ("hangs", "hang", ["not back after 0.5 seconds", "must return"]),
        ("dies", "died", ["exit status 7", "no row lets the engine die"]),
        ("chatters", "died", ["SIGABRT" if sys.platform != "win32" else "exit status"]),
    ],
)
def test_an_engine_that_misbehaves_is_a_finding_with_an_explanation(
    engine: str, kind: str, words: list[str], shell: Shell
) -> None:
    arguments = ["--engine", f"python:misbehaving:{engine}", "--call-timeout", "0.5" if kind == "hang" else "20"]
    run = shell("check", "--seed", "1", *arguments)
    assert (run.status, run.err) == (1, ""), run
    assert "Traceback" not in run.out
    for word in ("JetInit()", "allowed", "IN.ok", "  ✗", *words):
        assert word in run.out, word
    (saved,) = (shell.folder / ".jetconform" / "findings").iterdir()
    assert saved.name.startswith(f"{kind}-")
    _, script = load(saved)
    assert [step.call for step in script if isinstance(step, CallStep)] == ["JetInit"]
    again = shell("replay", saved, *arguments)
    assert again.status == 1
    assert words[0] in again.out


def test_a_death_is_reduced_and_what_can_be_kept_of_it_is_kept(shell: Shell) -> None:
    """As a regression it is a short history, and each of its replays takes a process of its own."""
    (shell.folder / "regressions").mkdir()
    script = (*RUNNING, backup(3, None), backup(4, "missing"), backup(5, None))
    save(script, shell.folder / "regressions" / "a.jsonl", shell.folder.parent)
    arguments = ["--engine", "python:faulty:dies_of_missing", "--regressions", "regressions"]
    run = shell("check", *arguments, "--seed", "1", "--keep", "kept")
    assert run.status == 1
    assert "(history of 3 calls, found after 4)" in lines(run)[0]
    assert "minimal" not in run.out
    kept = shell.folder / "kept"
    assert sorted(path.name for path in kept.iterdir()) == ["before", "finding.jsonl", "replay.txt"]
    assert len(load(kept / "finding.jsonl")[1]) == 3


def test_a_finding_that_cannot_be_saved_is_shown_all_the_same(shell: Shell) -> None:
    (shell.folder / ".jetconform").write_text("in the way")
    run = shell("check", "--engine", BROKEN, "--seed", "1")
    assert run.status == 1
    assert "does not conform  call 4" in run.out
    assert "not saved: .jetconform/findings: " in run.out
    assert "again:" not in run.out


def test_a_finding_that_needs_a_hold_is_made_again_with_it(shell: Shell) -> None:
    script = (*RUNNING, backup(3, None, hold="callback:1"), backup(4, None, client="B"), let_go(3))
    path = save(script, shell.folder / "held.jsonl", shell.folder.parent)
    assert shell("replay", path).status == 0
    run = shell("replay", path, "--engine", "python:faulty:two_at_once")
    assert run.status == 1
    assert "├ held in callback" in run.out
    assert "overlaps call 3: JetBackupInstance(null, full)" in run.out


def test_a_replay_is_judged_by_the_profile_of_the_file_unless_another_is_given(shell: Shell) -> None:
    script = (*RUNNING, backup(3, "nowhere", grbit=0x80))  # an option that Microsoft's engine does not look at
    path = save(script, shell.folder / "a.jsonl", shell.folder.parent)
    assert shell("replay", path).status == 0
    assert shell("replay", path, "--profile", "ese").status == 1
    with_profile = shell.folder / "b.jsonl"
    write(with_profile, Header(trace=1, profile="ese"), load(path)[0].events)
    assert shell("replay", with_profile).status == 1
    assert shell("replay", with_profile, "--profile", "documented").status == 0


# -- unknown -----------------------------------------------------------------------------------------------------------


def test_a_budget_that_ends_before_the_systematic_part_leaves_the_verdict_unknown(shell: Shell) -> None:
    run = shell("check", "--budget", "0.001", "--seed", "1", "--json", "card.json")
    assert run.status == 3
    assert lines(run)[-1].startswith("unknown  engine reference, profile documented, seed 1, ")
    card = json.loads((shell.folder / "card.json").read_text())
    assert (card["verdict"], card["levels"][0]["verdict"]) == ("unknown", "unknown")
    assert card["levels"][0]["guarantee"].startswith("none")
    assert shell.files() == ["card.json"]


def test_the_seed_is_printed_when_it_is_not_given(shell: Shell) -> None:
    first, second = (lines(shell("check", "--budget", "0.001"))[-1] for _ in range(2))
    assert "seed " in first
    assert first != second


# -- the process -------------------------------------------------------------------------------------------------------


def start(*arguments: str, **options: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", "import sys; from jetconform.conformance.cli import main; sys.exit(main())"]
    return subprocess.Popen(
        [*command, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        **options,  # type: ignore[call-overload]
    )


@posix
@pytest.mark.parametrize(("engine", "status"), [("reference", 0), (BROKEN, 1)])
def test_a_reader_that_had_enough_does_not_change_the_exit_status(engine: str, status: int, shell: Shell) -> None:
    path = save(RUNNING, shell.folder / "a.jsonl", shell.folder.parent)
    if status:
        script = (*RUNNING, backup(3, "missing"), backup(4, "missing"))
        path = save(script, path, shell.folder.parent)
    process = start("replay", str(path), "--engine", engine)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()  # long before anything is printed
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait() == status


@posix
def test_ctrl_c_ends_it_with_one_line_and_leaves_nothing(shell: Shell, tmp_path: Path) -> None:
    """The interrupt comes when the engine was entered: it hangs there, and says so by a file."""
    places, here = tmp_path / "places", tmp_path / "entered"
    places.mkdir()
    os.mkfifo(here)
    engine = shell.folder / "entered.py"
    engine.write_text(
        "import pathlib, threading, misbehaving\n"
        f"def init(_):\n    pathlib.Path({str(here)!r}).write_text('entered')\n    threading.Event().wait()\n"
        "def factory(root):\n    return misbehaving.Fake(init=init)\n"
    )
    program = (
        "import signal, sys; from pathlib import Path\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from jetconform.conformance import folders\n"
        f"folders.fastest_place = lambda: Path({str(places)!r})\n"
        "from jetconform.conformance.cli import main; sys.exit(main())"
    )
    command = [sys.executable, "-c", program, "check", "--engine", "python:entered:factory", "--call-timeout", "600"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert here.read_text() == "entered"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    assert process.returncode == 130
    assert (out, err) == ("", "jetconform: interrupted\n")
    assert list(places.iterdir()) == []
    assert not (shell.folder / ".jetconform").exists()
