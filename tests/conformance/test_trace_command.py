"""`jetconform trace check`: exit status, what is printed, what is written, and what is no trace."""

import json
from pathlib import Path

import pytest
from jetconform.conformance.cli import main
from traced import I1, Script


def good() -> Script:
    script = Script().running()
    script.call("JetTerm", **I1)
    script.event("end", reason="done")
    return script


def wrong() -> Script:
    script = Script()
    script.call("JetCreateInstance", **I1)
    script.call("JetBackupInstance", -505, **I1, path="bk", grbit=0)
    script.call("JetBackupInstance", -1029, **I1, path="bk", grbit=0)
    script.event("end", reason="done")
    return script


def unknown() -> Script:
    script = Script()
    script.call("JetGetBookmark", **I1)
    script.event("end", reason="done")
    return script


def write(tmp_path: Path, **files: bytes) -> list[str]:
    """The files, and their names."""
    names = []
    for name, data in files.items():
        (tmp_path / f"{name}.jsonl").write_bytes(data)
        names.append(str(tmp_path / f"{name}.jsonl"))
    return names


@pytest.mark.parametrize(("script", "status"), [(good(), 0), (wrong(), 1), (unknown(), 3)])
def test_exit_status(tmp_path: Path, script: Script, status: int) -> None:
    assert main(["trace", "check", *write(tmp_path, t=script.data()), "--profile", "ese"]) == status


def test_a_rejection_is_stronger_than_an_unknown_and_a_file_that_is_no_trace_is_stronger_than_both(
    tmp_path: Path,
) -> None:
    files = write(tmp_path, a=unknown().data(), b=wrong().data())
    assert main(["trace", "check", *files, "--profile", "ese"]) == 1
    assert main(["trace", "check", *files, *write(tmp_path, c=b"no\n"), "--profile", "ese"]) == 2


def test_what_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = write(tmp_path, good=good().data(), wrong=wrong().data())
    assert main(["trace", "check", *files, "--profile", "ese"]) == 1
    out = capsys.readouterr().out
    for said in (
        f"rejected {files[1]}:5: call 2, JetBackupInstance(missing, full): -505 BackupInProgress",
        "  allowed   -1029 NotInitialized",
        "BI.G6  enter, must: -1029 NotInitialized where created [observed: created, not initialised; source 2.1 G6]",
        "  traces    2 = 1 explained + 1 rejected + 0 not judged to the end",
        "  calls     8 = 6 explained + 1 rejected + 1 unjudged",
        "1 unjudged: after a rejection that no row of ese explains, until the instance is destroyed",
    ):
        assert said in out


def test_the_same_rejection_is_explained_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = write(tmp_path, a=wrong().data(), b=wrong().data())
    assert main(["trace", "check", *files, "--profile", "ese"]) == 1
    out = capsys.readouterr().out
    assert f"  explained as at {files[0]}:5" in out
    assert out.count("  why       ") == 1


def test_without_a_profile_every_profile_judges(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trace", "check", *write(tmp_path, t=good().data())]) == 0
    out = capsys.readouterr().out
    assert "conforms  profile documented" in out
    assert "conforms  profile ese" in out


def test_json_of_one_profile(tmp_path: Path) -> None:
    files = write(tmp_path, t=wrong().data())
    assert main(["trace", "check", *files, "--profile", "ese", "--json", str(tmp_path / "o.json")]) == 1
    found = json.loads((tmp_path / "o.json").read_bytes())
    assert {key: found[key] for key in ("profile", "verdict", "traces", "calls", "explained", "unjudged")} == {
        "profile": "ese", "verdict": "does-not-conform", "traces": 1, "calls": 3, "explained": 1, "unjudged": 1,
    }  # fmt: skip
    assert found["unjudged_by_reason"] == {"after-rejection": 1}
    assert found["rejected"] == [
        {
            "file": files[0],
            "line": 5,
            "call": "JetBackupInstance",
            "observed": "-505 BackupInProgress",
            "allowed": ["-1029 NotInitialized"],
        }
    ]


def test_json_of_all_profiles(tmp_path: Path) -> None:
    main(["trace", "check", *write(tmp_path, t=good().data()), "--json", str(tmp_path / "o.json")])
    found = json.loads((tmp_path / "o.json").read_bytes())
    assert {name: one["explained"] for name, one in found.items()} == {"documented": 5, "ese": 5}


LINES = good().data().splitlines(keepends=True)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (LINES[1:], ":1: no trace header"),
        ([*LINES[:2], *LINES[3:]], ":3: client A is inside call 1"),
        ([*LINES[:-2], LINES[-1]], ":11: the trace ends as done while call 5 is open"),
        ([*LINES[:3], b"{garbage\n", *LINES[3:]], ":4: "),
        ([*LINES[:3], b'{"event":"call","id":"\xff"}\n', *LINES[3:]], ":4: "),
        ([*LINES[:3], b'{"event":"surprise"}\n', *LINES[3:]], ":4: "),
        ([*LINES[:3], *LINES[1:3], *LINES[3:]], ":4: call id 1 is used twice"),
        ([LINES[0], *LINES[2:]], ":2: no call 1 is open"),
        ([*LINES, LINES[-1]], ":13: the trace goes on after its end"),
        ([*LINES[:-1], b'{"event":"end","reason":"timeout","id":9}\n'], ":12: no call 9 is open that could time out"),
        ([], ":1: empty, expected a trace header"),
        ([b'{"trace":2}\n'], ":1: trace format 2, this program reads format 1"),
    ],
)
def test_what_is_no_trace_is_said_with_file_and_line_and_the_others_are_judged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], lines: list[bytes], said: str
) -> None:
    bad, fine = write(tmp_path, bad=b"".join(lines), fine=good().data())
    assert main(["trace", "check", bad, fine, "--profile", "ese", "--json", str(tmp_path / "o.json")]) == 2
    shown = capsys.readouterr()
    assert shown.err.startswith(f"jetconform: {bad}{said}")
    assert shown.err.count("\n") == 1
    assert "traces    1 = 1 explained" in shown.out
    assert json.loads((tmp_path / "o.json").read_bytes())["invalid"] == [shown.err.removeprefix("jetconform: ").strip()]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["gone.jsonl"], "no such file"),
        (["t.jsonl", "--json", "gone/o.json"], "expected a file in a folder that exists"),
        (["t.jsonl", "--json", "."], "expected a file in a folder that exists"),
    ],
)
def test_wrong_arguments_are_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    write(tmp_path, t=good().data())
    monkeypatch.chdir(tmp_path)
    assert main(["trace", "check", *arguments]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1
