"""The work of a campaign: literal shards, in a fixed order."""

from collections.abc import Iterator, Sequence

import msgspec

from .parts import PARTS


class Shard(msgspec.Struct, kw_only=True, frozen=True, omit_defaults=True):
    """A piece of work that one process does from its beginning to its end; the same shard finds the same."""

    engine: str
    level: int
    part: str
    item: str = ""  # a domain, a scenario, a held call, a batch; empty: all of the part
    seed: int

    @property
    def name(self) -> str:
        """For people."""
        return " ".join(word for word in (f"level {self.level}", self.part, self.item) if word)


def shards(engines: Sequence[str], levels: Sequence[int], seed: int, round_: int) -> Iterator[Shard]:
    """The shards of a round, counted from 1: in the first everything, in those after it what another seed makes different."""
    for part in PARTS:
        if part.level not in levels or (round_ > 1 and not part.seeded):
            continue
        for item in part.items:
            for engine in engines:
                yield Shard(engine=engine, level=part.level, part=part.name, item=item, seed=seed + round_ - 1)
