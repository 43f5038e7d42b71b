"""The report of a run as one HTML page: read offline, without a script, in light and in dark, on narrow and wide screens."""

from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from ...model.vocabulary import code_name
from ..exercised import places_of
from ..laboratory import contract
from ..scorecard import Level, Scorecard
from . import chart
from .blame import Blamed, blamed
from .finding import COMMAND, SENTENCE, WORDS
from .finding import section as finding_section
from .heat import heat
from .look import MONO, SANS, page_variables
from .markup import Markup, cut, element, inner, scroll
from .story import of_finding

NOT_EXERCISED = 200
"""Lines of what was not exercised; the rest is counted, and in the JSON."""

SIGNS = {"conforms": "✓", "does-not-conform": "✗", "unknown": "?", "not-exercised": "∅"}
_FOLDER = Path(__file__).parent
STYLE, SCRIPT = _FOLDER / "page.css", _FOLDER / "page.js"


def page(card: Scorecard) -> str:
    """The page. CheckError where the file of the profile's deviations is gone."""
    where, found = None, Markup()
    if card.finding is not None:
        story = of_finding(card.finding)
        where = blamed(card.finding, story)
        found = _section("finding", "Finding", finding_section(card, card.finding, story))
    body = inner(
        _header(card),
        element(
            "main",
            found,
            _section("scorecard", "Scorecard", _levels(card.levels), _codes(card)),
            _covered(card, where),
            _deviations(card),
            _section("not-exercised", "Not exercised", _missing(card.not_exercised)),
            _section("again", "Run it again", _again(card)),
        ),
    )
    return document(f"{card.verdict}: {cut(card.engine, 80)}", body)


def document(title: str, body: Markup) -> str:
    """A page with that body, in the look of all of them: it needs nothing but itself."""
    return f"<!DOCTYPE html>\n{element('html', _head(title), element('body', body), lang='en')}\n"


def _head(title: str) -> Markup:
    style = f"{page_variables()}:root{{--sans:{SANS};--mono:{MONO}}}{STYLE.read_text(encoding='utf-8')}"
    script = SCRIPT.read_text(encoding="utf-8")
    allowed = b64encode(sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{allowed}'"
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", title),
        element("style", Markup(style)),
        element("script", Markup(script), type="module"),
    )


def _section(name: str, title: str, *content: Markup | list[Markup]) -> Markup:
    return element("section", element("h2", title), *content, id=name)


def _header(card: Scorecard) -> Markup:
    verdict = card.verdict.replace("-", " ")
    facts = (("engine", card.engine), ("profile", card.profile), ("seed", str(card.seed)), ("calls", f"{card.calls:,}"))
    return element(
        "header",
        element("h1", element("span", f"{SIGNS[card.verdict]} {verdict}", class_=f"badge {card.verdict}")),
        element("dl", [_fact(name, value) for name, value in facts], class_="facts"),
    )


def _fact(name: str, value: str) -> Markup:
    return element("div", element("dt", name), element("dd", cut(value, 200)))


def _levels(levels: Sequence[Level]) -> Markup:
    heads = [element("th", name, scope="col") for name in ("level", "verdict", "calls", "guarantee")]
    rows = [
        element(
            "tr",
            element("th", f"{one.level} {one.name}", scope="row"),
            element("td", f"{SIGNS[one.verdict]} {one.verdict.replace('-', ' ')}", class_=f"verdict {one.verdict}"),
            element("td", f"{one.calls:,}", class_="number"),
            element("td", cut(one.guarantee, SENTENCE)),
        )
        for one in levels
    ]
    caption = element("caption", "What was exhausted, and what was only sampled")
    table = element("table", caption, element("thead", element("tr", heads)), element("tbody", rows), class_="levels")
    return scroll(table, "levels")


def _codes(card: Scorecard) -> Markup:
    codes = card.codes
    if not codes.reachable:
        return Markup()
    held = [code_name(code) for code in codes.seen if code not in codes.forced]
    missing = ", ".join(map(code_name, codes.missing))
    said = f"{len(codes.seen)} of the {len(codes.reachable)} codes of JetBackupInstance reachable here were seen: "
    said += f"{len(codes.forced)} forced by a real condition"
    said += f", {len(held)} only at a hold point ({', '.join(held)})." if held else "."
    return element("p", said, f" Allowed and never returned: {missing}." if missing else "")


def _covered(card: Scorecard, where: Blamed | None) -> Markup:
    if not card.exercised.calls:
        said = "This run did not walk the cells of level 1, so there is nothing to show here."
        return _section("coverage", "Coverage", element("p", said))
    ordered = contract(card.profile).ordered
    cells = card.cells
    met = f"{cells.covered:,} of the {cells.reachable:,} cells in states that this engine was brought to were covered"
    figure = element(
        "figure",
        element(
            "div", chart.draw(card.exercised, ordered=ordered, failed=where.state if where else ""), class_="scroll"
        ),
        element("figcaption", met, f"; the model has {cells.in_model:,}." if cells.in_model else "."),
    )
    return _section("coverage", "Coverage", figure, element("h3", "Codes and calls"), heat(card.exercised, where))


def _deviations(card: Scorecard) -> Markup:
    found = card.deviations
    if found is None:
        return Markup()
    new = "one: the finding above" if card.finding is not None else "none"
    where = {name: places_of(found, name) for name in sorted(found.seen)}
    known = [element("li", element("code", name), f" {places}") for name, places in where.items()]
    expired = [element("li", element("code", name), f" on {day}") for name, day in found.expired.items()]
    return _section(
        "deviations",
        f"Deviations of {cut(found.file, 80)}",
        element("p", element("strong", "New: "), new),
        _names(f"Known, and seen: {len(known)}", known),
        _names(
            f"Healed: {len(found.healed)}; the engine kept the pages wherever these could have shown",
            [element("li", element("code", name)) for name in found.healed],
        ),
        _names(
            f"Not exercised: {len(found.not_exercised)}; no cell that was covered can tell, and no effect that was judged",
            [element("li", element("code", name)) for name in found.not_exercised],
        ),
        _names(f"Expired: {len(expired)}; judged as if they were not there", expired) if expired else Markup(),
    )


def _names(title: str, names: list[Markup]) -> Markup:
    if not names:
        return element("p", title)
    return element("details", element("summary", title), element("ul", names))


def _missing(lines: Sequence[str]) -> Markup:
    if not lines:
        return element("p", "Nothing that these levels judge was left out.")
    shown = [element("li", cut(line, WORDS)) for line in lines[:NOT_EXERCISED]]
    if len(lines) > NOT_EXERCISED:
        shown.append(element("li", f"and {len(lines) - NOT_EXERCISED:,} more, listed by --json"))
    return element(
        "details", element("summary", f"{len(lines):,} left out: of these nobody knows"), element("ul", shown)
    )


def _again(card: Scorecard) -> Markup:
    return inner(
        element("p", f"Everything random came from the seed {card.seed}."),
        element("pre", element("code", cut(card.command, COMMAND))) if card.command else "",
    )
