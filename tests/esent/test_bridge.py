"""The bridge, line by line, with the stub library: names, paths, threads, callbacks, what is missing, and its end."""

import os
from collections.abc import Callable
from pathlib import Path

from conftest import CROSS, Bridge, compile_stub, compiler, wine

Opener = Callable[..., Bridge]
Stub = Callable[..., Path]

RUNNING = (
    ("JetCreateInstance", {"instance": "i1"}),
    ("JetInit", {"instance": "i1"}),
    ("JetBeginSession", {"instance": "i1", "session": "s1"}),
    ("JetCreateDatabase", {"session": "s1", "database": "d1", "path": "db/test.edb"}),
    ("Insert", {"session": "s1", "database": "d1", "rows": 120}),
)


def running(bridge: Bridge) -> Bridge:
    assert bridge.codes(*RUNNING) == [0, 0, 0, 0, 0]
    return bridge


def test_it_declares_what_the_library_exports(open_bridge: Opener, stub: Stub) -> None:
    greeting = open_bridge(stub()).greeting
    assert (greeting["event"], greeting["protocol"]) == ("hello", 1)
    assert greeting["capabilities"] == ["callback", "header", "classify", "rows"]
    assert len(greeting["not_implemented"]) == 18
    assert "JetOpenFileInstance" in greeting["not_implemented"]
    assert "JetOSSnapshotFreeze" in greeting["not_implemented"]


def test_a_call_that_the_library_does_not_export_is_not_made(open_bridge: Opener, stub: Stub) -> None:
    bridge = open_bridge(stub())
    assert bridge.call("JetTruncateLogInstance", instance="i1") == {"event": "not-implemented"}
    assert bridge.call("JetNoSuchCall", instance="i1") == {"event": "not-implemented"}


def test_paths_are_below_the_root_and_rows_are_counted(open_bridge: Opener, stub: Stub, tmp_path: Path) -> None:
    bridge = running(open_bridge(stub()))
    assert bridge.call("CountRows", session="s1", database="d1") == {
        "event": "return",
        "err": 0,
        "result": {"rows": 120},
    }
    assert (tmp_path / "root" / "db" / "test.edb").stat().st_size == 216 + 120 * 8  # of the stub: a header, then rows
    assert (tmp_path / "root" / "cwd").is_dir()


def test_names_never_given_and_names_of_what_ended(open_bridge: Opener, stub: Stub) -> None:
    bridge = running(open_bridge(stub()))
    assert bridge.codes(
        ("JetTerm", {"instance": "never"}),
        ("JetTerm", {"instance": None}),
        ("CountRows", {"session": "never", "database": "d1"}),
        ("CountRows", {"session": "s1", "database": "never"}),
        ("JetTerm", {"instance": "i1"}),
        ("JetTerm", {"instance": "i1"}),
        ("CountRows", {"session": "s1", "database": "d1"}),
    ) == [-1003, -1003, -1104, -1010, 0, -1003, -1104]


def test_a_callback_waits_and_calls_of_its_client_are_made_inside(
    open_bridge: Opener, stub: Stub, tmp_path: Path
) -> None:
    bridge = running(open_bridge(stub()))
    (tmp_path / "root" / "bk1").mkdir()
    backup = bridge.begin("JetBackupInstance", instance="i1", path="bk1", grbit=0)
    assert bridge.hear() == {"event": "callback", "id": backup, "snp": 9, "snt": 5, "done": 0, "total": 100}
    again = {"instance": "i1", "path": "bk1", "grbit": 0}
    assert bridge.call("JetBackupInstance", client="A", **again)["err"] == -505  # on the same thread, in the callback
    assert bridge.call("JetBackupInstance", client="B", **again)["err"] == -505  # on another, meanwhile
    assert bridge.reset(tmp_path / "root") == {"event": "cannot-reset", "why": "a call is in flight"}
    assert bridge.ask(op="resume", id=backup, err=0)["snt"] == 6
    assert bridge.ask(op="resume", id=backup, err=0) == {"event": "return", "id": backup, "err": 0}
    assert sorted(path.name for path in (tmp_path / "root" / "bk1").iterdir()) == ["edb00000001.log", "test.edb"]


def test_what_the_callback_answers_reaches_the_library(open_bridge: Opener, stub: Stub, tmp_path: Path) -> None:
    bridge = running(open_bridge(stub()))
    (tmp_path / "root" / "bk1").mkdir()
    backup = bridge.begin("JetBackupInstance", instance="i1", path="bk1", grbit=0)
    bridge.hear()
    assert bridge.ask(op="resume", id=backup, err=-1022) == {"event": "return", "id": backup, "err": -1022}


def test_questions_are_answered_from_headers_names_and_rows(open_bridge: Opener, stub: Stub, tmp_path: Path) -> None:
    bridge = running(open_bridge(stub()))
    (tmp_path / "root" / "bk1").mkdir()
    backup = bridge.begin("JetBackupInstance", instance="i1", path="bk1", grbit=0)
    bridge.hear()
    bridge.ask(op="resume", id=backup, err=0)
    bridge.ask(op="resume", id=backup, err=0)
    assert bridge.question("header", path="db/test.edb") == {"fullPrev": [1, 1, 1 << 32], "incPrev": [0, 0, 0]}
    assert bridge.question("header", path="db/none.edb") is None
    assert bridge.question("classify", path="db/test.edb") == ["database", None]
    assert bridge.question("classify", path="bk1/test.edb") == ["backup-database", None]
    assert bridge.question("classify", path="bk1/edb00000001.log") == ["backup-log", 1]
    assert bridge.question("classify", path="db/edb0000001A.log") == ["log", 26]
    assert bridge.question("classify", path="db/edb.log") == ["log", None]
    assert bridge.question("classify", path="db/edb.chk") == ["checkpoint", None]
    err, rows = bridge.question("rows", session="s1", database="d1")
    assert (err, len(rows), len(set(rows)), rows[0]) == (0, 120, 120, "1:1")
    assert bridge.question("rows", session="never", database="d1") == [-1104, []]


def test_a_reset_ends_instances_and_forgets_names(open_bridge: Opener, stub: Stub, tmp_path: Path) -> None:
    bridge = running(open_bridge(stub()))
    other = tmp_path / "other"
    other.mkdir()
    assert bridge.reset(other) == {"event": "ready"}
    assert bridge.codes(("JetTerm", {"instance": "i1"}), *RUNNING) == [-1003, 0, 0, 0, 0, 0]
    assert (other / "db" / "test.edb").exists()


def test_a_parameter_of_the_process_forbids_a_reset(open_bridge: Opener, stub: Stub, tmp_path: Path) -> None:
    bridge = open_bridge(stub())
    assert bridge.call("JetCreateInstance", instance="i1")["err"] == 0
    assert bridge.call("JetSetSystemParameter", instance="i1", parameter="os_snapshot_timeout", value=1000)["err"] == 0
    why = "a call changed what holds for the whole process"
    assert bridge.reset(tmp_path / "root") == {"event": "cannot-reset", "why": why}


def test_bye_ends_it_and_garbage_is_refused_in_one_line(open_bridge: Opener, stub: Stub) -> None:
    assert running(open_bridge(stub())).close() == 0
    bridge = open_bridge(stub())
    assert bridge.process.stdin is not None
    assert bridge.process.stderr is not None
    bridge.process.stdin.write(b'{"op":\n')
    bridge.process.stdin.flush()
    assert bridge.process.wait(30) == 2
    assert bridge.process.stderr.read() == b'bridge: no JSON object: {"op":\n'


def test_under_wine_a_dll_makes_the_same_calls(open_bridge: Opener, workplace: Path, tmp_path: Path) -> None:
    launcher = wine()
    library = compile_stub(compiler(CROSS), workplace / "stub.dll")
    os.environ.update(WINEPREFIX=str(tmp_path / "prefix"), WINEDEBUG="-all")
    try:
        bridge = running(open_bridge(library, launcher, program="bridge.exe"))
        (tmp_path / "root" / "bk1").mkdir()
        backup = bridge.begin("JetBackupInstance", instance="i1", path="bk1", grbit=0)
        assert bridge.hear()["snt"] == 5
        assert bridge.call("JetInit", client="B", instance="i1")["err"] == -1030
        assert bridge.ask(op="resume", id=backup, err=0)["snt"] == 6
        assert bridge.ask(op="resume", id=backup, err=0)["err"] == 0
        assert bridge.call("CountRows", session="s1", database="d1")["result"] == {"rows": 120}
        assert bridge.question("header", path="db/test.edb") == {"fullPrev": [1, 1, 1 << 32], "incPrev": [0, 0, 0]}
        assert (tmp_path / "root" / "bk1" / "test.edb").exists()
        assert bridge.close() == 0
    finally:
        del os.environ["WINEPREFIX"], os.environ["WINEDEBUG"]
