"""The picture of a replayed history as a file of its own, with what is to be said of it below."""

from collections.abc import Iterator

from ..findings import Finding
from ..replay import Report
from .markup import Markup, cut
from .picture import draw
from .story import of_finding, tell
from .wording import headline

ROWS = 4


def standalone(report: Report, engine: str, profile: str) -> Markup:
    """The SVG. CheckError where the file of the profile's deviations is gone."""
    if report.finding is not None:
        story = of_finding(report.finding)
        return draw(
            story, title=f"does not conform: {cut(headline(report.finding), 200)}", notes=[*_why(report.finding)]
        )
    verdict = f"{report.verdict}: engine {cut(engine, 60)}, profile {cut(profile, 60)}"
    return draw(tell(report.events, profile), title=verdict, notes=[verdict])


def _why(finding: Finding) -> Iterator[str]:
    why = finding.explanation
    yield f"why: {cut(why.reason, 300)}"
    for state in why.states[:1]:
        yield f"state: {cut(state.state, 200)}"
        for row in state.rows[:ROWS]:
            yield f"{row.id}: {row.outcome} where {row.condition} [{row.citation}]"
        if len(state.rows) > ROWS:
            yield f"and {len(state.rows) - ROWS} more rows"
