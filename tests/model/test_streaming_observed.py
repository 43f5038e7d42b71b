"""Streaming backups in Microsoft's engine: which cause wins, and what is left, by source 5.1 and the observations."""

import pytest
from jetconform.model.alphabet import (
    ATTACH_INFO,
    BEGIN,
    BEGIN_INCREMENTAL,
    BEGIN_SURROGATE,
    CLOSE_FILE,
    END_NORMAL,
    LOG_INFO,
    OPEN_FILE,
    OPEN_LOG,
    READ_REST,
    SECOND,
    TRUNCATE,
    TRUNCATE_INFO,
    on_instance,
    opening,
    reading,
)
from jetconform.model.calls import Call, Finding, Stage
from jetconform.model.cells import started
from jetconform.model.domain import Hold
from jetconform.model.external import Amount, Target
from jetconform.model.guards.ese import ESE
from jetconform.model.state import Backed, Control, Damage, Log, Phase, StopRequest
from jetconform.model.step import Stepper, run
from model_world import (
    BACKED_UP,
    BLANK,
    COPIED,
    CREATE,
    CREATED,
    EMPTY,
    FILE,
    GONE,
    INCREMENTAL,
    INIT,
    NEW,
    NIL,
    RESTORABLE,
    RUNNING,
    after,
    backup,
    call,
    codes,
    faulty,
    held,
    in_session,
    restore,
)  # fmt: skip

READ = (BEGIN, OPEN_FILE, READ_REST, CLOSE_FILE)
LISTED = (*READ, LOG_INFO)
COMPLETE = (*LISTED, OPEN_LOG, READ_REST, CLOSE_FILE)
OPENED, SURROGATE = after(ESE, BACKED_UP, BEGIN), after(ESE, BACKED_UP, BEGIN_SURROGATE)
STOPPING, FULL = {"stop_backup": StopRequest.DURING}, {"log": Log.FULL}
REFUSED_FOR_GOOD = {"backup_refused": True}
NAMELESS, CURRENT, OTHER = (opening(one) for one in (Target.NAMELESS, Target.CURRENT_LOG, Target.OTHER_LOG))
ABSENT = opening(Target.DATABASE, SECOND)
END_BOTH, END_NONE = (on_instance("JetEndExternalBackupInstance2", grbit=bits) for bits in (3, 0))
ONE = RUNNING._replace(one_instance=True)
INTERNAL = 0x40
UNDER_WAY = held(ESE, BACKED_UP, backup(), Stage.DATABASES).control


def begun(grbit: int) -> Call:
    return on_instance("JetBeginExternalBackupInstance", grbit=grbit)


def stop2(grbit: int) -> Call:
    return call("JetStopServiceInstance2", grbit)


def of(*before: Call) -> Control:
    return after(ESE, BACKED_UP, *before)


# fmt: off
CASES: list[tuple[str, Control, Call, set[int | None]]] = [
    *(("G5, G6 before G7", CREATED._replace(phase=phase, **REFUSED_FOR_GOOD), BEGIN, {code})
      for phase, code in ((Phase.RESTORING, -506), (Phase.INITIALIZING, -1029), (Phase.CREATED, -1029))),
    ("G5 before G7", BACKED_UP._replace(phase=Phase.TERMINATING, **REFUSED_FOR_GOOD), BEGIN, {-1000}),
    ("bits before G16", BACKED_UP._replace(**FULL), begun(INTERNAL | 0x20), {-900}),
    ("bits before G16", BACKED_UP._replace(**FULL), begun(INTERNAL | 1), {-900}),
    ("G16 before G19", SURROGATE._replace(**FULL), BEGIN, {-529, -617}),
    ("README: 3 is -1003, before -520", BACKED_UP, END_BOTH, {-1003}),
    ("README: 0 is -1003, before -520", BACKED_UP, END_NONE, {-1003}),
    *(("ext-0008: begun with 0x20", SURROGATE, made, {-520})
      for made in (ATTACH_INFO, OPEN_FILE, READ_REST, CLOSE_FILE, LOG_INFO, TRUNCATE_INFO, TRUNCATE)),
    *(("ext-0008: before the stop", SURROGATE._replace(**STOPPING), made, {-520})
      for made in (ATTACH_INFO, OPEN_FILE, READ_REST, LOG_INFO, TRUNCATE_INFO, TRUNCATE)),
    *(("-801 after JetStopBackupInstance", OPENED._replace(**STOPPING), made, {-801})
      for made in (ATTACH_INFO, OPEN_FILE, READ_REST, LOG_INFO, TRUNCATE_INFO, TRUNCATE)),
    ("the stop before -521", of(BEGIN_INCREMENTAL)._replace(**STOPPING), ATTACH_INFO, {-801}),
    ("names before the slot", of(BEGIN, OPEN_FILE), NAMELESS, {-1003}),
    ("the slot before the order", of(*LISTED, OPEN_LOG), OPEN_FILE, {-1011}),
    ("edb.log", of(*LISTED), CURRENT, {-1003}),
    ("ext traces, -569", of(*LISTED), ABSENT, {-569}),
    ("5.1: a log that was deleted", of(*LISTED), OTHER, {0, -569}),
    ("1000 bytes before the handle", OPENED, reading(Amount.ODD, "bad"), {-1003}),
    ("the handle is not validated", OPENED, reading(Amount.REST, "bad"), {None}),
    ("ext-0183: 0 bytes of a file that was closed", of(*READ), READ_REST, {0}),
    ("ext-0183: whatever the amount", of(*READ), reading(Amount.ONE), {0}),
    ("amounts before pages", of(BEGIN, OPEN_FILE)._replace(databases=(COPIED._replace(damage=Damage.UNKNOWN),)),
     reading(Amount.ONE), {-1003}),
    ("amounts before pages", of(BEGIN, OPEN_FILE)._replace(databases=(COPIED._replace(damage=Damage.UNKNOWN),)),
     reading(Amount.TWO), {-1003}),
    *(("-521 while a file is open", of(*COMPLETE, OPEN_LOG), made, {-521}) for made in (LOG_INFO, TRUNCATE_INFO, TRUNCATE)),
    *(("-521 before the roll", of(BEGIN, OPEN_FILE)._replace(**FULL), made, {-521}) for made in (LOG_INFO, TRUNCATE_INFO)),
    *(("par-0022: JetBackupInstance may have a file open", UNDER_WAY, made, {0, -521})
      for made in (LOG_INFO, TRUNCATE_INFO, TRUNCATE)),
    *(("par-0022, 2.3 step 5", UNDER_WAY._replace(**FULL), made, {-510, -521}) for made in (LOG_INFO, TRUNCATE_INFO)),
    ("1.4: resume before All", BACKED_UP, stop2(0x80000000), {0}),
    ("1.4: All after All", of(stop2(0)), stop2(0), {0}),
    ("1.4: same name", CREATED, CREATE, {-1086}),
    ("1.4: same name", BACKED_UP, CREATE, {-1086}),
    ("1.4", GONE, CREATE, {0}),
    ("seq-0380", ONE, CREATE, {-1080}),
    ("seq-0380: one that has a name is the one instance", ONE, restore(), {-1030}),
    ("a page, perhaps, before a full log", BACKED_UP._replace(
        databases=(COPIED._replace(damage=Damage.UNKNOWN),), **FULL), in_session("Insert", database="d1"), {-1018, -510}),
    ("seq-0057: with logs in the current folder it is read", RESTORABLE,
     restore(BLANK)._replace(found=frozenset({Finding.LOGS})), {0}),
]
# fmt: on


@pytest.mark.parametrize(
    ("source", "control", "made", "expected"), CASES, ids=[f"{n} {one[0]}" for n, one in enumerate(CASES)]
)
def test_which_code(source: str, control: Control, made: Call, expected: set[int | None]) -> None:
    assert codes(ESE, control, made) == expected, source


def ends(control: Control, made: Call, code: int) -> set[Control]:
    return {state for state, done in run(Stepper(ESE), control, made) if done.code == code}


@pytest.mark.parametrize(
    ("before", "made", "code", "over"),
    [
        (LISTED, OPEN_FILE, -521, True),  # ext-0003
        (LISTED, CURRENT, -1003, True),
        (LISTED, ABSENT, -569, True),
        (LISTED, OTHER, -569, True),
        ((BEGIN,), NAMELESS, -1003, False),
        ((BEGIN, OPEN_FILE), OPEN_FILE, -1011, False),
        ((BEGIN,), TRUNCATE, -521, False),
        (LISTED, TRUNCATE, -616, False),
        (COMPLETE, END_NORMAL, 0, True),
    ],
)
def test_whether_it_ends_the_backup(before: tuple[Call, ...], made: Call, code: int, over: bool) -> None:
    assert {state.streaming is None for state in ends(of(*before), made, code)} == {over}


def test_a_truncation_is_remembered() -> None:
    """source 2.5; E2: a backup that truncated is marked at its end."""
    (after_it,) = ends(of(*COMPLETE), TRUNCATE, 0)
    assert after_it.streaming is not None
    assert after_it.streaming.truncated


def test_a_refused_termination_refuses_backups_for_good() -> None:
    """source 1.4 i, j: the instance is alive again."""
    for start, code in ((SURROGATE, -617), (OPENED, -505)):
        assert ends(start, call("JetTerm2", 0), code) == {start._replace(**REFUSED_FOR_GOOD)}


def test_a_null_handle_starts_the_one_instance_mode() -> None:
    """seq-0380."""
    assert ends(GONE, INIT._replace(instance=NIL), 0) == {ONE}


def test_an_incremental_marks_nothing() -> None:
    """observed: on success; source 2.9."""
    perhaps = RUNNING._replace(databases=(NEW._replace(backed_up=Backed.UNKNOWN),))
    assert ends(perhaps, backup(grbit=INCREMENTAL), 0) == {perhaps}
    assert ends(faulty(perhaps), backup(), 0) == {RUNNING._replace(databases=(COPIED,))}


@pytest.mark.parametrize("made", [restore(BLANK), restore(FILE), restore(EMPTY)])
def test_a_restore_looks_for_its_set_when_it_is_under_way(made: Call) -> None:
    """source 4.1 e: others see it; observed: RestoreInProgress meanwhile."""
    assert started(Stepper(ESE), RESTORABLE, Hold(made, "", Stage.WORKING)) is not None


def test_a_restore_without_a_slot_is_never_under_way() -> None:
    """source 4.1 item 3; seq-0380."""
    made = restore(instance=NIL)
    assert codes(ESE, ONE, made) == {-1214}
    assert started(Stepper(ESE), ONE, Hold(made, "", Stage.WORKING)) is None
