"""How a call in flight may end in a belief, and whether it may wait for good."""

from ..model.calls import Stage
from ..model.state import Control
from ..model.step import Pending, Stepper
from .belief import Belief

LIMIT = 5_000
"""Answers that are remembered."""


class Ends:
    """How a call may end in a belief: the codes and the rows that give them. Worked out once for each belief."""

    def __init__(self) -> None:
        self._known: dict[tuple[Belief, int], dict[int | None, frozenset[str]]] = {}

    def of(self, belief: Belief, slot: int) -> dict[int | None, frozenset[str]]:
        """The rows by which the call in that slot may be over now, by code."""
        found = self._known.get((belief, slot))
        if found is None:
            if len(self._known) >= LIMIT:
                self._known.clear()  # it keeps beliefs alive that are forgotten elsewhere
            rows: dict[int | None, set[str]] = {}
            for _, one in belief.at(slot):
                if one.stage is Stage.DONE and one.row is not None:
                    rows.setdefault(one.code, set()).add(one.row.id)
            found = self._known[belief, slot] = {code: frozenset(ids) for code, ids in rows.items()}
        return found


def is_stuck(belief: Belief, slot: int, stepper: Stepper) -> bool:
    """Whether the call in that slot may wait for what does not come: nothing goes on, and it is not over."""

    def stands(control: Control, one: Pending, place: int) -> bool:
        return place in belief.held or one.stage is Stage.DONE or not stepper.advance(control, one)

    return any(
        any(one.stage is not Stage.DONE and stands(control, one, slot) for one in slots[slot])
        and all(any(stands(control, one, place) for one in each) for place, each in enumerate(slots))
        for control, slots in belief.bundles
    )
