"""The adapter protocol: what the harness asks of an engine under test. Adapters observe, they never judge.

Names instead of handles: an instance, a session or a database is called by the name that the harness gave it, and the adapter
keeps the table from names to the engine's own handles. A name that was never given out stands for a number that never was a
handle; the name of something ended stands for its stale handle; None as an instance is JET_instanceNil. Paths are relative
to the root folder that the factory was given. Every method returns the engine's JET_ERR as an integer, native codes mapped:
a code that cannot be mapped is an error of the adapter, to be raised as `UnmappedCode`, never a success. Calls that the
engine does not have are named in an attribute `not_implemented`, a set; one that shows only when it is made raises
`NoSuchCall`.
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
    """One engine process, with as many instances as are created in it. Methods are called from several threads."""

    capabilities: frozenset[str]

    def create_instance(self, instance: str) -> int: ...
    def set_system_parameter(self, instance: str | None, parameter: str, value: int | str) -> int: ...
    def init(self, instance: str | None) -> int: ...
    def term(self, instance: str | None) -> int: ...
    def term2(self, instance: str | None, grbit: int) -> int: ...
    def stop_service_instance(self, instance: str | None) -> int: ...
    def stop_service_instance2(self, instance: str | None, grbit: int) -> int: ...
    def stop_backup_instance(self, instance: str | None) -> int: ...
    def begin_session(self, instance: str | None, session: str) -> int: ...
    def end_session(self, session: str) -> int: ...
    def create_database(self, session: str, database: str, path: str) -> int: ...
    def open_database(self, session: str, database: str, path: str) -> int: ...
    def close_database(self, session: str, database: str) -> int: ...
    def attach_database(self, session: str, path: str) -> int: ...
    def detach_database(self, session: str, path: str) -> int: ...

    def insert(self, session: str, database: str, rows: int) -> int:
        """Commit that many new rows, in transactions of at most 50."""

    def count_rows(self, session: str, database: str) -> tuple[int, int]:
        """The code, and the number of rows (0 where the code is a failure)."""

    def backup(self, instance: str | None, path: str | None, grbit: int, status: StatusCallback) -> int:
        """JetBackupInstance."""

    def restore(self, instance: str | None, path: str | None, destination: str | None, status: StatusCallback) -> int:
        """JetRestoreInstance."""

    def damage_page(self, path: str) -> bool:
        """Damage, on disk, a used page of that database so that its checksum fails; False when there is none."""

    def damage_log(self, instance: str) -> int | None:
        """Damage, on disk, a log generation that the next backup must copy; its number, or None."""

    def fail_log_writes(self, instance: str, mode: str) -> None:
        """From now on log writes fail: `no-space`, before anything of a record is written, or `torn`, after a part."""

    def on_point(self, handler: PointHandler | None) -> None:
        """Call `handler` at the hold points that `capabilities` declares."""

    def close(self) -> None:
        """Drop everything, as a dying process would."""


class Observer(Protocol):
    """What an engine may offer to be looked at by; each method with the capability of its name."""

    def classify(self, path: str) -> tuple[str, int | None]:
        """The role of a file (database, log, checkpoint, reserve, backup-database, backup-log, other) and its generation."""

    def header(self, path: str) -> dict[str, list[int]] | None:
        """The backup marks of a database header: `fullPrev` and `incPrev` as [genLow, genHigh, mark]; None if unreadable."""

    def events(self, instance: str) -> list[str]:
        """The entries of the instance's event log so far, oldest first."""

    def rows(self, session: str, database: str) -> tuple[int, list[str]]:
        """The code, and every row in the order of commits, each as a text that no other row has."""


class StreamingAdapter(Protocol):
    """What an engine with the capability `streaming` offers. A file handle is called by the client's name for it."""

    def begin_external_backup(self, instance: str | None, grbit: int) -> int: ...

    def get_attach_info(self, instance: str | None) -> tuple[int, list[str]]:
        """The code, and the paths of the databases to be read."""

    def open_file(self, instance: str | None, file: str, path: str | None) -> tuple[int, int]:
        """The code, and the size in bytes. After success the name stands for the new handle."""

    def read_file(self, instance: str | None, file: str, size: int) -> tuple[int, bytes]:
        """The code, and up to `size` further bytes; none at the end of the file."""

    def close_file(self, instance: str | None, file: str) -> int: ...

    def get_log_info(self, instance: str | None) -> tuple[int, list[str]]:
        """The code, and the paths of the logs to be read."""

    def get_truncate_log_info(self, instance: str | None) -> tuple[int, list[str]]:
        """The code, and the paths of the logs that may be deleted after a success."""

    def truncate_log(self, instance: str | None) -> int: ...
    def end_external_backup(self, instance: str | None) -> int: ...
    def end_external_backup2(self, instance: str | None, grbit: int) -> int: ...


class SnapshotAdapter(Protocol):
    """What an engine with the capability `snapshot` offers.

    `snapshot` is `last`, the id that the last JetOSSnapshotPrepare gave out, or `bad`, a number that never was one.
    """

    def snapshot_prepare(self, grbit: int) -> int: ...
    def snapshot_prepare_instance(self, snapshot: str, instance: str | None, grbit: int) -> int: ...

    def snapshot_freeze(self, snapshot: str, grbit: int) -> tuple[int, int]:
        """The code, and the number of instances that are frozen."""

    def snapshot_thaw(self, snapshot: str, grbit: int) -> int: ...
    def snapshot_truncate_log(self, snapshot: str, grbit: int) -> int: ...
    def snapshot_truncate_log_instance(self, snapshot: str, instance: str | None, grbit: int) -> int: ...
    def snapshot_end(self, snapshot: str, grbit: int) -> int: ...
    def snapshot_abort(self, snapshot: str, grbit: int) -> int: ...


class ExpiringAdapter(Protocol):
    """What an engine with the capability `expire_snapshot` offers."""

    def expire_snapshot(self) -> None:
        """Let the time of a freeze be over, as if it had passed."""


Factory = Callable[[Path], Adapter]
"""Makes the adapter of a fresh engine process whose files all lie below the folder given."""
