"""Calls that an engine does not have: not exercised at any level, never passed, never failed, and nothing to the judge."""

from collections import Counter
from pathlib import Path

import pytest
from bench import HERE, laboratory
from jetconform.conformance import level1, level4, levels, plans
from jetconform.conformance.belief import Beliefs
from jetconform.conformance.journal import running_call
from jetconform.conformance.judge import Judge
from jetconform.conformance.level1 import Options
from jetconform.conformance.level3 import play_all
from jetconform.conformance.level3_scenarios import SCENARIOS
from jetconform.conformance.scorecard import lanes
from jetconform.conformance.trace import (
    CallbackEvent,
    CallEvent,
    Event,
    Header,
    NotImplementedEvent,
    ReturnEvent,
    TraceError,
    encode,
    parse,
)
from jetconform.conformance.tracecheck import Checker
from jetconform.model.alphabet import (
    BACKED_UP,
    COUNT,
    CREATE,
    DETACH,
    FULL,
    INIT,
    INSERT,
    RESTORABLE,
    RUNNING,
    STOP,
    TERM,
    restore,
)
from jetconform.model.calls import Place
from jetconform.model.domain import Domain
from jetconform.model.guards.documented import DOCUMENTED
from jetconform.model.step import Stepper
from rich.console import Console

ENGINE = "python:faulty:without_some"
HELD = (plans.Held(FULL, BACKED_UP), plans.Held(restore(Place.FULL_SET), RESTORABLE))
DOMAINS = (
    Domain("most", "most calls are there", (CREATE, INIT, TERM, FULL, DETACH, STOP, COUNT, INSERT), RUNNING),
    Domain("restore", "what it is about is not there", (restore(Place.MISSING), TERM), RESTORABLE),
)


@pytest.fixture(autouse=True)
def _small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(HERE))
    monkeypatch.setattr(level1, "DOMAINS", DOMAINS)
    monkeypatch.setattr(level1, "BATCHES", 1)
    for module in (level4, levels):
        monkeypatch.setattr(module, "HELD", HELD)
    monkeypatch.setattr(plans, "OTHERS", (INSERT, DETACH))
    monkeypatch.setattr(level4, "OTHERS", (INSERT, DETACH))
    monkeypatch.setattr(plans, "SEQUENCES", ((INSERT, DETACH),))
    monkeypatch.setattr(level4, "EXAMPLES", 10)


def test_level_1_skips_them_in_walk_and_random_histories(tmp_path: Path) -> None:
    with laboratory(tmp_path / "lab", ENGINE) as lab:
        report = levels.run_levels(lab, Options(seed=1))
        events = [event for history in lab.recorded for event in history]
    assert report.verdict == "conforms"
    assert report.random_examples > 0
    assert {"JetRestoreInstance", "JetDetachDatabase"} <= set(report.lacking)
    made = Counter(event.call for event in events if isinstance(event, CallEvent))
    assert not made["JetRestoreInstance"]
    assert not made["JetDetachDatabase"]
    missing = {event.id for event in events if isinstance(event, NotImplementedEvent)}
    assert missing
    assert report.cells_covered + len(report.not_exercised) == report.cells_reachable
    assert all(any(name in one for name in ("Stop", "Detach", "Count", "Restore")) for one in report.not_exercised)


def test_level_3_says_which_scenarios_were_not_played(tmp_path: Path) -> None:
    missed: dict[str, None] = {}
    exercised: Counter[str] = Counter()
    with laboratory(tmp_path / "lab", ENGINE) as lab:
        assert play_all(lab, exercised, iter(SCENARIOS[:2]), missed) is None
    assert (exercised["scenarios"], exercised["lacking"]) == (0, 2)
    assert list(missed) == ["scenarios that need it: JetRestoreInstance: the engine has no JetRestoreInstance"]


def test_level_4_holds_what_is_there(tmp_path: Path) -> None:
    with laboratory(tmp_path / "lab", ENGINE) as lab:
        (level,) = levels.run_levels(lab, Options(seed=1, levels=(4,))).levels
    assert level.verdict == "conforms"
    assert "JetRestoreInstance(full set, destination null)" not in level.guarantee
    assert any("the engine has no JetRestoreInstance" in one for one in level.not_exercised)
    assert any(one.startswith("JetDetachDatabase") for one in level.not_exercised)
    assert not any(one.startswith("Insert") for one in level.not_exercised)


# -- the judge and the traces --------------------------------------------------------------------------------------------


def call(number: int, name: str, client: str = "A", **args: object) -> CallEvent:
    return CallEvent(id=number, client=client, call=name, args={"instance": "i1", **args})


STARTED: tuple[Event, ...] = (
    call(1, "JetCreateInstance"),
    ReturnEvent(id=1, err=0),
    call(2, "JetInit"),
    ReturnEvent(id=2, err=0),
)


def test_the_judge_takes_it_back_beside_a_call_that_is_held() -> None:
    judge = Judge(Beliefs(Stepper(DOCUMENTED)))
    held = call(3, "JetBackupInstance", path=None, grbit=0)
    for event in (*STARTED, held, CallbackEvent(id=3, snp=9, snt=5)):
        judge.feed(event)
    belief, places = judge.belief("i1"), dict(judge.ledger.places)
    for event in (call(4, "JetBackupInstance", "B", path="bk", grbit=0), NotImplementedEvent(id=4)):
        judge.feed(event)
    assert judge.belief("i1") is belief
    assert judge.ledger.at("bk") == judge.ledger.at("never")
    assert {path for path in judge.ledger.places if path != "bk"} == set(places)
    judge.feed(call(5, "JetTerm", "B"))
    assert judge.feed(ReturnEvent(id=5, err=-505)) is None
    assert judge.open_calls() == {3: 0}


def test_a_trace_that_tells_of_it_is_explained() -> None:
    events = (*STARTED, call(3, "JetTerm"), NotImplementedEvent(id=3), call(4, "JetTerm"), ReturnEvent(id=4, err=0))
    data = b"".join(map(encode, (Header(trace=1), *events)))
    checker = Checker((DOCUMENTED,))
    checker.check(parse(data, name="here"))
    (tally,) = checker.tallies
    assert (tally.calls, tally.explained, len(tally.rejected)) == (3, 3, 0)


def test_what_was_never_called_cannot_be_missing() -> None:
    data = b"".join(map(encode, (Header(trace=1), NotImplementedEvent(id=3))))
    with pytest.raises(TraceError, match="here:2: no call 3 is open"):
        parse(data, name="here")


def test_it_keeps_nobody_busy() -> None:
    entered = call(3, "JetTerm")
    assert running_call([*STARTED, entered]) == entered
    assert running_call([*STARTED, entered, NotImplementedEvent(id=3)]) is None


def test_a_picture_shows_it() -> None:
    console = Console(width=100, force_terminal=False)
    with console.capture() as capture:
        console.print(lanes([*STARTED, call(3, "JetTerm"), NotImplementedEvent(id=3)], 0))
    assert "JetTerm()" in capture.get()
    assert "└ not implemented" in capture.get()
