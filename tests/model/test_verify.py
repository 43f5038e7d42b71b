"""`model verify`: what it proves, that its counts are the committed ones, and that it finds what is planted."""

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib import resources

import pytest
from jetconform.model.calls import Call, Instance, Stage
from jetconform.model.cells import Node, cell_at
from jetconform.model.census import changed_counts
from jetconform.model.domain import Domain
from jetconform.model.domains import DOMAINS, THREE_CALLERS
from jetconform.model.guards.documented import DOCUMENTED
from jetconform.model.guards.ese import ESE, UNREACHABLE
from jetconform.model.rows import ENTER, MUST, Profile, ProgramStep, Row
from jetconform.model.state import INITIAL
from jetconform.model.step import Stepper
from jetconform.model.verify import Check, ProfileReport, Report, verify, verify_profile
from jetconform.model.vocabulary import DOCUMENTED_CODES
from jetconform.model.vocabulary import JetErr as E
from model_world import CREATED, RUNNING, backup, call

COMMITTED = json.loads((resources.files("jetconform.model") / "expected.json").read_text("utf-8"))
FEW = tuple(one for one in DOMAINS if one.name in ("arguments", "init in flight"))
CALLERS = ((replace(THREE_CALLERS, name="a few calls", calls=THREE_CALLERS.calls[:1] + THREE_CALLERS.calls[5:]), 2),)


@cache
def report() -> Report:
    return verify(COMMITTED)


def check(found: ProfileReport, start: str) -> Check:
    (one,) = (check for check in found.checks if check.name.startswith(start))
    return one


def planted(profile: Profile, domains: tuple[Domain, ...] = FEW) -> ProfileReport:
    return verify_profile(profile, {}, domains=domains, callers=CALLERS)


def test_the_counts_are_those_committed() -> None:
    assert report().committed.problems == ()


@pytest.mark.parametrize("number", [0, 1], ids=["documented", "ese"])
def test_everything_is_proven(number: int) -> None:
    problems = {one.name: one.problems for one in report().profiles[number].checks if not one.passed}
    assert problems == {}


def test_a_verdict_names_the_domains() -> None:
    shown = check(report().profiles[0], "at most one backup").shown_on
    assert "two callers, 2 at a time" in shown
    assert "three callers, 3 at a time" in shown


def test_every_documented_code_has_a_witness() -> None:
    documented, ese = report().profiles
    assert set(documented.witnesses) >= {int(code) for code in DOCUMENTED_CODES}
    assert set(map(int, DOCUMENTED_CODES)) - set(ese.witnesses) == {-900, -1910} == set(map(int, UNREACHABLE))


# fmt: off
WITNESSES: list[tuple[int, int, str]] = [  # worked out by hand: no shorter history can end so
    (-1003, 1, "JetBackupInstance(empty, full) -> -1003 InvalidParameter"),
    (-1029, 1, "JetBackupInstance(empty, full) -> -1029 NotInitialized"),
    (0, 3, "JetCreateInstance(); JetInit(); JetBackupInstance(empty, full) -> 0 Success"),
    (-523, 3, "JetCreateInstance(); JetInit() held at enter; JetBackupInstance(empty, full) -> -523 BackupNotAllowedYet"),
    (-1329, 4, "JetCreateInstance(); JetInit(); JetStopServiceInstance(); JetBackupInstance(empty, full) -> -1329 ClientRequestToStopJetService"),  # noqa: E501
]
# fmt: on


@pytest.mark.parametrize(("code", "calls", "text"), WITNESSES)
def test_witnesses_are_shortest(code: int, calls: int, text: str) -> None:
    found = report().profiles[0].witnesses[code]
    assert (found.calls, found.text) == (calls, text)


def test_rows_that_overlap_are_counted() -> None:
    found = planted(DOCUMENTED).overlaps
    assert 0 < found.of_different_codes <= found.pairs
    assert len(found.frequent) == 5
    assert found.frequent[0][2] >= found.frequent[-1][2]


# -- what is planted is found --------------------------------------------------------------------------------------------


def test_a_dead_row_is_found() -> None:
    extra = Row("BI.dead", ("JetBackupInstance",), ENTER, "created & running", E.DiskIO, MUST, "planted")
    found = planted(replace(ESE, rows=(*ESE.rows, extra)))
    assert any("BI.dead" in problem for problem in check(found, "every row decides").problems)


def test_a_row_behind_another_is_dead() -> None:
    behind = Row("BI.behind", ("JetBackupInstance",), ENTER, "handle_bad", E.DiskIO, MUST, "planted")
    rows = [row for row in ESE.rows if row.id != "BI.G2"]
    found = planted(replace(ESE, rows=(ESE.row("BI.G2"), behind, *rows)))
    assert any("BI.behind" in problem for problem in check(found, "every row decides").problems)


def test_a_hole_is_found() -> None:
    rows = tuple(row for row in DOCUMENTED.rows if row.id != "SB.ok")
    found = check(planted(replace(DOCUMENTED, rows=rows)), "every cell has an outcome")
    assert found.problems
    assert all("JetStopBackupInstance" in problem for problem in found.problems)


def test_a_code_out_of_reach_is_found() -> None:
    rows = tuple(row for row in DOCUMENTED.rows if row.code is not E.InvalidGrbit)
    found = planted(replace(DOCUMENTED, rows=rows))
    assert any("InvalidGrbit cannot be reached" in problem for problem in check(found, "17 of the 17").problems)


def test_a_code_that_is_said_to_be_out_of_reach_and_is_not_is_found() -> None:
    found = verify_profile(DOCUMENTED, {E.InvalidGrbit: "no"}, domains=FEW, callers=CALLERS)
    assert any("is said to be out of reach, yet" in problem for problem in check(found, "16 of the 17").problems)


def without(*ids: str) -> Profile:
    return replace(DOCUMENTED, rows=tuple(row for row in DOCUMENTED.rows if row.id not in ids))


def test_a_second_backup_is_found() -> None:
    found = check(
        planted(without("BI.second", "BI.second-session", "BI.second-session-streaming")), "at most one backup"
    )
    assert any("a few calls" in problem for problem in found.problems)


def test_a_backup_that_nobody_makes_is_found() -> None:
    found = check(planted(replace(DOCUMENTED, abandon={})), "a backup is in progress exactly")
    assert found.problems


def test_an_instance_freed_under_a_backup_is_found() -> None:
    hasty = {**DOCUMENTED.programs, "JetTerm": (ProgramStep(Stage.WORKING, "term.enter"),)}
    profile = replace(without("TM.backup"), programs=hasty)
    found = planted(profile)
    assert not all(check(found, start).passed for start in ("no instance is freed", "a backup is in progress exactly"))


def test_a_call_that_never_returns_is_found() -> None:
    waits = {**DOCUMENTED.programs, "JetTerm": (ProgramStep(Stage.WAITING, until="backup_active"),)}
    found = check(planted(replace(DOCUMENTED, programs=waits)), "a return of every pending call")
    assert any("JetTerm() waiting" in problem for problem in found.problems)


def test_a_program_that_runs_backwards_is_found() -> None:
    backwards = {**ESE.programs, "JetInit": (ProgramStep(Stage.WORKING, "init.enter"), ProgramStep(Stage.WAITING))}
    found = planted(replace(ESE, programs=backwards), domains=(DOMAINS[11],))
    assert any("JetInit" in problem for problem in check(found, "every internal step").problems)


def test_changed_counts_are_told() -> None:
    old: Mapping[str, Mapping[str, Mapping[str, int]]] = {"p": {"a": {"cells": 1, "nodes": 2}, "b": {"cells": 1}}}
    new: Mapping[str, Mapping[str, Mapping[str, int]]] = {"p": {"a": {"cells": 3, "nodes": 2}, "c": {"cells": 1}}}
    assert changed_counts(old, new) == ("p, a: cells 1 -> 3", "p, b: gone", "p, c: new")
    assert changed_counts(old, old) == ()


# -- cell ids ------------------------------------------------------------------------------------------------------------


def cell_id(profile: Profile, node: Node, made: Call) -> str:
    return cell_at(Stepper(profile), node, made).id


def test_cell_ids_are_stable() -> None:
    """Pinned: an id is the hash of the call, the state, the call held and the guards, the same on every machine."""
    assert cell_id(DOCUMENTED, Node(INITIAL), call("JetCreateInstance")) == "73b01ab689"
    assert cell_id(DOCUMENTED, Node(CREATED), backup()) == "b9260f6f7c"
    assert cell_id(DOCUMENTED, Node(RUNNING), backup()) == "2aa5a7f122"
    assert cell_id(ESE, Node(RUNNING), backup()) == "2aa5a7f122"
    assert cell_id(ESE, Node(RUNNING), backup(instance=Instance.GARBAGE)) == "d4ce4282d5"


def test_cells_of_one_profile_have_different_ids() -> None:
    cells = {one.name: one for one in report().profiles[0].domains}
    assert sum(one.new for one in cells.values()) <= sum(one.cells for one in cells.values())
    assert cells["lifecycle"].new == cells["lifecycle"].cells
