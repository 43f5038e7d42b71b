"""The `documented` profile, stage by stage: what a call that is under way may return at once, and whether it may go on.

A stage is written as the codes that may end the call there; `!`: the call cannot go on, for a must row holds [DESIGN section
3]. A stop, a termination or a failure is noticed at any internal step; damage where what is damaged is read.
"""

import pytest
from jetconform.model.alphabet import (
    ATTACH_INFO,
    BEGIN,
    CLOSE_FILE,
    END_ABORT,
    END_EXTERNAL,
    END_NORMAL,
    LOG_INFO,
    OPEN_FILE,
    READ_REST,
    TRUNCATE,
    TRUNCATE_INFO,
    opening,
)  # fmt: skip
from jetconform.model.calls import Answer, Call, Place, Stage
from jetconform.model.cells import started
from jetconform.model.domain import Hold
from jetconform.model.external import Target
from jetconform.model.guards.documented import DOCUMENTED
from jetconform.model.state import Activity, Backed, Control, Damage, Handle, Log, Phase, Stop, StopRequest
from jetconform.model.step import Pending, Stepper, run
from model_world import (
    ATOMIC,
    ATOMIC_SET,
    BACKED_UP,
    BLANK,
    COPIED,
    CREATED,
    EMPTY,
    FILE,
    FOREIGN,
    FULL_SET,
    GONE,
    INCREMENTAL,
    INIT,
    MISSING,
    NEVER_COPIED,
    NEW,
    NULL,
    RESTORABLE,
    RUNNING,
    TERM,
    TERM_STOPPING,
    after,
    backup,
    call,
    codes,
    in_session,
    restore,
    with_parameters,
)  # fmt: skip

STAGES = (Stage.ENTERING, Stage.DATABASES, Stage.LOGS, Stage.TRUNCATING, Stage.LEAVING)
CIRCULAR, NO_RECOVERY = with_parameters(BACKED_UP, circular=True), with_parameters(BACKED_UP, recovery=False)
PERHAPS = RUNNING._replace(databases=(NEW._replace(backed_up=Backed.UNKNOWN),))
STOPPED, FATAL = BACKED_UP._replace(stop=Stop.PLAIN), BACKED_UP._replace(fatal=True)
FULL, TORN, REFUSED = (BACKED_UP._replace(log=log) for log in (Log.FULL, Log.TORN, Log.REFUSED))
PAGE, PAGE_PERHAPS = (
    BACKED_UP._replace(databases=(COPIED._replace(damage=one),)) for one in (Damage.NEEDED, Damage.UNKNOWN)
)
LOG, LOG_PERHAPS = (BACKED_UP._replace(log_damage=damage) for damage in (Damage.NEEDED, Damage.UNKNOWN))
TERMINATING = {"phase": Phase.TERMINATING}
WAITED, STOPPING = BACKED_UP._replace(term_waiting=True), BACKED_UP._replace(stop_backup=StopRequest.DURING)
INC, WITHOUT_PATH = backup(FULL_SET, INCREMENTAL), backup(NULL)
ANSWERED = {"answer": Answer(-1011)}


PHASES = {"JetRestoreInstance": {"phase": Phase.RESTORING}, "JetInit": {"phase": Phase.INITIALIZING}}
"""What entering such a call has set."""


def at(control: Control, made: Call, stage: Stage) -> str:
    """What may end the call at that stage, as the tables of this module write it."""
    entered = control._replace(**PHASES.get(made.name, {}))
    following = Stepper(DOCUMENTED).advance(entered, Pending(made, stage))
    found = sorted({pending.code for _, pending in following if pending.stage is Stage.DONE}, key=str)
    may_go_on = 0 in found or any(pending.stage is not Stage.DONE for _, pending in following)
    return " ".join(map(str, found)) + ("" if may_go_on else "!")


# fmt: off
BACKUPS: list[tuple[str, Control, Call, tuple[str, ...]]] = [
    ("BI", BACKED_UP, backup(), ("", "", "", "", "0")),
    ("SB: any new call; C41", BACKED_UP._replace(stop_backup=StopRequest.BEFORE), backup(),
     ("-801", "-801", "-801", "-801", "-801 0")),
    ("SB: prevents a running backup from continuing", STOPPING, backup(), ("-801!", "-801!", "-801", "-801", "-801 0")),
    ("T2 StopBackup; 5.1 P18", WAITED, backup(),
     ("-1000 -801!", "-1000 -801!", "-1000 -801!", "-1000 -801!", "-1000 -801 0")),
    ("S15", STOPPED, backup(), ("-1329", "-1329", "-1329", "-1329", "0")),
    ("S6; the log is closed at the end", FATAL, backup(), ("-1090", "-1090", "-1090!", "-1090", "0")),
    ("PF, C38", BACKED_UP, backup()._replace(**ANSWERED), ("-1011", "-1011", "-1011", "-1011", "-1011 0")),
    ("BI: used pages", PAGE, backup(), ("", "-1018!", "", "", "0")),
    ("BI: whether this one is used", PAGE_PERHAPS, backup(), ("", "-1018", "", "", "0")),
    ("BI: an incremental reads none", PAGE, INC, ("", "", "", "", "0")),
    ("BI: an incremental reads none", PAGE_PERHAPS, INC, ("", "", "", "", "0")),
    ("C18", PAGE, WITHOUT_PATH, ("", "-1018", "", "", "0")),
    ("C18", PAGE_PERHAPS, WITHOUT_PATH, ("", "-1018", "", "", "0")),
    ("BI: also the log files", LOG, backup(), ("", "", "-612!", "", "0")),
    ("BI: also the log files", LOG, INC, ("", "", "-612!", "", "0")),
    ("BI: whether it is needed", LOG_PERHAPS, backup(), ("", "", "-612", "", "0")),
    ("C18", LOG, WITHOUT_PATH, ("", "", "-612", "", "0")),
    ("BI: of a terminating instance", LOG._replace(**TERMINATING), backup(), ("", "", "", "", "0")),
    ("BI: the current log is closed", FULL, backup(), ("", "", "-510!", "", "0")),
    ("BI: the current log is closed", FULL, INC, ("", "", "-510!", "", "0")),
    ("C18", FULL, WITHOUT_PATH, ("", "", "", "-510", "0")),
    ("5.1 P17", TORN, backup(), ("", "-1090", "-1090 -510!", "", "0")),
    ("C18", TORN, WITHOUT_PATH, ("", "-1090", "-1090", "-510", "0")),
    ("BI: the current log is closed", REFUSED, backup(), ("", "", "-510!", "", "0")),
    ("BI: the current log is closed", REFUSED, WITHOUT_PATH, ("", "", "-510!", "", "0")),
]
# fmt: on


@pytest.mark.parametrize(
    ("source", "control", "made", "expected"), BACKUPS, ids=[f"{n} {one[0]}" for n, one in enumerate(BACKUPS)]
)
def test_a_backup_under_way(source: str, control: Control, made: Call, expected: tuple[str, ...]) -> None:
    assert tuple(at(control, made, stage) for stage in STAGES) == expected, source


SET_LOGS = {"log_folder": Place.EMPTY}
OPENED, COPYING = after(DOCUMENTED, BACKED_UP, BEGIN), BACKED_UP._replace(activity=Activity.DATABASES)
DAMAGED = RESTORABLE._replace(log_damage=Damage.UNKNOWN)

# fmt: off
LATER: list[tuple[str, Control, Call, Stage, str]] = [
    ("RI", RESTORABLE, restore(), Stage.WORKING, "-515 0"),
    ("RI: no log to which they could not match", RESTORABLE, restore()._replace(**SET_LOGS), Stage.WORKING, "0"),
    ("RI", RESTORABLE, restore(ATOMIC_SET), Stage.WORKING, "-515 0"),
    ("RI", RESTORABLE, restore(ATOMIC_SET)._replace(**SET_LOGS), Stage.WORKING, "0"),
    ("RI Remarks: LogFileCorrupt", DAMAGED, restore(), Stage.WORKING, "-501 -515 0"),
    ("RI Remarks: LogFileCorrupt", DAMAGED, restore()._replace(**SET_LOGS), Stage.WORKING, "0"),
    ("RI: no set", RESTORABLE, restore(EMPTY), Stage.WORKING, "-1023 -1811 -528!"),
    ("RI: no set", RESTORABLE, restore(FOREIGN), Stage.WORKING, "-1023 -1811 -528!"),
    ("RI: no set, damage", DAMAGED, restore(EMPTY), Stage.WORKING, "-1023 -1811 -501 -515 -528!"),
    ("PF, C38", RESTORABLE, restore()._replace(**SET_LOGS, **ANSWERED), Stage.WORKING, "-1011 0"),
    ("IN", CREATED, INIT, Stage.WORKING, "0"),
    ("IN Remarks: LogFileCorrupt", DAMAGED, INIT, Stage.WORKING, "-501 0"),
    ("IN Remarks: ReadVerifyFailure", RESTORABLE._replace(databases=(COPIED._replace(damage=Damage.UNKNOWN),)), INIT,
     Stage.WORKING, "-1018 0"),
    *((source, control, made, Stage.WAITING, expected)
      for made in (TERM, call("JetTerm2", 0))
      for source, control, expected in (
          ("T2", BACKED_UP, ""), ("L19", COPYING, "-505!"), ("L20", BACKED_UP._replace(**TERMINATING), "-1000!"),
          ("C8", GONE, "-1003 -1029!"), ("C8", CREATED, "-1003 -1029!"))),
    ("T2: it waits", COPYING, TERM_STOPPING, Stage.WAITING, "!"),
    *((source, control._replace(**TERMINATING), made, Stage.WORKING, expected)
      for made in (TERM, call("JetTerm2", 0))
      for source, control, expected in (
          ("L16", BACKED_UP, "0"), ("S17", FATAL, "-1090 0"), ("L17", REFUSED, "-510 0"), ("L17", FULL, "-510 0"),
          ("L17", TORN, "-1090 -510 0"))),
    ("T2", BACKED_UP._replace(**TERMINATING), call("JetTerm2", 8), Stage.WORKING, "-1116 0"),
    ("Std-5: TermInProgress, on entry", WAITED, BEGIN, Stage.ISSUED, "-1000"),
    ("T2 StopBackup; C6, on entry", OPENED._replace(term_waiting=True), ATTACH_INFO, Stage.ISSUED, "-1000 -801!"),
    ("SB; C6, on entry", OPENED._replace(stop_backup=StopRequest.DURING), ATTACH_INFO, Stage.ISSUED, "-801!"),
    ("T2 StopBackup: noticed on entry, or later", WAITED, backup(), Stage.ISSUED, "-1000"),
    ("SB: noticed on entry, or later", BACKED_UP._replace(stop_backup=StopRequest.BEFORE), backup(), Stage.ISSUED, "-801"),
    ("BI: used pages", NEVER_COPIED._replace(databases=(NEW._replace(damage=Damage.UNKNOWN),)), backup(), Stage.DATABASES,
     "-1018"),
    ("RI Remarks: no log", DAMAGED, restore(ATOMIC_SET)._replace(**SET_LOGS), Stage.WORKING, "0"),
    ("OF: looked at while it works", OPENED, opening(Target.FOREIGN), Stage.ISSUED, ""),
    ("BE, on entry", FULL, BEGIN, Stage.ISSUED, "-510"),
    ("BE; 5.1 P17, on entry", TORN, BEGIN, Stage.ISSUED, "-1090 -510"),
    ("BE: -560, on entry", PERHAPS, BEGIN._replace(grbit=1), Stage.ISSUED, "-560"),
    ("BE", BACKED_UP, BEGIN, Stage.WORKING, "0"),
    ("BE: LogWriteFail", FULL, BEGIN, Stage.WORKING, "-510 0"),
    ("BE; 5.1 P17", TORN, BEGIN, Stage.WORKING, "-1090 -510 0"),
    ("EC: ReadVerifyFailure", PAGE_PERHAPS, BEGIN, Stage.WORKING, "-1018 0"),
    ("BE; TR: logs may have been truncated", PERHAPS, BEGIN._replace(grbit=1), Stage.WORKING, "-560 0"),
    ("BE: a full needs none", PERHAPS, BEGIN, Stage.WORKING, "0"),
    ("Std-5: TermInProgress", WAITED, BEGIN, Stage.WORKING, "-1000 0"),
    *(("T2 StopBackup; C6", OPENED._replace(term_waiting=True), made, Stage.WORKING, "-1000 -801!")
      for made in (ATTACH_INFO, OPEN_FILE, LOG_INFO, TRUNCATE_INFO)),
    ("T2 StopBackup; C6", OPENED._replace(term_waiting=True), END_ABORT, Stage.WORKING, "-1000 -800 -801!"),
    *(("GA to E2: another call ended it", BACKED_UP, made, Stage.WORKING, "-520!")
      for made in (ATTACH_INFO, LOG_INFO, TRUNCATE_INFO, TRUNCATE, END_EXTERNAL, END_NORMAL, OPEN_FILE)),
    *(("GA to E2: another call ended it", BACKED_UP, made, Stage.WORKING, "-1003 -520!") for made in (READ_REST, CLOSE_FILE)),
    *(("SB; C6", OPENED._replace(stop_backup=StopRequest.DURING), made, Stage.WORKING, "-801!")
      for made in (ATTACH_INFO, OPEN_FILE, LOG_INFO, TRUNCATE_INFO)),
    ("SB; C6", OPENED._replace(stop_backup=StopRequest.DURING), READ_REST, Stage.WORKING, "-1003 -801!"),
    ("SB; C6", OPENED._replace(stop_backup=StopRequest.DURING), TRUNCATE, Stage.WORKING, "-521 -801!"),
    ("SB: allowed after a stop", OPENED._replace(stop_backup=StopRequest.DURING), CLOSE_FILE, Stage.WORKING, "-1003!"),
    ("TR: a file is open", after(DOCUMENTED, OPENED, OPEN_FILE), TRUNCATE, Stage.WORKING, "-521!"),
]
# fmt: on


@pytest.mark.parametrize(
    ("source", "control", "made", "stage", "expected"), LATER, ids=[f"{n} {one[2].name}" for n, one in enumerate(LATER)]
)
def test_another_call_under_way(source: str, control: Control, made: Call, stage: Stage, expected: str) -> None:
    assert at(control, made, stage) == expected, source


def test_what_a_log_that_breaks_leaves() -> None:
    """L14, L15: log writing is refused from then on, or the instance is unavailable."""
    for control, made, stage, code, log, fatal in (
        (FULL, backup(), Stage.LOGS, -510, Log.REFUSED, False),
        (FULL, WITHOUT_PATH, Stage.TRUNCATING, -510, Log.REFUSED, False),
        (TORN, backup(), Stage.DATABASES, -1090, Log.WRITING, True),
        (FULL, BEGIN, Stage.WORKING, -510, Log.REFUSED, False),
        (TORN, BEGIN, Stage.WORKING, -1090, Log.WRITING, True),
    ):
        steps = Stepper(DOCUMENTED).advance(control, Pending(made, stage))
        ends = {after for after, pending in steps if pending.stage is Stage.DONE and pending.code == code}
        assert {(one.log, one.fatal, one.activity) for one in ends} == {(log, fatal, Activity.IDLE)}
    for log, code, then in ((Log.FULL, -510, Log.REFUSED), (Log.TORN, -1090, Log.WRITING)):
        steps = Stepper(DOCUMENTED).advance(BACKED_UP._replace(log=log), Pending(backup()))
        ends = {after for after, pending in steps if pending.stage is Stage.DONE and pending.code == code}
        assert {one.log for one in ends} == {then}
        assert any(pending.stage is Stage.ENTERING for _, pending in steps)


def test_a_termination_that_fails_frees_the_handle_all_the_same() -> None:
    """L17: another failure, shut down anyway."""
    for control, code in ((FATAL, -1090), (REFUSED, -510), (FULL, -510), (TORN, -1090)):
        steps = Stepper(DOCUMENTED).advance(control._replace(**TERMINATING), Pending(TERM, Stage.WORKING))
        ends = {after for after, pending in steps if pending.stage is Stage.DONE and pending.code == code}
        assert {one.handle for one in ends} == {Handle.FREED}


# -- what is refused, and not, before a call enters ----------------------------------------------------------------------

# fmt: off
ENTERING: list[tuple[str, Control, Call, set[int]]] = [
    ("BI: only an incremental builds on a full", NEVER_COPIED, backup(), {0}),
    ("BI: only an incremental builds on a full", NEVER_COPIED, WITHOUT_PATH, {0}),
    ("C47: only an incremental", PERHAPS, backup(), {0}),
    ("BI: circular logging bars an incremental alone", CIRCULAR, WITHOUT_PATH, {0}),
    ("BI: circular logging bars an incremental alone", CIRCULAR, backup(), {0}),
    ("C17: whatever the logging", CIRCULAR, backup(FOREIGN), {0, -504}),
    ("C17: whatever the logging", CIRCULAR, backup(FULL_SET), {0, -504}),
    ("S20, C17", BACKED_UP, backup(ATOMIC_SET, 5), {0, -504, -900}),
    ("S20", BACKED_UP, backup(FULL_SET, 5), {0, -504, -900}),
    ("BE: only an incremental", PERHAPS, BEGIN, {0}),
    ("C6: the stop is of another backup", COPYING._replace(stop_backup=StopRequest.DURING), ATTACH_INFO, {-520, -1910}),
    ("BE: -560, perhaps", PERHAPS, BEGIN._replace(grbit=1), {0, -560}),
    ("S9: no database attached", RUNNING, BEGIN._replace(grbit=1), {0, -560}),
    ("S9: only an incremental", RUNNING, BEGIN, {0}),
    ("RI: a null path", RESTORABLE, restore(NULL), {-1003, -1023}),
    ("RI: an empty path", RESTORABLE, restore(BLANK), {-1003, -1023}),
    ("RI: a file", RESTORABLE, restore(FILE), {-1023, -1811}),
    ("RI: whether the logs match", RESTORABLE, restore(ATOMIC_SET), {0, -515}),
    ("RI: no logs to match", RESTORABLE, restore(ATOMIC_SET)._replace(**SET_LOGS), {0}),
    ("RI: a bad handle", GONE, restore(ATOMIC_SET), {-1003}),
    ("RI: a bad handle", GONE, restore(FULL_SET), {-1003}),
    ("AD, EC: a page", BACKED_UP._replace(databases=(COPIED._replace(attached=False, open_by=(), damage=Damage.UNKNOWN),)),
     in_session("JetAttachDatabase", COPIED.path), {0, -1018}),
    ("DD, EC: a page", BACKED_UP._replace(databases=(COPIED._replace(open_by=(), damage=Damage.UNKNOWN),)),
     in_session("JetDetachDatabase", COPIED.path), {0, -1018}),
    *(("EC: a page", PAGE, in_session(name, database="d1"), {0, -1018}) for name in ("Insert", "CountRows")),
    ("EC: a page", PAGE, in_session("JetOpenDatabase", COPIED.path, "d2"), {0, -1018}),
    ("DD, CD: not attached", BACKED_UP, in_session("JetOpenDatabase", "db/none.edb", "d2"), {-1203}),
    *(("EC: InvalidDatabaseId", BACKED_UP, in_session(name, database="d9"), {-1010, -1003})
      for name in ("Insert", "CountRows", "JetCloseDatabase")),
    ("CD: JET_wrnDatabaseAttached", BACKED_UP, in_session("JetCreateDatabase", COPIED.path, "d2"), {-1201, 1007}),
    ("S2: resume", BACKED_UP, call("JetStopServiceInstance2", 0x80000000), {0}),
    ("S2: resume fails after StopServiceAll", BACKED_UP._replace(stop=Stop.ALL), call("JetStopServiceInstance2", 0x80000000),
     {-1329}),
    ("S2: something else after it", BACKED_UP._replace(stop=Stop.ALL), call("JetStopServiceInstance2", 2), {0}),
]
NEVER_ENTERS: list[tuple[Control, Call]] = [
    (NO_RECOVERY, backup()), (CIRCULAR, backup(grbit=INCREMENTAL)), (NEVER_COPIED, backup(grbit=INCREMENTAL)),
    (BACKED_UP, backup(grbit=0x10)), (BACKED_UP, backup(MISSING)), (BACKED_UP, backup(FILE)),
    (BACKED_UP, backup(MISSING, ATOMIC)), (RESTORABLE, restore(NULL)), (RESTORABLE, restore(BLANK)), (RESTORABLE, restore(FILE)),
    (RESTORABLE, restore(MISSING)), (RESTORABLE, restore(FULL_SET, MISSING)), (BACKED_UP, BEGIN._replace(grbit=4)),
    (NO_RECOVERY, BEGIN), (CIRCULAR, BEGIN._replace(grbit=1)), (NEVER_COPIED, BEGIN._replace(grbit=1)), (REFUSED, BEGIN),
    (OPENED, BEGIN), (COPYING, TERM), (BACKED_UP, restore()),
]
# fmt: on


@pytest.mark.parametrize(
    ("source", "control", "made", "expected"), ENTERING, ids=[f"{n} {one[0]}" for n, one in enumerate(ENTERING)]
)
def test_a_call_alone(source: str, control: Control, made: Call, expected: set[int]) -> None:
    assert codes(DOCUMENTED, control, made) == expected, source


@pytest.mark.parametrize(("control", "made"), NEVER_ENTERS)
def test_a_call_that_is_refused_never_enters(control: Control, made: Call) -> None:
    """DESIGN section 3: what is tested when a call enters keeps it from being under way."""
    stage = {"JetBackupInstance": Stage.ENTERING, "JetTerm": Stage.WAITING}.get(made.name, Stage.WORKING)
    assert started(Stepper(DOCUMENTED), control, Hold(made, "", stage)) is None


def test_which_success_it_is() -> None:
    """BI: an incremental marks nothing; C18: a null path may have deleted damaged logs, and any path it was given has not."""

    def afterwards(control: Control, made: Call) -> set[Control]:
        return {state for state, done in run(Stepper(DOCUMENTED), control, made) if done.code == 0}

    assert afterwards(PERHAPS, backup(grbit=INCREMENTAL)) == {PERHAPS}
    assert afterwards(PERHAPS, backup(NULL)) == {PERHAPS}
    assert afterwards(PAGE, backup(NULL, INCREMENTAL)) == {PAGE_PERHAPS}
    assert afterwards(PAGE, backup(grbit=INCREMENTAL)) == {PAGE}
