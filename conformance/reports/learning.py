"""The difference of a learned machine in lines, as the terminal and Markdown show it, and the machine as JSON."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from ...model.mealy import Machine
from ...model.overlay import stepper_of
from ...model.vocabulary import code_name
from ...model.wording import in_words
from ..laboratory import contract
from ..learning.answers import Word
from ..learning.difference import Apart, Difference, Different, Extra
from ..learning.learn import Learning
from ..learning.learned import Arrow, Learned
from ..suite import Input, input_of

DIFFERENT, EXTRA, MISSING = "different code", "extra", "missing"
HEADERS = ("", "state", "call", "engine", "model", "after")
AGAINST = ("", "state", "call", "engine", "against", "after")


class Line(NamedTuple):
    """One difference."""

    kind: str
    state: str
    call: str
    engine: str
    other: str
    after: str = ""  # the shortest calls to it


def lines_of(machine: Machine, found: Difference) -> list[Line]:
    """The difference from the model: forbidden codes first, then the states that are too many, then what is missing."""
    labels = [call.label() for call in machine.calls]
    lines = [_different(labels, found, one) for one in found.different]
    lines += [_extra(labels, found, one) for one in found.extra]
    lines += [Line(MISSING, "", name, f"has no {lack}", "") for name, lack in sorted(found.absent.items())]
    for one in found.never:
        places = f"in {one.places} state{'' if one.places == 1 else 's'}"
        lines.append(Line(MISSING, places, labels[one.call], "never", _allowed((one.code,), one.rows)))
    return lines


def lines_apart(machine: Machine, names: Sequence[str], apart: Sequence[Apart]) -> list[Line]:
    """The difference of two engines; states are those of the first."""
    labels = [call.label() for call in machine.calls]
    lines = []
    for one in apart:
        here, there = one.answers
        kind = EXTRA if there.text == "not made" else MISSING if here.text == "not made" else DIFFERENT
        after = _calls(labels, one.word[:-1])
        lines.append(Line(kind, f"{one.state} {names[one.state]}", labels[one.call], here.text, there.text, after))
    return lines


def _different(labels: Sequence[str], found: Difference, one: Different) -> Line:
    kind = EXTRA if one.answer.allowed else DIFFERENT
    state = f"{one.state} {found.names[one.state]}"
    allowed = _allowed(one.codes, one.rows)
    return Line(kind, state, labels[one.call], one.answer.text, allowed, _calls(labels, one.word[:-1]))


def _extra(labels: Sequence[str], found: Difference, one: Extra) -> Line:
    here, there = one.answers
    other = f"one state with {one.beside} {found.names[one.beside]}: {there.text}"
    return Line(EXTRA, f"{one.state} {found.names[one.state]}", _calls(labels, one.apart), here.text, other)


def _allowed(codes: Sequence[int], rows: Sequence[str]) -> str:
    return f"{' or '.join(map(code_name, codes))}  [{', '.join(rows)}]"


def _calls(labels: Sequence[str], word: Word) -> str:
    return ", ".join(labels[call] for call in word)


def counts(machine: Machine, found: Difference) -> str:
    """How much of what there is, in a line."""
    forbidden = sum(not one.answer.allowed for one in found.different)
    unmet = len(machine.controls) - len(found.met)
    refines = "does not refine the model" if forbidden else "refines the model"
    return (
        f"{refines}: same {found.same:,} calls in states; different code {forbidden:,}; extra states {len(found.extra):,}; "
        f"missing: {len(found.never):,} allowed codes never given, {unmet:,} of {len(machine.controls):,} states never met, "
        f"{len(found.absent):,} calls not there"
    )


def asked(learning: Learning) -> str:
    """What it took."""
    report = learning.report
    return (
        f"{report.runs:,} words asked ({report.calls:,} calls), {report.hits:,} answered from memory, "
        f"{report.conjectures:,} conjectures, {report.seconds:.1f} s"
    )


# -- Markdown -------------------------------------------------------------------------------------------------------------


def markdown(learning: Learning, lines: Sequence[Line], against: Learning | None = None) -> str:
    """The difference as a page."""
    return "\n".join(_page(learning, lines, against)) + "\n"


def _page(learning: Learning, lines: Sequence[Line], against: Learning | None) -> Iterator[str]:
    request, found = learning.request, learning.found
    beside = f"the profile {request.profile}" if against is None else against.request.engine
    yield f"# {_text(request.engine)} beside {_text(beside)}: {request.projection}"
    for one in (learning, *([against] if against is not None else [])):
        yield ""
        yield f"{_text(one.request.engine)}, seed {request.seed}: **{one.card.verdict}**. {one.card.levels[0].guarantee}."
    if found is not None and against is None:
        yield ""
        yield f"{counts(learning.machine, found)}."
    yield ""
    if not lines:
        yield "No difference."
        return
    headers = HEADERS if against is None else AGAINST
    yield f"| {' | '.join(headers)} |"
    yield f"|{'---|' * len(headers)}"
    for line in lines:
        yield f"| {' | '.join(map(_text, line))} |"
    if found is not None and against is None:
        yield from _unmet(learning.machine, found)
        yield from _rules(request.profile, found)


def _unmet(machine: Machine, found: Difference) -> Iterator[str]:
    unmet = [state for state in range(len(machine.controls)) if state not in found.met]
    if unmet:
        yield ""
        yield "States of the model that the engine never comes to:"
        yield ""
        yield from (f"- {_text(machine.name(state))}" for state in unmet)


def _rules(profile: str, found: Difference) -> Iterator[str]:
    rules = stepper_of(contract(profile)).profile
    rows = sorted(
        {row for one in found.different for row in one.rows} | {row for each in found.never for row in each.rows}
    )
    if rows:
        yield ""
        yield "| row | code | holds | source |"
        yield "|---|---|---|---|"
    for name in rows:
        row = rules.row(name)
        yield f"| {name} | {row.outcome} | {_text(in_words(row.condition))} | {_text(row.citation)} |"


def _text(text: str) -> str:
    """Text that a table of Markdown takes as it is."""
    return "".join(f"\\{sign}" if sign in "\\|`*_<>[]" else sign for sign in " ".join(text.split()))


# -- JSON -----------------------------------------------------------------------------------------------------------------


class StateFile(msgspec.Struct, kw_only=True):
    """A state: what it is called, the shortest calls to it (positions in `calls`), and its answer to each call."""

    name: str
    access: Word
    answers: tuple[Arrow, ...]


class MachineFile(msgspec.Struct, kw_only=True):
    """A learned machine, as `--out` writes it (docs/learn.md)."""

    machine: int
    engine: str
    profile: str
    projection: str
    seed: int
    verdict: str
    guarantee: str
    setup: list[Input]
    calls: list[Input]
    states: list[StateFile]


def machine_json(learning: Learning, learned: Learned, names: Sequence[str]) -> bytes:
    """The machine as a file."""
    request = learning.request
    states = zip(names, learned.access, learned.arrows, strict=True)
    content = MachineFile(
        machine=1,
        engine=request.engine,
        profile=request.profile,
        projection=request.projection,
        seed=request.seed,
        verdict=learning.card.verdict,
        guarantee=learning.card.levels[0].guarantee,
        setup=[input_of(call) for call in learning.machine.projection.setup],
        calls=[input_of(call) for call in learning.machine.calls],
        states=[StateFile(name=name, access=word, answers=arrows) for name, word, arrows in states],
    )
    return msgspec.json.format(msgspec.json.encode(content), indent=1) + b"\n"
