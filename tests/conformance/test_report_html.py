"""The HTML report: whole, bounded, offline, and safe whatever an engine said."""

import re
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from jetconform.conformance.cli import main
from jetconform.conformance.exercised import CallInState, CodeCount, DeviationsSeen, Exercised
from jetconform.conformance.explain import Explanation, RowText, StateText
from jetconform.conformance.reports.look import PALETTE
from jetconform.conformance.reports.page import NOT_EXERCISED, page
from jetconform.conformance.trace import Event
from jetconform.model.lifecycle import LIFECYCLE
from jetconform.model.state import View
from reported import EVENTS, Document, back, call, card, failed, finding

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
LIMIT = 1_500_000

EVIL = "</script></style></svg></title>\"'><img src=x onerror=alert(1)>&\x00\x1b\ud800\u202e"


def hostile_card() -> object:
    """A failing run in which every text that can come from an engine or a path is hostile, and long."""
    text = EVIL * 400
    row = RowText(text, text, text, text, text, text)
    state = StateText(state=text, in_flight=[text] * 50, rows=[row] * 200, allowed=[text] * 20)
    why = Explanation(
        kind="misbehaviour",
        profile="documented",
        call_id=3,
        call=text,
        observed=text,
        reason=text,
        allowed=[text] * 50,
        states=[state] * 12,
        overlapping=[text] * 50,
    )
    events: list[Event] = [*EVENTS[:4], call(3, "JetTerm", text, path=text), back(3)]
    for number in range(4, 3000):
        events += [call(number, "JetBackupInstance", text, path=text, grbit=0), back(number, -1023)]
    return failed(
        finding=finding(events, why),
        engine=text,
        saved=text,
        unsaved=text,
        command=text,
        not_exercised=[text] * 20_000,
        deviations=DeviationsSeen(file=text, known={"a": 1}, healed=["b"], not_exercised=["c"]),
    )


def test_a_run_that_conforms_has_its_parts_and_no_finding() -> None:
    document = Document(page(card()))
    assert "✓ conforms" in document.text
    assert "cells 5 of 6" in document.text
    assert "jetconform check --engine python:broken:factory --only-level 1 --seed 7" in document.text
    assert "5 of the 6 cells in states that this engine was brought to were covered; the model has 9." in document.text
    assert ("section", "id", "finding") not in document.attributes
    assert ("section", "id", "deviations") not in document.attributes


def test_a_run_that_failed_shows_the_rejected_call_and_the_rule() -> None:
    document = Document(page(failed(saved="found.jsonl")))
    assert "✗ does not conform" in document.text
    assert "JetBackupInstance(null, full): -505 BackupInProgress" in document.text
    assert "allowed: 0 Success" in document.text  # in the picture
    assert "BI.ok-null" in document.text
    assert "BI Parameters: a null path" in document.text
    assert "jetconform replay found.jsonl --engine python:broken:factory" in document.text
    assert "history of 3 calls, found after 137; 1-minimal" in document.text


def test_codes_are_seen_never_seen_or_unexpected() -> None:
    text = page(failed())
    at = text.index('data-find="jetbackupinstance"')
    table = text[at : text.index("</details>", at)]
    assert '<td class="s">● 2/3</td>' in table  # 0 Success
    assert '<td class="n">○ 0/1</td>' in table  # -900
    assert '<td class="x">✗ came back</td>' in table  # -505, in running
    assert "● 1/2" not in table
    assert ' title="JetBackupInstance: -505 BackupInProgress, not allowed">✗</td>' in text


def test_an_unexpected_code_has_a_place_where_no_cell_was_walked() -> None:
    text = page(failed(exercised=Exercised(calls=card().exercised.calls[1:])))
    assert '<td class="x">✗ came back</td>' in text


def test_without_the_cells_of_level_1_it_says_so() -> None:
    document = Document(page(card(exercised=Exercised())))
    assert "This run did not walk the cells of level 1" in document.text
    assert "svg" not in document.tags


def chart(text: str) -> ElementTree.Element:
    """The chart of the states."""
    at = text.index("<svg", text.index('id="coverage"'))
    return ElementTree.fromstring(text[at : text.index("</svg>", at) + len("</svg>")])


def test_the_chart_has_all_states_with_their_cells() -> None:
    texts = ["".join(one.itertext()) for one in chart(page(failed())).iter("{http://www.w3.org/2000/svg}text")]
    assert {one.value for one in View} <= set(texts)
    assert "✗ 3 of 4 cells" in texts
    assert "✓ all 2 cells" in texts
    assert texts.count("not reached") == 5


def test_the_chart_has_the_documented_moves_and_tells_those_made() -> None:
    titles = [one.text for one in chart(page(card())).iter("{http://www.w3.org/2000/svg}title")]
    documented = {(m.source, m.dest) for m in LIFECYCLE if m.is_documented and m.source is not m.dest}
    assert len([one for one in titles if one and one.endswith("made in this run")]) == len(documented)
    assert "uninitialized to initializing: made in this run" in titles
    assert "initializing to running: made in this run" in titles
    assert "running to stopped: not made in this run" in titles


def test_deviations_are_new_known_healed_or_not_exercised() -> None:
    seen = DeviationsSeen(
        file="mine.toml",
        known={"old-one": 12},
        effects={"old-one": 1, "partial": 3},
        healed=["gone"],
        not_exercised=["unseen"],
        expired={"late": "2026-01-31"},
    )
    document = Document(page(card(deviations=seen)))
    assert "Deviations of mine.toml" in document.text
    assert "New: none" in document.text
    assert "Known, and seen: 2" in document.text
    assert "old-one in 12 cells, in what was left behind by 1 call" in document.text
    assert "partial in what was left behind by 3 calls" in document.text
    assert "Expired: 1; judged as if they were not there" in document.text
    assert "late on 2026-01-31" in document.text
    assert "Healed: 1; " in document.text
    assert "New: one: the finding above" in Document(page(failed(deviations=seen))).text


def test_what_was_not_exercised_is_bounded() -> None:
    document = Document(page(card(not_exercised=[f"cell {n}" for n in range(NOT_EXERCISED + 50)])))
    assert f"cell {NOT_EXERCISED - 1}" in document.text
    assert f"cell {NOT_EXERCISED}" not in document.text
    assert "and 50 more, listed by --json" in document.text


def test_hostile_text_stays_text_and_the_size_is_bounded() -> None:
    text = page(hostile_card())  # type: ignore[arg-type]
    document = Document(text)
    assert "img" not in document.tags
    assert document.tags.count("script") == 1
    assert not [name for _, name, _ in document.attributes if name.startswith("on")]
    assert not {"\x00", "\x1b", "\ud800", "\u202e"} & set(text)
    assert len(text.encode("utf-8")) < LIMIT


def test_the_largest_table_there_can_be_is_bounded() -> None:
    codes = {str(-number): CodeCount(1000, 999) for number in range(70)}
    calls = [
        CallInState(call=f"JetCall{n}", state=state.value, cells=9, covered=8, codes=codes)
        for n in range(45)
        for state in View
    ]
    assert len(page(card(exercised=Exercised(calls=calls))).encode("utf-8")) < LIMIT


def test_it_loads_nothing_and_runs_only_its_own_script() -> None:
    document = Document(page(failed()))
    assert not {"link", "iframe", "object", "img", "base", "form"} & set(document.tags)
    assert not [name for _, name, _ in document.attributes if name in ("src", "href", "style", "action")]
    policy = next(value for tag, name, value in document.attributes if tag == "meta" and "default-src" in value)
    assert re.fullmatch(
        r"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-[A-Za-z0-9+/=]{44}'", policy
    )


def test_it_can_be_found_one_s_way_in() -> None:
    document = Document(page(failed()))
    assert ("html", "lang", "en") in document.attributes
    assert document.tags.count("h1") == 1
    tables = [tag for tag in document.tags if tag in ("table", "caption")]
    assert tables[::2] == ["table"] * (len(tables) // 2)  # each has a caption
    assert tables[1::2] == ["caption"] * (len(tables) // 2)
    figures = document.tags.count("figure")
    assert figures == document.tags.count("figcaption") == document.tags.count("svg") == 2


def test_a_broken_engine_gets_a_page_with_the_picture_of_what_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(__file__).parents[2])
    report, junit, data = tmp_path / "r.html", tmp_path / "r.xml", tmp_path / "r.json"
    options = ["--only-level", "1", "--seed", "1", "--regressions", str(tmp_path / "found")]
    files = ["--html", str(report), "--junit", str(junit), "--json", str(data)]
    assert main(["check", "--engine", "python:examples.broken:factory", *options, *files]) == 1
    text = report.read_text(encoding="utf-8")
    document = Document(text)
    picture = text[text.index("<svg") : text.index("</svg>") + len("</svg>")]
    texts = [
        "".join(one.itertext()) for one in ElementTree.fromstring(picture).iter("{http://www.w3.org/2000/svg}text")
    ]
    assert "JetBackupInstance(path null, full)" in texts
    assert texts[texts.index("→ -505 BackupInProgress") + 1] == "allowed: 0 Success"
    assert "--only-level 1" in document.text
    assert "--seed 1" in document.text
    suite = ElementTree.parse(junit).getroot()
    assert [one.get("failures") for one in suite.iter("testsuite")] == ["2"]
    assert main(["compare", str(data), str(data)]) == 0


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")
@pytest.mark.parametrize("make", [card, failed, hostile_card], ids=["conforming", "failing", "hostile"])
def test_a_browser_has_nothing_to_complain_of(make: object, tmp_path: Path) -> None:
    assert CHROMIUM is not None
    assert callable(make)
    report = tmp_path / "report.html"
    report.write_text(page(make()), encoding="utf-8")
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--dump-dom"]
    ran = subprocess.run(
        [*command, f"--user-data-dir={tmp_path / 'profile'}", report.as_uri()],
        capture_output=True,
        timeout=120,
        check=False,
    )
    said = ran.stderr.decode(errors="replace")
    assert [line for line in said.splitlines() if "CONSOLE" in line] == []
    assert b'class="tools"' in ran.stdout  # the script ran


@pytest.mark.parametrize("name", ["README.md", "docs/read-a-finding.md"])
def test_every_file_that_the_page_names_is_there(name: str) -> None:
    root = Path(__file__).parents[2]
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", (root / name).read_text(encoding="utf-8"))
    assert len(links) > 5
    assert [link for link in links if not ((root / name).parent / link).exists()] == []


READ_ON = (
    # ink, the grounds on which something is written with it
    (
        "ink",
        ("paper", "panel", "good-ground", "warn-ground", "bad-ground", "idle-ground", "stop-ground", "busy-ground"),
    ),
    ("muted", ("paper", "panel")),
    ("accent", ("paper", "panel")),
    ("good", ("paper", "panel", "good-ground")),
    ("warn", ("warn-ground",)),
    ("bad", ("paper", "panel", "bad-ground")),
    ("paper", ("bad",)),
)


def luminance(colour: str) -> float:
    """As WCAG 2.1 defines it."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_everything_written_can_be_read(mode: str) -> None:
    shades = {one.name: luminance(getattr(one, mode)) for one in PALETTE}
    for ink, grounds in READ_ON:
        for ground in grounds:
            low, high = sorted((shades[ink], shades[ground]))
            assert (high + 0.05) / (low + 0.05) >= 4.5, (ink, ground)
