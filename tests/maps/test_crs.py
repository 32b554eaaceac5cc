import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from flightlink.pose import CameraPose
from maps.crs import MissionCrs, is_mission_epsg, mission_epsg
from maps.errors import CrsError
from maps.geodesy import geodetic_from_enu

MakePose = Callable[..., CameraPose]

IN_FRANCE = {
    "Paris": (2.35, 48.85), "Lille": (3.06, 50.63), "Dunkerque": (2.377, 51.034), "Calais": (1.856, 50.95),
    "Givet": (4.825, 50.138), "Forbach": (6.90, 49.188), "Strasbourg": (7.75, 48.573), "Mulhouse": (7.34, 47.75),
    "Ferney": (6.108, 46.257), "Annemasse": (6.234, 46.193), "Chamonix": (6.87, 45.923), "Evian": (6.589, 46.40),
    "Menton": (7.49, 43.776), "Nice": (7.26, 43.70), "Marseille": (5.37, 43.297), "Toulon": (5.93, 43.12),
    "Perpignan": (2.895, 42.69), "Hendaye": (-1.775, 43.36), "La Rochelle": (-1.15, 46.16), "Yeu": (-2.35, 46.71),
    "Belle-Ile": (-3.2, 47.33), "Brest": (-4.486, 48.39), "Ouessant": (-5.09, 48.46), "Cherbourg": (-1.62, 49.64),
    "Ajaccio": (8.738, 41.919), "Bastia": (9.45, 42.70), "Bonifacio": (9.16, 41.387),
}  # fmt: skip
ELSEWHERE = {
    "London": (-0.1276, 51.507, 32630), "Dover": (1.31, 51.128, 32631), "Geneva": (6.1432, 46.2044, 32632),
    "Lausanne": (6.63, 46.52, 32632), "Lake Geneva": (6.4, 46.42, 32632), "Nyon": (6.239, 46.383, 32632),
    "Basel": (7.5886, 47.5596, 32632), "Freiburg": (7.85, 47.995, 32632), "Saarbrucken": (7.0, 49.234, 32632),
    "Luxembourg": (6.13, 49.61, 32632), "Brussels": (4.35, 50.85, 32631), "Mons": (3.95, 50.454, 32631),
    "Tournai": (3.389, 50.606, 32631), "Jersey": (-2.11, 49.19, 32630), "Guernsey": (-2.54, 49.45, 32630),
    "San Sebastian": (-1.98, 43.32, 32630), "Andorra": (1.52, 42.507, 32631), "Barcelona": (2.17, 41.385, 32631),
    "Turin": (7.686, 45.07, 32632), "Aosta": (7.32, 45.737, 32632), "Ventimiglia": (7.607, 43.79, 32632),
    "Alghero": (8.32, 40.56, 32632), "Saint-Pierre": (-56.17, 46.78, 32621), "Reunion": (55.45, -20.88, 32740),
    "Cape Town": (18.42, -33.92, 32734), "date line east": (180.0, -17.0, 32760), "west": (-180.0, -17.0, 32701),
}  # fmt: skip


@pytest.mark.parametrize("place", IN_FRANCE.values(), ids=IN_FRANCE)
def test_metropolitan_france_uses_lambert_93(place: tuple[float, float]) -> None:
    assert mission_epsg(*place) == 2154


@pytest.mark.parametrize("place", ELSEWHERE.values(), ids=ELSEWHERE)
def test_elsewhere_uses_the_utm_zone(place: tuple[float, float, int]) -> None:
    assert mission_epsg(*place[:2]) == place[2]


@pytest.mark.parametrize("place", [(0.0, 84.1), (0.0, -80.1), (200.0, 10.0), (math.nan, 10.0), (2.35, 95.0)])
def test_no_crs_near_a_pole_or_off_the_earth(place: tuple[float, float]) -> None:
    with pytest.raises(CrsError):
        mission_epsg(*place)


@pytest.mark.parametrize("epsg", [3857, 4326, 32600, 32661, 32761, 27700, 0, -1])
def test_other_systems_are_refused(epsg: int) -> None:
    assert not is_mission_epsg(epsg)
    with pytest.raises(CrsError, match="not a mission CRS"):
        MissionCrs(epsg)


@pytest.mark.parametrize(("lon", "lat", "factor"), [(2.352, 48.857, 2.31), (5.37, 43.297, 1.89)])
def test_web_mercator_areas_lie_and_ours_do_not(make_pose: MakePose, lon: float, lat: float, factor: float) -> None:
    ring = geodetic_from_enu(lat, lon, 0.0, np.array([0.0, 100, 100, 0]), np.array([0.0, 0, 100, 100]), 0.0)
    mercator = Transformer.from_crs(4326, 3857, always_xy=True).transform(ring[1], ring[0])
    ours = MissionCrs(mission_epsg(lon, lat)).crs_from_geodetic(ring[1], ring[0])
    assert shoelace(*mercator) / 1e4 == pytest.approx(factor, abs=0.01)
    assert shoelace(*ours) / 1e4 == pytest.approx(1.0, abs=0.002)


def shoelace(x: np.ndarray, y: np.ndarray) -> float:
    return 0.5 * abs(float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))))


@given(st.floats(-179.9, 179.9), st.floats(-79.9, 83.9), st.floats(-500, 500), st.floats(-350, 350))
def test_the_affine_step_is_true_to_a_centimetre(
    make_pose: MakePose, lon: float, lat: float, east: float, north: float
) -> None:
    pose = make_pose(lon_deg=lon, lat_deg=lat)
    crs = MissionCrs(mission_epsg(lon, lat))
    quick = crs.crs_from_enu(pose)(np.array([east]), np.array([north]))
    there_lat, there_lon = geodetic_from_enu(lat, lon, 60.0, np.array([east]), np.array([north]), -60.0)
    slow = crs.crs_from_geodetic(there_lon, there_lat)
    assert math.hypot(quick[0][0] - slow[0][0], quick[1][0] - slow[1][0]) < 0.01


def test_the_affine_step_carries_grid_convergence(make_pose: MakePose) -> None:
    brest = MissionCrs(2154).crs_from_enu(make_pose(lon_deg=-4.486, lat_deg=48.39))
    assert math.degrees(math.atan2(brest.xy, brest.yy)) == pytest.approx(5.43, abs=0.05)


def test_an_inverted_map_leads_back(make_pose: MakePose) -> None:
    there = MissionCrs(2154).crs_from_enu(make_pose())
    east, north = np.array([120.0, -33.0]), np.array([-5.0, 410.0])
    back = there.inverted()(*there(east, north))
    np.testing.assert_allclose(back, (east, north), atol=1e-6)


def test_geodetic_round_trip() -> None:
    crs = MissionCrs(2154)
    lon, lat = crs.geodetic_from_crs(*crs.crs_from_geodetic(np.array([2.352]), np.array([48.857])))
    assert (lon[0], lat[0]) == pytest.approx((2.352, 48.857), abs=1e-10)


@pytest.mark.parametrize(("epsg", "lon"), [(32631, 100.0), (32631, 13.0), (32650, 2.35)])
def test_a_camera_off_the_map_of_its_crs_is_refused(make_pose: MakePose, epsg: int, lon: float) -> None:
    with pytest.raises(CrsError, match="is not true at the camera"):
        MissionCrs(epsg).crs_from_enu(make_pose(lon_deg=lon))


def test_an_area_that_is_no_simple_polygon_is_refused() -> None:
    crs = MissionCrs(2154)
    square = [(2.35, 48.85), (2.36, 48.85), (2.36, 48.86), (2.35, 48.86)]
    assert crs.area_from_geodetic(square).area == pytest.approx(733 * 1112, rel=0.01)
    with pytest.raises(CrsError, match="simple polygon"):
        crs.area_from_geodetic([square[0], square[2], square[1], square[3]])
    with pytest.raises(CrsError, match="no coordinates"):
        MissionCrs(32631).area_from_geodetic([(100.0, 0.0), *square[1:]])
