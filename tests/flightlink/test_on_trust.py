"""Who proves nothing takes a silent vehicle's place; the vehicle takes it back, and both never speak at once."""

import pytest

from flightlink.links.hub import Hub
from tests.flightlink.packets import FakeVehicle
from tests.flightlink.test_two_links import Radio, fly

FAR_LAT_DEG = 10.0


@pytest.fixture
def hub() -> Hub:
    return Hub({})


@pytest.fixture
def vehicle(hub: Hub) -> Radio:
    return Radio(hub=hub, vehicle=FakeVehicle())


@pytest.fixture
def stranger(hub: Hub) -> Radio:
    return Radio(hub=hub, vehicle=FakeVehicle(lat_deg=FAR_LAT_DEG), uid2=None, name="stranger")


def links_of(hub: Hub, at_ms: int) -> list[str]:
    return [way.link for way in hub.trackers[1].state(at_ms * 1_000_000).ways]


def lat_deg(hub: Hub, at_ms: int) -> float | None:
    return hub.trackers[1].state(at_ms * 1_000_000).lat_deg


def test_a_vehicle_that_comes_back_turns_out_who_came_on_trust(hub: Hub, vehicle: Radio, stranger: Radio) -> None:
    fly([vehicle, stranger], 1000, 8000)
    assert links_of(hub, 8000) == ["a"]
    fly([stranger], 8000, 21_000)
    assert links_of(hub, 21_000) == ["stranger"], "nothing else came for more than ten seconds"
    fly([vehicle, stranger], 21_000, 34_000)
    assert links_of(hub, 34_000) == ["a"]
    assert lat_deg(hub, 34_000) == pytest.approx(vehicle.vehicle.lat_deg)
    assert "second_peer_refused" in hub.trackers[1].state(34_000 * 1_000_000).alarms


def test_a_vehicles_own_second_link_stays_when_the_first_comes_back(hub: Hub, vehicle: Radio) -> None:
    second = Radio(hub=hub, vehicle=vehicle.vehicle, name="b")
    fly([vehicle], 1000, 8000)
    fly([second], 8000, 21_000)
    fly([vehicle, second], 21_000, 24_000)
    assert set(links_of(hub, 24_000)) == {"a", "b"}
