"""Level 6 on any engine, sampled: its process is killed in callbacks, in the middle of calls and between them.

Then another process finds the files as they lie: JetInit, the committed rows, and every earlier set, restored elsewhere. An
ordinary history, judged by the same judge; an engine in the process of the harness is dropped as its adapter's `close` does it.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from ..history import INSTANCE, History, Nonconformity
from ..inflight import NotMade
from ..laboratory import Laboratory
from ..level3 import LostRows
from ..level3_scenarios import ATOMIC, BOTH, FULL, INCREMENTAL
from ..script import can_hold
from ..trace import ReturnEvent
from .promise import Promise, SetPromise

ROUNDS = 24
"""Histories that are sampled without a budget."""

PLAIN, KEPT = "bk1", "bk2"
"""The folders of plain and of atomic sets."""

DATABASE = {"session": "s1", "database": "d1"}
PATH = "db/test.edb"
LONGEST = 0.05
"""Seconds after which a call is struck at the latest: it may have come back by then."""


@dataclass(frozen=True)
class Act:
    """An Insert of so many rows, or a backup to a folder."""

    rows: int = 0
    folder: str = ""
    grbit: int = FULL


@dataclass(frozen=True)
class Round:
    """What is done, and what is under way when the engine is killed: in a callback, so many seconds after it began, or not at
    all. `again`: the next process is killed so many seconds after it began its recovery."""

    acts: tuple[Act, ...]
    struck: Act
    callback: int = 0
    after: float | None = None
    again: float | None = None


def rounds(seed: int) -> Iterator[Round]:
    """What the seed draws, without an end."""
    number = 0
    while True:
        random = Random(f"{seed}/{number}")
        acts = [Act(rows=random.choice((10, 120, 700))), Act(folder=PLAIN), Act(folder=KEPT, grbit=ATOMIC)]
        acts += (_act(random) for _ in range(random.randrange(4)))
        struck, how = _act(random), random.choice(("callback", "moment", "moment", "between"))
        if how == "callback" and not struck.folder:
            struck = Act(folder=KEPT, grbit=ATOMIC)
        callback = random.choice((1, 2, 3)) if how == "callback" else 0
        after = random.uniform(0.0, LONGEST) if how == "moment" else None
        again = random.uniform(0.0, LONGEST) if random.random() < 0.3 else None
        yield Round(tuple(acts), struck, callback, after, again)
        number += 1


def _act(random: Random) -> Act:
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


@dataclass
class Killing:
    """One round on one history; `count` is added to."""

    history: History
    count: Counter[str]
    promise: Promise = field(default_factory=Promise)
    last: int = 0

    def play(self, plan: Round) -> None:
        """Do everything. Raises Nonconformity, and NotMade where the engine lacks a call that is needed."""
        self._begin()
        self._call("JetCreateDatabase", **DATABASE, path=PATH)
        for folder in (PLAIN, KEPT):
            self.history.fault("make-directory", folder)
        for act in plan.acts:
            self._do(act)
        seen = self._rows()
        self._strike(plan)
        if plan.again is not None:
            self._call("JetCreateInstance", instance=INSTANCE)
            self._under_way("JetInit", {"instance": INSTANCE}, plan.again)
            self._kill("in the middle of JetInit")
        rows = self._recovered(seen)
        self._call("JetTerm", instance=INSTANCE)
        for one in self.promise.sets:
            self._restored(one, rows)

    def _call(self, name: str, **args: Any) -> int:
        self.last = self.history.make(name, args)
        code = self.history.returned(self.last)
        return code if code is not None else 0

    def _require(self, code: int, what: str) -> None:
        if code < 0:
            raise LostRows(f"{what}: {code}", self.last)

    def _begin(self) -> None:
        self._call("JetCreateInstance", instance=INSTANCE)
        self._require(self._call("JetInit", instance=INSTANCE), "JetInit after a kill, with all files as they lay")
        self._call("JetBeginSession", instance=INSTANCE, session="s1")

    def _open(self, path: str) -> int:
        self._call("JetAttachDatabase", session="s1", path=path)
        return self._call("JetOpenDatabase", **DATABASE, path=path)

    # -- what is promised ------------------------------------------------------------------------------------------------

    def _do(self, act: Act) -> None:
        name, args = _invocation(act)
        before = self._begun(act)
        if self._call(name, **args) >= 0:
            self._succeeded(act, before)

    def _begun(self, act: Act) -> Promise:
        """From now on that may be so; what was promised before."""
        before = self.promise
        if act.rows:
            self.promise = before._replace(invoked=before.invoked + act.rows)
        else:
            self.promise = before.backup_began(act.folder, keeps=act.grbit != FULL)
        return before

    def _succeeded(self, act: Act, before: Promise) -> None:
        if act.rows:
            self.promise = self.promise._replace(committed=before.committed + act.rows)
        else:
            self.promise = self.promise.backup_succeeded(act.folder, before.committed)

    # -- the kill --------------------------------------------------------------------------------------------------------

    def _strike(self, plan: Round) -> None:
        """Begin a call, and kill the engine: in a callback of it, in the middle of it, or once it is back."""
        act = plan.struck
        name, args = _invocation(act)
        point = f"callback:{plan.callback}"
        before = self._begun(act)
        if plan.after is not None:
            self._under_way(name, args, plan.after)
        else:
            hold = point if plan.callback and can_hold(self.history, point) else None
            self.last = self.history.make(name, args, client="B", hold=hold)
        code = self.history.returned(self.last)
        if code is not None and code >= 0:
            self._succeeded(act, before)
        held = bool(self.history.held())
        self._kill("in a callback" if held else "between calls" if code is not None else f"in the middle of {name}")

    def _under_way(self, name: str, args: dict[str, Any], seconds: float) -> None:
        self.last = self.history.make(name, args, client="B", wait=seconds)

    def _kill(self, where: str) -> None:
        self.count["kills " + where.partition(" of ")[0]] += 1
        self.history.fault("crash")

    # -- what is there ---------------------------------------------------------------------------------------------------

    def _recovered(self, seen: list[str]) -> list[str]:
        """The next process recovers: every committed row is there, and none that nobody wrote. All rows."""
        self._begin()
        self._require(self._open(PATH), "the database cannot be opened after a kill")
        committed, invoked = self.promise.committed, self.promise.invoked
        self._counted(committed, invoked, "after a kill")
        rows = self._rows()
        if rows[: len(seen)] != seen and "rows" in self.history.capabilities:
            raise LostRows("after a kill other rows are there than those that were read before it", self.last)
        return rows

    def _counted(self, low: int, high: int, where: str) -> None:
        self._require(self._call("CountRows", **DATABASE), f"CountRows {where}")
        event = next(
            event for event in reversed(self.history.events) if isinstance(event, ReturnEvent) and event.id == self.last
        )
        found = (event.result or {}).get("rows", 0)
        self.count["rows compared"] += found
        if not low <= found <= high:
            raise LostRows(f"{where} there are {found} rows, expected {low} to {high}", self.last)

    def _rows(self) -> list[str]:
        """Every row, where the engine lets one read them."""
        if "rows" not in self.history.capabilities:
            return []
        return self.history.rows("s1", "d1")[1]

    def _restored(self, one: SetPromise, rows: list[str]) -> None:
        """A set, restored elsewhere with no log but its own: refused only where it may be, and never with other rows."""
        to = f"rst-{one.folder}"
        self.history.fault("empty-directory", "db")
        self.history.fault("make-directory", to)
        self._call("JetCreateInstance", instance=INSTANCE)
        code = self._call("JetRestoreInstance", instance=INSTANCE, path=one.folder, destination=to)
        if code < 0 and not one.certain:
            self.count["sets refused that may be"] += 1
            self._call("JetTerm", instance=INSTANCE)
            return
        self._require(code, f"the set in {one.folder}, which a backup had completed, does not restore after a kill")
        self.count["sets restored"] += 1
        self._require(self._call("JetInit", instance=INSTANCE), "JetInit after a restore")
        self._call("JetBeginSession", instance=INSTANCE, session="s1")
        self._require(self._open(f"{to}/test.edb"), "a restored database cannot be opened")
        self._counted(one.low, one.high, f"in the set of {one.folder}")
        restored = self._rows()
        if restored != rows[: len(restored)]:
            raise LostRows(f"the set in {one.folder} has other rows than those that were committed", self.last)
        self._call("JetTerm", instance=INSTANCE)


def _invocation(act: Act) -> tuple[str, dict[str, Any]]:
    if act.rows:
        return "Insert", {**DATABASE, "rows": act.rows}
    return "JetBackupInstance", {"instance": INSTANCE, "path": act.folder, "grbit": act.grbit}


@dataclass
class Sample:
    """What was sampled: how many rounds were played, what they counted, and why some could not be played."""

    played: int = 0
    count: Counter[str] = field(default_factory=Counter)
    missed: dict[str, None] = field(default_factory=dict)

    @property
    def guarantee(self) -> str:
        """What was looked at."""
        counted = ", ".join(f"{what} {number:,}" for what, number in sorted(self.count.items()))
        return f"sampled: {self.played} histories with a kill: {counted or 'none'}"


def sample(laboratory: Laboratory, seed: int, found: Sample) -> tuple[History | None, Nonconformity] | None:
    """Rounds until one fails, or the budget or their number ends; the history that failed."""
    laboratory.kill_at_crashes()
    for number, plan in enumerate(rounds(seed)):
        if not laboratory.within_budget() or (number >= ROUNDS and laboratory.budget is None):
            return None
        history = None
        try:
            with laboratory.history(f"kill {number + 1}") as history:
                Killing(history, found.count).play(plan)
        except NotMade as reason:
            found.missed[f"kills of an engine that needs it: {reason}"] = None
            return None
        except Nonconformity as problem:
            return history, problem
        found.played += 1
    return None
