"""The reference engine as an engine under test: names become handles. Nothing else of the harness knows this engine."""

from contextlib import suppress
from pathlib import Path

from ...engine.engine import Engine
from ...engine.memory import MemoryFiles
from ...engine.registry import NIL_HANDLE
from ...engine.scheduled import TaskRuntime, Tasks
from ...model.vocabulary import Parameter
from ..adapter import CAPABILITIES, PointHandler, StatusCallback
from .reference_external import GARBAGE, ExternalCalls

FOLDER = "db"
LOG_FILE_KB = 128
LONG_AGO = 3600.0
"""Seconds after which no freeze lasts any more: its time-out is 70 seconds [BP]."""


def factory(root: Path) -> "ReferenceAdapter":
    """A fresh engine process over the files below `root`."""
    return ReferenceAdapter(root)


def scheduled(tasks: Tasks) -> "ScheduledAdapter":
    """A fresh engine process with its files in memory, whose calls are made in these tasks and take turns."""
    files = MemoryFiles(tasks.switch)
    return ScheduledAdapter(Path("/"), Engine(Path("/"), runtime=TaskRuntime(tasks), files=files), files)


class ReferenceAdapter(ExternalCalls):
    """Adapter over `jetconform.engine`."""

    capabilities = frozenset(CAPABILITIES)
    log_file_kb = LOG_FILE_KB

    def __init__(self, root: Path, engine: Engine | None = None) -> None:
        self._root = root
        # Nothing is forced to the disk: no return code depends on it, and a history takes a fifth of the time. What
        # does depend on it, what a power loss leaves, is asked of an engine on files of its own.
        self.engine = engine or Engine(root, sync=False)
        self._instances: dict[str | None, int] = {None: NIL_HANDLE}
        self._sessions: dict[str, int] = {}
        self._databases: dict[str, int] = {}
        self._files = {}
        self._snapshot = GARBAGE

    def _instance(self, name: str | None) -> int:
        return self._instances.get(name, GARBAGE)

    def _session(self, name: str) -> int:
        return self._sessions.get(name, GARBAGE)

    def _database(self, name: str) -> int:
        return self._databases.get(name, GARBAGE)

    # -- instances ------------------------------------------------------------------------------------------------

    def create_instance(self, instance: str) -> int:
        """JetCreateInstance, then the set-up that every recorded trace has: folder `db`, log files of 128 KB."""
        err, handle = self.engine.create_instance(instance)
        if err < 0:
            return err
        self._instances[instance] = handle
        with suppress(OSError):  # something else may be there by now: then JetInit says so
            self.make_folder(FOLDER)
        for code in (
            self.engine.set_paths(handle, FOLDER),
            self.engine.set_system_parameter(handle, Parameter.log_file_size, self.log_file_kb),
        ):
            if code < 0:
                return code
        return err

    def set_system_parameter(self, instance: str | None, parameter: str, value: int | str) -> int:
        try:
            known = Parameter[parameter]
        except KeyError:
            raise ValueError(
                f"no system parameter {parameter!r}: known are {', '.join(Parameter.__members__)}"
            ) from None
        return self.engine.set_system_parameter(self._instance(instance), known, value)

    def init(self, instance: str | None) -> int:
        return self.engine.init(self._instance(instance))

    def term(self, instance: str | None) -> int:
        return self.engine.term(self._instance(instance))

    def term2(self, instance: str | None, grbit: int) -> int:
        return self.engine.term2(self._instance(instance), grbit)

    def stop_service_instance(self, instance: str | None) -> int:
        return self.engine.stop_service_instance(self._instance(instance))

    def stop_service_instance2(self, instance: str | None, grbit: int) -> int:
        return self.engine.stop_service_instance2(self._instance(instance), grbit)

    def stop_backup_instance(self, instance: str | None) -> int:
        return self.engine.stop_backup_instance(self._instance(instance))

    def make_folder(self, path: str) -> None:
        """Make a folder, unless there is one."""
        (self._root / path).mkdir(exist_ok=True)

    # -- sessions and databases -------------------------------------------------------------------------------------

    def begin_session(self, instance: str | None, session: str) -> int:
        err, handle = self.engine.begin_session(self._instance(instance))
        if err >= 0:
            self._sessions[session] = handle
        return err

    def end_session(self, session: str) -> int:
        return self.engine.end_session(self._session(session))

    def create_database(self, session: str, database: str, path: str) -> int:
        err, handle = self.engine.create_database(self._session(session), path)
        if err >= 0:
            self._databases[database] = handle
        return err

    def open_database(self, session: str, database: str, path: str) -> int:
        err, handle = self.engine.open_database(self._session(session), path)
        if err >= 0:
            self._databases[database] = handle
        return err

    def close_database(self, session: str, database: str) -> int:
        return self.engine.close_database(self._session(session), self._database(database))

    def attach_database(self, session: str, path: str) -> int:
        return self.engine.attach_database(self._session(session), path)

    def detach_database(self, session: str, path: str) -> int:
        return self.engine.detach_database(self._session(session), path)

    def insert(self, session: str, database: str, rows: int) -> int:
        return self.engine.insert(self._session(session), self._database(database), rows)

    def count_rows(self, session: str, database: str) -> tuple[int, int]:
        return self.engine.count_rows(self._session(session), self._database(database))

    # -- backup and restore -----------------------------------------------------------------------------------------

    def backup(self, instance: str | None, path: str | None, grbit: int, status: StatusCallback) -> int:
        return self.engine.backup_instance(self._instance(instance), path, grbit, status)

    def restore(self, instance: str | None, path: str | None, destination: str | None, status: StatusCallback) -> int:
        return self.engine.restore_instance(self._instance(instance), path, destination, status)

    # -- what only the harness asks ---------------------------------------------------------------------------------

    def damage_page(self, path: str) -> bool:
        return self.engine.damage_page(path)

    def damage_log(self, instance: str) -> int | None:
        return self.engine.damage_log(self._instance(instance))

    def fail_log_writes(self, instance: str, mode: str) -> None:
        self.engine.fail_log_writes(self._instance(instance), mode)

    def expire_snapshot(self) -> None:
        self.engine.pass_time(LONG_AGO)

    def classify(self, path: str) -> tuple[str, int | None]:
        return self.engine.classify(path)

    def header(self, path: str) -> dict[str, list[int]] | None:
        err, header = self.engine.header(path)
        if err < 0 or header is None:
            return None
        marks = {"fullPrev": header.full_prev, "incPrev": header.inc_prev}
        return {name: [mark.gen_low, mark.gen_high, mark.lsn] for name, mark in marks.items()}

    def events(self, instance: str) -> list[str]:
        return [event.text for event in self.engine.events(self._instance(instance))]

    def rows(self, session: str, database: str) -> tuple[int, list[str]]:
        err, rows = self.engine.rows(self._session(session), self._database(database))
        return err, [f"{row.key}:{row.transaction}:{row.position}" for row in rows]

    def on_point(self, handler: PointHandler | None) -> None:
        # Which call it is, the thread tells the handler.
        self.engine.on_point = handler and (lambda _call, point, detail: handler(point, detail))

    def close(self) -> None:
        self.engine.close()


class ScheduledAdapter(ReferenceAdapter):
    """The same over files in memory, with the smallest logs that there are: every backup makes one."""

    log_file_kb = 64

    def __init__(self, root: Path, engine: Engine, files: MemoryFiles) -> None:
        super().__init__(root, engine)
        self._memory = files

    def make_folder(self, path: str) -> None:
        self._memory.make_folder(path)
