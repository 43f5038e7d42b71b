"""Snapshots: what is on disk and in the headers at a moment when no call is in flight."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import cast

from .adapter import Adapter, Observer


@dataclass(frozen=True)
class File:
    """A file as it was: its size, a digest of its content, its role and generation where the engine can tell."""

    size: int
    digest: bytes
    role: str = ""
    generation: int | None = None


@dataclass(frozen=True)
class Snapshot:
    """Files by their path below the root, header marks by database, and how long the event log is."""

    files: dict[str, File]
    marks: dict[str, dict[str, list[int]]]
    events: tuple[str, ...]
    folders: frozenset[str] = frozenset()  # known of recorded listings only

    def without(self, paths: Iterable[str]) -> "Snapshot":
        """This snapshot without files that somebody else put there."""
        gone = set(paths)
        return replace(self, files={path: file for path, file in self.files.items() if path not in gone})

    def below(self, folder: str) -> dict[str, File]:
        """The files of a folder and its sub-folders."""
        return {path: file for path, file in self.files.items() if path.startswith(f"{folder}/")}

    def generations(self, folder: str, role: str) -> list[int]:
        """The log generations of a folder, sorted."""
        found = (file.generation for file in self.below(folder).values() if file.role == role)
        return sorted(generation for generation in found if generation is not None)


def take(adapter: Adapter, root: Path, instance: str, databases: tuple[str, ...]) -> Snapshot:
    """Look at everything that this engine lets one look at."""
    observer = cast(Observer, adapter)
    classify = observer.classify if "classify" in adapter.capabilities else None
    files = {}
    for path in _files(root):
        name = path.relative_to(root).as_posix()
        role, generation = classify(name) if classify is not None else ("", None)
        files[name] = File(*_content(path), role, generation)
    marks = {}
    if "header" in adapter.capabilities:
        marks = {name: mark for name in databases if (mark := observer.header(name)) is not None}
    events = tuple(observer.events(instance)) if "events" in adapter.capabilities else ()
    return Snapshot(files, marks, events)


def _content(path: Path) -> tuple[int, bytes]:
    """The size of a file and a digest. On Windows an engine may keep an open file to itself: then of when it was written."""
    try:
        data = path.read_bytes()
    except PermissionError:
        status = path.stat()
        return status.st_size, status.st_mtime_ns.to_bytes(16, "big")
    return len(data), blake2b(data, digest_size=16).digest()


def _files(root: Path) -> Iterator[Path]:
    """The regular files below a folder; links are not followed."""
    for path in sorted(root.iterdir()):
        if path.is_symlink():
            continue
        if path.is_dir():
            yield from _files(path)
        elif path.is_file():
            yield path
