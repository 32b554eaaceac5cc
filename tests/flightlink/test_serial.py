"""A serial link on a pseudo-terminal: data, unplugged, plugged in again; and TCP both ways."""

import asyncio
import contextlib
import os
import time
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from flightlink.links.admission.plan import link_plan
from flightlink.mavlink.messages import MessageDecoder
from flightlink.vehicle.state import LinkState
from tests.flightlink.live import running, until
from tests.flightlink.packets import FakeVehicle


class Cable:
    """A radio at the end of a cable; its device is a link that always has the same name."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._ends: list[int] = []
        self.plug_in()

    def plug_in(self) -> None:
        """Appear as a new device under the same name."""
        ours, theirs = os.openpty()
        tty.setraw(theirs)
        os.set_blocking(ours, False)
        self._ends = [ours, theirs]
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(os.ttyname(theirs))

    def unplug(self) -> None:
        """Vanish, device and all."""
        self.path.unlink(missing_ok=True)
        for end in self._ends:
            os.close(end)
        self._ends = []

    def say(self, *frames: bytes) -> None:
        with contextlib.suppress(BlockingIOError):
            os.write(self._ends[0], b"".join(frames))

    def hear(self) -> bytes:
        with contextlib.suppress(BlockingIOError):
            return os.read(self._ends[0], 4096)
        return b""


@pytest.fixture
def cable(tmp_path: Path) -> Iterator[Cable]:
    made = Cable(tmp_path / "radio")
    yield made
    made.unplug()


async def test_a_serial_radio_brings_a_vehicle_is_unplugged_and_comes_back(cable: Cable) -> None:
    vehicle, heard = FakeVehicle(), bytearray()
    async with running(f"serial://{cable.path}?baud=57600") as links:

        def step() -> None:
            cable.say(b"\xfd\xff\x00noise", vehicle.heartbeat(), vehicle.attitude(time.time_ns() // 1_000_000 % 10**9))
            heard.extend(cable.hear())

        await until(lambda: 1 in links.trackers and len(heard) > 60, step=step)
        assert heard[0] == 0xFD
        assert MessageDecoder().decode(bytes(heard[: heard[1] + 12])) is not None
        assert links.trackers[1].state(time.time_ns()).link is LinkState.OK
        cable.unplug()
        await until(lambda: bool(links.statuses()[0].error))
        assert links.statuses()[0].peers == 0
        cable.plug_in()
        before = links.trackers[1].heard_utc_ns[1]
        await until(lambda: links.trackers[1].heard_utc_ns[1] > before, step=step)
        assert links.statuses()[0].error == ""
        assert links.trackers[1].state(time.time_ns()).link is LinkState.OK


async def test_one_vehicle_over_serial_and_udp_at_once(cable: Cable) -> None:
    vehicle = FakeVehicle()
    loop = asyncio.get_running_loop()

    class Air(asyncio.DatagramProtocol):
        """The vehicle's end of a UDP link; it sends where it was spoken to from."""

        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            self.place = addr
            answer(data, lambda raw: transport.sendto(raw, addr))

    def answer(data: bytes, send: object) -> None:
        message = MessageDecoder().decode(data)
        if message is not None and message.get_type() == "COMMAND_LONG" and message.param1 == 148:
            assert callable(send)
            send(vehicle.version(b"v" * 18))

    transport, air = await loop.create_datagram_endpoint(Air, local_addr=("127.0.0.1", 0))
    port = transport.get_extra_info("sockname")[1]
    async with running(f"serial://{cable.path}", f"udpout://127.0.0.1:{port}") as links:

        def step() -> None:
            cable.say(vehicle.heartbeat())
            for frame in split(cable.hear()):
                answer(frame, cable.say)
            if hasattr(air, "place"):
                transport.sendto(vehicle.heartbeat(), air.place)

        await until(lambda: 1 in links.trackers and len(links.trackers[1].ways(time.time_ns())) == 2, step=step)
        state = links.trackers[1].state(time.time_ns())
        assert {way.state for way in state.ways} == {LinkState.OK}
        assert state.alarms == ()
    transport.close()


def split(data: bytes) -> list[bytes]:
    """Return the frames of bytes that hold whole ones only."""
    frames = []
    while len(data) > 11 and data[0] == 0xFD:
        size = data[1] + 12
        frames.append(data[:size])
        data = data[size:]
    return frames


async def test_a_connection_from_elsewhere_is_hung_up_and_leaves_a_number_only() -> None:
    plan = link_plan("tcpin://127.0.0.1:0", allow=["127.0.0.2/32"])
    async with running(plan) as links:
        port = links.statuses()[0].port
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        with contextlib.suppress(OSError):
            writer.write(FakeVehicle().heartbeat())
            assert await reader.read(100) == b""
        writer.close()
        friend = await asyncio.open_connection("127.0.0.1", port, local_addr=("127.0.0.2", 0))
        friend[1].write(FakeVehicle(system_id=5).heartbeat())
        await until(lambda: 5 in links.trackers)
        assert set(links.trackers) == {5}
        assert links.statuses()[0].refused["not_allowed"] == 1
        friend[1].close()


async def test_idle_connections_never_keep_a_vehicle_out() -> None:
    async with running("tcpin://127.0.0.1:0") as links:
        port = links.statuses()[0].port
        idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(20)]
        vehicle = await asyncio.open_connection("127.0.0.1", port)
        vehicle[1].write(FakeVehicle(system_id=5).heartbeat())
        await until(lambda: 5 in links.trackers)
        assert links.statuses()[0].peers <= 17
        for _, writer in (*idle, vehicle):
            writer.close()
