"""The world of scheduled histories: an engine on tasks, brought once to where a scenario begins, and from there executed often.

What the set-up left, engine and files, is kept as a pickle of this very process, so that an execution costs its own
calls alone. Every event is noted at the moment at which the scheduler let it happen.
"""

import io
import pickle
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, Protocol

import msgspec

from ..adapter import Adapter
from ..engines import one_line
from ..inflight import Misbehaviour
from ..invocation import NoCode, invocation, return_event
from ..trace import CallbackEvent, CallEvent, Event, FaultEvent, ResumeEvent
from .notation import LETTERS, encode
from .scenario import Calls, PlannedCall, Scenario, Setup, letters
from .scheduler import Plan, Planned, Scheduler
from .tasks import Choice, Step, Stuck, Tasks, preempts

INSTANCE = "i1"
_ENCODER = msgspec.msgpack.Encoder()


class Schedulable(Adapter, Protocol):
    """An adapter whose engine blocks on the tasks that it was given, and comes to their switch points.

    It can be pickled together with its engine while no call is under way; the tasks are left out.
    """

    def make_folder(self, path: str) -> None:
        """Make a folder where the engine has its files: the fault `make-directory` of a trace."""


ScheduledFactory = Callable[[Tasks], Schedulable]
"""Makes a fresh engine with no files, on these tasks."""


class Execution(NamedTuple):
    """What happened in one execution, from the first call of the scenario on."""

    events: list[Event]
    choices: list[Choice]
    steps: list[Step]
    problem: Stuck | Misbehaviour | None

    @property
    def schedule(self) -> str:
        """The schedule as a text."""
        return encode(self.choices)

    @property
    def preemptions(self) -> int:
        """How often a task that could go on had to stand aside."""
        return sum(map(preempts, self.choices))

    @property
    def outcome(self) -> bytes:
        """The same for two executions exactly if nobody outside can tell them apart."""
        problem = "" if self.problem is None else str(self.problem)
        return _ENCODER.encode((self.events, problem))


class World:
    """An engine that was set up, and on which scenarios that begin there can be executed."""

    def __init__(self, factory: ScheduledFactory, setup: Setup) -> None:
        self.calls = 0
        self.setup = setup
        self.tasks = Tasks()
        self._factory = factory
        self.before, self._kept = self._set_up()

    def execute(self, scenario: Scenario, scheduler: Scheduler) -> Execution:
        """The clients of a scenario, then what is asked afterwards; `scheduler` has begun with it."""
        return self._executed(self._recorder(taken_up(self._kept, self.tasks)), scenario, scheduler)

    def _recorder(self, adapter: Schedulable) -> "Recorder":
        tasks = self.tasks
        tasks.clock = 0.0
        record = Recorder(tasks, adapter, first_id=self._first_id)
        tasks.on_time = record.time_passed
        return record

    def _executed(
        self, record: "Recorder", scenario: Scenario, scheduler: Scheduler, over: Callable[[], None] | None = None
    ) -> Execution:
        """The calls of the clients, and when they are `over`, those that come after."""
        tasks = self.tasks
        names = letters(scenario)
        bodies = [
            (name, partial(record.make_all, name, calls)) for name, calls in zip(names, scenario.clients, strict=True)
        ]
        problem: Stuck | Misbehaviour | None = None
        choices: list[Choice] = []
        steps: list[Step] = []
        try:
            try:
                tasks.run(bodies, scheduler)
            finally:
                choices, steps = tasks.choices, tasks.steps
                if over is not None:
                    over()
            if scenario.then:
                self._alone(record, scenario.then)
        except (Stuck, Misbehaviour) as found:
            problem = found
        self.calls += record.made
        return Execution(record.events, choices, steps, problem)

    def _alone(self, record: "Recorder", calls: Calls) -> None:
        """Calls of one client, while there is no other."""
        scheduler = Planned(Plan())
        scheduler.begin()
        alone, self.tasks.alone = self.tasks.alone, frozenset()
        try:
            self.tasks.run([(LETTERS[0], partial(record.make_all, LETTERS[0], calls))], scheduler)
        finally:
            self.tasks.alone = alone

    def _set_up(self) -> tuple[list[Event], bytes]:
        """Make the calls of the set-up; what happened, and what is there then."""
        adapter = self._factory(self.tasks)
        record = Recorder(self.tasks, adapter, first_id=1)
        for path in self.setup.folders:
            adapter.make_folder(path)
            record.note(FaultEvent(kind="make-directory", target=path))
        self._alone(record, self.setup.calls)
        self.calls += record.made
        self._first_id = record.last_id + 1
        return record.events, self._keep(adapter)

    def _keep(self, adapter: Schedulable) -> bytes:
        """What the set-up left, as it is taken up again for every execution."""
        return kept(adapter, self.tasks)


class Recorder:
    """Makes calls of clients, each in its task, and notes what happens in the order in which it does."""

    def __init__(self, tasks: Tasks, adapter: Schedulable, *, first_id: int) -> None:
        self.events: list[Event] = []
        self.last_id = first_id - 1
        self.made = 0
        self._tasks = tasks
        self._adapter = adapter

    def note(self, event: Event) -> None:
        """Something happened."""
        self.events.append(event)

    def make_all(self, client: str, calls: Calls) -> None:
        """The calls of one client, one after another."""
        for position, planned in enumerate(calls):
            if position:
                self._tasks.switch("call", planned.call)
            self._make(client, planned)

    def _make(self, client: str, planned: PlannedCall) -> None:
        made = invocation(self._adapter, planned.call, planned.args)
        self.last_id = number = self.last_id + 1
        self.made += 1
        self.note(CallEvent(id=number, client=client, call=planned.call, args=planned.args))
        try:
            outcome = made.make(_Status(self, number, planned).told)
            self._tasks.switch("return", planned.call)
            self.note(return_event(number, made, outcome))
        except NoCode as problem:
            raise Misbehaviour(number, planned.call, str(problem)) from None
        except Exception as error:
            raise Misbehaviour(number, planned.call, f"raised {one_line(error)}") from error

    def switch(self, operation: str, subject: str) -> None:
        """A switch point outside of the engine."""
        self._tasks.switch(operation, subject)

    def time_passed(self) -> None:
        """Everyone waited until a freeze was over."""
        self.note(FaultEvent(kind="snapshot-timeout", target=INSTANCE))


class _Status:
    """The status callback of one call."""

    def __init__(self, record: Recorder, number: int, planned: PlannedCall) -> None:
        self._record = record
        self._number = number
        self._planned = planned
        self._callbacks = 0

    def told(self, snp: int, snt: int, done: int, total: int) -> int:
        """Notes it, lets others go on, and answers as it was planned."""
        self._callbacks += 1
        note, number = self._record.note, self._number
        self._record.switch("report", self._planned.call)
        note(CallbackEvent(id=number, snp=int(snp), snt=int(snt), done=done, total=total))
        self._record.switch("callback", self._planned.call)
        err = self._planned.answer if self._callbacks == self._planned.answers_at else 0
        note(ResumeEvent(id=number, err=err))
        return err


# -- what the set-up left ------------------------------------------------------------------------------------------------


class _Pickler(pickle.Pickler):
    def __init__(self, file: io.BytesIO, tasks: Tasks) -> None:
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self._tasks = tasks

    def persistent_id(self, one: Any) -> str | None:
        return "tasks" if one is self._tasks else None


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, tasks: Tasks) -> None:
        super().__init__(file)
        self._tasks = tasks

    def persistent_load(self, pid: Any) -> Tasks:  # noqa: ARG002 - there is but one
        return self._tasks


def kept(what: Any, tasks: Tasks) -> bytes:
    """An engine, or an engine and its disk, as a pickle without the tasks."""
    file = io.BytesIO()
    _Pickler(file, tasks).dump(what)
    return file.getvalue()


def taken_up(pickled: bytes, tasks: Tasks) -> Any:
    """The same again: of what this process pickled itself, so that no file, and nobody else, has a say in it."""
    return _Unpickler(io.BytesIO(pickled), tasks).load()
