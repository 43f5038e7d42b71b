"""An engine with a running instance and an open database, of any size: what the benchmarks of the engine begin with."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from jetconform.engine import Engine, Files
from jetconform.model.vocabulary import JetErr, Parameter

MEGABYTE = 1 << 20


@dataclass
class Open:
    """An engine with a running instance, a session and a database."""

    engine: Engine
    instance: int
    session: int
    database: int

    def insert(self, rows: int) -> None:
        done(self.engine.insert(self.session, self.database, rows))


def done(code: JetErr) -> None:
    """No figure comes from a call that failed."""
    if code < 0:
        raise SystemExit(f"a call failed with {int(code)} {code.name}")


def start(root: Path, *, sync: bool, files: Files | None = None, log_kb: int = 5120) -> Open:
    """Run an instance on the database of a root, made if it is not there."""
    engine = Engine(root, sync=sync, files=files)
    code, instance = engine.create_instance("benchmark")
    done(code)
    done(engine.set_system_parameter(instance, Parameter.log_file_size, log_kb))
    done(engine.init(instance))
    session = engine.begin_session(instance)[1]
    code, database = engine.create_database(session, "db/a.edb")
    if code == JetErr.DatabaseDuplicate:
        done(engine.attach_database(session, "db/a.edb"))
        code, database = engine.open_database(session, "db/a.edb")
    done(code)
    return Open(engine, instance, session, database)


def fill(root: Path, megabytes: int) -> tuple[int, int]:
    """Make a database of that size, on disk, shut down cleanly, its logs truncated; its rows, and who inserted them."""
    (root / "none").mkdir(parents=True, exist_ok=True)
    opened = start(root, sync=False)
    path, rows = root / "db" / "a.edb", 0
    while path.stat().st_size < megabytes * MEGABYTE:
        opened.insert(100_000)
        rows += 100_000
        done(opened.engine.backup_instance(opened.instance, None, 0))
    done(opened.engine.term(opened.instance))
    opened.engine.close()
    os.sync()
    return rows, opened.session


def timed(call: Callable[[], object]) -> float:
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def memory(name: str) -> int:
    """Memory of this process in KB, as the kernel calls it: VmHWM is its peak."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))
