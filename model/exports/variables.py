"""A control state as flat variables, each with few values: what checkers that know no records are given.

A variable is named by its path: `("phase",)`, `("configuration", "recovery")`, `("databases", "db/a.edb", "attached")`.
Where a record may be absent, its own path says whether it is there, and while it is not its fields have fixed values.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Any, cast

from ..external import Snapshot, SnapshotPhase, Streaming
from ..state import Configuration, Control, Database

Variable = tuple[str, ...]
Value = Hashable

RECORDS: dict[str, Any] = {"configuration": Configuration, "streaming": Streaming, "snapshot": Snapshot}
"""The fields of a control state that are records themselves."""

ABSENT: dict[str, Any] = {"streaming": Streaming(), "snapshot": Snapshot(SnapshotPhase.PREPARED)}
"""Of those that may be absent: the values that their fields have meanwhile."""


def flatten(control: Control) -> dict[Variable, Value]:
    """Every variable of a control state; of its databases those that exist."""
    return {variable: value for name, field in control._asdict().items() for variable, value in _field(name, field)}


def unflatten(values: Mapping[Variable, Value]) -> Control:
    """The control state of these variables: the inverse of `flatten`."""
    fields: dict[str, Any] = {}
    for name in Control._fields:
        if name == "databases":
            there = (path for path in paths_of(values) if values["databases", path])
            fields[name] = tuple(_built(Database, ("databases", path), values) for path in there)
        elif name in RECORDS:
            absent = name in ABSENT and not values[(name,)]
            fields[name] = None if absent else _built(RECORDS[name], (name,), values)
        else:
            fields[name] = values[(name,)]
    return Control(**fields)


def paths_of(variables: Iterable[Variable]) -> tuple[str, ...]:
    """The paths of the databases that these variables are about, sorted."""
    return tuple(sorted(variable[1] for variable in variables if variable[0] == "databases" and len(variable) == 2))


def record_variables(at: Variable, value: Any) -> Iterator[tuple[Variable, Value]]:
    """The variables of the record at that path, which may be absent (None)."""
    if at[0] == "databases" or at[0] in ABSENT:
        yield at, value is not None
    fields = (_absent(at) if value is None else value)._asdict()
    yield from (((*at, name), one) for name, one in fields.items() if name != "path")


def _absent(at: Variable) -> Any:
    return Database(at[1]) if at[0] == "databases" else ABSENT[at[0]]


def _field(name: str, value: Any) -> Iterator[tuple[Variable, Value]]:
    if name == "databases":
        for database in value:
            yield from record_variables(("databases", database.path), database)
    elif name in RECORDS:
        yield from record_variables((name,), value)
    else:
        yield (name,), value


def _built(kind: Any, at: Variable, values: Mapping[Variable, Value]) -> Any:
    given = {"path": at[1]} if kind is Database else {}
    return kind(**given, **{name: cast(Any, values[(*at, name)]) for name in kind._fields if name != "path"})
