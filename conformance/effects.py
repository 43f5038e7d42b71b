"""Effects: the clauses of the model on files, logs, headers and events, judged between two quiescent points.

Each check answers for one clause of `model/effects.py`, of which it takes the words and the citation: it says what is wrong
with the difference of two snapshots, or nothing. What an engine does not let one see is not exercised, never passed.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field

from ..model.calls import Call, Place
from ..model.clause import Clause, When
from ..model.effects import CLAUSES
from ..model.log_folder import LOG_FOLDER
from ..model.predicates import holds
from ..model.state import Control
from ..model.vocabulary import BackupGrbit
from .snapshot import File, Snapshot
from .trace import CallbackEvent


@dataclass(frozen=True)
class Completed:
    """A backup that ended between the two snapshots, and everything that a clause may ask about it."""

    call: Call
    path: str | None
    err: int
    control: Control  # when it was called
    others: frozenset[str]  # names of the other calls that ended in between
    before: Snapshot
    after: Snapshot
    log_size: int = 0  # of one log file, in bytes; 0 where that is not known
    damaged: bool = False  # somebody else changed files of the engine: their sizes tell nothing of it
    frozen: bool = False  # a freeze began before the first snapshot, and lasted to the second
    listed: tuple[str, ...] = ()  # the logs that a streaming backup said it would delete
    told: tuple[CallbackEvent, ...] = ()  # what its status callback was told
    elsewise: Set[str] = frozenset()  # the kinds of entries of such calls before it that ended the other way

    @property
    def entries(self) -> tuple[str, ...]:
        """What came to the event log."""
        return self.after.events[len(self.before.events) :]

    @property
    def old(self) -> dict[str, File]:
        """The destination before."""
        return self.before.below(self.path) if self.path else {}

    @property
    def new(self) -> dict[str, File]:
        """The destination after."""
        return self.after.below(self.path) if self.path else {}

    @property
    def deleted_logs(self) -> list[int]:
        """The generations that went from the log folder, sorted."""
        before, after = (snapshot.generations(LOG_FOLDER, "log") for snapshot in (self.before, self.after))
        return sorted(set(before) - set(after))

    def changed_marks(self) -> list[str]:
        """The databases whose header has other backup marks than before."""
        return [path for path, marks in self.before.marks.items() if self.after.marks.get(path, marks) != marks]

    def unset_mark(self, path: str, slot: str) -> str:
        """What is wrong with the mark of a database that was backed up, if both looks saw it; empty if it was set."""
        if path not in self.before.marks or path not in self.after.marks:
            return ""
        before, after = self.before.marks[path][slot], self.after.marks[path][slot]
        return f"{slot} in the header of {path} was not set" if before == after or not any(after) else ""

    @property
    def databases(self) -> tuple[str, ...]:
        """The databases that such a backup must hold: attached when it was called, and logged."""
        return tuple(one.path for one in self.control.databases if one.attached and one.logged)


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


def _marked(done: Completed) -> str:
    slot = "incPrev" if done.call.grbit & BackupGrbit.INCREMENTAL else "fullPrev"
    return next(filter(None, (done.unset_mark(path, slot) for path in done.databases)), "")


def _not_marked(done: Completed) -> str:
    changed = done.changed_marks()
    return f"a backup mark in the header of {changed[0]} changed, but the backup failed" if changed else ""


def _rolled(done: Completed) -> str:
    current = done.before.generations(LOG_FOLDER, "log")
    copied = [file.generation or 0 for file in done.new.values() if file.role == "backup-log"]
    if current and copied and max(copied) < current[-1]:
        return f"generation {current[-1]}, current when the backup was called, was not closed and copied"
    return ""


def _truncated(done: Completed) -> str:
    """What a later incremental or a recovery could need is not known from outside; what no set and no database can is."""
    copied = [file.generation or 0 for file in done.new.values() if file.role == "backup-log"]
    kept = done.after.generations(LOG_FOLDER, "log")
    if done.call.grbit & BackupGrbit.INCREMENTAL or not copied or not kept:
        return ""
    older = [generation for generation in kept if generation < min(copied)]
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
    """Whether it succeeded must be told: some entry has to be of a kind that calls which ended the other way have not."""
    kinds = kinds_of(done.entries)
    if not kinds or not kinds <= done.elsewise or done.call.name in done.others:
        return ""
    ended, otherwise = ("failed", "succeeded") if done.err < 0 else ("succeeded", "failed")
    return f"no entry of the event log tells that it {ended}: those that {otherwise} before it had all of them"


def kinds_of(entries: Iterable[str]) -> frozenset[str]:
    """Entries without the names of files and folders in them."""
    return frozenset(_FILE.sub("*", entry) for entry in entries)


_FILE = re.compile(r"\S*(?:/|\.edb|\.log)\S*")


def _named(path: str, entries: Sequence[str]) -> bool:
    name = path.rpartition("/")[2]
    return any(name in entry for entry in entries)


Check = Callable[[Completed], str]


@dataclass(frozen=True)
class Judged:
    """How a clause is judged: by what, with which capabilities, and beside which calls it cannot be."""

    check: Check
    needs: tuple[str, ...] = ()
    alone: bool = False  # other calls in between would blur it
    under_way: bool = False  # speaks only of a backup that got past its guards
    undamaged: bool = False  # tells nothing where somebody else changed files of the engine
    frozen: bool = False  # speaks of the time of a freeze, not of the call that began it
    told: bool = False  # speaks of what the status callback was told, if it was called


CHECKS: Mapping[str, tuple[Judged, ...]] = {
    "BI.nothing-new": (Judged(_nothing_new),),
    "BI.atomic-keeps": (Judged(_earlier_set_kept),),
    "BI.logs-kept": (Judged(_logs_kept, ("classify",), alone=True), Judged(_not_marked, ("header",), alone=True)),
    "BI.full": (Judged(_full_set, ("classify",)),),
    "BI.incremental": (Judged(_only_logs_added, ("classify",)),),
    "BI.null": (Judged(_null_writes_nothing),),
    "BI.headers": (Judged(_marked, ("header",)),),
    "BI.rolled": (Judged(_rolled, ("classify",), alone=True),),
    "BI.truncated": (Judged(_truncated, ("classify",), alone=True),),
    "BI.events": (
        Judged(_told, ("events",), under_way=True),
        Judged(_told_of_truncation, ("events", "classify"), alone=True, under_way=True),
        Judged(_told_of_result, ("events",), under_way=True),
    ),
    "RI.events": (Judged(_told, ("events",), under_way=True), Judged(_told_of_result, ("events",), under_way=True)),
}
"""The clauses on JetBackupInstance and JetRestoreInstance that level 2 judges, by the ids of `model/effects.py`."""

HARMLESS = frozenset(
    {
        "JetCreateInstance", "JetSetSystemParameter", "JetBeginSession", "CountRows", "JetOpenDatabase", "JetCloseDatabase",
        "JetStopBackupInstance",
    }
)  # fmt: skip
"""Calls that write no log and no file."""


@dataclass
class EffectsJudge:
    """Judges completed calls by the clauses of one profile, and counts how often each clause was exercised."""

    capabilities: frozenset[str]
    exercised: Counter[str] = field(default_factory=Counter)
    clauses: tuple[Clause, ...] = CLAUSES["documented"]
    silent: frozenset[Place] = frozenset({Place.BLANK})  # of an empty path the pages say nothing
    checks: Mapping[str, tuple[Judged, ...]] = field(default_factory=lambda: CHECKS)

    def judge(self, done: Completed, *, under_way: bool) -> tuple[Clause, str] | None:
        """The first clause that is broken, and how; None when all that apply are kept."""
        for clause in self.clauses:
            for judged in self.checks.get(clause.id, ()):
                if not self._applies(clause, judged, done, under_way=under_way):
                    continue
                self.exercised[clause.id] += 1
                if wrong := judged.check(done):
                    return clause, wrong
        return None

    def _applies(self, clause: Clause, judged: Judged, done: Completed, *, under_way: bool) -> bool:
        if not clause.speaks_of(done.call.name) or not self.capabilities.issuperset(judged.needs):
            return False
        if (clause.when is When.SUCCESS and done.err < 0) or (clause.when is When.FAILURE and done.err >= 0):
            return False
        if judged.frozen is not done.frozen or (judged.alone and not done.others <= HARMLESS):
            return False
        if (judged.under_way and not under_way) or (judged.undamaged and done.damaged):
            return False
        if judged.told and not done.told:
            return False
        if done.call.place in self.silent:
            return False
        return holds(clause.condition, done.control, done.call)
