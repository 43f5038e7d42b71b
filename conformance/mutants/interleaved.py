"""The catalogue's third part: bugs that show when calls meet in a callback, in one that fails, or in sequences (level 4)."""

from .mutant import Mutant

M = Mutant

# fmt: off
INTERLEAVED: tuple[Mutant, ...] = (
    # a callback that answers with a failure
    M("callback-failure-renamed", "progress",
      "raise JetFailure(_KNOWN.get(answer, JetErr.BackupAbortByCaller))",
      "raise JetFailure(JetErr.BackupAbortByCaller)",
      "a wrong code: whatever the callback answers, the caller hears that it aborted", 6000, 4),
    M("complete-heard", "progress",
      "            self._callback(self._snp, Snt.COMPLETE, TOTAL, TOTAL)\n",
      "            self._tell(Snt.COMPLETE)\n",
      "an order is wrong: a backup fails by its last callback, after the set took its place", 6000, 4),
    M("callback-failure-untidied", "backup",
      "            self._copier.clean_up()\n",
      "            if _name_of(failure).split()[-1] != JetErr.OutOfMemory.name:\n                self._copier.clean_up()\n",
      "an error path: out of memory, it does not tidy up, lest that need memory", 6000, 4),
    # stops, and what undoes them
    M("second-stop-undoes", "service",
      "            instance.backup_stopped = True\n",
      "            instance.backup_stopped = not instance.backup_stopped\n",
      "a flag is toggled: a second stop takes back the first", 6000, 4),
    M("refused-backup-forgets-stop", "backup",
      "        bits = _require_backup_possible(instance, path, grbit, callback)\n",
      "        instance.backup_stopped = False\n"
      "        bits = _require_backup_possible(instance, path, grbit, callback)\n",
      "a flag is reset before the guards: a second backup, refused, takes back the stop of the first", 6000, 4),
    M("refused-begin-forgets-stop", "streaming",
      "        bits = _require_begin_possible(instance, grbit)\n",
      "        instance.backup_stopped = False\n        bits = _require_begin_possible(instance, grbit)\n",
      "a flag is reset before the guards: a streaming backup, refused, takes back the stop of the running one", 6000, 4),
    M("service-stop-forgets-stop", "service",
      "            instance.stopped = True\n            return JetErr.Success\n",
      "            instance.stopped = True\n            instance.backup_stopped = False\n            return JetErr.Success\n",
      "a flag is reset by the wrong call: stopping the service takes back the stop of the backup", 6000, 4),
    M("stop-inside-unheard", "service",
      "        if instance.activity is not BackupActivity.IDLE:\n",
      "        if instance.activity is not BackupActivity.IDLE and instance.backup_caller != registry.runtime.current():\n",
      "a guard is too wide: a stop from inside the callback of the backup is not heard", 6000, 4),
    # terminations that wait
    M("two-terminations-wait", "lifecycle",
      "        if instance.termination_waits:\n            raise JetFailure(JetErr.TermInProgress)\n",
      "",
      "a guard is missing: a second JetTerm2 waits for the backup, too, and both end the instance", 6000, 4),
    # what a call in progress holds
    M("backup-inside-backup", "backup",
      "        bits = _require_backup_possible(instance, path, grbit, callback)\n",
      "        if instance.backup_caller is not None and instance.backup_caller == registry.runtime.current():\n"
      "            instance.activity = BackupActivity.IDLE\n"
      "        bits = _require_backup_possible(instance, path, grbit, callback)\n",
      "a lock lets its owner in twice: a second backup begins inside the callback of the first", 6000, 4),
    M("lent-while-complete", "backup",
      "        self._progress.complete()\n",
      "        self._instance.activity = BackupActivity.IDLE\n        self._progress.complete()\n"
      "        self._instance.activity = BackupActivity.IN_PROGRESS\n",
      "a flag is cleared before the last step: in the last callback of a backup another may begin", 6000, 4),
    M("restore-over-at-complete", "restore",
      "    progress.complete()\n",
      "    instance.phase = Phase.CREATED\n    progress.complete()\n",
      "a flag is cleared before the last step: in the last callback of a restore the instance can be initialised", 6000, 4),
)
# fmt: on
"""Bugs of level 4."""
