"""`jetconform compare`: what is said to be worse, better and other, and input that is none."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from jetconform.conformance.cli import main
from jetconform.conformance.comparing import SHOWN, Change, Way, compare
from jetconform.conformance.errors import CheckError
from jetconform.conformance.exercised import CallInState, CodeCount, DeviationsSeen, Exercised, pack, unpack
from jetconform.conformance.scorecard import Codes, Level, Scorecard
from reported import card, failed

WORSE, BETTER, OTHER = Way.WORSE, Way.BETTER, Way.OTHER


def level(number: int, verdict: str) -> Level:
    return Level(level=number, name=f"l{number}", verdict=verdict, calls=1, guarantee="g")


def cells(**returned: list[str]) -> Exercised:
    """Cells by the code that came back, without its minus."""
    return Exercised(returned={f"-{code[1:]}": pack(ids) for code, ids in returned.items()})


def written(folder: Path, name: str, found: Scorecard) -> str:
    path = folder / name
    path.write_bytes(msgspec.json.encode(found))
    return str(path)


def test_ids_of_cells_come_back_from_their_packing() -> None:
    ids = ["ffffffffff", "0000000001", "72af000000"]
    assert pack(ids) == "AAAAAAFyrwAAAP//////"
    assert unpack("AAAAAAFyrwAAAP//////") == frozenset(ids)


@pytest.mark.parametrize("text", ["AAAA", "not base 64!", "AAAAAAE=AAAA"])
def test_what_is_no_packing_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"in base 64|expected 5"):
        unpack(text)


def test_two_runs_alike_differ_in_nothing() -> None:
    assert compare(card(), card(seed=8, calls=9)) == []


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("conforms", "unknown", Change(WORSE, "level 2 l2: conforms, now unknown: g")),
        ("conforms", "not-exercised", Change(WORSE, "level 2 l2: conforms, now not-exercised: g")),
        ("does-not-conform", "unknown", Change(BETTER, "level 2 l2: does-not-conform, now unknown: g")),
    ],
)
def test_levels(before: str, after: str, expected: Change) -> None:
    assert compare(card(levels=[level(2, before)]), card(levels=[level(2, after)])) == [expected]


def test_a_level_that_is_run_no_more_is_worse() -> None:
    two, one = card(levels=[level(1, "conforms"), level(2, "conforms")]), card(levels=[level(1, "conforms")])
    assert compare(two, one) == [Change(WORSE, "level 2 l2: no longer run: conforms")]
    assert compare(one, two) == [Change(BETTER, "level 2 l2: now run: conforms")]


def test_a_finding_that_is_new_and_one_that_is_gone() -> None:
    same: dict[str, Any] = {"levels": []}
    found = failed()
    found.levels = []
    text = "JetBackupInstance(null, full): -505 BackupInProgress"
    assert compare(card(**same), found) == [Change(WORSE, f"finding new: {text}")]
    assert compare(found, card(**same)) == [Change(BETTER, f"finding gone: {text}")]


def test_codes_lost_and_won() -> None:
    def codes(*seen: int) -> Scorecard:
        return card(codes=Codes(documented=[0, -505], reachable=[0], seen=list(seen), missing=[], forced=[]))

    assert compare(codes(0, -505), codes(0)) == [
        Change(WORSE, "codes of JetBackupInstance no longer seen: -505 BackupInProgress")
    ]
    assert compare(codes(0), codes(0, -505)) == [
        Change(BETTER, "codes of JetBackupInstance now seen: -505 BackupInProgress")
    ]


def test_cells_lost_won_and_with_another_code() -> None:
    before = card(exercised=cells(c505=["00000000aa", "00000000bb", "00000000cc"]))
    after = card(exercised=cells(c505=["00000000aa"], c1329=["00000000bb", "00000000dd"]))
    assert compare(before, after) == [
        Change(WORSE, "1 cell no longer covered: 00000000cc"),
        Change(BETTER, "1 cell newly covered: 00000000dd"),
        Change(
            OTHER,
            "1 cell returned -505 BackupInProgress, now -1329 ClientRequestToStopJetService: 00000000bb",
        ),
    ]


def test_where_one_run_walked_no_cells_nothing_is_said_of_them() -> None:
    assert compare(card(), card(exercised=Exercised())) == []


def test_calls_are_told_by_state_and_code_and_bounded() -> None:
    def one(number: int, returned: int) -> CallInState:
        return CallInState(
            call=f"Jet{number:02}", state="running", cells=9, covered=9, codes={"0": CodeCount(9, returned)}
        )

    before = card(exercised=Exercised(calls=[one(n, 5) for n in range(30)]))
    after = card(exercised=Exercised(calls=[one(n, 4) for n in range(30)]))
    changes = compare(before, after)
    assert changes[0] == Change(OTHER, "Jet00 in running: 0 Success in 4 cells, was in 5")
    assert len(changes) == SHOWN + 1
    assert changes[-1] == Change(OTHER, f"{30 - SHOWN} more of this kind")


def test_deviations_and_what_is_exercised() -> None:
    before = card(deviations=DeviationsSeen(file="f", known={"a": 1, "b": 2}), not_exercised=["x"])
    after = card(deviations=DeviationsSeen(file="f", known={"b": 9, "c": 1}), not_exercised=["y"])
    assert compare(before, after) == [
        Change(WORSE, "deviation c: now seen"),
        Change(BETTER, "deviation a: no longer seen"),
        Change(WORSE, "no longer exercised: y"),
        Change(BETTER, "now exercised: x"),
    ]


def test_runs_by_different_contracts_cannot_be_compared() -> None:
    with pytest.raises(CheckError, match="different contracts, documented and ese"):
        compare(card(), card(profile="ese"))


def test_the_command_says_worse_with_status_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new = written(tmp_path, "a.json", card()), written(tmp_path, "b.json", failed())
    assert main(["compare", old, new]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "worse   level 1 codes: conforms, now does-not-conform: none: it ended at the finding"
    assert lines[-1] == f"worse  {old}: conforms; {new}: does-not-conform (2 worse, 0 better, 0 other)"
    assert main(["compare", new, old]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("no worse  ")
    assert main(["compare", old, old]) == 0
    assert capsys.readouterr().out == f"the same  {old}: conforms; {old}: conforms\n"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"{}",
        b"[" * 100_000,
        msgspec.json.encode(card(verdict="fine")),
        msgspec.json.encode(card(exercised=Exercised(returned={"0": "###"}))),
        msgspec.json.encode(card(exercised=Exercised(returned={"nought": ""}))),
    ],
)
def test_bad_input_is_one_line(data: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = tmp_path / "bad.json"
    bad.write_bytes(data)
    assert main(["compare", written(tmp_path, "a.json", card()), str(bad)]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"jetconform: {bad}: not what check --json writes: ")
    assert said.count("\n") == 1


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", str(tmp_path / "a"), str(tmp_path / "b")]) == 2
    assert capsys.readouterr().err == f"jetconform: {tmp_path / 'a'}: No such file or directory\n"
