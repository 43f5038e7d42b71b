"""The judge of calls of which a fault of the disk struck one: the rows of the profile, and beside them those of the fault.

Which call was struck is known: a task asked the disk in it. That one may fail by every row of the fault; others only by
rows that say `later`. What the failure does to the instance the model says (`FAILURE_ROWS`), and where it says two things
both are believed. When the engine notices what became of its log nobody can tell either, as long as the struck call lasts,
or the fault: until then the log may be in any state that a fault leaves.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ...model.environment_moves import log_struck
from ...model.faults import FAILURE_ROWS, FaultRow, Role, failures, permitted
from ..belief import Beliefs
from ..judge import Judge
from ..trace import Event, FaultEvent, ReturnEvent
from .kinds import Kind, role_of

LOGS = frozenset({Role.LOG, Role.FOLDER})
"""Roles of files whose fault may end the log (model/faults.py: F.log, F.log-full, F.log-lost)."""


MOVING = frozenset({"JetBackupInstance", *(call for row in FAILURE_ROWS for call in row.calls)})
"""Calls whose failure changes what others may do."""


class Struck(NamedTuple):
    """An operation that the fault met: before which event, in which call, of which file, and what it was."""

    before: int
    call_id: int
    path: str
    operation: str


class StruckJudge(Judge):
    """Judges one history in which a fault of this kind struck these operations."""

    def __init__(self, beliefs: Beliefs, kind: Kind | None, struck: Sequence[Struck], *, instance: str) -> None:
        super().__init__(beliefs, instance=instance)
        self._kind = kind
        self._name = instance
        self._coming = list(struck)
        self._roles: dict[int, set[Role]] = {}  # by the call that was struck
        self.rows: tuple[FaultRow, ...] = ()  # that held for the last call that came back

    def feed_at(self, position: int, event: Event) -> None:
        """Take in the event at that position of the history; `rejection` says whether it can be explained."""
        while self._coming and self._coming[0].before <= position:
            self._strike(self._coming.pop(0))
        if self._kind is not None and isinstance(event, FaultEvent) and event.kind == self._kind.name:
            return
        if self._kind is not None and self._roles and isinstance(event, ReturnEvent):
            self._returns(self._kind, event)
        self.feed(event)

    def _strike(self, struck: Struck) -> None:
        self._roles.setdefault(struck.call_id, set()).add(role_of(struck.path))
        assert self._kind is not None
        if self._kind.silent:
            self._instance(self._name).rows.doubt()

    def _returns(self, kind: Kind, event: ReturnEvent) -> None:
        instance = self._instance(self._name)
        if self._may_notice(kind):
            instance.belief = self._beliefs.perhaps(instance.belief, log_struck)
        self._others_may_fail(kind, event.id)
        opened = instance.open.get(event.id)
        self.rows = ()
        if event.err >= 0 or opened is None:
            return
        call = opened.event.call
        self.rows = tuple(dict.fromkeys(self._permitted(kind, call, event.id)))
        failing = [one for row in self.rows if int(row.code) == event.err for one in failures(row, call)]
        if failing:
            instance.belief = self._beliefs.may_fail(instance.belief, opened.slot, failing)

    def _others_may_fail(self, kind: Kind, call_id: int) -> None:
        """What the struck call does to the instance as it fails shows in others before it is back itself."""
        instance = self._instance(self._name)
        for other_id, other in instance.open.items():
            call = other.event.call
            if other_id != call_id and other_id in self._roles and call in MOVING:
                rows = {row.code: row for row in self._permitted(kind, call, other_id)}
                failing = [one for row in rows.values() for one in failures(row, call)]
                instance.belief = self._beliefs.may_fail(instance.belief, other.slot, failing)

    def _permitted(self, kind: Kind, call: str, call_id: int) -> Iterable[FaultRow]:
        for struck_id, roles in self._roles.items():
            for role in sorted(roles, key=lambda one: one.value):
                yield from permitted(call, kind.cause, role, later=struck_id != call_id)

    def _may_notice(self, kind: Kind) -> bool:
        open_calls = self._instance(self._name).open
        return any(
            roles & LOGS and (kind.silent or kind.stays or struck_id in open_calls)
            for struck_id, roles in self._roles.items()
        )
