"""Whose call it is: the first question of nearly every guard."""

from .calls import Call, Instance
from .state import Control, Handle, Phase


def on(control: Control, call: Call) -> bool:
    """The call is about an instance that is there; in the one-instance mode the handle is not looked at (source 1.2)."""
    if control.handle is not Handle.VALID:
        return False
    return call.instance in (Instance.NAMED, None) or control.one_instance


def on_running(control: Control, call: Call) -> bool:
    """The call is about an instance that is initialised and not being terminated."""
    return control.phase is Phase.RUNNING and on(control, call)
