"""What the pages promise of a backup and a restore, clause by clause: files, logs, headers, events [BI; RI]."""

import re
from collections.abc import Iterable, Mapping, Sequence

from ..model.log_folder import LOG_FOLDER
from ..model.vocabulary import BackupGrbit
from .effects import Completed, Judged


def _nothing_new(done: Completed) -> str:
    added = sorted(set(done.new) - set(done.old))
    return f"{added[0]} is new in the destination" if added else ""


def _earlier_set_kept(done: Completed) -> str:
    for path, file in done.old.items():
        if done.new.get(path) != file:
            return f"{path}, of the earlier set, is {'changed' if path in done.new else 'gone'}"
    return ""


def _logs_kept(done: Completed) -> str:
    lost = done.deleted_logs
    return f"log generation {lost[0]} was deleted, but the backup failed" if lost else ""


def _full_set(done: Completed) -> str:
    copies = [file for file in done.new.values() if file.role == "backup-database"]
    if len(copies) < len(done.databases):
        return f"the destination holds {len(copies)} database copies, {len(done.databases)} databases are attached"
    if not any(file.role == "backup-log" for file in done.new.values()):
        return "the destination holds no log"
    return ""


def _only_logs_added(done: Completed) -> str:
    added = {path: file for path, file in done.new.items() if path not in done.old}
    strange = sorted(path for path, file in added.items() if file.role != "backup-log")
    if strange:
        return f"{strange[0]} was added, which is no log"
    changed = sorted(
        path for path, file in done.old.items() if done.new.get(path) != file and file.role != "backup-log"
    )
    return f"{changed[0]} was changed" if changed else ""


def _null_writes_nothing(done: Completed) -> str:
    here = f"{LOG_FOLDER}/"
    outside = {path for path in done.after.files if not path.startswith(here)}
    added = sorted(outside - set(done.before.files))
    if added:
        return f"{added[0]} was written, although no path was given"
    return "a header mark changed, although no path was given" if done.changed_marks() else ""


def _slot(done: Completed) -> str:
    """The mark that such a backup sets."""
    return "incPrev" if done.call.grbit & BackupGrbit.INCREMENTAL else "fullPrev"


def _marked(done: Completed) -> str:
    slot = _slot(done)
    for path in done.databases:
        if wrong := done.unset_mark(path, slot):
            return wrong
        if slot == "fullPrev" and any(done.after.marks.get(path, {"incPrev": []})["incPrev"]):
            return f"incPrev in the header of {path} was not reset"  # jethdr.w:2194: reset when FullPrev is set
    return ""


def _generations(done: Completed) -> str:
    """A mark names the generations of its backup: up to the last one that came, from one on that is there."""
    slot, new, there = _slot(done), done.copied_logs, done.logs_there
    for path in done.databases if new else ():
        low, high = done.after.marks.get(path, {slot: [new[0], new[-1]]})[slot][:2]
        if high != new[-1] or not there[0] <= low <= new[0]:
            return f"{slot} in the header of {path} names logs {low} to {high}, but {new[0]} to {new[-1]} were copied"
    return ""


def _not_marked(done: Completed) -> str:
    changed = done.changed_marks()
    return f"a backup mark in the header of {changed[0]} changed, but the backup failed" if changed else ""


def _rolled(done: Completed) -> str:
    current, copied = done.before.generations(LOG_FOLDER, "log"), done.logs_there
    if current and copied and copied[-1] < current[-1]:
        return f"generation {current[-1]}, current when the backup was called, was not closed and copied"
    return ""


def _truncated(done: Completed) -> str:
    """What recovery needs is not known from outside, unless the databases were clean; what no set can need, is."""
    if not done.path:
        return ""
    if done.settled:  # what came before is in the set, and no recovery would go back so far
        return _older(done, done.before.generations(LOG_FOLDER, "log")[-1:])
    if done.call.grbit & BackupGrbit.INCREMENTAL:
        return ""
    return _older(done, done.logs_there)


def _truncated_alone(done: Completed) -> str:
    """A null path: needed are the logs since the last backup, and those since the databases were clean."""
    current = done.before.generations(LOG_FOLDER, "log")
    if done.path or not done.settled or not current or set(done.databases) - set(done.before.marks):
        return ""
    last = [max(marks[slot][1] for slot in ("fullPrev", "incPrev")) for marks in done.before.marks.values()]
    return _older(done, [min([current[-1], *(generation + 1 for generation in last if generation)])])


def _older(done: Completed, needed: list[int]) -> str:
    """What is wrong if a log is there that is older than all that are needed."""
    older = [
        generation for generation in done.after.generations(LOG_FOLDER, "log") if needed and generation < needed[0]
    ]
    return f"log generation {older[0]} is older than all that the backup needs, and still there" if older else ""


def _told(done: Completed) -> str:
    entries = done.entries
    if not entries:
        return "the event log has no entry of it"
    if done.err < 0 or done.call.name != "JetBackupInstance":
        return ""
    if done.path and not done.call.grbit & BackupGrbit.INCREMENTAL:
        missing = [path for path in done.databases if not _named(path, entries)]
        if missing:
            return f"no entry of the event log names {missing[0]}"
    copied = [path for path, file in done.new.items() if file.role == "backup-log" and path not in done.old]
    if copied and not any(_named(path, entries) for path in copied):
        return f"no entry of the event log names a log that was copied, such as {copied[0]}"
    return ""


def _told_of_truncation(done: Completed) -> str:
    """Logs of circular logging go by themselves, of which no entry need tell."""
    if done.err < 0 or done.control.configuration.circular:
        return ""
    entries = done.entries
    before, after = done.before.below(LOG_FOLDER), done.after.files
    deleted = sorted(path for path, file in before.items() if file.role == "log" and path not in after)
    if deleted and not any(_named(path, entries) for path in deleted):
        return f"no entry of the event log names a log that was truncated, such as {deleted[0]}"
    return ""


def _told_of_result(done: Completed) -> str:
    """How it ended must be told: all that succeed have an entry of a kind that no failure has, and a failure has one too."""
    results, kinds = done.results, kinds_of(done.entries, done.named)
    if results is None or not kinds or done.call.name in done.others:
        return ""
    if done.err < 0 and kinds <= results.succeeded:
        return "no entry of the event log tells that it failed: those that succeeded before it had all of them"
    if results.common and results.common <= results.failed:
        return "no entry of the event log tells success: what all have that succeeded, one that failed has too"
    return ""


def kinds_of(entries: Iterable[str], named: Sequence[str] = ()) -> frozenset[str]:
    """Entries without the names in them: of the folders that a call named, and of files."""
    folders = [re.escape(one) for one in sorted(named, key=len, reverse=True)]
    names = re.compile("|".join([*folders, _FILE]))
    return frozenset(names.sub("*", entry) for entry in entries)


_FILE = r"\S*(?:/|\.edb|\.log)\S*"


def _named(path: str, entries: Sequence[str]) -> bool:
    name = path.rpartition("/")[2]
    return any(name in entry for entry in entries)


CHECKS: Mapping[str, tuple[Judged, ...]] = {
    "BI.nothing-new": (Judged(_nothing_new),),
    "BI.atomic-keeps": (Judged(_earlier_set_kept),),
    "BI.logs-kept": (Judged(_logs_kept, ("classify",), alone=True), Judged(_not_marked, ("header",), alone=True)),
    "BI.full": (Judged(_full_set, ("classify",)),),
    "BI.incremental": (Judged(_only_logs_added, ("classify",)),),
    "BI.null": (Judged(_null_writes_nothing),),
    "BI.headers": (Judged(_marked, ("header",)), Judged(_generations, ("header", "classify"))),
    "BI.rolled": (Judged(_rolled, ("classify",), alone=True),),
    "BI.truncated": (
        Judged(_truncated, ("classify",), alone=True),
        Judged(_truncated_alone, ("classify", "header"), alone=True),
    ),
    "BI.events": (
        Judged(_told, ("events",), under_way=True),
        Judged(_told_of_truncation, ("events", "classify"), alone=True, under_way=True),
        Judged(_told_of_result, ("events",), under_way=True),
    ),
    "RI.events": (Judged(_told, ("events",), under_way=True), Judged(_told_of_result, ("events",), under_way=True)),
}
"""The clauses on JetBackupInstance and JetRestoreInstance that level 2 judges, by the ids of `model/effects.py`."""
