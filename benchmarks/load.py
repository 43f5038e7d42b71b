"""The judge under load: long histories of eight clients, some of whose calls never return; time and memory.

The histories are runs of the model itself from an explicit seed. What is said of memory is the peak that Python's own
allocator saw while the history was judged; the bundles are the largest belief (conformance/belief.py).
"""

import random
import tracemalloc
from collections.abc import Iterator
from time import process_time

from jetconform.conformance.belief import Beliefs
from jetconform.conformance.judge import Judge
from jetconform.conformance.trace import CallEvent, Event, FaultEvent, ReturnEvent
from jetconform.model.calls import Stage
from jetconform.model.guards.documented import DOCUMENTED
from jetconform.model.step import Stepper

from .figures import Figure
from .judge import I1, S1, WEIGHTED

EVENTS = 100_000
CLIENTS = "ABCDEFGH"
STUCK = ("JetBackupInstance", "Insert", "CountRows")
"""Calls that never return: the first of each."""

OPENING = (("JetCreateInstance", I1), ("JetInit", I1), ("JetBeginSession", {**I1, **S1}))


def figures(seed: int) -> Iterator[Figure]:
    """Events a second over length, overlap and calls that never return."""
    for events, together, stuck in (
        (EVENTS // 10, 1, ()), (EVENTS, 1, ()), (EVENTS // 10, 2, STUCK), (EVENTS, 2, STUCK),
    ):  # fmt: skip
        yield measure(list(history(seed, events, together, stuck)), together, len(stuck))


def measure(events: list[Event], together: int, stuck: int) -> Figure:
    """Judge a history twice: for the time, and for the memory that it takes."""
    judge = Judge(Beliefs(Stepper(DOCUMENTED)))
    start = process_time()
    most = _feed(judge, events)
    seconds = process_time() - start
    tracemalloc.start()
    _feed(Judge(Beliefs(Stepper(DOCUMENTED))), events)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    what = f"judge {len(events):,} events, {together} at a time, {stuck} stuck: {most} bundles, {peak / 2**20:.1f} MB; events"
    return Figure(what, len(events), seconds)


def _feed(judge: Judge, events: list[Event]) -> int:
    most = 0
    for event in events:
        if judge.feed(event) is not None:
            raise AssertionError("the judge rejects a run of the model")
        most = max(most, len(judge.belief("i1").bundles))
    return most


def history(seed: int, length: int, together: int, stuck: tuple[str, ...] = ()) -> Iterator[Event]:
    """A run of the model by eight clients: so many calls at a time, besides those that never return."""
    dice = random.Random(seed)
    judge = Judge(Beliefs(Stepper(DOCUMENTED)))
    waiting, flying, made, number = list(stuck), dict[int, str](), 0, 0
    lost: set[str] = set()
    weights = [weight for weight, _, _ in WEIGHTED]

    def told(event: Event) -> Event:
        nonlocal made
        made += 1
        judge.feed(event)
        return event

    yield told(FaultEvent(kind="make-directory", target="bk"))
    for number, (name, args) in enumerate(OPENING, start=1):
        yield told(CallEvent(id=number, client="A", call=name, args=args))
        yield told(ReturnEvent(id=number, err=0))
    while made < length:
        free = [client for client in CLIENTS if client not in lost and client not in flying.values()]
        if free and len(flying) < together and (not flying or dice.random() < 0.6):
            _, name, args = WEIGHTED[dice.choices(range(len(WEIGHTED)), weights)[0]]
            number += 1
            client = dice.choice(free)
            yield told(CallEvent(id=number, client=client, call=name, args=args))
            if name in waiting:
                waiting.remove(name)
                lost.add(client)
            else:
                flying[number] = client
            continue
        call_id = dice.choice(list(flying))
        codes = _codes(judge, call_id)
        if codes:  # mostly what an engine would do: succeed where that is allowed
            yield told(ReturnEvent(id=call_id, err=0 if 0 in codes and dice.random() < 0.9 else dice.choice(codes)))
            del flying[call_id]
        elif len(flying) == 1:  # it waits for one that never returns
            lost.add(flying.pop(call_id))


def _codes(judge: Judge, call_id: int) -> list[int]:
    slot = judge.open_calls("i1")[call_id]
    done = (one for _, one in judge.belief("i1").at(slot) if one.stage is Stage.DONE)
    return sorted({one.code for one in done if one.code is not None})
