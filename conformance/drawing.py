"""A short trace as a table: one line a call, and two where other calls were made before it came back."""

from collections.abc import Iterator, Sequence
from typing import Any

from ..model.vocabulary import code_name
from .trace import CallEvent, EndEvent, Event, FaultEvent, FilesEvent, HeaderEvent, HoldEvent, ReturnEvent

HEADERS = ("", "client", "call", "returned")
IMPLIED = ("instance", "session")
"""Arguments that are the same in every line."""
_BITS = frozenset({"grbit"})


def draw(events: Sequence[Event], wrong: int) -> Iterator[tuple[str, str, str, str]]:
    """The lines; `wrong` is the id of the call that is marked."""
    numbers: dict[int, int] = {}
    clients = {event.id: event.client for event in events if isinstance(event, CallEvent)}
    waiting: set[int] = set()
    for at, event in enumerate(events):
        if isinstance(event, CallEvent):
            numbers[event.id] = len(numbers) + 1
            end = _returned_next(events, at)
            if end is None:
                waiting.add(event.id)
            yield (
                str(numbers[event.id]),
                event.client,
                f"`{_label(event)}`",
                _code(end, wrong) if end else _stands(events, at),
            )
        elif isinstance(event, ReturnEvent) and event.id in waiting:
            yield str(numbers[event.id]), clients[event.id], "… goes on", _code(event, wrong)
        elif isinstance(event, FaultEvent):
            yield "", "", _fault(event), ""
        elif isinstance(event, FilesEvent):
            yield "", "", "the files are listed", ""
        elif isinstance(event, HeaderEvent):
            yield "", "", f"the header of `{event.file}` is read", ""
        elif isinstance(event, EndEvent) and event.reason == "crash":
            yield "", "", "**the process ends** ✗", ""


def _call_id(event: Event) -> int | None:
    """The call that an event is of, if it is of one."""
    return getattr(event, "id", None)


def _returned_next(events: Sequence[Event], at: int) -> ReturnEvent | None:
    """How the call came back, if nothing but its own pauses came before that."""
    for event in events[at + 1 :]:
        if _call_id(event) != _call_id(events[at]):
            return None
        if isinstance(event, ReturnEvent):
            return event
    return None


def _stands(events: Sequence[Event], at: int) -> str:
    following = events[at + 1] if at + 1 < len(events) else None
    if isinstance(following, HoldEvent):
        return f"held at `{following.point}`"
    if following is None or isinstance(following, EndEvent):
        return ""
    return "held in its status callback" if _call_id(following) == _call_id(events[at]) else "under way"


def _code(event: ReturnEvent, wrong: int) -> str:
    mark = " ✗" if event.id == wrong else ""
    rows = (event.result or {}).get("rows")
    return f"{code_name(event.err)}{f', {rows} rows' if rows is not None else ''}{mark}"


def _label(event: CallEvent) -> str:
    words = (_argument(key, value) for key, value in event.args.items() if key not in IMPLIED or value is None)
    return f"{event.call}({', '.join(words)})"


def _argument(key: str, value: Any) -> str:
    if value is None:
        return "NULL"
    if key in _BITS and isinstance(value, int):
        return f"grbit {value:#x}" if value else "grbit 0"
    return str(value) if key != "value" else f"= {value}"


def _fault(event: FaultEvent) -> str:
    size = f" to {event.size} bytes" if event.kind == "truncate-file" else ""
    return f"*{event.kind.replace('-', ' ')} `{event.target}`{size}*"
