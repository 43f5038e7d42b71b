"""The engine with one caller alone: its third runtime, in which nothing waits and everything is counted.

For whoever makes the same history again and again, on files of his own: time and unique values are those of the last
time, so every write is the same, to the byte.
"""

from collections.abc import Hashable
from types import TracebackType

from .runtime import Monitor, Mutex, Runtime
from .scheduled import EPOCH, TICK


class _Free:
    """A lock that nobody else could hold. Who waits in it waits for ever: RuntimeError."""

    def __enter__(self) -> bool:
        return True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """Nobody waits for it."""

    def wait(self) -> bool:
        raise RuntimeError("a call waits for another, and there is none")

    def notify_all(self) -> None:
        """Nobody waits in it."""


class LoneRuntime(Runtime):
    """One caller. `life` counts the engine processes over the same files: no two give out the same unique values."""

    def __init__(self, life: int = 1) -> None:
        self._life = life
        self._unique = 0
        self._ticks = 0

    def mutex(self, name: str) -> Mutex:  # noqa: ARG002 - nobody ever asks who waits
        return _Free()

    def monitor(self, name: str) -> Monitor:  # noqa: ARG002
        return _Free()

    def current(self) -> Hashable:
        return "alone"

    def now(self) -> float:
        self._ticks += 1
        return EPOCH + self._life * 1000 + self._ticks * TICK

    def unique(self) -> bytes:
        self._unique += 1
        return (self._life << 64 | self._unique).to_bytes(16, "big")

    def elapsed(self) -> float:
        return 0.0

    def wait_for(self, monitor: Monitor, seconds: float) -> None:  # noqa: ARG002
        monitor.wait()
