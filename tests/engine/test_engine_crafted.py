"""Files crafted to deceive: every checksum is right, and what they say would lead elsewhere, or cost without end."""

import os
import struct
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from engine_world import Running, World
from hostile_files import change_attachments, change_header, change_log, change_page
from jetconform.engine import Engine, Files
from jetconform.engine import tree as trees
from jetconform.engine.failure import JetFailure
from jetconform.engine.logfile import HEADER_SIZE, LogHeader
from jetconform.engine.logreader import verify_log
from jetconform.engine.pages import ENTRY, Page, PageKind
from jetconform.engine.records import Attachment, Create, Detach, Record, encode_segment, position
from jetconform.model.vocabulary import BackupGrbit

NAMES = (
    "../../stolen.edb",
    "/tmp/stolen.edb",
    "..",
    ".",
    "",
    "a\0b",
    "a\nb",
    "x" * 300,
    "C:\\stolen.edb",
    "db\\..\\..\\stolen.edb",
)
IDS = ("up", "absolute", "parent", "here", "empty", "nul", "line", "long", "drive", "backslashes")


def outside(root: Path) -> list[str]:
    """What lies beside the folder that the engine was given."""
    return sorted(path.name for path in root.parent.iterdir() if path != root)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    root = tmp_path / "up" / "root"
    root.mkdir(parents=True)
    world = World(root)
    world.folder("bk")
    world.folder("rs")
    yield world
    world.engine.close()


@pytest.fixture
def running(world: World) -> Running:
    return world.start()


@pytest.fixture
def restorer(world: World, running: Running) -> int:
    """An idle instance beside a full backup, and an incremental one whose log made the database b.edb."""
    world.backup(running)
    code, second = world.engine.create_database(running.session, "db/b.edb")
    assert code == 0
    assert world.engine.close_database(running.session, second) == 0
    assert world.engine.detach_database(running.session, "db/b.edb") == 0
    world.backup(running, "bk", 1)
    assert world.engine.term(running.instance) == 0
    return world.create("restorer")


def last_log(world: World) -> Path:
    return max((world.root / "bk").glob("edb0*.log"))


def renamed(name: str, record: Record) -> Record:
    return Create(replace(record.database, path=name)) if isinstance(record, Create) else record


def test_the_set_is_good_before_anyone_changes_it(world: World, restorer: int) -> None:
    assert world.engine.restore_instance(restorer, "bk", "rs") == 0
    assert world.files("rs") == ["a.edb", "b.edb"]


@pytest.mark.parametrize("name", NAMES, ids=IDS)
def test_a_log_that_makes_a_database_elsewhere(world: World, restorer: int, name: str) -> None:
    """[RI] Only the last part of a name counts; one that is none is refused, and nothing is left."""
    change_log(last_log(world), lambda records: [renamed(name, record) for record in records])
    code = world.engine.restore_instance(restorer, "bk", "rs")
    lands = {"../../stolen.edb": "stolen.edb", "/tmp/stolen.edb": "stolen.edb"}.get(name)
    if name == "db\\..\\..\\stolen.edb":
        lands = None
    assert code == (0 if lands else -1023)
    assert world.files("rs") == (["a.edb", lands] if lands else [])
    assert outside(world.root) == []


@pytest.mark.parametrize("name", NAMES, ids=IDS)
def test_a_copy_that_was_somewhere_else(world: World, restorer: int, name: str) -> None:
    """[RI] Restored to its original place, a copy must have had one below the root."""
    change_header(world.root / "bk" / "a.edb", path=name)
    assert world.engine.restore_instance(restorer, "bk", None) == -1023
    assert outside(world.root) == []


@pytest.mark.parametrize("name", NAMES, ids=IDS)
def test_a_checkpoint_that_names_a_database_elsewhere(world: World, running: Running, name: str) -> None:
    """[IN] There is no such database: what was attached is missing."""
    world.insert(running, 3000)
    world.crash()
    change_attachments(world.root / "db" / "edb.chk", name)
    assert world.engine.init(world.create()) == -1216
    assert outside(world.root) == []


def test_a_name_that_means_another_way_to_the_same_file(world: World, running: Running) -> None:
    """[IN] Recovery finds the database, whatever separators its name has."""
    world.insert(running, 3000)
    world.crash()
    change_attachments(world.root / "db" / "edb.chk", "db\\.\\a.edb")
    assert len(world.rows(world.open(world.create()))) == 3010


def test_a_database_in_the_place_where_another_is_made(world: World) -> None:
    """[RI] A restore makes a.edb under another name first; a database of that name must not be lost for it."""
    running = world.start(path="db/a.edb.rst", rows=3)
    world.backup(running)
    code, second = world.engine.create_database(running.session, "db/a.edb")
    assert code == 0
    assert world.engine.insert(running.session, second, 5) == 0
    assert world.engine.close_database(running.session, second) == 0
    assert world.engine.detach_database(running.session, "db/a.edb") == 0
    world.backup(running, "bk", 1)
    assert world.engine.term(running.instance) == 0
    assert world.engine.restore_instance(world.create("restorer"), "bk", "rs") == -1215
    assert world.files("rs") == []


def test_more_databases_than_can_be_attached(world: World, restorer: int) -> None:
    """[AD: TooManyAttachedDatabases] A log in which an eighth is attached was made up: no eighth file is made."""

    def flood(records: list[Record]) -> list[Record]:
        if not isinstance(records[0], Create):
            return records
        return [Create(Attachment(number, bytes([number]) * 16, 0, f"{number}.edb")) for number in range(1, 10)]

    change_log(last_log(world), flood)
    assert world.engine.restore_instance(restorer, "bk", "rs") == -501
    assert world.files("rs") == []


def test_a_log_that_detaches_what_is_not_there(world: World, restorer: int) -> None:
    change_log(
        last_log(world), lambda records: [Detach(60000) if isinstance(each, Create) else each for each in records]
    )
    assert world.engine.restore_instance(restorer, "bk", "rs") == 0
    assert world.files("rs") == ["a.edb"]


def test_a_set_that_asks_for_a_million_logs(world: World, restorer: int) -> None:
    """[RI: MissingLogFile] What is asked for is counted before it is looked for."""
    copy = world.root / "bk" / "a.edb"
    with copy.open("rb") as file:
        assert file.read(12)[4:] == b"jetDBase"
    for low, high in ((1, 1 << 63), (1 << 62, 1 << 63), (0, 1), (5, 1)):
        change_header(copy, full_cur=replace_mark(low, high))
        assert world.engine.restore_instance(restorer, "bk", "rs") == -528


def replace_mark(low: int, high: int) -> object:
    from jetconform.engine import BackupMark

    return BackupMark(1, float("nan"), low, high)


# -- cost -------------------------------------------------------------------------------------------------------------


def test_a_tree_that_goes_in_circles_is_left_at_once() -> None:
    """A file may say that it has four thousand million pages: a page that was there already ends the walk."""
    reads = 0
    body = ENTRY.pack(0, 3) * 300

    def read(number: int) -> Page:
        nonlocal reads
        reads += 1
        assert reads < 10
        return Page(number, 1, PageKind.BRANCH, body)

    with pytest.raises(JetFailure) as failed:
        list(trees.scan(read, 1 << 32))
    assert failed.value.code == -1206


def test_a_database_with_such_a_tree(world: World, running: Running) -> None:
    engine = world.engine
    assert engine.term(running.instance) == 0
    path = world.root / "db" / "a.edb"
    change_page(path, 2, PageKind.SPACE, struct.pack("<I", 0xFFFFFFFF))
    change_page(path, 3, PageKind.BRANCH, ENTRY.pack(0, 3) * 300)
    again = world.open(world.create("i2"))
    assert engine.rows(again.session, again.database)[0] == -1206
    assert engine.count_rows(again.session, again.database)[0] == -1018
    assert engine.insert(again.session, again.database, 1) == -1206
    assert engine.backup_instance(again.instance, "bk", 0) == -1018
    assert world.files("bk") == []


def write_log(root: Path, identity: bytes, tail: bytes, *, size: int = 0) -> None:
    header = LogHeader(1, b"s" * 16, identity, bytes(16), 0.0, 64, ())
    path = root / "edb.log"
    path.write_bytes(header.encode() + bytes(512) + tail)
    os.truncate(path, max(size, path.stat().st_size))


def test_segments_that_overlap_are_damage(tmp_path: Path) -> None:
    """[BI, Remarks] Each claims all the rest of the file: verifying them would take the square of its size."""
    heads = b"".join(
        struct.pack("<IIQI?3x16s", 1, 40_000, position(1, HEADER_SIZE + 512 * number), 1 << 30, False, b"i" * 16).ljust(
            512, b"\0"
        )
        for number in range(1, 100)
    )
    write_log(tmp_path, b"i" * 16, heads)
    with pytest.raises(JetFailure) as failed:
        verify_log(Files(tmp_path), "edb.log", closed=False)
    assert failed.value.code == -501


def test_a_torn_segment_is_no_damage(tmp_path: Path) -> None:
    """Nor is one behind it that was written when the place of the first was not on disk for certain."""
    behind = encode_segment(position(1, HEADER_SIZE + 512), HEADER_SIZE, b"i" * 16, (Detach(1),))
    write_log(tmp_path, b"i" * 16, behind)
    assert verify_log(Files(tmp_path), "edb.log", closed=False).end == HEADER_SIZE
    sure = encode_segment(position(1, HEADER_SIZE + 512), HEADER_SIZE + 512, b"i" * 16, (Detach(1),))
    write_log(tmp_path, b"i" * 16, sure)
    with pytest.raises(JetFailure):
        verify_log(Files(tmp_path), "edb.log", closed=False)


def test_an_identity_of_zeros_is_looked_for_once_a_sector(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a log of zeros it is at every byte."""
    from jetconform.engine import logreader

    looked = []
    whole = logreader._next_head

    def counting(data: bytes, head: int, identity: bytes) -> int:
        looked.append(head)
        return whole(data, head, identity)

    monkeypatch.setattr(logreader, "_next_head", counting)
    write_log(tmp_path, bytes(16), b"", size=1 << 20)
    assert verify_log(Files(tmp_path), "edb.log", closed=False).end == HEADER_SIZE
    assert 0 < len(looked) <= (1 << 20) // 512 + 2


# -- folders ----------------------------------------------------------------------------------------------------------


def nest(folder: Path, name: str, depth: int) -> None:
    """Folders in one another."""
    here = os.open(folder, os.O_RDONLY)
    try:
        for _ in range(depth):
            os.mkdir(name, dir_fd=here)
            inner = os.open(name, os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = inner
    finally:
        os.close(here)


@pytest.mark.parametrize("grbit", [0, 1, 4, 5])
def test_a_temp_of_folders_without_end(world: World, running: Running, grbit: int) -> None:
    """[BI, Remarks] No backup left that there: it is not followed, and not removed."""
    world.backup(running, "bk", grbit & BackupGrbit.ATOMIC)
    (world.root / "bk" / "temp").mkdir()
    nest(world.root / "bk" / "temp", "leaving", 3)
    engine = world.engine
    assert engine.backup_instance(running.instance, "bk", grbit) == -504
    assert engine.term(running.instance) == 0
    assert engine.restore_instance(world.create("restorer"), "bk", "rs") == 0
    assert (world.root / "bk" / "temp" / "leaving" / "leaving").is_dir()


@pytest.mark.parametrize("foreign", ["thesis.txt", "folders"])
def test_what_no_backup_put_into_old_stays(world: World, running: Running, foreign: str) -> None:
    """[BI, Remarks] An incremental backup that succeeds removes an earlier set, and nothing else."""
    world.backup(running, "bk", 4)
    (world.root / "bk" / "old").mkdir()
    if foreign == "folders":
        nest(world.root / "bk" / "old", "f", 3)
    else:
        (world.root / "bk" / "old" / foreign).write_text("irreplaceable")
    assert isinstance(world.engine, Engine)
    world.insert(running, 100)
    world.backup(running, "bk", 5)
    if foreign == "folders":
        assert (world.root / "bk" / "old" / "f" / "f").is_dir()
    else:
        assert (world.root / "bk" / "old" / foreign).read_text() == "irreplaceable"
