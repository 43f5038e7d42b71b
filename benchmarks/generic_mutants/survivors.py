"""Why nobody need find a mechanical mutant: by module, source line and change, so that a reason outlives the lines around it."""

from collections.abc import Mapping

OUTSIDE = ("inspect_", "report")
"""How the modules begin that no call reaches: `jetconform inspect`, and its report."""

# fmt: off
_REASONS: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "only a caller in Python can pass what is no text, number or function": (
        ("backup", "raise JetFailure(JetErr.InvalidParameter)", "code swapped: InvalidParameter became BackupNotAllowedYet"),
        ("restore", "raise JetFailure(JetErr.InvalidParameter)", "code swapped: InvalidParameter became InvalidPath"),
    ),
    "the words of an entry of the event log are for people; that files, truncation and the result are told is judged": (
        ("backup", "if self._plan.folder is None:", "condition negated: self._plan.folder is None"),
        ("backup", "self._instance.note(event, f\"{kind} {self._plan.folder or ''} started\".replace(\"  \", \" \"))", "call dropped: self._instance.note(event, f\"{kind} {self._plan.folder or ''} started\".replace('  ', ' '))"),
        ("backup", "if isinstance(failure, JetFailure):", "condition negated: isinstance(failure, JetFailure)"),
        ("backup", "return code_of(failure).name if isinstance(failure, OSError) else type(failure).__name__", "condition negated: isinstance(failure, OSError)"),
        ("external", "return \"incremental streaming backup\" if self.incremental else \"full streaming backup\"", "condition negated: self.incremental"),
        ("snapshot", "instance.note(EventId.NOTHING_TRUNCATED, \"no log to truncate\")", "call dropped: instance.note(EventId.NOTHING_TRUNCATED, 'no log to truncate')"),
        ("streaming_end", "instance.note(EventId.LOGS_TRUNCATED, f\"logs {names[0]} to {names[-1]} truncated\", *names)", "call dropped: instance.note(EventId.LOGS_TRUNCATED, f'logs {names[0]} to {names[-1]} truncated', *names)"),
    ),
    "a place where the harness may hold a call or let another go; a client sees nothing of it": (
        ("copying", "self._reach(\"copy\", name)", "call dropped: self._reach('copy', name)"),
        ("snapshot", "registry.reach(\"JetOSSnapshotFreeze\", \"enter\")", "call dropped: registry.reach('JetOSSnapshotFreeze', 'enter')"),
        ("scheduled", "self._tasks.switch(f\"{point} of {call}\", detail)", "call dropped: self._tasks.switch(f'{point} of {call}', detail)"),
        ("memory", "self._before(\"create\" if create else \"claim\" if exclusive else \"open\", path)", "call dropped: self._before('create' if create else 'claim' if exclusive else 'open', path)"),
        ("memory", "self._before(\"read\", file.path)", "call dropped: self._before('read', file.path)"),
        ("memory", "self._before(\"truncate\", file.path)", "call dropped: self._before('truncate', file.path)"),
        ("memory", "self._before(\"remove folder\", path)", "call dropped: self._before('remove folder', path)"),
    ),
    "no page says how often a status callback is called": (
        ("copying", "self._progress.advance((done + first + count - 1) / total * DATABASE_SHARE)", "call dropped: self._progress.advance((done + first + count - 1) / total * DATABASE_SHARE)"),
    ),
    "more is written, read or waited for than need be, and the end is the same": (
        ("database", "self._unsynced = False", "constant flipped: False became True"),
        ("log", "while self._syncing and self._durable < upto:", "comparison off by one: self._durable < upto became self._durable <= upto"),
        ("files", "while count > 0:", "comparison off by one: count > 0 became count >= 0"),
    ),
    "an old page stays in the cache behind the changed one, which is looked at first, or behind its closed database": (
        ("cache", "self._clean.pop((owner, number), None)", "call dropped: self._clean.pop((owner, number), None)"),
        ("database", "self._cache.drop_all(self)", "call dropped: self._cache.drop_all(self)"),
        ("database", "self._cache.drop(self, page.number)", "call dropped: self._cache.drop(self, page.number)"),
    ),
    "a file stays open for reading, which no call notices": (
        ("files", "os.close(descriptor)", "call dropped: os.close(descriptor)"),
        ("recovery", "database.close()", "call dropped: database.close()"),
        ("roles", "files.close(file)", "call dropped: files.close(file)"),
        ("logreader", "files.close(file)", "call dropped: files.close(file)"),
        ("restore", "self._files.close(source)", "call dropped: self._files.close(source)"),
    ),
    "what a process does after its death is no call of a client": (
        ("files", "self._alive()", "call dropped: self._alive()"),
        ("memory", "self._alive()", "call dropped: self._alive()"),
        ("files", "os.dup2(nothing, file.descriptor, inheritable=False)", "constant flipped: False became True"),
        ("lifecycle", "raise JetFailure(JetErr.InvalidParameter)", "code swapped: InvalidParameter became BackupInProgress"),
    ),
    "how a fault that the harness asked for ends; it asks for none to end": (
        ("files", "self._faults.pop((folder, suffix), None)", "call dropped: self._faults.pop((folder, suffix), None)"),
    ),
    "a bound that nothing honest reaches exactly": (
        ("header", "if magic != MAGIC or version != VERSION or page_size != PAGE_SIZE or max(base, time) >= LATEST:", "comparison off by one: max(base, time) >= LATEST became max(base, time) > LATEST"),
        ("logreader", "while (at := data.find(identity, head + IDENTITY_AT)) >= 0:", "comparison off by one: (at := data.find(identity, head + IDENTITY_AT)) >= 0 became (at := data.find(identity, head + IDENTITY_AT)) > 0"),
        ("storage", "if not name or len(name.encode()) > PATH_BYTES:", "comparison off by one: len(name.encode()) > PATH_BYTES became len(name.encode()) >= PATH_BYTES"),
        ("recovery", "raise JetFailure(JetErr.LogFileCorrupt)  # no instance could have logged that", "code swapped: LogFileCorrupt became MissingLogFile"),
    ),
}
# fmt: on

BY_MUTANT = {mutant: reason for reason, mutants in _REASONS.items() for mutant in mutants}


def reason_of(module: str, code: str, what: str) -> str:
    """The reason; empty where there is none."""
    return BY_MUTANT.get((module, code, what), "")
