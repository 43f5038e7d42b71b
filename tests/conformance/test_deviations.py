"""The deviations of Microsoft's engine: all together explain every recording, and none of them can be spared."""

from collections.abc import Callable
from pathlib import Path

import pytest
from jetconform.conformance import deviating
from jetconform.conformance.check import CheckError
from jetconform.conformance.cli import main
from jetconform.conformance.commands.differences import shown_traces
from jetconform.conformance.deviation_cells import DeviationCells
from jetconform.conformance.deviation_names import explaining
from jetconform.conformance.differences import FOLDER, page, shown
from jetconform.conformance.exercised import DeviationsSeen
from jetconform.conformance.shown import Shower
from jetconform.conformance.tracecheck import check
from jetconform.model.deviations import Deviation, Harm, overlay
from jetconform.model.guards.documented import DOCUMENTED
from observed import observed

DOCS = Path(__file__).parent.parent.parent / "docs"
DEVIATIONS = deviating.read(deviating.SHIPPED)
SEEN = [one for one in DEVIATIONS if one.observed]
FROM_THE_SOURCE = {
    "stop-at-the-end-leaves-no-mark",
    "null-restore-path-kills-the-process",
    "parameters-can-be-set-when-stopped",
    "stop-and-emit-log",
    "full-log-volume",
    "timed-out-snapshot-is-out-of-sequence",
    "freeze-passes-over-instances",
    "prepare-without-an-engine",
    "prepare-instance-names-the-phase",
    "truncation-outside-the-session",
    "logs-of-an-increment-before-the-list",
    "two-pages-of-a-log",
    "resume-with-a-name",
    "same-file-names-collide",
}
"""No recording shows them."""

GOOD = """
[cause]
harm = "data"
reason = "It does."
source = "backup.cxx:1"
page = "It does not (BI)."
hurts = "You."
replaces = ["BI.grbit"]
"""


def test_with_all_of_them_every_recording_is_explained() -> None:
    (tally,) = check(observed(), [deviating.overlaid(deviating.SHIPPED)]).tallies
    assert tally.calls == 29_022
    assert tally.rejected == []
    assert tally.unjudged.total() <= 290


@pytest.mark.parametrize("one", SEEN, ids=lambda one: one.id)
def test_without_it_the_recordings_that_it_names_are_rejected(one: Deviation) -> None:
    recordings = {Path(trace.name).stem: trace for trace in observed()}
    shower = Shower(one, DEVIATIONS)
    for name in one.observed:
        assert shower.rejected(recordings[name]), name


def test_what_no_recording_shows_is_listed_here() -> None:
    assert {one.id for one in DEVIATIONS if not one.observed} == FROM_THE_SOURCE


def test_the_page_is_current() -> None:
    assert (DOCS / "differences.md").read_text("utf-8") == page(DEVIATIONS, shown_traces(DOCS / FOLDER, DEVIATIONS))


def test_the_worst_come_first() -> None:
    order = [Harm.DATA, Harm.SERVICE, Harm.CODE]
    assert [one.harm for one in DEVIATIONS] == sorted((one.harm for one in DEVIATIONS), key=order.index)


@pytest.mark.parametrize(
    "name", ["unknown-option-bits-ignored", "failed-backup-leaves-a-partial-set", "second-snapshot-session"]
)
def test_a_rejection_names_the_deviation_that_explains_it(name: str) -> None:
    trace = shown_traces(DOCS / FOLDER, DEVIATIONS)[name]
    (tally,) = check([trace], [DOCUMENTED]).tallies
    assert name in {found for one in tally.rejected for found in explaining(one, DEVIATIONS)}


def test_a_trace_that_shows_nothing_is_an_error() -> None:
    one, other = (
        next(one for one in DEVIATIONS if one.id == name) for name in ("two-pages-of-a-log", "same-value-after-init")
    )
    trace = shown_traces(DOCS / FOLDER, DEVIATIONS)[other.id]
    with pytest.raises(ValueError, match="does not show two-pages-of-a-log"):
        shown(one, DEVIATIONS, trace)


def test_the_command_line_is_green_with_them_and_red_without(capsys: pytest.CaptureFixture[str]) -> None:
    trace = str(DOCS / FOLDER / "unknown-option-bits-ignored.jsonl")
    assert main(["trace", "check", trace, "--deviations", str(deviating.SHIPPED)]) == 0
    assert "conforms  profile documented+ese" in capsys.readouterr().out
    assert main(["trace", "check", trace, "--profile", "documented"]) == 1
    out = capsys.readouterr().out
    assert "deviation unknown-option-bits-ignored" in out
    assert "1 x   unknown-option-bits-ignored" in out


def test_deviations_are_of_the_documented_profile(capsys: pytest.CaptureFixture[str]) -> None:
    trace = str(DOCS / FOLDER / "unknown-option-bits-ignored.jsonl")
    assert main(["trace", "check", trace, "--profile", "ese", "--deviations", str(deviating.SHIPPED)]) == 2
    assert "--deviations overlays the profile documented, not ese" in capsys.readouterr().err


BAD: list[tuple[str, Callable[[str], str], str]] = [
    ("no toml", lambda text: text + "[", "not TOML"),
    ("nothing in it", lambda _: "", "it holds no deviation"),
    ("no table", lambda text: 'name = "x"\n' + text, "name: expected a table"),
    ("unknown key", lambda text: text + "why = 1\n", "cause: unknown key 'why'"),
    ("no reason", lambda text: text.replace("reason", "# reason"), "cause: reason is missing"),
    ("reason no text", lambda text: text.replace('"It does."', "3"), "cause: reason: expected text"),
    (
        "unknown harm",
        lambda text: text.replace('"data"', '"some"'),
        "cause: harm: 'some' is none of data, service, code",
    ),
    ("no list", lambda text: text.replace('["BI.grbit"]', '"BI.grbit"'), "cause: replaces: expected a list of names"),
    ("twice", lambda text: text.replace('["BI.grbit"]', '["BI.grbit", "BI.grbit"]'), "cause: replaces: a name twice"),
    (
        "unknown row",
        lambda text: text.replace("BI.grbit", "BI.none"),
        "cause: replaces: 'BI.none' is not a must row or a clause",
    ),
    (
        "may row",
        lambda text: text.replace("BI.grbit", "BI.grbit-both"),
        "cause: replaces: 'BI.grbit-both' is not a must row",
    ),
    ("unknown by", lambda text: text + 'by = ["BI.grbit"]\n', "cause: by: 'BI.grbit' is not a row or a clause of ese"),
    ("unknown program", lambda text: text + 'programs = ["Insert"]\n', "cause: programs: 'Insert' is not a long call"),
    (
        "expires no day",
        lambda text: text + 'expires = "soon"\n',
        "cause: expires: expected a day, as in expires = 2027",
    ),
    ("expires at a time", lambda text: text + "expires = 2027-01-01T00:00:00\n", "cause: expires: expected a day"),
    ("no change", lambda text: text.replace('["BI.grbit"]', "[]"), "cause: it changes nothing"),
]


@pytest.mark.parametrize(("change", "message"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_a_wrong_file_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: Callable[[str], str], message: str
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(change(GOOD), "utf-8")
    trace = str(DOCS / FOLDER / "unknown-option-bits-ignored.jsonl")
    assert main(["trace", "check", trace, "--deviations", str(path)]) == 2
    found = capsys.readouterr().err.splitlines()
    assert len(found) == 1
    assert str(path) in found[0]
    assert message in found[0]


def test_what_has_expired_is_judged_as_if_it_were_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trace = str(DOCS / FOLDER / "unknown-option-bits-ignored.jsonl")
    tables = deviating.SHIPPED.read_text("utf-8").split("\n\n")
    (cause,) = (one for one in tables if one.startswith("[unknown-option-bits-ignored]"))
    path = tmp_path / "mine.toml"
    path.write_text(f"{cause}\nexpires = 2999-12-31\n", "utf-8")
    assert main(["trace", "check", trace, "--deviations", str(path)]) == 0
    assert "expired" not in capsys.readouterr().out
    path.write_text(f"{cause}\nexpires = 2001-01-31\n", "utf-8")
    assert main(["trace", "check", trace, "--deviations", str(path)]) == 1
    said = "expired  deviation unknown-option-bits-ignored, on 2001-01-31: judged as if it were not there"
    assert said in capsys.readouterr().out
    (one,) = deviating.read(path)
    assert deviating.overlaid(path).rows == DOCUMENTED.rows
    seen = DeviationCells(DOCUMENTED, [one], path).summary()
    assert seen == DeviationsSeen(file="mine.toml", expired={"unknown-option-bits-ignored": "2001-01-31"})


def test_a_file_that_is_not_there_or_no_text(tmp_path: Path) -> None:
    with pytest.raises(CheckError, match="No such file"):
        deviating.read(tmp_path / "none.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(CheckError, match="not UTF-8"):
        deviating.read(tmp_path / "bytes.toml")


def test_an_overlay_without_deviations_is_the_contract() -> None:
    bare = overlay([], name="bare")
    assert bare.rows == DOCUMENTED.rows
    (ours,), (theirs,) = (check(observed()[:40], [profile]).tallies for profile in (bare, DOCUMENTED))
    assert [(one.file, one.line) for one in ours.rejected] == [(one.file, one.line) for one in theirs.rejected]


def test_the_traces_of_the_page_are_explained_with_all_of_them() -> None:
    traces = shown_traces(DOCS / FOLDER, DEVIATIONS).values()
    (tally,) = check(traces, [deviating.overlaid(deviating.SHIPPED)]).tallies
    assert (tally.traces, tally.rejected, tally.unjudged.total()) == (len(SEEN), [], 0)


def test_an_engine_is_not_driven_with_a_wrong_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD.replace("BI.grbit", "BI.none"), "utf-8")
    assert main(["check", "--deviations", str(path)]) == 2
    assert "cause: replaces: 'BI.none'" in capsys.readouterr().err
    assert main(["check", "--profile", "ese", "--deviations", str(deviating.SHIPPED)]) == 2
    assert "--deviations overlays the profile documented, not ese" in capsys.readouterr().err
