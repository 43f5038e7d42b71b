"""Shortest witnesses: by which calls from a fresh process each code of JetBackupInstance can be reached.

The graphs of all domains are joined at the nodes that they share and at the calls that set a domain up; what is shortest
is shortest in that joined graph: fewest calls first, then fewest faults and releases, then the plainest arguments.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count
from typing import NamedTuple

from .calls import Call, Instance, Place
from .cells import Action, Cell, Graph, Node, Outcome, cell_at, released
from .rows import Profile
from .state import INITIAL
from .step import Stepper, run
from .tables import BACKUP, outcome_text

_Cost = tuple[int, int, int]  # calls, other steps, arguments that are not the plainest


@dataclass(frozen=True)
class Witness:
    """How a code comes about: the steps from a fresh process, the last of which makes JetBackupInstance return it."""

    code: int | None
    calls: int
    steps: tuple[str, ...]
    row: str

    @property
    def text(self) -> str:
        """The steps in one line."""
        return "; ".join(self.steps)


def witnesses(stepper: Stepper, graphs: Iterable[Graph]) -> dict[int | None, Witness]:
    """For every code that JetBackupInstance may return, a shortest history that ends with it."""
    joined = _Joined(stepper, tuple(graphs))
    place = {row.id: number for number, row in enumerate(stepper.profile.rows)}
    found: dict[int | None, tuple[tuple[_Cost, tuple[str, ...], int], Witness]] = {}
    for cost, steps, node in joined.shortest():
        for code, row, last in joined.answers(node):
            total = _sum(cost, last.cost)
            rank = (total, (*steps, last.text), place[row])
            if code not in found or rank < found[code][0]:
                found[code] = (rank, Witness(code, total[0], rank[1], row))
    return {code: witness for code, (_, witness) in found.items()}


class _Step(NamedTuple):
    text: str
    cost: _Cost


def _step(text: str, call: Call | None = None) -> _Step:
    if call is None:
        return _Step(text, (0, 1, 0))
    plain = (call.instance in (Instance.NAMED, None), call.place in (Place.EMPTY, None), call.grbit == 0)
    return _Step(text, (1, 0, plain.count(False)))


def _sum(one: _Cost, other: _Cost) -> _Cost:
    return one[0] + other[0], one[1] + other[1], one[2] + other[2]


class _Joined:
    """The graphs as one."""

    def __init__(self, stepper: Stepper, graphs: tuple[Graph, ...]) -> None:
        self._stepper = stepper
        self._profile: Profile = stepper.profile
        self._cells: dict[Node, dict[Cell, None]] = {}
        self._actions: dict[Node, dict[tuple[_Step, Node], None]] = {}
        self._released: dict[Node, tuple[Outcome, ...]] = {}
        for graph in graphs:
            self._set_up(graph)
            for node, cells in graph.cells.items():
                self._cells.setdefault(node, {}).update(dict.fromkeys(cells))
            for node, actions in graph.actions.items():
                known = self._actions.setdefault(node, {})
                known.update((step, None) for action, ends in actions for step in _started(action, ends))

    def _set_up(self, graph: Graph) -> None:
        control = INITIAL
        for call in graph.domain.setup:
            cell = cell_at(self._stepper, Node(control), call)
            self._cells.setdefault(Node(control), {})[cell] = None
            control = next(after for after, done in run(self._stepper, control, call) if done.code == 0)

    def shortest(self) -> Iterator[tuple[_Cost, tuple[str, ...], Node]]:
        """Every node that can be reached, nearest first, with the steps that lead to it; ties go by the alphabet."""
        ticket = count()
        heap: list[tuple[_Cost, tuple[str, ...], str, int, Node]] = [((0, 0, 0), (), "", next(ticket), Node(INITIAL))]
        done: set[Node] = set()
        while heap:
            cost, steps, _, _, node = heappop(heap)
            if node in done:
                continue
            done.add(node)
            yield cost, steps, node
            for step, after in self._moves(node):
                if after not in done:
                    item = (_sum(cost, step.cost), (*steps, step.text), after.label(), next(ticket), after)
                    heappush(heap, item)

    def _moves(self, node: Node) -> Iterator[tuple[_Step, Node]]:
        for cell in self._cells.get(node, ()):
            for outcome in cell.outcomes:
                if outcome.code is not None and outcome.node != node:
                    text = cell.call.label() if outcome.code == 0 else _answered(cell, outcome)
                    yield _step(text, cell.call), outcome.node
        yield from self._actions.get(node, ())
        for outcome in self._ends(node):
            yield _step("release"), outcome.node

    def _ends(self, node: Node) -> tuple[Outcome, ...]:
        if node.held is None:
            return ()
        if node not in self._released:
            self._released[node] = released(self._stepper, node)
        return self._released[node]

    def answers(self, node: Node) -> Iterator[tuple[int | None, str, _Step]]:
        """What JetBackupInstance may return in a node: the code, the row, and the step that makes it."""
        holds_backup = node.held is not None and node.held.call.name == BACKUP
        for cell in self._cells.get(node, ()):
            for outcome in cell.outcomes:
                if cell.call.name == BACKUP:
                    yield outcome.code, outcome.row, _step(_answered(cell, outcome), cell.call)
                if outcome.held_row and holds_backup:
                    code = self._profile.row(outcome.held_row).number
                    text = f"{cell.call.label()}, which waits; release -> {outcome_text(code)}"
                    yield code, outcome.held_row, _step(text, cell.call)
        for outcome in self._ends(node) if holds_backup else ():
            yield outcome.code, outcome.row, _step(f"release -> {outcome_text(outcome.code)}")


def _started(action: Action, ends: Iterable[Node]) -> Iterator[tuple[_Step, Node]]:
    for end in ends:
        if action.hold is not None:
            yield _step(f"{action.hold.call.label()} held at {action.hold.point}", action.hold.call), end
        elif action.fault:
            yield _step(f"fault {action.fault}"), end


def _answered(cell: Cell, outcome: Outcome) -> str:
    return f"{cell.call.label()} -> {outcome_text(outcome.code)}"
