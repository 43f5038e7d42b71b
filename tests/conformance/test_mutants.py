"""Seeded bugs: that patches fit, that nothing but the mutant is changed, and that the harness finds what was put in."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from jetconform.conformance import cli
from jetconform.conformance.check import Request, check
from jetconform.conformance.commands import mutants as command
from jetconform.conformance.engines import EngineSpecError, load
from jetconform.conformance.levels import NAMES
from jetconform.conformance.mutants import generic
from jetconform.conformance.mutants.catalogue import MUTANTS
from jetconform.conformance.mutants.load import find
from jetconform.conformance.mutants.measure import Measured, measure_one
from jetconform.conformance.mutants.mutant import Mutant
from jetconform.conformance.mutants.patch import Edit, NoSourceError, StaleError, engine_folder, patched, source_of
from jetconform.model.cells import explore
from jetconform.model.domains import DOMAINS
from jetconform.model.guards.documented import DOCUMENTED
from jetconform.model.step import Stepper

QUICK = "backup-ignores-stop"
PINNED = ["JetCreateInstance", "JetSetSystemParameter", "JetInit", "JetBackupInstance"]


def dumped(source: str) -> str:
    return ast.dump(ast.parse(source))


def in_a_process(code: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=os.environ | environment
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


# -- patches -----------------------------------------------------------------------------------------------------------


def test_a_patch_replaces_its_fragment() -> None:
    assert "Phase.FOO" in patched(Edit("backup", "if instance.phase is Phase.INITIALIZING:", "if Phase.FOO:"))


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (Edit("backup", "no such line", "pass"), "'no such line' and what follows 0 times, not once"),
        (Edit("backup", "raise JetFailure", "pass"), r"'raise JetFailure' and what follows \d+ times, not once"),
        (Edit("backup", "", "pass"), "0 times"),
        (Edit("backup", "def back_up(", "def ("), "does not compile with the bug in it"),
        (Edit("nothing", "x", "y"), "the engine has no module nothing"),
    ],
)
def test_a_patch_that_does_not_fit_is_stale(edit: Edit, message: str) -> None:
    with pytest.raises(StaleError, match=message):
        patched(edit)


BITS = "import jetconform.engine.backup as b, jetconform.engine.copying as c; print(b._VALID_BITS, b.__file__, c.__loader__)"


def files_of_the_engine() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in engine_folder().rglob("backup.*")}


def test_a_mutant_is_in_memory_only() -> None:
    assert in_a_process(BITS).startswith("5 ")  # also writes the bytecode of the real one
    before = files_of_the_engine()
    mutant = in_a_process(f"from jetconform.conformance.engines import load; load('mutant:snapshot-bit-taken'); {BITS}")
    assert mutant.startswith(f"{0x15} {engine_folder() / 'backup.py'} ")
    assert "PatchedModule" not in mutant  # the other modules are the real ones
    assert files_of_the_engine() == before
    assert in_a_process(BITS).startswith("5 ")


def test_a_process_that_has_the_engine_takes_no_mutant() -> None:
    load("reference")
    with pytest.raises(EngineSpecError, match="has loaded the engine already"):
        load(f"mutant:{QUICK}")


def test_one_process_has_one_mutant() -> None:
    code = f"""
from jetconform.conformance.engines import load
load('mutant:{QUICK}')
load('mutant:{QUICK}')
try:
    load('mutant:init-twice')
except ValueError as error:
    print(error)
"""
    assert "a mutant needs a process of its own" in in_a_process(code)


@pytest.mark.parametrize("name", ["", "nothing", "reference"])
def test_an_unknown_mutant_is_refused_with_the_names(name: str) -> None:
    with pytest.raises(EngineSpecError, match=f"mutant {name!r} is not known: known are .*{QUICK}.*generic-NNN"):
        load(f"mutant:{name}")


@pytest.mark.parametrize("name", ["generic-", "generic-000", "generic-99999", "generic-x"])
def test_an_unknown_generic_mutant_is_refused_with_the_range(name: str) -> None:
    with pytest.raises(EngineSpecError, match="the generic ones are generic-001 to generic-"):
        load(f"mutant:{name}")


# -- the catalogue -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mutant", MUTANTS, ids=[mutant.name for mutant in MUTANTS])
def test_every_patch_fits_the_engine_of_today(mutant: Mutant) -> None:
    source = mutant.source()
    compile(source, mutant.module, "exec", dont_inherit=True)
    assert dumped(source) != dumped(source_of(mutant.module))


def test_the_catalogue_is_in_order() -> None:
    assert len(MUTANTS) >= 20
    assert sum(mutant.level > 1 for mutant in MUTANTS) >= 20
    assert {mutant.level for mutant in MUTANTS} == set(NAMES)
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
    assert len({mutant.bug for mutant in MUTANTS}) == len(MUTANTS)
    for mutant in MUTANTS:
        assert find(mutant.name) is mutant
        assert mutant.level in NAMES
        assert mutant.within > 0
        assert not mutant.name.startswith(generic.PREFIX)


# -- generic mutants ---------------------------------------------------------------------------------------------------


def test_generic_mutants_have_the_same_names_every_time() -> None:
    code = (
        "from jetconform.conformance.mutants import generic;"
        "print(len(generic.enumerate_all()), [(g.name, g.place, g.what) for g in generic.sample()])"
    )
    here = f"{len(generic.enumerate_all())} {[(one.name, one.place, one.what) for one in generic.sample()]}"
    assert in_a_process(code, PYTHONHASHSEED="1") == in_a_process(code, PYTHONHASHSEED="2") == here


def test_generic_mutants_are_of_every_kind_and_leave_the_affordances_alone() -> None:
    everything = generic.enumerate_all()
    kinds = {one.what.partition(":")[0] for one in everything}
    assert kinds == {
        "and/or swapped",
        "call dropped",
        "code swapped",
        "comparison off by one",
        "condition negated",
        "constant flipped",
    }
    modules = {one.module for one in everything}
    assert {"backup", "restore", "log", "instance"} <= modules
    assert not modules & {"affordances", "__init__"}
    assert len({one.name for one in everything}) == len(everything)


def test_every_generic_mutant_compiles_and_differs() -> None:
    real = {module: dumped(source_of(module)) for module in {one.module for one in generic.enumerate_all()}}
    for one in generic.enumerate_all():
        assert dumped(one.source()) != real[one.module], one


def test_the_sample_is_of_the_wanted_size() -> None:
    assert len(set(generic.sample(7))) == 7
    assert generic.sample(10**6) == generic.enumerate_all()


# -- end to end --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "level", "history"),
    [
        (QUICK, 1, ["JetCreateInstance", "JetInit", "JetStopServiceInstance", "JetBackupInstance"]),
        (
            "failed-backup-stays",
            1,
            [
                "JetCreateInstance",
                "JetInit",
                "JetBeginSession",
                "JetCreateDatabase",
                "JetBackupInstance",
                "JetBackupInstance",
            ],
        ),
        ("exception-stale-session", 1, ["JetEndSession"]),
        ("event-log-silent", 2, ["JetCreateInstance", "JetInit", "JetBackupInstance"]),
        ("pin-ignored", 3, PINNED),
        ("backup-inside-backup", 4, ["JetCreateInstance", "JetInit", "JetBackupInstance", "JetBackupInstance"]),
    ],
)
def test_a_mutant_is_found_at_its_level_by_the_shortest_history(
    name: str, level: int, history: list[str], tmp_path: Path
) -> None:
    mutant = find(name)
    assert isinstance(mutant, Mutant)
    found = measure_one(mutant, tmp_path)
    assert found.caught
    assert (found.level, found.caught_at) == (level, level)
    assert found.minimal
    assert found.history == history
    assert found.headline.startswith(history[-1])
    assert 0 < found.calls <= mutant.within


def test_a_patch_that_changes_nothing_conforms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "unchanged.py").write_text(
        "from jetconform.conformance.engines import load\n"
        "from jetconform.conformance.mutants.patch import install, source_of\n"
        "install('backup', source_of('backup') + '# nothing else\\n')\n"
        "factory = load('reference')\n"
    )
    monkeypatch.chdir(tmp_path)
    domain = next(domain for domain in DOMAINS if domain.name == "init in flight")
    graph = explore(Stepper(DOCUMENTED), domain)
    cell = next(cell.id for node, cells in graph.cells.items() if node.held is not None for cell in cells)
    request = Request(
        engine="python:unchanged:factory",
        profile="documented",
        seed=1,
        cell=cell,
        systematic_only=True,
        call_timeout=5.0,
    )
    card = check(request, folder=tmp_path)
    assert card.finding is None
    assert card.verdict == "conforms"


# -- the command -------------------------------------------------------------------------------------------------------


def test_an_unknown_only_is_one_line_that_lists_the_names(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["mutants", "--only", "nothing"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert all(mutant.name in said for mutant in MUTANTS)
    assert "generic" in said


def test_without_sources_there_is_nothing_to_measure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing() -> Path:
        raise NoSourceError("the sources are not installed")

    monkeypatch.setattr(command, "engine_folder", missing)
    assert cli.main(["mutants"]) == 2
    assert capsys.readouterr().err == "jetconform: the sources are not installed\n"


def test_a_stale_catalogue_is_a_failure(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    stale = Mutant("old", "backup", "what once was", "pass", "a bug of old", 1)
    monkeypatch.setattr(command, "MUTANTS", (stale,))
    assert cli.main(["mutants"]) == 1
    assert "the catalogue is stale: old: engine/backup.py holds 'what once was'" in capsys.readouterr().err


def test_mutants_that_are_not_found_or_found_late_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def measured(*_: object, **__: object) -> list[Measured]:
        common = {"bug": "a bug", "place": "engine/x.py", "level": 1}
        return [
            Measured(name="good", caught=True, caught_at=1, calls=3, minimal=True, **common),
            Measured(name="missed", headline="conforms", **common),
            Measured(name="slow", caught=True, late=True, calls=9, minimal=True, **common),
        ]

    monkeypatch.setattr(command, "measure", measured)
    monkeypatch.setattr(command, "MUTANTS", MUTANTS[:3])
    monkeypatch.setattr(command, "sample", lambda: ())
    assert cli.main(["mutants"]) == 1
    said = capsys.readouterr().out
    assert "2 of 3 found" in said
    assert "not found as they must be: missed, slow" in said


def test_the_measure_of_one_mutant_is_shown_and_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "measure.json"
    assert cli.main(["mutants", "--only", QUICK, "--json", str(target)]) == 0
    said = capsys.readouterr().out
    assert QUICK in said
    assert "catalogue: 1 of 1 found" in said
    [written] = json.loads(target.read_text())["catalogue"]
    assert written["name"] == QUICK
    assert written["length"] == 4
