"""The `ese` profile, stage by stage and cause by cause: what ends a call where, and which of two causes it tells.

A stage is written as the codes that may end the call there; `!`: the call cannot go on. The stages of a backup are those of
source 2.1 and 2.3; the causes of a restore and of JetInit stand in the order of source 4.1 and 7.6.
"""

from itertools import combinations

import pytest
from jetconform.model.alphabet import END_NORMAL, LOG_INFO
from jetconform.model.calls import Answer, Call, Finding, Stage
from jetconform.model.cells import released, started
from jetconform.model.domain import Hold
from jetconform.model.guards.ese import ESE
from jetconform.model.state import Activity, Backed, Control, Damage, Database, Log, Phase, StopRequest
from jetconform.model.step import Pending, Stepper, run
from model_world import (
    ATOMIC,
    ATOMIC_SET,
    BACKED_UP,
    BOTH,
    COPIED,
    CREATED,
    DETACHED,
    FILE,
    FOREIGN,
    FULL_SET,
    INCREMENTAL,
    INIT,
    MISSING,
    NEVER_COPIED,
    NEW,
    NIL,
    NULL,
    RESTORABLE,
    RUNNING,
    backup,
    codes,
    held,
    restore,
    with_parameters,
)  # fmt: skip

F = Finding
STAGES = (Stage.ENTERING, Stage.OPENING, Stage.DATABASES, Stage.LOGS, Stage.TRUNCATING, Stage.LEAVING)
TERMINATING, STOPPING = {"phase": Phase.TERMINATING}, {"stop_backup": StopRequest.DURING}
INC = backup(grbit=INCREMENTAL)
MAKES_PATHS = with_parameters(BACKED_UP, create_path=True)
PERHAPS = RUNNING._replace(databases=(NEW._replace(backed_up=Backed.UNKNOWN),))
PAGE, PAGE_PERHAPS = (
    BACKED_UP._replace(databases=(COPIED._replace(damage=one),)) for one in (Damage.NEEDED, Damage.UNKNOWN)
)
ONE_NAME = BACKED_UP.with_database(COPIED._replace(path="other/test.edb"))
FULL, TORN = BACKED_UP._replace(log=Log.FULL), BACKED_UP._replace(log=Log.TORN)


def done(control: Control, made: Call) -> Control:
    (after,) = {state for state, pending in run(Stepper(ESE), control, made) if pending.code == 0}
    return after


UNDER_WAY = held(ESE, BACKED_UP, backup(), Stage.DATABASES).control
LOST, LISTED = done(UNDER_WAY, END_NORMAL), done(UNDER_WAY, LOG_INFO)


def meeting(made: Call, *found: Finding) -> Call:
    return made._replace(found=frozenset(found))


def at(control: Control, made: Call, stage: Stage) -> str:
    """What may end the call at that stage, as the tables of this module write it."""
    within = control if control.streaming is not None else control._replace(streaming=UNDER_WAY.streaming)
    following = Stepper(ESE).advance(within, Pending(made, stage))
    found = sorted({pending.code for _, pending in following if pending.stage is Stage.DONE}, key=str)
    may_go_on = 0 in found or any(pending.stage is not Stage.DONE for _, pending in following)
    return " ".join(map(str, found)) + ("" if may_go_on else "!")


# fmt: off
BACKUPS: list[tuple[str, Control, Call, tuple[str, ...]]] = [
    ("nothing", BACKED_UP, backup(), ("", "", "", "", "", "0")),
    ("2.3 step 4: opening, reading", BACKED_UP._replace(**TERMINATING), backup(), ("", "-1000!", "-1000!", "-1000!", "", "0")),
    ("3; 2.5: before truncation", BACKED_UP._replace(**STOPPING), backup(), ("", "-801!", "-801!", "-801!", "-801!", "0")),
    ("par-0031, par-0293", BACKED_UP._replace(**TERMINATING, **STOPPING), backup(),
     ("", "-801!", "-1000!", "-1000!", "-801!", "0")),
    ("par-0040, par-0283", LOST, backup(), ("-520!", "-520!", "-520!", "-520!", "-520!", "-520!")),
    ("par-0210", LOST._replace(**TERMINATING), backup(), ("-520!", "-520!", "-1000!", "-1000!", "-520!", "-520!")),
    ("5.1: before the stop", LOST._replace(**STOPPING), backup(), ("-520!", "-520!", "-520!", "-520!", "-520!", "-520!")),
    *(("2.1 before the first file is opened", LOST, made, (code, "-520!", "-520!", "-520!", "-520!", "-520!"))
      for made, code in (
          (backup(FOREIGN), "-504!"), (backup(FULL_SET), "-504!"), (backup(ATOMIC_SET), "-504!"),
          (backup(MISSING, ATOMIC), "-525!"),
          (backup(FILE, ATOMIC), "-525!"), (meeting(backup(NULL), F.CURRENT_FOLDER_USED), "-504!"),
          (meeting(backup(NULL, INCREMENTAL), F.CURRENT_FOLDER_ATOMIC), "-504!"))),
    ("par-0041, par-0187", LISTED._replace(**TERMINATING), backup(), ("", "-1000!", "-1000 -521!", "-1000!", "", "0")),
    ("par-0041", LISTED, backup(), ("", "", "-521", "", "", "0")),
    ("par-0041: only of databases", LISTED, INC, ("", "", "", "", "", "0")),
    ("damage table", PAGE, backup(), ("", "", "-1018!", "", "", "0")),
    ("damage table", PAGE_PERHAPS, backup(), ("", "", "-1018", "", "", "0")),
    ("an incremental reads none", PAGE_PERHAPS, INC, ("", "", "", "", "", "0")),
    ("3: the stop before the page", PAGE._replace(**STOPPING), backup(), ("", "-801!", "-801!", "-801!", "-801!", "0")),
    ("path table", BACKED_UP, backup(MISSING), ("", "", "-1023!", "", "", "0")),
    ("path table", BACKED_UP, backup(FILE), ("", "", "-1023!", "", "", "0")),
    ("path table", BACKED_UP, backup(MISSING, INCREMENTAL), ("", "", "", "-1023!", "", "0")),
    ("path table", BACKED_UP, backup(FILE, INCREMENTAL), ("", "", "", "-1023!", "", "0")),
    ("A11", ONE_NAME, backup(), ("", "", "-1814!", "", "", "0")),
    ("A11", ONE_NAME, INC, ("", "", "", "", "", "0")),
    ("A11: no path, no copy", ONE_NAME, backup(MISSING), ("", "", "-1023!", "", "", "0")),
    ("2.3 step 5", FULL, backup(), ("", "", "", "-510!", "", "0")),
    ("2.3 step 5", TORN, backup(), ("", "", "", "-510!", "", "0")),
    ("2.4", PERHAPS, INC, ("", "", "", "-569", "", "0")),
    ("2.4", PERHAPS, backup(), ("", "", "", "", "", "0")),
    ("2.4", PERHAPS, backup(MISSING, INCREMENTAL), ("", "", "", "-1023 -569!", "", "0")),
    ("seq-0208", BACKED_UP, meeting(backup(), F.LOG_MISSING), ("", "", "", "-569!", "", "0")),
    ("2.3", BACKED_UP, meeting(backup(), F.LOG_PERHAPS_MISSING), ("", "", "", "-569", "", "0")),
    ("seq-0084", BACKED_UP, meeting(backup(), F.LOG_DAMAGED), ("", "", "", "-612!", "", "0")),
    ("2.3", BACKED_UP, meeting(backup(), F.LOG_PERHAPS_DAMAGED), ("", "", "", "-612", "", "0")),
    ("seq-0013", BACKED_UP, meeting(INC, F.LOG_FOLDER), ("", "", "", "-1032!", "", "0")),
    ("seq-0013: only an incremental", BACKED_UP, meeting(backup(), F.LOG_FOLDER), ("", "", "", "", "", "0")),
    ("damage table", BACKED_UP._replace(log_damage=Damage.NEEDED), backup(), ("", "", "", "-612!", "", "0")),
    ("2.3: step 5, then 6", BACKED_UP, meeting(backup(MISSING, INCREMENTAL), F.LOG_MISSING), ("", "", "", "-1023!", "", "0")),
    ("2.3: missing, damaged", BACKED_UP, meeting(backup(), F.LOG_MISSING, F.LOG_DAMAGED), ("", "", "", "-569!", "", "0")),
    ("path table, 2.3", BACKED_UP, meeting(backup(FILE, INCREMENTAL), F.LOG_MISSING), ("", "", "", "-1023!", "", "0")),
    ("2.3: perhaps missing, damaged", BACKED_UP, meeting(backup(), F.LOG_PERHAPS_MISSING, F.LOG_DAMAGED),
     ("", "", "", "-569 -612!", "", "0")),
    ("2.3: perhaps damaged, then the copy", BACKED_UP, meeting(INC, F.LOG_PERHAPS_DAMAGED, F.LOG_FOLDER),
     ("", "", "", "-1032 -612!", "", "0")),
    ("2.3: damaged, then the copy", BACKED_UP, meeting(INC, F.LOG_DAMAGED, F.LOG_FOLDER), ("", "", "", "-612!", "", "0")),
    ("seq-0247", BACKED_UP, meeting(backup(grbit=ATOMIC), F.NESTED), ("", "", "", "", "-524!", "0")),
    ("seq-0247: only an atomic one", BACKED_UP, meeting(backup(), F.NESTED), ("", "", "", "", "", "0")),
    ("2.3 step 7, then 2.5", BACKED_UP._replace(**STOPPING), meeting(backup(grbit=ATOMIC), F.NESTED),
     ("", "-801!", "-801!", "-801!", "-524!", "0")),
    ("G21", NEVER_COPIED, INC, ("-560!", "", "", "", "", "0")),
    ("G26", BACKED_UP, meeting(backup(), F.TEMP_NESTED), ("-524!", "", "", "", "", "0")),
    ("2.4: grbit 5", BACKED_UP, backup(grbit=BOTH), ("-1023!", "", "", "", "", "0")),
    ("G27", BACKED_UP, backup(FOREIGN), ("-504!", "", "", "", "", "0")),
    ("G27", BACKED_UP, backup(FULL_SET), ("-504!", "", "", "", "", "0")),
    ("G28", BACKED_UP, backup(ATOMIC_SET), ("-504!", "", "", "", "", "0")),
    ("G28", BACKED_UP, backup(ATOMIC_SET, INCREMENTAL), ("-504!", "", "", "", "", "0")),
    ("G27, 2.6", BACKED_UP, meeting(backup(NULL), F.CURRENT_FOLDER_USED), ("-504!", "", "", "", "", "0")),
    ("G28, 2.6", BACKED_UP, meeting(backup(NULL, INCREMENTAL), F.CURRENT_FOLDER_ATOMIC), ("-504!", "", "", "", "", "0")),
    ("G30", BACKED_UP, meeting(backup(grbit=ATOMIC), F.TEMP_FILE), ("-525!", "", "", "", "", "0")),
    ("G30: only an atomic one", BACKED_UP, meeting(backup(), F.TEMP_FILE), ("", "", "", "", "", "0")),
    ("G30", BACKED_UP, backup(MISSING, ATOMIC), ("-525!", "", "-1023!", "", "", "0")),
    ("G30", BACKED_UP, backup(FILE, ATOMIC), ("-525!", "", "-1023!", "", "", "0")),
    ("G25", MAKES_PATHS, backup(FILE, ATOMIC), ("-1023!", "", "-1023!", "", "", "0")),
    ("G25: only an atomic one", MAKES_PATHS, backup(FILE), ("", "", "-1023!", "", "", "0")),
]
# fmt: on


@pytest.mark.parametrize(
    ("source", "control", "made", "expected"), BACKUPS, ids=[f"{n} {one[0]}" for n, one in enumerate(BACKUPS)]
)
def test_a_backup_under_way(source: str, control: Control, made: Call, expected: tuple[str, ...]) -> None:
    assert tuple(at(control, made, stage) for stage in STAGES) == expected, source


def test_a_log_that_breaks_at_the_roll_stays_so() -> None:
    """source 2.3 step 5: the log goes down."""
    for control in (FULL, TORN):
        within = control._replace(streaming=UNDER_WAY.streaming)
        ends = Stepper(ESE).advance(within, Pending(backup(), Stage.LOGS))
        assert {(after.log, after.activity) for after, _ in ends} == {(Log.REFUSED, Activity.IDLE)}


def test_a_stop_at_complete_marks_nothing() -> None:
    """observed: stopped at complete, it returns 0 and the header mark stays empty; source 2.7."""
    node = held(ESE, NEVER_COPIED, backup(), Stage.LEAVING)
    stopping = node._replace(control=node.control._replace(**STOPPING))
    (then,) = released(Stepper(ESE), stopping)
    assert (then.code, then.node.control) == (0, NEVER_COPIED)
    (marked,) = released(Stepper(ESE), node)
    assert (marked.code, marked.node.control) == (0, BACKED_UP)


# -- a restore, and recovery ---------------------------------------------------------------------------------------------

RESTORE: list[tuple[Finding, int]] = [
    (F.NO_LOGS, -1811), (F.LOG_MISSING, -1811), (F.LOG_SHORT, -541), (F.LOG_HEADER_DAMAGED, -501), (F.LOG_SIGNATURE, -555),
    (F.CURRENT_LOG_SHORT, -541), (F.CURRENT_LOG_HEADER_DAMAGED, -501), (F.CURRENT_LOG_MISSING, -565),
    (F.CURRENT_LOG_SIGNATURE, -610), (F.CURRENT_LOG_APART, -611), (F.NO_PATCH_FILE, -538), (F.COPY_HEADER_DAMAGED, -1206),
    (F.COPY_CUT, -535), (F.FIRST_LOG_MISSING, -543), (F.LOG_DAMAGED, -573), (F.CURRENT_LOG_DAMAGED, -574),
    (F.DATABASE_MISSING, -1216), (F.LAST_LOG_MISSING, -543),
]  # fmt: skip
"""In the order of source 4.1 e to n."""
PUT_BACK = RESTORE[11:]
"""What is found once copies lie where the databases should [source 4.1 l]."""


@pytest.mark.parametrize(("finding", "code"), RESTORE)
def test_a_restore_that_meets_it(finding: Finding, code: int) -> None:
    made = meeting(restore(), finding)
    assert codes(ESE, RESTORABLE, made) == {code}
    assert started(Stepper(ESE), RESTORABLE, Hold(made, "", Stage.WORKING)) is not None


def test_a_restore_tells_what_it_meets_first() -> None:
    for (one, code), (other, _) in combinations(RESTORE, 2):
        assert codes(ESE, RESTORABLE, meeting(restore(), one, other)) == {code}, (one, other)


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (meeting(restore(), F.LOG_EMPTY), {-541, -501}),  # which test a file without header fails is not known
        (meeting(restore(), F.LOG_MISSING, F.LOG_EMPTY), {-1811}),
        (meeting(restore(), F.LOG_EMPTY, F.LOG_SIGNATURE), {-541, -501}),
        (meeting(restore(MISSING), F.LOG_SHORT), {-1811}),
        (meeting(restore(FILE), F.LOG_SHORT), {-1811}),
        (meeting(restore(FULL_SET, MISSING), F.NO_PATCH_FILE), {-538}),
        (meeting(restore(FULL_SET, MISSING), F.COPY_CUT), {-1023}),
        (meeting(restore(FULL_SET, MISSING), F.COPY_HEADER_DAMAGED), {-1023}),
        (meeting(restore(FULL_SET, MISSING), F.NO_COPY, F.LOG_DAMAGED), {-573}),
        (restore()._replace(answer=Answer(-1011)), {-1011}),
        (restore(instance=NIL)._replace(answer=Answer(-1011)), {-1011}),
        (restore()._replace(answer=Answer(-1011, first=True)), {0}),
        (meeting(restore(), F.LAST_LOG_MISSING)._replace(answer=Answer(-1011)), {-543}),
    ],
)
def test_other_restores(made: Call, expected: set[int]) -> None:
    assert codes(ESE, RESTORABLE, made) == expected


@pytest.mark.parametrize("finding", [one for one, _ in RESTORE])
def test_a_restore_that_failed_may_have_put_copies_back(finding: Finding) -> None:
    """source 4.1 l: the copies are put in place before the logs are played."""
    made = meeting(restore(), finding)._replace(contents=("db/other.edb",))
    (after,) = {state for state, _ in run(Stepper(ESE), RESTORABLE, made)}
    expected = Database("db/other.edb", backed_up=Backed.UNKNOWN) if finding in dict(PUT_BACK) else None
    assert after.database("db/other.edb") == expected


def test_a_restore_that_its_callback_ended_has_put_copies_back() -> None:
    made = restore()._replace(contents=("db/other.edb",), answer=Answer(-1011))
    (after,) = {state for state, _ in run(Stepper(ESE), RESTORABLE, made)}
    assert after.database("db/other.edb") == Database("db/other.edb", backed_up=Backed.UNKNOWN)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({F.CURRENT_LOG_MISSING}, {-528, -543, 0}),
        ({F.FIRST_LOG_MISSING}, {-509, -528, -543}),
        ({F.LOG_SHORT}, {-541}),
        ({F.LOG_DAMAGED}, {-501}),
        ({F.LOG_PERHAPS_DAMAGED}, {-501, 0}),
        ({F.LOG_PERHAPS_MISSING}, {-515, 0}),
        ({F.DATABASE_MISSING}, {-1216}),
        ({F.LOG_MISSING}, {-515}),
        ({F.BACKUP_COPY}, {-544}),
        ({F.DATABASE_DAMAGED}, {-1018, 0}),
        ({F.LOGS_MISSING}, {-543}),
        ({F.CURRENT_LOG_MISSING, F.FIRST_LOG_MISSING}, {-528, -543, -509}),
        ({F.CURRENT_LOG_MISSING, F.LOG_SHORT}, {-528, -543, -541}),
        ({F.FIRST_LOG_MISSING, F.LOG_SHORT}, {-509, -528, -543}),
        ({F.LOG_SHORT, F.DATABASE_MISSING}, {-541}),
        ({F.LOG_SHORT, F.LOG_PERHAPS_MISSING}, {-541}),
        ({F.LOG_DAMAGED, F.DATABASE_MISSING}, {-501}),
        ({F.LOG_DAMAGED, F.LOG_PERHAPS_MISSING}, {-501}),
        ({F.LOG_PERHAPS_DAMAGED, F.LOG_PERHAPS_MISSING}, {-501, -515, 0}),
        ({F.LOG_PERHAPS_DAMAGED, F.DATABASE_MISSING}, {-501, -1216}),
        ({F.LOG_PERHAPS_MISSING, F.DATABASE_MISSING}, {-515, -1216}),
        ({F.DATABASE_MISSING, F.LOG_MISSING}, {-1216}),
        ({F.LOG_MISSING, F.BACKUP_COPY}, {-515}),
        ({F.BACKUP_COPY, F.DATABASE_DAMAGED}, {-544}),
        ({F.BACKUP_COPY, F.LOGS_MISSING}, {-544}),
        ({F.DATABASE_DAMAGED, F.LOGS_MISSING}, {-1018, -543}),
    ],
)
def test_a_recovery_that_meets_it(found: set[Finding], expected: set[int]) -> None:
    """source 4.1 f, m, n; 7.5; 7.6."""
    assert codes(ESE, CREATED, meeting(INIT, *found)) == expected


def test_an_attach_that_meets_it() -> None:
    """source 7.6; rst-0035: a copy of a backup is one before it is dirty."""
    made = Call("JetAttachDatabase", session="s1", path="db/test.edb")
    full = DETACHED._replace(log=Log.FULL)
    assert codes(ESE, DETACHED, meeting(made, F.BACKUP_COPY, F.DIRTY)) == {-544}
    assert codes(ESE, full, meeting(made, F.DIRTY)) == {-550}
    assert codes(ESE, full, meeting(made, F.BACKUP_COPY)) == {-544}
    assert codes(ESE, full, made) == {-510}
