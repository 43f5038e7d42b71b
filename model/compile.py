"""The rows compiled: control states and calls in flight as small numbers, their steps as tables.

Exploration and the benchmark work on these numbers alone. A packed state is the number of the control state in the low
bits and above it the number of its crowd: the calls in flight, whichever caller makes which, for callers are alike.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from .calls import Call, Stage
from .invariants import BACKUP_IS_A_CALL, NOT_FREED, ONE_BACKUP
from .predicates import parse
from .rows import WAITING, Profile, Row
from .state import Activity, Control, Handle
from .step import Pending, Stepper

CONTROL_BITS = 20
CALLER_BITS = 12
CONTROL_MASK = (1 << CONTROL_BITS) - 1

IDLE = 0
"""The number of a caller without a call."""
DONE = 1
"""The number of a caller whose call is over and has only to return."""

STAGE_ORDER = {stage: number for number, stage in enumerate(Stage)}


class RememberingStepper(Stepper):
    """The same step function for exhaustive work: a condition is parsed once, and evaluated once a state and call."""

    def __init__(self, profile: Profile) -> None:
        super().__init__(profile)
        self._tests = {name: tuple((row, parse(row.condition)) for row in rows) for name, rows in self._failing.items()}
        self._causes: dict[tuple[Control, Call], tuple[Row, ...]] = {}

    def guards(self, control: Control, call: Call) -> tuple[Row, ...]:
        """The guards of a cell, as `Stepper.guards` has them."""
        return tuple(row for row in self._remembered(control, call) if row.at != WAITING and not row.inside)

    def holding(self, control: Control, call: Call, stage: Stage = Stage.ISSUED) -> tuple[Row, ...]:
        """The failing rows that hold at that stage, as `Stepper.holding` has them."""
        return tuple(row for row in self._remembered(control, call) if stage in row.at)

    def _remembered(self, control: Control, call: Call) -> tuple[Row, ...]:
        key = (control, call)
        found = self._causes.get(key)
        if found is None:
            found = self._causes[key] = tuple(self._that_hold(control, call))
        return found

    def _that_hold(self, control: Control, call: Call) -> Iterable[Row]:
        for row, tests in self._tests.get(call.name, ()):
            for predicate, value in tests:
                if predicate(control, call) != value:
                    break
            else:
                yield row


class Steps(dict[int, tuple[tuple[int, int], ...]]):
    """By caller (shifted) and control state: what may come next, as control state and caller. Compiled when first asked."""

    def __init__(self, table: "Table") -> None:
        super().__init__()
        self._table = table

    def __missing__(self, key: int) -> tuple[tuple[int, int], ...]:
        found = self[key] = self._table.compile(key & CONTROL_MASK, key >> CONTROL_BITS)
        return found


@dataclass
class Table:
    """The step relation of one profile over one alphabet, compiled on demand."""

    stepper: Stepper
    alphabet: tuple[Call, ...]
    controls: list[Control] = field(default_factory=list)
    pendings: list[Pending | None] = field(default_factory=lambda: [None, None])
    backing: list[int] = field(default_factory=list)  # by control state: how many callers have to be inside a backup
    inside: list[int] = field(default_factory=lambda: [0, 0])  # by caller: 1 if it is inside a backup
    rows: set[str] = field(default_factory=set)  # every row that decided a call
    codes: set[tuple[str, int | None]] = field(default_factory=set)
    deadly: set[int] = field(default_factory=set)  # steps after which the engine's process is gone
    backward: str = ""  # a step that leads to no later stage, if there is one
    _crowds: dict[int, "Crowds"] = field(default_factory=dict)
    _control_number: dict[Control, int] = field(default_factory=dict)
    _pending_number: dict[Pending, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.steps = Steps(self)
        self.issued = tuple(self.caller(Pending(call)) for call in self.alphabet)

    def control(self, control: Control) -> int:
        """The number of a control state."""
        found = self._control_number.get(control)
        if found is None:
            found = self._control_number[control] = _next(self.controls, CONTROL_BITS, "control states")
            self.controls.append(control)
            self.backing.append(_backing(control))
        return found

    def caller(self, pending: Pending) -> int:
        """The number of a call in flight."""
        found = self._pending_number.get(pending)
        if found is None:
            found = self._pending_number[pending] = _next(self.pendings, CALLER_BITS, "calls in flight")
            self.pendings.append(pending)
            self.inside.append(int(backing_up(pending)))
        return found

    def crowds(self, callers: int) -> "Crowds":
        """The crowds of that many callers."""
        return self._crowds.setdefault(callers, Crowds(self))

    def compile(self, control: int, caller: int) -> tuple[tuple[int, int], ...]:
        """What that caller may do next: the new control state and the new caller."""
        if caller == DONE:
            return ((control, IDLE),)
        pending = self.pendings[caller]
        assert pending is not None, "an idle caller does nothing of itself"
        return tuple(sorted(set(self._advance(control, caller, pending))))

    def _advance(self, control: int, caller: int, pending: Pending) -> Iterable[tuple[int, int]]:
        for after, advanced in self.stepper.advance(self.controls[control], pending):
            if STAGE_ORDER[advanced.stage] <= STAGE_ORDER[pending.stage]:
                self.backward = f"{pending.call.label()} from {pending.stage.value} to {advanced.stage.value}"
            if advanced.stage is not Stage.DONE:
                yield self.control(after), self.caller(advanced)
                continue
            assert advanced.row is not None
            self.rows.add(advanced.row.id)
            self.codes.add((advanced.call.name, advanced.code))
            if advanced.code is None:
                self.deadly.add(caller << CONTROL_BITS | control)
            else:
                yield self.control(after), DONE

    def broken(self, control: int, callers: tuple[int, ...]) -> str:
        """The invariant of the backup in progress that this state breaks, or nothing."""
        return broken_backup(self.controls[control], sum(self.inside[caller] for caller in callers))


class Becomes(dict[int, int]):
    """By the new number of the caller that moved: the number of the crowd then, shifted. Worked out when first asked."""

    def __init__(self, crowds: "Crowds", others: tuple[int, ...]) -> None:
        super().__init__()
        self._crowds, self._others = crowds, others

    def __missing__(self, caller: int) -> int:
        found = self[caller] = self._crowds.number((*self._others, caller)) << CONTROL_BITS
        return found


@dataclass
class Crowds:
    """The crowds of a table for a number of callers: each is numbered when first met, and all that a search asks is listed."""

    table: Table
    members: list[tuple[int, ...]] = field(default_factory=list)
    moving: list[tuple[tuple[int, Becomes], ...]] = field(default_factory=list)  # each different call, shifted
    issuing: list[tuple[int, ...]] = field(default_factory=list)  # the crowds, shifted, after one more call is made
    inside: list[int] = field(default_factory=list)  # how many callers are inside a backup
    _numbers: dict[tuple[int, ...], int] = field(default_factory=dict)
    _becomes: dict[tuple[int, ...], Becomes] = field(default_factory=dict)

    def number(self, callers: Iterable[int]) -> int:
        """The number of the crowd of these callers, in whatever order they are given."""
        crowd = tuple(sorted(callers))
        found = self._numbers.get(crowd)
        if found is None:
            found = self._numbers[crowd] = len(self.members)
            self.members.append(crowd)
            self.inside.append(sum(self.table.inside[caller] for caller in crowd))
            self.moving.append(
                tuple((caller << CONTROL_BITS, self._without(crowd, caller)) for caller in set(crowd) if caller != IDLE)
            )
            self.issuing.append(())
            if IDLE in crowd:
                after = self._without(crowd, IDLE)
                self.issuing[found] = tuple(after[issued] for issued in self.table.issued)
        return found

    def _without(self, crowd: tuple[int, ...], caller: int) -> Becomes:
        position = crowd.index(caller)
        others = crowd[:position] + crowd[position + 1 :]
        return self._becomes.setdefault(others, Becomes(self, others))


def backing_up(pending: Pending) -> bool:
    """Whether that call is inside a backup that is in progress."""
    return pending.stage.value in _ACTIVITIES


def broken_backup(control: Control, active: int) -> str:
    """The invariant that a control state breaks with that many calls inside a backup, or nothing."""
    if active > 1:
        return ONE_BACKUP
    if (control.activity in _ACTIVITY_OF_A_CALL) != bool(active):
        return BACKUP_IS_A_CALL
    if active and control.handle is not Handle.VALID:
        return NOT_FREED
    return ""


_ACTIVITY_OF_A_CALL = frozenset(Activity) - {Activity.IDLE, Activity.STREAMING, Activity.SNAPSHOT}
_ACTIVITIES = frozenset(activity.value for activity in _ACTIVITY_OF_A_CALL) | {Stage.OPENING.value}
"""The stages of a backup in progress; what is entering until its first file is opened has no activity of its own."""


def _backing(control: Control) -> int:
    """The one number of callers inside a backup with which the control state breaks no invariant, or -1."""
    return next((active for active in (0, 1) if not broken_backup(control, active)), -1)


def _next(numbered: list[Control] | list[Pending | None], bits: int, what: str) -> int:
    if len(numbered) >> bits:
        raise OverflowError(f"more than {1 << bits} {what}: the domain is too large to pack")
    return len(numbered)
