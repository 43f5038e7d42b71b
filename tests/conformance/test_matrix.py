"""The kill matrix: that the committed one is of today's engine and model, and that every kept history still shows its bug."""

import json
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jetconform.conformance import check as checking
from jetconform.conformance import cli
from jetconform.conformance.check import Request, replay
from jetconform.conformance.commands import mutants as command
from jetconform.conformance.engines import EngineSpecError
from jetconform.conformance.errors import CheckError
from jetconform.conformance.findings import load as load_history
from jetconform.conformance.folders import Workspace
from jetconform.conformance.journal import Journal
from jetconform.conformance.mutants import matrix, matrix_page
from jetconform.conformance.mutants.catalogue import MUTANTS
from jetconform.conformance.mutants.load import find
from jetconform.conformance.mutants.matrix import Below, Matrix, Row, Task
from jetconform.conformance.mutants.measure import CALL_TIMEOUT, Measured
from jetconform.conformance.supervisor import Finished
from jetconform.conformance.worker import TASKS, Job

COMMITTED = Path(__file__).parents[2] / "docs" / "mutants"
RACE = next(one for one in MUTANTS if one.name == "lock-order")
CODE = next(one for one in MUTANTS if one.name == "backup-ignores-stop")


def own(name: str, level: int, **more: object) -> Measured:
    return Measured(name=name, bug="", place="", level=level, caught=True, caught_at=level, calls=9, length=2, **more)


# -- the committed one -------------------------------------------------------------------------------------------------


def test_it_was_measured_on_this_engine_and_this_model() -> None:
    found = json.loads((COMMITTED / matrix.FILE).read_bytes())["measured_on"]
    assert found == matrix.hash_of_today(), "the engine or the model is another now: run `make matrix`"


def test_every_mutant_was_found_at_its_level_and_in_time() -> None:
    committed = matrix.load(COMMITTED)
    assert {name for name, row in committed.rows.items() if row.own is not None} == {one.name for one in MUTANTS}
    assert committed.missed == []


def test_the_page_is_that_of_the_numbers() -> None:
    assert (COMMITTED / command.PAGE).read_text() == matrix_page.page(matrix.load(COMMITTED))


def histories() -> list[str]:
    """The mutants whose history can be replayed: of rows that level 3 compares its calls do not tell."""
    rows = matrix.load(COMMITTED).rows
    return [one.name for one in MUTANTS if one.name in rows and (found := rows[one.name].own) and found.minimal]


def judged(engine: str, name: str) -> str:
    """The verdict on the kept history of that mutant, made again on an engine."""
    trace, script = load_history(COMMITTED / command.HISTORIES / f"{name}.jsonl")
    request = Request(engine=engine, profile="documented", seed=0, call_timeout=CALL_TIMEOUT)
    return replay(request, script, trace=trace).verdict


@pytest.mark.parametrize("name", histories())
def test_the_shortest_history_shows_the_bug(name: str) -> None:
    assert judged(f"mutant:{name}", name) == "does-not-conform"


def test_an_engine_without_the_bugs_passes_every_history(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """In this process, for each would want a second of its own. Where a bug changes the steps, its schedule is no other's."""
    monkeypatch.setattr(checking, "run", lambda job, **_: Finished(done_here(job, tmp_path)))
    verdicts: dict[str, list[str]] = {}
    for name in histories():
        try:
            verdicts.setdefault(judged("reference", name), []).append(name)
        except EngineSpecError:
            verdicts.setdefault("not to be followed", []).append(name)
    assert set(verdicts) <= {"conforms", "not to be followed"}, verdicts
    assert len(verdicts["conforms"]) > 140
    assert {find(name).level for name in verdicts["not to be followed"]} <= {5, 6}  # type: ignore[union-attr]


def done_here(job: Job, folder: Path) -> dict[str, Any]:
    """What the worker process would answer."""
    module, _, name = TASKS[job.task].partition(":")
    with Workspace() as workspace, closing(Journal(folder / "journal.jsonl")) as journal:
        result: dict[str, Any] = getattr(import_module(module), name)(job, journal, workspace)
        return result


# -- what is left ------------------------------------------------------------------------------------------------------


def test_own_levels_come_first_then_overlapping_calls_then_the_levels_below(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matrix, "MUTANTS", (CODE, RACE))
    assert list(matrix.tasks()) == [
        Task("backup-ignores-stop", 1),
        Task("lock-order", 5),
        Task("lock-order", 0),
        *(Task("lock-order", level) for level in (1, 2, 3, 4)),
    ]
    below = {2: Below(calls=5, found=False, ended=True, cpu=1.0)}
    half = Matrix(measured_on="", rows={"lock-order": Row(own=own("lock-order", 5), below=below)})
    assert [(task.mutant, task.level) for task in matrix.left(half)] == [
        ("backup-ignores-stop", 1), ("lock-order", 0), ("lock-order", 1), ("lock-order", 3), ("lock-order", 4),
    ]  # fmt: skip


def test_what_was_found_late_or_elsewhere_is_missed() -> None:
    rows = {
        "good": Row(own=own("good", 2)),
        "late": Row(own=msgspec.structs.replace(own("late", 2), late=True)),
        "elsewhere": Row(own=msgspec.structs.replace(own("elsewhere", 2), caught_at=1)),
        "never": Row(own=Measured(name="never", bug="", place="", level=2)),
        "later": Row(),
    }
    assert Matrix(measured_on="", rows=rows).missed == ["late", "elsewhere", "never"]


# -- the file ----------------------------------------------------------------------------------------------------------


def test_what_was_measured_is_gone_on_with_unless_it_was_of_another_engine(tmp_path: Path) -> None:
    found = Matrix(measured_on=matrix.hash_of_today(), rows={"a": Row(own=own("a", 1), cpu=1.5, sampled=[3, 0])})
    matrix.save(found, tmp_path)
    assert matrix.load(tmp_path) == found
    assert [path.name for path in tmp_path.iterdir()] == [matrix.FILE]
    matrix.save(msgspec.structs.replace(found, measured_on="another"), tmp_path)
    assert matrix.load(tmp_path).rows == {}


@pytest.mark.parametrize("data", [b"", b"{", b'{"rows": 3}', b'{"measured_on": "x", "rows": {"a": 1}}', b"\xff\xfe"])
def test_a_file_that_is_no_matrix_is_one_line(data: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / matrix.FILE).write_bytes(data)
    with pytest.raises(CheckError, match="is no kill matrix"):
        matrix.load(tmp_path)
    assert cli.main(["mutants", "--matrix", str(tmp_path), "--page"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_only_what_runs_is_in_the_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matrix, "engine_folder", lambda: tmp_path)
    module = tmp_path / "one.py"
    module.write_text('"""Says something."""\n\n\ndef f():\n    """Says it."""\n    return 1\n')
    before = matrix.hash_of_today()
    module.write_text("# another comment\ndef f():\n    return 1\n")
    assert matrix.hash_of_today() == before
    module.write_text("def f():\n    return 2\n")
    assert matrix.hash_of_today() != before


# -- the command -------------------------------------------------------------------------------------------------------


def test_the_command_measures_what_is_left_and_draws_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fill(found: Matrix, histories: Path, on_result: object) -> None:
        assert histories == tmp_path / "kill-histories"
        found.rows[CODE.name] = Row(own=own(CODE.name, 1), cpu=2.0)
        on_result(Task(CODE.name, 1))  # type: ignore[operator]

    for module in (matrix, matrix_page):
        monkeypatch.setattr(module, "MUTANTS", (CODE,))
    monkeypatch.setattr(matrix, "fill", fill)
    assert cli.main(["mutants", "--matrix", str(tmp_path)]) == 0
    assert "1 of 1 found at their level" in capsys.readouterr().out
    assert "✓ 9 calls, 2 s" in (tmp_path / command.PAGE).read_text()
    assert matrix.load(tmp_path).rows[CODE.name].cpu == 2.0


def test_what_was_missed_is_named_and_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for module in (matrix, matrix_page):
        monkeypatch.setattr(module, "MUTANTS", (CODE,))
    missed = Measured(name=CODE.name, bug="", place="", level=1)
    matrix.save(Matrix(measured_on=matrix.hash_of_today(), rows={CODE.name: Row(own=missed)}), tmp_path)
    assert cli.main(["mutants", "--matrix", str(tmp_path), "--page"]) == 1
    assert f"not found as they must be: {CODE.name}" in capsys.readouterr().out
    assert "missed" in (tmp_path / command.PAGE).read_text()


def test_a_folder_that_is_not_there_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["mutants", "--matrix", str(tmp_path / "none")]) == 2
    assert capsys.readouterr().err == f"jetconform: {tmp_path / 'none'}: no such folder\n"
