"""A projection of the model as a finite machine: belief states, and what each call may return in them.

A state of the machine is the set of control states that are possible after what was returned so far: a subset construction
over (call, code), so a code that tells control states apart is used. Where several codes are allowed, one is *assumed*: the
assumed codes make the machine deterministic, and suites are derived along them (`covers.py`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from .calls import Call
from .cells import Node, offered, returns_alone, setup
from .domain import Domain
from .projections import Projection
from .state import Control, describe
from .step import Stepper, run

LIMIT = 400
"""States beyond which a projection is too large for any suite with a guarantee."""

Calls = tuple[int, ...]
"""Calls one after another, as positions in the projection."""


@dataclass(frozen=True)
class Reaction:
    """What one call may return in one state: each allowed code, the rows that give it, and the state that it leads to."""

    after: dict[int, int]
    rows: dict[int, tuple[str, ...]]
    guards: tuple[str, ...]  # the guard rows that hold
    assumed: int  # success where it is allowed, else the first of the codes in the order of the table

    @property
    def codes(self) -> frozenset[int]:
        """The allowed set: what is observed."""
        return frozenset(self.after)

    @property
    def next(self) -> int:
        """The state after the assumed code."""
        return self.after[self.assumed]


@dataclass
class Machine:
    """The machine: `reactions[state][call]`, None where the call is not made. State 0 is the first."""

    projection: Projection
    controls: list[tuple[Control, ...]] = field(default_factory=list)
    reactions: list[tuple[Reaction | None, ...]] = field(default_factory=list)

    @property
    def calls(self) -> tuple[Call, ...]:
        """The inputs."""
        return self.projection.calls

    def name(self, state: int) -> str:
        """What is possible there, in words."""
        return " or ".join(describe(control) for control in self.controls[state])

    def defined(self, state: int) -> Iterator[tuple[int, Reaction]]:
        """The calls that are made in a state, and what they may return."""
        for call, reaction in enumerate(self.reactions[state]):
            if reaction is not None:
                yield call, reaction

    def step(self, state: int, call: int) -> int | None:
        """The state after the assumed code, or None where the call is not made."""
        reaction = self.reactions[state][call]
        return None if reaction is None else reaction.next

    def made(self, state: int, calls: Sequence[int]) -> Calls:
        """As much of these calls as can be made one after another from that state, along the assumed codes."""
        done: list[int] = []
        for call in calls:
            after = self.step(state, call)
            if after is None:
                break
            done.append(call)
            state = after
        return tuple(done)

    def assumed_states(self) -> dict[int, Calls]:
        """The states that the assumed codes lead to, each with the shortest calls to it: the state cover."""
        access: dict[int, Calls] = {0: ()}
        todo = [0]
        for state in todo:
            for call, reaction in self.defined(state):
                if reaction.next not in access:
                    access[reaction.next] = (*access[state], call)
                    todo.append(reaction.next)
        return access


def machine_of(stepper: Stepper, projection: Projection) -> Machine:
    """The machine of a projection by the profile of `stepper`, breadth first. OverflowError where it is too large."""
    start = (setup(stepper, Domain(projection.name, projection.what, projection.calls, projection.setup)),)
    machine = Machine(projection, [start])
    numbers = {frozenset(start): 0}
    for controls in machine.controls:
        machine.reactions.append(
            tuple(_reaction(stepper, machine, numbers, controls, call) for call in projection.calls)
        )
    return machine


def _reaction(
    stepper: Stepper,
    machine: Machine,
    numbers: dict[frozenset[Control], int],
    controls: tuple[Control, ...],
    call: Call,
) -> Reaction | None:
    """None for a call that cannot be made in all of these states, may not come back, or may end the engine's process."""
    if not all(offered(control, call) and returns_alone(stepper, Node(control), call) for control in controls):
        return None
    after: dict[int, dict[Control, None]] = {}
    rows: dict[int, dict[str, None]] = {}
    for control in controls:
        for ended, done in run(stepper, control, call):
            if done.code is None:
                return None
            assert done.row is not None
            after.setdefault(done.code, {})[ended] = None
            rows.setdefault(done.code, {})[done.row.id] = None
    guards = {row.id: None for control in controls for row in stepper.guards(control, call)}
    numbered = {code: _number(machine, numbers, tuple(after[code])) for code in sorted(after, reverse=True)}
    order = _order(stepper, call)
    first = 0 if 0 in after else min(after, key=lambda code: min(order[row] for row in rows[code]))
    return Reaction(numbered, {code: tuple(rows[code]) for code in numbered}, tuple(guards), first)


def _order(stepper: Stepper, call: Call) -> dict[str, int]:
    return {row.id: position for position, row in enumerate(stepper.profile.rows_of(call.name))}


def _number(machine: Machine, numbers: dict[frozenset[Control], int], controls: tuple[Control, ...]) -> int:
    found = numbers.get(frozenset(controls))
    if found is None:
        if len(machine.controls) >= LIMIT:
            raise OverflowError(f"the projection {machine.projection.name} has more than {LIMIT} states")
        found = numbers[frozenset(controls)] = len(machine.controls)
        machine.controls.append(controls)
    return found
