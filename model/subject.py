"""Whose call it is, and what its options have: the first questions of nearly every guard."""

from collections.abc import Callable

from .calls import Call, Instance
from .state import Control, Handle, Phase

Predicate = Callable[[Control, Call], bool]


def on(control: Control, call: Call) -> bool:
    """The call is about an instance that is there; in the one-instance mode the handle is not looked at (source 1.2)."""
    if control.handle is not Handle.VALID:
        return False
    return call.instance in (Instance.NAMED, None) or control.one_instance


def on_running(control: Control, call: Call) -> bool:
    """The call is about an instance that is initialised and not being terminated."""
    return control.phase is Phase.RUNNING and on(control, call)


def grbit_has(bits: int) -> Predicate:
    """One of these option bits is given."""
    number = int(bits)  # a plain integer: a flag's own operators are slow
    return lambda _, call: bool(call.grbit & number)


def grbit_beyond(known: int) -> Predicate:
    """An option bit other than these is given."""
    return lambda _, call: bool(call.grbit & ~known)
