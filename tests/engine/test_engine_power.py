"""Power loss: what was not forced to the disk is gone. The order of syncs is what makes commits and backups durable."""

import errno
import os
import shutil
from pathlib import Path

import pytest
from engine_world import Running, World
from jetconform.engine import Engine, Files
from jetconform.engine.cache import Cache
from jetconform.engine.files import OpenFile
from jetconform.model.vocabulary import Parameter


class PowerFiles(Files):
    """Remembers what is durable: the contents of a file when it was synced, the names in a folder when it was."""

    def __init__(self, root: Path, last: int) -> None:
        super().__init__(root, sync=False)
        self.died = False
        self._top = root
        self._last = last
        self._count = 0
        self._contents: dict[int, bytes] = {}
        self._names: dict[int, dict[str, tuple[int, bool]]] = {}
        for folder in (root, *(path for path in root.rglob("*") if path.is_dir())):
            self._remember(folder)

    def _remember(self, folder: Path) -> None:
        with os.scandir(folder) as entries:
            names = {entry.name: (entry.inode(), entry.is_dir()) for entry in entries}
        self._names[folder.stat().st_ino] = names

    def lose_power_after(self, steps: int) -> None:
        """From now on."""
        self._last = self._count + steps

    def _step(self) -> None:
        self._count += 1
        if self._count == self._last:
            self.died = True
            self.die()
            raise OSError(errno.EIO, "the power failed")

    def write(self, file: OpenFile, offset: int, data: bytes) -> None:
        self._step()
        super().write(file, offset, data)

    def rename(self, old: str, new: str) -> None:
        self._step()
        super().rename(old, new)

    def remove(self, path: str) -> None:
        self._step()
        # The number of a removed file may be given to a new one: keep its contents under a number of its own.
        inode = (self._top / path).stat().st_ino
        super().remove(path)
        fresh = -self._count
        self._contents[fresh] = self._contents.pop(inode, b"")
        for names in self._names.values():
            for name, (number, folder) in names.items():
                if number == inode:
                    names[name] = (fresh, folder)

    def sync(self, file: OpenFile) -> None:
        self._step()
        self._contents[os.fstat(file.descriptor).st_ino] = self.read(file, 0, self.length(file))

    def sync_folder(self, path: str) -> None:
        self._step()
        self._remember(self._top / path)

    def after_power_loss(self, target: Path, *, names_survive: bool, pages_survive: bool) -> None:
        """The tree that the next process finds; a disk may also have written names and pages that nobody forced it to."""
        self._pages_survive = pages_survive
        self._rebuild(self._top, self._top.stat().st_ino, target, names_survive)

    def _rebuild(self, source: Path, inode: int, target: Path, names_survive: bool) -> None:
        target.mkdir(exist_ok=True)
        if names_survive and source.exists():
            self._remember(source)
        for name, (number, is_folder) in self._names.get(inode, {}).items():
            if is_folder:
                self._rebuild(source / name, number, target / name, names_survive)
            elif self._pages_survive and name.endswith(".edb") and (source / name).exists():
                shutil.copy(source / name, target / name)
            else:
                (target / name).write_bytes(self._contents.get(number, b""))


def life(engine: Engine, committed: list[int]) -> None:
    """Inserts and atomic backups; how many rows were committed, and how many of them when a backup succeeded."""
    _, instance = engine.create_instance("i1")
    engine.set_system_parameter(instance, Parameter.log_file_size, 64)
    engine.init(instance)
    _, session = engine.begin_session(instance)
    _, database = engine.create_database(session, "db/a.edb")
    for grbit in (4, 5, 4):
        for _ in range(14):
            committed[0] += 50 if engine.insert(session, database, 50) == 0 else 0
        if engine.backup_instance(instance, "bk", grbit) == 0:
            committed[1] = committed[0]
    engine.term(instance)


def survives(root: Path, last: int, *, names_survive: bool, pages_survive: bool) -> bool:
    (root / "before" / "bk").mkdir(parents=True)
    files = PowerFiles(root / "before", last)
    engine = Engine(root / "before", files=files)
    committed = [0, 0]
    life(engine, committed)
    engine.close()
    files.after_power_loss(root / "after", names_survive=names_survive, pages_survive=pages_survive)
    world = World(root / "after")
    instance = world.create()
    assert world.engine.init(instance) == 0, (last, world.files("."))
    session = world.engine.begin_session(instance)[1]
    if world.engine.attach_database(session, "db/a.edb") == 0:
        database = world.engine.open_database(session, "db/a.edb")[1]
        rows = world.rows(Running(instance, session, database))
        assert committed[0] <= len(rows) <= committed[0] + 50
    else:
        assert committed == [0, 0]
    if committed[1]:
        assert committed[1] <= len(world.restored_rows("bk")) <= committed[0]
    world.engine.close()
    return files.died


@pytest.mark.parametrize(
    ("names_survive", "pages_survive", "cached"), [(False, False, 2048), (True, False, 2048), (True, True, 3)]
)
def test_commits_and_backups_survive_a_power_loss_at_every_point(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names_survive: bool, pages_survive: bool, cached: int
) -> None:
    """[L18, BI] Durable means durable, and no page reaches the disk before its log: also where few may stay in memory."""
    monkeypatch.setattr(Cache.__init__, "__defaults__", (cached, cached))
    last = 1
    while survives(tmp_path / str(last), last, names_survive=names_survive, pages_survive=pages_survive):
        shutil.rmtree(tmp_path / str(last))
        last += 1 if last < 60 else 5
    assert last > 150


def full_over_full(root: Path, last: int, *, names_survive: bool) -> bool:
    """The power fails so many steps after the second full backup began to replace the first; whether it did."""
    (root / "before" / "bk").mkdir(parents=True)
    files = PowerFiles(root / "before", 0)
    world = World(root / "before")
    world.engine = Engine(root / "before", files=files)
    running = world.start(rows=600)
    world.backup(running)
    world.insert(running, 900)
    world.backup(running, "bk", 1)
    first = world.rows(running)
    world.insert(running, 100)
    second = world.rows(running)

    def on_point(_call: str, point: str, _detail: str) -> None:
        if point == "truncate":
            files.lose_power_after(last)

    world.engine.on_point = on_point
    saved = world.engine.backup_instance(running.instance, "bk", 0) == 0
    world.engine.close()
    files.after_power_loss(root / "after", names_survive=names_survive, pages_survive=False)
    after = World(root / "after")
    assert after.restored_rows("bk") in ((second,) if saved else (first, second))
    running = after.open(after.create())
    for grbit in (1, 0):
        after.insert(running, 50)
        after.backup(running, "bk", grbit)
        assert after.restored_rows("bk", f"later{grbit}") == after.rows(running)
    assert not [name for name in after.files("bk") if name.startswith("temp")]
    after.engine.close()
    return files.died


@pytest.mark.parametrize("names_survive", [False, True])
def test_a_full_backup_that_dies_leaves_the_set_that_it_was_to_replace(tmp_path: Path, names_survive: bool) -> None:
    """[BI, Remarks] A plain set is there, old or new, whenever the power fails; and the next backup goes on with it."""
    last = 1
    while full_over_full(tmp_path / str(last), last, names_survive=names_survive):
        last += 1
    assert last > 20
