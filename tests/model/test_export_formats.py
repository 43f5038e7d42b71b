"""The exports for people and for programs: Mermaid, DOT and JSON say what the tables say."""

import json
import re
from pathlib import Path

import msgspec
import pytest
from jetconform.diagrams.render import find_renderer, render
from jetconform.model.exports.charts import CHARTS, NOWHERE, Arrow, Chart
from jetconform.model.exports.document import Document, document, encode, schema
from jetconform.model.exports.dot import dot
from jetconform.model.exports.mermaid import mermaid
from jetconform.model.guards.documented import DOCUMENTED
from jetconform.model.guards.ese import ESE
from jetconform.model.lifecycle import LIFECYCLE
from jetconform.model.rows import ANSWERED, Profile, ProgramStep, Row
from jetconform.model.vocabulary import JetErr

ROOT = Path(__file__).parents[2]
PROFILES = pytest.mark.parametrize("profile", [DOCUMENTED, ESE], ids=["documented", "ese"])
ODD = Chart(
    'a "b": c', ("one state", "x"), (Arrow(NOWHERE, "x", ()), Arrow("x", "one state", ('if "a" & b: <c>;', "#2\\")))
)


def arrow(chart: Chart, source: str, dest: str) -> tuple[str, ...]:
    (found,) = (one.words for one in chart.arrows if (one.source, one.dest) == (source, dest))
    return found


# -- charts --------------------------------------------------------------------------------------------------------------


def test_the_lifecycle_has_the_seven_states() -> None:
    chart = CHARTS["lifecycle"](DOCUMENTED)
    assert sorted(chart.states) == [
        "initializing", "restoring", "running", "stopped", "terminating", "unavailable", "uninitialized",
    ]  # fmt: skip
    assert arrow(chart, "initializing", "running") == ("init.done",)
    assert arrow(chart, NOWHERE, "uninitialized") == ()


def test_what_only_the_engine_does_is_drawn_in_its_profile_alone() -> None:
    back = [(one.source, one.dest) for one in CHARTS["lifecycle"](DOCUMENTED).arrows]
    assert ("terminating", "running") not in back
    words = ("term.failed, if service was not stopped, no fatal error happened",)
    assert arrow(CHARTS["lifecycle"](ESE), "terminating", "running") == words


def test_the_stages_of_a_backup_follow_one_another() -> None:
    chart = CHARTS["backup"](DOCUMENTED)
    assert chart.states == ("issued", "entering", "copying databases", "copying logs", "truncating", "leaving")
    assert arrow(chart, "copying databases", "copying logs") == ()
    assert arrow(chart, "copying databases", NOWHERE)[:2] == ("-801 BackupAbortByServer", "-1018 ReadVerifyFailure")
    assert arrow(chart, "leaving", NOWHERE)[-1] == "0 Success"
    assert "-1031 InitInProgress (may)" in arrow(chart, "issued", NOWHERE)


# -- Mermaid -------------------------------------------------------------------------------------------------------------

STATE = re.compile(r'^    state "(?P<text>[^"]+)" as (?P<name>\w+)$')
EDGE = re.compile(r"^    (?P<source>\w+|\[\*\]) --> (?P<dest>\w+|\[\*\])( : (?P<words>[^:\";]+(;[^:\"]*)?))?$")


@PROFILES
@pytest.mark.parametrize("name", CHARTS)
def test_every_line_of_a_mermaid_diagram_is_of_its_grammar(profile: Profile, name: str) -> None:
    first, title, second, kind, *lines = mermaid(CHARTS[name](profile)).splitlines()
    assert (first, second, kind) == ("---", "---", "stateDiagram-v2")
    assert json.loads(title.removeprefix("title: ")).endswith(f"profile {profile.name}")
    names = {found["name"] for line in lines if (found := STATE.match(line))} | {"[*]"}
    edges = [EDGE.match(line) for line in lines if "-->" in line]
    assert len(names) - 1 + len(edges) == len(lines)
    assert all(edge is not None and {edge["source"], edge["dest"]} <= names for edge in edges)


def test_what_means_something_in_mermaid_is_written_otherwise() -> None:
    assert mermaid(ODD).splitlines()[1:] == [
        'title: "a \\"b\\": c"',
        "---",
        "stateDiagram-v2",
        '    state "one state" as one_state',
        '    state "x" as x',
        "    [*] --> x",
        "    x --> one_state : if #quot;a#quot; #amp; b#colon; #lt;c#gt;#59;<br/>#35;2\\",
    ]


# -- DOT -----------------------------------------------------------------------------------------------------------------


@PROFILES
@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_in_dot_is_drawn(profile: Profile, name: str) -> None:
    drawn = render(find_renderer(), dot(CHARTS[name](profile)), "svg").decode()
    assert all(f">{state}</text>" in drawn for state in CHARTS[name](profile).states)
    assert len(re.findall(r'<g id="edge\d+" class="edge">', drawn)) == len(CHARTS[name](profile).arrows)


def test_what_means_something_in_dot_is_written_otherwise() -> None:
    assert '  x -> one_state [label="if \\"a\\" & b: <c>;\\n#2\\\\"];' in dot(ODD).splitlines()


# -- JSON ----------------------------------------------------------------------------------------------------------------


def rebuilt(text: str) -> Profile:
    """The profile of an export, by its types alone."""
    found = msgspec.json.decode(text, type=Document)
    rows = tuple(
        Row(
            one.id,
            tuple(one.calls),
            tuple(one.at),
            one.condition,
            ANSWERED if one.outcome == "what the callback answered" else None if one.code is None else JetErr(one.code),
            one.force,
            one.citation,
            one.move,
            one.inside,
            one.flavour,
        )
        for one in found.rows
    )
    programs = {
        call: tuple(ProgramStep(step.stage, step.move, step.until) for step in steps)
        for call, steps in found.programs.items()
    }
    return Profile(found.profile, found.ordered, rows, programs, found.abandon, found.breaks)


@PROFILES
def test_a_profile_comes_back_from_its_json(profile: Profile) -> None:
    back = rebuilt(encode(profile))
    assert [vars(row) for row in back.rows] == [vars(row) for row in profile.rows]
    assert (back.name, back.ordered, back.programs) == (profile.name, profile.ordered, profile.programs)
    assert (back.abandon, back.breaks) == (profile.abandon, profile.breaks)


def test_a_row_in_json() -> None:
    (row,) = (one for one in json.loads(encode(DOCUMENTED))["rows"] if one["id"] == "CI.name")
    assert row == {
        "id": "CI.name",
        "calls": ["JetCreateInstance"],
        "at": ["issued"],
        "condition": "alive",
        "words": "the instance exists",
        "code": -1086,
        "outcome": "-1086 InstanceNameInUse",
        "force": "must",
        "citation": "CI Return value: InstanceNameInUse",
        "move": "",
        "inside": False,
        "flavour": None,
    }


def test_the_lifecycle_table_in_json() -> None:
    found = document(ESE).lifecycle
    assert len(found) == len(LIFECYCLE)
    assert found[0].sets == {"handle": "valid", "phase": "created"}


def test_the_schema_in_docs_is_that_of_the_types() -> None:
    assert (ROOT / "docs" / "model.schema.json").read_text("utf-8") == schema()
