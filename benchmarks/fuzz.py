"""Fuzz the parsers, guided by coverage: `python -m benchmarks.fuzz [--inputs N] [--seed N]`. Needs the extra `fuzz` (atheris).

Every input meets what `benchmarks.hostile` has for it. Most have their checksums made right again after they were changed, so
that they get past them. An exception, an input that takes longer than ten seconds, and memory that grows end the run; what
went wrong lies in the corpus folder then, under a name that begins with crash-, timeout- or oom-.
"""

import argparse
import math
import os
import random
import resource
import sys
import tempfile
from pathlib import Path
from time import monotonic

try:
    import atheris
except ImportError:  # no wheel for this machine, or not asked for
    atheris = None

REPO = Path(__file__).parents[1]
SEEDS = REPO / "tests" / "data" / "hostile"
LARGEST = 40_000
HANG_SECONDS = 10
MEMORY_MB = 1024
GROWTH_MB = 200
"""An honest run keeps its corpus and caches in memory, and no more."""

WARM = 20_000
"""Inputs after which the memory is measured for the first time."""


class Fuzzing:
    """One run: counts inputs, and measures memory."""

    def __init__(self, inputs: int, seconds: float) -> None:
        self.inputs = inputs
        self.seconds = seconds
        self.done = 0
        self.warm_kb = 0
        self.slowest = 0.0
        self.started = monotonic()

    def one(self, data: bytes) -> None:
        """One input."""
        from benchmarks.hostile import meet

        started = monotonic()
        meet(data)
        self.slowest = max(self.slowest, monotonic() - started)
        self.done += 1
        if self.done == WARM:
            self.warm_kb = _memory_kb()
        if self.done == self.inputs or monotonic() - self.started > self.seconds:
            print(self.figures(), flush=True)
            os._exit(0)  # libFuzzer knows no other way to be told

    def figures(self) -> str:
        """What was shown."""
        seconds = monotonic() - self.started
        grown = max(0, _memory_kb() - self.warm_kb) / 1024 if self.warm_kb else 0.0
        text = (
            f"{self.done:,} inputs in {seconds:,.0f} s ({self.done / seconds:,.0f} a second): no exception, no hang "
            f"(the slowest took {self.slowest:.2f} s), memory grew by {grown:.0f} MB after the first {WARM:,}"
        )
        if grown > GROWTH_MB:
            raise MemoryError(text)
        return text


def _memory_kb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main() -> int:
    """Does not return where atheris runs: libFuzzer ends the process, with 0 if nothing was found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=math.inf, help="end after so long, with fewer inputs")
    parser.add_argument("--corpus", type=Path, help="where what reaches new code is kept (a folder of its own)")
    options = parser.parse_args()
    if atheris is None:
        sys.stderr.write("benchmarks.fuzz: atheris is missing: pip install -e '.[fuzz]'\n")
        return 2
    with atheris.instrument_imports(include=["jetconform.engine"], enable_loader_override=False):
        import jetconform.engine.inspect_command  # noqa: F401 - with all parsers, while imports are instrumented

        from benchmarks.mutation import mutate
    folder = options.corpus or Path(tempfile.mkdtemp(prefix="fuzz"))
    folder.mkdir(parents=True, exist_ok=True)
    generator = random.Random(options.seed)

    def mutator(data: bytes, most: int, seed: int) -> bytes:
        generator.seed(seed)
        raw = atheris.Mutate(data, most) if generator.random() < 0.3 else data
        return mutate(generator, raw)[:most]

    arguments = [
        sys.argv[0], f"-runs={options.inputs}", f"-seed={options.seed}", f"-max_len={LARGEST}", "-len_control=0",
        f"-timeout={HANG_SECONDS}", f"-rss_limit_mb={MEMORY_MB}", f"-artifact_prefix={folder}/", "-print_final_stats=1",
        str(folder), str(SEEDS),
    ]  # fmt: skip
    atheris.Setup(arguments, Fuzzing(options.inputs, options.seconds).one, custom_mutator=mutator)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
