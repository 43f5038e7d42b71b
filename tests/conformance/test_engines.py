"""Engine SPECs, adapters, and the adapter of the reference engine."""

import sys
from pathlib import Path

import misbehaving
import pytest
from jetconform.conformance.adapter import Adapter, ExpiringAdapter, SnapshotAdapter, StreamingAdapter
from jetconform.conformance.engines import EngineSpecError, load, open_engine
from jetconform.conformance.engines.reference import ReferenceAdapter
from jetconform.model.vocabulary import JetErr

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]


@pytest.fixture
def clean_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry])


def ignore(snp: int, snt: int, done: int, total: int) -> int:
    return 0


@pytest.mark.parametrize("errors", [{0: "JET_errSuccess"}, {"0": 0}, [0], {0: True}])
def test_a_table_of_native_codes_holds_numbers(errors: object, tmp_path: Path) -> None:
    engine = ReferenceAdapter(tmp_path)
    engine.errors = errors  # type: ignore[attr-defined]
    with pytest.raises(EngineSpecError, match="something else than a mapping from native codes"):
        open_engine(lambda _: engine, tmp_path)


# -- SPECs -------------------------------------------------------------------------------------------------------------


def test_the_reference_engine_is_found(tmp_path: Path) -> None:
    assert isinstance(open_engine(load("reference"), tmp_path), ReferenceAdapter)


def test_a_python_engine_is_looked_for_in_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clean_path: None
) -> None:
    (tmp_path / "my_engine.py").write_text("def make(root):\n    return root\n")
    monkeypatch.chdir(tmp_path)
    assert load("python:my_engine:make")(Path("x")) == Path("x")


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("", "is not known"),
        ("refrence", "is not known: expected one of reference, python:"),
        ("reference:x", "is not known"),
        ("python:", "expected python:PACKAGE.MODULE:FACTORY"),
        ("python:misbehaving", "expected python:PACKAGE.MODULE:FACTORY"),
        ("python::factory", "expected python:PACKAGE.MODULE:FACTORY"),
        ("python:a..b:factory", "expected python:PACKAGE.MODULE:FACTORY"),
        ("python:../evil:factory", "expected python:PACKAGE.MODULE:FACTORY"),
        ("python:misbehaving:a:b", "expected python:PACKAGE.MODULE:FACTORY"),
        ("python:no_such_module:factory", "cannot be imported: ModuleNotFoundError: No module named 'no_such_module'"),
        ("python:misbehaving:nothing", "module misbehaving has no nothing"),
        ("python:misbehaving:not_callable", "not_callable is a int, not a function"),
    ],
)
def test_a_wrong_spec_is_explained_in_one_line(spec: str, message: str) -> None:
    with pytest.raises(EngineSpecError) as caught:
        load(spec)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("def (", "SyntaxError"),
        ("raise RuntimeError('two\\nlines')", "RuntimeError: two lines"),
        ("import sys; sys.exit(4)", "SystemExit: 4"),
        ("import not_installed_anywhere", "ModuleNotFoundError: No module named 'not_installed_anywhere'"),
    ],
)
def test_a_module_that_fails_names_the_cause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clean_path: None, source: str, message: str
) -> None:
    (tmp_path / "failing_engine.py").write_text(source)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(EngineSpecError) as caught:
        load("python:failing_engine:factory")
    assert f"module failing_engine cannot be imported: {message}" in str(caught.value)
    assert "\n" not in str(caught.value)


# -- adapters ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("factory_raises", "could not be opened: RuntimeError: no licence for this machine"),
        ("factory_exits", "could not be opened: SystemExit: usage: ..."),
        ("no_adapter", "(NoneType) declares no capabilities"),
        ("lacks_a_method", "(Fake) has no method term2"),
        ("unknown_capability", "a capability that is not known: 'hold:somewhere'"),
        ("capabilities_are_a_list", "declares its capabilities as a list"),
    ],
)
def test_an_engine_that_cannot_be_opened_is_explained_in_one_line(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(EngineSpecError) as caught:
        open_engine(getattr(misbehaving, name), tmp_path)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_every_method_of_the_protocol_is_asked_for(tmp_path: Path) -> None:
    methods = [name for name in vars(Adapter) if not name.startswith("_") and callable(getattr(Adapter, name))]
    assert len(methods) == 24
    for name in methods:
        engine = misbehaving.Fake()
        setattr(engine, name, None)
        with pytest.raises(EngineSpecError, match=f"has no method {name}$"):
            open_engine(lambda _, engine=engine: engine, tmp_path)  # type: ignore[misc]


@pytest.mark.parametrize(
    ("protocol", "capability", "count"),
    [(StreamingAdapter, "streaming", 10), (SnapshotAdapter, "snapshot", 8), (ExpiringAdapter, "expire_snapshot", 1)],
)
def test_the_methods_of_a_capability_are_asked_for_where_it_is_declared(
    tmp_path: Path, protocol: type, capability: str, count: int
) -> None:
    methods = [name for name in vars(protocol) if not name.startswith("_") and callable(getattr(protocol, name))]
    assert len(methods) == count
    for name in methods:
        engine = misbehaving.Fake()
        setattr(engine, name, None)
        with pytest.raises(EngineSpecError, match=f"declares the capability '{capability}' and has no method {name}$"):
            open_engine(lambda _, engine=engine: engine, tmp_path)  # type: ignore[misc]
        engine.capabilities = engine.capabilities - {capability}
        assert open_engine(lambda _, engine=engine: engine, tmp_path) is engine  # type: ignore[misc]


# -- the reference engine ----------------------------------------------------------------------------------------------


@pytest.fixture
def engine(tmp_path: Path) -> ReferenceAdapter:
    return ReferenceAdapter(tmp_path)


@pytest.fixture
def running(engine: ReferenceAdapter) -> ReferenceAdapter:
    assert engine.create_instance("i1") == 0
    assert engine.init("i1") == 0
    assert engine.begin_session("i1", "s1") == 0
    assert engine.create_database("s1", "d1", "db/test.edb") == 0
    assert engine.insert("s1", "d1", 70) == 0
    return engine


def test_an_instance_has_the_set_up_of_the_recorded_traces(running: ReferenceAdapter, tmp_path: Path) -> None:
    archived = tmp_path / "db" / "edb00000001.log"
    while not archived.exists():
        assert running.insert("s1", "d1", 500) == 0
    assert 64 * 1024 < archived.stat().st_size <= 128 * 1024


def test_the_folder_of_the_set_up_is_there_before_the_engine_starts(engine: ReferenceAdapter, tmp_path: Path) -> None:
    assert engine.create_instance("i1") == 0
    assert (tmp_path / "db").is_dir()


def test_what_lies_in_the_place_of_the_folder_is_the_engine_to_find(engine: ReferenceAdapter, tmp_path: Path) -> None:
    (tmp_path / "db").write_bytes(b"")
    assert engine.create_instance("i1") == 0
    assert engine.init("i1") < 0


def test_the_calls_of_a_session_reach_the_engine(running: ReferenceAdapter) -> None:
    assert running.count_rows("s1", "d1") == (0, 70)
    assert running.open_database("s1", "d1b", "db/test.edb") == 0
    assert running.count_rows("s1", "d1b") == (0, 70)
    assert running.close_database("s1", "d1b") == 0
    assert running.close_database("s1", "d1") == 0
    assert running.detach_database("s1", "db/test.edb") == 0
    assert running.attach_database("s1", "db/test.edb") == 0
    assert running.end_session("s1") == 0
    assert running.term2("i1", 1) == 0


def test_backup_and_restore_report_through_the_callback(running: ReferenceAdapter, tmp_path: Path) -> None:
    (tmp_path / "bk1").mkdir()
    seen: list[tuple[int, int]] = []

    def status(snp: int, snt: int, done: int, total: int) -> int:
        seen.append((int(snp), int(snt)))
        return 0

    assert running.backup("i1", "bk1", 0, status) == 0
    assert seen[0] == (9, 5)
    assert seen[-1] == (9, 6)
    assert running.term("i1") == 0
    seen.clear()
    assert running.create_instance("i2") == 0
    assert running.restore("i2", "bk1", None, status) == 0
    assert seen[0] == (8, 5)
    assert seen[-1] == (8, 6)


def test_names_stand_for_what_they_stand_for_in_traces(running: ReferenceAdapter) -> None:
    assert running.backup(None, "bk1", 0, ignore) == JetErr.InvalidParameter  # nil
    assert running.backup("never", "bk1", 0, ignore) == JetErr.InvalidParameter  # garbage
    assert running.end_session("never") == JetErr.InvalidSesid
    assert running.insert("s1", "never", 1) == JetErr.InvalidDatabaseId
    assert running.term("i1") == 0
    assert running.backup("i1", "bk1", 0, ignore) == JetErr.InvalidParameter  # stale
    assert running.count_rows("s1", "d1") == (JetErr.InvalidSesid, 0)


def test_a_name_in_use_keeps_its_handle(running: ReferenceAdapter) -> None:
    assert running.create_instance("i1") == JetErr.InstanceNameInUse
    assert running.stop_backup_instance("i1") == 0
    assert running.stop_service_instance2("i1", 2) == 0
    assert running.stop_service_instance("i1") == 0
    assert running.insert("s1", "d1", 1) == JetErr.ClientRequestToStopJetService


def test_system_parameters_go_by_their_trace_names(engine: ReferenceAdapter) -> None:
    assert engine.create_instance("i1") == 0
    for parameter, value in (
        ("recovery", "on"),
        ("circular_log", 1),
        ("create_path_if_not_exist", 1),
        ("log_file_size", 256),
    ):
        assert engine.set_system_parameter("i1", parameter, value) == 0
    with pytest.raises(ValueError, match="no system parameter 'colour'"):
        engine.set_system_parameter("i1", "colour", 1)


def test_the_hold_points_are_reported(running: ReferenceAdapter, tmp_path: Path) -> None:
    (tmp_path / "bk1").mkdir()
    points: list[str] = []
    running.on_point(lambda point, _detail: points.append(point))
    assert running.backup("i1", "bk1", 0, ignore) == 0
    assert points[0] == "enter"
    assert points[-1] == "leave"
    assert {"copy", "truncate"} < set(points)
    running.on_point(None)
    points.clear()
    assert running.backup("i1", "bk1", 4, ignore) == 0
    assert points == []


def test_damage_is_real(running: ReferenceAdapter, tmp_path: Path) -> None:
    (tmp_path / "bk1").mkdir()
    assert running.damage_page("db/test.edb")
    assert not running.damage_page("db/nothing.edb")
    assert running.backup("i1", "bk1", 0, ignore) == JetErr.ReadVerifyFailure


def test_a_damaged_log_is_found(running: ReferenceAdapter, tmp_path: Path) -> None:
    (tmp_path / "bk1").mkdir()
    assert isinstance(running.damage_log("i1"), int)
    assert running.damage_log("never") is None
    assert running.backup("i1", "bk1", 0, ignore) == JetErr.LogReadVerifyFailure


@pytest.mark.parametrize(("mode", "code"), [("no-space", JetErr.LogWriteFail), ("torn", JetErr.InstanceUnavailable)])
def test_log_writes_can_be_made_to_fail(running: ReferenceAdapter, mode: str, code: JetErr) -> None:
    running.fail_log_writes("i1", mode)
    assert running.insert("s1", "d1", 1) < 0
    assert running.backup("i1", "bk1", 0, ignore) == code


# -- the example of the README -----------------------------------------------------------------------------------------


def test_the_broken_example_breaks_after_a_failed_backup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clean_path: None
) -> None:
    monkeypatch.chdir(REPOSITORY)
    engine = open_engine(load("python:examples.broken:factory"), tmp_path)
    assert engine.create_instance("i1") == 0
    assert engine.init("i1") == 0
    (tmp_path / "bk1").mkdir()
    assert engine.backup("i1", "bk1", 4, ignore) == 0
    assert engine.backup("i1", "missing", 0, ignore) == JetErr.InvalidPath
    assert engine.backup("i1", "bk1", 4, ignore) == JetErr.BackupInProgress
