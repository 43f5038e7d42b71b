"""Pages of a database: fixed size, checksummed, and the fixed-size rows they hold.

Rows are only ever appended, so the number of rows on a page says which changes it has seen; redo relies on that.
"""

import struct
import zlib
from dataclasses import dataclass

from ..model.vocabulary import JetErr
from .failure import JetFailure

PAGE_SIZE = 4096
_HEAD = struct.Struct("<IIQHH12x")
_ROW = struct.Struct("<QQHHIQ")
ROW_SIZE = _ROW.size
ROWS_PER_PAGE = (PAGE_SIZE - _HEAD.size) // ROW_SIZE


@dataclass(frozen=True)
class Row:
    """One row: its number in the database, and who inserted it in which transaction."""

    key: int
    transaction: int
    position: int
    of: int
    session: int

    def encode(self) -> bytes:
        """Its bytes, with a checksum of their own, so that a test can tell a wrong row from a wrong page."""
        check = zlib.crc32(struct.pack("<QQHHQ", self.key, self.transaction, self.position, self.of, self.session))
        return _ROW.pack(self.key, self.transaction, self.position, self.of, check, self.session)

    @classmethod
    def decode(cls, data: bytes) -> "Row":
        """The row of these bytes."""
        key, transaction, position, of, check, session = _ROW.unpack(data)
        row = cls(key, transaction, position, of, session)
        if zlib.crc32(struct.pack("<QQHHQ", key, transaction, position, of, session)) != check:
            raise JetFailure(JetErr.DatabaseCorrupted)
        return row


@dataclass(frozen=True)
class Page:
    """A page: its number, the log position of its last change, and its rows' bytes."""

    number: int
    lsn: int
    rows: bytes

    @property
    def count(self) -> int:
        """How many rows it holds."""
        return len(self.rows) // ROW_SIZE

    def encode(self) -> bytes:
        """The page as it lies on disk."""
        body = _HEAD.pack(0, self.number, self.lsn, self.count, 0)[4:] + self.rows
        body = body.ljust(PAGE_SIZE - 4, b"\0")
        return struct.pack("<I", zlib.crc32(body)) + body


def decode_page(data: bytes, number: int) -> Page:
    """The page `number` of these bytes, or ReadVerifyFailure: verification of a used page [BI, Remarks]."""
    if len(data) != PAGE_SIZE:
        raise JetFailure(JetErr.ReadVerifyFailure)
    check, stored, lsn, count, _ = _HEAD.unpack_from(data)
    if zlib.crc32(data[4:]) != check or stored != number or count > ROWS_PER_PAGE:
        raise JetFailure(JetErr.ReadVerifyFailure)
    return Page(number, lsn, data[_HEAD.size : _HEAD.size + count * ROW_SIZE])
