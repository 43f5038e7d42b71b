"""An engine of `faulty`, or of `careless`, behind the process protocol: `process:python served.py NAME`."""

import sys

import careless
import faulty
from jetconform.conformance.serve import Server

factory = getattr(faulty, sys.argv[1], None) or getattr(careless, sys.argv[1])
Server("faulty", factory, faulty.Callbacks.capabilities, sys.stdin.fileno(), sys.stdout.fileno()).run()
