"""One history: an engine process of its own, the calls that were made on it, and what the judge says of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar, cast

from ..model.calls import CALLS_WITH_GRBIT, Call, Instance, Place, Stage
from ..model.cells import Configuration, Node, is_frozen, may_stall, offered
from ..model.state import Phase
from ..model.step import Pending
from .adapter import EngineDied, EngineSilent, EngineTrouble, Factory, Observer
from .belief import FREE, Beliefs
from .believed import Rejection
from .classify import GARBAGE, classes
from .engines import open_engine
from .environment import PUT_FILES
from .harm import HARM
from .inflight import NotMade, misbehaviour
from .invocation import CALLS, jet_err
from .judge import Judge
from .runner import Hang, Misbehaviour, Runner
from .trace import CallEvent, EndEvent, Event, FaultEvent

Result = TypeVar("Result")

INSTANCE = "i1"
INSERTED = 10
"""Rows that one Insert writes."""

NO_CODE = "a call answers with a JET_ERR, a 32-bit integer [JE]"
HANGS = "a call that no other call holds up must return: from every state a return stays reachable"


@dataclass(frozen=True)
class Limits:
    """How long the harness waits, in seconds."""

    call_timeout: float = 20.0  # for a call while nothing is held; after that it hangs
    patience: float = 2.0  # for a call that may return while another is held; no verdict follows from it
    glance: float = 0.02  # for a call that by the model waits for the held one
    stall: float = 0.25  # for a call that may have to wait for the thaw


class Nonconformity(Exception):  # noqa: N818 - a finding about an engine, not an error of this program
    """The history cannot be explained. `rejection` is None where the engine hung, or did not answer with a JET_ERR."""

    def __init__(self, kind: str, text: str, rejection: Rejection | None = None, call_id: int = 0) -> None:
        super().__init__(text)
        self.kind, self.text, self.rejection, self.call_id = kind, text, rejection, call_id


@dataclass
class History:
    """Makes the model's calls on an engine and has them judged. Raises Nonconformity as soon as the judge rejects."""

    factory: Factory
    root: Path
    beliefs: Beliefs
    journal: Callable[[Event], None]
    limits: Limits = field(default_factory=Limits)
    clean: bool = True

    def __post_init__(self) -> None:
        self.events: list[Event] = []
        self.judge = Judge(self.beliefs, clean=self.clean, instance=INSTANCE)
        self.calls = 0
        self._fresh = 0
        self._start(first_id=1)

    def _start(self, *, first_id: int) -> None:
        self.adapter = open_engine(self.factory, self.root)
        self.capabilities = self.adapter.capabilities
        self._runner = Runner(
            self.adapter,
            self.root,
            sink=self._sink,
            call_timeout=self.limits.call_timeout,
            patience=self.limits.patience,
            first_id=first_id,
        )

    def _sink(self, event: Event) -> None:
        self.journal(event)
        self.events.append(event)
        self.judge.feed(event)

    def perform(self, call: Call, *, client: str = "A", hold: str | None = None) -> int:
        """Make one of the model's calls; its id. Paths are chosen, and made, by the place that the call wants.

        LookupError where that cannot be: NotMade where the engine does not have the call, or may have died of it.
        """
        return self.make(call.name, self.arguments(call), client=client, hold=hold)

    def make(
        self,
        name: str,
        args: dict[str, Any],
        *,
        client: str = "A",
        hold: str | None = None,
        wait: float | None = None,
    ) -> int:
        """Make a call in trace form; its id. It may be under way after `wait` seconds, if given. NotMade as `perform`."""
        if missing := self.lacks(name):
            raise NotMade(f"{name}: the engine has no {missing}")
        if wait is None and self.stalls(name, args):
            wait = self.limits.stall
        elif wait is None and self.open_calls():
            wait = self._patience(name, args)
        self.calls += 1
        return self._guarded(lambda: self._runner.call(name, args, client=client, hold=hold, wait=wait))

    def race(self, calls: Sequence[tuple[str, str, dict[str, Any]]]) -> None:
        """Let clients make a call each at one moment, and wait until all are back: (client, call, arguments)."""
        self.calls += len(calls)
        self._guarded(lambda: self._runner.race(calls))

    def release(self, call_id: int, err: int = 0, *, hold: str | None = None) -> None:
        """Let a held call go on until it is back or, with `hold`, held again."""
        self._guarded(lambda: self._runner.release(call_id, err, hold=hold))

    def fault(self, kind: str, target: str = "", at: int = 0) -> bool:
        """Change the environment; False where this engine or this machine cannot. `at`: see `Runner.fault`."""
        if kind == "crash":
            self._crash()
            return True
        if kind == PUT_FILES or kind in HARM:  # under a live engine nothing could be said of them
            self._crash()
        return self._guarded(lambda: self._runner.fault(kind, target, at))

    def _crash(self) -> None:
        """Drop the engine as a dying process would, calls in flight too, and start another on the same files."""
        made = sum(isinstance(event, CallEvent) for event in self.events)
        self._sink(FaultEvent(kind="crash"))
        self._runner.close()
        self._start(first_id=made + 1)

    def finish(self) -> None:
        """Let everything go and wait for every call, but for those that wait for a thaw."""
        if self.open_calls() and any(map(is_frozen, self.judge.controls(INSTANCE))):
            for call_id in self.held():
                self.release(call_id)
            return
        self._guarded(self._runner.finish)

    def close(self) -> None:
        """Drop the engine as a dying process would."""
        self._runner.close()

    def returned(self, call_id: int) -> int | None:
        """The code of a call that is back, else None."""
        return self._runner.returned(call_id)

    def open_calls(self) -> tuple[int, ...]:
        """The calls that are not back."""
        return self._runner.open_calls()

    def held(self) -> tuple[int, ...]:
        """The calls that are held."""
        return self._runner.held()

    def busy(self) -> frozenset[str]:
        """The clients that are inside a call."""
        return self._runner.busy()

    def runs(self) -> bool:
        """Whether the instance is running, as far as is known."""
        return all(control.phase is Phase.RUNNING for control in self.judge.controls(INSTANCE))

    def lacks(self, name: str) -> str:
        """What this engine does not have and the call needs, as far as it said so: a capability, or the call; or nothing."""
        row = CALLS.get(name)
        if row is not None and row.capability not in ("", *self.capabilities):
            return row.capability
        return name if name in getattr(self.adapter, "not_implemented", ()) else ""

    def rows(self, session: str, database: str) -> tuple[int, list[str]]:
        """The code, and every row, of an engine with the capability `rows`."""
        err, rows = self._guarded(lambda: cast(Observer, self.adapter).rows(session, database))
        return self._guarded(lambda: jet_err(err, getattr(self.adapter, "errors", None))), rows

    def header(self, path: str) -> dict[str, list[int]] | None:
        """The backup marks of a database, of an engine with the capability `header`."""
        return self._guarded(lambda: cast(Observer, self.adapter).header(path))

    def role(self, path: str) -> str:
        """What a file below the root is for, a word of `harm.ROLES`; empty where that is not known."""
        return self._guarded(lambda: self._runner.role(path))

    def said(self) -> str:
        """The tail of what an engine in a process of its own said on its standard error."""
        said: Callable[[], str] = getattr(self.adapter, "said", str)
        return said()

    def offers(self, call: Call) -> bool:
        """Whether this engine has the call, and it can be made now and be sure to come back."""
        if self.lacks(call.name):
            return False
        return all(offered(control, call) for control in self.judge.controls(INSTANCE))

    def stalls(self, name: str, args: dict[str, Any]) -> bool:
        """Whether the call may have to wait for a thaw that nobody is there to make."""
        grbit = args.get("grbit")
        call = Call(name, grbit=grbit if isinstance(grbit, int) else 0)
        return any(may_stall(control, call) for control in self.judge.controls(INSTANCE))

    def node(self) -> Node | None:
        """Where the instance is, if one configuration with at most one call in flight is all that is possible."""
        bundles = self.judge.belief(INSTANCE).bundles
        if len(bundles) > 1:
            return None
        (bundle,) = bundles
        return None if any(len(slot) > 1 for slot in bundle.slots) else _node(next(bundle.configurations()))

    def _patience(self, name: str, args: dict[str, Any]) -> float:
        """How long to wait while another call is open: not long for a call that by the model may have to wait for it."""
        calls = classes(name, args, self.judge.ledger, self.judge.reading(INSTANCE))
        return self.limits.glance if self._may_wait(calls) else self.limits.patience

    def waits(self, call: Call) -> bool:
        """Whether by the model the call may have to wait for one that is in flight."""
        return self._may_wait(frozenset({call}))

    def _may_wait(self, calls: frozenset[Call]) -> bool:
        belief = self.judge.belief(INSTANCE)
        slot = belief.slots
        issued = self.beliefs.invoke(belief, slot, calls)
        return any(one.stage is Stage.WAITING for _, one in issued.at(slot))

    def _guarded(self, action: Callable[[], Result]) -> Result:
        try:
            result = action()
        except Misbehaviour as problem:
            raise self._found(problem) from None
        except EngineTrouble as trouble:  # where it was only looked at
            raise self._found(misbehaviour(0, "the engine", trouble)) from None
        except Hang as problem:
            blamed = self.judge.blame(problem.id, "not back in time, although no call is held", HANGS)
            raise Nonconformity("hang", str(problem), blamed, problem.id) from None
        rejection = self.judge.rejection
        if rejection is not None:
            text = f"call {rejection.call_id}, {rejection.call}: {rejection.observed}"
            raise Nonconformity("rejected", text, rejection, rejection.call_id)
        return result

    def _found(self, problem: Misbehaviour) -> Exception:
        """What an engine did instead of answering is a finding; its death is none where the profile lets it die."""
        if problem.kind == EngineDied.kind:
            return self._died(problem)
        reason = HANGS if problem.kind == EngineSilent.kind else NO_CODE
        return Nonconformity(problem.kind, str(problem), self.judge.blame(problem.id, problem.text, reason), problem.id)

    def _died(self, problem: Misbehaviour) -> Exception:
        if self.judge.may_die():
            self.fault("crash")
            return NotMade(f"{problem}, as the profile lets it")
        self._sink(EndEvent(reason="crash"))
        found = self.judge.rejection
        if found is None:
            return Nonconformity(problem.kind, str(problem))
        return Nonconformity(problem.kind, str(problem), replace(found, observed=problem.text), found.call_id)

    # -- from the model's arguments to an engine's ---------------------------------------------------------------------

    def arguments(self, call: Call) -> dict[str, Any]:
        """The arguments in trace form."""
        args: dict[str, Any] = {}
        if call.instance is not None:
            args["instance"] = {Instance.NAMED: INSTANCE, Instance.NIL: None, Instance.GARBAGE: GARBAGE}[call.instance]
        for key in ("session", "database", "path", "parameter", "file", "snapshot"):
            if value := getattr(call, key):
                args[key] = value
        if call.name == "Insert":
            args["rows"] = INSERTED
        if call.parameter:
            args["value"] = call.value if call.parameter == "recovery" else int(call.value)
        if call.name in CALLS_WITH_GRBIT:
            args["grbit"] = call.grbit
        if call.target is not None:
            args["path"] = self.judge.reading(INSTANCE).path_of(call.target, call.path)
        if call.amount is not None:
            args["bytes"] = self.judge.reading(INSTANCE).bytes_of(call.amount)
        if call.place is not None:
            args["path"] = self._path(call.place)
        if call.name == "JetRestoreInstance":
            args["destination"] = None if call.destination is None else self._path(call.destination)
        return args

    def _path(self, place: Place) -> str | None:
        """A path at which there is that, made where there is none."""
        if place in (Place.NULL, Place.BLANK):
            return None if place is Place.NULL else ""
        if place in (Place.FULL_SET, Place.ATOMIC_SET):
            path = self.find(place)
            if path is None:
                raise LookupError(place.value)
            return path
        if place is Place.FILE and (file := self.find(Place.FILE, "afile")) is not None:
            return file
        self._fresh += 1
        if place is Place.MISSING:
            return f"missing{self._fresh}"
        name = "afile" if place is Place.FILE else f"bk{self._fresh}"
        self.fault("create-file" if place is Place.FILE else "make-directory", name)
        if place is Place.FOREIGN:
            self.fault("create-file", f"{name}/readme.txt")
        return name

    def find(self, place: Place, prefix: str = "bk") -> str | None:
        """The newest path at which there is that and nothing else can be, or None."""
        found = [path for path, places in self.judge.ledger.places.items() if places == {place} and "/" not in path]
        return next((path for path in reversed(found) if path.startswith(prefix)), None)


def _node(configuration: Configuration) -> Node | None:
    pending: list[Pending] = [one for one in configuration.pending if one is not FREE]
    if len(pending) > 1:
        return None
    if not pending:
        return Node(configuration.control)
    # What the ledger tells of the paths of a held call makes no other state of it.
    call = pending[0].call
    path = "" if call.contents else call.path
    bare = call._replace(log_folder=None, contents=(), marked=(), found=frozenset(), path=path)
    return Node(configuration.control, pending[0]._replace(call=bare))
