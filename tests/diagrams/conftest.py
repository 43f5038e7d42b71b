"""The catalogue and a written folder, made once: exploring the model takes seconds."""

from pathlib import Path

import pytest
from jetconform.diagrams import catalogue, command
from jetconform.diagrams.catalogue import Catalogue
from jetconform.model import tables
from jetconform.model.difference import Difference, differences


@pytest.fixture(scope="session")
def found() -> tuple[Difference, ...]:
    """Where the two profiles differ."""
    return differences(*catalogue.PROFILES)


@pytest.fixture(scope="session")
def built(found: tuple[Difference, ...]) -> Catalogue:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "differences", lambda *_: found)
        return catalogue.build()


@pytest.fixture(scope="session")
def pristine(built: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as the command writes it."""
    folder = tmp_path_factory.mktemp("diagrams") / "made" / "here"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(command, "build", lambda: built)
        assert command.main(["--out", str(folder)]) == 0
    return folder


@pytest.fixture
def known(built: Catalogue, monkeypatch: pytest.MonkeyPatch) -> Catalogue:
    """The command finds the catalogue built already."""
    monkeypatch.setattr(command, "build", lambda: built)
    return built
