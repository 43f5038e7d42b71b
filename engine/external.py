"""A streaming ("external") backup from Begin to End: how far it is, and what of it was read [BE, Remarks; L21].

The state here is changed only by the call that has the instance's backup session, so it needs no lock of its own.
"""

from dataclasses import dataclass, field
from enum import Enum

from ..model.vocabulary import JetErr
from .database import Database
from .events import EventId
from .failure import JetFailure
from .header import BackupMark
from .instance import BackupActivity, Instance
from .streamed import DatabaseStream, Stream


class ExternalPhase(Enum):
    """What may be opened now; a full backup begins with its databases, an incremental one has only logs."""

    DATABASES = "databases"
    LOGS = "logs"


@dataclass(eq=False)
class ExternalBackup:
    """One streaming backup. `mark` says from which log on, and once the logs were listed up to which, it is complete."""

    incremental: bool
    mark: BackupMark
    databases: tuple[Database, ...]
    phase: ExternalPhase
    truncated: bool = False
    handle: int = 0
    stream: Stream | None = None
    copied_databases: list[Database] = field(default_factory=list)
    copied_logs: set[int] = field(default_factory=set)

    @property
    def kind(self) -> str:
        """What the event log calls it."""
        return "incremental streaming backup" if self.incremental else "full streaming backup"

    @property
    def listed(self) -> bool:
        """Whether the current log was closed, so that the logs of the set are known."""
        return bool(self.mark.gen_high)

    @property
    def generations(self) -> range:
        """The generations of the set; none before they were listed."""
        return range(self.mark.gen_low, self.mark.gen_high + 1) if self.listed else range(0)

    @property
    def complete(self) -> bool:
        """Whether every file that is appropriate for this type of backup was read to its end [E2, success].

        A database that was created after the beginning may be missing: the logs of the set make it again.
        """
        databases = () if self.incremental else self.databases
        return (
            self.listed
            and self.stream is None
            and all(database in self.copied_databases for database in databases)
            and all(generation in self.copied_logs for generation in self.generations)
        )

    def require_closed(self) -> None:
        """InvalidBackupSequence while a file is open [GL, GT, TR; C30]."""
        if self.stream is not None:
            raise JetFailure(JetErr.InvalidBackupSequence)

    def opened(self, handle: object) -> Stream:
        """The open file of a handle, or InvalidParameter [CF]."""
        if self.stream is None or not isinstance(handle, int) or handle != self.handle:
            raise JetFailure(JetErr.InvalidParameter)
        return self.stream

    def open(self, handle: int, stream: Stream) -> None:
        """The one file that is open now [OF, Remarks]."""
        self.handle, self.stream = handle, stream

    def close(self) -> None:
        """Close it; it counts for the set if it was read to its end."""
        stream, self.stream = self.stream, None
        if stream is None or not stream.whole:
            return
        if isinstance(stream, DatabaseStream):
            self.copied_databases.append(stream.database)
        else:
            self.copied_logs.add(stream.generation)

    def drop_file(self) -> None:
        """Close it after an error: it does not count."""
        self.stream = None


def end_external(instance: Instance, event: EventId, text: str) -> None:
    """The backup is over, one way or the other; who has its session gives that back."""
    instance.external = None
    instance.pinned = None
    instance.note(event, text)


def abandon(instance: Instance) -> None:
    """JetTerm2 with StopBackup ends a backup of which no call is under way [T2]. The monitor is held."""
    assert instance.external is not None
    kind = instance.external.kind
    end_external(instance, EventId.BACKUP_ENDED_BY_SERVER, f"{kind} ended: the instance is being shut down")
    instance.activity = BackupActivity.IDLE
