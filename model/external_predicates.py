"""Named predicates on streaming backups and snapshot sessions; `predicates.py` has the others."""

from collections.abc import Callable

from .calls import Call
from .external import Amount, Kind, OpenFile, SnapshotPhase, Streaming, Target
from .state import Activity, Backed, Control, Damage, Database
from .subject import Predicate, grbit_beyond, grbit_has, on, on_running
from .vocabulary import BackupGrbit, EndBackupGrbit, SnapshotGrbit, SnapshotTruncateGrbit

_CALLS_OWN = frozenset(Activity) - {Activity.IDLE, Activity.STREAMING, Activity.SNAPSHOT}
_ENDS = int(EndBackupGrbit.NORMAL | EndBackupGrbit.ABORT)
_END_BITS = _ENDS | int(EndBackupGrbit.TRUNCATE_DONE)


def _streaming(test: Callable[[Streaming], bool] = lambda _: True) -> Predicate:
    """Of a streaming backup that a client began."""

    def predicate(control: Control, call: Call) -> bool:
        streaming = control.streaming
        return streaming is not None and not streaming.internal and on(control, call) and test(streaming)

    return predicate


def _context(test: Callable[[Streaming], bool] = lambda _: True) -> Predicate:
    """Of whatever backup has the instance's backup context, JetBackupInstance included [source 0]."""

    def predicate(control: Control, call: Call) -> bool:
        streaming = control.streaming
        return streaming is not None and not streaming.cut_off and on(control, call) and test(streaming)

    return predicate


def _no(predicate: Predicate) -> Predicate:
    return lambda control, call: not predicate(control, call)


def _file(test: Callable[[OpenFile, Call], bool]) -> Predicate:
    def predicate(control: Control, call: Call) -> bool:
        file = control.streaming.file if control.streaming is not None else None
        return file is not None and test(file, call)

    return predicate


def _target(*targets: Target) -> Predicate:
    return lambda control, call: call.target in targets


def _amount(*amounts: Amount) -> Predicate:
    return lambda control, call: call.amount in amounts


def _open_damage(*damages: Damage) -> Predicate:
    """Of the file that is open: the database's pages, or the log."""

    def test(control: Control, call: Call) -> bool:
        file = control.streaming.file if control.streaming is not None else None
        if file is None:
            return False
        if file.target is Target.DATABASE:
            database = control.database(file.path)
            return database is not None and database.damage in damages
        return control.log_damage in damages

    return test


def _wanted(test: Callable[[Database | None], bool]) -> Predicate:
    return lambda control, call: call.target is Target.DATABASE and test(control.database(call.path))


def _session(*phases: SnapshotPhase) -> Predicate:
    def predicate(control: Control, call: Call) -> bool:
        return control.snapshot is not None and control.snapshot.phase in phases

    return predicate


def _session_bits(bits: SnapshotGrbit) -> Predicate:
    number = int(bits)
    return lambda control, call: control.snapshot is not None and bool(control.snapshot.grbit & number)


def _no_session(control: Control, _: Call) -> bool:
    return control.snapshot is None or control.snapshot.phase is SnapshotPhase.ENDED


def _id_bad(control: Control, call: Call) -> bool:
    return _no_session(control, call) or call.snapshot != "last"


def _in_session(control: Control, call: Call) -> bool:
    snapshot = control.snapshot
    return snapshot is not None and (snapshot.member or snapshot.older)


_FULL = (Kind.FULL, Kind.SURROGATE)

EXTERNAL_PREDICATES: dict[str, Predicate] = {
    # a streaming backup
    "streaming_open": _streaming(),
    "streaming_busy": _streaming(lambda streaming: streaming.busy),
    "streaming_incremental": _streaming(lambda streaming: streaming.kind is Kind.INCREMENTAL),
    "streaming_in_logs": _streaming(lambda streaming: streaming.in_logs),
    "streaming_listed": _streaming(lambda streaming: streaming.listed),
    "streaming_complete": _streaming(lambda streaming: streaming.complete),
    "surrogate_open": _context(lambda streaming: streaming.kind is Kind.SURROGATE),
    "call_backs_up": lambda control, call: control.activity in _CALLS_OWN,
    # the one backup context of Microsoft's engine
    "context_free": lambda control, call: not _context()(control, call),
    "context_not_local": lambda control, call: (
        not _context(lambda streaming: streaming.kind is not Kind.SURROGATE)(control, call)
    ),
    "context_internal": _context(lambda streaming: streaming.internal),
    "context_incremental": _context(lambda streaming: streaming.kind is Kind.INCREMENTAL),
    "context_in_logs": _context(lambda streaming: streaming.in_logs),
    "context_listed": _context(lambda streaming: streaming.listed),
    "context_logs_read": _context(lambda streaming: streaming.logs_read),
    "context_lost": lambda control, call: control.streaming is None or control.streaming.cut_off,
    "backup_taken": lambda control, call: (
        on(control, call)
        and control.activity is not Activity.IDLE
        and not (control.streaming is not None and control.streaming.cut_off)
    ),
    # the open file
    "file_open": _file(lambda file, call: True),
    "file_bad": lambda control, call: call.file == "bad",
    "file_this": _file(lambda file, call: file.name == call.file),
    "file_database": _file(lambda file, call: file.target is Target.DATABASE),
    "file_begun": _file(lambda file, call: file.started),
    "file_damaged": _open_damage(Damage.NEEDED),
    "file_perhaps_damaged": _open_damage(Damage.NEEDED, Damage.UNKNOWN),
    "target_nameless": _target(Target.NAMELESS),
    "target_database": _target(Target.DATABASE),
    "target_attached": _wanted(lambda database: database is not None and database.attached),
    "target_absent": _wanted(lambda database: database is None),
    "target_log": _target(Target.LOG, Target.LAST_LOG, Target.READ_LOG, Target.CURRENT_LOG, Target.OTHER_LOG),
    "target_other": _target(Target.READ_LOG, Target.CURRENT_LOG, Target.OTHER_LOG, Target.FOREIGN),
    "target_current_log": _target(Target.CURRENT_LOG),
    "target_other_log": _target(Target.OTHER_LOG),
    "target_foreign": _target(Target.FOREIGN),
    "amount_rest": _amount(Amount.REST),
    "amount_odd": _amount(Amount.ODD),
    "amount_one": _amount(Amount.ONE),
    "amount_two": _amount(Amount.TWO),
    # options
    "surrogate": grbit_has(0x20),
    "internal_copy": grbit_has(0x40),
    "begin_grbit_bad": grbit_beyond(int(BackupGrbit.INCREMENTAL)),
    "begin_grbit_unknown": grbit_beyond(0x61),
    "end_grbit_both": lambda control, call: call.grbit & _ENDS == _ENDS,
    "end_grbit_none": lambda control, call: not call.grbit & _ENDS,
    "end_grbit_unknown": grbit_beyond(_END_BITS),
    "end_abort": lambda control, call: bool(call.grbit & EndBackupGrbit.ABORT),
    "term_cleans": lambda control, call: call.name == "JetTerm" or bool(call.grbit & 0x6),
    # a snapshot session
    "snapshot_none": _no_session,
    "snapshot_id_bad": _id_bad,
    "snapshot_prepared": _session(SnapshotPhase.PREPARED),
    "snapshot_refused": _session(SnapshotPhase.REFUSED),
    "snapshot_frozen": _session(SnapshotPhase.FROZEN),
    "snapshot_timed_out": _session(SnapshotPhase.TIMED_OUT),
    "snapshot_thawed": _session(SnapshotPhase.THAWED),
    "snapshot_member": lambda control, call: control.snapshot is not None and control.snapshot.member,
    "in_snapshot": _in_session,
    "some_without_snapshot": lambda control, call: any(
        database.attached and database.backed_up is not Backed.SNAPSHOT for database in control.databases
    ),
    "snapshot_explicit": _session_bits(SnapshotGrbit.EXPLICIT_PREPARE),
    "snapshot_continues": _session_bits(SnapshotGrbit.CONTINUE_AFTER_THAW),
    "snapshot_copy": _session_bits(SnapshotGrbit.COPY),
    "snapshot_incremental": _session_bits(SnapshotGrbit.INCREMENTAL),
    "grbit_given": lambda control, call: call.grbit != 0,
    "prepare_grbit_bad": grbit_beyond(0xF),
    "truncate_grbit_bad": grbit_beyond(int(SnapshotTruncateGrbit.ALL_DATABASES)),
    "end_snapshot_grbit_bad": grbit_beyond(1),
    "end_snapshot_abort": grbit_has(1),
    "instance_calm": lambda control, call: (
        not on_running(control, call) or control.activity in (Activity.IDLE, Activity.SNAPSHOT)
    ),
}
