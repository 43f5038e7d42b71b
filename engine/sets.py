"""Backup sets on disk: what a destination holds, and how a finished set takes the place of an earlier one.

A plain set lies in the destination itself, an atomic one in its folder `new`, while it is replaced also in `old`. Every
backup is made in `temp` first: one that fails leaves nothing new, and there is a whole set at any moment.

A plain set has no single name that could change, so its files are replaced in two steps, each with a folder in `temp`
that says which it is. While there is `leaving`, the files of the earlier set go there, and the earlier set counts. Once
all are there the folder gets the name `replaced`: from then on the new set counts, and its files leave `temp`. Whoever
finds one of the two after a crash knows where the set lies, and how to go back, or on.
"""

from contextlib import suppress
from dataclasses import dataclass, field

from .failure import JetFailure
from .files import Files, Kind, base, join
from .header import DatabaseHeader
from .logfile import LogHeader, archive_generation
from .roles import Role, role_of

NEW, OLD, TEMP, LEAVING, REPLACED = "new", "old", "temp", "leaving", "replaced"
_OURS = frozenset({Role.BACKUP_DATABASE, Role.BACKUP_LOG})
_LIVE = frozenset({Role.DATABASE, Role.LOG, Role.CHECKPOINT})


@dataclass
class BackupSet:
    """The files of one set, named as seen from `folder`; a header is None if the file is damaged."""

    folder: str
    databases: dict[str, DatabaseHeader | None] = field(default_factory=dict)
    logs: dict[int, LogHeader | None] = field(default_factory=dict)
    log_names: dict[int, str] = field(default_factory=dict)

    @property
    def last(self) -> LogHeader | None:
        """The header of its last log."""
        return self.logs[max(self.logs)] if self.logs else None

    @property
    def created(self) -> float:
        """When its last log was begun: the later, the newer the set."""
        return max((header.created for header in self.logs.values() if header), default=0.0)

    def __bool__(self) -> bool:
        return bool(self.databases or self.logs)


@dataclass(frozen=True)
class Destination:
    """What a backup folder holds: its sets, the newest first, and whether it also holds what no backup put there.

    `forbidden` is what no backup may come near: the files of a live instance, or a `temp` that is not ours to remove.
    """

    sets: tuple[BackupSet, ...]
    foreign: bool
    forbidden: bool


def survey(files: Files, folder: str) -> Destination:
    """Look at every file of a backup folder."""
    sets = []
    foreign = forbidden = False
    for name in ("", NEW, OLD):
        place = join(folder, name) if name else folder
        if files.kind(place) is Kind.FOLDER:
            found, roles = _scan(files, place, top=not name)
            foreign |= not roles <= _OURS
            forbidden |= not roles.isdisjoint(_LIVE)
            if found:
                sets.append(found)
    temporary = join(folder, TEMP)
    if files.kind(temporary) is not Kind.ABSENT and not _is_leftover(files, temporary):
        foreign = forbidden = True
    sets.sort(key=lambda each: each.created, reverse=True)
    return Destination(tuple(sets), foreign, forbidden)


def _scan(files: Files, folder: str, *, top: bool) -> tuple[BackupSet, set[Role]]:
    found = BackupSet(folder)
    roles = set()
    for name in _plain_files(files, folder) if top else files.list(folder):
        path = join(folder, name)
        role = role_of(files, path)
        generation = archive_generation(base(name))
        if role.role in (Role.BACKUP_DATABASE, Role.DATABASE):
            found.databases[name] = role.database
        elif generation is not None and files.kind(path) is Kind.FILE:
            found.logs[generation] = role.log
            found.log_names[generation] = name
        roles.add(role.role)
    return found, roles


def _plain_files(files: Files, folder: str) -> list[str]:
    """What lies in a backup folder beside the folders of backups, as seen from there.

    If a crash interrupted the replacement of a plain set, part of what counts is still on its way in `temp`.
    """
    places = {name: name for name in files.list(folder)}
    for name in (NEW, OLD, TEMP):
        if files.kind(join(folder, name)) is Kind.FOLDER:
            places.pop(name, None)
    on_the_way = _on_the_way(files, folder)
    if on_the_way is not None:
        for name in _names(files, join(folder, on_the_way)):
            places[name] = join(on_the_way, name)
    return list(places.values())


def _on_the_way(files: Files, folder: str) -> str | None:
    """Where the rest of the plain set that counts lies if a crash interrupted its replacement, as seen from there."""
    temporary = join(folder, TEMP)
    if files.kind(temporary) is not Kind.FOLDER:  # what lies behind a link is not looked at
        return None
    for name, place in ((REPLACED, TEMP), (LEAVING, join(TEMP, LEAVING))):
        if files.kind(join(temporary, name)) is Kind.FOLDER:  # only then need anything be read, which may fail
            return place if _is_leftover(files, temporary) else None
    return None


def _names(files: Files, folder: str) -> list[str]:
    return [name for name in files.list(folder) if files.kind(join(folder, name)) is Kind.FILE]


def finish_replacement(files: Files, folder: str) -> None:
    """Put the plain set together again whose replacement a crash interrupted."""
    on_the_way = _on_the_way(files, folder)
    if on_the_way is None:
        return
    source = join(folder, on_the_way)
    for name in _names(files, source):
        files.rename(join(source, name), join(folder, name))
    files.sync_folder(folder)


def _is_leftover(files: Files, folder: str, folders: tuple[str, ...] = (LEAVING, REPLACED)) -> bool:
    """Whether `temp`, or one of the folders that it may have, holds nothing but what a backup that died left there."""
    if files.kind(folder) is not Kind.FOLDER:
        return False
    for name in files.list(folder):
        path = join(folder, name)
        if files.kind(path) is Kind.FOLDER:
            if name not in folders or not _is_leftover(files, path, ()):
                return False
        else:
            role = role_of(files, path)
            if role.role not in _OURS and not role.empty:
                return False
    return True


def remove_tree(files: Files, folder: str) -> None:
    """Remove a folder with the files in it; nothing if it is not there."""
    if files.kind(folder) is not Kind.FOLDER:
        return
    for name in files.list(folder):
        path = join(folder, name)
        if files.kind(path) is Kind.FOLDER:
            remove_tree(files, path)
        else:
            files.remove(path)
    files.remove_folder(folder)


class Promotion:
    """Puts the set made in `temp` into its place; until `settle` everything can be undone."""

    def __init__(self, files: Files, folder: str) -> None:
        self._files = files
        self._folder = folder
        self._moves: list[tuple[str, str]] = []

    def plain(self, earlier: tuple[str, ...]) -> None:
        """A full backup: the files in `temp` replace the earlier set beside it. A moved name is on disk in its new place
        before it goes from the old one, and each step before the next."""
        temporary = join(self._folder, TEMP)
        made = self._files.list(temporary)
        leaving = join(temporary, LEAVING)
        self._files.make_folder(leaving)
        self._files.sync_folder(temporary)
        for name in earlier:
            self._move(join(self._folder, name), join(leaving, name))
        self._files.sync_folder(leaving)
        self._files.sync_folder(self._folder)
        self._move(leaving, join(temporary, REPLACED))
        self._files.sync_folder(temporary)
        for name in made:
            self._move(join(temporary, name), join(self._folder, name))
        self._files.sync_folder(self._folder)
        self._files.sync_folder(temporary)

    def add(self, target: str) -> None:
        """An incremental backup: the logs in `temp` join the set in `target`."""
        temporary = join(self._folder, TEMP)
        for name in self._files.list(temporary):
            self._move(join(temporary, name), join(target, name))
        self._files.sync_folder(target)

    def atomic(self) -> None:
        """An atomic backup: `temp` becomes `new`, what was `new` becomes `old`."""
        new, old = join(self._folder, NEW), join(self._folder, OLD)
        if self._files.kind(new) is Kind.FOLDER:
            remove_tree(self._files, old)
            self._move(new, old)
            self._files.sync_folder(self._folder)
        self._move(join(self._folder, TEMP), new)
        self._files.sync_folder(self._folder)

    def undo(self) -> None:
        """Move everything back."""
        while self._moves:
            source, target = self._moves.pop()
            with suppress(OSError):
                self._files.rename(target, source)

    def settle(self) -> None:
        """The new set counts: remove what it replaced. What cannot be removed now, the next backup removes."""
        self._moves.clear()
        with suppress(OSError, JetFailure):
            remove_tree(self._files, join(self._folder, TEMP))
            old = join(self._folder, OLD)
            if self._files.kind(join(self._folder, NEW)) is Kind.FOLDER and _is_leftover(self._files, old, ()):
                remove_tree(self._files, old)
            self._files.sync_folder(self._folder)

    def _move(self, source: str, target: str) -> None:
        self._files.rename(source, target)
        self._moves.append((source, target))
