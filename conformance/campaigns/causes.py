"""When two findings are one: the same rule broken, by the same shortest history but for the names in it."""

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

import msgspec

from ..explain import Explanation
from ..trace import (
    CallbackEvent,
    CallEvent,
    Event,
    FaultEvent,
    HoldEvent,
    ReleaseEvent,
    ResumeEvent,
    ReturnEvent,
    Trace,
    TraceError,
    read,
)


class Cause(msgspec.Struct, kw_only=True, frozen=True):
    """What a finding is about."""

    key: str  # ten hexadecimal digits
    kind: str  # as the explanation of a finding says it
    text: str  # the call, and what was seen
    calls: int  # of the history


def cause_of(trace: Trace) -> Cause:
    """The cause of a saved finding. TraceError for a trace that says nothing of why it was rejected."""
    try:
        why = msgspec.convert(trace.header.explanation, Explanation)
    except msgspec.ValidationError as error:
        raise TraceError(f"{trace.name}:1: explanation: {error}") from None
    # What is after a colon may hold a number, a name or an address that is another one next time.
    rule = why.observed.partition(":")[0] if why.observed else why.reason
    befell = msgspec.to_builtins(trace.header.fault or {}).get("kind", "")
    parts = (trace.header.engine, why.kind, why.call, rule, befell, *shape(trace.events))
    return Cause(
        key=sha256("\n".join(parts).encode()).hexdigest()[:10],
        kind=why.kind,
        text=f"{why.call}: {why.observed}".strip(": ") or why.reason,
        calls=sum(isinstance(event, CallEvent) for event in trace.events),
    )


def shape(events: Iterable[Event]) -> list[str]:
    """A history without what it calls things: clients, handles, files and folders."""
    return [text for event in events if (text := _shape(event))]


def _shape(event: Event) -> str:
    match event:
        case CallEvent():
            return f"{event.call}({', '.join(_argument(name, value) for name, value in sorted(event.args.items()))})"
        case ReturnEvent():
            return f"-> {event.err}"
        case CallbackEvent():
            return "callback"
        case ResumeEvent():
            return f"resume {event.err}"
        case HoldEvent():
            return f"hold {event.point.partition(' ')[0]}"
        case ReleaseEvent():
            return "release"
        case FaultEvent():
            return event.kind
        case _:
            return ""


def _argument(name: str, value: object) -> str:
    """An argument; of a text only that it is one, but for the name of a parameter."""
    return f"{name}={value}" if name == "parameter" or not isinstance(value, str) else name


def take(data: bytes, folder: Path) -> tuple[Cause, str]:
    """Save a finding under its cause: that, and the name of the file; a cause that has a file already keeps it.

    No name where no call was made, for then there is nothing to replay. OSError where it cannot be saved.
    """
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / "finding.part"
    part.write_bytes(data)
    trace = read(part)
    cause = cause_of(trace)
    path = folder / f"{cause.kind}-{cause.key}.jsonl"
    if not trace.events or path.exists():
        part.unlink()
    else:
        part.replace(path)
    return cause, path.name if trace.events else ""
