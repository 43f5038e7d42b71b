"""What one transaction makes of the pages of one database, before any of it is logged or takes effect."""

import struct
from collections.abc import Callable

from ..model.vocabulary import JetErr
from .failure import JetFailure
from .pages import CELL_SIZE, Page, PageKind
from .records import Image, Splice

SPACE_PAGE = 2
MOST_PAGES = 1 << 31
_NUMBER = struct.Struct("<I")


def last_page_of(space: Page) -> int:
    """The highest page in use, as the space page has it."""
    number: int = _NUMBER.unpack_from(space.body)[0] if len(space.body) >= _NUMBER.size else 0
    return number


def space_body(last_page: int) -> bytes:
    """The cells of the space page."""
    return _NUMBER.pack(last_page)


class Edit:
    """New contents of pages, on top of those that `read` gives."""

    def __init__(self, read: Callable[[int], Page]) -> None:
        self._read = read
        self._pages: dict[int, Page] = {}
        self._splices: dict[int, tuple[int, bytes] | None] = {}
        self.last_page: int | None = None
        """The highest page in use after this, if pages were added."""

    def page(self, number: int) -> Page:
        """A page with the changes so far."""
        return self._pages.get(number) or self._read(number)

    def splice(self, page: Page, slot: int, cells: bytes) -> None:
        """Put cells into a page in front of `slot`. Alone on its page this is what will be logged, and no more."""
        at = slot * CELL_SIZE[page.kind]
        self._splices[page.number] = None if page.number in self._pages else (slot, cells)
        self._pages[page.number] = page._replace(body=page.body[:at] + cells + page.body[at:])

    def replace(self, page: Page, body: bytes) -> None:
        """Give a page new cells."""
        self.become(page.number, page.kind, body)

    def become(self, number: int, kind: PageKind, body: bytes) -> None:
        """Make a page anew."""
        self._pages[number] = Page(number, 0, kind, body)
        self._splices[number] = None

    def add(self, kind: PageKind, body: bytes) -> Page:
        """Take a page into use."""
        if self.last_page is None:
            self.last_page = last_page_of(self._read(SPACE_PAGE))
            if self.last_page >= MOST_PAGES:
                raise JetFailure(JetErr.DatabaseCorrupted)
        self.last_page += 1
        self.become(self.last_page, kind, body)
        self.become(SPACE_PAGE, PageKind.SPACE, space_body(self.last_page))
        return self._pages[self.last_page]

    def records(self, database_id: int, floor: int) -> tuple[Image | Splice, ...]:
        """What to log, by page: the cells added, or the whole page if it was made anew or redo may find it torn.

        It may if it was last changed before `floor`, the time of the last checkpoint: the log from there on does not
        say what else it holds.
        """
        made: list[Image | Splice] = []
        for number in sorted(self._pages):
            page, splice = self._pages[number], self._splices[number]
            if splice is None or page.time < floor:
                made.append(Image(database_id, number, page.kind, page.body))
            else:
                made.append(Splice(database_id, number, page.time, *splice))
        return tuple(made)

    def pages(self, time: int) -> list[Page]:
        """The pages as they are from then on."""
        return [page._replace(time=time) for page in self._pages.values()]
