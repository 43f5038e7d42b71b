"""Listings of a trace: what the `files` events tell of folders, logs, databases and backup sets, by name and size alone."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from ..model.calls import Place
from ..model.ledger import SET_FOLDERS, WORKING_FOLDER, Ledger
from ..model.log_folder import LOG_FOLDER
from .snapshot import File, Snapshot
from .trace import FilesEvent

PAGE = 4096
"""Bytes of a database page, the default of JET_paramDatabasePageSize (source 6)."""
BASE = "edb"
"""JET_paramBaseName: how the names of log files begin (source 7.5)."""
LOG_SUFFIXES = (".log", ".jtx")
CURRENT, TEMPORARY = BASE, f"{BASE}tmp"
SETS = frozenset(folder.lstrip("/") for folder in SET_FOLDERS)


class SizeClass(Enum):
    """What a size tells of a file (trace-format.md)."""

    EMPTY = "empty"
    LOG = "exactly one log file"
    PAGES = "whole pages"
    OTHER = "no whole pages"


def size_class(size: int, log_size: int) -> SizeClass:
    """The class of a size, where log files have `log_size` bytes."""
    if size == 0:
        return SizeClass.EMPTY
    if size == log_size:
        return SizeClass.LOG
    return SizeClass.OTHER if size % PAGE else SizeClass.PAGES


@dataclass(frozen=True)
class Listing:
    """Everything below the root of a trace at one moment: sizes by path, and the folders."""

    sizes: Mapping[str, int]
    folders: frozenset[str]

    @classmethod
    def of(cls, event: FilesEvent) -> "Listing":
        """The listing of an event, with its paths from the root on."""
        prefix = "" if event.dir in ("", ".") else f"{event.dir.rstrip('/')}/"
        names = {f"{prefix}{name}": size for name, size in event.files.items()}
        folders = {name.rstrip("/") for name in names if name.endswith("/")}
        if prefix:
            folders.add(prefix.rstrip("/"))
        return cls({name: size for name, size in names.items() if not name.endswith("/")}, frozenset(folders))

    def snapshot(self) -> Snapshot:
        """The same as a snapshot: names and sizes tell the role of a file, nothing tells its content."""
        files = {name: File(size, b"", *_role(name)) for name, size in self.sizes.items()}
        return Snapshot(files, {}, (), self.folders)

    def log_size(self) -> int:
        """Bytes of one log file: the size that most of those in the log folder have, or 0 where there is none."""
        inside = ((name, size) for name, size in self.sizes.items() if name.startswith(f"{LOG_FOLDER}/"))
        logs = (size for name, size in inside if _stem(name).startswith(BASE) and _is_log(name) and size)
        found = Counter(logs).most_common(1)
        return found[0][0] if found else 0

    def databases(self) -> frozenset[str]:
        """The database files beside the logs."""
        return frozenset(name for name in self.sizes if _role(name)[0] == "database")


def _is_log(name: str) -> bool:
    return name.endswith((*LOG_SUFFIXES, ".jrs"))


def _stem(name: str) -> str:
    return name.rpartition("/")[2].rpartition(".")[0]


def _role(name: str) -> tuple[str, int | None]:
    """The role of a file and the generation of a log, by the names that Microsoft's engine gives (source 7.5)."""
    inside = name.startswith(f"{LOG_FOLDER}/") and "/" not in name.removeprefix(f"{LOG_FOLDER}/")
    stem, suffix = _stem(name), name[name.rfind(".") :]
    if suffix == ".edb":
        return ("database" if inside else "backup-database"), None
    if suffix == ".pat":
        return "patch", None
    if suffix in LOG_SUFFIXES and stem.startswith(BASE) and stem not in (CURRENT, TEMPORARY):
        try:
            return ("log" if inside else "backup-log"), int(stem.removeprefix(BASE), 16)
        except ValueError:
            return "", None
    return "", None


NOTHING_INSIDE = frozenset({Place.NULL, Place.BLANK, Place.MISSING, Place.FILE, Place.EMPTY})
SOMETHING_INSIDE = frozenset(Place) - NOTHING_INSIDE
"""The places of a folder in which something is."""


def refine(ledger: Ledger, listing: Listing) -> None:
    """Tell the ledger what is at the paths that it knows: of several possibilities, those stay that the listing allows."""
    for path in sorted({*ledger.places, *listing.folders}):
        allowed, likely = _at(path, listing)
        ledger.places[path] = (ledger.at(path) & allowed) or likely


def _at(path: str, listing: Listing) -> tuple[frozenset[Place], frozenset[Place]]:
    """What names and sizes allow at a path, and what is there where all that the ledger knew is not allowed."""
    if path in listing.sizes:
        return (frozenset({Place.FILE}),) * 2
    if path not in listing.folders:
        return (frozenset({Place.MISSING}),) * 2
    inside = {name.removeprefix(f"{path}/").partition("/")[0] for name in _below(path, listing)}
    if not inside:
        return (frozenset({Place.EMPTY}),) * 2
    if inside & SETS:
        return SOMETHING_INSIDE, frozenset({Place.ATOMIC_SET, Place.FOREIGN})
    if inside == {WORKING_FOLDER}:  # what an engine finds in its own working folder it may take away first
        return SOMETHING_INSIDE | {Place.EMPTY}, frozenset({Place.FOREIGN, Place.EMPTY})
    return SOMETHING_INSIDE, frozenset({Place.FOREIGN, Place.FULL_SET})


def _below(path: str, listing: Listing) -> Iterable[str]:
    return (name for names in (listing.sizes, listing.folders) for name in names if name.startswith(f"{path}/"))
