"""A call of a streaming backup that is under way, by the pages: what it returns once it is let go, and that it got so far.

What depends on the backup is looked at while the call works: another call may change it between entry and work [C36].
"""

import pytest
from jetconform.model.alphabet import (
    ATTACH_INFO,
    BEGIN,
    BEGIN_INCREMENTAL,
    CLOSE_FILE,
    DATABASE,
    END_ABORT,
    END_EXTERNAL,
    END_NORMAL,
    LOG_INFO,
    OPEN_FILE,
    OPEN_LOG,
    READ_REST,
    SECOND,
    TRUNCATE,
    TRUNCATE_INFO,
    closing,
    on_instance,
    opening,
    reading,
)
from jetconform.model.calls import Call, Stage
from jetconform.model.external import Amount, Target
from jetconform.model.guards.documented import DOCUMENTED
from jetconform.model.state import Control, Damage, Log
from jetconform.model.step import Stepper, run
from model_world import BACKED_UP, STOP_BACKUP, after, faulty, held, let_go

COPIED = (BEGIN, OPEN_FILE, READ_REST, CLOSE_FILE)
LISTED = (*COPIED, LOG_INFO)
COMPLETE = (*LISTED, OPEN_LOG, READ_REST, CLOSE_FILE)
END_NONE, END_BOTH, END_ODD = (on_instance("JetEndExternalBackupInstance2", grbit=bits) for bits in (0, 3, 0x40))
CURRENT_LOG, FOREIGN, OTHER_LOG = (opening(one) for one in (Target.CURRENT_LOG, Target.FOREIGN, Target.OTHER_LOG))

# fmt: off
CASES: list[tuple[str, tuple[Call, ...], dict[str, object], Call, set[int]]] = [
    ("GA", (BEGIN,), {}, ATTACH_INFO, {0}),
    ("GA: not a full backup", (BEGIN_INCREMENTAL,), {}, ATTACH_INFO, {-521}),
    ("OF: NULL or empty", (BEGIN,), {}, opening(Target.NAMELESS), {-1003, -1023}),
    ("OF: the first file is not closed", (BEGIN, OPEN_FILE), {}, opening(Target.DATABASE, DATABASE, "f2"), {-1011}),
    ("OF; GL: databases come before logs", LISTED, {}, OPEN_FILE, {-521}),
    ("OF: not attached", (BEGIN,), {}, opening(Target.DATABASE, SECOND), {-569, -1811, -1023}),
    ("OF; BE Remarks: logs come later", (BEGIN,), {}, CURRENT_LOG, {-521, -569, -1032}),
    ("OF; BE Remarks: logs come later", (BEGIN,), {}, OTHER_LOG, {-521, -569, -1032}),
    ("OF; BE Remarks: logs come later", (BEGIN,), {}, OPEN_LOG, {-521, -569}),
    ("OF Remarks: no check that it is of the backup", LISTED, {}, CURRENT_LOG, {0, -569, -1032}),
    ("OF Remarks: no check that it is of the backup", LISTED, {}, OTHER_LOG, {0, -569, -1032}),
    ("OF Remarks: no check that it is of the backup", (BEGIN,), {}, FOREIGN, {0, -569, -1032}),
    ("OF", LISTED, {}, OPEN_LOG, {0}),
    ("RF", (BEGIN, OPEN_FILE), {}, READ_REST, {0}),
    ("RF: whole pages", (BEGIN, OPEN_FILE), {}, reading(Amount.ODD), {-1003}),
    ("RF: three pages at first", (BEGIN, OPEN_FILE), {}, reading(Amount.ONE), {-1003}),
    ("RF: three pages at first", (BEGIN, OPEN_FILE), {}, reading(Amount.TWO), {-1003}),
    ("RF: bad handle", (BEGIN, OPEN_FILE), {}, reading(Amount.REST, "bad"), {-1003}),
    ("RF: bad handle", COPIED, {}, READ_REST, {-1003}),
    ("L23", (*LISTED, OPEN_LOG), {"log_damage": Damage.NEEDED}, READ_REST, {0, -612}),
    ("CF", (BEGIN, OPEN_FILE), {}, CLOSE_FILE, {0}),
    ("CF: bad handle", (BEGIN, OPEN_FILE), {}, closing("bad"), {-1003}),
    *((source, before, changes, made, expected)
      for made in (LOG_INFO, TRUNCATE_INFO)
      for source, before, changes, expected in (
          ("GL, GT", COPIED, {}, {0}), ("GL, GT: a file is open", (BEGIN, OPEN_FILE), {}, {-521}),
          ("EC: LogWriteFail", COPIED, {"log": Log.FULL}, {0, -510}),
          ("5.1 P17", COPIED, {"log": Log.TORN}, {0, -510, -1090}), ("L15", COPIED, {"log": Log.REFUSED}, {0, -510}))),
    ("TR: a file is open", (*COMPLETE, OPEN_LOG), {}, TRUNCATE, {-521}),
    ("BE Remarks: the order of the calls", COPIED, {}, TRUNCATE, {-521}),
    ("TR", COMPLETE, {}, TRUNCATE, {0}),
    ("E2", COMPLETE, {}, END_NORMAL, {0}),
    ("EE", COMPLETE, {}, END_EXTERNAL, {0}),
    ("E2: in the middle", COPIED, {}, END_NORMAL, {-800}),
    ("EE: in the middle", COPIED, {}, END_EXTERNAL, {-800}),
    ("E2: intentional", COPIED, {}, END_ABORT, {0, -800}),
    ("E2: one of Normal and Abort", COMPLETE, {}, END_BOTH, {-900, -1003, -800}),
    ("E2: whether one must be given", COMPLETE, {}, END_NONE, {0, -900, -1003}),
    ("E2: unknown bits", COMPLETE, {}, END_ODD, {-900, -1003}),
    ("E2: unknown bits", COMPLETE, {}, END_ODD._replace(grbit=0x41), {-900, -1003}),
    ("C4", (*COMPLETE, STOP_BACKUP), {}, END_NORMAL, {-801}),
    ("C4", (*COMPLETE, STOP_BACKUP), {}, END_EXTERNAL, {-801}),
    ("C4", (*COMPLETE, STOP_BACKUP), {}, END_ABORT, {0, -800, -801}),
    ("SB: allowed after a stop", (BEGIN, OPEN_FILE, STOP_BACKUP), {}, CLOSE_FILE, {0}),
]
# fmt: on


@pytest.mark.parametrize(
    ("source", "before", "changes", "made", "expected"),
    CASES,
    ids=[f"{n} {one[3].name}" for n, one in enumerate(CASES)],
)
def test_it_returns_this_once_it_is_let_go(
    source: str, before: tuple[Call, ...], changes: dict[str, object], made: Call, expected: set[int]
) -> None:
    start = after(DOCUMENTED, BACKED_UP, *before)._replace(**changes)  # type: ignore[arg-type]
    assert let_go(DOCUMENTED, held(DOCUMENTED, start, made, Stage.WORKING)) == expected, source


def test_a_page_that_a_client_reads_whole() -> None:
    """RF Return value: ReadVerifyFailure; whether the damage is in what is read is not known but of a whole file."""
    start = after(DOCUMENTED, BACKED_UP, BEGIN, OPEN_FILE)
    assert let_go(DOCUMENTED, held(DOCUMENTED, faulty(start, "page"), READ_REST, Stage.WORKING)) == {-1018}
    part = reading(Amount.PART)
    assert let_go(DOCUMENTED, held(DOCUMENTED, faulty(start, "page"), part, Stage.WORKING)) == {0, -1018}


def ended(before: tuple[Call, ...], made: Call, code: int) -> set[bool]:
    """Whether the backup is over after that code: in which of the ways in which the call may return it."""
    start: Control = after(DOCUMENTED, BACKED_UP, *before)
    return {state.streaming is None for state, done in run(Stepper(DOCUMENTED), start, made) if done.code == code}


def test_what_a_refused_file_does_to_the_backup() -> None:
    """OF On failure: the backup is cancelled, but not for a database that is not attached; a name does not say what it is."""
    assert ended((BEGIN,), FOREIGN, -569) == {True, False}
    assert ended((BEGIN,), FOREIGN, -1032) == {True}
    assert ended((BEGIN,), CURRENT_LOG, -521) == {True}
    assert ended((BEGIN,), CURRENT_LOG, -569) == {True}
    assert ended((BEGIN,), OTHER_LOG, -1032) == {True}
    assert ended(LISTED, OPEN_FILE, -521) == {True}
    assert ended((BEGIN,), opening(Target.DATABASE, SECOND), -569) == {False}
