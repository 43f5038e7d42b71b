"""The catalogue's sixth part: bugs that show where the disk fails and calls overlap, both at once (level 6, drawn)."""

from .mutant import Mutant

M = Mutant

# fmt: off
AT_ONCE: tuple[Mutant, ...] = (
    # a stop, or the end of the instance, after an error was handled
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
