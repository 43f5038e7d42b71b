"""What a hostile file meets: every parser of the engine and, for some, a whole engine. Nothing here touches a disk.

`meet` lets a JetFailure, an OSError or, from records, a ValueError pass: these are answers. Anything else is a finding.
"""

import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

from jetconform.engine import Engine
from jetconform.engine.alone import LoneRuntime
from jetconform.engine.cache import Cache
from jetconform.engine.checkpoint import CheckpointFile, looks_like_checkpoint
from jetconform.engine.database import Database
from jetconform.engine.failure import JetFailure
from jetconform.engine.files import Files, Kind
from jetconform.engine.header import looks_like_database
from jetconform.engine.inspect_folder import inspect_file
from jetconform.engine.inspect_sets import inspect_backup
from jetconform.engine.logfile import looks_like_log
from jetconform.engine.logreader import closed_log, reading, verify_log
from jetconform.engine.memory import MemoryFiles
from jetconform.engine.roles import role_of
from jetconform.model.vocabulary import JetErr, Parameter

EVERY = 128
"""One input in so many, chosen by its content, also meets a whole engine."""

DATABASE, LOG, CHECKPOINT = "a.edb", "edb00000001.log", "edb.chk"
COPY_FLAGS = {DATABASE: 25, LOG: 16}
"""Where a file says that it is a backup's copy."""

Tree = dict[str, bytes | None]
"""Paths with their contents; None for a folder."""


def kind_of(data: bytes) -> str:
    """The name of a file that says of itself what these bytes say."""
    if looks_like_database(data):
        return DATABASE
    return CHECKPOINT if looks_like_checkpoint(data) and not looks_like_log(data) else LOG


def meet(data: bytes) -> None:
    """All parsers; an engine too, if the content is one of those."""
    parse(data)
    if zlib.crc32(data) % EVERY == 0:
        use(data)


# -- parsers ---------------------------------------------------------------------------------------------------------


def parse(data: bytes) -> None:
    """Every parser for the kind of file that it claims to be, and `jetconform inspect`."""
    name = kind_of(data)
    files = lay({name: data})
    role = role_of(files, name).role
    report = inspect_file(files, name, role)
    assert report is None or list(report.lines())
    for parser in _PARSERS[name]:
        with suppress(JetFailure, OSError):
            parser(files, name)


def _database(files: Files, name: str) -> None:
    database = Database.open(files, name, Cache())
    try:
        with suppress(JetFailure):
            database.count_rows()
        for _ in database.rows():
            pass
    finally:
        database.close()


def _closed(files: Files, name: str) -> None:
    verify_log(files, name, closed=True)
    closed_log(files, name)


def _open(files: Files, name: str) -> None:
    verify_log(files, name, closed=False)


def _records(files: Files, name: str) -> None:
    with reading(files, name) as log:
        for segment in log.segments():
            with suppress(ValueError):
                assert segment.records is not None


def _checkpoint(files: Files, name: str) -> None:
    assert name == CHECKPOINT
    CheckpointFile(files, "").read()


_PARSERS: dict[str, tuple[Callable[[Files, str], None], ...]] = {
    DATABASE: (_database,),
    LOG: (_closed, _open, _records),
    CHECKPOINT: (_checkpoint,),
}


# -- a whole engine --------------------------------------------------------------------------------------------------


def use(data: bytes) -> None:
    """JetInit, JetAttachDatabase, JetRestoreInstance and a backup where this file has the place of an honest one."""
    name = kind_of(data)
    copy = name in COPY_FLAGS and data[COPY_FLAGS[name] : COPY_FLAGS[name] + 1] == b"\1"
    places = {DATABASE: "db/a.edb", LOG: "db/edb.log", CHECKPOINT: "db/edb.chk"}
    if copy:
        places = {DATABASE: "bk/a.edb", LOG: f"bk/{LOG}"}
    for tree in ({**world(), places[name]: data}, {**world(clean=True), places[name]: data}):
        codes = list(_calls(lay(tree)))
        assert all(isinstance(code, JetErr) for code in codes), codes
        with suppress(OSError):
            assert list(
                inspect_backup(lay({path[3:]: tree[path] for path in tree if path.startswith("bk/")}), "bk").lines()
            )


def _calls(files: Files) -> Iterator[JetErr]:
    engine = Engine(Path("/"), files=files, runtime=LoneRuntime(7))
    instance = engine.create_instance("i")[1]
    yield engine.set_system_parameter(instance, Parameter.log_file_size, 64)
    yield engine.restore_instance(instance, "bk", "rs")
    yield engine.restore_instance(instance, "bk", None)
    yield engine.init(instance)
    session = engine.begin_session(instance)[1]
    yield engine.attach_database(session, "db/a.edb")
    code, database = engine.open_database(session, "db/a.edb")
    yield code
    yield engine.insert(session, database, 60)
    yield engine.rows(session, database)[0]
    yield engine.backup_instance(instance, "bk2", 0)
    yield engine.backup_instance(instance, "bk", 1)
    yield engine.term(instance)


@cache
def world(*, clean: bool = False) -> Tree:
    """An instance with a backup set: crashed, or `clean`."""
    files = lay({"bk": None, "bk2": None, "rs": None, "db": None})
    engine = Engine(Path("/"), files=files, runtime=LoneRuntime())
    instance = engine.create_instance("i")[1]
    codes = [engine.set_system_parameter(instance, Parameter.log_file_size, 64), engine.init(instance)]
    code, session = engine.begin_session(instance)
    codes.append(code)
    code, database = engine.create_database(session, "db/a.edb")
    codes += [code, engine.insert(session, database, 150), engine.backup_instance(instance, "bk", 0)]
    codes.append(engine.insert(session, database, 10))
    if clean:
        codes.append(engine.term(instance))
    assert not any(codes), codes
    return read_all(files)


def read_all(files: Files) -> Tree:
    """Every folder and file, of these."""
    tree: Tree = {}
    pending = [""]
    while pending:
        folder = pending.pop()
        for name in files.list(folder):
            path = f"{folder}/{name}" if folder else name
            tree[path] = None
            if files.kind(path) is Kind.FOLDER:
                pending.append(path)
                continue
            file = files.open(path)
            tree[path] = files.read(file, 0, files.length(file))
            files.close(file)
    return tree


def lay(tree: Tree) -> MemoryFiles:
    """Files in memory."""
    files = MemoryFiles()
    for path, data in sorted(tree.items()):
        if data is None:
            files.make_folder(path)
            continue
        file = files.open(path, create=True)
        files.write(file, 0, data)
        files.close(file)
    return files
