"""The form of the model's tables: a row a cause, a program a long call, a profile a contract.

The allowed codes at a stage follow from the rows alone (DESIGN.md section 3): with M and m the codes of the must and may
rows that hold, M + m where M is not empty, else m and success. An ordered profile takes the first row that holds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from .calls import Call, Stage
from .predicates import holds
from .state import Control
from .vocabulary import JetErr


class Force(Enum):
    """What a row that holds does: a must forbids success, a may permits a code, a success row is one way to succeed."""

    MUST = "must"
    MAY = "may"
    SUCCESS = "success"


class Flavour(Enum):
    """Engines of one source that differ: the open-source build, Windows' own DLL, and the open-source build under Wine."""

    ESE = "ese"
    ESENT = "esent"
    WINE = "wine"


MUST, MAY, SUCCESS = Force.MUST, Force.MAY, Force.SUCCESS

ENTER = (Stage.ISSUED,)
WORK = (Stage.WAITING, Stage.ENTERING, Stage.DATABASES, Stage.LOGS, Stage.TRUNCATING, Stage.WORKING)
WAITING = (Stage.WAITING,)
WORKING = (Stage.WORKING,)
COPYING = (Stage.DATABASES, Stage.LOGS)
DATABASES = (Stage.DATABASES,)
LOGS = (Stage.LOGS,)
TRUNCATING = (Stage.TRUNCATING,)
LEAVE = (Stage.LEAVING,)

DIES = None
"""The outcome of a row after which the engine's process ends."""


class Answered(Enum):
    """The outcome of a row by which a call returns what its status callback answered, whatever failure that was [PF]."""

    CODE = "what the callback answered"


ANSWERED = Answered.CODE


@dataclass(frozen=True, eq=False)
class Row:
    """One cause of one outcome, with the citation of the rule. Rows are compared by identity: each is written once."""

    id: str
    calls: tuple[str, ...]
    at: tuple[Stage, ...]
    condition: str  # names of predicates joined by " & ", each perhaps after "not "
    code: JetErr | Answered | None  # None: the process dies
    force: Force
    citation: str
    move: str = ""  # what it does to the control state; empty: only what leaving the call always does
    inside: bool = False  # the cause arises only once the call is under way: it is about what the call itself has begun
    flavour: Flavour | None = None  # the engine that alone has this row; None: all have it

    def holds(self, control: Control, call: Call) -> bool:
        """Whether the cause is there."""
        return holds(self.condition, control, call)

    @property
    def outcome(self) -> str:
        """The code as people read it."""
        if isinstance(self.code, Answered):
            return self.code.value
        return "dies" if self.code is None else f"{int(self.code)} {self.code.name}"

    @property
    def number(self) -> int | None:
        """The code as a number; None where the process dies, or the code is whatever the callback answered."""
        return int(self.code) if isinstance(self.code, JetErr) else None

    @property
    def fails(self) -> bool:
        """Whether it ends a call with a failure, or the process."""
        return not isinstance(self.code, JetErr) or self.code < 0

    @property
    def at_text(self) -> str:
        """The place in the call, as in DESIGN.md: enter, work or leave, with the stages where they are not all of it."""
        if self.at == ENTER:
            return "enter"
        if self.at in (WORK, LEAVE):
            return "work" if self.at == WORK else "leave"
        return "work: " + ", ".join(stage.value for stage in self.at)


@dataclass(frozen=True)
class ProgramStep:
    """A stage of a long call: the move made when the call gets there, and what it waits for before it goes on."""

    stage: Stage
    move: str = ""
    until: str = ""


@dataclass(frozen=True)
class Profile:
    """One contract: its rows, the programs of its long calls, and whether its rows are tried in order."""

    name: str
    ordered: bool
    rows: tuple[Row, ...]
    programs: Mapping[str, tuple[ProgramStep, ...]]
    abandon: Mapping[str, str]  # the move of a long call that fails after it entered
    breaks: Mapping[str, str] = field(default_factory=dict)  # invariants that this contract does not keep, and how

    def rows_of(self, call: str) -> tuple[Row, ...]:
        """The rows of one call, in the order of the table."""
        return tuple(row for row in self.rows if call in row.calls)

    def row(self, row_id: str) -> Row:
        """The row of that id; KeyError when there is none."""
        for row in self.rows:
            if row.id == row_id:
                return row
        raise KeyError(row_id)


def merge(*tables: tuple[Row, ...]) -> tuple[Row, ...]:
    """The tables joined; ValueError when two rows have one id or a row has no citation."""
    rows = tuple(row for table in tables for row in table)
    ids = [row.id for row in rows]
    twice = sorted({row_id for row_id in ids if ids.count(row_id) > 1})
    uncited = [row.id for row in rows if not row.citation]
    if twice or uncited:
        raise ValueError(f"rows with one id: {twice}; rows without a citation: {uncited}")
    return rows
