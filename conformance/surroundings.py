"""What the judge makes of a change of the files around an engine: faults that are no call, and a crash."""

from collections.abc import Iterable
from functools import partial

from ..model.calls import Place
from ..model.environment_moves import crash, damaged, deleted, emptied
from ..model.ledger import Ledger
from .belief import Beliefs
from .believed import Believed
from .environment import COPY_FILES, PUT_FILES
from .file_effects import forget_files
from .harm import HARM
from .trace import FaultEvent

CHANGES_FILES = ("flip-byte", "truncate-file", "delete-file")
"""Faults after which nothing is said of the rows in the files."""


def change_files(event: FaultEvent, ledger: Ledger, instances: Iterable[Believed], beliefs: Beliefs) -> list[int]:
    """What the environment did to files; the calls that a crash took along, with every handle."""
    ledger.fault(event.kind, event.target, offset=event.offset, length=event.length, size=event.size)
    ended: list[int] = []
    for instance in instances:
        if event.kind == "crash":
            ended += _crashed(instance, ledger, beliefs)
        elif event.kind == "empty-directory":
            instance.rows.emptied(event.target)
            instance.belief = beliefs.changed(instance.belief, partial(emptied, event.target))
        elif event.kind == COPY_FILES:
            instance.rows.copied(event.target)
        elif event.kind == PUT_FILES:
            instance.rows.put_back(event.target)
        elif event.kind in HARM:
            instance.rows.harmed(event.kind, event.target, event.role)
        elif event.kind in CHANGES_FILES:
            instance.rows.doubt()
            if not (event.kind == "delete-file" and ledger.files.returns(event.target)):
                change = deleted if event.kind == "delete-file" else damaged
                instance.belief = beliefs.changed(instance.belief, partial(change, event.target))
    return ended


def _crashed(instance: Believed, ledger: Ledger, beliefs: Beliefs) -> list[int]:
    """The process is gone: its files stay, its handles and the calls in flight do not."""
    forget_files(ledger, instance.belief.controls)
    ended = list(instance.open)
    for opened in instance.open.values():
        instance.rows.broken_off(opened.event)
        ledger.broken_off(opened.event.args.get("path"), next(iter(opened.calls)))
    instance.open.clear()
    instance.rows.started.clear()
    instance.belief = beliefs.alone(instance.belief, crash)
    return ended


def save_set(folder: str, ledger: Ledger, instance: Believed) -> None:
    """The client wrote what it read to a folder: a set by itself, or what an incremental backup adds to one."""
    before, reading = ledger.at(folder), instance.reading
    added = before == {Place.FULL_SET} and not reading.databases and reading.logs_read
    if reading.whole or added:
        ledger.put(folder, Place.FULL_SET)
        ledger.contents[folder] = (*ledger.contents.get(folder, ()), *sorted(reading.databases))
    else:
        ledger.put(folder, Place.FOREIGN, Place.FULL_SET)
    instance.rows.saved(folder)
