"""Row counts: what CountRows may answer, worked out by hand."""

from typing import Any

import pytest
from jetconform.conformance.belief import Beliefs
from jetconform.conformance.judge import COMMITTED, Judge
from jetconform.conformance.rows import UNKNOWN, Range
from jetconform.conformance.trace import CallEvent, FaultEvent, ReturnEvent
from jetconform.model.guards.documented import DOCUMENTED
from jetconform.model.step import Stepper

BELIEFS = Beliefs(Stepper(DOCUMENTED))
DB = "db/test.edb"


class Tape:
    """Feeds a judge, with short words."""

    def __init__(self) -> None:
        self.judge = Judge(BELIEFS)
        self.number = 0

    def call(self, name: str, client: str = "A", **args: Any) -> int:
        self.number += 1
        if not {"instance", "session"} & args.keys():
            args["instance"] = "i1"
        self.judge.feed(CallEvent(id=self.number, client=client, call=name, args=args))
        return self.number

    def back(self, number: int, err: int = 0, rows: int | None = None) -> "Tape":
        self.judge.feed(ReturnEvent(id=number, err=err, result=None if rows is None else {"rows": rows}))
        return self

    def make(self, name: str, err: int = 0, **args: Any) -> "Tape":
        return self.back(self.call(name, **args), err)

    def start(self, path: str = DB, *, create: bool = True) -> "Tape":
        self.make("JetCreateInstance").make("JetInit").make("JetBeginSession", instance="i1", session="s1")
        if create:
            return self.make("JetCreateDatabase", session="s1", database="d1", path=path)
        self.make("JetAttachDatabase", session="s1", path=path)
        return self.make("JetOpenDatabase", session="s1", database="d1", path=path)

    def insert(self, rows: int, err: int = 0) -> "Tape":
        return self.make("Insert", err, session="s1", database="d1", rows=rows)

    def inserting(self, rows: int) -> int:
        return self.call("Insert", "B", session="s1", database="d1", rows=rows)

    def counting(self) -> int:
        return self.call("CountRows", "C", session="s1", database="d1")

    def backup(self, path: str, grbit: int = 0) -> "Tape":
        return self.folder(path).make("JetBackupInstance", instance="i1", path=path, grbit=grbit)

    def folder(self, path: str) -> "Tape":
        if path not in self.judge.ledger.places:
            self.judge.feed(FaultEvent(kind="make-directory", target=path))
        return self

    def fault(self, kind: str, target: str = "") -> "Tape":
        self.judge.feed(FaultEvent(kind=kind, target=target))
        return self

    def restore(self, path: str, to: str | None = None) -> "Tape":
        self.make("JetTerm").make("JetCreateInstance")
        return self.make("JetRestoreInstance", instance="i1", path=path, destination=to).make("JetTerm")

    def allows(self, *counts: int) -> list[bool]:
        """Which of these counts would be accepted now. The tape is at its end afterwards."""
        number = self.counting()
        assert self.judge.rejection is None, self.judge.rejection
        rows = self.judge._instances["i1"].rows
        control = self.judge.controls("i1")
        call = CallEvent(id=number, client="C", call="CountRows", args={"session": "s1", "database": "d1"})
        verdicts = []
        for count in counts:
            rows.started.setdefault(number, dict(rows.databases))
            verdicts.append(not rows.returned(call, ReturnEvent(id=number, err=0, result={"rows": count}), control))
        return verdicts


def running() -> Tape:
    return Tape().start()


# -- ranges --------------------------------------------------------------------------------------------------------------


def test_ranges() -> None:
    assert Range(3, 5).more(2) == (5, 7)
    assert Range(3, 5).perhaps(2) == (3, 7)
    assert Range(3).more(2) == (5, None)
    assert Range(3).perhaps(2) == (3, None)
    assert [Range(3, 5).holds(rows) for rows in (2, 3, 5, 6)] == [False, True, True, False]
    assert UNKNOWN.holds(10**9)
    assert (Range(3, 3).text, Range(3, 5).text, Range(3).text) == ("3", "3 to 5", "at least 3")


def test_what_is_committed_is_counted() -> None:
    assert running().allows(0, 1) == [True, False]
    assert running().insert(10).insert(7).allows(10, 16, 17, 18) == [False, False, True, False]


def test_a_wrong_count_is_a_rejection_that_says_what_was_committed() -> None:
    tape = running().insert(10)
    rejection = tape.back(tape.counting(), rows=9).judge.rejection
    assert rejection is not None
    assert rejection.observed == f"{DB} has 9 rows, but 10 were committed"
    assert (rejection.reason, rejection.call) == (COMMITTED, "CountRows")


def test_an_insert_that_failed_may_have_committed_a_part() -> None:
    tape = running().insert(10).fault("fail-log-no-space", "i1")
    assert tape.insert(7, -510).judge.rejection is None
    assert tape.judge._instances["i1"].rows.databases[DB] == (10, 17)


def test_an_insert_in_flight_is_there_or_not() -> None:
    tape = running().insert(10)
    tape.inserting(7)
    assert tape.allows(9, 10, 13, 17, 18) == [False, True, True, True, False]


def test_an_insert_that_ends_while_rows_are_counted_is_there_or_not() -> None:
    tape = running().insert(10)
    insert, count = tape.inserting(7), tape.counting()
    tape.back(insert)
    assert tape.back(count, rows=10).judge.rejection is None
    assert tape.back(tape.counting(), rows=10).judge.rejection is not None


def test_an_insert_that_begins_while_rows_are_counted_may_be_seen() -> None:
    tape = running().insert(10)
    count = tape.counting()
    tape.inserting(7)
    assert tape.back(count, rows=17).judge.rejection is None


# -- what keeps rows, and what makes them uncertain ------------------------------------------------------------------------


def test_rows_survive_termination_and_a_crash() -> None:
    assert running().insert(10).make("JetTerm").start(create=False).allows(9, 10, 11) == [False, True, False]
    assert running().insert(10).fault("crash").start(create=False).allows(9, 10, 11) == [False, True, False]


def test_an_insert_in_flight_at_a_crash_is_there_or_not() -> None:
    tape = running().insert(10)
    tape.inserting(7)
    assert tape.fault("crash").start(create=False).allows(9, 10, 17, 18) == [False, True, True, False]


@pytest.mark.parametrize("kind", ["flip-byte", "truncate-file", "delete-file"])
def test_of_files_that_somebody_changed_nothing_is_said(kind: str) -> None:
    assert running().insert(10).fault(kind, "db/x").allows(0, 10, 99) == [True, True, True]


def test_databases_that_are_left_dirty_are_not_counted_on() -> None:
    tape = running().insert(10)
    tape.make("JetTerm2", instance="i1", grbit=8)
    assert tape.judge._instances["i1"].rows.databases == {DB: UNKNOWN}


# -- sets, and what a restore brings back ----------------------------------------------------------------------------------


def held(tape: Tape, path: str) -> Range:
    return tape.judge._instances["i1"].rows.sets[path][DB]


def test_a_set_holds_what_was_committed_before_and_perhaps_what_came_meanwhile() -> None:
    tape = running().insert(10).folder("bk1")
    backup = tape.call("JetBackupInstance", "B", instance="i1", path="bk1", grbit=0)
    tape.insert(5)
    insert = tape.inserting(3)
    tape.back(backup).back(insert).insert(100)
    assert held(tape, "bk1") == (10, 18)


def test_a_backup_that_failed_makes_no_set_and_a_null_path_none() -> None:
    tape = running().insert(10)
    tape.make("JetBackupInstance", -1023, instance="i1", path="missing", grbit=0)
    tape.make("JetBackupInstance", instance="i1", path=None, grbit=0)
    assert tape.judge._instances["i1"].rows.sets == {}


def test_an_atomic_set_lies_in_its_folder_too_and_a_later_one_takes_its_place() -> None:
    tape = running().insert(10).backup("bk1", 4)
    assert held(tape, "bk1") == held(tape, "bk1/new") == (10, 10)
    tape.insert(5).backup("bk1", 4)
    assert held(tape, "bk1") == held(tape, "bk1/new") == (15, 15)


def test_a_backup_in_which_the_process_died_may_have_completed_its_set() -> None:
    tape = running().insert(100).backup("bk1").insert(20)
    tape.call("JetBackupInstance", instance="i1", path="bk1", grbit=1)
    tape.judge.feed(FaultEvent(kind="crash"))
    assert tape.judge._instances["i1"].rows.sets["bk1"] == {DB: Range(100, 120)}


def emptied(tape: Tape) -> Tape:
    """The instance is ended and its folder emptied: a restore has nothing but the set."""
    tape.make("JetTerm").fault("empty-directory", "db").make("JetCreateInstance")
    return tape


def test_without_logs_a_restore_brings_back_the_set() -> None:
    tape = emptied(running().insert(10).backup("bk1").insert(5)).folder("rst")
    tape.make("JetRestoreInstance", instance="i1", path="bk1", destination="rst").make("JetTerm")
    assert tape.start("rst/test.edb", create=False).allows(9, 10, 11, 15) == [False, True, False, False]


def test_an_incremental_backup_adds_to_the_set() -> None:
    tape = emptied(running().insert(10).backup("bk1").insert(5).backup("bk1", 1).insert(1)).folder("rst")
    tape.make("JetRestoreInstance", instance="i1", path="bk1", destination="rst").make("JetTerm")
    assert tape.start("rst/test.edb", create=False).allows(10, 15, 16) == [False, True, False]


def test_an_older_set_brings_back_older_rows() -> None:
    tape = emptied(running().insert(10).backup("bk1").insert(5).backup("bk2")).folder("rst")
    tape.make("JetRestoreInstance", instance="i1", path="bk1", destination="rst").make("JetTerm")
    assert tape.start("rst/test.edb", create=False).allows(10, 15) == [True, False]


def test_with_logs_it_may_be_rolled_forward_as_far_as_they_go() -> None:
    tape = running().insert(10).backup("bk1").insert(5).restore("bk1")
    assert tape.start(create=False).allows(9, 10, 12, 15, 16) == [False, True, True, True, False]


def test_logs_that_were_emptied_are_there_again_after_the_next_init() -> None:
    tape = emptied(running().insert(10).backup("bk1"))
    rows = tape.judge._instances["i1"].rows
    assert rows.logs_gone
    assert DB not in rows.databases
    tape.make("JetInit")
    assert not rows.logs_gone


def test_a_set_that_was_emptied_is_known_no_more() -> None:
    tape = running().insert(10).backup("bk1").fault("empty-directory", "bk1")
    assert tape.judge._instances["i1"].rows.sets == {}


def test_a_set_of_which_nothing_is_known_promises_nothing() -> None:
    tape = running().insert(10).backup("bk1").insert(5)
    tape.judge._instances["i1"].rows.sets.clear()
    assert tape.restore("bk1").start(create=False).allows(0, 15, 16) == [True, True, False]
