"""The sealed worker over a height model: it works after the seal, counts on it, and closes where its pose cannot be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from flightlink.pose import HeightDatum
from maps.terrain.packed import PackedTerrain
from maps.terrain.packing import packed_from_grid
from tests.maps.terrain.surfaces import terrain_of, tilted
from tests.vision.clips import pictures, written
from tests.vision.scene import LAT_DEG, LON_DEG, mission
from tests.vision.test_worker import CAMERA, order, worked
from vision.frames import Media

pytestmark = [pytest.mark.model, pytest.mark.usefixtures("weights")]

COUNT = 12


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("clips") / "clip.mp4", pictures(COUNT))


def level() -> PackedTerrain:
    """Return level ground at 200 m, about the place of the scene."""
    grid = terrain_of(tilted(0.0, 0.0))
    return packed_from_grid(replace(grid, posts=replace(grid.posts, lat_deg=LAT_DEG, lon_deg=LON_DEG)))


def test_people_are_counted_on_the_model_as_on_the_plane_that_it_is(clip: Path) -> None:
    flat = worked(order(clip, fixed_pose=CAMERA, mission=mission()))
    over = worked(order(clip, fixed_pose=CAMERA, mission=mission(), terrain=level()))
    assert over.health.frames_out == flat.health.frames_out == COUNT
    assert over.health.withheld_because == {}
    found = [{cell.cell for cell in counts.cells if cell.people > 0} for counts in (flat.counts[0], over.counts[0])]
    assert found[0] == found[1] != set()
    assert over.counts[0].cells[0].ce90_m >= flat.counts[0].cells[0].ce90_m


def test_a_pose_whose_height_cannot_be_brought_there_shows_and_counts_nothing(clip: Path) -> None:
    lost = replace(CAMERA, height_datum=HeightDatum.ELLIPSOID)
    found = worked(order(clip, fixed_pose=lost, mission=mission(), terrain=level()))
    assert found.health.withheld_because == {"no_geoid_separation": COUNT}
    assert found.counts == []
    assert {frame.closed_because for frame in found.of(Media.FMP4_FRAGMENT)} == {"no_geoid_separation"}


def test_a_damaged_model_stops_the_worker_before_any_picture(clip: Path) -> None:
    found = worked(order(clip, fixed_pose=CAMERA, mission=mission(), terrain=replace(level(), heights="AAAA")))
    assert found.failed.cause == "bad_input"
    assert len(found.messages) == 1
