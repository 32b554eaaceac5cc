from dataclasses import replace

import numpy as np
import pytest

from flightlink.mission import Mission
from groundstation.flight import epsg_of
from groundstation.health import mission_state
from groundstation.mapping import MissionMap
from maps.cells import CellCount, CellCounts, CellId
from maps.crs import MissionCrs
from maps.errors import CountingError

LEAF = CellId(5, 130_490, 1_372_415)


def counts(utc_ns: int, people: float) -> CellCounts:
    cell = CellCount(cell=LEAF, people=people, variance=1.0, observed_share=1.0, ce90_m=2.0)
    return CellCounts(source="north", utc_ns=utc_ns, epsg=2154, cells=(cell,))


@pytest.fixture
def mission_map(mission: Mission) -> MissionMap:
    return MissionMap(mission, epsg=epsg_of(mission))


def test_before_any_count_everything_is_unobserved(mission_map: MissionMap) -> None:
    document = mission_map.document_at(2_000_000_000)
    assert {feature["properties"]["state"] for feature in document["features"]} == {"unobserved"}
    assert (document["people"], document["observed_share"], document["frozen"]) == (0.0, 0.0, False)


def test_counts_outside_the_time_window_never_reach_the_map(mission_map: MissionMap) -> None:
    for utc_ns in (999_999_999, 9_000_000_000):
        mission_map.take(counts(utc_ns, 40))
    assert mission_map.document_at(8_999_999_999)["people"] == 0


def test_the_map_stays_as_it_was_at_the_end(mission_map: MissionMap) -> None:
    mission_map.take(counts(8_000_000_000, 40))
    last = mission_map.document_at(8_500_000_000)
    mission_map.take(counts(8_600_000_000, 90))
    frozen = mission_map.document_at(9_000_000_000)
    assert frozen == {**last, "frozen": True}
    assert mission_map.document_at(99_000_000_000) == frozen
    assert mission_map.frozen_since_ns == 9_000_000_000


def test_a_count_in_another_crs_is_an_error(mission_map: MissionMap) -> None:
    mission_map.take(counts(2_000_000_000, 40))
    with pytest.raises(CountingError):
        mission_map.take(replace(counts(2_000_000_000, 40), epsg=32631))


@pytest.mark.parametrize(
    ("utc_ns", "state"),
    [(999_999_999, "not_started"), (1_000_000_000, "running"), (8_999_999_999, "running"), (9_000_000_000, "ended")],
)
def test_the_time_window_is_half_open(mission: Mission, utc_ns: int, state: str) -> None:
    assert mission_state(mission, utc_ns) == state


def test_a_place_that_stays_too_dense_is_an_alert_until_the_mission_ends(mission_map: MissionMap) -> None:
    for second in range(2, 9):
        mission_map.take(counts(second * 1_000_000_000, 120))
        mission_map.document_at(second * 1_000_000_000)
    (alert,) = mission_map.alerts_at(8_000_000_000)["alerts"]
    assert (alert["kind"], alert["level"], alert["cell"]) == ("over_density", "alert", LEAF.name)
    assert alert["since_utc"] == "1970-01-01T00:00:02.000Z"
    lon_deg, lat_deg = alert["lon_lat"]
    east_m, north_m = MissionCrs(2154).crs_from_geodetic(np.array([lon_deg]), np.array([lat_deg]))
    assert (float(east_m[0]), float(north_m[0])) == pytest.approx(
        (LEAF.east_index * 5 + 2.5, LEAF.north_index * 5 + 2.5)
    )
    mission_map.document_at(9_000_000_000)
    assert mission_map.alerts_at(9_000_000_000)["alerts"] == []


def test_an_alert_names_nothing_but_a_place_and_how_dense_it_is(mission_map: MissionMap) -> None:
    for second in range(2, 9):
        mission_map.take(counts(second * 1_000_000_000, 150))
        mission_map.document_at(second * 1_000_000_000)
    (alert,) = mission_map.alerts_at(8_000_000_000)["alerts"]
    assert set(alert) == {
        "id", "kind", "level", "density_per_m2", "lower_bound", "cell", "lon_lat", "since_utc",
    }  # fmt: skip
