"""Random histories: whatever happens in between, rows are what was committed and sets restore what they saved."""

import random
import shutil
from pathlib import Path

import pytest
from engine_world import Running, World
from jetconform.engine import Row

PATHS = ("db/a.edb", "other/a.edb")
FULL, INCREMENTAL, ATOMIC = 0, 1, 4
EXPECTED = {
    FULL: {0},
    ATOMIC: {0},
    INCREMENTAL: {0, -504, -560},
    INCREMENTAL | ATOMIC: {0, -504, -560},
}


class History:
    """An instance with two databases through backups, crashes, shutdowns and damage."""

    def __init__(self, root: Path, seed: int) -> None:
        self.world = World(root)
        self.generator = random.Random(seed)
        for name in ("other", "bk0", "bk1", "to"):
            self.world.folder(name)
        self.rows: dict[str, tuple[Row, ...]] = dict.fromkeys(PATHS, ())
        self.saved: dict[str, dict[str, tuple[Row, ...]]] = {}
        self.restores = 0
        self.codes: set[int] = set()
        self.begin(first=True)

    def begin(self, *, first: bool = False) -> None:
        engine = self.world.engine
        self.instance = self.world.create()
        assert engine.init(self.instance) == 0
        self.session = engine.begin_session(self.instance)[1]
        self.handles = {}
        for path in PATHS:
            if first:
                code, self.handles[path] = engine.create_database(self.session, path)
                assert code == 0
            else:
                self.attach(path)
                assert self.read(path) == self.rows[path]

    def attach(self, path: str) -> None:
        assert self.world.engine.attach_database(self.session, path) == 0
        code, self.handles[path] = self.world.engine.open_database(self.session, path)
        assert code == 0

    def read(self, path: str) -> tuple[Row, ...]:
        return self.world.rows(Running(self.instance, self.session, self.handles[path]))

    def insert(self) -> None:
        path = self.generator.choice(PATHS)
        count = self.generator.choice((1, 10, 130, 700))
        assert self.world.engine.insert(self.session, self.handles[path], count) == 0
        rows = self.read(path)
        assert rows[: len(self.rows[path])] == self.rows[path]
        assert len(rows) == len(self.rows[path]) + count
        self.rows[path] = rows

    def backup(self) -> None:
        name = self.generator.choice(("bk0", "bk1"))
        grbit = self.generator.choice((FULL, ATOMIC, INCREMENTAL, INCREMENTAL, INCREMENTAL | ATOMIC))
        code = self.world.engine.backup_instance(self.instance, name, grbit)
        assert code in EXPECTED[grbit]
        self.codes.add(code)
        if code == 0 and (not grbit & INCREMENTAL or name in self.saved):
            self.saved[name] = dict(self.rows)
        elif code == 0:  # logs of their own, without a full backup beside them
            shutil.rmtree(self.world.root / name)
            self.world.folder(name)

    def failed_backup(self) -> None:
        name = self.generator.choice(("bk0", "bk1"))
        grbit = self.generator.choice((FULL, ATOMIC, INCREMENTAL))
        calls = self.generator.randrange(4)
        answers = iter([0] * calls + [-1011] * 99)
        code = self.world.engine.backup_instance(self.instance, name, grbit, lambda *_: next(answers))
        assert code in EXPECTED[grbit] - {0} | {-1011, 0}
        if code == 0 and (not grbit & INCREMENTAL or name in self.saved):
            self.saved[name] = dict(self.rows)
        elif code == 0:
            shutil.rmtree(self.world.root / name)
            self.world.folder(name)

    def truncate(self) -> None:
        assert self.world.engine.backup_instance(self.instance, None, self.generator.choice((0, 1, 4, 5))) == 0

    def crash(self) -> None:
        self.world.crash()
        self.begin()

    def term(self) -> None:
        assert self.world.engine.term2(self.instance, self.generator.choice((0, 1, 2, 4, 8))) == 0
        self.begin()

    def detach(self) -> None:
        path = self.generator.choice(PATHS)
        assert self.world.engine.close_database(self.session, self.handles[path]) == 0
        assert self.world.engine.detach_database(self.session, path) == 0
        if self.generator.random() < 0.5:
            self.truncate()
        self.attach(path)
        assert self.read(path) == self.rows[path]

    def restore(self) -> None:
        """Every set restores elsewhere, to exactly what it saved."""
        for name, rows in self.saved.items():
            assert set(self.restored(name)) == set(rows.values())

    def restored(self, name: str) -> list[tuple[Row, ...]]:
        self.restores += 1
        target = f"to/{self.restores}"
        self.world.folder(target)
        instance = self.world.create("restorer")
        engine = self.world.engine
        assert engine.set_paths(instance, f"{target}/logs") == 0
        assert engine.restore_instance(instance, name, target) == 0
        assert engine.init(instance) == 0
        session = engine.begin_session(instance)[1]
        result = []
        for file in self.world.files(target):
            if file.endswith(".edb"):
                assert engine.attach_database(session, f"{target}/{file}") == 0
                code, database = engine.open_database(session, f"{target}/{file}")
                assert code == 0
                result.append(self.world.rows(Running(instance, session, database)))
        assert engine.term(instance) == 0
        return result

    def restore_in_place(self) -> None:
        """The newest set, rolled forward through the logs, gives the present again; another one does not fit."""
        if self.generator.random() < 0.5:
            self.world.crash()
        else:
            assert self.world.engine.term(self.instance) == 0
        for name in self.saved:
            instance = self.world.create("restorer")
            code = self.world.engine.restore_instance(instance, name, None)
            assert code in (0, -515)
            self.codes.add(code)
            assert self.world.engine.term(instance) == 0
        self.begin()


STEPS = ("insert",) * 6 + ("backup",) * 4 + ("failed_backup", "truncate", "crash", "term", "detach", "restore_in_place")


@pytest.mark.parametrize("seed", range(12))
def test_random_histories(tmp_path: Path, seed: int) -> None:
    """[BI, RI, TM] Backups, crashes and shutdowns in any order."""
    history = History(tmp_path, seed)
    for _ in range(40):
        getattr(history, history.generator.choice(STEPS))()
        if history.generator.random() < 0.1:
            history.restore()
    history.restore()
    history.world.engine.close()
