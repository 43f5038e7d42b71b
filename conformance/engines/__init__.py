"""Engines under test: from an engine's SPEC on the command line to its adapter; what is wrong comes in one line."""

import importlib
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from ..adapter import (
    CAPABILITIES,
    Adapter,
    EngineTrouble,
    ExpiringAdapter,
    Factory,
    SnapshotAdapter,
    StreamingAdapter,
)

FORMS = "reference, python:PACKAGE.MODULE:FACTORY, process:COMMAND, esent[:LIBRARY], mutant:NAME"

CALL_TIMEOUT = 20.0
"""Seconds that an engine in a process of its own may be silent, unless something else is asked for."""


class EngineSpecError(ValueError):
    """What was given is no engine: one line that says what is wrong with it."""


def load(spec: str, *, call_timeout: float = CALL_TIMEOUT) -> Factory:
    """The factory that an engine SPEC names; modules of one's own are looked for in the current folder, too."""
    if spec == "reference":
        return _factory(spec, f"{__name__}.reference", "factory")
    kind, _, place = spec.partition(":")
    if kind == "python":
        module, _, attribute = place.partition(":")
        if not all(part.isidentifier() for part in (*module.split("."), attribute)):
            raise EngineSpecError(f"engine {spec!r}: expected python:PACKAGE.MODULE:FACTORY")
        here = str(Path.cwd())
        if not {"", here} & set(sys.path):
            sys.path.insert(0, here)
        return _factory(spec, module, attribute)
    if kind == "mutant":
        from ..mutants.load import install_mutant  # not above: it answers with the EngineSpecError of this module

        install_mutant(place)
        return _factory(spec, f"{__name__}.reference", "factory")
    if kind in ("process", "esent"):
        from .process import ProcessFactory  # not above, for the same reason

        return ProcessFactory(_spoken_to(kind, place), call_timeout=call_timeout)
    raise EngineSpecError(f"engine {spec!r} is not known: expected one of {FORMS}")


def command_of(spec: str) -> str | Sequence[str]:
    """The command of an engine in a process of its own, as Popen takes it. EngineSpecError for any other engine."""
    from .process import arguments_of  # not above, as in `load`

    kind, _, place = spec.partition(":")
    if kind not in ("process", "esent"):
        raise EngineSpecError(
            f"engine {spec!r}: expected one in a process of its own, process:COMMAND or esent[:LIBRARY]"
        )
    return arguments_of(_spoken_to(kind, place))


def _spoken_to(kind: str, place: str) -> str:
    """The command that speaks the process protocol."""
    if kind == "process":
        return place
    from .esent.launch import command

    return command(place)


def load_scheduled(spec: str) -> Callable[[Any], Any] | None:
    """What makes this engine on tasks that a scheduler lets go on one at a time; None where it has none.

    Of an engine of one's own it is the attribute `scheduled` of the factory.
    """
    factory = load(spec)
    if spec.partition(":")[0] in ("reference", "mutant"):
        return _factory(spec, f"{__name__}.reference", "scheduled")
    found = getattr(factory, "scheduled", None)
    return found if callable(found) else None


def load_faulty(spec: str) -> Callable[[Any, int], Any] | None:
    """What makes this engine on a disk of the harness, which can fail; None where it has none.

    Of an engine of one's own it is the attribute `faulty` of the factory.
    """
    factory = load(spec)
    if spec.partition(":")[0] in ("reference", "mutant"):
        made: Any = _factory(spec, f"{__name__}.reference_disk", "faulty")
        return cast("Callable[[Any, int], Any]", made)
    found = getattr(factory, "faulty", None)
    return found if callable(found) else None


def load_scheduled_on_disk(spec: str) -> Callable[[Any, Any], Any] | None:
    """What makes this engine on tasks and on a disk of the harness at once; None where it has none.

    Of an engine of one's own it is the attribute `scheduled_on_disk` of the factory.
    """
    factory = load(spec)
    if spec.partition(":")[0] in ("reference", "mutant"):
        made: Any = _factory(spec, f"{__name__}.reference_disk", "scheduled_on_disk")
        return cast("Callable[[Any, Any], Any]", made)
    found = getattr(factory, "scheduled_on_disk", None)
    return found if callable(found) else None


def _factory(spec: str, module: str, attribute: str) -> Factory:
    try:
        found = importlib.import_module(module)
    except (Exception, SystemExit) as error:
        raise EngineSpecError(f"engine {spec!r}: module {module} cannot be imported: {one_line(error)}") from None
    try:
        factory: Factory = getattr(found, attribute)
    except AttributeError:
        raise EngineSpecError(f"engine {spec!r}: module {module} has no {attribute}") from None
    if not callable(factory):
        raise EngineSpecError(f"engine {spec!r}: {attribute} is a {type(factory).__name__}, not a function of a folder")
    return factory


def open_engine(factory: Factory, root: Path) -> Adapter:
    """A fresh engine whose files all lie below `root`. EngineSpecError if the factory fails or makes no adapter."""
    try:
        adapter = factory(root)
    except (EngineTrouble, OSError) as trouble:
        raise EngineSpecError(f"the engine could not be opened: {trouble}") from None
    except (Exception, SystemExit) as error:
        raise EngineSpecError(f"the engine could not be opened: {one_line(error)}") from None
    problem = _shortcoming(adapter)
    if problem:
        raise EngineSpecError(f"the engine's adapter ({type(adapter).__name__}) {problem}")
    return adapter


def _methods(protocol: type) -> tuple[str, ...]:
    return tuple(name for name, value in vars(protocol).items() if callable(value) and not name.startswith("_"))


_METHODS = _methods(Adapter)
_METHODS_OF_CAPABILITY = {
    "streaming": _methods(StreamingAdapter),
    "snapshot": _methods(SnapshotAdapter),
    "expire_snapshot": _methods(ExpiringAdapter),
}
_CAPABILITIES = frozenset(CAPABILITIES)


def _shortcoming(adapter: Any) -> str:
    """Why this is no adapter; empty if it is one."""
    try:
        capabilities = adapter.capabilities
    except AttributeError:
        return "declares no capabilities: the attribute is missing (an empty frozenset will do)"
    if not isinstance(capabilities, frozenset | set):
        return f"declares its capabilities as a {type(capabilities).__name__}, expected a frozenset of names"
    unknown = capabilities - _CAPABILITIES
    if unknown:
        names = ", ".join(sorted(map(repr, unknown)))
        return f"declares a capability that is not known: {names} (known: {', '.join(CAPABILITIES)})"
    errors = getattr(adapter, "errors", None)
    if errors is not None and not _is_table(errors):
        return "has as `errors` something else than a mapping from native codes to JET_ERR numbers"
    for name in _METHODS:
        if not _has(adapter, name):
            return f"has no method {name}"
    for capability, methods in _METHODS_OF_CAPABILITY.items():
        for method in methods if capability in capabilities else ():
            if not _has(adapter, method):
                return f"declares the capability {capability!r} and has no method {method}"
    return ""


def _is_table(errors: Any) -> bool:
    if not isinstance(errors, Mapping):
        return False
    return all(isinstance(one, int) and not isinstance(one, bool) for pair in errors.items() for one in pair)


def _has(adapter: Any, name: str) -> bool:
    return callable(getattr(adapter, name, None))


def one_line(error: BaseException) -> str:
    """An exception in one line: its type and what it says."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
