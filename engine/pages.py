"""Pages of a database: fixed size, checksummed, with sorted cells of one size in each.

A page carries the time of its last change: a number that rises with the log (see `database`), so that redo knows
which changes it has seen. Four kilobytes is the largest size that zlib sums without giving up the interpreter's lock:
verifying a chunk of pages must not wait for every other thread at every page.
"""

import struct
import zlib
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from ..model.vocabulary import JetErr
from .failure import JetFailure
from .rows import ROW_SIZE

PAGE_SIZE = 4096
_HEAD = struct.Struct("<IIQBxH4x")
_CHECK = struct.Struct("<I")
ENTRY = struct.Struct("<QI")
BODY_SIZE = PAGE_SIZE - _HEAD.size


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


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its number, the time of its last change, and its cells."""

    number: int
    time: int
    kind: PageKind
    body: bytes

    @property
    def count(self) -> int:
        """How many cells it holds."""
        return len(self.body) // CELL_SIZE[self.kind]

    def encode(self) -> bytes:
        """The page as it lies on disk."""
        body = _HEAD.pack(0, self.number, self.time, self.kind, len(self.body))[4:] + self.body
        body = body.ljust(PAGE_SIZE - 4, b"\0")
        return _CHECK.pack(zlib.crc32(body)) + body


def decode_page(data: bytes, number: int) -> Page:
    """The page `number` of these bytes, or ReadVerifyFailure: verification of a used page [BI, Remarks]."""
    if len(data) != PAGE_SIZE:
        raise JetFailure(JetErr.ReadVerifyFailure)
    check, stored, time, code, used = _HEAD.unpack_from(data)
    kind = _KINDS.get(code)
    if zlib.crc32(data[4:]) != check or stored != number or kind is None:
        raise JetFailure(JetErr.ReadVerifyFailure)
    if used > BODY_SIZE or used % CELL_SIZE[kind]:  # a checksum that fits by design: a file made to deceive
        raise JetFailure(JetErr.ReadVerifyFailure)
    return Page(number, time, kind, data[_HEAD.size : _HEAD.size + used])


@lru_cache(maxsize=4)
def _heads(count: int) -> struct.Struct:
    return struct.Struct("<" + f"II{PAGE_SIZE - 8}x" * count)


def verify_pages(data: bytes, first: int) -> None:
    """ReadVerifyFailure unless these are whole pages, numbered from `first` on, each with its right checksum."""
    count, rest = divmod(len(data), PAGE_SIZE)
    if rest:
        raise JetFailure(JetErr.ReadVerifyFailure)
    heads = _heads(count).unpack(data)
    view, crc = memoryview(data), zlib.crc32
    sums = tuple([crc(view[at + 4 : at + PAGE_SIZE]) for at in range(0, len(data), PAGE_SIZE)])
    if sums != heads[::2] or heads[1::2] != tuple(range(first, first + count)):
        raise JetFailure(JetErr.ReadVerifyFailure)


def leaf_rows(data: bytes, at: int) -> int:
    """How many rows lie on the (verified) page at this place of some bytes; none if it is no leaf."""
    _, _, _, code, used = _HEAD.unpack_from(data, at)
    return used // ROW_SIZE if code == PageKind.LEAF else 0
