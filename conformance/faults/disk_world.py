"""The world of scheduled histories on a disk that fails: tasks, of which another may go on before every operation of the disk."""

from collections.abc import Callable
from typing import NamedTuple, cast

from ...model.faults import permitted
from ..adapter import Observer
from ..schedules.scenario import Scenario, Setup
from ..schedules.scheduler import Scheduler
from ..schedules.tasks import Tasks
from ..schedules.world import Execution, Recorder, Schedulable, World, kept, taken_up
from ..trace import CallEvent, Event, FaultEvent, ReturnEvent
from .disk import Disk
from .image import Image
from .kinds import LOOKS, REMOVES, Kind, role_of
from .operations import Change, Meddling, Operation
from .permitted import left_behind
from .persistence import Recording, Tree
from .scenarios import DATABASE, SESSION
from .struck_judge import Struck
from .verdict import Broken

TIDYING = frozenset({*LOOKS, *REMOVES, "rename"})
"""Operations that tidying up takes."""

OnDiskFactory = Callable[[Tasks, Disk], Schedulable]
"""Makes a fresh engine on these tasks, whose files all lie on this disk. It can be pickled together with the disk."""


class Befallen(NamedTuple):
    """What happened in one execution, and to its disk until the clients had ended.

    `fitting`: operations that the kind of fault could be played at. `left`: what a backup that failed left behind.
    `happened`: by the number of changes of the disk, how many events there were before the next one.
    """

    execution: Execution
    kind: Kind | None
    struck: tuple[Struck, ...]
    fitting: int
    left: Broken | None
    image: Image
    recording: Recording
    happened: dict[int, int]

    def before(self, changes: int) -> int:
        """The events that a crash after so many changes comes after: all that happened before the next change."""
        return self.happened.get(changes, self.happened[-1])


class DiskWorld(World):
    """An engine that was set up on a whole disk, and on which scenarios that begin there can be executed."""

    def __init__(self, factory: OnDiskFactory, setup: Setup) -> None:
        self._disk = Disk()
        self.rows: tuple[str, ...] = ()  # that were there when it was set up
        super().__init__(lambda tasks: factory(tasks, self._disk), setup)

    def _keep(self, adapter: Schedulable) -> bytes:
        err, rows = cast(Observer, adapter).rows(SESSION, DATABASE)
        self.rows = tuple(rows) if err >= 0 else ()
        return kept((adapter, self._disk), self.tasks)

    def befall(
        self, scenario: Scenario, scheduler: Scheduler, kind: Kind | None, number: int, *, on_strike: Callable[[], None]
    ) -> Befallen:
        """The clients of a scenario, of whose operations that fit that kind the `number`-th fails; then whole again."""
        adapter, disk = taken_up(self._kept, self.tasks)
        record = _DiskRecorder(self.tasks, adapter, disk, kind, number, first_id=self._first_id, on_strike=on_strike)
        self.tasks.clock = 0.0
        self.tasks.on_time = record.time_passed
        start = Tree.of(disk)
        disk.changes, disk.meddler = [], record.meddle
        execution = self._executed(record, scenario, scheduler, record.over)
        recording = Recording(start, record.changes)
        struck, left = tuple(record.struck), record.left
        return Befallen(execution, kind, struck, record.fitting, left, disk.image(), recording, record.happened)


class _DiskRecorder(Recorder):
    """Notes what happens, lets others go on before every operation of the disk, and makes one of them fail."""

    def __init__(
        self,
        tasks: Tasks,
        adapter: Schedulable,
        disk: Disk,
        kind: Kind | None,
        number: int,
        *,
        first_id: int,
        on_strike: Callable[[], None],
    ) -> None:
        super().__init__(tasks, adapter, first_id=first_id)
        self.struck: list[Struck] = []
        self.fitting = 0
        self.left: Broken | None = None
        self.happened: dict[int, int] = {}
        self.changes: list[Change] = []
        self._disk = disk
        self._kind = kind
        self._number = number
        self._on_strike = on_strike
        self._calls: dict[str, int] = {}  # the last call of each client
        self._backups: dict[int, tuple[str, Image]] = {}  # under way: the folder, and the disk when it began
        self._crowded: set[int] = set()  # backups beside which there was another: who left what nobody can tell

    def over(self) -> None:
        """The clients have ended: the disk is whole again, and no crash comes any more."""
        self.changes = self._disk.changes or []
        self.happened[-1] = len(self.events)
        self._disk.changes = self._disk.meddler = None

    def meddle(self, operation: Operation) -> Meddling | None:
        """What becomes of an operation, once it is its task's turn."""
        self.switch(operation.kind, operation.path)
        self.happened[len(self._disk.changes or ())] = len(self.events)
        kind = self._kind
        if kind is None or operation.kind not in kind.at:
            return None
        self.fitting += 1
        if self.fitting != self._number and not (kind.stays and self.struck):
            return None
        client = self._tasks.running
        if not self.struck:
            target = f"{operation.kind} {operation.number}, {operation.path}, in the call of {client}"
            self.note(FaultEvent(kind=kind.name, target=target))
            self._on_strike()
        self.struck.append(Struck(len(self.events), self._calls.get(client, 0), operation.path, operation.kind))
        return kind.meddling(operation)

    def note(self, event: Event) -> None:
        super().note(event)
        if isinstance(event, CallEvent):
            self._calls[event.client] = event.id
            if event.call == "JetBackupInstance":
                self._backups[event.id] = (str(event.args["path"] or ""), self._disk.image())
                if len(self._backups) > 1:
                    self._crowded.update(self._backups)
        elif isinstance(event, ReturnEvent) and event.id in self._backups:
            folder, before = self._backups.pop(event.id)
            if event.err < 0 and event.id not in self._crowded and self.left is None and not self._hindered(event):
                self.left = left_behind(folder, before, self._disk.image(), self._kind if self.struck else None)

    def _hindered(self, event: ReturnEvent) -> bool:
        """Whether the call failed for a reason of its own, and the fault then struck the tidying up: what cannot be looked at,
        moved or removed stays, and no page says otherwise.
        """
        struck = [one for one in self.struck if one.call_id == event.id and one.operation in TIDYING]
        if self._kind is None or not struck:
            return False
        rows = permitted("JetBackupInstance", self._kind.cause, role_of(struck[0].path))
        return event.err not in [int(row.code) for row in rows]
