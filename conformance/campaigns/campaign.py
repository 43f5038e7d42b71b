"""Running a campaign: shards are given out, what comes back is written down, and a round follows a round."""

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path
from time import monotonic

import msgspec

from ..check import wrong
from ..errors import CheckError
from ..supervisor import Wrong
from .causes import take
from .logbook import FORMAT, Begun, Done, Given, Logbook, Seen, State
from .plan import Shard
from .pool import WHY_LOST, Lost, Pool
from .shard import Answer, Order

FINDINGS = "findings"
TICK = 0.2
"""Seconds between two looks at the clock."""

GRACE = 30.0
"""Seconds after the end of the budget in which shards that were told to end by then may still say what they found."""

CALL_TIMEOUT = 20.0


class Request(msgspec.Struct, kw_only=True, frozen=True):
    """What is asked of a campaign."""

    engines: tuple[str, ...]
    levels: tuple[int, ...]
    seed: int
    budget: float | None = None  # seconds
    rounds: int | None = None  # without it one, or with a budget as many as it lets
    call_timeout: float = CALL_TIMEOUT

    @property
    def begun(self) -> Begun:
        """What the campaign is, whichever process does how much of it."""
        return Begun(format=FORMAT, engines=self.engines, levels=self.levels, seed=self.seed)


class Campaign:
    """One process of a campaign: it ends, or is killed, and another goes on. The folder is locked by the caller (lock.py)."""

    def __init__(
        self,
        request: Request,
        folder: Path,
        pool: Pool,
        *,
        scratch: str = "",
        on_progress: Callable[[str], None] | None = None,
    ) -> None:
        self._request = request
        self._folder = folder
        self._pool = pool
        self._scratch = scratch
        self._on_progress = on_progress
        self._started = monotonic()
        self._under_way: dict[Shard, None] = {}
        self._logbook = Logbook(folder, request.begun)

    @property
    def state(self) -> State:
        """What the campaign knows."""
        return self._logbook.state

    def run(self) -> State:
        """Do what is left, until all rounds are over or the budget is. CheckError where it cannot go on."""
        try:
            for number in count(1):
                if not self._wanted(number) or not self._round(number):
                    break
        finally:
            self._logbook.close()
        return self.state

    def _wanted(self, number: int) -> bool:
        rounds = self._request.rounds
        if rounds is None:
            rounds = 1 if self._request.budget is None else number
        return number <= rounds and self._left() > 0

    def _left(self) -> float:
        """Seconds of the budget."""
        budget = self._request.budget
        return float("inf") if budget is None else budget - (monotonic() - self._started)

    def _round(self, number: int) -> bool:
        """The shards of a round that are not done yet; whether the round came to its end."""
        todo = deque(shard for shard in self.state.of_round(number) if shard not in self.state.done)
        total = len(todo)
        while todo or self._under_way:
            if self._left() > 0:
                self._give(todo)
            elif not self._under_way or self._left() < -GRACE:
                return False
            self._say(number, total - len(todo) - len(self._under_way), total)
            answered = self._pool.answer(TICK)
            if answered is not None:
                self._take(*answered)
        return True

    def _give(self, todo: deque[Shard]) -> None:
        slots = self._pool.slots() if todo else 0
        while todo and len(self._under_way) < slots:
            shard = todo.popleft()
            seconds = None if self._request.budget is None else self._left()
            self._logbook.write(Given(shard=shard))
            self._under_way[shard] = None
            self._pool.give(
                Order(shard=shard, call_timeout=self._request.call_timeout, seconds=seconds, scratch=self._scratch)
            )

    def _say(self, number: int, done: int, total: int) -> None:
        if self._on_progress is not None:
            names = ", ".join(shard.name for shard in self._under_way)
            causes = len(self.state.causes)
            found = f"{causes} cause{'' if causes == 1 else 's'} found"
            self._on_progress(f"round {number}: {done:,} of {total:,} shards, {found}  {names}")

    # -- what comes back -------------------------------------------------------------------------------------------------

    def _take(self, shard: Shard, answer: Answer | Lost) -> None:
        del self._under_way[shard]
        if isinstance(answer, Lost):
            self._logbook.write(Done(shard=shard, verdict="unknown", reason=WHY_LOST))
            return
        lines: list[Seen | Done] = []
        if answer.trace:
            lines.append(self._save(shard, answer.trace))
        if not answer.late:
            lines.append(self._done(shard, answer))
        before = {cause.file for cause in self.state.causes.values()}
        self._logbook.write(*lines)
        for file in before - {cause.file for cause in self.state.causes.values()}:
            with suppress(OSError):
                (self._folder / FINDINGS / file).unlink()

    def _save(self, shard: Shard, trace: bytes) -> Seen:
        try:
            cause, file = take(trace, self._folder / FINDINGS)
        except OSError as error:
            raise CheckError(f"{self._folder / FINDINGS}: {error.strerror or error}") from None
        return Seen(shard=shard, cause=cause.key, file=file, text=cause.text, calls=cause.calls)

    def _done(self, shard: Shard, answer: Answer) -> Done:
        found = answer.found
        return Done(
            shard=shard,
            verdict=found.verdict,
            reason=self._why_wrong(shard, answer) if answer.wrong else found.reason,
            calls=found.calls,
            seconds=answer.seconds,
            covered=found.covered,
            uncovered=found.uncovered,
            not_exercised=found.not_exercised,
        )

    def _why_wrong(self, shard: Shard, answer: Answer) -> str:
        """Why it could not be done. CheckError for an engine that never was: the SPEC is wrong, not a shard."""
        problem = wrong(Wrong(answer.wrong, answer.crash), self._folder)
        known = any(done.calls for one, done in self.state.done.items() if one.engine == shard.engine)
        if not known and not answer.crash:
            raise problem
        return str(problem)
