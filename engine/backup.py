"""JetBackupInstance: guards and the course of a backup [BI]. What a copy is made of lies in `copying`."""

from contextlib import suppress
from dataclasses import replace

from ..model.vocabulary import BackupGrbit, JetErr, Snp
from .copying import Copier, SetPlan, plan_set
from .database import Database
from .events import EventId
from .failure import JetFailure, code_of
from .files import base
from .header import BackupMark, DatabaseHeader
from .instance import BackupActivity, Instance, Phase
from .logfile import archive_name
from .progress import Progress, StatusCallback
from .records import generation_of
from .registry import Registry
from .sets import Promotion
from .storage import make_checkpoint, roll_log, write_pages

CALL = "JetBackupInstance"
_VALID_BITS = int(BackupGrbit.INCREMENTAL | BackupGrbit.ATOMIC)


def back_up(registry: Registry, handle: object, path: object, grbit: object, callback: StatusCallback | None) -> JetErr:
    """JetBackupInstance [BI]: guards, the internal backup session, the backup, and the session back."""
    with registry.monitor:
        instance = registry.instance(handle)
        bits = _require_backup_possible(instance, path, grbit, callback)
        registry.require_no_snapshot(instance)
        instance.calls += 1  # a termination waits for us
    try:
        plan = _plan(registry, instance, path, bits, callback)
        _take_session(registry, instance, path, grbit, callback)
    finally:
        with registry.monitor:
            instance.calls -= 1
            registry.monitor.notify_all()
    try:
        Backup(registry, instance, plan, bits, callback).run()
    finally:
        with registry.monitor:
            instance.activity = BackupActivity.IDLE
            instance.backup_caller = None
            instance.pinned = None
            registry.monitor.notify_all()
    return JetErr.Success


def _plan(registry: Registry, instance: Instance, path: object, bits: BackupGrbit, callback: object) -> SetPlan:
    """The guards that need files. Where another backup moved one meanwhile, that one is told of, or it is over."""
    try:
        with instance.data:
            return plan_set(registry.files, instance, path, bits)
    except FileNotFoundError:
        with registry.monitor:
            _require_backup_possible(instance, path, bits, callback)
        with instance.data:
            return plan_set(registry.files, instance, path, bits)


def _take_session(registry: Registry, instance: Instance, path: object, grbit: object, callback: object) -> None:
    """Only now, when no guard refuses the call: whom nothing lets in must not keep others out."""
    with registry.monitor:
        _require_backup_possible(instance, path, grbit, callback)
        registry.require_no_snapshot(instance)
        instance.activity = BackupActivity.ENTERING
        instance.backup_caller = registry.runtime.current()
        instance.backup_stopped = False


def _require_backup_possible(instance: Instance, path: object, grbit: object, callback: object) -> BackupGrbit:
    """The guards that need no file: fails with the page's code for each [BI, Return value]. The monitor is held."""
    if not (path is None or isinstance(path, str)) or not (callback is None or callable(callback)):
        raise JetFailure(JetErr.InvalidParameter)
    if not isinstance(grbit, int):
        raise JetFailure(JetErr.InvalidParameter)
    if instance.phase is Phase.INITIALIZING:
        raise JetFailure(JetErr.BackupNotAllowedYet)
    instance.require_running()
    if grbit & ~_VALID_BITS:
        raise JetFailure(JetErr.InvalidGrbit)
    instance.require_log()
    if grbit & BackupGrbit.INCREMENTAL and instance.parameters.circular and path is not None:
        raise JetFailure(JetErr.InvalidBackup)
    instance.require_session_free()
    return BackupGrbit(grbit)


class Backup:
    """One backup on its way."""

    def __init__(
        self,
        registry: Registry,
        instance: Instance,
        plan: SetPlan,
        bits: BackupGrbit,
        callback: StatusCallback | None,
    ) -> None:
        self._registry = registry
        self._files = registry.files
        self._instance = instance
        self._plan = plan
        self._bits = bits
        self._incremental = bool(bits & BackupGrbit.INCREMENTAL)
        self._atomic = bool(bits & BackupGrbit.ATOMIC)
        self._progress = Progress(callback, Snp.BACKUP)
        self._databases: list[Database] = []
        self._pages: list[int] = []
        self._mark = BackupMark()
        self._copier = Copier(registry, instance, plan, self._progress, self._reach)

    def run(self) -> None:
        """From the `enter` hold to the `leave` hold. A failure leaves nothing new in the destination."""
        self._reach("enter")
        self._publish()
        kind = self._note_start()
        promotion = Promotion(self._files, self._plan.folder or "")
        try:
            self._make(promotion)
            self._truncate()
        except BaseException as failure:
            promotion.undo()
            self._copier.clean_up()
            self._instance.note(EventId.BACKUP_FAILED, f"{kind} stopped with {_name_of(failure)}")
            raise
        if self._plan.folder is not None:
            promotion.settle()
        self._instance.note(EventId.BACKUP_COMPLETED, f"{kind} completed")
        self._progress.complete()
        self._reach("leave")

    def _note_start(self) -> str:
        """The first entry in the event log; what to call this backup in later ones."""
        if self._plan.folder is None:
            kind, event = "log truncation", EventId.TRUNCATION_STARTED
        elif self._incremental:
            kind, event = "incremental backup", EventId.INCREMENTAL_BACKUP_STARTED
        else:
            kind, event = "full backup", EventId.FULL_BACKUP_STARTED
        self._instance.note(event, f"{kind} {self._plan.folder or ''} started".replace("  ", " "))
        return kind

    def _publish(self) -> None:
        """The backup is in progress from here on. What the guards saw may have changed at the hold: look again."""
        instance = self._instance
        with instance.data:
            log = instance.require_log()
            if self._plan.folder is not None:
                self._plan = plan_set(self._files, instance, self._plan.folder or ".", self._bits)
                self._copier.plan = self._plan
            with self._registry.monitor:
                instance.activity = BackupActivity.IN_PROGRESS
            instance.pinned = self._plan.first_generation
            self._databases = list(instance.attached.values())
            self._mark = BackupMark(log.end, self._registry.runtime.now())

    def _make(self, promotion: Promotion) -> None:
        """Copy, verify, and put the set into its place."""
        self._copier.require_not_stopped()
        if self._plan.folder is not None:
            self._copier.prepare()
        self._progress.begin()
        self._copier.require_not_stopped()
        if self._plan.folder is not None and not self._incremental:
            self._mark = replace(self._mark, gen_low=self._start_full())
            self._copier.copy_databases(self._databases, self._pages, self._mark)
        write_pages(self._instance, self._databases)
        with self._instance.data:
            closed = roll_log(self._instance, self._instance.require_log())
        if self._plan.folder is None:
            self._reach("truncate")
            self._copier.require_not_stopped()
            return
        low = self._mark.gen_low or self._plan.first_generation
        self._mark = replace(self._mark, gen_low=low, gen_high=closed)
        self._copier.copy_logs(low, closed)
        if not self._incremental:
            self._copier.complete_headers(self._mark)
        self._copier.sync()
        self._reach("truncate")
        self._copier.require_not_stopped()
        self._promote(promotion)
        self._update_headers()

    def _start_full(self) -> int:
        """Bring the databases up to date, so that the copy needs logs from the current generation on only.

        What is copied are the pages in use now: those are on the disk. Later ones are in the logs.
        """
        write_pages(self._instance, self._databases)
        with self._instance.data:
            make_checkpoint(self._instance)
            self._pages = [database.last_page for database in self._databases]
            return generation_of(self._instance.checkpoint_lsn)

    def _promote(self, promotion: Promotion) -> None:
        if self._incremental:
            promotion.add(self._plan.target)
        elif self._atomic:
            promotion.atomic()
        else:
            promotion.plain(self._plan.earlier)

    def _update_headers(self) -> None:
        """Say in each database when it was backed up [BI: headers]; all or none."""
        done: list[tuple[Database, DatabaseHeader]] = []
        with self._instance.data:
            try:
                for database in self._databases:
                    done.append((database, database.header))
                    database.set_header(self._marked(database.header))
            except OSError:
                for database, header in done:
                    with suppress(OSError):
                        database.set_header(header)
                raise

    def _marked(self, header: DatabaseHeader) -> DatabaseHeader:
        if self._incremental:
            return replace(header, inc_prev=self._mark)
        return replace(header, full_prev=self._mark, inc_prev=BackupMark(), full_cur=BackupMark())

    def _truncate(self) -> None:
        """Remove the logs that neither recovery nor a roll-forward from the last backup needs [BI].

        With a path the set holds every closed generation; without one, those after the last backup are needed.
        """
        instance = self._instance
        with instance.data:
            if instance.log is None:
                return
            with suppress(OSError):
                make_checkpoint(instance)
            below = generation_of(instance.checkpoint_lsn)
            if self._plan.folder is None:
                needed = [_backed_up_to(database) + 1 for database in self._databases if _backed_up_to(database)]
                below = min([below, *needed])
            else:
                below = min(below, self._mark.gen_high + 1)
            try:
                removed = instance.log.truncate(below)
            except OSError as error:  # the backup is whole; logs that stay are removed by the next one
                instance.note(EventId.NOTHING_TRUNCATED, f"logs could not be truncated: {code_of(error).name}")
                return
        if removed:
            names = tuple(base(path) for path in removed)
            instance.note(EventId.LOGS_TRUNCATED, f"logs {names[0]} to {names[-1]} truncated", *names)
        else:
            instance.note(EventId.NOTHING_TRUNCATED, f"no log below {archive_name(below)} to truncate")

    def _reach(self, point: str, detail: str = "") -> None:
        self._registry.reach(CALL, point, detail)


def _backed_up_to(database: Database) -> int:
    return max(database.header.full_prev.gen_high, database.header.inc_prev.gen_high)


def _name_of(failure: BaseException) -> str:
    if isinstance(failure, JetFailure):
        return f"{int(failure.code)} {failure.code.name}"
    return code_of(failure).name if isinstance(failure, OSError) else type(failure).__name__
