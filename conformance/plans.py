"""Plans of level 4: what is held in which of its status callbacks, what others do meanwhile, and how it is let go.

Literal data, and the enumeration of the systematic part: every held phase with every other call. The adapter protocol has no
status callback of JetInit, so backups and restores are what is held.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from ..model.alphabet import (
    ABORT,
    ATOMIC,
    ATTACH,
    BACKED_UP,
    BEGIN,
    CLOSE_DATABASE,
    COUNT,
    CREATE,
    CREATE_SECOND,
    DETACH,
    END_NORMAL,
    END_SESSION,
    EVERY_OTHER,
    FREEZE,
    FULL,
    INCREMENT,
    INCREMENTAL,
    INIT,
    INSERT,
    LOG_INFO,
    OPEN_FILE,
    PARAMETERS,
    PREPARE,
    PREPARE_INSTANCE,
    RESTORABLE,
    RUNNING,
    STOP,
    STOP_ALL,
    STOP_BACKUP_CALL,
    TERM,
    TERM_STOP,
    THAW,
    TRUNCATE,
    backup,
    begin,
    in_session,
    parameter,
    restore,
)
from ..model.calls import Call, Place
from ..model.vocabulary import JetErr


class End(Enum):
    """How a held call is let go."""

    GO_ON = "let go"
    FAIL = "its callback answers with a failure"
    WARN = "its callback answers with a warning"
    STOP = "stopped, then let go"


@dataclass(frozen=True)
class Held:
    """A call that reports through a status callback, and what comes before it."""

    call: Call
    setup: tuple[Call, ...]

    @property
    def name(self) -> str:
        """For people."""
        return self.call.label()


@dataclass(frozen=True)
class Other:
    """A call made meanwhile: by another client, or inside the callback by the client of the held call itself."""

    call: Call
    inside: bool = False


@dataclass(frozen=True)
class Stay:
    """One stay in a status callback, the `at`-th of the call: what is done meanwhile, and how it ends."""

    at: int
    others: tuple[Other, ...]
    end: End = End.GO_ON


@dataclass(frozen=True)
class Plan:
    """A call is held once or several times."""

    held: Held
    stays: tuple[Stay, ...]


_ATOMIC_THERE = (*BACKED_UP, backup(Place.EMPTY, ATOMIC), INSERT)
HELD: tuple[Held, ...] = (
    Held(FULL, BACKED_UP),
    Held(FULL, RUNNING),
    Held(FULL, (CREATE, parameter("circular_log", "1"), *BACKED_UP[1:])),
    Held(INCREMENT, BACKED_UP),
    Held(backup(Place.NULL), BACKED_UP),
    Held(backup(Place.ATOMIC_SET, ATOMIC), _ATOMIC_THERE),
    Held(backup(Place.ATOMIC_SET, ATOMIC | INCREMENTAL), _ATOMIC_THERE),
    Held(restore(Place.FULL_SET), RESTORABLE),
    Held(restore(Place.ATOMIC_SET, Place.EMPTY), RESTORABLE),
)
"""What is held. A first full backup, and one with circular logging, differ from a later one in what they may leave."""

OTHERS: tuple[Call, ...] = EVERY_OTHER
"""What is done meanwhile: the calls that the model's domain `backup in flight` makes."""

ANSWERS: Mapping[End, int] = {End.FAIL: int(JetErr.OutOfMemory), End.WARN: 1}
"""What a callback answers: a failure that neither a guard nor a stop gives, or what is none and changes nothing [PF]."""

SEQUENCES: tuple[tuple[Call, ...], ...] = (
    (TERM_STOP, TERM_STOP), (TERM_STOP, FULL), (TERM_STOP, INCREMENT, INSERT), (TERM_STOP, begin("s2"), END_SESSION),
    (TERM_STOP, STOP_BACKUP_CALL), (TERM_STOP, STOP, TERM), (TERM_STOP, DETACH, ATTACH), (TERM_STOP, BEGIN, LOG_INFO),
    (TERM_STOP, PREPARE, FREEZE), (TERM_STOP, PARAMETERS[2], INIT), (TERM_STOP, TERM_STOP, FULL, STOP_BACKUP_CALL),
    (STOP_BACKUP_CALL, STOP, INSERT), (STOP_BACKUP_CALL, TERM_STOP), (STOP_BACKUP_CALL, FULL),
    (STOP_BACKUP_CALL, TERM, INSERT), (STOP_BACKUP_CALL, STOP_BACKUP_CALL), (STOP_BACKUP_CALL, BEGIN, END_NORMAL),
    (STOP, FULL, STOP_BACKUP_CALL), (STOP, TERM_STOP, INSERT), (STOP_ALL, DETACH, TERM), (INSERT, INSERT, COUNT),
    (INSERT, FULL, TERM, COUNT), (FULL, INCREMENT, backup(Place.NULL)), (FULL, STOP_BACKUP_CALL),
    (CREATE_SECOND, in_session("Insert", database="d2"), FULL),
    (CREATE_SECOND, in_session("JetCloseDatabase", database="d2")), (CLOSE_DATABASE, DETACH, ATTACH),
    (CLOSE_DATABASE, STOP_BACKUP_CALL, DETACH), (END_SESSION, begin(), INSERT), (BEGIN, OPEN_FILE, LOG_INFO),
    (BEGIN, END_NORMAL, FULL), (LOG_INFO, TRUNCATE, END_NORMAL), (PREPARE, PREPARE_INSTANCE, FREEZE),
    (PREPARE, FREEZE, THAW, ABORT), (INIT, restore(Place.EMPTY), TERM), (TERM, TERM_STOP, TERM),
)  # fmt: skip
"""Two to four calls that bear on one another, some of which wait for the held one while further ones come."""

AFTERWARDS = (
    FULL,
    INSERT,
    TERM,
    CREATE,
    INIT,
    begin(),
    ATTACH,
    in_session("JetOpenDatabase", path="db/test.edb", database="d1"),
    COUNT,
)
"""Calls that end a history whose instance is not as it was: what a stay left behind shows then."""


def pairs(phases: Sequence[tuple[Held, int]]) -> Iterator[Plan]:
    """Every held phase with every other call; the ways to let go in turn, so that each meets each phase and each call."""
    for number, (held, at) in enumerate(phases):
        for position, call in enumerate(OTHERS):
            yield Plan(held, (Stay(at, (Other(call),), _end(number + position)),))


def sequences(phases: Sequence[tuple[Held, int]]) -> Iterator[Plan]:
    """Every sequence with every held call: in its first phase, where a stop must be heard, and in one of the others in turn."""
    for held in dict.fromkeys(held for held, _ in phases):
        ats = [at for one, at in phases if one is held]
        for position, calls in enumerate(SEQUENCES):
            others = tuple(Other(call) for call in calls)
            yield Plan(held, (Stay(ats[0], others),))
            later = ats[position % len(ats)]
            yield Plan(held, (Stay(later, others, _end(position // len(ats) + 1)),))


def inside(phases: Sequence[tuple[Held, int]]) -> Iterator[Plan]:
    """Every other call, made by the same client inside the first callback, then in the phases of backups and restores in turn."""
    for call in OTHERS:
        yield Plan(phases[0][0], (Stay(phases[0][1], (Other(call, inside=True),)),))
    for name in dict.fromkeys(held.call.name for held, _ in phases):
        of_that = [phase for phase in phases if phase[0].call.name == name]
        for position, call in enumerate(OTHERS):
            held, at = of_that[position % len(of_that)]
            yield Plan(held, (Stay(at, (Other(call, inside=True),), _end(position // len(of_that))),))


def twice(phases: Sequence[tuple[Held, int]]) -> Iterator[Plan]:
    """Held, let go, and held again in the next callback: what came in the first stay bears on the second."""
    first = (STOP_BACKUP_CALL, TERM_STOP, STOP, INSERT, CREATE_SECOND, FULL)
    then = (FULL, INSERT, DETACH)
    for number, (held, at) in enumerate(phases):
        if (held, at + 1) in phases:
            one, other = first[number % len(first)], then[number % len(then)]
            yield Plan(held, (Stay(at, (Other(one),)), Stay(at + 1, (Other(other),), _end(number))))
            yield Plan(held, (Stay(at, (), End.FAIL), Stay(at + 1, (Other(other),))))


def _end(number: int) -> End:
    return tuple(End)[number % len(End)]
