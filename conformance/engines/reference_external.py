"""The reference engine's streaming backups and snapshots, with names for handles."""

from ...engine.engine import Engine

GARBAGE = 0x0BADBAD1
"""What a name that was never given out stands for: odd, while all handles are multiples of four."""


class ExternalCalls:
    """The part of the reference adapter that makes the calls of the two other ways to back up."""

    engine: Engine
    _files: dict[str, int]
    _snapshot: int

    def _instance(self, name: str | None) -> int:
        raise NotImplementedError

    # -- streaming -------------------------------------------------------------------------------------------------

    def begin_external_backup(self, instance: str | None, grbit: int) -> int:
        return self.engine.begin_external_backup_instance(self._instance(instance), grbit)

    def get_attach_info(self, instance: str | None) -> tuple[int, list[str]]:
        return self.engine.get_attach_info_instance(self._instance(instance))

    def open_file(self, instance: str | None, file: str, path: str | None) -> tuple[int, int]:
        # The engine wants a text; what is none it refuses as it refuses an empty one.
        err, handle, size = self.engine.open_file_instance(self._instance(instance), path or "")
        if err >= 0:
            self._files[file] = handle
        return err, size

    def read_file(self, instance: str | None, file: str, size: int) -> tuple[int, bytes]:
        return self.engine.read_file_instance(self._instance(instance), self._files.get(file, GARBAGE), size)

    def close_file(self, instance: str | None, file: str) -> int:
        return self.engine.close_file_instance(self._instance(instance), self._files.get(file, GARBAGE))

    def get_log_info(self, instance: str | None) -> tuple[int, list[str]]:
        return self.engine.get_log_info_instance(self._instance(instance))

    def get_truncate_log_info(self, instance: str | None) -> tuple[int, list[str]]:
        return self.engine.get_truncate_log_info_instance(self._instance(instance))

    def truncate_log(self, instance: str | None) -> int:
        return self.engine.truncate_log_instance(self._instance(instance))

    def end_external_backup(self, instance: str | None) -> int:
        return self.engine.end_external_backup_instance(self._instance(instance))

    def end_external_backup2(self, instance: str | None, grbit: int) -> int:
        return self.engine.end_external_backup_instance2(self._instance(instance), grbit)

    # -- snapshots -------------------------------------------------------------------------------------------------

    def _session_id(self, snapshot: str) -> int:
        return self._snapshot if snapshot == "last" else GARBAGE

    def snapshot_prepare(self, grbit: int) -> int:
        err, snapshot = self.engine.os_snapshot_prepare(grbit)
        if err >= 0:
            self._snapshot = snapshot
        return err

    def snapshot_prepare_instance(self, snapshot: str, instance: str | None, grbit: int) -> int:
        return self.engine.os_snapshot_prepare_instance(self._session_id(snapshot), self._instance(instance), grbit)

    def snapshot_freeze(self, snapshot: str, grbit: int) -> tuple[int, int]:
        err, frozen = self.engine.os_snapshot_freeze(self._session_id(snapshot), grbit)
        return err, len(frozen)

    def snapshot_thaw(self, snapshot: str, grbit: int) -> int:
        return self.engine.os_snapshot_thaw(self._session_id(snapshot), grbit)

    def snapshot_truncate_log(self, snapshot: str, grbit: int) -> int:
        return self.engine.os_snapshot_truncate_log(self._session_id(snapshot), grbit)

    def snapshot_truncate_log_instance(self, snapshot: str, instance: str | None, grbit: int) -> int:
        return self.engine.os_snapshot_truncate_log_instance(
            self._session_id(snapshot), self._instance(instance), grbit
        )

    def snapshot_end(self, snapshot: str, grbit: int) -> int:
        return self.engine.os_snapshot_end(self._session_id(snapshot), grbit)

    def snapshot_abort(self, snapshot: str, grbit: int) -> int:
        return self.engine.os_snapshot_abort(self._session_id(snapshot), grbit)
