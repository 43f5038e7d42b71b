"""A client that calls anything at any time: every answer is a code, and a backup that ends with success restores."""

import random
from collections import Counter
from pathlib import Path

import pytest
from engine_world import Running, World
from jetconform.engine import Row
from jetconform.model.vocabulary import JetErr
from streaming_world import ABORT, FULL, INCREMENTAL, NORMAL, PAGE, TRUNCATE_DONE

DATABASES = ("db/a.edb", "db/b.edb")
ANSWERS = {0, -505, -510, -520, -521, -560, -569, -800, -801, -900, -1003, -1011, -1023, -1203}
"""What these calls may return here; none of them ends the instance."""


class Client:
    """One client, which remembers what it read since the last Begin."""

    def __init__(self, root: Path, seed: int) -> None:
        self.world = World(root)
        self.generator = random.Random(seed)
        first = self.world.start(path=DATABASES[0])
        code, second = self.world.engine.create_database(first.session, DATABASES[1])
        assert code == 0
        self.handles = {DATABASES[0]: first, DATABASES[1]: Running(first.instance, first.session, second)}
        self.instance = first.instance
        self.file = 0
        self.path = ""
        self.piece = b""
        self.read: dict[str, bytes] = {}
        self.base: dict[str, bytes] = {}
        self.frozen: dict[str, tuple[Row, ...]] | None = None
        self.full = True
        self.seen: Counter[int] = Counter()
        self.restored = 0

    def rows(self) -> dict[str, tuple[Row, ...]]:
        return {path: self.world.rows(running) for path, running in self.handles.items()}

    def note(self, code: int) -> int:
        assert code in ANSWERS, JetErr(code)
        self.seen[code] += 1
        return code

    # -- steps --------------------------------------------------------------------------------------

    def begin(self) -> None:
        grbit = self.generator.choice((FULL, FULL, INCREMENTAL, 0x4))
        if self.note(self.world.engine.begin_external_backup_instance(self.instance, grbit)) == 0:
            self.read, self.frozen, self.full = {}, None, grbit == FULL

    def open(self, path: str | None = None) -> None:
        logs = [name for name in self.world.files("db") if name.endswith(".log")]
        path = path or self.generator.choice((*DATABASES, *(f"db/{name}" for name in logs), "db/none.edb", "", "x/y"))
        code, file, _ = self.world.engine.open_file_instance(self.instance, path)
        if self.note(code) == 0:
            self.file, self.path, self.piece = file, path, b""

    def read_some(self) -> int:
        size = self.generator.choice((3, 5, 64)) * PAGE
        code, data = self.world.engine.read_file_instance(self.instance, self.file, size)
        self.note(code)
        self.piece += data
        return len(data)

    def close(self) -> None:
        code = self.world.engine.close_file_instance(self.instance, self.file)
        if self.note(code) == 0:
            self.read[self.path] = self.piece

    def whole(self, path: str | None = None) -> None:
        self.open(path)
        while self.read_some():
            pass
        self.close()

    def everything(self) -> None:
        """What a good client does, from wherever the backup is now."""
        code, paths = self.world.engine.get_attach_info_instance(self.instance)
        if self.note(code) == 0:
            for path in paths:
                self.whole(path)
        for path in self.logs():
            self.whole(path)

    def logs(self) -> list[str]:
        code, paths = self.world.engine.get_log_info_instance(self.instance)
        if self.note(code) == 0 and self.frozen is None:
            self.frozen = self.rows()
        return paths

    def truncate_info(self) -> None:
        code, _ = self.world.engine.get_truncate_log_info_instance(self.instance)
        if self.note(code) == 0 and self.frozen is None:
            self.frozen = self.rows()

    def truncate(self) -> None:
        self.note(self.world.engine.truncate_log_instance(self.instance))

    def end(self) -> None:
        grbit = self.generator.choice((NORMAL, NORMAL, NORMAL | TRUNCATE_DONE, ABORT, 0x3))
        code = self.note(self.world.engine.end_external_backup_instance2(self.instance, grbit))
        if code == 0 and not grbit & ABORT:
            self.check()

    def check(self) -> None:
        """The files read make a set that holds what was there when the logs were listed."""
        assert self.frozen is not None
        if self.full:
            self.base = dict(self.read)
        elif not self.base:
            return
        else:
            self.base.update(self.read)
        self.restored += 1
        folder = f"set{self.restored}"
        for path, data in self.base.items():
            (self.world.folder(folder) / path.rpartition("/")[2]).write_bytes(data)
        for path in DATABASES:
            name = path.rpartition("/")[2]
            assert self.world.restored_rows(folder, f"{folder}-{name}", name) == self.frozen[path]

    def good_client(self) -> None:
        """A whole backup, if none is under way."""
        self.begin()
        self.everything()
        self.insert()
        self.truncate()
        self.end()

    def insert(self) -> None:
        path = self.generator.choice(DATABASES)
        self.world.insert(self.handles[path], self.generator.choice((1, 60, 700)))

    def stop(self) -> None:
        self.note(self.world.engine.stop_backup_instance(self.instance))

    def attach(self) -> None:
        code = self.world.engine.detach_database(self.handles[DATABASES[0]].session, "db/none.edb")
        self.note(code)


STEPS = (
    *("begin", "begin", "open", "read_some", "close", "logs", "truncate", "truncate", "end", "end", "insert", "insert"),
    *("whole", "everything", "good_client", "good_client", "good_client", "truncate_info", "attach"),
)


@pytest.mark.parametrize("seed", range(6))
def test_random_clients(tmp_path: Path, seed: int) -> None:
    """[BE to E2] Any order; E2: success means that the files can be restored."""
    client = Client(tmp_path, seed)
    for _ in range(150):
        step = client.generator.choice(STEPS)
        getattr(client, "stop" if client.generator.random() < 0.02 else step)()
    assert client.restored
    assert {0, -520, -521} <= set(client.seen)
    assert client.world.engine.term2(client.instance, 4) == 0
    client.world.engine.close()
