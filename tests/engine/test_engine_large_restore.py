"""The restore of `benchmarks/`, small: that it finds what it says it looks for."""

import pytest

from benchmarks.restore import Trial, WrongError


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    """Everything up to the comparison."""
    trial = Trial(tmp_path_factory.mktemp("trial"))
    trial.make(1)
    trial.save()
    trial.note_original()
    trial.remove_original()
    trial.restore()
    return trial


@pytest.fixture(autouse=True)
def again(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "compared", 0)


def test_every_row_is_compared(trial: Trial) -> None:
    trial.compare()
    assert 100_000 < trial.before <= trial.compared <= trial.after < trial.end
    assert not (trial.root / "db").exists()


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("before", 1 << 40, "rows came back, not"),
        ("after", 100_000, "rows came back, not"),
        ("filler", 0, "the transaction of row 0 is not"),
        ("writer", 0, "the transaction of row 100,000 is not"),
        ("leaves", [0] * 10_000, "leaf 0 is not as it was"),
    ],
)
def test_what_is_wrong_is_found(
    trial: Trial, monkeypatch: pytest.MonkeyPatch, name: str, value: object, message: str
) -> None:
    monkeypatch.setattr(trial, name, value)
    with pytest.raises(WrongError, match=message):
        trial.compare()
