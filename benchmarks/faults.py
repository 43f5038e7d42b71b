"""Level 6: crash states enumerated, deduplicated and looked at a second, each apart, and fault points a second.

    python -m benchmarks.faults [--scenario NAME]

CPU time of one thread, on the reference engine; a state that is looked at is recovered, and its sets are restored.
"""

import argparse
import sys
from time import process_time

from jetconform.conformance.engines.reference_disk import faulty
from jetconform.conformance.faults.aftermath import Aftermath
from jetconform.conformance.faults.crashes import Crashes
from jetconform.conformance.faults.injection import Injection
from jetconform.conformance.faults.persistence import Persistence
from jetconform.conformance.faults.scenario import Scenario
from jetconform.conformance.faults.scenarios import SCENARIOS

from .figures import Figure


def main() -> int:
    """Print the figures of one scenario, or of all together."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults", description=__doc__)
    parser.add_argument("--scenario", help="one scenario by its name; without it, all")
    args = parser.parse_args()
    chosen = [scenario for scenario in SCENARIOS if args.scenario in (None, scenario.name)]
    if not chosen:
        parser.error(f"no scenario {args.scenario!r}: there are {', '.join(one.name for one in SCENARIOS)}")
    print(f"{'what':<60}{'number':>12}{'per second':>14}")
    for figure in (*crashes(chosen), faults(chosen)):
        print(f"{figure.what:<60}{figure.number:>12,}{figure.text:>14}", flush=True)
    return 0


def crashes(scenarios: list[Scenario]) -> list[Figure]:
    """Crash states: enumerated; enumerated and told apart; recovered with their sets restored."""
    aftermath = Aftermath(faulty)
    recorded = [Crashes.of(faulty, scenario, aftermath) for scenario in scenarios]
    start = process_time()
    enumerated = 0
    for one in recorded:
        points = frozenset(range(one.points))
        enumerated += sum(1 for model in Persistence for _ in one.recording.crashes(model, points))
    apart = process_time()
    states = [(one, state) for one in recorded for state in one.states()]
    looked = process_time()
    broken = [one.told(state) for one, state in states if one.broken(state) is not None]
    end = process_time()
    assert not broken, broken[:3]
    return [
        Figure("crash states enumerated", enumerated, apart - start),
        Figure("crash states enumerated and deduplicated", enumerated, looked - apart),
        Figure("distinct crash states recovered and restored", len(states), end - looked),
        Figure("  recoveries and restores in them", aftermath.recovered + aftermath.restored, end - looked),
    ]


def faults(scenarios: list[Scenario]) -> Figure:
    """Fault points: a run each, then a recovery and the restores."""
    start, played = process_time(), 0
    aftermath = Aftermath(faulty)
    for scenario in scenarios:
        injection = Injection(faulty, scenario, aftermath)
        for point in injection.points():
            assert injection.strike(point).broken is None
            played += 1
    return Figure("fault points, each with its recovery and restores", played, process_time() - start)


if __name__ == "__main__":
    sys.exit(main())
