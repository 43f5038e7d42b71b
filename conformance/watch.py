"""A watched history: around every call of a backup files, headers and events are looked at, and the clauses judged."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..model.calls import Call, Place
from ..model.cells import is_frozen
from ..model.clause import SNAPSHOT, STREAMING, Clause
from ..model.state import Control, Phase
from .classify import classes
from .effects import Completed, EffectsJudge, Results
from .effects_documented import kinds_of
from .harm import HARM
from .history import INSTANCE, History, Nonconformity
from .snapshot import Snapshot, take
from .trace import CallbackEvent, CallEvent, Event, FaultEvent, ReturnEvent

BACKUP, BEGIN, FREEZE = "JetBackupInstance", "JetBeginExternalBackupInstance", "JetOSSnapshotFreeze"
RESTORE = "JetRestoreInstance"
TRUNCATE_INFO = "JetGetTruncateLogInfoInstance"
WATCHED = STREAMING | SNAPSHOT | {BACKUP, RESTORE}


class BrokenClause(Nonconformity):
    """The code was right, what the call left behind was not."""

    def __init__(self, clause: Clause, call: Call, wrong: str, call_id: int) -> None:
        super().__init__("effect", wrong, call_id=call_id)
        self.clause, self.call = clause, call


@dataclass(frozen=True)
class _Noted:
    """A call of a backup, and what was known when it was made."""

    call: Call
    path: str | None
    named: tuple[str, ...]  # the paths that it was given
    control: Control


class WatchedHistory(History):
    """Judges effects at every quiescent point after a call of a backup ended, and as long as files are frozen."""

    effects: EffectsJudge

    def __post_init__(self) -> None:
        super().__post_init__()
        self._before: Snapshot | None = None
        self._from = 0  # the event at which `before` was taken
        self._noted: dict[int, _Noted] = {}
        self._looked: tuple[int, Snapshot] | None = None  # after how many events, and what was seen
        self._frozen: tuple[Call, Snapshot] | None = None  # the freeze, and how it left the files
        self._results: dict[tuple[str, bool], Results] = {}

    def watch(self, effects: EffectsJudge) -> "WatchedHistory":
        """Have this judge say what is wrong."""
        self.effects = effects
        return self

    def make(
        self,
        name: str,
        args: dict[str, Any],
        *,
        client: str = "A",
        hold: str | None = None,
        wait: float | None = None,
    ) -> int:
        """Make a call; before a backup, look around."""
        noted = self._note(name, args)
        if noted is not None and not self.open_calls():
            self._before, self._from = self._look(), len(self.events)
        call_id = super().make(name, args, client=client, hold=hold, wait=wait)
        if noted is not None:
            self._noted[call_id] = noted
        self._settle()
        return call_id

    def release(self, call_id: int, err: int = 0, *, hold: str | None = None) -> None:
        """Let a call go on; at the end of it, look around."""
        super().release(call_id, err, hold=hold)
        self._settle()

    def fault(self, kind: str, target: str = "", at: int = 0) -> bool:
        """Change the environment; after a crash the event log is gone, and no look would tell of what was before."""
        if kind == "crash" or kind in HARM:
            self._before, self._noted, self._frozen = None, {}, None
        return super().fault(kind, target, at)

    def finish(self) -> None:
        """Let everything go; then look around."""
        super().finish()
        self._settle()

    def _note(self, name: str, args: dict[str, Any]) -> _Noted | None:
        """What a clause may ask of this call; None where it is not known for certain, so that nothing is judged."""
        if name not in WATCHED:
            return None
        calls = classes(name, args, self.judge.ledger, self.judge.reading(INSTANCE))
        controls = self.judge.controls(INSTANCE)
        if len(calls) != 1 or len(controls) != 1:
            return None
        path = args.get("path") if name == BACKUP else None
        named = tuple(one for one in (args.get("path"), args.get("destination")) if isinstance(one, str) and one)
        return _Noted(next(iter(calls)), path, named, next(iter(controls)))

    def _look(self) -> Snapshot:
        """How everything is now; while nothing happens it stays so."""
        if self._looked is None or self._looked[0] != len(self.events):
            self._looked = len(self.events), self._taken()
        return self._looked[1]

    def _taken(self) -> Snapshot:
        controls = self.judge.controls(INSTANCE)
        databases = sorted({one.path for control in controls for one in control.databases if one.attached})
        return self._guarded(lambda: take(self.adapter, self.root, INSTANCE, tuple(databases)))

    def _settle(self) -> None:
        """At a quiescent point: judge the calls that ended since the last look, and whether what is frozen is as it was."""
        if self.open_calls():
            return
        if self._before is not None and self._noted:
            self._judge_ended(self._before)
        self._judge_frozen()

    def _judge_ended(self, before: Snapshot) -> None:
        self._before = None
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
            told = tuple(event for event in events if isinstance(event, CallbackEvent) and event.id == call_id)
            listed = _listed(self.events, call_id) if one.call.name == "JetTruncateLogInstance" else ()
            results = self._results.setdefault((one.call.name, one.call.place is Place.NULL), Results())
            done = Completed(
                one.call, one.path, ended[call_id], one.control, others, before, after, listed=listed, told=told,
                settled=one.call.name == BACKUP and ended[call_id] >= 0 and is_settled(self.events[: self._from]),
                named=one.named, results=results,
            )  # fmt: skip
            if told and one.call.name not in others:
                results.add(kinds_of(done.entries, one.named), success=ended[call_id] >= 0)
            found = self.effects.judge(done, under_way=bool(told))
            if found is not None:
                raise BrokenClause(found[0], one.call, found[1], call_id)
            if one.call.name == FREEZE and ended[call_id] == 0:
                self._frozen = one.call, after

    def _judge_frozen(self) -> None:
        """While files are frozen, every look must show them as the freeze left them."""
        if self._frozen is None:
            return
        call, held = self._frozen
        controls = self.judge.controls(INSTANCE)
        if not all(is_frozen(control) and control.phase is Phase.RUNNING for control in controls):
            self._frozen = None
            return
        done = Completed(call, None, 0, next(iter(controls)), frozenset(), held, self._look(), frozen=True)
        found = self.effects.judge(done, under_way=True)
        if found is not None:
            last = next(event.id for event in reversed(self.events) if isinstance(event, CallEvent))
            raise BrokenClause(found[0], call, found[1], last)


def is_settled(events: Sequence[Event]) -> bool:
    """Whether the instance began on databases that a JetTerm had left clean, and has done nothing since but open them."""
    codes = {event.id: event.err for event in events if isinstance(event, ReturnEvent)}
    began = False
    for event in reversed(events):
        if isinstance(event, FaultEvent) and event.kind != "make-directory":
            return False
        if not isinstance(event, CallEvent) or codes.get(event.id, -1) < 0:
            continue
        if event.call == "JetInit":
            began = True
        elif event.call not in (SET_UP if began else OPENING):
            return began and event.call == "JetTerm"
    return False


OPENING = frozenset({"JetBeginSession", "JetAttachDatabase", "JetOpenDatabase", "CountRows"})
SET_UP = frozenset({"JetCreateInstance", "JetSetSystemParameter"})


def _listed(events: Sequence[Event], call_id: int) -> tuple[str, ...]:
    """What JetGetTruncateLogInfoInstance said last of the backup in which that call was made."""
    asked: dict[int, bool] = {}
    listed: tuple[str, ...] = ()
    for event in events:
        if isinstance(event, CallEvent):
            if event.id == call_id:
                break
            if event.call == BEGIN:
                listed = ()
            asked[event.id] = event.call == TRUNCATE_INFO
        elif isinstance(event, ReturnEvent) and event.err == 0 and asked.get(event.id):
            listed = tuple((event.result or {}).get("files", ()))
    return listed


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
