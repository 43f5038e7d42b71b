"""What came of the mutants, as data and as a page."""

from pathlib import Path

import msgspec

RESULTS = Path(__file__).parent / "results.json"


class Result(msgspec.Struct, kw_only=True):
    """Of one mutant. `caught_at`: the level that found it, 0 for none; `passed`: levels that did not."""

    place: str
    code: str
    what: str
    caught_at: int = 0
    calls: int = 0
    passed: list[int] = []
    seen: str = ""


class Results(msgspec.Struct, kw_only=True):
    """Of all of them, by name."""

    measured_on: str
    in_all: int = 0
    outside: int = 0
    rows: dict[str, Result] = {}


def load(today: str) -> Results:
    if RESULTS.exists():
        found = msgspec.json.decode(RESULTS.read_bytes(), type=Results)
        if found.measured_on == today:
            return found
    return Results(measured_on=today)


def save(results: Results) -> None:
    beside = RESULTS.with_suffix(".new")
    beside.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=1) + b"\n")
    beside.replace(RESULTS)


def written(results: Results) -> int:
    return 0
