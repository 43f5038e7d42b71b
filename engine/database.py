"""A database file that is open: its pages, those of them that are not on disk yet, and redo of what the log says.

Page 1 is the catalog, which never changes; page 2 says which pages are in use; page 3 is the root of the tree of rows.
The time of a page's last change is the database's `base` plus the log position of the change. The base changes only
when the database moves to another log sequence, and so that times go on rising: redo may compare them for ever.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from ..model.vocabulary import JetErr
from . import tree
from .cache import Cache
from .edit import SPACE_PAGE, Edit, last_page_of, space_body
from .failure import JetFailure
from .files import Files, OpenFile
from .header import HEADER_PAGES, DatabaseHeader, DatabaseState, read_header, write_header, write_new_header
from .pages import (
    CAPACITY,
    CELL_SIZE,
    PAGE_SIZE,
    Page,
    PageKind,
    decode_page,
    leaf_rows,
    verify_pages,
)
from .records import Attachment, Image, Splice
from .rows import ROW_SIZE, Row

CATALOG_PAGE = 1
FIRST_LEAF = 5
"""The first leaf below the root, once there is one: rising keys never change it again."""

CHUNK_PAGES = 256
GROWTH = range(16, CHUNK_PAGES)

_EMPTY = (
    Page(CATALOG_PAGE, 0, PageKind.CATALOG, tree.ROOT_PAGE.to_bytes(4, "little")),
    Page(SPACE_PAGE, 0, PageKind.SPACE, space_body(tree.ROOT_PAGE)),
    Page(tree.ROOT_PAGE, 0, PageKind.LEAF, b""),
)


class Database:
    """One open database. Callers serialise: every method runs under the instance's data lock.

    Pages change only after their change was written to the log. `log_first` brings the log to the disk and is called
    before any page is written. No page ever holds a change of a transaction that may still fail.
    """

    def __init__(self, files: Files, file: OpenFile, header: DatabaseHeader, cache: Cache) -> None:
        self.header = header
        self.log_first: Callable[[], None] = _no_log
        self._files = files
        self._file = file
        self._cache = cache
        self._changed: dict[int, Page] = {}
        self._unsynced = False
        self._last_page: int | None = None
        self._space = files.length(file) // PAGE_SIZE - HEADER_PAGES
        self._reach = max(self._space, tree.ROOT_PAGE)  # the highest page in the file, or changed

    @classmethod
    def create(cls, files: Files, path: str, header: DatabaseHeader, cache: Cache) -> "Database":
        """A new file with an empty tree; the file is removed again if that fails."""
        file = files.open(path, create=True, exclusive=True)
        try:
            write_new_header(files, file, header)
            files.write(file, HEADER_PAGES * PAGE_SIZE, b"".join(page.encode() for page in _EMPTY))
            files.sync(file)
        except OSError:
            files.close(file)
            files.remove(path)
            raise
        return cls(files, file, header, cache)

    @classmethod
    def open(cls, files: Files, path: str, cache: Cache) -> "Database":
        """An existing file, claimed against other engines; DatabaseSharingViolation if another one has it."""
        try:
            file = files.open(path, write=True, exclusive=True)
        except BlockingIOError:
            raise JetFailure(JetErr.DatabaseSharingViolation) from None
        try:
            return cls(files, file, read_header(files, file), cache)
        except (JetFailure, OSError):
            files.close(file)
            raise

    def close(self) -> None:
        """Close the file; changed pages are dropped."""
        self._cache.changed -= len(self._changed)
        self._changed.clear()
        self._cache.drop_all(self)
        self._files.close(self._file)

    @property
    def path(self) -> str:
        """The name of the file."""
        return self._file.path

    @property
    def attachment(self) -> Attachment:
        """How logs and checkpoints name it."""
        header = self.header
        return Attachment(header.database_id, header.signature, header.base, self.path)

    def set_header(self, header: DatabaseHeader) -> None:
        """Write the header; in memory it changes only if that succeeded."""
        write_header(self._files, self._file, header)
        self.header = header

    def set_state(self, state: DatabaseState, time: int | None = None) -> None:
        """Write the state, if it is another one, with a time later than all changes."""
        if self.header.state is not state:
            time = self.header.time if time is None else max(time, self.header.time)
            self.set_header(replace(self.header, state=state, time=time))

    # -- pages ------------------------------------------------------------------------------------------------------

    @property
    def last_page(self) -> int:
        """The highest page in use."""
        if self._last_page is None:
            self._last_page = last_page_of(self.page(SPACE_PAGE))
        return self._last_page

    def page(self, number: int) -> Page:
        """A page as it is now, verified if it comes from the disk."""
        page = self._changed.get(number) or self._cache.get(self, number)
        if page is None:
            page = decode_page(self.read_pages(number, 1), number)
            self._cache.put(self, page)
        return page

    def read_pages(self, number: int, count: int) -> bytes:
        """The bytes of pages as they lie on disk."""
        return self._files.read(self._file, (number - 1 + HEADER_PAGES) * PAGE_SIZE, count * PAGE_SIZE)

    @property
    def changed_pages(self) -> int:
        """How many pages are not on disk yet."""
        return len(self._changed)

    def flush(self) -> None:
        """Write every changed page and force it to the disk."""
        self.write_some(len(self._changed))
        if self._unsynced:
            self._files.sync(self._file)
            self._unsynced = False

    def write_some(self, most: int) -> None:
        """Write changed pages, neighbours in one go; they may not have reached the disk when this returns."""
        if not self._changed:
            return
        self.log_first()
        numbers = sorted(self._changed)[:most]
        self._unsynced = True
        for first, last in _runs(numbers):
            pages = [self._changed[number] for number in range(first, last + 1)]
            data = b"".join([page.encode() for page in pages])
            self._files.write(self._file, (first - 1 + HEADER_PAGES) * PAGE_SIZE, data)
            for page in pages:
                del self._changed[page.number]
                self._cache.put(self, page)
            self._cache.changed -= len(pages)
        self._space = max(self._space, numbers[-1])

    # -- changes ----------------------------------------------------------------------------------------------------

    def edit(self) -> Edit:
        """An empty set of changes."""
        return Edit(self.page)

    def make_room(self, edit: Edit) -> None:
        """Have space on the volume for the pages that an edit adds: a page that is logged must not fail to be written."""
        needed = edit.last_page or 0
        if needed > self._space + CHUNK_PAGES:  # every page in use has its space: someone made this up
            raise JetFailure(JetErr.DatabaseCorrupted)
        if needed > self._space:
            space = max(needed, self._space + min(max(self._space // 4, GROWTH.start), GROWTH.stop))
            self._files.allocate(self._file, (space + HEADER_PAGES) * PAGE_SIZE)
            self._space = space

    def apply(self, edit: Edit, time: int) -> None:
        """Make the changes that the log has."""
        for page in edit.pages(time):
            self._change(page)
        self._last_page = edit.last_page or self._last_page
        if self._cache.must_spill:
            self.write_some(len(self._changed))

    def redo(self, change: Splice | Image, time: int) -> None:
        """Do again what the log says, unless the page shows that it was done."""
        try:
            page = self.page(change.page)
        except JetFailure:  # torn by the crash, or not written before it: an image of it follows
            page = None
        if page is not None and page.time >= time:
            return
        if isinstance(change, Image):
            if change.page > self._highest():
                raise JetFailure(JetErr.RequiredLogFilesMissing)
            if change.page > self._reach + 1:  # pages come into use one after another: the file was cut off
                raise JetFailure(JetErr.ReadVerifyFailure)
            self._change(Page(change.page, time, change.kind, change.body))
            if change.page == SPACE_PAGE:
                self._last_page = None
        elif page is None or page.time != change.before:
            raise JetFailure(JetErr.RequiredLogFilesMissing)
        else:
            size = CELL_SIZE[page.kind]
            at = change.slot * size
            body = page.body[:at] + change.cells + page.body[at:]
            if len(change.cells) % size or at > len(page.body) or len(body) > CAPACITY[page.kind] * size:
                raise JetFailure(JetErr.RequiredLogFilesMissing)
            self._change(page._replace(time=time, body=body))
        if self._cache.must_spill:
            self.write_some(len(self._changed))

    def _highest(self) -> int:
        """The highest page that an image may be of; the space page may be one that is still to be made whole."""
        try:
            return max(self.last_page, tree.ROOT_PAGE)
        except JetFailure:
            return max(self._space, tree.ROOT_PAGE)

    def _change(self, page: Page) -> None:
        if page.number not in self._changed:
            self._cache.drop(self, page.number)
            self._cache.changed += 1
        self._changed[page.number] = page
        self._reach = max(self._reach, page.number)

    # -- rows -------------------------------------------------------------------------------------------------------

    def count_rows(self) -> int:
        """The number of rows. Every page is read from the disk and verified, none is kept."""
        total = 0
        for first in range(CATALOG_PAGE, self.last_page + 1, CHUNK_PAGES):
            total += self._count_chunk(first, min(CHUNK_PAGES, self.last_page + 1 - first))
        return total

    def _count_chunk(self, first: int, count: int) -> int:
        changed = [self._changed.get(number) for number in range(first, first + count)]
        data = self.read_pages(first, count)
        if not any(changed):
            if len(data) != count * PAGE_SIZE:
                raise JetFailure(JetErr.ReadVerifyFailure)
            verify_pages(data, first)
            return sum([leaf_rows(data, at) for at in range(0, len(data), PAGE_SIZE)])
        total = 0
        for index, page in enumerate(changed):
            if page is None:
                page = decode_page(data[index * PAGE_SIZE : (index + 1) * PAGE_SIZE], first + index)
            total += page.cells if page.kind is PageKind.LEAF else 0
        return total

    def rows(self) -> Iterator[Row]:
        """All rows, by rising key."""
        for leaf in tree.scan(self.page, self.last_page):
            for at in range(0, len(leaf.body), ROW_SIZE):
                yield Row.decode(leaf.body[at : at + ROW_SIZE])


def _runs(numbers: list[int]) -> Iterator[tuple[int, int]]:
    """First and last of each run of neighbours, of at most a chunk."""
    first = last = numbers[0]
    for number in numbers[1:]:
        if number != last + 1 or number - first >= CHUNK_PAGES:
            yield first, last
            first = number
        last = number
    yield first, last


def _no_log() -> None:
    """The pages of an instance without a log wait for nothing."""
