"""The one interface through which the engine blocks, tells the time and draws unique values.

No other module knows of threads, so that the same engine can run on threads or on tasks under a scheduler.
"""

import os
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Hashable
from types import TracebackType
from typing import Protocol


class Mutex(Protocol):
    """Mutual exclusion for a `with` block; not reentrant."""

    def __enter__(self) -> bool: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...


class Monitor(Mutex, Protocol):
    """A mutex whose holder can wait until another holder says that something changed."""

    def wait(self) -> bool: ...

    def notify_all(self) -> None: ...


class Runtime(ABC):
    """What the engine needs of the world besides files."""

    @abstractmethod
    def mutex(self, name: str) -> Mutex:
        """A new mutex; `name` is for people who read why a call waits."""

    @abstractmethod
    def monitor(self, name: str) -> Monitor:
        """A new monitor."""

    @abstractmethod
    def current(self) -> Hashable:
        """Who is running: the caller's thread or task."""

    @abstractmethod
    def now(self) -> float:
        """Seconds since the epoch, for time marks in headers; nothing is ordered by them but backup sets."""

    @abstractmethod
    def unique(self) -> bytes:
        """Sixteen bytes that no other call returns: signatures and log identities."""

    @abstractmethod
    def elapsed(self) -> float:
        """Seconds since some moment; it never goes back. Only time-outs are measured by it."""

    @abstractmethod
    def wait_for(self, monitor: Monitor, seconds: float) -> None:
        """Wait as `monitor.wait()` does, for so many seconds at most."""

    def reach(self, call: str, point: str, detail: str) -> None:  # noqa: B027 - a hook: most runtimes have no use for it
        """`call` came to the hold point `point`; it goes on when this returns. No lock is held."""


class ThreadRuntime(Runtime):
    """Operating-system threads."""

    def mutex(self, name: str) -> Mutex:  # noqa: ARG002 - a debugger shows where a thread waits
        return threading.Lock()

    def monitor(self, name: str) -> Monitor:  # noqa: ARG002
        return _ThreadMonitor()

    def current(self) -> Hashable:
        return threading.get_ident()

    def now(self) -> float:
        return time.time()

    def unique(self) -> bytes:
        return os.urandom(16)

    def elapsed(self) -> float:
        return time.monotonic()

    def wait_for(self, monitor: Monitor, seconds: float) -> None:
        if isinstance(monitor, _ThreadMonitor):
            monitor.wait(max(seconds, 0.0))
        else:
            monitor.wait()


class _ThreadMonitor(threading.Condition):
    """A Condition over a plain lock: the engine never takes it twice."""

    def __init__(self) -> None:
        super().__init__(threading.Lock())

    def wait(self, timeout: float | None = None) -> bool:
        return super().wait(timeout)
