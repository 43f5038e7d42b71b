"""What lies on a disk at one moment: folders and files, immutable, cheap to compare and to keep by the thousand."""

from collections.abc import Mapping
from functools import cached_property
from hashlib import blake2b
from pathlib import PurePosixPath


class Content:
    """The bytes of a file; the zeros at its end are counted, not kept."""

    __slots__ = ("_key", "data", "size")

    def __init__(self, data: bytes = b"", size: int = 0) -> None:
        self.data = data
        self.size = max(size, len(data))
        self._key = b""

    @property
    def key(self) -> bytes:
        """The same for two files of the same bytes."""
        if not self._key:
            self._key = blake2b(self.data.rstrip(b"\0") + b"|%d" % self.size, digest_size=16).digest()
        return self._key

    def written(self, offset: int, data: bytes) -> "Content":
        """The file after a write."""
        held = self.data
        kept = data.rstrip(b"\0") if offset >= len(held) else data
        body = held[:offset].ljust(offset, b"\0") + kept + held[offset + len(data) :] if kept else held
        return Content(body, max(self.size, offset + len(data)))

    def resized(self, size: int) -> "Content":
        """The file after it was cut off, or made longer."""
        return Content(self.data[:size], size)


EMPTY = Content()


class Image:
    """Every path of a disk: a file's content, or None for a folder."""

    def __init__(self, paths: Mapping[str, Content | None]) -> None:
        self.paths = dict(paths)

    @cached_property
    def key(self) -> bytes:
        """The same for two disks on which the same lies."""
        digest = blake2b(digest_size=16)
        for path in sorted(self.paths):
            content = self.paths[path]
            digest.update(path.encode() + (b"/" if content is None else b"=" + content.key) + b"\n")
        return digest.digest()

    def below(self, folder: str) -> "Image":
        """That folder, the folders above it, and all that is in it."""
        prefix = f"{folder}/"
        above = {str(one) for one in PurePosixPath(folder).parents}
        return Image(
            {
                path: one
                for path, one in self.paths.items()
                if path.startswith(prefix) or path == folder or path in above
            }
        )

    def without(self, *paths: str) -> "Image":
        """All but these files."""
        return Image({path: one for path, one in self.paths.items() if path not in paths})

    def files(self, folder: str) -> dict[str, bytes]:
        """The files below a folder, by path, each with its key."""
        return {path: one.key for path, one in self.paths.items() if one is not None and path.startswith(f"{folder}/")}
