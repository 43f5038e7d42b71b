"""The rules of a domain as guarded options over flat variables: what the exports to model checkers are written from.

Predicates and moves are translated by machine, for every value of the variables (`decisions.py`). How the rows of a stage
combine, must and may, precedence, programs and doom, is said here anew, from DESIGN.md section 3 and not through
`Stepper`: a checker that finds the same states and transitions from these rules confirms both, and the exploration.
"""

from dataclasses import dataclass, field

from ..calls import Call, Stage
from ..domain import Domain
from ..rows import Profile
from .decisions import Tree
from .formula import Formula
from .variables import Value, Variable

IDLE, DONE, FIRST = 0, 1, 2
"""The points of a caller without a call, and of one whose call is over and has only to return; the first of all others."""

OWING = "owing"
"""The condition that the caller's call is doomed and owes a code; it is about the caller, not about the instance."""


@dataclass(frozen=True)
class Point:
    """How far a call is: what a caller's number means."""

    number: int
    call: Call
    stage: Stage
    inside: bool  # a backup that this call makes is in progress

    @property
    def label(self) -> str:
        """For example `JetBackupInstance(empty, full) copying logs`."""
        return f"{self.call.label()} {self.stage.value}"


@dataclass(frozen=True)
class Effect:
    """What a step does to the variables, all of them at once; those that are not named keep their values."""

    number: int
    what: str
    sets: tuple[tuple[Variable, Tree[Value]], ...]
    cannot: Tree[bool]  # where the move cannot be made; never met in a sound model


@dataclass(frozen=True)
class Option:
    """One way in which a call goes on from a point."""

    point: int
    guard: Formula
    goes: int
    effect: int = 0  # the number of one, or 0: nothing changes
    rows: tuple[str, ...] = ()  # the ids of the rows that decide so
    owes: tuple[Formula, ...] = ()  # of a call that is doomed: the rows of which it owes those that hold


@dataclass(frozen=True)
class Broken:
    """A state in which an invariant is broken, with that many calls inside a backup (2: two or more)."""

    invariant: str
    inside: int
    when: Tree[bool]


@dataclass
class Rules:
    """The rules of one profile on one domain."""

    profile: Profile
    domain: Domain
    callers: int
    start: dict[Variable, Value]
    values: dict[Variable, tuple[Value, ...]]
    points: tuple[Point, ...]
    predicates: dict[str, Tree[bool]] = field(default_factory=dict)
    rows: dict[str, Formula] = field(default_factory=dict)  # each row's condition, over predicates
    options: list[Option] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    moving: dict[int, Formula] = field(
        default_factory=dict
    )  # by point: whether the call can go on, or its process dies
    broken: tuple[Broken, ...] = ()

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The variables that have more than one value; the others are constants and need not be written."""
        return tuple(sorted(variable for variable, values in self.values.items() if len(values) > 1))

    @property
    def issued(self) -> tuple[int, ...]:
        """The point of each call when it is made."""
        return tuple(self.point(call, Stage.ISSUED) for call in self.domain.calls)

    def point(self, call: Call, stage: Stage) -> int:
        """The number of a point. KeyError when a call never gets there."""
        return self._numbers[call, stage]

    def __post_init__(self) -> None:
        self._numbers = {(point.call, point.stage): point.number for point in self.points}
