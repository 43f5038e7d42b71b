"""Traces of a user's own tests: what a recorder or a proxy writes is judged as what it is."""

import json
import shlex
import sys
import threading
from pathlib import Path

import faulty
import pytest
from jetconform.conformance import Recorder
from jetconform.conformance.adapter import Adapter, NoSuchCall
from jetconform.conformance.cli import main
from jetconform.conformance.engines.reference import ReferenceAdapter
from jetconform.conformance.trace import (
    CallbackEvent,
    CallEvent,
    EndEvent,
    FaultEvent,
    HoldEvent,
    NotImplementedEvent,
    ReleaseEvent,
    ResumeEvent,
    ReturnEvent,
    Trace,
    read,
)

EXAMPLES = Path(__file__).parents[2] / "examples"
SKELETON, CLIENT = EXAMPLES / "skeleton_engine.py", EXAMPLES / "client.py"


def go_on(*_: int) -> int:
    return 0


def backed_up(engine: Recorder, root: Path) -> None:
    """What a test of an engine may do: two backups of a database with rows, the second while the first calls back."""
    engine.create_instance("i1")
    engine.init("i1")
    engine.begin_session("i1", "s1")
    engine.create_database("s1", "d1", "db/test.edb")
    assert engine.insert("s1", "d1", rows=30) == 0
    assert engine.count_rows("s1", "d1") == (0, 30)
    (root / "bk").mkdir()
    engine.changed("make-directory", "bk")

    def beside(*_: int) -> int:
        if not threads:
            threads.append(threading.Thread(target=engine.backup, args=("i1", None, 0, go_on)))
            threads[0].start()
            threads[0].join()
        return 0

    threads: list[threading.Thread] = []
    engine.backup("i1", "bk", 0, beside)
    engine.term("i1")


def recorded(engine: Adapter, root: Path) -> Path:
    path = root / "trace.jsonl"
    with Recorder(engine, path, engine="mine") as recorder:
        backed_up(recorder, root)
    return path


# -- in process ----------------------------------------------------------------------------------------------------------


def test_what_the_reference_engine_did_is_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = recorded(ReferenceAdapter(tmp_path), tmp_path)
    assert main(["trace", "check", str(path), "--profile", "documented"]) == 0
    assert "calls     9 = 9 explained + 0 rejected + 0 unjudged" in capsys.readouterr().out


def test_what_a_broken_engine_did_is_rejected(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = recorded(faulty.TwoAtOnce(tmp_path), tmp_path)
    assert main(["trace", "check", str(path), "--profile", "documented"]) == 1
    assert "call 8, JetBackupInstance(null, full): 0 Success" in capsys.readouterr().out


def test_the_trace_has_clients_callbacks_and_what_was_done_to_files(tmp_path: Path) -> None:
    trace = read(recorded(ReferenceAdapter(tmp_path), tmp_path))
    assert (trace.header.engine, "callback" in (trace.header.capabilities or ())) == ("mine", True)
    calls = {event.id: event for event in trace.events if isinstance(event, CallEvent)}
    assert calls[5].args == {"session": "s1", "database": "d1", "rows": 30}
    assert [calls[number].client for number in (1, 7, 8, 9)] == ["A", "A", "B", "A"]
    assert ReturnEvent(id=6, err=0, result={"rows": 30}) in trace.events
    assert FaultEvent(kind="make-directory", target="bk") in trace.events
    first = next(at for at, event in enumerate(trace.events) if isinstance(event, CallbackEvent))
    assert trace.events[first - 1] == calls[7]
    assert trace.events[first + 1 : first + 4] == [
        calls[8],
        ReturnEvent(id=8, err=-505),
        ResumeEvent(id=7, err=0),
    ]
    assert trace.events[-1] == EndEvent(reason="done")


def test_hold_points_damage_and_missing_calls_are_recorded(tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"
    seen: list[str] = []
    with Recorder(faulty.WithoutSome(tmp_path), path) as engine:
        engine.on_point(lambda point, _: seen.append(point))
        engine.create_instance("i1")
        engine.init("i1")
        engine.begin_session("i1", "s1")
        engine.create_database("s1", "d1", "db/test.edb")
        with pytest.raises(NoSuchCall):
            engine.stop_service_instance("i1")
        engine.backup("i1", None, 0, go_on)
        assert engine.damage_page("db/test.edb")
        engine.fail_log_writes("i1", "no-space")
        with pytest.raises(ValueError, match="change 'eat' is not known"):
            engine.changed("eat", "db")
    events = read(path).events
    assert "enter" in seen
    assert events.index(HoldEvent(id=6, point="enter")) + 1 == events.index(ReleaseEvent(id=6, point="enter"))
    assert NotImplementedEvent(id=5) in events
    assert [event.kind for event in events if isinstance(event, FaultEvent)] == ["damage-page", "fail-log-no-space"]
    with pytest.raises(ValueError, match="init: the recording has ended"):
        engine.init("i1")


def test_native_codes_are_recorded_as_what_the_table_says(tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"
    with Recorder(faulty.native(tmp_path), path) as engine:  # type: ignore[arg-type]
        assert engine.create_instance("i1") == 9999
        assert engine.init("i2") == 1003
    assert [event.err for event in read(path).events if isinstance(event, ReturnEvent)] == [0, -1003]


def test_a_test_that_ends_in_the_middle_of_a_call_leaves_what_was_seen(tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"

    def fails(*_: int) -> int:
        raise KeyError("the test is over")

    engine = Recorder(ReferenceAdapter(tmp_path), path)
    engine.create_instance("i1")
    assert len(read(path).events) == 2  # at once
    engine.init("i1")
    engine.begin_session("i1", "s1")
    engine.create_database("s1", "d1", "db/test.edb")
    (tmp_path / "bk").mkdir()
    with pytest.raises(KeyError):
        engine.backup("i1", "bk", 0, fails)
    engine.close()
    assert isinstance(read(path).events[-1], CallbackEvent)


# -- through a proxy -----------------------------------------------------------------------------------------------------


def python(path: Path, *arguments: object) -> str:
    return "process:" + shlex.join([sys.executable, str(path), *map(str, arguments)])


def record(engine: str, out: Path, *client: object) -> int:
    return main(["trace", "record", "--engine", engine, "-o", str(out), "--", *map(str, client)])


def test_a_client_program_and_an_engine_that_conforms(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "trace.jsonl"
    assert record(python(SKELETON), out, sys.executable, CLIENT) == 0
    assert f"recorded {out}" in capsys.readouterr().err
    assert main(["trace", "check", str(out), "--profile", "documented"]) == 0
    assert "calls     8 = 8 explained + 0 rejected + 0 unjudged" in capsys.readouterr().out
    assert FaultEvent(kind="make-directory", target="backup") in read(out).events


def test_a_client_program_and_an_engine_with_a_bug(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bug = tmp_path / "bug.py"
    bug.write_text(SKELETON.read_text("utf-8").replace("return INVALID_PATH", "return NOT_EMPTY"), "utf-8")
    out = tmp_path / "trace.jsonl"
    assert record(python(bug), out, sys.executable, CLIENT) == 0  # it wants a backup, and has one
    assert main(["trace", "check", str(out), "--profile", "documented"]) == 1
    assert "call 6, JetBackupInstance(missing, full): -504 BackupDirectoryNotEmpty" in capsys.readouterr().out


def test_the_engine_of_the_project_behind_the_proxy(tmp_path: Path) -> None:
    out = tmp_path / "trace.jsonl"
    assert record("process:jetconform serve", out, sys.executable, CLIENT) == 0
    events = read(out).events
    assert any(isinstance(event, ResumeEvent) for event in events)
    assert main(["trace", "check", str(out), "--profile", "documented"]) == 0


HELLO = {"op": "hello", "protocol": 1}
SAYS = "import sys; [print(line, flush=True) or sys.stdin.readline() for line in {lines!r}]; sys.exit({status})"


def says(*messages: object, status: int = 0) -> tuple[str, str, str]:
    """A client that says these lines, each after the answer to the one before."""
    lines = [one if isinstance(one, str) else json.dumps(one) for one in messages]
    return sys.executable, "-c", SAYS.format(lines=lines, status=status)


def create(number: int) -> dict[str, object]:
    return {"op": "call", "id": number, "client": "A", "call": "JetCreateInstance", "args": {"instance": "i1"}}


def test_the_exit_status_is_that_of_the_client_and_every_folder_has_its_trace(tmp_path: Path) -> None:
    one, other = ({"op": "reset", "root": str(tmp_path / name)} for name in ("one", "other"))
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    out = tmp_path / "trace.jsonl"
    client = says(HELLO, one, create(1), one, create(2), other, create(3), {"op": "bye"}, status=7)
    assert record(python(SKELETON), out, *client) == 7
    first, second = read(out), read(tmp_path / "trace-2.jsonl")
    assert called(first) == [1, 2]
    assert FaultEvent(kind="crash") in first.events
    assert called(second) == [3]
    assert (first.events[-1], second.events[-1]) == (EndEvent(reason="done"), EndEvent(reason="done"))


def called(trace: Trace) -> list[int]:
    return [event.id for event in trace.events if isinstance(event, CallEvent)]


def test_an_engine_that_dies_leaves_a_trace_that_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dies = tmp_path / "dies.py"
    dies.write_text(SKELETON.read_text("utf-8").replace("return NAME_IN_USE", "sys.exit(3)"), "utf-8")
    out = tmp_path / "trace.jsonl"
    client = says(HELLO, {"op": "reset", "root": str(tmp_path)}, create(1), create(2))
    assert record(python(dies), out, *client) == 0
    assert read(out).events[-1] == EndEvent(reason="crash")
    assert main(["trace", "check", str(out), "--profile", "documented"]) == 1
    assert "the engine's process ended" in capsys.readouterr().out


RESET = {"op": "reset", "root": "."}


@pytest.mark.parametrize(
    ("engine", "client", "message"),
    [
        ("reference", says(), "expected one in a process of its own, process:COMMAND or esent[:LIBRARY]"),
        ("process:no-such-program", says(), "no-such-program is no program that can be run"),
        (python(SKELETON), ("no-such-client",), "no-such-client: No such file"),
        (python(SKELETON), says(HELLO), "ended without a reset, so that there is nothing to record"),
        (python(SKELETON), says("hi"), "the client: read a line that is no message: 'hi"),
        (python(SKELETON), says(HELLO, create(1)), "the client: the first message after hello must be reset"),
        (
            python(SKELETON),
            says(HELLO, RESET, {"op": "changed", "kind": "eat", "target": ""}),
            "the client: change 'eat' is not known",
        ),
        (f"process:{sys.executable} -c print(1)", says(HELLO), "the engine: wrote a line that is no message: '1"),
    ],
)
def test_what_cannot_be_recorded_is_one_line(
    engine: str, client: tuple[str, ...], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert record(engine, tmp_path / "trace.jsonl", *client) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert message in lines[0]
