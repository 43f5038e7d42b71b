"""The journal: every event on its way to the judge, written down before the engine is entered.

It outlives the process that writes it: its end is what the engine was doing when the process died or fell silent. A
history begins with a marker line, followed by trace lines (docs/trace-format.md).
"""

import json
import os
from pathlib import Path
from typing import NamedTuple

import msgspec

from .trace import (
    CallbackEvent,
    CallEvent,
    Event,
    FaultEvent,
    HoldEvent,
    NotImplementedEvent,
    ReleaseEvent,
    ResumeEvent,
    ReturnEvent,
    encode,
)

ROOM = 1 << 20
"""Bytes after which the next history starts the file anew."""

_MARKER = b'{"history":'
_EVENT: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)


class Journal:
    """A sink for events: one line an event, each in a single write, so that only the last line can be torn."""

    def __init__(self, path: Path) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | getattr(os, "O_BINARY", 0)
        self._descriptor = os.open(path, flags, 0o600)
        self._history = 0
        self._calls = 0
        self._written = 0

    def begin(self, name: str = "") -> None:
        """A new history; `name` says to those who watch what is being done."""
        if self._written > ROOM:
            # To nothing, never to a part: what a reader finds is always a marker and what follows it.
            os.ftruncate(self._descriptor, 0)
            self._written = 0
        self._history += 1
        marker = _MARKER + b'%d,"calls":%d' % (self._history, self._calls)
        self._write(marker + b',"name":' + json.dumps(name).encode() + b"}\n" if name else marker + b"}\n")

    def __call__(self, event: Event) -> None:
        """Write an event down."""
        self._calls += isinstance(event, CallEvent)
        self._write(encode(event))

    def _write(self, line: bytes) -> None:
        self._written += os.write(self._descriptor, line)

    def close(self) -> None:
        """Close the file; it stays."""
        os.close(self._descriptor)


class Progress(NamedTuple):
    """Where the writer of a journal is: how many histories it began, the name of the last one, the calls made before it."""

    histories: int
    name: str
    calls: int = 0


def last_history(path: Path) -> list[Event]:
    """The events of the last history, also if the writer died in the middle of a line; empty if there is none."""
    return _read(path)[1]


def progress(path: Path) -> Progress:
    """Where the writer is; zero histories before the first."""
    return _read(path)[0]


def _read(path: Path) -> tuple[Progress, list[Event]]:
    try:
        data = path.read_bytes()
    except OSError:
        return Progress(0, ""), []
    whole = data[: data.rfind(b"\n") + 1]
    start = whole.rfind(b"\n" + _MARKER) + 1  # 0 for the first line, which is a marker, too
    marker, *lines = whole[start:].splitlines() or [b""]
    try:
        named = json.loads(marker)
        return Progress(named["history"], named.get("name", ""), named.get("calls", 0)), [
            _EVENT.decode(line) for line in lines
        ]
    except (ValueError, KeyError, msgspec.DecodeError):  # begun anew while it was read: nothing is known of it yet
        return Progress(0, ""), []


def running_call(events: list[Event], *, beside_held: bool = False) -> CallEvent | None:
    """The call that keeps the engine busy, if the last thing that was done is to enter it or let it go on.

    None while a call is held: then the engine may have good reason to let another wait. With `beside_held` also then.
    """
    open_calls: dict[int, CallEvent] = {}
    held: set[int] = set()
    for event in events:
        match event:
            case CallEvent():
                open_calls[event.id] = event
            case ReturnEvent() | NotImplementedEvent():
                open_calls.pop(event.id, None)
                held.discard(event.id)
            case CallbackEvent() | HoldEvent():
                held.add(event.id)
            case ResumeEvent() | ReleaseEvent():
                held.discard(event.id)
            case FaultEvent(kind="crash"):
                open_calls.clear()
                held.clear()
            case _:
                pass
    if (held and not beside_held) or not events or not isinstance(events[-1], CallEvent | ReleaseEvent | ResumeEvent):
        return None
    return open_calls.get(events[-1].id)
