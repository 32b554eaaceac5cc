from dataclasses import replace

import numpy as np
import pytest

from flightlink.mission import Mission
from groundstation.flight import epsg_of
from groundstation.health import mission_state
from groundstation.mapping import MissionMap, PublicMission, area_in_crs
from maps.cells import CellCount, CellCounts, CellFlow, CellId
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


def test_a_crush_is_an_alert_whoever_stands_beside_it(mission_map: MissionMap) -> None:
    """On the map the few beside it hold the 10 m cell together, at a density that alarms nobody."""
    few = LEAF._replace(east_index=LEAF.east_index ^ 1)
    for second in range(2, 9):
        both = (LEAF, 100.0), (few, 3.0)
        cells = tuple(
            CellCount(cell=cell, people=people, variance=1.0, observed_share=1.0, ce90_m=2.0, found=int(people))
            for cell, people in both
        )
        utc_ns = second * 1_000_000_000
        mission_map.take(CellCounts(source="north", utc_ns=utc_ns, epsg=2154, cells=cells))
        shown = mission_map.document_at(utc_ns)["features"]
    (alert,) = mission_map.alerts_at(8_000_000_000)["alerts"]
    assert (alert["cell"], alert["level"], alert["density_per_m2"]) == (LEAF.name, "alert", 4.0)
    (held,) = (feature["properties"] for feature in shown if feature["properties"]["people"])
    assert held["size_m"] == 10
    assert held["density_per_m2"] < 3.5


S = 1_000_000_000
STARTS_NS = 5 * S


def public_frame(mission: Mission, found: int, utc_ns: int) -> CellCounts:
    """Return a frame that sees the whole mission area and finds so many in one of its leaves."""
    west, south, east, north = area_in_crs(mission, 2154).bounds
    cells = tuple(
        CellCount(
            cell=CellId(5, east_index, north_index), people=0.0, variance=1.0, observed_share=1.0, ce90_m=2.0,
            found=found if (east_index, north_index) == (LEAF.east_index, LEAF.north_index) else 0,
        )
        for east_index in range(int(west // 5), int(east // 5) + 1)
        for north_index in range(int(south // 5), int(north // 5) + 1)
    )  # fmt: skip
    return CellCounts(source="north", utc_ns=utc_ns, epsg=2154, cells=cells)


@pytest.fixture
def public(mission: Mission) -> PublicMission:
    lasting = replace(mission, ends_utc_ns=900 * S)
    return PublicMission(lasting, epsg=epsg_of(mission), noise=lambda counts: counts, starts_ns=STARTS_NS)


def test_the_public_map_comes_a_minute_after_the_start_and_stays_until_the_next(
    mission: Mission, public: PublicMission
) -> None:
    public.take(public_frame(mission, 300, 60 * S))
    assert public.document_at(60 * S, STARTS_NS + 59 * S) is None
    first = public.document_at(61 * S, STARTS_NS + 60 * S)
    assert first is not None
    assert {feature["properties"]["state"] for feature in first["features"]} == {"observed"}
    assert sum(feature["properties"]["density_per_m2"] > 0 for feature in first["features"]) == 1
    public.take(public_frame(mission, 500, 65 * S))
    for second in range(1, 10):
        assert public.document_at((61 + second) * S, STARTS_NS + (60 + second) * S) is first, "no second draw"
    second_one = public.document_at(71 * S, STARTS_NS + 70 * S)
    assert second_one is not None
    assert second_one["utc"] > first["utc"]


def test_a_public_map_that_is_not_renewed_greys_out(mission: Mission, public: PublicMission) -> None:
    public.take(public_frame(mission, 300, 60 * S))
    live = public.document_at(61 * S, STARTS_NS + 60 * S)
    grey = public.document_at(901 * S, STARTS_NS + 65 * S)
    assert live is not None
    assert grey is not None
    assert (live["state"], grey["state"], grey["utc"]) == ("live", "grey", live["utc"]), "the mission has ended"
    assert {feature["properties"]["level"] for feature in grey["features"]} == {None}


def test_a_clock_set_back_brings_no_budget_and_greys_out(mission: Mission, public: PublicMission) -> None:
    public.document_at(61 * S, STARTS_NS + 60 * S)
    spent = [public.document_at(62 * S, STARTS_NS + second * S) for second in (30, 20, 59)]
    assert {document["utc"] for document in spent if document} == {"1970-01-01T00:01:01.000Z"}


def test_nobody_is_counted_in_public_outside_the_time_window(mission: Mission, public: PublicMission) -> None:
    public.take(public_frame(mission, 300, 901 * S))
    public.take(public_frame(mission, 300, 0))
    told = public.document_at(61 * S, STARTS_NS + 60 * S)
    assert told is not None
    assert {feature["properties"]["state"] for feature in told["features"]} == {"unobserved"}


def test_when_the_budget_is_not_there_the_public_map_greys_out(
    mission: Mission, public: PublicMission, monkeypatch: pytest.MonkeyPatch
) -> None:
    public.document_at(61 * S, STARTS_NS + 60 * S)
    monkeypatch.setattr("maps.budget.Ledger.spend", lambda *_: False)
    states = [public.document_at((61 + s) * S, STARTS_NS + (60 + s) * S) for s in (10, 19, 20, 40)]
    assert [document and document["state"] for document in states] == ["live", "live", "grey", "grey"]


def test_an_alert_does_not_wait_until_the_map_splits(mission_map: MissionMap) -> None:
    """Few people beside hold the live map together; once they have left, the alert is told before it is split."""
    beside = CellId(5, LEAF.east_index + 1, LEAF.north_index)
    told = []
    for second in range(1, 9):
        dense = counts(second * S, 120)
        few = replace(dense.cells[0], cell=beside, people=3.0 if second < 3 else 0.0)
        mission_map.take(replace(dense, cells=(*dense.cells, few)))
        document = mission_map.document_at(second * S)
        told.append((len(document["features"]), bool(mission_map.alerts_at(second * S)["alerts"])))
    assert [alert for _, alert in told].index(True) <= 7


def test_a_crowd_that_turns_about_is_an_alert_with_its_cause(mission_map: MissionMap) -> None:
    one = CellCount(cell=LEAF, people=40.0, variance=1.0, observed_share=1.0, ce90_m=2.0, found=40)
    crowd = [replace(one, cell=leaf) for leaf in LEAF.parent.children]
    for tenth in range(20, 90, 5):
        flow = CellFlow(
            cell=LEAF.parent, people=60, east_m_s=1.0 if tenth < 50 else -1.0, north_m_s=0.0, variance=0.003
        )
        utc_ns = tenth * S // 10
        mission_map.take(CellCounts(source="north", utc_ns=utc_ns, epsg=2154, cells=tuple(crowd), flows=(flow,)))
        document = mission_map.document_at(utc_ns)
    assert [(flow["cell"], flow["bearing_deg"]) for flow in document["flows"]] == [(LEAF.parent.name, 270.0)]
    (alert,) = mission_map.alerts_at(8_500_000_000)["alerts"]
    assert (alert["kind"], alert["cause"], alert["level"], alert["cell"]) == (
        "crowd_movement", "reversal", "alert", LEAF.parent.name,
    )  # fmt: skip
