"""What no call changes: the files elsewhere, and the size classes of logs and databases (clauses `any.*` of `ese`)."""

from collections.abc import Collection, Iterable

from ..model.log_folder import LOG_FOLDER
from .listing import TEMPORARY, SizeClass, size_class
from .snapshot import Snapshot
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


CLASSES = (
    # suffix, the size classes that such a file in the log folder may have
    (".log", (SizeClass.LOG,)),
    (".jtx", (SizeClass.LOG,)),
    (".jrs", (SizeClass.LOG,)),
    (".chk", (SizeClass.PAGES,)),
    (".jcp", (SizeClass.PAGES,)),
    (".edb", (SizeClass.PAGES, SizeClass.LOG)),
    (".jfm", (SizeClass.PAGES, SizeClass.LOG)),
    (".pat", (SizeClass.EMPTY,)),
)


def wrong_size(after: Snapshot, log_size: int) -> str:
    """What is wrong with the size of a file in the log folder; nothing where all are right."""
    if not log_size:
        return ""
    for path, file in after.below(LOG_FOLDER).items():
        name = path.removeprefix(f"{LOG_FOLDER}/")
        if "/" in name or name.startswith(TEMPORARY):
            continue
        for suffix, allowed in CLASSES:
            if name.endswith(suffix) and size_class(file.size, log_size) not in allowed:
                return f"{path} has {file.size} bytes, expected {allowed[0].value} (a log file has {log_size})"
    return ""
