"""Calls of a trace as calls on an adapter: method and arguments by one literal table, and what counts as an answer."""

from collections.abc import Mapping
from enum import Enum
from typing import Any, NamedTuple

from ..model.vocabulary import Parameter
from .adapter import Adapter, StatusCallback
from .trace import ReturnEvent


class Kind(Enum):
    """What a method takes and gives besides its arguments and its code."""

    PLAIN = 0
    STATUS = 1  # takes a status callback
    ROWS = 2  # gives a number of rows


class Row(NamedTuple):
    """A method of the adapter, and the arguments of the call in the method's order."""

    method: str
    arguments: tuple[str, ...]
    kind: Kind = Kind.PLAIN


CALLS: dict[str, Row] = {
    "JetCreateInstance": Row("create_instance", ("instance",)),
    "JetSetSystemParameter": Row("set_system_parameter", ("instance", "parameter", "value")),
    "JetInit": Row("init", ("instance",)),
    "JetTerm": Row("term", ("instance",)),
    "JetTerm2": Row("term2", ("instance", "grbit")),
    "JetStopServiceInstance": Row("stop_service_instance", ("instance",)),
    "JetStopServiceInstance2": Row("stop_service_instance2", ("instance", "grbit")),
    "JetStopBackupInstance": Row("stop_backup_instance", ("instance",)),
    "JetBeginSession": Row("begin_session", ("instance", "session")),
    "JetEndSession": Row("end_session", ("session",)),
    "JetCreateDatabase": Row("create_database", ("session", "database", "path")),
    "JetOpenDatabase": Row("open_database", ("session", "database", "path")),
    "JetCloseDatabase": Row("close_database", ("session", "database")),
    "JetAttachDatabase": Row("attach_database", ("session", "path")),
    "JetDetachDatabase": Row("detach_database", ("session", "path")),
    "Insert": Row("insert", ("session", "database", "rows")),
    "CountRows": Row("count_rows", ("session", "database"), Kind.ROWS),
    "JetBackupInstance": Row("backup", ("instance", "path", "grbit"), Kind.STATUS),
    "JetRestoreInstance": Row("restore", ("instance", "path", "destination"), Kind.STATUS),
}
"""The calls that an adapter can make, by their names in traces (docs/trace-format.md)."""


class NoCode(Exception):  # noqa: N818 - what the engine did wrong, not what this program did
    """What a method of the adapter returned is no JET_ERR; the text says what it is."""


class Invocation:
    """A call that is ready to be made."""

    __slots__ = ("call", "kind", "method", "values")

    def __init__(self, call: str, row: Row, adapter: Adapter, args: Mapping[str, Any]) -> None:
        self.call = call
        self.kind = row.kind
        self.method = getattr(adapter, row.method)
        self.values = [args[name] for name in row.arguments]

    def make(self, status: StatusCallback) -> object:
        """Enter the engine."""
        return self.method(*self.values, status) if self.kind is Kind.STATUS else self.method(*self.values)


def invocation(adapter: Adapter, call: str, args: Mapping[str, Any]) -> Invocation:
    """The call with its arguments in trace form. ValueError, before anything is made, for a call that there is not."""
    row = CALLS.get(call)
    if row is None:
        raise ValueError(f"call {call!r} is not known: known are {', '.join(CALLS)}")
    if call == "JetSetSystemParameter" and args.get("parameter") not in Parameter.__members__:
        raise ValueError(
            f"system parameter {args.get('parameter')!r} is not known: known are {', '.join(Parameter.__members__)}"
        )
    try:
        return Invocation(call, row, adapter, args)
    except KeyError as missing:
        raise ValueError(f"{call}: the argument {missing} is missing") from None


def return_event(number: int, made: Invocation, outcome: object) -> ReturnEvent:
    """The return of call `number` with what its method returned. NoCode if that is no JET_ERR."""
    if made.kind is not Kind.ROWS:
        return ReturnEvent(id=number, err=_code(outcome))
    if not isinstance(outcome, tuple) or len(outcome) != 2:
        raise NoCode(f"returned {_shown(outcome)}, expected a code and a number of rows")
    err, rows = _code(outcome[0]), outcome[1]
    if not isinstance(rows, int) or isinstance(rows, bool) or not 0 <= rows < 1 << 63:
        raise NoCode(f"returned {_shown(rows)} as a number of rows")
    return ReturnEvent(id=number, err=err, result={"rows": int(rows)})


def _code(value: object) -> int:
    """A JET_ERR is a 32-bit integer; True and False are integers in Python alone."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise NoCode(f"returned {_shown(value)} instead of a JET_ERR")
    code = int(value)
    if not -(1 << 31) <= code < 1 << 31:
        raise NoCode(f"returned {_shown(value)}, which is no 32-bit number and so no JET_ERR")
    return code


def _shown(value: object) -> str:
    """A value of unknown origin, for a message: whatever its repr does, one short line."""
    try:
        text = " ".join(repr(value).split())
    except Exception:
        text = "..."
    text = text if len(text) <= 60 else text[:57] + "..."
    return f"{type(value).__name__} {text}" if value is not None else "None"
