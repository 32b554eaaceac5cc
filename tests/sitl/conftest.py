from pathlib import Path

import pytest

from sitl.sprite_set import SpriteSet
from sitl.world import World
from sitl.world_file import load_world

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "sitl" / "worlds" / "demo.toml"


@pytest.fixture(scope="session")
def world() -> World:
    return load_world(DEMO)


@pytest.fixture(scope="session")
def sprites() -> SpriteSet:
    return SpriteSet()
