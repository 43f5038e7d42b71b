"""What a crash leaves on a disk: every state that a persistence model can reach, from a record of changes and syncs.

`strict`: whatever was done before the crash is on the disk, in its order. `ext4`, as a journalling file system behaves
that writes names in order and data when it likes: names (made, renamed, removed) reach the disk in the order in which
they changed, and a sync of a folder forces its last change, and all before that; a sync of a file forces its data alone,
not its name. So any beginning of the unsynced changes of names may be there, and of the unsynced writes all but up to
two, each of those lost or torn: cut off behind half of its sectors.

`folders`, the least that POSIX promises of names: each folder for itself. A sync of a folder forces its own names and no
other's, and a file that is moved between two folders may be in both, or in neither. Of one folder any beginning of its
unsynced changes may be there, of the others all or none; of the unsynced writes all or none.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from enum import Enum
from itertools import combinations, islice, product
from typing import NamedTuple

from .disk import Disk
from .image import EMPTY, Content, Image
from .nodes import TOP, Node
from .operations import Change

SECTOR = 512
"""Bytes that a disk writes whole or not at all."""

MOST_LOST = 2
"""Unsynced writes that are lost or torn at once, at the most."""

MOST_STATES = 1_000
"""States of one crash point that are enumerated at the most: an engine that syncs has some dozens."""

NAMES = frozenset({"link", "unlink", "move"})


class Persistence(Enum):
    """The persistence models."""

    STRICT = "strict"
    EXT4 = "ext4"
    FOLDERS = "folders"


class Loss(Enum):
    """What becomes of an unsynced write in a crash."""

    LOST = "lost"
    TORN = "torn"


class Crash(NamedTuple):
    """A crash after so many changes: which beginning of the unsynced names is there, and which writes were lost or torn.

    `names` None: all of them; of `folders`, the number of the state in its order. `losses`: pairs of the index of a
    change and what became of it.
    """

    changes: int
    names: int | None
    losses: tuple[tuple[int, str], ...]


class Tree:
    """A disk by the numbers of its files and folders, to which names only point."""

    def __init__(self, names: dict[int, dict[str, int]], contents: dict[int, Content]) -> None:
        self.names = names
        self.contents = contents

    @classmethod
    def of(cls, disk: Disk) -> "Tree":
        """What is on a disk now."""
        names: dict[int, dict[str, int]] = {}
        contents: dict[int, Content] = {}
        pending: list[Node] = [disk.top]
        while pending:
            node = pending.pop()
            if node.names is None:
                contents[node.number] = Content(bytes(node.data), node.size)
            else:
                names[node.number] = {name: child.number for name, child in node.names.items()}
                pending.extend(node.names.values())
        return cls(names, contents)

    def copy(self) -> "Tree":
        """A tree that can be changed without this one."""
        return Tree({number: dict(names) for number, names in self.names.items()}, dict(self.contents))

    def rename(self, change: Change) -> None:
        """Make one change of names."""
        if change.kind == "link":
            self.names[change.folder][change.name] = change.node
            if change.is_folder:
                self.names.setdefault(change.node, {})
            else:
                self.contents.setdefault(change.node, EMPTY)
            return
        if change.kind != "enter":
            self.names[change.folder].pop(change.name, None)
        if change.kind in ("move", "enter"):
            self.names[change.to][change.new] = change.node

    def image(self) -> Image:
        """What can be reached by names."""
        paths: dict[str, Content | None] = {}
        pending = [("", TOP)]
        while pending:
            path, number = pending.pop()
            for name, child in self.names[number].items():
                place = f"{path}/{name}" if path else name
                if child in self.names:
                    paths[place] = None
                    pending.append((place, child))
                else:
                    paths[place] = self.contents[child]
        return Image(paths)


class Recording:
    """The changes of a run, and the states that a crash after each of them can leave."""

    def __init__(self, start: Tree, changes: Sequence[Change]) -> None:
        self._start = start
        self.changes = changes
        self.cut: set[int] = set()
        """Crash points of which not all states were enumerated: some model has more than MOST_STATES there."""

    def crashes(self, model: Persistence, points: frozenset[int]) -> Iterator[tuple[Crash, Image]]:
        """Every crash after that many changes (0: before the first), with what it leaves. Some leave the same."""
        walk = (_ByFolder if model is Persistence.FOLDERS else _Walk)(self._start.copy(), model)
        for done in range(len(self.changes) + 1):
            if done:
                walk.do(done - 1, self.changes[done - 1])
            if done in points:
                states = walk.states()
                for names, losses, image in islice(states, MOST_STATES):
                    yield Crash(done, names, losses), image
                if next(states, None) is not None:
                    self.cut.add(done)

    def after(self, crash: Crash, model: Persistence) -> Image:
        """What that crash leaves. KeyError where it cannot happen here."""
        for found, image in self.crashes(model, frozenset({crash.changes})):
            if found == crash:
                return image
        raise KeyError(crash)


class _Walk:
    """What is on the disk for certain, and what may be, after some changes."""

    def __init__(self, durable: Tree, model: Persistence) -> None:
        self._durable = durable
        self._model = model
        self._names: list[Change] = []
        self._writes: dict[int, Change] = {}  # by the index of the change

    def do(self, index: int, change: Change) -> None:
        """One change more."""
        if change.kind in NAMES:
            self._durable.contents.setdefault(change.node, EMPTY)
            self._rename(change)
        elif change.kind in ("write", "resize"):
            self._writes[index] = change
        elif change.kind == "sync":
            self._write_back(change.node)
        elif change.kind == "sync-folder":
            self._commit(change.node)
        if self._model is Persistence.STRICT:
            self._write_back(None)
            self._commit(None)

    def _rename(self, change: Change) -> None:
        self._names.append(change)

    def _write_back(self, node: int | None) -> None:
        for index, change in list(self._writes.items()):
            if node is None or change.node == node:
                held = self._durable.contents.get(change.node, EMPTY)
                self._durable.contents[change.node] = _applied(held, change, None)
                del self._writes[index]

    def _commit(self, folder: int | None) -> None:
        """Names reach the disk in their order: the last change of this folder, and all before it."""
        last = len(self._names)
        while last and folder is not None and folder not in (self._names[last - 1].folder, self._names[last - 1].to):
            last -= 1
        for change in self._names[:last]:
            self._durable.rename(change)
        del self._names[:last]

    def states(self) -> Iterator[tuple[int | None, tuple[tuple[int, str], ...], Image]]:
        """Every state that a crash now can leave."""
        choices = list(islice(self._choices(), MOST_STATES + 1))
        for count in range(len(self._names) + 1):
            tree = self._durable.copy() if count else self._durable
            for change in self._names[:count]:
                tree.rename(change)
            for losses, contents in choices:
                image = Tree(tree.names, contents).image()
                yield None if count == len(self._names) else count, losses, image

    def _choices(self) -> Iterator[tuple[tuple[tuple[int, str], ...], dict[int, Content]]]:
        """The contents of all files, for every choice of writes that were lost or torn."""
        by_node: dict[int, list[int]] = defaultdict(list)
        for index, change in self._writes.items():
            by_node[change.node].append(index)
        whole = dict(self._durable.contents)
        for node in by_node:
            whole[node] = self._content(node, by_node[node], {})
        yield (), whole
        for count in range(1, min(MOST_LOST, len(self._writes)) + 1):
            for chosen in combinations(self._writes, count):
                for losses in product(Loss, repeat=count):
                    struck = dict(zip(chosen, losses, strict=True))
                    contents = dict(whole)
                    for node in {self._writes[index].node for index in chosen}:
                        contents[node] = self._content(node, by_node[node], struck)
                    yield tuple((index, loss.value) for index, loss in struck.items()), contents

    def _content(self, node: int, indices: Sequence[int], struck: dict[int, Loss]) -> Content:
        content = self._durable.contents.get(node, EMPTY)
        for index in indices:
            content = _applied(content, self._writes[index], struck.get(index))
        return content


class _ByFolder(_Walk):
    """The same where every folder is for itself."""

    def __init__(self, durable: Tree, model: Persistence) -> None:
        super().__init__(durable, model)
        self._folders: dict[int, list[Change]] = defaultdict(list)

    def _rename(self, change: Change) -> None:
        if change.is_folder:
            self._durable.names.setdefault(change.node, {})
        if change.kind == "move" and change.folder != change.to:
            self._folders[change.to].append(change._replace(kind="enter"))
            change = change._replace(kind="unlink")
        self._folders[change.folder].append(change)

    def _commit(self, folder: int | None) -> None:
        for number in list(self._folders) if folder is None else [folder]:
            for change in self._folders.pop(number, ()):
                self._durable.rename(change)

    def states(self) -> Iterator[tuple[int | None, tuple[tuple[int, str], ...], Image]]:
        whole = dict(self._durable.contents)
        for node in {change.node for change in self._writes.values()}:
            whole[node] = self._content(node, [at for at, one in self._writes.items() if one.node == node], {})
        for number, kept in enumerate(self._kept()):
            tree = self._durable.copy()
            for folder, count in kept.items():
                for change in self._folders[folder][:count]:
                    tree.rename(change)
            # What names lead to and what lies in the files are the caches of two: here both are there, or neither.
            for contents in (whole, self._durable.contents) if self._writes else (whole,):
                lost = tuple((at, Loss.LOST.value) for at in self._writes) if contents is not whole else ()
                yield number, lost, Tree(tree.names, contents).image()

    def _kept(self) -> Iterator[dict[int, int]]:
        """How many of its changes each folder has: of one any number, of the others all or none."""
        every = {folder: len(changes) for folder, changes in self._folders.items()}
        yield every
        yield dict.fromkeys(every, 0)
        for folder, length in every.items():
            for others in (every, dict.fromkeys(every, 0)):
                for count in range(length + 1):
                    yield {**others, folder: count}


def _applied(content: Content, change: Change, loss: Loss | None) -> Content:
    if loss is Loss.LOST:
        return content
    if change.kind == "resize":
        return content if loss is Loss.TORN else content.resized(change.offset)
    if loss is Loss.TORN:
        return content.written(change.offset, change.data[: len(change.data) // SECTOR // 2 * SECTOR])
    return content.written(change.offset, change.data)
