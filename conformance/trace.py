"""Traces: the one record of what an engine did, one JSON object a line (docs/trace-format.md).

Reading checks every line: what is not a trace is refused with its file and line, and nothing in a trace is ever executed.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec


class TraceError(ValueError):
    """A file that is not a trace: the message names the file, the line and what is wrong there."""


class Header(msgspec.Struct, kw_only=True, omit_defaults=True):
    """The first line of a trace."""

    trace: int
    engine: str = ""
    scenario: str = ""
    seed: int | None = None
    profile: str | None = None
    config: dict[str, Any] | None = None
    capabilities: list[str] | None = None
    explanation: dict[str, Any] | None = None  # of a saved finding: why the history was rejected
    schedule: str | None = None  # of a scheduled history: who went on when, as in A12BA4
    choices: dict[str, Any] | None = None  # and the scenario that was scheduled so
    fault: dict[str, Any] | None = None  # of a history in which the disk failed: the scenario, and what befell it


class CallEvent(msgspec.Struct, kw_only=True, omit_defaults=True, tag="call", tag_field="event"):
    """A client entered a call."""

    id: int
    client: str
    call: str
    args: dict[str, Any]


class ReturnEvent(msgspec.Struct, kw_only=True, omit_defaults=True, tag="return", tag_field="event"):
    """That call came back with this code."""

    id: int
    err: int
    result: dict[str, Any] | None = None


class NotImplementedEvent(msgspec.Struct, kw_only=True, omit_defaults=True, tag="not-implemented", tag_field="event"):
    """The engine does not have that call: it did nothing."""

    id: int


class CallbackEvent(msgspec.Struct, kw_only=True, omit_defaults=True, tag="callback", tag_field="event"):
    """The status callback of the call was entered; the engine waits."""

    id: int
    snp: int
    snt: int
    done: int | None = None
    total: int | None = None


class ResumeEvent(msgspec.Struct, kw_only=True, omit_defaults=True, tag="resume", tag_field="event"):
    """The callback returned this value; the engine goes on."""

    id: int
    err: int


class HoldEvent(msgspec.Struct, kw_only=True, omit_defaults=True, tag="hold", tag_field="event"):
    """The call was stopped at a point inside the engine: `enter`, `copy`, `truncate` or `leave`, then perhaps a detail."""

    id: int
    point: str


class ReleaseEvent(msgspec.Struct, kw_only=True, omit_defaults=True, tag="release", tag_field="event"):
    """The call was let go from that point."""

    id: int
    point: str = ""


class FilesEvent(msgspec.Struct, kw_only=True, omit_defaults=True, tag="files", tag_field="event"):
    """A listing of a folder."""

    dir: str
    files: dict[str, int]


class HeaderEvent(msgspec.Struct, kw_only=True, omit_defaults=True, tag="header", tag_field="event"):
    """A database header as the engine's information call shows it."""

    file: str
    err: int
    state: int | None = None
    required: list[int] | None = None
    bkinfo: dict[str, Any] | None = None


class FaultEvent(msgspec.Struct, kw_only=True, omit_defaults=True, tag="fault", tag_field="event"):
    """The recorder did something to the environment."""

    kind: str
    target: str = ""
    offset: int | None = None
    length: int | None = None
    size: int | None = None
    role: str = ""  # what the file was for that was harmed


class EndEvent(msgspec.Struct, kw_only=True, omit_defaults=True, tag="end", tag_field="event"):
    """The recording stopped: `done`, `crash` (the process died by itself) or `timeout` (call `id` did not return)."""

    reason: str
    id: int | None = None


Event = (
    CallEvent | ReturnEvent | NotImplementedEvent | CallbackEvent | ResumeEvent | HoldEvent | ReleaseEvent
    | FilesEvent | HeaderEvent | FaultEvent | EndEvent
)  # fmt: skip

_HEADER = msgspec.json.Decoder(Header)
_EVENT: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
_ENCODER = msgspec.json.Encoder()
LINE_LIMIT = 1 << 20
"""Bytes of one line at the most: a longer one is no trace."""


class Trace(msgspec.Struct):
    """A header and its events, with the line of the file on which each stands."""

    header: Header
    events: list[Event]
    name: str = ""


def encode(record: Header | Event) -> bytes:
    """One line of a trace, with its newline."""
    return _ENCODER.encode(record) + b"\n"


def write(path: Path, header: Header, events: Iterable[Event]) -> None:
    """Write a trace; the file is there whole or not at all."""
    temporary = path.with_name(path.name + ".part")
    temporary.write_bytes(encode(header) + b"".join(encode(event) for event in events))
    temporary.replace(path)


def read(path: Path) -> Trace:
    """Read and check a trace. Raises TraceError, naming file and line, for anything that is not one."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise TraceError(f"{path}: {error.strerror or error}") from None
    return parse(data, name=str(path))


def parse(data: bytes, *, name: str) -> Trace:
    """The trace in `data`. Raises TraceError for anything that is not one."""
    lines = data.splitlines()
    if not lines:
        raise TraceError(f"{name}:1: empty, expected a trace header")
    try:
        header = _HEADER.decode(lines[0])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise TraceError(f"{name}:1: no trace header: {error}") from None
    if header.trace != 1:
        raise TraceError(f"{name}:1: trace format {header.trace}, this program reads format 1")
    events = [_decode(line, f"{name}:{number}") for number, line in enumerate(lines[1:], start=2)]
    for problem in _structure(events):
        raise TraceError(f"{name}:{problem}")
    return Trace(header, events, name)


def _decode(line: bytes, where: str) -> Event:
    if len(line) > LINE_LIMIT:
        raise TraceError(f"{where}: a line of {len(line)} bytes, at most {LINE_LIMIT} are read")
    try:
        return _EVENT.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise TraceError(f"{where}: {error}") from None


def _structure(events: list[Event]) -> Iterator[str]:
    """What contradicts the format itself, whatever engine was recorded."""
    seen: set[int] = set()
    clients = _Clients()
    for line, event in enumerate(events, start=2):
        if line > 2 and isinstance(events[line - 3], EndEvent):
            yield f"{line}: the trace goes on after its end"
        if isinstance(event, CallEvent):
            if event.id in seen:
                yield f"{line}: call id {event.id} is used twice"
            seen.add(event.id)
            busy = clients.enter(event)
            if busy is not None:
                yield f"{line}: client {event.client} is inside call {busy}, and not in a callback of it"
        elif isinstance(
            event, ReturnEvent | NotImplementedEvent | CallbackEvent | ResumeEvent | HoldEvent | ReleaseEvent
        ):
            if event.id not in clients.open:
                yield f"{line}: no call {event.id} is open"
            clients.saw(event)
        elif isinstance(event, EndEvent):
            problem = _wrong_end(event, clients)
            if problem:
                yield f"{line}: {problem}"
        elif isinstance(event, FaultEvent) and event.kind == "crash":
            clients = _Clients()


def _wrong_end(event: EndEvent, clients: "_Clients") -> str:
    """Why a trace cannot end so; empty if it can."""
    if event.reason not in ("done", "crash", "timeout"):
        return f"unknown end reason {event.reason!r}"
    if event.reason == "timeout" and event.id not in clients.open:
        return f"no call {event.id} is open that could time out"
    if event.reason == "done" and clients.open:
        return f"the trace ends as done while call {next(iter(clients.open))} is open"
    return ""


class _Clients:
    """The calls that each client is inside of: a thread makes a second one only from a callback of the first."""

    def __init__(self) -> None:
        self.open: dict[int, str] = {}  # call -> client, in the order of the calls
        self._in_callback: set[int] = set()

    def enter(self, event: CallEvent) -> int | None:
        """A client makes a call; the one that it is inside of, if it cannot."""
        inside = [call_id for call_id, client in self.open.items() if client == event.client]
        self.open[event.id] = event.client
        return inside[-1] if inside and inside[-1] not in self._in_callback else None

    def saw(self, event: Event) -> None:
        """A call went on, or came back."""
        if isinstance(event, CallbackEvent):
            self._in_callback.add(event.id)
        elif isinstance(event, ResumeEvent):
            self._in_callback.discard(event.id)
        elif isinstance(event, ReturnEvent | NotImplementedEvent):
            self.open.pop(event.id, None)
