"""The folder with an instance's logs: how logs are named, and what is known of a log sequence and its checkpoint."""

import re
from dataclasses import dataclass, field

LOG_FOLDER = "db"
"""Where every history has its logs, and by custom its databases (docs/trace-format.md)."""
CURRENT_FOLDER = "cwd"
"""The current directory of the engine's process, where a null or empty path leads (observed/README; source 2.6)."""

_ARCHIVE = re.compile(r"edb([0-9A-F]{8}|[0-9A-F]{5})\.log")


def generation_of(name: str) -> int | None:
    """The generation of an archived log by the name of its file, or None for any other file (source 7.5)."""
    match = _ARCHIVE.fullmatch(name)
    return None if match is None else int(match[1], 16)


def archive_name(generation: int) -> str:
    """The name of the file of an archived log (source 7.5)."""
    return f"edb{generation:08X}.log"


@dataclass
class LogFolder:
    """What is known of the logs in one folder."""

    folder: str
    sequence: int = 0  # counts the log signatures: an instance that finds no logs begins a new one (source 7.3)
    exists: bool = False  # the current log is there
    generation: int = 1  # of the current log
    checkpoint: int = 1  # the lowest generation in which the checkpoint may be: there recovery and full backups begin
    pinned: int = 1  # the highest such; between the two when no database held it while backups rolled the log
    removed: set[int] = field(default_factory=set)  # archived logs that a fault removed, not the engine
    made: set[str] = field(default_factory=set)  # databases whose creation recovery would replay
    dirty: bool = False  # recovery has work to do
    interrupted: bool = False  # left by a restore that came to the end of its logs and failed there

    @property
    def current(self) -> str:
        """The path of the current log."""
        return f"{self.folder}/edb.log"

    def see(self, *, exists: bool, archives: set[int], rolled_freely: bool) -> None:
        """A listing showed these logs; `rolled_freely`: a backup rolled the log while nothing was attached."""
        self.exists = exists
        if not exists:
            return
        self.generation = max(self.generation, max(archives, default=0) + 1)
        while self.checkpoint < self.generation and self.checkpoint not in archives | self.removed:
            self.checkpoint += 1  # the engine deletes logs only below the checkpoint (source 2.5)
        self.pinned = max(self.pinned, self.generation if rolled_freely else self.checkpoint)

    def start(self) -> None:
        """JetInit succeeded: nothing is left to recover, and the checkpoint is in the current log."""
        self.checkpoint = self.pinned = self.generation
        self.made.clear()
        self.dirty = False
