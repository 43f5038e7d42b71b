"""A scenario of level 6: what is set up on a whole disk, and the steps during which the disk fails or the power goes."""

from collections.abc import Sequence
from typing import Any

import msgspec

CRASH, STREAM, SNAPSHOT = "crash", "stream", "snapshot"
"""Steps that are no calls: the process dies; a streaming backup, with all its calls; a snapshot whose files are copied."""


class Step(msgspec.Struct, frozen=True, omit_defaults=True):
    """A call in trace form, or one of the three steps above; `during`: rows inserted in its first status callback."""

    call: str
    args: dict[str, Any] = {}
    during: int = 0


class Scenario(msgspec.Struct, frozen=True, omit_defaults=True):
    """The folders and calls of the set-up, and the steps that are struck."""

    name: str
    setup: tuple[Step, ...]
    steps: tuple[Step, ...]
    folders: tuple[str, ...] = ("bk", "bk2", "bk3", "rst")

    @property
    def needs(self) -> frozenset[str]:
        """The capabilities without which an engine cannot play it: its rows are always read."""
        calls = {step.call for step in (*self.setup, *self.steps)}
        return frozenset({"rows", *(name for call, name in _NEEDS.items() if call in calls)})

    def without(self) -> "Sequence[Scenario]":
        """The scenario without each of its steps, those at the end first, then without each of its set-up."""
        smaller = [
            msgspec.structs.replace(self, steps=(*self.steps[:at], *self.steps[at + 1 :]))
            for at in reversed(range(len(self.steps)))
            if len(self.steps) > 1
        ]
        smaller += [
            msgspec.structs.replace(self, setup=(*self.setup[:at], *self.setup[at + 1 :]))
            for at in reversed(range(len(self.setup)))
        ]
        return smaller


_NEEDS = {STREAM: "streaming", SNAPSHOT: "snapshot"}
