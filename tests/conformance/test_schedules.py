"""Tasks and schedulers, on toy programs whose schedules can be counted by hand."""

from collections.abc import Callable

import pytest

pytest.importorskip("greenlet")

from jetconform.conformance.schedules.commuting import Commuting
from jetconform.conformance.schedules.notation import Replay, ScheduleError, decode, encode
from jetconform.conformance.schedules.scheduler import Plan, Planned, Priorities, RandomWalk, RoundRobin, Scheduler
from jetconform.conformance.schedules.systematic import Nondeterminism, Systematic
from jetconform.conformance.schedules.tasks import Stuck, Tasks

Program = Callable[[Tasks], list[tuple[str, Callable[[], None]]]]


class Counter:
    """Two tasks that each read a number, and write one more: each has three parts, with a switch point between them."""

    def __init__(self) -> None:
        self.value = 0

    def bodies(self, tasks: Tasks) -> list[tuple[str, Callable[[], None]]]:
        def add() -> None:
            tasks.switch("read", "n")
            seen = self.value
            tasks.switch("write", "n")
            self.value = seen + 1

        return [("A", add), ("B", add)]


def all_of(scheduler: Scheduler, most: int = 1000) -> list[tuple[str, int]]:
    """The schedules that it makes of the counter, and what the counter then shows."""
    tasks, found = Tasks(), []
    while len(found) < most and scheduler.begin():
        counter = Counter()
        tasks.run(counter.bodies(tasks), scheduler)
        found.append((encode(tasks.choices), counter.value))
    return found


def test_no_preemption_leaves_the_two_orders() -> None:
    assert all_of(Systematic(0)) == [("-", 2), ("B", 2)]


def test_one_preemption() -> None:
    """Each of the two orders, and each of the two first ones interrupted before its read or before its write."""
    assert sorted(all_of(Systematic(1))) == [("-", 2), ("A2B", 1), ("AB", 2), ("B", 2), ("B2A", 1), ("BA", 2)]


def test_two_preemptions_and_all() -> None:
    """Of three parts and three there are 20 interleavings; in 4 of them A writes before B reads, in 4 B before A."""
    assert len(all_of(Systematic(2))) == 14
    assert len(set(all_of(Systematic(4)))) == len(all_of(Systematic(9))) == 20
    assert [value for _, value in all_of(Systematic(9))].count(1) == 12


def test_three_tasks_without_preemption_end_in_every_order() -> None:
    tasks, orders = Tasks(), []
    scheduler = Systematic(0)
    while scheduler.begin():
        tasks.run([(name, lambda: None) for name in "ABC"], scheduler)
        orders.append("".join("ABC"[task] for task, _, _ in tasks.steps))
    assert orders == ["ABC", "ACB", "BAC", "BCA", "CAB", "CBA"]


def test_round_robin_takes_turns() -> None:
    assert all_of(RoundRobin()) == [("ABABA", 1)]
    assert all_of(RoundRobin(steps=2)) == [("A2B2A", 1)]


def test_a_plan_preempts_where_it_says() -> None:
    assert all_of(Planned(Plan())) == [("-", 2)]
    assert all_of(Planned(Plan(((1, 0),)))) == [("A2B", 1)]
    assert all_of(Planned(Plan((), (1,)))) == [("B", 2)]


@pytest.mark.parametrize("make", [RandomWalk, Priorities])
def test_random_schedules_follow_from_the_seed(make: Callable[[int], Scheduler]) -> None:
    first = all_of(make(7), 40)
    assert first == all_of(make(7), 40)
    assert first != all_of(make(8), 40)
    assert {value for _, value in first} == {1, 2}


# -- the text of a schedule ------------------------------------------------------------------------------------------------


def test_every_schedule_is_made_again_by_its_text() -> None:
    for text, value in all_of(Systematic(9)):
        assert all_of(Replay(text)) == [(text, value)]


def test_a_text_stands_for_choices() -> None:
    assert decode("A3BC2") == [0, 0, 0, 1, 2, 2]
    assert decode("-") == []


@pytest.mark.parametrize("text", ["", "a2", "A-1", "3", "A2 B", "A0", "A99999999", "A9999999B", "--"])
def test_what_is_no_schedule_is_refused(text: str) -> None:
    with pytest.raises(ScheduleError):
        decode(text)


def test_a_schedule_that_cannot_be_followed_says_where() -> None:
    with pytest.raises(ScheduleError, match=r"schedule A2C: at choice 3 C cannot go on, only AB"):
        all_of(Replay("A2C"))


# -- locks, waits and time ---------------------------------------------------------------------------------------------------


def inverted(tasks: Tasks) -> list[tuple[str, Callable[[], None]]]:
    first, second = tasks.mutex("first"), tasks.mutex("second")

    def one() -> None:
        with first, second:
            pass

    def other() -> None:
        with second, first:
            pass

    return [("A", one), ("B", other)]


def test_a_deadlock_is_found_and_named() -> None:
    tasks, scheduler, found = Tasks(), Systematic(1), []
    while scheduler.begin():
        try:
            tasks.run(inverted(tasks), scheduler)
        except Stuck as stuck:
            found.append((encode(tasks.choices), stuck.kind, stuck.text))
    text = "A waits for the lock `second`, which B holds; B waits for the lock `first`, which A holds"
    assert found == [("A2B", "deadlock", text), ("B2A", "deadlock", text)]


def test_a_lock_that_is_taken_twice_is_a_deadlock() -> None:
    tasks = Tasks()
    lock = tasks.mutex("only")

    def twice() -> None:
        with lock, lock:
            pass

    with pytest.raises(Stuck, match="A waits for the lock `only`, which it holds"):
        tasks.run([("A", twice)], begun(Planned(Plan())))


def test_a_lost_wake_up_is_a_deadlock() -> None:
    tasks = Tasks()
    monitor = tasks.monitor("bell")

    def wait() -> None:
        with monitor:
            monitor.wait()

    def ring() -> None:
        with monitor:
            monitor.notify_all()

    tasks.run([("A", wait), ("B", ring)], begun(Planned(Plan())))
    with pytest.raises(Stuck, match="A waits to be woken by another holder of the lock `bell`"):
        tasks.run([("A", wait), ("B", ring)], begun(Replay("B")))


def test_a_livelock_ends_at_the_bound() -> None:
    tasks = Tasks()

    def spin() -> None:
        while True:
            tasks.switch("look at", "nothing")

    with pytest.raises(Stuck, match="no end after 100 steps: A is about to look at nothing") as found:
        tasks.run([("A", spin), ("B", lambda: None)], begun(Planned(Plan())), limit=100)
    assert found.value.kind == "livelock"


def test_time_passes_only_when_everyone_waits() -> None:
    tasks, told = Tasks(), []
    monitor = tasks.monitor("clock")
    tasks.on_time = lambda: told.append(tasks.clock)

    def wait(seconds: float) -> Callable[[], None]:
        def body() -> None:
            with monitor:
                tasks.wait_for(monitor, seconds)

        return body

    tasks.run([("A", wait(70.0)), ("B", wait(5.0)), ("C", lambda: tasks.switch("write", "x"))], begun(RoundRobin()))
    assert told == [5.0, 70.0]


def test_what_a_task_raises_is_raised_and_the_others_end() -> None:
    tasks, ended = Tasks(), []

    def wait() -> None:
        try:
            tasks.switch("write", "x")
        finally:
            ended.append("A")

    def fail() -> None:
        raise KeyError("no")

    with pytest.raises(KeyError):
        tasks.run([("A", wait), ("B", fail)], begun(Replay("AB")))
    assert ended == ["A"]


def test_uncontrolled_nondeterminism_is_seen() -> None:
    tasks, scheduler, runs = Tasks(), Systematic(1), []

    def sometimes() -> None:
        runs.append(1)
        if len(runs) > 1:  # a memory from one execution to the next, which no scheduler knows of
            return
        tasks.switch("write", "x")
        tasks.switch("write", "x")

    def execute() -> None:
        while scheduler.begin():
            tasks.run([("A", sometimes), ("B", lambda: tasks.switch("write", "y"))], scheduler)

    with pytest.raises(Nondeterminism, match="it came to choice 3 before, and now it ended at choice 1"):
        execute()


def begun(scheduler: Scheduler) -> Scheduler:
    assert scheduler.begin()
    return scheduler


# -- steps that commute --------------------------------------------------------------------------------------------------------


def test_steps_on_files_of_ones_own_commute() -> None:
    commuting = Commuting()
    commuting.learn(
        [(0, "write", "a/1"), (0, "read", "b"), (1, "read", "b"), (1, "write", "c"), (0, "list", "c"), (1, "lock", "m")]
    )
    assert commuting.alone() == {(0, "write", "a/1"), (0, "read", "b"), (1, "read", "b"), (1, "lock", "m")}
    commuting.learn([(1, "rename", "d > a"), (0, "lock", "m")])
    assert commuting.alone() == {(0, "read", "b"), (1, "read", "b")}


def test_other_steps_never_commute() -> None:
    commuting = Commuting()
    commuting.learn([(0, "callback", "JetBackupInstance"), (0, "enter of JetBackupInstance", "")])
    assert commuting.alone() == frozenset()
