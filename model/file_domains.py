"""Domains of what calls meet in files: a harness cannot make these things on every engine, so level 1 does not walk them.

They are explored to prove of the tables what is proven of the other rows: that every row decides a call, and that every cell
has an outcome.
"""

from .alphabet import (
    ATOMIC,
    BACKED_UP,
    COUNT,
    CREATE,
    DETACH,
    END_SESSION,
    FULL,
    INCREMENT,
    INIT,
    INSERT,
    NIL,
    OPEN_DATABASE,
    RESTORABLE,
    RUNNING,
    STOP,
    STOP_ALL,
    TERM,
    backup,
    begin,
    in_session,
    on_instance,
    restore,
)
from .calls import Call, Finding, Place
from .domain import Domain
from .domains import CALLBACK_FAILS, DOMAINS
from .rows import Profile
from .vocabulary import StopServiceGrbit

F = Finding
EMIT_LOG = on_instance("JetStopServiceInstance2", grbit=int(StopServiceGrbit.STOP_AND_EMIT_LOG))


def meets(call: Call, *findings: Finding) -> Call:
    """The call, meeting these things in the files."""
    return call._replace(found=frozenset(findings))


def _each(call: Call, *findings: Finding) -> tuple[Call, ...]:
    return tuple(meets(call, finding) for finding in findings)


_RESTORE = restore(Place.FULL_SET)
_RESTORES = tuple(
    meets(_RESTORE, F.LOGS, finding)
    for finding in (
        F.LOG_MISSING, F.LOG_EMPTY, F.LOG_SHORT, F.LOG_HEADER_DAMAGED, F.LOG_SIGNATURE, F.LOG_DAMAGED, F.CURRENT_LOG_SHORT,
        F.CURRENT_LOG_HEADER_DAMAGED, F.CURRENT_LOG_MISSING, F.CURRENT_LOG_SIGNATURE, F.CURRENT_LOG_APART,
        F.CURRENT_LOG_DAMAGED, F.NO_PATCH_FILE, F.COPY_CUT, F.COPY_HEADER_DAMAGED, F.FIRST_LOG_MISSING, F.LAST_LOG_MISSING,
        F.DATABASE_MISSING,
    )
)  # fmt: skip
_ATTACH = in_session("JetAttachDatabase", path="db/test.edb")
_ATOMIC = backup(Place.ATOMIC_SET, ATOMIC)
_HERE, _NOWHERE = backup(Place.NULL), backup(Place.BLANK)

FILE_DOMAINS: tuple[Domain, ...] = (
    Domain(
        "files, restore", "what a restore meets in the set and in the log folder, and what can be done after it",
        (CREATE, TERM, restore(Place.MISSING), meets(_RESTORE, F.LOGS), STOP, STOP_ALL, INIT),
        setup=RESTORABLE,
        probes=(
            *_RESTORES,
            meets(restore(Place.ATOMIC_SET), F.NO_LOGS),
            meets(restore(Place.FOREIGN), F.LOGS, F.NO_PATCH_FILE),
            meets(restore(Place.BLANK), F.LOGS),
            meets(restore(Place.FULL_SET, Place.MISSING), F.LOGS, F.NO_COPY, F.DATABASE_MISSING),
            meets(restore(Place.FULL_SET, Place.MISSING), F.LOGS, F.COPY_CUT),
            restore(Place.MISSING, None, NIL), restore(Place.FULL_SET, None, NIL),
        ),
    ),
    Domain(
        "files, init", "what JetInit and JetAttachDatabase meet after the instance went away",
        (CREATE, begin(), TERM),
        setup=(*BACKED_UP, TERM, CREATE),
        probes=(
            *_each(INIT, F.LOG_SHORT, F.LOG_DAMAGED, F.LOG_PERHAPS_DAMAGED, F.LOG_MISSING, F.LOG_PERHAPS_MISSING,
                   F.BACKUP_COPY, F.LOGS_MISSING, F.DATABASE_MISSING, F.DATABASE_DAMAGED, F.CURRENT_LOG_MISSING,
                   F.FIRST_LOG_MISSING),
        ),
    ),
    Domain(
        "files, attach", "what JetAttachDatabase meets in a database file",
        (begin(), END_SESSION),
        setup=(*BACKED_UP, TERM, CREATE, INIT),
        probes=(_ATTACH, *_each(_ATTACH, F.BACKUP_COPY, F.DIRTY)),
    ),
    Domain(
        "files, backup", "what a backup meets in the folders that it writes to and in the logs that it copies",
        (DETACH,),
        setup=BACKED_UP,
        probes=(
            *_each(FULL, F.LOG_MISSING, F.LOG_PERHAPS_MISSING, F.LOG_DAMAGED, F.LOG_PERHAPS_DAMAGED, F.TEMP_NESTED),
            *_each(INCREMENT, F.LOG_MISSING, F.LOG_DAMAGED, F.LOG_FOLDER),
            *_each(_ATOMIC, F.NESTED, F.TEMP_NESTED, F.TEMP_FILE),
            *_each(_HERE, F.CURRENT_FOLDER_USED, F.CURRENT_FOLDER_ATOMIC),
            *_each(_NOWHERE, F.CURRENT_FOLDER_USED),
            *_each(backup(Place.NULL, INCREMENT.grbit), F.CURRENT_FOLDER_USED, F.CURRENT_FOLDER_ATOMIC),
        ),
    ),
    Domain(
        "files, page", "a page of a database was damaged, and perhaps written anew since",
        (TERM, CREATE, INIT, begin(), _ATTACH, OPEN_DATABASE),
        setup=BACKED_UP,
        probes=(COUNT, INSERT, FULL),
        faults=("page",),
    ),
    Domain(
        "one instance", "the process in the one-instance mode, where handles are not looked at",
        (on_instance("JetInit", NIL), TERM, begin("s1", NIL), on_instance("JetTerm", NIL)),
        probes=(CREATE, backup(Place.EMPTY, 0, NIL), restore(Place.FULL_SET, None, NIL), restore(Place.FULL_SET), INIT),
    ),
    Domain(
        "log writing ended on request", "JetStopServiceInstance2 with StopAndEmitLog: log writing is refused from then on",
        (EMIT_LOG, STOP),
        setup=RUNNING,
        probes=(FULL, INSERT),
    ),
)  # fmt: skip


def domains_of(profile: Profile) -> tuple[Domain, ...]:
    """Every domain over which a profile is verified: what is met in files is a matter of the profile of one engine."""
    return (*DOMAINS, CALLBACK_FAILS, *FILE_DOMAINS) if profile.ordered else (*DOMAINS, CALLBACK_FAILS)
