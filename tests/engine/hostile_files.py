"""Files that someone damaged, or made to deceive."""

import random
import struct
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine_world import World
from jetconform.engine.header import decode_header
from jetconform.engine.logfile import decode_attached, decode_log_header, encode_attached
from jetconform.engine.pages import Page, PageKind
from jetconform.engine.records import Record, decode_records, encode_segment, find_segment, position


def prepare(root: Path) -> Path:
    """A crashed instance with a backup set."""
    world = World(root)
    for name in ("bk", "bk2", "rs"):
        world.folder(name)
    running = world.start(rows=700)
    world.backup(running)
    world.insert(running, 3000)
    world.backup(running, "bk", 1)
    world.insert(running, 3000)
    world.engine.close()
    return root


def deceive(generator: random.Random, root: Path) -> None:
    """Change a block of a file, small numbers into extreme ones, and make its checksum right again."""
    path = generator.choice([path for path in root.rglob("*") if path.suffix in (".edb", ".log", ".chk")])
    data = bytearray(path.read_bytes())
    block = min(generator.choice((0, 1, 2, 3, 4, generator.randrange(len(data) // 4096))), len(data) // 4096 - 1) * 4096
    is_log = path.suffix == ".log"
    size = 4096
    if is_log and block:  # a segment: its size is that of its payload, in sectors
        size = -(-(44 + struct.unpack_from("<I", data, block + 4)[0]) // 512) * 512
        if block + size > len(data):
            return
    is_page = path.suffix == ".edb" and block >= 8192
    first, last = (0, size - 4) if is_page else (4, size)
    for _ in range(generator.randint(1, 4)):
        at = block + first + min(generator.randrange(120), generator.randrange(last - first - 8))
        data[at : at + 8] = generator.choice((bytes(8), b"\xff" * 8, generator.randbytes(8), b"\1" + bytes(7)))
    check = struct.pack("<I", zlib.crc32(data[block + first : block + last]))
    at = block + last if is_page else block
    data[at : at + 4] = check
    path.write_bytes(data)


def mutilate(generator: random.Random, root: Path) -> None:
    files = [path for path in root.rglob("*") if path.is_file()]
    path, other = generator.choice(files), generator.choice(files)
    data = bytearray(path.read_bytes())
    match generator.randrange(6):
        case 0:
            path.write_bytes(data[: generator.randrange(len(data) + 1)])
        case 1:
            for _ in range(5):
                if data:
                    data[generator.randrange(len(data))] ^= 1 << generator.randrange(8)
            path.write_bytes(data)
        case 2:
            path.write_bytes(other.read_bytes())
        case 3:
            path.unlink()
        case 4:
            path.write_bytes(data + generator.randbytes(5000))
        case 5:
            path.unlink()
            path.mkdir()


# -- files made to deceive, field by field ------------------------------------------------------------------------------


def change_header(place: Path, **changes: Any) -> None:
    """Other fields in both headers of a database."""
    data = place.read_bytes()
    header = decode_header(data)
    assert header is not None
    place.write_bytes(replace(header, **changes).encode() * 2 + data[8192:])


def change_page(path: Path, number: int, kind: PageKind, body: bytes) -> None:
    """Another page in the place of one of a database."""
    data = path.read_bytes()
    at = (number + 1) * 4096
    path.write_bytes(data[:at] + Page(number, 1, kind, body).encode() + data[at + 4096 :])


def change_log(path: Path, change: Callable[[list[Record]], list[Record]]) -> None:
    """Other records in the segments of a log, each of which stays as large as it is."""
    data = path.read_bytes()
    header = decode_log_header(data)
    assert header is not None
    at, made = 4096, data[:4096]
    while found := find_segment(data, at, position(header.generation, at), header.identity):
        records = tuple(change(list(decode_records(data[found.payload]))))
        segment = encode_segment(position(header.generation, at), found.durable, header.identity, records)
        assert len(segment) == found.size
        made += segment
        at += found.size
    path.write_bytes(made + data[at:])


def change_attachments(path: Path, name: str) -> None:
    """The name of every database that a checkpoint says is attached."""
    data = path.read_bytes()
    made = b""
    for at in (0, 4096):
        slot = data[at : at + 4096]
        if any(slot):
            (count,) = struct.unpack_from("<H", slot, 44)
            attached = [replace(each, path=name) for each in decode_attached(slot[46:], count)]
            body = (slot[4:46] + encode_attached(attached)).ljust(4092, b"\0")
            slot = struct.pack("<I", zlib.crc32(body)) + body
        made += slot
    path.write_bytes(made)
