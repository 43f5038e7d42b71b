"""A test program of an engine's author, in plain Python: it drives an engine by the process protocol (docs/protocol.md).

    jetconform trace record --engine "process:python3 examples/skeleton_engine.py" -o trace.jsonl -- python3 examples/client.py
    jetconform trace check trace.jsonl --profile documented

What it tests is its own affair, a backup after some rows; whether each code was right is then judged by the model.
"""

import json
import sys
import tempfile
from itertools import count
from pathlib import Path

NUMBERS = count(1)


def say(message):
    """Write one line to the engine."""
    print(json.dumps(message), flush=True)


def hear():
    """Read one line of the engine."""
    return json.loads(sys.stdin.readline())


def call(name, **args):
    """Make a call, and let each status callback succeed; the JET_ERR, or None where the engine does not have the call."""
    number = next(NUMBERS)
    say({"op": "call", "id": number, "client": "A", "call": name, "args": args})
    while True:
        heard = hear()
        if heard["event"] == "callback":
            say({"op": "resume", "id": number, "err": 0})
        else:
            return heard.get("err")


def main(root):
    """A backup of a database with rows; the exit status says whether it did what this program wants."""
    say({"op": "hello", "protocol": 1})
    hear()
    say({"op": "reset", "root": str(root)})
    hear()
    call("JetCreateInstance", instance="i1")
    call("JetInit", instance="i1")
    call("JetBeginSession", instance="i1", session="s1")
    call("JetCreateDatabase", session="s1", database="d1", path="db/test.edb")
    call("Insert", session="s1", database="d1", rows=100)
    call("JetBackupInstance", instance="i1", path="no such folder", grbit=0)
    (root / "backup").mkdir()
    say({"op": "changed", "kind": "make-directory", "target": "backup"})  # the recorder alone hears it
    backed_up = call("JetBackupInstance", instance="i1", path="backup", grbit=0)
    call("JetTerm", instance="i1")
    say({"op": "bye"})
    return 0 if backed_up == 0 else 1


with tempfile.TemporaryDirectory() as folder:
    sys.exit(main(Path(folder)))
