"""The station's clock is set back by an hour, as a laptop's is when it first hears a time service."""

import pytest

from flightlink.links.hub import Hub
from flightlink.vehicle.loss import LossMeter
from flightlink.vehicle.state import LinkState
from tests.flightlink.packets import FakeVehicle
from tests.flightlink.test_hub import Ear, S, give, words_of

BEFORE_S = 1_700_003_600.0
AFTER_S = BEFORE_S - 3600


def told_from(hub: Hub, ear: Ear, from_s: float, seconds: int) -> list[str]:
    """Return what the station says while its vehicle speaks."""
    ear.heard.clear()
    vehicle = FakeVehicle()
    for at_s in (from_s + step / 4 for step in range(4 * seconds)):
        give(hub, ear, at_s, vehicle.heartbeat())
        hub.speak([ear.peer], round(at_s * S))
    return words_of(ear)


@pytest.fixture
def hub() -> Hub:
    return Hub({})


def test_the_station_goes_on_to_speak(hub: Hub) -> None:
    ear = Ear("a")
    before, after = (told_from(hub, ear, from_s, 10) for from_s in (BEFORE_S, AFTER_S))
    for word in ("HEARTBEAT", "TIMESYNC"):
        assert after.count(word) >= before.count(word) - 1 > 5
    assert "COMMAND_LONG" in after


def test_a_vehicle_that_was_lost_before_is_not_heard_again_by_that(hub: Hub) -> None:
    ear = Ear("a")
    give(hub, ear, BEFORE_S, FakeVehicle().heartbeat())
    state = hub.trackers[1].state(round(AFTER_S * S))
    assert state.link is LinkState.LOST
    assert state.ways[0].state is LinkState.LOST
    assert [part.link for part in state.components] == [LinkState.LOST]


def test_a_vehicle_that_is_there_is_heard_at_once_and_its_figures_are_of_now(hub: Hub) -> None:
    ear = Ear("a")
    for from_s in (BEFORE_S, AFTER_S):
        told_from(hub, ear, from_s, 10)
    state = hub.trackers[1].state(round((AFTER_S + 9.75) * S))
    assert (state.link, state.link_age_s) == (LinkState.OK, 0)
    assert state.messages_per_s == pytest.approx(4, abs=0.5)


def test_loss_from_before_is_forgotten() -> None:
    meter = LossMeter()
    for number in range(0, 250, 2):
        meter.count(number, round((BEFORE_S + number / 100) * S))
    for number in range(300):
        meter.count(number & 255, round((AFTER_S + number / 20) * S))
    assert meter.loss_share(round((AFTER_S + 15) * S)) == pytest.approx(0, abs=0.02)
