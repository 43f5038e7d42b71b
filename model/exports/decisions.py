"""Decision trees: a function of a control state, written down for all values of the variables on which it depends.

The function is run on a state of which nothing is known. Where it asks for a variable, the tree branches over all of its
values, and the function is run again for each. So a tree is exact for every combination, whether or not it can be reached.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import Generic, NamedTuple, TypeVar

from ..state import Control
from .lazily import UndecidedError, ask, changes, known
from .variables import Value, Variable, flatten, paths_of, record_variables

Outcome = TypeVar("Outcome", bound=Hashable)
Other = TypeVar("Other", bound=Hashable)


class Leaf(NamedTuple, Generic[Outcome]):
    """What the function gives, whatever the variables are that were not asked for."""

    outcome: Outcome


class Branch(NamedTuple, Generic[Outcome]):
    """What it gives depends on this variable: a tree for each of its values."""

    variable: Variable
    children: "tuple[tuple[Value, Tree[Outcome]], ...]"


Tree = Leaf[Outcome] | Branch[Outcome]

Change = tuple[tuple[Variable, Value], ...]
"""What a move sets, in the order of the names; a variable that is not named keeps its value."""

KEEPS = "the value that it has"
"""The outcome for a variable that a move does not set."""


class Space:
    """The values that each variable may have: those of a first state, and whatever moves are found to set."""

    def __init__(self, start: Control) -> None:
        self.start = flatten(start)
        self.values: dict[Variable, dict[Value, None]] = {
            variable: {value: None} for variable, value in self.start.items()
        }

    @property
    def size(self) -> int:
        """How many values there are, of all variables; it only grows."""
        return sum(map(len, self.values.values()))

    def add(self, found: Iterable[tuple[Variable, Value]]) -> None:
        """These values are possible, too. A database that is new here did not exist in the first state."""
        for variable, value in found:
            if variable[0] == "databases" and variable[:2] not in self.values:
                for absent, nothing in record_variables(variable[:2], None):
                    self.start[absent] = nothing
                    self.values[absent] = {nothing: None}
            self.values.setdefault(variable, {})[value] = None

    def decide(self, function: Callable[[Control], Outcome]) -> Tree[Outcome]:
        """The tree of a function of the control state."""
        return self._decide(function, {}, paths_of(self.values))

    def _decide(
        self, function: Callable[[Control], Outcome], values: dict[Variable, Value], paths: tuple[str, ...]
    ) -> Tree[Outcome]:
        try:
            return Leaf(function(known(values, paths)))
        except UndecidedError as undecided:
            variable = undecided.variable
        children = (
            (value, self._decide(function, {**values, variable: value}, paths)) for value in self.values[variable]
        )
        return branch(variable, tuple(children))


def changed(move: Callable[[Control], Control]) -> Callable[[Control], Change | None]:
    """What a move sets of a state that is read lazily; None where the move cannot be made."""

    def what(control: Control) -> Change | None:
        try:
            return tuple(sorted(changes(move(control)).items()))
        except (AssertionError, ValueError):  # the rows do not ask a move for what it cannot do
            return None

    return what


def agreeing(one: Callable[[Control], Control], other: Callable[[Control], Control]) -> Callable[[Control], bool]:
    """Whether two moves lead to the same state; they do not where one of them cannot be made."""

    def agree(control: Control) -> bool:
        left, right = changed(one)(control), changed(other)(control)
        if left is None or right is None:
            return False
        sets, others = dict(left), dict(right)
        return all(
            (sets[variable] if variable in sets else ask(control, variable))
            == (others[variable] if variable in others else ask(control, variable))
            for variable in sorted({*sets, *others})
        )

    return agree


def branch(variable: Variable, children: "tuple[tuple[Value, Tree[Outcome]], ...]") -> Tree[Outcome]:
    """A branch, or its one child where all are alike."""
    first = children[0][1]
    return first if all(child == first for _, child in children) else Branch(variable, children)


def mapped(tree: Tree[Outcome], change: Callable[[Outcome], Other]) -> Tree[Other]:
    """The tree with another outcome for each."""
    if isinstance(tree, Leaf):
        return Leaf(change(tree.outcome))
    return branch(tree.variable, tuple((value, mapped(child, change)) for value, child in tree.children))


def outcomes(tree: Tree[Outcome]) -> Iterator[Outcome]:
    """Every outcome, from left to right."""
    if isinstance(tree, Leaf):
        yield tree.outcome
    else:
        for _, child in tree.children:
            yield from outcomes(child)


def setting(tree: Tree[Change | None], variable: Variable) -> Tree[Value]:
    """What a move sets this variable to: a value, or `KEEPS`."""
    return _simple(mapped(tree, lambda change: dict(change or ()).get(variable, KEEPS)), variable)


def _simple(tree: Tree[Value], variable: Variable) -> Tree[Value]:
    """The same, said shorter where a branch on the variable itself sets all other values to one."""
    if isinstance(tree, Leaf):
        return tree
    if tree.variable != variable:
        return branch(tree.variable, tuple((value, _simple(child, variable)) for value, child in tree.children))
    leaves = [(value, child.outcome) for value, child in tree.children if isinstance(child, Leaf)]
    becomes = {value if outcome == KEEPS else outcome for value, outcome in leaves}
    return Leaf(becomes.pop()) if len(leaves) == len(tree.children) and len(becomes) == 1 else tree


def value_of(tree: Tree[Outcome], values: Mapping[Variable, Value]) -> Outcome:
    """What the function gives for these values."""
    while isinstance(tree, Branch):
        wanted = values[tree.variable]
        tree = next(child for value, child in tree.children if value == wanted)
    return tree.outcome
