"""Changing a file of the engine so that it deceives: fields get extreme values, blocks move, and checksums are right again."""

import random
import struct
import zlib
from itertools import count

from benchmarks.hostile import CHECKPOINT, DATABASE, kind_of

BLOCK = 4096
SECTOR = 512
SEGMENT_HEAD = 44
RECORD_HEAD = 9
EXTREMES = (0, 1, 2, 3, 7, 8, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFE, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF,
            (1 << 62) - 1, 1 << 62, (1 << 63) - 1, 1 << 63, (1 << 64) - 1)  # fmt: skip
NAMES = (
    b"",
    b".",
    b"..",
    b"/",
    b"../../x.edb",
    b"/etc/passwd",
    b"a\0b",
    b"db\\a.edb",
    b"x" * 300,
    b"\xff",
    b"a.edb.rst",
    b"db/./a.edb",
)
DECEIVING = 0.9
"""How often the checksums are made right again."""


def mutate(generator: random.Random, data: bytes) -> bytes:
    """One to three changes."""
    changed = bytearray(data)
    for _ in range(generator.choice((1, 1, 2, 3))):
        generator.choice(_CHANGES)(generator, changed)
    if generator.random() < DECEIVING:
        mend(changed)
    return bytes(changed)


def _set_field(generator: random.Random, data: bytearray) -> None:
    """A number near the beginning of a block, a segment or a record, which is where fields lie."""
    size = generator.choice((1, 2, 4, 8))
    at = _place(generator, data) + generator.randrange(120)
    if at + size > len(data):
        return
    if generator.random() < 0.4:
        number = int.from_bytes(data[at : at + size], "little") + generator.choice((-1, 1, -8, 8, 256))
    else:
        number = generator.choice(EXTREMES)
    data[at : at + size] = (number % (1 << 8 * size)).to_bytes(size, "little")


def _place(generator: random.Random, data: bytearray) -> int:
    step = generator.choice((BLOCK, SECTOR))
    return generator.randrange(len(data) // step + 1) * step


def _flip(generator: random.Random, data: bytearray) -> None:
    if data:
        data[generator.randrange(len(data))] ^= 1 << generator.randrange(8)


def _move_block(generator: random.Random, data: bytearray) -> None:
    source, target = _place(generator, data), _place(generator, data)
    size = generator.choice((SECTOR, BLOCK))
    data[target : target + size] = data[source : source + size]


def _cut(generator: random.Random, data: bytearray) -> None:
    del data[_place(generator, data) + generator.choice((0, 0, 0, -1, 1, 100)) :]


def _lengthen(generator: random.Random, data: bytearray) -> None:
    data.extend(bytes(generator.choice((1, SECTOR, BLOCK))))


def _insert(generator: random.Random, data: bytearray) -> None:
    at, source = _place(generator, data), _place(generator, data)
    data[at:at] = data[source : source + SECTOR]


def _name(generator: random.Random, data: bytearray) -> None:
    """Another name for a database, with a length that fits or not."""
    at = bytes(data).find(b"db/a.edb", _place(generator, data))
    if at < 2:
        return
    name = generator.choice(NAMES)
    if generator.random() < 0.8 and kind_of(bytes(data)) == DATABASE:
        data[at - 2 : at] = len(name).to_bytes(2, "little")
    data[at : at + max(8, len(name))] = name.ljust(8, b"\0")


_CHANGES = (_set_field, _set_field, _set_field, _set_field, _flip, _move_block, _cut, _lengthen, _insert, _name)


# -- checksums -------------------------------------------------------------------------------------------------------


def mend(data: bytearray) -> None:
    """Make every checksum right, by the kind of file that it claims to be."""
    kind = kind_of(bytes(data))
    if kind == DATABASE:
        for at in range(0, len(data) - BLOCK + 1, BLOCK):
            if at < 2 * BLOCK:
                _sum(data, at, BLOCK)
            else:
                _put(data, at + BLOCK - 4, zlib.crc32(data[at : at + BLOCK - 4]))
    elif kind == CHECKPOINT:
        for at in (0, BLOCK):
            if at + BLOCK <= len(data) and any(data[at : at + BLOCK]):
                _sum(data, at, BLOCK)
    elif len(data) >= BLOCK:
        _sum(data, 0, BLOCK)
        _mend_segments(data)


def _mend_segments(data: bytearray) -> None:
    at = BLOCK
    while at + SECTOR <= len(data):
        (length,) = struct.unpack_from("<I", data, at + 4)
        size = -(-(SEGMENT_HEAD + length + 4) // SECTOR) * SECTOR
        if at + size > len(data):
            return
        if length:
            _mend_records(data, at + SEGMENT_HEAD, at + SEGMENT_HEAD + length)
            _sum(data, at, size)
        at += size


def _mend_records(data: bytearray, at: int, end: int) -> None:
    for _ in count():
        if at + RECORD_HEAD > end:
            return
        (length,) = struct.unpack_from("<I", data, at + 1)
        at += RECORD_HEAD
        if at + length > end:
            return
        _put(data, at - 4, zlib.crc32(data[at : at + length]))
        at += length


def _sum(data: bytearray, at: int, size: int) -> None:
    _put(data, at, zlib.crc32(data[at + 4 : at + size]))


def _put(data: bytearray, at: int, check: int) -> None:
    struct.pack_into("<I", data, at, check)
