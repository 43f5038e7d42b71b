"""A suite (docs/suites.md) run without jetconform, in plain Python, to be read and written anew in any language:

    jetconform suite generate --cover cells -o cells.json
    python3 examples/run_suite.py cells.json jetconform serve

The words after the suite start an engine that speaks the process protocol (docs/protocol.md); a runner of your own makes the
calls directly, in `Engine.make`. The rest is all there is to a suite: look up what is allowed, and go to the next state.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

INSTANCES = {"instance": "i1", "nil": None, "garbage": "garbage"}


class Engine:
    """An engine process, and the folder that it works in."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.ask({"op": "hello", "protocol": 1})
        self.number = 0

    def ask(self, message):
        """Say something, and read the answer; a status callback is answered with success."""
        while True:
            print(json.dumps(message), file=self.process.stdin, flush=True)
            answer = json.loads(self.process.stdout.readline())
            if answer["event"] != "callback":
                return answer
            message = {"op": "resume", "id": answer["id"], "err": 0}

    def reset(self, root):
        """A fresh engine in an empty folder."""
        self.root, self.left = Path(root), 0
        self.ask({"op": "reset", "root": str(root)})

    def make(self, call):
        """Make a call of a suite: its code, or None where the engine does not have it."""
        args = {key: value for key, value in call.items() if key not in ("call", "place", "target", "amount")}
        if "instance" in args:
            args["instance"] = INSTANCES[args["instance"]]
        if "place" in call:
            args["path"] = self.place(call["place"])
        if call["call"] == "JetRestoreInstance":
            args["destination"] = self.place(call.get("destination", "null"))
        if call.get("parameter", "recovery") != "recovery":
            args["value"] = int(args["value"])
        if "amount" in call:  # all the rest
            args["bytes"] = self.left or 1 << 20
        self.number += 1
        answer = self.ask({"op": "call", "id": self.number, "client": "A", "call": call["call"], "args": args})
        if call["call"] == "JetOpenFileInstance":
            self.left = (answer.get("result") or {}).get("size", 0)
        return answer.get("err")

    def place(self, kind):
        """A path at which there is that: made where nothing is there yet."""
        if kind in ("null", "blank"):
            return None if kind == "null" else ""
        name = f"place{self.number}"
        if kind == "a file":
            (self.root / name).write_text("a file")
        elif kind in ("empty", "foreign files"):
            (self.root / name).mkdir()
        if kind == "foreign files":
            (self.root / name / "readme.txt").write_text("somebody else's")
        return name  # of a missing one: nothing is made


def run(suite, test, engine):
    """Make the calls of one test: None, or what is wrong with the last of them."""
    for call in suite["setup"]:
        if engine.make(call) != 0:
            return None  # nothing can be said of what follows
    state, made = 0, []
    for number in test:
        call, allowed = suite["calls"][number], suite["states"][state]["allowed"][number]
        if allowed is None:
            return None  # the engine came, by another allowed code, to where this call is not made
        code = engine.make(call)
        if code is None:
            return None  # it does not have the call
        made.append(f"{json.dumps(call)} -> {code}")
        found = [one for one in allowed if one["code"] == code]
        if not found:
            return "\n".join([*made, *explained(suite, state, allowed)])
        state = found[0]["next"]
    return None


def explained(suite, state, allowed):
    """What would have been allowed, and where that is said."""
    yield f"in: {suite['states'][state]['name']}"
    for one in allowed:
        for row in one["rows"]:
            rule = suite["rows"][row]
            yield f"allowed: {rule['code']}: {rule['condition']} [{rule['citation']}]"


def main(path, *command):
    """Run every test on a fresh engine, up to the first that fails."""
    suite = json.loads(Path(path).read_text(encoding="utf-8"))
    engine = Engine(command)
    for number, test in enumerate(suite["tests"], 1):
        with tempfile.TemporaryDirectory() as root:
            engine.reset(root)
            wrong = run(suite, test, engine)
        if wrong:
            print(f"test {number} fails:\n{wrong}")
            return 1
    print(f"{len(suite['tests'])} tests pass. {suite['guarantee']}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
