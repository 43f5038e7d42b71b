"""The two things made of the lifecycle table, the step function's moves and a `transitions` machine, are one."""

import pytest
from jetconform.model.guards.documented import DOCUMENTED
from jetconform.model.guards.ese import ESE
from jetconform.model.lifecycle import LIFECYCLE, TRIGGERS, Lifecycle, build_machine, lifecycle_move
from jetconform.model.rows import Profile
from jetconform.model.state import Control, Handle, Phase, Stop, View, view
from model_reached import controls
from transitions import MachineError

RUNNING = Control(handle=Handle.VALID, phase=Phase.RUNNING)
CREATED = Control(handle=Handle.VALID)

# fmt: off
MOVES: list[tuple[str, Control, View | None]] = [
    ("create", Control(), View.UNINITIALIZED),
    ("init.enter", CREATED, View.INITIALIZING),
    ("init.enter", RUNNING, None),
    ("init.done", CREATED._replace(phase=Phase.INITIALIZING), View.RUNNING),
    ("init.done", CREATED._replace(phase=Phase.INITIALIZING, stop=Stop.PLAIN), View.STOPPED),
    ("init.failed", CREATED._replace(phase=Phase.INITIALIZING), View.UNINITIALIZED),
    ("restore.enter", CREATED, View.RESTORING),
    ("restore.enter", RUNNING, None),
    ("restore.left", CREATED._replace(phase=Phase.RESTORING), View.UNINITIALIZED),  # L9, L10
    ("stop", RUNNING, View.STOPPED),  # L11
    ("stop", RUNNING._replace(fatal=True), View.UNAVAILABLE),
    ("fatal", RUNNING, View.UNAVAILABLE),  # L14
    ("fatal", CREATED, None),
    ("term.enter", RUNNING, View.TERMINATING),
    ("term.enter", RUNNING._replace(stop=Stop.PLAIN), View.TERMINATING),  # C5
    ("term.enter", CREATED, None),
    ("term.created", CREATED, View.UNINITIALIZED),  # L16
    ("term.done", RUNNING._replace(phase=Phase.TERMINATING), View.UNINITIALIZED),
    ("term.failed", RUNNING._replace(phase=Phase.TERMINATING), View.RUNNING),
    ("term.failed", RUNNING._replace(phase=Phase.TERMINATING, fatal=True), View.UNAVAILABLE),
]
# fmt: on


def by_table(trigger: str, control: Control) -> View | None:
    try:
        return view(lifecycle_move(trigger, control))
    except ValueError:
        return None


@pytest.mark.parametrize(("trigger", "control", "expected"), MOVES)
def test_moves_worked_out_by_hand(trigger: str, control: Control, expected: View | None) -> None:
    assert by_table(trigger, control) is expected


@pytest.mark.parametrize("profile", [DOCUMENTED, ESE], ids=["documented", "ese"])
def test_table_and_machine_agree_in_every_reachable_state(profile: Profile) -> None:
    subject = Lifecycle(Control())
    machine = build_machine(subject)
    for control in controls(profile):
        for trigger in TRIGGERS:
            subject.control = control
            machine.set_state(view(control).value, model=subject)
            moved = _fired(subject, trigger.replace(".", "_"))
            assert (View(subject.state) if moved else None) is by_table(trigger, control), (trigger, control)


def _fired(subject: Lifecycle, trigger: str) -> bool:
    try:
        return bool(getattr(subject, trigger)())
    except MachineError:
        return False


def test_the_machine_has_no_other_transitions() -> None:
    """`auto_transitions=False`: no `to_running()` from everywhere."""
    machine = build_machine(Lifecycle(Control()))
    assert set(machine.events) == {trigger.replace(".", "_") for trigger in TRIGGERS}
    assert set(machine.states) == {state.value for state in View}


def test_every_row_leads_where_it_says() -> None:
    """The fields that a row sets give its destination, from any state of its source that meets its condition."""
    for profile in (DOCUMENTED, ESE):
        for control in controls(profile):
            for move in LIFECYCLE:
                if view(control) is move.source and by_table(move.trigger, control) is not None:
                    after = lifecycle_move(move.trigger, control)
                    rows = [row for row in LIFECYCLE if row.trigger == move.trigger and row.source is move.source]
                    assert view(after) in {row.dest for row in rows}


def test_every_row_cites_its_source() -> None:
    assert all(move.citation for move in LIFECYCLE)
