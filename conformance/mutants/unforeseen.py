"""The catalogue's part of bugs that were written by someone who had not seen the harness; most showed what it had left alone."""

from .mutant import Mutant

M = Mutant

# fmt: off
UNFORESEEN: tuple[Mutant, ...] = (
    M("closing-calls-pass-termination", "registry",
      "            if session.instance.phase is Phase.TERMINATING:\n"
      "                raise JetFailure(JetErr.TermInProgress)\n"
      "            if not closing:\n",
      "            if not closing:\n",
      "a database is closed or detached while the instance goes down", 46000, 1),
    M("refused-log-passes", "instance",
      "        if self.log.health is not LogHealth.GOOD:\n"
      "            raise JetFailure(self.log.health.value)\n"
      "        return self.log\n",
      "        self.require_available()\n"
      "        return self.log\n",
      "a streaming backup begins although log writing is refused", 67500, 1),
    M("copy-backup-marks-headers", "streaming_end",
      "            if session.truncated or grbit & EndBackupGrbit.TRUNCATE_DONE:\n"
      "                _mark_databases(instance, session)\n",
      "            _mark_databases(instance, session)\n",
      "a streaming backup that truncated nothing marks the headers", 2000, 2),
    M("full-keeps-the-incremental-mark", "backup",
      "        return replace(header, full_prev=self._mark, inc_prev=BackupMark(), full_cur=BackupMark())\n",
      "        return replace(header, full_prev=self._mark, full_cur=BackupMark())\n",
      "a full backup does not reset the mark of the last incremental one", 2000, 2),
    M("generation-digits-not-hexadecimal", "logfile",
      "_NAME = re.compile(r\"edb([0-9A-F]{8})\\.log\")\n",
      "_NAME = re.compile(r\"edb([0-9]{8})\\.log\")\n",
      "names of logs are read as decimal: generation 10 is no log to anyone", 5500, 2),
    M("log-info-failure-does-not-cancel", "streaming",
      "    with using(registry, handle, \"JetGetLogInfoInstance\") as (instance, session), cancelling(instance, session):\n"
      "        session.require_closed()\n"
      "        list_logs(instance, session)\n"
      "        return [join",
      "    with using(registry, handle, \"JetGetLogInfoInstance\") as (instance, session):\n"
      "        session.require_closed()\n"
      "        with cancelling(instance, session):\n"
      "            list_logs(instance, session)\n"
      "        return [join",
      "a failure of the call that lists logs does not cancel the backup", 24500, 2),
    M("refused-parameter-is-set", "service",
      "                circular = _flag(value)\n"
      "                _require_uninitialized(instance)\n"
      "                instance.parameters.circular = circular\n",
      "                instance.parameters.circular = _flag(value)\n"
      "                _require_uninitialized(instance)\n",
      "a parameter of a running instance is refused, and set all the same", 2000, 2),
    M("atomic-wins-over-incremental", "backup",
      "        if self._incremental:\n"
      "            promotion.add(self._plan.target)\n"
      "        elif self._atomic:\n"
      "            promotion.atomic()\n"
      "        else:\n",
      "        if self._atomic:\n"
      "            promotion.atomic()\n"
      "        elif self._incremental:\n"
      "            promotion.add(self._plan.target)\n"
      "        else:\n",
      "an atomic incremental backup takes the place of its full set, and is logs alone", 12000, 3),
    M("backup-marks-survive-a-move", "storage",
      "    header = replace(header, log_signature=signature, full_prev=never, inc_prev=never, full_cur=never)\n",
      "    header = replace(header, log_signature=signature, full_cur=never)\n",
      "a database that moved to other logs counts as backed up there", 12000, 3),
    M("branch-holds-one-entry-too-many", "tree",
      "    if parent.cells < CAPACITY[PageKind.BRANCH]:\n",
      "    if parent.cells <= CAPACITY[PageKind.BRANCH]:\n",
      "off by one: a branch of the tree takes one entry more than a page holds", 12000, 3),
    M("cache-keyed-by-reused-id", "cache",
      "        page = self._clean.get((owner, number))\n"
      "        if page is not None:\n"
      "            self._clean.move_to_end((owner, number))\n"
      "        return page\n"
      "\n"
      "    def put(self, owner: object, page: Page) -> None:\n"
      "        \"\"\"Keep a clean page; the least recently used one goes.\"\"\"\n"
      "        self._clean[owner, page.number] = page\n"
      "        if len(self._clean) > self._clean_limit:\n"
      "            self._clean.popitem(last=False)\n"
      "\n"
      "    def drop(self, owner: object, number: int) -> None:\n"
      "        \"\"\"Forget a page: it was changed, or its database is closed.\"\"\"\n"
      "        self._clean.pop((owner, number), None)\n",
      "        page = self._clean.get((owner.header.database_id, number))\n"
      "        if page is not None:\n"
      "            self._clean.move_to_end((owner.header.database_id, number))\n"
      "        return page\n"
      "\n"
      "    def put(self, owner: object, page: Page) -> None:\n"
      "        \"\"\"Keep a clean page; the least recently used one goes.\"\"\"\n"
      "        self._clean[owner.header.database_id, page.number] = page\n"
      "        if len(self._clean) > self._clean_limit:\n"
      "            self._clean.popitem(last=False)\n"
      "\n"
      "    def drop(self, owner: object, number: int) -> None:\n"
      "        \"\"\"Forget a page: it was changed, or its database is closed.\"\"\"\n"
      "        self._clean.pop((owner.header.database_id, number), None)\n",
      "pages of a detached database are served for the one that got its number", 12000, 3),
    M("clean-checkpoint-lists-databases", "lifecycle",
      "        log.attached.clear()\n"
      "        make_checkpoint(instance)\n",
      "        make_checkpoint(instance)\n",
      "after a clean end recovery still asks for the databases", 12000, 3),
    M("clean-time-not-advanced", "recovery",
      "        time = max(header.time, base + self.last)\n",
      "        time = max(header.time, base)\n",
      "after recovery a header is older than its pages: later commits are taken for done at the next crash", 12000, 3),
    M("first-page-of-last-chunk-not-copied", "copying",
      "        for first in range(1, pages + 1, CHUNK_PAGES):\n",
      "        for first in range(1, pages, CHUNK_PAGES):\n",
      "off by one: a database of one page more than the buffer is copied without it", 12000, 3),
    M("restore-invents-an-incremental", "restore",
      "inc_prev=later if end.generation > full.gen_high else never)\n",
      "inc_prev=later if end.generation >= full.gen_high else never)\n",
      "a restored database remembers an incremental backup that never was", 12000, 3),
    M("restored-elsewhere-keeps-its-full-mark", "restore",
      "header = replace(header, signature=signature, path=place, full_prev=never, inc_prev=never)\n",
      "header = replace(header, signature=signature, path=place, full_prev=full, inc_prev=never)\n",
      "a database restored beside its original counts as backed up", 12000, 3),
    M("stream-opened-without-flush", "streamed",
      "        self._head = header.encode() * HEADER_PAGES\n"
      "        database.flush()\n",
      "        self._head = header.encode() * HEADER_PAGES\n",
      "a database is streamed although pages in use are not on the disk yet", 12000, 3),
    M("callback-warning-ends-the-operation", "progress",
      "        if answer < 0:\n",
      "        if answer:\n",
      "a warning with which the status callback answers ends the backup", 2000, 4),
    M("abandoned-under-a-running-call", "lifecycle",
      "        if instance.external is not None and instance.activity is BackupActivity.IN_PROGRESS:\n",
      "        if instance.external is not None:\n",
      "a termination does not wait for a streaming call under way, and closes its files", 90000, 5),
    M("freeze-during-a-backup-call", "snapshot",
      "    idle = instance.activity is BackupActivity.IDLE and not instance.termination_waits\n",
      "    idle = instance.activity is not BackupActivity.IN_PROGRESS and not instance.termination_waits\n",
      "a freeze succeeds while a call of a backup is under way", 90000, 5),
    M("atomic-name-not-synced-before-truncation", "sets",
      "        self._move(join(self._folder, TEMP), new)\n"
      "        self._files.sync_folder(self._folder)\n",
      "        self._move(join(self._folder, TEMP), new)\n",
      "logs are truncated before the name `new` is on the disk", 60000, 6),
    M("snapshot-guard-not-repeated", "backup",
      "        _require_backup_possible(instance, path, grbit, callback)\n"
      "        registry.require_no_snapshot(instance)\n"
      "        instance.activity = BackupActivity.ENTERING\n",
      "        _require_backup_possible(instance, path, grbit, callback)\n"
      "        instance.activity = BackupActivity.ENTERING\n",
      "a snapshot that began while a backup waited is not seen: both run at once", 90000, 5),
    M("attach-guard-not-repeated-under-lock", "engine",
      "        with instance.data:\n"
      "            self._require_no_backup(instance)\n"
      "            yield\n",
      "        with instance.data:\n"
      "            yield\n",
      "a database is detached although a backup began while the call waited for the lock", 180000, 5),
    M("checkpoint-not-synced", "checkpoint",
      "            self._files.write(file, self._number % 2 * SLOT_SIZE, _encode(self._number, checkpoint))\n"
      "            self._files.sync(file)\n",
      "            self._files.write(file, self._number % 2 * SLOT_SIZE, _encode(self._number, checkpoint))\n",
      "logs are truncated up to a checkpoint that is not on the disk", 60000, 6),
    M("database-copies-not-synced", "copying",
      "                write_new_header(self._files, file, replace(header, full_cur=mark))\n"
      "                self._files.sync(file)\n",
      "                write_new_header(self._files, file, replace(header, full_cur=mark))\n",
      "the databases of a set are not forced to the disk", 60000, 6),
    M("flush-forgets-spilled-pages", "database",
      "        self.write_some(len(self._changed))\n"
      "        if self._unsynced:\n"
      "            self._files.sync(self._file)\n"
      "            self._unsynced = False\n",
      "        if not self._changed:\n"
      "            return\n"
      "        self.write_some(len(self._changed))\n"
      "        self._files.sync(self._file)\n"
      "        self._unsynced = False\n",
      "pages written ahead are not forced before the checkpoint passes their logs", 60000, 6),
    M("half-made-first-log-blocks-init", "log",
      "            if self._files.kind(path) is not Kind.ABSENT:\n"
      "                self._files.remove(path)\n"
      "            file = self._files.open(path, create=True)\n",
      "            file = self._files.open(path, create=True)\n",
      "what a crash left of the very first log stands in the way of every JetInit", 60000, 6),
    M("header-rollback-misses-the-failing-one", "backup",
      "                    done.append((database, database.header))\n"
      "                    database.set_header(self._marked(database.header))\n",
      "                    header = database.header\n"
      "                    database.set_header(self._marked(header))\n"
      "                    done.append((database, header))\n",
      "a header whose second copy could not be written keeps the first: it tells of a backup that failed", 60000, 6),
    M("headers-marked-before-promotion", "backup",
      "        self._promote(promotion)\n"
      "        self._update_headers()\n",
      "        self._update_headers()\n"
      "        self._promote(promotion)\n",
      "headers are marked before the set has its place, and tell of a backup that failed", 60000, 6),
    M("lost-create-removes-the-file", "storage",
      "            if instance.health is not LogHealth.LOST:  # else the record may be there, and recovery needs the file\n"
      "                files.remove(name)\n",
      "            files.remove(name)\n",
      "a database whose creation may be logged is removed", 90000, 6),
    M("next-log-name-not-on-disk", "log",
      "            self._files.sync_folder(self._folder)\n"
      "            self.append(End())\n",
      "            self.append(End())\n",
      "a log is closed before the name of the next one is on the disk", 60000, 6),
    M("old-set-not-looked-at", "sets",
      "    for name in (\"\", NEW, OLD):\n"
      "        place = join",
      "    for name in (\"\", NEW):\n"
      "        place = join",
      "the set in `old`, all that there is after a crash between two renames, is not found", 60000, 6),
    M("restored-names-not-synced", "places",
      "            self._files.rename(place + SUFFIX, place)\n"
      "            self._files.sync_folder(parent(place))\n",
      "            self._files.rename(place + SUFFIX, place)\n",
      "a restore succeeds before the databases have their names on the disk", 60000, 6),
    M("streamed-truncation-ignores-the-checkpoint", "streaming_end",
      "    return min(generation_of(instance.checkpoint_lsn), session.mark.gen_high + 1)\n",
      "    return session.mark.gen_high + 1\n",
      "a streaming backup deletes logs that recovery begins with", 60000, 6),
    M("temp-removed-before-replacement-finished", "copying",
      "        finish_replacement(self._files, self._folder)\n"
      "        remove_tree(self._files, self._temporary)\n"
      "        self._files.make_folder(self._temporary)\n",
      "        remove_tree(self._files, self._temporary)\n"
      "        finish_replacement(self._files, self._folder)\n"
      "        self._files.make_folder(self._temporary)\n",
      "the rest of a set whose replacement a crash interrupted is removed", 60000, 6),
    M("incremental-never-truncates", "backup",
      "        instance = self._instance\n"
      "        with instance.data:\n"
      "            if instance.log is None:\n"
      "                return\n"
      "            with suppress(OSError):",
      "        instance = self._instance\n"
      "        if self._incremental and self._plan.folder is not None:\n"
      "            return\n"
      "        with instance.data:\n"
      "            if instance.log is None:\n"
      "                return\n"
      "            with suppress(OSError):",
      "an incremental backup leaves all logs where they are", 2000, 2),
    M("null-path-never-truncates", "backup",
      "        instance = self._instance\n"
      "        with instance.data:\n"
      "            if instance.log is None:\n"
      "                return\n"
      "            with suppress(OSError):",
      "        instance = self._instance\n"
      "        if self._plan.folder is None:\n"
      "            return\n"
      "        with instance.data:\n"
      "            if instance.log is None:\n"
      "                return\n"
      "            with suppress(OSError):",
      "a null path truncates nothing", 2000, 2),
)
# fmt: on
