"""Learning an engine: the worker under its supervisor, what its end means, and what may be said of the machine."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from ...model.mealy import Machine, machine_of
from ...model.overlay import stepper_of
from ...model.telling import Telling
from ..check import Request, ended, keep_reduced, wrong
from ..errors import CheckError
from ..laboratory import contract
from ..scorecard import Cells, Level, Scorecard, codes_of
from ..suites import projection_of
from ..supervisor import Died, Finished, Late, Outcome, Silent, Wrong, run
from ..worker import Job
from .difference import Difference, difference
from .learner import Report


class LearnRequest(msgspec.Struct, kw_only=True, frozen=True):
    """What the command line asks of one engine."""

    engine: str
    projection: str
    profile: str
    seed: int
    extra: int
    call_timeout: float = 20.0
    budget: float | None = None


@dataclass(frozen=True)
class Learning:
    """What was learned of an engine: the model's machine, the engine's, and how sure that is."""

    request: LearnRequest
    machine: Machine
    report: Report
    card: Scorecard
    found: Difference | None  # None where too little was asked to say

    @property
    def wavering(self) -> str:
        """Of an engine that is not deterministic: the calls, and how often the last of them was answered how."""
        one = self.report.wavering
        if one is None:
            return ""
        calls = ", ".join(self.machine.calls[call].label() for call in one.word)
        answers = ", ".join(f"{answer.text} {times} times" for answer, times in one.answers)
        total = sum(times for _, times in one.answers)
        return f"{calls}, {total} times on fresh engines: the last call returned {answers}"


def require_aalpy() -> None:
    """CheckError where AALpy is not installed, before anything is run."""
    try:
        import aalpy  # noqa: F401 - whether it is there
    except ImportError:
        raise CheckError("learn needs AALpy: pip install 'jetconform[learn]'") from None


def learn(request: LearnRequest, *, folder: Path, on_progress: Callable[[str], None] | None = None) -> Learning:
    """Learn an engine. A finding is saved in `folder`. CheckError where nothing can be learned of it, or AALpy is missing."""
    require_aalpy()
    machine = machine_of(stepper_of(contract(request.profile)), projection_of(request.projection))
    options = msgspec.to_builtins(request) | {"findings": str(folder.absolute())}
    job = Job(task="learn", engine=options.pop("engine"), options=options)
    outcome = run(
        job,
        call_timeout=request.call_timeout,
        on_progress=None if on_progress is None else lambda progress: on_progress(progress.name),
    )
    report = _report(request, outcome, folder)
    found = None
    if report.learned is not None and report.confidence.cells and report.wavering is None:
        found = difference(machine, report.learned, report.absent)
    card = _scorecard(request, machine, report, found)
    if card.finding is not None and card.finding.events:
        keep_reduced(card, folder, report.unreduced)
    return Learning(request, machine, report, card, found)


def _report(request: LearnRequest, outcome: Outcome, folder: Path) -> Report:
    match outcome:
        case Finished(result):
            return msgspec.convert(result, Report, strict=False)
        case Wrong():
            raise wrong(outcome, folder)
        case Died() | Silent():
            asked = Request(
                engine=request.engine,
                profile=request.profile,
                seed=request.seed,
                call_timeout=request.call_timeout,
            )
            end = ended(asked, outcome, folder)
            return Report(
                calls=end.calls,
                finding=end.finding,
                unreduced=end.unreduced,
                unknown="" if end.finding is not None else "the engine's process ended, as the profile lets it",
            )
        case Late():
            return Report(unknown="the budget ended")


def _scorecard(request: LearnRequest, machine: Machine, report: Report, found: Difference | None) -> Scorecard:
    made = found is not None and found.same > 0
    verdict = "conforms" if report.complete and made else "unknown"
    if report.finding is not None:
        verdict = "does-not-conform"
    guarantee = guarantee_of(machine, report, found)
    level = Level(level=1, name=f"learn {request.projection}", verdict=verdict, calls=report.calls, guarantee=guarantee)
    return Scorecard(
        verdict=verdict,
        engine=request.engine,
        profile=request.profile,
        seed=request.seed,
        calls=report.calls,
        codes=codes_of({}, ()),
        cells=Cells(reachable=0, covered=0),
        levels=[level],
        not_exercised=[f"{name}: the engine has no {lack}" for name, lack in sorted(report.absent.items())],
        finding=report.finding,
    )


def guarantee_of(machine: Machine, report: Report, found: Difference | None) -> str:
    """What was learned and how sure that is: never only that it ended."""
    one = report.confidence
    if report.learned is None:
        return f"none: {report.unknown or 'it ended at the finding, before a machine was conjectured'}"
    if report.wavering is not None:
        return "none: the engine is not deterministic, so no machine answers as it does"
    if found is not None and not found.same and not found.different:
        return "none: the engine has none of the calls"
    states = len(report.learned.arrows)
    text = f"{_states(states)} learned"
    if found is not None:
        text += f" for {len(found.met)} of the {len(machine.controls)} states of the projection"
    text += f" ({Telling(machine).classes} told apart by what is allowed)"
    if one.excluded is None:
        text += "; not sure: no number of further states is excluded"
    else:
        text += (
            f"; exact if the engine has at most {_states(states + one.excluded)} (Wp: {one.excluded} extra excluded)"
        )
    if one.sampled:
        text += f"; sampled: {one.sampled} random words"
    if not report.complete:
        ended = report.unknown or "it ended at the finding"
        at = f", after {one.done:,} of {one.total:,} words of the part: {one.part}" if one.part else ""
        text += f"; {ended}{at}"
    return text


def _states(number: int) -> str:
    return f"{number} state{'' if number == 1 else 's'}"
