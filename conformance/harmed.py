"""What befell the files, for the judge: which calls may fail of it, and with which codes (model/faults.py).

Files are harmed while no engine runs. From then on a call that reads them may refuse them; a set that was harmed may be
found so by its restore, and by what reads the files that it restored. A call that fails so did nothing.
"""

from dataclasses import dataclass, field

from ..model.faults import Cause, FaultRow, Role, permitted, refuses
from ..model.log_folder import LOG_FOLDER
from ..model.vocabulary import code_name
from .harm import HARM, ROLES
from .trace import CallEvent, FaultEvent
from .volumes import VOLUMES

RESTORE, BACKUP = "JetRestoreInstance", "JetBackupInstance"
READ = frozenset({"JetInit", "JetAttachDatabase", "JetOpenDatabase", "CountRows", "Insert", "JetTerm", "JetTerm2"})
"""Calls that read or write a database, the logs or the checkpoint."""

CAUSES: dict[str, tuple[Cause, ...]] = {"fill-disk": (Cause.FULL,), "seal-disk": (Cause.DENIED, Cause.IO)}
"""What a disk that is full, or takes no writes, tells the engine."""


@dataclass(slots=True)
class Harmed:
    """Everything in this history."""

    _own: bool = False  # files in the log folder, which nobody has emptied since
    _sets: set[str] = field(default_factory=set)  # the paths of harmed files elsewhere
    _restored: bool = False  # this process restored from a harmed set
    _disks: dict[str, str] = field(default_factory=dict)  # by folder, what its file system is now

    def befell(self, event: FaultEvent) -> None:
        """The environment was changed."""
        if event.kind in HARM:
            if ROLES.get(event.role) is Role.SET:
                self._sets.add(event.target)
            else:
                self._own = True
        elif event.kind in VOLUMES:
            self._disks[event.target] = event.kind
        elif event.kind == "empty-directory" and event.target == LOG_FOLDER:
            self._own = False
        elif event.kind == "crash":
            self._restored = False

    def returned(self, call: CallEvent, err: int) -> None:
        """A call came back."""
        if self._sets and call.call == RESTORE and err >= 0:
            self._restored = self._reads_harmed(call)

    def permits(self, call: CallEvent, err: int) -> bool:
        """Whether the call may fail with that code of what befell the files."""
        if err >= 0:
            return False
        return (self._reaches(call) and refuses(call.call, err)) or err in {int(row.code) for row in self._rows(call)}

    def told(self, call: CallEvent) -> str:
        """What the call may fail with, as the end of a sentence; empty where nothing befell its files."""
        rows = self._rows(call)
        if rows:
            kinds = " and ".join(kind for folder, kind in self._disks.items() if _below(call, folder))
            codes = ", ".join(dict.fromkeys(f"{code_name(int(row.code))} by {row.id} [{row.citation}]" for row in rows))
            return f"; its disk ({kinds}) permits {codes}"
        if self._reaches(call):
            return "; files that it reads were harmed, and this is no code of REFUSAL_ROWS (model/faults.py)"
        if self._own or self._sets:
            return "; files were harmed, but none that it reads"
        return ""

    def _reaches(self, call: CallEvent) -> bool:
        if call.call == RESTORE:
            return self._own or self._reads_harmed(call)
        return call.call in READ and (self._own or self._restored)

    def _reads_harmed(self, call: CallEvent) -> bool:
        path = call.args.get("path")
        return isinstance(path, str) and any(one.startswith(f"{path}/") for one in self._sets)

    def _rows(self, call: CallEvent) -> tuple[FaultRow, ...]:
        if call.call != BACKUP:
            return ()
        causes = [
            cause for folder, kind in self._disks.items() if _below(call, folder) for cause in CAUSES.get(kind, ())
        ]
        return tuple(row for cause in causes for row in permitted(BACKUP, cause, Role.SET))


def _below(call: CallEvent, folder: str) -> bool:
    """Whether the call's path is in that folder."""
    path = call.args.get("path")
    return isinstance(path, str) and f"{path}/".startswith(f"{folder}/")
