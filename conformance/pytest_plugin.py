"""The plugin of pytest: options, the fixture that runs levels and regressions, and what of them is said at the end.

It is loaded by every run of pytest where the package is installed, so it imports the harness only for who uses it.
"""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .testing import Run


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options, each of which comes before what the class of the tests says."""
    group = parser.getgroup("jetconform", "the contract of JET's backup call")
    group.addoption("--jet-engine", metavar="SPEC", help="engine of every ConformanceSuite, as of jetconform check")
    group.addoption("--jet-profile", metavar="P", help="documented or ese")
    group.addoption("--jet-level", type=int, metavar="N", help="levels 1 to N")
    group.addoption("--jet-seed", type=int, metavar="N", help="seed of everything random")


@pytest.fixture
def jet_run(request: pytest.FixtureRequest) -> "Run":
    """What runs a level or a regression for a test of a class derived from ConformanceSuite."""
    from .testing import ConformanceSuite, Run

    suite = request.instance
    if not isinstance(suite, ConformanceSuite):
        pytest.fail("the fixture jet_run is for tests of classes derived from ConformanceSuite", pytrace=False)
    return Run(suite, request.config, request.node)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """A line for each level and regression that was run, in this process or in another."""
    reports = (one for kind in ("passed", "failed", "skipped") for one in terminalreporter.stats.get(kind, ()))
    lines = [
        text for one in reports if one.when == "call" for name, text in one.user_properties if name == "jetconform"
    ]
    if lines:
        terminalreporter.section("jetconform")
        for line in lines:
            terminalreporter.write_line(line)
