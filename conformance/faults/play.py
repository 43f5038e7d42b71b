"""Playing a scenario on a disk: its steps one after another, every call noted, and what the client is promised meanwhile."""

import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import PurePosixPath
from typing import Any, NamedTuple, cast

from ...model.vocabulary import BackupGrbit, EndBackupGrbit
from ..adapter import Adapter, Observer
from ..engines import one_line
from ..invocation import Invocation, NoCode, invocation, return_event
from ..trace import CallEvent, Event, FaultEvent, ReturnEvent
from .disk import Disk
from .promise import Promise, SetPromise
from .scenario import Scenario, Step
from .scenarios import DATABASE, INSTANCE, PATH, SESSION

Factory = Callable[[Disk, int], Adapter]
"""Makes a fresh engine process on a disk; the number says the how-many-th process it is, so that no two are twins."""

TRANSACTION = 50
"""Rows that Insert commits together at the most (docs/trace-format.md)."""

PART = 1 << 16
"""Bytes of one read of a streaming backup."""


class Returned(NamedTuple):
    """A call that came back, and how many operations of the disk had been watched when it was made."""

    id: int
    call: str
    err: int
    since: int


class Misbehaved(Exception):  # noqa: N818 - what the engine did wrong, not what this program did
    """The engine raised, or answered with what is no JET_ERR."""


class Failed(Exception):  # noqa: N818 - a call that failed ends its step
    """A call of a step failed; `err` is its code."""

    def __init__(self, err: int) -> None:
        super().__init__(str(err))
        self.err = err


class Play:
    """One engine after another on one disk, and the client that makes the steps of a scenario on them."""

    def __init__(self, factory: Factory, disk: Disk | None = None, life: int = 1) -> None:
        self.disk = disk or Disk()
        self.life = life
        self.events: list[Event] = []
        self.stamped: list[tuple[Event, int]] = []
        self.returned: list[Returned] = []
        self.promise = Promise()
        self.promises: list[tuple[int, Promise]] = []
        self.rows: list[str] = []
        self.cuts: set[int] = {0}
        self.marks: dict[str, list[int]] | None = None  # of the database, when the last backup was called
        self.calls = 0
        self.factory: Factory | None = factory
        self.adapter = factory(self.disk, life)

    # -- keeping and taking up again ----------------------------------------------------------------------------------

    def kept(self) -> bytes:
        """All of it, engine and disk, as it stands between two calls."""
        factory, self.factory = self.factory, None
        try:
            return pickle.dumps(self, protocol=pickle.HIGHEST_PROTOCOL)
        finally:
            self.factory = factory

    @classmethod
    def taken_up(cls, kept: bytes, factory: Factory) -> "Play":
        """Of what this process kept itself: no file, and nobody else, has a say in it."""
        play: Play = pickle.loads(kept)  # noqa: S301
        play.factory = factory
        play.calls = 0
        return play

    def set_up(self, scenario: Scenario) -> int:
        """Folders and calls of the set-up; the first code that is a failure, else 0."""
        for folder in scenario.folders:
            self.disk.make_folder(folder)
            self.events.append(FaultEvent(kind="make-directory", target=folder))
        return self.play(scenario.setup)

    def play(self, steps: tuple[Step, ...]) -> int:
        """Steps in order, up to the first that fails; its code, or 0."""
        try:
            self.play_all(steps)
        except Failed as failed:
            return failed.err
        return 0

    def play_all(self, steps: tuple[Step, ...]) -> None:
        """The same. Raises Failed with the code of the first that fails."""
        for step in steps:
            self.make(step)

    # -- steps --------------------------------------------------------------------------------------------------------

    def make(self, step: Step) -> None:
        """One step. Raises Failed or Misbehaved."""
        match step.call:
            case "crash":
                self.crash()
            case "stream":
                self._stream(str(step.args["path"]), int(step.args["grbit"]))
            case "snapshot":
                self._snapshot(str(step.args["path"]))
            case "Insert":
                self._insert(int(step.args["rows"]))
            case "JetBackupInstance":
                self._backup(step)
            case "JetRestoreInstance":
                self._restore(step)
            case _:
                self.call(step.call, step.args)
                if step.call == "JetCreateDatabase":
                    self._promise(self.promise._replace(created=True))
                elif step.args.get("parameter") == "circular_log":
                    self._promise(self.promise._replace(circular=bool(step.args["value"])))

    def call(self, name: str, args: dict[str, Any], during: int = 0) -> Invocation:
        """Make a call, with a callback in which so many rows are inserted. Raises Failed with a code that is a failure."""
        self.calls += 1
        made = invocation(self.adapter, name, args)
        number = 1 + sum(isinstance(event, CallEvent) for event in self.events)
        since = self.disk.operations
        self._note(CallEvent(id=number, client="A", call=name, args=args))
        pending = [during]

        def status(_snp: int, _snt: int, _done: int, _total: int) -> int:
            if rows := pending.pop() if pending else 0:
                args = {"session": SESSION, "database": DATABASE, "rows": rows}
                inner = invocation(self.adapter, "Insert", args)
                self._asked_for(rows)
                if int(cast(int, inner.make(status))) == 0:
                    self._committed(rows)
            return 0

        try:
            event = return_event(number, made, made.make(status))
        except NoCode as problem:
            raise Misbehaved(f"{name} {problem}") from None
        except Exception as error:
            raise Misbehaved(f"{name} raised {one_line(error)}") from error
        self._note(event)
        self.returned.append(Returned(number, name, event.err, since))
        if event.err < 0:
            raise Failed(event.err)
        return made

    def _note(self, event: Event) -> None:
        """An event, and how many changes of the disk came before it."""
        self.events.append(event)
        if self.disk.changes is not None:
            self.stamped.append((event, len(self.disk.changes)))

    def crash(self) -> None:
        """The process dies, and another one starts on the same disk."""
        self._note(FaultEvent(kind="crash"))
        self.adapter.close()
        self.disk.drop()
        self.life += 1
        assert self.factory is not None
        self.adapter = self.factory(self.disk, self.life)

    def _insert(self, rows: int) -> None:
        self._asked_for(rows)
        self.call("Insert", {"session": SESSION, "database": DATABASE, "rows": rows})
        self._committed(rows)

    def _asked_for(self, rows: int) -> None:
        """Transactions are under way. One that failed may have been the last or not: then they begin at several places."""
        promise = self.promise
        begins = [cut for cut in self.cuts if promise.committed <= cut <= promise.invoked]
        for done in range(0, rows, TRANSACTION):
            self.cuts.update(begin + min(done + TRANSACTION, rows) for begin in begins)
        self._promise(promise._replace(invoked=promise.invoked + rows))

    def _committed(self, rows: int) -> None:
        """They are committed; what the client then reads says how many there are."""
        low, high = self.promise.committed + rows, self.promise.invoked
        with self.quiet():
            err, read = cast(Observer, self.adapter).rows(SESSION, DATABASE)
        if err >= 0:
            self.rows = read
            if low <= len(read) <= high:
                low = high = len(read)
        self._promise(self.promise._replace(committed=low, invoked=high))

    def _backup(self, step: Step) -> None:
        path, grbit = step.args["path"], BackupGrbit(step.args["grbit"])
        before, self.marks = self.promise, self.header()
        if path is not None:
            keeps = bool(grbit & (BackupGrbit.ATOMIC | BackupGrbit.INCREMENTAL))
            self._promise(before.backup_began(path, keeps=keeps, during=step.during))
        self.call(step.call, step.args, step.during)
        if path is not None:
            self._promise(self.promise.backup_succeeded(path, before.committed))

    def header(self) -> dict[str, list[int]] | None:
        """The backup marks of the database, where this engine shows them; None where they cannot be read."""
        if "header" not in self.adapter.capabilities:
            return None
        with self.quiet():
            return cast(Observer, self.adapter).header(PATH)

    def _restore(self, step: Step) -> None:
        """The log folder is there, so that what it restores is rolled forward to the last commit [RI Remarks]."""
        to = step.args["destination"]
        self._promise(self._restoring(to, certain=False))
        self.call(step.call, step.args)
        self._promise(self._restoring(to, certain=True))

    def _restoring(self, to: str | None, *, certain: bool) -> Promise:
        promise = self.promise
        if to is None:
            return promise._replace(altered=not certain)
        return promise._replace(restored=SetPromise(to, promise.committed, promise.invoked, certain))

    # -- backups by a client of files ---------------------------------------------------------------------------------

    def _stream(self, folder: str, grbit: int) -> None:
        """A streaming backup whose client writes each file to a folder, durably, before it ends the backup."""
        low, full = self.promise.committed, not grbit & BackupGrbit.INCREMENTAL
        self._promise(
            self.promise.backup_began(folder, keeps=False)
        )  # what lies there while it writes is its own affair
        try:
            self._streamed(folder, grbit, full=full)
        except Failed:
            with suppress(Failed):  # it may have ended by itself
                abort = {"instance": INSTANCE, "grbit": int(EndBackupGrbit.ABORT)}
                self.call("JetEndExternalBackupInstance2", abort)
            raise
        self._promise(self.promise.backup_succeeded(folder, low))

    def _streamed(self, folder: str, grbit: int, *, full: bool) -> None:
        this = {"instance": INSTANCE}
        self.call("JetBeginExternalBackupInstance", {**this, "grbit": grbit})
        for name in ("JetGetAttachInfoInstance", "JetGetLogInfoInstance")[0 if full else 1 :]:
            self.call(name, this)
            event = self.events[-1]
            assert isinstance(event, ReturnEvent)
            for path in (event.result or {}).get("files", ()):
                self._save(f"{folder}/{PurePosixPath(path).name}", self._read(path))
        with self.quiet():
            self.disk.sync_folder(folder)
        self.call("JetTruncateLogInstance", this)
        end = int(EndBackupGrbit.NORMAL)
        self.call("JetEndExternalBackupInstance2", {**this, "grbit": end})

    def _read(self, path: str) -> bytes:
        args = {"instance": INSTANCE, "file": "f1"}
        self.call("JetOpenFileInstance", {**args, "path": path})
        pieces = []
        while piece := self.call("JetReadFileInstance", {**args, "bytes": PART}).data:
            pieces.append(piece)
        self.call("JetCloseFileInstance", args)
        return b"".join(pieces)

    def _snapshot(self, folder: str) -> None:
        """Freeze, copy every file of the instance, thaw."""
        low = self.promise.committed
        self._promise(self.promise.backup_began(folder, keeps=False, snapshot=True))
        last = {"snapshot": "last", "grbit": 0}
        self.call("JetOSSnapshotPrepare", {"grbit": 0})
        self.call("JetOSSnapshotFreeze", last)
        for path, content in self.disk.image().paths.items():
            if content is not None and path.startswith("db/"):
                self._save(f"{folder}/{PurePosixPath(path).name}", content.data.ljust(content.size, b"\0"))
        with self.quiet():
            self.disk.sync_folder(folder)
        self.call("JetOSSnapshotThaw", last)
        self._promise(self.promise.backup_succeeded(folder, low, snapshot=True))

    def _save(self, path: str, data: bytes) -> None:
        """The client's own file: its disk is not the one that fails."""
        with self.quiet():
            handle = self.disk.open(path, create=True)
            self.disk.write(handle, 0, data)
            self.disk.sync(handle)
            self.disk.close(handle)

    # -- promises -----------------------------------------------------------------------------------------------------

    def _promise(self, promise: Promise) -> None:
        self.promise = promise
        self.promises.append((len(self.disk.changes or ()), promise))

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """The disk neither tells nor fails."""
        meddler, self.disk.meddler = self.disk.meddler, None
        try:
            yield
        finally:
            self.disk.meddler = meddler
