"""A client of streaming backups: reads every file as the pages say, and writes a set."""

from engine_world import Running, World

PAGE = 4096
CHUNK = 16 * PAGE
FULL, INCREMENTAL = 0, 1
NORMAL, ABORT, TRUNCATE_DONE = 0x1, 0x2, 0x100


def begun(world: World, running: Running, grbit: int = FULL) -> Running:
    """A backup in progress."""
    assert world.engine.begin_external_backup_instance(running.instance, grbit) == 0
    return running


def opened(world: World, running: Running, path: str = "db/a.edb") -> int:
    """The handle of a file just opened."""
    code, file, _ = world.engine.open_file_instance(running.instance, path)
    assert code == 0
    return file


def read_all(world: World, running: Running, path: str, chunk: int = CHUNK) -> bytes:
    """Open, Read until nothing comes, Close."""
    engine = world.engine
    code, file, size = engine.open_file_instance(running.instance, path)
    assert code == 0
    data = b""
    while True:
        code, piece = engine.read_file_instance(running.instance, file, chunk)
        assert code == 0
        if not piece:
            break
        assert len(piece) <= chunk
        data += piece
    assert len(data) == size
    assert engine.close_file_instance(running.instance, file) == 0
    return data


def save(world: World, running: Running, paths: list[str], folder: str) -> None:
    """Read files and write them to a folder, each under its own name."""
    for path in paths:
        (world.folder(folder) / path.rpartition("/")[2]).write_bytes(read_all(world, running, path))


def databases_read(world: World, running: Running, folder: str = "bk") -> Running:
    """A full backup of which all databases were read."""
    begun(world, running)
    code, paths = world.engine.get_attach_info_instance(running.instance)
    assert code == 0
    save(world, running, paths, folder)
    return running


def logs_read(world: World, running: Running, folder: str = "bk") -> None:
    """The log part of a backup that has begun."""
    code, paths = world.engine.get_log_info_instance(running.instance)
    assert code == 0
    save(world, running, paths, folder)


def stream(world: World, running: Running, folder: str = "bk", *, grbit: int = FULL, truncate: bool = True) -> None:
    """A whole backup in the order of the page [BE, Remarks]."""
    if grbit == FULL:
        databases_read(world, running, folder)
    else:
        begun(world, running, grbit)
    logs_read(world, running, folder)
    if truncate:
        assert world.engine.truncate_log_instance(running.instance) == 0
    assert world.engine.end_external_backup_instance(running.instance) == 0
