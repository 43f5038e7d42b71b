"""What recorded calls leave behind: a listing or a header that was changed is rejected where a clause covers it."""

from typing import Any

import pytest
from traced import I1, S1, Script

LOG = 131072
DB = {
    "db/": 0, "db/edb.chk": 8192, "db/edb.log": LOG, "db/edb00000001.log": LOG, "db/edbres00001.jrs": LOG, "db/edbtmp.log": LOG,
    "db/test.edb": 1048576, "db/test.jfm": 16384, "db/test.pat": 0,
}  # fmt: skip
SET = {"bk/": 0, "bk/edb00000001.log": LOG, "bk/test.edb": 1052672, "bk/test.pat": 0}
ATOMIC = {
    "bk/": 0,
    "bk/new/": 0,
    **{name.replace("bk/", "bk/new/"): size for name, size in SET.items() if name != "bk/"},
}
BEFORE = {
    "bk/": 0,
    "db/": 0,
    **{name: size for name, size in DB.items() if name not in ("db/edb00000001.log", "db/test.pat")},
}


def backup(script: Script, err: int = 0, *, grbit: int = 0, path: str | None = "bk") -> None:
    """A backup, with the callbacks that a full one makes."""
    call_id = script.enter("JetBackupInstance", **I1, path=path, grbit=grbit)
    if err == 0 and not grbit & 1:
        script.event("callback", id=call_id, snp=9, snt=5)
        script.event("resume", id=call_id, err=0)
    script.back(call_id, err)


def full(after: dict[str, int | None], *, grbit: int = 0, err: int = 0) -> Script:
    """A backup between two listings; of the second, some sizes are others, and files are gone where the size is None."""
    script = Script().running()
    script.event("fault", kind="make-directory", target="bk")
    script.event("files", dir=".", files=BEFORE)
    backup(script, err, grbit=grbit)
    files: dict[str, Any] = {**DB, **(ATOMIC if grbit & 4 else SET), **after}
    script.event("files", dir=".", files={name: size for name, size in files.items() if size is not None})
    return script


def broken(script: Script, profile: str = "ese") -> list[str]:
    """The clauses that were broken."""
    return [one.explanation.reason.split(",")[0].removeprefix("clause ") for one in script.judged(profile).rejected]


@pytest.mark.parametrize("grbit", [0, 4])
def test_what_the_engine_leaves_after_a_full_backup_is_explained(grbit: int) -> None:
    for profile in ("ese", "documented"):
        assert broken(full({}, grbit=grbit), profile) == []


@pytest.mark.parametrize(
    ("changed", "clause"),
    [
        ({"bk/test.edb": None}, "BI.full"),
        ({"bk/test.edb": 0}, "BI.copy"),
        ({"bk/test.edb": 1052673}, "BI.copy"),
        ({"bk/test.edb": 1048576 + 2 * 4096}, "BI.copy"),
        ({"bk/test.pat": None}, "BI.patch"),
        ({"bk/test.pat": 4096}, "BI.patch"),
        ({"db/test.pat": None}, "BI.patch-source"),
        ({"bk/readme.txt": 5}, "BI.nothing-else"),
        ({"bk/edb00000001.log": None}, "BI.logs"),
        ({"bk/edb00000001.log": 0}, "BI.logs-whole"),
        ({"bk/edb00000001.log": 4096}, "BI.logs-whole"),
        ({"db/edb00000002.log": LOG}, "BI.logs"),
        ({"db/edb00000001.log": None}, "BI.needed"),
        ({"db/edb00000001.log": 0}, "any.sizes"),
        ({"db/edb.chk": 0}, "any.sizes"),
        ({"db/test.edb": 1048577}, "any.sizes"),
        ({"db/test.jfm": 1}, "any.sizes"),
        ({"db/edbres00001.jrs": 4096}, "any.sizes"),
        ({"other.txt": 5}, "any.elsewhere"),
    ],
)
def test_a_changed_listing_is_rejected_by_the_clause_that_covers_it(
    changed: dict[str, int | None], clause: str
) -> None:
    script = full(changed)
    (rejected,) = script.judged("ese").rejected
    assert broken(script) == [clause]
    assert (rejected.call, rejected.line) == ("JetBackupInstance", len(script.lines))
    assert rejected.explanation.reason.endswith("]")  # the citation


@pytest.mark.parametrize("left", ["bk/temp/", "bk/old/"])
def test_an_atomic_backup_leaves_no_working_folder(left: str) -> None:
    assert broken(full({left: 0}, grbit=4)) == ["BI.atomic"]


def test_an_incremental_backup_adds_every_generation_and_nothing_but_logs() -> None:
    def after(files: dict[str, int]) -> Script:
        script = full({})
        backup(script, grbit=1)
        script.event("files", dir=".", files={**DB, **SET, "db/edb00000002.log": LOG, **files})
        return script

    assert broken(after({"bk/edb00000002.log": LOG})) == []
    assert broken(after({})) == ["BI.logs"]
    assert broken(after({"bk/edb00000002.log": LOG, "bk/second.edb": 8192})) == ["BI.incremental"]


def test_a_failure_that_was_noticed_before_the_path_changes_nothing() -> None:
    script = Script().running()
    script.event("fault", kind="make-directory", target="bk")
    script.event("files", dir=".", files=BEFORE)
    backup(script, -560, grbit=1)
    script.event("files", dir=".", files={**BEFORE, "bk/edb00000001.log": LOG})
    assert broken(script) == ["BI.refused"]
    assert broken(script, "documented") == ["BI.nothing-new"]


def test_what_a_failed_backup_leaves_is_part_of_a_set_and_the_contract_allows_nothing() -> None:
    def failed(left: dict[str, int]) -> Script:
        script = Script().running()
        script.event("fault", kind="make-directory", target="bk")
        script.event("files", dir=".", files=BEFORE)
        held = script.enter("JetBackupInstance", **I1, path="bk", grbit=0)
        script.event("callback", id=held, snp=9, snt=5)
        script.call("JetStopBackupInstance", client="B", **I1)
        script.event("resume", id=held, err=0)
        script.back(held, -801)
        script.event("files", dir=".", files={**BEFORE, **left})
        return script

    assert broken(failed({"bk/test.edb": 0, "bk/test.pat": 0})) == []
    assert broken(failed({"bk/test.edb": 0}), "documented") == ["BI.nothing-new"]
    assert broken(failed({"bk/notes.txt": 3})) == ["BI.partial"]
    assert broken(failed({"bk/test.edb": 77})) == ["BI.partial"]
    assert broken(failed({"bk/test.pat": 77})) == ["BI.partial"]
    assert broken(failed({"bk/edb00000001.log": 4096})) == ["BI.partial"]


def test_a_failed_atomic_backup_keeps_the_earlier_set_under_one_of_two_names() -> None:
    def failed(now: str) -> Script:
        script = full({}, grbit=4)
        held = script.enter("JetBackupInstance", **I1, path="bk", grbit=4)
        script.event("callback", id=held, snp=9, snt=5)
        script.call("JetStopBackupInstance", client="B", **I1)
        script.event("resume", id=held, err=0)
        script.back(held, -801)
        kept = {name.replace("bk/new", now): size for name, size in ATOMIC.items()}
        script.event("files", dir=".", files={**DB, **kept})
        return script

    assert broken(failed("bk/new")) == []
    assert broken(failed("bk/old")) == []
    assert broken(failed("bk/temp")) == ["BI.atomic-keeps"]


def test_an_atomic_backup_that_fails_after_the_promotion_leaves_the_whole_set() -> None:
    """As par-0271 shows: JetEndExternalBackupInstance2 by another thread, at the last callback (source 2.7)."""

    def failed(left: dict[str, int]) -> Script:
        script = Script().running()
        script.event("fault", kind="make-directory", target="bk")
        script.event("files", dir=".", files=BEFORE)
        held = script.enter("JetBackupInstance", **I1, path="bk", grbit=4)
        script.event("callback", id=held, snp=9, snt=5)
        script.call("JetStopBackupInstance", client="B", **I1)
        script.event("resume", id=held, err=0)
        script.back(held, -801)
        script.event("files", dir=".", files={**DB, **left})
        return script

    assert broken(failed(ATOMIC)) == []
    assert broken(failed({name: size for name, size in ATOMIC.items() if name != "bk/new/test.edb"})) == [
        "BI.partial-atomic"
    ]


def test_a_null_path_writes_into_the_current_folder_which_the_pages_do_not_allow() -> None:
    script = Script().running()
    script.event("files", dir=".", files={**BEFORE, "cwd/": 0})
    backup(script, path=None)
    here = {name.replace("bk/", "cwd/"): size for name, size in SET.items()}
    script.event("files", dir=".", files={**DB, **here, "bk/": 0})
    assert broken(script) == []
    assert broken(script, "documented") == ["BI.null"]


@pytest.mark.parametrize(
    ("file", "marks", "clause"),
    [
        ("db/test.edb", {"fullPrev": [1, 1], "incPrev": [0, 0]}, None),
        ("db/test.edb", {"fullPrev": [0, 0], "incPrev": [0, 0]}, "BI.headers"),
        ("db/test.edb", {"fullPrev": [1, 2], "incPrev": [0, 0]}, "BI.headers"),
        ("bk/test.edb", {"fullCur": [1, 0], "fullPrev": [0, 0]}, None),
        ("bk/test.edb", {"fullCur": [0, 0], "fullPrev": [0, 0]}, "BI.copy-mark"),
    ],
)
def test_the_marks_in_the_headers(file: str, marks: dict[str, list[int]], clause: str | None) -> None:
    script = full({})
    script.call("JetTerm", **I1)
    script.event("header", file=file, err=0, state=2 if file.startswith("bk") else 3, required=[1, 1], bkinfo=marks)
    assert broken(script) == ([clause] if clause else [])


def test_somebody_elses_files_are_not_the_engines() -> None:
    script = full({})
    script.event("fault", kind="create-file", target="bk/readme.txt", size=5)
    script.event("fault", kind="truncate-file", target="db/edb00000001.log", size=7)
    script.call("JetBeginSession", **I1, session="s2")
    script.event("files", dir=".", files={**DB, **SET, "bk/readme.txt": 5, "db/edb00000001.log": 7})
    assert broken(script) == []


def test_while_a_call_is_in_flight_a_listing_proves_nothing() -> None:
    script = full({})
    script.event("fault", kind="make-directory", target="bk2")
    held = script.enter("JetBackupInstance", client="B", **I1, path="bk2", grbit=4)
    script.event("hold", id=held, point="copy test.edb")
    script.event("files", dir=".", files={**DB, **SET, "bk2/temp/": 0, "bk2/temp/test.edb": 5, "odd": 1})
    assert broken(script) == []


def test_a_created_database_has_whole_pages() -> None:
    script = Script()
    script.call("JetCreateInstance", **I1)
    script.call("JetInit", **I1)
    script.call("JetBeginSession", **I1, **S1)
    script.call("JetCreateDatabase", **S1, database="d1", path="db/test.edb")
    script.event("files", dir=".", files={**BEFORE, "db/test.edb": 10})
    assert broken(script)[0] == "CD.pages"


def restored(left: dict[str, int | None], err: int = 0) -> Script:
    """A restore over the log folder, after which some files are others."""
    script = full({})
    script.call("JetTerm", **I1)
    script.event("files", dir=".", files={**DB, **SET})
    script.call("JetCreateInstance", **I1)
    script.call("JetRestoreInstance", err, **I1, path="bk" if err == 0 else "nothing", destination=None)
    files: dict[str, Any] = {**DB, **SET, **left}
    script.event("files", dir=".", files={name: size for name, size in files.items() if size is not None})
    return script


@pytest.mark.parametrize(
    ("left", "err", "clause"),
    [
        ({}, 0, []),
        ({"db/test.edb": None}, 0, ["RI.databases"]),
        ({"db/test.edb": 5}, 0, ["RI.databases"]),
        ({"bk/test.edb": 8192}, 0, ["RI.set-kept"]),
        ({"bk/edb00000001.log": 0}, 0, ["RI.set-kept"]),
        ({"bk/edb00000001.log": None}, 0, []),  # a log out of range may be deleted there
        ({}, -1811, []),
        ({"db/test.edb": 8192}, -1811, ["RI.not-found"]),
    ],
)
def test_what_a_restore_leaves(left: dict[str, int | None], err: int, clause: list[str]) -> None:
    assert broken(restored(left, err)) == clause
