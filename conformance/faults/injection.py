"""Part A of level 6: a scenario is played once to count its operations, then once for each operation and fault kind."""

from collections.abc import Iterator
from typing import NamedTuple

from ...model.faults import FaultRow, Role, permitted
from ...model.vocabulary import code_name
from ..engines import one_line
from ..trace import Event, FaultEvent
from .aftermath import Aftermath
from .crashes import Unplayable, play_whole, set_up
from .image import Image
from .kinds import KINDS, Kind, role_of
from .operations import Meddling, Operation
from .permitted import after_fault, left_behind
from .play import Factory, Failed, Misbehaved, Play, Returned
from .scenario import CRASH, Scenario, Step
from .scenarios import PATH, backup, insert
from .verdict import ANSWER, CODE, LOGS_KEPT, USABLE, Allowed, Broken, Expected, broken_data

PROBES = (insert(10), backup("bk3"))
"""What an instance is asked when the fault is over."""

NOT_OPEN = frozenset({CRASH, "JetTerm", "JetCloseDatabase", "JetRestoreInstance", "JetInit"})


class Point(NamedTuple):
    """A fault: which kind, at which operation of the scenario's steps, counted from 1."""

    kind: Kind
    operation: Operation


class Outcome(NamedTuple):
    """What happened in one run, and the first clause that it broke; the call that was struck, and what it might return."""

    events: list[Event]
    broken: Broken | None
    call: Returned | None = None
    allowed: tuple[FaultRow, ...] = ()
    calls: int = 0


class Injection:
    """One scenario on one engine."""

    def __init__(self, factory: Factory, scenario: Scenario, aftermath: Aftermath) -> None:
        self.scenario = scenario
        self._factory = factory
        self._aftermath = aftermath
        play = set_up(factory, scenario)
        try:
            self.kept = play.kept()
        except Exception as error:
            raise Unplayable(f"{scenario.name}: the engine cannot be kept as a pickle: {one_line(error)}") from None
        self.operations = self._counted()

    def _counted(self) -> list[Operation]:
        play = Play.taken_up(self.kept, self._factory)
        operations: list[Operation] = []
        play.disk.meddler = operations.append
        play_whole(play, self.scenario)
        return operations

    def points(self) -> Iterator[Point]:
        """Every operation with every kind of fault that can be played at it."""
        for operation in self.operations:
            for kind in KINDS:
                if operation.kind in kind.at:
                    yield Point(kind, operation)

    def strike(self, point: Point) -> Outcome:
        """Play the scenario with that fault, and judge it."""
        return _Run(self, Play.taken_up(self.kept, self._factory), point).judged(self._aftermath)


class _Run:
    """One run with one fault."""

    def __init__(self, injection: Injection, play: Play, point: Point) -> None:
        self.scenario = injection.scenario
        self.play = play
        self.kind, self.number = point.kind, point.operation.number
        self.struck: list[Operation] = []
        self.first = len(play.returned)
        play.disk.meddler = self._meddle

    def _meddle(self, operation: Operation) -> Meddling | None:
        again = self.kind.stays and self.struck and operation.kind in self.kind.at
        if operation.number != self.number and not again:
            return None
        if not self.struck:
            told = f"{operation.kind} {operation.number}, {operation.path}"
            self.play.events.append(FaultEvent(kind=self.kind.name, target=told))
        self.struck.append(operation)
        return self.kind.meddling(operation)

    def judged(self, aftermath: Aftermath) -> Outcome:
        """Play, and find the first clause that is broken."""
        try:
            found = self._steps() or self._data(aftermath) or self._probed(aftermath)
        except Misbehaved as problem:
            found = Broken(ANSWER, str(problem))
        failing = self._failing()
        call = failing or (self.play.returned[-1] if self.play.returned else None)
        rows = self._rows(failing) if failing is not None else ()
        return Outcome(self.play.events, found, call, rows, self.play.calls)

    def _steps(self) -> Broken | None:
        for step in self.scenario.steps:
            before = self.play.disk.image() if step.call == "JetBackupInstance" else None
            try:
                self.play.make(step)
            except Failed:
                return self._code() or (self._left(step, before) if before is not None else None)
        return None

    def _failing(self) -> Returned | None:
        """The first call that failed."""
        return next((one for one in self.play.returned[self.first :] if one.err < 0), None)

    def _rows(self, failing: Returned) -> tuple[FaultRow, ...]:
        """The rows that hold for a call that failed: what struck it, or what struck before it."""
        later = not any(operation.number > failing.since for operation in self.struck)
        return tuple({row.id: row for role in self._roles() for row in self._permitted(failing, role, later)}.values())

    def _permitted(self, failing: Returned, role: Role, later: bool) -> tuple[FaultRow, ...]:
        return permitted(failing.call, self.kind.cause, role, later=later)

    def _roles(self) -> list[Role]:
        return list(dict.fromkeys(role_of(operation.path) for operation in self.struck))

    def _code(self) -> Broken | None:
        failing = self._failing()
        if failing is None or failing.err in {int(row.code) for row in self._rows(failing)}:
            return None
        return Broken(CODE, f"{code_name(failing.err)}, which {self._told()} does not permit")

    def _told(self) -> str:
        if not self.struck:
            return "no fault"
        first = self.struck[0]
        return f"`{self.kind.name}` at {first.kind} {first.number} of {first.path}"

    def _left(self, step: Step, before: Image) -> Broken | None:
        after, promise = self.play.disk.image(), self.play.promise
        left = left_behind(str(step.args["path"] or ""), before, after, self.kind, circular=promise.circular)
        return left or self._marked()

    def _marked(self) -> Broken | None:
        """A backup that failed is in no header, unless the disk takes nothing any more, or something else."""
        if self.kind.silent or self.kind.stays:
            return None
        before, after = self.play.marks, self.play.header()
        if before is None or after is None or before == after:
            return None
        return Broken(LOGS_KEPT, f"the backup failed, and the header of {PATH} tells of it")

    def _allowed(self) -> Allowed:
        return after_fault(self.kind, self.struck[0].path) if self.struck else Allowed()

    def _data(self, aftermath: Aftermath) -> Broken | None:
        play, self.play.disk.meddler = self.play, None
        expected = Expected(tuple(play.rows), frozenset(play.cuts))
        return next(broken_data(aftermath, play.disk.image(), play.promise, expected, self._allowed()), None)

    def _probed(self, aftermath: Aftermath) -> Broken | None:
        """The fault is over: the instance works, or says why not; and a backup that succeeds now restores."""
        if any(step.call in NOT_OPEN for step in self.scenario.steps) or not _opened(self.scenario):
            return None
        for probe in PROBES:
            try:
                self.play.make(probe)
            except Failed:
                failing = self.play.returned[-1]
                allowed = {int(row.code) for row in self._rows(failing)}
                if failing.err not in allowed:
                    return Broken(USABLE, f"{code_name(failing.err)} after {self._told()}, which is over")
        return self._data(aftermath)


def _opened(scenario: Scenario) -> bool:
    """Whether the set-up leaves a database open."""
    calls = [step.call for step in scenario.setup]
    return "JetCreateDatabase" in calls and not NOT_OPEN & set(calls[calls.index("JetCreateDatabase") :])
