"""The laboratory: what every level needs to make histories on one engine and to reduce the one that fails."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import msgspec

from ..model.deviations import Deviation
from ..model.flavours import of_flavour
from ..model.guards.documented import DOCUMENTED
from ..model.guards.ese import ESE
from ..model.overlay import stepper_of
from ..model.rows import Flavour, Profile
from . import deviating
from .adapter import Factory
from .belief import LIMIT, Beliefs, BoundExceeded
from .clauses import effects_judge, leaves_nothing
from .deviation_effects import LiftingJudge, lifted_clauses
from .effects import EffectsJudge
from .engines import EngineSpecError, load
from .engines.process import ProcessFactory
from .errors import CheckError
from .explain import explain
from .findings import Finding, save
from .folders import Workspace
from .history import History, Limits, Nonconformity
from .inflight import NotMade
from .journal import Journal
from .script import Step, from_events, play, shrink
from .trace import FaultEvent
from .volumes import MADE_WHERE, needs_volume
from .watch import BrokenClause, WatchedHistory

PROFILES: dict[str, Profile] = {"documented": DOCUMENTED, "ese": ESE}

FLAVOURS = tuple(flavour.value for flavour in Flavour)

DEVIATING = "+"
"""Between the profile and the file of the deviations that it is overlaid with."""


FLAVOURED = "@"
"""Between the profile and the flavour of it."""


def contract(profile: str) -> Profile:
    """The profile of that name, or `documented` with the deviations of a file: `documented+FILE`. CheckError as of the file.

    `ese` allows what any flavour does; `ese@esent` is that of one. CheckError for any other name.
    """
    name, _, path = profile.partition(DEVIATING)
    name, _, flavour = name.partition(FLAVOURED)
    if name not in PROFILES:
        raise CheckError(f"profile {name!r} is not known: known are {', '.join(PROFILES)}")
    if flavour and flavour not in FLAVOURS:
        raise CheckError(f"flavour {flavour!r} is not known: known are {', '.join(FLAVOURS)}")
    if PROFILES[name] is ESE:
        return of_flavour(Flavour(flavour) if flavour else None)
    if flavour:
        raise CheckError(f"flavour {flavour}: the profile {name} has no rows of a flavour, ese has")
    return deviating.overlaid(Path(path)) if path else PROFILES[name]


def deviations(profile: str) -> tuple[tuple[Deviation, ...], Path]:
    """The deviations of a profile `documented+FILE`, and the file. CheckError as of the file."""
    path = Path(profile.partition(DEVIATING)[2])
    return deviating.read(path), path


REDUCE_SECONDS = 60.0
"""For the reduction of one finding; a history that is not minimal by then is shown as such."""


UNOPENED = "unopened"
"""The kind of a finding: the factory, which had made engines before, made none any more."""


@dataclass
class Laboratory:
    """One engine, one profile, one workspace."""

    spec: str
    profile: str
    seed: int
    journal: Journal
    workspace: Workspace
    limits: Limits = field(default_factory=Limits)
    budget: float | None = None
    effects: EffectsJudge | None = None  # judge the effects of backups too
    bound: int = LIMIT  # states that the judge keeps at the most
    reduce_seconds: float = REDUCE_SECONDS
    findings: Path | None = None  # where a finding is saved before it is reduced

    def __post_init__(self) -> None:
        self.factory: Factory = load(self.spec, call_timeout=self.limits.call_timeout)
        self.contract = contract(self.profile)
        self.stepper = stepper_of(self.contract)
        self.beliefs = Beliefs(self.stepper, self.bound)
        self.lifted = lifted_clauses(self.contract)
        self.started = monotonic()
        self.calls = 0
        self.saved: Path | None = None  # the last finding that was saved as it was found

    def effects_judge(self) -> EffectsJudge | None:
        """A judge of what calls leave behind; None by the profile `ese`, for which no run judges that."""
        if self.contract.ordered:
            return None
        judge = effects_judge(self.contract, frozenset(), Counter())
        if not self.lifted.clauses:
            return judge
        return LiftingJudge(judge.capabilities, judge.exercised, judge.clauses, judge.silent, judge.checks, self.lifted)

    def close(self) -> None:
        """End the engine's process, where it is one that serves many histories."""
        if isinstance(self.factory, ProcessFactory):
            self.factory.close()

    def kill_at_crashes(self) -> None:
        """From now on a crash kills the engine's process, where it has one of its own, even if that could forget instead."""
        if isinstance(self.factory, ProcessFactory):
            self.factory.kills = True

    def within_budget(self) -> bool:
        """Whether the run may go on."""
        return self.budget is None or monotonic() - self.started < self.budget

    def open(self, name: str = "") -> History:
        """A fresh engine process. Its folder is removed by `close_history`."""
        self.journal.begin(name)
        root = self.workspace.fresh()
        clean = leaves_nothing(self.contract)
        kind = History if self.effects is None else WatchedHistory
        try:
            history = kind(self.factory, root, self.beliefs, self.journal, self.limits, clean=clean)
        except EngineSpecError as error:
            self.workspace.discard(root)
            if not self.calls:  # nothing was ever judged: the input is wrong, not the engine
                raise
            raise Nonconformity(UNOPENED, f"{error} (a fresh engine, after {self.calls:,} calls on others)") from None
        if self.effects is not None and isinstance(history, WatchedHistory):
            self.effects.capabilities = frozenset(history.capabilities)
            history.watch(self.effects)
        return history

    def close_history(self, history: History) -> None:
        """Drop the engine and its files."""
        self.calls += history.calls
        history.close()
        self.workspace.discard(history.root)

    @contextmanager
    def history(self, name: str = "") -> Iterator[History]:
        """A fresh engine process for the time of a `with` block."""
        history = self.open(name)
        try:
            yield history
        finally:
            self.close_history(history)

    def failing(self, script: Sequence[Step]) -> tuple[Nonconformity, History] | None:
        """Play a script on a fresh engine: the nonconformity and its history, or None when it conforms."""
        try:
            history = self.open("shrinking")
        except Nonconformity:
            return None
        try:
            play(script, history)
        except Nonconformity as problem:
            return problem, history
        except (BoundExceeded, NotMade):
            return None
        finally:
            self.close_history(history)
        return None

    def reduce(self, history: History | None, problem: Nonconformity, *, level: int) -> Finding:
        """The finding with the shortest history that fails in the same way."""
        if problem.kind == UNOPENED or history is None:
            return self.finding(None, problem, minimal=False, calls=self.calls, level=level)
        calls = self.calls
        self.save(self.finding(history, problem, minimal=False, calls=calls, level=level))
        deadline = monotonic() + self.reduce_seconds
        wanted = _signature(problem)

        def failing(script: Sequence[Step]) -> Nonconformity | None:
            found = self.failing(script)
            return found[0] if found is not None and _signature(found[0]) == wanted else None

        # A hang: every replay would take the whole time limit. Rows: they are compared by the level, not by its calls.
        if problem.kind in ("hang", "data"):
            return self.finding(history, problem, minimal=False, calls=calls, level=level)
        script, minimal = shrink(from_events(history.events), failing, lambda: monotonic() < deadline)
        again = self.failing(script)
        if again is None or _signature(again[0]) != wanted:
            return self.finding(history, problem, minimal=False, calls=calls, level=level)
        return self.finding(again[1], again[0], minimal=minimal, calls=calls, level=level)

    def save(self, finding: Finding) -> None:
        """Save a finding as it was found: whatever ends the run while it is reduced, it is replayed next time."""
        if self.findings is not None and finding.events:
            with suppress(OSError):  # the supervisor says why it cannot be saved
                self.saved = save(finding, self.findings)

    def finding(
        self, history: History | None, problem: Nonconformity, *, minimal: bool, calls: int, level: int
    ) -> Finding:
        """The finding that a history amounts to, explained; without one where no engine could be opened."""
        events = history.events if history is not None else []
        why = explain(problem, self.stepper)
        if needs_volume(event.kind for event in events if isinstance(event, FaultEvent)):
            why = msgspec.structs.replace(why, reason=f"{why.reason}; {MADE_WHERE}")
        return Finding(
            events=events,
            explanation=why,
            engine=self.spec,
            profile=self.profile,
            seed=self.seed,
            minimal=minimal,
            calls_before=calls,
            level=level,
            said=history.said() if history is not None else "",
        )


class Bounds(msgspec.Struct, kw_only=True):
    """What bounds every job on an engine, as the command line asks for it; seconds, and states."""

    call_timeout: float = 20.0
    budget: float | None = None
    bound: int = LIMIT
    reduce_seconds: float = REDUCE_SECONDS
    findings: str = ""  # the folder where a finding is saved before it is reduced


def bounded(
    spec: str, bounds: Bounds, journal: Journal, workspace: Workspace, *, profile: str, seed: int
) -> Laboratory:
    """The laboratory of a job within its bounds. Raises EngineSpecError and CheckError as a Laboratory does."""
    return Laboratory(
        spec=spec,
        profile=profile,
        seed=seed,
        journal=journal,
        workspace=workspace,
        limits=Limits(call_timeout=bounds.call_timeout),
        budget=bounds.budget,
        bound=bounds.bound,
        reduce_seconds=bounds.reduce_seconds,
        findings=Path(bounds.findings) if bounds.findings else None,
    )


def _signature(problem: Nonconformity) -> tuple[str, str, str]:
    """What must stay the same while a history is reduced, lest another bug take the place of this one."""
    if isinstance(problem, BrokenClause):
        return problem.kind, problem.clause.id, ""
    rejection = problem.rejection
    if rejection is None:
        return problem.kind, "", ""
    # What an engine says when it raises may hold a number that is never the same.
    observed = rejection.observed.partition(":")[0] if problem.kind == "misbehaviour" else rejection.observed
    return problem.kind, rejection.call, observed
