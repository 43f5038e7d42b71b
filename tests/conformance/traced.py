"""Small traces written by hand: events in short form, and what a profile says of them."""

import json
from typing import Any

from jetconform.conformance.tally import Tally
from jetconform.conformance.trace import Trace, parse
from jetconform.conformance.tracecheck import check
from jetconform.model.guards.documented import DOCUMENTED
from jetconform.model.guards.ese import ESE

PROFILES = {"documented": DOCUMENTED, "ese": ESE}
HEADER = {"trace": 1, "engine": "by hand"}
I1 = {"instance": "i1"}
S1 = {"session": "s1"}


class Script:
    """Builds a trace: calls have the ids 1, 2, 3 in the order in which they are made."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = [HEADER]
        self.made = 0

    def enter(self, call: str, *, client: str = "A", **args: Any) -> int:
        """A call is made; its id."""
        self.made += 1
        return self.event("call", id=self.made, client=client, call=call, args=args)

    def back(self, call_id: int, err: int = 0, **more: Any) -> None:
        """It comes back."""
        self.event("return", id=call_id, err=err, **more)

    def call(self, name: str, err: int = 0, **args: Any) -> int:
        """A call that comes back at once."""
        call_id = self.enter(name, **args)
        self.back(call_id, err)
        return call_id

    def event(self, event: str, **fields: Any) -> int:
        """Any event."""
        self.lines.append({"event": event, **fields})
        return self.made

    def running(self) -> "Script":
        """An instance that runs, a session, and a database with a name."""
        self.call("JetCreateInstance", **I1)
        self.call("JetInit", **I1)
        self.call("JetBeginSession", **I1, **S1)
        self.call("JetCreateDatabase", **S1, database="d1", path="db/test.edb")
        return self

    def data(self) -> bytes:
        """The trace as it stands in a file."""
        return "".join(json.dumps(line) + "\n" for line in self.lines).encode()

    def trace(self) -> Trace:
        """The trace, read."""
        return parse(self.data(), name="t.jsonl")

    def judged(self, profile: str) -> Tally:
        """What the profile says of it."""
        (tally,) = check([self.trace()], [PROFILES[profile]]).tallies
        return tally


def counts(tally: Tally) -> tuple[int, int, int]:
    """Explained, rejected, unjudged."""
    return tally.explained, len(tally.rejected), tally.unjudged.total()
