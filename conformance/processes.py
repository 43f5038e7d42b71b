"""Child processes: each in a group of its own that is ended as a whole, with the tail of what it says on standard error.

A group that was started from the worker process must not outlive it, even where that one is killed: so its number is noted as
the name of a file in a folder, and whoever ends the worker ends what is noted there, too.
"""

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

_notes: Path | None = None


def in_group() -> dict[str, Any]:
    """The options of Popen with which a process becomes the first of a group: no Ctrl-C reaches it by itself."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


def kill_group(number: int) -> None:
    """End a process that was started in a group, with everything that it started, whatever state it is in."""
    if sys.platform == "win32":
        taskkill = ["taskkill", "/F", "/T", "/PID", str(number)]
        subprocess.run(taskkill, capture_output=True, check=False)  # noqa: S603
    else:
        with suppress(ProcessLookupError, PermissionError):  # macOS says the latter of a group of zombies
            os.killpg(number, signal.SIGKILL)


def how_it_ended(exit_code: int) -> str:
    """How a process ended, in words. A negative exit code is the number of a signal."""
    if exit_code >= 0:
        return f"exit status {exit_code}"
    try:
        return f"killed by {signal.Signals(-exit_code).name}"
    except ValueError:
        return f"killed by signal {-exit_code}"


class Tail:
    """Reads a stream to its end on a thread of its own, and keeps the last `size` bytes: a child may say more than fits."""

    def __init__(self, stream: IO[bytes], size: int) -> None:
        self._stream = stream
        self._size = size
        self._tail = b""
        self.closed = threading.Event()  # the stream came to its end
        self._reader = threading.Thread(target=self._read, name="standard error", daemon=True)
        self._reader.start()

    def _read(self) -> None:
        with suppress(OSError, ValueError):
            while data := os.read(self._stream.fileno(), 65536):
                self._tail = (self._tail + data)[-self._size :]
        self.closed.set()

    def text(self, seconds: float) -> str:
        """What was kept, once the stream has come to its end or so many seconds have passed."""
        self._reader.join(seconds)
        return self._tail.decode(errors="replace")

    def close(self) -> None:
        """Close the stream if it has come to its end: what left the group may keep it open."""
        self._reader.join(1.0)
        if not self._reader.is_alive():
            self._stream.close()


def note_groups_in(folder: Path) -> None:
    """From now on note in this folder, which is made, the groups that are started here."""
    global _notes
    folder.mkdir(exist_ok=True)
    _notes = folder


def note(number: int) -> None:
    """A group was started."""
    if _notes is not None:
        (_notes / str(number)).touch()


def strike(number: int) -> None:
    """A group was ended, and its first process waited for."""
    if _notes is not None:
        (_notes / str(number)).unlink(missing_ok=True)


def kill_noted(folder: Path) -> None:
    """End every group that is noted in this folder."""
    with suppress(OSError):
        for entry in folder.iterdir():
            if entry.name.isdecimal():
                kill_group(int(entry.name))
