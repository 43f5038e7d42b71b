"""The header of a database: state, signatures and backup marks, kept twice so that one torn write loses nothing.

Layout in outline as Microsoft's: primary header page, shadow copy, then the pages [DM, BKI].
"""

import struct
import zlib
from dataclasses import dataclass, field
from enum import IntEnum

from ..model.vocabulary import JetErr
from .failure import JetFailure
from .files import Files, Kind, OpenFile
from .pages import PAGE_SIZE

MAGIC = b"jetDBase"
_HEAD = struct.Struct("<I8sIIB?16s16sHQQ")
_MARK = struct.Struct("<QdQQ")
_LENGTH = struct.Struct("<H")
VERSION = 2
HEADER_PAGES = 2
LATEST = 1 << 62
"""No honest database has seen so many changes; times up to there can be added to."""


class DatabaseState(IntEnum):
    """The state of a database on disk [DM]."""

    JUST_CREATED = 1
    DIRTY_SHUTDOWN = 2
    CLEAN_SHUTDOWN = 3


@dataclass(frozen=True)
class BackupMark:
    """When a backup took place and which log generations belong to it [BKI]; all zero means never."""

    lsn: int = 0
    time: float = 0.0
    gen_low: int = 0
    gen_high: int = 0


@dataclass(frozen=True)
class DatabaseHeader:
    """What a database says of itself. `backup_copy` marks the raw copy of a backup set, good for a restore only.

    `base` plus a log position is the time of a change to its pages, as long as it belongs to the log sequence of
    `log_signature`; `time` is later than any change that its pages had seen when it last was clean.
    """

    state: DatabaseState
    signature: bytes
    log_signature: bytes
    database_id: int
    path: str
    backup_copy: bool = False
    full_prev: BackupMark = field(default_factory=BackupMark)
    inc_prev: BackupMark = field(default_factory=BackupMark)
    full_cur: BackupMark = field(default_factory=BackupMark)
    base: int = 0
    time: int = 0

    def encode(self) -> bytes:
        """One header page."""
        body = _HEAD.pack(
            0,
            MAGIC,
            VERSION,
            PAGE_SIZE,
            self.state,
            self.backup_copy,
            self.signature,
            self.log_signature,
            self.database_id,
            self.base,
            self.time,
        )[4:]
        for mark in (self.full_prev, self.inc_prev, self.full_cur):
            body += _MARK.pack(mark.lsn, mark.time, mark.gen_low, mark.gen_high)
        path = self.path.encode()
        body = (body + _LENGTH.pack(len(path)) + path).ljust(PAGE_SIZE - 4, b"\0")
        return struct.pack("<I", zlib.crc32(body)) + body


def decode_header(data: bytes) -> DatabaseHeader | None:
    """The header of these bytes, or None if they are damaged or something else."""
    if len(data) < PAGE_SIZE or struct.unpack_from("<I", data)[0] != zlib.crc32(data[4:PAGE_SIZE]):
        return None
    _, magic, version, page_size, state, copy, signature, log_signature, number, base, time = _HEAD.unpack_from(data)
    if magic != MAGIC or version != VERSION or page_size != PAGE_SIZE or max(base, time) >= LATEST:
        return None
    full_prev, inc_prev, full_cur = (
        BackupMark(*_MARK.unpack_from(data, _HEAD.size + index * _MARK.size)) for index in range(3)
    )
    at = _HEAD.size + 3 * _MARK.size
    (length,) = _LENGTH.unpack_from(data, at)
    try:
        path = data[at + 2 : at + 2 + length].decode()
        known = DatabaseState(state)
        return DatabaseHeader(
            known, signature, log_signature, number, path, copy, full_prev, inc_prev, full_cur, base, time
        )
    except ValueError:  # a checksum that fits by design: someone wrote this file to deceive
        return None


def looks_like_database(data: bytes) -> bool:
    """Whether a file that starts with these bytes is a database, damaged or not."""
    return any(data[at + 4 : at + 4 + len(MAGIC)] == MAGIC for at in (0, PAGE_SIZE))


def read_header(files: Files, file: OpenFile) -> DatabaseHeader:
    """The header of an open database: primary, else shadow, else DatabaseCorrupted."""
    data = files.read(file, 0, HEADER_PAGES * PAGE_SIZE)
    header = decode_header(data) or decode_header(data[PAGE_SIZE:])
    if header is None:
        raise JetFailure(JetErr.DatabaseCorrupted if looks_like_database(data) else JetErr.FileInvalidType)
    return header


def write_header(files: Files, file: OpenFile, header: DatabaseHeader) -> None:
    """Write both copies, one after the other: at every moment one of them is whole."""
    data = header.encode()
    for index in range(HEADER_PAGES):
        files.write(file, index * PAGE_SIZE, data)
        files.sync(file)


def write_new_header(files: Files, file: OpenFile, header: DatabaseHeader) -> None:
    """Write both copies at once, into a file that counts only after it was synced."""
    files.write(file, 0, header.encode() * HEADER_PAGES)


def peek_header(files: Files, path: str) -> DatabaseHeader:
    """The header of a database file that nobody needs to have open."""
    if files.kind(path) is not Kind.FILE:
        raise JetFailure(JetErr.FileNotFound)
    file = files.open(path)
    try:
        return read_header(files, file)
    finally:
        files.close(file)
