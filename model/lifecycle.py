"""The lifecycle table: every move of an instance between the seven states, one row a move.

Two things are made of the one table: the step function's moves, which set fields of the control state, and a
`transitions.Machine` over the seven states, for documentation and diagrams. Tests hold the two equal.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from transitions import Machine

from .calls import Call
from .predicates import holds
from .state import Control, Handle, Log, Phase, Stop, StopRequest, View, view

NOBODY = Call("")
_U, _I, _R = View.UNINITIALIZED, View.INITIALIZING, View.RUNNING
_RE, _T, _S, _X = View.RESTORING, View.TERMINATING, View.STOPPED, View.UNAVAILABLE


@dataclass(frozen=True)
class Move:
    """One row: by which trigger an instance goes from one of the seven states to another, and what that sets."""

    trigger: str
    source: View
    dest: View
    sets: Mapping[str, Any] = field(hash=False)
    citation: str
    condition: str = ""  # of the control state, where one trigger leads to several states

    @property
    def is_documented(self) -> bool:
        """Whether the pages know the move: one that cites nothing but the source is Microsoft's engine's alone."""
        return not all(part.strip().startswith(("source ", "observed")) for part in self.citation.split(";"))


_FREED: dict[str, Any] = {
    "handle": Handle.FREED, "phase": Phase.CREATED, "stop": Stop.NONE, "fatal": False, "backup_refused": False,
    "one_instance": False, "opened": False, "term_waiting": False, "stop_backup": StopRequest.NONE, "log": Log.WRITING,
}  # fmt: skip
_INIT = {"phase": Phase.INITIALIZING}
_SOLE = {"handle": Handle.VALID, "phase": Phase.RUNNING, "one_instance": True}
_RUN = {"phase": Phase.RUNNING, "opened": False}
_BACK = {"phase": Phase.CREATED}
_TERM = {"phase": Phase.TERMINATING}
_ALIVE = {"phase": Phase.RUNNING, "backup_refused": True}
_ONE, _ALL = {"stop": Stop.PLAIN}, {"stop": Stop.ALL}
_FATAL = {"fatal": True, "log": Log.WRITING}

# fmt: off
LIFECYCLE: tuple[Move, ...] = (
    Move("create",       _U,  _U,  {"handle": Handle.VALID, "phase": Phase.CREATED}, "CI: on success; L1", "not alive"),
    Move("init.one",     _U,  _R,  _SOLE, "source 1.1: NoSet becomes OneInst; observed: JetCreateInstance says -1080 then", "not alive"),
    Move("init.enter",   _U,  _I,  _INIT, "L3: recovery runs inside JetInit", "alive"),
    Move("init.enter",   _S,  _I,  _INIT, "source 1.4: JetInit looks at no stop flag"),
    Move("init.done",    _I,  _R,  _RUN, "IN: on success; L3", "not stopped"),
    Move("init.done",    _I,  _S,  _RUN, "source 1.1: fStopJetService is never cleared", "stopped"),
    Move("init.failed",  _I,  _U,  _BACK, "L4; DESIGN hard readings", "not stopped"),
    Move("init.failed",  _I,  _S,  _BACK, "source 1.1: fStopJetService is never cleared", "stopped"),
    Move("init.freed",   _I,  _U,  _FREED, "L4: a failed JetInit may free the handle"),
    Move("restore.enter", _U, _RE, {"phase": Phase.RESTORING}, "L8: a restore is under way", "alive"),
    Move("restore.enter", _S, _RE, {"phase": Phase.RESTORING}, "source 4.1: stop-service is not checked"),
    Move("restore.left", _RE, _U,  _BACK, "L9, L10: uninitialised afterwards; DESIGN hard readings", "not stopped"),
    Move("restore.left", _RE, _S,  _BACK, "source 1.1: fStopJetService is never cleared", "stopped"),
    Move("stop",         _R,  _S,  _ONE, "SI; L11"),
    Move("stop",         _U,  _S,  _ONE, "source 1.2: only that the instance exists; source 1.4: a restore set it up", "opened"),
    Move("stop",         _S,  _S,  _ONE, "SI; L11: one-way", "not stopped_all"),
    Move("stop",         _S,  _S,  {}, "C13: what StopServiceAll stopped stays so", "stopped_all"),
    Move("stop",         _X,  _X,  _ONE, "SI; L11", "not stopped_all"),
    Move("stop",         _X,  _X,  {}, "C13: what StopServiceAll stopped stays so", "stopped_all"),
    Move("stop",         _I,  _I,  _ONE, "source 1.2: no entry check", "not stopped_all"),
    Move("stop",         _I,  _I,  {}, "C13: what StopServiceAll stopped stays so", "stopped_all"),
    Move("stop",         _RE, _RE, _ONE, "source 4.2: JetStopServiceInstance still works", "not stopped_all"),
    Move("stop",         _RE, _RE, {}, "C13: what StopServiceAll stopped stays so", "stopped_all"),
    Move("stop",         _T,  _T,  _ONE, "source 1.2: no entry check", "not stopped_all"),
    Move("stop",         _T,  _T,  {}, "C13: what StopServiceAll stopped stays so", "stopped_all"),
    Move("stop.all",     _U,  _S,  _ALL, "source 1.2: only that the instance exists; source 1.4: a restore set it up", "opened"),
    Move("stop.all",     _R,  _S,  _ALL, "S2: StopServiceAll; L12"),
    Move("stop.all",     _S,  _S,  _ALL, "S2: StopServiceAll; L12"),
    Move("stop.all",     _X,  _X,  _ALL, "S2: StopServiceAll; L12"),
    Move("stop.all",     _I,  _I,  _ALL, "source 1.2: no entry check"),
    Move("stop.all",     _RE, _RE, _ALL, "source 4.2: JetStopServiceInstance still works"),
    Move("stop.all",     _T,  _T,  _ALL, "source 1.2: no entry check"),
    Move("fatal",        _R,  _X,  _FATAL, "L14: access to all data is revoked"),
    Move("fatal",        _S,  _X,  _FATAL, "L14: access to all data is revoked"),
    Move("fatal",        _X,  _X,  _FATAL, "L14: access to all data is revoked"),
    Move("fatal",        _T,  _T,  _FATAL, "L14: access to all data is revoked"),
    Move("term.created", _U,  _U,  _FREED, "L16: also destroys an uninitialised instance", "alive"),
    Move("term.created", _S,  _U,  _FREED, "source 1.4: JetTerm on a created instance frees it"),
    Move("term.enter",   _R,  _T,  _TERM, "TM, T2: the instance is being shut down"),
    Move("term.enter",   _S,  _T,  _TERM, "TM, T2: the purpose of stopping is termination; C5"),
    Move("term.enter",   _X,  _T,  _TERM, "L14: ending the instance is the general exit"),
    Move("term.done",    _T,  _U,  _FREED, "L16: shut down, handle closed; L17"),
    Move("term.failed",  _T,  _R,  _ALIVE, "source 1.4 j: alive again, backups refused for good", "not stopped & not fatal"),
    Move("term.failed",  _T,  _S,  _ALIVE, "source 1.4 j: alive again, backups refused for good", "stopped & not fatal"),
    Move("term.failed",  _T,  _X,  _ALIVE, "source 1.4 j: alive again, backups refused for good", "fatal"),
)
# fmt: on

TRIGGERS = frozenset(move.trigger for move in LIFECYCLE)


def lifecycle_move(trigger: str, control: Control) -> Control:
    """The control state after `trigger`; ValueError when the table has no such row: the caller asked the impossible."""
    here = view(control)
    for move in LIFECYCLE:
        if move.trigger == trigger and move.source is here and holds(move.condition, control, NOBODY):
            return control._replace(**move.sets)
    raise ValueError(f"no row of the lifecycle table leads {trigger!r} from {here.value}")


class Lifecycle:
    """What the `transitions` machine moves: it carries the control state that the conditions read."""

    state: str

    def __init__(self, control: Control) -> None:
        self.control = control


def build_machine(subject: Lifecycle) -> Machine:
    """A `transitions.Machine` over the seven states for `subject`, made of the lifecycle table alone."""
    transitions = [
        {
            "trigger": move.trigger.replace(".", "_"),
            "source": move.source.value,
            "dest": move.dest.value,
            "conditions": _condition(subject, move.condition),
        }
        for move in LIFECYCLE
    ]
    return Machine(
        model=subject,
        states=[state.value for state in View],
        transitions=transitions,
        initial=view(subject.control).value,
        auto_transitions=False,
    )


def _condition(subject: Lifecycle, condition: str) -> Any:
    return lambda: holds(condition, subject.control, NOBODY)
