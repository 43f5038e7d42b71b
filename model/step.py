"""The step function: what a call in flight may do next, by the rows of a profile and nothing else.

Everything that judges, explores, explains or draws goes through `Stepper.advance`; no other place reads the rows.
"""

from collections.abc import Iterable
from typing import NamedTuple

from .calls import CALLBACK_CALLS, Call, Stage
from .moves import move
from .predicates import holds
from .rows import ANSWERED, WAITING, Force, Profile, ProgramStep, Row
from .state import Control
from .subject import on


class Pending(NamedTuple):
    """A call in flight: its stage, and once it is done the row that decided it."""

    call: Call
    stage: Stage = Stage.ISSUED
    row: Row | None = None
    owed: tuple[Row, ...] = ()  # of a doomed call: the rows that held when it entered

    @property
    def code(self) -> int | None:
        """The code that a finished call returns; None when the engine dies of it. Only a finished call has one."""
        assert self.row is not None
        if self.row.code is ANSWERED:
            assert self.call.answer is not None
            return self.call.answer.code
        return self.row.number


Successor = tuple[Control, Pending]


class Stepper:
    """The step function of one profile, with the rows sorted by call and the results remembered."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self._memory: dict[tuple[Control, Pending], tuple[Successor, ...]] = {}
        failing: dict[str, list[Row]] = {}
        success: dict[str, list[Row]] = {}
        for row in profile.rows:
            table = success if row.force is Force.SUCCESS else failing
            for call in row.calls:
                table.setdefault(call, []).append(row)
        self._failing = {call: tuple(rows) for call, rows in failing.items()}
        self._success = {call: tuple(rows) for call, rows in success.items()}

    def advance(self, control: Control, pending: Pending) -> tuple[Successor, ...]:
        """Every next step of `pending` in `control`: one stage further, or done. A finished call has none."""
        key = (control, pending)
        found = self._memory.get(key)
        if found is None:
            found = self._memory[key] = tuple(dict.fromkeys(self._advance(control, pending)))
        return found

    def forget(self) -> None:
        """Drop the results that are remembered."""
        self._memory.clear()

    def holding(self, control: Control, call: Call, stage: Stage = Stage.ISSUED) -> tuple[Row, ...]:
        """The failing rows that hold at that stage, in the order of the table; an ordered profile fires the first."""
        return tuple(row for row in self._failing.get(call.name, ()) if stage in row.at and row.holds(control, call))

    def struck(self, control: Control, pending: Pending, row: Row) -> tuple[Successor, ...]:
        """How a call in flight fails by a row that no state brings about, such as a fault of the disk (`faults.py`).

        Before it entered it fails without a move; where it has come to a stage that the row does not name, not at all.
        """
        if pending.stage is Stage.DONE or (pending.stage is not Stage.ISSUED and pending.stage not in row.at):
            return ()
        return (self._fail(control, pending, row),)

    def guards(self, control: Control, call: Call) -> tuple[Row, ...]:
        """Every failing row whose cause is there when the call is made, whatever its stage: the guards of a cell.

        What a call can only meet while it waits for another, or once it is under way, is no cause when it is made.
        """
        rows = self._failing.get(call.name, ())
        return tuple(row for row in rows if row.at != WAITING and not row.inside and row.holds(control, call))

    def successes(self, control: Control, call: Call) -> tuple[Row, ...]:
        """The success rows that hold: the first alone in an ordered profile."""
        rows = tuple(row for row in self._success.get(call.name, ()) if row.holds(control, call))
        return rows[:1] if self.profile.ordered else rows

    def _advance(self, control: Control, pending: Pending) -> Iterable[Successor]:
        if pending.stage is Stage.DONE:
            return
        if pending.stage is Stage.DOOMED:
            for row in dict.fromkeys((*pending.owed, *self.guards(control, pending.call))):
                yield control, pending._replace(stage=Stage.DONE, row=row, owed=())
            return
        active = self.holding(control, pending.call, pending.stage)
        if self.profile.ordered:
            candidates = in_order(active)
            blocked = any(row.force is Force.MUST for row in candidates)
        else:
            blocked = any(row.force is Force.MUST for row in active)
            candidates = self._without_precedence(control, pending) if blocked else active
        for row in candidates:
            yield self._fail(control, pending, row)
        if blocked and self._may_be_doomed(control, pending):
            yield control, pending._replace(stage=Stage.DOOMED, owed=candidates)
        if not blocked:
            yield from self._proceed(control, pending)

    def _without_precedence(self, control: Control, pending: Pending) -> tuple[Row, ...]:
        """Once a must row holds, the code of any row that holds: an engine may test for a later cause first (5.1)."""
        entered = pending.stage is not Stage.ISSUED
        held = (*self.guards(control, pending.call), *self.holding(control, pending.call, pending.stage))
        rows = tuple(dict.fromkeys(held))
        return tuple(row for row in rows if not entered or Stage.ISSUED not in row.at or pending.stage in row.at)

    def _may_be_doomed(self, control: Control, pending: Pending) -> bool:
        """The pages do not say that a cause is noticed before the first status callback; they say that it is returned."""
        watched = pending.call.name in CALLBACK_CALLS and pending.stage is Stage.ISSUED
        return watched and not self.profile.ordered and on(control, pending.call)

    def _fail(self, control: Control, pending: Pending, row: Row) -> Successor:
        begun = pending.stage not in (
            Stage.ISSUED,
            Stage.WAITING,
        )  # before that it has done nothing that a later row could end
        if begun or pending.stage in row.at:
            control = move(row.move, control, pending.call)
        if pending.stage is not Stage.ISSUED:
            control = move(self.profile.abandon.get(pending.call.name, ""), control, pending.call)
        return control, pending._replace(stage=Stage.DONE, row=row)

    def _proceed(self, control: Control, pending: Pending) -> Iterable[Successor]:
        program = self.profile.programs.get(pending.call.name, ())
        if program and pending.stage is not program[-1].stage:
            yield from self._step(control, pending)
        elif not program or self._may_go_on(program[-1], control, pending.call):
            for row in self.successes(control, pending.call):
                yield move(row.move, control, pending.call), pending._replace(stage=Stage.DONE, row=row)

    def _step(self, control: Control, pending: Pending) -> Iterable[Successor]:
        """The next stage of the program, if there is one and nothing is waited for."""
        program = self.profile.programs[pending.call.name]
        at = [step.stage for step in program].index(pending.stage) if pending.stage is not Stage.ISSUED else -1
        if at + 1 < len(program) and (at < 0 or self._may_go_on(program[at], control, pending.call)):
            step = program[at + 1]
            yield move(step.move, control, pending.call), pending._replace(stage=step.stage)

    @staticmethod
    def _may_go_on(step: ProgramStep, control: Control, call: Call) -> bool:
        return holds(step.until, control, call)


def in_order(active: tuple[Row, ...]) -> tuple[Row, ...]:
    """The first must row, and the may rows before it: those stand where the order leaves something unknown."""
    for position, row in enumerate(active):
        if row.force is Force.MUST:
            return active[: position + 1]
    return active


def run(stepper: Stepper, control: Control, call: Call) -> tuple[Successor, ...]:
    """Every way in which `call`, made alone in `control`, may end; empty when it waits for another call."""
    done: dict[Successor, None] = {}
    todo: list[Successor] = [(control, Pending(call))]
    seen = set(todo)
    while todo:
        state = todo.pop()
        if state[1].stage is Stage.DONE:
            done[state] = None
        for successor in stepper.advance(*state):
            if successor not in seen:
                seen.add(successor)
                todo.append(successor)
    return tuple(done)
