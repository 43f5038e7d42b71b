"""Engines that misbehave, each in one way: `python:misbehaving:NAME` with this folder as the current one."""

import ctypes
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fake_external import FakeExternal
from jetconform.conformance.adapter import CAPABILITIES, PointHandler, StatusCallback, UnmappedCode
from jetconform.conformance.engines import load


class Fake(FakeExternal):
    """An adapter that answers 0 to everything, and to a call with a behaviour of its own whatever that returns."""

    capabilities: Any = frozenset(CAPABILITIES)

    def __init__(self, **behaviour: Callable[..., Any]) -> None:
        self.behaviour = behaviour
        self.handler: PointHandler | None = None
        self.closed = threading.Event()

    def _do(self, method: str, *args: Any) -> Any:
        return self.behaviour[method](*args) if method in self.behaviour else 0

    def create_instance(self, instance: str) -> int:
        return self._do("create_instance", instance)

    def set_system_parameter(self, instance: str | None, parameter: str, value: int | str) -> int:
        return self._do("set_system_parameter", instance, parameter, value)

    def init(self, instance: str | None) -> int:
        return self._do("init", instance)

    def term(self, instance: str | None) -> int:
        return self._do("term", instance)

    def term2(self, instance: str | None, grbit: int) -> int:
        return self._do("term2", instance, grbit)

    def stop_service_instance(self, instance: str | None) -> int:
        return self._do("stop_service_instance", instance)

    def stop_service_instance2(self, instance: str | None, grbit: int) -> int:
        return self._do("stop_service_instance2", instance, grbit)

    def stop_backup_instance(self, instance: str | None) -> int:
        return self._do("stop_backup_instance", instance)

    def begin_session(self, instance: str | None, session: str) -> int:
        return self._do("begin_session", instance, session)

    def end_session(self, session: str) -> int:
        return self._do("end_session", session)

    def create_database(self, session: str, database: str, path: str) -> int:
        return self._do("create_database", session, database, path)

    def open_database(self, session: str, database: str, path: str) -> int:
        return self._do("open_database", session, database, path)

    def close_database(self, session: str, database: str) -> int:
        return self._do("close_database", session, database)

    def attach_database(self, session: str, path: str) -> int:
        return self._do("attach_database", session, path)

    def detach_database(self, session: str, path: str) -> int:
        return self._do("detach_database", session, path)

    def insert(self, session: str, database: str, rows: int) -> int:
        return self._do("insert", session, database, rows)

    def count_rows(self, session: str, database: str) -> Any:
        return self.behaviour["count_rows"](session, database) if "count_rows" in self.behaviour else (0, 0)

    def backup(self, instance: str | None, path: str | None, grbit: int, status: StatusCallback) -> int:
        if "backup" in self.behaviour:
            return self.behaviour["backup"](instance, path, grbit, status)
        for point, done in (("enter", 0), ("copy", 1), ("copy", 2), ("leave", 3)):
            if self.handler is not None:
                self.handler(point, "" if point == "enter" else f"file{done}")
            answer = status(9, 0, done, 3)
            if answer < 0:
                return answer
        return 0

    def restore(self, instance: str | None, path: str | None, destination: str | None, status: StatusCallback) -> int:
        return self._do("restore", instance, path, destination, status)

    def damage_page(self, path: str) -> Any:
        return self._do("damage_page", path)

    def damage_log(self, instance: str) -> Any:
        return self._do("damage_log", instance)

    def fail_log_writes(self, instance: str, mode: str) -> None:
        self._do("fail_log_writes", instance, mode)

    def on_point(self, handler: PointHandler | None) -> None:
        self.handler = handler

    def close(self) -> None:
        self._do("close")
        self.closed.set()


def _raise(error: BaseException) -> Any:
    raise error


def raises(root: Path) -> Fake:
    return Fake(init=lambda _: _raise(KeyError("no such\ninstance")))


def exits(root: Path) -> Fake:
    return Fake(init=lambda _: sys.exit(3))


def unmapped(root: Path) -> Fake:
    return Fake(init=lambda _: _raise(UnmappedCode("native code 17")))


def not_in_its_table(root: Path) -> Fake:
    engine = Fake(init=lambda _: 17)
    engine.errors = {0: 0, 18: -1011}  # type: ignore[attr-defined]
    return engine


def returns_text(root: Path) -> Fake:
    return Fake(init=lambda _: "0")


def hangs(root: Path) -> Fake:
    return Fake(init=lambda _: threading.Event().wait())


def hangs_with_the_lock(root: Path) -> Any:
    """Native code that never gives Python's global lock back."""
    engine = load("reference")(root)
    engine.begin_session = lambda *_: ctypes.PyDLL(None).sleep(600)  # type: ignore[method-assign]
    return engine


def dies(root: Path) -> Fake:
    return Fake(init=lambda _: os._exit(7))


def dies_at_once(root: Path) -> Fake:
    os._exit(8)


def chatters(root: Path) -> Fake:
    def talk(instance: str | None) -> int:
        os.write(1, b"engine on stdout\n")
        os.write(2, b"x" * 100_000 + b"\nlast words\n")
        os.abort()

    return Fake(init=talk)


def factory_raises(root: Path) -> Fake:
    raise RuntimeError("no licence\nfor this machine")


def factory_exits(root: Path) -> Fake:
    sys.exit("usage: ...")


def no_adapter(root: Path) -> Any:
    return None


def lacks_a_method(root: Path) -> Fake:
    engine = Fake()
    engine.term2 = None  # type: ignore[assignment,method-assign]
    return engine


def unknown_capability(root: Path) -> Fake:
    engine = Fake()
    engine.capabilities = frozenset({"callback", "hold:somewhere"})
    return engine


def capabilities_are_a_list(root: Path) -> Fake:
    engine = Fake()
    engine.capabilities = ["callback"]
    return engine


not_callable = 17
