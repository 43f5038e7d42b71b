"""Names and expressions of rules, in the syntax of a checker's language."""

from collections.abc import Callable, Iterator
from enum import Enum
from typing import NamedTuple

from .decisions import Branch, Leaf, Outcome, Tree
from .formula import FALSE, TRUE, All, Formula, Is, Not
from .rules import DONE, FIRST, IDLE, Rules
from .variables import Value, Variable, paths_of


class Syntax(NamedTuple):
    """How a language writes expressions."""

    true: str
    false: str
    equal: str
    both: str
    either: str
    no: str
    choice: str  # with `{test}`, `{yes}` and `{no}`
    constant: str = "{}"  # the name of a value


class Names:
    """The identifiers of the variables, values and points of rules."""

    def __init__(self, rules: Rules, syntax: Syntax) -> None:
        self.rules, self.syntax = rules, syntax
        self.paths = paths_of(rules.values)
        self._calls = {call: f"c{number}" for number, call in enumerate(rules.domain.calls, 1)}

    def variable(self, variable: Variable) -> str:
        """For example `phase`, `streaming_kind`, `db1_attached`."""
        if variable[0] == "databases":
            return "_".join((f"db{self.paths.index(variable[1]) + 1}", *variable[2:]))
        return variable[1] if variable[0] == "configuration" else "_".join(variable)

    def is_boolean(self, variable: Variable) -> bool:
        """Whether its values are true and false."""
        return all(isinstance(value, bool) for value in self.rules.values[variable])

    def value(self, variable: Variable, value: Value) -> str:
        """The name of a value, for example `Phase_RUNNING`."""
        if isinstance(value, bool):
            return self.syntax.true if value else self.syntax.false
        if isinstance(value, Enum):
            return self.syntax.constant.format(f"{type(value).__name__}_{value.name}")
        number = self.rules.values[variable].index(value)
        return self.syntax.constant.format(f"{self.variable(variable)}_{number}")

    def constants(self) -> Iterator[tuple[str, int, str]]:
        """The name of each value that is not true or false, its number, and what it means."""
        written = set()
        for variable in self.rules.variables:
            values = self.rules.values[variable]
            for value in () if self.is_boolean(variable) else values:
                name = self.value(variable, value)
                if name not in written:
                    written.add(name)
                    yield name, _number(value, values), _said(value)

    def meaning(self, variable: Variable) -> str:
        """The variable as the model names it."""
        return ".".join(variable)

    def point(self, number: int) -> str:
        """The name of a point, for example `c7_LOGS`, `DONE`."""
        if number in (IDLE, DONE):
            return "DONE" if number == DONE else "IDLE"
        point = self.rules.points[number - FIRST]
        return f"{self._calls[point.call]}_{point.stage.name}"


def _number(value: Value, values: tuple[Value, ...]) -> int:
    return list(type(value)).index(value) if isinstance(value, Enum) else values.index(value)


def _said(value: Value) -> str:
    if isinstance(value, Enum):
        return str(value.value)
    return f"{value!r}".replace("*/", "* /")


def identifier(name: str) -> str:
    """The name of a row or of a predicate as an identifier."""
    return "".join(letter if letter.isalnum() else "_" for letter in name)


def formula(one: Formula, syntax: Syntax, name: Callable[[str], str]) -> str:
    """A formula; `name` writes a name in it."""
    if isinstance(one, Is):
        return name(one.name)
    if isinstance(one, Not):
        return f"{syntax.no}({formula(one.formula, syntax, name)})"
    if one in (TRUE, FALSE):
        return syntax.true if one == TRUE else syntax.false
    between = syntax.both if isinstance(one, All) else syntax.either
    return "(" + f" {between} ".join(formula(part, syntax, name) for part in one.formulas) + ")"


def test(tree: Tree[bool], names: Names) -> str:
    """Whether what the tree says is so."""
    syntax = names.syntax
    if isinstance(tree, Leaf):
        return syntax.true if tree.outcome else syntax.false
    parts = []
    for values, child in _alike(tree):
        here = _among(tree.variable, values, names)
        if child == Leaf(True):
            parts.append(here)
        elif child != Leaf(False):
            parts.append(f"({here} {syntax.both} {test(child, names)})")
    return parts[0] if len(parts) == 1 else "(" + f" {syntax.either} ".join(parts) + ")"


def chosen(tree: Tree[Value], names: Names, leaf: Callable[[Value], str]) -> str:
    """The value that the tree gives; `leaf` writes one."""
    if isinstance(tree, Leaf):
        return leaf(tree.outcome)
    *some, (_, rest) = _alike(tree)
    written = chosen(rest, names, leaf)
    for values, child in reversed(some):
        asked = _among(tree.variable, values, names)
        written = names.syntax.choice.format(test=asked, yes=chosen(child, names, leaf), no=written)
    return written


def _alike(tree: Branch[Outcome]) -> list[tuple[list[Value], Tree[Outcome]]]:
    """The different trees below a branch, each with the values that lead to it; the one with the most values is the last."""
    found: dict[Tree[Outcome], list[Value]] = {}
    for value, child in tree.children:
        found.setdefault(child, []).append(value)
    return sorted(((values, child) for child, values in found.items()), key=lambda one: len(one[0]))


def _among(variable: Variable, values: list[Value], names: Names) -> str:
    """Whether the variable has one of these values."""
    syntax, name = names.syntax, names.variable(variable)
    if names.is_boolean(variable):
        return name if values == [True] else f"{syntax.no}{name}"
    others = [value for value in names.rules.values[variable] if value not in values]
    if len(others) < len(values):
        return f"{syntax.no}({_equal(variable, others, names)})"
    return _equal(variable, values, names)


def _equal(variable: Variable, values: list[Value], names: Names) -> str:
    parts = [f"{names.variable(variable)} {names.syntax.equal} {names.value(variable, value)}" for value in values]
    return parts[0] if len(parts) == 1 else "(" + f" {names.syntax.either} ".join(parts) + ")"
