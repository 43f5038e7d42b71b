"""After the calls of a trace, what may each call return: the answer of the tables, by rows, with citations and effects.

The judge follows the trace; then every call that makes sense in the states that are left is put to the same step function.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ..model.alphabet import DATABASE, SECOND
from ..model.calls import ALL_CALLS, Call, Instance, Place, Stage
from ..model.clause import Clause
from ..model.domains import DOMAINS, TWO_CALLERS
from ..model.effects import clauses
from ..model.rows import Profile, Row
from ..model.state import Control
from ..model.step import Pending, Stepper
from .belief import FREE, LIMIT, Belief, Beliefs
from .classify import GARBAGE, UnknownCall
from .judge import Judge
from .trace import CallEvent, Trace, TraceError


@dataclass(frozen=True)
class Answers:
    """Argument classes of one call that may all end in the same ways, by these rows."""

    calls: tuple[Call, ...]
    now: tuple[Row, ...]
    later: tuple[Row, ...]  # only once the calls that are held go on
    effects: tuple[Clause, ...]


@dataclass(frozen=True)
class InFlight:
    """A call that is not back: where it may be, and by which rows it may end."""

    call: Call
    stages: tuple[Stage, ...]
    held: bool
    rows: tuple[Row, ...]


def follow(beliefs: Beliefs, trace: Trace) -> Judge:
    """A judge that has seen the trace. TraceError for a call that the model does not know."""
    judge = Judge(beliefs, clean=not beliefs.stepper.profile.ordered)
    for line, event in enumerate(trace.events, start=2):
        try:
            if judge.feed(event) is not None:
                break
        except UnknownCall as error:
            raise TraceError(f"{trace.name}:{line}: {error}") from None
    return judge


def instances(trace: Trace) -> tuple[str, ...]:
    """The names of the instances in a trace, in order; `i1` when it names none."""
    names = (event.args.get("instance") for event in trace.events if isinstance(event, CallEvent))
    return tuple(dict.fromkeys(name for name in names if isinstance(name, str) and name != GARBAGE)) or ("i1",)


def in_flight(beliefs: Beliefs, belief: Belief) -> tuple[InFlight, ...]:
    """Every call of the instance that is not back, and how it may end once all that is held goes on."""
    after = _let_go(beliefs, belief)
    found = []
    for slot in range(belief.slots):
        stages: dict[Call, set[Stage]] = {}
        for one in _in_slot(belief, slot):
            stages.setdefault(one.call, set()).add(one.stage)
        for call, seen in stages.items():
            rows = _ended(after, slot, beliefs.stepper.profile, call)
            ordered = tuple(stage for stage in Stage if stage in seen)
            found.append(InFlight(call, ordered, slot in belief.held, rows))
    return tuple(found)


def beliefs_of(profile: Profile, bound: int = LIMIT) -> Beliefs:
    """What can be believed under that profile, of so many states at the most."""
    return Beliefs(Stepper(profile), bound)


def answers(beliefs: Beliefs, belief: Belief, places: Iterable[Place], name: str | None = None) -> tuple[Answers, ...]:
    """What each call may return if it is made now: those that have the same answers together.

    `places` are what paths of this history hold: a backup set can be named only where there is one.
    """
    groups: dict[tuple[str, tuple[Row, ...], tuple[Row, ...]], list[Call]] = {}
    for call in _askable(belief.controls, frozenset(places)):
        if name in (None, call.name):
            groups.setdefault((call.name, *_rows(beliefs, belief, call)), []).append(call)
    profile = beliefs.stepper.profile.name
    return tuple(
        Answers(tuple(calls), now, later, _effects(profile, belief, calls, (*now, *later)))
        for (_, now, later), calls in groups.items()
    )


def _rows(beliefs: Beliefs, belief: Belief, call: Call) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    """The rows by which the call may end at once, and the further ones by which it may once all that is held goes on."""
    profile = beliefs.stepper.profile
    slot = belief.slots
    issued = beliefs.invoke(belief, slot, frozenset({call}))
    now = _ended(issued, slot, profile, call)
    then = _ended(_let_go(beliefs, issued), slot, profile, call) if belief.held else now
    return now, tuple(row for row in then if row not in now)


def _effects(profile: str, belief: Belief, calls: Iterable[Call], rows: Iterable[Row]) -> tuple[Clause, ...]:
    outcomes = sorted({not row.fails for row in rows if row.code is not None}, reverse=True)
    found = (
        clause
        for success in outcomes
        for call in calls
        for control in belief.controls
        for clause in clauses(profile, call, control, success=success)
    )
    return tuple(dict.fromkeys(found))


def _let_go(beliefs: Beliefs, belief: Belief) -> Belief:
    for slot in belief.held:
        belief = beliefs.let_go(belief, slot)
    return belief


def _in_slot(belief: Belief, slot: int) -> Iterator[Pending]:
    return (one for _, one in belief.at(slot) if one != FREE)


def _ended(belief: Belief, slot: int, profile: Profile, call: Call) -> tuple[Row, ...]:
    """The rows by which that call may be over, in the order of the table."""
    rows = {one.row for one in _in_slot(belief, slot) if one.stage is Stage.DONE and one.call == call}
    return tuple(row for row in profile.rows if row in rows)


def _askable(controls: frozenset[Control], places: frozenset[Place]) -> tuple[Call, ...]:
    """The calls of the domains on this instance, and those in a session with the sessions and databases that there are."""
    domains = (*DOMAINS, TWO_CALLERS)
    known = [
        call for domain in domains for call in (*domain.calls, *domain.probes, *(hold.call for hold in domain.holds))
    ]
    usual = [
        call
        for call in known
        if call.instance is Instance.NAMED
        and call.name != "JetBeginSession"
        and all(place not in _SETS or place in places for place in (call.place, call.destination))
    ]
    taken = {session for control in controls for session in control.sessions}
    fresh = next(f"s{number}" for number in range(1, len(taken) + 2) if f"s{number}" not in taken)
    begin = Call("JetBeginSession", Instance.NAMED, session=fresh)
    inside = [call for control in controls for call in _in_sessions(control)]
    order = {name: number for number, name in enumerate(ALL_CALLS)}
    return tuple(sorted(dict.fromkeys((*usual, begin, *inside)), key=lambda call: order[call.name]))


_SETS = (Place.FULL_SET, Place.ATOMIC_SET)


def _in_sessions(control: Control) -> Iterator[Call]:
    paths = [database.path for database in control.databases]
    new = next(path for path in (DATABASE, SECOND, "db/another.edb") if path not in paths[:2])
    handle = "d1" if not paths else f"d{len(paths) + 1}"
    for session in control.sessions:
        yield Call("JetEndSession", session=session)
        yield Call("JetCreateDatabase", session=session, database=handle, path=new)
        for path in paths:
            yield Call("JetOpenDatabase", session=session, database=handle, path=path)
            yield Call("JetAttachDatabase", session=session, path=path)
            yield Call("JetDetachDatabase", session=session, path=path)
    for database in control.databases:
        for pair in database.open_by:
            for name in ("JetCloseDatabase", "Insert", "CountRows"):
                yield Call(name, session=pair[1], database=pair[0])


def check_call(name: str | None) -> None:
    """ValueError when the model has no call of that name."""
    if name is not None and name not in ALL_CALLS:
        raise ValueError(f"the model has no call {name!r}: known are {', '.join(ALL_CALLS)}")


def places_of(judge: Judge) -> Sequence[Place]:
    """What the paths of the history may hold."""
    return tuple({place for places in judge.ledger.places.values() for place in places})
