"""Level 3, restorability: back up while writing, remove the original, restore, and compare every row.

Scenarios are literal data. Each is one history, so that a finding can be reduced and replayed like any other: the judge knows
which rows a set must hold at least and may hold at most, and where the engine lets one read rows, they are compared one by one.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from ..model.vocabulary import SnapshotGrbit, SnapshotTruncateGrbit
from .environment import COPY_FILES, PUT_FILES
from .history import History, Nonconformity
from .inflight import NotMade
from .laboratory import Laboratory
from .level3_scenarios import (
    FULL,
    TRANSACTION,
    Backup,
    Frozen,
    Insert,
    NullPath,
    Part,
    Reattach,
    Restart,
    Scenario,
    Streamed,
)
from .script import can_hold
from .streamer import Streamer


class LostRows(Nonconformity):
    """The rows that came back are not those that were committed."""

    def __init__(self, text: str, call_id: int) -> None:
        super().__init__("data", text, call_id=call_id)


@dataclass
class Run:
    """One scenario on one history."""

    scenario: Scenario
    history: History
    exercised: Counter[str]

    def __post_init__(self) -> None:
        self.written: list[list[int]] = [[] for _ in self.scenario.databases]  # rows of each Insert, in order
        self.last = 0

    def play(self) -> None:
        """Do everything. Raises Nonconformity."""
        self._begin(create=True)
        for part in self.scenario.parts:
            self._do(part)
        rows = [self._rows(number) for number, _ in enumerate(self.scenario.databases)]
        self._call("JetTerm", instance="i1")
        self._restore()
        for number, path in enumerate(self.scenario.databases):
            self._compare(number, path, rows[number])
        self._live_on()

    def _call(self, name: str, **args: object) -> int:
        self.last = self.history.make(name, dict(args))
        code = self.history.returned(self.last)
        return code if code is not None else 0

    def _create(self) -> None:
        self._call("JetCreateInstance", instance="i1")
        for name, value in self.scenario.parameters:
            self._call("JetSetSystemParameter", instance="i1", parameter=name, value=value)

    def _begin(self, *, create: bool) -> None:
        self._create()
        self._call("JetInit", instance="i1")
        self._call("JetBeginSession", instance="i1", session="s1")
        self._call("JetBeginSession", instance="i1", session="s2")
        for number, path in enumerate(self.scenario.databases):
            if create:
                if "/" in path and not path.startswith("db/"):
                    self.history.fault("make-directory", path.rpartition("/")[0])
                self._call("JetCreateDatabase", session="s1", database=f"d{number}", path=path)
            else:
                self._open(number, path)

    def _open(self, number: int, path: str) -> None:
        self._call("JetAttachDatabase", session="s1", path=path)
        self._call("JetOpenDatabase", session="s1", database=f"d{number}", path=path)

    def _do(self, part: Part) -> None:
        match part:
            case Insert(rows, database):
                self._insert(database, rows)
            case Backup():
                self._backup(part)
            case Streamed():
                self._stream(part)
            case Frozen():
                self._freeze(part)
            case NullPath():
                self._call("JetBackupInstance", instance="i1", path=None, grbit=FULL)
            case Restart(crash=True):
                self.history.fault("crash")
                self._begin(create=False)
            case Reattach(database):
                path = self.scenario.databases[database]
                self._call("JetCloseDatabase", session="s1", database=f"d{database}")
                self._call("JetDetachDatabase", session="s1", path=path)
                self._open(database, path)
            case Restart():
                self._call("JetTerm", instance="i1")
                self._begin(create=False)

    def _insert(self, database: int, rows: int, client: str = "A") -> None:
        args = {"session": "s1", "database": f"d{database}", "rows": rows}
        self.history.make("Insert", args, client=client)
        self.written[database].append(rows)

    def _backup(self, part: Backup) -> None:
        if self.history.judge.ledger.places.get(part.folder) is None:
            self.history.fault("make-directory", part.folder)
        args = {"instance": "i1", "path": part.folder, "grbit": part.grbit}
        point = f"callback:{part.at}"
        hold = point if (part.during or part.stopped) and can_hold(self.history, point) else None
        call_id = self.history.make("JetBackupInstance", args, client="B", hold=hold)
        if call_id in self.history.held():
            if part.during:
                self._insert(0, part.during)
            if part.stopped:
                self._call("JetStopBackupInstance", instance="i1")
            self.history.release(call_id)

    def _stream(self, part: Streamed) -> None:
        def meanwhile() -> None:
            if part.during:
                self._insert(0, part.during)

        Streamer(self.history).back_up(part.folder, grbit=part.grbit, truncate=part.truncate, meanwhile=meanwhile)

    def _freeze(self, part: Frozen) -> None:
        def call(name: str, grbit: int = 0, **args: object) -> None:
            self.history.make(name, {"grbit": int(grbit), **args}, client="B")

        call("JetOSSnapshotPrepare", SnapshotGrbit.CONTINUE_AFTER_THAW)
        call("JetOSSnapshotFreeze", snapshot="last")
        if part.during:
            self._insert(0, part.during)
        self.history.fault(COPY_FILES, part.folder)
        call("JetOSSnapshotThaw", snapshot="last")
        self.history.finish()
        call("JetOSSnapshotTruncateLog", SnapshotTruncateGrbit.ALL_DATABASES, snapshot="last")
        call("JetOSSnapshotEnd", snapshot="last")

    def _put_back(self) -> None:
        """The copy of the frozen files takes the place of what is there, and recovery makes it whole."""
        self.history.fault(PUT_FILES, self.scenario.restore)
        self._create()
        self.exercised["sets restored"] += 1
        code = self._call("JetInit", instance="i1")
        if code < 0:
            raise LostRows(f"the copy in {self.scenario.restore} does not recover: {code}", self.last)
        self._call("JetBeginSession", instance="i1", session="s1")

    def _restore(self) -> None:
        if self.scenario.copied:
            self._put_back()
            return
        to = None if self.scenario.over or self.scenario.in_place else "rst"
        if not self.scenario.over:
            for folder in sorted({"db", *(path.rpartition("/")[0] for path in self.scenario.databases)}):
                self.history.fault("empty-directory", folder)
        if to is not None:
            self.history.fault("make-directory", to)
        self._create()
        code = self._call("JetRestoreInstance", instance="i1", path=self.scenario.restore, destination=to)
        self.exercised["sets restored"] += 1
        if code < 0:
            raise LostRows(f"the set in {self.scenario.restore} does not restore: {code}", self.last)
        self._call("JetInit", instance="i1")
        self._call("JetBeginSession", instance="i1", session="s1")

    def _place(self, path: str) -> str:
        """Where a database is after the restore."""
        stays = self.scenario.over or self.scenario.in_place or self.scenario.copied
        return path if stays else f"rst/{path.rpartition('/')[2]}"

    def _live_on(self) -> None:
        """What came back is as good as any database: it is written to, its process dies, and it recovers."""
        for number, _ in enumerate(self.scenario.databases):
            self._insert(number, TRANSACTION)
        rows = [self._rows(number) for number, _ in enumerate(self.scenario.databases)]
        self.history.fault("crash")
        self._create()
        self._call("JetInit", instance="i1")
        self._call("JetBeginSession", instance="i1", session="s1")
        for number, path in enumerate(self.scenario.databases):
            self._open(number, self._place(path))
            self._call("CountRows", session="s1", database=f"d{number}")
            if self._rows(number) != rows[number]:
                raise LostRows(f"{self._place(path)}: other rows than before its process died", self.last)

    def _rows(self, number: int) -> list[str]:
        """Every row, where the engine lets one read them."""
        if "rows" not in self.history.capabilities:
            return []
        err, rows = self.history.rows("s1", f"d{number}")
        return rows if err == 0 else []

    def _compare(self, number: int, path: str, committed: list[str]) -> None:
        """The judge compares the count; here the rows: a beginning of what was committed, cut between transactions."""
        place = self._place(path)
        self._open(number, place)
        self._call("CountRows", session="s1", database=f"d{number}")
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
