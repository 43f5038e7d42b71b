"""Whatever lies in the place of a file, each call says so with the right code, and nothing outside is read or written."""

import os
import random
import shutil
from pathlib import Path

import pytest
from engine_world import World
from jetconform.engine import Engine
from jetconform.engine.inspect_command import main

TERABYTE = 1 << 40
LIVE, SET = 1900, 350

CASES = (
    # place, what lies there, JetRestoreInstance, JetInit, JetBackupInstance, and the exit status of inspect
    ("db/a.edb", "pipe", 0, -1216, -1029, 2),
    ("db/a.edb", "link", 0, -1216, -1029, 0),
    ("db/a.edb", "loop", 0, -1216, -1029, 2),
    ("db/a.edb", "link to a device", 0, -1216, -1029, 2),
    ("db/a.edb", "folder", 0, -1216, -1029, 2),
    ("db/a.edb", "empty", 0, -1812, -1029, 2),
    ("db/a.edb", "cut off", 0, -1018, -1029, 1),
    ("db/a.edb", "garbage", 0, -1812, -1029, 2),
    ("db/a.edb", "terabyte", 0, -1812, -1029, 2),
    ("db/a.edb", "terabyte behind it", 0, 0, 0, 0),
    ("db/edb.log", "pipe", 0, -1032, -1029, 2),
    ("db/edb.log", "link", 0, -1023, -1029, 0),
    ("db/edb.log", "loop", 0, -1023, -1029, 2),
    ("db/edb.log", "link to a device", 0, -1023, -1029, 2),
    ("db/edb.log", "folder", 0, -1032, -1029, 2),
    ("db/edb.log", "empty", -501, -501, -1029, 1),
    ("db/edb.log", "garbage", -501, -501, -1029, 1),
    ("db/edb.log", "terabyte", -501, -501, -1029, 1),
    ("db/edb.log", "terabyte behind it", -501, -501, -1029, 1),
    ("db/edb.chk", "pipe", 0, -1032, -1029, 2),
    ("db/edb.chk", "link", 0, -1023, -1029, 0),
    ("db/edb.chk", "loop", 0, -1023, -1029, 2),
    ("db/edb.chk", "link to a device", 0, -1023, -1029, 2),
    ("db/edb.chk", "folder", 0, -1032, -1029, 2),
    ("db/edb.chk", "empty", 0, -533, -1029, 1),
    ("db/edb.chk", "garbage", 0, -533, -1029, 1),
    ("db/edb.chk", "terabyte", 0, -533, -1029, 1),
    ("db/edb.chk", "terabyte behind it", 0, 0, 0, 0),
    ("db/edbtmp.log", "link", 0, 0, 0, 2),
    ("db/edbtmp.log", "folder", 0, 0, -510, 2),
    ("db/edbtmp.log", "garbage", 0, 0, 0, 0),
    ("bk/a.edb", "pipe", 0, 0, -504, 2),
    ("bk/a.edb", "link", 0, 0, -504, 0),
    ("bk/a.edb", "empty", 0, 0, -504, 2),
    ("bk/a.edb", "cut off", -1018, 0, 0, 1),
    ("bk/a.edb", "terabyte", 0, 0, -504, 2),
    ("bk/a.edb", "terabyte behind it", -1018, 0, 0, 1),
    ("bk/edb00000001.log", "pipe", -528, 0, -504, 2),
    ("bk/edb00000001.log", "link", -528, 0, -504, 0),
    ("bk/edb00000001.log", "loop", -528, 0, -504, 2),
    ("bk/edb00000001.log", "empty", -501, 0, -504, 1),
    ("bk/edb00000001.log", "cut off", -501, 0, 0, 1),
    ("bk/edb00000001.log", "garbage", -501, 0, -504, 1),
    ("bk/edb00000001.log", "terabyte behind it", -501, 0, 0, 1),
    ("bk/a.pat", "pipe", 0, 0, -504, 2),
    ("bk/a.pat", "link", 0, 0, -504, 2),
    ("bk/a.pat", "garbage", 0, 0, -504, 2),
    ("bk/a.pat", "terabyte", 0, 0, -504, 2),
    ("bk/temp", "pipe", 0, 0, -504, 2),
    ("bk/temp", "link", 0, 0, -504, 2),
    ("bk/temp", "loop", 0, 0, -504, 2),
    ("bk/temp", "garbage", 0, 0, -504, 2),
    ("bk/new", "pipe", 0, 0, -504, 2),
    ("bk/new", "link", 0, 0, -504, 2),
    ("bk/new", "link to a device", 0, 0, -504, 2),
    ("bk/new", "terabyte", 0, 0, -504, 2),
)
"""By [IN], [RI], [BI] and [FI]: what is no file is none of the engine's, and is never followed; -1032 is FileAccessDenied, -1023
InvalidPath (a link), -1216 AttachedDatabaseMismatch, -1812 FileInvalidType, -533 CheckpointCorrupt, -504 BackupDirectoryNotEmpty.

A set without its copy is one of logs alone: here they make the database anew. A patch file is none of this engine."""


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A crashed instance, and a full and an incremental backup."""
    root = tmp_path_factory.mktemp("original")
    world = World(root)
    for folder in ("bk", "rs"):
        world.folder(folder)
    running = world.start(rows=300)
    world.backup(running)
    world.insert(running, 50)
    world.backup(running, "bk", 1)
    world.insert(running, LIVE - SET)
    world.engine.close()
    return root


def put(what: str, path: Path, outside: Path) -> None:
    """Put that in the place of a file."""
    data = path.read_bytes() if path.exists() else b""
    path.unlink(missing_ok=True)
    match what:
        case "pipe":
            os.mkfifo(path)
        case "link":
            outside.write_bytes(data)
            path.symlink_to(outside)
        case "loop":
            path.symlink_to(path.name)
        case "link to a device":
            path.symlink_to("/dev/zero")
        case "folder":
            path.mkdir()
        case "garbage":
            path.write_bytes(random.Random(1).randbytes(50_000))
        case "cut off":
            path.write_bytes(data[: len(data) * 2 // 3 - 100])
        case _:
            path.write_bytes(data if what == "terabyte behind it" else b"")
            if what != "empty":
                os.truncate(path, TERABYTE)


@pytest.mark.parametrize(("place", "what", "restored", "recovered", "saved", "status"), CASES)
def test_what_lies_in_the_place_of_a_file(
    tmp_path: Path, original: Path, place: str, what: str, restored: int, recovered: int, saved: int, status: int
) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    shutil.copytree(original, root)
    put(what, root / place, outside)
    before = outside.read_bytes() if outside.exists() else b""
    assert main([str(root / place)]) == status
    assert main([str(root / place.partition("/")[0])]) in (0, 1)
    engine = Engine(root, sync=False)
    instance = engine.create_instance("i")[1]
    assert engine.restore_instance(instance, "bk", "rs") == restored
    assert engine.init(instance) == recovered
    session = engine.begin_session(instance)[1]
    if recovered == 0:
        assert engine.attach_database(session, "db/a.edb") == 0
        database = engine.open_database(session, "db/a.edb")[1]
        assert engine.count_rows(session, database) == (0, LIVE)
    assert engine.backup_instance(instance, "bk", 0) == saved
    assert engine.term(instance) == 0
    engine.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == (["outside", "root"] if what == "link" else ["root"])
    assert before == (outside.read_bytes() if outside.exists() else b"")


def test_a_device_is_never_opened(tmp_path: Path) -> None:
    """Opening one may already do something: a header is not read from it, nor is it inspected."""
    try:
        os.mknod(tmp_path / "a.edb", 0o20644, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("only root may make a device")
    engine = Engine(tmp_path, sync=False)
    assert engine.header("a.edb")[0] == -1811
    assert main([str(tmp_path / "a.edb")]) == 2
