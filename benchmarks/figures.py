"""What is measured, and how: CPU time of one thread, and the best of several runs, for noise only ever makes one slower."""

import gc
from collections.abc import Callable
from dataclasses import dataclass
from time import process_time


@dataclass(frozen=True)
class Figure:
    """One line: how many a second, and where it has a yardstick, what fraction of that."""

    what: str
    number: int
    seconds: float
    yardstick: "Figure | None" = None
    unit_is_seconds: bool = False

    @property
    def rate(self) -> float:
        """How many a second."""
        return self.number / self.seconds

    @property
    def text(self) -> str:
        """The rate, or the time where that is what counts."""
        return f"{self.seconds:.2f} s" if self.unit_is_seconds else f"{self.rate:,.0f}"

    @property
    def against(self) -> str:
        """The fraction of the yardstick."""
        return f"{self.rate / self.yardstick.rate:.2f}" if self.yardstick else ""


def best(repeat: int, work: Callable[[], object]) -> float:
    """The seconds of the fastest run; garbage of the runs before is collected first."""
    times = []
    for _ in range(max(1, repeat)):
        gc.collect()
        start = process_time()
        work()
        times.append(process_time() - start)
    return min(times)
