"""Drafts of deviations: of a finding, what of Microsoft's engine allows it, where anything does.

A draft is taken only if with it the history of the finding is explained. Why the engine does it, only its authors can say.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ..model.deviations import OF_ENGINE, Deviation, Harm, overlay
from ..model.effects import CLAUSES
from ..model.guards.documented import DOCUMENTED
from ..model.guards.ese import ESE
from ..model.rows import Force
from .deviation_names import clause_in, explaining
from .findings import Finding
from .tally import Rejected
from .trace import Header, Trace
from .tracecheck import Checker

TO_BE_EXPLAINED = "to be explained"
EFFECT, DIED, REJECTED = "effect", "died", "rejected"


@dataclass(frozen=True)
class Draft:
    """A deviation whose reason nobody has written yet, what showed it, and which of Microsoft's engine are like it."""

    deviation: Deviation
    seen: str
    like: tuple[str, ...]


def draft(finding: Finding, taken: Sequence[Deviation], shipped: Sequence[Deviation]) -> Draft | None:
    """The draft that makes a finding conform, beside the deviations that are taken already; None where there is none."""
    why = finding.explanation
    if why.kind == EFFECT:
        return _of_clause(finding, shipped)
    if why.kind not in (REJECTED, DIED):
        return None
    rejected = _rejected(finding, taken)
    if rejected is None:
        return None
    for one in (*_of_rows(rejected, shipped), *_like(rejected, shipped)):
        if _rejected(finding, (*taken, one.deviation)) is None:
            return one
    return None


def without_clause(drafts: Iterable[Draft], clause: str) -> list[Draft]:
    """The drafts, none of them held to that clause of Microsoft's engine: this one does yet another thing."""
    return [
        replace(
            one,
            deviation=replace(one.deviation, by=tuple(each for each in one.deviation.by if OF_ENGINE + each != clause)),
        )
        for one in drafts
    ]


def _rejected(finding: Finding, deviations: Sequence[Deviation]) -> Rejected | None:
    """The first call of the history that `documented` with these deviations does not explain."""
    checker = Checker([overlay(deviations, name="draft")])
    checker.check(Trace(Header(trace=1), finding.events, "the finding"))
    (tally,) = checker.tallies
    return tally.rejected[0] if tally.rejected else None


def _of_clause(finding: Finding, shipped: Sequence[Deviation]) -> Draft | None:
    """What was left behind: the clause of the pages does not bind, and those of Microsoft's engine do in its stead."""
    clause = next((one for one in CLAUSES[DOCUMENTED.name] if one.id == clause_in(finding.explanation.reason)), None)
    if clause is None:
        return None
    like = [one for one in shipped if clause.id in one.replaces]
    engine = {one.id: one.citation for one in CLAUSES[ESE.name]}
    by = tuple(dict.fromkeys(each for one in like for each in one.by if each in engine))
    source = "; ".join(f"{each}: {engine[each]}" for each in by)
    made = _deviation(clause.id, Harm.DATA, source, f"{clause.text} [{clause.citation}]", (clause.id,), by)
    return Draft(made, f"{finding.explanation.call}: {finding.explanation.observed}", tuple(one.id for one in like))


def _of_rows(rejected: Rejected, shipped: Sequence[Deviation]) -> Iterator[Draft]:
    """The rows of Microsoft's engine that give what came back; where that is a success, no must row of the pages binds."""
    if not rejected.ese:
        return
    rows = [row for state in rejected.explanation.states for row in state.rows]
    lifted = {row.id: row for row in rows if row.force == Force.MUST.value}
    succeeded = any(row.force == Force.SUCCESS.value for row in rejected.ese)
    names = explaining(rejected, shipped)
    by = tuple(row.id for row in rejected.ese)
    source = "; ".join(f"{row.id}: {row.citation}" for row in rejected.ese)
    replaces = tuple(lifted) if succeeded else ()
    programs = tuple({call for one in shipped if one.id in names for call in one.programs})
    for stages in dict.fromkeys([(), programs]):
        made = _deviation(by[0], _harm(rejected), source, _page(rejected), replaces, by)
        yield Draft(replace(made, programs=stages), _seen(rejected), tuple(names))


def _like(rejected: Rejected, shipped: Sequence[Deviation]) -> Iterator[Draft]:
    """What Microsoft's engine is known for, the likely first: for its profile may have lost this engine long before."""
    likely = explaining(rejected, shipped)
    for one in sorted(shipped, key=lambda one: one.id not in likely):
        made = _deviation(one.id, one.harm, one.source, _page(rejected), one.replaces, one.by)
        yield Draft(replace(made, programs=one.programs), _seen(rejected), (one.id,))


def _deviation(
    rule: str, harm: Harm, source: str, page: str, replaces: tuple[str, ...], by: tuple[str, ...]
) -> Deviation:
    name = re.sub(r"[^a-z0-9]+", "-", rule.lower()).strip("-")
    return Deviation(name, harm, TO_BE_EXPLAINED, source or TO_BE_EXPLAINED, page, TO_BE_EXPLAINED, replaces, by)


def _harm(rejected: Rejected) -> Harm:
    return Harm.SERVICE if any(row.outcome == "dies" for row in rejected.ese) else Harm.CODE


def _page(rejected: Rejected) -> str:
    """What the pages allow, and where they say so."""
    rows = {row.id: row for state in rejected.explanation.states for row in state.rows}
    cited = "; ".join(f"{row.id}: {row.citation}" for row in rows.values())
    return f"Allowed: {', '.join(rejected.allowed) or 'nothing'}{cited and f' [{cited}]'}"


def _seen(rejected: Rejected) -> str:
    return f"{rejected.explanation.call or rejected.call}: {rejected.observed}"
