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
from jetconform.conformance.mutants.measure import Measured, measure_one
from jetconform.conformance.mutants.patch import engine_folder, source_of

from .page import PAGE, Result, Results, load, save, text
from .survivors import OUTSIDE

COUNT = 300
ORDER = (3, 2, 1, 6, 4, 5)
"""The levels, from the shortest to the longest."""


def main() -> int:
    """Exit status: 0 every mutant is found or explained; 1 one is not."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.generic_mutants", description=__doc__.partition("\n")[0]
    )
    parser.add_argument(
        "--levels", type=int, nargs="*", default=ORDER, help="in this order (3 2 1 6 4 5); none: the page alone"
    )
    args = parser.parse_args()
    results = load(_hash_of_engine())
    results.in_all = len(enumerate_all())
    mutants = sample(COUNT)
    for one in mutants:
        line = source_of(one.module).splitlines()[one.line - 1].strip()
        results.rows.setdefault(one.name, Result(place=one.place, code=line, what=one.what))
    for level in args.levels:
        _ask(level, mutants, results)
    save(results)
    PAGE.write_text("".join(text(results)), encoding="utf-8")
    left = [row for row in results.rows.values() if not (row.caught_at or row.reason or row.module.startswith(OUTSIDE))]
    for row in left:
        print(f"not found, and not explained: {row.place} {row.what}")
    return int(bool(left))


def _ask(level: int, mutants: Sequence[Generic], results: Results) -> None:
    """Have a level check every mutant that is neither found nor explained, and was not asked there before."""
    left = []
    for one in mutants:
        row = results.rows[one.name]
        if not (row.caught_at or row.reason or level in row.passed or row.module.startswith(OUTSIDE)):
            left.append(one)
    print(f"level {level}: {len(left)} mutants", flush=True)
    with TemporaryDirectory(prefix="jetconform-") as folder, ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        asked = {pool.submit(measure_one, one, Path(folder), quick=True, level=level): one for one in left}
        for future in as_completed(asked):
            row = results.rows[asked[future].name]
            _enter(row, level, future.result())
            save(results)
            print(f"{row.place} {row.what}: {row.seen}", flush=True)


def _enter(row: Result, level: int, found: Measured) -> None:
    """Without a verdict the check did not even begin: its engine could not be made, and everybody would notice."""
    row.seen = found.headline
    if found.caught or not found.verdict:
        row.caught_at, row.calls = found.caught_at or level, found.calls
    else:
        row.passed.append(level)


def _hash_of_engine() -> str:
    """Of its sources: the mutants are numbered in their order."""
    digest = sha256()
    for path in sorted(engine_folder().glob("*.py")):
        digest.update(f"{path.name}\n{path.read_text(encoding='utf-8')}\n".encode())
    return digest.hexdigest()[:16]


if __name__ == "__main__":
    raise SystemExit(main())
