"""The ledger: which paths exist and what is there, as far as calls and the environment have told.

Unbounded, so never explored: guards see it only through the `Place` of a path. Where what was seen leaves several
possibilities, a path has several places, and each must be reckoned with.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import PurePosixPath

from .calls import Call, Place
from .files import Files
from .vocabulary import BackupGrbit

ANYTHING = frozenset({Place.MISSING, Place.FILE, Place.EMPTY, Place.FOREIGN, Place.FULL_SET, Place.ATOMIC_SET})
MISSING = frozenset({Place.MISSING})
_EMPTY = frozenset({Place.EMPTY})
_FOREIGN = frozenset({Place.FOREIGN})
_VACANT = MISSING | _EMPTY
_INCREMENTAL = int(BackupGrbit.INCREMENTAL)  # plain integers: this is on the judge's way
_ATOMIC = int(BackupGrbit.ATOMIC)
SET_FOLDERS = ("/new", "/old")
"""The folders inside a destination in which an atomic backup leaves its sets (source 2.1 G28, 7.5)."""
WORKING_FOLDER = "temp"
"""The folder inside a destination in which Microsoft's engine makes an atomic backup (source 7.5)."""


@lru_cache(maxsize=4096)
def _split(path: str) -> tuple[str, str, str]:
    """The path in its plain form, its folder and its last part; nothing for one that may lead anywhere."""
    name = PurePosixPath(path)
    if name.is_absolute() or ".." in name.parts:
        return "", "", ""
    return str(name), str(name.parent), name.name


@lru_cache(maxsize=4096)
def _folders(path: str) -> tuple[str, tuple[str, ...], bool]:
    """The path in its plain form, the folders above it from the inside out, and whether it is a working folder."""
    name = PurePosixPath(path)
    above = tuple(str(folder) for folder in name.parents if str(folder) not in (".", "/"))
    return str(name), above, name.name == WORKING_FOLDER


@dataclass
class Ledger:
    """Paths are relative to the root of the history and use `/`, as in traces (trace-format.md)."""

    places: dict[str, frozenset[Place]] = field(default_factory=dict)
    contents: dict[str, tuple[str, ...]] = field(default_factory=dict)  # of each backup set, the databases
    marked: dict[str, tuple[str, ...]] = field(
        default_factory=dict
    )  # those with the mark of a full backup before that set
    files: Files = field(default_factory=Files)

    def at(self, path: str | None) -> frozenset[Place]:
        """What may be at `path`: a null path and the empty one are places of their own."""
        if path is None:
            return frozenset({Place.NULL})
        if path == "":
            return frozenset({Place.BLANK})
        name, parent, last = _split(path)
        if not name:
            return ANYTHING
        known = self.places.get(name)
        if known is not None:
            return known
        if self.files.listed and not self.files.is_stale(name):
            return MISSING
        return self._inside(self.places.get(parent, MISSING), last)

    @staticmethod
    def _inside(parent: frozenset[Place], name: str) -> frozenset[Place]:
        if parent <= _VACANT:
            return MISSING
        if parent == {Place.ATOMIC_SET}:
            return frozenset({Place.FULL_SET}) if name == "new" else MISSING
        return MISSING | {Place.FULL_SET} if Place.ATOMIC_SET in parent and name == "new" else ANYTHING

    def put(self, path: str, *places: Place) -> None:
        """What is at `path` from now on; folders above a thing that is there are there too, and not empty."""
        name, folders, is_working_folder = _folders(path)
        self.places[name] = frozenset(places)
        for above in folders:
            known = self.places.get(above, MISSING)
            if known <= _VACANT:
                perhaps = known if Place.MISSING in places else frozenset()
                known = _FOREIGN | perhaps
                if is_working_folder and above == folders[0]:
                    known |= _EMPTY  # an engine that works there may take it for its own
                if name.endswith(SET_FOLDERS) and above == folders[0]:
                    known |= {Place.ATOMIC_SET}
            self.places[above] = known

    def backup_started(self, path: str | None, call: Call) -> None:
        """While a backup runs its destination is what it was, or already what it will be."""
        if path:
            self.put(path, *self.at(path), *self._after_success(self.at(path), call))

    def backup_ended(
        self, path: str | None, call: Call, before: frozenset[Place], *, success: bool, clean: bool
    ) -> None:
        """After success a set is there; after a failure what was there, or in a profile that is not clean, leftovers."""
        if not path:
            return
        if success:
            self.put(path, *self._after_success(before, call))
        elif clean or before <= {Place.FILE}:
            self.places[str(PurePosixPath(path))] = before
        else:
            self.put(path, *before, *({Place.FOREIGN} if Place.EMPTY in before or Place.MISSING in before else ()))

    def broken_off(self, path: str | None, call: Call) -> None:
        """The process died in a call. A full backup may leave a half-made set; an earlier one stays for certain if it is
        atomic [BI: JET_bitBackupAtomic]."""
        if path and call.name == "JetBackupInstance" and not call.grbit & (_INCREMENTAL | _ATOMIC):
            self.put(path, *self.at(path), Place.FOREIGN)

    def remember_set(self, path: str, call: Call, databases: tuple[str, ...], marked: tuple[str, ...]) -> None:
        """A backup succeeded: its set holds these databases; an atomic one is in the folder `new` as well (source 2.4).

        An incremental one adds those that its logs make; any other takes the place of what was there, and copies the
        headers as they were before it: `marked` are the databases that had been fully backed up by then (source 2.9).
        """
        for name in (path, f"{path}/new") if call.grbit & _ATOMIC else (path,):
            before = self.contents.get(name, ()) if call.grbit & _INCREMENTAL else ()
            self.contents[name] = tuple(dict.fromkeys((*before, *databases)))
            if not call.grbit & _INCREMENTAL:
                self.marked[name] = marked

    def listed(self, folder: str, files: Mapping[str, int]) -> None:
        """A listing of a folder, `.` being the root: what is at every path in it is known from now on."""
        self.files.list(folder, files)
        top = "" if folder == "." else folder.rstrip("/")
        below = f"{top}/" if top else ""
        changed = [path for path in self.places if path.startswith(below) or path == top or top.startswith(f"{path}/")]
        for path in changed:
            del self.places[path]
        for path in self.files.sizes:
            if path.startswith(below):
                self._see(path)

    def _see(self, path: str) -> None:
        if not path.endswith("/"):
            self.places[path] = frozenset({Place.FILE})
        folder = path.rpartition("/")[0]
        while folder and folder not in self.places:
            self.places[folder] = frozenset({self._kind(folder)})
            folder = folder.rpartition("/")[0]

    def _kind(self, folder: str) -> Place:
        """What a folder is to a backup: the working folder in it is removed first (source 2.1 G26)."""
        inside = [name for name in self.files.inside(folder) if not name.startswith(f"{WORKING_FOLDER}/")]
        if not inside:
            return Place.EMPTY
        if any(name.startswith(("new/", "old/")) for name in inside):
            return Place.ATOMIC_SET
        is_set = self.files.archives(folder) and any(name.endswith(".pat") for name in inside)
        return Place.FULL_SET if is_set else Place.FOREIGN

    @staticmethod
    def _after_success(before: frozenset[Place], call: Call) -> frozenset[Place]:
        if call.grbit & _INCREMENTAL:
            kept = before & {Place.FULL_SET, Place.ATOMIC_SET, Place.FOREIGN}
            return kept | ({Place.FOREIGN} if before - kept else frozenset())
        if before <= _VACANT:
            return frozenset({Place.ATOMIC_SET if call.grbit & _ATOMIC else Place.FULL_SET})
        if call.grbit & _ATOMIC and before == {Place.ATOMIC_SET}:
            return before
        if not call.grbit & _ATOMIC and before == {Place.FULL_SET}:
            return before
        return frozenset({Place.FOREIGN, Place.FULL_SET, Place.ATOMIC_SET})

    def fault(
        self, kind: str, target: str, *, offset: int | None = None, length: int | None = None, size: int | None = None
    ) -> None:
        """The environment did this to a path (trace-format.md, `fault`)."""
        self.files.fault(kind, target, offset=offset, length=length, size=size)
        if kind == "make-directory":
            self.put(target, Place.EMPTY)
        elif kind == "create-file":
            self.put(target, Place.FILE)
        elif kind == "copy-files":
            self.put(target, Place.FOREIGN)
        elif kind == "empty-directory":
            for path in [path for path in self.places if path.startswith(f"{target}/")]:
                del self.places[path]
            self.put(target, Place.EMPTY)
            for path in [path for path in self.contents if path == target or path.startswith(f"{target}/")]:
                del self.contents[path]
                self.marked.pop(path, None)
        elif kind in ("delete-file", "truncate-file", "flip-byte"):
            for above in PurePosixPath(target).parents:
                if str(above) in self.places:
                    seen = self.files.listed and not self.files.is_stale(str(above))
                    self.places[str(above)] = frozenset({self._kind(str(above))}) if seen else ANYTHING
