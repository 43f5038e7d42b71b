"""The reference engine with bugs that no code shows: what it leaves behind, or what it brings back, is wrong."""

import shutil
from pathlib import Path

from jetconform.conformance.adapter import StatusCallback
from jetconform.conformance.engines.reference import ReferenceAdapter


class Deep(ReferenceAdapter):
    """Knows its folder, for bugs that are made with files."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.root = root


class LeavesFile(Deep):
    """A failed backup leaves a file in its destination."""

    def backup(self, instance: str | None, path: str | None, grbit: int, status: StatusCallback) -> int:
        err = super().backup(instance, path, grbit, status)
        if err == -801 and path:
            (self.root / path / "partial.edb").write_bytes(b"half of it")
        return err


class TruncatesOnFailure(Deep):
    """A failed backup deletes the oldest log."""

    def backup(self, instance: str | None, path: str | None, grbit: int, status: StatusCallback) -> int:
        err = super().backup(instance, path, grbit, status)
        if err == -801:
            for log in sorted((self.root / "db").glob("edb0*.log"))[:1]:
                log.unlink()
        return err


class ForgetsHeader(ReferenceAdapter):
    """Headers never tell of a backup."""

    def header(self, path: str) -> dict[str, list[int]] | None:
        found = super().header(path)
        return found and {name: [0, 0, 0] for name in found}


class NullWrites(Deep):
    """A null path leaves a file in the current folder."""

    def backup(self, instance: str | None, path: str | None, grbit: int, status: StatusCallback) -> int:
        err = super().backup(instance, path, grbit, status)
        if path is None and err == 0:
            (self.root / "test.pat").write_bytes(b"")
        return err


class WritesWhileFrozen(Deep):
    """A session that begins is noted in the database, whether that is frozen or not."""

    def begin_session(self, instance: str | None, session: str) -> int:
        err = super().begin_session(instance, session)
        for database in (self.root / "db").glob("*.edb"):
            database.write_bytes(database.read_bytes() + session.encode())
        return err


class FreezesOldLog(Deep):
    """While files are frozen, the current log shows its beginning only."""

    def snapshot_freeze(self, snapshot: str, grbit: int) -> tuple[int, int]:
        err, frozen = super().snapshot_freeze(snapshot, grbit)
        log = self.root / "db" / "edb.log"
        if err == 0:
            data = log.read_bytes()
            log.rename(self.root / "whole.log")
            log.write_bytes(data[:4096].ljust(len(data), b"\0"))
        return err, frozen

    def snapshot_thaw(self, snapshot: str, grbit: int) -> int:
        whole = self.root / "whole.log"
        if whole.exists():
            whole.rename(self.root / "db" / "edb.log")
        return super().snapshot_thaw(snapshot, grbit)


class Blind(ReferenceAdapter):
    """Conforms, and cannot be looked at: no roles, no headers, no event log, no rows."""

    capabilities = ReferenceAdapter.capabilities - {"classify", "header", "events", "rows"}


class LosesLast(ReferenceAdapter):
    """The rows of the last commit are not there any more after a restore: it reads and counts one transaction less."""

    lost = 20

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.restored = False

    def restore(self, instance: str | None, path: str | None, destination: str | None, status: StatusCallback) -> int:
        err = super().restore(instance, path, destination, status)
        self.restored = err == 0
        return err

    def count_rows(self, session: str, database: str) -> tuple[int, int]:
        err, rows = super().count_rows(session, database)
        return err, max(0, rows - self.lost) if self.restored else rows

    def rows(self, session: str, database: str) -> tuple[int, list[str]]:
        err, rows = super().rows(session, database)
        return err, self.changed(rows) if self.restored and err == 0 else rows

    def changed(self, rows: list[str]) -> list[str]:
        return rows[: max(0, len(rows) - self.lost)]


class DropsHalf(LosesLast):
    """Half a transaction more is there after a restore than was committed before the backup began."""

    lost = 0

    def changed(self, rows: list[str]) -> list[str]:
        return rows[:-13]


class SwapsRows(LosesLast):
    """Two rows changed places; all are there."""

    lost = 0

    def changed(self, rows: list[str]) -> list[str]:
        return [rows[1], rows[0], *rows[2:]] if len(rows) > 1 else rows


class RestoresOlder(Deep):
    """A restore takes the set that the folder held first, wherever a later one took its place."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self._first: dict[str, Path] = {}

    def backup(self, instance: str | None, path: str | None, grbit: int, status: StatusCallback) -> int:
        err = super().backup(instance, path, grbit, status)
        if err == 0 and path and path not in self._first:
            self._first[path] = self.root / f"first-{path}"
            shutil.copytree(self.root / path, self._first[path])
        return err

    def restore(self, instance: str | None, path: str | None, destination: str | None, status: StatusCallback) -> int:
        kept = self._first.get(path or "")
        return super().restore(instance, kept.name if kept is not None else path, destination, status)


class ForgetsLogs(Deep):
    """A restore does not roll forward: the logs that are still there are not looked at."""

    def restore(self, instance: str | None, path: str | None, destination: str | None, status: StatusCallback) -> int:
        folder, aside = self.root / "db", self.root / "aside"
        aside.mkdir(exist_ok=True)
        for log in folder.glob("edb*"):
            log.rename(aside / log.name)
        return super().restore(instance, path, destination, status)


class RestoresNothing(ReferenceAdapter):
    """A restore says that it succeeded, and does nothing."""

    def restore(self, instance: str | None, path: str | None, destination: str | None, status: StatusCallback) -> int:
        return 0


class TruncatesUnasked(ReferenceAdapter):
    """A truncation after a snapshot of some databases deletes logs."""

    def snapshot_truncate_log(self, snapshot: str, grbit: int) -> int:
        return super().snapshot_truncate_log(snapshot, grbit or 1)


class AbortTruncates(Deep):
    """A snapshot that is aborted deletes the oldest log."""

    def snapshot_abort(self, snapshot: str, grbit: int) -> int:
        for log in sorted((self.root / "db").glob("edb0*.log"))[:1]:
            log.unlink()
        return super().snapshot_abort(snapshot, grbit)


class InsertsWhileFrozen(Deep):
    """A row that is inserted while files are frozen is put into the log at once."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.frozen = False

    def snapshot_freeze(self, snapshot: str, grbit: int) -> tuple[int, int]:
        self.frozen = True
        return super().snapshot_freeze(snapshot, grbit)

    def insert(self, session: str, database: str, rows: int) -> int:
        if not self.frozen:
            return super().insert(session, database, rows)
        with (self.root / "db" / "edb.log").open("ab") as log:
            log.write(b"a row")
        return 0


def leaves_file(root: Path) -> LeavesFile:
    return LeavesFile(root)


def truncates_on_failure(root: Path) -> TruncatesOnFailure:
    return TruncatesOnFailure(root)


def forgets_header(root: Path) -> ForgetsHeader:
    return ForgetsHeader(root)


def null_writes(root: Path) -> NullWrites:
    return NullWrites(root)


def blind(root: Path) -> Blind:
    return Blind(root)


def loses_last(root: Path) -> LosesLast:
    return LosesLast(root)


def drops_half(root: Path) -> DropsHalf:
    return DropsHalf(root)


def swaps_rows(root: Path) -> SwapsRows:
    return SwapsRows(root)


def restores_older(root: Path) -> RestoresOlder:
    return RestoresOlder(root)


def forgets_logs(root: Path) -> ForgetsLogs:
    return ForgetsLogs(root)


def restores_nothing(root: Path) -> RestoresNothing:
    return RestoresNothing(root)


class Mute(ReferenceAdapter):
    """Conforms, and has no status callbacks."""

    capabilities = ReferenceAdapter.capabilities - {"callback"}


def mute(root: Path) -> Mute:
    return Mute(root)


class RenamesAnswer(ReferenceAdapter):
    """Whatever the callback answered, the backup ends with BackupAbortByServer."""

    def backup(self, instance: str | None, path: str | None, grbit: int, status: StatusCallback) -> int:
        err = super().backup(instance, path, grbit, status)
        return -801 if err == -1011 else err


def renames_answer(root: Path) -> RenamesAnswer:
    return RenamesAnswer(root)


class InsertsFail(ReferenceAdapter):
    """While a backup is under way, rows cannot be inserted."""

    under_way = 0

    def backup(self, instance: str | None, path: str | None, grbit: int, status: StatusCallback) -> int:
        self.under_way += 1
        try:
            return super().backup(instance, path, grbit, status)
        finally:
            self.under_way -= 1

    def insert(self, session: str, database: str, rows: int) -> int:
        return -1808 if self.under_way else super().insert(session, database, rows)


def inserts_fail(root: Path) -> InsertsFail:
    return InsertsFail(root)


def writes_while_frozen(root: Path) -> WritesWhileFrozen:
    return WritesWhileFrozen(root)


def freezes_old_log(root: Path) -> FreezesOldLog:
    return FreezesOldLog(root)


def truncates_unasked(root: Path) -> TruncatesUnasked:
    return TruncatesUnasked(root)


def abort_truncates(root: Path) -> AbortTruncates:
    return AbortTruncates(root)


def inserts_while_frozen(root: Path) -> InsertsWhileFrozen:
    return InsertsWhileFrozen(root)
