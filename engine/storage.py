"""Databases and log of a running instance together: attach, insert, checkpoint, log roll.

Every function runs under the instance's data lock, which makes each of them one step for all others.
"""

from contextlib import suppress
from dataclasses import replace

from ..model.vocabulary import JetErr
from .checkpoint import Checkpoint
from .database import FIRST_ROW_PAGE, Database
from .failure import JetFailure
from .files import Files, Kind, parent
from .header import BackupMark, DatabaseHeader, DatabaseState
from .instance import Instance
from .log import Log, LogHealth
from .pages import ROWS_PER_PAGE, Row
from .records import Attach, Attachment, Create, Detach, Image, Insert, Record, generation_of
from .runtime import Runtime

TRANSACTION_ROWS = 50
ATTACHED_LIMIT = 7  # [AD: TooManyAttachedDatabases (7)]
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
    attached = tuple(instance.log.attached.values())
    instance.checkpoint.write(Checkpoint(instance.log.signature, end, attached))
    instance.checkpoint_lsn = end


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
    log = instance.require_log()
    if not log.has_room_for(records):
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
    log_signature = instance.log.signature if instance.log else bytes(16)
    header = DatabaseHeader(DatabaseState.DIRTY_SHUTDOWN, signature, log_signature, number, name)
    attachment = Attachment(number, signature, name)
    try:
        database = Database.create(files, name, header)
        files.sync_folder(parent(name))
        try:
            _commit(instance, Create(attachment))
        except JetFailure:
            database.close()
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
    database = Database.open(files, name)
    try:
        _require_attachable(instance, database.header)
        attachment = Attachment(number, database.header.signature, name)
        _commit(instance, Attach(attachment))
        try:
            database.set_header(_attached_header(instance, database.header, number, name))
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
    database.set_state(DatabaseState.CLEAN_SHUTDOWN)
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
        instance.log.attached[attachment.database_id] = attachment


def _require_attachable(instance: Instance, header: DatabaseHeader) -> None:
    if header.backup_copy:
        raise JetFailure(JetErr.SoftRecoveryOnBackupDatabase)
    if header.state is not DatabaseState.CLEAN_SHUTDOWN:
        raise JetFailure(JetErr.DatabaseDirtyShutdown)
    if any(each.header.signature == header.signature for each in instance.attached.values()):
        raise JetFailure(JetErr.DatabaseSharingViolation)  # a copy of it: the logs could not tell them apart


def _attached_header(instance: Instance, header: DatabaseHeader, number: int, path: str) -> DatabaseHeader:
    """The header while attached. Backup marks name generations of one log sequence: in another they mean nothing."""
    header = replace(header, state=DatabaseState.DIRTY_SHUTDOWN, database_id=number, path=path)
    if instance.log is None or header.log_signature == instance.log.signature:
        return header
    never = BackupMark()
    return replace(header, log_signature=instance.log.signature, full_prev=never, inc_prev=never, full_cur=never)


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


def insert_transaction(instance: Instance, session: int, database: Database, count: int) -> None:
    """Append rows in one transaction, durable when this returns."""
    log = instance.log
    if log is None:
        for change in _changes(session, database, count, lsn=0):
            database.apply(change, 0)
        database.flush()
        return
    if log.health is not LogHealth.GOOD:
        raise JetFailure(log.health.value)
    changes = _changes(session, database, count, log.end)
    if not log.has_room_for(changes):
        roll_log(instance, log)
        changes = _changes(session, database, count, log.end)
    lsn = log.append(*changes)
    for change in changes:
        database.apply(change, lsn)


def _changes(session: int, database: Database, count: int, lsn: int) -> tuple[Image | Insert, ...]:
    images, places = database.plan(count)
    number = database.header.database_id
    changes: list[Image | Insert] = list(images)
    done = 0
    for page, slot, fitting in places:
        first = (page - FIRST_ROW_PAGE) * ROWS_PER_PAGE + slot
        rows = b"".join(Row(first + index, lsn, done + index, count, session).encode() for index in range(fitting))
        changes.append(Insert(number, page, slot, rows))
        done += fitting
    return tuple(changes)
