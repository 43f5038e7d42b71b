"""Every move of the lifecycle table from a state that has everything set, against the state worked out by hand."""

import pytest
from jetconform.model.lifecycle import Lifecycle, build_machine, lifecycle_move
from jetconform.model.state import Control, Handle, Log, Phase, Stop, StopRequest, View, view

NOBODY, GONE, CREATED = Control(), Control(handle=Handle.FREED), Control(handle=Handle.VALID)
INITIALIZING, RESTORING = CREATED._replace(phase=Phase.INITIALIZING), CREATED._replace(phase=Phase.RESTORING)
RUNNING, TERMINATING = CREATED._replace(phase=Phase.RUNNING), CREATED._replace(phase=Phase.TERMINATING)
PLAIN, ALL = {"stop": Stop.PLAIN}, {"stop": Stop.ALL}
LEFT_OVER = {
    "backup_refused": True, "one_instance": True, "opened": True, "term_waiting": True, "stop_backup": StopRequest.DURING,
    "log": Log.REFUSED,
}  # fmt: skip
"""What an instance may have been through besides: nothing of it is left when its handle is freed [L16]."""
UNAVAILABLE = RUNNING._replace(fatal=True)
REFUSED = {"backup_refused": True}


def of(start: Control, **changes: object) -> Control:
    return start._replace(**changes)  # type: ignore[arg-type]


# fmt: off
MOVES: list[tuple[str, Control, View, Control]] = [
    ("create", NOBODY, View.UNINITIALIZED, CREATED),  # L1
    ("create", GONE, View.UNINITIALIZED, CREATED),
    ("init.one", NOBODY, View.RUNNING, of(RUNNING, one_instance=True)),  # source 1.1
    ("init.one", GONE, View.RUNNING, of(RUNNING, one_instance=True)),
    ("init.enter", CREATED, View.INITIALIZING, INITIALIZING),  # L3
    ("init.enter", of(CREATED, **PLAIN), View.INITIALIZING, of(INITIALIZING, **PLAIN)),  # source 1.4: no flag is looked at
    ("init.done", of(INITIALIZING, opened=True), View.RUNNING, RUNNING),
    ("init.done", of(INITIALIZING, opened=True, **PLAIN), View.STOPPED, of(RUNNING, **PLAIN)),  # source 1.1: never cleared
    ("init.failed", INITIALIZING, View.UNINITIALIZED, CREATED),  # L4
    ("init.failed", of(INITIALIZING, **PLAIN), View.STOPPED, of(CREATED, **PLAIN)),
    ("init.freed", of(INITIALIZING, fatal=True, **PLAIN, **LEFT_OVER), View.UNINITIALIZED, GONE),
    ("restore.enter", CREATED, View.RESTORING, RESTORING),  # L8
    ("restore.enter", of(CREATED, **PLAIN), View.RESTORING, of(RESTORING, **PLAIN)),  # source 4.1
    ("restore.left", RESTORING, View.UNINITIALIZED, CREATED),  # L9
    ("restore.left", of(RESTORING, **PLAIN), View.STOPPED, of(CREATED, **PLAIN)),
    ("stop", RUNNING, View.STOPPED, of(RUNNING, **PLAIN)),  # L11
    ("stop", of(CREATED, opened=True), View.STOPPED, of(CREATED, opened=True, **PLAIN)),  # source 1.4
    ("stop", of(RUNNING, **PLAIN), View.STOPPED, of(RUNNING, **PLAIN)),
    ("stop", of(RUNNING, **ALL), View.STOPPED, of(RUNNING, **ALL)),  # C13: what StopServiceAll stopped stays so
    ("stop", UNAVAILABLE, View.UNAVAILABLE, of(UNAVAILABLE, **PLAIN)),
    ("stop", of(UNAVAILABLE, **ALL), View.UNAVAILABLE, of(UNAVAILABLE, **ALL)),
    ("stop", INITIALIZING, View.INITIALIZING, of(INITIALIZING, **PLAIN)),  # source 1.2: no entry check
    ("stop", of(INITIALIZING, **ALL), View.INITIALIZING, of(INITIALIZING, **ALL)),
    ("stop", RESTORING, View.RESTORING, of(RESTORING, **PLAIN)),  # source 4.2
    ("stop", of(RESTORING, **ALL), View.RESTORING, of(RESTORING, **ALL)),
    ("stop", TERMINATING, View.TERMINATING, of(TERMINATING, **PLAIN)),
    ("stop", of(TERMINATING, **ALL), View.TERMINATING, of(TERMINATING, **ALL)),
    ("stop.all", of(CREATED, opened=True), View.STOPPED, of(CREATED, opened=True, **ALL)),
    ("stop.all", RUNNING, View.STOPPED, of(RUNNING, **ALL)),  # L12
    ("stop.all", of(RUNNING, **PLAIN), View.STOPPED, of(RUNNING, **ALL)),
    ("stop.all", UNAVAILABLE, View.UNAVAILABLE, of(UNAVAILABLE, **ALL)),
    ("stop.all", INITIALIZING, View.INITIALIZING, of(INITIALIZING, **ALL)),
    ("stop.all", RESTORING, View.RESTORING, of(RESTORING, **ALL)),
    ("stop.all", TERMINATING, View.TERMINATING, of(TERMINATING, **ALL)),
    ("fatal", of(RUNNING, log=Log.TORN), View.UNAVAILABLE, UNAVAILABLE),  # L14
    ("fatal", of(RUNNING, log=Log.TORN, **PLAIN), View.UNAVAILABLE, of(UNAVAILABLE, **PLAIN)),
    ("fatal", of(UNAVAILABLE, log=Log.REFUSED), View.UNAVAILABLE, UNAVAILABLE),
    ("fatal", of(TERMINATING, log=Log.TORN), View.TERMINATING, of(TERMINATING, fatal=True)),
    ("term.created", of(CREATED, **LEFT_OVER), View.UNINITIALIZED, GONE),  # L16
    ("term.created", of(CREATED, **PLAIN, **LEFT_OVER), View.UNINITIALIZED, GONE),  # source 1.4
    ("term.enter", RUNNING, View.TERMINATING, TERMINATING),
    ("term.enter", of(RUNNING, **PLAIN), View.TERMINATING, of(TERMINATING, **PLAIN)),  # C5
    ("term.enter", UNAVAILABLE, View.TERMINATING, of(TERMINATING, fatal=True)),  # L14: the general exit
    ("term.done", of(TERMINATING, fatal=True, **PLAIN, **LEFT_OVER), View.UNINITIALIZED, GONE),  # L16, L17
    ("term.failed", TERMINATING, View.RUNNING, of(RUNNING, **REFUSED)),  # source 1.4 j
    ("term.failed", of(TERMINATING, **PLAIN), View.STOPPED, of(RUNNING, **PLAIN, **REFUSED)),
    ("term.failed", of(TERMINATING, fatal=True), View.UNAVAILABLE, of(UNAVAILABLE, **REFUSED)),
    ("term.failed", of(TERMINATING, fatal=True, **PLAIN), View.UNAVAILABLE, of(UNAVAILABLE, **PLAIN, **REFUSED)),
]

IMPOSSIBLE: list[tuple[str, Control]] = [
    ("create", CREATED), ("init.one", CREATED), ("init.enter", GONE), ("restore.enter", GONE), ("term.created", GONE),
    ("stop", CREATED), ("stop.all", CREATED), ("init.done", RUNNING), ("term.done", RUNNING), ("term.failed", RUNNING),
    ("fatal", INITIALIZING), ("term.enter", RESTORING), ("restore.left", INITIALIZING),
]
# fmt: on


@pytest.mark.parametrize(
    ("trigger", "start", "dest", "after"), MOVES, ids=[f"{trigger} {n}" for n, (trigger, *_) in enumerate(MOVES)]
)
def test_a_move_sets_this_and_nothing_else(trigger: str, start: Control, dest: View, after: Control) -> None:
    moved = lifecycle_move(trigger, start)
    assert moved == after
    assert view(moved) is dest


@pytest.mark.parametrize(("trigger", "start"), IMPOSSIBLE)
def test_a_move_that_there_is_not(trigger: str, start: Control) -> None:
    with pytest.raises(ValueError, match="no row of the lifecycle table"):
        lifecycle_move(trigger, start)


def test_the_machine_goes_there() -> None:
    subject = Lifecycle(NOBODY)
    machine = build_machine(subject)
    for trigger, start, dest, _ in MOVES:
        subject.control = start
        machine.set_state(view(start).value, model=subject)
        assert getattr(subject, trigger.replace(".", "_"))(), (trigger, start)
        assert subject.state == dest.value, (trigger, start)
