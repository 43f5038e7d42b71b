"""Exploration domains: which part of an unbounded world is explored, one literal a domain.

A domain fixes a configuration and a set-up, offers calls, faults and holds, and is explored to its end. Level 1 covers the
cells of all of them with at most one other call in flight, that call being held (DESIGN.md sections 3 and 5).
"""

from .alphabet import (
    ARGUMENTS,
    ATOMIC,
    ATTACH,
    BACKED_UP,
    BAD_HANDLES,
    BEGIN,
    CLOSE_DATABASE,
    COUNT,
    CREATE,
    CREATE_DATABASE,
    CREATE_SECOND,
    DETACH,
    END_NORMAL,
    END_SESSION,
    EVERY_OTHER,
    FULL,
    GARBAGE,
    IN_SESSION,
    INCREMENT,
    INCREMENTAL,
    INIT,
    INSERT,
    LOG_INFO,
    NAMESAKE,
    NIL,
    OPEN_DATABASE,
    PARAMETERS,
    RESTORABLE,
    RESTORES,
    RUNNING,
    SECOND,
    SOME_BACKUPS,
    STALE,
    STOP,
    STOP_ALL,
    STOP_BACKUP_CALL,
    STOPS,
    STREAMING,
    TERM,
    TERM_STOP,
    TERMS,
    backup,
    begin,
    in_session,
    on_instance,
    parameter,
    restore,
)  # fmt: skip
from .calls import Answer, Place, Stage
from .domain import Domain, Hold
from .domains_external import EXTERNAL_DOMAINS
from .vocabulary import JetErr

BACKUP_HOLDS = (
    Hold(FULL, "enter", Stage.ENTERING),
    Hold(FULL, "callback:1", Stage.DATABASES),
    Hold(INCREMENT, "copy", Stage.LOGS),
    Hold(FULL, "truncate", Stage.TRUNCATING),
    Hold(FULL, "leave", Stage.LEAVING),
)

DOMAINS: tuple[Domain, ...] = (
    Domain(
        "lifecycle",
        "an instance from creation to termination and again, with a session and a database, every call that moves it",
        (CREATE, INIT, *TERMS, *STOPS, *PARAMETERS, begin(), END_SESSION, CREATE_DATABASE, INSERT, *SOME_BACKUPS,
         restore(Place.MISSING), *BAD_HANDLES),
        probes=(*STREAMING, BEGIN._replace(instance=NIL), LOG_INFO._replace(instance=GARBAGE)),
    ),
    Domain(
        "databases",
        "one database through create, open, close, attach, detach, backups; good, stale and unknown sessions",
        (begin(), *IN_SESSION, *STALE, STOP, FULL, INCREMENT),
        setup=(CREATE, INIT),
    ),
    Domain("arguments", "every path and option of JetBackupInstance, before and after a full backup", ARGUMENTS, RUNNING),
    Domain(
        "arguments, circular", "the same with circular logging", ARGUMENTS,
        (CREATE, parameter("circular_log", "1"), *RUNNING[1:]),
    ),
    Domain(
        "arguments, create path", "the same with JET_paramCreatePathIfNotExist", ARGUMENTS,
        (CREATE, parameter("create_path_if_not_exist", "1"), *RUNNING[1:]),
    ),
    Domain(
        "arguments, no recovery", "the same without logging", ARGUMENTS,
        (CREATE, parameter("recovery", "off"), *RUNNING[1:]),
    ),
    Domain(
        "restore",
        "every source and destination of JetRestoreInstance, and what the instance can do afterwards",
        (*RESTORES, CREATE, INIT, TERM, begin(), ATTACH, INCREMENT, FULL, on_instance("JetStopServiceInstance")),
        setup=RESTORABLE,
    ),
    Domain(
        "damage",
        "a page of the database, a needed log generation, or both are damaged on disk",
        (*SOME_BACKUPS, backup(Place.EMPTY, ATOMIC), backup(Place.ATOMIC_SET, ATOMIC), backup(Place.NULL, INCREMENTAL), INSERT,
         COUNT, STOP_BACKUP_CALL),
        setup=(*RUNNING, backup(Place.EMPTY, ATOMIC), INSERT, FULL, INSERT),
        faults=("page", "log"),
    ),
    Domain(
        "first backup fails",
        "a damaged page or log, or a stop, in the way of the first full backup: what an incremental says then",
        (FULL, INSERT),
        setup=RUNNING,
        probes=(INCREMENT, backup(Place.EMPTY, ATOMIC)),
        holds=(Hold(FULL, "callback:1", Stage.DATABASES),),
        faults=("page", "log"),
    ),
    Domain(
        "create path, there and back",
        "JET_paramCreatePathIfNotExist set and reset while the instance runs",
        (parameter("create_path_if_not_exist", "1"), parameter("create_path_if_not_exist", "0")),
        setup=RUNNING,
        probes=(backup(Place.MISSING), backup(Place.MISSING, ATOMIC), backup(Place.MISSING, INCREMENTAL)),
    ),
    Domain(
        "two databases",
        "a second database beside one that was backed up: made, detached, attached, backed up",
        (CREATE_SECOND, FULL, in_session("JetDetachDatabase", path=SECOND), in_session("JetAttachDatabase", path=SECOND),
         in_session("JetCloseDatabase", database="d2")),
        setup=BACKED_UP,
        probes=(INCREMENT, INSERT, in_session("Insert", database="d2"), in_session("CountRows", database="d2"), COUNT),
    ),
    Domain(
        "two databases of one name", "a second database of the same file name in another folder", (FULL,),
        setup=(*RUNNING, in_session("JetCreateDatabase", path=NAMESAKE, database="d2")),
        probes=(backup(Place.EMPTY, ATOMIC), INCREMENT, backup(Place.NULL), backup(Place.MISSING)),
    ),
    Domain(
        "damage and restart",
        "a damaged page or log, then termination, and what JetInit, JetRestoreInstance and JetAttachDatabase may say of it",
        (TERM, CREATE, INIT, begin(), ATTACH, restore(Place.FULL_SET)),
        setup=BACKED_UP,
        probes=(OPEN_DATABASE, DETACH, INCREMENT, FULL),
        faults=("page", "log"),
    ),
    Domain(
        "log writing",
        "log writes fail, for want of space or in the middle of a record",
        (INSERT, FULL, STOP),
        setup=BACKED_UP,
        probes=(*SOME_BACKUPS[1:], *IN_SESSION, begin("s2"), STOP_ALL, STOP_BACKUP_CALL, *TERMS[:2], TERM_STOP,
                *PARAMETERS[1:3], INIT, restore(Place.EMPTY)),
        faults=("log-full", "log-torn"),
    ),
    Domain(
        "backup in flight", "every call while a backup is held at one of its stages",
        (STOP, STOP_BACKUP_CALL, FULL, LOG_INFO, END_NORMAL), BACKED_UP,
        EVERY_OTHER, BACKUP_HOLDS,
    ),
    Domain(
        "backup in flight, database closed", "calls on an attached database that nobody has open, while a backup is held", (),
        (*BACKED_UP, CLOSE_DATABASE), IN_SESSION, (Hold(FULL, "callback:1", Stage.DATABASES),),
    ),
    Domain(
        "backup in flight, database detached", "calls on a database that is not attached, while a backup is held", (),
        (*BACKED_UP, CLOSE_DATABASE, DETACH), IN_SESSION, (Hold(FULL, "callback:1", Stage.DATABASES),),
    ),
    Domain(
        "init in flight", "every call while JetInit is held", (), (CREATE,), EVERY_OTHER,
        (Hold(INIT, "enter", Stage.WORKING),),
    ),
    Domain(
        "restore in flight", "every call while JetRestoreInstance is held", (), RESTORABLE, EVERY_OTHER,
        (Hold(restore(Place.FULL_SET), "callback:1", Stage.WORKING),),
    ),
    Domain(
        "term in flight", "every call while JetTerm is held", (STOP,), BACKED_UP, EVERY_OTHER,
        (Hold(TERM, "enter", Stage.WORKING),),
    ),
    *EXTERNAL_DOMAINS,
)  # fmt: skip

TWO_CALLERS = Domain(
    "two callers",
    "two threads on one instance: its whole life, with a session and a database",
    (CREATE, INIT, begin(), CREATE_DATABASE, INSERT, DETACH, FULL, backup(Place.MISSING), backup(Place.NULL), INCREMENT,
     BEGIN, STOP, STOP_BACKUP_CALL, TERM, TERM_STOP, restore(Place.EMPTY), parameter("recovery", "on"),
     backup(Place.EMPTY, 0, GARBAGE)),
)  # fmt: skip

THREE_CALLERS = Domain(
    "three callers",
    "three threads on a running instance: backups, stops and terminations against one another",
    (FULL, INCREMENT, INSERT, begin("s2"), PARAMETERS[2], STOP, STOP_BACKUP_CALL, TERM, TERM_STOP),
    setup=RUNNING,
)

_FAILS = Answer(int(JetErr.OutOfMemory))
_FAILS_FIRST = _FAILS._replace(first=True)
CALLBACK_FAILS = Domain(
    "callback fails",
    "backups and a restore whose status callback answers with a failure, at its first call or later: level 4 makes it so",
    (FULL, TERM, CREATE, INIT),
    setup=BACKED_UP,
    probes=tuple(
        call._replace(answer=answer)
        for call in (FULL, backup(Place.EMPTY, ATOMIC), INCREMENT, backup(Place.NULL), restore(Place.FULL_SET))
        for answer in (_FAILS_FIRST, _FAILS)
    ),
    depth=3,
)
"""Not walked by level 1, which answers every callback with success."""

WITNESSES = Domain(
    "witnesses",
    "the barest way to each code: nothing is set up that the code does not need",
    (CREATE, INIT, parameter("recovery", "off"), parameter("circular_log", "1"), begin(), CREATE_DATABASE, INSERT, STOP, TERM,
     FULL, INCREMENT, backup(Place.MISSING), backup(Place.EMPTY, 0x20), backup(Place.EMPTY, 0, GARBAGE), restore(Place.FULL_SET)),
    holds=(*BACKUP_HOLDS[:2], Hold(INIT, "enter", Stage.WORKING), Hold(TERM, "enter", Stage.WORKING),
           Hold(restore(Place.FULL_SET), "callback:1", Stage.WORKING)),
    faults=("page", "log", "log-full", "log-torn"),
    depth=5,
)  # fmt: skip
