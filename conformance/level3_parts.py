"""What is done in a scenario of level 3, part by part, on a history."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..model.vocabulary import SnapshotGrbit, SnapshotTruncateGrbit
from .environment import COPY_FILES
from .history import History, Nonconformity
from .level3_scenarios import (
    FULL,
    INCREMENTAL,
    Attach,
    Backup,
    Beside,
    Detach,
    Frozen,
    Insert,
    NewLogs,
    NullPath,
    Reattach,
    Restart,
    Scenario,
    Streamed,
    Without,
)
from .script import can_hold
from .streamer import Streamer


class LostRows(Nonconformity):
    """The rows that came back are not those that were committed."""

    def __init__(self, text: str, call_id: int) -> None:
        super().__init__("data", text, call_id=call_id)


@dataclass
class Parts:
    """Does the parts of one scenario, and knows what was written and which sets were made."""

    scenario: Scenario
    history: History

    def __post_init__(self) -> None:
        self.written: list[list[int]] = [[] for _ in self.scenario.databases]  # rows of each Insert, in order
        self.made: dict[str, int] = {}  # the folders in which there is a set, and the option of the last full one
        self.last = 0

    def call(self, name: str, **args: object) -> int:
        """Make a call; its code, 0 where it is not back yet."""
        self.last = self.history.make(name, dict(args))
        code = self.history.returned(self.last)
        return code if code is not None else 0

    def create(self) -> None:
        """An instance with the parameters of the scenario."""
        self.call("JetCreateInstance", instance="i1")
        for name, value in self.scenario.parameters:
            self.call("JetSetSystemParameter", instance="i1", parameter=name, value=value)

    def begin(self, *, create: bool) -> None:
        """An instance that runs, two sessions, and the databases: made, or attached and opened."""
        self.create()
        self.call("JetInit", instance="i1")
        self.call("JetBeginSession", instance="i1", session="s1")
        self.call("JetBeginSession", instance="i1", session="s2")
        for number, path in enumerate(self.scenario.databases):
            if create:
                if "/" in path and not path.startswith("db/"):
                    self.history.fault("make-directory", path.rpartition("/")[0])
                self.call("JetCreateDatabase", session="s1", database=f"d{number}", path=path)
            else:
                self.open(number, path)

    def open(self, number: int, path: str) -> None:
        """Attach and open a database."""
        self.call("JetAttachDatabase", session="s1", path=path)
        self.call("JetOpenDatabase", session="s1", database=f"d{number}", path=path)

    def do(self, part: object) -> None:
        """One part."""
        _DONE_BY[type(part)](self, part)

    def _truncate(self, _: NullPath) -> None:
        self.call("JetBackupInstance", instance="i1", path=None, grbit=FULL)

    def _restart(self, part: Restart) -> None:
        if part.crash:
            self.history.fault("crash")
        else:
            self.call("JetTerm", instance="i1")
        self.begin(create=False)

    def _begin_logs_anew(self, _: NewLogs) -> None:
        self.call("JetTerm", instance="i1")
        self.history.fault("empty-directory", "db")
        self.begin(create=False)

    def _attach(self, part: Attach) -> None:
        self.open(part.database, self.scenario.databases[part.database])

    def _detach(self, part: Detach) -> None:
        self.call("JetCloseDatabase", session="s1", database=f"d{part.database}")
        self.call("JetDetachDatabase", session="s1", path=self.scenario.databases[part.database])

    def _restore_beside(self, part: Beside) -> None:
        """What is restored elsewhere is a database of its own, which no backup has yet."""
        self.call("JetTerm", instance="i1")
        self.history.fault("make-directory", "beside")
        self.create()
        self.call("JetRestoreInstance", instance="i1", path=part.folder, destination="beside")
        self.call("JetTerm", instance="i1")
        self.begin(create=False)
        for path in self.scenario.databases:
            self.call("JetAttachDatabase", session="s1", path=f"beside/{path.rpartition('/')[2]}")

    def _reattach(self, part: Reattach) -> None:
        for number in part.databases:
            self._detach(Detach(number))
        for number in reversed(part.databases):
            self._attach(Attach(number))

    def _without(self, part: Without) -> None:
        """After JetTerm nothing is needed of a database: the next JetInit must do without it [TM; IN]."""
        database, path = part.database, self.scenario.databases[part.database]
        self.call("JetTerm", instance="i1")
        self.history.fault("empty-directory", path.rpartition("/")[0])
        self.written[database] = []
        self.create()
        if self.call("JetInit", instance="i1") < 0:
            raise LostRows(f"JetInit fails without {path}, although JetTerm left nothing to recover", self.last)
        self.call("JetBeginSession", instance="i1", session="s1")
        self.call("JetBeginSession", instance="i1", session="s2")
        for number, other in enumerate(self.scenario.databases):
            if number != database:
                self.open(number, other)
        self.call("JetCreateDatabase", session="s1", database=f"d{database}", path=path)

    def insert(self, database: int, rows: int, client: str = "A") -> None:
        """Commit rows, and remember that they were."""
        args = {"session": "s1", "database": f"d{database}", "rows": rows}
        self.history.make("Insert", args, client=client)
        self.written[database].append(rows)

    def back_up(self, part: Backup) -> int:
        """Make that backup, with what is done while it is held; its code, -1 where it did not come back."""
        if self.history.judge.ledger.places.get(part.folder) is None:
            self.history.fault("make-directory", part.folder)
        args = {"instance": "i1", "path": part.folder, "grbit": part.grbit}
        point = f"callback:{part.at}"
        hold = point if (part.during or part.stopped) and can_hold(self.history, point) else None
        call_id = self.history.make("JetBackupInstance", args, client="B", hold=hold)
        if call_id in self.history.held():
            if part.during:
                self.insert(0, part.during)
            if part.stopped:
                self.call("JetStopBackupInstance", instance="i1")
            self.history.release(call_id)
        code = self.history.returned(call_id)
        if code == 0 and not part.grbit & INCREMENTAL:
            self.made[part.folder] = part.grbit
        return -1 if code is None else code

    def _stream(self, part: Streamed) -> None:
        def meanwhile() -> None:
            if part.during:
                self.insert(0, part.during)

        def begun() -> None:
            if part.begun:
                self.insert(0, part.begun)

        streamer = Streamer(self.history)
        streamer.back_up(part.folder, grbit=part.grbit, truncate=part.truncate, begun=begun, meanwhile=meanwhile)
        if not part.grbit:
            self.made.setdefault(part.folder, FULL)

    def _freeze(self, part: Frozen) -> None:
        def call(name: str, grbit: int = 0, **args: object) -> None:
            self.history.make(name, {"grbit": int(grbit), **args}, client="B")

        call("JetOSSnapshotPrepare", SnapshotGrbit.CONTINUE_AFTER_THAW)
        call("JetOSSnapshotFreeze", snapshot="last")
        if part.during:
            self.insert(0, part.during)
        self.history.fault(COPY_FILES, part.folder)
        call("JetOSSnapshotThaw", snapshot="last")
        self.history.finish()
        call("JetOSSnapshotTruncateLog", SnapshotTruncateGrbit.ALL_DATABASES, snapshot="last")
        call("JetOSSnapshotEnd", snapshot="last")


_DONE_BY: Mapping[type, Callable[[Parts, Any], object]] = {
    Insert: lambda parts, part: parts.insert(part.database, part.rows),
    Backup: Parts.back_up,
    Streamed: Parts._stream,
    Frozen: Parts._freeze,
    NullPath: Parts._truncate,
    Restart: Parts._restart,
    Reattach: Parts._reattach,
    Detach: Parts._detach,
    Attach: Parts._attach,
    Beside: Parts._restore_beside,
    NewLogs: Parts._begin_logs_anew,
    Without: Parts._without,
}
