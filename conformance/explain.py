"""Why a history was rejected: the states that were possible, the rows that held in each, and what would have been allowed."""

from collections.abc import Iterable, Sequence
from itertools import islice

import msgspec

from ..model.calls import Call, Stage
from ..model.cells import Configuration
from ..model.rows import Force, Row
from ..model.state import describe
from ..model.step import Pending, Stepper, run
from ..model.vocabulary import code_name
from .belief import FREE, VACANT, Belief
from .believed import Rejection
from .history import Nonconformity
from .watch import BrokenClause

NOT_YET = "nothing yet: it waits for the call that is held"


class RowText(msgspec.Struct, frozen=True):
    """A row, as it is shown."""

    id: str
    at: str
    condition: str
    outcome: str
    force: str
    citation: str


class StateText(msgspec.Struct, frozen=True):
    """A state that was possible when the call was made, and the rows that held in it."""

    state: str
    in_flight: list[str]
    rows: list[RowText]
    allowed: list[str]


class Moment(msgspec.Struct, frozen=True):
    """A state that was possible just before the event, how far the others were, and what it would have allowed."""

    state: str
    in_flight: list[str]
    allowed: list[str]


SHOWN = 12
"""States that are shown at the most: under load there may be thousands."""


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is said of a finding."""

    kind: str  # rejected, hang, misbehaviour, died, unopened
    profile: str
    call_id: int = 0
    call: str = ""
    observed: str = ""
    reason: str = ""
    allowed: list[str] = []
    states: list[StateText] = []
    overlapping: list[str] = []
    prefix: int = 0  # events of the shortest prefix that nothing explains: without its last one it is explained
    before: list[Moment] = []  # where calls overlapped: just before that last event
    before_more: int = 0  # of these, how many are not shown


def explain(problem: Nonconformity, stepper: Stepper) -> Explanation:
    """The explanation of a finding."""
    profile = stepper.profile.name
    if isinstance(problem, BrokenClause):
        clause = problem.clause
        return Explanation(
            kind=problem.kind,
            profile=profile,
            call_id=problem.call_id,
            call=problem.call.label(),
            observed=problem.text,
            reason=f"clause {clause.id}, on {clause.when.value}: {clause.text} [{clause.citation}]",
        )
    if problem.rejection is None:
        return Explanation(kind=problem.kind, profile=profile, call_id=problem.call_id, reason=problem.text)
    rejection = problem.rejection
    call = next(iter(rejection.argument_classes))
    issued_in = (one for bundle in rejection.issued_in.bundles for one in bundle.configurations())
    states = [
        _state(stepper, configuration, one)
        for configuration in islice(issued_in, SHOWN)
        for one in rejection.argument_classes
    ]
    before = _moments(rejection) if rejection.overlapping else []
    return Explanation(
        kind=problem.kind,
        profile=profile,
        call_id=rejection.call_id,
        call=call.label(),
        observed=rejection.observed,
        reason=_precedence(states, rejection.observed, ordered=stepper.profile.ordered) or rejection.reason,
        allowed=allowed_codes(rejection.before, rejection.slot),
        states=states,
        overlapping=[f"call {call_id}: {label}" for call_id, label in rejection.overlapping],
        prefix=rejection.index + 1,
        before=before[:SHOWN],
        before_more=len(before[SHOWN:]),
    )


def _moments(rejection: Rejection) -> list[Moment]:
    """The states just before the event, in a fixed order."""
    found: dict[tuple[str, tuple[str, ...]], set[int | None]] = {}
    for control, slots in rejection.before.bundles:
        others = (each for slot, each in enumerate(slots) if slot != rejection.slot and each != VACANT)
        ended = {one.code for one in slots[rejection.slot] if one.stage is Stage.DONE}
        found.setdefault((describe(control), tuple(map(_progress, others))), set()).update(ended)
    return [Moment(state, list(others), _codes(codes) or [NOT_YET]) for (state, others), codes in sorted(found.items())]


def _progress(may_be: frozenset[Pending]) -> str:
    """How far a call in flight may be."""
    (label, *_) = sorted({one.call._replace(answer=None).label() for one in may_be})
    stages = {one.stage for one in may_be}
    return f"{label}, {' or '.join(stage.value for stage in Stage if stage in stages)}"


def _precedence(states: Sequence[StateText], observed: str, *, ordered: bool) -> str:
    """Why a code is wrong although a row that holds gives it; empty where there is no such row."""
    for state in states:
        giving = next((row for row in state.rows if row.outcome == observed), None)
        if giving is None or observed in state.allowed:
            continue
        others = [row for row in state.rows if row is not giving and row.outcome != observed]
        if ordered and others and others[0] is state.rows[0]:
            return f"{giving.id} gives this code, but {others[0].id} holds as well and comes first"
        must = [row.id for row in others if row.force == Force.MUST.value]
        if giving.force == Force.SUCCESS.value and must:
            holding = "it holds" if len(must) == 1 else "they hold"
            return f"{' and '.join(must)} must be obeyed: where {holding}, success is not allowed"
    return ""


def allowed_codes(belief: Belief, slot: int) -> list[str]:
    """The codes with which the call could have returned at that moment."""
    done = {one.code for _, one in belief.at(slot) if one.stage is Stage.DONE}
    return _codes(done) or [NOT_YET]


def _state(stepper: Stepper, configuration: Configuration, call: Call) -> StateText:
    control = configuration.control
    others = [one for one in configuration.pending if one is not FREE]
    rows = (*stepper.guards(control, call), *stepper.successes(control, call))
    return StateText(
        state=describe(control),
        in_flight=[f"{one.call.label()}, {one.stage.value}" for one in others],
        rows=[row_text(row) for row in rows],
        allowed=_codes(_outcomes(stepper, configuration, call)),
    )


def _outcomes(stepper: Stepper, configuration: Configuration, call: Call) -> set[int | None]:
    """What the call may return from there while the others stand still."""
    return {done.code for _, done in run(stepper, configuration.control, call)}


def _codes(codes: Iterable[int | None]) -> list[str]:
    known = sorted(code for code in codes if code is not None)
    return [code_name(code) for code in known] + (["the process dies"] if None in codes else [])


def row_text(row: Row) -> RowText:
    """A row, as it is shown."""
    return RowText(row.id, row.at_text, row.condition or "always", row.outcome, row.force.value, row.citation)
