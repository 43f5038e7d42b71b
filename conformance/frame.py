"""What no call changes: the files elsewhere, and the size classes of logs and databases (clauses `any.*` of `ese`)."""

from collections.abc import Collection, Iterable

from .classify import LOG_FOLDER
from .listing import CURRENT, PAGE, SizeClass, size_class
from .snapshot import File, Snapshot
from .trace import CallEvent

ELSEWHERE, SIZES = "any.elsewhere", "any.sizes"
CWD = "cwd"
"""Where a trace has the current folder of the engine's process (docs/trace-format.md): paths that are null lead there."""


def named_by(event: CallEvent) -> Iterable[str]:
    """The folders that a call may write to, besides the log folder."""
    for key in ("path", "destination"):
        if key in event.args:
            path = event.args[key]
            folder = path if isinstance(path, str) and path else CWD
            yield folder.rpartition("/")[0] or "." if "session" in event.args else folder


def changed_elsewhere(before: Snapshot, after: Snapshot, named: Collection[str]) -> str:
    """What is wrong with the files outside of the log folder and of these folders; nothing where they are as they were."""
    if "." in named:
        return ""
    folders = tuple(f"{folder}/" for folder in (LOG_FOLDER, *named))
    for path in sorted({*before.files, *after.files}):
        if before.files.get(path) != after.files.get(path) and not path.startswith(folders):
            change = "is gone" if path not in after.files else "is new" if path not in before.files else "changed"
            return f"{path} {change}, and no call names a folder above it"
    return ""


def wrong_size(after: Snapshot, log_size: int) -> str:
    """What is wrong with the sizes of the logs and databases in the log folder; nothing where all are right."""
    current = (f"{LOG_FOLDER}/{CURRENT}.log", f"{LOG_FOLDER}/{CURRENT}.jtx")
    for path, file in after.files.items():
        if file.role == "log" or path in current:
            if log_size and size_class(file.size, log_size) is not SizeClass.LOG:
                return f"{path} has {file.size} bytes, a log file has {log_size}"
        elif _no_database(file):
            return f"{path} has {file.size} bytes, expected whole pages"
    return ""


def _no_database(file: File) -> bool:
    return file.role == "database" and (not file.size or bool(file.size % PAGE))
