"""Makes every mutant of the model's tables, asks the judges, and writes what came of it: `make model-mutants`.

Each mutant is patched into a process of its own, that forks from one in which everything is loaded and recorded.
"""

import argparse
import gc
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence

from . import guard_rows, other_tables
from .judges import ROOT, Cases, Caught, Traces, Verify
from .mutant import Mutant
from .page import Result, written

LIMIT = 120
"""Seconds that one mutant may take: one that takes longer explores without end, and that is noticed."""


def main() -> int:
    """Exit status: 0 all is caught or explained; 1 something survives unexplained; 2 an explanation is wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.model_mutants", description=__doc__)
    parser.add_argument("--only", default="", help="mutants whose name contains this; nothing is written then")
    args = parser.parse_args()
    mutants = [one for one in (*guard_rows.mutants(), *other_tables.mutants()) if args.only in one.name]
    results = {one.name: Result(one.table, one.kind, one.name, caught) for one, caught in _judged(mutants)}
    for one in results.values():
        if one.caught in (Caught.COUNTS, Caught.NOBODY):
            print(f"{one.caught.value}: {one.name}")
    if args.only:
        return 0
    return written([results[one.name] for one in mutants])


def _judged(mutants: Sequence[Mutant]) -> Iterator[tuple[Mutant, Caught]]:
    """The tests first: they catch most, and a process that holds nothing else forks fast."""
    began = time.monotonic()
    cases = Cases()
    print(f"{len(mutants):,} mutants; {len(cases):,} tests", flush=True)
    left = []
    for mutant in _shared(mutants):
        caught = _in_child(mutant, lambda mutant: Caught.CASES if cases.catches(mutant) else Caught.NOBODY)
        if caught is Caught.NOBODY:
            left.append(mutant)
        else:
            yield mutant, caught
    print(f"{len(left):,} of them pass the tests; {time.monotonic() - began:.0f} s", flush=True)
    committed = json.loads((ROOT / "model" / "expected.json").read_text(encoding="utf-8"))
    traces, verify = Traces(), Verify(committed)
    for mutant in _shared(left):
        yield mutant, _in_child(mutant, lambda one: Caught.TRACES if traces.catches(one) else verify.judge(one))
    print(f"{time.monotonic() - began:.0f} s", flush=True)


def _shared(mutants: Sequence[Mutant]) -> Sequence[Mutant]:
    """The mutants, once everything that is loaded is shared with the processes to come, and not written to."""
    gc.collect()
    gc.freeze()
    return mutants


def _in_child(mutant: Mutant, judge: Callable[[Mutant], Caught]) -> Caught:
    order = tuple(Caught)
    child = os.fork()
    if child == 0:
        signal.alarm(LIMIT)
        try:
            mutant.apply()
            os._exit(order.index(judge(mutant)))
        except BaseException as error:
            print(f"{mutant.name}: {error!r}", file=sys.stderr, flush=True)
            os._exit(len(order))
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return Caught.VERIFY
    if os.WEXITSTATUS(status) >= len(order):
        raise SystemExit(f"{mutant.name}: the judges failed, see above")
    return order[os.WEXITSTATUS(status)]


if __name__ == "__main__":
    sys.exit(main())
