"""The mutants of guard rows, of both profiles and of the flavours: what a row says changed, one thing at a time."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from jetconform.model import flavours
from jetconform.model.calls import Stage
from jetconform.model.guards.documented import DOCUMENTED
from jetconform.model.guards.ese import ESE
from jetconform.model.rows import ENTER, Force, Profile, Row

from .mutant import Mutant

Rows = tuple[Row, ...]
Change = tuple[str, str, Row]
"""The kind of a change, its detail, and the row that comes of it."""

EXCLUSIVE = (
    frozenset({"created", "initializing", "running", "restoring", "terminating", "handle_bad"}),
    frozenset({"place_null", "place_blank", "place_missing", "place_absent", "place_file", "place_foreign",
               "place_full_set", "place_atomic_set"}),
    frozenset({"log_refused", "log_failing"}), frozenset({"log_refused", "log_full"}),
    frozenset({"amount_odd", "amount_one", "amount_two", "amount_rest"}),
    frozenset({"end_grbit_both", "end_grbit_none"}),
)  # fmt: skip
"""Causes of which an instance, or a call, has one at the most: phases, places, states of the log, amounts, options."""

OTHER_FORCE = {Force.MUST: Force.MAY, Force.MAY: Force.MUST}
PROFILES = (DOCUMENTED, ESE)


def mutants() -> Iterator[Mutant]:
    """Of every row of both profiles and of the flavours, in the order of the tables."""
    for profile in PROFILES:
        yield from _of_table(f"guards {profile.name}", profile, profile.rows, _patch_profile(profile))
    yield from _of_table("flavours", ESE, flavours.FLAVOURED, _patch_flavours)


def _patch_profile(profile: Profile) -> Callable[[Rows], None]:
    return lambda rows: object.__setattr__(profile, "rows", rows)


def _patch_flavours(rows: Rows) -> None:
    vars(flavours)["FLAVOURED"] = rows
    flavours.of_flavour.cache_clear()


def _of_table(table: str, profile: Profile, rows: Rows, patch: Callable[[Rows], None]) -> Iterator[Mutant]:
    flavoured = rows is flavours.FLAVOURED
    name = "" if flavoured else profile.name

    def mutant(row: Row, kind: str, detail: str, changed: Rows, *touched: Row) -> Mutant:
        calls = frozenset(call for one in touched for call in one.calls)
        return Mutant(table, row.id, kind, detail, lambda: patch(changed), name, calls, touched)

    for at, row in enumerate(rows):
        before, after = rows[:at], rows[at + 1 :]
        yield mutant(row, "drop", "", before + after, row)
        for kind, detail, other in _changes(row, profile, rows):
            yield mutant(row, kind, detail, (*before, other, *after), row, other)
        second = _successor(row, after) if profile.ordered and not flavoured else None
        if second is not None:
            place = rows.index(second)
            swapped = (*before, second, *rows[at + 1 : place], row, *rows[place + 1 :])
            yield mutant(row, "swap", f"with {second.id}", swapped, row, second)


def _successor(row: Row, after: Rows) -> Row | None:
    """The next row of the same call that this one is tried before, where the order of the two matters."""
    return next((one for one in after if _compete(row, one)), None)


def _compete(row: Row, other: Row) -> bool:
    """Whether both may hold at one stage of one call, and lead elsewhere: else their order means nothing."""
    success = row.force is Force.SUCCESS
    if not set(row.calls) & set(other.calls) or (other.force is Force.SUCCESS) is not success:
        return False
    if (row.code, row.move) == (other.code, other.move) or not (success or set(row.at) & set(other.at)):
        return False
    words, others = set(_words(row)), set(_words(other))
    if any(_negated(word) in others for word in words):
        return False
    return not any(True for group in EXCLUSIVE for one in words & group for two in (others & group) - {one})


def _changes(row: Row, profile: Profile, rows: Rows) -> Iterator[Change]:
    siblings = tuple(one for one in (*rows, *profile.rows) if set(one.calls) & set(row.calls))
    codes = list(dict.fromkeys(one.code for one in siblings))
    other = codes[(codes.index(row.code) + 1) % len(codes)]
    if other is not row.code:
        changed = replace(row, code=other)
        yield "code", f"to {changed.outcome}", changed
    if row.force in OTHER_FORCE:
        beside_a_must = _must_anyway(row, profile, siblings)
        if not beside_a_must:
            yield "force", f"to {OTHER_FORCE[row.force].value}", replace(row, force=OTHER_FORCE[row.force])
        if not beside_a_must or row.force is Force.MUST:
            yield from _places(row, profile)
    yield from _conditions(row, siblings)
    if row.move:
        yield "move", f"no {row.move}", replace(row, move="")
    if row.inside:
        yield "inside", "not", replace(row, inside=False)
    if row.flavour is not None:
        yield "flavour", "none", replace(row, flavour=None)
    if len(row.calls) > 1:
        for call in row.calls:
            yield "calls", f"without {call}", replace(row, calls=tuple(one for one in row.calls if one != call))


def _must_anyway(row: Row, profile: Profile, siblings: Rows) -> bool:
    """Without an order, a second row of the same cause that forbids success makes the force of this one mean nothing.

    And the place of a may beside it: once a must holds, the code of any cause may be told.
    """
    return not profile.ordered and any(
        one is not row
        and one.force is Force.MUST
        and (one.condition, one.at) == (row.condition, row.at)
        and set(row.calls) <= set(one.calls)
        for one in siblings
    )


def _places(row: Row, profile: Profile) -> Iterator[Change]:
    """A stage less of those that the call has; or, of one stage, another. A success row's place is where its call ends."""
    programs = [profile.programs[call] for call in row.calls if profile.programs.get(call)]
    had = {Stage.ISSUED} | {step.stage for program in programs for step in program}
    if len(row.at) > 1:
        for stage in row.at:
            if stage in had:
                yield "at", f"without {stage.value}", replace(row, at=tuple(one for one in row.at if one is not stage))
        return
    if not programs:
        return  # a call of one step: elsewhere the row would be gone, which is another mutant
    stages: list[Stage] = [step.stage for step in programs[0]]
    moved = (stages[0],) if row.at == ENTER else ENTER
    yield "at", f"to {moved[0].value}", replace(row, at=moved)
    if row.at != ENTER and row.at[0] in stages and row.at[0] is not stages[-1]:
        later = stages[stages.index(row.at[0]) + 1]
        yield "at", f"to {later.value}", replace(row, at=(later,))


def _conditions(row: Row, siblings: Rows) -> Iterator[Change]:
    """Each predicate left out, negated, and replaced by the next one that a row of the same call has."""
    words = _words(row)
    known = list(dict.fromkeys(_bare(word) for one in siblings for word in _words(one)))
    used = {_bare(word) for word in words}
    for at, word in enumerate(words):
        bare = _bare(word)
        negated = _negated(word)
        yield "predicate", f"without {word}", _conditioned(row, words[:at] + words[at + 1 :])
        yield "predicate", f"{negated}", _conditioned(row, [*words[:at], negated, *words[at + 1 :]])
        start = known.index(bare)
        others = [one for one in (*known[start + 1 :], *known[:start]) if one not in used]
        if others:
            instead = word.replace(bare, others[0])
            yield "predicate", f"{instead} for {word}", _conditioned(row, [*words[:at], instead, *words[at + 1 :]])


def _words(row: Row) -> list[str]:
    return row.condition.split(" & ") if row.condition else []


def _negated(word: str) -> str:
    return word.removeprefix("not ") if word.startswith("not ") else f"not {word}"


def _bare(word: str) -> str:
    return word.removeprefix("not ")


def _conditioned(row: Row, words: list[str]) -> Row:
    return replace(row, condition=" & ".join(words))
