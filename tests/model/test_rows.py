"""The algebra of must, may and success rows, doomed calls and waiting programs, on a toy profile; and the form of the tables."""

import pytest
from jetconform.model.calls import Call, Instance, Stage
from jetconform.model.guards.documented import DOCUMENTED
from jetconform.model.guards.ese import ESE, UNREACHABLE
from jetconform.model.lifecycle import TRIGGERS
from jetconform.model.moves import MOVES
from jetconform.model.predicates import holds, parse
from jetconform.model.rows import (
    DIES,
    ENTER,
    LEAVE,
    MAY,
    MUST,
    SUCCESS,
    WAITING,
    WORKING,
    Profile,
    ProgramStep,
    Row,
    merge,
)
from jetconform.model.state import Activity, Control, Handle, Phase, Stop, StopRequest
from jetconform.model.step import Pending, Stepper, run
from jetconform.model.vocabulary import DOCUMENTED_CODES
from jetconform.model.vocabulary import JetErr as E
from model_sources import OBSERVATION_OR_SOURCE, PAGE_OR_FACT

RUNNING = Control(handle=Handle.VALID, phase=Phase.RUNNING)
STOPPED = RUNNING._replace(stop=Stop.PLAIN)
FATAL = RUNNING._replace(fatal=True)
BOTH = STOPPED._replace(fatal=True)
COUNT = Call("CountRows")
BACKUP = Call("JetBackupInstance", Instance.NAMED)


def profile(*rows: Row, ordered: bool = False, program: tuple[ProgramStep, ...] = ()) -> Profile:
    names = ("CountRows", "JetBackupInstance")
    return Profile("toy", ordered, merge(rows), dict.fromkeys(names, program), {})


def row(
    row_id: str, condition: str, code: E | None, force: object, at: tuple[Stage, ...] = ENTER, move: str = ""
) -> Row:
    return Row(row_id, ("CountRows", "JetBackupInstance"), at, condition, code, force, "a test", move)  # type: ignore[arg-type]


def answers(toy: Profile, control: Control, made: Call = COUNT) -> set[int | None]:
    return {done.code for _, done in run(Stepper(toy), control, made)}


OK = row("ok", "", E.Success, SUCCESS)
MUST_STOPPED = row("stopped", "stopped", E.ClientRequestToStopJetService, MUST)
MUST_FATAL = row("fatal", "fatal", E.InstanceUnavailable, MUST)
MAY_STOPPED = row("may-stopped", "stopped", E.TermInProgress, MAY)


# -- the algebra ---------------------------------------------------------------------------------------------------------


def test_without_a_cause_a_call_succeeds() -> None:
    assert answers(profile(MUST_STOPPED, MAY_STOPPED, OK), RUNNING) == {0}


def test_a_must_forbids_success() -> None:
    assert answers(profile(MUST_STOPPED, OK), STOPPED) == {-1329}


def test_a_may_permits_a_code_beside_success() -> None:
    assert answers(profile(MAY_STOPPED, OK), STOPPED) == {0, -1000}


def test_musts_and_mays_are_joined() -> None:
    assert answers(profile(MUST_STOPPED, MUST_FATAL, MAY_STOPPED, OK), BOTH) == {-1329, -1090, -1000}


def test_an_ordered_profile_takes_the_first_row() -> None:
    assert answers(profile(MUST_STOPPED, MUST_FATAL, OK, ordered=True), BOTH) == {-1329}
    assert answers(profile(MUST_FATAL, MUST_STOPPED, OK, ordered=True), BOTH) == {-1090}


def test_an_ordered_profile_takes_the_first_success() -> None:
    first = row("first", "not stopped", E.Success, SUCCESS, move="backup.stop")
    stepper = Stepper(profile(first, OK, ordered=True))
    assert [control.stop_backup for control, _ in run(stepper, RUNNING, COUNT)] == [StopRequest.BEFORE]
    assert [control.stop_backup for control, _ in run(stepper, STOPPED, COUNT)] == [StopRequest.NONE]


def test_a_code_without_a_row_is_never_allowed() -> None:
    assert answers(profile(OK), BOTH) == {0}


def test_rows_of_one_code_are_different_ways() -> None:
    """DESIGN.md section 3: the successor state and the effects belong to the row, not to the code."""
    plain = row("plain", "stopped", E.LogWriteFail, MUST)
    breaking = row("breaking", "stopped", E.LogWriteFail, MUST, move="log.broken")
    assert len(run(Stepper(profile(plain, breaking, OK)), STOPPED, COUNT)) == 2


def test_a_warning_is_a_way_to_fail_the_must() -> None:
    assert answers(profile(row("warn", "stopped", E.DatabaseAttached, MUST), OK), STOPPED) == {1007}


def test_dying_is_an_outcome() -> None:
    assert answers(profile(row("dies", "stopped", DIES, MUST), OK), STOPPED) == {None}


# -- programs ------------------------------------------------------------------------------------------------------------

WORKS = (ProgramStep(Stage.WORKING, "stop"),)
LATE = row("late", "stopped", E.InternalError, MUST, WORKING)


def test_a_cause_that_appears_while_the_call_works() -> None:
    assert answers(profile(LATE, OK, program=WORKS), RUNNING) == {-107}


def test_a_must_at_enter_counts_only_when_the_call_enters() -> None:
    """The program's own move makes the cause true after the call entered: too late for a row at enter."""
    assert answers(profile(MUST_STOPPED, OK, program=WORKS), RUNNING) == {0}


def test_a_program_waits() -> None:
    waits = (ProgramStep(Stage.WAITING, until="not call_backs_up"), ProgramStep(Stage.WORKING))
    toy = profile(OK, program=waits)
    assert answers(toy, RUNNING) == {0}
    assert answers(toy, RUNNING._replace(activity=Activity.LOGS)) == set()


def test_a_waiting_call_may_fail_instead() -> None:
    waits = (ProgramStep(Stage.WAITING, until="not call_backs_up"),)
    lost = row("lost", "stopped", E.TermInProgress, MUST, WAITING)
    assert answers(profile(lost, OK, program=waits), STOPPED._replace(activity=Activity.LOGS)) == {-1000}


def test_an_earlier_cause_may_be_told_by_a_later_row_once_a_must_holds() -> None:
    """5.1: the pages give no precedence, so an engine may test for a later cause first."""
    late_fatal = row("late-fatal", "fatal", E.InstanceUnavailable, MUST, LEAVE)
    toy = profile(MUST_STOPPED, late_fatal, OK, program=(ProgramStep(Stage.LEAVING),))
    assert answers(toy, BOTH) == {-1329, -1090}


def test_a_call_with_a_callback_may_be_doomed() -> None:
    """A must that held at enter forbids success, not a status callback before the code."""
    stepper = Stepper(profile(MUST_STOPPED, OK))
    stages = {pending.stage for _, pending in stepper.advance(STOPPED, Pending(BACKUP))}
    assert stages == {Stage.DONE, Stage.DOOMED}
    assert answers(profile(MUST_STOPPED, OK), STOPPED, BACKUP) == {-1329}


def test_a_doomed_call_owes_its_codes_whatever_happens_next() -> None:
    stepper = Stepper(profile(MUST_STOPPED, MUST_FATAL, OK))
    doomed = next(one for _, one in stepper.advance(STOPPED, Pending(BACKUP)) if one.stage is Stage.DOOMED)
    assert {one.code for _, one in stepper.advance(RUNNING, doomed)} == {-1329}
    assert {one.code for _, one in stepper.advance(FATAL, doomed)} == {-1329, -1090}


def test_an_ordered_profile_dooms_no_call() -> None:
    stepper = Stepper(profile(MUST_STOPPED, OK, ordered=True))
    assert {pending.stage for _, pending in stepper.advance(STOPPED, Pending(BACKUP))} == {Stage.DONE}


# -- the form of the tables ----------------------------------------------------------------------------------------------


def test_two_rows_of_one_id_are_refused() -> None:
    with pytest.raises(ValueError, match=r"one id: .*ok"):
        merge((OK,), (row("ok", "", E.Success, SUCCESS),))


def test_a_row_without_a_citation_is_refused() -> None:
    with pytest.raises(ValueError, match=r"without a citation: .*bare"):
        merge((Row("bare", ("CountRows",), ENTER, "", E.Success, SUCCESS, ""),))


def test_an_unknown_predicate_is_refused() -> None:
    with pytest.raises(KeyError):
        parse("stopped & no_such_predicate")


def test_conditions() -> None:
    assert holds("", RUNNING, COUNT)
    assert holds("running & not stopped", RUNNING, BACKUP)
    assert not holds("running & not stopped", STOPPED, BACKUP)


@pytest.mark.parametrize("table", [DOCUMENTED, ESE], ids=["documented", "ese"])
def test_every_row_names_known_predicates_and_moves(table: Profile) -> None:
    for one in table.rows:
        parse(one.condition)
        assert not one.move or one.move in MOVES or one.move in TRIGGERS, one.id
    for program in table.programs.values():
        for step in program:
            parse(step.until)


def test_every_documented_row_cites_a_page_or_a_numbered_fact() -> None:
    unknown = [one.id for one in DOCUMENTED.rows if not PAGE_OR_FACT.match(one.citation)]
    assert unknown == []


def test_every_ese_row_cites_an_observation_or_the_source() -> None:
    unknown = [one.id for one in ESE.rows if not OBSERVATION_OR_SOURCE.match(one.citation)]
    assert unknown == []


def test_codes_out_of_reach_are_documented_ones_with_a_reason() -> None:
    assert set(UNREACHABLE) < set(DOCUMENTED_CODES)
    assert all(UNREACHABLE.values())
