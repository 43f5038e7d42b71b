"""What is found afterwards, on a healthy disk: JetInit over what is left, and every set restored where nothing else is."""

from typing import NamedTuple, cast

from ..adapter import Observer
from .disk import Disk
from .image import Image
from .play import Factory, Failed, Misbehaved, Play
from .scenario import Step
from .scenarios import (
    ATOMIC,
    ATTACH,
    BEGIN_SESSION,
    CREATE,
    DATABASE,
    FULL,
    INCREMENTAL,
    INIT,
    INSTANCE,
    OPEN,
    PATH,
    SESSION,
    backup,
    insert,
)

LATER = 1_000
"""Lives of engines that come afterwards are counted from here."""


class Found(NamedTuple):
    """What one JetInit or one restore brought back: the failing call and its code, else the rows.

    `problem`: the engine raised, or gave no code.
    """

    call: str = ""
    err: int = 0
    rows: tuple[str, ...] = ()
    problem: str = ""

    @property
    def failed(self) -> bool:
        """Whether nothing came back."""
        return bool(self.call or self.problem)

    @property
    def told(self) -> str:
        """In words."""
        if self.problem:
            return self.problem
        return f"{self.call} failed with {self.err}" if self.call else f"{len(self.rows)} rows"


class Again(NamedTuple):
    """What became of a backup after a recovery: the code with which it was refused, or the rows, and what its set gives back."""

    err: int = 0
    rows: tuple[str, ...] = ()
    restored: Found | None = None
    problem: str = ""


class Aftermath:
    """Recovers and restores on disks of its own. The same files are not looked at twice."""

    def __init__(self, factory: Factory) -> None:
        self._factory = factory
        self._known: dict[tuple[str, bytes], Found] = {}
        self._again: dict[tuple[str, bytes], Again] = {}
        self.recovered = self.restored = self.compared = self.calls = 0

    def recover(self, image: Image, path: str = PATH) -> Found:
        """JetInit in the log folder, and the rows of a database; and a commit, which must be possible again."""
        image = image.below("db") if path == PATH else image
        return self._remembered("recover " + path, image, (CREATE, INIT), path, writes=True)

    def restore(self, image: Image, folder: str) -> Found:
        """That set alone, restored to a folder where nothing is."""
        steps = (CREATE, _restore(folder, "rst"), INIT)
        return self._remembered("restore", Image({**image.below(folder).paths, "rst": None}), steps, "rst/a.edb")

    def roll_forward(self, image: Image, folder: str) -> Found:
        """That set restored to its place, where the database is lost and the logs are still there."""
        kept = {path: one for path, one in image.paths.items() if path != PATH}
        return self._remembered("roll", Image(kept), (CREATE, _restore(folder, None), INIT), PATH, folder)

    def restore_again(self, image: Image, folder: str) -> Found:
        """The restore over the original, once more."""
        return self._remembered("again", image, (CREATE, _restore(folder, None), INIT), PATH, folder)

    def backed_up_again(self, image: Image, folder: str) -> Again:
        """Recovery, a commit, and a backup into that folder: incremental if a set is there that it can add to, else full; and
        its restore."""
        key = (folder, image.key)
        found = self._again.get(key)
        if found is None:
            found = self._again[key] = self._made_again(image, folder)
        return found

    def _made_again(self, image: Image, folder: str) -> Again:
        play = Play(self._factory, Disk(image), LATER)
        atomic = ATOMIC if f"{folder}/new" in image.paths or f"{folder}/old" in image.paths else FULL
        try:
            play.play_all((CREATE, INIT, BEGIN_SESSION, ATTACH, OPEN, insert(1)))
            rows = tuple(cast(Observer, play.adapter).rows(SESSION, DATABASE)[1])
            there = not self.restore(image, folder).failed
            added = there and not play.play((backup(folder, atomic | INCREMENTAL),))
            refused = 0 if added else play.play((backup(folder, atomic),))
        except Failed:
            return Again()  # of a database that does not come back, something else is wrong
        except Misbehaved as problem:
            return Again(problem=str(problem))
        finally:
            self.calls += play.calls
        return Again(refused, rows, None if refused else self.restore(play.disk.image(), folder))

    def snapshot(self, image: Image, folder: str) -> Found:
        """Files copied under a freeze, in the place of the original."""
        moved = {"db" + path.removeprefix(folder): one for path, one in image.below(folder).paths.items()}
        return self._remembered("snapshot", Image(moved), (CREATE, INIT), PATH)

    def _remembered(
        self, what: str, image: Image, steps: tuple[Step, ...], path: str, folder: str = "", *, writes: bool = False
    ) -> Found:
        key = (f"{what} {folder}", image.key)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._looked(image, steps, path, writes=writes)
            self.recovered += what.startswith(("recover", "snapshot"))
            self.restored += not what.startswith(("recover", "snapshot"))
            self.compared += len(found.rows)
        return found

    def _looked(self, image: Image, steps: tuple[Step, ...], path: str, *, writes: bool) -> Found:
        play = Play(self._factory, Disk(image), LATER)
        attach = Step("JetAttachDatabase", {"session": SESSION, "path": path})
        database = Step("JetOpenDatabase", {"session": SESSION, "database": DATABASE, "path": path})
        try:
            play.play_all((*steps, BEGIN_SESSION, attach, database))
            err, rows = cast(Observer, play.adapter).rows(SESSION, DATABASE)
            if err < 0:
                return Found("reading the rows", err)
            if writes:
                play.play_all((insert(1),))
        except Failed as failed:
            return Found(play.returned[-1].call, failed.err)
        except Misbehaved as problem:
            return Found(problem=str(problem))
        finally:
            self.calls += play.calls
        return Found(rows=tuple(rows))


def _restore(folder: str, destination: str | None) -> Step:
    return Step("JetRestoreInstance", {"instance": INSTANCE, "path": folder, "destination": destination})
