"""Planning and copying a backup set: which files, into which folder, every page and log verified on the way [BI]."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from ..model.vocabulary import BackupGrbit, JetErr
from .database import CHUNK_PAGES, Database
from .events import EventId
from .failure import JetFailure
from .files import Files, Kind, OpenFile, base, join, parent
from .header import HEADER_PAGES, BackupMark, DatabaseHeader, write_new_header
from .instance import Instance
from .log import Log
from .logfile import (
    CHECKPOINT,
    CURRENT,
    TEMPORARY,
    archive_generation,
    archive_name,
    archives,
    peek_log_header,
)
from .logreader import copy_log
from .pages import PAGE_SIZE, verify_pages
from .progress import Progress
from .registry import Registry
from .sets import LEAVING, NEW, OLD, REPLACED, TEMP, BackupSet, finish_replacement, remove_tree, survey
from .storage import make_folders

DATABASE_SHARE = 0.8
_RESERVED_NAMES = frozenset({CURRENT, TEMPORARY, CHECKPOINT, NEW, OLD, TEMP, LEAVING, REPLACED})


@dataclass(frozen=True)
class SetPlan:
    """Where a set goes. `folder` None: no set, only truncation; `target`: where the files lie in the end."""

    folder: str | None
    target: str = ""
    earlier: tuple[str, ...] = ()
    first_generation: int = 0


def plan_set(files: Files, instance: Instance, path: object, bits: BackupGrbit) -> SetPlan:
    """The guards that need files: MissingFullBackup, InvalidPath, BackupDirectoryNotEmpty. The data lock is held."""
    log = instance.require_log()
    if path is None:
        return SetPlan(None, first_generation=log.generation)
    folder = files.resolve(path)
    incremental = bool(bits & BackupGrbit.INCREMENTAL)
    first = first_needed(files, instance, log) if incremental else log.generation
    kind = files.kind(folder)
    if kind is Kind.ABSENT and instance.parameters.create_path and _is_folder_above(files, folder):
        return SetPlan(folder, folder, (), first)
    if kind is not Kind.FOLDER:
        raise JetFailure(JetErr.InvalidPath)
    found = survey(files, folder)
    if not incremental:
        if found.foreign:
            raise JetFailure(JetErr.BackupDirectoryNotEmpty)
        plain = [each for each in found.sets if each.folder == folder]
        names = tuple(base(name) for each in plain for name in (*each.databases, *each.log_names.values()))
        return SetPlan(folder, folder, names, first)
    if found.forbidden:
        raise JetFailure(JetErr.BackupDirectoryNotEmpty)
    target, first = _continued(files, instance, log, found.sets, folder, first)
    return SetPlan(folder, target, (), first)


def first_needed(files: Files, instance: Instance, log: Log) -> int:
    """The first generation of an incremental backup: the one after the last backup of any attached database.

    MissingFullBackup if a database was never fully backed up, or if logs since its last backup are gone, so that only a
    full backup can help.
    """
    lowest = min(archives(files, instance.folder), default=log.generation)
    first = log.generation if instance.attached else lowest
    for database in instance.attached.values():
        header = database.header
        last = max(header.full_prev.gen_high, header.inc_prev.gen_high)
        if not header.full_prev.gen_high or last + 1 < lowest:
            raise JetFailure(JetErr.MissingFullBackup)
        first = min(first, last + 1)
    return first


def _continued(
    files: Files, instance: Instance, log: Log, sets: tuple[BackupSet, ...], folder: str, first: int
) -> tuple[str, int]:
    """The folder of the set that the logs continue, and the first generation that it lacks.

    On success the destination must be restorable to the moment of the backup [BI]: logs that do not follow the set that
    lies there would break that, and its restore, so they are refused. A set may be one of logs alone: a full backup of
    no database, whose logs no header keeps from being truncated.
    """
    newest = sets[0] if sets else None
    target = newest.folder if newest else folder
    if newest:
        last = newest.last
        if last is None or last.signature != log.signature or last.generation + 1 < first:
            raise JetFailure(JetErr.BackupDirectoryNotEmpty)
        first = last.generation + 1
        path = CURRENT if first == log.generation else archive_name(first)
        if first > log.generation or peek_log_header(files, join(instance.folder, path)).previous != last.identity:
            raise JetFailure(JetErr.BackupDirectoryNotEmpty)
    if any((archive_generation(name) or 0) >= first for name in files.list(target)):
        raise JetFailure(JetErr.BackupDirectoryNotEmpty)
    return target, first


def _is_folder_above(files: Files, folder: str) -> bool:
    while folder and files.kind(folder) is Kind.ABSENT:
        folder = parent(folder)
    return files.kind(folder) is Kind.FOLDER


class Copier:
    """Makes the files of a set in the destination's folder `temp`."""

    def __init__(
        self,
        registry: Registry,
        instance: Instance,
        plan: SetPlan,
        progress: Progress,
        reach: Callable[[str, str], None],
    ) -> None:
        self.plan = plan
        self._registry = registry
        self._files = registry.files
        self._instance = instance
        self._progress = progress
        self._reach = reach
        self._made_folders: list[str] = []
        self._headers: dict[str, DatabaseHeader] = {}

    @property
    def _folder(self) -> str:
        return self.plan.folder or ""

    @property
    def _temporary(self) -> str:
        return join(self._folder, TEMP)

    def require_not_stopped(self) -> None:
        """BackupAbortByServer after JetStopBackupInstance, or JetTerm2 with StopBackup [SB, T2]."""
        with self._registry.monitor:
            stopped = self._instance.backup_stopped or self._registry.dropped
        if stopped:
            raise JetFailure(JetErr.BackupAbortByServer)

    def prepare(self) -> None:
        """Make the destination if it is missing, tidy up what a backup that died left in `temp`, and start afresh."""
        if self._files.kind(self._folder) is Kind.ABSENT:
            self._made_folders = make_folders(self._files, self._folder)
        finish_replacement(self._files, self._folder)
        remove_tree(self._files, self._temporary)
        self._files.make_folder(self._temporary)

    def clean_up(self) -> None:
        """After a failure: nothing new stays in the destination [BI]."""
        if self.plan.folder is None:
            return
        with suppress(OSError):
            finish_replacement(self._files, self._folder)  # if not everything could be moved back
            remove_tree(self._files, self._temporary)
            for folder in reversed(self._made_folders):
                self._files.remove_folder(folder)

    # -- databases --------------------------------------------------------------------------------------------------

    def copy_databases(self, databases: list[Database], pages: list[int], mark: BackupMark) -> None:
        """Copy every database chunk by chunk while others write: a fuzzy copy, made whole by the logs of the set.

        `pages` are those of each that were in use, and on the disk, when `mark` was made.
        """
        names = copy_names(databases)
        for index, database in enumerate(databases):
            name = names[index]
            self._reach("copy", name)
            self.require_not_stopped()
            self._instance.note(EventId.FILE_STARTED, f"copying {database.path} to {name}", database.path, name)
            self._headers[name] = replace(database.header, backup_copy=True, full_cur=mark)
            file = self._files.open(join(self._temporary, name), create=True)
            try:
                write_new_header(self._files, file, self._headers[name])
                self._copy_pages(database, file, pages[index], sum(pages[:index]), sum(pages))
            finally:
                self._files.close(file)
            self._instance.note(EventId.FILE_COMPLETED, f"{name} is complete", name)

    def _copy_pages(self, database: Database, file: OpenFile, pages: int, done: int, total: int) -> None:
        for first in range(1, pages + 1, CHUNK_PAGES):
            count = min(CHUNK_PAGES, pages + 1 - first)
            with self._instance.data:
                data = database.read_pages(first, count)
            if len(data) != count * PAGE_SIZE:
                raise JetFailure(JetErr.ReadVerifyFailure)
            verify_pages(data, first)
            at = (first - 1 + HEADER_PAGES) * PAGE_SIZE
            self._files.write(file, at, data)
            self._files.sync_soon(file, at, len(data))
            self._progress.advance((done + first + count - 1) / total * DATABASE_SHARE)
            self.require_not_stopped()

    def complete_headers(self, mark: BackupMark) -> None:
        """Tell the copies up to which generation they need logs, which was not known when they were begun.

        Now they are forced to the disk, which had time to begin with that: a set counts when all of it is there.
        """
        for name, header in self._headers.items():
            file = self._files.open(join(self._temporary, name), write=True)
            try:
                write_new_header(self._files, file, replace(header, full_cur=mark))
                self._files.sync(file)
            finally:
                self._files.close(file)

    # -- logs -------------------------------------------------------------------------------------------------------

    def copy_logs(self, low: int, high: int) -> None:
        """Copy closed generations, each verified."""
        first, last = archive_name(low), archive_name(high)
        self._instance.note(EventId.LOGS_STARTED, f"copying logs {first} to {last}", first, last)
        for generation in range(low, high + 1):
            name = archive_name(generation)
            self._reach("copy", name)
            self.require_not_stopped()
            self._copy_log(name)
            share = (generation - low + 1) / (high - low + 1)
            self._progress.advance(DATABASE_SHARE + (1 - DATABASE_SHARE) * share)
            self.require_not_stopped()
            self._instance.note(EventId.FILE_COMPLETED, f"{name} is complete", name)

    def _copy_log(self, name: str) -> None:
        try:
            copy_log(self._files, join(self._instance.folder, name), join(self._temporary, name))
        except FileNotFoundError:
            raise JetFailure(JetErr.MissingFileToBackup) from None
        except JetFailure:
            raise JetFailure(JetErr.LogReadVerifyFailure) from None

    def sync(self) -> None:
        """The names of the copies to disk."""
        self._files.sync_folder(self._temporary)


def copy_names(databases: list[Database]) -> list[str]:
    """The name of each database in the set: its own, unless another one has it or it means something else there."""
    names: list[str] = []
    for database in databases:
        name = base(database.path)
        if name in names or name in _RESERVED_NAMES or archive_generation(name) is not None:
            name = f"database-{database.header.database_id}.edb"
            while name in names:
                name = f"x{name}"
        names.append(name)
    return names
