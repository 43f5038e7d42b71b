"""What the client of a streaming backup was told and has read, and the answers of adapters that give files and bytes."""

from typing import Any

import pytest
from jetconform.conformance.invocation import NoCode, invocation, return_event
from jetconform.conformance.reading import Reading
from jetconform.model.external import Amount, Target
from misbehaving import Fake

FIRST, SECOND = "db/edb00000001.log", "db/edb00000002.log"


def told(*calls: tuple[str, dict[str, Any], int, dict[str, Any] | None]) -> Reading:
    reading = Reading()
    for call, args, err, result in calls:
        reading.returned(call, args, err, result)
    return reading


def opened(path: str, size: int = 40960) -> tuple[str, dict[str, Any], int, dict[str, Any]]:
    return "JetOpenFileInstance", {"file": "f1", "path": path}, 0, {"size": size}


def read(count: int) -> tuple[str, dict[str, Any], int, dict[str, Any]]:
    return "JetReadFileInstance", {"file": "f1", "bytes": 65536}, 0, {"read": count}


BEGIN = ("JetBeginExternalBackupInstance", {}, 0, None)
LOGS = ("JetGetLogInfoInstance", {}, 0, {"files": [FIRST, SECOND]})
CLOSE = ("JetCloseFileInstance", {"file": "f1"}, 0, None)


@pytest.mark.parametrize(
    ("path", "target"),
    [
        (None, Target.NAMELESS),
        ("", Target.NAMELESS),
        (5, Target.NAMELESS),
        (FIRST, Target.LOG),
        ("db/edb00000009.log", Target.OTHER_LOG),
        ("db/edb.log", Target.CURRENT_LOG),
        ("db/test.edb", Target.DATABASE),
        ("db/edb.chk", Target.FOREIGN),
    ],
)
def test_what_a_path_names(path: object, target: Target) -> None:
    assert told(BEGIN, LOGS).target(path) is target


def test_a_log_is_the_last_one_when_the_others_were_read() -> None:
    reading = told(BEGIN, LOGS, opened(FIRST), read(40960), CLOSE)
    assert reading.target(FIRST) is Target.READ_LOG
    assert reading.target(SECOND) is Target.LAST_LOG


@pytest.mark.parametrize("count", [0, 12288, 40956])
def test_a_log_that_was_closed_before_its_end_was_not_read(count: int) -> None:
    reading = told(BEGIN, LOGS, opened(FIRST), read(count), CLOSE)
    assert reading.target(FIRST) is Target.LOG


def test_only_a_reading_of_every_log_makes_a_set_or_continues_one() -> None:
    """[E2, success] What can be restored is what was read to the end."""
    second = (opened(SECOND), read(40960), CLOSE)
    assert not told(BEGIN).logs_read
    assert not told(BEGIN, LOGS, opened(FIRST), read(40960), CLOSE, opened(SECOND)).logs_read
    assert told(BEGIN, LOGS, opened(FIRST), read(40960), CLOSE, *second).logs_read


def test_a_new_backup_has_no_logs_yet() -> None:
    assert told(BEGIN, LOGS, BEGIN).target(FIRST) is Target.OTHER_LOG


@pytest.mark.parametrize(
    ("before", "size", "amounts"),
    [
        (0, 1000, {Amount.ODD}),
        (0, -4096, {Amount.ODD}),
        (0, None, {Amount.ODD}),
        (0, 4096, {Amount.ONE}),
        (0, 8192, {Amount.TWO}),
        (0, 12288, {Amount.PART}),
        (0, 40960, {Amount.REST}),
        (12288, 4096, {Amount.PART}),  # three pages are the least of the first read alone [RF]
        (12288, 28672, {Amount.REST}),
    ],
)
def test_how_much_a_read_asks_for(before: int, size: object, amounts: set[Amount]) -> None:
    assert told(BEGIN, opened("db/test.edb"), read(before)).amounts(size) == amounts


def test_where_the_engine_did_not_say_how_long_a_file_is_a_read_may_reach_its_end_or_not() -> None:
    reading = told(BEGIN, ("JetOpenFileInstance", {"file": "f1", "path": "db/test.edb"}, 0, None))
    assert reading.amounts(65536) == {Amount.REST, Amount.PART}


def test_a_page_that_cannot_be_read_closes_the_file() -> None:
    failed = ("JetReadFileInstance", {"file": "f1", "bytes": 65536}, -1018, None)
    assert told(BEGIN, opened("db/test.edb"), read(12288), failed).position == 0


def test_a_handle_is_known_once_it_was_given_out() -> None:
    reading = told(BEGIN, opened("db/test.edb"))
    assert (reading.handle("f1"), reading.handle("f2"), reading.handle(None)) == ("f1", "bad", "bad")


# -- what adapters answer -----------------------------------------------------------------------------------------------

ARGS = {"instance": "i1", "file": "f1", "path": "db/test.edb", "bytes": 4096, "snapshot": "last", "grbit": 0}


@pytest.mark.parametrize(
    ("call", "outcome", "result"),
    [
        ("JetGetAttachInfoInstance", (0, ["db/test.edb"]), {"files": ["db/test.edb"]}),
        ("JetGetLogInfoInstance", (0, (FIRST, SECOND)), {"files": [FIRST, SECOND]}),
        ("JetOpenFileInstance", (0, 40960), {"size": 40960}),
        ("JetReadFileInstance", (0, b"12345678"), {"read": 8}),
        ("JetReadFileInstance", (0, bytearray(4)), {"read": 4}),
        ("JetOSSnapshotFreeze", (0, 2), {"instances": 2}),
    ],
)
def test_an_answer_becomes_a_result(call: str, outcome: object, result: dict[str, Any]) -> None:
    event = return_event(1, invocation(Fake(), call, ARGS), outcome)
    assert (event.err, event.result) == (0, result)


@pytest.mark.parametrize(
    ("call", "outcome"),
    [
        ("JetGetAttachInfoInstance", 0),
        ("JetGetAttachInfoInstance", (0, "db/test.edb")),
        ("JetGetLogInfoInstance", (0, [FIRST, 7])),
        ("JetGetLogInfoInstance", (0, None)),
        ("JetOpenFileInstance", (0, -1)),
        ("JetOpenFileInstance", (0, True)),
        ("JetOpenFileInstance", (0, 1 << 63)),
        ("JetReadFileInstance", (0, "text")),
        ("JetReadFileInstance", (0, 8)),
        ("JetReadFileInstance", ("0", b"")),
        ("JetOSSnapshotFreeze", (0, 1.0)),
        ("JetOSSnapshotFreeze", (0, 1, 2)),
    ],
)
def test_a_wrong_answer_is_none_and_says_so(call: str, outcome: object) -> None:
    with pytest.raises(NoCode, match="returned "):
        return_event(1, invocation(Fake(), call, ARGS), outcome)


@pytest.mark.parametrize(
    ("capability", "call"), [("streaming", "JetTruncateLogInstance"), ("snapshot", "JetOSSnapshotThaw")]
)
def test_a_call_that_the_engine_does_not_declare_is_not_made(capability: str, call: str) -> None:
    engine = Fake()
    engine.capabilities = engine.capabilities - {capability}
    with pytest.raises(ValueError, match=f"does not declare the capability '{capability}'"):
        invocation(engine, call, ARGS)
