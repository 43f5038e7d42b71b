"""The tables against straightforward recounts."""

from collections import Counter

import pytest
from jetconform.diagrams.catalogue import PROFILES, Catalogue
from jetconform.model import tables
from jetconform.model.calls import ALL_CALLS
from jetconform.model.cells import explore
from jetconform.model.difference import Difference, differences
from jetconform.model.domains import DOMAINS
from jetconform.model.rows import Force, Profile, Row
from jetconform.model.state import View, view
from jetconform.model.step import Stepper
from jetconform.model.tables import DIFF_HEADERS, Share, diff, guard_table, heat, to_markdown
from jetconform.model.vocabulary import DOCUMENTED_CODES
from jetconform.model.wording import literals

both = pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: str(profile.name))
DOCUMENTED, ESE = PROFILES


@both
def test_heat_is_a_count_of_cells(profile: Profile) -> None:
    stepper = Stepper(profile)
    graphs = [explore(stepper, domain) for domain in DOMAINS[:5]]
    allowed: Counter[tuple[int | None, View]] = Counter()
    alone: Counter[tuple[int | None, View]] = Counter()
    seen = set()
    for graph in graphs:
        for node, cells in graph.cells.items():
            for cell in cells:
                if cell.call.name != "JetBackupInstance" or cell.id in seen:
                    continue
                seen.add(cell.id)
                for code in cell.codes:
                    allowed[code, view(node.control)] += 1
                    alone[code, view(node.control)] += cell.codes == {code}
    table = heat(stepper, graphs)
    assert table.codes[:17] == tuple(DOCUMENTED_CODES)
    assert sum(table.cells.values()) == len(seen)
    assert {code for code, _ in allowed} <= set(table.codes)
    for code in table.codes:
        for state in View:
            entry = table.at(code, state)
            assert entry == (allowed[code, state], alone[code, state])
            assert (entry.share is Share.NEVER) == (entry.allowed == 0)
            assert (entry.share is Share.ONLY) == (0 < entry.allowed == entry.alone)
    assert len(table.rows) == len(table.codes)
    assert all(len(row) == len(table.headers) for row in table.rows)


@both
def test_every_row_is_in_the_guard_table(profile: Profile, built: Catalogue) -> None:
    rows = [row for call in ALL_CALLS for row in guard_table(profile, call)]
    assert {row[0] for row in rows} == {row.id for row in profile.rows}
    for row in profile.rows:
        assert f"| {row.id} | " in built.tables


def test_markdown_escapes() -> None:
    assert to_markdown(("a", "b"), [("x|y", "1\n2"), ("<t>", "\\")]) == (
        "| a | b |\n| --- | --- |\n| x\\|y | 1<br>2 |\n| &lt;t> | \\\\ |\n"
    )


def test_the_difference_keeps_both_citations(found: tuple[Difference, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "differences", lambda *_: found)
    lines = diff(DOCUMENTED, ESE)
    assert len(lines) == len(found)
    for one, line in zip(found, lines, strict=True):
        assert len(line) == len(DIFF_HEADERS)
        assert all(line)
        for row in one.documented:
            assert f"{row.id} [{row.citation}]" in line[2]
        for row in one.ese:
            assert f"{row.id} [{row.citation}]" in line[3]
    assert lines[0][0] == "JetBackupInstance"
    assert lines[-1][0] != "JetBackupInstance"


def test_no_difference_is_left_out(found: tuple[Difference, ...]) -> None:
    """A failing row of JetBackupInstance whose code the other profile gives for no such cause stands in some line."""
    shown = {row for one in found for row in (*one.documented, *one.ese)}
    for profile, other in ((DOCUMENTED, ESE), (ESE, DOCUMENTED)):
        for row in profile.rows_of("JetBackupInstance"):
            same = [one for one in other.rows_of("JetBackupInstance") if one.code == row.code and related(one, row)]
            assert row in shown or same or row.force is Force.SUCCESS, row.id


def related(one: Row, other: Row) -> bool:
    """Whether one cause contains the other; what is met in files is one way to know of a damaged log."""
    mine, yours = (set(literals(row.condition.replace("found_log_", "log_"))) for row in (one, other))
    return mine <= yours or yours <= mine


def test_a_profile_does_not_differ_from_itself() -> None:
    assert [one for one in differences(ESE, ESE) if one.why != "not met in the explored domains"] == []


@pytest.mark.parametrize(
    ("situation", "codes", "why"),
    [
        ("an option bit is unknown or reserved", ({-900}, set()), "only in documented"),
        ("incremental, atomic, the folder holds no atomic set", ({-900}, {-1023}), "other code"),
        (
            "another call of the streaming backup is under way",
            ({-505, -1910}, {-505}),
            "documented allows another code too",
        ),
    ],
)
def test_known_differences(
    found: tuple[Difference, ...], situation: str, codes: tuple[set[int], set[int]], why: str
) -> None:
    one = next(one for one in found if one.calls == ("JetBackupInstance",) and one.situation == situation)
    assert ({row.code for row in one.documented}, {row.code for row in one.ese}, one.why) == (*codes, why)
