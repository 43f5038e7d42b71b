"""Checks mechanical mutants of the engine at one level after the other: `make generic-mutants`.

What is found at a level is asked no further. What is there is gone on with, as long as the engine is the one it was measured on.
"""

import argparse
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from jetconform.conformance.mutants.generic import Generic, enumerate_all, sample
from jetconform.conformance.mutants.patch import engine_folder, source_of
from jetconform.conformance.mutants.measure import ALL_LEVELS, measure_one

from .page import RESULTS, Result, Results, load, save, written
from .survivors import reason

COUNT = 300
OUTSIDE = ("inspect_", "report")
"""Modules that no call reaches: `jetconform inspect` and its report have tests of their own."""


def main() -> int:
    """Exit status: 0 every mutant is found or explained; 1 one is not."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.generic_mutants", description=__doc__)
    parser.add_argument("--levels", type=int, nargs="+", default=list(ALL_LEVELS), help="in this order (all)")
    parser.add_argument("--page", action="store_true", help="measure nothing, write the page of what is there")
    args = parser.parse_args()
    everything = load(_engine())
    everything.in_all = len(enumerate_all())
    mutants = [one for one in sample(COUNT) if not one.module.startswith(OUTSIDE)]
    everything.outside = COUNT - len(mutants)
    for level in () if args.page else args.levels:
        _at(level, mutants, everything)
    return written(everything)


def _at(level: int, mutants: Sequence[Generic], everything: Results) -> None:
    """Ask a level about every mutant that is not found, explained as unreachable, or asked there already."""
    left = []
    for one in mutants:
        row = everything.rows.setdefault(one.name, Result(place=one.place, code=_line(one), what=one.what))
        if not row.caught_at and level not in row.passed and not reason(row):
            left.append(one)
    print(f"level {level}: {len(left)} mutants", flush=True)
    with TemporaryDirectory(prefix="jetconform-") as folder, ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        asked = {pool.submit(measure_one, one, Path(folder), quick=True, level=level): one for one in left}
        for future in as_completed(asked):
            found, row = future.result(), everything.rows[asked[future].name]
            if found.caught:
                row.caught_at, row.calls = found.caught_at, found.calls
            elif found.verdict:
                row.passed.append(level)
            else:  # no verdict: not even the first call was made, or the harness gave up
                row.caught_at, row.calls = level, 0
            row.seen = found.headline
            save(everything)
            print(f"{asked[future].name} {row.place} {row.what}: {row.seen}", flush=True)
    print(f"{RESULTS}", flush=True)


def _engine() -> str:
    """Of the engine's sources: the mutants are numbered in their order."""
    digest = sha256()
    for path in sorted(engine_folder().glob("*.py")):
        digest.update(f"{path.name}\n{path.read_text(encoding='utf-8')}\n".encode())
    return digest.hexdigest()[:16]


def _line(mutant: Generic) -> str:
    """The source line, which names it wherever it moves."""
    return source_of(mutant.module).splitlines()[mutant.line - 1].strip()


if __name__ == "__main__":
    raise SystemExit(main())
