"""Levels 4 and 5 by chance alone: whether what a seed decides, without the systematic half, finds a seeded bug.

The systematic half is the same for every seed, so only this half is worth measuring over many.
"""

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from ..folders import Workspace
from ..history import Limits, Nonconformity
from ..journal import Journal
from ..laboratory import Laboratory
from ..level4 import Interleaving
from ..schedules.level5 import LEVEL, Level5, scheduled_factory

SAMPLED = (4, 5)
"""The levels that have such a half for calls that overlap."""


def sampled_alone(name: str, level: int, seeds: Iterable[int], *, call_timeout: float) -> list[int]:
    """For each seed the calls until that mutant was found, 0 where it was not.

    To be run in a process that has not loaded the engine. Raises EngineSpecError where the mutant cannot be made.
    """
    return [_calls_until_found(name, level, seed, call_timeout) for seed in seeds]


@contextmanager
def opened(name: str, seed: int, *, call_timeout: float) -> Iterator[Laboratory]:
    """A laboratory on that mutant, in this process, of which nothing is left."""
    with (
        TemporaryDirectory(prefix="jetconform-") as folder,
        Workspace() as workspace,
        closing(Journal(Path(folder) / "journal.jsonl")) as journal,
    ):
        limits = Limits(call_timeout=call_timeout)
        yield Laboratory(f"mutant:{name}", "documented", seed, journal, workspace, limits)


def _calls_until_found(name: str, level: int, seed: int, call_timeout: float) -> int:
    with opened(name, seed, call_timeout=call_timeout) as laboratory:
        return _schedules(laboratory, seed) if level == LEVEL else _plans(laboratory, seed)


def _schedules(laboratory: Laboratory, seed: int) -> int:
    factory, missing = scheduled_factory(laboratory.spec)
    assert factory is not None, missing
    level = Level5(laboratory, factory, seed, ())
    return level.calls if level.sample() is not None else 0


def _plans(laboratory: Laboratory, seed: int) -> int:
    laboratory.effects = laboratory.effects_judge()
    run = Interleaving(laboratory)
    try:
        run.calls_back()
        run.random(seed=seed)
    except Nonconformity:
        run.drop()
        return laboratory.calls
    return 0
