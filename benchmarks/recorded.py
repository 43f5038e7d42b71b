"""The judge on recordings: the longest traces, and how its speed changes with the length of a history and with pending calls.

The longest recordings are those of the tests' archive. Histories of several lengths are runs of the model itself, and so are
those with several calls in flight, which are judged with beliefs that know nothing yet: that is where they cost.
"""

import random
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from jetconform.conformance.archive import traces
from jetconform.conformance.belief import Beliefs
from jetconform.conformance.judge import Judge
from jetconform.conformance.trace import CallEvent, Event, ReturnEvent, Trace
from jetconform.conformance.tracecheck import check
from jetconform.model.guards.documented import DOCUMENTED
from jetconform.model.guards.ese import ESE
from jetconform.model.rows import Profile
from jetconform.model.step import Stepper

from .figures import Figure, best
from .judge import D1, I1, S1, TEST, feed, recorded

ARCHIVE = Path(__file__).parent.parent / "tests" / "data" / "observed" / "traces.tar.gz"
LONGEST = 100
"""Recordings of each kind, by their number of calls."""
LENGTHS = (100, 1_000, 10_000)
PENDING = (1, 2, 3, 4, 5)
ROUNDS = 20

# fmt: off
OVERLAPPING: tuple[tuple[str, dict[str, Any]], ...] = (
    ("JetBackupInstance", {**I1, "path": "bk", "grbit": 4}), ("Insert", {**D1, "rows": 10}), ("JetStopBackupInstance", I1),
    ("JetDetachDatabase", TEST), ("JetBackupInstance", {**I1, "path": None, "grbit": 1}),
)
# fmt: on
OPENING: tuple[tuple[str, dict[str, Any]], ...] = (
    ("JetCreateInstance", I1),
    ("JetInit", I1),
    ("JetBeginSession", {**I1, **S1}),
    ("JetCreateDatabase", {**D1, "path": "db/test.edb"}),
)


def figures(seed: int, repeat: int) -> Iterator[Figure]:
    """The figures."""
    for profile in (DOCUMENTED, ESE):
        yield from _longest(profile, repeat)
        yield from _by_length(profile, seed, repeat)
        yield from _by_pending(profile, seed, repeat)


def _longest(profile: Profile, repeat: int) -> Iterator[Figure]:
    found = [one for one in traces([ARCHIVE]) if isinstance(one, Trace)]
    for kind, wanted in (("sequential", False), ("concurrent", True)):
        longest = sorted((one for one in found if _overlaps(one) is wanted), key=_calls, reverse=True)[:LONGEST]
        calls = sum(map(_calls, longest))
        seconds = best(repeat, partial(check, longest, [profile]))
        yield Figure(f"{profile.name}: check the {LONGEST} longest {kind} recordings, calls", calls, seconds)


def _by_length(profile: Profile, seed: int, repeat: int) -> Iterator[Figure]:
    shortest = None
    for length in LENGTHS:
        histories = list(recorded(profile, seed, calls=max(LENGTHS), history=length))
        calls = sum(isinstance(event, CallEvent) for events in histories for event in events)
        beliefs = Beliefs(Stepper(profile))
        feed(beliefs, histories)
        seconds = best(repeat, partial(feed, beliefs, histories))
        figure = Figure(f"{profile.name}: histories of {length:,} calls each, calls", calls, seconds, shortest)
        shortest = shortest or figure
        yield figure


def _by_pending(profile: Profile, seed: int, repeat: int) -> Iterator[Figure]:
    alone = None
    for pending in PENDING:
        events = list(_overlapped(profile, seed, pending))
        calls = sum(isinstance(event, CallEvent) for event in events)
        seconds = best(repeat, partial(_afresh, profile, events))
        text = f"{profile.name}: {pending} call{'s' if pending > 1 else ''} in flight at once, the first time, calls"
        figure = Figure(text, calls, seconds, alone)
        alone = alone or figure
        yield figure


def _afresh(profile: Profile, events: list[Event]) -> None:
    feed(Beliefs(Stepper(profile)), [events])


def _overlapped(profile: Profile, seed: int, pending: int) -> Iterator[Event]:
    """Rounds in which so many calls are made, by a client each, before any of them comes back."""
    dice = random.Random(seed)
    judge = Judge(Beliefs(Stepper(profile)), clean=not profile.ordered)
    number = 0
    for calls in (*([one] for one in OPENING), *(OVERLAPPING[:pending] for _ in range(ROUNDS))):
        made = []
        for name, args in calls:
            number += 1
            made.append(number)
            event = CallEvent(id=number, client=f"c{len(made)}", call=name, args=args)
            judge.feed(event)
            yield event
        dice.shuffle(made)
        yield from _returns(judge, made)


def _returns(judge: Judge, made: list[int]) -> Iterator[Event]:
    for call_id in made:
        slot = judge.open_calls("i1")[call_id]
        ends = (one.code for _, one in judge.belief("i1").at(slot) if one.row)
        codes = {code for code in ends if code is not None}
        event = ReturnEvent(id=call_id, err=0 if 0 in codes else min(codes))
        judge.feed(event)
        assert judge.rejection is None
        yield event


def _calls(trace: Trace) -> int:
    return sum(isinstance(event, CallEvent) for event in trace.events)


def _overlaps(trace: Trace) -> bool:
    """Whether some call is made while another is in flight."""
    in_flight: set[int] = set()
    for event in trace.events:
        if isinstance(event, CallEvent):
            if in_flight:
                return True
            in_flight.add(event.id)
        elif isinstance(event, ReturnEvent):
            in_flight.discard(event.id)
    return False
