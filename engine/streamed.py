"""The files of a streaming backup as a client reads them: the same bytes that JetBackupInstance would have copied.

Every page and every log is verified before its bytes leave the engine [RF, Remarks].
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from ..model.vocabulary import JetErr
from .database import Database
from .failure import JetFailure
from .files import Files
from .header import HEADER_PAGES, BackupMark
from .instance import Instance
from .logreader import closed_log
from .pages import PAGE_SIZE, decode_page

CHUNK_PAGES = 64
"""How much is read in one go, while nobody can write."""


class DatabaseStream:
    """A database: a header that says that this is a copy, then its pages as they are when they are read.

    The size is that at the time of opening: pages that come later are in the logs. The data lock is held then, so that
    all pages that count are on disk.
    """

    def __init__(self, instance: Instance, database: Database, mark: BackupMark) -> None:
        self.path = database.path
        self.database = database
        self.position = 0
        self.started = False
        self._instance = instance
        header = replace(database.header, backup_copy=True, full_cur=mark)
        self._head = header.encode() * HEADER_PAGES
        database.flush()
        self.size = len(self._head) + database.last_page * PAGE_SIZE

    @property
    def whole(self) -> bool:
        """Whether all of it was read."""
        return self.position == self.size

    def read(self, count: int, check: Callable[[], None]) -> bytes:
        """The next bytes, whole pages; ReadVerifyFailure if one of them is damaged. `check` may end it in between."""
        end = min(self.position + count, self.size)
        pieces = [self._head[self.position : end]]
        page, last = max(self.position // PAGE_SIZE - HEADER_PAGES, 0) + 1, end // PAGE_SIZE - HEADER_PAGES
        while page <= last:
            pages = min(CHUNK_PAGES, last + 1 - page)
            with self._instance.data:
                data = self.database.read_pages(page, pages)
            for index in range(pages):
                decode_page(data[index * PAGE_SIZE : (index + 1) * PAGE_SIZE], page + index)
            pieces.append(data)
            page += pages
            check()
        self.position, self.started = end, True
        return b"".join(pieces)


class LogStream:
    """A closed log generation, read and verified as a whole when its first bytes are asked for."""

    def __init__(self, files: Files, path: str, generation: int) -> None:
        self.path = path
        self.generation = generation
        self.position = 0
        self.started = False
        self._files = files
        self._data = b""
        file = files.open(path)
        try:
            self.size = files.length(file)
        finally:
            files.close(file)

    @property
    def whole(self) -> bool:
        """Whether all of it was read."""
        return self.position == self.size

    def read(self, count: int, check: Callable[[], None]) -> bytes:
        """The next bytes; LogReadVerifyFailure if the log is damaged anywhere."""
        if not self.started:
            try:
                header, copy = closed_log(self._files, self.path)
            except JetFailure:
                raise JetFailure(JetErr.LogReadVerifyFailure) from None
            if header.generation != self.generation:
                raise JetFailure(JetErr.LogReadVerifyFailure)
            # What follows the End record means nothing, but the client was told a size.
            self._data = copy.ljust(self.size, b"\0")
        check()
        data = self._data[self.position : self.position + count]
        self.position, self.started = self.position + len(data), True
        return data


Stream: TypeAlias = DatabaseStream | LogStream
