"""The contract with all deviations of Microsoft's engine allows everything that the `ese` profile does."""

import pytest
from jetconform.conformance import deviating
from jetconform.model.calls import Call, Instance, Place
from jetconform.model.cells import explore
from jetconform.model.deviations import Deviation, Harm, overlay
from jetconform.model.domain import Domain
from jetconform.model.file_domains import domains_of
from jetconform.model.guards.ese import ESE
from jetconform.model.overlay import stepper_of
from jetconform.model.state import Control, Handle, Phase
from jetconform.model.step import Stepper, run

NO_HISTORY = {"IN.page"}
"""A finding in the files beside a state without damage: the domain of files has it, and no history leads to it."""

ALL = deviating.overlaid(deviating.SHIPPED)
LARGE = 1_000
"""Of a domain with more moments every fifth is asked."""

RUNNING = Control(handle=Handle.VALID, phase=Phase.RUNNING)
SNAPSHOT_BIT = Call("JetBackupInstance", Instance.NAMED, Place.EMPTY, grbit=0x10)
NOWHERE = Call("JetBackupInstance", Instance.NAMED, Place.MISSING, grbit=0x14)


@pytest.mark.parametrize("domain", domains_of(ESE), ids=lambda domain: domain.name)
def test_it_allows_what_the_engine_does(domain: Domain) -> None:
    engine, ours = Stepper(ESE), stepper_of(ALL)
    explored = explore(engine, domain).cells.items()
    moments = list(dict.fromkeys((node.control, cell.call) for node, cells in explored for cell in cells))
    if len(moments) > LARGE:
        moments = moments[::5]
    assert moments
    for control, call in moments:
        allowed = {done.code for _, done in run(ours, control, call)}
        missing = {done.row.id for _, done in run(engine, control, call) if done.row and done.code not in allowed}
        assert missing <= NO_HISTORY, (call.label(), control)


def _deviation(replaces: tuple[str, ...] = (), by: tuple[str, ...] = ()) -> Deviation:
    return Deviation("one", Harm.CODE, "r", "s", "p", "h", replaces, by)


def _codes(deviation: Deviation, call: Call) -> set[int | None]:
    return {done.code for _, done in run(stepper_of(overlay([deviation], name="x")), RUNNING, call)}


def test_a_replaced_row_no_longer_forbids_success() -> None:
    assert _codes(_deviation(("BI.path-missing",)), SNAPSHOT_BIT) == {-900}
    assert _codes(_deviation(("BI.grbit",)), SNAPSHOT_BIT) == {0, -900}


def test_a_replaced_row_does_not_lift_another() -> None:
    assert _codes(_deviation(("BI.grbit",)), NOWHERE) == {-900, -1023}


def test_a_row_of_the_engine_is_allowed_where_the_engine_takes_it() -> None:
    assert _codes(_deviation(by=("BI.G30",)), NOWHERE) == {-900, -1023, -525}
    assert _codes(_deviation(by=("BI.G30",)), SNAPSHOT_BIT) == {-900}


def test_the_order_of_the_engine_holds() -> None:
    circular = RUNNING._replace(configuration=RUNNING.configuration._replace(circular=True))
    call = NOWHERE._replace(grbit=0x15)
    alone = stepper_of(overlay([_deviation(by=("BI.G30",))], name="x"))
    assert -525 in _codes(_deviation(by=("BI.G30",)), NOWHERE)
    assert -525 not in {done.code for _, done in run(alone, circular, call)}
