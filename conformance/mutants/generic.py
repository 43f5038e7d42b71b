"""Generic mutants: small mechanical changes anywhere in the engine, to measure what the catalogue's authors did not think of.

They are numbered in the order of the sources, so a name means the same as long as the engine does. Some change nothing that a
client can see, and nobody can tell which: what counts is the rate, and that each survivor can be explained.
"""

import ast
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from .patch import engine_folder, source_of

SEED = 20160411
"""Of the sample. The date of the page that is the contract."""
SAMPLE = 8
PREFIX = "generic-"

LEFT_OUT = frozenset({"__init__", "affordances"})
"""Modules without behaviour of their own, and what only a harness asks of the engine."""

_OFF_BY_ONE: dict[type[ast.cmpop], ast.cmpop] = {
    ast.Lt: ast.LtE(),
    ast.LtE: ast.Lt(),
    ast.Gt: ast.GtE(),
    ast.GtE: ast.Gt(),
}


@dataclass(frozen=True)
class Generic:
    """One mechanical change: where, what was there, and what is there instead."""

    name: str
    module: str
    line: int
    what: str
    start: int  # bytes of the source
    end: int
    replacement: str

    @property
    def place(self) -> str:
        """File and line."""
        return f"engine/{self.module}.py:{self.line}"

    def source(self) -> str:
        """The module's source with the change in it."""
        data = source_of(self.module).encode()
        return (data[: self.start] + self.replacement.encode() + data[self.end :]).decode()


@cache
def enumerate_all() -> tuple[Generic, ...]:
    """Every generic mutant of the engine, in the order of the sources."""
    modules = sorted(path.stem for path in engine_folder().glob("*.py") if path.stem not in LEFT_OUT)
    found = [(module, *each) for module in modules for each in _of_module(source_of(module))]
    return tuple(
        Generic(f"{PREFIX}{number:03d}", module, line, what, start, end, text)
        for number, (module, line, what, start, end, text) in enumerate(found, 1)
    )


def sample(count: int = SAMPLE) -> tuple[Generic, ...]:
    """A sample of them, the same every time, in the order of the sources."""
    everything = enumerate_all()
    chosen = random.Random(SEED).sample(range(len(everything)), min(count, len(everything)))
    return tuple(everything[index] for index in sorted(chosen))


def _of_module(source: str) -> Iterator[tuple[int, str, int, int, str]]:
    offsets = [0]
    for line in source.encode().splitlines(keepends=True):
        offsets.append(offsets[-1] + len(line))
    visitor = _Mutations()
    visitor.visit(ast.parse(source))
    for node, what, replacement in sorted(visitor.found, key=lambda one: (one[0].lineno, one[0].col_offset)):
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        start = offsets[node.lineno - 1] + node.col_offset
        end = offsets[node.end_lineno - 1] + node.end_col_offset
        yield node.lineno, what, start, end, replacement


class _Mutations(ast.NodeVisitor):
    """Collects every change of a module: the node, the change in words, and the new source of the node."""

    def __init__(self) -> None:
        self.found: list[tuple[ast.expr | ast.stmt, str, str]] = []
        self._codes: list[list[str]] = [[]]

    def _change(self, node: ast.expr | ast.stmt, what: str, replacement: str) -> None:
        self.found.append((node, what, replacement))

    def visit_Module(self, node: ast.Module) -> None:
        self._codes = [_codes_in(node)]
        self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._codes.append(_codes_in(node))
        for statement in node.body:  # no decorators, no annotations: they do nothing when the engine runs
            self.visit(statement)
        self._codes.pop()

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for statement in node.body:
            self.visit(statement)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """Left alone: what is said in event texts is prose, and before Python 3.12 its places in the source are wrong."""

    def visit_Assert(self, node: ast.Assert) -> None:
        """Left alone: an assertion is no behaviour."""

    def visit_If(self, node: ast.If) -> None:
        self._negate(node.test)
        self.generic_visit(node)

    def visit_While(self, node: ast.While) -> None:
        self._negate(node.test)
        self.generic_visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self._negate(node.test)
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        for test in node.ifs:
            self._negate(test)
        self.generic_visit(node)

    def visit_match_case(self, node: ast.match_case) -> None:
        if node.guard is not None:
            self._negate(node.guard)
        self.generic_visit(node)

    def _negate(self, test: ast.expr) -> None:
        text = ast.unparse(test)
        self._change(test, f"condition negated: {text}", f"(not ({text}))")

    def visit_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Call):
            self._change(node, f"call dropped: {ast.unparse(node.value)}", "pass")
        self.generic_visit(node)

    def visit_Return(self, node: ast.Return) -> None:
        self._swap_codes(node.value)
        self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> None:
        self._swap_codes(node.exc)
        self.generic_visit(node)

    def _swap_codes(self, value: ast.expr | None) -> None:
        for each in ast.walk(value) if value is not None else ():
            code = _code(each)
            if code is not None and isinstance(each, ast.Attribute):
                other = _other(code, self._codes[-1]) or _other(code, self._codes[0]) or "InternalError"
                self._change(each, f"code swapped: {code} became {other}", f"JetErr.{other}")

    def visit_Compare(self, node: ast.Compare) -> None:
        operator = _OFF_BY_ONE.get(type(node.ops[0])) if len(node.ops) == 1 else None
        if operator is not None:
            other = ast.unparse(ast.Compare(node.left, [operator], node.comparators))
            self._change(node, f"comparison off by one: {ast.unparse(node)} became {other}", f"({other})")
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        other = ast.unparse(ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values))
        self._change(node, f"and/or swapped: {ast.unparse(node)}", f"({other})")
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, bool):
            self._change(node, f"constant flipped: {node.value} became {not node.value}", str(not node.value))


def _code(node: ast.AST) -> str | None:
    """The name of a JetErr that this node is."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "JetErr":
        return node.attr
    return None


def _codes_in(node: ast.AST) -> list[str]:
    """The codes named in a function or module, each once, in the order of the source."""
    named = [each for each in ast.walk(node) if isinstance(each, ast.Attribute) and _code(each) is not None]
    named.sort(key=lambda each: (each.lineno, each.col_offset))
    return list(dict.fromkeys(each.attr for each in named))


def _other(code: str, codes: list[str]) -> str | None:
    """The next code after this one, round the list; None if it is the only one."""
    if len(codes) < 2:
        return None
    return codes[(codes.index(code) + 1) % len(codes)]
