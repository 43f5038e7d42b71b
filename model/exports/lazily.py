"""A control state of which only some variables are known: whoever asks for another is told that it is undecided.

Predicates and moves are plain functions of a control state. Run on this one, they show which variables they depend on,
and a move shows what it changes and what it leaves (`decisions.py`).
"""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from ..state import Control, Database
from .variables import ABSENT, RECORDS, Value, Variable, record_variables


class UndecidedError(Exception):
    """A variable is asked whose value is not known."""

    def __init__(self, variable: Variable) -> None:
        super().__init__(".".join(variable))
        self.variable = variable


class _Lazy:
    """What records and the control state have in common; neither can be compared, for that would read all of it."""

    def __init__(self, values: Mapping[Variable, Value], changed: Mapping[str, Any]) -> None:
        self._values, self._changed = values, changed

    def _ask(self, variable: Variable) -> Any:
        """The value of a variable. Raises UndecidedError when it is not known."""
        if variable not in self._values:
            raise UndecidedError(variable)
        return self._values[variable]

    def __eq__(self, other: object) -> bool:
        raise TypeError("what is read lazily cannot be compared")

    __hash__ = None  # type: ignore[assignment]


class _LazyRecord(_Lazy):
    """A record whose fields are read when they are asked, and which can be replaced as the record itself can."""

    def __init__(self, kind: Any, at: Variable, values: Mapping[Variable, Value], changed: Mapping[str, Any]) -> None:
        super().__init__(values, changed)
        self._type, self._at = kind, at

    def __getattr__(self, name: str) -> Any:
        if name in self._changed:
            return self._changed[name]
        if name not in self._type._fields:
            return getattr(self._type, name).fget(self)  # a property of the record, worked out from its fields
        return self._at[1] if name == "path" else self._ask((*self._at, name))

    def _replace(self, **changes: Any) -> "_LazyRecord":
        return _LazyRecord(self._type, self._at, self._values, {**self._changed, **changes})


class _LazyControl(_Lazy):
    """The control state itself."""

    def __init__(self, paths: tuple[str, ...], values: Mapping[Variable, Value], changed: Mapping[str, Any]) -> None:
        super().__init__(values, changed)
        self._paths = paths

    def __getattr__(self, name: str) -> Any:
        if name in self._changed:
            return self._changed[name]
        if name == "databases":
            there = (("databases", path) for path in self._paths)
            return tuple(_LazyRecord(Database, at, self._values, {}) for at in there if self._ask(at))
        if name in RECORDS:
            absent = name in ABSENT and not self._ask((name,))
            return None if absent else _LazyRecord(RECORDS[name], (name,), self._values, {})
        return self._ask((name,))

    def _replace(self, **changes: Any) -> "_LazyControl":
        return _LazyControl(self._paths, self._values, {**self._changed, **changes})

    def database(self, path: str) -> Any:
        """As `Control.database`."""
        return Control.database(cast(Control, self), path)

    def with_database(self, changed: Database) -> Any:
        """As `Control.with_database`."""
        return Control.with_database(cast(Control, self), changed)


def known(values: Mapping[Variable, Value], paths: tuple[str, ...]) -> Control:
    """A control state of which these variables are known; `paths` are those of all databases that may exist."""
    return cast(Control, _LazyControl(paths, values, {}))


def ask(control: Control, variable: Variable) -> Value:
    """The value of a variable of a control state that `known` made. Raises UndecidedError when it is not known."""
    found: Value = cast(Any, control)._ask(variable)
    return found


def changes(after: Control) -> dict[Variable, Value]:
    """What a move changed of a control state that `known` made: each variable that may have another value now."""
    lazy = cast(Any, after)
    found: dict[Variable, Value] = {}
    for name, value in lazy._changed.items():
        found.update(_changed(lazy, name, value))
    unheard = object()
    return {variable: value for variable, value in found.items() if lazy._values.get(variable, unheard) != value}


def _changed(lazy: _LazyControl, name: str, value: Any) -> Iterator[tuple[Variable, Value]]:
    if name == "databases":
        given = {database.path: database for database in value}
        for path in dict.fromkeys((*lazy._paths, *given)):
            yield from _record(("databases", path), given.get(path))
    elif name in RECORDS:
        yield from _record((name,), value)
    else:
        yield (name,), value


def _record(at: Variable, value: Any) -> Iterator[tuple[Variable, Value]]:
    """Of a record that was only replaced in part that part; of one that is new, or gone, all of it."""
    if not isinstance(value, _LazyRecord):
        yield from record_variables(at, value)
        return
    if value._at != at:
        raise TypeError(f"the record {'.'.join(value._at)} was put in the place of {'.'.join(at)}")
    yield from (((*at, name), one) for name, one in value._changed.items())
