"""What clients at once were promised, from what happened: which rows are committed by then, and what each set restores to."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from ...model.vocabulary import BackupGrbit
from ..trace import CallEvent, Event, ReturnEvent
from .promise import Promise, SetPromise

KEEPS = BackupGrbit.INCREMENTAL | BackupGrbit.ATOMIC
"""Backups that leave the earlier set where it is until theirs is whole."""


@dataclass
class _Destination:
    """What was done to one folder. `done`: the last backup that succeeded; `tried`: those that may have begun since."""

    path: str
    done: SetPromise | None = None
    order: int = 0
    tried: dict[int, CallEvent] = field(default_factory=dict)
    lows: dict[int, int] = field(default_factory=dict)
    kinds: set[bool] = field(default_factory=set)  # of the full backups: whether they are atomic
    apart: bool = False  # an incremental backup went here, and the full one that it continues is elsewhere

    def began(self, event: CallEvent, committed: int, *, continued: bool) -> None:
        self.tried[event.id] = event
        self.lows[event.id] = committed
        if _grbit(event) & BackupGrbit.INCREMENTAL:
            self.apart = self.apart or not continued
        else:
            self.kinds.add(bool(_grbit(event) & BackupGrbit.ATOMIC))

    def succeeded(self, call_id: int, invoked: int, open_calls: Iterable[int], order: int) -> None:
        self.done = SetPromise(self.path, self.lows[call_id], invoked, certain=True)
        self.order = order
        self.tried = {other: self.tried[other] for other in open_calls if other in self.tried}

    def promise(self, invoked: int) -> SetPromise | None:
        """What it holds by now; None where nothing was done, or nothing of one kind that begins with a full backup."""
        if self.apart or len(self.kinds) > 1 or not (self.done or self.tried):
            return None
        if not self.tried and self.done is not None:
            return self.done
        kept = self.done is not None and all(_grbit(event) & KEEPS for event in self.tried.values())
        low = self.done.low if self.done is not None else min(self.lows[call_id] for call_id in self.tried)
        return SetPromise(self.path, low, invoked, kept)


def promised(events: Iterable[Event]) -> Promise:
    """What was promised when the last of these had happened. Calls whose return is not there are still under way.

    An insert that failed may have been committed or not. A set that a backup was to replace, and that backup failed, may be
    refused, and then nobody says from where the logs go on.
    """
    committed = invoked = order = 0
    created, full = False, ""
    calls: dict[int, CallEvent] = {}
    destinations: dict[str, _Destination] = {}
    for event in events:
        if isinstance(event, CallEvent):
            calls[event.id] = event
            if event.call == "Insert":
                invoked += int(event.args["rows"])
            elif (path := _path(event)) is not None:
                destinations.setdefault(path, _Destination(path)).began(event, committed, continued=path == full)
        elif isinstance(event, ReturnEvent):
            call = calls.pop(event.id)
            if event.err < 0:
                continue
            if call.call == "Insert":
                committed += int(call.args["rows"])
            elif call.call == "JetCreateDatabase":
                created = True
            elif (path := _path(call)) is not None:
                order += 1
                full = full if _grbit(call) & BackupGrbit.INCREMENTAL else path
                destinations[path].succeeded(event.id, invoked, calls, order)
    by_age = sorted(destinations.values(), key=lambda one: one.order)
    sets = [one.promise(invoked) for one in by_age]
    rolls = None not in sets and bool(sets) and sets[-1] is not None and sets[-1].certain
    return Promise(committed, invoked, created, tuple(one for one in sets if one is not None), rolls=rolls)


def _path(event: CallEvent) -> str | None:
    return event.args["path"] if event.call == "JetBackupInstance" else None


def _grbit(event: CallEvent) -> int:
    return int(event.args["grbit"])
