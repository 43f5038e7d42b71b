"""Kill the engine's process at random, and see that nothing is lost: `python -m benchmarks.soak [--kills N] [--seed N]`.

A child writes, backs up and restores for ever, and says on a pipe what it was told; it is killed (SIGKILL) in the
middle of that. Then every row whose commit it had been told of must be there, rows only in whole transactions, and
the backup that it had been told of must restore, with every row committed before it began.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

from jetconform.engine import Engine, Row
from jetconform.model.vocabulary import BackupGrbit, JetErr, Parameter

LOG_KB = 128
WRITERS = 3
ATOMIC, INCREMENTAL = int(BackupGrbit.ATOMIC), int(BackupGrbit.INCREMENTAL)


class LostError(Exception):
    """Something that the engine had promised is not there."""


@dataclass
class Known:
    """What the child was told: rows committed, in all and when the last backup that succeeded was begun."""

    rows: int = 0
    saved: int | None = None
    kills: int = 0
    backups: int = 0
    restores: int = 0


def require(held: bool, what: str) -> None:
    if not held:
        raise LostError(what)


def create(engine: Engine, folder: str) -> int:
    """An instance with logs in a folder of its own."""
    instance = engine.create_instance(folder)[1]
    require(engine.set_paths(instance, folder) == 0, "set_paths")
    require(engine.set_system_parameter(instance, Parameter.log_file_size, LOG_KB) == 0, "log size")
    return instance


def open_rows(engine: Engine, instance: int, path: str) -> tuple[int, int]:
    """A session with the database open, made if it is not there."""
    code, session = engine.begin_session(instance)
    require(code == 0, f"JetBeginSession gives {code}")
    code = engine.attach_database(session, path)
    if code == JetErr.FileNotFound:
        code, database = engine.create_database(session, path)
    else:
        require(code >= 0, f"JetAttachDatabase gives {code!r}")
        code, database = engine.open_database(session, path)
    require(code == 0, f"the database cannot be opened: {code!r}")
    return session, database


# -- the child -------------------------------------------------------------------------------------------------------


def child(root: Path, seed: int) -> None:
    """Write, back up and restore until killed; every line on stdout is one thing that a call answered."""
    generator = random.Random(seed)
    engine = Engine(root)
    instance = create(engine, "db")
    code = engine.init(instance)
    if code != 0:
        tell(f"failed JetInit {code}")
        return
    open_rows(engine, instance, "db/a.edb")
    for number in range(WRITERS):
        threading.Thread(target=write, args=(engine, instance, seed * WRITERS + number), daemon=True).start()
    while True:
        tell("begin")
        code = engine.backup_instance(instance, "bk", generator.choice((ATOMIC, ATOMIC, ATOMIC | INCREMENTAL)))
        tell("saved" if code == 0 else f"refused {code}")
        if code == 0 and generator.random() < 0.3:
            shutil.rmtree(root / "rs", ignore_errors=True)
            (root / "rs").mkdir()
            restorer = create(engine, f"rs-logs-{generator.random()}")
            code = engine.restore_instance(restorer, "bk", "rs")
            tell("restored" if code == 0 else f"failed JetRestoreInstance {code}")
            engine.term(restorer)


def write(engine: Engine, instance: int, seed: int) -> None:
    generator = random.Random(seed)
    session = engine.begin_session(instance)[1]
    database = engine.open_database(session, "db/a.edb")[1]
    while True:
        count = generator.choice((1, 7, 50))
        code = engine.insert(session, database, count)
        if code != 0:
            tell(f"failed insert {code}")
            return
        tell(f"rows {count}")


def tell(line: str) -> None:
    """One write, so that lines of several threads do not mix and none is told in part."""
    os.write(1, f"{line}\n".encode())


# -- the parent ------------------------------------------------------------------------------------------------------


def run(root: Path, seed: int, delay: float) -> list[str]:
    """One life of the child; what it told."""
    command = [sys.executable, "-m", "benchmarks.soak", "--child", str(root), "--seed", str(seed)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[1])
    assert process.stdout is not None
    lines: list[str] = []
    timer = threading.Timer(delay, lambda: None)
    for raw in process.stdout:
        lines.append(raw.decode().rstrip("\n"))
        if not timer.ident:  # it works: from here on count down
            timer = threading.Timer(delay, os.kill, (process.pid, signal.SIGKILL))
            timer.start()
    process.wait()
    require(bool(lines), "the child died before it began")
    timer.join()
    return lines


def learn(known: Known, lines: list[str]) -> None:
    """Add up what the child was told."""
    known.kills += 1
    begun = known.rows
    for line in lines:
        word, _, rest = line.partition(" ")
        if word == "rows":
            known.rows += int(rest)
        elif word == "begin":
            begun = known.rows
        elif word == "saved":
            known.saved = begun
            known.backups += 1
        elif word == "restored":
            known.restores += 1
        require(word != "failed", f"{line}")


def check_rows(rows: tuple[Row, ...], least: int, what: str) -> None:
    """At least so many, and whole transactions in a row."""
    require(len(rows) >= least, f"{what}: {len(rows)} rows, but {least} were committed")
    require([row.key for row in rows] == list(range(len(rows))), f"{what}: keys are missing")
    for row in rows:
        last = row.key - row.position + row.of - 1
        require(last < len(rows) and rows[last].transaction == row.transaction, f"{what}: part of a transaction")


def check(root: Path, known: Known) -> None:
    """Recover, read every row, and restore the last backup with nothing else there."""
    engine = Engine(root)
    instance = create(engine, "db")
    code = engine.init(instance)
    require(code == 0, f"recovery gives {code!r}")
    handles = open_rows(engine, instance, "db/a.edb")
    code, rows = engine.rows(*handles)
    require(code == 0, f"reading gives {code!r}")
    check_rows(rows, known.rows, "after recovery")
    known.rows = len(rows)
    require(engine.term(instance) == 0, "JetTerm")
    engine.close()
    if known.saved is None:
        return
    with tempfile.TemporaryDirectory(dir=root.parent) as folder:
        elsewhere = Path(folder)
        shutil.copytree(root / "bk", elsewhere / "bk")
        (elsewhere / "rs").mkdir()
        engine = Engine(elsewhere)
        instance = create(engine, "logs")
        code = engine.restore_instance(instance, "bk", "rs")
        require(code == 0, f"a backup that succeeded does not restore: {code!r}")
        require(engine.init(instance) == 0, "JetInit after the restore")
        code, restored = engine.rows(*open_rows(engine, instance, "rs/a.edb"))
        require(code == 0, f"reading what was restored gives {code!r}")
        check_rows(restored, known.saved, "in the backup")
        require(restored == rows[: len(restored)], "restored rows differ")
        engine.close()


def soak(folder: Path, kills: int, seed: int) -> Known:
    """So many lives over the same files; LostError, with the seed, if anything is lost."""
    generator = random.Random(seed)
    root = folder / "soak"
    (root / "bk").mkdir(parents=True)
    known = Known()
    for number in range(kills):
        if known.rows > 100_000:  # start afresh, lest checking take all the time
            shutil.rmtree(root)
            (root / "bk").mkdir(parents=True)
            known.rows, known.saved = 0, None
        try:
            learn(known, run(root, generator.randrange(1 << 30), generator.uniform(0.0, 1.0) ** 2))
            check(root, known)
        except LostError as lost:
            raise LostError(f"kill {number + 1} of seed {seed}: {lost}") from None
    return known


def main() -> None:
    """Soak in a new folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dir", type=Path, default=Path("build"))
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child, options.seed)
        return
    options.dir.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=options.dir.resolve()) as folder:
        known = soak(Path(folder), options.kills, options.seed)
    print(f"killed {known.kills} times: {known.backups} backups, {known.restores} restores, nothing lost")


if __name__ == "__main__":
    main()
