"""Speed and memory of the reference engine: `python -m benchmarks.engine [--size MB] [--dir FOLDER] [NAME...]`.

Everything is measured in one run on one machine, next to what it is compared with, several rounds in turn, and shown
as medians and ratios: absolute figures say little. Nothing is asserted.
"""

import argparse
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from jetconform.engine import Engine, Files
from jetconform.engine.files import OpenFile

from .opened import MEGABYTE, Open, done, fill, memory, start, timed
from .restore import measure_restore
from .tables import show

ROUNDS = 5
COMMITS = 2000


class CountingFiles(Files):
    """Counts the syncs of the log."""

    syncs = 0

    def sync(self, file: OpenFile) -> None:
        self.syncs += file.path.endswith(("edb.log", "edbtmp.log"))
        super().sync(file)


def sync_tree(folder: Path) -> None:
    for path in (*folder.iterdir(), folder):
        descriptor = os.open(path, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)


def emptied(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    os.sync()
    return folder


# -- backup ----------------------------------------------------------------------------------------------------------


def measure_backup(root: Path, megabytes: int) -> None:
    """Backup with page verification next to `cp`, with and without a writer, and next to SQLite's backup API."""
    fill(root, megabytes)
    sqlite_path = fill_sqlite(root, megabytes)
    opened = start(root, sync=True)
    seconds: dict[str, list[float]] = {}
    commits, stall = 0, 0.0
    for _ in range(ROUNDS):
        for name, call in (
            ("cp", lambda: copy_files(root)),
            ("backup", lambda: save(opened)),
            ("sqlite", lambda: save_sqlite(sqlite_path, root / "bk-sqlite")),
        ):
            emptied(root / f"bk-{name}")
            seconds.setdefault(name, []).append(timed(call))
        emptied(root / "bk-backup")
        writer = Writer(opened)
        seconds.setdefault("backup, writer", []).append(timed(lambda: save(opened)))
        writer.stop()
        commits, stall = commits + writer.commits, max(stall, writer.longest)
    size = (root / "db" / "a.edb").stat().st_size
    cp = statistics.median(seconds["cp"]) / size
    table = [("what", "seconds", "MB/s", "of cp")]
    for name, measured in seconds.items():
        each, length = statistics.median(measured), sqlite_path.stat().st_size if name == "sqlite" else size
        table.append((name, f"{each:.3f}", f"{length / each / 1e6:.0f}", f"{cp / (each / length):.2f}"))
    show(f"Backup of {size / MEGABYTE:.0f} MB, all synced (medians of {ROUNDS})", table)
    busy = sum(seconds["backup, writer"])
    print(f"  the writer committed {commits / busy:.0f} times a second, and waited {stall * 1e3:.0f} ms at most")
    done(opened.engine.term(opened.instance))


def copy_files(root: Path) -> None:
    target = root / "bk-cp"
    sources = [str(root / "db" / "a.edb"), *map(str, (root / "db").glob("edb0*.log"))]
    subprocess.run(["cp", "--reflink=never", *sources, str(target)], check=True)
    sync_tree(target)


def save(opened: Open) -> None:
    done(opened.engine.backup_instance(opened.instance, "bk-backup", 0))


def fill_sqlite(root: Path, megabytes: int) -> Path:
    path = root / "sqlite.db"
    connection = sqlite3.connect(path)
    connection.execute("create table rows (key integer primary key, value blob)")
    key = 0
    while path.stat().st_size < megabytes * MEGABYTE:
        with connection:
            connection.executemany("insert into rows values (?, ?)", ((key + at, bytes(32)) for at in range(100_000)))
        key += 100_000
    connection.close()
    return path


def save_sqlite(path: Path, folder: Path) -> None:
    source, target = sqlite3.connect(path), sqlite3.connect(folder / "copy.db")
    source.backup(target, pages=256)
    target.close()
    source.close()
    sync_tree(folder)


class Writer:
    """Commits single rows until it made so many commits, or is stopped."""

    def __init__(self, opened: Open, most: int = sys.maxsize) -> None:
        self.commits = 0
        self.longest = 0.0
        self._opened = opened
        self._most = most
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while self.commits < self._most and not self._stopped.is_set():
            self.longest = max(self.longest, timed(lambda: self._opened.insert(1)))
            self.commits += 1

    def stop(self) -> None:
        self._stopped.set()
        self.join()

    def join(self) -> None:
        """Wait for the last of its commits."""
        self._thread.join()


# -- commits and recovery --------------------------------------------------------------------------------------------


def measure_commits(root: Path, _megabytes: int) -> None:
    """Commits a second with one and with eight writers; syncs a commit show the group commit."""
    table = [("writers", "commits/s", "syncs/commit")]
    for writers in (1, 8):
        files = CountingFiles(root)
        opened = start(root, sync=True, files=files)
        before = files.syncs
        begun = time.perf_counter()
        crew = [Writer(opened, COMMITS // writers) for _ in range(writers)]
        for writer in crew:
            writer.join()
        seconds, commits = time.perf_counter() - begun, sum(writer.commits for writer in crew)
        table.append((str(writers), f"{commits / seconds:.0f}", f"{(files.syncs - before) / commits:.2f}"))
        done(opened.engine.term(opened.instance))
        opened.engine.close()
    show("Commits of one row, synced", table)


def measure_recovery(root: Path, megabytes: int) -> None:
    """Redo of many generations, on a database as it was before the first of them."""
    opened = start(root, sync=False)
    opened.insert(1000)
    done(opened.engine.backup_instance(opened.instance, None, 0))
    shutil.copytree(root / "db", root / "before")
    while sum(path.stat().st_size for path in (root / "db").glob("edb*.log")) < megabytes * MEGABYTE / 2:
        opened.insert(20_000)
    opened.engine.close()
    for name in ("a.edb", "edb.chk"):
        shutil.copy(root / "before" / name, root / "db" / name)
    logs = sum(path.stat().st_size for path in (root / "db").glob("edb*.log"))
    begun = time.perf_counter()
    opened = start(root, sync=True)
    seconds = time.perf_counter() - begun
    rows = opened.engine.count_rows(opened.session, opened.database)[1]
    show("Crash recovery", [("log MB", "seconds", "log MB/s", "rows/s"), (f"{logs / MEGABYTE:.0f}", f"{seconds:.2f}",
         f"{logs / seconds / 1e6:.0f}", f"{rows / seconds:.0f}")])  # fmt: skip
    done(opened.engine.term(opened.instance))


# -- memory ----------------------------------------------------------------------------------------------------------


def measure_memory(root: Path, megabytes: int) -> None:
    """Peak memory of a process of its own over what it had when the engine was loaded."""
    fill(root, megabytes)
    table = [("what", "MB over idle")]
    for what in ("insert", "count", "backup", "recover", "restore"):
        command = [sys.executable, "-m", "benchmarks.engine", "--child", what, "--dir", str(root)]
        table.append((what, subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()))
    show(f"Peak memory with a database of {megabytes} MB", table)


def child(root: Path, what: str) -> None:
    """One kind of work in this process; prints the peak."""
    idle = memory("VmHWM")
    if what == "restore":
        engine = Engine(root)
        instance = engine.create_instance("restorer")[1]
        (root / "restored").mkdir()
        done(engine.set_paths(instance, "restored-logs"))
        done(engine.restore_instance(instance, "bk", "restored"))
    else:
        opened = start(root, sync=what == "backup", log_kb=32768)
        if what == "insert":
            opened.insert(1_000_000)
        if what == "count":
            done(opened.engine.count_rows(opened.session, opened.database)[0])
        if what == "backup":
            (root / "bk").mkdir()
            done(opened.engine.backup_instance(opened.instance, "bk", 0))
            opened.insert(700_000)  # and dies: the next has something to recover
            print(f"{(memory('VmHWM') - idle) / 1024:.0f}", flush=True)
            os._exit(0)
    print(f"{(memory('VmHWM') - idle) / 1024:.0f}")


MEASURES = {
    "backup": measure_backup,
    "commits": measure_commits,
    "recovery": measure_recovery,
    "memory": measure_memory,
    "restore": measure_restore,
}


def main() -> None:
    """Measure what is asked for, or everything, in a new folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(MEASURES)}; all by default")
    parser.add_argument("--size", type=int, default=256, help="size of the database in MB (default: 256)")
    parser.add_argument("--dir", type=Path, default=Path("build"), help="where to work (default: build)")
    parser.add_argument("--child", choices=["insert", "count", "backup", "recover", "restore"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.dir, options.child)
        return
    options.dir.mkdir(exist_ok=True)
    for name in options.names or MEASURES:
        with tempfile.TemporaryDirectory(dir=options.dir.resolve()) as folder:
            MEASURES[name](Path(folder), options.size)


if __name__ == "__main__":
    main()
