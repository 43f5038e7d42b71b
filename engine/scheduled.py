"""The engine on tasks that take turns: its second runtime, for whoever decides at every step which of them goes on.

The tasks are somebody else's; what they must offer is `Tasks`. Time is theirs too, and unique values are counted, so that
the same decisions make the same history, to the byte.
"""

from collections.abc import Hashable
from typing import Protocol

from .runtime import Monitor, Mutex, Runtime

EPOCH = 1_461_000_000.0
"""The time at which every history begins, in seconds since the epoch."""

TICK = 0.001
"""Seconds between any two readings of the clock, so that no two backup sets are of the same time."""


class Tasks(Protocol):
    """Tasks of which one runs at a time, until it comes to a switch point."""

    @property
    def running(self) -> str:
        """The name of the task that runs now; empty where none does."""

    @property
    def clock(self) -> float:
        """Seconds that passed while all tasks waited."""

    def mutex(self, name: str) -> Mutex:
        """A mutex that tasks wait for."""

    def monitor(self, name: str) -> Monitor:
        """A monitor that tasks wait for, and in."""

    def wait_for(self, monitor: Monitor, seconds: float) -> None:
        """Wait in a monitor until told, or until so much time passed."""

    def switch(self, operation: str, subject: str) -> None:
        """A switch point: another task may go on before the one that runs does that."""


class TaskRuntime(Runtime):
    """Tasks instead of threads."""

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks
        self._unique = 0
        self._ticks = 0

    def mutex(self, name: str) -> Mutex:
        return self._tasks.mutex(name)

    def monitor(self, name: str) -> Monitor:
        return self._tasks.monitor(name)

    def current(self) -> Hashable:
        return self._tasks.running

    def now(self) -> float:
        self._ticks += 1
        return EPOCH + self._ticks * TICK + self._tasks.clock

    def unique(self) -> bytes:
        self._unique += 1
        return self._unique.to_bytes(16, "big")

    def elapsed(self) -> float:
        return self._tasks.clock

    def wait_for(self, monitor: Monitor, seconds: float) -> None:
        self._tasks.wait_for(monitor, seconds)

    def reach(self, call: str, point: str, detail: str) -> None:
        self._tasks.switch(f"{point} of {call}", detail)
