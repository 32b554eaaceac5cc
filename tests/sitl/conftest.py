from dataclasses import replace
from pathlib import Path

import pytest

from sitl.picture.sprite_set import SpriteSet
from sitl.world.estimate import PERFECT
from sitl.world.file import load_world
from sitl.world.world import World

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "sitl" / "worlds" / "demo.toml"


@pytest.fixture(scope="session")
def world() -> World:
    """Return the demo's world with vehicles that know where they are, so that any other error shows."""
    demo = load_world(DEMO)
    return replace(demo, vehicles=tuple(replace(plan, estimate=PERFECT) for plan in demo.vehicles))


@pytest.fixture(scope="session")
def sprites() -> SpriteSet:
    return SpriteSet()
