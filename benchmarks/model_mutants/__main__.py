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
from collections.abc import Iterator, Sequence

from . import guard_rows, other_tables
from .judges import ROOT, Cases, Caught, Traces, Verify
from .mutant import Mutant
from .page import COMMITTED, PAGE, Result, written

LIMIT = 120
"""Seconds that one mutant may take: one that takes longer explores without end, and that is noticed."""


def main() -> int:
    """Exit status: 0 all is caught or explained; 1 something survives unexplained; 2 an explanation is wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.model_mutants", description=__doc__)
    parser.add_argument("--only", default="", help="mutants whose name contains this; nothing is written then")
    args = parser.parse_args()
    began = time.monotonic()
    mutants = [one for one in (*guard_rows.mutants(), *other_tables.mutants()) if args.only in one.name]
    committed = json.loads((ROOT / "model" / "expected.json").read_text(encoding="utf-8"))
    cases, traces, verify = Cases(), Traces(), Verify(committed)
    print(
        f"{len(mutants):,} mutants; {len(cases):,} tests, {len(traces):,} traces; {time.monotonic() - began:.0f} s to load",
        flush=True,
    )
    results = []
    for mutant, caught in _judged(mutants, cases, traces, verify):
        results.append(Result(mutant.table, mutant.kind, mutant.name, caught))
        if caught in (Caught.COUNTS, Caught.NOBODY):
            print(f"{caught.value}: {mutant.name}", flush=True)
        if len(results) % 500 == 0:
            print(f"... {len(results):,}, {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    print(f"{len(results):,} mutants in {time.monotonic() - began:.0f} s")
    if args.only:
        return 0
    return written(results, COMMITTED, PAGE)


def _judged(mutants: Sequence[Mutant], cases: Cases, traces: Traces, verify: Verify) -> Iterator[tuple[Mutant, Caught]]:
    gc.collect()
    gc.freeze()  # what is loaded is shared with every child, and not written to
    for mutant in mutants:
        yield mutant, _in_child(mutant, cases, traces, verify)


def _in_child(mutant: Mutant, cases: Cases, traces: Traces, verify: Verify) -> Caught:
    order = tuple(Caught)
    child = os.fork()
    if child == 0:
        signal.alarm(LIMIT)
        try:
            mutant.apply()
            os._exit(order.index(_verdict(mutant, cases, traces, verify)))
        except BaseException as error:
            print(f"{mutant.name}: {error!r}", file=sys.stderr, flush=True)
            os._exit(len(order))
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return Caught.VERIFY
    if os.WEXITSTATUS(status) >= len(order):
        raise SystemExit(f"{mutant.name}: the judges failed, see above")
    return order[os.WEXITSTATUS(status)]


def _verdict(mutant: Mutant, cases: Cases, traces: Traces, verify: Verify) -> Caught:
    if cases.catches(mutant):
        return Caught.CASES
    if traces.catches(mutant):
        return Caught.TRACES
    return verify.judge(mutant)


if __name__ == "__main__":
    sys.exit(main())
