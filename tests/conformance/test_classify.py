"""Argument classes: from a call as a trace tells it to the calls of the model that it may be."""

from typing import Any

import pytest
from jetconform.conformance.classify import GARBAGE, UnknownCall, classes
from jetconform.conformance.environment import FILE_FAULTS
from jetconform.conformance.history import INSTANCE, History
from jetconform.conformance.invocation import CALLS
from jetconform.conformance.reading import Reading
from jetconform.model.calls import ALL_CALLS, Call, Instance, Place
from jetconform.model.domains import DOMAINS
from jetconform.model.external import Target
from jetconform.model.ledger import ANYTHING, Ledger

LOG = "db/edb00000001.log"


@pytest.fixture
def ledger() -> Ledger:
    made = Ledger()
    made.put("bk1", Place.EMPTY)
    made.put("bk2", Place.FULL_SET, Place.FOREIGN)
    return made


def one(name: str, ledger: Ledger, **args: Any) -> Call:
    (call,) = classes(name, args, ledger, Reading())
    return call


@pytest.mark.parametrize(
    ("given", "instance"),
    [
        ({"instance": "i1"}, Instance.NAMED),
        ({"instance": None}, Instance.NIL),
        ({"instance": GARBAGE}, Instance.GARBAGE),
    ],
)
def test_the_worth_of_a_handle(given: dict[str, Any], instance: Instance, ledger: Ledger) -> None:
    assert one("JetInit", ledger, **given) == Call("JetInit", instance)


def test_a_call_in_a_session_has_no_instance(ledger: Ledger) -> None:
    call = one("JetCreateDatabase", ledger, session="s1", database="d1", path="db/test.edb")
    assert call == Call("JetCreateDatabase", session="s1", database="d1", path="db/test.edb")


def test_a_parameter_is_known_by_name_and_value_as_text(ledger: Ledger) -> None:
    call = one("JetSetSystemParameter", ledger, instance="i1", parameter="circular_log", value=1)
    assert call == Call("JetSetSystemParameter", Instance.NAMED, parameter="circular_log", value="1")


def test_how_many_rows_are_inserted_is_no_matter(ledger: Ledger) -> None:
    few, many = (
        classes("Insert", {"session": "s1", "database": "d1", "rows": rows}, ledger, Reading()) for rows in (1, 10**6)
    )
    assert few == many


@pytest.mark.parametrize("path", [None, "", "bk1", "bk2", "nothing", "/etc", "../x"])
def test_a_backup_is_every_class_that_its_path_leaves_open(path: str | None, ledger: Ledger) -> None:
    found = classes("JetBackupInstance", {"instance": "i1", "path": path, "grbit": 4}, ledger, Reading())
    assert {call.place for call in found} == ledger.at(path)
    assert {call._replace(place=None) for call in found} == {Call("JetBackupInstance", Instance.NAMED, None, 4)}


def test_a_restore_forks_on_its_source_and_its_destination(ledger: Ledger) -> None:
    found = classes("JetRestoreInstance", {"instance": "i1", "path": "bk2", "destination": "/x"}, ledger, Reading())
    assert {(call.place, call.destination) for call in found} == {
        (source, to) for source in (Place.FULL_SET, Place.FOREIGN) for to in ANYTHING
    }


def test_a_restore_without_a_destination_has_none(ledger: Ledger) -> None:
    args = {"instance": "i1", "path": "bk1", "destination": None}
    assert one("JetRestoreInstance", ledger, **args).destination is None
    assert one("JetRestoreInstance", ledger, **(args | {"destination": ""})).destination is Place.BLANK


@pytest.mark.parametrize("name", ["", "JetFoo", "jetinit", "__class__", "os.system"])
def test_a_call_that_the_model_does_not_know_is_refused(name: str, ledger: Ledger) -> None:
    with pytest.raises(UnknownCall, match="has no call"):
        classes(name, {"instance": "i1"}, ledger, Reading())


@pytest.mark.parametrize("grbit", ["1", None, 1.5, [1]])
def test_an_option_that_is_no_number_is_refused(grbit: Any, ledger: Ledger) -> None:
    with pytest.raises(UnknownCall, match="grbit must be an integer"):
        classes("JetTerm2", {"instance": "i1", "grbit": grbit}, ledger, Reading())


@pytest.mark.parametrize("key", ["path", "destination"])
@pytest.mark.parametrize("value", [5, ["bk1"], {"a": 1}, True])
def test_a_path_that_is_none_is_refused(key: str, value: Any, ledger: Ledger) -> None:
    args = {"instance": "i1", "path": "bk1", "destination": "bk1"} | {key: value}
    with pytest.raises(UnknownCall, match=f"{key} must be a path or null"):
        classes("JetRestoreInstance", args, ledger, Reading())


def test_the_calls_that_can_be_made_are_those_that_can_be_judged(ledger: Ledger) -> None:
    assert set(CALLS) == set(ALL_CALLS)
    for name, row in CALLS.items():
        args = dict.fromkeys(row.arguments, INSTANCE) | {"grbit": 0, "rows": 1, "value": 1}
        given = {key: args[key] for key in row.arguments}
        assert {call.name for call in classes(name, given, ledger, Reading())} == {name}


def test_what_a_history_makes_of_a_call_is_classified_as_that_call(ledger: Ledger) -> None:
    """There and back: from the model's call to arguments and to the model's call again."""

    class Environment(History):
        """Makes no engine: faults change the ledger alone."""

        def __init__(self) -> None:
            self._fresh = 0
            self.judge = self  # type: ignore[assignment]
            self.ledger = Ledger()
            self.ledger.put("bk98", Place.FULL_SET)
            self.ledger.put("bk99", Place.ATOMIC_SET)
            self.read: set[str] = set()

        def reading(self, instance: str) -> Reading:
            assert instance == INSTANCE
            return Reading(logs=frozenset({LOG}), read=self.read, path=LOG, size=1 << 20, given={"f1", "f2"})

        def fault(self, kind: str, target: str = "") -> bool:
            assert kind in FILE_FAULTS
            self.ledger.fault(kind, target)
            return True

    history = Environment()
    calls = {call for domain in DOMAINS for call in (*domain.calls, *domain.probes, *domain.setup)}
    assert len(calls) > 100
    for call in calls:
        history.read = {LOG} if call.target is Target.READ_LOG else set()
        args = history.arguments(call)
        assert set(CALLS[call.name].arguments) <= set(args), call
        made = call._replace(path=args["destination"] or "") if call.name == "JetRestoreInstance" else call
        assert classes(call.name, args, history.ledger, history.reading(INSTANCE)) == {made}, call.label()
