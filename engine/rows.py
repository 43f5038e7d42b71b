"""Rows: what clients store. A row is of fixed size, led by its key, with a checksum of its own."""

import struct
import zlib
from dataclasses import dataclass

from ..model.vocabulary import JetErr
from .failure import JetFailure

_ROW = struct.Struct("<QQHHIQ")
_CHECKED = struct.Struct("<QQHHQ")
_KEY = struct.Struct("<Q")
ROW_SIZE = _ROW.size


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
        check = zlib.crc32(_CHECKED.pack(self.key, self.transaction, self.position, self.of, self.session))
        return _ROW.pack(self.key, self.transaction, self.position, self.of, check, self.session)

    @classmethod
    def decode(cls, data: bytes) -> "Row":
        """The row of these bytes."""
        key, transaction, position, of, check, session = _ROW.unpack(data)
        if zlib.crc32(_CHECKED.pack(key, transaction, position, of, session)) != check:
            raise JetFailure(JetErr.DatabaseCorrupted)
        return cls(key, transaction, position, of, session)


def encode_rows(first: int, transaction: int, count: int, session: int) -> bytes:
    """All rows of a transaction, keys from `first` on: what `Row.encode` gives for each, in one go."""
    pack, checked, crc = _ROW.pack, _CHECKED.pack, zlib.crc32
    return b"".join(
        pack(key, transaction, at, count, crc(checked(key, transaction, at, count, session)), session)
        for at, key in enumerate(range(first, first + count))
    )


def key_of(row: bytes, at: int = 0) -> int:
    """The key of the row at this place of some bytes."""
    key: int = _KEY.unpack_from(row, at)[0]
    return key
