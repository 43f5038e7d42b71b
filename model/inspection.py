"""Inspection: what an engine will meet in the files that a call reads, worked out from the ledger of files.

Each function follows one call through the files in the order in which the engine reads them, and stops where it would: that
order is part of what is known of the engine (source 4.1), what code answers a finding is the guards' (`guards/ese.py`).
"""

from collections.abc import Iterable, Sequence

from .calls import Finding
from .files import PAGE, Files, State
from .log_folder import CURRENT_FOLDER, LogFolder

NOTHING: frozenset[Finding] = frozenset()


def set_folder(files: Files, path: str) -> str | None:
    """The folder from which a restore reads logs: the path itself, then `new`, then `old` inside it (source 4.1 e)."""
    if path == "":
        return CURRENT_FOLDER if files.archives(CURRENT_FOLDER) else None
    second = f"{path}/new/old" if files.is_folder(f"{path}/new") else f"{path}/old"
    return next((folder for folder in (path, f"{path}/new", second) if files.archives(folder)), None)


def restore(files: Files, path: str, databases: Sequence[str], *, own: bool = False) -> frozenset[Finding]:
    """What JetRestoreInstance meets on its way from `path`; `databases` are those that the set is known to be of.

    With `own` it makes an instance of its own, which has its logs in the current directory (source 4.1 item 3).
    """
    log = files.logs.get(CURRENT_FOLDER, LogFolder(CURRENT_FOLDER)) if own else files.log
    if not files.listed or files.is_stale(path or CURRENT_FOLDER) or path == log.folder:
        return NOTHING
    folder = set_folder(files, path)
    if folder is None:
        return frozenset({Finding.NO_LOGS})
    stop = _set_logs(files, folder) or _log_folder(files, folder, log)
    if stop is not None:
        return frozenset({Finding.LOGS, stop})
    names = [name.removesuffix(".pat") for name in files.inside(folder) if "/" not in name and name.endswith(".pat")]
    if not names:
        return frozenset({Finding.LOGS, Finding.NO_PATCH_FILE})
    copies = [name for name in names if f"{folder}/{name}.edb" in files.sizes]
    copied = _copies(files, folder, copies, log)
    missing = _missing(files, folder, copies, databases, log)
    return frozenset({Finding.LOGS, *copied, *_replay(files, folder, log), *missing})


def _set_logs(files: Files, folder: str) -> Finding | None:
    """The logs of the set, from the lowest to the highest (source 4.1 f)."""
    logs = files.archives(folder)
    before = None
    for generation in range(min(logs), max(logs) + 1):
        path = logs.get(generation)
        if path is None:
            return Finding.LOG_MISSING
        if files.sizes[path] < PAGE:
            return Finding.LOG_EMPTY
        if path in files.cut:
            return Finding.LOG_SHORT
        if 0 in files.struck.get(path, ()):
            return Finding.LOG_HEADER_DAMAGED
        sequence = files.sequences.get(path)
        if None not in (before, sequence) and sequence != before:
            return Finding.LOG_SIGNATURE
        before = sequence
    return None


def _log_folder(files: Files, folder: str, log: LogFolder) -> Finding | None:
    """The logs in the log folder; of what does not fit the set the engine speaks when it has seen all (source 4.1 h)."""
    logs = files.archives(log.folder)
    if log.exists:
        logs[log.generation] = log.current
    given = files.archives(folder)
    high, sequence = max(given), files.sequences.get(given[max(given)])
    apart = bool(logs) and min(logs) > high + 1
    for generation in range(min(logs, default=0), max(logs, default=-1) + 1):
        path = logs.get(generation)
        if path is None:
            if generation > high:
                return Finding.CURRENT_LOG_MISSING
            apart = True
        elif path in files.cut:
            return Finding.CURRENT_LOG_SHORT
        elif 0 in files.struck.get(path, ()):
            return Finding.CURRENT_LOG_HEADER_DAMAGED
    if logs and sequence is not None and sequence != log.sequence:
        return Finding.CURRENT_LOG_SIGNATURE
    return Finding.CURRENT_LOG_APART if apart else None


def _copies(files: Files, folder: str, copies: Sequence[str], log: LogFolder) -> Iterable[Finding]:
    """The copies of databases, as they are put in place (source 4.1 l)."""
    if not copies:
        yield Finding.NO_COPY
    given = files.archives(folder)
    last = log.generation if _goes_on(files, folder, log) else max(given)
    for path in (f"{folder}/{name}.edb" for name in copies):
        if files.sizes[path] < 2 * PAGE or {0, 1} <= files.struck.get(path, set()):
            yield Finding.COPY_HEADER_DAMAGED
        elif path in files.cut:
            yield Finding.COPY_CUT
        needs = files.copies.get(path)
        if needs is not None and needs.low < min(given):
            yield Finding.FIRST_LOG_MISSING
        if needs is not None and needs.high > last:
            yield Finding.LAST_LOG_MISSING


def _replay(files: Files, folder: str, log: LogFolder) -> Iterable[Finding]:
    """The bodies of the logs, as they are replayed: those of the set, then those that follow in the log folder."""
    given = files.archives(folder)
    if any(path in files.struck for path in given.values()):
        yield Finding.LOG_DAMAGED
    if _goes_on(files, folder, log):
        later = [path for generation, path in files.archives(log.folder).items() if generation > max(given)]
        if any(path in files.struck for path in (*later, log.current)):
            yield Finding.CURRENT_LOG_DAMAGED


def _goes_on(files: Files, folder: str, log: LogFolder) -> bool:
    """Whether the log folder has the logs that follow those of the set (source 4.1 n)."""
    last = log.generation if log.exists else max(files.archives(log.folder), default=0)
    return last > max(files.archives(folder)) and not log.interrupted


def _missing(
    files: Files, folder: str, copies: Sequence[str], databases: Iterable[str], log: LogFolder
) -> Iterable[Finding]:
    """A database of the logs of which the set has no copy: it is missed only if it is still attached at their end."""
    for path in databases:
        name = path.rpartition("/")[2].removesuffix(".edb")
        if name in copies:
            continue
        if _goes_on(files, folder, log) and (not log.dirty or path in files.sizes):
            continue
        yield Finding.DATABASE_MISSING


def backup(files: Files, path: str | None, *, incremental: bool) -> frozenset[Finding]:
    """What JetBackupInstance meets in the folders that it writes to, and in the logs that it copies."""
    if not files.listed:
        return NOTHING
    folder = path or CURRENT_FOLDER
    found = {Finding.LOG_FOLDER} if folder == files.log_folder else set()
    if not files.is_stale(folder):
        found.update(_destination(files, folder, named=bool(path)))
    if files.log.exists:
        found.update(_copied_logs(files, incremental=incremental))
    return frozenset(found)


def _destination(files: Files, folder: str, *, named: bool) -> Iterable[Finding]:
    inside = files.inside(folder)
    if any(name.startswith(("new/", "old/")) and name.count("/") > 1 for name in inside):
        yield Finding.NESTED
    if any(name.startswith("temp/") and name.count("/") > 1 for name in inside):
        yield Finding.TEMP_NESTED
    if "temp" in inside:
        yield Finding.TEMP_FILE
    if named:
        return
    if any(name.startswith(("new/", "old/")) for name in inside):
        yield Finding.CURRENT_FOLDER_ATOMIC
    if any(not name.startswith("temp/") for name in inside):
        yield Finding.CURRENT_FOLDER_USED


def _copied_logs(files: Files, *, incremental: bool) -> Iterable[Finding]:
    """A full backup reads from the checkpoint on, an incremental one all that is there (source 2.3, 2.4)."""
    log, logs = files.log, files.archives(files.log_folder)
    first = min(logs, default=log.generation) if incremental else log.checkpoint
    sure = first if incremental else log.pinned
    if incremental and any(first > files.backed_up_to.get(path, first) + 1 for path in files.attached):
        yield Finding.LOG_MISSING
        return
    for generation in range(first, log.generation):
        missing, damaged = generation not in logs, logs.get(generation) in files.struck
        if generation < sure and (missing or damaged):
            yield Finding.LOG_PERHAPS_MISSING if missing else Finding.LOG_PERHAPS_DAMAGED
        elif missing or damaged:
            yield Finding.LOG_MISSING if missing else Finding.LOG_DAMAGED
            return


def init(files: Files) -> frozenset[Finding]:
    """What JetInit meets: the current log, and those since the checkpoint if the instance was not shut down."""
    log = files.log
    logs = files.archives(log.folder)
    if not files.listed or not log.exists:
        return frozenset({Finding.CURRENT_LOG_MISSING}) if files.listed and logs else NOTHING
    if log.interrupted:
        return frozenset({Finding.LOGS_MISSING})
    logs[log.generation] = log.current
    for generation in range(log.checkpoint if log.dirty else log.generation, log.generation + 1):
        sure = generation >= log.pinned
        path = logs.get(generation)
        if path is None:
            first = Finding.FIRST_LOG_MISSING if generation == log.checkpoint else Finding.LOG_MISSING
            return frozenset({first if sure else Finding.LOG_PERHAPS_MISSING})
        if path in files.cut:
            return frozenset({Finding.LOG_SHORT if sure else Finding.LOG_PERHAPS_DAMAGED})
        if path in files.struck:
            return frozenset({Finding.LOG_DAMAGED if sure else Finding.LOG_PERHAPS_DAMAGED})
    if not log.dirty:
        return NOTHING
    if State.COPY_OVER in files.databases.values():
        return frozenset({Finding.BACKUP_COPY})
    left = [path for path, state in files.databases.items() if state is State.DIRTY]
    if any(path not in files.sizes and not files.returns(path) for path in left):
        return frozenset({Finding.DATABASE_MISSING})
    return (
        frozenset({Finding.DATABASE_DAMAGED})
        if any(path in files.struck or path in files.cut for path in left)
        else NOTHING
    )


def attach(files: Files, path: str) -> frozenset[Finding]:
    """What JetAttachDatabase meets in the header of a database file."""
    state = files.databases.get(path, State.CLEAN)
    if state in (State.COPY, State.COPY_OVER):
        return frozenset({Finding.BACKUP_COPY})
    return NOTHING if state is State.CLEAN else frozenset({Finding.DIRTY})
