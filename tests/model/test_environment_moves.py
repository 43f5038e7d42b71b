"""What the environment does to the control state: crashes, files that go or are changed, faults on an adapter's word."""

from jetconform.model import environment_moves
from jetconform.model.external import Snapshot, SnapshotPhase
from jetconform.model.state import Activity, Backed, Control, Damage, Database, Handle, Log, Phase

ATTACHED = Database("db/test.edb", attached=True, backed_up=Backed.YES, new=True, open_by=(("d1", "s1"),))
OTHER = Database("db/other.edb", backed_up=Backed.NO)
AWAY = Database("elsewhere/far.edb")
RUNNING = Control(handle=Handle.VALID, phase=Phase.RUNNING, sessions=("s1",), databases=(OTHER, ATTACHED, AWAY))


def test_a_crash_leaves_the_files_and_nothing_else() -> None:
    busy = RUNNING._replace(activity=Activity.LOGS, fatal=True, log=Log.REFUSED)
    detached = ATTACHED._replace(attached=False, new=False, open_by=())
    assert environment_moves.crash(busy) == Control(databases=(OTHER, detached, AWAY))


def test_after_a_crash_damage_may_have_been_written_over() -> None:
    damaged = RUNNING._replace(log_damage=Damage.NEEDED, databases=(ATTACHED._replace(damage=Damage.NEEDED),))
    after = environment_moves.crash(damaged)
    assert (after.log_damage, after.databases[0].damage) == (Damage.UNKNOWN, Damage.UNKNOWN)


def test_a_folder_that_is_emptied_keeps_what_is_held_open() -> None:
    damaged = RUNNING._replace(log_damage=Damage.NEEDED)
    assert environment_moves.emptied("db", damaged) == RUNNING._replace(databases=(ATTACHED, AWAY))


def test_without_its_logs_a_database_may_need_a_full_backup_anew() -> None:
    far, snapped = AWAY._replace(backed_up=Backed.YES), AWAY._replace(path="far/s.edb", backed_up=Backed.SNAPSHOT)
    resting = Control(databases=(far, snapped))
    unknown = far._replace(backed_up=Backed.UNKNOWN)
    assert environment_moves.emptied("db", resting) == Control(databases=(unknown, snapped))
    assert environment_moves.emptied("bk", resting) == resting


def test_a_file_that_is_deleted() -> None:
    assert environment_moves.deleted("db/other.edb", RUNNING) == RUNNING._replace(databases=(ATTACHED, AWAY))
    assert environment_moves.deleted("db/test.edb", RUNNING) == RUNNING


def test_of_changed_bytes_it_is_not_known_whether_they_are_used() -> None:
    after = environment_moves.damaged("db/test.edb", RUNNING)
    assert after == RUNNING._replace(databases=(OTHER, ATTACHED._replace(damage=Damage.UNKNOWN), AWAY))
    known = RUNNING._replace(databases=(ATTACHED._replace(damage=Damage.NEEDED),))
    assert environment_moves.damaged("db/test.edb", known) == known
    assert environment_moves.damaged("db/none.edb", RUNNING) == RUNNING


def test_a_fault_on_an_adapters_word() -> None:
    """DESIGN section 5: a page, a log, a log volume that is full, a log write that broke off."""
    page = environment_moves.apply_fault("page", RUNNING)
    assert [one.damage for one in page.databases] == [Damage.NONE, Damage.NEEDED, Damage.NONE]
    assert environment_moves.apply_fault("log", RUNNING) == RUNNING._replace(log_damage=Damage.NEEDED)
    assert environment_moves.apply_fault("log-full", RUNNING) == RUNNING._replace(log=Log.FULL)
    assert environment_moves.apply_fault("log-torn", RUNNING) == RUNNING._replace(log=Log.TORN)
    assert environment_moves.apply_fault("log-full", Control()) == Control()


def test_time_that_passes_ends_a_freeze() -> None:
    frozen = Snapshot(phase=SnapshotPhase.FROZEN, member=True)
    after = environment_moves.apply_fault("snapshot-timeout", RUNNING._replace(snapshot=frozen))
    assert after.snapshot is not None
    assert after.snapshot.phase is SnapshotPhase.TIMED_OUT
