"""Redo: bringing databases to where the log says they are, at JetInit and in a restore.

A segment is a whole transaction, and a page is changed only after its segment was written, and written only after that
was forced to the disk: nothing uncommitted ever reaches a database, so there is nothing to undo.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from ..model.vocabulary import JetErr
from .cache import Cache
from .checkpoint import Checkpoint, CheckpointFile
from .database import Database
from .failure import JetFailure
from .files import Files, Kind, join
from .header import DatabaseHeader, DatabaseState
from .logfile import CURRENT, HEADER_SIZE, TEMPORARY, archive_name, archives, peek_log_header
from .logreader import LogSummary, reading, verify_log
from .records import (
    ATTACHED_LIMIT,
    Attach,
    Attachment,
    Create,
    Detach,
    Image,
    Segment,
    Splice,
    generation_of,
    offset_of,
    position,
)

Opener = Callable[[Attachment, bool], Database | None]
"""Opens the database of an attachment; the flag says that the log creates it here. None: it is not there."""


@dataclass
class Redo:
    """Redo over segments in log order, on whatever databases `opener` finds."""

    opener: Opener
    attached: dict[int, Attachment] = field(default_factory=dict)
    databases: dict[bytes, Database] = field(default_factory=dict)
    last: int = 0  # the log position up to which all was done
    _bases: dict[bytes, int] = field(default_factory=dict)

    def begin(self, attached: Iterable[Attachment]) -> None:
        """These databases are attached where redo starts."""
        for each in attached:
            self._attach(each, created=False)

    def apply(self, segment: Segment) -> None:
        """Do one segment again."""
        self.last = segment.lsn
        try:
            records = segment.records
        except ValueError:
            raise JetFailure(JetErr.LogFileCorrupt) from None
        for record in records:
            match record:
                case Splice(number) | Image(number):
                    attachment = self.attached.get(number)
                    database_of = self.databases.get(attachment.signature) if attachment else None
                    if attachment is not None and database_of is not None:
                        database_of.redo(record, attachment.base + segment.lsn)
                case Create(database):
                    self._attach(database, created=True)
                case Attach(database):
                    self._attach(database, created=False)
                case Detach(number):
                    self.attached.pop(number, None)
                case _:
                    pass

    def _attach(self, attachment: Attachment, *, created: bool) -> None:
        self.attached[attachment.database_id] = attachment
        self._bases[attachment.signature] = attachment.base
        if len(self.attached) > ATTACHED_LIMIT:
            raise JetFailure(JetErr.LogFileCorrupt)  # no instance could have logged that
        if attachment.signature not in self.databases:
            database = self.opener(attachment, created)
            if database is not None:
                self.databases[attachment.signature] = database

    def missing(self) -> list[Attachment]:
        """What is attached now but was not there."""
        return [each for each in self.attached.values() if each.signature not in self.databases]

    def finish(self) -> None:
        """Every database to disk, in the state of a clean shutdown.

        One that was detached, and is clean, may have moved to another log sequence since: its header stays as it is.
        """
        attached = {each.signature for each in self.attached.values()}
        for signature, database in self.databases.items():
            database.flush()
            if signature in attached or database.header.state is not DatabaseState.CLEAN_SHUTDOWN:
                database.set_header(self.clean(database.header))

    def clean(self, header: DatabaseHeader) -> DatabaseHeader:
        """The header of a database to which everything was done."""
        base = self._bases.get(header.signature, header.base)
        time = max(header.time, base + self.last)
        return replace(header, state=DatabaseState.CLEAN_SHUTDOWN, base=base, time=time)

    def close(self) -> None:
        """Close the databases."""
        for database in self.databases.values():
            database.close()
        self.databases.clear()


@dataclass(frozen=True)
class Recovered:
    """What recovery found: the current log, to be written on, and what it did."""

    current: LogSummary
    generations: tuple[int, ...]
    databases: tuple[str, ...]


def recover(files: Files, folder: str) -> Recovered | None:
    """Crash recovery in a log folder [IN]; None if there are neither logs nor a checkpoint."""
    checkpoint_file = CheckpointFile(files, folder)
    found = archives(files, folder)
    if not found and files.kind(join(folder, CURRENT)) is Kind.ABSENT:
        if checkpoint_file.exists() or _begun(files, folder):
            raise JetFailure(JetErr.MissingLogFile)
        return None
    _finish_roll(files, folder, found)
    current = verify_log(files, join(folder, CURRENT), closed=False)
    if current.closed:
        raise JetFailure(JetErr.MissingLogFile)
    checkpoint = checkpoint_file.read() if checkpoint_file.exists() else None
    logs = logs_from(files, archives(files, folder), current, checkpoint)
    return _redo(files, logs, checkpoint)


def _begun(files: Files, folder: str) -> bool:
    """Whether `edbtmp.log` is more than a first log whose making a crash interrupted."""
    try:
        return peek_log_header(files, join(folder, TEMPORARY)).generation > 1
    except (JetFailure, FileNotFoundError):
        return False


def _finish_roll(files: Files, folder: str, found: dict[int, str]) -> None:
    """Put right what a crash left in the middle of a log roll: see Log.roll."""
    current, temporary = join(folder, CURRENT), join(folder, TEMPORARY)
    has_temporary = files.kind(temporary) is Kind.FILE
    if files.kind(current) is Kind.ABSENT:
        if not has_temporary or peek_log_header(files, temporary).generation != max(found, default=0) + 1:
            raise JetFailure(JetErr.MissingLogFile)
    elif has_temporary:
        log = verify_log(files, current, closed=False)
        if not log.closed:
            files.remove(temporary)
            return
        files.rename(current, join(folder, archive_name(log.header.generation)))
    else:
        return
    files.rename(temporary, current)
    files.sync_folder(folder)


def logs_from(
    files: Files, found: dict[int, str], current: LogSummary, checkpoint: Checkpoint | None
) -> list[LogSummary]:
    """The logs that redo needs, in order, each verified to follow the one before it."""
    last = current.header.generation
    if checkpoint is not None and checkpoint.signature != current.header.signature:
        raise JetFailure(JetErr.BadCheckpointSignature)
    first = generation_of(checkpoint.lsn) if checkpoint else min(found, default=last)
    if first > last or any(generation not in found for generation in range(first, last)):
        raise JetFailure(JetErr.MissingLogFile)
    logs = [verify_log(files, found[generation], closed=True) for generation in range(first, last)] + [current]
    require_chain(logs, first)
    return logs


def require_chain(logs: list[LogSummary], first: int) -> None:
    """Fails with InvalidLogSequence unless the logs are generations from `first` on, each the next of one sequence."""
    for index, log in enumerate(logs):
        if log.header.generation != first + index:
            raise JetFailure(JetErr.InvalidLogSequence)
        if index and (
            log.header.previous != logs[index - 1].header.identity
            or log.header.signature != logs[index - 1].header.signature
        ):
            raise JetFailure(JetErr.InvalidLogSequence)


def _redo(files: Files, logs: list[LogSummary], checkpoint: Checkpoint | None) -> Recovered:
    cache, first = Cache(), logs[0].header

    def open_existing(attachment: Attachment, _created: bool) -> Database | None:
        return open_attached(files, attachment, first.signature, cache)

    start = checkpoint.lsn if checkpoint else position(first.generation, HEADER_SIZE)
    if offset_of(start) > logs[0].end and generation_of(start) == logs[-1].header.generation:
        raise JetFailure(
            JetErr.LogFileCorrupt
        )  # what was on disk when the checkpoint was written is not there any more
    redo = Redo(open_existing, last=start)
    try:
        redo.begin(checkpoint.attached if checkpoint else first.attached)
        for log in logs:
            with reading(files, log.path) as reader:
                for segment in reader.segments_to(log.end):
                    if segment.lsn >= start:
                        redo.apply(segment)
        if redo.missing():
            raise JetFailure(JetErr.AttachedDatabaseMismatch)
        redo.finish()
        recovered = tuple(database.path for database in redo.databases.values())
    finally:
        redo.close()
    return Recovered(logs[-1], tuple(log.header.generation for log in logs), recovered)


def open_attached(files: Files, attachment: Attachment, log_signature: bytes, cache: Cache) -> Database | None:
    """The database of an attachment where it always was; None if it is gone, another one is there, or it is in use in
    another log sequence, whose recovery it needs."""
    try:
        name = files.resolve(attachment.path)
    except JetFailure:
        return None  # no name that a database of this engine can have: someone made it up
    if files.kind(name) is not Kind.FILE:
        return None
    database = Database.open(files, name, cache)
    if database.header.backup_copy:
        database.close()
        raise JetFailure(JetErr.SoftRecoveryOnBackupDatabase)
    header = database.header
    moved = header.state is not DatabaseState.CLEAN_SHUTDOWN and header.log_signature != log_signature
    if moved or header.signature != attachment.signature:
        database.close()
        return None
    return database
