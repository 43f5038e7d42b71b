"""Pages of a database: fixed size, checksummed, with sorted cells of one size in each.

A page carries the time of its last change: a number that rises with the log (see `database`), so that redo knows
which changes it has seen. The checksum is a page's last four bytes: summed with them, every sound page gives the same
number, and so do any number of sound pages in a row. A chunk of pages is verified with one sum, at the speed of C.
"""

import struct
import zlib
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

from ..model.vocabulary import JetErr
from .failure import JetFailure
from .rows import ROW_SIZE

PAGE_SIZE = 4096
_HEAD = struct.Struct("<IQBxH")
_CHECK = struct.Struct("<I")
_SOUND = 0x2144DF1C
"""The CRC-32 of any bytes followed by their own CRC-32."""

ENTRY = struct.Struct("<QI")
BODY_SIZE = PAGE_SIZE - _HEAD.size - _CHECK.size


class PageKind(IntEnum):
    """What a page is for."""

    CATALOG = 1
    SPACE = 2
    LEAF = 3
    BRANCH = 4


CELL_SIZE = {PageKind.CATALOG: 4, PageKind.SPACE: 4, PageKind.LEAF: ROW_SIZE, PageKind.BRANCH: ENTRY.size}
CAPACITY = {kind: BODY_SIZE // size for kind, size in CELL_SIZE.items()}
ROWS_PER_PAGE = CAPACITY[PageKind.LEAF]
_KINDS = {int(kind): kind for kind in PageKind}


class Page(NamedTuple):
    """A page: its number, the time of its last change, and its cells. A tuple: millions are made."""

    number: int
    time: int
    kind: PageKind
    body: bytes

    @property
    def cells(self) -> int:
        """How many cells it holds."""
        return len(self.body) // CELL_SIZE[self.kind]

    def encode(self) -> bytes:
        """The page as it lies on disk."""
        data = _HEAD.pack(self.number, self.time, self.kind, len(self.body)) + self.body
        data = data.ljust(PAGE_SIZE - _CHECK.size, b"\0")
        return data + _CHECK.pack(zlib.crc32(data))


def decode_page(data: bytes, number: int) -> Page:
    """The page `number` of these bytes, or ReadVerifyFailure: verification of a used page [BI, Remarks]."""
    if len(data) != PAGE_SIZE:
        raise JetFailure(JetErr.ReadVerifyFailure)
    stored, time, code, used = _HEAD.unpack_from(data)
    kind = _KINDS.get(code)
    if zlib.crc32(data) != _SOUND or stored != number or kind is None:
        raise JetFailure(JetErr.ReadVerifyFailure)
    if used > BODY_SIZE or used % CELL_SIZE[kind]:  # a checksum that fits by design: a file made to deceive
        raise JetFailure(JetErr.ReadVerifyFailure)
    return Page(number, time, kind, data[_HEAD.size : _HEAD.size + used])


@lru_cache(maxsize=8)
def _expected(count: int) -> tuple[struct.Struct, int]:
    """How to read the numbers of so many pages, and the sum that they have if all are sound.

    The sum of A and then B is that of B, plus that of A pushed on by as many zeros as B is long: CRCs are linear.
    """
    zeros, total = bytes(PAGE_SIZE), 0
    for _ in range(count):
        total = zlib.crc32(zeros, total) ^ zlib.crc32(zeros) ^ _SOUND
    return struct.Struct("<" + f"I{PAGE_SIZE - 4}x" * count), total


def verify_pages(data: bytes, first: int) -> None:
    """ReadVerifyFailure unless these are whole pages, numbered from `first` on, each with its right checksum."""
    count, rest = divmod(len(data), PAGE_SIZE)
    if rest:
        raise JetFailure(JetErr.ReadVerifyFailure)
    numbers, total = _expected(count)
    if zlib.crc32(data) != total or numbers.unpack(data) != tuple(range(first, first + count)):
        raise JetFailure(JetErr.ReadVerifyFailure)


def leaf_rows(data: bytes, at: int) -> int:
    """How many rows lie on the (verified) page at this place of some bytes; none if it is no leaf."""
    _, _, code, used = _HEAD.unpack_from(data, at)
    return used // ROW_SIZE if code == PageKind.LEAF else 0
