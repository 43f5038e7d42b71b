"""The folder regressions/, made anew: one short history for each deviation of Microsoft's engine and for bugs of ours.

python -m benchmarks.regressions                      those of docs/differences
python -m benchmarks.regressions init-twice ...       those of seeded bugs, each found and reduced by a check of it
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from jetconform.conformance import deviating
from jetconform.conformance.mutants.load import find
from jetconform.conformance.mutants.measure import measure_one
from jetconform.conformance.trace import read, write

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "regressions"
DEVIATIONS = ROOT / "conformance" / "deviations" / "ese.toml"


def of_microsoft(folder: Path = FOLDER) -> None:
    """What Microsoft's engine does against the pages: the page is what judges it."""
    for deviation in deviating.read(DEVIATIONS):
        shown = ROOT / "docs" / "differences" / f"{deviation.id}.jsonl"
        if not shown.exists():  # no recording shows it by itself
            continue
        trace = read(shown)
        header = msgspec.structs.replace(
            trace.header, scenario=f"{deviation.id}: {deviation.reason}", profile="documented"
        )
        write(folder / f"microsoft-{deviation.id}.jsonl", header, trace.events)


def of_bug(name: str, folder: Path = FOLDER) -> None:
    """The shortest history that shows a seeded bug. ValueError for one that is not found, or not by a history."""
    mutant = find(name)
    with TemporaryDirectory() as place:
        measure_one(mutant, Path(place))
        saved = sorted(Path(place).glob("*.jsonl"))
        if len(saved) != 1:
            raise ValueError(f"{name}: no history shows it")
        trace = read(saved[0])
    header = msgspec.structs.replace(trace.header, engine="reference", scenario=f"{name}: {getattr(mutant, 'bug', '')}")
    write(folder / f"engine-{name}.jsonl", header, trace.events)


if __name__ == "__main__":
    for one in sys.argv[1:]:
        of_bug(one)
    if not sys.argv[1:]:
        of_microsoft()
