"""The calls of a streaming backup: its phase machine, its guards, and which failure ends what [BE to E2; L21, L23].

Between two calls the backup is in progress; during one its session is taken, and who else needs it gets
SessionSharingViolation. What the pages leave open is decided where it matters, with the page that comes nearest.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from ..model.vocabulary import BackupGrbit, JetErr
from .copying import first_needed
from .events import EventId
from .external import ExternalBackup, ExternalPhase, end_external
from .failure import JetFailure, code_of
from .files import Kind, base, join, parent
from .header import BackupMark
from .instance import BackupActivity, Instance, Phase
from .logfile import CURRENT, archive_generation, archive_name
from .pages import PAGE_SIZE
from .records import generation_of
from .registry import Registry
from .storage import make_checkpoint, roll_log
from .streamed import DatabaseStream, LogStream, Stream

BEGIN = "JetBeginExternalBackupInstance"
FIRST_READ = 3 * PAGE_SIZE
"""The least that the first read of a file may ask for [RF, InvalidParameter]."""


@contextmanager
def using(
    registry: Registry, handle: object, call: str, *, ending: bool = False
) -> Iterator[tuple[Instance, ExternalBackup]]:
    """One call of a streaming backup has its session. `ending` calls work after JetStopBackupInstance, too [SB]."""
    with registry.monitor:
        instance = registry.instance(handle)
        instance.require_running()
        session = _require_session(instance)
        if not ending:
            require_not_stopped(registry, instance)
        instance.activity = BackupActivity.STREAMING
        instance.backup_caller = registry.runtime.current()
    try:
        registry.reach(call, "enter")
        instance.require_available()
        if not ending:
            require_not_stopped(registry, instance)
        yield instance, session
    finally:
        with registry.monitor:
            instance.activity = BackupActivity.IN_PROGRESS if instance.external is session else BackupActivity.IDLE
            instance.backup_caller = None
            stopped = instance.backup_stopped
            registry.monitor.notify_all()
    if stopped and not ending:  # it came while the call was under way: who still had the session has to tell
        raise JetFailure(JetErr.BackupAbortByServer)


def _require_session(instance: Instance) -> ExternalBackup:
    """The backup session; NoBackup if there is none, also while JetBackupInstance runs: that one is not the caller's."""
    if instance.activity in (BackupActivity.ENTERING, BackupActivity.STREAMING):
        raise JetFailure(JetErr.SessionSharingViolation)
    if instance.termination_waits:
        raise JetFailure(JetErr.TermInProgress)
    if instance.external is None:
        raise JetFailure(JetErr.NoBackup)
    return instance.external


def require_not_stopped(registry: Registry, instance: Instance) -> None:
    """BackupAbortByServer after JetStopBackupInstance, or JetTerm2 with StopBackup [SB, T2; C6]."""
    if instance.backup_stopped or registry.dropped:
        raise JetFailure(JetErr.BackupAbortByServer)


@contextmanager
def cancelling(instance: Instance, session: ExternalBackup) -> Iterator[None]:
    """A failure in here cancels the whole backup [GA, OF, GL, GT: On failure; RF for logs; L23].

    A backup that the server stopped stays, stopped, until its client ends it: JetEndExternalBackupInstance has to have
    something to report on [SB, EE; C4].
    """
    try:
        yield
    except (JetFailure, OSError) as failure:
        code = failure.code if isinstance(failure, JetFailure) else code_of(failure)
        if code is not JetErr.BackupAbortByServer:
            end_external(instance, EventId.BACKUP_FAILED, f"{session.kind} stopped with {int(code)} {code.name}")
        raise


# -- beginning -------------------------------------------------------------------------------------------------------


def begin(registry: Registry, handle: object, grbit: object) -> JetErr:
    """JetBeginExternalBackupInstance [BEI, BE]."""
    with registry.monitor:
        instance = registry.instance(handle)
        bits = _require_begin_possible(instance, grbit)
        registry.require_no_snapshot(instance)
        instance.activity = BackupActivity.ENTERING
        instance.backup_caller = registry.runtime.current()
        instance.backup_stopped = False
    try:
        registry.reach(BEGIN, "enter")
        with instance.data:
            instance.require_available()
            session = _start(registry, instance, incremental=bool(bits & BackupGrbit.INCREMENTAL))
            with registry.monitor:
                if instance.termination_waits:
                    raise JetFailure(JetErr.TermInProgress)
                # A stop request that came meanwhile is for the calls that follow: this page has no code for it.
                instance.external = session
                instance.pinned = session.mark.gen_low
        event = EventId.INCREMENTAL_BACKUP_STARTED if session.incremental else EventId.FULL_BACKUP_STARTED
        instance.note(event, f"{session.kind} started")
    finally:
        with registry.monitor:
            instance.activity = BackupActivity.IN_PROGRESS if instance.external else BackupActivity.IDLE
            instance.backup_caller = None
            registry.monitor.notify_all()
    return JetErr.Success


def _require_begin_possible(instance: Instance, grbit: object) -> BackupGrbit:
    """The guards that need no file [BE, Return value]. Atomic is deprecated, Snapshot reserved. The monitor is held."""
    if not isinstance(grbit, int):
        raise JetFailure(JetErr.InvalidParameter)
    if instance.phase is Phase.INITIALIZING:
        raise JetFailure(JetErr.BackupNotAllowedYet)
    instance.require_running()
    if grbit & ~int(BackupGrbit.INCREMENTAL):
        raise JetFailure(JetErr.InvalidGrbit)
    instance.require_log()
    if grbit & BackupGrbit.INCREMENTAL and instance.parameters.circular:
        raise JetFailure(JetErr.InvalidBackup)
    instance.require_session_free()
    return BackupGrbit(grbit)


def _start(registry: Registry, instance: Instance, *, incremental: bool) -> ExternalBackup:
    """The new session. A full one brings the databases up to date, so that it needs logs from here on only."""
    log = instance.require_log()
    if incremental:
        low = first_needed(registry.files, instance, log)
    else:
        _require_checkpoint(instance)
        make_checkpoint(instance)
        low = generation_of(instance.checkpoint_lsn)
    mark = BackupMark(log.end, registry.runtime.now(), low)
    phase = ExternalPhase.LOGS if incremental else ExternalPhase.DATABASES
    return ExternalBackup(incremental, mark, tuple(instance.attached.values()), phase)


def _require_checkpoint(instance: Instance) -> None:
    """CheckpointFileNotFound, CheckpointCorrupt: a full backup looks at the checkpoint file [BE]."""
    assert instance.checkpoint is not None
    if not instance.checkpoint.exists():
        raise JetFailure(JetErr.CheckpointFileNotFound)
    try:
        instance.checkpoint.read()
    except OSError:
        raise JetFailure(JetErr.CheckpointCorrupt) from None


# -- files -----------------------------------------------------------------------------------------------------------


def attach_info(registry: Registry, handle: object) -> list[str]:
    """JetGetAttachInfoInstance: the databases that are attached now [GA]."""
    with using(registry, handle, "JetGetAttachInfoInstance") as (instance, session), cancelling(instance, session):
        if session.incremental:
            raise JetFailure(JetErr.InvalidBackupSequence)
        with instance.data:
            return list(instance.attached)


def open_file(registry: Registry, handle: object, path: object) -> tuple[int, int]:
    """JetOpenFileInstance: a handle and the number of bytes to be read [OF].

    Any failure cancels the backup, but not the attempt to open a database that is not attached [OF, On failure].
    """
    with using(registry, handle, "JetOpenFileInstance") as (instance, session):
        with cancelling(instance, session), instance.data:
            if not isinstance(path, str) or not path:
                raise JetFailure(JetErr.InvalidParameter)
            if session.stream is not None:
                raise JetFailure(JetErr.OutOfMemory)
            stream = _stream(registry, instance, session, registry.files.resolve(path))
        if stream is None:
            raise JetFailure(JetErr.MissingFileToBackup)
        with registry.monitor:
            session.open(registry.new_handle(), stream)
        if isinstance(stream, DatabaseStream):
            instance.note(EventId.FILE_STARTED, f"reading {stream.path}", stream.path)
        return session.handle, stream.size


def _stream(registry: Registry, instance: Instance, session: ExternalBackup, path: str) -> Stream | None:
    """What is to be read under this name; None if it means a database, but none that is attached.

    Only files of the backup are given out: the page warns that Microsoft's engine opens anything [OF, Warning].
    """
    files = registry.files
    if files.kind(parent(path)) is not Kind.FOLDER:
        raise JetFailure(JetErr.InvalidPath)
    database = instance.attached.get(path)
    if database is not None:
        if session.phase is not ExternalPhase.DATABASES:
            raise JetFailure(JetErr.InvalidBackupSequence)
        if files.kind(path) is Kind.ABSENT:
            raise JetFailure(JetErr.MissingFileToBackup)
        assert instance.log is not None
        return DatabaseStream(instance, database, replace(session.mark, gen_high=instance.log.generation))
    name = base(path)
    if parent(path) != instance.folder or (name != CURRENT and archive_generation(name) is None):
        return None
    if not session.listed:
        raise JetFailure(JetErr.InvalidBackupSequence)
    generation = archive_generation(name)
    if generation is None or generation not in session.generations or files.kind(path) is Kind.ABSENT:
        raise JetFailure(JetErr.MissingFileToBackup)
    return LogStream(files, path, generation)


def read_file(registry: Registry, handle: object, file: object, size: object) -> bytes:
    """JetReadFileInstance: the next bytes, verified [RF].

    An error in a database closes that file, and the backup goes on without it; an error in a log cancels the backup.
    """
    with using(registry, handle, "JetReadFileInstance") as (instance, session):
        stream = session.opened(file)
        if not isinstance(size, int) or size < (0 if stream.started else FIRST_READ) or size % PAGE_SIZE:
            raise JetFailure(JetErr.InvalidParameter)
        registry.reach("JetReadFileInstance", "copy", base(stream.path))
        require_not_stopped(registry, instance)

        def check() -> None:
            require_not_stopped(registry, instance)

        if isinstance(stream, LogStream):
            with cancelling(instance, session):
                return stream.read(size, check)
        try:
            return stream.read(size, check)
        except (JetFailure, OSError) as failure:
            code = failure.code if isinstance(failure, JetFailure) else code_of(failure)
            if code is not JetErr.BackupAbortByServer:
                session.drop_file()
                instance.note(
                    EventId.DATABASE_FAILED, f"{stream.path} failed with {int(code)} {code.name}", stream.path
                )
            raise


def close_file(registry: Registry, handle: object, file: object) -> JetErr:
    """JetCloseFileInstance; works after JetStopBackupInstance, for which its page has no code [CF]."""
    with using(registry, handle, "JetCloseFileInstance", ending=True) as (instance, session):
        stream = session.opened(file)
        session.close()
        if stream.whole:
            instance.note(EventId.FILE_COMPLETED, f"{stream.path} is complete", stream.path)
    return JetErr.Success


# -- logs ------------------------------------------------------------------------------------------------------------


def log_info(registry: Registry, handle: object) -> list[str]:
    """JetGetLogInfoInstance: the logs of the set; from now on no database can be opened [GL]."""
    with using(registry, handle, "JetGetLogInfoInstance") as (instance, session), cancelling(instance, session):
        session.require_closed()
        list_logs(instance, session)
        return [join(instance.folder, archive_name(generation)) for generation in session.generations]


def list_logs(instance: Instance, session: ExternalBackup) -> None:
    """Close the current log, once, so that the last one needed can be read [BI, Remarks; L21]."""
    if not session.listed:
        with instance.data:
            closed = roll_log(instance, instance.require_log())
        session.mark = replace(session.mark, gen_high=closed)
        session.phase = ExternalPhase.LOGS
        first, last = archive_name(session.mark.gen_low), archive_name(closed)
        instance.note(EventId.LOGS_STARTED, f"logs {first} to {last} are to be read", first, last)
