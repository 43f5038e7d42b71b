"""A history told for a picture: its lines, and beside each what was possible of the instance by then, as the judge believed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ...model.external import SnapshotPhase
from ...model.overlay import stepper_of
from ...model.state import Activity, Control, View, view
from ..belief import Beliefs, BoundExceeded
from ..classify import UnknownCall
from ..clauses import leaves_nothing
from ..explain import Explanation
from ..findings import Finding
from ..history import INSTANCE
from ..judge import Judge
from ..laboratory import contract
from ..lines import Kind, Line, clients_of, lines_of
from ..trace import CallEvent, Event

FIRST, LAST, AFTER = 16, 44, 8
"""Lines of a long history that are shown: its beginning, and what led to its end, or to what was rejected and a little after."""

JUDGED = 5_000
"""Events of a history that are judged anew for the bands; beyond, nothing is said of the states."""


@dataclass(frozen=True)
class Moment:
    """What was possible after a line: in the order of the model, all that the judge could not rule out."""

    states: tuple[str, ...] = ()
    phases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Story:
    """A history as it is drawn. `left_out` lines are missing before the line with the index `gap`, `after` at its end."""

    lanes: tuple[str, ...]
    lines: tuple[Line, ...]
    moments: tuple[Moment, ...]
    instance: str
    left_out: int = 0
    gap: int = 0
    after: int = 0
    why: Explanation | None = None


def of_finding(finding: Finding) -> Story:
    """The story of a history that does not conform."""
    why = finding.explanation
    return tell(finding.events, finding.profile, blamed=why.call_id, observed=why.observed, why=why)


def tell(
    events: Sequence[Event], profile: str, *, blamed: int = 0, observed: str = "", why: Explanation | None = None
) -> Story:
    """The story of any history, judged by that profile. CheckError as of the profile's file of deviations."""
    lines = list(lines_of(events, blamed, observed))
    whole = len(lines)
    rejected = next((at for at, line in enumerate(lines) if line.wrong), whole)
    if whole > FIRST + LAST:
        lines = lines[: max(rejected + 1 + AFTER, FIRST + LAST)]
    instance = _instance(events, blamed)
    after = _judged(events, profile, instance)
    moments = [_beside(line, after) for line in lines]
    ended = whole - len(lines)
    left_out = max(0, len(lines) - FIRST - LAST)
    if left_out:
        lines = [*lines[:FIRST], *lines[-LAST:]]
        moments = [*moments[:FIRST], *moments[-LAST:]]
    lanes = tuple(lane for lane in clients_of(events) if any(line.client == lane for line in lines))
    return Story(lanes, tuple(lines), tuple(moments), instance, left_out, FIRST if left_out else 0, ended, why)


def _beside(line: Line, after: Sequence[Moment]) -> Moment:
    """What was possible after a line; beside a call that was rejected as it came back, before the call."""
    if line.wrong and line.kind is Kind.DONE:
        return after[line.begun - 1] if 1 <= line.begun <= len(after) else Moment()
    return after[line.event] if line.event < len(after) else Moment()


def _instance(events: Sequence[Event], blamed: int) -> str:
    """Whose state is shown: the instance that the blamed call names, else the usual one."""
    for event in events:
        if isinstance(event, CallEvent) and event.id == blamed:
            name = event.args.get("instance")
            return name if isinstance(name, str) and _is_created(name, events) else INSTANCE
    return INSTANCE


def _is_created(name: str, events: Iterable[Event]) -> bool:
    return any(
        isinstance(event, CallEvent) and event.call == "JetCreateInstance" and event.args.get("instance") == name
        for event in events
    )


def _judged(events: Sequence[Event], profile: str, instance: str) -> list[Moment]:
    """What was possible after each event; after the one that is rejected, what was possible before it."""
    rules = contract(profile)
    judge = Judge(Beliefs(stepper_of(rules)), clean=leaves_nothing(rules), instance=INSTANCE)
    found: list[Moment] = []
    try:
        for event in events[:JUDGED]:
            judge.feed(event)
            found.append(_moment(judge.controls(instance)))
            if judge.rejection is not None:
                break
    except (BoundExceeded, UnknownCall):
        pass  # from there on nothing is known of the states
    return found


def _moment(controls: Iterable[Control]) -> Moment:
    known = tuple(controls)
    states = {view(control) for control in known}
    phases = {_phase(control) for control in known}
    return Moment(tuple(one.value for one in View if one in states), tuple(sorted(phases, key=_PHASES.index)))


_NO_BACKUP = Activity.IDLE.value
_PHASES = [*(one.value for one in Activity), *(f"snapshot {one.value}" for one in SnapshotPhase)]


def _phase(control: Control) -> str:
    """How far the instance's backup is, of whatever kind."""
    if control.activity is not Activity.IDLE and control.activity is not Activity.SNAPSHOT:
        return str(control.activity.value)
    if control.streaming is not None:
        return Activity.STREAMING.value
    if control.snapshot is not None:
        return f"snapshot {control.snapshot.phase.value}"
    return str(control.activity.value)
