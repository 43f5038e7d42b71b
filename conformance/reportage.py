"""How the verdict on recorded traces is shown: each rejected trace, why, and the counts of each profile."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console

from ..model.deviations import Deviation
from ..model.guards.documented import DOCUMENTED
from ..model.vocabulary import code_name
from .deviation_names import explaining, seen
from .explain import RowText, StateText
from .tally import Rejected, Tally
from .unjudged import LEFT_OUT

SHOWN_STATES = 3
SHOWN_FILES = 3
SHOWN_NEVER = 40


def show(console: Console, tallies: Iterable[Tally], deviations: Sequence[Deviation] = ()) -> None:
    """Print what became of the traces under each profile; under `documented`, which of these deviations explain what."""
    for tally in tallies:
        known = deviations if tally.profile is DOCUMENTED else ()
        for text in (*_rejections(tally.rejected, known), *_summary(tally), *_deviations(tally, known)):
            console.print(text, markup=False, highlight=False, soft_wrap=True)


def _rejections(rejected: list[Rejected], deviations: Sequence[Deviation]) -> Iterator[str]:
    """Every rejection by file and line; the explanation of the first of those that say the same."""
    explained: dict[tuple[object, ...], str] = {}
    for one in rejected:
        where = f"{one.file}:{one.line}"
        names = explaining(one, deviations)
        yield f"rejected {where}: call {one.explanation.call_id}, {one.explanation.call}: {one.observed}"
        if names:
            yield f"  deviation {', '.join(names)}"
        first = explained.setdefault(one.kind, where)
        if first != where:
            yield f"  explained as at {first}"
            continue
        yield from _explanation(one)


def _explanation(one: Rejected) -> Iterator[str]:
    why = one.explanation
    if one.allowed:
        yield f"  allowed   {', '.join(one.allowed)}"
    yield f"  why       {why.reason}"
    for other in why.overlapping:
        yield f"  overlaps  {other}"
    for state in why.states[:SHOWN_STATES]:
        yield from _state(state)
    if len(why.states) > SHOWN_STATES:
        yield f"  and {len(why.states) - SHOWN_STATES} more states were possible"
    for row in one.ese:
        yield f"  in ese    {_row(row)}"


def _state(state: StateText) -> Iterator[str]:
    yield f"  state     {state.state}"
    for other in state.in_flight:
        yield f"            in flight: {other}"
    for row in state.rows:
        yield f"            {_row(row)}"
    yield f"            allows {', '.join(state.allowed) or 'nothing yet'}"


def _row(row: RowText) -> str:
    return f"{row.id}  {row.at}, {row.force}: {row.outcome} where {row.condition} [{row.citation}]"


def _summary(tally: Tally) -> Iterator[str]:
    unjudged = tally.unjudged.total()
    whole = tally.traces - tally.traces_rejected - tally.traces_unknown
    yield ""
    yield f"{tally.verdict}  profile {tally.profile.name}"
    yield (
        f"  traces    {tally.traces:,} = {whole:,} explained + {tally.traces_rejected:,} rejected "
        f"+ {tally.traces_unknown:,} not judged to the end"
    )
    yield (
        f"  calls     {tally.calls:,} = {tally.explained:,} explained + {len(tally.rejected):,} rejected "
        f"+ {unjudged:,} unjudged"
    )
    for reason, number in tally.unjudged.most_common():
        yield f"            {number:,} unjudged: {reason.value}"
    if any("purpose" in reason.value for reason in tally.unjudged):
        yield f"            left out: {', '.join(f'{code_name(int(one.code))} ({one.why})' for one in LEFT_OUT)}"
    share = 100 * tally.sharp / tally.sequential if tally.sequential else 100.0
    yield f"  sharp     {share:.1f} % of {tally.sequential:,} returns that nothing overlapped had exactly one allowed code"
    yield from _coverage(tally)
    yield from _kinds(tally.rejected)


def _deviations(tally: Tally, deviations: Sequence[Deviation]) -> Iterator[str]:
    if not deviations or not tally.rejected:
        return
    counts = seen(tally.rejected, deviations)
    yield f"  deviations of ese seen: {len(counts)} of {len(deviations)}"
    for name, number in counts:
        yield f"  {number:>5} x   {name}"
    unknown = sum(not explaining(one, deviations) for one in tally.rejected)
    if unknown:
        yield f"  {unknown:>5} x   no deviation of ese"


def _coverage(tally: Tally) -> Iterator[str]:
    given = {row.number for row in tally.profile.rows if row.number is not None}
    seen = given & set(tally.codes)
    died = f", and the process died {tally.codes[None]:,} times" if tally.codes[None] else ""
    yield f"  codes     {len(seen)} of {len(given)} were seen and explained{died}"
    yield from _never("never", [code_name(code) for code in tally.codes_never_seen])
    yield f"  rows      {sum(row.id in tally.rows for row in tally.profile.rows)} of {len(tally.profile.rows)} decided a return"
    yield from _never("refusals that never did", tally.never_fired)
    if tally.clauses:
        yield f"  clauses   {_counted(tally.clauses)}"
    if tally.quirks:
        yield f"  quirks    rows of ese that explain what was rejected: {_counted(tally.quirks)}"


def _never(what: str, names: list[str]) -> Iterator[str]:
    """What was never seen, where that is a list that one can read."""
    if names:
        yield f"            {what}: {', '.join(names) if len(names) <= SHOWN_NEVER else f'{len(names)} (--json names them)'}"


def _kinds(rejected: list[Rejected]) -> Iterator[str]:
    """The rejections by what they have in common."""
    counts: Counter[tuple[object, ...]] = Counter(one.kind for one in rejected)
    examples: dict[tuple[object, ...], list[Rejected]] = {}
    for one in rejected:
        examples.setdefault(one.kind, []).append(one)
    for kind, number in counts.most_common():
        first = examples[kind][0]
        files = ", ".join(f"{one.file}:{one.line}" for one in examples[kind][:SHOWN_FILES])
        allowed = f", allowed {', '.join(first.allowed)}" if first.allowed else f", {first.explanation.reason}"
        yield f"  {number:>5} x   {first.call}: {first.observed}{allowed}: {files}"


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {number:,}" for name, number in counts.most_common())
