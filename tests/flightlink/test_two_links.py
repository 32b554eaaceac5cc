"""Several links to one vehicle, and two vehicles under one number."""

from dataclasses import dataclass, field

import pytest

from flightlink.links.hub import Hub, Peer
from flightlink.mavlink.messages import MessageDecoder
from flightlink.vehicle.state import LinkState
from tests.flightlink.packets import FakeVehicle

S = 1_000_000_000
MS = 1_000_000


@dataclass(kw_only=True, eq=False)
class Radio:
    """One link to a vehicle that answers what it is asked, with a boot clock of its own."""

    hub: Hub
    vehicle: FakeVehicle
    uid2: bytes | None = b"a" * 18
    name: str = "a"
    peer: Peer = field(init=False)
    heard: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.peer = Peer(name=self.name, send=self._hear, speaks_first=True, link=self.name)
        self.now_ns = 0

    def _hear(self, raw: bytes) -> None:
        message = MessageDecoder().decode(raw)
        assert message is not None
        self.heard.append(message.get_type())
        if message.get_type() == "TIMESYNC":
            self.say(self.vehicle.timesync(tc1=self.now_ns, ts1=message.ts1), later_ms=20)
        elif message.get_type() == "COMMAND_LONG" and message.param1 == 148 and self.uid2 is not None:
            self.say(self.vehicle.version(self.uid2))

    def say(self, *frames: bytes, later_ms: int = 0) -> None:
        for frame in frames:
            self.hub.receive(self.peer, frame, self.now_ns + later_ms * MS, is_datagram=True)

    def step(self, at_ms: int, **position: int) -> None:
        self.now_ns = at_ms * MS
        if at_ms % 1000 == 0:
            self.say(self.vehicle.heartbeat())
        self.say(self.vehicle.attitude(at_ms), self.vehicle.position(at_ms, **position), self.vehicle.gimbal(at_ms))


def fly(radios: list[Radio], from_ms: int, to_ms: int) -> None:
    for at_ms in range(from_ms, to_ms, 100):
        for radio in radios:
            radio.step(at_ms)
        radios[0].hub.speak([radio.peer for radio in radios], at_ms * MS)


@pytest.fixture
def hub() -> Hub:
    return Hub({})


def test_the_same_autopilot_behind_a_second_peer_is_a_second_link(hub: Hub) -> None:
    one, two = Radio(hub=hub, vehicle=FakeVehicle()), Radio(hub=hub, vehicle=FakeVehicle(), name="b")
    fly([one, two], 1000, 5000)
    state = hub.trackers[1].state(5 * S)
    assert [(way.link, way.state) for way in state.ways] == [("a", LinkState.OK), ("b", LinkState.OK)]
    assert state.alarms == ()
    assert state.loss_share == 0
    assert [way.round_trip_ms for way in state.ways] == pytest.approx([20.0, 20.0])
    assert all(way.round_trip_age_s is not None and way.round_trip_age_s < 1 for way in state.ways)


def test_only_the_link_in_use_is_asked_and_the_other_takes_over_when_it_falls_silent(hub: Hub) -> None:
    one, two = Radio(hub=hub, vehicle=FakeVehicle()), Radio(hub=hub, vehicle=FakeVehicle(), name="b")
    fly([one, two], 1000, 5000)
    assert one.heard.count("COMMAND_LONG") > 8
    before = two.heard.count("COMMAND_LONG")
    assert before <= 2  # who it is, nothing else
    fly([two], 5000, 12_000)
    state = hub.trackers[1].state(12 * S)
    assert state.link is LinkState.OK
    assert [(way.link, way.is_used) for way in state.ways] == [("a", False), ("b", True)]
    assert two.heard.count("COMMAND_LONG") > before + 8


def test_a_vehicle_is_lost_only_when_all_its_links_are(hub: Hub) -> None:
    one, two = Radio(hub=hub, vehicle=FakeVehicle()), Radio(hub=hub, vehicle=FakeVehicle(), name="b")
    fly([one, two], 1000, 5000)
    fly([two], 5000, 20_000)
    assert hub.trackers[1].state(20 * S).link is LinkState.OK
    assert hub.trackers[1].state(25 * S).link is LinkState.STALE
    assert hub.trackers[1].state(31 * S).link is LinkState.LOST


def test_a_slower_link_brings_no_old_facts_back(hub: Hub) -> None:
    one, two = Radio(hub=hub, vehicle=FakeVehicle()), Radio(hub=hub, vehicle=FakeVehicle(), name="b")
    fly([one, two], 1000, 3000)
    one.say(one.vehicle.battery(40), one.vehicle.heartbeat(armed=False))
    two.say(two.vehicle.battery(90), two.vehicle.heartbeat(armed=True))
    state = hub.trackers[1].state(3 * S)
    assert (state.battery_percent, state.armed) == (40, False)


def test_another_autopilot_under_the_number_is_refused_at_once_and_the_first_flies_on(hub: Hub) -> None:
    first = Radio(hub=hub, vehicle=FakeVehicle(lat_deg=48.0))
    fly([first], 1000, 4000)
    second = Radio(hub=hub, vehicle=FakeVehicle(lat_deg=10.0), uid2=b"b" * 18, name="b")
    fly([first, second], 4000, 4300)
    state = hub.trackers[1].state(round(4.3 * S))
    assert state.alarms == ("two_vehicles_one_system_id",)
    assert [way.link for way in state.ways] == ["a"]
    fly([first, second], 4300, 9000)
    assert hub.trackers[1].state(9 * S).lat_deg == 48.0
    assert hub.trackers[1].state(9 * S).uid2 == (b"a" * 18).hex()
    assert hub.refused_on("b")["two_vehicles_one_system_id"] > 0
    assert not hub.trackers[1]._facts.is_two_vehicles(9 * S)


def test_another_autopilot_gets_the_number_only_long_after_the_first_one_went(hub: Hub) -> None:
    first = Radio(hub=hub, vehicle=FakeVehicle(lat_deg=48.0))
    fly([first], 1000, 4000)
    second = Radio(hub=hub, vehicle=FakeVehicle(lat_deg=10.0), uid2=b"b" * 18, name="b")
    before = hub.trackers[1]
    fly([second], 4000, 60_000)
    assert hub.trackers[1] is before
    fly([second], 60_000, 70_000)
    state = hub.trackers[1].state(70 * S)
    assert (state.lat_deg, state.uid2, state.alarms) == (10.0, (b"b" * 18).hex(), ())


def test_two_autopilots_behind_one_radio_give_no_pose(hub: Hub) -> None:
    first = Radio(hub=hub, vehicle=FakeVehicle(lat_deg=48.0))
    fly([first], 1000, 4000)
    twin = FakeVehicle(lat_deg=48.0)
    for at_ms in range(4000, 11_000, 100):
        first.uid2 = (b"a" if at_ms // 1000 % 2 else b"b") * 18
        first.say(twin.attitude(at_ms))
        fly([first], at_ms, at_ms + 100)
    state = hub.trackers[1].state(11 * S)
    assert state.alarms == ("two_vehicles_one_system_id",)
    refusal = hub.trackers[1].pose_at(10_900 * MS)
    assert getattr(refusal, "cause", "") == "two_vehicles"


def test_a_known_vehicle_that_comes_back_over_a_new_connection_is_itself_at_once(hub: Hub) -> None:
    first = Radio(hub=hub, vehicle=FakeVehicle())
    fly([first], 1000, 4000)
    hub.drop(first.peer)
    again = Radio(hub=hub, vehicle=first.vehicle, name="b")
    fly([again], 4000, 4300)
    assert [way.link for way in hub.trackers[1].state(4 * S).ways] == ["b"]


def test_a_stranger_who_claims_a_known_vehicle_while_it_is_away_for_a_moment_is_not_believed(hub: Hub) -> None:
    first = Radio(hub=hub, vehicle=FakeVehicle(lat_deg=48.0))
    fly([first], 1000, 4000)
    hub.drop(first.peer)
    stranger = Radio(hub=hub, vehicle=FakeVehicle(lat_deg=10.0), uid2=None, name="b")
    fly([stranger], 4000, 13_000)
    assert hub.trackers[1].state(13 * S).lat_deg == 48.0


def test_after_a_reboot_nothing_counts_as_lost_and_everything_is_asked_anew(hub: Hub) -> None:
    radio = Radio(hub=hub, vehicle=FakeVehicle())
    fly([radio], 60_000, 70_000)
    asked = radio.heard.count("COMMAND_LONG")
    radio.vehicle.mavlink.seq = 0
    for at_ms in range(70_000, 72_000, 100):
        radio.now_ns = at_ms * MS
        radio.say(*radio.vehicle.moment(at_ms - 70_000))
        hub.speak([radio.peer], at_ms * MS)
    assert hub.trackers[1].state(72 * S).loss_share == 0
    assert radio.heard.count("COMMAND_LONG") >= asked + 8


def test_links_and_claims_of_one_vehicle_are_bounded(hub: Hub) -> None:
    first = Radio(hub=hub, vehicle=FakeVehicle())
    fly([first], 1000, 2000)
    others = [Radio(hub=hub, vehicle=FakeVehicle(), name=f"w{number}") for number in range(40)]
    fly([first, *others], 2000, 6000)
    vehicle = hub._vehicles[1]
    assert len(vehicle.ways) <= 8
    assert len(vehicle.candidates) <= 8
