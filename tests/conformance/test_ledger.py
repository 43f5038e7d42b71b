"""The ledger: from paths to what is there, with every possibility where what was seen leaves several."""

from pathlib import PurePosixPath

import pytest
from jetconform.model.calls import Call, Instance, Place
from jetconform.model.ledger import ANYTHING, Ledger

FULL = Call("JetBackupInstance", Instance.NAMED, Place.EMPTY, 0)
INCREMENTAL = FULL._replace(grbit=1)
ATOMIC = FULL._replace(grbit=4)
ATOMIC_INCREMENTAL = FULL._replace(grbit=5)
Places = frozenset[Place]


def only(*places: Place) -> Places:
    return frozenset(places)


@pytest.fixture
def ledger() -> Ledger:
    made = Ledger()
    made.fault("make-directory", "empty")
    made.fault("create-file", "file")
    made.fault("create-file", "foreign/readme.txt")
    made.put("full", Place.FULL_SET)
    made.put("atomic", Place.ATOMIC_SET)
    return made


def test_a_null_path_and_the_empty_one_are_places_of_their_own(ledger: Ledger) -> None:
    assert ledger.at(None) == only(Place.NULL)
    assert ledger.at("") == only(Place.BLANK)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("nothing", Place.MISSING),
        ("nothing/below", Place.MISSING),
        ("empty", Place.EMPTY),
        ("empty/below", Place.MISSING),
        ("file", Place.FILE),
        ("foreign", Place.FOREIGN),
        ("foreign/readme.txt", Place.FILE),
        ("full", Place.FULL_SET),
        ("atomic", Place.ATOMIC_SET),
        ("atomic/new", Place.FULL_SET),
        ("atomic/other", Place.MISSING),
    ],
)
def test_what_is_known_of_a_path(path: str, place: Place, ledger: Ledger) -> None:
    assert ledger.at(path) == only(place)


@pytest.mark.parametrize("path", ["empty/", "./empty", "empty/.", ".//empty"])
def test_one_path_has_many_spellings(path: str, ledger: Ledger) -> None:
    assert ledger.at(path) == only(Place.EMPTY)
    ledger.put(path, Place.FULL_SET)
    assert ledger.at("empty") == only(Place.FULL_SET)


@pytest.mark.parametrize("path", ["/", "/etc", "/empty", "..", "../empty", "empty/../file", "empty/.."])
def test_of_a_path_that_leads_out_of_the_root_nothing_is_known(path: str, ledger: Ledger) -> None:
    assert ledger.at(path) == ANYTHING


@pytest.mark.parametrize("path", ["full/edb.log", "foreign/unseen", "file/below", "full/new"])
def test_of_what_lies_in_a_folder_with_unknown_content_nothing_is_known(path: str, ledger: Ledger) -> None:
    assert ledger.at(path) == ANYTHING


def test_anything_is_every_place_but_those_that_are_no_paths() -> None:
    assert only(Place.NULL, Place.BLANK) == frozenset(Place) - ANYTHING


@pytest.mark.parametrize("path", ["a\0b", "x" * 5000, "a" + "/b" * 500, "\ud800", "con", "a\\b", " ", "\n", "."])
def test_hostile_paths_are_places_too(path: str, ledger: Ledger) -> None:
    assert ledger.at(path) <= ANYTHING
    ledger.put(path, Place.FILE)
    assert ledger.at(path) == only(Place.FILE)


def test_folders_above_a_new_thing_are_there_and_not_empty() -> None:
    ledger = Ledger()
    ledger.fault("create-file", "a/b/c")
    assert [ledger.at(path) for path in ("a", "a/b", "a/b/c")] == [
        only(Place.FOREIGN),
        only(Place.FOREIGN),
        only(Place.FILE),
    ]


def test_a_set_stays_a_set_when_a_folder_is_made_beside_it(ledger: Ledger) -> None:
    ledger.fault("make-directory", "full/inside")
    assert ledger.at("full") == only(Place.FULL_SET)


def test_an_emptied_folder_is_empty(ledger: Ledger) -> None:
    ledger.fault("empty-directory", "full")
    assert ledger.at("full") == only(Place.EMPTY)


@pytest.mark.parametrize("kind", ["delete-file", "truncate-file", "flip-byte"])
def test_after_a_file_was_harmed_anything_may_be_in_the_folders_above(kind: str, ledger: Ledger) -> None:
    ledger.fault(kind, "foreign/readme.txt")
    ledger.fault(kind, "full/edb.log")
    assert ledger.at("foreign") == ledger.at("full") == ANYTHING
    assert ledger.at("empty") == only(Place.EMPTY)


def test_a_fault_that_is_not_of_files_changes_nothing(ledger: Ledger) -> None:
    before = dict(ledger.places)
    ledger.fault("damage-page", "full")
    ledger.fault("crash", "")
    assert ledger.places == before


# -- backups -----------------------------------------------------------------------------------------------------------


def backed_up(ledger: Ledger, path: str | None, call: Call, *, success: bool = True, clean: bool = True) -> Places:
    before = ledger.at(path)
    ledger.backup_started(path, call)
    ledger.backup_ended(path, call, before, success=success, clean=clean)
    return ledger.at(path)


@pytest.mark.parametrize(
    ("path", "call", "after"),
    [
        ("nothing", FULL, only(Place.FULL_SET)),
        ("empty", FULL, only(Place.FULL_SET)),
        ("empty", ATOMIC, only(Place.ATOMIC_SET)),
        ("full", FULL, only(Place.FULL_SET)),
        ("atomic", ATOMIC, only(Place.ATOMIC_SET)),
        ("full", INCREMENTAL, only(Place.FULL_SET)),
        ("atomic", ATOMIC_INCREMENTAL, only(Place.ATOMIC_SET)),
        ("empty", INCREMENTAL, only(Place.FOREIGN)),  # logs alone restore nothing
        ("foreign", INCREMENTAL, only(Place.FOREIGN)),
        ("full", ATOMIC, only(Place.FOREIGN, Place.FULL_SET, Place.ATOMIC_SET)),
        ("atomic", FULL, only(Place.FOREIGN, Place.FULL_SET, Place.ATOMIC_SET)),
        ("foreign", FULL, only(Place.FOREIGN, Place.FULL_SET, Place.ATOMIC_SET)),
    ],
)
def test_what_a_backup_that_succeeded_leaves(path: str, call: Call, after: Places, ledger: Ledger) -> None:
    assert backed_up(ledger, path, call) == after


@pytest.mark.parametrize("path", ["nothing", "empty", "file", "foreign", "full", "atomic", "full/below"])
def test_a_backup_that_failed_leaves_nothing_new(path: str, ledger: Ledger) -> None:
    before = ledger.at(path)
    assert backed_up(ledger, path, FULL, success=False) == before


@pytest.mark.parametrize(
    ("path", "after"),
    [
        ("nothing", only(Place.MISSING, Place.FOREIGN)),
        ("empty", only(Place.EMPTY, Place.FOREIGN)),
        ("full", only(Place.FULL_SET)),
        ("file", only(Place.FILE)),
    ],
)
def test_where_failed_backups_leave_files_behind_they_may_be_there(path: str, after: Places, ledger: Ledger) -> None:
    assert backed_up(ledger, path, FULL, success=False, clean=False) == after


def test_while_a_backup_runs_its_folder_is_what_it_was_or_what_it_will_be(ledger: Ledger) -> None:
    ledger.backup_started("empty", FULL)
    assert ledger.at("empty") == only(Place.EMPTY, Place.FULL_SET)


@pytest.mark.parametrize("path", [None, ""])
def test_a_backup_without_a_path_leaves_no_set(path: str | None, ledger: Ledger) -> None:
    before = dict(ledger.places)
    backed_up(ledger, path, FULL)
    backed_up(ledger, path, FULL, success=False, clean=False)
    assert ledger.places == before


def test_a_folder_in_which_a_set_may_have_begun_may_hold_its_new_half(ledger: Ledger) -> None:
    ledger.backup_started("empty", ATOMIC)
    assert ledger.at("empty") == only(Place.EMPTY, Place.ATOMIC_SET)
    assert ledger.at("empty/new") == only(Place.MISSING, Place.FULL_SET)
    assert ledger.at(str(PurePosixPath("empty/other"))) == ANYTHING


# -- the databases of a set ----------------------------------------------------------------------------------------------


def test_a_set_holds_the_databases_of_its_last_backup() -> None:
    ledger = Ledger()
    ledger.remember_set("bk", FULL, ("a",), ())
    ledger.remember_set("bk", FULL, ("a", "b"), ())
    assert ledger.contents == {"bk": ("a", "b")}
    ledger.remember_set("bk", FULL, ("b",), ())
    assert ledger.contents == {"bk": ("b",)}


def test_a_copy_has_the_marks_that_its_database_had_before_that_backup() -> None:
    ledger = Ledger()
    ledger.remember_set("bk", FULL, ("a", "b"), ())
    assert ledger.marked == {"bk": ()}
    ledger.remember_set("bk2", ATOMIC, ("a", "b"), ("a",))
    ledger.remember_set("bk2/new", INCREMENTAL, ("a", "b"), ("a", "b"))
    assert ledger.marked == {"bk": (), "bk2": ("a",), "bk2/new": ("a",)}


def test_an_incremental_backup_adds_databases_and_takes_none_away() -> None:
    ledger = Ledger()
    ledger.remember_set("bk", FULL, ("a",), ())
    ledger.remember_set("bk", INCREMENTAL, ("b", "a"), ())
    assert ledger.contents == {"bk": ("a", "b")}


def test_an_atomic_set_is_in_its_folder_too_until_that_is_emptied() -> None:
    ledger = Ledger()
    ledger.remember_set("bk", ATOMIC, ("a",), ())
    ledger.remember_set("bk2", FULL, ("a",), ())
    assert ledger.contents == {"bk": ("a",), "bk/new": ("a",), "bk2": ("a",)}
    ledger.fault("empty-directory", "bk")
    assert ledger.contents == {"bk2": ("a",)}


# -- listings ------------------------------------------------------------------------------------------------------------


LISTING = {
    "bk1/": 0, "bk1/edb00000001.log": 131072, "bk1/test.edb": 1052672, "bk1/test.pat": 0, "bk2/new/": 0,
    "bk2/new/edb00000001.log": 131072, "bk2/new/test.pat": 0, "bk3/temp/left.log": 1, "bk4/edb00000001.log": 131072,
    "cwd/": 0, "afile": 1,
}  # fmt: skip


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("bk1", Place.FULL_SET), ("bk2", Place.ATOMIC_SET), ("bk2/new", Place.FULL_SET), ("bk3", Place.EMPTY),
        ("bk4", Place.FOREIGN), ("cwd", Place.EMPTY), ("afile", Place.FILE), ("bk1/new", Place.MISSING), ("none", Place.MISSING),
    ],
)  # fmt: skip
def test_after_a_listing_every_path_is_known(path: str, place: Place) -> None:
    ledger = Ledger()
    ledger.put("none", Place.FOREIGN)
    ledger.listed(".", LISTING)
    assert ledger.at(path) == only(place)


def test_a_fault_after_a_listing_leaves_the_folders_known() -> None:
    ledger = Ledger()
    ledger.listed(".", LISTING)
    ledger.fault("delete-file", "bk1/test.pat")
    assert ledger.at("bk1") == only(Place.FOREIGN)
    ledger.fault("flip-byte", "bk2/new/edb00000001.log", offset=9, length=4)
    assert ledger.at("bk2/new") == only(Place.FULL_SET)


def test_a_listing_of_one_folder_says_nothing_of_the_others() -> None:
    ledger = Ledger()
    ledger.listed(".", LISTING)
    ledger.listed("bk1", {"readme.txt": 100})
    assert ledger.at("bk1") == only(Place.FOREIGN)
    assert ledger.at("bk4") == only(Place.FOREIGN)
    assert ledger.at("bk1/test.edb") == only(Place.MISSING)
