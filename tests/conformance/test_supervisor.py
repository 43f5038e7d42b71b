"""The supervisor and its parts: journal, workspace, worker; death, silence, and that nothing is left."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jetconform.conformance import check as checking
from jetconform.conformance import folders, supervisor
from jetconform.conformance.check import CheckError, Request
from jetconform.conformance.folders import Workspace
from jetconform.conformance.journal import ROOM, Journal, Progress, last_history, progress, running_call
from jetconform.conformance.supervisor import Died, Finished, Late, Outcome, Silent, Wrong
from jetconform.conformance.trace import (
    CallbackEvent,
    CallEvent,
    Event,
    FaultEvent,
    HoldEvent,
    ReleaseEvent,
    ResumeEvent,
    ReturnEvent,
)
from jetconform.conformance.worker import Job

HERE = Path(__file__).parent
TASKS = f"import sys; sys.path.insert(0, {str(HERE)!r}); import tasks; tasks."
COMMAND = [sys.executable, "-c", f"{TASKS}main()"]
posix = pytest.mark.skipif(sys.platform == "win32", reason="pipes with names and signals")

CALL = CallEvent(id=1, client="A", call="JetInit", args={"instance": "i1"})
OTHER = CallEvent(id=2, client="B", call="JetTerm", args={"instance": "i1"})
RETURN = ReturnEvent(id=1, err=0)


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where workspaces are made, and nothing else."""
    folder = tmp_path / "places"
    folder.mkdir()
    monkeypatch.setattr(folders, "MEMORY", folder)
    monkeypatch.setattr(folders, "ROOM", 0)
    return folder


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "GRACE", 0.0)


def run(task: str, engine: str = "reference", *, call_timeout: float = 60.0, **more: Any) -> Outcome:
    options = more.pop("options", {})
    job = Job(task=task, engine=engine, options=options)
    return supervisor.run(job, call_timeout=call_timeout, command=COMMAND, **more)


# -- the journal -------------------------------------------------------------------------------------------------------


def test_a_journal_is_read_as_it_was_written(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    assert last_history(tmp_path / "journal") == []
    assert progress(tmp_path / "journal") == Progress(0, "")
    journal.begin()
    assert last_history(tmp_path / "journal") == []
    for event in (CALL, RETURN):
        journal(event)
    assert last_history(tmp_path / "journal") == [CALL, RETURN]
    journal.begin('level 1: "cell" 2')
    journal(OTHER)
    assert last_history(tmp_path / "journal") == [OTHER]
    assert progress(tmp_path / "journal") == Progress(2, 'level 1: "cell" 2', calls=1)


def test_an_event_is_written_by_the_time_the_sink_returns(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    journal.begin()
    journal(CALL)
    assert (tmp_path / "journal").read_bytes().endswith(b"}\n")


def test_a_torn_last_line_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    journal = Journal(path)
    journal.begin("first")
    journal(CALL)
    journal.begin("second")
    journal(CALL)
    journal(RETURN)
    lines = path.read_bytes().splitlines(keepends=True)
    first, second = Progress(1, "first"), Progress(2, "second", calls=1)
    after: list[tuple[Progress, list[Event]]] = [
        (Progress(0, ""), []),
        (first, []),
        (first, [CALL]),
        (second, []),
        (second, [CALL]),
        (second, [CALL, RETURN]),
    ]
    for number, (line, expected) in enumerate(zip([*lines, b""], after, strict=True)):
        for length in range(max(1, len(line))):
            path.write_bytes(b"".join(lines[:number]) + line[:length])
            assert (progress(path), last_history(path)) == expected


def test_what_an_engine_says_cannot_pass_for_a_marker(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    journal.begin()
    nasty = CallEvent(id=1, client="A", call="JetInit", args={"instance": '\n{"history":9}\n'})
    journal(nasty)
    assert last_history(tmp_path / "journal") == [nasty]


def test_a_journal_does_not_grow_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    journal = Journal(path)
    big = CallEvent(id=1, client="A", call="JetInit", args={"instance": "x" * 100_000})
    for number in range(40):
        journal.begin(str(number))
        journal(big)
        assert last_history(path) == [big]
    assert progress(path) == Progress(40, "39", calls=39)  # those of the histories before it
    assert path.stat().st_size < ROOM + 200_000


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"nonsense\n", b'{"history":1}\nnonsense\n', b'{"history":}\n', b"\xff\n"]
)
def test_what_is_no_journal_has_no_history(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "journal").write_bytes(data)
    assert last_history(tmp_path / "journal") == []
    assert last_history(tmp_path / "missing") == []


def test_a_call_runs_from_its_entry_to_its_return_unless_a_call_is_held() -> None:
    hold, release = HoldEvent(id=1, point="copy"), ReleaseEvent(id=1, point="copy")
    callback, resume = CallbackEvent(id=1, snp=9, snt=5), ResumeEvent(id=1, err=0)
    fault = FaultEvent(kind="crash")
    assert running_call([]) is None
    assert running_call([CALL]) == CALL
    assert running_call([CALL, RETURN]) is None
    assert running_call([CALL, hold]) is None
    assert running_call([CALL, hold, release]) == CALL
    assert running_call([CALL, callback]) is None
    assert running_call([CALL, callback, resume]) == CALL
    assert running_call([CALL, hold, OTHER]) is None
    assert running_call([CALL, OTHER]) == OTHER
    assert running_call([OTHER, CALL, RETURN]) is None
    assert running_call([CALL, hold, fault]) is None
    assert running_call([CALL, hold, fault, OTHER]) == OTHER


# -- the workspace -----------------------------------------------------------------------------------------------------


def test_every_history_has_an_empty_folder_and_nothing_is_left(places: Path) -> None:
    with Workspace() as workspace:
        assert workspace.folder.parent == places
        roots = []
        for _ in range(3):
            with workspace.history() as root:
                roots.append(root)
                assert list(root.iterdir()) == []
                (root / "db" / "deep").mkdir(parents=True)
                (root / "db" / "deep" / "file").write_bytes(b"x")
            assert not root.exists()
        assert len(set(roots)) == 3
        workspace.fresh()
    assert list(places.iterdir()) == []


def test_the_folder_of_another_is_left_to_it(tmp_path: Path) -> None:
    with Workspace(tmp_path) as workspace:
        root = workspace.fresh()
    assert root.exists()


def test_links_are_removed_and_not_followed(places: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_bytes(b"kept")
    with Workspace() as workspace:
        with workspace.history() as root:
            (root / "link").symlink_to(outside)
        (workspace.fresh() / "link").symlink_to(outside)
    assert (outside / "file").read_bytes() == b"kept"
    assert list(places.iterdir()) == []


def test_only_roots_are_discarded(places: Path, tmp_path: Path) -> None:
    with Workspace() as workspace:
        root = workspace.fresh()
        for other in (tmp_path, workspace.folder, root / "db", root / ".." / ".."):
            with pytest.raises(ValueError, match="is not a folder of the workspace"):
                workspace.discard(other)
        assert root.exists()


@posix
def test_rights_that_were_taken_away_do_not_matter(places: Path) -> None:
    with Workspace() as workspace:
        for root in (workspace.fresh(), workspace.fresh()):
            (root / "db").mkdir()
            (root / "db" / "file").write_bytes(b"x")
            (root / "db").chmod(0o500)
            root.chmod(0o500)
        workspace.discard(root)
        assert not root.exists()
    assert list(places.iterdir()) == []


def test_a_root_that_is_gone_already_is_no_problem(places: Path) -> None:
    with Workspace() as workspace, workspace.history() as root:
        root.rmdir()


def test_memory_is_used_only_where_there_is_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "MEMORY", tmp_path)
    monkeypatch.setattr(folders, "ROOM", 0)
    assert folders.fastest_place() == tmp_path
    monkeypatch.setattr(folders, "ROOM", 1 << 62)
    assert folders.fastest_place() != tmp_path
    monkeypatch.setattr(folders, "MEMORY", tmp_path / "missing")
    assert folders.fastest_place() != tmp_path / "missing"


# -- jobs that end -----------------------------------------------------------------------------------------------------


def test_a_task_gets_its_job_and_its_result_comes_back(places: Path) -> None:
    outcome = run("echo", "python:a:b", options={"seed": 7, "cells": ["a", None]})
    assert isinstance(outcome, Finished)
    assert outcome.result["options"] == {"seed": 7, "cells": ["a", None]}
    assert outcome.result["engine"] == "python:a:b"
    assert Path(outcome.result["workspace"]).parent == places
    assert list(places.iterdir()) == []


def test_calls_are_made_in_the_child(places: Path) -> None:
    outcome = run("make_calls")
    assert isinstance(outcome, Finished)
    assert outcome.result["code"] == 0
    assert not [name for name in outcome.result["left"] if name[0].isdigit()]


def test_the_engine_has_an_empty_standard_input(places: Path) -> None:
    assert run("read_stdin") == Finished({"read": ""})


def test_progress_is_told(places: Path) -> None:
    told: list[Progress] = []
    outcome = run("compute", "python:misbehaving:Fake", options={"seconds": 0.5}, on_progress=told.append)
    assert isinstance(outcome, Wrong)  # Fake takes no folder
    outcome = run("compute", options={"seconds": 0.5}, on_progress=told.append)
    assert outcome == Finished({"done": True})
    assert told[-1] == Progress(2, "first")


def test_long_computing_is_not_silence(places: Path, quick: None) -> None:
    assert run("compute", call_timeout=0.8, options={"seconds": 1.2}) == Finished({"done": True})


@pytest.mark.parametrize(
    ("task", "engine", "message"),
    [
        ("nothing", "reference", "task 'nothing' is not known: known are echo"),
        ("make_calls", "refrence", "engine 'refrence' is not known"),
        ("make_calls", "python:misbehaving:factory_raises", "could not be opened: RuntimeError: no licence"),
        ("make_calls", "python:misbehaving:dies_at_once", "ended before the first call: exit status 8"),
        ("fail", "reference", "the harness itself failed: ZeroDivisionError: a bug of the harness"),
        ("leave", "reference", "SystemExit: 5"),
        ("gone", "reference", "No module named 'no_such_module'"),
        ("unwritable", "reference", "the result of the task cannot be written as JSON"),
    ],
)
def test_a_job_that_cannot_be_done_is_wrong(places: Path, task: str, engine: str, message: str) -> None:
    outcome = run(task, engine)
    assert isinstance(outcome, Wrong)
    assert message in outcome.message
    assert list(places.iterdir()) == []


def test_a_worker_that_does_not_start_is_wrong(places: Path) -> None:
    command = [sys.executable, "-c", "import sys; sys.exit('no interpreter for this')"]
    outcome = supervisor.run(Job(task="echo"), call_timeout=60, command=command)
    assert outcome == Wrong("the process ended before the first call: exit status 1 (no interpreter for this)")


def test_a_worker_needs_a_job_file(tmp_path: Path) -> None:
    (tmp_path / "job").write_text('{"task": 7}')
    for arguments, message in (
        ([], "usage: "),
        ([str(tmp_path / "job")], "no job: "),
        (["missing"], "missing: no job"),
    ):
        done = subprocess.run([*supervisor.WORKER, *arguments], capture_output=True, text=True, cwd=tmp_path)
        assert done.returncode == 2
        assert message in done.stderr
        assert "Traceback" not in done.stderr


# -- death and silence -------------------------------------------------------------------------------------------------


def calls(events: list[Any]) -> list[str]:
    return [event.call for event in events if isinstance(event, CallEvent)]


def test_death_in_a_call_is_told_with_the_history(places: Path) -> None:
    outcome = run("make_calls", "python:misbehaving:dies")
    assert isinstance(outcome, Died)
    assert outcome.exit_code == 7
    assert outcome.reason == "exit status 7"
    assert calls(outcome.events) == ["JetCreateInstance", "JetInit"]
    assert isinstance(outcome.events[-1], CallEvent)
    assert list(places.iterdir()) == []


@posix
def test_the_last_words_of_a_crash_are_kept_and_its_output_is_not(
    places: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    outcome = run("make_calls", "python:misbehaving:chatters")
    assert isinstance(outcome, Died)
    assert outcome.exit_code == -signal.SIGABRT
    assert outcome.reason == "killed by SIGABRT"
    assert "last words\n" in outcome.stderr
    assert "misbehaving.py" in outcome.stderr  # where it was, by faulthandler
    assert len(outcome.stderr) < 10_000
    assert capfd.readouterr() == ("", "")


def test_a_call_that_does_not_come_back_is_silence(places: Path, quick: None) -> None:
    outcome = run("make_calls", "python:misbehaving:hangs", call_timeout=0.5)
    assert isinstance(outcome, Silent)
    assert outcome.call == outcome.events[-1]
    assert outcome.call.call == "JetInit"
    assert list(places.iterdir()) == []


@posix
def test_native_code_that_keeps_pythons_lock_is_silence_also_beside_a_held_call(places: Path, quick: None) -> None:
    outcome = run("call_beside_held", "python:misbehaving:hangs_with_the_lock", call_timeout=2.0)
    assert isinstance(outcome, Silent)
    assert (outcome.call.id, outcome.call.call) == (4, "JetBeginSession")
    assert run("call_beside_held", call_timeout=2.0) == Finished({"done": True})


def test_the_deadline_is_no_finding(places: Path) -> None:
    outcome = run("compute", options={"seconds": 600}, deadline=0.5)
    assert isinstance(outcome, Late)
    assert list(places.iterdir()) == []


@posix
@pytest.mark.parametrize("die", [False, True])
def test_no_process_is_left(places: Path, tmp_path: Path, die: bool) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)

    def interrupt(now: Progress) -> None:
        if now.histories:  # by then the pipe is open, and everything is there that must go
            raise KeyboardInterrupt

    options = {"pipe": str(pipe), "die": die}
    if die:
        assert isinstance(run("wait_with_grandchild", options=options), Wrong)
    else:
        with pytest.raises(KeyboardInterrupt):
            run("wait_with_grandchild", options=options, on_progress=interrupt)
    os.set_blocking(reader, True)
    with os.fdopen(reader) as stream:
        assert len(stream.read().splitlines()) == 1  # the end comes only when all who hold the pipe are gone
    assert list(places.iterdir()) == []


@posix
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_outlives_the_supervisor(tmp_path: Path, how: signal.Signals) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    parent = subprocess.Popen([sys.executable, "-c", f"{TASKS}supervise()", str(pipe)], stderr=subprocess.DEVNULL)
    with pipe.open() as stream:
        _, workspace = stream.readline().split()
        assert Path(workspace).is_dir()
        parent.send_signal(how)
        assert stream.read() == ""
    assert parent.wait() == -how
    assert not Path(workspace).exists()


# -- what a check makes of it --------------------------------------------------------------------------------------------

BROKEN = "Traceback (most recent call last):\n  ...\nZeroDivisionError: a bug of the harness"


def asked(monkeypatch: pytest.MonkeyPatch, outcome: Outcome) -> None:
    """Whatever is run ends so."""
    monkeypatch.setattr(checking, "run", lambda *_, **__: outcome)


REQUEST = Request(engine="reference", profile="documented", seed=1)


def test_an_error_of_the_harness_is_one_line_and_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked(monkeypatch, Wrong("the harness itself failed: ZeroDivisionError: a bug", crash=BROKEN))
    with pytest.raises(CheckError) as caught:
        checking.check(REQUEST, folder=tmp_path / "findings")
    (path,) = (tmp_path / "findings").iterdir()
    assert str(caught.value) == f"the harness itself failed: ZeroDivisionError: a bug; please report it with {path}"
    assert path.read_text("utf-8") == BROKEN
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CheckError, match=r"please report it with .jetconform/findings/harness-"):
        checking.replay(REQUEST, ())


def test_an_error_of_the_harness_that_cannot_be_written_is_told_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked(monkeypatch, Wrong("the harness itself failed: x", crash=BROKEN))
    (tmp_path / "file").write_text("")
    with pytest.raises(CheckError, match=r"the harness itself failed: x .*cannot be written"):
        checking.check(REQUEST, folder=tmp_path / "file")


def test_wrong_input_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked(monkeypatch, Wrong("engine 'x' is not known"))
    with pytest.raises(CheckError, match=r"^engine 'x' is not known$"):
        checking.check(REQUEST, folder=tmp_path / "findings")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("levels", [(1, 2, 3), (2,)])
def test_a_silent_call_tells_how_many_were_made(
    levels: tuple[int, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = CallEvent(id=1, client="A", call="JetCreateInstance", args={"instance": "i1"})
    call = CallEvent(id=2, client="A", call="JetInit", args={"instance": "i1"})
    asked(monkeypatch, Silent([create, RETURN, call], call, "", calls=4321))
    card = checking.check(msgspec.structs.replace(REQUEST, levels=levels), folder=tmp_path / "findings")
    assert card.finding is not None
    assert (card.finding.calls_before, card.finding.level, card.calls) == (4321, levels[0], 4321)
    assert [(level.level, level.verdict) for level in card.levels] == [(levels[0], "does-not-conform")]


def test_calls_are_counted_over_all_histories(places: Path) -> None:
    outcome = run("make_calls", "python:misbehaving:dies")
    assert isinstance(outcome, Died)
    assert outcome.calls == len([event for event in outcome.events if isinstance(event, CallEvent)]) == 2
