"""What a log says: records, and the checksummed segments that hold them.

A segment is the unit of atomicity: the records of one transaction lie in one segment, so a transaction is committed
when its segment is whole on disk and never happened otherwise. Segments fill whole sectors, so that
writing one cannot tear another.
"""

import struct
import zlib
from dataclasses import dataclass
from typing import TypeAlias

from .pages import PAGE_SIZE, ROW_SIZE

SECTOR = 512
_SEGMENT = struct.Struct("<IIQ16s")
_RECORD = struct.Struct("<BI")
_NAMED = struct.Struct("<H16s")
_PLACE = struct.Struct("<HIH")


@dataclass(frozen=True)
class Attachment:
    """A database as logs and checkpoints name it."""

    database_id: int
    signature: bytes
    path: str

    def encode(self) -> bytes:
        """Its bytes; the path is the rest of the record."""
        return _NAMED.pack(self.database_id, self.signature) + self.path.encode()

    @classmethod
    def decode(cls, data: bytes) -> "Attachment":
        """The attachment of these bytes; ValueError if they are none."""
        if len(data) < _NAMED.size:
            raise ValueError("too short for an attachment")
        number, signature = _NAMED.unpack_from(data)
        return cls(number, signature, data[_NAMED.size :].decode())


@dataclass(frozen=True)
class Create:
    """A database was created and attached."""

    database: Attachment


@dataclass(frozen=True)
class Attach:
    """A database was attached."""

    database: Attachment


@dataclass(frozen=True)
class Detach:
    """A database was detached, all its pages being on disk."""

    database_id: int


@dataclass(frozen=True)
class Insert:
    """Rows were appended to a page, the first of them at `slot`."""

    database_id: int
    page: int
    slot: int
    rows: bytes


@dataclass(frozen=True)
class Image:
    """The rows of a page before its first change since it was written: redo needs them if that write tore it."""

    database_id: int
    page: int
    rows: bytes


@dataclass(frozen=True)
class Note:
    """Nothing changed."""


@dataclass(frozen=True)
class End:
    """The generation is closed: the next one goes on."""


Record: TypeAlias = Create | Attach | Detach | Insert | Image | Note | End


@dataclass(frozen=True)
class Segment:
    """A whole segment: its log position, its place and size in the file, its records."""

    lsn: int
    offset: int
    size: int
    records: tuple[Record, ...]


def position(generation: int, offset: int) -> int:
    """The log position (LSN) of an offset in a generation."""
    return generation << 32 | offset


def generation_of(lsn: int) -> int:
    """The generation of a log position."""
    return lsn >> 32


def offset_of(lsn: int) -> int:
    """The offset of a log position in its generation."""
    return lsn & 0xFFFFFFFF


def encode_segment(lsn: int, log_id: bytes, records: tuple[Record, ...]) -> bytes:
    """The bytes of a segment, whole sectors."""
    payload = b"".join(_encode(record) for record in records)
    body = _SEGMENT.pack(0, len(payload), lsn, log_id)[4:] + payload
    size = -(-(len(body) + 4) // SECTOR) * SECTOR
    body = body.ljust(size - 4, b"\0")
    return struct.pack("<I", zlib.crc32(body)) + body


def segment_size(records: tuple[Record, ...]) -> int:
    """How many bytes a segment of these records takes."""
    return len(encode_segment(0, bytes(16), records))


def decode_segment(data: bytes, offset: int, generation: int, log_id: bytes) -> Segment | None:
    """The segment at `offset` of a log file's bytes, or None if there is no whole one of this log."""
    if len(data) - offset < SECTOR:
        return None
    check, length, lsn, owner = _SEGMENT.unpack_from(data, offset)
    size = -(-(_SEGMENT.size + length) // SECTOR) * SECTOR
    if owner != log_id or lsn != position(generation, offset) or offset + size > len(data):
        return None
    if zlib.crc32(data[offset + 4 : offset + size]) != check:
        return None
    start = offset + _SEGMENT.size
    try:
        return Segment(lsn, offset, size, tuple(_decode_all(data[start : start + length])))
    except ValueError:  # a checksum that fits by design: a file made to deceive
        return None


def _encode(record: Record) -> bytes:
    match record:
        case Create(database):
            kind, data = 1, database.encode()
        case Attach(database):
            kind, data = 2, database.encode()
        case Detach(number):
            kind, data = 3, struct.pack("<H", number)
        case Insert(number, page, slot, rows):
            kind, data = 4, _PLACE.pack(number, page, slot) + rows
        case Image(number, page, rows):
            kind, data = 5, _PLACE.pack(number, page, 0) + rows
        case Note():
            kind, data = 6, b""
        case End():
            kind, data = 7, b""
    return _RECORD.pack(kind, len(data)) + data


def _decode_all(payload: bytes) -> list[Record]:
    records: list[Record] = []
    at = 0
    while at < len(payload):
        if len(payload) - at < _RECORD.size:
            raise ValueError("a record is cut off")
        kind, length = _RECORD.unpack_from(payload, at)
        at += _RECORD.size
        if length > len(payload) - at:
            raise ValueError("a record is cut off")
        records.append(_decode(kind, payload[at : at + length]))
        at += length
    return records


def _decode(kind: int, data: bytes) -> Record:
    if kind in (1, 2):
        database = Attachment.decode(data)
        return Create(database) if kind == 1 else Attach(database)
    if kind == 3 and len(data) == 2:
        return Detach(*struct.unpack("<H", data))
    if kind in (4, 5) and _PLACE.size <= len(data) <= PAGE_SIZE:
        number, page, slot = _PLACE.unpack_from(data)
        rows = data[_PLACE.size :]
        if len(rows) % ROW_SIZE:
            raise ValueError("half a row")
        return Insert(number, page, slot, rows) if kind == 4 else Image(number, page, rows)
    if kind == 6:
        return Note()
    if kind == 7:
        return End()
    raise ValueError(f"no record of kind {kind}")
