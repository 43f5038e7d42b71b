"""A clause: one thing that a call leaves behind besides its code, and of which calls it speaks."""

from dataclasses import dataclass
from enum import Enum

ANY = "any call"
"""In the place of a name: what holds whichever calls were made."""

STREAMING = frozenset({
    "JetBeginExternalBackupInstance", "JetGetAttachInfoInstance", "JetOpenFileInstance", "JetReadFileInstance",
    "JetCloseFileInstance", "JetGetLogInfoInstance", "JetGetTruncateLogInfoInstance", "JetTruncateLogInstance",
    "JetEndExternalBackupInstance", "JetEndExternalBackupInstance2",
})  # fmt: skip
"""The calls of a streaming backup [BE, Remarks: the order of the calls]."""

SNAPSHOT = frozenset({
    "JetOSSnapshotPrepare", "JetOSSnapshotPrepareInstance", "JetOSSnapshotFreeze", "JetOSSnapshotThaw", "JetOSSnapshotAbort",
    "JetOSSnapshotEnd", "JetOSSnapshotTruncateLog", "JetOSSnapshotTruncateLogInstance",
})  # fmt: skip
"""The calls of a snapshot session [OP, Remarks]."""

ENDS = frozenset({"JetEndExternalBackupInstance", "JetEndExternalBackupInstance2"})
TRUNCATES = frozenset({"JetOSSnapshotTruncateLog", "JetOSSnapshotTruncateLogInstance"})

FAMILIES: dict[str, frozenset[str]] = {
    "a call of a streaming backup": STREAMING,
    "a call of a streaming backup that truncates nothing": STREAMING - {"JetTruncateLogInstance"},
    "a call of a streaming backup before its end": STREAMING - ENDS,
    "the end of a streaming backup": ENDS,
    "a call of a snapshot": SNAPSHOT,
    "a call of a snapshot that truncates nothing": SNAPSHOT - TRUNCATES,
    "a truncation after a snapshot": TRUNCATES,
}
"""In the place of a name: which calls a clause speaks of."""


class When(Enum):
    """On which outcomes a clause speaks."""

    SUCCESS = "success"
    FAILURE = "failure"
    ALWAYS = "always"


@dataclass(frozen=True)
class Clause:
    """One effect: of which call, on which outcome and under which condition (as in a row), in words, with its citation."""

    id: str
    call: str
    when: When
    condition: str
    text: str
    citation: str

    def speaks_of(self, call: str) -> bool:
        """Whether it is about a call of that name."""
        return call == self.call or call in FAMILIES.get(self.call, ())
