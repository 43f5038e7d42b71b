"""Beliefs: the set of configurations that can explain what was seen so far, interned, with their successors remembered.

Every way of judging, sequential, interleaved or recorded, moves from belief to belief. A belief is worked out once: a
second visit costs one look-up in a dictionary, which is what makes sequential histories cheap.

Calls in flight bear on one another through the control state alone. So a belief is kept as bundles: a control state and,
for each call, all that may have become of it, each with each. Calls that never return add up instead of multiplying.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import product
from typing import Any, NamedTuple

from ..model.calls import Answer, Call, Stage
from ..model.cells import Configuration
from ..model.rows import Row
from ..model.state import Control
from ..model.step import Pending, Stepper

FREE = Pending(Call(""), Stage.DONE)
"""Stands in a slot that no call occupies."""

VACANT = frozenset({FREE})

Slots = tuple[frozenset[Pending], ...]
"""By slot, what may have become of the call in it."""


class Bundle(NamedTuple):
    """Every configuration with this control state whose calls are each at one of these."""

    control: Control
    slots: Slots

    def configurations(self) -> Iterator[Configuration]:
        """One by one."""
        return (Configuration(self.control, pending) for pending in product(*self.slots))


class BoundExceeded(Exception):  # noqa: N818 - a bound, not an error
    """More configurations than the judge was allowed to keep: the verdict from here on is unknown."""


class Belief:
    """A set of configurations closed under internal steps, and the slots whose calls are held."""

    __slots__ = ("_configurations", "_controls", "bundles", "held", "invoked", "returned")

    def __init__(self, bundles: frozenset[Bundle], held: frozenset[int]) -> None:
        self.bundles = bundles
        self.held = held
        self.invoked: dict[tuple[int, frozenset[Call]], Belief] = {}
        self.returned: dict[tuple[int, int | None], Belief | None] = {}
        self._controls: frozenset[Control] | None = None
        self._configurations: frozenset[Configuration] | None = None

    @property
    def controls(self) -> frozenset[Control]:
        """The control states that are possible."""
        if self._controls is None:
            self._controls = frozenset(bundle.control for bundle in self.bundles)
        return self._controls

    @property
    def configurations(self) -> frozenset[Configuration]:
        """All of them, one by one: many where many calls are in flight."""
        if self._configurations is None:
            self._configurations = frozenset(one for bundle in self.bundles for one in bundle.configurations())
        return self._configurations

    @property
    def slots(self) -> int:
        """How many slots there are, the free ones between occupied ones included."""
        return max((len(bundle.slots) for bundle in self.bundles), default=0)

    def at(self, slot: int) -> Iterator[tuple[Control, Pending]]:
        """What may have become of the call in that slot, with the control states in which it may."""
        for control, slots in self.bundles:
            if slot < len(slots):
                yield from ((control, one) for one in slots[slot])


LIMIT = 20_000
"""Bundles of one belief, unless something else is asked for."""

ROOM = 10
"""Beliefs are remembered until all of them together hold so many times what one may hold."""


class Beliefs:
    """All beliefs of one profile, interned. `limit` bounds the bundles of one belief.

    What is remembered is bounded, too: when it is full everything is forgotten, and what is needed worked out again.
    """

    def __init__(self, stepper: Stepper, limit: int = LIMIT) -> None:
        self.stepper = stepper
        self.limit = limit
        self.classes: dict[tuple[Any, ...], frozenset[Call]] = {}  # argument classes, by what they depend on
        self._interned: dict[tuple[frozenset[Bundle], frozenset[int]], Belief] = {}
        self._remembered = 0

    @property
    def remembered(self) -> int:
        """Bundles of all the beliefs that are remembered."""
        return self._remembered

    def initial(self, control: Control) -> Belief:
        """The belief that knows the control state and has no call in flight."""
        return self.among([control])

    def among(self, controls: Iterable[Control]) -> Belief:
        """The belief that the control state is one of these, with no call in flight."""
        return self._belief([Bundle(control, ()) for control in controls], frozenset())

    def like(self, belief: Belief) -> Belief:
        """What a judge of another profile believes, as the start of what follows under this one."""
        bundles = [
            Bundle(control, tuple(frozenset(map(self._stage_of_ours, each)) for each in slots))
            for control, slots in belief.bundles
        ]
        return self._belief(bundles, belief.held)

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
            issued = frozenset(Pending(call) for call in calls)
            bundles = [Bundle(control, _put(slots, slot, issued)) for control, slots in belief.bundles]
            found = belief.invoked[key] = self._belief(bundles, belief.held)
        return found

    def widened(self, belief: Belief, slot: int, calls: frozenset[Call]) -> Belief:
        """The call in that slot, wherever it may not have been entered yet, may also be of one of these classes."""
        issued = frozenset(Pending(call) for call in calls)
        bundles = [
            Bundle(control, _put(slots, slot, slots[slot] | issued))
            for control, slots in belief.bundles
            if any(one.stage is Stage.ISSUED for one in slots[slot])
        ]
        return self._belief([*belief.bundles, *bundles], belief.held)

    def come_back(self, belief: Belief, slot: int, code: int | None) -> Belief | None:
        """The call in that slot returned this code (None: the process died); None when nothing explains it."""
        key = (slot, code)
        if key in belief.returned:
            return belief.returned[key]
        bundles = [
            Bundle(control, _put(slots, slot, VACANT))
            for control, slots in belief.bundles
            if any(_is_done(one, code) for one in slots[slot])
        ]
        after = self._belief(bundles, belief.held) if bundles else None
        belief.returned[key] = after
        return after

    def taken_back(self, belief: Belief, slot: int) -> Belief:
        """The call in that slot was never entered."""
        bundles = [
            Bundle(control, _put(slots, slot, VACANT))
            for control, slots in belief.bundles
            if any(one.stage is Stage.ISSUED for one in slots[slot])
        ]
        return self._belief(bundles, belief.held)

    def seen_at(self, belief: Belief, slot: int, stages: Iterable[Stage]) -> Belief | None:
        """The call in that slot stands still at one of these stages; None when it cannot be there."""
        wanted = frozenset(stages)
        bundles = []
        for control, slots in belief.bundles:
            there = frozenset(one for one in slots[slot] if one.stage in wanted)
            if there:
                bundles.append(Bundle(control, _put(slots, slot, there)))
        return self._belief(bundles, belief.held | {slot}) if bundles else None

    def let_go(self, belief: Belief, slot: int) -> Belief:
        """The call in that slot goes on."""
        return self._belief(belief.bundles, belief.held - {slot})

    def answered(self, belief: Belief, slot: int, answer: Answer) -> Belief:
        """The status callback of the call in that slot answered with a failure, which the call may hear or ignore [PF].

        An earlier failure may still be on its way, so both are reckoned with.
        """
        bundles = [
            Bundle(control, _put(slots, slot, frozenset(one for each in slots[slot] for one in _told(each, answer))))
            for control, slots in belief.bundles
        ]
        return self._belief(bundles, belief.held)

    def changed(self, belief: Belief, change: Callable[[Control], Control]) -> Belief:
        """The environment changed the control state."""
        return self._belief([Bundle(change(control), slots) for control, slots in belief.bundles], belief.held)

    def perhaps(self, belief: Belief, change: Callable[[Control], Iterable[Control]]) -> Belief:
        """The environment changed the control state to one of these."""
        bundles = [Bundle(after, slots) for control, slots in belief.bundles for after in change(control)]
        return self._belief(bundles, belief.held)

    def may_fail(self, belief: Belief, slot: int, rows: Iterable[Row]) -> Belief:
        """The call in that slot may also have failed, wherever it is, by one of these rows that no state brings about."""
        bundles = list(belief.bundles)
        rows = tuple(rows)
        for control, slots in belief.bundles:
            for pending in slots[slot]:
                for row in rows:
                    for after, done in self.stepper.struck(control, pending, row):
                        bundles.append(Bundle(after, _put(slots, slot, frozenset((done,)))))
        return self._belief(bundles, belief.held)

    def alone(self, belief: Belief, change: Callable[[Control], Control]) -> Belief:
        """The environment changed the control state, and no call is in flight any more."""
        return self._belief([Bundle(change(control), ()) for control in belief.controls], frozenset())

    def _belief(self, bundles: Iterable[Bundle], held: frozenset[int]) -> Belief:
        closed = self._close(bundles, held)
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

    def _close(self, bundles: Iterable[Bundle], held: frozenset[int]) -> frozenset[Bundle]:
        """Everything that internal steps of the calls not held lead to, in as few bundles as are found without a search."""
        found: dict[Control, list[Slots]] = {}
        size = 0
        todo = list(bundles)
        while todo:
            control, slots = todo.pop()
            slots, leaving = self._saturated(control, slots, held)
            kept = found.setdefault(control, [])
            if any(_covers(other, slots) for other in kept):
                continue
            size -= len(kept)
            _add(kept, slots)
            size += len(kept)
            if size > self.limit:
                raise BoundExceeded(f"more than {self.limit:,} states explain what was seen: see --bound")
            todo += leaving
        return frozenset(Bundle(control, slots) for control, kept in found.items() for slots in kept)

    def _saturated(self, control: Control, slots: Slots, held: frozenset[int]) -> tuple[Slots, list[Bundle]]:
        """The slots with every step that leaves the control state as it is, and the bundles that the other steps lead to."""
        grown = list(slots)
        moves: list[tuple[int, Control, Pending]] = []
        for slot, pending in enumerate(slots):
            if slot in held:
                continue
            seen = set(pending)
            todo = list(pending)
            while todo:
                one = todo.pop()
                if one.stage is Stage.DONE:
                    continue
                for after, advanced in self.stepper.advance(control, one):
                    if after != control:
                        moves.append((slot, after, advanced))
                    elif advanced not in seen:
                        seen.add(advanced)
                        todo.append(advanced)
            if len(seen) > len(pending):
                grown[slot] = frozenset(seen)
        whole = tuple(grown)
        return whole, [
            Bundle(after, (*whole[:slot], frozenset((advanced,)), *whole[slot + 1 :]))
            for slot, after, advanced in moves
        ]


def _covers(one: Slots, other: Slots) -> bool:
    """Whether each configuration of the other is one of the first; both have as many slots."""
    return all(theirs <= ours for ours, theirs in zip(one, other, strict=True))


def _add(kept: list[Slots], slots: Slots) -> None:
    """Add to the bundles of one control state, joined with those that differ from it in the same one slot only."""
    joined = True
    while joined:
        joined = False
        for position, other in enumerate(kept):
            apart = [slot for slot, (ours, theirs) in enumerate(zip(slots, other, strict=True)) if ours != theirs]
            if len(apart) <= 1 or _covers(slots, other):
                slots = tuple(a if a == b else a | b for a, b in zip(slots, other, strict=True))
                del kept[position]
                joined = True
                break
    kept.append(slots)


def _told(pending: Pending, answer: Answer) -> Iterator[Pending]:
    """A call whose callback answered with a failure: it hears that, or an earlier one that is still on its way."""
    yield pending._replace(call=pending.call._replace(answer=answer))
    if pending.call.answer is not None:
        yield pending


def _is_done(pending: Pending, code: int | None) -> bool:
    return pending.stage is Stage.DONE and pending.row is not None and pending.code == code


def _put(slots: Slots, slot: int, pending: frozenset[Pending]) -> Slots:
    """The slots with that one filled, or freed; free slots at the end are dropped so that equal beliefs are one."""
    changed = list(slots) + [VACANT] * (slot + 1 - len(slots))
    changed[slot] = pending
    while changed and changed[-1] == VACANT:
        changed.pop()
    return tuple(changed)
