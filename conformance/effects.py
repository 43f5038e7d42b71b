"""Effects: the clauses of the model on files, logs, headers and events, judged between two quiescent points.

Each check answers for one clause of `model/effects.py`, of which it takes the words and the citation: it says what is wrong
with the difference of two snapshots, or nothing. What an engine does not let one see is not exercised, never passed.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field

from ..model.calls import Call, Place
from ..model.clause import Clause, When
from ..model.effects import CLAUSES
from ..model.log_folder import LOG_FOLDER
from ..model.predicates import holds
from ..model.state import Control
from .snapshot import File, Snapshot
from .trace import CallbackEvent


def _generations(files: Iterable[File]) -> list[int]:
    return sorted(file.generation or 0 for file in files if file.role == "backup-log")


@dataclass
class Results:
    """The kinds of entries that calls of one kind had in the event log, by how they ended."""

    succeeded: Set[str] = frozenset()  # that any had
    common: Set[str] | None = None  # that all had that succeeded
    failed: Set[str] = frozenset()  # that any had

    def add(self, kinds: Set[str], *, success: bool) -> None:
        """One more call ended."""
        if success:
            self.succeeded |= kinds
            self.common = kinds if self.common is None else self.common & kinds
        else:
            self.failed |= kinds


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
    settled: bool = False  # the instance began on clean databases, and did nothing since that a recovery would repeat
    named: tuple[str, ...] = ()  # the paths that it was given
    results: Results | None = None  # what the event log told of such calls in this history, of this one too

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
    def copied_logs(self) -> list[int]:
        """The generations that came to the destination, sorted."""
        old = self.old
        return _generations(file for path, file in self.new.items() if old.get(path) != file)

    @property
    def logs_there(self) -> list[int]:
        """The generations that are in the destination now, sorted."""
        return _generations(self.new.values())

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
    checks: Mapping[str, tuple[Judged, ...]] = field(default_factory=dict)

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
