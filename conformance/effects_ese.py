"""What Microsoft's engine leaves behind: the checks that answer for the clauses of the `ese` profile, by names and sizes.

They read recorded listings, which show no content, so they speak of names, generations and size classes (trace-format.md).
"""

from collections.abc import Mapping

from ..model.log_folder import LOG_FOLDER
from ..model.vocabulary import BackupGrbit
from ..model.vocabulary import JetErr as E
from .effects import Completed, Judged
from .effects_documented import CHECKS
from .frame import CWD
from .listing import CURRENT, PAGE, TEMPORARY, SizeClass, size_class
from .snapshot import File, Snapshot

REFUSED = frozenset(
    {
        E.NotInitialized, E.ClientRequestToStopJetService, E.InstanceUnavailable, E.RestoreInProgress, E.BackupNotAllowedYet,
        E.LoggingDisabled, E.InvalidBackup, E.BackupInProgress, E.SurrogateBackupInProgress, E.MissingFullBackup,
    }
)  # fmt: skip
"""Codes that come from nowhere but the guards before the path is looked at (source 2.1 G3 to G21)."""

ROLES_OF_A_SET = ("backup-database", "backup-log", "patch")


def set_folder(done: Completed) -> str:
    """Where the set of this backup is."""
    folder = done.path or CWD
    atomic = bool(done.call.grbit & BackupGrbit.ATOMIC) and not done.call.grbit & BackupGrbit.INCREMENTAL
    return f"{folder}/new" if atomic else folder


def _here(snapshot: Snapshot, folder: str) -> dict[str, File]:
    """The files right inside a folder, by their name there."""
    inside = {path.removeprefix(f"{folder}/"): file for path, file in snapshot.below(folder).items()}
    return {name: file for name, file in inside.items() if "/" not in name}


def _set(done: Completed) -> dict[str, File]:
    return _here(done.after, set_folder(done))


def _names(done: Completed) -> list[str]:
    return [path.rpartition("/")[2] for path in done.databases]


def _pat(name: str) -> str:
    return name.rpartition(".")[0] + ".pat"


def copied(done: Completed) -> list[int]:
    """The generations in the set that this backup made or added to, sorted."""
    return sorted(
        file.generation for file in _set(done).values() if file.role == "backup-log" and file.generation is not None
    )


def _databases_there(done: Completed) -> str:
    missing = [name for name in _names(done) if name not in _set(done)]
    return f"{missing[0]} is attached, and not in {set_folder(done)}" if missing else ""


def _copy_sizes(done: Completed) -> str:
    here = _set(done)
    for path, name in zip(done.databases, _names(done), strict=True):
        copy, source = here.get(name), done.after.files.get(path)
        if copy is None:
            continue
        if size_class(copy.size, done.log_size) not in (SizeClass.PAGES, SizeClass.LOG):
            return f"{name} in {set_folder(done)} has {copy.size} bytes, expected whole pages"
        if source is not None and copy.size > source.size + PAGE:
            return f"{name} in {set_folder(done)} has {copy.size} bytes, its source {source.size}"
    return ""


def _patches(done: Completed) -> str:
    return _patches_in(_set(done), [_pat(name) for name in _names(done)], set_folder(done))


def _source_patches(done: Completed) -> str:
    return _patches_in(done.after.files, [_pat(path) for path in done.databases], "the folder of its database")


def _patches_in(files: Mapping[str, File], names: list[str], folder: str) -> str:
    for name in names:
        if name not in files:
            return f"{name} is missing in {folder}"
        if files[name].size:
            return f"{name} has {files[name].size} bytes, expected none"
    return ""


def _nothing_else(done: Completed) -> str:
    databases = {*_names(done), *map(_pat, _names(done))}
    others = [name for name, file in _set(done).items() if name not in databases and file.role not in ROLES_OF_A_SET]
    return f"{others[0]} is in {set_folder(done)}, and no part of the set" if others else ""


def _gapless(done: Completed) -> str:
    here, kept = copied(done), done.after.generations(LOG_FOLDER, "log")
    if not here:
        return f"no log is in {set_folder(done)}"
    missing = sorted(set(range(here[0], here[-1] + 1)) - set(here))
    if missing and not done.call.grbit & BackupGrbit.INCREMENTAL:
        return f"generation {missing[0]} is missing in {set_folder(done)}"
    if kept and here[-1] < kept[-1]:
        return f"generation {kept[-1]} was closed, and is not in {set_folder(done)}"
    return ""


def _logs_whole(done: Completed) -> str:
    for name, file in _set(done).items():
        if file.role == "backup-log" and done.log_size and size_class(file.size, done.log_size) is not SizeClass.LOG:
            return f"{name} in {set_folder(done)} has {file.size} bytes, a log file has {done.log_size}"
    return ""


def _all_generations(done: Completed) -> str:
    """The generations that are there after it were there when it copied."""
    missing = sorted(set(done.after.generations(LOG_FOLDER, "log")) - set(copied(done)))
    return f"generation {missing[0]} is present, and not in {set_folder(done)}" if missing else ""


def _only_logs(done: Completed) -> str:
    if done.path is None:
        return ""
    strange = sorted(path for path, file in done.new.items() if path not in done.old and file.role != "backup-log")
    return f"{strange[0]} was added, which is no log" if strange else ""


def _promoted(done: Completed) -> str:
    left = [name for name in ("temp", "old") if f"{done.path}/{name}" in done.after.folders]
    return f"{done.path}/{left[0]} is left" if left else ""


def _oldest_deleted(done: Completed) -> str:
    here, kept = copied(done), done.after.generations(LOG_FOLDER, "log")
    if not here:
        return ""
    missing = sorted(set(range(min(kept, default=here[-1]), here[-1] + 1)) - set(kept))
    return f"generation {missing[0]} was deleted from the log folder, and is not the oldest" if missing else ""


def _unchanged(done: Completed) -> str:
    if done.err not in REFUSED or not done.path:
        return ""
    if done.old != done.new:
        changed = sorted(path for path in {*done.old, *done.new} if done.old.get(path) != done.new.get(path))
        return f"{changed[0]} changed, although the backup was refused"
    return ""


def _leftovers(done: Completed) -> str:
    if not done.path:
        return ""
    working = f"{done.path}/temp/"
    gone = sorted(path for path in done.old if path not in done.new and not path.startswith(working))
    if gone:
        return f"{gone[0]} was there before the failure, and is gone"
    strange = sorted(
        path for path, file in done.new.items() if path not in done.old and file.role not in ROLES_OF_A_SET
    )
    if strange:
        return f"{strange[0]} was added, and is no part of a set"
    return next(
        filter(None, (_partial(path, file, done) for path, file in done.new.items() if path not in done.old)), ""
    )


PARTIAL = {
    "backup-database": (SizeClass.EMPTY, SizeClass.PAGES, SizeClass.LOG),
    "backup-log": (SizeClass.EMPTY, SizeClass.LOG),
    "patch": (SizeClass.EMPTY,),
}
"""The size classes that files have in which copying stopped: it goes by buffers of whole pages, which a log does not fill."""


def _partial(path: str, file: File, done: Completed) -> str:
    if not done.log_size or done.damaged or size_class(file.size, done.log_size) in PARTIAL[file.role]:
        return ""
    return f"{path} was left with {file.size} bytes, expected {PARTIAL[file.role][-1].value} or none"


def _atomic_leftovers(done: Completed) -> str:
    if not done.path or _took_its_place(done):
        return ""
    added = sorted(path for path in done.new if path not in done.old and not path.startswith(f"{done.path}/old/"))
    return f"{added[0]} is new, although the backup failed" if added else ""


def _took_its_place(done: Completed) -> bool:
    """Whether it failed after the promotion: the whole set is in `new`, and is not the one that was there."""
    changed = _here(done.before, f"{done.path}/new") != _set(done)
    return changed and bool(copied(done)) and not _databases_there(done) and not _patches(done)


def _earlier_set(done: Completed) -> str:
    if not done.path or _took_its_place(done):
        return ""
    before = _here(done.before, f"{done.path}/new")
    after = (_here(done.after, f"{done.path}/{name}") for name in ("new", "old"))
    return "" if not before or before in after else f"the earlier set in {done.path} is neither in `new` nor in `old`"


def _log_folder(done: Completed) -> str:
    if not done.control.configuration.recovery or not done.log_size:
        return ""
    here = _here(done.after, LOG_FOLDER)
    current = [name for name in here if name in (f"{CURRENT}.log", f"{CURRENT}.jtx")]
    if not current and not any(name.startswith(f"{TEMPORARY}.") for name in here):
        return f"there is no current log in {LOG_FOLDER}"
    logs = {name: file for name, file in here.items() if name in current or file.role == "log"}
    for name, file in logs.items():
        if size_class(file.size, done.log_size) is not SizeClass.LOG:
            return f"{name} in {LOG_FOLDER} has {file.size} bytes, a log file has {done.log_size}"
    wrong = [
        name for name, file in here.items() if name.endswith((".chk", ".jcp")) and (file.size % PAGE or not file.size)
    ]
    return f"{wrong[0]} has {here[wrong[0]].size} bytes, expected whole pages" if wrong else ""


def _database_file(done: Completed) -> str:
    file = done.after.files.get(done.call.path)
    if file is None:
        return f"{done.call.path} was made, and is not there"
    return f"{done.call.path} has {file.size} bytes, expected whole pages" if not file.size or file.size % PAGE else ""


def _restored(done: Completed) -> str:
    for path in done.call.contents:
        name = f"{done.call.path}/{path.rpartition('/')[2]}" if done.call.path else path
        file = done.after.files.get(name)
        if file is None:
            return f"{path} is in the set, and {name} is not there"
        if not file.size or file.size % PAGE:
            return f"{name} has {file.size} bytes, expected whole pages"
    return ""


def _set_kept(done: Completed) -> str:
    if not done.path or done.path == done.call.path:
        return ""
    for path, file in done.old.items():
        now = done.new.get(path)
        if now != file and (now is not None or file.role in ("backup-database", "patch")):
            return f"{path} was {'deleted' if now is None else 'changed'} by the restore"
    return ""


def _no_file_changed(done: Completed) -> str:
    if done.err != E.FileNotFound:
        return ""
    before, after = (
        {path: file for path, file in one.files.items() if TEMPORARY not in path} for one in (done.before, done.after)
    )
    changed = sorted(path for path in {*before, *after} if before.get(path) != after.get(path))
    return f"{changed[0]} changed, although no set was found" if before and changed else ""


ESE_CHECKS: Mapping[str, tuple[Judged, ...]] = {
    "BI.full": (Judged(_databases_there),),
    "BI.copy": (Judged(_copy_sizes),),
    "BI.patch": (Judged(_patches),),
    "BI.patch-source": (Judged(_source_patches, alone=True),),
    "BI.nothing-else": (Judged(_nothing_else),),
    "BI.logs": (Judged(_gapless, alone=True, undamaged=True),),
    "BI.logs-whole": (Judged(_logs_whole, undamaged=True),),
    "BI.incremental": (Judged(_all_generations, alone=True, undamaged=True), Judged(_only_logs)),
    "BI.atomic": (Judged(_promoted),),
    "BI.needed": (Judged(_oldest_deleted, alone=True, undamaged=True),),
    "BI.refused": (Judged(_unchanged),),
    "BI.partial": (Judged(_leftovers),),
    "BI.partial-atomic": (Judged(_atomic_leftovers),),
    "BI.atomic-keeps": (Judged(_earlier_set),),
    "BI.logs-kept": (CHECKS["BI.logs-kept"][0],),
    "BI.truncated": CHECKS["BI.truncated"][:1],
    "BI.rolled": CHECKS["BI.rolled"],
    "RI.databases": (Judged(_restored, undamaged=True),),
    "RI.set-kept": (Judged(_set_kept),),
    "RI.not-found": (Judged(_no_file_changed, alone=True),),
    "IN.logs": (Judged(_log_folder, undamaged=True),),
    "CD.pages": (Judged(_database_file, undamaged=True),),
}
"""The clauses that listings can show, by the ids of `model/effects.py`. What headers show is in `aftermath.py`."""
