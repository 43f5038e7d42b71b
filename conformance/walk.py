"""The systematic half of level 1: a walk that makes every call in every state that this engine can be brought to.

The model proposes, the engine disposes: the profile often allows several codes, and an engine gives one. So the walk learns
where each cell leads on this engine, and goes on until every cell of every state that it reached was covered.
"""

from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from ..model.alphabet import (
    ABORT,
    ATTACH,
    COUNT,
    CREATE,
    DATABASE,
    FULL,
    INCREMENT,
    INIT,
    OPEN_DATABASE,
    TERM,
    THAW,
    backup,
    begin,
)
from ..model.calls import Call, Place
from ..model.cells import Action, Cell, Graph, Node
from .coverage import Coverage, Step
from .history import INSTANCE, History
from .inflight import NotMade
from .laboratory import Laboratory
from .trace import CallEvent, HoldEvent, ReturnEvent
from .wants import make_sets, read_other_logs

HISTORY_LENGTH = 400
"""Calls of one history at the most: a fresh engine process keeps directories and logs small."""

FAREWELL = (
    INCREMENT,
    backup(Place.MISSING),
    FULL,
    FULL,
    TERM,
    CREATE,
    INIT,
    begin(),
    ATTACH,
    OPEN_DATABASE,
    COUNT,
    FULL,
)
FAREWELL_ELSE = (TERM, CREATE, INIT, begin(), ATTACH, OPEN_DATABASE, COUNT, FULL, INCREMENT)
"""Calls that end every history, of an instance that runs and of any other."""

FAULTS = {
    "page": ("damage-page", DATABASE, "damage_page"),
    "log": ("damage-log", INSTANCE, "damage_log"),
    "log-full": ("fail-log-no-space", INSTANCE, "fail_log_writes"),
    "log-torn": ("fail-log-torn", INSTANCE, "fail_log_writes"),
    "snapshot-timeout": ("snapshot-timeout", INSTANCE, "expire_snapshot"),
}
"""The model's fault, what the runner does for it and to what, and the capability that this needs."""


@dataclass
class Walk:
    """Walks one domain of the model on an engine."""

    graph: Graph
    laboratory: Laboratory
    coverage: Coverage
    wanted: str = ""  # of all cells this one alone: the walk ends when it is covered
    tried: set[tuple[Node, Action]] = field(default_factory=set)
    reached: set[Node] = field(default_factory=set)
    history: History | None = None
    held: int = 0

    def run(self) -> bool:
        """Walk until nothing is left; False if the budget ended before. Raises Nonconformity."""
        while self.laboratory.within_budget():
            if self._has_wanted():
                return True
            progress = self._one_history()
            if not progress:
                return True
        return False

    def _has_wanted(self) -> bool:
        return self.wanted in self.coverage.covered

    def _one_history(self) -> bool:
        """One engine process from its start; False when it found nothing left to do."""
        history = self.history = self.laboratory.open(self.graph.domain.name)
        self.held = 0
        try:
            return self._set_up(history) and self._go(history)
        finally:
            self.laboratory.close_history(history)

    def _set_up(self, history: History) -> bool:
        """Bring it to where the domain begins; False where this engine cannot be brought there."""
        for call in self.graph.domain.setup:
            try:
                make_sets(history, call)
                if not history.offers(call):
                    self._has_call(history, call)
                    return False
                history.perform(call)
            except NotMade:
                self._has_call(history, call)
                return False
        return True

    def _go(self, history: History) -> bool:
        """Do what is left, nearest first, until this process can reach nothing more; whether anything was done."""
        progress = False
        while self.laboratory.within_budget() and history.calls < HISTORY_LENGTH and not self._has_wanted():
            node = history.node()
            if node is None and not self._disambiguate(history):
                break
            node = history.node()
            if node is None:
                break
            self._know(node)
            move = self._next(node)
            if move is None:
                break
            progress = self._do(history, node, move) or progress
        history.finish()
        if progress:
            self._farewell(history)
        return progress

    def _farewell(self, history: History) -> None:
        """A few calls at the end of every history: what an engine keeps wrongly to itself shows in what it says later."""
        if not self.laboratory.within_budget():
            return
        for call in (ABORT, *(FAREWELL if history.runs() else FAREWELL_ELSE)):
            if not history.offers(call) or (call is ABORT and not _in_snapshot(history)):
                continue
            with suppress(NotMade):
                history.perform(call)
            if history.open_calls():
                history.finish()

    def _know(self, node: Node) -> None:
        self.coverage.edges.setdefault(node, {})
        if node not in self.reached:
            self.reached.add(node)
            for cell in self.graph.cells.get(node, ()):
                self.coverage.know(cell)

    # -- choosing -------------------------------------------------------------------------------------------------------

    def _next(self, node: Node) -> Step | None:
        """What to do here, or the first step towards the nearest node where something is left to do."""
        if (here := self._left(node)) is not None:
            return here
        first: dict[Node, Step] = {}
        todo = deque(self._steps(node))
        while todo:
            after, move = todo.popleft()
            if after in first or after == node:
                continue
            first[after] = move
            if self._left(after) is not None:
                return move
            todo.extend((further, move) for further, _ in self._steps(after))
        return None

    def _steps(self, node: Node) -> Iterator[tuple[Node, Step]]:
        yield from self.coverage.edges.get(node, {}).items()

    def _left(self, node: Node) -> Step | None:
        """Something not done yet in that node: calls that stay in it first, then those that leave, then the actions."""
        leaving: Step | None = None
        for cell in self.graph.cells.get(node, ()):
            if self._is_done(cell):
                continue
            if all(outcome.node == node for outcome in cell.outcomes):
                return Step(cell=cell)
            leaving = leaving or Step(cell=cell)
        if leaving is not None:
            return leaving
        for action, _ in self.graph.actions.get(node, ()):
            if (node, action) not in self.tried:
                return Step(action=action)
        return None

    def _is_done(self, cell: Cell) -> bool:
        seen = self.coverage
        if None in cell.codes:
            seen.skipped.setdefault(cell.id, "by the profile the engine's process may die of it")
        return cell.id in seen.covered or cell.id in seen.skipped or cell.id in seen.exercised

    # -- doing ----------------------------------------------------------------------------------------------------------

    def _do(self, history: History, node: Node, move: Step) -> bool:
        before = history.calls
        try:
            if move.cell is not None:
                done = self._make(history, node, move.cell)
            else:
                assert move.action is not None
                self.tried.add((node, move.action))
                done = self._act(history, move.action)
        except NotMade as reason:  # by the profile the engine may die of a call that was let go
            if move.cell is not None:
                self.coverage.skipped.setdefault(move.cell.id, str(reason))
            return True
        after = history.node()
        if done and after is not None and after != node:
            self.coverage.edges[node].setdefault(after, move)
        return done or history.calls > before

    def _make(self, history: History, node: Node, cell: Cell) -> bool:
        if not self._has_call(history, cell.call):
            self.coverage.skipped[cell.id] = f"the engine has no {history.lacks(cell.call.name)}"
            return False
        try:
            make_sets(history, cell.call)
            read_other_logs(history, cell.call)
            call_id = history.perform(cell.call, client="B")
        except NotMade as reason:
            self._has_call(history, cell.call)
            self.coverage.skipped[cell.id] = str(reason)
            return False
        except LookupError as missing:
            self.coverage.skipped[cell.id] = f"there was no {missing} to make it with"
            return False
        if node.held is not None and history.returned(call_id) is None:
            self._release(history)
            history.finish()
        elif history.returned(call_id) is None:  # it may have to wait for the thaw [OZ, Remarks]
            history.perform(THAW, client="A")
            history.finish()
        code = history.returned(call_id)
        if code is None:  # it took its time to say so
            self.coverage.skipped[cell.id] = "the engine does not have the call"
            return False
        self.coverage.credit(cell, code, certain=True)
        if cell.call.name == "JetBackupInstance":
            self.coverage.saw(code, at_hold_point=_needs_hold_point(history))
        return True

    def _act(self, history: History, action: Action) -> bool:
        if action.kind == "release":
            self._release(history)
            return True
        if action.kind == "fault":
            kind, target, capability = FAULTS[action.fault]
            return self._has(history, capability) and history.fault(kind, target)
        assert action.hold is not None
        point = action.hold.point
        if not self._has_call(history, action.hold.call):
            return False
        if not self._has(history, "callback" if point.startswith("callback") else f"hold:{point}"):
            return False
        try:
            make_sets(history, action.hold.call)
            self.held = history.perform(action.hold.call, client="A", hold=point)
        except NotMade:
            return self._has_call(history, action.hold.call)
        return True

    def _has_call(self, history: History, call: Call) -> bool:
        missing = history.lacks(call.name)
        return not missing or self._has(history, missing)

    def _has(self, history: History, capability: str) -> bool:
        """Whether the engine has that; what it has not is noted."""
        if capability in history.capabilities:
            return True
        self.coverage.lacking.add(capability)
        return False

    def _release(self, history: History) -> None:
        if self.held in history.held():
            history.release(self.held)
        code = history.returned(self.held)
        if code is not None and _call_name(history, self.held) == "JetBackupInstance":
            self.coverage.saw(code, at_hold_point=_needs_hold_point(history))

    def _disambiguate(self, history: History) -> bool:
        """Make the call that tells the possible states apart; False when no call of the domain can."""
        belief = history.judge.belief(INSTANCE)
        if history.open_calls() or belief.slots:
            return False
        nodes = [Node(control) for control in belief.controls]
        by_call: dict[Call, list[frozenset[int | None]]] = {}
        for node in nodes:
            for cell in self.graph.cells.get(node, ()):
                by_call.setdefault(cell.call, []).append(cell.codes)
        for call, codes in by_call.items():
            if len(codes) == len(nodes) and sum(map(len, codes)) == len(frozenset().union(*codes)):
                with suppress(NotMade):
                    history.perform(call)
                return history.node() is not None
        return False


def _in_snapshot(history: History) -> bool:
    return any(control.snapshot is not None for control in history.judge.controls(INSTANCE))


def _needs_hold_point(history: History) -> bool:
    """Whether a call is, or the last one to return was, stopped at a point that the API does not show."""
    returned = [event.id for event in history.events if isinstance(event, ReturnEvent)][:-1]
    return any(isinstance(event, HoldEvent) and event.id not in returned for event in history.events)


def _call_name(history: History, call_id: int) -> str:
    return next(event.call for event in history.events if isinstance(event, CallEvent) and event.id == call_id)
