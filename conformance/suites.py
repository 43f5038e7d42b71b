"""Generating a suite: the projection, the cover, and in words what it guarantees and what it cannot see."""

from ..model.covers import Cover, suite
from ..model.machine_faults import kills
from ..model.mealy import Machine, machine_of
from ..model.overlay import stepper_of
from ..model.projections import PROJECTIONS, Projection
from ..model.rows import Row
from ..model.telling import Telling
from ..model.wording import in_words
from .errors import CheckError
from .laboratory import contract
from .suite import RuleText, Suite, input_of, machine_states, tests_of

LOSES = (
    "calls are made one at a time: what happens while another call is held, and faults, is not in a projection",
    "data and files are not compared: only codes are looked at",
    "the tests are derived as if of several allowed codes the first came (success, else the first row of the table)",
    "where an engine gives another code the guarantee is not of the states that no test came to",
    "an engine shows one code of an allowed set: the wrong one of states whose sets overlap may hide behind the common codes",
)


def projection_of(name: str) -> Projection:
    """The projection of that name. CheckError for one that there is not."""
    for projection in PROJECTIONS:
        if projection.name == name:
            return projection
    known = ", ".join(projection.name for projection in PROJECTIONS)
    raise CheckError(f"projection {name!r} is not known: known are {known}")


def generate(*, projection: str, profile: str, cover: Cover, extra: int = 0) -> Suite:
    """The suite. CheckError for a projection or a profile that there is not, and where it would be too large."""
    chosen = projection_of(projection)
    stepper = stepper_of(contract(profile))
    machine = machine_of(stepper, chosen)
    try:
        tests = suite(machine, cover, extra)
    except OverflowError as error:
        raise CheckError(f"{error}: take a smaller -k, or a cover that asks for less") from None
    return Suite(
        suite=1,
        projection=chosen.name,
        what=chosen.what,
        profile=profile,
        cover=cover,
        extra=extra,
        guarantee=_guarantee(machine, cover, extra, tests),
        loses=list(LOSES),
        rows={name: _rule(stepper.profile.row(name)) for name in _rows(machine)},
        setup=[input_of(call) for call in chosen.setup],
        calls=[input_of(call) for call in chosen.calls],
        states=machine_states(machine),
        tests=tests_of(tests),
    )


def _rows(machine: Machine) -> list[str]:
    reactions = (reaction for reactions in machine.reactions for reaction in reactions if reaction is not None)
    return sorted({row for reaction in reactions for rows in reaction.rows.values() for row in rows})


def _rule(row: Row) -> RuleText:
    return RuleText(code=row.outcome, condition=in_words(row.condition), citation=row.citation)


def _guarantee(machine: Machine, cover: Cover, extra: int, tests: tuple[tuple[int, ...], ...]) -> str:
    """What the suite covers of its projection, and which of all single faults of it are noticed: worked out, not claimed."""
    states = machine.assumed_states()
    cells = sum(1 for state in states for _ in machine.defined(state))
    found = kills(machine, tests)
    most = Telling(machine).classes + extra
    covered = _COVERED[cover].format(states=len(states), cells=cells, most=most)
    return (
        f"{covered}; of the projection {machine.projection.name} ({len(states)} states, {len(machine.calls)} calls) it notices "
        f"{found.outputs_killed:,} of {found.outputs:,} output faults and {found.transfers_killed:,} of {found.transfers:,} "
        f"transfer faults, {found.transfers_certain:,} of them whatever codes an engine chooses among the allowed"
    )


_COVERED = {
    Cover.STATES: "each of {states} states is visited",
    Cover.TRANSITIONS: "each call that leads from one of {states} states to another is made",
    Cover.CELLS: "each of {cells} cells, a call in a state, is made",
    Cover.PAIRS: "each guard row that holds in one of {states} states, and each two that hold at once, are met",
    Cover.WMETHOD: "complete for engines of at most {most} states, where the allowed sets are what is seen (W method)",
    Cover.WPMETHOD: "complete for engines of at most {most} states, where the allowed sets are what is seen (Wp method)",
}
