"""Level 3, restorability: back up while writing, remove the original, restore, and compare every row.

Scenarios are literal data. Each is one history, so that a finding can be reduced and replayed like any other: the judge knows
which rows a set must hold at least and may hold at most, and where the engine lets one read rows, they are compared one by one.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from random import Random

from ..model.vocabulary import SnapshotGrbit, SnapshotTruncateGrbit
from .environment import COPY_FILES, PUT_FILES
from .history import History, Nonconformity
from .inflight import NotMade
from .laboratory import Laboratory
from .script import can_hold
from .streamer import Streamer

TRANSACTION = 50
"""Rows that Insert commits together at the most (docs/trace-format.md)."""

FULL, INCREMENTAL, ATOMIC, BOTH = 0, 1, 4, 5


@dataclass(frozen=True)
class Insert:
    """Commit rows in a database, by its number in the scenario."""

    rows: int
    database: int = 0


@dataclass(frozen=True)
class Backup:
    """A backup; `during` rows are committed by another client while it is held in a callback of it: the first, or a later."""

    folder: str
    grbit: int = FULL
    during: int = 0
    stopped: bool = False  # it is stopped while it is held
    at: int = 1  # the callback: by the second, pages have been copied that what is committed now will change


@dataclass(frozen=True)
class Streamed:
    """A streaming backup whose client writes what it reads to a folder; `during` rows are committed while it reads."""

    folder: str
    grbit: int = FULL
    during: int = 0
    truncate: bool = True  # otherwise it says at the end that it did


@dataclass(frozen=True)
class Frozen:
    """A snapshot whose client copies the files to a folder; `during` rows wait for the thaw, or are committed at last."""

    folder: str
    during: int = 0


@dataclass(frozen=True)
class NullPath:
    """A call with a null path: it truncates the logs."""


@dataclass(frozen=True)
class Restart:
    """The instance is terminated and initialised again, or its process is killed."""

    crash: bool = False


Part = Insert | Backup | Streamed | Frozen | NullPath | Restart


@dataclass(frozen=True)
class Scenario:
    """Databases, what is done, and from which set all is restored: into an empty place, or over what is there."""

    name: str
    parts: tuple[Part, ...]
    restore: str
    databases: tuple[str, ...] = ("db/test.edb",)
    parameters: tuple[tuple[str, int], ...] = ()
    over: bool = False  # restore to the original place, with the logs that are still there
    in_place: bool = False  # restore to the original place, which was emptied

    @property
    def needs(self) -> tuple[str, ...]:
        """The capabilities without which an engine cannot play it."""
        kinds = {type(part) for part in self.parts}
        return tuple(name for kind, name in ((Streamed, "streaming"), (Frozen, "snapshot")) if kind in kinds)

    @property
    def copied(self) -> bool:
        """Whether what comes back is a copy of frozen files: JetInit recovers them, there is no set [OZ, Remarks]."""
        return any(isinstance(part, Frozen) and part.folder == self.restore for part in self.parts)


W = Insert(120)
SCENARIOS: tuple[Scenario, ...] = (
    Scenario("full", (W, Backup("bk1"), W), "bk1"),
    Scenario("full while writing", (W, Backup("bk1", during=130), W), "bk1"),
    Scenario("full while writing behind the copy", (W, Backup("bk1", during=130, at=2), W), "bk1"),
    Scenario("full of nothing", (Backup("bk1", during=10),), "bk1"),
    Scenario("full, many generations", (Insert(3000), Backup("bk1", during=1500), W), "bk1"),
    Scenario("full, many generations behind the copy", (Insert(3000), Backup("bk1", during=3000, at=2), W), "bk1"),
    Scenario("full and incremental", (W, Backup("bk1"), W, Backup("bk1", INCREMENTAL), W), "bk1"),
    Scenario(
        "full and three incrementals",
        (W, Backup("bk1", during=60), W, Backup("bk1", INCREMENTAL), Insert(3000), Backup("bk1", INCREMENTAL), W,
         Backup("bk1", INCREMENTAL), W),
        "bk1",
    ),
    Scenario("full, restart, incremental", (W, Backup("bk1"), W, Restart(), W, Backup("bk1", INCREMENTAL)), "bk1"),
    Scenario("full, crash, incremental", (W, Backup("bk1"), W, Restart(crash=True), W, Backup("bk1", INCREMENTAL)), "bk1"),
    Scenario("full, null path, incremental", (W, Backup("bk1"), W, NullPath(), W, Backup("bk1", INCREMENTAL)), "bk1"),
    Scenario("full after a null path", (W, NullPath(), W, Backup("bk1"), W, NullPath()), "bk1"),
    Scenario("an older full", (W, Backup("bk1"), W, Backup("bk2"), W, Backup("bk3"), W), "bk1"),
    Scenario("atomic", (W, Backup("bk1", ATOMIC, during=130), W), "bk1"),
    Scenario("atomic twice", (W, Backup("bk1", ATOMIC), W, Backup("bk1", ATOMIC, during=70), W), "bk1"),
    Scenario("atomic, then one that is stopped", (W, Backup("bk1", ATOMIC), W, Backup("bk1", ATOMIC, 20, stopped=True)), "bk1"),
    Scenario("atomic and incremental", (W, Backup("bk1", ATOMIC), W, Backup("bk1", BOTH), W), "bk1"),
    Scenario("stopped, then full", (W, Backup("bk2", during=10, stopped=True), W, Backup("bk1"), W), "bk1"),
    Scenario("circular", (Insert(3000), Backup("bk1", during=500), Insert(3000)), "bk1", parameters=(("circular_log", 1),)),
    Scenario(
        "circular, generations behind the copy", (W, Backup("bk1", during=3000, at=2), W), "bk1",
        parameters=(("circular_log", 1),),
    ),
    Scenario(
        "two databases", (W, Insert(70, 1), Backup("bk1", during=40), Insert(30, 1), Backup("bk1", INCREMENTAL)), "bk1",
        databases=("db/test.edb", "db/second.edb"),
    ),
    Scenario(
        "two databases of one file name", (W, Insert(70, 1), Backup("bk1", during=40)), "bk1",
        databases=("db/test.edb", "db2/test.edb"), in_place=True,
    ),
    Scenario("in place", (W, Backup("bk1", during=50), W), "bk1", in_place=True),
    Scenario("after a crash", (W, Backup("bk1"), W, Restart(crash=True)), "bk1"),
    Scenario("over what is there", (W, Backup("bk1"), W), "bk1", over=True),
    Scenario("streamed", (W, Streamed("bk1"), W), "bk1"),
    Scenario("streamed while writing", (W, Streamed("bk1", during=130), W), "bk1"),
    Scenario("streamed, many generations", (Insert(3000), Streamed("bk1", during=3000), Insert(3000)), "bk1"),
    Scenario(
        "streamed, and two incrementals", (W, Streamed("bk1", during=60), W, Streamed("bk1", INCREMENTAL), Insert(9000),
        Streamed("bk1", INCREMENTAL, during=90), W), "bk1",
    ),
    Scenario("streamed, without truncation", (W, Streamed("bk1", truncate=False), W, Backup("bk2", INCREMENTAL), W), "bk1"),
    Scenario("streamed, then incremental", (W, Streamed("bk1"), W, Backup("bk1", INCREMENTAL), W), "bk1"),
    Scenario("full, then streamed incremental", (W, Backup("bk1"), W, Streamed("bk1", INCREMENTAL), W), "bk1"),
    Scenario("streamed, circular", (W, Streamed("bk1", during=3000), W), "bk1", parameters=(("circular_log", 1),)),
    Scenario(
        "streamed, two databases", (W, Insert(70, 1), Streamed("bk1", during=40), Insert(30, 1), Streamed("bk1", INCREMENTAL)),
        "bk1", databases=("db/test.edb", "db/second.edb"),
    ),
    Scenario("streamed, after a crash", (W, Streamed("bk1", during=20), W, Restart(crash=True)), "bk1"),
    Scenario("streamed, over what is there", (W, Streamed("bk1"), W), "bk1", over=True),
    Scenario("snapshot", (W, Frozen("sn1"), W), "sn1"),
    Scenario("snapshot while writing", (W, Frozen("sn1", during=130), W), "sn1"),
    Scenario("snapshot, many generations", (Insert(3000), Frozen("sn1", during=3000), Insert(3000)), "sn1"),
    Scenario("snapshot after a crash", (W, Restart(crash=True), W, Frozen("sn1"), W), "sn1"),
    Scenario("snapshot, then a crash", (Insert(3000), Frozen("sn1"), W, Restart(crash=True), W, Backup("bk1")), "bk1"),
    Scenario("snapshot, circular", (Insert(3000), Frozen("sn1"), Insert(3000)), "sn1", parameters=(("circular_log", 1),)),
    Scenario("an older snapshot", (W, Frozen("sn1"), W, Frozen("sn2"), W, Backup("bk1"), W), "sn1"),
    Scenario("full, snapshot, incremental", (W, Backup("bk1"), W, Frozen("sn1"), W, Backup("bk1", INCREMENTAL), W), "bk1"),
    Scenario("over what is there, after a crash", (W, Backup("bk1"), Insert(300), Restart(crash=True), W), "bk1", over=True),
)  # fmt: skip


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

    def _call(self, name: str, **args: object) -> int:
        self.last = self.history.make(name, dict(args))
        code = self.history.returned(self.last)
        return code if code is not None else 0

    def _begin(self, *, create: bool) -> None:
        self._call("JetCreateInstance", instance="i1")
        for name, value in self.scenario.parameters:
            self._call("JetSetSystemParameter", instance="i1", parameter=name, value=value)
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
        self._call("JetCreateInstance", instance="i1")
        for name, value in self.scenario.parameters:
            self._call("JetSetSystemParameter", instance="i1", parameter=name, value=value)
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
        self._call("JetCreateInstance", instance="i1")
        for name, value in self.scenario.parameters:
            self._call("JetSetSystemParameter", instance="i1", parameter=name, value=value)
        code = self._call("JetRestoreInstance", instance="i1", path=self.scenario.restore, destination=to)
        self.exercised["sets restored"] += 1
        if code < 0:
            raise LostRows(f"the set in {self.scenario.restore} does not restore: {code}", self.last)
        self._call("JetInit", instance="i1")
        self._call("JetBeginSession", instance="i1", session="s1")

    def _rows(self, number: int) -> list[str]:
        """Every row, where the engine lets one read them."""
        if "rows" not in self.history.capabilities:
            return []
        err, rows = self.history.rows("s1", f"d{number}")
        return rows if err == 0 else []

    def _compare(self, number: int, path: str, committed: list[str]) -> None:
        """The judge compares the count; here the rows: a beginning of what was committed, cut between transactions."""
        stays = self.scenario.over or self.scenario.in_place or self.scenario.copied
        place = path if stays else f"rst/{path.rpartition('/')[2]}"
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


def random_scenarios(seed: int, count: int) -> Iterator[Scenario]:
    """Scenarios put together at random: valid orders of the same parts."""
    random = Random(seed)
    for number in range(count):
        parts: list[Part] = [Insert(random.choice((10, 120, 700)))]
        grbit = random.choice((FULL, ATOMIC))
        parts.append(Backup("bk1", grbit, during=random.choice((0, 30, 400)), at=random.choice((1, 2))))
        for _ in range(random.randrange(1, 6)):
            parts.append(
                random.choice(
                    (
                        Insert(random.choice((10, 120, 1500))),
                        Backup("bk1", INCREMENTAL if grbit == FULL else BOTH),
                        Backup("bk2", ATOMIC, during=random.choice((0, 60))),
                        NullPath(),
                        Restart(crash=random.random() < 0.5),
                        Streamed("bk3", truncate=random.random() < 0.5, during=random.choice((0, 40))),
                    )
                )
            )
        # Logs that a later backup truncated cannot be rolled forward with: then a restore over them may be refused.
        alone = sum(isinstance(part, Backup | Streamed | NullPath) for part in parts) == 1
        yield Scenario(f"random {seed}/{number}", tuple(parts), "bk1", over=alone and random.random() < 0.5)


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
