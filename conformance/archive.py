"""Where recorded traces lie: files, folders of them, and packed archives, which are read without being unpacked to disk."""

import gzip
import tarfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, cast

from .trace import Trace, TraceError, parse, read

ARCHIVES = (".tar.gz", ".tgz", ".tar")
SUFFIX = ".jsonl"
SIZE_LIMIT = 64 << 20
"""Bytes of one packed trace at the most: a small archive can hold a file that fills the memory."""


def traces(paths: Sequence[Path]) -> Iterator[Trace | TraceError]:
    """Every trace of these files, folders and archives, in order; in the place of one that is none, what is wrong with it.

    Raises TraceError for a path that cannot be read at all, and for a folder or an archive without a trace.
    """
    for path in paths:
        yield from _traces_at(path)


def _traces_at(path: Path) -> Iterator[Trace | TraceError]:
    if path.is_dir():
        found = sorted(file for file in path.rglob(f"*{SUFFIX}") if file.is_file())
        if not found:
            raise TraceError(f"{path}: the folder holds no trace ({SUFFIX})")
        yield from map(_read, found)
    elif path.name.endswith(ARCHIVES):
        yield from _packed(path)
    elif not path.exists():
        raise TraceError(f"{path}: no such file")
    else:
        yield _read(path)


def _read(path: Path) -> Trace | TraceError:
    try:
        return read(path)
    except TraceError as error:
        return error


def _packed(path: Path) -> Iterator[Trace | TraceError]:
    """The traces of an archive, in its order; nothing but regular files is looked at, and nothing is written anywhere."""
    number = 0
    try:
        with _opened(path) as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
            for member in archive:
                if member.isreg() and member.name.endswith(SUFFIX):
                    number += 1
                    yield _member(archive, member, f"{path}/{member.name}")
            stream.read(SIZE_LIMIT)  # an archive that breaks off shows it only at its end
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise TraceError(f"{path}: not an archive of traces, or damaged: {error}") from None
    except OSError as error:
        raise TraceError(f"{path}: {error.strerror or error}") from None
    if not number:
        raise TraceError(f"{path}: the archive holds no trace ({SUFFIX})")


def _opened(path: Path) -> BinaryIO:
    return path.open("rb") if path.suffix == ".tar" else cast(BinaryIO, gzip.open(path))


def _member(archive: tarfile.TarFile, member: tarfile.TarInfo, name: str) -> Trace | TraceError:
    if member.size > SIZE_LIMIT:
        return TraceError(f"{name}:1: {member.size} bytes, at most {SIZE_LIMIT} are read of a packed trace")
    file = archive.extractfile(member)
    assert file is not None  # a regular file has content
    try:
        return parse(file.read(), name=name)
    except TraceError as error:
        return error
