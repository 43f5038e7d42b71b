"""Several levels at a time, each in a worker process of its own, and one report of them all.

The verdict is that of the levels one after another: of several findings that of the lowest level is shown, and once it is
known what the levels above it make of the engine is not waited for.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

from .journal import Progress
from .level1 import Report

Heard = Callable[[Progress], None]
Run = Callable[[tuple[int, ...], Heard | None, Callable[[], bool]], Report]
"""Runs some levels: it tells where it is, asks now and then whether it is given up, and returns its report."""


def side_by_side(levels: Sequence[int], run: Run, on_progress: Heard | None, jobs: int) -> Report:
    """The report of these levels, `jobs` of them at a time. Raises what a run raises."""
    if jobs == 1 or len(levels) == 1:
        return run(tuple(levels), on_progress, lambda: False)
    told: dict[int, Progress] = {}
    lowest = [max(levels)]  # above it nothing matters any more

    def one(level: int) -> Report:
        def heard(progress: Progress) -> None:
            told[level] = progress
            if on_progress is not None:
                on_progress(Progress(sum(each.histories for each in told.values()), progress.name))

        return run((level,), heard, lambda: level > lowest[0])

    reports: dict[int, Report] = {}
    with ThreadPoolExecutor(jobs) as pool:
        running = {pool.submit(one, level): level for level in levels}
        try:
            for future in as_completed(running):
                level = running[future]
                reports[level] = future.result()
                if reports[level].finding is not None or reports[level].problem:
                    lowest[0] = min(lowest[0], level)
        except BaseException:
            lowest[0] = 0
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return _joined([reports[level] for level in sorted(reports) if level <= lowest[0]])


def _joined(reports: Sequence[Report]) -> Report:
    """One report of several, in the order of their levels: what level 1 alone tells is in the first."""
    whole = reports[0]
    for report in reports[1:]:
        whole.levels += report.levels
        whole.calls += report.calls
        whole.finding = whole.finding or report.finding
        whole.unreduced = whole.unreduced or report.unreduced
        whole.problem = whole.problem or report.problem
        if report.verdict == "unknown":
            whole.verdict = "unknown"
    return whole
