"""The soak of `benchmarks/`, a few kills long."""

from pathlib import Path

from benchmarks.soak import soak


def test_killing_the_process_loses_nothing(tmp_path: Path) -> None:
    """[L18, BI] No committed row lost, no backup that claims success and cannot be restored."""
    known = soak(tmp_path, kills=5, seed=11)
    assert known.kills == 5
    assert known.rows > 0
