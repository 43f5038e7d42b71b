"""The one narrow file interface: the only module that touches the file system.

Names are relative to a root folder, with `/`. Every operation may raise OSError; who calls decides what that means.
Faults are played by subclassing `Files`.
"""

import errno
import fcntl
import os
import stat
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from ..model.vocabulary import JetErr
from .failure import JetFailure

NAME_LIMIT = 246
"""Longest folder name that the parameters allow [TL: 0-246]."""


class Kind(Enum):
    """What a name stands for; `OTHER` is a pipe, a device, a socket or a link."""

    ABSENT = 0
    FILE = 1
    FOLDER = 2
    OTHER = 3


class WriteFault(Enum):
    """How `Files.refuse_writes` makes writes fail."""

    NO_SPACE = "no-space"
    TORN = "torn"


class PartialWrite(OSError):  # noqa: N818 - it says what happened
    """A write failed after part of its data had reached the file."""


@dataclass(eq=False)
class OpenFile:
    """An open file; `path` is its name at the time of opening."""

    path: str
    descriptor: int
    closed: bool = False

    def close(self) -> None:
        """Give the descriptor back; closing twice does nothing."""
        if not self.closed:
            self.closed = True
            os.close(self.descriptor)

    def __del__(self) -> None:
        self.close()


class Files:
    """Files below `root`. With `sync=False` nothing is forced to the disk: for tests, where only processes die."""

    def __init__(self, root: Path, *, sync: bool = True) -> None:
        self._root = os.path.realpath(root)
        self._sync = sync
        self._open: set[OpenFile] = set()
        self._faults: dict[tuple[str, str], WriteFault] = {}
        self._dead = False

    # -- names ------------------------------------------------------------------------------------------------------

    def resolve(self, path: object) -> str:
        """The name below the root that a caller's `path` means, or InvalidPath.

        Both separators count; absolute names, `..` and links that lead out of the root are refused.
        """
        name = valid_name(path)
        if name is None or os.path.realpath(self._absolute(name)) != self._absolute(name):
            raise JetFailure(JetErr.InvalidPath)
        return name

    def _absolute(self, path: str) -> str:
        return f"{self._root}/{path}" if path else self._root

    # -- open files -------------------------------------------------------------------------------------------------

    def open(self, path: str, *, write: bool = False, create: bool = False, exclusive: bool = False) -> OpenFile:
        """Open a regular file. `create` makes a new one, or fails with EEXIST; `exclusive` keeps other engines out."""
        flags = os.O_RDWR if write or create else os.O_RDONLY
        if create:
            self._alive()
            flags |= os.O_CREAT | os.O_EXCL
        # O_NONBLOCK: opening a pipe that someone put in the place of a file must not block.
        descriptor = os.open(self._absolute(path), flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o666)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise PermissionError(errno.EACCES, "not a regular file", path)
            if exclusive:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            raise
        return self._opened(OpenFile(path, descriptor))

    def lock_folder(self, path: str) -> OpenFile:
        """Claim a folder against other engines and instances until the result is closed."""
        descriptor = os.open(self._absolute(path), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            raise
        return self._opened(OpenFile(path, descriptor))

    def _opened(self, file: OpenFile) -> OpenFile:
        self._open.add(file)
        return file

    def read(self, file: OpenFile, offset: int, count: int) -> bytes:
        """Up to `count` bytes; fewer at the end of the file."""
        pieces = []
        while count > 0:
            piece = os.pread(file.descriptor, count, offset)
            if not piece:
                break
            pieces.append(piece)
            offset += len(piece)
            count -= len(piece)
        return b"".join(pieces)

    def write(self, file: OpenFile, offset: int, data: bytes) -> None:
        """All of `data`; PartialWrite if only some of it could be written."""
        self._alive()
        fault = self._fault_of(file.path)
        if fault is WriteFault.NO_SPACE:
            raise OSError(errno.ENOSPC, "no space", file.path)
        if fault is WriteFault.TORN:
            os.pwrite(file.descriptor, data[: len(data) // 2], offset)
            raise PartialWrite(errno.EIO, "torn write", file.path)
        done = 0
        while done < len(data):
            try:
                done += os.pwrite(file.descriptor, data[done:], offset + done)
            except OSError as error:
                if done:
                    raise PartialWrite(error.errno, error.strerror, file.path) from error
                raise

    def sync(self, file: OpenFile) -> None:
        """Force what was written to the disk; times of access and change may follow later."""
        self._alive()
        if self._sync:
            os.fdatasync(file.descriptor)

    def sync_soon(self, file: OpenFile, offset: int, count: int) -> None:
        """Let the disk begin with what was written there, so that `sync` finds less to wait for; no promise."""
        if self._sync:
            os.posix_fadvise(file.descriptor, offset, count, os.POSIX_FADV_DONTNEED)

    def allocate(self, file: OpenFile, size: int) -> None:
        """Have space on the volume for a file of this size, so that writes to it cannot run out of it."""
        self._alive()
        os.posix_fallocate(file.descriptor, 0, size)

    def truncate(self, file: OpenFile, size: int) -> None:
        """Cut the file off."""
        self._alive()
        os.ftruncate(file.descriptor, size)

    def length(self, file: OpenFile) -> int:
        """Its size in bytes."""
        return os.fstat(file.descriptor).st_size

    def close(self, file: OpenFile) -> None:
        """Close it, which ends its claim; closing twice does nothing."""
        self._open.discard(file)
        file.close()

    # -- folders ----------------------------------------------------------------------------------------------------

    def kind(self, path: str) -> Kind:
        """What is there; links are not followed."""
        try:
            mode = os.lstat(self._absolute(path)).st_mode
        except (FileNotFoundError, NotADirectoryError):
            return Kind.ABSENT
        if stat.S_ISREG(mode):
            return Kind.FILE
        return Kind.FOLDER if stat.S_ISDIR(mode) else Kind.OTHER

    def list(self, path: str) -> list[str]:
        """The names in a folder, sorted."""
        return sorted(os.listdir(self._absolute(path)))  # noqa: PTH208

    def make_folder(self, path: str) -> None:
        """Make one folder."""
        self._alive()
        os.mkdir(self._absolute(path))  # noqa: PTH102 - strings all the way: this is the hot path

    def remove_folder(self, path: str) -> None:
        """Remove an empty folder."""
        self._alive()
        os.rmdir(self._absolute(path))  # noqa: PTH106

    def rename(self, old: str, new: str) -> None:
        """Give a file or folder another name; an existing file of that name is replaced."""
        self._alive()
        os.rename(self._absolute(old), self._absolute(new))  # noqa: PTH104

    def remove(self, path: str) -> None:
        """Remove a file."""
        self._alive()
        os.unlink(self._absolute(path))  # noqa: PTH108

    def sync_folder(self, path: str) -> None:
        """Force the names in a folder to the disk."""
        self._alive()
        if not self._sync:
            return
        descriptor = os.open(self._absolute(path), os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    # -- faults and death -------------------------------------------------------------------------------------------

    def refuse_writes(self, folder: str, suffix: str, fault: WriteFault | None) -> None:
        """From now on writes to the folder's files with that suffix fail; None ends it."""
        if fault is None:
            self._faults.pop((folder, suffix), None)
        else:
            self._faults[folder, suffix] = fault

    def refuses(self, path: str) -> bool:
        """Whether writes to that file were made to fail."""
        return self._fault_of(path) is not None

    def _fault_of(self, path: str) -> WriteFault | None:
        if not self._faults:
            return None
        folder, _, name = path.rpartition("/")
        for (where, suffix), fault in self._faults.items():
            if folder == where and name.endswith(suffix):
                return fault
        return None

    def die(self) -> None:
        """End all claims and change nothing any more: what a call still on its way tries then fails.

        Descriptors are turned away from their files, not closed: a call in the middle of a write must not find another
        file behind its number.
        """
        self._dead = True
        nothing = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        for file in tuple(self._open):
            if not file.closed:
                os.dup2(nothing, file.descriptor, inheritable=False)
        os.close(nothing)
        self._open.clear()

    def _alive(self) -> None:
        if self._dead:
            raise OSError(errno.ESHUTDOWN, "the engine was dropped")


def valid_name(path: object) -> str | None:
    """The name that a path stands for, before anyone looked what lies there; None if it can stand for none."""
    if not isinstance(path, str) or not path or len(path) > NAME_LIMIT:
        return None
    name = path.replace("\\", "/")
    if name.startswith("/") or ":" in name or not name.isprintable():
        return None
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in parts or any(len(os.fsencode(part)) > 255 for part in parts):
        return None
    return "/".join(parts)


def join(folder: str, name: str) -> str:
    """The name of `name` in `folder`."""
    return f"{folder}/{name}" if folder else name


def parent(path: str) -> str:
    """The folder that holds `path`."""
    return path.rpartition("/")[0]


def base(path: str) -> str:
    """The last part of `path`."""
    return path.rpartition("/")[2]
