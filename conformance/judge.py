"""The judge: fed with events, it says whether the model can explain them, and if not, why not.

Sequential tests, held calls, recorded traces and free-running threads are the same judge fed from different places. It keeps,
for each instance, the set of configurations that explain what was seen; an empty set is a nonconformity (DESIGN.md section 4).
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ..model.calls import CALLBACK_STAGES, HOLD_STAGES, STREAMING_CALLS, Answer, Stage
from ..model.environment_moves import apply_fault
from ..model.ledger import Ledger
from ..model.state import INITIAL, Control
from ..model.step import Stepper
from ..model.vocabulary import Snt, code_name
from .argument_classes import ArgumentClasses
from .belief import Belief, Beliefs
from .believed import Believed, OpenCall, Rejection
from .classify import GARBAGE
from .environment import SAVE_SET
from .file_effects import TELLS_OF_FILES, WRITES_FILES, places_after, returned
from .harmed import Harmed
from .reading import Reading
from .surroundings import change_files, save_set
from .trace import (
    CallbackEvent,
    CallEvent,
    EndEvent,
    Event,
    FaultEvent,
    FilesEvent,
    HoldEvent,
    NotImplementedEvent,
    ReleaseEvent,
    ResumeEvent,
    ReturnEvent,
)  # fmt: skip

ENGINE_FAULTS = {
    "damage-page": "page",
    "damage-log": "log",
    "fail-log-no-space": "log-full",
    "fail-log-torn": "log-torn",
    "snapshot-timeout": "snapshot-timeout",
}
"""Faults that an adapter makes at the harness' word, and what the model calls them."""

COUNTED = frozenset(
    {
        "Insert", "CountRows", "JetCreateDatabase", "JetBackupInstance", "JetBeginExternalBackupInstance",
        "JetRestoreInstance", "JetTerm2", "JetInit",
    }
)  # fmt: skip
"""Calls that change or tell the number of rows."""

COMMITTED = (
    "a committed row stays until it is overwritten by a restore (trace-format.md: Insert commits, CountRows counts; RI)"
)


class Judge:
    """Judges one history under one profile. After a rejection it judges no further: `rejection` says why."""

    def __init__(self, beliefs: Beliefs, *, clean: bool = True, instance: str = "") -> None:
        """`instance` is whose past it is when a call comes before any instance was named."""
        self._beliefs = beliefs
        self._clean = clean  # whether a failed backup leaves nothing new behind
        self._instances: dict[str, Believed] = {}
        self._sessions: dict[str, str] = {}
        self._owner: dict[int, str] = {}
        self._last = instance
        self._index = -1
        self._classes = ArgumentClasses(beliefs.classes)
        program = beliefs.stepper.profile.programs.get("JetBackupInstance", ())
        self._opens = any(step.stage is Stage.OPENING for step in program)
        self.ledger = Ledger()
        self.rejection: Rejection | None = None
        self._harmed = Harmed()

    @property
    def stepper(self) -> Stepper:
        """The step function of the profile that is judged by."""
        return self._beliefs.stepper

    def feed(self, event: Event) -> Rejection | None:
        """Take in one event. Returns the rejection that it causes, or the one that there was."""
        if self.rejection is not None:
            return self.rejection
        self._index += 1
        handler = _HANDLERS.get(type(event))
        if handler is not None:
            handler(self, event)
        return self.rejection

    def controls(self, instance: str) -> frozenset[Control]:
        """The control states that are possible for that instance."""
        return self._instance(instance).belief.controls

    def belief(self, instance: str) -> Belief:
        """What is believed of that instance."""
        return self._instance(instance).belief

    def reading(self, instance: str) -> Reading:
        """What the client of that instance's streaming backup was told and has read."""
        return self._instance(instance).reading

    def _instance(self, name: str) -> Believed:
        found = self._instances.get(name)
        if found is None:
            found = self._instances[name] = Believed(self._beliefs.initial(INITIAL))
        return found

    def _route(self, event: CallEvent) -> str:
        """Whose call this is: by its instance, by its session, and where it names neither, the last one's."""
        args = event.args
        name = args.get("instance")
        if isinstance(name, str) and name != GARBAGE:
            if not self._last and "" in self._instances:  # what was called before any was named is the first one's past
                self._adopt(name)
            if event.call == "JetBeginSession":
                self._sessions[str(args.get("session"))] = name
            self._last = name
            return name
        if "session" in args and "instance" not in args:
            return self._sessions.get(str(args["session"]), self._last)
        return self._last

    def _adopt(self, name: str) -> None:
        """What was done without a name was done to the process that this instance is of."""
        self._instances[name] = self._instances.pop("")
        self._owner = {call_id: owner or name for call_id, owner in self._owner.items()}
        self._sessions = {session: owner or name for session, owner in self._sessions.items()}

    def _call(self, event: CallEvent) -> None:
        owner = self._owner[event.id] = self._route(event)
        instance = self._instance(owner)
        calls = self._classes.of(event, self.ledger, instance.reading)
        slot = instance.free_slot()
        opened = OpenCall(event, slot, calls, instance.belief)
        instance.open[event.id] = opened
        if event.call in COUNTED:
            instance.rows.called(event, instance.belief.controls)
        instance.belief = self._beliefs.invoke(instance.belief, slot, calls)
        if event.call == "JetBackupInstance":
            path = event.args.get("path")
            opened.place_before = self.ledger.at(path)
            self.ledger.backup_started(path, next(iter(calls)))
            self._meet_set(instance, opened)

    def _meet_set(self, instance: Believed, made: OpenCall) -> None:
        """Another backup into the same folder, not refused yet, may find there what this one makes meanwhile [BI; C17]."""
        path = made.event.args.get("path")
        for call_id, other in instance.open.items():
            same = other.event.call == made.event.call and other.event.args.get("path") == path
            if path is not None and other is not made and same:
                calls = other.calls | self._classes.of(other.event, self.ledger, instance.reading)
                instance.belief = self._beliefs.widened(instance.belief, other.slot, calls)
                instance.open[call_id] = replace(other, calls=calls)

    def _return(self, event: ReturnEvent) -> None:
        instance = self._instance(self._owner[event.id])
        opened = instance.open[event.id]
        after = self._beliefs.come_back(instance.belief, opened.slot, event.err)
        if after is None and len(instance.open) == 1 and self._harmed.permits(opened.event, event.err):
            after = opened.issued_in  # it was alone, and did nothing
        if after is None:
            reason = "no guard row and no success row gives this code here"
            self._reject(instance, opened, code_name(event.err), reason + self._harmed.told(opened.event))
            return
        self._harmed.returned(opened.event, event.err)
        if opened.event.call in COUNTED:
            wrong = instance.rows.returned(opened.event, event, after.controls)
            if wrong:
                self._reject(instance, opened, wrong, COMMITTED)
                instance.rows.doubt()
        del instance.open[event.id], self._owner[event.id]
        instance.belief = after
        if instance.open:
            text = f"{next(iter(opened.calls)).label()}, which came back meanwhile: {code_name(event.err)}"
            for other in instance.open.values():
                other.meet(event.id, text)
        if opened.event.call in _READING:
            instance.reading.returned(opened.event.call, opened.event.args, event.err, event.result)
        if opened.event.call == "JetBackupInstance" and event.err >= 0:
            for other in instance.open.values():
                other.overlapped = True
        controls = opened.issued_in.controls
        if opened.event.call in WRITES_FILES:
            places_after(
                self.ledger,
                opened.event,
                event.err,
                opened.calls,
                controls,
                before=opened.place_before,
                clean=self._clean,
            )
        if opened.event.call in TELLS_OF_FILES:
            returned(self.ledger, opened.event, event.err, opened.calls, controls)

    def _not_implemented(self, event: NotImplementedEvent) -> None:
        """The call that the engine does not have is taken back, as if it had never been made."""
        instance = self._instance(self._owner.pop(event.id))
        opened = instance.open.pop(event.id)
        instance.belief = self._beliefs.taken_back(instance.belief, opened.slot)
        instance.rows.started.pop(event.id, None)
        if opened.event.call == "JetBackupInstance":
            path, call = opened.event.args.get("path"), next(iter(opened.calls))
            self.ledger.backup_ended(path, call, opened.place_before, success=False, clean=True)

    def _still(self, call_id: int, stages: tuple[Stage, ...], observed: str) -> None:
        instance = self._instance(self._owner[call_id])
        opened = instance.open[call_id]
        after = self._beliefs.seen_at(instance.belief, opened.slot, stages)
        if after is None:
            self._reject(instance, opened, observed, "the call cannot be there: by the rows it must have ended before")
            return
        instance.belief = after

    def _callback(self, event: CallbackEvent) -> None:
        stages = _STAGES_OF_SNT.get(event.snt, CALLBACK_STAGES)
        opened = self._instance(self._owner[event.id]).open[event.id]
        opened.callbacks += 1
        if opened.overlapped:
            return  # whose callback it is, nobody can tell: observed par-0275
        if event.snt == Snt.BEGIN and self._opens:
            stages = (Stage.OPENING, Stage.WORKING)
        self._still(event.id, stages, f"a status callback, snt {event.snt}")

    def _hold(self, event: HoldEvent) -> None:
        point, _, detail = event.point.partition(" ")
        stages = HOLD_STAGES.get(point, CALLBACK_STAGES)
        if point == "copy" and detail:
            log = detail.endswith((".log", ".jtx"))
            stages = (Stage.LOGS if log else Stage.DATABASES, Stage.WORKING, Stage.DOOMED)
        self._still(event.id, stages, f"reached the hold point {event.point!r}")

    def _resume(self, event: ResumeEvent) -> None:
        """A failure that the callback answered with is a fact of the call from then on; a warning changes nothing [PF]."""
        instance = self._instance(self._owner[event.id])
        opened = instance.open[event.id]
        if event.err < 0:
            answer = Answer(event.err, first=opened.callbacks == 1)
            instance.belief = self._beliefs.answered(instance.belief, opened.slot, answer)
        instance.belief = self._beliefs.let_go(instance.belief, opened.slot)

    def _release(self, event: ReleaseEvent) -> None:
        instance = self._instance(self._owner[event.id])
        instance.belief = self._beliefs.let_go(instance.belief, instance.open[event.id].slot)

    def _fault(self, event: FaultEvent) -> None:
        kind = ENGINE_FAULTS.get(event.kind)
        if kind is None:
            self._harmed.befell(event)
            if event.kind == SAVE_SET:
                save_set(event.target, self.ledger, self._instance(self._last))
                return
            for call_id in change_files(event, self.ledger, self._instances.values(), self._beliefs):
                del self._owner[call_id]
            return
        name = event.target if event.target in self._instances else self._last
        instance = self._instance(name)
        instance.belief = self._beliefs.changed(instance.belief, lambda control: apply_fault(kind, control))

    def _files(self, event: FilesEvent) -> None:
        self.ledger.listed(event.dir, event.files)

    def _end(self, event: EndEvent) -> None:
        if event.reason != "crash" or self.may_die():
            return
        for instance in self._instances.values():
            for opened in instance.open.values():
                self._reject(instance, opened, "the engine's process ended", "no row lets the engine die of this call")
                return

    def may_die(self) -> bool:
        """Whether a row lets the engine's process die of a call that is open."""
        return any(
            self._beliefs.come_back(instance.belief, opened.slot, None) is not None
            for instance in self._instances.values()
            for opened in instance.open.values()
        )

    def blame(self, call_id: int, observed: str, reason: str) -> Rejection | None:
        """The rejection of a call that is open, for what no event can tell: it hung, or its answer was none.

        None when no such call is open.
        """
        for instance in self._instances.values():
            if call_id in instance.open:
                self._reject(instance, instance.open[call_id], observed, reason)
                return self.rejection
        return None

    def open_calls(self, name: str | None = None) -> dict[int, int]:
        """The calls of that instance, or of all, that are not back, and the slot of each."""
        instances = self._instances.values() if name is None else [self._instance(name)]
        return {call_id: one.slot for instance in instances for call_id, one in instance.open.items()}

    def _reject(self, instance: Believed, opened: OpenCall, observed: str, reason: str) -> None:
        flying = [
            (call_id, next(iter(one.calls)).label()) for call_id, one in instance.open.items() if one is not opened
        ]
        others = tuple(sorted([*opened.met, *flying]))
        self.rejection = Rejection(
            index=self._index,
            call_id=opened.event.id,
            call=opened.event.call,
            observed=observed,
            before=instance.belief,
            issued_in=opened.issued_in,
            slot=opened.slot,
            argument_classes=opened.calls,
            overlapping=others,
            reason=reason,
        )


_READING = frozenset(STREAMING_CALLS)
_STAGES_OF_SNT: Mapping[int, tuple[Stage, ...]] = {
    int(Snt.BEGIN): (Stage.DATABASES, Stage.WORKING, Stage.DOOMED),
    int(Snt.COMPLETE): (Stage.TRUNCATING, Stage.LEAVING, Stage.WORKING, Stage.DOOMED),
}

_HANDLERS: Mapping[type, Callable[[Judge, Any], None]] = {
    CallEvent: Judge._call,
    ReturnEvent: Judge._return,
    NotImplementedEvent: Judge._not_implemented,
    CallbackEvent: Judge._callback,
    ResumeEvent: Judge._resume,
    ReleaseEvent: Judge._release,
    HoldEvent: Judge._hold,
    FaultEvent: Judge._fault,
    FilesEvent: Judge._files,
    EndEvent: Judge._end,
}
