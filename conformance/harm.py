"""Harm to the files of an engine while none runs: the faults `cut-file`, `flip-bit`, `zero-sector`, `remove-file` of a trace.

What a file is for, the engine says where it can classify; else its name does, as the pages name files [FI].
"""

from pathlib import Path

from ..model.faults import CUT, GONE, REST, Role
from ..model.log_folder import LOG_FOLDER
from .trace import FaultEvent

HARM: dict[str, str] = {"cut-file": CUT, "flip-bit": REST, "zero-sector": REST, "remove-file": GONE}
"""The kinds, in the words of the atlas (model/faults.py)."""

SECTOR = 512

ROLES: dict[str, Role] = {
    "database": Role.DATABASE,
    "log": Role.LOG,
    "checkpoint": Role.CHECKPOINT,
    "backup-database": Role.SET,
    "backup-log": Role.SET,
    "backup-other": Role.SET,
}
"""The roles that an adapter tells apart, and `backup-other`: whatever else lies outside of the log folder."""

_SUFFIXES = {".edb": "database", ".log": "log", ".jtx": "log", ".chk": "checkpoint"}


def role_of(path: str, classified: str = "") -> str:
    """What the file is for, a word of ROLES; empty where it may be harmed without a word from any page.

    `classified`: what the engine says of it.
    """
    known = classified or _SUFFIXES.get(Path(path).suffix, "")
    if path.startswith(f"{LOG_FOLDER}/"):
        return known if known in ("database", "log", "checkpoint") else ""
    known = known.removeprefix("backup-")
    return f"backup-{known}" if known in ("database", "log") else "backup-other"


def harm(path: Path, event: FaultEvent) -> FaultEvent | None:
    """Do what the event says to the regular file `path`; None where that changes nothing.

    `event.offset` may be any number: a place that is used follows from it, and stands in what is returned.
    """
    if path.is_symlink() or not path.is_file():
        return None
    if event.kind == "remove-file":
        path.unlink()
        return event
    before = path.read_bytes()
    data = bytearray(before)
    if not data:
        return None
    event.offset = place = (event.offset or 0) % (len(before.rstrip(b"\0")) or len(before))
    if event.kind == "cut-file":
        data = data[:place]
    elif event.kind == "flip-bit":
        data[place] ^= 1 << place % 8
    else:
        event.offset = place = _used_sector(before, place)
        data[place : place + SECTOR] = bytes(len(data[place : place + SECTOR]))
    if data == before:
        return None
    path.write_bytes(data)
    return event


def _used_sector(data: bytes, place: int) -> int:
    """Where the sector of that place begins or, where it holds nothing, the next that does."""
    starts = range(place // SECTOR * SECTOR, len(data), SECTOR)
    return next((start for start in starts if data[start : start + SECTOR].strip(b"\0")), starts[0])
