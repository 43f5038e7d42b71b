"""How a streaming backup ends: log truncation, header marks, and the verdict of End [GT, TR, EE, E2]."""

from contextlib import suppress
from dataclasses import replace

from ..model.vocabulary import EndBackupGrbit, JetErr
from .database import Database
from .events import EventId
from .external import ExternalBackup, end_external
from .failure import JetFailure, code_of
from .files import base
from .header import BackupMark, DatabaseHeader
from .instance import Instance
from .logfile import archives
from .records import generation_of
from .registry import Registry
from .streaming import cancelling, list_logs, require_not_stopped, using

_END_BITS = int(EndBackupGrbit.NORMAL | EndBackupGrbit.ABORT | EndBackupGrbit.TRUNCATE_DONE)
_ENDS = int(EndBackupGrbit.NORMAL | EndBackupGrbit.ABORT)


def truncate_log_info(registry: Registry, handle: object) -> list[str]:
    """JetGetTruncateLogInfoInstance: the logs that JetTruncateLogInstance would delete [GT]."""
    call = "JetGetTruncateLogInfoInstance"
    with using(registry, handle, call) as (instance, session), cancelling(instance, session):
        session.require_closed()
        list_logs(instance, session)
        with instance.data:
            below = _truncation_point(instance, session)
            found = archives(registry.files, instance.folder)
            return [path for generation, path in found.items() if generation < below]


def truncate_log(registry: Registry, handle: object) -> JetErr:
    """JetTruncateLogInstance [TR].

    It deletes what is not needed once the backup is complete. While a file of the set was not read yet that is not
    known to come true, so the call is out of sequence; the backup goes on [TR: InvalidBackupSequence].
    """
    call = "JetTruncateLogInstance"
    with using(registry, handle, call) as (instance, session):
        session.require_closed()
        if not session.complete:
            raise JetFailure(JetErr.InvalidBackupSequence)
        registry.reach(call, "truncate")
        require_not_stopped(registry, instance)
        with instance.data:
            assert instance.log is not None  # deleting needs no room in it: it may even refuse to be written
            removed = instance.log.truncate(_truncation_point(instance, session))
        session.truncated = True
        if removed:
            names = tuple(base(path) for path in removed)
            instance.note(EventId.LOGS_TRUNCATED, f"logs {names[0]} to {names[-1]} truncated", *names)
        else:
            instance.note(EventId.NOTHING_TRUNCATED, "no log to truncate")
    return JetErr.Success


def _truncation_point(instance: Instance, session: ExternalBackup) -> int:
    """The first generation that must stay: recovery starts in it, or it is younger than the set."""
    return min(generation_of(instance.checkpoint_lsn), session.mark.gen_high + 1)


def end(registry: Registry, handle: object, grbit: object, call: str) -> JetErr:
    """JetEndExternalBackupInstance (`grbit` Normal) and JetEndExternalBackupInstance2.

    Whatever it answers, the backup is over. Success means that the set can be restored [E2, success]; so a normal end
    in the middle of the sequence is BackupAbortByCaller, after a stop request any end is BackupAbortByServer [C4].
    """
    if not isinstance(grbit, int):
        raise JetFailure(JetErr.InvalidParameter)
    with using(registry, handle, call, ending=True) as (instance, session):
        if grbit & ~_END_BITS or grbit & _ENDS == _ENDS:
            raise JetFailure(JetErr.InvalidGrbit)
        if instance.backup_stopped or registry.dropped:
            end_external(instance, EventId.BACKUP_ENDED_BY_SERVER, f"{session.kind} was stopped by the server")
            raise JetFailure(JetErr.BackupAbortByServer)
        if grbit & EndBackupGrbit.ABORT:
            end_external(instance, EventId.BACKUP_ENDED_BY_CALLER, f"{session.kind} was ended by its client")
            return JetErr.Success
        if not session.complete:
            end_external(instance, EventId.BACKUP_ENDED_BY_CALLER, f"{session.kind} was ended before it was complete")
            raise JetFailure(JetErr.BackupAbortByCaller)
        try:
            if session.truncated or grbit & EndBackupGrbit.TRUNCATE_DONE:
                _mark_databases(instance, session)
        except OSError as error:
            code = code_of(error)
            end_external(instance, EventId.HEADER_FAILED, f"{session.kind}: headers failed with {code.name}")
            raise
        end_external(instance, EventId.BACKUP_COMPLETED, f"{session.kind} completed")
    return JetErr.Success


def _mark_databases(instance: Instance, session: ExternalBackup) -> None:
    """Say in each database when it was backed up; all or none [BI: headers].

    A backup that left the logs in place is a copy backup, which marks nothing, so that later incremental backups do
    not build on it; JET_bitBackupTruncateDone says that it counts nevertheless [E2, Remarks].
    """
    databases = session.databases if session.incremental else session.copied_databases
    done: list[tuple[Database, DatabaseHeader]] = []
    with instance.data:
        try:
            for database in databases:
                done.append((database, database.header))
                database.set_header(_marked(database.header, session))
        except OSError:
            for database, header in done:
                with suppress(OSError):
                    database.set_header(header)
            raise


def _marked(header: DatabaseHeader, session: ExternalBackup) -> DatabaseHeader:
    if session.incremental:
        return replace(header, inc_prev=session.mark)
    return replace(header, full_prev=session.mark, inc_prev=BackupMark(), full_cur=BackupMark())
