"""The B+-tree of rows, the checksums of its pages, and the bound of its cache."""

import random
import zlib
from pathlib import Path

import pytest
from engine_world import Running, World
from hypothesis import given, settings
from hypothesis import strategies as st
from jetconform.engine import tree
from jetconform.engine.cache import Cache
from jetconform.engine.edit import SPACE_PAGE, Edit, space_body
from jetconform.engine.failure import JetFailure
from jetconform.engine.pages import CAPACITY, PAGE_SIZE, ROWS_PER_PAGE, Page, PageKind, decode_page, verify_pages
from jetconform.engine.rows import Row, encode_rows


class Memory:
    """Pages in memory, changed by edits."""

    def __init__(self) -> None:
        self.pages = {
            SPACE_PAGE: Page(SPACE_PAGE, 0, PageKind.SPACE, space_body(tree.ROOT_PAGE)),
            tree.ROOT_PAGE: Page(tree.ROOT_PAGE, 0, PageKind.LEAF, b""),
        }
        self.time = 0

    def read(self, number: int) -> Page:
        return self.pages[number]

    def put(self, *keys: int) -> None:
        edit = Edit(self.read)
        for key in keys:
            tree.put(edit, row(key, self.time))
        self.apply(edit)

    def apply(self, edit: Edit) -> None:
        self.time += 1
        self.pages.update((page.number, page) for page in edit.pages(self.time))

    def keys(self) -> list[int]:
        return [key for leaf in tree.scan(self.read, len(self.pages)) for key in tree.keys_of(leaf)]

    def check(self) -> None:
        """Sorted, within bounds, all leaves equally deep, every page in use reached once."""
        reached = {SPACE_PAGE}
        depths = set()

        def visit(number: int, low: int, high: int, depth: int) -> None:
            page = self.pages[number]
            assert number not in reached
            reached.add(number)
            assert page.cells <= CAPACITY[page.kind]
            if page.kind is PageKind.LEAF:
                keys = tree.keys_of(page)
                assert list(keys) == sorted(set(keys))
                assert all(low <= key < high for key in keys)
                depths.add(depth)
                return
            entries = tree.entries_of(page)
            assert page.kind is PageKind.BRANCH
            assert entries == sorted(entries)
            bounds = [low, *(key for key, _ in entries[1:]), high]
            for index, (_, child) in enumerate(entries):
                visit(child, bounds[index], bounds[index + 1], depth + 1)

        visit(tree.ROOT_PAGE, 0, 1 << 64, 0)
        assert len(depths) == 1
        assert reached == set(self.pages)


def row(key: int, session: int = 0) -> bytes:
    return Row(key, 0, 0, 1, session).encode()


KEYS = st.integers(0, (1 << 64) - 1) | st.integers(0, 300)


@given(st.lists(st.lists(KEYS, min_size=1, max_size=60), max_size=40))
@settings(deadline=None, max_examples=60)
def test_a_tree_holds_what_was_put_into_it(transactions: list[list[int]]) -> None:
    """Any keys in any order, replaced or new."""
    memory = Memory()
    expected: dict[int, int] = {}
    for keys in transactions:
        expected.update((key, memory.time) for key in keys)
        memory.put(*keys)
    memory.check()
    assert memory.keys() == sorted(expected)
    for key, session in expected.items():
        assert tree.get(memory.read, key) == row(key, session)
    for key in (0, 301, 1 << 63):
        assert (tree.get(memory.read, key) is None) == (key not in expected)
    assert tree.next_key(memory.read) == max(expected, default=-1) + 1


@pytest.mark.parametrize("order", ["rising", "falling", "random"])
def test_a_tree_of_many_rows(order: str) -> None:
    """Deep enough that branches split; rising keys leave every leaf full."""
    count = 45_000 if order == "rising" else 24_000
    keys = list(range(count))
    if order == "falling":
        keys.reverse()
    elif order == "random":
        random.Random(1).shuffle(keys)
    memory = Memory()
    for at in range(0, len(keys), 50):
        memory.put(*keys[at : at + 50])
    memory.check()
    assert memory.keys() == list(range(count))
    assert len(tree.find(memory.read, 0)[1]) == (1 if order == "random" else 2)
    leaves = sum(page.kind is PageKind.LEAF for page in memory.pages.values())
    assert leaves == -(-count // ROWS_PER_PAGE) if order == "rising" else leaves < count / ROWS_PER_PAGE * 2.1


def test_appending_fills_leaf_after_leaf() -> None:
    """The same as putting rows with rising keys one by one."""
    appended, put = Memory(), Memory()
    for first in range(0, 10_000, 50):
        edit = Edit(appended.read)
        tree.append(edit, encode_rows(first, 7, 50, 3))
        appended.apply(edit)
        put.put(*range(first, first + 50))
    appended.check()
    assert appended.keys() == put.keys() == list(range(10_000))
    assert {number: page.kind for number, page in appended.pages.items()} == {
        number: page.kind for number, page in put.pages.items()
    }
    assert Row.decode(tree.get(appended.read, 9_999) or b"") == Row(9_999, 7, 49, 50, 3)


def test_a_change_is_logged_as_what_was_added() -> None:
    """A whole page only if it is new, or older than the last checkpoint."""
    memory = Memory()
    memory.put(*range(10))
    edit = Edit(memory.read)
    tree.put(edit, row(10))
    (splice,) = edit.records(1, floor=1)
    assert (splice.page, splice.slot, splice.cells) == (tree.ROOT_PAGE, 10, row(10))  # type: ignore[union-attr]
    (image,) = edit.records(1, floor=2)
    assert len(image.body) == 11 * len(row(10))  # type: ignore[union-attr]


@given(st.integers(1, 40), st.integers(1, 1000), st.data())
@settings(deadline=None)
def test_any_damage_of_a_chunk_is_seen(count: int, first: int, data: st.DataObject) -> None:
    """[BI, Remarks] One sum over many pages is as good as one for each."""
    pages = [Page(first + at, at, PageKind.LEAF, encode_rows(at * 9, at, at % 100, 5)) for at in range(count)]
    chunk = bytearray(b"".join(page.encode() for page in pages))
    verify_pages(bytes(chunk), first)
    assert [decode_page(bytes(chunk[at * PAGE_SIZE :][:PAGE_SIZE]), first + at) for at in range(count)] == pages
    assert all(zlib.crc32(page.encode()) == 0x2144DF1C for page in pages)
    chunk[data.draw(st.integers(0, len(chunk) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(JetFailure, match="ReadVerifyFailure"):
        verify_pages(bytes(chunk), first)


def test_pages_in_wrong_places_are_seen() -> None:
    """A sound page is no sound page of another number."""
    one, two = (Page(number, 1, PageKind.LEAF, b"").encode() for number in (1, 2))
    verify_pages(one + two, 1)
    for data, first in ((two + one, 1), (one + two, 2), (one + bytes(PAGE_SIZE), 1), (one + two[:-1], 1)):
        with pytest.raises(JetFailure, match="ReadVerifyFailure"):
            verify_pages(data, first)


def test_the_cache_is_bounded(tmp_path: Path) -> None:
    """However many pages a database has; and nothing is written before the log is on disk."""
    world = World(tmp_path)
    running = world.start(rows=0, log_file_size=5120)
    registry = world.engine._registry
    instance = registry.instances[running.instance]
    (database,) = instance.attached.values()
    instance.cache = cache = Cache(clean_limit=40, changed_limit=30)
    database._cache = cache
    logged: list[int] = []
    database.log_first = lambda: logged.append(database.changed_pages)
    largest = 0
    for _ in range(40):
        world.insert(running, 500)
        largest = max(largest, len(cache))
    assert database.last_page > 150
    assert largest <= 40 + 30 + 5
    assert logged
    assert max(logged) <= 35
    assert world.engine.count_rows(running.session, running.database) == (0, 20_000)
    assert len(cache) <= 75
    assert [row.key for row in world.rows(running)] == list(range(20_000))
    world.engine.close()


def test_counting_rows_keeps_no_page(world: World, running: Running) -> None:
    """It reads and verifies every page of the disk all the same."""
    world.insert(running, 30_000)
    world.backup(running, None)
    (database,) = world.engine._registry.instances[running.instance].attached.values()
    cache = database._cache
    database._cache.drop_all(database)
    before = len(cache)
    assert world.engine.count_rows(running.session, running.database) == (0, 30_010)
    assert len(cache) <= before + 1
    assert world.engine.damage_page("db/a.edb")
    assert world.engine.count_rows(running.session, running.database)[0] == -1018


def test_reopened_databases_go_on(world: World, running: Running) -> None:
    """Keys go on where they ended, whatever was cached."""
    for _ in range(3):
        world.insert(running, 777)
        assert world.engine.term(running.instance) == 0
        running = world.open(world.create())
    assert [row.key for row in world.rows(running)] == list(range(10 + 3 * 777))
