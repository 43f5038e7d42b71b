"""What a run exercised of the cells, as its JSON and its reports carry it: bounded by the model, not by the run."""

from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Iterable, Mapping

import msgspec

ID_BYTES = 5
"""A cell's id is ten hexadecimal digits."""


class CodeCount(msgspec.Struct, array_like=True, frozen=True):
    """In how many cells a code is allowed, and in how many of those it came back."""

    allowed: int
    returned: int


class CallInState(msgspec.Struct, kw_only=True):
    """One call in one of the seven states: its cells there that this engine was brought to, and the codes in them."""

    call: str
    state: str
    cells: int
    covered: int
    codes: dict[str, CodeCount]  # by number; `dies` is the death of the process


class Exercised(msgspec.Struct, kw_only=True):
    """The cells of level 1 in sum, and which returned which code. `returned` is by code: ids of cells, packed."""

    calls: list[CallInState] = []
    returned: dict[str, str] = {}
    moves: list[tuple[str, str]] = []  # from one of the seven states to another, made on this engine


class DeviationsSeen(msgspec.Struct, kw_only=True):
    """Of a run with a file of deviations: where each was seen, and which the engine has no more."""

    file: str
    known: dict[str, int] = {}  # by their ids, the cells of level 1 in which one was seen
    effects: dict[str, int] = {}  # and the calls of levels 2 and 4 that left behind what one lets them
    healed: list[str] = []  # they could have been seen, and wherever they could the engine kept the pages
    not_exercised: list[str] = []  # no cell that was covered can tell, and no call that was made
    expired: dict[str, str] = {}  # and the day; they are judged as if they were not there

    @property
    def seen(self) -> set[str]:
        """Those that were seen at any level."""
        return {*self.known, *self.effects}


def places_of(found: DeviationsSeen, name: str) -> str:
    """Where one of them was seen, in words."""
    numbers = (
        (found.known.get(name, 0), "in", "cell"),
        (found.effects.get(name, 0), "in what was left behind by", "call"),
    )
    return ", ".join(f"{word} {count:,} {kind}{'' if count == 1 else 's'}" for count, word, kind in numbers if count)


def pack(ids: Iterable[str]) -> str:
    """Ids of cells as one text: sorted, five bytes each, in base 64."""
    return b64encode(bytes.fromhex("".join(sorted(ids)))).decode()


def unpack(text: str) -> frozenset[str]:
    """The ids in such a text. ValueError for a text that holds none."""
    try:
        data = b64decode(text, validate=True)
    except Error as error:
        raise ValueError(f"not in base 64: {error}") from None
    if len(data) % ID_BYTES:
        raise ValueError(f"{len(data)} bytes, expected {ID_BYTES} for each cell")
    return frozenset(data[at : at + ID_BYTES].hex() for at in range(0, len(data), ID_BYTES))


def packed(returned: Mapping[str, set[int]]) -> dict[str, str]:
    """By code, the ids of the cells in which it came back."""
    by_code: dict[int, list[str]] = {}
    for cell, codes in returned.items():
        for code in codes:
            by_code.setdefault(code, []).append(cell)
    return {str(code): pack(cells) for code, cells in sorted(by_code.items(), reverse=True)}
