"""Explanations: what was possible, which rows held, what they allow, and which call overlapped."""

from pathlib import Path

import pytest
from bench import RUNNING, backup, folder, found, laboratory
from jetconform.conformance.explain import Explanation, explain
from jetconform.conformance.history import Nonconformity
from jetconform.conformance.script import CallStep, Step
from jetconform.model.guards.documented import DOCUMENTED
from jetconform.model.guards.ese import ESE
from jetconform.model.step import Stepper


def explained(folder_: Path, spec: str, *script: Step, profile: str = "documented") -> Explanation:
    with laboratory(folder_, spec, profile) as lab:
        return found(lab, script).explanation


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Explanation:
    """BackupInProgress without a backup."""
    script = (*RUNNING, backup(3, "missing"), backup(4, "elsewhere", grbit=1))
    return explained(tmp_path_factory.mktemp("alone"), "python:examples.broken:factory", *script)


def test_it_names_the_call_and_what_came_back(alone: Explanation) -> None:
    assert (alone.kind, alone.profile, alone.call_id) == ("rejected", "documented", 4)
    assert (alone.call, alone.observed) == ("JetBackupInstance(missing, Incremental)", "-505 BackupInProgress")
    assert "no guard row" in alone.reason
    assert alone.overlapping == []


def test_it_shows_the_state_and_every_row_that_held_there_with_its_citation(alone: Explanation) -> None:
    (state,) = alone.states
    assert (state.state, state.in_flight) == ("running", [])
    rows = {row.id: row for row in state.rows}
    assert {"BI.path-missing"} <= rows.keys()
    missing = rows["BI.path-missing"]
    assert (missing.outcome, missing.force, missing.at) == ("-1023 InvalidPath", "must", "enter")
    assert missing.condition == DOCUMENTED.row("BI.path-missing").condition
    for row in state.rows:
        assert row.citation == DOCUMENTED.row(row.id).citation != ""
    assert not any(row.outcome == "-505 BackupInProgress" for row in state.rows)


def test_it_says_what_would_have_been_allowed(alone: Explanation) -> None:
    (state,) = alone.states
    assert "-1023 InvalidPath" in alone.allowed
    assert "-505 BackupInProgress" not in alone.allowed
    assert "0 Success" not in alone.allowed
    assert sorted(alone.allowed) == sorted(state.allowed)


def test_it_names_the_call_that_overlapped_and_its_stage(tmp_path: Path) -> None:
    script = (*RUNNING, folder("bk1"), backup(3, "bk1", hold="callback:1"), backup(4, "bk2", client="B"))
    why = explained(tmp_path, "python:faulty:two_at_once", *script)
    assert (why.call_id, why.observed) == (4, "0 Success")
    assert why.overlapping == ["call 3: JetBackupInstance(empty, full)"]
    assert "-505 BackupInProgress" in why.allowed
    assert why.states
    for state in why.states:
        assert len(state.in_flight) == 1
        assert state.in_flight[0].startswith("JetBackupInstance(empty, full), ")
        assert any(row.outcome == "-505 BackupInProgress" for row in state.rows)


def test_a_success_that_a_must_row_forbids_is_blamed_on_that_row(tmp_path: Path) -> None:
    """A success row holds as well, so it would be wrong to say that no row gives the code."""
    script = (*RUNNING, folder("bk1"), backup(3, "bk1", hold="callback:1"), backup(4, None, client="B"))
    why = explained(tmp_path, "python:faulty:two_at_once", *script)
    must = {row.id for state in why.states for row in state.rows if row.force == "must"}
    assert any(row.outcome == "0 Success" for state in why.states for row in state.rows)
    assert any(row_id in why.reason for row_id in must)
    assert "success is not allowed" in why.reason


def test_in_an_ordered_profile_the_row_that_comes_first_is_blamed(tmp_path: Path) -> None:
    """The reference engine keeps the documented contract, and tests the session first."""
    why = explained(tmp_path, "reference", CallStep(1, "A", "JetEndSession", {"session": "s1"}), profile="ese@ese")
    assert why.profile == "ese"
    assert why.allowed == ["-1029 NotInitialized"]
    rows = [row.id for row in why.states[0].rows]
    assert [row.outcome for row in why.states[0].rows][:2] == ["-1029 NotInitialized", "-1104 InvalidSesid"]
    assert why.reason == f"{rows[1]} gives this code, but {rows[0]} holds as well and comes first"
    assert all(row.citation == ESE.row(row.id).citation for row in why.states[0].rows)


def test_every_state_that_was_possible_is_shown(tmp_path: Path) -> None:
    """A path of unknown content: the same call in each of its classes."""
    script = (*RUNNING, backup(3, "missing"), backup(4, "/somewhere"))
    why = explained(tmp_path, "python:examples.broken:factory", *script)
    assert len(why.states) == 6  # anything but null and the empty string may be at an absolute path
    conditions = {tuple(row.id for row in state.rows) for state in why.states}
    assert len(conditions) > 1
    assert set(why.allowed) == {code for state in why.states for code in state.allowed}


@pytest.mark.parametrize(
    ("name", "kind", "word"),
    [
        ("raises", "misbehaviour", "raised KeyError"),
        ("returns_text", "misbehaviour", "returned str '0' instead of a JET_ERR"),
        ("unmapped", "misbehaviour", "native code 17"),
    ],
)
def test_an_answer_that_is_none_is_explained_like_a_wrong_one(name: str, kind: str, word: str, tmp_path: Path) -> None:
    why = explained(tmp_path, f"python:misbehaving:{name}", *RUNNING)
    assert (why.kind, why.call_id, why.call) == (kind, 2, "JetInit()")
    assert word in why.observed
    assert "JET_ERR" in why.reason
    assert "0 Success" in why.allowed
    assert why.states[0].rows


def test_what_is_no_call_of_the_history_is_told_in_words() -> None:
    why = explain(Nonconformity("misbehaviour", "damage_page: raised OSError"), Stepper(DOCUMENTED))
    assert (why.kind, why.reason) == ("misbehaviour", "damage_page: raised OSError")
    assert (why.call, why.states, why.allowed) == ("", [], [])
