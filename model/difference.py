"""Where two profiles differ, found by asking both: every call at every explored moment, reduced to single causes.

A situation is a set of rows of both profiles that hold together. One that is made up of smaller ones says nothing new,
so it is left out; what remains is one situation a cause, with the answer of each profile.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

from .calls import ALL_CALLS, Call, Instance, Stage
from .cells import explore
from .file_domains import domains_of
from .lifecycle import TRIGGERS
from .moves import MOVES
from .predicates import holds
from .rows import Force, Profile, Row
from .state import Activity, Control
from .step import Pending, Stepper
from .vocabulary import TermGrbit
from .wording import in_words, literals

_STAGES = tuple(Stage)
_TERM_WAITS = Call("JetTerm2", Instance.NAMED, grbit=int(TermGrbit.STOP_BACKUP))


class Moment(NamedTuple):
    """A call about to be made, and the control state that each profile is in."""

    documented: Control
    ese: Control
    call: Call


class Difference(NamedTuple):
    """One situation in which the profiles answer differently; several calls may share it."""

    calls: tuple[str, ...]
    situation: str
    documented: tuple[Row, ...]
    ese: tuple[Row, ...]
    why: str


class _Situation(NamedTuple):
    call: str
    documented: frozenset[Row]
    ese: frozenset[Row]

    @property
    def rows(self) -> frozenset[Row]:
        return self.documented | self.ese


_RowsAt = Callable[[Stepper, Control, Call], tuple[Row, ...]]
_Reason = Callable[[tuple[Row, ...], tuple[Row, ...]], str]
_Groups = dict[_Situation, list[Moment]]
_Line = tuple[str, tuple[Row, ...], tuple[Row, ...], str]  # a difference of one call


def differences(documented: Profile, ese: Profile) -> tuple[Difference, ...]:
    """Every difference between a contract and an engine: JetBackupInstance first, refusals before successes."""
    comparison = _Comparison(Stepper(documented), Stepper(ese))
    merged: dict[_Line, list[str]] = defaultdict(list)
    for call in ("JetBackupInstance", *(name for name in ALL_CALLS if name != "JetBackupInstance")):
        for situation, ours, theirs, why in comparison.of(call):
            merged[situation, ours, theirs, why].append(call)
    return tuple(Difference(tuple(calls), *rest) for rest, calls in merged.items())


class _Comparison:
    def __init__(self, documented: Stepper, ese: Stepper) -> None:
        self._documented, self._ese = documented, ese
        self._order = {row: place for place, row in enumerate((*documented.profile.rows, *ese.profile.rows))}
        self._masks: dict[str, int] = {}

    def of(self, call: str) -> Iterator[_Line]:
        refusals, successes = self._groups(call, Stepper.guards), self._groups(call, Stepper.successes)
        yield from self._lines(_single_causes(refusals, self._answer), why_refused)
        yield from self._lines(successes, why_succeeded)
        yield from self._unmet(call, {row for group in (*refusals, *successes) for row in group.rows})

    def _lines(self, groups: _Groups, reason: _Reason) -> Iterator[_Line]:
        for situation, moments in groups.items():
            ours, theirs = self._sorted(situation.documented), self._answer(situation.ese)
            if why := reason(ours, theirs):
                yield self._situation_text(situation, moments, groups), ours, theirs, why

    def _unmet(self, call: str, met: set[Row]) -> Iterator[_Line]:
        """The rows that hold at no moment, so that no difference is hidden by the bounds of the exploration."""
        for stepper in (self._documented, self._ese):
            for row in stepper.profile.rows_of(call):
                if row not in met:
                    ours, theirs = ((row,), ()) if stepper is self._documented else ((), (row,))
                    yield in_words(row.condition), ours, theirs, "not met in the explored domains"

    @cached_property
    def moments(self) -> dict[str, tuple[Moment, ...]]:
        """By call, every control state that either profile reaches, and those while JetTerm2 waits for a backup."""
        found: dict[str, dict[Moment, None]] = defaultdict(dict)
        for stepper in (self._documented, self._ese):
            for domain in domains_of(stepper.profile):
                for node, cells in explore(stepper, domain).cells.items():
                    both = [(node.control, node.control)]
                    ours, theirs = (_while_term_waits(one, node.control) for one in (self._documented, self._ese))
                    if ours is not None and theirs is not None:
                        both.append((ours, theirs))
                    for cell in cells:
                        found[cell.call.name].update(dict.fromkeys(Moment(*pair, cell.call) for pair in both))
        return {call: tuple(moments) for call, moments in found.items()}

    def _groups(self, call: str, rows_at: _RowsAt) -> _Groups:
        groups: _Groups = defaultdict(list)
        for moment in self.moments.get(call, ()):
            ours = rows_at(self._documented, moment.documented, moment.call)
            theirs = rows_at(self._ese, moment.ese, moment.call)
            groups[_Situation(call, frozenset(ours), frozenset(theirs))].append(moment)
        return dict(sorted(groups.items(), key=lambda item: self._key(item[0])))

    def _key(self, situation: _Situation) -> tuple[int, list[int]]:
        return len(situation.rows), [self._order[row] for row in self._sorted(situation.rows)]

    def _sorted(self, rows: Iterable[Row]) -> tuple[Row, ...]:
        return tuple(sorted(rows, key=lambda row: self._order[row]))

    def _answer(self, rows: Iterable[Row]) -> tuple[Row, ...]:
        """Of rows tried in order, the first, and those that notice the same cause at a later stage."""
        ranked = sorted(rows, key=lambda row: (min(map(_STAGES.index, row.at)), self._order[row]))
        return tuple(row for row in ranked if row.condition == ranked[0].condition)

    def _situation_text(self, situation: _Situation, moments: list[Moment], groups: _Groups) -> str:
        said = dict.fromkeys(literal for row in self._sorted(situation.rows) for literal in literals(row.condition))
        for other in groups:
            if situation.rows < other.rows:
                said.update(dict.fromkeys(self._missing(other, situation, moments)))
        kept = [literal for literal in said if not self._implied(literal, list(said))]
        return in_words(" & ".join(kept))

    def _missing(self, other: _Situation, situation: _Situation, moments: list[Moment]) -> Iterator[str]:
        """What would have to hold too for the further rows of `other`, and never does here."""
        for row in self._sorted(other.rows - situation.rows):
            for literal in literals(row.condition):
                if not any(holds(literal, _side(moment, row, other), moment.call) for moment in moments):
                    yield literal.removeprefix("not ") if literal.startswith("not ") else f"not {literal}"

    def _implied(self, literal: str, said: list[str]) -> bool:
        mask, place = self._mask(literal), said.index(literal)
        for at, other in enumerate(said):
            mask_other = self._mask(other)
            if other != literal and mask_other and not mask_other & ~mask and (mask != mask_other or at < place):
                return True
        return False

    def _mask(self, literal: str) -> int:
        """The moments at which a literal holds, as bits."""
        if literal not in self._masks:
            bits = ("1" if holds(literal, control, call) else "0" for control, call in self._seen)
            self._masks[literal] = int("".join(bits), 2)
        return self._masks[literal]

    @cached_property
    def _seen(self) -> tuple[tuple[Control, Call], ...]:
        moments = [moment for found in self.moments.values() for moment in found]
        ours = ((moment.documented, moment.call) for moment in moments)
        theirs = ((moment.ese, moment.call) for moment in moments)
        return tuple(dict.fromkeys((*ours, *theirs)))


def _single_causes(groups: _Groups, answer: Callable[[Iterable[Row]], tuple[Row, ...]]) -> _Groups:
    """The groups without those made up of smaller ones, and without the causes that come along in a larger one."""
    kept: _Groups = {}
    for whole, moments in groups.items():
        smaller = [other for other in kept if other.rows < whole.rows]
        ours = {row for other in smaller for row in other.documented}
        theirs = {row for other in smaller for row in other.ese}
        answers = {row for other in smaller for row in answer(other.ese)}
        if ours == whole.documented and answers.issuperset(answer(whole.ese)):
            continue
        rest = _Situation(whole.call, whole.documented - ours, whole.ese - theirs)
        kept.setdefault(rest if rest.documented and rest.ese else whole, []).extend(moments)
    return kept


def _side(moment: Moment, row: Row, situation: _Situation) -> Control:
    return moment.documented if row in situation.documented else moment.ese


def _while_term_waits(stepper: Stepper, control: Control) -> Control | None:
    if control.activity is Activity.IDLE:
        return None
    steps = stepper.advance(control, Pending(_TERM_WAITS))
    return next((after for after, pending in steps if pending.stage is Stage.WAITING), None)


def why_refused(documented: tuple[Row, ...], ese: tuple[Row, ...]) -> str:
    """Why two answers are not the same answer, in one line; empty where they are the same."""
    if not documented or not ese:
        return "only in ese" if ese else "only in documented" if documented else ""
    row = ese[0]
    same = [other for other in documented if other.code == row.code]
    if not same:
        return "ese dies" if row.code is None else "other code"
    reasons = []
    if row.force is Force.MUST and not any(other.force is Force.MUST for other in same):
        reasons.append("may against must")
    places = [{stage for one in rows for stage in one.at} for rows in (same, ese)]
    later = [bool(stages - {Stage.ISSUED}) for stages in places]
    if not places[0] & places[1]:
        reasons.append(f"other place in the call: {same[0].at_text} against {row.at_text}")
    elif later[0] != later[1]:
        reasons.append(f"in a call under way only in {'documented' if later[0] else 'ese'}")
    if _effect(row) not in {_effect(other) for other in same}:
        reasons.append("other effect")
    further = {other.code for other in documented} - {one.code for one in ese}
    if further:
        reasons.append(
            "documented allows another code too" if len(further) == 1 else "documented allows other codes too"
        )
    return "; ".join(reasons)


def why_succeeded(documented: tuple[Row, ...], ese: tuple[Row, ...]) -> str:
    """Why two successes are not the same success, in one line; empty where they are the same."""
    if not documented or not ese:
        return "" if not ese and not documented else f"success only in {'ese' if ese else 'documented'}"
    if {_effect(row) for row in ese} <= {_effect(row) for row in documented}:
        return ""
    moves = [" or ".join(dict.fromkeys(row.move or "nothing" for row in rows)) for rows in (documented, ese)]
    return f"success with another effect: {moves[0]} against {moves[1]}"


def _effect(row: Row) -> tuple[str, object]:
    return row.move if row.move in TRIGGERS else "", MOVES.get(row.move)
