"""Running a suite: the worker under its supervisor, the place to go on from, and what its end means."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import msgspec

from .check import Request, ended, keep_reduced, wrong
from .findings import DEFAULT_FOLDER
from .journal import Progress
from .scorecard import Cells, Level, Scorecard, codes_of
from .suite import Suite
from .suite_run import TEST, Report
from .supervisor import Died, Finished, Late, Outcome, Silent, Wrong, run
from .worker import Job

PLACES = DEFAULT_FOLDER.parent / "suites"
"""Where runs say how far they are, a file a run."""


class SuiteRequest(msgspec.Struct, kw_only=True, frozen=True):
    """What the command line asks."""

    file: Path
    engine: str
    resume: bool = False
    call_timeout: float = 20.0
    budget: float | None = None


class Place(msgspec.Struct, kw_only=True):
    """How far a run came: the tests that are over."""

    suite: str
    engine: str
    done: int


def run_suite(
    request: SuiteRequest, suite: Suite, *, folder: Path, on_progress: Callable[[str], None] | None = None
) -> Scorecard:
    """Run the tests of a suite, which was read from the file of the request, up to the first finding.

    CheckError where there is nothing to judge. How far it came is written below the current folder all the time.
    """
    place = _place(request)
    first = _done(place, len(suite.tests)) if request.resume else 0

    def heard(progress: Progress) -> None:
        number = _number(progress.name)
        if number is not None:
            _write(place, request, number - 1)
            if on_progress is not None:
                on_progress(progress.name)

    options = {
        "suite": str(request.file.absolute()),
        "first": first,
        "call_timeout": request.call_timeout,
        "budget": request.budget,
        "findings": str(folder.absolute()),
    }
    job = Job(task="suite", engine=request.engine, options=options)
    outcome = run(job, call_timeout=request.call_timeout, on_progress=heard)
    report, unreduced = _report(request, suite, outcome, folder)
    if report.done >= len(suite.tests):
        place.unlink(missing_ok=True)
    elif report.done:
        _write(place, request, report.done)
    card = _scorecard(request, suite, report, first)
    if card.finding is not None and card.finding.events:
        keep_reduced(card, folder, unreduced)
    return card


def _report(request: SuiteRequest, suite: Suite, outcome: Outcome, folder: Path) -> tuple[Report, str]:
    """What the run found, and the file in which a finding was saved before it was reduced."""
    match outcome:
        case Finished(result):
            report = msgspec.convert(result, Report, strict=False)
            return report, report.unreduced
        case Wrong():
            raise wrong(outcome, folder)
        case Died() | Silent():
            asked = Request(
                engine=request.engine, profile=suite.profile, seed=0, call_timeout=request.call_timeout, levels=(1,)
            )
            found = ended(asked, outcome, folder)
            unknown = "" if found.finding is not None else "the engine's process ended, as the profile lets it"
            return Report(calls=found.calls, finding=found.finding, unknown=unknown), found.unreduced
        case Late():
            return Report(), ""


def _scorecard(request: SuiteRequest, suite: Suite, report: Report, first: int) -> Scorecard:
    verdict = _verdict(suite, report)
    name = f"suite {suite.projection}, {suite.cover.value}"
    level = Level(level=1, name=name, verdict=verdict, calls=report.calls, guarantee=_guarantee(suite, report, first))
    missed = [f"{reason} (tests not to their end: {count:,})" for reason, count in sorted(report.not_made.items())]
    return Scorecard(
        verdict=verdict,
        engine=request.engine,
        profile=suite.profile,
        seed=0,
        calls=report.calls,
        codes=codes_of({}, ()),
        cells=Cells(reachable=0, covered=0),
        levels=[level],
        not_exercised=[] if report.finding is not None else missed,
        finding=report.finding,
    )


def _verdict(suite: Suite, report: Report) -> str:
    if report.finding is not None:
        return "does-not-conform"
    if report.unknown or report.stale or report.done < len(suite.tests) or not report.calls:
        return "unknown"
    return "conforms"


def _guarantee(suite: Suite, report: Report, first: int) -> str:
    """What of the suite's guarantee this run gives."""
    total = len(suite.tests)
    if report.finding is not None:
        return "none: it ended at the finding"
    if report.unknown:
        return f"none: {report.unknown}"
    if report.stale:
        return f"none: the file is not of this model, which allows {report.stale}: generate it anew"
    if report.done < total:
        return f"none: it ended early, after {report.done:,} of {total:,} tests (--resume goes on)"
    resumed = f", of them {first:,} in an earlier run" if first else ""
    text = f"tests {total:,} of {total:,}{resumed}; {report.cells:,} calls in states made"
    if report.not_made:
        text += f"; {sum(report.not_made.values()):,} tests not to their end"
    if report.departed:
        text += f"; in {report.departed:,} the engine gave another allowed code than the suite is derived from"
    whole = not report.not_made and not report.departed
    return (
        f"{text}; {suite.guarantee}"
        if whole
        else f"{text}. Of an engine that gives the assumed codes: {suite.guarantee}"
    )


# -- the place to go on from ---------------------------------------------------------------------------------------------


def _place(request: SuiteRequest) -> Path:
    """The file of this suite, to the byte, and this engine."""
    key = request.file.read_bytes() + b"\n" + request.engine.encode()
    return PLACES / f"{sha256(key).hexdigest()[:10]}.json"


def _done(place: Path, total: int) -> int:
    try:
        return max(0, min(msgspec.json.decode(place.read_bytes(), type=Place).done, total))
    except (OSError, msgspec.DecodeError):  # it was never begun, or ended
        return 0


def _write(place: Path, request: SuiteRequest, done: int) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    text = msgspec.json.encode(Place(suite=str(request.file), engine=request.engine, done=done))
    part = place.with_suffix(".part")
    part.write_bytes(text + b"\n")
    part.replace(place)


def _number(name: str) -> int | None:
    """The number of the test in the name of a history; None for a history that is none."""
    first = name.removeprefix(TEST).split(" ", 1)[0]
    return int(first) if name.startswith(TEST) and first.isdigit() else None
