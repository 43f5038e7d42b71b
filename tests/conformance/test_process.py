"""Engines in a process of their own: what they say is judged, what they do instead of answering is a finding."""

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from bench import HERE, Recording, backup, found, laboratory, on_instance
from jetconform.conformance import processes
from jetconform.conformance.adapter import Adapter, EngineDied, EngineSilent, EngineTrouble, NoSuchCall, UnmappedCode
from jetconform.conformance.cli import main
from jetconform.conformance.engines import EngineSpecError, load, open_engine
from jetconform.conformance.engines.process import ProcessAdapter, ProcessFactory
from jetconform.conformance.history import Nonconformity
from jetconform.conformance.inflight import NotMade
from jetconform.conformance.protocol import LINE_LIMIT
from jetconform.conformance.script import Step, from_events, play
from jetconform.conformance.trace import CallEvent, EndEvent, FaultEvent, NotImplementedEvent, ReturnEvent

posix = pytest.mark.skipif(sys.platform == "win32", reason="named pipes")
CREATE, INIT = on_instance(1, "JetCreateInstance"), on_instance(2, "JetInit")


def spec(how: str, *more: object) -> str:
    return "process:" + shlex.join([sys.executable, "-S", "-E", str(HERE / "process_engine.py"), how, *map(str, more)])


@pytest.fixture
def engines(tmp_path: Path) -> Iterator["Engines"]:
    made = Engines(tmp_path)
    yield made
    made.close()


class Engines:
    """Opens engines, and ends their processes at the end of the test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.factories: list[ProcessFactory] = []

    def factory(self, how: str, *more: object) -> ProcessFactory:
        factory = load(spec(how, *more), call_timeout=60.0)
        assert isinstance(factory, ProcessFactory)
        self.factories.append(factory)
        return factory

    def open(self, how: str) -> ProcessAdapter:
        adapter = open_engine(self.factory(how), self.folder)
        assert isinstance(adapter, ProcessAdapter)
        return adapter

    def close(self) -> None:
        for factory in self.factories:
            factory.close()


def ignore(snp: int, snt: int, done: int, total: int) -> int:
    return 0


# -- SPECs and hello ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("process:", "expected process:COMMAND"),
        ("process:   ", "expected process:COMMAND"),
        ("process:no-such-program --serve", "no-such-program is no program that can be run"),
        ("process:'unbalanced", "No closing quotation"),
    ],
)
@posix
def test_a_command_that_is_none_is_one_line(wrong: str, message: str) -> None:
    with pytest.raises(EngineSpecError) as caught:
        load(wrong)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("fails", "the engine's process ended: exit status 1 (no licence for this machine)"),
        ("other-version", "speaks version 2 of the protocol, expected 1"),
        ("no-capability", "a capability that is not known: 'hold:somewhere'"),
        ("no-call", "says in not_implemented what is no call: 'JetFly'"),
        ("no-number", "says in errors what is no number: 'zero'"),
        ("wrong-answer", "answered hello with 'ready', expected hello"),
        ("never-resets", "cannot be reset even when it was only started: the cache is warm"),
    ],
)
def test_a_process_that_is_no_engine_is_one_line(how: str, message: str, engines: Engines) -> None:
    with pytest.raises(EngineSpecError) as caught:
        engines.open(how)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


# -- one process, many histories ---------------------------------------------------------------------------------------


def process_of(adapter: Adapter) -> int:
    return adapter.count_rows("s1", "d1")[1]


def test_one_process_serves_many_histories(tmp_path: Path, engines: Engines) -> None:
    factory = engines.factory("good")
    first = factory(tmp_path / "1")
    number = process_of(first)
    first.close()
    assert process_of(factory(tmp_path / "2")) == number


def test_a_process_that_cannot_reset_is_replaced(tmp_path: Path, engines: Engines) -> None:
    factory = engines.factory("resets-once")
    first = factory(tmp_path / "1")
    number = process_of(first)
    first.close()
    assert process_of(factory(tmp_path / "2")) != number


@pytest.mark.parametrize(("how", "same"), [("good", False), ("reset-drops", True)])
def test_a_crash_is_the_death_of_the_process_unless_a_reset_is_as_good(
    how: str, same: bool, tmp_path: Path, engines: Engines
) -> None:
    factory = engines.factory(how)
    first = factory(tmp_path)
    number = process_of(first)
    first.close()
    assert (process_of(factory(tmp_path)) == number) is same


def test_a_process_with_an_open_call_is_ended(tmp_path: Path, engines: Engines) -> None:
    factory = engines.factory("good")
    adapter = factory(tmp_path / "1")
    number = process_of(adapter)

    def close(snp: int, snt: int, done: int, total: int) -> int:
        adapter.close()
        return 0

    with pytest.raises(EngineTrouble):
        adapter.backup("i1", "bk", 0, close)
    assert process_of(factory(tmp_path / "2")) != number


@posix
def test_what_a_process_started_ends_with_it(tmp_path: Path, engines: Engines) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    factory = engines.factory("leaves-a-child", pipe)
    adapter = factory(tmp_path)
    with pipe.open() as reading:  # it is there
        assert adapter.init("i1") == 0
        factory.close()
        assert reading.read() == ""  # it came to its end: nobody holds the other one


# -- calls -------------------------------------------------------------------------------------------------------------


def test_calls_callbacks_and_outputs_come_through(engines: Engines) -> None:
    engine = engines.open("good")
    seen: list[tuple[int, ...]] = []

    def status(*numbers: int) -> int:
        seen.append(numbers)
        return 0

    assert engine.capabilities == {"callback"}
    assert engine.create_instance("i1") == 0  # type: ignore[attr-defined]
    assert engine.backup("i1", "bk", 0, status) == 0  # type: ignore[attr-defined]
    assert seen == [(9, 5, 0, 0), (9, 6, 0, 0)]
    assert engine.backup("i1", "bk", 0, lambda *_: -1011) == -1011  # type: ignore[attr-defined]
    assert engine.read_file("i1", "aGk=", 9) == (0, b"hi")  # type: ignore[attr-defined]


def test_data_that_is_no_base64_is_trouble(engines: Engines) -> None:
    engine = engines.open("good")
    with pytest.raises(EngineTrouble, match="no base64"):
        engine.read_file("i1", "!", 9)  # type: ignore[attr-defined]


def test_native_codes_are_mapped_and_an_unmapped_one_is_an_error(engines: Engines) -> None:
    engine = engines.open("native")
    assert engine.init("i1") == -1029  # type: ignore[attr-defined]
    with pytest.raises(UnmappedCode, match="native code 18"):
        engine.create_instance("i1")  # type: ignore[attr-defined]


def test_an_answer_of_another_kind_is_trouble(engines: Engines) -> None:
    engine = engines.open("observes")
    assert engine.classify("edb.log") == ("log", 7)
    with pytest.raises(EngineTrouble, match="answered rows with something else: Expected `array`, got `str`"):
        engine.rows("s1", "d1")
    with pytest.raises(EngineTrouble, match="declares what it cannot be asked: events"):
        engine.events("i1")


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("garbage", "wrote a line that is no message: 'ready to serve'"),
        ("other-id", "said 'return' of call 1001, which is not open"),
        ("no-return", "Object missing required field `err`"),
        ("answer", "said 'answer' in JetCreateInstance, which cannot be there"),
        ("calls-back", "said 'callback' in JetCreateInstance, which cannot be there"),
        ("endless", f"wrote a line of more than {LINE_LIMIT:,} bytes"),
    ],
)
def test_what_is_no_answer_is_trouble_and_stays_it(how: str, message: str, engines: Engines) -> None:
    engine = engines.open(how)
    for _ in range(2):
        with pytest.raises(EngineTrouble) as caught:
            engine.create_instance("i1")  # type: ignore[attr-defined]
        assert message in str(caught.value)


def test_a_second_answer_is_trouble_of_the_next_call(engines: Engines) -> None:
    engine = engines.open("twice")
    assert engine.create_instance("i1") == 0  # type: ignore[attr-defined]
    with pytest.raises(EngineTrouble, match="said 'return' of call 1, which is not open"):
        engine.init("i1")  # type: ignore[attr-defined]


def test_an_output_that_was_closed_is_trouble(engines: Engines) -> None:
    with pytest.raises(EngineTrouble, match="closed its standard input or output, and goes on running"):
        engines.open("closes").init("i1")  # type: ignore[attr-defined]


def test_silence_is_a_hang(engines: Engines) -> None:
    engine = engines.open("silent")
    engine._channel.timeout = 0.0
    with pytest.raises(EngineSilent, match="no answer within 0 seconds"):
        engine.init("i1")  # type: ignore[attr-defined]


def test_death_is_told_with_its_exit_status_and_last_words(engines: Engines) -> None:
    engine = engines.open("dies")
    with pytest.raises(EngineDied, match="the engine's process ended: exit status 7"):
        engine.init("i1")  # type: ignore[attr-defined]
    assert engine.said() == "checking the log\nassertion failed: page 7\n"


def test_a_call_that_is_not_there_is_known_afterwards_in_every_history(tmp_path: Path, engines: Engines) -> None:
    factory = engines.factory("late")
    with pytest.raises(NoSuchCall):
        factory(tmp_path / "1").init("i1")
    assert factory(tmp_path / "2").not_implemented == {"JetInit"}  # type: ignore[attr-defined]


# -- histories ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def lab(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Recording]:
    how, profile = request.param if isinstance(request.param, tuple) else (request.param, "documented")
    with laboratory(tmp_path / "lab", spec(how), profile) as made:
        yield made
        made.close()


RUNS: tuple[Step, ...] = (CREATE, INIT)


@pytest.mark.parametrize("lab", ["dies"], indirect=True)
def test_a_death_is_a_finding_that_says_what_the_engine_said(lab: Recording) -> None:
    finding = found(lab, (*RUNS, on_instance(3, "JetTerm")))
    why = finding.explanation
    assert (why.kind, why.call, why.observed) == ("died", "JetInit()", "the engine's process ended: exit status 7")
    assert why.reason == "no row lets the engine die of this call"
    assert finding.events[-1] == EndEvent(reason="crash")
    assert finding.said.splitlines()[-1] == "assertion failed: page 7"


@pytest.mark.parametrize("lab", ["dies"], indirect=True)
def test_a_death_is_reduced_to_what_it_takes(lab: Recording) -> None:
    script = (CREATE, on_instance(2, "JetTerm"), on_instance(3, "JetCreateInstance"), on_instance(4, "JetInit"))
    with lab.history() as history, pytest.raises(Nonconformity) as caught:
        play(script, history)
    finding = lab.reduce(history, caught.value, level=1)
    calls = [event.call for event in finding.events if isinstance(event, CallEvent)]
    assert (finding.minimal, calls) == (True, ["JetInit"])


@pytest.mark.parametrize("lab", ["exits-in-callback"], indirect=True)
@pytest.mark.parametrize("hold", [None, "callback:1"])
def test_an_exit_in_a_callback_is_a_death_of_that_call(hold: str | None, lab: Recording) -> None:
    finding = found(lab, (*RUNS, backup(3, None, hold=hold)))
    assert (finding.explanation.kind, finding.explanation.call_id) == ("died", 3)
    assert finding.explanation.observed == "the engine's process ended: exit status 3"


@pytest.mark.parametrize("lab", ["dies-when-asked"], indirect=True)
def test_a_death_while_it_is_looked_at_is_a_finding_without_a_call(lab: Recording) -> None:
    with lab.history() as history:
        play(RUNS, history)
        with pytest.raises(Nonconformity) as caught:
            history.rows("s1", "d1")
        finding = lab.finding(history, caught.value, minimal=False, calls=0, level=3)
    assert (finding.explanation.kind, finding.explanation.call) == ("died", "")
    assert finding.explanation.reason == "the engine: the engine's process ended: exit status 4"


@pytest.mark.parametrize("lab", ["garbage"], indirect=True)
def test_garbage_is_misbehaviour_of_the_call(lab: Recording) -> None:
    finding = found(lab, RUNS)
    assert (finding.explanation.kind, finding.explanation.call_id) == ("misbehaviour", 1)
    assert "no message: 'ready to serve'" in finding.explanation.observed


@pytest.mark.parametrize("lab", [("good", "ese")], indirect=True)
def test_where_the_profile_lets_it_die_a_death_is_no_finding(lab: Recording) -> None:
    with lab.history() as history:
        history.make("JetCreateInstance", {"instance": "i1"})
        with pytest.raises(NotMade, match="exit status 9, as the profile lets it"):
            history.make("JetStopServiceInstance", {"instance": "i1"})
        assert history.events[-1] == FaultEvent(kind="crash")
        history.make("JetCreateInstance", {"instance": "i1"})  # another process
        assert history.events[-1] == ReturnEvent(id=3, err=0)


@pytest.mark.parametrize("lab", ["late"], indirect=True)
def test_a_call_that_is_not_there_leaves_no_trace_in_the_judge(lab: Recording) -> None:
    with lab.history() as history:
        history.make("JetCreateInstance", {"instance": "i1"})
        before = history.judge.belief("i1")
        with pytest.raises(NotMade, match="JetInit: the engine does not have it"):
            history.make("JetInit", {"instance": "i1"})
        assert history.events[-1] == NotImplementedEvent(id=2)
        assert history.judge.belief("i1") is before
        with pytest.raises(NotMade, match="JetInit: the engine has no JetInit"):
            history.make("JetInit", {"instance": "i1"})
        assert history.events[-1] == NotImplementedEvent(id=2)  # it was not asked again
        assert [step.id for step in from_events(history.events)] == [1]  # type: ignore[union-attr]


@pytest.mark.parametrize("lab", ["lists"], indirect=True)
def test_a_call_that_hello_says_is_not_there_is_never_made(lab: Recording) -> None:
    with lab.history() as history:
        assert history.lacks("JetTerm") == "JetTerm"
        assert history.lacks("JetBeginExternalBackupInstance") == "streaming"
        assert history.lacks("JetInit") == ""
        with pytest.raises(NotMade):
            history.make("JetTerm", {"instance": "i1"})
        assert history.events == []


# -- nothing outlives the run ------------------------------------------------------------------------------------------


def test_a_process_is_noted_as_long_as_it_runs(
    tmp_path: Path, engines: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = tmp_path / "groups"
    notes.mkdir()
    monkeypatch.setattr(processes, "_notes", notes)
    factory = engines.factory("good")
    number = process_of(factory(tmp_path))
    assert [path.name for path in notes.iterdir()] == [str(number)]
    factory.close()
    assert list(notes.iterdir()) == []


@posix
def test_what_is_noted_can_be_ended_by_another(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, **processes.in_group())
    (tmp_path / str(child.pid)).touch()
    (tmp_path / "no number").touch()
    processes.kill_noted(tmp_path)
    assert child.wait() == -signal.SIGKILL
    processes.kill_noted(tmp_path / "no such folder")


# -- the command -------------------------------------------------------------------------------------------------------


@pytest.fixture
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("_elsewhere")
@pytest.mark.parametrize(
    ("engine", "message"),
    [
        ("process:no-such-program", "no-such-program is no program that can be run"),
        (spec("fails"), "the engine's process ended: exit status 1 (no licence for this machine)"),
    ],
)
@posix
def test_a_process_that_cannot_be_judged_ends_with_2(
    engine: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "--engine", engine, "--only-level", "1"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert message in said.err
    assert said.err.count("\n") == 1


@pytest.mark.usefixtures("_elsewhere")
def test_a_death_is_shown_saved_and_made_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    engine = spec("dies")
    assert main(["check", "--engine", engine, "--only-level", "1", "--seed", "1"]) == 1
    said = capsys.readouterr().out
    assert "the engine's process ended: exit status 7" in said
    assert "assertion failed: page 7" in said
    (saved,) = (tmp_path / ".jetconform" / "findings").iterdir()
    assert saved.name.startswith("died-")
    assert main(["replay", str(saved), "--engine", engine]) == 1
    assert "exit status 7" in capsys.readouterr().out
