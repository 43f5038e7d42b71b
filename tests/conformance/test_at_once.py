"""Calls at once on a disk that fails: what is drawn, judged, saved, and made again."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

pytest.importorskip("greenlet")

from jetconform.conformance import cli
from jetconform.conformance.belief import Beliefs
from jetconform.conformance.engines.reference_disk import FaultyAdapter, faulty, scheduled_on_disk
from jetconform.conformance.faults import sampling
from jetconform.conformance.faults.aftermath import Aftermath
from jetconform.conformance.faults.blow import Befell, Blow, befell
from jetconform.conformance.faults.drawn import Drawn, Fault, Power, Turning, draw
from jetconform.conformance.faults.kinds import kind_named
from jetconform.conformance.faults.persistence import Persistence
from jetconform.conformance.faults.promise import SetPromise
from jetconform.conformance.faults.promised import promised
from jetconform.conformance.faults.sampled import Sampled
from jetconform.conformance.faults.strike import CrashAt, struck
from jetconform.conformance.findings import load, save, scheduled
from jetconform.conformance.folders import Workspace
from jetconform.conformance.history import Nonconformity
from jetconform.conformance.journal import Journal
from jetconform.conformance.judge import Judge
from jetconform.conformance.laboratory import Laboratory
from jetconform.conformance.schedules.scenario import PlannedCall, Scenario
from jetconform.conformance.schedules.scenarios import (
    COUNT,
    FREEZE,
    FULL,
    INSERT,
    PREPARED,
    RUNNING,
    STARTABLE,
    STOP_BACKUP,
    USABLE,
)
from jetconform.conformance.schedules.scheduler import Plan
from jetconform.conformance.trace import CallEvent, Event, FaultEvent, ReturnEvent, TraceError
from jetconform.engine import backup
from jetconform.engine.files import Kind
from jetconform.engine.freeze import Gate
from jetconform.engine.memory import MemoryFiles
from jetconform.engine.sets import finish_replacement
from jetconform.model.guards.documented import DOCUMENTED
from jetconform.model.overlay import stepper_of

READ_ERROR, WRITE_ERROR = kind_named("read error"), kind_named("write error")


@pytest.fixture
def sampled() -> Sampled:
    return Sampled(scheduled_on_disk, Aftermath(faulty), stepper_of(DOCUMENTED))


@pytest.fixture
def keeps_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that fails while a freeze begins keeps the lock."""
    leave = Gate.__exit__

    def keep(gate: Gate, kind: Any, error: Any, trace: Any) -> None:
        if not (gate.frozen and isinstance(error, OSError)):
            leave(gate, kind, error, trace)

    monkeypatch.setattr(Gate, "__exit__", keep)


FREEZING = Scenario(PREPARED, ((COUNT,), (FREEZE,)), USABLE, "count, freeze")
STRUCK_FREEZING = Drawn(FREEZING, Plan(((2, 0),)), Fault(READ_ERROR, 0, None), None)


# -- what was promised -------------------------------------------------------------------------------------------------


def history(*parts: tuple[int, str, Any]) -> Iterator[Event]:
    """Calls by number, and their returns: a number, `return` and the code."""
    for number, call, what in parts:
        if call == "return":
            yield ReturnEvent(id=number, err=what)
        else:
            yield CallEvent(id=number, client="A", call=call, args=what)


BACKUP = {"instance": "i1", "path": "bk", "grbit": 0}
ROWS = {"session": "s1", "database": "d1", "rows": 10}


def test_what_is_committed_lies_between_the_inserts_that_returned_and_those_that_were_made() -> None:
    found = promised(
        history((1, "Insert", ROWS), (2, "Insert", ROWS), (3, "Insert", ROWS), (2, "return", 0), (1, "return", -1090))
    )
    assert (found.committed, found.invoked) == (10, 30)


def test_a_set_holds_what_was_committed_before_its_backup_and_perhaps_what_was_inserted_meanwhile() -> None:
    found = promised(
        history(
            (1, "Insert", ROWS), (1, "return", 0), (2, "JetBackupInstance", BACKUP), (3, "Insert", ROWS), (2, "return", 0),
            (4, "Insert", ROWS),
        )
    )  # fmt: skip
    assert found.sets == (SetPromise("bk", 10, 20, certain=True),)
    assert found.rolls


def test_a_set_that_is_being_replaced_is_not_certain_but_one_that_an_atomic_backup_replaces_is() -> None:
    plain = history((1, "JetBackupInstance", BACKUP), (1, "return", 0), (2, "JetBackupInstance", BACKUP))
    assert promised(plain).sets == (SetPromise("bk", 0, 0, certain=False),)
    assert not promised(
        history((1, "JetBackupInstance", BACKUP), (1, "return", 0), (2, "JetBackupInstance", BACKUP))
    ).rolls
    atomic = {**BACKUP, "grbit": 4}
    kept = history((1, "JetBackupInstance", atomic), (1, "return", 0), (2, "JetBackupInstance", atomic))
    assert promised(kept).sets == (SetPromise("bk", 0, 0, certain=True),)


def test_of_a_folder_with_sets_of_two_kinds_nothing_is_promised() -> None:
    mixed = history(
        (1, "JetBackupInstance", BACKUP), (1, "return", 0), (2, "JetBackupInstance", {**BACKUP, "grbit": 4})
    )
    found = promised(mixed)
    assert found.sets == ()
    assert not found.rolls
    elsewhere = {**BACKUP, "path": "bk2", "grbit": 1}
    apart = history(
        (1, "JetBackupInstance", BACKUP), (1, "return", 0), (2, "JetBackupInstance", elsewhere), (2, "return", 0)
    )
    assert [one.folder for one in promised(apart).sets] == ["bk"]


# -- one history -------------------------------------------------------------------------------------------------------


def test_the_reference_engine_keeps_the_contract_where_a_freeze_meets_a_failing_read(sampled: Sampled) -> None:
    assert sampled.make(STRUCK_FREEZING) is None
    assert (sampled.made, sampled.struck, sampled.crashed) == (1, 1, 0)


@pytest.mark.usefixtures("keeps_gate")
def test_a_lock_that_a_failing_call_keeps_is_a_deadlock(sampled: Sampled) -> None:
    failure = sampled.make(STRUCK_FREEZING)
    assert failure is not None
    assert failure.signature[0] == "deadlock"
    assert failure.befell.blow == Blow("read error", 1)
    events, again = sampled.again(failure.befell)
    assert again is not None
    assert events == failure.events
    assert again.execution.outcome == failure.execution.outcome


def test_only_the_call_that_was_struck_may_fail_by_the_rows_that_are_not_for_later(
    sampled: Sampled, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario = Scenario(RUNNING, ((COUNT,), (COUNT,)), USABLE, "count, count")
    drawn = Drawn(scenario, Plan(), Fault(READ_ERROR, 0, None), None)
    assert sampled.make(drawn) is None
    count = FaultyAdapter.count_rows

    def all_fail(adapter: FaultyAdapter, session: str, database: str) -> tuple[int, int]:
        count(adapter, session, database)
        return -1022, 0

    monkeypatch.setattr(FaultyAdapter, "count_rows", all_fail)
    failure = sampled.make(drawn)
    assert failure is not None
    assert isinstance(failure.problem, Nonconformity)
    assert failure.problem.text == "call 7, CountRows: -1022 DiskIO"


def test_a_crash_keeps_what_had_returned_before_it(sampled: Sampled) -> None:
    scenario = Scenario(RUNNING, ((INSERT,), (INSERT,)), (), "insert, insert")
    assert sampled.make(Drawn(scenario, Plan(), None, Power(1, Persistence.EXT4, 2))) is None
    events, failure = sampled.again(Befell(scenario, "-", Blow(crash=CrashAt(0))))
    assert failure is None
    assert isinstance(events[-1], FaultEvent)
    assert events[-1].kind == "crash"
    assert not any(isinstance(event, ReturnEvent) and event.id > 5 for event in events)


def test_another_goes_on_so_many_choices_after_the_fault() -> None:
    scheduler = Turning(Plan(), 1)
    scheduler.begin()
    assert [scheduler.choose((0, 1), 0) for _ in range(3)] == [0, 0, 0]
    scheduler.struck()
    assert [scheduler.choose((0, 1), 0) for _ in range(3)] == [0, 1, 0]


# -- drawn, reduced, saved and made again ------------------------------------------------------------------------------


def test_what_is_drawn_shrinks_to_the_fewest_calls_and_the_first_operation() -> None:
    def fails(drawn: Drawn) -> bool:
        calls = [call for client in drawn.scenario.clients for call in client]
        return drawn.fault is not None and FULL in calls and STOP_BACKUP in calls

    found = draw(fails, seed=3, examples=300, go_on=lambda: True)
    assert found is not None
    assert found.scenario.calls == 2
    assert found.plan == Plan()
    assert found.power is None
    assert found.fault is not None
    assert found.fault.operation == 0
    assert draw(fails, seed=3, examples=300, go_on=lambda: True) == found


def laboratory(folder: Path) -> Laboratory:
    folder.mkdir(exist_ok=True)
    return Laboratory("reference", "documented", 1, Journal(folder / "journal.jsonl"), Workspace(folder))


@pytest.mark.usefixtures("keeps_gate")
def test_a_finding_holds_calls_schedule_and_fault_and_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampling, "draw", lambda fails, **_: STRUCK_FREEZING if fails(STRUCK_FREEZING) else None)
    one = sampling.open_sampling(laboratory(tmp_path / "work"))
    assert one is not None
    found = one.run(1, ())
    assert found is not None
    assert (found.level, found.explanation.kind, found.fault) == (6, "deadlock", {"kind": "read error", "operation": 1})
    trace, steps = load(save(found, tmp_path))
    assert steps == ()
    assert scheduled(trace) is None
    assert struck(trace) is None
    made = befell(trace)
    assert made is not None
    events, again = sampling.replay(laboratory(tmp_path / "again"), made)
    assert events == trace.events
    assert again is not None
    assert again.explanation.observed == found.explanation.observed


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        ({"kind": "earthquake", "operation": 1}, "the kind 'earthquake' is not known"),
        ({"kind": "read error", "operation": 0}, "counted from 1"),
        ({"crash": {"changes": 1, "persistence": "paper"}}, "persistence 'paper' is not known"),
        ({"crash": 3}, "Expected `object"),
    ],
)
def test_a_file_that_says_what_cannot_befall_is_refused(tmp_path: Path, fault: dict[str, Any], problem: str) -> None:
    trace = load(saved(tmp_path))[0]
    header = msgspec.structs.replace(trace.header, fault=fault)
    with pytest.raises(TraceError, match=problem):
        befell(msgspec.structs.replace(trace, header=header))


def saved(folder: Path) -> Path:
    path = folder / "saved.jsonl"
    header = {
        "trace": 1,
        "engine": "reference",
        "schedule": "-",
        "choices": msgspec.to_builtins(Scenario(RUNNING, ((COUNT,),), STARTABLE, "count")),
        "fault": {"kind": "read error", "operation": 1},
    }
    call = {"event": "call", "id": 1, "client": "A", "call": "JetInit", "args": {"instance": "i1"}}
    path.write_bytes(b"\n".join(msgspec.json.encode(one) for one in (header, call)) + b"\n")
    return path


def test_the_command_makes_it_again_and_tells_of_an_operation_that_is_not_reached(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = saved(tmp_path)
    assert cli.main(["replay", str(path)]) == 0
    assert "conforms" in capsys.readouterr().out
    path.write_text(path.read_text().replace('"operation":1', '"operation":999'))
    assert cli.main(["replay", str(path)]) == 2
    assert "no such operation is reached" in capsys.readouterr().err


# -- what it found in the reference engine -----------------------------------------------------------------------------


def test_what_a_stopped_backup_made_is_not_read_to_be_removed() -> None:
    def before(operation: str, path: str) -> None:
        if operation == "read":
            raise OSError(5, "read error", path)

    files = MemoryFiles(before)
    files.make_folder("bk")
    files.make_folder("bk/temp")
    file = files.open("bk/temp/a.edb", create=True)
    files.write(file, 0, b"half a database")
    files.close(file)
    finish_replacement(files, "bk")
    assert files.kind("bk/temp/a.edb") is Kind.FILE


def test_a_backup_that_saw_files_of_another_move_looks_again(sampled: Sampled, monkeypatch: pytest.MonkeyPatch) -> None:
    plan, seen = backup.plan_set, []

    def moves(*args: Any) -> Any:
        seen.append(args)
        if len(seen) == 1:
            raise FileNotFoundError(2, "moved", "bk/a.edb")
        return plan(*args)

    monkeypatch.setattr(backup, "plan_set", moves)
    events, failure = sampled.again(Befell(Scenario(RUNNING, ((FULL,),)), "-", Blow()))
    assert failure is None
    assert [event.err for event in events if isinstance(event, ReturnEvent)][-1] == 0
    first = [args for args in seen if args[1] is seen[0][1]]  # others come after: what it left is looked at
    assert len(first) == 3  # and once more when it is in progress


def test_a_backup_may_find_in_its_folder_what_another_makes_there_meanwhile() -> None:
    opened = (*RUNNING.calls, FULL, PlannedCall(FULL.call, {**FULL.args, "grbit": 4}))
    judge = Judge(Beliefs(stepper_of(DOCUMENTED)))
    for number, call in enumerate(opened, start=1):
        judge.feed(CallEvent(id=number, client="AB"[call is FULL], call=call.call, args=call.args))
        if number <= len(RUNNING.calls):
            judge.feed(ReturnEvent(id=number, err=0))
    judge.feed(ReturnEvent(id=len(opened) - 1, err=-504))
    assert judge.rejection is None
