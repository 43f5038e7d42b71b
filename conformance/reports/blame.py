"""What of a finding the tables of a report mark: the call, the code that was not allowed, and the state that it came back in."""

from typing import NamedTuple

from ..findings import Finding
from ..lines import Kind
from ..trace import CallEvent, ReturnEvent
from .story import Story


class Blamed(NamedTuple):
    """The place of a finding in the tables. `code` is empty where no code was the matter."""

    call: str
    code: str
    state: str


def blamed(finding: Finding, story: Story) -> Blamed:
    """Where the finding is."""
    wanted = finding.explanation.call_id
    call = next((one.call for one in finding.events if isinstance(one, CallEvent) and one.id == wanted), "")
    code = ""
    if finding.explanation.kind == "rejected":
        code = next((str(one.err) for one in finding.events if isinstance(one, ReturnEvent) and one.id == wanted), "")
    state = ""
    for line, moment in zip(story.lines, story.moments, strict=True):
        if line.wrong and line.kind is not Kind.LOST and len(moment.states) == 1:
            state = moment.states[0]
    return Blamed(call, code, state)
