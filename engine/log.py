"""The write-ahead log of a running instance: `edb.log`, closed generations, and what happens when writing fails.

Once a write failed nothing is ever appended again: a log that lacks a piece must not go on. If the failure lost nothing
(no space before anything was written) the log is merely refused (LogWriteFail); else the instance is unavailable [BI].
"""

from enum import Enum

from ..model.vocabulary import JetErr
from .failure import OUT_OF_SPACE, JetFailure
from .files import Files, Kind, OpenFile, PartialWrite, join
from .logfile import CURRENT, HEADER_SIZE, TEMPORARY, LogFile, LogHeader, archive_name, archives
from .records import Attachment, End, Record, encode_segment, position, segment_size
from .runtime import Runtime


class LogHealth(Enum):
    """Whether the log can be written."""

    GOOD = JetErr.Success
    REFUSED = JetErr.LogWriteFail
    LOST = JetErr.InstanceUnavailable


class Log:
    """The log being written. Callers serialise: every method runs under the instance's data lock."""

    def __init__(self, files: Files, runtime: Runtime, folder: str, *, size_kb: int) -> None:
        self.health = LogHealth.GOOD
        self.attached: dict[int, Attachment] = {}
        self._files = files
        self._runtime = runtime
        self._folder = folder
        self._size_kb = size_kb
        self._header: LogHeader
        self._file: OpenFile
        self._end = 0

    # -- opening ----------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin a new sequence with generation 1, in a folder without logs."""
        self._header, self._file = self._make(1, self._runtime.unique(), bytes(16), TEMPORARY)
        self._end = HEADER_SIZE
        self._files.rename(join(self._folder, TEMPORARY), join(self._folder, CURRENT))
        self._files.sync_folder(self._folder)

    def go_on(self, current: LogFile) -> None:
        """Write on behind what recovery found whole in `edb.log`, cutting off a torn end."""
        self._header = current.header
        self._file = self._files.open(join(self._folder, CURRENT), write=True)
        self._end = current.end
        self._files.truncate(self._file, current.end)
        self._files.sync(self._file)

    def close(self) -> None:
        """Close the file; nothing is written."""
        self._files.close(self._file)

    # -- positions --------------------------------------------------------------------------------------------------

    @property
    def signature(self) -> bytes:
        """The signature of the sequence."""
        return self._header.signature

    @property
    def generation(self) -> int:
        """The generation being written."""
        return self._header.generation

    @property
    def end(self) -> int:
        """The log position of the next segment."""
        return position(self.generation, self._end)

    # -- writing ----------------------------------------------------------------------------------------------------

    def has_room_for(self, records: tuple[Record, ...]) -> bool:
        """Whether these records fit into the current generation, its End record included."""
        return self._end + segment_size(records) + segment_size((End(),)) <= self._size_kb * 1024

    def append(self, *records: Record) -> int:
        """Write the records as one segment, on disk when this returns; the segment's log position."""
        self._require_good()
        lsn = self.end
        data = encode_segment(lsn, self._header.identity, records)
        self._write(self._file, self._end, data)
        self._end += len(data)
        return lsn

    def roll(self) -> int:
        """Close the current generation and start the next; the generation closed [BI, Remarks].

        The next file is whole on disk before the End record is written: at every moment recovery knows how to go on.
        """
        self._require_good()
        closed = self.generation
        header, file = self._make(closed + 1, self.signature, self._header.identity, TEMPORARY)
        try:
            self._files.sync_folder(self._folder)
            self.append(End())
            self._files.rename(join(self._folder, CURRENT), join(self._folder, archive_name(closed)))
            self._files.rename(join(self._folder, TEMPORARY), join(self._folder, CURRENT))
            self._files.sync_folder(self._folder)
        except JetFailure:
            self._files.close(file)
            self._forget(join(self._folder, TEMPORARY))
            raise
        except OSError:
            self._files.close(file)
            self.health = LogHealth.LOST
            raise JetFailure(self.health.value) from None
        self._files.close(self._file)
        self._header, self._file, self._end = header, file, HEADER_SIZE
        return closed

    def truncate(self, below: int) -> list[str]:
        """Remove closed generations below `below`, oldest first; their paths [BI: logs no longer needed]."""
        removed = []
        for generation, path in archives(self._files, self._folder).items():
            if generation < below:
                self._files.remove(path)
                removed.append(path)
        if removed:
            self._files.sync_folder(self._folder)
        return removed

    def _make(self, generation: int, signature: bytes, previous: bytes, name: str) -> tuple[LogHeader, OpenFile]:
        """A new log file with nothing but its header."""
        path = join(self._folder, name)
        attached = tuple(self.attached.values())
        identity, now = self._runtime.unique(), self._runtime.now()
        header = LogHeader(generation, signature, identity, previous, now, self._size_kb, attached)
        try:
            if self._files.kind(path) is not Kind.ABSENT:
                self._files.remove(path)
            file = self._files.open(path, create=True)
        except OSError as error:
            self.health = LogHealth.REFUSED
            raise JetFailure(self.health.value) from error
        try:
            self._write(file, 0, header.encode())
        except JetFailure:
            self._files.close(file)
            self._forget(path)
            raise
        return header, file

    def _forget(self, path: str) -> None:
        try:
            self._files.remove(path)
        except OSError:
            return  # recovery knows what to do with a next generation that was never begun

    def _write(self, file: OpenFile, offset: int, data: bytes) -> None:
        try:
            self._files.write(file, offset, data)
            self._files.sync(file)
        except OSError as error:
            raise self._failed(error) from error

    def _failed(self, error: OSError) -> JetFailure:
        lossless = error.errno in OUT_OF_SPACE and not isinstance(error, PartialWrite)
        self.health = LogHealth.REFUSED if lossless else LogHealth.LOST
        return JetFailure(self.health.value)

    def _require_good(self) -> None:
        if self.health is not LogHealth.GOOD:
            raise JetFailure(self.health.value)
