"""What an inspection found, as text: aligned, and harmless whatever the inspected file says of itself."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from .header import BackupMark
from .records import Attachment, generation_of, offset_of

_LONGEST = 300
_FIRST_MOMENT, _LAST_MOMENT = 0.0, 253402300799.0


@dataclass
class Report:
    """Facts in the order in which they are read, and what is damaged. `brief` is all of it in a few words."""

    path: str
    what: str
    brief: str = ""
    facts: list[tuple[str, str]] = field(default_factory=list)
    table: list[tuple[str, ...]] = field(default_factory=list)
    damage: list[str] = field(default_factory=list)

    def add(self, name: str, text: object) -> None:
        """One more fact."""
        self.facts.append((name, shown(str(text))))

    def spoil(self, text: str) -> None:
        """One more damage."""
        self.damage.append(shown(text))

    @property
    def in_brief(self) -> str:
        """For a line of a table: the first damage, or a few words."""
        return f"DAMAGED: {self.damage[0]}" if self.damage else self.brief

    def lines(self) -> Iterator[str]:
        """All of it; the last lines are the verdict."""
        yield shown(f"{self.path}: {self.what}")
        names = [name for name, _ in self.facts]
        width = max([len("verdict"), *map(len, names)])
        for name, text in self.facts:
            yield f"  {name:<{width}}  {text}".rstrip()
        if self.table:
            yield ""
            yield from (f"  {line}" for line in aligned([[shown(cell) for cell in row] for row in self.table]))
            yield ""
        for text in self.damage:
            yield f"  {'damage':<{width}}  {text}"
        yield f"  {'verdict':<{width}}  {'DAMAGED' if self.damage else 'whole'}"


def aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A table with its columns under one another; those of numbers flush right."""
    columns = list(zip(*rows, strict=True))
    widths = [max(map(len, column)) for column in columns]
    numeric = [all(cell.replace(",", "").isdigit() for cell in column[1:] if cell) for column in columns]
    for row in rows:
        cells = (
            f"{cell:>{width}}" if right else f"{cell:<{width}}"
            for cell, width, right in zip(row, widths, numeric, strict=True)
        )
        yield "  ".join(cells).rstrip()


def shown(text: str) -> str:
    """Text as it may be printed: what could steer a terminal is escaped, what is endless is cut off."""
    cut = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}... ({len(text):,} characters)"
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in cut)


def moment(seconds: float) -> str:
    """Seconds since the epoch as a date, UTC."""
    if not _FIRST_MOMENT <= seconds <= _LAST_MOMENT:
        return f"no moment ({seconds})"
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"


def generation(number: int) -> str:
    """A generation, also as its file name has it."""
    return f"{number} ({number:08X})"


def generations(low: int, high: int) -> str:
    """A range of generations."""
    return f"generation {generation(low)}" if low == high else f"generations {generation(low)} to {generation(high)}"


def place(lsn: int) -> str:
    """A log position."""
    return f"generation {generation(generation_of(lsn))}, offset {offset(offset_of(lsn))}"


def offset(number: int) -> str:
    """An offset in a file, as hex editors have it."""
    return f"0x{number:X}"


def count(number: int, what: str) -> str:
    """So many of something."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def ranges(numbers: Iterable[int], most: int = 5) -> str:
    """Rising numbers, those that follow one another as a range; not more than `most` of these."""
    found: list[list[int]] = []
    for number in numbers:
        if found and found[-1][1] == number - 1:
            found[-1][1] = number
        elif len(found) == most:
            return f"{_ranges(found)}, ..."
        else:
            found.append([number, number])
    return _ranges(found)


def _ranges(found: Iterable[Sequence[int]]) -> str:
    return ", ".join(str(low) if low == high else f"{low} to {high}" for low, high in found)


def mark(when: BackupMark) -> str:
    """When a backup was made, and with which logs."""
    if when == BackupMark():
        return "never"
    if not when.gen_high:
        return f"{moment(when.time)}, at {place(when.lsn)}, not completed"
    return f"{moment(when.time)}, at {place(when.lsn)}, with {generations(when.gen_low, when.gen_high)}"


def attachments(attached: Sequence[Attachment]) -> str:
    """Attached databases."""
    return ", ".join(f"{each.database_id} {each.path} ({each.signature.hex()[:8]})" for each in attached) or "none"
