"""Short calls on a whole instance: stop the service, stop a backup, set a parameter [SI, S2, SB, SP]."""

from ..model.vocabulary import JetErr, Parameter, StopServiceGrbit
from .failure import JetFailure
from .instance import BackupActivity, Instance, Phase
from .registry import NIL_HANDLE, Registry

_STOP_BITS = int(StopServiceGrbit.BACKGROUND_USER_TASKS | StopServiceGrbit.QUIESCE_CACHES | StopServiceGrbit.RESUME)
LOG_SIZE_KB = range(64, 32769)
"""JET_paramLogFileSize [TL]."""


def stop_service(registry: Registry, handle: object, grbit: object) -> JetErr:
    """JetStopServiceInstance (`grbit` None) and JetStopServiceInstance2.

    Background tasks and dirty caches have nothing to suspend here: those bits are accepted and block no call [S2].
    """
    with registry.monitor:
        instance = _require_currently_running(registry, handle)
        if grbit is None:
            instance.stopped = True
            return JetErr.Success
        if not isinstance(grbit, int) or grbit & ~_STOP_BITS:
            raise JetFailure(JetErr.InvalidGrbit)
        if grbit & StopServiceGrbit.RESUME and instance.stopped_for_good:
            raise JetFailure(JetErr.ClientRequestToStopJetService)
        if grbit == StopServiceGrbit.ALL:
            instance.stopped = instance.stopped_for_good = True
    return JetErr.Success


def stop_backup(registry: Registry, handle: object) -> JetErr:
    """JetStopBackupInstance: a running backup ends with BackupAbortByServer; with none running nothing happens [SB]."""
    with registry.monitor:
        instance = _require_currently_running(registry, handle)
        if instance.activity is not BackupActivity.IDLE:
            instance.backup_stopped = True
    return JetErr.Success


def set_parameter(registry: Registry, handle: object, parameter: object, value: object) -> JetErr:
    """JetSetSystemParameter for the parameters that the backup contract depends on [SP, TL, IO]."""
    if parameter is Parameter.os_snapshot_timeout:
        return _set_snapshot_timeout(registry, handle, value)
    with registry.monitor:
        instance = registry.instance(handle)
        instance.require_idle(None)
        if instance.phase is Phase.RUNNING:
            instance.require_service()
        match parameter:
            case Parameter.create_path_if_not_exist:
                instance.parameters.create_path = _flag(value)
            case Parameter.recovery:
                recovery = _on_or_off(value)
                _require_uninitialized(instance)
                instance.parameters.recovery = recovery
            case Parameter.circular_log:
                circular = _flag(value)
                _require_uninitialized(instance)
                instance.parameters.circular = circular
            case Parameter.log_file_size:
                if not isinstance(value, int) or value not in LOG_SIZE_KB:
                    raise JetFailure(JetErr.InvalidParameter)
                _require_uninitialized(instance)
                instance.parameters.log_file_kb = value
            case _:
                raise JetFailure(JetErr.InvalidParameter)
    return JetErr.Success


def _set_snapshot_timeout(registry: Registry, handle: object, value: object) -> JetErr:
    """JET_paramOSSnapshotTimeout: milliseconds, one for all instances, at any time; a nil handle will do [BP]."""
    with registry.monitor:
        if handle != NIL_HANDLE:
            registry.instance(handle)
        if not isinstance(value, int) or value < 0:
            raise JetFailure(JetErr.InvalidParameter)
        registry.freezer.timeout = value / 1000
    return JetErr.Success


def _require_uninitialized(instance: Instance) -> None:
    if instance.phase is not Phase.CREATED:
        raise JetFailure(JetErr.AlreadyInitialized)


def _flag(value: object) -> bool:
    if not isinstance(value, int) or value not in (0, 1):
        raise JetFailure(JetErr.InvalidParameter)
    return bool(value)


def _on_or_off(value: object) -> bool:
    if not isinstance(value, str) or value.lower() not in ("on", "off"):
        raise JetFailure(JetErr.InvalidParameter)
    return value.lower() == "on"


def _require_currently_running(registry: Registry, handle: object) -> Instance:
    instance = registry.instance(handle)
    if instance.phase is not Phase.RUNNING:
        raise JetFailure(JetErr.InvalidParameter)
    return instance
