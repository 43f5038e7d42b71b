"""The client of a history of level 6 on any engine: what it does, what it was promised, and what it finds afterwards.

Ordinary calls, judged by the same judge; rows are compared here where the engine lets one read them.
"""

from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

from ..history import INSTANCE, History
from ..level3_parts import LostRows
from ..level3_scenarios import ATOMIC, BOTH, FULL, INCREMENTAL
from ..trace import ReturnEvent
from .promise import Promise, SetPromise

PLAIN, KEPT = "bk1", "bk2"
"""The folders of plain and of atomic sets."""

DATABASE = {"session": "s1", "database": "d1"}
PATH = "db/test.edb"


@dataclass(frozen=True)
class Act:
    """An Insert of so many rows, or a backup to a folder."""

    rows: int = 0
    folder: str = ""
    grbit: int = FULL


def drawn(random: Random) -> Act:
    """Anything that a client does."""
    return random.choice(
        (
            Act(rows=random.choice((10, 120, 1500))),
            Act(rows=random.choice((10, 120))),
            Act(folder=PLAIN, grbit=FULL),
            Act(folder=PLAIN, grbit=INCREMENTAL),
            Act(folder=KEPT, grbit=ATOMIC),
            Act(folder=KEPT, grbit=BOTH),
        )
    )


def beginning(random: Random) -> list[Act]:
    """What every history begins with: rows, and a set of either kind."""
    return [Act(rows=random.choice((10, 120, 700))), Act(folder=PLAIN), Act(folder=KEPT, grbit=ATOMIC)]


@dataclass
class Client:
    """One history; `count` is added to. Methods raise Nonconformity, and NotMade where the engine lacks a call."""

    history: History
    count: Counter[str]
    promise: Promise = field(default_factory=Promise)
    last: int = 0

    def set_up(self, acts: tuple[Act, ...]) -> list[str]:
        """A first life, in which these things are done: every row at its end, where the engine lets one read them."""
        self.begin("JetInit of a fresh instance")
        self.call("JetCreateDatabase", **DATABASE, path=PATH)
        for folder in (PLAIN, KEPT):
            self.history.fault("make-directory", folder)
        for act in acts:
            self.do(act)
        return self.rows()

    def call(self, name: str, **args: Any) -> int:
        """The code of a call that comes back; 0 while it does not."""
        self.last = self.history.make(name, args)
        code = self.history.returned(self.last)
        return code if code is not None else 0

    def require(self, code: int, what: str) -> None:
        """A call that must succeed did."""
        if code < 0:
            raise LostRows(f"{what}: {code}", self.last)

    def begin(self, when: str) -> None:
        """An instance, and a session."""
        self.call("JetCreateInstance", instance=INSTANCE)
        self.require(self.call("JetInit", instance=INSTANCE), when)
        self.call("JetBeginSession", instance=INSTANCE, session="s1")

    def open(self, path: str) -> int:
        """Attach a database and open it: the first code that is a failure, else that of JetOpenDatabase."""
        attached = self.call("JetAttachDatabase", session="s1", path=path)
        return attached if attached < 0 else self.call("JetOpenDatabase", **DATABASE, path=path)

    # -- what is promised ------------------------------------------------------------------------------------------------

    def do(self, act: Act) -> int:
        """Do it; its code."""
        name, args = invocation(act)
        before = self.begun(act)
        code = self.call(name, **args)
        if code >= 0:
            self.succeeded(act, before)
        return code

    def begun(self, act: Act) -> Promise:
        """From now on that may be so; what was promised before."""
        before = self.promise
        if act.rows:
            self.promise = before._replace(invoked=before.invoked + act.rows)
        else:
            self.promise = before.backup_began(act.folder, keeps=act.grbit != FULL)
        return before

    def succeeded(self, act: Act, before: Promise) -> None:
        """It is back, with success."""
        if act.rows:
            self.promise = self.promise._replace(committed=before.committed + act.rows)
        else:
            self.promise = self.promise.backup_succeeded(act.folder, before.committed)

    # -- what is there ---------------------------------------------------------------------------------------------------

    def recovered(self, seen: list[str], when: str) -> list[str]:
        """The next process recovers: every committed row is there, and none that nobody wrote. All rows."""
        self.begin(f"JetInit {when}, with all files as they lay")
        self.require(self.open(PATH), f"the database cannot be opened {when}")
        self.counted(self.promise.committed, self.promise.invoked, when)
        rows = self.rows()
        if rows[: len(seen)] != seen and "rows" in self.history.capabilities:
            raise LostRows(f"{when} other rows are there than those that were read before it", self.last)
        return rows

    def found(self) -> tuple[int, int]:
        """The code of CountRows, and the number of rows."""
        code = self.call("CountRows", **DATABASE)
        event = next(
            event for event in reversed(self.history.events) if isinstance(event, ReturnEvent) and event.id == self.last
        )
        return code, (event.result or {}).get("rows", 0)

    def counted(self, low: int, high: int, where: str) -> None:
        """There are so many rows."""
        code, found = self.found()
        self.require(code, f"CountRows {where}")
        self.count["rows compared"] += found
        if not low <= found <= high:
            raise LostRows(f"{where} there are {found} rows, expected {low} to {high}", self.last)

    def rows(self) -> list[str]:
        """Every row, where the engine lets one read them."""
        if "rows" not in self.history.capabilities:
            return []
        return self.history.rows("s1", "d1")[1]

    def restore(self, folder: str) -> tuple[int, str]:
        """A set, restored elsewhere with no log but its own: the code, and where it is now."""
        to = f"rst-{folder.replace('/', '-')}"
        self.history.fault("empty-directory", "db")
        self.history.fault("make-directory", to)
        self.call("JetCreateInstance", instance=INSTANCE)
        return self.call("JetRestoreInstance", instance=INSTANCE, path=folder, destination=to), to

    def restored(self, one: SetPromise, rows: list[str], when: str) -> None:
        """A set comes back: refused only where it may be, and never with other rows."""
        code, to = self.restore(one.folder)
        if code < 0 and not one.certain:
            self.count["sets refused that may be"] += 1
            self.call("JetTerm", instance=INSTANCE)
            return
        self.require(code, f"the set in {one.folder}, which a backup had completed, does not restore {when}")
        self.count["sets restored"] += 1
        self.require(self.call("JetInit", instance=INSTANCE), "JetInit after a restore")
        self.call("JetBeginSession", instance=INSTANCE, session="s1")
        self.require(self.open(f"{to}/test.edb"), "a restored database cannot be opened")
        self.counted(one.low, one.high, f"in the set of {one.folder}")
        restored = self.rows()
        if restored != rows[: len(restored)]:
            raise LostRows(f"the set in {one.folder} has other rows than those that were committed", self.last)
        self.call("JetTerm", instance=INSTANCE)


def invocation(act: Act) -> tuple[str, dict[str, Any]]:
    """The call that it is, and its arguments."""
    if act.rows:
        return "Insert", {**DATABASE, "rows": act.rows}
    return "JetBackupInstance", {"instance": INSTANCE, "path": act.folder, "grbit": act.grbit}
