"""Charts in Mermaid, as a `stateDiagram-v2`."""

from json import dumps

from .charts import NOWHERE, Chart


def mermaid(chart: Chart) -> str:
    """The diagram."""
    names = {state: state.replace(" ", "_") for state in chart.states} | {NOWHERE: "[*]"}
    lines = ["---", f"title: {dumps(chart.title)}", "---", "stateDiagram-v2"]
    lines += [f'    state "{_text(state)}" as {names[state]}' for state in chart.states]
    for arrow in chart.arrows:
        words = "<br/>".join(map(_text, arrow.words))
        lines.append(f"    {names[arrow.source]} --> {names[arrow.dest]}" + (f" : {words}" if words else ""))
    return "\n".join(lines) + "\n"


def _text(text: str) -> str:
    """Text that no character of ends a label or means something else in it."""
    escapes = {"#": "#35;", "&": "#amp;", '"': "#quot;", "<": "#lt;", ">": "#gt;", ":": "#colon;", ";": "#59;"}
    return "".join(escapes.get(letter, letter) for letter in text)
