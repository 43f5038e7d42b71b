"""What a drawing function returns: the sources of one picture."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Picture:
    """One picture: its file name without ending, its Graphviz source and its Mermaid source."""

    name: str
    dot: str
    mermaid: str
