"""Tables made of the model for people: the guards of a call, codes by state, and where the profiles differ."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from .cells import Graph
from .difference import differences
from .rows import Profile, Row
from .state import View, view
from .step import Stepper
from .vocabulary import DOCUMENTED_CODES, code_name

GUARD_HEADERS = ("row", "at", "condition", "outcome", "force", "citation")
DIFF_HEADERS = ("call", "situation", "documented says", "ese does", "why")
BACKUP = "JetBackupInstance"


class Share(Enum):
    """How exclusive a code is in the cells of one state."""

    NEVER = "never"
    SEVERAL = "always one of several codes"
    SOMETIMES = "in some cells the only code"
    ONLY = "the only code wherever it is allowed"


class Heat(NamedTuple):
    """In how many cells a code is allowed, and in how many of these it is the only one."""

    allowed: int = 0
    alone: int = 0

    @property
    def share(self) -> Share:
        """Never, one of several, or the only one."""
        if not self.allowed:
            return Share.NEVER
        if not self.alone:
            return Share.SEVERAL
        return Share.ONLY if self.alone == self.allowed else Share.SOMETIMES

    @property
    def text(self) -> str:
        """The count of cells, and in brackets that of the cells where it is the only code."""
        if not self.allowed:
            return ""
        return f"{self.allowed} ({self.alone})" if self.alone else str(self.allowed)


@dataclass(frozen=True)
class HeatTable:
    """Codes of JetBackupInstance by the state of the instance; None among the codes is the death of the engine."""

    profile: str
    codes: tuple[int | None, ...]
    cells: Mapping[View, int]
    heat: Mapping[tuple[int | None, View], Heat]

    @property
    def headers(self) -> tuple[str, ...]:
        """The first column, then the states with their number of cells."""
        return ("code", *(f"{state.value}, {self.cells.get(state, 0)} cells" for state in View))

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """A row a code."""
        return tuple((outcome_text(code), *(self.at(code, state).text for state in View)) for code in self.codes)

    def at(self, code: int | None, state: View) -> Heat:
        """One entry."""
        return self.heat.get((code, state), Heat())


def heat(stepper: Stepper, graphs: Iterable[Graph]) -> HeatTable:
    """Code by state over the cells of JetBackupInstance in the explored domains, each cell counted once."""
    cells = {
        cell.id: cell
        for graph in graphs
        for entries in graph.cells.values()
        for cell in entries
        if cell.call.name == BACKUP
    }
    totals: dict[View, int] = defaultdict(int)
    counts: dict[tuple[int | None, View], Heat] = defaultdict(Heat)
    for cell in cells.values():
        state = view(cell.node.control)
        totals[state] += 1
        for code in cell.codes:
            allowed, alone = counts[code, state]
            counts[code, state] = Heat(allowed + 1, alone + (len(cell.codes) == 1))
    listed = tuple(int(code) for code in DOCUMENTED_CODES)
    others = {code for code, _ in counts if code not in listed}
    further = sorted(others, key=lambda code: (code is None, -(code or 0)))
    return HeatTable(stepper.profile.name, (*listed, *further), dict(totals), dict(counts))


def outcome_text(code: int | None) -> str:
    """`-505 BackupInProgress`, or that the engine dies."""
    return "dies" if code is None else code_name(code)


def guard_table(profile: Profile, call: str) -> tuple[tuple[str, ...], ...]:
    """The rows of a call in the order of the table: id, place, condition, outcome, force, citation."""
    return tuple(
        (row.id, row.at_text, row.condition or "always", row.outcome, row.force.value, row.citation)
        for row in profile.rows_of(call)
    )


def diff(documented: Profile, ese: Profile) -> tuple[tuple[str, ...], ...]:
    """Situation by situation what each profile answers where the answers differ, with both citations and why."""
    return tuple(
        (", ".join(one.calls), one.situation, _answer(one.documented), _answer(one.ese), one.why)
        for one in differences(documented, ese)
    )


def _answer(rows: tuple[Row, ...]) -> str:
    lines = (f"{row.outcome}: {row.force.value}, {row.at_text}; {row.id} [{row.citation}]" for row in rows)
    return "\n".join(lines) or "no row"


def to_markdown(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown: pipes are escaped, a line break within a cell becomes `<br>`."""
    lines = [_line(headers), _line(["---"] * len(headers)), *(_line(row) for row in rows)]
    return "\n".join(lines) + "\n"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.translate(_ESCAPES) for cell in cells)} |"


_ESCAPES = str.maketrans({"\\": "\\\\", "|": "\\|", "<": "&lt;", "\n": "<br>"})
