"""The scenarios of level 6: every kind of backup, restore and recovery [BI, RI, IN, BE to E2, OP to OTE]."""

from typing import Any

from .scenario import CRASH, SNAPSHOT, STREAM, Scenario, Step

INSTANCE, SESSION, DATABASE, PATH = "i1", "s1", "d1", "db/a.edb"
FULL, INCREMENTAL, ATOMIC, BOTH = 0, 1, 4, 5


def _call(call: str, **args: Any) -> Step:
    return Step(call, {"instance": INSTANCE, **args})


def insert(rows: int) -> Step:
    """Commit rows."""
    return Step("Insert", {"session": SESSION, "database": DATABASE, "rows": rows})


def backup(path: str | None, grbit: int = FULL, during: int = 0) -> Step:
    """A backup."""
    return Step("JetBackupInstance", {"instance": INSTANCE, "path": path, "grbit": grbit}, during)


CREATE, INIT, TERM = _call("JetCreateInstance"), _call("JetInit"), _call("JetTerm")
BEGIN_SESSION = _call("JetBeginSession", session=SESSION)
CREATE_DATABASE = Step("JetCreateDatabase", {"session": SESSION, "database": DATABASE, "path": PATH})
ATTACH = Step("JetAttachDatabase", {"session": SESSION, "path": PATH})
DETACH = Step("JetDetachDatabase", {"session": SESSION, "path": PATH})
OPEN = Step("JetOpenDatabase", {"session": SESSION, "database": DATABASE, "path": PATH})
CLOSE = Step("JetCloseDatabase", {"session": SESSION, "database": DATABASE})
CIRCULAR = _call("JetSetSystemParameter", parameter="circular_log", value=1)
DIES = Step(CRASH)
STREAMED = Step(STREAM, {"path": "bk", "grbit": FULL})
STREAMED_ON = Step(STREAM, {"path": "bk", "grbit": INCREMENTAL})
SNAPPED = Step(SNAPSHOT, {"path": "bk"})
RESTORE = _call("JetRestoreInstance", path="bk", destination="rst")
RESTORE_IN_PLACE = _call("JetRestoreInstance", path="bk", destination=None)

RUNNING = (CREATE, INIT, BEGIN_SESSION, CREATE_DATABASE, insert(120))
AGAIN = (DIES, CREATE)
"""Another process finds the files as the dead one left them."""

BACK = (INIT, BEGIN_SESSION, ATTACH, OPEN, insert(60))

# fmt: off
SCENARIOS: tuple[Scenario, ...] = (
    Scenario("full backup", RUNNING, (backup("bk"), insert(60))),
    Scenario("full backup while writing", RUNNING, (backup("bk", during=70), insert(60))),
    Scenario("full over full", (*RUNNING, backup("bk"), insert(70)), (backup("bk"), insert(60))),
    Scenario("full, then full elsewhere", (*RUNNING, backup("bk"), insert(70)), (backup("bk2"), insert(60))),
    Scenario("atomic backup", RUNNING, (backup("bk", ATOMIC), insert(60))),
    Scenario("atomic over atomic", (*RUNNING, backup("bk", ATOMIC), insert(70)), (backup("bk", ATOMIC), insert(60))),
    Scenario("atomic over two", (*RUNNING, backup("bk", ATOMIC), insert(70), backup("bk", ATOMIC), insert(10)), (backup("bk", ATOMIC, during=30),)),
    Scenario("incremental backup", (*RUNNING, backup("bk"), insert(70)), (backup("bk", INCREMENTAL), insert(60))),
    Scenario("two incrementals", (*RUNNING, backup("bk"), insert(700), backup("bk", INCREMENTAL), insert(1500)), (backup("bk", INCREMENTAL), insert(60))),
    Scenario("atomic incremental", (*RUNNING, backup("bk", ATOMIC), insert(70)), (backup("bk", BOTH), insert(60))),
    Scenario("null path", (*RUNNING, backup("bk"), insert(1500)), (backup(None), insert(60))),
    Scenario("circular logging", (CREATE, CIRCULAR, *RUNNING[1:]), (insert(1500), backup("bk"), insert(60))),
    Scenario("streaming backup", RUNNING, (STREAMED, insert(60))),
    Scenario("streaming incremental", (*RUNNING, STREAMED, insert(1500)), (STREAMED_ON, insert(60))),
    Scenario("snapshot", RUNNING, (SNAPPED, insert(60))),
    Scenario("commits, and a new log", RUNNING, (insert(1500), insert(60))),
    Scenario("the first life", (), (CREATE, INIT, BEGIN_SESSION, CREATE_DATABASE, insert(60))),
    Scenario("the end of a life", RUNNING, (CLOSE, TERM)),
    Scenario("detach and attach", RUNNING, (CLOSE, DETACH, ATTACH, OPEN, insert(60))),
    Scenario("recovery", (*RUNNING, insert(1500), *AGAIN), BACK),
    Scenario("recovery twice", (*RUNNING, insert(200), *AGAIN), (INIT, *AGAIN, *BACK)),
    Scenario("recovery after a backup", (*RUNNING, backup("bk"), insert(700), *AGAIN), (*BACK, backup("bk", INCREMENTAL))),
    Scenario("restore elsewhere", (*RUNNING, backup("bk"), insert(70), backup("bk", INCREMENTAL), *AGAIN), (RESTORE,)),
    Scenario("restore of an atomic set", (*RUNNING, backup("bk", ATOMIC), insert(70), *AGAIN), (RESTORE,)),
    Scenario("restore in place", (*RUNNING, backup("bk"), insert(200), TERM, CREATE), (RESTORE_IN_PLACE, *BACK)),
    Scenario("restore twice", (*RUNNING, backup("bk"), insert(70), TERM, CREATE), (RESTORE, *AGAIN, RESTORE)),
)
# fmt: on

AGAIN_AFTER: dict[str, tuple[Step, ...]] = {
    "recovery": (CREATE, INIT),
    "the first life": (CREATE, INIT),
    "atomic over atomic": (CREATE, INIT),
    "restore elsewhere": (CREATE, RESTORE),
}
"""Scenarios after each of whose crashes the next process is struck by a second one, and what it does meanwhile."""
