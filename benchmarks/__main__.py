"""Runs the benchmarks and prints one table; what to compare a figure with stands beside it, from the same run."""

import argparse
import platform
import sys
from collections.abc import Iterator

from . import harness, judge, load, model, process, recorded
from .figures import Figure


def main() -> int:
    """Run them; 130 when interrupted, with what was measured until then on the screen."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="of the histories that the judge is fed with (1)")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each measurement; the best counts (3)")
    args = parser.parse_args()
    print(
        f"Python {platform.python_version()}, {platform.machine()}, seed {args.seed}, best of {args.repeat}, CPU seconds"
    )
    print(f"{'what':<90}{'per second':>14}{'against':>10}")
    try:
        for figure in _figures(args.seed, args.repeat):
            print(f"{figure.what:<90}{figure.text:>14}{figure.against:>10}", flush=True)
    except KeyboardInterrupt:
        print("interrupted")
        return 130
    return 0


def _figures(seed: int, repeat: int) -> Iterator[Figure]:
    yield from model.figures(repeat)
    yield from judge.figures(seed, repeat)
    yield from load.figures(seed)
    yield from recorded.figures(seed, repeat)
    yield from harness.figures(repeat)
    yield from process.figures(repeat)


if __name__ == "__main__":
    sys.exit(main())
