"""The reference engine, careless with damaged files and bad places: `python:careless:NAME`, or `served.py NAME`."""

import os
import shutil
from pathlib import Path

from faulty import Bare
from jetconform.conformance.adapter import StatusCallback
from jetconform.conformance.engines.reference import ReferenceAdapter
from jetconform.model.vocabulary import JetErr


class Boasts(Bare):
    """A backup for which there was no space, or no right to write, says that it succeeded."""

    def backup(self, instance: str | None, path: str | None, grbit: int, status: StatusCallback) -> int:
        err = super().backup(instance, path, grbit, status)
        return 0 if err in (JetErr.DiskFull, JetErr.FileAccessDenied) else err


class LeavesHalf(Bare):
    """A backup for which there was no space leaves the file that it had begun."""

    def backup(self, instance: str | None, path: str | None, grbit: int, status: StatusCallback) -> int:
        err = super().backup(instance, path, grbit, status)
        if err == JetErr.DiskFull:
            (self._root / str(path) / "half.edb").touch()
        return err


class Truncates(ReferenceAdapter):
    """A backup for which there was no space has deleted a log that was not copied."""

    def backup(self, instance: str | None, path: str | None, grbit: int, status: StatusCallback) -> int:
        logs = sorted((self._root / "db").glob("edb0*.log"))
        err = super().backup(instance, path, grbit, status)
        if err == JetErr.DiskFull:
            for log in logs:
                log.unlink()
        return err


class DropsEarlier(Bare):
    """A backup for which there was no space has removed the set that was there before it."""

    def backup(self, instance: str | None, path: str | None, grbit: int, status: StatusCallback) -> int:
        err = super().backup(instance, path, grbit, status)
        if err == JetErr.DiskFull:
            for entry in (self._root / str(path)).iterdir():
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        return err


class NeverAgain(Bare):
    """Once there was no space, there is none for any backup."""

    _full = False

    def backup(self, instance: str | None, path: str | None, grbit: int, status: StatusCallback) -> int:
        err = JetErr.DiskFull if self._full else super().backup(instance, path, grbit, status)
        self._full = self._full or err == JetErr.DiskFull
        return err


class SaysBusy(Bare):
    """Of a disk that is full it says that another backup runs."""

    def backup(self, instance: str | None, path: str | None, grbit: int, status: StatusCallback) -> int:
        err = super().backup(instance, path, grbit, status)
        return JetErr.BackupInProgress if err in (JetErr.DiskFull, JetErr.FileAccessDenied) else err


class RestoresOlder(Bare):
    """Keeps a copy of the first set that was made, and restores that where the newer one is damaged, without a word."""

    def backup(self, instance: str | None, path: str | None, grbit: int, status: StatusCallback) -> int:
        err = super().backup(instance, path, grbit, status)
        copy = self._root / "kept" / str(path)
        if not err and path and not copy.exists():
            shutil.copytree(self._root / path, copy)
        return err

    def restore(self, instance: str | None, path: str | None, destination: str | None, status: StatusCallback) -> int:
        err = super().restore(instance, path, destination, status)
        return super().restore(instance, f"kept/{path}", destination, status) if err else 0


class CountsOn(Bare):
    """Where a page is damaged, its rows are left out and the others counted."""

    def count_rows(self, session: str, database: str) -> tuple[int, int]:
        err, rows = super().count_rows(session, database)
        return (0, 20) if err == JetErr.ReadVerifyFailure else (err, rows)


class MakesUp(Bare):
    """Where a page is damaged, rows are made up in the place of those that were there."""

    capabilities = frozenset({"rows"})

    def count_rows(self, session: str, database: str) -> tuple[int, int]:
        err, rows = super().count_rows(session, database)
        return (0, 120) if err == JetErr.ReadVerifyFailure else (err, rows)

    def rows(self, session: str, database: str) -> tuple[int, list[str]]:
        err, rows = super().rows(session, database)
        return (0, ["a row"] * 120) if err == JetErr.ReadVerifyFailure else (err, rows)


class Blames(Bare):
    """A damaged log is told as a backup that is running."""

    def init(self, instance: str | None) -> int:
        return JetErr.BackupInProgress if super().init(instance) < 0 else 0


class Dies(Bare):
    """The process ends when it is to restore a damaged set."""

    capabilities = frozenset({"callback"})

    def restore(self, instance: str | None, path: str | None, destination: str | None, status: StatusCallback) -> int:
        err = super().restore(instance, path, destination, status)
        if err:
            os._exit(3)
        return err


class SpoilsOthers(Bare):
    """Where one set is damaged, no other is restored either."""

    def restore(self, instance: str | None, path: str | None, destination: str | None, status: StatusCallback) -> int:
        mark = self._root / "spoilt"
        err = JetErr.LogFileCorrupt if mark.exists() else super().restore(instance, path, destination, status)
        if err:
            mark.touch()
        return err


def boasts(root: Path) -> Boasts:
    return Boasts(root)


def leaves_half(root: Path) -> LeavesHalf:
    return LeavesHalf(root)


def truncates(root: Path) -> Truncates:
    return Truncates(root)


def drops_earlier(root: Path) -> DropsEarlier:
    return DropsEarlier(root)


def never_again(root: Path) -> NeverAgain:
    return NeverAgain(root)


def says_busy(root: Path) -> SaysBusy:
    return SaysBusy(root)


def restores_older(root: Path) -> RestoresOlder:
    return RestoresOlder(root)


def counts_on(root: Path) -> CountsOn:
    return CountsOn(root)


def makes_up(root: Path) -> MakesUp:
    return MakesUp(root)


def blames(root: Path) -> Blames:
    return Blames(root)


def dies(root: Path) -> Dies:
    return Dies(root)


def spoils_others(root: Path) -> SpoilsOthers:
    return SpoilsOthers(root)
