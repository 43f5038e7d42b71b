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
    NUMBER = 2  # gives a number
    FILES = 3  # gives paths
    DATA = 4  # gives bytes; the trace has their number


class Row(NamedTuple):
    """A method of the adapter, the arguments of the call in the method's order, and what the trace calls its output."""

    method: str
    arguments: tuple[str, ...]
    kind: Kind = Kind.PLAIN
    output: str = ""
    capability: str = ""  # without which an engine has no such call


_STREAMING = {
    "JetBeginExternalBackupInstance": Row("begin_external_backup", ("instance", "grbit")),
    "JetGetAttachInfoInstance": Row("get_attach_info", ("instance",), Kind.FILES, "files"),
    "JetOpenFileInstance": Row("open_file", ("instance", "file", "path"), Kind.NUMBER, "size"),
    "JetReadFileInstance": Row("read_file", ("instance", "file", "bytes"), Kind.DATA, "read"),
    "JetCloseFileInstance": Row("close_file", ("instance", "file")),
    "JetGetLogInfoInstance": Row("get_log_info", ("instance",), Kind.FILES, "files"),
    "JetGetTruncateLogInfoInstance": Row("get_truncate_log_info", ("instance",), Kind.FILES, "files"),
    "JetTruncateLogInstance": Row("truncate_log", ("instance",)),
    "JetEndExternalBackupInstance": Row("end_external_backup", ("instance",)),
    "JetEndExternalBackupInstance2": Row("end_external_backup2", ("instance", "grbit")),
}

_SNAPSHOT = {
    "JetOSSnapshotPrepare": Row("snapshot_prepare", ("grbit",)),
    "JetOSSnapshotPrepareInstance": Row("snapshot_prepare_instance", ("snapshot", "instance", "grbit")),
    "JetOSSnapshotFreeze": Row("snapshot_freeze", ("snapshot", "grbit"), Kind.NUMBER, "instances"),
    "JetOSSnapshotThaw": Row("snapshot_thaw", ("snapshot", "grbit")),
    "JetOSSnapshotTruncateLog": Row("snapshot_truncate_log", ("snapshot", "grbit")),
    "JetOSSnapshotTruncateLogInstance": Row("snapshot_truncate_log_instance", ("snapshot", "instance", "grbit")),
    "JetOSSnapshotEnd": Row("snapshot_end", ("snapshot", "grbit")),
    "JetOSSnapshotAbort": Row("snapshot_abort", ("snapshot", "grbit")),
}

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
    "CountRows": Row("count_rows", ("session", "database"), Kind.NUMBER, "rows"),
    "JetBackupInstance": Row("backup", ("instance", "path", "grbit"), Kind.STATUS),
    "JetRestoreInstance": Row("restore", ("instance", "path", "destination"), Kind.STATUS),
    **{name: row._replace(capability="streaming") for name, row in _STREAMING.items()},
    **{name: row._replace(capability="snapshot") for name, row in _SNAPSHOT.items()},
}
"""The calls that an adapter can make, by their names in traces (docs/trace-format.md)."""


class NoCode(Exception):  # noqa: N818 - what the engine did wrong, not what this program did
    """What a method of the adapter returned is no JET_ERR; the text says what it is."""


class Invocation:
    """A call that is ready to be made."""

    __slots__ = ("call", "data", "errors", "kind", "method", "output", "values")

    def __init__(self, call: str, row: Row, adapter: Adapter, args: Mapping[str, Any]) -> None:
        self.call = call
        self.kind = row.kind
        self.output = row.output
        self.data = b""  # what the call gave out, where that are bytes
        self.errors: Mapping[int, int] | None = getattr(adapter, "errors", None)
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
    if row.capability and row.capability not in adapter.capabilities:
        raise ValueError(f"{call}: this engine does not declare the capability {row.capability!r}")
    if call == "JetSetSystemParameter" and args.get("parameter") not in Parameter.__members__:
        raise ValueError(
            f"system parameter {args.get('parameter')!r} is not known: known are {', '.join(Parameter.__members__)}"
        )
    try:
        return Invocation(call, row, adapter, args)
    except KeyError as missing:
        raise ValueError(f"{call}: the argument {missing} is missing") from None


def return_event(number: int, made: Invocation, outcome: object) -> ReturnEvent:
    """The return of call `number` with what its method returned. NoCode if that is no JET_ERR, and none is known for it."""
    if not made.output:
        return ReturnEvent(id=number, err=jet_err(_code(outcome), made.errors))
    if not isinstance(outcome, tuple) or len(outcome) != 2:
        raise NoCode(f"returned {_shown(outcome)}, expected a code and {_WORDS[made.kind]}")
    err, value = jet_err(_code(outcome[0]), made.errors), outcome[1]
    if made.kind is Kind.DATA:
        made.data = bytes(_checked(value, (bytes, bytearray, memoryview), made))
        return ReturnEvent(id=number, err=err, result={made.output: len(made.data)})
    if made.kind is Kind.FILES:
        files = [str(_checked(one, str, made)) for one in _checked(value, (list, tuple), made)]
        return ReturnEvent(id=number, err=err, result={made.output: files})
    if not 0 <= _checked(value, int, made) < 1 << 63 or isinstance(value, bool):
        raise NoCode(f"returned {_shown(value)} as {_WORDS[made.kind]}")
    return ReturnEvent(id=number, err=err, result={made.output: int(value)})


def jet_err(code: int, errors: Mapping[int, int] | None) -> int:
    """The JET_ERR of a code by the table of native ones; without a table it is one. NoCode for one that is not there."""
    if errors is None:
        return code
    if code not in errors:
        raise NoCode(f"returned native code {code}, for which the adapter's table `errors` has no JET_ERR")
    return errors[code]


_WORDS = {Kind.NUMBER: "a number", Kind.FILES: "a list of paths", Kind.DATA: "bytes"}


def _checked(value: Any, kind: type | tuple[type, ...], made: Invocation) -> Any:
    if not isinstance(value, kind):
        raise NoCode(f"returned {_shown(value)} as {_WORDS[made.kind]}")
    return value


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
