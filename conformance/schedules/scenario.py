"""A scenario: what is set up, what two or three clients then do at once, and what is asked when all are done."""

from collections.abc import Sequence
from typing import Any

import msgspec

from .notation import LETTERS


class PlannedCall(msgspec.Struct, frozen=True, omit_defaults=True):
    """A call in trace form; its status callback answers `answer` at the `answers_at`-th time, else success."""

    call: str
    args: dict[str, Any]
    answers_at: int = 0
    answer: int = 0


Calls = tuple[PlannedCall, ...]


class Setup(msgspec.Struct, frozen=True, omit_defaults=True):
    """Folders that are there, and calls that one client makes, before anything is scheduled."""

    calls: Calls
    folders: tuple[str, ...] = ()


class Scenario(msgspec.Struct, frozen=True, omit_defaults=True):
    """The calls of each client, and those of the first one when all are done."""

    setup: Setup
    clients: tuple[Calls, ...]
    then: Calls = ()
    name: str = ""

    @property
    def calls(self) -> int:
        """How many calls overlap, or may."""
        return sum(map(len, self.clients))

    def without(self) -> "Sequence[Scenario]":
        """The scenario without each of its calls, those at the end first; clients with nothing to do go too."""
        smaller = [
            msgspec.structs.replace(self, then=(*self.then[:at], *self.then[at + 1 :]))
            for at in reversed(range(len(self.then)))
        ]
        for number, calls in enumerate(self.clients):
            for at in reversed(range(len(calls))):
                rest = (*calls[:at], *calls[at + 1 :])
                clients = (*self.clients[:number], *([rest] if rest else ()), *self.clients[number + 1 :])
                if clients:
                    smaller.append(msgspec.structs.replace(self, clients=clients))
        for at in reversed(range(len(self.setup.calls))):
            calls = (*self.setup.calls[:at], *self.setup.calls[at + 1 :])
            smaller.append(msgspec.structs.replace(self, setup=msgspec.structs.replace(self.setup, calls=calls)))
        return smaller


def letters(scenario: Scenario) -> str:
    """The letters of its clients."""
    return LETTERS[: len(scenario.clients)]
