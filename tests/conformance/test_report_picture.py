"""The picture of a history: what it shows, and that nothing an engine says can break it."""

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from jetconform.conformance.cli import main
from jetconform.conformance.explain import Explanation
from jetconform.conformance.lines import Kind
from jetconform.conformance.reports.picture import draw
from jetconform.conformance.reports.story import FIRST, LAST, Moment, of_finding, tell
from jetconform.conformance.trace import CallbackEvent, Event, FaultEvent, HoldEvent, ReleaseEvent, ResumeEvent
from reported import EVENTS, back, call, finding

ROOT = Path(__file__).parents[2]
TWO_CLIENTS = ROOT / "examples" / "two_clients.jsonl"
SVG = "{http://www.w3.org/2000/svg}"

HELD: list[Event] = [
    *EVENTS[:4],
    FaultEvent(kind="make-directory", target="bk"),
    call(3, "JetBackupInstance", path="bk", grbit=0),
    HoldEvent(id=3, point="copy db/test.edb"),
    call(4, "JetTerm", "B"),
    back(4, -505),
    ReleaseEvent(id=3, point="copy db/test.edb"),
    back(3),
]


def words(picture: str) -> list[str]:
    """Every text of a picture, in its order."""
    return ["".join(one.itertext()) for one in ElementTree.fromstring(picture).iter(f"{SVG}text")]


def test_the_rejected_return_is_shown_with_what_was_allowed() -> None:
    said = words(draw(of_finding(finding()), title="a finding"))
    at = said.index("→ -505 BackupInProgress")
    assert said[at - 2 : at + 2] == [
        "JetBackupInstance(path null,",
        "full)",
        "→ -505 BackupInProgress",
        "allowed: 0 Success",
    ]
    assert "against the contract" in said


def test_a_history_that_conforms_has_no_cross() -> None:
    picture = draw(tell(HELD, "documented"), title="conforms")
    assert "against the contract" not in words(picture)
    assert 's-bad"' not in picture


def test_the_bands_hold_what_the_judge_believes_after_each_line() -> None:
    story = tell(HELD, "documented")
    kinds = [line.kind for line in story.lines]
    assert kinds == [
        Kind.DONE, Kind.DONE, Kind.FAULT, Kind.ENTERED, Kind.HOLD, Kind.DONE, Kind.GOES_ON, Kind.RETURNED
    ]  # fmt: skip
    assert story.moments[0] == Moment(("uninitialized",), ("idle",))
    assert story.moments[1] == Moment(("running",), ("idle",))
    assert story.moments[4] == Moment(("running",), ("copying databases",))
    assert story.moments[5] == Moment(("running",), ("copying databases",))
    assert len(story.moments[6].phases) > 1  # it went on, and nobody knows how far
    assert story.moments[7] == Moment(("running",), ("idle",))
    assert [line.inside for line in story.lines][3:] == [{"A"}, {"A"}, {"A"}, {"A"}, set()]


def test_beside_a_rejected_call_stands_what_was_possible_before_it() -> None:
    story = of_finding(finding())
    assert story.moments[-1] == Moment(("running",), ("idle",))


def test_after_a_rejection_nothing_is_believed() -> None:
    story = of_finding(finding([*EVENTS, call(4, "JetTerm"), back(4)]))
    assert [line.wrong for line in story.lines] == [False, False, True, False]
    assert story.moments[3] == Moment()


def test_each_client_has_a_lane_and_the_environment_none() -> None:
    said = words(draw(tell(HELD, "documented"), title=""))
    assert [text for text in said if text.startswith("client ")] == ["client A", "client B"]
    assert "make-directory bk" in said
    assert "held at copy db/test.edb" in said


def test_a_callback_that_fails_says_with_what() -> None:
    events: list[Event] = [
        *EVENTS[:4],
        call(3, "JetBackupInstance", path="bk", grbit=0),
        CallbackEvent(id=3, snp=9, snt=5),
        ResumeEvent(id=3, err=-1011),
        back(3, -1011),
    ]
    texts = [line.text for line in tell(events, "documented").lines]
    assert texts[2:] == ["JetBackupInstance(bk, full)", "held in callback, snt 5", "answers -1011 OutOfMemory", ""]


def test_callbacks_in_which_nothing_is_held_take_no_line() -> None:
    events: list[Event] = [
        *EVENTS[:4],
        call(3, "JetBackupInstance", path="bk", grbit=0),
        CallbackEvent(id=3, snp=9, snt=5),
        ResumeEvent(id=3, err=0),
        back(3),
    ]
    assert [line.kind for line in tell(events, "documented").lines] == [Kind.DONE] * 3


def test_a_call_that_never_returned_ends_in_a_cross() -> None:
    why = Explanation(
        kind="hang", profile="documented", call_id=3, call="JetTerm()", observed="not back", reason="late"
    )
    story = of_finding(finding([*EVENTS[:4], call(3, "JetTerm")], why))
    assert [line.kind for line in story.lines][-2:] == [Kind.ENTERED, Kind.LOST]
    assert "→ not back" in words(draw(story, title=""))


def test_what_a_call_left_behind_against_a_clause_is_said() -> None:
    why = Explanation(kind="effect", profile="documented", call_id=3, call="x", observed="bk/a is new", reason="clause")
    said = words(draw(of_finding(finding(why=why)), title=""))
    assert "left behind: bk/a is new" in said


def test_of_a_long_history_the_beginning_and_the_end_are_shown() -> None:
    many: list[Event] = [event for n in range(1, 1001) for event in (call(n, "JetTerm"), back(n, -1029))]
    story = tell(many, "documented")
    assert len(story.lines) == FIRST + LAST
    assert [line.call_id for line in story.lines] == [*range(1, FIRST + 1), *range(1001 - LAST, 1001)]
    picture = draw(story, title="")
    assert f"⋯ {1000 - FIRST - LAST:,} lines left out here; the saved history has them ⋯" in words(picture)
    assert len(picture) < 200_000


@pytest.mark.parametrize("blamed", [1, 30, 500, 1000])
def test_of_a_long_history_the_rejected_call_is_always_shown(blamed: int) -> None:
    many: list[Event] = [event for n in range(1, 1001) for event in (call(n, "JetTerm"), back(n, -1029))]
    story = tell(many, "documented", blamed=blamed, observed="-1029 NotInitialized")
    assert [line.call_id for line in story.lines if line.wrong] == [blamed]
    assert len(story.lines) == FIRST + LAST
    assert len(story.lines) + story.left_out + story.after == 1000
    said = words(draw(story, title=""))
    assert (f"⋯ {story.after:,} lines more; the saved history has them ⋯" in said) is (blamed < 1000)


def test_hostile_text_stays_text() -> None:
    evil = "</svg><script>alert(1)</script>&\x00\ud800\u202e" + "x" * 10_000
    events: list[Event] = [
        FaultEvent(kind=evil, target=evil),
        call(1, evil, evil, path=evil),
        back(1),
    ]
    picture = draw(tell(events, "documented"), title=evil[:300], notes=[evil[:300]])
    root = ElementTree.fromstring(picture)
    assert {one.tag.removeprefix(SVG) for one in root.iter()}.isdisjoint({"script", "foreignObject", "a", "image"})
    assert "\x00" not in picture
    assert "\u202e" not in picture
    assert len(picture) < 50_000


def test_a_picture_loads_nothing_and_knows_both_modes() -> None:
    picture = draw(of_finding(finding()), title="a & b")
    assert "prefers-color-scheme:dark" in picture
    assert picture.count("http") == 1  # the name of the format
    assert "<title>a &amp; b</title>" in picture


@pytest.mark.parametrize(
    ("engine", "picture", "status"),
    [("reference", "conforming.svg", 0), ("python:examples.broken:factory", "failing.svg", 1)],
)
def test_the_pictures_of_the_readme_are_what_replay_draws(
    engine: str, picture: str, status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    drawn = tmp_path / "drawn.svg"
    assert main(["replay", "examples/two_clients.jsonl", "--engine", engine, "--svg", str(drawn)]) == status
    assert drawn.read_text(encoding="utf-8") == (ROOT / "docs" / "pictures" / picture).read_text(encoding="utf-8")


def test_a_picture_that_cannot_be_written_is_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["replay", str(TWO_CLIENTS), "--svg", str(tmp_path / "no" / "x.svg")]) == 2
    assert capsys.readouterr().err == f"jetconform: {tmp_path / 'no' / 'x.svg'}: no such folder\n"
