"""Named projections: small alphabets over which the model is small enough for suites with a guarantee, one literal a projection.

Each is at most some 60 states and 30 calls in both profiles, and made of calls that come back by themselves: what needs another
call held beside it, or a fault, is not here (levels 1 and 4 of a check have those).
"""

from typing import NamedTuple

from .alphabet import (
    ABORT,
    ATOMIC,
    ATTACH,
    ATTACH_INFO,
    BEGIN,
    CLOSE_FILE,
    CREATE,
    DETACH,
    END_NORMAL,
    END_SESSION,
    END_SNAPSHOT,
    FREEZE,
    FULL,
    GARBAGE,
    INCREMENT,
    INIT,
    INSERT,
    LOG_INFO,
    OPEN_FILE,
    PREPARE,
    PREPARE_INSTANCE,
    READ_REST,
    RUNNING,
    SNAPSHOT_TRUNCATES,
    STOP,
    STOP_ALL,
    STOP_BACKUP_CALL,
    STOPS,
    TERM,
    TERM_STOP,
    THAW,
    TRUNCATE,
    backup,
    begin,
    on_instance,
    parameter,
    restore,
)
from .calls import Call, Place


class Projection(NamedTuple):
    """One small part of the model: the calls that are looked at, after those that set the engine up."""

    name: str
    what: str
    calls: tuple[Call, ...]
    setup: tuple[Call, ...] = ()


PROJECTIONS: tuple[Projection, ...] = (
    Projection(
        "lifecycle", "an instance from creation to termination and again, stopped and resumed, with backups and refusals",
        (CREATE, INIT, TERM, TERM_STOP, STOP, STOP_ALL, STOPS[4], STOP_BACKUP_CALL, begin(), FULL, INCREMENT,
         backup(Place.MISSING), backup(Place.NULL), backup(Place.EMPTY, 0x20), backup(Place.EMPTY, 0, GARBAGE),
         restore(Place.EMPTY), on_instance("JetInit", GARBAGE)),
    ),
    Projection(
        "backup", "full, incremental and atomic backups of one database, attached and detached, to every kind of new place",
        (FULL, INCREMENT, backup(Place.EMPTY, ATOMIC), backup(Place.EMPTY, ATOMIC | 1), backup(Place.NULL),
         backup(Place.MISSING), backup(Place.BLANK), backup(Place.FILE), backup(Place.FOREIGN), backup(Place.EMPTY, 0x10),
         INSERT, STOP_BACKUP_CALL, STOP, ATTACH, DETACH, END_SESSION),
        RUNNING,
    ),
    Projection(
        "parameters", "the parameters that the contract depends on, before JetInit and after it",
        (parameter("recovery", "off"), parameter("recovery", "on"), parameter("circular_log", "1"),
         parameter("circular_log", "0"), parameter("create_path_if_not_exist", "1"),
         parameter("create_path_if_not_exist", "0"), CREATE, INIT, TERM, FULL, INCREMENT, backup(Place.MISSING),
         backup(Place.NULL)),
    ),
    Projection(
        "streaming", "a streaming backup from beginning to end, its calls in every order, beside backups and stops",
        (BEGIN, ATTACH_INFO, OPEN_FILE, READ_REST, CLOSE_FILE, LOG_INFO, TRUNCATE, END_NORMAL, FULL, STOP_BACKUP_CALL),
        RUNNING,
    ),
    Projection(
        "snapshot", "a snapshot session from preparation to its end, its calls in every order, beside backups",
        (PREPARE, PREPARE_INSTANCE, FREEZE, THAW, END_SNAPSHOT, ABORT, *SNAPSHOT_TRUNCATES, FULL, BEGIN),
        RUNNING,
    ),
)  # fmt: skip
