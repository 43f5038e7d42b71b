"""What one process knows: handles, instances, sessions, and which calls are under way.

Everything here is guarded by one monitor that is held for moments only, never during file access, callbacks or holds.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..model.vocabulary import JetErr
from .database import Database
from .failure import JetFailure
from .files import Files
from .freeze import Freezer
from .instance import Instance, Phase, Session
from .runtime import Runtime

NIL_HANDLE = 0xFFFFFFFF
"""JET_instanceNil."""

PointHook = Callable[[str, str, str], None]


class Registry:
    """The shared state of an engine. `on_point` is called at hold points, with call, point and detail."""

    def __init__(self, files: Files, runtime: Runtime) -> None:
        self.files = files
        self.runtime = runtime
        self.monitor = runtime.monitor("registry")
        self.freezer = Freezer(runtime, self.monitor)
        self.instances: dict[int, Instance] = {}
        self.sessions: dict[int, Session] = {}
        self.on_point: PointHook | None = None
        self.dropped = False
        self._next_handle = 0x1000

    def reach(self, call: str, point: str, detail: str = "") -> None:
        """Tell runtime and harness that `call` is at a hold point."""
        self.runtime.reach(call, point, detail)
        if self.on_point is not None:
            self.on_point(call, point, detail)

    def new_handle(self) -> int:
        """A handle that no one had before. The monitor is held."""
        if self.dropped:
            raise JetFailure(JetErr.InvalidParameter)
        self._next_handle += 4
        return self._next_handle

    def instance(self, handle: object) -> Instance:
        """The living instance of a handle, or InvalidParameter (nil, garbage, freed)."""
        found = self.instances.get(handle) if isinstance(handle, int) else None
        if found is None:
            raise JetFailure(JetErr.InvalidParameter)
        return found

    def require_no_snapshot(self, instance: Instance) -> None:
        """BackupInProgress while a snapshot of it is taken [BE; AD, DD, BI by C29]. The monitor is held."""
        if self.freezer.covers(instance.handle):
            raise JetFailure(JetErr.BackupInProgress)

    def session(self, handle: object) -> Session:
        """The living session of a handle, or InvalidSesid."""
        found = self.sessions.get(handle) if isinstance(handle, int) else None
        if found is None:
            raise JetFailure(JetErr.InvalidSesid)
        return found

    @contextmanager
    def using(self, handle: object, *, closing: bool = False) -> Iterator[Session]:
        """A call with a session is under way: a termination waits for it. `closing` calls work when stopped, too."""
        with self.monitor:
            session = self.session(handle)
            if session.instance.phase is Phase.TERMINATING:
                raise JetFailure(JetErr.TermInProgress)
            if not closing:
                session.instance.require_running()
            session.calls += 1
            session.instance.calls += 1
        try:
            yield session
        finally:
            with self.monitor:
                session.calls -= 1
                session.instance.calls -= 1
                self.monitor.notify_all()

    def opened(self, session: Session, handle: object) -> Database:
        """The database that the session opened under a handle, or InvalidDatabaseId."""
        found = session.opened.get(handle) if isinstance(handle, int) else None
        if found is None:
            raise JetFailure(JetErr.InvalidDatabaseId)
        return found

    def begin_session(self, instance: Instance) -> int:
        """A new session. The monitor is held."""
        session = Session(self.new_handle(), instance)
        self.sessions[session.handle] = session
        instance.sessions[session.handle] = session
        return session.handle

    def forget_sessions(self, instance: Instance) -> None:
        """All sessions of an instance end. The monitor is held."""
        for handle in instance.sessions:
            del self.sessions[handle]
        instance.sessions.clear()
