"""The part of the fake adapter that answers to streaming backups and snapshots."""

from collections.abc import Callable
from typing import Any


class FakeExternal:
    """Answers 0 and nothing to everything, and to a call with a behaviour of its own whatever that returns."""

    behaviour: dict[str, Callable[..., Any]]

    def _answer(self, method: str, nothing: Any, *args: Any) -> Any:
        return self.behaviour[method](*args) if method in self.behaviour else nothing

    def begin_external_backup(self, instance: str | None, grbit: int) -> Any:
        return self._answer("begin_external_backup", 0, instance, grbit)

    def get_attach_info(self, instance: str | None) -> Any:
        return self._answer("get_attach_info", (0, []), instance)

    def open_file(self, instance: str | None, file: str, path: str | None) -> Any:
        return self._answer("open_file", (0, 0), instance, file, path)

    def read_file(self, instance: str | None, file: str, size: int) -> Any:
        return self._answer("read_file", (0, b""), instance, file, size)

    def close_file(self, instance: str | None, file: str) -> Any:
        return self._answer("close_file", 0, instance, file)

    def get_log_info(self, instance: str | None) -> Any:
        return self._answer("get_log_info", (0, []), instance)

    def get_truncate_log_info(self, instance: str | None) -> Any:
        return self._answer("get_truncate_log_info", (0, []), instance)

    def truncate_log(self, instance: str | None) -> Any:
        return self._answer("truncate_log", 0, instance)

    def end_external_backup(self, instance: str | None) -> Any:
        return self._answer("end_external_backup", 0, instance)

    def end_external_backup2(self, instance: str | None, grbit: int) -> Any:
        return self._answer("end_external_backup2", 0, instance, grbit)

    def snapshot_prepare(self, grbit: int) -> Any:
        return self._answer("snapshot_prepare", 0, grbit)

    def snapshot_prepare_instance(self, snapshot: str, instance: str | None, grbit: int) -> Any:
        return self._answer("snapshot_prepare_instance", 0, snapshot, instance, grbit)

    def snapshot_freeze(self, snapshot: str, grbit: int) -> Any:
        return self._answer("snapshot_freeze", (0, 0), snapshot, grbit)

    def snapshot_thaw(self, snapshot: str, grbit: int) -> Any:
        return self._answer("snapshot_thaw", 0, snapshot, grbit)

    def snapshot_truncate_log(self, snapshot: str, grbit: int) -> Any:
        return self._answer("snapshot_truncate_log", 0, snapshot, grbit)

    def snapshot_truncate_log_instance(self, snapshot: str, instance: str | None, grbit: int) -> Any:
        return self._answer("snapshot_truncate_log_instance", 0, snapshot, instance, grbit)

    def snapshot_end(self, snapshot: str, grbit: int) -> Any:
        return self._answer("snapshot_end", 0, snapshot, grbit)

    def snapshot_abort(self, snapshot: str, grbit: int) -> Any:
        return self._answer("snapshot_abort", 0, snapshot, grbit)

    def expire_snapshot(self) -> None:
        self._answer("expire_snapshot", None)
