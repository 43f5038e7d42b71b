"""Exploration with several callers against a plain search that knows nothing of numbers, tables or packing."""

from collections import deque

import pytest
from jetconform.model.calls import Call, Stage
from jetconform.model.cells import Graph, Node, Outcome, explore, setup
from jetconform.model.compile import CALLER_BITS, RememberingStepper, Table
from jetconform.model.domain import Domain
from jetconform.model.domains import DOMAINS, THREE_CALLERS, TWO_CALLERS
from jetconform.model.explore import explore_callers, search
from jetconform.model.guards.documented import DOCUMENTED
from jetconform.model.guards.ese import ESE
from jetconform.model.rows import Profile
from jetconform.model.state import Control
from jetconform.model.step import Pending, Stepper
from model_world import NAMED, STOP, STOP_BACKUP, TERM, TERM_STOPPING, backup, call, in_session

RUNNING = (call("JetCreateInstance"), call("JetInit"), Call("JetBeginSession", NAMED, session="s1"))
SMALL = Domain("small", "", (backup(), STOP, STOP_BACKUP, TERM_STOPPING, TERM), setup=RUNNING)
DEADLY = Domain("deadly", "", (call("JetCreateInstance"), STOP, in_session("JetEndSession")))

State = tuple[Control, tuple[Pending | str, ...]]


def plain(profile: Profile, domain: Domain, callers: int) -> tuple[int, int]:
    """States and transitions, by a search over the values themselves; callers are alike, so they are sorted by name."""
    stepper = Stepper(profile)

    def sort(calls: list[Pending | str]) -> tuple[Pending | str, ...]:
        return tuple(sorted(calls, key=repr))

    start: State = (setup(stepper, domain), ("idle",) * callers)
    seen = {start}
    todo = deque([start])
    transitions = 0
    while todo:
        control, calls = todo.popleft()
        after: list[State] = []
        for one in dict.fromkeys(calls):
            others = list(calls)
            others.remove(one)
            if one == "idle":
                after += [(control, sort([*others, Pending(made)])) for made in domain.calls]
            elif one == "done":
                after.append((control, sort([*others, "idle"])))
            else:
                assert isinstance(one, Pending)
                moves = {
                    (then, "done" if done.stage is Stage.DONE else done)
                    for then, done in stepper.advance(control, one)
                    if not (done.stage is Stage.DONE and done.code is None)
                }
                after += [(then, sort([*others, done])) for then, done in moves]
        transitions += len(after)
        for state in after:
            if state not in seen:
                seen.add(state)
                todo.append(state)
    return len(seen), transitions


@pytest.mark.parametrize("callers", [1, 2, 3])
@pytest.mark.parametrize("profile", [DOCUMENTED, ESE], ids=["documented", "ese"])
def test_a_small_domain_has_the_size_that_a_plain_search_finds(profile: Profile, callers: int) -> None:
    domain = SMALL if callers < 3 else Domain("smaller", "", (backup(), STOP, TERM), setup=RUNNING)
    found = explore_callers(Stepper(profile), domain, callers)
    assert (found.states, found.transitions) == plain(profile, domain, callers)
    assert found.broken == {}


def test_a_call_that_the_engine_dies_of_has_no_successor_and_is_not_stuck() -> None:
    found = explore_callers(Stepper(ESE), DEADLY, 2)
    assert (found.states, found.transitions) == plain(ESE, DEADLY, 2)
    assert ("JetStopServiceInstance", None) in found.codes
    assert found.broken == {}


def test_a_table_that_was_used_before_gives_the_same_again() -> None:
    table = Table(Stepper(DOCUMENTED), SMALL.calls)
    first, second = search(table, SMALL, 2), search(table, SMALL, 2)
    assert (first.states, first.transitions, first.rows) == (second.states, second.transitions, second.rows)


def contents(graph: Graph) -> set[tuple[Node, Call, tuple[str, ...], frozenset[Outcome]]]:
    return {
        (node, one.call, one.guards, frozenset(one.outcomes)) for node, cells in graph.cells.items() for one in cells
    }


@pytest.mark.parametrize("profile", [DOCUMENTED, ESE], ids=["documented", "ese"])
def test_the_remembering_stepper_is_the_stepper(profile: Profile) -> None:
    """Every step of every call in every state of some domains, by both."""
    one, other = Stepper(profile), RememberingStepper(profile)
    for domain in (DOMAINS[0], DOMAINS[1], DOMAINS[10]):
        graph = explore(one, domain)
        assert contents(explore(other, domain)) == contents(graph)
        for node in graph.cells:
            for made in (*domain.calls, *domain.probes):
                assert one.guards(node.control, made) == other.guards(node.control, made)
                for stage in Stage:
                    assert one.holding(node.control, made, stage) == other.holding(node.control, made, stage)


@pytest.mark.parametrize("domain", [TWO_CALLERS, THREE_CALLERS], ids=lambda domain: domain.name)
def test_the_domains_of_several_callers_make_calls_of_every_kind(domain: Domain) -> None:
    names = {made.name for made in domain.calls}
    assert {"JetBackupInstance", "JetTerm", "JetTerm2", "JetStopServiceInstance", "JetStopBackupInstance"} <= names


def test_too_large_a_domain_is_refused() -> None:
    table = Table(Stepper(DOCUMENTED), ())
    for number in range(len(table.pendings), 1 << CALLER_BITS):
        assert table.caller(Pending(Call(f"call {number}"))) == number
    with pytest.raises(OverflowError, match="too large to pack"):
        table.caller(Pending(Call("one more")))
