"""An engine with one believable bug, to see what a finding looks like:

    jetconform check --engine python:examples.broken:factory

The bug takes a few calls to see. A backup whose destination cannot be used leaves by an early return, and there nobody
takes back the note that a backup is running. Every later backup of that instance is told BackupInProgress.
"""

from pathlib import Path

from jetconform.conformance.adapter import StatusCallback
from jetconform.conformance.engines.reference import ReferenceAdapter
from jetconform.model.vocabulary import JetErr


class BrokenEngine(ReferenceAdapter):
    """The reference engine, but a backup that failed with InvalidPath never ends."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self._left_running: set[str] = set()  # instances that are noted as being backed up, for good

    def backup(self, instance: str | None, path: str | None, grbit: int, status: StatusCallback) -> int:
        if instance in self._left_running:
            return JetErr.BackupInProgress
        err = super().backup(instance, path, grbit, status)
        if instance is not None and err == JetErr.InvalidPath:
            self._left_running.add(instance)  # the bug: nothing takes this back
        return err


def factory(root: Path) -> BrokenEngine:
    """A fresh engine on the files below `root`."""
    return BrokenEngine(root)
