"""Whose call it is: the first question of nearly every guard."""

from .calls import Call, Instance
from .state import Control, Handle, Phase


def on(control: Control, call: Call) -> bool:
    """The call is about an instance that is there."""
    return control.handle is Handle.VALID and call.instance in (Instance.NAMED, None)


def on_running(control: Control, call: Call) -> bool:
    """The call is about an instance that is initialised and not being terminated."""
    return control.phase is Phase.RUNNING and on(control, call)
