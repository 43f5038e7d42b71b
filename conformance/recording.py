"""Traces written while they are made: each event is in the file before anybody goes on, so that a crash loses none."""

import threading
from pathlib import Path

from .trace import (
    CallEvent,
    EndEvent,
    Event,
    FaultEvent,
    Header,
    NotImplementedEvent,
    ReturnEvent,
    encode,
)

CHANGES = (
    *("make-directory", "create-file", "empty-directory", "delete-file", "truncate-file", "flip-byte", "read-only"),
    *("copy-files", "put-files", "save-set"),
)
"""What a client may have done to files behind the engine's back: faults of docs/trace-format.md."""


class Recording:
    """One trace file that grows. Thread-safe; the order of the events is that in which they were written here."""

    def __init__(self, path: Path, header: Header) -> None:
        """Begin the file. OSError where it cannot be written."""
        self._file = path.open("wb", buffering=0)
        self._file.write(encode(header))
        self._lock = threading.Lock()
        self._open: set[int] = set()
        self._last_id = 0

    def call(self, client: str, call: str, args: dict[str, object]) -> int:
        """A call is about to be made; its id."""
        with self._lock:
            self._last_id += 1
            self._put(CallEvent(id=self._last_id, client=client, call=call, args=args))
            return self._last_id

    def write(self, event: Event) -> None:
        """Anything else, or a call that has an id already. Nothing is written once the recording has ended."""
        with self._lock:
            self._put(event)

    def changed(self, kind: str, target: str) -> None:
        """Somebody changed a file. ValueError for a kind of CHANGES that there is not."""
        if kind not in CHANGES:
            raise ValueError(f"change {kind!r} is not known: known are {', '.join(CHANGES)}")
        self.write(FaultEvent(kind=kind, target=target))

    def end(self, *, died: bool = False) -> None:
        """Nothing more comes. The trace says `done` where every call is back, and `crash` where the engine's process died."""
        with self._lock:
            if died:
                self._put(EndEvent(reason="crash"))
            elif not self._open:
                self._put(EndEvent(reason="done"))
            self._file.close()

    @property
    def ended(self) -> bool:
        """Whether nothing more is written."""
        return self._file.closed

    def _put(self, event: Event) -> None:
        if self._file.closed:
            return
        self._file.write(encode(event))
        if isinstance(event, CallEvent):
            self._open.add(event.id)
        elif isinstance(event, ReturnEvent | NotImplementedEvent):
            self._open.discard(event.id)
        elif isinstance(event, FaultEvent) and event.kind == "crash":
            self._open.clear()
