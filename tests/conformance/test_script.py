"""Scripts: taken from traces, made again, and reduced."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import combinations
from pathlib import Path

import pytest
from bench import RUNNING, Recording, backup, folder, laboratory, let_go, on_instance
from jetconform.conformance.history import Nonconformity
from jetconform.conformance.script import CallStep, FaultStep, ReleaseStep, Step, from_events, play, shrink
from jetconform.conformance.trace import (
    CallbackEvent,
    CallEvent,
    EndEvent,
    Event,
    FaultEvent,
    FilesEvent,
    HoldEvent,
    ReleaseEvent,
    ResumeEvent,
    ReturnEvent,
)

BACKUP = {"instance": "i1", "path": "bk1", "grbit": 0}


def call(number: int, client: str = "A") -> CallEvent:
    return CallEvent(id=number, client=client, call="JetBackupInstance", args=BACKUP)


def callback(number: int, err: int = 0) -> tuple[Event, Event]:
    """A callback that is answered at once."""
    return CallbackEvent(id=number, snp=9, snt=7), ResumeEvent(id=number, err=err)


# -- from a trace ------------------------------------------------------------------------------------------------------


def test_calls_and_faults_become_steps_and_what_was_answered_does_not() -> None:
    events: list[Event] = [
        FaultEvent(kind="make-directory", target="bk1"),
        call(4, "B"),
        ReturnEvent(id=4, err=-1029),
        FilesEvent(dir=".", files={}),
        EndEvent(reason="done"),
    ]
    assert from_events(events) == (FaultStep("make-directory", "bk1"), CallStep(4, "B", "JetBackupInstance", BACKUP))


def test_a_hold_point_loses_its_detail_and_its_release_becomes_a_step() -> None:
    events: list[Event] = [
        call(1),
        HoldEvent(id=1, point="copy db/test.edb"),
        call(2, "B"),
        ReturnEvent(id=2, err=-505),
        ReleaseEvent(id=1, point="copy db/test.edb"),
        ReturnEvent(id=1, err=0),
    ]
    assert from_events(events) == (
        CallStep(1, "A", "JetBackupInstance", BACKUP, "copy"),
        CallStep(2, "B", "JetBackupInstance", BACKUP),
        ReleaseStep(1),
    )


def test_a_callback_that_is_answered_at_once_is_no_hold() -> None:
    assert from_events([call(1), *callback(1), *callback(1), ReturnEvent(id=1, err=0)]) == (
        CallStep(1, "A", "JetBackupInstance", BACKUP),
    )


def test_a_held_callback_is_named_by_its_number_and_let_go_where_it_was() -> None:
    first, answered = callback(1)
    events: list[Event] = [
        call(1),
        *callback(1),
        first,
        FaultEvent(kind="make-directory", target="x"),
        answered,
        ReturnEvent(id=1, err=0),
    ]
    assert from_events(events) == (
        CallStep(1, "A", "JetBackupInstance", BACKUP, "callback:2"),
        FaultStep("make-directory", "x"),
        ReleaseStep(1),
    )


def test_a_callback_that_answers_with_an_error_is_a_hold_although_nothing_lies_between() -> None:
    assert from_events([call(1), *callback(1), *callback(1, -1), ReturnEvent(id=1, err=-1)]) == (
        CallStep(1, "A", "JetBackupInstance", BACKUP, "callback:2"),
        ReleaseStep(1, -1),
    )


def test_a_call_that_is_held_twice_is_released_to_the_second_hold() -> None:
    second, answered = callback(1)
    events: list[Event] = [
        call(1),
        HoldEvent(id=1, point="enter"),
        ReleaseEvent(id=1, point="enter"),
        *callback(1),
        second,
        call(2, "B"),
        ReturnEvent(id=2, err=-505),
        answered,
        ReturnEvent(id=1, err=0),
    ]
    assert from_events(events) == (
        CallStep(1, "A", "JetBackupInstance", BACKUP, "enter"),
        ReleaseStep(1, 0, "callback:2"),
        CallStep(2, "B", "JetBackupInstance", BACKUP),
        ReleaseStep(1),
    )


def test_callbacks_of_several_calls_are_counted_apart() -> None:
    held, answered = callback(2)
    events: list[Event] = [
        call(1),
        *callback(1),
        CallbackEvent(id=1, snp=9, snt=7),  # held while the same client makes another call inside of it
        call(2),
        held,
        FaultEvent(kind="make-directory", target="x"),
        answered,
        ReturnEvent(id=2, err=-505),
        ResumeEvent(id=1, err=0),
        ReturnEvent(id=1, err=0),
    ]
    assert [step for step in from_events(events) if not isinstance(step, FaultStep)] == [
        CallStep(1, "A", "JetBackupInstance", BACKUP, "callback:2"),
        CallStep(2, "A", "JetBackupInstance", BACKUP, "callback:1"),
        ReleaseStep(2),
        ReleaseStep(1),
    ]


def test_a_trace_that_breaks_off_while_a_call_is_held_keeps_the_hold() -> None:
    assert from_events([call(1), CallbackEvent(id=1, snp=9, snt=5)]) == (
        CallStep(1, "A", "JetBackupInstance", BACKUP, "callback:1"),
    )


# -- and made again ----------------------------------------------------------------------------------------------------

NESTED = (
    *RUNNING,
    folder("bk1"),
    backup(3, "bk1", hold="callback:1"),
    backup(4, "bk1", client="B", grbit=1),
    on_instance(5, "JetStopBackupInstance"),  # by the client that is inside its own callback
    let_go(3, hold="leave"),
    FaultStep("create-file", "afile"),
    let_go(3),
    on_instance(6, "JetTerm"),
)
HELD = (
    *RUNNING,
    folder("bk1"),
    backup(3, "bk1", hold="enter"),
    backup(4, None, client="B"),
    let_go(3, hold="truncate"),
)
ABORTED = (*RUNNING, folder("bk1"), backup(3, "bk1", hold="callback:2"), let_go(3, err=-1))


@pytest.mark.parametrize("script", [NESTED, HELD, ABORTED], ids=["nested", "held at points", "aborted"])
def test_a_history_made_again_from_its_own_trace_is_the_same_history(script: Sequence[Step], tmp_path: Path) -> None:
    with laboratory(tmp_path) as lab:
        for steps in (script, None):
            again = from_events(lab.recorded[0]) if steps is None else steps
            with lab.history() as history, suppress(Nonconformity):
                play(again, history)
    first, second = lab.recorded
    assert len(first) > len(script)
    assert second == first


def test_steps_whose_call_is_gone_are_passed_over(tmp_path: Path) -> None:
    with laboratory(tmp_path) as lab, lab.history() as history:
        ids = play((*RUNNING, let_go(9), backup(4, "bk1", client="B"), let_go(4)), history)
        assert [event.err for event in history.events if isinstance(event, ReturnEvent)] == [0, 0, -1023]
    assert ids == {1: 1, 2: 2, 4: 3}


def test_a_client_inside_a_call_is_asked_for_no_other(tmp_path: Path) -> None:
    """So it is when the release between the two was removed."""
    script = (*RUNNING, folder("bk1"), backup(3, "bk1", hold="enter"), on_instance(4, "JetTerm"))
    with laboratory(tmp_path) as lab, lab.history() as history:
        assert set(play(script, history)) == {1, 2, 3}


@pytest.mark.parametrize(
    "end",
    [
        # the inner call's release was removed, so the outer one cannot go on yet
        (backup(3, "bk1", hold="callback:1"), backup(4, "bk2", hold="callback:1"), let_go(3), let_go(4)),
        # the release before was removed: a point inside the engine takes no answer
        (backup(3, "bk1", hold="enter"), let_go(3, err=-1)),
        # by now a link of someone's lies there
        (FaultStep("create-file", "../outside"),),
    ],
    ids=["inner call still held", "answer at a hold point", "outside of the root"],
)
def test_what_cannot_be_done_any_more_is_passed_over(end: tuple[Step, ...], tmp_path: Path) -> None:
    with laboratory(tmp_path) as lab, lab.history() as history:
        play((*RUNNING, folder("bk1"), folder("bk2"), *end), history)
        assert not history.open_calls()
    assert not (tmp_path / "outside").exists()


def test_an_engine_without_holds_makes_the_calls_all_the_same(tmp_path: Path) -> None:
    with laboratory(tmp_path, "python:faulty:bare") as lab, lab.history() as history:
        play(NESTED, history)
        assert not any(isinstance(event, HoldEvent | ReleaseEvent) for event in history.events)
        calls = [event.call for event in history.events if isinstance(event, CallEvent)]
    assert calls == [step.call for step in NESTED if isinstance(step, CallStep)]


def test_an_engine_is_held_where_it_can_be(tmp_path: Path) -> None:
    """NESTED holds call 3 in a callback and then at a hold point; this engine has callbacks alone."""
    with laboratory(tmp_path, "python:faulty:callbacks") as lab, lab.history() as history:
        ids = play(NESTED[:4], history, finish=False)
        assert history.held() == (ids[3],)
        play(NESTED[4:], history, ids)
        assert not any(isinstance(event, HoldEvent) for event in history.events)
        assert not history.open_calls()


def test_played_in_two_parts_it_is_the_same_history(tmp_path: Path) -> None:
    with laboratory(tmp_path) as lab:
        with lab.history() as history:
            ids = play(NESTED[:4], history, finish=False)
            assert history.held() == (ids[3],)
            play(NESTED[4:], history, ids)
        with lab.history() as history:
            play(NESTED, history)
    assert lab.recorded[0] == lab.recorded[1]


# -- reduction ---------------------------------------------------------------------------------------------------------

Predicate = Callable[[Sequence[Step]], bool]


class Trial:
    """Plays scripts on a predicate instead of an engine."""

    def __init__(self, fails: Predicate, tries: int = 100_000) -> None:
        self.fails, self.tries, self.made = fails, tries, 0

    def failing(self, script: Sequence[Step]) -> Nonconformity | None:
        self.made += 1
        return Nonconformity("rejected", "it fails") if self.fails(script) else None

    def within_budget(self) -> bool:
        return self.made < self.tries


def calls_of(script: Sequence[Step]) -> list[int]:
    return [step.id for step in script if isinstance(step, CallStep)]


def script_of(length: int, hold: str | None = None) -> tuple[Step, ...]:
    return tuple(CallStep(number, "A", "JetInit", {"instance": "i1"}, hold) for number in range(length))


NEEDED: dict[str, tuple[int, Predicate, list[int]]] = {
    "the last alone": (40, lambda s: 39 in calls_of(s), [39]),
    "the first alone": (40, lambda s: 0 in calls_of(s), [0]),
    "three far apart, in order": (
        64,
        lambda s: [c for c in calls_of(s) if c in (1, 30, 63)] == [1, 30, 63],
        [1, 30, 63],
    ),
    "neighbours": (33, lambda s: {16, 17} <= set(calls_of(s)), [16, 17]),
    "one that can go only after an earlier one": (
        7,
        lambda s: {1, 3, 4, 6} <= set(calls_of(s)) and (2 not in calls_of(s) or 5 in calls_of(s)),
        [1, 3, 4, 6],
    ),
    "all of them": (5, lambda s: len(s) == 5, [0, 1, 2, 3, 4]),
    "nothing": (7, lambda s: True, []),
    "one step": (1, lambda s: len(s) == 1, [0]),
}


@pytest.mark.parametrize("name", NEEDED)
def test_what_is_needed_is_left_and_nothing_else(name: str) -> None:
    length, fails, wanted = NEEDED[name]
    script, minimal = shrink(script_of(length), Trial(fails).failing, lambda: True)
    assert calls_of(script) == wanted
    assert minimal


@pytest.mark.parametrize("seed", range(12))
def test_the_result_is_1_minimal_also_where_steps_depend_on_one_another(seed: int) -> None:
    """An even number of steps below 8, and those of a set that the seed chooses, or else both of a pair."""
    wanted = {seed % 5, 7 + seed % 3, 15}

    def fails(script: Sequence[Step]) -> bool:
        there = set(calls_of(script))
        return (wanted <= there and len(there & set(range(8))) % 2 == 0) or {18, 19} <= there - wanted

    start = script_of(20)
    assert fails(start)
    script, minimal = shrink(start, Trial(fails).failing, lambda: True)
    assert minimal
    assert fails(script)
    assert not any(fails(shorter) for shorter in combinations(script, len(script) - 1))


def test_holds_that_are_not_needed_are_dropped_and_their_releases_with_them() -> None:
    def fails(script: Sequence[Step]) -> bool:
        held = {step.id for step in script if isinstance(step, CallStep) and step.hold}
        released = {step.id for step in script if isinstance(step, ReleaseStep)}
        return 2 in held and held <= released and {2, 3} <= set(calls_of(script))

    start = (*script_of(4, "enter"), *(ReleaseStep(number) for number in range(4)))
    assert fails(start)
    script, minimal = shrink(start, Trial(fails).failing, lambda: True)
    assert minimal
    assert [(step.id, step.hold) for step in script if isinstance(step, CallStep)] == [(2, "enter"), (3, None)]
    assert [step.id for step in script if isinstance(step, ReleaseStep)] == [2]


def test_a_second_hold_of_a_call_that_is_not_needed_is_dropped() -> None:
    start = (CallStep(1, "A", "JetInit", {}, "enter"), ReleaseStep(1, 0, "leave"))

    def fails(script: Sequence[Step]) -> bool:
        return [type(step) for step in script] == [CallStep, ReleaseStep] and script[0] == start[0]

    assert shrink(start, Trial(fails).failing, lambda: True) == ((start[0], ReleaseStep(1)), True)


@pytest.mark.parametrize("tries", [0, 1, 2, 5, 9])
def test_it_stops_at_the_budget_and_says_so(tries: int) -> None:
    def fails(script: Sequence[Step]) -> bool:
        return {1, 30} <= set(calls_of(script))

    trial = Trial(fails, tries)
    script, minimal = shrink(script_of(32), trial.failing, trial.within_budget)
    assert not minimal
    assert trial.made == tries
    assert fails(script)


def test_the_budget_holds_for_the_holds_too() -> None:
    trial = Trial(lambda s: len(s) == 3, tries=3)  # it takes three tries to see that no step can go
    script, minimal = shrink(script_of(3, "enter"), trial.failing, trial.within_budget)
    assert (calls_of(script), minimal, trial.made) == ([0, 1, 2], False, 4 - 1)


def test_a_bug_that_needs_a_hold_and_one_that_needs_a_fault_keep_them(tmp_path: Path) -> None:
    """On real engines: what is left is 1-minimal, and noise before, between and after is gone."""
    noise = (on_instance(90, "JetStopBackupInstance", client="C"), folder("noise"))
    held = (*noise, *RUNNING, folder("bk1"), backup(3, "bk1", hold="callback:1"), *noise, backup(4, None, client="B"))
    session = (
        CallStep(3, "A", "JetBeginSession", {"instance": "i1", "session": "s1"}),
        CallStep(4, "A", "JetCreateDatabase", {"session": "s1", "database": "d1", "path": "db/test.edb"}),
        CallStep(5, "A", "Insert", {"session": "s1", "database": "d1", "rows": 10}),
    )
    fault = FaultStep("damage-page", "db/test.edb")
    damaged = (*noise, *RUNNING, *session, folder("bk1"), fault, *noise, backup(6, "bk1"))
    for spec, script, kinds in (
        ("python:faulty:two_at_once", held, [CallStep] * 2 + [FaultStep] + [CallStep] * 2),
        ("python:faulty:unverified", damaged, None),
    ):
        with laboratory(tmp_path / spec.rpartition(":")[2], spec) as lab:
            left = _reduced(lab, script)
            assert kinds is None or [type(step) for step in left] == kinds
            assert (fault in left) == (kinds is None)
            for position in range(len(left)):
                assert lab.failing((*left[:position], *left[position + 1 :])) is None, left[position]


def _reduced(lab: Recording, script: Sequence[Step]) -> tuple[Step, ...]:
    with lab.history() as history, pytest.raises(Nonconformity) as caught:
        play(script, history)
    finding = lab.reduce(history, caught.value, level=1)
    assert finding.minimal
    return from_events(finding.events)


def test_what_can_go_only_together_goes() -> None:
    """1-minimal is not enough: neither of two neighbours can go alone, nor can what lies around them."""

    def fails(script: Sequence[Step]) -> bool:
        there = set(calls_of(script))
        return {0, 9} <= there and len(there & {3, 4, 5}) in (0, 3) and (6 in there) is (7 in there)

    script, minimal = shrink(script_of(10), Trial(fails).failing, lambda: True)
    assert (calls_of(script), minimal) == ([0, 9], True)


def test_blocks_of_a_long_history_are_not_tried() -> None:
    def fails(script: Sequence[Step]) -> bool:
        return len(script) in (60, 50)

    trial = Trial(fails)
    script, minimal = shrink(script_of(60), trial.failing, lambda: True)
    assert (len(script), minimal) == (60, True)
    assert trial.made < 200


def test_without_time_for_blocks_it_is_minimal_all_the_same() -> None:
    def fails(script: Sequence[Step]) -> bool:
        return len(script) in (6, 4)  # without any two neighbours, never without one

    once = Trial(fails)
    assert calls_of(shrink(script_of(6), once.failing, lambda: True)[0]) != calls_of(script_of(6))
    tries = 0
    while True:  # the least that proves it 1-minimal
        tries += 1
        trial = Trial(fails, tries)
        script, minimal = shrink(script_of(6), trial.failing, trial.within_budget)
        if minimal:
            break
    assert len(script) in (4, 6)


# -- a crash -------------------------------------------------------------------------------------------------------------

AGAIN = (on_instance(11, "JetCreateInstance"), on_instance(12, "JetInit"), backup(13, None))
CRASHED = (*RUNNING, folder("bk1"), backup(3, "bk1", client="B", hold="callback:1"), FaultStep("crash", ""), *AGAIN)


def test_a_crash_is_made_again_with_its_calls_in_flight(tmp_path: Path) -> None:
    with laboratory(tmp_path) as lab:
        with lab.history() as history:
            play(CRASHED, history)
            assert history.open_calls() == ()
        with lab.history() as history:
            play(from_events(lab.recorded[0]), history)
    first, second = lab.recorded
    assert first == second
    assert [event.id for event in first if isinstance(event, CallEvent)] == [1, 2, 3, 4, 5, 6]  # numbers go on
    assert {event.id: event.err for event in first if isinstance(event, ReturnEvent)} == {1: 0, 2: 0, 4: 0, 5: 0, 6: 0}
    assert [event.kind for event in first if isinstance(event, FaultEvent)] == ["make-directory", "crash"]


def test_a_release_of_a_call_that_a_crash_took_along_is_passed_over(tmp_path: Path) -> None:
    with laboratory(tmp_path) as lab, lab.history() as history:
        play((*CRASHED[:5], let_go(3), *AGAIN), history)
        assert history.returned(6) == 0


def test_rows_survive_a_crash_on_the_reference_engine(tmp_path: Path) -> None:
    def opened(first: int, call: str) -> tuple[Step, ...]:
        return (
            CallStep(first, "A", "JetBeginSession", {"instance": "i1", "session": "s1"}),
            CallStep(first + 1, "A", call, {"session": "s1", "database": "d1", "path": "db/test.edb"}),
        )

    insert = CallStep(5, "A", "Insert", {"session": "s1", "database": "d1", "rows": 120})
    attach = CallStep(24, "A", "JetAttachDatabase", {"session": "s1", "path": "db/test.edb"})
    session, use = opened(13, "JetOpenDatabase")
    count = CallStep(25, "A", "CountRows", {"session": "s1", "database": "d1"})
    script = (*RUNNING, *opened(3, "JetCreateDatabase"), insert, FaultStep("crash", ""))
    with laboratory(tmp_path) as lab, lab.history() as history:
        play((*script, *AGAIN[:2], session, attach, use, count), history)
        assert [event.result for event in history.events if isinstance(event, ReturnEvent)][-1] == {"rows": 120}
