"""The reference engine: real files, real logs, real threads."""

from .engine import Engine
from .events import Event, EventId
from .files import Files, WriteFault
from .header import BackupMark, DatabaseHeader, DatabaseState
from .progress import StatusCallback
from .registry import NIL_HANDLE, PointHook
from .rows import Row
from .runtime import Monitor, Mutex, Runtime, ThreadRuntime
from .snapshot import FrozenInstance

__all__ = [
    "NIL_HANDLE",
    "BackupMark",
    "DatabaseHeader",
    "DatabaseState",
    "Engine",
    "Event",
    "EventId",
    "Files",
    "FrozenInstance",
    "Monitor",
    "Mutex",
    "PointHook",
    "Row",
    "Runtime",
    "StatusCallback",
    "ThreadRuntime",
    "WriteFault",
]
