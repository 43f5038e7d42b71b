"""Inspecting a backup folder: which sets lie there, and whether JetRestoreInstance could restore them [RI].

What a restore reads is read as a restore does it, in the same order, so that the code foretold is the one it returns;
only what the log says of each page is not done again.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from ..model.vocabulary import JetErr
from .files import Files, Kind, join
from .header import DatabaseHeader
from .inspect_database import DatabaseReport, inspect_database
from .inspect_log import LogReport, inspect_log, why_not_next
from .records import Attach, Create, Detach, Image, Record
from .report import Report, count, generation, moment, ranges
from .sets import LEAVING, NEW, OLD, REPLACED, TEMP, BackupSet, survey

MOST_NEW_PAGES = 1 << 16
"""So many pages that came while the copy was made are looked for in the logs of the set: 256 MB of them."""

MOST_CREATED = 1 << 16
"""No honest set creates so many databases; a made-up one must not fill the memory with their names."""

_PLACES = {"": "plain set", NEW: "atomic set in new", OLD: "atomic set in old"}


@dataclass
class Attached:
    """Which databases are attached while the logs of a set are redone, and the pages that only these logs have."""

    known: set[bytes]
    lacking: dict[bytes, set[int]]
    numbers: dict[int, bytes] = field(default_factory=dict)

    def see(self, record: Record) -> None:
        """One more record."""
        match record:
            case Create(database):
                if len(self.known) < MOST_CREATED:
                    self.known.add(database.signature)
                self.numbers[database.database_id] = database.signature
            case Attach(database):
                self.numbers[database.database_id] = database.signature
            case Detach(number):
                self.numbers.pop(number, None)
            case Image(number, page):
                self.lacking.get(self.numbers.get(number, b""), set()).discard(page)
            case _:
                pass


class SetInspection:
    """One set. `refusal` is why a restore of it would fail, and with which code; None if it would not. `defects`: what is
    wrong with the set though each of its files may be whole."""

    def __init__(self, files: Files, found: BackupSet) -> None:
        self.found = found
        self.refusal: tuple[JetErr, str] | None = None
        self.defects: list[str] = []
        self.databases: dict[str, DatabaseReport] = {}
        self.logs: dict[int, LogReport] = {}
        self._files = files
        self._read_databases()
        low, high = self._log_range()
        self._read_logs(low, high)

    @property
    def headers(self) -> list[DatabaseHeader]:
        """Those of its databases that are whole."""
        return [header for header in self.found.databases.values() if header is not None]

    @property
    def kind(self) -> str:
        """What the set was made by."""
        if not self.found.databases:
            return "incremental backups alone"
        full = max((header.full_cur.gen_high for header in self.headers), default=0)
        later = sorted(number for number in self.found.logs if full and number > full)
        return f"full backup; generations of incremental ones: {ranges(later)}" if later else "full backup"

    @property
    def taken(self) -> float | None:
        """When the full backup was made."""
        return max((header.full_cur.time for header in self.headers), default=None)

    def reports(self) -> Iterator[Report]:
        """Its files."""
        yield from self.databases.values()
        yield from self.logs.values()

    def _refuse(self, code: JetErr, why: str) -> None:
        self.refusal = self.refusal or (code, why)

    def _read_databases(self) -> None:
        for name, header in self.found.databases.items():
            self.databases[name] = inspect_database(self._files, join(self.found.folder, name))
            if header is None:
                self._refuse(JetErr.DatabaseCorrupted, f"{name} has no header")
            elif not header.backup_copy:
                self.defects.append(f"{name} is no copy made by a backup")
                self._refuse(JetErr.RestoreOfNonBackupDatabase, self.defects[-1])

    def _log_range(self) -> tuple[int, int]:
        """The generations that a restore redoes, none if it does not come to that."""
        logs = self.found.logs
        low = min((header.full_cur.gen_low for header in self.headers), default=min(logs, default=0))
        high = max([header.full_cur.gen_high for header in self.headers] + list(logs), default=0)
        if not low or high - low >= len(logs) or any(number not in logs for number in range(low, high + 1)):
            here = ranges(sorted(logs)) or "none"
            self.defects.append(
                f"generations {low} to {high} are needed, here are {here}" if high else "no log is here"
            )
            self._refuse(JetErr.MissingLogFile, self.defects[-1])
            return 0, -1
        for name, report in self.databases.items():
            if report.pages.damaged or report.ends_in_page:
                self._refuse(JetErr.ReadVerifyFailure, f"{name} has a damaged page")
        return low, high

    def _read_logs(self, low: int, high: int) -> None:
        attached = Attached({header.signature for header in self.headers}, self._lacking())
        before: LogReport | None = None
        for number, name in sorted(self.found.log_names.items()):
            within = low <= number <= high
            header = self.found.logs[number]
            if number == low and header is not None:
                attached.numbers = {each.database_id: each.signature for each in header.attached}
            report = inspect_log(self._files, join(self.found.folder, name), watch=attached.see if within else None)
            self.logs[number] = report
            if within:
                self._judge_log(number, report, before)
                before = report
        if high < low or self.refusal is not None:
            return
        if any(signature not in attached.known for signature in attached.numbers.values()):
            self._refuse_missing_databases()
        for name, copy in self.databases.items():
            self._judge_end(name, copy, attached)

    def _refuse_missing_databases(self) -> None:
        """Logs alone are no damage: they belong to a full backup that lies elsewhere."""
        why = "the logs are of databases that are not in the set"
        if self.found.databases:
            self.defects.append(why)
        self._refuse(JetErr.AttachedDatabaseMismatch if self.found.databases else JetErr.PatchFileMissing, why)

    def _judge_log(self, number: int, report: LogReport, before: LogReport | None) -> None:
        if report.header is None or not report.closed or report.broken:
            self._refuse(JetErr.LogFileCorrupt, f"generation {generation(number)} is damaged")
            return
        if report.header.generation != number:
            self._refuse(JetErr.InvalidLogSequence, f"generation {generation(number)} is missing: another has its name")
        broken = why_not_next(report.header, before.header) if before and before.header else None
        if broken is not None:
            report.spoil(f"does not follow the generation before: {broken}")
            self._refuse(JetErr.InvalidLogSequence, f"generation {generation(number)}: {broken}")

    def _lacking(self) -> dict[bytes, set[int]]:
        """For each database the pages that were taken into use while it was copied: they must be in the logs."""
        return {
            report.header.signature: set(
                range(report.length + 1, min(report.pages.last, report.length + MOST_NEW_PAGES) + 1)
            )
            for report in self.databases.values()
            if report.header is not None
        }

    def _judge_end(self, name: str, report: DatabaseReport, attached: Attached) -> None:
        lacking = attached.lacking.get(report.header.signature, set()) if report.header else set()
        if lacking:
            report.spoil(f"the file was cut off: page {min(lacking)} is neither here nor in the logs of the set")
            self._refuse(JetErr.ReadVerifyFailure, f"{name} was cut off")


def inspect_backup(files: Files, path: str) -> Report:
    """The backup folder that is the root of `files`."""
    found = survey(files, "")
    report = Report(path, f"backup folder, {count(len(found.sets), 'set')}")
    report.table.append(("file", "bytes", "generation", "state"))
    for index, each in enumerate(found.sets):
        _report_set(report, files, SetInspection(files, each), chosen=index == 0 and len(found.sets) > 1)
    if len(report.table) == 1:
        report.table.clear()
    _report_rest(report, files, [name for each in found.sets for name in _files_of(each)])
    if not found.sets:
        report.spoil("no set was completed here")
    return report


def _files_of(found: BackupSet) -> list[str]:
    return [join(found.folder, name) for name in (*found.databases, *found.log_names.values())]


def _report_set(report: Report, files: Files, each: SetInspection, *, chosen: bool) -> None:
    label = _PLACES[each.found.folder]
    report.add(label, each.kind + (", the one that a restore takes" if chosen else ""))
    if each.taken is not None:
        report.add("  taken", moment(each.taken))
    report.add("  databases", ", ".join(each.found.databases) or "none")
    report.add("  generations", ranges(sorted(each.found.logs)) or "none")
    if each.refusal is None:
        report.add("  restore", "possible: databases and logs are all there, and follow one another")
    else:
        report.add("  restore", f"would return {each.refusal[0].value} {each.refusal[0].name}: {each.refusal[1]}")
    for one in each.reports():
        number = one.header.generation if isinstance(one, LogReport) and one.header else None
        size = files_size(files, one.path)
        report.table.append((one.path, f"{size:,}", "" if number is None else str(number), one.in_brief))
        for text in one.damage:
            report.spoil(f"{one.path}: {text}")
    for text in each.defects:
        report.spoil(f"{label}: {text}")


def files_size(files: Files, path: str) -> int:
    """The size of a file in bytes."""
    file = files.open(path)
    try:
        return files.length(file)
    finally:
        files.close(file)


def _report_rest(report: Report, files: Files, known: list[str]) -> None:
    """What else lies there: a backup under way, or one that died, and what no backup put there."""
    if files.kind(TEMP) is Kind.FOLDER:
        report.add("temp", _temporary(files))
    top = [name for name in files.list("") if name not in known]
    others = [name for name in top if (name not in _PLACES and name != TEMP) or files.kind(name) is not Kind.FOLDER]
    if others:
        report.add("other files", f"{', '.join(others[:5])}{', ...' if len(others) > 5 else ''}: no backup made them")


def _temporary(files: Files) -> str:
    if survey(files, "").forbidden:
        return "holds what no backup put there; backups to this folder are refused"
    if files.kind(join(TEMP, REPLACED)) is Kind.FOLDER:
        return "a new plain set was taking the place of an earlier one: the new one counts; the next backup tidies up"
    if files.kind(join(TEMP, LEAVING)) is Kind.FOLDER:
        return "a new plain set was to take the place of this one: this one counts; the next backup tidies up"
    return (
        f"half-made: a backup is under way, or died; {count(len(files.list(TEMP)), 'file')}, the next backup removes it"
    )
