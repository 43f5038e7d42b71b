"""The reference engine on a disk of the harness: its file interface, operation by operation, over that disk."""

from dataclasses import dataclass, field
from pathlib import Path

from ...engine.alone import LoneRuntime
from ...engine.engine import Engine
from ...engine.failure import JetFailure
from ...engine.files import Files, Kind, OpenFile, PartialWrite, valid_name
from ...engine.scheduled import TaskRuntime, Tasks
from ...model.vocabulary import JetErr
from ..faults.disk import Disk
from ..faults.nodes import Handle
from ..faults.operations import ShortWrite
from .reference import ReferenceAdapter

_KINDS = {"": Kind.ABSENT, "file": Kind.FILE, "folder": Kind.FOLDER}


@dataclass(eq=False)
class DiskFile(OpenFile):
    """An open file on a disk of the harness."""

    disk: Disk = field(default_factory=Disk)
    handle: Handle | None = None

    def close(self) -> None:
        if not self.closed and self.handle is not None:
            self.closed = True
            self.disk.close(self.handle)


class DiskFiles(Files):
    """The engine's files on a disk of the harness."""

    def __init__(self, disk: Disk) -> None:
        super().__init__(Path("/"), sync=False)
        self._disk = disk

    def resolve(self, path: object) -> str:
        name = valid_name(path)
        if name is None:
            raise JetFailure(JetErr.InvalidPath)
        return name

    def open(self, path: str, *, write: bool = False, create: bool = False, exclusive: bool = False) -> OpenFile:
        if create:
            self._alive()
        return self._on_disk(self._disk.open(path, write=write, create=create, exclusive=exclusive))

    def lock_folder(self, path: str) -> OpenFile:
        return self._on_disk(self._disk.lock_folder(path))

    def _on_disk(self, handle: Handle) -> OpenFile:
        return self._opened(DiskFile(handle.path, -1, disk=self._disk, handle=handle))

    def read(self, file: OpenFile, offset: int, count: int) -> bytes:
        return self._disk.read(_handle(file), offset, count)

    def write(self, file: OpenFile, offset: int, data: bytes) -> None:
        self._alive()
        try:
            self._disk.write(_handle(file), offset, data)
        except ShortWrite as error:
            raise PartialWrite(error.errno, error.strerror, file.path) from error

    def sync(self, file: OpenFile) -> None:
        self._alive()
        self._disk.sync(_handle(file))

    def allocate(self, file: OpenFile, size: int) -> None:
        self._alive()
        self._disk.allocate(_handle(file), size)

    def truncate(self, file: OpenFile, size: int) -> None:
        self._alive()
        self._disk.truncate(_handle(file), size)

    def length(self, file: OpenFile) -> int:
        return self._disk.length(_handle(file))

    def kind(self, path: str) -> Kind:
        return _KINDS[self._disk.kind(path)]

    def list(self, path: str) -> list[str]:
        return self._disk.list(path)

    def make_folder(self, path: str) -> None:
        self._alive()
        self._disk.make_folder(path)

    def remove_folder(self, path: str) -> None:
        self._alive()
        self._disk.remove_folder(path)

    def rename(self, old: str, new: str) -> None:
        self._alive()
        self._disk.rename(old, new)

    def remove(self, path: str) -> None:
        self._alive()
        self._disk.remove(path)

    def sync_folder(self, path: str) -> None:
        self._alive()
        self._disk.sync_folder(path)

    def die(self) -> None:
        self._dead = True
        for file in tuple(self._open):
            file.close()
        self._open.clear()


def _handle(file: OpenFile) -> Handle:
    assert isinstance(file, DiskFile)
    assert file.handle is not None
    return file.handle


class FaultyAdapter(ReferenceAdapter):
    """The reference engine over a disk of the harness, with the smallest logs that there are: every backup makes one."""

    log_file_kb = 64

    def __init__(self, disk: Disk, engine: Engine) -> None:
        super().__init__(Path("/"), engine)
        self._disk = disk

    def make_folder(self, path: str) -> None:
        """Make a folder of the root, which no crash takes away, unless there is one."""
        if not self._disk.kind(path):
            self._disk.make_folder(path)
            self._disk.sync_folder("")


def faulty(disk: Disk, life: int) -> FaultyAdapter:
    """A fresh engine process, the `life`-th on this disk or a copy of it."""
    return FaultyAdapter(disk, Engine(Path("/"), runtime=LoneRuntime(life), files=DiskFiles(disk)))


def scheduled_on_disk(tasks: Tasks, disk: Disk) -> FaultyAdapter:
    """A fresh engine process on a disk, whose calls are made in these tasks and take turns."""
    return FaultyAdapter(disk, Engine(Path("/"), runtime=TaskRuntime(tasks), files=DiskFiles(disk)))
