"""Findings: saved whole, loaded without belief, and refused with file and line where they cannot be made again."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from bench import RUNNING, backup, found, laboratory
from jetconform.conformance import findings
from jetconform.conformance.explain import Explanation
from jetconform.conformance.findings import Finding, load, regressions, save
from jetconform.conformance.invocation import CALLS
from jetconform.conformance.script import CallStep, FaultStep, ReleaseStep
from jetconform.conformance.trace import (
    CallbackEvent,
    CallEvent,
    Event,
    FaultEvent,
    ResumeEvent,
    ReturnEvent,
    TraceError,
)

HEADER = '{"trace":1}'
CREATE = '{"event":"call","id":1,"client":"A","call":"JetCreateInstance","args":{"instance":"i1"}}'

EVENTS: list[Event] = [
    FaultEvent(kind="make-directory", target="bk1"),
    CallEvent(id=1, client="A", call="JetBackupInstance", args={"instance": "i1", "path": "bk1", "grbit": 0}),
    CallbackEvent(id=1, snp=9, snt=5, done=0, total=100),
    FaultEvent(kind="damage-page", target="db/test.edb"),
    ResumeEvent(id=1, err=0),
    ReturnEvent(id=1, err=-1029),
]


def finding(events: list[Event] = EVENTS, **explanation: Any) -> Finding:
    why = Explanation(
        **{"kind": "rejected", "profile": "ese", "call": "the call", "observed": "its code"} | explanation
    )
    return Finding(events=events, explanation=why, engine="reference", profile="ese", seed=17)


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    path = save(finding(), tmp_path / "not" / "there")
    trace, script = load(path)
    assert trace.events == EVENTS
    assert script == (
        FaultStep("make-directory", "bk1"),
        CallStep(1, "A", "JetBackupInstance", {"instance": "i1", "path": "bk1", "grbit": 0}, "callback:1"),
        FaultStep("damage-page", "db/test.edb"),
        ReleaseStep(1),
    )
    header = trace.header
    assert (header.trace, header.engine, header.profile, header.seed) == (1, "reference", "ese", 17)
    assert header.scenario == "found at level 1: the call its code"
    assert header.explanation == msgspec.to_builtins(finding().explanation)
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_one_finding_has_one_file_and_different_ones_have_different_ones(tmp_path: Path) -> None:
    first = save(finding(), tmp_path)
    assert save(finding(), tmp_path) == first
    others = [
        finding(EVENTS[:-1]),
        finding(kind="hang"),
        finding(observed="raised KeyError"),  # the history of a call that never came back is the same
    ]
    paths = {save(one, tmp_path) for one in others}
    assert len(paths | {first}) == 4
    assert regressions(tmp_path) == sorted(paths | {first})


def test_there_are_no_regressions_where_there_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no trace")
    (tmp_path / "half.jsonl.part").write_text("no trace")
    assert regressions(tmp_path) == []
    assert regressions(tmp_path / "missing") == []
    assert regressions(tmp_path / "notes.txt") == []


def test_a_finding_of_the_laboratory_survives_the_way_through_a_file(tmp_path: Path) -> None:
    with laboratory(tmp_path / "lab", "python:examples.broken:factory") as lab:
        made = found(lab, (*RUNNING, backup(3, "missing"), backup(4, "missing")))
        trace, script = load(save(made, tmp_path))
        again = found(lab, script)
    assert trace.events == made.events
    assert (again.events, again.explanation) == (made.events, made.explanation)


# -- what is refused ---------------------------------------------------------------------------------------------------


def call(name: str, **args: Any) -> str:
    event = CallEvent(id=2, client="B", call=name, args=args)
    return msgspec.json.encode(event).decode()


def fault(kind: str, target: str) -> str:
    return msgspec.json.encode(FaultEvent(kind=kind, target=target)).decode()


DAMAGED: dict[str, tuple[list[str], int | None, str]] = {
    "empty": ([], 1, "empty"),
    "not JSON": (["hello"], 1, "header"),
    "a truncated header": (['{"trace":'], 1, "header"),
    "another format": (['{"trace":2}'], 1, "format 2"),
    "no header": ([CREATE], 1, "header"),
    "garbage in between": ([HEADER, CREATE, "garbage"], 3, "malformed"),
    "a line cut off": ([HEADER, CREATE, CREATE[:40]], 3, ""),
    "an unknown event": ([HEADER, CREATE, '{"event":"exec","id":1}'], 3, "exec"),
    "an id twice": ([HEADER, CREATE, CREATE], 3, "twice"),
    "a return of nothing": ([HEADER, '{"event":"return","id":5,"err":0}'], 2, "no call 5"),
    "ends as done with an open call": ([HEADER, CREATE, '{"event":"end","reason":"done"}'], 3, "open"),
    "nested too deep": ([HEADER, '{"event":"call","x":' + "[" * 200_000], 2, ""),
    "a line without end": ([HEADER, '{"event":"call","x":"' + "x" * (1 << 20) + '"}'], 2, "bytes"),
    "only a header": ([HEADER], None, "no call"),
    "only a listing": ([HEADER, '{"event":"files","dir":".","files":{}}'], None, "no call"),
    "an unknown call": ([HEADER, CREATE, call("os.system", command="touch x")], 3, "os.system"),
    "a private name as a call": ([HEADER, CREATE, call("__class__", instance="i1")], 3, "__class__"),
    "a missing argument": ([HEADER, CREATE, call("JetInit")], 3, "instance is missing"),
    "a handle that is a number": ([HEADER, CREATE, call("JetInit", instance=5)], 3, "instance is 5"),
    "an option that is a text": ([HEADER, CREATE, call("JetTerm2", instance="i1", grbit="1")], 3, "grbit is '1'"),
    "an option that is true": ([HEADER, CREATE, call("JetTerm2", instance="i1", grbit=True)], 3, "grbit is True"),
    "an option of 33 bits": ([HEADER, CREATE, call("JetTerm2", instance="i1", grbit=1 << 32)], 3, "grbit"),
    "an unknown parameter": (
        [HEADER, CREATE, call("JetSetSystemParameter", instance="i1", parameter="__init__", value=1)],
        3,
        "__init__",
    ),
    "a parameter that is a list": (
        [HEADER, CREATE, call("JetSetSystemParameter", instance="i1", parameter=[], value=1)],
        3,
        "parameter",
    ),
    "a null session": ([HEADER, CREATE, call("JetEndSession", session=None)], 3, "session"),
    "an unknown fault": ([HEADER, CREATE, fault("rm -rf", "db")], 3, "rm -rf"),
    "a fault that only recorders make": ([HEADER, CREATE, fault("flip-byte", "db/edb.log")], 3, "flip-byte"),
    "an answer of 64 bits": (
        [
            HEADER,
            call("JetBackupInstance", instance="i1", path=None, grbit=0),
            '{"event":"callback","id":2,"snp":9,"snt":5}',
            '{"event":"resume","id":2,"err":4294967296}',
        ],
        4,
        "4294967296",
    ),
}
for path_of_others in ("/etc", "../x", "a/../../x", "..", "C:\\x", "C:x", "\\\\server\\share", "..\\x", "a\0b"):
    shown = path_of_others.replace("\0", "NUL")
    DAMAGED[f"a backup to {shown}"] = (
        [HEADER, CREATE, call("JetBackupInstance", instance="i1", path=path_of_others, grbit=0)],
        3,
        "below the root",
    )
    DAMAGED[f"a restore to {shown}"] = (
        [HEADER, CREATE, call("JetRestoreInstance", instance="i1", path="bk1", destination=path_of_others)],
        3,
        "below the root",
    )
    DAMAGED[f"a fault at {shown}"] = ([HEADER, CREATE, fault("empty-directory", path_of_others)], 3, "below the root")


@pytest.mark.parametrize("name", DAMAGED)
def test_a_file_that_cannot_be_made_again_is_refused_with_its_line(name: str, tmp_path: Path) -> None:
    lines, line, word = DAMAGED[name]
    path = tmp_path / "damaged.jsonl"
    path.write_text("".join(f"{one}\n" for one in lines), "utf-8")
    with pytest.raises(TraceError) as caught:
        load(path)
    text = str(caught.value)
    assert text.startswith(f"{path}:{line}: " if line else f"{path}: ")
    assert word in text
    assert len(text.splitlines()) == 1


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "binary.jsonl").write_bytes(bytes(range(256)))
    for path in (tmp_path, tmp_path / "missing", tmp_path / "binary.jsonl"):
        with pytest.raises(TraceError, match=path.name):
            load(path)


def test_every_argument_of_every_call_is_checked() -> None:
    """Else a replay would give an engine what no adapter must expect."""
    assert {name for row in CALLS.values() for name in row.arguments} == set(findings._ARGUMENTS)


def test_a_history_with_a_crash_can_be_saved_and_made_again(tmp_path: Path) -> None:
    crash = FaultStep("crash", "")
    with laboratory(tmp_path / "lab", "python:examples.broken:factory") as lab:
        made = found(lab, (*RUNNING, crash, *RUNNING, backup(3, "missing"), backup(4, "missing")))
        _, script = load(save(made, tmp_path))
        again = found(lab, script)
    assert crash in script
    assert again.events == made.events
