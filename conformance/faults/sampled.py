"""Making one history of calls at once on a disk that fails, and judging it: codes, waiting, and what is found afterwards."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import NamedTuple

import msgspec

from ...model.faults import FaultRow
from ...model.step import Stepper
from ..belief import Beliefs, BoundExceeded
from ..history import Nonconformity
from ..schedules.notation import Leaning, Replay
from ..schedules.scenario import Scenario, Setup
from ..schedules.scheduler import Plan, Planned, Scheduler
from ..schedules.verdict import ended_in, rejected, signature
from ..schedules.world import INSTANCE, Execution
from ..trace import Event, FaultEvent
from .aftermath import Aftermath
from .blow import Befell, Blow
from .crashes import Unplayable, told_of
from .disk_world import Befallen, DiskWorld, OnDiskFactory
from .drawn import Drawn, Power, Turning
from .kinds import Kind, kind_named
from .permitted import after_fault
from .persistence import MOST_STATES, Crash, Persistence
from .promised import promised
from .strike import CrashAt
from .struck_judge import StruckJudge
from .verdict import Allowed, Broken, Expected, broken_data

NONDETERMINISM = "nondeterminism"
"""The kind of a finding: the same schedule with the same fault did not make the same history."""

BOUND = 400
"""Bundles of a belief: where three calls are struck more are possible, and take longer than hundreds of histories."""

TRANSACTION = 10
"""Rows of every insert here, and of each of its transactions."""


class Failure(NamedTuple):
    """A history that does not conform: what it is made again by, what happened, what is wrong, what a fault permitted."""

    befell: Befell
    events: list[Event]
    problem: Nonconformity | Broken
    rows: tuple[FaultRow, ...]
    execution: Execution

    @property
    def signature(self) -> tuple[str, ...]:
        """What must stay the same while it is reduced, lest another bug take the place of this one."""
        return (self.problem.clause,) if isinstance(self.problem, Broken) else signature(self.problem)


class Sampled:
    """Histories on one engine. `struck`, `crashed`: how many of those that were made a fault, or a crash, befell;
    `unjudged`: in how many codes were not judged to the end, for too much was possible.
    """

    def __init__(self, factory: OnDiskFactory, aftermath: Aftermath, stepper: Stepper) -> None:
        self.made = self.struck = self.crashed = self.unjudged = 0
        self._factory = factory
        self._aftermath = aftermath
        self._beliefs = Beliefs(stepper, BOUND)
        self._worlds: dict[bytes, DiskWorld] = {}

    @property
    def calls(self) -> int:
        """Calls made in all of them; those of the aftermath are counted there."""
        return sum(world.calls for world in self._worlds.values())

    def make(self, drawn: Drawn) -> Failure | None:
        """Make what was drawn; the failure, if it is one. A first run without the fault counts where it could strike."""
        scenario, fault = drawn.scenario, drawn.fault
        world, kind, number = self._opened(scenario.setup), None, 0
        if fault is not None:
            dry = _run(world, scenario, Planned(drawn.plan), fault.kind, 0)
            number = fault.operation % dry.fitting + 1 if dry.fitting else 0
            kind = fault.kind if number else None
        scheduler = Turning(drawn.plan, fault.turn if fault is not None else None)
        befallen = _run(world, scenario, scheduler, kind, number, scheduler.struck)
        crash = _crash_of(befallen, drawn.power) if drawn.power is not None else None
        self.made += 1
        self.struck += bool(befallen.struck)
        self.crashed += crash is not None
        return self._judged(world, scenario, befallen, number, crash)

    def again(self, befell: Befell) -> tuple[list[Event], Failure | None]:
        """Make a saved history again: its events, and the failure. Unplayable, ScheduleError or KeyError where it cannot be."""
        world, blow = self._opened(befell.scenario.setup), befell.blow
        kind = kind_named(blow.kind) if blow.kind else None
        befallen = _run(world, befell.scenario, Replay(befell.schedule), kind, blow.operation)
        if kind is not None and not befallen.struck:
            raise Unplayable(f"{kind.name} {blow.operation}: no such operation is reached")
        crash = blow.crash.crash() if blow.crash is not None else None
        failure = self._judged(world, befell.scenario, befallen, blow.operation, crash)
        if failure is not None:
            return failure.events, failure
        return [*world.before, *_cut(befallen, crash)], None

    def pared(self, failure: Failure, go_on: Callable[[], bool]) -> Failure:
        """The same without the calls, of the set-up as well, that it fails without in the same way."""
        best, smaller = failure, True
        while smaller:
            smaller = False
            for scenario in best.befell.scenario.without():
                found = self._fails(scenario, best, go_on)
                if found is not None:
                    best, smaller = found, True
                    break
        return best

    def _fails(self, scenario: Scenario, like: Failure, go_on: Callable[[], bool]) -> Failure | None:
        """The first failure of this kind in a scenario that has a call less, by the same schedule or none."""
        blow = like.befell.blow
        kind = kind_named(blow.kind) if blow.kind else None
        try:
            world = self._opened(scenario.setup)
        except Exception:  # its set-up cannot be made without the call that was left out
            return None
        choices = [choice[0] for choice in like.execution.choices]
        for number in range(1, blow.operation + 1) if kind is not None else (0,):
            for scheduler in (Planned(Plan()), Leaning(choices)):
                if not go_on():
                    return None
                befallen = _run(world, scenario, scheduler, kind, number)
                for crash in _crashes_like(befallen, blow.crash):
                    found = self._judged(world, scenario, befallen, number, crash)
                    if found is not None and found.signature == like.signature:
                        return found
        return None

    # -- one history ------------------------------------------------------------------------------------------------

    def _opened(self, setup: Setup) -> DiskWorld:
        key = msgspec.msgpack.encode(setup)
        found = self._worlds.get(key)
        if found is None:
            found = self._worlds[key] = DiskWorld(self._factory, setup)
        return found

    def _judged(
        self,
        world: DiskWorld,
        scenario: Scenario,
        befallen: Befallen,
        number: int,
        crash: tuple[Crash, Persistence] | None,
    ) -> Failure | None:
        """What is wrong first: a code, that calls wait for ever, what a failed backup left, what does not come back."""
        execution, kind = befallen.execution, befallen.kind if befallen.struck else None
        blow = Blow(kind.name, number) if kind is not None else Blow()
        befell = Befell(scenario, execution.schedule, blow)
        problem, rows = self._explained(world, befallen)
        whole = [*world.before, *execution.events]
        if problem is not None:
            return Failure(befell, whole, problem, rows, execution)
        if befallen.left is not None:
            return Failure(befell, whole, befallen.left, (), execution)
        events = [*world.before, *_cut(befallen, crash)]
        broken = self._broken(world, befallen, events, crash)
        if broken is None:
            return None
        if crash is not None:
            befell = Befell(scenario, execution.schedule, msgspec.structs.replace(blow, crash=CrashAt.of(*crash)))
        return Failure(befell, events, broken, (), execution)

    def _explained(self, world: DiskWorld, befallen: Befallen) -> tuple[Nonconformity | None, tuple[FaultRow, ...]]:
        """What the judge cannot explain, and the rows of the fault that held for it."""
        judge = StruckJudge(self._beliefs, befallen.kind, befallen.struck, instance=INSTANCE)
        for event in world.before:
            judge.feed(event)
        try:
            for position, event in enumerate(befallen.execution.events):
                judge.feed_at(position, event)
                if judge.rejection is not None:
                    return rejected(judge.rejection), judge.rows
        except BoundExceeded:
            self.unjudged += 1
        return ended_in(befallen.execution, judge), ()

    def _broken(
        self, world: DiskWorld, befallen: Befallen, events: list[Event], crash: tuple[Crash, Persistence] | None
    ) -> Broken | None:
        """The first clause that does not hold of what lies on the disk at the end, or after the crash."""
        struck, kind = befallen.struck, befallen.kind
        allowed = after_fault(kind, struck[0].path) if kind is not None and struck else Allowed()
        image = befallen.image if crash is None else befallen.recording.after(*crash)
        promise = promised(events)
        expected = Expected(world.rows, frozenset(range(0, promise.invoked + 1, TRANSACTION)))
        return next(broken_data(self._aftermath, image, promise, expected, allowed), None)


def _run(
    world: DiskWorld,
    scenario: Scenario,
    scheduler: Scheduler,
    kind: Kind | None,
    number: int,
    on_strike: Callable[[], None] = lambda: None,
) -> Befallen:
    scheduler.begin()
    return world.befall(scenario, scheduler, kind, number, on_strike=on_strike)


def _cut(befallen: Befallen, crash: tuple[Crash, Persistence] | None) -> list[Event]:
    """What happened before the crash, and the crash; all of it where there was none."""
    events = befallen.execution.events
    if crash is None:
        return events
    told = told_of(befallen.recording.changes, *crash)
    return [*events[: befallen.before(crash[0].changes)], FaultEvent(kind="crash", target=told)]


def _crash_of(befallen: Befallen, power: Power) -> tuple[Crash, Persistence]:
    """The crash that was drawn: of the states that are there, counted round."""
    recording = befallen.recording
    changes = power.changes % (len(recording.changes) + 1)
    crashes = [crash for crash, _ in islice(recording.crashes(power.model, frozenset({changes})), MOST_STATES)]
    return crashes[power.state % len(crashes)], power.model


def _crashes_like(befallen: Befallen, crash: CrashAt | None) -> Iterator[tuple[Crash, Persistence] | None]:
    """Every crash by the same persistence model; None alone where there was no crash."""
    if crash is None:
        yield None
        return
    model = crash.crash()[1]
    points = frozenset(range(len(befallen.recording.changes) + 1))
    for found, _ in befallen.recording.crashes(model, points):
        yield found, model
