"""A finding on the page: the picture of its history, and beside it what was allowed, why, and by which cited rows."""

import shlex

import msgspec

from ..explain import RowText, StateText
from ..findings import Finding
from ..scorecard import Scorecard
from .markup import Markup, cut, element, inner, scroll
from .picture import draw
from .story import Story
from .wording import headline, history_length

STATES, ROWS, SENTENCE, WORDS, COMMAND = 4, 16, 600, 160, 1_000
"""At the most: states, rows of a state; characters of a sentence, of a part of a row, and of a command."""


def section(card: Scorecard, finding: Finding, story: Story) -> Markup:
    """The finding of a run."""
    why = finding.explanation
    figure = element(
        "figure",
        scroll(draw(story, title=f"The failing history: {cut(headline(finding), 200)}"), "the failing history"),
        element("figcaption", history_length(finding), ". Time goes down; dashed: more than one was possible."),
    )
    return inner(
        element("p", element("strong", cut(headline(finding), SENTENCE)), class_="headline"),
        element("div", figure, element("aside", _why(finding), aria_label="why"), class_="beside")
        if finding.events
        else element("aside", _why(finding), aria_label="why"),
        _again(card, finding),
        element("p", "The files of the finding could not be saved: ", cut(card.unsaved, COMMAND))
        if card.unsaved
        else "",
        [] if why.prefix == 0 or not why.before else _before(finding),
    )


def _why(finding: Finding) -> list[Markup]:
    why = finding.explanation
    facts = [("came back", why.observed, "x"), ("allowed", ", ".join(why.allowed), "s"), ("why", why.reason, "")]
    shown = [
        (element("dt", name), element("dd", cut(text, SENTENCE), class_=kind or None))
        for name, text, kind in facts
        if text
    ]
    others = [(element("dt", "overlaps"), element("dd", cut(one, SENTENCE))) for one in why.overlapping[:STATES]]
    rules = [_state(one) for one in why.states[:STATES]]
    more = len(why.states) - STATES
    return [
        element("h3", "Why"),
        element("dl", shown, others),
        element("h3", "What holds there") if rules else Markup(),
        *rules,
        element("p", f"and {more:,} more states were possible") if more > 0 else Markup(),
    ]


def _state(one: StateText) -> Markup:
    rows = [_row(row) for row in one.rows[:ROWS]]
    left = len(one.rows) - ROWS
    return inner(
        element("p", "In state ", element("em", cut(one.state, SENTENCE)), _flying(one), ":"),
        element("ul", rows, element("li", f"and {left} more rows") if left > 0 else "", class_="rows"),
    )


def _flying(one: StateText) -> str:
    return f", with {'; '.join(cut(other, 120) for other in one.in_flight[:STATES])} in flight" if one.in_flight else ""


def _row(row: RowText) -> Markup:
    name, at, condition, outcome, force, citation = (cut(part, WORDS) for part in msgspec.structs.astuple(row))
    rule = f" {force} at {at}: {outcome} where {condition}"
    return element("li", element("code", name), rule, element("cite", citation))


def _again(card: Scorecard, finding: Finding) -> Markup:
    if not card.saved:
        return Markup()
    command = shlex.join(["jetconform", "replay", card.saved, "--engine", card.engine])
    schedule = ""
    if finding.schedule:
        s = "" if finding.preemptions == 1 else "s"
        told = f"{finding.preemptions} preemption{s}, {finding.steps:,} steps"
        schedule = f"its schedule is {cut(finding.schedule, 120)} ({told})."
    return inner(
        element("p", "Make it again: ", schedule),
        element("pre", element("code", cut(command, COMMAND))),
    )


def _before(finding: Finding) -> Markup:
    why = finding.explanation
    rows = [
        element(
            "tr",
            element("td", cut(one.state, SENTENCE)),
            element("td", cut("; ".join(one.in_flight), SENTENCE)),
            element("td", cut(", ".join(one.allowed), SENTENCE)),
        )
        for one in why.before
    ]
    heads = [element("th", name, scope="col") for name in ("possible state", "in flight", "allows")]
    more = f" and {why.before_more:,} more states" if why.before_more else ""
    caption = (
        f"Just before the last of the first {why.prefix:,} events, the shortest prefix that nothing explains{more}"
    )
    table = element("table", element("caption", caption), element("tr", heads), rows)
    return scroll(table, "possible states")
