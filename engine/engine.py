"""The API: what a client of the engine calls.

Every method answers with a JET_ERR, or a tuple led by one, never with an exception.
The documentation of a call is its page; here stands only what the page leaves open.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..model.vocabulary import JetErr, Parameter, TermGrbit
from . import storage
from .affordances import Affordances
from .backup import back_up
from .failure import JetFailure, answers, answers_with
from .files import Files
from .freeze import Gate
from .instance import BackupActivity, Instance, Phase
from .lifecycle import initialize, terminate
from .progress import StatusCallback
from .registry import Registry
from .restore import restore
from .runtime import Runtime, ThreadRuntime
from .service import set_parameter, stop_backup, stop_service
from .snapshot_calls import SnapshotCalls
from .streaming_calls import StreamingCalls


class Engine(StreamingCalls, SnapshotCalls, Affordances):
    """One process with the engine loaded: a registry of instances. Thread-safe.

    All paths are relative to `root`; the engine reads and writes nothing outside it. Handles are never reused.
    """

    def __init__(
        self, root: Path, *, sync: bool = True, runtime: Runtime | None = None, files: Files | None = None
    ) -> None:
        super().__init__(Registry(files or Files(root, sync=sync), runtime or ThreadRuntime()))

    # -- instances --------------------------------------------------------------------------------------------------

    @answers_with(0)
    def create_instance(self, name: str) -> tuple[JetErr, int]:
        """JetCreateInstance [CI]."""
        if not isinstance(name, str):
            return JetErr.InvalidParameter, 0
        registry = self._registry
        with registry.monitor:
            if any(instance.name == name for instance in registry.instances.values()):
                return JetErr.InstanceNameInUse, 0
            gate = Gate(registry.runtime, registry.monitor, registry.freezer, f"data of {name}")
            instance = Instance(registry.new_handle(), name, gate)
            registry.instances[instance.handle] = instance
            self._history[instance.handle] = instance
        return JetErr.Success, instance.handle

    @answers
    def set_system_parameter(self, instance: int, parameter: Parameter, value: int | str) -> JetErr:
        """JetSetSystemParameter [SP]."""
        return set_parameter(self._registry, instance, parameter, value)

    @answers
    def set_paths(self, instance: int, directory: str) -> JetErr:
        """JetSetSystemParameter for system and log path at once [TL]; before JetInit only. JetInit makes the folder."""
        with self._registry.monitor:
            found = self._registry.instance(instance)
            found.require_idle(JetErr.AlreadyInitialized)
            found.folder = self._registry.files.resolve(directory)
        return JetErr.Success

    @answers
    def init(self, instance: int) -> JetErr:
        """JetInit [IN]."""
        return initialize(self._registry, instance)

    @answers
    def term(self, instance: int) -> JetErr:
        """JetTerm [TM]: JetTerm2 with Abrupt."""
        return terminate(self._registry, instance, int(TermGrbit.ABRUPT), "JetTerm")

    @answers
    def term2(self, instance: int, grbit: int) -> JetErr:
        """JetTerm2 [T2]."""
        return terminate(self._registry, instance, grbit, "JetTerm2")

    @answers
    def stop_service_instance(self, instance: int) -> JetErr:
        """JetStopServiceInstance [SI]."""
        return stop_service(self._registry, instance, None)

    @answers
    def stop_service_instance2(self, instance: int, grbit: int) -> JetErr:
        """JetStopServiceInstance2 [S2]."""
        return stop_service(self._registry, instance, grbit)

    @answers
    def stop_backup_instance(self, instance: int) -> JetErr:
        """JetStopBackupInstance [SB]."""
        return stop_backup(self._registry, instance)

    @answers
    def backup_instance(
        self, instance: int, path: str | None, grbit: int, callback: StatusCallback | None = None
    ) -> JetErr:
        """JetBackupInstance [BI]."""
        return back_up(self._registry, instance, path, grbit, callback)

    @answers
    def restore_instance(
        self, instance: int, path: str | None, destination: str | None, callback: StatusCallback | None = None
    ) -> JetErr:
        """JetRestoreInstance [RI]."""
        return restore(self._registry, instance, path, destination, callback)

    # -- sessions ---------------------------------------------------------------------------------------------------

    @answers_with(0)
    def begin_session(self, instance: int) -> tuple[JetErr, int]:
        """JetBeginSession [BS]."""
        with self._registry.monitor:
            found = self._registry.instance(instance)
            found.require_running()
            return JetErr.Success, self._registry.begin_session(found)

    @answers
    def end_session(self, session: int) -> JetErr:
        """JetEndSession [ES]: closes what the session opened. SessionInUse while another thread uses it."""
        with self._registry.monitor:
            found = self._registry.session(session)
            if found.instance.phase is Phase.TERMINATING:
                return JetErr.TermInProgress
            if found.calls:
                return JetErr.SessionInUse
            del self._registry.sessions[found.handle]
            del found.instance.sessions[found.handle]
        return JetErr.Success

    # -- databases --------------------------------------------------------------------------------------------------

    @answers_with(0)
    def create_database(self, session: int, path: str) -> tuple[JetErr, int]:
        """JetCreateDatabase [CD]: also attaches and opens; allowed during a backup, which does not copy it."""
        registry = self._registry
        with registry.using(session) as found:
            with found.instance.data:
                database = storage.create_database(registry.files, registry.runtime, found.instance, path)
            with registry.monitor:
                handle = registry.new_handle()
                found.opened[handle] = database
        return JetErr.Success, handle

    @answers_with(0)
    def open_database(self, session: int, path: str) -> tuple[JetErr, int]:
        """JetOpenDatabase: a handle to an attached database."""
        registry = self._registry
        with registry.using(session) as found, found.instance.data:
            database = storage.find_attached(registry.files, found.instance, path)
            with registry.monitor:
                handle = registry.new_handle()
                found.opened[handle] = database
        return JetErr.Success, handle

    @answers
    def close_database(self, session: int, database: int) -> JetErr:
        """JetCloseDatabase; works after JetStopServiceInstance too [SI]."""
        with self._registry.using(session, closing=True) as found, self._registry.monitor:
            self._registry.opened(found, database)
            del found.opened[database]
        return JetErr.Success

    @answers
    def attach_database(self, session: int, path: str) -> JetErr:
        """JetAttachDatabase [AD]; BackupInProgress while a backup runs."""
        with self._registry.using(session) as found, self._without_backup(found.instance):
            return storage.attach_database(self._registry.files, found.instance, path)

    @answers
    def detach_database(self, session: int, path: str) -> JetErr:
        """JetDetachDatabase [DD]; BackupInProgress while a backup runs. Works after JetStopServiceInstance [SI]."""
        with self._registry.using(session, closing=True) as found:
            found.instance.require_available()
            with self._without_backup(found.instance):
                storage.detach_database(self._registry.files, found.instance, path)
        return JetErr.Success

    @contextmanager
    def _without_backup(self, instance: Instance) -> Iterator[None]:
        """The data lock, held while no backup is in progress; a frozen instance is not waited for."""
        self._require_no_backup(instance)
        with instance.data:
            self._require_no_backup(instance)
            yield

    def _require_no_backup(self, instance: Instance) -> None:
        with self._registry.monitor:
            self._registry.require_no_snapshot(instance)
            if instance.activity in (BackupActivity.IN_PROGRESS, BackupActivity.STREAMING):
                raise JetFailure(JetErr.BackupInProgress)

    # -- rows -------------------------------------------------------------------------------------------------------

    @answers
    def insert(self, session: int, database: int, rows: int) -> JetErr:
        """Append rows in transactions of at most 50, each durable before the next."""
        registry = self._registry
        with registry.using(session) as found:
            opened = registry.opened(found, database)
            if not isinstance(rows, int) or rows < 0:
                return JetErr.InvalidParameter
            while rows > 0:
                with found.instance.data:
                    count = min(rows, storage.TRANSACTION_ROWS)
                    lsn = storage.insert_transaction(found.instance, found.handle, opened, count)
                storage.make_durable(found.instance, lsn)
                rows -= count
        return JetErr.Success

    @answers_with(0)
    def count_rows(self, session: int, database: int) -> tuple[JetErr, int]:
        """The number of committed rows, by reading every page."""
        registry = self._registry
        with registry.using(session) as found:
            opened = registry.opened(found, database)
            with found.instance.data:
                count, lsn = opened.count_rows(), storage.log_end(found.instance)
            storage.make_durable(found.instance, lsn)  # what a reader was told stays
        return JetErr.Success, count
