"""A toy engine to begin with, in plain Python, that speaks the process protocol (docs/protocol.md):

    jetconform check --engine "process:python3 examples/skeleton_engine.py"

Rows are lines of a file, a backup copies files. What it does not have it says at once, in `not_implemented`; the verdict
lists that as not exercised. It declares no status callback, so no two calls ever overlap, and one thread is enough. An
engine that calls back runs each client on a thread of its own: see examples/cpp/jetconform_server.hpp.
"""

import json
import shutil
import sys
from pathlib import Path

SUCCESS, NOT_EMPTY, MISSING_FULL, INVALID_PARAMETER = 0, -504, -560, -1003
INVALID_DATABASE, INVALID_PATH, NOT_INITIALIZED, ALREADY_INITIALIZED = -1010, -1023, -1029, -1030
NAME_IN_USE, INVALID_SESSION, DUPLICATE, INVALID_GRBIT = -1086, -1104, -1201, -900
INCREMENTAL, ATOMIC = 1, 4


class Engine:
    """Instances, sessions and databases below one folder. A call answers with a JET_ERR, or with it and a result."""

    def __init__(self, root):
        self.root = Path(root)
        self.running = {}  # instance -> whether it is initialised
        self.sessions = {}  # session -> a handle that no other session ever had
        self.opened = {}  # (handle of the session, database) -> the file
        self.attached = {}  # file -> how many bytes of it the last backup has; None: it was never fully backed up
        self.backups = 0

    def JetCreateInstance(self, instance):
        if instance in self.running:
            return NAME_IN_USE
        (self.root / "db").mkdir(exist_ok=True)  # part of this call, as of every recorded trace
        self.running[instance] = False
        return SUCCESS

    def JetInit(self, instance):
        if self.running.get(instance, True):
            return ALREADY_INITIALIZED if instance in self.running else INVALID_PARAMETER
        self.running[instance] = True
        return SUCCESS

    def JetTerm(self, instance):
        if instance not in self.running:
            return INVALID_PARAMETER
        if self.running.pop(instance):
            self.sessions, self.opened, self.attached = {}, {}, {}
        return SUCCESS

    def unusable(self, instance):
        return NOT_INITIALIZED if instance in self.running else INVALID_PARAMETER

    def JetBeginSession(self, instance, session):
        if not self.running.get(instance):
            return self.unusable(instance)
        self.sessions[session] = object()
        return SUCCESS

    def JetCreateDatabase(self, session, database, path):
        if session not in self.sessions:
            return INVALID_SESSION
        file = self.root / path
        if file.exists():
            return DUPLICATE
        file.touch()
        self.opened[self.sessions[session], database] = file
        self.attached[file] = None
        return SUCCESS

    def Insert(self, session, database, rows):
        err, file = self.file_of(session, database)
        if file is not None:
            file.write_bytes(file.read_bytes() + b"row\n" * rows)
        return err

    def CountRows(self, session, database):
        err, file = self.file_of(session, database)
        return err, {"rows": file.read_bytes().count(b"\n") if file is not None else 0}

    def file_of(self, session, database):
        if session not in self.sessions:
            return INVALID_SESSION, None
        file = self.opened.get((self.sessions[session], database))
        return (INVALID_DATABASE, None) if file is None else (SUCCESS, file)

    def JetBackupInstance(self, instance, path, grbit):
        if not self.running.get(instance):
            return self.unusable(instance)
        if grbit not in (0, INCREMENTAL, ATOMIC):
            return INVALID_GRBIT
        if grbit == INCREMENTAL and None in self.attached.values():
            return MISSING_FULL
        if path is None:  # truncates the logs, of which there are none
            return SUCCESS
        if path == "" or not (self.root / path).is_dir():
            return INVALID_PATH
        folder = self.root / path
        there = {one.name for one in folder.iterdir()}
        if grbit == INCREMENTAL and "new" not in there:
            return self.add_rows(folder)
        if there - ({"new"} if grbit == ATOMIC else set()):
            return NOT_EMPTY
        copies = folder / "new" if grbit == ATOMIC else folder
        copies.mkdir(exist_ok=True)
        for file in self.attached:
            shutil.copy(file, copies)
            self.attached[file] = file.stat().st_size
        return SUCCESS

    def add_rows(self, folder):
        self.backups += 1
        for file, size in self.attached.items():
            rows = file.read_bytes()[size:]
            (folder / f"{file.name}.{self.backups}.rows").write_bytes(rows)
            self.attached[file] = size + len(rows)
        return SUCCESS


NOT_IMPLEMENTED = ["JetRestoreInstance", "JetSetSystemParameter"]  # of any other it says so when it is called


def answer(engine, message):
    """The answer to one call."""
    call = getattr(engine, message["call"], None)
    if call is None:
        return {"event": "not-implemented", "id": message["id"]}
    done = call(**message["args"])
    err, result = done if isinstance(done, tuple) else (done, None)
    return {"event": "return", "id": message["id"], "err": err, "result": result}


def main():
    """Answer each line with one, until `bye` or the end."""
    engine = None
    hello = {"event": "hello", "protocol": 1, "engine": "skeleton"}
    hello |= {"capabilities": [], "not_implemented": NOT_IMPLEMENTED}
    for line in sys.stdin:
        message = json.loads(line)
        if message["op"] == "bye":
            break
        if message["op"] == "reset":
            engine = Engine(message["root"])
        said = {"hello": hello, "reset": {"event": "ready"}}.get(message["op"]) or answer(engine, message)
        print(json.dumps(said), flush=True)


main()
