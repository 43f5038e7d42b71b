"""Effects of streaming backups and snapshots: how each clause of `model/effects_external.py` is judged on two snapshots."""

from collections.abc import Mapping

from ..model.external import Kind
from ..model.log_folder import LOG_FOLDER
from ..model.streaming_moves import marks
from ..model.vocabulary import SnapshotTruncateGrbit
from .effects import Completed, Judged

WRITTEN = frozenset({"database", "log"})
"""The roles of files that a freeze keeps as they are."""


def _nothing_elsewhere(done: Completed) -> str:
    known = {*done.before.files, *(one.path for one in done.control.databases)}
    added = sorted(path for path in set(done.after.files) - known if not path.startswith(f"{LOG_FOLDER}/"))
    return f"{added[0]} was written, although the client writes the copy" if added else ""


def _logs_kept(done: Completed) -> str:
    lost = done.deleted_logs
    return f"log generation {lost[0]} was deleted" if lost else ""


def _oldest_first(done: Completed) -> str:
    lost, kept = done.deleted_logs, done.after.generations(LOG_FOLDER, "log")
    older = [generation for generation in kept if lost and generation < lost[-1]]
    return f"log generation {lost[-1]} was deleted, the older {older[0]} is still there" if older else ""


def _snapshot_truncated(done: Completed) -> str:
    if done.err < 0 or not done.call.grbit & SnapshotTruncateGrbit.ALL_DATABASES:
        return _logs_kept(done)
    return _oldest_first(done)


def _listed_gone(done: Completed) -> str:
    there = [path for path in done.listed if path in done.after.files]
    return f"{there[0]}, which JetGetTruncateLogInfoInstance named, is still there" if there else ""


def _marks_kept(done: Completed) -> str:
    return _changed_beyond(done, frozenset())


def _changed_beyond(done: Completed, marked: frozenset[str]) -> str:
    changed = [path for path in done.changed_marks() if path not in marked]
    return f"a backup mark in the header of {changed[0]} changed" if changed else ""


def _marked(done: Completed) -> str:
    streaming = done.control.streaming
    if streaming is None or not marks(done.control, done.call):
        return _marks_kept(done)
    incremental = streaming.kind is Kind.INCREMENTAL
    slot = "incPrev" if incremental else "fullPrev"
    attached = {one.path for one in done.control.databases if one.attached and one.logged}
    meant = frozenset(attached if incremental else attached & set(streaming.copied))
    unset = (done.unset_mark(path, slot) for path in sorted(meant))
    return next(filter(None, unset), "") or _changed_beyond(done, meant)


def _frozen(done: Completed) -> str:
    for path, file in done.before.files.items():
        if file.role in WRITTEN and done.after.files.get(path) != file:
            return f"{path} {'was written' if path in done.after.files else 'is gone'}, although it is frozen"
    return ""


EXTERNAL_CHECKS: Mapping[str, tuple[Judged, ...]] = {
    "XB.files": (Judged(_nothing_elsewhere, alone=True),),
    "XB.logs-kept": (Judged(_logs_kept, ("classify",), alone=True),),
    "XB.marks-kept": (Judged(_marks_kept, ("header",), alone=True),),
    "XE.marked": (Judged(_marked, ("header",), alone=True),),
    "XE.unmarked": (Judged(_marks_kept, ("header",), alone=True),),
    "TR.listed": (Judged(_listed_gone, alone=True),),
    "TR.oldest": (Judged(_oldest_first, ("classify",), alone=True),),
    "SN.files": (Judged(_nothing_elsewhere, alone=True),),
    "SN.logs-kept": (Judged(_logs_kept, ("classify",), alone=True),),
    "SN.marks-kept": (Judged(_marks_kept, ("header",), alone=True),),
    "SN.oldest": (Judged(_snapshot_truncated, ("classify",), alone=True),),
    "OZ.frozen": (Judged(_frozen, ("classify",), frozen=True),),
}
"""The clauses of the two families that level 2 judges."""
