"""What a judge keeps of each instance: the belief, the calls that have not come back, and what a rejection tells of them."""

from dataclasses import dataclass, field

from ..model.calls import Call, Place
from .belief import Belief
from .reading import Reading
from .rows import RowCounts
from .trace import CallEvent

MET = 8
"""Calls that came back during another, of which a rejection of that one tells: one that never returns meets them all."""


@dataclass(frozen=True)
class Rejection:
    """Why a history cannot be explained: the event, and what was believed just before it."""

    index: int  # of the event in the history
    call_id: int
    call: str
    observed: str
    before: Belief  # just before the event
    issued_in: Belief  # just before the call was made
    slot: int
    argument_classes: frozenset[Call]
    overlapping: tuple[tuple[int, str], ...]  # by id, other calls in flight then, and the last that came back meanwhile
    reason: str


@dataclass(slots=True)
class OpenCall:
    """A call that has not come back."""

    event: CallEvent
    slot: int
    calls: frozenset[Call]
    issued_in: Belief
    place_before: frozenset[Place] = frozenset()
    met: tuple[tuple[int, str], ...] = ()  # the last to come back meanwhile
    callbacks: int = 0  # how often it called its status callback
    overlapped: bool = False  # another backup of the instance began and succeeded meanwhile

    def meet(self, call_id: int, text: str) -> None:
        """Another call came back meanwhile."""
        self.met = (*self.met, (call_id, text))[-MET:]


@dataclass(slots=True)
class Believed:
    """What is believed of one instance."""

    belief: Belief
    open: dict[int, OpenCall] = field(default_factory=dict)
    rows: RowCounts = field(default_factory=RowCounts)
    reading: Reading = field(default_factory=Reading)

    def free_slot(self) -> int:
        if not self.open:
            return 0
        taken = {one.slot for one in self.open.values()}
        return next(slot for slot in range(len(taken) + 1) if slot not in taken)
