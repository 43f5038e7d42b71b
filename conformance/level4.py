"""Level 4, interleaving at the callbacks: a call is held in its status callback while others are made, then let go.

For any engine that calls back: nothing else is asked of it. What waits for the held call is simply pending, and no verdict
comes from waiting (DESIGN.md section 4). Codes are judged as ever, what a held backup leaves behind by the clauses of level 2.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import hypothesis
from hypothesis import strategies as st

from ..model.alphabet import STOP_BACKUP_CALL
from ..model.calls import Call
from ..model.domains import DOMAINS
from ..model.state import Control, Damage
from .belief import BoundExceeded
from .generation import generating
from .history import INSTANCE, History, Nonconformity
from .inflight import NotMade
from .laboratory import Laboratory
from .plans import AFTERWARDS, ANSWERS, HELD, OTHERS, End, Held, Other, Plan, Stay, inside, pairs, sequences, twice
from .trace import CallbackEvent

CLIENTS = ("B", "C", "D", "E")
"""The other clients: as many calls can be in flight beside the held one."""

HISTORY_LENGTH = 100
"""Calls of one history, after which an engine process starts afresh: a finding is reduced sooner."""

MOST_PHASES = 6
"""Callbacks of one call in which it is held; of an engine that calls more often the first three, the middle, the last two."""

EXAMPLES = 150
"""Random plans."""


@dataclass
class Interleaving:
    """One run of the level."""

    laboratory: Laboratory
    helds: Sequence[Held] = field(default_factory=lambda: HELD)  # the calls that are held
    phases: list[tuple[Held, int]] = field(default_factory=list)
    called: dict[Held, int] = field(default_factory=dict)  # how often each held call calls back on this engine
    done: int = 0  # held phases with a call that was made meanwhile
    missed: dict[str, None] = field(default_factory=dict)  # what could not be made on this engine, and why
    further: int = 0  # plans of the other systematic parts
    sampled: int = 0
    seen: Counter[Call] = field(default_factory=Counter)
    history: History | None = None
    at: Held | None = None  # whose set-up the history stands at
    ground: Control | None = None  # where it stands after the set-up

    # -- the parts -----------------------------------------------------------------------------------------------------

    def calls_back(self) -> bool:
        """Make each call once, to see how often it calls back; whether any does. Raises Nonconformity."""
        for held in self.helds:
            try:
                history = self._stand_at(held)
            except NotMade as reason:
                self.missed[f"{held.name}: {reason}"] = None
                continue
            if "callback" not in history.capabilities:
                break
            try:
                call_id = history.perform(held.call)
            except LookupError as missing:
                what = missing if isinstance(missing, NotMade) else f"there is no {missing}"
                self.missed[f"{held.name}: {what}"] = None
                continue
            count = sum(isinstance(event, CallbackEvent) and event.id == call_id for event in history.events)
            self.called[held] = count
            self.phases += [(held, at) for at in chosen(count)]
            if not count:
                self.missed[f"{held.name} does not call back"] = None
            self._leave()
        self._leave()
        return bool(self.phases)

    def systematic(self) -> bool:
        """Calls inside the callback, stays in two callbacks, sequences, then every pair; False if the budget ended."""
        for kind in (inside, twice, sequences, pairs):
            for plan in kind(self.phases):
                if not self.laboratory.within_budget():
                    return False
                made = self.play(plan)
                if kind is pairs:
                    self._count(plan, made=bool(made))
                else:
                    self.further += 1
        self._leave()
        return True

    def _count(self, plan: Plan, *, made: bool) -> None:
        (stay,) = plan.stays
        self.done += made
        if not made:
            call = stay.others[0].call.label()
            self.missed[f"{call} while {plan.held.name} is held in callback {stay.at}: it cannot be made then"] = None

    def random(self, *, seed: int) -> None:
        """Plans that Hypothesis draws, with up to four others in each stay. Raises Nonconformity."""
        calls = st.sampled_from(_weighted(self.seen))
        others = st.builds(Other, calls, st.sampled_from((False, False, False, True)))
        ends = st.sampled_from((End.GO_ON, *End))
        stay = st.builds(
            Stay, st.integers(1, max(self.called.values())), st.lists(others, min_size=1, max_size=4).map(tuple), ends
        )
        plans = st.builds(
            Plan, st.sampled_from(tuple(self.called)), st.lists(stay, min_size=1, max_size=2).map(_in_order)
        )

        @hypothesis.seed(seed)
        @generating(EXAMPLES)
        @hypothesis.given(plans)
        def one(plan: Plan) -> None:
            if failures:  # it is asked for once more: as it was, for the engine's past is another now
                raise failures[0]
            if not self.laboratory.within_budget():
                return
            try:
                self.play(plan)
            except (Nonconformity, BoundExceeded) as problem:
                failures.append(problem)
                raise
            self.sampled += 1

        failures: list[Nonconformity | BoundExceeded] = []
        one()
        self._leave()

    # -- one plan ------------------------------------------------------------------------------------------------------

    def play(self, plan: Plan) -> int:
        """Make the calls of a plan on an engine at its set-up; how many were made meanwhile. Raises Nonconformity."""
        made = 0
        try:
            history = self._stand_at(plan.held)
            held_id = history.perform(plan.held.call, hold=f"callback:{plan.stays[0].at}")
        except NotMade:
            self._leave()
            return made
        except LookupError:  # what came before took the set away that it wants
            self._afterwards()
            return made
        try:
            made = self._stay(plan, history, held_id)
        except NotMade:  # the process died, as the profile lets it
            self._leave()
            return made
        if history.calls > HISTORY_LENGTH or _grounds(history) != self.ground:
            self._afterwards()
        return made

    def _stay(self, plan: Plan, history: History, held_id: int) -> int:
        """What is done while the call is held, until it is back; how many calls that were."""
        made = 0
        for stay, after in zip(plan.stays, (*plan.stays[1:], None), strict=True):
            if held_id not in history.held():
                break
            stop = (Other(STOP_BACKUP_CALL),) if stay.end is End.STOP else ()
            made += sum([self._make(history, other) for other in stay.others])
            for other in stop:
                self._make(history, other)
            if held_id in history.held():
                hold = f"callback:{after.at}" if after is not None else None
                history.release(held_id, self._answer(stay.end), hold=hold)
        history.finish()
        return made

    def _answer(self, end: End) -> int:
        """What the callback answers; of a warning nobody knows what Microsoft's engine makes of it."""
        answer = ANSWERS.get(end, 0)
        return 0 if answer > 0 and self.laboratory.contract.ordered else answer

    def _make(self, history: History, other: Other) -> bool:
        """Make a call meanwhile, where it can be made and be sure to come back once the held one is let go."""
        call = other.call
        client = "A" if other.inside else next((one for one in CLIENTS if one not in history.busy()), None)
        if client is None or not history.offers(call):
            return False
        if other.inside and history.waits(call):
            return False  # inside the callback it would wait for itself, and of that the pages say nothing
        try:
            history.perform(call, client=client)
        except LookupError:  # no file of that kind is there to name
            return False
        self.seen[call] += 1
        return True

    @property
    def wanted(self) -> int:
        """Held phases with another call, in all."""
        return len(self.phases) * len(OTHERS)

    # -- histories -----------------------------------------------------------------------------------------------------

    def _stand_at(self, held: Held) -> History:
        """A history at the set-up of that call: the one that stands there, or a fresh one."""
        if self.history is not None and self.at is not None and self.at.setup == held.setup:
            return self.history
        self._leave()
        history = self.history = self.laboratory.open("interleaving")
        self.at = None
        for call in held.setup:
            history.perform(call)
        self.at = held
        self.ground = _grounds(history)
        return history

    def _afterwards(self) -> None:
        """See what the instance can still do, and end the history."""
        history = self.history
        assert history is not None
        for call in AFTERWARDS:
            if history.offers(call):
                with suppress(LookupError):
                    history.perform(call)
        history.finish()
        self._leave()

    def drop(self) -> None:
        """Close the history where it stands, so that it can still be looked at."""
        if self.history is not None:
            self.laboratory.close_history(self.history)

    def _leave(self) -> None:
        self.drop()
        self.history = None


def chosen(count: int) -> tuple[int, ...]:
    """Of so many callbacks those in which a call is held: all, or if they are many the first, the middle and the last."""
    every = range(1, count + 1)
    return tuple(every) if count <= MOST_PHASES else (1, 2, 3, count // 2 + 2, count - 1, count)


def _in_order(stays: Sequence[Stay]) -> tuple[Stay, ...]:
    """Stays in the order of the callbacks, one for each callback."""
    return tuple({stay.at: stay for stay in sorted(stays, key=lambda stay: stay.at)}.values())


def _grounds(history: History) -> Control | None:
    """Where the instance is, but for what a backup or a restore tells of its databases; None where several are possible."""
    found = {
        control._replace(
            log_damage=Damage.NONE,
            databases=tuple(
                type(one)(one.path, attached=one.attached, open_by=one.open_by) for one in control.databases
            ),
        )
        for control in history.judge.controls(INSTANCE)
    }
    return found.pop() if len(found) == 1 else None


def _weighted(seen: Counter[Call]) -> list[Call]:
    """The calls of all domains: those that were made least weigh most."""
    alphabet: Iterable[Call] = (call for domain in DOMAINS for call in (*domain.calls, *domain.probes))
    return [call for call in dict.fromkeys(alphabet) for _ in range(3 if not seen[call] else 1)]
