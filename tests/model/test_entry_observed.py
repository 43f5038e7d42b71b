"""The `ese` profile: every call in every situation in which it is refused, and which cause wins where there are two.

The order is that of the source: 1.2 (what every call tests first), 1.3 (calls in a session), 1.4 (the lifecycle), 2.1 (G2 to G30
of a backup), 5.1 (streaming backups), 5.2 (snapshots); where a trace showed it, the trace is named in the row.
"""

from collections.abc import Iterator

import pytest
from jetconform.model.alphabet import (
    ATTACH_INFO,
    BEGIN,
    BEGIN_INCREMENTAL,
    BEGIN_SURROGATE,
    CLOSE_FILE,
    END_EXTERNAL,
    END_NORMAL,
    EXPLICIT,
    LOG_INFO,
    OPEN_FILE,
    PREPARE,
    PREPARE_INSTANCE,
    READ_REST,
    TRUNCATE,
    TRUNCATE_INFO,
    on_instance,
    snapshot,
)
from jetconform.model.calls import Call, Finding, Instance, Stage
from jetconform.model.cells import started
from jetconform.model.domain import Hold
from jetconform.model.flavours import of_flavour
from jetconform.model.guards.ese import ESE
from jetconform.model.rows import Flavour
from jetconform.model.state import Backed, Configuration, Control, Damage, Log, Phase, Stop
from jetconform.model.step import Stepper
from model_world import (
    ATOMIC,
    ATOMIC_SET,
    BACKED_UP,
    BOTH,
    COPIED,
    CREATED,
    DETACHED,
    FOREIGN,
    GONE,
    INCREMENTAL,
    INIT,
    MISSING,
    NEVER_COPIED,
    NULL,
    PATH,
    RUNNING,
    STOP,
    STOP_BACKUP,
    TERM,
    after,
    backup,
    call,
    codes,
    faulty,
    in_session,
    parameter,
    restore,
    with_parameters,
)  # fmt: skip

CLOSED = RUNNING._replace(sessions=("s1",), databases=(COPIED._replace(open_by=()),))
CHANGES: dict[str, dict[str, object]] = {
    "running": {}, "terminating": {"phase": Phase.TERMINATING}, "stopped": {"stop": Stop.PLAIN}, "fatal": {"fatal": True},
    "refused for good": {"backup_refused": True}, "log refused": {"log": Log.REFUSED}, "log full": {"log": Log.FULL},
    "no recovery": {"configuration": Configuration(recovery=False)},
}  # fmt: skip
BEFORE: dict[str, Control] = {
    "gone": GONE, "created": CREATED, "initializing": CREATED._replace(phase=Phase.INITIALIZING),
    "restoring": CREATED._replace(phase=Phase.RESTORING), "created, stopped": CREATED._replace(stop=Stop.PLAIN),
}  # fmt: skip

STREAMING = (
    BEGIN, ATTACH_INFO, OPEN_FILE, READ_REST, CLOSE_FILE, LOG_INFO, TRUNCATE_INFO, TRUNCATE, END_EXTERNAL, END_NORMAL,
)  # fmt: skip
TRUNCATE_SNAPSHOT = snapshot("TruncateLogInstance", 1, instance=Instance.NAMED)
ENTERED = (*STREAMING, PREPARE_INSTANCE, TRUNCATE_SNAPSHOT)


def stop2(grbit: int) -> Call:
    return call("JetStopServiceInstance2", grbit)


def session(name: str, path: str = "", database: str = "", of: str = "s1") -> Call:
    return in_session(name, path, database, of)


RECOVERY, CREATE_PATH = parameter("recovery", "off"), parameter("create_path_if_not_exist", "1")
BEGIN_SESSION = call("JetBeginSession")._replace(session="s2")
SESSION_CALLS: dict[str, tuple[Control, Call]] = {
    "JetCreateDatabase": (BACKED_UP, session("JetCreateDatabase", "db/x.edb", "d2")),
    "JetOpenDatabase": (BACKED_UP, session("JetOpenDatabase", PATH, "d2")),
    "JetAttachDatabase": (DETACHED, session("JetAttachDatabase", PATH)),
    "JetDetachDatabase": (CLOSED, session("JetDetachDatabase", PATH)),
    "Insert": (BACKED_UP, session("Insert", database="d1")),
    "CountRows": (BACKED_UP, session("CountRows", database="d1")),
    "JetCloseDatabase": (BACKED_UP, session("JetCloseDatabase", database="d1")),
    "JetEndSession": (BACKED_UP, session("JetEndSession")),
}
BLOCKED = ("JetCreateDatabase", "JetOpenDatabase", "JetAttachDatabase", "Insert", "CountRows")
LOGGED = ("JetCreateDatabase", "JetAttachDatabase", "JetDetachDatabase", "Insert")

Line = tuple[Call, dict[str, int | None]]
EVERY_INSTANCE: dict[str, int | None] = {
    "garbage": -1003, "gone": -1003, "created": -1029, "initializing": -1029, "restoring": -506, "terminating": -1000,
    "stopped": -1329, "fatal": -1090, "stopped, fatal": -1329, "fatal, terminating": -1090, "stopped, terminating": -1329,
}  # fmt: skip
# fmt: off
LINES: list[Line] = [
    *((made, EVERY_INSTANCE) for made in ENTERED),
    (backup(), {**EVERY_INSTANCE, "refused for good": -523, "no recovery": -516, "log refused": -510, "log full": -510,
                "refused for good, no recovery": -523, "refused for good, log refused": -523}),
    (BEGIN, {"refused for good": -523, "no recovery": -516, "log refused": -510, "refused for good, no recovery": -523,
             "refused for good, log refused": -523}),
    (on_instance("JetBeginExternalBackupInstance", grbit=4), {"no recovery": -516, "log refused": -510, "running": -900}),
    (BEGIN_SESSION, EVERY_INSTANCE),
    (restore(), {"garbage": -1003, "gone": -1003, "created": 0, "created, stopped": 0, "initializing": -1030,
                 "restoring": -1030, "running": -1030, "terminating": -1030, "stopped": -1030}),
    (restore(NULL), {"garbage": -1003, "running": -1030, "created": None}),
    (INIT, {"garbage": -1003, "gone": 0, "created": 0, "created, stopped": 0, "initializing": -1030, "restoring": -1030,
            "running": -1030, "terminating": -1030}),
    *((made, {"garbage": -1003, "gone": -1003, "created": 0, "initializing": -1029, "restoring": -506, "terminating": -1000,
              "stopped": 0, "fatal": 0, "log refused": -510, "refused for good": 0}) for made in (TERM, call("JetTerm2", 0))),
    (call("JetTerm2", 8), {"running": -1116, "fatal": -1116, "log refused": -1116, "created": 0, "restoring": -506}),
    *((made, {"garbage": -1003, "gone": -1003, "created": None, "initializing": 0, "restoring": 0, "terminating": 0,
              "running": 0, "stopped": 0, "fatal": 0}) for made in (STOP, stop2(0), stop2(2))),
    (stop2(0x40), {"garbage": -1003, "created": None, "running": -900}),
    (stop2(8), {"garbage": -1003, "created": None, "running": 2100}),
    (STOP_BACKUP, {"garbage": -1003, "gone": -1003, "created": 0, "initializing": 0, "running": 0, "stopped": 0}),
    (RECOVERY, {"garbage": -1003, "gone": -1003, "created": 0, "initializing": -1031, "restoring": -506,
                "terminating": -1000, "running": -1030, "stopped": -1030}),
    (CREATE_PATH, {"garbage": -1003, "gone": -1003, "created": 0, "initializing": -1031, "restoring": -506,
                   "terminating": -1000, "running": 0, "stopped": 0, "fatal": 0}),
]
# fmt: on

Case = tuple[str, Control, Call, int | None]


def situation(name: str, base: Control) -> Control:
    if name in BEFORE:
        return BEFORE[name]
    for one in name.split(", "):
        base = base._replace(**CHANGES[one])  # type: ignore[arg-type]
    return base


def cases() -> Iterator[Case]:
    for made, columns in LINES:
        for name, expected in columns.items():
            if name == "garbage":
                yield name, BACKED_UP, made._replace(instance=Instance.GARBAGE), expected
            else:
                yield name, situation(name, BACKED_UP), made, expected
    for name, (base, made) in SESSION_CALLS.items():
        yield "gone", GONE, made, -1029
        yield "gone, and stopped", GONE._replace(stop=Stop.PLAIN), made, -1029
        yield "stale", base, made._replace(session="s9"), -1104
        yield "running", base, made, 0
        yield "log refused", situation("log refused", base), made, -510 if name in LOGGED else 0
        yield "log full", situation("log full", base), made, -510 if name in LOGGED else 0
        yield "terminating", situation("terminating", base), made, -1000
        yield "stopped, terminating", situation("stopped, terminating", base), made, -1000
        yield "fatal, terminating", situation("fatal, terminating", base), made, -1000
        yield "stopped", situation("stopped", base), made, -1329 if name in BLOCKED else 0
        yield "fatal", situation("fatal", base), made, -1090
        yield "stopped, fatal", situation("stopped, fatal", base), made, -1329 if name in BLOCKED else -1090
        yield "fatal and stale", situation("fatal", base), made._replace(session="s9"), -1090
        yield "log refused and stale", situation("log refused", base), made._replace(session="s9"), -1104


ENTRY = list(cases())


@pytest.mark.parametrize(
    ("name", "control", "made", "expected"), ENTRY, ids=[f"{one[2].label()} {one[0]}" for one in ENTRY]
)
def test_a_call_in_a_situation(name: str, control: Control, made: Call, expected: int | None) -> None:
    assert codes(ESE, control, made) == {expected}, name


LONG = {"JetBackupInstance": Stage.ENTERING, "JetRestoreInstance": Stage.WORKING, "JetInit": Stage.WORKING,
        "JetTerm": Stage.WAITING, "JetTerm2": Stage.WAITING}  # fmt: skip


def test_a_call_that_is_refused_is_never_under_way() -> None:
    """source 1.2, 2.1: the guards come before anything else, and no other call sees it begin."""
    late = {"log full", "log refused"}  # noticed at work: G16 only of streaming backups, 2.3 step 5, 1.4 i
    for name, control, made, expected in ENTRY:
        if made.name in LONG and expected != 0 and not (name in late or made == call("JetTerm2", 8)):
            assert started(Stepper(ESE), control, Hold(made, "", LONG[made.name])) is None, (name, made.label())


# -- which of two causes wins --------------------------------------------------------------------------------------------

CIRCULAR = with_parameters(BACKED_UP, circular=True)
INTERNAL = 0x40  # what JetBackupInstance passes to its own begin
PAGE, REFUSED, FULL_LOG = (
    faulty(BACKED_UP, "page"),
    situation("log refused", BACKED_UP),
    situation("log full", BACKED_UP),
)
SURROGATE, OPENED = after(ESE, BACKED_UP, BEGIN_SURROGATE), after(ESE, BACKED_UP, BEGIN)
ALL_STOPPED = after(ESE, BACKED_UP, stop2(0))
RESUME = 0x80000000
PERHAPS = CLOSED._replace(databases=(COPIED._replace(backed_up=Backed.UNKNOWN),))
EXISTS = session("JetCreateDatabase", PATH, "d2")
DETACH, INSERT, COUNT = (
    session("JetDetachDatabase", PATH),
    session("Insert", database="d1"),
    session("CountRows", database="d1"),
)


def begun(grbit: int) -> Call:
    return on_instance("JetBeginExternalBackupInstance", grbit=grbit)


def meeting(made: Call, *found: Finding) -> Call:
    return made._replace(found=frozenset(found))


# fmt: off
ORDER: list[tuple[str, Control, Call, set[int | None]]] = [
    ("G10 before G11", with_parameters(REFUSED, circular=True), backup(grbit=INCREMENTAL), {-510}),
    *((f"G5, G6 before G7, {name}", BEFORE[name]._replace(backup_refused=True), backup(), {code})
      for name, code in (("restoring", -506), ("initializing", -1029), ("created", -1029))),
    ("G5 before G7", situation("refused for good, terminating", BACKED_UP), backup(), {-1000}),
    ("G11: an incremental alone", CIRCULAR, backup(), {0}),
    ("G11 before G19", SURROGATE._replace(configuration=CIRCULAR.configuration), backup(grbit=INCREMENTAL), {-526}),
    ("2.4 before G30", BACKED_UP, meeting(backup(grbit=BOTH), Finding.TEMP_FILE), {-1023}),
    ("G27: an atomic one makes its own folder", BACKED_UP, meeting(backup(NULL, ATOMIC), Finding.CURRENT_FOLDER_USED), {0}),
    ("G11 before G19", after(ESE, CIRCULAR, BEGIN), backup(grbit=INCREMENTAL), {-526}),
    ("G11 before G21", with_parameters(NEVER_COPIED, circular=True), backup(grbit=INCREMENTAL), {-526}),
    ("G19 before G18", SURROGATE, backup(), {-617}),
    ("G18 before G21", after(ESE, NEVER_COPIED, BEGIN), backup(grbit=INCREMENTAL), {-505}),
    ("G18 before G27", OPENED, backup(FOREIGN), {-505}),
    ("G21 before G26", NEVER_COPIED, meeting(backup(grbit=INCREMENTAL), Finding.TEMP_NESTED), {-560}),
    ("G26 before the path of grbit 5", BACKED_UP, meeting(backup(grbit=BOTH), Finding.TEMP_NESTED), {-524}),
    ("G26 before G27", BACKED_UP, meeting(backup(FOREIGN), Finding.TEMP_NESTED), {-524}),
    ("G26 before G28", BACKED_UP, meeting(backup(ATOMIC_SET), Finding.TEMP_NESTED), {-524}),
    ("G26 before G30", BACKED_UP, meeting(backup(MISSING, ATOMIC), Finding.TEMP_NESTED), {-524}),
    ("G27 before the pages", PAGE, backup(FOREIGN), {-504}),
    ("G28 before the pages", PAGE, backup(ATOMIC_SET), {-504}),
    ("G30 before the pages", PAGE, backup(MISSING, ATOMIC), {-525}),
    ("source 2.3: pages before the roll", faulty(BACKED_UP, "page", "log-full"), backup(), {-1018}),
    ("source 2.3: the roll before logs", FULL_LOG, meeting(backup(), Finding.LOG_MISSING), {-510}),
    ("source 2.3: the roll before the folder", FULL_LOG, backup(MISSING, INCREMENTAL), {-510}),
    ("source 2.4: an incremental reads no page", PAGE, backup(grbit=INCREMENTAL), {0}),
    ("damage table: whether the byte is in a used page", faulty(BACKED_UP)._replace(
        databases=(COPIED._replace(damage=Damage.UNKNOWN),)), backup(), {-1018, 0}),
    ("source 2.4: logs that a failed backup truncated", PERHAPS, backup(grbit=INCREMENTAL), {-569, 0}),
    ("source 2.4: that is of an incremental alone", PERHAPS, backup(), {0}),
    ("A11: two databases of one name", BACKED_UP.with_database(COPIED._replace(path="other/test.edb")), backup(), {-1814}),
    ("A11: an incremental copies none", BACKED_UP.with_database(COPIED._replace(path="other/test.edb")),
     backup(grbit=INCREMENTAL), {0}),
    ("5.1: bits before circular logging", CIRCULAR, begun(5), {-900}),
    ("5.1: circular logging before -505", after(ESE, CIRCULAR, BEGIN), BEGIN_INCREMENTAL, {-526}),
    ("5.1: the log before circular logging", with_parameters(REFUSED, circular=True), BEGIN_INCREMENTAL, {-510}),
    ("5.1: surrogate and circular logging", CIRCULAR, BEGIN_SURROGATE, {-526}),
    ("5.1: InternalCopy with Surrogate", BACKED_UP, begun(INTERNAL | 0x20), {-900}),
    ("5.1: InternalCopy with Incremental", BACKED_UP, begun(INTERNAL | 1), {-900}),
    ("5.1: InternalCopy alone", BACKED_UP, begun(INTERNAL), {0}),
    ("5.1: circular logging before both", CIRCULAR, begun(INTERNAL | 0x20), {-526}),
    ("5.1: circular logging before both", CIRCULAR, begun(INTERNAL | 1), {-526}),
    ("5.1: both before -505", OPENED, begun(INTERNAL | 1), {-900}),
    ("5.1: surrogate before -505", SURROGATE, BEGIN, {-617}),
    ("5.1: -505 before -560", after(ESE, NEVER_COPIED, BEGIN), BEGIN_INCREMENTAL, {-505}),
    ("5.1: -560, perhaps", PERHAPS, BEGIN_INCREMENTAL, {-560, 0}),
    ("5.1: that is of an incremental alone", PERHAPS, BEGIN, {0}),
    ("2.1 G16: the log cannot be grown", FULL_LOG, BEGIN, {-529, 0}),
    ("1.4: unknown bits before the resume", ALL_STOPPED, stop2(RESUME | 0x40), {-900}),
    ("1.4: resume after All", ALL_STOPPED, stop2(RESUME), {-1329}),
    ("1.4: resume of something after All", ALL_STOPPED, stop2(RESUME | 2), {0}),
    ("1.4: something after All", ALL_STOPPED, stop2(2), {0}),
    ("1.4 i: surrogate before dirty", SURROGATE, call("JetTerm2", 8), {-1116}),
    ("1.4 i: JetTerm cleans", SURROGATE, TERM, {0}),
    ("1.1: no log before the file", REFUSED, EXISTS, {-510}),
    ("a file before a full log", FULL_LOG, EXISTS, {-1201}),
    ("a file before a backup", SURROGATE, session("JetAttachDatabase", "db/none.edb"), {-1811}),
    ("attach: surrogate", SURROGATE, session("JetAttachDatabase", PATH), {-617}),
    ("detach: surrogate", SURROGATE, DETACH, {-617}),
    ("detach: a file before a backup", SURROGATE, session("JetDetachDatabase", "db/none.edb"), {-1203}),
    ("detach: a backup before what is attached", after(ESE, DETACHED, BEGIN), DETACH, {-505}),
    ("detach: not attached before a full log", situation("log full", DETACHED), DETACH, {-1203}),
    ("detach: open before a full log", FULL_LOG, DETACH, {-1202}),
    ("attach: attached before a full log", FULL_LOG, session("JetAttachDatabase", PATH), {1007}),
    ("open: not attached", DETACHED, session("JetOpenDatabase", PATH, "d2"), {-1203}),
    ("6: a bad database handle", BACKED_UP, session("JetCloseDatabase", database="d9"), {-1010}),
    ("6: a bad database handle", PAGE, session("Insert", database="d9"), {-1010}),
    ("6: a bad database handle", PAGE, session("CountRows", database="d9"), {-1010}),
    ("a page", PAGE, INSERT, {-1018}),
    ("a page", PAGE, COUNT, {-1018}),
    ("a page before a full log", faulty(BACKED_UP, "page", "log-full"), INSERT, {-1018}),
    ("a page, perhaps", BACKED_UP._replace(databases=(COPIED._replace(damage=Damage.UNKNOWN),)), INSERT, {-1018, 0}),
    ("a page, perhaps", BACKED_UP._replace(databases=(COPIED._replace(damage=Damage.UNKNOWN),)), COUNT, {-1018, 0}),
    ("5.2: bits before the engine", GONE, PREPARE._replace(grbit=0x100), {-900}),
    ("5.2: no engine", GONE, PREPARE, {-1029}),
    ("5.2: -2403 while a backup is open", after(ESE, BACKED_UP, EXPLICIT, BEGIN), PREPARE_INSTANCE, {-2403}),
    ("5.2: not fBackupAllowed", situation("refused for good", after(ESE, BACKED_UP, EXPLICIT)), PREPARE_INSTANCE, {-2403}),
    ("5.2: not fBackupAllowed", situation("refused for good", after(ESE, BACKED_UP, PREPARE)), snapshot("Freeze"), {-2403}),
    ("5.2: only of a member", situation("refused for good", after(ESE, BACKED_UP, EXPLICIT)), snapshot("Freeze"), {0}),
    ("5.2: log writing", situation("log refused", after(ESE, BACKED_UP, PREPARE)), snapshot("Freeze"), {-510}),
    ("5.2: only of a member", situation("log refused", after(ESE, BACKED_UP, EXPLICIT)), snapshot("Freeze"), {0}),
    ("5.2: -2403 before -560", situation("refused for good", after(ESE, NEVER_COPIED, PREPARE._replace(grbit=1))),
     snapshot("Freeze"), {-2403}),
    ("snp-0036: -560 before -526", after(ESE, CIRCULAR, PREPARE._replace(grbit=1)), snapshot("Freeze"), {-560}),
    ("5.2: -526", after(ESE, CIRCULAR._replace(databases=(COPIED._replace(backed_up=Backed.SNAPSHOT),)),
                        PREPARE._replace(grbit=1)), snapshot("Freeze"), {-526}),
    ("5.2: -526 is of an incremental alone", after(ESE, CIRCULAR, PREPARE), snapshot("Freeze"), {0}),
    ("5.2: -526 before log writing", situation("log refused", after(
        ESE, CIRCULAR._replace(databases=(COPIED._replace(backed_up=Backed.SNAPSHOT),)), PREPARE._replace(grbit=1))),
     snapshot("Freeze"), {-526}),
]
# fmt: on


@pytest.mark.parametrize(
    ("source", "control", "made", "expected"), ORDER, ids=[f"{n} {o[0]}" for n, o in enumerate(ORDER)]
)
def test_of_two_causes(source: str, control: Control, made: Call, expected: set[int | None]) -> None:
    assert codes(ESE, control, made) == expected, source


# -- Windows' own DLL ----------------------------------------------------------------------------------------------------

NAMING = (
    *STREAMING, PREPARE_INSTANCE, TRUNCATE_SNAPSHOT, backup(), BEGIN_SESSION, TERM, call("JetTerm2", 0), STOP, stop2(0),
    STOP_BACKUP,
)  # fmt: skip


@pytest.mark.parametrize("made", [*NAMING, restore()], ids=lambda made: made.name)
def test_esent_alone_tests_the_handle_first(made: Call) -> None:
    """source 1.2 step 0, 4.1 item 1; J:5234-5271: a handle that is neither nil nor a live instance."""
    esent = of_flavour(Flavour.ESENT)
    stopped = made._replace(place=NULL) if made.name == "JetRestoreInstance" else made
    for control, instance in ((BACKED_UP, Instance.GARBAGE), (GONE, Instance.NAMED)):
        assert codes(esent, control, stopped._replace(instance=instance)) == {-1115}
    assert -1115 not in codes(esent, BACKED_UP, made)
    assert -1115 not in codes(esent, GONE, made._replace(instance=Instance.NIL))


@pytest.mark.parametrize("name", SESSION_CALLS)
def test_esent_alone_tests_the_session_first(name: str) -> None:
    """source 1.3: JET_VALIDATE_SESID; elsewhere an instance that is terminating or fatal is noticed before."""
    base, made = SESSION_CALLS[name]
    esent, fatal = of_flavour(Flavour.ESENT), situation("fatal", base)
    assert codes(esent, fatal, made._replace(session="s9")) == {-1104}
    assert codes(esent, fatal, made) != {-1104}
    assert codes(esent, base, made) == {0}
