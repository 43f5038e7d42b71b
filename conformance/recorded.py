"""A recorded trace under one profile: the judge fed from a file, and what becomes of each call.

After a rejection the judge goes on under the row of `ese` that explains it, where there is one; else nothing is known of the
instance, and its calls are unjudged, until it is destroyed (DESIGN.md section 4).
"""

from collections.abc import Callable, Mapping
from typing import Any

from ..model.calls import ALL_CALLS, Place
from ..model.ledger import ANYTHING
from ..model.state import Control, Handle
from ..model.vocabulary import JetErr
from .aftermath import Aftermath, Broken
from .belief import Beliefs, BoundExceeded
from .believed import Rejection
from .classify import UnknownCall
from .clauses import leaves_nothing
from .ends import Ends, is_stuck
from .explain import Explanation, allowed_codes, explain, row_text
from .files import database_paths, known_to_clauses, with_files, with_unknown_files
from .history import Nonconformity
from .listing import Listing, refine
from .recorded_judge import RecordedJudge
from .tally import Rejected, Tally
from .trace import (
    CallEvent,
    EndEvent,
    Event,
    FaultEvent,
    FilesEvent,
    HeaderEvent,
    NotImplementedEvent,
    ReturnEvent,
    Trace,
)
from .unjudged import Unjudged, is_left_out
from .watch import BrokenClause

TERMS = frozenset({"JetTerm", "JetTerm2"})
FILES = ("path", "destination")
VACANT = (Place.EMPTY, Place.MISSING)
DIED = "the engine's process ended"
NO_ROW_DIES = "no call was in flight, and no row lets the engine die after this one"
HANGS = "a call that no other call holds up must return: from every state a return stays reachable"

_After = Mapping[Unjudged, Unjudged]
_AFTER: _After = {Unjudged.UNKNOWN_CALL: Unjudged.AFTER_UNKNOWN, Unjudged.LEFT_OUT: Unjudged.AFTER_LEFT_OUT}


class Follower:
    """Follows one trace under one profile. `guide` follows the same trace under `ese`, and must be fed first."""

    def __init__(
        self, trace: Trace, beliefs: Beliefs, tally: Tally, ends: Ends, guide: "Follower | None" = None
    ) -> None:
        self.judge = RecordedJudge(beliefs, clean=leaves_nothing(beliefs.stepper.profile))
        self.guide = guide
        self.by_rows: dict[int, frozenset[str]] = {}  # of each call that was explained, the rows that may have done it
        self._trace, self._beliefs, self._tally, self._ends = trace, beliefs, tally, ends
        self._made: dict[int, tuple[int, CallEvent, str]] = {}  # the line of each call, the call, and whose it is
        self._verdicts: dict[int, Unjudged | Rejected] = {}  # of the calls that are not explained
        self._blind: dict[str, Unjudged] = {}  # instances of which nothing is known, and why
        self._waiting: set[str] = set()  # of these, the ones that the guide knows, once no JetTerm is in flight
        self._unfed: dict[int, str] = {}  # calls in flight that the judge was not told of, and whose they are
        self._open: dict[int, None] = {}  # calls in flight, in the order of the calls
        self._line = 1
        self._missing = {event.id for event in trace.events if isinstance(event, NotImplementedEvent)}
        self._aftermath = Aftermath(tally.profile, tally.clauses)

    def feed(self, line: int, event: Event) -> None:
        """Take in one event, from that line of the file."""
        self._line = line
        if isinstance(event, CallEvent | NotImplementedEvent) and event.id in self._missing:
            return
        _HANDLERS.get(type(event), Follower._other)(self, event)

    def finish(self) -> None:
        """The trace is over: count what became of its calls."""
        for call_id in self._open:
            self._verdicts.setdefault(call_id, Unjudged.NOT_BACK)
        tally = self._tally
        rejected = [one for one in self._verdicts.values() if isinstance(one, Rejected)]
        unjudged = [one for one in self._verdicts.values() if isinstance(one, Unjudged)]
        tally.traces += 1
        tally.calls += len(self._made)
        tally.explained += len(self._made) - len(rejected) - len(unjudged)
        tally.rejected += rejected
        tally.unjudged.update(unjudged)
        tally.traces_rejected += bool(rejected)
        tally.traces_unknown += bool(unjudged) and not rejected

    def ends(self, call_id: int) -> dict[int | None, frozenset[str]] | None:
        """Of a call in flight: with which codes it may come back now, and by which rows; None where it is not judged."""
        if call_id in self._unfed:
            return None
        owner = self._made[call_id][2]
        return self._ends.of(self.judge.belief(owner), self.judge.open_calls(owner)[call_id])

    def verdict(self, call_id: int) -> Unjudged | Rejected | None:
        """What became of a call; None where it is explained so far."""
        return self._verdicts.get(call_id)

    def is_blind(self, owner: str) -> bool:
        """Whether nothing is known of that instance."""
        return owner in self._blind

    # -- the events ----------------------------------------------------------------------------------------------------

    def _call(self, event: CallEvent) -> None:
        owner = self.judge.owner_of(event)
        self._made[event.id] = (self._line, event, owner)
        self._open[event.id] = None
        if event.call not in ALL_CALLS:
            self._not_judged(event, owner, Unjudged.UNKNOWN_CALL)
        elif owner in self._blind:
            self._not_judged(event, owner, self._blind[owner])
        else:
            try:
                self.judge.feed(event)
                self._note(event, owner)
            except UnknownCall:
                self._not_judged(event, owner, Unjudged.UNKNOWN_CALL)
            except BoundExceeded:
                self._not_judged(event, owner, Unjudged.BOUND)

    def _not_judged(self, event: CallEvent, owner: str, reason: Unjudged) -> None:
        """The judge is not told of this call: what it does to its instance, and to files, is not known."""
        self._verdicts[event.id] = reason
        self._unfed[event.id] = owner
        self._aftermath.called(event, None, None, vacant=False)
        for path in (event.args.get(key) for key in FILES):
            if isinstance(path, str) and path:
                self.judge.ledger.put(path, *ANYTHING)
        everyone = "instance" not in event.args and "session" not in event.args
        for name in self.judge.names() if everyone else (owner,):
            self._lose(name, reason)

    def _note(self, event: CallEvent, owner: str) -> None:
        """What a clause may ask of this call, where it is known for certain."""
        calls, controls = self.judge.issued(event.id, owner)
        known = {known_to_clauses(control): control for control in controls}
        call = next(iter(calls)) if len(calls) == 1 else None
        control = next(iter(known.values())) if len(known) == 1 else None
        vacant = call is not None and call.place in VACANT
        self._aftermath.called(event, call, control, vacant=vacant)

    def _lose(self, owner: str, reason: Unjudged) -> None:
        """Nothing is known of this instance any more, nor of its calls in flight."""
        if owner in self._blind:
            return
        after = self._blind[owner] = _AFTER.get(reason, reason)
        for call_id in self.judge.open_calls(owner):
            self._verdicts.setdefault(call_id, after)
            self._unfed[call_id] = owner
        self.judge.suppose(owner, self.judge.controls(owner))

    def _return(self, event: ReturnEvent) -> None:
        alone = len(self._open) == 1 and next(reversed(self._made)) == event.id
        del self._open[event.id]
        ends = self.ends(event.id)
        if ends is None:
            self._unfed_return(event)
            return
        owner = self._made[event.id][2]
        if alone:
            self._tally.sequential += 1
            self._tally.sharp += len(ends) == 1
        if event.err not in ends and is_left_out(self._tally.profile, self._made[event.id][1].call, event.err):
            self._verdicts[event.id] = Unjudged.LEFT_OUT
            self._lose(owner, Unjudged.LEFT_OUT)
            return
        if self._feed(event) and event.id not in self._verdicts:
            self._explained(event.id, event.err, ends[event.err])
            self._aftermath.returned(event.id, event.err)

    def _explained(self, call_id: int, code: int | None, rows: frozenset[str]) -> None:
        self.by_rows[call_id] = rows
        self._tally.codes[code] += 1
        self._tally.rows.update(rows)

    def _unfed_return(self, event: ReturnEvent) -> None:
        owner = self._unfed.pop(event.id)
        name = self._made[event.id][1].call
        if owner not in self._blind:
            return
        if owner in self._waiting and self._guided(owner):
            self._adopt(owner)
            return
        if name in TERMS and (event.err >= 0 or event.err == JetErr.DirtyShutdown):
            self._know_again(owner, Control(handle=Handle.FREED))
        elif name == "JetCreateInstance" and event.err == 0:
            self._know_again(owner, Control(handle=Handle.VALID))

    def _know_again(self, owner: str, control: Control) -> None:
        """The instance was destroyed, so that only of its files nothing is known."""
        states = with_unknown_files(control, database_paths(self._trace))
        if states:
            del self._blind[owner]
            self._waiting.discard(owner)
            self.judge.suppose(owner, states)

    def _fault(self, event: FaultEvent) -> None:
        self._aftermath.fault(event)
        self._feed(event)
        if event.kind == "crash":
            self._open.clear()
            self._unfed.clear()
            for owner in list(self._blind):
                self._know_again(owner, Control())

    def _other(self, event: Any) -> None:
        """A callback, a hold, or that a call went on."""
        if event.id not in self._unfed:
            self._feed(event)

    def _files(self, event: FilesEvent) -> None:
        """A listing, while nothing is under way, tells which files are there."""
        self._feed(event)
        if self._open:
            return
        listing = Listing.of(event)
        refine(self.judge.ledger, listing)
        for owner in self.judge.names():
            if owner not in self._blind:
                self.judge.refine(owner, with_files(self.judge.controls(owner), listing))
        for broken in self._aftermath.listed(listing):
            self._broken(broken)

    def _header(self, event: HeaderEvent) -> None:
        broken = self._aftermath.header(event)
        if broken is not None:
            self._broken(broken)

    def _end(self, event: EndEvent) -> None:
        if event.reason == "crash":
            self._died()
        elif event.reason == "timeout" and event.id in self._open and event.id not in self._unfed:
            owner = self._made[event.id][2]
            slot = self.judge.open_calls(owner)[event.id]
            if not is_stuck(self.judge.belief(owner), slot, self._beliefs.stepper):
                self._blame(event.id, "not back", HANGS)
            del self._open[event.id]

    def _died(self) -> None:
        """The process ended: a call in flight explains it, or the last one; where one of these is not judged, nobody knows."""
        suspects = list(self._open) or list(self._made)[-1:]
        self._open.clear()
        if any(isinstance(self._verdicts.get(call_id), Unjudged) for call_id in suspects):
            for call_id in suspects:
                self._verdicts.setdefault(call_id, Unjudged.NOT_BACK)
            return
        in_flight = self.judge.open_calls()
        dying = {call_id: (self.ends(call_id) or {}).get(None) for call_id in suspects if call_id in in_flight}
        for call_id, rows in dying.items():
            if rows:
                self._explained(call_id, None, rows)
                return
        for call_id in suspects[:1]:
            self._blame(call_id, DIED, "no row lets the engine die of this call" if in_flight else NO_ROW_DIES)

    # -- rejections ----------------------------------------------------------------------------------------------------

    def _feed(self, event: Event) -> bool:
        """Have the judge see it; whether that was explained."""
        try:
            rejection = self.judge.feed(event)
        except BoundExceeded:
            call_id: int = getattr(event, "id", 0)
            self._verdicts.setdefault(call_id, Unjudged.BOUND)
            self._lose(self._made[call_id][2], Unjudged.BOUND)
            return False
        if rejection is None:
            return True
        self._reject(rejection)
        return False

    def _reject(self, rejection: Rejection) -> None:
        """Say so, and go on as well as can be."""
        call_id = rejection.call_id
        owner = self._made[call_id][2]
        why = explain(Nonconformity("rejected", "", rejection, call_id), self.judge.stepper)
        self._record(call_id, why, allowed_codes(rejection.before, rejection.slot))
        self.judge.go_on()
        if call_id not in self.judge.open_calls(owner):
            return  # its code was right
        if self._guided(owner):
            self._adopt(owner)
            return
        if self.guide is not None and not self.guide.is_blind(owner):
            self._waiting.add(owner)
        self._lose(owner, Unjudged.AFTER_REJECTION)

    def _adopt(self, owner: str) -> None:
        """Go on from what the guide believes of this instance."""
        assert self.guide is not None
        self.judge.adopt(self.guide.judge, owner)
        for known in self.judge.open_calls(owner):
            self._unfed.pop(known, None)
        self._blind.pop(owner, None)
        self._waiting.discard(owner)

    def _guided(self, owner: str) -> bool:
        """Whether the other profile knows where the instance is, in a way that this one can start from."""
        guide = self.guide
        if guide is None or guide.is_blind(owner):
            return False
        return not any(self._made[call_id][1].call in TERMS for call_id in guide.judge.open_calls(owner))

    def _broken(self, broken: Broken) -> None:
        """The code of the call was right, what it left behind was not."""
        if broken.call_id not in self._verdicts:
            clause = BrokenClause(broken.clause, broken.call, broken.text, broken.call_id)
            self._record(broken.call_id, explain(clause, self.judge.stepper), [])

    def _blame(self, call_id: int, observed: str, reason: str) -> None:
        """Reject a call for what is no event of it."""
        label = self._made[call_id][1].call
        profile = self.judge.stepper.profile.name
        why = Explanation(
            kind="rejected", profile=profile, call_id=call_id, call=label, observed=observed, reason=reason
        )
        self._record(call_id, why, [])

    def _record(self, call_id: int, why: Explanation, allowed: list[str]) -> None:
        _, event, _ = self._made[call_id]
        guide_rows = self.guide.by_rows.get(call_id, frozenset()) if self.guide is not None else frozenset()
        if self.guide is not None:
            self._tally.quirks.update(guide_rows)
        self._verdicts[call_id] = Rejected(
            file=self._trace.name,
            line=self._line,
            call=event.call,
            observed=why.observed,
            allowed=allowed,
            explanation=why,
            ese=[row_text(self.guide.judge.stepper.profile.row(row)) for row in sorted(guide_rows)]
            if self.guide
            else [],
        )


_HANDLERS: Mapping[type, Callable[[Follower, Any], None]] = {
    CallEvent: Follower._call,
    ReturnEvent: Follower._return,
    FaultEvent: Follower._fault,
    FilesEvent: Follower._files,
    HeaderEvent: Follower._header,
    EndEvent: Follower._end,
}
