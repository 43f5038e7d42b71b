"""The logbook of a campaign: one JSON object a line, only ever appended to; all that a campaign knows is read from it.

Its first line says what the campaign is; then which shard was given out, what was found, and which shard is done. What a
process that was killed left in the middle of a line is cut off by the next.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from ..errors import CheckError
from .plan import Shard, shards

NAME = "campaign.jsonl"
FORMAT = 1


class Begun(msgspec.Struct, kw_only=True, frozen=True, tag="campaign", tag_field="line"):
    """What the campaign is."""

    format: int
    engines: tuple[str, ...]
    levels: tuple[int, ...]
    seed: int


class Given(msgspec.Struct, kw_only=True, tag="given", tag_field="line"):
    """A shard was given out."""

    shard: Shard


class Seen(msgspec.Struct, kw_only=True, tag="finding", tag_field="line"):
    """A shard found something."""

    shard: Shard
    cause: str
    file: str  # in the folder of the findings; empty where no call was made
    text: str
    calls: int


class Done(msgspec.Struct, kw_only=True, omit_defaults=True, tag="done", tag_field="line"):
    """A shard is done."""

    shard: Shard
    verdict: str
    reason: str = ""
    calls: int = 0
    seconds: float = 0.0
    covered: str = ""
    uncovered: str = ""
    not_exercised: list[str] = []


Line = Begun | Given | Seen | Done
_LINE: msgspec.json.Decoder[Line] = msgspec.json.Decoder(Line)


@dataclass
class Known:
    """A cause, and what found it."""

    engine: str
    file: str
    text: str
    calls: int
    shards: set[Shard] = field(default_factory=set)


@dataclass
class State:
    """What a logbook says."""

    begun: Begun
    done: dict[Shard, Done] = field(default_factory=dict)
    given: dict[Shard, None] = field(default_factory=dict)
    causes: dict[str, Known] = field(default_factory=dict)

    def heard(self, line: Line) -> None:
        """One more line."""
        match line:
            case Given(shard=shard):
                self.given[shard] = None
            case Seen(shard=shard):
                self._forget(shard)
                cause = self.causes.setdefault(line.cause, Known(shard.engine, line.file, line.text, line.calls))
                cause.shards.add(shard)
            case Done(shard=shard):
                self.done[shard] = line
            case Begun():
                pass

    def _forget(self, shard: Shard) -> None:
        """A shard finds one thing: what it had found when the time was over is not that any more when it is done again."""
        for key, cause in list(self.causes.items()):
            cause.shards.discard(shard)
            if not cause.shards:
                del self.causes[key]

    @property
    def under_way(self) -> list[Shard]:
        """Shards that were given out and are not done."""
        return [shard for shard in self.given if shard not in self.done]

    @property
    def round(self) -> int:
        """The last round that was begun."""
        return max((shard.seed - self.begun.seed + 1 for shard in self.given), default=1)

    def of_round(self, number: int) -> list[Shard]:
        """The shards of a round."""
        return list(shards(self.begun.engines, self.begun.levels, self.begun.seed, number))


def read(folder: Path) -> State | None:
    """What the logbook in a folder says; None where there is none. CheckError for one that is damaged, or of another format."""
    path = folder / NAME
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CheckError(f"{path}: {error.strerror or error}") from None
    state: State | None = None
    for number, text in enumerate(data[: data.rfind(b"\n") + 1].splitlines(), start=1):
        try:
            line = _LINE.decode(text)
        except msgspec.DecodeError as error:
            raise CheckError(f"{path}:{number}: no line of a campaign: {error}") from None
        if isinstance(line, Begun) is not (state is None):
            raise CheckError(f"{path}:{number}: expected the line that says what the campaign is first, and only there")
        if isinstance(line, Begun):
            if line.format != FORMAT:
                raise CheckError(f"{path}: format {line.format}, expected {FORMAT}")
            state = State(line)
        else:
            assert state is not None
            state.heard(line)
    return state


def going(folder: Path) -> State | None:
    """The campaign in a folder that there is to go on with; None where nothing was done of it, for then another may begin."""
    state = read(folder)
    return state if state is not None and (state.done or state.causes) else None


class Logbook:
    """The logbook of a campaign that is running; the folder is locked meanwhile (lock.py)."""

    def __init__(self, folder: Path, begun: Begun) -> None:
        """Begin one, or go on with the one that is there, whatever `begun` says. CheckError and OSError as `read`."""
        path = folder / NAME
        known = going(folder)
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o644)
        os.ftruncate(self._descriptor, 0 if known is None else _whole(path))
        if known is None:
            self.state = State(begun)
            self._append((begun,))
        else:
            self.state = known

    def write(self, *lines: Given | Seen | Done) -> None:
        """Write lines down at once, and know what they say."""
        self._append(lines)
        for line in lines:
            self.state.heard(line)

    def _append(self, lines: Sequence[Line]) -> None:
        os.write(self._descriptor, b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
        os.fsync(self._descriptor)

    def close(self) -> None:
        """Close the file; it stays."""
        os.close(self._descriptor)


def _whole(path: Path) -> int:
    """The length of the file up to the end of its last whole line."""
    return path.read_bytes().rfind(b"\n") + 1
