"""Traces: what is written is read again, and what is not a trace is refused with its file and line."""

from pathlib import Path

import pytest
from jetconform.conformance.trace import (
    LINE_LIMIT,
    CallbackEvent,
    CallEvent,
    EndEvent,
    Event,
    FaultEvent,
    FilesEvent,
    Header,
    HeaderEvent,
    HoldEvent,
    ReleaseEvent,
    ResumeEvent,
    ReturnEvent,
    TraceError,
    encode,
    parse,
    read,
    write,
)

EVENTS: list[Event] = [
    CallEvent(id=1, client="A", call="JetBackupInstance", args={"instance": "i1", "path": None, "grbit": 4}),
    CallbackEvent(id=1, snp=9, snt=5, done=0, total=100),
    ResumeEvent(id=1, err=0),
    HoldEvent(id=1, point="copy edb.log"),
    CallEvent(id=2, client="B", call="CountRows", args={"session": "s1", "database": "d1"}),
    ReturnEvent(id=2, err=0, result={"rows": 120}),
    ReleaseEvent(id=1, point="copy edb.log"),
    ReturnEvent(id=1, err=-505),
    FilesEvent(dir="bk", files={"new/": 0, "new/edb.log": 131072}),
    HeaderEvent(file="db/test.edb", err=0, state=2, required=[1, 3], bkinfo={"fullPrev": [1, 2]}),
    HeaderEvent(file="db/none.edb", err=-1811),
    FaultEvent(kind="flip-byte", target="db/test.edb", offset=4096, length=1),
    EndEvent(reason="done"),
]
HEADER = Header(trace=1, engine="an engine", scenario="a scenario", seed=7, profile="ese", capabilities=["callback"])


def test_every_event_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    write(path, HEADER, EVENTS)
    trace = read(path)
    assert (trace.header, trace.events, trace.name) == (HEADER, EVENTS, str(path))
    assert list(tmp_path.iterdir()) == [path]


def test_unknown_keys_are_ignored() -> None:
    trace = parse(b'{"trace":1,"mood":"good"}\n{"event":"end","reason":"done","why":1}\n', name="t")
    assert trace.events == [EndEvent(reason="done")]


def test_a_crash_of_the_recorder_closes_the_open_calls() -> None:
    data = encode(HEADER) + encode(EVENTS[0]) + encode(FaultEvent(kind="crash")) + encode(EndEvent(reason="done"))
    assert len(parse(data, name="t").events) == 3


CALL = b'{"event":"call","id":1,"client":"A","call":"JetInit","args":{}}\n'
TOP = b'{"trace":1}\n'
BEGUN = b'{"event":"callback","id":1,"snp":9,"snt":5}\n'

MALFORMED: list[tuple[str, bytes, str]] = [
    ("empty", b"", "t:1: empty"),
    ("no header", CALL, "t:1: no trace header"),
    ("a header of another format", b'{"trace":2}\n', "t:1: trace format 2"),
    ("a header that is no object", b"[1]\n", "t:1: no trace header"),
    ("a header that is no UTF-8", b'{"trace":1,"engine":"\xff"}\n', "t:1: no trace header"),
    ("a header nested too deep", b"[" * 100_000 + b"\n", "t:1: no trace header"),
    ("no JSON", TOP + b"{oops\n", "t:2: "),
    ("a line cut off", TOP + CALL + b'{"event":"return","id":1,', "t:3: "),
    ("an empty line", TOP + b"\n" + CALL, "t:2: "),
    ("no UTF-8", TOP + b'{"event":"end","reason":"\xff"}\n', "t:2: "),
    ("an unknown event", TOP + b'{"event":"sneeze"}\n', "t:2: .*sneeze"),
    ("no event", TOP + b'{"id":1}\n', "t:2: "),
    ("a key is missing", TOP + b'{"event":"return","id":1}\n', "t:2: .*err"),
    (
        "a key of a wrong type",
        TOP + b'{"event":"call","id":"1","client":"A","call":"JetInit","args":{}}\n',
        "t:2: .*id",
    ),
    ("an id twice", TOP + CALL + b'{"event":"return","id":1,"err":0}\n' + CALL, "t:4: call id 1 is used twice"),
    ("a return of no call", TOP + b'{"event":"return","id":3,"err":0}\n', "t:2: no call 3 is open"),
    ("a second return", TOP + CALL + b'{"event":"return","id":1,"err":0}\n' * 2, "t:4: no call 1 is open"),
    ("a callback of no call", TOP + b'{"event":"callback","id":3,"snp":9,"snt":5}\n', "t:2: no call 3 is open"),
    ("a hold of no call", TOP + b'{"event":"hold","id":3,"point":"enter"}\n', "t:2: no call 3 is open"),
    ("done with an open call", TOP + CALL + b'{"event":"end","reason":"done"}\n', "t:3: .*call 1 is open"),
    ("an unknown end", TOP + b'{"event":"end","reason":"bored"}\n', "t:2: unknown end reason 'bored'"),
    (
        "a client in two calls",
        TOP + CALL + CALL.replace(b'"id":1', b'"id":2'),
        "t:3: client A is inside call 1, and not in a callback of it",
    ),
    (
        "a client that made a call after its callback was answered",
        TOP + CALL + BEGUN + b'{"event":"resume","id":1,"err":0}\n' + CALL.replace(b'"id":1', b'"id":2'),
        "t:5: client A is inside call 1",
    ),
    (
        "a client at a hold point, which takes no call",
        TOP + CALL + b'{"event":"hold","id":1,"point":"enter"}\n' + CALL.replace(b'"id":1', b'"id":2'),
        "t:4: client A is inside call 1",
    ),
    ("a line too long", TOP + b'{"event":"end","reason":"' + b"x" * LINE_LIMIT + b'"}\n', "t:2: a line of 10"),
    ("JSON nested too deep", TOP + b"[" * 100_000 + b"\n", "t:2: "),
]


@pytest.mark.parametrize(("data", "message"), [case[1:] for case in MALFORMED], ids=[case[0] for case in MALFORMED])
def test_what_is_not_a_trace_is_refused_with_file_and_line(data: bytes, message: str) -> None:
    with pytest.raises(TraceError, match=f"^{message}"):
        parse(data, name="t")


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match=r"none\.jsonl: No such file"):
        read(tmp_path / "none.jsonl")
    with pytest.raises(TraceError, match="directory"):
        read(tmp_path)


def test_a_client_makes_a_second_call_from_a_callback_or_after_a_crash() -> None:
    second = CALL.replace(b'"id":1', b'"id":2')
    inside = second + b'{"event":"return","id":2,"err":0}\n' + second.replace(b'"id":2', b'"id":3')
    for between in (BEGUN, b'{"event":"fault","kind":"crash"}\n'):
        assert len(parse(TOP + CALL + between + inside, name="t").events) == 5
    assert len(parse(TOP + CALL + second.replace(b'"A"', b'"B"'), name="t").events) == 2
