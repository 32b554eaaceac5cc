"""`[ground]`: the settings, and a station that stands on a height model."""

import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import pytest

from flightlink.mission import Mission
from flightlink.pose import CameraPose, HeightDatum, PoseRefusal
from groundstation.alignment.desk import AlignmentDesk
from groundstation.alignment.points import PointError
from groundstation.alignment.shown import ShownPictures
from groundstation.alignment.store import AlignmentFile
from groundstation.errors import BadInputError
from groundstation.flight import FlightFiles, epsg_of, file_order, load_flight
from groundstation.instants import text_from_utc_ns
from groundstation.pipeline import Station
from groundstation.truth import feet_on_ground
from groundstation.vehicles import CameraView, MissionGround, footprint, grounded
from maps.errors import TerrainError
from maps.georeference import ground_from_image
from maps.terrain.heights import pose_on_terrain
from tests.groundstation.conftest import FIXED_POSE_TOML
from tests.groundstation.station import serving, settings
from tests.maps.terrain.files import write_tiff
from tests.maps.terrain.surfaces import camera, terrain_of, tilted
from tests.maps.tie_points import Flight, tie_points
from vision.truth import Label, TruthPicture

Fake = Callable[[str], tuple[str, ...]]
FIXED = tomllib.loads(FIXED_POSE_TOML)


def model(folder: Path, *, height_m: float = 35.0, reach_m: int = 400) -> Path:
    """Write level ground about the place of the fixed camera."""
    x, y = pyproj.Transformer.from_crs(4326, 2154, always_xy=True).transform(FIXED["lon_deg"], FIXED["lat_deg"])
    heights = np.full((reach_m, reach_m), height_m, np.float32)
    return write_tiff(
        folder / "hill.tif", heights, crs="EPSG:2154+5720", west=x - 2 * reach_m, north=y + 2 * reach_m, step=4.0
    )


def station(folder: Path, mission: Mission, **ground: Any) -> Station:
    return Station(
        settings(folder, ground={"terrain": "hill.tif", **ground}), mission, clock=lambda: mission.starts_utc_ns
    )


def test_the_model_goes_to_every_worker(tmp_path: Path, running: Mission) -> None:
    model(tmp_path)
    (told,) = (camera._order.terrain for camera in station(tmp_path, running, terrain_sigma_m=0.3)._cameras)
    assert told is not None
    assert (told.name, told.datum, told.sigma_m, told.geoid_m) == ("hill.tif", HeightDatum.AMSL, 0.3, None)
    (flat,) = (camera._order.terrain for camera in Station(settings(tmp_path), running, clock=lambda: 0)._cameras)
    assert flat is None


@pytest.mark.parametrize(
    ("ground", "named"),
    [
        ({"terrain": "missing.tif"}, "missing.tif: is no file"),
        ({"geoid": "missing.gtx"}, "missing.gtx: is no file"),
    ],
)
def test_a_file_that_cannot_be_read_stops_the_station(
    tmp_path: Path, running: Mission, ground: dict[str, Any], named: str
) -> None:
    model(tmp_path)
    with pytest.raises(TerrainError, match=named):
        station(tmp_path, running, **ground)


@pytest.mark.parametrize(
    ("ground", "named"),
    [
        ({}, "ground.terrain: missing"),
        ({"terrain": "a.tif", "datum": "egm96"}, "ground.datum: unknown setting"),
        ({"terrain": "a.tif", "terrain_datum": "home"}, "no model has another"),
        ({"terrain": "a.tif", "terrain_datum": "sea"}, "ground.terrain_datum"),
        ({"terrain": "a.tif", "terrain_sigma_m": -1}, "ground.terrain_sigma_m"),
        ({"terrain": "a.tif", "geoid": "a.tif"}, "two files"),
    ],
)
def test_each_wrong_setting_is_named(tmp_path: Path, ground: dict[str, Any], named: str) -> None:
    with pytest.raises(BadInputError, match=named):
        settings(tmp_path, ground=ground)


async def test_a_footprint_of_a_station_on_a_model_is_drawn(
    tmp_path: Path, running: Mission, fake_worker: Fake
) -> None:
    model(tmp_path)
    async with serving(settings(tmp_path, ground={"terrain": "hill.tif"}), running, fake_worker("fixed")) as client:
        vehicles = await client.until(
            "vehicles", lambda document: any(f["properties"]["kind"] == "footprint" for f in document["features"])
        )
        (drawn,) = [f for f in vehicles["features"] if f["properties"]["kind"] == "footprint"]
        assert drawn["geometry"]["type"] == "Polygon"
        assert drawn["properties"]["refusal"] is None


def test_a_pose_that_cannot_be_brought_to_the_model_is_shown_with_its_cause(mission: Mission) -> None:
    level = terrain_of(tilted(0, 0))
    view = CameraView(name="one", system_id=1, pose=replace(camera(alt_m=60.0), height_datum=HeightDatum.HOME))
    lost = grounded(view, level)
    assert isinstance(lost.pose, PoseRefusal)
    ground = MissionGround(mission, epsg=epsg_of(mission))
    assert footprint(lost, ground, level)["properties"]["refusal"] == "no_home_position"
    assert grounded(view, None) is view
    assert isinstance(grounded(replace(view, pose=camera(alt_m=260.0)), level).pose, CameraPose)


@pytest.fixture
def flown(tmp_path: Path) -> FlightFiles:
    (tmp_path / "clip.mp4").write_bytes(b"opened by the worker alone")
    (tmp_path / "cam.toml").write_text(FIXED_POSE_TOML)
    return FlightFiles(video=tmp_path / "clip.mp4", camera=tmp_path / "cam.toml", dem=model(tmp_path))


def test_a_recorded_flight_takes_its_model_to_the_worker(flown: FlightFiles) -> None:
    flight = load_flight(flown)
    assert flight.terrain is not None
    told = file_order(flight, counts=True).terrain
    assert told is not None
    assert (told.name, told.datum) == ("hill.tif", HeightDatum.AMSL)
    assert file_order(load_flight(replace(flown, dem=None)), counts=True).terrain is None


def test_a_recorded_flight_of_which_nobody_knows_the_place_has_no_model(flown: FlightFiles) -> None:
    with pytest.raises(BadInputError, match="nothing says where the camera was"):
        load_flight(replace(flown, camera=None))


def test_marked_feet_stand_on_the_model(flown: FlightFiles) -> None:
    flight = load_flight(flown)
    pose = flight.fixed_pose
    assert pose is not None
    picture = TruthPicture(
        picture=0, width_px=pose.intrinsics.width_px, height_px=pose.intrinsics.height_px,
        xyxy=np.array([[300.0, 200.0, 310.0, 240.0]]), labels=(Label.PERSON,),
    )  # fmt: skip
    placed = pose_on_terrain(pose, flight.terrain) if flight.terrain else None
    assert isinstance(placed, CameraPose)
    flat, model_feet = feet_on_ground(picture, pose, 2154), feet_on_ground(picture, placed, 2154, flight.terrain)
    np.testing.assert_allclose(flat, model_feet, atol=0.02)


async def test_tie_points_lie_on_the_model(tmp_path: Path) -> None:
    """Clicked on a slope: a desk that knows it finds the camera straight, one that does not turns it."""
    ties = [
        replace(point, pose=replace(point.pose, height_datum=HeightDatum.SHARED))
        for point in tie_points(Flight(exact=True), 1)
    ]
    slope = terrain_of(tilted(0.125, 0.25))
    slope = replace(slope, posts=replace(slope.posts, lat_deg=ties[0].pose.lat_deg, lon_deg=ties[0].pose.lon_deg))
    shown, rows = ShownPictures(), list[dict[str, Any]]()
    for tie in ties:
        pose = pose_on_terrain(tie.pose, slope)
        assert isinstance(pose, CameraPose)
        place = ground_from_image(pose, np.array([tie.u_px]), np.array([tie.v_px]), terrain=slope)
        assert place.ok[0]
        lens = tie.pose.intrinsics
        shown.add(tie.pose, width_px=lens.width_px, height_px=lens.height_px)
        rows.append({
            "utc": text_from_utc_ns(tie.pose.utc_ns), "u_px": tie.u_px, "v_px": tie.v_px,
            "lat_deg": float(place.lat_deg[0]), "lon_deg": float(place.lon_deg[0]),
        })  # fmt: skip
    found = []
    for terrain in (slope, None):
        desk = AlignmentDesk(
            "north", shown=shown, file=AlignmentFile(tmp_path, "north"), by_camera_file=None, apply=lambda _: None,
            clock=lambda: ties[-1].pose.utc_ns,
        )  # fmt: skip
        desk.terrain = terrain
        found.append(await desk.solve({"points": rows}, store=False))
    assert max(abs(angle) for angle in found[0]["bias"].values() if angle is not None) < 0.1
    assert "error" in found[1] or max(abs(angle or 0.0) for angle in found[1]["bias"].values()) > 0.5
    desk.terrain = slope
    with pytest.raises(PointError, match="no_terrain"):
        await desk.solve({"points": [{**rows[0], "lat_deg": rows[0]["lat_deg"] + 1}]}, store=False)
