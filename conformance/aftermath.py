"""What recorded calls left behind: `files` and `header` events of a trace, judged by the effect clauses of a profile.

Between two listings, each taken while nothing was under way, lie the calls that may have made the difference.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from ..model.calls import Call, Instance
from ..model.clause import Clause
from ..model.deviations import clauses_of
from ..model.log_folder import LOG_FOLDER
from ..model.rows import Profile
from ..model.state import Control
from ..model.vocabulary import BackupGrbit
from .clauses import effects_judge
from .effects import HARMLESS, Completed
from .effects_ese import copied, set_folder
from .frame import CWD, ELSEWHERE, SIZES, changed_elsewhere, named_by, wrong_size
from .listing import Listing
from .snapshot import Snapshot
from .trace import CallEvent, FaultEvent, HeaderEvent
from .watch import BACKUP

LOOKED_AT = frozenset({BACKUP, "JetRestoreInstance", "JetInit", "JetCreateDatabase"})
"""Calls of which some clause says what they leave behind in files."""
OTHER_HEADERS = frozenset({"JetRestoreInstance", "JetCreateDatabase"})
"""Calls after which a header may be that of another database."""
MOVES_FILES = frozenset({"JetRestoreInstance", "JetTerm", "JetTerm2", "JetDetachDatabase"})
"""Calls after which the files of another one tell nothing of it."""
DAMAGE = frozenset({"flip-byte", "truncate-file", "delete-file"})
UNSET = [0, 0]
CLEAN = 3
"""The state of a database that was shut down in order, as a header shows it (source 6)."""


class Broken(NamedTuple):
    """A clause that a call broke, and how."""

    call_id: int
    call: Call
    clause: Clause
    text: str


@dataclass
class _Noted:
    """A call that a clause speaks of, and what was known when it was made."""

    call: Call
    path: str | None
    control: Control
    vacant: bool  # nothing was at its path
    err: int | None = None


class _Marked(NamedTuple):
    """The last backup that set a mark in the header of a database: which, and what the mark must be."""

    call_id: int
    call: Call
    slot: str
    generations: list[int]


@dataclass
class Aftermath:
    """Follows the listings and headers of one trace. What it says concerns calls whose codes were right."""

    profile: Profile
    exercised: Counter[str]
    _before: Snapshot | None = None
    _noted: dict[int, _Noted] = field(default_factory=dict)
    _between: dict[int, CallEvent] = field(default_factory=dict)  # every call since that listing
    _calls: dict[int, Call | None] = field(default_factory=dict)
    _faults: list[FaultEvent] = field(default_factory=list)
    _damaged: bool = False
    _last: tuple[int, Call] | None = None  # the call that came back last since that listing
    _unknown: bool = False  # since that listing a call was made of which nothing is known
    _folders: set[str] = field(default_factory=set)  # of the databases that were named, ever
    _marks: dict[str, _Marked] = field(default_factory=dict)  # by the path of the database
    _copies: dict[str, _Marked] = field(default_factory=dict)  # by the path of the copy

    def called(self, event: CallEvent, call: Call | None, control: Control | None, *, vacant: bool) -> None:
        """A call was made; `call` and `control` are None where they are not certain, or not known."""
        self._between[event.id] = event
        self._calls[event.id] = call
        self._unknown |= call is None or control is None or control.one_instance or call.instance is Instance.NIL
        if "session" in event.args:
            self._folders.update(named_by(event))
        if call is not None and control is not None and event.call in LOOKED_AT and not control.one_instance:
            path = event.args.get("path")
            self._noted[event.id] = _Noted(call, path if isinstance(path, str) and path else None, control, vacant)
        if event.call in OTHER_HEADERS or call is None:
            self._marks.clear()

    def returned(self, call_id: int, err: int) -> None:
        """It came back, and the code was right."""
        call = self._calls[call_id]
        if call is not None:
            self._last = (call_id, call)
        if call_id in self._noted:
            self._noted[call_id].err = err
        if err >= 0 and self._between[call_id].call == BACKUP:
            self._marks.clear()

    def fault(self, event: FaultEvent) -> None:
        """Somebody changed files; a crash leaves nothing to expect."""
        self._faults.append(event)
        self._damaged |= event.kind in DAMAGE
        if event.kind in DAMAGE or event.kind in ("empty-directory", "crash"):
            self._marks.clear()
            self._copies.clear()
        if event.kind == "crash":
            self._forget()

    def _forget(self) -> None:
        self._noted.clear()
        self._between.clear()
        self._calls.clear()
        self._faults.clear()
        self._before, self._last, self._unknown = None, None, False

    def listed(self, listing: Listing) -> list[Broken]:
        """A listing, taken while nothing was under way: what the calls since the last one should not have left behind."""
        after = listing.snapshot()
        broken = []
        for call_id, one in self._noted.items():
            if one.err is None or self._shared(call_id, one):
                continue
            before = self._earlier(one)
            if before is None:
                continue
            done = self._completed(call_id, one, before, after, listing.log_size())
            found = effects_judge(self.profile, frozenset({"classify"}), self.exercised).judge(done, under_way=False)
            if found is not None:
                broken.append(Broken(call_id, one.call, *found))
            elif one.call.name == BACKUP:
                self._expect_marks(call_id, done)
        broken += self._frame(after, listing.log_size())
        self._forget()
        self._before = after
        return broken

    def _frame(self, after: Snapshot, log_size: int) -> Iterator[Broken]:
        """What no call changes; the last one that came back answers for it."""
        if self._last is None or self._unknown:
            return
        if self._before is not None:
            faults = [event.target for event in self._faults]
            named = {
                *self._folders,
                *faults,
                *(folder for event in self._between.values() for folder in named_by(event)),
            }
            ours = (self._before.without(faults), after.without(faults))
            yield from self._framed(ELSEWHERE, changed_elsewhere(*ours, named))
        if not self._damaged:
            yield from self._framed(SIZES, wrong_size(after, log_size))

    def _framed(self, clause_id: str, wrong: str) -> Iterator[Broken]:
        clause = self._clause(clause_id)
        if clause is not None and self._last is not None:
            self.exercised[clause_id] += 1
            if wrong:
                yield Broken(*self._last, clause, wrong)

    def header(self, event: HeaderEvent) -> Broken | None:
        """A header, as the engine's information call shows it."""
        marks = event.bkinfo if event.err == 0 and event.bkinfo is not None else {}
        for clause_id, expected in (
            ("BI.headers", self._marks.get(event.file)),
            ("BI.copy-mark", self._copies.get(event.file)),
        ):
            clause = self._clause(clause_id)
            if expected is None or clause is None or expected.slot not in marks:
                continue
            self.exercised[clause_id] += 1
            found = marks[expected.slot]
            if self.profile.ordered and found != expected.generations:
                text = f"{expected.slot} in the header of {event.file} is {found}, expected {expected.generations}"
                return Broken(expected.call_id, expected.call, clause, text)
            if found == UNSET:
                text = f"{expected.slot} in the header of {event.file} was not set"
                return Broken(expected.call_id, expected.call, clause, text)
            if clause_id == "BI.copy-mark" and event.state == CLEAN:
                return Broken(
                    expected.call_id, expected.call, clause, f"the header of {event.file} is that of a clean database"
                )
        return None

    def _clause(self, clause_id: str) -> Clause | None:
        return next((clause for clause in clauses_of(self.profile) if clause.id == clause_id), None)

    def _expect_marks(self, call_id: int, done: Completed) -> None:
        """What the headers must show after this backup, if nothing else has a say in it."""
        generations = copied(done)
        alone = done.others <= HARMLESS and "JetStopBackupInstance" not in done.others
        if done.err < 0 or not alone or not generations or self._damaged:
            return
        incremental = bool(done.call.grbit & BackupGrbit.INCREMENTAL)
        first = done.before.generations(LOG_FOLDER, "log")[:1] if incremental else generations[:1]
        if not first:
            return
        slot = "incPrev" if incremental else "fullPrev"
        for path in done.databases:
            self._marks[path] = _Marked(call_id, done.call, slot, [first[0], generations[-1]])
            if not incremental:
                copy = f"{set_folder(done)}/{path.rpartition('/')[2]}"
                self._copies[copy] = _Marked(call_id, done.call, "fullCur", [first[0], 0])

    def _completed(self, call_id: int, one: _Noted, before: Snapshot, after: Snapshot, log_size: int) -> Completed:
        ours = [event.target for event in self._faults if event.kind not in ("make-directory", "empty-directory")]
        others = frozenset(event.call for other, event in self._between.items() if other != call_id)
        assert one.err is not None
        return Completed(
            one.call,
            one.path,
            one.err,
            one.control,
            others,
            before.without(ours),
            after.without(ours),
            log_size,
            self._damaged,
        )

    def _earlier(self, one: _Noted) -> Snapshot | None:
        """What was there before; where no listing tells, a path that was empty tells enough of itself."""
        before = self._before
        if before is None:
            return Snapshot({}, {}, ()) if one.vacant or one.call.name != BACKUP else None
        for event in self._faults:
            if event.kind == "empty-directory":
                files = {path: file for path, file in before.files.items() if not path.startswith(f"{event.target}/")}
                before = replace(before, files=files)
        return before

    def _shared(self, call_id: int, one: _Noted) -> bool:
        """Whether another call may have written there, so that nobody can say whose files these are."""
        if one.call.name != BACKUP:
            return any(event.call in MOVES_FILES for other, event in self._between.items() if other != call_id)
        mine = one.path or CWD
        if f"{mine}/".startswith(f"{LOG_FOLDER}/") or mine == ".":
            return True  # the engine itself writes there
        named = (
            event.args.get(key) or CWD
            for other, event in self._between.items()
            if other != call_id and event.call in (BACKUP, "JetRestoreInstance")
            for key in ("path", "destination")
        )
        return any(
            isinstance(path, str) and (f"{path}/".startswith(f"{mine}/") or f"{mine}/".startswith(f"{path}/"))
            for path in named
        )
