"""What a live pose tells of its heights: home and its place, sea level, the geoid as the receiver has it."""

from dataclasses import replace

import pytest
from pymavlink.dialects.v20 import common as dialect

from flightlink.camera_file import CameraFile
from flightlink.pose import CameraPose, HeightDatum, PoseRefusal
from maps.terrain.grid import PostMap
from maps.terrain.heights import pose_on_terrain
from tests.flightlink.feed import Flight
from tests.maps.terrain.surfaces import terrain_of, tilted

UNKNOWN = 2**31 - 1


@pytest.fixture
def flight(camera: CameraFile) -> Flight:
    return Flight(camera)


def tell_home(flight: Flight, lat: int, lon: int) -> None:
    message = dialect.MAVLink_home_position_message(lat, lon, 100_000, 0, 0, 0, [1.0, 0.0, 0.0, 0.0], 0, 0, 0)
    flight.take(flight.vehicle.packed(message), 500)


def tell_gps(flight: Flight, *, alt: int, alt_ellipsoid: int) -> None:
    message = dialect.MAVLink_gps_raw_int_message(0, 3, 1, 1, alt, 0, 0, 0, 0, 10, alt_ellipsoid, 0)
    flight.take(flight.vehicle.packed(message), 500)


def test_before_home_is_told_only_the_sea_level_is_known(flight: Flight) -> None:
    flight.fly(0, 1000)
    pose = flight.pose(550)
    assert pose.height_datum is HeightDatum.HOME
    assert (pose.home_lat_deg, pose.home_lon_deg, pose.geoid_m) == (None, None, None)
    assert pose.alt_amsl_m == pytest.approx(100 + flight.vehicle.alt_home_m, abs=1e-3)


def test_home_and_geoid_go_with_the_pose(flight: Flight) -> None:
    flight.fly(0, 1000)
    tell_home(flight, 480000000, 20000000)
    tell_gps(flight, alt=100_000, alt_ellipsoid=144_580)
    pose = flight.pose(550)
    assert (pose.home_lat_deg, pose.home_lon_deg) == (48.0, 2.0)
    assert pose.geoid_m == pytest.approx(44.58)


@pytest.mark.parametrize(("alt", "alt_ellipsoid"), [(584_080, 584_080), (100_000, 0), (100_000, UNKNOWN), (0, 200_000)])
def test_a_receiver_that_writes_one_height_twice_knows_no_geoid(flight: Flight, alt: int, alt_ellipsoid: int) -> None:
    flight.fly(0, 1000)
    tell_gps(flight, alt=alt, alt_ellipsoid=alt_ellipsoid)
    assert flight.pose(550).geoid_m is None


def test_heights_above_home_stand_on_the_model_and_the_geoid_is_not_asked(flight: Flight) -> None:
    """On a model above the ellipsoid, with a link that knows no geoid: home on the model is enough."""
    flight.fly(0, 1000)
    model = terrain_of(tilted(0, 0))
    where: PostMap = replace(model.posts, lat_deg=flight.vehicle.lat_deg, lon_deg=flight.vehicle.lon_deg)
    model = replace(model, posts=where, datum=HeightDatum.ELLIPSOID)
    unplaced = pose_on_terrain(flight.pose(550), model)
    assert isinstance(unplaced, PoseRefusal)
    assert unplaced.cause == "no_geoid_separation"
    tell_home(flight, round(flight.vehicle.lat_deg * 1e7), round(flight.vehicle.lon_deg * 1e7))
    placed = pose_on_terrain(flight.pose(550), model)
    assert isinstance(placed, CameraPose)
    assert placed.alt_m == pytest.approx(200 + flight.vehicle.alt_home_m, abs=0.01)
