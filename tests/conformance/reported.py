"""What the tests of the reports share: a run that failed, one that did not, and a document that must be whole."""

from html.parser import HTMLParser
from typing import Any

from jetconform.conformance.exercised import CallInState, CodeCount, Exercised, pack
from jetconform.conformance.explain import Explanation, RowText, StateText
from jetconform.conformance.findings import Finding
from jetconform.conformance.scorecard import Cells, Codes, Level, Scorecard
from jetconform.conformance.trace import CallEvent, Event, ReturnEvent
from jetconform.model.vocabulary import DOCUMENTED_CODES

VOID = ("meta", "br")


def call(number: int, name: str, client: str = "A", **args: Any) -> CallEvent:
    return CallEvent(id=number, client=client, call=name, args={"instance": "i1"} | args)


def back(number: int, err: int = 0) -> ReturnEvent:
    return ReturnEvent(id=number, err=err)


EVENTS: list[Event] = [
    call(1, "JetCreateInstance"),
    back(1),
    call(2, "JetInit"),
    back(2),
    call(3, "JetBackupInstance", "B", path=None, grbit=0),
    back(3, -505),
]
"""A backup that is refused although none runs."""

WHY = Explanation(
    kind="rejected",
    profile="documented",
    call_id=3,
    call="JetBackupInstance(null, full)",
    observed="-505 BackupInProgress",
    reason="no guard row and no success row gives this code here",
    allowed=["0 Success"],
    states=[
        StateText(
            state="running",
            in_flight=[],
            rows=[RowText("BI.ok-null", "leave", "place_null", "0 Success", "success", "BI Parameters: a null path")],
            allowed=["0 Success"],
        )
    ],
)


def finding(events: list[Event] | None = None, why: Explanation = WHY) -> Finding:
    return Finding(
        events=EVENTS if events is None else events,
        explanation=why,
        engine="python:broken:factory",
        profile="documented",
        seed=7,
        minimal=True,
        calls_before=137,
    )


def card(**changes: Any) -> Scorecard:
    """The card of a run of level 1 that conforms, with these changes."""
    in_running = CallInState(
        call="JetBackupInstance",
        state="running",
        cells=4,
        covered=3,
        codes={"0": CodeCount(3, 2), "-505": CodeCount(2, 1), "-900": CodeCount(1, 0)},
    )
    created = CallInState(
        call="JetInit", state="uninitialized", cells=2, covered=2, codes={"0": CodeCount(2, 2), "dies": CodeCount(1, 0)}
    )
    values: dict[str, Any] = {
        "verdict": "conforms",
        "engine": "python:broken:factory",
        "profile": "documented",
        "seed": 7,
        "calls": 674,
        "codes": Codes(
            documented=list(map(int, DOCUMENTED_CODES)), reachable=[0, -505], seen=[0], missing=[-505], forced=[0]
        ),
        "cells": Cells(reachable=6, covered=5, in_model=9),
        "levels": [Level(level=1, name="codes", verdict="conforms", calls=674, guarantee="cells 5 of 6")],
        "exercised": Exercised(
            calls=[in_running, created],
            returned={"0": pack(["00000000aa", "00000000bb"]), "-505": pack(["00000000cc"])},
            moves=[("uninitialized", "running")],
        ),
        "command": "jetconform check --engine python:broken:factory --only-level 1 --seed 7",
    }
    return Scorecard(**(values | changes))


def failed(**changes: Any) -> Scorecard:
    """The card of a run that did not."""
    level = Level(
        level=1, name="codes", verdict="does-not-conform", calls=674, guarantee="none: it ended at the finding"
    )
    return card(verdict="does-not-conform", levels=[level], finding=changes.pop("finding", finding()), **changes)


class Document(HTMLParser):
    """A document whose elements are all closed in their order; what it holds."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []  # element, name, value
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in ("style", "script"):
            self.text += data
