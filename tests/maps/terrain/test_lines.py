"""`georeference` lines over a height model: from a point of the ground to its pixel, as a line, and back."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pymap3d
import pyproj
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from flightlink.pose import SURVEYED, CameraPose, HeightDatum, Intrinsics
from maps.camera import image_from_enu
from maps.request import answer_from_line
from maps.terrain.files import TerrainFiles
from tests.maps.terrain.files import write_tiff

LAT_DEG, LON_DEG, BASE_M = 48.857, 2.352, 120.0
SIGMA = {"horizontal_m": 0.1, "vertical_m": 0.05, "yaw_deg": 0.1, "pitch_deg": 0.1, "roll_deg": 0.1}
BENT = [-0.1, 0.02, 0.0004, -0.0003, 0.0]


def pinhole(distortion: list[float]) -> Intrinsics:
    return Intrinsics(
        width_px=1920, height_px=1080, fx_px=1371.0, fy_px=1371.0, cx_px=960.0, cy_px=540.0,
        distortion=tuple(distortion),  # type: ignore[arg-type] # five of them
    )  # fmt: skip


def line(pose: CameraPose, u_px: float, v_px: float, **more: Any) -> str:
    lens = pose.intrinsics
    told = {name: getattr(pose, name) for name in ("lat_deg", "lon_deg", "alt_m", "yaw_deg", "pitch_deg", "roll_deg")}
    told |= {name: getattr(lens, name) for name in ("width_px", "height_px", "fx_px", "fy_px", "cx_px", "cy_px")}
    return json.dumps(
        {"id": 1, **told, "distortion": lens.distortion, "u_px": u_px, "v_px": v_px, "sigma": SIGMA, **more}
    )


def looking_at(east: float, north: float, up: float, *, alt_m: float, distortion: list[float]) -> CameraPose:
    """Return a camera whose picture holds the point, a few degrees beside its middle."""
    return CameraPose(
        utc_ns=0, lat_deg=LAT_DEG, lon_deg=LON_DEG, alt_m=alt_m, ground_alt_m=0.0,
        yaw_deg=math.degrees(math.atan2(east, north)) + 6.0,
        pitch_deg=max(-90.0, math.degrees(math.atan2(up, math.hypot(east, north))) + 5.0), roll_deg=3.0,
        intrinsics=pinhole(distortion), sigma=SURVEYED,
    )  # fmt: skip


@pytest.fixture(scope="module")
def hills(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a model in Lambert 93 with gentle hills about the place, so that nothing hides anything from above."""
    x, y = pyproj.Transformer.from_crs(4326, 2154, always_xy=True).transform(LON_DEG, LAT_DEG)
    axis = np.arange(500.0)
    heights = BASE_M + 8 * np.sin(axis / 30)[:, None] * np.cos(axis / 40)[None]
    return write_tiff(
        tmp_path_factory.mktemp("dem") / "hills.tif", heights.astype(np.float32), crs="EPSG:2154", west=x - 500,
        north=y + 500, step=2.0,
    )  # fmt: skip


TERRAINS = TerrainFiles()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(-200, 200), st.floats(-200, 200), st.floats(40, 120), st.booleans())
def test_a_point_of_the_model_comes_back_within_a_centimetre(
    hills: Path, east: float, north: float, over_m: float, bent: bool
) -> None:
    """The way there is pymap3d's, over Earth-centred coordinates; nothing of it is ours but the lens."""
    grid = TERRAINS.about(hills, lat_deg=LAT_DEG, lon_deg=LON_DEG).grid
    alt_m = BASE_M + over_m
    lat, lon, _ = pymap3d.enu2geodetic(east, north, -over_m, LAT_DEG, LON_DEG, alt_m)
    ground_m = float(grid.at(np.array(lat), np.array(lon)))
    enu = pymap3d.geodetic2enu(lat, lon, ground_m, LAT_DEG, LON_DEG, alt_m)
    assume(math.degrees(math.atan2(-enu[2], math.hypot(*enu[:2]))) > 15)
    pose = looking_at(*enu, alt_m=alt_m, distortion=BENT if bent else [0.0] * 5)
    u_px, v_px, seen = image_from_enu(pose, np.array([enu]))
    assume(seen[0] and 0 <= u_px[0] <= 1919 and 0 <= v_px[0] <= 1079)
    got = answer_from_line(line(pose, u_px[0], v_px[0], dem=str(hills)), TERRAINS)
    assert "error" not in got, got
    off = pymap3d.geodetic2enu(got["lat_deg"], got["lon_deg"], ground_m, lat, lon, ground_m)
    assert math.hypot(off[0], off[1]) < 0.01
    assert got["ground_alt_m"] == pytest.approx(ground_m, abs=0.01)
    assert got["slant_range_m"] == pytest.approx(math.hypot(*enu), abs=0.01)


@settings(max_examples=40, deadline=None)
@given(st.floats(-200, 200), st.floats(-200, 200), st.floats(20, 120), st.booleans())
def test_a_point_of_a_plane_comes_back_within_a_centimetre(east: float, north: float, agl: float, bent: bool) -> None:
    assume(math.degrees(math.atan2(agl, math.hypot(east, north))) > 10)
    pose = looking_at(east, north, -agl, alt_m=agl, distortion=BENT if bent else [0.0] * 5)
    u_px, v_px, seen = image_from_enu(pose, np.array([[east, north, -agl]]))
    assume(seen[0] and 0 <= u_px[0] <= 1919 and 0 <= v_px[0] <= 1079)
    got = answer_from_line(line(pose, u_px[0], v_px[0], ground_alt_m=0.0))
    lat, lon, _ = pymap3d.enu2geodetic(east, north, -agl, LAT_DEG, LON_DEG, agl)
    off = pymap3d.geodetic2enu(got["lat_deg"], got["lon_deg"], 0.0, lat, lon, 0.0)
    assert math.hypot(off[0], off[1]) < 0.01


def ask(hills: Path, **changes: Any) -> dict[str, Any]:
    pose = looking_at(30.0, 60.0, -80.0, alt_m=BASE_M + 80, distortion=[0.0] * 5)
    return answer_from_line(line(pose, 960, 540, **{"dem": str(hills), **changes}), TERRAINS)


def test_a_plane_beside_a_model_is_not_used_and_that_is_said(hills: Path) -> None:
    plain, told = ask(hills), ask(hills, ground_alt_m=-50.0)
    assert "note" not in plain
    assert "ground_alt_m is not used" in told.pop("note")
    assert told == plain


def test_heights_in_another_datum_are_brought_to_the_models(hills: Path) -> None:
    plain = ask(hills)
    ellipsoid = ask(hills, alt_m=BASE_M + 80 + 44.58, height_datum="ellipsoid", geoid_m=44.58)
    home = ask(hills, alt_m=80.0, height_datum="home", home_lat_deg=LAT_DEG, home_lon_deg=LON_DEG)
    assert ellipsoid == pytest.approx(plain, abs=1e-6)
    foot_m = float(
        TERRAINS.about(hills, lat_deg=LAT_DEG, lon_deg=LON_DEG).grid.at(np.array(LAT_DEG), np.array(LON_DEG))
    )
    shared = ask(hills, alt_m=180.0, ground_alt_m=100.0, height_datum="shared")
    assert shared == pytest.approx(home, abs=1e-6)
    assert home == pytest.approx(ask(hills, alt_m=foot_m + 80), abs=1e-6)
    assert ask(hills, alt_m=BASE_M + 80, height_datum=HeightDatum.EGM2008) == plain


@pytest.mark.parametrize(
    ("changes", "error", "named"),
    [
        ({"height_datum": "ellipsoid"}, "no_geoid_separation", "geoid_m"),
        ({"height_datum": "shared"}, "invalid", "ground_alt_m is missing"),
        ({"height_datum": "shared", "ground_alt_m": None}, "invalid", "ground_alt_m is missing"),
        ({"height_datum": "home"}, "no_home_position", "home_lat_deg"),
        ({"height_datum": "home", "home_lat_deg": 10.0, "home_lon_deg": 10.0}, "no_terrain", "at the home position"),
        ({"height_datum": "home", "home_lat_deg": 10.0}, "invalid", "home position"),
        ({"alt_m": 60.0}, "invalid", "not above the ground of hills.tif"),
        ({"lat_deg": 52.0}, "no_terrain", "does not cover"),
        ({"pitch_deg": 20.0}, "above_horizon", "does not go down"),
        ({"pitch_deg": -3.0}, "no_terrain", "hills.tif knows no ground"),
        ({"dem": "missing.tif"}, "invalid", "no file"),
    ],
)
def test_each_refusal_names_its_cause(hills: Path, changes: dict[str, Any], error: str, named: str) -> None:
    got = ask(hills, **changes)
    assert got["error"] == error
    assert named in got["detail"]
    assert "lat_deg" not in got
