"""The page cache of an instance: bounded, least recently used first out.

Only pages that are the same on disk lie here and may be dropped at any time. Changed pages belong to their database
until it has written them; `changed` counts them for the whole instance, so that they are bounded too.
"""

from collections import OrderedDict

from .pages import Page

CLEAN_PAGES = 3072
CHANGED_PAGES = 2048


class Cache:
    """Pages by database and number, shared by all databases of an instance. The data lock is held."""

    def __init__(self, clean_limit: int = CLEAN_PAGES, changed_limit: int = CHANGED_PAGES) -> None:
        self.changed = 0
        self._clean: OrderedDict[tuple[object, int], Page] = OrderedDict()
        self._clean_limit = clean_limit
        self._changed_limit = changed_limit

    def __len__(self) -> int:
        return len(self._clean) + self.changed

    @property
    def must_spill(self) -> bool:
        """Whether so many pages are changed that some must be written."""
        return self.changed > self._changed_limit

    def get(self, owner: object, number: int) -> Page | None:
        """A clean page, now the most recently used."""
        page = self._clean.get((owner, number))
        if page is not None:
            self._clean.move_to_end((owner, number))
        return page

    def put(self, owner: object, page: Page) -> None:
        """Keep a clean page; the least recently used one goes."""
        self._clean[owner, page.number] = page
        if len(self._clean) > self._clean_limit:
            self._clean.popitem(last=False)

    def drop(self, owner: object, number: int) -> None:
        """Forget a page: it was changed, or its database is closed."""
        self._clean.pop((owner, number), None)

    def drop_all(self, owner: object) -> None:
        """Forget all pages of a database."""
        for key in [key for key in self._clean if key[0] is owner]:
            del self._clean[key]
