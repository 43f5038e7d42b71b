"""Beliefs: the set of configurations that can explain what was seen so far, interned, with their successors remembered.

Every way of judging, sequential, interleaved or recorded, moves from belief to belief. A belief is worked out once: a
second visit costs one look-up in a dictionary, which is what makes sequential histories cheap.
"""

from collections.abc import Callable, Iterable
from typing import Any

from ..model.calls import Answer, Call, Stage
from ..model.cells import Configuration
from ..model.state import Control
from ..model.step import Pending, Stepper

FREE = Pending(Call(""), Stage.DONE)
"""Stands in a slot that no call occupies."""


class BoundExceeded(Exception):  # noqa: N818 - a bound, not an error
    """More configurations than the judge was allowed to keep: the verdict from here on is unknown."""


class Belief:
    """A set of configurations closed under internal steps, and the slots whose calls are held."""

    __slots__ = ("_controls", "configurations", "held", "invoked", "returned")

    def __init__(self, configurations: frozenset[Configuration], held: frozenset[int]) -> None:
        self.configurations = configurations
        self.held = held
        self.invoked: dict[tuple[int, frozenset[Call]], Belief] = {}
        self.returned: dict[tuple[int, int | None], Belief | None] = {}
        self._controls: frozenset[Control] | None = None

    @property
    def controls(self) -> frozenset[Control]:
        """The control states that are possible."""
        if self._controls is None:
            self._controls = frozenset(configuration.control for configuration in self.configurations)
        return self._controls


LIMIT = 20_000
"""Configurations of one belief, unless something else is asked for."""

ROOM = 10
"""Beliefs are remembered until all of them together hold so many times the configurations that one may hold."""


class Beliefs:
    """All beliefs of one profile, interned. `limit` bounds the configurations of one belief.

    What is remembered is bounded, too: when it is full everything is forgotten, and what is needed worked out again.
    """

    def __init__(self, stepper: Stepper, limit: int = LIMIT) -> None:
        self.stepper = stepper
        self.limit = limit
        self.classes: dict[tuple[Any, ...], frozenset[Call]] = {}  # argument classes, by what they depend on
        self._interned: dict[tuple[frozenset[Configuration], frozenset[int]], Belief] = {}
        self._remembered = 0  # configurations in all of these

    @property
    def remembered(self) -> int:
        """Configurations of all the beliefs that are remembered."""
        return self._remembered

    def initial(self, control: Control) -> Belief:
        """The belief that knows the control state and has no call in flight."""
        return self._belief([Configuration(control, ())], frozenset())

    def among(self, controls: Iterable[Control]) -> Belief:
        """The belief that the control state is one of these, with no call in flight."""
        return self._belief([Configuration(control, ()) for control in controls], frozenset())

    def like(self, belief: Belief) -> Belief:
        """What a judge of another profile believes, as the start of what follows under this one."""
        configurations = [
            Configuration(control, tuple(self._stage_of_ours(one) for one in pending))
            for control, pending in belief.configurations
        ]
        return self._belief(configurations, belief.held)

    def _stage_of_ours(self, pending: Pending) -> Pending:
        """The call at the last stage of this profile's program that is not later than the one where it is."""
        if pending.stage in (Stage.ISSUED, Stage.DOOMED, Stage.DONE):
            return pending
        order = list(Stage)
        program = [step.stage for step in self.stepper.profile.programs.get(pending.call.name, ())]
        passed = [stage for stage in program if order.index(stage) <= order.index(pending.stage)]
        return pending._replace(stage=passed[-1] if passed else Stage.ISSUED)

    def invoke(self, belief: Belief, slot: int, calls: frozenset[Call]) -> Belief:
        """A call, of one of these argument classes, was issued in that slot."""
        key = (slot, calls)
        found = belief.invoked.get(key)
        if found is None:
            configurations = [
                Configuration(control, _put(pending, slot, Pending(call)))
                for control, pending in belief.configurations
                for call in calls
            ]
            found = belief.invoked[key] = self._belief(configurations, belief.held)
        return found

    def come_back(self, belief: Belief, slot: int, code: int | None) -> Belief | None:
        """The call in that slot returned this code (None: the process died); None when nothing explains it."""
        key = (slot, code)
        if key in belief.returned:
            return belief.returned[key]
        configurations = [
            Configuration(control, _put(pending, slot, FREE))
            for control, pending in belief.configurations
            if _is_done(pending[slot], code)
        ]
        after = self._belief(configurations, belief.held) if configurations else None
        belief.returned[key] = after
        return after

    def seen_at(self, belief: Belief, slot: int, stages: Iterable[Stage]) -> Belief | None:
        """The call in that slot stands still at one of these stages; None when it cannot be there."""
        wanted = frozenset(stages)
        configurations = [one for one in belief.configurations if one.pending[slot].stage in wanted]
        return self._belief(configurations, belief.held | {slot}) if configurations else None

    def let_go(self, belief: Belief, slot: int) -> Belief:
        """The call in that slot goes on."""
        return self._belief(belief.configurations, belief.held - {slot})

    def answered(self, belief: Belief, slot: int, answer: Answer) -> Belief:
        """The status callback of the call in that slot answered with a failure, which the call may hear or ignore [PF].

        An earlier failure may still be on its way, so both are reckoned with.
        """
        configurations = {
            Configuration(control, _put(pending, slot, one._replace(call=one.call._replace(answer=heard))))
            for control, pending in belief.configurations
            for one in (pending[slot],)
            for heard in {answer, one.call.answer or answer}
        }
        return self._belief(configurations, belief.held)

    def changed(self, belief: Belief, change: Callable[[Control], Control]) -> Belief:
        """The environment changed the control state."""
        configurations = [Configuration(change(control), pending) for control, pending in belief.configurations]
        return self._belief(configurations, belief.held)

    def alone(self, belief: Belief, change: Callable[[Control], Control]) -> Belief:
        """The environment changed the control state, and no call is in flight any more."""
        return self._belief([Configuration(change(control), ()) for control in belief.controls], frozenset())

    def _belief(self, configurations: Iterable[Configuration], held: frozenset[int]) -> Belief:
        closed = self._close(configurations, held)
        key = (closed, held)
        found = self._interned.get(key)
        if found is None:
            self._remembered += len(closed)
            if self._remembered > ROOM * self.limit:
                self._forget()
                self._remembered = len(closed)
            found = self._interned[key] = Belief(closed, held)
        return found

    def _forget(self) -> None:
        """Start afresh. The ways between the beliefs go as well: a judge that stands at one would keep all alive."""
        for belief in self._interned.values():
            belief.invoked.clear()
            belief.returned.clear()
        self._interned.clear()
        self.classes.clear()
        self.stepper.forget()

    def _close(self, configurations: Iterable[Configuration], held: frozenset[int]) -> frozenset[Configuration]:
        seen = set(configurations)
        todo = list(seen)
        while todo:
            control, pending = todo.pop()
            for slot, one in enumerate(pending):
                if slot in held or one.stage is Stage.DONE:
                    continue
                for after, advanced in self.stepper.advance(control, one):
                    found = Configuration(after, (*pending[:slot], advanced, *pending[slot + 1 :]))
                    if found not in seen:
                        seen.add(found)
                        todo.append(found)
            if len(seen) > self.limit:
                raise BoundExceeded(f"more than {self.limit} configurations explain this prefix")
        return frozenset(seen)


def _is_done(pending: Pending, code: int | None) -> bool:
    return pending.stage is Stage.DONE and pending.row is not None and pending.code == code


def _put(pending: tuple[Pending, ...], slot: int, one: Pending) -> tuple[Pending, ...]:
    """The slots with that one filled, or freed; free slots at the end are dropped so that equal beliefs are one."""
    slots = list(pending) + [FREE] * (slot + 1 - len(pending))
    slots[slot] = one
    while slots and slots[-1] is FREE:
        slots.pop()
    return tuple(slots)
