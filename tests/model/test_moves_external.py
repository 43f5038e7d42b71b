"""What streaming backups and snapshots are after a call, worked out by hand from the pages and the source."""

import pytest
from jetconform.model.alphabet import (
    ABORT,
    ATTACH_INFO,
    BEGIN,
    BEGIN_INCREMENTAL,
    CLOSE_FILE,
    CONTINUING,
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
    opening,
    snapshot,
)  # fmt: skip
from jetconform.model.calls import Call, Instance, Stage
from jetconform.model.cells import released
from jetconform.model.environment_moves import apply_fault
from jetconform.model.external import Amount, SnapshotPhase, Target
from jetconform.model.guards.documented import DOCUMENTED
from jetconform.model.guards.ese import ESE
from jetconform.model.rows import Profile
from jetconform.model.state import Activity, Backed, Control, Damage, Database, Handle, Log, Phase, StopRequest
from jetconform.model.step import Stepper, run
from model_world import (
    BACKED_UP,
    COPIED,
    CREATED,
    NEVER_COPIED,
    STOP_BACKUP,
    after,
    call,
    codes,
    faulty,
    held,
    with_parameters,
)  # fmt: skip

PROFILES = {"pages": DOCUMENTED, "engine": ESE}
REFUSED, FATAL = BACKED_UP._replace(log=Log.REFUSED), BACKED_UP._replace(fatal=True)
UNKNOWN = COPIED._replace(damage=Damage.UNKNOWN)
COMPLETE = (BEGIN, OPEN_FILE, READ_REST, CLOSE_FILE, LOG_INFO, OPEN_LOG, READ_REST, CLOSE_FILE)


def ends(profile: Profile, control: Control, made: Call, code: int) -> set[Control]:
    return {state for state, done in run(Stepper(profile), control, made) if done.code == code}


# -- streaming backups ---------------------------------------------------------------------------------------------------

OPEN_ODD = opening(Target.NAMELESS)
BAD_END = call("JetEndExternalBackupInstance2", 0x40)
CANCELLED, OPENED = True, False

# fmt: off
FAILING: list[tuple[str, tuple[Call, ...], Call, int, bool]] = [
    ("GA On failure: the backup is cancelled", (BEGIN_INCREMENTAL,), ATTACH_INFO, -521, CANCELLED),
    ("OF On failure: the backup is cancelled", (BEGIN,), OPEN_ODD, -1003, CANCELLED),
    ("OF On failure: the backup is cancelled", (BEGIN,), OPEN_ODD, -1023, CANCELLED),
    ("OF On failure: the backup is cancelled", (BEGIN, OPEN_FILE), OPEN_FILE, -1011, CANCELLED),
    ("OF On failure: the backup is cancelled", (BEGIN, LOG_INFO), OPEN_FILE, -521, CANCELLED),
    ("OF On failure: the backup is cancelled", (BEGIN,), opening(Target.CURRENT_LOG), -521, CANCELLED),
    ("OF On failure: the backup is cancelled", (BEGIN,), opening(Target.CURRENT_LOG), -569, CANCELLED),
    ("OF On failure: not for a database that is not attached", (BEGIN,), opening(Target.DATABASE, SECOND), -569, OPENED),
    ("OF On failure: not for a database that is not attached", (BEGIN,), opening(Target.DATABASE, SECOND), -1811, OPENED),
    ("GL On failure: the backup is cancelled", (BEGIN, OPEN_FILE), LOG_INFO, -521, CANCELLED),
    ("GT On failure: the backup is cancelled", (BEGIN, OPEN_FILE), TRUNCATE_INFO, -521, CANCELLED),
    ("RF", (BEGIN,), READ_REST, -1003, OPENED),
    ("CF", (BEGIN,), CLOSE_FILE, -1003, OPENED),
    ("TR", (BEGIN,), TRUNCATE, -521, OPENED),
    ("E2: a bad option ends nothing", (BEGIN,), BAD_END, -900, OPENED),
    ("E2: ended in the middle", (BEGIN,), END_NORMAL, -800, CANCELLED),
    ("EE: ended in the middle", (BEGIN,), END_EXTERNAL, -800, CANCELLED),
    ("C4", (*COMPLETE, STOP_BACKUP), END_NORMAL, -801, CANCELLED),
    ("C4", (*COMPLETE, STOP_BACKUP), END_EXTERNAL, -801, CANCELLED),
    ("C4", (BEGIN, STOP_BACKUP), END_ABORT, -801, CANCELLED),
    ("E2: on XP also for an intentional end", (BEGIN,), END_ABORT, -800, CANCELLED),
    ("E2: intentional", (BEGIN,), END_ABORT, 0, CANCELLED),
    ("GA", (BEGIN,), ATTACH_INFO, 0, OPENED),
]
# fmt: on


@pytest.mark.parametrize(
    ("source", "before", "made", "code", "cancelled"),
    FAILING,
    ids=[f"{n} {one[2].name}" for n, one in enumerate(FAILING)],
)
def test_whether_a_call_ends_the_streaming_backup(
    source: str, before: tuple[Call, ...], made: Call, code: int, cancelled: bool
) -> None:
    for state in ends(DOCUMENTED, after(DOCUMENTED, BACKED_UP, *before), made, code):
        assert (state.streaming is None) is cancelled, source
        assert state.activity is (Activity.IDLE if cancelled else Activity.STREAMING)
        assert state.streaming is None or not state.streaming.busy


@pytest.mark.parametrize("made", [LOG_INFO, TRUNCATE_INFO], ids=lambda made: made.name)
def test_a_log_that_cannot_be_written_ends_the_streaming_backup(made: Call) -> None:
    """EC: LogWriteFail; GL On failure: cancelled; 5.1 P17."""
    opened = after(DOCUMENTED, BACKED_UP, BEGIN)
    assert ends(DOCUMENTED, faulty(opened, "log-full"), made, -510) == {REFUSED}
    assert codes(DOCUMENTED, faulty(opened, "log-full"), made) == {0, -510}
    assert ends(DOCUMENTED, faulty(opened, "log-torn"), made, -1090) == {FATAL}
    assert codes(DOCUMENTED, faulty(opened, "log-torn"), made) == {0, -510, -1090}
    assert ends(DOCUMENTED, opened._replace(log=Log.REFUSED), made, -510) == {REFUSED}
    assert codes(DOCUMENTED, opened._replace(log=Log.REFUSED), made) == {0, -510}


@pytest.mark.parametrize("made", [LOG_INFO, TRUNCATE_INFO], ids=lambda made: made.name)
def test_microsofts_engine_writes_the_log_when_it_is_listed_first(made: Call) -> None:
    """source 2.3 step 5: the log goes down at the roll, which the second listing does not make."""
    opened = after(ESE, BACKED_UP, BEGIN)
    (down,) = ends(ESE, faulty(opened, "log-full"), made, -510)
    assert (down.log, down.streaming) == (Log.REFUSED, opened.streaming)
    assert codes(ESE, faulty(opened, "log-full"), made) == {-510}
    assert codes(ESE, faulty(after(ESE, opened, LOG_INFO), "log-full"), made) == {0}


@pytest.mark.parametrize("profile", PROFILES)
def test_damage_that_a_client_reads(profile: str) -> None:
    """RF Remarks: only that file is cancelled; L23: a log cancels the whole backup; what is read may miss the damage."""
    table = PROFILES[profile]
    reading = after(table, BACKED_UP, BEGIN, OPEN_FILE)
    part = READ_REST._replace(amount=Amount.PART)
    known, unknown = faulty(reading, "page"), reading._replace(databases=(UNKNOWN,))
    assert codes(table, known, READ_REST) == {-1018}
    assert codes(table, unknown, READ_REST) == {-1018, 0}
    assert codes(table, known, part) == {-1018, 0}
    begun = after(table, reading, part)
    assert codes(table, faulty(begun, "page"), READ_REST) == {-1018, 0}
    assert codes(table, faulty(reading, "log"), READ_REST) == {0}
    for state in (*ends(table, known, READ_REST, -1018), *ends(table, unknown, READ_REST, -1018)):
        assert state.streaming is not None
        assert state.streaming.file is None
    log = after(table, BACKED_UP, BEGIN, OPEN_FILE, READ_REST, CLOSE_FILE, LOG_INFO, OPEN_LOG)
    assert codes(table, faulty(log, "log"), READ_REST) == {-612, 0}
    assert codes(table, faulty(log, "page"), READ_REST) == {0}
    assert {state.streaming for state in ends(table, faulty(log, "log"), READ_REST, -612)} == {None}


# -- snapshots -----------------------------------------------------------------------------------------------------------


def phase(control: Control) -> SnapshotPhase | None:
    return control.snapshot.phase if control.snapshot is not None else None


def member(control: Control) -> bool:
    return control.snapshot is not None and control.snapshot.member


FROZEN, THAWED = (PREPARE, FREEZE), (CONTINUING, FREEZE, THAW)


@pytest.mark.parametrize("profile", PROFILES)
def test_a_session_from_its_beginning_to_its_end(profile: str) -> None:
    table = PROFILES[profile]
    prepared = after(table, BACKED_UP, PREPARE)
    assert (phase(prepared), member(prepared)) == (SnapshotPhase.PREPARED, True)
    chosen = after(table, BACKED_UP, EXPLICIT)
    assert not member(chosen)
    assert member(after(table, chosen, PREPARE_INSTANCE))
    frozen = {state for state in ends(table, prepared, FREEZE, 0) if member(state)}
    assert {(phase(state), state.activity) for state in frozen} == {(SnapshotPhase.FROZEN, Activity.SNAPSHOT)}
    for state in frozen:
        assert ends(table, state, THAW, 0) == {BACKED_UP._replace(databases=_saved(profile))}
        assert ends(table, state, ABORT, 0) == {BACKED_UP}
        assert ends(table, state, snapshot("End", 1), 0) == {BACKED_UP}
    thawed = {state for state in ends(table, after(table, BACKED_UP, CONTINUING), FREEZE, 0) if member(state)}
    for state in thawed:
        (once,) = ends(table, state, THAW, 0)
        assert phase(once) is SnapshotPhase.THAWED
        assert ends(table, once, END_SNAPSHOT, 0) == {BACKED_UP._replace(databases=_saved(profile))}


def _saved(profile: str) -> tuple[Database, ...]:
    return (COPIED._replace(backed_up=Backed.SNAPSHOT if profile == "engine" else Backed.YES),)


def test_a_freeze_of_instances_that_are_busy() -> None:
    """OZ Return value: NotAllowed: a streaming backup is in progress, an instance is recovering or terminating; L14, L15."""
    prepared = after(DOCUMENTED, BACKED_UP, PREPARE)
    for changes, expected in (
        ({"phase": Phase.TERMINATING}, {-2403}), ({"log": Log.REFUSED}, {0, -2403}), ({"fatal": True}, {0, -2403}),
    ):  # fmt: skip
        busy = prepared._replace(**changes)
        assert codes(DOCUMENTED, busy, FREEZE) == expected
        assert {(phase(state), member(state)) for state in ends(DOCUMENTED, busy, FREEZE, -2403)} == {
            (SnapshotPhase.REFUSED, False)
        }
    for phase_then in (Phase.INITIALIZING, Phase.RESTORING):
        created = after(DOCUMENTED, CREATED, PREPARE)._replace(phase=phase_then)
        assert codes(DOCUMENTED, created, FREEZE) == {-2403}
        assert {phase(state) for state in ends(DOCUMENTED, created, FREEZE, -2403)} == {SnapshotPhase.REFUSED}
    streaming = after(DOCUMENTED, BACKED_UP, BEGIN, PREPARE)
    assert {phase(state) for state in ends(DOCUMENTED, streaming, FREEZE, -2403)} == {SnapshotPhase.REFUSED}


@pytest.mark.parametrize("changes", [{"phase": Phase.TERMINATING}, {"log": Log.REFUSED}, {"fatal": True}])
def test_a_bad_id_is_told_of_no_instance(changes: dict[str, object]) -> None:
    """OZ Return value: InvalidSnapId; of a session that is not the last one nothing can be said."""
    prepared = after(DOCUMENTED, BACKED_UP, PREPARE)._replace(**changes)  # type: ignore[arg-type]
    assert codes(DOCUMENTED, prepared, FREEZE._replace(snapshot="bad")) == {-2404}
    frozen = _frozen()._replace(**changes)  # type: ignore[arg-type]
    assert -2403 not in codes(DOCUMENTED, frozen, THAW)


def _frozen() -> Control:
    (frozen,) = {state for state in ends(DOCUMENTED, after(DOCUMENTED, BACKED_UP, PREPARE), FREEZE, 0) if member(state)}
    return frozen


def test_which_instances_a_freeze_takes() -> None:
    """OP: all that ran when it was prepared; OPI: or all that run now; or those that were named."""
    started_later = BACKED_UP._replace(snapshot=after(DOCUMENTED, CREATED, PREPARE).snapshot)
    assert {member(state) for state in ends(DOCUMENTED, started_later, FREEZE, 0)} == {True, False}
    assert {phase(state) for state in ends(DOCUMENTED, started_later, FREEZE, 0)} == {SnapshotPhase.FROZEN}
    assert {member(state) for state in ends(DOCUMENTED, after(DOCUMENTED, BACKED_UP, PREPARE), FREEZE, 0)} == {True}
    assert {member(state) for state in ends(DOCUMENTED, after(DOCUMENTED, BACKED_UP, EXPLICIT), FREEZE, 0)} == {False}
    assert {member(state) for state in ends(DOCUMENTED, after(DOCUMENTED, CREATED, PREPARE), FREEZE, 0)} == {False}


def test_a_freeze_that_lasted_too_long() -> None:
    """OT, OE Return value: OSSnapshotTimeOut; the failure ends the session; time passes of itself."""
    late = apply_fault("snapshot-timeout", _frozen())
    for made in (THAW, END_SNAPSHOT):
        assert codes(DOCUMENTED, late, made) == {-2402}
        assert ends(DOCUMENTED, late, made, -2402) == {BACKED_UP}
        assert ends(DOCUMENTED, _frozen(), made, -2402) == {BACKED_UP}
        assert -2402 not in codes(DOCUMENTED, late, made._replace(snapshot="bad"))
        assert -2402 not in codes(DOCUMENTED, _frozen(), made._replace(snapshot="bad"))
    engine = apply_fault("snapshot-timeout", after(ESE, BACKED_UP, *FROZEN))
    assert ends(ESE, engine, THAW, -2402) == {BACKED_UP}


SAVED = BACKED_UP._replace(databases=(COPIED._replace(backed_up=Backed.SNAPSHOT),))
SAVED_CIRCULAR = with_parameters(SAVED, circular=True)


@pytest.mark.parametrize(
    ("start", "changes", "grbit", "code"),
    [
        (BACKED_UP, {"backup_refused": True}, 0, -2403), (BACKED_UP, {"log": Log.REFUSED}, 0, -510),
        (NEVER_COPIED, {}, 1, -560), (SAVED_CIRCULAR, {}, 1, -526), (after(ESE, BACKED_UP, BEGIN), {}, 0, -2403),
    ],
)  # fmt: skip
def test_after_a_failed_freeze_no_instance_is_in_the_session(
    start: Control, changes: dict[str, object], grbit: int, code: int
) -> None:
    """source 5.2: prepared as before, but the instances are forsaken."""
    prepared = after(ESE, start, PREPARE._replace(grbit=grbit))._replace(**changes)  # type: ignore[arg-type]
    (failed,) = ends(ESE, prepared, FREEZE, code)
    assert (phase(failed), member(failed)) == (SnapshotPhase.PREPARED, False)


def test_the_calls_that_truncate_are_alike() -> None:
    """OTL, OTI Return value: InvalidSequence, InvalidGrbit; C28: InvalidSnapId too."""
    for name, instance in (("TruncateLog", None), ("TruncateLogInstance", Instance.NAMED)):
        made = snapshot(name, 1, instance=instance)
        for table in PROFILES.values():
            thawed = (
                after(table, BACKED_UP, *THAWED) if table is ESE else after(DOCUMENTED, _frozen_to_continue(), THAW)
            )
            assert codes(table, thawed, made) == {0}
            assert codes(table, thawed, made._replace(grbit=2)) == {-900}
            copied = thawed._replace(snapshot=thawed.snapshot and thawed.snapshot._replace(grbit=6))
            assert codes(table, copied, made) == {-2401}
            prepared = after(table, BACKED_UP, PREPARE)
            assert codes(table, prepared, made) == {-2401}
        thawed = after(DOCUMENTED, _frozen_to_continue(), THAW)
        assert codes(DOCUMENTED, thawed, made._replace(snapshot="bad")) == {-2401, -2404}
    outside = thawed._replace(snapshot=thawed.snapshot and thawed.snapshot._replace(member=False))
    assert codes(DOCUMENTED, outside, made) == {-2401}


def _frozen_to_continue() -> Control:
    prepared = after(DOCUMENTED, BACKED_UP, CONTINUING)
    (frozen,) = {state for state in ends(DOCUMENTED, prepared, FREEZE, 0) if member(state)}
    return frozen


def test_options_of_snapshot_calls_that_are_reserved() -> None:
    """OPI, OZ, OT, OA Parameters: reserved, zero; C22."""
    chosen = after(DOCUMENTED, BACKED_UP, EXPLICIT)
    assert codes(DOCUMENTED, chosen, PREPARE_INSTANCE._replace(grbit=1)) == {-1003}
    assert codes(DOCUMENTED, chosen, ABORT._replace(grbit=1)) == {-1003}
    assert codes(ESE, after(ESE, BACKED_UP, EXPLICIT), PREPARE_INSTANCE._replace(grbit=1)) == {-900}
    assert codes(ESE, after(ESE, BACKED_UP, EXPLICIT), ABORT._replace(grbit=1)) == {-900}


def test_a_second_session_after_a_refused_freeze() -> None:
    """OP Return value: InvalidSequence; OZ: whether a failed freeze ends the session is not said."""
    (refused,) = ends(DOCUMENTED, after(DOCUMENTED, BACKED_UP, BEGIN, PREPARE), FREEZE, -2403)
    assert codes(DOCUMENTED, refused, PREPARE) == {0, -2401}
    assert codes(DOCUMENTED, after(DOCUMENTED, BACKED_UP, PREPARE), PREPARE) == {-2401}


def test_a_bad_id_and_a_busy_instance() -> None:
    """OZ Return value: InvalidSnapId; what is told of the last session is not told of another."""
    bad = FREEZE._replace(snapshot="bad")
    assert codes(DOCUMENTED, after(DOCUMENTED, BACKED_UP, BEGIN, PREPARE), bad) == {-2404}
    assert codes(DOCUMENTED, after(DOCUMENTED, BACKED_UP, EXPLICIT, FREEZE, BEGIN), bad) == {-2404, -2401}
    for then in (Phase.INITIALIZING, Phase.RESTORING):
        assert codes(DOCUMENTED, after(DOCUMENTED, CREATED, PREPARE)._replace(phase=then), bad) == {-2404}


@pytest.mark.parametrize(
    "changes", [{"phase": Phase.INITIALIZING}, {"phase": Phase.RESTORING}, {"phase": Phase.TERMINATING},
                {"log": Log.REFUSED}, {"fatal": True}],
)  # fmt: skip
def test_a_second_freeze_of_an_instance_that_could_not_be_frozen(changes: dict[str, object]) -> None:
    """OZ Return value: InvalidSequence: it is frozen."""
    frozen = after(DOCUMENTED, BACKED_UP, EXPLICIT, FREEZE)._replace(**changes)  # type: ignore[arg-type]
    assert codes(DOCUMENTED, frozen, FREEZE) == {-2401}


def test_an_instance_that_is_chosen_while_it_is_backed_up() -> None:
    """OZ Return value: NotAllowed; OPI has no code for it."""
    assert codes(DOCUMENTED, after(DOCUMENTED, BACKED_UP, BEGIN, EXPLICIT), PREPARE_INSTANCE) == {0, -2403}
    assert codes(DOCUMENTED, after(DOCUMENTED, BACKED_UP, EXPLICIT), PREPARE_INSTANCE) == {0}
    garbage = PREPARE_INSTANCE._replace(instance=Instance.GARBAGE)
    assert codes(DOCUMENTED, _frozen(), garbage) == {-1003, -2401}


def test_a_truncation_of_an_instance_that_is_none() -> None:
    """5.1 P1; Std-5: NotInitialized."""
    thawed = after(DOCUMENTED, _frozen_to_continue(), THAW)
    made = snapshot("TruncateLogInstance", 1, instance=Instance.NAMED)
    assert codes(DOCUMENTED, thawed, made._replace(instance=Instance.GARBAGE)) == {-1003}
    assert codes(DOCUMENTED, thawed._replace(phase=Phase.TERMINATING), made) == {0, -1029}
    assert codes(DOCUMENTED, thawed._replace(handle=Handle.FREED, phase=Phase.CREATED), made) == {-1003, -1029}


def test_a_freeze_looks_at_members_alone() -> None:
    """source 5.2: the instances of the session."""
    for start in (NEVER_COPIED, SAVED_CIRCULAR, after(ESE, BACKED_UP, BEGIN)):
        assert codes(ESE, after(ESE, start, PREPARE._replace(grbit=9)), FREEZE) == {0}
    assert codes(ESE, after(ESE, SAVED, PREPARE._replace(grbit=1)), FREEZE) == {0}


@pytest.mark.parametrize(
    "made",
    [snapshot(name, 2) for name in ("Freeze", "Thaw", "Abort", "TruncateLog", "End")],
    ids=lambda made: made.name,
)
def test_microsofts_engine_looks_at_options_before_the_id(made: Call) -> None:
    """source 5.2."""
    assert codes(ESE, after(ESE, BACKED_UP, PREPARE), made._replace(snapshot="bad")) == {-900}
    assert codes(ESE, after(ESE, BACKED_UP, PREPARE), made._replace(snapshot="bad", grbit=0)) == {-2404}


def test_microsofts_engine_knows_a_bad_id_of_an_instances_truncation() -> None:
    """observed: -2404; source 5.2."""
    made = snapshot("TruncateLogInstance", 1, "bad", Instance.NAMED)
    assert codes(ESE, after(ESE, BACKED_UP, *THAWED), made) == {-2404}


@pytest.mark.parametrize(
    "made", [ATTACH_INFO, LOG_INFO, TRUNCATE_INFO, OPEN_FILE, END_EXTERNAL], ids=lambda made: made.name
)
def test_a_call_that_is_stopped_is_no_longer_inside_the_backup(made: Call) -> None:
    """C36; T2, StopBackup: a termination that waited for it ends the backup."""
    node = held(DOCUMENTED, after(DOCUMENTED, BACKED_UP, BEGIN), made, Stage.WORKING)
    stopped = node._replace(control=node.control._replace(stop_backup=StopRequest.DURING))
    for outcome in released(Stepper(DOCUMENTED), stopped):
        if outcome.code == -801 and made is not END_EXTERNAL:
            assert outcome.node.control.streaming is not None
            assert not outcome.node.control.streaming.busy
    waited = node._replace(control=node.control._replace(term_waiting=True))
    found = {
        outcome.node.control.streaming for outcome in released(Stepper(DOCUMENTED), waited) if outcome.code == -801
    }
    assert found == {None}
