"""The judge of a recorded trace: it goes on after a rejection, and can be told what else is known of an instance."""

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import fields, replace

from ..model.calls import Call
from ..model.state import Control
from .believed import Believed
from .judge import Judge
from .trace import CallEvent


class RecordedJudge(Judge):
    """Judges to the end of what was recorded, whatever is rejected on the way."""

    def owner_of(self, event: CallEvent) -> str:
        """The instance that a call is about to be made on."""
        return self._route(event)

    def issued(self, call_id: int, name: str) -> tuple[frozenset[Call], frozenset[Control]]:
        """Of a call of that instance that is not back: its argument classes, and where the instance was before it."""
        opened = self._instance(name).open[call_id]
        return opened.calls, opened.issued_in.controls

    def names(self) -> tuple[str, ...]:
        """The instances that were spoken of."""
        return tuple(self._instances)

    def go_on(self) -> None:
        """Judge further, from what is believed now."""
        self.rejection = None

    def suppose(self, name: str, controls: Iterable[Control]) -> None:
        """Believe from now on that this instance is in one of these states, with no call in flight."""
        self._instances[name] = Believed(self._beliefs.among(controls))

    def refine(self, name: str, controls: Iterable[Control]) -> None:
        """While no call of that instance is in flight: it is in one of these states, as far as something else told."""
        instance = self._instance(name)
        if not instance.open:
            instance.belief = self._beliefs.among(controls)

    def adopt(self, other: Judge, name: str) -> None:
        """Believe of this instance, and of the paths, what another judge of the same events believes of them."""
        theirs = other._instance(name)
        belief = self._beliefs.like(theirs.belief)
        opened = {call_id: replace(one, issued_in=belief) for call_id, one in theirs.open.items()}
        others = (one.name for one in fields(theirs) if one.name not in ("belief", "open"))
        known = {field_name: deepcopy(getattr(theirs, field_name)) for field_name in others}
        self._instances[name] = Believed(belief, opened, **known)
        self._owner.update(dict.fromkeys(opened, name))
        self.ledger = deepcopy(other.ledger)
