"""What a systematic walk saw of the cells, and where calls led on this engine."""

from collections import Counter
from dataclasses import dataclass, field

from ..model.cells import Action, Cell, Node
from ..model.state import View, view
from .deviation_cells import DeviationCells
from .exercised import CallInState, CodeCount, Exercised, packed


@dataclass
class Step:
    """What can be done in a node: make the call of a cell, or an action."""

    cell: Cell | None = None
    action: Action | None = None


@dataclass
class Coverage:
    """What was seen of the cells, over all domains."""

    known: dict[str, str] = field(default_factory=dict)  # cells of the states that were reached: id -> label
    covered: set[str] = field(default_factory=set)
    exercised: set[str] = field(default_factory=set)
    skipped: dict[str, str] = field(default_factory=dict)  # why a cell could not be made on this engine
    codes: dict[int, set[str]] = field(default_factory=dict)  # codes of JetBackupInstance: "forced", "at a hold point"
    reachable: set[int] = field(default_factory=set)  # codes of JetBackupInstance allowed in a state that was reached
    lacking: set[str] = field(default_factory=set)  # capabilities that were wanted and are not there
    places: dict[str, tuple[str, View]] = field(
        default_factory=dict
    )  # of each known cell: its call, and in which state
    allowed: dict[tuple[str, View], Counter[int | None]] = field(default_factory=dict)  # there, cells by allowed code
    returned: dict[str, set[int]] = field(default_factory=dict)  # by cell
    deviations: DeviationCells | None = None
    edges: dict[Node, dict[Node, Step]] = field(default_factory=dict)  # where calls and actions led on this engine

    def know(self, cell: Cell) -> None:
        """The engine was brought to where that cell is."""
        if cell.id in self.known:
            return
        self.known[cell.id] = f"{cell.call.label()} in {cell.node.label()}"
        place = self.places[cell.id] = (cell.call.name, view(cell.node.control))
        self.allowed.setdefault(place, Counter()).update(cell.codes)
        if cell.call.name == "JetBackupInstance":
            self.reachable |= {code for code in cell.codes if code is not None}

    def credit(self, cell: Cell, code: int, *, certain: bool) -> None:
        """A return was judged in that cell."""
        (self.covered if certain else self.exercised).add(cell.id)
        self.returned.setdefault(cell.id, set()).add(code)
        if self.deviations is not None:
            self.deviations.judged(cell, code)

    def saw(self, code: int, *, at_hold_point: bool) -> None:
        """JetBackupInstance returned that code."""
        self.codes.setdefault(code, set()).add("at a hold point" if at_hold_point else "forced")

    def exercised_cells(self) -> Exercised:
        """All of that in sum, as a report carries it."""
        cells, covered = Counter(self.places.values()), Counter(self.places[cell] for cell in self.returned)
        counts: dict[tuple[str, View], Counter[int]] = {}
        for cell, codes in self.returned.items():
            counts.setdefault(self.places[cell], Counter()).update(codes)
        order = list(View)
        calls = [
            CallInState(
                call=call,
                state=state.value,
                cells=cells[call, state],
                covered=covered[call, state],
                codes=_counts(allowed, counts.get((call, state), Counter())),
            )
            for (call, state), allowed in sorted(
                self.allowed.items(), key=lambda item: (item[0][0], order.index(item[0][1]))
            )
        ]
        moves = {(view(one.control), view(other.control)) for one, ways in self.edges.items() for other in ways}
        made = sorted((one.value, other.value) for one, other in moves if one is not other)
        return Exercised(calls=calls, returned=packed(self.returned), moves=made)


def _counts(allowed: Counter[int | None], returned: Counter[int]) -> dict[str, CodeCount]:
    codes = sorted((code for code in {*allowed, *returned} if code is not None), reverse=True)
    found = {str(code): CodeCount(allowed[code], returned[code]) for code in codes}
    return found | ({"dies": CodeCount(allowed[None], 0)} if allowed[None] else {})
