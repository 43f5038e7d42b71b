"""The clauses on effects: for each check a difference of two snapshots that keeps it, and one that breaks it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from jetconform.conformance.effects import HARMLESS, Completed, EffectsJudge, Results
from jetconform.conformance.effects_documented import CHECKS, kinds_of
from jetconform.conformance.snapshot import File, Snapshot, take
from jetconform.model.alphabet import backup
from jetconform.model.calls import Call, Instance, Place
from jetconform.model.effects import CLAUSES
from jetconform.model.state import Control, Database, Handle, Phase

ALL = frozenset({"classify", "header", "events"})
DB, SECOND = "db/test.edb", "db/second.edb"
RUNNING = Control(handle=Handle.VALID, phase=Phase.RUNNING, databases=(Database(SECOND), Database(DB, attached=True)))
BOTH = RUNNING._replace(databases=(Database(SECOND, attached=True), Database(DB, attached=True)))
NEVER, MARK, LATER = [0, 0, 0], [2, 2, 77], [3, 3, 99]

FULL, INCREMENTAL, ATOMIC, NULL = (
    backup(Place.EMPTY),
    backup(Place.FULL_SET, 1),
    backup(Place.ATOMIC_SET, 4),
    backup(Place.NULL),
)


def file(role: str = "", generation: int | None = None, content: bytes = b"a") -> File:
    return File(len(content), content, role, generation)


def log(generation: int, content: bytes = b"a", role: str = "backup-log") -> File:
    return file(role, generation, content)


def marks(full: list[int], incremental: list[int], path: str = DB) -> dict[str, dict[str, list[int]]]:
    return {path: {"fullPrev": full, "incPrev": incremental}}


LIVE = {
    "db/test.edb": file("database"),
    "db/edb00000001.log": log(1, role="log"),
    "db/edb.log": log(2, role="log"),
}
ROLLED = LIVE | {"db/edb00000002.log": log(2, role="log"), "db/edb.log": log(3, role="log")}
TRUNCATED = {path: found for path, found in ROLLED.items() if path != "db/edb00000001.log"}
SET = {"bk/test.edb": file("backup-database"), "bk/edb00000002.log": log(2)}
OLD_SET = {"bk/new/test.edb": file("backup-database"), "bk/new/edb00000001.log": log(1)}
MORE = {"bk/edb00000003.log": log(3)}


def snapshot(
    files: Mapping[str, File], header: dict[str, dict[str, list[int]]] | None = None, *events: str
) -> Snapshot:
    return Snapshot(dict(files), header or {}, events)


def done(call: Call, before: Snapshot, after: Snapshot, **changes: Any) -> Completed:
    path = None if call.place is Place.NULL else "bk"
    given: dict[str, Any] = {"err": 0, "control": RUNNING, "others": frozenset()} | changes
    return Completed(call, path, before=before, after=after, **given)


def verdict(one: Completed, *, capabilities: frozenset[str] = ALL, under_way: bool = True) -> tuple[str, str] | None:
    """The clause that is broken and how; None where all are kept."""
    found = EffectsJudge(capabilities, checks=CHECKS).judge(one, under_way=under_way)
    return found and (found[0].id, found[1])


# -- a backup as it should be, of each kind ------------------------------------------------------------------------------

LOGS, TRUNCATION = "copying logs edb00000002.log to edb00000003.log", "log edb00000001.log truncated"
TOLD = ("full backup bk started", "copying db/test.edb to test.edb", LOGS, TRUNCATION)
RESTORED = done(Call("JetRestoreInstance", Instance.NAMED, Place.EMPTY), snapshot(LIVE), snapshot(LIVE))
GOOD: dict[str, Completed] = {
    "restored": replace(RESTORED, after=snapshot(LIVE, {}, "restore from bk started")),
    "full": done(
        FULL,
        snapshot(LIVE, marks(NEVER, NEVER)),
        snapshot(TRUNCATED | SET, marks(MARK, NEVER), *TOLD),
    ),
    "incremental": done(
        INCREMENTAL,
        snapshot(TRUNCATED | SET, marks(MARK, NEVER)),
        snapshot(
            {**LIVE, "db/edb.log": log(4, role="log"), "db/edb00000003.log": log(3, role="log"), **SET, **MORE},
            marks(MARK, LATER),
            "incremental backup bk started",
            LOGS,
        ),
    ),
    "null": done(NULL, snapshot(LIVE, marks(MARK, LATER)), snapshot(TRUNCATED, marks(MARK, LATER), TRUNCATION)),
    "failed": done(
        FULL,
        snapshot(LIVE, marks(NEVER, NEVER)),
        snapshot(ROLLED, marks(NEVER, NEVER), "full backup bk started"),
        err=-1018,
    ),
    "failed, atomic": done(
        ATOMIC,
        snapshot(LIVE | OLD_SET, marks(MARK, NEVER)),
        snapshot(ROLLED | OLD_SET, marks(MARK, NEVER), "stopped"),
        err=-801,
    ),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_backup_as_it_should_be_keeps_every_clause(name: str) -> None:
    assert verdict(GOOD[name]) is None


def changed(name: str, *, files: Mapping[str, File | None] | None = None, **changes: Any) -> Completed:
    """A good backup after which something is otherwise: files added, changed or (None) gone, other marks, other events."""
    one = GOOD[name]
    kept = {path: found for path, found in (one.after.files | dict(files or {})).items() if found is not None}
    return replace(one, after=replace(one.after, files=kept, **changes))


CLEAN_NULL = done(
    NULL, snapshot(LIVE, marks(NEVER, NEVER)), snapshot(TRUNCATED, marks(NEVER, NEVER), TRUNCATION), settled=True
)

BROKEN: dict[str, tuple[Completed, str, str]] = {
    "a file after a failure": (
        changed("failed", files={"bk/temp/test.edb": file()}), "BI.nothing-new", "bk/temp/test.edb is new",
    ),
    "an earlier set is changed by a failure": (
        changed("failed, atomic", files={"bk/new/test.edb": file("backup-database", content=b"b")}),
        "BI.atomic-keeps", "bk/new/test.edb, of the earlier set, is changed",
    ),
    "an earlier set is gone after a failure": (
        changed("failed, atomic", files={"bk/new/test.edb": None}), "BI.atomic-keeps", "is gone",
    ),
    "a log is gone after a failure": (
        changed("failed", files={"db/edb00000001.log": None}), "BI.logs-kept", "log generation 1 was deleted",
    ),
    "a mark after a failure": (
        changed("failed", marks=marks(MARK, NEVER)), "BI.logs-kept", "a backup mark in the header of db/test.edb changed",
    ),
    "no copy of the database": (
        changed("full", files={"bk/test.edb": None}), "BI.full", "0 database copies, 1 databases are attached",
    ),
    "no log in the set": (changed("full", files={"bk/edb00000002.log": None}), "BI.full", "holds no log"),
    "one copy of two databases": (
        replace(changed("full", events=(*TOLD, "second.edb")), control=BOTH),
        "BI.full", "1 database copies, 2 databases are attached",
    ),
    "an incremental that copies a database": (
        changed("incremental", files={"bk/other.edb": file("backup-database")}), "BI.incremental", "bk/other.edb was added",
    ),
    "an incremental that changes a database": (
        changed("incremental", files={"bk/test.edb": file("backup-database", content=b"b")}),
        "BI.incremental", "bk/test.edb was changed",
    ),
    "a null path that writes": (
        changed("null", files={"test.edb": file()}), "BI.null", "test.edb was written, although no path",
    ),
    "a null path that marks": (changed("null", marks=marks(MARK, [9, 9, 9])), "BI.null", "a header mark changed"),
    "a full backup that does not mark": (changed("full", marks=marks(NEVER, NEVER)), "BI.headers", "fullPrev"),
    "an incremental that marks the other slot": (
        changed("incremental", marks=marks(LATER, NEVER)), "BI.headers", "incPrev in the header of db/test.edb",
    ),
    "a mark that names other logs than were copied": (
        changed("full", marks=marks([1, 2, 77], NEVER)),
        "BI.headers", "names logs 1 to 2, but 2 to 2 were copied",
    ),
    "the current log is not closed": (
        changed("full", files={"bk/edb00000002.log": None, "bk/edb00000001.log": log(1)}, marks=marks([1, 1, 77], NEVER)),
        "BI.rolled", "generation 2, current when the backup was called",
    ),
    "a log that nobody needs stays": (
        changed("full", files={"db/edb00000001.log": log(1, role="log")}), "BI.truncated", "log generation 1 is older",
    ),
    "an old log after an incremental on clean databases": (
        replace(changed("incremental"), settled=True), "BI.truncated", "log generation 1 is older",
    ),
    "an old log after a null path on clean databases": (
        replace(CLEAN_NULL, after=replace(CLEAN_NULL.after, files=ROLLED)), "BI.truncated", "log generation 1 is older",
    ),
    "nothing in the event log": (changed("null", events=()), "BI.events", "no entry of it"),
    "a database that the event log does not name": (
        changed("full", events=("full backup bk started", LOGS)), "BI.events", "names db/test.edb",
    ),
    "a copied log that the event log does not name": (
        changed("incremental", events=("incremental backup bk started",)),
        "BI.events", "names a log that was copied, such as bk/edb00000003.log",
    ),
    "truncated logs that the event log does not name": (
        changed("null", events=("log truncation started",)),
        "BI.events", "names a log that was truncated, such as db/edb00000001.log",
    ),
    "a failure that the event log tells as a success": (
        replace(GOOD["failed"], results=Results(succeeded=frozenset({"full backup bk started", "full backup bk completed"}))),
        "BI.events", "no entry of the event log tells that it failed",
    ),
    "a restore that the event log does not tell of": (RESTORED, "RI.events", "no entry of it"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_what_breaks_a_clause_is_found(name: str) -> None:
    one, clause, words = BROKEN[name]
    found = verdict(one)
    assert found is not None
    assert found[0] == clause
    assert words in found[1]


def test_every_clause_that_is_judged_can_be_broken_and_is_one_of_the_model() -> None:
    assert {clause for _, clause, _ in BROKEN.values()} == set(CHECKS)
    assert set(CHECKS) <= {clause.id for clause in CLAUSES["documented"]}


# -- when a clause speaks ------------------------------------------------------------------------------------------------

BLURRED = ("BI.logs-kept", "BI.rolled", "BI.truncated")
CLASSIFY = ("BI.full", "BI.incremental", "BI.rolled", "BI.truncated")


@pytest.mark.parametrize("name", BROKEN)
def test_what_an_engine_does_not_show_is_not_judged(name: str) -> None:
    """Without the capability nothing is said, and nothing is counted as exercised."""
    one, clause, _ = BROKEN[name]
    needs = {need for judged in CHECKS[clause] for need in judged.needs}
    judge = EffectsJudge(ALL - needs, checks=CHECKS)
    found = judge.judge(one, under_way=True)
    assert found is None or (not needs and found[0].id == clause)
    assert not needs or not judge.exercised[clause]
    assert needs or clause not in CLASSIFY


@pytest.mark.parametrize("name", BROKEN)
def test_a_clause_that_others_would_blur_is_judged_beside_harmless_calls_alone(name: str) -> None:
    one, clause, words = BROKEN[name]
    assert verdict(replace(one, others=HARMLESS)) is not None
    beside = verdict(replace(one, others=frozenset({"Insert"})))
    assert (beside is None) is (clause in BLURRED or "a log that was truncated" in words)


def test_a_backup_that_its_guards_refused_need_not_be_in_the_event_log() -> None:
    one = replace(changed("failed", events=()), err=-1023)
    assert verdict(one, under_way=False) is None
    assert verdict(one, under_way=True) == ("BI.events", "the event log has no entry of it")


def test_an_entry_of_a_kind_of_its_own_tells_the_result() -> None:
    others = kinds_of(("full backup bk started", "copying db/test.edb to test.edb", "log edb00000001.log truncated"))
    assert others == {"full backup bk started", "copying * to *", "log * truncated"}
    assert kinds_of(("full backup bk completed",), ("bk",)) == {"full backup * completed"}
    told = replace(
        changed("failed", events=("full backup bk started", "stopped with -1018")), results=Results(succeeded=others)
    )
    assert verdict(told) is None
    one = replace(GOOD["failed"], results=Results(succeeded=others))
    assert verdict(one) is not None
    assert verdict(replace(one, others=frozenset({"JetBackupInstance"}))) is None  # whose entry it is nobody can say


def test_what_tells_success_is_what_all_have_that_succeed_and_no_failure_has() -> None:
    results = Results()
    for kinds, success in (("started, truncated", True), ("started, kept", True), ("started, stopped", False)):
        assert verdict(replace(GOOD["null"], results=results)) is None
        results.add(frozenset(kinds.split(", ")), success=success)
    assert results.common == {"started"}
    found = verdict(replace(GOOD["null"], results=results))
    assert found == (
        "BI.events", "no entry of the event log tells success: what all have that succeeded, one that failed has too",
    )  # fmt: skip
    results.common = frozenset({"started", "completed"})
    assert verdict(replace(GOOD["null"], results=results)) is None


def test_a_clause_on_success_is_silent_after_a_failure_and_the_other_way_round() -> None:
    assert verdict(replace(changed("failed", files={"bk/x": file()}), err=0)) != ("BI.nothing-new", "bk/x is new")
    nothing = dict.fromkeys(SET) | {"db/edb00000001.log": log(1, role="log")}
    assert verdict(replace(changed("full", marks=marks(NEVER, NEVER), files=nothing), err=-801)) is None


def test_a_null_path_need_not_delete_what_came_after_the_last_backup() -> None:
    kept = {**ROLLED, "db/edb00000002.log": log(2, role="log")}
    before = snapshot({**kept, "db/edb.log": log(4, role="log")}, marks([1, 1, 77], NEVER))
    after = snapshot(
        {path: found for path, found in kept.items() if path != "db/edb00000001.log"}, before.marks, TRUNCATION
    )
    assert verdict(replace(CLEAN_NULL, before=before, after=after)) is None


def test_a_warning_is_a_success() -> None:
    found = verdict(replace(BROKEN["no log in the set"][0], err=1007))
    assert found is not None
    assert found[0] == "BI.full"


def test_an_empty_path_is_not_judged() -> None:
    blank = FULL._replace(place=Place.BLANK)
    assert verdict(replace(BROKEN["no log in the set"][0], call=blank)) is None


def test_another_call_is_not_judged() -> None:
    other = Call("JetRestoreInstance", Instance.NAMED, Place.EMPTY)
    assert verdict(replace(BROKEN["a file after a failure"][0], call=other)) is None


def test_each_clause_is_counted_when_it_was_judged() -> None:
    judge = EffectsJudge(ALL, checks=CHECKS)
    for one in GOOD.values():
        assert judge.judge(one, under_way=True) is None
    assert set(judge.exercised) == set(CHECKS)
    assert judge.exercised["BI.events"] == 3 * (len(GOOD) - 1)  # that they tell, of truncation, of the result
    assert judge.exercised["RI.events"] == 2
    assert judge.exercised["BI.atomic-keeps"] == 1


def test_a_detached_database_and_one_without_logs_need_no_copy() -> None:
    databases = (Database(SECOND, attached=True, logged=False), Database(DB, attached=True))
    assert done(FULL, snapshot({}), snapshot({}), control=RUNNING._replace(databases=databases)).databases == (DB,)
    assert GOOD["full"].databases == (DB,)


# -- snapshots -----------------------------------------------------------------------------------------------------------


class Looked:
    """An adapter that can be looked at, as far as `capabilities` say."""

    def __init__(self, *capabilities: str) -> None:
        self.capabilities = frozenset(capabilities)

    def classify(self, path: str) -> tuple[str, int | None]:
        return ("log", 7) if path.endswith(".log") else ("other", None)

    def header(self, path: str) -> dict[str, list[int]] | None:
        return {"fullPrev": MARK, "incPrev": NEVER} if path == DB else None

    def events(self, instance: str) -> list[str]:
        return [f"{instance} began"]


def test_a_snapshot_sees_files_and_what_the_engine_shows(tmp_path: Any) -> None:
    (tmp_path / "db").mkdir()
    (tmp_path / "db" / "edb.log").write_bytes(b"log")
    (tmp_path / "readme").write_bytes(b"hello")
    (tmp_path / "link").symlink_to(tmp_path / "readme")
    bare = take(Looked(), tmp_path, "i1", (DB,))  # type: ignore[arg-type]
    assert set(bare.files) == {"db/edb.log", "readme"}
    assert (bare.files["readme"].size, bare.files["readme"].role, bare.marks, bare.events) == (5, "", {}, ())
    able = take(Looked("classify", "header", "events"), tmp_path, "i1", (DB, SECOND))  # type: ignore[arg-type]
    assert able.generations("db", "log") == [7]
    assert able.marks == marks(MARK, NEVER)
    assert able.events == ("i1 began",)
    (tmp_path / "readme").write_bytes(b"HELLO")
    again = take(Looked(), tmp_path, "i1", ())  # type: ignore[arg-type]
    assert again.files["readme"] != bare.files["readme"]
    assert again.without(["readme"]).files == {"db/edb.log": bare.files["db/edb.log"]}
    assert set(again.below("db")) == {"db/edb.log"}
