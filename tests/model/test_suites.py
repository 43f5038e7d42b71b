"""Suites from a machine: a small one whose tests are known by hand, and every fault of every projection of the model."""

import pytest
from jetconform.model.covers import Cover, ordered, suite, without_prefixes
from jetconform.model.guards.documented import DOCUMENTED
from jetconform.model.guards.ese import ESE
from jetconform.model.machine_faults import Kills, kills
from jetconform.model.mealy import Machine, Reaction, machine_of
from jetconform.model.overlay import stepper_of
from jetconform.model.projections import PROJECTIONS, Projection
from jetconform.model.state import INITIAL
from jetconform.model.step import Stepper
from jetconform.model.telling import Telling, certain, differs

A, B = 0, 1


def machine(*states: tuple[dict[int, int] | None, ...]) -> Machine:
    """By state and call: the codes and where they lead, the assumed one first; None where the call is not made."""
    calls = PROJECTIONS[0].calls[: len(states[0])]
    made = Machine(Projection("small", "for tests", calls), [(INITIAL,)] * len(states))
    made.reactions = [
        tuple(None if one is None else Reaction(one, {}, (), next(iter(one))) for one in state) for state in states
    ]
    return made


COUNTER = machine(
    ({0: 1}, {-1: 0}),  # A counts to two, B asks whether it is two
    ({0: 2}, {-1: 1}),
    ({-5: 2}, {0: 2}),
)
LOOSE = machine(
    ({0: 1}, {0: 0, -1: 0}),
    ({0: 0}, {-1: 1}),
)


def test_the_shortest_calls_tell_two_states_apart() -> None:
    telling = Telling(COUNTER)
    assert telling.for_certain == {(0, 2): (A,), (1, 2): (A,), (0, 1): (A, A)}
    assert telling.characterisation == ((A, A),)
    assert telling.classes == 3


def test_sets_that_overlap_tell_nothing_for_certain() -> None:
    telling = Telling(LOOSE)
    assert telling.for_certain == {}
    assert telling.by_sets == {(0, 1): (B,)}
    assert differs(LOOSE, 0, 1, (B,))
    assert not certain(LOOSE, 0, 1, (B,))
    assert not certain(LOOSE, 1, 0, (B,))
    assert not differs(LOOSE, 0, 1, (A,))


def test_a_code_that_is_not_assumed_is_followed_too() -> None:
    """After -1, which both states allow, they part; the assumed code hides nothing of that."""
    forked = machine(({0: 2, -1: 0}, {0: 0}), ({-1: 1}, {-9: 1}), ({0: 2}, {0: 2}))
    assert certain(forked, 0, 1, (A, B))
    assert not certain(forked, 0, 1, (A,))


def test_calls_that_another_test_begins_with_are_no_test() -> None:
    assert without_prefixes([(), (0,), (0, 1), (0, 1), (1,), (0, 2), (1, 0, 0)]) == [(0, 1), (0, 2), (1, 0, 0)]


def test_what_shows_most_for_its_length_comes_first() -> None:
    assert ordered(COUNTER, [(B, B, B), (A, A), (B, A)]) == ((A, A), (B, A), (B, B, B))


def test_the_covers_of_a_machine_of_three_states() -> None:
    assert set(suite(COUNTER, Cover.STATES)) == {(A, A)}
    assert set(suite(COUNTER, Cover.TRANSITIONS)) == {(A, A)}
    assert set(suite(COUNTER, Cover.CELLS)) == {(B,), (A, B), (A, A, A, B)}
    assert set(suite(COUNTER, Cover.WPMETHOD)) == {
        (A, A, A, A), (A, A, B, A), (A, B, A, A), (B, A, A),
    }  # fmt: skip


def test_what_is_killed_is_counted() -> None:
    assert kills(COUNTER, [(A, A)]) == Kills(6, 2, 12, 1, 1, 0)
    assert kills(COUNTER, suite(COUNTER, Cover.CELLS)) == Kills(6, 6, 12, 6, 6, 0)
    assert kills(COUNTER, suite(COUNTER, Cover.WPMETHOD)) == Kills(6, 6, 12, 12, 12, 0)


def test_states_that_allow_the_same_for_ever_are_no_faults() -> None:
    twins = machine(({0: 1},), ({0: 0},))
    assert kills(twins, [(A, A)]) == Kills(2, 2, 0, 0, 0, 2)


def test_a_call_that_is_not_made_is_in_no_test() -> None:
    partial = machine(({0: 1}, None), ({-1: 1}, {0: 0}))
    for cover in Cover:
        for test in suite(partial, cover, extra=1 if cover is Cover.WMETHOD else 0):
            assert partial.made(0, test) == test


def test_extra_states_find_an_engine_that_has_one_more() -> None:
    """An engine that counts to three: one state more, and no shorter test than four calls shows it."""
    longer = ({0: 1}, {-1: 0}), ({0: 2}, {-1: 1}), ({0: 3}, {-1: 2}), ({-5: 3}, {0: 3})
    counts_to_three = machine(*longer)
    assert differs_on(COUNTER, counts_to_three, suite(COUNTER, Cover.WPMETHOD))
    late = machine(({0: 1}, {-1: 0}), ({0: 2}, {-1: 1}), ({-5: 3}, {0: 2}), ({-5: 3}, {-7: 3}))
    assert not differs_on(COUNTER, late, suite(COUNTER, Cover.CELLS)[:2])
    assert differs_on(COUNTER, late, suite(COUNTER, Cover.WPMETHOD, extra=1))


def differs_on(spec: Machine, engine: Machine, tests: tuple[tuple[int, ...], ...]) -> bool:
    for test in tests:
        here = there = 0
        for call in test:
            wanted, given = spec.reactions[here][call], engine.reactions[there][call]
            assert wanted is not None
            assert given is not None
            if given.assumed not in wanted.codes:
                return True
            here, there = wanted.next, given.next
    return False


@pytest.fixture(scope="module", params=[DOCUMENTED, ESE], ids=["documented", "ese"])
def stepper(request: pytest.FixtureRequest) -> Stepper:
    return stepper_of(request.param)


@pytest.mark.parametrize("projection", PROJECTIONS, ids=[projection.name for projection in PROJECTIONS])
def test_no_fault_of_a_projection_escapes(stepper: Stepper, projection: Projection) -> None:
    found = machine_of(stepper, projection)
    assert len(found.controls) <= 60
    assert len(found.calls) <= 30
    cells = kills(found, suite(found, Cover.CELLS))
    assert (cells.outputs_killed, cells.outputs > 100) == (cells.outputs, True)
    for cover in (Cover.WMETHOD, Cover.WPMETHOD) if projection.name == "snapshot" else (Cover.WPMETHOD,):
        whole = kills(found, suite(found, cover))
        assert (whole.outputs_killed, whole.transfers_killed) == (whole.outputs, whole.transfers)
        assert whole.transfers_certain >= 0.8 * whole.transfers
    assert cells.transfers_killed < cells.transfers


def test_the_states_of_the_lifecycle_are_those_of_the_pages() -> None:
    """Literal: what a fresh instance allows, and where JetInit leads."""
    lifecycle = machine_of(stepper_of(DOCUMENTED), PROJECTIONS[0])
    names = [call.label() for call in lifecycle.calls]
    create, init, full = (
        names.index(name) for name in ("JetCreateInstance()", "JetInit()", "JetBackupInstance(empty, full)")
    )
    created = lifecycle.reactions[0][create]
    assert created is not None
    assert set(created.codes) == {0}
    backup = lifecycle.reactions[created.next][full]
    assert backup is not None
    assert set(backup.codes) == {-1029}
    running = lifecycle.reactions[created.next][init]
    assert running is not None
    assert running.assumed == 0
    assert lifecycle.name(running.after[0]) == "running"
