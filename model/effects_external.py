"""What the calls of streaming backups and snapshots leave behind, by the pages; one row a clause."""

from .clause import Clause, When

SUCCESS, FAILURE, ALWAYS = When.SUCCESS, When.FAILURE, When.ALWAYS

# fmt: off
EXTERNAL = (
    Clause("XB.files", "a call of a streaming backup", ALWAYS, "", "no file is written but in the log folder and the databases: what is read, the client writes", "BE Remarks: the order of the calls; RF"),
    Clause("XB.logs-kept", "a call of a streaming backup that truncates nothing", ALWAYS, "not circular", "no log is deleted", "BE Remarks: JetTruncateLogInstance deletes the logs; TL: with circular logging logs go by themselves"),
    Clause("XB.marks-kept", "a call of a streaming backup before its end", ALWAYS, "", "no backup mark in a header changes", "E2: a success is the success of the backup; E2 Parameters: TruncateDone"),
    Clause("XE.marked", "the end of a streaming backup", SUCCESS, "", "the headers of the databases that were copied tell when, if logs were truncated or TruncateDone says so; no other mark changes", "E2 Parameters: TruncateDone; BE Remarks: an incremental backup needs a truncation before"),
    Clause("XE.unmarked", "the end of a streaming backup", FAILURE, "", "no backup mark in a header changes", "E2 Return value: on failure the backup is not valid"),
    Clause("TR.listed", "JetTruncateLogInstance", SUCCESS, "", "the logs that JetGetTruncateLogInfoInstance names are deleted", "TR Remarks; GT"),
    Clause("TR.oldest", "JetTruncateLogInstance", ALWAYS, "not circular", "the oldest logs are deleted first: those that stay follow one another to the current one", "TR Return value: on failure, always oldest first"),
    Clause("SN.files", "a call of a snapshot", ALWAYS, "", "no file is written but in the log folder and the databases: what is frozen, the client copies", "OZ Remarks"),
    Clause("SN.logs-kept", "a call of a snapshot that truncates nothing", ALWAYS, "not circular", "no log is deleted", "OTL Remarks: the truncation is a call of its own"),
    Clause("SN.marks-kept", "a call of a snapshot", ALWAYS, "", "no backup mark in a header changes", "OP, OZ, OT, OE, OTL: no page says so; DESIGN hard readings"),
    Clause("SN.oldest", "a truncation after a snapshot", ALWAYS, "not circular", "nothing is deleted without AllDatabases or after a failure; else the oldest logs", "OTL Parameters: AllDatabases; OTL Return value"),
    Clause("OZ.frozen", "JetOSSnapshotFreeze", SUCCESS, "", "until the thaw or the time-out nothing is written to databases and logs", "OZ Return value: on success"),
)
# fmt: on
