"""The long calls of the `documented` profile: the stages that each passes, and what is left when it fails on the way."""

from ..calls import STREAMING_CALLS, Stage
from ..rows import ProgramStep

_CALM = "not call_backs_up & not streaming_busy"
"""No call is inside a backup: for that a termination waits [T2, StopBackup]; for a snapshot it does not."""

PROGRAMS = {
    "JetBackupInstance": (
        ProgramStep(Stage.ENTERING, "backup.entering"),
        ProgramStep(Stage.DATABASES, "backup.databases"),
        ProgramStep(Stage.LOGS, "backup.logs"),
        ProgramStep(Stage.TRUNCATING, "backup.truncating"),
        ProgramStep(Stage.LEAVING, "backup.leaving"),
    ),
    "JetRestoreInstance": (ProgramStep(Stage.WORKING, "restore.enter"),),
    "JetInit": (ProgramStep(Stage.WORKING, "init.enter"),),
    "JetTerm": (ProgramStep(Stage.WAITING, until=_CALM), ProgramStep(Stage.WORKING, "term.begin")),
    "JetTerm2": (ProgramStep(Stage.WAITING, "term.wait", until=_CALM), ProgramStep(Stage.WORKING, "term.begin")),
    **{call: (ProgramStep(Stage.WORKING, "streaming.enter"),) for call in STREAMING_CALLS},
    "JetBeginExternalBackupInstance": (ProgramStep(Stage.WORKING, "streaming.claim"),),
}

ABANDON = {
    "JetBackupInstance": "backup.left",
    "JetRestoreInstance": "restore.left",
    "JetInit": "",
    "JetTerm": "",
    "JetTerm2": "",
    **dict.fromkeys(STREAMING_CALLS, "streaming.left"),
    "JetBeginExternalBackupInstance": "streaming.over",
}
