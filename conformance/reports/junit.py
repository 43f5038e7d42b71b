"""JUnit XML, as CI systems read it: a case a level, and one for a finding, whose failure is the history as text."""

from io import StringIO
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from ..findings import Finding
from ..scorecard import Level, Scorecard, show_finding
from ..screen import Screen
from .markup import clean, cut
from .wording import headline

WIDTH = 160
TEXT = 100_000
"""Characters of the text of a failure at the most."""

MESSAGE = 300
GROUP = "jetconform"


def junit(card: Scorecard) -> bytes:
    """The document, in UTF-8."""
    suite = Element("testsuite", name=f"{GROUP} {clean(card.engine)}")
    properties = SubElement(suite, "properties")
    for name in ("engine", "profile", "seed", "verdict", "command"):
        SubElement(properties, "property", name=name, value=clean(str(getattr(card, name))))
    for level in card.levels:
        _level(suite, level)
    if card.finding is not None:
        _finding(suite, card.finding)
    counts = {"tests": len(suite.findall("testcase"))}
    counts |= {plural: len(suite.findall(f"testcase/{one}")) for plural, one in _KINDS.items()}
    root = Element("testsuites", name=GROUP)
    for name, count in counts.items():
        suite.set(name, str(count))
        if name != "skipped":  # the outer element has no such attribute
            root.set(name, str(count))
    root.append(suite)
    indent(root)
    document: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


_KINDS = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def _level(suite: Element, level: Level) -> None:
    case = SubElement(suite, "testcase", classname=f"{GROUP}.level", name=f"level {level.level} {level.name}")
    guarantee = clean(level.guarantee)
    if level.verdict == "does-not-conform":
        SubElement(case, "failure", message=guarantee, type=level.verdict).text = "the case `finding` has the history"
    elif level.verdict == "unknown":
        SubElement(case, "error", message=guarantee, type=level.verdict).text = guarantee
    elif level.verdict == "not-exercised":
        SubElement(case, "skipped", message=guarantee)
    else:
        SubElement(case, "system-out").text = guarantee


def _finding(suite: Element, finding: Finding) -> None:
    message = clean(cut(headline(finding), MESSAGE))
    case = SubElement(suite, "testcase", classname=f"{GROUP}.finding", name=message)
    failure = SubElement(case, "failure", message=message, type=finding.explanation.kind)
    failure.text = clean(cut(finding_text(finding), TEXT))


def finding_text(finding: Finding, width: int = WIDTH) -> str:
    """The finding as the terminal shows it, without colours."""
    page = StringIO()
    show_finding(Screen(file=page, width=width, color_system=None), finding)
    return "\n".join(line.rstrip() for line in page.getvalue().splitlines())
