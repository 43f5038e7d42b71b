"""How the answer of `jetconform model ask` is shown."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ...model.calls import Call
from ...model.clause import Clause
from ...model.effects import move_in_words
from ...model.rows import Row
from ...model.state import describe
from ...model.wording import in_words
from ..ask import Answers, answers, in_flight, instances, places_of
from ..belief import Belief, Beliefs
from ..explain import explain
from ..findings import Finding
from ..history import Nonconformity
from ..judge import Judge
from ..scorecard import show_finding
from ..trace import CallEvent, Trace

SHOWN_STATES = 5
SHOWN_CALLS = 3


def show(console: Console, beliefs: Beliefs, judge: Judge, trace: Trace, call: str | None) -> int:
    """Print what may follow the trace, or why the trace itself is not explained; the exit status."""
    if judge.rejection is not None:
        _rejected(console, judge, trace)
        return 1
    calls = sum(isinstance(event, CallEvent) for event in trace.events)
    console.print(f"after {calls} calls, profile {judge.stepper.profile.name}", highlight=False)
    for instance in instances(trace):
        _instance(console, beliefs, judge, instance, call)
    return 0


def _rejected(console: Console, judge: Judge, trace: Trace) -> None:
    rejection = judge.rejection
    assert rejection is not None
    text = f"call {rejection.call_id}, {rejection.call}: {rejection.observed}"
    why = explain(Nonconformity("rejected", text, rejection, rejection.call_id), judge.stepper)
    finding = Finding(
        events=trace.events[: rejection.index + 1],
        explanation=why,
        engine=trace.header.engine,
        profile=judge.stepper.profile.name,
        seed=trace.header.seed or 0,
    )
    show_finding(console, finding)
    console.print(f"the trace is not explained from line {rejection.index + 2} on: {escape(text)}", highlight=False)


def _instance(console: Console, beliefs: Beliefs, judge: Judge, instance: str, call: str | None) -> None:
    belief = judge.belief(instance)
    console.print(f"\n[bold]{escape(instance)}[/]", highlight=False)
    _states(console, belief)
    for one in in_flight(beliefs, belief):
        stages = " or ".join(stage.value for stage in one.stages)
        held = ", held" if one.held else ""
        _line(console, f"in flight: {one.call.label()}, {stages}{held}; it may still end with")
        console.print(_rows(one.rows))
    found = answers(beliefs, belief, places_of(judge), call)
    for name in dict.fromkeys(group.calls[0].name for group in found):
        groups = [group for group in found if group.calls[0].name == name]
        for group in groups:
            _group(console, group)
        _effects(console, dict.fromkeys(clause for group in groups for clause in group.effects))


def _states(console: Console, belief: Belief) -> None:
    states = sorted(describe(control) for control in belief.controls)
    for state in states[:SHOWN_STATES]:
        _line(console, f"{'state' if len(states) == 1 else 'perhaps'}  {state}")
    if len(states) > SHOWN_STATES:
        _line(console, f"and {len(states) - SHOWN_STATES} more states are possible")


def _group(console: Console, group: Answers) -> None:
    console.print(f"\n[bold]{escape(_labels(group.calls))}[/]", highlight=False, soft_wrap=True)
    if group.now:
        console.print(_rows(group.now))
    if group.later:
        _line(
            console,
            "  once the calls that are held went on, also:" if group.now else "  waits for the calls held; then:",
        )
        console.print(_rows(group.later))


def _labels(calls: Sequence[Call]) -> str:
    shown = [call.label() for call in calls[:SHOWN_CALLS]]
    more = len(calls) - len(shown)
    return "; ".join(shown) + (f"; and {more} more" if more else "")


def _rows(rows: Iterable[Row]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    for _ in range(6):
        table.add_column(overflow="fold")
    for row in rows:
        effect = move_in_words(row.move) if row.move else ""
        table.add_row("   ", row.outcome, row.id, row.force.value, escape(row.citation), escape(effect))
    return table


def _effects(console: Console, clauses: Iterable[Clause]) -> None:
    for clause in clauses:
        when = ", ".join(
            part for part in (clause.when.value, in_words(clause.condition) if clause.condition else "") if part
        )
        _line(console, f"    effect {clause.id} ({when}): {clause.text} [{clause.citation}]")


def _line(console: Console, text: str) -> None:
    console.print(text, highlight=False, markup=False, soft_wrap=True)
