"""Files of deviations: TOML, a table a deviation, read strictly. The deviations of Microsoft's engine come with the package."""

import tomllib
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ..model.deviations import Deviation, Harm, Overlaid, check, overlay
from ..model.guards.documented import DOCUMENTED
from .errors import CheckError

SHIPPED = Path(__file__).with_name("deviations") / "ese.toml"
"""Where Microsoft's open-source engine breaks the pages."""

_KEYS = ("harm", "reason", "source", "page", "hurts", "replaces", "by", "programs", "observed", "expires")


def read(path: Path) -> tuple[Deviation, ...]:
    """The deviations of a file, in its order. CheckError, in one line with the file, for everything that is wrong in it."""
    try:
        tables = tomllib.loads(path.read_bytes().decode())
    except OSError as error:
        raise CheckError(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise CheckError(f"{path}: not UTF-8 text") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise CheckError(f"{path}: not TOML: {' '.join(str(error).split())}") from None
    if not tables:
        raise CheckError(f"{path}: it holds no deviation")
    try:
        return tuple(_deviation(name, table) for name, table in tables.items())
    except ValueError as error:
        raise CheckError(f"{path}: {error}") from None


def overlaid(path: Path) -> Overlaid:
    """The `documented` profile with the deviations of that file that are in force. CheckError as of `read`."""
    return overlay(in_force(read(path)), name=f"{DOCUMENTED.name}+{path.stem}")


def in_force(deviations: Iterable[Deviation]) -> tuple[Deviation, ...]:
    """Those that have not expired today."""
    today = date.today()
    return tuple(one for one in deviations if one.expires is None or today < one.expires)


def expired(deviations: Iterable[Deviation]) -> tuple[Deviation, ...]:
    """Those that have: they are judged as if they were not there."""
    deviations = tuple(deviations)
    valid = in_force(deviations)
    return tuple(one for one in deviations if one not in valid)


def _deviation(name: str, table: Any) -> Deviation:
    if not isinstance(table, dict):
        raise ValueError(f"{name}: expected a table, one for each deviation")
    for key in table:
        if key not in _KEYS:
            raise ValueError(f"{name}: unknown key {key!r}: expected {', '.join(_KEYS)}")
    harms = {one.value: one for one in Harm}
    harm = _text(name, "harm", table)
    if harm not in harms:
        raise ValueError(f"{name}: harm: {harm!r} is none of {', '.join(harms)}")
    found = Deviation(
        id=name,
        harm=harms[harm],
        reason=_text(name, "reason", table),
        source=_text(name, "source", table),
        page=_text(name, "page", table),
        hurts=_text(name, "hurts", table),
        replaces=_names(name, "replaces", table),
        by=_names(name, "by", table),
        programs=_names(name, "programs", table),
        observed=_names(name, "observed", table),
        expires=_day(name, table),
    )
    check(found)
    return found


def _text(name: str, key: str, table: Mapping[str, Any]) -> str:
    text = table.get(key)
    if not isinstance(text, str) or not text.strip():
        raise ValueError(
            f"{name}: {key} is missing: expected a sentence" if text is None else f"{name}: {key}: expected text"
        )
    return text


def _day(name: str, table: Mapping[str, Any]) -> date | None:
    day = table.get("expires")
    if day is not None and (not isinstance(day, date) or isinstance(day, datetime)):
        raise ValueError(f"{name}: expires: expected a day, as in expires = 2027-01-01")
    return day


def _names(name: str, key: str, table: Mapping[str, Any]) -> tuple[str, ...]:
    names = table.get(key, [])
    if not isinstance(names, list) or not all(isinstance(one, str) and one for one in names):
        raise ValueError(f"{name}: {key}: expected a list of names")
    if len(set(names)) != len(names):
        raise ValueError(f"{name}: {key}: a name twice")
    return tuple(names)
