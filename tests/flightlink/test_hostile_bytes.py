"""Bytes that crash ground stations: no exception, and nothing lost of an honest vehicle."""

import random
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from pymavlink.generator.mavcrc import x25crc

from flightlink.links.hub import Hub, Peer
from flightlink.mavlink.messages import CRC_EXTRA
from flightlink.mavlink.tlog import read_tlog
from flightlink.pose import CameraPose
from flightlink.recorded.tlog_poses import poses_from_tlog
from tests.flightlink.feed import BOOTED, MS
from tests.flightlink.packets import FakeVehicle

FILLS = (
    b"", b"\x00", b"\xff" * 255, b"\x7f" * 255, b"\x80" * 255, b"A" * 255, b"\xdc\xff\xfe" * 85,
    struct.pack("<f", float("nan")) * 63, struct.pack("<f", float("inf")) * 63, struct.pack("<f", 3.4e38) * 63,
    struct.pack("<i", 2**31 - 1) * 63, struct.pack("<i", -(2**31)) * 63, b"\x01" * 7,
)  # fmt: skip
"""Payloads: none, one byte, unterminated strings, strings that are no UTF-8, and every "unknown" there is.

Strings that are no UTF-8 ended MAVProxy (its issues 599 and 733), messages without a payload APM Planner (1073).
"""


def framed(message_id: int, payload: bytes, *, sequence: int, system_id: int = 1, component_id: int = 1) -> bytes:
    head = bytes((len(payload), 0, 0, sequence % 256, system_id, component_id)) + message_id.to_bytes(3, "little")
    crc = int(x25crc(head + payload + bytes((CRC_EXTRA.get(message_id, 0),))).crc)
    return b"\xfd" + head + payload + crc.to_bytes(2, "little")


def every_message_filled_with_nonsense(component_ids: tuple[int, ...] = (1, 100)) -> Iterator[bytes]:
    sequence = 0
    for message_id in (*sorted(CRC_EXTRA), 54_321):
        for fill in FILLS:
            for component_id in component_ids:
                sequence += 1
                yield framed(message_id, fill, sequence=sequence, component_id=component_id)


MILLION = 1_000_000


class Station:
    """A hub with one peer, and the frames and messages that came out."""

    def __init__(self) -> None:
        self.hub = Hub({})
        self.peer = Peer(name="a", send=lambda _: None, speaks_first=True, link="a")
        self.frames: list[bytes] = []
        self.messages = 0
        self.hub.subscribe_frames(lambda _, frame, __: self.frames.append(frame.raw))
        self.hub.subscribe(lambda *_: self._count())

    def _count(self) -> None:
        self.messages += 1

    def take(self, raw: bytes, at_ms: int, peer: Peer | None = None, *, is_datagram: bool = True) -> None:
        self.hub.receive(peer or self.peer, raw, BOOTED + at_ms * MS, is_datagram=is_datagram)


def test_a_vehicle_that_says_nonsense_in_every_message_there_is_ends_nothing() -> None:
    station, vehicle = Station(), FakeVehicle()
    station.take(vehicle.heartbeat(), 0)
    for number, raw in enumerate(every_message_filled_with_nonsense()):
        station.take(raw, number)
        if number % 50 == 0:
            tracker = station.hub.trackers[1]
            tracker.state(BOOTED + number * MS)
            tracker.pose_at(BOOTED + number * MS)
            station.hub.speak([station.peer], BOOTED + number * MS)
    assert station.messages > 300
    assert len(station.hub.trackers) == 1


def test_after_all_that_an_honest_flight_has_poses_again() -> None:
    station, vehicle = Station(), FakeVehicle()
    station.hub.trackers.clear()
    station.take(vehicle.heartbeat(), 0)
    for number, raw in enumerate(every_message_filled_with_nonsense((1,))):
        station.take(raw, number // 10)
    vehicle.mavlink.seq = 0
    found = 0
    for at_ms in range(100_000, 190_000, 100):
        for raw in (vehicle.heartbeat(), vehicle.gps(), *vehicle.moment(at_ms), vehicle.fov(at_ms, hfov=78, vfov=48)):
            station.take(raw, at_ms)
        tracker = station.hub.trackers[1]
        tracker.picture_px = (1920, 1080)
        found += isinstance(tracker.pose_at(BOOTED + (at_ms - 50) * MS), CameraPose)
    assert found > 100


def fuzzed(seed: int, total: int) -> Iterator[bytes]:
    """Yield that many bytes: real frames with bits flipped, cut, doubled, their lengths changed, and pure noise."""
    source = random.Random(seed)  # noqa: S311 - the same noise each time
    vehicle, made = FakeVehicle(system_id=7), 0
    real = (vehicle.heartbeat(), vehicle.gimbal(made), vehicle.version(b"x" * 18))
    while made < total:
        raw = bytearray(source.choice(real))
        match source.randrange(6):
            case 0:
                raw[source.randrange(len(raw))] ^= source.randrange(1, 256)
            case 1:
                del raw[source.randrange(len(raw)) :]
            case 2:
                raw[1] = (raw[1] + source.randrange(1, 256)) % 256
            case 3:
                raw[2] = source.randrange(1, 256)
            case 4:
                raw = bytearray(source.randbytes(source.randrange(1, 300)))
            case _:
                raw = bytearray(b"\xfd\xff\x00") * source.randrange(1, 40)
        made += len(raw)
        yield bytes(raw)


@pytest.mark.parametrize(("is_datagram", "total"), [(True, MILLION), (False, MILLION // 5)])
def test_a_million_fuzzed_bytes_of_a_stranger_cost_an_honest_vehicle_nothing(*, is_datagram: bool, total: int) -> None:
    station, vehicle = Station(), FakeVehicle()
    stranger = Peer(name="s", send=lambda _: None, speaks_first=False, link="s")
    honest = [vehicle.heartbeat()]
    station.take(honest[0], 0)
    for number, raw in enumerate(fuzzed(5, total)):
        station.take(raw, number // 20, stranger, is_datagram=is_datagram)
        if number % 10 == 0:
            honest.append(vehicle.attitude(number // 20))
            station.take(honest[-1], number // 20)
    assert station.frames == honest
    assert station.messages == len(honest)
    assert set(station.hub.trackers) == {1}
    assert station.hub.trackers[1].state(BOOTED).loss_share == 0
    assert len(stranger.framer._pending) <= 300


def test_noise_on_the_honest_vehicles_own_radio_costs_only_what_it_hits() -> None:
    """Noise between frames, on one stream: a frame may drown in what seems to be the beginning of another, at worst."""
    station, vehicle = Station(), FakeVehicle()
    source = random.Random(3)  # noqa: S311 - the same noise each time
    station.take(vehicle.heartbeat(), 0, is_datagram=False)
    for number in range(2000):
        noise = source.randbytes(source.randrange(0, 30)) if number % 5 == 0 else b""
        station.take(noise + vehicle.attitude(number), number, is_datagram=False)
    station.take(bytes(600), 3000, is_datagram=False)
    assert len(station.frames) == 2001


def tlog(frames: Iterator[bytes], *, begin_us: int = 1_700_000_000_000_000) -> bytes:
    return b"".join((begin_us + number * 1000).to_bytes(8, "big") + raw for number, raw in enumerate(frames))


def test_a_log_of_strings_that_are_none_is_read_to_its_end(tmp_path: Path) -> None:
    """As MAVProxy's issue 599 has it: every text a field of bytes that no text has."""
    path, vehicle = tmp_path / "text.tlog", FakeVehicle()
    path.write_bytes(tlog(iter([vehicle.heartbeat(), *every_message_filled_with_nonsense(), vehicle.heartbeat()])))
    reader = read_tlog(path)
    assert sum(1 for _ in reader) > 300
    assert reader.bad_bytes > 0  # the unknown message, of which no checksum can be asked
    assert poses_from_tlog(path, None).poses == ()


def test_a_log_with_an_empty_heartbeat_and_a_torn_end_is_read(tmp_path: Path) -> None:
    """As APM Planner's issue 1073 and QGroundControl's 7474 have it: a message without payload, no stamp at the end."""
    path, vehicle = tmp_path / "torn.tlog", FakeVehicle()
    content = tlog(iter([framed(0, b"", sequence=1), vehicle.heartbeat(), *vehicle.moment(5)]))
    path.write_bytes(content + bytes(5) + b"\xff" * 40 + content[:11])
    reader = read_tlog(path)
    assert len(list(reader)) == 5
    assert reader.truncated
    assert poses_from_tlog(path, None).truncated
