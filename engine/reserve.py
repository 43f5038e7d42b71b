"""Reserve logs: space that the engine keeps for the day when the volume is full [FI: `<base>RESXXXXX.jrs`]."""

from contextlib import suppress

from .files import Files, Kind, join
from .logfile import TEMPORARY, reserve_name

RESERVES = 2


def make_reserves(files: Files, folder: str, size: int) -> None:
    """Have all reserve logs in place. On a volume that is full already there are fewer, which is no reason to fail."""
    for number in range(1, RESERVES + 1):
        path = join(folder, reserve_name(number))
        if files.kind(path) is Kind.ABSENT:
            with suppress(OSError):
                _make(files, path, size)


def _make(files: Files, path: str, size: int) -> None:
    file = files.open(path, create=True)
    try:
        files.allocate(file, size)
    except OSError:
        files.remove(path)
        raise
    finally:
        files.close(file)


def take_reserve(files: Files, folder: str) -> bool:
    """Make a reserve log the file of the next generation; whether there was one."""
    for number in range(RESERVES, 0, -1):
        path = join(folder, reserve_name(number))
        if files.kind(path) is Kind.FILE:
            files.rename(path, join(folder, TEMPORARY))
            return True
    return False
