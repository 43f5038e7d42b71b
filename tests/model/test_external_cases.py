"""Streaming backups and snapshots: what each profile allows, worked out by hand from the pages and the observations.

Page keys are those of the public documentation (BE, GA, OF, ... for streaming, OP, OZ, OT, ... for snapshots); `observed`
is what Microsoft's engine was recorded to do.
"""

import pytest
from jetconform.model.alphabet import (
    ABORT,
    ATTACH,
    ATTACH_INFO,
    BEGIN,
    BEGIN_INCREMENTAL,
    BEGIN_SURROGATE,
    CLOSE_FILE,
    CONTINUING,
    DATABASE,
    DETACH,
    END_ABORT,
    END_EXTERNAL,
    END_NORMAL,
    END_SNAPSHOT,
    EXPLICIT,
    FREEZE,
    LOG_INFO,
    OPEN_FILE,
    OPEN_LOG,
    PREPARE,
    PREPARE_INSTANCE,
    READ_REST,
    SECOND,
    THAW,
    TRUNCATE,
    TRUNCATE_INFO,
    closing,
    on_instance,
    opening,
    reading,
    snapshot,
)
from jetconform.model.calls import Call, Instance
from jetconform.model.cells import explore
from jetconform.model.domains_external import EXTERNAL_DOMAINS
from jetconform.model.environment_moves import apply_fault
from jetconform.model.external import Amount, SnapshotPhase, Target
from jetconform.model.guards.documented import DOCUMENTED
from jetconform.model.guards.ese import ESE
from jetconform.model.rows import Profile
from jetconform.model.state import Activity, Control, Log, Phase, Stop
from jetconform.model.step import Stepper, run
from model_world import (
    BACKED_UP,
    CREATED,
    GONE,
    NEVER_COPIED,
    STOP_BACKUP,
    TERM,
    after,
    backup,
    call,
    codes,
    with_parameters,
)

NAMED = Instance.NAMED
COPIED = (BEGIN, OPEN_FILE, READ_REST, CLOSE_FILE)
LISTED = (*COPIED, LOG_INFO)
COMPLETE = (*LISTED, OPEN_LOG, READ_REST, CLOSE_FILE)
FROZEN = (PREPARE, FREEZE)
THAWED = (CONTINUING, FREEZE, THAW)
STOPPED = BACKED_UP._replace(stop=Stop.PLAIN)
FATAL = BACKED_UP._replace(fatal=True)
REFUSED = BACKED_UP._replace(log=Log.REFUSED)
CIRCULAR = with_parameters(BACKED_UP, circular=True)
NO_RECOVERY = with_parameters(BACKED_UP, recovery=False)
TRUNCATE_SNAPSHOT = snapshot("TruncateLog", 1)
TRUNCATE_INSTANCE = snapshot("TruncateLogInstance", 1, instance=NAMED)
COPYING = PREPARE._replace(grbit=6)  # Copy, ContinueAfterThaw
END_NONE, END_BOTH, END_ODD = (on_instance("JetEndExternalBackupInstance2", grbit=bits) for bits in (0, 3, 0x40))
DIES = None


def begun(grbit: int) -> Call:
    return on_instance("JetBeginExternalBackupInstance", grbit=grbit)


# situation: where it starts, what was called before, the call, then its codes by the pages and by Microsoft's engine
Case = tuple[Control, tuple[Call, ...], Call, set[int], set[int | None]]

# fmt: off
STREAMING: list[Case] = [
    # beginning [BE]
    (GONE, (), BEGIN, {-1003, -1029}, {-1003}),
    (CREATED, (), BEGIN, {-1029}, {-1029}),
    (STOPPED, (), BEGIN, {-1329}, {-1329}),
    (FATAL, (), BEGIN, {-1090, -510}, {-1090}),
    (REFUSED, (), BEGIN, {-510, -1090}, {-510}),
    (NO_RECOVERY, (), BEGIN, {-516}, {-516}),
    (CIRCULAR, (), BEGIN, {0}, {0}),
    (CIRCULAR, (), BEGIN_INCREMENTAL, {-526}, {-526}),
    (NEVER_COPIED, (), BEGIN, {0}, {0}),
    (NEVER_COPIED, (), BEGIN_INCREMENTAL, {-560}, {-560}),
    (BACKED_UP, (), BEGIN_INCREMENTAL, {0}, {0}),
    (BACKED_UP, (), begun(4), {-900}, {-900}),
    (BACKED_UP, (), begun(0x10), {-900}, {-900}),
    (BACKED_UP, (), BEGIN_SURROGATE, {-900}, {0}),
    (BACKED_UP, (BEGIN,), BEGIN, {-505}, {-505}),
    (BACKED_UP, (BEGIN,), backup(), {-505}, {-505}),
    (BACKED_UP, (BEGIN,), DETACH, {-505, -1202}, {-505}),  # it is open, too
    (BACKED_UP, (BEGIN, END_ABORT), BEGIN, {0}, {0}),
    (BACKED_UP, FROZEN, BEGIN, {-505}, {-505}),
    # without a backup [NoBackup of each page]
    (BACKED_UP, (), ATTACH_INFO, {-520}, {-520}),
    (BACKED_UP, (), OPEN_FILE, {-520}, {-520}),
    (BACKED_UP, (), LOG_INFO, {-520}, {-520}),
    (BACKED_UP, (), TRUNCATE_INFO, {-520}, {-520}),
    (BACKED_UP, (), TRUNCATE, {-520}, {-520}),
    (BACKED_UP, (), END_EXTERNAL, {-520}, {-520}),
    (BACKED_UP, (), END_NORMAL, {-520}, {-520}),
    (BACKED_UP, (BEGIN, END_ABORT), LOG_INFO, {-520}, {-520}),
    # databases [GA, OF, RF, CF]
    (BACKED_UP, (BEGIN,), ATTACH_INFO, {0}, {0}),
    (BACKED_UP, (BEGIN_INCREMENTAL,), ATTACH_INFO, {-521}, {-521}),
    (BACKED_UP, (BEGIN,), opening(Target.NAMELESS), {-1003, -1023}, {-1003}),
    (BACKED_UP, (BEGIN, OPEN_FILE), opening(Target.DATABASE, DATABASE, "f2"), {-1011}, {-1011}),
    (BACKED_UP, (BEGIN,), opening(Target.DATABASE, SECOND), {-569, -1811, -1023}, {-1203}),
    (BACKED_UP, LISTED, OPEN_FILE, {-521}, {-521}),
    (BACKED_UP, (BEGIN_INCREMENTAL,), OPEN_FILE, {-521}, {-521}),
    (BACKED_UP, (BEGIN,), opening(Target.CURRENT_LOG), {-521, -569, -1032}, {-1203}),
    (BACKED_UP, (BEGIN, OPEN_FILE), READ_REST, {0}, {0}),
    (BACKED_UP, (BEGIN, OPEN_FILE), reading(Amount.ODD), {-1003}, {-1003}),
    (BACKED_UP, (BEGIN, OPEN_FILE), reading(Amount.ONE), {-1003}, {-1003}),
    (BACKED_UP, (BEGIN, OPEN_FILE), reading(Amount.TWO), {-1003}, {-1003}),
    (BACKED_UP, (*LISTED, OPEN_LOG), reading(Amount.TWO), {-1003}, {0}),
    (BACKED_UP, (BEGIN, OPEN_FILE), reading(Amount.REST, "bad"), {-1003}, {DIES}),
    (BACKED_UP, COPIED, READ_REST, {-1003}, {0}),
    (BACKED_UP, (BEGIN, OPEN_FILE), closing("bad"), {-1003}, {-1003}),
    (BACKED_UP, COPIED, CLOSE_FILE, {-1003}, {-1003}),
    # logs and truncation [GL, GT, TR]
    (BACKED_UP, (BEGIN, OPEN_FILE), LOG_INFO, {-521}, {-521}),
    (BACKED_UP, (BEGIN, OPEN_FILE), TRUNCATE_INFO, {-521}, {-521}),
    (BACKED_UP, LISTED, LOG_INFO, {0}, {0}),
    (BACKED_UP, COPIED, TRUNCATE, {-521}, {-521}),
    (BACKED_UP, LISTED, TRUNCATE, {-521}, {-616}),
    (BACKED_UP, COMPLETE, TRUNCATE, {0}, {0}),
    # the end [EE, E2]
    (BACKED_UP, COMPLETE, END_NORMAL, {0}, {0}),
    (BACKED_UP, COMPLETE, END_EXTERNAL, {0}, {0}),
    (BACKED_UP, (BEGIN,), END_NORMAL, {-800}, {0}),
    (BACKED_UP, (BEGIN,), END_ABORT, {0, -800}, {0}),
    (BACKED_UP, COMPLETE, END_BOTH, {-900, -1003, -800}, {-1003}),
    (BACKED_UP, COMPLETE, END_NONE, {0, -900, -1003}, {-1003}),
    (BACKED_UP, COMPLETE, END_ODD, {-900, -1003}, {-1003}),
    # a stop [SB; C4, C6]
    (BACKED_UP, (BEGIN, STOP_BACKUP), ATTACH_INFO, {-801}, {-801}),
    (BACKED_UP, (BEGIN, STOP_BACKUP), OPEN_FILE, {-801}, {-801}),
    (BACKED_UP, (BEGIN, OPEN_FILE, STOP_BACKUP), READ_REST, {-801}, {-801}),
    (BACKED_UP, (BEGIN, OPEN_FILE, STOP_BACKUP), CLOSE_FILE, {0}, {0}),
    (BACKED_UP, (BEGIN, STOP_BACKUP), LOG_INFO, {-801}, {-801}),
    (BACKED_UP, (*COMPLETE, STOP_BACKUP), TRUNCATE, {-801}, {-801}),
    (BACKED_UP, (*COMPLETE, STOP_BACKUP), END_NORMAL, {-801}, {0}),
    (BACKED_UP, (BEGIN, STOP_BACKUP), END_ABORT, {0, -800, -801}, {0}),
    # a termination [T2; observed: 0, 1, 0x10 -505; 2 to 7 0; 8 -1116]
    (BACKED_UP, (BEGIN,), call("JetTerm2", 0), {-505}, {-505}),
    (BACKED_UP, (BEGIN,), call("JetTerm2", 1), {-505}, {-505}),
    (BACKED_UP, (BEGIN,), call("JetTerm2", 2), {-505}, {0}),
    (BACKED_UP, (BEGIN,), call("JetTerm2", 4), {0}, {0}),
    (BACKED_UP, (BEGIN,), TERM, {-505}, {0}),
    (BACKED_UP, (BEGIN_SURROGATE,), call("JetTerm2", 0), set(), {-617}),
    (BACKED_UP, (BEGIN_SURROGATE,), backup(), set(), {-617}),
    (BACKED_UP, (BEGIN_SURROGATE,), ATTACH_INFO, set(), {-520}),
    (BACKED_UP, (BEGIN_SURROGATE,), END_ABORT, set(), {0}),
]

SNAPSHOT: list[Case] = [
    # preparing [OP, OPI]
    (BACKED_UP, (), PREPARE, {0}, {0}),
    (BACKED_UP, (), PREPARE._replace(grbit=0x100), {-1003}, {-900}),
    (BACKED_UP, (PREPARE,), PREPARE, {-2401}, {0}),
    (BACKED_UP, (), PREPARE_INSTANCE, {-2404, -2401}, {-2404}),
    (BACKED_UP, (EXPLICIT,), PREPARE_INSTANCE, {0}, {0}),
    (BACKED_UP, (PREPARE,), PREPARE_INSTANCE, {0}, {-2403}),
    (BACKED_UP, (EXPLICIT,), PREPARE_INSTANCE._replace(snapshot="bad"), {-2404}, {-2404}),
    (BACKED_UP, (EXPLICIT,), PREPARE_INSTANCE._replace(instance=Instance.GARBAGE), {-1003}, {-1003}),
    (BACKED_UP, FROZEN, PREPARE_INSTANCE, {-2401}, {-2401}),
    # freezing [OZ]
    (BACKED_UP, (), FREEZE, {-2404, -2401}, {-2404}),
    (BACKED_UP, (PREPARE,), FREEZE, {0}, {0}),
    (BACKED_UP, (PREPARE,), snapshot("Freeze", 1), {-1003}, {-900}),
    (BACKED_UP, FROZEN, FREEZE, {-2401}, {-2401}),
    (BACKED_UP, (BEGIN, PREPARE), FREEZE, {-2403}, {-2403}),
    (NEVER_COPIED, (PREPARE._replace(grbit=1),), FREEZE, {0}, {-560}),
    (BACKED_UP, (EXPLICIT, FREEZE, BEGIN), FREEZE, {-2401, -2403}, {-2401}),
    # what a freeze excludes [BE: BackupInProgress; C29]
    (BACKED_UP, FROZEN, backup(), {-505}, {-505}),
    # thawing [OT; C26]
    (BACKED_UP, (), THAW, {-1003, -2401, -2404}, {-2404}),
    (BACKED_UP, (PREPARE,), THAW, {-1003, -2401}, {-2401}),
    (BACKED_UP, FROZEN, THAW, {0, -2402}, {0}),
    (BACKED_UP, (*FROZEN, THAW), THAW, {-1003, -2401, -2404}, {-2404}),
    (BACKED_UP, FROZEN, snapshot("Thaw", 1), {-1003, -2402}, {-900}),
    # logs [OTL, OTI]
    (BACKED_UP, (PREPARE,), TRUNCATE_SNAPSHOT, {-2401}, {-2401}),
    (BACKED_UP, FROZEN, TRUNCATE_SNAPSHOT, {-2401}, {-2401}),
    (BACKED_UP, THAWED, TRUNCATE_SNAPSHOT, {0}, {0}),
    (BACKED_UP, THAWED, TRUNCATE_INSTANCE, {0}, {0}),
    (BACKED_UP, THAWED, snapshot("TruncateLog", 2), {-900}, {-900}),
    (BACKED_UP, (COPYING, FREEZE, THAW), TRUNCATE_SNAPSHOT, {-2401}, {-2401}),
    (BACKED_UP, THAWED, TRUNCATE_SNAPSHOT._replace(snapshot="bad"), {-2401, -2404}, {-2404}),
    # the end [OE, OA; C25]
    (BACKED_UP, (), END_SNAPSHOT, {-2404, -2401}, {-2404}),
    (BACKED_UP, (PREPARE,), END_SNAPSHOT, {-2401}, {0}),
    (BACKED_UP, FROZEN, END_SNAPSHOT, {-2401, -2402}, {-2401}),
    (BACKED_UP, THAWED, END_SNAPSHOT, {0}, {0}),
    (BACKED_UP, THAWED, snapshot("End", 2), {-900}, {-900}),
    (BACKED_UP, FROZEN, snapshot("End", 1), {0, -2402}, {0}),
    (BACKED_UP, (PREPARE,), ABORT, {0}, {0}),
    (BACKED_UP, FROZEN, ABORT, {0}, {0}),
    (BACKED_UP, (), ABORT, {-2404}, {-2404}),
    (BACKED_UP, (PREPARE, ABORT), PREPARE, {0}, {0}),
    (BACKED_UP, (*FROZEN, ABORT), backup(), {0}, {0}),
]
# fmt: on


def name(case: object) -> str:
    return case.label() if isinstance(case, Call) else ""


@pytest.mark.parametrize(("start", "before", "made", "pages", "engine"), [*STREAMING, *SNAPSHOT], ids=name)
@pytest.mark.parametrize("profile", [DOCUMENTED, ESE], ids=["documented", "ese"])
def test_codes(
    profile: Profile, start: Control, before: tuple[Call, ...], made: Call, pages: set[int], engine: set[int | None]
) -> None:
    expected = pages if profile is DOCUMENTED else engine
    if expected:  # else the pages do not let the situation come about
        assert codes(profile, after(profile, start, *before), made) == expected


# -- time, damage, and what stays -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("made", "pages", "engine"),
    [
        (THAW, {-2402}, {-2402}),  # OT Return value: OSSnapshotTimeOut
        (END_SNAPSHOT, {-2402}, {-2401}),  # OE Return value: TimeOut
        (ABORT, {0}, {0}),
        (FREEZE, {-2401}, {-2401}),
        (TRUNCATE_SNAPSHOT, {-2401}, {-2401}),  # OTL Return value: InvalidSequence: timed out
    ],
)
def test_a_freeze_whose_time_is_over(made: Call, pages: set[int], engine: set[int]) -> None:
    for profile, expected in ((DOCUMENTED, pages), (ESE, engine)):
        late = apply_fault("snapshot-timeout", after(profile, BACKED_UP, *FROZEN))
        assert codes(profile, late, made) == expected


def test_after_a_thaw_that_came_too_late_another_session_may_be_prepared() -> None:
    late = apply_fault("snapshot-timeout", after(DOCUMENTED, BACKED_UP, *FROZEN))
    (ended,) = {state for state, done in _ways(DOCUMENTED, late, THAW) if done == -2402}
    assert codes(DOCUMENTED, ended, PREPARE) == {0}


@pytest.mark.parametrize("profile", [DOCUMENTED, ESE], ids=["documented", "ese"])
def test_a_damaged_page_cancels_its_file_and_not_the_backup(profile: Profile) -> None:
    """RF Remarks: only that file is cancelled; the handle is closed."""
    damaged = apply_fault("page", after(profile, BACKED_UP, BEGIN, OPEN_FILE))
    assert codes(profile, damaged, READ_REST) == {-1018}
    (dropped,) = {state for state, done in _ways(profile, damaged, READ_REST) if done == -1018}
    assert codes(profile, dropped, CLOSE_FILE) == {-1003}
    assert codes(profile, dropped, LOG_INFO) == {0}
    assert codes(profile, dropped, OPEN_FILE) == {0}


def test_a_freeze_that_is_repeated_does_not_end_the_one_there_is() -> None:
    """OZ, failure: normal running; a second one changes nothing of a session that is frozen."""
    frozen = after(DOCUMENTED, BACKED_UP, EXPLICIT, FREEZE, BEGIN)
    assert {state for state, _ in _ways(DOCUMENTED, frozen, FREEZE)} == {frozen}
    assert codes(DOCUMENTED, frozen, THAW) == {0, -2402}


def test_a_snapshot_is_the_activity_of_an_instance_only_while_it_is_frozen_or_thawed() -> None:
    domain = next(one for one in EXTERNAL_DOMAINS if one.name == "snapshot")
    of_snapshots = [
        node.control
        for node in explore(Stepper(DOCUMENTED), domain).cells
        if node.control.activity is Activity.SNAPSHOT
    ]
    assert len(of_snapshots) > 5
    phases = {control.snapshot.phase for control in of_snapshots if control.snapshot is not None}
    assert phases == {SnapshotPhase.FROZEN, SnapshotPhase.THAWED}


def test_a_marked_backup_is_one_that_truncated_or_says_so() -> None:
    """E2 Remarks: without truncation it is a copy, on which no incremental one can build."""
    copied = after(DOCUMENTED, NEVER_COPIED, *COMPLETE, END_NORMAL)
    assert codes(DOCUMENTED, copied, BEGIN_INCREMENTAL) == {-560}
    truncated = after(DOCUMENTED, NEVER_COPIED, *COMPLETE, TRUNCATE, END_NORMAL)
    assert codes(DOCUMENTED, truncated, BEGIN_INCREMENTAL) == {0}
    said = on_instance("JetEndExternalBackupInstance2", grbit=0x101)
    assert codes(DOCUMENTED, after(DOCUMENTED, NEVER_COPIED, *COMPLETE, said), BEGIN_INCREMENTAL) == {0}


def test_microsofts_engine_refuses_backups_for_good_after_a_refused_termination() -> None:
    """observed: JetTerm2 failed with -505, that backup then ended: -523 for good."""
    (refused,) = {
        state for state, done in _ways(ESE, after(ESE, BACKED_UP, BEGIN), call("JetTerm2", 0)) if done == -505
    }
    ended = after(ESE, refused, END_ABORT)
    assert codes(ESE, ended, backup()) == codes(ESE, ended, BEGIN) == {-523}


def test_the_documented_engine_goes_on_after_a_refused_termination() -> None:
    term = call("JetTerm2", 0)
    (refused,) = {state for state, done in _ways(DOCUMENTED, after(DOCUMENTED, BACKED_UP, BEGIN), term) if done == -505}
    assert codes(DOCUMENTED, after(DOCUMENTED, refused, END_ABORT), BEGIN) == {0}


@pytest.mark.parametrize("made", [BEGIN, ATTACH_INFO, ATTACH])
def test_a_failed_call_of_the_family_ends_the_backup_or_does_not(made: Call) -> None:
    """BE, failure: another session is not cancelled. GA, On failure: the backup is cancelled."""
    start = after(DOCUMENTED, BACKED_UP, BEGIN_INCREMENTAL)
    states = {state for state, done in _ways(DOCUMENTED, start, made) if done < 0}
    gone = {codes(DOCUMENTED, state, LOG_INFO) == {-520} for state in states}
    assert gone == {made is ATTACH_INFO}


def _ways(profile: Profile, control: Control, made: Call) -> set[tuple[Control, int]]:
    return {(state, done.code) for state, done in run(Stepper(profile), control, made) if done.code is not None}


def test_phases_that_are_no_moment_for_a_backup() -> None:
    """BE: BackupNotAllowedYet in recovery or shutdown; Std-5 of the others."""
    restoring = CREATED._replace(phase=Phase.RESTORING)
    assert codes(DOCUMENTED, restoring, BEGIN) == {-506, -1029, -523}
    assert codes(ESE, restoring, BEGIN) == {-506}
    assert codes(DOCUMENTED, CREATED._replace(phase=Phase.INITIALIZING), BEGIN) == {-523, -1029, -1031}
    assert codes(ESE, CREATED._replace(phase=Phase.INITIALIZING), BEGIN) == {-1029}
