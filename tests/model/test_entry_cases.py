"""The `documented` profile: every call in every situation in which it may be refused, worked out by hand from the pages.

A line is a call, a column a situation; the codes are those of the call's page [Return value], with those that the numbered
facts add: P1, P5, P6 (pairs without precedence), C1, C3, C5, C8 (contradictions), S5 (silences), L8 to L20 (the lifecycle).
"""

from collections.abc import Iterator

import pytest
from jetconform.model.alphabet import (
    ATTACH_INFO,
    BEGIN,
    BEGIN_INCREMENTAL,
    CLOSE_FILE,
    END_EXTERNAL,
    END_NORMAL,
    EXPLICIT,
    LOG_INFO,
    OPEN_FILE,
    OPEN_LOG,
    PREPARE_INSTANCE,
    READ_REST,
    TRUNCATE,
    TRUNCATE_INFO,
    snapshot,
)
from jetconform.model.calls import Call, Instance, Stage
from jetconform.model.cells import started
from jetconform.model.domain import Hold
from jetconform.model.guards.documented import DOCUMENTED
from jetconform.model.state import Backed, Control, Log, Phase, Stop
from jetconform.model.step import Stepper
from model_world import (
    ATOMIC,
    ATOMIC_SET,
    BACKED_UP,
    BLANK,
    BOTH,
    COPIED,
    CREATED,
    DETACHED,
    FOREIGN,
    FULL_SET,
    GARBAGE,
    GONE,
    INCREMENTAL,
    INIT,
    NEVER_COPIED,
    NEW,
    NULL,
    PATH,
    RUNNING,
    STOP,
    STOP_BACKUP,
    TERM,
    after,
    backup,
    call,
    cell,
    codes,
    held,
    in_session,
    let_go,
    parameter,
    restore,
    with_parameters,
)  # fmt: skip

Line = tuple[Call, dict[str, str]]
CLOSED = RUNNING._replace(sessions=("s1",), databases=(COPIED._replace(open_by=()),))
SITUATIONS: dict[str, dict[str, object]] = {
    "running": {}, "terminating": {"phase": Phase.TERMINATING}, "term waits": {"term_waiting": True},
    "stopped": {"stop": Stop.PLAIN}, "fatal": {"fatal": True}, "log refused": {"log": Log.REFUSED},
    "log full": {"log": Log.FULL}, "log torn": {"log": Log.TORN},
}  # fmt: skip
"""Of an instance that was initialised."""
BEFORE: dict[str, Control] = {
    "gone": GONE, "created": CREATED, "initializing": CREATED._replace(phase=Phase.INITIALIZING),
    "restoring": CREATED._replace(phase=Phase.RESTORING), "created, stopped": CREATED._replace(stop=Stop.PLAIN),
}  # fmt: skip


def session(name: str, path: str = "", database: str = "") -> Call:
    return in_session(name, path, database)


BEGIN_SESSION = call("JetBeginSession")._replace(session="s2")
RECOVERY, CREATE_PATH = parameter("recovery", "off"), parameter("create_path_if_not_exist", "1")
AFTER_BEGIN = (
    ATTACH_INFO,
    OPEN_FILE,
    READ_REST,
    CLOSE_FILE,
    LOG_INFO,
    TRUNCATE_INFO,
    TRUNCATE,
    END_EXTERNAL,
    END_NORMAL,
)

# fmt: off
LINES: list[Line] = [
    (backup(), {
        "garbage": "-1003", "gone": "-1003 -1029", "created": "-1029", "initializing": "-523 -1029 -1031",
        "restoring": "-506 -1029 -523", "terminating": "-1000 -523", "term waits": "-1000 -801", "stopped": "-1329",
        "fatal": "-1090 -510", "log refused": "-510 -1090", "log full": "-510", "log torn": "-510 -1090",
    }),
    (BEGIN, {
        "garbage": "-1003", "gone": "-1003 -1029", "created": "-1029", "initializing": "-523 -1029 -1031",
        "restoring": "-506 -1029 -523", "terminating": "-1000 -523", "term waits": "0 -1000", "stopped": "-1329",
        "fatal": "-1090 -510", "log refused": "-510 -1090", "log full": "0 -510", "log torn": "0 -510 -1090",
    }),
    *((made, {  # there is no backup, whatever else there is [GA to E2: NoBackup; 5.1: no order]
        "garbage": "-1003 -520", "gone": "-1003 -1029 -520", "created": "-1029 -520", "initializing": "-1029 -520 -1031",
        "restoring": "-506 -1029 -520", "terminating": "-1000 -520", "term waits": "-520 -1000", "stopped": "-1329 -520",
        "fatal": "-1090 -520", "running": "-520",
    }) for made in (ATTACH_INFO, TRUNCATE, END_EXTERNAL, END_NORMAL, LOG_INFO, TRUNCATE_INFO)),
    (OPEN_FILE, {  # and of a database that is not attached
        "garbage": "-1003 -520", "gone": "-1003 -1029 -520 -569 -1811 -1023", "created": "-1029 -520 -569 -1811 -1023",
        "initializing": "-1029 -520 -1031 -569 -1811 -1023", "restoring": "-506 -1029 -520 -569 -1811 -1023",
        "terminating": "-1000 -520", "term waits": "-520 -1000", "stopped": "-1329 -520", "fatal": "-1090 -520",
        "running": "-520",
    }),
    *((made, {  # and with a file handle that is none
        "garbage": "-1003 -520", "gone": "-1003 -1029 -520", "created": "-1029 -520 -1003",
        "initializing": "-1029 -520 -1031 -1003", "restoring": "-506 -1029 -520 -1003", "terminating": "-1000 -520 -1003",
        "term waits": "-520 -1000 -1003", "stopped": "-1329 -520 -1003", "fatal": "-1090 -520 -1003", "running": "-520 -1003",
    }) for made in (READ_REST, CLOSE_FILE)),
    (restore(), {  # InvalidLogSequence: whether the logs of the set and of the log folder match
        "garbage": "-1003", "gone": "-1003", "created": "0 -515", "initializing": "-1030 -1031 -515",
        "restoring": "-506 -1030 -515", "created, stopped": "0 -1329 -515", "running": "-1030 -515",
        "terminating": "-1000 -1030 -515", "stopped": "-1030 -1329 -515", "fatal": "-1030 -1090 -515",
    }),
    (INIT, {
        "garbage": "-1003", "gone": "-1003 -1029", "created": "0", "initializing": "-1031 -1030", "restoring": "-506 -1030",
        "created, stopped": "0 -1329", "running": "-1030", "terminating": "-1000 -1030", "stopped": "-1030 -1329",
        "fatal": "-1030 -1090",
    }),
    *((made, {
        "garbage": "-1003", "gone": "-1003 -1029", "created": "0", "initializing": "-1029 -1031", "restoring": "-506",
        "created, stopped": "0 -1329", "running": "0", "terminating": "-1000", "term waits": "0 -1000",
        "stopped": "0 -1329", "fatal": "0 -1090", "log refused": "0 -510", "log full": "0 -510", "log torn": "0 -510 -1090",
    }) for made in (TERM, call("JetTerm2", 0))),
    (call("JetTerm2", 8), {"running": "0 -1116", "fatal": "0 -1090 -1116", "created": "0 -1116"}),
    *((made, {
        "garbage": "-1003", "gone": "-1003", "created": "-1003", "initializing": "-1003", "restoring": "-1003",
        "terminating": "-1003", "running": "0", "stopped": "0", "fatal": "0",
    }) for made in (STOP, call("JetStopServiceInstance2", 0), call("JetStopServiceInstance2", 2), STOP_BACKUP)),
    (RECOVERY, {
        "garbage": "-1003 -1115", "gone": "-1003 -1115", "created": "0", "initializing": "-1031", "restoring": "-506",
        "created, stopped": "-1329", "running": "-1030", "terminating": "-1000", "term waits": "-1030 -1000",
        "stopped": "-1030 -1329", "fatal": "-1030 -1090",
    }),
    (CREATE_PATH, {
        "garbage": "-1003 -1115", "gone": "-1003 -1115", "created": "0", "initializing": "-1031", "restoring": "-506",
        "running": "0 -1030", "terminating": "-1000", "term waits": "0 -1030 -1000", "stopped": "-1329 -1030",
        "fatal": "-1090 -1030",
    }),
    (BEGIN_SESSION, {
        "garbage": "-1003", "gone": "-1003 -1029", "created": "-1029", "initializing": "-1029 -1031",
        "restoring": "-506 -1029", "running": "0", "terminating": "-1000", "term waits": "0 -1000", "stopped": "-1329",
        "fatal": "-1090",
    }),
    (session("JetCreateDatabase", "db/x.edb", "d2"), {
        "gone": "-1104 -1029 -1003", "created": "-1104 -1029", "terminating": "-1000", "term waits": "0 -1000",
        "stopped": "-1329", "fatal": "-1090", "log refused": "-510 -1090", "log full": "-510 -529",
        "log torn": "-510 -1022 -1090", "running": "0",
    }),
    (session("JetOpenDatabase", PATH, "d2"), {
        "gone": "-1104 -1029 -1003 -1203", "created": "-1104 -1029 -1203", "terminating": "-1000", "term waits": "0 -1000",
        "stopped": "-1329", "fatal": "-1090", "log refused": "0", "running": "0",
    }),
    (session("JetCloseDatabase", database="d1"), {
        "gone": "-1104 -1029 -1003 -1010", "created": "-1104 -1029 -1010 -1003", "terminating": "-1000",
        "term waits": "0 -1000", "stopped": "0", "fatal": "0 -1090", "log refused": "0", "running": "0",
    }),
    *((session(name, database="d1"), {
        "gone": "-1104 -1029 -1003 -1010", "created": "-1104 -1029 -1010 -1003", "terminating": "-1000",
        "term waits": "0 -1000", "stopped": "-1329", "fatal": "-1090", "running": "0",
    }) for name in ("Insert", "CountRows")),
    (session("Insert", database="d1"), {"log refused": "-510 -1090", "log full": "-510 -529", "log torn": "-510 -1022 -1090"}),
    (session("CountRows", database="d1"), {"log refused": "0", "log full": "0", "log torn": "0"}),
    (session("JetEndSession"), {
        "gone": "-1104 -1029 -1003", "created": "-1104 -1029", "terminating": "-1000", "term waits": "0 -1000",
        "stopped": "0 -1329", "fatal": "0 -1090", "log refused": "0", "running": "0",
    }),
]
ATTACHING: Line = (session("JetAttachDatabase", PATH), {  # of a database that is detached
    "gone": "-1104 -1029 -1003 -1811", "created": "-1104 -1029 -1811", "terminating": "-1000", "term waits": "0 -1000",
    "stopped": "-1329", "fatal": "-1090", "log refused": "-510 -1090", "log full": "-510 -529",
    "log torn": "-510 -1022 -1090", "running": "0",
})
DETACHING: Line = (session("JetDetachDatabase", PATH), {  # of one that nobody has open
    "gone": "-1104 -1029 -1003 -1203", "created": "-1104 -1029 -1203", "terminating": "-1000", "term waits": "0 -1000",
    "stopped": "0", "fatal": "-1090", "log refused": "-510 -1090", "log full": "-510 -529",
    "log torn": "-510 -1022 -1090", "running": "0",
})
# fmt: on

Case = tuple[str, Control, Call, set[int]]


def cases(lines: list[Line], base: Control) -> Iterator[Case]:
    for made, columns in lines:
        for situation, expected in columns.items():
            wanted = {int(code) for code in expected.split()}
            if situation == "garbage":
                yield situation, base, made._replace(instance=Instance.GARBAGE), wanted
            else:
                control = BEFORE[situation] if situation in BEFORE else base._replace(**SITUATIONS[situation])
                yield situation, control, made, wanted


ENTRY = [*cases(LINES, BACKED_UP), *cases([ATTACHING], DETACHED), *cases([DETACHING], CLOSED)]


@pytest.mark.parametrize(
    ("situation", "control", "made", "expected"), ENTRY, ids=[f"{one[2].label()} {one[0]}" for one in ENTRY]
)
def test_a_call_in_a_situation(situation: str, control: Control, made: Call, expected: set[int]) -> None:
    assert codes(DOCUMENTED, control, made) == expected, situation


LONG = {
    "JetBackupInstance": Stage.ENTERING, "JetTerm": Stage.WAITING, "JetTerm2": Stage.WAITING,
    **dict.fromkeys(("JetRestoreInstance", "JetInit", *(made.name for made in (BEGIN, *AFTER_BEGIN))), Stage.WORKING),
}  # fmt: skip
"""The stage to which a call gets when it enters."""


def test_a_call_that_is_refused_never_enters() -> None:
    """DESIGN section 3: a must at enter forbids success if it held when the call entered; it is not under way then."""
    at_work = {"term waits", "log full", "log torn"}  # noticed later, too
    for situation, control, made, expected in ENTRY:
        if made.name in LONG and 0 not in expected and not (made.name == "JetBackupInstance" and situation in at_work):
            assert started(Stepper(DOCUMENTED), control, Hold(made, "", LONG[made.name])) is None, (
                situation,
                made.label(),
            )


PERHAPS = RUNNING._replace(databases=(NEW._replace(backed_up=Backed.UNKNOWN),))
CIRCULAR = with_parameters(BACKED_UP, circular=True)


@pytest.mark.parametrize(
    ("control", "made", "expected"),
    [
        (CIRCULAR, backup(NULL, INCREMENTAL), {0}),
        (NEVER_COPIED, backup(NULL, INCREMENTAL), {0}),
        (PERHAPS, backup(grbit=INCREMENTAL), {0}),
        (RUNNING, backup(grbit=INCREMENTAL), {0}),
        (BACKED_UP, backup(grbit=BOTH), {0}),
        (BACKED_UP, backup(BLANK), {0}),
        (BACKED_UP, backup(FOREIGN), {0}),
        (BACKED_UP, backup(FOREIGN, INCREMENTAL), {0}),
        (BACKED_UP, backup(FULL_SET), {0}),
        (BACKED_UP, backup(FULL_SET, ATOMIC), {0}),
        (BACKED_UP, backup(FULL_SET, INCREMENTAL), {0}),
        (BACKED_UP, backup(ATOMIC_SET), {0}),
        (BACKED_UP, backup(ATOMIC_SET, BOTH), {0}),
        (BEFORE["created, stopped"], restore(), {0, -515}),
        (BEFORE["created, stopped"], INIT, {0}),
        (BACKED_UP._replace(stop=Stop.PLAIN), TERM, {0}),
        (BACKED_UP._replace(term_waiting=True), TERM, {0}),
        (RUNNING, BEGIN_INCREMENTAL, {0}),
        (PERHAPS, BEGIN_INCREMENTAL, {0, -560}),  # its logs may have been truncated meanwhile
    ],
)
def test_what_is_looked_at_on_entry_is_no_cause_later(control: Control, made: Call, expected: set[int]) -> None:
    assert let_go(DOCUMENTED, held(DOCUMENTED, control, made, LONG[made.name])) == expected


BUSY = after(DOCUMENTED, BACKED_UP, BEGIN, OPEN_FILE, READ_REST, CLOSE_FILE, LOG_INFO, OPEN_LOG, READ_REST, CLOSE_FILE)


@pytest.mark.parametrize(
    ("made", "beside", "within"),
    [
        (BEGIN, {-505}, {-505}), (ATTACH_INFO, {0}, {-520}), (OPEN_FILE, {-521}, {-520}), (READ_REST, {-1003}, {-520, -1003}),
        (CLOSE_FILE, {-1003}, {-520, -1003}), (LOG_INFO, {0}, {-520}), (TRUNCATE_INFO, {0}, {-520}), (TRUNCATE, {0}, {-520}),
        (END_EXTERNAL, {0}, {-520}), (END_NORMAL, {0}, {-520}), (backup(), {-505}, {-505}),
    ],
)  # fmt: skip
def test_the_one_internal_session_is_inside_another_call(made: Call, beside: set[int], within: set[int]) -> None:
    """C36; DESIGN hard readings: SessionSharingViolation, beside a call of a streaming backup and beside a whole backup."""
    streaming = held(DOCUMENTED, BUSY, LOG_INFO, Stage.WORKING)
    assert cell(DOCUMENTED, streaming, made).codes == {-1910, *beside}
    backing = held(DOCUMENTED, BACKED_UP, backup(), Stage.DATABASES)
    assert cell(DOCUMENTED, backing, made).codes == {-1910, *within}


@pytest.mark.parametrize("made", [session("JetOpenDatabase", PATH, "d2"), session("JetCreateDatabase", "db/x.edb", "d2"),
                                  session("JetCloseDatabase", database="d1"), session("JetEndSession"),
                                  session("JetAttachDatabase", "db/none.edb"), session("JetDetachDatabase", "db/none.edb")],
                         ids=lambda made: made.name)  # fmt: skip
def test_a_session_that_is_none(made: Call) -> None:
    """ES: InvalidSesid; what else the call may be refused for stays."""
    others = {"JetAttachDatabase": {-1811}, "JetDetachDatabase": {-1203}, "JetCloseDatabase": {-1010, -1003}}
    stale = made._replace(session="s9")
    assert codes(DOCUMENTED, BACKED_UP, stale) == {-1104, *others.get(made.name, set())}


TRUNCATE_INSTANCE = snapshot("TruncateLogInstance", 1, instance=Instance.NAMED)


@pytest.mark.parametrize(
    ("situation", "choosing", "truncating"),
    [
        ("running", {0}, {-2404, -2401}), ("terminating", {-1003, -1029}, {-2404, -2401, -1029}),
        ("stopped", {0, -1329}, {-2404, -2401, -1329}), ("fatal", {0, -1090}, {-2404, -2401, -1090}),
    ],
)  # fmt: skip
def test_a_snapshot_call_that_names_an_instance(situation: str, choosing: set[int], truncating: set[int]) -> None:
    """OPI, OTI Return value: InvalidParameter, Std-5; OP: running instances are part."""
    prepared = after(DOCUMENTED, BACKED_UP, EXPLICIT)._replace(**SITUATIONS[situation])  # type: ignore[arg-type]
    assert codes(DOCUMENTED, prepared, PREPARE_INSTANCE) == choosing
    control = BACKED_UP._replace(**SITUATIONS[situation])  # type: ignore[arg-type]
    assert codes(DOCUMENTED, control, TRUNCATE_INSTANCE) == truncating


def test_a_snapshot_call_that_names_no_instance_that_is_there() -> None:
    """5.1 P1: NotInitialized for a terminated handle."""
    assert codes(DOCUMENTED, GONE, TRUNCATE_INSTANCE) == {-1003, -1029, -2401, -2404}
    garbage = TRUNCATE_INSTANCE._replace(instance=GARBAGE)
    assert codes(DOCUMENTED, BACKED_UP, garbage) == {-1003, -2401, -2404}


# -- while a streaming backup is open ------------------------------------------------------------------------------------


@pytest.mark.parametrize("made", AFTER_BEGIN, ids=lambda made: made.name)
def test_a_streaming_backup_of_an_instance_that_is_refused(made: Call) -> None:
    """Std-5: ClientRequestToStopJetService, InstanceUnavailable, TermInProgress; T2 StopBackup, C6: BackupAbortByServer."""
    opened = after(DOCUMENTED, BACKED_UP, BEGIN)
    own = {
        "JetReadFileInstance": {-1003}, "JetCloseFileInstance": {-1003}, "JetTruncateLogInstance": {-521},
        "JetEndExternalBackupInstance": {-800}, "JetEndExternalBackupInstance2": {-800},
    }.get(made.name, set())  # fmt: skip
    assert codes(DOCUMENTED, opened._replace(stop=Stop.PLAIN), made) == {-1329, *own}
    assert codes(DOCUMENTED, opened._replace(fatal=True), made) == {-1090, *own}
    aborted = set() if made is CLOSE_FILE else {-801}
    assert codes(DOCUMENTED, opened._replace(term_waiting=True), made) == {-1000, *aborted, *own}
