"""The clauses on streaming backups and snapshots: for each a difference that keeps it, and one that breaks it."""

from dataclasses import replace
from pathlib import Path

import pytest
from bench import RUNNING, laboratory, on_instance
from jetconform.conformance.clauses import DOCUMENTED_CHECKS
from jetconform.conformance.effects import Completed, EffectsJudge
from jetconform.conformance.effects_documented import CHECKS
from jetconform.conformance.effects_external import EXTERNAL_CHECKS
from jetconform.conformance.script import CallStep, FaultStep, Step, play
from jetconform.conformance.snapshot import File, Snapshot
from jetconform.conformance.watch import BrokenClause
from jetconform.model.calls import Call, Instance
from jetconform.model.clause import Clause
from jetconform.model.effects import CLAUSES
from jetconform.model.effects_external import EXTERNAL
from jetconform.model.external import Kind, Streaming
from jetconform.model.state import Control, Database, Handle, Phase

ALL = frozenset({"classify", "header"})
DB, OTHER = "db/test.edb", "db/other.edb"
NEVER, MARK, LATER = [0, 0, 0], [1, 2, 77], [1, 3, 99]

DATABASES = (Database(OTHER, attached=True), Database(DB, attached=True))
OPEN = Control(handle=Handle.VALID, phase=Phase.RUNNING, databases=DATABASES)
READ = Streaming(Kind.FULL, (OTHER, DB), copied=(DB,), listed=True, logs_read=True)
CUT = OPEN._replace(streaming=READ._replace(truncated=True))
WHOLE = OPEN._replace(streaming=READ)
INCREMENTAL = OPEN._replace(streaming=Streaming(Kind.INCREMENTAL, listed=True, logs_read=True, truncated=True))
CIRCULAR = OPEN._replace(configuration=OPEN.configuration._replace(circular=True))


def file(role: str, generation: int | None = None, content: bytes = b"a") -> File:
    return File(len(content), content, role, generation)


LOGS = {f"db/edb{generation:08X}.log": file("log", generation) for generation in (1, 2, 3)}
FILES = {DB: file("database"), OTHER: file("database"), **LOGS, "db/edb.log": file("log", 4)}


def marks(db: list[int] = NEVER, other: list[int] = NEVER, slot: str = "fullPrev") -> dict[str, dict[str, list[int]]]:
    both = {"fullPrev": NEVER, "incPrev": NEVER}
    return {DB: both | {slot: db}, OTHER: both | {slot: other}}


UNMARKED = marks()


def without(*generations: int) -> dict[str, File]:
    return {path: one for path, one in FILES.items() if one.role != "log" or one.generation not in generations}


def done(
    name: str,
    after: dict[str, File] = FILES,
    header: dict[str, dict[str, list[int]]] = UNMARKED,
    *,
    control: Control = OPEN,
    grbit: int = 0,
    err: int = 0,
    listed: tuple[str, ...] = (),
    frozen: bool = False,
) -> Completed:
    call = Call(name, Instance.NAMED, grbit=grbit)
    before, now = Snapshot(FILES, UNMARKED, ()), Snapshot(after, header, ())
    return Completed(call, None, err, control, frozenset(), before, now, frozen=frozen, listed=listed)


END, END2 = "JetEndExternalBackupInstance", "JetEndExternalBackupInstance2"
TRUNCATE, TRUNCATE_SNAPSHOT = "JetTruncateLogInstance", "JetOSSnapshotTruncateLog"
OLDEST = without(1, 2)
OPENED = "JetOpenFileInstance"
THAW = "JetOSSnapshotThaw"

GOOD = {
    "a file is opened": done(OPENED),
    "a call fails": done(OPENED, err=-1324),
    "logs go by themselves": done(OPENED, OLDEST, control=CIRCULAR),
    "logs are truncated": done(TRUNCATE, OLDEST, listed=tuple(sorted(LOGS))[:2]),
    "a truncation that breaks off": done(TRUNCATE, OLDEST, err=-614),
    "a full backup is marked": done(END, header=marks(MARK), control=CUT),
    "an incremental one is marked": done(END, header=marks(MARK, LATER, "incPrev"), control=INCREMENTAL),
    "one whose client truncated": done(END2, header=marks(MARK), control=WHOLE, grbit=0x101),
    "a copy is not marked": done(END2, control=WHOLE, grbit=1),
    "an abort": done(END2, control=CUT, grbit=2),
    "a failed end": done(END, control=CUT, err=-802),
    "a snapshot is thawed": done(THAW),
    "a snapshot truncates": done(TRUNCATE_SNAPSHOT, OLDEST, grbit=1),
    "a snapshot of some databases": done(TRUNCATE_SNAPSHOT),
    "a snapshot is refused": done(TRUNCATE_SNAPSHOT, grbit=1, err=-2301),
    "frozen": done("JetOSSnapshotFreeze", FILES | {"db/edb.chk": file("checkpoint")}, frozen=True),
    "written by the freeze itself": done("JetOSSnapshotFreeze", FILES | {DB: file("database", content=b"b")}),
}

BROKEN = {
    "a copy is written": (done(OPENED, FILES | {"bk/test.edb": file("other")}), "XB.files", "bk/test.edb was written"),
    "a log is deleted": (done(OPENED, OLDEST), "XB.logs-kept", "generation 1 was deleted"),
    "a log is deleted at the end": (done(END, OLDEST, err=-802, control=CUT), "XB.logs-kept", "generation 1 was deleted"),
    "marked too early": (done(TRUNCATE, header=marks(MARK)), "XB.marks-kept", f"header of {DB} changed"),
    "not marked": (done(END, control=CUT), "XE.marked", f"fullPrev in the header of {DB} was not set"),
    "marked in the other slot": (
        done(END, header=marks(MARK, MARK), control=INCREMENTAL), "XE.marked", f"incPrev in the header of {OTHER} was not",
    ),
    "one that was not copied": (done(END, header=marks(MARK, MARK), control=CUT), "XE.marked", f"header of {OTHER} changed"),
    "a copy is marked": (done(END2, header=marks(MARK), control=WHOLE, grbit=1), "XE.marked", f"header of {DB} changed"),
    "an abort is marked": (done(END2, header=marks(MARK), control=CUT, grbit=2), "XE.marked", f"header of {DB} changed"),
    "a failure is marked": (done(END, header=marks(MARK), control=CUT, err=-802), "XE.unmarked", f"header of {DB} changed"),
    "a listed log stays": (done(TRUNCATE, without(1), listed=tuple(sorted(LOGS))[:2]), "TR.listed", "00000002.log, which"),
    "a gap": (done(TRUNCATE, without(2)), "TR.oldest", "generation 2 was deleted, the older 1 is still there"),
    "a gap after a failure": (done(TRUNCATE, without(3), err=-614), "TR.oldest", "generation 3 was deleted, the older 1"),
    "a snapshot writes": (done(THAW, FILES | {"x": file("other")}), "SN.files", "x was written"),
    "a thaw deletes": (done(THAW, OLDEST), "SN.logs-kept", "generation 1 was deleted"),
    "a snapshot marks": (done(THAW, header=marks(MARK)), "SN.marks-kept", f"header of {DB} changed"),
    "a truncation that nobody asked for": (done(TRUNCATE_SNAPSHOT, OLDEST), "SN.oldest", "generation 1 was deleted"),
    "a refused one": (done(TRUNCATE_SNAPSHOT, OLDEST, grbit=1, err=-2301), "SN.oldest", "generation 1 was deleted"),
    "a gap after a snapshot": (done(TRUNCATE_SNAPSHOT, without(2), grbit=1), "SN.oldest", "the older 1 is still there"),
    "written while frozen": (
        done("JetOSSnapshotFreeze", FILES | {DB: file("database", content=b"b")}, frozen=True), "OZ.frozen", f"{DB} was written",
    ),
}  # fmt: skip


def verdict(one: Completed, capabilities: frozenset[str] = ALL) -> tuple[str, str] | None:
    found = EffectsJudge(capabilities, checks=DOCUMENTED_CHECKS).judge(one, under_way=False)
    return found and (found[0].id, found[1])


@pytest.mark.parametrize("name", GOOD)
def test_what_keeps_the_clauses_passes(name: str) -> None:
    assert verdict(GOOD[name]) is None


@pytest.mark.parametrize("name", BROKEN)
def test_what_breaks_a_clause_is_found(name: str) -> None:
    one, clause, words = BROKEN[name]
    found = verdict(one)
    assert found is not None
    assert found[0] == clause
    assert words in found[1]


def test_every_clause_can_be_broken_and_is_judged() -> None:
    assert {clause for _, clause, _ in BROKEN.values()} == set(EXTERNAL_CHECKS) == {clause.id for clause in EXTERNAL}
    assert not set(EXTERNAL_CHECKS) & set(CHECKS)
    assert set(EXTERNAL) <= set(CLAUSES["documented"])


@pytest.mark.parametrize("name", BROKEN)
def test_beside_a_call_that_writes_nothing_is_said_but_of_what_is_frozen(name: str) -> None:
    one, clause, _ = BROKEN[name]
    beside = verdict(replace(one, others=frozenset({"Insert"})))
    assert (beside is None) is (clause != "OZ.frozen")


def test_a_clause_speaks_of_the_calls_of_its_family_alone() -> None:
    by_id: dict[str, Clause] = {clause.id: clause for clause in EXTERNAL}
    assert by_id["XB.logs-kept"].speaks_of("JetEndExternalBackupInstance2")
    assert not by_id["XB.logs-kept"].speaks_of("JetTruncateLogInstance")
    assert not by_id["XB.marks-kept"].speaks_of("JetEndExternalBackupInstance")
    assert not by_id["SN.logs-kept"].speaks_of("JetOSSnapshotTruncateLogInstance")
    assert not any(clause.speaks_of("JetBackupInstance") for clause in EXTERNAL)


# -- in histories ----------------------------------------------------------------------------------------------------------


def steps(*calls: Step) -> tuple[Step, ...]:
    """Those calls in a running instance with one database."""
    return (
        *RUNNING,
        CallStep(11, "A", "JetBeginSession", {"instance": "i1", "session": "s1"}),
        CallStep(12, "A", "JetCreateDatabase", {"session": "s1", "database": "d1", "path": DB}),
        *calls,
    )


def snapshot_call(number: int, name: str, **args: object) -> CallStep:
    return CallStep(number, "A", name, {"grbit": 0, **args})


FROZEN = (
    snapshot_call(20, "JetOSSnapshotPrepare"),
    snapshot_call(21, "JetOSSnapshotFreeze", snapshot="last"),
)
INSERT = CallStep(22, "A", "Insert", {"session": "s1", "database": "d1", "rows": 10})


def judged(
    tmp_path: Path, script: tuple[Step, ...], engine: str = "reference"
) -> tuple[EffectsJudge, BrokenClause | None]:
    with laboratory(tmp_path / "lab", engine) as lab:
        effects = lab.effects_judge()
        assert effects is not None
        lab.effects = effects
        with lab.history() as history:
            try:
                play(script, history)
            except BrokenClause as problem:
                return effects, problem
    return effects, None


def test_what_is_frozen_is_looked_at_until_the_thaw(tmp_path: Path) -> None:
    count = CallStep(23, "A", "JetBeginSession", {"instance": "i1", "session": "s2"})
    thaw = snapshot_call(24, THAW, snapshot="last")
    effects, problem = judged(tmp_path, steps(*FROZEN, count, thaw, INSERT))
    assert problem is None
    assert effects.exercised["OZ.frozen"] == 2


def test_a_freeze_that_timed_out_keeps_nothing(tmp_path: Path) -> None:
    effects, problem = judged(tmp_path, steps(*FROZEN, FaultStep("snapshot-timeout", "i1"), INSERT))
    assert problem is None
    assert effects.exercised["OZ.frozen"] == 1


def test_a_write_while_frozen_is_found(tmp_path: Path) -> None:
    session = CallStep(23, "A", "JetBeginSession", {"instance": "i1", "session": "s2"})
    _, problem = judged(tmp_path, steps(*FROZEN, session), "python:deep:writes_while_frozen")
    assert problem is not None
    assert (problem.clause.id, problem.call.name) == ("OZ.frozen", "JetOSSnapshotFreeze")
    assert "although it is frozen" in str(problem)


def test_the_logs_that_were_named_are_those_of_this_backup(tmp_path: Path) -> None:
    begin = on_instance(30, "JetBeginExternalBackupInstance", grbit=0)
    info = on_instance(31, "JetGetTruncateLogInfoInstance")
    abort = on_instance(32, "JetEndExternalBackupInstance2", grbit=2)
    effects, problem = judged(tmp_path, steps(begin, info, abort))
    assert problem is None
    assert (effects.exercised["XB.logs-kept"], effects.exercised["XE.marked"], effects.exercised["TR.listed"]) == (
        3,
        1,
        0,
    )
