"""The rules of a domain in Promela, for SPIN.

The variables of the instance and the callers are SPIN's state. So is what is true of them, which follows from them and
adds no state. SPIN has to be told to keep them all (`-o1 -o2 -o3`): by default it drops those that nothing reads, and
counts fewer states.
"""

from collections.abc import Iterator

from ..invariants import LATER_STAGE, RETURNS
from .decisions import KEEPS, Leaf, Tree, value_of
from .formula import TRUE, Formula
from .rules import DONE, IDLE, OWING, Broken, Effect, Option, Rules
from .variables import Value, Variable
from .writing import Names, Syntax, chosen, formula, identifier, test

SPIN = ("-a", "-o1", "-o2", "-o3")
"""Options with which SPIN counts states as exploration does."""
CC = ("-O2", "-w", "-DSAFETY", "-DNOREDUCE")
"""Options for the compiler of what SPIN writes."""
PAN = ("-E", "-n", "-m1000000", "-w22")
"""Options for the program that comes of it: `-E`, for no step follows a call that kills the engine."""

_SYNTAX = Syntax("true", "false", "==", "&&", "||", "!", "({test} -> {yes} : {no})")


def promela(rules: Rules) -> str:
    """The whole file. Raises OverflowError for a domain with more points, values or rows owed than fit its variables."""
    points, values = len(rules.points) + 2, max(map(len, rules.values.values()))
    owed = max((len(option.owes) for option in rules.options), default=0)
    if max(points, values) > 256 or owed > 31:
        raise OverflowError(f"{rules.domain.name} has {points} points, {values} values, {owed} rows owed: too many")
    return "\n".join(_Writer(rules).lines()) + "\n"


class _Writer:
    """Writes one file."""

    def __init__(self, rules: Rules) -> None:
        self.rules, self.names = rules, Names(rules, _SYNTAX)

    def lines(self) -> Iterator[str]:
        """The file, line by line."""
        yield from self._head()
        yield from self._constants()
        yield from self._state()
        yield from self._rows()
        yield from self._effects()
        yield from self._order()
        yield from self._calls()
        yield from self._invariants()

    def _head(self) -> Iterator[str]:
        rules = self.rules
        yield f"/* jetconform, profile {rules.profile.name}. {rules.domain.name}: {rules.domain.what}."
        yield f"   {rules.callers} callers, each with one call at a time. A step of a call is one atomic step."
        yield "   Callers are alike: they are kept sorted, and of two whose calls are equally far the first moves."
        yield "   To count what `jetconform model verify` counts:"
        yield f"     spin {' '.join(SPIN)} FILE && cc {' '.join(CC)} -o pan pan.c && ./pan {' '.join(PAN)} */"

    def _constants(self) -> Iterator[str]:
        yield "\n/* values */"
        yield from (f"#define {name} {number}  /* {what} */" for name, number, what in self.names.constants())
        yield f"\n/* points: how far a call is */\n#define IDLE {IDLE}\n#define DONE {DONE}"
        for point in self.rules.points:
            yield f"#define {self.names.point(point.number)} {point.number}  /* {point.label} */"

    def _state(self) -> Iterator[str]:
        yield "\n/* the instance */"
        for variable in self.rules.variables:
            kind = "bool" if self.names.is_boolean(variable) else "byte"
            start = self.names.value(variable, self.rules.start[variable])
            yield f"{kind} {self.names.variable(variable)} = {start};  /* {self.names.meaning(variable)} */"
        yield "\n/* what is true of it, for the calls of this domain: worked out anew after each step"
        yield "   (same_1_2: steps that do 1 and 2 lead to the same state, and are one transition) */"
        for name, tree in self.rules.predicates.items():
            yield f"bool p_{name} = {_SYNTAX.true if value_of(tree, self.rules.start) else _SYNTAX.false};"
        yield "\n/* the callers; of a doomed call a bit for each row that held when it was made */"
        yield f"byte at[{self.rules.callers}] = IDLE;\nint owed[{self.rules.callers}] = 0;"
        yield "\n/* the step that is being made: no part of the state */"
        yield "hidden byte who, goes, does;\nhidden int owes;"
        yield from (f"hidden byte new{number};" for number in range(max(map(len, map(self._sets, self.rules.effects)))))

    def _rows(self) -> Iterator[str]:
        yield "\n/* rows: when each holds, for the calls of this domain */"
        for name, condition in self.rules.rows.items():
            yield f"#define r_{identifier(name)} {self._formula(condition, '')}"
        yield "\n/* whether caller i, at that point, can go on */"
        yield "#define CAN(i) (at[i] == DONE \\"
        for point in self.rules.points:
            can = self._formula(self.rules.moving[point.number], "i")
            yield f"  || (at[i] == {self.names.point(point.number)} && {can}) \\"
        yield "  )"
        inside = " || ".join(
            f"at[i] == {self.names.point(point.number)}" for point in self.rules.points if point.inside
        )
        yield f"#define INSIDE(i) ({inside or 'false'} -> 1 : 0)"

    def _effects(self) -> Iterator[str]:
        yield "\n/* what a step does to the instance */\ninline change() {\n  if"
        for effect in self.rules.effects:
            yield f"  :: does == {effect.number} ->  /* {effect.what} */"
            yield from (f"       {line}" for line in self._effect(effect))
        yield "  :: else\n  fi\n}"
        yield "\ninline conclude() {"
        yield from (f"  p_{name} = {test(tree, self.names)};" for name, tree in self.rules.predicates.items())
        yield "  skip\n}"

    def _effect(self, effect: Effect) -> Iterator[str]:
        if effect.cannot != Leaf(False):
            yield f"assert(!({test(effect.cannot, self.names)}));"
        sets = [(self.names.variable(variable), self._value(variable, tree)) for variable, tree in self._sets(effect)]
        if len(sets) == 1:
            yield f"{sets[0][0]} = {sets[0][1]};"
        else:
            yield from (f"new{number} = {value};" for number, (_, value) in enumerate(sets))
            yield from (f"{name} = new{number};" for number, (name, _) in enumerate(sets))
        yield "skip"

    def _sets(self, effect: Effect) -> list[tuple[Variable, Tree[Value]]]:
        return [(variable, tree) for variable, tree in effect.sets if variable in self.rules.variables]

    def _value(self, variable: Variable, tree: Tree[Value]) -> str:
        def leaf(value: Value) -> str:
            return self.names.variable(variable) if value == KEEPS else self.names.value(variable, value)

        return chosen(tree, self.names, leaf)

    def _order(self) -> Iterator[str]:
        yield "\ninline sort() {"
        for last in range(self.rules.callers - 1, 0, -1):
            for left in range(last):
                yield "  if"
                yield f"  :: at[{left}] > at[{left + 1}] || (at[{left}] == at[{left + 1}] && owed[{left}] > owed[{left + 1}]) ->"
                yield f"       goes = at[{left}]; at[{left}] = at[{left + 1}]; at[{left + 1}] = goes;"
                yield f"       owes = owed[{left}]; owed[{left}] = owed[{left + 1}]; owed[{left + 1}] = owes"
                yield "  :: else\n  fi;"
        yield "  skip\n}"

    def _calls(self) -> Iterator[str]:
        yield "\nactive proctype calls() {\n  do\n  :: atomic {\n       if"
        for point in self.rules.issued:
            yield self._option("at[0] == IDLE", 0, self.names.point(point), 0, "0")
        for caller in range(self.rules.callers):
            alone = f" && !(at[{caller - 1}] == at[{caller}] && owed[{caller - 1}] == owed[{caller}])" if caller else ""
            yield self._option(f"at[{caller}] == DONE{alone}", caller, "IDLE", 0, "0")
            for option in self.rules.options:
                yield f"       /* {', '.join(option.rows)} */" if option.rows else "       /* the next stage */"
                at = f"at[{caller}] == {self.names.point(option.point)}{alone}"
                if option.guard != TRUE:
                    at = f"{at} && {self._formula(option.guard, str(caller))}"
                yield self._option(at, caller, self.names.point(option.goes), option.effect, self._owes(option))
        yield "       fi;\n       d_step {"
        yield f"         assert(goes <= DONE || goes > at[who]);  /* {LATER_STAGE} */"
        yield "         change();\n         at[who] = goes;\n         owed[who] = owes;"
        yield "         sort();\n         conclude()\n       }\n     }\n  od\n}"

    def _option(self, guard: str, who: int, goes: str, does: int, owes: str) -> str:
        return f"       :: d_step {{ {guard} -> who = {who}; goes = {goes}; does = {does}; owes = {owes} }}"

    def _owes(self, option: Option) -> str:
        bits = [f"({self._formula(row, '')} -> {1 << bit} : 0)" for bit, row in enumerate(option.owes)]
        return " + ".join(bits) or "0"

    def _invariants(self) -> Iterator[str]:
        everyone = range(self.rules.callers)
        inside = " + ".join(f"INSIDE({caller})" for caller in everyone)
        yield "\n/* invariants: looked at in every state */\nactive proctype invariants() {\n  do"
        for broken in self.rules.broken:
            yield f"  :: atomic {{ {self._broken(broken, inside)} -> assert(false) }}  /* {broken.invariant} */"
        if RETURNS not in self.rules.profile.breaks:
            stuck = " && ".join(f"!CAN({caller})" for caller in everyone)
            yield f"  :: atomic {{ at[{self.rules.callers - 1}] != IDLE && {stuck} -> assert(false) }}  /* {RETURNS} */"
        yield "  od\n}"

    def _broken(self, broken: Broken, inside: str) -> str:
        number = f"{inside} {'>=' if broken.inside > 1 else '=='} {broken.inside}"
        return f"({number}) && {test(broken.when, self.names)}"

    def _formula(self, one: Formula, caller: str) -> str:
        def name(of: str) -> str:
            if of == OWING:
                return f"(owed[{caller}] != 0)"
            return f"r_{identifier(of)}" if of in self.rules.rows else f"p_{of}"

        return formula(one, _SYNTAX, name)
