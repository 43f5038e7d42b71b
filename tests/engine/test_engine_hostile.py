"""Hostile files and arguments: every call answers with a code, and nothing outside the root is touched."""

import os
import random
import shutil
from pathlib import Path
from typing import Any

import pytest
from engine_world import Running, World
from hostile_files import deceive, mutilate, prepare
from jetconform.engine import Engine
from jetconform.model.vocabulary import JetErr, Parameter

ODD: tuple[Any, ...] = (None, -1, 0, 1.5, "", "x", b"x", [], object(), "\udc80", "a\nb", True, 1 << 70, Path("bk"))


def code_of(answer: Any) -> JetErr:
    return answer[0] if isinstance(answer, tuple) else answer


@pytest.mark.parametrize("odd", ODD, ids=[str(index) for index in range(len(ODD))])
def test_odd_arguments(world: World, running: Running, odd: Any) -> None:
    """Whatever the arguments: a code, and not success where it cannot be."""
    engine = world.engine
    s, d, i = running.session, running.database, running.instance
    answers = [
        engine.init(odd),
        engine.term(odd),
        engine.term2(odd, 0),
        engine.begin_session(odd),
        engine.end_session(odd),
        engine.create_database(s, odd) if odd != "x" else -1,
        engine.create_database(odd, "db/z.edb"),
        engine.open_database(s, odd),
        engine.close_database(s, odd),
        engine.detach_database(s, odd),
        engine.insert(s, odd, 1),
        engine.insert(odd, d, 1),
        engine.count_rows(s, odd),
        engine.set_paths(i, odd),
        engine.set_system_parameter(i, odd, odd),
        engine.stop_service_instance(odd),
        engine.stop_backup_instance(odd),
        engine.backup_instance(odd, "bk", 0),
        engine.restore_instance(odd, "bk", None),
        engine.restore_instance(world.create("fresh"), odd, odd),
        engine.header(odd),
    ]
    assert all(code_of(answer) < 0 for answer in answers)
    for call in (
        lambda: engine.backup_instance(i, odd, 0),
        lambda: engine.backup_instance(i, "bk", odd),
        lambda: engine.backup_instance(i, "bk", 0, odd),
        lambda: engine.set_system_parameter(i, Parameter.create_path_if_not_exist, odd),
        lambda: engine.stop_service_instance2(i, odd),
        lambda: engine.term2(i, odd),
    ):
        assert isinstance(code_of(call()), JetErr)
    assert engine.classify(odd) == ("other", None)
    assert engine.damage_page(odd) is False
    assert engine.damage_log(odd) is None


def test_links_do_not_lead_out_of_the_root(world: World, running: Running, tmp_path_factory: Any) -> None:
    """A link in the tree is no way out."""
    outside = tmp_path_factory.mktemp("outside")
    (world.root / "link").symlink_to(outside)
    (world.root / "bk" / "temp").symlink_to(outside)
    engine = world.engine
    assert engine.backup_instance(running.instance, "link", 0) == -1023
    assert engine.backup_instance(running.instance, "bk", 0) == -504
    assert engine.create_database(running.session, "link/b.edb")[0] == -1217
    assert engine.restore_instance(world.create("r"), "link", None) == -1023
    assert list(outside.iterdir()) == []


def test_things_that_are_no_files(world: World, running: Running) -> None:
    """Pipes do not block, folders in the place of files are refused."""
    os.mkfifo(world.root / "bk" / "pipe")
    os.mkfifo(world.root / "db" / "pipe.edb")
    (world.root / "db" / "folder.edb").mkdir()
    engine = world.engine
    assert engine.backup_instance(running.instance, "bk", 0) == -504
    assert engine.attach_database(running.session, "db/pipe.edb") == -1811
    assert engine.attach_database(running.session, "db/folder.edb") == -1811
    assert engine.create_database(running.session, "db/folder.edb")[0] == -1217
    assert engine.classify("bk/pipe") == ("other", None)
    assert engine.header("db/pipe.edb")[0] == -1811


def test_a_foreign_temp_folder_is_not_removed(world: World, running: Running) -> None:
    """[BI, Remarks] Only what a backup put there is ever removed."""
    (world.root / "bk" / "temp").mkdir()
    (world.root / "bk" / "temp" / "thesis.txt").write_text("irreplaceable")
    for grbit in (0, 4):
        assert world.engine.backup_instance(running.instance, "bk", grbit) == -504
    assert (world.root / "bk" / "temp" / "thesis.txt").read_text() == "irreplaceable"


def test_a_foreign_temp_folder_survives_an_incremental_backup(world: World, running: Running) -> None:
    """[BI, Remarks] The same where other files are merely advised against."""
    world.backup(running)
    (world.root / "bk" / "temp").mkdir()
    (world.root / "bk" / "temp" / "thesis.txt").write_text("irreplaceable")
    assert world.engine.backup_instance(running.instance, "bk", 1) == -504
    assert (world.root / "bk" / "temp" / "thesis.txt").read_text() == "irreplaceable"


def test_the_log_folder_is_no_destination(world: World, running: Running) -> None:
    """[BI, Remarks] Nor is any folder with live files in it."""
    for path in ("db", "."):
        for grbit in (0, 4):
            assert world.engine.backup_instance(running.instance, path, grbit) == -504
    world.backup(running)
    world.insert(running, 3000)
    assert world.engine.backup_instance(running.instance, "db", 1) == -504
    world.backup(running, "bk", 1)


@pytest.mark.parametrize("seed", range(40))
def test_mutilated_files_give_codes(tmp_path: Path, prepared: Path, seed: int) -> None:
    """Truncated, overwritten and shuffled files: init, attach, backup and restore answer with codes."""
    generator = random.Random(seed)
    root = tmp_path / "world"
    shutil.copytree(prepared, root)
    for _ in range(generator.randint(1, 3)):
        mutilate(generator, root)
    use(root)


@pytest.mark.parametrize("seed", range(40))
def test_files_made_to_deceive_give_codes(tmp_path: Path, prepared: Path, seed: int) -> None:
    """The same where every checksum is right: what is wrong is only what it covers."""
    generator = random.Random(seed)
    root = tmp_path / "world"
    shutil.copytree(prepared, root)
    for _ in range(generator.randint(1, 3)):
        deceive(generator, root)
    use(root)


def use(root: Path) -> None:
    """Everything that reads a file."""
    engine = Engine(root, sync=False)
    instance = engine.create_instance("i")[1]
    codes = [engine.restore_instance(instance, "bk", "rs")]
    codes.append(engine.restore_instance(instance, "bk", None))
    codes.append(engine.init(instance))
    code, session = engine.begin_session(instance)
    codes += [code, engine.attach_database(session, "db/a.edb")]
    code, database = engine.open_database(session, "db/a.edb")
    codes += [code, engine.insert(session, database, 60), engine.count_rows(session, database)[0]]
    codes += [engine.rows(session, database)[0], engine.insert(session, database, 600)]
    codes += [engine.backup_instance(instance, "bk2", grbit) for grbit in (0, 1, 4, 5)]
    codes += [engine.backup_instance(instance, "bk", grbit) for grbit in (1, 0)]
    codes.append(engine.term(instance))
    assert all(isinstance(code, JetErr) for code in codes)
    engine.close()


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A crashed instance with a backup set."""
    return prepare(tmp_path_factory.mktemp("prepared"))
