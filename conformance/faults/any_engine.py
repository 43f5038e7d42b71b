"""Level 6 on any engine, sampled: kills, damaged files and bad places, history by history in turn while there is time."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ..history import History, Nonconformity
from ..inflight import NotMade
from ..laboratory import Laboratory
from . import damage, kills, places

Failed = tuple[History | None, Nonconformity]


@dataclass(frozen=True)
class Kind:
    """A kind of history: how many are sampled without a budget, what a seed draws, and who plays it (a `Client`, by its `play`).

    `effects`: what calls leave behind is judged in it, too.
    """

    name: str
    many: int
    rounds: Callable[[int], Iterator[Any]]
    client: Callable[[History, Counter[str]], Any]
    effects: bool = False


KINDS: tuple[Kind, ...] = (
    Kind("a kill", 24, kills.rounds, kills.Killing),
    Kind("a damaged file", len(damage.PAIRS), damage.rounds, damage.Damaging),
    Kind("a bad place", len(places.PAIRS), places.rounds, places.Placing, effects=True),
)


@dataclass
class Sample:
    """What was sampled: by kind, how many histories were played and what they counted; why some could not be played."""

    played: Counter[str] = field(default_factory=Counter)
    count: dict[str, Counter[str]] = field(default_factory=dict)
    missed: dict[str, None] = field(default_factory=dict)

    @property
    def guarantee(self) -> str:
        """What was looked at."""
        return "sampled: " + "; ".join(
            f"{number} histories with {kind}: {_counted(self.count[kind])}" for kind, number in self.played.items()
        )


def _counted(count: Counter[str]) -> str:
    return ", ".join(f"{what} {number:,}" for what, number in sorted(count.items())) or "none"


def sample(laboratory: Laboratory, seed: int, found: Sample, kinds: tuple[Kind, ...] = KINDS) -> Failed | None:
    """Histories of all kinds in turn until one fails, or the budget or their number ends; the history that failed.

    After a failure the laboratory goes on to judge effects if they were judged in that history, so that it can be reduced.
    """
    laboratory.kill_at_crashes()
    left = {kind: (kind.many, kind.rounds(seed)) for kind in kinds}
    while left:
        for kind, (many, plans) in list(left.items()):
            if not laboratory.within_budget():
                return None
            if not many and laboratory.budget is None:
                del left[kind]
                continue
            left[kind] = many - 1, plans
            try:
                problem = _played(laboratory, kind, next(plans), found)
            except NotMade as reason:
                found.missed[f"{kind.name}, of an engine that needs it: {reason}"] = None
                laboratory.effects = None
                del left[kind]
                continue
            if problem is not None:
                return problem
    return None


def _played(laboratory: Laboratory, kind: Kind, plan: Any, found: Sample) -> Failed | None:
    """Play one history. Raises NotMade where the engine lacks a call that is needed."""
    count, history = found.count.setdefault(kind.name, Counter()), None
    laboratory.effects = laboratory.effects_judge() if kind.effects else None
    try:
        with laboratory.history(f"{kind.name} {found.played[kind.name] + 1}") as history:
            kind.client(history, count).play(plan)
        found.played[kind.name] += 1
    except places.NotHere as reason:
        found.missed[str(reason)] = None
    except Nonconformity as problem:
        return history, problem
    laboratory.effects = None
    return None
