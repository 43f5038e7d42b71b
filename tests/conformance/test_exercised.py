"""What a run says that it exercised: by call, state and code, by cell, and which deviations of a file it saw."""

from pathlib import Path

import pytest
from bench import Recording, laboratory
from jetconform.conformance import deviating
from jetconform.conformance.coverage import Coverage
from jetconform.conformance.deviation_cells import DeviationCells
from jetconform.conformance.engines.reference import ReferenceAdapter
from jetconform.conformance.exercised import CodeCount, DeviationsSeen, unpack
from jetconform.conformance.walk import Walk
from jetconform.model.alphabet import CREATE, FULL, INIT, STOP_BACKUP_CALL, TERM
from jetconform.model.cells import explore
from jetconform.model.domain import Domain
from jetconform.model.guards.documented import DOCUMENTED
from jetconform.model.vocabulary import JetErr

TINY = Domain("tiny", "an instance comes and goes", (CREATE, INIT, TERM, FULL))
STOPS = Domain("stops", "a backup is stopped that is not", (CREATE, INIT, TERM, STOP_BACKUP_CALL))

STOP, SAME = "stop-calls-look-at-the-handle-alone", "same-value-after-init"


class StopsAnything(ReferenceAdapter):
    """Takes JetStopBackupInstance of every instance that was created, whether it runs or not."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self._created: set[str | None] = set()

    def create_instance(self, instance: str) -> int:
        err = super().create_instance(instance)
        if err >= 0:
            self._created.add(instance)
        return err

    def term(self, instance: str | None) -> int:
        err = super().term(instance)
        if err >= 0:
            self._created.discard(instance)
        return err

    def stop_backup_instance(self, instance: str | None) -> int:
        err = super().stop_backup_instance(instance)
        return JetErr.Success if instance in self._created else err


def walked(lab: Recording, domain: Domain, deviations: DeviationCells | None = None) -> Coverage:
    coverage = Coverage(deviations=deviations)
    assert Walk(explore(lab.stepper, domain), lab, coverage).run()
    return coverage


def test_the_sums_are_those_of_the_cells(tmp_path: Path) -> None:
    with laboratory(tmp_path) as lab:
        coverage = walked(lab, TINY)
    found = coverage.exercised_cells()
    assert {(one.call, one.state) for one in found.calls} == {
        (call, state)
        for call in ("JetCreateInstance", "JetInit", "JetTerm", "JetBackupInstance")
        for state in ("uninitialized", "running")
    }
    assert sum(one.cells for one in found.calls) == len(coverage.known)
    assert sum(one.covered for one in found.calls) == len(coverage.covered)
    assert set().union(*(unpack(packed) for packed in found.returned.values())) == coverage.covered
    for code, packed in found.returned.items():
        counts = (one.codes.get(code, CodeCount(0, 0)) for one in found.calls)
        assert sum(one.returned for one in counts) == len(unpack(packed)), code
    assert found.moves == [("running", "uninitialized"), ("uninitialized", "running")]


def test_an_instance_that_runs_can_be_ended_and_not_made_again(tmp_path: Path) -> None:
    with laboratory(tmp_path) as lab:
        found = walked(lab, TINY).exercised_cells()
    codes = {one.call: one.codes for one in found.calls if one.state == "running"}
    assert codes["JetTerm"]["0"].returned == 1
    assert codes["JetInit"]["-1030"].returned == 1
    assert "0" not in codes["JetInit"]


@pytest.mark.parametrize(
    ("engine", "known", "healed"),
    [(ReferenceAdapter, [], [STOP]), (StopsAnything, [STOP], [])],
)
def test_a_deviation_is_known_healed_or_not_exercised(
    engine: type[ReferenceAdapter], known: list[str], healed: list[str], tmp_path: Path
) -> None:
    chosen = tuple(one for one in deviating.read(deviating.SHIPPED) if one.id in (STOP, SAME))
    lines = deviating.SHIPPED.read_text(encoding="utf-8").split("\n\n")
    file = tmp_path / "two.toml"
    file.write_text("\n\n".join(one for one in lines if one.startswith((f"[{STOP}]", f"[{SAME}]"))), encoding="utf-8")
    with laboratory(tmp_path / "lab", profile=f"documented+{file}") as lab:
        lab.factory = engine
        coverage = walked(lab, STOPS, DeviationCells(DOCUMENTED, chosen, file))
    assert coverage.deviations is not None
    summary = coverage.deviations.summary()
    assert list(summary.known) == known
    assert summary == DeviationsSeen(file="two.toml", known=summary.known, healed=healed, not_exercised=[SAME])
