"""The judge: what it accepts and rejects, worked out by hand."""

from math import prod
from typing import Any

import pytest
from jetconform.conformance.belief import ROOM, Beliefs, BoundExceeded
from jetconform.conformance.believed import Rejection
from jetconform.conformance.classify import UnknownCall
from jetconform.conformance.judge import Judge
from jetconform.conformance.trace import (
    CallbackEvent,
    CallEvent,
    EndEvent,
    Event,
    FaultEvent,
    HoldEvent,
    ReleaseEvent,
    ResumeEvent,
    ReturnEvent,
)
from jetconform.model.calls import Call, Instance, Place, Stage
from jetconform.model.guards.documented import DOCUMENTED
from jetconform.model.guards.ese import ESE
from jetconform.model.rows import Profile
from jetconform.model.state import View, view
from jetconform.model.step import Stepper

BEGIN, COMPLETE = 5, 6


class Tape:
    """Feeds a judge, with short words; `rejected` is the rejection, once there is one."""

    def __init__(self, profile: Profile = DOCUMENTED, limit: int = 20_000) -> None:
        self.beliefs = Beliefs(Stepper(profile), limit)
        self.judge = Judge(self.beliefs, clean=not profile.ordered)
        self.number = 0

    @property
    def rejected(self) -> Rejection | None:
        return self.judge.rejection

    def feed(self, *events: Event) -> "Tape":
        for event in events:
            self.judge.feed(event)
        return self

    def call(self, name: str, client: str = "A", **args: Any) -> int:
        """A call is made; its id."""
        self.number += 1
        if "instance" not in args and "session" not in args:
            args["instance"] = "i1"
        self.judge.feed(CallEvent(id=self.number, client=client, call=name, args=args))
        return self.number

    def back(self, number: int, err: int = 0) -> "Tape":
        return self.feed(ReturnEvent(id=number, err=err))

    def make(self, name: str, err: int = 0, **args: Any) -> "Tape":
        """A call that is back at once."""
        return self.back(self.call(name, **args), err)

    def backup(self, client: str = "A", path: str | None = None, grbit: int = 0, instance: str = "i1") -> int:
        return self.call("JetBackupInstance", client, instance=instance, path=path, grbit=grbit)

    def begun(self, number: int) -> "Tape":
        """Its status callback was entered, and is not back."""
        return self.feed(CallbackEvent(id=number, snp=9, snt=BEGIN))

    def goes_on(self, number: int) -> "Tape":
        return self.feed(ResumeEvent(id=number, err=0))

    def views(self, instance: str = "i1") -> set[View]:
        return {view(control) for control in self.judge.controls(instance)}


def running(profile: Profile = DOCUMENTED, limit: int = 20_000) -> Tape:
    tape = Tape(profile, limit).make("JetCreateInstance").make("JetInit")
    return tape.make("JetBeginSession", instance="i1", session="s1")


# -- one call after another ----------------------------------------------------------------------------------------------


def test_a_plain_life_is_accepted() -> None:
    tape = running().make("JetStopServiceInstance").make("JetTerm")
    assert tape.rejected is None
    assert tape.views() == {View.UNINITIALIZED}


def test_a_wrong_code_is_rejected_where_it_returned() -> None:
    tape = Tape().make("JetCreateInstance").make("JetInit", -1031)
    assert tape.rejected is not None
    assert (tape.rejected.index, tape.rejected.call, tape.rejected.observed) == (3, "JetInit", "-1031 InitInProgress")


def test_after_a_rejection_nothing_more_is_judged() -> None:
    tape = Tape().make("JetCreateInstance").make("JetInit", -1031)
    first = tape.rejected
    assert tape.make("JetInit", 5).rejected is first


def test_a_success_that_a_must_forbids_is_rejected() -> None:
    tape = running().make("JetStopServiceInstance")
    assert tape.back(tape.backup(), 0).rejected is not None


def test_a_code_that_is_no_jet_err_of_the_vocabulary_is_rejected() -> None:
    tape = Tape().make("JetCreateInstance", -4001)
    assert tape.rejected is not None
    assert tape.rejected.observed == "-4001"


def test_an_unknown_call_or_argument_is_no_verdict() -> None:
    with pytest.raises(UnknownCall, match="no call 'JetFly'"):
        Tape().call("JetFly")
    with pytest.raises(UnknownCall, match="grbit must be an integer"):
        Tape().call("JetTerm2", instance="i1", grbit="4")


# -- overlapping calls ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("err", [0, -1329])
def test_a_call_issued_before_a_stop_may_return_either_way(err: int) -> None:
    tape = running()
    early = tape.call("JetBeginSession", "B", instance="i1", session="s2")
    tape.make("JetStopServiceInstance")
    assert tape.back(early, err).rejected is None


def test_a_call_issued_after_a_stop_may_not() -> None:
    assert (
        running().make("JetStopServiceInstance").make("JetBeginSession", -1329, instance="i1", session="s2").rejected
        is None
    )
    late = running().make("JetStopServiceInstance").make("JetBeginSession", 0, instance="i1", session="s2")
    assert late.rejected is not None


@pytest.mark.parametrize("order", ["first", "second"])
def test_overlapping_calls_may_take_effect_in_both_orders(order: str) -> None:
    tape = Tape()
    one, other = tape.call("JetCreateInstance", "A"), tape.call("JetCreateInstance", "B")
    codes = (0, -1086) if order == "first" else (-1086, 0)
    assert tape.back(one, codes[0]).back(other, codes[1]).rejected is None


@pytest.mark.parametrize("codes", [(0, 0), (-1086, -1086)])
def test_overlapping_calls_take_effect_in_some_order(codes: tuple[int, int]) -> None:
    tape = Tape()
    one, other = tape.call("JetCreateInstance", "A"), tape.call("JetCreateInstance", "B")
    assert tape.back(one, codes[0]).back(other, codes[1]).rejected is not None


def test_what_a_return_tells_counts_for_the_other_call() -> None:
    """Two terminations overlap: one of them is enough, and both cannot succeed."""
    tape = running()
    one, other = tape.call("JetTerm", "A"), tape.call("JetTerm", "B")
    assert tape.back(one, 0).rejected is None
    assert tape.back(other, 0).rejected is not None


def test_two_backups_that_overlap_may_both_succeed_one_after_the_other() -> None:
    tape = running()
    one, other = tape.backup("A"), tape.backup("B")
    assert tape.back(one, 0).back(other, 0).rejected is None


# -- held calls ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("err", "allowed"), [(-505, True), (-1910, True), (0, False), (-1029, False)])
def test_a_second_backup_while_one_is_held_in_its_callback(err: int, allowed: bool) -> None:
    tape = running()
    first = tape.backup("A")
    tape.begun(first)
    assert (tape.back(tape.backup("B"), err).rejected is None) is allowed


def test_a_held_call_goes_on_and_returns() -> None:
    tape = running()
    first = tape.backup("A")
    assert tape.begun(first).goes_on(first).back(first, 0).rejected is None


def test_a_held_call_that_returns_without_going_on_is_rejected() -> None:
    tape = running()
    first = tape.backup("A")
    assert tape.begun(first).back(first, 0).rejected is not None


@pytest.mark.parametrize(("proven", "allowed"), [(False, True), (True, False)])
def test_a_callback_proves_that_the_call_had_entered(proven: bool, allowed: bool) -> None:
    """In Microsoft's engine a stop is looked at when a backup enters, and never again."""
    tape = running(ESE)
    backup = tape.backup("A", "", 0)
    if proven:
        tape.begun(backup).goes_on(backup)
    tape.make("JetStopServiceInstance")
    assert (tape.back(backup, -1329).rejected is None) is allowed


def test_a_hold_point_proves_the_stage() -> None:
    tape = running()
    backup = tape.backup("A")
    tape.feed(HoldEvent(id=backup, point="truncate"))
    stages = {one.pending[0].stage for one in tape.judge.belief("i1").configurations}
    assert stages == {Stage.TRUNCATING}
    assert tape.feed(ReleaseEvent(id=backup, point="truncate")).back(backup, 0).rejected is None


def test_a_hold_at_a_log_is_not_one_at_a_database() -> None:
    tape = running()
    backup = tape.backup("A")
    tape.feed(HoldEvent(id=backup, point="copy edb00000001.log"))
    assert {one.pending[0].stage for one in tape.judge.belief("i1").configurations} == {Stage.LOGS}


def test_a_callback_of_a_call_that_cannot_be_there_is_rejected() -> None:
    tape = Tape(ESE).make("JetCreateInstance")
    backup = tape.backup("A")
    rejected = tape.begun(backup).rejected
    assert rejected is not None
    assert "callback" in rejected.observed


def test_a_term_that_waits_for_a_held_backup() -> None:
    """T2: with StopBackup the backup ends, then JetTerm2 returns; while the backup is held, it cannot."""
    tape = running()
    backup = tape.backup("A")
    tape.begun(backup)
    term = tape.call("JetTerm2", "B", instance="i1", grbit=4)
    ended = tape.goes_on(backup).back(backup, -801).back(term, 0)
    assert ended.rejected is None

    early = running()
    backup = early.backup("A")
    early.begun(backup)
    assert early.back(early.call("JetTerm2", "B", instance="i1", grbit=4), 0).rejected is not None


# -- crashes, faults, bounds ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("profile", "allowed"), [(ESE, True), (DOCUMENTED, False)], ids=["ese", "documented"])
def test_a_call_that_the_engine_dies_of(profile: Profile, allowed: bool) -> None:
    tape = Tape(profile).make("JetCreateInstance")
    tape.call("JetStopServiceInstance")
    assert (tape.feed(EndEvent(reason="crash")).rejected is None) is allowed


def test_a_crash_without_an_open_call_blames_nobody() -> None:
    assert Tape().make("JetCreateInstance").feed(EndEvent(reason="crash")).rejected is None


def test_a_fault_permits_codes() -> None:
    tape = running().feed(FaultEvent(kind="fail-log-no-space", target="i1"))
    assert tape.back(tape.backup(), -510).rejected is None
    tape = running()
    assert tape.back(tape.backup(), -510).rejected is not None


def test_a_path_is_what_the_environment_made_of_it() -> None:
    tape = running().feed(FaultEvent(kind="make-directory", target="bk"))
    assert tape.back(tape.backup(path="bk"), 0).rejected is None
    tape = running()
    assert tape.back(tape.backup(path="bk"), 0).rejected is not None


def test_too_many_configurations_are_no_verdict() -> None:
    tape = Tape(limit=12).make("JetCreateInstance").make("JetInit")
    tape.call("JetTerm", "A")
    tape.backup("B")
    with pytest.raises(BoundExceeded, match="more than 12 states"):
        tape.backup("C")


# -- a rejection explains itself -----------------------------------------------------------------------------------------


def test_what_a_rejection_tells() -> None:
    tape = running()
    other = tape.backup("A")
    tape.begun(other)
    second = tape.backup("B", None, 0)
    rejected = tape.back(second, -1018).rejected
    assert rejected is not None
    assert (rejected.index, rejected.call_id, rejected.call) == (9, second, "JetBackupInstance")
    assert rejected.observed == "-1018 ReadVerifyFailure"
    assert rejected.overlapping == ((other, "JetBackupInstance(null, full)"),)
    assert rejected.argument_classes == {Call("JetBackupInstance", Instance.NAMED, Place.NULL)}
    pending = {one.pending[rejected.slot] for one in rejected.before.configurations}
    assert {one.code for one in pending if one.stage is Stage.DONE} == {-505, -1910}
    assert len(rejected.issued_in.configurations) >= 1
    assert all(len(one.pending) <= rejected.slot for one in rejected.issued_in.configurations)


def test_a_rejection_names_the_call_that_came_back_meanwhile() -> None:
    tape = running()
    first = tape.backup()
    tape.begun(first)
    stop = tape.call("JetStopBackupInstance", "B")
    tape.back(stop)
    rejected = tape.back(first, -1018).rejected
    assert rejected is not None
    assert rejected.overlapping == ((stop, "JetStopBackupInstance(), which came back meanwhile: 0 Success"),)


# -- what a callback answers ---------------------------------------------------------------------------------------------


def answered(tape: Tape, number: int, *answers: int) -> Tape:
    """The call calls back so many times, and gets these answers."""
    for position, err in enumerate(answers):
        snt = 5 if position == 0 else 0
        tape.feed(CallbackEvent(id=number, snp=9, snt=snt, done=0, total=100), ResumeEvent(id=number, err=err))
    return tape


@pytest.mark.parametrize(
    ("answers", "err", "explained"),
    [
        ((-1011,), -1011, True), ((-1011,), 0, True), ((-1011,), -1022, False), ((0, -1011), -1011, True),
        ((-1022, -1011), -1022, True), ((-1022, -1011), -1011, True), ((0,), -1011, False), ((1011,), 1011, False),
    ],
)  # fmt: skip
def test_a_backup_may_fail_by_what_its_callback_answered_or_ignore_it(
    answers: tuple[int, ...], err: int, explained: bool
) -> None:
    tape = running()
    number = tape.backup()
    assert (answered(tape, number, *answers).back(number, err).rejected is None) == explained


def test_microsofts_engine_ignores_what_the_callback_of_a_backup_answers() -> None:
    for err, explained in ((0, True), (-1011, False)):
        tape = running(ESE)
        tape.feed(FaultEvent(kind="make-directory", target="bk"))
        number = tape.backup(path="bk")
        assert (answered(tape, number, -1011).back(number, err).rejected is None) == explained


@pytest.mark.parametrize(
    ("answers", "err", "explained"),
    [((-1011,), 0, True), ((-1011,), -1011, False), ((0, -1011), -1011, True), ((0, -1011), 0, False)],
)
def test_a_restore_of_microsofts_engine_hears_its_second_callback(
    answers: tuple[int, ...], err: int, explained: bool
) -> None:
    tape = running(ESE).feed(FaultEvent(kind="make-directory", target="bk"))
    tape.back(tape.backup(path="bk")).make("JetTerm").make("JetCreateInstance")
    number = tape.call("JetRestoreInstance", path="bk", destination=None)
    assert (answered(tape, number, *answers).back(number, err).rejected is None) == explained


# -- under load ----------------------------------------------------------------------------------------------------------


def busy(tape: Tape, rounds: int, *, sessions: bool = False) -> tuple[int, int]:
    """Three calls never return, five clients go on: the most bundles of a belief, and the most configurations in them.

    With `sessions` a new one is left open in every round, so that no state comes back.
    """
    tape.make("JetCreateDatabase", session="s1", database="d1", path="db/test.edb")
    tape.backup("F")
    tape.call("Insert", "G", session="s1", database="d1", rows=10)
    tape.call("CountRows", "H", session="s1", database="d1")
    bundles = configurations = 0
    for number in range(rounds):
        made = [tape.call("Insert", client, session="s1", database="d1", rows=10) for client in "AB"]
        made.append(tape.call("JetBeginSession", "C", instance="i1", session=f"n{number}" if sessions else "s2"))
        made += [tape.backup("D"), tape.call("JetStopBackupInstance", "E")]
        now = tape.judge.belief("i1").bundles
        bundles = max(bundles, len(now))
        configurations = max(configurations, sum(prod(map(len, bundle.slots)) for bundle in now))
        for call, err in zip(made, (0, 0, 0, -505, 0), strict=True):
            tape.back(call, err)
    assert tape.rejected is None
    return bundles, configurations


def test_calls_that_never_return_add_up_and_do_not_multiply() -> None:
    bundles, configurations = busy(running(), 20)
    assert bundles <= 300
    assert configurations >= 5_000  # what would have to be kept one by one


def test_what_is_remembered_is_bounded() -> None:
    tape = running(limit=300)
    busy(tape, 15, sessions=True)
    assert tape.beliefs.remembered <= ROOM * 300
    free = running()
    busy(free, 15, sessions=True)
    assert free.beliefs.remembered > ROOM * 300


# -- routing -------------------------------------------------------------------------------------------------------------


def test_instances_are_judged_apart() -> None:
    tape = running()
    tape.make("JetCreateInstance", instance="i2").make("JetInit", instance="i2")
    tape.make("JetStopServiceInstance", instance="i1")
    assert tape.views("i1") == {View.STOPPED}
    assert tape.back(tape.backup(instance="i2"), 0).rejected is None
    assert tape.back(tape.backup(instance="i1"), 0).rejected is not None


def test_a_call_in_a_session_belongs_to_the_instance_of_the_session() -> None:
    tape = running()
    tape.make("JetCreateInstance", instance="i2").make("JetInit", instance="i2")
    tape.make("JetBeginSession", instance="i2", session="s2").make("JetStopServiceInstance", instance="i1")
    tape.make("JetCreateDatabase", session="s2", database="d2", path="b/two.edb")
    assert tape.rejected is None
    assert tape.make("JetCreateDatabase", session="s1", database="d1", path="a/one.edb").rejected is not None


@pytest.mark.parametrize("instance", [None, "garbage"])
def test_a_handle_that_is_none(instance: str | None) -> None:
    tape = running()
    assert tape.make("JetStopBackupInstance", -1003, instance=instance).rejected is None
    assert tape.make("JetStopBackupInstance", 0, instance=instance).rejected is not None


def test_a_crash_takes_the_calls_in_flight_along() -> None:
    tape = running()
    backup = tape.backup("A")
    tape.begun(backup)
    second = tape.call("JetTerm2", "B", instance="i1", grbit=4)
    tape.feed(FaultEvent(kind="crash"))
    assert tape.views() == {View.UNINITIALIZED}
    assert all(not one.pending for one in tape.judge.belief("i1").configurations)
    assert tape.judge.blame(backup, "lost", "") is tape.judge.blame(second, "lost", "") is None
    after = tape.make("JetCreateInstance").make("JetInit").make("JetBeginSession", instance="i1", session="s1")
    assert after.rejected is None
    assert after.back(after.backup(), -505).rejected is not None  # there is none in progress any more


def test_a_crash_ends_every_handle_and_leaves_the_files() -> None:
    tape = running().make("JetCreateDatabase", session="s1", database="d1", path="db/test.edb")
    tape.feed(FaultEvent(kind="crash"))
    (control,) = tape.judge.controls("i1")
    assert [(one.path, one.attached, one.open_by) for one in control.databases] == [("db/test.edb", False, ())]
    tape.make("JetCreateInstance").make("JetInit").make("JetBeginSession", instance="i1", session="s2")
    assert tape.make("JetAttachDatabase", session="s2", path="db/test.edb").rejected is None
    assert tape.make("JetEndSession", session="s1").rejected is not None


def test_a_crash_is_one_of_every_instance() -> None:
    tape = running()
    tape.make("JetCreateInstance", instance="i2").make("JetInit", instance="i2").feed(FaultEvent(kind="crash"))
    assert tape.views("i1") == tape.views("i2") == {View.UNINITIALIZED}
    assert tape.make("JetStopBackupInstance", -1003, instance="i2").rejected is None
    assert tape.make("JetStopBackupInstance", instance="i1").rejected is not None


def test_a_stop_of_backups_before_one_may_end_it_and_one_during_it_must() -> None:
    for err in (0, -801):
        tape = running().make("JetStopBackupInstance")
        assert tape.back(tape.backup(), err).rejected is None
    for err, allowed in ((-801, True), (0, False)):
        tape = running()
        backup = tape.backup("A")
        tape.begun(backup).make("JetStopBackupInstance").goes_on(backup)
        assert (tape.back(backup, err).rejected is None) is allowed


def test_the_databases_of_a_set_are_those_of_its_last_backup() -> None:
    """One made after the first backup and before the second comes back from the second."""
    tape = running().feed(FaultEvent(kind="make-directory", target="bk"))
    tape.make("JetCreateDatabase", session="s1", database="d1", path="db/test.edb")
    tape.make("JetBackupInstance", instance="i1", path="bk", grbit=0)
    tape.make("JetCreateDatabase", session="s1", database="d2", path="db/second.edb")
    tape.make("JetBackupInstance", instance="i1", path="bk", grbit=0).make("JetTerm")
    tape.feed(FaultEvent(kind="empty-directory", target="db")).make("JetCreateInstance")
    tape.make("JetRestoreInstance", instance="i1", path="bk", destination=None).make("JetInit")
    tape.make("JetBeginSession", instance="i1", session="s1")
    assert tape.make("JetAttachDatabase", session="s1", path="db/second.edb").rejected is None
