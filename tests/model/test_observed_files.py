"""The `ese` profile on what calls meet in files: situations of the observations, each with its one code.

Every case begins with a history of the ledger of files, told in a few words and copied from the observation that is named.
"""

import pytest
from jetconform.model import inspection
from jetconform.model.calls import Call, Finding
from jetconform.model.files import Files
from jetconform.model.guards.ese import ESE
from jetconform.model.state import Backed, Control
from jetconform.model.step import Stepper, run
from model_world import (
    ATOMIC_SET,
    BACKED_UP,
    CREATED,
    DETACHED,
    FOREIGN,
    FULL_SET,
    INCREMENTAL,
    INIT,
    MISSING,
    NULL,
    PATH,
    RESTORABLE,
    STOP,
    after,
    backup,
    call,
    codes,
    in_session,
    parameter,
    restore,
)

F = Finding
LOG, COPY = 131072, 1052672
DATABASES = ("db/test.edb",)


def logs(folder: str, *generations: int, size: int = LOG) -> dict[str, int]:
    return {f"{folder}/edb{generation:08X}.log": size for generation in generations}


def backed_up(*generations: int, folder: str = "bk", atomic: bool = False) -> Files:
    """A database was made in generation 1, then a full backup copied these generations; one more is current."""
    files = Files()
    files.initialized()
    files.created("db/test.edb")
    files.backed_up(folder, success=True, incremental=False, atomic=atomic)
    inside = f"{folder}/new" if atomic else folder
    live = {"db/": 0, "db/edb.log": LOG, "db/test.edb": 1048576, **logs("db", *generations)}
    files.list(".", {**live, f"{inside}/test.edb": COPY, f"{inside}/test.pat": 0, **logs(inside, *generations)})
    return files


def fault(files: Files, kind: str, target: str, *, offset: int | None = None, size: int | None = None) -> None:
    files.fault(kind, target, offset=offset, length=4 if kind == "flip-byte" else None, size=size)


def shut_down(files: Files, *, dirty: bool = False) -> Files:
    files.terminated(dirty=dirty, logged=True)
    return files


def meets(files: Files, path: str = "bk") -> frozenset[Finding]:
    return inspection.restore(files, path, DATABASES) - {F.LOGS}


# -- restores ------------------------------------------------------------------------------------------------------------


def test_a_whole_set_over_the_logs_that_follow_it() -> None:
    assert meets(shut_down(backed_up(1, 2))) == frozenset()


def test_nothing_is_known_before_the_first_listing() -> None:
    assert inspection.restore(Files(), "bk", ()) == inspection.init(Files()) == frozenset()


@pytest.mark.parametrize(
    ("kind", "target", "offset", "size", "found"),
    [
        ("delete-file", "bk/edb00000002.log", None, None, {F.LOG_MISSING}),  # rst-0023
        ("truncate-file", "bk/edb00000001.log", None, 65536, {F.LOG_SHORT}),  # rst-0036
        ("truncate-file", "bk/edb00000002.log", None, 0, {F.LOG_EMPTY}),
        ("flip-byte", "bk/edb00000002.log", 100, None, {F.LOG_HEADER_DAMAGED}),
        ("flip-byte", "bk/edb00000002.log", 86693, None, {F.LOG_DAMAGED}),  # rst-0169
        ("delete-file", "bk/test.pat", None, None, {F.NO_PATCH_FILE}),  # rst-0122
        ("truncate-file", "bk/test.edb", None, 524288, {F.COPY_CUT}),  # rst-0236
        ("truncate-file", "bk/test.edb", None, 0, {F.COPY_HEADER_DAMAGED}),
        ("flip-byte", "bk/test.edb", 612726, None, set()),  # rst-0045: rebuilt by replay
        ("flip-byte", "bk/test.edb", 100, None, set()),  # one of the two header pages
        ("truncate-file", "db/edb00000001.log", None, 65536, {F.CURRENT_LOG_SHORT}),  # rst-0151
        ("truncate-file", "db/edb.log", None, 65536, {F.CURRENT_LOG_SHORT}),  # rst-0022
        ("delete-file", "db/edb00000002.log", None, None, {F.CURRENT_LOG_APART}),  # rst-0106
        ("delete-file", "db/edb00000001.log", None, None, set()),
        ("flip-byte", "db/edb.log", 63790, None, {F.CURRENT_LOG_DAMAGED}),
        ("flip-byte", "db/edb00000001.log", 47467, None, set()),  # the set has that log
    ],
)
def test_one_thing_done_to_a_set_of_three_logs(
    kind: str, target: str, offset: int | None, size: int | None, found: set[Finding]
) -> None:
    files = shut_down(backed_up(1, 2, 3))
    fault(files, kind, target, offset=offset, size=size)
    assert meets(files) == found


def test_the_set_is_read_before_the_log_folder_and_its_logs_in_their_order() -> None:
    files = shut_down(backed_up(1, 2, 3, 4))
    fault(files, "truncate-file", "db/edb.log", size=65536)
    fault(files, "truncate-file", "bk/edb00000004.log", size=65536)
    fault(files, "delete-file", "bk/edb00000002.log")  # rst-0043, rst-0137
    assert meets(files) == {F.LOG_MISSING}
    fault(files, "truncate-file", "bk/edb00000001.log", size=65536)
    assert meets(files) == {F.LOG_SHORT}


def test_a_gap_in_the_log_folder_above_the_set_is_another_matter() -> None:
    """rst-0164: the set ends with generation 1, in the log folder 2 is missing."""
    files = shut_down(backed_up(1, 2, 3))
    for path in ("bk/edb00000002.log", "bk/edb00000003.log", "db/edb00000002.log"):
        fault(files, "delete-file", path)
    assert meets(files) == {F.CURRENT_LOG_MISSING}


def test_a_log_folder_that_begins_too_late() -> None:
    """seq-0281: the set holds generation 1, the log folder 3 and later."""
    files = backed_up(1)
    files.list("db", {"edb.log": LOG, "edb00000003.log": LOG, "edb00000004.log": LOG, "test.edb": 1048576})
    assert meets(files) == {F.CURRENT_LOG_APART}


def test_logs_of_another_sequence_in_the_log_folder() -> None:
    """seq-0092: the log folder was emptied, and an instance began anew."""
    files = shut_down(backed_up(1, 2))
    fault(files, "empty-directory", "db")
    files.initialized()
    assert meets(shut_down(files)) == {F.CURRENT_LOG_SIGNATURE}


@pytest.mark.parametrize(
    ("gone", "found"),
    [
        ("bk/edb00000001.log", {F.FIRST_LOG_MISSING}),  # rst-0053
        ("bk/edb00000003.log", {F.LAST_LOG_MISSING}),  # rst-0028
        ("bk/test.edb", {F.NO_COPY, F.DATABASE_MISSING}),  # README: database missing
    ],
)
def test_a_set_alone_needs_all_of_its_logs_and_databases(gone: str, found: set[Finding]) -> None:
    files = shut_down(backed_up(1, 2, 3))
    fault(files, "delete-file", gone)
    fault(files, "empty-directory", "db")
    assert meets(files) == found


def test_what_the_log_folder_has_a_set_need_not_have() -> None:
    """README: the database missing and the original still in place: 0; the last log is in the log folder too."""
    files = shut_down(backed_up(1, 2, 3))
    fault(files, "delete-file", "bk/edb00000003.log")
    fault(files, "delete-file", "bk/test.edb")
    assert meets(files) == {F.NO_COPY}


def test_an_atomic_set_is_found_from_the_folder_above() -> None:
    files = shut_down(backed_up(1, 2, atomic=True))
    assert meets(files, "bk") == meets(files, "bk/new") == frozenset()
    assert meets(files, "bk/old") == {F.NO_LOGS}
    fault(files, "flip-byte", "bk/new/edb00000001.log", offset=66514)  # rst-0092
    assert meets(files, "bk") == {F.LOG_DAMAGED}


def test_an_earlier_set_keeps_its_damage_when_it_is_renamed() -> None:
    files = backed_up(1, 2, atomic=True)
    fault(files, "flip-byte", "bk/new/edb00000001.log", offset=66514)
    renamed = {path.replace("bk/new/", "bk/old/"): size for path, size in files.sizes.items()}
    files.list(".", renamed)
    assert meets(files, "bk") == {F.LOG_DAMAGED}


def test_an_empty_path_reads_the_current_folder() -> None:
    """seq-0008: nothing there; seq-0553: a set is there, made with a null path."""
    assert meets(shut_down(backed_up(1)), "") == {F.NO_LOGS}
    files = shut_down(backed_up(1, folder="cwd"))
    assert inspection.restore(files, "", DATABASES) == {F.LOGS}


def test_an_instance_of_its_own_does_not_look_at_the_log_folder() -> None:
    files = shut_down(backed_up(1, 2))
    fault(files, "truncate-file", "db/edb.log", size=65536)
    assert inspection.restore(files, "bk", DATABASES, own=True) == {F.LOGS}


def test_a_folder_that_a_backup_wrote_is_known_again_after_the_next_listing() -> None:
    files = backed_up(1)
    files.backed_up("bk", success=True, incremental=True, atomic=False)
    fault(files, "delete-file", "bk/edb00000001.log")
    assert inspection.restore(files, "bk", DATABASES) == frozenset()


def test_a_shortened_log_is_copied_short() -> None:
    """README: a log shortened gives 0 from the backup; the set that it made has the short log."""
    files = backed_up(1, 2)
    fault(files, "truncate-file", "db/edb00000001.log", size=65536)
    assert inspection.backup(files, "bk2", incremental=False) == frozenset()
    files.backed_up("bk2", success=True, incremental=False, atomic=False)
    files.list("bk2", {"edb00000001.log": 65536, "edb00000002.log": LOG, "test.edb": COPY, "test.pat": 0})
    assert F.LOG_SHORT in inspection.restore(files, "bk2", DATABASES)


# fmt: off
RESTORES: list[tuple[str, Call, set[Finding], int]] = [
    ("middle log missing", restore(), {F.LOGS, F.LOG_MISSING}, -1811),
    ("all logs gone", restore(ATOMIC_SET), {F.NO_LOGS}, -1811),
    ("a log shortened", restore(), {F.LOGS, F.LOG_SHORT}, -541),
    ("header flipped", restore(), {F.LOGS, F.LOG_HEADER_DAMAGED}, -501),
    ("log body flipped", restore(), {F.LOGS, F.LOG_DAMAGED}, -573),
    ("gap above the set", restore(), {F.LOGS, F.CURRENT_LOG_MISSING}, -565),
    ("unrelated logs", restore(), {F.LOGS, F.CURRENT_LOG_SIGNATURE}, -610),
    ("not contiguous", restore(), {F.LOGS, F.CURRENT_LOG_APART}, -611),
    ("an incremental's directory alone", restore(FOREIGN), {F.LOGS, F.NO_PATCH_FILE}, -538),
    ("the same, destination missing", restore(FOREIGN, MISSING), {F.LOGS, F.NO_PATCH_FILE}, -538),
    ("trailer page cut", restore(), {F.LOGS, F.COPY_CUT}, -535),
    ("trailer page cut and a log flipped", restore(), {F.LOGS, F.COPY_CUT, F.LOG_DAMAGED}, -535),
    ("trailer page cut, destination missing", restore(FULL_SET, MISSING), {F.LOGS, F.COPY_CUT}, -1023),
    ("database empty", restore(), {F.LOGS, F.COPY_HEADER_DAMAGED}, -1206),
    ("database missing", restore(), {F.LOGS, F.NO_COPY, F.DATABASE_MISSING}, -1216),
    ("database missing and a log flipped", restore(), {F.LOGS, F.LOG_DAMAGED, F.DATABASE_MISSING}, -573),
    ("database missing, destination too", restore(FULL_SET, MISSING), {F.LOGS, F.NO_COPY, F.DATABASE_MISSING}, -1216),
    ("first log missing", restore(), {F.LOGS, F.FIRST_LOG_MISSING}, -543),
    ("last log missing", restore(), {F.LOGS, F.LAST_LOG_MISSING}, -543),
]
# fmt: on


@pytest.mark.parametrize(("source", "made", "found", "expected"), RESTORES, ids=[c[0] for c in RESTORES])
def test_a_restore_that_meets_it(source: str, made: Call, found: set[Finding], expected: int) -> None:
    assert codes(ESE, RESTORABLE, made._replace(found=frozenset(found))) == {expected}, source


# -- what a restore leaves behind ----------------------------------------------------------------------------------------


def test_a_restored_database_has_the_mark_of_its_copy() -> None:
    """rst-0009: restored in place, an incremental gives -560; rst-0059: restored elsewhere, it gives 0."""
    first = restore()._replace(contents=DATABASES)
    assert marks(after(ESE, RESTORABLE, first)) == {"db/test.edb": Backed.NO}
    later = first._replace(marked=DATABASES)
    assert marks(after(ESE, RESTORABLE, later)) == {"db/test.edb": Backed.YES}
    elsewhere = marks(after(ESE, RESTORABLE, first._replace(path="rst")))
    assert elsewhere == {"db/test.edb": Backed.YES, "rst/test.edb": Backed.NO}


def marks(control: Control) -> dict[str, Backed]:
    return {one.path: one.backed_up for one in control.databases}


def test_stopping_kills_until_a_restore_was_tried() -> None:
    """seq-0835, seq-0552: 0 after restores that failed; and the instance stays stopped."""
    assert codes(ESE, CREATED, STOP) == {None}
    (tried,) = {state for state, _ in run(Stepper(ESE), CREATED, restore(MISSING))}
    assert codes(ESE, tried, STOP) == {0}
    begin = call("JetBeginSession")._replace(session="s1")
    assert codes(ESE, after(ESE, tried, STOP, INIT), begin) == {-1329}


@pytest.mark.parametrize(("dirty", "over"), [(False, set()), (True, {F.BACKUP_COPY})])
def test_a_copy_left_in_place_of_a_database(dirty: bool, over: set[Finding]) -> None:
    """rst-0087: JetInit 0 after a clean shutdown, the attach -544; rst-0073: after a dirty one JetInit -544."""
    files = shut_down(backed_up(1, 2), dirty=dirty)
    files.broken_off("bk", ["db/test.edb"], at_the_end=False)
    assert inspection.init(files) == over
    assert inspection.attach(files, "db/test.edb") == {F.BACKUP_COPY}


def test_a_copy_left_elsewhere_hinders_no_recovery() -> None:
    """rst-0169: -573 with a destination; JetInit 0, the original attaches."""
    files = shut_down(backed_up(1, 2), dirty=True)
    files.broken_off("bk", ["rst/test.edb"], at_the_end=False)
    assert inspection.init(files) == frozenset()
    files.initialized()
    assert inspection.attach(files, "db/test.edb") == frozenset()
    assert inspection.attach(files, "rst/test.edb") == {F.BACKUP_COPY}


def test_a_database_left_dirty_is_stranded_by_a_restore_elsewhere() -> None:
    """rst-0035: JetTerm2(8), a restore to another folder, JetInit 0, the attach -550."""
    files = shut_down(backed_up(1, 2), dirty=True)
    files.restored("bk", {"test.edb": "rst/test.edb"})
    assert inspection.init(files) == frozenset()
    files.initialized()
    assert inspection.attach(files, "db/test.edb") == {F.DIRTY}


def test_what_a_restore_leaves_that_missed_a_database_cannot_be_initialised() -> None:
    """rst-0019, rst-0113: -1216, then JetInit -543."""
    files = shut_down(backed_up(1, 2))
    fault(files, "empty-directory", "db")
    files.broken_off("bk", ["db/test.edb"], at_the_end=True)
    assert inspection.init(files) == {F.LOGS_MISSING}
    fault(files, "delete-file", "bk/test.pat")
    files.list("bk", {"edb00000001.log": LOG, "edb00000002.log": LOG, "test.edb": COPY, "other.pat": 0})
    files.list("db", {"edb.log": LOG, "test.edb": COPY})
    assert meets(files) == {F.NO_COPY, F.DATABASE_MISSING}


def test_the_logs_since_the_backup_that_a_restored_header_tells_of() -> None:
    """source 2.4, 2.9: the copy of a second full backup has the mark of the first, whose next logs are gone."""
    files = backed_up(1, 2)
    files.backed_up("bk2", success=True, incremental=False, atomic=False)
    files.list(
        "db", {"edb.log": LOG, **{name[3:]: size for name, size in logs("db", 3, 4, 5).items()}, "test.edb": 1048576}
    )
    files.list(
        "bk2", {**{name[4:]: size for name, size in logs("bk2", 3, 4, 5).items()}, "test.edb": COPY, "test.pat": 0}
    )
    shut_down(files)
    fault(files, "empty-directory", "db")
    files.restored("bk2", {"test.edb": "db/test.edb"})
    files.initialized()
    files.attach("db/test.edb")
    files.list("db", {"edb.log": LOG, "test.edb": 1048576})
    assert inspection.backup(files, "bk3", incremental=True) == {F.LOG_MISSING}


# -- JetInit -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "target", "clean", "dirty"),
    [
        ("truncate-file", "db/edb.log", {F.LOG_SHORT}, {F.LOG_SHORT}),  # rst-0022, rst-0046
        ("flip-byte", "db/edb.log", {F.LOG_DAMAGED}, {F.LOG_DAMAGED}),  # rst-0213
        ("truncate-file", "db/edb00000002.log", set(), {F.LOG_SHORT}),  # rst-0083, rst-0112
        ("flip-byte", "db/edb00000002.log", set(), {F.LOG_DAMAGED}),  # seq-0160
        ("delete-file", "db/edb00000002.log", set(), {F.LOG_MISSING}),  # rst-0106, rst-0018
        ("delete-file", "db/edb00000001.log", set(), {F.FIRST_LOG_MISSING}),
        ("delete-file", "db/edb.log", {F.CURRENT_LOG_MISSING}, {F.CURRENT_LOG_MISSING}),
        ("flip-byte", "db/test.edb", set(), {F.DATABASE_DAMAGED}),
        ("delete-file", "db/test.edb", set(), set()),  # rst-0160: made since the checkpoint, so made anew
    ],
)
def test_jet_init_reads_the_current_log_and_when_left_dirty_those_since_the_checkpoint(
    kind: str, target: str, clean: set[Finding], dirty: set[Finding]
) -> None:
    for left_dirty, found in ((False, clean), (True, dirty)):
        files = shut_down(backed_up(1, 2, 3), dirty=left_dirty)
        fault(files, kind, target, offset=63790, size=65536)
        assert inspection.init(files) == found


def test_a_database_that_was_only_attached_is_missed_by_recovery() -> None:
    files = shut_down(backed_up(1, 2))
    files.initialized()
    files.attach("db/test.edb")
    shut_down(files, dirty=True)
    fault(files, "delete-file", "db/test.edb")
    assert inspection.init(files) == {F.DATABASE_MISSING}


@pytest.mark.parametrize(
    ("finding", "expected"),
    [
        (F.LOG_SHORT, {-541}), (F.LOG_DAMAGED, {-501}), (F.LOG_PERHAPS_DAMAGED, {-501, 0}), (F.LOG_MISSING, {-515}),
        (F.LOG_PERHAPS_MISSING, {-515, 0}), (F.BACKUP_COPY, {-544}), (F.LOGS_MISSING, {-543}), (F.DATABASE_MISSING, {-1216}),
        (F.FIRST_LOG_MISSING, {-543, -528, -509}), (F.CURRENT_LOG_MISSING, {-528, -543, 0}),
        (F.DATABASE_DAMAGED, {-1018, 0}),
    ],
)  # fmt: skip
def test_jet_init_that_meets_it(finding: Finding, expected: set[int]) -> None:
    made = INIT._replace(found=frozenset({finding}))
    assert codes(ESE, CREATED, made) == expected
    assert codes(ESE, after(ESE, CREATED, parameter("recovery", "off")), made) == {0}


def test_an_attach_that_meets_it() -> None:
    attach = in_session("JetAttachDatabase", PATH)
    assert codes(ESE, DETACHED, attach._replace(found=frozenset({F.BACKUP_COPY}))) == {-544}
    assert codes(ESE, DETACHED, attach._replace(found=frozenset({F.DIRTY}))) == {-550}


# -- backups -------------------------------------------------------------------------------------------------------------


def test_a_full_backup_reads_from_the_checkpoint_an_incremental_all_that_is_there() -> None:
    files = shut_down(backed_up(1, 2, 3))
    files.initialized()  # the checkpoint is in generation 4 now
    files.attach("db/test.edb")
    fault(files, "flip-byte", "db/edb00000002.log", offset=82579)
    assert inspection.backup(files, "bk2", incremental=False) == frozenset()
    assert inspection.backup(files, "bk2", incremental=True) == {F.LOG_DAMAGED}


def test_a_generation_that_a_fault_removed_is_missed_and_one_that_the_engine_deleted_is_not() -> None:
    """seq-0504: -569; seq-0387: the engine deletes only below the checkpoint."""
    files = backed_up(1, 2)
    fault(files, "delete-file", "db/edb00000001.log")
    assert inspection.backup(files, "bk2", incremental=False) == {F.LOG_MISSING}
    truncated = backed_up(1, 2)
    truncated.list("db", {"edb.log": LOG, "edb00000002.log": LOG, "test.edb": 1048576})
    assert inspection.backup(truncated, "bk2", incremental=False) == frozenset()


def test_logs_are_copied_in_their_order_and_the_first_that_cannot_be_decides() -> None:
    files = backed_up(1, 2, 3)
    fault(files, "delete-file", "db/edb00000003.log")
    fault(files, "flip-byte", "db/edb00000002.log", offset=60413)
    assert inspection.backup(files, "bk2", incremental=False) == {F.LOG_DAMAGED}
    fault(files, "delete-file", "db/edb00000001.log")
    assert inspection.backup(files, "bk2", incremental=False) == {F.LOG_MISSING}


def test_with_nothing_attached_the_checkpoint_may_have_moved() -> None:
    """seq-0562: -612, seq-0811: -569 from a backup after others that had no database to copy; 0 is seen as often."""
    files = backed_up(1)
    files.detach("db/test.edb")
    files.backed_up("bk2", success=True, incremental=False, atomic=False)
    files.list(".", {**files.sizes, **logs("db", 2)})
    fault(files, "flip-byte", "db/edb00000001.log", offset=60413)
    assert inspection.backup(files, "bk3", incremental=False) == {F.LOG_PERHAPS_DAMAGED}
    fault(files, "delete-file", "db/edb00000001.log")
    assert inspection.backup(files, "bk3", incremental=False) == {F.LOG_PERHAPS_MISSING}


def test_a_log_that_no_listing_showed_was_there_all_the_same() -> None:
    files = backed_up(1)
    fault(files, "delete-file", "db/edb00000004.log")
    assert inspection.backup(files, "bk2", incremental=False) == {F.LOG_MISSING}


def test_logs_since_the_last_backup_are_missed_of_attached_databases_alone() -> None:
    """source 2.4; seq-0809: with nothing attached there is no last backup to follow."""
    files = backed_up(1, 2)
    files.list("db", {"edb.log": LOG, "edb00000005.log": LOG, "test.edb": 1048576})
    assert inspection.backup(files, "bk2", incremental=True) == {F.LOG_MISSING}
    files.detach("db/test.edb")
    assert inspection.backup(files, "bk2", incremental=True) == frozenset()


@pytest.mark.parametrize(
    ("made", "finding", "expected"),
    [
        (backup(), F.LOG_MISSING, {-569}),
        (backup(), F.LOG_DAMAGED, {-612}),
        (backup(), F.LOG_PERHAPS_MISSING, {-569, 0}),
        (backup(), F.LOG_PERHAPS_DAMAGED, {-612, 0}),
        (backup(grbit=INCREMENTAL), F.LOG_FOLDER, {-1032}),  # seq-0013
        (backup(MISSING, INCREMENTAL), F.LOG_DAMAGED, {-1023}),  # seq-0789
        (backup(ATOMIC_SET, 4), F.NESTED, {-524}),  # seq-0247
        (backup(ATOMIC_SET, 0), F.NESTED, {-504}),
        (backup(), F.TEMP_NESTED, {-524}),
        (backup(grbit=4), F.TEMP_FILE, {-525}),
        (backup(NULL), F.CURRENT_FOLDER_USED, {-504}),  # seq-0232
        (backup(NULL, INCREMENTAL), F.CURRENT_FOLDER_USED, {0}),
        (backup(NULL, INCREMENTAL), F.CURRENT_FOLDER_ATOMIC, {-504}),
        (backup(NULL, 4), F.CURRENT_FOLDER_ATOMIC, {0}),
    ],
)
def test_a_backup_that_meets_it(made: Call, finding: Finding, expected: set[int]) -> None:
    assert codes(ESE, BACKED_UP, made._replace(found=frozenset({finding}))) == expected


@pytest.mark.parametrize(
    ("listing", "path", "found"),
    [
        ({"bk/new/": 0, "bk/new/new/": 0}, "bk", {F.NESTED}),
        ({"bk/temp/": 0, "bk/temp/inner/": 0}, "bk", {F.TEMP_NESTED}),
        ({"bk/temp": 5}, "bk", {F.TEMP_FILE}),
        ({"bk/temp/": 0, "bk/readme.txt": 100}, "bk", set()),
        ({"cwd/": 0}, None, set()),
        ({"cwd/temp/": 0}, "", set()),
        ({"cwd/edb00000001.log": LOG}, None, {F.CURRENT_FOLDER_USED}),
        ({"cwd/new/": 0}, "", {F.CURRENT_FOLDER_USED, F.CURRENT_FOLDER_ATOMIC}),
        ({}, "db", {F.LOG_FOLDER}),
    ],
)
def test_what_a_backup_meets_in_its_folder(listing: dict[str, int], path: str | None, found: set[Finding]) -> None:
    files = Files()
    files.list(".", listing)
    assert inspection.backup(files, path, incremental=False) == found


# -- the one-instance mode -----------------------------------------------------------------------------------------------


def test_in_the_one_instance_mode_the_logs_are_in_the_current_folder() -> None:
    files = Files()
    files.move_logs("cwd")
    files.initialized()
    files.list(".", {"cwd/": 0, "bk/": 0})
    assert (
        inspection.backup(files, None, incremental=True)
        == inspection.backup(files, "cwd", incremental=True)
        == {F.LOG_FOLDER}
    )
    assert inspection.backup(files, "db", incremental=True) == frozenset()
