"""A history that is watched: around every backup the files, headers and events are looked at, and the clauses judged."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..model.calls import Call
from ..model.effects import Clause
from ..model.state import Control
from .classify import classes
from .effects import Completed, EffectsJudge
from .history import INSTANCE, History, Nonconformity
from .snapshot import Snapshot, take
from .trace import CallbackEvent, CallEvent, Event, FaultEvent, ReturnEvent

BACKUP = "JetBackupInstance"


class BrokenClause(Nonconformity):
    """The code was right, what the call left behind was not."""

    def __init__(self, clause: Clause, call: Call, wrong: str, call_id: int) -> None:
        super().__init__("effect", wrong, call_id=call_id)
        self.clause, self.call = clause, call


@dataclass(frozen=True)
class _Noted:
    """A backup that was called, and what was known then."""

    call: Call
    path: str | None
    control: Control


class WatchedHistory(History):
    """Judges effects at every quiescent point after which a backup ended."""

    effects: EffectsJudge

    def __post_init__(self) -> None:
        super().__post_init__()
        self._before: Snapshot | None = None
        self._from = 0  # the event at which `before` was taken
        self._noted: dict[int, _Noted] = {}

    def watch(self, effects: EffectsJudge) -> "WatchedHistory":
        """Have this judge say what is wrong."""
        self.effects = effects
        return self

    def make(self, name: str, args: dict[str, Any], *, client: str = "A", hold: str | None = None) -> int:
        """Make a call; before a backup, look around."""
        noted = self._note(name, args)
        if noted is not None and not self.open_calls():
            self._before, self._from = self._look(), len(self.events)
        call_id = super().make(name, args, client=client, hold=hold)
        if noted is not None:
            self._noted[call_id] = noted
        self._settle()
        return call_id

    def release(self, call_id: int, err: int = 0, *, hold: str | None = None) -> None:
        """Let a call go on; at the end of it, look around."""
        super().release(call_id, err, hold=hold)
        self._settle()

    def fault(self, kind: str, target: str = "") -> bool:
        """Change the environment; after a crash the event log is gone, and no look would tell of what was before."""
        if kind == "crash":
            self._before, self._noted = None, {}
        return super().fault(kind, target)

    def finish(self) -> None:
        """Let everything go; then look around."""
        super().finish()
        self._settle()

    def _note(self, name: str, args: dict[str, Any]) -> _Noted | None:
        """What a clause may ask of this backup; None where it is not known for certain, so that nothing is judged."""
        if name != BACKUP:
            return None
        calls = classes(name, args, self.judge.ledger, self.judge.reading(INSTANCE))
        controls = self.judge.controls(INSTANCE)
        if len(calls) != 1 or len(controls) != 1:
            return None
        return _Noted(next(iter(calls)), args.get("path"), next(iter(controls)))

    def _look(self) -> Snapshot:
        controls = self.judge.controls(INSTANCE)
        databases = sorted({one.path for control in controls for one in control.databases if one.attached})
        return self._guarded(lambda: take(self.adapter, self.root, INSTANCE, tuple(databases)))

    def _settle(self) -> None:
        """At a quiescent point: judge the backups that ended since the last look."""
        if self.open_calls() or self._before is None or not self._noted:
            return
        before, self._before = self._before, None
        noted, self._noted = self._noted, {}
        events = self.events[self._from :]
        ours = {event.target for event in events if isinstance(event, FaultEvent)}
        after = self._look().without(ours)
        names = {event.id: event.call for event in events if isinstance(event, CallEvent)}
        ended = {event.id: event.err for event in events if isinstance(event, ReturnEvent)}
        for call_id, one in noted.items():
            if call_id not in ended or _shared(one.path, call_id, events):
                continue
            others = frozenset(name for other, name in names.items() if other != call_id)
            under_way = any(isinstance(e, CallbackEvent) and e.id == call_id for e in events)
            done = Completed(one.call, one.path, ended[call_id], one.control, others, before, after)
            found = self.effects.judge(done, under_way=under_way)
            if found is not None:
                raise BrokenClause(found[0], one.call, found[1], call_id)


def _shared(path: str | None, call_id: int, events: Sequence[Event]) -> bool:
    """Whether another call may have written where this backup did: then nobody can say whose files are whose."""
    if not path:
        return False
    named = (
        event.args.get(key)
        for event in events
        if isinstance(event, CallEvent) and event.id != call_id
        for key in ("path", "destination")
    )
    return any(isinstance(one, str) and f"{one}/".startswith(f"{path}/") for one in named)
