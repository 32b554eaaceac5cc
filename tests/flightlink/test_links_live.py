"""Real sockets on loopback: two vehicles, a stranger, a vanishing one, and what the station says to whom."""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from pymavlink.dialects.v20 import all as dialect

from flightlink.attitude import wrapped_deg
from flightlink.camera_file import CameraFile
from flightlink.errors import LinkError
from flightlink.links.link import FlightLinks
from flightlink.links.reach.requests import ASKED_FOR
from flightlink.mavlink.messages import MOUNT_STATUS, VIDEO_STREAM_INFORMATION, MessageDecoder
from flightlink.vehicle.pump import PosePump
from flightlink.vehicle.state import LinkState
from tests.flightlink.packets import FakeVehicle

SPOKEN_IDS = {0, 76, 111}
SPOKEN_COMMANDS = {511, 512}
ASKED_FIRST = ASKED_FOR - {VIDEO_STREAM_INFORMATION, MOUNT_STATUS}
"""Streams are asked for once there is a camera, the old gimbal's message where the present one stays away."""


class Sender:
    """A UDP socket that plays one vehicle or a stranger, and keeps what it is told."""

    def __init__(self, vehicle: FakeVehicle | None, port: int) -> None:
        self.vehicle = vehicle
        self.boot_ns = time.time_ns() - 40_000_000_000
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.connect(("127.0.0.1", port))
        self.heard: list[bytes] = []

    def close(self) -> None:
        self._socket.close()

    def boot_ms(self) -> int:
        return (time.time_ns() - self.boot_ns) // 1_000_000

    def send(self, *frames: bytes) -> None:
        for frame in frames:
            with contextlib.suppress(BlockingIOError, ConnectionRefusedError):
                self._socket.send(frame)

    def listen(self) -> None:
        with contextlib.suppress(BlockingIOError, ConnectionRefusedError):
            while True:
                self.heard.append(self._socket.recv(2048))

    def step(self) -> None:
        assert self.vehicle is not None
        self.send(self.vehicle.heartbeat(), *self.vehicle.moment(self.boot_ms()))
        already = len(self.heard)
        self.listen()
        for raw in self.heard[already:]:
            message = MessageDecoder().decode(raw)
            if message is not None and message.get_type() == "TIMESYNC":
                self.send(self.vehicle.timesync(tc1=time.time_ns() - self.boot_ns, ts1=message.ts1))

    def heard_messages(self) -> list[dialect.MAVLink_message]:
        decoder = dialect.MAVLink(None)
        return [decoder.decode(bytearray(raw)) for raw in self.heard]


def asked_of(sender: Sender) -> set[int]:
    return {int(message.param1) for message in sender.heard_messages() if message.get_msgId() == 76}


@pytest.fixture
def senders() -> Iterator[Callable[[FakeVehicle | None, int], Sender]]:
    made: list[Sender] = []

    def make(vehicle: FakeVehicle | None, port: int) -> Sender:
        made.append(Sender(vehicle, port))
        return made[-1]

    yield make
    for sender in made:
        sender.close()


@contextlib.asynccontextmanager
async def running(*addresses: str, camera: CameraFile | None = None) -> AsyncIterator[FlightLinks]:
    cameras = {} if camera is None else {1: camera, 2: camera}
    async with FlightLinks(addresses, cameras=cameras) as links:
        task = asyncio.create_task(links.run())
        try:
            yield links
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def until(condition: Callable[[], bool], *, step: Callable[[], None], seconds: float = 8) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            step()
            await asyncio.sleep(0.05)


async def test_two_vehicles_and_a_stranger_with_junk(
    camera: CameraFile, senders: Callable[[FakeVehicle | None, int], Sender]
) -> None:
    async with running("udpin://127.0.0.1:0", camera=camera) as links:
        port = links.statuses()[0].port
        one = senders(FakeVehicle(system_id=1, yaw_deg=90), port)
        two = senders(FakeVehicle(system_id=2, yaw_deg=180, alt_home_m=30), port)
        stranger = senders(None, port)

        def step() -> None:
            one.step()
            stranger.send(b"\xfd\xff\x00", bytes(range(256)), b"")
            two.step()

        def has_poses() -> bool:
            trackers = links.trackers.values()
            return len(trackers) == 2 and all(PosePump(t).new_poses(0, time.time_ns()) for t in trackers)

        await until(has_poses, step=step)
        poses = {
            system_id: PosePump(tracker).new_poses(0, time.time_ns())[-1]
            for system_id, tracker in links.trackers.items()
        }
        assert wrapped_deg(poses[1].yaw_deg - 90) == pytest.approx(0, abs=0.1)
        assert wrapped_deg(poses[2].yaw_deg - 180) == pytest.approx(0, abs=0.1)
        assert (poses[1].alt_agl_m, poses[2].alt_agl_m) == (50, 30)
        assert [links.trackers[number].state(time.time_ns()).loss_share for number in (1, 2)] == [0, 0]
        assert links.statuses()[0].junk_bytes > 0
        stranger.listen()
        assert stranger.heard == []


async def test_only_words_of_the_list_leave_and_only_for_the_vehicle_they_are_meant_for(
    senders: Callable[[FakeVehicle | None, int], Sender],
) -> None:
    async with running("udpin://127.0.0.1:0") as links:
        port = links.statuses()[0].port
        pair = [senders(FakeVehicle(system_id=number), port) for number in (1, 2)]
        seen: set[int] = set()

        def step() -> None:
            for sender in pair:
                sender.step()
                seen.update(message.get_msgId() for message in sender.heard_messages())

        await until(lambda: seen == SPOKEN_IDS and asked_of(pair[1]) == ASKED_FIRST, step=step)
        for number, sender in zip((1, 2), pair, strict=True):
            messages = sender.heard_messages()
            assert {message.get_msgId() for message in messages} == SPOKEN_IDS
            commands = [message for message in messages if message.get_msgId() == 76]
            assert {command.command for command in commands} == SPOKEN_COMMANDS
            assert asked_of(sender) == ASKED_FIRST <= ASKED_FOR
            assert {command.target_system for command in commands} == {number}
            sequences = [message.get_seq() for message in messages]
            assert sequences == list(range(len(sequences)))


async def test_the_time_is_taken_from_timesync(senders: Callable[[FakeVehicle | None, int], Sender]) -> None:
    async with running("udpin://127.0.0.1:0") as links:
        sender = senders(FakeVehicle(), links.statuses()[0].port)
        await until(
            lambda: 1 in links.trackers and links.trackers[1].state(time.time_ns()).round_trip_ms is not None,
            step=sender.step,
        )
        newest = links.trackers[1].newest_utc_ns()
        assert newest is not None
        assert abs(newest - time.time_ns()) < 0.5e9


async def test_a_port_in_use_is_one_line() -> None:
    async with FlightLinks(["udpin://127.0.0.1:0"]) as first:
        taken = first.statuses()[0].port
        with pytest.raises(LinkError, match="another program has the port") as caught:
            async with FlightLinks(["tcpin://127.0.0.1:0", f"udpin://127.0.0.1:{taken}"]):
                pass
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "udp://1.2.3.4:5",
        "udpin://",
        "udpin://127.0.0.1",
        "tcp://127.0.0.1:0",
        "udpin://h:99999",
        "serial://",
        "x",
        "",
        "serial:///dev/ttyUSB0?baud=fast",
    ],
)
def test_a_wrong_address_is_one_line(text: str) -> None:
    with pytest.raises(LinkError, match="expected") as caught:
        FlightLinks([text])
    assert "\n" not in str(caught.value)


async def test_a_tcp_link_is_opened_again_after_the_other_end_went(camera: CameraFile) -> None:
    vehicle, connections = FakeVehicle(), 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        writer.write(b"\xfd\xff\x00junk" + vehicle.heartbeat() + vehicle.attitude(1000 + connections))
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, running(f"tcp://127.0.0.1:{port}", camera=camera) as links:
        await until(lambda: connections >= 2, step=lambda: None)
        assert links.statuses()[0].error in ("", "the other end closed the connection")


async def test_a_tcp_link_that_nobody_answers_says_so() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with running(f"tcp://127.0.0.1:{port}") as links:
        await until(lambda: bool(links.statuses()[0].error), step=lambda: None)


async def test_a_listening_tcp_link_takes_vehicles_in() -> None:
    async with running("tcpin://127.0.0.1:0") as links:
        vehicle = FakeVehicle(system_id=7)
        reader, writer = await asyncio.open_connection("127.0.0.1", links.statuses()[0].port)
        writer.write(vehicle.heartbeat() + vehicle.attitude(5))
        await until(lambda: 7 in links.trackers, step=lambda: None)
        async with asyncio.timeout(3):
            answer = await reader.read(100)
        assert answer[0] == 0xFD
        writer.close()
        await writer.wait_closed()


async def test_a_station_that_sends_first_is_answered() -> None:
    received = asyncio.Event()

    class Listener(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            transport.sendto(FakeVehicle(system_id=9).heartbeat(), addr)
            received.set()

    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Listener, local_addr=("127.0.0.1", 0))
    port = transport.get_extra_info("sockname")[1]
    async with running(f"udpout://127.0.0.1:{port}") as links:
        async with asyncio.timeout(3):
            await received.wait()
        await until(lambda: 9 in links.trackers, step=lambda: None)
        assert links.trackers[9].state(time.time_ns()).link is LinkState.OK
    transport.close()


async def test_a_missing_serial_device_is_a_visible_state() -> None:
    async with running("serial:///dev/no-such-radio?baud=57600") as links:
        await until(lambda: "no-such-radio" in links.statuses()[0].error, step=lambda: None)


async def test_callbacks_hear_decoded_messages_until_they_stop(
    senders: Callable[[FakeVehicle | None, int], Sender],
) -> None:
    heard: list[tuple[int, int, str]] = []
    async with running("udpin://127.0.0.1:0") as links:
        stop = links.subscribe(
            lambda system, component, message, _: heard.append((system, component, message.get_type()))
        )
        sender = senders(FakeVehicle(system_id=3), links.statuses()[0].port)
        await until(lambda: (3, 1, "ATTITUDE") in heard, step=sender.step)
        stop()
        count = len(heard)
        sender.step()
        await asyncio.sleep(0.1)
        assert len(heard) == count
