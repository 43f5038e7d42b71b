"""A disk in memory, below an engine: it tells of every operation before it does it, fails and lies on request, and
remembers what changed, so that what a crash leaves can be worked out afterwards.

It answers as a POSIX file system does, error by error. Paths are relative to its root and use `/`. An engine of one's own
is put on it by the attribute `faulty` of its factory: a function of a Disk, which makes a fresh engine process.
"""

import errno
import os

from .image import Image
from .nodes import Handle, Node, Nodes, base_of, error_of, parent_of
from .operations import Change, Meddler, Meddling, Operation, ShortWrite

ENDLESS = 200_000
"""Watched operations after which a run is taken to have no end: the longest scenario has some hundreds."""

ZEROS_FROM = 4096
"""A longer run of zeros behind all that a file holds is counted, not kept."""


class Disk(Nodes):
    """Folders and files. While `meddler` is None nothing is watched; `changes` is filled while it is a list."""

    def __init__(self, image: Image | None = None) -> None:
        super().__init__(image)
        self.meddler: Meddler | None = None
        self.changes: list[Change] | None = None
        self.operations = 0
        self._handles: set[Handle] = set()

    def drop(self) -> None:
        """The process that used it died: its open files and claims are gone."""
        for handle in tuple(self._handles):
            self._close(handle)

    # -- watching -----------------------------------------------------------------------------------------------------

    def _asked(self, kind: str, path: str, offset: int = 0, data: bytes = b"") -> Meddling | None:
        """Tell of an operation; what becomes of it. Raises the OSError that it shall fail with, but that of a write."""
        if self.meddler is None:
            return None
        self.operations += 1
        if self.operations > ENDLESS:
            raise RuntimeError(f"{ENDLESS} operations of the disk, and no end")
        meddling = self.meddler(Operation(self.operations, kind, path, offset, data))
        if meddling is not None and meddling.error and kind != "write":
            raise error_of(meddling.error, path)
        return meddling

    def _changed(self, change: Change) -> None:
        if self.changes is not None:
            self.changes.append(change)

    # -- open files ---------------------------------------------------------------------------------------------------

    def open(self, path: str, *, write: bool = False, create: bool = False, exclusive: bool = False) -> Handle:
        """Open a file. `create` makes a new one, or fails with EEXIST; `exclusive` fails with EWOULDBLOCK if it is claimed."""
        self._asked("create" if create else "open", path)
        if create:
            folder = self._there(parent_of(path))
            names = self._names(parent_of(path))
            if base_of(path) in names:
                raise error_of(errno.EEXIST, path)
            node = names[base_of(path)] = self._new(is_folder=False)
            self._changed(Change("link", node.number, folder.number, base_of(path)))
        else:
            node = self._there(path)
        if node.names is not None:
            raise error_of(errno.EISDIR if write else errno.EACCES, path)
        return self._claimed(Handle(path, node, write or create, exclusive))

    def lock_folder(self, path: str) -> Handle:
        """Claim a folder; EWOULDBLOCK if it is claimed."""
        self._asked("claim", path)
        node = self._there(path)
        if node.names is None:
            raise error_of(errno.ENOTDIR, path)
        return self._claimed(Handle(path, node, False, True))

    def _claimed(self, handle: Handle) -> Handle:
        if handle.claims:
            if handle.node.claimed:
                raise error_of(errno.EWOULDBLOCK, handle.path)
            handle.node.claimed = True
        self._handles.add(handle)
        return handle

    def _open_node(self, handle: Handle, *, write: bool = False) -> Node:
        if handle.closed or (write and not handle.writable):
            raise error_of(errno.EBADF, handle.path)
        return handle.node

    def read(self, handle: Handle, offset: int, count: int) -> bytes:
        """Up to `count` bytes; fewer at the end of the file."""
        meddling = self._asked("read", handle.path, offset)
        node = self._open_node(handle)
        count = max(0, min(count, node.size - offset))
        data = bytes(node.data[offset : offset + count]).ljust(count, b"\0")
        if meddling is None or meddling.change is None or not data:
            return data
        data = meddling.change(data)
        if meddling.at_rest:
            self._put(node, offset, data)
        return data

    def write(self, handle: Handle, offset: int, data: bytes) -> None:
        """All of `data`; ShortWrite if only some of it could be written."""
        meddling = self._asked("write", handle.path, offset, data)
        node = self._open_node(handle, write=True)
        if meddling is not None:
            if meddling.error:
                if meddling.kept:
                    self._put(node, offset, data[: meddling.kept])
                    raise ShortWrite(meddling.error, os.strerror(meddling.error), handle.path)
                raise error_of(meddling.error, handle.path)
            if meddling.skip:
                return
            offset += meddling.moved
            data = meddling.change(data) if meddling.change is not None else data
        self._put(node, offset, data)

    def _put(self, node: Node, offset: int, data: bytes) -> None:
        self._changed(Change("write", node.number, offset=offset, data=data))
        held, end = node.data, offset + len(data)
        node.size = max(node.size, end)
        if end > len(held) and len(data) > ZEROS_FROM:
            kept = data.rstrip(b"\0")
            del held[max(offset, 0) :]
            data = kept
        if data and len(held) < offset:
            held.extend(bytes(offset - len(held)))
        held[offset : offset + len(data)] = data

    def sync(self, handle: Handle) -> None:
        """Force what was written to the file to the disk."""
        self._asked("sync", handle.path)
        self._changed(Change("sync", self._open_node(handle).number))

    def allocate(self, handle: Handle, size: int) -> None:
        """Make the file at least so large, with zeros."""
        self._asked("allocate", handle.path)
        node = self._open_node(handle, write=True)
        if size > node.size:
            node.size = size
            self._changed(Change("resize", node.number, offset=size))

    def truncate(self, handle: Handle, size: int) -> None:
        """Cut the file off, or make it longer."""
        self._asked("truncate", handle.path)
        node = self._open_node(handle, write=True)
        node.size = size
        del node.data[size:]
        self._changed(Change("resize", node.number, offset=size))

    def length(self, handle: Handle) -> int:
        """Its size in bytes."""
        return self._open_node(handle).size

    def close(self, handle: Handle) -> None:
        """Close it, which ends its claim; closing twice does nothing."""
        self._close(handle)

    def _close(self, handle: Handle) -> None:
        self._handles.discard(handle)
        if not handle.closed:
            handle.closed = True
            if handle.claims:
                handle.node.claimed = False

    # -- names --------------------------------------------------------------------------------------------------------

    def kind(self, path: str) -> str:
        """`file`, `folder`, or nothing."""
        self._asked("look", path)
        try:
            node = self._find(path)
        except NotADirectoryError:
            return ""
        return "" if node is None else "file" if node.names is None else "folder"

    def list(self, path: str) -> list[str]:
        """The names in a folder, sorted."""
        self._asked("list", path)
        return sorted(self._names(path))

    def make_folder(self, path: str) -> None:
        """Make one folder."""
        self._asked("make folder", path)
        folder, names = self._there(parent_of(path)), self._names(parent_of(path))
        if base_of(path) in names:
            raise error_of(errno.EEXIST, path)
        node = names[base_of(path)] = self._new(is_folder=True)
        self._changed(Change("link", node.number, folder.number, base_of(path), is_folder=True))

    def remove_folder(self, path: str) -> None:
        """Remove an empty folder."""
        self._asked("remove folder", path)
        if self._names(path):
            raise error_of(errno.ENOTEMPTY, path)
        self._unlink(path)

    def remove(self, path: str) -> None:
        """Remove a file."""
        self._asked("remove", path)
        if self._there(path).names is not None:
            raise error_of(errno.EISDIR, path)
        self._unlink(path)

    def _unlink(self, path: str) -> None:
        folder = self._there(parent_of(path))
        node = self._names(parent_of(path)).pop(base_of(path))
        self._changed(Change("unlink", node.number, folder.number, base_of(path)))

    def rename(self, old: str, new: str) -> None:
        """Give a file or folder another name; an existing file of that name is replaced."""
        self._asked("rename", f"{old} > {new}")
        olds, names = self._names(parent_of(old)), self._names(parent_of(new))
        moved, there = self._there(old), names.get(base_of(new))
        if there is not None and moved.names is None and there.names is not None:
            raise error_of(errno.EISDIR, new)
        if there is not None and moved.names is not None and there.names is None:
            raise error_of(errno.ENOTDIR, new)
        if there is not None and there.names:
            raise error_of(errno.ENOTEMPTY, new)
        source, target = self._there(parent_of(old)), self._there(parent_of(new))
        del olds[base_of(old)]
        names[base_of(new)] = moved
        self._changed(Change("move", moved.number, source.number, base_of(old), target.number, base_of(new)))

    def sync_folder(self, path: str) -> None:
        """Force the names in a folder to the disk."""
        self._asked("sync folder", path)
        self._names(path)
        self._changed(Change("sync-folder", self._there(path).number))
