"""Reading a log generation, with or without mercy, a window of the file at a time.

A file that was closed ends with an End record; everything up to there must verify [BI, Remarks: log verification].
The current log may end in a torn segment. A whole segment behind a broken one is damage, not a torn end, if it was
written when the place of the broken one was on disk already.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from ..model.vocabulary import JetErr
from .failure import JetFailure
from .files import Files, OpenFile
from .logfile import HEADER_SIZE, LARGEST_FILE, LogHeader, decode_log_header
from .records import IDENTITY_AT, SECTOR, Extent, Segment, find_segment, position

WINDOW = 1 << 20


@dataclass(frozen=True)
class LogSummary:
    """A log that was read through: header, whether it was closed, and where its whole part ends."""

    path: str
    header: LogHeader
    closed: bool
    end: int


class LogReader:
    """One pass through the segments of an open log; `end` and `closed` are what was found up to now."""

    def __init__(self, files: Files, file: OpenFile) -> None:
        self.end = HEADER_SIZE
        self.closed = False
        self._files = files
        self._file = file
        self._length = files.length(file)
        self._start = 0
        self._data = b""
        header = decode_log_header(files.read(file, 0, HEADER_SIZE)) if self._length <= LARGEST_FILE else None
        if header is None:
            raise JetFailure(JetErr.LogFileCorrupt)
        self.header = header
        self._base = position(header.generation, 0)

    def segments(self) -> Iterator[Segment]:
        """The whole segments, up to the End record or the first that is broken."""
        while (found := self._step()) is not None:
            yield Segment(self._base + self.end, self._data[found.payload])
            self._advance(found)

    def segments_to(self, end: int) -> Iterator[Segment]:
        """The same, of a log that was verified to be whole up to `end`: LogFileCorrupt if this time it ends elsewhere."""
        yield from self.segments()
        if self.end != end:
            raise JetFailure(JetErr.LogFileCorrupt)

    def blocks(self) -> Iterator[bytes]:
        """The same as the bytes of the file, each verified, in pieces for copying."""
        pieces: list[bytes] = []
        size = 0
        while (found := self._step()) is not None:
            pieces.append(self._data[found.at : found.end])
            size += found.size
            self._advance(found)
            if size >= WINDOW:
                yield b"".join(pieces)
                pieces, size = [], 0
        yield b"".join(pieces)

    def read_through(self) -> None:
        """Verify it all."""
        while (found := self._step()) is not None:
            self._advance(found)

    def require_whole(self, *, closed: bool) -> None:
        """After the last segment: LogFileCorrupt if it was not closed but should be, or ends in damage."""
        if not self.closed and (closed or self._is_damaged()):
            raise JetFailure(JetErr.LogFileCorrupt)

    def _step(self) -> Extent | None:
        """The segment at `end`, in the window, if it is whole."""
        if self.closed:
            return None
        found = self._find()
        if found is None or found.end > len(self._data):
            if found is not None and found.size > self._length - self.end:
                return None
            self._start, size = self.end, found.size if found else SECTOR
            self._data = self._files.read(self._file, self.end, max(size, WINDOW))
            found = self._find()
        return found if found is not None and found.is_whole(self._data) else None

    def _find(self) -> Extent | None:
        return find_segment(self._data, self.end - self._start, self._base + self.end, self.header.identity)

    def _advance(self, found: Extent) -> None:
        self.end += found.size
        self.closed = found.closing

    def _is_damaged(self) -> bool:
        """Segments do not overlap: those that claim more bytes than there are were made up, and that is damage, too."""
        identity, generation = self.header.identity, self.header.generation
        start, claimed = self.end + SECTOR, 0
        while start < self._length:
            data = self._files.read(self._file, start, 2 * WINDOW)
            head = _next_head(data, 0, identity)
            while 0 <= head < WINDOW:
                found = find_segment(data, head, position(generation, start + head), identity)
                if found is not None and found.durable > self.end:
                    claimed += min(found.size, len(data))
                    if claimed > self._length or found.is_whole(data):
                        return True
                head = _next_head(data, head + SECTOR, identity)
            start += WINDOW
        return False


def _next_head(data: bytes, head: int, identity: bytes) -> int:
    """The first sector from `head` on that has the identity where a segment has it; -1 if there is none."""
    while (at := data.find(identity, head + IDENTITY_AT)) >= 0:
        behind = (at - IDENTITY_AT) % SECTOR
        if not behind:
            return at - IDENTITY_AT
        head = at - IDENTITY_AT - behind + SECTOR
    return -1


@contextmanager
def reading(files: Files, path: str) -> Iterator[LogReader]:
    """A log open for reading; LogFileCorrupt if its header is damaged."""
    file = files.open(path)
    try:
        yield LogReader(files, file)
    finally:
        files.close(file)


def verify_log(files: Files, path: str, *, closed: bool) -> LogSummary:
    """Read a log through and verify everything in it, or LogFileCorrupt. `closed`: the End record must be there."""
    with reading(files, path) as log:
        log.read_through()
        log.require_whole(closed=closed)
        return LogSummary(path, log.header, log.closed, log.end)


def closed_log(files: Files, path: str) -> tuple[LogHeader, bytes]:
    """A closed log, verified, and the bytes of a backup's copy of it, for who must have them all at once."""
    with reading(files, path) as log:
        copy = replace(log.header, backup_copy=True).encode() + b"".join(log.blocks())
        log.require_whole(closed=True)
        return log.header, copy


def copy_log(files: Files, path: str, target: str) -> None:
    """Copy a closed log, verified, under a header that says that it is a copy; LogFileCorrupt if it does not verify."""
    with reading(files, path) as log:
        file = files.open(target, create=True)
        try:
            files.write(file, 0, replace(log.header, backup_copy=True).encode())
            at = HEADER_SIZE
            for block in log.blocks():
                files.write(file, at, block)
                at += len(block)
            log.require_whole(closed=True)
            files.sync(file)
        finally:
            files.close(file)
