"""An engine under a temporary root, and calls held at their hold points."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jetconform.engine import Engine, Files, Row
from jetconform.model.vocabulary import JetErr, Parameter

TIMEOUT = 20.0
LOG_KB = 64


@dataclass
class Running:
    """An initialised instance with a session and an open database."""

    instance: int
    session: int
    database: int


class Held:
    """A call on its own thread, stopped at a hold point until released."""

    def __init__(self, engine: Engine, call: str, point: str, detail: str | None = None) -> None:
        self._wanted = (call, point, detail)
        self._arrived = threading.Event()
        self._released = threading.Event()
        self._thread: threading.Thread | None = None
        self.result: Any = None
        engine.on_point = self._on_point

    def _on_point(self, call: str, point: str, detail: str) -> None:
        wanted_call, wanted_point, wanted_detail = self._wanted
        if (call, point) != (wanted_call, wanted_point) or wanted_detail not in (None, detail):
            return
        if self._arrived.is_set():
            return
        self._arrived.set()
        assert self._released.wait(TIMEOUT), "nobody released the call"

    def start(self, body: Callable[[], Any]) -> "Held":
        def run() -> None:
            self.result = body()

        self._thread = threading.Thread(target=run, daemon=True)
        self._thread.start()
        assert self._arrived.wait(TIMEOUT), "the call never came to its hold point"
        return self

    def release(self) -> Any:
        self._released.set()
        assert self._thread is not None
        self._thread.join(TIMEOUT)
        assert not self._thread.is_alive(), "the call did not return"
        return self.result


class World:
    """A root folder, an engine, and shorthand for the usual first steps."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.engine = Engine(root, sync=False)

    def create(self, name: str = "i1", **parameters: int | str) -> int:
        code, instance = self.engine.create_instance(name)
        assert code == 0
        for key, value in {"log_file_size": LOG_KB, **parameters}.items():
            assert self.engine.set_system_parameter(instance, Parameter[key], value) == 0
        return instance

    def start(self, name: str = "i1", path: str = "db/a.edb", rows: int = 10, **parameters: int | str) -> Running:
        instance = self.create(name, **parameters)
        assert self.engine.init(instance) == 0
        code, session = self.engine.begin_session(instance)
        assert code == 0
        code, database = self.engine.create_database(session, path)
        assert code == 0
        assert self.engine.insert(session, database, rows) == 0
        return Running(instance, session, database)

    def open(self, instance: int, path: str = "db/a.edb") -> Running:
        """Initialise a created instance and open an existing database."""
        assert self.engine.init(instance) == 0
        code, session = self.engine.begin_session(instance)
        assert code == 0
        assert self.engine.attach_database(session, path) == 0
        code, database = self.engine.open_database(session, path)
        assert code == 0
        return Running(instance, session, database)

    def rows(self, running: Running) -> tuple[Row, ...]:
        code, rows = self.engine.rows(running.session, running.database)
        assert code == 0
        assert self.engine.count_rows(running.session, running.database) == (0, len(rows))
        return rows

    def insert(self, running: Running, rows: int) -> None:
        assert self.engine.insert(running.session, running.database, rows) == 0

    def backup(self, running: Running, path: str | None = "bk", grbit: int = 0) -> None:
        assert self.engine.backup_instance(running.instance, path, grbit) == JetErr.Success

    def folder(self, name: str) -> Path:
        path = self.root / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    def files(self, folder: str) -> list[str]:
        base = self.root / folder
        return sorted(str(path.relative_to(base)) for path in base.rglob("*"))

    def crash(self, files: Files | None = None) -> None:
        """The process dies; a new one starts."""
        self.engine.close()
        self.engine = Engine(self.root, sync=False, files=files)

    def hold(self, call: str, point: str, body: Callable[[], Any], detail: str | None = None) -> Held:
        return Held(self.engine, call, point, detail).start(body)

    @contextmanager
    def held(self, call: str, point: str, body: Callable[[], Any], detail: str | None = None) -> Iterator[Held]:
        held = self.hold(call, point, body, detail)
        try:
            yield held
        finally:
            held.release()

    def restored_rows(self, path: str, destination: str = "elsewhere", file: str = "a.edb") -> tuple[Row, ...]:
        """Restore a set with an instance of its own, and read the rows."""
        self.folder(destination)
        engine, self.engine = self.engine, Engine(self.root, sync=False)
        instance = self.create("restorer")
        assert self.engine.set_paths(instance, f"{destination}-logs") == 0
        assert self.engine.restore_instance(instance, path, destination) == 0
        rows = self.rows(self.open(instance, f"{destination}/{file}"))
        assert self.engine.term(instance) == 0
        self.engine = engine
        return rows


def together(*bodies: Callable[[], object]) -> None:
    """Run all at once, and let no failure pass unseen."""
    failures: list[BaseException] = []

    def run(body: Callable[[], object]) -> None:
        try:
            body()
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(body,), daemon=True) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(TIMEOUT)
        assert not thread.is_alive()
    assert failures == []
