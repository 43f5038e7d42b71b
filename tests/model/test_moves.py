"""What the instance is after a call, worked out by hand: one state for each code, or those that the pages leave open."""

import pytest
from jetconform.model.alphabet import (
    ATTACH_INFO,
    BEGIN,
    CLOSE_FILE,
    END_EXTERNAL,
    END_NORMAL,
    LOG_INFO,
    OPEN_FILE,
    PREPARE,
    READ_REST,
    TRUNCATE,
    TRUNCATE_INFO,
)  # fmt: skip
from jetconform.model.calls import Call, Finding, Stage
from jetconform.model.guards.documented import DOCUMENTED
from jetconform.model.guards.ese import ESE
from jetconform.model.rows import Profile
from jetconform.model.state import Activity, Backed, Control, Damage, Database, Log, Phase, Stop, StopRequest
from jetconform.model.step import Stepper, run
from model_world import (
    BACKED_UP,
    COPIED,
    CREATED,
    DETACHED,
    FULL_SET,
    GONE,
    INCREMENTAL,
    INIT,
    NEVER_COPIED,
    NULL,
    PATH,
    RESTORABLE,
    RUNNING,
    STOP,
    STOP_BACKUP,
    TERM,
    TERM_STOPPING,
    after,
    backup,
    call,
    codes,
    faulty,
    held,
    in_session,
    parameter,
    restore,
    with_parameters,
)  # fmt: skip

PROFILES = {"pages": DOCUMENTED, "engine": ESE}
CLOSED = RUNNING._replace(sessions=("s1",), databases=(COPIED._replace(open_by=()),))
FULL_LOG, TORN = faulty(BACKED_UP, "log-full"), faulty(BACKED_UP, "log-torn")
REFUSED, FATAL = BACKED_UP._replace(log=Log.REFUSED), BACKED_UP._replace(fatal=True)
AWAY = Database("db/away.edb", backed_up=Backed.YES)
INSERT = in_session("Insert", database="d1")
CREATE_OTHER = in_session("JetCreateDatabase", "db/x.edb", "d2")
OTHER = Database("db/x.edb", attached=True, open_by=(("d2", "s1"),))
GONE_AFTER = GONE._replace(databases=(COPIED._replace(attached=False, open_by=()),))
DAMAGED, DOUBTFUL = {"log_damage": Damage.NEEDED}, {"log_damage": Damage.UNKNOWN}
FAILED = COPIED._replace(attached=False, open_by=())


def stop2(grbit: int) -> Call:
    return call("JetStopServiceInstance2", grbit)


def ends(profile: Profile, control: Control, made: Call, code: int) -> set[Control]:
    return {state for state, done in run(Stepper(profile), control, made) if done.code == code}


# fmt: off
BOTH: list[tuple[str, Control, Call, int, Control]] = [
    ("L1", GONE, call("JetCreateInstance"), 0, CREATED),
    ("L3", CREATED, INIT, 0, RUNNING),
    ("IN: damage may be repaired", CREATED._replace(databases=(FAILED._replace(damage=Damage.NEEDED),)), INIT, 0,
     RUNNING._replace(databases=(FAILED._replace(damage=Damage.UNKNOWN),))),
    ("L11", BACKED_UP, STOP, 0, BACKED_UP._replace(stop=Stop.PLAIN)),
    ("L12", BACKED_UP, stop2(0), 0, BACKED_UP._replace(stop=Stop.ALL)),
    ("section 1.6", BACKED_UP, stop2(2), 0, BACKED_UP),
    ("L16", BACKED_UP, TERM, 0, GONE_AFTER),
    ("L16", CREATED, TERM, 0, GONE),
    ("T2 Dirty", BACKED_UP, call("JetTerm2", 8), -1116, GONE_AFTER),
    ("L17", REFUSED, TERM, -510, GONE_AFTER),
    ("SP", CREATED, parameter("circular_log", "1"), 0, with_parameters(CREATED, circular=True)),
    ("SP", CREATED, parameter("recovery", "off"), 0, with_parameters(CREATED, recovery=False)),
    ("BS", BACKED_UP, call("JetBeginSession")._replace(session="s2"), 0, BACKED_UP._replace(sessions=("s1", "s2"))),
    ("ES", BACKED_UP, in_session("JetEndSession"), 0, BACKED_UP._replace(sessions=(), databases=(COPIED._replace(open_by=()),))),
    ("CD", BACKED_UP, CREATE_OTHER, 0, BACKED_UP.with_database(OTHER)),
    ("AD", CLOSED, in_session("JetOpenDatabase", PATH, "d1"), 0, BACKED_UP),
    ("SI", BACKED_UP, in_session("JetCloseDatabase", database="d1"), 0, CLOSED),
    ("AD", DETACHED, in_session("JetAttachDatabase", PATH), 0, CLOSED),
    ("DD", CLOSED, in_session("JetDetachDatabase", PATH), 0, DETACHED),
    ("new rows write pages anew", BACKED_UP._replace(**DAMAGED), INSERT, 0, BACKED_UP._replace(**DOUBTFUL)),
    ("BI", NEVER_COPIED, backup(), 0, BACKED_UP),
    ("BI: truncated without it", BACKED_UP.with_database(AWAY), backup(), 0,
     BACKED_UP.with_database(AWAY._replace(backed_up=Backed.UNKNOWN))),
    ("BI: truncated without it", BACKED_UP.with_database(AWAY), backup(FULL_SET, INCREMENTAL), 0,
     BACKED_UP.with_database(AWAY._replace(backed_up=Backed.UNKNOWN))),
    ("BI: refused, nothing changes", BACKED_UP._replace(stop=Stop.PLAIN), backup(), -1329, BACKED_UP._replace(stop=Stop.PLAIN)),
    ("BI: the log goes down at the roll", FULL_LOG, backup(), -510, REFUSED),
]

PAGES: list[tuple[str, Control, Call, int, set[Control]]] = [
    ("C18: truncated without it", BACKED_UP.with_database(AWAY)._replace(**DAMAGED), backup(NULL), 0,
     {BACKED_UP.with_database(AWAY._replace(backed_up=Backed.UNKNOWN))._replace(**DOUBTFUL)}),
    ("C18: nothing is marked", NEVER_COPIED, backup(NULL), 0, {NEVER_COPIED}),
    ("SB", BACKED_UP, STOP_BACKUP, 0, {BACKED_UP._replace(stop_backup=StopRequest.BEFORE)}),
    ("L4", CREATED._replace(**DAMAGED), INIT, -501, {CREATED._replace(**DAMAGED), GONE._replace(**DOUBTFUL)}),
    ("L4", CREATED._replace(databases=(FAILED._replace(damage=Damage.NEEDED),)), INIT, -1018,
     {CREATED._replace(databases=(FAILED._replace(damage=Damage.NEEDED),)),
      GONE._replace(databases=(FAILED._replace(damage=Damage.UNKNOWN),))}),
    ("L17", FATAL, TERM, -1090, {GONE_AFTER}),
    ("L17", FULL_LOG, TERM, -510, {GONE_AFTER}),
    ("L17", TORN, TERM, -1090, {GONE_AFTER}),
    ("BI", TORN, backup(), -1090, {FATAL}),
    ("BI", TORN, backup(), -510, {REFUSED}),
    ("BI: with a null path", FULL_LOG, backup(NULL), -510, {REFUSED}),
    ("BE", FULL_LOG, BEGIN, -510, {REFUSED}),
    ("BE", TORN, BEGIN, -1090, {FATAL}),
    ("C53", FULL_LOG, INSERT, -510, {REFUSED}),
    ("EC", FULL_LOG, INSERT, -529, {REFUSED}),
    ("C53; L14", TORN, INSERT, -510, {REFUSED, FATAL}),
    ("C53; L14", TORN, CREATE_OTHER, -510, {REFUSED, FATAL}),
    ("C53; L14", TORN._replace(databases=DETACHED.databases), in_session("JetAttachDatabase", PATH), -510,
     {REFUSED._replace(databases=DETACHED.databases), FATAL._replace(databases=DETACHED.databases)}),
    ("C53; L14", TORN._replace(databases=CLOSED.databases), in_session("JetDetachDatabase", PATH), -510,
     {REFUSED._replace(databases=CLOSED.databases), FATAL._replace(databases=CLOSED.databases)}),
    ("EC", TORN, INSERT, -1022, {FATAL}),
    ("L14", TORN, INSERT, -1090, {FATAL}),
    ("L9", RESTORABLE, restore(), 0, {RESTORABLE._replace(databases=(FAILED._replace(backed_up=Backed.UNKNOWN),))}),
    ("L10", RESTORABLE, restore(), -515, {RESTORABLE}),
]

ENGINE: list[tuple[str, Control, Call, int, set[Control]]] = [
    ("source 3: no lasting effect", BACKED_UP, STOP_BACKUP, 0, {BACKED_UP}),
    ("source 1.1", BACKED_UP, stop2(8), 2100, {REFUSED}),
    ("observed: log volume full", FULL_LOG, INSERT, -510, {FATAL}),
    ("source 1.4", CREATED, INIT._replace(found=frozenset({Finding.CURRENT_LOG_MISSING})), -528, {GONE}),
    *(("source 1.4: a failed JetInit frees the handle", CREATED, INIT._replace(found=frozenset({finding})), code, {GONE})
      for finding, code in (
          (Finding.CURRENT_LOG_MISSING, -543), (Finding.FIRST_LOG_MISSING, -509), (Finding.FIRST_LOG_MISSING, -528),
          (Finding.FIRST_LOG_MISSING, -543), (Finding.LOG_SHORT, -541), (Finding.LOG_DAMAGED, -501),
          (Finding.LOG_PERHAPS_DAMAGED, -501), (Finding.LOG_PERHAPS_MISSING, -515), (Finding.DATABASE_MISSING, -1216),
          (Finding.LOG_MISSING, -515), (Finding.BACKUP_COPY, -544), (Finding.DATABASE_DAMAGED, -1018),
          (Finding.LOGS_MISSING, -543))),
]
# fmt: on


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(
    ("source", "control", "made", "code", "then"),
    BOTH,
    ids=[f"{n} {one[2].name} {one[3]}" for n, one in enumerate(BOTH)],
)
def test_afterwards(profile: str, source: str, control: Control, made: Call, code: int, then: Control) -> None:
    assert ends(PROFILES[profile], control, made, code) == {then}, source


@pytest.mark.parametrize(
    ("source", "control", "made", "code", "then"),
    PAGES,
    ids=[f"{n} {one[2].name} {one[3]}" for n, one in enumerate(PAGES)],
)
def test_afterwards_by_the_pages(source: str, control: Control, made: Call, code: int, then: set[Control]) -> None:
    assert ends(DOCUMENTED, control, made, code) == then, source


@pytest.mark.parametrize(
    ("source", "control", "made", "code", "then"),
    ENGINE,
    ids=[f"{n} {one[2].name} {one[3]}" for n, one in enumerate(ENGINE)],
)
def test_afterwards_by_the_engine(source: str, control: Control, made: Call, code: int, then: set[Control]) -> None:
    assert ends(ESE, control, made, code) == then, source


# -- while a call is under way -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(
    ("stage", "activity"),
    [
        (Stage.ENTERING, Activity.ENTERING), (Stage.DATABASES, Activity.DATABASES), (Stage.LOGS, Activity.LOGS),
        (Stage.TRUNCATING, Activity.TRUNCATING), (Stage.LEAVING, Activity.LEAVING),
    ],
)  # fmt: skip
def test_how_far_a_backup_is(profile: str, stage: Stage, activity: Activity) -> None:
    """Others see it, and are refused or not by it [CD, AD, DD; T2]; once it has returned there is none."""
    node = held(PROFILES[profile], BACKED_UP, backup(), stage)
    assert node.control.activity is activity


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("made", [restore(), INIT])
def test_a_phase_lasts_as_long_as_its_call(profile: str, made: Call) -> None:
    node = held(PROFILES[profile], RESTORABLE, made, Stage.WORKING)
    phase = Phase.RESTORING if made.name == "JetRestoreInstance" else Phase.INITIALIZING
    assert node.control == RESTORABLE._replace(
        phase=phase, opened=profile == "engine" and made.name == "JetRestoreInstance"
    )


STREAMING = (ATTACH_INFO, OPEN_FILE, LOG_INFO, TRUNCATE_INFO, TRUNCATE, END_EXTERNAL, END_NORMAL, READ_REST, CLOSE_FILE)


@pytest.mark.parametrize("made", STREAMING, ids=lambda made: made.name)
def test_a_call_of_a_streaming_backup_is_inside_it(made: Call) -> None:
    """T2, StopBackup: a termination waits for it."""
    start = after(DOCUMENTED, BACKED_UP, BEGIN)
    node = held(DOCUMENTED, start, made, Stage.WORKING)
    assert node.control.streaming is not None
    assert node.control.streaming.busy
    assert not codes(DOCUMENTED, node.control, TERM_STOPPING)  # it waits
    assert not codes(DOCUMENTED, node.control._replace(activity=Activity.IDLE), TERM)


def test_a_termination_waits_for_a_backup() -> None:
    """T2: with StopBackup until it has ended; source 1.4 e: always, and for a snapshot session that nobody ends."""
    node = held(DOCUMENTED, BACKED_UP, backup(), Stage.DATABASES)
    assert codes(DOCUMENTED, node.control, TERM_STOPPING) == set()
    held_by_engine = held(ESE, BACKED_UP, backup(), Stage.DATABASES)
    frozen = after(ESE, BACKED_UP, PREPARE)
    for made in (TERM, call("JetTerm2", 0)):
        assert codes(ESE, held_by_engine.control, made) == set()
        assert codes(ESE, frozen, made) == set()
    assert codes(DOCUMENTED, after(DOCUMENTED, BACKED_UP, PREPARE), TERM) == {0}


def test_what_is_let_go_beside_a_held_backup() -> None:
    """AD, DD Return value: BackupInProgress; nothing is copied while it enters; L25."""
    entering = held(DOCUMENTED, DETACHED, backup(), Stage.ENTERING).control
    assert codes(DOCUMENTED, entering, in_session("JetAttachDatabase", PATH)) == {0, -505}
    entering = held(DOCUMENTED, CLOSED, backup(), Stage.ENTERING).control
    assert codes(DOCUMENTED, entering, in_session("JetDetachDatabase", PATH)) == {0, -505}
    copying = held(DOCUMENTED, DETACHED, backup(), Stage.DATABASES).control
    assert codes(DOCUMENTED, copying, in_session("JetAttachDatabase", PATH)) == {-505}
    copying = held(DOCUMENTED, CLOSED, backup(), Stage.DATABASES).control
    assert codes(DOCUMENTED, copying, in_session("JetDetachDatabase", PATH)) == {-505}
