"""Measuring the harness: every mutant is checked like any engine, and what counts is whether and how soon it is found."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

import msgspec

from ..check import CheckError, Request, check
from ..laboratory import REDUCE_SECONDS
from ..levels import NAMES
from ..scorecard import Scorecard
from ..trace import CallEvent
from .generic import Generic
from .mutant import Mutant

SEED = 20160411
"""Of the random part of every check: the measure is the same every time."""
CALL_TIMEOUT = 3.0
"""Seconds: a mutant that hangs should not take long, and no call of the reference engine takes a tenth of that."""


ALL_LEVELS = tuple(NAMES)


class Measured(msgspec.Struct, kw_only=True):
    """What became of one mutant."""

    name: str
    bug: str
    place: str  # file, and line where it is known
    level: int  # at which it must be found; 0: at any
    caught_at: int = 0  # the level that found it; 0: none did
    within: int = 0  # calls; 0: no bound
    caught: bool = False
    late: bool = False  # caught, but after more calls than it may take
    calls: int = 0  # until it was found; 0: the engine's process ended, and nobody counted
    length: int = 0  # calls of the shortest history
    minimal: bool = False
    seconds: float = 0.0
    schedule: str = ""  # of level 5: the shortest that shows the bug
    preemptions: int = 0
    steps: int = 0
    headline: str = ""  # what was seen
    verdict: str = ""  # of the check
    saved: str = ""  # the file of its finding
    history: list[str] = []  # the calls of the shortest history


def measure(
    mutants: Iterable[Mutant | Generic], *, quick: bool = False, on_result: Callable[[Measured], None] | None = None
) -> list[Measured]:
    """Check every mutant, as many at a time as there are processors; the results in the order of the mutants.

    `quick`: the histories are not reduced.
    """
    with TemporaryDirectory(prefix="jetconform-") as folder, ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        order = list(mutants)
        futures = {pool.submit(measure_one, mutant, Path(folder), quick=quick): mutant for mutant in order}
        found: dict[str, Measured] = {}
        try:
            for future in as_completed(futures):
                result = future.result()
                found[result.name] = result
                if on_result is not None:
                    on_result(result)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [found[mutant.name] for mutant in order]


def measure_one(
    mutant: Mutant | Generic, folder: Path, *, quick: bool = False, level: int = 0, budget: float | None = None
) -> Measured:
    """Check one mutant: of the catalogue at its own level alone, a generic one at all. Its finding is saved in `folder`.

    `level`: at that one instead; `budget`: for so many seconds at the most.
    """
    result = _described(mutant)
    own = (mutant.level,) if isinstance(mutant, Mutant) else ALL_LEVELS
    request = Request(
        engine=f"mutant:{mutant.name}",
        profile="documented",
        seed=SEED,
        call_timeout=CALL_TIMEOUT,
        levels=(level,) if level else own,
        budget=budget,
        reduce_seconds=0.0 if quick else REDUCE_SECONDS,
    )
    started = monotonic()
    try:
        card = check(request, folder=folder)
    except CheckError as error:  # the engine never got to its first call, or the harness failed: nothing was found
        result.headline = str(error).strip().rpartition("\n")[2]
    else:
        _judge(result, card)
    result.seconds = round(monotonic() - started, 1)
    return result


def _described(mutant: Mutant | Generic) -> Measured:
    if isinstance(mutant, Generic):
        return Measured(name=mutant.name, bug=mutant.what, place=mutant.place, level=0)
    place = f"engine/{mutant.module}.py"
    return Measured(name=mutant.name, bug=mutant.bug, place=place, level=mutant.level, within=mutant.within)


def _judge(result: Measured, card: Scorecard) -> None:
    finding = card.finding
    result.verdict, result.saved = card.verdict, card.saved
    result.caught = card.verdict == "does-not-conform"
    if finding is None:
        result.headline = f"{card.verdict} after {card.calls:,} calls"
        return
    why = finding.explanation
    result.caught_at = finding.level
    result.calls = finding.calls_before
    result.late = bool(result.within) and finding.calls_before > result.within
    result.minimal = finding.minimal
    result.schedule, result.preemptions, result.steps = finding.schedule, finding.preemptions, finding.steps
    result.history = [event.call for event in finding.events if isinstance(event, CallEvent)]
    result.length = len(result.history)
    result.headline = f"{why.call}: {why.observed}".strip(": ") or why.reason
