"""What the harness does to the files around an engine: the `fault` events of a trace (docs/trace-format.md)."""

import os
import shutil
from pathlib import Path

from ..model.log_folder import LOG_FOLDER
from . import volumes
from .harm import HARM, harm
from .trace import FaultEvent
from .volumes import VOLUMES

FOREIGN = b"This file belongs to someone else.\n"
"""What a file holds that the harness puts in an engine's way."""

FILE_FAULTS = ("make-directory", "create-file", "empty-directory", "delete-file")

COPY_FILES, PUT_FILES = "copy-files", "put-files"
"""The client of a snapshot copies the log folder into the folder `target`; and, later, puts that copy in its place."""

SAVE_SET = "save-set"
"""The client of a streaming backup writes what it read since the backup began into the folder `target`."""

ENGINE_FAULTS: dict[str, str] = {
    "damage-page": "damage_page",  # target: a database's path
    "damage-log": "damage_log",  # target: an instance
    "fail-log-no-space": "fail_log_writes",  # target: an instance
    "fail-log-torn": "fail_log_writes",
    "snapshot-timeout": "expire_snapshot",  # target: an instance
}
"""Faults that only the engine's adapter can make, and the capability that each needs."""


def change_files(root: Path, kind: str, target: str, *, at: int = 0, role: str = "") -> FaultEvent | None:
    """Make a fault of FILE_FAULTS; None if it cannot be made there, and then nothing has changed for a guard to see.

    `at`: where in the file it is harmed, or how many bytes a full file system has left; `role`: what the file is for, without
    which it is not harmed. ValueError for an unknown kind, and for a target outside of `root`.
    """
    path = below(root, target)
    event = FaultEvent(kind=kind, target=target)
    if kind in HARM:
        return _harmed(path, event, at, role)
    if kind in VOLUMES:
        event.size = at if kind == "fill-disk" else None
        return event if volumes.change(kind, path, at) else None
    try:
        match kind:
            case "make-directory":
                path.mkdir(parents=True)
            case "create-file":
                path.parent.mkdir(parents=True, exist_ok=True)
                with path.open("xb") as file:
                    event.size = file.write(FOREIGN)
            case "empty-directory":
                _empty(path)
            case "delete-file":
                path.unlink()
            case "copy-files":
                path.mkdir()
                _copy(root / LOG_FOLDER, path)
            case "put-files":
                if not path.is_dir():
                    return None
                _empty(root / LOG_FOLDER)
                _copy(path, root / LOG_FOLDER)
            case _:
                known = (*FILE_FAULTS, *HARM, *VOLUMES, COPY_FILES, PUT_FILES, *ENGINE_FAULTS)
                raise ValueError(f"fault {kind!r} is not known: known are {', '.join(known)}")
    except OSError:
        return None
    return event


def _harmed(path: Path, event: FaultEvent, at: int, role: str) -> FaultEvent | None:
    event.role = role
    if event.kind != "remove-file":
        event.offset = at
    try:
        return harm(path, event) if role else None
    except OSError:
        return None


def _empty(folder: Path) -> None:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path)
            else:
                Path(entry.path).unlink()


def _copy(folder: Path, to: Path) -> None:
    """Copy the files of a folder, not its links and sub-folders."""
    for path in sorted(folder.iterdir()):
        if path.is_file() and not path.is_symlink():
            shutil.copyfile(path, to / path.name)


def below(root: Path, target: str) -> Path:
    """The path of `target`, which may come from a file of anyone's: nothing outside of the root is touched."""
    top = root.resolve()
    path = root / target
    # The last part may be a link: it is the link that is deleted, and a link is not emptied.
    place = path.parent.resolve() / path.name if target not in ("", ".") else top
    if ".." in Path(target).parts or not place.is_relative_to(top) or place.is_symlink():
        raise ValueError(f"fault target {target!r} is not below the root folder")
    return place
