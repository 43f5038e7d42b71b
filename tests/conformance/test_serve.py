"""The reference engine behind the process protocol: the conversation, and the same verdict as without it."""

import json
import os
import shlex
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest
from jetconform.conformance import level1, levels
from jetconform.conformance.adapter import Adapter, Observer, SnapshotAdapter, StreamingAdapter
from jetconform.conformance.engines import load, open_engine
from jetconform.conformance.engines.process import ProcessFactory
from jetconform.conformance.engines.reference import ReferenceAdapter, factory
from jetconform.conformance.folders import Workspace
from jetconform.conformance.journal import Journal
from jetconform.conformance.level1 import Report
from jetconform.conformance.protocol import ProtocolError, name_of, schema
from jetconform.conformance.protocol import decode_message as message_of
from jetconform.conformance.protocol import decode_request as request_of
from jetconform.conformance.serve import Server
from jetconform.conformance.worker import Job
from jetconform.model.alphabet import (
    BEGIN,
    CREATE,
    FREEZE,
    FULL,
    INIT,
    INSERT,
    PREPARE,
    RUNNING,
    STOP_BACKUP_CALL,
    TERM,
)
from jetconform.model.domain import Domain
from jetconform.model.domains import BACKUP_HOLDS

SERVE = [sys.executable, "-c", "from jetconform.conformance.cli import main; raise SystemExit(main(['serve']))"]
SPEC = "process:" + shlex.join(SERVE)
DOCS = Path(__file__).parents[2] / "docs"


class Line:
    """A server in this process, and the harness' ends of its pipes."""

    def __init__(self) -> None:
        source, self._to = os.pipe()
        self._from, sink = os.pipe()
        server = Server("reference", factory, ReferenceAdapter.capabilities, source, sink)
        self.problem: BaseException | None = None
        self._reading = os.fdopen(self._from, "rb")
        self._thread = threading.Thread(target=self._run, args=(server, source, sink), daemon=True)
        self._thread.start()

    def _run(self, server: Server, source: int, sink: int) -> None:
        try:
            server.run()
        except ProtocolError as problem:
            self.problem = problem
        os.close(sink)

    def say(self, **message: Any) -> None:
        os.write(self._to, json.dumps(message).encode() + b"\n")

    def hear(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._reading.readline())
        return found

    def call(self, number: int, name: str, client: str = "A", **args: Any) -> None:
        self.say(op="call", id=number, client=client, call=name, args=args)

    def end(self) -> BaseException | None:
        """After the end of what it says: what was wrong."""
        assert self._reading.read() == b""
        self._thread.join()
        return self.problem


@pytest.fixture
def line(tmp_path: Path) -> Line:
    made = Line()
    made.say(op="hello", protocol=1)
    assert made.hear()["engine"] == "reference"
    made.say(op="reset", root=str(tmp_path))
    assert made.hear() == {"event": "ready"}
    return made


@pytest.fixture
def running(line: Line, tmp_path: Path) -> Line:
    (tmp_path / "bk").mkdir()
    for number, name in enumerate(("JetCreateInstance", "JetInit"), start=1):
        line.call(number, name, instance="i1")
        assert line.hear() == {"event": "return", "id": number, "err": 0}
    return line


def test_a_call_that_is_not_known_is_not_implemented(line: Line) -> None:
    line.call(1, "JetFly", instance="i1")
    assert line.hear() == {"event": "not-implemented", "id": 1}
    line.say(op="ask", id=2, ask="weather", args={})
    assert line.hear() == {"event": "not-implemented", "id": 2}
    line.say(op="bye", later="keys are ignored")
    assert line.end() is None


def test_another_client_and_the_same_one_call_while_a_backup_is_in_its_callback(running: Line) -> None:
    running.call(3, "JetBackupInstance", instance="i1", path="bk", grbit=0)
    assert running.hear() == {"event": "callback", "id": 3, "snp": 9, "snt": 5, "done": 0, "total": 100}
    running.call(4, "JetBackupInstance", "B", instance="i1", path="bk", grbit=0)
    assert running.hear() == {"event": "return", "id": 4, "err": -505}
    running.call(5, "JetTerm", instance="i1")  # inside the callback
    assert running.hear() == {"event": "return", "id": 5, "err": -505}
    running.say(op="resume", id=3, err=-1011)
    said = running.hear()
    while said["event"] == "callback":
        running.say(op="resume", id=3, err=-1011)
        said = running.hear()
    assert said == {"event": "return", "id": 3, "err": -1011}


def test_hold_points_are_told_once_they_are_watched(running: Line) -> None:
    running.say(op="watch", points=True)
    running.call(3, "JetBackupInstance", instance="i1", path=None, grbit=0)
    seen = []
    while (said := running.hear())["event"] != "return":
        seen.append(said.get("point"))
        running.say(op="release" if said["event"] == "point" else "resume", id=3, err=0)
    assert (seen[0], seen[-1]) == ("enter", "leave")
    running.say(op="watch", points=False)
    running.call(4, "JetBackupInstance", instance="i1", path=None, grbit=0)
    while (said := running.hear())["event"] != "return":
        assert said["event"] == "callback"
        running.say(op="resume", id=4, err=0)


def test_a_reset_forgets_everything_but_not_while_a_call_is_open(running: Line, tmp_path: Path) -> None:
    running.call(3, "JetBackupInstance", instance="i1", path="bk", grbit=0)
    assert running.hear()["event"] == "callback"
    running.say(op="reset", root=str(tmp_path))
    assert running.hear() == {"event": "cannot-reset", "why": "a call is open"}
    running.say(op="resume", id=3, err=-1)
    while (said := running.hear())["event"] == "callback":
        running.say(op="resume", id=3, err=-1)
    assert said["err"] == -800  # the reference engine ends its backup so, whatever the callback answered
    running.say(op="reset", root=str(tmp_path))
    assert running.hear() == {"event": "ready"}
    running.call(4, "JetInit", instance="i1")
    assert running.hear() == {"event": "return", "id": 4, "err": -1003}


@pytest.mark.parametrize(
    ("message", "problem"),
    [
        ({"op": "hello", "protocol": 2}, "version 2 of the protocol, this program speaks 1"),
        ({"op": "fly"}, "no message"),
        ({"op": "resume", "id": 7, "err": 0}, "call 7 is not open"),
        ({"op": "call", "id": 1, "client": "A", "call": "JetInit", "args": {}}, "argument 'instance' is missing"),
        ({"op": "ask", "id": 1, "ask": "classify", "args": {}}, "ask 'classify': "),
    ],
)
def test_what_is_no_message_ends_the_server_with_one_line(message: dict[str, Any], problem: str, line: Line) -> None:
    line.say(**message)
    assert problem in str(line.end())


def test_a_call_before_the_first_reset_is_refused() -> None:
    made = Line()
    made.call(1, "JetInit", instance="i1")
    assert "must be reset" in str(made.end())


# -- through the adapter -------------------------------------------------------------------------------------------------


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Adapter]:
    made = load(SPEC)
    assert isinstance(made, ProcessFactory)
    yield open_engine(made, tmp_path)
    made.close()


def ignore(snp: int, snt: int, done: int, total: int) -> int:
    return 0


def test_everything_that_can_be_asked_comes_through(served: Adapter, tmp_path: Path) -> None:
    (tmp_path / "bk").mkdir()
    assert served.create_instance("i1") == 0
    assert served.set_system_parameter("i1", "circular_log", 0) == 0
    assert served.init("i1") == 0
    assert served.begin_session("i1", "s1") == 0
    assert served.create_database("s1", "d1", "db/test.edb") == 0
    assert served.insert("s1", "d1", 70) == 0
    assert served.count_rows("s1", "d1") == (0, 70)
    assert served.backup("i1", "bk", 0, ignore) == 0
    observer = cast(Observer, served)
    assert observer.classify("db/test.edb") == ("database", None)
    marks = observer.header("db/test.edb")
    assert marks is not None
    assert marks["fullPrev"][:2] != [0, 0]
    assert observer.header("db/none.edb") is None
    assert any("bk" in event for event in observer.events("i1"))
    err, rows = observer.rows("s1", "d1")
    assert (err, len(rows), len(set(rows))) == (0, 70, 70)
    assert served.damage_page("db/none.edb") is False
    assert served.damage_log("none") is None
    streaming, snapshot = cast(StreamingAdapter, served), cast(SnapshotAdapter, served)
    assert streaming.begin_external_backup("i1", 0) == 0
    err, files = streaming.get_attach_info("i1")
    assert (err, [Path(file).name for file in files]) == (0, ["test.edb"])
    err, size = streaming.open_file("i1", "f1", files[0])
    assert (err, size % 4096) == (0, 0)
    err, data = streaming.read_file("i1", "f1", size)
    assert (err, len(data)) == (0, size)
    assert streaming.end_external_backup("i1") == -800  # not all was read
    assert snapshot.snapshot_prepare(0) == 0
    assert snapshot.snapshot_freeze("last", 0) == (0, 1)
    assert snapshot.snapshot_thaw("last", 0) == 0
    served.fail_log_writes("i1", "no-space")
    assert served.insert("s1", "d1", 1) == -510
    assert served.restore(None, None, None, ignore) == -1003


# -- the verdict ---------------------------------------------------------------------------------------------------------

SMALL = (
    Domain("tiny", "an instance comes and goes", (CREATE, INIT, TERM, FULL, BEGIN, PREPARE, FREEZE)),
    Domain("held", "a backup held at its stages", (STOP_BACKUP_CALL, INSERT), RUNNING, (FULL, TERM), BACKUP_HOLDS),
    Domain("broken", "damage", (FULL, INSERT), (*RUNNING, FULL), faults=("page", "log", "log-full", "log-torn")),
)


def checked(tmp_path: Path, engine: str) -> Report:
    journal = Journal(tmp_path / "journal.jsonl")
    try:
        job = Job(task="check", engine=engine, options={"seed": 1, "call_timeout": 60.0, "systematic_only": True})
        with Workspace() as workspace:
            return msgspec.convert(levels.run(job, journal, workspace), Report, strict=False)
    finally:
        journal.close()


def test_the_verdict_and_the_coverage_are_those_of_the_engine_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(level1, "DOMAINS", SMALL)
    monkeypatch.setattr(levels, "set_hypothesis_home_dir", lambda _: None)  # of this process: it outlives the test
    ours, theirs = checked(tmp_path, "reference"), checked(tmp_path, SPEC)
    assert (theirs.verdict, theirs.lacking) == ("conforms", [])
    assert theirs.cells_covered > 100
    for name in ("verdict", "cells_reachable", "cells_covered", "not_exercised", "codes_seen", "codes_reachable"):
        assert getattr(theirs, name) == getattr(ours, name), name


# -- the page and the schema ---------------------------------------------------------------------------------------------


def test_the_schema_is_the_one_of_the_types() -> None:
    assert (DOCS / "protocol.schema.json").read_bytes() == schema()


def test_the_transcript_of_the_page_is_made_of_messages() -> None:
    page = (DOCS / "protocol.md").read_text(encoding="utf-8")
    block = page.partition("```transcript\n")[2].partition("```")[0]
    said = [(line[0], line[2:].encode()) for line in block.splitlines()]
    asked = [name_of(request_of(text)) for mark, text in said if mark == ">"]
    heard = [name_of(message_of(text)) for mark, text in said if mark == "<"]
    assert asked == ["hello", "reset", *["call"] * 5, "resume", "resume", "bye"]
    assert heard == [
        "hello",
        "ready",
        "return",
        "not-implemented",
        "return",
        "callback",
        "return",
        "callback",
        "return",
    ]
