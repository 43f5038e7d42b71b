"""The process dies at any write of a streaming backup: nothing committed is lost, and no chain of backups has a gap."""

import errno
import shutil
from pathlib import Path

import pytest
from engine_world import Running, World
from jetconform.engine import Files, Row
from jetconform.engine.files import OpenFile
from streaming_world import INCREMENTAL, stream


class Mortal(Files):
    """Dies before the change number `last`."""

    def __init__(self, root: Path, last: int) -> None:
        super().__init__(root, sync=False)
        self.died = False
        self._left = last

    def _step(self) -> None:
        self._left -= 1
        if self._left == 0:
            self.died = True
            self.die()
            raise OSError(errno.EIO, "the process died")

    def write(self, file: OpenFile, offset: int, data: bytes) -> None:
        self._step()
        super().write(file, offset, data)

    def rename(self, old: str, new: str) -> None:
        self._step()
        super().rename(old, new)

    def remove(self, path: str) -> None:
        self._step()
        super().remove(path)


def template(root: Path) -> tuple[Row, ...]:
    """A full backup in bk and rows that came after it; the process is gone."""
    root.mkdir()
    world = World(root)
    running = world.start()
    stream(world, running)
    world.insert(running, 1800)
    rows = world.rows(running)
    world.engine.close()
    return rows


def attempt(root: Path, last: int, grbit: int, rows: tuple[Row, ...]) -> bool:
    """Another backup during which the process dies; whether it did."""
    world = World(root)
    files = Mortal(root, 10**9)
    world.crash(files)
    running = world.open(world.create())
    files._left = last
    try:
        stream(world, running, "bk" if grbit else "second", grbit=grbit)
        ended = True
    except AssertionError:  # a call failed: the process is dead
        ended = False
    assert ended or files.died
    files.die()
    world.crash()
    running = world.open(world.create())
    assert world.rows(running) == rows
    after(world, running, root, ended, grbit)
    world.engine.close()
    return files.died


def after(world: World, running: Running, root: Path, ended: bool, grbit: int) -> None:
    """The next incremental backup continues what there is, or says that it cannot."""
    if ended and not grbit:
        assert world.restored_rows("second") == world.rows(running)
    target = "second" if ended and not grbit else "bk"
    code = world.engine.backup_instance(running.instance, target, INCREMENTAL)
    assert code == 0 if ended else code in (0, -504, -560)
    if code == 0:
        assert world.restored_rows(target, "to") == world.rows(running)


@pytest.mark.parametrize("grbit", [0, INCREMENTAL])
def test_death_at_every_change(tmp_path: Path, grbit: int) -> None:
    """[TM, L18; TR, On failure; EE] Recovery at the next JetInit; the earlier backup stays good."""
    rows = template(tmp_path / "template")
    last = 0
    died = True
    while died:
        last += 1
        shutil.copytree(tmp_path / "template", tmp_path / str(last))
        died = attempt(tmp_path / str(last), last, grbit, rows)
    assert last > 5
