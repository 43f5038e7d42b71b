"""A B+-tree of rows: leaves hold sorted rows, branches (first key, child) entries; the root never moves.

The tree changes nothing itself: an `Edit` gathers the new contents of pages, which are logged and then take effect.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from struct import iter_unpack, unpack

from ..model.vocabulary import JetErr
from .edit import Edit
from .failure import JetFailure
from .pages import CAPACITY, CELL_SIZE, ENTRY, ROWS_PER_PAGE, Page, PageKind
from .rows import ROW_SIZE, key_of

ROOT_PAGE = 3
DEEPEST = 12
"""No honest tree is deeper: a deeper one is a cycle that someone made."""

Path = list[tuple[int, int]]
"""The branches from the root down, each with the slot of the child taken."""

Reader = Callable[[int], Page]


def keys_of(leaf: Page) -> tuple[int, ...]:
    """The keys of a leaf, rising."""
    return unpack("<" + f"Q{ROW_SIZE - 8}x" * leaf.cells, leaf.body)


def entries_of(branch: Page) -> list[tuple[int, int]]:
    """The entries of a branch: (lowest key, child), rising."""
    return list(iter_unpack(ENTRY.format, branch.body))


def _leaf(read: Reader, choose: Callable[[Page], int]) -> tuple[Page, Path]:
    path: Path = []
    page = read(ROOT_PAGE)
    while page.kind is PageKind.BRANCH and page.body and len(path) < DEEPEST:
        slot = choose(page)
        path.append((page.number, slot))
        page = read(ENTRY.unpack_from(page.body, slot * ENTRY.size)[1])
    if page.kind is not PageKind.LEAF:
        raise JetFailure(JetErr.DatabaseCorrupted)
    return page, path


def find(read: Reader, key: int) -> tuple[Page, Path]:
    """The leaf where a key is or would be, and the way there."""
    return _leaf(read, lambda branch: max(bisect_right(entries_of(branch), (key, 1 << 32)) - 1, 0))


def find_last(read: Reader) -> tuple[Page, Path]:
    """The last leaf, and the way there."""
    return _leaf(read, lambda branch: branch.cells - 1)


def get(read: Reader, key: int) -> bytes | None:
    """The row with this key."""
    leaf, _ = find(read, key)
    keys = keys_of(leaf)
    slot = bisect_left(keys, key)
    if slot == len(keys) or keys[slot] != key:
        return None
    return leaf.body[slot * ROW_SIZE : (slot + 1) * ROW_SIZE]


def scan(read: Reader, limit: int) -> Iterator[Page]:
    """All leaves in the order of their keys. There are not more pages than `limit`, or someone made a cycle."""
    waiting = [ROOT_PAGE]
    branches: set[int] = set()  # the limit is what a file says of itself: a cycle may have four thousand million turns
    while waiting:
        page, limit = read(waiting.pop()), limit - 1
        if limit < 0 or page.kind not in (PageKind.LEAF, PageKind.BRANCH) or page.number in branches:
            raise JetFailure(JetErr.DatabaseCorrupted)
        if page.kind is PageKind.LEAF:
            yield page
        else:
            branches.add(page.number)
            waiting.extend(child for _, child in reversed(entries_of(page)))


def next_key(read: Reader) -> int:
    """The key after the highest."""
    leaf, _ = find_last(read)
    return key_of(leaf.body, len(leaf.body) - ROW_SIZE) + 1 if leaf.body else 0


def append(edit: Edit, rows: bytes) -> None:
    """Add rows whose keys rise and are higher than all in the tree: leaves are filled to the brim, one after another."""
    while rows:
        leaf, path = find_last(edit.page)
        fitting = (ROWS_PER_PAGE - leaf.cells) * ROW_SIZE
        if fitting:
            edit.splice(leaf, leaf.cells, rows[:fitting])
            rows = rows[fitting:]
        else:
            new = edit.add(PageKind.LEAF, rows[: ROWS_PER_PAGE * ROW_SIZE])
            rows = rows[ROWS_PER_PAGE * ROW_SIZE :]
            _link(edit, leaf, path, key_of(new.body), new)


def put(edit: Edit, row: bytes) -> None:
    """Add a row, or replace the one with its key."""
    key = key_of(row)
    leaf, path = find(edit.page, key)
    keys = keys_of(leaf)
    slot = bisect_left(keys, key)
    at = slot * ROW_SIZE
    if slot < len(keys) and keys[slot] == key:
        edit.replace(leaf, leaf.body[:at] + row + leaf.body[at + ROW_SIZE :])
    elif len(keys) < ROWS_PER_PAGE:
        edit.splice(leaf, slot, row)
    elif slot == len(keys) and find_last(edit.page)[0].number == leaf.number:
        append(edit, row)
    else:
        _split(edit, leaf, path, leaf.body[:at] + row + leaf.body[at:])


def _split(edit: Edit, page: Page, path: Path, body: bytes) -> None:
    """Give half of an overfull body to a new page."""
    size = CELL_SIZE[page.kind]
    half = len(body) // size // 2 * size
    new = edit.add(page.kind, body[half:])
    edit.replace(page, body[:half])
    _link(edit, edit.page(page.number), path, key_of(new.body), new)


def _link(edit: Edit, left: Page, path: Path, key: int, right: Page) -> None:
    """Tell the parent of `left` that `right`, with keys from `key` on, follows it."""
    if not path:  # left is the root, which stays where it is: its contents move down
        moved = edit.add(left.kind, left.body)
        edit.become(left.number, PageKind.BRANCH, ENTRY.pack(0, moved.number) + ENTRY.pack(key, right.number))
        return
    number, slot = path[-1]
    parent = edit.page(number)
    entry, slot = ENTRY.pack(key, right.number), slot + 1
    if parent.cells < CAPACITY[PageKind.BRANCH]:
        edit.splice(parent, slot, entry)
    elif slot == parent.cells:  # rising keys: leave the full branch full
        new = edit.add(PageKind.BRANCH, entry)
        _link(edit, parent, path[:-1], key, new)
    else:
        at = slot * ENTRY.size
        _split(edit, parent, path[:-1], parent.body[:at] + entry + parent.body[at:])
