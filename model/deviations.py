"""Deviations: where one engine breaks the pages, as data; and the contract that is left when they are taken into account.

A deviation names what of the contract does not bind that engine, and the rows and clauses of the engine's own profile that
are allowed in their stead (DESIGN.md section 4). The overlay allows what the contract allows, and beside it what a deviation
names, where the engine itself would take that row: with the row's own condition, and in the engine's own order.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import Enum

from .clause import Clause
from .effects import CLAUSES
from .guards.documented import DOCUMENTED
from .guards.ese import ESE
from .rows import Force, Profile, ProgramStep, Row

OF_ENGINE = "ese/"
"""Before the id of a row or a clause that the overlay has from the engine's profile: some ids are in both."""


class Harm(Enum):
    """What a deviation costs whoever relied on the page; the worst first."""

    DATA = "data"
    SERVICE = "service"
    CODE = "code"


@dataclass(frozen=True)
class Deviation:
    """One cause for which an engine breaks its pages. Ids are those of the rows and clauses of the two profiles."""

    id: str
    harm: Harm
    reason: str
    source: str
    page: str
    hurts: str
    replaces: tuple[str, ...] = ()  # must rows and clauses of the contract that do not bind the engine here
    by: tuple[str, ...] = ()  # rows and clauses of the engine that are allowed in their stead
    programs: tuple[str, ...] = ()  # calls that go through the engine's stages, not through those of the contract
    observed: tuple[str, ...] = ()  # names of the traces that show it
    expires: date | None = None  # from that day on it is judged as if it were not there


@dataclass(frozen=True)
class Overlaid(Profile):
    """A contract with deviations: its rows are those of the contract, then those of the engine that are allowed beside them."""

    contract: Profile = DOCUMENTED
    engine: Profile = ESE
    borrowed: Mapping[Row, Row] = field(default_factory=dict)  # rows of the engine, and what they are called here
    replaced: frozenset[str] = frozenset()  # must rows of the contract that do not bind
    reprogrammed: frozenset[str] = frozenset()  # calls with the engine's program
    clauses: tuple[Clause, ...] = ()


def overlay(
    deviations: Iterable[Deviation], *, name: str, contract: Profile = DOCUMENTED, engine: Profile = ESE
) -> Overlaid:
    """The contract overlaid with these deviations. ValueError, in one line, for what neither profile has."""
    deviations = tuple(deviations)
    for one in deviations:
        check(one, contract, engine)
    by = {wanted for one in deviations for wanted in one.by}
    replaced = {wanted for one in deviations for wanted in one.replaces}
    programs = frozenset(call for one in deviations for call in one.programs)
    borrowed = {row: _borrowed(row) for row in engine.rows if row.id in by}
    clauses = (
        *(clause for clause in CLAUSES[contract.name] if clause.id not in replaced),
        *(replace(clause, id=OF_ENGINE + clause.id) for clause in CLAUSES[engine.name] if clause.id in by),
    )
    return Overlaid(
        name=name,
        ordered=contract.ordered,
        rows=(*contract.rows, *borrowed.values()),
        programs=_programs(contract.programs, engine.programs, programs),
        abandon={**contract.abandon, **{call: engine.abandon[call] for call in programs}},
        contract=contract,
        engine=engine,
        borrowed=borrowed,
        replaced=frozenset(replaced),
        reprogrammed=programs,
        clauses=clauses,
    )


def clauses_of(profile: Profile) -> tuple[Clause, ...]:
    """The effect clauses of a profile, overlaid or not."""
    return profile.clauses if isinstance(profile, Overlaid) else CLAUSES[profile.name]


def check(one: Deviation, contract: Profile = DOCUMENTED, engine: Profile = ESE) -> None:
    """ValueError, in one line, when the deviation names what is not there, or changes nothing."""
    binding = {row.id for row in contract.rows if row.force is Force.MUST} | {
        clause.id for clause in CLAUSES[contract.name]
    }
    known = {row.id for row in engine.rows} | {clause.id for clause in CLAUSES[engine.name]}
    _known(one, "replaces", one.replaces, binding.__contains__, f"a must row or a clause of {contract.name}")
    _known(one, "by", one.by, known.__contains__, f"a row or a clause of {engine.name}")
    _known(one, "programs", one.programs, engine.programs.__contains__, f"a long call of {engine.name}")
    if not (one.replaces or one.by or one.programs):
        raise ValueError(f"{one.id}: it changes nothing: replaces, by and programs are all empty")


def _known(one: Deviation, key: str, ids: Iterable[str], test: Callable[[str], bool], expected: str) -> None:
    for wanted in ids:
        if not test(wanted):
            raise ValueError(f"{one.id}: {key}: {wanted!r} is not {expected}")


def _borrowed(row: Row) -> Row:
    return replace(row, id=OF_ENGINE + row.id, force=row.force if row.force is Force.SUCCESS else Force.MAY)


def _programs(
    contract: Mapping[str, tuple[ProgramStep, ...]], engine: Mapping[str, tuple[ProgramStep, ...]], taken: Iterable[str]
) -> dict[str, tuple[ProgramStep, ...]]:
    return {**contract, **{call: engine[call] for call in taken}}
