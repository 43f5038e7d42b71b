"""The harness: drives any engine and judges it by the model."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .recorder import Recorder as Recorder

__all__ = ["Recorder"]


def __getattr__(name: str) -> Any:
    """`Recorder`, imported when it is wanted: `serve` is started many times in a run of `check`, and does not need it."""
    if name == "Recorder":
        from .recorder import Recorder

        return Recorder
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
