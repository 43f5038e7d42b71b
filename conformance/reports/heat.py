"""The heat table: which code came back from which call, in how many cells; and for each call, in which of the seven states."""

from collections.abc import Sequence

from ...model.state import View
from ...model.vocabulary import code_name
from ..exercised import CallInState, CodeCount, Exercised
from .blame import Blamed
from .markup import Markup, element, inner, scroll

DIES = "dies"
SEEN, NEVER, UNEXPECTED = "●", "○", "✗"
FIRST = "JetBackupInstance"


def heat(exercised: Exercised, where: Blamed | None) -> Markup:
    """The table of all codes and calls, then one for each call; the one of the finding, or of the backup call, is open."""
    by_call: dict[str, list[CallInState]] = {}
    for one in exercised.calls:
        by_call.setdefault(one.call, []).append(one)
    if where is not None and where.call and where.code:
        by_call.setdefault(where.call, [])
    names = sorted(by_call, key=lambda name: (name != FIRST, name))
    opened = where.call if where is not None and where.call in by_call else FIRST
    key = f"{SEEN} came back; {NEVER} allowed, and never came back; {UNEXPECTED} not allowed, and came back"
    return inner(
        element("p", key, ": an engine may choose where the contract allows several codes, so ○ alone is no failure."),
        _overview(names, by_call, where),
        element("h3", "Call by call"),
        [_call(name, by_call[name], where, open_=name == opened) for name in names],
    )


def _total(found: Sequence[CallInState]) -> dict[str, CodeCount]:
    total: dict[str, CodeCount] = {}
    for one in found:
        for code, count in one.codes.items():
            before = total.get(code, CodeCount(0, 0))
            total[code] = CodeCount(before.allowed + count.allowed, before.returned + count.returned)
    return total


def _order(code: str) -> tuple[bool, int]:
    return code == DIES, 0 if code == DIES else -int(code)


def _named(code: str) -> str:
    return "the process dies" if code == DIES else code_name(int(code))


def _overview(names: Sequence[str], by_call: dict[str, list[CallInState]], where: Blamed | None) -> Markup:
    totals = {name: _total(by_call[name]) for name in names}
    codes = {code for total in totals.values() for code in total} | ({where.code} if where and where.code else set())
    head = element("tr", element("th", "code", scope="col"), [_upright(name) for name in names])
    rows = (
        element(
            "tr",
            element("th", _named(code), scope="row"),
            [_spot(totals[name].get(code), name, code, unexpected=_is_here(where, name, code, "")) for name in names],
        )
        for code in sorted(codes, key=_order)
    )
    caption = element("caption", "Every code of every call, over all states that this engine was brought to")
    table = element("table", caption, element("thead", head), element("tbody", list(rows)), class_="grid")
    return scroll(table, "codes and calls")


def _upright(name: str) -> Markup:
    return element("th", element("span", name.removeprefix("Jet"), title=name), scope="col", class_="up")


def _is_here(where: Blamed | None, call: str, code: str, state: str) -> bool:
    return where is not None and (where.call, where.code) == (call, code) and (not state or where.state == state)


def _spot(count: CodeCount | None, call: str, code: str, *, unexpected: bool) -> Markup:
    if unexpected:
        return element("td", UNEXPECTED, class_="x", title=f"{call}: {_named(code)}, not allowed")
    if count is None:
        return element("td")
    sign, kind = (SEEN, "s") if count.returned else (NEVER, "n")
    return element(
        "td", sign, class_=kind, title=f"{call}: {_named(code)} in {count.returned:,} of {count.allowed:,} cells"
    )


def _call(name: str, found: Sequence[CallInState], where: Blamed | None, *, open_: bool) -> Markup:
    cells, covered = sum(one.cells for one in found), sum(one.covered for one in found)
    states = [one.value for one in View if any(each.state == one.value for each in found)]
    if where is not None and where.call == name and where.code and where.state and where.state not in states:
        states.append(where.state)
    by_state = {one.state: one for one in found}
    codes = set(_total(found)) | ({where.code} if where is not None and where.call == name and where.code else set())
    head = element("tr", element("th", "code", scope="col"), [element("th", state, scope="col") for state in states])
    rows = [
        element(
            "tr",
            element("th", _named(code), scope="row"),
            [_place(by_state.get(state), code, unexpected=_is_here(where, name, code, state)) for state in states],
        )
        for code in sorted(codes, key=_order)
    ]
    ends = element("tr", element("th", "cells covered", scope="row"), [_sum(by_state.get(state)) for state in states])
    caption = element("caption", f"{name}: cells in which a code came back, of those in which it is allowed")
    table = element("table", caption, element("thead", head), element("tbody", rows), element("tfoot", ends))
    summary = element("summary", element("code", name), f" {covered:,} of {cells:,} cells covered")
    return element(
        "details",
        summary,
        scroll(table, name),
        open="open" if open_ else None,
        class_="call",
        data_find=name.lower(),
    )


def _place(one: CallInState | None, code: str, *, unexpected: bool) -> Markup:
    count = one.codes.get(code) if one is not None else None
    if unexpected:
        return element("td", f"{UNEXPECTED} came back", class_="x")
    if count is None:
        return element("td")
    sign, kind = (SEEN, "s") if count.returned else (NEVER, "n")
    return element("td", f"{sign} {count.returned:,}/{count.allowed:,}", class_=kind)


def _sum(one: CallInState | None) -> Markup:
    return element("td", f"{one.covered:,}/{one.cells:,}" if one is not None else "")
