"""Conformance as tests of pytest: a class to derive from gives one test a level and one a regression.

    from jetconform.conformance.testing import ConformanceSuite

    class TestMyEngine(ConformanceSuite):
        engine = "python:my_engine.adapter:factory"
        levels = (1, 2, 3)
        regressions = Path("tests/regressions")

The plugin (`pytest_plugin.py`) adds the options --jet-engine, --jet-profile, --jet-level and --jet-seed, which come before
what the class says, the fixture `jet_run`, and the summary. A finding fails its test with its history, not with a traceback.
"""

from pathlib import Path
from typing import ClassVar

import msgspec
import pytest

from .check import Request, check, replay
from .engines import EngineSpecError
from .errors import CheckError
from .findings import DEFAULT_FOLDER, Finding, load_regression, regressions
from .laboratory import PROFILES, contract
from .levels import NAMES
from .reports.junit import finding_text
from .reports.wording import headline
from .trace import TraceError

KEY = "jetconform"
"""Of the property of a test by which the summary learns of it, from another process too."""


class ConformanceSuite:
    """One engine held against the contract. Derive a class whose name begins with `Test`, and name the engine.

    The levels save what they find to `regressions`, where there is one, and each file there is a test of its own ever after.
    """

    engine: ClassVar[str] = "reference"
    """As of `jetconform check --engine`."""

    profile: ClassVar[str] = "documented"
    """`documented` or `ese`, or `documented+FILE` for the pages overlaid with the deviations of FILE."""

    levels: ClassVar[tuple[int, ...]] = tuple(NAMES)
    seed: ClassVar[int] = 1
    budget: ClassVar[float | None] = None
    """Seconds for each level; a level that does not come to its end in that time fails as unknown."""

    call_timeout: ClassVar[float] = 20.0
    regressions: ClassVar[Path | None] = None

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """One test for each level, and for each saved finding."""
        if "jet_level" in metafunc.fixturenames:
            option = metafunc.config.getoption("--jet-level")
            levels = self.levels if option is None else tuple(level for level in NAMES if level <= option)
            metafunc.parametrize("jet_level", levels, ids=[f"{level}-{NAMES.get(level, '?')}" for level in levels])
        if "jet_regression" in metafunc.fixturenames:
            saved = regressions(self.regressions) if self.regressions is not None else []
            metafunc.parametrize("jet_regression", saved, ids=[path.name for path in saved])

    def test_level(self, jet_level: int, jet_run: "Run") -> None:
        """The engine keeps the contract at that level."""
        jet_run.level(jet_level)

    def test_regression(self, jet_regression: Path, jet_run: "Run") -> None:
        """What was found once does not come back."""
        jet_run.regression(jet_regression)


class Run:
    """Runs what a test asks for, and ends the test: it fails, is skipped, or goes on where the engine conforms."""

    def __init__(self, suite: ConformanceSuite, config: pytest.Config, node: pytest.Item) -> None:
        given = config.getoption("--jet-seed")
        self._suite = suite
        self._node = node
        self._engine: str = config.getoption("--jet-engine") or suite.engine
        self._profile: str = config.getoption("--jet-profile") or suite.profile
        self._seed: int = suite.seed if given is None else given

    def level(self, level: int) -> None:
        """Check one level; what is found is saved. Fails the test of an engine that does not conform, or may not."""
        folder = self._suite.regressions or DEFAULT_FOLDER
        try:
            self._validate(level)
            card = check(self._request((level,)), folder=folder)
        except (CheckError, EngineSpecError, TraceError) as error:
            pytest.fail(f"jetconform: {error}", pytrace=False)
        own = next((one for one in card.levels if one.level == level), None)
        guarantee = own.guarantee if own is not None else ""
        self._tell(f"level {level} {NAMES[level]}", card.verdict if own is None else own.verdict, guarantee)
        if card.finding is not None:
            saved = f"saved as {card.saved}" if card.saved else f"not saved: {card.unsaved}"
            again = f"again:   jetconform replay {card.saved} --engine {card.engine}\n" if card.saved else ""
            self._fail(card.finding, f"{saved}\n{again}")
        if card.verdict == "unknown":
            pytest.fail(f"unknown whether {self._engine} conforms at level {level}: {guarantee}", pytrace=False)
        if own is not None and own.verdict == "not-exercised":
            pytest.skip(f"level {level} was not exercised: {guarantee}")

    def regression(self, path: Path) -> None:
        """Make a saved history again. Fails the test where it is against the contract."""
        try:
            self._validate()
            trace, script = load_regression(path)
            if not script:
                pytest.skip("only its record can be judged: a recorder changed files in it")
            report = replay(self._request((1,)), script, trace=trace)
        except (CheckError, EngineSpecError, TraceError) as error:
            pytest.fail(f"jetconform: {error}", pytrace=False)
        self._tell(f"regression {path.name}", report.verdict, "")
        if report.finding is not None:
            self._fail(
                msgspec.structs.replace(report.finding, minimal=True),
                f"again:   jetconform replay {path} --engine {self._engine}\n",
            )
        if report.verdict == "unknown":
            pytest.fail(f"unknown whether {path.name} still fails", pytrace=False)

    def _request(self, levels: tuple[int, ...]) -> Request:
        return Request(
            engine=self._engine,
            profile=self._profile,
            seed=self._seed,
            budget=self._suite.budget,
            call_timeout=self._suite.call_timeout,
            levels=levels,
        )

    def _validate(self, level: int | None = None) -> None:
        if self._profile.partition("+")[0] not in PROFILES:
            raise CheckError(f"profile {self._profile!r} is not known: known are {', '.join(PROFILES)}")
        contract(self._profile)
        if level is not None and level not in NAMES:
            raise CheckError(f"level {level} is not known: known are {', '.join(map(str, NAMES))}")

    def _tell(self, what: str, verdict: str, guarantee: str) -> None:
        """For the summary: properties of a test reach the process that prints it, whichever ran the test."""
        said = f"{verdict:<15} {what}, engine {self._engine}, profile {self._profile}, seed {self._seed}"
        self._node.user_properties.append((KEY, f"{said}{f': {guarantee}' if guarantee else ''}"))

    def _fail(self, finding: Finding, ending: str) -> None:
        text = finding_text(finding)
        pytest.fail(f"{headline(finding)}\n\n{text}\n\n{ending}", pytrace=False)
