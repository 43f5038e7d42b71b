"""Toy engines to be learned, of three states, or with one bug: `python:learnable:NAME` with this folder as the current one."""

from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from typing import Any

from jetconform.conformance.adapter import StatusCallback
from jetconform.conformance.engines.reference import ReferenceAdapter
from misbehaving import Fake

NAME_IN_USE, ALREADY, NOT_INITIALIZED, INVALID, INVALID_PATH = -1086, -1030, -1029, -1003, -1023


class Toy(Fake):
    """No instance, one that is created, one that runs. What is not said here answers 0."""

    capabilities: Any = frozenset()

    def __init__(self) -> None:
        super().__init__()
        self.state = "nil"
        self.backups = 0  # made, or tried

    def create_instance(self, instance: str) -> int:
        if self.state != "nil":
            return NAME_IN_USE
        self.state = "created"
        return 0

    def init(self, instance: str | None) -> int:
        if self.state != "created":
            return INVALID if self.state == "nil" else ALREADY
        self.state = "running"
        return 0

    def term(self, instance: str | None) -> int:
        if self.state == "nil":
            return INVALID
        self.state = "nil"
        return 0

    def backup(self, instance: str | None, path: str | None, grbit: int, status: StatusCallback) -> int:
        self.backups += 1
        if self.state != "running":
            return INVALID if self.state == "nil" else NOT_INITIALIZED
        return INVALID_PATH if path is not None and path.startswith("missing") else 0


def toy(root: Path) -> Toy:
    return Toy()


class WrongCode(Toy):
    """A created instance that was never initialised says that it is."""

    def backup(self, instance: str | None, path: str | None, grbit: int, status: StatusCallback) -> int:
        err = super().backup(instance, path, grbit, status)
        return ALREADY if err == NOT_INITIALIZED else err


class NoGuard(Toy):
    """A path at which nothing is will do."""

    def backup(self, instance: str | None, path: str | None, grbit: int, status: StatusCallback) -> int:
        err = super().backup(instance, path, grbit, status)
        return 0 if err == INVALID_PATH else err


class StaysRunning(Toy):
    """Once a backup was made, JetTerm succeeds and does nothing."""

    made = False

    def term(self, instance: str | None) -> int:
        return 0 if self.made else super().term(instance)

    def backup(self, instance: str | None, path: str | None, grbit: int, status: StatusCallback) -> int:
        err = super().backup(instance, path, grbit, status)
        self.made = self.made or err == 0
        return err


class Remembers(Toy):
    """Between two allowed codes it chooses by whether it was ever asked for a backup before: a state that the model lacks."""

    def backup(self, instance: str | None, path: str | None, grbit: int, status: StatusCallback) -> int:
        before, err = self.backups, super().backup(instance, path, grbit, status)
        missing = path is not None and path.startswith("missing")
        return INVALID_PATH if err == NOT_INITIALIZED and missing and before else err


class Raises(Toy):
    """What it says of JetTerm means something to Graphviz, to HTML and to terminals."""

    def term(self, instance: str | None) -> int:
        raise RuntimeError('"a\\N" <b> & [red] \x1b')


class Wavers(Toy):
    """Between two allowed codes it chooses in turns, over all engines of a process."""

    turns = cycle((NOT_INITIALIZED, INVALID_PATH, INVALID_PATH))

    def backup(self, instance: str | None, path: str | None, grbit: int, status: StatusCallback) -> int:
        err = super().backup(instance, path, grbit, status)
        missing = path is not None and path.startswith("missing")
        return next(Wavers.turns) if err == NOT_INITIALIZED and missing else err


class WaveringReference(ReferenceAdapter):
    """The reference engine, but it wavers in the same way."""

    def backup(self, instance: str | None, path: str | None, grbit: int, status: StatusCallback) -> int:
        err = super().backup(instance, path, grbit, status)
        missing = path is not None and path.startswith("missing")
        return next(Wavers.turns) if err == NOT_INITIALIZED and missing else err


class WithoutTerm(Toy):
    """It has no JetTerm."""

    not_implemented = ("JetTerm",)


def _factory(kind: Callable[[], Toy]) -> Callable[[Path], Toy]:
    return lambda root: kind()


wrong_code, no_guard, stays_running = _factory(WrongCode), _factory(NoGuard), _factory(StaysRunning)
remembers, raises, wavers, without_term = (_factory(one) for one in (Remembers, Raises, Wavers, WithoutTerm))


def wavering_reference(root: Path) -> WaveringReference:
    return WaveringReference(root)
