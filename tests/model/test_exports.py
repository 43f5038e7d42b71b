"""The exports for checkers: SPIN finds in the Promela what exploration finds, and notices what is planted."""

import json
import sys
from dataclasses import replace
from functools import cache
from importlib import resources
from pathlib import Path

import pytest
from jetconform.model.calls import Call
from jetconform.model.cells import setup
from jetconform.model.compile import RememberingStepper, Table
from jetconform.model.domain import Domain
from jetconform.model.domains import THREE_CALLERS, TWO_CALLERS
from jetconform.model.domains_external import TWO_STREAMING
from jetconform.model.explore import search
from jetconform.model.exports.building import rules_of
from jetconform.model.exports.decisions import (
    KEEPS,
    Branch,
    Leaf,
    Space,
    agreeing,
    changed,
    outcomes,
    setting,
    value_of,
)
from jetconform.model.exports.formula import FALSE, TRUE, All, Any, Is, Not, all_of, any_of, negated
from jetconform.model.exports.lazily import known
from jetconform.model.exports.promela import promela
from jetconform.model.exports.rules import Rules
from jetconform.model.exports.tla import tla
from jetconform.model.exports.variables import flatten, unflatten
from jetconform.model.external import Kind, OpenFile, Snapshot, SnapshotPhase, Streaming, Target
from jetconform.model.guards.documented import DOCUMENTED
from jetconform.model.guards.ese import ESE
from jetconform.model.invariants import RETURNS
from jetconform.model.moves import move
from jetconform.model.predicates import PREDICATES
from jetconform.model.rows import Profile
from jetconform.model.state import Activity, Control, Damage, Database
from jetconform.model.step import Stepper
from jetconform.model.verify import CALLERS, exploration_name
from jetconform.model.wording import literals
from model_world import (
    BACKED_UP,
    CREATED,
    GONE,
    RUNNING,
    with_parameters,
)

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT))  # for `benchmarks`, which no wheel holds

from benchmarks import spin  # noqa: E402

COMMITTED = json.loads((resources.files("jetconform.model") / "expected.json").read_text("utf-8"))
QUICK = ("-O0", "-w", "-DSAFETY", "-DNOREDUCE")
"""For these sizes the compiler takes longer to optimise than the search then takes."""

needs_spin = pytest.mark.skipif(bool(spin.missing()), reason=f"needs {spin.missing()}")

SMALL = Domain(
    "small", "backups, stops and terminations", THREE_CALLERS.calls[:1] + THREE_CALLERS.calls[5:], THREE_CALLERS.setup
)
STREAMING = Streaming(Kind.FULL, ("db/test.edb",), (), listed=True, file=OpenFile("f1", Target.LAST_LOG))
CONTROLS = (
    GONE,
    CREATED,
    with_parameters(CREATED, recovery=False, create_path=True),
    BACKED_UP._replace(databases=(*BACKED_UP.databases, Database("db/z.edb", damage=Damage.UNKNOWN))),
    RUNNING._replace(activity=Activity.STREAMING, streaming=STREAMING),
    RUNNING._replace(snapshot=Snapshot(SnapshotPhase.FROZEN, 3, member=True)),
)


def without(row_id: str, profile: Profile = DOCUMENTED) -> Profile:
    return replace(profile, rows=tuple(row for row in profile.rows if row.id != row_id))


@cache
def rules(domain: Domain, profile: str) -> Rules:
    return rules_of({"documented": DOCUMENTED, "ese": ESE}[profile], domain, 2)


# -- SPIN ----------------------------------------------------------------------------------------------------------------


@needs_spin
@pytest.mark.parametrize("profile", [DOCUMENTED, ESE], ids=["documented", "ese"])
@pytest.mark.parametrize(("domain", "callers"), CALLERS, ids=[exploration_name(*one) for one in CALLERS])
def test_spin_agrees(profile: Profile, domain: Domain, callers: int, tmp_path: Path) -> None:
    found = spin.run(promela(rules_of(profile, domain, callers)), tmp_path, compiler=QUICK)
    committed = COMMITTED[profile.name][exploration_name(domain, callers)]
    assert (found.states, found.transitions, found.errors) == (committed["states"], committed["transitions"], 0)


def test_the_counts_in_docs_are_those_committed() -> None:
    page = (ROOT / "docs" / "exports.md").read_text(encoding="utf-8")
    for profile in COMMITTED.values():
        for name, count in profile.items():
            if name.endswith(" at a time"):
                assert f"| {name} | {count['states']:,} | {count['transitions']:,} |" in page


@needs_spin
@pytest.mark.parametrize(
    ("row", "states", "transitions"),
    [
        ("", 2142, 5844),  # none is dropped
        ("TM.term-waiting", 2142, 5836),  # a may row: SPIN misses transitions
        ("BI.stop-backup-during", 1954, 5433),  # a must row of work
        ("BI.stopped", 2114, 5779),  # a must row at enter
    ],
)
def test_a_row_that_is_dropped_shows_in_the_counts(row: str, states: int, transitions: int, tmp_path: Path) -> None:
    found = spin.run(promela(rules_of(without(row), SMALL, 2)), tmp_path, compiler=QUICK)
    assert (found.states, found.transitions, found.errors) == (states, transitions, 0)


@needs_spin
@pytest.mark.parametrize(
    "row",
    [
        pytest.param("BI.second", id="two backups at a time"),
        pytest.param("SB.ok", id="a call that never returns"),
        pytest.param("TM.lost-race", id="a move that cannot be made"),
    ],
)
def test_what_a_dropped_row_breaks_is_an_error(row: str, tmp_path: Path) -> None:
    assert spin.run(promela(rules_of(without(row), SMALL, 2)), tmp_path, compiler=QUICK).errors == 1


def test_what_a_profile_is_known_to_break_is_not_asserted() -> None:
    assert RETURNS in promela(rules(SMALL, "documented"))
    assert RETURNS not in promela(rules(SMALL, "ese"))


def test_a_domain_that_is_too_large_for_its_variables_is_refused() -> None:
    few = rules(SMALL, "documented")
    with pytest.raises(OverflowError, match="small has 260 points"):
        promela(replace(few, points=few.points[:1] * 258))


def test_an_export_is_the_same_every_time() -> None:
    assert promela(rules_of(DOCUMENTED, SMALL, 2)) == promela(rules(SMALL, "documented"))


# -- TLA+ ----------------------------------------------------------------------------------------------------------------


def test_tla_says_that_it_is_unchecked_and_has_every_option() -> None:
    few = rules(SMALL, "documented")
    lines = tla(few).splitlines()
    assert lines[0].split() == ["-" * 30, "MODULE", "jetconform", "-" * 30]
    assert lines[1].startswith("(* UNCHECKED")
    assert lines[-1] == "=" * 77
    assert sum(line.startswith("  \\/ Goes(c, ") for line in lines) == len(few.options)


def test_every_name_in_tla_is_defined() -> None:
    text = tla(rules(TWO_STREAMING, "ese"))
    words = set(text.replace("(", " ").replace(")", " ").replace("~", " ").split())
    used = {word for word in words if word.startswith(("p_", "r_", "Effect"))}
    assert len(used) > 50
    assert {word for word in used if f"\n{word} ==" not in text} == set()


# -- the translation of predicates and moves -----------------------------------------------------------------------------


@pytest.mark.parametrize("control", CONTROLS)
def test_a_control_state_comes_back_from_its_variables(control: Control) -> None:
    assert unflatten(flatten(control)) == control


def test_what_is_absent_has_variables_of_fixed_values() -> None:
    values = flatten(RUNNING)
    assert (values["streaming",], values["streaming", "kind"], values["snapshot", "phase"]) == (
        False,
        Kind.FULL,
        SnapshotPhase.PREPARED,
    )


def reached(profile: Profile, domain: Domain) -> list[Control]:
    table = Table(RememberingStepper(profile), domain.calls)
    search(table, domain, 1)
    return table.controls


@pytest.mark.parametrize("profile", [DOCUMENTED, ESE], ids=["documented", "ese"])
@pytest.mark.parametrize("domain", [TWO_CALLERS, TWO_STREAMING], ids=["lifecycle", "streaming"])
def test_trees_give_what_the_functions_give(profile: Profile, domain: Domain) -> None:
    space = Space(setup(Stepper(profile), domain))
    every = reached(profile, domain)
    for control in every:
        space.add(flatten(control).items())
    controls = every[:: len(every) // 20]
    for call in domain.calls[::2]:
        rows = profile.rows_of(call.name)
        for name in {literal.removeprefix("not ") for row in rows for literal in literals(row.condition)}:
            predicate = PREDICATES[name]
            tree = space.decide(lambda control, call=call, predicate=predicate: bool(predicate(control, call)))
            wrong = [one for one in controls if value_of(tree, space.start | flatten(one)) != predicate(one, call)]
            assert (name, call, wrong) == (name, call, [])
        for name in {row.move for row in rows}:
            tree = space.decide(changed(lambda control, name=name, call=call: move(name, control, call)))
            for one in controls:
                assert moved(tree, space.start | flatten(one)) == moved_plainly(name, one, call, space)


def moved(tree: object, values: dict[tuple[str, ...], object]) -> object:
    change = value_of(tree, values)
    return None if change is None else values | dict(change)


def moved_plainly(name: str, control: Control, call: Call, space: Space) -> object:
    try:
        return space.start | flatten(move(name, control, call))
    except (AssertionError, ValueError):
        return None


def test_a_tree_branches_over_what_is_asked_for_alone() -> None:
    space = Space(RUNNING)
    space.add([(("fatal",), True), (("opened",), True)])
    tree = space.decide(lambda control: control.fatal and control.opened)
    assert tree == Branch(
        ("fatal",), ((False, Leaf(False)), (True, Branch(("opened",), ((False, Leaf(False)), (True, Leaf(True))))))
    )
    assert space.decide(lambda control: control.stop is control.stop) == Leaf(True)


def test_what_a_move_leaves_is_told_from_what_it_sets() -> None:
    space = Space(RUNNING)
    space.add([(("fatal",), True), (("opened",), True)])
    tree = space.decide(changed(lambda control: control._replace(opened=False) if control.fatal else control))
    assert setting(tree, ("opened",)) == Branch(("fatal",), ((False, Leaf(KEEPS)), (True, Leaf(False))))
    assert setting(tree, ("phase",)) == Leaf(KEEPS)


def test_a_move_that_sets_every_value_to_one_is_a_constant() -> None:
    space = Space(RUNNING)
    space.add([(("fatal",), True)])
    tree = space.decide(changed(lambda control: control if control.fatal else control._replace(fatal=True)))
    assert isinstance(tree, Branch)
    assert setting(tree, ("fatal",)) == Leaf(True)


def test_a_move_that_cannot_be_made_is_told() -> None:
    space = Space(CREATED)
    tree = space.decide(changed(lambda control: move("init.done", control, Call("JetInit"))))
    assert set(outcomes(tree)) == {None}


def test_moves_agree_where_they_lead_to_the_same_state() -> None:
    space = Space(RUNNING)
    space.add([(("fatal",), True)])
    tree = space.decide(agreeing(lambda control: control, lambda control: control._replace(fatal=True)))
    assert tree == Branch(("fatal",), ((False, Leaf(False)), (True, Leaf(True))))


def test_a_state_that_is_read_lazily_cannot_be_compared() -> None:
    with pytest.raises(TypeError, match="cannot be compared"):
        _ = known(flatten(RUNNING), ()) == RUNNING


def test_a_database_that_a_move_makes_did_not_exist_before() -> None:
    space = Space(RUNNING)
    space.add([(("databases", "db/new.edb"), True), (("databases", "db/new.edb", "attached"), True)])
    assert (space.start["databases", "db/new.edb"], space.start["databases", "db/new.edb", "attached"]) == (
        False,
        False,
    )
    assert unflatten(space.start) == RUNNING


# -- formulas ------------------------------------------------------------------------------------------------------------

A, B = Is("a"), Is("b")


def test_formulas_say_nothing_twice() -> None:
    assert all_of([A, TRUE, A]) == A
    assert all_of([A, all_of([B, A])]) == All((A, B))
    assert all_of([A, FALSE]) == FALSE
    assert all_of([]) == TRUE
    assert any_of([A, FALSE, any_of([B])]) == Any((A, B))
    assert any_of([A, TRUE]) == TRUE
    assert any_of([]) == FALSE


def test_formulas_are_negated() -> None:
    assert [negated(one) for one in (A, Not(A), TRUE, FALSE)] == [Not(A), A, FALSE, TRUE]
    assert TRUE != FALSE
