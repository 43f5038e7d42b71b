"""A database file that is open: header, pages, and the changed pages that are not on disk yet."""

from collections.abc import Iterator
from dataclasses import replace

from ..model.vocabulary import JetErr
from .failure import JetFailure
from .files import Files, OpenFile
from .header import HEADER_PAGES, DatabaseHeader, DatabaseState, read_header, write_header
from .pages import PAGE_SIZE, ROW_SIZE, ROWS_PER_PAGE, Page, Row, decode_page
from .records import Image, Insert

CATALOG_PAGE = 1
FIRST_ROW_PAGE = 2


class Database:
    """One open database. Callers serialise: every method runs under the instance's data lock.

    Pages are changed only after the log has the change on disk, so any page may be written at any time.
    """

    def __init__(self, files: Files, file: OpenFile, header: DatabaseHeader) -> None:
        self.header = header
        self.last_page = max(files.length(file) // PAGE_SIZE - HEADER_PAGES, CATALOG_PAGE)
        self._files = files
        self._file = file
        self._changed: dict[int, Page] = {}

    @classmethod
    def create(cls, files: Files, path: str, header: DatabaseHeader) -> "Database":
        """A new file with a header and a catalog page; the file is removed again if that fails."""
        file = files.open(path, create=True, exclusive=True)
        try:
            write_header(files, file, header)
            files.write(file, HEADER_PAGES * PAGE_SIZE, Page(CATALOG_PAGE, 0, b"").encode())
            files.sync(file)
        except OSError:
            files.close(file)
            files.remove(path)
            raise
        return cls(files, file, header)

    @classmethod
    def open(cls, files: Files, path: str) -> "Database":
        """An existing file, claimed against other engines; DatabaseSharingViolation if another one has it."""
        try:
            file = files.open(path, write=True, exclusive=True)
        except BlockingIOError:
            raise JetFailure(JetErr.DatabaseSharingViolation) from None
        try:
            return cls(files, file, read_header(files, file))
        except (JetFailure, OSError):
            files.close(file)
            raise

    def close(self) -> None:
        """Close the file; changed pages are dropped."""
        self._files.close(self._file)

    @property
    def path(self) -> str:
        """The name of the file."""
        return self._file.path

    def set_header(self, header: DatabaseHeader) -> None:
        """Write the header; in memory it changes only if that succeeded."""
        write_header(self._files, self._file, header)
        self.header = header

    def set_state(self, state: DatabaseState) -> None:
        """Write the state, if it is another one."""
        if self.header.state is not state:
            self.set_header(replace(self.header, state=state))

    # -- pages ------------------------------------------------------------------------------------------------------

    def page(self, number: int) -> Page:
        """A page as it is now, verified if it comes from the disk."""
        return self._changed.get(number) or decode_page(self.read_pages(number, 1), number)

    def read_pages(self, number: int, count: int) -> bytes:
        """The bytes of pages as they lie on disk."""
        return self._files.read(self._file, (number - 1 + HEADER_PAGES) * PAGE_SIZE, count * PAGE_SIZE)

    def pages_on_disk(self) -> int:
        """How many pages the file has."""
        return self._files.length(self._file) // PAGE_SIZE - HEADER_PAGES

    def flush(self) -> None:
        """Write every changed page."""
        if not self._changed:
            return
        for number in sorted(self._changed):
            self._files.write(self._file, (number - 1 + HEADER_PAGES) * PAGE_SIZE, self._changed[number].encode())
        self._files.sync(self._file)
        self._changed.clear()

    # -- rows -------------------------------------------------------------------------------------------------------

    def plan(self, count: int) -> tuple[list[Image], list[tuple[int, int, int]]]:
        """Where the next `count` rows will lie: (page, slot, rows) each, and the images that redo would need."""
        images = []
        places = []
        page = self.last_page
        slot = self.page(page).count if page >= FIRST_ROW_PAGE else ROWS_PER_PAGE
        if slot < ROWS_PER_PAGE and page not in self._changed:
            images.append(Image(self.header.database_id, page, self.page(page).rows))
        while count > 0:
            if slot == ROWS_PER_PAGE:
                page, slot = page + 1, 0
            fitting = min(count, ROWS_PER_PAGE - slot)
            places.append((page, slot, fitting))
            slot += fitting
            count -= fitting
        return images, places

    def apply(self, change: Insert | Image, lsn: int) -> None:
        """Make a change that the log has on disk. An image of a page comes before the first change of it."""
        if isinstance(change, Image):
            self._changed[change.page] = Page(change.page, lsn, change.rows)
            return
        rows = self._changed[change.page].rows if change.slot else b""
        self._changed[change.page] = Page(change.page, lsn, rows + change.rows)
        self.last_page = max(self.last_page, change.page)

    def redo(self, change: Insert | Image, lsn: int) -> None:
        """Do again what the log says, unless the page shows that it was done."""
        page = self._page_or_none(change.page)
        count = page.count if page else 0
        if isinstance(change, Image):
            if count < len(change.rows) // ROW_SIZE:
                self._put(Page(change.page, lsn, change.rows))
            return
        if page and count >= change.slot + len(change.rows) // ROW_SIZE:
            return
        if count != change.slot or (page is None and change.slot):
            raise JetFailure(JetErr.RequiredLogFilesMissing)
        self._put(Page(change.page, lsn, (page.rows if page else b"") + change.rows))

    def _put(self, page: Page) -> None:
        if not FIRST_ROW_PAGE <= page.number <= self.last_page + 1 or page.count > ROWS_PER_PAGE:
            raise JetFailure(JetErr.RequiredLogFilesMissing)
        self._changed[page.number] = page
        self.last_page = max(self.last_page, page.number)

    def _page_or_none(self, number: int) -> Page | None:
        try:
            return self.page(number)
        except JetFailure:
            return None  # torn by the crash, or not written before it: an image or the first rows of the page follow

    def count_rows(self) -> int:
        """The number of rows, by reading every page."""
        return sum(self.page(number).count for number in range(CATALOG_PAGE, self.last_page + 1))

    def rows(self) -> Iterator[Row]:
        """All rows, in the order of insertion."""
        for number in range(FIRST_ROW_PAGE, self.last_page + 1):
            data = self.page(number).rows
            for at in range(0, len(data), ROW_SIZE):
                yield Row.decode(data[at : at + ROW_SIZE])
