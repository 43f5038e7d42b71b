"""Schedules: how many a second, and how many until each seeded race is found, against random scheduling of the same budget.

    python -m benchmarks.schedules [--budget N] [--seeds N]

Speed is CPU time of one thread, on the engine with its files in memory; the yardstick is a bare switch of tasks.
"""

import argparse
import json
import statistics
import subprocess
import sys
from collections.abc import Iterator
from functools import partial

from jetconform.conformance.belief import Beliefs
from jetconform.conformance.engines import load_scheduled
from jetconform.conformance.schedules.explore import Explorer
from jetconform.conformance.schedules.scenario import Scenario
from jetconform.conformance.schedules.scenarios import RUNNING, SCENARIOS, STOP_BACKUP, STOP_SERVICE, TRUNCATION
from jetconform.conformance.schedules.scheduler import Priorities, RandomWalk, RoundRobin, Scheduler
from jetconform.conformance.schedules.tasks import Tasks
from jetconform.conformance.schedules.verdict import Verdicts
from jetconform.conformance.schedules.world import World
from jetconform.model.guards.documented import DOCUMENTED
from jetconform.model.step import Stepper

from .figures import Figure, best
from .tables import show

SHORT = Scenario(RUNNING, ((STOP_BACKUP,), (STOP_SERVICE,), (STOP_BACKUP,)), (), "three calls that write nothing")
THREE = Scenario(RUNNING, ((TRUNCATION,), (STOP_BACKUP,), (TRUNCATION,)), (), "truncation, stop, truncation")
FULL = "backup, insert, stop"

RACES: tuple[tuple[str, str], ...] = (
    ("race-two-backups", "backup, backup"),
    ("race-double-term", "term, term, insert"),
    ("race-double-init", "init, init, term"),
    ("race-uncounted-call", "term, inserts"),
    ("race-restore", "restore, init, term"),
    ("race-truncating-unmarked", "backup, term with StopBackup"),
    ("race-refused-clears-flag", "backup, two truncations"),
    ("race-stop-forgotten", "truncation, stop, term"),
    ("race-stop-unheard", "streaming calls, stop"),
    ("race-restore-uncovered", "restore, init, term"),
    ("wakeup-lost-by-call", "term, inserts"),
    ("wakeup-lost-by-thaw", "freeze, insert, abort"),
    ("wakeup-taken-for-end", "truncation, term with StopBackup, insert"),
    ("wait-for-one-call", "term, inserts"),
    ("lock-order", "backup, stop"),
)
"""Each race, and a scenario that can show it."""


def main() -> int:
    """Print both tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.schedules", description=__doc__)
    parser.add_argument("--budget", type=int, default=1000, help="schedules for each search (1000)")
    parser.add_argument("--seeds", type=int, default=5, help="seeds for each random search (5)")
    parser.add_argument("--race", nargs=2, metavar=("NAME", "SCENARIO"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.race:
        print(json.dumps(search(*args.race, budget=args.budget, seeds=args.seeds)))
        return 0
    show("speed", [("what", "per second", "against a bare switch"), *speeds()])
    show(f"schedules until a race is found, of at most {args.budget:,}", list(races(args.budget, args.seeds)))
    return 0


def speeds() -> Iterator[tuple[str, ...]]:
    """Executions a second of scenarios, with and without the judge."""
    tasks = Tasks()

    def switching() -> None:
        for _ in range(50_000):
            tasks.switch("look at", "nothing")

    def bare() -> None:
        scheduler = RoundRobin()
        scheduler.begin()
        tasks.run([("A", switching), ("B", switching)], scheduler, limit=1 << 40)

    switch = Figure("a switch between tasks", 100_000, best(3, bare))
    yield switch.what, switch.text, ""
    full = next(scenario for scenario in SCENARIOS if scenario.name == FULL)
    for scenario in (SHORT, THREE, full):
        world, verdicts = opened(scenario, "reference")
        explorer = Explorer(world, verdicts, scenario)
        known = partial(explorer.systematic, 1, limit=300, go_on=lambda: True)
        known()  # by now every outcome is
        seconds = best(3, known)
        figure = Figure(f"schedules, judged: {scenario.name}", explorer.schedules, seconds, switch)
        yield figure.what, figure.text, f"{figure.rate / switch.rate:.4f}"


def opened(scenario: Scenario, engine: str) -> tuple[World, Verdicts]:
    """The world of a scenario."""
    factory = load_scheduled(engine)
    assert factory is not None
    world = World(factory, scenario.setup)
    return world, Verdicts(Beliefs(Stepper(DOCUMENTED)), world, clean=True)


def races(budget: int, seeds: int) -> Iterator[tuple[str, ...]]:
    """For each race how many schedules each search needs: the median over the seeds."""
    yield ("race", "scenario", "systematic", "PCT", "random")
    for name, scenario in RACES:
        command = [sys.executable, "-m", "benchmarks.schedules", "--race", name, scenario]
        command += ["--budget", str(budget), "--seeds", str(seeds)]  # a process each: a race is an engine of its own
        found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        yield (name, scenario, *(str(found[kind]) for kind in ("systematic", "PCT", "random")))


def search(race: str, name: str, *, budget: int, seeds: int) -> dict[str, str]:
    """The schedules until that race was found, by each kind of search."""
    scenario = next(each for each in SCENARIOS if each.name == name)
    world, verdicts = opened(scenario, f"mutant:{race}")

    def until(scheduler: Scheduler) -> float:
        for number in range(1, budget + 1):
            if not scheduler.begin():
                break
            if verdicts.of(world.execute(scenario, scheduler))[0] is not None:
                return number
        return float("inf")

    def median(counts: list[float]) -> str:
        middle = statistics.median(counts)
        return "not found" if middle == float("inf") else f"{middle:,.0f}"

    explorer = Explorer(world, verdicts, scenario)
    systematic = float("inf")
    spent = 0
    for preemptions in range(3):
        _, failure = explorer.systematic(preemptions, limit=budget - spent, go_on=lambda: True)
        if failure is not None:
            systematic = spent + explorer.schedules
            break
        spent += explorer.schedules
    return {
        "systematic": median([systematic]),
        "PCT": median([until(Priorities(seed)) for seed in range(seeds)]),
        "random": median([until(RandomWalk(seed)) for seed in range(seeds)]),
    }


if __name__ == "__main__":
    sys.exit(main())
