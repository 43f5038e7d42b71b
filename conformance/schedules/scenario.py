"""A scenario: what is set up, what two or three clients then do at once, and what is asked when all are done."""

from typing import Any, NamedTuple


class PlannedCall(NamedTuple):
    """A call in trace form; its status callback answers `answer` at the `answers_at`-th time, else success."""

    call: str
    args: dict[str, Any]
    answers_at: int = 0
    answer: int = 0


class Scenario(NamedTuple):
    """Folders and calls before, the calls of each client, and the calls of the first client afterwards."""

    name: str
    clients: tuple[tuple[PlannedCall, ...], ...]
    setup: tuple[PlannedCall, ...] = ()
    folders: tuple[str, ...] = ()
    then: tuple[PlannedCall, ...] = ()
