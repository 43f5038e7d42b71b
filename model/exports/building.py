"""How the rules of a domain are made of the rows of a profile; `rules.py` says what they are, and what they are worth."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from operator import eq
from typing import NamedTuple

from ..calls import CALLBACK_CALLS, Call, Stage
from ..cells import setup
from ..compile import backing_up, broken_backup
from ..domain import Domain
from ..invariants import INVARIANTS
from ..moves import move
from ..predicates import PREDICATES
from ..rows import WAITING, Force, Profile, Row
from ..state import Control
from ..step import Pending, Stepper
from ..subject import Predicate, on
from ..wording import literals
from .decisions import Change, Leaf, Space, Tree, agreeing, changed, mapped, outcomes, setting
from .formula import FALSE, TRUE, Formula, Is, all_of, any_of, negated
from .rules import DONE, FIRST, OWING, Broken, Effect, Option, Point, Rules

Move = Callable[[Control], Control]


class _Way(NamedTuple):
    """One way to go on, before those with the same effect are put together."""

    guard: Formula
    goes: int
    moves: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    owes: tuple[Formula, ...] = ()
    dies: bool = False


def rules_of(profile: Profile, domain: Domain, callers: int) -> Rules:
    """The rules of that domain; its faults are not played, as with several callers exploration plays none either."""
    space = Space(setup(Stepper(profile), domain))
    while True:
        size = space.size
        rules = _Building(profile, domain, callers, space).rules
        if space.size == size:
            return rules


class _Building:
    """One pass: the values that moves set are noted in `space`, and where none was new it is the last."""

    def __init__(self, profile: Profile, domain: Domain, callers: int, space: Space) -> None:
        self.profile, self.space = profile, space
        self.effects: dict[Tree[Change | None], int] = {Leaf(()): 0}
        self.moves: list[Move] = [lambda control: control]
        self.named: dict[tuple[str, object], str] = {}
        self.literals: dict[tuple[str, Call], Formula] = {}
        self.made: dict[tuple[Call, tuple[str, ...]], int] = {}
        values = {variable: tuple(found) for variable, found in space.values.items()}
        points = tuple(_points(profile, domain))
        self.rules = Rules(profile, domain, callers, dict(space.start), values, points)
        for point in points:
            self._point(point)
        self.rules.broken = tuple(self._broken())

    def _point(self, point: Point) -> None:
        every = self._doomed(point) if point.stage is Stage.DOOMED else self._ways(point)
        ways = [way for way in every if way.guard != FALSE]
        self.rules.moving[point.number] = any_of(way.guard for way in ways)
        grouped: dict[tuple[int, int], list[_Way]] = {}
        for way in ways:
            if not way.dies:
                grouped.setdefault((way.goes, self._effect(point.call, way.moves)), []).append(way)
        before: list[tuple[int, int, Formula]] = []
        for (goes, effect), group in grouped.items():
            guard = any_of(way.guard for way in group)
            same = [all_of((one, self._same(effect, other))) for to, other, one in before if to == goes]
            before.append((goes, effect, guard))
            rows = tuple(row for way in group for row in way.rows)
            alone = all_of((guard, *map(negated, same)))
            self.rules.options.append(Option(point.number, alone, goes, effect, rows, group[0].owes))

    def _ways(self, point: Point) -> Iterator[_Way]:
        """By the rows that hold at a stage (DESIGN.md section 3)."""
        call, stage = point.call, point.stage
        failing = [row for row in self.profile.rows_of(call.name) if row.force is not Force.SUCCESS]
        here = [row for row in failing if stage in row.at]
        musts = [row for row in here if row.force is Force.MUST]
        blocked = any_of(self._holds(row, call) for row in musts)
        for row in self._candidates(failing, stage):
            guard = self._holds(row, call)
            if self.profile.ordered:
                earlier = here[: here.index(row)]
                guard = all_of((guard, negated(any_of(self._holds(one, call) for one in earlier if one in musts))))
            elif row not in here:
                guard = all_of((guard, blocked))
            yield _Way(guard, DONE, self._failing_moves(row, point), (row.id,), dies=row.code is None)
        if call.name in CALLBACK_CALLS and stage is Stage.ISSUED and not self.profile.ordered:
            owed = {row.id: self._holds(row, call) for row in self._candidates(failing, stage)}
            rows = tuple(name for name, holds in owed.items() if holds != FALSE)
            doomed = all_of((blocked, self._predicate("on", on, call)))
            yield _Way(doomed, self.rules.point(call, Stage.DOOMED), (), rows, tuple(owed[row] for row in rows))
        for way in self._proceeding(point):
            yield way._replace(guard=all_of((negated(blocked), way.guard)))

    def _candidates(self, failing: list[Row], stage: Stage) -> list[Row]:
        """The rows whose codes are possible: of this stage, and where there is no precedence of others that were there before."""
        if self.profile.ordered:
            return [row for row in failing if stage in row.at]
        entered = stage is not Stage.ISSUED
        return [
            row
            for row in failing
            if stage in row.at or (row.at != WAITING and not row.inside and not (entered and Stage.ISSUED in row.at))
        ]

    def _failing_moves(self, row: Row, point: Point) -> tuple[str, ...]:
        if point.stage is Stage.ISSUED:
            return (row.move,) if Stage.ISSUED in row.at else ()
        return row.move, self.profile.abandon.get(point.call.name, "")

    def _doomed(self, point: Point) -> Iterator[_Way]:
        """It returns what it owes, or what holds by now."""
        yield _Way(Is(OWING), DONE)
        for row in self.profile.rows_of(point.call.name):
            if row.force is not Force.SUCCESS and row.at != WAITING and not row.inside:
                yield _Way(self._holds(row, point.call), DONE, (), (row.id,), dies=row.code is None)

    def _proceeding(self, point: Point) -> Iterator[_Way]:
        """The next stage of the program, or after the last one success."""
        program = self.profile.programs.get(point.call.name, ())
        stages = [Stage.ISSUED, *(step.stage for step in program)]
        at = stages.index(point.stage)
        until = self._condition(program[at - 1].until, point.call) if at else TRUE
        if at < len(program):
            yield _Way(until, self.rules.point(point.call, program[at].stage), (program[at].move,))
            return
        earlier: list[Formula] = []
        for row in self.profile.rows_of(point.call.name):
            if row.force is Force.SUCCESS:
                holds = self._holds(row, point.call)
                first = negated(any_of(earlier)) if self.profile.ordered else TRUE
                yield _Way(all_of((until, holds, first)), DONE, (row.move,), (row.id,), dies=row.code is None)
                earlier.append(holds)

    def _holds(self, row: Row, call: Call) -> Formula:
        """The row's condition for this call, by a name under which it stands in the rules."""
        condition = self._condition(row.condition, call)
        if condition in (TRUE, FALSE):
            return condition
        name = self._name(row.id, condition)
        self.rules.rows[name] = condition
        return Is(name)

    def _condition(self, condition: str, call: Call) -> Formula:
        return all_of(self._literal(literal, call) for literal in literals(condition))

    def _literal(self, literal: str, call: Call) -> Formula:
        if (literal, call) not in self.literals:
            name = literal.removeprefix("not ")
            predicate = self._predicate(name, PREDICATES[name], call)
            self.literals[literal, call] = predicate if name == literal else negated(predicate)
        return self.literals[literal, call]

    def _predicate(self, name: str, predicate: Predicate, call: Call) -> Formula:
        return self._named(name, self.space.decide(lambda control: bool(predicate(control, call))))

    def _named(self, name: str, tree: Tree[bool]) -> Formula:
        if isinstance(tree, Leaf):
            return TRUE if tree.outcome else FALSE
        name = self._name(name, tree)
        self.rules.predicates[name] = tree
        return Is(name)

    def _name(self, name: str, meaning: object) -> str:
        """What has two meanings, for two calls, gets two names."""
        found = self.named.get((name, meaning))
        if found is None:
            number = sum(other == name for other, _ in self.named) + 1
            found = self.named[name, meaning] = name if number == 1 else f"{name}_{number}"
        return found

    def _effect(self, call: Call, names: tuple[str, ...]) -> int:
        """The number of what these moves do, one after the other."""
        if (call, names) not in self.made:
            self.made[call, names] = self._new_effect(call, names)
        return self.made[call, names]

    def _new_effect(self, call: Call, names: tuple[str, ...]) -> int:
        def moves(control: Control) -> Control:
            for name in names:
                control = move(name, control, call)
            return control

        tree = self.space.decide(changed(moves))
        changes = [change or () for change in outcomes(tree)]
        for change in changes:
            self.space.add(change)
        if tree not in self.effects:
            number = self.effects[tree] = len(self.effects)
            variables = sorted({variable for change in changes for variable, _ in change})
            sets = tuple((variable, setting(tree, variable)) for variable in variables)
            what = f"{', '.join(name for name in names if name)} of {call.label()}"
            self.rules.effects.append(Effect(number, what, sets, mapped(tree, lambda change: change is None)))
            self.moves.append(moves)
        return self.effects[tree]

    def _same(self, one: int, other: int) -> Formula:
        """Where two effects do the same, for then they are one transition."""
        return self._named(f"same_{one}_{other}", self.space.decide(agreeing(self.moves[one], self.moves[other])))

    def _broken(self) -> Iterator[Broken]:
        for inside in range(3):
            tree = self.space.decide(partial(broken_backup, active=inside))
            for name in INVARIANTS:
                when = mapped(tree, partial(eq, name))
                if when != Leaf(False) and name not in self.profile.breaks:
                    yield Broken(name, inside, when)


def _points(profile: Profile, domain: Domain) -> Iterator[Point]:
    number = FIRST
    for call in domain.calls:
        stages: Iterable[Stage] = (Stage.ISSUED, *(step.stage for step in profile.programs.get(call.name, ())))
        if call.name in CALLBACK_CALLS and not profile.ordered:
            stages = (*stages, Stage.DOOMED)
        for stage in stages:
            yield Point(number, call, stage, backing_up(Pending(call, stage)))
            number += 1
