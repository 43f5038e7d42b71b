"""The reference engine with less than it can, or with one bug: `python:faulty:NAME` with this folder on the path."""

import os
import shutil
from pathlib import Path
from typing import Any

from jetconform.conformance.adapter import NoSuchCall, PointHandler, StatusCallback
from jetconform.conformance.engines.reference import ReferenceAdapter
from jetconform.conformance.invocation import CALLS
from jetconform.model.vocabulary import BackupGrbit, JetErr


class Bare(ReferenceAdapter):
    """Conforms, and can do nothing of what an engine may declare; it cannot even be asked."""

    capabilities = frozenset()

    def damage_page(self, path: str) -> bool:
        raise AssertionError("not declared")

    def damage_log(self, instance: str) -> int | None:
        raise AssertionError("not declared")

    def fail_log_writes(self, instance: str, mode: str) -> None:
        raise AssertionError("not declared")

    def on_point(self, handler: PointHandler | None) -> None:
        raise AssertionError("not declared")


class WithoutSome(ReferenceAdapter):
    """Conforms, and does not have four calls: of two it says so before, of two when they are made."""

    not_implemented = frozenset({"JetRestoreInstance", "JetDetachDatabase"})

    def restore(self, *_: object) -> int:
        raise AssertionError("not there")

    def detach_database(self, *_: object) -> int:
        raise AssertionError("not there")

    def stop_service_instance(self, *_: object) -> int:
        raise NoSuchCall

    def count_rows(self, *_: object) -> tuple[int, int]:
        raise NoSuchCall


class Native:
    """Conforms, with codes of its own: 9999 where it succeeds, and what JET says with the other sign."""

    errors = {9999: 0} | {-code: int(code) for code in JetErr if code}

    def __init__(self, root: Path) -> None:
        self._engine = Bare(root)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._engine, name)
        return _native(found) if name in _CODED else found


_CODED = {row.method for row in CALLS.values()}


def _native(method: Any) -> Any:
    """That method, with native codes."""

    def call(*arguments: Any) -> Any:
        found = method(*arguments)
        err, *rest = found if isinstance(found, tuple) else (found,)
        native = -int(err) or 9999
        return (native, *rest) if rest else native

    return call


class Callbacks(Bare):
    """Conforms, and reports through a status callback, as any engine of Microsoft's does."""

    capabilities = frozenset({"callback"})


class TwoAtOnce(ReferenceAdapter):
    """A backup beside another one is told that it succeeded."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self._running = 0

    def backup(self, instance: str | None, path: str | None, grbit: int, status: StatusCallback) -> int:
        self._running += 1
        try:
            err = super().backup(instance, path, grbit, status)
            return 0 if err == JetErr.BackupInProgress and self._running > 1 else err
        finally:
            self._running -= 1


class Unverified(ReferenceAdapter):
    """A backup that read a damaged page is told that it succeeded."""

    def backup(self, instance: str | None, path: str | None, grbit: int, status: StatusCallback) -> int:
        err = super().backup(instance, path, grbit, status)
        return 0 if err == JetErr.ReadVerifyFailure else err


class DiesOfMissing(ReferenceAdapter):
    """The process ends when a backup finds no folder."""

    def backup(self, instance: str | None, path: str | None, grbit: int, status: StatusCallback) -> int:
        err = super().backup(instance, path, grbit, status)
        if err == JetErr.InvalidPath:
            os._exit(9)
        return err


class StopsAnything(ReferenceAdapter):
    """Takes JetStopBackupInstance of anything."""

    def stop_backup_instance(self, instance: str | None) -> int:
        super().stop_backup_instance(instance)
        return JetErr.Success


class FullOfLicences(ReferenceAdapter):
    """A backup fails with a code that no page names."""

    def backup(self, *_: object) -> int:
        return -1919


def stops_anything(root: Path) -> StopsAnything:
    return StopsAnything(root)


def full_of_licences(root: Path) -> FullOfLicences:
    return FullOfLicences(root)


class LateCommits(Bare):
    """A commit waits in memory until something else is asked for: who is killed before that has lost it."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self._late: list[tuple[str, str, int]] = []

    def insert(self, session: str, database: str, rows: int) -> int:
        self._commit()
        if (session, database) != ("s1", "d1"):
            return super().insert(session, database, rows)
        self._late.append((session, database, rows))
        return 0

    def count_rows(self, session: str, database: str) -> tuple[int, int]:
        self._commit()
        return super().count_rows(session, database)

    def backup(self, instance: str | None, path: str | None, grbit: int, status: StatusCallback) -> int:
        self._commit()
        return super().backup(instance, path, grbit, status)

    def term(self, instance: str | None) -> int:
        self._commit()
        return super().term(instance)

    def _commit(self) -> None:
        while self._late:
            super().insert(*self._late.pop())


class LeavesNoSet(Bare):
    """A backup removes the set that it replaces before it makes the new one: of an atomic one that is a bug."""

    def backup(self, instance: str | None, path: str | None, grbit: int, status: StatusCallback) -> int:
        if grbit == BackupGrbit.ATOMIC and path:
            shutil.rmtree(self._root / path / "new", ignore_errors=True)
        for file in (self._root / path).iterdir() if grbit == 0 and path else ():
            file.unlink()
        return super().backup(instance, path, grbit, status)


def late_commits(root: Path) -> LateCommits:
    return LateCommits(root)


def leaves_no_set(root: Path) -> LeavesNoSet:
    return LeavesNoSet(root)


def bare(root: Path) -> Bare:
    return Bare(root)


def without_some(root: Path) -> WithoutSome:
    return WithoutSome(root)


def callbacks(root: Path) -> Callbacks:
    return Callbacks(root)


def native(root: Path) -> Native:
    return Native(root)


def two_at_once(root: Path) -> TwoAtOnce:
    return TwoAtOnce(root)


def unverified(root: Path) -> Unverified:
    return Unverified(root)


def dies_of_missing(root: Path) -> DiesOfMissing:
    return DiesOfMissing(root)


_opened = 0


def out_of_licences(root: Path) -> ReferenceAdapter:
    global _opened  # of this process
    _opened += 1
    if _opened > 2:
        raise RuntimeError("out of\nlicences")
    return ReferenceAdapter(root)
