"""One campaign at a time in a folder: the lock goes with its process, however that ends."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import CheckError


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """The folder is this process's alone for the time of a `with` block. CheckError where another has it."""
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            _lock(descriptor)
        except OSError:
            raise CheckError(f"{folder}: another campaign is running there") from None
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> None:
    """Lock it at once, or OSError."""
    if sys.platform == "win32":
        import msvcrt  # nothing else has it

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl  # Windows has none

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
