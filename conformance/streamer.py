"""A client of a streaming backup, in the order of the pages: begin, databases, logs, truncation, end [BE, Remarks]."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..model.external import Amount
from ..model.vocabulary import BackupGrbit, EndBackupGrbit
from .environment import SAVE_SET
from .history import INSTANCE, History
from .trace import ReturnEvent

HANDLE = "f1"


@dataclass(frozen=True)
class Streamer:
    """Makes the calls on a history; each is judged like any other, so what goes wrong is a rejection."""

    history: History

    def back_up(
        self,
        folder: str,
        *,
        grbit: int,
        truncate: bool,
        begun: Callable[[], None] = lambda: None,
        meanwhile: Callable[[], None] = lambda: None,
    ) -> None:
        """One backup, written to `folder`. `begun` is done when it began, `meanwhile` when part of the first file was read."""
        self._call("JetBeginExternalBackupInstance", grbit=grbit)
        begun()
        if not grbit & BackupGrbit.INCREMENTAL:
            for path in self._files("JetGetAttachInfoInstance"):
                self._read(path, meanwhile)
                meanwhile = _nothing
        meanwhile()
        for path in self._files("JetGetLogInfoInstance"):
            self._read(path)
        if truncate:
            self._call("JetTruncateLogInstance")
        end = EndBackupGrbit.NORMAL | (EndBackupGrbit.NONE if truncate else EndBackupGrbit.TRUNCATE_DONE)
        self._call("JetEndExternalBackupInstance2", grbit=int(end))
        self.history.fault(SAVE_SET, folder)

    def _call(self, name: str, **args: object) -> int:
        return self.history.make(name, {"instance": INSTANCE, **args})

    def _files(self, name: str) -> list[str]:
        call_id = self._call(name)
        result: dict[str, Any] = next(
            event.result or {}
            for event in reversed(self.history.events)
            if isinstance(event, ReturnEvent) and event.id == call_id
        )
        return [str(path) for path in result.get("files", ())]

    def _read(self, path: str, meanwhile: Callable[[], None] | None = None) -> None:
        reading = self.history.judge.reading(INSTANCE)
        self._call("JetOpenFileInstance", file=HANDLE, path=path)
        if meanwhile is not None:
            self._call("JetReadFileInstance", file=HANDLE, bytes=reading.bytes_of(Amount.PART))
            meanwhile()
        self._call("JetReadFileInstance", file=HANDLE, bytes=reading.bytes_of(Amount.REST))
        self._call("JetCloseFileInstance", file=HANDLE)


def _nothing() -> None:
    """Nothing is left to do meanwhile."""
