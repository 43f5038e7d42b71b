"""The JSON Schema of what `check --json` writes: `python -m jetconform.conformance.reports.schema` prints it."""

import sys

import msgspec

from ..scorecard import Scorecard


def schema() -> bytes:
    """The schema, made of the types, as docs/report.schema.json holds it."""
    return msgspec.json.format(msgspec.json.encode(msgspec.json.schema(Scorecard)), indent=2) + b"\n"


if __name__ == "__main__":
    sys.stdout.buffer.write(schema())
