"""The step function of a contract with deviations: what the contract allows, and beside it what the engine does of its own."""

from collections.abc import Iterable

from .calls import CALLBACK_CALLS, Call, Stage
from .deviations import Overlaid
from .moves import move
from .rows import Force, Profile, Row
from .state import Control
from .step import Pending, Stepper, Successor, in_order
from .subject import on


def stepper_of(profile: Profile) -> Stepper:
    """The step function of any profile, overlaid or not."""
    return OverlayStepper(profile) if isinstance(profile, Overlaid) else Stepper(profile)


class OverlayStepper(Stepper):
    """Judges by the contract; a row of the engine that a deviation names is allowed where the engine would take it.

    A failure is one more code. A success is allowed only where no must row of the contract binds that is not replaced.
    """

    def __init__(self, profile: Overlaid) -> None:
        super().__init__(profile.contract)
        self.profile: Profile = profile
        self._overlaid = profile
        self._engine = Stepper(profile.engine)

    def holding(self, control: Control, call: Call, stage: Stage = Stage.ISSUED) -> tuple[Row, ...]:
        """As of the contract; a call with the engine's program waits for what the engine waits for."""
        if stage is Stage.WAITING and call.name in self._overlaid.reprogrammed:
            return ()
        return super().holding(control, call, stage)

    def _advance(self, control: Control, pending: Pending) -> Iterable[Successor]:
        if pending.owed and pending.stage is not Stage.DOOMED:
            yield from self._go_on_doomed(control, pending)
            return
        yield from super()._advance(control, pending)
        if pending.stage not in (Stage.DOOMED, Stage.DONE):
            yield from self._deviate(control, pending)

    def _deviate(self, control: Control, pending: Pending) -> Iterable[Successor]:
        found = in_order(self._engine.holding(control, pending.call, pending.stage))
        yield from self._allowed(control, pending, found)
        if any(row.force is Force.MUST for row in found):
            return
        held = self.holding(control, pending.call, pending.stage)
        program = self.profile.programs.get(pending.call.name, ())
        if pending.call.name not in self._engine.profile.programs:
            yield from self._succeed_at_once(control, pending)
        elif self._binds(held):
            if self._goes_on(control, pending):
                yield from self._step(control, pending._replace(owed=self._without_precedence(control, pending)))
        elif pending.stage is not program[-1].stage:
            if any(row.force is Force.MUST for row in held):  # by the contract it would go no further
                yield from self._proceed(control, pending)
        elif self._may_go_on(program[-1], control, pending.call):
            yield from self._succeed(control, pending)

    def _goes_on(self, control: Control, pending: Pending) -> bool:
        """Whether the engine goes on with a call that the contract would not let in.

        The stages of the contract begin on an instance that is there; those of the engine where the engine's rows let them.
        """
        name = pending.call.name
        if pending.stage is not Stage.ISSUED or name not in CALLBACK_CALLS:
            return False
        return name in self._overlaid.reprogrammed or on(control, pending.call)

    def _go_on_doomed(self, control: Control, pending: Pending) -> Iterable[Successor]:
        """Of a call that the contract would not let in, and that the engine lets fail later: with what either says."""
        left = move(self.profile.abandon.get(pending.call.name, ""), control, pending.call)
        for row in pending.owed:
            yield left, pending._replace(stage=Stage.DONE, row=row, owed=())
        found = in_order(self._engine.holding(control, pending.call, pending.stage))
        yield from self._allowed(control, pending._replace(owed=()), found)
        if not any(row.force is Force.MUST for row in found):
            yield from self._step(control, pending)

    def _allowed(self, control: Control, pending: Pending, found: Iterable[Row]) -> Iterable[Successor]:
        for row in found:
            if row in self._overlaid.borrowed:
                yield self._fail(control, pending, self._overlaid.borrowed[row])

    def _fail(self, control: Control, pending: Pending, row: Row) -> Successor:
        """A row that holds for a later stage gives its code here, and does what it does only there."""
        if pending.stage is Stage.ISSUED or pending.stage in row.at:
            return super()._fail(control, pending, row)
        left = move(self.profile.abandon.get(pending.call.name, ""), control, pending.call)
        return left, pending._replace(stage=Stage.DONE, row=row)

    def _succeed_at_once(self, control: Control, pending: Pending) -> Iterable[Successor]:
        """What the engine does in one step: nothing that the contract would find later may bind, either."""
        if pending.stage is Stage.ISSUED and not self._binds(self.guards(control, pending.call)):
            yield from self._succeed(control, pending)

    def _succeed(self, control: Control, pending: Pending) -> Iterable[Successor]:
        for row in self._engine.successes(control, pending.call):
            if row in self._overlaid.borrowed:
                own = self._overlaid.borrowed[row]
                yield move(row.move, control, pending.call), pending._replace(stage=Stage.DONE, row=own)

    def _binds(self, rows: Iterable[Row]) -> bool:
        return any(row.force is Force.MUST and row.id not in self._overlaid.replaced for row in rows)
