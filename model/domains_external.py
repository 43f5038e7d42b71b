"""The exploration domains of streaming backups and snapshots, one literal a domain."""

from .alphabet import (
    ABORT,
    ATTACH,
    ATTACH_INFO,
    BACKED_UP,
    BEGIN,
    BEGIN_INCREMENTAL,
    BEGIN_SURROGATE,
    CLOSE_DATABASE,
    CLOSE_FILE,
    CONTINUING,
    CREATE,
    CREATE_SECOND,
    DETACH,
    END_ABORT,
    END_NORMAL,
    END_SNAPSHOT,
    EVERY_OTHER,
    EXPLICIT,
    FREEZE,
    FULL,
    INCREMENT,
    INIT,
    INSERT,
    LOG_INFO,
    OPEN_FILE,
    OPEN_LOG,
    PARAMETERS,
    PREPARE,
    PREPARE_INSTANCE,
    READ_REST,
    RESTORABLE,
    RUNNING,
    SECOND,
    SNAPSHOT,
    SNAPSHOT_ODDS,
    SNAPSHOT_TRUNCATES,
    SOME_BACKUPS,
    STOP,
    STOP_ALL,
    STOP_BACKUP_CALL,
    STREAMING,
    STREAMING_BAD_HANDLES,
    STREAMING_ODDS,
    TERM,
    TERM_STOP,
    TERMS,
    THAW,
    TRUNCATE,
    TRUNCATE_INFO,
    begin,
    on_instance,
    opening,
    parameter,
    reading,
    restore,
)  # fmt: skip
from .calls import Place, Stage
from .domain import Domain, Hold
from .external import Amount, Target

EXTERNAL_DOMAINS: tuple[Domain, ...] = (
    Domain(
        "streaming", "a streaming backup from its beginning to its end, orderly and out of order",
        (*STREAMING, OPEN_LOG, STOP_BACKUP_CALL),
        setup=RUNNING,
        probes=(*STREAMING_ODDS, *SOME_BACKUPS[:3], ATTACH, DETACH, INSERT),
    ),
    Domain(
        "streaming, circular", "the same with circular logging: what an incremental one says, before and after a full backup",
        (BEGIN, BEGIN_INCREMENTAL, END_ABORT, FULL),
        setup=(CREATE, parameter("circular_log", "1"), *RUNNING[1:]),
        probes=(BEGIN_SURROGATE,),
    ),
    Domain(
        "streaming, bits that are not public", "one begun with bits that only the source knows",
        (BEGIN_SURROGATE, on_instance("JetBeginExternalBackupInstance", grbit=0x40), END_ABORT), RUNNING,
        (*STREAMING, *(on_instance("JetBeginExternalBackupInstance", grbit=grbit) for grbit in (0x41, 0x60)), FULL, ATTACH,
         DETACH, CLOSE_DATABASE, *TERMS),
    ),
    Domain(
        "streaming, bits that are not public, database closed", "the same, while nobody has the database open",
        (BEGIN_SURROGATE,), (*RUNNING, CLOSE_DATABASE), (DETACH,),
    ),
    Domain(
        "streaming, no recovery", "the same without logging", (BEGIN, BEGIN_INCREMENTAL),
        setup=(CREATE, parameter("recovery", "off"), *RUNNING[1:]),
    ),
    Domain(
        "streaming, then the end", "a streaming backup, and what stops or ends the instance",
        (BEGIN, LOG_INFO, END_ABORT, STOP, STOP_BACKUP_CALL, TERM, TERM_STOP, TERMS[1]),
        setup=BACKED_UP,
        probes=(*STREAMING, PREPARE, PREPARE_INSTANCE, FREEZE, *STREAMING_BAD_HANDLES,
                STOP_ALL, *TERMS[1:], FULL, restore(Place.MISSING)),
    ),
    Domain(
        "streaming, damage", "a streaming backup of a damaged page or log",
        (BEGIN, OPEN_FILE, READ_REST, LOG_INFO, OPEN_LOG, END_ABORT),
        setup=RUNNING,
        probes=(reading(Amount.PART), BEGIN_INCREMENTAL, TRUNCATE_INFO, END_NORMAL),
        faults=("page", "log"),
    ),
    Domain(
        "streaming, log writing", "a streaming backup while log writes fail", (BEGIN, LOG_INFO, END_ABORT, INSERT), RUNNING,
        (TRUNCATE_INFO, BEGIN_INCREMENTAL, END_NORMAL), faults=("log-full", "log-torn"),
    ),
    Domain(
        "streaming, two databases", "a database that is made while a streaming backup runs, and one that was there",
        (BEGIN, opening(Target.DATABASE, SECOND), READ_REST, CLOSE_FILE, LOG_INFO, END_NORMAL),
        setup=(*RUNNING, BEGIN, CREATE_SECOND),
        probes=(BEGIN_INCREMENTAL, INCREMENT, ATTACH_INFO, OPEN_FILE),
    ),
    Domain(
        "streaming call in flight", "every call while one call of a streaming backup is held", (), (*RUNNING, BEGIN),
        (*EVERY_OTHER, *STREAMING_ODDS[:3]),
        (Hold(ATTACH_INFO, "enter", Stage.WORKING), Hold(OPEN_FILE, "enter", Stage.WORKING),
         Hold(LOG_INFO, "enter", Stage.WORKING), Hold(END_ABORT, "enter", Stage.WORKING)),
    ),
    Domain(
        "streaming begin in flight", "every call while JetBeginExternalBackupInstance is held", (), RUNNING,
        (*EVERY_OTHER, *STREAMING_ODDS[:3]), (Hold(BEGIN, "enter", Stage.WORKING),),
    ),
    Domain(
        "snapshot", "a snapshot session from its beginning to its end, orderly and out of order, and what it excludes",
        (*SNAPSHOT, *(PREPARE._replace(grbit=grbit) for grbit in (1, 6, 4, 8)), BEGIN),
        setup=RUNNING,
        probes=(*SNAPSHOT_TRUNCATES, *SNAPSHOT_ODDS, FULL, INCREMENT, ATTACH, DETACH, *TERMS[:3], STOP_BACKUP_CALL, LOG_INFO,
                *PARAMETERS[1:3], begin("s2")),
        faults=("snapshot-timeout",),
    ),
    Domain(
        "snapshot, the instance's life", "a snapshot session that is prepared before, and lasts after, the life of an instance",
        (CREATE, INIT, TERM, STOP, CONTINUING, EXPLICIT, PREPARE_INSTANCE, FREEZE, THAW, ABORT),
        probes=(END_SNAPSHOT, *SNAPSHOT_TRUNCATES, FULL),
    ),
    Domain(
        "snapshot, circular", "incremental snapshots with circular logging, before and after a full one",
        (PREPARE, PREPARE._replace(grbit=1), FREEZE, THAW, ABORT), (CREATE, parameter("circular_log", "1"), *RUNNING[1:]),
    ),
    Domain(
        "snapshot, older logs", "what a snapshot deletes, and what not, of an instance that has logs from before",
        (BEGIN, LOG_INFO, END_ABORT, CONTINUING, FREEZE, THAW, END_SNAPSHOT), (*RUNNING, BEGIN, LOG_INFO, END_ABORT),
        SNAPSHOT_TRUNCATES,
    ),
    Domain(
        "snapshot and refusals", "snapshots of an instance that refuses backups, or cannot write its log",
        (PREPARE, EXPLICIT, FREEZE, THAW, ABORT, INSERT, FULL, BEGIN, TERMS[1], END_ABORT), BACKED_UP,
        (PREPARE_INSTANCE,), faults=("log-full", "log-torn"),
    ),
    *(
        Domain(
            f"snapshot, {name} in flight", f"a snapshot that was prepared, while {hold.call.name} is held", (), (*setup, PREPARE),
            (*SNAPSHOT, FULL), (hold,),
        )
        for name, hold, setup in (
            ("init", Hold(INIT, "enter", Stage.WORKING), (CREATE,)),
            ("restore", Hold(restore(Place.FULL_SET), "callback:1", Stage.WORKING), RESTORABLE),
            ("term", Hold(TERM, "enter", Stage.WORKING), BACKED_UP),
        )
    ),
)  # fmt: skip

TWO_STREAMING = Domain(
    "two callers, streaming and snapshot",
    "two threads on a running instance: a streaming backup and a snapshot against one another, a stop and a termination",
    (BEGIN, BEGIN_INCREMENTAL, ATTACH_INFO, OPEN_FILE, READ_REST, CLOSE_FILE, LOG_INFO, TRUNCATE, END_NORMAL, END_ABORT, PREPARE,
     CONTINUING, FREEZE, THAW, ABORT, STOP_BACKUP_CALL, TERM, TERM_STOP),
    setup=RUNNING,
)  # fmt: skip
