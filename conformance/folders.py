"""Folders for histories: each gets an empty one, in memory where there is room, and at the end nothing is left."""

import itertools
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from .volumes import any_below, unmount_below

MEMORY = Path("/dev/shm")  # noqa: S108 - a file system in memory, where there is one
ROOM = 256 << 20
"""Bytes that must be free there: a folder in memory that fills up would look like an engine's failure."""


def fastest_place() -> Path:
    """Where to put temporary folders: in memory if there is room, else where the system puts them."""
    with suppress(OSError):
        if os.access(MEMORY, os.W_OK | os.X_OK) and shutil.disk_usage(MEMORY).free >= ROOM:
            return MEMORY
    return Path(tempfile.gettempdir())


class Workspace:
    """A temporary folder with a fresh root folder for every history.

    Who makes one owns it and removes everything at the end. Given the folder of another's (the child process that the
    supervisor started) it makes and discards roots there, and leaves the folder to its owner.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._owned = folder is None
        self.folder = folder or Path(tempfile.mkdtemp(prefix="jetconform-", dir=fastest_place()))
        self._numbers = itertools.count(1)

    def fresh(self) -> Path:
        """A new, empty root. The number of the process keeps those of a killed one before it apart."""
        root = self.folder / f"{os.getpid()}-{next(self._numbers)}"
        root.mkdir()
        return root

    def discard(self, root: Path) -> None:
        """Remove a root with all that is in it. ValueError for a folder that is not of this workspace."""
        if root.parent != self.folder:
            raise ValueError(f"{root} is not a folder of the workspace {self.folder}")
        if any_below(root):
            unmount_below(root)
        try:
            _remove(str(root))
        except OSError:  # an engine took rights away, or still writes: slowly, and as far as it goes
            remove_tree(root)

    @contextmanager
    def history(self) -> Iterator[Path]:
        """A root for the time of a `with` block."""
        root = self.fresh()
        try:
            yield root
        finally:
            self.discard(root)

    def close(self) -> None:
        """Remove everything, if it is this one's to remove. May be called again."""
        if self._owned:
            unmount_below(self.folder)  # what a worker that was killed left
            remove_tree(self.folder)

    def __enter__(self) -> "Workspace":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _remove(folder: str) -> None:
    """Remove a tree, links as links: half the time of shutil.rmtree, which guards against links put in by others."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                _remove(entry.path)
            else:
                os.unlink(entry.path)  # noqa: PTH108 - the hot path of thousands of histories
    os.rmdir(folder)  # noqa: PTH106


def remove_tree(folder: Path) -> None:
    """Remove a tree, also where rights were taken away; what cannot be removed stays."""

    def unlock(function: Callable[..., Any], path: str, _: object) -> None:
        with suppress(OSError):
            for place in (Path(path).parent, Path(path)):
                if not place.is_symlink() and place.is_relative_to(folder):
                    place.chmod(stat.S_IRWXU)
            function(path)

    shutil.rmtree(folder, onerror=unlock)
    if folder.exists():  # what was locked when it was first tried
        shutil.rmtree(folder, ignore_errors=True)
