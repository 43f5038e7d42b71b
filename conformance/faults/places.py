"""Level 6 on any engine, sampled: the destination of a backup lies on a full file system, or on one that takes no writes.

A backup that fails there leaves nothing new and removes no log, earlier sets restore, and a backup elsewhere succeeds. A file
system is mounted on a folder of the history; where that cannot be, a folder is write-protected, and none is full.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from random import Random

from ..history import INSTANCE
from ..level3_scenarios import ATOMIC, BOTH, FULL, INCREMENTAL
from .client import Act, Client, beginning, drawn
from .promise import Promise

VOLUME, THERE, ELSEWHERE = "vol", "vol/bk", "bk3"
"""The folder with a file system of its own, a destination on it, and one that is not."""

KINDS = ("fill-disk", "seal-disk")
LEFT = (4 << 10, 16 << 10, 64 << 10, 192 << 10)
"""Bytes that a full file system has left where it has any: for a file, for some, and perhaps for all."""

WHEN = "after a backup to a bad place"


@dataclass(frozen=True)
class Round:
    """What is done, what then befalls the destination, and the backup that is made there.

    `before`: a backup that was made there when it was whole; `rows` are committed after that; `left`: bytes that a full file
    system still has.
    """

    acts: tuple[Act, ...]
    kind: str
    struck: int
    before: int | None = None
    rows: int = 60
    left: int = 0


BACKUPS: tuple[tuple[int, int | None], ...] = (
    (FULL, None), (ATOMIC, None), (FULL, FULL), (ATOMIC, ATOMIC), (INCREMENTAL, FULL), (BOTH, ATOMIC),
)  # fmt: skip
"""The backup that meets the bad place, and the one that was there before it."""


PAIRS = tuple(product(BACKUPS, KINDS))
"""Every backup, to a full and to a read-only place."""


def rounds(seed: int) -> Iterator[Round]:
    """What the seed draws, without an end: all pairs in turn. Of two full places the first has nothing left."""
    number = 0
    while True:
        random = Random(f"place {seed}/{number}")
        acts = [*beginning(random), *(drawn(random) for _ in range(random.randrange(2)))]
        (struck, before), kind = PAIRS[number % len(PAIRS)]
        left = random.choice(LEFT) if number // len(KINDS) % 2 else 0
        yield Round(tuple(acts), kind, struck, before, random.choice((60, 1500)), left)
        number += 1


class NotHere(Exception):  # noqa: N818 - it says what is the case
    """This machine does not let the harness make such a place; the text says what is not exercised, and why."""


class Placing(Client):
    """The client of an engine whose destination is no good place."""

    def play(self, plan: Round) -> None:
        """Do everything. Raises Nonconformity, NotMade where the engine lacks a call that is needed, and NotHere."""
        self._place(plan.kind)
        self.set_up(plan.acts)
        if plan.before is not None:
            self.do(Act(folder=THERE, grbit=plan.before))
        self.do(Act(rows=plan.rows))
        self.history.fault(plan.kind, VOLUME, plan.left)
        self._struck(plan)
        self.do(Act(rows=10))
        self.history.fault("make-directory", ELSEWHERE)
        self.require(self.do(Act(folder=ELSEWHERE)), f"a backup elsewhere, {WHEN}")
        seen = self.rows()
        self.history.fault("mend-disk", VOLUME)
        self.history.fault("crash")
        rows = self.recovered(seen, WHEN)
        self.call("JetTerm", instance=INSTANCE)
        for one in self.promise.sets:
            self.restored(one, rows, WHEN)

    def _place(self, kind: str) -> None:
        """The destination, whole as yet. Raises NotHere where it could not be made bad."""
        self.history.fault("make-directory", VOLUME)
        mounted = self.history.fault("own-disk", VOLUME)
        if not mounted and kind == "fill-disk":
            raise NotHere("a full destination: no file system can be mounted here, which takes root and Linux")
        if not mounted and not self.history.fault(kind, VOLUME):
            raise NotHere(
                "a read-only destination: no file system can be mounted here, and rights do not bind this user"
            )
        if not mounted:
            self.history.fault("mend-disk", VOLUME)
        self.history.fault("make-directory", THERE)

    def _struck(self, plan: Round) -> None:
        """The backup to the bad place: after a failure the earlier set is what it was, unless a full backup was to replace it."""
        before = self.promise
        code = self.do(Act(folder=THERE, grbit=plan.struck))
        where = "full" if plan.kind == "fill-disk" else "read-only"
        self.count[f"{where} {'refused' if code < 0 else 'and room enough'}"] += 1
        if code < 0:
            self.promise = before if plan.struck != FULL else _doubtful(before)


def _doubtful(before: Promise) -> Promise:
    """A plain set may be gone that a full backup was to replace: the pages promise an earlier set to an atomic one alone."""
    there = before.at(THERE)
    return before if there is None else before.with_set(there._replace(certain=False))
