"""`deviations init`: what is drafted of a finding is explained by it, can be loaded, and what cannot be drafted is said."""

from pathlib import Path

import msgspec
import pytest
from bench import RUNNING, backup, folder, found, laboratory, on_instance
from jetconform.conformance import deviating
from jetconform.conformance.check import Request, _scorecard
from jetconform.conformance.cli import main
from jetconform.conformance.commands import deviations
from jetconform.conformance.deviation_drafts import TO_BE_EXPLAINED, draft, without_clause
from jetconform.conformance.deviation_files import as_toml
from jetconform.conformance.explain import Explanation
from jetconform.conformance.findings import Finding
from jetconform.conformance.level1 import Report
from jetconform.conformance.scorecard import Scorecard
from jetconform.model.calls import Call, Instance, Place
from jetconform.model.deviations import Harm, overlay
from jetconform.model.effects import CLAUSES
from jetconform.model.overlay import stepper_of
from jetconform.model.state import Control, Handle
from jetconform.model.step import run

SHIPPED = deviating.read(deviating.SHIPPED)
CREATED = RUNNING[:1]
NOTHING_NEW = next(one for one in CLAUSES["documented"] if one.id == "BI.nothing-new")


@pytest.fixture
def stopped(tmp_path: Path) -> Finding:
    """JetStopBackupInstance of an instance that is not initialised succeeds, as Microsoft's engine lets it."""
    with laboratory(tmp_path / "lab", "python:faulty:stops_anything") as lab:
        return found(lab, (*CREATED, on_instance(2, "JetStopBackupInstance")))


@pytest.fixture
def unexplained(tmp_path: Path) -> Finding:
    """A code that no profile has there."""
    with laboratory(tmp_path / "lab", "python:faulty:full_of_licences") as lab:
        return found(lab, (*RUNNING, folder("bk1"), backup(3, "bk1")))


@pytest.fixture
def partial() -> Finding:
    """A failed backup left files behind."""
    reason = f"clause {NOTHING_NEW.id}, on failure: {NOTHING_NEW.text}"
    why = Explanation(
        kind="effect", profile="documented", call="JetBackupInstance", observed="a.edb is new", reason=reason
    )
    return Finding(events=[], explanation=why, engine="mine", profile="documented", seed=1)


def card(finding: Finding | None = None, profile: str = "documented") -> Scorecard:
    request = Request(engine="mine", profile=profile, seed=1)
    verdict = "conforms" if finding is None else "does-not-conform"
    return _scorecard(request, Report(verdict=verdict, calls=9, finding=finding))


# -- drafts --------------------------------------------------------------------------------------------------------------


def test_a_code_is_drafted_with_the_row_of_the_engine_and_the_rule_of_the_pages(stopped: Finding) -> None:
    found = draft(stopped, (), SHIPPED)
    assert found is not None
    one = found.deviation
    assert (one.id, one.harm, one.reason, one.hurts) == ("sb-ok", Harm.CODE, TO_BE_EXPLAINED, TO_BE_EXPLAINED)
    assert (one.replaces, one.by) == (("SV.not-running",), ("SB.ok",))
    assert found.like == ("stop-calls-look-at-the-handle-alone",)
    assert found.seen == "JetStopBackupInstance(): 0 Success"
    assert draft(stopped, (one,), SHIPPED) is None  # it is explained


def test_a_clause_is_drafted_with_the_one_in_its_stead(partial: Finding) -> None:
    found = draft(partial, (), SHIPPED)
    assert found is not None
    one = found.deviation
    assert (one.id, one.harm, one.replaces, one.by) == (
        "bi-nothing-new",
        Harm.DATA,
        ("BI.nothing-new",),
        ("BI.partial",),
    )
    (bare,) = without_clause([found], "ese/BI.partial")
    assert (bare.deviation.replaces, bare.deviation.by) == (("BI.nothing-new",), ())
    assert without_clause([found], "BI.partial") == [found]  # of the pages, not of the engine


def test_what_no_row_explains_is_not_drafted(unexplained: Finding) -> None:
    assert draft(unexplained, (), SHIPPED) is None
    hang = msgspec.structs.replace(unexplained.explanation, kind="hang")
    assert draft(msgspec.structs.replace(unexplained, explanation=hang), (), SHIPPED) is None


def test_the_file_can_be_loaded_whatever_was_seen(stopped: Finding, partial: Finding, tmp_path: Path) -> None:
    drafts = [one for one in (draft(stopped, (), SHIPPED), draft(partial, (), SHIPPED)) if one is not None]
    path = tmp_path / "mine.toml"
    path.write_text(as_toml('my "engine"\n[x]', drafts, ['a\nb "c"']), encoding="utf-8")
    assert deviating.read(path) == tuple(one.deviation for one in drafts)
    text = path.read_text(encoding="utf-8")
    assert "# Microsoft's engine does so, too: stop-calls-look-at-the-handle-alone\n" in text
    assert text.endswith('\n# Not written: a b "c"\n')


def test_a_lifted_row_makes_no_call_go_on_where_there_is_no_instance() -> None:
    """The stages of a restore begin on an instance: an overlay without those of the engine must not step into nothing."""
    lifting = [one for one in SHIPPED if one.id == "unknown-option-bits-ignored"]
    stepper = stepper_of(overlay(lifting, name="mine"))
    for handle, instance in ((Handle.FREED, Instance.NAMED), (Handle.VALID, Instance.NIL)):
        restore = Call("JetRestoreInstance", instance, place=Place.FULL_SET)
        assert {done.code for _, done in run(stepper, Control(handle=handle), restore)} == {-1003}


# -- the command ---------------------------------------------------------------------------------------------------------


def report(path: Path, one: Scorecard) -> str:
    path.write_bytes(msgspec.json.encode(one))
    return str(path)


def test_from_a_report(stopped: Finding, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "mine.toml"
    command = ["deviations", "init", "-o", str(out), "--from"]
    assert main([*command, report(tmp_path / "a.json", card(stopped))]) == 0
    assert "mine.toml: sb-ok; what else the engine breaks, that run did not come to" in capsys.readouterr().out
    (one,) = deviating.read(out)
    assert one.by == ("SB.ok",)
    assert main([*command, report(tmp_path / "a.json", card(stopped))]) == 2
    assert "mine.toml: is already there" in capsys.readouterr().err


def test_from_a_report_of_which_nothing_can_be_drafted(
    unexplained: Finding, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "mine.toml"
    command = ["deviations", "init", "-o", str(out), "--from"]
    assert main([*command, report(tmp_path / "a.json", card(unexplained))]) == 1
    assert "not drafted: no row and no clause of the profile ese allows it" in capsys.readouterr().out
    assert main([*command, report(tmp_path / "b.json", card())]) == 0
    assert "nothing to draft: mine: conforms" in capsys.readouterr().out
    assert main([*command, report(tmp_path / "c.json", card(profile="ese"))]) == 2
    assert "c.json: judged by ese, expected by documented alone" in capsys.readouterr().err
    assert not out.exists()


def test_an_engine_is_run_again_with_what_was_drafted(
    stopped: Finding,
    partial: Finding,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    beyond = msgspec.structs.replace(partial.explanation, reason="clause ese/BI.partial, on failure: ...")
    cards = [card(stopped), card(partial), card(msgspec.structs.replace(partial, explanation=beyond)), card()]
    profiles: list[str] = []

    def checked(request: Request, **_: object) -> Scorecard:
        profiles.append(request.profile)
        return cards[len(profiles) - 1]

    monkeypatch.setattr(deviations, "check", checked)
    out = tmp_path / "mine.toml"
    assert main(["deviations", "init", "--engine", "mine", "--seed", "1", "-o", str(out)]) == 0
    assert "mine.toml: 2 deviations; with them: conforms, seed 1" in capsys.readouterr().out
    assert profiles == ["documented", *[f"documented+{out}"] * 3]
    assert [(one.replaces, one.by) for one in deviating.read(out)] == [
        (("SV.not-running",), ("SB.ok",)),
        (("BI.nothing-new",), ()),
    ]


def test_a_run_that_cannot_be_drafted_to_its_end_says_so_in_the_file(
    stopped: Finding, unexplained: Finding, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cards = iter([card(stopped), card(unexplained)])
    monkeypatch.setattr(deviations, "check", lambda *_, **__: next(cards))
    out = tmp_path / "mine.toml"
    assert main(["deviations", "init", "--engine", "mine", "-o", str(out)]) == 1
    assert "\n# Not written: JetBackupInstance(empty, full): -1919: no row" in out.read_text(encoding="utf-8")
    assert [one.id for one in deviating.read(out)] == ["sb-ok"]
