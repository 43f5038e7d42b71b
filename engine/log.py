"""The write-ahead log of a running instance: `edb.log`, closed generations, and what happens when writing fails.

A generation has its full size on the volume from the start, filled with zeros, so that only a new one can want space.
Committers share syncs: a segment is written under the instance's data lock, and whoever then waits for it forces
to the disk all that was written by then, for all who wait (group commit).

Once a write failed nothing is ever appended again: a log that lacks a piece must not go on. If the failure lost nothing
(no space before anything was written) the log is merely refused (LogWriteFail); else the instance is unavailable [BI].
"""

from contextlib import suppress
from enum import Enum

from ..model.vocabulary import JetErr
from .failure import OUT_OF_SPACE, JetFailure
from .files import Files, Kind, OpenFile, PartialWrite, join
from .logfile import CURRENT, HEADER_SIZE, TEMPORARY, LogHeader, archive_name, archives
from .logreader import LogSummary
from .records import END_SIZE, Attachment, End, Record, encode_segment, position
from .reserve import make_reserves, take_reserve
from .runtime import Runtime

_ZEROS = bytes(1 << 18)


class LogHealth(Enum):
    """Whether the log can be written."""

    GOOD = JetErr.Success
    REFUSED = JetErr.LogWriteFail
    LOST = JetErr.InstanceUnavailable


class Log:
    """The log being written. Callers serialise: every method but `sync` runs under the instance's data lock."""

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
        self._monitor = runtime.monitor("log")  # guards the two below; taken after the data lock, if with it
        self._durable = 0
        self._syncing = False

    # -- opening ----------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin a new sequence with generation 1, in a folder without logs."""
        header, file = self._make(1, self._runtime.unique(), bytes(16))
        self._files.rename(join(self._folder, TEMPORARY), join(self._folder, CURRENT))
        make_reserves(self._files, self._folder, self._size_kb * 1024)
        self._files.sync_folder(self._folder)
        self._go_to(header, file, HEADER_SIZE)

    def go_on(self, current: LogSummary) -> None:
        """Write on behind what recovery found whole in `edb.log`, cutting off a torn end."""
        file = self._files.open(join(self._folder, CURRENT), write=True)
        self._clear(file, current.end)
        with suppress(OSError):  # on a full volume: then a write will say so, and lose nothing
            self._files.allocate(file, self._size_kb * 1024)
        self._files.sync(file)
        make_reserves(self._files, self._folder, self._size_kb * 1024)
        self._files.sync_folder(self._folder)
        self._go_to(current.header, file, current.end)

    def _clear(self, file: OpenFile, end: int) -> None:
        """Zeros behind the end, whatever a crash left there. Cutting it off would give space away."""
        for at in range(end, self._files.length(file), len(_ZEROS)):
            data = self._files.read(file, at, len(_ZEROS))
            if data != _ZEROS[: len(data)]:
                self._files.write(file, at, _ZEROS[: len(data)])

    def _go_to(self, header: LogHeader, file: OpenFile, end: int) -> None:
        self._header, self._file, self._end = header, file, end
        self._durable = self.end

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
        return position(self._header.generation, self._end)

    # -- writing ----------------------------------------------------------------------------------------------------

    def write(self, *records: Record) -> int | None:
        """Write the records as one segment; its log position, or None if the generation has no room for it.

        It is committed when `sync` has returned.
        """
        self._require_good()
        lsn = self.end
        data = encode_segment(lsn, self._durable & 0xFFFFFFFF, self._header.identity, records)
        if self._end + len(data) + END_SIZE > self._size_kb * 1024 and not isinstance(records[0], End):
            return None
        try:
            self._files.write(self._file, self._end, data)
        except OSError as error:
            raise self._failed(error) from error
        self._end += len(data)
        return lsn

    def append(self, *records: Record) -> int | None:
        """The same, and on disk when this returns."""
        lsn = self.write(*records)
        self.sync(self.end)
        return lsn

    def sync(self, upto: int) -> None:
        """Wait until the log is on disk up to a position, forcing it there if nobody else is about to.

        The only method that needs no lock.
        """
        while True:
            with self._monitor:
                while self._syncing and self._durable < upto:
                    self._monitor.wait()
                if self._durable >= upto:
                    return
                if self.health is LogHealth.LOST:
                    raise JetFailure(self.health.value)
                self._syncing = True
                file, end = self._file, self.end
            durable = self._durable
            try:
                self._files.sync(file)
                durable = end
            except OSError:
                self.health = LogHealth.LOST
                raise JetFailure(self.health.value) from None
            finally:
                with self._monitor:
                    self._durable = durable
                    self._syncing = False
                    self._monitor.notify_all()

    def sync_all(self) -> None:
        """Wait until all of the log is on disk."""
        self.sync(self.end)

    def roll(self) -> int:
        """Close the current generation and start the next; the generation closed [BI, Remarks].

        The next file is whole on disk before the End record is written: at every moment recovery knows how to go on.
        """
        self._require_good()
        return self._roll(*self._make(self.generation + 1, self.signature, self._header.identity))

    def roll_into_reserve(self) -> None:
        """Go on in a reserved log if the volume had no space for the next one: enough to log a shutdown [FI].

        Nobody but a shutdown may do so: others are told LogWriteFail until there is space again.
        """
        if self.health is not LogHealth.REFUSED or not take_reserve(self._files, self._folder):
            return
        self.health = LogHealth.GOOD
        file = self._files.open(join(self._folder, TEMPORARY), write=True)
        header = self._next_header(self.generation + 1, self.signature, self._header.identity)
        self._roll(header, self._begin(file, header, HEADER_SIZE))

    def _roll(self, header: LogHeader, file: OpenFile) -> int:
        closed = self.generation
        try:
            self._files.sync_folder(self._folder)
            self.append(End())
            self._files.rename(join(self._folder, CURRENT), join(self._folder, archive_name(closed)))
            self._files.rename(join(self._folder, TEMPORARY), join(self._folder, CURRENT))
            self._files.sync_folder(self._folder)
        except JetFailure:
            self._files.close(file)
            if self.health is not LogHealth.LOST:  # else the End record may be there, and recovery goes on in the next
                self._forget()
            raise
        except OSError:
            self._files.close(file)
            self.health = LogHealth.LOST
            raise JetFailure(self.health.value) from None
        old = self._file
        with self._monitor:
            self._go_to(header, file, HEADER_SIZE)
        self._files.close(old)
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

    # -- new generations --------------------------------------------------------------------------------------------

    def _make(self, generation: int, signature: bytes, previous: bytes) -> tuple[LogHeader, OpenFile]:
        """A new log file with nothing but its header, under the temporary name."""
        path = join(self._folder, TEMPORARY)
        header = self._next_header(generation, signature, previous)
        try:
            if self._files.kind(path) is not Kind.ABSENT:
                self._files.remove(path)
            file = self._files.open(path, create=True)
        except OSError as error:
            self.health = LogHealth.REFUSED
            raise JetFailure(self.health.value) from error
        return header, self._begin(file, header, self._size_kb * 1024)

    def _next_header(self, generation: int, signature: bytes, previous: bytes) -> LogHeader:
        identity, now = self._runtime.unique(), self._runtime.now()
        return LogHeader(generation, signature, identity, previous, now, self._size_kb, tuple(self.attached.values()))

    def _begin(self, file: OpenFile, header: LogHeader, size: int) -> OpenFile:
        data = header.encode()
        try:
            for at in range(0, size, len(_ZEROS)):
                self._files.write(file, at, data.ljust(min(size - at, len(_ZEROS)), b"\0"))
                data = b""
            self._files.sync(file)
        except OSError as error:
            self._files.close(file)
            self._forget()
            self.health = LogHealth.REFUSED if error.errno in OUT_OF_SPACE else LogHealth.LOST
            raise JetFailure(self.health.value) from error
        return file

    def _forget(self) -> None:
        with suppress(OSError):  # recovery knows what to do with a next generation that was never begun
            self._files.remove(join(self._folder, TEMPORARY))

    def _failed(self, error: OSError) -> JetFailure:
        lossless = error.errno in OUT_OF_SPACE and not isinstance(error, PartialWrite)
        self.health = LogHealth.REFUSED if lossless else LogHealth.LOST
        return JetFailure(self.health.value)

    def _require_good(self) -> None:
        if self.health is not LogHealth.GOOD:
            raise JetFailure(self.health.value)
