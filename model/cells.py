"""Cells, and the graph that level 1 walks: control states with at most one other call in flight, that call being held.

A cell is a call with its argument class, the control state, the call held beside it, and the guard rows that hold
(DESIGN.md section 3). Its id is a hash of exactly that, so it is the same on every machine and in every run.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import NamedTuple

from .calls import SESSION_CALLS, Call, Place, Stage
from .domain import Domain, Hold
from .environment_moves import apply_fault
from .external import Amount, SnapshotPhase, Target
from .state import INITIAL, Backed, Control, Damage, StopRequest, describe
from .step import Pending, Stepper, run
from .vocabulary import TermGrbit


class Node(NamedTuple):
    """A control state, and the call that is held in it, if any."""

    control: Control
    held: Pending | None = None

    def label(self) -> str:
        """One line that tells this node from every other."""
        if self.held is None:
            return describe(self.control)
        return f"{describe(self.control)}; {self.held.call.label()} held at {self.held.stage.value}"


class Outcome(NamedTuple):
    """One way in which a call may end in a cell: the row that decided it, and where that leads."""

    row: str
    code: int | None
    node: Node
    held_row: str = ""  # where it could only return after the held call was let go: the row that decided that one


@dataclass(frozen=True)
class Cell:
    """One entry of the contract: what this call may return here."""

    call: Call
    node: Node
    guards: tuple[str, ...]
    outcomes: tuple[Outcome, ...]

    @cached_property
    def id(self) -> str:
        """Stable: ten hexadecimal digits of the hash of everything that defines the cell but its outcomes."""
        text = "|".join((self.call.label(), self.node.label(), *self.guards))
        return sha256(text.encode()).hexdigest()[:10]

    @property
    def codes(self) -> frozenset[int | None]:
        """The codes allowed here; None stands for the death of the engine."""
        return frozenset(outcome.code for outcome in self.outcomes)


class Action(NamedTuple):
    """What the harness may do in a node besides an ordinary call: start a call and hold it, let go, or break something."""

    kind: str  # "hold", "release", "fault"
    hold: Hold | None = None
    fault: str = ""


class Configuration(NamedTuple):
    """A control state with several calls in flight."""

    control: Control
    pending: tuple[Pending, ...]


def closure(stepper: Stepper, start: Configuration, frozen: frozenset[int] = frozenset()) -> tuple[Configuration, ...]:
    """Every configuration that internal steps of the calls not `frozen` (by position) lead to, `start` included.

    In the order in which they are found, so that every run walks and explains alike.
    """
    seen = {start: None}
    todo = [start]
    while todo:
        control, pending = todo.pop()
        for position, one in enumerate(pending):
            if position in frozen:
                continue
            for after, advanced in stepper.advance(control, one):
                found = Configuration(after, (*pending[:position], advanced, *pending[position + 1 :]))
                if found not in seen:
                    seen[found] = None
                    todo.append(found)
    return tuple(seen)


def cell_at(stepper: Stepper, node: Node, call: Call) -> Cell:
    """The cell of `call` in `node`, with every outcome that the profile allows."""
    outcomes = tuple(dict.fromkeys(_outcomes(stepper, node, call)))
    return Cell(call, node, tuple(row.id for row in stepper.guards(node.control, call)), outcomes)


def _outcomes(stepper: Stepper, node: Node, call: Call) -> Iterator[Outcome]:
    if node.held is None:
        for control, done in run(stepper, node.control, call):
            yield _outcome(done, Node(control))
        return
    start = Configuration(node.control, (Pending(call), node.held))
    alone = closure(stepper, start, frozenset({1}))
    waiting = []
    for configuration in alone:
        one, held = configuration.pending
        if one.stage is Stage.DONE:
            yield _outcome(one, Node(configuration.control, held))
        elif not any(True for _ in stepper.advance(configuration.control, one)):
            waiting.append(configuration)
    for blocked in waiting:
        for configuration in closure(stepper, blocked):
            if all(pending.stage is Stage.DONE for pending in configuration.pending):
                yield _outcome(configuration.pending[0], Node(configuration.control), configuration.pending[1])


def _outcome(done: Pending, node: Node, held: Pending | None = None) -> Outcome:
    assert done.row is not None
    return Outcome(done.row.id, done.code, node, held.row.id if held is not None and held.row is not None else "")


def started(stepper: Stepper, control: Control, hold: Hold) -> Node | None:
    """The node in which that call is held at its point, or None when it cannot get there."""
    for configuration in closure(stepper, Configuration(control, (Pending(hold.call),))):
        if configuration.pending[0].stage is hold.stage:
            return Node(configuration.control, configuration.pending[0])
    return None


def released(stepper: Stepper, node: Node) -> tuple[Outcome, ...]:
    """Every way in which the held call may end once it is let go."""
    assert node.held is not None
    return tuple(
        _outcome(configuration.pending[0], Node(configuration.control))
        for configuration in closure(stepper, Configuration(node.control, (node.held,)))
        if configuration.pending[0].stage is Stage.DONE
    )


def offered(control: Control, call: Call) -> bool:
    """Whether the harness can make this call here, and be sure that it comes back.

    A place that holds a backup needs a backup that succeeded, a log of a streaming backup one that listed its logs; and
    while an instance is frozen, calls on its data may wait for the thaw [OZ, Remarks].
    """
    streaming = control.streaming
    if call.target in (Target.LAST_LOG, Target.READ_LOG):
        if streaming is None or not streaming.listed or streaming.logs_read != (call.target is Target.READ_LOG):
            return False
        # To get to the last log, those before it are read: nothing may be in the way of that.
        clear = control.stop_backup is StopRequest.NONE and control.log_damage is Damage.NONE
        return clear or call.target is Target.READ_LOG
    if call.amount is not None and call.amount not in (Amount.REST, Amount.ODD):
        return streaming is not None and streaming.file is not None and not streaming.file.started
    if may_stall(control, call):
        return False
    if call.place not in (Place.FULL_SET, Place.ATOMIC_SET):
        return True
    return any(database.backed_up is not Backed.NO for database in control.databases)


def returns_alone(stepper: Stepper, node: Node, call: Call) -> bool:
    """Whether the call, made alone, may come back: it does not wait for something that only another call can bring about."""
    if node.held is not None:
        return True
    ends = closure(stepper, Configuration(node.control, (Pending(call),)))
    stages = {one.pending[0].stage for one in ends}
    return Stage.WAITING not in stages or Stage.DONE in stages


def is_frozen(control: Control) -> bool:
    """Whether the instance is in a snapshot that was frozen and neither thawed nor timed out [OZ, Return value]."""
    snapshot = control.snapshot
    return snapshot is not None and snapshot.member and snapshot.phase is SnapshotPhase.FROZEN


def may_stall(control: Control, call: Call) -> bool:
    """Whether a frozen instance may keep the call waiting until the thaw [OZ, Remarks]; it refuses the others at once."""
    if not is_frozen(control):
        return False
    if call.name == "JetTerm2":
        return bool(call.grbit & TermGrbit.STOP_BACKUP)
    return call.name in SESSION_CALLS and call.name not in ("JetAttachDatabase", "JetDetachDatabase")


@dataclass
class Graph:
    """A domain explored to its end."""

    domain: Domain
    start: Node
    cells: dict[Node, tuple[Cell, ...]]
    actions: dict[Node, tuple[tuple[Action, tuple[Node, ...]], ...]]


def explore(stepper: Stepper, domain: Domain) -> Graph:
    """The graph of a domain, breadth first from its set-up to its end, or to the depth that it names."""
    start = Node(setup(stepper, domain))
    graph = Graph(domain, start, {}, {})
    todo = [start]
    depth = {start: 0}
    for node in todo:
        graph.cells[node] = tuple(
            cell_at(stepper, node, call)
            for call in dict.fromkeys((*domain.calls, *domain.probes))
            if offered(node.control, call) and returns_alone(stepper, node, call)
        )
        graph.actions[node] = tuple(_actions(stepper, domain, node))
        moving = (cell for cell in graph.cells[node] if cell.call in domain.calls)
        found = (outcome.node for cell in moving for outcome in cell.outcomes if outcome.code is not None)
        for successor in (*found, *(after for _, nodes in graph.actions[node] for after in nodes)):
            if successor not in depth and depth[node] != domain.depth:
                depth[successor] = depth[node] + 1
                todo.append(successor)
    return graph


def setup(stepper: Stepper, domain: Domain) -> Control:
    """The control state after the set-up calls of a domain, each of which must be able to succeed."""
    control = INITIAL
    for call in domain.setup:
        control = next(after for after, done in run(stepper, control, call) if done.code == 0)
    return control


def _actions(stepper: Stepper, domain: Domain, node: Node) -> Iterator[tuple[Action, tuple[Node, ...]]]:
    if node.held is not None:
        ends = tuple(dict.fromkeys(outcome.node for outcome in released(stepper, node)))
        yield Action("release"), ends
        return
    for hold in domain.holds:
        if offered(node.control, hold.call) and (held := started(stepper, node.control, hold)) is not None:
            yield Action("hold", hold), (held,)
    for fault in domain.faults:
        after = Node(apply_fault(fault, node.control))
        if after != node:
            yield Action("fault", fault=fault), (after,)
