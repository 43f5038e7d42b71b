"""The judge: calls a second on histories that are already recorded, one after another, by fresh judges.

A call is two events, its call and its return. The histories are runs of the model itself, one call at a time, over the
calls of an instance's whole life with sessions, a database and backups; from an explicit seed.
"""

import random
from collections.abc import Iterator
from itertools import islice
from typing import Any

from jetconform.conformance.belief import Beliefs
from jetconform.conformance.judge import Judge
from jetconform.conformance.trace import CallEvent, Event, FaultEvent, ReturnEvent
from jetconform.model.guards.documented import DOCUMENTED
from jetconform.model.guards.ese import ESE
from jetconform.model.rows import Profile
from jetconform.model.state import Phase
from jetconform.model.step import Stepper

from .figures import Figure, best

CALLS = 5_000
HISTORY = 250
"""Calls of one history: after these an engine process starts afresh."""

I1 = {"instance": "i1"}
S1 = {"session": "s1"}
D1 = {"session": "s1", "database": "d1"}
TEST = {**S1, "path": "db/test.edb"}

# fmt: off
WEIGHTED: tuple[tuple[int, str, dict[str, Any]], ...] = (
    (30, "Insert", {**D1, "rows": 10}), (20, "CountRows", D1), (4, "JetBeginSession", {**I1, **S1}), (2, "JetEndSession", S1),
    (6, "JetCreateDatabase", {**D1, "path": "db/test.edb"}), (4, "JetOpenDatabase", {**D1, "path": "db/test.edb"}),
    (3, "JetCloseDatabase", D1), (3, "JetAttachDatabase", TEST), (2, "JetDetachDatabase", TEST),
    (6, "JetBackupInstance", {**I1, "path": "bk", "grbit": 4}), (6, "JetBackupInstance", {**I1, "path": None, "grbit": 1}),
    (3, "JetBackupInstance", {**I1, "path": "missing", "grbit": 0}), (2, "JetBackupInstance", {**I1, "path": "bk", "grbit": 1}),
    (2, "JetRestoreInstance", {**I1, "path": "bk", "destination": None}), (2, "JetStopBackupInstance", I1),
    (1, "JetStopServiceInstance", I1), (1, "JetStopServiceInstance2", {**I1, "grbit": 2}), (1, "JetTerm", I1),
    (1, "JetTerm2", {**I1, "grbit": 4}), (4, "JetCreateInstance", I1), (5, "JetInit", I1),
    (2, "JetSetSystemParameter", {**I1, "parameter": "circular_log", "value": 0}),
)
# fmt: on


def figures(seed: int, repeat: int) -> Iterator[Figure]:
    """The figures of the judge."""
    for profile in (DOCUMENTED, ESE):
        yield from _figures(profile, seed, repeat)


def _figures(profile: Profile, seed: int, repeat: int) -> Iterator[Figure]:
    histories = list(recorded(profile, seed))
    calls = sum(isinstance(event, CallEvent) for events in histories for event in events)
    beliefs = Beliefs(Stepper(profile))
    first = best(1, lambda: feed(beliefs, histories))
    yield Figure(f"{profile.name}: judge {calls:,} calls in {len(histories)} histories, the first time", calls, first)
    again = best(repeat, lambda: feed(beliefs, histories))
    yield Figure("  again, fresh judges with the same beliefs: calls", calls, again)


def feed(beliefs: Beliefs, histories: list[list[Event]]) -> None:
    """Judge the histories, each with a judge of its own."""
    for events in histories:
        feed_one = Judge(beliefs, clean=not beliefs.stepper.profile.ordered).feed
        for event in events:
            feed_one(event)


def recorded(profile: Profile, seed: int, *, calls: int = CALLS, history: int = HISTORY) -> Iterator[list[Event]]:
    """Histories that the profile allows: each return is one of the codes that the judge would accept, drawn by the seed."""
    dice = random.Random(seed)
    beliefs = Beliefs(Stepper(profile))
    for _ in range(calls // history):
        yield list(_history(beliefs, dice, history))


def _history(beliefs: Beliefs, dice: random.Random, length: int) -> Iterator[Event]:
    judge = Judge(beliefs, clean=not beliefs.stepper.profile.ordered)
    folder = FaultEvent(kind="make-directory", target="bk")
    judge.feed(folder)
    yield folder
    weights = [weight for weight, _, _ in WEIGHTED]
    opening = [("JetCreateInstance", I1), ("JetInit", I1), ("JetBeginSession", {**I1, **S1})]
    drawn = (WEIGHTED[number][1:] for number in iter(lambda: dice.choices(range(len(WEIGHTED)), weights)[0], -1))
    number = 0
    for name, args in (*opening, *islice(drawn, length - len(opening))):
        if _would_die(name, judge):
            continue
        number += 1
        call = CallEvent(id=number, client="A", call=name, args=args)
        judge.feed(call)
        belief = judge.belief("i1")
        codes = sorted(
            {one.code for slot in range(belief.slots) for _, one in belief.at(slot) if one.row and one.code is not None}
        )
        # Mostly what an engine would do: succeed where that is allowed.
        back = ReturnEvent(id=number, err=0 if 0 in codes and dice.random() < 0.9 else dice.choice(codes))
        judge.feed(back)
        assert judge.rejection is None
        yield call
        yield back


def _would_die(name: str, judge: Judge) -> bool:
    """Microsoft's engine dies of a stop before JetInit [observed]: a history would end there."""
    return name.startswith("JetStopService") and any(one.phase is Phase.CREATED for one in judge.controls("i1"))
