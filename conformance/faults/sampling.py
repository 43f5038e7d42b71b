"""The last part of level 6: drawn histories of calls at once on a disk that fails, and the finding when one does not conform."""

from collections.abc import Iterable
from contextlib import suppress
from time import monotonic

import msgspec

from ...model.vocabulary import code_name
from ..engines import EngineSpecError, load_faulty, load_scheduled_on_disk
from ..explain import Explanation, explain
from ..findings import Finding
from ..history import Nonconformity
from ..laboratory import Laboratory
from ..schedules.notation import ScheduleError
from ..schedules.tasks import AVAILABLE
from ..trace import CallEvent, Event
from .aftermath import Aftermath
from .blow import Befell
from .crashes import Unplayable
from .drawn import Drawn, draw
from .sampled import BOUND, NONDETERMINISM, Failure, Sampled
from .verdict import Broken, clause_text

LEVEL = 6
EXAMPLES = 800
"""Histories without a budget: some 15 seconds."""

MISSING = "calls at once on a disk that fails: the factory has no attribute `scheduled_on_disk`"


class Sampling:
    """One run of the part on one engine."""

    def __init__(self, laboratory: Laboratory, sampled: Sampled, aftermath: Aftermath) -> None:
        self._laboratory = laboratory
        self._sampled = sampled
        self._aftermath = aftermath
        self._found: list[Failure] = []
        self._deadline: float | None = None  # of the reduction, once there is something to reduce

    @property
    def calls(self) -> int:
        """Calls made, those of the aftermath included."""
        return self._sampled.calls + self._aftermath.calls

    def run(self, seed: int, regressions: Iterable[Befell]) -> Finding | None:
        """The saved ones, then the drawn ones; the first that fails, reduced."""
        failure = self._saved(regressions)
        if failure is None:
            self._laboratory.journal.begin("drawn on a disk")
            drawn = draw(self._fails, seed=seed, examples=EXAMPLES, go_on=self._go_on)
            failure = self._sampled.make(drawn) if drawn is not None else None
            if drawn is not None and failure is None:
                return self.finding(self._parted(self._found[-1]))
        if failure is None:
            return None
        failure = self._sampled.pared(failure, self._go_on)
        if not self._same_again(failure):
            failure = self._parted(failure)
        return self.finding(failure)

    def again(self, befell: Befell) -> tuple[list[Event], Failure | None]:
        """A saved history once more, as of `Sampled`."""
        return self._sampled.again(befell)

    def _saved(self, regressions: Iterable[Befell]) -> Failure | None:
        for befell in regressions:
            with suppress(Unplayable, ScheduleError, KeyError):
                failure = self._sampled.again(befell)[1]
                if failure is not None:
                    self._begin_reduction(failure)
                    return failure
        return None

    def _fails(self, drawn: Drawn) -> bool:
        failure = self._sampled.make(drawn)
        if failure is None:
            return False
        if not self._found:
            self._begin_reduction(failure)
        elif failure.signature != self._found[0].signature:  # another bug must not take the place of this one
            return False
        self._found.append(failure)
        return True

    def _begin_reduction(self, failure: Failure) -> None:
        self._deadline = monotonic() + self._laboratory.reduce_seconds
        self._laboratory.save(self.finding(failure))

    def _go_on(self) -> bool:
        return self._laboratory.within_budget() if self._deadline is None else monotonic() < self._deadline

    def _same_again(self, failure: Failure) -> bool:
        with suppress(Unplayable, ScheduleError, KeyError):
            again = self._sampled.again(failure.befell)[1]
            return again is not None and again.execution.outcome == failure.execution.outcome
        return False

    @staticmethod
    def _parted(failure: Failure) -> Failure:
        text = f"schedule {failure.befell.schedule} with the same fault did not make the same history twice"
        return failure._replace(problem=Nonconformity(NONDETERMINISM, text), rows=())

    def guarantee(self, seed: int) -> str:
        """What was sampled."""
        made = self._sampled
        return (
            f"sampled, seed {seed}: {made.made:,} drawn histories of calls at once, {made.struck:,} with a fault, "
            f"{made.crashed:,} with a crash"
            + (f" (in {made.unjudged:,} not all codes judged: more than {BOUND} states)" if made.unjudged else "")
        )

    def finding(self, failure: Failure) -> Finding:
        """A failure as a finding, which says how to make it again. That none is smaller was not proven."""
        laboratory, befell = self._laboratory, failure.befell
        return Finding(
            events=failure.events,
            explanation=_explained(laboratory, failure),
            engine=laboratory.spec,
            profile=laboratory.profile,
            seed=laboratory.seed,
            minimal=False,
            calls_before=self.calls,
            level=LEVEL,
            schedule=befell.schedule,
            choices=msgspec.to_builtins(befell.scenario),
            fault=msgspec.to_builtins(befell.blow),
            preemptions=failure.execution.preemptions,
            steps=len(failure.execution.steps),
        )


def _explained(laboratory: Laboratory, failure: Failure) -> Explanation:
    problem, blow = failure.problem, failure.befell.blow
    permitted = [f"{code_name(int(row.code))} by {row.id} [{row.citation}]" for row in failure.rows]
    if not isinstance(problem, Broken):
        why = explain(problem, laboratory.stepper)
        kind = "fault" if blow.kind and why.kind == "rejected" else why.kind
        return msgspec.structs.replace(why, kind=kind, allowed=[*why.allowed, *permitted])
    call = next((event for event in reversed(failure.events) if isinstance(event, CallEvent)), None)
    return Explanation(
        kind="crash" if blow.crash is not None else "fault",
        profile=laboratory.profile,
        call_id=call.id if call is not None else 0,
        call=call.call if call is not None else "",
        observed=problem.text,
        reason=clause_text(problem.clause),
    )


def open_sampling(laboratory: Laboratory) -> Sampling | None:
    """The part on the engine of a laboratory; None where it cannot be both scheduled and struck."""
    factory, healthy = load_scheduled_on_disk(laboratory.spec), load_faulty(laboratory.spec)
    if not AVAILABLE or factory is None or healthy is None:
        return None
    aftermath = Aftermath(healthy)
    return Sampling(laboratory, Sampled(factory, aftermath, laboratory.stepper), aftermath)


def replay(laboratory: Laboratory, befell: Befell) -> tuple[list[Event], Finding | None]:
    """Make a saved history again. EngineSpecError where the engine cannot be brought there."""
    sampling = open_sampling(laboratory)
    if sampling is None:
        raise EngineSpecError(f"engine {laboratory.spec!r}: {MISSING}, or greenlet is not installed")
    laboratory.journal.begin(befell.scenario.name)
    try:
        events, failure = sampling.again(befell)
    except (Unplayable, ScheduleError) as problem:
        raise EngineSpecError(f"engine {laboratory.spec!r}: {problem}") from None
    except KeyError:
        raise EngineSpecError(f"engine {laboratory.spec!r}: such a crash cannot happen here") from None
    laboratory.calls += sampling.calls
    return events, sampling.finding(failure) if failure is not None else None
