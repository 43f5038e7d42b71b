"""`jetconform inspect`: what it says of good files, of damaged ones and of what is no file of the engine."""

import os
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from engine_world import World
from hostile_files import deceive, mutilate, prepare
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jetconform.engine import Engine, Files
from jetconform.engine.inspect_command import main
from jetconform.engine.inspect_sets import SetInspection
from jetconform.engine.sets import survey

PAGE = 4096


class Seen(NamedTuple):
    """What came of an inspection; `facts` by name, the lines of a table by file."""

    status: int
    out: str
    err: str

    @property
    def facts(self) -> dict[str, str]:
        return dict(fields(line) for line in self.out.splitlines()[1:] if line)

    @property
    def damage(self) -> list[str]:
        return [text for name, text in map(fields, self.out.splitlines()[1:]) if name == "damage"]


def fields(line: str) -> tuple[str, str]:
    name, _, text = line.strip().partition("  ")
    return name, text.strip()


Inspect = Callable[[Path | str], Seen]


@pytest.fixture
def inspect(capsys: pytest.CaptureFixture[str]) -> Inspect:
    def run(path: Path | str) -> Seen:
        capsys.readouterr()
        return Seen(main([str(path)]), *capsys.readouterr())

    return run


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A crashed instance: a plain set with an incremental backup in bk, an atomic one in at, logs alone in inc."""
    root = tmp_path_factory.mktemp("original")
    world = World(root)
    for name in ("bk", "at", "inc"):
        world.folder(name)
    running = world.start(rows=3000)
    world.backup(running)
    world.insert(running, 3000)
    world.backup(running, "bk", 1)
    world.backup(running, "at", 4)
    world.insert(running, 1000)
    world.backup(running, "inc", 1)
    world.insert(running, 6000)
    world.engine.close()
    return root


@pytest.fixture
def root(original: Path, tmp_path: Path) -> Path:
    """A copy of it, to be damaged."""
    return Path(shutil.copytree(original, tmp_path / "root"))


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 0x5A
    path.write_bytes(data)


def cut(path: Path, size: int) -> None:
    os.truncate(path, size)


def log(folder: Path, index: int) -> Path:
    """A closed log, the lowest first."""
    return sorted(folder.glob("edb0*.log"))[index]


# -- good files ------------------------------------------------------------------------------------------------------


def test_a_database_in_use(original: Path, inspect: Inspect) -> None:
    seen = inspect(original / "db" / "a.edb")
    assert (seen.status, seen.err, seen.facts["verdict"]) == (0, "", "whole")
    assert seen.facts["header"] == seen.facts["shadow header"] == "good"
    assert seen.facts["state"] == "dirty shutdown"
    assert seen.facts["logs required"] == "from the checkpoint in its log folder on"
    assert seen.facts["database id, path"] == "1, db/a.edb"
    assert seen.facts["full backup, previous"].endswith("with generation 7 (00000007)")
    assert seen.facts["incremental, previous"].endswith("with generation 8 (00000008)")
    assert seen.facts["full backup, current"] == "never"


def test_a_copy_of_a_backup(original: Path, inspect: Inspect) -> None:
    seen = inspect(original / "bk" / "a.edb")
    assert (seen.status, seen.facts["verdict"]) == (0, "whole")
    assert seen.facts["state"] == "dirty shutdown, a copy made by a backup"
    assert seen.facts["logs required"] == "generation 3 (00000003)"
    assert seen.facts["full backup, current"].endswith(
        "at generation 3 (00000003), offset 0x2E00, with generation 3 (00000003)"
    )
    assert seen.facts["pages"] == "27 in the file, 27 in use; 27 checked: 27 good"
    assert seen.facts["page kinds"] == "catalog 1, space 1, leaf 24, branch 1"
    assert seen.facts["rows"] == "3,000, as of when each page was copied"


def test_a_clean_database_requires_no_log(tmp_path: Path, inspect: Inspect) -> None:
    world = World(tmp_path)
    running = world.start(rows=200)
    assert world.engine.term(running.instance) == 0
    seen = inspect(tmp_path / "db" / "a.edb")
    assert (seen.status, seen.facts["state"], seen.facts["logs required"]) == (0, "clean shutdown", "none")
    assert seen.facts["rows"] == "200"
    assert inspect(tmp_path / "db").status == 0


def test_logs_follow_one_another(original: Path, inspect: Inspect) -> None:
    seen = inspect(original / "bk" / "edb00000004.log")
    assert (seen.status, seen.facts["generation"]) == (0, "4 (00000004)")
    assert (seen.facts["chain"], seen.facts["end"]) == ("follows edb00000003.log", "closed by an End record")
    assert seen.facts["attached at its begin"].startswith("1 db/a.edb (")
    assert seen.facts["records"].startswith("end 1, image ")
    first = inspect(original / "bk" / "edb00000003.log")
    assert first.facts["chain"] == "the generation before, edb00000002.log, is not here or not readable"
    current = inspect(original / "db" / "edb.log")
    assert current.facts["end"] == f"open, nothing follows offset {current.facts['segments'].split()[-1]}"


def test_a_checkpoint_says_from_where_redo_begins(original: Path, inspect: Inspect) -> None:
    seen = inspect(original / "db" / "edb.chk")
    newest = max(seen.facts["place 0"], seen.facts["place 1"], key=lambda text: int(text.split()[2].rstrip(":")))
    assert seen.status == 0
    assert newest.endswith(f": {seen.facts['redo begins at']}")


def test_the_folder_of_an_instance(original: Path, inspect: Inspect) -> None:
    seen = inspect(original / "db")
    assert seen.status == 0
    assert seen.facts["closed generations"] == "9 to 12"
    assert seen.facts["current generation"] == "13 (0000000D)"
    assert seen.facts["recovery"].endswith("needs generation 13 (0000000D): all here")


@pytest.mark.parametrize(
    ("folder", "label", "kind", "generations"),
    [
        ("bk", "plain set", "full backup; generations of incremental ones: 4 to 6", "3 to 6"),
        ("at", "atomic set in new", "full backup", "7"),
        ("inc", "plain set", "incremental backups alone", "8"),
    ],
)
def test_backup_folders(original: Path, inspect: Inspect, folder: str, label: str, kind: str, generations: str) -> None:
    seen = inspect(original / folder)
    assert (seen.status, seen.facts[label], seen.facts["generations"]) == (0, kind, generations)
    if folder == "inc":
        assert seen.facts["restore"].startswith("would return -538 PatchFileMissing: ")
    else:
        assert seen.facts["restore"] == "possible: databases and logs are all there, and follow one another"


def test_pages_that_came_while_the_copy_was_made_are_in_its_logs(tmp_path: Path, inspect: Inspect) -> None:
    """A copy that is shorter than its space page says was not cut off if the logs of the set have the rest."""
    world = World(tmp_path)
    world.folder("bk")
    running = world.start(rows=3000)
    with world.held("JetBackupInstance", "copy", lambda: world.backup(running), "a.edb"):
        world.insert(running, 5000)
    assert inspect(tmp_path / "bk" / "a.edb").facts["pages"] == "27 in the file, 59 in use; 27 checked: 27 good"
    assert inspect(tmp_path / "bk").status == 0
    world.engine.close()


def test_a_backup_that_died(root: Path, inspect: Inspect) -> None:
    """What is in `temp` alone is no set."""
    (root / "half" / "temp").mkdir(parents=True)
    shutil.copy(root / "bk" / "a.edb", root / "half" / "temp" / "a.edb")
    seen = inspect(root / "half")
    assert seen.status == 1
    assert seen.facts["temp"].startswith("half-made: a backup is under way, or died; 1 file")
    assert seen.damage == ["no set was completed here"]
    shutil.copytree(root / "half" / "temp", root / "bk" / "temp")
    assert inspect(root / "bk").status == 0


@pytest.mark.parametrize(("step", "counts"), [("leaving", "this one counts"), ("replaced", "the new one counts")])
def test_a_set_on_its_way(root: Path, inspect: Inspect, step: str, counts: str) -> None:
    """A full backup that died while it took the place of an earlier set: the set is read from both folders."""
    (root / "bk" / "temp" / step).mkdir(parents=True)
    rest = root / "bk" / "temp" / ("leaving" if step == "leaving" else "")
    (root / "bk" / "a.edb").rename(rest / "a.edb")
    seen = inspect(root / "bk")
    assert (seen.status, seen.facts["generations"]) == (0, "3 to 6")
    assert counts in seen.facts["temp"]


# -- damage ----------------------------------------------------------------------------------------------------------

DAMAGE: tuple[tuple[str, str, Callable[[Path], object], str], ...] = (
    ("header", "db/a.edb", lambda root: flip(root / "db/a.edb", 200), "the header (offset 0x0) does not verify"),
    ("shadow", "db/a.edb", lambda root: flip(root / "db/a.edb", 5000), "the shadow header (offset 0x1000) does not verify"),
    ("page", "bk/a.edb", lambda root: flip(root / "bk/a.edb", 20000),
     "1 page damaged, the first is page 3 at offset 0x4000 (checksum or page number)"),
    ("cut off in a page", "bk/a.edb", lambda root: cut(root / "bk/a.edb", 60000),
     "the file ends at offset 0xEA60, in the middle of page 13"),
    ("no page", "bk/a.edb", lambda root: cut(root / "bk/a.edb", 2 * PAGE), "the file has no pages"),
    ("database too short", "db/a.edb", lambda root: cut(root / "db/a.edb", 20 * PAGE), "the file ends after page 18, and "),
    ("log header", "bk/edb00000004.log", lambda root: flip(root / "bk/edb00000004.log", 30), "the header does not verify"),
    ("segment", "bk/edb00000004.log", lambda root: flip(root / "bk/edb00000004.log", PAGE + 100),
     "the log breaks off at offset 0x1000, and it has no End record"),
    ("no End", "bk/edb00000004.log", lambda root: cut(root / "bk/edb00000004.log", 40 * 512),
     "the log breaks off at offset 0x"),
    ("empty log", "bk/edb00000004.log", lambda root: cut(root / "bk/edb00000004.log", 0),
     "the header does not verify: the file ends at offset 0x0"),
    ("current log", "db/edb.log", lambda root: flip(root / "db/edb.log", PAGE + 100),
     "the log breaks off at offset 0x1000, and whole segments follow"),
    ("wrong name", "bk/edb00000007.log", lambda root: (root / "bk/edb00000006.log").rename(root / "bk/edb00000007.log"),
     "the file has the name of generation 7 (00000007)"),
    ("checkpoint", "db/edb.chk", lambda root: flip(root / "db/edb.chk", 100), "place 0 (offset 0x0) does not verify"),
    ("no checkpoint", "db/edb.chk", lambda root: cut(root / "db/edb.chk", 0), "place 0 (offset 0x0) does not verify"),
    ("gap in a set", "bk", lambda root: (root / "bk/edb00000004.log").unlink(),
     "plain set: generations 3 to 6 are needed, here are 3, 5 to 6"),
    ("cut off behind a page", "bk", lambda root: cut(root / "bk/a.edb", 12 * PAGE),
     "a.edb: the file was cut off: page 11 is neither here nor in the logs of the set"),
    ("no copy", "bk", lambda root: shutil.copy(root / "db/a.edb", root / "bk/b.edb"),
     "plain set: b.edb is no copy made by a backup"),
    ("empty log in a set", "bk", lambda root: cut(root / "bk/edb00000004.log", 0),
     "edb00000004.log: the header does not verify: the file ends at offset 0x0"),
    ("copy of another set", "at/new", lambda root: shutil.copy(root / "bk/a.edb", root / "at/new/b.edb"),
     "plain set: generations 3 to 7 are needed, here are 7"),
    ("other set", "at", lambda root: shutil.copy(root / "bk/edb00000006.log", root / "at/new/edb00000008.log"),
     "new/edb00000008.log: the file has the name of generation 8 (00000008)"),
    ("gap", "db", lambda root: log(root / "db", 2).unlink(), "generation 11 (0000000B) missing"),
    ("no current log", "db", lambda root: (root / "db/edb.log").unlink(), "edb.log is missing"),
    ("no log", "db", lambda root: [path.unlink() for path in (root / "db").glob("*.log")], "there is a checkpoint, and no log"),
    ("checkpoint of the past", "db", lambda root: shutil.copy(root / "bk/edb00000003.log", root / "db/edb.log"),
     "generations 4 (00000004) to 8 (00000008) missing"),
)  # fmt: skip


@pytest.mark.parametrize(("path", "spoil", "line"), [case[1:] for case in DAMAGE], ids=[case[0] for case in DAMAGE])
def test_damage(root: Path, inspect: Inspect, path: str, spoil: Callable[[Path], object], line: str) -> None:
    assert inspect(root / path).status == 0 or path.endswith("edb00000007.log")
    spoil(root)
    seen = inspect(root / path)
    assert (seen.status, seen.err, seen.facts["verdict"]) == (1, "", "DAMAGED")
    assert any(line in text for text in seen.damage)


def test_a_torn_tail_is_no_damage(root: Path, inspect: Inspect) -> None:
    """[L18] A crash may tear what was being written; an unfinished last segment was never committed."""
    path = root / "db" / "edb.log"
    end = int(inspect(path).facts["segments"].split()[-1], 16)
    with path.open("r+b") as file:
        file.seek(end)
        file.write(b"torn")
    seen = inspect(path)
    assert (seen.status, seen.facts["end"]) == (0, f"torn at offset 0x{end:X}")


def test_pages_that_the_log_has_are_no_damage(root: Path, inspect: Inspect) -> None:
    """[L18] Pages of a database that was not shut down may never have been written; those of a copy must be there."""
    for path, status in (("db/a.edb", 0), ("bk/a.edb", 1)):
        with (root / path).open("r+b") as file:
            file.seek(10 * PAGE)
            file.write(bytes(PAGE))
        assert inspect(root / path).status == status
    assert inspect(root / "db/a.edb").facts["pages"].endswith(" good, 1 not written yet, the log has them")


# -- what is no file of the engine -----------------------------------------------------------------------------------


def foreign(root: Path) -> Iterator[Path | str]:
    yield from (
        "",
        root / "missing",
        root / "missing" / "deeper",
        root,
        "\udcff",
        "a" * 5000,
        "a\nb",
        "a\0b",
        "/dev/null",
    )
    for name, data in (("empty.edb", b""), ("text.txt", b"hello"), ("random.edb", random.Random(1).randbytes(9000))):
        (root / name).write_bytes(data)
        yield root / name
    os.mkfifo(root / "pipe.edb")
    (root / "folder").mkdir()
    (root / "links").mkdir()
    (root / "links" / "edb.log").symlink_to(root / "db" / "edb.log")
    (root / "links" / "new").symlink_to(root / "bk")
    (root / "loop").symlink_to(root / "loop")
    yield from (root / "pipe.edb", root / "folder", root / "links", root / "loop", root / "db" / "edb.log" / "x")


def test_foreign_paths(root: Path, inspect: Inspect) -> None:
    for path in foreign(root):
        seen = inspect(path)
        assert (seen.status, seen.out) == (2, ""), path
        assert seen.err.startswith("jetconform inspect: ")
        assert seen.err.count("\n") == 1


def test_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == main(["a", "b"]) == main(["--json", "x"]) == 2
    assert capsys.readouterr().err.count("\n") == 3


def test_a_file_that_may_not_be_read(original: Path, inspect: Inspect, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", "a.edb")

    monkeypatch.setattr(Files, "open", refuse)
    for path in ("db/a.edb", "db", "bk"):
        assert inspect(original / path) == (2, "", "jetconform inspect: a.edb: Permission denied\n")


def test_names_cannot_steer_the_terminal(root: Path, inspect: Inspect) -> None:
    (root / "bk" / "a.edb").rename(root / "bk" / "\x1b[31m\n.edb")
    (root / "bk" / "\x07").write_bytes(b"")
    seen = inspect(root / "bk")
    assert "\\x1b[31m\\n.edb" in seen.out
    assert all(line.isprintable() for line in seen.out.splitlines())


def test_files_made_of_holes_end_soon(root: Path, inspect: Inspect) -> None:
    """Nobody waits for a terabyte of nothing."""
    cut(root / "bk/a.edb", 1 << 40)
    seen = inspect(root / "bk/a.edb")
    assert seen.status == 1
    assert seen.facts["pages"].endswith("; the rest was not looked at")
    cut(root / "db/edb.log", 1 << 40)
    assert inspect(root / "db/edb.log").damage == ["no log is larger than 33,554,432 bytes"]


# -- mutations -------------------------------------------------------------------------------------------------------


def state_of(root: Path) -> dict[str, tuple[int, bytes | None]]:
    return {
        str(path.relative_to(root)): (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else None)
        for path in root.rglob("*")
    }


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepare(tmp_path_factory.mktemp("prepared"))


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("change", [mutilate, deceive])
def test_mutations_end_with_a_verdict_and_change_nothing(
    tmp_path: Path, prepared: Path, inspect: Inspect, change: Callable[[random.Random, Path], None], seed: int
) -> None:
    generator = random.Random(seed)
    root = Path(shutil.copytree(prepared, tmp_path / "root"))
    for _ in range(generator.randint(1, 3)):
        change(generator, root)
    before = state_of(root)
    for path in (root / "db", root / "bk", *(path for path in root.rglob("*") if path.is_file())):
        seen = inspect(path)
        assert seen.status in (0, 1, 2)
        assert (seen.out == "") == (seen.status == 2) == (seen.err != "")
    assert state_of(root) == before


@pytest.mark.parametrize("seed", range(60))
def test_the_code_of_a_restore_is_foretold(tmp_path: Path, prepared: Path, seed: int) -> None:
    """[RI] What an inspection says of a damaged set is what JetRestoreInstance returns."""
    generator = random.Random(seed)
    root = Path(shutil.copytree(prepared, tmp_path / "root"))
    mutilate(generator, root / "bk")
    sets = survey(Files(root / "bk"), "").sets
    foretold = SetInspection(Files(root / "bk"), sets[0]).refusal if sets else (-1811, "")
    engine = Engine(root, sync=False)
    instance = engine.create_instance("restorer")[1]
    assert engine.set_paths(instance, "fresh") == 0
    assert engine.restore_instance(instance, "bk", "rs") == (foretold[0] if foretold else 0)
    engine.close()


@settings(
    deadline=None, derandomize=True, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    name=st.sampled_from(["a.edb", "edb.log", "edb.chk", "edb00000001.log", "edbtmp.log", "edbres00001.jrs", "x"]),
    magic=st.sampled_from([b"", b"jetDBase", b"jetLogGn", b"jetCheck"]),
    data=st.binary(max_size=3 * PAGE),
)
def test_random_bytes_end_with_a_verdict(
    tmp_path: Path, inspect: Inspect, name: str, magic: bytes, data: bytes
) -> None:
    (tmp_path / "folder").mkdir(exist_ok=True)
    path = tmp_path / "folder" / name
    path.write_bytes(data[:4] + magic + data[4:])
    for place in (path, path.parent):
        assert inspect(place).status in (0, 1, 2)
    path.unlink()
