"""The page of differences: what the public pages say, what Microsoft's engine does, and the shortest trace that shows it."""

from collections.abc import Iterator, Mapping, Sequence

from ..model.deviations import Deviation, Harm
from .drawing import HEADERS, draw
from .shown import Shower
from .tally import Rejected
from .trace import Trace

FOLDER = "differences"
"""Beside the page: the traces that it shows, a file each."""

_HARMS = {
    Harm.DATA: ("Backups and rows at risk", "A backup is lost, is not what it says, or is never made."),
    Harm.SERVICE: ("The process dies, hangs or refuses", "Data stays, and the service does not."),
    Harm.CODE: (
        "Another answer than the page's",
        "Nothing is lost but the way: a caller that goes by the page takes the wrong branch.",
    ),
}

_INTRODUCTION = """\
# Where Microsoft's engine breaks its own pages

The page of `JetBackupInstance` promises seventeen return codes and a dozen effects, and the pages around it promise more. This
page lists where Microsoft's own engine does something else: {number} causes, the dangerous ones first. If backups of an ESE
database are your concern, read the first section; if you write an engine that claims to be compatible, read all of it and decide
each time which of the two you want to be compatible with.

The engine is the open-source ESE, commit 7030fe7 (published September 2025), retail build, run under Wine. The `esent.dll` of
Windows is built from the same sources in another flavour: most of this should hold there, and none of it was measured there.
Since when a difference exists the published history does not tell, for it has one commit.

Every difference is a rule that a program checks. 1,278 recordings of the engine with 29,022 calls are rejected by the contract of
the pages (the profile `documented`) in some 1,480 places. With the deviations below all of them are explained; without any one
of those that were observed, they are not:

```
jetconform trace check tests/data/observed/traces.tar.gz --profile documented
jetconform trace check tests/data/observed/traces.tar.gz --deviations conformance/deviations/ese.toml
```

Each trace shown is cut from a recording: no call can be left out without the difference being gone. Set-up that the recordings
leave out (folders, log size) is left out here too. ✗ marks the answer that the pages do not allow. Source lines are those of
`dev/ese/src/ese` in that commit; names such as BI or E2 stand for the pages of the calls, as in `jetconform model table`. The
causes that no recording shows are known from the source alone, and say so.
"""


def page(deviations: Sequence[Deviation], traces: Mapping[str, Trace]) -> str:
    """The page as Markdown. `traces` holds the shortest trace of every deviation that was observed, by its id.

    ValueError when one of these traces does not show its deviation.
    """
    return "\n".join(_lines(deviations, traces)).rstrip() + "\n"


def _lines(deviations: Sequence[Deviation], traces: Mapping[str, Trace]) -> Iterator[str]:
    yield _INTRODUCTION.format(number=len(deviations))
    for harm, (title, _) in _HARMS.items():
        yield f"**{title}**\n"
        yield from (f"- [{_title(one.id)}](#{one.id})" for one in deviations if one.harm is harm)
        yield ""
    for harm, (title, what) in _HARMS.items():
        yield f"## {title}\n\n{what}\n"
        for one in deviations:
            if one.harm is harm:
                yield from _section(one, deviations, traces)


def _section(one: Deviation, deviations: Sequence[Deviation], traces: Mapping[str, Trace]) -> Iterator[str]:
    yield f'<a id="{one.id}"></a>\n### {_title(one.id)}\n'
    yield f"**The page.** {one.page}\n"
    yield f"**The engine.** {one.reason}\n"
    yield f"**Who is hurt.** {one.hurts}\n"
    if one.id not in traces:
        yield f"Not in the recordings; source: {one.source}. `{one.id}`\n"
        return
    rejected = shown(one, deviations, traces[one.id])
    yield f"| {' | '.join(HEADERS)} |\n|--:|---|---|---|"
    yield from (f"| {' | '.join(line)} |" for line in draw(traces[one.id].events, rejected.explanation.call_id))
    yield ""
    yield f"{_verdict(rejected)}\n"
    seen = ", ".join(f"`{name}`" for name in one.observed)
    yield f"Recorded in {seen}; [this trace]({FOLDER}/{one.id}.jsonl); source: {one.source}. `{one.id}`\n"


def shown(one: Deviation, deviations: Sequence[Deviation], trace: Trace) -> Rejected:
    """The rejection that the trace shows; ValueError when it shows none."""
    rejected = Shower(one, deviations).rejected(trace)
    if not rejected:
        raise ValueError(f"{trace.name}: it does not show {one.id}")
    return rejected[0]


def _verdict(rejected: Rejected) -> str:
    why = rejected.explanation
    if why.kind == "effect":
        return f"Here {why.observed}. Expected: {why.reason.partition(': ')[2]}."
    allowed = [code for code in rejected.allowed if not code.startswith("nothing")]
    if allowed:
        return f"The pages allow {' or '.join(allowed)}."
    return (
        "The pages let no call end the process."
        if "process" in why.observed
        else f"The pages do not allow it: {why.reason}."
    )


def _title(name: str) -> str:
    return name.replace("-", " ").capitalize()
