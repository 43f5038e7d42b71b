"""What the judge says of executions: the same judge as of every history, asked once for each that looks different."""

from ..belief import Beliefs
from ..believed import Rejection
from ..history import HANGS, NO_CODE, Nonconformity
from ..inflight import Misbehaviour
from ..judge import Judge
from ..trace import CallEvent, Event, ReturnEvent
from .world import INSTANCE, Execution, World


class Verdicts:
    """The verdicts on executions in one world, by what happened in them."""

    def __init__(self, beliefs: Beliefs, world: World, *, clean: bool) -> None:
        self._beliefs = beliefs
        self._world = world
        self._clean = clean
        self._known: dict[bytes, Nonconformity | None] = {}

    def __len__(self) -> int:
        return len(self._known)

    def of(self, execution: Execution) -> tuple[Nonconformity | None, bool]:
        """Why an execution does not conform, or None; and whether nothing like it was seen before."""
        outcome = execution.outcome
        new = outcome not in self._known
        if new:
            self._known[outcome] = self._judged(execution)
        return self._known[outcome], new

    def _judged(self, execution: Execution) -> Nonconformity | None:
        judge = Judge(self._beliefs, clean=self._clean, instance=INSTANCE)
        for event in (*self._world.before, *execution.events):
            rejection = judge.feed(event)
            if rejection is not None:
                return rejected(rejection)
        return ended_in(execution, judge)


def rejected(rejection: Rejection) -> Nonconformity:
    """A rejection as what is wrong with an execution."""
    text = f"call {rejection.call_id}, {rejection.call}: {rejection.observed}"
    return Nonconformity("rejected", text, rejection, rejection.call_id)


def ended_in(execution: Execution, judge: Judge) -> Nonconformity | None:
    """What is wrong with the end of an execution whose events the judge explained; None if nothing is."""
    problem = execution.problem
    if problem is None:
        return None
    if isinstance(problem, Misbehaviour):
        blamed = judge.blame(problem.id, problem.text, NO_CODE)
        return Nonconformity("misbehaviour", str(problem), blamed, problem.id)
    call_id = _first_open(execution.events)
    return Nonconformity(problem.kind, problem.text, judge.blame(call_id, problem.text, HANGS), call_id)


def _first_open(events: list[Event]) -> int:
    """The first call that is not back; 0 if all are."""
    back = {event.id for event in events if isinstance(event, ReturnEvent)}
    return next((event.id for event in events if isinstance(event, CallEvent) and event.id not in back), 0)


def signature(problem: Nonconformity) -> tuple[str, str, str]:
    """What must stay the same while a scenario is reduced, lest another bug take the place of this one."""
    rejection = problem.rejection
    if rejection is None or problem.kind in ("deadlock", "livelock"):
        return problem.kind, "", ""
    observed = rejection.observed.partition(":")[0] if problem.kind == "misbehaviour" else rejection.observed
    return problem.kind, rejection.call, observed
