"""What returns tell of the files: the judge's entries in the ledger of files (`model/files.py`)."""

from collections.abc import Iterable

from ..model.calls import Call, Instance, Place
from ..model.files import Files
from ..model.inspection import set_folder
from ..model.ledger import Ledger
from ..model.log_folder import CURRENT_FOLDER, LOG_FOLDER
from ..model.state import Backed, Control, Handle, Phase
from ..model.streaming_moves import marks
from ..model.vocabulary import BackupGrbit
from ..model.vocabulary import JetErr as E
from .trace import CallEvent

WRITES_FILES = frozenset({"JetBackupInstance", "JetRestoreInstance", "JetCreateDatabase", "JetInit"})
"""Calls after which other things may be at their paths."""

NOTHING_DONE = frozenset(
    {
        E.InvalidParameter, E.NotInitialized, E.ClientRequestToStopJetService, E.InstanceUnavailable, E.BackupInProgress,
        E.RestoreInProgress, E.LoggingDisabled, E.InvalidBackup, E.MissingFullBackup, E.BackupDirectoryNotEmpty,
        E.MakeBackupDirectoryFail, E.BackupNotAllowedYet,
    }
)  # fmt: skip
"""Codes with which Microsoft's engine ends a backup before it writes to the destination (source 2.1)."""

BEFORE_WRITING = NOTHING_DONE | {E.LogWriteFail}
"""Codes with which a backup ends before it writes a file or rolls the log (source 2.1)."""

TRUNCATING = frozenset({"JetTruncateLogInstance", "JetOSSnapshotTruncateLog", "JetOSSnapshotTruncateLogInstance"})
"""Calls that delete logs and mark no database."""

ENDING = frozenset({"JetEndExternalBackupInstance", "JetEndExternalBackupInstance2"})

REPLAYING = frozenset(
    {
        E.BadPatchPage, E.DatabaseCorrupted, E.RequiredLogFilesMissing, E.LogCorruptDuringHardRestore,
        E.LogCorruptDuringHardRecovery, E.AttachedDatabaseMismatch,
    }
)  # fmt: skip
"""Codes with which a restore ends while it replays logs: copies of databases are in place by then (source 4.1 l to n)."""


def places_after(
    ledger: Ledger,
    event: CallEvent,
    err: int,
    calls: frozenset[Call],
    controls: frozenset[Control],
    *,
    before: frozenset[Place],
    clean: bool,
) -> None:
    """A call that writes files came back: what is at its paths now. `clean`: a failed backup leaves nothing new behind."""
    name, path = event.call, event.args.get("path")
    if name == "JetBackupInstance":
        one = next(iter(calls))
        ledger.backup_ended(path, one, before, success=err >= 0, clean=clean or err in NOTHING_DONE)
        copied = {_copied(control) for control in controls}
        if err >= 0 and len(copied) == 1:
            ledger.remember_set(path or "", one, *next(iter(copied)))
    elif err >= 0 and name == "JetInit":
        if ledger.at(LOG_FOLDER) <= {Place.MISSING, Place.EMPTY}:
            ledger.put(LOG_FOLDER, Place.FOREIGN)  # logs are there from now on
    elif err >= 0:
        restored = name == "JetRestoreInstance"
        path = event.args.get("destination") if restored else path
        if isinstance(path, str) and path:
            ledger.put(path, Place.FOREIGN if restored else Place.FILE)


def _copied(control: Control) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The databases that a backup made in that state holds, and those of them that had the mark of an earlier one."""
    held = [database for database in control.databases if database.attached and database.logged]
    marked = tuple(database.path for database in held if database.backed_up is Backed.YES)
    return tuple(database.path for database in held), marked


def returned(ledger: Ledger, event: CallEvent, err: int, calls: frozenset[Call], controls: frozenset[Control]) -> None:
    """A call came back: what that says of the files. `controls` is what was believed when it was made."""
    files, name = ledger.files, event.call
    path = event.args.get("path")
    if name == "JetBackupInstance" and err not in BEFORE_WRITING:
        one = next(iter(calls))
        files.backed_up(
            path if isinstance(path, str) else None,
            success=err >= 0,
            incremental=bool(one.grbit & BackupGrbit.INCREMENTAL),
            atomic=bool(one.grbit & BackupGrbit.ATOMIC),
        )
    elif name == "JetInit" and err >= 0:
        if not any(control.handle is Handle.VALID for control in controls):
            files.move_logs(CURRENT_FOLDER)
        if _logged(controls):
            files.initialized()
    elif name in ("JetTerm", "JetTerm2") and err in (E.Success, E.DirtyShutdown):
        if any(control.phase is Phase.RUNNING for control in controls):
            files.terminated(dirty=err == E.DirtyShutdown, logged=_logged(controls))
            files.move_logs(LOG_FOLDER)
    elif err == E.Success and isinstance(path, str) and name in _DATABASE_CALLS:
        _DATABASE_CALLS[name](files, path)
    elif name == "JetRestoreInstance":
        _restored(files, next(iter(calls)), path, err)
    elif err == E.Success and name in TRUNCATING:
        files.truncated()
    elif err == E.Success and name in ENDING and any(marks(control, call) for control in controls for call in calls):
        files.streamed()


def _restored(files: Files, call: Call, path: object, err: int) -> None:
    if call.instance is not Instance.NAMED or not isinstance(path, str):
        return
    folder = set_folder(files, path)
    if folder is None or (err < 0 and err not in REPLAYING):
        return
    originals = {one.rpartition("/")[2]: one for one in call.contents}
    names = [name for name in files.inside(folder) if "/" not in name and name.endswith(".edb")]
    places = {name: f"{call.path}/{name}" if call.path else originals.get(name, "") for name in names}
    places = {name: place for name, place in places.items() if place}
    if err < 0:
        files.broken_off(folder, places.values(), at_the_end=err == E.AttachedDatabaseMismatch)
    else:
        files.restored(folder, places)


def forget_files(ledger: Ledger, controls: frozenset[Control]) -> None:
    """The process died: what was attached was left as it was."""
    if any(control.phase is Phase.RUNNING for control in controls):
        ledger.files.terminated(dirty=True, logged=_logged(controls))


_DATABASE_CALLS = {
    "JetCreateDatabase": Files.created,
    "JetAttachDatabase": Files.attach,
    "JetDetachDatabase": Files.detach,
}

TELLS_OF_FILES = WRITES_FILES | TRUNCATING | ENDING | {"JetTerm", "JetTerm2", "JetAttachDatabase", "JetDetachDatabase"}
"""Calls whose return says something of the files."""


def _logged(controls: Iterable[Control]) -> bool:
    return any(control.configuration.recovery for control in controls)
