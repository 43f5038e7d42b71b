"""What a log says: records, and the checksummed segments that hold them.

A segment is the unit of atomicity: the records of one transaction lie in one segment, so a transaction is committed
when its segment is whole on disk and never happened otherwise. Segments fill whole sectors, so that
writing one cannot tear another. Several may be on their way to the disk at once: each says up to where the log was on
disk for certain when it was written, which tells damage from a torn end.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from .pages import BODY_SIZE, CELL_SIZE, PageKind

SECTOR = 512
_SEGMENT = struct.Struct("<IIQI?3x16s")
_LAST = b"last"
"""The last bytes of a segment, so that one whose end was not written never looks whole in a file filled with zeros."""

_RECORD = struct.Struct("<BII")
_NAMED = struct.Struct("<H16sQ")
_IMAGE = struct.Struct("<HIB")
_SPLICE = struct.Struct("<HIQH")
_KINDS = {int(kind): kind for kind in PageKind}
ATTACHED_LIMIT = 7
"""Databases that an instance may have attached at a time [AD: TooManyAttachedDatabases (7)]."""

END_SIZE = SECTOR
"""The size of a segment with nothing but an End record."""

IDENTITY_AT = _SEGMENT.size - 16
"""Where in a segment the identity of its generation lies."""


@dataclass(frozen=True)
class Attachment:
    """A database as logs and checkpoints name it; `base` plus a log position is the time of a change to its pages."""

    database_id: int
    signature: bytes
    base: int
    path: str

    def encode(self) -> bytes:
        """Its bytes; the path is the rest of the record."""
        return _NAMED.pack(self.database_id, self.signature, self.base) + self.path.encode()

    @classmethod
    def decode(cls, data: bytes) -> "Attachment":
        """The attachment of these bytes; ValueError if they are none."""
        if len(data) < _NAMED.size:
            raise ValueError("too short for an attachment")
        number, signature, base = _NAMED.unpack_from(data)
        if base >= 1 << 62:
            raise ValueError("no such time")
        return cls(number, signature, base, data[_NAMED.size :].decode())


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


class Splice(NamedTuple):
    """Cells were put into a page in front of `slot`, when its last change was that of the time `before`."""

    database_id: int
    page: int
    before: int
    slot: int
    cells: bytes


class Image(NamedTuple):
    """A page as it is now, whatever it was: made anew, or changed for the first time since a checkpoint."""

    database_id: int
    page: int
    kind: PageKind
    body: bytes


@dataclass(frozen=True)
class Note:
    """Nothing changed."""


@dataclass(frozen=True)
class End:
    """The generation is closed: the next one goes on."""


Record: TypeAlias = Create | Attach | Detach | Splice | Image | Note | End


class Segment(NamedTuple):
    """A whole segment: its log position, and its records as bytes, decoded when they are needed."""

    lsn: int
    payload: bytes

    @property
    def records(self) -> list[Record]:
        """Its records; ValueError if the checksum fits and they make no sense: a file made to deceive."""
        return list(decode_records(self.payload))


class Extent(NamedTuple):
    """Where a segment lies in some bytes of a log, and what its head says."""

    check: int
    at: int
    length: int
    size: int
    durable: int
    closing: bool

    @property
    def payload(self) -> slice:
        """Where its records lie."""
        return slice(self.at + _SEGMENT.size, self.at + _SEGMENT.size + self.length)

    @property
    def end(self) -> int:
        """Where the next segment begins."""
        return self.at + self.size

    def is_whole(self, data: bytes) -> bool:
        """Whether all of it is there, as its checksum says."""
        return self.end <= len(data) and zlib.crc32(memoryview(data)[self.at + 4 : self.end]) == self.check


def position(generation: int, offset: int) -> int:
    """The log position (LSN) of an offset in a generation."""
    return generation << 32 | offset


def generation_of(lsn: int) -> int:
    """The generation of a log position."""
    return lsn >> 32


def offset_of(lsn: int) -> int:
    """The offset of a log position in its generation."""
    return lsn & 0xFFFFFFFF


def encode_segment(lsn: int, durable: int, log_id: bytes, records: tuple[Record, ...]) -> bytes:
    """The bytes of a segment, whole sectors; `durable`: the offset up to which the generation is on disk."""
    payload = b"".join([_encode(record) for record in records])
    closing = any(isinstance(record, End) for record in records)
    body = _SEGMENT.pack(0, len(payload), lsn, durable, closing, log_id)[4:] + payload
    body = body.ljust(segment_size(len(payload)) - 4 - len(_LAST), b"\0") + _LAST
    return struct.pack("<I", zlib.crc32(body)) + body


def find_segment(data: bytes, at: int, lsn: int, log_id: bytes) -> Extent | None:
    """The segment with this log position that begins at a place of some bytes of a log, whole or not, if one does."""
    if len(data) - at < SECTOR:
        return None
    check, length, stored, durable, closing, owner = _SEGMENT.unpack_from(data, at)
    if owner != log_id or stored != lsn:
        return None
    return Extent(check, at, length, segment_size(length), durable, closing)


def segment_size(length: int) -> int:
    """The size of a segment with a payload of this length."""
    return -(-(_SEGMENT.size + length + len(_LAST)) // SECTOR) * SECTOR


def _encode(record: Record) -> bytes:
    match record:
        case Splice(number, page, before, slot, cells):
            kind, data = 4, _SPLICE.pack(number, page, before, slot) + cells
        case Image(number, page, page_kind, body):
            kind, data = 5, _IMAGE.pack(number, page, page_kind) + body
        case Create(database):
            kind, data = 1, database.encode()
        case Attach(database):
            kind, data = 2, database.encode()
        case Detach(number):
            kind, data = 3, struct.pack("<H", number)
        case Note():
            kind, data = 6, b""
        case End():
            kind, data = 7, b""
    return _RECORD.pack(kind, len(data), zlib.crc32(data)) + data


def decode_records(payload: bytes) -> Iterator[Record]:
    """The records of a segment, one at a time; ValueError at the first that makes no sense."""
    at = 0
    while at < len(payload):
        if len(payload) - at < _RECORD.size:
            raise ValueError("a record is cut off")
        kind, length, check = _RECORD.unpack_from(payload, at)
        at += _RECORD.size
        data = payload[at : at + length]
        if length != len(data) or zlib.crc32(data) != check:
            raise ValueError("a record is cut off or damaged")
        yield _decode(kind, data)
        at += length


def _decode(kind: int, data: bytes) -> Record:
    if kind == 4 and len(data) > _SPLICE.size:
        number, page, before, slot = _SPLICE.unpack_from(data)
        return Splice(number, page, before, slot, data[_SPLICE.size :])
    if kind == 5 and len(data) >= _IMAGE.size:
        number, page, code = _IMAGE.unpack_from(data)
        body, page_kind = data[_IMAGE.size :], _KINDS.get(code)
        if page_kind is None or len(body) > BODY_SIZE or len(body) % CELL_SIZE[page_kind]:
            raise ValueError("no such page")
        return Image(number, page, page_kind, body)
    if kind in (1, 2):
        database = Attachment.decode(data)
        return Create(database) if kind == 1 else Attach(database)
    if kind == 3 and len(data) == 2:
        return Detach(*struct.unpack("<H", data))
    if kind == 6:
        return Note()
    if kind == 7:
        return End()
    raise ValueError(f"no record of kind {kind}")
