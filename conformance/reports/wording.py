"""What is said of a finding in a line or a few, whatever the report."""

from ..findings import Finding
from ..trace import CallEvent


def headline(finding: Finding) -> str:
    """The call and what came back, or what is wrong."""
    why = finding.explanation
    return f"{why.call}: {why.observed}" if why.call else why.reason


def history_length(finding: Finding) -> str:
    """How long the history is, and whether it was proven the shortest."""
    calls = sum(isinstance(event, CallEvent) for event in finding.events)
    text = f"history of {calls:,} call{'' if calls == 1 else 's'}"
    if finding.calls_before:
        text += f", found after {finding.calls_before:,}"
    return f"{text}; {'1-minimal: without any one call it passes' if finding.minimal else 'not proven minimal'}"
