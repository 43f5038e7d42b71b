"""The view that people read, on states written by hand, and descriptions that tell states apart."""

import pytest
from jetconform.model.guards.documented import DOCUMENTED
from jetconform.model.guards.ese import ESE
from jetconform.model.rows import Profile
from jetconform.model.state import INITIAL, Control, Handle, Phase, Stop, View, describe, view
from model_reached import controls

VALID = Control(handle=Handle.VALID)
RUNNING = VALID._replace(phase=Phase.RUNNING)

# fmt: off
VIEWS: list[tuple[Control, View]] = [
    (INITIAL, View.UNINITIALIZED),
    (VALID, View.UNINITIALIZED),
    (Control(handle=Handle.FREED), View.UNINITIALIZED),
    (RUNNING, View.RUNNING),
    (RUNNING._replace(stop=Stop.PLAIN), View.STOPPED),
    (RUNNING._replace(stop=Stop.ALL), View.STOPPED),
    (VALID._replace(stop=Stop.PLAIN), View.STOPPED),
    (RUNNING._replace(fatal=True), View.UNAVAILABLE),
    (RUNNING._replace(fatal=True, stop=Stop.PLAIN), View.UNAVAILABLE),  # unavailable comes before stopped
    (VALID._replace(phase=Phase.TERMINATING, fatal=True, stop=Stop.ALL), View.TERMINATING),  # before unavailable
    (VALID._replace(phase=Phase.TERMINATING, stop=Stop.PLAIN), View.TERMINATING),
    (VALID._replace(phase=Phase.INITIALIZING, stop=Stop.PLAIN), View.INITIALIZING),
    (VALID._replace(phase=Phase.RESTORING, stop=Stop.ALL), View.RESTORING),  # the first of all
    (RUNNING._replace(backup_refused=True), View.RUNNING),
]
# fmt: on


@pytest.mark.parametrize(("control", "expected"), VIEWS)
def test_the_first_match_is_the_view(control: Control, expected: View) -> None:
    """DESIGN.md section 3: restoring, initializing, terminating, unavailable, stopped, running, uninitialized."""
    assert view(control) is expected


@pytest.mark.parametrize("profile", [DOCUMENTED, ESE], ids=["documented", "ese"])
def test_descriptions_tell_all_reachable_states_apart(profile: Profile) -> None:
    reached = controls(profile)
    assert len(reached) > 100
    assert len({describe(control) for control in reached}) == len(reached)


@pytest.mark.parametrize("profile", [DOCUMENTED, ESE], ids=["documented", "ese"])
def test_every_view_is_reached(profile: Profile) -> None:
    assert {view(control) for control in controls(profile)} == set(View)
