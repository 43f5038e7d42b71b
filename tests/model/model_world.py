"""Hand-made situations for the tests of the model: literal states and calls, and what a profile allows there."""

from jetconform.model.calls import Call, Instance, Place, Stage
from jetconform.model.cells import Cell, Node, cell_at, released
from jetconform.model.cells import started as start_held
from jetconform.model.domain import Hold
from jetconform.model.environment_moves import apply_fault
from jetconform.model.rows import Profile
from jetconform.model.state import Backed, Configuration, Control, Database, Handle, Phase
from jetconform.model.step import Stepper, run

NAMED, NIL, GARBAGE = Instance.NAMED, Instance.NIL, Instance.GARBAGE
EMPTY, MISSING, FILE, FOREIGN = Place.EMPTY, Place.MISSING, Place.FILE, Place.FOREIGN
NULL, BLANK, FULL_SET, ATOMIC_SET = Place.NULL, Place.BLANK, Place.FULL_SET, Place.ATOMIC_SET
FULL, INCREMENTAL, ATOMIC, BOTH = 0, 1, 4, 5
PATH = "db/test.edb"

GONE = Control(handle=Handle.FREED)
CREATED = Control(handle=Handle.VALID)
RUNNING = Control(handle=Handle.VALID, phase=Phase.RUNNING)
NEW = Database(PATH, attached=True, open_by=(("d1", "s1"),))
COPIED = NEW._replace(backed_up=Backed.YES)
NEVER_COPIED = RUNNING._replace(sessions=("s1",), databases=(NEW,))
BACKED_UP = RUNNING._replace(sessions=("s1",), databases=(COPIED,))
DETACHED = RUNNING._replace(sessions=("s1",), databases=(Database(PATH, backed_up=Backed.YES),))
RESTORABLE = CREATED._replace(databases=(Database(PATH, backed_up=Backed.YES),))


def with_parameters(control: Control, **values: bool) -> Control:
    return control._replace(configuration=Configuration(**values))


def backup(place: Place = EMPTY, grbit: int = FULL, instance: Instance = NAMED) -> Call:
    return Call("JetBackupInstance", instance, place, grbit)


def restore(place: Place = FULL_SET, destination: Place | None = None, instance: Instance = NAMED) -> Call:
    return Call("JetRestoreInstance", instance, place, destination=destination)


def call(name: str, grbit: int = 0, instance: Instance = NAMED) -> Call:
    return Call(name, instance, grbit=grbit)


def parameter(name: str, value: str) -> Call:
    return Call("JetSetSystemParameter", NAMED, parameter=name, value=value)


def in_session(name: str, path: str = "", database: str = "", session: str = "s1") -> Call:
    return Call(name, session=session, path=path, database=database)


INIT, TERM, STOP = call("JetInit"), call("JetTerm"), call("JetStopServiceInstance")
STOP_BACKUP, TERM_STOPPING = call("JetStopBackupInstance"), call("JetTerm2", 4)
CREATE = call("JetCreateInstance")


def codes(profile: Profile, control: Control, made: Call) -> set[int | None]:
    """What a call may return when it is made alone."""
    return {done.code for _, done in run(Stepper(profile), control, made)}


def held(profile: Profile, control: Control, made: Call, stage: Stage) -> Node:
    """The node in which that call is held at that stage."""
    node = start_held(Stepper(profile), control, Hold(made, "", stage))
    assert node is not None, f"{made.label()} cannot be held at {stage.value}"
    return node


def cell(profile: Profile, node: Node, made: Call) -> Cell:
    """The cell of a call beside one that is held."""
    return cell_at(Stepper(profile), node, made)


def after(profile: Profile, control: Control, *made: Call) -> Control:
    """The control state after these calls, each of which succeeds in one way."""
    for one in made:
        (control,) = {state for state, done in run(Stepper(profile), control, one) if done.code == 0}
    return control


def let_go(profile: Profile, node: Node) -> set[int | None]:
    """What the held call may return once it goes on."""
    return {outcome.code for outcome in released(Stepper(profile), node)}


def faulty(control: Control, *faults: str) -> Control:
    """The state after these faults of the environment."""
    for fault in faults:
        control = apply_fault(fault, control)
    return control
