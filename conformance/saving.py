"""What the client of a streaming backup was given to read, and the set that it writes of it: the fault `save-set` of a trace.

A page of the family says how a set is read, none how it is laid out: each file under its own name, as JetRestoreInstance
looks for it [RI, Parameters].
"""

from pathlib import Path, PurePosixPath

from .invocation import Invocation


class Saved:
    """The files that were read since the last backup began, by path: kept until the next one begins."""

    def __init__(self) -> None:
        self._files: dict[str, bytearray] = {}
        self._open: dict[str, str] = {}  # by the client's name for the handle

    def returned(self, made: Invocation, err: int) -> None:
        """A call of the family came back."""
        if err < 0:
            return
        if made.call == "JetBeginExternalBackupInstance":
            self._files, self._open = {}, {}
        elif made.call == "JetOpenFileInstance":
            _, file, path = made.values
            self._open[str(file)] = str(path)
            self._files[str(path)] = bytearray()
        elif made.call == "JetReadFileInstance":
            path = self._open.get(str(made.values[1]))
            if path is not None:
                self._files[path] += made.data

    def write(self, folder: Path) -> bool:
        """Write every file into `folder` under its own name; False where there is none, or it cannot be written."""
        names = {PurePosixPath(path).name: data for path, data in self._files.items()}
        try:
            folder.mkdir(exist_ok=True)
            for name, data in names.items():
                if name in ("", ".", "..") or "\\" in name or "\0" in name:
                    return False
                (folder / name).write_bytes(data)
        except OSError:
            return False
        return bool(names)
