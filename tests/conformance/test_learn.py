"""Learning: the machine that is inferred, its difference from the model and from another engine, and how sure that is."""

import json
import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest
from bench import HERE, Recording, laboratory
from jetconform.conformance.cli import main
from jetconform.conformance.laboratory import contract
from jetconform.conformance.learning import oracle
from jetconform.conformance.learning.answers import NOT_MADE, Answer, Memory, Unsteady
from jetconform.conformance.learning.asking import Asker
from jetconform.conformance.learning.difference import Apart, Different, Extra, apart, difference
from jetconform.conformance.learning.learned import Arrow, Learned
from jetconform.conformance.learning.learner import Report, infer
from jetconform.conformance.reports.graph import svg
from jetconform.conformance.reports.learning import MachineFile, lines_of
from jetconform.conformance.reports.machine import difference_dot, machine_dot
from jetconform.conformance.trace import CallEvent
from jetconform.model import covers
from jetconform.model.alphabet import CREATE, FULL, INIT, TERM, backup
from jetconform.model.calls import Place
from jetconform.model.mealy import Machine, machine_of
from jetconform.model.overlay import stepper_of
from jetconform.model.projections import Projection

pytest.importorskip("aalpy")

ROOT = HERE.parent.parent
SMALL = Projection("small", "an instance and its backups", (CREATE, INIT, TERM, FULL, backup(Place.MISSING)))
CREATING, INITIALIZING, TERMINATING, BACKING_UP, TO_MISSING = range(5)


@pytest.fixture(autouse=True)
def _few_random_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oracle, "RANDOM_WORDS", 20)  # of what is learned in this process


@pytest.fixture(scope="module")
def machine() -> Machine:
    return machine_of(stepper_of(contract("documented")), SMALL)


def learn(folder: Path, machine: Machine, engine: str, *, seed: int = 1, extra: int = 0) -> Report:
    with laboratory(folder, engine, seed=seed) as lab:
        return infer(lab, machine, extra=extra)


def toy(folder: Path, machine: Machine, name: str = "toy") -> Learned:
    found = learn(folder, machine, f"python:learnable:{name}").learned
    assert found is not None
    return found


def shown(found: Learned) -> list[list[tuple[int | None, int | None]]]:
    return [[(arrow.code, arrow.next) for arrow in arrows] for arrows in found.arrows]


# -- the machine -------------------------------------------------------------------------------------------------------


def test_a_toy_is_learned_as_it_is(tmp_path: Path, machine: Machine) -> None:
    report = learn(tmp_path, machine, "python:learnable:toy")
    assert report.learned is not None
    assert shown(report.learned) == [
        [(0, 1), (-1003, 0), (-1003, 0), (-1003, 0), (-1003, 0)],
        [(-1086, 1), (0, 2), (0, 0), (-1029, 1), (-1029, 1)],
        [(-1086, 2), (-1030, 2), (0, 0), (0, 2), (-1023, 2)],
    ]
    assert report.learned.access == ((), (CREATING,), (CREATING, INITIALIZING))
    assert (report.complete, report.confidence.excluded, report.finding) == (True, 0, None)


def test_what_is_learned_does_not_depend_on_the_seed(tmp_path: Path, machine: Machine) -> None:
    found = [learn(tmp_path / str(seed), machine, "python:learnable:toy", seed=seed).learned for seed in (1, 2)]
    assert found[0] == found[1]


def test_the_same_seed_asks_the_same(tmp_path: Path, machine: Machine) -> None:
    asked = []
    for folder in ("a", "b"):
        with laboratory(tmp_path / folder, "python:learnable:toy", seed=7) as lab:
            infer(lab, machine, extra=0)
        asked.append(words(lab))
    assert asked[0] == asked[1]


def words(lab: Recording) -> list[tuple[str, ...]]:
    made = [[event for event in events if isinstance(event, CallEvent)] for events in lab.recorded]
    return [tuple(f"{event.call} {str(event.args.get('path', ''))[:2]}" for event in calls) for calls in made]


def test_no_word_is_asked_twice(tmp_path: Path, machine: Machine) -> None:
    with laboratory(tmp_path, "python:learnable:toy") as lab:
        report = infer(lab, machine, extra=0)
    assert report.runs == len(lab.recorded)
    assert report.hits > 0
    assert [word for word, times in Counter(words(lab)).items() if times > 1] == []


def test_more_extra_states_are_excluded_by_more_words(tmp_path: Path, machine: Machine) -> None:
    none, one = (learn(tmp_path / str(extra), machine, "python:learnable:toy", extra=extra) for extra in (0, 1))
    assert (none.confidence.excluded, one.confidence.excluded) == (0, 1)
    assert one.runs > none.runs


def test_the_reference_engine_refines_the_model(tmp_path: Path, machine: Machine) -> None:
    report = learn(tmp_path, machine, "reference")
    assert report.learned is not None
    found = difference(machine, report.learned, report.absent)
    assert (found.different, found.extra, report.finding) == ((), (), None)
    assert found.names == ("uninitialized", "uninitialized", "running")
    assert (found.same, len(found.met), len(machine.controls)) == (20, 4, 4)


# -- the difference from the model -------------------------------------------------------------------------------------


def test_a_wrong_code_is_the_only_difference(tmp_path: Path, machine: Machine) -> None:
    report = learn(tmp_path, machine, "python:learnable:wrong_code")
    assert report.learned is not None
    wrong = Answer(-1030, allowed=False, ends=True)
    found = difference(machine, report.learned, {})
    assert found.different == (
        Different(1, BACKING_UP, wrong, (-1029,), ("BI.created",), 1, (CREATING, BACKING_UP)),
        Different(1, TO_MISSING, wrong, (-1023, -1029), ("BI.path-missing", "BI.created"), 1, (CREATING, TO_MISSING)),
    )
    assert (found.extra, len(report.learned.arrows)) == ((), 3)
    assert report.finding is not None
    assert [event.call for event in report.finding.events if isinstance(event, CallEvent)] == [
        "JetCreateInstance",
        "JetBackupInstance",
    ]


def test_a_missing_guard_is_the_only_difference(tmp_path: Path, machine: Machine) -> None:
    found = difference(machine, toy(tmp_path, machine, "no_guard"), {})
    assert found.different == (
        Different(
            2,
            TO_MISSING,
            Answer(0, allowed=False, ends=True),
            (-1023,),
            ("BI.path-missing",),
            1,
            (CREATING, INITIALIZING, TO_MISSING),
        ),
    )
    assert found.extra == ()


def test_a_flag_that_stays_is_a_state_too_many(tmp_path: Path, machine: Machine) -> None:
    """After a backup JetTerm does nothing: where the model has no instance any more, the engine's still runs."""
    one = toy(tmp_path, machine, "stays_running")
    found = difference(machine, one, {})
    assert found.names == ("uninitialized", "uninitialized", "running", "running", "uninitialized, handle freed")
    assert [(each.state, each.call, each.answer.code, each.codes) for each in found.different] == [
        (4, CREATING, -1086, (0,)),
        (4, INITIALIZING, -1030, (-1003, -1029)),
        (4, TERMINATING, 0, (-1003, -1029)),
        (4, BACKING_UP, 0, (-1003, -1029)),
    ]
    in_use, made = Answer(-1086, allowed=False, ends=True), Answer(0)
    assert found.extra == (
        Extra(3, 2, (TERMINATING, CREATING), (in_use, made)),
        Extra(4, 0, (CREATING,), (in_use, made)),
    )


def test_a_choice_among_allowed_codes_is_an_extra_state_and_no_finding(tmp_path: Path, machine: Machine) -> None:
    report = learn(tmp_path, machine, "python:learnable:remembers", extra=1)
    assert report.learned is not None
    found = difference(machine, report.learned, {})
    assert (found.different, report.finding, report.complete) == ((), None, True)
    assert [(one.state, one.beside) for one in found.extra] == [(2, 0), (4, 1), (5, 3)]
    assert found.extra[1] == Extra(4, 1, (TO_MISSING,), (Answer(-1023), Answer(-1029)))


def test_a_state_beyond_those_excluded_may_be_overlooked_and_not_one_within(
    tmp_path: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has six states, in pairs that two calls and more tell apart: with no extra state such words need not be asked."""
    monkeypatch.setattr(oracle, "RANDOM_WORDS", 0)
    found = [learn(tmp_path / str(extra), machine, "python:learnable:remembers", extra=extra) for extra in (0, 1)]
    assert [one.learned and len(one.learned.arrows) for one in found] == [3, 6]
    assert [one.confidence.excluded for one in found] == [0, 1]


def test_what_is_allowed_and_never_seen_is_missing(tmp_path: Path, machine: Machine) -> None:
    found = difference(machine, toy(tmp_path, machine), {"JetTerm": "JetTerm"})
    assert [(one.call, one.code, one.rows, one.places) for one in found.never] == [
        (INITIALIZING, -1029, ("IN.handle-gone",), 2),
        (TERMINATING, -1029, ("TM.handle-gone",), 2),
        (BACKING_UP, -1029, ("BI.handle-gone",), 2),
        (TO_MISSING, -1029, ("BI.handle-gone",), 2),
        (TO_MISSING, -1023, ("BI.path-missing",), 3),
    ]
    lines = [line for line in lines_of(machine, found) if line.kind == "missing"]
    assert [line[:4] for line in lines[:2]] == [
        ("missing", "", "JetTerm", "has no JetTerm"),
        ("missing", "in 2 states", "JetInit()", "never"),
    ]


def test_a_call_that_the_engine_does_not_have_is_not_made(tmp_path: Path, machine: Machine) -> None:
    report = learn(tmp_path, machine, "python:learnable:without_term")
    assert report.learned is not None
    assert report.absent == {"JetTerm": "JetTerm"}
    assert [arrows[TERMINATING].made for arrows in report.learned.arrows] == [False, False, False]


# -- two engines -------------------------------------------------------------------------------------------------------


def test_two_engines_that_answer_alike_do_not_differ(tmp_path: Path, machine: Machine) -> None:
    assert apart(toy(tmp_path / "a", machine), toy(tmp_path / "b", machine)) == ()


def test_two_engines_differ_where_one_has_a_bug(tmp_path: Path, machine: Machine) -> None:
    found = apart(toy(tmp_path / "a", machine), toy(tmp_path / "b", machine, "no_guard"))
    answers = (Answer(-1023), Answer(0, allowed=False, ends=True))
    assert found == (Apart(2, TO_MISSING, answers, (CREATING, INITIALIZING, TO_MISSING)),)


# -- what ends it ------------------------------------------------------------------------------------------------------


def test_an_engine_that_wavers_among_allowed_codes_has_no_machine(tmp_path: Path, machine: Machine) -> None:
    report = learn(tmp_path, machine, "python:learnable:wavers")
    assert (report.complete, report.unknown, report.finding) == (False, "the engine is not deterministic", None)
    assert report.wavering is not None
    assert report.wavering.word[-1] == TO_MISSING
    assert {answer.code for answer, _ in report.wavering.answers} == {-1029, -1023}
    assert sum(times for _, times in report.wavering.answers) == 10


def test_a_budget_that_is_over_says_how_far_it_came(tmp_path: Path, machine: Machine) -> None:
    with laboratory(tmp_path, "python:learnable:toy") as lab:
        lab.budget = 0.0
        report = infer(lab, machine, extra=0)
    assert (report.complete, report.unknown, report.learned, report.runs) == (False, "the budget ended", None, 0)


def test_too_many_words_end_it_after_those_that_could_be_asked(
    tmp_path: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(covers, "MOST_TESTS", 60)  # with none extra there are 20, with one 100
    report = learn(tmp_path, machine, "python:learnable:toy", extra=1)
    assert (report.complete, report.confidence.excluded) == (False, 0)
    assert report.unknown == "1 extra states over 5 calls make more than 60 tests"


def test_what_an_engine_says_is_drawn_as_it_is(tmp_path: Path, machine: Machine) -> None:
    report = learn(tmp_path, machine, "python:learnable:raises")
    assert report.learned is not None
    found = difference(machine, report.learned, {})
    assert found.different[0].answer.code is None
    for source in (
        machine_dot(machine, report.learned, found.names, 'a "title" \\N'),
        difference_dot(machine, report.learned, found, "title"),
    ):
        text = " ".join(ElementTree.fromstring(svg(source)).itertext())
        assert 'RuntimeError: "a\\N" <b> & [red]' in text


def test_nothing_is_sure_of_a_conjecture_that_is_refuted(tmp_path: Path, machine: Machine) -> None:
    three_states = toy(tmp_path / "toy", machine)
    with laboratory(tmp_path / "remembers", "python:learnable:remembers") as lab:
        examination = oracle.Examination(Asker(lab, machine), extra=1, seed=1)
        refuting = examination.counterexample(three_states)
    assert refuting is not None
    assert examination.confidence == oracle.Confidence()


def test_what_leads_to_a_crowded_state_is_written_and_not_drawn(machine: Machine) -> None:
    """A ring of eight states: each but the last leads on by one call, and back to the first by another."""
    stays = Arrow(code=-1, next=0)
    rows = [
        (Arrow(code=0, next=(state + 1) % 8), Arrow(code=0, next=0), *(msgspec.structs.replace(stays, next=state),) * 3)
        for state in range(8)
    ]
    ring = Learned(arrows=tuple(rows), access=tuple((0,) * state for state in range(8)))
    lines = [line.strip() for line in machine_dot(machine, ring, ["ring"] * 8, "ring").splitlines()]
    assert [line.partition(" [")[0] for line in lines if "->" in line] == [
        "start -> 0",
        *(f"{state} -> {state + 1}" for state in range(7)),
    ]
    assert sum("JetInit() → 0 Success, to 0" in line for line in lines) == 7


# -- memory ------------------------------------------------------------------------------------------------------------


def test_memory_knows_words_through_calls_that_are_not_made_and_after_the_end() -> None:
    memory = Memory()
    ending = Answer(-505, allowed=False, ends=True)
    memory.note((0, 1, 2), [Answer(0), NOT_MADE, ending])
    assert memory.recall((0, 2)) == [Answer(0), ending]
    assert memory.recall((0, 1, 1, 2, 3)) == [Answer(0), NOT_MADE, NOT_MADE, ending, NOT_MADE]
    assert memory.recall((0, 3)) is None
    assert memory.hits == 2


def test_memory_notices_another_answer() -> None:
    memory = Memory()
    memory.note((0, 1), [Answer(0), Answer(-1)])
    with pytest.raises(Unsteady) as found:
        memory.note((0, 1, 2), [Answer(0), Answer(-2), Answer(0)])
    assert (found.value.word, found.value.before, found.value.now) == ((0, 1), Answer(-1), Answer(-2))


def test_states_that_answer_alike_are_not_told_apart() -> None:
    loop = (Arrow(code=0, next=0), Arrow(code=1, next=1))
    one = Learned(arrows=(loop, loop, (Arrow(code=0, next=0), Arrow(code=2, next=2))), access=((), (1,), (1, 1)))
    assert one.told_apart(0, 1) == ()
    assert one.told_apart(0, 2) == (1,)


# -- the command -------------------------------------------------------------------------------------------------------


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", f"{HERE}:{ROOT}" if sys.platform != "win32" else f"{HERE};{ROOT}")
    monkeypatch.setenv("COLUMNS", "250")
    return tmp_path


def run(*arguments: str) -> int:
    return main(["learn", "--seed", "1", "--extra-states", "0", *arguments])


def test_without_aalpy_it_says_what_to_install(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "aalpy", None)
    assert run() == 2
    assert capsys.readouterr().err == "jetconform: learn needs AALpy: pip install 'jetconform[learn]'\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--budget", "0"], "--budget 0: expected a time above 0"),
        (["--projection", "all"], "projection 'all' is not known"),
        (["--profile", "mine"], "profile 'mine' is not known"),
        (["--extra-states", "4"], "--extra-states 4: expected a number from 0 to 3"),
        (["--engine", "python:learnable:nothing"], "nothing"),
        (["--out", "file"], "file: not a folder"),
    ],
)
def test_wrong_input_is_one_line(
    here: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    Path("file").touch()
    assert run(*arguments) == 2
    captured = capsys.readouterr()
    assert (captured.err.count("\n"), captured.out) == (1, "")
    assert said in captured.err


def test_a_budget_that_ends_first_is_unknown(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--budget", "0.001", "--out", "out") == 3
    assert "none: the budget ended" in capsys.readouterr().out
    assert list(Path("out").iterdir()) == []


def test_a_wavering_engine_is_said_to_be_one(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--engine", "python:learnable:wavering_reference", "--out", "out") == 3
    assert list(Path("out").iterdir()) == []
    out = capsys.readouterr().out
    assert "not deterministic  JetCreateInstance()" in out
    assert "none: the engine is not deterministic, so no machine answers as it does" in out


MUTANTS = {
    "null-path-refused": (
        "lifecycle",
        [("2 running", "JetBackupInstance(null, full)", "-1023 InvalidPath", "0 Success  [BI.ok-null]")],
    ),
    "resume-tests-wrong-flag": (
        "lifecycle",
        [
            (
                "3 stopped",
                "JetStopServiceInstance2(0x80000000)",
                "-1329 ClientRequestToStopJetService",
                "0 Success  [S2.ok]",
            )
        ],
    ),
    "snapshot-prepared-twice": (
        "snapshot",
        [
            (
                f"{state}, snapshot {stage} in it",
                "JetOSSnapshotPrepare(0x0)",
                "0 Success",
                "-2401 OSSnapshotInvalidSequence  [OP.second]",
            )
            for state, stage in (
                ("1 running", "prepared"),
                ("3 running, backup snapshot", "frozen"),
                ("4 running, backup streaming, full streaming of db/test.edb", "prepared"),
            )
        ],
    ),
}
"""Seeded bugs of the reference engine, and the difference from the model that is exactly what was planted."""


@pytest.mark.parametrize("name", MUTANTS)
def test_the_difference_of_a_mutant_is_what_was_planted(
    here: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    projection, expected = MUTANTS[name]
    assert run("--engine", f"mutant:{name}", "--projection", projection, "--out", "out") == 1
    table = [line.split(" | ") for line in Path("out/difference.md").read_text(encoding="utf-8").splitlines()]
    found = [row for row in table if row[0] in ("| different code", "| extra")]
    plain = [tuple(cell.replace("\\", "").strip() for cell in row[1:5]) for row in found]
    assert plain == [tuple(" ".join(cell.split()) for cell in row) for row in expected]
    red = [line for line in Path("out/machine.dot").read_text(encoding="utf-8").splitlines() if "#fbe3e0" in line]
    assert len(red) == len(expected)
    assert "does not conform  call" in capsys.readouterr().out


def test_what_is_written_of_a_broken_engine(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--engine", "python:examples.broken:factory", "--out", "out") == 1
    out = capsys.readouterr().out
    assert "does not refine the model: same 185 calls in states; different code 25; extra states 5" in out
    assert "10 states learned for 15 of the 21 states of the projection (8 told apart by what is allowed)" in out
    assert "exact if the engine has at most 10 states (Wp: 0 extra excluded); sampled: 200 random words" in out
    files = sorted(path.name for path in Path("out").iterdir())
    assert files == ["difference.md", "difference.svg", "machine.dot", "machine.json", "machine.svg"]
    written = msgspec.json.decode(Path("out/machine.json").read_bytes(), type=MachineFile)
    assert (written.verdict, len(written.states), written.states[5].access) == ("does-not-conform", 10, (0, 1, 11))
    assert json.loads(Path("out/machine.json").read_bytes())["calls"][11]["place"] == "missing"
    fresh = (ROOT / "docs" / "pictures" / "learned.svg").read_bytes()
    assert Path("out/difference.svg").read_bytes() == fresh, "stale: make reports"


def test_two_engines_are_compared(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    engines = ("--engine", "mutant:thaw-wrong-code", "--against", "reference")
    assert run(*engines, "--projection", "snapshot", "--out", "out") == 1
    out = capsys.readouterr().out
    assert "the two engines differ in 3 answers" in out
    assert out.count("JetOSSnapshotThaw(0x0, last)  -2403 OSSnapshotNotAllowed  -1003 InvalidParameter") == 3
    written = {path.name for path in Path("out").iterdir()}
    assert {"machine.json", "against.json", "against.svg", "difference.svg", "difference.md"} <= written
