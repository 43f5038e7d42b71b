"""File systems of their own for a folder: full, or read-only. The faults `own-disk`, `fill-disk`, `seal-disk`, `mend-disk`.

One in memory is mounted, which takes root on Linux; a folder is made read-only without one as well, for anyone but root. Only
what was mounted here is unmounted, and that in any case: when its root folder is discarded, and by who owns the workspace.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

KIND, NAME = "tmpfs", "jetconform"
"""The type of the file systems, and the name by which they are known again."""

ROOM = 64 << 20
"""Bytes that such a file system takes at the most."""

PAGE = 4096
"""Bytes: it cannot be smaller."""

MOUNTS = Path("/proc/self/mountinfo")
OPTIONS = "mode=0755,nosuid,nodev,noexec"
VOLUMES = ("own-disk", "fill-disk", "seal-disk", "mend-disk")

BAD = frozenset({"fill-disk", "seal-disk"})
"""The kinds that not every machine and user can make."""

MADE_WHERE = (
    "a full disk is made again only by root on Linux, where it can be mounted; a read-only one by any other user, too"
)
"""What is said of a history with one of them."""

_mounted: set[Path] = set()


def is_root() -> bool:
    """Whether no rights bind this process."""
    return sys.platform != "win32" and os.geteuid() == 0


def needs_volume(kinds: Iterable[str]) -> bool:
    """Whether these faults make a disk full, or have it take no writes."""
    return not BAD.isdisjoint(kinds)


def change(kind: str, folder: Path, left: int = 0) -> bool:
    """Make a fault of VOLUMES; False where this machine cannot. `left`: the bytes that `fill-disk` leaves."""
    if folder.is_symlink() or not folder.is_dir():
        return False
    folder = folder.resolve()
    match kind:
        case "own-disk":
            return _mount(folder)
        case "fill-disk":
            return folder in _mounted and _remount(folder, f"size={max(_used(folder) + min(left, ROOM), PAGE)}")
        case "seal-disk":
            return _remount(folder, "ro") if folder in _mounted else _write_protect(folder, 0o555)
        case _:
            return _remount(folder, f"rw,size={ROOM}") if folder in _mounted else _write_protect(folder, 0o755)


def unmount_below(folder: Path) -> None:
    """Unmount what was mounted here below a folder, lazily where it is busy; by this process, or by one that is gone."""
    for place in _places_below(folder.resolve()):
        if not _run("umount", str(place)):
            _run("umount", "-l", str(place))
        _mounted.discard(place)


def any_below(folder: Path) -> bool:
    """Whether this process mounted something below a folder."""
    return bool(_mounted) and any(place.is_relative_to(folder.resolve()) for place in _mounted)


def _places_below(folder: Path) -> list[Path]:
    """Where file systems of ours are mounted, the innermost first."""
    try:
        lines = MOUNTS.read_text(errors="surrogateescape").splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        before, _, after = line.partition(" - ")
        place = Path(_plain(before.split()[4]))
        if after.split()[:2] == [KIND, NAME] and place != folder and place.is_relative_to(folder):
            found.append(place)
    return sorted(found, reverse=True)


def _plain(escaped: str) -> str:
    """A path as it is: the kernel writes blanks and the like as a backslash and three octal digits."""
    head, *parts = escaped.split("\\")
    return head + "".join(chr(int(part[:3], 8)) + part[3:] for part in parts)


def _mount(folder: Path) -> bool:
    if folder in _mounted or any(folder.iterdir()):
        return False
    if sys.platform != "linux" or not is_root():
        return False
    if _run("mount", "-t", KIND, "-o", f"size={ROOM},{OPTIONS}", NAME, str(folder)):
        _mounted.add(folder)
        return True
    return False


def _remount(folder: Path, option: str) -> bool:
    return _run("mount", "-o", f"remount,{option},{OPTIONS}", str(folder))


def _used(folder: Path) -> int:
    status = os.statvfs(folder)
    return (status.f_blocks - status.f_bfree) * status.f_frsize


def _write_protect(folder: Path, mode: int) -> bool:
    """Change the rights of a folder and of those in it: that binds anyone but root, and no program on Windows."""
    if sys.platform == "win32" or is_root():
        return False
    with suppress(OSError):
        for place in (folder, *(one for one in folder.rglob("*") if one.is_dir() and not one.is_symlink())):
            place.chmod(mode)
        return True
    return False


def _run(program: str, *arguments: str) -> bool:
    """Whether a program of the system did that."""
    found = shutil.which(program)
    if found is None:
        return False
    return not subprocess.run([found, *arguments], capture_output=True, check=False).returncode  # noqa: S603
