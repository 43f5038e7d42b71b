"""The catalogue's sixth part: bugs that show where the disk fails and calls overlap, both at once (level 6, drawn)."""

from .mutant import Mutant

M = Mutant

# fmt: off
AT_ONCE: tuple[Mutant, ...] = (
    # two commits in one group
    M("group-commit-believes-failed-sync", "log",
      "            durable = self._durable\n            try:\n                self._files.sync(file)\n"
      "                durable = end\n",
      "            durable = end\n            try:\n                self._files.sync(file)\n",
      "an error path: of two commits in one group the first sees that the sync failed, the second is told success",
      120000, 6),
    M("group-commit-not-woken", "log",
      "                    self._syncing = False\n                    self._monitor.notify_all()\n",
      "                    self._syncing = False\n                    if self.health is LogHealth.GOOD:\n"
      "                        self._monitor.notify_all()\n",
      "an error path: who waits for the sync of another is not woken when that fails", 120000, 6),
    M("group-commit-stays-syncing", "log",
      "                    self._syncing = False\n                    self._monitor.notify_all()\n",
      "                    self._syncing = self.health is LogHealth.LOST\n                    self._monitor.notify_all()\n",
      "an error path: a sync that failed is taken to be under way still, and who comes later waits for it", 120000, 6),
    # a stop, or the end of the instance, while an error is handled
    M("stopped-backup-keeps-half-set", "backup",
      "            self._copier.clean_up()\n",
      "            if isinstance(failure, JetFailure) or not self._instance.backup_stopped:\n"
      "                self._copier.clean_up()\n",
      "an error path: a backup that was stopped before the disk failed does not tidy up", 120000, 6),
    M("stopped-backup-still-counted", "backup",
      "            promotion.undo()\n            self._copier.clean_up()\n",
      "            promotion.undo()\n            self._copier.clean_up()\n"
      "            if isinstance(failure, OSError) and self._instance.backup_stopped:\n"
      "                self._instance.calls += 1\n",
      "an error path: a backup that was stopped before the disk failed is counted on, and the termination waits for it",
      120000, 6),
    M("failed-call-still-counted", "registry",
      "            yield session\n        finally:\n            with self.monitor:\n                session.calls -= 1\n"
      "                session.instance.calls -= 1\n",
      "            yield session\n        except OSError as error:\n            session.instance.calls += error.errno == 5\n"
      "            raise\n        finally:\n            with self.monitor:\n                session.calls -= 1\n"
      "                session.instance.calls -= 1\n",
      "an error path: a call that the disk made fail is counted on, and the termination waits for it", 120000, 6),
    # locks and freezes
    M("failed-call-keeps-freezing-gate", "freeze",
      "        self._mutex.__exit__(kind, error, trace)\n\n    def drain",
      "        if not (self.frozen and isinstance(error, OSError)):\n            self._mutex.__exit__(kind, error, trace)\n\n"
      "    def drain",
      "an error path: a call that fails while a freeze begins keeps the lock, and the freeze waits for it", 120000, 6),
)
# fmt: on
"""Bugs of level 6 that only calls at once on a disk that fails show."""
