"""Back up a large database while a writer commits, lose the original, restore, and compare every row with what was
committed when. What must be there is made again from a seed, transaction by transaction: nothing is held in memory.
"""

import random
import shutil
import subprocess
import sys
import threading
import time
import zlib
from array import array
from collections.abc import Callable, Iterator
from itertools import chain, repeat
from pathlib import Path
from typing import NamedTuple

from jetconform.engine import Engine, Files, tree
from jetconform.engine.cache import Cache
from jetconform.engine.database import Database
from jetconform.engine.failure import JetFailure
from jetconform.engine.rows import ROW_SIZE, Row, encode_rows
from jetconform.engine.storage import TRANSACTION_ROWS

from .opened import MEGABYTE, Open, done, fill, memory, start
from .tables import show

SEED = 1
GOAL = 64
LATER = 100
"""So many transactions are committed after the backup returned: none of them may come back."""


class WrongError(Exception):
    """What was restored is not what was committed."""


class Transaction(NamedTuple):
    """A transaction as it can be made again: how many rows, and by whom."""

    rows: int
    session: int


class Writer:
    """Commits transactions of random size until stopped; how many rows were to be committed, and how many are."""

    def __init__(self, opened: Open, rows: int) -> None:
        self.invoked = self.committed = rows
        self._opened = opened
        self._transactions = 0
        self._news = threading.Condition()
        self._stopped = self._ended = False
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            for rows in sizes():
                with self._news:
                    if self._stopped:
                        return
                    self.invoked += rows
                self._opened.insert(rows)
                with self._news:
                    self.committed += rows
                    self._transactions += 1
                    self._news.notify_all()
        finally:
            with self._news:
                self._ended = True
                self._news.notify_all()

    def wait_for(self, transactions: int) -> None:
        """Wait until so many more transactions were committed; ends the process if a commit fails."""
        with self._news:
            until = self._transactions + transactions
            self._news.wait_for(lambda: self._transactions >= until or self._ended)
            if self._ended:
                raise SystemExit("the writer failed")

    def stop(self) -> None:
        """Commit no more."""
        with self._news:
            self._stopped = True
        self._thread.join()


def sizes() -> Iterator[int]:
    """The rows of one transaction of the writer after another."""
    generator = random.Random(SEED)
    while True:
        yield generator.randint(1, TRANSACTION_ROWS)


class Clock:
    """Measures one phase after another: seconds, and the peak memory up to its end, over that of the idle process."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, ...]] = [("what", "seconds", "MB/s", "peak MB over idle")]
        self._idle = memory("VmHWM")

    def run(self, what: str, size: Callable[[], int], phase: Callable[[], None]) -> None:
        """One phase, of so many bytes."""
        begun = time.perf_counter()
        phase()
        seconds = time.perf_counter() - begun
        peak = (memory("VmHWM") - self._idle) / 1024
        self.rows.append((what, f"{seconds:.2f}", f"{size() / seconds / 1e6:.0f}", f"{peak:.0f}"))


def measure_restore(root: Path, megabytes: int) -> None:
    """In a process of its own, for its memory."""
    subprocess.run([sys.executable, "-m", "benchmarks.restore", str(root), str(megabytes)], check=True)


class Trial:
    """The database, its backup and what came back, under one root."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.rows = self.filler = self.writer = 0
        self.before = self.after = self.end = self.compared = 0
        self.leaves = array("I")

    def make(self, megabytes: int) -> None:
        """The database."""
        self.rows, self.filler = fill(self.root, megabytes)

    def save(self) -> None:
        """The backup, while a writer commits."""
        opened = start(self.root, sync=True)
        self.writer = opened.session
        (self.root / "bk").mkdir()
        writer = Writer(opened, self.rows)
        writer.wait_for(1)
        self.before = writer.committed
        done(opened.engine.backup_instance(opened.instance, "bk", 0))
        self.after = writer.invoked
        writer.wait_for(LATER)
        writer.stop()
        self.end = writer.committed
        done(opened.engine.term(opened.instance))
        opened.engine.close()

    def note_original(self) -> None:
        """A checksum of each leaf: with them go the numbers that the engine gave to its transactions."""
        for body in self._leaf_bodies("db/a.edb"):
            self.leaves.append(zlib.crc32(body))

    def remove_original(self) -> None:
        """All of it, with its logs."""
        shutil.rmtree(self.root / "db")

    def restore(self) -> None:
        """The set, elsewhere."""
        engine = Engine(self.root)
        instance = engine.create_instance("restorer")[1]
        (self.root / "restored").mkdir()
        done(engine.set_paths(instance, "restored-logs"))
        done(engine.restore_instance(instance, "bk", "restored"))
        engine.close()

    def compare(self) -> None:
        """Every row that came back, in the order of commits; WrongError if it is not one that was committed then."""
        data, last = Stream(self._checked_leaves()), 0
        for transaction in self._transactions():
            found = data.take(transaction.rows * ROW_SIZE)
            if not found:
                break
            number = Row.decode(found[:ROW_SIZE]).transaction
            if found != encode_rows(self.compared, number, *transaction) or number <= last:
                raise WrongError(f"the transaction of row {self.compared:,} is not the one that was committed")
            self.compared, last = self.compared + transaction.rows, number
        if not self.before <= self.compared <= self.after:
            raise WrongError(f"{self.compared:,} rows came back, not {self.before:,} to {self.after:,}")

    def _transactions(self) -> Iterator[Transaction]:
        filled = repeat(Transaction(TRANSACTION_ROWS, self.filler), self.rows // TRANSACTION_ROWS)
        return chain(filled, (Transaction(rows, self.writer) for rows in sizes()))

    def _checked_leaves(self) -> Iterator[bytes]:
        """All leaves but the last are as they were in the original, where others followed."""
        last = b""
        for index, body in enumerate(self._leaf_bodies("restored/a.edb")):
            if index and zlib.crc32(last) != self.leaves[index - 1]:
                raise WrongError(f"leaf {index - 1:,} is not as it was")
            last = body
            yield body

    def _leaf_bodies(self, path: str) -> Iterator[bytes]:
        database = Database.open(Files(self.root), path, Cache())
        try:
            for leaf in tree.scan(database.page, database.last_page):
                yield leaf.body
        finally:
            database.close()


class Stream:
    """Bytes that come in pieces, taken in other pieces."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""

    def take(self, count: int) -> bytes:
        """The next bytes; fewer at the end."""
        while len(self._rest) < count and (piece := next(self._pieces, b"")):
            self._rest += piece
        taken, self._rest = self._rest[:count], self._rest[count:]
        return taken


def main() -> None:
    """Prints the figures; ends with a line on stderr if a row is missing, wrong or too much."""
    root, megabytes = Path(sys.argv[1]), int(sys.argv[2])
    trial, clock = Trial(root), Clock()

    def size(path: str) -> Callable[[], int]:
        return lambda: (root / path / "a.edb").stat().st_size

    clock.run("make the database", size("db"), lambda: trial.make(megabytes))
    clock.run("back up, and write on", size("bk"), trial.save)
    clock.run("read the original", size("db"), trial.note_original)
    trial.remove_original()
    clock.run("restore elsewhere", size("restored"), trial.restore)
    try:
        clock.run("compare every row", size("restored"), trial.compare)
    except (WrongError, JetFailure) as error:
        raise SystemExit(f"the restore is wrong: {error}") from None
    show(
        f"Restore of {size('restored')() / MEGABYTE:.0f} MB with the original removed (goal: at most {GOAL} MB)",
        clock.rows,
    )
    print(
        f"  {trial.compared:,} rows compared, each as it was committed, in whole transactions, in the order of commits"
    )
    print(f"  committed before the backup call: {trial.before:,}; came back: {trial.compared:,};", end=" ")
    print(f"begun by its return: {trial.after:,}; committed in the end: {trial.end:,}")


if __name__ == "__main__":
    main()
