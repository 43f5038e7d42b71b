"""Level 6 on any engine, sampled: its process is killed in callbacks, in the middle of calls and between them.

Then another process finds the files as they lie: JetInit, the committed rows, and every earlier set, restored elsewhere. An
ordinary history, judged by the same judge; an engine in the process of the harness is dropped as its adapter's `close` does it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from ..history import INSTANCE
from ..level3_scenarios import ATOMIC
from ..script import can_hold
from .client import KEPT, Act, Client, beginning, drawn, invocation

LONGEST = 0.05
"""Seconds after which a call is struck at the latest: it may have come back by then."""

WHEN = "after a kill"


@dataclass(frozen=True)
class Round:
    """What is done, and what is under way when the engine is killed: in a callback, so many seconds after it began, or not at
    all. `again`: the next process is killed so many seconds after it began its recovery."""

    acts: tuple[Act, ...]
    struck: Act
    callback: int = 0
    after: float | None = None
    again: float | None = None


def rounds(seed: int) -> Iterator[Round]:
    """What the seed draws, without an end."""
    number = 0
    while True:
        random = Random(f"{seed}/{number}")
        acts = beginning(random)
        acts += (drawn(random) for _ in range(random.randrange(4)))
        struck, how = drawn(random), random.choice(("callback", "moment", "moment", "between"))
        if how == "callback" and not struck.folder:
            struck = Act(folder=KEPT, grbit=ATOMIC)
        callback = random.choice((1, 2, 3)) if how == "callback" else 0
        after = random.uniform(0.0, LONGEST) if how == "moment" else None
        again = random.uniform(0.0, LONGEST) if random.random() < 0.3 else None
        yield Round(tuple(acts), struck, callback, after, again)
        number += 1


class Killing(Client):
    """The client of an engine that is killed."""

    def play(self, plan: Round) -> None:
        """Do everything. Raises Nonconformity, and NotMade where the engine lacks a call that is needed."""
        seen = self.set_up(plan.acts)
        self._strike(plan)
        if plan.again is not None:
            self.call("JetCreateInstance", instance=INSTANCE)
            self._under_way("JetInit", {"instance": INSTANCE}, plan.again)
            self._kill("in the middle of JetInit")
        rows = self.recovered(seen, WHEN)
        self.call("JetTerm", instance=INSTANCE)
        for one in self.promise.sets:
            self.restored(one, rows, WHEN)

    def _strike(self, plan: Round) -> None:
        """Begin a call, and kill the engine: in a callback of it, in the middle of it, or once it is back."""
        act = plan.struck
        name, args = invocation(act)
        point = f"callback:{plan.callback}"
        before = self.begun(act)
        if plan.after is not None:
            self._under_way(name, args, plan.after)
        else:
            hold = point if plan.callback and can_hold(self.history, point) else None
            self.last = self.history.make(name, args, client="B", hold=hold)
        code = self.history.returned(self.last)
        if code is not None and code >= 0:
            self.succeeded(act, before)
        held = bool(self.history.held())
        self._kill("in a callback" if held else "between calls" if code is not None else f"in the middle of {name}")

    def _under_way(self, name: str, args: dict[str, Any], seconds: float) -> None:
        self.last = self.history.make(name, args, client="B", wait=seconds)

    def _kill(self, where: str) -> None:
        self.count["kills " + where.partition(" of ")[0]] += 1
        self.history.fault("crash")
