"""The event log: an entry for every step of a backup, a restore and a recovery [BI, Remarks]."""

from dataclasses import dataclass
from enum import IntEnum


class EventId(IntEnum):
    """What happened; the numbers are those of Microsoft's event log where it has one."""

    RESTORE_STARTED = 204
    RESTORE_COMPLETED = 205
    RESTORE_FAILED = 454
    FULL_BACKUP_STARTED = 210
    INCREMENTAL_BACKUP_STARTED = 211
    TRUNCATION_STARTED = 212
    BACKUP_COMPLETED = 213
    BACKUP_FAILED = 214
    BACKUP_ENDED_BY_CALLER = 215
    BACKUP_ENDED_BY_SERVER = 226
    DATABASE_FAILED = 217
    FILE_STARTED = 220
    FILE_COMPLETED = 221
    LOGS_STARTED = 223
    LOGS_TRUNCATED = 224
    NOTHING_TRUNCATED = 225
    HEADER_FAILED = 219
    RECOVERY_COMPLETED = 301
    SNAPSHOT_FROZEN = 2001
    SNAPSHOT_THAWED = 2003
    SNAPSHOT_TIMED_OUT = 2004
    SNAPSHOT_COMPLETED = 2006
    SNAPSHOT_ABORTED = 2007


@dataclass(frozen=True)
class Event:
    """One entry; `files` are the names in `text`."""

    id: EventId
    text: str
    files: tuple[str, ...] = ()
