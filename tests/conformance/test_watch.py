"""Watched histories: when a backup is looked at, beside what, and what is not known for certain is not judged."""

from pathlib import Path
from typing import cast

import pytest
from bench import RUNNING, backup, folder, laboratory, let_go, on_instance
from jetconform.conformance.effects import Completed, EffectsJudge
from jetconform.conformance.effects_documented import CHECKS
from jetconform.conformance.script import CallStep, FaultStep, Step, play
from jetconform.conformance.watch import BrokenClause, WatchedHistory
from jetconform.model.clause import Clause

SESSION: tuple[Step, ...] = (
    *RUNNING,
    CallStep(11, "A", "JetBeginSession", {"instance": "i1", "session": "s1"}),
    CallStep(12, "A", "JetCreateDatabase", {"session": "s1", "database": "d1", "path": "db/test.edb"}),
)
INSERT = CallStep(13, "A", "Insert", {"session": "s1", "database": "d1", "rows": 10})


class Noting(EffectsJudge):
    """Remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__(frozenset())
        self.asked: list[tuple[Completed, bool]] = []

    def judge(self, done: Completed, *, under_way: bool) -> tuple[Clause, str] | None:
        self.asked.append((done, under_way))
        return super().judge(done, under_way=under_way)


def watched(tmp_path: Path, script: tuple[Step, ...], engine: str = "reference") -> list[tuple[Completed, bool]]:
    effects = Noting()
    with laboratory(tmp_path / "lab", engine) as lab:
        lab.effects = effects
        with lab.history() as history:
            play(script, history)
    return effects.asked


def test_a_backup_is_looked_at_before_and_after(tmp_path: Path) -> None:
    ((done, under_way),) = watched(tmp_path, (*SESSION, INSERT, folder("bk1"), backup(3, "bk1")))
    assert (done.err, done.path, done.others, under_way) == (0, "bk1", frozenset(), True)
    assert (done.old, set(done.new)) == ({}, {"bk1/test.edb", "bk1/edb00000001.log"})
    assert done.databases == ("db/test.edb",)
    assert done.before.marks["db/test.edb"] != done.after.marks["db/test.edb"]
    assert len(done.after.events) > len(done.before.events)


def test_a_backup_that_its_guards_refused_is_not_under_way(tmp_path: Path) -> None:
    ((done, under_way),) = watched(tmp_path, (*SESSION, backup(3, "missing")))
    assert (done.err, under_way) == (-1023, False)


def test_nothing_is_judged_while_a_call_is_in_flight(tmp_path: Path) -> None:
    script = (
        *SESSION,
        folder("bk1"),
        backup(3, "bk1", client="B", hold="callback:1"),
        INSERT,
        backup(4, None, client="C"),
    )
    asked = watched(tmp_path, (*script, let_go(3)))
    assert [(done.path, done.err) for done, _ in asked] == [("bk1", 0), (None, -505)]
    assert [done.others for done, _ in asked] == [{"Insert", "JetBackupInstance"}] * 2
    assert asked[0][0].before is asked[1][0].before
    assert watched(tmp_path / "open", (*script, FaultStep("crash", ""))) == []


def test_what_the_harness_put_there_is_not_blamed_on_the_engine(tmp_path: Path) -> None:
    script = (
        *SESSION,
        folder("bk1"),
        backup(3, "bk1", client="B", hold="callback:1"),
        FaultStep("create-file", "readme"),
    )
    ((done, _),) = watched(tmp_path, (*script, on_instance(4, "JetStopBackupInstance"), let_go(3)))
    assert done.err == -801
    assert "readme" not in done.after.files


def test_of_two_backups_into_one_folder_neither_is_blamed_for_the_other(tmp_path: Path) -> None:
    """The second is refused while the first is held, and the first then replaces the earlier set: as it must."""
    again = backup(4, "bk1", client="C", grbit=4)
    held = backup(3, "bk1", client="B", grbit=4, hold="callback:1")
    script = (*SESSION, folder("bk1"), backup(2, "bk1", grbit=4), INSERT, held, again, let_go(3))
    asked = watched(tmp_path, script)
    assert [(done.err, done.path) for done, _ in asked] == [(0, "bk1")]


def test_a_database_made_in_the_destination_meanwhile_is_not_blamed_on_the_backup(tmp_path: Path) -> None:
    other = CallStep(14, "A", "JetCreateDatabase", {"session": "s1", "database": "d2", "path": "bk1/other.edb"})
    held = backup(3, "bk1", client="B", hold="callback:1")
    script = (*SESSION, folder("bk1"), held, other, on_instance(4, "JetStopBackupInstance"), let_go(3))
    assert watched(tmp_path, script) == []


def test_a_crash_takes_the_backup_along_and_the_next_one_is_judged(tmp_path: Path) -> None:
    again = (
        CallStep(21, "A", "JetCreateInstance", {"instance": "i1"}),
        CallStep(22, "A", "JetInit", {"instance": "i1"}),
        folder("bk2"),
        backup(23, "bk2"),
    )
    held = backup(3, "bk1", client="B", hold="callback:1")
    asked = watched(tmp_path, (*SESSION, folder("bk1"), held, FaultStep("crash", ""), *again))
    assert [(done.path, done.err) for done, _ in asked] == [("bk2", 0)]


def test_a_path_of_which_nothing_is_certain_is_not_judged(tmp_path: Path) -> None:
    asked = watched(tmp_path, (*SESSION, folder("bk1"), backup(3, "bk1/../bk1"), backup(4, None)))
    assert [done.path for done, _ in asked] == [None]


def test_a_broken_clause_is_raised_where_it_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with laboratory(tmp_path / "lab", "python:deep:null_writes") as lab:
        lab.effects = EffectsJudge(frozenset(), checks=CHECKS)
        with lab.history() as history:
            assert isinstance(cast(object, history), WatchedHistory)
            with pytest.raises(BrokenClause) as caught:
                play((*RUNNING, backup(3, None), backup(4, None)), history)
    problem = caught.value
    assert (problem.kind, problem.clause.id, problem.call_id, problem.rejection) == ("effect", "BI.null", 3, None)
    assert problem.text == "test.pat was written, although no path was given"
