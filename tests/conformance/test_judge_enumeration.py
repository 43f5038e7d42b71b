"""The judge against a plain enumeration: on random histories both give the same verdict, at the same event."""

import random
from typing import Any

import pytest
from jetconform.conformance.belief import Beliefs
from jetconform.conformance.judge import Judge
from jetconform.conformance.trace import CallEvent, Event, ReturnEvent
from jetconform.model.calls import Call, Instance, Place, Stage
from jetconform.model.guards.documented import DOCUMENTED
from jetconform.model.guards.ese import ESE
from jetconform.model.rows import Profile
from jetconform.model.state import INITIAL, Control
from jetconform.model.step import Pending, Stepper

NAMED = Instance.NAMED
ALPHABET: list[tuple[str, dict[str, Any], Call]] = [
    ("JetCreateInstance", {"instance": "i1"}, Call("JetCreateInstance", NAMED)),
    ("JetInit", {"instance": "i1"}, Call("JetInit", NAMED)),
    ("JetBackupInstance", {"instance": "i1", "path": None, "grbit": 0}, Call("JetBackupInstance", NAMED, Place.NULL)),
    (
        "JetBackupInstance",
        {"instance": "i1", "path": None, "grbit": 1},
        Call("JetBackupInstance", NAMED, Place.NULL, 1),
    ),
    ("JetStopServiceInstance", {"instance": "i1"}, Call("JetStopServiceInstance", NAMED)),
    ("JetStopBackupInstance", {"instance": "i1"}, Call("JetStopBackupInstance", NAMED)),
    ("JetTerm", {"instance": "i1"}, Call("JetTerm", NAMED)),
    ("JetTerm2", {"instance": "i1", "grbit": 4}, Call("JetTerm2", NAMED, grbit=4)),
]
CODES = (0, -505, -523, -801, -1000, -1003, -1029, -1031, -1086, -1329, -1910, -560)


def random_history(stepper: Stepper, dice: random.Random) -> tuple[list[Event], dict[int, Call]]:
    """A run of the model by two or three clients, each return of which may be replaced by another code."""
    control, flying, made = INITIAL, dict[int, Pending](), dict[int, Call]()
    events: list[Event] = []
    clients = dice.choice("23")
    while len(events) < 22:
        idle = len(flying) < int(clients)
        action = dice.random()
        if idle and (action < 0.4 or not flying):
            script = len(made) < 2 and dice.randrange(8) != 0
            name, args, call = ALPHABET[len(made)] if script and not flying else dice.choice(ALPHABET)
            number = len(made) + 1
            made[number], flying[number] = call, Pending(call)
            events.append(CallEvent(id=number, client=f"c{number}", call=name, args=args))
            continue
        number = dice.choice(list(flying))
        if flying[number].stage is Stage.DONE:
            code = flying.pop(number).code
            if code is None:
                break
            wrong = dice.random() < 0.06
            events.append(ReturnEvent(id=number, err=dice.choice(CODES) if wrong else code))
            continue
        steps = stepper.advance(control, flying[number])
        if steps:
            control, flying[number] = dice.choice(steps)
        elif all(not stepper.advance(control, one) and one.stage is not Stage.DONE for one in flying.values()):
            break
    return events, made


def first_unexplained(stepper: Stepper, events: list[Event], made: dict[int, Call]) -> int | None:
    """The first event that no run of the model explains, found by playing all runs; no interning, no slots, no beliefs."""
    states: set[tuple[Control, frozenset[tuple[int, Pending]]]] = {(INITIAL, frozenset())}
    for index, event in enumerate(events):
        following = set()
        for control, flying in states:
            if isinstance(event, CallEvent):
                following.add((control, flying | {(event.id, Pending(made[event.id]))}))
            elif isinstance(event, ReturnEvent):
                for one in flying:
                    if one[0] == event.id and one[1].stage is Stage.DONE and one[1].code == event.err:
                        following.add((control, flying - {one}))
        todo = list(following)
        while todo:
            control, flying = todo.pop()
            for number, pending in flying:
                for then, advanced in stepper.advance(control, pending):
                    state = (then, (flying - {(number, pending)}) | {(number, advanced)})
                    if state not in following:
                        following.add(state)
                        todo.append(state)
        if not following:
            return index
        states = following
    return None


@pytest.mark.parametrize("profile", [DOCUMENTED, ESE], ids=["documented", "ese"])
def test_verdicts_equal_those_of_a_plain_enumeration(profile: Profile) -> None:
    stepper = Stepper(profile)
    beliefs = Beliefs(stepper)
    dice = random.Random(20161104)
    rejected = 0
    for _ in range(250):
        events, made = random_history(stepper, dice)
        judge = Judge(beliefs)
        for event in events:
            judge.feed(event)
        found = None if judge.rejection is None else judge.rejection.index
        assert found == first_unexplained(stepper, events, made), events
        rejected += found is not None
    assert 20 < rejected < 230
