"""JetRestoreInstance: a backup set back into databases, rolled forward as far as logs go [RI].

The databases are made under temporary names and take their place at the end: a restore that fails changes no database.
The log folder is only read; the next JetInit finds it as it was.
"""

from dataclasses import replace

from ..model.vocabulary import JetErr, Snp
from .cache import Cache
from .database import Database
from .events import EventId
from .failure import JetFailure, code_of
from .files import Kind, base, join
from .header import HEADER_PAGES, BackupMark, DatabaseHeader, DatabaseState, read_header, write_new_header
from .instance import Instance, Phase
from .lifecycle import claim_folder
from .logfile import CURRENT, LogHeader, archives, peek_log_header
from .logreader import LogSummary, reading, verify_log
from .pages import PAGE_SIZE, verify_pages
from .places import Places, require_folder
from .progress import Progress, StatusCallback
from .records import Attachment
from .recovery import Redo
from .registry import Registry
from .sets import BackupSet, survey

CALL = "JetRestoreInstance"
CHUNK_PAGES = 256
COPY_SHARE = 0.6


def restore(
    registry: Registry, handle: object, path: object, destination: object, callback: StatusCallback | None
) -> JetErr:
    """JetRestoreInstance [RI]. Before and after it, success or failure, the instance is uninitialised."""
    with registry.monitor:
        instance = registry.instance(handle)
        instance.require_idle(JetErr.AlreadyInitialized)
        if not isinstance(path, str) or not (destination is None or isinstance(destination, str)):
            raise JetFailure(JetErr.InvalidParameter)
        if not (callback is None or callable(callback)):
            raise JetFailure(JetErr.InvalidParameter)
        instance.phase = Phase.RESTORING
    try:
        files = registry.files
        source = files.resolve(path)
        if files.kind(source) is not Kind.FOLDER:
            raise JetFailure(JetErr.InvalidPath)
        target = None if destination is None else require_folder(files, instance, files.resolve(destination))
        registry.reach(CALL, "enter")
        _run(registry, instance, source, target, Progress(callback, Snp.RESTORE))
    finally:
        with registry.monitor:
            instance.phase = Phase.CREATED
    return JetErr.Success


def _run(registry: Registry, instance: Instance, source: str, target: str | None, progress: Progress) -> None:
    files = registry.files
    instance.note(EventId.RESTORE_STARTED, f"restore from {source} started", source)
    claim = claim_folder(files, instance.folder) if files.kind(instance.folder) is Kind.FOLDER else None
    try:
        sets = survey(files, source).sets
        if not sets:
            raise JetFailure(JetErr.FileNotFound)
        Restore(registry, instance, sets[0], target, progress).run()
    except (JetFailure, OSError) as failure:
        code = failure.code if isinstance(failure, JetFailure) else code_of(failure)
        instance.note(EventId.RESTORE_FAILED, f"restore failed with {int(code)} {code.name}")
        raise
    finally:
        if claim is not None:
            files.close(claim)
    instance.note(EventId.RESTORE_COMPLETED, f"restore from {source} completed")
    progress.complete()


class Restore:
    """One restore of one set."""

    def __init__(
        self, registry: Registry, instance: Instance, found: BackupSet, target: str | None, progress: Progress
    ) -> None:
        self._registry = registry
        self._files = registry.files
        self._instance = instance
        self._set = found
        self._progress = progress
        self._places = Places(registry.files, instance, target)
        self._copied: dict[bytes, int] = {}
        self._left: set[bytes] = set()
        self._redo = Redo(self._open)
        self._cache = Cache()

    def run(self) -> None:
        """Copy, redo, roll forward, and put the databases into their places."""
        headers = self._verified_headers()
        first, last = self._log_range(headers)
        self._progress.begin()
        try:
            for index, (name, header) in enumerate(headers.items()):
                self._copy(name, header)
                self._progress.advance((index + 1) / len(headers) * COPY_SHARE)
            end = self._redo_set(first, last)
            self._require_complete(headers)
            self._roll_forward(end)
            self._finish(end)
        except BaseException:
            self._places.discard()
            raise
        self._places.fill()

    # -- the set ----------------------------------------------------------------------------------------------------

    def _verified_headers(self) -> dict[str, DatabaseHeader]:
        headers = {}
        for name, header in self._set.databases.items():
            if header is None:
                raise JetFailure(JetErr.DatabaseCorrupted)
            if not header.backup_copy:
                raise JetFailure(JetErr.RestoreOfNonBackupDatabase)
            headers[name] = header
        return headers

    def _log_range(self, headers: dict[str, DatabaseHeader]) -> tuple[int, int]:
        """The generations to redo; MissingLogFile if the set lacks one of them."""
        logs = self._set.logs
        low = min((header.full_cur.gen_low for header in headers.values()), default=min(logs, default=0))
        high = max([header.full_cur.gen_high for header in headers.values()] + list(logs))
        # A made-up header may ask for any number of logs: compare counts before looking at each.
        if not low or high - low >= len(logs) or any(number not in logs for number in range(low, high + 1)):
            raise JetFailure(JetErr.MissingLogFile)
        return low, high

    def _copy(self, name: str, header: DatabaseHeader) -> None:
        """Copy a database of the set next to its place, verifying every page."""
        self._registry.reach(CALL, "copy", name)
        temporary = self._places.claim_copy(base(name), header)
        source = self._files.open(join(self._set.folder, name))
        try:
            length = self._files.length(source)
            target = self._files.open(temporary, create=True)
            try:
                write_new_header(self._files, target, replace(read_header(self._files, source), backup_copy=False))
                pages = -(-length // PAGE_SIZE) - HEADER_PAGES
                for first in range(1, pages + 1, CHUNK_PAGES):
                    at = (first - 1 + HEADER_PAGES) * PAGE_SIZE
                    data = self._files.read(source, at, min(CHUNK_PAGES, pages + 1 - first) * PAGE_SIZE)
                    verify_pages(data, first)
                    self._files.write(target, at, data)
                    self._files.sync_soon(target, at, len(data))
                self._copied[header.signature] = pages
            finally:
                self._files.close(target)
        finally:
            self._files.close(source)
        self._places.databases[header.signature] = Database.open(self._files, temporary, self._cache)

    # -- redo -------------------------------------------------------------------------------------------------------

    def _open(self, attachment: Attachment, created: bool) -> Database | None:
        """The database of an attachment: copied from the set, or made again from its very first log record."""
        signature, databases = attachment.signature, self._places.databases
        if signature in databases or not created:
            return databases.get(signature)
        temporary = self._places.claim_created(attachment)
        if temporary is None:
            self._left.add(signature)  # it was not lost, and is none of this set
            return None
        state, number = DatabaseState.DIRTY_SHUTDOWN, attachment.database_id
        header = DatabaseHeader(state, signature, self._signature(), number, attachment.path)
        databases[signature] = Database.create(self._files, temporary, header, self._cache)
        return databases[signature]

    def _signature(self) -> bytes:
        last = self._set.last
        return last.signature if last else bytes(16)

    def _redo_set(self, first: int, last: int) -> LogHeader:
        """Redo the logs of the set, each verified to follow the one before; the header of the last."""
        before: LogHeader | None = None
        for generation in range(first, last + 1):
            name = self._set.log_names[generation]
            self._registry.reach(CALL, "copy", name)
            log = verify_log(self._files, join(self._set.folder, name), closed=True)
            if before is None:
                self._redo.begin(log.header.attached)
            if log.header.generation != generation or (before and not _follows(log.header, before)):
                raise JetFailure(JetErr.InvalidLogSequence)
            self._apply(log)
            before = log.header
            share = (generation - first + 1) / (last - first + 1)
            self._progress.advance(COPY_SHARE + (1 - COPY_SHARE) * share)
        if before is None:
            raise JetFailure(JetErr.MissingLogFile)
        return before

    def _apply(self, log: LogSummary) -> None:
        with reading(self._files, log.path) as reader:
            for segment in reader.segments_to(log.end):
                self._redo.apply(segment)

    def _require_complete(self, headers: dict[str, DatabaseHeader]) -> None:
        """Every database that was attached at the end of the set must be in it."""
        if any(each.signature not in self._left for each in self._redo.missing()):
            raise JetFailure(JetErr.AttachedDatabaseMismatch if headers else JetErr.PatchFileMissing)

    def _roll_forward(self, end: LogHeader) -> None:
        """Redo later logs from the log folder, if they are there [RI].

        In the original place they must continue the set, or the databases would not fit the logs that stay there:
        InvalidLogSequence. Restored elsewhere, the databases are independent of those logs.
        """
        strict = self._places.target is None
        found = archives(self._files, self._instance.folder) if self._has_log_folder() else {}
        current = join(self._instance.folder, CURRENT)
        if self._has_log_folder() and self._files.kind(current) is Kind.FILE:
            found[peek_log_header(self._files, current).generation] = current
        if not found:
            return
        generation = end.generation
        if strict and generation in found and peek_log_header(self._files, found[generation]).identity != end.identity:
            raise JetFailure(JetErr.InvalidLogSequence)
        before = end
        while (generation := before.generation + 1) in found:
            log = verify_log(self._files, found[generation], closed=found[generation] != current)
            if not _follows(log.header, before):
                break
            self._apply(log)
            before = log.header
        if strict and before.generation != max(found):
            raise JetFailure(JetErr.InvalidLogSequence)

    def _has_log_folder(self) -> bool:
        return self._files.kind(self._instance.folder) is Kind.FOLDER

    # -- the end ----------------------------------------------------------------------------------------------------

    def _finish(self, end: LogHeader) -> None:
        """Clean databases on disk. In the original place they remember their backup.

        Elsewhere they are new databases, which were never backed up: the original may live on in the same instance.
        """
        for database in self._places.databases.values():
            database.flush()
            self._verify_pages_of_logs(database)
            header = replace(self._redo.clean(database.header), full_cur=BackupMark())
            full = database.header.full_cur
            never = BackupMark()
            if self._places.target is not None:
                place = self._places.of(header.signature)
                signature = self._registry.runtime.unique()
                header = replace(header, signature=signature, path=place, full_prev=never, inc_prev=never)
            elif full.gen_high:
                later = BackupMark(full.lsn, full.time, full.gen_high + 1, end.generation)
                header = replace(header, full_prev=full, inc_prev=later if end.generation > full.gen_high else never)
            database.set_header(header)

    def _verify_pages_of_logs(self, database: Database) -> None:
        """ReadVerifyFailure if a page in use was neither in the copy nor in the logs: the copy was cut off."""
        for first in range(self._copied.get(database.header.signature, 0) + 1, database.last_page + 1, CHUNK_PAGES):
            count = min(CHUNK_PAGES, database.last_page + 1 - first)
            data = database.read_pages(first, count)
            if len(data) != count * PAGE_SIZE:
                raise JetFailure(JetErr.ReadVerifyFailure)
            verify_pages(data, first)


def _follows(header: LogHeader, before: LogHeader) -> bool:
    return (
        header.signature == before.signature
        and header.previous == before.identity
        and header.generation == before.generation + 1
    )
