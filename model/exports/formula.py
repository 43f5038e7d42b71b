"""Formulas over named conditions: what guards are made of, before they are written in some language."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Is:
    """The condition of that name holds."""

    name: str


@dataclass(frozen=True)
class Not:
    """The formula does not hold."""

    formula: "Formula"


@dataclass(frozen=True)
class All:
    """Every one of them holds."""

    formulas: "tuple[Formula, ...]"


@dataclass(frozen=True)
class Any:
    """One of them holds."""

    formulas: "tuple[Formula, ...]"


Formula = Is | Not | All | Any

TRUE = All(())
FALSE = Any(())


def all_of(formulas: Iterable[Formula]) -> Formula:
    """Their conjunction, without what says nothing."""
    kept = tuple(dict.fromkeys(one for formula in formulas for one in _parts(formula, All)))
    if FALSE in kept:
        return FALSE
    return kept[0] if len(kept) == 1 else All(kept)


def any_of(formulas: Iterable[Formula]) -> Formula:
    """Their disjunction, without what says nothing."""
    kept = tuple(dict.fromkeys(one for formula in formulas for one in _parts(formula, Any)))
    if TRUE in kept:
        return TRUE
    return kept[0] if len(kept) == 1 else Any(kept)


def negated(formula: Formula) -> Formula:
    """The formula does not hold."""
    if isinstance(formula, Not):
        return formula.formula
    if formula in (TRUE, FALSE):
        return FALSE if formula == TRUE else TRUE
    return Not(formula)


def names(formula: Formula) -> Iterator[str]:
    """The names in it, from left to right."""
    if isinstance(formula, Is):
        yield formula.name
    elif isinstance(formula, Not):
        yield from names(formula.formula)
    else:
        for one in formula.formulas:
            yield from names(one)


def _parts(formula: Formula, kind: type[All] | type[Any]) -> tuple[Formula, ...]:
    return formula.formulas if isinstance(formula, kind) else (formula,)
