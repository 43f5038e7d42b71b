"""A disk in memory, below an engine: it tells of every operation before it does it, fails and lies on request, and
remembers what changed, so that what a crash leaves can be worked out afterwards.

It answers as a POSIX file system does, error by error. Paths are relative to its root and use `/`. An engine of one's own
is put on it by the attribute `faulty` of its factory: a function of a Disk, which makes a fresh engine process.
"""

import errno
import os
from dataclasses import dataclass, field

from .image import Content, Image
from .operations import Change, Meddler, Meddling, Operation, ShortWrite

TOP = 0
"""The number of the root folder."""

ENDLESS = 200_000
"""Watched operations after which a run is taken to have no end: the longest scenario has some hundreds."""

ZEROS_FROM = 4096
"""A longer run of zeros behind all that a file holds is counted, not kept."""


@dataclass(eq=False)
class Node:
    """A file's bytes, or a folder's names."""

    number: int
    data: bytearray = field(default_factory=bytearray)
    size: int = 0
    names: "dict[str, Node] | None" = None
    claimed: bool = False


@dataclass(eq=False)
class Handle:
    """An open file; it outlives its name."""

    path: str
    node: Node
    writable: bool
    claims: bool = False
    closed: bool = False


class Disk:
    """Folders and files. While `meddler` is None nothing is watched; `changes` is filled while it is a list."""

    def __init__(self, image: Image | None = None) -> None:
        self.meddler: Meddler | None = None
        self.changes: list[Change] | None = None
        self.operations = 0
        self._count = TOP
        self.top = Node(TOP, names={})
        self._handles: set[Handle] = set()
        paths = image.paths if image is not None else {}
        for path in sorted(paths):
            self._lay(path, paths[path])

    def _lay(self, path: str, content: Content | None) -> None:
        node = self._new(is_folder=content is None)
        if content is not None:
            node.data, node.size = bytearray(content.data), content.size
        self._names(_parent(path))[_base(path)] = node

    def _new(self, *, is_folder: bool) -> Node:
        self._count += 1
        return Node(self._count, names={} if is_folder else None)

    def image(self) -> Image:
        """What lies on it now."""
        paths: dict[str, Content | None] = {}
        pending = [("", self.top)]
        while pending:
            path, node = pending.pop()
            for name, child in (node.names or {}).items():
                place = f"{path}/{name}" if path else name
                if child.names is None:
                    paths[place] = Content(bytes(child.data), child.size)
                else:
                    paths[place] = None
                    pending.append((place, child))
        return Image(paths)

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
            raise _error(meddling.error, path)
        return meddling

    def _changed(self, change: Change) -> None:
        if self.changes is not None:
            self.changes.append(change)

    # -- open files ---------------------------------------------------------------------------------------------------

    def open(self, path: str, *, write: bool = False, create: bool = False, exclusive: bool = False) -> Handle:
        """Open a file. `create` makes a new one, or fails with EEXIST; `exclusive` fails with EWOULDBLOCK if it is claimed."""
        self._asked("create" if create else "open", path)
        if create:
            folder = self._there(_parent(path))
            names = self._names(_parent(path))
            if _base(path) in names:
                raise _error(errno.EEXIST, path)
            node = names[_base(path)] = self._new(is_folder=False)
            self._changed(Change("link", node.number, folder.number, _base(path)))
        else:
            node = self._there(path)
        if node.names is not None:
            raise _error(errno.EISDIR if write else errno.EACCES, path)
        return self._claimed(Handle(path, node, write or create, exclusive))

    def lock_folder(self, path: str) -> Handle:
        """Claim a folder; EWOULDBLOCK if it is claimed."""
        self._asked("claim", path)
        node = self._there(path)
        if node.names is None:
            raise _error(errno.ENOTDIR, path)
        return self._claimed(Handle(path, node, False, True))

    def _claimed(self, handle: Handle) -> Handle:
        if handle.claims:
            if handle.node.claimed:
                raise _error(errno.EWOULDBLOCK, handle.path)
            handle.node.claimed = True
        self._handles.add(handle)
        return handle

    def _open_node(self, handle: Handle, *, write: bool = False) -> Node:
        if handle.closed or (write and not handle.writable):
            raise _error(errno.EBADF, handle.path)
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
                raise _error(meddling.error, handle.path)
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
        folder, names = self._there(_parent(path)), self._names(_parent(path))
        if _base(path) in names:
            raise _error(errno.EEXIST, path)
        node = names[_base(path)] = self._new(is_folder=True)
        self._changed(Change("link", node.number, folder.number, _base(path), is_folder=True))

    def remove_folder(self, path: str) -> None:
        """Remove an empty folder."""
        self._asked("remove folder", path)
        if self._names(path):
            raise _error(errno.ENOTEMPTY, path)
        self._unlink(path)

    def remove(self, path: str) -> None:
        """Remove a file."""
        self._asked("remove", path)
        if self._there(path).names is not None:
            raise _error(errno.EISDIR, path)
        self._unlink(path)

    def _unlink(self, path: str) -> None:
        folder = self._there(_parent(path))
        node = self._names(_parent(path)).pop(_base(path))
        self._changed(Change("unlink", node.number, folder.number, _base(path)))

    def rename(self, old: str, new: str) -> None:
        """Give a file or folder another name; an existing file of that name is replaced."""
        self._asked("rename", f"{old} > {new}")
        olds, names = self._names(_parent(old)), self._names(_parent(new))
        moved, there = self._there(old), names.get(_base(new))
        if there is not None and moved.names is None and there.names is not None:
            raise _error(errno.EISDIR, new)
        if there is not None and moved.names is not None and there.names is None:
            raise _error(errno.ENOTDIR, new)
        if there is not None and there.names:
            raise _error(errno.ENOTEMPTY, new)
        source, target = self._there(_parent(old)), self._there(_parent(new))
        del olds[_base(old)]
        names[_base(new)] = moved
        self._changed(Change("move", moved.number, source.number, _base(old), target.number, _base(new)))

    def sync_folder(self, path: str) -> None:
        """Force the names in a folder to the disk."""
        self._asked("sync folder", path)
        self._names(path)
        self._changed(Change("sync-folder", self._there(path).number))

    def _find(self, path: str) -> Node | None:
        node = self.top
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
        names = self._there(path).names
        if names is None:
            raise _error(errno.ENOTDIR, path)
        return names


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def _base(path: str) -> str:
    return path.rpartition("/")[2]


def _error(number: int, path: str) -> OSError:
    return OSError(number, os.strerror(number), path)
