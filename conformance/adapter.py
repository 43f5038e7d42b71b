"""The adapter protocol: what the harness asks of an engine under test. Adapters observe, they never judge.

Names instead of handles: an instance, a session or a database is called by the name that the harness gave it, and the adapter
keeps the table from names to the engine's own handles. A name that was never given out stands for a number that never was a
handle; the name of something ended stands for its stale handle; None as an instance is JET_instanceNil. Paths are relative
to the root folder that the factory was given. Every method returns the engine's JET_ERR as an integer, native codes mapped:
a code that cannot be mapped is an error of the adapter, to be raised as `UnmappedCode`, never a success. Calls that the
engine does not have are named in an attribute `not_implemented`, a set; one that shows only when it is made raises
`NoSuchCall`.

An adapter of an engine with codes of its own may return them as they are if it has an attribute `errors`, a mapping from native
code to JET_ERR, success included: the harness maps them then, and a code that is not there is a finding.
"""

from collections.abc import Callable
from contextvars import ContextVar
from pathlib import Path
from typing import Protocol

StatusCallback = Callable[[int, int, int, int], int]
"""(snp, snt, done, total) -> JET_ERR: the status callback [PF]. It may block; then the call is held."""

PointHandler = Callable[[str, str], None]
"""(point, detail): called on the thread of the call at `enter`, `copy`, `truncate` or `leave`. It may block."""

HOLD_POINTS = ("enter", "copy", "truncate", "leave")
CAPABILITIES = (
    *(f"hold:{point}" for point in HOLD_POINTS),
    "callback",  # backups and restores report through a status callback
    "damage_page",
    "damage_log",
    "fail_log_writes",
    "classify",  # files and log generations can be told apart
    "header",  # database headers can be read
    "events",  # the event log can be read
    "rows",  # the rows themselves can be read, not only counted
    "streaming",  # the calls of streaming backups
    "snapshot",  # the calls of snapshots
    "expire_snapshot",  # the time of a freeze can be let pass
)
"""What an engine may declare. What it lacks is not exercised, never passed."""


class UnmappedCode(Exception):  # noqa: N818 - it says what happened
    """The engine returned a code that the adapter cannot map to a JET_ERR."""


class EngineTrouble(Exception):  # noqa: N818 - what the engine did wrong, not what this program did
    """Instead of answering a call the engine did something that no call can answer with; the text says what."""

    kind = "misbehaviour"
    """The kind of the finding that it is."""


class EngineDied(EngineTrouble):
    """Its process ended."""

    kind = "died"


class EngineSilent(EngineTrouble):
    """It did not answer within the time limit, although no call was held."""

    kind = "hang"


class NoSuchCall(Exception):  # noqa: N818 - it says what is the case
    """The engine does not have that call: it did nothing, and nothing is to be judged."""


CLIENT: ContextVar[str] = ContextVar("CLIENT", default="A")
"""The client whose call is being made, for an adapter that has to pass it on."""


class Adapter(Protocol):
    """One engine process, with as many instances as are created in it.

    Methods are called from several threads, one call a client at a time: a session is used by the thread that it was begun
    on, and a backup is stopped, or asked about, from another thread than its own. A method makes its one call on the engine,
    waits for it however long it takes, and returns what the engine returned; it takes no lock that another method needs, makes
    no call that was not asked for, repeats none, and turns no failure into a success. An exception other than `UnmappedCode`
    is a finding about the engine.
    """

    capabilities: frozenset[str]
    """What of `CAPABILITIES` this engine has; asked once, after it was made."""

    def create_instance(self, instance: str) -> int:
        """JetCreateInstance, and the set-up that all histories share [CI].

        The system, log and temporary path are the folder `db` below the root, which is made if it is missing; log files are
        of 128 KB, and recovery is on. The first set-up call that fails gives the code. After success the name stands for the
        new handle, also if it stood for another.
        """

    def set_system_parameter(self, instance: str | None, parameter: str, value: int | str) -> int:
        """JetSetSystemParameter of that instance [SP]; `parameter` is a name of `model.vocabulary.Parameter`.

        `recovery` takes the texts `on` and `off`; `circular_log` and `create_path_if_not_exist` 0 or 1; `log_file_size` KB;
        `os_snapshot_timeout` milliseconds.
        """

    def init(self, instance: str | None) -> int:
        """JetInit of the instance, recovery from its logs included [IN]. A failure leaves the name as it is."""

    def term(self, instance: str | None) -> int:
        """JetTerm [TM]. From a success on the name stands for the stale handle."""

    def term2(self, instance: str | None, grbit: int) -> int:
        """JetTerm2 with these option bits as they are, unknown ones too [T2]. It may wait for a backup; so does this method."""

    def stop_service_instance(self, instance: str | None) -> int:
        """JetStopServiceInstance [SI]."""

    def stop_service_instance2(self, instance: str | None, grbit: int) -> int:
        """JetStopServiceInstance2 with these option bits [S2]."""

    def stop_backup_instance(self, instance: str | None) -> int:
        """JetStopBackupInstance [SB]: it returns at once, whatever the backup does then."""

    def begin_session(self, instance: str | None, session: str) -> int:
        """JetBeginSession without user name and password [BS]. After success the name stands for the session."""

    def end_session(self, session: str) -> int:
        """JetEndSession without option bits [ES]."""

    def create_database(self, session: str, database: str, path: str) -> int:
        """JetCreateDatabase without option bits, and the table that `insert` fills; the first failure gives the code.

        After success the database is attached and open, and the name stands for it.
        """

    def open_database(self, session: str, database: str, path: str) -> int:
        """JetOpenDatabase without option bits. After success the name stands for the open database."""

    def close_database(self, session: str, database: str) -> int:
        """JetCloseDatabase without option bits."""

    def attach_database(self, session: str, path: str) -> int:
        """JetAttachDatabase without option bits; a warning, above 0, is returned as it is."""

    def detach_database(self, session: str, path: str) -> int:
        """JetDetachDatabase."""

    def insert(self, session: str, database: str, rows: int) -> int:
        """Commit that many new rows of about a hundred bytes, durably, in transactions of at most 50, one after another.

        No row is like another of that database. The first failure ends it and is its code; what was committed until then stays.
        """

    def count_rows(self, session: str, database: str) -> tuple[int, int]:
        """The code, and the number of rows that `insert` committed and that are there (0 where the code is a failure)."""

    def backup(self, instance: str | None, path: str | None, grbit: int, status: StatusCallback) -> int:
        """JetBackupInstance to that folder, or with a null path, with these option bits as they are [BI].

        `status` is given the engine's callbacks on the thread on which the engine makes them, with the numbers of the engine
        (`done` and `total` 0 where it gives no progress), and what it returns is given back to the engine. An engine without
        callbacks never calls it, and does not declare `callback`.
        """

    def restore(self, instance: str | None, path: str | None, destination: str | None, status: StatusCallback) -> int:
        """JetRestoreInstance from that folder, to the destination or, where that is null, to where the files were [RI].

        `status` as of `backup`.
        """

    def damage_page(self, path: str) -> bool:
        """Damage, on disk, a used page of that database so that its checksum fails; False when there is none.

        Needed with the capability `damage_page`; what the engine has of the page in memory must not hide the damage.
        """

    def damage_log(self, instance: str) -> int | None:
        """Damage, on disk, a log generation that the next backup must copy; its number, or None when there is none."""

    def fail_log_writes(self, instance: str, mode: str) -> None:
        """From now on log writes fail: `no-space`, before anything of a record is written, or `torn`, after a part."""

    def on_point(self, handler: PointHandler | None) -> None:
        """Call `handler` at the hold points that `capabilities` declares; None: at none any more.

        It is called on the thread of the backup or other call that is there, with nothing locked that a client's call needs:
        `enter`, when the call has begun and before it is decided whether it may go on; `copy`, before each file, whose name is
        the detail; `truncate`, before logs are deleted; `leave`, before the backup is over. The call goes on when it returns.
        """

    def close(self) -> None:
        """Drop everything, as a dying process would: nothing is flushed or tidied, no handle and no lock on a file stays.

        Calls may be in flight; they may return whatever they like, or never. Afterwards another engine is made on the same
        folder.
        """


class Observer(Protocol):
    """What an engine may offer to be looked at by; each method with the capability of its name. None of them changes anything."""

    def classify(self, path: str) -> tuple[str, int | None]:
        """The role of a file (database, log, checkpoint, reserve, backup-database, backup-log, other) and its generation.

        By what is in the file, not by its name; the generation is None where it has none.
        """

    def header(self, path: str) -> dict[str, list[int]] | None:
        """The backup marks of a database header: `fullPrev` and `incPrev` as [genLow, genHigh, mark]; None if unreadable.

        `mark` is any number that is another after each backup, and 0, as the generations, where there was none. The header
        is read from disk, of an attached database too.
        """

    def events(self, instance: str) -> list[str]:
        """The entries of the instance's event log so far, oldest first."""

    def rows(self, session: str, database: str) -> tuple[int, list[str]]:
        """The code, and every row in the order of commits, each as a text that no other row has."""


class StreamingAdapter(Protocol):
    """What an engine with the capability `streaming` offers. A file handle is called by the client's name for it."""

    def begin_external_backup(self, instance: str | None, grbit: int) -> int:
        """JetBeginExternalBackupInstance with these option bits [BEI]."""

    def get_attach_info(self, instance: str | None) -> tuple[int, list[str]]:
        """JetGetAttachInfoInstance: the code, and the paths, relative to the root, of the databases to be read [GA].

        The list of a failure is empty.
        """

    def open_file(self, instance: str | None, file: str, path: str | None) -> tuple[int, int]:
        """JetOpenFileInstance: the code, and the size in bytes [OF]. After success the name stands for the new handle."""

    def read_file(self, instance: str | None, file: str, size: int) -> tuple[int, bytes]:
        """JetReadFileInstance with a buffer of that size, whatever the size: the code, and what was read [RF].

        These are up to `size` further bytes, and none at the end of the file or after a failure.
        """

    def close_file(self, instance: str | None, file: str) -> int:
        """JetCloseFileInstance [CF]. The name goes on to stand for the handle, stale from then on."""

    def get_log_info(self, instance: str | None) -> tuple[int, list[str]]:
        """JetGetLogInfoInstance: the code, and the paths of the logs to be read [GL]."""

    def get_truncate_log_info(self, instance: str | None) -> tuple[int, list[str]]:
        """JetGetTruncateLogInfoInstance: the code, and the paths of the logs that may be deleted after a success [GT]."""

    def truncate_log(self, instance: str | None) -> int:
        """JetTruncateLogInstance [TR]."""

    def end_external_backup(self, instance: str | None) -> int:
        """JetEndExternalBackupInstance [EE]."""

    def end_external_backup2(self, instance: str | None, grbit: int) -> int:
        """JetEndExternalBackupInstance2 with these option bits, which say whether the client succeeded [E2]."""


class SnapshotAdapter(Protocol):
    """What an engine with the capability `snapshot` offers.

    `snapshot` is `last`, the id that the last JetOSSnapshotPrepare gave out, or `bad`, a number that never was one.
    Option bits are given to the engine as they are.
    """

    def snapshot_prepare(self, grbit: int) -> int:
        """JetOSSnapshotPrepare [OP]. After success `last` stands for the new id."""

    def snapshot_prepare_instance(self, snapshot: str, instance: str | None, grbit: int) -> int:
        """JetOSSnapshotPrepareInstance: that instance is part of the session [OPI]."""

    def snapshot_freeze(self, snapshot: str, grbit: int) -> tuple[int, int]:
        """JetOSSnapshotFreeze: the code, and the number of instances that are frozen (0 where it is a failure) [OZ]."""

    def snapshot_thaw(self, snapshot: str, grbit: int) -> int:
        """JetOSSnapshotThaw [OT]."""

    def snapshot_truncate_log(self, snapshot: str, grbit: int) -> int:
        """JetOSSnapshotTruncateLog, of all instances of the session [OTL]."""

    def snapshot_truncate_log_instance(self, snapshot: str, instance: str | None, grbit: int) -> int:
        """JetOSSnapshotTruncateLogInstance, of that one [OTI]."""

    def snapshot_end(self, snapshot: str, grbit: int) -> int:
        """JetOSSnapshotEnd [OE]."""

    def snapshot_abort(self, snapshot: str, grbit: int) -> int:
        """JetOSSnapshotAbort [OA]."""


class ExpiringAdapter(Protocol):
    """What an engine with the capability `expire_snapshot` offers."""

    def expire_snapshot(self) -> None:
        """Let the time of a freeze be over, as if it had passed."""


Factory = Callable[[Path], Adapter]
"""Makes the adapter of a fresh engine process whose files all lie below the folder given."""
