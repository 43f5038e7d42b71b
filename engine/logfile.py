"""One log generation as a file: its names and its header. What follows the header is read in `logreader`."""

import re
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from ..model.vocabulary import JetErr
from .failure import JetFailure
from .files import Files, Kind, join
from .records import Attachment

MAGIC = b"jetLogGn"
HEADER_SIZE = 4096
CURRENT = "edb.log"
TEMPORARY = "edbtmp.log"
CHECKPOINT = "edb.chk"
LAST_GENERATION = 0x7FFFFFFE
LARGEST_FILE = 32768 << 10
"""Larger files are no logs: the log file size is at most 32768 KB [TL]."""

_HEAD = struct.Struct("<I8sI?Q16s16s16sdIH")
_LENGTH = struct.Struct("<H")
_NAME = re.compile(r"edb([0-9A-F]{8})\.log")
_RESERVE = re.compile(r"edbres[0-9A-F]{5}\.jrs")


@dataclass(frozen=True)
class LogHeader:
    """What a generation says of itself; `previous` is the `identity` of the generation before it."""

    generation: int
    signature: bytes
    identity: bytes
    previous: bytes
    created: float
    size_kb: int
    attached: tuple[Attachment, ...]
    backup_copy: bool = False

    def encode(self) -> bytes:
        """The header block."""
        body = _HEAD.pack(
            0,
            MAGIC,
            1,
            self.backup_copy,
            self.generation,
            self.signature,
            self.identity,
            self.previous,
            self.created,
            self.size_kb,
            len(self.attached),
        )[4:]
        body = (body + encode_attached(self.attached)).ljust(HEADER_SIZE - 4, b"\0")
        return struct.pack("<I", zlib.crc32(body)) + body


def encode_attached(attached: Iterable[Attachment]) -> bytes:
    """A list of attachments, each with its length before it."""
    return b"".join(_LENGTH.pack(len(each.encode())) + each.encode() for each in attached)


def decode_attached(data: bytes, count: int) -> tuple[Attachment, ...]:
    """`count` attachments; ValueError if they are not there."""
    attached = []
    at = 0
    for _ in range(count):
        if len(data) < at + _LENGTH.size:
            raise ValueError("an attachment is cut off")
        (length,) = _LENGTH.unpack_from(data, at)
        at += _LENGTH.size
        attached.append(Attachment.decode(data[at : at + length]))
        at += length
    return tuple(attached)


def archive_name(generation: int) -> str:
    """The name of a closed generation [FI]."""
    return f"edb{generation:08X}.log"


def archive_generation(name: str) -> int | None:
    """The generation that a file name stands for, if it is that of a closed log."""
    match = _NAME.fullmatch(name)
    return int(match[1], 16) if match else None


def reserve_name(number: int) -> str:
    """The name of a reserved log [FI]."""
    return f"edbres{number:05X}.jrs"


def is_reserve(name: str) -> bool:
    """Whether a file name is that of a reserved log [FI]."""
    return _RESERVE.fullmatch(name) is not None


def decode_log_header(data: bytes) -> LogHeader | None:
    """The header of a log file that starts with these bytes, or None if it is damaged or something else."""
    if len(data) < HEADER_SIZE or struct.unpack_from("<I", data)[0] != zlib.crc32(data[4:HEADER_SIZE]):
        return None
    _, magic, version, copy, generation, signature, identity, previous, created, size, count = _HEAD.unpack_from(data)
    if magic != MAGIC or version != 1 or not 0 < generation <= LAST_GENERATION:
        return None
    try:
        attached = decode_attached(data[_HEAD.size : HEADER_SIZE], count)
    except ValueError:
        return None
    return LogHeader(generation, signature, identity, previous, created, size, attached, copy)


def looks_like_log(data: bytes) -> bool:
    """Whether a file that starts with these bytes is a log, damaged or not."""
    return data[4 : 4 + len(MAGIC)] == MAGIC


def peek_log_header(files: Files, path: str) -> LogHeader:
    """The header of a log file, or LogFileCorrupt."""
    file = files.open(path)
    try:
        header = decode_log_header(files.read(file, 0, HEADER_SIZE))
    finally:
        files.close(file)
    if header is None:
        raise JetFailure(JetErr.LogFileCorrupt)
    return header


def archives(files: Files, folder: str) -> dict[int, str]:
    """The closed generations in a folder: number to path, lowest first."""
    found = {}
    for name in files.list(folder):
        generation = archive_generation(name)
        if generation is not None and files.kind(join(folder, name)) is Kind.FILE:
            found[generation] = join(folder, name)
    return dict(sorted(found.items()))
