"""The runner: true order of events, holds, nesting, faults, and engines that misbehave."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jetconform.conformance import trace
from jetconform.conformance.engines.reference import ReferenceAdapter
from jetconform.conformance.environment import ENGINE_FAULTS, FILE_FAULTS
from jetconform.conformance.invocation import CALLS
from jetconform.conformance.runner import Hang, Misbehaviour, Runner
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
from jetconform.model.calls import ALL_CALLS
from jetconform.model.vocabulary import JetErr
from misbehaving import Fake

INIT = {"instance": "i1"}
BACKUP = {"instance": "i1", "path": "bk1", "grbit": 4}
LONG = 60.0  # seconds that no test waits for


class Harness:
    """A runner over some adapter, and what its sink was told."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.events: list[Event] = []
        self.runners: list[Runner] = []

    def over(self, adapter: Any, *, call_timeout: float = LONG, patience: float = LONG, sink: Any = None) -> Runner:
        runner = Runner(
            adapter, self.root, sink=sink or self.events.append, call_timeout=call_timeout, patience=patience
        )
        self.runners.append(runner)
        return runner

    def told(self) -> list[str]:
        return [_short(event) for event in self.events]


def _short(event: Event) -> str:
    match event:
        case CallEvent():
            return f"call {event.id} {event.client} {event.call}"
        case ReturnEvent():
            return f"return {event.id} {event.err}"
        case CallbackEvent():
            return f"callback {event.id} {event.done}"
        case ResumeEvent():
            return f"resume {event.id} {event.err}"
        case HoldEvent():
            return f"hold {event.id} {event.point}"
        case ReleaseEvent():
            return f"release {event.id} {event.point}"
        case FaultEvent():
            return f"fault {event.kind} {event.target}"
    return str(event)


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[Harness]:
    root = tmp_path / "root"
    root.mkdir()
    made = Harness(root)
    yield made
    for runner in made.runners:
        runner.close()


def shut(gate: threading.Event) -> Callable[..., int]:
    """A call that is back when the gate opens."""
    return lambda *_: 0 if gate.wait() else 1


# -- calls -------------------------------------------------------------------------------------------------------------


def test_the_table_has_every_call_of_the_model() -> None:
    assert set(CALLS) == set(ALL_CALLS)


OUTPUTS = {
    "CountRows": (-1, 0),
    "JetGetAttachInfoInstance": (-1, []),
    "JetOpenFileInstance": (-1, 0),
    "JetReadFileInstance": (-1, b""),
    "JetGetLogInfoInstance": (-1, []),
    "JetGetTruncateLogInfoInstance": (-1, []),
    "JetOSSnapshotFreeze": (-1, 0),
}
"""What the calls return that give more than a code."""


def test_every_call_reaches_its_method_with_its_arguments_in_order(harness: Harness) -> None:
    for call, row in CALLS.items():
        seen: list[Any] = []

        def answer(*args: Any, seen: list[Any] = seen, call: str = call) -> Any:
            seen.extend(args)
            return OUTPUTS.get(call, -1)

        args = {name: f"<{name}>" for name in row.arguments} | (
            {"parameter": "recovery"} if "Parameter" in call else {}
        )
        runner = harness.over(Fake(**{row.method: answer}))
        assert runner.returned(runner.call(call, args)) == -1
        assert seen[: len(args)] == [args[name] for name in row.arguments]


def test_a_call_is_told_before_the_engine_is_entered(harness: Harness) -> None:
    before: list[str] = []
    runner = harness.over(Fake(init=lambda _: before.extend(harness.told()) or -1029))
    assert runner.call("JetInit", INIT) == 1
    assert before == ["call 1 A JetInit"]
    assert harness.told() == ["call 1 A JetInit", "return 1 -1029"]
    assert runner.returned(1) == -1029
    assert runner.returned(2) is None


def test_a_call_without_hold_is_made_on_the_thread_of_the_caller(harness: Harness) -> None:
    threads: list[threading.Thread] = []
    runner = harness.over(Fake(init=lambda _: threads.append(threading.current_thread()) or 0))
    runner.call("JetInit", INIT)
    assert threads == [threading.current_thread()]


def test_codes_of_enumerations_become_numbers(harness: Harness) -> None:
    runner = harness.over(Fake(init=lambda _: JetErr.InitInProgress, count_rows=lambda *_: (JetErr.Success, 12)))
    runner.call("JetInit", INIT)
    runner.call("CountRows", {"session": "s1", "database": "d1"})
    assert harness.events[1] == ReturnEvent(id=1, err=-1031)
    assert type(harness.events[1].err) is int
    assert harness.events[3] == ReturnEvent(id=2, err=0, result={"rows": 12})


@pytest.mark.parametrize(
    ("call", "args", "message"),
    [
        ("JetInti", {}, "call 'JetInti' is not known: known are JetCreateInstance"),
        ("JetTerm2", {"instance": "i1"}, "JetTerm2: the argument 'grbit' is missing"),
        (
            "JetSetSystemParameter",
            {"instance": "i1", "parameter": "colour", "value": 1},
            "parameter 'colour' is not known",
        ),
        ("JetSetSystemParameter", {"instance": "i1"}, "parameter None is not known"),
    ],
)
def test_a_call_that_cannot_be_made_is_refused_and_not_told(
    harness: Harness, call: str, args: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        harness.over(Fake()).call(call, args)
    assert harness.events == []


@pytest.mark.parametrize("hold", ["exit", "callback", "callback:0", "callback:-1", "callback:x", "enter:1", ""])
def test_an_unknown_hold_is_refused_and_not_told(harness: Harness, hold: str) -> None:
    with pytest.raises(ValueError, match=r"hold .* is not known: expected enter, copy, truncate, leave or callback:K"):
        harness.over(Fake()).call("JetBackupInstance", BACKUP, hold=hold)
    assert harness.events == []


# -- holds -------------------------------------------------------------------------------------------------------------


def test_callbacks_that_are_not_held_are_told_and_answered(harness: Harness) -> None:
    harness.over(Fake()).call("JetBackupInstance", BACKUP)
    progress = [text for done in range(4) for text in (f"callback 1 {done}", "resume 1 0")]
    assert harness.told() == ["call 1 A JetBackupInstance", *progress, "return 1 0"]


def test_a_call_is_held_where_it_first_reaches_the_point(harness: Harness) -> None:
    runner = harness.over(Fake())
    runner.call("JetBackupInstance", BACKUP, hold="copy")
    assert runner.held() == runner.open_calls() == (1,)
    assert harness.told()[1:] == ["callback 1 0", "resume 1 0", "hold 1 copy file1"]
    runner.release(1)
    assert runner.open_calls() == ()
    assert harness.told()[4:6] == ["release 1 copy file1", "callback 1 1"]
    assert harness.told()[-1] == "return 1 0"


def test_a_call_is_held_in_the_callback_that_was_asked_for(harness: Harness) -> None:
    runner = harness.over(Fake())
    runner.call("JetBackupInstance", BACKUP, hold="callback:2")
    assert harness.told()[1:] == ["callback 1 0", "resume 1 0", "callback 1 1"]
    runner.release(1, -800)
    assert harness.told()[4:] == ["resume 1 -800", "return 1 -800"]
    assert runner.returned(1) == -800


def test_a_released_call_can_be_held_again(harness: Harness) -> None:
    runner = harness.over(Fake())
    runner.call("JetBackupInstance", BACKUP, hold="enter")
    runner.release(1, hold="copy")
    runner.release(1, hold="copy")
    runner.release(1, hold="callback:4")
    assert runner.held() == (1,)
    runner.release(1)
    holds = [text for text in harness.told() if text.startswith(("hold", "callback 1 3", "return"))]
    assert holds == ["hold 1 enter", "hold 1 copy file1", "hold 1 copy file2", "callback 1 3", "return 1 0"]


def test_a_call_that_does_not_reach_its_hold_just_returns(harness: Harness) -> None:
    runner = harness.over(Fake())
    assert runner.returned(runner.call("JetBackupInstance", BACKUP, hold="truncate")) == 0
    assert runner.returned(runner.call("JetBackupInstance", BACKUP, hold="callback:5")) == 0
    assert runner.returned(runner.call("JetInit", INIT, hold="enter")) == 0


def test_others_call_while_one_is_held(harness: Harness) -> None:
    runner = harness.over(Fake())
    runner.call("JetBackupInstance", BACKUP, hold="enter")
    assert runner.returned(runner.call("JetInit", INIT, client="B")) == 0
    runner.call("JetBackupInstance", BACKUP, client="C", hold="callback:1")
    assert runner.held() == (1, 3)
    runner.release(1)
    assert runner.held() == (3,)
    runner.release(3)
    assert runner.open_calls() == ()


def test_a_hold_is_for_its_own_call_alone(harness: Harness) -> None:
    runner = harness.over(Fake())
    runner.call("JetBackupInstance", BACKUP, hold="enter")
    other = runner.call("JetBackupInstance", BACKUP, client="B")
    assert runner.returned(other) == 0
    assert runner.held() == (1,)


def test_only_what_is_held_is_released(harness: Harness) -> None:
    runner = harness.over(Fake())
    with pytest.raises(ValueError, match="call 1 is not held"):
        runner.release(1)
    runner.call("JetBackupInstance", BACKUP, hold="enter")
    with pytest.raises(ValueError, match="only a callback returns a value"):
        runner.release(1, -800)
    runner.release(1)
    with pytest.raises(ValueError, match="call 1 is not held"):
        runner.release(1)


def test_a_client_inside_a_call_makes_no_other(harness: Harness) -> None:
    gate = threading.Event()
    runner = harness.over(Fake(init=shut(gate)))
    runner.call("JetBackupInstance", BACKUP, hold="enter")
    with pytest.raises(ValueError, match="client A is inside call 1: only inside a callback"):
        runner.call("JetTerm", INIT)
    runner.call("JetInit", INIT, client="B", wait=0)
    with pytest.raises(ValueError, match="client B is inside call 2"):
        runner.call("JetTerm", INIT, client="B")
    assert len([event for event in harness.events if isinstance(event, CallEvent)]) == 2
    gate.set()
    runner.finish()


def test_a_call_from_inside_a_callback_is_made_on_the_thread_of_the_callback(harness: Harness) -> None:
    threads: list[threading.Thread] = []

    def backup(_i: str, _p: str, _g: int, status: Callable[..., int]) -> int:
        threads.append(threading.current_thread())
        return status(9, 5, 0, 100)

    runner = harness.over(Fake(backup=backup, init=lambda _: threads.append(threading.current_thread()) or -1030))
    runner.call("JetBackupInstance", BACKUP, hold="callback:1")
    assert runner.returned(runner.call("JetInit", INIT)) == -1030
    runner.release(1)
    assert threads[0] is threads[1] is not threading.current_thread()
    assert harness.told() == [
        *("call 1 A JetBackupInstance", "callback 1 0"),
        *("call 2 A JetInit", "return 2 -1030"),
        *("resume 1 0", "return 1 0"),
    ]


def test_a_call_around_another_can_be_held_again(harness: Harness) -> None:
    runner = harness.over(Fake())
    runner.call("JetBackupInstance", BACKUP, hold="callback:1")
    runner.call("JetBackupInstance", BACKUP)
    runner.release(1, hold="copy")
    assert runner.held() == (1,)
    assert harness.told()[-1] == "hold 1 copy file1"


def test_a_call_from_inside_a_callback_can_be_held_and_comes_back_first(harness: Harness) -> None:
    runner = harness.over(Fake())
    runner.call("JetBackupInstance", BACKUP, hold="callback:1")
    runner.call("JetBackupInstance", BACKUP, hold="callback:1")
    assert runner.held() == (1, 2)
    with pytest.raises(ValueError, match="call 2 was made inside the callback of call 1"):
        runner.release(1)
    runner.release(2)
    runner.release(1)
    assert harness.told()[-1] == "return 1 0"


def test_a_callback_on_a_thread_of_the_engine_is_held_too(harness: Harness) -> None:
    def backup(_i: str, _p: str, _g: int, status: Callable[..., int]) -> int:
        answers: list[int] = []
        thread = threading.Thread(target=lambda: answers.append(status(9, 5, 0, 100)))
        thread.start()
        thread.join()
        return answers[0]

    runner = harness.over(Fake(backup=backup))
    runner.call("JetBackupInstance", BACKUP, hold="callback:1")
    assert runner.returned(runner.call("JetInit", INIT)) == 0
    runner.release(1, -801)
    assert runner.returned(1) == -801


def test_a_call_that_waits_for_the_held_one_stays_pending(harness: Harness) -> None:
    gate = threading.Event()

    def backup(_i: str, _p: str, _g: int, status: Callable[..., int]) -> int:
        status(9, 5, 0, 100)
        gate.set()
        return -801

    runner = harness.over(Fake(backup=backup, term2=shut(gate)))
    runner.call("JetBackupInstance", BACKUP, hold="callback:1")
    waiting = runner.call("JetTerm2", {"instance": "i1", "grbit": 4}, client="B", wait=0)
    assert runner.returned(waiting) is None
    assert runner.open_calls() == (1, 2)
    runner.release(1)
    runner.finish()
    assert (runner.returned(1), runner.returned(2)) == (-801, 0)
    assert harness.told()[:4] == ["call 1 A JetBackupInstance", "callback 1 0", "call 2 B JetTerm2", "resume 1 0"]


def test_finish_lets_everything_go(harness: Harness) -> None:
    runner = harness.over(Fake())
    runner.call("JetBackupInstance", BACKUP, hold="callback:1")
    runner.call("JetBackupInstance", BACKUP, hold="enter", wait=LONG)
    runner.call("JetBackupInstance", BACKUP, client="B", hold="leave")
    assert runner.held() == (1, 2, 3)
    runner.finish()
    assert runner.open_calls() == ()
    assert [runner.returned(number) for number in (1, 2, 3)] == [0, 0, 0]


def test_what_it_tells_is_a_trace(harness: Harness) -> None:
    runner = harness.over(Fake())
    runner.call("JetBackupInstance", BACKUP, hold="callback:1")
    runner.call("JetInit", INIT)
    runner.fault("make-directory", "bk2")
    runner.call("JetBackupInstance", BACKUP, client="B", hold="copy")
    runner.finish()
    path = harness.root / "a.trace"
    trace.write(path, trace.Header(trace=1), harness.events)
    assert trace.read(path).events == harness.events


# -- misbehaviour ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0", "returned str '0' instead of a JET_ERR"),
        (None, "returned None instead of a JET_ERR"),
        (True, "returned bool True instead of a JET_ERR"),
        (0.0, "returned float 0.0 instead of a JET_ERR"),
        ((0,), r"returned tuple \(0,\) instead of a JET_ERR"),
        (1 << 31, "which is no 32-bit number"),
        (-(1 << 31) - 1, "which is no 32-bit number"),
    ],
)
@pytest.mark.parametrize("hold", [None, "enter"])
def test_what_is_no_code_is_misbehaviour(harness: Harness, value: Any, text: str, hold: str | None) -> None:
    runner = harness.over(Fake(init=lambda _: value))
    with pytest.raises(Misbehaviour, match=text) as caught:
        runner.call("JetInit", INIT, hold=hold)
    assert (caught.value.id, caught.value.call) == (1, "JetInit")
    assert harness.told() == ["call 1 A JetInit"]
    assert runner.open_calls() == ()


@pytest.mark.parametrize(
    "value", [0, None, (0,), (0, 1, 2), [0, 1], ("0", 1), (0, -1), (0, True), (0, "1"), (0, 1 << 63)]
)
def test_what_is_no_number_of_rows_is_misbehaviour(harness: Harness, value: Any) -> None:
    runner = harness.over(Fake(count_rows=lambda *_: value))
    with pytest.raises(Misbehaviour, match="call 1, CountRows: returned "):
        runner.call("CountRows", {"session": "s1", "database": "d1"})


def test_a_value_that_cannot_be_shown_is_still_explained(harness: Harness) -> None:
    class Nasty:
        def __repr__(self) -> str:
            raise RuntimeError

    with pytest.raises(Misbehaviour, match=r"returned Nasty \.\.\. instead"):
        harness.over(Fake(init=lambda _: Nasty())).call("JetInit", INIT)


@pytest.mark.parametrize("error", [KeyError("two\nlines"), SystemExit(3), GeneratorExit(), MemoryError()])
@pytest.mark.parametrize("hold", [None, "enter"])
def test_an_engine_that_raises_misbehaves(harness: Harness, error: BaseException, hold: str | None) -> None:
    def init(_: str) -> int:
        raise error

    runner = harness.over(Fake(init=init))
    with pytest.raises(Misbehaviour) as caught:
        runner.call("JetInit", INIT, hold=hold)
    assert caught.value.text.startswith(f"raised {type(error).__name__}")
    assert "\n" not in str(caught.value)
    assert runner.call("JetTerm", INIT) == 2  # the harness goes on


def test_an_interrupt_on_the_thread_of_the_caller_is_the_users(harness: Harness) -> None:
    def init(_: str) -> int:
        raise KeyboardInterrupt

    runner = harness.over(Fake(init=init))
    with pytest.raises(KeyboardInterrupt):
        runner.call("JetInit", INIT)
    with pytest.raises(Misbehaviour, match="raised KeyboardInterrupt"):
        runner.call("JetInit", INIT, hold="enter")


def test_misbehaviour_after_a_release_is_raised_by_the_release(harness: Harness) -> None:
    def backup(_i: str, _p: str, _g: int, status: Callable[..., int]) -> Any:
        status(9, 5, 0, 100)
        return "done"

    runner = harness.over(Fake(backup=backup))
    runner.call("JetBackupInstance", BACKUP, hold="callback:1")
    with pytest.raises(Misbehaviour, match="returned str 'done'"):
        runner.release(1)
    runner.finish()


def test_misbehaviour_of_a_pending_call_is_raised_at_the_next_wait(harness: Harness) -> None:
    gate = threading.Event()

    def init(_: str) -> int:
        gate.wait()
        raise OSError("late")

    runner = harness.over(Fake(init=init))
    runner.call("JetInit", INIT, hold="enter", wait=0)
    gate.set()
    with pytest.raises(Misbehaviour, match="call 1, JetInit: raised OSError: late"):
        runner.finish()
    runner.finish()


@pytest.mark.parametrize(
    "arguments", [(), (9, 5, 0), (9, 5, 0, 100, 1), ("9", 5, 0, 100), (9, None, 0, 100), (9, 5, 0.5, 1)]
)
def test_a_callback_with_wrong_arguments_is_misbehaviour(harness: Harness, arguments: tuple[Any, ...]) -> None:
    runner = harness.over(Fake(backup=lambda _i, _p, _g, status: status(*arguments)))
    with pytest.raises(Misbehaviour, match="snp, snt, done and total"):
        runner.call("JetBackupInstance", BACKUP)
    with pytest.raises(Misbehaviour, match="snp, snt, done and total"):
        runner.call("JetBackupInstance", BACKUP, hold="enter")


def test_a_callback_after_the_return_is_misbehaviour(harness: Harness) -> None:
    kept: list[Callable[..., int]] = []
    runner = harness.over(Fake(backup=lambda _i, _p, _g, status: kept.append(status) or 0))
    runner.call("JetBackupInstance", BACKUP)
    assert kept[0](9, 6, 100, 100) == 0
    with pytest.raises(Misbehaviour, match="called its status callback after it had returned"):
        runner.call("JetInit", INIT)
    assert harness.told() == ["call 1 A JetBackupInstance", "return 1 0"]


def test_an_error_of_the_sink_reaches_the_harness_and_not_the_engine(harness: Harness) -> None:
    answers: list[int] = []

    def sink(event: Event) -> None:
        if isinstance(event, CallbackEvent):
            raise OSError("the journal's disk is full")

    backup = lambda _i, _p, _g, status: answers.append(status(9, 5, 0, 100)) or 0  # noqa: E731
    runner = harness.over(Fake(backup=backup), sink=sink)
    with pytest.raises(OSError, match="disk is full"):
        runner.call("JetBackupInstance", BACKUP)
    with pytest.raises(OSError, match="disk is full"):
        runner.call("JetBackupInstance", BACKUP, hold="callback:1")
    assert answers == [0, 0]


# -- hangs and the end -------------------------------------------------------------------------------------------------


def test_a_call_that_is_not_back_after_all_holds_is_a_hang(harness: Harness) -> None:
    gate = threading.Event()
    runner = harness.over(Fake(init=shut(gate)), call_timeout=0.05, patience=0.05)
    runner.call("JetInit", INIT, hold="enter")
    assert runner.open_calls() == (1,)  # no verdict yet
    with pytest.raises(Hang, match=r"call 1, JetInit: not back after 0\.05 seconds") as caught:
        runner.finish()
    assert (caught.value.id, caught.value.call) == (1, "JetInit")
    gate.set()
    runner.finish()
    assert runner.returned(1) == 0


def test_a_released_call_that_is_not_back_is_a_hang(harness: Harness) -> None:
    gate = threading.Event()

    def backup(_i: str, _p: str, _g: int, status: Callable[..., int]) -> int:
        status(9, 5, 0, 100)
        gate.wait()
        return 0

    runner = harness.over(Fake(backup=backup), call_timeout=0.05, patience=0.05)
    runner.call("JetBackupInstance", BACKUP, hold="callback:1", wait=LONG)
    with pytest.raises(Hang, match="call 1, JetBackupInstance"):
        runner.release(1)
    gate.set()


def test_a_released_call_is_no_hang_while_another_is_held(harness: Harness) -> None:
    gate = threading.Event()

    def backup(_i: str, path: str, _g: int, status: Callable[..., int]) -> int:
        status(9, 5, 0, 100)
        if path == "second":
            gate.wait()
        else:
            gate.set()
        return 0

    runner = harness.over(Fake(backup=backup), patience=0.05)
    runner.call("JetBackupInstance", BACKUP, hold="callback:1", wait=LONG)
    runner.call("JetBackupInstance", {**BACKUP, "path": "second"}, client="B", hold="callback:1", wait=LONG)
    runner.release(2)
    assert runner.open_calls() == (1, 2)
    runner.finish()
    assert runner.returned(2) == 0


def test_a_call_inside_a_callback_that_waits_for_the_call_around_it_is_a_hang(harness: Harness) -> None:
    gate = threading.Event()

    def backup(_i: str, _p: str, _g: int, status: Callable[..., int]) -> int:
        status(9, 5, 0, 100)
        gate.set()
        return 0

    runner = harness.over(Fake(backup=backup, term2=shut(gate)), call_timeout=0.05, patience=0.05)
    runner.call("JetBackupInstance", BACKUP, hold="callback:1", wait=LONG)
    runner.call("JetTerm2", {"instance": "i1", "grbit": 4})
    with pytest.raises(Hang, match="call 2, JetTerm2"):
        runner.finish()
    gate.set()


def test_close_drops_the_engine_before_it_lets_held_calls_go(harness: Harness) -> None:
    order: list[str] = []
    went_on = threading.Event()

    def close() -> None:
        went_on.wait(0.2)  # time enough for what must not happen
        order.append("close")

    def backup(_i: str, _p: str, _g: int, status: Callable[..., int]) -> int:
        status(9, 5, 0, 100)
        order.append("backup goes on")
        went_on.set()
        status(9, 6, 100, 100)  # must not block, nor be told
        return 0

    runner = harness.over(Fake(backup=backup, close=close))
    runner.call("JetBackupInstance", BACKUP, hold="callback:1")
    runner.close()
    runner.close()
    assert order == ["close", "backup goes on"]
    assert harness.told() == ["call 1 A JetBackupInstance", "callback 1 0"]


def test_close_lets_nested_holds_go(harness: Harness) -> None:
    runner = harness.over(Fake())
    before = set(threading.enumerate())
    runner.call("JetBackupInstance", BACKUP, hold="callback:1")
    runner.call("JetBackupInstance", BACKUP, hold="enter")
    runner.close()
    assert set(threading.enumerate()) <= before


@pytest.mark.parametrize("error", [RuntimeError(), SystemExit(1)])
def test_close_ends_although_the_engine_misbehaves(harness: Harness, error: BaseException) -> None:
    def close() -> None:
        raise error

    gate = threading.Event()
    runner = harness.over(Fake(init=shut(gate), close=close), call_timeout=0.05, patience=0.05)
    runner.call("JetInit", INIT, hold="enter")
    runner.close()
    gate.set()


def test_close_ends_although_the_engine_hangs_in_it(harness: Harness) -> None:
    gate = threading.Event()
    harness.over(Fake(close=gate.wait), call_timeout=0.05, patience=0.05).close()
    gate.set()


# -- faults ------------------------------------------------------------------------------------------------------------


def test_file_faults_change_files_and_are_told(harness: Harness) -> None:
    runner = harness.over(Fake())
    assert runner.fault("make-directory", "bk1")
    assert runner.fault("create-file", "bk1/new/readme.txt")
    size = (harness.root / "bk1/new/readme.txt").stat().st_size
    assert harness.events[-1] == FaultEvent(kind="create-file", target="bk1/new/readme.txt", size=size)
    assert runner.fault("empty-directory", "bk1")
    assert list((harness.root / "bk1").iterdir()) == []
    assert runner.fault("create-file", "afile")
    assert runner.fault("delete-file", "afile")
    assert not (harness.root / "afile").exists()
    assert harness.told() == [
        "fault make-directory bk1",
        "fault create-file bk1/new/readme.txt",
        "fault empty-directory bk1",
        "fault create-file afile",
        "fault delete-file afile",
    ]


def test_a_file_fault_that_cannot_be_done_is_not_told(harness: Harness) -> None:
    runner = harness.over(Fake())
    (harness.root / "folder").mkdir()
    (harness.root / "file").write_bytes(b"kept")
    assert not runner.fault("make-directory", "folder")
    assert not runner.fault("make-directory", "file/inside")
    assert not runner.fault("create-file", "file")
    assert not runner.fault("create-file", "folder")
    assert not runner.fault("empty-directory", "file")
    assert not runner.fault("empty-directory", "missing")
    assert not runner.fault("delete-file", "missing")
    assert not runner.fault("delete-file", "folder")
    assert harness.events == []
    assert (harness.root / "file").read_bytes() == b"kept"


@pytest.mark.parametrize("kind", FILE_FAULTS)
@pytest.mark.parametrize(
    "target", ["../outside", "a/../../outside", "/outside", "link/outside", "link", "..", "a/../.."]
)
def test_nothing_outside_of_the_root_is_touched(harness: Harness, kind: str, target: str) -> None:
    outside = harness.root.parent / "elsewhere"
    outside.mkdir()
    (outside / "outside").write_bytes(b"kept")
    (harness.root / "link").symlink_to(outside)
    target = target if target != "/outside" else str(outside / "outside")
    with pytest.raises(ValueError, match="is not below the root folder"):
        harness.over(Fake()).fault(kind, target)
    assert (outside / "outside").read_bytes() == b"kept"
    assert harness.events == []


def test_an_unknown_fault_is_refused(harness: Harness) -> None:
    with pytest.raises(ValueError, match="fault 'set-on-fire' is not known: known are make-directory"):
        harness.over(Fake()).fault("set-on-fire", "db")


def test_engine_faults_are_told_if_they_happened(harness: Harness) -> None:
    asked: list[tuple[str, ...]] = []
    runner = harness.over(
        Fake(
            damage_page=lambda path: asked.append(("page", path)) or True,
            damage_log=lambda instance: asked.append(("log", instance)) or 0,
            fail_log_writes=lambda instance, mode: asked.append((*harness.told()[-1:], instance, mode)),
        )
    )
    assert runner.fault("damage-page", "db/test.edb")
    assert runner.fault("damage-log", "i1")
    assert runner.fault("fail-log-no-space", "i1")
    assert runner.fault("fail-log-torn", "i1")
    assert asked == [
        ("page", "db/test.edb"),
        ("log", "i1"),
        ("fault fail-log-no-space i1", "i1", "no-space"),
        ("fault fail-log-torn i1", "i1", "torn"),
    ]
    assert harness.told()[:2] == ["fault damage-page db/test.edb", "fault damage-log i1"]


def test_engine_faults_that_are_refused_or_not_offered_are_not_told(harness: Harness) -> None:
    runner = harness.over(Fake(damage_page=lambda _: False, damage_log=lambda _: None))
    assert not runner.fault("damage-page", "db/test.edb")
    assert not runner.fault("damage-log", "i1")
    plain = Fake()
    plain.capabilities = frozenset()
    runner = harness.over(plain)
    for kind in ENGINE_FAULTS:
        assert not runner.fault(kind, "i1")
    assert harness.events == []


@pytest.mark.parametrize(("kind", "method"), ENGINE_FAULTS.items())
def test_an_engine_fault_that_raises_is_misbehaviour(harness: Harness, kind: str, method: str) -> None:
    def fail(*_: Any) -> Any:
        raise RuntimeError("no")

    with pytest.raises(Misbehaviour, match=f"^{method}: raised RuntimeError: no$"):
        harness.over(Fake(**{method: fail})).fault(kind, "i1")


# -- the reference engine ----------------------------------------------------------------------------------------------


def test_a_backup_of_the_reference_engine_is_held_at_every_point(harness: Harness) -> None:
    runner = harness.over(ReferenceAdapter(harness.root))
    for call, args in (
        ("JetCreateInstance", INIT),
        ("JetInit", INIT),
        ("JetBeginSession", {"instance": "i1", "session": "s1"}),
        ("JetCreateDatabase", {"session": "s1", "database": "d1", "path": "db/test.edb"}),
        ("Insert", {"session": "s1", "database": "d1", "rows": 60}),
    ):
        assert runner.returned(runner.call(call, args)) == 0
    assert runner.fault("make-directory", "bk1")
    expected = {
        "enter": {JetErr.SessionSharingViolation},
        "copy": {JetErr.BackupInProgress},
        "truncate": {JetErr.BackupInProgress},
        "leave": {JetErr.BackupInProgress},
        "callback:1": {JetErr.BackupInProgress},
    }
    for hold, codes in expected.items():
        held = runner.call("JetBackupInstance", BACKUP, hold=hold)
        assert runner.held() == (held,), hold
        other = runner.call("JetBackupInstance", BACKUP, client="B")
        assert runner.returned(other) in codes, hold
        runner.release(held)
        assert runner.returned(held) == 0, hold
    held = runner.call("JetBackupInstance", BACKUP, hold="callback:1")
    term = runner.call("JetTerm2", {"instance": "i1", "grbit": 4}, client="B", wait=0)
    runner.release(held)
    runner.finish()
    # Nothing says that JetTerm2 had entered the engine by the time the backup went on.
    assert runner.returned(held) in {JetErr.BackupAbortByServer, 0}
    assert runner.returned(term) == 0


def test_the_reference_engine_can_be_dropped_in_the_middle_of_a_backup(harness: Harness) -> None:
    runner = harness.over(ReferenceAdapter(harness.root))
    for call in ("JetCreateInstance", "JetInit"):
        assert runner.returned(runner.call(call, INIT)) == 0
    runner.fault("make-directory", "bk1")
    runner.call("JetBackupInstance", BACKUP, hold="truncate")
    runner.close()
    again = harness.over(ReferenceAdapter(harness.root))
    for call in ("JetCreateInstance", "JetInit"):
        assert again.returned(again.call(call, INIT)) == 0
