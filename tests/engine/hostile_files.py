"""Files that someone damaged, or made to deceive."""

import random
import struct
import zlib
from pathlib import Path

from engine_world import World


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
