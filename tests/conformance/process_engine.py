"""An engine behind the process protocol that does one thing wrong, or differently: `process:python process_engine.py HOW`.

It has JetCreateInstance, JetInit, JetTerm, CountRows and a JetBackupInstance that calls back twice. It imports little, so
that it starts fast.
"""

import json
import os
import subprocess
import sys

HOW = sys.argv[1]
HELLO = {"event": "hello", "protocol": 1, "engine": "script", "capabilities": ["callback"]}
STARTS = {
    "other-version": HELLO | {"protocol": 2},
    "no-capability": HELLO | {"capabilities": ["callback", "hold:somewhere"]},
    "no-call": HELLO | {"not_implemented": ["JetFly"]},
    "no-number": HELLO | {"errors": {"zero": 0}},
    "wrong-answer": {"event": "ready"},
    "lists": HELLO | {"not_implemented": ["JetTerm", "JetSetSystemParameter"]},
    "native": HELLO | {"errors": {"0": 0, "17": -1029}},
    "observes": HELLO | {"capabilities": ["callback", "classify", "rows", "events"]},
    "dies-when-asked": HELLO | {"capabilities": ["callback", "rows"]},
    "reset-drops": HELLO | {"reset_drops": True},
}
resets = 0


def say(message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def hear():
    line = sys.stdin.readline()
    if not line:
        sys.exit(0)
    return json.loads(line)


def create_instance(number, args):
    if HOW == "garbage":
        print("ready to serve", flush=True)
    if HOW == "other-id":
        say({"event": "return", "id": number + 1000, "err": 0})
    if HOW == "no-return":
        say({"event": "return", "id": number})
    if HOW == "answer":
        say({"event": "answer", "id": number, "value": 1})
    if HOW == "calls-back":
        say({"event": "callback", "id": number, "snp": 9, "snt": 5, "done": 0, "total": 0})
    if HOW == "endless":
        while True:
            os.write(1, b"x" * 65536)
    if HOW == "twice":
        say({"event": "return", "id": number, "err": 0})
    if HOW == "native":
        return {"err": 18}
    return {"err": 0}


def init(number, args):
    if HOW == "dies":
        sys.stderr.write("checking the log\nassertion failed: page 7\n")
        sys.exit(7)
    if HOW == "closes":
        os.close(1)
        sys.stdin.read()
    if HOW == "silent":
        sys.stdin.read()
    if HOW == "late":
        return None
    return {"err": 17 if HOW == "native" else 0}


def backup(number, args):
    for snt in (5, 6):
        say({"event": "callback", "id": number, "snp": 9, "snt": snt, "done": 0, "total": 0})
        resumed = hear()
        if HOW == "exits-in-callback":
            sys.exit(3)
        if resumed["err"] < 0:
            return {"err": resumed["err"]}
    return {"err": 0}


CALLS = {
    "JetCreateInstance": create_instance,
    "JetInit": init,
    "JetTerm": lambda number, args: {"err": 0},
    "JetBackupInstance": backup,
    "CountRows": lambda number, args: {"err": 0, "result": {"rows": os.getpid()}},
    "JetReadFileInstance": lambda number, args: {"err": 0, "result": {"read": 2, "data": args["file"]}},
    "JetStopServiceInstance": lambda number, args: sys.exit(9),
}
ANSWERS = {"classify": ["log", 7], "rows": "none", "events": None}


def main():
    global resets
    if HOW == "fails":
        sys.exit("no licence for this machine")
    if HOW == "leaves-a-child":  # which writes to that pipe as long as it lives
        subprocess.Popen(
            [sys.executable, "-c", "import sys; f = open(sys.argv[1], 'w'); sys.stdin.read()", sys.argv[2]]
        )
    while (message := hear())["op"] != "bye":
        if message["op"] == "hello":
            say(STARTS.get(HOW, HELLO))
        elif message["op"] == "reset":
            resets += 1
            why = {"event": "cannot-reset", "why": "the cache is warm"}
            say(why if HOW == "never-resets" or (HOW == "resets-once" and resets > 1) else {"event": "ready"})
        elif message["op"] == "ask":
            if HOW == "dies-when-asked":
                sys.exit(4)
            if ANSWERS[message["ask"]] is None:
                say({"event": "not-implemented", "id": message["id"]})
            else:
                say({"event": "answer", "id": message["id"], "value": ANSWERS[message["ask"]]})
        elif message["op"] == "call":
            call = CALLS.get(message["call"])
            done = call(message["id"], message["args"]) if call else None
            say({"event": "not-implemented" if done is None else "return", "id": message["id"], **(done or {})})


if __name__ == "__main__":
    main()
