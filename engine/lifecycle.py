"""JetInit, JetTerm and JetTerm2: from created to running and to nothing [IN, T2; documentation section 4]."""

from contextlib import suppress

from ..model.vocabulary import JetErr, TermGrbit
from .cache import Cache
from .checkpoint import CheckpointFile
from .events import EventId
from .external import abandon
from .failure import JetFailure, code_of
from .files import Files, OpenFile
from .header import DatabaseState
from .instance import BackupActivity, Instance, Phase
from .log import Log, LogHealth
from .records import Detach
from .recovery import recover
from .registry import Registry
from .storage import make_checkpoint, make_folders, time_now, write_durably

_TERM_BITS = int(TermGrbit.COMPLETE | TermGrbit.ABRUPT | TermGrbit.STOP_BACKUP | TermGrbit.DIRTY)
LOG_SUFFIX = ".log"


def claim_folder(files: Files, folder: str) -> OpenFile:
    """Claim a log folder, or SystemPathInUse."""
    try:
        return files.lock_folder(folder)
    except BlockingIOError:
        raise JetFailure(JetErr.SystemPathInUse) from None
    except NotADirectoryError:
        raise JetFailure(JetErr.InvalidPath) from None


def initialize(registry: Registry, handle: object) -> JetErr:
    """JetInit [IN]. A failed one leaves the instance uninitialised, and it may be tried again."""
    with registry.monitor:
        instance = registry.instance(handle)
        instance.require_idle(JetErr.AlreadyInitialized)
        instance.phase = Phase.INITIALIZING
    started = False
    try:
        registry.reach("JetInit", "enter")
        _start(registry, instance)
        started = True
    finally:
        if not started:
            _release(registry.files, instance)
        with registry.monitor:
            instance.phase = Phase.RUNNING if started else Phase.CREATED
    return JetErr.Success


def _start(registry: Registry, instance: Instance) -> None:
    files, folder = registry.files, instance.folder
    make_folders(files, folder)
    instance.claim = claim_folder(files, folder)
    if not instance.parameters.recovery:
        return
    recovered = recover(files, folder)
    log = Log(files, registry.runtime, folder, size_kb=instance.parameters.log_file_kb)
    if recovered is None:
        log.start()
    else:
        log.go_on(recovered.current)
        generations = ", ".join(f"{generation:08X}" for generation in recovered.generations)
        instance.note(EventId.RECOVERY_COMPLETED, f"recovery read the generations {generations}", *recovered.databases)
    instance.log = log
    instance.checkpoint = CheckpointFile(files, folder)
    if recovered is not None and instance.checkpoint.exists():
        instance.checkpoint.read()
    make_checkpoint(instance)


def terminate(registry: Registry, handle: object, grbit: object, call: str) -> JetErr:
    """JetTerm2 [T2]. With StopBackup it waits until the backup that it stopped has ended."""
    with registry.monitor:
        instance = registry.instance(handle)
        if not isinstance(grbit, int) or grbit & ~_TERM_BITS:
            raise JetFailure(JetErr.InvalidParameter)
        if instance.phase is Phase.CREATED:
            del registry.instances[instance.handle]
            return JetErr.Success
        if instance.phase is Phase.INITIALIZING:
            raise JetFailure(JetErr.NotInitialized)
        instance.require_idle(None)
        if instance.termination_waits:
            raise JetFailure(JetErr.TermInProgress)
        if instance.activity is not BackupActivity.IDLE:
            _end_backup(registry, instance, grbit)
        if not grbit & TermGrbit.STOP_BACKUP:
            registry.require_no_snapshot(instance)  # with it, what is frozen is waited for [OZ, Remarks]
        instance.phase = Phase.TERMINATING
    try:
        registry.reach(call, "enter")
        with registry.monitor:
            while instance.calls and not registry.dropped:
                registry.monitor.wait()
        with instance.data:
            return _shut_down(instance, dirty=bool(grbit & TermGrbit.DIRTY))
    finally:
        _release(registry.files, instance)
        with registry.monitor:
            registry.forget_sessions(instance)
            registry.instances.pop(instance.handle, None)
            registry.freezer.forget(instance.handle)


def _end_backup(registry: Registry, instance: Instance, grbit: int) -> None:
    """Stop the running backup and wait for its end; BackupInProgress without StopBackup. The monitor is held.

    A backup cannot be waited for inside its own callback: there too the answer is BackupInProgress.
    """
    if not grbit & TermGrbit.STOP_BACKUP or instance.backup_caller == registry.runtime.current():
        raise JetFailure(JetErr.BackupInProgress)
    instance.backup_stopped = True
    instance.termination_waits = True
    while instance.activity is not BackupActivity.IDLE and not registry.dropped:
        if instance.external is not None and instance.activity is BackupActivity.IN_PROGRESS:
            abandon(instance)  # between two calls of a streaming backup there is no one else who would end it
        else:
            registry.monitor.wait()
    instance.termination_waits = False
    if registry.dropped:
        raise JetFailure(JetErr.InvalidParameter)


def _shut_down(instance: Instance, *, dirty: bool) -> JetErr:
    """Bring the databases to rest. A failure does not keep the instance: the next JetInit recovers [TM, failure]."""
    if instance.health is LogHealth.LOST:
        return JetErr.Success
    try:
        for database in instance.attached.values():
            database.flush()
            if not dirty:
                database.set_state(DatabaseState.CLEAN_SHUTDOWN, time_now(instance, database))
    except OSError as error:
        return code_of(error)
    log = instance.log
    if log is None or dirty:
        return JetErr.Success
    # All pages are on disk: if this cannot be logged the next JetInit only has less to rely on.
    with suppress(JetFailure, OSError):
        log.roll_into_reserve()
        detached = [Detach(number) for number in log.attached]
        if detached:
            write_durably(instance, log, *detached)
        log.attached.clear()
        make_checkpoint(instance)
    return JetErr.Success


def _release(files: Files, instance: Instance) -> None:
    """Close all files and end all claims and faults."""
    for database in instance.attached.values():
        database.close()
    instance.attached.clear()
    instance.cache = Cache()
    if instance.log is not None:
        instance.log.close()
    instance.log = None
    instance.checkpoint = None
    if instance.claim is not None:
        files.close(instance.claim)
    instance.claim = None
    files.refuse_writes(instance.folder, LOG_SUFFIX, None)
