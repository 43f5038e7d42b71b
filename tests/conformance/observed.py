"""The recorded traces of Microsoft's engine, read once for all tests."""

from functools import cache
from pathlib import Path

from jetconform.conformance.archive import traces
from jetconform.conformance.trace import Trace

ARCHIVE = Path(__file__).parent.parent / "data" / "observed" / "traces.tar.gz"


@cache
def observed() -> tuple[Trace, ...]:
    """All of them, in the order of the archive."""
    found = tuple(traces([ARCHIVE]))
    assert all(isinstance(one, Trace) for one in found)
    return found  # type: ignore[return-value]
