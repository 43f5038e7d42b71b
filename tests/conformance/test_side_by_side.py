"""Levels side by side: the report of all of them, and what is done when one of them finds something."""

from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest
from jetconform.conformance import cli
from jetconform.conformance.check import Request, check
from jetconform.conformance.errors import CheckError
from jetconform.conformance.explain import Explanation
from jetconform.conformance.findings import Finding
from jetconform.conformance.journal import Progress
from jetconform.conformance.level1 import Report
from jetconform.conformance.scorecard import Level
from jetconform.conformance.side_by_side import Heard, side_by_side


def report(level: int, *, found: bool = False, verdict: str = "conforms") -> Report:
    why = Explanation(kind="rejected", profile="documented", reason=f"of level {level}")
    finding = Finding(events=[], explanation=why, engine="e", profile="documented", seed=1, level=level)
    one = Level(level=level, name="a level", verdict=verdict, calls=10 * level, guarantee="")
    return Report(verdict=verdict, calls=10 * level, levels=[one], finding=finding if found else None)


def test_one_after_another_is_one_run() -> None:
    asked: list[tuple[int, ...]] = []

    def run(levels: tuple[int, ...], heard: Heard | None, given_up: Callable[[], bool]) -> Report:
        asked.append(levels)
        assert not given_up()
        return report(1)

    side_by_side((1, 2, 3), run, None, 1)
    side_by_side((4,), run, None, 8)
    assert asked == [(1, 2, 3), (4,)]


def test_all_levels_run_at_a_time_and_are_told_in_their_order() -> None:
    begun = {level: Event() for level in (1, 2, 3)}

    def run(levels: tuple[int, ...], heard: Heard | None, given_up: Callable[[], bool]) -> Report:
        (level,) = levels
        begun[level].set()
        assert all(event.wait(60) for event in begun.values())  # each waits for all others to have begun
        assert heard is not None
        heard(Progress(level, f"history of {level}"))
        return report(level)

    told: list[Progress] = []
    whole = side_by_side((1, 2, 3), run, told.append, 3)
    assert [level.level for level in whole.levels] == [1, 2, 3]
    assert (whole.calls, whole.finding) == (60, None)
    assert told[-1].histories == 6


def test_the_finding_of_the_lowest_level_counts_and_the_levels_above_are_given_up() -> None:
    """Level 2 finds; 1 goes on to its end, and finds as well; 3 stops as soon as it may."""
    two_is_back, three_stopped = Event(), Event()

    def run(levels: tuple[int, ...], heard: Heard | None, given_up: Callable[[], bool]) -> Report:
        (level,) = levels
        if level == 2:
            return report(2, found=True, verdict="does-not-conform")
        if level == 3:
            while not given_up():
                two_is_back.wait(0.01)
            three_stopped.set()
            return report(3, verdict="unknown")
        assert three_stopped.wait(60)
        assert not given_up()
        return report(1, found=True, verdict="does-not-conform")

    whole = side_by_side((1, 2, 3), run, None, 3)
    assert whole.finding is not None
    assert whole.finding.level == 1
    assert [level.level for level in whole.levels] == [1]
    assert whole.verdict == "does-not-conform"


def test_what_a_run_raises_is_raised_and_the_others_are_given_up() -> None:
    def run(levels: tuple[int, ...], heard: Heard | None, given_up: Callable[[], bool]) -> Report:
        if levels == (1,):
            raise CheckError("no such engine")
        while not given_up():
            Event().wait(0.01)
        return report(2)

    with pytest.raises(CheckError, match="no such engine"):
        side_by_side((1, 2), run, None, 2)


def test_a_level_that_is_unknown_makes_all_unknown() -> None:
    def run(levels: tuple[int, ...], heard: Heard | None, given_up: Callable[[], bool]) -> Report:
        return report(levels[0], verdict="unknown" if levels == (2,) else "conforms")

    assert side_by_side((1, 2), run, None, 2).verdict == "unknown"


def test_the_levels_of_an_engine_are_judged_as_one_after_another(tmp_path: Path) -> None:
    request = Request(
        engine="mutant:stop-inside-unheard", profile="documented", seed=1, levels=(3, 4), call_timeout=5.0
    )
    apart, together = (check(request, folder=tmp_path, jobs=jobs) for jobs in (2, 1))
    assert apart.finding is not None
    assert together.finding is not None
    assert apart.verdict == together.verdict == "does-not-conform"
    assert apart.finding.events == together.finding.events
    assert [level.level for level in apart.levels] == [level.level for level in together.levels] == [3, 4]


def test_no_levels_at_a_time_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", "-j", "0"]) == 2
    assert capsys.readouterr().err == "jetconform: -j 0: expected a number of levels, at least 1\n"
