"""The model of a mission, and heights brought to its datum."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import pytest

from flightlink.pose import CameraPose, HeightDatum, PoseRefusal
from maps.errors import TerrainError
from maps.geojson import footprint_of, footprint_points
from maps.terrain.area import BEYOND_M, terrain_of_area
from maps.terrain.grid import TerrainGrid
from maps.terrain.heights import SATELLITE_SIGMA_M, pose_on_terrain
from tests.maps.terrain.files import write_tiff
from tests.maps.terrain.surfaces import LAT_DEG, LON_DEG, camera, terrain_of, tilted
from tests.maps.terrain.test_geoid import write_gtx

AREA = ((2.351, 48.8565), (2.353, 48.8565), (2.353, 48.8575), (2.351, 48.8575))
LEVEL = terrain_of(tilted(0, 0))
ON_ELLIPSOID = replace(LEVEL, datum=HeightDatum.ELLIPSOID)


@pytest.fixture(scope="module")
def hill(tmp_path_factory: pytest.TempPathFactory) -> Path:
    x, y = pyproj.Transformer.from_crs(4326, 2154, always_xy=True).transform(2.352, 48.857)
    heights = np.full((800, 800), 35.0, np.float32)
    return write_tiff(
        tmp_path_factory.mktemp("area") / "hill.tif", heights, crs="EPSG:2154", west=x - 1600, north=y + 1600, step=4.0
    )


def test_the_part_about_the_area_is_cut_out(hill: Path) -> None:
    file = terrain_of_area(hill, AREA)
    assert not file.is_datum_stated
    rows, columns = file.grid.heights_m.shape
    assert 2 * BEYOND_M < 4.0 * rows < 2 * (BEYOND_M + 200)
    assert rows == pytest.approx(columns, abs=2)
    assert file.grid.sigma_m == 1.5
    assert file.grid.geoid_m is None


def test_the_operator_says_datum_error_and_geoid(hill: Path, tmp_path: Path) -> None:
    geoid = write_gtx(tmp_path / "g.gtx", np.full((9, 9), 44.6, np.float32), south=48, west=2, step=0.25)
    file = terrain_of_area(hill, AREA, datum=HeightDatum.EGM96, sigma_m=0.2, geoid=geoid)
    assert file.is_datum_stated
    assert (file.grid.datum, file.grid.sigma_m) == (HeightDatum.EGM96, 0.2)
    assert file.grid.geoid_m == pytest.approx(44.6, abs=1e-3)


def test_a_model_that_ends_inside_the_area_is_refused(hill: Path) -> None:
    with pytest.raises(TerrainError, match=r"does not cover the mission area.*48\.85750, 2\.30000"):
        terrain_of_area(hill, (*AREA[:3], (2.30, 48.8575)))
    with pytest.raises(TerrainError, match="does not cover"):
        terrain_of_area(hill, tuple((lon, lat + 2) for lon, lat in AREA))


def test_a_model_too_fine_for_the_area_says_how_coarse_it_may_be(tmp_path: Path) -> None:
    x, y = pyproj.Transformer.from_crs(4326, 2154, always_xy=True).transform(2.352, 48.857)
    heights = np.zeros((3300, 3300), np.int16)
    fine = write_tiff(
        tmp_path / "fine.tif", heights, crs="EPSG:2154", west=x - 1155, north=y + 1155, step=0.7, compress="deflate"
    )
    wide = tuple((2.352 + (lon - 2.352) * 14.7, 48.857 + (lat - 48.857) * 14.7) for lon, lat in AREA)
    with pytest.raises(TerrainError, match="too fine for an area so wide; resample it to 2 m"):
        terrain_of_area(fine, wide)


def posed(grid: TerrainGrid, **changes: Any) -> CameraPose | PoseRefusal:
    usual = {"home_lat_deg": LAT_DEG, "home_lon_deg": LON_DEG, "ground_alt_m": 0.0}
    return pose_on_terrain(replace(camera(alt_m=60.0), **{**usual, **changes}), grid)


@pytest.mark.parametrize(
    ("grid", "changes", "alt_m"),
    [
        (LEVEL, {"height_datum": HeightDatum.HOME}, 260.0),
        (ON_ELLIPSOID, {"height_datum": HeightDatum.HOME}, 260.0),
        (LEVEL, {"height_datum": HeightDatum.SHARED, "alt_m": 1060.0, "ground_alt_m": 1000.0}, 260.0),
        (LEVEL, {"height_datum": HeightDatum.AMSL, "alt_m": 270.0}, 270.0),
        (LEVEL, {"height_datum": HeightDatum.EGM2008, "alt_m": 270.0}, 270.0),
        (LEVEL, {"height_datum": HeightDatum.ELLIPSOID, "alt_m": 320.0, "geoid_m": 50.0}, 270.0),
        (ON_ELLIPSOID, {"height_datum": HeightDatum.AMSL, "alt_m": 270.0, "geoid_m": 50.0}, 320.0),
        (replace(LEVEL, geoid_m=40.0), {"height_datum": HeightDatum.ELLIPSOID, "alt_m": 320.0, "geoid_m": 50.0}, 280.0),
        (LEVEL, {"height_datum": HeightDatum.HOME, "home_lat_deg": None, "home_lon_deg": None, "alt_amsl_m": 268.0},
         268.0),
    ],
)  # fmt: skip
def test_heights_come_to_the_models_datum(grid: TerrainGrid, changes: dict[str, Any], alt_m: float) -> None:
    pose = posed(grid, **changes)
    assert isinstance(pose, CameraPose)
    assert (pose.alt_m, pose.ground_alt_m) == pytest.approx((alt_m, 200.0))
    assert pose.height_datum is grid.datum
    assert pose_on_terrain(pose, grid) == pose


def test_a_height_by_satellite_alone_is_less_sure() -> None:
    pose = posed(LEVEL, height_datum=HeightDatum.HOME, home_lat_deg=None, home_lon_deg=None, alt_amsl_m=268.0)
    assert isinstance(pose, CameraPose)
    assert pose.sigma.vertical_m > SATELLITE_SIGMA_M


@pytest.mark.parametrize(
    ("grid", "changes", "cause"),
    [
        (LEVEL, {"height_datum": HeightDatum.ELLIPSOID}, "no_geoid_separation"),
        (ON_ELLIPSOID, {"height_datum": HeightDatum.AMSL}, "no_geoid_separation"),
        (LEVEL, {"height_datum": HeightDatum.HOME, "home_lat_deg": None, "home_lon_deg": None}, "no_home_position"),
        (LEVEL, {"height_datum": HeightDatum.HOME, "home_lat_deg": 10.0}, "no_terrain"),
        (LEVEL, {"lat_deg": 10.0}, "no_terrain"),
    ],
)
def test_what_cannot_be_brought_there_is_refused(grid: TerrainGrid, changes: dict[str, Any], cause: str) -> None:
    pose = posed(grid, **changes)
    assert isinstance(pose, PoseRefusal)
    assert pose.cause == cause
    assert pose.detail


def test_a_footprint_lies_on_the_model() -> None:
    pose = posed(LEVEL, height_datum=HeightDatum.HOME)
    assert isinstance(pose, CameraPose)
    on_model, on_plane = (
        footprint_of(footprint_points(pose, terrain=terrain))["geometry"] for terrain in (LEVEL, None)
    )
    model, plane = (np.array(one["coordinates"][0]) for one in (on_model, on_plane))
    assert np.abs(model.mean(axis=0) - plane.mean(axis=0)).max() < 2e-5
    slope = terrain_of(tilted(0.0, -0.5))
    moved = np.array(footprint_of(footprint_points(pose, terrain=slope))["geometry"]["coordinates"][0])
    assert np.abs(moved.mean(axis=0) - plane.mean(axis=0)).max() > 5e-5
