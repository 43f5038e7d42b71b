"""What is asked of a disk, what may become of it instead, and what changed: the words between a disk and who fails it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple


class Operation(NamedTuple):
    """Something that the engine asks of the disk. `number` counts those that are watched, from 1 on."""

    number: int
    kind: str
    path: str
    offset: int = 0
    data: bytes = b""


@dataclass(frozen=True)
class Meddling:
    """What becomes of an operation instead of what was asked.

    `error` is the errno that it fails with; `kept`, of a write, how many bytes reach the file all the same. Without an
    error it succeeds: `skip`, nothing is done; `moved`, a write goes so many bytes further on; `change`, the bytes are
    others, and with `at_rest`, of a read, they are so on the disk from then on.
    """

    error: int = 0
    kept: int = 0
    skip: bool = False
    moved: int = 0
    change: Callable[[bytes], bytes] | None = None
    at_rest: bool = False


Meddler = Callable[[Operation], Meddling | None]


class ShortWrite(OSError):  # noqa: N818 - it says what happened
    """A write failed after part of its data had reached the file."""


class Change(NamedTuple):
    """A change of the disk, or a sync. `node` and `folder` are numbers of files and folders, which names only point to.

    `kind`: link, unlink, move (from `folder`/`name` to `to`/`new`), write, resize, sync, sync-folder (`node` is it).
    """

    kind: str
    node: int
    folder: int = 0
    name: str = ""
    to: int = 0
    new: str = ""
    offset: int = 0
    data: bytes = b""
    is_folder: bool = False
