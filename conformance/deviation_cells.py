"""Which deviations of a file show in the cells of a run: those that the engine still has, and those that it has no more."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from ..model.cells import Cell, cell_at
from ..model.deviations import OF_ENGINE, Deviation
from ..model.overlay import stepper_of
from ..model.rows import Profile
from .deviating import expired, in_force
from .exercised import DeviationsSeen


class DeviationCells:
    """Looks at every cell that is covered: what would the pages alone allow there?"""

    def __init__(self, pages: Profile, deviations: Sequence[Deviation], file: Path) -> None:
        self._pages = stepper_of(pages)
        self._deviations = in_force(deviations)
        self._expired = expired(deviations)
        self._file = file
        self._seen: Counter[str] = Counter()
        self._possible: set[str] = set()

    def judged(self, cell: Cell, code: int) -> None:
        """The call of a cell came back with that code."""
        allowed = cell_at(self._pages, cell.node, cell.call).codes
        for other in cell.codes - allowed:
            names = {one.id for one in self._allowing(cell, other)}
            self._possible |= names
            if other == code:
                self._seen.update(names)

    def _allowing(self, cell: Cell, code: int | None) -> list[Deviation]:
        """The deviations because of which the code is allowed here: their rows give it, or they lift what forbids it."""
        rows = {outcome.row.removeprefix(OF_ENGINE) for outcome in cell.outcomes if outcome.code == code}
        giving = [one for one in self._deviations if rows & set(one.by)]
        lifting = [one for one in self._deviations if set(cell.guards) & set(one.replaces)]
        return [one for one in giving if one in lifting] or giving or lifting

    def summary(self) -> DeviationsSeen:
        """What became of each deviation of the file."""
        ids = [one.id for one in self._deviations]
        return DeviationsSeen(
            file=self._file.name,
            known={name: self._seen[name] for name in ids if self._seen[name]},
            healed=[name for name in ids if name in self._possible and not self._seen[name]],
            not_exercised=[name for name in ids if name not in self._possible],
            expired={one.id: str(one.expires) for one in self._expired},
        )
