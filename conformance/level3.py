"""Level 3, restorability: back up while writing, remove the original, restore, and compare every row.

Scenarios are literal data. Each is one history, so that a finding can be reduced and replayed like any other: the judge knows
which rows a set must hold at least and may hold at most, and where the engine lets one read rows, they are compared one by one.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from .environment import PUT_FILES
from .history import History, Nonconformity
from .inflight import NotMade
from .laboratory import Laboratory
from .level3_parts import LostRows, Parts
from .level3_scenarios import FULL, INCREMENTAL, TRANSACTION, Backup, Scenario


@dataclass
class Run(Parts):
    """One scenario on one history, to the last row of each of its sets."""

    exercised: Counter[str]

    def __post_init__(self) -> None:
        super().__post_init__()
        self.to: str | None = None  # where the databases were restored; None: in their places

    def play(self) -> None:
        """Do everything. Raises Nonconformity."""
        self.begin(create=True)
        for part in self.scenario.parts:
            self.do(part)
        committed = self._all_rows()
        stays = self.scenario.over or self.scenario.in_place or self.scenario.copied
        self._come_back(self.scenario.restore, None if stays else "rst", committed)
        for number, folder in enumerate(folder for folder in self.made if folder != self.scenario.restore):
            self._come_back(folder, f"rst{number}", committed)
        self._live_on()

    def _come_back(self, folder: str, to: str | None, committed: list[list[str]]) -> None:
        """Restore a set, and compare every database."""
        self.call("JetTerm", instance="i1")
        self.to = to
        self._restore(folder)
        for number, path in enumerate(self.scenario.databases):
            self._compare(number, path, committed[number])

    def _put_back(self, folder: str) -> None:
        """The copy of the frozen files takes the place of what is there, and recovery makes it whole."""
        self.history.fault(PUT_FILES, folder)
        self.create()
        self.exercised["sets restored"] += 1
        code = self.call("JetInit", instance="i1")
        if code < 0:
            raise LostRows(f"the copy in {folder} does not recover: {code}", self.last)
        self.call("JetBeginSession", instance="i1", session="s1")

    def _restore(self, folder: str) -> None:
        if self.to is None and self.scenario.copied:
            self._put_back(folder)
            return
        if self.to is not None or not self.scenario.over:
            for place in sorted({"db", *(path.rpartition("/")[0] for path in self.scenario.databases)}):
                self.history.fault("empty-directory", place)
        if self.to is not None:
            self.history.fault("make-directory", self.to)
        self.create()
        code = self.call("JetRestoreInstance", instance="i1", path=folder, destination=self.to)
        self.exercised["sets restored"] += 1
        if code < 0:
            raise LostRows(f"the set in {folder} does not restore: {code}", self.last)
        self.call("JetInit", instance="i1")
        self.call("JetBeginSession", instance="i1", session="s1")

    def _place(self, path: str) -> str:
        """Where a database is after the restore."""
        return path if self.to is None else f"{self.to}/{path.rpartition('/')[2]}"

    def _live_on(self) -> None:
        """What came back is as good as any database: it is written to, its process dies, it recovers, and is backed up."""
        for number, _ in enumerate(self.scenario.databases):
            self.insert(number, TRANSACTION)
        rows = self._all_rows()
        self.history.fault("crash")
        self.create()
        self.call("JetInit", instance="i1")
        self.call("JetBeginSession", instance="i1", session="s1")
        for number, path in enumerate(self.scenario.databases):
            self.open(number, self._place(path))
            self.call("CountRows", session="s1", database=f"d{number}")
            if self._rows(number) != rows[number]:
                raise LostRows(f"{self._place(path)}: other rows than before its process died", self.last)
        folder, grbit = next(reversed(self.made.items()), (self.scenario.restore, FULL))
        if self.back_up(Backup(folder, grbit | INCREMENTAL)) >= 0:
            self._come_back(folder, "again", rows)

    def _all_rows(self) -> list[list[str]]:
        return [self._rows(number) for number, _ in enumerate(self.scenario.databases)]

    def _rows(self, number: int) -> list[str]:
        """Every row, where the engine lets one read them."""
        if "rows" not in self.history.capabilities:
            return []
        err, rows = self.history.rows("s1", f"d{number}")
        return rows if err == 0 else []

    def _compare(self, number: int, path: str, committed: list[str]) -> None:
        """The judge compares the count; here the rows: a beginning of what was committed, cut between transactions."""
        place = self._place(path)
        self.open(number, place)
        self.call("CountRows", session="s1", database=f"d{number}")
        self._look_at_marks(place)
        restored = self._rows(number)
        if "rows" not in self.history.capabilities:
            return
        self.exercised["rows compared"] += len(restored)
        if restored != committed[: len(restored)]:
            first = next(i for i, row in enumerate(restored) if i >= len(committed) or row != committed[i])
            raise LostRows(f"{place}: row {first + 1} is not the one that was committed there", self.last)
        if len(restored) not in _cuts(self.written[number]):
            raise LostRows(f"{place}: {len(restored)} rows are not a whole number of transactions", self.last)
        if self.scenario.over and len(restored) != len(committed):
            raise LostRows(f"{place}: {len(committed)} rows were committed, {len(restored)} rolled forward", self.last)

    def _look_at_marks(self, place: str) -> None:
        """A restored database may remember its backups, but none that never was [BI: headers]."""
        marks = self.history.header(place) if "header" in self.history.capabilities else None
        for slot, (low, high, *_) in (marks or {}).items():
            if low > high or bool(low) != bool(high):
                raise LostRows(f"{place}: its header tells of a backup ({slot}) with logs {low} to {high}", self.last)


def _cuts(inserts: list[int]) -> set[int]:
    """The numbers of rows between two transactions."""
    sizes = [min(TRANSACTION, rows - start) for rows in inserts for start in range(0, rows, TRANSACTION)]
    return {0, *accumulate(sizes)}


def play_all(
    laboratory: Laboratory, exercised: Counter[str], scenarios: Iterator[Scenario], missed: dict[str, None]
) -> tuple[History, Nonconformity] | None:
    """Play scenarios until one fails or the budget ends; the history that failed. `missed`: why some were not played."""
    for scenario in scenarios:
        if not laboratory.within_budget():
            return None
        with laboratory.history(scenario.name) as history:
            if not set(scenario.needs) <= history.capabilities:
                missed["scenarios with streaming backups or snapshots: the engine does not declare them"] = None
                exercised["lacking"] += 1
                continue
            try:
                Run(scenario, history, exercised).play()
            except NotMade as reason:
                missed[f"scenarios that need it: {reason}"] = None
                exercised["lacking"] += 1
                continue
            except Nonconformity as problem:
                return history, problem
        exercised["scenarios"] += 1
    return None
