"""The argument classes of calls that are judged, remembered: most calls of a long history were seen before."""

from collections.abc import MutableMapping
from typing import Any

from ..model.calls import Call
from ..model.ledger import Ledger
from ..model.log_folder import LOG_FOLDER
from .classify import FILE_CALLS, classes, found_in_files
from .reading import Reading
from .trace import CallEvent

LIMIT = 100_000
"""Calls that are remembered at the most."""

READING_CALLS = frozenset({"JetOpenFileInstance", "JetReadFileInstance", "JetCloseFileInstance"})
"""Their classes depend on what was read before, so that nothing is remembered of them."""


class ArgumentClasses:
    """What a call may be, as far as its arguments, the ledger and what was read tell; `known` is shared between judges."""

    def __init__(self, known: MutableMapping[Any, frozenset[Call]]) -> None:
        self._known = known

    def of(self, event: CallEvent, ledger: Ledger, reading: Reading) -> frozenset[Call]:
        """The argument classes of a call; what they depend on besides its arguments is what is at its paths."""
        call, args = event.call, event.args
        if call in READING_CALLS:
            return classes(call, args, ledger, reading)
        try:
            # With the types, for 1, 1.0 and True are one key and not one argument.
            key: tuple[Any, ...] = (call, *args.items(), *map(type, args.values()))
            if call in FILE_CALLS:
                key = (*_places(args, ledger), found_in_files(call, args, ledger), *key)
            found = self._known.get(key)
        except TypeError:  # an argument that cannot be a key is no argument of these calls
            return classes(call, args, ledger, reading)
        if found is None:
            if len(self._known) >= LIMIT:
                self._known.clear()
            found = self._known[key] = classes(call, args, ledger, reading)
        return found


def _places(args: dict[str, Any], ledger: Ledger) -> tuple[Any, ...]:
    """What the argument classes of a backup or a restore depend on in the ledger."""
    path = args.get("path")
    destination = args.get("destination")
    return (
        ledger.at(path) if path is None or isinstance(path, str) else None,
        ledger.at(destination) if isinstance(destination, str) else None,
        ledger.places.get(LOG_FOLDER),
        ledger.contents.get(path, ()) if isinstance(path, str) else (),
        ledger.marked.get(path, ()) if isinstance(path, str) else (),
    )
