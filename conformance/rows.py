"""Row counts: what CountRows may answer, from what was committed when.

A committed row stays: through termination, recovery and restore (trace-format.md: Insert commits; [RI] a restore brings back
at least what the set holds, and rolls forward at most to what was there). Where a call was in flight, or failed half-way, a
range is what can be said.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from ..model.log_folder import LOG_FOLDER
from ..model.state import Control
from ..model.vocabulary import BackupGrbit, TermGrbit
from .trace import CallEvent, ReturnEvent


class Range(NamedTuple):
    """At least `low` rows, at most `high`; None: no bound is known."""

    low: int = 0
    high: int | None = None

    def more(self, rows: int) -> "Range":
        """The range with so many rows more, certainly."""
        return Range(self.low + rows, None if self.high is None else self.high + rows)

    def perhaps(self, rows: int) -> "Range":
        """The range with up to so many rows more."""
        return Range(self.low, None if self.high is None else self.high + rows)

    def holds(self, rows: int) -> bool:
        """Whether that many rows are within it."""
        return self.low <= rows and (self.high is None or rows <= self.high)

    @property
    def text(self) -> str:
        """The range as people say it."""
        if self.high == self.low:
            return str(self.low)
        return f"at least {self.low}" if self.high is None else f"{self.low} to {self.high}"


UNKNOWN = Range()


@dataclass
class RowCounts:
    """The rows of each database of one instance, by path, and of each backup set, by its folder."""

    databases: dict[str, Range] = field(default_factory=dict)
    sets: dict[str, dict[str, Range]] = field(default_factory=dict)
    started: dict[int, dict[str, Range]] = field(default_factory=dict)  # what was there when a call began
    streamed: dict[str, Range] = field(default_factory=dict)  # what was there when the streaming backup began
    copies: dict[str, dict[str, Range]] = field(default_factory=dict)  # of the files, by folder: what was in them
    logs_gone: bool = False  # nothing is left in the log folder that a restore could roll forward with

    def called(self, event: CallEvent, controls: frozenset[Control]) -> None:
        """A call began: what it inserts may be there from now on."""
        if event.call == "Insert":
            for path in _paths(event, controls):
                self.databases[path] = self._range(path).perhaps(_rows(event))
        elif event.call in ("CountRows", "JetBackupInstance", "JetBeginExternalBackupInstance"):
            self.started[event.id] = dict(self.databases)

    def returned(self, call: CallEvent, event: ReturnEvent, controls: frozenset[Control]) -> str:
        """A call came back; what is wrong with the number of rows, or nothing."""
        if call.call == "CountRows":
            return self._counted(call, event, controls)
        if event.err < 0:
            self.started.pop(call.id, None)
            return ""
        path = call.args.get("path")
        match call.call:
            case "Insert":
                for name in _paths(call, controls):
                    self.databases[name] = Range(self._range(name).low + _rows(call), self._range(name).high)
            case "JetCreateDatabase" if event.err == 0 and isinstance(path, str):
                self.databases[path] = Range(0, 0)
            case "JetBackupInstance":
                self._backed_up(call, self.started.pop(call.id))
            case "JetBeginExternalBackupInstance":
                self.streamed = self.started.pop(call.id)
            case "JetRestoreInstance":
                self._restored(call)
            case "JetInit":
                self.logs_gone = False
            case "JetTerm2" if int(call.args.get("grbit", 0)) & TermGrbit.DIRTY:
                self.doubt()
        return ""

    def saved(self, folder: str) -> None:
        """What a streaming backup gave out was written to a folder."""
        self.sets[folder] = self._held(self.streamed)

    def copied(self, folder: str) -> None:
        """The files were copied as they are: while they are frozen, that is what was committed."""
        self.copies[folder] = dict(self.databases)

    def put_back(self, folder: str) -> None:
        """A copy took the place of the files."""
        self.databases = self.copies.get(folder, dict.fromkeys(self.databases, UNKNOWN))

    def doubt(self) -> None:
        """Files were changed behind the engine's back, or left dirty: nothing is known of the rows any more."""
        self.databases = dict.fromkeys(self.databases, UNKNOWN)
        self.sets.clear()

    def harmed(self, kind: str, path: str, role: str) -> None:
        """A file was harmed: without its logs a database is at an earlier moment, and a set where they are gone; whatever
        else was harmed is complete or refused (the atlas of model/faults.py).
        """
        if role == "log":
            self.databases = {one: Range(0, found.high) for one, found in self.databases.items()}
        elif role == "backup-log" and kind == "remove-file":
            for folder in [one for one in self.sets if path.startswith(f"{one}/")]:
                self.sets[folder] = {one: Range(0, found.high) for one, found in self.sets[folder].items()}

    def emptied(self, folder: str) -> None:
        """Everything in a folder was removed."""
        self.databases = {path: found for path, found in self.databases.items() if not path.startswith(f"{folder}/")}
        self.sets = {
            path: held for path, held in self.sets.items() if path != folder and not path.startswith(f"{folder}/")
        }
        self.logs_gone = self.logs_gone or folder == LOG_FOLDER

    def broken_off(self, call: CallEvent) -> None:
        """The process died in this call: a backup may have completed the set that was being made."""
        before, folder = self.started.pop(call.id, None), call.args.get("path")
        if call.call != "JetBackupInstance" or before is None or not isinstance(folder, str):
            return
        made = self._held(before)
        for one in (folder, f"{folder}/new", folder.rpartition("/")[0]):
            if one in self.sets:
                self.sets[one] = {path: _either(self.sets[one].get(path), found) for path, found in made.items()}

    def _range(self, path: str) -> Range:
        return self.databases.get(path, UNKNOWN)

    def _counted(self, call: CallEvent, event: ReturnEvent, controls: frozenset[Control]) -> str:
        before = self.started.pop(call.id)
        paths = _paths(call, controls)
        rows = (event.result or {}).get("rows")
        if event.err != 0 or len(paths) != 1 or not isinstance(rows, int):
            return ""
        (path,) = paths
        allowed = Range(before.get(path, UNKNOWN).low, self._range(path).high)
        if allowed.holds(rows):
            return ""
        return f"{path} has {rows} rows, but {allowed.text} were committed"

    def _backed_up(self, call: CallEvent, before: dict[str, Range]) -> None:
        folder = call.args.get("path")
        if not isinstance(folder, str) or not folder:
            return
        held = self._held(before)
        grbit = int(call.args.get("grbit", 0))
        self.sets[folder] = held
        if grbit & BackupGrbit.ATOMIC and not grbit & BackupGrbit.INCREMENTAL:
            self.sets[f"{folder}/new"] = held
            return
        # Logs added inside a set, or beside it, may or may not be found from the folder above or below.
        for other in (f"{folder}/new", folder.rpartition("/")[0]):
            if other in self.sets:
                self.sets[other] = {path: _either(self.sets[other].get(path), found) for path, found in held.items()}

    def _held(self, before: dict[str, Range]) -> dict[str, Range]:
        """What a set holds that was begun then: what was committed before, and perhaps what was meanwhile."""
        return {path: Range(before.get(path, UNKNOWN).low, found.high) for path, found in self.databases.items()}

    def _restored(self, call: CallEvent) -> None:
        """At least what the set holds; at most that, or with logs to roll forward with, what was there last."""
        held = self.sets.get(str(call.args.get("path")))
        if held is None:
            self.databases = {path: Range(0, found.high) for path, found in self.databases.items()}
            return
        to = call.args.get("destination")
        for path, found in held.items():
            name = path if not isinstance(to, str) else f"{to.rstrip('/')}/{path.rpartition('/')[2]}"
            latest = self._range(path).high
            self.databases[name] = found if self.logs_gone else Range(min(found.low, self._range(path).low), latest)


def _paths(event: CallEvent, controls: frozenset[Control]) -> frozenset[str]:
    """The databases that the handle of a call may stand for."""
    database, session = event.args.get("database"), event.args.get("session")
    if not isinstance(database, str) or not isinstance(session, str):
        return frozenset()
    return _open_as(controls, database, session)


def _either(one: Range | None, other: Range) -> Range:
    """What holds whichever of the two is meant."""
    if one is None:
        return Range(0, other.high)
    return Range(min(one.low, other.low), None if one.high is None or other.high is None else max(one.high, other.high))


@lru_cache(maxsize=512)
def _open_as(controls: frozenset[Control], database: str, session: str) -> frozenset[str]:
    pair = (database, session)
    return frozenset(one.path for control in controls for one in control.databases if pair in one.open_by)


def _rows(event: CallEvent) -> int:
    rows = event.args.get("rows", 0)
    return rows if isinstance(rows, int) else 0
