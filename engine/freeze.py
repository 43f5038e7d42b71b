"""The freeze of a snapshot: no write goes to the databases and logs of the instances in it [OZ, success].

Every write happens under the data lock of an instance, and that of a frozen one lets nobody in. The time-out needs no
thread: whoever looks at the freeze, or waits for its end, notices that its time is over [OZ, Remarks].
"""

from dataclasses import dataclass, field
from enum import Enum
from types import TracebackType
from typing import TYPE_CHECKING

from ..model.vocabulary import SnapshotGrbit
from .events import EventId
from .runtime import Monitor, Runtime

if TYPE_CHECKING:
    from .instance import Instance

DEFAULT_TIMEOUT = 70.0
"""Seconds between Freeze and Thaw [BP: JET_paramOSSnapshotTimeout; C27]."""


class SnapshotState(Enum):
    """Where a snapshot session is. FREEZING: no new write begins, but one may be under way still."""

    PREPARED = "prepared"
    FREEZING = "freezing"
    FREEZE_FAILED = "freeze failed"
    FROZEN = "frozen"
    TIMED_OUT = "timed out"
    THAWED = "thawed"


COVERING = frozenset({SnapshotState.FREEZING, SnapshotState.FROZEN, SnapshotState.THAWED})
"""The states in which the snapshot is a backup in process for the instances in it [BE: BackupInProgress; C29]."""


@dataclass(eq=False)
class Snapshot:
    """The one snapshot session of a process; `generations` is the log that was current when an instance froze."""

    id: int
    grbit: SnapshotGrbit
    state: SnapshotState = SnapshotState.PREPARED
    chosen: list[int] = field(default_factory=list)
    members: dict[int, "Instance"] = field(default_factory=dict)
    generations: dict[int, int] = field(default_factory=dict)
    deadline: float = 0.0


class Freezer:
    """The snapshot session, if there is one, and its clock. Guarded by the engine's monitor, which every caller holds."""

    def __init__(self, runtime: Runtime, monitor: Monitor) -> None:
        self.timeout = DEFAULT_TIMEOUT
        self._runtime = runtime
        self._monitor = monitor
        self._session: Snapshot | None = None
        self._passed = 0.0

    @property
    def session(self) -> Snapshot | None:
        """The session as it is now: its freeze may have timed out since anyone looked."""
        self._expire()
        return self._session

    def begin(self, session: Snapshot) -> None:
        """A session is prepared."""
        self._session = session

    def covers(self, handle: int) -> bool:
        """Whether an instance is part of a snapshot that froze and has not ended."""
        session = self.session
        return session is not None and session.state in COVERING and handle in session.members

    def freeze(self, session: Snapshot) -> None:
        """From now on no write begins; those under way are to be waited for, without the monitor."""
        session.state = SnapshotState.FREEZING
        for instance in session.members.values():
            instance.data.frozen = True

    def frozen(self, session: Snapshot) -> None:
        """The last write has ended: the time runs."""
        session.state = SnapshotState.FROZEN
        session.deadline = self._now() + self.timeout
        self._monitor.notify_all()  # who waits already learns until when

    def fail(self, session: Snapshot) -> None:
        """The freeze was refused or broken off: the engine keeps running normally [OZ, failure]."""
        session.state = SnapshotState.FREEZE_FAILED
        self.lift()

    def lift(self) -> None:
        """Writes go on."""
        if self._session is not None:
            for instance in self._session.members.values():
                instance.data.frozen = False
        self._monitor.notify_all()

    def thaw(self, session: Snapshot) -> None:
        """Writes go on, and so does the session."""
        self.lift()
        session.state = SnapshotState.THAWED

    def end(self) -> None:
        """The session is over, and the next one may be prepared."""
        self.lift()
        self._session = None

    def forget(self, handle: int) -> None:
        """An instance is gone; whoever still waits for its thaw must not wait for ever."""
        instance = self._session.members.pop(handle, None) if self._session is not None else None
        if instance is not None:
            instance.data.frozen = False
            self._monitor.notify_all()

    def wait(self) -> None:
        """Wait until something changes, or the freeze times out."""
        session = self.session
        if session is not None and session.state is SnapshotState.FROZEN:
            self._runtime.wait_for(self._monitor, session.deadline - self._now())
        elif session is not None and session.state is SnapshotState.FREEZING:
            self._monitor.wait()

    def pass_time(self, seconds: float) -> None:
        """Move the clock, as if so much time had passed."""
        self._passed += seconds
        self._expire()
        self._monitor.notify_all()

    def _now(self) -> float:
        return self._runtime.elapsed() + self._passed

    def _expire(self) -> None:
        session = self._session
        if session is None or session.state is not SnapshotState.FROZEN or self._now() < session.deadline:
            return
        session.state = SnapshotState.TIMED_OUT
        for instance in session.members.values():
            instance.note(EventId.SNAPSHOT_TIMED_OUT, f"snapshot {session.id} timed out: writes go on")
        self.lift()


class Gate:
    """The data lock of an instance: a mutex that lets nobody in while the instance is frozen."""

    def __init__(self, runtime: Runtime, monitor: Monitor, freezer: Freezer, name: str) -> None:
        self.frozen = False
        self._mutex = runtime.mutex(name)
        self._monitor = monitor
        self._freezer = freezer

    def __enter__(self) -> bool:
        while True:
            if self.frozen:
                with self._monitor:
                    while self.frozen:
                        self._freezer.wait()
            self._mutex.__enter__()
            if not self.frozen:
                return True
            self._mutex.__exit__(None, None, None)  # the freeze came first: it waits for those who are in, not for us

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self._mutex.__exit__(kind, error, trace)

    def drain(self) -> None:
        """Wait until whoever is in has left."""
        with self._mutex:
            pass
