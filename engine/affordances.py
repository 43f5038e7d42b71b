"""What a test harness needs of an engine and the API does not offer: looking inside, real damage, real failures."""

from typing import cast

from ..model.vocabulary import JetErr
from .database import CATALOG_PAGE, FIRST_LEAF
from .events import Event
from .failure import JetFailure, answers_with
from .files import Files, Kind, WriteFault, join
from .header import HEADER_PAGES, DatabaseHeader, decode_header, looks_like_database, peek_header
from .instance import Instance
from .lifecycle import LOG_SUFFIX
from .log import LogHealth
from .logfile import CURRENT, HEADER_SIZE
from .pages import PAGE_SIZE
from .records import Note
from .registry import PointHook, Registry
from .roles import role_of
from .rows import Row
from .storage import log_end, make_durable


class Affordances:
    """The part of `Engine` that is not the JET API."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._history: dict[int, Instance] = {}

    @property
    def on_point(self) -> PointHook | None:
        """Called at hold points with the call's name, the point and its detail, on the thread of the call."""
        return self._registry.on_point

    @on_point.setter
    def on_point(self, hook: PointHook | None) -> None:
        self._registry.on_point = hook

    def close(self) -> None:
        """Drop everything as a dying process would: nothing is shut down, all claims end, all handles are dead."""
        with self._registry.monitor:
            self._registry.dropped = True
            self._registry.instances.clear()
            self._registry.sessions.clear()
            self._registry.freezer.end()
            self._registry.monitor.notify_all()
        self._registry.files.die()

    # -- looking ----------------------------------------------------------------------------------------------------

    def classify(self, path: str) -> tuple[str, int | None]:
        """The role of a file (`database`, `log`, `checkpoint`, `reserve`, `backup-database`, `backup-log`, `other`) and
        the generation of a log, by what the file says of itself."""
        files = self._registry.files
        try:
            found = role_of(files, files.resolve(path))
        except (JetFailure, OSError):
            return "other", None
        return found.role.value, found.generation

    def events(self, instance: int) -> list[Event]:
        """The event log of an instance, also of one that was terminated."""
        found = self._history.get(instance) if isinstance(instance, int) else None
        return list(found.events) if found else []

    @answers_with(cast("DatabaseHeader | None", None))
    def header(self, path: str) -> tuple[JetErr, DatabaseHeader | None]:
        """The header of a database file, attached or not."""
        files = self._registry.files
        return JetErr.Success, peek_header(files, files.resolve(path))

    @answers_with(cast("tuple[Row, ...]", ()))
    def rows(self, session: int, database: int) -> tuple[JetErr, tuple[Row, ...]]:
        """All committed rows of a database, with their contents."""
        with self._registry.using(session) as found:
            opened = self._registry.opened(found, database)
            with found.instance.data:
                rows, lsn = tuple(opened.rows()), log_end(found.instance)
            make_durable(found.instance, lsn)
        return JetErr.Success, rows

    # -- damage -----------------------------------------------------------------------------------------------------

    def damage_page(self, path: str) -> bool:
        """Flip bytes of a used page of a database on disk; whether there was one.

        The page is one that no later insert writes again, which would heal it.
        """
        files = self._registry.files
        try:
            name = files.resolve(path)
            for instance in list(self._registry.instances.values()):
                with instance.data:
                    database = instance.attached.get(name)
                    if database is not None:
                        database.flush()
                        return _damage_page(files, name)
            return _damage_page(files, name)
        except (JetFailure, OSError):
            return False

    def damage_log(self, instance: int) -> int | None:
        """Damage a written segment of the current generation, which the next backup closes and must copy.

        A whole segment follows the damaged one, so that no one can take it for a torn end; the generation, or None.
        """
        try:
            found = self._registry.instance(instance)
        except JetFailure:
            return None
        with found.data:
            if found.log is None or found.log.health is not LogHealth.GOOD:
                return None
            if self._registry.files.refuses(join(found.folder, CURRENT)):
                return None  # the notes below would be the write that fails
            try:
                found.log.append(Note())
                found.log.append(Note())
                _flip(self._registry.files, join(found.folder, CURRENT), HEADER_SIZE + 40)
            except (JetFailure, OSError):
                return None
            return found.log.generation

    def fail_log_writes(self, instance: int, mode: str) -> None:
        """Until the instance ends its log writes fail: `no-space` before anything is written, `torn` after half."""
        found = self._registry.instance(instance)
        self._registry.files.refuse_writes(found.folder, LOG_SUFFIX, WriteFault(mode))

    # -- time -------------------------------------------------------------------------------------------------------

    def pass_time(self, seconds: float) -> None:
        """Let time-outs see so much more time: a freeze that it ends lets go at once those that wait for it."""
        with self._registry.monitor:
            self._registry.freezer.pass_time(seconds)


def _damage_page(files: Files, path: str) -> bool:
    if files.kind(path) is not Kind.FILE:
        return False
    file = files.open(path)
    try:
        data = files.read(file, 0, HEADER_PAGES * PAGE_SIZE)
        leaf = files.read(file, _place(FIRST_LEAF), PAGE_SIZE)
        catalog = files.read(file, _place(CATALOG_PAGE), PAGE_SIZE)
    finally:
        files.close(file)
    if not any(catalog) or not (decode_header(data) or looks_like_database(data)):
        return False
    page = FIRST_LEAF if any(leaf) else CATALOG_PAGE
    _flip(files, path, _place(page) + 100)
    return True


def _place(page: int) -> int:
    return (page - 1 + HEADER_PAGES) * PAGE_SIZE


def _flip(files: Files, path: str, offset: int) -> None:
    file = files.open(path, write=True)
    try:
        data = files.read(file, offset, 8)
        files.write(file, offset, bytes((byte + 0xA5) & 0xFF for byte in data))  # twice is no repair, as with a mask
        files.sync(file)
    finally:
        files.close(file)
