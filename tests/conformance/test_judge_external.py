"""The judge on short histories of streaming backups and snapshots, written by hand: which it accepts, and which not."""

from typing import Any

import pytest
from jetconform.conformance.belief import Beliefs
from jetconform.conformance.judge import Judge
from jetconform.conformance.trace import CallEvent, FaultEvent, ReturnEvent
from jetconform.model.guards.documented import DOCUMENTED
from jetconform.model.step import Stepper

DATABASE, LOG = "db/test.edb", "db/edb00000001.log"
I1 = {"instance": "i1"}
LAST = {"snapshot": "last", "grbit": 0}
Step = tuple[str, dict[str, Any], int, dict[str, Any] | None]

RUNNING: list[Step] = [
    ("JetCreateInstance", I1, 0, None),
    ("JetInit", I1, 0, None),
    ("JetBeginSession", {**I1, "session": "s1"}, 0, None),
    ("JetCreateDatabase", {"session": "s1", "database": "d1", "path": DATABASE}, 0, None),
]


def begin(err: int = 0, grbit: int = 0) -> Step:
    return "JetBeginExternalBackupInstance", {**I1, "grbit": grbit}, err, None


def open_file(path: str, err: int = 0) -> Step:
    return "JetOpenFileInstance", {**I1, "file": "f1", "path": path}, err, {"size": 40960} if err == 0 else None


def read(err: int = 0, count: int = 40960) -> Step:
    return "JetReadFileInstance", {**I1, "file": "f1", "bytes": count}, err, {"read": count} if err == 0 else None


def close(err: int = 0) -> Step:
    return "JetCloseFileInstance", {**I1, "file": "f1"}, err, None


def logs(err: int = 0) -> Step:
    return "JetGetLogInfoInstance", I1, err, {"files": [LOG]} if err == 0 else None


def truncate(err: int = 0) -> Step:
    return "JetTruncateLogInstance", I1, err, None


def end(err: int = 0, grbit: int = 1) -> Step:
    return "JetEndExternalBackupInstance2", {**I1, "grbit": grbit}, err, None


def prepare(err: int = 0, grbit: int = 0) -> Step:
    return "JetOSSnapshotPrepare", {"grbit": grbit}, err, None


def freeze(err: int = 0) -> Step:
    return "JetOSSnapshotFreeze", LAST, err, {"instances": 1} if err == 0 else None


def thaw(err: int = 0) -> Step:
    return "JetOSSnapshotThaw", LAST, err, None


def finish(err: int = 0) -> Step:
    return "JetOSSnapshotEnd", LAST, err, None


def stop() -> Step:
    return "JetStopBackupInstance", I1, 0, None


WHOLE = [begin(), open_file(DATABASE), read(), close(), logs(), open_file(LOG), read(), close()]
LATE: Step = ("snapshot-timeout", {"target": "i1"}, 0, None)  # the time of the freeze is over
SAVED: Step = ("save-set", {"target": "bk1"}, 0, None)
TERM: Step = ("JetTerm", I1, 0, None)
CREATED: Step = ("JetCreateInstance", I1, 0, None)


def restored(err: int = 0) -> Step:
    return "JetRestoreInstance", {**I1, "path": "bk1", "destination": None}, err, None


def rejected(steps: list[Step]) -> int:
    """Which step of `steps`, counted from 1, the judge rejects; 0 if none."""
    judge = Judge(Beliefs(Stepper(DOCUMENTED)))
    for number, (call, args, err, result) in enumerate([*RUNNING, *steps], 1):
        if "target" in args:
            judge.feed(FaultEvent(kind=call, target=args["target"]))
            continue
        judge.feed(CallEvent(id=number, client="A", call=call, args=args))
        if judge.feed(ReturnEvent(id=number, err=err, result=result)) is not None:
            return number - len(RUNNING)
    return 0


ACCEPTED: list[list[Step]] = [
    [*WHOLE, truncate(), end()],
    [*WHOLE, end()],
    [*WHOLE, truncate(), end(), begin(grbit=1)],  # marked: an incremental one may follow
    [*WHOLE, end(grbit=0x101), begin(grbit=1)],
    [*WHOLE, end(), begin(-560, grbit=1)],  # a copy: none may
    [begin(), end(grbit=2), begin()],
    [begin(), end(-800), begin()],
    [begin(), begin(-505), logs()],
    [begin(), stop(), logs(-801), end(-801), begin()],
    [begin(), open_file(DATABASE), stop(), close(), end(-801)],
    [begin(), open_file(DATABASE), open_file(LOG, -1011), logs(-520)],  # a failure cancels the backup
    [begin(), logs(), truncate(-521), logs()],
    [prepare(), freeze(), thaw(), prepare()],
    [prepare(grbit=4), freeze(), thaw(), finish()],
    [begin(), prepare(), freeze(-2403), end(grbit=2)],
    [prepare(), freeze(), LATE, thaw(-2402), prepare()],
    [prepare(), freeze(), begin(-505), thaw(), begin()],
    [*WHOLE, truncate(), end(), SAVED, TERM, CREATED, restored()],
    # logs that were not read to the end do not continue a set: it may lack what they hold
    [
        *WHOLE,
        truncate(),
        end(),
        SAVED,
        begin(grbit=1),
        logs(),
        open_file(LOG),
        end(-800),
        SAVED,
        TERM,
        CREATED,
        restored(-528),
    ],
]

REJECTED: list[tuple[list[Step], int]] = [
    ([logs()], 1),
    ([begin(), begin()], 2),
    ([begin(grbit=1)], 1),  # no database was ever backed up
    ([begin(), open_file(DATABASE), open_file(DATABASE)], 3),
    ([begin(), open_file(DATABASE), logs()], 3),
    ([begin(), logs(), open_file(DATABASE)], 3),
    ([begin(), logs(), truncate()], 3),
    ([begin(), end()], 2),  # nothing was read
    ([*WHOLE[:4], logs(), end()], 6),  # the log was not read
    ([*WHOLE[:2], read(count=12288), *WHOLE[3:], end()], 9),  # the database was not read to its end
    ([begin(), stop(), logs()], 3),
    ([begin(), open_file(DATABASE), stop(), close(-801)], 4),
    ([*WHOLE, stop(), end()], 10),
    ([end(-800)], 1),  # without a backup there is none to be in the middle of
    ([truncate(-521)], 1),
    ([prepare(), prepare()], 2),
    ([begin(), prepare(), freeze()], 3),
    ([prepare(), thaw()], 2),
    ([prepare(), freeze(), begin()], 3),
    ([prepare(), freeze(), LATE, thaw()], 4),
    ([prepare(), freeze(), thaw(), finish()], 4),  # it ended with the thaw
    ([prepare(), freeze(), freeze(-2403)], 3),  # its own freeze bars no other
    ([begin(), prepare(), freeze(-2403), freeze()], 4),
    ([*WHOLE, truncate(), end(), SAVED, TERM, CREATED, restored(-528)], 14),
    ([*WHOLE, truncate(), end(), SAVED, begin(grbit=1), *WHOLE[4:], end(), SAVED, TERM, CREATED, restored(-528)], 21),
]


@pytest.mark.parametrize("steps", ACCEPTED, ids=lambda steps: f"{len(steps)} calls")
def test_accepted(steps: list[Step]) -> None:
    assert rejected(steps) == 0


@pytest.mark.parametrize(("steps", "at"), REJECTED)
def test_rejected(steps: list[Step], at: int) -> None:
    assert rejected(steps) == at
