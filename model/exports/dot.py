"""Charts in DOT, for Graphviz."""

from .charts import NOWHERE, Chart


def dot(chart: Chart) -> str:
    """The digraph."""
    names = {state: state.replace(" ", "_") for state in chart.states}
    lines = [
        "digraph jetconform {",
        f"  label={_quoted(chart.title)}; labelloc=t; fontname=Helvetica;",
        "  node [shape=box, style=rounded, fontname=Helvetica]; edge [fontname=Helvetica, fontsize=10];",
    ]
    lines += [f"  {names[state]} [label={_quoted(state)}];" for state in chart.states]
    if any(arrow.source == NOWHERE for arrow in chart.arrows):
        lines.append('  begin [label="", shape=circle, style=filled, fillcolor=black, width=0.16];')
    if any(arrow.dest == NOWHERE for arrow in chart.arrows):
        lines.append('  end [label="", shape=doublecircle, style=filled, fillcolor=black, width=0.12];')
    for arrow in chart.arrows:
        source, dest = names.get(arrow.source, "begin"), names.get(arrow.dest, "end")
        lines.append(f"  {source} -> {dest} [label={_quoted(*arrow.words)}];")
    return "\n".join((*lines, "}")) + "\n"


def _quoted(*lines: str) -> str:
    escaped = (line.replace("\\", "\\\\").replace('"', '\\"') for line in lines)
    return '"' + "\\n".join(escaped) + '"'
