"""JUnit XML as CI systems read it, and the schema of the JSON."""

import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import msgspec
from jetconform.conformance.explain import Explanation
from jetconform.conformance.reports.junit import TEXT, junit
from jetconform.conformance.reports.schema import schema
from jetconform.conformance.scorecard import Level, Scorecard
from reported import EVENTS, back, call, card, failed, finding

SCHEMA = Path(__file__).parents[2] / "docs" / "report.schema.json"
VERDICTS = ("conforms", "does-not-conform", "unknown", "not-exercised")


def level(number: int, verdict: str) -> Level:
    return Level(level=number, name=f"l{number}", verdict=verdict, calls=1, guarantee=f"guarantee {number}")


def suite(document: bytes) -> ElementTree.Element:
    root = ElementTree.fromstring(document)
    assert root.tag == "testsuites"
    (found,) = root
    assert found.tag == "testsuite"
    return found


def test_each_level_is_a_case_with_what_became_of_it() -> None:
    levels = [level(number, verdict) for number, verdict in enumerate(VERDICTS, start=1)]
    found = suite(junit(card(levels=levels, verdict="unknown")))
    cases = [(case.get("name"), [child.tag for child in case]) for case in found.iter("testcase")]
    assert cases == [
        ("level 1 l1", ["system-out"]),
        ("level 2 l2", ["failure"]),
        ("level 3 l3", ["error"]),
        ("level 4 l4", ["skipped"]),
    ]
    counts = {name: found.get(name) for name in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": "4", "failures": "1", "errors": "1", "skipped": "1"}
    assert found.get("name") == "jetconform python:broken:factory"


def test_a_finding_is_a_case_of_its_own_with_the_history_as_text() -> None:
    found = suite(junit(failed()))
    case = found.findall("testcase")[-1]
    assert case.get("classname") == "jetconform.finding"
    assert case.get("name") == "JetBackupInstance(null, full): -505 BackupInProgress"
    failure = case.find("failure")
    assert failure is not None
    assert failure.get("type") == "rejected"
    assert failure.text is not None
    assert "JetBackupInstance(path null, full) → -505 BackupInProgress  ✗" in failure.text
    assert "allowed  0 Success" in failure.text
    assert "BI Parameters: a null path" in failure.text
    assert found.get("failures") == "2"


def test_the_run_can_be_made_again_from_the_properties() -> None:
    found = suite(junit(card()))
    properties = {one.get("name"): one.get("value") for one in found.iter("property")}
    assert properties["seed"] == "7"
    assert properties["command"] == "jetconform check --engine python:broken:factory --only-level 1 --seed 7"


def test_hostile_text_is_valid_xml_and_bounded() -> None:
    evil = "]]><x/>&\x00\x1b[31m\ud800\uffff" * 20_000
    why = Explanation(kind="misbehaviour", profile="documented", call_id=3, call=evil, observed=evil, reason=evil)
    document = junit(failed(finding=finding([*EVENTS[:4], call(3, "JetTerm", evil), back(3)], why), engine=evil[:50]))
    found = suite(document)
    assert not re.search("[\x00-\x08\x0b-\x1f\ud800-\udfff\uffff]", document.decode("utf-8"))
    text = found.findall("testcase")[-1].findtext("failure")
    assert text is not None
    assert len(text) <= TEXT


def test_the_published_schema_is_that_of_the_types() -> None:
    assert SCHEMA.read_bytes() == schema()


def test_what_check_writes_fits_the_published_schema() -> None:
    """The properties of the card are those of the schema, with the types that the schema names."""
    published = json.loads(SCHEMA.read_bytes())
    fields: dict[str, Any] = published["$defs"]["Scorecard"]["properties"]
    data = json.loads(msgspec.json.encode(failed()))
    assert set(data) == set(fields)
    kinds = {str: "string", int: "integer", list: "array"}
    for name in ("verdict", "engine", "seed", "calls", "levels", "not_exercised", "command"):
        assert fields[name]["type"] == kinds[type(data[name])]
    assert msgspec.json.decode(msgspec.json.encode(failed()), type=Scorecard) == failed()
