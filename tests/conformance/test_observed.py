"""The recorded traces of Microsoft's engine under `ese`: what is rejected and unjudged may only become less."""

from collections import Counter

import pytest
from jetconform.conformance.tally import Tally
from jetconform.conformance.tracecheck import check
from jetconform.model.guards.ese import ESE
from mutated_returns import measure
from observed import observed

# The one place of the figures: when the profile learns, they are written anew, and only downwards.
REJECTED = 0
UNJUDGED = 0
SHARP = 0.999
MUTATIONS_REJECTED = 0.999


@pytest.fixture(scope="module")
def tally() -> Tally:
    (found,) = check(observed(), [ESE]).tallies
    return found


def test_all_traces_are_there(tally: Tally) -> None:
    assert (tally.traces, tally.calls) == (1278, 29_022)
    assert tally.explained + len(tally.rejected) + tally.unjudged.total() == tally.calls


def test_no_more_is_rejected_or_unjudged_than_is_written_here(tally: Tally) -> None:
    assert len(tally.rejected) == REJECTED
    assert tally.unjudged.total() == UNJUDGED


def test_the_prediction_is_sharp(tally: Tally) -> None:
    print(f"\n{tally.sharp:,} of {tally.sequential:,} returns that nothing overlapped: exactly one allowed code")
    assert tally.sharp / tally.sequential >= SHARP


def test_every_clause_that_listings_can_show_is_exercised_and_kept(tally: Tally) -> None:
    assert not [one for one in tally.rejected if one.explanation.kind == "effect"]
    assert tally.clauses.keys() >= {
        "BI.full", "BI.copy", "BI.patch", "BI.patch-source", "BI.nothing-else", "BI.logs", "BI.logs-whole", "BI.incremental",
        "BI.atomic", "BI.needed", "BI.truncated", "BI.rolled", "BI.refused", "BI.partial", "BI.partial-atomic",
        "BI.logs-kept", "BI.headers", "BI.copy-mark", "IN.logs", "CD.pages",
        "RI.databases", "RI.set-kept", "RI.not-found", "any.sizes", "any.elsewhere",
    }  # fmt: skip


def test_a_replaced_return_code_is_rejected() -> None:
    """Every return of every trace, with every other code that was seen for the same call."""
    figure = measure(observed(), ESE)
    print(f"\n{figure.rejected:,} of {figure.judged:,} replaced codes rejected: {figure.of_judged:.2%}")
    print(f"at {figure.unjudged:,} more the recorded code is not judged; of all positions {figure.of_all:.2%}")
    calls: Counter[str] = Counter()
    for (call, _, _), number in figure.survived.items():
        calls[call] += number
    print("not noticed:", ", ".join(f"{call} {number}" for call, number in calls.most_common()))
    for (call, seen, code), number in figure.survived.most_common(10):
        print(f"  {number} x {call}: {code} in the place of {seen}")
    assert figure.judged > 100_000
    assert figure.of_judged >= MUTATIONS_REJECTED
