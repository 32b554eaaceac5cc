import dataclasses
import math

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flightlink.pose import CONSUMER_GIMBAL, CameraPose
from maps.geodesy import geodetic_from_enu
from maps.georeference import ground_from_image
from sitl.crowd.crowd import Crowd, People
from sitl.picture.render import Renderer
from sitl.picture.scene import placements_of
from sitl.picture.sprite_set import SpriteSet
from sitl.world.route import FlightInstant, Route, instant_at
from sitl.world.shot import Shot, shot_from
from sitl.world.world import World

OBLIQUE = Route(
    centre_m=(-8.0, 1.0), radius_m=33.0, height_m=21.0, bearing_deg=190.0, swing_deg=12.0, period_s=100.0, pan_m=3.0
)


def one_person(east_m: float, north_m: float, heading_deg: float = 0.0, look: int = 0) -> People:
    zero = np.zeros(1)
    return People(
        ids=np.array([0]),
        east_m=np.array([east_m]),
        north_m=np.array([north_m]),
        heading_deg=np.array([heading_deg]),
        walked_m=zero,
        speed_m_s=zero,
        walks=np.array([False]),
        looks=np.array([look]),
    )


def pose_of(world: World, flight: FlightInstant) -> CameraPose:
    """The pose as a station would have it: by the vehicle's place in degrees, not by the renderer's metres."""
    home = world.home
    parts = (np.array([part]) for part in (flight.east_m, flight.north_m, flight.up_m))
    lat, lon = geodetic_from_enu(home.lat_deg, home.lon_deg, home.alt_amsl_m, *parts)
    return CameraPose(
        utc_ns=0,
        lat_deg=float(lat[0]),
        lon_deg=float(lon[0]),
        alt_m=home.alt_amsl_m + flight.up_m,
        ground_alt_m=home.alt_amsl_m,
        yaw_deg=flight.camera_yaw_deg,
        pitch_deg=flight.camera_pitch_deg,
        roll_deg=0.0,
        intrinsics=world.camera.intrinsics,
        sigma=CONSUMER_GIMBAL,
    )


def home_metres(world: World, lat_deg: float, lon_deg: float) -> tuple[float, float]:
    """Metres from home by the ellipsoid's radii of curvature: a way of its own, to a millimetre at 100 m."""
    latitude = math.radians(world.home.lat_deg)
    a, e2 = 6378137.0, 6.69437999014e-3
    bend = 1 - e2 * math.sin(latitude) ** 2
    meridian, normal = a * (1 - e2) / bend**1.5, a / math.sqrt(bend)
    high = world.home.alt_amsl_m
    north = math.radians(lat_deg - world.home.lat_deg) * (meridian + high)
    return math.radians(lon_deg - world.home.lon_deg) * (normal + high) * math.cos(latitude), north


def changed_rows(
    world: World, sprites: SpriteSet, shot: Shot, person: People
) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """Where a person alone changes the picture of the empty square, shadow left out."""
    bare = dataclasses.replace(world, props=())
    renderer = Renderer(bare, sprites)
    nobody = dataclasses.replace(person, **{f.name: getattr(person, f.name)[:0] for f in dataclasses.fields(person)})
    with_one = renderer.frame(shot, person, 0).astype(np.int16)
    without = renderer.frame(shot, nobody, 0).astype(np.int16)
    return np.asarray(np.abs(with_one - without).max(axis=2) > 12)


@settings(max_examples=40, deadline=None)
@given(
    t_s=st.floats(0, 600),
    right_m=st.floats(-7, 7),
    beyond_m=st.floats(-6, 9),
    vehicle=st.integers(0, 1),
)
def test_a_foot_is_where_the_station_georeferences_it(
    world: World, sprites: SpriteSet, t_s: float, right_m: float, beyond_m: float, vehicle: int
) -> None:
    centre_m = world.vehicles[vehicle].route.centre_m
    east_m, north_m = centre_m[0] + right_m, centre_m[1] + beyond_m
    flight = instant_at(world.vehicles[vehicle].route, t_s)
    shot = shot_from(flight, world.camera.intrinsics)
    (placed,) = placements_of(one_person(east_m, north_m), shot, sprites)
    found = ground_from_image(pose_of(world, flight), np.array([placed.foot_x_px]), np.array([placed.foot_y_px]))
    seen_east_m, seen_north_m = home_metres(world, float(found.lat_deg[0]), float(found.lon_deg[0]))
    assert math.hypot(seen_east_m - east_m, seen_north_m - north_m) < 0.02


@pytest.mark.parametrize("heading_deg", [0.0, 95.0, 200.0])
@pytest.mark.parametrize("place", [(0.0, 3.0), (-4.0, -4.0), (-12.0, 9.0)])
def test_painted_soles_stand_where_the_person_stands(
    world: World, sprites: SpriteSet, place: tuple[float, float], heading_deg: float
) -> None:
    """The picture itself, not the placement: the painted body's lowest rows, georeferenced, are at the feet."""
    flight = instant_at(world.vehicles[0].route, 0.0)
    shot = shot_from(flight, world.camera.intrinsics)
    person = one_person(*place, heading_deg=heading_deg)
    (placed,) = placements_of(person, shot, sprites)
    body = np.zeros((world.camera.intrinsics.height_px, world.camera.intrinsics.width_px), bool)
    x, y, width, height = (round(part) for part in placed.box_px)
    body[y : y + height, x : x + width] = True
    changed = changed_rows(world, sprites, shot, person) & body
    columns = changed.sum(axis=0) > 0.15 * height
    rows = np.flatnonzero(changed[:, columns].any(axis=1))
    found = ground_from_image(
        pose_of(world, flight), np.array([float(placed.foot_x_px)]), np.array([float(rows.max())])
    )
    seen = home_metres(world, float(found.lat_deg[0]), float(found.lon_deg[0]))
    # The nearer sole lies up to half a step and a shoe's length nearer than the body's middle.
    assert math.dist(seen, place) < 0.45


def test_the_ground_lies_where_its_homography_says(world: World, sprites: SpriteSet) -> None:
    """The crossing of two pale bands of the paving, at (4.5, 4.5) m, is pale and its slabs' surroundings are darker."""
    bare = dataclasses.replace(world, props=())
    shot = shot_from(instant_at(OBLIQUE, 0.0), world.camera.intrinsics)
    nobody = one_person(500.0, -500.0)
    picture = cv2.cvtColor(Renderer(bare, sprites).frame(shot, nobody, 0), cv2.COLOR_BGR2GRAY)
    along = np.arange(-6.5, 9.0, 0.5)
    on_band = np.column_stack([np.full(len(along), 0.0), along, np.zeros(len(along))])
    beside = on_band + np.array([2.5, 0, 0])
    band_rows = [picture[round(v), round(u)] for u, v in shot.projected(on_band)[0]]
    beside_rows = [picture[round(v), round(u)] for u, v in shot.projected(beside)[0]]
    assert np.median(band_rows) > np.median(beside_rows) + 15


def test_the_same_instant_gives_the_same_picture(world: World, sprites: SpriteSet) -> None:
    shot = shot_from(instant_at(world.vehicles[0].route, 7.0), world.camera.intrinsics)
    pictures = [Renderer(world, sprites).frame(shot, Crowd(world).people_at(7.0), 5) for _ in range(2)]
    assert np.array_equal(pictures[0], pictures[1])
    k = world.camera.intrinsics
    assert pictures[0].shape == (k.height_px, k.width_px, 3)
    assert pictures[0].std() > 20


def test_people_are_as_tall_as_they_should_be(world: World, sprites: SpriteSet) -> None:
    """A standing body's head is seen where a point as high as the figure would be."""
    for north_m in (-4.0, 3.0, 10.0):
        shot = shot_from(instant_at(OBLIQUE, 0.0), world.camera.intrinsics)
        for look in range(len(sprites.figures)):
            (placed,) = placements_of(one_person(0, north_m, look=look), shot, sprites)
            top = np.array([[0, north_m, sprites.figures[look].height_m]])
            head, _ = shot.projected(top)
            assert placed.box_px[1] == pytest.approx(head[0, 1], abs=0.12 * placed.box_px[3])


def test_nobody_behind_the_camera_is_painted(world: World, sprites: SpriteSet) -> None:
    shot = shot_from(instant_at(world.vehicles[0].route, 0.0), world.camera.intrinsics)
    assert placements_of(one_person(0, -500), shot, sprites) == []


def test_near_people_are_painted_over_far_ones(world: World, sprites: SpriteSet) -> None:
    shot = shot_from(instant_at(world.vehicles[0].route, 30.0), world.camera.intrinsics)
    depths = [placed.depth_m for placed in placements_of(Crowd(world).people_at(30.0), shot, sprites)]
    assert len(depths) > 40
    assert depths == sorted(depths, reverse=True)


@given(t_s=st.floats(0, 4000), radius_m=st.floats(5, 100), height_m=st.floats(10, 100))
def test_the_camera_always_looks_at_the_centre(t_s: float, radius_m: float, height_m: float) -> None:
    route = Route(centre_m=(3.0, -2.0), radius_m=radius_m, height_m=height_m, bearing_deg=40, swing_deg=30, period_s=60)
    flight = instant_at(route, t_s)
    yaw, pitch = math.radians(flight.camera_yaw_deg), math.radians(flight.camera_pitch_deg)
    far = flight.up_m / math.tan(-pitch)
    assert flight.east_m + far * math.sin(yaw) == pytest.approx(3.0, abs=1e-6)
    assert flight.north_m + far * math.cos(yaw) == pytest.approx(-2.0, abs=1e-6)
    assert abs(flight.roll_deg) < 45
