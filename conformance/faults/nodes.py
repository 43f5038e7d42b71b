"""What lies on a disk in memory: files and folders by number, to which names lead."""

import errno
import os
from dataclasses import dataclass, field

from .image import Content, Image

TOP = 0
"""The number of the root folder."""


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


class Nodes:
    """Folders and files, from the root folder down."""

    def __init__(self, image: Image | None = None) -> None:
        self._count = TOP
        self.top = Node(TOP, names={})
        paths = image.paths if image is not None else {}
        for path in sorted(paths):
            self._lay(path, paths[path])

    def _lay(self, path: str, content: Content | None) -> None:
        node = self._new(is_folder=content is None)
        if content is not None:
            node.data, node.size = bytearray(content.data), content.size
        self._names(parent_of(path))[base_of(path)] = node

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

    def _find(self, path: str) -> Node | None:
        """What lies there. OSError if a part of the way is a file."""
        node = self.top
        for part in path.split("/") if path else ():
            if node.names is None:
                raise error_of(errno.ENOTDIR, path)
            found = node.names.get(part)
            if found is None:
                return None
            node = found
        return node

    def _there(self, path: str) -> Node:
        """What lies there. OSError if nothing does."""
        node = self._find(path)
        if node is None:
            raise error_of(errno.ENOENT, path)
        return node

    def _names(self, path: str) -> dict[str, Node]:
        """The names in a folder. OSError if there is none."""
        names = self._there(path).names
        if names is None:
            raise error_of(errno.ENOTDIR, path)
        return names


def parent_of(path: str) -> str:
    """The folder of a path."""
    return path.rpartition("/")[0]


def base_of(path: str) -> str:
    """The last part of a path."""
    return path.rpartition("/")[2]


def error_of(number: int, path: str) -> OSError:
    """The error of that number, as a file system says it."""
    return OSError(number, os.strerror(number), path)
