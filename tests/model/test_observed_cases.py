"""The `ese` profile against the tables of what Microsoft's engine was observed to do: situation, call, the one code.

The first element of a case names the table and the line of it that the case is copied from; None is the death of the engine.
"""

import pytest
from jetconform.model.calls import Call, Stage
from jetconform.model.cells import released
from jetconform.model.guards.ese import ESE
from jetconform.model.state import Backed, Control, Phase, Stop, StopRequest
from jetconform.model.step import Stepper, run
from model_world import (
    ATOMIC,
    ATOMIC_SET,
    BACKED_UP,
    BLANK,
    BOTH,
    CREATED,
    DETACHED,
    EMPTY,
    FILE,
    FOREIGN,
    FULL,
    FULL_SET,
    GARBAGE,
    GONE,
    INCREMENTAL,
    INIT,
    MISSING,
    NEVER_COPIED,
    NEW,
    NIL,
    NULL,
    PATH,
    RESTORABLE,
    RUNNING,
    STOP,
    STOP_BACKUP,
    TERM,
    after,
    backup,
    call,
    cell,
    codes,
    faulty,
    held,
    in_session,
    let_go,
    parameter,
    restore,
    with_parameters,
)  # fmt: skip

CIRCULAR = with_parameters(BACKED_UP, circular=True)
MAKES_PATHS = with_parameters(BACKED_UP, create_path=True)
STOPPED = BACKED_UP._replace(stop=Stop.PLAIN)
TWO_DATABASES = BACKED_UP.with_database(NEW._replace(path="db/later.edb", open_by=()))
RESUME = 0x80000000
UNLOGGED = NEW._replace(logged=False, attached=False, open_by=())


def stop2(grbit: int) -> Call:
    return call("JetStopServiceInstance2", grbit)


ONE = after(ESE, GONE, INIT._replace(instance=NIL))
(EMITTED,) = {state for state, _ in run(Stepper(ESE), BACKED_UP, stop2(8))}
ATTACHED_LOGGED = after(ESE, DETACHED.with_database(UNLOGGED), in_session("JetAttachDatabase", UNLOGGED.path), backup())

# fmt: off
ALONE: list[tuple[str, Control, Call, int | None]] = [
    ("backup: created, not initialised", CREATED, backup(), -1029),
    ("backup: handle 0, nil, garbage", BACKED_UP, backup(instance=NIL), -1003),
    ("backup: handle 0, nil, garbage", BACKED_UP, backup(instance=GARBAGE), -1003),
    ("backup: after JetTerm", GONE, backup(), -1003),
    ("backup: after JetStopServiceInstance", STOPPED, backup(), -1329),
    ("backup: after JetStopServiceInstance, any grbit", STOPPED, backup(grbit=BOTH), -1329),
    ("backup: after JetStopServiceInstance, any grbit", STOPPED, backup(grbit=0x10), -1329),
    ("backup: after JetStopServiceInstance, null path too", STOPPED, backup(NULL), -1329),
    ("backup: after JetStopServiceInstance2(0)", after(ESE, BACKED_UP, stop2(0)), backup(), -1329),
    ("backup: after JetStopServiceInstance2(2)", after(ESE, BACKED_UP, stop2(2)), backup(), 0),
    ("backup: after JetStopServiceInstance2(4)", after(ESE, BACKED_UP, stop2(4)), backup(), 0),
    ("backup: after JetStopServiceInstance2(6)", after(ESE, BACKED_UP, stop2(6)), backup(), 0),
    ("backup: ... with 0x80000000", after(ESE, BACKED_UP, stop2(RESUME | 2)), backup(), 0),
    ("backup: recovery off", with_parameters(BACKED_UP, recovery=False), backup(), -516),
    ("backup: log volume full (an insert got -510 before)", BACKED_UP._replace(fatal=True), backup(), -1090),
    ("backup: no database attached", RUNNING, backup(), 0),
    ("backup: all detached", DETACHED, backup(), 0),
    ("grbit: only 1 and 4 are looked at", BACKED_UP, backup(grbit=0x10), 0),
    ("grbit: only 1 and 4 are looked at", BACKED_UP, backup(grbit=0x20), 0),
    ("grbit: only 1 and 4 are looked at", BACKED_UP, backup(grbit=0x11), 0),
    ("grbit: incremental with circular logging", CIRCULAR, backup(grbit=INCREMENTAL), -526),
    ("grbit: without an earlier full", NEVER_COPIED, backup(grbit=INCREMENTAL), -560),
    ("grbit: without a full of every attached database", TWO_DATABASES, backup(grbit=INCREMENTAL), -560),
    ("grbit: both before the path: circular", CIRCULAR, backup(MISSING, INCREMENTAL), -526),
    ("grbit: both before the path: no full", NEVER_COPIED, backup(MISSING, INCREMENTAL), -560),
    ("grbit: both before the path: no full, a file", NEVER_COPIED, backup(FILE, INCREMENTAL), -560),
    ("grbit: 5 always -1023", BACKED_UP, backup(grbit=BOTH), -1023),
    ("grbit: 5 always -1023", BACKED_UP, backup(ATOMIC_SET, BOTH), -1023),
    ("path: null, full", BACKED_UP, backup(NULL), 0),
    ("path: null, atomic", BACKED_UP, backup(NULL, ATOMIC), 0),
    ("path: null, incremental", BACKED_UP, backup(NULL, INCREMENTAL), 0),
    ("path: \"\", full", BACKED_UP, backup(BLANK), 0),
    ("path: \"\", atomic", BACKED_UP, backup(BLANK, ATOMIC), 0),
    ("path: \"\", incremental", BACKED_UP, backup(BLANK, INCREMENTAL), 0),
    ("path: missing, full", BACKED_UP, backup(MISSING), -1023),
    ("path: missing, atomic", BACKED_UP, backup(MISSING, ATOMIC), -525),
    ("path: missing, incremental", BACKED_UP, backup(MISSING, INCREMENTAL), -1023),
    ("path: missing, create-path on, full", MAKES_PATHS, backup(MISSING), 0),
    ("path: missing, create-path on, atomic", MAKES_PATHS, backup(MISSING, ATOMIC), 0),
    ("path: missing, create-path on, incremental", MAKES_PATHS, backup(MISSING, INCREMENTAL), 0),
    ("path: a file, full", BACKED_UP, backup(FILE), -1023),
    ("path: a file, atomic", BACKED_UP, backup(FILE, ATOMIC), -525),
    ("path: a file, atomic, with create-path", MAKES_PATHS, backup(FILE, ATOMIC), -1023),
    ("path: a file, incremental", BACKED_UP, backup(FILE, INCREMENTAL), -1023),
    ("path: a foreign file or folder, full", BACKED_UP, backup(FOREIGN), -504),
    ("path: a foreign file or folder, atomic", BACKED_UP, backup(FOREIGN, ATOMIC), 0),
    ("path: a foreign file or folder, incremental", BACKED_UP, backup(FOREIGN, INCREMENTAL), 0),
    ("path: holds new or old, full", BACKED_UP, backup(ATOMIC_SET), -504),
    ("path: holds new or old, atomic", BACKED_UP, backup(ATOMIC_SET, ATOMIC), 0),
    ("path: holds new or old, incremental", BACKED_UP, backup(ATOMIC_SET, INCREMENTAL), -504),
    ("path: full onto full", BACKED_UP, backup(FULL_SET, FULL), -504),
    ("path: full, then atomic in the same place", BACKED_UP, backup(FULL_SET, ATOMIC), 0),
    ("path: atomic, then incremental to its new", BACKED_UP, backup(FULL_SET, INCREMENTAL), 0),
    ("path: a database created after the full, incremental",
     after(ESE, BACKED_UP, in_session("JetCreateDatabase", "db/z.edb", "d2")),
     backup(FULL_SET, INCREMENTAL), -560),
    ("damage: several bits of a page", faulty(BACKED_UP, "page"), backup(), -1018),
    ("damage: several bits of a page, atomic", faulty(BACKED_UP, "page"), backup(grbit=ATOMIC), -1018),
    ("damage: a byte of a log, body or header", faulty(BACKED_UP, "log"), backup(), -612),
    ("dies: JetStopServiceInstance on a created instance", CREATED, STOP, None),
    ("dies: JetStopServiceInstance2 on a created instance", CREATED, stop2(0), None),
    ("dies: JetRestoreInstance with a null path", RESTORABLE, restore(NULL), None),
    ("restore: full into an emptied directory", RESTORABLE, restore(FULL_SET), 0),
    ("restore: atomic: parent", RESTORABLE, restore(ATOMIC_SET), 0),
    ("restore: empty", RESTORABLE, restore(EMPTY), -1811),
    ("restore: missing", RESTORABLE, restore(MISSING), -1811),
    ("restore: a file", RESTORABLE, restore(FILE), -1811),
    ("restore: foreign only", RESTORABLE, restore(FOREIGN), -1811),
    ("restore: \"\"", RESTORABLE, restore(BLANK), -1023),
    ("restore: already initialised", BACKED_UP, restore(), -1030),
    ("restore: handle 0 or nil: an instance of its own", RESTORABLE, restore(instance=NIL), 0),
    ("restore: garbage", RESTORABLE, restore(instance=GARBAGE), -1003),
    ("restore: destination missing", RESTORABLE, restore(FULL_SET, MISSING), -1023),
    ("restore: destination missing, with create-path", with_parameters(RESTORABLE, create_path=True),
     restore(FULL_SET, MISSING), 0),
    ("restore: after it the instance is not initialised", after(ESE, RESTORABLE, restore()), backup(), -1029),
    ("term: with 8", BACKED_UP, call("JetTerm2", 8), -1116),
    ("seq-0336: circular log set to the value that it has", BACKED_UP, parameter("circular_log", "0"), 0),
    ("seq-0336: circular log set to another value", BACKED_UP, parameter("circular_log", "1"), -1030),
    ("traces: recovery set to the value that it has", BACKED_UP, parameter("recovery", "on"), -1030),
    ("README: after JetStopServiceInstance2(8), which returned 2100", BACKED_UP, stop2(8), 2100),
    ("README: after JetStopServiceInstance2(8)", EMITTED, backup(), -510),
    ("seq-0380: JetInit with a null handle", GONE, INIT._replace(instance=NIL), 0),
    ("seq-0380: JetCreateInstance in the one-instance mode", ONE, call("JetCreateInstance"), -1080),
    ("seq-0380: handles are not looked at in the one-instance mode", ONE, backup(instance=NIL), 0),
    ("seq-0380: nor garbage", ONE, backup(instance=GARBAGE), 0),
    ("seq-0380: a restore without a handle finds no instance left", ONE, restore(instance=NIL), -1214),
    ("seq-0380: a second JetInit", ONE, INIT._replace(instance=NIL), -1030),
    ("seq-0468: a restore without a handle, of a missing folder", CREATED, restore(MISSING, None, NIL), -1811),
    ("seq-0536: made without logging, attached with it: copied and marked", ATTACHED_LOGGED, backup(grbit=INCREMENTAL), 0),
]
# fmt: on


@pytest.mark.parametrize(
    ("source", "control", "made", "expected"), ALONE, ids=[f"{c[0]}, {c[2].label()}" for c in ALONE]
)
def test_a_call_alone(source: str, control: Control, made: Call, expected: int | None) -> None:
    assert codes(ESE, control, made) == {expected}, source


# fmt: off
BESIDE: list[tuple[str, Control, Call, Stage, Call, int]] = [
    ("backup: JetInit3 recovery held in its callback", CREATED, INIT, Stage.WORKING, backup(), -1029),
    ("backup: JetRestoreInstance running on it", RESTORABLE, restore(), Stage.WORKING, backup(), -506),
    ("backup: another backup running", BACKED_UP, backup(), Stage.DATABASES, backup(), -505),
    ("backup: another backup running", BACKED_UP, backup(), Stage.LEAVING, backup(grbit=ATOMIC), -505),
    ("held backup: JetStopBackupInstance", BACKED_UP, backup(), Stage.DATABASES, STOP_BACKUP, 0),
    ("held backup: JetStopServiceInstance", BACKED_UP, backup(), Stage.DATABASES, STOP, 0),
    ("held backup: Insert", BACKED_UP, backup(), Stage.DATABASES, in_session("Insert", database="d1"), 0),
    ("held backup: JetCreateDatabase", BACKED_UP, backup(), Stage.DATABASES,
     in_session("JetCreateDatabase", "db/z.edb", "d2"), 0),
    ("held backup: JetAttachDatabase", BACKED_UP, backup(), Stage.DATABASES, in_session("JetAttachDatabase", PATH), -505),
    ("held backup: JetDetachDatabase", BACKED_UP, backup(), Stage.DATABASES, in_session("JetDetachDatabase", PATH), -505),
    ("held backup: JetInit", BACKED_UP, backup(), Stage.DATABASES, INIT, -1030),
    ("held backup: JetRestoreInstance", BACKED_UP, backup(), Stage.DATABASES, restore(EMPTY), -1030),
    ("held backup: setting circular log", BACKED_UP, backup(), Stage.DATABASES, parameter("circular_log", "1"), -1030),
    ("held backup: JetTerm2, any grbit", BACKED_UP, backup(), Stage.DATABASES, TERM, 0),
    ("held backup: JetTerm2, any grbit", BACKED_UP, backup(), Stage.DATABASES, call("JetTerm2", 1), 0),
    ("held backup: JetTerm2 with 8", BACKED_UP, backup(), Stage.DATABASES, call("JetTerm2", 8), -1116),
    ("held restore: backup", RESTORABLE, restore(), Stage.WORKING, backup(MISSING), -506),
    ("held restore: JetTerm", RESTORABLE, restore(), Stage.WORKING, TERM, -506),
    ("held restore: begin session", RESTORABLE, restore(), Stage.WORKING,
     call("JetBeginSession")._replace(session="s1"), -506),
    ("held restore: JetInit", RESTORABLE, restore(), Stage.WORKING, INIT, -1030),
    ("held restore: a second restore", RESTORABLE, restore(), Stage.WORKING, restore(), -1030),
    ("held restore: the stop calls", RESTORABLE, restore(), Stage.WORKING, STOP, 0),
    ("held restore: the stop calls", RESTORABLE, restore(), Stage.WORKING, STOP_BACKUP, 0),
]
# fmt: on


@pytest.mark.parametrize(
    ("source", "control", "first", "stage", "made", "expected"), BESIDE, ids=[f"{c[0]}, {c[4].label()}" for c in BESIDE]
)
def test_a_call_beside_one_that_is_held(
    source: str, control: Control, first: Call, stage: Stage, made: Call, expected: int
) -> None:
    assert cell(ESE, held(ESE, control, first, stage), made).codes == {expected}, source


# fmt: off
ENDS: list[tuple[str, Stage, Call, int]] = [
    ("held backup: JetStopBackupInstance; the backup -801", Stage.DATABASES, STOP_BACKUP, -801),
    ("held backup: JetStopBackupInstance; at a read", Stage.LOGS, STOP_BACKUP, -801),
    ("held backup: JetStopBackupInstance; at complete", Stage.LEAVING, STOP_BACKUP, 0),
    ("held backup: JetStopServiceInstance; completes with 0", Stage.DATABASES, STOP, 0),
    ("held backup: Insert", Stage.DATABASES, in_session("Insert", database="d1"), 0),
]
# fmt: on


@pytest.mark.parametrize(("source", "stage", "meanwhile", "expected"), ENDS)
def test_what_becomes_of_a_backup(source: str, stage: Stage, meanwhile: Call, expected: int) -> None:
    node = held(ESE, BACKED_UP, backup(), stage)
    (then,) = (outcome.node for outcome in cell(ESE, node, meanwhile).outcomes)
    assert let_go(ESE, then) == {expected}, source


@pytest.mark.parametrize(("stage", "expected"), [(Stage.DATABASES, -1000), (Stage.LOGS, -1000), (Stage.LEAVING, 0)])
def test_term_waits_for_the_backup_and_ends_it(stage: Stage, expected: int) -> None:
    """Held backup: JetTerm2 waits until the backup returns; the backup -1000, at complete 0."""
    node = held(ESE, BACKED_UP, backup(), stage)
    assert {ESE.row(outcome.held_row).code for outcome in cell(ESE, node, TERM).outcomes} == {expected}


def test_a_stop_at_complete_leaves_the_header_mark_empty() -> None:
    """Held backup, JetStopBackupInstance at complete: it returns 0, but the next incremental fails with -560."""
    node = held(ESE, NEVER_COPIED, backup(), Stage.LEAVING)
    (stopped,) = (outcome.node for outcome in cell(ESE, node, STOP_BACKUP).outcomes)
    assert stopped.held is not None
    unmarked = stopped.control.database(PATH)
    assert unmarked is not None
    assert unmarked.backed_up is Backed.NO
    assert let_go(ESE, stopped) == {0}


@pytest.mark.parametrize(("stage", "expected"), [(Stage.OPENING, -801), (Stage.DATABASES, -1000), (Stage.LOGS, -1000)])
@pytest.mark.parametrize("stop_first", [True, False])
def test_a_backup_that_is_stopped_and_terminated(stage: Stage, expected: int, stop_first: bool) -> None:
    """par-0031, par-0122, par-0187: -801 when held at begin; par-0293, par-0470: -1000 when held at a read."""
    node = held(ESE, BACKED_UP, backup(), stage)
    ended = {"stop_backup": StopRequest.DURING} if stop_first else {"phase": Phase.TERMINATING}
    rest = {"phase": Phase.TERMINATING} if stop_first else {"stop_backup": StopRequest.DURING}
    assert let_go(ESE, node._replace(control=node.control._replace(**ended)._replace(**rest))) == {expected}


def test_a_call_in_a_session_hears_of_the_termination_before_the_stop() -> None:
    """par-0382: JetStopServiceInstance while JetTerm2 waits, CountRows -1000."""
    both = BACKED_UP._replace(phase=Phase.TERMINATING, stop=Stop.PLAIN)
    assert codes(ESE, both, in_session("CountRows", database="d1")) == {-1000}
    assert codes(ESE, both, backup()) == {-1329}


@pytest.mark.parametrize(
    ("stage", "marked"), [(Stage.OPENING, Backed.YES), (Stage.DATABASES, Backed.NO), (Stage.LOGS, Backed.NO)]
)
def test_a_database_made_while_a_backup_is_held(stage: Stage, marked: Backed) -> None:
    """README: made at begin it is in the backup, later not; par-0197: an incremental then gives -560."""
    node = held(ESE, BACKED_UP, backup(), stage)
    (made,) = (outcome.node for outcome in cell(ESE, node, in_session("JetCreateDatabase", "db/z.edb", "d2")).outcomes)
    (done,) = {outcome.node for outcome in released(Stepper(ESE), made)}
    found = done.control.database("db/z.edb")
    assert found is not None
    assert found.backed_up is marked


def test_a_stopped_backup_leaves_the_next_one_alone() -> None:
    """Held backup, JetStopBackupInstance: the backup -801, the next one fine; no lasting effect without a backup."""
    assert codes(ESE, after(ESE, BACKED_UP, STOP_BACKUP), backup()) == {0}
