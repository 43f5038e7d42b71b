"""Fixtures of the engine's tests."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from engine_world import Running, World

sys.path.append(str(Path(__file__).parents[2]))  # for `benchmarks`, which no wheel holds


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.engine.close()


@pytest.fixture
def running(world: World) -> Running:
    """A running instance with ten rows in db/a.edb, and an empty backup folder bk."""
    world.folder("bk")
    return world.start()
