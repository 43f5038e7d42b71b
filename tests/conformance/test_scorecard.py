"""The scorecard: the picture of a history, what is counted, and the form of `--json`."""

import json
from io import StringIO
from typing import Any

import msgspec
import pytest
from jetconform.conformance.check import Request, _scorecard
from jetconform.conformance.commands.check import require
from jetconform.conformance.exercised import DeviationsSeen
from jetconform.conformance.explain import Explanation, RowText, StateText
from jetconform.conformance.findings import Finding
from jetconform.conformance.level1 import Report
from jetconform.conformance.scorecard import (
    EXIT,
    SHOWN,
    WIDE,
    Cells,
    Codes,
    Level,
    Scorecard,
    codes_of,
    lanes,
    show,
    show_finding,
)
from jetconform.conformance.screen import Screen
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
from jetconform.model.vocabulary import DOCUMENTED_CODES

WHY = Explanation(
    kind="rejected",
    profile="documented",
    call_id=2,
    call="JetTerm()",
    observed="0 Success",
    reason="no row gives this code here",
    allowed=["-505 BackupInProgress"],
    overlapping=["call 1: JetBackupInstance(empty, full)"],
    states=[
        StateText(
            state="running, backup copying databases",
            in_flight=["JetBackupInstance(empty, full), copying databases"],
            rows=[
                RowText("TM.backup", "enter", "backing_up", "-505 BackupInProgress", "must", "TM [Remarks]: a backup")
            ],
            allowed=["-505 BackupInProgress"],
        )
    ],
)


def call(number: int, client: str, name: str = "JetTerm", **args: Any) -> CallEvent:
    return CallEvent(id=number, client=client, call=name, args={"instance": "i1"} | args)


def back(number: int, err: int = 0) -> ReturnEvent:
    return ReturnEvent(id=number, err=err)


def printed(thing: Any, width: int = 150) -> list[str]:
    """What is shown of it, without the blanks at the ends of lines."""
    console = Screen(file=StringIO(), width=width)
    if isinstance(thing, Scorecard):
        show(console, thing)
    elif isinstance(thing, Finding):
        show_finding(console, thing)
    else:
        console.print(thing)
    assert isinstance(console.file, StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


# -- lanes -------------------------------------------------------------------------------------------------------------


def test_one_client_has_one_lane_and_a_call_that_is_back_at_once_one_line() -> None:
    events: list[Event] = [call(1, "B", "JetInit"), back(1), call(2, "B"), back(2, -1029)]
    assert printed(lanes(events, 2)) == [
        "#  client B",
        "1  JetInit() → 0 Success",
        "2  JetTerm() → -1029 NotInitialized  ✗",
    ]


def test_two_clients_a_hold_point_and_a_fault() -> None:
    events: list[Event] = [
        FaultEvent(kind="make-directory", target="bk1"),
        call(1, "A", "JetBackupInstance", path="bk1", grbit=4),
        HoldEvent(id=1, point="copy db/test.edb"),
        call(2, "B"),
        back(2),
        FaultEvent(kind="damage-page", target="db/test.edb"),
        ReleaseEvent(id=1, point="copy db/test.edb"),
        back(1, -1018),
    ]
    lines = printed(lanes(events, 2))
    assert lines[0].split() == ["#", "client", "A", "client", "B", "environment"]
    column, environment = lines[0].index("client B"), lines[0].index("environment")
    assert [line[column:environment].rstrip() for line in lines[1:]] == [
        "",
        "",
        "",
        "JetTerm() → 0 Success  ✗",
        "",
        "",
        "",
    ]
    words = [line[3:column].rstrip() for line in lines[1:]]
    assert words == [
        "",
        "┌ JetBackupInstance(bk1, Atomic)",
        "├ held at copy db/test.edb",
        "│",
        "│",
        "├ goes on",
        "└ → -1018 ReadVerifyFailure",
    ]
    assert [line[environment:] for line in lines[1:] if line[environment:]] == [
        "make-directory bk1",
        "damage-page db/test.edb",
    ]


def test_a_callback_is_shown_where_it_was_held_and_only_there() -> None:
    quick: list[Event] = [CallbackEvent(id=1, snp=9, snt=7), ResumeEvent(id=1, err=0)]
    held: list[Event] = [CallbackEvent(id=1, snp=9, snt=7), call(2, "B"), back(2), ResumeEvent(id=1, err=0)]
    events = [call(1, "A", "JetBackupInstance", path=None, grbit=0), *quick, *held, *quick, back(1)]
    column = printed(lanes(events, 0))[0].index("client B")
    assert [line[3:column].rstrip() for line in printed(lanes(events, 0))[1:]] == [
        "┌ JetBackupInstance(path null, full)",
        "├ held in callback, snt 7",
        "│",
        "├ goes on",
        "└ → 0 Success",
    ]


def test_a_call_that_did_not_come_back_ends_with_what_was_seen_of_it() -> None:
    events: list[Event] = [call(1, "A", "JetInit"), EndEvent(reason="crash")]
    assert printed(lanes(events, 1, "killed by [SIGABRT]")) == [
        "#  client A",
        "1  ┌ JetInit()",
        "   └ killed by [SIGABRT]  ✗",
    ]


def test_what_a_trace_says_is_never_read_as_markup() -> None:
    events: list[Event] = [
        FaultEvent(kind="make-directory", target="[red]bk[/]"),
        call(1, "[bold]", "JetBackupInstance", path="[/red]", grbit=0),
        HoldEvent(id=1, point="copy [link=x]y[/link]"),
        ReleaseEvent(id=1),
        back(1),
    ]
    text = "\n".join(printed(lanes(events, 1)))
    for word in ("[red]bk[/]", "client [bold]", "[/red]", "[link=x]y[/link]"):
        assert word in text


@pytest.mark.parametrize(
    ("name", "args", "text"),
    [
        ("JetBackupInstance", {"path": "bk1", "grbit": 0}, "bk1, full"),
        ("JetBackupInstance", {"grbit": 5, "path": None}, "path null, Incremental|Atomic"),
        ("JetBackupInstance", {"instance": None, "path": "x", "grbit": 0x20}, "instance null, x, 0x20"),
        ("JetRestoreInstance", {"path": "bk1", "destination": "r1"}, "bk1, destination r1"),
        ("JetTerm2", {"grbit": 4}, "0x4"),
        ("Insert", {"session": "s1", "database": "d1", "rows": 10}, "s1, d1, rows 10"),
    ],
)
def test_arguments_are_short(name: str, args: dict[str, Any], text: str) -> None:
    assert f"{name}({text})" in printed(lanes([call(1, "A", name, **args), back(1)], 0))[1]


# -- a finding ---------------------------------------------------------------------------------------------------------


def finding(**changes: Any) -> Finding:
    events: list[Event] = [
        call(1, "A", "JetBackupInstance", path="bk1", grbit=0),
        HoldEvent(id=1, point="enter"),
        call(2, "B"),
        back(2),
    ]
    given = {"events": events, "explanation": WHY, "engine": "e", "profile": "documented", "seed": 1, "minimal": True}
    return Finding(**(given | {"calls_before": 1234} | changes))


def test_a_finding_says_what_is_wrong_what_was_allowed_and_why() -> None:
    lines = printed(finding())
    text = "\n".join(lines)
    headline = "does not conform  call 2, JetTerm(): 0 Success  (history of 2 calls, found after 1,234)"
    assert lines[0] == headline
    for line in (
        "allowed  -505 BackupInProgress",
        "why      no row gives this code here",
        "overlaps call 1: JetBackupInstance(empty, full)",
        "state    running, backup copying databases",
        "         in flight: JetBackupInstance(empty, full), copying databases",
    ):
        assert line in lines
    assert "TM [Remarks]: a backup" in text
    assert "minimal" not in text


def test_a_finding_that_is_not_minimal_says_so() -> None:
    assert "(not proven minimal)" in printed(finding(minimal=False))


def test_what_is_not_known_is_not_said() -> None:
    assert printed(finding(calls_before=0))[0].endswith("(history of 2 calls)")
    one: list[Event] = [call(2, "B"), back(2)]
    assert printed(finding(events=one, calls_before=0))[0].endswith("(history of 1 call)")


SENTENCES = ("does", "allowed", "why", "overlaps", "state", "         in flight")
"""Beginnings of lines that the terminal wraps."""


@pytest.mark.parametrize("width", [40, 80, WIDE - 1])
def test_on_a_narrow_terminal_rows_stay_readable(width: int) -> None:
    lines = printed(finding(), width)
    assert any("TM.backup  enter, must:" in line for line in lines)
    assert "source: TM [Remarks]: a backup" in " ".join(" ".join(lines).split())
    assert all(len(line) <= width for line in lines if not line.startswith(SENTENCES))


def test_a_finding_without_a_history_is_told_in_words() -> None:
    why = Explanation(kind="unopened", profile="documented", reason="the engine could not be opened")
    lines = printed(finding(events=[], explanation=why))
    assert lines[0] == "does not conform  the engine could not be opened"
    assert not any(line.startswith("#") for line in lines)


# -- counts ------------------------------------------------------------------------------------------------------------


def test_codes_are_counted_against_what_is_reachable() -> None:
    codes = codes_of(
        {0: ["forced"], -505: ["at a hold point"], -900: ["at a hold point", "forced"], 17: ["forced"]},
        [0, -505, -900, -1018, 17],
    )
    assert codes.documented == [int(code) for code in DOCUMENTED_CODES]
    assert len(codes.documented) == 17
    assert codes.reachable == [0, -505, -900, -1018]
    assert codes.seen == [0, -505, -900]
    assert codes.forced == [0, -900]
    assert codes.missing == [-1018]


def report(**changes: Any) -> Report:
    given = {
        "verdict": "conforms",
        "calls": 1000,
        "exhausted": True,
        "cells_in_model": 50,
        "cells_reachable": 40,
        "cells_covered": 40,
        "codes_seen": {0: ["forced"], -505: ["at a hold point"]},
        "codes_reachable": [0, -505],
    }
    return Report(**(given | changes))


def card(**changes: Any) -> Scorecard:
    return _scorecard(Request(engine="python:a:b", profile="documented", seed=7), report(**changes))


def test_the_guarantee_says_what_was_exhausted_and_what_was_only_sampled() -> None:
    (level,) = card(random_examples=1200).levels
    assert level.guarantee == "cells 40 of 40 reachable on this engine (50 in the model); sampled: 1,200 random calls"
    assert (level.level, level.name, level.verdict, level.calls) == (1, "codes", "conforms", 1000)


@pytest.mark.parametrize(
    "changes",
    [
        {"verdict": "unknown", "exhausted": False, "cells_covered": 30},
        {"verdict": "unknown", "exhausted": False, "cells_covered": 0, "cells_reachable": 0},
        {"verdict": "does-not-conform", "exhausted": False, "finding": finding()},
    ],
)
def test_a_run_that_did_not_end_guarantees_nothing(changes: dict[str, Any]) -> None:
    assert card(**changes).levels[0].guarantee.startswith("none: it ended ")


def test_codes_that_needed_a_hold_point_are_told_apart() -> None:
    lines = printed(card())
    assert "codes  2 of 2 reachable here seen: 1 forced, 1 only at a hold point (-505 BackupInProgress)" in lines


def test_codes_that_were_allowed_and_never_seen_are_named_unless_the_run_was_cut_short() -> None:
    line = "       allowed and never returned: -1018 ReadVerifyFailure"
    reachable = [0, -505, -1018]
    assert line in printed(card(codes_reachable=reachable))
    cut = {"verdict": "does-not-conform", "exhausted": False, "finding": finding()}
    assert line not in printed(card(codes_reachable=reachable, **cut))


def test_what_was_not_exercised_is_listed_and_the_rest_counted() -> None:
    cells = [f"{number:010x} JetTerm() in [running]" for number in range(SHOWN + 5)]
    lines = printed(card(lacking=["callback"], not_exercised=cells))
    shown = [line for line in lines if line.startswith("not exercised: ")]
    assert shown[0] == "not exercised: the engine has no callback"
    assert shown[1] == "not exercised: 0000000000 JetTerm() in [running]"
    assert len(shown) == SHOWN + 1
    assert shown[-1] == "not exercised: 6 more, listed by --json"


@pytest.mark.parametrize(
    ("level", "lacking", "verdict"),
    [(0, ["callback"], "conforms"), (1, ["callback"], "unknown"), (1, [], "conforms")],
)
def test_what_is_required_and_was_not_exercised_makes_the_verdict_unknown(
    level: int, lacking: list[str], verdict: str
) -> None:
    one = card(lacking=lacking)
    require(one, level)
    assert one.verdict == verdict
    assert printed(one)[-1].startswith(verdict)


def test_what_was_required_never_hides_a_finding() -> None:
    one = card(verdict="does-not-conform", lacking=["callback"], finding=finding())
    require(one, 1)
    assert one.verdict == "does-not-conform"


def test_every_verdict_has_its_exit_status() -> None:
    assert EXIT == {"conforms": 0, "does-not-conform": 1, "unknown": 3}


def test_the_way_to_make_a_finding_again_can_be_pasted_into_a_shell() -> None:
    one = msgspec.structs.replace(card(finding=finding()), saved="a folder/x.jsonl")
    lines = printed(one)
    assert "saved as a folder/x.jsonl" in lines
    assert "again:   jetconform replay 'a folder/x.jsonl' --engine python:a:b" in lines  # and no emoji for `:a:`
    unsaved = msgspec.structs.replace(card(finding=finding()), unsaved="findings: read-only")
    assert "not saved: findings: read-only" in printed(unsaved)


def test_deviations_are_said_with_where_they_were_seen() -> None:
    seen = DeviationsSeen(
        file="mine.toml",
        known={"old": 12},
        effects={"partial": 1},
        healed=["gone"],
        not_exercised=["x", "y"],
        expired={"late": "2026-01-31"},
    )
    assert [line for line in printed(card(deviations=seen)) if line.startswith(("deviations", "  "))] == [
        "deviations of mine.toml: none new, 2 known and seen, 1 healed, 2 not exercised",
        "  known    old: in 12 cells",
        "  known    partial: in what was left behind by 1 call",
        "  healed   gone: wherever it could have been seen, the engine kept the pages",
        "  expired  late: on 2026-01-31, judged as if it were not there",
    ]
    assert "deviations of mine.toml: new: the finding above" in "\n".join(
        printed(card(deviations=seen, finding=finding()))
    )
    assert not any(line.startswith("deviations") for line in printed(card()))


# -- --json ------------------------------------------------------------------------------------------------------------


def test_the_keys_of_the_json_are_those_that_scripts_rely_on() -> None:
    data = json.loads(msgspec.json.encode(card(finding=finding())))
    assert set(data) == {
        *("verdict", "profile", "seed", "calls", "codes", "cells", "levels", "finding"),
        *("engine", "not_exercised", "saved", "stale", "unsaved", "exercised", "deviations", "command"),
    }
    assert set(data["codes"]) == {"documented", "reachable", "seen", "missing", "forced"}
    assert {"reachable", "covered"} <= set(data["cells"])
    assert [set(level) for level in data["levels"]] == [
        {"level", "name", "verdict", "calls", "guarantee", "not_exercised"}
    ]
    assert data["verdict"] == "does-not-conform"  # whatever the levels say: there is a finding
    assert (data["profile"], data["seed"], data["calls"]) == ("documented", 7, 1000)
    assert data["finding"]["explanation"]["allowed"] == ["-505 BackupInProgress"]
    assert data["finding"]["events"][0]["event"] == "call"
    clean = json.loads(msgspec.json.encode(card()))
    assert (clean["verdict"], clean["finding"]) == ("conforms", None)


def test_a_scorecard_survives_the_way_through_json() -> None:
    one = card(finding=finding())
    assert msgspec.json.decode(msgspec.json.encode(one), type=Scorecard) == one
    assert isinstance(one.codes, Codes)
    assert isinstance(one.cells, Cells)
    assert isinstance(one.levels[0], Level)


@pytest.mark.parametrize(
    ("replayed", "said"), [(0, ""), (1, "; 1 regression replayed"), (3, "; 3 regressions replayed")]
)
def test_the_guarantee_says_how_many_regressions_were_replayed(replayed: int, said: str) -> None:
    assert card(histories_replayed=replayed).levels[0].guarantee.endswith(f"(50 in the model){said}")


def test_without_level_1_the_regressions_are_said_of_the_first_level_that_ran() -> None:
    second = Level(level=2, name="effects", verdict="conforms", calls=9, guarantee="all")
    request = Request(engine="reference", profile="documented", seed=7, levels=(2,))
    found = _scorecard(request, report(levels=[second], histories_replayed=2))
    assert [level.guarantee for level in found.levels] == ["all; 2 regressions replayed"]


def test_a_crash_ends_the_bars_of_the_calls_in_flight() -> None:
    events: list[Event] = [
        call(1, "A", "JetInit"),
        FaultEvent(kind="crash"),
        call(2, "B", "JetInit"),
        ReturnEvent(id=2, err=0),
    ]
    lines = printed(finding(events=events))
    assert not any("│" in line for line in lines if "JetInit() → 0 Success" in line)
