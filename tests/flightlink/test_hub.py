"""Who speaks for which vehicle."""

import asyncio
import socket

import pytest

from flightlink.links.admission.introduction import introduction
from flightlink.links.admission.plan import link_plan
from flightlink.links.datagram import MOST_PEERS, DatagramLink
from flightlink.links.hub import Hub, Peer
from flightlink.mavlink.messages import MessageDecoder
from tests.flightlink.packets import FakeVehicle

S = 1_000_000_000


class Ear:
    """A peer that keeps what it is told."""

    def __init__(self, name: str, *, speaks_first: bool = False) -> None:
        self.heard: list[bytes] = []
        self.peer = Peer(name=name, send=self.heard.append, speaks_first=speaks_first)


def words_of(ear: Ear) -> list[str]:
    decoded = [MessageDecoder().decode(raw) for raw in ear.heard]
    return [message.get_type() for message in decoded if message is not None]


def give(hub: Hub, ear: Ear, at_s: float, *frames: bytes) -> None:
    for frame in frames:
        hub.receive(ear.peer, frame, round(at_s * S), is_datagram=True)


@pytest.fixture
def hub() -> Hub:
    return Hub({})


def test_a_vehicle_is_taken_in_by_its_autopilots_heartbeat_alone(hub: Hub) -> None:
    ear, vehicle = Ear("a"), FakeVehicle(system_id=4)
    give(hub, ear, 1, vehicle.attitude(1), vehicle.heartbeat(autopilot=8, kind=30))
    assert hub.trackers == {}
    assert hub.refused_on("")["unclaimed"] == 2
    give(hub, ear, 1, vehicle.heartbeat())
    assert set(hub.trackers) == {4}


def test_other_stations_are_no_vehicles(hub: Hub) -> None:
    give(hub, Ear("a"), 1, FakeVehicle(system_id=255).heartbeat(), FakeVehicle(system_id=0).heartbeat())
    assert hub.trackers == {}


def test_only_vehicles_of_the_list_are_taken_in() -> None:
    hub = Hub({}, frozenset({5}))
    give(hub, Ear("a"), 1, FakeVehicle(system_id=4).heartbeat(), FakeVehicle(system_id=5).heartbeat())
    assert set(hub.trackers) == {5}


def test_a_living_vehicle_keeps_its_peer_and_a_silent_one_may_come_another_way(hub: Hub) -> None:
    first, second, vehicle = Ear("a"), Ear("b"), FakeVehicle()
    give(hub, first, 1, vehicle.heartbeat())
    give(hub, second, 3.9, vehicle.heartbeat())
    assert hub.refused_on("")["not_its_peer"] == 1
    tracker = hub.trackers[1]
    give(hub, second, 4.1, vehicle.heartbeat(), vehicle.attitude(5))
    hub.speak([first.peer, second.peer], 5 * S)
    assert hub.trackers[1] is tracker
    assert set(words_of(first)) == {"HEARTBEAT", "TIMESYNC"}
    assert words_of(second).count("COMMAND_LONG") > 5


def test_who_claims_a_living_vehicle_and_never_says_who_it_is_raises_an_alarm(hub: Hub) -> None:
    first, second, vehicle = Ear("a"), Ear("b"), FakeVehicle()
    for second_s in range(1, 10):
        give(hub, first, second_s, vehicle.heartbeat())
        give(hub, second, second_s + 0.1, vehicle.heartbeat())
    assert hub.trackers[1].state(10 * S).alarms == ("second_peer_refused",)
    assert hub.trackers[1].state(80 * S).alarms == ()


def test_a_silent_vehicle_does_not_change_its_way_for_less_than_a_heartbeat(hub: Hub) -> None:
    first, second, vehicle = Ear("a"), Ear("b"), FakeVehicle()
    give(hub, first, 1, vehicle.heartbeat())
    give(hub, second, 9, vehicle.attitude(5))
    hub.speak([first.peer, second.peer], 9 * S)
    assert second.heard == []


def test_strangers_are_not_answered_but_addressed_peers_hear_a_heartbeat_a_second(hub: Hub) -> None:
    stranger, addressed = Ear("a"), Ear("b", speaks_first=True)
    give(hub, stranger, 1, b"\xfd\xff\x00", b"hello", FakeVehicle(system_id=255).heartbeat())
    for tick in range(40):
        hub.speak([stranger.peer, addressed.peer], 10 * S + tick * S // 20)
    assert stranger.heard == []
    assert [frame[7] for frame in addressed.heard] == [0, 0]


def test_junk_between_frames_of_one_peer_costs_no_other_peer_anything(hub: Hub) -> None:
    ear, stranger, vehicle = Ear("a"), Ear("b"), FakeVehicle()
    give(hub, ear, 1, vehicle.heartbeat())
    for step in range(400):
        if step % 10 == 0:
            give(hub, stranger, 1 + step / 400, b"\xfd\xff\x00")
        give(hub, ear, 1 + step / 400, vehicle.attitude(step))
    assert ear.peer.framer.counters.frames == 401
    assert ear.peer.framer.counters.junk_bytes == 0
    assert hub.trackers[1].state(2 * S).loss_share == 0


def test_more_strangers_than_room_never_push_a_vehicle_out(hub: Hub) -> None:
    plan = link_plan("udpin://127.0.0.1:0")
    link = DatagramLink(plan, hub, introduction(plan, None, number=0, now_ns=lambda: S), lambda: S)
    link.take(FakeVehicle().heartbeat(), ("127.0.0.1", 1), S)
    for port in range(2, 5 * MOST_PEERS):
        link.take(b"\xfd\xff\x00", ("127.0.0.1", port), S)
    assert len(link.peers) == MOST_PEERS
    assert "127.0.0.1:1" in {peer.name for peer in link.peers}


async def test_a_fault_of_who_hears_the_frames_leaves_the_link_its_hearing(hub: Hub) -> None:
    def fails_once(name: str, *_: object) -> None:
        told.append(name)
        if len(told) == 1:
            raise ZeroDivisionError

    plan, vehicle = link_plan("udpin://127.0.0.1:0"), FakeVehicle()
    link = DatagramLink(plan, hub, introduction(plan, None, number=0, now_ns=lambda: S), lambda: S)
    told: list[str] = []
    faults: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: faults.append(context["exception"]))
    hub.subscribe_frames(fails_once)
    await link.open()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        while len(told) < 2:
            sender.sendto(vehicle.heartbeat(), ("127.0.0.1", link.port))
            await asyncio.sleep(0.01)
    await link.close()
    assert [type(fault) for fault in faults] == [ZeroDivisionError]


def test_frames_of_known_vehicles_are_told_as_received_even_those_that_nobody_reads(hub: Hub) -> None:
    ear, stranger, vehicle, told = Ear("a"), Ear("b"), FakeVehicle(), list[tuple[str, bytes, int]]()
    stop = hub.subscribe_frames(lambda name, frame, at_ns: told.append((name, frame.raw, at_ns)))
    unread = vehicle.packed(vehicle.mavlink.vfr_hud_encode(1, 1, 0, 0, 0, 0))
    heartbeat = vehicle.heartbeat()
    give(hub, ear, 1, unread, heartbeat, unread)
    give(hub, stranger, 2, FakeVehicle(system_id=8).attitude(3))
    assert told == [("a", heartbeat, S), ("a", unread, S)]
    stop()
    give(hub, ear, 3, vehicle.attitude(1))
    assert len(told) == 2
