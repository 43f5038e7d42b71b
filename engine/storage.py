"""Databases and log of a running instance together: attach, insert, checkpoint, log roll.

Every function runs under the instance's data lock, which makes each of them one step for all others.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

from ..model.vocabulary import JetErr
from . import tree
from .checkpoint import Checkpoint
from .database import CHUNK_PAGES, Database
from .edit import Edit
from .failure import JetFailure
from .files import Files, Kind, parent
from .header import BackupMark, DatabaseHeader, DatabaseState
from .instance import Instance
from .log import Log, LogHealth
from .records import ATTACHED_LIMIT, Attach, Attachment, Create, Detach, Record, generation_of
from .rows import encode_rows
from .runtime import Runtime

TRANSACTION_ROWS = 50
NO_LOG = bytes(16)
MOST_ROWS = 1 << 62
PATH_BYTES = 500  # so that seven attachments fit into the header of a log


def make_folders(files: Files, path: str) -> list[str]:
    """Make the missing folders of a path; those made, outermost first."""
    missing = []
    while path and files.kind(path) is Kind.ABSENT:
        missing.append(path)
        path = parent(path)
    for folder in reversed(missing):
        files.make_folder(folder)
        files.sync_folder(parent(folder))
    return missing[::-1]


def make_checkpoint(instance: Instance) -> None:
    """Write every changed page, then say in the checkpoint file that redo may start at the end of the log."""
    assert instance.log is not None
    assert instance.checkpoint is not None
    for database in instance.attached.values():
        database.flush()
    end = instance.log.end
    instance.log.sync(end)
    attached = tuple(instance.log.attached.values())
    instance.image_floor = end  # even if the next line fails: no one knows what it left on the disk
    instance.checkpoint.write(Checkpoint(instance.log.signature, end, attached))
    instance.checkpoint_lsn = end


def write_pages(instance: Instance, databases: Iterable[Database]) -> None:
    """Write what has changed up to now, letting others in between chunks: a checkpoint after this has little to do."""
    for database in databases:
        for _ in range(database.changed_pages // CHUNK_PAGES + 1):
            with instance.data:
                database.write_some(CHUNK_PAGES)


def roll_log(instance: Instance, log: Log) -> int:
    """Close the current generation; its number. Circular logging then drops what recovery does not need [TL]."""
    closed = log.roll()
    with suppress(OSError):  # the checkpoint stays behind: redo will start earlier, and nothing is lost
        make_checkpoint(instance)
        if instance.parameters.circular:
            below = generation_of(instance.checkpoint_lsn)
            log.truncate(below if instance.pinned is None else min(below, instance.pinned))
    return closed


def _commit(instance: Instance, *records: Record) -> None:
    """Log a transaction that changes no page; nothing if the instance runs without a log."""
    if instance.log is None:
        return
    write_durably(instance, instance.require_log(), *records)


def write_durably(instance: Instance, log: Log, *records: Record) -> None:
    """Log records in the current generation, or in the next if they do not fit; on disk when this returns."""
    if log.append(*records) is None:
        roll_log(instance, log)
        log.append(*records)


# -- databases -------------------------------------------------------------------------------------------------------


def create_database(files: Files, runtime: Runtime, instance: Instance, path: object) -> Database:
    """Make a database and attach it [CD]."""
    name = _resolve(files, path)
    if files.kind(name) is Kind.FILE:
        raise JetFailure(JetErr.DatabaseDuplicate)
    if files.kind(name) is not Kind.ABSENT:
        raise JetFailure(JetErr.DatabaseInvalidPath)
    number = _free_number(instance)
    made = []
    if files.kind(parent(name)) is not Kind.FOLDER:
        if not instance.parameters.create_path or not _can_make(files, parent(name)):
            raise JetFailure(JetErr.DatabaseInvalidPath)
        made = make_folders(files, parent(name))
    signature = runtime.unique()
    log_signature = instance.log.signature if instance.log else NO_LOG
    header = DatabaseHeader(DatabaseState.DIRTY_SHUTDOWN, signature, log_signature, number, name)
    attachment = Attachment(number, signature, 0, name)
    try:
        database = Database.create(files, name, header, instance.cache)
        files.sync_folder(parent(name))
        try:
            _commit(instance, Create(attachment))
        except JetFailure:
            database.close()
            if instance.health is not LogHealth.LOST:  # else the record may be there, and recovery needs the file
                files.remove(name)
            raise
    except (JetFailure, OSError):
        with suppress(OSError):
            for folder in reversed(made):
                files.remove_folder(folder)
        raise
    _attached(instance, database, attachment)
    return database


def attach_database(files: Files, instance: Instance, path: object) -> JetErr:
    """Attach a database that was shut down cleanly [AD]."""
    name = _resolve(files, path)
    if name in instance.attached:
        return JetErr.DatabaseAttached
    if files.kind(name) is not Kind.FILE:
        raise JetFailure(JetErr.FileNotFound)
    number = _free_number(instance)
    database = Database.open(files, name, instance.cache)
    try:
        _require_attachable(instance, database.header)
        header = _attached_header(instance, database.header, number, name)
        attachment = Attachment(number, header.signature, header.base, name)
        _commit(instance, Attach(attachment))
        try:
            database.set_header(header)
        except OSError:
            _commit(instance, Detach(number))
            raise
    except (JetFailure, OSError):
        database.close()
        raise
    _attached(instance, database, attachment)
    return JetErr.Success


def detach_database(files: Files, instance: Instance, path: object) -> None:
    """Detach a database, leaving it clean [DD]."""
    database = find_attached(files, instance, path)
    if any(each is database for session in instance.sessions.values() for each in session.opened.values()):
        raise JetFailure(JetErr.DatabaseInUse)
    if instance.log is not None:
        instance.require_log()
    database.flush()
    database.set_state(DatabaseState.CLEAN_SHUTDOWN, time_now(instance, database))
    try:
        _commit(instance, Detach(database.header.database_id))
    except JetFailure:
        with suppress(OSError):
            database.set_state(DatabaseState.DIRTY_SHUTDOWN)
        raise
    if instance.log is not None:
        instance.log.attached.pop(database.header.database_id, None)
    del instance.attached[database.path]
    database.close()


def find_attached(files: Files, instance: Instance, path: object) -> Database:
    """The attached database of that name, or DatabaseNotFound."""
    try:
        name = files.resolve(path)
    except JetFailure:
        raise JetFailure(JetErr.DatabaseNotFound) from None
    if name not in instance.attached:
        raise JetFailure(JetErr.DatabaseNotFound)
    return instance.attached[name]


def _attached(instance: Instance, database: Database, attachment: Attachment) -> None:
    instance.attached[database.path] = database
    if instance.log is not None:
        log = instance.log
        log.attached[attachment.database_id] = attachment
        database.log_first = log.sync_all


def time_now(instance: Instance, database: Database) -> int:
    """A time not earlier than any change to the pages of an attached database (see `database`)."""
    return database.header.base + (instance.log.end if instance.log else 0)


def _require_attachable(instance: Instance, header: DatabaseHeader) -> None:
    if header.backup_copy:
        raise JetFailure(JetErr.SoftRecoveryOnBackupDatabase)
    if header.state is not DatabaseState.CLEAN_SHUTDOWN:
        raise JetFailure(JetErr.DatabaseDirtyShutdown)
    if any(each.header.signature == header.signature for each in instance.attached.values()):
        raise JetFailure(JetErr.DatabaseSharingViolation)  # a copy of it: the logs could not tell them apart


def _attached_header(instance: Instance, header: DatabaseHeader, number: int, path: str) -> DatabaseHeader:
    """The header while attached. Backup marks name generations of one log sequence: in another they mean nothing.

    Nor does the old base there: times begin behind all that the pages have seen. An instance without a log counts as
    another sequence each time, for no log knows what it does.
    """
    header = replace(header, state=DatabaseState.DIRTY_SHUTDOWN, database_id=number, path=path)
    signature = instance.log.signature if instance.log else NO_LOG
    if header.log_signature == signature:
        return header
    never = BackupMark()
    header = replace(header, log_signature=signature, full_prev=never, inc_prev=never, full_cur=never)
    return replace(header, base=header.time)


def _free_number(instance: Instance) -> int:
    used = {database.header.database_id for database in instance.attached.values()}
    if len(used) >= ATTACHED_LIMIT:
        raise JetFailure(JetErr.TooManyAttachedDatabases)
    return next(number for number in range(1, ATTACHED_LIMIT + 1) if number not in used)


def _resolve(files: Files, path: object) -> str:
    try:
        name = files.resolve(path)
    except JetFailure:
        raise JetFailure(JetErr.DatabaseInvalidPath) from None
    if not name or len(name.encode()) > PATH_BYTES:
        raise JetFailure(JetErr.DatabaseInvalidPath)
    return name


def _can_make(files: Files, folder: str) -> bool:
    while folder and files.kind(folder) is Kind.ABSENT:
        folder = parent(folder)
    return files.kind(folder) is Kind.FOLDER


# -- rows ------------------------------------------------------------------------------------------------------------


def insert_transaction(instance: Instance, session: int, database: Database, count: int) -> int:
    """Append rows in one transaction; it is durable when `make_durable` has returned for this log position."""
    log = instance.log
    if log is None:
        edit = _appended(session, database, count, 0)
        database.apply(edit, database.header.time)
        database.flush()
        return 0
    if log.health is not LogHealth.GOOD:
        raise JetFailure(log.health.value)
    if not _logged(instance, log, session, database, count):
        roll_log(instance, log)
        if not _logged(instance, log, session, database, count):
            raise JetFailure(JetErr.InternalError)  # no transaction of so few rows is larger than a generation
    return log.end


def log_end(instance: Instance) -> int:
    """The log position that holds all that was done up to now."""
    return instance.log.end if instance.log else 0


def make_durable(instance: Instance, lsn: int) -> None:
    """Wait until the log is on disk up to there. No lock is held: others may commit meanwhile, and wait together."""
    if instance.log is not None:
        instance.log.sync(lsn)


def _appended(session: int, database: Database, count: int, lsn: int) -> Edit:
    """The change that appends rows, with space for its pages."""
    edit = database.edit()
    first = tree.next_key(edit.page)
    if first + count > MOST_ROWS:
        raise JetFailure(JetErr.DatabaseCorrupted)
    tree.append(edit, encode_rows(first, lsn, count, session))
    database.make_room(edit)
    return edit


def _logged(instance: Instance, log: Log, session: int, database: Database, count: int) -> bool:
    """Log and apply one transaction; whether the generation had room for it."""
    lsn, base = log.end, database.header.base
    edit = _appended(session, database, count, lsn)
    if log.write(*edit.records(database.header.database_id, base + instance.image_floor)) is None:
        return False
    database.apply(edit, base + lsn)
    return True
