"""How much sooner more workers find seeded bugs: one campaign over a shuffled catalogue of mutants, until each is found.

python -m benchmarks.campaign --mutants 12 --workers 1 2
"""

import argparse
import os
import random
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from jetconform.conformance.campaigns.campaign import Campaign, Request
from jetconform.conformance.campaigns.plan import Shard
from jetconform.conformance.campaigns.pool import DaskPool, Lost, local
from jetconform.conformance.campaigns.shard import Answer, Order
from jetconform.conformance.errors import CheckError
from jetconform.conformance.mutants.catalogue import MUTANTS

QUICK = 2500
"""Calls within which the catalogue promises that a mutant is found: more would measure the walk, not the campaign."""


class _AllFound(Exception):  # noqa: N818 - how the campaign is left
    """Every mutant is found."""


class Watched:
    """A pool that notes when each engine was first found out, and ends the campaign with the last."""

    def __init__(self, pool: DaskPool, engines: Sequence[str]) -> None:
        self._pool = pool
        self._left = set(engines)
        self._started = monotonic()
        self.found: dict[str, float] = {}
        self.shards = 0

    def slots(self) -> int:
        return self._pool.slots()

    def give(self, order: Order) -> None:
        self._pool.give(order)

    def answer(self, seconds: float) -> tuple[Shard, Answer | Lost] | None:
        if not self._left:
            raise _AllFound
        answered = self._pool.answer(seconds)
        if answered is not None:
            self.shards += 1
            shard, answer = answered
            if isinstance(answer, Answer) and answer.trace and shard.engine in self._left:
                self._left.remove(shard.engine)
                self.found[shard.engine] = monotonic() - self._started
        return answered


def chosen(count: int, seed: int) -> list[str]:
    """So many quick mutants of level 1, in a shuffled order."""
    names = [mutant.name for mutant in MUTANTS if mutant.level == 1 and mutant.within <= QUICK]
    random.Random(seed).shuffle(names)
    return [f"mutant:{name}" for name in names[:count]]


def measure(engines: Sequence[str], workers: int, seed: int) -> tuple[float, Watched]:
    """The seconds until all are found, the start of the workers not counted, and when each was."""
    with TemporaryDirectory(prefix="jetconform-") as name, local(workers, Path(name)) as pool:
        watched = Watched(pool, engines)
        request = Request(engines=tuple(engines), levels=(1,), seed=seed, call_timeout=3.0)
        with suppress(_AllFound):
            Campaign(request, Path(name), watched, scratch=name).run()
        return max(watched.found.values(), default=0.0), watched


def main() -> int:
    """Measure with each number of workers, and print what the first took against the others; 1 where a mutant was not found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.campaign", description=__doc__)
    parser.add_argument("--mutants", type=int, default=12, metavar="N", help="how many (12)")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2], metavar="N", help="numbers of workers (1 2)")
    parser.add_argument("--seed", type=int, default=1, help="of the shuffle and of the campaign (1)")
    args = parser.parse_args()
    engines = chosen(args.mutants, args.seed)
    print(f"{len(engines)} mutants, seed {args.seed}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    print(f"{'workers':>7}  {'seconds':>8}  {'ratio':>6}  {'found':>9}  {'shards':>6}  last")
    first, missed = 0.0, False
    for workers in args.workers:
        seconds, watched = measure(engines, workers, args.seed)
        first = first or seconds
        missed |= len(watched.found) < len(engines)
        found = f"{len(watched.found)} of {len(engines)}"
        last = max(watched.found, key=lambda engine: watched.found[engine], default="")
        ratio = f"{first / seconds:.2f}" if seconds else "-"
        print(f"{workers:>7}  {seconds:>8.1f}  {ratio:>6}  {found:>9}  {watched.shards:>6}  {last}", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except CheckError as error:
        sys.exit(f"benchmarks.campaign: {error}")
