"""Level 2, fixed histories: effects of calls that the walk does not make, or makes when there is nothing left to lose.

The walk makes no call that a freeze may keep waiting, and by the time that a snapshot ends its logs are gone already. Here
every way to end a snapshot or a streaming backup is taken on an instance that has older logs, and written to while frozen;
and a set is restored, for the sake of what its status callback is told.
"""

from contextlib import suppress
from typing import NamedTuple

from ..model.alphabet import (
    ABORT,
    ATTACH,
    ATTACH_INFO,
    BEGIN,
    BEGIN_INCREMENTAL,
    CLOSE_FILE,
    CONTINUING,
    COUNT,
    CREATE,
    CREATE_DATABASE,
    DETACH,
    END_ABORT,
    END_EXTERNAL,
    END_NORMAL,
    END_SNAPSHOT,
    FREEZE,
    FULL,
    INCREMENT,
    INIT,
    INSERT,
    LOG_INFO,
    OPEN_DATABASE,
    OPEN_FILE,
    OPEN_LOG,
    PREPARE,
    PREPARE_INSTANCE,
    READ_REST,
    RESTORABLE,
    RUNNING,
    SNAPSHOT_TRUNCATES,
    STOP_BACKUP_CALL,
    TERM,
    THAW,
    TRUNCATE,
    TRUNCATE_INFO,
    backup,
    begin,
    parameter,
    restore,
)
from ..model.calls import Call, Place
from ..model.vocabulary import SnapshotEndGrbit, SnapshotGrbit
from .history import History
from .inflight import NotMade
from .wants import read_other_logs

CLIENTS = ("A", "B", "C")


class Fixed(NamedTuple):
    """A history that is made call by call; a client whose call waits for the thaw makes no other until then."""

    name: str
    calls: tuple[Call, ...]


def _option(grbit: SnapshotGrbit) -> Call:
    return PREPARE._replace(grbit=int(grbit))


ROLL = (INSERT, BEGIN, LOG_INFO, END_ABORT)
"""Leaves one more closed log behind: the listing of logs rolls the log [GI, Remarks]."""
OLDER = (*RUNNING, *ROLL, *ROLL, INSERT)
COPIED = (BEGIN, ATTACH_INFO, OPEN_FILE, READ_REST, CLOSE_FILE, LOG_INFO, OPEN_LOG, READ_REST, CLOSE_FILE)
INCREMENTED = (BEGIN_INCREMENTAL, LOG_INFO, OPEN_LOG, READ_REST, CLOSE_FILE)
CLEAN = (TERM, CREATE, INIT, begin(), ATTACH, OPEN_DATABASE)
TRUNCATION = backup(Place.NULL)
THAWED = (CONTINUING, FREEZE, INSERT, THAW)
UNASKED = tuple(call._replace(grbit=0) for call in SNAPSHOT_TRUNCATES)
END_ABORTING = END_SNAPSHOT._replace(grbit=int(SnapshotEndGrbit.ABORT))
COPYING = _option(SnapshotGrbit.COPY | SnapshotGrbit.CONTINUE_AFTER_THAW)
INCREMENTAL = _option(SnapshotGrbit.INCREMENTAL | SnapshotGrbit.CONTINUE_AFTER_THAW)
CHOSEN = _option(SnapshotGrbit.EXPLICIT_PREPARE | SnapshotGrbit.CONTINUE_AFTER_THAW)

PARAMETERS_WHILE_RUNNING = (
    parameter("circular_log", "1"), parameter("recovery", "off"), parameter("create_path_if_not_exist", "1"),
    parameter("log_file_size", "128"),
)  # fmt: skip
REFUSED = (
    CREATE, INIT, restore(Place.EMPTY), backup(Place.MISSING), backup(Place.FOREIGN), backup(Place.EMPTY, 0x20), THAW, ABORT,
    END_SNAPSHOT, END_NORMAL, END_ABORT, ATTACH_INFO, LOG_INFO, TRUNCATE, PREPARE_INSTANCE, DETACH, CREATE_DATABASE,
)  # fmt: skip
PROBES = (INSERT, INCREMENT, backup(Place.MISSING), TRUNCATION, INSERT, BEGIN, END_ABORT, INCREMENT, FULL, COUNT)
"""Calls that show whether an instance that runs is still as it was."""

# fmt: off
FIXED: tuple[Fixed, ...] = (
    # snapshots
    Fixed("written while frozen", (*OLDER, PREPARE, FREEZE, INSERT, COUNT, THAW, INSERT)),
    Fixed("written while frozen, aborted", (*OLDER, PREPARE, FREEZE, INSERT, ABORT, INSERT)),
    Fixed("prepared and aborted", (*OLDER, PREPARE, INSERT, ABORT)),
    Fixed("thawed and aborted", (*OLDER, *THAWED, ABORT)),
    Fixed("ended without truncation", (*OLDER, *THAWED, END_SNAPSHOT)),
    Fixed("ended with an abort", (*OLDER, *THAWED, END_ABORTING)),
    Fixed("truncation of some databases", (*OLDER, *THAWED, *UNASKED, END_SNAPSHOT)),
    Fixed("truncation of all databases", (*OLDER, *THAWED, SNAPSHOT_TRUNCATES[0], END_SNAPSHOT)),
    Fixed("truncation of an instance", (*OLDER, *THAWED, SNAPSHOT_TRUNCATES[1], INSERT, END_SNAPSHOT)),
    Fixed("truncation after more logs", (*OLDER, *THAWED, INSERT, SNAPSHOT_TRUNCATES[0], *UNASKED, END_SNAPSHOT)),
    Fixed("truncation before the thaw", (*OLDER, CONTINUING, FREEZE, *SNAPSHOT_TRUNCATES, THAW, END_SNAPSHOT)),
    Fixed("copy snapshot", (*OLDER, COPYING, FREEZE, THAW, *SNAPSHOT_TRUNCATES, END_SNAPSHOT)),
    Fixed("incremental snapshot", (*OLDER, FULL, *ROLL, INCREMENTAL, FREEZE, THAW, *UNASKED, *SNAPSHOT_TRUNCATES, END_SNAPSHOT)),
    Fixed("chosen instance", (*OLDER, CHOSEN, PREPARE_INSTANCE, FREEZE, INSERT, THAW, *UNASKED, END_SNAPSHOT)),
    Fixed("no instance chosen", (*OLDER, CHOSEN, FREEZE, INSERT, THAW, *SNAPSHOT_TRUNCATES, END_SNAPSHOT)),
    Fixed("snapshot between backups", (*OLDER, FULL, *ROLL, *THAWED, *UNASKED, END_SNAPSHOT, INCREMENT, FULL)),
    Fixed("refused by a snapshot", (*OLDER, FULL, *ROLL, CONTINUING, FREEZE, FULL, INCREMENT, BEGIN, THAW, FULL, END_SNAPSHOT)),
    # restores
    Fixed("restored", (*RESTORABLE, restore(Place.FULL_SET))),
    Fixed("restored from an atomic set", (*RESTORABLE, restore(Place.ATOMIC_SET, Place.EMPTY))),
    # truncation, on clean databases
    Fixed("clean, null path", (*OLDER, *CLEAN, TRUNCATION)),
    Fixed("clean, backed up before, null path", (*OLDER, FULL, *ROLL, *ROLL, *CLEAN, TRUNCATION)),
    Fixed("clean, incremental", (*OLDER, FULL, *ROLL, *ROLL, *CLEAN, INCREMENT)),
    Fixed("clean, full", (*OLDER, *CLEAN, FULL)),
    # what was refused changed nothing
    *(
        Fixed(f"refused: {refused.label()}", (*OLDER, FULL, INSERT, refused, *PROBES))
        for refused in (*PARAMETERS_WHILE_RUNNING, *REFUSED)
    ),
    # streaming backups
    Fixed("streamed and truncated", (*OLDER, *COPIED, TRUNCATE_INFO, TRUNCATE, END_NORMAL)),
    Fixed("streamed, not truncated", (*OLDER, *COPIED, TRUNCATE_INFO, END_NORMAL, INSERT)),
    Fixed("streamed, truncated and aborted", (*OLDER, *COPIED, TRUNCATE_INFO, TRUNCATE, END_ABORT)),
    Fixed("streamed, ended by the older call", (*OLDER, *COPIED, TRUNCATE_INFO, TRUNCATE, END_EXTERNAL)),
    Fixed("streamed, stopped before the end", (*OLDER, *COPIED, TRUNCATE_INFO, STOP_BACKUP_CALL, TRUNCATE, END_NORMAL)),
    Fixed("streamed in parts", (*OLDER, *COPIED, END_NORMAL, INSERT, BEGIN, ATTACH_INFO, OPEN_FILE, END_NORMAL)),
    Fixed("streamed, full and incremental", (*OLDER, *COPIED, TRUNCATE_INFO, TRUNCATE, END_NORMAL, INSERT, *INCREMENTED,
                                             TRUNCATE_INFO, TRUNCATE, END_NORMAL)),
    Fixed("streamed, incremental not truncated", (*OLDER, *COPIED, TRUNCATE_INFO, TRUNCATE, END_NORMAL, INSERT, *INCREMENTED,
                                                  END_NORMAL, INCREMENT)),
    Fixed("streamed after a full", (*OLDER, FULL, *ROLL, *INCREMENTED, TRUNCATE_INFO, TRUNCATE, END_NORMAL, INCREMENT)),
    Fixed("terminated with a streaming backup", (*OLDER, BEGIN, LOG_INFO, TERM)),
)
# fmt: on
"""Each is short; what the calls return is judged too."""


def play(fixed: Fixed, history: History) -> None:
    """Make its calls as far as this engine has them, and wait for those that no freeze keeps. Raises Nonconformity."""
    for call in fixed.calls:
        client = next((one for one in CLIENTS if one not in history.busy()), None)
        if client is None:
            continue
        with suppress(NotMade, LookupError):
            read_other_logs(history, call)
            history.perform(call, client=client)
        history.finish()
