"""The rules of a domain in TLA+. Nothing here reads or checks what is written: the Promela of the same rules is checked."""

from collections.abc import Iterator

from ..invariants import RETURNS
from .decisions import KEEPS, Leaf, Tree
from .formula import Formula
from .rules import OWING, Broken, Option, Rules
from .variables import Value, Variable
from .writing import Names, Syntax, chosen, formula, identifier, test

MODULE = "jetconform"
"""TLA+ wants the file to be named as its module."""

_SYNTAX = Syntax("TRUE", "FALSE", "=", "/\\", "\\/", "~", "(IF {test} THEN {yes} ELSE {no})", '"{}"')


def tla(rules: Rules) -> str:
    """The whole module."""
    return "\n".join(_Writer(rules).lines()) + "\n"


class _Writer:
    """Writes one module."""

    def __init__(self, rules: Rules) -> None:
        self.rules, self.names = rules, Names(rules, _SYNTAX)
        self.variables = [self.names.variable(variable) for variable in rules.variables]

    def lines(self) -> Iterator[str]:
        """The module, line by line."""
        yield from self._head()
        yield from self._start()
        yield from self._conditions()
        yield from self._effects()
        yield from self._steps()
        yield from self._invariants()
        yield "=" * 77

    def _head(self) -> Iterator[str]:
        rules = self.rules
        yield f"{'-' * 30} MODULE {MODULE} {'-' * 30}"
        yield "(* UNCHECKED: no tool has read this module. The Promela of the same rules is checked with SPIN."
        yield f"   jetconform, profile {rules.profile.name}. {rules.domain.name}: {rules.domain.what}."
        yield f"   For {rules.callers} callers: Callers <- a set of {rules.callers} model values."
        yield "   Callers are alike: with SYMMETRY Alike the distinct states are those that `jetconform model verify` counts. *)"
        yield "EXTENDS FiniteSets, Naturals, TLC"
        yield "CONSTANT Callers\nAlike == Permutations(Callers)\n"
        yield f"VARIABLES {', '.join(self.variables)}, at, owed"
        yield f"instance == <<{', '.join(self.variables)}>>\nvars == <<{', '.join(self.variables)}, at, owed>>\n"
        yield from (f'\\* "{name}": {what}' for name, what in self._meanings())

    def _meanings(self) -> Iterator[tuple[str, str]]:
        yield from ((name.strip('"'), what) for name, _, what in self.names.constants())
        yield from ((self.names.point(point.number), point.label) for point in self.rules.points)

    def _start(self) -> Iterator[str]:
        yield "\nInit =="
        for variable in self.rules.variables:
            yield f"  /\\ {self.names.variable(variable)} = {self.names.value(variable, self.rules.start[variable])}"
        yield '  /\\ at = [c \\in Callers |-> "IDLE"]\n  /\\ owed = [c \\in Callers |-> {}]'

    def _conditions(self) -> Iterator[str]:
        yield ""
        yield from (f"p_{name} == {test(tree, self.names)}" for name, tree in self.rules.predicates.items())
        yield ""
        for name, condition in self.rules.rows.items():
            yield f"r_{identifier(name)} == {self._formula(condition)}"

    def _effects(self) -> Iterator[str]:
        yield "\nEffect0 == UNCHANGED instance"
        for effect in self.rules.effects:
            yield f"\\* {effect.what}\nEffect{effect.number} =="
            if effect.cannot != Leaf(False):
                yield f'  /\\ Assert(~{test(effect.cannot, self.names)}, "{effect.what}")'
            sets = [(variable, tree) for variable, tree in effect.sets if variable in self.rules.variables]
            for variable, tree in sets:
                yield f"  /\\ {self.names.variable(variable)}' = {self._value(variable, tree)}"
            changed = {variable for variable, _ in sets}
            kept = [self.names.variable(one) for one in self.rules.variables if one not in changed]
            yield f"  /\\ UNCHANGED <<{', '.join(kept)}>>"

    def _value(self, variable: Variable, tree: Tree[Value]) -> str:
        def leaf(value: Value) -> str:
            return self.names.variable(variable) if value == KEEPS else self.names.value(variable, value)

        return chosen(tree, self.names, leaf)

    def _steps(self) -> Iterator[str]:
        yield "\nGoes(c, from, to, owes) =="
        yield "  /\\ at[c] = from\n  /\\ at' = [at EXCEPT ![c] = to]\n  /\\ owed' = [owed EXCEPT ![c] = owes]"
        issued = ", ".join(f'"{self.names.point(point)}"' for point in self.rules.issued)
        yield f'\nIssue(c) == \\E point \\in {{{issued}}} : Goes(c, "IDLE", point, {{}}) /\\ Effect0'
        yield 'Return(c) == Goes(c, "DONE", "IDLE", {}) /\\ Effect0\n\nAdvance(c) =='
        for option in self.rules.options:
            names = self.names.point(option.point), self.names.point(option.goes)
            goes = f'Goes(c, "{names[0]}", "{names[1]}", {self._owes(option)})'
            yield f"  \\/ {goes} /\\ {self._formula(option.guard)} /\\ Effect{option.effect}"
        yield "\nNext == \\E c \\in Callers : Issue(c) \\/ Return(c) \\/ Advance(c)"
        yield "Spec == Init /\\ [][Next]_vars"

    def _owes(self, option: Option) -> str:
        parts = [f"(IF {self._formula(row)} THEN {{{bit}}} ELSE {{}})" for bit, row in enumerate(option.owes)]
        return " \\union ".join(parts) or "{}"

    def _invariants(self) -> Iterator[str]:
        inside = ", ".join(f'"{self.names.point(point.number)}"' for point in self.rules.points if point.inside)
        yield f"\nInside == Cardinality({{c \\in Callers : at[c] \\in {{{inside}}}}})"
        for number, broken in enumerate(self.rules.broken, 1):
            yield f"\\* {broken.invariant}\nInvariant{number} == {self._broken(broken)}"
        if RETURNS not in self.rules.profile.breaks:
            yield '\nCanGoOn(c) ==\n  \\/ at[c] = "DONE"'
            for point in self.rules.points:
                can = self._formula(self.rules.moving[point.number])
                yield f'  \\/ at[c] = "{self.names.point(point.number)}" /\\ {can}'
            yield f"\\* {RETURNS}"
            yield 'NobodyIsStuck == (\\A c \\in Callers : at[c] = "IDLE") \\/ (\\E c \\in Callers : CanGoOn(c))'

    def _broken(self, broken: Broken) -> str:
        relation = "<" if broken.inside > 1 else "#"
        return f"Inside {relation} {broken.inside} \\/ ~{test(broken.when, self.names)}"

    def _formula(self, one: Formula) -> str:
        def name(of: str) -> str:
            if of == OWING:
                return "owed[c] # {}"
            return f"r_{identifier(of)}" if of in self.rules.rows else f"p_{of}"

        return formula(one, _SYNTAX, name)
