"""An engine of `faulty` behind the process protocol: `process:python served.py NAME`."""

import sys

import faulty
from jetconform.conformance.serve import Server

Server(
    "faulty", getattr(faulty, sys.argv[1]), faulty.Callbacks.capabilities, sys.stdin.fileno(), sys.stdout.fileno()
).run()
