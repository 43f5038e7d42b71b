"""What a systematic walk saw of the cells, and where calls led on this engine."""

from dataclasses import dataclass, field

from ..model.cells import Action, Cell, Node


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
    edges: dict[Node, dict[Node, Step]] = field(default_factory=dict)  # where calls and actions led on this engine

    def credit(self, cell_id: str, *, certain: bool) -> None:
        """A return was judged in that cell."""
        (self.covered if certain else self.exercised).add(cell_id)

    def saw(self, code: int, *, at_hold_point: bool) -> None:
        """JetBackupInstance returned that code."""
        self.codes.setdefault(code, set()).add("at a hold point" if at_hold_point else "forced")
