"""The control states of the explored domains, worked out once for all tests."""

from functools import cache

from jetconform.model.cells import Graph, explore
from jetconform.model.compile import RememberingStepper
from jetconform.model.domains import DOMAINS
from jetconform.model.rows import Profile
from jetconform.model.state import Control

_GRAPHS: dict[str, tuple[Graph, ...]] = {}


def graphs(profile: Profile) -> tuple[Graph, ...]:
    """The explored domains of a profile."""
    if profile.name not in _GRAPHS:
        stepper = RememberingStepper(profile)
        _GRAPHS[profile.name] = tuple(explore(stepper, domain) for domain in DOMAINS)
    return _GRAPHS[profile.name]


@cache
def _controls(name: str) -> frozenset[Control]:
    reached = set()
    for graph in _GRAPHS[name]:
        for node, cells in graph.cells.items():
            reached.add(node.control)
            reached.update(outcome.node.control for cell in cells for outcome in cell.outcomes)
    return frozenset(reached)


def controls(profile: Profile) -> frozenset[Control]:
    """Every control state in them."""
    graphs(profile)
    return _controls(profile.name)
