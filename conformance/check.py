"""Running a check: the worker process under its supervisor, and what its end means."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from time import monotonic

import msgspec

from ..model.overlay import stepper_of
from .belief import LIMIT, Beliefs, BoundExceeded
from .errors import CheckError as CheckError
from .explain import explain
from .faults.blow import Befell, befell
from .faults.strike import Strike, struck
from .findings import DEFAULT_FOLDER, Finding, load_regression, regressions, save, scheduled
from .history import HANGS, Nonconformity
from .journal import Progress
from .judge import Judge
from .laboratory import DEVIATING, REDUCE_SECONDS, contract
from .level1 import Report
from .levels import NAMES
from .replay import Report as ReplayReport
from .replay import encode
from .schedules.scenario import Scenario
from .scorecard import Cells, Level, Scorecard, codes_of
from .script import Step, from_events, shrink
from .side_by_side import Heard, side_by_side
from .supervisor import Died, Finished, Late, Outcome, Silent, Wrong, run
from .trace import EndEvent, Event, Trace
from .worker import Job


class Request(msgspec.Struct, kw_only=True, frozen=True):
    """What the command line asks."""

    engine: str
    profile: str
    seed: int
    budget: float | None = None
    call_timeout: float = 20.0
    regressions: str = ""
    cell: str = ""
    systematic_only: bool = False
    levels: tuple[int, ...] = (1,)
    bound: int = LIMIT
    reduce_seconds: float = REDUCE_SECONDS


def check(
    request: Request, *, folder: Path, on_progress: Callable[[Progress], None] | None = None, jobs: int = 1
) -> Scorecard:
    """Run the levels that are asked for, `jobs` at a time. Raises CheckError or TraceError where there is nothing to judge.

    A finding is saved as soon as it is found and, in the place of that file, when it is reduced; where that fails
    `card.unsaved` says why.
    """
    for path in regressions(request.regressions):
        trace = load_regression(path)[0]  # TraceError for one that is none: before anything is run
        _ = scheduled(trace), struck(trace), befell(trace)

    def run_levels(levels: tuple[int, ...], heard: Heard | None, given_up: Callable[[], bool]) -> Report:
        asked = msgspec.structs.replace(request, levels=levels)
        job = Job(task="check", engine=asked.engine, options=_options(asked) | {"findings": str(folder.absolute())})
        outcome = run(job, call_timeout=asked.call_timeout, on_progress=heard, given_up=given_up)
        return _report(asked, outcome, folder)

    alone = request.cell or DEVIATING in request.profile  # of deviations all levels together tell which were met
    report = side_by_side(request.levels, run_levels, on_progress, 1 if alone else jobs)
    if report.problem:
        raise CheckError(report.problem)
    card = _scorecard(request, report)
    if card.finding is not None and card.finding.events:
        keep_reduced(card, folder, report.unreduced)
    return card


def keep_reduced(card: Scorecard, folder: Path, unreduced: str) -> None:
    """Save the finding of a run in the place of the file that it was saved in before it was reduced."""
    assert card.finding is not None
    try:
        saved = save(card.finding, folder)
        if unreduced and Path(unreduced) != saved.absolute():
            Path(unreduced).unlink(missing_ok=True)
    except OSError as error:
        card.unsaved = f"{folder}: {error.strerror or error}"
    else:
        card.saved = str(saved)


def replay(
    request: Request, script: Sequence[Step], *, keep: Path | None = None, trace: Trace | None = None
) -> ReplayReport:
    """Make a history again on an engine and judge it. Raises CheckError where there is nothing to judge.

    The history of a `trace` with a schedule is made by that, one whose disk failed by what it says of the disk, and one with
    both by both.
    """
    made = None if trace is None else scheduled(trace)
    strike = None if trace is None else struck(trace)
    both = None if trace is None else befell(trace)
    if both is not None:
        outcome = _befall(request, both)
    elif strike is not None:
        outcome = _strike(request, strike)
    else:
        outcome = _play(request, script, keep=keep) if made is None else _follow(request, *made)
    match outcome:
        case Finished(result):
            return msgspec.convert(result, ReplayReport, strict=False)
        case Wrong():
            raise wrong(outcome, DEFAULT_FOLDER)
        case Died() | Silent():
            finding = _finding_of_end(request, outcome, minimal=False)
            verdict = "does-not-conform" if finding is not None else "conforms"
            return ReplayReport(verdict=verdict, calls=len(script), finding=finding)
        case Late():
            return ReplayReport(verdict="unknown", calls=0)


def _options(request: Request) -> dict[str, object]:
    options: dict[str, object] = msgspec.to_builtins(request)
    del options["engine"]
    return options


def _report(request: Request, outcome: Outcome, folder: Path) -> Report:
    match outcome:
        case Finished(result):
            return msgspec.convert(result, Report, strict=False)
        case Wrong():
            raise wrong(outcome, folder)
        case Died() | Silent():
            return ended(request, outcome, folder)
        case Late():
            return Report(verdict="unknown")


def wrong(outcome: Wrong, folder: Path) -> CheckError:
    """What to say of a job that could not be done; the traceback of a bug of this program goes to a file."""
    if not outcome.crash:
        return CheckError(outcome.message)
    path = folder / f"harness-{sha256(outcome.crash.encode()).hexdigest()[:10]}.txt"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(outcome.crash, encoding="utf-8")
    except OSError as error:
        return CheckError(f"{outcome.message} ({path} cannot be written: {error.strerror or error})")
    return CheckError(f"{outcome.message}; please report it with {path}")


def ended(request: Request, outcome: Died | Silent, folder: Path) -> Report:
    """The engine took its process along, or never answered: judge that end, and reduce the history in further processes."""
    script, minimal, calls = from_events(outcome.events), False, outcome.calls
    unreduced = _save_unreduced(_finding_of_end(request, outcome, minimal=False, calls=calls), folder)
    if isinstance(outcome, Died):
        deadline = monotonic() + request.reduce_seconds
        script, minimal = shrink(script, lambda steps: _dies(request, steps), lambda: monotonic() < deadline)
        again = _play(request, script)
        outcome = again if isinstance(again, Died) else outcome
    finding = _finding_of_end(request, outcome, minimal=minimal, calls=calls)
    verdict = "does-not-conform" if finding is not None else "unknown"
    report = Report(verdict=verdict, calls=calls, finding=finding, unreduced=unreduced)
    if 1 not in request.levels:  # which of several levels it was nobody can tell: the first is shown
        level = min(request.levels)
        report.levels = [
            Level(level=level, name=NAMES[level], verdict=verdict, calls=calls, guarantee=_guarantee(report))
        ]
    return report


def _save_unreduced(finding: Finding | None, folder: Path) -> str:
    if finding is None or not finding.events:
        return ""
    with suppress(OSError):  # it is said when the reduced one cannot be saved either
        return str(save(finding, folder.absolute()))
    return ""


def _play(request: Request, script: Sequence[Step], *, keep: Path | None = None) -> Outcome:
    options = {
        "steps": encode(tuple(script)),
        "profile": request.profile,
        "call_timeout": request.call_timeout,
        "keep": str(keep.absolute()) if keep else "",
    }
    return run(Job(task="replay", engine=request.engine, options=options), call_timeout=request.call_timeout)


def _follow(request: Request, scenario: Scenario, schedule: str) -> Outcome:
    options = {"profile": request.profile, "scenario": msgspec.to_builtins(scenario), "schedule": schedule}
    return run(Job(task="follow", engine=request.engine, options=options), call_timeout=request.call_timeout)


def _strike(request: Request, strike: Strike) -> Outcome:
    options = {"profile": request.profile, "strike": msgspec.to_builtins(strike)}
    return run(Job(task="strike", engine=request.engine, options=options), call_timeout=request.call_timeout)


def _befall(request: Request, both: Befell) -> Outcome:
    options = {"profile": request.profile, "befell": msgspec.to_builtins(both)}
    return run(Job(task="befall", engine=request.engine, options=options), call_timeout=request.call_timeout)


def _dies(request: Request, script: Sequence[Step]) -> Nonconformity | None:
    died = isinstance(_play(request, script), Died)
    return Nonconformity("died", "the engine's process ended") if died else None


def _finding_of_end(request: Request, outcome: Died | Silent, *, minimal: bool, calls: int = 0) -> Finding | None:
    """None where the profile lets the engine die of the call, or too much is possible. `calls`: until then; 0: none count."""
    stepper = stepper_of(contract(request.profile))
    judge = Judge(Beliefs(stepper, request.bound))
    reason = "crash" if isinstance(outcome, Died) else "timeout"
    open_id = outcome.call.id if isinstance(outcome, Silent) else None
    events: list[Event] = [*outcome.events, EndEvent(reason=reason, id=open_id)]
    try:
        for event in events:
            judge.feed(event)
    except BoundExceeded:
        return None
    if isinstance(outcome, Died):
        kind, observed = "died", f"the engine's process ended: {outcome.reason}"
    else:
        kind, observed = "hang", f"not back after {request.call_timeout:g} seconds, and no call is held"
        judge.blame(outcome.call.id, observed, HANGS)
    if judge.rejection is None:
        return None
    why = explain(Nonconformity(kind, observed, judge.rejection), stepper)
    why = msgspec.structs.replace(why, observed=observed)
    return Finding(
        events=events,
        explanation=why,
        engine=request.engine,
        profile=request.profile,
        seed=request.seed,
        minimal=minimal,
        calls_before=calls,
        level=min(request.levels),
    )


def _scorecard(request: Request, report: Report) -> Scorecard:
    levels = list(report.levels)
    if 1 in request.levels:
        first = Level(level=1, name="codes", verdict=report.verdict, calls=report.calls, guarantee=_guarantee(report))
        first.calls -= sum(level.calls for level in levels)
        levels.insert(0, first)
    missing = [f"the engine has no {capability}" for capability in report.lacking]
    if report.histories_replayed and levels:
        s = "" if report.histories_replayed == 1 else "s"
        levels[0].guarantee += f"; {report.histories_replayed:,} regression{s} replayed"
    if report.only_recorded and levels:
        levels[0].guarantee += f"; {len(report.only_recorded):,} judged by their record alone"
    stale = [f"{name}: the profile no longer rejects what was recorded" for name in report.stale]
    cells = [] if report.finding is not None else report.not_exercised
    others = [f"level {level.level}: {what}" for level in levels for what in level.not_exercised]
    return Scorecard(
        verdict=_overall([level.verdict for level in levels], report),
        engine=request.engine,
        profile=request.profile,
        seed=request.seed,
        calls=report.calls,
        codes=codes_of(report.codes_seen, report.codes_reachable),
        cells=Cells(
            reachable=report.cells_reachable,
            covered=report.cells_covered,
            exercised=report.cells_exercised,
            in_model=report.cells_in_model,
        ),
        levels=levels,
        exercised=report.exercised,
        deviations=report.deviations,
        not_exercised=[*missing, *cells, *others],
        finding=report.finding,
        stale=stale,
    )


def _overall(verdicts: Sequence[str], report: Report) -> str:
    """Any level that does not conform decides; else any that is unknown (DESIGN.md section 4)."""
    if report.finding is not None or "does-not-conform" in verdicts:
        return "does-not-conform"
    return "unknown" if "unknown" in verdicts or report.verdict == "unknown" else "conforms"


def _guarantee(report: Report) -> str:
    """What was exhausted, and what was only sampled."""
    covered, reachable = report.cells_covered, report.cells_reachable
    ended = "it ended at the finding" if report.finding is not None else "it ended early"
    if report.unknown:
        return f"none: {report.unknown}"
    if not reachable:
        return f"none: {ended}"
    if not report.exhausted:
        return f"none: {ended}, with {covered:,} of the {reachable:,} cells met until then covered"
    text = f"cells {covered:,} of {reachable:,} reachable on this engine ({report.cells_in_model:,} in the model)"
    if report.random_examples:
        text += f"; sampled: {report.random_examples:,} random calls"
    return text
