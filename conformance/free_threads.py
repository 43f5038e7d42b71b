"""Level 5 on free-running threads: clients begin their calls at one barrier, and the history that comes about is judged.

Nobody chooses the order, so this samples; it is what can be done with an engine that cannot be scheduled. Calls are intervals
in the judge, whose configurations say which orders explain what came back (interval linearizability).
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from time import monotonic
from typing import Any

from ..model.state import Handle, Phase
from .history import INSTANCE, History, Nonconformity
from .inflight import NotMade
from .laboratory import Laboratory
from .scorecard import Level

HISTORIES = 200
"""Histories that are sampled without a budget."""
ROUNDS = 5
"""Times that the clients of one history start together."""
TRIES = 12
"""How often a shorter history is made before it counts as one that does not fail: nobody chooses its order."""

SWITCH_INTERVAL = 1e-5
"""Seconds after which Python lets another thread go on: with the usual 5 ms most calls in Python would not overlap."""

CLIENTS = ("A", "B", "C", "D")


@dataclass(frozen=True)
class Start:
    """A call that a client begins when all of its round do."""

    round: int
    client: str
    call: str
    args: dict[str, Any]


ON: dict[str, Any] = {"instance": INSTANCE}
OPENED = {"session": "s1", "database": "d1", "path": "db/test.edb"}
BEGIN = (("JetCreateInstance", ON), ("JetInit", ON), ("JetBeginSession", ON | {"session": "s1"}))


def _make(history: History, *calls: tuple[str, dict[str, Any]]) -> None:
    for name, args in calls:
        history.make(name, dict(args))


def setup(history: History) -> None:
    """An instance that runs, with a database of some rows, a session for each client, and folders to back up to."""
    _make(history, *BEGIN)
    _make(history, ("JetCreateDatabase", OPENED), ("Insert", {"session": "s1", "database": "d1", "rows": 120}))
    for client in CLIENTS:
        history.fault("make-directory", f"bk{client}")


def _draw(random: Random, client: str) -> tuple[str, dict[str, Any]]:
    """A call that a client may make at any moment; weights as integers. Nobody else backs up to its folder: what a call
    finds there would depend on which of the two came first, and no clause says what that is.
    """
    rows: dict[str, Any] = {"session": "s1", "database": "d1"}
    choices: tuple[tuple[int, str, dict[str, Any]], ...] = (
        (8, "JetBackupInstance", ON | {"path": f"bk{client}", "grbit": random.choice((0, 0, 1, 4))}),
        (2, "JetBackupInstance", ON | {"path": None, "grbit": 0}),
        (5, "JetStopBackupInstance", ON),
        (4, "Insert", rows | {"rows": random.choice((10, 130, 400))}),
        (2, "CountRows", rows),
        (1, "JetBeginSession", ON | {"session": f"s{random.randrange(2, 5)}"}),
        (1, "JetStopServiceInstance", ON),
        (2, "JetTerm", ON),
        (2, "JetTerm2", ON | {"grbit": random.choice((1, 2, 4))}),
        (2, "JetInit", ON),
        (1, "JetAttachDatabase", {"session": "s1", "path": "db/test.edb"}),
        (1, "JetDetachDatabase", {"session": "s1", "path": "db/test.edb"}),
    )
    weights = [weight for weight, _, _ in choices]
    _, name, args = random.choices(choices, weights)[0]
    return name, args


def plan(random: Random) -> tuple[Start, ...]:
    """Rounds of calls for two to four clients."""
    clients = CLIENTS[: random.randrange(2, len(CLIENTS) + 1)]
    return tuple(
        Start(number, client, *_draw(random, client))
        for number in range(ROUNDS)
        for client in clients
        if random.random() < 0.9
    )


def run_plan(history: History, starts: Sequence[Start]) -> None:
    """Make the calls of each round at once, as far as the engine has them. Raises Nonconformity; NotMade as `make`."""
    setup(history)
    for number in sorted({start.round for start in starts}):
        _revive(history)
        calls = [(one.client, one.call, dict(one.args)) for one in starts if one.round == number]
        history.race([one for one in calls if not history.lacks(one[1])])


def _revive(history: History) -> None:
    """Bring an instance that is gone, or not initialised, back: in its place most calls only find that it is not there.

    JetCreateInstance is never raced: the set-up that belongs to it (docs/trace-format.md) is several calls of an engine.
    """
    controls = history.judge.controls(INSTANCE)
    if any(control.handle is Handle.VALID and control.phase is not Phase.CREATED for control in controls):
        return
    gone = all(control.handle is not Handle.VALID for control in controls)
    _make(history, *(BEGIN if gone else BEGIN[1:]))
    _make(history, ("JetAttachDatabase", {"session": "s1", "path": OPENED["path"]}), ("JetOpenDatabase", OPENED))


def sample(laboratory: Laboratory, level: Level, seed: int) -> "Failed | None":
    """Histories of free-running threads until one fails; what was sampled is added to the guarantee of the level.

    Of an engine that cannot even be set up nothing was sampled: the reason is among what was not exercised.
    """
    made, missed = 0, dict[str, None]()
    interval = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_INTERVAL)
    try:
        for number in _numbers(laboratory):
            starts = plan(Random(f"{seed}/{number}"))
            try:
                failed = attempt(laboratory, starts)
            except NotMade as reason:
                missed[f"histories on threads that need it: {reason}"] = None
                continue
            made += 1
            if failed is not None:
                return _shorter(laboratory, starts, failed)
    finally:
        sys.setswitchinterval(interval)
        level.not_exercised += missed
        level.guarantee = f"{level.guarantee}; sampled: {made:,} histories of 2 to {len(CLIENTS)} clients on threads"
    if made and level.verdict == "not-exercised":
        level.verdict = "conforms"
    return None


def _numbers(laboratory: Laboratory) -> Iterator[int]:
    number = 0
    while laboratory.within_budget() and (number < HISTORIES or laboratory.budget is not None):
        yield number
        number += 1


Failed = tuple[History | None, Nonconformity]


def attempt(laboratory: Laboratory, starts: Sequence[Start]) -> Failed | None:
    """One history of that plan; itself and what is wrong with it, if something is."""
    history = None
    try:
        with laboratory.history("free-running threads") as history:
            run_plan(history, starts)
    except Nonconformity as problem:
        return history, problem
    return None


def _shorter(laboratory: Laboratory, starts: tuple[Start, ...], failed: Failed) -> Failed:
    """The same failure with fewer calls, as far as it comes about again; a call fewer at a time."""
    deadline = monotonic() + laboratory.reduce_seconds
    position = len(starts) - 1
    while position >= 0 and monotonic() < deadline:
        fewer = (*starts[:position], *starts[position + 1 :])
        again = _again(laboratory, fewer, failed[1], deadline)
        if again is not None:
            starts, failed = fewer, again
        position -= 1
    return failed


def _again(laboratory: Laboratory, starts: Sequence[Start], problem: Nonconformity, deadline: float) -> Failed | None:
    for _ in range(TRIES):
        if monotonic() > deadline:
            return None
        with suppress(NotMade):
            found = attempt(laboratory, starts)
            if found is not None and found[1].kind == problem.kind:
                return found
    return None
