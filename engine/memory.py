"""Files that are nowhere but in memory, behind the one file interface: for many short histories, which must cost little.

They answer as a POSIX file system does, error by error, as far as the engine can ask. There are no links, no rights and
no limit of space. Before every operation `before` is told of it: whoever schedules tasks may let another go first.
"""

import errno
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from ..model.vocabulary import JetErr
from .failure import JetFailure
from .files import Files, Kind, OpenFile, PartialWrite, WriteFault, base, parent, valid_name

BLOCK = 4096
"""Bytes of a write that are kept in any case."""

Before = Callable[[str, str], None]
"""(operation, path), before it is done."""


@dataclass(eq=False, slots=True)
class Node:
    """What a name stands for: a file's bytes, or a folder's names. The zeros at the end of a file are counted, not kept."""

    data: bytearray = field(default_factory=bytearray)
    size: int = 0
    names: "dict[str, Node] | None" = None
    claimed: bool = False


@dataclass(eq=False)
class MemoryFile(OpenFile):
    """An open file; it outlives its name, as an open file does."""

    node: Node = field(default_factory=Node)
    claims: bool = False
    writable: bool = False

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            if self.claims:
                self.node.claimed = False


def _nothing(operation: str, path: str) -> None:
    """Nobody waits to be told."""


class MemoryFiles(Files):
    """A tree of files in memory."""

    def __init__(self, before: Before = _nothing) -> None:
        super().__init__(Path("/"), sync=False)
        self._top = Node(names={})
        self._before = before

    # -- names ------------------------------------------------------------------------------------------------------

    def resolve(self, path: object) -> str:
        name = valid_name(path)
        if name is None:
            raise JetFailure(JetErr.InvalidPath)
        return name

    def _find(self, path: str) -> Node | None:
        """What lies there. NotADirectoryError if a part of the way is a file."""
        node = self._top
        for part in path.split("/") if path else ():
            if node.names is None:
                raise _error(errno.ENOTDIR, path)
            found = node.names.get(part)
            if found is None:
                return None
            node = found
        return node

    def _there(self, path: str) -> Node:
        node = self._find(path)
        if node is None:
            raise _error(errno.ENOENT, path)
        return node

    def _names(self, path: str) -> dict[str, Node]:
        node = self._there(path)
        if node.names is None:
            raise _error(errno.ENOTDIR, path)
        return node.names

    # -- open files -------------------------------------------------------------------------------------------------

    def open(self, path: str, *, write: bool = False, create: bool = False, exclusive: bool = False) -> OpenFile:
        self._before("create" if create else "claim" if exclusive else "open", path)
        if create:
            self._alive()
            names = self._names(parent(path))
            if base(path) in names:
                raise _error(errno.EEXIST, path)
            node = names[base(path)] = Node()
        else:
            node = self._there(path)
        if node.names is not None:
            raise _error(errno.EISDIR if write else errno.EACCES, path)
        return self._claimed(path, node, exclusive, write or create)

    def lock_folder(self, path: str) -> OpenFile:
        self._before("claim", path)
        node = self._there(path)
        if node.names is None:
            raise _error(errno.ENOTDIR, path)
        return self._claimed(path, node, True, False)

    def _claimed(self, path: str, node: Node, exclusive: bool, writable: bool) -> OpenFile:
        if exclusive:
            if node.claimed:
                raise _error(errno.EWOULDBLOCK, path)
            node.claimed = True
        return self._opened(MemoryFile(path, -1, node=node, claims=exclusive, writable=writable))

    def _node(self, file: OpenFile, *, read_only: int = 0) -> Node:
        """The file's bytes; the error `read_only`, if one is given, for a file that was not opened to be written."""
        assert isinstance(file, MemoryFile)
        if file.closed:
            raise _error(errno.EBADF, file.path)
        if read_only and not file.writable:
            raise _error(read_only, file.path)
        return file.node

    def read(self, file: OpenFile, offset: int, count: int) -> bytes:
        self._before("read", file.path)
        node = self._node(file)
        count = min(count, node.size - offset)
        if self._dead or count <= 0:
            return b""
        return bytes(node.data[offset : offset + count]).ljust(count, b"\0")

    def write(self, file: OpenFile, offset: int, data: bytes) -> None:
        self._before("write", file.path)
        self._alive()
        fault = self._fault_of(file.path)
        if fault is WriteFault.NO_SPACE:
            raise _error(errno.ENOSPC, file.path)
        node = self._node(file, read_only=errno.EBADF)
        if fault is WriteFault.TORN:
            _put(node, offset, data[: len(data) // 2])
            raise PartialWrite(errno.EIO, "torn write", file.path)
        _put(node, offset, data)

    def sync(self, file: OpenFile) -> None:
        self._before("sync", file.path)
        self._alive()

    def allocate(self, file: OpenFile, size: int) -> None:
        self._before("allocate", file.path)
        self._alive()
        node = self._node(file, read_only=errno.EBADF)
        node.size = max(node.size, size)

    def truncate(self, file: OpenFile, size: int) -> None:
        self._before("truncate", file.path)
        self._alive()
        node = self._node(file, read_only=errno.EINVAL)
        node.size = size
        del node.data[size:]

    def length(self, file: OpenFile) -> int:
        return self._node(file).size

    def close(self, file: OpenFile) -> None:
        assert isinstance(file, MemoryFile)
        self._before("give up" if file.claims else "close", file.path)
        super().close(file)

    # -- folders ----------------------------------------------------------------------------------------------------

    def kind(self, path: str) -> Kind:
        self._before("look at", path)
        try:
            node = self._find(path)
        except NotADirectoryError:
            return Kind.ABSENT
        if node is None:
            return Kind.ABSENT
        return Kind.FILE if node.names is None else Kind.FOLDER

    def list(self, path: str) -> list[str]:
        self._before("list", path)
        return sorted(self._names(path))

    def make_folder(self, path: str) -> None:
        self._before("make folder", path)
        self._alive()
        names = self._names(parent(path))
        if base(path) in names:
            raise _error(errno.EEXIST, path)
        names[base(path)] = Node(names={})

    def remove_folder(self, path: str) -> None:
        self._before("remove folder", path)
        self._alive()
        if self._names(path):
            raise _error(errno.ENOTEMPTY, path)
        del self._names(parent(path))[base(path)]

    def rename(self, old: str, new: str) -> None:
        self._before("rename", f"{old} > {new}")
        self._alive()
        olds, names = self._names(parent(old)), self._names(parent(new))
        moved = self._there(old)
        there = names.get(base(new))
        if there is not None and moved.names is None and there.names is not None:
            raise _error(errno.EISDIR, new)
        if there is not None and moved.names is not None and there.names is None:
            raise _error(errno.ENOTDIR, new)
        if there is not None and there.names:
            raise _error(errno.ENOTEMPTY, new)
        del olds[base(old)]
        names[base(new)] = moved

    def remove(self, path: str) -> None:
        self._before("remove", path)
        self._alive()
        if self._there(path).names is not None:
            raise _error(errno.EISDIR, path)
        del self._names(parent(path))[base(path)]

    def sync_folder(self, path: str) -> None:
        self._before("sync", path)
        self._alive()
        self._names(path)

    # -- death ------------------------------------------------------------------------------------------------------

    def die(self) -> None:
        self._dead = True
        for file in tuple(self._open):
            file.close()
        self._open.clear()


def _put(node: Node, offset: int, data: bytes) -> None:
    """Write into a file; a run of zeros behind all that it holds is only counted."""
    held, end = node.data, offset + len(data)
    node.size = max(node.size, end)
    if end > len(held) and len(data) > BLOCK and data.endswith(_zeros(len(data) - BLOCK)):
        data = data[:BLOCK]
        del held[offset:]
    if len(held) < offset:
        held.extend(bytes(offset - len(held)))
    held[offset : offset + len(data)] = data


@lru_cache(maxsize=64)  # an engine writes in few sizes; who lays files of any size would fill the memory
def _zeros(count: int) -> bytes:
    return bytes(count)


def _error(number: int, path: str) -> OSError:
    return OSError(number, os.strerror(number), path)
