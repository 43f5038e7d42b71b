"""A suite as a file: portable JSON that a test runner without Python can execute (docs/suites.md).

It holds the machine with every allowed set, the rows that allow and their citations, and tests: lists of calls, each made on a
fresh engine from the first state on. Reading one runs nothing of it.

    python -m jetconform.conformance.suite      prints the JSON Schema of such a file
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec

from ..model.calls import CALLS_WITH_GRBIT, Call, Instance, Place
from ..model.covers import Cover
from ..model.external import Amount, Target
from ..model.mealy import Calls, Machine, Reaction
from ..model.vocabulary import Parameter
from .errors import CheckError
from .findings import is_below
from .history import INSERTED
from .invocation import CALLS

Number = Annotated[int, msgspec.Meta(ge=0, lt=1 << 32)]
Position = Annotated[int, msgspec.Meta(ge=0)]
Code = Annotated[int, msgspec.Meta(ge=-(1 << 31), lt=1 << 31)]


class Input(msgspec.Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A call and its arguments. Of `place`, `destination`, `target` and `amount` the runner finds or makes what they say."""

    call: str
    instance: Instance | None = None
    session: str = ""
    database: str = ""
    path: str = ""
    place: Place | None = None
    destination: Place | None = None
    grbit: Number | None = None  # of calls that have options
    rows: Number | None = None  # of Insert
    parameter: str = ""
    value: str = ""
    file: str = ""
    target: Target | None = None
    amount: Amount | None = None
    snapshot: str = ""


SHARED = tuple(name for name in Input.__struct_fields__ if name not in ("call", "grbit", "rows"))
"""The arguments that the model's calls have under the same names."""


class Allowed(msgspec.Struct, kw_only=True):
    """One code that is allowed, the rows that allow it, and the state that the test is in after it."""

    code: Code
    next: Position
    rows: list[str]


class State(msgspec.Struct, kw_only=True):
    """A state: by call (its position in `calls`) what is allowed, the assumed code first; null: it is not made there."""

    name: str
    allowed: list[list[Allowed] | None]  # not made is what might not come back, or end the process


class RuleText(msgspec.Struct, kw_only=True):
    """A row of the model: the code, when it applies, and where that is said."""

    code: str
    condition: str
    citation: str


class Suite(msgspec.Struct, kw_only=True):
    """A suite. A test begins on a fresh engine with the calls of `setup`, each of which returns 0, and then is in state 0."""

    suite: Annotated[int, msgspec.Meta(ge=1, le=1)]
    projection: str
    what: str
    profile: str
    cover: Cover
    extra: Position
    guarantee: str
    loses: list[str]
    rows: dict[str, RuleText]
    setup: list[Input]
    calls: list[Input]
    states: list[State]
    tests: list[list[Position]]


def machine_states(machine: Machine) -> list[State]:
    """The states of a machine, as a file has them."""
    return [
        State(name=machine.name(state), allowed=[_allowed(reaction) for reaction in reactions])
        for state, reactions in enumerate(machine.reactions)
    ]


def _allowed(reaction: Reaction | None) -> list[Allowed] | None:
    if reaction is None:
        return None
    codes = [reaction.assumed, *(code for code in reaction.after if code != reaction.assumed)]
    return [Allowed(code=code, next=reaction.after[code], rows=list(reaction.rows[code])) for code in codes]


def input_of(call: Call) -> Input:
    """A call of the model, as a file has it."""
    fields = {name: getattr(call, name) for name in SHARED}
    grbit = call.grbit if call.name in CALLS_WITH_GRBIT else None
    return Input(call=call.name, grbit=grbit, rows=INSERTED if call.name == "Insert" else None, **fields)


def call_of(one: Input) -> Call:
    """The model's call of a file."""
    return Call(one.call, grbit=one.grbit or 0, **{name: getattr(one, name) for name in SHARED})


def encode(suite: Suite) -> bytes:
    """The file: a test a line, and a call of a state a line, so that two versions of a suite can be compared."""
    head = msgspec.to_builtins(suite)
    states, tests = head.pop("states"), head.pop("tests")
    lines = [b"{"]
    lines += [b"  %s: %s," % (_json(key), _json(value)) for key, value in head.items() if key not in ("rows", "calls")]
    lines += [
        b'  "rows": {',
        _joined(b"    %s: %s" % (_json(key), _json(row)) for key, row in head["rows"].items()),
        b"  },",
    ]
    lines += [b'  "calls": [', _joined(b"    " + _json(call) for call in head["calls"]), b"  ],"]
    lines += [b'  "states": [', _joined(_state(state) for state in states), b"  ],"]
    lines += [b'  "tests": [', _joined(b"    " + _json(test) for test in tests), b"  ]", b"}", b""]
    return b"\n".join(lines)


def _state(state: dict[str, object]) -> bytes:
    allowed = state["allowed"]
    assert isinstance(allowed, list), "a state lists what is allowed"
    return b'    {"name": %s, "allowed": [\n%s\n    ]}' % (
        _json(state["name"]),
        _joined(b"      " + _json(one) for one in allowed),
    )


def _json(value: object) -> bytes:
    return msgspec.json.encode(value)


def _joined(lines: Iterator[bytes]) -> bytes:
    return b",\n".join(lines)


# -- reading: the file may be anyone's ----------------------------------------------------------------------------------


def read(path: Path) -> Suite:
    """A suite from a file. CheckError for a file that is none, with what is wrong."""
    try:
        suite = msgspec.json.decode(path.read_bytes(), type=Suite)
    except OSError as error:
        raise CheckError(f"{path}: {error.strerror or error}") from None
    except msgspec.DecodeError as error:
        raise CheckError(f"{path}: no suite: {error}") from None
    problem = next(_problems(suite), "")
    if problem:
        raise CheckError(f"{path}: no suite: {problem}")
    return suite


def _problems(suite: Suite) -> Iterator[str]:
    for name, calls in (("setup", suite.setup), ("calls", suite.calls)):
        for position, one in enumerate(calls):
            if wrong := _problem_of(one):
                yield f"{name}[{position}]: {wrong}"
    if not suite.states or not suite.tests:
        yield "there is no state, or no test"
    for number, state in enumerate(suite.states):
        if len(state.allowed) != len(suite.calls):
            yield f"states[{number}]: {len(state.allowed)} calls, expected {len(suite.calls)}"
        for following in (each.next for allowed in state.allowed for each in allowed or ()):
            if following >= len(suite.states):
                yield f"states[{number}]: there is no state {following}"
        if [] in state.allowed:
            yield f"states[{number}]: nothing is allowed; a call that is not made is null"
    for number, test in enumerate(suite.tests):
        if any(call >= len(suite.calls) for call in test):
            yield f"tests[{number}]: there is no call {max(test)}"


def _problem_of(one: Input) -> str:
    row = CALLS.get(one.call)
    if row is None:
        return f"there is no call {one.call!r}"
    given = {
        name
        for name in ("instance", "session", "database", "parameter", "value", "file", "snapshot")
        if getattr(one, name)
    }
    given |= {"grbit", "rows", "destination"}  # 0, ten and null where they are not given
    if one.path or one.place is not None or one.target is not None:
        given.add("path")
    if one.amount is not None:
        given.add("bytes")
    missing = [name for name in row.arguments if name not in given]
    if missing:
        return f"{one.call}: the argument {missing[0]} is missing"
    if not is_below(one.path):
        return f"{one.call}: path {one.path!r} is not below the root folder"
    if one.parameter and one.parameter not in Parameter.__members__:
        return f"there is no parameter {one.parameter!r}"
    if one.parameter not in ("", "recovery") and not (one.value.isascii() and one.value.isdigit()):
        return f"value {one.value!r} of {one.parameter}: expected a number"
    return ""


def schema() -> bytes:
    """The JSON Schema of a suite, made of the types, as docs/suite.schema.json holds it."""
    return msgspec.json.format(msgspec.json.encode(msgspec.json.schema(Suite)), indent=2) + b"\n"


def tests_of(tests: tuple[Calls, ...]) -> list[list[int]]:
    """Tests, as a file has them."""
    return [list(test) for test in tests]


if __name__ == "__main__":
    sys.stdout.buffer.write(schema())
