"""The checkpoint file: from where redo must start, and which databases were attached there.

Two slots are written in turn, each with a number and a checksum: a torn write leaves the other one.
"""

import struct
import zlib
from dataclasses import dataclass
from enum import Enum

from ..model.vocabulary import JetErr
from .failure import JetFailure
from .files import Files, Kind, join
from .logfile import CHECKPOINT, decode_attached, encode_attached
from .records import Attachment

_HEAD = struct.Struct("<I8sQ16sQH")
_MAGIC = b"jetCheck"
SLOT_SIZE = 4096
"""Bytes of one of the two places of a checkpoint file."""

TEMPORARY_CHECKPOINT = "edbtmp.chk"


@dataclass(frozen=True)
class Checkpoint:
    """Everything logged before `lsn` is in the databases on disk."""

    signature: bytes
    lsn: int
    attached: tuple[Attachment, ...]


@dataclass(frozen=True)
class Slot:
    """One of the two places of a checkpoint file, whole; the higher number is the newer."""

    number: int
    checkpoint: Checkpoint


class Unusable(Enum):
    """Why a place of a checkpoint file holds no checkpoint: nothing was ever written there, or it does not verify."""

    EMPTY = "never written"
    DAMAGED = "damaged"


class CheckpointFile:
    """`edb.chk` of one log folder."""

    def __init__(self, files: Files, folder: str) -> None:
        self._files = files
        self._folder = folder
        self._path = join(folder, CHECKPOINT)
        self._number = 0

    def exists(self) -> bool:
        """Whether there is one."""
        return self._files.kind(self._path) is not Kind.ABSENT

    def read(self) -> Checkpoint:
        """The newest checkpoint that is whole, or CheckpointCorrupt [IN: prose]."""
        whole = [slot for slot in read_slots(self._files, self._path) if isinstance(slot, Slot)]
        if not whole:
            raise JetFailure(JetErr.CheckpointCorrupt)
        newest = max(whole, key=lambda slot: slot.number)
        self._number = newest.number
        return newest.checkpoint

    def write(self, checkpoint: Checkpoint) -> None:
        """Replace the older of the two slots."""
        if not self.exists():
            self._make(checkpoint)
            return
        file = self._files.open(self._path, write=True)
        try:
            self._number += 1
            self._files.write(file, self._number % 2 * SLOT_SIZE, _encode(self._number, checkpoint))
            self._files.sync(file)
        finally:
            self._files.close(file)

    def _make(self, checkpoint: Checkpoint) -> None:
        """The first checkpoint: the file gets its name when it is whole."""
        temporary = join(self._folder, TEMPORARY_CHECKPOINT)
        if self._files.kind(temporary) is not Kind.ABSENT:
            self._files.remove(temporary)
        file = self._files.open(temporary, create=True)
        try:
            self._files.write(file, 0, _encode(0, checkpoint).ljust(2 * SLOT_SIZE, b"\0"))  # space for both slots
            self._files.sync(file)
        finally:
            self._files.close(file)
        self._files.rename(temporary, self._path)
        self._files.sync_folder(self._folder)


def read_slots(files: Files, path: str) -> tuple[Slot | Unusable, Slot | Unusable]:
    """Both places of a checkpoint file."""
    file = files.open(path)
    try:
        data = files.read(file, 0, 2 * SLOT_SIZE)
    finally:
        files.close(file)
    return _decode(data[:SLOT_SIZE]), _decode(data[SLOT_SIZE:])


def looks_like_checkpoint(data: bytes) -> bool:
    """Whether a file that starts with these bytes is a checkpoint file."""
    return any(data[at + 4 : at + 4 + len(_MAGIC)] == _MAGIC for at in (0, SLOT_SIZE))


def _encode(number: int, checkpoint: Checkpoint) -> bytes:
    head = _HEAD.pack(0, _MAGIC, number, checkpoint.signature, checkpoint.lsn, len(checkpoint.attached))[4:]
    body = (head + encode_attached(checkpoint.attached)).ljust(SLOT_SIZE - 4, b"\0")
    return struct.pack("<I", zlib.crc32(body)) + body


def _decode(data: bytes) -> Slot | Unusable:
    if len(data) < SLOT_SIZE or struct.unpack_from("<I", data)[0] != zlib.crc32(data[4:]):
        return Unusable.DAMAGED if len(data) < SLOT_SIZE or any(data) else Unusable.EMPTY
    _, magic, number, signature, lsn, count = _HEAD.unpack_from(data)
    if magic != _MAGIC:
        return Unusable.DAMAGED
    try:
        return Slot(number, Checkpoint(signature, lsn, decode_attached(data[_HEAD.size :], count)))
    except ValueError:
        return Unusable.DAMAGED
