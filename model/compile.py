"""The rows compiled: control states and calls in flight as small numbers, their steps as tables.

Exploration and the benchmark work on these numbers alone. A packed state is the number of the control state in the low
bits, then the numbers of the callers, sorted: callers are alike, so their order does not matter.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from .calls import Call, Stage
from .state import Activity, Control, Handle
from .step import Pending, Stepper

CONTROL_BITS = 20
CALLER_BITS = 12
CONTROL_MASK = (1 << CONTROL_BITS) - 1
CALLER_MASK = (1 << CALLER_BITS) - 1

IDLE = 0
"""The number of a caller without a call."""
DONE = 1
"""The number of a caller whose call is over and has only to return."""

STAGE_ORDER = {stage: number for number, stage in enumerate(Stage)}


@dataclass
class Table:
    """The step relation of one profile over one alphabet, compiled on demand."""

    stepper: Stepper
    alphabet: tuple[Call, ...]
    controls: list[Control] = field(default_factory=list)
    pendings: list[Pending | None] = field(default_factory=lambda: [None, None])
    rows: set[str] = field(default_factory=set)  # every row that decided a call
    codes: set[tuple[str, int | None]] = field(default_factory=set)
    _control_number: dict[Control, int] = field(default_factory=dict)
    _pending_number: dict[Pending, int] = field(default_factory=dict)
    steps: dict[int, tuple[int, ...]] = field(default_factory=dict)
    deadly: set[int] = field(default_factory=set)  # steps after which the engine's process is gone
    issued: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        self.issued = tuple(self.caller(Pending(call)) for call in self.alphabet)

    def control(self, control: Control) -> int:
        """The number of a control state."""
        return _number(control, self._control_number, self.controls, 1 << CONTROL_BITS)

    def caller(self, pending: Pending) -> int:
        """The number of a call in flight."""
        return _number(pending, self._pending_number, self.pendings, 1 << CALLER_BITS)

    def step(self, control: int, caller: int) -> tuple[int, ...]:
        """What the call may do next: the new control state's number, and the new caller's above it."""
        key = control | caller << CONTROL_BITS
        found = self.steps.get(key)
        if found is None:
            found = self.steps[key] = tuple(sorted(set(self._compile(control, caller))))
        return found

    def _compile(self, control: int, caller: int) -> Iterable[int]:
        pending = self.pendings[caller]
        assert pending is not None
        for after, advanced in self.stepper.advance(self.controls[control], pending):
            # Every step leads to a later stage: so calls in flight, left alone, come to an end or wait.
            assert STAGE_ORDER[advanced.stage] > STAGE_ORDER[pending.stage]
            number = DONE
            if advanced.stage is Stage.DONE:
                assert advanced.row is not None
                self.rows.add(advanced.row.id)
                self.codes.add((advanced.call.name, advanced.code))
                if advanced.code is None:
                    self.deadly.add(control | caller << CONTROL_BITS)
                    continue
            else:
                number = self.caller(advanced)
            yield self.control(after) | number << CONTROL_BITS

    def backing_up(self, caller: int) -> bool:
        """Whether that caller is inside a backup that is in progress."""
        pending = self.pendings[caller]
        return pending is not None and pending.stage.value in _ACTIVITIES

    def broken(self, control: int, callers: tuple[int, ...]) -> str:
        """The invariant that this state breaks, or nothing."""
        state = self.controls[control]
        active = sum(self.backing_up(caller) for caller in callers)
        if active > 1:
            return "at most one backup at a time"
        if (state.activity is not Activity.IDLE) != bool(active):
            return "a backup is in progress exactly while a call makes it"
        if active and state.handle is not Handle.VALID:
            return "no instance is freed under a backup"
        return ""


_ACTIVITIES = frozenset(activity.value for activity in Activity if activity is not Activity.IDLE)


def _number(value: object, numbers: dict, values: list, limit: int) -> int:  # type: ignore[type-arg]
    found = numbers.get(value)
    if found is None:
        found = numbers[value] = len(values)
        if found >= limit:
            raise OverflowError(f"more than {limit} different {type(value).__name__}: the domain is too large to pack")
        values.append(value)
    return int(found)
