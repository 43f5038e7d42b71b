"""The files of a history, as listings, faults and returns tell of them: part of the ledger, so never explored.

Nothing is known before the first listing (`listed`). What is known of the contents of a file follows from who wrote it: a
backup copies logs and databases, a fault strikes or cuts a file, a shutdown leaves databases clean or dirty.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from .log_folder import CURRENT_FOLDER, LOG_FOLDER, LogFolder, archive_name, generation_of

PAGE = 4096
"""Bytes of a log header, of a log segment and of a database page (source 7.1, 7.3)."""


class State(Enum):
    """In what state a database file lies on the disk while nobody has it attached (source 7.1, dbstate)."""

    CLEAN = "clean"
    DIRTY = "dirty"  # recovery will bring it to a consistent state
    STRANDED = "dirty, and no log that recovery reads leads there"
    COPY = "a backup copy"  # put there by a restore that failed
    COPY_OVER = "a backup copy where recovery expects a database"


class Copy(NamedTuple):
    """The copy of a database in a backup set: of which log sequence, and which generations it needs (source 2.3, 7.6)."""

    sequence: int
    low: int
    high: int
    marked_to: int | None = None  # the highest generation of the backup before, of which its header tells (source 2.9)


@dataclass
class Files:
    """Paths are relative to the root of the history and use `/`; a folder is in `sizes` with a `/` at its end."""

    listed: bool = False
    sizes: dict[str, int] = field(default_factory=dict)
    cut: set[str] = field(default_factory=set)
    struck: dict[str, set[int]] = field(default_factory=dict)  # by file, the pages in which bytes were changed
    sequences: dict[str, int] = field(default_factory=dict)  # by log of a set, the log sequence it is of
    copies: dict[str, Copy] = field(default_factory=dict)
    databases: dict[str, State] = field(default_factory=dict)
    attached: set[str] = field(default_factory=set)
    backed_up_to: dict[str, int] = field(default_factory=dict)  # by database, the highest generation of its last backup
    log_folder: str = LOG_FOLDER
    logs: dict[str, LogFolder] = field(default_factory=dict)
    _begun: int = 0  # log sequences so far
    _marking: set[str] = field(default_factory=set)  # databases whose last backup no listing has shown yet
    # folders that backups wrote since the last listing; of a full one, how far each database was backed up before
    _written: dict[str, dict[str, int] | None] = field(default_factory=dict)

    # what is there

    @property
    def log(self) -> LogFolder:
        """The logs of the instance that runs, or would."""
        return self.logs.setdefault(self.log_folder, LogFolder(self.log_folder))

    def inside(self, folder: str) -> dict[str, int]:
        """Everything below a folder by its name there, sub-folders with a `/` at the end; without the folder itself."""
        above = f"{folder}/"
        return {
            path[len(above) :]: size for path, size in self.sizes.items() if path.startswith(above) and path != above
        }

    def is_folder(self, path: str) -> bool:
        """Whether a folder of that path is there."""
        above = f"{path}/"
        return any(other.startswith(above) for other in self.sizes)

    def archives(self, folder: str) -> dict[int, str]:
        """The archived logs right inside a folder: their paths by generation, in order."""
        found = ((generation_of(name), f"{folder}/{name}") for name in self.inside(folder))
        return dict(sorted((generation, path) for generation, path in found if generation is not None))

    def is_stale(self, folder: str) -> bool:
        """Whether a backup wrote to the folder, or above or below it, and nobody has looked since."""
        return any(
            folder == other or folder.startswith(f"{other}/") or other.startswith(f"{folder}/")
            for other in self._written
        )

    # what happened

    def list(self, folder: str, files: Mapping[str, int]) -> None:
        """A listing of a folder: `.` is the root."""
        self.listed = True
        before = set(self.sizes)
        if folder == ".":
            self.sizes = dict(files)
        else:
            above = f"{folder.rstrip('/')}/"
            self.sizes = {path: size for path, size in self.sizes.items() if not path.startswith(above)}
            self.sizes |= {f"{above}{name}": size for name, size in files.items()} | {above: 0}
        self._follow_renamed(before)
        top = folder.rstrip("/")
        seen = [path for path in self._written if top == "." or path == top or path.startswith(f"{top}/")]
        for written in seen:
            self._fresh(written, self._written[written])
        self._see_logs()
        for written in seen:
            del self._written[written]
        for known in (self.struck, self.sequences, self.copies):
            for path in [path for path in known if path not in self.sizes]:
                del known[path]
        self.cut &= set(self.sizes)

    def _see_logs(self) -> None:
        log = self.log
        archives = set(self.archives(log.folder))
        log.see(
            exists=log.current in self.sizes, archives=archives, rolled_freely=bool(self._written) and not self.attached
        )
        if log.exists:
            self.backed_up_to |= dict.fromkeys(self._marking, log.generation - 1)
            self._marking.clear()

    def _follow_renamed(self, before: set[str]) -> None:
        """An atomic backup renames `new` to `old` before it begins (source 2.1 G29): what is known goes along."""
        for path in [path for path in self.sizes if "/old/" in path and path not in before]:
            was = path.replace("/old/", "/new/")
            if was not in before:
                continue
            if was in self.struck:
                self.struck[path] = self.struck[was]
            if was in self.cut:
                self.cut.add(path)
            if was in self.sequences:
                self.sequences[path] = self.sequences[was]
            if was in self.copies:
                self.copies[path] = self.copies[was]

    def _fresh(self, folder: str, marks: Mapping[str, int] | None) -> None:
        """A backup wrote there: its files are whole, and of the current log sequence."""
        logs, originals = self.archives(folder), self.archives(self.log_folder)
        lowest = min(originals, default=self.log.generation) if marks is None else 0
        whole = max((self.sizes[path] for path in originals.values()), default=0)
        for generation, path in logs.items():
            if generation >= lowest:
                self._whole(path)
                self.sequences[path] = self.log.sequence
                if self.sizes[path] < whole:
                    self.cut.add(path)  # a shortened log is copied as it is
        if marks is None or not logs:
            return
        marked = {path.rpartition("/")[2]: generation for path, generation in marks.items()}
        for name in [name for name in self.inside(folder) if "/" not in name and name.endswith(".edb")]:
            self._whole(f"{folder}/{name}")
            self.copies[f"{folder}/{name}"] = Copy(self.log.sequence, min(logs), max(logs), marked.get(name))

    def _whole(self, path: str) -> None:
        self.cut.discard(path)
        self.struck.pop(path, None)

    def fault(self, kind: str, target: str, *, offset: int | None, length: int | None, size: int | None) -> None:
        """The environment did this to a path (trace-format.md, `fault`)."""
        if kind == "make-directory":
            self.sizes[f"{target}/"] = 0
        elif kind == "create-file":
            self.sizes[target] = size or 0
            self._whole(target)
        elif kind == "empty-directory":
            self._empty(target)
        elif kind in ("delete-file", "truncate-file", "flip-byte"):
            self._was_there(target)
            if kind == "delete-file":
                self._delete(target)
            elif kind == "truncate-file":
                self.sizes[target] = size or 0
                self.cut.add(target)
            else:
                at = offset or 0
                self.struck.setdefault(target, set()).update(
                    range(at // PAGE, (at + max(length or 1, 1) - 1) // PAGE + 1)
                )

    def _delete(self, target: str) -> None:
        self.sizes.pop(target, None)
        self._whole(target)
        folder, _, name = target.rpartition("/")
        generation = generation_of(name)
        if target == self.log.current:
            self.log.exists = False
        elif folder == self.log_folder and generation is not None:
            self.log.removed.add(generation)
        if self.databases.get(target) is not State.DIRTY:
            self.databases.pop(target, None)  # one left dirty is still expected by recovery

    def returns(self, path: str) -> bool:
        """Whether recovery would make that database anew, because it replays its creation."""
        return self.databases.get(path) is State.DIRTY and path in self.log.made

    def _was_there(self, target: str) -> None:
        """A log that no listing showed was there after all, and so were those before it."""
        folder, _, name = target.rpartition("/")
        generation = generation_of(name)
        if folder != self.log_folder or generation is None or generation < self.log.generation:
            return
        size = max((self.sizes[path] for path in self.archives(folder).values()), default=0)
        for one in range(self.log.generation, generation + 1):
            self.sizes[f"{folder}/{archive_name(one)}"] = size
        self.log.generation = generation + 1

    def _empty(self, folder: str) -> None:
        above = f"{folder}/"
        self.sizes = {path: size for path, size in self.sizes.items() if not path.startswith(above)} | {above: 0}
        self.cut = {path for path in self.cut if not path.startswith(above)}
        self.struck = {path: pages for path, pages in self.struck.items() if not path.startswith(above)}
        self.databases = {path: state for path, state in self.databases.items() if not path.startswith(above)}
        self.logs.pop(folder, None)

    def backed_up(self, path: str | None, *, success: bool, incremental: bool, atomic: bool) -> None:
        """A backup that got as far as writing came back (source 2.3, 2.4)."""
        folder = path or CURRENT_FOLDER
        if not incremental and atomic and success:
            folder = f"{folder}/new"
        self._written[folder] = None if incremental else dict(self.backed_up_to)
        if success:
            self._marking |= self.attached

    def streamed(self) -> None:
        """A streaming backup ended and marked its databases (source 5.1 End)."""
        self._marking |= self.attached

    def truncated(self) -> None:
        """Logs were deleted by a backup that may yet come to nothing: which of them are needed is not known."""
        self.backed_up_to.clear()

    def initialized(self) -> None:
        """JetInit succeeded, with recovery on: what was dirty is clean, and the checkpoint is in the current log."""
        log = self.log
        if log.exists:
            self._settle(State.DIRTY, State.CLEAN)
        else:
            older = self.archives(log.folder)
            if not older:
                self._begun += 1
                log.sequence = self._begun
            log.exists, log.generation = True, max(older, default=0) + 1
            self.sizes.setdefault(log.current, 0)
        log.start()

    def move_logs(self, folder: str) -> None:
        """The next instance has its logs there: in the one-instance mode, in the current directory (source 6, defaults)."""
        self.log_folder = folder

    def terminated(self, *, dirty: bool, logged: bool) -> None:
        """The instance is gone; with `dirty` what it had attached was left as it was (T2 Dirty, a crash)."""
        left = (State.DIRTY if logged else State.STRANDED) if dirty else State.CLEAN
        self.databases |= dict.fromkeys(self.attached, left)
        self.attached.clear()
        if logged:
            self.log.dirty = dirty

    def created(self, path: str) -> None:
        """A database was made, and is attached."""
        self.databases[path] = State.CLEAN
        self.backed_up_to.pop(path, None)
        self.log.made.add(path)
        self._whole(path)
        self.attach(path)

    def attach(self, path: str) -> None:
        """A database is attached."""
        if not self.attached:
            self.log.pinned = self.log.generation
        self.attached.add(path)

    def detach(self, path: str) -> None:
        """A database is not attached any more."""
        self.attached.discard(path)

    def restored(self, folder: str, places: Mapping[str, str]) -> None:
        """A restore from the set in `folder` succeeded (source 4.1); `places` tells where the copy of each name went.

        Its databases are clean; what was dirty beside them, recovery no longer finds.
        """
        self._settle(State.DIRTY, State.STRANDED)
        for name, path in places.items():
            self.databases[path] = State.CLEAN
            self._whole(path)
            self.backed_up_to.pop(path, None)
            copy = self.copies.get(f"{folder}/{name}")
            if copy is not None and copy.marked_to is not None:
                self.backed_up_to[path] = copy.marked_to
        self._continue(folder)
        self.log.dirty = self.log.interrupted = False

    def broken_off(self, folder: str, places: Iterable[str], *, at_the_end: bool) -> None:
        """A restore from there failed while it replayed logs: copies lie where databases should (source 4.1 l to n)."""
        for path in places:
            dirty = self.databases.get(path) is State.DIRTY
            self.databases[path] = State.COPY_OVER if dirty else State.COPY
        if at_the_end and not self.log.exists:
            self._continue(folder)
            self.log.interrupted = True

    def _continue(self, folder: str) -> None:
        """The log folder goes on where the logs of that set end."""
        logs, log = self.archives(folder), self.log
        if not log.exists:
            log.exists, log.sequence = True, self.sequences.get(logs[max(logs)], log.sequence)
        log.generation = max(log.generation, max(logs) + 1)

    def _settle(self, before: State, after: State) -> None:
        for path, state in self.databases.items():
            if state is before:
                self.databases[path] = after
