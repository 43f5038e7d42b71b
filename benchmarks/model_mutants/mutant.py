"""A mutant of the model: one row of one table changed, patched in from outside, in a process that ends with it."""

from collections.abc import Callable
from dataclasses import dataclass

from jetconform.model.rows import Row


@dataclass(frozen=True)
class Mutant:
    """One change. `rows`: the guard rows before and after it; where neither holds, nothing has changed."""

    table: str
    row: str
    kind: str
    detail: str
    apply: Callable[[], None]
    profile: str = ""  # of guard rows and programs
    calls: frozenset[str] = frozenset()  # which may answer otherwise, of that profile
    rows: tuple[Row, ...] = ()
    trigger: str = ""  # of a lifecycle row

    @property
    def name(self) -> str:
        """What it is called in the listing: the same on every machine and in every run."""
        return f"{self.table} {self.row}: {self.kind}{' ' if self.detail else ''}{self.detail}"
