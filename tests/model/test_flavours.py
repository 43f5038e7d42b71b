"""Rows of one flavour: what Windows' own DLL says of a handle that is none, and the other builds do not."""

import pytest
from jetconform.model.calls import Call, Instance
from jetconform.model.cells import INITIAL
from jetconform.model.flavours import FLAVOURED, of_flavour
from jetconform.model.guards.ese import ESE
from jetconform.model.rows import Flavour, Force
from jetconform.model.step import Stepper, run

BACKUP = "JetBackupInstance"


def codes(flavour: Flavour | None, call: str, instance: Instance) -> set[int | None]:
    """The codes that a call without any instance in the process may return."""
    made = Call(call, instance=instance, grbit=0)
    return {pending.row.number for _, pending in run(Stepper(of_flavour(flavour)), INITIAL, made) if pending.row}


@pytest.mark.parametrize(
    ("flavour", "expected"),
    [(None, {-1115, -1003}), (Flavour.ESENT, {-1115}), (Flavour.ESE, {-1003}), (Flavour.WINE, {-1003})],
)
def test_a_number_that_never_was_a_handle(flavour: Flavour | None, expected: set[int | None]) -> None:
    assert codes(flavour, BACKUP, Instance.GARBAGE) == expected
    assert codes(flavour, "JetTerm", Instance.GARBAGE) == expected
    assert codes(flavour, "JetStopBackupInstance", Instance.GARBAGE) == expected


@pytest.mark.parametrize(
    ("flavour", "expected"),
    [(None, {-1104, -1029}), (Flavour.ESENT, {-1104}), (Flavour.ESE, {-1029}), (Flavour.WINE, {-1029})],
)
def test_a_session_that_is_none_where_no_instance_is(flavour: Flavour | None, expected: set[int | None]) -> None:
    made = Call("JetEndSession", session="s1")
    ended = run(Stepper(of_flavour(flavour)), INITIAL, made)
    assert {pending.row.number for _, pending in ended if pending.row} == expected


@pytest.mark.parametrize("flavour", [None, *Flavour])
def test_nil_is_not_tested_by_any(flavour: Flavour | None) -> None:
    assert codes(flavour, BACKUP, Instance.NIL) == {-1003}


def test_of_one_flavour_its_rows_bind_and_the_rest_is_the_profile() -> None:
    assert of_flavour(Flavour.ESE).rows == ESE.rows
    esent = of_flavour(Flavour.ESENT).rows
    assert esent[len(FLAVOURED) :] == ESE.rows
    assert {row.force for row in esent[: len(FLAVOURED)]} == {Force.MUST}
    assert {row.force for row in of_flavour(None).rows[: len(FLAVOURED)]} == {Force.MAY}


def test_rows_of_a_flavour_are_cited_and_named_once() -> None:
    assert all(row.citation and row.flavour is not None for row in FLAVOURED)
    ids = [row.id for row in (*FLAVOURED, *ESE.rows)]
    assert len(ids) == len(set(ids))
