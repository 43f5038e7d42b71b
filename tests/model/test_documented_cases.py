"""The `documented` profile against sets worked out by hand from the pages: situation, call, codes, source.

Page keys are those of the public documentation: BI is JetBackupInstance, T2 JetTerm2, RI JetRestoreInstance; L, C, S and P
are numbered facts, contradictions, silences and pairs without precedence.
"""

import pytest
from jetconform.model.calls import Answer, Call, Stage
from jetconform.model.guards.documented import DOCUMENTED
from jetconform.model.state import Backed, Control, Damage, Log, Phase, Stop
from model_world import (
    ATOMIC,
    ATOMIC_SET,
    BACKED_UP,
    BLANK,
    BOTH,
    CREATE,
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
    RESTORABLE,
    RUNNING,
    STOP,
    STOP_BACKUP,
    TERM,
    TERM_STOPPING,
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

STOPPED = BACKED_UP._replace(stop=Stop.PLAIN)
FATAL = BACKED_UP._replace(fatal=True)
REFUSED = BACKED_UP._replace(log=Log.REFUSED)
CIRCULAR = with_parameters(BACKED_UP, circular=True)
NO_RECOVERY = with_parameters(BACKED_UP, recovery=False)
MAKES_PATHS = with_parameters(BACKED_UP, create_path=True)
PERHAPS = RUNNING._replace(databases=(NEW._replace(backed_up=Backed.UNKNOWN),))
NEVER = NEVER_COPIED

# fmt: off
ALONE: list[tuple[str, Control, Call, set[int]]] = [
    ("BI: InvalidParameter", BACKED_UP, backup(instance=GARBAGE), {-1003}),
    ("BI: InvalidParameter", BACKED_UP, backup(instance=NIL), {-1003}),
    ("BI: InvalidParameter; 5.1 P1: a terminated handle", GONE, backup(), {-1003, -1029}),
    ("BI: InvalidParameter; 5.1 P1: never created", Control(), backup(), {-1003, -1029}),
    ("BI: NotInitialized; L2", CREATED, backup(), {-1029}),
    ("BI: TermInProgress; C1", BACKED_UP._replace(phase=Phase.TERMINATING), backup(), {-1000, -523}),
    ("BI: ClientRequestToStopJetService", STOPPED, backup(), {-1329}),
    ("BI: ClientRequestToStopJetService; L12", BACKED_UP._replace(stop=Stop.ALL), backup(), {-1329}),
    ("BI: InstanceUnavailable; 5.1 P17", FATAL, backup(), {-1090, -510}),
    ("BI: LogWriteFail; 5.1 P17", REFUSED, backup(), {-510, -1090}),
    ("BI: LogWriteFail: no space for the record", faulty(BACKED_UP, "log-full"), backup(), {-510}),
    ("BI: LogWriteFail; 5.1 P17: a torn record", faulty(BACKED_UP, "log-torn"), backup(), {-510, -1090}),
    ("BI: LoggingDisabled", NO_RECOVERY, backup(), {-516}),
    ("BI: InvalidBackup", CIRCULAR, backup(grbit=INCREMENTAL), {-526}),
    ("BI: a full backup with circular logging", CIRCULAR, backup(), {0}),
    ("BI Remarks: incremental after a full; C21", NEVER, backup(grbit=INCREMENTAL), {-560}),
    ("BI Remarks: incremental after a full", BACKED_UP, backup(grbit=INCREMENTAL), {0}),
    ("C47: perhaps backed up", PERHAPS, backup(grbit=INCREMENTAL), {0, -560}),
    ("S9: no database attached", DETACHED, backup(grbit=INCREMENTAL), {0, -560}),
    ("S9: no database attached", RUNNING, backup(), {0}),
    ("BI: InvalidGrbit: Snapshot is reserved", BACKED_UP, backup(grbit=0x10), {-900}),
    ("BI: InvalidGrbit: an unknown bit", BACKED_UP, backup(grbit=0x20), {-900}),
    ("BI: InvalidGrbit: an unknown bit and Incremental", BACKED_UP, backup(grbit=0x21), {-900}),
    ("5.1 P11: Atomic and Incremental", BACKED_UP, backup(grbit=BOTH), {0, -900}),
    ("BI: InvalidPath", BACKED_UP, backup(MISSING), {-1023}),
    ("BI: InvalidPath", BACKED_UP, backup(MISSING, ATOMIC), {-1023}),
    ("BI: InvalidPath", BACKED_UP, backup(MISSING, INCREMENTAL), {-1023}),
    ("BI Remarks: CreatePathIfNotExist", MAKES_PATHS, backup(MISSING), {0}),
    ("BI Remarks: CreatePathIfNotExist", MAKES_PATHS, backup(MISSING, INCREMENTAL), {0}),
    ("BI: InvalidPath: a file is no directory", MAKES_PATHS, backup(FILE), {-1023}),
    ("BI: Success", BACKED_UP, backup(EMPTY), {0}),
    ("BI: Success", BACKED_UP, backup(EMPTY, ATOMIC), {0}),
    ("C17: foreign files, a recommendation alone", BACKED_UP, backup(FOREIGN), {0, -504}),
    ("BI Remarks: files of an earlier backup; C17", BACKED_UP, backup(FULL_SET, FULL), {0, -504}),
    ("S21: atomic beside a plain set", BACKED_UP, backup(FULL_SET, ATOMIC), {0, -504}),
    ("S20: incremental, perhaps not where its full is", BACKED_UP, backup(FULL_SET, INCREMENTAL), {0, -504}),
    ("C17: incremental beside foreign files", BACKED_UP, backup(FOREIGN, INCREMENTAL), {0, -504}),
    ("BI: Atomic keeps the earlier backup", BACKED_UP, backup(ATOMIC_SET, ATOMIC), {0}),
    ("C17: full into an atomic set's folder", BACKED_UP, backup(ATOMIC_SET, FULL), {0, -504}),
    ("BI: a null path truncates", BACKED_UP, backup(NULL), {0}),
    ("C18, S13: a null path, incremental, no full", NEVER, backup(NULL, INCREMENTAL), {0, -560}),
    ("C18, S13: a null path, incremental, circular", CIRCULAR, backup(NULL, INCREMENTAL), {0, -526}),
    ("the pages are silent: the empty string", BACKED_UP, backup(BLANK), {0, -1023, -1003}),
    ("BI: ReadVerifyFailure", faulty(BACKED_UP, "page"), backup(), {-1018}),
    ("BI: ReadVerifyFailure, atomic", faulty(BACKED_UP, "page"), backup(grbit=ATOMIC), {-1018}),
    ("BI: an incremental backup reads no page", faulty(BACKED_UP, "page"), backup(grbit=INCREMENTAL), {0}),
    ("BI: LogReadVerifyFailure", faulty(BACKED_UP, "log"), backup(), {-612}),
    ("BI: LogReadVerifyFailure", faulty(BACKED_UP, "log"), backup(grbit=INCREMENTAL), {-612}),
    ("BI Remarks: used pages only", BACKED_UP._replace(log_damage=Damage.UNKNOWN), backup(), {0, -612}),
    ("5.1 P2: stopped and fatal", STOPPED._replace(fatal=True), backup(), {-1329, -1090, -510}),
    ("5.1 P8: recovery off, incremental, circular", with_parameters(BACKED_UP, recovery=False, circular=True),
     backup(grbit=INCREMENTAL), {-516, -526}),
    ("5.1 P14: a missing path and no full", NEVER, backup(MISSING, INCREMENTAL), {-560, -1023}),
    ("5.1 P16: page and log damaged", faulty(BACKED_UP, "page", "log"), backup(), {-1018, -612}),
    ("5.1: bad options and a missing path", BACKED_UP, backup(MISSING, 0x20), {-900, -1023}),
    ("C41: how long a stop lasts is not said", BACKED_UP._replace(stop_backup=True), backup(), {0, -801}),
    ("RI: AlreadyInitialized, InvalidPath; XR: FileNotFound", BACKED_UP, restore(MISSING), {-1030, -1023, -1811}),
    ("RI: AlreadyInitialized, InvalidLogSequence", BACKED_UP, restore(), {-1030, -515}),
    ("RI: InvalidParameter, InvalidPath; XR: FileNotFound", RESTORABLE,
     restore(MISSING, instance=GARBAGE), {-1003, -1023, -1811}),
    ("RI: InvalidPath: the backup; XR: FileNotFound", RESTORABLE, restore(MISSING), {-1023, -1811}),
    ("RI: InvalidPath: the destination", RESTORABLE, restore(FULL_SET, MISSING), {-1023, -515}),
    ("RI: Success, or InvalidLogSequence", RESTORABLE, restore(FULL_SET), {0, -515}),
    ("L5: a second JetInit", RUNNING, INIT, {-1030}),
    ("IN: Success", CREATED, INIT, {0}),
    ("CI: InstanceNameInUse", CREATED, CREATE, {-1086}),
    ("CI: Success after JetTerm", GONE, CREATE, {0}),
    ("L16: also ends an uninitialised instance", CREATED, TERM, {0}),
    ("TM: InvalidParameter; C8", GONE, TERM, {-1003, -1029}),
    ("TM: Success", BACKED_UP, TERM, {0}),
    ("C5: JetTerm after a stop", STOPPED, TERM, {0, -1329}),
    ("T2: Dirty", BACKED_UP, call("JetTerm2", 8), {0, -1116}),
    ("SI: InvalidParameter: not currently running", CREATED, STOP, {-1003}),
    ("SI: Success, again", STOPPED, STOP, {0}),
    ("C14: bad bits", BACKED_UP, call("JetStopServiceInstance2", 0x40), {-900}),
    ("S2: resume fails after All; C14", BACKED_UP._replace(stop=Stop.ALL),
     call("JetStopServiceInstance2", 0x80000000), {-1329}),
    ("SP: AlreadyInitialized", RUNNING, parameter("circular_log", "1"), {-1030}),
    ("C44: CreatePathIfNotExist after JetInit", RUNNING, parameter("create_path_if_not_exist", "1"), {0, -1030}),
    ("DD: DatabaseInUse", BACKED_UP, in_session("JetDetachDatabase", "db/test.edb"), {-1202}),
    ("DD: DatabaseNotFound", DETACHED, in_session("JetDetachDatabase", "db/test.edb"), {-1203}),
    ("AD: FileNotFound", BACKED_UP, in_session("JetAttachDatabase", "db/other.edb"), {-1811}),
    ("AD: wrnDatabaseAttached; C46", BACKED_UP, in_session("JetAttachDatabase", "db/test.edb"), {1007, -1215}),
    ("CD: DatabaseDuplicate", DETACHED, in_session("JetCreateDatabase", "db/test.edb", "d2"), {-1201}),
    ("SI: JetDetachDatabase is still allowed", DETACHED._replace(stop=Stop.PLAIN),
     in_session("JetDetachDatabase", "db/x.edb"), {-1203}),
    ("SI: most calls are blocked", STOPPED, in_session("Insert", database="d1"), {-1329}),
    ("ES: InvalidSesid", BACKED_UP, in_session("JetEndSession", session="s9"), {-1104}),
]
# fmt: on


@pytest.mark.parametrize(
    ("source", "control", "made", "expected"), ALONE, ids=[f"{c[0]}, {c[2].label()}" for c in ALONE]
)
def test_a_call_alone(source: str, control: Control, made: Call, expected: set[int]) -> None:
    assert codes(DOCUMENTED, control, made) == expected, source


# fmt: off
BESIDE: list[tuple[str, Control, Call, Stage, Call, set[int]]] = [
    ("BI: BackupNotAllowedYet; 5.1 P5", CREATED, INIT, Stage.WORKING, backup(), {-523, -1029, -1031}),
    ("BI: RestoreInProgress; 5.1 P6; C1", RESTORABLE, restore(), Stage.WORKING, backup(), {-506, -1029, -523}),
    ("BI: TermInProgress; C1", BACKED_UP, TERM, Stage.WORKING, backup(), {-1000, -523}),
    ("BI: BackupInProgress; C36", BACKED_UP, backup(), Stage.ENTERING, backup(), {-505, -1910}),
    ("BI: BackupInProgress; C36", BACKED_UP, backup(), Stage.DATABASES, backup(), {-505, -1910}),
    ("BI: BackupInProgress; C36", BACKED_UP, backup(grbit=INCREMENTAL), Stage.LOGS, backup(), {-505, -1910}),
    ("BI: BackupInProgress; C36", BACKED_UP, backup(), Stage.LEAVING, backup(), {-505, -1910}),
    ("5.1 P9: a second one with circular, incremental", CIRCULAR, backup(), Stage.DATABASES, backup(grbit=INCREMENTAL),
     {-505, -1910, -526}),
    ("5.1 P9: a second one to a missing path", BACKED_UP, backup(), Stage.DATABASES, backup(MISSING), {-505, -1910, -1023}),
    ("L25: attach during a backup; C46", BACKED_UP, backup(), Stage.DATABASES, in_session("JetAttachDatabase", "db/test.edb"),
     {-505, 1007, -1215}),
    ("L25: detach during a backup", BACKED_UP, backup(), Stage.DATABASES, in_session("JetDetachDatabase", "db/x.edb"),
     {-505, -1203}),
    ("L25: reads and writes go on", BACKED_UP, backup(), Stage.DATABASES, in_session("Insert", database="d1"), {0}),
    ("C47: create during a backup", BACKED_UP, backup(), Stage.DATABASES, in_session("JetCreateDatabase", "db/x.edb", "d2"),
     {0, -505}),
    ("T2: BackupInProgress without StopBackup; L19", BACKED_UP, backup(), Stage.DATABASES, TERM, {-505}),
    ("T2: BackupInProgress without StopBackup; L19", BACKED_UP, backup(), Stage.DATABASES, call("JetTerm2", 1), {-505}),
    ("RI: AlreadyInitialized", BACKED_UP, backup(), Stage.DATABASES, restore(EMPTY), {-1030, -1811, -528, -1023}),
    ("TM: RestoreInProgress; L20", RESTORABLE, restore(), Stage.WORKING, TERM, {-506}),
    ("TM: TermInProgress; L20", BACKED_UP, TERM, Stage.WORKING, call("JetTerm2"), {-1000}),
    ("TM: NotInitialized; S5", CREATED, INIT, Stage.WORKING, TERM, {-1029, -1031}),
    ("BS: RestoreInProgress; L8", RESTORABLE, restore(), Stage.WORKING,
     call("JetBeginSession")._replace(session="s2"), {-506, -1029}),
    ("SP: InitInProgress; L6", CREATED, INIT, Stage.WORKING, parameter("recovery", "off"), {-1031}),
    ("SP: RestoreInProgress; L8", RESTORABLE, restore(), Stage.WORKING, parameter("recovery", "off"), {-506}),
]
# fmt: on


@pytest.mark.parametrize(
    ("source", "control", "first", "stage", "made", "expected"),
    BESIDE,
    ids=[f"{c[0]}, {c[4].label()} beside {c[2].label()} {c[3].value}" for c in BESIDE],
)
def test_a_call_beside_one_that_is_held(
    source: str, control: Control, first: Call, stage: Stage, made: Call, expected: set[int]
) -> None:
    assert cell(DOCUMENTED, held(DOCUMENTED, control, first, stage), made).codes == expected, source


# fmt: off
HELD: list[tuple[str, Call, set[int]]] = [
    ("S15: whether a running backup is aborted is not said", STOP, {0, -1329}),
    ("SB: prevents a running backup from continuing; 1.15: the cancel route", STOP_BACKUP, {-801}),
    ("L25: reads and writes go on", in_session("Insert", database="d1"), {0}),
]
# fmt: on


@pytest.mark.parametrize(("source", "meanwhile", "expected"), HELD)
def test_what_becomes_of_a_backup(source: str, meanwhile: Call, expected: set[int]) -> None:
    node = held(DOCUMENTED, BACKED_UP, backup(), Stage.DATABASES)
    (then,) = {outcome.node for outcome in cell(DOCUMENTED, node, meanwhile).outcomes if outcome.code == 0}
    assert let_go(DOCUMENTED, then) == expected, source


def test_term_with_stop_backup_ends_the_backup() -> None:
    """T2: StopBackup; 5.1 P18: the backup ends with BackupAbortByServer or TermInProgress, and JetTerm2 succeeds."""
    node = held(DOCUMENTED, BACKED_UP, backup(), Stage.DATABASES)
    found = cell(DOCUMENTED, node, TERM_STOPPING)
    assert found.codes == {0}
    assert {DOCUMENTED.row(outcome.held_row).code for outcome in found.outcomes} == {-801, -1000}


def test_a_restored_instance_is_not_initialised() -> None:
    """L9; 4.1: after JetRestoreInstance succeeded, JetInit is allowed and a backup is not."""
    restored = after(DOCUMENTED, RESTORABLE, restore())
    assert codes(DOCUMENTED, restored, backup()) == {-1029}
    assert codes(DOCUMENTED, restored, INIT) == {0}


def test_a_failing_callback_may_fail_the_call_or_be_ignored() -> None:
    """PF: after a failure of the callback the operation may go on or may fail; C38."""
    node = held(DOCUMENTED, BACKED_UP, backup(), Stage.DATABASES)
    assert node.held is not None
    failed = node.held._replace(call=node.held.call._replace(answer=Answer(-1011)))
    assert let_go(DOCUMENTED, node._replace(held=failed)) == {0, -1011}
