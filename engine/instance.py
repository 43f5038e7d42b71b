"""One instance: its phase and flags, its parameters, its sessions and databases, and the guards that read them.

The flags are guarded by the engine's monitor, log and databases by the instance's data lock. Whoever needs both takes
the data lock first.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from ..model.vocabulary import JetErr
from .cache import Cache
from .checkpoint import CheckpointFile
from .database import Database
from .events import Event, EventId
from .failure import JetFailure
from .files import OpenFile
from .freeze import Gate
from .log import Log, LogHealth

if TYPE_CHECKING:
    from .external import ExternalBackup


class Phase(Enum):
    """Where an instance is in its life."""

    CREATED = "created"
    INITIALIZING = "initializing"
    RUNNING = "running"
    RESTORING = "restoring"
    TERMINATING = "terminating"


class BackupActivity(Enum):
    """Whether a backup runs; ENTERING: it has the instance's backup session, but is not in progress yet.

    STREAMING: an external backup is in progress, and one of its calls has the session now.
    """

    IDLE = "idle"
    ENTERING = "entering"
    IN_PROGRESS = "in progress"
    STREAMING = "streaming"


@dataclass
class Parameters:
    """System parameters [TL, IO]."""

    recovery: bool = True
    circular: bool = False
    create_path: bool = False
    log_file_kb: int = 5120


@dataclass(eq=False)
class Session:
    """A session: the databases that it opened, by handle, and how many calls use it now."""

    handle: int
    instance: "Instance"
    opened: dict[int, Database] = field(default_factory=dict)
    calls: int = 0


@dataclass(eq=False)
class Instance:
    """An instance from JetCreateInstance to JetTerm."""

    handle: int
    name: str
    data: Gate
    folder: str = "db"
    phase: Phase = Phase.CREATED
    parameters: Parameters = field(default_factory=Parameters)

    stopped: bool = False
    stopped_for_good: bool = False  # by JetStopServiceInstance2 with StopServiceAll, which cannot be resumed [S2]

    activity: BackupActivity = BackupActivity.IDLE
    backup_caller: Hashable = None
    backup_stopped: bool = False
    external: "ExternalBackup | None" = None
    termination_waits: bool = False
    calls: int = 0

    sessions: dict[int, Session] = field(default_factory=dict)
    attached: dict[str, Database] = field(default_factory=dict)
    cache: Cache = field(default_factory=Cache)
    log: Log | None = None
    checkpoint: CheckpointFile | None = None
    checkpoint_lsn: int = 0
    image_floor: int = 0  # the newest checkpoint that may be on disk: changes of pages older than it are logged whole
    claim: OpenFile | None = None
    pinned: int | None = None
    events: list[Event] = field(default_factory=list)

    def note(self, event: EventId, text: str, *files: str) -> None:
        """Add an entry to the event log."""
        self.events.append(Event(event, text, files))

    @property
    def health(self) -> LogHealth:
        """Whether its log can be written; an instance without a log is in good health."""
        return self.log.health if self.log else LogHealth.GOOD

    def require_running(self) -> None:
        """The five stock codes [Std-5]: fails unless the instance runs, was not stopped and is available."""
        match self.phase:
            case Phase.CREATED | Phase.INITIALIZING:
                raise JetFailure(JetErr.NotInitialized)
            case Phase.RESTORING:
                raise JetFailure(JetErr.RestoreInProgress)
            case Phase.TERMINATING:
                raise JetFailure(JetErr.TermInProgress)
            case Phase.RUNNING:
                self.require_service()

    def require_service(self) -> None:
        """Fails if JetStopServiceInstance stopped it [SI] or a fatal error made it unavailable."""
        if self.stopped:
            raise JetFailure(JetErr.ClientRequestToStopJetService)
        self.require_available()

    def require_available(self) -> None:
        """Fails with InstanceUnavailable after a fatal error."""
        if self.health is LogHealth.LOST:
            raise JetFailure(JetErr.InstanceUnavailable)

    def require_idle(self, running_code: JetErr | None) -> None:
        """Fails if init, restore or term is running; `running_code` is what a running instance answers, None: go on."""
        match self.phase:
            case Phase.INITIALIZING:
                raise JetFailure(JetErr.InitInProgress)
            case Phase.RESTORING:
                raise JetFailure(JetErr.RestoreInProgress)
            case Phase.TERMINATING:
                raise JetFailure(JetErr.TermInProgress)
            case Phase.RUNNING if running_code is not None:
                raise JetFailure(running_code)

    def require_session_free(self) -> None:
        """Fails unless a new backup may take the one backup session [BI, BE; DESIGN, hard readings]. The monitor is held."""
        match self.activity:
            case BackupActivity.ENTERING | BackupActivity.STREAMING:
                raise JetFailure(JetErr.SessionSharingViolation)
            case BackupActivity.IN_PROGRESS:
                raise JetFailure(JetErr.BackupInProgress)
            case BackupActivity.IDLE if self.termination_waits:
                raise JetFailure(JetErr.TermInProgress)

    def require_log(self) -> Log:
        """The log; LoggingDisabled if the instance runs without, LogWriteFail if it refuses writes."""
        if self.log is None:
            raise JetFailure(JetErr.LoggingDisabled)
        if self.log.health is not LogHealth.GOOD:
            raise JetFailure(self.log.health.value)
        return self.log
