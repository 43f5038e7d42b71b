"""What changed between two runs on two builds of an engine: level by level, code by code, cell by cell."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import msgspec

from ..model.vocabulary import code_name
from .errors import CheckError
from .exercised import CallInState, unpack
from .findings import Finding
from .reports.wording import headline
from .scorecard import EXIT, Level, Scorecard

SHOWN = 20
"""Changes of one kind that are named; the rest is counted."""


class Way(Enum):
    """What a change means to who relies on the engine."""

    WORSE = "worse"
    BETTER = "better"
    OTHER = "other"  # allowed before and after


@dataclass(frozen=True)
class Change:
    """One change, in a line."""

    way: Way
    text: str


_RANK = {"conforms": 0, "not-exercised": 1, "unknown": 2, "does-not-conform": 3}


def read(path: Path) -> Scorecard:
    """What `check --json` wrote. CheckError, in one line with the file, for anything else."""
    try:
        card = msgspec.json.decode(path.read_bytes(), type=Scorecard)
        for packed in card.exercised.returned.values():
            unpack(packed)
        for code in (*card.exercised.returned, *(code for one in card.exercised.calls for code in one.codes)):
            _named(code)
    except OSError as error:
        raise CheckError(f"{path}: {error.strerror or error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise CheckError(f"{path}: not what check --json writes: {' '.join(str(error).split())}") from None
    if card.verdict not in EXIT or any(level.verdict not in _RANK for level in card.levels):
        raise CheckError(f"{path}: not what check --json writes: a verdict that is none of {', '.join(_RANK)}")
    return card


def compare(old: Scorecard, new: Scorecard) -> list[Change]:
    """The changes, in the order of the report. CheckError for runs that were judged by different contracts."""
    if old.profile != new.profile:
        raise CheckError(f"judged by different contracts, {old.profile} and {new.profile}: run both by the same")
    return [
        *_levels(old.levels, new.levels),
        *_findings(old.finding, new.finding),
        *_codes(old, new),
        *_in_states(old.exercised.calls, new.exercised.calls),
        *_cells(_by_cell(old), _by_cell(new)),
        *_deviations(old, new),
        *_left_out(old.not_exercised, new.not_exercised),
    ]


def _levels(old: Sequence[Level], new: Sequence[Level]) -> Iterator[Change]:
    before, after = ({level.level: level for level in levels} for levels in (old, new))
    for number in sorted(before.keys() | after.keys()):
        one, other = before.get(number), after.get(number)
        if one is None or other is None:
            there = one or other
            assert there is not None
            word, way = ("no longer run", Way.WORSE) if other is None else ("now run", Way.BETTER)
            yield Change(way, f"level {number} {there.name}: {word}: {there.verdict}")
        elif one.verdict != other.verdict:
            way = Way.WORSE if _RANK[other.verdict] > _RANK[one.verdict] else Way.BETTER
            yield Change(way, f"level {number} {one.name}: {one.verdict}, now {other.verdict}: {other.guarantee}")


def _findings(old: Finding | None, new: Finding | None) -> Iterator[Change]:
    before, after = (headline(one) if one is not None else "" for one in (old, new))
    if before == after:
        return
    if before:
        yield Change(Way.BETTER, f"finding gone: {before}")
    if after:
        yield Change(Way.WORSE, f"finding new: {after}")


def _codes(old: Scorecard, new: Scorecard) -> Iterator[Change]:
    """The documented codes of JetBackupInstance."""
    lost = [code_name(code) for code in old.codes.seen if code not in new.codes.seen]
    won = [code_name(code) for code in new.codes.seen if code not in old.codes.seen]
    if lost:
        yield Change(Way.WORSE, f"codes of JetBackupInstance no longer seen: {', '.join(lost)}")
    if won:
        yield Change(Way.BETTER, f"codes of JetBackupInstance now seen: {', '.join(won)}")


def _in_states(old: Sequence[CallInState], new: Sequence[CallInState]) -> Iterator[Change]:
    """How often each call returned each code in each state."""
    before, after = ({(one.call, one.state): one for one in calls} for calls in (old, new))
    if not before or not after:
        return
    found = []
    for place in sorted(before.keys() | after.keys()):
        counts = [(where[place].codes if place in where else {}) for where in (before, after)]
        for code in dict.fromkeys((*counts[0], *counts[1])):
            was, now = (one[code].returned if code in one else 0 for one in counts)
            if was != now:
                found.append(f"{place[0]} in {place[1]}: {_named(code)} in {now:,} cells, was in {was:,}")
    yield from (Change(Way.OTHER, text) for text in _shown(found))


def _by_cell(card: Scorecard) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for code, packed in card.exercised.returned.items():
        for cell in unpack(packed):
            found.setdefault(cell, set()).add(code)
    return found


def _cells(old: Mapping[str, set[str]], new: Mapping[str, set[str]]) -> Iterator[Change]:
    """Cells that were lost, won, or in which another code came back."""
    if not old or not new:  # one of the runs walked no cells, which its levels tell
        return
    lost, won = sorted(old.keys() - new.keys()), sorted(new.keys() - old.keys())
    if lost:
        yield Change(Way.WORSE, f"{_count(lost)} no longer covered: {_some(lost)}")
    if won:
        yield Change(Way.BETTER, f"{_count(won)} newly covered: {_some(won)}")
    turned: dict[str, list[str]] = {}
    for cell in sorted(old.keys() & new.keys()):
        if old[cell] != new[cell]:
            turned.setdefault(f"{_all(old[cell])}, now {_all(new[cell])}", []).append(cell)
    for text, cells in sorted(turned.items(), key=lambda item: -len(item[1]))[:SHOWN]:
        yield Change(Way.OTHER, f"{_count(cells)} returned {text}: {_some(cells)}")


def _deviations(old: Scorecard, new: Scorecard) -> Iterator[Change]:
    if old.deviations is None or new.deviations is None:
        return
    before, after = old.deviations.seen, new.deviations.seen
    yield from (Change(Way.WORSE, f"deviation {name}: now seen") for name in sorted(after - before))
    yield from (Change(Way.BETTER, f"deviation {name}: no longer seen") for name in sorted(before - after))


def _left_out(old: Sequence[str], new: Sequence[str]) -> Iterator[Change]:
    before, after = set(old), set(new)
    yield from (Change(Way.WORSE, f"no longer exercised: {text}") for text in _shown(sorted(after - before)))
    yield from (Change(Way.BETTER, f"now exercised: {text}") for text in _shown(sorted(before - after)))


def _shown(texts: Sequence[str]) -> list[str]:
    more = len(texts) - SHOWN
    return [*texts[:SHOWN], *([f"{more:,} more of this kind"] if more > 0 else [])]


def _count(cells: Sequence[str]) -> str:
    return f"{len(cells):,} cell{'' if len(cells) == 1 else 's'}"


def _some(cells: Sequence[str]) -> str:
    return f"{', '.join(cells[:5])}{', …' if len(cells) > 5 else ''}"


def _all(codes: set[str]) -> str:
    return " or ".join(_named(code) for code in sorted(codes, key=int, reverse=True))


def _named(code: str) -> str:
    return "the process dies" if code == "dies" else code_name(int(code))
