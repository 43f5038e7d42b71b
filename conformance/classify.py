"""From the arguments of a trace to the argument classes of the model."""

from collections.abc import Mapping
from itertools import product
from typing import Any

from ..model.calls import ALL_CALLS, INSTANCE_CALLS, Call, Instance, Place
from ..model.external import Target
from ..model.ledger import Ledger
from .reading import Reading

GARBAGE = "garbage"
"""The reserved instance name that stands for a number which never was a handle."""


LOG_FOLDER = "db"
"""Where every history has its logs, and by custom its databases (docs/trace-format.md)."""


class UnknownCall(ValueError):  # noqa: N818 - it says what happened
    """The trace names a call, or gives arguments, that the model does not know."""


def classes(name: str, args: Mapping[str, Any], ledger: Ledger, reading: Reading) -> frozenset[Call]:
    """Every argument class that this call may belong to, one for each possibility that what is known leaves open."""
    if name not in ALL_CALLS:
        raise UnknownCall(f"the model has no call {name!r}")
    call = Call(
        name,
        instance=_instance(args) if name in INSTANCE_CALLS else None,
        grbit=_integer(name, args, "grbit"),
        parameter=_text(args, "parameter"),
        value=str(args.get("value", "")),
        session=_text(args, "session"),
        database=_text(args, "database"),
        file=_text(args, "file"),
        snapshot=_text(args, "snapshot"),
    )
    if name == "JetOpenFileInstance":
        return frozenset({_opening(call, args, reading)})
    if name == "JetCloseFileInstance":
        return frozenset({call._replace(file=reading.handle(args.get("file")))})
    if name == "JetReadFileInstance":
        call = call._replace(file=reading.handle(args.get("file")))
        return frozenset(call._replace(amount=amount) for amount in reading.amounts(args.get("bytes")))
    if name not in ("JetBackupInstance", "JetRestoreInstance"):
        return frozenset({call._replace(path=_text(args, "path"))})
    places = ledger.at(_path(name, args, "path"))
    destinations: frozenset[Place | None] = frozenset({None})
    if name == "JetRestoreInstance" and args.get("destination") is not None:
        destinations = frozenset(ledger.at(_path(name, args, "destination")))
        call = call._replace(path=_text(args, "destination"))
    if name == "JetRestoreInstance":
        no_logs = ledger.places.get(LOG_FOLDER) == frozenset({Place.EMPTY})
        call = call._replace(
            log_folder=Place.EMPTY if no_logs else None, contents=ledger.contents.get(_text(args, "path"), ())
        )
    return frozenset(call._replace(place=place, destination=to) for place, to in product(places, destinations))


def _opening(call: Call, args: Mapping[str, Any], reading: Reading) -> Call:
    target = reading.target(args.get("path"))
    return call._replace(target=target, path=_text(args, "path") if target is Target.DATABASE else "")


def _instance(args: Mapping[str, Any]) -> Instance:
    name = args.get("instance")
    if name is None:
        return Instance.NIL
    return Instance.GARBAGE if name == GARBAGE else Instance.NAMED


def _integer(name: str, args: Mapping[str, Any], key: str) -> int:
    value = args.get(key, 0)
    if not isinstance(value, int):
        raise UnknownCall(f"{name}: {key} must be an integer, got {value!r}")
    return value


def _text(args: Mapping[str, Any], key: str) -> str:
    value = args.get(key)
    return value if isinstance(value, str) else ""


def _path(name: str, args: Mapping[str, Any], key: str) -> str | None:
    value = args.get(key)
    if value is not None and not isinstance(value, str):
        raise UnknownCall(f"{name}: {key} must be a path or null, got {value!r}")
    return value
