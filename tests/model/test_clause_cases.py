"""Which clauses speak of an outcome, worked out by hand from the pages and the observations: all of them, and no other."""

import pytest
from jetconform.model.calls import Call
from jetconform.model.clause import ANY, When
from jetconform.model.effects import CLAUSES, clauses
from jetconform.model.state import Control, Phase, StopRequest
from model_world import (
    ATOMIC,
    ATOMIC_SET,
    BLANK,
    BOTH,
    CREATED,
    EMPTY,
    FULL_SET,
    INCREMENTAL,
    INIT,
    NULL,
    RUNNING,
    STOP,
    STOP_BACKUP,
    TERM,
    backup,
    call,
    in_session,
    parameter,
    restore,
    with_parameters,
)  # fmt: skip

CIRCULAR, TERMINATING = with_parameters(RUNNING, circular=True), CREATED._replace(phase=Phase.TERMINATING)
CREATED_CIRCULAR = with_parameters(CREATED, circular=True)
STOPPING = RUNNING._replace(stop_backup=StopRequest.DURING)
GOOD, BAD = True, False
PREPARE, FREEZE, TRUNCATE_SNAPSHOT = (Call(f"JetOSSnapshot{name}") for name in ("Prepare", "Freeze", "TruncateLog"))
BEGIN = call("JetBeginExternalBackupInstance")
READ, CLOSE = call("JetReadFileInstance"), call("JetCloseFileInstance")
TRUNCATE, END = call("JetTruncateLogInstance"), call("JetEndExternalBackupInstance2", 1)
END_OLD, TRUNCATE_INSTANCE = call("JetEndExternalBackupInstance"), call("JetOSSnapshotTruncateLogInstance")

Case = tuple[Call, Control, bool, str]

# fmt: off
COMMON: list[Case] = [
    (INIT, RUNNING, GOOD, "IN.recovered"),
    (INIT, RUNNING, BAD, ""),
    (INIT, CREATED, BAD, "IN.failed"),
    (call("JetCreateInstance"), CREATED, GOOD, "CI.defaults"),
    (call("JetCreateInstance"), CREATED, BAD, "CI.nothing"),
    (STOP, RUNNING, GOOD, "SI.blocks"),
    (STOP, RUNNING, BAD, "SI.nothing"),
    (call("JetStopServiceInstance2", 0), RUNNING, GOOD, "S2.all"),
    (call("JetStopServiceInstance2", 2), RUNNING, GOOD, "S2.some"),
    (call("JetStopServiceInstance2", 0), RUNNING, BAD, ""),
    (call("JetStopServiceInstance2", 2), RUNNING, BAD, ""),
    (STOP_BACKUP, RUNNING, BAD, "SB.nothing"),
    (parameter("recovery", "off"), CREATED, GOOD, ""),
    (parameter("recovery", "off"), CREATED, BAD, "SP.nothing"),
    (in_session("JetEndSession"), RUNNING, GOOD, "ES.rolled-back"),
    (in_session("JetEndSession"), RUNNING, BAD, ""),
    (in_session("JetCreateDatabase"), RUNNING, BAD, ""),
    (in_session("Insert"), RUNNING, GOOD, "Insert.durable"),
    (in_session("Insert"), RUNNING, BAD, ""),
    (TERM, RUNNING, GOOD, "TM.closed"),
    (call("JetTerm2", 0), RUNNING, GOOD, "T2.closed"),
    (call("JetTerm2", 8), RUNNING, GOOD, "T2.closed T2.dirty"),
    (call("JetTerm2", 8), CREATED, GOOD, "T2.closed"),
    (TERM, TERMINATING, BAD, ""),
    (call("JetTerm2", 0), TERMINATING, BAD, ""),
    (in_session("JetCloseDatabase"), RUNNING, GOOD, ""),
    (in_session("JetCloseDatabase"), RUNNING, BAD, ""),
]

DOCUMENTED: list[Case] = [
    (INIT, CREATED, GOOD, "IN.recovered"),
    (restore(), CREATED, GOOD, "RI.clean RI.completed RI.events RI.progress RI.rolled-forward"),
    (restore(), CREATED_CIRCULAR, GOOD, "RI.clean RI.completed RI.events RI.progress RI.moment"),
    (restore(), CREATED_CIRCULAR, BAD, "RI.events RI.progress RI.uninitialized"),
    (backup(), RUNNING, GOOD, "BI.completed BI.events BI.progress BI.full BI.headers BI.rolled BI.truncated"),
    (backup(), RUNNING, BAD, "BI.events BI.progress BI.logs-kept BI.no-set BI.nothing-new"),
    (backup(), CIRCULAR, BAD, "BI.events BI.progress BI.no-set BI.nothing-new"),
    (backup(FULL_SET, INCREMENTAL), RUNNING, GOOD,
     "BI.completed BI.events BI.progress BI.headers BI.incremental BI.rolled BI.truncated"),
    (backup(FULL_SET, INCREMENTAL), RUNNING, BAD, "BI.events BI.progress BI.logs-kept BI.no-set BI.nothing-new"),
    (backup(NULL), RUNNING, GOOD, "BI.completed BI.events BI.progress BI.null BI.truncated"),
    (backup(NULL, INCREMENTAL), RUNNING, GOOD, "BI.completed BI.events BI.progress BI.null BI.truncated"),
    (backup(ATOMIC_SET, ATOMIC), RUNNING, BAD, "BI.atomic-keeps BI.events BI.progress BI.logs-kept BI.no-set BI.nothing-new"),
    (backup(ATOMIC_SET, ATOMIC), RUNNING, GOOD, "BI.completed BI.events BI.progress BI.full BI.headers BI.rolled BI.truncated"),
    (backup(ATOMIC_SET), RUNNING, BAD, "BI.events BI.progress BI.logs-kept BI.no-set BI.nothing-new"),
    (backup(EMPTY, ATOMIC), RUNNING, BAD, "BI.events BI.progress BI.logs-kept BI.no-set BI.nothing-new"),
    (restore(), CREATED, BAD, "RI.events RI.progress RI.uninitialized"),
    (restore(), RUNNING, BAD, "RI.events RI.progress"),
    (STOP_BACKUP, RUNNING, GOOD, "SB.new-calls"),
    (TERM, RUNNING, BAD, "TM.usage"),
    (call("JetTerm2", 0), RUNNING, BAD, "T2.usage"),
    (call("JetTerm2", 8), RUNNING, BAD, "T2.dirty T2.usage"),
    (in_session("JetCreateDatabase"), RUNNING, GOOD, "CD.made"),
    (BEGIN, RUNNING, GOOD, "XB.files XB.logs-kept XB.marks-kept"),
    (BEGIN, RUNNING, BAD, "XB.files XB.logs-kept XB.marks-kept"),
    (BEGIN, CIRCULAR, GOOD, "XB.files XB.marks-kept"),
    (READ, RUNNING, GOOD, "XB.files XB.logs-kept XB.marks-kept"),
    (CLOSE, RUNNING, BAD, "XB.files XB.logs-kept XB.marks-kept"),
    (TRUNCATE, RUNNING, GOOD, "TR.listed TR.oldest XB.files XB.marks-kept"),
    (TRUNCATE, RUNNING, BAD, "TR.oldest XB.files XB.marks-kept"),
    (TRUNCATE, CIRCULAR, GOOD, "TR.listed XB.files XB.marks-kept"),
    (END, RUNNING, GOOD, "XB.files XB.logs-kept XE.marked"),
    (END, RUNNING, BAD, "XB.files XB.logs-kept XE.unmarked"),
    (END_OLD, RUNNING, BAD, "XB.files XB.logs-kept XE.unmarked"),
    (PREPARE, RUNNING, GOOD, "SN.files SN.logs-kept SN.marks-kept"),
    (PREPARE, RUNNING, BAD, "SN.files SN.logs-kept SN.marks-kept"),
    (PREPARE, CIRCULAR, GOOD, "SN.files SN.marks-kept"),
    (FREEZE, RUNNING, GOOD, "OZ.frozen SN.files SN.logs-kept SN.marks-kept"),
    (FREEZE, RUNNING, BAD, "SN.files SN.logs-kept SN.marks-kept"),
    (TRUNCATE_SNAPSHOT, RUNNING, GOOD, "SN.files SN.marks-kept SN.oldest"),
    (TRUNCATE_SNAPSHOT, RUNNING, BAD, "SN.files SN.marks-kept SN.oldest"),
    (TRUNCATE_SNAPSHOT, CIRCULAR, GOOD, "SN.files SN.marks-kept"),
    (TRUNCATE_INSTANCE, RUNNING, GOOD, "SN.files SN.marks-kept SN.oldest"),
]

_COPIED = "BI.copy BI.copy-mark BI.completed BI.events BI.progress BI.full BI.headers BI.logs BI.logs-whole"
_PATCHED = "BI.patch BI.patch-source BI.rolled BI.truncated"
ESE: list[Case] = [
    (backup(), RUNNING, GOOD, f"{_COPIED} BI.needed BI.nothing-else {_PATCHED}"),
    (backup(), CIRCULAR, GOOD, f"{_COPIED} BI.nothing-else {_PATCHED}"),
    (backup(), STOPPING, GOOD, f"{_COPIED} BI.needed BI.nothing-else {_PATCHED} BI.unmarked"),
    (backup(BLANK), RUNNING, GOOD, f"{_COPIED} BI.needed {_PATCHED}"),
    (backup(NULL), RUNNING, GOOD,
     f"{_COPIED.replace('BI.headers', '')} BI.needed BI.patch BI.patch-source BI.truncated"),
    (backup(EMPTY, ATOMIC), RUNNING, GOOD, f"BI.atomic {_COPIED} BI.needed BI.nothing-else {_PATCHED}"),
    (backup(FULL_SET, INCREMENTAL), RUNNING, GOOD,
     "BI.completed BI.events BI.progress BI.headers BI.incremental BI.logs BI.logs-whole BI.needed BI.rolled BI.truncated"),
    (backup(ATOMIC_SET, BOTH), RUNNING, GOOD,
     "BI.completed BI.events BI.progress BI.headers BI.incremental BI.logs BI.logs-whole BI.needed BI.rolled BI.truncated"),
    (backup(), RUNNING, BAD, "BI.events BI.progress BI.logs-kept BI.no-set BI.partial BI.refused"),
    (backup(), STOPPING, BAD, "BI.events BI.progress BI.logs-kept BI.no-set BI.partial BI.refused"),
    (backup(FULL_SET, INCREMENTAL), RUNNING, BAD, "BI.events BI.progress BI.logs-kept BI.no-set BI.partial BI.refused"),
    (backup(EMPTY, ATOMIC), RUNNING, BAD, "BI.events BI.progress BI.logs-kept BI.no-set BI.partial-atomic BI.refused"),
    (backup(EMPTY, BOTH), RUNNING, BAD, "BI.events BI.progress BI.logs-kept BI.no-set BI.refused"),
    (backup(ATOMIC_SET, ATOMIC), CIRCULAR, BAD, "BI.atomic-keeps BI.events BI.progress BI.no-set BI.partial-atomic BI.refused"),
    (backup(ATOMIC_SET), CIRCULAR, BAD, "BI.events BI.progress BI.no-set BI.partial BI.refused"),
    (INIT, CREATED, GOOD, "IN.logs IN.recovered"),
    (restore(), CREATED, GOOD, "RI.clean RI.databases RI.completed RI.events RI.progress RI.rolled-forward RI.set-kept"),
    (restore(), CREATED_CIRCULAR, GOOD, "RI.clean RI.databases RI.completed RI.events RI.progress RI.moment RI.set-kept"),
    (restore(), CREATED, BAD, "RI.events RI.progress RI.not-found RI.set-kept RI.uninitialized"),
    (restore(), RUNNING, BAD, "RI.events RI.progress RI.set-kept"),
    (STOP_BACKUP, RUNNING, GOOD, "SB.running"),
    (TERM, RUNNING, BAD, ""),
    (call("JetTerm2", 8), RUNNING, BAD, "T2.dirty"),
    (in_session("JetCreateDatabase"), RUNNING, GOOD, "CD.made CD.pages"),
]
# fmt: on


def spoken(profile: str, made: Call, control: Control, success: bool) -> set[str]:
    return {clause.id for clause in clauses(profile, made, control, success=success)}


@pytest.mark.parametrize(("made", "control", "success", "expected"), [*COMMON, *DOCUMENTED])
def test_the_clauses_of_the_pages(made: Call, control: Control, success: bool, expected: str) -> None:
    assert spoken("documented", made, control, success) == set(expected.split())


@pytest.mark.parametrize(("made", "control", "success", "expected"), [*COMMON, *ESE])
def test_the_clauses_of_microsofts_engine(made: Call, control: Control, success: bool, expected: str) -> None:
    assert spoken("ese", made, control, success) == set(expected.split())


def test_the_clauses_of_every_call() -> None:
    """source 2.3, 2.4, 4.2; 7.1 to 7.5: what each call writes, where, and how large: whether it succeeds or fails."""
    assert {(one.id, one.when, one.condition) for one in CLAUSES["ese"] if one.call == ANY} == {
        ("any.elsewhere", When.ALWAYS, ""), ("any.sizes", When.ALWAYS, ""),
    }  # fmt: skip
    assert [one.id for one in CLAUSES["documented"] if one.call == ANY] == []
