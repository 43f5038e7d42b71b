"""The catalogue's third part: bugs that show only where calls interleave (level 5), each with a schedule that shows it."""

from .mutant import Mutant

M = Mutant

# fmt: off
CONCURRENT: tuple[Mutant, ...] = (
    # checked under one lock, done under the next
    M("race-two-backups", "backup",
      "        instance.activity = BackupActivity.ENTERING\n",
      "    with registry.monitor:\n        instance.activity = BackupActivity.ENTERING\n",
      "check, then act: between the guards of a backup and its flag another backup passes them", 120000, 5),
    M("race-double-term", "lifecycle",
      "        instance.phase = Phase.TERMINATING\n",
      "    with registry.monitor:\n        instance.phase = Phase.TERMINATING\n",
      "check, then act: two terminations of one instance", 120000, 5),
    M("race-double-init", "lifecycle",
      "        instance.require_idle(JetErr.AlreadyInitialized)\n        instance.phase = Phase.INITIALIZING\n",
      "        instance.require_idle(JetErr.AlreadyInitialized)\n    with registry.monitor:\n"
      "        instance.phase = Phase.INITIALIZING\n",
      "check, then act: two threads initialise one instance", 120000, 5),
    M("race-uncounted-call", "registry",
      "            session.calls += 1\n            session.instance.calls += 1\n        try:\n",
      "        with self.monitor:\n            session.calls += 1\n            session.instance.calls += 1\n        try:\n",
      "check, then act: a termination that does not see a call that passed its guards", 120000, 5),
    M("race-restore", "restore",
      "        instance.phase = Phase.RESTORING\n",
      "    with registry.monitor:\n        instance.phase = Phase.RESTORING\n",
      "check, then act: a restore begins in an instance that is being initialised", 120000, 5),
    # flags that are cleared too early, or by the wrong one
    M("race-truncating-unmarked", "backup",
      "            self._make(promotion)\n            self._truncate()\n",
      "            self._make(promotion)\n            with self._registry.monitor:\n"
      "                self._instance.activity = BackupActivity.IDLE\n            self._truncate()\n",
      "a flag is cleared before the last step: a second backup is admitted while the first truncates", 120000, 5),
    M("race-refused-clears-flag", "backup",
      "    instance.require_session_free()\n",
      "    if instance.activity is BackupActivity.IN_PROGRESS:\n        instance.activity = BackupActivity.IDLE\n"
      "        raise JetFailure(JetErr.BackupInProgress)\n    instance.require_session_free()\n",
      "a flag is cleared by the wrong one: a backup that is refused takes the flag of the one that runs", 120000, 5),
    M("race-stop-forgotten", "backup",
      "                instance.activity = BackupActivity.IN_PROGRESS\n",
      "                instance.activity = BackupActivity.IN_PROGRESS\n                instance.backup_stopped = False\n",
      "a stop is lost between two locks: the request of before the backup was published is forgotten", 120000, 5),
    M("race-stop-unheard", "streaming",
      "    if stopped and not ending:",
      "    if False:",
      "a stop that comes after the check of a streaming call is not noticed before it returns", 120000, 5),
    M("race-restore-uncovered", "restore",
      "        _run(registry, instance, source, target, Progress(callback, Snp.RESTORE))\n",
      "        with registry.monitor:\n            instance.phase = Phase.CREATED\n"
      "        _run(registry, instance, source, target, Progress(callback, Snp.RESTORE))\n",
      "a flag is cleared before the work: an instance can be initialised while it is restored", 120000, 5),
    # waiting, and waking
    M("wakeup-lost-by-call", "registry",
      "                session.instance.calls -= 1\n                self.monitor.notify_all()\n",
      "                session.instance.calls -= 1\n",
      "a lost wake-up: the termination that waits for a call is not told that it ended", 120000, 5),
    M("wakeup-lost-by-thaw", "freeze",
      "                instance.data.frozen = False\n        self._monitor.notify_all()\n\n    def thaw",
      "                instance.data.frozen = False\n\n    def thaw",
      "a lost wake-up: who waits for a thaw sleeps on", 120000, 5),
    M("wakeup-taken-for-end", "lifecycle",
      "    while instance.activity is not BackupActivity.IDLE and not registry.dropped:\n",
      "    if instance.activity is not BackupActivity.IDLE and not registry.dropped:\n",
      "a wait without a loop: any wake-up is taken for the end of the backup", 120000, 5),
    M("wait-for-one-call", "lifecycle",
      "            while instance.calls and not registry.dropped:\n",
      "            if instance.calls > 1 and not registry.dropped:\n",
      "a wait that is off by one: a termination does not wait for the last call under way", 120000, 5),
    # locks
    M("lock-order", "service",
      "            instance.backup_stopped = True\n",
      "            with instance.data:\n                instance.backup_stopped = True\n",
      "two locks in the wrong order: a stop and a backup wait for one another", 120000, 5),
)
# fmt: on
