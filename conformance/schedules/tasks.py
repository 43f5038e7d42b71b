"""Tasks that take turns on one thread: greenlets, and mutexes and monitors that they wait for.

Between two switch points nobody else runs. A task stands at a switch point before it takes a lock, and wherever `switch`
is called; it waits where a lock is held or nobody notified it yet. Time passes only when all tasks wait.
"""

from collections.abc import Callable, Sequence
from typing import Any

from .locks import TaskMonitor, TaskMutex
from .scheduler import Scheduler

try:
    from greenlet import GreenletExit, greenlet
except ImportError:  # then there is nothing to schedule with, and who asks is told so
    AVAILABLE = False
else:
    AVAILABLE = True

STEP_LIMIT = 20_000
"""Steps of one execution: no call of a scenario needs a tenth of them, so that more is a livelock."""


Step = tuple[int, str, str]
"""A task by its number, what it was about to do when it was let go on, and with what. A plain tuple: there are many."""

Choice = tuple[int, tuple[int, ...], int | None]
"""Who was chosen, of whom, and who would have gone on by itself: None where it ended or had to wait."""


def preempts(choice: Choice) -> bool:
    """Whether a task that could go on had to stand aside."""
    chosen, _, current = choice
    return current is not None and chosen != current


def is_usual(choice: Choice) -> bool:
    """Whether this is what happens where nobody decides: who can goes on, else the first."""
    chosen, runnable, current = choice
    return chosen == (runnable[0] if current is None else current)


class Stuck(Exception):  # noqa: N818 - a finding about an engine, not an error of this program
    """No task can go on (`deadlock`), or they go on for ever (`livelock`)."""

    def __init__(self, kind: str, text: str, waiting: Sequence["Task"]) -> None:
        super().__init__(text)
        self.kind, self.text = kind, text
        self.tasks = tuple(task.number for task in waiting)


class Task:
    """A body that runs in turns with others."""

    __slots__ = ("body", "deadline", "done", "greenlet", "name", "number", "operation", "subject", "waits_for")

    def __init__(self, number: int, name: str, body: Callable[[], None]) -> None:
        self.number = number
        self.name = name
        self.body = body
        self.greenlet: Any = None
        self.operation, self.subject = "start", ""
        self.waits_for: TaskMutex | None = None
        self.deadline: float | None = None
        self.done = False


class Tasks:
    """All tasks of a program, executed as often as one likes: each `run` is one execution with tasks of its own.

    Outside of `run` there is no task: then locks are taken without a word, and nobody may wait.
    """

    def __init__(self) -> None:
        self.clock = 0.0
        self.on_time: Callable[[], None] | None = None  # called when time passed, before anyone runs again
        self.opportunities = 0  # switch points at which others could go on
        self.steps: list[Step] = []  # of the last execution
        self.choices: list[Choice] = []  # of the last execution, where there was one
        self.alone: frozenset[Step] = (
            frozenset()
        )  # steps before which nobody else need go: they commute with all of theirs
        self.current: Task | None = None
        self._scheduler: Scheduler
        self._runnable: list[Task] = []
        self._able: tuple[int, ...] = ()  # their numbers
        self._tasks: list[Task] = []
        self._failure: BaseException | None = None
        self._over = False
        self._limit = 0
        self._hub: Any = None

    @property
    def running(self) -> str:
        """The name of the task that runs now; empty where none does."""
        return self.current.name if self.current is not None else ""

    def mutex(self, name: str) -> TaskMutex:
        """A mutex that tasks wait for."""
        return TaskMutex(self, name)

    def monitor(self, name: str) -> TaskMonitor:
        """A monitor that tasks wait for, and in."""
        return TaskMonitor(self, name)

    def wait_for(self, monitor: TaskMonitor, seconds: float) -> None:
        """Wait in a monitor until told, or until so much time passed."""
        monitor.wait(seconds)

    # -- execution --------------------------------------------------------------------------------------------------

    def run(
        self, bodies: Sequence[tuple[str, Callable[[], None]]], scheduler: Scheduler, *, limit: int = STEP_LIMIT
    ) -> None:
        """Execute all bodies to their end. Stuck if that is never reached; what a body or the scheduler raises is raised."""
        self._scheduler, self._limit = scheduler, limit
        self._tasks = [Task(number, name, body) for number, (name, body) in enumerate(bodies)]
        self._runnable = list(self._tasks)
        self._changed()
        self._failure, self._over = None, False
        self._hub = greenlet.getcurrent()
        self.steps, self.choices = [], []
        for task in self._tasks:
            task.greenlet = greenlet(self._live)
        try:
            while (chosen := self._next()) is not None:
                self.current = chosen
                chosen.greenlet.switch(chosen)
                self.current = None
                if self._failure is not None:
                    raise self._failure
        finally:
            self._end()

    def _live(self, task: Task) -> None:
        try:
            task.body()
        except GreenletExit:
            pass
        except BaseException as error:
            self._failure = self._failure or error
        task.done = True
        if task in self._runnable:
            self._runnable.remove(task)
            self._changed()

    def _next(self) -> Task | None:
        """Who goes on where the last one ended or waits; None when all have ended."""
        if not self._runnable and not self._let_time_pass():
            waiting = [task for task in self._tasks if not task.done]
            if waiting:
                raise Stuck("deadlock", "; ".join(map(_waits, waiting)), waiting)
            return None
        return self._chosen(None)

    def _chosen(self, current: Task | None) -> Task:
        able = self._able
        if len(able) == 1:
            task = self._runnable[0]
        else:
            at = None if current is None else current.number
            number = self._scheduler.choose(able, at)
            task = self._tasks[number]
            self.choices.append((number, able, at))
        steps = self.steps
        steps.append((task.number, task.operation, task.subject))
        if len(steps) > self._limit:
            raise Stuck("livelock", f"no end after {self._limit:,} steps: {_does(self._runnable)}", self._runnable)
        return task

    def _changed(self) -> None:
        """Who can go on is not who could before."""
        self._able = tuple([task.number for task in self._runnable])

    def _let_time_pass(self) -> bool:
        """Everyone waits: whose time-out comes first is woken; False if nobody's ever comes."""
        timed = [task for task in self._tasks if task.deadline is not None]
        if not timed:
            return False
        first = min(timed, key=lambda task: (task.deadline or 0.0, task.number))
        self.clock = max(self.clock, first.deadline or 0.0)
        if self.on_time is not None:
            self.on_time()
        self.wake(first)
        return bool(self._runnable) or self._let_time_pass()

    def _end(self) -> None:
        """End tasks that are still under way, wherever they are."""
        self._over = True
        for task in self._tasks:
            while not task.done and task.greenlet:
                self.current = task
                task.greenlet.throw(GreenletExit)
        self.current = None
        self._over = False

    # -- what a task calls ------------------------------------------------------------------------------------------

    def switch(self, operation: str, subject: str) -> None:
        """A switch point: another task may go on before the one that runs does that."""
        task = self.current
        if task is None:
            return
        task.operation, task.subject = operation, subject
        if (task.number, operation, subject) in self.alone:
            if self._over:
                raise GreenletExit
            self.steps.append((task.number, operation, subject))
        else:
            self.opportunities += 1
            self._hand_over(task, task)

    def unlock(self, name: str, *, needed: bool) -> None:
        """A switch point before a lock is released; where steps commute it is `needed` only if there was none under the lock."""
        task = self.current
        if task is None or needed or not self.alone:
            self.switch("unlock", name)
        else:
            self.steps.append((task.number, "unlock", name))

    def _hand_over(self, task: Task, current: Task | None) -> None:
        """Let someone go on, and return when it is this task's turn again."""
        if self._over:
            raise GreenletExit
        try:
            chosen = self._chosen(current) if self._runnable else None
        except BaseException as error:  # it must not go through the engine, which would see a failure of its own
            self._failure = error
            chosen = None
        if chosen is task:
            return
        if chosen is None:
            self._hub.switch()
        else:
            self.current = chosen
            chosen.greenlet.switch(chosen)  # one that did not begin yet begins with it
        if self._over:
            raise GreenletExit

    def block(self, mutex: TaskMutex, *, deadline: float | None = None) -> None:
        """The running task waits for a lock; returns when that may be free."""
        task = self.current
        if self._over:
            raise GreenletExit
        if task is None:
            raise Stuck("deadlock", f"{mutex.name} would be waited for outside of any task", ())
        task.waits_for, task.deadline = mutex, deadline
        self._runnable.remove(task)
        self._changed()
        self._hand_over(task, None)

    def wake(self, task: Task) -> None:
        """A task that waited can go on."""
        task.waits_for = task.deadline = None
        self._runnable.append(task)
        self._runnable.sort(key=_number)
        self._changed()


def _number(task: Task) -> int:
    return task.number


def _waits(task: Task) -> str:
    mutex = task.waits_for
    if mutex is None:
        return f"{task.name} waits"
    if task.operation == "wake up":
        return f"{task.name} waits to be woken by another holder of the lock `{mutex.name}`"
    owner = mutex.owner
    held = "" if owner is None else f", which {'it' if owner is task else owner.name} holds"
    return f"{task.name} waits for the lock `{mutex.name}`{held}"


def _does(tasks: Sequence[Task]) -> str:
    return "; ".join(f"{task.name} is about to {task.operation} {task.subject}".rstrip() for task in tasks)
