"""What is proven of the tables by exploring them to the end: one report for both profiles (DESIGN.md section 3).

Nothing here is sampled. A verdict holds for the named domains, all of whose states are visited.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from . import census
from .calls import Stage
from .cells import Graph, explore, released
from .compile import STAGE_ORDER, RememberingStepper, Table, backing_up, broken_backup
from .domain import Domain
from .domains import THREE_CALLERS, TWO_CALLERS
from .domains_external import TWO_STREAMING
from .explore import Exploration, search
from .file_domains import domains_of
from .guards.documented import DOCUMENTED
from .guards.ese import ESE, UNREACHABLE
from .invariants import INVARIANTS, LATER_STAGE, RETURNS
from .rows import Profile
from .step import Stepper
from .vocabulary import DOCUMENTED_CODES, JetErr
from .witness import Witness, witnesses

CALLERS: tuple[tuple[Domain, int], ...] = (
    (TWO_CALLERS, 1), (TWO_CALLERS, 2), (TWO_STREAMING, 2), (THREE_CALLERS, 3),
)  # fmt: skip

"""What is explored with callers that make calls at once, and how many of them."""

PROFILES: tuple[tuple[Profile, Mapping[JetErr, str]], ...] = ((DOCUMENTED, {}), (ESE, UNREACHABLE))
"""The profiles, each with the documented codes that it says are out of reach, and why."""
UPDATE = "run `jetconform model verify --update` and add a line to CHANGELOG.md"


def _unheard(_: str) -> None:
    """Progress that nobody wants to hear."""


@dataclass(frozen=True)
class Check:
    """One thing that must hold: on what it was shown, or what speaks against it."""

    name: str
    shown_on: str
    problems: tuple[str, ...] = ()
    broken_by: str = ""  # what the profile says of it, where it is known not to hold

    @property
    def passed(self) -> bool:
        """Whether nothing speaks against it; of what is known not to hold, whether that was seen."""
        return bool(self.problems) == bool(self.broken_by)


@dataclass(frozen=True)
class ProfileReport:
    """What was found of one profile."""

    profile: str
    domains: tuple[census.DomainCount, ...]
    explorations: tuple[Exploration, ...]
    witnesses: Mapping[int | None, Witness]
    unreachable: Mapping[JetErr, str]
    overlaps: census.Overlaps
    checks: tuple[Check, ...]

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """What is committed: by domain, with the number of callers where several make calls."""
        found = {one.name: {"nodes": one.nodes, "cells": one.cells, "new": one.new} for one in self.domains}
        for one in self.explorations:
            name = exploration_name(one.domain, one.callers)
            found[name] = {"states": one.states, "transitions": one.transitions}
        return found


@dataclass(frozen=True)
class Report:
    """What was found of all profiles."""

    profiles: tuple[ProfileReport, ...]
    committed: Check

    @property
    def counts(self) -> dict[str, dict[str, dict[str, int]]]:
        """All counts, as they are committed."""
        return {one.profile: one.counts for one in self.profiles}

    @property
    def passed(self) -> bool:
        """Whether all is proven and the counts are those committed."""
        return self.committed.passed and all(check.passed for one in self.profiles for check in one.checks)


def exploration_name(domain: Domain, callers: int) -> str:
    """For example `two callers, 1 at a time`."""
    return f"{domain.name}, {callers} at a time"


def verify(committed: census.Counts, progress: Callable[[str], None] = _unheard) -> Report:
    """Verify both profiles and compare the counts with the committed ones. `progress` hears what is worked on."""
    profiles = tuple(verify_profile(profile, why, progress=progress) for profile, why in PROFILES)
    changes = census.changed_counts(committed, {one.profile: one.counts for one in profiles})
    problems = (f"the counts changed: {'; '.join(changes)}; {UPDATE}",) if changes else ()
    return Report(profiles, Check("the counts are those committed", "every domain of both profiles", problems))


def verify_profile(
    profile: Profile,
    unreachable: Mapping[JetErr, str],
    *,
    domains: Sequence[Domain] | None = None,
    callers: Sequence[tuple[Domain, int]] = CALLERS,
    progress: Callable[[str], None] = _unheard,
) -> ProfileReport:
    """Explore a profile over these domains, its own unless given, and say what is proven of it."""
    stepper = RememberingStepper(profile)
    graphs = []
    for domain in domains_of(profile) if domains is None else domains:
        progress(f"{profile.name}: {domain.name}")
        graphs.append(explore(stepper, domain))
    explorations = _explorations(stepper, callers, progress)
    progress(f"{profile.name}: witnesses and census")
    cells = census.all_cells(graphs)
    reached = witnesses(stepper, graphs)
    shown_on = f"{len(cells)} cells of {len(graphs)} domains"
    dead = census.dead_rows(profile, census.deciding_rows(stepper, graphs, explorations))
    checks = (
        *_invariants(stepper, graphs, explorations),
        Check("every cell has an outcome", shown_on, census.holes(cells)),
        _codes(reached, unreachable),
        Check("every row decides a call somewhere", f"{len(profile.rows)} rows", dead),
    )
    return ProfileReport(
        profile.name,
        census.domain_counts(graphs),
        explorations,
        reached,
        unreachable,
        census.overlaps(profile, cells),
        checks,
    )


def _explorations(
    stepper: Stepper, callers: Sequence[tuple[Domain, int]], progress: Callable[[str], None]
) -> tuple[Exploration, ...]:
    tables: dict[str, Table] = {}
    found = []
    for domain, number in callers:
        progress(f"{stepper.profile.name}: {exploration_name(domain, number)}")
        table = tables.setdefault(domain.name, Table(stepper, domain.calls))
        found.append(search(table, domain, number))
    return tuple(found)


def _invariants(stepper: Stepper, graphs: Sequence[Graph], explorations: Sequence[Exploration]) -> tuple[Check, ...]:
    broken: dict[str, list[str]] = {name: [] for name in INVARIANTS}
    for one in explorations:
        for name, state in one.broken.items():
            broken[name].append(f"{exploration_name(one.domain, one.callers)}: {state}")
    for graph in graphs:
        for name, state in _broken_nodes(stepper, graph).items():
            broken[name].append(f"{graph.domain.name}: {state}")
    broken[LATER_STAGE] += _backward_programs(stepper.profile)
    states = sum(one.states for one in explorations)
    nodes = sum(len(graph.cells) for graph in graphs)
    names = ", ".join(exploration_name(one.domain, one.callers) for one in explorations)
    shown_on = f"{states:,} states ({names}) and {nodes} nodes of {len(graphs)} domains"
    known = stepper.profile.breaks
    return tuple(Check(name, shown_on, tuple(found[:3]), known.get(name, "")) for name, found in broken.items())


def _broken_nodes(stepper: Stepper, graph: Graph) -> dict[str, str]:
    """The invariants that nodes break, each with one node: in a node no call or one, which is held, is in flight."""
    found: dict[str, str] = {}
    for node in graph.cells:
        name = broken_backup(node.control, int(node.held is not None and backing_up(node.held)))
        if name:
            found.setdefault(name, node.label())
        if node.held is not None and not released(stepper, node):
            found.setdefault(RETURNS, node.label())
    return found


def _backward_programs(profile: Profile) -> list[str]:
    """The programs whose stages are not in the order of `Stage`: with it, steps of every call lead to later stages."""
    return [
        f"the program of {call}: {' then '.join(step.stage.value for step in program)}"
        for call, program in profile.programs.items()
        if [STAGE_ORDER[step.stage] for step in program] != sorted({STAGE_ORDER[step.stage] for step in program})
        or STAGE_ORDER[Stage.DOOMED] <= STAGE_ORDER[program[-1].stage]
    ]


def _codes(reached: Mapping[int | None, Witness], unreachable: Mapping[JetErr, str]) -> Check:
    problems = []
    for code in DOCUMENTED_CODES:
        if code in unreachable and int(code) in reached:
            problems.append(f"{code.symbol} is said to be out of reach, yet: {reached[int(code)].text}")
        elif code not in unreachable and int(code) not in reached:
            problems.append(f"{code.symbol} cannot be reached, and the profile does not say why")
    within = len(DOCUMENTED_CODES) - len(unreachable)
    name = f"{within} of the {len(DOCUMENTED_CODES)} documented codes are reachable, and no other of them"
    return Check(name, "the graphs of all domains, joined", tuple(problems))
