"""What a file is, by what it says of itself rather than by its name [FI]."""

import struct
from dataclasses import dataclass
from enum import Enum

from .checkpoint import looks_like_checkpoint
from .files import Files, Kind, base
from .header import HEADER_PAGES, DatabaseHeader, decode_header, looks_like_database
from .logfile import LogHeader, archive_generation, decode_log_header, is_reserve, looks_like_log
from .pages import PAGE_SIZE

_DATABASE_COPY_FLAG = struct.calcsize("<I8sIIB")
_LOG_COPY_FLAG = struct.calcsize("<I8sI")


class Role(Enum):
    """What a file is for."""

    DATABASE = "database"
    LOG = "log"
    CHECKPOINT = "checkpoint"
    RESERVE = "reserve"
    BACKUP_DATABASE = "backup-database"
    BACKUP_LOG = "backup-log"
    OTHER = "other"


@dataclass(frozen=True)
class FileRole:
    """A role with the header behind it, if that is whole."""

    role: Role
    database: DatabaseHeader | None = None
    log: LogHeader | None = None
    generation: int | None = None
    empty: bool = False


def role_of(files: Files, path: str) -> FileRole:
    """The role of a file. A damaged header still says which kind of file it belongs to."""
    if files.kind(path) is not Kind.FILE:
        return FileRole(Role.OTHER)
    file = files.open(path)
    try:
        data = files.read(file, 0, HEADER_PAGES * PAGE_SIZE)
    finally:
        files.close(file)
    if looks_like_database(data):
        database = decode_header(data) or decode_header(data[PAGE_SIZE:])
        copy = database.backup_copy if database else data[_DATABASE_COPY_FLAG : _DATABASE_COPY_FLAG + 1] == b"\1"
        return FileRole(Role.BACKUP_DATABASE if copy else Role.DATABASE, database=database)
    if looks_like_log(data):
        log = decode_log_header(data)
        copy = log.backup_copy if log else data[_LOG_COPY_FLAG : _LOG_COPY_FLAG + 1] == b"\1"
        generation = log.generation if log else archive_generation(base(path))
        return FileRole(Role.BACKUP_LOG if copy else Role.LOG, log=log, generation=generation)
    if looks_like_checkpoint(data):
        return FileRole(Role.CHECKPOINT)
    if is_reserve(base(path)):
        return FileRole(Role.RESERVE)
    return FileRole(Role.OTHER, empty=not any(data))
